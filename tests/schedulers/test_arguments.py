"""Every argument of every scheduler: what makes no sense is refused by name, and the optimizer stays as it was."""

import copy
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lrcourse import schedulers as s


def two_groups():
    return SimpleNamespace(param_groups=[{"lr": 0.1, "momentum": 0.5}, {"lr": 0.2, "momentum": 0.5}])


GOOD = {
    "LambdaLR": {"lr_lambda": lambda step: 1.0},
    "MultiplicativeLR": {"lr_lambda": lambda step: 1.0},
    "StepLR": {"step_size": 3, "gamma": 0.5},
    "MultiStepLR": {"milestones": [2, 5], "gamma": 0.5},
    "ConstantLR": {"factor": 0.5, "total_iters": 5},
    "LinearLR": {"start_factor": 0.5, "end_factor": 1.0, "total_iters": 5},
    "ExponentialLR": {"gamma": 0.9},
    "PolynomialLR": {"total_iters": 5, "power": 1.0},
    "CosineAnnealingLR": {"T_max": 5, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 5, "T_mult": 2, "eta_min": 0.01},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 0.3, "step_size_up": 3, "step_size_down": 4, "mode": "exp_range"}
    | {"gamma": 0.9, "scale_fn": None, "scale_mode": "cycle", "cycle_momentum": True}
    | {"base_momentum": 0.8, "max_momentum": 0.9},
    "OneCycleLR": {"max_lr": 0.3, "total_steps": 10, "pct_start": 0.3, "anneal_strategy": "cos", "cycle_momentum": True}
    | {"base_momentum": 0.8, "max_momentum": 0.9, "div_factor": 25, "final_div_factor": 1e4, "three_phase": False},
    "InverseTimeLR": {"decay_rate": 1.0, "decay_steps": 2},
    "WarmupLR": {"warmup_steps": 4, "mode": "linear"},
    "InverseSqrtLR": {"warmup_steps": 4},
    "WSDLR": {"total_steps": 9, "warmup_steps": 2, "cooldown_steps": 3, "cooldown": "linear", "eta_min": 0.01},
    "TimeBasedLR": {"seconds": 60, "clock": lambda: 0.0},
    "ReduceLROnPlateau": {"mode": "min", "factor": 0.5, "patience": 2, "threshold": 0.1, "threshold_mode": "rel"}
    | {"cooldown": 2, "min_lr": 0.001, "eps": 1e-8},
}
WITHOUT_LAST_EPOCH = ("TimeBasedLR", "ReduceLROnPlateau")
CHOICES = {"mode", "scale_mode", "anneal_strategy", "cooldown", "threshold_mode"}
FLAGS = {"cycle_momentum", "three_phase"}
FUNCTIONS = {"lr_lambda", "scale_fn", "clock"}
OPTIONAL = {"step_size_down", "scale_fn"}
ONE_A_GROUP = {"lr_lambda", "base_lr", "max_lr", "base_momentum", "max_momentum", "min_lr"}
COUNTS = {"step_size", "total_iters", "T_max", "T_0", "total_steps", "warmup_steps", "cooldown_steps", "patience"}
COUNTS |= {"last_epoch"}
POSITIVE = {"step_size", "T_max", "T_0", "step_size_up", "total_steps", "div_factor", "seconds"}
POSITIVE |= {"final_div_factor", "decay_steps"}
ENDLESS = {"total_iters", "div_factor", "final_div_factor"}
BOUNDED = {"factor": [1.5], "start_factor": [0, 1.1], "end_factor": [1.1], "pct_start": [1.5], "T_mult": [0.5]}


def bad_values(name, argument):
    """What no user can mean for this argument."""
    yield from (1j, object(), {}, b"1", math.nan)
    if argument not in OPTIONAL | {"total_steps"}:
        yield None
    if argument not in FLAGS:
        yield True
    if argument not in FUNCTIONS:
        yield from ("fast", -2, -math.inf, lambda: 1)
        if argument not in ENDLESS:
            yield math.inf
    if argument in ONE_A_GROUP:
        yield from ([], [0.1], [0.1, 0.1, 0.1], (0.1, "x"))
    elif argument != "milestones":
        yield [0.1, 0.2]
    if argument in COUNTS or (name, argument) == ("ReduceLROnPlateau", "cooldown"):
        yield from (2.5, torch.tensor(3), np.array(3))
    if argument in POSITIVE:
        yield 0
    yield from BOUNDED.get(argument, [])


