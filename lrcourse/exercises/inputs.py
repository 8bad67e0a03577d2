"""One input taken for another, or for a number near it: the changes of a request that people make without noticing."""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, permutations
from typing import Any

from lrcourse.exercises import driver
from lrcourse.exercises.judge import Request, is_number

Change = Callable[[Request], Request]


def taken_for_another(request: Request) -> Iterator[tuple[str, Change]]:
    """(sentence, change of a request) for each way to take one argument for another, or for a number near it."""
    args = request.get("args", {})
    numbers = [name for name, value in args.items() if is_number(value)]
    flags = [name for name, value in args.items() if isinstance(value, bool)]
    for name in flags:
        yield f"{name} is the wrong way round: your answer is the one for the opposite.", _put(name, lambda a, v: not v)
        for value in (True, False):
            yield f"{name} makes no difference: it always counts as {value}.", _put(name, lambda a, v, to=value: to)
    for one, other in combinations(sorted(numbers), 2):
        yield f"{one} and {other} have changed places in your answer.", _swap(one, other)
    for name in numbers:
        for words, rule in NEAR:
            yield f"Your answer comes out as if {name} were {words.format(name=name)}.", _put(name, rule)
    for one, other in permutations(numbers, 2):  # after those: an argument that is 0 or 1 to somebody is no mix-up
        yield (
            f"Your answer is the one for {one} equal to {other}: do you use {other} where {one} belongs?",
            _put(one, lambda a, v, name=other: a[name]),
        )
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
