"""What a learner calls in an exercise's notebook: check, hint, solution."""

import contextlib
import io
import math
import os
import textwrap
from typing import Any

from matplotlib.axes import Axes

from lrcourse import plots
from lrcourse.exercises import learner, timing
from lrcourse.exercises.diagnose import diagnose
from lrcourse.exercises.exercise import Exercise, Quiz, Task, home, with_solution
from lrcourse.exercises.explain import Lines, curves, describe, place
from lrcourse.exercises.judge import Answer, Answers, Json, Request, Verdict, short

WIDTH = 100  # characters of a printed line: JupyterLab breaks longer ones in the middle of a word
SECONDS = 2  # a case that runs longer is stopped


class CheckFailed(Exception):
    """Raised by check under nbgrader only, which takes a cell that raises nothing for a passed one."""


def check(name: str, answer: object) -> None:
    """Try an answer on the public cases and say what came out: how many are right, where the first wrong one parts.

    name: what the exercise asks for, such as "step_decay"; answer: your function, class, value or, for a quiz, letter.
    Raises ValueError for a name that no exercise asks for.
    """
    exercise = home(name)
    for quiz in exercise.quizzes:
        if quiz.name == name:
            return _check_quiz(quiz, answer)
    task = exercise.task(name)
    requests = exercise.public_cases(task)
    expected = exercise.expected(task, requests)
    answers, prints = _drive(requests, {name: answer})
    verdicts = [task.judge(expected[i], answer.get("value")) for i, answer in answers.items()]
    passed = sum(verdict.ok for verdict in verdicts)
    practice = exercise.practice_cases(task) if len(answers) == len(requests) and not _is_empty(answers[0]) else []
    answers |= _drive(practice, {name: answer})[0]
    slip = _first_wrong(exercise, task, practice, answers) if passed == len(requests) else None
    learner.passed(name, passed, len(requests) + (slip is not None))
    if _is_empty(answers[0]):
        what = answers[0].get("error", {}).get("message") or f"write {name}"
        print(f"Still empty: {what}, run that cell, then run this one again.")
    else:
        _report(exercise, task, requests, answers, expected, verdicts)
        if slip:
            _report_slip(exercise, task, [*requests, *practice], answers, *slip)
    if prints:
        print("\nYour code's first prints:\n" + textwrap.indent("\n".join(prints.splitlines()[:5]), "  "))
    if (passed < len(requests) or slip) and "NBGRADER_EXECUTION" in os.environ:
        raise CheckFailed(f"{name}: {passed} of {len(requests)} public cases passed")
    return None


def hint(name: str) -> None:
    """Show the next of the task's three hints; each call goes one further. Raises ValueError for an unknown name."""
    hints = _task(name).hints
    shown = learner.hint_shown(name, len(hints))
    print(f"Hint {shown} of {len(hints)}: {hints[shown - 1]}")
    if shown == len(hints):
        print(f'That was the last hint. solution("{name}") shows the solution.')


def solution(name: str) -> None:
    """Show the task's solution, after asking whether you mean it. Raises ValueError for an unknown name."""
    task = _task(name)
    try:
        sure = input(f"Show the solution of {name}? You learn more by another try. Type yes to see it: ")
    except Exception:  # a notebook that no person runs cannot be asked
        sure = "no"
    if sure.strip().lower() not in ("y", "yes"):
        print("Not shown.")
        return
    learner.solution_shown(name)
    print(with_solution(home(name).cell(task)))


def _task(name: str) -> Task:
    return home(name).task(name)


def _check_quiz(quiz: Quiz, letter: object) -> None:
    chosen = letter.strip().lower() if isinstance(letter, str) else None
    if chosen not in quiz.choices:
        print(f"Put one of the letters {', '.join(quiz.choices)} in place of {letter!r}, then run this cell again.")
        return
    said, right = quiz.choices[chosen][1], chosen == quiz.answer
    learner.passed(quiz.name, int(right), 1)
    print(f"Right: {said.removeprefix('Right').lstrip(',.: ')}" if right else f"Not this one: {said}")


def _drive(requests: list[Request], namespace: dict[str, Any]) -> tuple[Answers, str]:
    """The answers by id, and the beginning of what the code printed; nothing more is tried after a time-out."""
    answers: Answers = {}
    prints = _Head()
    with contextlib.redirect_stdout(prints):
        for request in requests:
            answers[request["id"]] = answer = timing.answer(request, namespace, SECONDS)
            if answer.get("error", {}).get("type") == "TimeUp":
                break
    return answers, prints.getvalue()


def _first_wrong(
    exercise: Exercise, task: Task, requests: list[Request], answers: Answers
) -> tuple[Request, Json, Verdict] | None:
    """(request, expected value, verdict) of the first that is answered wrong, or None."""
    for request, value in zip(requests, exercise.expected(task, requests), strict=True):
        verdict = task.judge(value, answers.get(request["id"], {}).get("value"))
        if not verdict.ok:
            return request, value, verdict
    return None


class _Head(io.StringIO):
    """Keeps the beginning of what is printed, so that a print in an endless loop fills no memory."""

    def write(self, text: str) -> int:
        return super().write(text[: max(0, 1000 - self.tell())])


def _is_empty(answer: Answer) -> bool:
    return answer.get("error", {}).get("type") == "NotImplementedError" or answer.get("value", "") is None


