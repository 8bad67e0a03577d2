"""The grade command: right scores in every form, nothing lost when anything dies, nothing graded twice."""

import csv
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lrcourse.exercises import exercise as exercises
from lrcourse.exercises.exercise import load
from lrcourse.exercises.release import student_notebook
from lrcourse.grading import grade, marking, pages, sandbox
from lrcourse.grading.demo_class import half_done, solved, text_mistakes, with_cell, with_mistake
from lrcourse.grading.gradebook import Gradebook
from lrcourse.grading.results import Result

pytestmark = pytest.mark.usefixtures("bubblewrap")
NAME, SEED = "02_step_decay", "a secret of the test"


def notebooks():
    """{student: (notebook, true score)}: honest work of every kind, and one that ends itself."""
    exercise = load(NAME)
    made = {"ada": (solved(exercise), 10), "ben": (student_notebook(exercise), 0), "cleo": (half_done(exercise), 7)}
    made["eve"] = (with_cell(solved(exercise), 'if len("\U0001f600\\u2028") != 2:\n    del step_decay'), 10)
    made["dan"] = (with_cell(solved(exercise), "import os\nos._exit(0)"), 10)
    for i, (task, mistake) in enumerate(text_mistakes(exercise)[:6]):
        made[f"mistaken {i}"] = (with_mistake(exercise, task, mistake), 10 - task.points)
    return made


