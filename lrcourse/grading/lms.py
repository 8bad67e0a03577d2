"""The scores as a CSV in the form that a learning platform takes back.

Made from the gradebook's rows alone. What a spreadsheet would take for a formula is guarded.
"""

import csv
import tempfile
from itertools import groupby

from lrcourse.exercises.exercise import load
from lrcourse.grading.writing import printable, write


def write_csv(path, rows, form, exercises):
    """Write the scores in the form "plain", "canvas" or "moodle"."""
    head, lines = CSV_FORMS[form](rows, exercises)
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([list(map(guarded, line)) for line in [*head, *lines]])
        table.seek(0)
        write(path, table.read())


def _plain(rows, exercises):
    head = ["student", "name", "id", "exercise", "score", "points", "status", "late", "file", "reason"]
    lines = (
        [
            r.student,
            r.name,
            r.lms_id,
            r.exercise,
            _cell(r),
            f"{r.points:g}",
            r.status,
            int(r.late),
            r.file,
            r.report.sentence,
        ]
        for r in rows
    )
    return [head], lines


def _canvas(rows, exercises):
    """Canvas matches people by ID and columns by title; the second line holds the points possible."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(load(name).title for name in exercises)]
    points = ["    Points Possible", "", "", "", "", *(load(name).points for name in exercises)]
    return [head, points], ([name, lms_id, "", "", "", *scores] for name, lms_id, scores in _people(rows, exercises))


def _moodle(rows, exercises):
    """The grading worksheet of one assignment; with several exercises a column each, for the gradebook's import."""
    titles = ["Grade"] if len(exercises) == 1 else [load(name).title for name in exercises]
    people = _people(rows, exercises)
    return [["Identifier", "Full name", *titles]], ([f"Participant {i}", name, *scores] for name, i, scores in people)


CSV_FORMS = {"plain": _plain, "canvas": _canvas, "moodle": _moodle}


def _people(rows, exercises):
    for _, theirs in groupby(rows, key=lambda row: row.student):
        theirs = {row.exercise: row for row in theirs}
        one = next(iter(theirs.values()))
        yield one.name, one.lms_id, [_cell(theirs[name]) if name in theirs else "" for name in exercises]


def _cell(row):
    return "" if row.score is None else f"{row.score:g}"


def guarded(cell):
    """A CSV cell that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("Ada"), guarded(3)
    ("'=1+1", 'Ada', 3)
    """
    cell = printable(cell) if isinstance(cell, str) else cell
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(("=", "+", "-", "@")) else cell
