"""Seals: an expected value that a file can hold and nobody reads off it, for questions that ask for one answer.

A sealed number is told from others to the tolerance of the comparison and no further. It keeps an answer from being
seen, not from being guessed: what `check` says to a guess, anybody may ask.
"""

import hashlib
import math
from typing import Any

SMALLEST = 1e-12  # below it a number counts as 0


def seal(value: Any, salt: str, tolerance: float) -> Any:
    """The value with every number, text and truth value in it sealed; lists and dictionaries stay what they are.

    >>> kept = seal([0.1, 0.05], "two_lrs", 1e-6)
    >>> fits(kept[1], 0.05 + 1e-9, 1e-6), fits(kept[1], 0.051, 1e-6)
    (True, False)
    """
    if isinstance(value, list):
        return [seal(entry, f"{salt}/{i}", tolerance) for i, entry in enumerate(value)]
    if isinstance(value, dict):
        return {key: seal(entry, f"{salt}/{key}", tolerance) for key, entry in value.items()}
    return {"sealed": f"{_kind(value)} {salt}:{_digest(salt, _notch(value, tolerance))}"}


def is_sealed(value: Any) -> bool:
    """Whether it is what `seal` makes of a number or text."""
    return isinstance(value, dict) and value.keys() == {"sealed"} and isinstance(value["sealed"], str)


def sealed_kind(value: Any) -> str:
    """What was sealed, in words: "a number", "text" or "a truth value"; "" for what is not sealed.

    >>> sealed_kind(seal(0.5, "half", 1e-6)), sealed_kind(0.5)
    ('a number', '')
    """
    return value["sealed"].split(":")[0].rpartition(" ")[0] if is_sealed(value) else ""


def _kind(value: Any) -> str:
    return "a truth value" if isinstance(value, bool) else "text" if isinstance(value, str) else "a number"


def fits(sealed: Any, got: Any, tolerance: float) -> bool:
    """Whether the value was sealed so; a number within about twice the tolerance fits too."""
    told, _, digest = sealed["sealed"].rpartition(":")
    salt = told.rpartition(" ")[2]
    notch = _notch(got, tolerance)
    near = [notch] if isinstance(notch, str) else [(notch[0], notch[1] + by) for by in (0, -1, 1)]
    return any(_digest(salt, one) == digest for one in near)


def _notch(value: Any, tolerance: float) -> Any:
    """Where a number stands on a scale whose notches are one tolerance apart, with its sign; all else as text."""
    if type(value) not in (int, float):
        return f"{type(value).__name__} {value!r}"[:200]
    try:
        size = abs(float(value))
    except OverflowError:
        size = math.inf
    if size < SMALLEST:
        return "zero"
    if not math.isfinite(size):
        return "endless"
    return value > 0, round(math.log(size) / tolerance)


def _digest(salt: str, notch: Any) -> str:
    return hashlib.sha256(f"{salt}:{notch}".encode()).hexdigest()[:16]
