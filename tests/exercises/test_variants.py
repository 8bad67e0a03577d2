"""A course's variant: the same proof as of the published exercise, on 20 secrets; and what is published earns half."""

from functools import cache

import pytest

from lrcourse.exercises import exercise as masters
from lrcourse.exercises import release, timing, variants, writing_sheets
from lrcourse.exercises.diagnose import diagnose
from lrcourse.exercises.exercise import grade_task, names, run, with_solution, with_stub
from lrcourse.exercises.sheets import question

SECRETS = [f"the secret of course {i}" for i in range(20)]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of mistakes that divide by zero
VARIED = [name for name in names() if variants.versions_file(name).exists()]
each = pytest.mark.parametrize("name", VARIED)


@cache
def different(name):
    """One variant for each choice of versions, constants and names that the secrets draw; alike ones once."""
    made = {}
    for secret in SECRETS:
        exercise = variants.load(name, secret)
        made.setdefault(str(exercise.notebook["cells"]), exercise)
    return list(made.values())


def points(exercise, namespace, seed):
    total = 0
    for task in exercise.tasks:
        requests = exercise.instructor_cases(task, seed, "student")
        answers = {request["id"]: timing.answer(request, namespace, 2, busy=True) for request in requests}
        total += grade_task(task, exercise.expected(task, requests), answers)[0]
    return total


def namespace(exercise, cell):
    return run("\n\n".join(map(cell, exercise.code_cells)))


@each
def test_the_solution_gets_full_points_and_the_stub_nothing(name):
    for exercise in different(name):
        for seed in ("one", "another"):
            assert points(exercise, namespace(exercise, with_solution), seed) == exercise.points
        assert points(exercise, namespace(exercise, with_stub), "one") == 0


@each
def test_what_is_published_earns_at_most_half(name):
    """Also where somebody takes the trouble to change the names of the arguments."""
    published = masters.load(name)
    for secret, exercise in zip(SECRETS, (variants.load(name, secret) for secret in SECRETS), strict=True):
        pasted = namespace(published, with_solution)
        assert points(exercise, pasted, "one") <= exercise.points / 2
        drawn = variants._drawn_names(published, secret)
        renamed = namespace(published, lambda source, drawn=drawn: variants._rename(with_solution(source), drawn))
        assert points(exercise, renamed, "one") <= exercise.points / 2


@each
def test_every_version_is_drawn_and_the_published_one_never(name):
    published, count = masters.load(name), {}
    for exercise in different(name):
        for task in exercise.tasks:
            count.setdefault(task.name, set()).add(exercise.cell(task) + str(task.public))
    drawn_from = variants.all_versions(name, lambda what, *choices: choices[0])
    assert len(drawn_from) >= 2
    assert sum(published.task(task).points for task in drawn_from) >= published.points / 2
    for task, versions in drawn_from.items():
        assert len(versions) >= 2
        assert len(count[task]) >= len(versions)
        assert published.cell(published.task(task)) not in count[task]
        assert {one.task.points for one in versions} == {published.task(task).points}


def tasks_that_differ(name):
    seen = set()
    for exercise in different(name):
        for task in exercise.tasks:
            what = exercise.cell(task) + str(task.hints)
            if what not in seen:
                seen.add(what)
                yield exercise, task


@each
def test_mistakes_are_caught_and_named_and_other_right_answers_accepted(name):
    for exercise, task in tasks_that_differ(name):
        asked = question(writing_sheets.task_data(exercise, task))
        requests = exercise.instructor_cases(task, "a seed", "student")
        expected = exercise.expected(task, requests)

        def answers(thing, exercise=exercise, task=task, requests=requests):
            names = {**exercise.reference, task.name: thing}
            return {request["id"]: timing.answer(request, names, 2, busy=True) for request in requests}

        for mistake in task.mistakes:
            said = answers(exercise.mistaken(task, mistake))
            assert grade_task(task, expected, said)[0] == 0, mistake.sentence
            assert not all(task.judge(expected[i], said[i].get("value")).ok for i in range(len(task.public)))
            assert diagnose(asked, said) == mistake.sentence
        for other in task.also_right:
            assert grade_task(task, expected, answers(other))[0] == task.points, other
        assert task.drive == "value" or task.also_right


@each
def test_the_text_of_a_variant_is_whole(name):
    for exercise in different(name):
        notebook = release.student_notebook(exercise)
        text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
        assert "SOLUTION" not in text and "{" + "first" not in text
        published = masters.load(name)
        written = "\n".join("".join(cell["source"]) for cell in published.notebook["cells"])
        for own, others in published.names.items():
            assert not [word for word in others if f" {word}" in written or f"`{word}" in written], own
        for i, task in enumerate(exercise.tasks, start=1):
            assert f"## Task {i}: " in text
            assert f"check_{task.name}" in str(notebook)


@each
def test_a_secret_always_draws_the_same(name):
    one, other = variants.load(name, SECRETS[0]), variants.load.__wrapped__(name, SECRETS[0])
    assert release.notebook_text(one) == release.notebook_text(other)
    assert writing_sheets.data_text(one) == writing_sheets.data_text(other)
    assert len({variants.load(name, secret).variant for secret in SECRETS}) == len(SECRETS)
    assert variants.load(name) is masters.load(name)
