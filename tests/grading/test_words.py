"""What pages, summary and the closing report say at the edges: half of the points, the twenty-first name, a tie."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import charts, grade, pages, sandbox, workers, writing
from lrcourse.grading.gradebook import Row
from lrcourse.grading.results import Drawn, Fault, Report, Result, TaskResult

NAME = "02_step_decay"
DRAWN = Drawn({"expected": [[0, 0.1]], "yours": [[0, 0.2]]}, "step", "learning rate")


def task(**changes):
    plain = TaskResult(
        "f", score=0, points=2, public=[True, False, False], right=3, cases=14, input="x=1", answered=True
    )
    return replace(plain, **changes)


def row(student="ada", status="graded", score=3.0, exercise=NAME, **report):
    return Row(
        student, exercise, student, "7", False, "a.ipynb", (), "v", status, score, 10, Report(**report), "sealed"
    )


@pytest.mark.parametrize(
    ("score", "sentence", "words"),
    [
        (None, "", ""),
        (10, "", "Everything is right. Well done!"),
        (10, "It crashed.", "Every task is right all the same."),
        (0, "", "No task is complete yet. Each one below says where to begin."),
        (0, "It crashed.", ""),
        (5, "", "A good part is right. The tasks below say what is missing."),
        (4.9, "", "A part is right. The tasks below say what is missing."),
    ],
)
def test_how_a_page_opens(score, sentence, words):
    assert pages._opening(score, 10, sentence) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "1 of 3 public cases are right. The first that is not:"),
        ({"score": 2}, "Right, on every input."),
        ({"input": "your value"}, "This is not the right answer yet."),
        ({"answered": False}, "Your code gave no answer here."),
        ({"public": [True] * 3}, "Right on every public case, but not on every input of the instructor's."),
        ({"error": Fault("NameError", "f is not defined", "")}, "Nothing of this name is in your notebook."),
        ({"error": Fault("NameError", "g is not defined", "")}, "1 of 3 public cases"),
        ({"error": Fault("NotImplementedError", "", "")}, "Not written yet."),
    ],
)
def test_words_beside_a_task(changes, words):
    assert pages._words(task(**changes)).startswith(words)
    shown = pages._task(task(**changes))
    assert (shown["error"] is None) == (changes.get("error") is None or changes["error"].type == "NotImplementedError")


def test_an_answer_that_came_too_late_is_no_edge():
    all_public = task(public=[True] * 3)
    assert pages._words(all_public, timed_out=True).endswith("or it did not come in time.")
    shown = pages._result(row(status="timed out", tasks=[all_public]))["tasks"]
    assert "in time" in shown[0]["words"] and "edges" in pages._task(all_public)["words"]


def test_what_a_chart_shows():
    assert pages._caption(task(public=[True])) == "Your curve lies on the expected one."
    assert pages._caption(task(curves=DRAWN)) == "Your curve (orange, dashed) and the expected one (blue)."
    assert pages._caption(task(curves=replace(DRAWN, lines={"expected": [[0, 1]]}))) == "The expected curve."
    assert pages._caption(task()) == "The expected curve."
    assert pages._task(task())["chart"] == "" and "<svg" in pages._task(task(curves=DRAWN))["chart"]


def test_a_class_in_counts():
    tally = pages.Tally(NAME)
    done, public_only = task(name="step_decay", score=2, public=[True]), task(name="step_decay", public=[True, True])
    for score, tasks in (
        (10, [done]),
        (0, [public_only]),
        (0, [task(name="step_decay", mistake="Early.")]),
        (7.5, [done]),
    ):
        tally.add(row(score=score, tasks=tasks))
    tally.add(row(status="empty", score=0))
    told = tally.told()
    assert told["words"] == "4 graded, 1 with full points, median 3.75. 1 could not be graded."
    assert told["graded"] == 4 and told["tasks"][0]["right"] == 2 and told["tasks"][0]["public_only"] == 1
    assert told["mistakes"] == [{"task": "step_decay", "sentence": "Early.", "count": 1}]
    assert "2 with 0, 1 with 7, 1 with 10." in told["histogram"]
    assert "median none." in pages.Tally(NAME).told()["words"] and "nobody yet" in pages.Tally(NAME).told()["histogram"]


def test_ten_mistakes_are_listed_the_most_frequent_first():
    tally = pages.Tally(NAME)
    for i in range(12):
        for _ in range(i + 1):
            tally.add(row(tasks=[task(name="step_decay", mistake=f"Mistake {i}.")]))
    listed = tally.told()["mistakes"]
    assert [one["count"] for one in listed] == list(range(12, 2, -1))


def test_names_of_pages():
    names = pages.page_names(["Ada", "../Ada", "ADA", "", "x" * 200, "Zo\u0308e", "Bo Li-2"])
    assert len({name.casefold() for name in names.values()}) == 7
    assert names["Bo Li-2"] == "Bo Li-2.html" and names[""] == "_.html"
    assert names["x" * 200].startswith("x" * 90 + "-") and re.fullmatch("Zöe-\\w{8}.html", names["Zo\u0308e"])


def test_bars_of_a_class(monkeypatch):
    scenes = []
    monkeypatch.setattr(charts, "to_svg", lambda scene: scenes.append(scene) or "")
    for counts in ({"0": 1, "1": 0, "2": 3}, {"0": 0}, {}):
        charts.score_chart(counts, "A class.")
    marks = scenes[0].marks
    (left, bottom), third = (66, 208), (548 - 66) / 3  # of the frame: 66 to 548, 42 to 208
    bars = [mark for mark in marks if mark[0] == "bars"]
    tops = [mark[1][0] for mark in bars]
    assert tops[0] == [(left + third / 2, bottom), pytest.approx((left + third / 2, bottom - 166 / 3))]
    assert tops[1] == [pytest.approx((left + 2.5 * third, bottom)), pytest.approx((left + 2.5 * third, 42))]
    assert [mark[3] for mark in bars] == pytest.approx([0.85 * third] * 2)
    texts = {mark[2]: mark[1] for mark in marks if mark[0] == "text"}
    assert texts["1"] == pytest.approx((left + 1.5 * third, bottom + 22)) and texts["3"][1] == pytest.approx(35)
    assert [mark[0] for mark in scenes[1].marks] == ["text", "line"] and len(scenes[2].marks) == 1


def grading(rows, found=None, variant=""):
    made = SimpleNamespace(rows=lambda: iter(rows), failures={}, ignored={}, look=[], variant=variant)
    made.options = SimpleNamespace(out=__import__("pathlib").Path("out"), variant_seed="secret.txt")
    return made


def reported(capsys, rows, **more):
    made = grading(rows, **more)
    grade.report(made)
    return made, capsys.readouterr().out


def test_the_report_counts_each_status_the_graded_first(capsys):
    rows = [row("a"), row("b", "timed out", 0.0), row("c", "timed out", 2.0), row("d", "not graded", None), row("e")]
    made, said = reported(capsys, rows)
    lines = said.splitlines()
    assert lines[:3] == ["graded      2", "timed out   2", "not graded  1"]
    assert "  look at b, 02_step_decay: timed out (0 of 10)" in lines and "not graded (-)" in said
    assert [one.student for one in made.look] == ["b", "c", "d"] and "another edition" not in said
    assert lines[-1] == "See out/summary.html, out/grades.csv and out/feedback."
    made = grading([row("a")])
    made.failures = {"a": "why"}
    grade.report(made)
    assert "look at a, 02_step_decay: graded (3 of 10), no page" in capsys.readouterr().out


@pytest.mark.parametrize("count", [19, 20, 21, 25])
def test_twenty_are_named(count, capsys):
    _, said = reported(capsys, [row(f"s{i}", "crashed", 0.0) for i in range(count)])
    assert said.count("  look at ") == min(count, 20)
    assert (f"  and {count - 20} more" in said) is (count > 20)
    told = grade._told({f"place {i}": "hidden" for i in range(count)})
    assert told == [
        "hidden: "
        + ", ".join(f"place {i}" for i in range(min(count, 20)))
        + (f" and {count - 20} more" if count > 20 else "")
    ]


@pytest.mark.parametrize(("others", "told"), [(1, False), (2, False), (3, True)])
@pytest.mark.parametrize("variant", ["", "a secret"])
def test_most_of_a_class_with_another_edition(others, told, variant, capsys):
    rows = [row(f"s{i}", "other edition" if i < others else "graded", 0.0) for i in range(4)]
    _, said = reported(capsys, rows, variant=variant)
    assert ("Most notebooks are another edition" in said) is told
    advice = (
        "is secret.txt the file that the hand-out was made with?"
        if variant
        else "was it handed out with --variant-seed?"
    )
    assert (advice in said) is told


def handed(student, exercise, entry=True):
    return SimpleNamespace(student=student, exercise=exercise, entry=entry or None)


def test_with_all_a_student_without_any_keeps_one_row():
    found = [
        handed("a", "02", False),
        handed("a", "03"),
        handed("b", "02", False),
        handed("b", "03", False),
        handed("c", "02"),
    ]
    assert [(one.student, one.exercise) for one in grade._only_handed_in(found)] == [
        ("a", "03"),
        ("b", "02"),
        ("c", "02"),
    ]
    assert grade._only_handed_in([]) == []


def test_unknown_students_are_named():
    found = [handed(f"s{i}", "02") for i in range(12)]
    grade._check_students(["s3"], found)
    with pytest.raises(
        ValueError, match=r"nobody is called 'zoe' here; students are s0, s1, s10, s11, s2, s3, s4, s5 \.\.\."
    ):
        grade._check_students(["s3", "zoe"], found)


@pytest.mark.parametrize(
    ("dask", "number", "kind"), [("host:1", 4, "cluster"), (None, 1, "this_process"), (None, 2, "processes")]
)
def test_what_starts_the_workers(dask, number, kind):
    start = grade._workers(SimpleNamespace(dask=dask, workers=number))
    function = getattr(start, "func", start)
    assert function is getattr(workers, kind)
    assert getattr(start, "args", ()) == {"cluster": ("host:1",), "processes": (2,)}.get(kind, ())


def test_jobs_end_as_results_or_in_their_errors_place():
    def job(key):
        return (divmod, 10, key)

    done = dict(workers.finished(workers.this_process, [1, 0, 5], job))
    assert done[1] == (10, 0) and done[5] == (2, 0) and isinstance(done[0], ZeroDivisionError)
    assert dict(workers.finished(workers.this_process, [], job)) == {}


def test_a_result_reads_as_its_report():
    result = Result("graded", 3, Report("fine", log="l"))
    assert (result.sentence, result["log"], result["score"]) == ("fine", "l", 3)
    with pytest.raises(AttributeError):
        result.nothing  # noqa: B018
    assert row(status="empty", score=0).earned is None and row(score=0).earned == 0


@pytest.mark.parametrize(
    "mark",
    [
        "\u202a",
        "\u202b",
        "\u202c",
        "\u202d",
        "\u202e",
        "\u2066",
        "\u2067",
        "\u2068",
        "\u2069",
        "\x00",
        "\x1b",
        "\ud800",
        "\n",
    ],
)
def test_marks_that_turn_or_hide_are_shown_as_such(mark):
    assert writing.printable(f"a{mark}b") == "a\ufffdb"
    assert writing.printable(f"a{mark}b", keep="\n") == ("a\nb" if mark == "\n" else "a\ufffdb")
    assert writing.printable("a\u00e9\u0639\U0001f600") == "a\u00e9\u0639\U0001f600"


def test_the_points_stand_in_the_exercise():
    assert load(NAME).points == 10 and sandbox.UNSAFE.startswith("UNSAFE")
