"""The proof that the checks are good, for every exercise and every task found in exercises/masters."""

import json
import re
import subprocess
import sys
import sysconfig

import pytest

from lrcourse.exercises import kernel, sheets, timing
from lrcourse.exercises.diagnose import diagnose
from lrcourse.exercises.examining import examine
from lrcourse.exercises.exercise import BEGIN, END, STUB, grade_task, home, load, names, run, with_solution, with_stub
from lrcourse.exercises.judge import is_number

SITE = sysconfig.get_paths()["purelib"]
EXERCISES = [load(name) for name in names()]
TASKS = [pytest.param(exercise, task, id=task.name) for exercise in EXERCISES for task in exercise.tasks]
MISTAKES = [
    pytest.param(exercise, task, mistake, id=f"{task.name}-{i}")
    for exercise in EXERCISES
    for task in exercise.tasks
    for i, mistake in enumerate(task.mistakes)
]
each_exercise = pytest.mark.parametrize(
    "exercise", [pytest.param(exercise, id=exercise.name) for exercise in EXERCISES]
)
each_task = pytest.mark.parametrize(("exercise", "task"), TASKS)
each_mistake = pytest.mark.parametrize(("exercise", "task", "mistake"), MISTAKES)


def answers_of(exercise, task, thing, requests, seconds=2):
    """What the driver answers when the student wrote this; everything else is as in the solution."""
    namespace = {**exercise.reference, task.name: thing}
    return {request["id"]: timing.answer(request, namespace, seconds, busy=True) for request in requests}


def points_of(exercise, task, thing, requests):
    return grade_task(task, exercise.expected(task, requests), answers_of(exercise, task, thing, requests))[0]


def numbers_in(value):
    if isinstance(value, list | dict):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(entry)
    elif type(value) in (int, float):
        yield value


@each_exercise
def test_the_shape_of_an_exercise(exercise):
    assert 20 <= exercise.minutes <= 60
    assert len(exercise.tasks) >= 3
    assert sum(len(task.mistakes) for task in exercise.tasks) >= 5
    assert sum(len(task.also_right) for task in exercise.tasks) >= 3
    assert len(exercise.quizzes) >= 2
    assert all(task.draw or task.drive == "value" for task in exercise.tasks)


@each_task
def test_the_facts_of_a_task(exercise, task):
    assert task.minutes <= 20
    assert task.takeaway.endswith(".")
    assert 6 <= len(task.takeaway.split()) <= 30
    assert len(set(task.hints)) == 3


def essence(line):
    """A line of code without spaces, and without what it is given to or returned from."""
    line = line.split("#")[0].strip().removeprefix("return ")
    line = re.sub(r"^[\w.,\[\]\" ]+ [*+-]?= ", "", line)
    return re.sub(r"\s", "", line)


@each_task
def test_no_hint_holds_a_line_of_the_solution(exercise, task):
    """The last rung stops short of the solution: whoever climbs it still has to write the line."""
    [given] = re.findall(rf"{BEGIN}\n(.*?)(?:{STUB}|{END})", exercise.cell(task), re.DOTALL)
    lines = {essence(line) for line in given.splitlines()}
    told = re.sub(r"\s", "", " ".join(task.hints))
    assert [line for line in lines if re.search(r"[-+*/%(\[<>]", line) and len(line) >= 12 and line in told] == []


def test_names_are_used_once():
    known = [one.name for exercise in EXERCISES for one in (*exercise.tasks, *exercise.quizzes)]
    assert len(known) == len(set(known))
    assert all(home(name).name in names() for name in known)


@each_task
def test_the_solution_gets_full_points_on_public_and_50_seeds(exercise, task):
    """In its own namespace, made anew from the cell's text; and no case expects what JSON cannot hold."""
    thing = run("\n".join(map(with_solution, exercise.code_cells)))[task.name]
    assert points_of(exercise, task, thing, exercise.public_cases(task)) == task.points
    for seed in range(50):
        requests = exercise.instructor_cases(task, f"seed {seed}", "student")
        assert json.loads(json.dumps(requests)) == requests
        expected = exercise.expected(task, requests)
        assert all(map(is_number, numbers_in(expected)))
        assert grade_task(task, expected, answers_of(exercise, task, thing, requests))[0] == task.points


