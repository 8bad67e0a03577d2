"""Saved at any step and loaded into new objects, every scheduler's trace goes on bit for bit."""

import json
from types import SimpleNamespace

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lrcourse import schedulers as s

settings.register_profile("resume", deadline=None, max_examples=8, derandomize=True, phases=[Phase.generate])
settings.load_profile("resume")


class Clock:
    """Seconds that pass as told."""

    def __init__(self, now=0.0):
        self.now = now

    def __call__(self):
        return self.now


def sequence(o):
    inner = s.SequentialLR(o, [s.LinearLR(o, 0.3, total_iters=5), s.CosineAnnealingLR(o, 20, 0.01)], [5])
    chained = s.ChainedScheduler([s.ConstantLR(o, 0.3, 4), s.ExponentialLR(o, 0.9)])
    return s.SequentialLR(o, [inner, chained, s.OneCycleLR(o, [0.2, 0.1], 90)], [15, 25])


MAKERS = {
    "LambdaLR": lambda o: s.LambdaLR(o, [lambda step: 0.9**step, lambda step: 1 / (1 + step)]),
    "MultiplicativeLR": lambda o: s.MultiplicativeLR(o, lambda step: 0.9 + 0.001 * step),
    "StepLR": lambda o: s.StepLR(o, 7, 0.3),
    "MultiStepLR": lambda o: s.MultiStepLR(o, [3, 3, 11], 0.3),
    "ConstantLR": lambda o: s.ConstantLR(o, 0.3, 9),
    "LinearLR": lambda o: s.LinearLR(o, 0.3, 0.9, 13),
    "ExponentialLR": lambda o: s.ExponentialLR(o, 0.93),
    "PolynomialLR": lambda o: s.PolynomialLR(o, 31, 1.7),
    "CosineAnnealingLR": lambda o: s.CosineAnnealingLR(o, 13, 0.007),
    "CosineAnnealingWarmRestarts": lambda o: s.CosineAnnealingWarmRestarts(o, 3, 1.7, 0.001),
    "CyclicLR": lambda o: s.CyclicLR(o, [0.1, 0.01], 0.3, 4, 5, "exp_range", 0.97),
    "OneCycleLR": lambda o: s.OneCycleLR(o, [0.2, 0.1], 90),
    "InverseTimeLR": lambda o: s.InverseTimeLR(o, 0.3),
    "WarmupLR": lambda o: s.WarmupLR(o, 9, "exponential"),
    "InverseSqrtLR": lambda o: s.InverseSqrtLR(o, 9),
    "WSDLR": lambda o: s.WSDLR(o, 50, 9, 20, "1-sqrt", 0.001),
    "SequentialLR": sequence,
    "ChainedScheduler": lambda o: s.ChainedScheduler([s.CosineAnnealingLR(o, 13, 0.007), s.ExponentialLR(o, 0.9)]),
}


def make_optimizer(kind):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.03)]
    if kind == "plain":
        return SimpleNamespace(param_groups=[{"lr": group["lr"], "betas": (0.9, 0.99)} for group in groups])
    return torch.optim.Adam(groups) if kind == "adam" else torch.optim.SGD(groups, momentum=0.5)


def used(optimizer):
    return [(g["lr"], g["betas"] if "betas" in g else g["momentum"]) for g in optimizer.param_groups]


def run(optimizer, schedulers, steps):
    trace = []
    for _ in range(steps):
        trace.append((used(optimizer), [scheduler.get_last_lr() for scheduler in schedulers]))
        for scheduler in schedulers:
            scheduler.step()
    return trace


def through_json(scheduler):
    return json.loads(json.dumps(scheduler.state_dict(), allow_nan=False))


@pytest.mark.parametrize("name", MAKERS)
@given(st.sampled_from(["sgd", "adam", "plain"]), st.integers(0, 40), st.booleans())
def test_the_trace_goes_on_bit_for_bit(name, kind, saved_at, optimizer_too):
    optimizer = make_optimizer(kind)
    scheduler = MAKERS[name](optimizer)
    run(optimizer, [scheduler], saved_at)
    state = through_json(scheduler)
    assert all(lr is None for lr in state["lr"])  # the step says it all
    again = make_optimizer(kind)
    if optimizer_too and kind != "plain":
        again.load_state_dict(optimizer.state_dict())
    resumed = MAKERS[name](again)
    resumed.load_state_dict(state)
    assert run(again, [resumed], 40) == run(optimizer, [scheduler], 40)
    assert resumed.last_epoch == scheduler.last_epoch


@pytest.mark.parametrize("order", [1, -1])
@given(st.integers(0, 30))
def test_two_schedulers_stepped_by_hand_go_on_bit_for_bit(order, saved_at):
    def make(optimizer):
        return [s.CosineAnnealingLR(optimizer, 13, 0.007), s.ExponentialLR(optimizer, 0.9), s.StepLR(optimizer, 5)]

    optimizer, again = make_optimizer("sgd"), make_optimizer("sgd")
    schedulers, resumed = make(optimizer), make(again)
    run(optimizer, schedulers, saved_at)
    for scheduler, saved in [*zip(resumed, schedulers, strict=True)][::order]:
        scheduler.load_state_dict(through_json(saved))
    assert [row for row, _ in run(again, resumed, 30)] == [row for row, _ in run(optimizer, schedulers, 30)]


