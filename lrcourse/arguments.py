"""Checks of arguments: each returns the value in plain Python form or says what was given and what is accepted."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from numbers import Real
from operator import itemgetter
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def real(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    finite: bool = True,
) -> float:
    """A finite number within the stated bounds, as a float; NumPy numbers and one-element tensors count, bools do not.

    finite=False lets infinity and NaN pass.

    Raises TypeError for what is no number, ValueError for NaN, infinity or a value out of bounds.

    >>> real("gamma", 0.5, above=0)
    0.5
    >>> real("gamma", -1, above=0)
    Traceback (most recent call last):
    ValueError: gamma must be a number above 0, not -1
    """
    wanted = f"{name} must be {_range('a number', above, at_least, below, at_most)}, not {value!r}"
    if isinstance(value, str | bytes | complex) or _is_bool(value) or not hasattr(value, "__float__"):
        raise TypeError(wanted)
    try:
        number = float(value.detach() if hasattr(value, "detach") else value)  # a loss that still has its graph
    except OverflowError:
        raise ValueError(wanted) from None
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(wanted) from None
    if (finite and not math.isfinite(number)) or not _within(number, above, at_least, below, at_most):
        raise ValueError(wanted)
    return number


def whole(name: str, value: Any, *, at_least: int | None = None, at_most: int | None = None) -> int:
    """A whole number within the stated bounds, as an int; 3.0 counts as 3, and NumPy's numbers count.

    Raises TypeError for what is no number, a tensor or an array included: it could change after the count was taken.
    Raises ValueError for a fraction or a value out of bounds.

    >>> whole("step_size", 20, at_least=1), whole("step_size", 3.0)
    (20, 3)
    >>> whole("step_size", 2.5, at_least=1)
    Traceback (most recent call last):
    ValueError: step_size must be a whole number of at least 1, not 2.5
    """
    wanted = f"{name} must be {_range('a whole number', None, at_least, None, at_most)}, not {value!r}"
    if _is_bool(value) or not isinstance(value, Real):
        raise TypeError(f"{wanted}: take its .item()" if hasattr(value, "item") else wanted)
    number: Any = value
    try:
        count = int(number)
    except (OverflowError, ValueError):  # infinity, NaN
        raise ValueError(wanted) from None
    if count != number or not _within(count, None, at_least, None, at_most):
        raise ValueError(wanted)
    return count


def endless(name: str, value: Any, *, at_least: int) -> float:
    """A whole number within the stated bound, or infinity for what never ends. Raises what whole raises.

    >>> endless("total_iters", 20, at_least=1), endless("total_iters", math.inf, at_least=1)
    (20, inf)
    >>> endless("total_iters", -3, at_least=1)
    Traceback (most recent call last):
    ValueError: total_iters must be a whole number of at least 1 or infinity, not -3
    """
    if isinstance(value, Real) and value == math.inf:
        return math.inf
    try:
        return whole(name, value, at_least=at_least)
    except ValueError:
        bound = _range("a whole number", None, at_least, None, None)
        raise ValueError(f"{name} must be {bound} or infinity, not {value!r}") from None


def choice(name: str, value: Any, options: Collection[str]) -> str:
    """One of the options, as given. Raises ValueError that lists them.

    >>> choice("mode", "mean", ["min", "max"])
    Traceback (most recent call last):
    ValueError: mode must be one of 'min', 'max', not 'mean'
    """
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, not {value!r}")
    return value


def wholes(name: str, values: Iterable[Any], *, at_least: int = 0) -> list[int]:
    """A list of whole numbers; any sequence, array or one-dimensional tensor will do, a set in rising order.

    Raises TypeError for what holds no numbers, ValueError for fractions or values below at_least.

    >>> wholes("milestones", (60, 30.0)), wholes("milestones", {60, 30})
    ([60, 30], [30, 60])
    >>> wholes("milestones", [30, 2.5])
    Traceback (most recent call last):
    ValueError: milestones[1] must be a whole number of at least 0, not 2.5
    """
    items = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
        raise TypeError(f"{name} must be a sequence of whole numbers, not {values!r}")
    numbers = [whole(f"{name}[{i}]", item, at_least=at_least) for i, item in enumerate(items)]
    return sorted(numbers) if isinstance(items, set | frozenset) else numbers


def increasing(name: str, values: Iterable[Any], *, at_least: int = 0) -> list[int]:
    """The same for numbers whose order counts: none lies below the one before it. Raises ValueError for one that does.

    >>> increasing("at", (30, 60, 60))
    [30, 60, 60]
    >>> increasing("at", [60, 30])
    Traceback (most recent call last):
    ValueError: at must not fall from one entry to the next, not [60, 30]
    """
    numbers = wholes(name, values, at_least=at_least)
    if numbers != sorted(numbers):
        raise ValueError(f"{name} must not fall from one entry to the next, not {numbers}")
    return numbers


def pairs(name: str, values: Iterable[Any]) -> list[tuple[float, float]]:
    """A list of (step, value), two numbers of at least 0 each, in the order of the steps; at least one.

    Raises TypeError for what holds no pairs, ValueError for none or for a number out of bounds.

    >>> pairs("knots", [(10, 0.5), (0, 0.1)])
    [(0.0, 0.1), (10.0, 0.5)]
    >>> pairs("knots", [(0, -0.1)])
    Traceback (most recent call last):
    ValueError: knots[0][1] must be a number of at least 0, not -0.1
    """
    items = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(items, Iterable) or isinstance(items, str | bytes | Mapping | set | frozenset):
        raise TypeError(f"{name} must be a list of pairs (step, value), not {values!r}")
    found = []
    for i, item in enumerate(items):
        if not isinstance(item, list | tuple) or len(item) != 2:
            raise TypeError(f"{name}[{i}] must be a pair (step, value), not {item!r}")
        step, value = (real(f"{name}[{i}][{k}]", number, at_least=0) for k, number in enumerate(item))
        found.append((step, value))
    if not found:
        raise ValueError(f"{name} must hold at least one pair (step, value), not {values!r}")
    return sorted(found, key=itemgetter(0))


def function(name: str, value: F) -> F:
    """A callable, as given. Raises TypeError.

    >>> function("lr_lambda", 3)
    Traceback (most recent call last):
    TypeError: lr_lambda must be a function, not 3
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {value!r}")
    return value


def functions(name: str, values: Sequence[F]) -> list[F]:
    """A list of callables, at least one. Raises TypeError or ValueError.

    >>> functions("schedules", [abs, 3])
    Traceback (most recent call last):
    TypeError: schedules[1] must be a function, not 3
    """
    if not isinstance(values, list | tuple):
        raise TypeError(f"{name} must be a list of functions, not {values!r}")
    if not values:
        raise ValueError(f"{name} must hold at least one function, not {values!r}")
    return [function(f"{name}[{i}]", value) for i, value in enumerate(values)]


def flag(name: str, value: Any) -> bool:
    """True or False, as given. Raises TypeError.

    >>> flag("three_phase", "no")
    Traceback (most recent call last):
    TypeError: three_phase must be True or False, not 'no'
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return value


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or "bool" in str(getattr(value, "dtype", ""))


def _within(
    number: float, above: float | None, at_least: float | None, below: float | None, at_most: float | None
) -> bool:
    return (
        (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    )


def _range(kind: str, above: float | None, at_least: float | None, below: float | None, at_most: float | None) -> str:
    bounds = [("above", above), ("of at least", at_least), ("below", below), ("of at most", at_most)]
    stated = " and ".join(f"{words} {bound}" for words, bound in bounds if bound is not None)
    return f"{kind} {stated}".strip()
