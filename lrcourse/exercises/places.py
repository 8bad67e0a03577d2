"""Where an answer is right and where it is not, in words: the last thing that can be said, and always true."""

from collections.abc import Callable, Sequence
from typing import Any

from lrcourse.exercises.explain import describe, place
from lrcourse.exercises.judge import Json, Request, is_number, judge, short
from lrcourse.exercises.seals import is_sealed, sealed_kind
from lrcourse.exercises.sheets import Question

Case = tuple[Request, Json, Json]  # a request, the answer expected, the answer got


def about_place(task: Question, cases: list[Case], wrong: list[Case], more: Sequence[Case] = ()) -> str | None:
    """Where the answers are right and where not: the last thing that can be said, and always true.

    more: other cases, of which nothing is told; the argument by which right and wrong part must do so there too.
    """
    request, expected, got = wrong[0]
    failed = [*wrong, *(case for case in more if not task.judge(case[1], case[2]).ok)]
    parts = [_stretch(task, request, expected, got), _only_with([*cases, *more], failed)]
    return " ".join(filter(None, parts)) or None


def _stretch(task: Question, request: Request, expected: Json, got: Json) -> str | None:
    if isinstance(expected, dict) and not is_sealed(expected):
        bad = [key for key in expected if not judge(expected[key], got.get(key), task.tolerance).ok]
        if not bad:
            return None
        good = [key for key in expected if key not in bad]
        name = bad[0]
        before = f"{' and '.join(good)} {'is' if len(good) == 1 else 'are'} right, {name} is not. " if good else ""
        if task.drive != "object":
            return before + _entry(name, expected[name], got, task.tolerance)
        return before + _rows(task, request, name, expected[name], got.get(name))
    if not isinstance(expected, list) or not isinstance(got, list) or len(got) != len(expected):
        if is_sealed(expected):
            return f"It is {sealed_kind(expected)} that is asked for, but another one."
        if is_number(expected) and is_number(got):
            way = f"Your answer is too {'large' if got > expected else 'small'} with {describe(request)}."
            return " ".join(filter(None, [way, _picked(request, expected, got)]))
        return None
    fine = [judge(e, g, task.tolerance).ok for e, g in zip(expected, got, strict=True)]
    if task.drive == "call" and any(isinstance(entry, list) for entry in expected):
        return _parts(request, fine, expected, got, task.tolerance)
    if task.drive == "value":
        first = fine.index(False)
        if isinstance(expected[first], list):
            return _row(task, first, expected[first], got[first])
        few = ["The first entry of your list is not right.", "The first entry is right, the second is not."]
        return few[first] if first < 2 else f"The first {first} entries are right, the next is not."
    return _run(fine, lambda i: place(request, (i,)), expected, got)


def _picked(request: Request, expected: Json, got: Json) -> str:
    """Where the answer is one entry of a list that was given: which one it is, and which was asked for."""
    lists = {name: value for name, value in request.get("args", {}).items() if _is_row(value)}
    home = next((name for name, row in lists.items() if row.count(expected) == 1), None)
    if home is None:
        return ""
    row = lists.pop(home)
    if got in row:
        once = row.count(got) == 1
        return f"It is entry {row.index(got)} of {home}; entry {row.index(expected)} is right." if once else ""
    other = next((name for name in lists if got in lists[name]), None)
    return f"It is an entry of {other}; one of {home} is asked for." if other else ""


def _is_row(value: Json) -> bool:
    return isinstance(value, list) and len(value) > 2 and all(map(is_number, value))


ORDINALS = ("first", "second", "third")


def _row(task: Question, first: int, expected: Json, got: Json) -> str:
    """About the first wrong row of a question's rows; what is right there would give the question away."""
    before = ("", "The first row is right. ")[first] if first < 2 else f"The first {first} rows are right. "
    name = f"the {ORDINALS[first]} row" if first < len(ORDINALS) else "the next row"
    if not isinstance(got, list) or len(got) != len(expected):
        return f"{before}{name[:1].upper()}{name[1:]} of your answer is {short(got)}; {short(expected)} is asked for."
    fine = [judge(e, g, task.tolerance).ok for e, g in zip(expected, got, strict=True)]
    right = ("the first number is not right", "the first number is right, the second is not")
    agree = fine.index(False)
    return (
        f"{before}In {name} {right[agree] if agree < 2 else f'the first {agree} numbers are right, the next is not'}."
    )


def _parts(request: Request, fine: list[bool], expected: Json, got: Json, tolerance: float) -> str:
    """About an answer of several parts, one of them a list: which are right, and how far the first that is not."""
    first = fine.index(False)
    right = [str(i) for i, ok in enumerate(fine) if ok]
    *most, last = right or [""]
    are = f", entries {', '.join(most)} and {last} are" if most else f", entry {last} is"
    said = f"Entry {first} of your answer is not right{are if right else ''}"
    want, mine = expected[first], got[first]
    if is_number(want) and is_number(mine):
        return f"{said}. It is too {'large' if mine > want else 'small'} with {describe(request)}."
    if not isinstance(want, list) or not isinstance(mine, list):
        return f"{said}. It is {short(mine)}, and {short(want)} is asked for."
    same = [judge(e, g, tolerance).ok for e, g in zip(want, mine, strict=False)]
    agree = same.index(False) if False in same else len(same)
    if len(mine) != len(want):
        return f"{said}. It is {short(mine)}, and {len(want)} are asked for: right are the first {agree}."
    if not agree:
        return f"{said}. In it the very first is wrong already."
    return f"{said}. In it {'the first is' if agree == 1 else f'the first {agree} are'} right, the next is not."


