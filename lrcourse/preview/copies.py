"""A scheduler's double: a copy on an optimizer of its own, so that looking ahead leaves the original as it is."""

import copy
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import CellType, FunctionType, GeneratorType, SimpleNamespace
from typing import Any

# What a function may keep in its closure and change while it is called: copied with it. All else is shared.
MUTABLE = (list, dict, set, bytearray, random.Random)


def is_optimizer(value: Any) -> bool:
    """Whether a value has parameter groups and takes steps, or is a stand-in of ours with groups alone."""
    groups = getattr(value, "param_groups", None)
    return isinstance(groups, list) and bool(groups) and all(isinstance(group, dict) for group in groups)


def is_scheduler(value: Any) -> bool:
    """Whether a value is a scheduler of any library: it steps, and knows an optimizer or its last LR."""
    if isinstance(value, type) or is_optimizer(value):
        return False
    known = ("optimizer", "optimizers", "get_last_lr", "step_update")
    if not callable(getattr(value, "step", None)):
        return False
    return any(hasattr(value, name) for name in known) or any(map(is_optimizer, _held(value)))


def _held(value: Any) -> list[Any]:
    """What an object holds under names of its own."""
    return list(getattr(value, "__dict__", {}).values())


def innermost(optimizer: Any) -> Any:
    """The optimizer inside what accelerate or another framework has wrapped around it."""
    while is_optimizer(getattr(optimizer, "optimizer", None)):
        optimizer = optimizer.optimizer
    return optimizer


def optimizer_of(scheduler: Any) -> Any:
    """The optimizer that a scheduler writes to, None where it does not say."""
    held = [getattr(scheduler, "optimizer", None), *(getattr(scheduler, "optimizers", None) or [])]
    inside = getattr(scheduler, "scheduler", None)
    if inside is not None:
        held.append(optimizer_of(inside))
    return next((innermost(each) for each in held + _held(scheduler) if is_optimizer(each)), None)


class Doubles:
    """Copies of schedulers, those of one optimizer on one double of it.

    Raises TypeError for a scheduler that cannot be copied.
    """

    def __init__(self) -> None:
        self._memo: dict[int, Any] = {}
        self._originals: list[Any] = []  # held, so that no id is given out again
        self.optimizers: list[Any] = []

    def optimizer(self, original: Any) -> Any:
        """The double of an optimizer: the same groups with the same numbers, a weight of its own each, no memory."""
        plain = innermost(original)
        if id(plain) not in self._memo:
            self._memo[id(plain)] = double_of(plain)
            self._originals.append(plain)
            self.optimizers.append(self._memo[id(plain)])
        double, wrapped = self._memo[id(plain)], original
        while wrapped is not plain:  # what a framework's scheduler asks its framework's optimizer
            self._memo[id(wrapped)] = SimpleNamespace(param_groups=double.param_groups, step_was_skipped=False)
            self._originals.append(wrapped)
            wrapped = wrapped.optimizer
        return double

    def scheduler(self, original: Any) -> Any:
        """The double of a scheduler, on the double of its optimizer."""
        for each in [getattr(original, "optimizer", None), *(getattr(original, "optimizers", None) or [])]:
            if is_optimizer(each):
                self.optimizer(each)
        state = getattr(original, "gradient_state", None)
        if state is not None:  # accelerate's: as it is at an update
            self._memo[id(state)] = SimpleNamespace(sync_gradients=True, adjust_scheduler=False)
        if optimizer_of(original) is None:
            raise TypeError(
                f"a {type(original).__name__} does not say which optimizer it writes to: give a function that makes "
                f"it, preview(lambda optimizer: {type(original).__name__}(optimizer, ...), steps)"
            )
        self.optimizer(optimizer_of(original))
        try:
            double = copy.deepcopy(original, self._memo)
        except Exception as error:  # whatever it holds on to: a lock, a generator, a tensor inside a graph
            raise TypeError(
                f"this {type(original).__name__} cannot be copied ({error}): give a function that makes it instead, "
                f"preview(lambda optimizer: {type(original).__name__}(optimizer, ...), steps)"
            ) from error
        for part, own in zip(family(double), family(original), strict=True):
            _met_again(part, own, part is not double)
            for name, value in list(getattr(part, "__dict__", {}).items()):
                with suppress(AttributeError):  # what does not let itself be set is no function of the user's
                    _set_functions(part, name, value, self._memo)
        return double


