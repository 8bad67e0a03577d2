"""The schedulers with a closed form: each hands its arguments to the schedule of lrcourse.schedules that it writes."""

from lrcourse import schedules
from lrcourse.arguments import choice, function, real
from lrcourse.schedulers.base import LRScheduler, pick


class LambdaLR(LRScheduler):
    """The LR is base_lr * lr_lambda(step); lr_lambda: a function, or a list of one a group."""

    chainable = False

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        factor = function("lr_lambda", pick("lr_lambda", self.lr_lambda, i, self.optimizer))
        return lambda step: base_lr * real(f"lr_lambda({step})", factor(step), at_least=0)


class MultiplicativeLR(LRScheduler):
    """The LR times lr_lambda(step) at every step from 1 on; lr_lambda: a function, or a list of one a group."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        factor = function("lr_lambda", pick("lr_lambda", self.lr_lambda, i, self.optimizer))
        return recursive(base_lr, lambda lr, step: lr * real(f"lr_lambda({step})", factor(step), at_least=0))


def recursive(first, following):
    """The schedule that starts at first and goes on with following(lr, step); it remembers the step asked for last.

    >>> doubling = recursive(1.0, lambda lr, step: 2 * lr)
    >>> doubling(0), doubling(3), doubling(2)
    (1.0, 8.0, 4.0)
    """
    last = (0, first)

    def schedule(step):
        nonlocal last
        at, lr = last if last[0] <= step else (0, first)
        while at < step:
            at += 1
            lr = following(lr, at)
        last = (at, lr)
        return lr

    return schedule


class StepLR(LRScheduler):
    """The LR times gamma after every step_size steps."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.step_decay(base_lr, self.step_size, self.gamma)


class MultiStepLR(LRScheduler):
    """The LR times gamma from each milestone on."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones, self.gamma = milestones, gamma
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.multistep(base_lr, self.milestones, self.gamma)


class ConstantLR(LRScheduler):
    """The LR times factor for total_iters steps, then the LR itself."""

    def __init__(self, optimizer, factor=1.0 / 3, total_iters=5, last_epoch=-1):
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        factor = real("factor", self.factor, at_least=0, at_most=1)
        reduced = schedules.constant(base_lr * factor)
        return schedules.join([reduced, schedules.constant(base_lr)], at=[self.total_iters])


class LinearLR(LRScheduler):
    """The LR along a straight line from base_lr * start_factor to base_lr * end_factor in total_iters steps."""

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        self.start_factor = real("start_factor", start_factor, above=0, at_most=1)
        self.end_factor = real("end_factor", end_factor, at_least=0, at_most=1)
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.linear(base_lr, self.start_factor, self.end_factor, self.total_iters)


class ExponentialLR(LRScheduler):
    """The LR times gamma after every step."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.exponential(base_lr, self.gamma)


class PolynomialLR(LRScheduler):
    """The LR times (1 - step / total_iters) to a power, then 0."""

    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1):
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.polynomial(base_lr, self.total_iters, self.power)


class CosineAnnealingLR(LRScheduler):
    """Half a cosine wave from the LR down to eta_min at step T_max; past T_max the wave rises again."""

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max = T_max
        self.eta_min = self.floor = real("eta_min", eta_min, at_least=0)
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.cosine(base_lr, self.T_max, self.eta_min)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Cosine cycles of T_0, T_0 * T_mult, T_0 * T_mult**2, ... steps, each from the LR down towards eta_min."""

    chainable = False

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0, last_epoch=-1):
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.cosine_restarts(base_lr, self.T_0, self.T_mult, self.eta_min)


class InverseTimeLR(LRScheduler):
    """The LR divided by 1 + decay_rate * step / decay_steps."""

    def __init__(self, optimizer, decay_rate, decay_steps=1, last_epoch=-1):
        self.decay_rate, self.decay_steps = decay_rate, decay_steps
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.inverse_time(base_lr, self.decay_rate, self.decay_steps)


class WarmupLR(LRScheduler):
    """A rise to the LR in warmup_steps steps; mode: 'linear', or 'exponential', which slows down as it nears it."""

    def __init__(self, optimizer, warmup_steps, mode="linear", last_epoch=-1):
        self.warmup_steps, self.mode = warmup_steps, mode
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        modes = {"linear": schedules.linear_warmup, "exponential": schedules.exponential_warmup}
        return modes[choice("mode", self.mode, list(modes))](base_lr, self.warmup_steps)


class InverseSqrtLR(LRScheduler):
    """A straight rise to the LR in warmup_steps steps, then a fall with one over the square root of the step."""

    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.inverse_sqrt(base_lr, self.warmup_steps)


class WSDLR(LRScheduler):
    """Warmup, stable, decay: a straight rise, a flat part, a cooldown that reaches eta_min at step total_steps."""

    def __init__(
        self,
        optimizer,
        total_steps,
        warmup_steps=0,
        cooldown_steps=0,
        cooldown="linear",
        eta_min=0.0,
        last_epoch=-1,
    ):
        self.arguments = (total_steps, warmup_steps, cooldown_steps, cooldown, eta_min)
        super().__init__(optimizer, last_epoch)

    def make_schedule(self, base_lr, i):
        return schedules.wsd(base_lr, *self.arguments)