@pytest.fixture
def handed_in(tmp_path):
    return hand_in(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The results of a run that nothing disturbed."""
    folder = hand_in(tmp_path_factory.mktemp("undisturbed"))
    grade.main(command(folder))
    return folder / "results"


def hand_in(tmp_path):
    for student, (notebook, _) in notebooks().items():
        place = tmp_path / "class" / student / f"{NAME}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(notebook), encoding="utf-8")
    (tmp_path / "seed.txt").write_text(SEED)
    return tmp_path


def command(folder, out="results", *more):
    seed = ["--seed-file", str(folder / "seed.txt")]
    return [str(folder / "class"), "--exercise", NAME, *seed, "--out", str(folder / out), "--workers", "2", *more]


def contents(out):
    """All of the gradebook's rows but for their times, and how often each student was graded."""
    with Gradebook(out / "gradebook.sqlite") as book:
        rows = [{**row.__dict__, "graded_at": ""} for row in book.current()]
        return rows, {row["student"]: len(book.history(row["student"])) for row in rows}


def times(out):
    """When the current rows were graded."""
    with Gradebook(out / "gradebook.sqlite") as book:
        return [{"graded_at": row.graded_at} for row in book.current()]


def scores(out):
    return {row["student"]: row["score"] for row in contents(out)[0]}


def counted(monkeypatch, mark=marking.mark):
    """A list that gets the student of every submission that is marked from now on (in this process)."""
    marked = []

    def counting(data, exercise, student, *how):
        marked.append(student)
        return mark(data, exercise, student, *how)

    monkeypatch.setattr(grade, "mark", counting)
    return marked


def test_right_scores_pages_and_tables(handed_in, capsys):
    assert grade.main(command(handed_in)) == grade.SOMEBODY_NEEDS_A_LOOK
    true = {student: score for student, (_, score) in notebooks().items()}
    out = handed_in / "results"
    assert scores(out) == true
    assert "look at dan" in capsys.readouterr().out
    assert {page.stem for page in (out / "feedback").iterdir()} == true.keys()
    with open(out / "grades.csv", newline="", encoding="utf-8") as table:
        assert {row["student"]: float(row["score"]) for row in csv.DictReader(table)} == true
    shutil.rmtree(handed_in / "class" / "dan")
    assert grade.main(command(handed_in)) == grade.ALL_FINE


def test_the_second_run_grades_only_what_is_new(handed_in, monkeypatch):
    marked = counted(monkeypatch)
    arguments = [*command(handed_in), "--workers", "1"]
    grade.main(arguments)
    assert len(marked) == len(notebooks())
    before = contents(handed_in / "results")
    marked.clear()
    grade.main(arguments)
    assert marked == [] and contents(handed_in / "results") == before
    (handed_in / "class" / "ben" / f"{NAME}.ipynb").write_text(json.dumps(solved(load(NAME))))
    grade.main([*arguments, "--regrade", "ada"])
    assert sorted(marked) == ["ada", "ben"]
    rows, times = contents(handed_in / "results")
    assert scores(handed_in / "results")["ben"] == 10
    assert {student for student, count in times.items() if count == 2} == {"ada", "ben"}
    ada = next(row for row in rows if row["student"] == "ada")
    assert ada == next(row for row in before[0] if row["student"] == "ada")  # the same score and report, always


def test_what_is_nobodys_is_named_at_the_end(handed_in, monkeypatch, capsys):
    counted(monkeypatch, lambda *submission: Result("graded", 1))
    for name in ("roster.csv", "syllabus.pdf"):
        (handed_in / "class" / name).write_text("x")
    arguments = [*command(handed_in), "--workers", "1"]
    grade.main(arguments)
    said = capsys.readouterr().out
    assert "Nobody's, and left out: roster.csv, syllabus.pdf. If one is a student's, put it\ninto a folder" in said
    for number in range(4):
        (handed_in / "class" / f"scan {number}.pdf").write_text("x")
    grade.main(arguments)
    assert "left out: roster.csv, scan 0.pdf, scan 1.pdf and 3 more." in capsys.readouterr().out


def test_each_of_several_exercises_has_moodles_worksheet(tmp_path, monkeypatch):
    """Moodle's numbers of a person differ from assignment to assignment, so one table for all could not go back."""
    counted(monkeypatch, lambda *submission: Result("graded", 1))
    for place in ("Ada_11_assignsubmission_file/02_step_decay.ipynb", "Ada_27_assignsubmission_file/04_cosine.ipynb"):
        (tmp_path / "class" / place).parent.mkdir(parents=True)
        (tmp_path / "class" / place).write_text("{}")
    (tmp_path / "seed.txt").write_text(SEED)
    arguments = [argument for argument in command(tmp_path) if argument not in ("--exercise", NAME)]
    assert grade.main([*arguments, "--all", "--workers", "1", "--csv", "moodle"]) == grade.ALL_FINE
    for name, number in (("02_step_decay", "11"), ("04_cosine", "27")):
        with open(tmp_path / "results" / f"grades-{name}.csv", newline="", encoding="utf-8") as table:
            (line,) = csv.DictReader(table)
        assert (line["Identifier"], line["Grade"]) == (f"Participant {number}", "1") and line["Last modified (grade)"]


def test_a_full_disk_says_what_to_do(handed_in, monkeypatch, capsys):
    counted(monkeypatch, lambda *submission: Result("graded", 1))

    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(pages, "write", full)
    assert grade.main([*command(handed_in), "--workers", "1"]) == grade.REFUSED
    said = capsys.readouterr().err
    assert "No space left" in said and "feedback" in said and "Make room and run the same command again" in said


def test_a_changed_seed_or_exercise_grades_everybody_anew(handed_in, monkeypatch):
    result = Result("graded", 1)
    marked = counted(monkeypatch, lambda *submission: result)
    grade.main([*command(handed_in), "--workers", "1"])
    (handed_in / "seed.txt").write_text("another secret")
    grade.main([*command(handed_in), "--workers", "1"])
    assert len(marked) == 2 * len(notebooks())
    monkeypatch.setattr(grade, "exercise_version", lambda name: b"corrected")
    grade.main([*command(handed_in), "--workers", "1"])
    assert len(marked) == 3 * len(notebooks())


def test_kill_9_of_the_grader_at_any_moment_loses_nothing(handed_in, undisturbed):
    out = handed_in / "results"
    for changes in (1, 6):
        grader = subprocess.Popen(
            [sys.executable, "-m", "lrcourse.grading.grade", *command(handed_in)], stdout=subprocess.DEVNULL
        )
        wait_for_changes(out / "gradebook.sqlite", changes, grader)
        grader.kill()
        grader.wait()
    grade.main(command(handed_in))
    assert contents(out) == contents(undisturbed)
    for page in (undisturbed / "feedback").iterdir():
        assert page.read_bytes() == (out / "feedback" / page.name).read_bytes()


def wait_for_changes(path, count, process):
    """Wait until the file has changed so many times, or the process has ended."""
    seen, deadline = set(), time.monotonic() + 60
    while len(seen) <= count and process.poll() is None and time.monotonic() < deadline:
        if path.exists():
            seen.add(path.stat().st_mtime_ns)
        time.sleep(0.001)


def test_kill_9_of_a_worker_loses_nothing(handed_in, undisturbed, monkeypatch):
    """One is killed after each of the first rows; where there is none just then, after the next row."""
    killed, add = [], Gradebook.add

    def add_and_kill(book, row):
        add(book, row)
        for worker in multiprocessing.active_children()[:1] if len(killed) < 3 else ():
            worker.kill()
            killed.append(row.student)

    monkeypatch.setattr(Gradebook, "add", add_and_kill)
    grade.main(command(handed_in))
    assert killed
    assert contents(handed_in / "results") == contents(undisturbed)


def test_who_ends_the_workers_is_the_only_one_without_a_score(handed_in, monkeypatch):
    """Also where they come first, and two of them, so that nobody gets through beside them."""
    monkeypatch.setattr(marking, "read_cells", _cells_or_the_end)
    fatal = ["ada", "ben", "mistaken 3"]
    for student in fatal:
        (handed_in / "class" / student / f"{NAME}.ipynb").write_text("the end")
    assert grade.main(command(handed_in)) == grade.SOMEBODY_NEEDS_A_LOOK
    true = {student: score for student, (_, score) in notebooks().items()}
    assert scores(handed_in / "results") == true | dict.fromkeys(fatal)
    rows, _ = contents(handed_in / "results")
    assert {row["student"] for row in rows if "worker died" in row["report"].sentence} == set(fatal)


def _cells_or_the_end(data, read_cells=marking.read_cells):
    if data == b"the end":
        os._exit(9)
    return read_cells(data)


def test_workers_do_not_outlive_a_grader_that_is_killed(tmp_path):
    code = """
import os, time
from lrcourse.grading import workers
with workers.processes(2) as (executor, _):
    print(*{executor.submit(os.getpid).result(), executor.submit(os.getpid).result()}, flush=True)
    time.sleep(60)
"""
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pids = list(map(int, grader.stdout.readline().split()))
    grader.kill()
    grader.communicate()
    deadline = time.monotonic() + 20
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert pids and not any(map(is_running, pids))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_the_machine_could_not_do_is_tried_again_and_never_a_zero(handed_in, monkeypatch):
    busy = sandbox.Outcome("busy", b"", 0, b"", "the machine was too busy")
    run = sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *args, **options: busy)
    arguments = [*command(handed_in), "--workers", "1"]
    assert grade.main(arguments) == grade.SOMEBODY_NEEDS_A_LOOK
    assert {row["status"] for row in contents(handed_in / "results")[0]} == {"not graded"}
    assert set(scores(handed_in / "results").values()) == {None}
    monkeypatch.setattr(sandbox, "run", run)
    grade.main(arguments)
    assert scores(handed_in / "results") == {student: score for student, (_, score) in notebooks().items()}


