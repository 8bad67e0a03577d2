"""Several hands on one learning rate.

The rule: what another hand has made of the LR is a factor, and it stays: where a scheduler's plan goes from old to new,
the LR that it finds goes up or down in the same ratio.
"""

from math import isclose
from typing import TYPE_CHECKING, Any

from lrcourse.schedulers.groups import Group, own_scale
from lrcourse.schedulers.hands import resumed_beside
from lrcourse.schedulers.plans import Plan

if TYPE_CHECKING:
    from lrcourse.schedulers.base import LRScheduler


def follow(lr: Any, old: float, new: float, floor: float = 0.0) -> float:
    """What follows on lr where the plan goes from old to new; never below 0.

    What the LR has above the plan's floor is multiplied, as in torch's recursions. From the floor itself the plan's
    rise is added: there a factor cannot be seen.

    >>> follow(0.05, old=0.1, new=0.01)
    0.005
    """
    if lr == old:
        return new
    if old == floor:
        return max(0.0, float(lr + (new - old)))
    return max(0.0, float(floor + (lr - floor) * ((new - floor) / (old - floor))))


def resumed(lr: Any, base_lr: float, before: float, now: float, others: list[tuple[float, float]]) -> float:
    """The LR with which last_epoch goes on: the one found, unless this scheduler has not had its hand in yet.

    before, now: the plan at last_epoch and a step further. others: the same of the other schedulers that have been
    resumed on this optimizer. An optimizer that was not loaded holds the base LR times the others' part; one that was
    saved at last_epoch lacks one step.

    >>> resumed(0.1, 0.1, 0.09, 0.081, []), resumed(0.09, 0.1, 0.09, 0.081, []), resumed(0.0405, 0.1, 0.09, 0.081, [])
    (0.081, 0.081, 0.0405)
    """
    factor_before = factor_now = 1.0
    for their_before, their_now in others:
        factor_before, factor_now = factor_before * their_before, factor_now * their_now
    found = float(lr)

    def near(expected: float) -> bool:
        return isclose(found, expected, rel_tol=1e-6)  # a tensor of 32 bits holds no more

    if near(base_lr * factor_now) or near(before * factor_before):
        return now * factor_now
    return now if near(now) else found


def follow_groups(scheduler: "LRScheduler", found: list[Any], planned: list[float]) -> list[float]:
    """What follows on the LRs that the scheduler finds, where its plan goes on to planned."""
    floors = [scheduler.floor * group.get("lr_scale", 1.0) for group in scheduler.optimizer.param_groups]
    return [follow(*each) for each in zip(found, scheduler.planned(), planned, floors, strict=True)]


def first_lr(scheduler: "LRScheduler", group: Group, base_lr: float, schedule: Plan, i: int) -> float:
    """What group i gets when the scheduler meets it."""
    at, scale = scheduler._at, own_scale(group, i)
    planned = scale * schedule(at)
    if not scheduler.chainable:
        return planned
    scaled = base_lr * scale if "initial_lr" in group else base_lr
    if at and not scheduler.base_lrs:  # made with last_epoch
        others = [parts(hand, i) for hand in resumed_beside(scheduler, i)]
        return resumed(group["lr"], scaled, scale * schedule(at - 1), planned, others)
    return follow(group["lr"], scaled, planned, scheduler.floor * scale)


def parts(scheduler: "LRScheduler", i: int) -> tuple[float, float]:
    """What the plan makes of group i's base LR, as a factor: at the step before the present one, and now."""
    schedule, at, base_lr = scheduler._plans.schedules[i], scheduler._at, scheduler.base_lrs[i]
    return (schedule(at - 1) / base_lr, schedule(at) / base_lr) if base_lr else (1.0, 1.0)
