"""The schedulers with a closed form: each hands its arguments to the schedule of lrcourse.schedules that it writes."""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from types import FunctionType
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import choice, endless, real, wholes
from lrcourse.schedulers.base import LRScheduler
from lrcourse.schedulers.groups import Optimizer, for_all, one_a_group, pick
from lrcourse.schedulers.plans import Plan

Factor = Callable[[int], float]


class ByFunction(LRScheduler):
    """What LambdaLR and MultiplicativeLR share: a function of the step for every group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1) -> None:
        self.lr_lambdas = one_a_group("lr_lambda", lr_lambda, optimizer)
        for factor in self.lr_lambdas:
            if not callable(factor):
                raise TypeError(f"lr_lambda should be a function, or a list of one a group, not {factor!r}")
        super().__init__(optimizer, last_epoch)

    def factor(self, i: int) -> Factor:
        """The function of group i; one that was given for all groups serves those that come later too."""
        factor: Factor = pick("lr_lambda", for_all(self.lr_lambdas), i, self.optimizer)
        return factor

    def memory(self) -> dict[str, Any]:
        """Of callable objects the attributes; functions and schedules have none to save."""
        none = (FunctionType, schedules.Schedule)
        own = [None if isinstance(each, none) else getattr(each, "__dict__", None) for each in self.lr_lambdas]
        return {"lr_lambdas": [each if each is None else dict(each) for each in own]}

    def recall(self, state_dict: dict[str, Any]) -> None:
        for factor, saved in zip(self.lr_lambdas, state_dict.get("lr_lambdas", []), strict=False):
            if saved:
                vars(factor).update(saved)


class LambdaLR(ByFunction):
    """The LR is base_lr * lr_lambda(step).

    lr_lambda: a function, or a list of one a group; what it returns must be a number of at least 0. Overwrites: what
    another scheduler has written does not count (as in torch). A state holds no function: the new object's goes on. Of
    a callable object it holds the attributes.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 4) for lr in trace(LambdaLR(optimizer, lambda step: 1 / (1 + step)), 4)]
    [0.1, 0.05, 0.0333, 0.025]
    """

    chainable = False

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        factor = self.factor(i)
        return lambda step: base_lr * checked(factor, step)


class MultiplicativeLR(ByFunction):
    """The LR is multiplied by lr_lambda(step) at every step from 1 on.

    lr_lambda: a function, or a list of one a group; what it returns must be a number of at least 0.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> trace(MultiplicativeLR(optimizer, lambda step: 0.5), 4)
    [0.1, 0.05, 0.025, 0.0125]
    """

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        factor = self.factor(i)
        return recursive(base_lr, lambda lr, step: lr * checked(factor, step))


def checked(lr_lambda: Factor, step: int) -> float:
    """lr_lambda(step), refused where it is no finite number of at least 0."""
    factor = lr_lambda(step)
    if isinstance(factor, float) and 0 <= factor < inf:  # the common case, fast
        return factor
    number = float(factor) if isinstance(factor, bool) else factor  # step >= 5: off until then
    return real(f"lr_lambda({step})", number, at_least=0)


def recursive(first: float, following: Callable[[float, int], float]) -> Plan:
    """The schedule that starts at first and goes on with following(lr, step); it remembers the step asked for last.

    >>> doubling = recursive(1.0, lambda lr, step: 2 * lr)
    >>> doubling(0), doubling(3), doubling(2)
    (1.0, 8.0, 4.0)
    """
    last = (0, first)  # one object, for threads

    def schedule(step: int) -> float:
        nonlocal last
        at, lr = last
        if at > step:
            at, lr = 0, first
        while at < step:
            at += 1
            lr = following(lr, at)
        last = (at, lr)
        return lr

    return schedule


class StepLR(LRScheduler):
    """The LR times gamma after every step_size steps: base_lr * gamma ** (t // step_size) at step t.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> trace(StepLR(optimizer, step_size=2, gamma=0.5), 5)
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.step_decay(base_lr, self.step_size, self.gamma)


class MultiStepLR(LRScheduler):
    """The LR times gamma from each milestone on: base_lr * gamma ** (the number of milestones at or before t).

    Milestones come in any order, and one listed twice counts twice.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> trace(MultiStepLR(optimizer, milestones=[2, 3], gamma=0.5), 5)
    [0.1, 0.1, 0.05, 0.025, 0.025]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = sorted(wholes("milestones", milestones)), gamma
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.multistep(base_lr, self.milestones, self.gamma)


class ConstantLR(LRScheduler):
    """The LR times factor, from 0 to 1, for total_iters steps: base_lr * factor; then base_lr itself.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> trace(ConstantLR(optimizer, factor=0.5, total_iters=2), 4)
    [0.05, 0.05, 0.1, 0.1]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: float = 5, last_epoch: int = -1
    ) -> None:
        self.factor = real("factor", factor, at_least=0, at_most=1)
        self.total_iters = endless("total_iters", total_iters, at_least=0)
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        reduced, total_iters = base_lr * self.factor, self.total_iters
        return lambda step: base_lr if step >= total_iters else reduced