def cases():
    for name, arguments in GOOD.items():
        for argument in [*arguments, *([] if name in WITHOUT_LAST_EPOCH else ["last_epoch"])]:
            for value in bad_values(name, argument):
                yield name, argument, value
    for value in ([2.5], [-1], "25", [True], {2.5, 5}, [math.nan], {2: 5}):
        yield "MultiStepLR", "milestones", value
    yield from [
        ("CyclicLR", "max_lr", 0.05),
        ("CyclicLR", "max_momentum", 0.7),
        ("CyclicLR", "base_lr", [0.1, 0.5]),
        ("OneCycleLR", "max_momentum", 0.7),
        ("OneCycleLR", "max_lr", 0),
        ("LambdaLR", "lr_lambda", lambda step: math.nan),
        ("LambdaLR", "lr_lambda", lambda step: -1.0),
        ("LambdaLR", "lr_lambda", lambda step: "1"),
        ("WSDLR", "cooldown_steps", 8),
        ("WarmupLR", "mode", "cosine"),
        ("ReduceLROnPlateau", "factor", 1.0),
        ("LinearLR", "total_iters", 0),
        ("PolynomialLR", "total_iters", 0),
        ("ReduceLROnPlateau", "mode", "auto"),
        ("TimeBasedLR", "clock", lambda: "noon"),
    ]


@pytest.mark.parametrize("name", GOOD)
def test_the_good_arguments_are_accepted(name):
    getattr(s, name)(two_groups(), **GOOD[name])


@pytest.mark.parametrize(("name", "argument", "value"), list(cases()))
def test_a_bad_value_is_refused_by_name_and_nothing_is_written(name, argument, value):
    optimizer = two_groups()
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    before = copy.deepcopy(optimizer.param_groups)
    expected = "base_lr|max_lr" if argument == "base_lr" else argument
    with pytest.raises((TypeError, ValueError), match=expected):
        getattr(s, name)(optimizer, **{**GOOD[name], argument: value})
    assert optimizer.param_groups == before


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    "optimizer",
    [
        None,
        "adam",
        object(),
        [{"lr": 0.1}],
        SimpleNamespace(param_groups=None),
        SimpleNamespace(param_groups=[]),
        SimpleNamespace(param_groups={"lr": 0.1}),
        SimpleNamespace(param_groups=[{"weight_decay": 0.1}]),
        SimpleNamespace(param_groups=[{"lr": "0.1", "momentum": 0}]),
        SimpleNamespace(param_groups=[{"lr": -0.1, "momentum": 0}]),
        SimpleNamespace(param_groups=[{"lr": math.nan, "momentum": 0}]),
    ],
)
def test_what_is_no_optimizer_is_refused(name, optimizer):
    with pytest.raises((TypeError, ValueError), match="optimizer|param_groups"):
        getattr(s, name)(optimizer, **GOOD[name])


@pytest.mark.parametrize("name", [name for name in GOOD if name not in WITHOUT_LAST_EPOCH])
def test_last_epoch_needs_initial_lr(name):
    optimizer = two_groups()
    before = copy.deepcopy(optimizer.param_groups)
    with pytest.raises(KeyError, match="initial_lr"):
        getattr(s, name)(optimizer, **GOOD[name], last_epoch=3)
    assert optimizer.param_groups == before


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "total_steps"),
        ({"epochs": 3}, "steps_per_epoch"),
        ({"steps_per_epoch": 3}, "epochs"),
        ({"epochs": 0, "steps_per_epoch": 3}, "epochs"),
        ({"epochs": 2.5, "steps_per_epoch": 3}, "epochs"),
        ({"epochs": 2, "steps_per_epoch": 0}, "steps_per_epoch"),
        ({"total_steps": 10, "pct_start": 0.6, "three_phase": True}, "pct_start"),
    ],
)
def test_one_cycle_says_what_length_it_needs(arguments, named):
    with pytest.raises(ValueError, match=named):
        s.OneCycleLR(two_groups(), 0.1, **arguments)
    assert s.OneCycleLR(two_groups(), 0.1, epochs=2, steps_per_epoch=5).total_steps == 10


