"""What was handed to preview, sorted: schedulers on doubles of their optimizers, or one function of the step."""

import sys
from dataclasses import dataclass
from inspect import Parameter, signature
from itertools import chain
from types import SimpleNamespace
from typing import Any

from lrcourse.arguments import real
from lrcourse.preview.copies import (
    Doubles,
    UsedUp,
    double_of,
    innermost,
    is_optimizer,
    is_scheduler,
    optimizer_of,
    own_function,
)

PLACED = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)  # what a call must give where it has no default


@dataclass
class Entry:
    """One scheduler that the loop steps, how often, and how it wants to be stepped."""

    scheduler: Any
    per: str | None = None  # None: as step_per says
    every: int = 1


class Crew:
    """What was handed in, sorted: schedulers with their doubles' optimizers, or one function of the step."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.twins: list[Any] = []
        self.schedule: Any = None
        self.start: int | None = None
        self.made = False  # by a factory, on an optimizer of ours
        self.asides: list[str] = []
        self.elsewhere: list[str] = []
        self.momentum_before: list[float] = []


def assemble(given: Any, optimizer: Any, lr: Any) -> Crew:
    crew = Crew()
    if optimizer is not None and not is_optimizer(optimizer):
        raise TypeError(f"optimizer must have param_groups, a list of dicts with an 'lr', not {optimizer!r}")
    if isinstance(given, type):
        name = given.__name__
        raise TypeError(
            f"scheduler must be an object: make it, preview(lambda optimizer: {name}(optimizer, ...), steps)"
        )
    if callable(given) and not is_scheduler(given) and not is_optimizer(given):
        given = _called(given, optimizer, lr, crew)
        if crew.schedule:
            return crew
    entries, optimizers = _sorted_out(given, crew)
    if optimizer is not None and not crew.made:
        optimizers.append(optimizer)
    if not entries:
        what = f"a function that gives {given[1]!r}" if crew.made else " ".join(repr(given).split())
        raise TypeError(
            f"scheduler must be a scheduler, a function that makes one or a function of the step, not {what[:100]}"
        )
    crew.start = next((_place(entry.scheduler) for entry in entries if _place(entry.scheduler) is not None), None)
    _put_doubles(crew, entries, optimizers)
    crew.momentum_before = [float(getattr(o, "defaults", {}).get("momentum", 0.9) or 0) for o in crew.twins]
    return crew


def _put_doubles(crew: Crew, entries: list[Entry], optimizers: list[Any]) -> None:
    """Put doubles in the place of what was handed in; say of each optimizer that no scheduler writes to."""
    doubles = Doubles()
    written = [optimizer_of(entry.scheduler) for entry in entries]
    idle = [each for each in map(innermost, optimizers) if not any(each is other for other in written)]
    for original in idle if any(each is not None for each in written) else []:
        said = f"no scheduler writes to this {type(original).__name__}"
        if len(idle) == len(optimizers):
            crew.elsewhere.append(f"{said}: the scheduler was made on another optimizer")
        else:  # a GAN's, of which one is scheduled
            crew.asides.append(f"{said[0].upper()}{said[1:]}: its LR stays as it is.")
    for original in optimizers:
        doubles.optimizer(original)
    for entry in entries:
        entry.scheduler = doubles.scheduler(entry.scheduler)
    crew.entries, crew.twins = entries, doubles.optimizers


def _called(given: Any, optimizer: Any, lr: Any, crew: Crew) -> Any:
    """What a function gives that makes a scheduler; or, where it gives an LR for a step, note it as the schedule."""
    if not _wants_something(given):
        made = given()
        again = callable(made) and not (is_scheduler(made) or is_optimizer(made) or isinstance(made, type))
        return _called(made, optimizer, lr, crew) if again else made
    error = _no_number(given)
    if error is None or (isinstance(error, ArithmeticError | ValueError) and _no_number(given, 1) is None):
        crew.schedule = own_function(given, {})
        return None
    if len(wanted := _wanted(given)) > 1:
        raise TypeError(
            f"{getattr(given, '__name__', given)} wants {', '.join(wanted)}: give a function of one thing, "
            "an optimizer or a step, as functools.partial or a lambda makes it"
        )
    crew.made = True
    stand_in = _stand_in(optimizer, lr)
    try:
        return [stand_in, given(stand_in)]
    except (TypeError, AttributeError):
        torch = sys.modules.get("torch")
        if torch is None or isinstance(stand_in, torch.optim.Optimizer):
            raise
        stand_in = _stand_in(optimizer, lr)  # torch has come in meanwhile: now it is one of torch's
        return [stand_in, given(stand_in)]


def _wants_something(given: Any) -> bool:
    """Whether a function must be given something: an optimizer or a step."""
    try:
        wanted = signature(given).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.kind is p.VAR_POSITIONAL or (p.kind in PLACED and p.default is p.empty) for p in wanted)


def _wanted(given: Any) -> list[str]:
    """The arguments without which a function cannot be called; none where it does not say."""
    try:
        return [name for name, p in signature(given).parameters.items() if p.default is p.empty and p.kind in PLACED]
    except (TypeError, ValueError):
        return []


def _no_number(given: Any, step: int = 0) -> Exception | None:
    """Why a function gives no number for a step; None if it does."""
    try:
        number(own_function(given, {})(step))
    except UsedUp:
        raise
    except Exception as error:  # a factory that is handed a number fails as it likes
        return error
    return None


def number(value: Any) -> float:
    """An LR as a float, also out of an array that holds one."""
    try:
        return float(value)
    except TypeError:
        if getattr(value, "size", None) != 1:
            raise
        return float(value.item())


def _stand_in(optimizer: Any, lr: Any) -> Any:
    """An optimizer for a factory: the double of the given one, or one with these LRs; torch's where torch is loaded."""
    if optimizer is not None:
        return double_of(innermost(optimizer))
    lrs = [real(f"lr[{i}]", each, at_least=0) for i, each in enumerate(lr)] if isinstance(lr, list | tuple) else []
    lrs = lrs or [real("lr", lr, at_least=0)]
    torch = sys.modules.get("torch")
    if torch is not None:
        groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": each} for each in lrs]
        return torch.optim.SGD(groups, lr=lrs[0], momentum=0.9)
    groups = [{"lr": each, "momentum": 0.9} for each in lrs]
    return SimpleNamespace(param_groups=groups, defaults={"lr": lrs[0], "momentum": 0.9})