def family(scheduler: Any) -> Iterator[Any]:
    """A scheduler and all that it is made of."""
    yield scheduler
    members = [*(getattr(scheduler, "_schedulers", None) or getattr(scheduler, "schedulers", None) or [])]
    members += [getattr(scheduler, "scheduler", None), getattr(scheduler, "lr_scheduler", None)]  # timm's plateau
    for member in members:
        if is_scheduler(member):
            yield from family(member)


def double_of(optimizer: Any) -> Any:
    """An optimizer with the same groups, each with one weight of its own; of the same class where that can be had."""
    groups = [{key: _own_value(value) for key, value in g.items() if key != "params"} for g in optimizer.param_groups]
    defaults = dict(getattr(optimizer, "defaults", {}))
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(optimizer, torch.optim.Optimizer):
        groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], **group} for group in groups]
        kind: Any = type(optimizer)
        twin = kind.__new__(kind)
        with suppress(Exception):
            twin.__setstate__({"defaults": defaults, "state": defaultdict(dict), "param_groups": groups})
            return twin
    return SimpleNamespace(param_groups=groups, defaults=defaults, state={}, step=lambda: None)


def _own_value(value: Any) -> Any:
    return value.detach().clone() if hasattr(value, "detach") else copy.copy(value)


def _met_again(double: Any, original: Any, member: bool) -> None:
    """Give a copy of one of our schedulers what it met on its optimizer: copying forgets, and its first step asks."""
    met = getattr(original, "_met", None)
    if hasattr(original, "_hands") and member:
        double._hands.discard(double)  # a member does not write by itself
    if met is None or not hasattr(met, "groups"):
        return
    pairs = zip(original.optimizer.param_groups, double.optimizer.param_groups, strict=True)
    doubles = {id(theirs): ours for theirs, ours in pairs}
    double._met = copy.copy(met)
    double._met.groups = [doubles.get(id(group), group) for group in met.groups]


def _set_functions(part: Any, name: str, value: Any, memo: dict[int, Any]) -> None:
    """Give a copy functions of its own: deepcopy shares them, with what they count in their closures."""
    if isinstance(value, FunctionType):
        setattr(part, name, own_function(value, memo))
    elif isinstance(value, list) and any(isinstance(item, FunctionType) for item in value):
        value[:] = [own_function(item, memo) for item in value]
    elif type(value) is dict:  # no Counter, whose update would add: torch's milestones
        value.update({key: own_function(item, memo) for key, item in value.items()})


def own_function(function: Any, memo: dict[int, Any]) -> Any:
    """A function with its own copy of the lists, counters and iterators in its closure; optimizers become doubles.

    Raises TypeError for one that draws from a generator, which cannot be copied.

    >>> rates = iter([0.3, 0.2, 0.1])
    >>> def following(rates):
    ...     return lambda step: next(rates)
    >>> schedule = following(rates)
    >>> own_function(schedule, {})(0), next(rates)
    (0.3, 0.3)
    """
    if not isinstance(function, FunctionType) or not function.__closure__:
        return function
    cells = []
    for cell in function.__closure__:
        try:
            held = cell.cell_contents
        except ValueError:  # not filled yet
            cells.append(cell)
            continue
        if id(held) in memo:
            held = memo[id(held)]
        elif isinstance(held, GeneratorType):
            name = function.__qualname__
            raise TypeError(
                f"{name} draws from a generator: looking ahead would use it up. Give a function of the step"
            )
        elif isinstance(held, MUTABLE) or hasattr(held, "__next__"):
            held = copy.deepcopy(held, memo)
        elif isinstance(held, FunctionType) and held is not function:
            held = own_function(held, memo)
        cells.append(CellType(held))
    own = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, tuple(cells))
    own.__kwdefaults__ = function.__kwdefaults__
    own.__dict__.update(function.__dict__)
    return own


@contextmanager
def same_randomness() -> Iterator[None]:
    """Whatever is drawn inside, the generators of Python, NumPy and torch stand afterwards where they stood."""
    restore: list[Callable[[], Any]] = []
    python = random.getstate()
    restore.append(lambda: random.setstate(python))
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        numpys = numpy.random.get_state()
        restore.append(lambda: numpy.random.set_state(numpys))
    if torch is not None:
        torchs = torch.get_rng_state()
        restore.append(lambda: torch.set_rng_state(torchs))
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            cudas = torch.cuda.get_rng_state_all()
            restore.append(lambda: torch.cuda.set_rng_state_all(cudas))
    try:
        yield
    finally:
        for back in restore:
            back()
