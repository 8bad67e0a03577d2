"""Asks one submission: its code and the inputs go into sandboxes, and what comes out is kept as data from a stranger.

One sandbox is enough as a rule. Where something ends it, the same is asked again without the statement or the task that
did: what is right elsewhere keeps its points.
"""

import re
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from lrcourse.exercises import kernel
from lrcourse.exercises.judge import read
from lrcourse.exercises.wire import to_json
from lrcourse.grading import sandbox
from lrcourse.grading.cells import statements
from lrcourse.grading.results import CellFault, Fault

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
NOT_GRADED = "not graded"  # through no fault of the student: the next run tries again
MOST_ASLEEP = 2.3  # times what one sandbox may sleep, and a second: for all sandboxes of a submission together
ASLEEP_BEFORE, ASLEEP_LATER = 1 / 4, 1 / 14  # of that: up to, and at, the next place once it slept too long at one
MOST_WORKED = 2  # times the CPU time of one sandbox, likewise
WORKED_LATER = 1 / 3  # of the CPU time for one place: what a statement alone has, and a task after one that took it all
MOST_SANDBOXES = 30  # before a submission is given up
MOST_SPLIT = 2**20  # characters of a cell that is sent again for each of its statements
PER_TASK = 1000  # ids of the n-th task's requests begin at n times this


class Piece(NamedTuple):
    """A cell, or (part) one of its statements: they are asked one by one where the cell ended a sandbox."""

    cell: int
    part: int | None = None