def test_a_fault_of_the_grader_is_no_zero_and_stops_nobody(handed_in, monkeypatch):
    monkeypatch.setattr(marking, "grade_task", lambda *args: 1 / 0)
    assert grade.main([*command(handed_in), "--workers", "1"]) == grade.SOMEBODY_NEEDS_A_LOOK
    rows, _ = contents(handed_in / "results")
    assert {(row["status"], row["score"]) for row in rows} == {("not graded", None)}
    assert all("ZeroDivisionError" in row["report"].log for row in rows)


def test_a_machine_of_a_cluster_without_a_sandbox_runs_nothing(monkeypatch):
    monkeypatch.setattr(grade.sandbox, "problem", lambda: "bwrap not found")
    monkeypatch.setattr(marking, "mark", lambda *submission: 1 / 0)
    result = marking.mark_where_sealed(b"{}", NAME, "ada", SEED)
    assert (result.status, result.score) == ("not graded", None)
    assert "bwrap not found" in result.report.log


def test_the_same_submission_always_gets_the_same_result(handed_in):
    data = (handed_in / "class" / "mistaken 0" / f"{NAME}.ipynb").read_bytes()
    first, second = (marking.mark(data, NAME, "mistaken 0", SEED) for _ in range(2))
    assert first == second
    assert marking.mark(data, NAME, "mistaken 0", "another secret")["score"] == first["score"]


@pytest.mark.parametrize("where", ["reading", "drawing", "recording"])
def test_a_fault_with_one_submission_is_its_own_row_and_the_others_go_on(where, handed_in, monkeypatch):
    arguments = [*command(handed_in), "--workers", "1"]
    broken = "cleo"

    def failing(right, whose):
        def fails(*args):
            if whose(*args) == broken:
                raise RuntimeError("a fault with one")
            return right(*args)

        return fails

    if where == "reading":
        monkeypatch.setattr(grade.submissions, "read", failing(grade.submissions.read, lambda one: one.student))
    elif where == "drawing":
        monkeypatch.setattr(pages, "_result", failing(pages._result, lambda row: row.report.tasks and row.student))
    else:
        add = failing(Gradebook.add, lambda book, row: row.status != "not graded" and row.student)
        monkeypatch.setattr(Gradebook, "add", add)
    assert grade.main(arguments) == grade.SOMEBODY_NEEDS_A_LOOK
    out = handed_in / "results"
    rows = {row["student"]: row for row in contents(out)[0]}
    true = {student: score for student, (_, score) in notebooks().items()}
    expected = true if where == "drawing" else {**true, broken: None}
    assert scores(out) == expected
    if where != "drawing":
        assert rows[broken]["status"] == "not graded" and "a fault with one" in rows[broken]["report"].log
    else:
        assert "page of cleo could not be made" in (out / "summary.html").read_text()
    assert {page.stem for page in (out / "feedback").iterdir()} == true.keys()
    assert len((out / "grades.csv").read_text().splitlines()) == 1 + len(true)
    monkeypatch.undo()
    grade.main(arguments)
    assert scores(out) == true


