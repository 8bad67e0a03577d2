"""Asks one submission: its code and the inputs go into sandboxes, and what comes out is kept as data from a stranger.

One sandbox is enough as a rule. Where something ends it, the same is asked again without the statement or the task that
did: what is right elsewhere keeps its points.
"""

import re
from collections import defaultdict
from dataclasses import replace
from functools import cache

from lrcourse.exercises import kernel
from lrcourse.exercises.judge import read
from lrcourse.exercises.wire import to_json
from lrcourse.grading import sandbox
from lrcourse.grading.cells import statements
from lrcourse.grading.results import CellFault, Fault
from lrcourse.grading.talk import BEGUN

# The failures with what the student is told, the worst first: a submission has the first that holds for it.
SENTENCES = {
    "output flood": "Your code wrote far more than an answer or the scratch folder can hold, so it was stopped.",
    "timed out": "Your code did not come to an end in the time it had. Look for a loop that never ends, a wait, "
    "or much work for one answer.",
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
    "spent": "timed out",
    "memory": "out of memory",
    "killed": "killed",
    "crashed": "crashed",
    "exited": "exited early",
    "ended": "exited early",
}
NOT_GRADED = "not graded"  # through no fault of the student: the next run tries again
ASLEEP_BEFORE, ASLEEP_LATER = 1 / 4, 1 / 14  # of one's sleep: up to, and at, the next place once it was too long at one
WORK, SLEEP = 0.3, 0.4  # of the seconds left to a submission: what one place may work, a sandbox sleep, at most
LEAST = 0.25  # seconds that are left: with less no sandbox is started
MOST_SANDBOXES = 30  # before a submission is given up
PER_TASK = 1000  # ids of the n-th task's requests begin at n times this


