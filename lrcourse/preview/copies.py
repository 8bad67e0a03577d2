"""A scheduler's double: a copy on an optimizer of its own, so that looking ahead leaves the original as it is."""

import copy
import dis
import random
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, SimpleNamespace
from typing import Any

# What a function may hold and change while it is called, random generators too: copied with it. All else is shared.
MUTABLE = (list, dict, set, deque, bytearray, random.Random)
DRAWN = {("numpy.random", "Generator"), ("numpy.random", "RandomState"), ("torch", "Generator")}
NUMBERS = {int, float, str}  # what a table is full of
PLAIN = (bool, int, float, str, tuple, type(None))  # an optimizer's attributes that its double may have too


class UsedUp(TypeError):
    """A function draws from what cannot be copied."""


class Undrawn:
    """What stands in a copy for a generator: nothing is to be said of a function that only names one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __iter__(self) -> "Undrawn":
        return self

    def __next__(self, *_: Any) -> Any:
        raise UsedUp(f"{self.name} draws from a generator: looking ahead would use it up. Give a function of the step")

    send = __next__


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
            self._memo[id(wrapped)] = _wrapper(wrapped, plain, double)
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
        for part in family(original):
            self._share_owners(part)
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

    def _share_owners(self, part: Any) -> None:
        """Bind a trainer's methods to a light copy of the trainer: a deep one would copy its model, or fail."""
        for value in list(getattr(part, "__dict__", {}).values()):
            for held in value if isinstance(value, list) else [value]:
                if isinstance(held, MethodType) and not (is_scheduler(held.__self__) or is_optimizer(held.__self__)):
                    self._originals.append(held.__self__)
                    own_object(held.__self__, self._memo)


def _wrapper(wrapped: Any, plain: Any, double: Any) -> Any:
    """A copy of what is wrapped around an optimizer, around its double: fairseq's schedulers call its set_lr."""
    if not hasattr(wrapped, "step_was_skipped") and hasattr(wrapped, "__dict__"):
        with suppress(Exception):
            twin = copy.copy(wrapped)
            for name, value in vars(wrapped).items():
                if innermost(value) is plain:
                    vars(twin)[name] = double
                elif name == "param_groups":
                    vars(twin)[name] = double.param_groups
            if twin.param_groups is double.param_groups:
                return twin
    return SimpleNamespace(param_groups=double.param_groups, step_was_skipped=False)


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
    memo: dict[int, Any] = {}  # groups that share a tensor LR share it in the double too
    groups = [
        {key: _own_value(value, memo) for key, value in group.items() if key != "params"}
        for group in optimizer.param_groups
    ]
    defaults = dict(getattr(optimizer, "defaults", {}))
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(optimizer, torch.optim.Optimizer):
        groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], **group} for group in groups]
        kind: Any = type(optimizer)
        twin = kind.__new__(kind)
        with suppress(Exception):
            twin.__setstate__({"defaults": defaults, "state": defaultdict(dict), "param_groups": groups})
            vars(twin).update(plain_attributes(optimizer))
            for group, original in zip(groups, optimizer.param_groups, strict=True):
                held = optimizer.state.get(next(iter(original["params"]), None))
                if held:
                    twin.state[group["params"][0]] = {key: _small(torch, value) for key, value in held.items()}
            return twin
    return SimpleNamespace(param_groups=groups, defaults=defaults, state={}, step=lambda: None)


def plain_attributes(optimizer: Any) -> dict[str, Any]:
    """The numbers and names that an optimizer holds beside its groups: some keep their LR there."""
    return {key: value for key, value in vars(optimizer).items() if isinstance(value, PLAIN)}


def _own_value(value: Any, memo: dict[int, Any]) -> Any:
    if not hasattr(value, "detach"):
        return copy.copy(value)
    if id(value) not in memo:
        memo[id(value)] = value.detach().clone()
    return memo[id(value)]


def _small(torch: Any, value: Any) -> Any:
    """What an optimizer remembers of a weight, for a weight of one number: its counts, and of the rest zeros."""
    if not isinstance(value, torch.Tensor):
        return copy.copy(value)
    return value.detach().clone() if value.numel() == 1 else torch.zeros(1, dtype=value.dtype)


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