def test_names_of_any_kind_end_in_rows_pages_and_tables(handed_in):
    names = [b"Bj\xf6rn", "\U00020000".encode() * 60, b"a\nb", b"=cmd()", "e\u0301".encode() * 60]
    for name in names:
        folder = os.path.join(os.fsencode(handed_in / "class"), name)
        os.mkdir(folder)
        shutil.copy(handed_in / "class" / "ada" / f"{NAME}.ipynb", os.path.join(folder, b"x.ipynb"))
    for form in ("plain", "canvas", "moodle"):
        grade.main(command(handed_in, "results", "--csv", form))
    assert len(scores(handed_in / "results")) == len(notebooks()) + len(names)
    assert all(scores(handed_in / "results")[name] == 10 for name in ("Björn", "\U00020000" * 60, "a\nb", "é" * 60))
    assert len(list((handed_in / "results" / "feedback").iterdir())) == len(notebooks()) + len(names)


def test_the_demo_classes_parent_is_asked_about(handed_in, capsys):
    (handed_in / "class").rename(handed_in / "submissions")
    arguments = [str(handed_in), *command(handed_in, "results")[1:]]
    for _ in range(2):  # before and after there are results
        assert grade.main(arguments) == grade.REFUSED
        said = capsys.readouterr().err
        assert "which folder holds the students' work" in said and str(handed_in / "submissions") in said
        assert grade.main([str(handed_in / "submissions"), *arguments[1:]]) == grade.SOMEBODY_NEEDS_A_LOOK


def test_a_students_folder_is_never_the_example_of_where_the_class_is(handed_in, capsys):
    arguments = [str(handed_in / "class"), *command(handed_in, "class/results")[1:]]
    assert grade.main(arguments) == grade.REFUSED
    said = capsys.readouterr().err
    assert "which folder holds the students' work" in said and "such as" not in said


def test_a_download_that_stays_closed_is_named(handed_in, capsys):
    (handed_in / "mail").mkdir()
    (handed_in / "mail" / "download.zip").write_bytes(b"PK\3\4 cut off")
    assert grade.main([str(handed_in / "mail"), *command(handed_in)[1:]]) == grade.REFUSED
    assert "holds no submission: " in (said := capsys.readouterr().err) and "download.zip in it" in said


def test_where_it_is_unclear_who_is_who_nothing_is_graded_until_it_is_said(handed_in, capsys):
    (handed_in / "sections").mkdir()
    (handed_in / "class").rename(handed_in / "sections" / "A")
    shutil.copytree(handed_in / "sections" / "A" / "ada", handed_in / "sections" / "B" / "zoe")
    arguments = [str(handed_in / "sections"), *command(handed_in)[1:]]
    assert grade.main(arguments) == grade.REFUSED
    said = capsys.readouterr().err
    assert "--depth 2" in said and "A/ada" in said and not (handed_in / "results").exists()
    grade.main([*arguments, "--depth", "2"])
    assert scores(handed_in / "results") == {s: score for s, (_, score) in notebooks().items()} | {"zoe": 10}


@pytest.mark.parametrize("form", ["canvas", "moodle"])
def test_import_forms_of_the_platforms(form, handed_in):
    platform = handed_in / "platform"
    platform.mkdir()
    names = {
        "canvas": [f"belloada_11_901_{NAME}.ipynb", f"costaben_LATE_12_902_{NAME}.ipynb"],
        "moodle": [f"Ada Bello_11_assignsubmission_file_{NAME}.ipynb", "Ben Costa_12_assignsubmission_file_x.ipynb"],
    }[form]
    for name, student in zip(names, ("ada", "cleo"), strict=True):
        shutil.copy(handed_in / "class" / student / f"{NAME}.ipynb", platform / name)
    archive = shutil.make_archive(str(handed_in / "download"), "zip", platform)
    arguments = [archive, *command(handed_in, "results", "--csv", form)[1:]]
    grade.main(arguments)
    with open(handed_in / "results" / "grades.csv", newline="", encoding="utf-8") as table:
        rows = list(csv.reader(table))
    if form == "moodle":
        assert [line.pop() for line in rows[1:]] == [one["graded_at"] for one in times(handed_in / "results")]
    assert (
        rows
        == {
            "canvas": [
                ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Step decay"],
                ["    Points Possible", "", "", "", "", "10"],
                ["belloada", "11", "", "", "", "10"],
                ["costaben", "12", "", "", "", "7"],
            ],
            "moodle": [
                ["Identifier", "Full name", "Grade", "Last modified (grade)"],
                ["Participant 11", "Ada Bello", "10"],
                ["Participant 12", "Ben Costa", "7"],
            ],
        }[form]
    )