class Asking:
    """Asks one submission, in as many sandboxes as it takes: one that dies costs the statement or task it died in.

    There is one account of time for all of them (limits.total): what a sandbox worked and what it slept is taken from
    it, and the next has what is left. What was heard until it is used up counts.

    lost: {cell: {the number of its statement, None for all of it: the failure it ended a sandbox with}}, what runs no
    more; left: the tasks that are still to be asked; problems: {failure: details for the instructor}; log: what the
    last sandbox's code wrote.
    """

    def __init__(self, exercise, cells, requests, limits, sandboxed):
        self.exercise, self.cells, self.requests = exercise, cells, requests
        self.limits, self.sandboxed = limits, sandboxed
        self.heard = Heard({case["id"] for cases in requests for case in cases})
        self.problems, self.log = {}, ""
        self.lost, self.left = defaultdict(dict), list(range(len(requests)))
        self.asleep, self.account = limits.asleep, limits.total
        self.sandboxes, self.killed = 0, False

    def ask(self):
        """Hear the answers to all requests.

        The public cases are asked and answered before the others are sent: what the student sees of the run is what
        came out until then, so it cannot hold an input of the instructor's.
        """
        while self.left:
            if self.account < LEAST or self.sandboxes == MOST_SANDBOXES:
                self.problems = self.problems or {"timed out": "no time was left for the tasks that follow"}
                return
            public, secret = self._cases()
            limits = self._limits()
            first = [*map(self._job, range(len(self.cells))), *public]
            parts = [_lines(part, limits.call).encode() for part in (first, secret)]
            outcome = sandbox.run(_program(), parts, limits, sandboxed=self.sandboxed)
            self.log = outcome.log.decode("utf-8", "replace")
            if outcome.ending in ("busy", "failed"):
                self.problems = {NOT_GRADED: f"Not graded yet: {outcome.detail}."}
                return
            self.sandboxes += 1
            self.account -= outcome.spent
            if self._deserves_another(outcome):
                continue
            ran, begun, done = self.heard.listen(outcome, len(self.cells))
            died_in = next((cell for cell in range(len(self.cells)) if cell not in ran), None)
            asked = [case["id"] for case in [*public, *secret]]
            unanswered = [number // PER_TASK for number in asked if number not in self.heard.answers]
            if done and died_in is None and not unanswered:
                return
            self._leave_out(outcome, died_in, begun, unanswered)

    def _limits(self):
        """The next sandbox's: the less is left to the submission, the less one place in it may use."""
        return replace(
            self.limits,
            call=min(self.limits.call, WORK * self.account),
            cpu=min(self.limits.cpu, max(1, int(self.account))),
            asleep=min(self.limits.asleep, SLEEP * self.account),
            total=self.account,
        )

    def _job(self, cell):
        """What has a cell run, and tells which statements of it do not, and why."""
        why = "was left out, since it ended the program: "
        lost = [[part, why + name] for part, name in self.lost[cell].items()]
        return {"cell": cell, "source": self.cells[cell]} | ({"lost": lost} if lost else {})

    def _cases(self):
        """(the public requests, the others) of the tasks that are left."""
        tasks = [(self.requests[n], len(self.exercise.tasks[n].public)) for n in self.left]
        return [case for cases, n in tasks for case in cases[:n]], [case for cases, n in tasks for case in cases[n:]]

    def _deserves_another(self, outcome):
        """Whether the same is to be asked again, since what ended the sandbox may not be where it was ended."""
        if outcome.ending == "killed" and not self.killed:  # it may have been something on this machine
            self.killed = True
            return True
        if outcome.ending in ("cpu", "asleep", "spent") and outcome.threads and self.limits.threads:
            # Threads that went on running took the time of what came after them: without any, who starts them is told.
            asleep = self.limits.asleep / 2  # half: it must leave some for what comes after
            self.limits = replace(self.limits, threads=0, asleep=asleep)
            return True
        return False

    def _leave_out(self, outcome, died_in, begun, unanswered):
        """Go on without the statement or the task that a sandbox ended in.

        died_in: the cell it ended in, None where it was a task; begun: how many of its statements had begun.
        """
        name = ENDINGS[outcome.ending]
        where = "" if died_in is None else f" in cell {died_in + 1}"
        self.problems.setdefault(name, f"ended{where}: {outcome.detail}")
        if outcome.ending in ("asleep", "spent"):
            before = min(outcome.asleep - outcome.stuck, ASLEEP_BEFORE * self.asleep)
            self.limits = replace(self.limits, asleep=before + ASLEEP_LATER * self.asleep)
        if died_in is None:
            self.left = sorted(set(unanswered) - set(unanswered[:1]))
            return
        lines = statements(self.cells[died_in])
        part = min(begun - 1, len(lines))  # past its own come those of cells above to which it brought a name
        if part < 0 or part == 0 == len(lines[1:]) or part in self.lost[died_in]:
            part = None  # it says what cannot be, or ended before its first statement
        self.lost[died_in][part] = name
        line = "" if part in (None, len(lines)) else self._line(died_in, lines[part])
        self.heard.fatal[died_in] = CellFault(name, SENTENCES[name], line, died_in)

    def _line(self, cell, number):
        """A line of a cell, as a traceback shows it."""
        line = re.split(r"\r\n?|\n", self.cells[cell])[number - 1].strip()
        return f"line {number}, in <module>: {line[:200]}"


def _lines(things, seconds):
    return "".join(to_json({**thing, "seconds": seconds}) + "\n" for thing in things)


class Heard:
    """What came out of the sandboxes of one submission: the first answer to each request counts, nonsense is counted.

    early: ids that were answered before the instructor's own inputs went in; errors: {cell: what stopped it}; fatal:
    {cell: what in it ended a sandbox}.
    """

    def __init__(self, ids):
        self.ids, self.answers, self.early, self.nonsense = ids, {}, set(), 0
        self.errors, self.fatal = {}, {}

    def listen(self, outcome, cells):
        """Take in what one sandbox said.

        (Those of so many cells that had run, how many statements it had begun of the next, whether it came to its end.)
        """
        ran, answered, done, place, begun = set(), set(), False, 0, 0
        for line in outcome.output.split(b"\n"):
            place += len(line) + 1
            early = place <= outcome.early
            begun += line.count(BEGUN)
            said = read(line)
            said = said if isinstance(said, dict) else {}
            number, cell = said.get("id"), said.get("cell")
            if type(number) is int and number in self.ids and number not in answered:
                answered.add(number)
                if number not in self.answers:
                    self.answers[number] = self._answer(said)
                    self.early |= {number} if early else set()
            elif type(cell) is int and 0 <= cell < cells and early and cell not in ran:
                ran.add(cell)
                begun = 0
                if said.get("error"):
                    self.errors.setdefault(cell, CellFault(**_texts(said["error"]), cell=cell))
            elif "done" in said and not done:
                done = True
            elif line.strip(BEGUN):
                self.nonsense += 1
        return ran, begun, done

    def _answer(self, said):
        answer = {"error": Fault(**_texts(said["error"]))} if "error" in said else {"value": said.get("value")}
        return answer | ({"used": said["used"][:80]} if isinstance(said.get("used"), str) else {})


def _texts(error):
    error = error if isinstance(error, dict) else {}
    texts = {"type": 80, "message": 500, "traceback": 2000}
    return {key: error[key][:most] if isinstance(error.get(key), str) else "" for key, most in texts.items()}


@cache
def _program():
    return kernel.program()
