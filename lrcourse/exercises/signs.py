"""What an answer itself shows about the mistake in it, where no known mistake fits: read off, not guessed.

Every sentence here is true of the answers that it is made from. `sign` takes the public cases only, so that a sentence
can hold no input of the instructor's.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from lrcourse.exercises.explain import describe, place
from lrcourse.exercises.judge import Answer, Answers, Json, Request, is_number, judge, short
from lrcourse.exercises.places import Case, about_place, number_pairs
from lrcourse.exercises.scoring import about_design, about_tests
from lrcourse.exercises.seals import is_sealed, sealed_kind
from lrcourse.exercises.sheets import Question

Rule = Callable[[Any], Any]

ERRORS = {
    "NameError": "Your code uses a name that nobody has given a value: {message}.",
    "UnboundLocalError": "Your code reads a variable before it has a value: {message}.",
    "ZeroDivisionError": "Your code divides by zero. Which input makes the divisor 0, and what should come out then?",
    "IndexError": "Your code asks a list for an entry that it does not have. Lists count from 0 and may be empty.",
    "KeyError": "Your code asks a dictionary for {message}, and there is no such entry in it.",
    "RecursionError": "Your function calls itself again and again. Which call ends it, and is every call nearer?",
    "TimeUp": "Your code does not come to an end. Which line changes what the loop waits for?",
    "Unsteady": "{message}.",
    "Changed": "{message}.",
    "Unwritten": "{message}. Write that first.",
    "NotImplementedError": "A part is still to be written: {message}.",
    "ModuleNotFoundError": "{message}.",
}

OUT_OF_DOMAIN = "Your code asks math for what does not exist, such as the root of a negative number or the log of 0."
GIVES_NONE = "{} gives None. A function without a return at its end does so."


def sign(
    task: Question, requests: list[Request], expected: list[Json], answers: Answers, more: Sequence[Case] = ()
) -> str | None:
    """A sentence about wrong answers {id: answer}, or None where there is nothing to say; total, whatever they are.

    more: other cases, of which nothing is told; what is said must hold for them too.
    """
    try:
        return _sign(task, requests, expected, answers, more)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError):
        return None  # an answer of a shape that nobody thought of: the difference itself is shown beside this


def _sign(
    task: Question, requests: list[Request], expected: list[Json], answers: Answers, more: Sequence[Case] = ()
) -> str | None:
    cases: list[Case] = []
    for request, value in zip(requests, expected, strict=True):
        answer = answers.get(request["id"])
        if answer is None:
            break
        if "error" in answer:
            return _about_stop(task, request, answer["error"], cases)
        cases.append((request, value, answer["value"]))
    wrong = [case for case in cases if not _is_right(task)(case)]
    if not wrong:
        return None
    if task.drive == "test":
        return about_tests([request["about"] for request in requests], cases, answers)
    if task.score:
        return _about_score(task, cases)
    unlike = _about_shape(task, wrong, [got for _, _, got in cases])
    if unlike:
        return unlike
    return _about_numbers(task, cases) or about_place(task, cases, wrong, more)


def _about_stop(task: Question, request: Request, error: Answer, before: list[Case]) -> str:
    """About an error, and first about what came out wrong before it: that is what check shows beside the sentence."""
    wrong = [case for case in before if not _is_right(task)(case)]
    said = _about_error(request, error, right_before=bool(before) and not wrong)
    place_ = None
    if wrong and task.drive != "test":
        place_ = _about_score(task, before) if task.score else about_place(task, before, wrong)
    return f"{place_} On another input: {said[:1].lower()}{said[1:]}" if place_ and said.startswith("Your") else said


def _is_right(task: Question) -> Callable[[Case], bool]:
    return lambda case: task.judge(case[1], case[2]).ok


def _about_error(request: Request, error: Answer, right_before: bool) -> str:
    message = error["message"].rstrip(".")
    ours = ("state_dict()", "your answer is", request["name"] + " returned")
    if error["type"] == "KeyError" and message.count(" ") > 2:  # an input's own sentence, not somebody's key
        sentence = f"{message}.".replace("'", "")
    elif error["type"] == "ValueError" and ("domain" in message or message.startswith("expected a ")):
        sentence = OUT_OF_DOMAIN
    elif error["type"] == "Changed" or message.startswith(ours):
        sentence = f"{message[:1].upper() if message.startswith('your') else message[:1]}{message[1:]}."
    else:
        form = ERRORS.get(error["type"], "Your code stops with {type}: {message}.")
        sentence = form.format(type=error["type"], message=message)
    sentence = sentence.replace("?.", "?")
    if not right_before:
        return sentence
    if "subject" in request:
        return f"{sentence} It happens with this version: {describe(request)}."
    return f"{sentence} It happens with {describe(request)}; the inputs before it came out right."


def _about_shape(task: Question, wrong: list[Case], given: list[Json]) -> str | None:
    """What is no number where numbers are asked for, or no list of the right length."""
    request, expected, got = wrong[0]
    if got is None:
        if task.drive == "value":
            return f"{task.name} is still None. Write your answer in its place."
        some = any(one is not None for one in given)
        return GIVES_NONE.format(task.name) + (f" It happens with {describe(request)}." if some else "")
    if expected is None:
        return f"With {describe(request)} you give {_kind(got)}; None is asked for."
    if request["drive"] in ("curve", "schedule"):
        return _about_entries(task, request, expected, got)
    if isinstance(expected, dict) and isinstance(got, dict):
        return None
    if isinstance(expected, list):
        return _about_list(task, wrong)
    if type(expected) is type(got) and isinstance(got, str | bool):
        return f"With {describe(request)} you answer {short(got)}; {short(expected)} is right."
    kind = "a truth value" if isinstance(got, bool) else _kind(got)
    if sealed_kind(expected) != kind if is_sealed(expected) else not is_number(got):
        return f"You give {_kind(got)}; {_kind(expected)} is asked for."
    return None


def _about_entries(task: Question, request: Request, expected: Json, got: Json) -> str | None:
    for i, (one, entry) in enumerate(zip(expected, got, strict=False)):
        if entry is None:
            when = "" if i == 0 else f" It happens first at {place(request, (i,))}."
            return GIVES_NONE.format(task.name) + when
        if isinstance(entry, list) and is_number(one):
            return "You give a list for one step. The answer for one step is one number."
        if not is_number(entry):
            return f"At {place(request, (i,))} you give {_kind(entry)}; {_kind(one)} is asked for."
    return None


def _about_list(task: Question, wrong: list[Case]) -> str | None:
    _, expected, got = wrong[0]
    which = next((word for word, at in (("last", -1), ("first", 0)) if _gives_alone(task, wrong, at)), None)
    if which and any(isinstance(entry, list) for entry in expected) and not all(map(_is_list, expected)):
        return f"You give the {which} of {len(expected)} parts alone; all of them are asked for, in one list."
    if which:
        part = "entry" if expected and isinstance(expected[0], list) else "value"
        return f"You give the {which} {part} alone; the list of all of them is asked for."
    if isinstance(got, str):
        parts = "each letter in quotes" if _kind(expected[0]) == "text" else "the numbers without quotes"
        return f"Your answer is one text. Write a list in square brackets, {parts}."
    if not isinstance(got, list):
        return f"You give {_kind(got)}; {short(expected)} is asked for."
    if len(got) == len(expected):
        if _all_the_last(task, wrong):
            return "All entries of your list are the last one: the same list is changed in place. Append a copy of it."
        odd = next(((i, e) for i, e in enumerate(got) if not isinstance(e, list) and not is_number(e)), None)
        return f"Entry {odd[0]} of your list is {_kind(odd[1])}." if odd and _wants_number(expected[odd[0]]) else None
    if flat(expected) and judge(flat(expected), flat(got), task.tolerance).ok:
        return f"The numbers are right, in another arrangement: {short(expected)} is asked for, yours is {short(got)}."
    few, many = sorted((len(got), len(expected)))
    what = "missing" if len(got) < len(expected) else "too many"
    if judge(expected[:few], got[:few], task.tolerance).ok:
        return f"Your list is right but for its end: {many - few} {what} there."
    if judge(expected[len(expected) - few :], got[len(got) - few :], task.tolerance).ok:
        return f"Your list is right but for its beginning: {many - few} {what} there."
    if isinstance(expected[0] if expected else None, list) and got and not isinstance(got[0], list):
        return f"You give {short(got)}; {short(expected)} is asked for."
    return f"Your list has {len(got)} entries; {len(expected)} are asked for."


def _is_list(entry: Json) -> bool:
    return isinstance(entry, list)


def _gives_alone(task: Question, wrong: list[Case], place: int) -> bool:
    """Whether every answer is one entry of the right list; where no list is longer than one, nothing can be told."""
    lists = [(expected, got) for _, expected, got in wrong if expected]
    long = any(len(expected) > 1 for expected, _ in lists)
    return long and all(judge(expected[place], got, task.tolerance).ok for expected, got in lists)


def _all_the_last(task: Question, wrong: list[Case]) -> bool:
    """Whether every answer repeats its last row, which is right: one list, stored again and again."""
    rows = [(expected, got) for _, expected, got in wrong if len(expected) > 1 and isinstance(expected[-1], list)]
    last = all(
        got == [got[-1]] * len(expected) and judge(expected[-1], got[-1], task.tolerance).ok for expected, got in rows
    )
    return bool(rows) and len(rows) == len(wrong) and last


def _about_numbers(task: Question, cases: list[Case]) -> str | None:
    """One rule that makes all of the answers out of the right ones."""
    pairs = [pair for _, expected, got in cases for pair in number_pairs(expected, got)]
    numbers = [(e, g) for e, g in pairs if is_number(e) and is_number(g)]
    if any(is_sealed(expected) for expected, _ in pairs):
        return _in_another_order(task, cases)
    if len(numbers) < len(pairs) or len(numbers) < 3:
        return None
    same, right = _same_as(task, numbers), [e for e, _ in numbers]

    def rounds(rule: Rule) -> bool:
        return _still_differ(rule, right) and rounding_shows(rule, right)

    for digits in range(9):
        if same(rounded(digits)) and rounds(rounded(digits)):
            return f"You round to {digits} digits after the point. Give the number as it comes out."
    for sentence, rule in RULES.items():
        if same(rule) and (rule not in ROUNDING or rounds(rule)):
            return sentence
    ratios = [g / e for e, g in numbers if e]
    if ratios and ratios[0] and same(lambda e: e * ratios[0]) and ratios[0] != 1:
        return f"Every number is {ratios[0]:.4g} times the right one."
    steps = {g - e for e, g in numbers}
    if len(steps) == 1 and steps != {0}:
        by = steps.pop()
        return f"Every number is too {'large' if by > 0 else 'small'} by {abs(by):g}."
    return _in_another_order(task, cases) or _with_an_argument(task, cases)


def _in_another_order(task: Question, cases: list[Case]) -> str | None:
    if all(isinstance(e, list) and len(e) > 1 and judge(e[::-1], g, task.tolerance).ok for _, e, g in cases):
        return "The right numbers, in the wrong order: yours run from the last to the first."
    return _shifted(task, cases)


def _same_as(task: Question, numbers: list[tuple[Any, Any]]) -> Callable[[Rule], bool]:
    def same(rule: Rule) -> bool:
        try:
            return judge([float(rule(e)) for e, _ in numbers], [float(g) for _, g in numbers], task.tolerance).ok
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            return False

    return same


def rounded(digits: int) -> Rule:
    return lambda e: round(e, digits)


def _still_differ(rule: Rule, numbers: list[Any]) -> bool:
    """Whether rounding leaves more than one number besides 0: where all become 0 or 1 nobody need have rounded."""
    return len({rule(e) for e in numbers} - {0}) > 1


def rounding_shows(rule: Rule, numbers: list[Any]) -> bool:
    """Whether rounding changes a number to another than 0: a lone 0 may be the end of a plan that ends at 0."""
    return any(rule(e) and abs(rule(e) - e) > 1e-6 * abs(e) for e in numbers)


ROUNDING = (math.floor, math.ceil)  # of the rules below
RULES: dict[str, Rule] = {
    "The sign is turned around: where the answer is positive, yours is negative.": lambda e: -e,
    "Your answer is upside down: you give 1 divided by the right number.": lambda e: 1 / e,
    "You give the square of the right number.": lambda e: e * e,
    "You give the square root of the right number.": math.sqrt,
    "You give 1 minus the right number.": lambda e: 1 - e,
    "The size is right, but the sign is lost.": abs,
    "You cut the fraction off: your numbers are rounded down.": math.floor,
    "Your numbers are rounded up to whole ones.": math.ceil,
}


def unmoved(requests: list[Request], expected: list[Json], answers: Answers) -> str | None:
    """A sentence where an object's values never change though they should, in every case; else None."""
    found = []
    for request, value in zip(requests, expected, strict=True):
        got: Json = answers.get(request["id"], {}).get("value")
        for name in value if request["drive"] == "object" and isinstance(got, dict) else ():
            rows = got.get(name)
            if any(row != value[name][0] for row in value[name]):
                found.append(name if isinstance(rows, list) and all(row == rows[0] for row in rows) else None)
    names = set(found)
    if not found or None in names or len(names) > 1:
        return None
    place_ = "optimizer.param_groups" if "groups" in requests[0] else f"self.{found[0]}"
    return f"{found[0]} never changes: step() writes nothing into {place_}."


