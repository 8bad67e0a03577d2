"""The gradebook loses nothing: history, locks, full and read-only disks, damage, kills."""

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from lrcourse.grading import gradebook, lms, pages
from lrcourse.grading.gradebook import Gradebook, GradebookError, Row
from lrcourse.grading.results import CellFault, Drawn, Fault, Report, TaskResult


def row(student="ada", score=3.0, **changes):
    one = Row(
        student=student,
        exercise="02_step_decay",
        name="Ada",
        lms_id="7",
        late=True,
        file="ada/x.ipynb",
        others=("ada/y.ipynb",),
        version="v1",
        status="graded",
        score=score,
        points=10.0,
        report=Report(),
        sandbox="bubblewrap",
    )
    return replace(one, **changes)


def same(one, other):
    return {**one.__dict__, "graded_at": ""} == {**other.__dict__, "graded_at": ""}


def test_what_goes_in_comes_out(tmp_path):
    with Gradebook(tmp_path / "g.sqlite") as book:
        book.add(row())
    with Gradebook(tmp_path / "g.sqlite") as book:
        (found,) = book.current()
    assert same(found, row())
    assert found.graded_at.endswith("+00:00")


def test_the_newest_row_counts_and_the_history_stays(tmp_path):
    with Gradebook(tmp_path / "g.sqlite") as book:
        for score in (1.0, None, 2.0):
            book.add(row(score=score, version=f"v{score}"))
        book.add(row("ben", score=None))
        assert [found.score for found in book.current()] == [2.0, None]
        assert [found.score for found in book.history("ada")] == [1.0, None, 2.0]
        assert book.versions() == {("ada", "02_step_decay"): "v2.0"}  # what has no score is graded again


def test_another_program_can_read_it_with_plain_sqlite(tmp_path):
    with Gradebook(tmp_path / "g.sqlite") as book:
        book.add(row())
    with sqlite3.connect(tmp_path / "g.sqlite") as file:
        assert file.execute("SELECT student, score FROM current").fetchall() == [("ada", 3.0)]


def test_a_second_grader_is_refused(tmp_path):
    with Gradebook(tmp_path / "g.sqlite") as book:
        book.add(row())
        with pytest.raises(GradebookError, match="another grader"), Gradebook(tmp_path / "g.sqlite"):
            pass
        book.add(row("ben"))
    with Gradebook(tmp_path / "g.sqlite") as book:
        assert len(list(book.current())) == 2


@pytest.mark.parametrize("damage", ["header", "middle"])
def test_a_damaged_one_is_noticed_and_put_aside(damage, tmp_path):
    path = tmp_path / "g.sqlite"
    with Gradebook(path) as book:
        for i in range(300):
            book.add(row(f"student {i}", report=Report(log="x" * 500)))
    data = bytearray(path.read_bytes())
    start = 0 if damage == "header" else len(data) // 2
    data[start : start + 8192] = os.urandom(8192)
    path.write_bytes(data)
    with Gradebook(path) as book:
        assert "put aside" in book.notice
        assert list(book.current()) == []
        book.add(row())
    (aside,) = tmp_path.glob("g.sqlite.damaged-*")
    assert aside.read_bytes() == bytes(data)


