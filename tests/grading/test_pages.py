"""Feedback pages, summary and CSV: they say what is needed, safely, and no secret."""

from dataclasses import replace

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import pages, sandbox
from lrcourse.grading.gradebook import Row
from lrcourse.grading.results import CellFault, Drawn, Fault, Report, TaskResult
from lrcourse.grading.submissions import Unreadable

NAME = "02_step_decay"


def task(name="step_decay", **changes):
    drawn = Drawn({"expected": [[0, 0.1], [1, 0.1]], "yours": [[0, 0.1], [1, None]]}, "step", "learning rate")
    made = TaskResult(
        name,
        score=0,
        points=2,
        public=[True, False],
        right=3,
        cases=14,
        input="base_lr=0.1",
        difference="step 19: expected 0.1, yours is 0.05",
        answered=True,
        curves=drawn,
    )
    return replace(made, **changes)


def row(student="ada", status="graded", score=3.0, **report):
    report = Report(**{"tasks": (task(),)} | report)
    place = f"{student}/{NAME}.ipynb"
    return Row(student, NAME, student, "7", False, place, (), "v", status, score, 10, report, sandbox.SANDBOXED)


def test_a_page_says_score_difference_mistake_and_draws_both_curves():
    page = pages.student_page([row(tasks=[task(mistake="You decay one step early.")])])
    for words in ("3<", "of 10 points", "step 19: expected 0.1, yours is 0.05", "You decay one step early."):
        assert words in page
    assert page.count("<polyline") == 2 and 'aria-label="Your curve' in page
    assert "http" not in page.replace("http-equiv", "")  # nothing is loaded from elsewhere


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"score": 2, "public": [True, True], "difference": ""}, "Right, on every input."),
        ({"public": [True, True], "difference": ""}, "not on every input of the instructor"),
        ({"error": Fault("NotImplementedError", "", "")}, "Not written yet."),
        (
            {"error": Fault("NameError", "step_decay is not defined", "")},
            "Nothing of this name",
        ),
        ({"answered": False, "curves": None}, "gave no answer"),
    ],
)
def test_words_for_every_kind_of_result(changes, words):
    assert words in pages.student_page([row(tasks=[task(**changes)])])


def test_texts_of_students_are_escaped():
    evil = "<script>alert(1)</script>"
    error = Fault(evil, evil, evil)
    cells = [CellFault(evil, evil, evil, 0)]
    rows = [
        row(evil, status="crashed", tasks=[task(error=error, difference=evil)], cells=cells, log=evil, sentence=evil)
    ]
    page = pages.student_page(rows)
    assert "<script" not in page and "&lt;script&gt;" in page


def test_a_summary_counts_scores_and_mistakes(tmp_path):
    rows = [row(f"student {i}", score=i % 3, tasks=[task(mistake="Early.")]) for i in range(7)]
    rows.append(row("zoe", "timed out", 0, sentence="A loop never ends.", tasks=[], log="the end"))
    names = pages.page_names([one.student for one in rows])
    pages.write_summary(tmp_path / "summary.html", iter(rows), names, "", ["notes.txt"])
    page = (tmp_path / "summary.html").read_text()
    assert "8 graded, 0 with full points" in page and "4 with 0, 2 with 1, 2 with 2" in page
    assert '<td class="number">7</td><td><code>step_decay</code></td><td>Early.</td>' in page
    assert "A loop never ends." in page and "the end" in page and "notes.txt" in page


def test_page_names_are_different_and_safe_for_any_students():
    students = ["Ada", "ADA", "ada", "../../etc/passwd", "a/b", "a_b", "", ".", "é", "e\u0301", "x" * 300, "con", "🦊"]
    names = pages.page_names(students)
    assert len({name.casefold() for name in names.values()}) == len(students)
    assert all("/" not in name and not name.startswith(".") and len(name) < 120 for name in names.values())


def test_a_failure_travels_to_a_worker_and_back():
    import pickle

    reason = pickle.loads(pickle.dumps(Unreadable("empty", "The file is empty.")))
    assert (reason.status, str(reason)) == ("empty", "The file is empty.")


def test_every_exercise_has_a_page_title():
    assert load(NAME).title in pages.student_page([row()])
