"""Schedules that rise and fall: cosine with warm restarts, triangles, one cycle."""

from bisect import bisect_left
from itertools import pairwise
from math import cos, pi

from lrcourse.arguments import choice, flag, function, real, whole


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
    amplitude = (base_lr - eta_min) / 2
    if T_mult == 1:
        return lambda step: eta_min + amplitude * (1 + cos(pi * (step % T_0) / T_0))
    cycle = (0, T_0)  # start and length of the cycle met last

    def schedule(step):
        nonlocal cycle
        start, length = cycle
        position = step - start
        if not 0 <= position < length:
            start, length = cycle = _cycle_at(step, T_0, T_mult)
            position = step - start
        return eta_min + amplitude * (1 + cos(pi * position / length))

    return schedule


def _cycle_at(step, T_0, T_mult):
    """The cycle that holds the step. Lengths are added up: a logarithm would miss the restarts themselves."""
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
    [0.001, 0.051, 0.1, 0.051, 0.001, 0.051]
    """
    base_lr = real("base_lr", base_lr, at_least=0)
    max_lr = real("max_lr", max_lr, at_least=base_lr)
    return triangles(base_lr, max_lr, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)


def triangles(foot, top, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode):
    """The cycles of cyclic from any foot to any top: the momentum's top lies below its foot.

    >>> curve(triangles(0.9, 0.8, 2, None, "triangular2", 1.0, None, "cycle"), 5)
    [0.9, 0.8500000000000001, 0.8, 0.8500000000000001, 0.9]
    """
    up = whole("step_size_up", step_size_up, at_least=1)
    down = up if step_size_down is None else whole("step_size_down", step_size_down, at_least=0)
    choice("mode", mode, ["triangular", "triangular2", "exp_range"])
    gamma = real("gamma", gamma, above=0)
    choice("scale_mode", scale_mode, ["cycle", "iterations"])
    period = up + down
    scale = {"triangular2": lambda step: 0.5 ** (step // period), "exp_range": lambda step: gamma**step}.get(mode)
    if scale_fn is not None:
        scale = _own_scale(function("scale_fn", scale_fn), period if scale_mode == "cycle" else None)

    def schedule(step):
        position = step % period
        height = position / up if position <= up else (period - position) / down
        if scale:
            height *= scale(step)
        return foot + (top - foot) * height

    return schedule


def _own_scale(scale_fn, period):
    def scale(step):
        x = step if period is None else step // period + 1
        return real(f"scale_fn({x})", scale_fn(x), at_least=0)

    return scale


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
    return phases(start, max_lr, end, total_steps, pct_start, anneal_strategy, three_phase)


def phases(start, peak, end, total_steps, pct_start, anneal_strategy, three_phase):
    """The cycle of one_cycle between any three values: the momentum's peak lies below its start.

    >>> [round(momentum, 2) for momentum in curve(phases(0.95, 0.85, 0.95, 6, 0.5, "cos", False), 6)]
    [0.95, 0.9, 0.85, 0.88, 0.92, 0.95]
    """
    total_steps = whole("total_steps", total_steps, at_least=1)
    pct_start = real("pct_start", pct_start, at_least=0, at_most=0.5 if flag("three_phase", three_phase) else 1)
    choice("anneal_strategy", anneal_strategy, ["cos", "linear"])
    rise, last = pct_start * total_steps - 1, total_steps - 1
    corners = [(0, start), (rise, peak), *([(2 * rise, start)] if three_phase else []), (last, end)]
    legs = [(a, x, b, y) for (a, x), (b, y) in pairwise(corners) if b > max(a, 0)]  # a leg of no steps is left out
    ends = [b for _, _, b, _ in legs]
    ramps = [(a, b - a, y, (x - y) / 2) for a, x, b, y in legs]
    final = legs[-1][3] if legs else end

    def linear(step):
        if step >= last:
            return final
        a, length, y, amplitude = ramps[bisect_left(ends, step)]
        return y + amplitude * (2 - 2 * (step - a) / length)

    def cosine(step):
        if step >= last:
            return final
        a, length, y, amplitude = ramps[bisect_left(ends, step)]
        return y + amplitude * (1 + cos(pi * ((step - a) / length)))

    return linear if anneal_strategy == "linear" else cosine
