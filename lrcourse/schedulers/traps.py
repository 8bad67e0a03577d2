"""What is allowed but hardly meant: told once, in one warning that names the argument, at the caller's line."""

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lrcourse.schedulers.groups import pick

_HERE = str(Path(__file__).parent)


class ScheduleWarning(UserWarning):
    """A plan that can be followed but is hardly meant."""


def warn(message: str) -> None:
    """Warn at the line outside this package that led here."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, ScheduleWarning, stacklevel=level)


def look(scheduler: Any) -> None:
    """Warn of the first trap in the arguments of a scheduler that has just been made."""
    for cls in type(scheduler).__mro__:
        for message in _TRAPS.get(cls.__name__, _none)(scheduler):
            warn(f"{type(scheduler).__name__}: {message}")
            return


def _none(scheduler: Any) -> Iterator[str]:
    yield from ()


def _eta_min(scheduler: Any) -> Iterator[str]:
    for base_lr in scheduler.base_lrs:
        if scheduler.eta_min > base_lr:
            yield f"eta_min = {scheduler.eta_min:g} lies above the LR, {base_lr:g}: the LR rises where it should fall"


def _eta_min_of_the_cooldown(scheduler: Any) -> Iterator[str]:
    if scheduler.cooldown_steps:
        yield from _eta_min(scheduler)


def _milestones(scheduler: Any) -> Iterator[str]:
    if not scheduler.milestones:
        yield "milestones holds none: the LR never changes"


def _cyclic(scheduler: Any) -> Iterator[str]:
    for i in range(len(scheduler.base_lrs)):
        low, top = (pick("base_lr", lr, i, scheduler.optimizer) for lr in (scheduler.base_lr, scheduler.max_lr))
        if low == top:
            yield f"base_lr = max_lr = {low:g}: the LR never changes"
    if scheduler.mode == "exp_range" and scheduler.scale_fn is None and scheduler.gamma > 1:
        yield f"gamma = {scheduler.gamma:g} lies above 1: with mode 'exp_range' the cycles grow without end"


def _one_cycle(scheduler: Any) -> Iterator[str]:
    if scheduler.div_factor < 1:
        yield f"div_factor = {scheduler.div_factor:g} lies below 1: the LR starts above max_lr"
    if scheduler.final_div_factor < 1:
        yield f"final_div_factor = {scheduler.final_div_factor:g} lies below 1: the last LR lies above the first"


def _plateau(scheduler: Any) -> Iterator[str]:
    for group, min_lr in zip(scheduler.optimizer.param_groups, scheduler.min_lrs, strict=True):
        lr = float(group["lr"])
        if min_lr > lr:
            yield f"min_lr = {min_lr:g} lies above the LR, {lr:g}: it is never cut"
        elif 0 < lr - lr * scheduler.factor <= scheduler.eps:
            yield f"eps = {scheduler.eps:g} is no less than the first cut, {lr:g} * (1 - factor): the LR is never cut"


def _chained(scheduler: Any) -> Iterator[str]:
    for i, member in enumerate(scheduler.schedulers):
        if not member.chainable and len(scheduler.schedulers) > 1:
            yield f"schedulers[{i}], a {type(member).__name__}, overwrites the LR at every step: the others are lost"


_TRAPS: dict[str, Callable[[Any], Iterator[str]]] = {
    "CosineAnnealingLR": _eta_min,
    "CosineAnnealingWarmRestarts": _eta_min,
    "WSDLR": _eta_min_of_the_cooldown,
    "MultiStepLR": _milestones,
    "CyclicLR": _cyclic,
    "OneCycleLR": _one_cycle,
    "ReduceLROnPlateau": _plateau,
    "ChainedScheduler": _chained,
}