DAMAGES = {
    "student": (b"student 702_step_decayAda", b"student \xff02_step_decayAda"),  # the row, not the index
    "text": (b'"sentence": "of 7"', b'"sentence": "of\xff7"'),
    "json": (b'"sentence": "of 7"', b'"sentence": [of 7"'),
    "key": (b'"sentence": "of 7"', b'"sentance": "of 7"'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_is_put_aside_and_the_others_stay(damage, tmp_path):
    path = tmp_path / "g.sqlite"
    with Gradebook(path) as book:
        for i in range(20):
            book.add(row(f"student {i}", report=Report(f"of {i}"), version="v1"))
    data = path.read_bytes()
    before, after = DAMAGES[damage]
    assert data.count(before) == 1 and len(before) == len(after)
    path.write_bytes(data.replace(before, after))
    with Gradebook(path) as book:
        assert "1 damaged row" in book.notice
        kept = {one.student for one in book.current()}
        assert kept == {f"student {i}" for i in range(20)} - {"student 7"}
        assert book.versions().keys() == {(student, "02_step_decay") for student in kept}
        book.add(row("student 7", version="v1"))
    with Gradebook(path) as book:
        assert book.notice == "" and len(list(book.current())) == 20
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM damaged").fetchall() == [(1,)]
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_an_older_row_does_not_stand_in_for_a_damaged_one(tmp_path):
    path = tmp_path / "g.sqlite"
    with Gradebook(path) as book:
        book.add(row(version="v1", report=Report("the first")))
        book.add(row(version="v1", report=Report("the later")))
    path.write_bytes(path.read_bytes().replace(b"the later", b"the \xffater"))
    with Gradebook(path) as book:
        assert book.versions() == {}
        book.add(row(version="v1"))
        assert list(book.versions().values()) == ["v1"]


def test_a_file_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "g.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(GradebookError, match="no gradebook"), Gradebook(path):
        pass
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GradebookError, match="cannot be written"), Gradebook(tmp_path / "file" / "g.sqlite"):
        pass


def test_a_kill_in_the_middle_of_writing_loses_no_committed_row(tmp_path):
    path = tmp_path / "g.sqlite"
    program = f"""
    import sys
    sys.path.insert(0, {os.path.dirname(__file__)!r})
    from test_gradebook import Gradebook, row
    with Gradebook({str(path)!r}) as book:
        for i in range(10**6):
            book.add(row(f"student {{i}}"))
            print(i, flush=True)
    """
    for _ in range(3):
        path.unlink(missing_ok=True)
        writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
        said = [writer.stdout.readline() for _ in range(20)]
        writer.kill()
        said += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        told = int([line for line in said if line.endswith("\n")][-1])
        with Gradebook(path) as book:
            kept = [found.student for found in book.current()]
        assert book.notice == ""
        assert {f"student {i}" for i in range(told + 1)} <= set(kept)
        assert len(kept) <= told + 2


# Full and read-only disks, for real: bubblewrap gives the test a small one and a read-only one.


def on_a_disk(options, program):
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    here = os.path.dirname(__file__)
    code = (
        f"import sys; sys.path.insert(0, {here!r})\nfrom test_gradebook import Gradebook, GradebookError, Report, row\n"
    )
    command = ["bwrap", "--dev-bind", "/", "/", *options, "--", sys.executable, "-c", code + textwrap.dedent(program)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_full_disk_is_a_clear_error_and_what_was_recorded_stays(tmp_path):
    program = f"""
    path = {str(tmp_path)!r} + "/g.sqlite"
    with Gradebook(path) as book:
        done = 0
        try:
            for done in range(10**5):
                book.add(row(f"student {{done}}", report=Report(log="x" * 2000)))
        except GradebookError as error:
            print(error)
        print(done, len(list(book.current())))
    with Gradebook(path) as book:
        print(len(list(book.current())), book.notice)
    """
    error, counts, again = on_a_disk(["--size", str(2**19), "--tmpfs", str(tmp_path)], program)
    done, kept = counts.split()
    assert "the disk is full" in error
    assert int(done) > 50 and done == kept == again.strip()


def test_a_read_only_disk_is_a_clear_error_and_the_gradebook_stays(tmp_path):
    with Gradebook(tmp_path / "g.sqlite") as book:
        book.add(row())
    before = (tmp_path / "g.sqlite").read_bytes()
    program = f"""
    try:
        with Gradebook({str(tmp_path)!r} + "/g.sqlite") as book:
            book.add(row("ben"))
    except GradebookError as error:
        print(error)
    """
    (error,) = on_a_disk(["--ro-bind", str(tmp_path), str(tmp_path)], program)
    assert "cannot be written" in error and "read-only" in error
    assert (tmp_path / "g.sqlite").read_bytes() == before


def test_a_full_report_comes_out_as_it_went_in(tmp_path):
    fault, drawn = Fault("ValueError", "no", ""), Drawn({"expected": [[0, 0.1], [1, None]]}, "step", "lr")
    task = TaskResult("f", 0, 2, [True, False], 1, 2, "x=1", error=fault, answered=True, curves=drawn)
    report = Report("Look.", (task, TaskResult("g", 1, 1, [], 0, 0, "")), (CellFault("E", "m", "t", 3),), "end")
    with Gradebook(tmp_path / "g.sqlite") as book:
        book.add(row(report=report))
        assert next(book.current()).report == report
    assert report["tasks"][0]["error"]["message"] == "no"


FULL = Report(
    "Look.",
    (
        TaskResult(
            "step_decay",
            0,
            2,
            [True, False],
            1,
            2,
            "x=1",
            error=Fault("ValueError", "no", ""),
            answered=True,
            curves=Drawn({"expected": [[0, 0.1], [1, None]], "yours": [[0, 0.2]]}, "step", "lr"),
        ),
    ),
    (CellFault("E", "m", "t", 3),),
    "end",
)


def places_in(kept, here=()):
    """The ways to each value in what JSON holds."""
    inside = kept.items() if isinstance(kept, dict) else enumerate(kept) if isinstance(kept, list) else ()
    yield from ([here] if here else [])
    for key, value in inside:
        yield from places_in(value, (*here, key))


@pytest.mark.parametrize("way", list(places_in(json.loads(json.dumps(FULL, default=vars)))), ids=str)
def test_a_row_with_anything_else_in_a_place_is_damaged_or_can_be_shown(way, tmp_path):
    damaged = 0
    for other in (None, 7, 7.5, True, "x", [], [7], {}, {"x": 7}, math.nan):
        kept = json.loads(json.dumps(FULL, default=vars))
        inner = kept
        for key in way[:-1]:
            inner = inner[key]
        inner[way[-1]] = other
        with Gradebook(tmp_path / "g.sqlite") as book:
            book.add(row())
            book.file.execute("UPDATE result SET report = ?", [json.dumps(kept)])
        with Gradebook(tmp_path / "g.sqlite") as book:
            damaged += "damaged row" in book.notice
            assert pages.write_pages(book.current(), tmp_path / "feedback", {"ada": "ada.html"}) == {}
            pages.write_summary(tmp_path / "summary.html", book.current(), {"ada": "ada.html"}, "", [])
            for form in ("plain", "canvas", "moodle"):
                lms.write_csv(tmp_path / "grades.csv", book.current(), form, {"02_step_decay": "x"})
        (tmp_path / "g.sqlite").unlink()
    assert damaged >= 3


def test_two_damaged_rows_are_told_in_the_plural(tmp_path):
    path = tmp_path / "g.sqlite"
    with Gradebook(path) as book:
        for i in range(5):
            book.add(row(f"student {i}", report=Report(f"of {i}")))
    data = path.read_bytes()
    for i in (1, 3):
        data = data.replace(b'"sentence": "of %d"' % i, b'"sentence": [of %d"' % i)
    path.write_bytes(data)
    with Gradebook(path) as book:
        assert book.notice == "g.sqlite had 2 damaged rows: put aside, and graded again."
        assert [one.student for one in book.current()] == ["student 0", "student 2", "student 4"]
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (1,)
        assert file.execute("SELECT number FROM damaged ORDER BY number").fetchall() == [(2,), (4,)]


def test_one_damaged_row_is_told_in_the_singular(tmp_path):
    path = tmp_path / "g.sqlite"
    with Gradebook(path) as book:
        book.add(row(report=Report("of 0")))
    path.write_bytes(path.read_bytes().replace(b'"sentence": "of 0"', b'"sentence": [of 0"'))
    with Gradebook(path) as book:
        assert book.notice == "g.sqlite had 1 damaged row: put aside, and graded again."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full. Make room"),
        (sqlite3.SQLITE_READONLY, "the folder or the file is read-only"),
        (sqlite3.SQLITE_CANTOPEN, "the folder is read-only, or this is no file"),
        (sqlite3.SQLITE_IOERR, "the disk does not take it"),
        (sqlite3.SQLITE_IOERR | 3 << 8, "the disk does not take it"),  # how it did not is in the higher byte
        (sqlite3.SQLITE_READONLY | 8 << 8, "the folder or the file is read-only"),
        (sqlite3.SQLITE_NOMEM, "odd"),
        (None, "odd"),
    ],
)
def test_why_a_file_could_not_be_written(code, words, tmp_path):
    error = sqlite3.OperationalError("odd")
    if code is not None:
        error.sqlite_errorcode = code
    assert gradebook._why("g", error).startswith(f"g cannot be written: {words}")
    book = Gradebook(tmp_path / "g.sqlite")
    if code is None:
        book._refuse_unless_damaged(error)  # no code: what SQLite found while it looked
    else:
        with pytest.raises(GradebookError, match=words):
            book._refuse_unless_damaged(error)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CORRUPT | 1 << 8, sqlite3.SQLITE_NOTADB])
