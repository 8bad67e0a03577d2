"""Decays: the LR starts at base_lr and falls by steps, along a line, a power or a cosine."""

from bisect import bisect_right
from collections.abc import Iterable
from math import cos, inf, pi, pow

from lrcourse.arguments import endless, real, whole, wholes
from lrcourse.schedules.value import ScheduleLike, maker


@maker
def constant(base_lr: float) -> ScheduleLike:
    """The same LR at every step: lr(t) = base_lr.

    base_lr: an LR of at least 0. Raises ValueError for one below, TypeError for what is no number.

    >>> curve(constant(0.1), 3)
    [0.1, 0.1, 0.1]
    """
    base_lr = real("base_lr", base_lr, at_least=0)

    def schedule(step: int) -> float:
        return base_lr

    return schedule


@maker
def step_decay(base_lr: float, step_size: int, gamma: float = 0.1) -> ScheduleLike:
    """The LR times gamma after every step_size steps (torch: StepLR).

        lr(t) = base_lr * gamma ** (t // step_size)

    step_size: a whole number of steps, at least 1. gamma: at least 0; above 1 the LR grows, in the end to infinity.
    Raises ValueError for a number out of range, TypeError for what is no number.

    >>> curve(step_decay(0.1, step_size=2, gamma=0.5), 7)
    [0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    step_size = whole("step_size", step_size, at_least=1)
    gamma = real("gamma", gamma, at_least=0)

    def schedule(step: int) -> float:
        return base_lr * gamma ** (step // step_size)

    return schedule if gamma <= 1 else exploding(schedule, base_lr)


@maker(milestones=sorted)
def multistep(base_lr: float, milestones: Iterable[int], gamma: float = 0.1) -> ScheduleLike:
    """The LR times gamma from each milestone on (torch: MultiStepLR).

        lr(t) = base_lr * gamma ** (the number of milestones at or before t)

    milestones: whole numbers of at least 0, in any order and any collection; one listed twice counts twice. gamma: as
    in step_decay. Raises ValueError for a number out of range, TypeError for what is no number.

    >>> curve(multistep(0.1, milestones=[2, 3], gamma=0.5), 5)
    [0.1, 0.1, 0.05, 0.025, 0.025]
    >>> multistep(0.1, milestones={60, 30}) == multistep(0.1, milestones=[30, 60])
    True
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    milestones = sorted(wholes("milestones", milestones))
    gamma = real("gamma", gamma, at_least=0)

    def schedule(step: int) -> float:
        return base_lr * gamma ** bisect_right(milestones, step)

    return schedule if gamma <= 1 else exploding(schedule, base_lr)


@maker
def exponential(base_lr: float, gamma: float) -> ScheduleLike:
    """The LR times gamma after every step (torch: ExponentialLR).

        lr(t) = base_lr * gamma ** t

    gamma: at least 0; above 1 the LR grows, in the end to infinity. Raises ValueError for a number out of range,
    TypeError for what is no number.

    >>> curve(exponential(0.1, gamma=0.5), 4)
    [0.1, 0.05, 0.025, 0.0125]
    >>> exponential(0.1, gamma=1.5)(2000)
    inf
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    gamma = real("gamma", gamma, at_least=0)

    def schedule(step: int) -> float:
        return base_lr * gamma**step

    return schedule if gamma <= 1 else exploding(schedule, base_lr)


def exploding(schedule: ScheduleLike, base_lr: float = 1.0) -> ScheduleLike:
    """The schedule, infinite where its power passes the largest float: Python stops there with an OverflowError.

    A base_lr of 0 stays 0.

    >>> exploding(lambda step: 10.0**step)(400)
    inf
    """
    beyond = inf if base_lr else 0.0

    def planned(step: int) -> float:
        try:
            return schedule(step)
        except OverflowError:
            return beyond

    return planned


@maker
def inverse_time(base_lr: float, decay_rate: float, decay_steps: float = 1) -> ScheduleLike:
    """The LR divided by a number that grows along a line (Robbins & Monro, 1951; Keras: InverseTimeDecay).

        lr(t) = base_lr / (1 + decay_rate * t / decay_steps)

    decay_rate: at least 0. decay_steps: a number of steps above 0; with decay_rate=1 the LR is halved by then. Raises
    ValueError for a number out of range, TypeError for what is no number.

    >>> curve(inverse_time(0.1, decay_rate=1.0), 4)
    [0.1, 0.05, 0.03333333333333333, 0.025]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    decay_rate = real("decay_rate", decay_rate, at_least=0)
    decay_steps = real("decay_steps", decay_steps, above=0)

    def schedule(step: int) -> float:
        return base_lr / (1 + decay_rate * step / decay_steps)

    return schedule


