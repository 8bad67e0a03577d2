"""Schedulers made of schedulers: one after the other, or all at once."""

from lrcourse import schedules
from lrcourse.arguments import increasing
from lrcourse.schedulers.base import LRScheduler
from lrcourse.schedulers.clock import TimeBasedLR
from lrcourse.schedulers.closed import recursive
from lrcourse.schedulers.plateau import ReduceLROnPlateau


class SequentialLR(LRScheduler):
    """One scheduler after the other: schedulers[i + 1] takes over at milestones[i] and counts from its own step 0.

    Members may be composites too, at any place, and are read as plans: step this scheduler alone. torch loses a
    step of a nested SequentialLR, fails on a composite in second place, and starts OneCycleLR's neighbors from its
    LR. ReduceLROnPlateau and TimeBasedLR do not follow the step and are refused.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> warmup, decay = WarmupLR(optimizer, 2), ExponentialLR(optimizer, 0.5)
    >>> trace(SequentialLR(optimizer, [warmup, decay], milestones=[2]), 5)
    [0.05, 0.1, 0.1, 0.05, 0.025]
    """

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        self.schedulers = check_members(schedulers, optimizer)
        self.milestones = increasing("milestones", milestones)
        if len(self.milestones) != len(self.schedulers) - 1:
            count = len(self.schedulers)
            raise ValueError(f"milestones must hold {count - 1} steps for {count} schedulers, not {milestones!r}")
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.join([member.make_schedule(base_lr, i) for member in self.schedulers], self.milestones)

    def make_momentum(self, i):
        momenta = [member.make_momentum(i) for member in self.schedulers]
        if not any(momenta):
            return None
        return schedules.join([momentum or (lambda step: None) for momentum in momenta], self.milestones)

    def _first(self, lr, base_lr, planned):
        return planned  # the members have left whatever they wrote: begin afresh


class ChainedScheduler(LRScheduler):
    """All schedulers at every step, each on the LR that the one before it leaves: most multiply.

    One that overwrites (LambdaLR, CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR) undoes those before it, as in
    torch. Members are read as plans: step this scheduler alone. It goes on from the step at which they all are.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> reduced, decay = ConstantLR(optimizer, 0.5, 2), ExponentialLR(optimizer, 0.5)
    >>> trace(ChainedScheduler([reduced, decay]), 4)
    [0.05, 0.025, 0.025, 0.0125]
    """

    def __init__(self, schedulers, optimizer=None):
        if optimizer is None and isinstance(schedulers, list | tuple) and schedulers:
            optimizer = getattr(schedulers[0], "optimizer", None)
        self.schedulers = check_members(schedulers, optimizer)
        steps = [member.last_epoch for member in self.schedulers]
        if len(set(steps)) > 1:
            raise ValueError(f"schedulers must all be at the same step, not at {steps}")
        super().__init__(optimizer, steps[0] - 1)

    def make_schedule(self, base_lr, i):
        plans = [(member._next, member.make_schedule(base_lr, i)) for member in self.schedulers]
        lr = base_lr
        for chain, schedule in plans:
            lr = chain(lr, base_lr, schedule(0))

        def following(lr, step):
            for chain, schedule in plans:
                lr = chain(lr, schedule(step - 1), schedule(step))
            return lr

        return recursive(lr, following)

    def make_momentum(self, i):
        momenta = [member.make_momentum(i) for member in self.schedulers]
        return next((momentum for momentum in reversed(momenta) if momentum), None)

    def _first(self, lr, base_lr, planned):
        return planned if self._at else float(lr)  # at step 0 the members have written it already


def check_members(schedulers, optimizer):
    """The members of a composite as a list, each a scheduler of the step on this optimizer."""
    if not isinstance(schedulers, list | tuple):
        raise TypeError(f"schedulers must be a list of schedulers, not {schedulers!r}")
    if not schedulers:
        raise ValueError("schedulers must hold at least one scheduler, not []")
    for i, member in enumerate(schedulers):
        if not isinstance(member, LRScheduler):
            raise TypeError(f"schedulers[{i}] must be a scheduler of lrcourse, not {member!r}")
        if isinstance(member, ReduceLROnPlateau | TimeBasedLR):
            raise ValueError(f"schedulers[{i}] must follow the step alone, which a {type(member).__name__} does not")
        if member.optimizer is not optimizer:
            raise ValueError(f"schedulers[{i}] must hold the same optimizer as the composite")
    return list(schedulers)
