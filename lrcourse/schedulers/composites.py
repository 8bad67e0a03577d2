"""Schedulers made of schedulers: one after the other, or all at once."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from math import inf, prod
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import increasing
from lrcourse.schedulers import chaining, hands
from lrcourse.schedulers.base import LRScheduler
from lrcourse.schedulers.chaining import follow
from lrcourse.schedulers.closed import recursive
from lrcourse.schedulers.groups import Group, Optimizer, own_scale
from lrcourse.schedulers.hands import resumed_beside
from lrcourse.schedulers.plans import Plan


class Composite(LRScheduler):
    """What composites share: their members are read as plans, and stay in step with what is written."""

    schedulers: list[LRScheduler]
    composite = True

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        super().__init__(optimizer, last_epoch)
        self.claim_members()

    def claim_members(self) -> None:
        """From here on this scheduler steps for its members, and they report its LRs."""
        for member in self.schedulers:
            self._hands.discard(member)
        for member in family(self):
            member._last_lr = self._last_lr
        self.move_members(self._at)

    def move_members(self, step: float) -> None:
        """Let the members stand where the plan is."""
        for member in self.schedulers:
            member.stand_at(step)

    def stand_at(self, step: float) -> None:
        super().stand_at(step)
        self.move_members(step)

    def first_lr(self, group: Group, base_lr: float, schedule: Plan, i: int) -> float:
        """What is there, for the members have written it; of a group that no member knows, the plan's."""
        if any(i < len(member.base_lrs) for member in self.schedulers) and not self.base_lrs:
            return float(group["lr"])
        return super().first_lr(group, base_lr, schedule, i)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self.claim_members()

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        super().__setstate__(attributes)
        self.claim_members()


class InTurn(Composite):
    """A composite of which one member at a time has its phase."""

    milestones: list[int]
    _phase: tuple[Any, float, float] = (None, 0, 0)  # the member whose turn it is, from which step, up to which

    def claim_members(self) -> None:
        vars(self).pop("_phase", None)
        super().claim_members()

    def move_members(self, step: float) -> None:
        member, start, end = self._phase
        if start < step < end:  # the others stay where they are
            member.stand_at(step - start)
            return
        phases = list(zip(self.schedulers, [0, *self.milestones], [*self.milestones, inf], strict=True))
        self._phase = phases[bisect_right(self.milestones, step)]
        for member, start, end in phases:
            member.stand_at(max(0, min(step, end - 1) - start))

    def first_lr(self, group: Group, base_lr: float, schedule: Plan, i: int) -> float:
        """The plan's own: whatever the members have left is undone, so that another hand's factor stays."""
        if self.base_lrs:  # a group that has come later
            return chaining.first_lr(self, group, base_lr, schedule, i)
        scale, at = own_scale(group, i), self._at
        others = [chaining.parts(hand, i) for hand in resumed_beside(self, i)] if at else []
        members = (one for member in self.schedulers for one in family(member))
        found = hands.found_before(members, i) if at else None
        if found is None:
            return scale * schedule(at) * prod(now for _, now in others)
        return chaining.resumed(found, base_lr * scale, scale * schedule(at - 1), scale * schedule(at), others)


