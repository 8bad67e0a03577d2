"""Answers written from the texts alone, and every known mistake: right is right and wrong is wrong on every seed.

answers.json holds {task: [[right | wrong | open, label, source], ...]}, each decided before it was run. A wrong answer
must fail an input that each of 200 seeds asks first: then none of them accepts it. A right one is tried on 20 seeds,
and the answers to one task take turns, so that together they meet up to 200; LRCOURSE_SEEDS=200 tries each on all.
Three classes that were much like others gave way to tests that students write (HalvingLR to test_halving, CyclicLR to
test_cyclic, LambdaLR to test_resume); their answers went with them; those to tasks that are newer were written from the
texts in the same way.
"""

import contextlib
import io
import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lrcourse.exercises import diagnose as diagnosing
from lrcourse.exercises import driver, sheets, signs, timing
from lrcourse.exercises.exercise import home, run

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))
ALL_SEEDS = 200
SEEDS = int(os.environ.get("LRCOURSE_SEEDS", 20))
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of answers that divide by zero


@pytest.fixture(autouse=True)
def _no_fault_in_the_diagnosis_is_swallowed(monkeypatch):
    monkeypatch.setattr(diagnosing, "sign", signs._sign)


each_task = pytest.mark.parametrize("name", ANSWERS)


ALWAYS = "what every seed asks"


@cache
def cases(name, seed):
    """(requests, expected values): what a seed draws, what every seed asks, or the public and practice cases (None)."""
    exercise = home(name)
    task = exercise.task(name)
    requests = exercise.instructor_cases(task, f"seed {seed}", "student") if seed is not None else []
    always = len(requests) - (task.draws if task.draw else 0)
    requests = {None: exercise.shown_cases(task), ALWAYS: requests[:always]}.get(seed, requests[always:])
    return requests, exercise.expected(task, requests)


def answered(name, thing, requests):
    """What the driver says to the requests; after a time-out nothing more is asked, as in check."""
    answers, namespace = {}, {**home(name).reference, name: thing}
    with contextlib.redirect_stdout(io.StringIO()):
        for request in requests:
            answers[request["id"]] = answer = timing.answer(request, namespace, 1, busy=True)
            if answer.get("error", {}).get("type") == "TimeUp":
                break
    return answers


def seeds(name, number):
    """The seeds to try with this answer; for a student's test they differ in names alone, so that 3 do."""
    if home(name).task(name).drive == "test":
        return range(min(SEEDS, 3))
    return [seed % ALL_SEEDS for seed in range(number * SEEDS, (number + 1) * SEEDS)]


def is_right(name, thing, seed):
    requests, expected = cases(name, seed)
    task, answers = home(name).task(name), answered(name, thing, requests)
    said = [answers.get(request["id"], {}).get("value") for request in requests]
    return all(task.judge(value, one).ok for value, one in zip(expected, said, strict=True))


def sentence(name, thing):
    """What check says that the answer looks like."""
    requests, _ = cases(name, None)
    return diagnosing.diagnose(sheets.home(name).task(name), answered(name, thing, requests)) or ""


def things(name, kind):
    with contextlib.redirect_stdout(io.StringIO()):
        for one, label, source in ANSWERS[name]:
            if one == kind:
                yield label, run(source, home(name).reference).get(name)


@each_task
def test_every_right_answer_is_right_on_every_seed(name):
    refused = [
        (label, seed)
        for number, (label, thing) in enumerate(things(name, "right"))
        for seed in [None, ALWAYS, *seeds(name, number)]
        if not is_right(name, thing, seed)
    ]
    assert refused == []


@each_task
def test_every_wrong_answer_is_wrong_on_every_seed(name):
    exercise = home(name)
    task = exercise.task(name)
    asked = cases(name, ALWAYS)[0]
    for seed in range(ALL_SEEDS):
        requests = exercise.instructor_cases(task, f"seed {seed}", "student")
        assert requests[: len(asked)] == asked
        assert len(requests) == len(asked) + (task.draws if task.draw else 0)
    wrong = list(things(name, "wrong"))
    wrong += [(mistake.sentence, exercise.mistaken(task, mistake)) for mistake in task.mistakes]
    assert [label for label, thing in wrong if is_right(name, thing, ALWAYS)] == []


@each_task
def test_every_wrong_answer_gets_a_sentence(name):
    silent = [label for label, thing in things(name, "wrong") if not sentence(name, thing)]
    assert silent == []


# Sentences that were once said of these and are not true of them.
NOT_TRUE = {
    ("bad_epochs", "1 + threshold"): "ignore the threshold",
    ("Lookahead", "slow set to x"): "x and slow are one array",
    ("find_lr", "probes the model once before the ramp"): "more than once in a round",
    ("find_lr", "last point kept"): "factor equal to count",
    ("factor_schedule", "inner function not returned"): "its own memory",
    ("product", "not returned"): "kept from call to call",
}


@pytest.mark.parametrize(("name", "label"), NOT_TRUE)
def test_no_sentence_says_what_is_not_so(name, label):
    thing = dict(things(name, "wrong"))[label]
    assert NOT_TRUE[name, label] not in sentence(name, thing)


