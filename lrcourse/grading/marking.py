"""Mark one submission: its cells and the instructor's inputs go into a sandbox, JSON comes out, the comparison is here.

Whatever comes out is data from a stranger. `mark` is total: every submission ends in one result.
"""

import traceback
from dataclasses import replace
from functools import cache

from lrcourse.exercises import kernel
from lrcourse.exercises.diagnose import diagnose
from lrcourse.exercises.exercise import grade_task
from lrcourse.exercises.explain import curves, describe, place
from lrcourse.exercises.judge import read, short
from lrcourse.exercises.sheets import question
from lrcourse.exercises.variants import load
from lrcourse.exercises.wire import to_json
from lrcourse.exercises.writing_sheets import task_data
from lrcourse.grading import sandbox
from lrcourse.grading.cells import read_cells, read_edition
from lrcourse.grading.results import CellFault, Drawn, Fault, Report, Result, TaskResult
from lrcourse.grading.submissions import Unreadable

# The failures with what the student is told, the worst first: a submission has the first that holds for it.
SENTENCES = {
    "output flood": "Your code wrote far more than an answer or the scratch folder can hold, so it was stopped.",
    "timed out": "Your code did not come to an end in the time it had. Look for a loop that never ends, or a wait.",
    "out of memory": "Your code wanted more memory than the grader gives it.",
    "forked": "Your code tried to start another process, or more threads than the grader allows.",
    "killed": "Your code's process was killed.",
    "crashed": "Python itself crashed while it ran your code.",
    "exited early": "Your code ended the program before the last task was asked. Look for exit() and os._exit().",
    "missing function": "None of the names that the exercise asks for is defined. Were they renamed?",
    "wrote nonsense": "Your code wrote lines that are no answers to where the answers go.",
    "other edition": "This notebook is another edition of the exercise than the one that is graded.",
}
OTHER_EDITION = "other edition"
ENDINGS = {
    "flood": "output flood",
    "cpu": "timed out",
    "asleep": "timed out",
    "memory": "out of memory",
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
MOST_ASLEEP = 2  # times what one sandbox may sleep: for all sandboxes of a submission together
ASLEEP_LATER = 0.5  # seconds at the next place, once a submission has slept too long at one
MOST_FATAL_CELLS = 3  # that are left out, one after the other, before a submission is given up
PER_TASK = 1000  # ids of the n-th task's requests begin at n times this


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


class Asking:
    """Asks one submission, in as many sandboxes as it takes: one that dies costs the cell or the task it died in.

    problems: {failure: details for the instructor}; log: what the last sandbox's code wrote.
    """

    def __init__(self, exercise, cells, requests, limits, sandboxed):
        self.exercise, self.cells, self.requests = exercise, cells, requests
        self.limits, self.sandboxed = limits, sandboxed
        self.heard = Heard({case["id"] for cases in requests for case in cases})
        self.problems, self.log = {}, ""
        self.left = list(range(len(requests)))  # the tasks that are still to be asked
        self.most_asleep, self.killed = MOST_ASLEEP * limits.asleep, False

    def ask(self):
        """Hear the answers to all requests.

        The public cases are asked and answered before the others are sent: what the student sees of the run is what
        came out until then, so it cannot hold an input of the instructor's.
        """
        while self.left:
            sources = [{"cell": i, "source": cell} for i, cell in enumerate(self.cells) if i not in self.heard.fatal]
            public, secret = self._cases()
            parts = [_lines([*sources, *public], self.limits), _lines(secret, self.limits)]
            outcome = sandbox.run(_program(), parts, self.limits, sandboxed=self.sandboxed)
            self.log = outcome.log.decode("utf-8", "replace")
            if outcome.ending in ("busy", "failed"):
                self.problems = {NOT_GRADED: f"Not graded yet: {outcome.detail}."}
                return
            self.most_asleep -= outcome.asleep
            if self._deserves_another(outcome):
                continue
            ran, done = self.heard.listen(outcome)
            died_in = next((one["cell"] for one in sources if one["cell"] not in ran), None)
            asked = [case["id"] for case in [*public, *secret]]
            unanswered = [number // PER_TASK for number in asked if number not in self.heard.answers]
            if done and died_in is None and not unanswered:
                return
            self._leave_out(outcome, died_in, unanswered)

    def _cases(self):
        """(the public requests, the others) of the tasks that are left."""
        tasks = [(self.requests[n], len(self.exercise.tasks[n].public)) for n in self.left]
        return [case for cases, n in tasks for case in cases[:n]], [case for cases, n in tasks for case in cases[n:]]

    def _deserves_another(self, outcome):
        """Whether the same is to be asked again, since what ended the sandbox may not be where it was ended."""
        if outcome.ending == "killed" and not self.killed:  # it may have been something on this machine
            self.killed = True
            return True
        if outcome.ending in ("cpu", "asleep") and outcome.threads and self.limits.threads:
            # Threads that went on running took the time of what came after them: without any, who starts them is told.
            self.limits = replace(self.limits, threads=0, asleep=min(self.limits.asleep, self.most_asleep))
            return self.limits.asleep > 0
        return False

    def _leave_out(self, outcome, died_in, unanswered):
        """Go on without the cell or the task that a sandbox ended in, or not at all where too much was left out."""
        name = ENDINGS[outcome.ending]
        where = "" if died_in is None else f" in cell {died_in + 1}"
        self.problems.setdefault(name, f"ended{where}: {outcome.detail}")
        if outcome.ending == "asleep":
            enough = outcome.asleep - outcome.stuck + ASLEEP_LATER
            self.limits = replace(self.limits, asleep=min(enough, self.most_asleep))
        if died_in is not None and len(self.heard.fatal) < MOST_FATAL_CELLS:
            self.heard.fatal[died_in] = CellFault(name, SENTENCES[name], "", died_in)
        elif died_in is None and unanswered:
            self.left = sorted(set(unanswered) - {unanswered[0]})
        else:
            self.left = []
        if self.limits.asleep <= 0:
            self.left = []


def _lines(things, limits):
    return "".join(to_json({**thing, "seconds": limits.call}) + "\n" for thing in things).encode()


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
        answer = {"error": Fault(**_texts(said["error"]))} if "error" in said else {"value": said.get("value")}
        return answer | ({"used": said["used"][:80]} if isinstance(said.get("used"), str) else {})


def _texts(error):
    error = error if isinstance(error, dict) else {}
    texts = {"type": 80, "message": 500, "traceback": 2000}
    return {key: error[key][:most] if isinstance(error.get(key), str) else "" for key, most in texts.items()}


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


@cache
def _program():
    return kernel.program()
