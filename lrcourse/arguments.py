"""Checks of arguments: each returns the value in plain Python form or says what was given and what is accepted."""

import math
import operator


def real(name, value, *, above=None, at_least=None, below=None, at_most=None, finite=True):
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
        number = float(value)
    except OverflowError:
        raise ValueError(wanted) from None
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(wanted) from None
    if (finite and not math.isfinite(number)) or not _within(number, above, at_least, below, at_most):
        raise ValueError(wanted)
    return number


def whole(name, value, *, at_least=None):
    """A whole number within the stated bound, as an int; NumPy integers and one-element integer tensors count.

    Raises TypeError for what is no number, ValueError for a fraction or a value out of bounds.

    >>> whole("step_size", 20, at_least=1)
    20
    >>> whole("step_size", 2.5, at_least=1)
    Traceback (most recent call last):
    ValueError: step_size must be a whole number of at least 1, not 2.5
    """
    wanted = f"{name} must be {_range('a whole number', None, at_least, None, None)}, not {value!r}"
    if _is_bool(value):
        raise TypeError(wanted)
    try:
        number = operator.index(value)
    except (TypeError, RuntimeError, ValueError):
        raise (ValueError if isinstance(value, float) else TypeError)(wanted) from None
    if at_least is not None and number < at_least:
        raise ValueError(wanted)
    return number


def choice(name, value, options):
    """One of the options, as given. Raises ValueError that lists them.

    >>> choice("mode", "mean", ["min", "max"])
    Traceback (most recent call last):
    ValueError: mode must be one of 'min', 'max', not 'mean'
    """
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, not {value!r}")
    return value


def increasing(name, values, *, at_least=0, strictly=True):
    """A list of whole numbers in rising order, as a list; any sequence, array or one-dimensional tensor will do.

    Raises TypeError for what is no sequence, ValueError for fractions, values below at_least, or a wrong order.

    >>> increasing("milestones", (30, 60))
    [30, 60]
    >>> increasing("milestones", [60, 30])
    Traceback (most recent call last):
    ValueError: milestones must rise from each entry to the next, not [60, 30]
    """
    if isinstance(values, str | bytes | dict | set) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} must be a sequence of whole numbers, not {values!r}")
    numbers = [whole(f"{name}[{i}]", value, at_least=at_least) for i, value in enumerate(values)]
    pairs = list(zip(numbers, numbers[1:], strict=False))
    if any(b < a or (strictly and b == a) for a, b in pairs):
        raise ValueError(f"{name} must rise from each entry to the next, not {numbers}")
    return numbers


def function(name, value):
    """A callable, as given. Raises TypeError.

    >>> function("lr_lambda", 3)
    Traceback (most recent call last):
    TypeError: lr_lambda must be a function, not 3
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {value!r}")
    return value


def functions(name, values):
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


def flag(name, value):
    """True or False, as given. Raises TypeError.

    >>> flag("three_phase", "no")
    Traceback (most recent call last):
    TypeError: three_phase must be True or False, not 'no'
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return value


def _is_bool(value):
    return isinstance(value, bool) or "bool" in str(getattr(value, "dtype", ""))


def _within(number, above, at_least, below, at_most):
    return (
        (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    )


def _range(kind, above, at_least, below, at_most):
    bounds = [("above", above), ("of at least", at_least), ("below", below), ("of at most", at_most)]
    stated = " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)
    return f"{kind} {stated}".strip()
