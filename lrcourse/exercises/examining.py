"""Tries an answer on a task's public and practice cases and puts what came out into words and a picture."""

import contextlib
import io
import math
import textwrap
from dataclasses import dataclass
from typing import Any

from lrcourse.exercises import timing
from lrcourse.exercises.diagnose import as_handed_out, diagnose
from lrcourse.exercises.explain import curves, describe, place
from lrcourse.exercises.illustrating import Points, titled_curves
from lrcourse.exercises.judge import Answer, Answers, Request, Verdict, short
from lrcourse.exercises.sheets import Question, QuizSheet, home

WIDTH = 100  # characters of a printed line: JupyterLab breaks longer ones in the middle of a word
SECONDS = 2.0  # a case that runs longer is stopped


@dataclass(frozen=True)
class Outcome:
    """What examining an answer gave.

    ok: all that was tried is right. passed, cases: public cases, one more where another input came out wrong; for a
    quiz of 1. empty: nothing is written yet, or the program to repair is as it was, so that it was no try. lines: the
    text, line by line. svg: a picture that stands alone, or "" where there is nothing to draw; alt: the same in words.
    """

    name: str
    ok: bool
    passed: int
    cases: int
    lines: tuple[str, ...]
    empty: bool = False
    svg: str = ""
    alt: str = ""

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def examine(name: str, namespace: dict[str, Any], *, width: int = WIDTH, seconds: float | None = None) -> Outcome:
    """Try namespace[name] on the task's cases; for a quiz it is a letter. Nothing is printed and nothing kept.

    namespace: what the learner's code left behind, or {name: answer}. width: characters of a line; seconds: what a
    case may take. Raises ValueError for a name that no exercise asks for.

    >>> outcome = examine("step_decay", {"step_decay": lambda step, base_lr, step_size, gamma: base_lr})
    >>> outcome.ok, outcome.passed, outcome.cases
    (False, 0, 3)
    """
    sheet = home(name)
    for quiz in sheet.quizzes:
        if quiz.name == name:
            return _examine_quiz(quiz, namespace.get(name), width)
    question = sheet.task(name)
    requests, expected, public = list(question.requests), list(question.expected), question.public
    seconds = SECONDS if seconds is None else seconds
    answers, prints = _drive(requests[:public], namespace, seconds)
    verdicts = [question.judge(expected[i], answer.get("value")) for i, answer in answers.items()]
    passed = sum(verdict.ok for verdict in verdicts)
    if _is_empty(answers[0], question.drive):
        return Outcome(name, False, 0, public, (_still_empty(name, answers[0]), *_quoted(prints)), empty=True)
    if len(answers) == public:
        answers |= _drive(requests[public:], namespace, seconds)[0]
    slip = _first_wrong(question, answers) if passed == public else None
    report = _Report(question, answers, verdicts, width)
    report.say(slip)
    ok = passed == public and slip is None
    cases, untouched = public + (slip is not None), as_handed_out(question, answers)
    return Outcome(name, ok, passed, cases, (*report.lines, *_quoted(prints)), untouched, report.svg, report.alt)


def _examine_quiz(quiz: QuizSheet, letter: object, width: int) -> Outcome:
    chosen = letter.strip().lower() if isinstance(letter, str) else ""
    if chosen not in quiz.choices:
        asked = f"Put one of the letters {', '.join(quiz.choices)} in place of {letter!r}, then run this cell again."
        return Outcome(quiz.name, False, 0, 1, (asked,), empty=True)
    said, right = quiz.choices[chosen][1], chosen == quiz.answer
    line = f"Right: {said.removeprefix('Right').lstrip(',.: ')}" if right else f"Not this one: {said}"
    return Outcome(quiz.name, right, int(right), 1, (wrapped(line, width),))


def _still_empty(name: str, answer: Answer) -> str:
    what = answer.get("error", {}).get("message") or f"write {name}"
    return f"Still empty: {what}, run that cell, then run this one again."


