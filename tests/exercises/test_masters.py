"""What a master says and what is made of it: a made-up exercise, its cases, texts and mistakes, all by hand."""

import hashlib
import random
from dataclasses import replace

import pytest

from lrcourse.exercises import exercise as masters
from lrcourse.exercises import release, variants
from lrcourse.exercises.exercise import (
    PRACTICE,
    STUB,
    Exercise,
    Mistake,
    Quiz,
    Task,
    case,
    defines,
    grade_task,
    run,
    with_solution,
    with_stub,
)

CELL = """def twice(x):
    # a comment that stays
    ### BEGIN SOLUTION
    y = 2 * x
    return y
    ### BEGIN STUB
    # raise NotImplementedError("write twice")
    ### END SOLUTION
"""
OTHER = "### BEGIN SOLUTION\nanswer = 7\n### BEGIN STUB\n# answer = None\n### END SOLUTION\n"
PLAIN = """class Half:
    def __init__(self, lr):
        self.lr = lr

    def step(self):
        ### BEGIN SOLUTION
        self.lr /= 2
        ### END SOLUTION
"""


def task(name="twice", drive="call", **more):
    facts = {"points": 2, "difficulty": 1, "importance": 5, "minutes": 4, "takeaway": "Twice is twice."}
    facts |= {"public": (case(x=1), case(x=2)), "hints": ("one", "two", "three")}
    return Task(name, drive=drive, **{**facts, **more})


TWICE = task(
    draw=lambda rng: case(x=rng.randint(3, 10**9)),
    edges=(case(x=0),),
    mistakes=(
        Mistake("A half.", lambda x: x / 2),
        Mistake("Three.", "2 * x", "3 * x"),
        Mistake("Nothing.", STUB),
        Mistake("Twice there.", "y", "z"),
    ),
)
ANSWER = task("answer", "value", public=({},), difficulty=3, minutes=7, points=1)
HALF = task("Half", "object", public=(case(lr=1.0, do=2),), difficulty=2, minutes=5)
QUIZ = Quiz("why", "Why?", "b", {"a": ("this", "No."), "b": ("that", "Right.")})


@pytest.fixture
def exercise():
    made = Exercise("02_step_decay", "Made up", (TWICE, ANSWER, HALF), (QUIZ,), name="02_made_up")
    sources = [
        ("markdown", "# Made up"),
        ("code", CELL),
        ("markdown", "no def twice"),
        ("code", OTHER),
        ("code", PLAIN),
    ]
    vars(made)["notebook"] = {
        "cells": [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in sources]
    }
    return made


def test_a_case_in_the_drivers_words():
    assert case(x=1, steps=[3, 5]) == {"args": {"x": 1}, "steps": [3, 5]} and case() == {"args": {}}
    assert case(groups=[0.1, {"lr": 0.2, "momentum": 0.9}])["groups"] == [{"lr": 0.1}, {"lr": 0.2, "momentum": 0.9}]
    assert case(do=2) == {"args": {}, "do": [["step"], ["step"]], "record": ["lr"]}
    assert case(do=[1, 0.5, "resume", ["move", 1, 2]], record=("x", "y")) == {
        "args": {}, "do": [["step", 1], ["step", 0.5], ["resume"], ["move", 1, 2]], "record": ["x", "y"]
    }  # fmt: skip
    assert case(subject="def f(): ...", about="right") == {"args": {}, "subject": "def f(): ...", "about": "right"}
    assert case(0)["steps"] == 0 and case(groups=[]) == {"args": {}, "groups": []} and case(do=0)["do"] == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"difficulty": 0}, "difficulty and importance of 'twice' go from 1 to 5, its minutes from 1"),
        ({"difficulty": 6}, "from 1 to 5"),
        ({"importance": 0}, "from 1 to 5"),
        ({"importance": 6}, "from 1 to 5"),
        ({"minutes": 0}, "its minutes from 1"),
        ({"drive": "walk"}, "drive must be one of"),
        ({"score": "by eye"}, "score must be one of"),
        ({"hints": ("one", "two")}, "hints of 'twice' must be a ladder of 3, not 2"),
        ({"hints": ("one",) * 4}, "must be a ladder of 3, not 4"),
    ],
)
def test_a_task_that_cannot_be_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        task(**wrong)
    for level in (1, 2, 3, 4, 5):
        assert task(difficulty=level, importance=level, minutes=1).importance == level


def test_a_quiz_s_answer_is_one_of_its_choices():
    with pytest.raises(ValueError, match="answer must be one of"):
        replace(QUIZ, answer="c")


def test_what_is_not_said_of_a_task():
    made = task()
    assert (made.draws, made.tolerance, made.score, made.ylabel) == (8, 1e-6, None, "learning rate")
    assert made.judge(0.5, 0.5 + 4e-7).ok and not made.judge(0.5, 0.5 + 6e-7).ok
    assert task(tolerance=1e-3).judge(0.5, 0.5004).ok


