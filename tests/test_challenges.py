"""Challenges and sentences: every round can be won and none is won by itself; what is told is what torch would do."""

import contextlib
import json
import math
import random
import re
import xml.etree.ElementTree as ET
from itertools import product

import pytest
import torch

from lrcourse import schedules
from lrcourse.exercises import learner
from lrcourse.exercises.standing import standing
from lrcourse.landscapes import SURFACES
from lrcourse.widgets import challenge, sentence
from lrcourse.widgets.challenges import CHALLENGES
from lrcourse.widgets.crowd import HIKERS, walk_under
from lrcourse.widgets.foreseeing import Foreseeing
from lrcourse.widgets.landing import GRID, TUNING, hikers
from lrcourse.widgets.sentences import SENTENCES

FORESEEN = [name for name in CHALLENGES if isinstance(challenge(name), Foreseeing)]
LANDED = [name for name in CHALLENGES if name not in FORESEEN]


class Kept:
    """A store that forgets with the test."""

    def __init__(self):
        self.entries = {}

    def read(self):
        return dict(self.entries)

    def write(self, entries):
        self.entries = json.loads(json.dumps(entries))


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    store = Kept()
    monkeypatch.setattr(learner, "_STORE", [store])
    return store


def put(panel, **values):
    """Move controls to the positions nearest to values."""
    positions = {}
    for name, value in values.items():
        known = panel._controls[name].values
        exact = [i for i, one in enumerate(known) if one == value]
        positions[name] = exact[0] if exact else min(range(len(known)), key=lambda i: abs(known[i] - value))
    panel.state = {**panel.state, **positions}


def press(panel, name="try"):
    panel.state = {**panel.state, name: panel.state[name] + 1}


def solutions(name, panel):
    """Settings that should win this round, worked out from the ground's curvature or found by hand."""
    sharp = panel.ground(panel.values()).sharpness
    return {
        "beat_constant": [{"base_lr": 0.03, "step_size": 15, "gamma": 0.4}],
        "patience": [{"base_lr": 0.1, "factor": 0.7, "patience": 4}],
        "out_of_the_pit": [
            {"base_lr": low, "max_lr": high, "step_size_up": up}
            for high, low, up in product((0.8, 1.0, 0.6, 0.4), (0.001, 0.05, 0.1), (5, 10, 20, 40))
        ],
        "range_test": [{"base_lr": 1.2 / sharp}],  # of the edge 2/λ
        "land": [{"max_lr": 0.32 / sharp, "pct_start": 0.2}],
        "beat_cosine": [{"base_lr": 0.02, "cooldown_steps": 50, "cooldown": "1-sqrt"}],
        "two_curvatures": [{"base_lr": 1.92 / sharp, "momentum": 0.6}],
        "the_race": [{"schedule": "step_decay", "base_lr": 0.03}],
        "bend_the_line": [{"base_lr": 0.022, "power": 1.5}],
        "next_run": [{"schedule": "step_decay", "base_lr": 0.05}],
    }[name]


def test_there_is_one_for_every_lesson():
    assert {task.lesson for task in CHALLENGES.values()} == {f"{lesson:02}" for lesson in range(2, 17)}


@pytest.mark.parametrize("name", LANDED)
def test_no_round_wins_itself_and_all_can_be_won(name):
    panel = challenge(name)
    for number in range(1, 21):
        put(panel, round=number)
        values = panel.values()
        assert not panel.attempt(values).reached, f"round {number} is won by where the sliders begin"
        found = (panel.attempt(values | setting).reached for setting in solutions(name, panel))
        assert any(found), f"round {number} cannot be won so"


@pytest.mark.parametrize("name", list(CHALLENGES))
def test_who_moves_the_sliders_blindly_seldom_wins(name):
    panel, draw, won = challenge(name), random.Random(name), 0
    knobs = [one for one in panel._controls.values() if one.group == "your plan"]
    for number in range(1, 5):
        put(panel, round=number)
        values = panel.values()
        for _ in range(25):
            with contextlib.suppress(ValueError):  # what cannot be wins nothing
                won += panel.attempt(values | {knob.name: draw.choice(knob.values) for knob in knobs}).reached
    assert won < 25, f"{won} of 100"


