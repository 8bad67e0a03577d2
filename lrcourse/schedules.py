"""Every schedule as a pure function of the step: make it once, then ask it for the learning rate (LR) at any step.

A step is a count of 0 or more: optimizer updates or epochs, whichever you count in. Each function here checks its
arguments, then returns a function `schedule(step)` that gives the LR as a float, also past the schedule's end.
"""

import math
from bisect import bisect_right

from lrcourse.arguments import choice, function, increasing, real, whole


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

    def schedule(step):
        return base_lr * gamma ** bisect_right(milestones, step)

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

    def schedule(step):
        if step >= total_iters:
            return base_lr * end_factor
        return base_lr * (start_factor + (end_factor - start_factor) * step / total_iters)

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
    [0.1, 0.08828427124746191, 0.06, 0.03171572875253811, 0.02]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    T_max = whole("T_max", T_max, at_least=1)
    eta_min = real("eta_min", eta_min, at_least=0)

    def schedule(step):
        return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * step / T_max)) / 2

    return schedule


def cosine_restarts(base_lr, T_0, T_mult=1, eta_min=0.0):
    """Cosine cycles of T_0, T_0 * T_mult, T_0 * T_mult**2, ... steps, each starting again at base_lr.

    T_mult is any number of at least 1. The LR comes near eta_min at the end of a cycle but restarts before it arrives.
    Loshchilov & Hutter, 2017 (arXiv:1608.03983); torch: CosineAnnealingWarmRestarts.

    >>> [round(lr, 3) for lr in curve(cosine_restarts(0.1, T_0=2, T_mult=2), 7)]
    [0.1, 0.05, 0.1, 0.085, 0.05, 0.015, 0.1]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    T_0 = whole("T_0", T_0, at_least=1)
    T_mult = real("T_mult", T_mult, at_least=1)
    eta_min = real("eta_min", eta_min, at_least=0)
    cycle = (0, T_0)  # start and length of the cycle met last: adding lengths is exact, a logarithm is not

    def schedule(step):
        nonlocal cycle
        start, length = cycle
        if not start <= step < start + length:
            start, length = cycle = _cycle_at(step, T_0, T_mult)
        return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * (step - start) / length)) / 2

    return schedule


def _cycle_at(step, T_0, T_mult):
    if T_mult == 1:
        return step - step % T_0, T_0
    start, length = 0, T_0
    while step >= start + length:
        start, length = start + length, length * T_mult
    return start, length


def cyclic(
    base_lr,
    max_lr,
    step_size_up=2000,
    step_size_down=None,
    mode="triangular",
    gamma=1.0,
    scale_fn=None,
    scale_mode="cycle",
):
    """Up from base_lr to max_lr in step_size_up steps, down again in step_size_down, over and over.

    mode: 'triangular' keeps the height, 'triangular2' halves it every cycle, 'exp_range' multiplies it by gamma every
    step. A scale_fn of your own gets the cycle's number, from 1 (scale_mode 'cycle'), or the step ('iterations').
    Smith, 2017 (arXiv:1506.01186); torch: CyclicLR.

    >>> [round(lr, 3) for lr in curve(cyclic(0.001, 0.1, step_size_up=2), 6)]
    [0.001, 0.05, 0.1, 0.05, 0.001, 0.05]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    max_lr = real("max_lr", max_lr, at_least=base_lr)
    height = cycle_height(step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)

    def schedule(step):
        return base_lr + (max_lr - base_lr) * height(step)

    return schedule


