"""Schedules that rise and fall: cosine with warm restarts, triangles, one cycle."""

from collections.abc import Callable
from itertools import pairwise
from math import cos, pi

from lrcourse.arguments import choice, flag, function, real, whole
from lrcourse.schedules.decays import exploding
from lrcourse.schedules.value import ScheduleLike, maker


@maker
def cosine_restarts(base_lr: float, T_0: int, T_mult: float = 1, eta_min: float = 0.0) -> ScheduleLike:
    """Cosine cycles of T_0, T_0 * T_mult, T_0 * T_mult**2, ... steps, each starting again at base_lr.

        lr(t) = eta_min + (base_lr - eta_min) * (1 + cos(pi * position / length)) / 2

    position: the steps that have passed in the present cycle; length: that cycle's. The LR comes near eta_min at the
    end of a cycle but restarts before it arrives. T_0: a whole number of steps, at least 1. T_mult: any number of at
    least 1. eta_min: an LR of at least 0. Raises ValueError for a number out of range, TypeError for what is no number.
    Loshchilov & Hutter, 2017 (arXiv:1608.03983); torch: CosineAnnealingWarmRestarts.

    >>> [round(lr, 3) for lr in curve(cosine_restarts(0.1, T_0=2, T_mult=2), 7)]
    [0.1, 0.05, 0.1, 0.085, 0.05, 0.015, 0.1]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    T_0 = whole("T_0", T_0, at_least=1)
    T_mult = real("T_mult", T_mult, at_least=1)
    eta_min = real("eta_min", eta_min, at_least=0)
    amplitude = (base_lr - eta_min) / 2
    if T_mult == 1:
        return lambda step: eta_min + amplitude * (1 + cos(pi * (step % T_0) / T_0))
    cycle = (0.0, float(T_0), float(T_0))  # start, length, end of the one met last: one object, for threads

    def schedule(step: int) -> float:
        nonlocal cycle
        start, length, end = cycle
        time = step + 0.0  # a float: floats compare faster with it
        if not start <= time < end:
            if time < start:
                start, length, end = 0.0, float(T_0), float(T_0)
            while time >= end:  # lengths are added up: a logarithm would miss the restarts themselves
                start, length = end, length * T_mult
                end = start + length
            cycle = start, length, end
        return eta_min + amplitude * (1 + cos(pi * (time - start) / length))

    return schedule


@maker
def cyclic(
    base_lr: float,
    max_lr: float,
    step_size_up: float = 2000,
    step_size_down: float | None = None,
    mode: str = "triangular",
    gamma: float = 1.0,
    scale_fn: Callable[[int], float] | None = None,
    scale_mode: str = "cycle",
) -> ScheduleLike:
    """Up from base_lr to max_lr in step_size_up steps, down again in step_size_down, over and over.

        lr(t) = base_lr + (max_lr - base_lr) * height(t) * scale(t)

    height: 0 at a cycle's start, 1 after step_size_up steps, 0 again step_size_down later. step_size_up: above 0, whole
    or not; step_size_down: at least 0, None for the same. mode: 'triangular' keeps the height, 'triangular2' halves it
    every cycle, 'exp_range' multiplies it by gamma every step. A scale_fn of your own takes mode's place: it gets the
    cycle's number, from 1 (scale_mode 'cycle'), or the step ('iterations'), and gives a factor of at least 0. Raises
    ValueError for a number out of range, a max_lr below base_lr or another mode, TypeError for what is no number or no
    function. Smith, 2017 (arXiv:1506.01186); torch: CyclicLR.

    >>> [round(lr, 3) for lr in curve(cyclic(0.001, 0.1, step_size_up=2), 6)]
    [0.001, 0.051, 0.1, 0.051, 0.001, 0.051]
    >>> [round(lr, 3) for lr in curve(cyclic(0.0, 0.1, step_size_up=1.5, mode="triangular2"), 7)]
    [0.0, 0.067, 0.067, 0.0, 0.033, 0.033, 0.0]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    max_lr = real("max_lr", max_lr, at_least=base_lr)
    return triangles(base_lr, max_lr, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)


