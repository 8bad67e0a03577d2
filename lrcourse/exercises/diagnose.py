"""Which mistake an answer behaves like: a known one, one input taken for another, or what the answer itself shows."""

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Any

from lrcourse.exercises import driver, timing
from lrcourse.exercises.exercise import Exercise, Mistake, Task
from lrcourse.exercises.judge import Answer, Answers, Json, Request, is_number, judge
from lrcourse.exercises.signs import sign, unmoved

Change = Callable[[Request], Request]

MOST_SECONDS = 0.05  # a length of 0 may keep the solution busy for ever: it was never written for that


def diagnose(
    exercise: Exercise, task: Task, requests: list[Request], answers: Answers, shown: Answers | None = None
) -> Mistake | None:
    """The mistake that the answers {id: answer} of the driver show, or None where they are right.

    A known mistake, and one input taken for another, is named only if it gives the same answers to all requests. What
    else is said is read off the answers shown, those to the public cases: so it can hold no input of the instructor's.
    """
    expected = exercise.expected(task, requests)
    got = [answers.get(request["id"], {}) for request in requests]
    if all(task.judge(value, answer.get("value")).ok for value, answer in zip(expected, got, strict=True)):
        return None
    for mistake in task.mistakes:
        namespace = {**exercise.reference, task.name: exercise.mistaken(task, mistake)}
        if all(
            _same(timing.answer(one, namespace, 1), answer, task) for one, answer in zip(requests, got, strict=True)
        ):
            return mistake
    still = unmoved(requests, expected, answers)
    if still:
        return Mistake(still, None)
    if task.drive != "value" and not task.score and all("value" in answer for answer in got):
        for sentence, change in taken_for_another(requests[0]):
            if _fits(exercise, task, requests, expected, got, change):
                return Mistake(sentence, None)
    public = len(task.public)
    said = sign(task, requests[:public], expected[:public], answers if shown is None else shown)
    return Mistake(said, None) if said else None


def _same(wrong: Answer, answer: Answer, task: Task) -> bool:
    """Both are errors, and the same; or both are values, and the same."""
    if "error" in wrong or "error" in answer:
        one, other = wrong.get("error") or {}, answer.get("error") or {}
        return bool(one and other) and all(one[key] == other[key] for key in ("type", "message"))
    same = judge(wrong["value"], answer.get("value"), task.tolerance).ok
    return same or repr(wrong["value"]) == repr(answer.get("value"))  # NaN is NaN here


def _fits(
    exercise: Exercise, task: Task, requests: list[Request], expected: list[Json], got: list[Answer], change: Change
) -> bool:
    """Whether the answers are the right ones for other inputs, and the other inputs make a difference."""
    apart = 0
    for request, value, answer in zip(requests, expected, got, strict=True):
        try:
            other = change(request)
        except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
            return False
        right = timing.answer(other, exercise.reference, MOST_SECONDS)
        if "value" not in right or not judge(right["value"], answer["value"], task.tolerance).ok:
            return False
        apart += not judge(value, answer["value"], task.tolerance).ok
    return apart >= min(3, len(requests))  # on one or two inputs it could be chance


def taken_for_another(request: Request) -> Iterator[tuple[str, Change]]:
    """(sentence, change of a request) for each way to take one argument for another, or for a number near it."""
    args = request.get("args", {})
    numbers = [name for name, value in args.items() if is_number(value)]
    flags = [name for name, value in args.items() if isinstance(value, bool)]
    for name in flags:
        yield f"{name} is the wrong way round: your answer is the one for the opposite.", _put(name, lambda a, v: not v)
        for value in (True, False):
            yield f"{name} makes no difference: it always counts as {value}.", _put(name, lambda a, v, to=value: to)
    for one, other in permutations(numbers, 2):
        if one < other:
            yield f"{one} and {other} have changed places in your answer.", _swap(one, other)
        yield (
            f"Your answer is the one for {one} equal to {other}: do you use {other} where {one} belongs?",
            _put(one, lambda a, v, name=other: a[name]),
        )
    for name in numbers:
        for words, rule in NEAR:
            yield f"Your answer comes out as if {name} were {words.format(name=name)}.", _put(name, rule)
    if "steps" in request:
        for by, words in ((1, "one larger"), (-1, "one smaller"), (2, "two larger"), (-2, "two smaller")):
            yield f"Your answer comes out as if the step were {words}.", _move(by)
    if isinstance(request.get("groups"), list):
        yield "All groups come out as the first one: each has values of its own.", _as_first_group


NEAR: list[tuple[str, Callable[[Mapping[str, Any], Any], Any]]] = [
    ("0", lambda a, v: 0),
    ("1", lambda a, v: 1),
    ("one larger", lambda a, v: v + 1),
    ("one smaller", lambda a, v: v - 1),
    ("twice as large", lambda a, v: 2 * v),
    ("half as large", lambda a, v: v / 2),
    ("1 / {name}", lambda a, v: 1 / v),
    ("1 - {name}", lambda a, v: 1 - v),
    ("-{name}", lambda a, v: -v),
    ("{name} squared", lambda a, v: v * v),
    ("the root of {name}", lambda a, v: v**0.5),
]


def _put(name: str, rule: Callable[..., Any]) -> Change:
    return lambda request: {**request, "args": {**request["args"], name: rule(request["args"], request["args"][name])}}


def _swap(one: str, other: str) -> Change:
    return lambda request: {
        **request,
        "args": {**request["args"], one: request["args"][other], other: request["args"][one]},
    }


def _move(by: int) -> Change:
    return lambda request: {**request, "steps": [max(step + by, 0) for step in driver.every(request["steps"])]}


def _as_first_group(request: Request) -> Request:
    return {**request, "groups": [request["groups"][0]] * len(request["groups"])}