class Asking:
    """Asks one submission, in as many sandboxes as it takes: one that dies costs the statement or task it died in.

    pieces: what runs before the tasks; lost: {piece: the failure it ended a sandbox with}, those that run no more;
    split: {cell: the same, while it is not known which of its statements did}; lines: {cell: the lines on which its
    statements begin}; left: the tasks that are still to be asked; problems: {failure: details for the instructor};
    log: what the last sandbox's code wrote.
    """

    def __init__(self, exercise, cells, requests, limits, sandboxed):
        self.exercise, self.cells, self.requests = exercise, cells, requests
        self.limits, self.sandboxed = limits, sandboxed
        self.heard = Heard({case["id"] for cases in requests for case in cases})
        self.problems, self.log = {}, ""
        self.pieces, self.lost, self.left = [Piece(i) for i in range(len(cells))], {}, list(range(len(requests)))
        self.most_asleep, self.most_worked = MOST_ASLEEP * limits.asleep + 1, MOST_WORKED * limits.cpu
        self.sandboxes = 0
        self.asleep, self.seconds, self.killed = limits.asleep, limits.call, False
        self.split, self.lines = {}, {}

    def ask(self):
        """Hear the answers to all requests.

        The public cases are asked and answered before the others are sent: what the student sees of the run is what
        came out until then, so it cannot hold an input of the instructor's.
        """
        while self.left and self._may_go_on():
            public, secret = self._cases()
            first = "".join(map(self._code, self.pieces)) + _lines(public, self.seconds)
            parts = [first.encode(), _lines(secret, self.seconds).encode()]
            outcome = sandbox.run(_program(), parts, self.limits, sandboxed=self.sandboxed)
            self.log = outcome.log.decode("utf-8", "replace")
            if outcome.ending in ("busy", "failed"):
                self.problems = {NOT_GRADED: f"Not graded yet: {outcome.detail}."}
                return
            self.sandboxes += 1
            self.most_asleep -= outcome.asleep
            self.most_worked -= outcome.worked
            if self._deserves_another(outcome):
                continue
            ran, done = self.heard.listen(outcome, self.pieces)
            died_in = next((piece for piece in self.pieces if piece not in ran), None)
            asked = [case["id"] for case in [*public, *secret]]
            unanswered = [number // PER_TASK for number in asked if number not in self.heard.answers]
            if done and died_in is None and not unanswered:
                return
            self._leave_out(outcome, died_in, unanswered)

    def _may_go_on(self):
        spent = self.limits.asleep <= 0 or self.most_worked <= 0
        return not spent and self.sandboxes < MOST_SANDBOXES

    def _code(self, piece):
        """The line that has a piece run, or that tells why it does not."""
        job = {"cell": piece.cell, "source": self.cells[piece.cell]}
        if piece.part is not None:
            job["part"] = piece.part
        if piece in self.lost:
            job["lost"] = f"was left out, since it ended the program: {self.lost[piece]}"
        return _lines([job], self.limits.call * (1 if piece.part is None else WORKED_LATER))

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
            asleep = min(self.limits.asleep / 2, self.most_asleep)  # half: it must leave some for what comes after
            self.limits = replace(self.limits, threads=0, asleep=asleep)
            return True
        return False

    def _leave_out(self, outcome, died_in, unanswered):
        """Go on without the statement or the task that a sandbox ended in."""
        name = ENDINGS[outcome.ending]
        if died_in is not None and died_in.part is not None:
            name = self.split.pop(died_in.cell, name)  # it has less time now: what it did with all of it is its failure
        where = "" if died_in is None else f" in cell {died_in.cell + 1}"
        self.problems.setdefault(name, f"ended{where}: {outcome.detail}")
        if outcome.ending == "asleep":
            before = min(outcome.asleep - outcome.stuck, ASLEEP_BEFORE * self.asleep)
            enough = before + ASLEEP_LATER * self.asleep
            self.limits = replace(self.limits, asleep=min(enough, self.most_asleep))
        if died_in is None:
            self.left = sorted(set(unanswered) - set(unanswered[:1]))
            if outcome.ending == "cpu":
                self.seconds = WORKED_LATER * self.limits.call
        elif self._split(died_in):
            self.split[died_in.cell] = name
        else:
            self.lost[died_in] = name
            self.heard.fatal[died_in.cell] = CellFault(name, SENTENCES[name], self._line(died_in), died_in.cell)

    def _split(self, piece):
        """Whether the cell's statements are asked one by one from now on."""
        source = self.cells[piece.cell]
        lines = statements(source) if piece.part is None else []
        if len(lines) < 2 or len(lines) * len(source) > MOST_SPLIT:
            return False
        at = self.pieces.index(piece)
        self.pieces[at : at + 1] = [Piece(piece.cell, part) for part in range(len(lines))]
        self.lines[piece.cell] = lines
        return True

    def _line(self, piece):
        """A statement's first line, as a traceback shows it; "" for a whole cell."""
        if piece.part is None:
            return ""
        number = self.lines[piece.cell][piece.part]
        line = re.split(r"\r\n?|\n", self.cells[piece.cell])[number - 1].strip()
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

    def listen(self, outcome, pieces):
        """Take in what one sandbox said; (those of the pieces that had run, whether it came to its end)."""
        ran, answered, done, place, known = set(), set(), False, 0, set(pieces)
        for line in outcome.output.split(b"\n"):
            place += len(line) + 1
            early = place <= outcome.early
            said = read(line)
            said = said if isinstance(said, dict) else {}
            number, piece = said.get("id"), _piece(said)
            if type(number) is int and number in self.ids and number not in answered:
                answered.add(number)
                if number not in self.answers:
                    self.answers[number] = self._answer(said)
                    self.early |= {number} if early else set()
            elif piece in known and early and piece not in ran:
                ran.add(piece)
                if said.get("error"):
                    self.errors.setdefault(piece.cell, CellFault(**_texts(said["error"]), cell=piece.cell))
            elif "done" in said and not done:
                done = True
            elif line:
                self.nonsense += 1
        return ran, done

    def _answer(self, said):
        answer = {"error": Fault(**_texts(said["error"]))} if "error" in said else {"value": said.get("value")}
        return answer | ({"used": said["used"][:80]} if isinstance(said.get("used"), str) else {})


def _piece(said):
    """The Piece that an answer speaks of, or None."""
    cell, part = said.get("cell"), said.get("part")
    return Piece(cell, part) if type(cell) is int and (part is None or type(part) is int) else None


def _texts(error):
    error = error if isinstance(error, dict) else {}
    texts = {"type": 80, "message": 500, "traceback": 2000}
    return {key: error[key][:most] if isinstance(error.get(key), str) else "" for key, most in texts.items()}


@cache
def _program():
    return kernel.program()
