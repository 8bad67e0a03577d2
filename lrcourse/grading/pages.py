"""What people read of a gradebook: a page for each student, a summary for the instructor.

All of it is made from the gradebook's rows alone, so it can be made again at any time. Texts of students are escaped by
the templates.
"""

import hashlib
import re
import statistics
import unicodedata
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lrcourse.exercises.exercise import load
from lrcourse.grading import charts, sandbox
from lrcourse.grading.results import Report
from lrcourse.grading.writing import printable, write
from lrcourse.scene import css

UNDRAWN = "The details of this result could not be shown. The score stands; your teacher has been told."


MOST_NAME = 90  # bytes of a page's name, so that it fits any system, also within long folders


def page_names(students):
    """{student: file name}, safe on every system and different for each, whatever the students are called.

    >>> page_names(["Ada", "../Ada", "ADA"])
    {'Ada': 'Ada-99a563ab.html', '../Ada': '_Ada-4e4af216.html', 'ADA': 'ADA-8a15fea9.html'}
    """
    plain = {student: _plain(student) for student in students}
    taken = Counter(name.casefold() for name in plain.values())
    names = {}
    for student, name in plain.items():
        mark = "-" + hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        names[student] = (name or "_") + (mark if name != student or taken[name.casefold()] > 1 else "") + ".html"
    return names


def _plain(student):
    name = re.sub(r"[^\w -]+", "_", unicodedata.normalize("NFC", student))
    return name.encode("utf-8", "replace")[:MOST_NAME].decode("utf-8", "ignore").strip()


