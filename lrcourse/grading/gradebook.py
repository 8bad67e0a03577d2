"""The gradebook: one SQLite file, one row for every result ever recorded, one transaction for each.

A row is committed before it is reported, so a killed grader loses nothing but the submissions it was working on. Rows
never change: a new result of the same student and exercise counts in place of the older one, which stays as history.
"""

import json
import math
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lrcourse.grading.results import UNREADABLE, Report

FORM = 1  # PRAGMA user_version of the file
TABLES = """
CREATE TABLE result (
    number INTEGER PRIMARY KEY,
    student TEXT NOT NULL,
    exercise TEXT NOT NULL,
    name TEXT NOT NULL,           -- as the learning platform wrote it
    lms_id TEXT NOT NULL,
    late INTEGER NOT NULL,
    file TEXT NOT NULL,           -- what was graded, and what else was handed in
    others TEXT NOT NULL,
    version TEXT NOT NULL,        -- digest of all that the score depends on
    status TEXT NOT NULL,
    score REAL,                   -- NULL: not graded, to be tried again
    points REAL NOT NULL,
    report TEXT NOT NULL,         -- JSON: tasks, errors, log
    sandbox TEXT NOT NULL,
    graded_at TEXT NOT NULL
);
CREATE INDEX by_student ON result (student, exercise, number);
CREATE VIEW current AS SELECT * FROM result WHERE number IN (SELECT max(number) FROM result GROUP BY student, exercise);
"""


class GradebookError(Exception):
    """The gradebook cannot be opened or written; the text says why and what to do."""


@dataclass(frozen=True)
class Row:
    """One result, as it stands in the gradebook."""

    student: str
    exercise: str
    name: str
    lms_id: str
    late: bool
    file: str
    others: tuple
    version: str
    status: str
    score: float | None
    points: float
    report: Report
    sandbox: str
    graded_at: str = ""

    @property
    def earned(self):
        """The score, or None where nothing could be graded: a 0 is one that was earned."""
        return None if self.status in UNREADABLE else self.score


