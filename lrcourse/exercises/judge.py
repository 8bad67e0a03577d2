"""Compares what was expected with what came back, whatever came back: total, never raises."""

import json
import math
from dataclasses import dataclass
from typing import Any, TypeGuard

from lrcourse.exercises.seals import fits, is_sealed, sealed_kind

Json = Any  # what json.loads gives
Request = dict[str, Any]  # to the driver
Answer = dict[str, Any]  # of the driver
Answers = dict[int, Answer]  # by the requests' ids
Where = tuple[Any, ...]  # a path of keys and indices


@dataclass(frozen=True)
class Verdict:
    """Equal or not; where they first part (a path of keys and indices), what stood there on both sides, in words."""

    ok: bool
    where: Where = ()
    expected: Json = None
    got: Json = None
    message: str = ""


def judge(expected: Json, got: Json, tolerance: float = 1e-6) -> Verdict:
    """Whether got equals expected: numbers to a relative tolerance, lists entry by entry, all else exactly.

    Numbers count as equal within tolerance of themselves, or within a thousandth of that of the largest number expected
    (so that 1e-17 passes for the 0 at the end of a cosine). A bool is no number, NaN and infinity are never right.

    >>> judge([0.1, 0.05], [0.1, 0.1]).message
    'entry 1: expected 0.05, got 0.1'
    >>> judge(0.3, 0.1 + 0.2).ok
    True
    """
    verdict = _compare(expected, got, tolerance, 0, ())
    if verdict is None:  # nearly all right answers end here, and need no largest number
        return Verdict(True)
    return _compare(expected, got, tolerance, tolerance * 1e-3 * _largest(expected), ()) or Verdict(True)


def _compare(expected: Json, got: Json, relative: float, absolute: float, where: Where) -> Verdict | None:
    if isinstance(expected, list):
        if not isinstance(got, list):
            return _differ(where, expected, got)
        for i, (one, other) in enumerate(zip(expected, got, strict=False)):
            if type(one) is type(other) is float and abs(other - one) <= relative * abs(one) + absolute:
                continue  # nearly all entries end here, infinities and NaN never
            verdict = _compare(one, other, relative, absolute, (*where, i))
            if verdict:
                return verdict
        if len(expected) != len(got):
            return _differ(where, expected, got)
    elif is_sealed(expected):
        if not fits(expected, got, relative):
            return _differ(where, expected, got)
    elif isinstance(expected, dict):
        if not isinstance(got, dict) or expected.keys() != got.keys():
            return _differ(where, expected, got)
        for key in expected:
            verdict = _compare(expected[key], got[key], relative, absolute, (*where, key))
            if verdict:
                return verdict
    elif not _same(expected, got, relative, absolute):
        return _differ(where, expected, got)
    return None


def _same(expected: Json, got: Json, relative: float, absolute: float) -> bool:
    if is_number(expected):
        return is_number(got) and abs(float(got) - expected) <= relative * abs(expected) + absolute
    return type(expected) is type(got) and expected == got


def is_number(thing: Json) -> TypeGuard[int | float]:
    """Whether it is a finite number that fits a float; bools are not."""
    if type(thing) not in (int, float):
        return False
    try:
        return math.isfinite(float(thing))
    except OverflowError:
        return False


def _largest(expected: Json) -> float:
    if isinstance(expected, list | dict):
        entries = expected.values() if isinstance(expected, dict) else expected
        return max([_largest(entry) for entry in entries], default=0.0)
    return abs(float(expected)) if is_number(expected) else 0.0


def _differ(where: Where, expected: Json, got: Json) -> Verdict:
    place = " ".join(f"entry {key}" if isinstance(key, int) else str(key) for key in where)
    message = f"expected {short(expected)}, got {short(got)}"
    return Verdict(False, where, expected, got, f"{place}: {message}" if place else message)


def short(thing: Json) -> str:
    """A few words for any JSON value, of bounded length.

    >>> short(0.1 + 0.2), short([1, 2]), short(10**5000)
    ('0.3', 'a list of 2', 'a whole number that no float can hold')
    """
    if type(thing) is float:
        return f"{thing:.6g}"
    if type(thing) is int and not is_number(thing):
        return "a whole number that no float can hold"
    if type(thing) is list:
        lengths = {len(entry) if type(entry) is list else 0 for entry in thing}
        inner = f" lists of {max(lengths)}" if len(thing) > 1 and len(lengths) == 1 and max(lengths) else ""
        return f"a list of {len(thing)}{inner}"
    if is_sealed(thing):
        return f"another answer, {sealed_kind(thing)}"
    if type(thing) is dict:
        return f"a dictionary of {len(thing)}"
    text = repr(thing)
    return text if len(text) <= 60 else text[:57] + "..."


def read(line: str | bytes) -> Json:
    """The JSON value of a line from the sandbox, or None where it is none (too deep, not JSON).

    >>> read('[0.1, 7]'), read("9" * 5000) == 10**400, read("nonsense")
    ([0.1, 7], True, None)
    """
    try:
        try:
            return json.loads(line)
        except ValueError:
            return json.loads(line, parse_int=_whole_number)
    except (ValueError, RecursionError, MemoryError):
        return None


def _whole_number(digits: str) -> int:
    """One with more digits than Python reads is wrong, and no nonsense: any that no float can hold stands for it."""
    return int(digits) if len(digits) < 400 else 10**400
