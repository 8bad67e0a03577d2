"""What a learning platform takes back: each form is read as the platform's own importer reads it."""

import csv
import re
from dataclasses import replace
from datetime import datetime

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import lms, sandbox
from lrcourse.grading.gradebook import Gradebook, Row
from lrcourse.grading.results import Report, TaskResult

STEP, COSINE = "02_step_decay", "04_cosine"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1"])
def test_cells_that_a_spreadsheet_would_run_are_guarded(cell):
    assert lms.guarded(cell).startswith("'")


def row(student, lms_id, score=7.0, status="graded", exercise=STEP, marked=True):
    task = TaskResult("step_decay", score or 0, 10, [True], 1, 1, "base_lr=0.1")
    report = Report("", (task,) if marked else ())
    return Row(student, exercise, student, lms_id, False, "x", (), "v", status, score, 10.0, report, sandbox.SANDBOXED)


CLASS = [
    row("Ada; Bello", "11"),
    row("=Ben", "12", 0.0, "timed out"),
    row('Cy "C" O\'Neil, jr.', "13", 0.0, "not a notebook", marked=False),
    row("Dee", "14", None, "not graded", marked=False),
]
EARNED = {11: 7.0, 12: 0.0}  # a file that could not be graded has earned no 0


def written(tmp_path, form, rows=CLASS, titles=(), exercises=(STEP,)):
    tmp_path.mkdir(exist_ok=True)
    with Gradebook(tmp_path / "g.sqlite") as book:
        for one in rows:
            book.add(one)
        lms.write_csv(tmp_path / "grades.csv", book.current(), form, lms.column_titles(titles, list(exercises)))
    return tmp_path / "grades.csv"


def moodle_imports(path, participants, graded=None):
    """{participant: grade} as assignfeedback_offline_grade_importer and process_import_grades set them.

    graded: {participant: time} of the grades that Moodle holds already. Text is English, as the importer compares it.
    """
    lines = list(csv.reader(path.open(encoding="utf-8", newline="")))
    head = {title: i for i, title in enumerate(lines[0])}
    at = [head.get(title) for title in ("Identifier", "Grade", "Last modified (grade)")]
    if None in at:
        raise ValueError("invalidgradeimport")
    taken = {}
    for line in lines[1:]:
        identifier, grade, modified = (line[i] for i in at)
        participant = int(identifier[len("Participant ") :] or 0)
        modified = datetime.fromisoformat(modified).timestamp()  # strtotime
        stale = graded and graded.get(participant, 0) > modified + 60
        if participant in participants and grade != "" and not stale and 0 <= float(grade) <= 10:
            taken[participant] = float(grade)
    return taken


def test_moodles_worksheet_is_imported(tmp_path):
    path = written(tmp_path, "moodle")
    assert moodle_imports(path, {11, 12, 13, 14}) == EARNED
    now = datetime.now().timestamp()
    assert moodle_imports(path, {11, 12}, {11: now + 3600, 12: now - 3600}) == {12: 0.0}  # what came later stays


def canvas_imports(path, students, assignments):
    """{(student, assignment): grade} as GradebookImporter sets them; None as a key for what it would create anew.

    students: ids; assignments: {id: title}.
    """
    lines = [line for line in csv.reader(path.open(encoding="utf-8", newline="")) if line]
    head = lines[0]
    assert "Student" in head[0] and "ID" in head[1] and len(head) > 3
    assert re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3]) and "Section" in head[4]
    columns = {}
    for i, title in list(enumerate(head))[5:]:
        match = re.fullmatch(r"(.*)\s\((\d+)\)", title)
        by_id = int(match[2]) if match and int(match[2]) in assignments else None
        columns[i] = by_id or next((key for key, name in assignments.items() if name == title), None)
    grades = {}
    for line in lines[1:]:
        if "Points Possible" in line[0]:
            continue
        student = int(line[1]) if line[1].isdigit() and int(line[1]) in students else None
        grades |= {(student, assignment): float(line[i]) for i, assignment in columns.items() if line[i].strip()}
    return grades


def delimiter(path):
    """As Canvas guesses it from the first three lines: the one of ; and , that gives as many cells in each."""
    lines = path.read_text(encoding="utf-8").splitlines()[:3]
    counts = {}
    for sign in ";,":
        cells = {len(next(csv.reader([line], delimiter=sign))) for line in lines}
        counts[sign] = cells.pop() if len(cells) == 1 else 0
    return max(",;", key=counts.get)


@pytest.mark.parametrize("titles", [(), ("Homework 2 (4711)",), (f"{STEP}=Homework 2 (4711)",)])
def test_canvas_finds_the_column_by_its_title_or_its_number(titles, tmp_path):
    path = written(tmp_path, "canvas", titles=titles)
    assignments = {4711: "Homework 2" if titles else "Step decay", 4712: "Homework 3"}
    assert canvas_imports(path, {11, 12, 13, 14}, assignments) == {(key, 4711): grade for key, grade in EARNED.items()}
    assert delimiter(path) == ","


def test_several_exercises_have_a_column_each(tmp_path):
    rows = [row("Ada", "11"), row("Ada", "11", 9.0, exercise=COSINE), row("Ben", "12")]
    titles = [f"{COSINE}=Cosine (8)", f"{STEP}=Steps (7)"]
    path = written(tmp_path, "canvas", rows, titles, (STEP, COSINE))
    assert canvas_imports(path, {11, 12}, {7: "Steps", 8: "Cosine"}) == {(11, 7): 7.0, (11, 8): 9.0, (12, 7): 7.0}


