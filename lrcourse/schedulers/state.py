"""What a scheduler saves, and how a saved one goes on: the plan as plain data, built again when it is loaded.

A state holds "class", "last_epoch", "at" (the place on the schedule), "lr" (of each group: None where it is the plan's,
else what other hands have made of it), "base_lrs" and "plan", the arguments by name; a composite's plan holds its
members' classes and plans. A function is no data: its name stands for it, and the new object's own goes on.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from inspect import Parameter, signature
from types import SimpleNamespace
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import real, whole
from lrcourse.schedulers.groups import for_all, own_lr, write
from lrcourse.schedulers.hands import hands_on

State = dict[str, Any]
STEP = {"class", "last_epoch", "at", "lr"}  # alone they move the step, and the plan is the new object's

KINDS: dict[str, type] = {}  # every class of scheduler, by its name: each enters itself when it is defined


def describe(scheduler: Any) -> State:
    """The scheduler's class, its arguments and what else it remembers but the step, as plain data."""
    cls: Any = type(scheduler)
    arguments = {name: argument(scheduler, name) for name in arguments_of(cls)}
    plan = {name: as_data(value) for name, value in arguments.items() if value is not MISSING}
    needed = {name for name in arguments if signature(cls).parameters[name].default is Parameter.empty}
    kept = {"plan": plan} if needed <= plan.keys() else {}  # a class of one's own that keeps its arguments otherwise
    return {"class": type(scheduler).__name__, **kept, **scheduler.memory()}


def as_data(value: Any) -> Any:
    """A number, text, schedule, scheduler, or a list or dict of such, as plain data; of a function the name.

    >>> as_data([cosine(0.1, T_max=9), abs])
    [{'schedule': 'cosine', 'arguments': {'base_lr': 0.1, 'T_max': 9, 'eta_min': 0.0}}, 'abs']
    """
    if hasattr(value, "make_schedule"):
        return describe(value)
    if isinstance(value, dict):
        return {key: as_data(item) for key, item in value.items()}
    if isinstance(value, schedules.Schedule) and value.maker.__name__ in schedules.__all__:
        return {"schedule": value.maker.__name__, "arguments": as_data(dict(value.arguments))}
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [as_data(item) for item in value]
    return value


def from_data(data: Any, own: Any = None) -> Any:
    """What as_data has turned into data; where that was a function, own stands for it."""
    if isinstance(data, list):
        owns = own if isinstance(own, list | tuple) and len(own) == len(data) else [own] * len(data)
        return [from_data(*pair) for pair in zip(data, owns, strict=True)]
    if isinstance(data, dict) and data.keys() == {"schedule", "arguments"} and data["schedule"] in schedules.__all__:
        return getattr(schedules, data["schedule"])(**{k: from_data(v, own) for k, v in data["arguments"].items()})
    functions = own if isinstance(own, list | tuple) else [own]
    return own if isinstance(data, str) and functions and all(map(callable, functions)) else data


def own_arguments(scheduler: Any) -> None:
    """Make the arguments the scheduler's own: what the caller does to a list or a tensor later changes no plan."""
    cls: Any = type(scheduler)
    for name in arguments_of(cls):  # by name: vars would turn the attributes into a dict, and slow down each step
        value = getattr(scheduler, name, None)
        if isinstance(value, list | tuple) or hasattr(value, "tolist"):
            setattr(scheduler, name, copied(value))


def copied(value: Any) -> Any:
    """A copy of a list, a tensor or an array, which the caller may change; all else as it is."""
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    return deepcopy(value) if hasattr(value, "tolist") else value


MISSING = object()


def argument(scheduler: Any, name: str) -> Any:
    """An argument of the constructor as the scheduler keeps it: by its name, or one a group by its name and an s."""
    if hasattr(scheduler, name):
        return getattr(scheduler, name)
    return for_all(getattr(scheduler, f"{name}s")) if hasattr(scheduler, f"{name}s") else MISSING


@cache
def arguments_of(cls: Any) -> tuple[str, ...]:
    """The names of the constructor's arguments that make the plan."""
    named = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    names = [name for name, parameter in signature(cls).parameters.items() if parameter.kind in named]
    return tuple(name for name in names if name not in ("optimizer", "last_epoch"))


def differences(own: State, saved: State, where: str = "") -> Iterator[str]:
    """Each argument in which two descriptions differ, with both values."""
    if own["class"] != saved["class"]:
        yield f"{where or 'class '}{saved['class']} (built: {own['class']})"
        return
    for name, value in saved["plan"].items():
        mine = own["plan"].get(name)
        if name != "schedulers":
            if mine != value:
                yield f"{where}{name}={value!r} (built: {mine!r})"
        elif len(mine) != len(value):
            yield f"{where}{len(value)} schedulers (built: {len(mine)})"
        else:
            for i, pair in enumerate(zip(mine, value, strict=True)):
                yield from differences(*pair, f"{where}schedulers[{i}].")