@pytest.mark.parametrize("name", FORESEEN)
def test_every_point_lies_on_a_curve_that_the_sliders_reach(name):
    panel = challenge(name)
    (knob,) = [one for one in panel._controls.values() if one.group == "your plan"]
    asked = set()
    for number in range(1, 21):
        put(panel, round=number)
        values = panel.values()
        assert not panel.attempt(values).reached
        assert any(panel.attempt(values | {knob.name: value}).reached for value in knob.values)
        asked.add(panel.view["asked"])
    assert len(asked) > 15


def test_foresight_by_the_formula():
    for name, setting in [
        ("a_tenth", {"gamma": 0.1 ** (1 / 40)}),
        ("rises_again", {"T_max": 60}),  # half a period and a half of half a period on: cos(3π/2) = 0
        ("half_the_top", {"warmup_steps": 25}),  # sqrt(25 / 100)
        ("fall_late", {"pct_start": 0.6}),
        ("new_horizon", {"total_iters": 120}),
    ]:
        panel = challenge(name)
        put(panel, **setting)
        press(panel)
        assert "Reached with the first try!" in panel.view["status"], name


@pytest.mark.parametrize("name", FORESEEN)
def test_a_curve_that_was_not_found_is_told_and_is_the_one(name):
    panel = challenge(name)
    (knob,) = [one for one in panel._controls.values() if one.group == "your plan"]
    for number in range(1, 6):
        put(panel, round=number)
        for _ in range(3):
            assert "the curve goes through" not in panel.view["status"]
            press(panel)
        told = re.search(rf"With {knob.name} = (.+?) the curve goes through", panel.view["status"])[1]
        assert panel.attempt(panel.values() | {knob.name: knob.read(told)}).reached


def test_on_its_way_down_is_not_on_its_way_up():
    panel = challenge("rises_again")
    put(panel, T_max=180)  # cos(π/2): half of the top at step 90, falling
    press(panel)
    assert "on its way down" in panel.view["status"] and "Not yet" in panel.view["status"]


@pytest.mark.parametrize("name", list(CHALLENGES))
def test_nothing_is_seen_before_it_is_tried(name):
    panel = challenge(name)
    drawn = lambda: [  # noqa: E731
        path for svg in panel.view["panes"] for path in ET.fromstring(svg).iter("path") if path.get("class") == "s1"
    ]
    assert drawn() == [] and "3 tries" in panel.view["status"]
    press(panel)
    assert drawn()


def test_three_tries_and_no_more_then_a_new_round():
    panel = challenge("beat_constant")
    asked = panel.view["asked"]
    for number in range(1, 4):
        press(panel)
        assert panel.view["status"].startswith(f"Try {number} of 3: you end at ")
    seen = panel.view["status"]
    assert "reached 0 of 1 round" in seen
    press(panel)  # spends nothing, and is answered
    assert panel.view["status"] == f"This round is over. {seen}"
    put(panel, gamma=0.5)
    assert panel.view["status"] == seen
    press(panel, "next")
    assert panel.view["status"].startswith("Round 2, 3 tries") and panel.view["asked"] != asked


def test_the_first_go_at_a_round_counts(kept):
    panel = challenge("two_curvatures")
    for _ in range(3):
        press(panel)
    press(panel, "next")
    put(panel, round=1)
    put(panel, **solutions("two_curvatures", panel)[0])
    press(panel)
    assert "Reached with the first try!" in panel.view["status"] and "reached 0 of 1 round" in panel.view["status"]
    assert kept.entries == {"challenge two_curvatures": {"questions": {"1": 0}, "score": 0, "begun": {}}}
    press(panel, "next")
    put(panel, **solutions("two_curvatures", panel)[0])
    press(panel)
    assert kept.entries == {"challenge two_curvatures": {"questions": {"1": 0, "2": 1}, "score": 50, "begun": {}}}
    again = challenge("two_curvatures")  # another cell, another day
    put(again, round=3)
    put(again, **solutions("two_curvatures", again)[0])
    press(again)
    assert "reached 2 of 3 rounds" in again.view["status"]
    assert "Your challenges, rounds reached: two_curvatures 2 of 3" in standing().lines


