"""Mark one submission: its cells and the instructor's inputs go into a sandbox, JSON comes out, the comparison is here.

Whatever comes out is data from a stranger. `mark` is total: every submission ends in one result.
"""

import json
import traceback
from functools import cache
from pathlib import Path

from lrcourse.grading import sandbox
from lrcourse.grading.cells import read_cells
from lrcourse.grading.diagnose import diagnose
from lrcourse.grading.exercise import grade_task, load
from lrcourse.grading.explain import curves, describe, place
from lrcourse.grading.judge import read, short
from lrcourse.grading.submissions import Unreadable

# The failures with what the student is told, the worst first: a submission has the first that holds for it.
SENTENCES = {
    "output flood": "Your code wrote far more than an answer can hold, so the run was stopped.",
    "timed out": "Your code did not come to an end in the time it had. Look for a loop that never ends.",
    "out of memory": "Your code wanted more memory than the grader gives it.",
    "forked": "Your code tried to start another process or thread. The grader allows one.",
    "killed": "Your code's process was killed.",
    "crashed": "Python itself crashed while it ran your code.",
    "exited early": "Your code ended the program before the last task was asked. Look for exit() and os._exit().",
    "missing function": "None of the names that the exercise asks for is defined. Were they renamed?",
    "wrote nonsense": "Your code wrote lines that are no answers to where the answers go.",
}
ENDINGS = {
    "flood": "output flood",
    "cpu": "timed out",
    "asleep": "timed out",
    "killed": "killed",
    "crashed": "crashed",
    "exited": "exited early",
    "ended": "exited early",
}
ERRORS = {
    "TimeUp": "timed out",
    "MemoryError": "out of memory",
    "_ArrayMemoryError": "out of memory",
    "BlockingIOError": "forked",
}
NOT_GRADED = "not graded"  # through no fault of the student: the next run tries again
MOST_POINTS_DRAWN = 1000
PER_TASK = 1000  # ids of the n-th task's requests begin at n times this


def mark(data, exercise_name, student, seed, limits=sandbox.Limits(), sandboxed=True):  # noqa: B008 (frozen)
    """The result of a notebook's bytes, as JSON can hold it: status, sentence, score, points, tasks, cells, log.

    status is "graded", a key of SENTENCES, the status of an Unreadable, or "not graded". data may be an Unreadable,
    which says why there are no bytes. The same arguments give the same result.
    """
    result = {"status": "graded", "sentence": "", "score": 0, "tasks": [], "cells": [], "log": ""}
    try:
        exercise = load(exercise_name)
        if isinstance(data, Unreadable):
            raise data
        result |= _marked(exercise, read_cells(data), student, seed, limits, sandboxed)
    except Unreadable as reason:
        result |= {"status": reason.status, "sentence": str(reason)}
    except Exception:  # a fault of the grader is no zero of the student
        result |= {"status": NOT_GRADED, "score": None, "sentence": "The grader failed.", "log": traceback.format_exc()}
    return result


def _marked(exercise, cells, student, seed, limits, sandboxed):
    requests = [exercise.instructor_cases(task, seed, student) for task in exercise.tasks]
    for n, cases in enumerate(requests):
        for case in cases:
            case["id"] += PER_TASK * n
    heard = Heard({case["id"] for cases in requests for case in cases})
    problems, log = _ask(exercise, cells, requests, heard, limits, sandboxed)
    if NOT_GRADED in problems:
        return {"status": NOT_GRADED, "score": None, "sentence": problems[NOT_GRADED], "log": log}
    tasks = [_judged(exercise, task, cases, heard) for task, cases in zip(exercise.tasks, requests, strict=True)]
    problems |= _problems_told(heard, tasks)
    status = next((name for name in SENTENCES if name in problems), "graded")
    return {
        "status": status,
        "sentence": SENTENCES.get(status, ""),
        "score": sum(task["score"] for task in tasks),
        "tasks": tasks,
        "cells": heard.cell_errors,
        "log": "\n".join(filter(None, [*problems.values(), log]))[-4000:],
    }