def test_the_facts_of_an_exercise_are_its_tasks(exercise):
    assert (exercise.points, exercise.difficulty, exercise.minutes) == (5, 3, 20)  # 16 minutes, to the next five
    assert replace(exercise, tasks=(HALF,)).minutes == 5 and replace(exercise, tasks=(HALF, TWICE)).minutes == 10
    assert exercise.task("answer") is ANSWER
    with pytest.raises(ValueError, match="02_made_up has no task 'thrice'; it has twice, answer, Half"):
        exercise.task("thrice")


def test_each_task_has_its_cell_and_its_reference(exercise):
    assert [exercise.cell(one) for one in exercise.tasks] == [CELL, OTHER, PLAIN]
    with pytest.raises(LookupError, match="02_made_up.ipynb has no solution cell that defines 'thrice'"):
        exercise.cell(task("thrice"))
    assert exercise.reference["twice"](4) == 8 and exercise.reference["answer"] == 7


def test_the_cases_of_a_task_by_who_asks_them(exercise):
    public, practice = exercise.public_cases(TWICE), exercise.practice_cases(TWICE)
    assert public == [{"args": {"x": i + 1}, "id": i, "name": "twice", "drive": "call"} for i in (0, 1)]
    assert len(practice) == PRACTICE == 8 and [one["id"] for one in practice] == list(range(2, 10))
    assert exercise.shown_cases(TWICE) == public + practice == exercise.shown_cases(TWICE)
    assert practice != replace(exercise, variant="ab").practice_cases(TWICE)
    asked = exercise.instructor_cases(TWICE, "a seed", "ada")
    assert asked[:10] == public + practice and asked[10]["args"] == {"x": 0}
    assert [one["id"] for one in asked] == list(range(2 + 8 + 1 + 8))
    assert exercise.practice_cases(ANSWER) == [] and len(exercise.instructor_cases(ANSWER, "a seed")) == 1
    others = [
        exercise.instructor_cases(TWICE, *who)[11:] for who in (("a seed", "bob"), ("b seed", "ada"), ("a seed",))
    ]
    assert asked[11:] not in others and exercise.instructor_cases(TWICE, "a seed", "ada") == asked
    assert len(exercise.instructor_cases(replace(TWICE, draws=3), "a seed")) == 2 + 8 + 1 + 3


def test_no_student_s_code_sees_what_a_version_is(exercise):
    told = task("test", "test", public=(case(subject="def f(): ...", about="right"),))
    assert exercise.public_cases(told)[0]["about"] == "right"
    assert "about" not in exercise.instructor_cases(told, "a seed")[0]


def test_what_is_expected_is_the_reference_s(exercise):
    for seed in ("one", "two"):
        asked = exercise.instructor_cases(TWICE, seed, "ada")
        right = [2 * one["args"]["x"] for one in asked]
        assert exercise.expected(TWICE, asked) == right == exercise.instructor_expected(TWICE, asked)
    assert exercise.instructor_expected(ANSWER, exercise.instructor_cases(ANSWER, "a seed")) == [7]
    assert list(exercise._fixed) == ["twice", "answer"] and len(exercise._fixed["twice"]) == 11
    with pytest.raises(ValueError, match="the solution of 02_made_up/twice fails on .*: .*TypeError"):
        exercise.expected(TWICE, [{"args": {"y": 1}, "id": 0, "name": "twice", "drive": "call"}])


def test_a_known_mistake_as_what_it_is(exercise):
    half, three, nothing, twice_there = TWICE.mistakes
    asked = exercise.public_cases(TWICE)
    assert exercise.mistake_answers(TWICE, half, asked) == [0.5, 1.0]
    assert exercise.mistake_answers(TWICE, three, asked) == [3, 6]
    assert exercise.mistake_answers(TWICE, nothing, asked) == [None, None]
    with pytest.raises(ValueError, match=r"'y' must occur once in the solution of twice: Twice there\."):
        exercise.mistaken(TWICE, twice_there)
    with pytest.raises(ValueError, match="'q' must occur once"):
        exercise.mistaken(TWICE, Mistake("Not there.", "q", "r"))


def test_all_right_or_no_points():
    def graded(*values):
        return grade_task(TWICE, [2, 4], {i: {"value": value} for i, value in enumerate(values)})

    points, verdicts = graded(2, 4)
    assert points == 2 and [one.ok for one in verdicts] == [True, True]
    assert graded(2, 5)[0] == 0 and graded(2)[0] == 0 and [one.ok for one in graded(2)[1]] == [True, False]
    assert grade_task(TWICE, [2], {0: {"error": {"type": "E"}}})[0] == 0


def test_a_cell_with_its_solution_and_with_its_stub():
    assert with_solution(CELL) == "def twice(x):\n    # a comment that stays\n    y = 2 * x\n    return y\n"
    assert with_stub(CELL).splitlines()[2:] == ['    raise NotImplementedError("write twice")']
    assert with_solution(OTHER) == "answer = 7\n" and with_stub(OTHER) == "answer = None\n"
    assert with_stub(PLAIN).endswith('    def step(self):\n        raise NotImplementedError("write Half")\n')
    two = "def first(x):\n    return x\n\n\n" + CELL.split("    # a comment")[0]
    two += "    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION"
    assert 'raise NotImplementedError("write twice")' in with_stub(two)  # the last that is begun above it
    blank = "### BEGIN SOLUTION\na = 1\n### BEGIN STUB\n# a = 1\n#\n#     # why\n### END SOLUTION\n"
    assert with_stub(blank) == "a = 1\n\n    # why\n"


