"""Seeds that never meet, a plan whose hash changes with everything in it."""

import dataclasses
import hashlib
import inspect
import json

import pytest

from lrcourse.evidence import asking
from lrcourse.evidence.plan import Plan, draw, seeds_from, seeds_root

GRID = {"": {"a": (0.1, 0.2), "b": (0.1, 0.2)}}
PLAN = Plan(
    id="A9",
    text="It helps.",
    metric="loss",
    better="lower",
    matters=0.1,
    best="a",
    arms=("a", "b"),
    added=(),
    without={},
    grids=GRID,
    tuned=True,
    seeds=20,
    tuning_seeds=3,
    retune=True,
    splits=None,
    worst=None,
    root=0,
)


def test_tuning_and_test_seeds_never_meet():
    """Not in a claim, not between claims, not between roots: a tuning seed is even, a test seed is odd."""
    tuning = {seed for root in range(30) for id in ("A1", "C12") for seed in draw(root, id, "tuning", 100)}
    test = {seed for root in range(30) for id in ("A1", "C12") for seed in draw(root, id, "test", 100)}
    assert not tuning & test
    assert {seed % 2 for seed in tuning} == {0} and {seed % 2 for seed in test} == {1}
    assert max(tuning | test) < 2**31  # NumPy's RandomState takes no more than 32 bits


def test_the_seeds_of_a_stage_differ_and_follow_from_one_number():
    seeds = draw(3, "A9", "test", 1000)
    assert len(set(seeds)) == 1000 and draw(3, "A9", "test", 10) == seeds[:10]
    assert not set(seeds) & set(draw(4, "A9", "test", 1000))
    assert seeds_root() == 0
    with seeds_from(4):
        assert seeds_root() == 4
    assert seeds_root() == 0


def test_no_argument_can_choose_a_seed():
    parameters = inspect.signature(asking.ask).parameters
    assert [name for name in parameters if "seed" in name] == ["seeds", "tuning_seeds"]
    for name in ("seeds", "tuning_seeds"):
        with pytest.raises(TypeError, match=name):
            dataclasses.replace(PLAN, **{name: [1, 2, 3]})


def test_every_test_seed_has_tuning_seeds_of_its_own():
    studies = PLAN.studies
    assert len(studies) == 20 and len({seed for study in studies for seed in study}) == 60
    assert len(dataclasses.replace(PLAN, retune=False).studies) == 1