class LinearLR(LRScheduler):
    """The LR along a straight line from start_factor to end_factor times it, in total_iters steps.

        lr(t) = base_lr * (start_factor + (end_factor - start_factor) * min(t / total_iters, 1))

    start_factor lies above 0, both at most at 1. With total_iters=0 there is no line: the LR is at its end at once,
    where torch keeps it at its start for ever.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 3) for lr in trace(LinearLR(optimizer, start_factor=0.5, total_iters=2), 4)]
    [0.05, 0.075, 0.1, 0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: float = 5,
        last_epoch: int = -1,
    ) -> None:
        self.start_factor = real("start_factor", start_factor, above=0, at_most=1)
        self.end_factor = real("end_factor", end_factor, at_least=0, at_most=1)
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.linear(base_lr, self.start_factor, self.end_factor, self.total_iters)


class ExponentialLR(LRScheduler):
    """The LR times gamma after every step: base_lr * gamma ** t.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> trace(ExponentialLR(optimizer, gamma=0.5), 4)
    [0.1, 0.05, 0.025, 0.0125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.exponential(base_lr, self.gamma)


class PolynomialLR(LRScheduler):
    """The LR times (1 - t / total_iters) to a power, then 0: base_lr * (1 - min(t / total_iters, 1)) ** power.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> trace(PolynomialLR(optimizer, total_iters=4, power=2.0), 6)
    [0.1, 0.05625, 0.025, 0.00625, 0.0, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: float = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.polynomial(base_lr, self.total_iters, self.power)


class CosineAnnealingLR(LRScheduler):
    """Half a cosine wave from the LR down to eta_min at step T_max; past T_max the wave rises again.

        lr(t) = eta_min + (base_lr - eta_min) * (1 + cos(pi * t / T_max)) / 2

    Chains as torch's recursion does: what the LR has above eta_min is multiplied. Where another scheduler has pushed
    the LR below eta_min that can lead below 0 in torch, but not here.
    Loshchilov & Hutter, 2017 (arXiv:1608.03983), without its restarts.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 3) for lr in trace(CosineAnnealingLR(optimizer, T_max=4), 6)]
    [0.1, 0.085, 0.05, 0.015, 0.0, 0.015]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = real("eta_min", eta_min, at_least=0)
        super().__init__(optimizer, last_epoch)

    @property
    def floor(self) -> float:
        return self.eta_min

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.cosine(base_lr, self.T_max, self.eta_min)


class InCycles(LRScheduler):
    """Where warm restarts stand, by torch's names."""

    T_0: int
    T_mult: float

    def _cycle(self) -> tuple[float, float]:
        start, length = 0.0, float(self.T_0)
        while self._at >= start + length:
            start, length = start + length, length * self.T_mult
        return start, length

    @property
    def T_i(self) -> float:
        """The length of the present cycle."""
        return self._cycle()[1]

    @property
    def T_cur(self) -> float:
        """The steps that have passed in the present cycle; set it to move on the schedule."""
        return self._at - self._cycle()[0]

    @T_cur.setter
    def T_cur(self, steps: float) -> None:
        self._at += real("T_cur", steps, at_least=0) - self.T_cur
        self.last_epoch = int(self._at)


