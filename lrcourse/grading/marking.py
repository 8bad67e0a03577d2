"""Mark one submission: its cells and the instructor's inputs go into a sandbox, JSON comes out, the comparison is here.

Whatever comes out is data from a stranger. `mark` is total: every submission ends in one result.
"""

import traceback
from functools import cache

from lrcourse.exercises import driver, kernel
from lrcourse.exercises.diagnose import diagnose
from lrcourse.exercises.exercise import grade_task, load
from lrcourse.exercises.explain import curves, describe, place
from lrcourse.exercises.judge import read, short
from lrcourse.grading import sandbox
from lrcourse.grading.cells import read_cells
from lrcourse.grading.results import CellFault, Drawn, Fault, Report, Result, TaskResult
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
    "MemoryError": "out of memory",
    "_ArrayMemoryError": "out of memory",
    "BlockingIOError": "forked",
}
NOT_GRADED = "not graded"  # through no fault of the student: the next run tries again
MOST_POINTS_DRAWN = 1000
MOST_FATAL_CELLS = 3  # that are left out, one after the other, before a submission is given up
PER_TASK = 1000  # ids of the n-th task's requests begin at n times this


def mark(data, exercise_name, student, seed, limits=sandbox.Limits(), sandboxed=True):  # noqa: B008 (frozen)
    """The Result of a notebook's bytes.

    Its status is "graded", a key of SENTENCES, the status of an Unreadable, or "not graded". data may be an Unreadable,
    which says why there are no bytes. The same arguments give the same result.
    """
    try:
        exercise = load(exercise_name)
        if isinstance(data, Unreadable):
            raise data
        return _marked(exercise, read_cells(data), student, seed, limits, sandboxed)
    except Unreadable as reason:
        return Result(reason.status, 0, Report(str(reason)))
    except Exception:  # a fault of the grader is no zero of the student
        return Result(NOT_GRADED, None, Report("The grader failed.", log=traceback.format_exc()))


def _marked(exercise, cells, student, seed, limits, sandboxed):
    requests = [exercise.instructor_cases(task, seed, student) for task in exercise.tasks]
    for n, cases in enumerate(requests):
        for case in cases:
            case["id"] += PER_TASK * n
    heard = Heard({case["id"] for cases in requests for case in cases})
    problems, log = _ask(exercise, cells, requests, heard, limits, sandboxed)
    if NOT_GRADED in problems:
        return Result(NOT_GRADED, None, Report(problems[NOT_GRADED], log=log))
    tasks = tuple(_judged(exercise, task, cases, heard) for task, cases in zip(exercise.tasks, requests, strict=True))
    problems |= _problems_told(heard, tasks)
    status = next((name for name in SENTENCES if name in problems), "graded")
    faults = sorted((heard.errors | heard.fatal).values(), key=lambda fault: fault.cell)
    log = "\n".join(filter(None, [*problems.values(), log]))[-4000:]
    report = Report(SENTENCES.get(status, ""), tasks, tuple(faults[:20]), log)
    return Result(status, sum(task.score for task in tasks), report)