@maker
def half_life(base_lr: float, seconds: float) -> ScheduleLike:
    """The LR halved every so many seconds of the clock; here the schedule's argument is the time passed, in seconds.

        lr(elapsed) = base_lr * 0.5 ** (elapsed / seconds)

    seconds: above 0. Raises ValueError for a number out of range, TypeError for what is no number.

    >>> ten_minutes = half_life(0.1, seconds=600)
    >>> ten_minutes(0), ten_minutes(600), ten_minutes(1200)
    (0.1, 0.05, 0.025)
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    seconds = real("seconds", seconds, above=0)

    def schedule(elapsed: float) -> float:
        return base_lr * pow(0.5, elapsed / seconds)

    return schedule


@maker
def linear(
    base_lr: float, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: float = 5
) -> ScheduleLike:
    """The LR along a straight line from base_lr * start_factor to base_lr * end_factor (torch: LinearLR).

        lr(t) = base_lr * (start_factor + (end_factor - start_factor) * min(t / total_iters, 1))

    start_factor, end_factor: at least 0. total_iters: the line's length, a whole number of steps of at least 1, or
    infinity, which keeps the LR at its start. Raises ValueError for a number out of range, TypeError for what is no
    number.

    >>> curve(linear(0.1, start_factor=1.0, end_factor=0.0, total_iters=4), 6)
    [0.1, 0.07500000000000001, 0.05, 0.025, 0.0, 0.0]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    start_factor = real("start_factor", start_factor, at_least=0)
    end_factor = real("end_factor", end_factor, at_least=0)
    total_iters = endless("total_iters", total_iters, at_least=1)
    rise, end_lr = end_factor - start_factor, base_lr * end_factor

    def schedule(step: int) -> float:
        if step >= total_iters:
            return end_lr
        return base_lr * (start_factor + rise * step / total_iters)

    return schedule


@maker
def polynomial(base_lr: float, total_iters: float = 5, power: float = 1.0) -> ScheduleLike:
    """The LR times the remaining part of the way, to a power; 0 at the end (torch: PolynomialLR).

        lr(t) = base_lr * (1 - min(t / total_iters, 1)) ** power

    total_iters: a whole number of steps of at least 1, or infinity, which keeps the LR at its start. power: at least
    0; a power of 0 keeps it there too. Raises ValueError for a number out of range, TypeError for what is no number.

    >>> curve(polynomial(0.1, total_iters=4, power=2.0), 6)
    [0.1, 0.05625, 0.025, 0.00625, 0.0, 0.0]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    total_iters = endless("total_iters", total_iters, at_least=1)
    power = real("power", power, at_least=0)
    end_lr = base_lr * pow(0, power)  # 0 to the power of 0 is 1

    def schedule(step: int) -> float:
        if step >= total_iters:
            return end_lr
        return base_lr * pow(1 - step / total_iters, power)

    return schedule


@maker
def cosine(base_lr: float, T_max: int, eta_min: float = 0.0) -> ScheduleLike:
    """Half a cosine wave from base_lr down to eta_min at step T_max; past T_max the wave rises again, as in torch.

        lr(t) = eta_min + (base_lr - eta_min) * (1 + cos(pi * t / T_max)) / 2

    T_max: a whole number of steps, at least 1. eta_min: an LR of at least 0. Raises ValueError for a number out of
    range, TypeError for what is no number. Loshchilov & Hutter, 2017 (arXiv:1608.03983), without restarts; torch:
    CosineAnnealingLR.

    >>> curve(cosine(0.1, T_max=4, eta_min=0.02), 5)
    [0.1, 0.08828427124746191, 0.06, 0.0317157287525381, 0.02]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    T_max = whole("T_max", T_max, at_least=1)
    eta_min = real("eta_min", eta_min, at_least=0)
    amplitude = (base_lr - eta_min) / 2

    def schedule(step: int) -> float:
        return eta_min + amplitude * (1 + cos(pi * step / T_max))

    return schedule