@pytest.mark.parametrize("name", ["beat_constant", "rises_again"])
def test_tries_stay_spent_whatever_is_moved_in_between(name, kept):
    """By the slider there and back, by another setting and back, by the cell run again: no way to a fresh first try."""
    panel = challenge(name)
    press(panel)
    first = panel.view
    assert first["status"].startswith("Try 1 of 3")
    for there in ({"round": 2}, {"steps": 40} if "steps" in panel.state else {"round": 9}):
        back = {key: panel.values()[key] for key in there}
        put(panel, **there)
        assert "3 tries" in panel.view["status"]
        put(panel, **back)
        assert panel.view == first
    press(panel)
    again = challenge(name)
    assert again.view["status"] == panel.view["status"] and again.view["panes"] == panel.view["panes"]
    press(again)
    assert again.view["status"].startswith("Try 3 of 3") and "reached 0 of 1 round;" in again.view["status"]
    assert kept.entries[f"challenge {name}"]["begun"] == {}
    assert "3 tries" in challenge(name).view["status"]  # over: whoever wants plays it again


def test_a_round_that_is_left_is_told(kept):
    panel = challenge("two_curvatures")
    press(panel)
    press(panel, "next")
    put(panel, **solutions("two_curvatures", panel)[0])
    press(panel)
    assert "You have reached 1 of 1 round and left 1 unfinished;" in panel.view["status"]


@pytest.mark.parametrize(
    "tries", ["lost", {"1": 3}, {"1": [[0]]}, {"1": [[1, 2, 3, 4, 5, 6, 7]]}, {"1": [["a"]]}, [[1]]]
)
def test_damaged_tries_are_none(kept, tries):
    kept.entries = {"challenge beat_cosine": {"begun": tries}}
    assert "Round 1, 3 tries" in challenge("beat_cosine").view["status"]


def test_a_damaged_entry_is_begun_anew(kept):
    kept.entries = {"challenge land": {"questions": "lost"}, "step_decay": {"solved": True}}
    panel = challenge("land")
    put(panel, **solutions("land", panel)[0])
    press(panel)
    assert kept.entries["challenge land"]["questions"] == {"1": 1} and kept.entries["step_decay"] == {"solved": True}


def test_a_prepared_setting_is_played_but_not_recorded(kept):
    panel = challenge("beat_cosine")
    put(panel, steps=40)
    assert "40 steps on a noisy bowl" in panel.view["asked"]
    for _ in range(3):
        press(panel)
    assert "nothing is recorded" in panel.view["status"] and kept.entries == {}


def test_what_cannot_be_spends_no_try():
    panel = challenge("beat_cosine")
    put(panel, cooldown_steps=150)
    press(panel)
    assert "This cannot be" in panel.view["warnings"][0] and "3 tries" in panel.view["status"]


def test_a_run_that_diverges_is_a_try_that_failed():
    panel = challenge("land")
    put(panel, max_lr=1.0)
    press(panel)
    assert re.search(r"you end at [\d.e+]+\. Not yet", panel.view["status"]) or "you end at inf" in panel.view["status"]
    for svg in panel.view["panes"]:
        assert "nan" not in svg and "inf" not in svg


def test_both_sides_of_a_round_meet_the_same_noise_and_tuning_met_other():
    panel = challenge("beat_constant")
    for number in (1, 2, 7):
        put(panel, round=number)
        lr = float(re.search(r"LR ([\d.]+) \(the best of", panel.view["asked"])[1])
        values = panel.values() | {"base_lr": lr, "gamma": 1.0}  # a step decay that does not decay
        attempt = panel.attempt(values)
        assert attempt.measured == panel.bar(values) and not attempt.reached
    every = [set(hikers(number)) for number in range(1, 21)]
    assert len(set().union(*every, TUNING, HIKERS)) == 20 * 50 + 50 + 50


def test_the_rivals_lr_is_the_best_of_the_grid():
    panel, ground = challenge("beat_cosine"), SURFACES["noisy"]
    ends = {
        lr: walk_under(ground, schedules.curve(schedules.cosine(lr, 60), 60), seeds=TUNING).means[-1] for lr in GRID
    }
    best = min(ends, key=ends.get)
    assert f"Cosine at LR {best:g} " in panel.view["asked"] and GRID[0] < best < GRID[-1]


def test_a_try_ends_where_torch_ends():
    panel = challenge("land")
    put(panel, round=3, max_lr=0.03, pct_start=0.2)
    values, ground = panel.values(), panel.ground(panel.values())
    w = torch.tensor(ground.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, values["max_lr"], total_steps=40, pct_start=0.2, cycle_momentum=False
    )
    for step in range(40):
        optimizer.zero_grad()
        (ground.sharpness / 16 * (0.25 * w[0] ** 2 + 8 * w[1] ** 2)).backward()
        optimizer.step()
        if step < 39:
            scheduler.step()
    ends = ground.sharpness / 16 * (0.25 * w[0] ** 2 + 8 * w[1] ** 2).item()
    assert panel.attempt(values).measured == pytest.approx(ends, rel=0.01)  # sharpness is told with three digits