def test_all_exercises_at_once(handed_in):
    other = load(exercises.names()[-1])
    place = handed_in / "class" / "ada" / f"{other.name}.ipynb"
    place.write_text(json.dumps(solved(other)), encoding="utf-8")
    grade.main([*command(handed_in)[:1], "--all", *command(handed_in)[3:]])
    rows, _ = contents(handed_in / "results")
    assert len(rows) == len(notebooks()) + 1
    assert {row["exercise"]: row["score"] for row in rows if row["student"] == "ada"} == {
        NAME: 10,
        other.name: other.points,
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--exercise", "99_nothing"], "99_nothing"),
        (["--seed-file", "missing.txt"], "missing.txt"),
        (["--regrade", "nobody"], "nobody"),
        (["--dask", "tcp://127.0.0.1:1"], "127.0.0.1:1"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(change, words, handed_in, capsys):
    assert grade.main([*command(handed_in), *change]) == grade.REFUSED
    error = capsys.readouterr().err.strip()
    assert words in error and "\n" not in error and "Traceback" not in error


def test_a_second_grader_on_the_same_results_is_refused(handed_in, capsys):
    with Gradebook(handed_in / "results" / "gradebook.sqlite"):
        assert grade.main(command(handed_in)) == grade.REFUSED
    assert "another grader" in capsys.readouterr().err


def test_a_damaged_gradebook_is_put_aside_and_said(handed_in, capsys):
    grade.main(command(handed_in))
    (handed_in / "results" / "gradebook.sqlite").write_bytes(b"not a database" * 1000)
    grade.main(command(handed_in))
    assert "put aside" in capsys.readouterr().err
    assert "put aside" in (handed_in / "results" / "summary.html").read_text()
    assert len(scores(handed_in / "results")) == len(notebooks())


def test_without_a_sandbox_it_refuses_and_unsafe_says_so_everywhere(handed_in, monkeypatch, capsys):
    monkeypatch.setattr(sandbox, "problem", lambda: "no bubblewrap here")
    assert grade.main(command(handed_in)) == grade.REFUSED
    assert "no bubblewrap here" in capsys.readouterr().err
    assert not (handed_in / "results").exists()
    grade.main([*command(handed_in), "--unsafe-no-sandbox"])
    assert "UNSAFE" in capsys.readouterr().out
    rows, _ = contents(handed_in / "results")
    assert {row["student"]: row["score"] for row in rows} == {s: score for s, (_, score) in notebooks().items()}
    assert all("UNSAFE" in row["sandbox"] for row in rows)
    for page in [handed_in / "results" / "summary.html", *(handed_in / "results" / "feedback").iterdir()]:
        assert "UNSAFE" in page.read_text()


def test_on_a_dask_cluster_with_a_worker_killed_the_gradebook_is_the_same(handed_in, undisturbed):
    dask = os.path.join(os.path.dirname(sys.executable), "dask")
    file = handed_in / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    local = ["--scheduler-file", str(file)]
    started = [
        subprocess.Popen(
            [dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *local],
            start_new_session=True,
            **quiet,
        )
    ]
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        options = ["--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--no-nanny"]
        options += ["--local-directory", str(handed_in)]
        started += [
            subprocess.Popen([dask, "worker", *local, *options], start_new_session=True, **quiet) for _ in range(2)
        ]
        address = json.loads(file.read_text())["address"]
        out = handed_in / "results"
        grader = subprocess.Popen(
            [sys.executable, "-m", "lrcourse.grading.grade", *command(handed_in, "results", "--dask", address)],
            stdout=subprocess.DEVNULL,
        )
        wait_for_changes(out / "gradebook.sqlite", 3, grader)
        started[1].kill()
        assert grader.wait(timeout=120) == grade.SOMEBODY_NEEDS_A_LOOK
        assert contents(out) == contents(undisturbed)
    finally:
        for process in started:
            process.kill()
            process.wait()
