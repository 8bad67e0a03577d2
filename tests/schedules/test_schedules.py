"""The schedules against closed forms written out here, with arguments drawn by hypothesis."""

import inspect
import math
import subprocess
import sys
import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse import schedules

ROOT = Path(__file__).parents[2]

settings.register_profile("schedules", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("schedules")

LR = st.floats(1e-5, 10)
GAMMA = st.floats(0.5, 1.2)
COUNT = st.integers(1, 200)
STEPS = [*range(60), 99, 100, 101, 199, 200, 201, 399, 400, 1000]


def agree(schedule, closed_form, steps=STEPS, abs_tol=0.0):
    for step in steps:
        lr, expected = schedule(step), closed_form(step)
        assert isinstance(lr, float) and lr >= 0
        assert math.isclose(lr, expected, rel_tol=1e-12, abs_tol=abs_tol), (step, lr, expected)


@given(LR)
def test_constant(base_lr):
    agree(schedules.constant(base_lr), lambda t: base_lr)


@given(LR, COUNT, GAMMA)
def test_step_decay(base_lr, step_size, gamma):
    def by_hand(t):
        lr = base_lr
        for _ in range(t // step_size):
            lr *= gamma
        return lr

    agree(schedules.step_decay(base_lr, step_size, gamma), by_hand)


@given(LR, st.lists(st.integers(0, 300), max_size=6), GAMMA)
def test_multistep(base_lr, milestones, gamma):
    def by_hand(t):
        return base_lr * math.prod(gamma for milestone in milestones if milestone <= t)

    agree(schedules.multistep(base_lr, milestones, gamma), by_hand)


@given(LR, GAMMA)
def test_exponential(base_lr, gamma):
    agree(schedules.exponential(base_lr, gamma), lambda t: base_lr * math.exp(t * math.log(gamma)))


@given(LR, st.floats(0, 5), st.floats(0.5, 100))
def test_inverse_time(base_lr, decay_rate, decay_steps):
    agree(
        schedules.inverse_time(base_lr, decay_rate, decay_steps), lambda t: base_lr / (1 + decay_rate * t / decay_steps)
    )


@given(LR, st.floats(10, 1e4))
def test_half_life(base_lr, seconds):
    agree(schedules.half_life(base_lr, seconds), lambda t: base_lr * math.exp(-t * math.log(2) / seconds))


@given(LR, st.floats(0, 2), st.floats(0, 2), COUNT)
def test_linear(base_lr, start, end, total):
    def by_hand(t):
        done = Fraction(min(t, total), total)
        return float(Fraction(base_lr) * (Fraction(start) * (1 - done) + Fraction(end) * done))

    schedule = schedules.linear(base_lr, start, end, total)
    agree(schedule, by_hand, abs_tol=1e-14 * base_lr)
    assert schedule(total) == schedule(total + 1) == base_lr * end


@given(LR, COUNT, st.one_of(st.floats(0.2, 4), st.just(0)))
def test_polynomial(base_lr, total, power):
    def by_hand(t):
        return base_lr * (1 - min(t, total) / total) ** power

    agree(schedules.polynomial(base_lr, total, power), by_hand)


@given(LR, COUNT, st.floats(0, 1))
def test_cosine(base_lr, T_max, eta_min):
    def by_hand(t):
        return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2

    schedule = schedules.cosine(base_lr, T_max, eta_min)
    agree(schedule, by_hand)
    assert schedule(T_max) == eta_min


@given(LR, st.integers(1, 40), st.one_of(st.integers(1, 4), st.floats(1, 3)), st.floats(0, 1))
def test_cosine_restarts(base_lr, T_0, T_mult, eta_min):
    schedule = schedules.cosine_restarts(base_lr, T_0, T_mult, eta_min)
    lengths = [T_0 * T_mult**i for i in range(8)]
    starts = [math.fsum(lengths[:i]) for i in range(9)]

    def by_hand(t):
        cycle = max(i for i, start in enumerate(starts) if start <= t)
        return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * (t - starts[cycle]) / lengths[cycle])) / 2

    steps = [t for t in STEPS if t < starts[-1] and min(abs(t - start) for start in starts) > 1e-6]
    agree(schedule, by_hand, steps)
    agree(schedule, by_hand, steps[::-1])


