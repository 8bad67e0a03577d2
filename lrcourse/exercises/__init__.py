"""Exercises: check what you wrote, ask for a hint, see the solution, see how far you are.

A notebook calls `check`, `hint`, `solution`, `progress`; they print. What a page or another program builds on returns
plain values, needs the standard library alone, and stays as it is:

    sheets.names(), sheets.load(name) -> Sheet    an exercise's data by its name, "02_step_decay": tasks, texts, quizzes
    sheets.home(task) -> Sheet                    the exercise that asks for this task or quiz
    examining.examine(name, namespace, width=100, seconds=2) -> Outcome
                                                  try namespace[name]; for a quiz it is a letter. An Outcome has ok,
                                                  passed, cases, empty, lines, text, svg, alt. No print
    checking.after_success(question, width=100) -> [line]     takeaway and next task
    checking.next_hint(name, width=100) -> [line]             counts the hint as shown
    standing.standing(exercise=None) -> Standing  what progress() shows: lines, svg, alt
    learner.keep_in(store)                        keep progress elsewhere: store.read() gives {name: entry},
                                                  store.write({name: entry}) replaces all; entries are plain JSON
    learner.passed(name, passed, cases)           keep the outcome of a check (check() does, examine() does not)
    learner.note(name, **news)                    keep more: note("guess cosine", score=85) shows in progress()
"""

from importlib import import_module
from typing import Any

_HOME = {
    "check": "checking",
    "hint": "checking",
    "solution": "checking",
    "progress": "checking",
    "examine": "examining",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