def cycle_height(step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode):
    """How far up its range a cyclic schedule is at a step, from 0 to 1: what the LR and the momentum share.

    >>> curve(cycle_height(2, None, "triangular2", 1.0, None, "cycle"), 8)
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25]
    """
    up = whole("step_size_up", step_size_up, at_least=1)
    down = up if step_size_down is None else whole("step_size_down", step_size_down, at_least=0)
    gamma = real("gamma", gamma, above=0)
    if scale_fn is None:
        choice("mode", mode, ["triangular", "triangular2", "exp_range"])
        scale_mode = "iterations" if mode == "exp_range" else "cycle"
    else:
        function("scale_fn", scale_fn)
        choice("scale_mode", scale_mode, ["cycle", "iterations"])
    scale = scale_fn or {"triangular2": lambda cycle: 0.5 ** (cycle - 1), "exp_range": lambda step: gamma**step}.get(
        mode
    )
    by_cycle = scale_mode == "cycle"
    period = up + down

    def height(step):
        position = step % period
        rise = position / up if position <= up else (period - position) / down
        if scale is None:
            return rise
        return rise * scale(step // period + 1 if by_cycle else step)

    return height


def one_cycle(
    max_lr, total_steps, pct_start=0.3, anneal_strategy="cos", div_factor=25.0, final_div_factor=1e4, three_phase=False
):
    """One rise from max_lr / div_factor to max_lr, one fall to max_lr / div_factor / final_div_factor, then flat.

    The rise takes the fraction pct_start of total_steps. With three_phase the fall first mirrors the rise, then goes
    on to the end. anneal_strategy: 'cos' or 'linear'. Smith & Topin, 2018 (arXiv:1708.07120), has the three linear
    phases; torch: OneCycleLR.

    >>> [round(lr, 3) for lr in curve(one_cycle(0.1, total_steps=6, pct_start=0.5, anneal_strategy="linear"), 8)]
    [0.004, 0.052, 0.1, 0.067, 0.033, 0.0, 0.0, 0.0]
    """
    max_lr = real("max_lr", max_lr, above=0)
    start = max_lr / real("div_factor", div_factor, above=0)
    end = start / real("final_div_factor", final_div_factor, above=0)
    return phases(one_cycle_points(start, max_lr, end, total_steps, pct_start, three_phase), anneal_strategy)


def one_cycle_points(start, peak, end, total_steps, pct_start, three_phase):
    """The corners of a one-cycle, as (step, value): what the LR and the momentum share.

    >>> one_cycle_points(0.004, 0.1, 0.0, total_steps=11, pct_start=0.2, three_phase=False)
    [(0, 0.004), (1.2000000000000002, 0.1), (10, 0.0)]
    """
    total_steps = whole("total_steps", total_steps, at_least=1)
    pct_start = real("pct_start", pct_start, at_least=0, at_most=1)
    rise = pct_start * total_steps - 1
    if three_phase:
        return [(0, start), (rise, peak), (2 * rise, start), (total_steps - 1, end)]
    return [(0, start), (rise, peak), (total_steps - 1, end)]


def phases(points, anneal_strategy):
    cos = choice("anneal_strategy", anneal_strategy, ["cos", "linear"]) == "cos"
    corners = [corner for corner, _ in points]
    values = [value for _, value in points]

    def schedule(step):
        if step >= corners[-1]:
            return values[-1]
        i = bisect_right(corners, step)
        fraction = (step - corners[i - 1]) / (corners[i] - corners[i - 1])
        if cos:
            fraction = (1 - math.cos(math.pi * fraction)) / 2
        return values[i - 1] + (values[i] - values[i - 1]) * fraction

    return schedule


def linear_warmup(base_lr, warmup_steps):
    """A straight rise to base_lr: step t uses (t + 1) / warmup_steps of it, so the first step is not wasted at 0.

    Goyal et al., 2017 (arXiv:1706.02677).

    >>> curve(linear_warmup(0.1, warmup_steps=4), 6)
    [0.025, 0.05, 0.07500000000000001, 0.1, 0.1, 0.1]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    warmup_steps = whole("warmup_steps", warmup_steps, at_least=0)

    def schedule(step):
        return base_lr * (step + 1) / warmup_steps if step < warmup_steps else base_lr

    return schedule


def exponential_warmup(base_lr, warmup_steps):
    """A rise that slows down as it nears base_lr: base_lr * (1 - exp(-(step + 1) / warmup_steps)).

    Ma & Yarats, 2021 (arXiv:1910.04209).

    >>> [round(lr, 4) for lr in curve(exponential_warmup(0.1, warmup_steps=2), 4)]
    [0.0393, 0.0632, 0.0777, 0.0865]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    warmup_steps = whole("warmup_steps", warmup_steps, at_least=1)

    def schedule(step):
        return -base_lr * math.expm1(-(step + 1) / warmup_steps)

    return schedule


def inverse_sqrt(base_lr, warmup_steps):
    """A straight rise to base_lr in warmup_steps steps, then a fall with one over the square root of the step.

    The Transformer's schedule ("Noam") is the one with base_lr = (d_model * warmup_steps) ** -0.5.
    Vaswani et al., 2017 (arXiv:1706.03762).

    >>> [round(lr, 4) for lr in curve(inverse_sqrt(0.1, warmup_steps=2), 5)]
    [0.05, 0.1, 0.0816, 0.0707, 0.0632]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    warmup_steps = whole("warmup_steps", warmup_steps, at_least=1)

    def schedule(step):
        return base_lr * min((step + 1) / warmup_steps, math.sqrt(warmup_steps / (step + 1)))

    return schedule


COOLDOWNS = {
    "linear": lambda x: 1 - x,
    "cosine": lambda x: (1 + math.cos(math.pi * x)) / 2,
    "1-sqrt": lambda x: 1 - math.sqrt(x),
}


def wsd(base_lr, total_steps, warmup_steps=0, cooldown_steps=0, cooldown="linear", eta_min=0.0):
    """Warmup, stable, decay: a straight rise, a flat part, then a cooldown that reaches eta_min at step total_steps.

    cooldown: 'linear', 'cosine' or '1-sqrt'.
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

    def schedule(step):
        if step < warmup_steps:
            return base_lr * (step + 1) / warmup_steps
        if step < cooldown_start:
            return base_lr
        if step >= total_steps:
            return eta_min if cooldown_steps else base_lr
        return eta_min + (base_lr - eta_min) * shape((step - cooldown_start) / cooldown_steps)

    return schedule


def flat_cosine(base_lr, total_steps, pct_start=0.75, eta_min=0.0):
    """Flat for the fraction pct_start of total_steps, then half a cosine down to eta_min: Ranger's companion.

    >>> [round(lr, 3) for lr in curve(flat_cosine(0.1, total_steps=8, pct_start=0.5), 10)]
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.085, 0.05, 0.015, 0.0, 0.0]
    """
    total_steps = whole("total_steps", total_steps, at_least=1)
    pct_start = real("pct_start", pct_start, at_least=0, at_most=1)
    cooldown_steps = total_steps - round(pct_start * total_steps)
    return wsd(base_lr, total_steps, cooldown_steps=cooldown_steps, cooldown="cosine", eta_min=eta_min)


def join(schedules, at):
    """One schedule after the other: schedules[i + 1] takes over at step at[i] and counts from its own 0.

    >>> curve(join([linear_warmup(0.1, 2), exponential(0.1, 0.5)], at=[2]), 5)
    [0.05, 0.1, 0.1, 0.05, 0.025]
    """
    schedules = [function(f"schedules[{i}]", schedule) for i, schedule in enumerate(schedules)]
    at = increasing("at", at)
    if len(at) != len(schedules) - 1:
        raise ValueError(f"at must hold one step fewer than there are schedules ({len(schedules)}), not {at}")
    starts = [0, *at]

    def schedule(step):
        i = bisect_right(at, step)
        return schedules[i](step - starts[i])

    return schedule


def chain(schedules):
    """The product of schedules, all on the same step: make one with your base_lr, the others with base_lr=1.0.

    >>> curve(chain([exponential(0.1, 0.5), linear_warmup(1.0, 2)]), 4)
    [0.05, 0.05, 0.025, 0.0125]
    """
    schedules = [function(f"schedules[{i}]", schedule) for i, schedule in enumerate(schedules)]
    if not schedules:
        raise ValueError("schedules must hold at least one schedule, not []")

    def schedule(step):
        return math.prod(schedule(step) for schedule in schedules)

    return schedule


def scale(schedule, factor):
    """A schedule with every LR times factor.

    >>> curve(scale(exponential(0.1, 0.5), 10), 3)
    [1.0, 0.5, 0.25]
    """
    function("schedule", schedule)
    factor = real("factor", factor, at_least=0)
    return lambda step: factor * schedule(step)


def warmup(schedule, warmup_steps):
    """A straight rise to the schedule's first LR in warmup_steps steps, then the schedule from its own 0.

    >>> curve(warmup(exponential(0.1, 0.5), 2), 5)
    [0.05, 0.1, 0.1, 0.05, 0.025]
    """
    function("schedule", schedule)
    return join([linear_warmup(schedule(0), warmup_steps), schedule], at=[warmup_steps])


def curve(schedule, n):
    """The LRs of steps 0 to n - 1, as a list of n floats.

    >>> curve(constant(0.1), 2)
    [0.1, 0.1]
    """
    return [schedule(step) for step in range(whole("n", n, at_least=0))]
