"""The comparison's statistics against SciPy and full enumeration, its rules against hand-made races."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats
from torch import nn

from lrcourse import data
from lrcourse.evidence import figures
from lrcourse.evidence.comparison import Comparison, compare, named_schedules
from lrcourse.training import race

DIGITS = data.load("digits", train_size=320, val_size=100)
STEPS = 20  # four epochs of five batches


def network():
    return nn.Linear(64, 10)


def compared(names=("constant", "cosine"), **arguments):
    schedules = {name: named_schedules(STEPS, 4)[name] for name in names}
    arguments = {"lrs": [0.1, 0.5, 2.0], "seeds": 4, "tuning_seeds": 2, "epochs": 4, **arguments}
    return compare(network, DIGITS, schedules, **arguments)


@pytest.fixture(scope="module")
def found():
    return compared()


class FakeRace:
    """A race with a given table: rows of (schedule, base_lr, seed, loss, diverged)."""

    def __init__(self, rows):
        names = ["schedule", "base_lr", "seed", "val_loss", "diverged_at"]
        table = pd.DataFrame(rows, columns=names).astype({"diverged_at": "Int64"})
        self.table = table.assign(test_loss=table.val_loss, val_accuracy=-table.val_loss, test_accuracy=-table.val_loss)


def test_the_lr_is_chosen_on_validation_over_the_tuning_seeds(found):
    tuning = found.tuning.table
    assert tuning.test_loss.isna().all()
    assert sorted(set(tuning.seed)) == [0, 1] and sorted(set(tuning.base_lr)) == [0.1, 0.5, 2.0]
    for name in ["constant", "cosine"]:
        means = tuning[tuning.schedule == name].groupby("base_lr").val_loss.mean()
        assert found.best_lrs[name] == means.idxmin()


def test_the_result_is_measured_on_test_over_fresh_seeds(found):
    assert found.results.index.tolist() == [2, 3, 4, 5]
    schedules = {"cosine": named_schedules(STEPS, 4)["cosine"]}
    again = race(network, DIGITS, schedules, [found.best_lrs["cosine"]], [2, 3, 4, 5], epochs=4)
    np.testing.assert_allclose(found.results["cosine"], again.table.test_loss, rtol=1e-5)


def test_mean_interval_and_paired_difference_are_scipys(found):
    table = found.table.set_index("schedule")
    first, second = found.table.schedule
    for name in [first, second]:
        low, high = stats.ttest_1samp(found.results[name], 0).confidence_interval(0.95)
        assert table.loc[name, ["mean", "low", "high"]].tolist() == pytest.approx(
            [found.results[name].mean(), low, high]
        )
    low, high = stats.ttest_rel(found.results[second], found.results[first]).confidence_interval(0.95)
    behind = table.loc[second, ["behind", "behind_low", "behind_high"]].tolist()
    assert behind == pytest.approx([(found.results[second] - found.results[first]).mean(), low, high])
    assert behind[0] >= 0 and table.loc[first, "behind"] == 0


def test_an_lr_with_a_diverged_run_is_out_and_a_schedule_with_one_ranks_last():
    tuning = FakeRace([("a", 0.1, 0, 0.5, None), ("a", 0.1, 1, 0.5, None), ("a", 1, 0, 0.1, None), ("a", 1, 1, 0.1, 7)])
    final = FakeRace([("a", 0.1, 2, 0.1, None), ("a", 0.1, 3, 9.0, 5), ("b", 1, 2, 0.5, None), ("b", 1, 3, 0.6, None)])
    found = Comparison(tuning, final, {"a": 0.1, "b": 1}, [0.1, 1], "loss")
    assert found.tuning_table["mean"].tolist() == [0.5, math.inf]
    table = found.table.set_index("schedule")
    assert table.loc["a", ["rank", "mean", "diverged"]].tolist() == [2, math.inf, 1] and math.isnan(
        table.loc["a", "low"]
    )
    assert table.loc["b", "rank"] == 1 and table.loc["b", "mean"] == pytest.approx(0.55)
    assert found.warnings[-1] == "Fresh runs diverged for a (1): such a schedule ranks last."
    accuracy = Comparison(tuning, final, {"a": 0.1, "b": 1}, [0.1, 1], "accuracy").table.set_index("schedule")
    assert accuracy.loc["a", ["rank", "mean"]].tolist() == [2, -math.inf]


def test_a_best_lr_at_the_edge_of_the_grid_is_named():
    rows = [("a", 0.1, 2, 0.1, None), ("a", 0.1, 3, 0.2, None), ("b", 1, 2, 0.5, None), ("b", 1, 3, 0.6, None)]
    edges = [
        Comparison(None, FakeRace(rows), {"a": low, "b": high}, [0.1, 0.3, 1], "loss")
        for low, high in [(0.1, 1), (0.3, 0.3)]
    ]
    assert edges[0].table.edge.tolist() == ["lowest", "highest"] and "a (lowest), b (highest)" in edges[0].warnings[0]
    assert edges[1].table.edge.tolist() == ["", ""] and edges[1].warnings == []


def test_accuracy_ranks_the_other_way_round(found):
    final = found.final
    table = Comparison(found.tuning, final, found.best_lrs, found.lrs, "accuracy").table
    means = final.table.groupby("schedule").test_accuracy.mean()
    assert table.schedule[0] == means.idxmax() and table["mean"].is_monotonic_decreasing
    assert (table.behind >= 0).all()


def test_momentum_is_held_equal_unless_asked():
    schedules = {name: named_schedules(STEPS, 4)[name] for name in ["cyclic", "one-cycle"]}
    arguments = {"lrs": [0.05], "seeds": [0], "optimizer": "momentum", "epochs": 4}
    held = race(network, DIGITS, schedules, cycle_momentum=False, **arguments)
    assert all((lane.plan[1] == 0.9).all() for lane in held.lanes)
    found = compared(["cyclic"], lrs=[0.05, 0.1], optimizer="momentum")
    asked = compared(["cyclic"], lrs=[0.05, 0.1], optimizer="momentum", cycle_momentum=True)
    assert (held.lanes[0].loss == found.tuning.lanes[0].loss).all()
    assert asked.tuning.lanes[0].plan[1].min() == pytest.approx(0.8)
    assert (found.tuning.loss != asked.tuning.loss).any()


def test_named_schedules_keep_within_the_base_lr_at_any_length():
    for steps in [1, 2, 7, 100]:
        for name, schedule in named_schedules(steps, 3).items():
            result = race(network, DIGITS, {name: schedule}, [0.1], [0], steps=steps, batch_size=320)
            assert (result.lr <= 0.1 + 1e-12).all() and (result.lr >= 0).all(), (name, steps)


def test_the_grid_is_even_on_a_log_scale():
    found = compared(["constant"], lrs=None, budget=3, optimizer="adam", tuning_seeds=1, seeds=2)
    assert found.lrs == pytest.approx([1e-4, 10**-2.5, 1e-1], rel=1e-2)


def test_figures(found):
    curves = figures.lr_figure(found)
    assert isinstance(curves, Figure) and curves.axes[0].get_xscale() == "log"
    for line, name in zip(curves.axes[0].lines, ["constant", "cosine"], strict=True):
        rows = found.tuning_table[found.tuning_table.schedule == name]
        np.testing.assert_allclose(line.get_ydata(), rows["mean"])
    learning = figures.learning_figure(found).axes[0]
    per_epoch = found.final.curves.query("schedule == 'cosine'").groupby("epoch").val_loss.mean()
    np.testing.assert_allclose(learning.lines[1].get_ydata(), per_epoch)
    ranks = figures.rank_figure(found).axes[0]
    assert [label.get_text().split(",")[0] for label in ranks.get_yticklabels()] == found.table.schedule.tolist()


def test_what_each_race_is_asked_for_where_nothing_is_said(monkeypatch):
    asked = []

    def watched(model, data, schedules, lrs, seeds, **options):
        asked.append((lrs, list(seeds), options))
        fresh = isinstance(lrs, dict)
        rows = [("a", lr, seed, abs(lr - 0.5), None) for lr in (lrs["a"] if fresh else lrs) for seed in seeds]
        return FakeRace(rows)

    monkeypatch.setattr("lrcourse.evidence.comparison.race", watched)
    plain = {"epochs": 20, "batch_size": 64, "step_per": "step", "cycle_momentum": False}
    for optimizer, (low, high) in {"sgd": (0.01, 10), "momentum": (1e-3, 1), "adam": (1e-4, 0.1)}.items():
        asked.clear()
        found = compare(network, DIGITS, {"a": None}, optimizer=optimizer)
        (lrs, tuning, first), (chosen, fresh, last) = asked
        assert lrs == pytest.approx([low * 10 ** (i / 2) for i in range(7)], rel=5e-3) and lrs[-1] == pytest.approx(
            high
        )
        assert all(float(f"{lr:.3g}") == lr for lr in lrs)  # three digits
        assert (tuning, fresh) == ([0, 1, 2], [3, 4, 5, 6, 7, 8, 9, 10])
        assert first == {"test": False, "optimizer": optimizer, **plain}
        assert last == {"validate": True, "optimizer": optimizer, **plain}
        assert chosen == {"a": [min(lrs, key=lambda lr: abs(lr - 0.5))]} and found.metric == "loss"
    asked.clear()
    compare(network, DIGITS, {"a": None})
    assert asked[0][2]["optimizer"] == "sgd" and asked[0][0][0] == 0.01
    asked.clear()
    worst = compare(network, DIGITS, {"a": None}, lrs=[2.0, 0.5, 1.0], metric="accuracy", seeds=2, tuning_seeds=1)
    assert worst.best_lrs == {"a": 0.5} and worst.lrs == [0.5, 1.0, 2.0]  # its accuracy is minus its loss


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"metric": "f1"}, "metric must be"),
        ({"seeds": 1}, "seeds must be a whole number of at least 2"),
        ({"tuning_seeds": 0}, "tuning_seeds must be a whole number of at least 1"),
        ({"lrs": None, "budget": 1}, "budget must be a whole number of at least 2"),
        ({"lrs": None, "optimizer": "lion"}, "optimizer must be"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused_by_name(wrong, named):
    with pytest.raises(ValueError, match=named):
        compared(**wrong)


def curve(name, steps, epochs=10, base_lr=0.2):
    """The LR at every step of one of the course's schedules, on an optimizer of torch's own."""
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr, momentum=0.9)
    made = named_schedules(steps, epochs)[name](optimizer)
    lrs = []
    for _ in range(steps):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        made.step()
    return lrs, made


def test_the_courses_schedules_by_hand():
    assert list(named_schedules(100, 10)) == [
        *("constant", "step", "exponential", "cosine", "plateau", "cyclic", "one-cycle", "linear", "cosine restarts"),
        *("warmup cosine", "wsd", "inverse time", "inverse sqrt"),
    ]
    assert named_schedules(100, 10)["constant"] is None
    assert curve("step", 100)[0] == pytest.approx([0.2 * 0.5 ** (t // 20) for t in range(100)])
    assert curve("cosine", 50)[0] == pytest.approx(
        [0.002 + 0.198 * (1 + math.cos(math.pi * t / 50)) / 2 for t in range(50)]
    )
    warm, _ = curve("warmup cosine", 40)
    assert warm[:4] == pytest.approx([0.05, 0.1, 0.15, 0.2])  # a tenth of the run
    assert warm[4:] == pytest.approx([0.1 * (1 + math.cos(math.pi * t / 36)) for t in range(36)])
    cyclic, _ = curve("cyclic", 50)
    assert cyclic[:21] == pytest.approx([0.002 + 0.198 * (1 - abs(1 - t / 10)) for t in range(21)])
    for steps in (1, 9):
        assert curve("warmup cosine", steps)[0][-1] > 0


@pytest.mark.parametrize(("epochs", "patience"), [(1, 0), (19, 0), (20, 1), (21, 1), (60, 3)])
def test_the_plateau_waits_for_a_twentieth_of_the_run_and_halves(epochs, patience):
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    made = named_schedules(10 * epochs, epochs)["plateau"](optimizer)
    lrs = []
    for _ in range(patience + 2):
        made.step(1.0)
        lrs.append(optimizer.param_groups[0]["lr"])
    assert lrs == [0.4] * (patience + 1) + [0.2]


def test_a_table_by_hand():
    """Two schedules on two seeds: means 0.3 and 0.8, behind by 0.6 and 0.4; t(1) = 12.706."""
    rows = [("a", 0.1, 0, 0.9, None), ("a", 0.1, 1, 0.7, None), ("b", 1, 0, 0.3, None), ("b", 1, 1, 0.3, None)]
    table = Comparison(None, FakeRace(rows), {"a": 0.1, "b": 1}, [0.1], "loss").table
    assert list(table.columns) == (
        [
            "rank",
            "rank_holds",
            "schedule",
            "best_lr",
            "edge",
            "mean",
            "low",
            "high",
            "behind",
            "behind_low",
            "behind_high",
            "diverged",
        ]
    )
    first, second = table.to_dict("records")
    assert (first["schedule"], first["rank"], first["rank_holds"], first["diverged"]) == ("b", 1, 1.0, 0)
    assert [first[key] for key in ("mean", "low", "high")] == pytest.approx([0.3, 0.3, 0.3])
    assert (second["schedule"], second["rank"], second["best_lr"], second["edge"]) == ("a", 2, 0.1, "only")
    half = 12.7062 * 0.1
    assert [second[key] for key in ("mean", "low", "high")] == pytest.approx([0.8, 0.8 - half, 0.8 + half], rel=1e-4)
    assert [second[key] for key in ("behind", "behind_low", "behind_high")] == pytest.approx(
        [0.5, 0.5 - half, 0.5 + half], rel=1e-4
    )


@pytest.mark.parametrize(("metric", "sign"), [("loss", 1), ("accuracy", -1)])
def test_a_diverged_run_counts_as_the_worst_there_is(metric, sign):
    rows = [("a", 0.1, 0, 0.5, 0), ("a", 0.1, 1, 0.4, None), ("a", 0.2, 0, 0.3, None), ("a", 0.2, 1, 0.1, None)]
    tuned = Comparison(FakeRace(rows), FakeRace(rows[:2]), {"a": 0.1}, [0.1, 0.2], metric)
    assert tuned.results["a"].tolist() == [sign * math.inf, sign * 0.4]
    told = tuned.tuning_table
    assert list(told.columns) == ["schedule", "base_lr", "mean", "min", "max"] and told.base_lr.tolist() == [0.1, 0.2]
    assert told["mean"].tolist() == pytest.approx([sign * math.inf, sign * 0.2])
    assert sorted(told[["min", "max"]].values[1]) == pytest.approx(sorted([sign * 0.3, sign * 0.1]))