@pytest.mark.parametrize("T_mult", [1, 2, 3, 10, 1.5, 1.25, Fraction(5, 4)])
@pytest.mark.parametrize("T_0", [1, 2, 3, 4, 8])
def test_every_restart_is_at_base_lr_exactly(T_0, T_mult):
    schedule = schedules.cosine_restarts(0.1, T_0, T_mult)
    start, length = 0, T_0
    while start < 10**6:
        if start == int(start):
            assert schedule(int(start)) == 0.1
            if T_mult > 1 and length >= 2:
                assert schedule(math.ceil(start + length) - 1) < 0.1
        start, length = start + length, length * T_mult


@given(LR, st.floats(1, 10), st.integers(1, 50), st.one_of(st.none(), st.integers(0, 50)), st.floats(0.9, 1))
def test_cyclic(base_lr, ratio, up, down, gamma):
    max_lr = base_lr * ratio
    fall = up if down is None else down

    def height(t):
        passed = t % (up + fall)
        return passed / up if passed <= up else 1 - (passed - up) / fall

    def agrees(by_hand, **arguments):
        agree(schedules.cyclic(base_lr, max_lr, up, down, **arguments), by_hand)

    agrees(lambda t: base_lr + (max_lr - base_lr) * height(t))
    agrees(lambda t: base_lr + (max_lr - base_lr) * height(t) / 2 ** (t // (up + fall)), mode="triangular2")
    agrees(lambda t: base_lr + (max_lr - base_lr) * height(t) * gamma**t, mode="exp_range", gamma=gamma)
    agrees(
        lambda t: base_lr + (max_lr - base_lr) * height(t) / (t // (up + fall) + 1), scale_fn=lambda cycle: 1 / cycle
    )
    agrees(
        lambda t: base_lr + (max_lr - base_lr) * height(t) / (1 + t),
        scale_fn=lambda t: 1 / (1 + t),
        scale_mode="iterations",
    )


@given(LR, st.integers(2, 150), st.floats(0, 1), st.floats(2, 50), st.floats(1, 1e5), st.booleans(), st.booleans())
def test_one_cycle(max_lr, total, pct_start, div, final_div, linear, three_phase):
    pct_start = pct_start / 2 if three_phase else pct_start
    start, end = max_lr / div, max_lr / div / final_div
    peak_at = pct_start * total - 1
    corners = [(0, start), (peak_at, max_lr), (2 * peak_at, start), (total - 1, end)]
    if not three_phase:
        del corners[2]

    def by_hand(t):
        t = min(t, total - 1)
        for (a, x), (b, y) in pairwise(corners):
            if t <= b and b > a:
                done = (t - a) / (b - a)
                return x + (y - x) * (done if linear else (1 - math.cos(math.pi * done)) / 2)
        return corners[-1][1]

    strategy = "linear" if linear else "cos"
    schedule = schedules.one_cycle(max_lr, total, pct_start, strategy, div, final_div, three_phase)
    agree(schedule, by_hand, abs_tol=1e-14 * max_lr)


def test_one_cycle_without_a_rise_begins_at_the_peak():
    assert schedules.one_cycle(0.1, total_steps=10, pct_start=0.1)(0) == 0.1
    assert schedules.one_cycle(0.1, total_steps=1)(0) == pytest.approx(0.1 / 25 / 1e4)
    assert schedules.curve(schedules.one_cycle(0.1, 5, pct_start=1), 7)[-3:] == [0.1, 0.1, 0.1]


@given(LR, st.integers(0, 200))
def test_linear_warmup(base_lr, warmup_steps):
    agree(schedules.linear_warmup(base_lr, warmup_steps), lambda t: base_lr * min(1, (t + 1) / max(warmup_steps, 1)))


@given(LR, COUNT)
def test_exponential_warmup(base_lr, warmup_steps):
    agree(
        schedules.exponential_warmup(base_lr, warmup_steps),
        lambda t: base_lr * (1 - math.exp(-(t + 1) / warmup_steps)),
        abs_tol=1e-15 * base_lr,
    )


@given(st.integers(16, 2048), COUNT)
def test_inverse_sqrt_is_the_transformers_schedule(d_model, warmup_steps):
    def noam(t):
        return d_model**-0.5 * min((t + 1) ** -0.5, (t + 1) * warmup_steps**-1.5)

    agree(schedules.inverse_sqrt((d_model * warmup_steps) ** -0.5, warmup_steps), noam)


@given(LR, st.integers(0, 60), st.integers(0, 60), st.integers(1, 60), st.floats(0, 1), st.data())
def test_wsd(base_lr, warmup, stable, cooldown, floor, data):
    name = data.draw(st.sampled_from(["linear", "cosine", "1-sqrt"]))
    eta_min = floor * base_lr
    shape = {
        "linear": lambda x: 1 - x,
        "cosine": lambda x: math.cos(math.pi * x / 2) ** 2,
        "1-sqrt": lambda x: 1 - x**0.5,
    }

    def by_hand(t):
        if t < warmup:
            return base_lr * (t + 1) / warmup
        done = min(1, max(0, t - warmup - stable) / cooldown)
        return eta_min + (base_lr - eta_min) * shape[name](done)

    schedule = schedules.wsd(base_lr, warmup + stable + cooldown, warmup, cooldown, name, eta_min)
    agree(schedule, by_hand, abs_tol=1e-14 * base_lr)
    assert schedule(warmup + stable + cooldown) == eta_min
    assert schedules.wsd(base_lr, warmup + stable + 1, warmup)(10**6) == base_lr


@given(LR, COUNT, st.floats(0, 1), st.floats(0, 1))
def test_flat_cosine(base_lr, total, pct_start, floor):
    flat, eta_min = round(pct_start * total), floor * base_lr

    def by_hand(t):
        if t < flat or flat == total:
            return base_lr
        return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * min(1, (t - flat) / (total - flat)))) / 2

    agree(schedules.flat_cosine(base_lr, total, pct_start, eta_min), by_hand, abs_tol=1e-14 * base_lr)


@given(LR, st.integers(0, 30), st.integers(1, 30))
def test_compositions(base_lr, switch, more):
    fall, rise = schedules.exponential(base_lr, 0.9), schedules.linear_warmup(1.0, 7)
    joined = schedules.join([fall, rise, fall], at=[switch, switch + more])

    def by_hand(t):
        if t < switch:
            return base_lr * 0.9**t
        return min(1, (t - switch + 1) / 7) if t < switch + more else base_lr * 0.9 ** (t - switch - more)

    agree(joined, by_hand)
    agree(schedules.join([joined, rise], at=[90]), lambda t: by_hand(t) if t < 90 else min(1, (t - 89) / 7))
    agree(schedules.chain([fall, rise, rise]), lambda t: base_lr * 0.9**t * min(1, (t + 1) / 7) ** 2)
    agree(schedules.scale(fall, 3), lambda t: 3 * base_lr * 0.9**t)
    agree(
        schedules.warmup(fall, switch),
        lambda t: base_lr * (t + 1) / switch if t < switch else base_lr * 0.9 ** (t - switch),
    )
    assert schedules.curve(fall, 3) == [fall(0), fall(1), fall(2)]


GOOD = {
    "constant": {"base_lr": 0.1},
    "step_decay": {"base_lr": 0.1, "step_size": 3, "gamma": 0.5},
    "multistep": {"base_lr": 0.1, "milestones": [2, 5], "gamma": 0.5},
    "exponential": {"base_lr": 0.1, "gamma": 0.9},
    "inverse_time": {"base_lr": 0.1, "decay_rate": 1, "decay_steps": 2},
    "half_life": {"base_lr": 0.1, "seconds": 60},
    "linear": {"base_lr": 0.1, "start_factor": 0.5, "end_factor": 1, "total_iters": 4},
    "polynomial": {"base_lr": 0.1, "total_iters": 4, "power": 2},
    "cosine": {"base_lr": 0.1, "T_max": 10, "eta_min": 0.01},
    "cosine_restarts": {"base_lr": 0.1, "T_0": 10, "T_mult": 2, "eta_min": 0.01},
    "cyclic": {"base_lr": 0.1, "max_lr": 0.2, "step_size_up": 3, "step_size_down": 4, "mode": "exp_range", "gamma": 0.9}
    | {"scale_mode": "cycle"},
    "one_cycle": {"max_lr": 0.1, "total_steps": 10, "pct_start": 0.3, "anneal_strategy": "cos", "div_factor": 25}
    | {"final_div_factor": 1e4, "three_phase": False},
    "linear_warmup": {"base_lr": 0.1, "warmup_steps": 4},
    "exponential_warmup": {"base_lr": 0.1, "warmup_steps": 4},
    "inverse_sqrt": {"base_lr": 0.1, "warmup_steps": 4},
    "wsd": {"base_lr": 0.1, "total_steps": 9, "warmup_steps": 2, "cooldown_steps": 3}
    | {"cooldown": "linear", "eta_min": 0.01},
    "flat_cosine": {"base_lr": 0.1, "total_steps": 9, "pct_start": 0.5},
    "join": {"schedules": [abs, abs], "at": [3]},
    "chain": {"schedules": [abs, abs]},
    "scale": {"schedule": abs, "factor": 2},
    "stretch": {"schedule": abs, "factor": 2},
    "interpolate": {"knots": [(0, 0.1), (3, 0.2)]},
    "warmup": {"schedule": abs, "warmup_steps": 3},
    "curve": {"schedule": abs, "n": 3},
}
NONSENSE = ["fast", True, None, math.nan, math.inf, -1, 1j, [0.1, "x"], object()]
ENDLESS = dict.fromkeys(["total_iters", "div_factor", "final_div_factor"], [math.inf])
MEANINGFUL = {"step_size_down": [None], "three_phase": [True], **ENDLESS}  # what NONSENSE holds by chance


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        (name, argument, value)
        for name, arguments in GOOD.items()
        for argument in arguments
        for value in NONSENSE
        if value not in MEANINGFUL.get(argument, [])
    ],
)
def test_nonsense_is_refused_by_name(name, argument, value):
    make = getattr(schedules, name)
    make(**GOOD[name])
    with pytest.raises((TypeError, ValueError), match=argument):
        make(**{**GOOD[name], argument: value})


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("step_decay", "step_size", 0),
        ("step_decay", "step_size", 2.5),
        ("multistep", "milestones", [2.5]),
        ("multistep", "milestones", {2: 5}),
        ("multistep", "milestones", "25"),
        ("linear", "total_iters", 0),
        ("polynomial", "total_iters", 0),
        ("inverse_time", "decay_steps", 0),
        ("half_life", "seconds", 0),
        ("cosine", "T_max", 0),
        ("cosine_restarts", "T_0", 0),
        ("cosine_restarts", "T_mult", 0.5),
        ("cyclic", "max_lr", 0.05),
        ("cyclic", "step_size_up", 0),
        ("one_cycle", "total_steps", 0),
        ("one_cycle", "pct_start", 30),
        ("one_cycle", "div_factor", 0),
        ("exponential_warmup", "warmup_steps", 0),
        ("wsd", "cooldown_steps", 8),
        ("flat_cosine", "pct_start", 1.5),
        ("cyclic", "mode", "down"),
        ("cyclic", "scale_fn", 3),
        ("join", "at", [3, 4]),
        ("join", "at", [-1]),
        ("stretch", "factor", 0),
        ("interpolate", "knots", []),
        ("interpolate", "knots", [0, 1]),
        ("interpolate", "knots", [(0, 0.1, 0.2)]),
        ("interpolate", "knots", [(0, -0.1)]),
        ("interpolate", "knots", [(-1, 0.1)]),
        ("interpolate", "knots", [(0, math.inf)]),
        ("interpolate", "knots", {(0, 0.1)}),
        ("interpolate", "knots", {0: 0.1}),
        ("chain", "schedules", []),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, argument, value):
    with pytest.raises((TypeError, ValueError), match=argument):
        getattr(schedules, name)(**{**GOOD[name], argument: value})


