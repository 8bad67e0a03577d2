"""Sketches: three short entries by which two long answers are told apart, so that a file need not hold the answers.

A sketch of a mistake's answers says whether somebody's answers are the same, and nothing else about them.
"""

import hashlib
import math
from collections.abc import Iterator
from typing import Any

from lrcourse.exercises.judge import is_number

Sketch = list[Any]  # [digest of the shape, first sum, second sum]

SMALL = 1e-8  # of the largest number: what is far below that counts as 0


def sketch(answers: list[dict[str, Any]]) -> Sketch:
    """The sketch of the driver's answers: their shape, errors and texts as a digest, their numbers as two sums.

    Each sum weighs the numbers' logarithms by fixed random weights, so that a small number counts as much as a large
    one, and two lists of numbers that differ come to different sums.

    >>> sketch([{"value": [0.1, 0.05]}]) == sketch([{"value": [0.1, 0.05]}])
    True
    """
    shape, numbers = [], []
    for mark in _marks([_told(answer) for answer in answers]):
        if isinstance(mark, str):
            shape.append(mark)
        else:
            shape.append("number")
            numbers.append(float(mark))
    largest = max(map(abs, numbers), default=1.0) or 1.0
    sizes = [math.copysign(math.log1p(abs(number) / (SMALL * largest)), number) for number in numbers]
    sums = [0.0, 0.0]
    for weights, size in zip(_weights(), [*sizes, math.log(largest)], strict=False):
        sums = [total + weight * size for total, weight in zip(sums, weights, strict=True)]
    digest = hashlib.sha256("|".join(shape).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return [f"{digest}/{len(numbers)}", *(round(total, 7) for total in sums)]


def alike(one: Sketch, other: Sketch, tolerance: float) -> bool:
    """Whether the two are sketches of the same answers, up to the tolerance of each number."""
    count = int(one[0].rpartition("/")[2])
    most = 2e-7 + tolerance * math.sqrt(count)
    return bool(one[0] == other[0] and all(abs(a - b) <= most for a, b in zip(one[1:], other[1:], strict=True)))


def _told(answer: dict[str, Any]) -> Any:
    """The value, or the error's type: its message is worded otherwise by other versions of Python."""
    error = answer.get("error")
    return {"error": error["type"]} if error else answer.get("value")


def _marks(value: Any) -> Iterator[Any]:
    """The value from left to right: its finite numbers, and all else as texts."""
    todo = [value]
    while todo:
        thing = todo.pop()
        if isinstance(thing, list):
            yield f"[{len(thing)}"
            todo += reversed(thing)
        elif isinstance(thing, dict):
            yield "{" + ",".join(map(str, thing))
            todo += reversed(thing.values())
        else:
            # a number too large for a float may have more digits than repr will write
            yield thing if is_number(thing) else (hex(thing) if type(thing) is int else repr(thing))[:500]


def _weights() -> Iterator[tuple[float, float]]:
    """Pairs of numbers between -1 and 1, always the same."""
    state = 1
    while True:
        pair = []
        for _ in range(2):
            state = (6364136223846793005 * state + 1442695040888963407) % 2**64
            pair.append((state >> 11) / 2**52 - 1)
        yield pair[0], pair[1]
