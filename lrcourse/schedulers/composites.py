"""Schedulers made of schedulers: one after the other, or all at once."""

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import increasing
from lrcourse.schedulers import chaining
from lrcourse.schedulers.base import LRScheduler, Plan
from lrcourse.schedulers.closed import recursive
from lrcourse.schedulers.groups import Group, Optimizer, own_scale, param_groups


class _Composite(LRScheduler):
    """What composites share: their members are read as plans, and hear what has been written."""

    schedulers: list[LRScheduler]

    def claim_members(self) -> None:
        """From here on this scheduler steps for its members."""
        for member in self.schedulers:
            self._hands.discard(member)
        self._hear_all()

    def place_of(self, i: int, step: int) -> int:
        """The step at which member i stands."""
        return step

    def _hear_all(self) -> None:
        for i, member in enumerate(self.schedulers):
            member._hear(self._last_lr, self.place_of(i, int(self._at)))

    def _hear(self, lrs: list[float], step: int) -> None:
        super()._hear(lrs, step)
        self._hear_all()

    def _write(self, lrs: list[float], planned: list[float], at: float) -> None:
        super()._write(lrs, planned, at)
        self._hear_all()

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        super().__setstate__(attributes)
        self.claim_members()


class SequentialLR(_Composite):
    """One scheduler after the other: schedulers[i + 1] takes over at milestones[i] and counts from its own step 0.

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
        self.claim_members()

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.join([member.make_schedule(base_lr, i) for member in self.schedulers], self.milestones)

    def make_momentum(self, i: int) -> Plan | None:
        momenta = [member.make_momentum(i) for member in self.schedulers]
        if not any(momenta):
            return None
        return schedules.join([momentum or (lambda step: None) for momentum in momenta], self.milestones)

    def first_lr(self, group: Group, base_lr: float, schedule: Plan, i: int) -> float:
        """The plan's own: whatever the members have left is undone."""
        if self.base_lrs:  # a group that has come later
            return super().first_lr(group, base_lr, schedule, i)
        others = [hand for hand in self._hands if hand not in self.schedulers] if self._at else []
        return own_scale(group, i) * schedule(self._at) * prod(chaining.parts(hand, i)[1] for hand in others)

    def place_of(self, i: int, step: int) -> int:
        start = [0, *self.milestones][i]
        last = self.milestones[i] - 1 if i < len(self.milestones) else step
        return max(0, min(step, last) - start)


class ChainedScheduler(_Composite):
    """All schedulers at every step, each on the LR that the one before it leaves: most multiply.

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
        self.claim_members()

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        plans = [(member, member.make_schedule(base_lr, i)) for member in self.schedulers]

        def follow(lr: float, olds: list[float], step: int) -> float:
            for (member, schedule), old in zip(plans, olds, strict=True):
                new = schedule(step)
                lr = chaining.follow(lr, old, new, member.floor) if member.chainable else new
            return lr

        first = follow(base_lr, [base_lr] * len(plans), 0)
        return recursive(first, lambda lr, step: follow(lr, [schedule(step - 1) for _, schedule in plans], step))

    def make_momentum(self, i: int) -> Plan | None:
        momenta = [member.make_momentum(i) for member in self.schedulers]
        return next((momentum for momentum in reversed(momenta) if momentum), None)

    def first_lr(self, group: Group, base_lr: float, schedule: Plan, i: int) -> float:
        """What is there, for the members have written it; of a group that no member knows, the plan's."""
        if any(i < len(member.base_lrs) for member in self.schedulers) and not self.base_lrs:
            return float(group["lr"])
        return super().first_lr(group, base_lr, schedule, i)


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
