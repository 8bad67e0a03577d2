"""Mark one submission: its cells and the instructor's inputs go into a sandbox, JSON comes out, the comparison is here.

Whatever comes out is data from a stranger. `mark` is total: every submission ends in one result.
"""

import traceback

from lrcourse.exercises.diagnose import diagnose
from lrcourse.exercises.exercise import grade_task
from lrcourse.exercises.explain import curves, describe, place
from lrcourse.exercises.judge import short
from lrcourse.exercises.sheets import question
from lrcourse.exercises.variants import load
from lrcourse.exercises.writing_sheets import task_data
from lrcourse.grading import sandbox
from lrcourse.grading.cells import read_cells, read_edition
from lrcourse.grading.hearing import NOT_GRADED, OTHER_EDITION, PER_TASK, SENTENCES, Asking
from lrcourse.grading.results import Drawn, Report, Result, TaskResult
from lrcourse.grading.submissions import Unreadable

# Errors of student code that stand for a failure.
ERRORS = {
    "MemoryError": "out of memory",
    "_ArrayMemoryError": "out of memory",
    "BlockingIOError": "forked",
}
MOST_POINTS_DRAWN = 1000


def mark(data, exercise_name, student, seed, limits=sandbox.Limits(), sandboxed=True, variant=""):  # noqa: B008
    """The Result of a notebook's bytes.

    Its status is "graded", a key of SENTENCES, the status of an Unreadable, or "not graded". data may be an Unreadable,
    which says why there are no bytes; variant is the secret of the hand-out's variant, "" for none. The same arguments
    give the same result.
    """
    try:
        exercise = load(exercise_name, variant)
        if isinstance(data, Unreadable):
            raise data
        edition = read_edition(data, exercise_name)
        return _marked(exercise, _cells(data), edition, student, seed, limits, sandboxed)
    except Unreadable as reason:
        return Result(reason.status, 0, Report(str(reason)))
    except Exception:  # a fault of the grader is no zero of the student
        return Result(NOT_GRADED, None, Report("The grader failed.", log=traceback.format_exc()))


def mark_where_sealed(*submission):
    """As `mark`, on a machine that nobody has tried yet: a cluster's. Where it has no sandbox, nothing is run."""
    problem = sandbox.problem()
    if problem:
        return Result(NOT_GRADED, None, Report("The machine that was to grade this cannot.", log=problem))
    return mark(*submission)


def _cells(data):
    """read_cells, where every failure is the notebook's own: nothing but its bytes went in."""
    try:
        return read_cells(data)
    except (Unreadable, ImportError):
        raise
    except Exception as error:
        raise Unreadable(
            "not a notebook", f"The grader could not read this notebook ({type(error).__name__})."
        ) from None


def _marked(exercise, cells, edition, student, seed, limits, sandboxed):
    requests = [exercise.instructor_cases(task, seed, student) for task in exercise.tasks]
    for n, cases in enumerate(requests):
        for case in cases:
            case["id"] += PER_TASK * n
    asking = Asking(exercise, cells, requests, limits, sandboxed)
    asking.ask()
    heard, problems = asking.heard, asking.problems
    if NOT_GRADED in problems:
        return Result(NOT_GRADED, None, Report(problems[NOT_GRADED], log=asking.log))
    tasks = tuple(_judged(exercise, task, cases, heard) for task, cases in zip(exercise.tasks, requests, strict=True))
    problems |= _problems_told(heard, tasks) | _edition_told(edition, exercise)
    status = next((name for name in SENTENCES if name in problems), "graded")
    faults = sorted((heard.errors | heard.fatal).values(), key=lambda fault: fault.cell)
    log = "\n".join(filter(None, [*problems.values(), asking.log]))[-4000:]
    sentence = " ".join(filter(None, [SENTENCES.get(status, ""), problems.get(OTHER_EDITION, "")]))
    report = Report(sentence, tasks, tuple(faults[:20]), log)
    return Result(status, sum(task.score for task in tasks), report)