def test_three_phases_need_room_for_the_fall():
    with pytest.raises(ValueError, match="pct_start must be a number of at least 0 and of at most 0.5, not 0.6"):
        schedules.one_cycle(0.1, 10, pct_start=0.6, three_phase=True)


@pytest.mark.parametrize("module", ["lrcourse", "lrcourse.schedules", "lrcourse.schedulers", "lrcourse.arguments"])
def test_importing_loads_the_standard_library_alone(module):
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-Sc", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert set(loaded.split()) - sys.stdlib_module_names - {"__main__", "lrcourse"} == set()


# What each schedule is without the arguments that have a default: torch's defaults where torch has the schedule.
AS_IN_TORCH = {
    "StepLR": (schedules.step_decay, {"step_size": 3}),
    "MultiStepLR": (schedules.multistep, {"milestones": [7, 3, 3]}),
    "ExponentialLR": (schedules.exponential, {"gamma": 0.9}),
    "LinearLR": (schedules.linear, {}),
    "PolynomialLR": (schedules.polynomial, {}),
    "CosineAnnealingLR": (schedules.cosine, {"T_max": 30}),
    "CosineAnnealingWarmRestarts": (schedules.cosine_restarts, {"T_0": 7}),
    "CyclicLR": (schedules.cyclic, {"base_lr": 0.001, "max_lr": 0.1}),
    "OneCycleLR": (schedules.one_cycle, {"max_lr": 0.1, "total_steps": 5000}),
}
DEFAULTS = {
    schedules.inverse_time: {"decay_steps": 1},
    schedules.wsd: {"warmup_steps": 0, "cooldown_steps": 0, "cooldown": "linear", "eta_min": 0},
    schedules.flat_cosine: {"pct_start": 0.75, "eta_min": 0},
}