def own_function(function: Any, memo: dict[Any, Any]) -> Any:
    """A function with its own copy of the lists, counters and iterators that it holds; optimizers become doubles.

    Held: in its closure, its default arguments and its module's variables, or by the object that it is a method of.
    Its copy raises TypeError where it draws from a generator, which cannot be copied.

    >>> rates = iter([0.3, 0.2, 0.1])
    >>> def following(rates):
    ...     return lambda step: next(rates)
    >>> schedule = following(rates)
    >>> own_function(schedule, {})(0), next(rates)
    (0.3, 0.3)
    """
    if id(function) in memo:
        return memo[id(function)]
    if type(function) is partial:
        given = [_own_held(value, memo, "it") for value in function.args]
        named = {key: _own_held(value, memo, "it") for key, value in function.keywords.items()}
        return partial(own_function(function.func, memo), *given, **named)
    if isinstance(function, MethodType):
        return MethodType(function.__func__, own_object(function.__self__, memo))
    if not isinstance(function, FunctionType):
        ours = isinstance(function, partial)  # a schedule, which keeps nothing
        return function if ours or isinstance(function, type) else own_object(function, memo)
    cells = tuple(CellType() for _ in function.__closure__ or ())
    world = _own_world(function, memo)
    own = FunctionType(function.__code__, world, function.__name__, None, cells or None)
    memo[id(function)] = own  # before its cells are filled: two functions may hold each other
    name = function.__qualname__
    for cell, original in zip(cells, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # not filled yet
            cell.cell_contents = _own_held(original.cell_contents, memo, name)
    own.__defaults__ = function.__defaults__ and tuple(_own_held(value, memo, name) for value in function.__defaults__)
    named = function.__kwdefaults__ or {}
    own.__kwdefaults__ = {key: _own_held(value, memo, name) for key, value in named.items()} or None
    own.__dict__.update(function.__dict__)
    return own


def own_object(value: Any, memo: dict[Any, Any]) -> Any:
    """A light copy of an object that gives LRs: what it counts and lists is its own, all else is shared."""
    if id(value) in memo or not hasattr(value, "__dict__"):
        return memo.get(id(value), value)
    with suppress(Exception):  # what does not let itself be copied is shared
        twin = copy.copy(value)
        if twin is value:
            return value
        memo[id(value)] = twin
        for name, held in list(vars(twin).items()):
            if not (hasattr(value, "_modules") and name.startswith("_")):  # the weights of a torch module
                vars(twin)[name] = _own_held(held, memo, type(value).__name__)
        return twin
    memo[id(value)] = value
    return value


def _changes(value: Any) -> bool:
    kind = type(value)
    drawn = any(kind.__name__ == name and kind.__module__.startswith(module) for module, name in DRAWN)
    return drawn or isinstance(value, MUTABLE) or hasattr(value, "__next__")


def _own_held(held: Any, memo: dict[Any, Any], name: str) -> Any:
    """A value that a function holds, for its copy."""
    if id(held) in memo:
        return memo[id(held)]
    if isinstance(held, FunctionType) or type(held) is partial:
        return own_function(held, memo)
    if not _changes(held):
        return held
    with suppress(Exception):  # a list of what cannot be copied is shared, an open file, a loader's iterator
        return copy.deepcopy(held, memo)
    drawn = hasattr(held, "__next__") and type(held).__module__ in ("builtins", "itertools")
    return Undrawn(name) if drawn else held  # a generator, or what is around one


def _own_global(held: Any, memo: dict[Any, Any], name: str) -> Any:
    """The same for a module's variable, which may hold much: lists and dicts are copied, a model in them is shared."""
    if id(held) in memo:
        return memo[id(held)]
    if type(held) is dict:
        twins = memo[id(held)] = dict[Any, Any]()
        twins.update((key, _own_global(value, memo, name)) for key, value in held.items())
        return twins
    if type(held) is list:
        twin = memo[id(held)] = list[Any]()
        twin.extend([value if type(value) in NUMBERS else _own_global(value, memo, name) for value in held])
        return twin
    if type(held) is tuple:
        return tuple(_own_global(value, memo, name) for value in held)
    return _own_held(held, memo, name) if _changes(held) else held


def _own_world(function: FunctionType, memo: dict[Any, Any]) -> dict[str, Any]:
    """The variables of a function's module: a copy where it, or a function there that it calls, may change them."""
    world, reached, stores, todo = function.__globals__, dict[str, Any](), False, [function.__code__]
    while todo:
        code = todo.pop()
        steps = [step for step in dis.get_instructions(code) if step.opname != "PRECALL"]
        stores = stores or any(step.opname == "STORE_GLOBAL" for step in steps)
        todo += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for before, step, after in zip([None, *steps], steps, steps[1:], strict=False):
            name = step.argval
            if step.opname not in ("LOAD_GLOBAL", "LOAD_NAME") or name not in world or name in reached:
                continue
            if before and (before.opname, before.argval, after.opname) == ("LOAD_GLOBAL", "len", "CALL"):
                continue  # only its length is asked
            reached[name] = world[name]
            todo += [world[name].__code__] if _beside(world[name], world) else []
    if not stores and not any(_changes(value) or id(value) in memo for value in reached.values()):
        return world
    own: dict[str, Any] = memo.setdefault(("world", id(world)), dict(world))
    for name, value in reached.items():
        if own.get(name) is not value:
            continue
        if isinstance(value, FunctionType) and _beside(value, world):
            twin = FunctionType(value.__code__, own, name, value.__defaults__, value.__closure__)
            twin.__kwdefaults__, own[name] = value.__kwdefaults__, twin
        elif _changes(value) or id(value) in memo:
            with suppress(RecursionError):  # a list that holds a thousand others, one in the other, is shared
                own[name] = _own_global(value, memo, function.__qualname__)
    return own


def _beside(value: Any, world: dict[str, Any]) -> bool:
    """Whether a value is a function of the same module."""
    return isinstance(value, FunctionType) and value.__globals__ is world


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