def _judged(exercise, task, requests, heard):
    """One task's part of the report. Only public cases show an input, an answer or an error."""
    first = requests[0]["id"]
    cases = [{**case, "id": case["id"] - first} for case in requests]
    answers = {i: heard.answers[first + i] for i in range(len(cases)) if first + i in heard.answers}
    expected = exercise.instructor_expected(task, cases)
    score, verdicts = grade_task(task, expected, answers)
    public = [verdict.ok for verdict in verdicts[: len(task.public)]]
    shown = public.index(False) if False in public else 0
    answer = answers.get(shown, {}) if first + shown in heard.early else {}
    secret = task.drive == "value"  # its one public case is the question itself: its answer is not to be shown
    every = not score and len(answers) == len(cases)
    early = {i: answer for i, answer in answers.items() if first + i in heard.early}
    said = _if_it_can(diagnose, _question(exercise, task), answers, early) if every else None
    difference, drawn = "", None
    if "value" in answer and not secret:
        difference = _if_it_can(_difference, cases[shown], verdicts[shown]) or ""
    if not secret:
        drawn = _if_it_can(_drawn, task, cases[shown], expected[shown], answer, verdicts[shown].where)
    return TaskResult(
        name=task.name,
        score=score,
        points=task.points,
        public=public,
        right=sum(verdict.ok for verdict in verdicts),
        cases=len(verdicts),
        mistake=" ".join(filter(None, [said, "" if score else _missing(early)])),
        input=describe(cases[shown]),
        difference=difference,
        error=answer.get("error"),
        answered=bool(answer),
        curves=drawn,
    )


_QUESTIONS = {}


def _question(exercise, task):
    """The task as check has it, made anew from the master: an instructor's own exercise may have no data file."""
    key = exercise.name, exercise.variant, task.name
    if key not in _QUESTIONS:
        _QUESTIONS[key] = question(task_data(exercise, task))
    return _QUESTIONS[key]


def _if_it_can(say, *arguments):
    """What say(*arguments) returns, or None: words and pictures beside a score never cost a submission its row."""
    try:
        return say(*arguments)
    except Exception:
        return None


def _missing(answers):
    """Which library stood in for itself while these wrong answers were given."""
    used = sorted({answer["used"] for answer in answers.values() if "used" in answer})
    return f"Your code uses {used[0]} here, which is not there when your work is graded." if used else ""


def _difference(request, verdict):
    if verdict.ok:
        return ""
    return f"{place(request, verdict.where)}: expected {short(verdict.expected)}, yours is {short(verdict.got)}"


def _drawn(task, request, expected, answer, where):
    """Their curve beside the expected one on a public case, or None where there is nothing to draw."""
    drawn = curves(request, expected, answer.get("value"), where, task.ylabel)
    if drawn is None:
        return None
    lines, x_label, y_label = drawn
    points = {name: [list(map(_rounded, point)) for point in zip(*line, strict=False)] for name, line in lines.items()}
    return Drawn({name: line[:MOST_POINTS_DRAWN] for name, line in points.items()}, x_label, y_label)


def _rounded(number):
    return float(f"{number:.5g}") if number == number else None


def _problems_told(heard, tasks):
    """{status: details for the instructor} of what the answers themselves say."""
    problems = {}
    errors = [*heard.errors.values(), *(answer["error"] for answer in heard.answers.values() if "error" in answer)]
    for error in errors:
        name = "forked" if error.message == "can't start new thread" else ERRORS.get(error.type)
        if name:
            problems.setdefault(name, f"{error.type}: {error.message}\n{error.traceback}")
    if heard.nonsense:
        problems["wrote nonsense"] = f"{heard.nonsense} lines that are no answers"
    if all(task.error and task.error.message == f"{task.name} is not defined" for task in tasks):
        problems["missing function"] = "nothing is defined under the names asked for"
    return problems


def _edition_told(edition, exercise):
    """{status: sentence} where the notebook says that it is another edition than the one that is graded."""
    if edition is None or edition == exercise.variant:
        return {}
    yours, asked = _named(edition), _named(exercise.variant)
    return {
        OTHER_EDITION: f"It says that it is {yours}; graded is {asked}. Tasks that differ between the two cannot come "
        "out right. Hand in the notebook that your class was given, or ask your teacher."
    }


def _named(variant):
    return f"variant {variant}" if variant else "the course's public edition"