def _sorted_out(given: Any, crew: Crew) -> tuple[list[Entry], list[Any]]:
    """Schedulers and optimizers in whatever form: alone, in lists, in Lightning's dicts."""
    if is_optimizer(given):
        return [], [given]
    if is_scheduler(given):
        return [Entry(given)], []
    if isinstance(given, dict):
        inside = given.get("lr_scheduler", given.get("scheduler"))
        entries, optimizers = _sorted_out(inside, crew) if inside is not None else ([], [])
        optimizers += _sorted_out(given["optimizer"], crew)[1] if "optimizer" in given else []
        strangers = {"interval", "frequency"} & set(given) if "lr_scheduler" in given else set()
        if strangers:
            crew.asides.append(
                f"Lightning does not read {', '.join(map(repr, sorted(strangers)))} beside 'lr_scheduler'. "
                "Put it inside: {'scheduler': ..., 'interval': 'step'}"
            )
        for entry in entries:
            entry.per = entry.per or given.get("interval" if "scheduler" in given else "", "epoch")
            entry.every = given.get("frequency", 1) if "scheduler" in given else entry.every
        return entries, optimizers
    if isinstance(given, list | tuple):
        parts = [_sorted_out(item, crew) for item in given if item is not None]
        return list(chain(*(part[0] for part in parts))), list(chain(*(part[1] for part in parts)))
    return [], []


def _place(scheduler: Any) -> int | None:
    """The updates or epochs that a scheduler has done, None where it does not count."""
    inside = getattr(scheduler, "scheduler", None)
    place = getattr(inside if inside is not None else scheduler, "last_epoch", None)
    if place is None and getattr(scheduler, "_schedulers", None):  # torch's ChainedScheduler keeps no count of its own
        return _place(scheduler._schedulers[0])
    return place if isinstance(place, int) and place >= 0 else None