@maker
def triangles(
    foot: float,
    top: float,
    step_size_up: float,
    step_size_down: float | None,
    mode: str,
    gamma: float,
    scale_fn: Callable[[int], float] | None,
    scale_mode: str,
) -> ScheduleLike:
    """The cycles of cyclic from any foot to any top: the momentum's top lies below its foot.

    >>> curve(triangles(0.9, 0.8, 2, None, "triangular2", 1.0, None, "cycle"), 5)
    [0.9, 0.8500000000000001, 0.8, 0.8500000000000001, 0.9]
    """
    up = real("step_size_up", step_size_up, above=0)
    down = up if step_size_down is None else real("step_size_down", step_size_down, at_least=0)
    period = up + down
    gamma = real("gamma", gamma, at_least=0)
    choice("scale_mode", scale_mode, ["cycle", "iterations"])
    scales: dict[str, ScheduleLike | None] = {
        "triangular": None,
        "triangular2": lambda step: 0.5 ** (step // period),
        "exp_range": exploding(lambda step: gamma**step),
    }
    if scale_fn is None:
        scale = scales[choice("mode", mode, list(scales))]
    else:  # it takes mode's place
        scale = _own_scale(function("scale_fn", scale_fn), period if scale_mode == "cycle" else None)

    def schedule(step: int) -> float:
        position = step % period
        height = position / up if position <= up else (period - position) / down
        if scale and height and top != foot:  # 0 times infinity would be no number
            height *= scale(step)
        return foot + (top - foot) * height

    return schedule


def _own_scale(scale_fn: Callable[[int], float], period: float | None) -> ScheduleLike:
    def scale(step: int) -> float:
        x = step if period is None else int(step // period) + 1
        return real(f"scale_fn({x})", scale_fn(x), at_least=0)

    return scale


@maker
def one_cycle(
    max_lr: float,
    total_steps: int,
    pct_start: float = 0.3,
    anneal_strategy: str = "cos",
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    three_phase: bool = False,
) -> ScheduleLike:
    """One rise from max_lr / div_factor to max_lr, one fall to max_lr / div_factor / final_div_factor, then flat.

        rise:  steps 0 to pct_start * total_steps - 1;  fall:  from there to total_steps - 1
        leg from (a, x) to (b, y):  lr(t) = y + (x - y) * (1 + cos(pi * (t - a) / (b - a))) / 2

    With three_phase the fall first mirrors the rise, then goes on to the end. anneal_strategy: 'cos' or 'linear'.
    total_steps: a whole number of at least 1. pct_start: from 0 to 1, to 0.5 with three_phase. div_factor,
    final_div_factor: above 0; infinity starts, or ends, at 0. Raises ValueError for a number out of range or another
    strategy, TypeError for what is no number. Smith & Topin, 2018 (arXiv:1708.07120), has the three linear phases;
    torch: OneCycleLR.

    >>> [round(lr, 3) for lr in curve(one_cycle(0.1, total_steps=6, pct_start=0.5, anneal_strategy="linear"), 8)]
    [0.004, 0.052, 0.1, 0.067, 0.033, 0.0, 0.0, 0.0]
    >>> [round(lr, 3) for lr in curve(one_cycle(0.1, total_steps=6, pct_start=0.5), 6)]
    [0.004, 0.052, 0.1, 0.075, 0.025, 0.0]
    """
    max_lr = real("max_lr", max_lr, above=0)
    start = max_lr / real("div_factor", div_factor, above=0, finite=False)
    end = start / real("final_div_factor", final_div_factor, above=0, finite=False)
    return phases(start, max_lr, end, total_steps, pct_start, anneal_strategy, three_phase)


@maker
def phases(
    start: float,
    peak: float,
    end: float,
    total_steps: int,
    pct_start: float,
    anneal_strategy: str,
    three_phase: bool,
) -> ScheduleLike:
    """The cycle of one_cycle between any three values: the momentum's peak lies below its start.

    >>> [round(momentum, 2) for momentum in curve(phases(0.95, 0.85, 0.95, 6, 0.5, "cos", False), 6)]
    [0.95, 0.9, 0.85, 0.88, 0.92, 0.95]
    """
    total_steps = whole("total_steps", total_steps, at_least=1)
    pct_start = real("pct_start", pct_start, at_least=0, at_most=0.5 if flag("three_phase", three_phase) else 1)
    leg = LEGS[choice("anneal_strategy", anneal_strategy, list(LEGS))]
    rise, last = pct_start * total_steps - 1, total_steps - 1
    corners = [(0, start), (rise, peak), *([(2 * rise, start)] if three_phase else []), (last, end)]
    walked = [(a, x, b, y) for (a, x), (b, y) in pairwise(corners) if b > max(a, 0)]  # a leg of no steps is left out
    legs = [(b, leg(a, x, b, y)) for a, x, b, y in walked]
    final = walked[-1][3] if walked else end

    def schedule(step: int) -> float:
        for b, lr in legs:
            if step < b:
                return lr(step)
        return final

    return schedule


def cos_leg(a: float, x: float, b: float, y: float) -> ScheduleLike:
    """From x at step a to y at step b on half a cosine wave."""
    half, length = (x - y) / 2, b - a
    return lambda step: y + half * (1 + cos(pi * ((step - a) / length)))


def linear_leg(a: float, x: float, b: float, y: float) -> ScheduleLike:
    """From x at step a to y at step b on a straight line."""
    climb, length = y - x, b - a
    return lambda step: x + climb * ((step - a) / length)


LEGS = {"cos": cos_leg, "linear": linear_leg}
