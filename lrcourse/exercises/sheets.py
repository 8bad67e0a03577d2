"""An exercise as its learner has it, read from one data file that holds no solution: what check, hint, progress need.

`python3 -m lrcourse release` makes the files in `data/` from the masters. A file holds texts, hints, the public
and the practice cases with what is expected, and of each known mistake its sentence and a sketch of its answers.
"""

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from lrcourse.arguments import choice
from lrcourse.exercises.judge import Json, Request, Verdict
from lrcourse.exercises.scoring import verdict_on
from lrcourse.exercises.sketches import Sketch

FOLDER = Path(__file__).parent / "data"
FORMAT = "lrcourse exercise 1"


@dataclass(frozen=True)
class Likely:
    """What is told to whoever gives the answers of this sketch.

    known: a known mistake, not one input taken for another; stub: the program to repair, as it was handed out.
    """

    sentence: str
    sketch: Sketch
    known: bool = True
    stub: bool = False


@dataclass(frozen=True)
class Question:
    """A task as the learner has it.

    requests, expected: of the first `public` cases, which check shows, and of the practice cases, by which it tells
    mistakes apart. The expected value of a question with one answer is sealed. score: a rule in scoring.py, or None.
    """

    name: str
    points: int
    drive: str
    public: int
    requests: tuple[Request, ...]
    expected: tuple[Json, ...]
    likely: tuple[Likely, ...]
    hints: tuple[str, ...]
    tolerance: float
    score: str | None
    ylabel: str
    difficulty: int
    importance: int
    minutes: int
    takeaway: str

    def judge(self, expected: Json, got: Json) -> Verdict:
        """The verdict on one answer; total, whatever got is."""
        return verdict_on(expected, got, self.tolerance, self.score)


@dataclass(frozen=True)
class QuizSheet:
    """A question of choices: the right one's letter and, by letter, (choice, what to say to it)."""

    name: str
    question: str
    answer: str
    choices: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Sheet:
    """An exercise as the learner has it; variant: which one, "" for the course's own."""

    name: str
    lesson: str
    title: str
    difficulty: int
    minutes: int
    tasks: tuple[Question, ...]
    quizzes: tuple[QuizSheet, ...]
    variant: str = ""

    @property
    def points(self) -> int:
        """The points of all tasks together."""
        return sum(task.points for task in self.tasks)

    def task(self, name: str) -> Question:
        """The task of this name. Raises ValueError that lists the names there are."""
        choice("task", name, [task.name for task in self.tasks])
        return next(task for task in self.tasks if task.name == name)


def from_data(data: dict[str, Any]) -> Sheet:
    """The sheet that the JSON of a data file says. Raises ValueError for another format."""
    if data.get("format") != FORMAT:
        raise ValueError(f"the exercise's data is in the format {data.get('format')!r}; this package reads {FORMAT!r}")
    rest = {key: value for key, value in data.items() if key not in ("format", "tasks", "quizzes")}
    quizzes = tuple(
        QuizSheet(**{**quiz, "choices": {letter: tuple(pair) for letter, pair in quiz["choices"].items()}})
        for quiz in data["quizzes"]
    )
    return Sheet(**rest, tasks=tuple(map(question, data["tasks"])), quizzes=quizzes)


def question(data: dict[str, Any]) -> Question:
    """The question that the JSON of one task says."""
    cases = data["cases"]
    mark = {"name": data["name"], "drive": data["drive"]}
    requests = tuple({**case["input"], "id": i, **mark} for i, case in enumerate(cases))
    rest = {key: value for key, value in data.items() if key != "cases"}
    likely = tuple(Likely(**one) for one in data["likely"])
    rest |= {"requests": requests, "expected": tuple(case["expected"] for case in cases), "likely": likely}
    return replace(Question(**rest), hints=tuple(data["hints"]))


def names() -> list[str]:
    """The names of all exercises, in order."""
    return sorted(path.stem for path in FOLDER.glob("[0-9]*.json"))


def load(name: str) -> Sheet:
    """The exercise of this name. Raises ValueError that lists the names there are."""
    choice("exercise", name, names())
    return _read(FOLDER / f"{name}.json")


@cache
def _read(path: Path) -> Sheet:
    return from_data(json.loads(path.read_text(encoding="utf-8")))


@cache
def home(name: str) -> Sheet:
    """The exercise that has a task or quiz of this name. Raises ValueError that lists the names there are."""
    for one in names():
        if re.search(rf'"name": "{re.escape(name)}"', (FOLDER / f"{one}.json").read_text(encoding="utf-8")):
            sheet = load(one)
            if name in asked_by(sheet):
                return sheet
    known = [asked for one in names() for asked in asked_by(load(one))]
    raise ValueError(f"no exercise asks for {name!r}; the names are {', '.join(known)}")


def asked_by(sheet: Sheet) -> list[str]:
    """The names of its tasks and quizzes."""
    return [*(task.name for task in sheet.tasks), *(quiz.name for quiz in sheet.quizzes)]
