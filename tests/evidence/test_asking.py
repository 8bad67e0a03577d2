"""The one call: every rule of it has a test that breaks it, and its errors are counted with tuning in the loop."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats
from torch import nn

from lrcourse import schedules
from lrcourse.data import load
from lrcourse.evidence import ask, fact, power, racing
from lrcourse.evidence.plan import seeds_from
from lrcourse.evidence.rows import collecting
from lrcourse.evidence.trials import Request
from lrcourse.evidence.tuning import EdgeError
from lrcourse.evidence.verdict import HOLDS, OPPOSITE, SAME, UNSURE
from lrcourse.schedulers import CosineAnnealingLR

NO_RIVALS = {"constant": "made-up numbers", "linear to zero": "made-up numbers"}
BASE = {
    "id": "A9",
    "text": "It helps.",
    "best": "a",
    "lrs": [0.05, 0.1, 0.2],
    "metric": "loss",
    "matters": 0.1,
    "experiment": "made up",
    "without": NO_RIVALS,
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer imagined repetitions behind each announced power; many claims are asked here."""
    monkeypatch.setattr(power, "DRAWN", 50_000)


def valley(arm, lr, seed):
    """Best at 0.1; arm is added to the loss, and every seed, arm and LR has a noise of its own."""
    noise = np.random.default_rng([seed, round(1e6 * lr), round(1000 * (10 + arm))]).normal(0, 0.2)
    return arm + 0.5 * math.log(lr / 0.1) ** 2 + noise


def asked(root=0, **changes):
    arguments = {"run": valley, "arms": {"a": 0.0, "b": 1.0}, **BASE, **changes}
    with seeds_from(root), collecting() as rows:
        answer = ask(arguments.pop("id"), arguments.pop("text"), **arguments)
    return answer, rows[0]


def test_an_effect_is_found_with_its_sign():
    assert asked()[0].verdict == HOLDS
    assert asked(best="b")[0].verdict == OPPOSITE
    answer, row = asked(better="higher", run=lambda arm, lr, seed: -valley(arm, lr, seed))
    assert answer.verdict == HOLDS and answer.effect == pytest.approx(1, abs=0.3)
    assert row["unit"] == "loss, a minus b"


def test_the_differences_are_those_of_the_same_seed():
    answer, row = asked(run=lambda arm, lr, seed: arm + 100 * math.sin(seed) + 0.5 * math.log(lr / 0.1) ** 2)
    assert answer.interval == pytest.approx((1, 1)) and row["settings"][0][1] == pytest.approx(1)
    assert answer.results[""]["a"].std() > 10


def test_the_metric_that_is_read_is_the_metric_that_was_tuned_on_other_seeds_and_parts():
    class Watched:
        splits = None

        def __init__(self):
            self.requests = []

        def rivals(self):
            return {}

        def __call__(self, arms, requests):
            self.requests += requests
            return [
                {entry: [valley(arms[entry[0]], entry[1], seed) for seed in request.seeds] for entry in request.entries}
                for request in requests
            ]

    watched = Watched()
    answer, _ = asked(run=watched, seeds=6, tuning_seeds=3)
    tuning = {seed for request in watched.requests if request.part == "val" for seed in request.seeds}
    test = [seed for request in watched.requests if request.part == "test" for seed in request.seeds]
    assert len(tuning) == 18 and len(test) == 6 and not tuning & set(test)
    assert tuple(test) == answer.plan.test_seeds and tuning == {seed for study in answer.plan.studies for seed in study}
    assert [r.part for r in watched.requests] == sorted(
        (r.part for r in watched.requests), reverse=True
    )  # val, then test
    chosen = [r.lrs["a"] for r in watched.requests if r.part == "test"]
    assert all(len(lrs) == 1 for lrs in chosen) and [lrs[0] for lrs in chosen] == list(answer.lrs[""]["a"])


