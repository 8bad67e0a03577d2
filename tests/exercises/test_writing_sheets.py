"""What goes into a data file, part by part; and the commands that write for students, on their smallest inputs."""

import gc
import json
import math

import pytest

from lrcourse.exercises import handout, release, sheets, variants, writing_sheets
from lrcourse.exercises.exercise import load
from lrcourse.exercises.sketches import SMALL, _marks, _weights, alike, sketch


def test_numbers_to_ten_digits():
    kept = writing_sheets._short({"a": [1 / 3, 0.1 + 0.2, 2 / 3 * 1e-9], "b": True, "c": 12345678901234, "d": None})
    assert kept == {"a": [0.3333333333, 0.3, 6.666666667e-10], "b": True, "c": 12345678901234, "d": None}
    assert kept["b"] is True and type(kept["c"]) is int


def test_a_rule_for_each_number_or_none():
    assert writing_sheets._by_rule([1.0, [2.0, 3.0]], lambda v: 2 * v) == [2.0, [4.0, 6.0]]
    for rule in (lambda v: 1 / (v - 2), lambda v: math.log(v - 3), lambda v: math.inf, lambda v: v + "a"):
        assert writing_sheets._by_rule([1.0, [2.0]], rule) is None
    words = list(writing_sheets.ROUNDED)
    assert [sentence[13] for sentence in words] == list("012345")
    assert writing_sheets.ROUNDED[words[2]](1.2349) == 1.23


@pytest.mark.parametrize("collects", [True, False])
def test_the_collector_of_garbage_stays_as_it_is(collects):
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        exercise = load("02_step_decay")
        writing_sheets.task_data(exercise, exercise.tasks[-1])
        assert gc.isenabled() is collects
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("hints", [0, 2])
def test_as_many_hints_as_are_asked_for(hints):
    exercise = load("02_step_decay")
    assert {len(task["hints"]) for task in writing_sheets.data_of(exercise, hints)["tasks"]} == {hints}