@pytest.mark.parametrize("name", ["the_race", "next_run"])
def test_of_every_schedule_to_choose_the_code_is_the_plan(name):
    panel = challenge(name)
    assert not {"constant", "cosine", "one_cycle"} & set(panel._controls["schedule"].values)  # those are the rivals
    for schedule in panel._controls["schedule"].values:
        put(panel, schedule=schedule, base_lr=0.05)
        _, _, make = panel.plan(panel.values())
        names = {"model": torch.nn.Linear(1, 1)}
        exec(panel.view["code"], names)
        theirs = []
        for _ in range(panel.values()["steps"]):
            theirs.append(names["optimizer"].param_groups[0]["lr"])
            names["optimizer"].step()
            names["scheduler"].step()
        assert theirs == pytest.approx(schedules.curve(make(), len(theirs)), rel=1e-9, abs=1e-15), schedule
        press(panel, "next")
        press(panel)
        assert "Try 1 of 3: you end at" in panel.view["status"]


def test_a_name_that_is_not_there():
    with pytest.raises(ValueError, match="challenge must be one of .*beat_cosine.* not 'beat'"):
        challenge("beat")
    with pytest.raises(ValueError, match="schedule must be one of .*cosine.* not 'wsd'"):
        sentence("wsd")
    with pytest.raises(TypeError, match="the sentence of cosine has no number gamma; it has T_max, steps"):
        sentence("cosine", gamma=0.5)


@pytest.mark.parametrize("name", list(SENTENCES))
def test_a_sentence_names_its_numbers_in_their_order(name):
    """The brackets are where the browser puts the controls: as many, in the same order, at every position."""
    panel = sentence(name)
    for position in range(0, 200, 7):
        panel.state = {control.name: min(position, len(control.values) - 1) for control in panel._controls.values()}
        shown = [control.texts[panel.state[control.name]] for control in panel._controls.values()]
        assert re.findall("⟨(.*?)⟩", panel.view["status"]) == shown
        assert "⟨" not in panel.words() and not re.search(r"e\+|nan|inf", panel.words())
        json.dumps(panel.view)


def test_what_the_sentences_say_is_so():
    """The numbers in the words against torch's schedulers, or by hand."""

    def told(name, **start):
        return sentence(name, **start).words()

    w = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([w], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=70, eta_min=0.001)
    lrs = []
    for _ in range(100):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert f"falls to {lrs[70]:.3g} at step 70, then rises again to {lrs[99]:.3g} at the last step" in told(
        "cosine", T_max=70
    )
    assert "rises again to 0.1 at step 60 and falls once more" in told("cosine", T_max=30)
    assert "falls all the time and ends at" in told("cosine", T_max=150)
    assert "reaches its lowest, 0.001, at the very last step" in told("cosine", T_max=99)
    half = math.ceil(math.log(0.5) / math.log(0.9))
    assert f"at half or less at step {half}, and at the end of 50 steps it is {0.1 * 0.9**49:.3g}" in told(
        "exponential", gamma=0.9, steps=50
    )
    assert "cut twice and ends at 0.025, 25 %" in told("step_decay", step_size=40)
    assert "never cut and ends at 0.1, 100 %" in told("step_decay", step_size=100)
    assert "from 0.004 to 0.1 at step 19, and the 80 steps that are left" in told("one_cycle", pct_start=0.2)
    assert "top of 0.1 at step 19, and is down to half of that at step 79" in told("inverse_sqrt", warmup_steps=20)


def test_before_the_last_try_there_is_a_hint_and_of_a_curve_the_side_is_told():
    for name, task in CHALLENGES.items():
        panel = challenge(name)
        press(panel)
        assert "A hint" not in panel.view["status"]
        press(panel)
        assert panel.view["status"].endswith(f"A hint: {task.hint}")
        press(panel)
        assert "A hint" not in panel.view["status"]
    panel = challenge("fall_late")  # half of the top at step 80: the flat part ends at 60
    for pct_start, side in ((0.9, "too high"), (0.3, "too low")):
        put(panel, pct_start=pct_start)
        press(panel)
        assert f"{side}; 2 % would do" in panel.view["status"]
