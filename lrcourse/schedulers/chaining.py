"""Several hands on one learning rate.

The rule: what another hand has made of the LR is a factor, and it stays: where a scheduler's plan goes from old to new,
the LR that it finds goes up or down in the same ratio.
"""

from math import isclose
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, WeakValueDictionary

from lrcourse.schedulers import traps
from lrcourse.schedulers.groups import Group, own_scale, write

if TYPE_CHECKING:
    from lrcourse.schedulers.base import LRScheduler, Plan

_ON: WeakValueDictionary[int, "WeakSet[LRScheduler]"] = WeakValueDictionary()  # by the optimizer's id


def hands_on(optimizer: object) -> "WeakSet[LRScheduler]":
    """The living schedulers on one optimizer, members of composites aside. Each holds this set, and the optimizer."""
    hands = _ON.get(id(optimizer))
    if hands is None:
        hands = _ON[id(optimizer)] = WeakSet()
    return hands


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
    old = scheduler._planned or scheduler._plan(scheduler._at)
    groups = scheduler.optimizer.param_groups
    floors = [scheduler.floor * group.get("lr_scale", 1.0) for group in groups]
    return [follow(*each) for each in zip(found, old, planned, floors, strict=True)]


def first_lr(scheduler: "LRScheduler", group: Group, base_lr: float, schedule: "Plan", i: int) -> float:
    """What group i gets when the scheduler meets it."""
    at, scale = scheduler._at, own_scale(group, i)
    planned = scale * schedule(at)
    if not scheduler.chainable:
        return planned
    scaled = base_lr * scale if "initial_lr" in group else base_lr
    if at and not scheduler.base_lrs:  # made with last_epoch
        others = [parts(hand, i) for hand in resumed_beside(scheduler)]
        return resumed(group["lr"], scaled, scale * schedule(at - 1), planned, others)
    return follow(group["lr"], scaled, planned, scheduler.floor * scale)


def resumed_beside(scheduler: "LRScheduler") -> "list[LRScheduler]":
    """The others that last_epoch has put on this optimizer and that have not stepped yet."""
    mine = getattr(scheduler, "schedulers", [])
    hands = [hand for hand in scheduler._hands if hand is not scheduler and hand not in mine]
    return [hand for hand in hands if hand._met is not None and hand._met.resumed]


def parts(scheduler: "LRScheduler", i: int) -> tuple[float, float]:
    """What the plan makes of group i's base LR, as a factor: at the step before the present one, and now."""
    schedule, at, base_lr = scheduler._schedules[i], scheduler._at, scheduler.base_lrs[i]
    return (schedule(at - 1) / base_lr, schedule(at) / base_lr) if base_lr else (1.0, 1.0)


class Met:
    """What a scheduler meets on its optimizer when it is made; looked at again at its first step."""

    def __init__(self, scheduler: "LRScheduler") -> None:
        self.groups, self.resumed = list(scheduler.optimizer.param_groups), bool(scheduler.last_epoch)
        self.left_over: tuple[float, float] | None = None  # an LR found, and the initial_lr that it is not
        if not self.resumed and all(hand._met is None for hand in scheduler._hands):
            for group in self.groups:
                pair: tuple[Any, Any] = group["lr"], group.get("initial_lr", group["lr"])
                if pair[0] != pair[1]:
                    self.left_over = pair


def begin(scheduler: "LRScheduler") -> None:
    """At a scheduler's first step: warn of another that steps this optimizer too, and of an optimizer loaded alone.

    What a loaded optimizer has above the plan is the saved run's LR and not another hand's factor: it is set back.
    """
    name = type(scheduler).__name__
    met: Met | None = scheduler._met
    scheduler._met = None
    if met is None or not scheduler.follows_step:
        return
    others = [hand for hand in scheduler._hands if hand is not scheduler and hand.follows_step and hand._met is None]
    planned = scheduler._planned or scheduler._plan(scheduler._at)
    triples = list(zip(scheduler.optimizer.param_groups, met.groups, planned, strict=False))
    loaded = [(group, plan) for group, seen, plan in triples if group is not seen and group["lr"] != plan]
    found = float(loaded[0][0]["lr"]) if loaded else 0.0
    for group, plan in loaded:
        if scheduler.chainable and group["lr"] > plan:
            write(group, "lr", plan)
    if others:
        does = "multiplies" if scheduler.chainable else "overwrites"
        traps.warn(
            f"optimizer: a {type(others[0]).__name__} steps it already, and this {name} {does} what it leaves. Put "
            f"both into a ChainedScheduler or SequentialLR, or give the next run an optimizer of its own"
        )
    elif loaded:
        traps.warn(
            f"optimizer: its state was loaded, with lr = {found:g}, and this {name}'s was not: it goes on from step "
            f"{scheduler.last_epoch}, lr = {loaded[0][1]:g}. Load the scheduler's state_dict too"
        )
    elif met.left_over and scheduler.chainable:
        found, initial = map(float, met.left_over)
        traps.warn(
            f"optimizer: this {name} found lr = {found:g} where initial_lr = {initial:g}, and multiplies what an "
            f"earlier run has left. Load its state_dict too, or begin with a new optimizer"
        )