class SequentialLR(InTurn):
    """One scheduler after the other: schedulers[i + 1] takes over at milestones[i] and counts from its own step 0.

        lr(t) = schedulers[i + 1](t - milestones[i])  for  milestones[i] <= t < milestones[i + 1]

    Members may be composites too, at any place, and are read as plans: step this scheduler alone. torch loses a
    step of a nested SequentialLR, fails on a composite in second place, and starts OneCycleLR's neighbors from its
    LR. Between two equal milestones lies a phase without a step. ReduceLROnPlateau and TimeBasedLR do not follow the
    step and are refused.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> warmup, decay = WarmupLR(optimizer, 2), ExponentialLR(optimizer, 0.5)
    >>> trace(SequentialLR(optimizer, [warmup, decay], milestones=[2]), 5)
    [0.05, 0.1, 0.1, 0.05, 0.025]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Iterable[int],
        last_epoch: int = -1,
    ) -> None:
        self.schedulers = check_members(schedulers, optimizer)
        self.milestones = increasing("milestones", milestones)
        if len(self.milestones) != len(self.schedulers) - 1:
            count = len(self.schedulers)
            raise ValueError(f"milestones must hold {count - 1} steps for {count} schedulers, not {milestones!r}")
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.join([member.make_schedule(base_lr, i) for member in self.schedulers], self.milestones)

    def make_momentum(self, i: int) -> Plan | None:
        momenta = [member.make_momentum(i) for member in self.schedulers]
        if not any(momenta):
            return None
        return schedules.join([momentum or left_alone for momentum in momenta], self.milestones)


class ChainedScheduler(Composite):
    """All schedulers at every step, each on the LR that the one before it leaves: most multiply.

        lr(t) = base_lr * product of schedulers[i](t) / base_lr  where all multiply

    One that overwrites (LambdaLR, CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR) undoes those before it, as in
    torch, and is warned of. Members are read as plans: step this scheduler alone. It goes on from the step at which
    they all are.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> reduced, decay = ConstantLR(optimizer, 0.5, 2), ExponentialLR(optimizer, 0.5)
    >>> trace(ChainedScheduler([reduced, decay]), 4)
    [0.05, 0.025, 0.025, 0.0125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if optimizer is None and isinstance(schedulers, list | tuple) and schedulers:
            optimizer = getattr(schedulers[0], "optimizer", None)
        self.schedulers = check_members(schedulers, optimizer)
        steps = [member.last_epoch for member in self.schedulers]
        if len(set(steps)) > 1:
            raise ValueError(f"schedulers must all be at the same step, not at {steps}")
        super().__init__(self.schedulers[0].optimizer, steps[0] - 1)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        plans = [(member.make_schedule(base_lr, i), member.chainable, member.floor) for member in self.schedulers]
        lr = base_lr
        for schedule, chainable, floor in plans:
            lr = follow(lr, base_lr, schedule(0), floor) if chainable else schedule(0)

        def following(lr: float, step: int) -> float:
            for schedule, chainable, floor in plans:
                now = schedule(step)
                lr = follow(lr, schedule(step - 1), now, floor) if chainable else now
            return lr

        return recursive(lr, following)

    def make_momentum(self, i: int) -> Plan | None:
        momenta = [member.make_momentum(i) for member in self.schedulers]
        return next((momentum for momentum in reversed(momenta) if momentum), None)


def left_alone(step: int) -> Any:
    """The momentum of a member that cycles none: it is not written."""


def check_members(schedulers: Any, optimizer: Any) -> list[LRScheduler]:
    """The members of a composite as a list, each a scheduler of the step on this optimizer, none there twice."""
    if not isinstance(schedulers, list | tuple):
        raise TypeError(f"schedulers must be a list of schedulers, not {schedulers!r}")
    if not schedulers:
        raise ValueError("schedulers must hold at least one scheduler, not []")
    for i, member in enumerate(schedulers):
        if not isinstance(member, LRScheduler):
            raise TypeError(f"schedulers[{i}] must be a scheduler of lrcourse, not {member!r}")
        if not member.follows_step:
            raise ValueError(f"schedulers[{i}] must follow the step alone, which a {type(member).__name__} does not")
        if member.optimizer is not optimizer:
            raise ValueError(f"schedulers[{i}] must hold the same optimizer as the composite")
        if any(one is other for one in family(member) for before in schedulers[:i] for other in family(before)):
            raise ValueError(f"schedulers[{i}] must not be in the composite twice: make one scheduler for each place")
    return list(schedulers)


def family(scheduler: LRScheduler) -> Iterator[LRScheduler]:
    """The scheduler and all members in it."""
    yield scheduler
    for member in vars(scheduler).get("schedulers", []):
        yield from family(member)