CHANGES = {
    "id": "A8",
    "text": "It hurts.",
    "metric": "accuracy",
    "better": "higher",
    "matters": 0.2,
    "best": "b",
    "arms": ("a", "c"),
    "added": ("b",),
    "without": {"constant": "why"},
    "grids": {"": {"a": (0.1, 0.2), "b": (0.1, 0.3)}},
    "tuned": False,
    "seeds": 21,
    "tuning_seeds": 2,
    "retune": False,
    "splits": True,
    "worst": 3.0,
    "root": 1,
}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Plan)])
def test_the_hash_changes_with_everything_and_the_question_with_all_but_the_root(name):
    changed = dataclasses.replace(PLAN, **{name: CHANGES[name]})
    assert changed.hash != PLAN.hash
    assert (changed.question != PLAN.question) == (name != "root")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"id": "A14"}, "id must be"),
        ({"text": " "}, "text must be"),
        ({"metric": ""}, "metric must be"),
        ({"better": "larger"}, "better must be"),
        ({"matters": 0}, "matters must be"),
        ({"matters": float("nan")}, "matters must be"),
        ({"seeds": 2}, "seeds must be"),
        ({"tuning_seeds": 0}, "tuning_seeds must be"),
        ({"worst": float("inf")}, "worst must be"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_by_name(wrong, named):
    with pytest.raises(ValueError, match=named):
        dataclasses.replace(PLAN, **wrong)


def test_the_plan_speaks_plainly():
    lines = PLAN.lines
    assert len(lines) == 5 and lines[-1] == f"Plan {PLAN.hash}"
    text = "\n".join(dataclasses.replace(PLAN, retune=False, splits=False, added=("b",)).lines)
    for said in [
        "b (added)",
        "once, so the luck of the tuning is not in the interval",
        "all on one data split",
        "0.1 to 0.2",
    ]:
        assert said in text


def test_each_line_of_a_plan_word_for_word():
    plan = dataclasses.replace(PLAN, tuning_seeds=1, retune=True, splits=True)
    assert ", anew for every test seed, 1 seed each time." in plan.lines[2]
    assert "2 seeds each time" in dataclasses.replace(plan, tuning_seeds=2).lines[2]
    assert plan.lines[3].endswith("with a data split of its own, compared seed by seed.")
    untold = dataclasses.replace(plan, splits=None).lines[3]
    assert untold == f"Tested: {plan.seeds} seeds that no tuning has seen, compared seed by seed."
    untuned = dataclasses.replace(plan, tuned=False, grids={"": {"a": (0.5, 0.25), "b": (0.5,)}}).lines[2]
    assert untuned == "Not tuned: all share an LR, 0.25, 0.5."
    dataclasses.replace(plan, seeds=3, tuning_seeds=1, worst=None)  # the smallest there are


def test_seeds_are_31_bits_and_come_from_the_hash():
    for root, claim in ((0, "A1"), (7, "D10")):
        tests, tunings = draw(root, claim, "test", 50), draw(root, claim, "tuning", 50)
        assert all(0 <= seed < 2**31 for seed in (*tests, *tunings))
        assert max(tests) > 2**30 and draw(root, claim, "test", 3) == tests[:3]
        digest = hashlib.sha256(f"{root}/{claim}/test/0".encode()).digest()
        assert tests[0] == int.from_bytes(digest[:4], "big") // 4 * 2 + 1


def test_the_order_in_which_reasons_are_given_changes_no_hash():
    reasons = {"constant": "why", "linear to zero": "so"}
    one, other = (
        dataclasses.replace(PLAN, without=dict(given)) for given in (reasons.items(), [*reasons.items()][::-1])
    )
    assert (one.hash, one.question) == (other.hash, other.question)
    assert len(one.hash) == len(one.question) == 12 and one.hash != one.question
    said = json.dumps({**dataclasses.asdict(one), "test": one.test_seeds, "tuning": one.studies}, sort_keys=True)
    assert one.hash == hashlib.sha256(said.encode()).hexdigest()[:12]


def test_who_is_compared_with_whom_in_words():
    plan = dataclasses.replace(PLAN, arms=("a", "b", "c"), added=("c",), without={"constant": "it is a.", "x": "no"})
    assert plan.lines[1] == "Compared: a against b, c (added). Not constant: it is a. Not x: no."
    assert dataclasses.replace(plan, best=None, without={}).lines[1] == "Compared: a, b, c (added), all with all."
    assert plan.rivals == ("b", "c") and plan.settings == ("",)
    grids = {"x": {"a": (0.3,), "b": (0.02, 5.0)}, "y": {"a": (0.1,), "b": (0.1,)}}
    tuned = dataclasses.replace(PLAN, grids=grids, retune=False).lines[2]
    assert tuned == (
        "Tuned: each for this very number, from LRs of 0.02 to 5 and beyond until the best lies inside, once, so the "
        "luck of the tuning is not in the interval, 3 seeds each time."
    )
    assert (
        dataclasses.replace(PLAN, splits=False)
        .lines[3]
        .endswith("has seen, all on one data split, compared seed by seed.")
    )
    for seeds in (3, 4):
        studies = dataclasses.replace(PLAN, seeds=seeds, tuning_seeds=2).studies
        assert [len(study) for study in studies] == [2] * seeds
        assert [seed for study in studies for seed in study] == list(draw(0, "A9", "tuning", 2 * seeds))


def test_a_root_is_put_back_whatever_happens():
    with pytest.raises(KeyError), seeds_from(4):
        raise KeyError
    assert seeds_root() == 0
