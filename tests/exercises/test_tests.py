"""The drive for tests that students write: what passes and what fails, and that nobody is told which is which."""

import json

import pytest

from lrcourse.exercises import driver
from lrcourse.exercises.exercise import load, names
from lrcourse.exercises.scoring import about_tests, tells_apart

RIGHT = "def half(step):\n    return 0.5**step"
WRONG = "import math\n\ndef half(step):\n    return 0.25**step"
RAISES = "def half(step):\n    raise ZeroDivisionError"


def said(test, subject):
    return driver.answer({"id": 0, "name": "test", "drive": "test", "args": {}, "subject": subject}, {"test": test})


def good(half):
    assert half(3) == 0.125


def test_a_test_passes_what_is_right_and_fails_what_is_wrong():
    assert [said(good, subject).get("value") for subject in (RIGHT, WRONG, RAISES)] == ["passes", "fails", "fails"]


def test_a_failure_says_where_and_why():
    [note] = [said(good, WRONG)["note"]]
    assert "in good: assert half(3) == 0.125" in note
    assert "note" not in said(good, RIGHT)
    assert said(good, RAISES)["note"].endswith("ZeroDivisionError")


def test_a_test_that_counts_its_runs_contradicts_itself():
    runs = iter(range(100))

    def counting(half):
        assert next(runs) % 2

    assert said(counting, WRONG)["error"]["type"] == "Unsteady"


@pytest.mark.parametrize("answer", [False, 0.5, "wrong", "passes"])
def test_a_test_that_returns_its_verdict_is_told_about_assert(answer):
    error = said(lambda half: answer, WRONG)["error"]
    assert (error["type"], "assert what must hold" in error["message"]) == ("TypeError", True)


def test_what_no_version_can_cause_is_the_test_s_own_error():
    def unwritten(half):
        raise NotImplementedError("write test")

    def misspelt(half):
        assert hlaf(3) == 0.125  # noqa: F821

    assert said(unwritten, RIGHT)["error"]["type"] == "NotImplementedError"
    assert "Do you mean half?" in said(misspelt, RIGHT)["error"]["message"]


def test_every_run_has_a_version_of_its_own():
    subject = "seen = []\n\ndef half(step):\n    seen.append(step)\n    return 0.5 ** len(seen)"
    assert said(lambda half: half(0) == 0.5 or None, subject)["value"] == "passes"


@pytest.mark.parametrize("got", [None, True, "failes", ["passes"], {}, 1.0])
def test_no_verdict_is_no_right_answer(got):
    assert not tells_apart("passes", got).ok
    assert not tells_apart("fails", got).ok


def test_the_sentences_are_true():
    request = [{"id": i} for i in range(3)]
    words = ["right, a loop", "one step late", "one step early"]
    notes = {0: {"note": "line 2, in test: assert x == y: AssertionError"}}

    def sentence(*got):
        cases = list(zip(request, ["passes", "fails", "fails"], got, strict=True))
        return about_tests(words, cases, notes)

    assert "also the wrong ones" in sentence("passes", "passes", "passes")
    every = "Your test fails every version, the right ones too. It stops at line 2"
    assert sentence("fails", "fails", "fails").startswith(every)
    assert sentence("passes", "fails", "passes") == "Your test passes a wrong version: one step early."
    assert sentence("fails", "fails", "passes").startswith("Your test fails a version that is right, a loop. It stops")


TESTS = [(exercise, task) for exercise in map(load, names()) for task in exercise.tasks if task.drive == "test"]


@pytest.mark.parametrize(("exercise", "task"), [pytest.param(*pair, id=pair[1].name) for pair in TESTS])
def test_nothing_that_is_sent_says_which_version_is_right(exercise, task):
    requests = exercise.instructor_cases(task, "a seed", "student")
    told = [case["about"] for case in [*task.public, *task.edges]]
    assert not any(words in json.dumps(requests) for words in told)
    assert {key for request in requests for key in request} == {"id", "name", "drive", "args", "subject"}
    assert '"""' not in json.dumps(requests)
    assert "#" not in json.dumps(requests)