@each_task
def test_other_right_answers_get_full_points(exercise, task):
    for thing in task.also_right:
        for seed in range(10):
            requests = exercise.instructor_cases(task, f"seed {seed}")
            verdicts = grade_task(task, exercise.expected(task, requests), answers_of(exercise, task, thing, requests))[
                1
            ]
            for request, verdict in zip(requests, verdicts, strict=True):
                assert verdict.ok, (thing, request, verdict.message)


@each_task
def test_instructor_cases_differ_by_seed_and_student_only(exercise, task):
    if not task.draw:
        pytest.skip("this question has one answer")
    cases = exercise.instructor_cases(task, "a seed", "Ada")
    assert cases == exercise.instructor_cases(task, "a seed", "Ada")
    assert cases != exercise.instructor_cases(task, "a seed", "Bob")
    assert cases != exercise.instructor_cases(task, "another seed", "Ada")
    told = [{key: part for key, part in case.items() if key != "about"} for case in exercise.public_cases(task)]
    assert cases[: len(task.public)] == told


@each_mistake
def test_a_known_mistake_is_caught_and_named(exercise, task, mistake):
    thing = exercise.mistaken(task, mistake)
    assert points_of(exercise, task, thing, exercise.public_cases(task)) == 0
    question = sheets.load(exercise.name).task(task.name)
    assert diagnose(question, answers_of(exercise, task, thing, question.requests)) == mistake.sentence
    for seed in range(3):
        requests = exercise.instructor_cases(task, f"seed {seed}")
        assert points_of(exercise, task, thing, requests) == 0
        assert diagnose(question, answers_of(exercise, task, thing, requests)) == mistake.sentence


@each_task
def test_the_untouched_stub_gets_nothing(exercise, task):
    thing = run("\n".join(map(with_stub, exercise.code_cells)))[task.name]
    assert points_of(exercise, task, thing, exercise.public_cases(task)) == 0
    assert points_of(exercise, task, thing, exercise.instructor_cases(task, "seed")) == 0


@each_task
def test_check_says_something_friendly_about_the_untouched_stub(exercise, task):
    stub = run(with_stub(exercise.cell(task)), exercise.reference)  # the other tasks are solved
    said = examine(task.name, stub).text
    buggy = [mistake.sentence for mistake in task.mistakes if mistake.wrong == STUB]
    if buggy:
        assert buggy[0][:60] in " ".join(said.split())
    else:
        assert said.startswith("Still empty: write ")
        assert said.endswith(", run that cell, then run this one again.")


@pytest.mark.parametrize("numpy", [True, False], ids=["with NumPy", "without"])
@each_exercise
def test_the_solved_notebook_gets_full_points_through_the_driver_s_process(exercise, numpy, tmp_path):
    """The cells as a student hands them in, in a bare process: nothing of the course is there, nor NumPy if need be."""
    from lrcourse.exercises.release import student_notebook

    cells = student_notebook(exercise, solutions=True)["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    requests, expected = [], []
    for number, task in enumerate(exercise.tasks):
        cases = exercise.instructor_cases(task, "a seed")
        requests += [{**case, "id": 1000 * number + case["id"]} for case in cases]
        expected.append(exercise.expected(task, cases))
    cells = [{"cell": number, "source": source} for number, source in enumerate(sources)]
    lines = [json.dumps(line) for line in [*cells, *requests]]
    names = "{'__name__': '__main__', '__file__': '-'}"
    start = f"import sys; sys.path += {[SITE] * numpy}; exec({kernel.program()!r}, {names})"
    command = [sys.executable, "-I", "-S", "-c", start]  # -S: an editable lrcourse is out of reach, NumPy is not
    piped = {"input": "\n".join(lines), "capture_output": True, "text": True, "timeout": 300, "check": True}
    done = subprocess.run(command, cwd=tmp_path, **piped)  # files beside a notebook may be imported: none of ours
    *answers, last = map(json.loads, done.stdout.splitlines())
    assert answers[: len(cells)] == [{"cell": cell["cell"], "error": None} for cell in cells]
    assert last == {"done": len(lines)}
    by_id = {answer["id"]: answer for answer in answers[len(cells) :]}
    for number, task in enumerate(exercise.tasks):
        own = {i: by_id[1000 * number + i] for i in range(len(expected[number]))}
        assert grade_task(task, expected[number], own)[0] == task.points
