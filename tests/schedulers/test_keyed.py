"""Any number of a group on a schedule, and a group's own factor on its LR."""

import copy
import json
import warnings
from types import SimpleNamespace

import pytest
import torch

from lrcourse import schedulers as s
from lrcourse import schedules
from lrcourse.schedules import constant, cosine, linear, step_decay


def adamw(*lrs, **options):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs or (0.1, 0.03)]
    return torch.optim.AdamW(groups, **options)


def numbers(optimizer):
    return [(g["lr"], g["weight_decay"], *g["betas"]) for g in optimizer.param_groups]


def run(optimizer, hands, steps):
    rows = []
    for _ in range(steps):
        rows.append(numbers(optimizer))
        optimizer.step()
        for hand in hands:
            hand.step()
    return rows


PLAN = {"weight_decay": cosine(0.4, 20, 0.04), "beta1": linear(0.95, 0.9, 1.0, 10), "beta2": step_decay(0.999, 9, 0.95)}


def test_each_key_follows_its_schedule_and_the_lr_its_own():
    optimizer = adamw()
    rows = run(optimizer, [s.GroupScheduler(optimizer, PLAN), s.ExponentialLR(optimizer, 0.9)], 30)
    for step, row in enumerate(rows):
        for (lr, *others), base_lr in zip(row, (0.1, 0.03), strict=True):
            assert lr == base_lr * 0.9**step
            assert others == [PLAN[key](step) for key in ("weight_decay", "beta1", "beta2")]


def test_one_a_group_and_groups_left_alone():
    optimizer = adamw(weight_decay=0.0)
    scheduler = s.GroupScheduler(optimizer, {"weight_decay": [constant(0.1), None], "lr": [None, cosine(0.5, 9)]})
    scheduler.step(3)
    assert [row[:2] for row in numbers(optimizer)] == [(0.1, 0.1), (cosine(0.5, 9)(3), 0.0)]
    optimizer.add_param_group({"params": [torch.zeros(1)]})
    with pytest.raises(ValueError, match="schedules.*weight_decay.*list of 3"):
        scheduler.step()
    assert scheduler.last_epoch == 3


def test_a_group_that_comes_later_joins_in():
    optimizer = adamw(0.1)
    scheduler = s.GroupScheduler(optimizer, PLAN)
    run(optimizer, [scheduler], 4)
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": 0.1})
    scheduler.step()
    assert numbers(optimizer)[0] == numbers(optimizer)[1]


@pytest.mark.parametrize("optimizer_too", [True, False])
def test_what_was_saved_is_what_continues(optimizer_too):
    optimizer, again = adamw(), adamw()
    scheduler = s.GroupScheduler(optimizer, PLAN)
    run(optimizer, [scheduler], 7)
    state, weights = json.loads(json.dumps(scheduler.state_dict())), copy.deepcopy(optimizer.state_dict())
    resumed = s.GroupScheduler(again, {"weight_decay": constant(0.5)})
    with pytest.warns(s.ScheduleWarning, match="cosine.*built.*constant"):
        resumed.load_state_dict(state)
    if optimizer_too:
        again.load_state_dict(weights)
    assert run(again, [resumed], 20) == run(optimizer, [scheduler], 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        s.GroupScheduler(adamw(), PLAN).load_state_dict(state)
    at_seven = s.GroupScheduler(adamw(), PLAN, last_epoch=6)
    assert numbers(at_seven.optimizer) == numbers(s_at(7))


def s_at(step):
    optimizer = adamw()
    s.GroupScheduler(optimizer, PLAN).step(step)
    return optimizer


def test_a_function_of_ones_own_goes_on_as_built():
    scheduler = s.GroupScheduler(adamw(), {"weight_decay": lambda step: 0.1 * step})
    scheduler.step()
    resumed = s.GroupScheduler(adamw(), {"weight_decay": lambda step: 0.2 * step})
    resumed.load_state_dict(scheduler.state_dict())
    assert numbers(resumed.optimizer)[0][1] == 0.2


@pytest.mark.parametrize(
    "change",
    [
        {"class": "StepLR"},
        {"last_epoch": -1},
        {"schedules": {"wd": {"schedule": "constant", "arguments": {"base_lr": 0.1}}}},
        {"schedules": {"weight_decay": 3}},
        {"more": 1},
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change):
    optimizer = adamw()
    scheduler = s.GroupScheduler(optimizer, PLAN)
    before = numbers(optimizer), scheduler.state_dict()
    with pytest.raises((ValueError, KeyError, TypeError)):
        scheduler.load_state_dict({**scheduler.state_dict(), **change})
    assert (numbers(optimizer), scheduler.state_dict()) == before


def test_a_tensor_is_filled():
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.1, "momentum": torch.tensor(0.9)}])
    held = optimizer.param_groups[0]["momentum"]
    s.GroupScheduler(optimizer, {"momentum": constant(0.5)})
    assert optimizer.param_groups[0]["momentum"] is held and float(held) == 0.5


