"""Answers that strangers wrote from the texts of the other versions of a task: right is right, wrong is wrong.

variant_answers.json holds {exercise: {task: [answers to the first version, to the second, ...]}}, in the order in which
the exercise's versions file yields them, each answer as in answers.json. Names that a variant draws are written in them
as the first edition has them.
"""

import inspect
import json
import re
from pathlib import Path

import pytest

from lrcourse.exercises import diagnose as diagnosing
from lrcourse.exercises import signs, timing, variants, writing_sheets
from lrcourse.exercises.exercise import load, run
from lrcourse.exercises.sheets import question

ANSWERS = json.loads((Path(__file__).parent / "variant_answers.json").read_text(encoding="utf-8"))
VERSIONS = [
    (name, task, i) for name, tasks in ANSWERS.items() for task, versions in tasks.items() for i in range(len(versions))
]
ALWAYS = "what every seed asks"
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of answers that divide by zero


@pytest.fixture(autouse=True)
def _no_fault_in_the_diagnosis_is_swallowed(monkeypatch):
    monkeypatch.setattr(diagnosing, "sign", signs._sign)


def first_choice(what, *choices):
    return choices[0]


def with_version(name, task, i):
    """A variant in which this task alone has another version, with its first constants."""
    version = variants.all_versions(name, first_choice)[task][i]
    return variants.with_versions(load(name), {task: version}, "the secret of a course")


def in_its_names(source, exercise, task):
    """The source with the names of the arguments that the variant drew."""
    said = inspect.signature(exercise.reference[task]).parameters if callable(exercise.reference[task]) else ()
    for name, others in load(exercise.name).names.items():
        source = re.sub(rf"\b{name}\b", next((other for other in others if other in said), name), source)
    return source


def inputs_of(exercise, task):
    """The inputs by who asks them: those that everybody sees, those of every seed, and those of three seeds."""
    asked = {seed: exercise.instructor_cases(task, seed, "student") for seed in ("one", "another", "a third")}
    always = len(asked["one"]) - (task.draws if task.draw else 0)
    return {
        None: exercise.shown_cases(task),
        ALWAYS: asked["one"][:always],
        **{seed: requests[always:] for seed, requests in asked.items()},
    }


@pytest.mark.parametrize(("name", "task", "i"), VERSIONS)
def test_answers_to_another_version(name, task, i):
    exercise = with_version(name, task, i)
    asked = question(writing_sheets.task_data(exercise, exercise.task(task)))
    inputs = inputs_of(exercise, exercise.task(task))
    expected = {who: exercise.expected(exercise.task(task), requests) for who, requests in inputs.items()}
    for kind, label, source in ANSWERS[name][task][i]:
        namespace = {**exercise.reference, task: run(in_its_names(source, exercise, task), exercise.reference)[task]}
        said = {
            who: {request["id"]: timing.answer(request, namespace, 1, busy=True) for request in requests}
            for who, requests in inputs.items()
        }
        right = {
            who: all(
                exercise.task(task).judge(value, said[who][request["id"]].get("value")).ok
                for value, request in zip(expected[who], requests, strict=True)
            )
            for who, requests in inputs.items()
        }
        if kind == "right":
            assert all(right.values()), label
        else:
            assert not right[ALWAYS], label
            assert diagnosing.diagnose(asked, said[None]), label
