"""The schedulers that cycle the LR and, against it, the momentum: CyclicLR and OneCycleLR."""

from collections.abc import Callable, Sequence
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import flag, real, whole
from lrcourse.schedulers.base import LRScheduler
from lrcourse.schedulers.groups import Group, Optimizer, momentum_key, pick
from lrcourse.schedulers.plans import Plan
from lrcourse.schedules.cycles import phases, triangles


class _MomentumCycle(LRScheduler):
    chainable = False
    max_lr: float | Sequence[float]
    cycle_momentum: bool
    base_momentum: float | Sequence[float]
    max_momentum: float | Sequence[float]

    @property
    def max_lrs(self) -> list[float]:
        return [pick("max_lr", self.max_lr, i, self.optimizer) for i in range(len(self.base_lrs))]

    def _momenta_of(self, i: int) -> tuple[float, float]:
        """The lowest and the highest momentum of group i, checked."""
        base = pick("base_momentum", self.base_momentum, i, self.optimizer)
        base = real("base_momentum", base, at_least=0)
        top = real("max_momentum", pick("max_momentum", self.max_momentum, i, self.optimizer), at_least=base)
        if flag("cycle_momentum", self.cycle_momentum) and not momentum_key(self.optimizer.param_groups[i]):
            raise ValueError("cycle_momentum must be False for an optimizer without 'momentum' or 'betas', not True")
        return base, top


class CyclicLR(_MomentumCycle):
    """Up from base_lr to max_lr in step_size_up steps, down again in step_size_down, over and over.

    mode, gamma, scale_fn, scale_mode: see lrcourse.schedules.cyclic. With cycle_momentum the momentum (SGD's
    momentum, Adam's beta1) goes from max_momentum down to base_momentum and back; beware: it switches momentum on
    where it was 0, as in torch. base_lr, max_lr and the momenta: one number, or a list of one a group. Overwrites.
    Smith, 2017 (arXiv:1506.01186).

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 3) for lr in trace(CyclicLR(optimizer, 0.1, 0.5, step_size_up=2, cycle_momentum=False), 6)]
    [0.1, 0.3, 0.5, 0.3, 0.1, 0.3]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: float = 2000,
        step_size_down: float | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[int], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.base_lr, self.max_lr = base_lr, max_lr
        self.step_size_up, self.step_size_down = step_size_up, step_size_down
        self.mode, self.gamma, self.scale_fn, self.scale_mode = mode, gamma, scale_fn, scale_mode
        self.cycle_momentum, self.base_momentum, self.max_momentum = cycle_momentum, base_momentum, max_momentum
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        base_lr = pick("base_lr", self.base_lr, i, self.optimizer)
        return schedules.cyclic(base_lr, pick("max_lr", self.max_lr, i, self.optimizer), *shape_of(self))

    def make_momentum(self, i: int) -> Plan | None:
        base, top = self._momenta_of(i)
        if not self.cycle_momentum:
            return None
        return triangles(top, base, *shape_of(self))


def shape_of(cyclic: CyclicLR) -> tuple[Any, ...]:
    """What CyclicLR hands on to the schedules of the LR and of the momentum."""
    steps = (cyclic.step_size_up, cyclic.step_size_down)
    return *steps, cyclic.mode, cyclic.gamma, cyclic.scale_fn, cyclic.scale_mode


class OneCycleLR(_MomentumCycle):
    """One rise from max_lr / div_factor to max_lr, one fall to max_lr / div_factor / final_div_factor.

    Give total_steps, or epochs and steps_per_epoch. It allows total_steps calls of step(); one more raises
    ValueError. The last one leaves the LR at its end, where torch lets it jump. pct_start is a fraction of
    total_steps (at most 0.5 with three_phase). max_lr and the momenta: one number, or a list of one a group; for
    cycle_momentum see CyclicLR. The optimizer's own LR is not used, but stays its initial_lr. Overwrites. Smith &
    Topin, 2018 (arXiv:1708.07120).

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> scheduler = OneCycleLR(optimizer, 0.1, total_steps=5, pct_start=0.6, cycle_momentum=False)
    >>> [round(lr, 3) for lr in trace(scheduler, 5)]
    [0.004, 0.052, 0.1, 0.05, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is not None:
            self.total_steps = whole("total_steps", total_steps, at_least=1)
        elif epochs is not None and steps_per_epoch is not None:
            epochs = whole("epochs", epochs, at_least=1)
            self.total_steps = epochs * whole("steps_per_epoch", steps_per_epoch, at_least=1)
        else:
            raise ValueError("total_steps must be given, or both epochs and steps_per_epoch")
        self.max_lr, self.pct_start, self.anneal_strategy = max_lr, pct_start, anneal_strategy
        self.div_factor, self.final_div_factor, self.three_phase = div_factor, final_div_factor, three_phase
        self.cycle_momentum, self.base_momentum, self.max_momentum = cycle_momentum, base_momentum, max_momentum
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        max_lr = pick("max_lr", self.max_lr, i, self.optimizer)
        factors = (self.div_factor, self.final_div_factor, self.three_phase)
        schedule = schedules.one_cycle(max_lr, self.total_steps, self.pct_start, self.anneal_strategy, *factors)
        return up_to(self.total_steps, schedule)

    def bounds_of(self, i: int) -> Group:
        max_lr = float(pick("max_lr", self.max_lr, i, self.optimizer))
        lrs = {"max_lr": max_lr, "min_lr": max_lr / self.div_factor / self.final_div_factor}
        return super().bounds_of(i) | lrs

    def make_momentum(self, i: int) -> Plan | None:
        base, top = self._momenta_of(i)
        if not self.cycle_momentum:
            return None
        return phases(top, base, top, self.total_steps, self.pct_start, self.anneal_strategy, self.three_phase)


def up_to(total_steps: int, schedule: Plan) -> Plan:
    """The schedule, which refuses a step past total_steps: by then the plan has been too short."""

    def planned(step: int) -> float:
        if step > total_steps:
            raise ValueError(
                f"total_steps = {total_steps} calls of step() were planned; this is call {step}: pass as total_steps "
                f"how often step() will be called (epochs * steps_per_epoch for once a batch)"
            )
        return schedule(step)

    return planned