@pytest.mark.parametrize("many", [True, False])
def test_a_function_that_measures_on_data_is_told_the_part(many):
    """The tuning reads 'val', the end 'test': here the LR that is best on one is not the best on the other."""
    parts = []

    def one(arm, lr, seed, part):
        parts.append((seed % 2, part))
        return valley(arm, lr if part == "val" else 4 * lr, seed)

    def all_seeds(arm, lr, seeds, part):
        return [one(arm, lr, seed, part) for seed in seeds]

    answer, _ = asked(run=all_seeds if many else one, seeds=6)
    assert set(parts) == {(0, "val"), (1, "test")}
    assert {round(lr, 6) for lr in answer.lrs[""]["a"]} <= {0.05, 0.1, 0.2}
    assert answer.results[""]["a"].mean() > 0.5 * math.log(2) ** 2


def test_what_will_be_done_is_written_down_before_the_test_seeds_run(capsys):
    said = []

    def run(arm, lr, seed):
        said.append((seed % 2, capsys.readouterr().out))
        return valley(arm, lr, seed)

    ask(
        BASE["id"],
        BASE["text"],
        run=run,
        arms={"a": 0.0, "b": 1.0},
        **{k: BASE[k] for k in BASE if k not in ("id", "text")},
    )
    before = "".join(out for _, out in said[: [odd for odd, _ in said].index(1) + 1])
    hash_line = [line for line in before.splitlines() if line.startswith("Plan ")]
    assert len(hash_line) == 1 and len(hash_line[0].split()[1]) == 12
    for part in ["less than 0.1 either way", "a against b", "0.05 to 0.2", "20 seeds that no tuning has seen"]:
        assert part in before
    assert capsys.readouterr().out == f"Verdict: {HOLDS}\n"


def test_the_rivals_are_added_or_their_absence_is_explained():
    with pytest.raises(ValueError, match="arms must hold 'constant', a rival that a reader would choose"):
        asked(without={})
    with pytest.raises(ValueError, match="without\\['constant'\\] must say"):
        asked(without={**NO_RIVALS, "constant": " "})
    with pytest.raises(ValueError, match="without must be one of"):
        asked(without={**NO_RIVALS, "cosine": "why"})
    with pytest.raises(ValueError, match="which is one of the arms"):
        asked(arms={"a": 0.0, "constant": 1.0})

    def sharp(arm, lr, seeds):
        schedule, rng = arm(lr), [np.random.default_rng(seed) for seed in seeds]
        w = np.ones(len(seeds))
        for t in range(50):
            w -= schedule(t) * (w + np.array([one.standard_normal() for one in rng]))
        return abs(w)

    arms = {"cosine": lambda lr: schedules.cosine(lr, 50)}
    answer, _ = asked(run=sharp, arms=arms, best="cosine", steps=50, without={}, matters=0.01)
    assert answer.plan.added == ("constant", "linear to zero") == answer.plan.rivals
    assert "linear to zero (added)" in answer.plan.lines[1]


def test_a_race_adds_its_rivals_with_the_right_length():
    digits = racing(lambda: nn.Linear(64, 10), load("digits"), epochs=2, batch_size=64)
    for trials, horizon in [
        (digits, 34),
        (racing(lambda: nn.Linear(64, 10), load("digits"), epochs=2, step_per="epoch"), 2),
        (racing(lambda: nn.Linear(64, 10), load("digits"), steps=40, step_per="epoch"), 3),
    ]:
        optimizer = type("Optimizer", (), {"param_groups": [{"lr": 1.0}]})()
        scheduler = trials.rivals()["linear to zero"](optimizer)
        for _ in range(horizon):
            assert optimizer.param_groups[0]["lr"] > 0
            scheduler.step()
        assert optimizer.param_groups[0]["lr"] == 0
        assert trials.rivals()["constant"] is None