def _report(
    exercise: Exercise, task: Task, requests: list[Request], answers: Answers, expected: Json, verdicts: list[Verdict]
) -> None:
    if task.drive == "value":
        _report_value(exercise, task, requests, answers, verdicts[0])
        return
    for request, verdict in zip(requests, verdicts, strict=False):
        line = f"{task.name}: {describe(request)}: {_outcome(task, request, verdict, answers[request['id']])}"
        print(_wrapped(line, indent=2))
    untried = len(requests) - len(verdicts)
    wrong = next((i for i, verdict in enumerate(verdicts) if not verdict.ok), None)
    if wrong is None:
        print(f"{len(task.public)} of {len(task.public)} public cases passed. The instructor's inputs differ.")
        _draw(task, requests[0], expected[0], answers[0]["value"], verdicts[0])
        return
    passed = sum(verdict.ok for verdict in verdicts)
    left = f" {untried} {'was' if untried == 1 else 'were'} not tried, since this one did not end." if untried else ""
    print(f"{passed} of {len(verdicts)} public cases passed.{left} The first that did not:\n")
    print(_wrapped(f"  input     {describe(requests[wrong], few=20)}", indent=12))
    _explain(task, requests[wrong], answers[wrong], verdicts[wrong])
    practice = exercise.practice_cases(task) if len(answers) > len(requests) else []
    _advise(exercise, task, [*requests, *practice], answers)
    _draw(task, requests[wrong], expected[wrong], answers[wrong].get("value"), verdicts[wrong])


def _report_slip(
    exercise: Exercise,
    task: Task,
    requests: list[Request],
    answers: Answers,
    request: Request,
    expected: Json,
    verdict: Verdict,
) -> None:
    """What passed every public case, and errs on an input that check tried besides."""
    print("\nYet another input comes out wrong, and the instructor asks many:\n")
    print(_wrapped(f"  input     {describe(request, few=20)}", indent=12))
    _explain(task, request, answers.get(request["id"], {}), verdict)
    _advise(exercise, task, requests, answers)


def _wrapped(line: str, indent: int = 0) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)


def _report_value(exercise: Exercise, task: Task, requests: list[Request], answers: Answers, verdict: Verdict) -> None:
    """What is wrong with the one answer of a question; what is expected there would give the question away."""
    if verdict.ok:
        print(f"{task.name}: right. This question has one answer, and you have it.")
        return
    if "error" in answers[0]:
        print(f"{task.name}: {answers[0]['error']['message']}.")
    elif isinstance(verdict.expected, list | dict):
        print(f"{task.name}: expected {short(verdict.expected)}, got {short(verdict.got)}.")
    else:
        print(f"{task.name}: {place(requests[0], verdict.where)} is not right. You wrote {short(verdict.got)}.")
    _advise(exercise, task, requests, answers)


def _advise(exercise: Exercise, task: Task, requests: list[Request], answers: Answers) -> None:
    mistake = diagnose(exercise, task, requests, answers)
    if mistake:
        print("\n" + _wrapped(f"What this looks like: {mistake.sentence}"))
    print(f'\nhint("{task.name}") helps you on.')


def _outcome(task: Task, request: Request, verdict: Verdict, answer: Answer) -> str:
    if "error" in answer:
        return f"stopped with {answer['error']['type']}"
    if task.score:
        return verdict.message
    if verdict.ok:
        return "as expected"
    return f"differs, first at {place(request, verdict.where)}" if verdict.where else "differs"


def _explain(task: Task, request: Request, answer: Answer, verdict: Verdict) -> None:
    if "error" in answer:
        error = answer["error"]
        print(f"  your code stopped with {error['type']}: {error['message']}")
        if error["traceback"]:
            print(textwrap.indent(error["traceback"], "    "))
        return
    if task.score:
        print(f"  result    {verdict.message}")
        return
    if verdict.where:
        print(f"  where     {place(request, verdict.where)}")
    print(f"  expected  {short(verdict.expected)}")
    print(f"  got       {short(verdict.got)}" + ("   (is there a return?)" if verdict.got is None else ""))


def _draw(task: Task, request: Request, expected: Json, got: Json, verdict: Verdict) -> None:
    """The picture of expected and got, where the answer is a curve; of got alone, where many answers are right."""
    drawable = None if got is None else curves(request, expected, got, verdict.where, task.ylabel)
    if drawable is None or "yours" not in drawable[0]:
        return
    lines, xlabel, ylabel = drawable
    if task.score:
        lines = {"yours": lines["yours"]}
        title = f"Your {task.name}: {verdict.message}"
    elif verdict.ok:
        title = f"Your {task.name} follows the expected curve"
    else:
        at = place(request, verdict.where)
        at = f"in {at}" if request["drive"] == "object" else f"at {at}"
        title = f"Your {task.name} parts from the expected curve {at}"
    y = lines["yours"][1]
    alt = (
        f"{title}: {short(verdict.expected)} expected, {short(verdict.got)} got"
        if not (verdict.ok or task.score)
        else title
    )
    numbers = [entry for entry in y if entry == entry]
    alt += f". Yours runs from {short(numbers[0])} to {short(numbers[-1])}. Input: {describe(request)}."
    figure = plots.compare_curves(lines, title=title, xlabel=xlabel, ylabel=ylabel, markers=len(y) <= 40)
    _mark(figure.axes[0], lines, next((i for i in verdict.where if isinstance(i, int)), None))
    figure.axes[0].locator_params(axis="x", integer=True)  # there is no step 0.5
    figure.set_layout_engine(None)  # fixed margins: working them out would double the wait
    figure.subplots_adjust(left=0.13, right=0.88, bottom=0.15, top=0.84)
    plots.show(figure, alt=alt, small=False)


def _mark(axes: Axes, lines: Lines, i: int | None) -> None:
    """A ring around the first difference: where the curves nearly coincide nobody would see it."""
    for name in ("yours", "expected"):
        x, y = lines.get(name, ((), ()))
        if i is not None and i < len(y) and math.isfinite(y[i]):
            axes.plot([x[i]], [y[i]], marker="o", markersize=14, fillstyle="none", color="0.35", linestyle="none")
            return