def write_pages(rows, folder, names):
    """Write folder/NAME.html for each student in rows, which come student by student; {student: why it failed}.

    A page that cannot be made says so and gives the score; the others are made all the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    failed = {}
    for student, theirs in groupby(rows, key=lambda row: row.student):
        theirs = list(theirs)
        try:
            page = student_page(theirs)
        except Exception as error:
            failed[student] = f"{type(error).__name__}: {error}"
            page = student_page([replace(row, report=Report(UNDRAWN)) for row in theirs])
        write(folder / names[student], page)
    return failed


def student_page(rows):
    """The feedback page for all results of one student, as HTML."""
    level = rows[-1].sandbox
    return _template("student.html").render(
        name=printable(rows[-1].name),
        results=[_result(row) for row in rows],
        sandbox=level,
        unsafe=level if level == sandbox.UNSAFE else "",
    )


def _result(row):
    report = row.report
    return {
        "title": load(row.exercise).title,
        "status": row.status,
        "score": row.earned,
        "points": row.points,
        "sentence": report.sentence,
        "opening": _opening(row.earned, row.points, report.sentence),
        "cells": report.cells,
        "tasks": [_task(task, row.status == "timed out") for task in report.tasks],
        "file": printable(row.file) or "nothing",
        "late": row.late,
        "others": list(map(printable, row.others)),
    }


def _opening(score, points, sentence):
    if score is None:
        return ""
    if score == points:
        return "Every task is right all the same." if sentence else "Everything is right. Well done!"
    if score == 0:
        return "" if sentence else "No task is complete yet. Each one below says where to begin."
    part = "A good part" if 2 * score >= points else "A part"
    return f"{part} is right. The tasks below say what is missing."


def _task(task, timed_out=False):
    unwritten = task.error and task.error.type == "NotImplementedError"
    return {
        **vars(task),
        "error": None if unwritten else task.error,
        "words": _words(task, timed_out),
        "chart": charts.curve_chart(task.curves, _caption(task)) if task.curves else "",
        "caption": _caption(task),
    }


def _words(task, timed_out=False):
    passed, public = sum(task.public), len(task.public)
    if task.score == task.points:
        return "Right, on every input."
    if task.error and task.error.type == "NotImplementedError":
        return "Not written yet."
    if task.error and task.error.message == f"{task.name} is not defined":
        return "Nothing of this name is in your notebook."
    if not task.answered:
        return "Your code gave no answer here."
    if task.input == "your value":
        return "This is not the right answer yet."
    if passed == public and timed_out:
        return (
            "Right on every public case, but not on every input of the instructor's: an answer there is wrong, or it "
            "did not come in time."
        )
    if passed == public:
        return (
            "Right on every public case, but not on every input of the instructor's. Think of the edges: step 0, the "
            "last step, an empty or a doubled entry, the largest and the smallest argument."
        )
    return f"{passed} of {public} public cases are right. The first that is not:"


def _caption(task):
    if all(task.public):
        return "Your curve lies on the expected one."
    if "yours" in task.curves.lines if task.curves else False:
        return "Your curve (orange, dashed) and the expected one (blue)."
    return "The expected curve."


def write_summary(path, rows, names, notice, ignored):
    """Write the instructor's page; rows come student by student and are read once.

    notice: what a person must know of this run; ignored: texts, the places of what is nobody's.
    """
    tallies, look, everybody, level = {}, [], [], sandbox.SANDBOXED
    for row in rows:
        if row.exercise not in tallies:
            tallies[row.exercise] = Tally(row.exercise)
        tallies[row.exercise].add(row)
        one = {key: getattr(row, key) for key in ("exercise", "status", "points", "late")}
        one |= {"score": row.earned, "student": printable(row.student), "page": f"feedback/{names[row.student]}"}
        one["others"] = list(map(printable, row.others))
        everybody.append(one)
        level = row.sandbox if level != sandbox.UNSAFE else level
        if row.status != "graded":
            look.append({**one, "sentence": row.report.sentence, "log": printable(row.report.log, keep="\n")})
    page = _template("summary.html").render(
        exercises=[tally.told() for _, tally in sorted(tallies.items())],
        total=len(everybody),
        look=look,
        everybody=everybody,
        sandbox=level,
        unsafe=level if level == sandbox.UNSAFE else "",
        notice=notice,
        ignored=list(map(printable, ignored)),
    )
    write(path, page)


class Tally:
    """Counts over one exercise."""

    def __init__(self, name):
        self.exercise = load(name)
        self.scores, self.right, self.public_only, self.mistakes = [], Counter(), Counter(), Counter()
        self.not_graded = 0

    def add(self, row):
        """Count one result."""
        if row.earned is None:
            self.not_graded += 1
            return
        self.scores.append(row.earned)
        for task in row.report.tasks:
            right = task.score == task.points
            self.right[task.name] += right
            self.public_only[task.name] += all(task.public) and not right
            if task.mistake:
                self.mistakes[task.name, task.mistake] += 1

    def told(self):
        """What the summary page shows."""
        counts = {f"{score:g}": 0 for score in range(int(self.exercise.points) + 1)}
        for score in self.scores:
            counts[f"{int(score)}"] = counts.get(f"{int(score)}", 0) + 1
        full = self.scores.count(self.exercise.points)
        median = f"{statistics.median(self.scores):g}" if self.scores else "none"
        others = f" {self.not_graded} could not be graded." if self.not_graded else ""
        bars = ", ".join(f"{count} with {score}" for score, count in counts.items() if count)
        return {
            "title": self.exercise.title,
            "points": self.exercise.points,
            "words": f"{len(self.scores)} graded, {full} with full points, median {median}.{others}",
            "histogram": charts.score_chart(counts, f"Students by score: {bars or 'nobody yet'}."),
            "graded": len(self.scores),
            "tasks": [
                {
                    "name": task.name,
                    "points": task.points,
                    "right": self.right[task.name],
                    "public_only": self.public_only[task.name],
                }
                for task in self.exercise.tasks
            ],
            "mistakes": [
                {"task": task, "sentence": sentence, "count": count}
                for (task, sentence), count in self.mistakes.most_common(10)
            ],
        }


@cache
def _template(name):
    pages = Environment(
        loader=PackageLoader("lrcourse.grading", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["number"] = lambda number: f"{number:g}"
    pages.globals["chart_css"] = Markup(css())
    return pages.get_template(name)