def scaled(*scales, lr=0.1):
    return SimpleNamespace(param_groups=[{"lr": lr, "lr_scale": scale} for scale in scales])


MAKERS = {
    "StepLR": lambda o: s.StepLR(o, 3, 0.5),
    "CosineAnnealingLR": lambda o: s.CosineAnnealingLR(o, 7, 0.01),
    "LambdaLR": lambda o: s.LambdaLR(o, lambda step: 0.9**step),
    "CyclicLR": lambda o: s.CyclicLR(o, 0.01, 0.5, 3, cycle_momentum=False),
    "OneCycleLR": lambda o: s.OneCycleLR(o, 0.5, 30, cycle_momentum=False),
    "SequentialLR": lambda o: s.SequentialLR(o, [s.WarmupLR(o, 4), s.CosineAnnealingLR(o, 9, 0.01)], [4]),
    "ChainedScheduler": lambda o: s.ChainedScheduler([s.WarmupLR(o, 4), s.ExponentialLR(o, 0.9)]),
    "ReduceLROnPlateau": lambda o: s.ReduceLROnPlateau(o, patience=0),
    "TimeBasedLR": lambda o: s.TimeBasedLR(o, 60, iter(range(0, 10**6, 5)).__next__),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_groups_own_factor_is_on_every_lr(name):
    """As in timm: what is written is the schedule's LR times the group's lr_scale."""
    optimizer, plain = scaled(1.0, 0.1), SimpleNamespace(param_groups=[{"lr": 0.1}])
    scheduler, alone = MAKERS[name](optimizer), MAKERS[name](plain)
    for _ in range(20):
        for each in (scheduler, alone):
            each.step(*[1.0] * (name == "ReduceLROnPlateau"))
        first, second = (group["lr"] for group in optimizer.param_groups)
        assert first == plain.param_groups[0]["lr"]
        assert second == pytest.approx(0.1 * first, rel=1e-12)
        if name == "ReduceLROnPlateau":
            break


def test_two_hands_and_a_resumed_run_take_the_factor_once():
    def make():
        optimizer = scaled(0.5)
        return optimizer, [s.ExponentialLR(optimizer, 0.9), s.WarmupLR(optimizer, 4)]

    def go(optimizer, hands, steps):
        lrs = []
        for _ in range(steps):
            lrs.append(optimizer.param_groups[0]["lr"])
            for hand in hands:
                hand.step()
        return lrs

    optimizer, hands = make()
    expected = [0.05 * 0.9**step * min(1, (step + 1) / 4) for step in range(9)]
    with pytest.warns(s.ScheduleWarning):
        assert go(optimizer, hands, 9) == pytest.approx(expected)
    again, resumed = make()
    for hand, saved in zip(resumed, hands, strict=True):
        hand.load_state_dict(saved.state_dict())
    assert go(again, resumed, 5) == go(optimizer, hands, 5)


def test_a_factor_can_follow_a_schedule_too():
    optimizer = scaled(1.0, 1.0)
    factors = s.GroupScheduler(optimizer, {"lr_scale": [None, linear(1.0, 0.1, 1.0, 9)]})
    scheduler = s.CosineAnnealingLR(optimizer, 20)
    for step in range(1, 15):
        factors.step()
        scheduler.step()
        first, second = (group["lr"] for group in optimizer.param_groups)
        assert first == schedules.cosine(0.1, 20)(step)
        assert second == pytest.approx(first * linear(1.0, 0.1, 1.0, 9)(step), rel=1e-12)
