"""Sliders made from a schedule's own signature: for every parameter its range, its unit and where it starts."""

import inspect
import math

from lrcourse.arguments import choice
from lrcourse.schedules.standard import standard
from lrcourse.widgets.panel import Control

DEFAULTS = standard() | {"reduce_on_plateau": {}}  # a run has 100 steps


def log_range(low, high, per_decade=20):
    """LRs from 10**low to 10**high in equal factors."""
    # two significant digits: the number on the slider is the number in the code
    powers = range(round(per_decade * low), round(per_decade * high) + 1)
    return tuple(float(f"{10 ** (power / per_decade):.2g}") for power in powers)


def _even(low, high, step):
    return tuple(round(low + step * i, 6) for i in range(round((high - low) / step) + 1))


# per parameter: what the slider runs over, and its unit
RANGES = {
    "base_lr": (log_range(-4, 0), ""),
    "max_lr": (log_range(-4, 0), ""),
    "eta_min": ((0.0, *log_range(-5, -1)), ""),
    "gamma": (_even(0.05, 1.0, 0.05), ""),
    "factor": (_even(0.05, 0.95, 0.05), ""),
    "patience": (range(31), "steps"),
    "threshold": ((0.0, *log_range(-4, 0, per_decade=5)), ""),
    "cooldown": (range(31), "steps"),
    "min_lr": ((0.0, *log_range(-5, -1)), ""),
    "decay_rate": (_even(0.0, 5.0, 0.1), ""),
    "decay_steps": (range(1, 101), "steps"),
    "seconds": (range(60, 3601, 60), "s"),
    "seconds_per_step": (range(5, 121, 5), "s"),
    "start_factor": (_even(0.01, 1.0, 0.01), ""),
    "end_factor": (_even(0.0, 1.0, 0.01), ""),
    "total_iters": (range(1, 201), "steps"),
    "total_steps": (range(1, 201), "steps"),
    "power": (_even(0.25, 5.0, 0.25), ""),
    "T_max": (range(1, 201), "steps"),
    "T_0": (range(1, 101), "steps"),
    "T_mult": (range(1, 4), ""),
    "step_size": (range(1, 101), "steps"),
    "step_size_up": (range(1, 101), "steps"),
    "step_size_down": ((None, *range(1, 101)), "steps"),
    "pct_start": (_even(0.0, 1.0, 0.01), ""),
    "div_factor": (log_range(0, 3), ""),
    "final_div_factor": (log_range(0, 6, per_decade=5), ""),
    "warmup_steps": (range(151), "steps"),
    "cooldown_steps": (range(151), "steps"),
}
# where one schedule needs another range than its namesakes
SPECIAL = {
    ("exponential", "gamma"): _even(0.8, 1.0, 0.005),
    ("cyclic", "gamma"): _even(0.9, 1.0, 0.005),
    ("exponential_warmup", "warmup_steps"): range(1, 151),
    ("inverse_sqrt", "warmup_steps"): range(1, 151),
    ("one_cycle", "pct_start"): _even(0.02, 0.98, 0.01),
}
CHOICES = {
    "mode": ("triangular", "triangular2", "exp_range"),
    "anneal_strategy": ("cos", "linear"),
    "cooldown": ("linear", "cosine", "1-sqrt"),
}
SECONDS_PER_STEP = 60  # where a schedule counts in seconds, until the reader moves the slider
UNREACHED = ("scale_fn", "scale_mode")  # functions have no slider


def schedule_controls(name, factory, start):
    """One control for every parameter of a schedule's factory (three for milestones); start: where some of them begin.

    Raises TypeError for a name in start that the factory lacks, ValueError for a value or parameter no slider can show.

    >>> cosine = schedule_controls("cosine", schedules.cosine, {"T_max": 50})
    >>> [(control.name, control.texts[control.default]) for control in cosine]
    [('base_lr', '0.1'), ('T_max', '50 steps'), ('eta_min', '0.001')]
    """
    known = reachable(factory)
    unknown = set(start) - set(known)
    if unknown:
        names = ", ".join(known)
        raise TypeError(f"{name} has no parameter {', '.join(sorted(unknown))}; it has {names}")
    start = known | DEFAULTS.get(name, {}) | start
    return [control for parameter in known for control in _controls(name, parameter, start[parameter])]


def reachable(factory):
    """The factory's parameters that can be moved, each with its default value.

    >>> reachable(schedules.cosine)["eta_min"]
    0.0
    """
    return {p.name: p.default for p in inspect.signature(factory).parameters.values() if p.name not in UNREACHED}


def _controls(schedule, name, start):
    group = schedule
    if name == "milestones":
        return [slider(f"milestone {i}", range(1, 151), m, "steps", group) for i, m in enumerate(start, start=1)]
    if name in CHOICES and isinstance(start, str):
        choice(name, start, CHOICES[name])
        return [Control(name, name, CHOICES[name], CHOICES[name].index(start), "choice", group, CHOICES[name])]
    if isinstance(start, bool):
        return [Control(name, name, (False, True), int(start), "toggle", group)]
    if name in RANGES:
        values, unit = RANGES[name]
        return [slider(name, SPECIAL.get((schedule, name), values), start, unit, group)]
    if not isinstance(start, int | float):
        raise ValueError(f"{schedule}'s parameter {name} needs a number as its default value, to start its slider at")
    most = 2 * abs(start) or 1
    return [slider(name, range(most + 1) if isinstance(start, int) else _even(0.0, most, most / 100), start, "", group)]


def slider(name, values, start, unit="", group="", label=None):
    """A slider over these values that begins at the one nearest to start (at the first for None or no default)."""
    values = tuple(values)
    number = isinstance(start, int | float)
    begin = min(range(len(values)), key=lambda i: _apart(values[i], start)) if number else 0
    texts = tuple("as up" if value is None else f"{value:g} {unit}".strip() for value in values)
    return Control(name, label or name, values, begin, "slider", group, texts)


def _apart(value, start):
    return math.inf if value is None else abs(value - start)


def arguments(factory, values):
    """The factory's keyword arguments from a panel's values: milestones gathered into one sorted list.

    >>> values = {"base_lr": 0.1, "milestone 1": 60, "milestone 2": 30, "gamma": 0.5, "momentum": 0.9}
    >>> arguments(schedules.multistep, values)
    {'base_lr': 0.1, 'milestones': [30, 60], 'gamma': 0.5}
    """
    milestones = sorted(value for name, value in values.items() if name.startswith("milestone "))
    values = values | {"milestones": milestones}
    return {name: values[name] for name in inspect.signature(factory).parameters if name in values}