def _ask(exercise, cells, requests, heard, limits, sandboxed):
    """Hear the answers to all requests; a sandbox that dies costs the task it died in, the others go to a fresh one.

    The public cases go first and are answered before the others are sent: what the student sees of the run is what came
    out until then, so it cannot hold an input of the instructor's.
    """
    problems, log, left, tries = {}, "", list(range(len(requests))), 0
    while left:
        first = [case for n in left for case in requests[n][: len(exercise.tasks[n].public)]]
        second = [case for n in left for case in requests[n][len(exercise.tasks[n].public) :]]
        parts = [_lines([{"cells": cells, "seconds": limits.call}, *first]), _lines(second)]
        outcome = sandbox.run(_driver(), parts, limits, sandboxed=sandboxed)
        log = outcome.log.decode("utf-8", "replace")
        tries += 1
        if outcome.ending in ("busy", "failed"):
            return {NOT_GRADED: f"Not graded yet: {outcome.detail}."}, log
        if outcome.ending == "killed" and tries == 1:
            continue  # once more, in case something on this machine ended it
        started, done = heard.listen(outcome)
        if done:
            break
        problems.setdefault(ENDINGS[outcome.ending], f"ended before its end: {outcome.detail}")
        unanswered = [case["id"] // PER_TASK for case in [*first, *second] if case["id"] not in heard.answers]
        if not started or not unanswered:
            break
        left = sorted(set(unanswered) - {unanswered[0]})
    return problems, log


def _lines(things):
    return "".join(json.dumps(thing) + "\n" for thing in things).encode()


class Heard:
    """What came out of the sandboxes of one submission: the first answer to each request counts, nonsense is counted.

    early holds the ids that were answered before the instructor's own inputs went in.
    """

    def __init__(self, ids):
        self.ids, self.answers, self.early, self.cell_errors, self.nonsense = ids, {}, set(), [], 0

    def listen(self, outcome):
        """Take in what one sandbox said; (whether the cells had run, whether it came to its end)."""
        started = done = False
        place = 0
        for line in outcome.output.split(b"\n"):
            place += len(line) + 1
            said = read(line)
            said = said if isinstance(said, dict) else {}
            number = said.get("id")
            if type(number) is int and number in self.ids and number not in self.answers:
                self.answers[number] = self._answer(said)
                self.early |= {number} if place <= outcome.early else set()
            elif isinstance(said.get("cells"), dict) and not started:
                started = True
                if place <= outcome.early and not self.cell_errors:
                    errors = list(said["cells"].items())[:20]
                    self.cell_errors = [{"cell": str(cell)[:9], **self._error(error)} for cell, error in errors]
            elif "done" in said and not done:
                done = True
            elif line:
                self.nonsense += 1
        return started, done

    def _answer(self, said):
        return {"error": self._error(said["error"])} if "error" in said else {"value": said.get("value")}

    def _error(self, error):
        error = error if isinstance(error, dict) else {}
        texts = {"type": 80, "message": 500, "traceback": 2000}
        return {key: error[key][:most] if isinstance(error.get(key), str) else "" for key, most in texts.items()}


def _judged(exercise, task, requests, heard):
    """One task's part of the result. Only public cases show an input, an answer or an error."""
    first = requests[0]["id"]
    cases = [{**case, "id": case["id"] - first} for case in requests]
    answers = {i: heard.answers[first + i] for i in range(len(cases)) if first + i in heard.answers}
    expected = exercise.expected(task, cases)
    score, verdicts = grade_task(task, expected, answers)
    public = [verdict.ok for verdict in verdicts[: len(task.public)]]
    shown = public.index(False) if False in public else 0
    answer = answers.get(shown, {}) if first + shown in heard.early else {}
    secret = task.drive == "value"  # its one public case is the question itself: its answer is not to be shown
    mistake = diagnose(exercise, task, cases, answers) if not score and len(answers) == len(cases) else None
    return {
        "name": task.name,
        "score": score,
        "points": task.points,
        "public": public,
        "right": sum(verdict.ok for verdict in verdicts),
        "cases": len(verdicts),
        "mistake": mistake.sentence if mistake else "",
        "input": describe(cases[shown]),
        "difference": _difference(cases[shown], verdicts[shown]) if "value" in answer and not secret else "",
        "error": answer.get("error"),
        "answered": bool(answer),
        "curves": None if secret else _drawn(cases[shown], expected[shown], answer, verdicts[shown].where),
    }


def _difference(request, verdict):
    if verdict.ok:
        return ""
    return f"{place(request, verdict.where)}: expected {short(verdict.expected)}, yours is {short(verdict.got)}"


def _drawn(request, expected, answer, where):
    """Their curve beside the expected one on a public case: {name: [[x, y], ...]}, y None where it is no number."""
    try:
        drawn = curves(request, expected, answer.get("value"), where)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return None  # their answer has another shape; the words beside it say so
    if drawn is None:
        return None
    lines, x_label, y_label = drawn
    points = {name: [list(map(_rounded, point)) for point in zip(*line, strict=False)] for name, line in lines.items()}
    return {"lines": {name: line[:MOST_POINTS_DRAWN] for name, line in points.items()}, "x": x_label, "y": y_label}


def _rounded(number):
    return float(f"{number:.5g}") if number == number else None


def _problems_told(heard, tasks):
    """{status: details for the instructor} of what the answers themselves say."""
    problems = {}
    errors = [*heard.cell_errors, *(answer["error"] for answer in heard.answers.values() if "error" in answer)]
    for error in errors:
        name = "forked" if error["message"] == "can't start new thread" else ERRORS.get(error["type"])
        if name:
            problems.setdefault(name, f"{error['type']}: {error['message']}\n{error['traceback']}")
    if heard.nonsense:
        problems["wrote nonsense"] = f"{heard.nonsense} lines that are no answers"
    undefined = [task["error"] and task["error"]["message"] == f"{task['name']} is not defined" for task in tasks]
    if all(undefined):
        problems["missing function"] = "nothing is defined under the names asked for"
    return problems


@cache
def _driver():
    return Path(__file__).with_name("driver.py").read_text(encoding="utf-8")
