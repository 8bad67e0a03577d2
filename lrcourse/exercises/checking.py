"""What a learner calls in an exercise's notebook: check, hint, solution, progress."""

import os
import sys
from importlib import import_module
from typing import Any

from lrcourse.exercises import learner, sheets
from lrcourse.exercises.examining import WIDTH, Outcome, examine, wrapped
from lrcourse.exercises.history import outdated
from lrcourse.exercises.illustrating import Picture
from lrcourse.exercises.sheets import Question, home
from lrcourse.exercises.standing import next_task, standing


class CheckFailed(Exception):
    """Raised by check under nbgrader only, which takes a cell that raises nothing for a passed one."""


def check(name: str, answer: object) -> None:
    """Try an answer on the public cases and say what came out: how many are right, where the first wrong one parts.

    name: what the exercise asks for, such as "step_decay"; answer: your function, class, value or, for a quiz, letter.
    Raises ValueError for a name that no exercise asks for.
    """
    sheet = home(name)
    warning = outdated(name, answer)
    if warning:
        print(wrapped(warning, WIDTH))
        return
    outcome = examine(name, {name: answer})
    if not outcome.empty:
        learner.passed(name, outcome.passed, outcome.cases)
    print(outcome.text)
    if outcome.svg:
        _show(outcome.svg, outcome.alt)
    if outcome.ok and name in [task.name for task in sheet.tasks]:
        print("\n".join(after_success(sheet.task(name))))
    _tell_nbgrader(outcome)


def _tell_nbgrader(outcome: Outcome) -> None:
    quiz = outcome.name not in [task.name for task in home(outcome.name).tasks]
    if not outcome.ok and not quiz and "NBGRADER_EXECUTION" in os.environ:
        raise CheckFailed(f"{outcome.name}: {outcome.passed} of {outcome.cases} public cases passed")


def after_success(question: Question, width: int = WIDTH) -> list[str]:
    """What to take away from a solved task, where to see another solution, and which task comes next."""
    lines = ["", f"Take away: {question.takeaway}"] if question.takeaway else []
    if _masters():
        lines += ["", f'Compare with the course\'s own: solution("{question.name}")']
    order = [sheets.load(name) for name in sheets.names()]
    following = next_task(order, learner.read(), after=question.name)
    lines.append(f"Next: {following}" if following else "That was the last task. All are solved.")
    return [part for line in lines for part in (wrapped(line, width).split("\n") if line else [""])]


def hint(name: str) -> None:
    """Show the next of the task's hints; each call goes one further. Raises ValueError for an unknown name."""
    print("\n".join(next_hint(name)))


def next_hint(name: str, width: int = WIDTH) -> list[str]:
    """The lines that `hint` prints; the hint counts as shown. Raises ValueError for an unknown name."""
    hints = home(name).task(name).hints
    if not hints:
        return ["Your lecturer handed this exercise out without hints."]
    shown = learner.hint_shown(name, len(hints))
    lines = wrapped(f"Hint {shown} of {len(hints)}: {hints[shown - 1]}", width).split("\n")
    if shown == len(hints):
        lines.append("That was the last hint." + (f' solution("{name}") says how to see the solution.' * _masters()))
    return lines


NOT_HERE = "Solutions are not in this edition: your lecturer has them."


def solution(name: str, sure: bool = False) -> None:
    """Show the task's solution, and another that is right too. Where you have not solved it yet, say sure=True.

    Raises ValueError for an unknown name.
    """
    home(name).task(name)
    if not _masters():
        print(NOT_HERE)
        return
    if not sure and learner.read().get(name, {}).get("solved") is not True:
        print("Not shown yet: once you have seen it, you cannot find it yourself any more, and progress() notes it.")
        print(f'Have you had every hint? hint("{name}"). Or show it now: solution("{name}", sure=True)')
        return
    from lrcourse.exercises import answers_shown

    text = answers_shown.of(name)
    if text is None:
        print(NOT_HERE)
        return
    learner.solution_shown(name)
    print(text)


def _masters() -> bool:
    """Whether this edition has the masters, in which the solutions are."""
    return (sheets.FOLDER.parents[2] / "exercises" / "masters").is_dir()


def progress(exercise: str | None = None) -> None:
    """Say which tasks you have solved, with how many hints, and which comes next; of all exercises that you began.

    exercise: the name of one, such as "02_step_decay", to see that one alone. Raises ValueError for an unknown name.
    """
    stands = standing(exercise)
    print("\n".join(stands.lines))
    _show(stands.svg, stands.alt)


def _show(svg: str, alt: str) -> None:
    """Show a picture where there is a notebook; a terminal has had the words."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):
        show: Any = import_module("IPython.display").display
        show(Picture(svg, alt))