def test_the_data_goes_where_the_students_notebooks_are(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(release, "MASTERS", tmp_path / "exercises" / "masters")
    monkeypatch.setattr(sheets, "FOLDER", tmp_path / "data")
    assert release.main(["02_step_decay", "--out", str(tmp_path / "elsewhere")]) == 0
    assert not (tmp_path / "data").exists()
    for _ in range(2):  # also where the folder is there
        assert release.main(["02_step_decay"]) == 0
    assert json.loads((tmp_path / "data" / "02_step_decay.json").read_text())["name"] == "02_step_decay"
    assert "02_step_decay.ipynb written to" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        release.main(["02_step_decay", "--solutions", "--out", str(tmp_path / "exercises")])


def test_one_exercise_into_a_folder_that_is_empty(tmp_path, capsys):
    (tmp_path / "out").mkdir()
    assert handout.main([str(tmp_path / "out"), "02_step_decay", "02_step_decay"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"1 exercise written to {tmp_path / 'out'}: 02_step_decay."
    assert said[1] == "It holds no solution." and "Variants" not in str(said)
    assert said[-1] == (
        "    https://HUB/hub/user-redirect/git-pull?repo=https%3A%2F%2FGIT%2FREPOSITORY&branch=main&"
        "targetpath=REPOSITORY&urlpath=lab%2Ftree%2FREPOSITORY%2Fexercises%2F02_step_decay.ipynb"
    )
    text = (tmp_path / "out" / "README.md").read_text()
    assert "- [" in text and "](exercises/02_step_decay.ipynb): 10 points, about " in text
    assert "The lessons are in" not in text
    notebook = (tmp_path / "out" / "exercises" / "02_step_decay.ipynb").read_text()
    assert "Belongs to lesson 02." in notebook
    data = json.loads((tmp_path / "out/exercises/lrcourse/exercises/data/02_step_decay.json").read_text())
    assert {len(task["hints"]) for task in data["tasks"]} == {3}


@pytest.mark.parametrize("hints", ["-1", "4"])
def test_a_task_has_three_hints_at_most(hints, tmp_path):
    with pytest.raises(SystemExit):
        handout.main([str(tmp_path / "out"), "--hints", hints])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("until", ["2", "02", "02_step_decay"])
def test_the_lessons_up_to_one(until):
    assert [path.name[:2] for path in handout._lessons(until)] == ["00", "01", "02"]
    assert handout._chosen([], until)[-1] == "02_step_decay"
    assert handout._chosen(["04_cosine", "02_step_decay", "04_cosine"], None) == ["04_cosine", "02_step_decay"]


@pytest.mark.parametrize(("secret", "fits"), [("12345678", True), ("  1234567\n ", False)])
def test_a_secret_has_eight_characters(tmp_path, secret, fits):
    (tmp_path / "seed").write_text(secret)
    if fits:
        assert variants.read_secret(tmp_path / "seed") == secret
    else:
        with pytest.raises(ValueError, match="has 7 characters, too few"):
            variants.read_secret(tmp_path / "seed")


def test_a_variant_says_which_it_is_by_eight_letters():
    assert len(variants.load("02_step_decay", "a secret of the test").variant) == 8
    assert variants.digest("02_step_decay", "") == b"" and len(variants.digest("02_step_decay", "12345678")) == 32
    assert variants.digest("02_step_decay", "12345678") != variants.digest("02_step_decay", "12345679")


def test_names_change_as_whole_words_and_own_names_are_known():
    drawn = {"gamma": "factor"}
    assert variants._rename("gamma * gammas + my_gamma - gamma", drawn) == "factor * gammas + my_gamma - factor"
    case = variants._renamed_case({"args": {"gamma": 3, "lr": 4}, "subject": "gamma + x"}, drawn)
    assert case == {"args": {"factor": 3, "lr": 4}, "subject": "factor + x"}

    class Thing:
        def __init__(self, gamma):
            self.gamma = gamma

    assert variants._called_by_own_names(lambda gamma: 2 * gamma, drawn)(factor=3) == 6
    assert variants._called_by_own_names(Thing, drawn)(factor=3).gamma == 3
    assert variants._called_by_own_names(7, drawn) == 7


def test_a_sketch_by_hand():
    """Two sums of signed logarithms by the first weights of a fixed sequence; the last weight is the largest's."""
    numbers = [0.1, -0.05, 0.0]
    w = [next_ for next_, _ in zip(_weights(), range(4), strict=False)]
    assert all(-1 <= one <= 1 for pair in w for one in pair) and len({one for pair in w for one in pair}) == 8
    state, by_hand = 1, []
    for _ in range(8):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        by_hand.append((state >> 11) / 2**52 - 1)
    assert [one for pair in w for one in pair] == by_hand
    sizes = [math.copysign(math.log(1 + abs(n) / (1e-8 * 0.1)), n) for n in numbers] + [math.log(0.1)]
    got = sketch([{"value": numbers}])
    assert got[0].endswith("/3") and SMALL == 1e-8
    for k in (0, 1):
        assert got[1 + k] == pytest.approx(sum(pair[k] * size for pair, size in zip(w, sizes, strict=True)), abs=1e-6)


def test_marks_from_left_to_right():
    assert list(_marks([1, {"a": [2.5], "b": None}, "x", 10**400])) == [
        "[4", 1, "{a,b", "[1", 2.5, "None", "'x'", hex(10**400)[:500]
    ]  # fmt: skip
    assert sketch([{"error": {"type": "A", "message": "x"}}]) == sketch([{"error": {"type": "A", "message": "y"}}])
    assert sketch([{"error": {"type": "A"}}])[0] != sketch([{"error": {"type": "B"}}])[0]


@pytest.mark.parametrize(("count", "by", "same"), [(4, 2.1e-6, True), (4, 2.3e-6, False), (0, 1.9e-7, True)])
def test_sketches_are_alike_within_the_tolerance(count, by, same):
    for sums in ([by, 0.0], [0.0, -by]):
        assert alike([f"d/{count}", 0.0, 0.0], [f"d/{count}", *sums], 1e-6) is same
    assert not alike(["d/4", 0.0, 0.0], ["e/4", 0.0, 0.0], 1e-6)


def test_the_right_answers_to_other_inputs():
    """Where they show on three inputs; where there are fewer, on all."""
    exercise = load("02_step_decay")
    task = exercise.task("step_decay")
    requests = exercise.shown_cases(task)
    expected = exercise.expected(task, requests)

    def taken(change, count=None):
        return writing_sheets._taken(exercise, task, requests[:count], expected[:count], change)

    def halved(*at):
        return lambda one: {**one, "args": {**one["args"], "base_lr": one["args"]["base_lr"] / (1 + (one["id"] in at))}}

    made = taken(halved(0, 1, 2))
    assert [one["value"][0] for one in made[:4]] == [value[0] / 2 for value in expected[:3]] + [expected[3][0]]
    assert taken(halved(0, 1)) is None and taken(halved(0, 1), count=2) is not None and taken(halved(0), 2) is None
    assert taken(lambda one: {**one, "args": {}}) is None  # where the solution stops there is no answer
    for error in (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):

        def change(one, error=error):
            raise error

        assert taken(change) is None
