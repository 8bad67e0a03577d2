"""A schedule as a value: a function that remembers the call that made it."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial, wraps
from inspect import signature
from math import isfinite
from numbers import Integral
from types import MappingProxyType
from typing import Any, ParamSpec, overload

P = ParamSpec("P")
Make = Callable[P, Callable[..., float]]
ScheduleLike = Callable[[int], float]  # what may stand where a schedule is asked for: any function of the step


class Schedule(partial[float]):
    """A function of the step that remembers its maker, such as cosine, and the arguments of the call, by name.

    It prints as that call, and two are equal if their calls are: 3.0 and 3, a list and a tuple, an argument left out
    and its default count as the same. Equal ones have one hash; pickling and copying make the call again. So functions
    among the arguments must be picklable themselves: defined by `def` at the top of a module.

    >>> schedule = cosine(0.1, 100, eta_min=0.001)
    >>> schedule
    cosine(0.1, T_max=100, eta_min=0.001)
    >>> schedule == cosine(base_lr=0.1, T_max=100.0, eta_min=1e-3), schedule == cosine(0.1, 100)
    (True, False)
    >>> schedule(50), schedule.arguments["T_max"]
    (0.0505, 100)
    """

    # A partial of no arguments: Python calls its function without a detour through a __call__ of ours.

    # Slots: torch's LambdaLR saves the __dict__ of a callable, and what is no plain data there cannot be saved.
    __slots__ = ("maker", "arguments")
    maker: Callable[..., "Schedule"]
    arguments: MappingProxyType[str, Any]

    def __new__(
        cls, function: Callable[..., float], maker: Callable[..., "Schedule"], arguments: dict[str, Any]
    ) -> "Schedule":
        self = super().__new__(cls, inner(function))
        partial.__setattr__(self, "maker", maker)
        partial.__setattr__(self, "arguments", MappingProxyType(arguments))
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"a schedule does not change, so {name} cannot be set: make another with {self.maker.__name__}"
        )

    def __repr__(self) -> str:
        parameters = signature(self.maker).parameters
        given = [name for name, value in self.arguments.items() if value != plain(parameters[name].default)]
        first = next(iter(parameters), None)
        shown = [("" if name == first else f"{name}=") + _shown(self.arguments[name]) for name in given]
        return f"{self.maker.__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        return self.maker == other.maker and self.arguments == other.arguments

    def __hash__(self) -> int:
        return hash((self.maker, *self.arguments.values()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _call, (self.maker, dict(self.arguments))


@overload
def maker(make: Make[P], /) -> Callable[P, Schedule]: ...
@overload
def maker(
    **canonical: Callable[[Any], Any],
) -> Callable[[Make[P]], Callable[P, Schedule]]: ...
def maker(make: Any = None, /, **canonical: Callable[[Any], Any]) -> Any:
    """A decorator: what make returns, a function of the step, becomes a Schedule that remembers the call.

    make checks its arguments itself. canonical: for an argument that can be written in several ways a function that
    gives the one to remember, as @maker(milestones=sorted) does where the order carries no meaning.

    >>> @maker
    ... def halving(base_lr: float, every: int = 1):
    ...     return lambda step: base_lr * 0.5 ** (step // every)
    >>> halving(0.1, every=10), halving(0.1, 10) == halving(0.1, 10.0)
    (halving(0.1, every=10), True)
    """
    if make is None:
        return partial(maker, **canonical)
    parameters = signature(make)

    @wraps(make)
    def call(*args: Any, **kwargs: Any) -> Schedule:
        args = tuple(_lasting(value) for value in args)
        kwargs = {name: _lasting(value) for name, value in kwargs.items()}
        try:  # members go in as the functions inside them, which saves a call a step
            function = make(*map(_unpacked, args), **{name: _unpacked(value) for name, value in kwargs.items()})
        except (TypeError, ValueError):
            function = None
        if function is None:
            function = make(*args, **kwargs)  # again as they are, for an error that shows what was given
        bound = parameters.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = {name: plain(value) for name, value in bound.arguments.items()}
        arguments |= {name: plain(order(arguments[name])) for name, order in canonical.items()}
        return Schedule(function, call, arguments)

    call.__signature__ = parameters.replace(return_annotation=Schedule)  # type: ignore[attr-defined]
    return call


def inner(schedule: Callable[..., float]) -> Callable[..., float]:
    """The plain function inside a schedule, for a loop that calls it often; any other function is given back."""
    return schedule.func if isinstance(schedule, Schedule) else schedule


def plain(value: Any) -> Any:
    """An argument in plain Python: numbers, texts, tuples of such; a set in rising order; functions as they are.

    >>> plain([1, 2.5, {7, 3}])
    (1, 2.5, (3, 7))
    """
    if value is None or callable(value):
        return value
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays, tensors
        value = value.tolist()
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Integral):
        return int(value)
    if hasattr(value, "__float__"):
        return float(value)
    if isinstance(value, Iterable):
        return tuple(plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value))
    return value


def _call(maker: Callable[..., Schedule], arguments: dict[str, Any]) -> Schedule:
    return maker(**arguments)


def _lasting(value: Any) -> Any:
    return list(value) if isinstance(value, Iterator) else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list | tuple) and any(isinstance(item, Schedule) for item in value):
        return [inner(item) for item in value]
    return inner(value)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]" if not all(isinstance(i, tuple) for i in value) else f"{[*value]}"
    if isinstance(value, float) and not isfinite(value):
        return f"float('{value}')"
    if callable(value) and not isinstance(value, Schedule):
        return str(getattr(value, "__name__", repr(value)))
    return repr(value)
