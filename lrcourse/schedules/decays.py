"""Decays: the LR starts at base_lr and falls by steps, along a line, a power or a cosine."""

from bisect import bisect_right
from math import cos, pi

from lrcourse.arguments import increasing, real, whole


def constant(base_lr):
    """The same LR at every step.

    >>> curve(constant(0.1), 3)
    [0.1, 0.1, 0.1]
    """
    base_lr = real("base_lr", base_lr, at_least=0)

    def schedule(step):
        return base_lr

    return schedule


def step_decay(base_lr, step_size, gamma=0.1):
    """The LR times gamma after every step_size steps (torch: StepLR).

    >>> curve(step_decay(0.1, step_size=2, gamma=0.5), 5)
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    step_size = whole("step_size", step_size, at_least=1)
    gamma = real("gamma", gamma, above=0)

    def schedule(step):
        return base_lr * gamma ** (step // step_size)

    return schedule


def multistep(base_lr, milestones, gamma=0.1):
    """The LR times gamma from each milestone on (torch: MultiStepLR); a milestone listed twice counts twice.

    >>> curve(multistep(0.1, milestones=[2, 3], gamma=0.5), 5)
    [0.1, 0.1, 0.05, 0.025, 0.025]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    milestones = increasing("milestones", milestones, strictly=False)
    gamma = real("gamma", gamma, above=0)

    levels = [base_lr * gamma**passed for passed in range(len(milestones) + 1)]

    def schedule(step):
        return levels[bisect_right(milestones, step)]

    return schedule


def exponential(base_lr, gamma):
    """The LR times gamma after every step (torch: ExponentialLR).

    >>> curve(exponential(0.1, gamma=0.5), 4)
    [0.1, 0.05, 0.025, 0.0125]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    gamma = real("gamma", gamma, above=0)

    def schedule(step):
        return base_lr * gamma**step

    return schedule


def inverse_time(base_lr, decay_rate, decay_steps=1):
    """The LR divided by 1 + decay_rate * step / decay_steps (Robbins & Monro, 1951; Keras: InverseTimeDecay).

    >>> curve(inverse_time(0.1, decay_rate=1.0), 4)
    [0.1, 0.05, 0.03333333333333333, 0.025]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    decay_rate = real("decay_rate", decay_rate, at_least=0)
    decay_steps = real("decay_steps", decay_steps, above=0)

    def schedule(step):
        return base_lr / (1 + decay_rate * step / decay_steps)

    return schedule


def half_life(base_lr, seconds):
    """The LR halved every so many seconds of the clock; here the schedule's argument is the time passed, in seconds.

    >>> ten_minutes = half_life(0.1, seconds=600)
    >>> ten_minutes(0), ten_minutes(600), ten_minutes(1200)
    (0.1, 0.05, 0.025)
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    seconds = real("seconds", seconds, above=0)

    def schedule(elapsed):
        return base_lr * 0.5 ** (elapsed / seconds)

    return schedule


def linear(base_lr, start_factor=1 / 3, end_factor=1.0, total_iters=5):
    """The LR along a straight line from base_lr * start_factor to base_lr * end_factor (torch: LinearLR).

    >>> curve(linear(0.1, start_factor=1.0, end_factor=0.0, total_iters=4), 6)
    [0.1, 0.07500000000000001, 0.05, 0.025, 0.0, 0.0]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    start_factor = real("start_factor", start_factor, at_least=0)
    end_factor = real("end_factor", end_factor, at_least=0)
    total_iters = whole("total_iters", total_iters, at_least=0)
    rise, end_lr = end_factor - start_factor, base_lr * end_factor

    def schedule(step):
        if step >= total_iters:
            return end_lr
        return base_lr * (start_factor + rise * step / total_iters)

    return schedule


def polynomial(base_lr, total_iters=5, power=1.0):
    """The LR times (1 - step / total_iters) to a power, then 0 (torch: PolynomialLR).

    >>> curve(polynomial(0.1, total_iters=4, power=2.0), 6)
    [0.1, 0.05625, 0.025, 0.00625, 0.0, 0.0]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    total_iters = whole("total_iters", total_iters, at_least=0)
    power = real("power", power, above=0)

    def schedule(step):
        if step >= total_iters:
            return 0.0
        return base_lr * (1 - step / total_iters) ** power

    return schedule


def cosine(base_lr, T_max, eta_min=0.0):
    """Half a cosine wave from base_lr down to eta_min at step T_max; past T_max the wave rises again, as in torch.

    Loshchilov & Hutter, 2017 (arXiv:1608.03983), without restarts; torch: CosineAnnealingLR.

    >>> curve(cosine(0.1, T_max=4, eta_min=0.02), 5)
    [0.1, 0.08828427124746191, 0.06, 0.0317157287525381, 0.02]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    T_max = whole("T_max", T_max, at_least=1)
    eta_min = real("eta_min", eta_min, at_least=0)
    amplitude = (base_lr - eta_min) / 2

    def schedule(step):
        return eta_min + amplitude * (1 + cos(pi * step / T_max))

    return schedule