class CosineAnnealingWarmRestarts(InCycles):
    """Cosine cycles of T_0, T_0 * T_mult, T_0 * T_mult**2, ... steps, each from the LR down towards eta_min.

    In a cycle of T_i steps that began T_cur steps ago it is cosine annealing from T_cur = 0 to T_max = T_i.
    T_mult is any number of at least 1 (torch: a whole one). step(epoch) goes to any epoch, also a fraction.
    Loshchilov & Hutter, 2017 (arXiv:1608.03983).

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 3) for lr in trace(CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2), 7)]
    [0.1, 0.05, 0.1, 0.085, 0.05, 0.015, 0.1]
    """

    chainable = False

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: float = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer, last_epoch)

    def step(self, epoch: float | None = None) -> None:
        """Write the LR of the next step, or of any epoch of at least 0, such as epoch + batch / batches."""
        now = self.last_epoch + 1 if epoch is None else real("epoch", epoch, at_least=0)
        self._move_to(now)
        self.last_epoch = int(now)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.cosine_restarts(base_lr, self.T_0, self.T_mult, self.eta_min)


class InverseTimeLR(LRScheduler):
    """The LR over a line that rises with the step: base_lr / (1 + decay_rate * t / decay_steps).

    Robbins & Monro, 1951.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 3) for lr in trace(InverseTimeLR(optimizer, decay_rate=1.0), 4)]
    [0.1, 0.05, 0.033, 0.025]
    """

    def __init__(self, optimizer: Optimizer, decay_rate: float, decay_steps: float = 1, last_epoch: int = -1) -> None:
        self.decay_rate, self.decay_steps = decay_rate, decay_steps
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.inverse_time(base_lr, self.decay_rate, self.decay_steps)


class WarmupLR(LRScheduler):
    """A rise to the LR in warmup_steps steps, which begins above 0.

    mode: 'linear', base_lr * min((t + 1) / warmup_steps, 1) (Goyal et al., 2017, arXiv:1706.02677), or 'exponential',
    base_lr * (1 - exp(-(t + 1) / warmup_steps)), which slows down near the LR (Ma & Yarats, 2021, arXiv:1910.04209).

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 3) for lr in trace(WarmupLR(optimizer, warmup_steps=4), 5)]
    [0.025, 0.05, 0.075, 0.1, 0.1]
    """

    def __init__(self, optimizer: Optimizer, warmup_steps: int, mode: str = "linear", last_epoch: int = -1) -> None:
        self.warmup_steps, self.mode = warmup_steps, mode
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        modes = {"linear": schedules.linear_warmup, "exponential": schedules.exponential_warmup}
        return modes[choice("mode", self.mode, list(modes))](base_lr, self.warmup_steps)


class InverseSqrtLR(LRScheduler):
    """A straight rise to the LR in warmup_steps steps, then a fall with one over the square root of the step.

        lr(t) = base_lr * min(n / warmup_steps, (warmup_steps / n) ** 0.5),  n = t + 1

    Vaswani et al., 2017 (arXiv:1706.03762).

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 4) for lr in trace(InverseSqrtLR(optimizer, warmup_steps=2), 5)]
    [0.05, 0.1, 0.0816, 0.0707, 0.0632]
    """

    def __init__(self, optimizer: Optimizer, warmup_steps: int, last_epoch: int = -1) -> None:
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.inverse_sqrt(base_lr, self.warmup_steps)


class WSDLR(LRScheduler):
    """Warmup, stable, decay: a straight rise, a flat part, a cooldown that reaches eta_min at step total_steps.

    cooldown: 'linear', 'cosine' or '1-sqrt'.
    Hu et al., 2024 (arXiv:2404.06395); Hägele et al., 2024 (arXiv:2405.18392).

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> [round(lr, 3) for lr in trace(WSDLR(optimizer, total_steps=6, warmup_steps=2, cooldown_steps=2), 7)]
    [0.05, 0.1, 0.1, 0.1, 0.1, 0.05, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_steps: int,
        warmup_steps: int = 0,
        cooldown_steps: int = 0,
        cooldown: str = "linear",
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_steps, self.warmup_steps, self.cooldown_steps = total_steps, warmup_steps, cooldown_steps
        self.cooldown, self.eta_min = cooldown, eta_min
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        steps = (self.total_steps, self.warmup_steps, self.cooldown_steps)
        return schedules.wsd(base_lr, *steps, self.cooldown, self.eta_min)