SAID = {
    ("StepLR", "state holds the optimizer"): "state_dict() returned the optimizer",
    ("step_decay", "typo in a name"): "Do you mean gamma?",
    ("exponential_decay", "^ for the power"): "A power is written with **",
    ("ten_lrs", "string"): "without quotes",
    ("step_decay", "rounded to 4 digits"): "You round to 4 digits",
    ("RAdam", "caller's array changed"): "belongs to its caller",
    ("after_and_product", "flat list"): "a list of 2 lists of 4",
    ("steps_until", "strictly below"): "exactly the share",
    ("find_lr", "calls twice"): "more than once in a round",
    ("test_halving", "returns bool"): "It happens with this version: ",
    ("train_epochs", "the log alone"): "You give the first of 2 parts alone",
    ("train_scaled", "the weight alone"): "You give the last of 2 parts alone",
    ("my_careful_schedule", "raises at long"): "Your schedule does not look at total_steps",
    ("write_report", "half width"): "Its entry 0 is 0.2475 where 0.22748 is right",
    ("write_report", "edge decides last"): "before you look at the grid",
    ("write_report", "a tested 0 counted as missing"): "A tested value of 0 is a value",
    ("PowerLR", "no limit past the end"): "From total_steps on it is 0",
}


@pytest.mark.parametrize(("name", "label"), SAID)
def test_what_is_said_in_a_beginners_words(name, label):
    thing = dict(things(name, "wrong"))[label]
    assert SAID[name, label] in sentence(name, thing)


def test_a_function_that_counts_its_calls_is_no_schedule():
    calls = iter(range(10**6))
    counting = "step_decay said"
    assert sentence("step_decay", lambda step, base_lr, step_size, gamma: next(calls) * base_lr).startswith(counting)


def test_signatures_wanted_and_got_are_said():
    said = sentence("step_decay", lambda step, lr, size: lr)
    assert "Asked for is step_decay(step, base_lr, step_size, gamma), yours is (step, lr, size)" in said


class WithoutReturn:
    def __init__(self, optimizer, step_size, gamma):
        pass

    def step(self):
        pass

    def state_dict(self):
        pass

    def load_state_dict(self, state):
        pass


def test_a_state_dict_without_return_is_told_so():
    [request] = cases("StepLR", None)[0][2:3]
    said = answered("StepLR", WithoutReturn, [request])[request["id"]]["error"]["message"]
    assert said == "state_dict() returned nothing: is there a return?"


class Unlike(float):
    """Equal to nothing, not even to itself, as if it were no number."""

    def __eq__(self, other):
        return False

    __hash__ = float.__hash__


@pytest.mark.parametrize("kind", [float, Unlike, lambda x: np.float64(x), lambda x: np.array(x), str])
def test_a_function_that_counts_its_calls_is_no_function_of_the_step(kind):
    calls = iter(range(10**6))
    request = {"id": 0, "name": "f", "drive": "curve", "args": {}, "steps": 5}
    said = driver.answer(request, {"f": lambda step: kind(next(calls))})
    assert said["error"]["type"] == "Unsteady" and "for step 4 at first" in said["error"]["message"]
    assert len(driver.answer(request, {"f": lambda step: kind(step)})["value"]) == 5
    nothing = driver.answer(request, {"f": lambda step: kind("nan")})
    assert "error" not in nothing  # no number twice is no contradiction, and no answer either


def counting(kept, starts_anew):
    """A function that counts its calls and does not look at the step, but to keep what it said for it."""
    said, calls = {}, []

    def f(step):
        if starts_anew and step == 0:
            said.clear()
            calls.clear()
        if step not in said or not kept:
            said[step] = 0.5 ** len(calls)
            calls.append(step)
        return said[step]

    return f


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("starts_anew", [True, False])
@pytest.mark.parametrize("steps", [4, 7, 30, 300])
def test_a_function_that_keeps_what_it_counted_is_wrong(kept, starts_anew, steps):
    request = {"id": 0, "name": "f", "drive": "curve", "args": {}, "steps": steps, "seconds": 3}
    said = driver.answer(request, {"f": counting(kept, starts_anew)})
    assert said.get("value") != [0.5**step for step in range(steps)]


class Later:
    """A number made up when it is looked at, from how often that was."""

    looks = -14

    def __float__(self):
        Later.looks += 1
        return 0.5 ** max(0, Later.looks)


def in_order_only(step, known={}):  # noqa: B006 (kept from call to call on purpose)
    known[step] = known[step - 1] * 0.5 if step else 1.0
    return known[step]


def in_order_or_nothing(step, known={}):  # noqa: B006
    if step not in known:
        known[step] = known[step - 1] * 0.5 if step - 1 in known else float(not step)
        return known[step] if known[step] else known.pop(step)
    return known[step]


@pytest.mark.parametrize("function", [in_order_only, in_order_or_nothing, lambda step: Later()])
@pytest.mark.parametrize("drive", ["curve", "schedule"])
def test_a_function_that_is_right_in_the_order_of_the_steps_alone_is_wrong(function, drive):
    Later.looks = -14
    for kept in function.__defaults__ or ():
        kept.clear()
    request = {"id": 0, "name": "f", "drive": drive, "args": {}, "steps": 30, "seconds": 3}
    said = driver.answer(request, {"f": function if drive == "curve" else lambda: function})
    assert said["error"]["type"] == "Unsteady", said


def test_a_function_that_calls_itself_for_the_step_before_is_a_function_of_the_step():
    def halving(step):
        if step not in known:
            known[step] = halving(step - 1) * 0.999
        return known[step]

    known = {0: 1.0}
    request = {"id": 0, "name": "f", "drive": "curve", "args": {}, "steps": 5000, "seconds": 3}
    assert driver.answer(request, {"f": halving})["value"][4999] == pytest.approx(0.999**4999)


@pytest.mark.parametrize("wrong_at", [0, 7, 15, 29])
def test_an_error_is_told_at_the_first_step_that_raises(wrong_at):
    def fails(step):
        if step in (wrong_at, 15):
            raise ValueError(f"at {step}")
        return 1.0

    request = {"id": 0, "name": "f", "drive": "curve", "args": {}, "steps": 30, "seconds": 3}
    assert driver.answer(request, {"f": fails})["error"]["message"] == f"at {min(wrong_at, 15)}"