@given(st.lists(st.floats(-1, 1), min_size=60, max_size=60), st.integers(0, 30), st.sampled_from(["min", "max"]))
def test_plateau_goes_on_bit_for_bit(metrics, saved_at, mode):
    def make(optimizer):
        return s.ReduceLROnPlateau(optimizer, mode, 0.7, patience=1, cooldown=2, min_lr=[1e-3, 1e-4])

    def go(scheduler, optimizer, metrics):
        trace = []
        for metric in metrics:
            scheduler.step(metric)
            trace.append((used(optimizer), scheduler.get_last_lr(), scheduler.best, scheduler.num_bad_epochs))
        return trace

    optimizer, again = make_optimizer("sgd"), make_optimizer("sgd")
    scheduler, resumed = make(optimizer), make(again)
    go(scheduler, optimizer, metrics[:saved_at])
    resumed.load_state_dict(through_json(scheduler))
    assert go(resumed, again, metrics[saved_at:]) == go(scheduler, optimizer, metrics[saved_at:])


@given(st.lists(st.integers(0, 500).map(lambda n: n / 4), min_size=20, max_size=20), st.integers(0, 10))
def test_wall_clock_goes_on_bit_for_bit(waits, saved_at):
    clock, clock_again = Clock(), Clock(1e6)
    optimizer, again = make_optimizer("sgd"), make_optimizer("sgd")
    scheduler = s.TimeBasedLR(optimizer, 60, clock)

    def go(scheduler, clock, waits):
        trace = []
        for wait in waits:
            clock.now += wait
            scheduler.step()
            trace.append(scheduler.get_last_lr())
        return trace

    go(scheduler, clock, waits[:saved_at])
    resumed = s.TimeBasedLR(again, 60, clock_again)
    clock_again.now += 12345  # the time between two runs does not count
    resumed.load_state_dict(through_json(scheduler))
    assert used(again) == used(optimizer)
    assert go(resumed, clock_again, waits[saved_at:]) == go(scheduler, clock, waits[saved_at:])


def test_wall_clock_halves_the_lr_and_multiplies_with_others():
    clock, optimizer = Clock(7.0), make_optimizer("sgd")
    timed, warmup = s.TimeBasedLR(optimizer, 60, clock), s.WarmupLR(optimizer, 4)
    factors = []
    for wait in (30, 30, 60, 60, -5, 0):
        clock.now += wait
        timed.step()
        warmup.step()
        factors.append(optimizer.param_groups[0]["lr"] / 0.1)
    expected = [2**-0.5 * 2 / 4, 1 / 2 * 3 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 8]
    assert factors == pytest.approx(expected, rel=1e-12)


def test_a_fractional_epoch_is_restored():
    optimizer, again = make_optimizer("sgd"), make_optimizer("sgd")
    scheduler, resumed = (s.CosineAnnealingWarmRestarts(o, 3, 2) for o in (optimizer, again))
    scheduler.step(4.25)
    resumed.load_state_dict(through_json(scheduler))
    assert used(again) == used(optimizer)
    assert resumed.last_epoch == 4


def test_an_lr_set_by_hand_is_restored():
    optimizer, again = make_optimizer("sgd"), make_optimizer("sgd")
    scheduler, resumed = s.StepLR(optimizer, 2, 0.5), s.StepLR(again, 2, 0.5)
    optimizer.param_groups[1]["lr"] = 0.02
    resumed.load_state_dict(through_json(scheduler))
    assert [row for row, _ in run(again, [resumed], 9)] == [row for row, _ in run(optimizer, [scheduler], 9)]
    assert again.param_groups[1]["lr"] == pytest.approx(0.02 * 0.5**4)


@pytest.mark.parametrize("name", MAKERS)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(name):
    optimizer = make_optimizer("sgd")
    scheduler = MAKERS[name](optimizer)
    run(optimizer, [scheduler], 5)
    before = used(optimizer), scheduler.state_dict()
    good = scheduler.state_dict()
    other = s.StepLR(make_optimizer("sgd"), 3) if name != "StepLR" else s.ExponentialLR(make_optimizer("sgd"), 0.5)
    one_group = SimpleNamespace(param_groups=[{"lr": 0.1}])
    bad = [
        other.state_dict(),
        s.ReduceLROnPlateau(make_optimizer("sgd")).state_dict(),
        torch.optim.lr_scheduler.StepLR(make_optimizer("sgd"), 3).state_dict(),
        {**good, "gamma": 0.5},
        {key: value for key, value in good.items() if key != "last_epoch"},
        {**good, "last_epoch": -1},
        {**good, "last_epoch": 2.5},
        {**good, "at": "5"},
        {**good, "lr": s.StepLR(one_group, 3).state_dict()["lr"]},
        {**good, "lr": [None, -0.1]},
        {**good, "lr": [None, float("nan")]},
        None,
        [],
    ]
    for state in bad:
        with pytest.raises((ValueError, TypeError), match="state_dict"):
            scheduler.load_state_dict(state)
    assert (used(optimizer), scheduler.state_dict()) == before


@pytest.mark.parametrize("change", [{"best": float("nan")}, {"best": "low"}, {"num_bad_epochs": -1}])
def test_a_plateau_state_that_does_not_fit_is_refused(change):
    scheduler = s.ReduceLROnPlateau(make_optimizer("sgd"))
    with pytest.raises((ValueError, TypeError), match=f"state_dict.*{next(iter(change))}"):
        scheduler.load_state_dict({**scheduler.state_dict(), **change})
    assert scheduler.num_bad_epochs == 0
