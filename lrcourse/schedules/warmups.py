"""Warmups, and the schedules that begin with one or end in a cooldown."""

from collections.abc import Callable
from math import cos, expm1, pi, sqrt

from lrcourse.arguments import choice, function, real, whole
from lrcourse.schedules.compose import join
from lrcourse.schedules.value import ScheduleLike, maker


@maker
def linear_warmup(base_lr: float, warmup_steps: int) -> ScheduleLike:
    """A straight rise to base_lr that does not waste the first step at 0 (Goyal et al., 2017, arXiv:1706.02677).

        lr(t) = base_lr * min((t + 1) / warmup_steps, 1)

    warmup_steps: a whole number of at least 0; 0 is no warmup. Raises ValueError for a number out of range, TypeError
    for what is no number.

    >>> curve(linear_warmup(0.1, warmup_steps=4), 6)
    [0.025, 0.05, 0.07500000000000001, 0.1, 0.1, 0.1]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    warmup_steps = whole("warmup_steps", warmup_steps, at_least=0)

    def schedule(step: int) -> float:
        return base_lr * min(step + 1, warmup_steps) / warmup_steps if step < warmup_steps else base_lr

    return schedule


@maker
def exponential_warmup(base_lr: float, warmup_steps: int) -> ScheduleLike:
    """A rise that slows down as it nears base_lr, and never ends (Ma & Yarats, 2021, arXiv:1910.04209).

        lr(t) = base_lr * (1 - exp(-(t + 1) / warmup_steps))

    warmup_steps: a whole number of at least 1; after so many the LR is at 63 %. Raises ValueError for a number out of
    range, TypeError for what is no number.

    >>> [round(lr, 4) for lr in curve(exponential_warmup(0.1, warmup_steps=2), 4)]
    [0.0393, 0.0632, 0.0777, 0.0865]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    warmup_steps = whole("warmup_steps", warmup_steps, at_least=1)

    def schedule(step: int) -> float:
        return -base_lr * expm1(-(step + 1) / warmup_steps)

    return schedule


@maker
def inverse_sqrt(base_lr: float, warmup_steps: int) -> ScheduleLike:
    """A straight rise to base_lr, then a fall with one over the square root of the step.

        lr(t) = base_lr * min((t + 1) / warmup_steps, sqrt(warmup_steps / (t + 1)))

    warmup_steps: a whole number of at least 1. The Transformer's schedule ("Noam") is the one with
    base_lr = (d_model * warmup_steps) ** -0.5. Raises ValueError for a number out of range, TypeError for what is no
    number. Vaswani et al., 2017 (arXiv:1706.03762).

    >>> [round(lr, 4) for lr in curve(inverse_sqrt(0.1, warmup_steps=2), 5)]
    [0.05, 0.1, 0.0816, 0.0707, 0.0632]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    warmup_steps = whole("warmup_steps", warmup_steps, at_least=1)

    def schedule(step: int) -> float:
        return base_lr * min((step + 1) / warmup_steps, sqrt(warmup_steps / (step + 1)))

    return schedule


@maker
def warmup(schedule: ScheduleLike, warmup_steps: int) -> ScheduleLike:
    """A straight rise to the schedule's first LR, then the schedule from its own 0.

        lr(t) = schedule(0) * (t + 1) / warmup_steps  for  t < warmup_steps,  then  schedule(t - warmup_steps)

    warmup_steps: a whole number of at least 0. Raises ValueError for one below, TypeError for what is no function or
    no number.

    >>> curve(warmup(exponential(0.1, 0.5), 2), 5)
    [0.05, 0.1, 0.1, 0.05, 0.025]
    """
    first = real("schedule(0)", function("schedule", schedule)(0), at_least=0)
    return join([linear_warmup(first, warmup_steps), schedule], at=[warmup_steps])


COOLDOWNS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: 1 - x,
    "cosine": lambda x: (1 + cos(pi * x)) / 2,
    "1-sqrt": lambda x: 1 - sqrt(x),
}


@maker
def wsd(
    base_lr: float,
    total_steps: int,
    warmup_steps: int = 0,
    cooldown_steps: int = 0,
    cooldown: str = "linear",
    eta_min: float = 0.0,
) -> ScheduleLike:
    """Warmup, stable, decay: a straight rise, a flat part, then a cooldown that reaches eta_min at step total_steps.

        lr(t) = base_lr * (t + 1) / warmup_steps                  for  t < warmup_steps
        lr(t) = base_lr                                           until  total_steps - cooldown_steps
        lr(t) = eta_min + (base_lr - eta_min) * shape(x)          x: the part of the cooldown that has passed, 0 to 1
        shape(x) = 1 - x,  (1 + cos(pi * x)) / 2  or  1 - sqrt(x)  for  cooldown = 'linear', 'cosine' or '1-sqrt'

    total_steps: a whole number of at least 1; warmup_steps and cooldown_steps: of at least 0, together at most
    total_steps. Without a cooldown the LR stays at base_lr. Raises ValueError for a number out of range or another
    cooldown, TypeError for what is no number.
    Hu et al., 2024 (arXiv:2404.06395); Hägele et al., 2024 (arXiv:2405.18392).

    >>> curve(wsd(0.1, total_steps=8, warmup_steps=2, cooldown_steps=4), 10)
    [0.05, 0.1, 0.1, 0.1, 0.1, 0.07500000000000001, 0.05, 0.025, 0.0, 0.0]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    total_steps = whole("total_steps", total_steps, at_least=1)
    warmup_steps = whole("warmup_steps", warmup_steps, at_least=0)
    cooldown_steps = whole("cooldown_steps", cooldown_steps, at_least=0)
    eta_min = real("eta_min", eta_min, at_least=0)
    shape = COOLDOWNS[choice("cooldown", cooldown, list(COOLDOWNS))]
    if warmup_steps + cooldown_steps > total_steps:
        steps = f"{warmup_steps} + {cooldown_steps}"
        raise ValueError(f"warmup_steps + cooldown_steps must be at most total_steps = {total_steps}, not {steps}")
    cooldown_start = total_steps - cooldown_steps

    def schedule(step: int) -> float:
        if step < warmup_steps:
            return base_lr * min(step + 1, warmup_steps) / warmup_steps
        if step < cooldown_start:
            return base_lr
        if step >= total_steps:
            return eta_min if cooldown_steps else base_lr
        return eta_min + (base_lr - eta_min) * shape((step - cooldown_start) / cooldown_steps)

    return schedule


@maker
def flat_cosine(base_lr: float, total_steps: int, pct_start: float = 0.75, eta_min: float = 0.0) -> ScheduleLike:
    """Flat, then half a cosine down to eta_min at step total_steps: Ranger's companion.

    It is wsd without a warmup, with a cosine cooldown of total_steps - round(pct_start * total_steps) steps.
    total_steps: a whole number of at least 1. pct_start: the flat part, a fraction from 0 to 1. Raises ValueError for
    a number out of range, TypeError for what is no number.

    >>> [round(lr, 3) for lr in curve(flat_cosine(0.1, total_steps=8, pct_start=0.5), 10)]
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.085, 0.05, 0.015, 0.0, 0.0]
    """
    total_steps = whole("total_steps", total_steps, at_least=1)
    pct_start = real("pct_start", pct_start, at_least=0, at_most=1)
    cooldown_steps = total_steps - round(pct_start * total_steps)
    return wsd(base_lr, total_steps, cooldown_steps=cooldown_steps, cooldown="cosine", eta_min=eta_min)