class Gradebook:
    """Use as a context manager; while it is open no other grader can open it.

    notice: what a person must know of the opening (a damaged file was put aside), or "".
    """

    def __init__(self, path):
        self.path, self.notice = Path(path), ""

    def __enter__(self):
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise GradebookError(f"{self.path.parent} cannot be written: {error.strerror}") from None
        return self

    def __exit__(self, *error):
        self.file.close()

    def _open(self):
        try:
            self.file = self._connected()
        except sqlite3.DatabaseError as error:
            self._refuse_unless_damaged(error)
            aside = self.path.with_name(f"{self.path.name}.damaged-{datetime.now():%Y%m%d-%H%M%S-%f}")
            self.path.rename(aside)
            self.notice = (
                f"{self.path.name} was damaged ({error}): put aside as {aside.name}, everybody is graded anew."
            )
            self.file = self._connected()

    def _connected(self):
        file = sqlite3.connect(self.path, timeout=0.2, isolation_level=None, check_same_thread=False)
        try:
            file.execute("PRAGMA locking_mode = EXCLUSIVE")  # held until it is closed or its process dies
            file.execute("BEGIN EXCLUSIVE")
            form = file.execute("PRAGMA user_version").fetchone()[0]
            if form == 0 and not file.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in TABLES.split(";"):
                    file.execute(statement)
                file.execute(f"PRAGMA user_version = {FORM}")
            elif form != FORM:
                raise GradebookError(f"{self.path} is no gradebook of this version; choose another folder for --out")
            file.execute("COMMIT")
            health = file.execute("PRAGMA quick_check(1)").fetchone()[0]
            if health != "ok":
                raise sqlite3.DatabaseError(health.splitlines()[-1])
            self._put_damaged_rows_aside(file)
        except BaseException:
            file.close()
            raise
        return file

    def _put_damaged_rows_aside(self, file):
        """Move current rows that cannot be read to the table `damaged`: their students are graded again."""
        moved = 0
        file.execute("CREATE TABLE IF NOT EXISTS damaged AS SELECT * FROM result LIMIT 0")
        while damaged := _damaged_numbers(file):
            file.execute("REINDEX")  # the index still holds what a row said before it was damaged
            for number in damaged:
                file.execute("BEGIN")
                file.execute("INSERT INTO damaged SELECT * FROM result WHERE number = ?", [number])
                file.execute("DELETE FROM result WHERE number = ?", [number])
                file.execute("COMMIT")
            moved += len(damaged)
        if moved:
            rows = "1 damaged row" if moved == 1 else f"{moved} damaged rows"
            self.notice = f"{self.notice} {self.path.name} had {rows}: put aside, and graded again.".strip()

    def _refuse_unless_damaged(self, error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF == sqlite3.SQLITE_BUSY:
            raise GradebookError(
                f"{self.path} is in use: another grader is at work there. Wait, or choose another --out."
            )
        if code is not None and code & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise GradebookError(_why(self.path, error)) from None

    def add(self, row):
        """Record one result, on the disk when this returns. Raises GradebookError, with all earlier rows intact."""
        values = {
            **row.__dict__,
            "others": json.dumps(row.others),
            "report": json.dumps(row.report, default=vars),
            "graded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self._clear_errors():
            self.file.execute(f"INSERT INTO result ({columns}) VALUES ({marks})", values)

    def current(self):
        """The newest row of every student and exercise, by student, one at a time."""
        with self._clear_errors():
            yield from map(_row, self.file.execute("SELECT * FROM current ORDER BY student, exercise"))

    def versions(self):
        """{(student, exercise): version} of the current rows that have a score; none where a later one was damaged."""
        with self._clear_errors():
            rows = self.file.execute(
                "SELECT student, exercise, version FROM current AS one WHERE score IS NOT NULL AND NOT EXISTS ("
                "SELECT 1 FROM damaged WHERE number > one.number AND student = one.student AND exercise = one.exercise)"
            ).fetchall()
        return {(student, exercise): version for student, exercise, version in rows}

    def history(self, student):
        """Every row of one student, the oldest first."""
        with self._clear_errors():
            return list(
                map(_row, self.file.execute("SELECT * FROM result WHERE student = ? ORDER BY number", [student]))
            )

    @contextmanager
    def _clear_errors(self):
        try:
            yield
        except sqlite3.Error as error:
            raise GradebookError(_why(self.path, error)) from None


def _damaged_numbers(file):
    """The numbers of the current rows that cannot be read."""
    found = []
    file.text_factory = bytes  # else the first text that is not UTF-8 ends the query
    try:
        for values in file.execute("SELECT * FROM current"):
            try:
                _row([value.decode() if isinstance(value, bytes) else value for value in values])
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                found.append(values[0])
    finally:
        file.text_factory = str
    return found


def _row(values):
    """The Row of a line of the file. Raises ValueError, TypeError or KeyError for one that is damaged."""
    number, *values = values
    row = Row(*values)
    texts = (row.student, row.exercise, row.name, row.lms_id, row.file, row.version, row.status, row.sandbox)
    if not all(isinstance(text, str) for text in texts) or not isinstance(row.points, float):
        raise TypeError(f"row {number} does not hold what it should")
    if row.score is not None and not (isinstance(row.score, float) and 0 <= row.score <= row.points < math.inf):
        raise TypeError(f"row {number} has no score")
    others = json.loads(row.others)
    if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
        raise TypeError(f"row {number} does not say what else was handed in")
    report = Report.read(json.loads(row.report))
    return Row(**row.__dict__ | {"late": bool(row.late), "others": tuple(others), "report": report})


def _why(path, error):
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    reasons = {
        sqlite3.SQLITE_FULL: "the disk is full. Make room and run the same command again: it goes on where it stopped",
        sqlite3.SQLITE_READONLY: "the folder or the file is read-only",
        sqlite3.SQLITE_CANTOPEN: "the folder is read-only, or this is no file",
        sqlite3.SQLITE_IOERR: "the disk does not take it. Check it and run the same command again",
    }
    return f"{path} cannot be written: {reasons.get(code, error)}."