def _ask(exercise, cells, requests, heard, limits, sandboxed):
    """Hear the answers to all requests: {failure: details for the instructor}, the log.

    A sandbox that dies costs the cell or the task that it died in; the others go on in a fresh one. The public cases
    are asked and answered before the others are sent: what the student sees of the run is what came out until then, so
    it cannot hold an input of the instructor's.
    """
    problems, left, killed = {}, list(range(len(requests))), False
    while left:
        public = [case for n in left for case in requests[n][: len(exercise.tasks[n].public)]]
        secret = [case for n in left for case in requests[n][len(exercise.tasks[n].public) :]]
        sources = [{"cell": i, "source": cell} for i, cell in enumerate(cells) if i not in heard.fatal]
        parts = [_lines([*sources, *public], limits), _lines(secret, limits)]
        outcome = sandbox.run(_program(), parts, limits, sandboxed=sandboxed)
        log = outcome.log.decode("utf-8", "replace")
        if outcome.ending in ("busy", "failed"):
            return {NOT_GRADED: f"Not graded yet: {outcome.detail}."}, log
        if outcome.ending == "killed" and not killed:
            killed = True
            continue  # once more, in case something on this machine ended it
        ran, done = heard.listen(outcome)
        if done:
            break
        died_in = next((one["cell"] for one in sources if one["cell"] not in ran), None)
        unanswered = [case["id"] // PER_TASK for case in [*public, *secret] if case["id"] not in heard.answers]
        name = ENDINGS[outcome.ending]
        problems.setdefault(name, f"ended {f'in cell {died_in + 1}' if died_in is not None else ''}: {outcome.detail}")
        if died_in is not None and len(heard.fatal) < MOST_FATAL_CELLS:
            heard.fatal[died_in] = CellFault(name, SENTENCES[name], "", died_in)
        elif died_in is None and unanswered:
            left = sorted(set(unanswered) - {unanswered[0]})
        else:
            break
    return problems, log


def _lines(things, limits):
    return "".join(driver.to_json({**thing, "seconds": limits.call}) + "\n" for thing in things).encode()


class Heard:
    """What came out of the sandboxes of one submission: the first answer to each request counts, nonsense is counted.

    early: ids that were answered before the instructor's own inputs went in; errors: {cell: what stopped it}; fatal:
    the cells that ended a sandbox.
    """

    def __init__(self, ids):
        self.ids, self.answers, self.early, self.nonsense = ids, {}, set(), 0
        self.errors, self.fatal = {}, {}

    def listen(self, outcome):
        """Take in what one sandbox said; (the cells that had run, whether it came to its end)."""
        ran, answered, done, place = set(), set(), False, 0
        for line in outcome.output.split(b"\n"):
            place += len(line) + 1
            early = place <= outcome.early
            said = read(line)
            said = said if isinstance(said, dict) else {}
            number, cell = said.get("id"), said.get("cell")
            if type(number) is int and number in self.ids and number not in answered:
                answered.add(number)
                if number not in self.answers:
                    self.answers[number] = self._answer(said)
                    self.early |= {number} if early else set()
            elif type(cell) is int and early and cell not in ran:
                ran.add(cell)
                if said.get("error") and 0 <= cell < 1000:
                    self.errors.setdefault(cell, CellFault(**_texts(said["error"]), cell=cell))
            elif "done" in said and not done:
                done = True
            elif line:
                self.nonsense += 1
        return ran, done

    def _answer(self, said):
        return {"error": Fault(**_texts(said["error"]))} if "error" in said else {"value": said.get("value")}


def _texts(error):
    error = error if isinstance(error, dict) else {}
    texts = {"type": 80, "message": 500, "traceback": 2000}
    return {key: error[key][:most] if isinstance(error.get(key), str) else "" for key, most in texts.items()}


def _judged(exercise, task, requests, heard):
    """One task's part of the report. Only public cases show an input, an answer or an error."""
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
    return TaskResult(
        name=task.name,
        score=score,
        points=task.points,
        public=public,
        right=sum(verdict.ok for verdict in verdicts),
        cases=len(verdicts),
        mistake=mistake.sentence if mistake else "",
        input=describe(cases[shown]),
        difference=_difference(cases[shown], verdicts[shown]) if "value" in answer and not secret else "",
        error=answer.get("error"),
        answered=bool(answer),
        curves=None if secret else _drawn(task, cases[shown], expected[shown], answer, verdicts[shown].where),
    )


def _difference(request, verdict):
    if verdict.ok:
        return ""
    return f"{place(request, verdict.where)}: expected {short(verdict.expected)}, yours is {short(verdict.got)}"


def _drawn(task, request, expected, answer, where):
    """Their curve beside the expected one on a public case, or None where there is nothing to draw."""
    try:
        drawn = curves(request, expected, answer.get("value"), where, task.ylabel)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return None  # their answer has another shape; the words beside it say so
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


@cache
def _program():
    return kernel.program()