def test_a_title_without_its_exercise_is_refused_where_there_are_several():
    with pytest.raises(ValueError, match="EXERCISE=TITLE"):
        lms.column_titles(["Homework"], [STEP, COSINE])


def test_the_plain_table_leaves_a_score_that_was_not_earned_blank_and_says_why(tmp_path):
    with written(tmp_path, "plain").open(encoding="utf-8", newline="") as table:
        assert [(line["score"], line["status"]) for line in csv.DictReader(table)] == [
            ("0", "timed out"),
            ("7", "graded"),
            ("", "not a notebook"),
            ("", "not graded"),
        ]


def lines(tmp_path, form, rows, titles=(), exercises=(STEP,)):
    with written(tmp_path, form, rows, titles, exercises).open(encoding="utf-8", newline="") as table:
        return list(csv.reader(table))


def test_moodles_gradebook_takes_a_column_for_each_exercise(tmp_path):
    rows = [row("Ada", "11"), row("Ada", "11", 9.5, exercise=COSINE), row("Ben", "12", exercise=COSINE)]
    titles = [f"{COSINE}=Cosine", f"{STEP}=Steps"]
    assert lines(tmp_path, "moodle", rows, titles, (STEP, COSINE)) == [
        ["Identifier", "Full name", "Steps", "Cosine"],
        ["Participant 11", "Ada", "7", "9.5"],
        ["Participant 12", "Ben", "", "7"],
    ]


def test_each_form_word_for_word(tmp_path):
    [head, one] = lines(tmp_path / "a", "plain", [row("Ada", "11")])
    assert head == ["student", "name", "id", "exercise", "score", "points", "status", "late", "file", "reason"]
    assert one == ["Ada", "Ada", "11", STEP, "7", "10", "graded", "0", "x", ""]
    [head, points, one] = lines(tmp_path / "b", "canvas", [row("Ada", "11", 7.25)], ["Title"])
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Title"]
    assert points == ["    Points Possible", "", "", "", "", "10"] and one == ["Ada", "11", "", "", "", "7.25"]
    [head, one] = lines(tmp_path / "c", "moodle", [row("Ada", "11")])
    assert head == ["Identifier", "Full name", "Grade", "Last modified (grade)"] and one[:3] == [
        "Participant 11",
        "Ada",
        "7",
    ]


def test_titles_for_each_exercise():
    titles = {name: load(name).title for name in (STEP, COSINE)}
    assert lms.column_titles([], [STEP, COSINE]) == titles
    assert lms.column_titles(["a=b"], [STEP]) == {STEP: "a=b"}
    assert lms.column_titles([f"{STEP}=b"], [STEP]) == {STEP: "b"}
    assert lms.column_titles([f"{COSINE}=b"], [STEP, COSINE]) == {**titles, COSINE: "b"}
    assert lms.column_titles([f"{STEP}="], [STEP]) == {STEP: titles[STEP]}


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("a=1", "a=1"), (" -1", "' -1"), (3, 3), (-3, -3), (None, None), ("", ""), ("a\u202eb", "a\ufffdb")],
)
def test_what_stands_in_a_cell(cell, kept):
    assert lms.guarded(cell) == kept


def php_reads(text):
    """The table as PHP's fgetcsv reads it, to which Moodle gives no escape: a backslash keeps the quote behind it."""
    table, line, cell, quoted, i = [], [], "", False, 0
    while i < len(text):
        sign = text[i]
        if quoted and sign == "\\":
            cell, i = cell + text[i : i + 2], i + 1
        elif quoted and text[i : i + 2] == '""':
            cell, i = cell + '"', i + 1
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign in ",\r\n":
            line, cell = [*line, cell], ""
            if sign != ",":
                table, line, i = [*table, line], [], i + (text[i : i + 2] == "\r\n")
        else:
            cell += sign
        i += 1
    return table


@pytest.mark.parametrize(
    "name", ['Ada "A" Bello', 'Ada \\"A\\"', "ada\\", 'a\\",', "a\nb\r\n,;\t", "a;b", "Ädä", "=1+1", '"""']
)
def test_no_name_breaks_moodles_worksheet(name, tmp_path):
    """csv_import_reader wants as many cells in each line as in the first."""
    path = written(tmp_path, "moodle", [replace(row("Ada", "11"), name=name), row("Ben", "12", 3.0)])
    table = php_reads(path.read_bytes().decode())
    assert {len(line) for line in table} == {4}
    assert [(line[0], line[2]) for line in table[1:]] == [("Participant 11", "7"), ("Participant 12", "3")]
    assert moodle_imports(path, {11, 12}) == {11: 7.0, 12: 3.0}


@pytest.mark.parametrize("title", ["-Homework", "=Homework", "+1 week", "@home", 'Say "hi", all', "Kosinus; Übung"])
def test_a_columns_title_is_the_instructors_own_and_stays_as_it_is(title, tmp_path):
    path = written(tmp_path, "canvas", titles=[title])
    assert canvas_imports(path, {11, 12, 13, 14}, {4711: title}) == {
        (key, 4711): grade for key, grade in EARNED.items()
    }


@pytest.mark.parametrize("form", ["canvas", "moodle"])
def test_who_has_neither_a_number_nor_a_score_stops_no_import(form, tmp_path):
    rows = [
        row("Ada", "11"),
        row("Ben", "", 0.0, "timed out"),
        row("Grace Hopper", "", None, "not graded", marked=False),
    ]
    names = [
        cell for line in lines(tmp_path / form, form, rows) for cell in line if cell in ("Ada", "Ben", "Grace Hopper")
    ]
    assert names == ["Ada", "Ben"]
    assert "Grace Hopper" in written(tmp_path / "plain", "plain", rows).read_text()
