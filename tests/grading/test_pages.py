"""Feedback pages, summary and CSV: they say what is needed, safely, and no secret."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import charts, pages, sandbox, writing
from lrcourse.grading.gradebook import Row
from lrcourse.grading.results import UNREADABLE, CellFault, Drawn, Fault, Report, TaskResult
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
    assert page.count('<path class="s0"') == page.count('<path class="s1"') == 2 and 'aria-label="Your curve' in page
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


@pytest.mark.parametrize("status", UNREADABLE)
def test_what_could_not_be_graded_shows_no_score_anywhere(status, tmp_path):
    """As the table leaves it blank: a 0 is one that was earned."""
    rows = [row("ada", status, 0, sentence="It is a picture.", tasks=[])]
    page = pages.student_page(rows)
    assert "could not be graded" in page and "of 10" not in page
    pages.write_summary(tmp_path / "summary.html", iter(rows), pages.page_names(["ada"]), "", [])
    assert "0 of 10" not in (tmp_path / "summary.html").read_text()


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
    rows.append(row("yan", "not a notebook", 0, sentence="What was handed in is a picture.", tasks=[]))
    names = pages.page_names([one.student for one in rows])
    pages.write_summary(tmp_path / "summary.html", iter(rows), names, "", ["notes.txt"])
    page = (tmp_path / "summary.html").read_text()
    assert "8 graded, 0 with full points, median 0.5. 1 could not be graded." in page
    assert "4 with 0, 2 with 1, 2 with 2" in page
    assert '<td class="number">7</td><td><code>step_decay</code></td><td>Early.</td>' in page
    assert "A loop never ends." in page and "the end" in page and "notes.txt" in page


def drawn(yours, x="step"):
    """The paths of the student's line in the chart, each as its list of points."""
    lines = {"expected": [[0, 0.1], [1, 0.1]], "yours": yours}
    svg = charts.curve_chart(Drawn(lines, x, "learning rate"), "")
    inside = re.findall(r'<svg x="[^>]*><path class="(?:dots )?s1"[^>]* d="M([^"]*)"', svg)
    return [[tuple(map(float, point.split(","))) for point in re.split("L|h0M|h0", path) if point] for path in inside]


def test_a_learning_rate_that_holds_for_a_step_is_drawn_as_stairs():
    (path,) = drawn([[0, 0.1], [1, 0.05], [2, 0.05]])
    assert all(x == x2 or y == y2 for (x, y), (x2, y2) in pairwise(path))
    assert len({y for _, y in path}) == 2
    (path,) = drawn([[0, 0.1], [1, 0.05]], x="entry")
    assert len(path) == 2


def test_a_gap_is_not_bridged_and_a_point_alone_is_seen():
    left, right = drawn([[0, 0.1], [1, None], [2, 0.1]])
    assert max(x for x, _ in left) < min(x for x, _ in right)
    assert drawn([[0, None], [1, 0.1]], x="entry")


@pytest.mark.parametrize("y", [0, -1, 1e-320, 1e308, -1e308, 1e300, 0.1 + 1e-17, 5])
@pytest.mark.parametrize("x", [0, 10**15])
def test_any_number_can_be_drawn(x, y):
    svg = charts.curve_chart(Drawn({"expected": [[x, 0.1]], "yours": [[x, y], [x + 1, y]]}, "step", "lr"), "")
    assert "nan" not in svg and "inf" not in svg and len(svg) < 10_000


