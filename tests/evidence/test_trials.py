"""What makes a claim's numbers: which runs are asked for, with which options, and which number of each is read."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

from lrcourse import training
from lrcourse.data import load
from lrcourse.evidence import racing, trials
from lrcourse.evidence.trials import Function, Request

DIGITS = load("digits", train_size=129, val_size=40)


def network():
    return nn.Linear(64, 10)


def horizon(**options):
    """The steps that the added 'linear to zero' takes to 0, counted on a torch-like optimizer."""
    optimizer = SimpleNamespace(param_groups=[{"lr": 1.0}])
    rival = racing(network, DIGITS, **options).rivals()["linear to zero"](optimizer)
    lrs = [optimizer.param_groups[0]["lr"]]
    while lrs[-1] > 0:
        rival.step()
        lrs.append(optimizer.param_groups[0]["lr"])
    assert lrs[0] == 1.0 and np.allclose(np.diff(lrs), -1 / (len(lrs) - 1))  # a straight line from the whole LR
    return len(lrs) - 1


def test_the_added_rival_ends_with_the_run():
    assert horizon(epochs=1) == 3  # 129 images in batches of 64
    assert horizon(epochs=4, batch_size=43) == 12
    assert horizon(steps=7) == 7
    assert horizon(steps=7, step_per="epoch") == 3
    assert horizon(epochs=5, step_per="epoch") == 5


def test_the_rivals_of_a_function_are_schedules_over_its_steps():
    rivals = Function(lambda arm, lr, seed: 0.0, steps=4).rivals()
    assert [rivals["linear to zero"](0.2)(t) for t in range(6)] == pytest.approx([0.2, 0.15, 0.1, 0.05, 0, 0])
    assert [rivals["constant"](0.2)(t) for t in range(6)] == [0.2] * 6
    assert Function(lambda arm, lr, seed: 0.0).rivals() == {} and Function(lambda arm, lr, seed: 0.0).splits is None


@pytest.mark.parametrize(
    ("run", "many", "measures"),
    [
        (lambda arm, lr, seed: 0, False, False),
        (lambda arm, lr, seeds: 0, True, False),
        (lambda arm, lr, seed, part: 0, False, True),
        (lambda arm, lr, seeds, part: 0, True, True),
        (lambda arm, seeds: 0, False, False),  # the third name is what tells
        (lambda arm, seeds, other: 0, False, False),
        (lambda part, lr: 0, False, True),
    ],
)
def test_a_functions_third_name_tells_whether_it_takes_all_seeds(run, many, measures):
    made = Function(run)
    assert (made.many, made.measures) == (many, measures)


def test_requests_of_one_entry_are_asked_together_and_dealt_back_in_order():
    calls = []

    def run(arm, lr, seeds, part):
        calls.append((arm, lr, list(seeds), part))
        return [1000 * lr + seed + (0.5 if part == "test" else 0) for seed in seeds]

    requests = [
        Request(0, (2, 4), {"a": (1.0, 2.0)}, "val"),
        Request(0, (6,), {"a": (2.0,)}, "val"),
        Request(0, (3,), {"a": (2.0,)}, "test"),
    ]
    assert Function(run)({"a": "A"}, requests) == [
        {("a", 1.0): [1002.0, 1004.0], ("a", 2.0): [2002.0, 2004.0]},
        {("a", 2.0): [2006.0]},
        {("a", 2.0): [2003.5]},
    ]
    assert calls == [("A", 1.0, [2, 4], "val"), ("A", 2.0, [2, 4, 6], "val"), ("A", 2.0, [3], "test")]


def lane(**changes):
    known = {"schedule": "a", "base_lr": 0.5, "seed": 1, "val": (1.0, 2.0), "test": (3.0, 4.0), "diverged_at": None}
    return SimpleNamespace(**known | changes)


@pytest.mark.parametrize(
    ("read", "part", "number"),
    [("loss", "val", 1.0), ("accuracy", "val", 2.0), ("loss", "test", 3.0), ("accuracy", "test", 4.0)],
)
def test_the_number_of_a_lane(read, part, number):
    made = racing(network, DIGITS, read=read, epochs=1)
    assert made._number(lane(), part) == number
    assert math.isnan(made._number(lane(diverged_at=0), part))
    assert racing(network, DIGITS, read=lambda one: one.seed + 0.25, epochs=1)._number(lane(), part) == 1.25
    assert racing(network, DIGITS, epochs=1)._number(lane(), "val") == 1.0  # the loss, where nothing is said


def test_what_a_race_is_asked_for(monkeypatch):
    asked = []

    def race(model, data, arms, lrs, seeds, **options):
        asked.append((list(arms), list(seeds), {seed: data(seed) for seed in seeds}, options))
        made = [lane(schedule=arm, base_lr=lr, seed=seed) for arm in arms for seed in seeds for lr in lrs(arm, seed)]
        return SimpleNamespace(lanes=made)

    monkeypatch.setattr(training, "race", race)
    made = racing(network, lambda split: load("digits", 100, 40, split), read="accuracy", epochs=3, batch_size=10)
    assert made.splits is True and racing(network, DIGITS, epochs=1).splits is False
    requests = [
        Request(5, (1, 3), {"a": (0.5,)}, "val"),
        Request(6, (2,), {"b": (0.25, 0.5)}, "val"),
        Request(5, (2,), {"a": (0.5,)}, "test"),
    ]
    found = made({"a": None, "b": None, "c": None}, requests)
    assert found == [{("a", 0.5): [2.0, 2.0]}, {("b", 0.25): [2.0], ("b", 0.5): [2.0]}, {("a", 0.5): [4.0]}]
    assert [(arms, seeds) for arms, seeds, *_ in asked] == [(["a", "b"], [1, 3, 2]), (["a"], [2])]
    plain = {"progress": False, "cycle_momentum": False, "epochs": 3, "batch_size": 10}
    assert [options for *_, options in asked] == [{"test": False, **plain}, {"test": True, **plain}]
    datasets = asked[0][2]
    assert datasets[1] is datasets[3] is not datasets[2]  # one split, one dataset
    np.testing.assert_array_equal(datasets[2].y_train, load("digits", 100, 40, 6).y_train)
    assert made({"a": None}, []) == []


@pytest.mark.parametrize(
    ("datasets", "groups"),
    [
        (100, [[0, 1], [2], [3, 4]]),
        (3, [[0, 1], [2], [3, 4]]),
        (2, [[0], [1], [2], [3, 4]]),
        (0, [[0], [1], [2], [3], [4]]),
    ],
)
def test_requests_share_a_race_while_memory_lasts(monkeypatch, datasets, groups):
    size = sum(getattr(DIGITS, part).nbytes for part in trials.PARTS)
    monkeypatch.setattr(trials, "DATA_BYTES", datasets * size + size - 1)
    requests = [
        Request(0, (1, 3), {"a": (0.5,)}, "val"),
        Request(0, (5,), {"a": (0.5,)}, "val"),
        Request(0, (5,), {"a": (0.5,)}, "val"),  # a seed that is taken
        Request(0, (7,), {"a": (0.5,)}, "test"),  # another part
        Request(0, (9,), {"a": (0.5,)}, "test"),
    ]
    assert racing(network, DIGITS, epochs=1)._groups(requests) == groups


def test_a_quarter_of_a_gigabyte_of_data_side_by_side():
    assert trials.DATA_BYTES == 268_435_456


@pytest.mark.parametrize(
    ("wrong", "error", "named"),
    [
        ({"read": "f1"}, ValueError, "read must be 'loss', 'accuracy' or a function of a lane, not 'f1'"),
        ({"epochs": 1, "steps": 3}, ValueError, "epochs or steps must be given, one of the two"),
        ({"epochs": None}, ValueError, "epochs or steps must be given, one of the two"),
        ({"model": 3}, TypeError, "model must be"),
    ],
)
def test_a_race_that_makes_no_sense_is_refused(wrong, error, named):
    options = {"epochs": 1, **wrong}
    if options["epochs"] is None:
        del options["epochs"]
    with pytest.raises(error, match=named):
        racing(options.pop("model", network), DIGITS, **options)
    with pytest.raises(ValueError, match="run must give a number for each of 2 seeds, not 3"):
        Function(lambda arm, lr, seeds: [1.0] * 3)({"a": 0}, [Request(0, (1, 3), {"a": (1.0,)}, "test")])