def _entry(name: str, expected: Json, answer: Json, tolerance: float) -> str:
    """About an entry of a dictionary that was asked for."""
    if name not in answer:
        return f"Your dictionary has no entry {name!r}."
    got = answer[name]
    if type(got) is not type(expected) and not (is_number(got) and is_number(expected)):
        return f"It is {_written(got)}; {_written(expected)} is asked for."
    if isinstance(expected, list) and _written(got) == _written(expected):  # two lists whose lengths alone are told
        wrong = judge(expected, got, tolerance)
        place = ", entry ".join(map(str, wrong.where))
        return f"Its entry {place} is {short(wrong.got)} where {short(wrong.expected)} is right."
    return f"It is {_written(got)} where {_written(expected)} is right."


def _written(value: Json) -> str:
    """A value as it is written in a program, if that is short."""
    text = str(value) if isinstance(value, list) and not any(map(is_number, value)) else short(value)
    return text if len(text) <= 60 else short(value)


def _rows(task: Question, request: Request, name: str, expected: Json, got: Json) -> str:
    """About an object's record: moments x groups."""
    if not isinstance(got, list) or len(got) != len(expected):
        return f"{name} cannot be read."
    groups = len(expected[0]) if isinstance(expected[0], list) else 0
    if groups > 1 and all(isinstance(row, list) and len(row) == groups for row in got):
        bad = [i for i in range(groups) if not judge([r[i] for r in expected], [r[i] for r in got], task.tolerance).ok]
        moving = [i for i in range(groups) if any(row[i] != expected[0][i] for row in expected)]
        good = next((i for i in moving if i not in bad), None)  # one that never moves is right whatever is wrong
        if good is not None:
            return f"Group {good} comes out right, group {bad[0]} does not: each group has values of its own."
    fine = [judge(e, g, task.tolerance).ok for e, g in zip(expected, got, strict=True)]
    do = request.get("do", [])
    if ["resume"] in do and fine.index(False) > do.index(["resume"]):
        first = place(request, (name, fine.index(False)))
        return f"All is right until the run is resumed. The first wrong value is {first}."
    return _run(fine, lambda i: place(request, (name, i)), expected, got)


def _run(fine: list[bool], where: Callable[[int], str], expected: Json, got: Json) -> str:
    first = fine.index(False)
    last = len(fine) - 1 - fine[::-1].index(False)
    way = _way(expected[first : last + 1], got[first : last + 1])
    if not any(fine):
        return f"Your answer is wrong everywhere{way}."
    if first == last:
        return f"Only {where(first)} is wrong{way or _in_words(expected[first], got[first])}."
    if all(not ok for ok in fine[first:]):
        return f"Your answer is right before {where(first)} and wrong from there on{way}."
    if all(not ok for ok in fine[: last + 1]):
        return f"Your answer is wrong up to {where(last)}{way}, and right after it."
    return f"Your answer is wrong at {fine.count(False)} of {len(fine)} places, first at {where(first)}{way}."


def _in_words(expected: Json, got: Json) -> str:
    """What stands where a word or a truth value is wrong, and what is right there."""
    if not isinstance(expected, str | bool):
        return ""
    return f": it is {_written(got)}, and {_written(expected)} is right"


def _way(expected: Json, got: Json) -> str:
    pairs = [pair for e, g in zip(expected, got, strict=True) for pair in number_pairs(e, g)]
    wrong = [(e, g) for e, g in pairs if is_number(e) and is_number(g) and abs(g - e) > 1e-9 * abs(e)]
    always = "always " if len(wrong) > 1 else ""
    if wrong and all(g > e for e, g in wrong):
        return f", {always}too high"
    if wrong and all(g < e for e, g in wrong):
        return f", {always}too low"
    return ""


def _only_with(cases: list[Case], wrong: list[Case]) -> str:
    """The argument by which right and wrong inputs differ: mode='max' is wrong, mode='min' is right."""
    right = [case for case in cases if case not in wrong]
    default = next(filter(None, (_default(wrong[0], case) for case in right)), "")
    if default:
        return f"Right where {default} is given, wrong where it is not: look at its default."
    for name in dict.fromkeys(name for case in cases for name in case[0].get("args", {})) if right else ():
        bad = {repr(case[0]["args"].get(name)) for case in wrong}
        good = {repr(case[0]["args"].get(name)) for case in right}
        value = wrong[0][0]["args"].get(name)
        given = name in wrong[0][0]["args"]
        telling = isinstance(value, bool | str | None) or value in (0, []) or (value == 1 and isinstance(value, int))
        if given and telling and len(bad) == 1 and not bad & good:
            return f"Right with other inputs, wrong with {name}={short(wrong[0][0]['args'].get(name))}."
    return ""


def _default(wrong: Case, right: Case) -> str:
    """The argument that the one input leaves out and the other gives, all else alike, what is expected too."""
    less, more = wrong[0].get("args", {}), right[0].get("args", {})
    rest = {name: value for name, value in wrong[0].items() if name not in ("args", "id")}
    alike = wrong[1] == right[1] and all(right[0].get(name) == value for name, value in rest.items())
    added = [name for name in more if name not in less]
    return added[0] if alike and len(added) == 1 and all(more.get(name, less) == less[name] for name in less) else ""


def number_pairs(expected: Json, got: Json) -> list[tuple[Any, Any]]:
    """The numbers of two values of one shape, side by side."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return [pair for key in expected for pair in number_pairs(expected[key], got.get(key))]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [pair for e, g in zip(expected, got, strict=True) for pair in number_pairs(e, g)]
    return [(expected, got)]