def check(scheduler: Any, state: Any) -> None:
    """Raises ValueError or TypeError for a state of another class, with other keys or with values out of range."""
    known = scheduler.state_dict()
    needed = STEP | scheduler.memory().keys() - {"lr_lambdas"}
    if not isinstance(state, dict) or not needed <= state.keys() <= known.keys():
        raise ValueError(f"state_dict must be a dict with the keys {', '.join(known)}, not {state!r}")
    if state["class"] != known["class"]:
        raise ValueError(f"state_dict must come from a {known['class']}, not from a {state['class']}")
    whole("state_dict['last_epoch']", state["last_epoch"], at_least=0)
    real("state_dict['at']", state["at"], at_least=0)
    present, lrs = len(scheduler.optimizer.param_groups), state["lr"]
    base_lrs = state.get("base_lrs") if "plan" in state else scheduler.base_lrs
    if not isinstance(base_lrs, list) or not base_lrs:
        raise ValueError(f"state_dict['base_lrs'] must be a list of one LR a parameter group, not {base_lrs!r}")
    if not isinstance(lrs, list) or len(lrs) != len(base_lrs):
        raise ValueError(f"state_dict['lr'] must hold {len(base_lrs)} entries, one a parameter group, not {lrs!r}")
    if len(base_lrs) > present:
        raise ValueError(f"state_dict holds {len(base_lrs)} parameter groups, the optimizer {present}: add the others")
    for name, values in (("lr", [lr for lr in lrs if lr is not None]), ("base_lrs", base_lrs)):
        for value in values:
            real(f"state_dict['{name}']", value, at_least=0, finite=False)


def build(saved: State, like: Any, optimizer: Any) -> Any:
    """The scheduler that was saved, on this optimizer; the functions among its arguments are those of the one like it.

    Raises ValueError for a description that makes no scheduler.
    """
    if not isinstance(saved, dict) or not isinstance(saved.get("plan"), dict):
        raise ValueError(f"state_dict['plan'] must hold the arguments by name, as attributes keep them, not {saved!r}")
    cls = class_named(saved.get("class"), type(like))
    owns = {name: argument(like, name) for name in arguments_of(cls)} if isinstance(like, cls) else {}
    arguments = {name: from_data(value, owns.get(name)) for name, value in saved["plan"].items()}
    if "schedulers" in arguments:
        likes = [*getattr(like, "schedulers", []), *[None] * len(arguments["schedulers"])]
        arguments["schedulers"] = [build(m, o, optimizer) for m, o in zip(arguments["schedulers"], likes, strict=False)]
    try:
        built = cls(optimizer=optimizer, **arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"state_dict['plan'] makes no {cls.__name__}: {error}") from error
    built.recall(saved)
    return built


def class_named(name: Any, own: type) -> Any:
    """The scheduler's class of this name; the object's own is preferred."""
    if own.__name__ == name:
        return own
    if name not in KINDS:
        raise ValueError(f"state_dict names {name!r}, which is no scheduler here")
    return KINDS[name]


def stand_in(optimizer: Any, base_lrs: list[float]) -> Any:
    """An optimizer with the same groups, not yet scheduled: what is built on it leaves the real one alone."""
    kept = [{k: v for k, v in group.items() if k not in ("params", "initial_lr")} for group in optimizer.param_groups]
    return StandIn(param_groups=[{**group, "lr": lr} for group, lr in zip(kept, base_lrs, strict=False)])


class StandIn(SimpleNamespace):
    """See stand_in; on it no trap is told a second time."""


def load(scheduler: Any, state: Any) -> list[str]:
    """Give the scheduler the plan of a state; returns the differences. Raises before anything is changed."""
    check(scheduler, state)
    told: list[str] = []
    if "plan" in state:
        base_lrs = [float(lr) for lr in state["base_lrs"]]
        built = build(state, scheduler, stand_in(scheduler.optimizer, base_lrs))
        if base_lrs != scheduler.base_lrs:
            told = [f"base_lrs={base_lrs} (built: {scheduler.base_lrs})"]
        told += differences(describe(scheduler), state)
        take_over(scheduler, built, scheduler.optimizer)
        settle(scheduler.optimizer.param_groups, base_lrs)
    scheduler.recall(state)
    return told


def take_over(scheduler: Any, built: Any, optimizer: Any) -> Any:
    """The scheduler with the plan of one that was built from a state; of another class it is replaced by that one."""
    if type(scheduler) is not type(built):
        return moved(built, optimizer)
    new = {name: value for name, value in vars(built).items() if name != "optimizer"}
    if "schedulers" in new:
        own = [*scheduler.schedulers, *[None] * len(built.schedulers)]
        pairs = zip(own, built.schedulers, strict=False)
        new["schedulers"] = [take_over(mine, its, optimizer) for mine, its in pairs]
    vars(scheduler).update(new)
    scheduler._plans, scheduler._planned = built._plans, None
    scheduler._plans.scaled = any("lr_scale" in group for group in optimizer.param_groups)
    return scheduler


def moved(built: Any, optimizer: Any) -> Any:
    """What was built on a stand-in, with its members, on the real optimizer."""
    built.optimizer, built._hands = optimizer, hands_on(optimizer)
    for member in vars(built).get("schedulers", []):
        moved(member, optimizer)
    return built


def settle(groups: list[Any], base_lrs: list[float]) -> None:
    """Let the groups hold the base LRs; those that the state does not know yet begin anew."""
    for i, group in enumerate(groups):
        if i < len(base_lrs):
            write(group, "initial_lr", base_lrs[i])
        else:
            write(group, "lr", own_lr(group, i))