def _shifted(task: Question, cases: list[Case]) -> str | None:
    """The right numbers one place too early or too late, in every case."""
    late, early = True, True
    for request, expected, got in cases:
        rows, mine = (next(iter(one.values()), None) if isinstance(one, dict) else one for one in (expected, got))
        consecutive = isinstance(request.get("steps", 0), int) and ["resume"] not in request.get("do", [])
        if (
            not consecutive
            or not isinstance(rows, list)
            or not isinstance(mine, list)
            or not len(rows) == len(mine) > 2
        ):
            return None
        late = late and judge(rows[:-1], mine[1:], task.tolerance).ok
        early = early and judge(rows[1:], mine[:-1], task.tolerance).ok
    what = "call" if cases[0][0]["drive"] == "object" else "step" if "steps" in cases[0][0] else "place"
    if late:
        return f"The right values, one {what} too late: what belongs to one {what} comes at the next."
    if early:
        return f"The right values, one {what} too early: what belongs to the next {what} comes already."
    return None


def _with_an_argument(task: Question, cases: list[Case]) -> str | None:
    """A factor or a summand of the arguments that is missing, or there once too often."""
    names = [name for name, value in cases[0][0].get("args", {}).items() if is_number(value) and value not in (0, 1)]
    for name in names:
        if not all(is_number(case[0]["args"].get(name)) for case in cases):
            continue
        found = [(e, g, case[0]["args"][name]) for case in cases for e, g in number_pairs(case[1], case[2])]
        rules: list[tuple[str, Callable[[Any, Any], Any]]] = [
            (f"The factor {name} is missing in your answer.", lambda e, a: e / a),
            (f"Your answer is multiplied by {name} once too often.", lambda e, a: e * a),
            (f"Your answer is too small by {name}.", lambda e, a: e - a),
            (f"Your answer is too large by {name}.", lambda e, a: e + a),
        ]
        for words, rule in rules:
            try:
                wanted = [float(rule(e, a)) for e, _, a in found]
            except ZeroDivisionError:
                continue
            if judge(wanted, [float(g) for _, g, _ in found], task.tolerance).ok:
                return words
    return None


