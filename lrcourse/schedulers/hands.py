"""Who else is on an optimizer, and what a scheduler finds there: looked at when it is made and at its first step."""

from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, WeakValueDictionary

from lrcourse.schedulers import traps
from lrcourse.schedulers.groups import write

if TYPE_CHECKING:
    from lrcourse.schedulers.base import LRScheduler

_ON: WeakValueDictionary[int, "WeakSet[LRScheduler]"] = WeakValueDictionary()  # by the optimizer's id


def hands_on(optimizer: object) -> "WeakSet[LRScheduler]":
    """The living schedulers on one optimizer, members of composites aside. Each holds this set, and the optimizer."""
    hands = _ON.get(id(optimizer))
    if hands is None:
        hands = _ON[id(optimizer)] = WeakSet()
    return hands


def resumed_beside(scheduler: "LRScheduler", i: int) -> "list[LRScheduler]":
    """The others that last_epoch has put on this optimizer, with group i, and that have not stepped yet."""
    mine = getattr(scheduler, "schedulers", [])
    hands = [hand for hand in scheduler._hands if hand is not scheduler and hand not in mine]
    return [hand for hand in hands if hand._met is not None and hand._met.resumed and i < len(hand.base_lrs)]


def found_before(members: "Iterable[LRScheduler]", i: int) -> float | None:
    """The LR of group i before the first of these wrote there; None where one has stepped since, or none knows it."""
    met = [member._met for member in members]
    first = min((one for one in met if one is not None), key=lambda one: one.number, default=None)
    return first.lrs[i] if first and None not in met and i < len(first.lrs) else None


_NUMBERS = count()


class Met:
    """What a scheduler meets on its optimizer when it is made; looked at again at its first step.

    number: those made later have larger ones; lrs: of each group, before this scheduler writes there.
    """

    def __init__(self, scheduler: "LRScheduler") -> None:
        self.groups, self.resumed = list(scheduler.optimizer.param_groups), bool(scheduler.last_epoch)
        self.number, self.lrs = next(_NUMBERS), [float(group["lr"]) for group in self.groups]
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
    triples = list(zip(scheduler.optimizer.param_groups, met.groups, scheduler.planned(), strict=False))
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