@pytest.mark.parametrize("name", AS_IN_TORCH)
def test_left_out_arguments_are_torchs(name):
    make, arguments = AS_IN_TORCH[name]
    theirs = inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters
    ours = [p for p in inspect.signature(make).parameters.values() if p.name not in {"base_lr", *arguments}]
    assert [(p.name, p.default) for p in ours] == [(p.name, theirs[p.name].default) for p in ours]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **arguments)
    schedule = make(**arguments) if "base_lr" in arguments or "max_lr" in arguments else make(0.1, **arguments)
    for step in range(4500 if name in ("CyclicLR", "OneCycleLR") else 12):
        assert math.isclose(schedule(step), optimizer.param_groups[0]["lr"], rel_tol=1e-9, abs_tol=1e-12), step
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("make", DEFAULTS)
def test_left_out_arguments_are_those_of_the_docstring(make):
    parameters = inspect.signature(make).parameters.values()
    assert {p.name: p.default for p in parameters if p.default is not p.empty} == DEFAULTS[make]


def torch_lrs(name, steps, **arguments):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    scheduler, lrs = getattr(torch.optim.lr_scheduler, name)(optimizer, **arguments), []
    for _ in range(steps):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return lrs


@given(st.floats(0.5, 40), st.one_of(st.none(), st.floats(0.5, 40)), st.sampled_from(["triangular", "triangular2"]))
def test_cycles_of_fractional_steps_are_torchs(up, down, mode):
    arguments = {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": up, "step_size_down": down, "mode": mode}
    lrs = schedules.curve(schedules.cyclic(**arguments), 100)
    assert lrs == pytest.approx(torch_lrs("CyclicLR", 100, **arguments), abs=1e-12)


@pytest.mark.parametrize("mode", ["triangular2", "own", None])
def test_a_scale_of_ones_own_takes_the_modes_place_as_in_torch(mode):
    for scale_mode in ("cycle", "iterations"):
        seen = []

        def scale_fn(x, seen=seen):
            seen.append(x)
            return 1 / (1 + x)

        arguments = {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 2.5, "mode": mode, "scale_fn": scale_fn}
        lrs = torch_lrs("CyclicLR", 30, **arguments, scale_mode=scale_mode)
        seen.clear()
        assert schedules.curve(schedules.cyclic(**arguments, scale_mode=scale_mode), 30) == pytest.approx(lrs)
        assert all(type(x) is int for x in seen) and seen[:2] == {"cycle": [1, 1], "iterations": [1, 2]}[scale_mode]
    with pytest.raises(ValueError, match=r"scale_fn\(1\) must be a number of at least 0, not -1"):
        schedules.cyclic(0.01, 0.1, scale_fn=lambda cycle: -1)(3)


def test_a_factor_of_zero_works():
    assert schedules.curve(schedules.step_decay(0.1, 2, gamma=0), 4) == [0.1, 0.1, 0.0, 0.0]
    assert schedules.curve(schedules.multistep(0.1, [0, 2], gamma=0), 3) == [0.0, 0.0, 0.0]
    assert schedules.curve(schedules.multistep(0.1, [2], gamma=0), 4) == [0.1, 0.1, 0.0, 0.0]
    assert schedules.curve(schedules.exponential(0.1, gamma=0), 3) == [0.1, 0.0, 0.0]
    assert schedules.curve(schedules.polynomial(0.1, 2, power=0), 4) == [0.1] * 4
    assert schedules.curve(schedules.scale(schedules.constant(0.1), 0), 2) == [0.0, 0.0]
    assert schedules.curve(schedules.cyclic(0, 1, 1, mode="exp_range", gamma=0), 4) == [0.0] * 4


def test_a_descent_may_take_no_steps_or_a_part_of_one():
    assert schedules.curve(schedules.cyclic(0, 1, 2, step_size_down=0), 5) == [0, 0.5, 0, 0.5, 0]
    assert schedules.curve(schedules.cyclic(0, 1, 2, step_size_down=0.5), 6) == [0, 0.5, 1, 0.25, 0.75, 0]


def test_a_length_without_end_keeps_the_first_lr():
    for step in (0, 1, 10**6):
        assert schedules.linear(0.3, 0.5, 0, total_iters=math.inf)(step) == 0.15
        assert schedules.polynomial(0.3, total_iters=math.inf, power=3)(step) == 0.3
    rise = schedules.one_cycle(0.1, 5, pct_start=0.6, anneal_strategy="linear", div_factor=math.inf)
    assert schedules.curve(rise, 6) == pytest.approx([0, 0.05, 0.1, 0.05, 0, 0])
    fall = schedules.one_cycle(0.1, 5, pct_start=0.6, anneal_strategy="linear", div_factor=2, final_div_factor=math.inf)
    assert schedules.curve(fall, 6) == pytest.approx([0.05, 0.075, 0.1, 0.05, 0, 0])


@pytest.mark.parametrize(
    "make",
    [
        lambda lr, gamma: schedules.exponential(lr, gamma),
        lambda lr, gamma: schedules.step_decay(lr, 1, gamma),
        lambda lr, gamma: schedules.multistep(lr, range(1, 10**4 + 1), gamma),
        lambda lr, gamma: schedules.cyclic(0, lr, 1, mode="exp_range", gamma=gamma),
    ],
)
@pytest.mark.parametrize("gamma", [1.5, 10, 1e300])
def test_a_growth_past_the_largest_float_is_infinite(make, gamma):
    schedule = make(0.1, gamma)
    assert schedule(9999) == math.inf
    assert make(0, gamma)(9999) == make(0, gamma)(0) == 0
    assert schedule(1) == pytest.approx(0.1 * gamma)
    assert all(b >= a for a, b in pairwise(schedules.curve(schedule, 9999)[1::2]))


def test_a_growth_may_be_infinite_at_once():
    assert schedules.multistep(0.1, [0] * 400, gamma=10)(0) == math.inf
    assert schedules.multistep(0.0, [0] * 400, gamma=10)(0) == 0.0


def test_a_cycle_that_explodes_comes_back_to_its_foot():
    schedule = schedules.cyclic(0.1, 0.2, 2, mode="exp_range", gamma=3)
    assert [schedule(4000), schedule(4001), schedule(4004)] == [0.1, math.inf, 0.1]
    assert schedules.cyclic(0.1, 0.1, 2, mode="exp_range", gamma=3)(4001) == 0.1


def test_milestones_come_in_any_order_and_collection():
    expected = [1.0, 1.0, 0.5, 0.5, 0.5, 0.125]
    for milestones in ([5, 2, 5], (5, 5, 2), np.array([5, 2, 5]), torch.tensor([2.0, 5, 5]), iter([5, 2, 5])):
        assert schedules.curve(schedules.multistep(1.0, milestones, 0.5), 6) == expected
    assert schedules.curve(schedules.multistep(1.0, {5, 2}, 0.5), 6) == [*expected[:5], 0.25]
    assert schedules.curve(schedules.multistep(1.0, [], 0.5), 6) == [1.0] * 6


def test_a_phase_of_no_steps_is_passed_over():
    one, two, three = (schedules.exponential(lr, 0.5) for lr in (1.0, 2.0, 4.0))
    assert schedules.curve(schedules.join([one, two, three], at=[2, 2]), 4) == [1.0, 0.5, 4.0, 2.0]
    assert schedules.curve(schedules.join([one, two, three], at=[0, 0]), 2) == [4.0, 2.0]
    assert schedules.curve(schedules.join([one, two, three], at={1, 3}), 5) == [1.0, 2.0, 1.0, 4.0, 2.0]
    assert schedules.curve(schedules.join([one], at=[]), 2) == [1.0, 0.5]


KNOTS = st.lists(
    st.tuples(st.integers(0, 60), st.floats(0, 10)), min_size=1, max_size=6, unique_by=lambda knot: knot[0]
)


@given(KNOTS, st.lists(st.floats(0, 80), max_size=5))
def test_interpolate_is_numpys(knots, steps):
    schedule, ordered = schedules.interpolate(knots), sorted(knots)
    for step in [*range(70), *steps]:
        expected = np.interp(step, [a for a, _ in ordered], [lr for _, lr in ordered])
        assert schedule(step) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert [schedule(a) for a, _ in knots] == [lr for _, lr in knots]


def test_interpolate_jumps_where_two_knots_share_a_step():
    schedule = schedules.interpolate([(4, 1.0), (0, 0.0), (4, 0.5), (6, 0.1), (4, 0.3)])
    assert schedules.curve(schedule, 8) == pytest.approx([0, 0.25, 0.5, 0.75, 0.3, 0.2, 0.1, 0.1])
    late = schedules.interpolate([(2.5, 0.5), (2.5, 1.0)])
    assert schedules.curve(late, 5) == [0.5, 0.5, 0.5, 1.0, 1.0]


@given(LR, st.integers(1, 30), st.integers(1, 60))
def test_a_stretched_schedule_takes_so_many_times_as_long(base_lr, factor, T_max):
    schedule = schedules.cosine(base_lr, T_max)
    stretched = schedules.stretch(schedule, factor)
    assert [stretched(step * factor) for step in range(60)] == [schedule(step) for step in range(60)]
    agree(stretched, schedules.cosine(base_lr, T_max * factor), abs_tol=1e-13 * base_lr)
    squeezed = schedules.stretch(schedules.exponential(base_lr, 0.9), 1 / 4)
    assert schedules.curve(squeezed, 9) == pytest.approx([base_lr * 0.9 ** (4 * t) for t in range(9)])


STRETCHED = [
    (schedules.step_decay(1.0, 1, 0.5), [1, 1, 0.5, 0.5, 0.25]),
    (schedules.multistep(1.0, [1, 2], 0.5), [1, 1, 0.5, 0.5, 0.25]),
    (schedules.linear(1.0, 1, 0, 2), [1, 0.75, 0.5, 0.25, 0]),
    (schedules.linear_warmup(1.0, 2), [0.5, 0.75, 1, 1, 1]),
    (schedules.wsd(1.0, 4, warmup_steps=1, cooldown_steps=2), [1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]),
    (schedules.inverse_sqrt(1.0, 1), [1, (2 / 3) ** 0.5, 0.5**0.5, 0.4**0.5, (1 / 3) ** 0.5]),
    (schedules.cyclic(0.0, 1.0, 1), [0, 0.5, 1, 0.5, 0]),
    (schedules.cosine_restarts(1.0, 1, 2), [1, 0.5, 1, math.cos(math.pi / 8) ** 2, 0.5]),
    (schedules.cosine_restarts(1.0, 1), [1, 0.5, 1, 0.5, 1]),
    (schedules.one_cycle(1.0, 3, 2 / 3, "linear", div_factor=2, final_div_factor=2), [0.5, 0.75, 1, 0.625, 0.25]),
    (schedules.join([schedules.constant(1.0), schedules.linear(1.0, 1, 0, 2)], [1]), [1, 1, 1, 0.75, 0.5]),
    (schedules.interpolate([(0, 0), (2, 1)]), [0, 0.25, 0.5, 0.75, 1]),
]


@pytest.mark.parametrize(("schedule", "expected"), STRETCHED, ids=[str(schedule) for schedule, _ in STRETCHED])
def test_every_schedule_can_be_asked_between_its_steps(schedule, expected):
    assert schedules.curve(schedules.stretch(schedule, 2), len(expected)) == pytest.approx(expected)


def test_a_warmup_needs_a_first_lr_to_rise_to():
    for value in (-1, math.nan, "0.1", None):
        with pytest.raises((TypeError, ValueError), match=r"^schedule\(0\) must be a number of at least 0, not "):
            schedules.warmup(lambda step, value=value: value, 3)


def test_whole_floats_count():
    assert schedules.step_decay(0.1, 3.0) == schedules.step_decay(0.1, 3)
    assert schedules.curve(schedules.wsd(0.1, 9.0, 2.0, 3.0), 12.0) == schedules.curve(schedules.wsd(0.1, 9, 2, 3), 12)


@pytest.mark.parametrize("warmup_steps", [1, 3, 7, 10, 49])
def test_a_warmup_stays_at_or_below_its_lr_between_two_steps(warmup_steps):
    for schedule in (schedules.linear_warmup(0.5, warmup_steps), schedules.wsd(0.5, 99, warmup_steps)):
        assert max(schedule(step / 8) for step in range(8 * warmup_steps + 8)) <= 0.5 * (1 + 1e-15)


def test_infinitely_long_cycles_end_nowhere():
    schedule = schedules.cosine_restarts(0.1, 3, T_mult=1e200)
    assert schedules.curve(schedule, 5)[3:] == [0.1, 0.1] and schedule(10**250) == 0.1


def test_the_number_of_restarts_does_not_slow_a_curve_down():
    restarts = schedules.cosine_restarts(0.1, 1, T_mult=1 + 1e-9)  # a restart at nearly every step
    start = time.process_time()
    schedules.curve(restarts, 20_000)  # 2 * 10**8 cycles, if each step began at the first
    assert time.process_time() - start < 5