@pytest.mark.parametrize("make", [lambda o: s.CyclicLR(o, 0.1, 0.2), lambda o: s.OneCycleLR(o, 0.1, 10)])
def test_cycling_a_momentum_needs_one(make):
    with pytest.raises(ValueError, match="cycle_momentum"):
        make(SimpleNamespace(param_groups=[{"lr": 0.1}]))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda o, a, b: {"schedulers": []}, "schedulers"),
        (lambda o, a, b: {"schedulers": a}, "schedulers"),
        (lambda o, a, b: {"schedulers": None}, "schedulers"),
        (lambda o, a, b: {"schedulers": [a, "b"]}, r"schedulers\[1\]"),
        (lambda o, a, b: {"schedulers": [a, s.StepLR(two_groups(), 3)]}, r"schedulers\[1\].*same optimizer"),
        (lambda o, a, b: {"schedulers": [a, s.ReduceLROnPlateau(o)]}, r"schedulers\[1\].*ReduceLROnPlateau"),
        (lambda o, a, b: {"schedulers": [a, s.TimeBasedLR(o, 3)]}, r"schedulers\[1\].*TimeBasedLR"),
        (lambda o, a, b: {"optimizer": two_groups()}, "optimizer"),
        (lambda o, a, b: {"milestones": []}, "milestones"),
        (lambda o, a, b: {"milestones": [2, 3]}, "milestones"),
        (lambda o, a, b: {"milestones": [-2]}, "milestones"),
        (lambda o, a, b: {"milestones": [2.5]}, "milestones"),
        (lambda o, a, b: {"milestones": ["2"]}, "milestones"),
        (lambda o, a, b: {"milestones": [True]}, "milestones"),
        (lambda o, a, b: {"milestones": None}, "milestones"),
        (lambda o, a, b: {"milestones": 2}, "milestones"),
        (lambda o, a, b: {"schedulers": [a, b, s.StepLR(o, 2)], "milestones": [5, 3]}, "milestones"),
        (lambda o, a, b: {"schedulers": [a, a]}, r"schedulers\[1\].*twice"),
        (lambda o, a, b: {"schedulers": [b, s.ChainedScheduler([a, b])]}, r"schedulers\[1\].*twice"),
        (lambda o, a, b: {"last_epoch": -2}, "last_epoch"),
    ],
)
def test_composites_refuse_what_does_not_fit(change, named):
    optimizer = two_groups()
    first, second = s.StepLR(optimizer, 3), s.ExponentialLR(optimizer, 0.9)
    good = {"optimizer": optimizer, "schedulers": [first, second], "milestones": [3]}
    arguments = {**good, **change(optimizer, first, second)}
    before = copy.deepcopy(optimizer.param_groups)
    with pytest.raises((TypeError, ValueError), match=named):
        s.SequentialLR(**arguments)
    if not {"milestones", "last_epoch"} & change(optimizer, first, second).keys():
        with pytest.raises((TypeError, ValueError), match=named):
            s.ChainedScheduler(arguments["schedulers"], arguments["optimizer"])
    assert optimizer.param_groups == before
    s.SequentialLR(**good)


def test_a_chain_wants_its_members_at_one_step():
    optimizer = two_groups()
    first, second = s.StepLR(optimizer, 3), s.ExponentialLR(optimizer, 0.9)
    first.step()
    with pytest.raises(ValueError, match="schedulers must all be at the same step"):
        s.ChainedScheduler([first, second])


@pytest.mark.parametrize("metrics", ["0.5", None, True, 1j, [0.5, 0.6], object()])
def test_a_metric_must_be_a_number(metrics):
    scheduler = s.ReduceLROnPlateau(two_groups())
    with pytest.raises(TypeError, match="metrics"):
        scheduler.step(metrics)
    assert (scheduler.last_epoch, scheduler.num_bad_epochs) == (0, 0)


@pytest.mark.parametrize("epoch", [-1, math.nan, math.inf, "3", True])
def test_warm_restarts_go_to_no_epoch_below_zero(epoch):
    scheduler = s.CosineAnnealingWarmRestarts(two_groups(), 5)
    with pytest.raises((TypeError, ValueError), match="epoch"):
        scheduler.step(epoch)
    assert scheduler.last_epoch == 0


def test_a_lambda_that_goes_wrong_later_leaves_the_step_as_it_was():
    optimizer = two_groups()
    scheduler = s.LambdaLR(optimizer, [lambda step: 1.0 - step, lambda step: 0.5 - step])
    before = copy.deepcopy(optimizer.param_groups)
    with pytest.raises(ValueError, match=r"lr_lambda\(1\) must be a number of at least 0, not -0.5"):
        scheduler.step()
    assert (optimizer.param_groups, scheduler.last_epoch) == (before, 0)


def test_one_step_too_many_says_how_to_plan():
    scheduler = s.OneCycleLR(two_groups(), 0.1, total_steps=2)
    scheduler.step()
    scheduler.step()
    with pytest.raises(ValueError, match="total_steps = 2 calls of step.. were planned.*epochs . steps_per_epoch"):
        scheduler.step()
    assert scheduler.last_epoch == 2


def test_a_list_must_grow_with_the_groups():
    optimizer = two_groups()
    scheduler = s.ReduceLROnPlateau(optimizer, min_lr=[0.01, 0.02])
    cyclic = s.CyclicLR(optimizer, [0.1, 0.2], 0.3)
    optimizer.param_groups.append({"lr": 0.1, "momentum": 0.5})
    with pytest.raises(ValueError, match="base_lr"):
        cyclic.step()
    scheduler.step(0.5)
    scheduler.num_bad_epochs = 10
    with pytest.raises(RuntimeError, match="min_lrs"):
        scheduler.step(0.5)
    scheduler.min_lrs.append(0.03)
    scheduler.step(0.5)
    assert scheduler.get_last_lr() == pytest.approx([0.01, 0.02, 0.03])
    del optimizer.param_groups[1:]
    with pytest.raises(ValueError, match="optimizer must keep its 3 parameter groups"):
        scheduler.step(0.5)