def test_what_counts_as_damage(code, tmp_path):
    error = sqlite3.DatabaseError("odd")
    error.sqlite_errorcode = code
    assert Gradebook(tmp_path / "g.sqlite")._refuse_unless_damaged(error) is None
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY | 1 << 8
    with pytest.raises(GradebookError, match="is in use: another grader is at work"):
        Gradebook(tmp_path / "g.sqlite")._refuse_unless_damaged(error)


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({}, True),
        ({"score": None}, True),
        ({"score": "3"}, False),
        ({"score": 3}, False),
        ({"points": 10}, False),
        ({"student": 3}, False),
        ({"version": None}, False),
        ({"report": "{}"}, False),
        ({"others": "3"}, False),
        ({"others": "[3]"}, False),
        ({"score": math.inf}, False),
        ({"score": math.nan}, False),
        ({"score": -1.0}, False),
        ({"score": 10.5}, False),
        ({"score": 10.0}, True),
        ({"points": math.inf}, False),
    ],
)
def test_a_line_of_the_file_is_a_row_or_damaged(changes, whole):
    kept = {**row().__dict__, "late": 0, "others": "[]", "report": json.dumps(Report("s"), default=vars)}
    kept |= {"score": 3.0, "points": 10.0, **changes}
    if whole:
        made = gradebook._row([1, *kept.values()])
        assert (made.late, made.others, made.report.sentence) == (False, (), "s")
    else:
        with pytest.raises((TypeError, KeyError)):
            gradebook._row([1, *kept.values()])


def test_damage_that_sqlite_tells_in_one_line_is_told_too(tmp_path):
    path = tmp_path / "g.sqlite"
    with Gradebook(path) as book:
        book.add(row())
    for was, now in (("name TEXT NOT NULL", "name TEXT         "), ("name TEXT         ", "name TEXT NOT NULL")):
        with sqlite3.connect(path) as file:
            file.execute("PRAGMA writable_schema = ON")
            file.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'result'", [was, now])
        if now != "name TEXT NOT NULL":
            with sqlite3.connect(path) as file:
                file.execute("UPDATE result SET name = NULL")
    with Gradebook(path) as book:
        assert "g.sqlite was damaged (NULL value in result.name): put aside as g.sqlite.damaged-" in book.notice
        assert list(book.current()) == []