def test_headings_come_in_order_and_every_picture_and_column_has_a_name(tmp_path):
    failed = row("zoe", "timed out", 0, sentence="A loop.", cells=(CellFault("E", "m", "t", 0),), log="the end")
    rows = [row(tasks=(task(mistake="Early."),)), failed]
    pages.write_summary(tmp_path / "summary.html", rows, pages.page_names(["ada", "zoe"]), "Damaged.", ["stray: x"])
    for page in (pages.student_page(rows), (tmp_path / "summary.html").read_text()):
        levels = [int(level) for level in re.findall(r"<h(\d)", page)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert all('aria-label="' in tag for tag in re.findall(r'<svg[^>]*role="img"[^>]*>', page))
        assert all('scope="col"' in tag for tag in re.findall(r"<th[ >][^>]*>?", page))


def test_the_median_is_the_median(tmp_path):
    rows = [row(f"student {i}", score=score) for i, score in enumerate((0, 0, 10, 10))]
    pages.write_summary(tmp_path / "summary.html", rows, pages.page_names([one.student for one in rows]), "", [])
    assert "median 5." in (tmp_path / "summary.html").read_text()


def test_a_page_that_cannot_be_made_is_its_own_fault_and_nobody_elses(tmp_path):
    odd = task(curves=Drawn({"unheard of": [[0, 1]]}, "step", "lr"))
    rows = [row("ada"), row("ben", tasks=(odd,)), row("cleo")]
    failed = pages.write_pages(rows, tmp_path, pages.page_names(["ada", "ben", "cleo"]))
    assert failed.keys() == {"ben"} and "unheard of" in failed["ben"]
    assert "could not be shown" in (tmp_path / "ben.html").read_text() and "3<" in (tmp_path / "ben.html").read_text()
    assert "could not be shown" not in (tmp_path / "cleo.html").read_text()


def test_page_names_fit_a_file_system_in_bytes(tmp_path):
    for name in pages.page_names(["\U00020000" * 70, "é" * 200, "\U0001f468\u200d" * 40, "x" * 300]).values():
        (tmp_path / name).write_text("")
        writing.write(tmp_path / name, "page")
        assert len(name.encode()) < 120


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


@pytest.mark.parametrize("unsafe", [(), (0,), (1,), (0, 1)])
def test_one_result_without_a_sandbox_is_said_on_its_page_and_on_the_summary(unsafe, tmp_path):
    rows = [row(name) for name in ("ada", "ben")]
    rows = [replace(one, sandbox=sandbox.UNSAFE) if i in unsafe else one for i, one in enumerate(rows)]
    pages.write_summary(tmp_path / "s.html", rows, pages.page_names(["ada", "ben"]), "", [])
    assert ("UNSAFE, NO SANDBOX" in (tmp_path / "s.html").read_text()) is bool(unsafe)
    for i, one in enumerate(rows):
        assert ("UNSAFE, NO SANDBOX" in pages.student_page([one])) is (i in unsafe)


def test_a_page_that_says_the_same_is_not_written_again(tmp_path):
    writing.write(tmp_path / "a.html", "same")
    before = (tmp_path / "a.html").stat()
    writing.write(tmp_path / "a.html", "same")
    assert (tmp_path / "a.html").stat().st_mtime_ns == before.st_mtime_ns and len(list(tmp_path.iterdir())) == 1
    assert (tmp_path / "a.html").stat().st_ino == before.st_ino
    writing.write(tmp_path / "a.html", "other \ud800")
    assert (tmp_path / "a.html").read_bytes() == b"other ?"


def test_a_late_hand_in_with_others_beside_it_says_so(tmp_path):
    late = replace(row(), late=True, others=("ada/old.ipynb", "ada/x\u202ey.ipynb"), file="")
    page = pages.student_page([late])
    assert "ada/old.ipynb" in page and "\u202e" not in page and "ada/x\ufffdy.ipynb" in page and "nothing" in page
    on_time = pages.student_page([row()])
    assert "late" in page.lower() and "ada/old.ipynb" not in on_time


def test_a_page_has_the_results_of_all_exercises_under_the_last_name():
    first, last = row(), replace(row(), exercise="04_cosine", name="Ada Bello", sandbox="the last")
    page = pages.student_page([first, last])
    assert load(NAME).title in page and load("04_cosine").title in page and "Ada Bello" in page and "the last" in page
