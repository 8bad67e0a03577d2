"""Seeds that never meet, a plan whose hash changes with everything in it."""

import dataclasses
import hashlib
import inspect

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