def test_the_data_split_varies_with_the_test_seed():
    splits = []

    def digits(seed):
        splits.append(seed)
        return load("digits", train_size=100, val_size=50, seed=seed)

    trials = racing(lambda: nn.Linear(64, 10), digits, epochs=1, batch_size=32)
    arms = {"cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=4)}
    answer, row = asked(run=trials, arms=arms, best="cosine", without={}, seeds=3, tuning_seeds=1, lrs=[0.5, 1, 2])
    assert set(splits) - {1} == set(answer.plan.test_seeds) and row["asked"]["splits"] is True
    splits.clear()
    once, _ = asked(
        run=trials, arms=arms, best="cosine", without={}, seeds=3, tuning_seeds=4, retune=False, lrs=[0.5, 1, 2]
    )
    assert set(splits) - {1} == {*once.plan.test_seeds, *once.plan.studies[0]}  # each tuning seed too
    fixed = racing(lambda: nn.Linear(64, 10), load("digits", train_size=100, val_size=50), epochs=1, batch_size=32)
    answer, _ = asked(run=fixed, arms=arms, best="cosine", without={}, seeds=3, tuning_seeds=1, lrs=[0.5, 1, 2])
    assert "all on one data split" in answer.plan.lines[3]


def test_a_race_reads_the_validation_part_while_tuning_and_the_test_part_at_the_end():
    data = load("digits", train_size=100, val_size=50)
    trials = racing(lambda: nn.Linear(64, 10), data, epochs=1, batch_size=32)
    request = {part: Request(1, (3,), {"constant": (0.5,)}, part) for part in ("val", "test")}
    numbers = {part: trials({"constant": None}, [request[part]])[0]["constant", 0.5][0] for part in request}
    swapped = racing(lambda: nn.Linear(64, 10), _swapped(data), epochs=1, batch_size=32)
    assert swapped({"constant": None}, [request["val"]])[0]["constant", 0.5][0] == pytest.approx(numbers["test"])
    assert numbers["val"] != numbers["test"]


def test_requests_raced_together_give_what_each_gives_alone(monkeypatch):
    trials = racing(lambda: nn.Linear(64, 10), lambda seed: load("digits", 100, 50, seed), epochs=2, batch_size=32)
    arms = {"constant": None, "cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=8)}
    requests = [
        Request(1, (2, 4), {"constant": (0.5, 1.0), "cosine": (0.5,)}, "val"),
        Request(3, (6,), {"cosine": (2.0,)}, "val"),
        Request(3, (2,), {"constant": (0.5,)}, "val"),  # the first request's seed, on another split
        Request(5, (5,), {"constant": (0.1,), "cosine": (0.2,)}, "test"),
    ]
    alone = [trials(arms, [request])[0] for request in requests]
    for datasets in (100, 2, 1):
        monkeypatch.setattr("lrcourse.evidence.trials.DATA_BYTES", datasets * 150_000)
        for together, one in zip(trials(arms, requests), alone, strict=True):
            assert list(together) == list(one)
            assert all(together[entry] == pytest.approx(one[entry], rel=1e-5) for entry in one)


def _swapped(data):
    return dataclasses.replace(data, x_val=data.x_test, y_val=data.y_test)


def test_an_optimum_at_the_edge_widens_the_grid_or_refuses_the_claim():
    answer, _ = asked(lrs=[0.4, 0.8])
    assert answer.tried["a"][0] < 0.1 and {round(lr, 6) for lr in answer.lrs[""]["a"]} <= {0.05, 0.1, 0.2}
    with pytest.raises(EdgeError):
        asked(run=lambda arm, lr, seed: -lr + arm)


def test_a_tuning_for_all_is_said_and_gives_all_test_seeds_one_lr():
    answer, row = asked(retune=False, tuning_seeds=5)
    assert len(set(answer.lrs[""]["a"])) == 1 and row["asked"]["retune"] is False
    assert "the luck of the tuning is not in the interval" in answer.plan.lines[2]


def test_one_shared_lr_or_several():
    answer, _ = asked(lrs=None, at=0.1)
    assert answer.verdict == HOLDS and set(answer.lrs[""]["b"]) == {0.1} and "Not tuned" in answer.plan.lines[2]

    def crossing(arm, lr, seed):
        return (1 if lr < 0.1 else -1) * arm + np.random.default_rng([seed, int(arm)]).normal(0, 0.2)

    answer, row = asked(lrs=None, at=[0.05, 0.2], run=crossing, depends_on="base LR")
    assert answer.verdict == "depends on the base LR"
    assert [name for name, *_ in row["settings"]] == ["LR 0.05", "LR 0.2"]


def test_settings_are_asked_on_the_same_seeds():
    quiet = {"clean": valley, "noisy": lambda arm, lr, seed: valley(0, lr, seed) + valley(arm, lr, seed + 2)}
    answer, row = asked(run=quiet, depends_on="noise")
    assert list(answer.results) == ["clean", "noisy"] and len(row["settings"]) == 2


def test_a_diverged_test_run_leaves_the_verdict_open_unless_it_is_said_what_it_counts():
    def run(arm, lr, seed):
        return math.nan if arm and seed % 20 == 1 else valley(arm, lr, seed)

    answer, row = asked(run=run, seeds=60)
    assert answer.verdict == UNSURE and "diverged: b (" in row["asked"]["remarks"][0]
    assert asked(run=run, seeds=60, worst=5.0)[0].verdict == HOLDS


def test_do_these_differ():
    arms = {"a": 0.0, "b": 0.0, "c": 1.0}
    answer, row = asked(best=None, arms=arms)
    assert answer.verdict == HOLDS and answer.cases[0].rival.startswith("c minus")
    assert "dealt anew" in row["asked"]["remarks"][0]
    assert asked(best=None, arms=dict.fromkeys("abc", 0.0), matters=0.5)[0].verdict == SAME
    with pytest.raises(ValueError, match="at least 3"):
        asked(best=None)


def test_a_fact_is_no_sample(capsys):
    with pytest.raises(ValueError, match="that is a fact"):
        asked(run=lambda arm, lr, seed: arm + 0.5 * math.log(lr / 0.1) ** 2)
    with collecting() as rows:
        fact("A10", "Cosine stays high.", experiment="the curves", holds=True, value=8, unit="epochs")
    assert rows[0]["settings"] == [("", 8.0, 8.0, 8.0)] and "asked" not in rows[0]
    fact("A10", "Cosine stays high.", experiment="the curves", holds=True, value=8, unit="epochs")
    assert "interval" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "error", "named"),
    [
        ({"best": "c"}, ValueError, "best must be"),
        ({"lrs": None}, ValueError, "lrs or at must be given"),
        ({"at": 0.1}, ValueError, "lrs or at must be given"),
        ({"lrs": []}, ValueError, "lrs must hold"),
        ({"lrs": {"a": [0.1]}}, ValueError, "lrs must name the arms"),
        ({"lrs": [0.1, -0.1]}, ValueError, "lrs must be"),
        ({"run": 3}, TypeError, "run must be"),
        ({"arms": {"a": 1}}, ValueError, "arms must hold at least 2"),
        ({"experiment": ""}, ValueError, "experiment must be"),
        ({"run": lambda arm, lr, seeds: [1.0]}, ValueError, "run must give a number for each"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_by_name(wrong, error, named):
    with pytest.raises(error, match=named):
        asked(**wrong)


CLAIMS = 400


@pytest.mark.parametrize("rivals", [1, 3])
@pytest.mark.parametrize("shape", ["valley", "flat"])
def test_identical_arms_with_tuning_in_the_loop(rivals, shape):
    """400 claims about arms that are alike, each tuned for anew; skewed noise, a luck that all arms of a seed share."""

    def alike(arm, lr, seeds):
        return [
            np.random.default_rng(seed).normal()
            + np.random.default_rng([seed, arm, round(1e6 * lr)]).lognormal()
            + (math.log(lr / 0.1) ** 2 if shape == "valley" else 0)
            for seed in seeds
        ]

    said = []
    for root in range(CLAIMS):
        arms = {"a": 0, **{f"b{i}": 1 + i for i in range(rivals)}}
        said.append(asked(root, run=alike, arms=arms, seeds=8, tuning_seeds=1)[0].verdict)
    assert sum(verdict in (HOLDS, OPPOSITE) for verdict in said) <= 0.05 * CLAIMS
    assert sum(verdict.startswith(("depends", "shows", "the opposite")) for verdict in said) <= 0.05 * CLAIMS


def test_a_hidden_effect_is_found_as_often_as_announced():
    """Noise of the tests' own, an effect of the size that the claims announce: found in about four of five."""

    def run(arm, lr, seeds):
        return [arm + math.log(lr / 0.1) ** 2 + np.random.default_rng([seed, int(arm > 0)]).normal() for seed in seeds]

    quiet = [asked(root, run=run, arms={"a": 0.0, "b": 1e-9}, tuning_seeds=1)[0].design.visible for root in range(40)]
    effect = float(np.mean(quiet))
    found = [asked(root, run=run, arms={"a": 0.0, "b": effect}, tuning_seeds=1)[0].verdict for root in range(200)]
    assert found.count(HOLDS) / 200 == pytest.approx(0.8, abs=0.1)


def test_what_is_taken_where_nothing_is_said():
    plan = asked()[0].plan
    assert (plan.seeds, plan.tuning_seeds, plan.retune, plan.better, plan.worst) == (20, 2, True, "lower", None)
    assert plan.tuned and plan.splits is None and plan.root == 0 and asked(root=3)[0].plan.root == 3
    assert not asked(lrs=None, at=0.1)[0].plan.tuned


def test_an_answer_says_the_effect_the_chance_and_the_lrs_that_were_tried():
    answer, row = asked(arms={"a": 0.0, "b": 0.15}, lrs=[0.4, 0.8])
    differences = answer.results[""]["b"] - answer.results[""]["a"]
    assert answer.effect == pytest.approx(differences.mean()) and 0 < (differences > 0).mean() < 1
    assert answer.chance == (differences > 0).mean()  # 20 seeds, no tie
    low, high = stats.ttest_1samp(differences, 0).confidence_interval(0.99)
    assert answer.interval == pytest.approx((low, high))
    assert answer.tried["a"][1] == 0.8 and answer.tried["a"][0] <= 0.05  # from the lowest to the highest
    assert row["depends_on"] == "setting"


def at_a_glance(*differences, **changes):
    """The remarks about these differences of b to a, seed by seed, with one shared LR."""
    left = {}

    def run(arm, lr, seed):
        left.setdefault(seed, len(left) % len(differences))
        return 100.0 * left[seed] + arm * differences[left[seed]]

    return asked(run=run, lrs=None, at=0.1, **changes)


def test_an_open_question_says_how_many_seeds_it_would_take():
    spread = np.resize([1.0, -1.0], 10)
    answer, row = at_a_glance(*spread, seeds=10, matters=0.5)
    assert answer.verdict == UNSURE and row["asked"]["remarks"] == list(answer.remarks)
    wanted = math.ceil(10 * (answer.design.visible / 0.5) ** 2)
    assert answer.remarks == (f"To see a difference of 0.5 it would take about {wanted} seeds.",)
    assert 50 < wanted < 100  # by the normal law (2.576 + 0.842)² · 1.11 / 0.25 = 52, more by Student's
    precise = at_a_glance(*(0.5 + 0.1 * spread), seeds=10, matters=0.5)[0]
    assert precise.verdict == HOLDS and precise.remarks == ()
    across = at_a_glance(*(0.05 + 0.1 * spread), seeds=10, matters=0.15)[0]
    assert across.verdict == UNSURE
    assert across.remarks == ("The interval reaches from what does not matter to what does.",)


def test_diverged_runs_are_counted_by_arm_and_no_number_of_seeds_is_told():
    answer, _ = at_a_glance(1.0, 2.0, math.nan, 1.0, math.nan, seeds=5)
    assert answer.verdict == UNSURE
    assert answer.remarks[0].startswith("Test runs diverged: a (2), b (2). They have no number")  # 0 · nan is none
    assert len(answer.remarks) == 1
    counted = at_a_glance(1.0, 2.0, math.nan, 1.0, math.nan, seeds=5, worst=7.0)[0]
    assert counted.results[""]["b"].tolist().count(7.0) == 2 and not any("diverged" in one for one in counted.remarks)


def test_several_settings_are_compared_with_every_rival_in_order():
    runs = {"clean": valley, "noisy": valley}
    answer, row = asked(run=runs, arms={"a": 0.0, "b": 1.0, "c": 2.0}, seeds=5)
    assert [(one.setting, one.rival) for one in answer.cases] == [
        ("clean", "b"),
        ("clean", "c"),
        ("noisy", "b"),
        ("noisy", "c"),
    ]
    assert [name for name, *_ in row["settings"]][0] == "clean, against b"
    assert [one.effect for one in answer.cases] == pytest.approx([1, 2, 1, 2], abs=0.5)
    assert row["unit"] == "loss, rival minus a"


def test_a_high_number_is_good_where_it_is_said_in_every_rule():
    arms = {"a": 0.0, "b": 0.0, "c": -1.0}
    answer, row = asked(best=None, arms=arms, better="higher", run=lambda arm, lr, seed: -valley(-arm, lr, seed))
    assert answer.verdict == HOLDS and answer.cases[0].rival.startswith("c minus ")
    assert answer.effect == pytest.approx(1, abs=0.3) and row["unit"] == "loss, " + answer.cases[0].rival


def test_arms_at_a_shared_lr_are_ordered_by_a_look_at_tuning_seeds():
    answer, _ = asked(best=None, arms={"a": 0.0, "b": 1.0, "c": 2.0}, lrs=None, at=0.1, seeds=6, retune=False)
    assert answer.verdict == HOLDS and answer.cases[0].rival == "c minus a"
    assert answer.remarks[0] == (
        "The names dealt anew within each seed give means as far apart in 0.01 % of 9,999 deals."
    )
    assert answer.lrs[""] == dict.fromkeys("abc", (0.1,) * 6)


@pytest.mark.parametrize(
    ("wrong", "error", "named"),
    [
        ({"lrs": None, "at": []}, ValueError, "at must hold one LR or more"),
        ({"lrs": None, "at": 0.1, "run": {"x": valley, "y": valley}}, ValueError, "asks in one setting"),
        ({"lrs": None, "at": [0.1, -1]}, ValueError, "at must be"),
        ({"lrs": {"a": [0.1], "b": [0.1], "c": [0.1]}}, ValueError, "lrs must name the arms \\['a', 'b'\\]"),
        ({"lrs": {"a": [0.1], "b": []}}, ValueError, "lrs must hold at least one LR for every arm"),
        ({"best": None, "arms": dict.fromkeys("abc", 0.0), "run": {"x": valley, "y": valley}}, ValueError, "best=None"),
        ({"depends_on": " "}, ValueError, "depends_on must be"),
        ({"without": {**NO_RIVALS, "constant": 3}}, ValueError, "must say in a few words why .* not 3"),
    ],
)
def test_more_calls_that_make_no_sense(wrong, error, named):
    with pytest.raises(error, match=named):
        asked(**wrong)


def test_grids_by_arm_and_a_rival_that_begins_with_the_first_arms():
    def run(arm, lr, seed):
        return 0.5 * math.log(lr / 0.1) ** 2 + np.random.default_rng([seed, round(1e6 * lr)]).normal(0, 0.1)

    grids = {"a": [0.2, 0.1, 0.05, 0.1], "b": (0.1, 0.05, 0.2, 0.4)}
    plan = asked(run=run, lrs=grids, steps=5, without={}, seeds=3, better="lower")[0].plan
    assert plan.grids[""] == {
        "a": (0.05, 0.1, 0.2),  # sorted, each once
        "b": (0.05, 0.1, 0.2, 0.4),
        "constant": (0.05, 0.1, 0.2),
        "linear to zero": (0.05, 0.1, 0.2),
    }
    given = asked(run=run, lrs={**grids, "constant": [0.05, 0.1]}, steps=5, without={}, seeds=3)[0].plan
    assert given.grids[""]["constant"] == (0.05, 0.1) and given.added == ("constant", "linear to zero")
    one = asked(lrs=None, at=[0.1], seeds=3)[0].plan
    assert one.grids == {"": {"a": (0.1,), "b": (0.1,)}}  # one LR alone is no setting of its own