def _about_score(task: Question, cases: list[Case]) -> str | None:
    """A design that is not good enough: does it know the length, is it too low, too high?"""
    for request, expected, got in cases:
        if got is None or not isinstance(got, list) or not all(map(is_number, got)):
            return _about_entries(task, request, expected, got or [])
        if any(lr < 0 for lr in got):
            return (
                f"An LR below 0 walks away from the minimum. Yours is negative at {place(request, (_negative(got),))}."
            )
    request, expected, got = next(case for case in cases if not _is_right(task)(case))
    return about_design(lambda lrs: task.judge(expected, lrs).got, got, [curve for _, _, curve in cases])


def _negative(got: Json) -> int:
    return next(i for i, lr in enumerate(got) if lr < 0)


def flat(value: Json) -> list[Any]:
    """The entries of a list of lists, one after another."""
    if isinstance(value, list):
        return [entry for part in value for entry in flat(part)]
    return [value]


def _wants_number(value: Json) -> bool:
    return is_number(value) or sealed_kind(value) == "a number"


def _kind(value: Json) -> str:
    if is_sealed(value):
        return sealed_kind(value)
    if value is None:
        return "nothing (None)"
    if isinstance(value, bool):
        return f"{value}, which is no number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a number" if is_number(value) else "a number that is not finite"
    return short(value)