def _quoted(prints: str) -> list[str]:
    first = prints.splitlines()[:5]
    return ["", "Your code's first prints:", *(f"  {line}" for line in first)] if first else []


def _drive(requests: list[Request], namespace: dict[str, Any], seconds: float) -> tuple[Answers, str]:
    """The answers by id, and the beginning of what the code printed; nothing more is tried after a time-out."""
    answers: Answers = {}
    prints = _Head()
    with contextlib.redirect_stdout(prints):
        for request in requests:
            answers[request["id"]] = answer = timing.answer(request, namespace, seconds)
            if answer.get("error", {}).get("type") == "TimeUp":
                break
    return answers, prints.getvalue()


def _first_wrong(question: Question, answers: Answers) -> tuple[int, Verdict] | None:
    """(number, verdict) of the first practice case that is answered wrong, or None."""
    for i in range(question.public, len(question.requests)):
        verdict = question.judge(question.expected[i], answers.get(i, {}).get("value"))
        if not verdict.ok:
            return i, verdict
    return None


class _Head(io.StringIO):
    """Keeps the beginning of what is printed, so that a print in an endless loop fills no memory."""

    def write(self, text: str) -> int:
        return super().write(text[: max(0, 1000 - self.tell())])


def _is_empty(answer: Answer, drive: str) -> bool:
    """Whether nothing is written yet; a function that returns nothing is written."""
    unset = drive == "value" and answer.get("value", "") is None
    return unset or answer.get("error", {}).get("type") == "NotImplementedError"


def wrapped(line: str, width: int, indent: int = 0) -> str:
    """The line broken between words."""
    return textwrap.fill(line, width, subsequent_indent=" " * indent, break_on_hyphens=False)