@pytest.mark.parametrize(
    ("source", "does"),
    [
        ("def f(x):", True),
        ("class f:", True),
        ("f = 3", True),
        ("f=3", True),
        ("x = 1\nf = 3", True),
        ("def f2(x):", False),
        ("    def f(x):", False),
        ("f == 3", True),  # as good as nobody writes that
        ("print(f)", False),
        ("g = f", False),
    ],
)
def test_what_defines_a_name(source, does):
    assert defines(source, "f") is does


def test_names_run_beside_others_and_leave_those_alone():
    given = {"a": 1}
    assert run("b = a + 1\nname = __name__", given)["b"] == 2 and given == {"a": 1}
    assert run("name = __name__")["name"] == "solution"


def test_the_students_notebook_cell_by_cell(exercise):
    notebook = release.student_notebook(exercise)
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    assert list(cells) == [
        "given-0", "import", "twice", "check-twice", "hints-twice", "given-5", "answer", "check-answer", "hints-answer",
        "Half", "check-Half", "hints-Half", "quiz", "why-question", "why", "ending", "progress"
    ]  # fmt: skip
    assert cells["given-0"] == (
        "# Made up\n\n*3 tasks, the hardest of difficulty 3 of 5. About 20 minutes. 5 points. "
        "Belongs to [lesson 02](../notebooks/02_step_decay.ipynb).* "
        "Write plain Python or NumPy: the grader has no torch."
    )
    assert cells["twice"] == with_stub(CELL).rstrip("\n") and cells["check-twice"] == 'check("twice", twice)'
    facts = "*Difficulty 3 of 5, importance 5 of 5, about 7 minutes. 1 point, given when every input of the "
    assert cells["hints-answer"] == (
        facts + "instructor's comes out right.*\n\n"
        'Stuck? Run `hint("answer")` in a cell of your own. Each call shows one hint more.'
    )
    assert "2 points, given" in cells["hints-twice"]
    assert cells["why"] == 'check("why", "?")' and cells["progress"] == "progress()"
    assert cells["why-question"] == "Why?\n\n- **a** this\n- **b** that"
    kinds = {cell["id"]: cell for cell in notebook["cells"]}
    assert kinds["check-twice"]["outputs"] == [] and kinds["check-twice"]["execution_count"] is None
    assert "outputs" not in kinds["given-0"]
    graded = kinds["check-twice"]["metadata"]["nbgrader"]
    assert (graded["points"], graded["grade"], graded["solution"], graded["locked"]) == (2, True, False, True)
    own = kinds["twice"]["metadata"]["nbgrader"]
    assert (own["grade"], own["solution"], own["locked"], "points" in own) == (False, True, False, False)
    assert (own["schema_version"], own["task"], notebook["nbformat"], notebook["nbformat_minor"]) == (3, False, 4, 5)
    assert "y = 2 * x" in str(release.student_notebook(exercise, solutions=True)["cells"][2])
    assert "Stuck?" not in str(release.student_notebook(exercise, hints=0))
    assert "variant" not in notebook["metadata"]["lrcourse"]


def test_nbgrader_s_checksum_by_hand():
    keys = {"cell_type": "code", "grade": True, "solution": False, "locked": True, "grade_id": "check_f", "points": 2}
    text = "xcodeTrueFalseTruecheck_f2.0"
    assert release.checksum("x", keys) == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    ungraded = "xcodeFalseFalseTruecheck_f"
    keys["grade"] = False
    assert release.checksum("x", keys) == hashlib.md5(ungraded.encode(), usedforsecurity=False).hexdigest()


def test_a_variant_hangs_on_the_secret_and_on_its_versions(tmp_path, monkeypatch):
    monkeypatch.setattr(masters, "MASTERS", tmp_path)
    assert variants.digest("02_made_up", "12345678") == hashlib.sha256(b"12345678").digest()
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "02_made_up.py").write_bytes(b"versions")
    assert variants.digest("02_made_up", "12345678") == hashlib.sha256(b"12345678versions").digest()


def test_a_task_under_other_names(exercise):
    drawn = {"x": "number"}
    made = variants._renamed(replace(TWICE, hints=("x", "two", "x2"), also_right=(lambda x: x + x,)), drawn)
    assert [one["args"] for one in made.public] == [{"number": 1}, {"number": 2}]
    assert [one["args"] for one in made.edges] == [{"number": 0}] and made.hints == ("number", "two", "x2")
    assert list(made.draw(random.Random(0))["args"]) == ["number"] and made.also_right[0](number=2) == 4
    half, three, *_ = made.mistakes
    assert half.wrong(number=3) == 1.5 and (three.wrong, three.instead) == ("2 * number", "3 * number")
    assert variants._renamed(TWICE, {}) is TWICE and variants._renamed(ANSWER, drawn).draw is None
