"""The scores as a CSV in the form that a learning platform takes back.

Made from the gradebook's rows alone. What a spreadsheet would take for a formula is guarded.
"""

import csv
import tempfile
from dataclasses import replace
from itertools import groupby

from lrcourse.exercises.exercise import load
from lrcourse.grading.writing import printable, write


def write_csv(path, rows, form, columns):
    """Write the scores in the form "plain", "canvas" or "moodle"; columns: {exercise: the platform's title for it}.

    A score is blank where nothing could be graded: a 0 is one that was earned.
    """
    head, lines = CSV_FORMS[form](rows, columns)
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([*head, *(list(map(guarded, line)) for line in lines)])
        table.seek(0)
        write(path, table.read())


def column_titles(titles, exercises):
    """{exercise: title} as the command line gives them: TITLE for the only one, EXERCISE=TITLE for each of several.

    >>> column_titles(["Homework 2 (4711)"], ["02_step_decay"])
    {'02_step_decay': 'Homework 2 (4711)'}
    """
    given = {}
    for title in titles:
        name, equals, rest = title.partition("=")
        if equals and name in exercises:
            given[name] = rest
        elif len(exercises) == 1:
            given[exercises[0]] = title
        else:
            raise ValueError(f"--column must be EXERCISE=TITLE where there are several exercises, not {title!r}")
    return {name: given.get(name) or load(name).title for name in exercises}


def _plain(rows, columns):
    head = ["student", "name", "id", "exercise", "score", "points", "status", "late", "file", "reason"]
    lines = (
        [
            row.student,
            row.name,
            row.lms_id,
            row.exercise,
            _score(row),
            f"{row.points:g}",
            row.status,
            int(row.late),
            row.file,
            row.report.sentence,
        ]
        for row in rows
    )
    return [head], lines


def _canvas(rows, columns):
    """Canvas's importer (GradebookImporter) finds people by ID, columns by "Title (id)" or else by their exact title.

    It takes the five first headings as they are here; the line of possible points is no student to it.
    """
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *columns.values()]
    points = ["    Points Possible", "", "", "", "", *(f"{load(name).points:g}" for name in columns)]
    lines = ([row.name, row.lms_id, "", "", "", *scores] for row, scores in _people(rows, columns))
    return [head, points], lines


def _moodle(rows, columns):
    """The offline grading worksheet of one assignment; with several exercises an overview, and each has a worksheet.

    The worksheet's importer (assignfeedback_offline_grade_importer) wants the three columns Identifier, Grade and Last
    modified (grade), named in the language in which its user sees Moodle, and the number at the Identifier's end. It
    keeps a grade that was changed in Moodle later than the time that stands here: the time of our grading. The name is
    for people to read; a backslash in it would hide a quote from PHP's reader, and so the end of its cell.
    """
    rows = (replace(row, name=row.name.replace("\\", "/")) for row in rows)
    if len(columns) > 1:
        lines = ([f"Participant {row.lms_id}", row.name, *scores] for row, scores in _people(rows, columns))
        return [["Identifier", "Full name", *columns.values()]], lines
    lines = ([f"Participant {row.lms_id}", row.name, *scores, row.graded_at] for row, scores in _people(rows, columns))
    return [["Identifier", "Full name", "Grade", "Last modified (grade)"]], lines


CSV_FORMS = {"plain": _plain, "canvas": _canvas, "moodle": _moodle}


def _people(rows, columns):
    """(a row, the scores of all columns) of each person whom the platform can know or who has a score.

    Somebody with neither, such as a stray document named after them, would only stop the import with a question.
    """
    for _, theirs in groupby(rows, key=lambda row: row.student):
        theirs = {row.exercise: row for row in theirs}
        row, scores = next(iter(theirs.values())), [_score(theirs[name]) if name in theirs else "" for name in columns]
        if row.lms_id or any(scores):
            yield row, scores


def _score(row):
    return "" if row.earned is None else f"{row.earned:g}"


def guarded(cell):
    """A CSV cell that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("Ada"), guarded(3)
    ("'=1+1", 'Ada', 3)
    """
    cell = printable(cell) if isinstance(cell, str) else cell
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(("=", "+", "-", "@")) else cell