class _Report:
    """Puts the verdicts on one answer into lines and a picture."""

    def __init__(self, question: Question, answers: Answers, verdicts: list[Verdict], width: int) -> None:
        self.question, self.answers, self.verdicts, self.width = question, answers, verdicts, width
        self.lines: list[str] = []
        self.svg = self.alt = ""

    def add(self, line: str, indent: int = 0) -> None:
        self.lines += wrapped(line, self.width, indent).split("\n") if line else [""]

    def say(self, slip: tuple[int, Verdict] | None) -> None:
        """All that there is to say; slip: a practice case that came out wrong after all public ones were right."""
        if self.question.drive == "value":
            self._say_value(self.verdicts[0])
            return
        self._say_cases()
        if slip:
            self.lines += ["", "Yet another input comes out wrong, and the instructor asks many:", ""]
            self._explain(*slip)
            self._advise()

    def _say_cases(self) -> None:
        question, requests = self.question, self.question.requests
        for request, verdict in zip(requests, self.verdicts, strict=False):
            said = _outcome(question, request, verdict, self.answers[request["id"]])
            self.add(f"{question.name}: {describe(request)}: {said}", indent=2)
        wrong = next((i for i, verdict in enumerate(self.verdicts) if not verdict.ok), None)
        if wrong is None:
            public = question.public
            self.add(f"{public} of {public} public cases passed. The instructor's inputs differ.")
            self._draw(0)
            return
        passed, untried = sum(verdict.ok for verdict in self.verdicts), question.public - len(self.verdicts)
        left = f" {untried} {'was' if untried == 1 else 'were'} not tried, since this one did not end." * bool(untried)
        self.lines += [f"{passed} of {len(self.verdicts)} public cases passed.{left} The first that did not:", ""]
        self._explain(wrong, self.verdicts[wrong])
        self._advise()
        self._draw(wrong)

    def _explain(self, number: int, verdict: Verdict) -> None:
        question, request, answer = self.question, self.question.requests[number], self.answers.get(number, {})
        self.add(f"  input     {describe(request, few=20)}", indent=12)
        if "error" in answer:
            error = answer["error"]
            self.add(f"  your code stopped with {error['type']}: {error['message']}", indent=4)
            self.lines += [f"    {line}" for line in error["traceback"].splitlines()]
            return
        if question.score:
            self.add(f"  result    {verdict.message}", indent=12)
            return
        if verdict.where:
            self.add(f"  where     {place(request, verdict.where)}", indent=12)
        self.add(f"  expected  {short(verdict.expected)}", indent=12)
        self.add(f"  got       {short(verdict.got)}" + ("   (is there a return?)" if verdict.got is None else ""))

    def _say_value(self, verdict: Verdict) -> None:
        """What is wrong with the one answer of a question; what is expected there would give the question away."""
        name, request, answer = self.question.name, self.question.requests[0], self.answers[0]
        if verdict.ok:
            self.add(f"{name}: right. This question has one answer, and you have it.")
            return
        if "error" in answer:
            self.add(f"{name}: {answer['error']['message']}.")
        elif isinstance(verdict.expected, list):
            self.add(f"{name}: expected {short(verdict.expected)}, got {short(verdict.got)}.")
        else:
            self.add(f"{name}: {place(request, verdict.where)} is not right. You wrote {short(verdict.got)}.")
        self._advise()

    def _advise(self) -> None:
        said = diagnose(self.question, self.answers)
        if said:
            self.lines.append("")
            self.add(f"What this looks like: {said}")
        self.lines += ["", f'hint("{self.question.name}") helps you on.']

    def _draw(self, number: int) -> None:
        """The picture of expected and got, where the answer is a curve; of got alone, where many answers are right."""
        question, request, verdict = self.question, self.question.requests[number], self.verdicts[number]
        expected, got = question.expected[number], self.answers[number].get("value")
        drawable = None if got is None else curves(request, expected, got, verdict.where, question.ylabel)
        if drawable is None or "yours" not in drawable[0]:
            return
        lines, xlabel, ylabel = drawable
        title = _title(question, request, verdict)
        told = verdict.ok or question.score
        self.alt = title if told else f"{title}: {short(verdict.expected)} expected, {short(verdict.got)} got"
        numbers = [entry for entry in lines["yours"][1] if math.isfinite(entry)] or [math.nan]
        self.alt += f". Yours runs from {short(numbers[0])} to {short(numbers[-1])}. Input: {describe(request)}."
        points: dict[str, Points] = {
            name: [_point(*point) for point in zip(*line, strict=True)] for name, line in lines.items()
        }
        shown = {"yours": points["yours"]} if question.score else points
        ring = None if told else _first_difference(points, verdict)
        self.svg = titled_curves(shown, xlabel, ylabel, title, self.alt, ring)


def _point(x: float, y: float) -> tuple[float, float | None]:
    return x, (y if math.isfinite(y) else None)


def _first_difference(points: dict[str, Points], verdict: Verdict) -> tuple[float, float] | None:
    i = next((i for i in verdict.where if isinstance(i, int)), None)
    for name in ("yours", "expected"):
        line = points[name]
        if i is not None and i < len(line) and line[i][1] is not None:
            x, y = line[i]
            return x, y
    return None


def _title(question: Question, request: Request, verdict: Verdict) -> str:
    if question.score:
        return f"Your {question.name}: {verdict.message}"
    if verdict.ok:
        return f"Your {question.name} follows the expected curve"
    at = place(request, verdict.where)
    return f"Your {question.name} parts from the expected curve {'in' if request['drive'] == 'object' else 'at'} {at}"


def _outcome(question: Question, request: Request, verdict: Verdict, answer: Answer) -> str:
    if "error" in answer:
        return f"stopped with {answer['error']['type']}"
    if question.score:
        return verdict.message
    if verdict.ok:
        return "as expected"
    return f"differs, first at {place(request, verdict.where)}" if verdict.where else "differs"
