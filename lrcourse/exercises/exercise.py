"""What an exercise is: tasks, the cases that test each, the reference, the hints, and the mistakes that people make.

An exercise is two files in exercises/masters: NAME.ipynb holds the texts and the solution, NAME.py holds
`exercise = Exercise(...)`. The solution in the notebook is the reference: there is no second one to drift.
"""

import hashlib
import hmac
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from lrcourse.arguments import choice
from lrcourse.exercises import driver, scoring, timing
from lrcourse.exercises.judge import Answers, Json, Request, Verdict

Case = dict[str, Any]  # a request without id, name and drive

MASTERS = Path(__file__).parents[2] / "exercises" / "masters"
PRACTICE = 8  # cases drawn once for each task
BEGIN, STUB, END = "### BEGIN SOLUTION", "### BEGIN STUB", "### END SOLUTION"
_REGION = re.compile(
    rf"^(?P<indent> *){BEGIN}\n(?P<solution>.*?\n)(?: *{STUB}\n(?P<stub>.*?\n))?? *{END}(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)


def case(
    steps: int | list[int] | None = None,
    *,
    groups: Sequence[Any] | None = None,
    do: int | Sequence[Any] | None = None,
    record: Sequence[str] = ("lr",),
    subject: str | None = None,
    about: str = "",
    **args: Json,
) -> Case:
    """A case in the driver's JSON; args are what the student's function or class is called with.

    steps: a count or a list. groups: LRs, or dictionaries, of the optimizer's parameter groups. do: a count of calls
    of step(), or a list whose entries are the number to call step with, "resume", or [method, arg, ...]. subject: a
    text that defines what a student's test is tried on. about: what is right or wrong with it, in words; no student's
    code ever gets to see that.

    >>> case(100, base_lr=0.1, step_size=20)
    {'args': {'base_lr': 0.1, 'step_size': 20}, 'steps': 100}
    >>> case(groups=[0.1], do=[0.9, "resume"], patience=2)["do"]
    [['step', 0.9], ['resume']]
    """
    found: Case = {"args": args}
    if subject is not None:
        found |= {"subject": subject, "about": about}
    if steps is not None:
        found["steps"] = steps
    if groups is not None:
        found["groups"] = [group if isinstance(group, dict) else {"lr": group} for group in groups]
    if do is not None:
        calls = ["step"] * do if isinstance(do, int) else do
        calls = [["step", call] if isinstance(call, int | float) else call for call in calls]
        found |= {"do": [[call] if isinstance(call, str) else call for call in calls], "record": list(record)}
    return found


@dataclass(frozen=True)
class Mistake:
    """A wrong version that people really write and the sentence that helps.

    wrong: a function, class or value of its own; or the piece of the solution's text to replace, with instead in its
    place (the piece must occur once); or STUB, for what the student's cell holds before any work.
    """

    sentence: str
    wrong: Any
    instead: str | None = None


@dataclass(frozen=True)
class Task:
    """One thing that a student writes: a function, a class or a value of this name.

    name: what the student defines. points: given whole, when every case is right. drive: how it is driven, one of
    driver.DRIVES. difficulty, importance: from 1 to 5; minutes: what a beginner takes. takeaway: the sentence to carry
    into the next training run, shown after success. public: the cases of the notebook's check; a case is the JSON that
    the driver needs, such as {"args": {"base_lr": 0.1}, "steps": 30}. hints: a question or a direction, then the idea,
    then nearly the answer, but not its line. edges: cases that the instructor always asks too. draw(rng): one random
    case; draws: how many of them. score: a rule of scoring.RULES, where right is more than equal to the reference.
    ylabel: what its curve shows.
    For the proof: also_right, equivalent answers; survivors, {start of a mutant's line in the solution: why no case can
    catch it}.
    """

    name: str
    points: int
    drive: str
    difficulty: int
    importance: int
    minutes: int
    takeaway: str
    public: tuple[Case, ...]
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()
    draw: Callable[[random.Random], Case] | None = None
    edges: tuple[Case, ...] = ()
    draws: int = 8
    tolerance: float = 1e-6
    score: str | None = None
    ylabel: str = "learning rate"
    also_right: tuple[Any, ...] = ()
    survivors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        choice("drive", self.drive, list(driver.DRIVES))
        if not {self.difficulty, self.importance} <= {1, 2, 3, 4, 5} or self.minutes < 1:
            raise ValueError(f"difficulty and importance of {self.name!r} go from 1 to 5, its minutes from 1")
        if self.score is not None:
            choice("score", self.score, list(scoring.RULES))
        if len(self.hints) != 3:
            raise ValueError(f"hints of {self.name!r} must be a ladder of 3, not {len(self.hints)}")

    def judge(self, expected: Json, got: Json) -> Verdict:
        """The verdict on one answer; total, whatever got is."""
        return scoring.verdict_on(expected, got, self.tolerance, self.score)


@dataclass(frozen=True)
class Quiz:
    """A question of choices, without points: the right one's letter and, by letter, (choice, what to say to it)."""

    name: str
    question: str
    answer: str
    choices: dict[str, tuple[str, str]]

    def __post_init__(self) -> None:
        choice("answer", self.answer, list(self.choices))


@dataclass(frozen=True)
class Exercise:
    """An exercise: its lesson, title, tasks, quizzes; its name is its files' name.

    names: {argument's name: others that a course's variant may draw in its place}; variant: which one this is, "" for
    the published exercise. variants.py says how a task comes in several versions.
    """

    lesson: str
    title: str
    tasks: tuple[Task, ...]
    quizzes: tuple[Quiz, ...] = ()
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = ""
    variant: str = ""

    @property
    def points(self) -> int:
        """The points of all tasks together."""
        return sum(task.points for task in self.tasks)

    @property
    def difficulty(self) -> int:
        """That of the hardest task, from 1 to 5."""
        return max(task.difficulty for task in self.tasks)

    @property
    def minutes(self) -> int:
        """Those of all tasks together, to the next five."""
        return -(-sum(task.minutes for task in self.tasks) // 5) * 5

    def task(self, name: str) -> Task:
        """The task of this name. Raises ValueError that lists the names there are."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise ValueError(f"{self.name} has no task {name!r}; it has {', '.join(task.name for task in self.tasks)}")

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The master notebook, as the dictionary that its JSON is."""
        notebook: dict[str, Any] = json.loads((MASTERS / f"{self.name}.ipynb").read_text(encoding="utf-8"))
        return notebook

    def cell(self, task: Task) -> str:
        """The master's cell that holds this task's solution, markers included. Raises LookupError."""
        for source in self.code_cells:
            if BEGIN in source and defines(source, task.name):
                return source
        raise LookupError(f"{self.name}.ipynb has no solution cell that defines {task.name!r}")

    @cached_property
    def code_cells(self) -> list[str]:
        """The texts of the master's code cells, in order."""
        return ["".join(cell["source"]) for cell in self.notebook["cells"] if cell["cell_type"] == "code"]

    @cached_property
    def reference(self) -> dict[str, Any]:
        """{name: what the master's code cells define}, all run in order in one namespace."""
        return run("\n\n".join(map(with_solution, self.code_cells)))

    def public_cases(self, task: Task) -> list[Request]:
        """The requests of the notebook's check, in order."""
        return [_request(task, case, i) for i, case in enumerate(task.public)]

    def practice_cases(self, task: Task) -> list[Request]:
        """Requests drawn once and for all: check tells mistakes apart by them, and the instructor asks them too.

        So it is not left to a seed whether a wrong answer that errs on some inputs is caught.
        """
        rng = random.Random(f"{self.name}/{task.name}" + (f"/{self.variant}" if self.variant else ""))
        drawn = [task.draw(rng) for _ in range(PRACTICE)] if task.draw else []
        return [_request(task, case, len(task.public) + i) for i, case in enumerate(drawn)]

    def shown_cases(self, task: Task) -> list[Request]:
        """The requests of check: public cases, then practice cases; the instructor's begin with the same."""
        return [*self.public_cases(task), *self.practice_cases(task)]

    def instructor_cases(self, task: Task, seed: str, student: str = "") -> list[Request]:
        """The requests of the instructor's check: public, practice and edge cases, then cases drawn from the seed.

        The same seed (a text), exercise, task and student give the same cases; without the seed nobody can tell them.
        """
        message = f"{self.name}/{task.name}/{student}".encode()
        rng = random.Random(hmac.new(seed.encode(), message, hashlib.sha256).digest())
        drawn = [task.draw(rng) for _ in range(task.draws)] if task.draw else []
        asked = [*self.shown_cases(task), *task.edges, *drawn]
        untold = [{key: part for key, part in case.items() if key != "about"} for case in asked]
        return [_request(task, case, i) for i, case in enumerate(untold)]

    def expected(self, task: Task, requests: list[Request]) -> list[Json]:
        """What the reference answers to the requests, in order: made here, never where student code runs."""
        answers = [driver.answer(request, self.reference) for request in requests]
        for request, answer in zip(requests, answers, strict=True):
            if "error" in answer:
                raise ValueError(f"the solution of {self.name}/{task.name} fails on {request}: {answer['error']}")
        return [answer["value"] for answer in answers]

    def instructor_expected(self, task: Task, requests: list[Request]) -> list[Json]:
        """The same for all of instructor_cases; what every student is asked is answered once and for all."""
        fixed = len(task.public) + len(task.edges) + (PRACTICE if task.draw else 0)
        if task.name not in self._fixed:
            self._fixed[task.name] = self.expected(task, requests[:fixed])
        return [*self._fixed[task.name], *self.expected(task, requests[fixed:])]

    @cached_property
    def _fixed(self) -> dict[str, list[Json]]:
        return {}

    def mistake_answers(self, task: Task, mistake: Mistake, requests: list[Request]) -> list[Json]:
        """What a known mistake answers to the requests, in order; a case where it raises an error is None."""
        namespace = {**self.reference, task.name: self.mistaken(task, mistake)}
        return [timing.answer(request, namespace, seconds=1).get("value") for request in requests]

    def mistaken(self, task: Task, mistake: Mistake) -> Any:
        """The known mistake as a function, class or value."""
        if mistake.wrong == STUB:
            return run(with_stub(self.cell(task)), self.reference)[task.name]
        if mistake.instead is None:
            return mistake.wrong
        source = with_solution(self.cell(task))
        if source.count(mistake.wrong) != 1:
            raise ValueError(f"{mistake.wrong!r} must occur once in the solution of {task.name}: {mistake.sentence}")
        return run(source.replace(mistake.wrong, mistake.instead), self.reference)[task.name]


def _request(task: Task, case: Case, i: int) -> Request:
    return {**case, "id": i, "name": task.name, "drive": task.drive}


def grade_task(task: Task, expected: list[Json], answers: Answers) -> tuple[int, list[Verdict]]:
    """(points, verdicts) for answers {id: answer} to the instructor's requests: all cases right, or no points.

    All or nothing: a schedule that is wrong on one input is wrong in the next training run. An exercise has several
    tasks, rising in difficulty, and these are its partial credit.
    """
    verdicts = [task.judge(value, answers.get(i, {}).get("value")) for i, value in enumerate(expected)]
    return (task.points if all(verdict.ok for verdict in verdicts) else 0), verdicts


def run(source: str, names: Mapping[str, Any] | tuple[()] = ()) -> dict[str, Any]:
    """The names that a source text leaves behind, run beside the given names."""
    namespace = dict(names) | {"__name__": "solution"}
    exec(compile(source, "<solution>", "exec"), namespace)
    return namespace


def with_solution(source: str) -> str:
    r"""The cell's text with the solution, without markers.

    >>> print(with_solution("def twice(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"))
    def twice(x):
        return 2 * x
    <BLANKLINE>
    """
    return _REGION.sub(lambda found: found["solution"], source)


def with_stub(source: str) -> str:
    r"""The cell's text as the student gets it: the stub's lines (written as comments) in place of the solution.

    Without a stub of its own a solution is replaced by a line that says what to write.

    >>> print(with_stub("def twice(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"))
    def twice(x):
        raise NotImplementedError("write twice")
    <BLANKLINE>
    """

    def stub(found: re.Match[str]) -> str:
        if found["stub"] is not None:
            return re.sub(r"^ *#$|^( *)# ", r"\1", found["stub"], flags=re.MULTILINE)
        name = re.findall(r"^(?:def|class) (\w+)", source[: found.start()], re.MULTILINE)[-1]
        return f'{found["indent"]}raise NotImplementedError("write {name}")\n'

    return _REGION.sub(stub, source)


def defines(source: str, name: str) -> bool:
    """Whether the cell's text defines the name at its top level."""
    return re.search(rf"^(def|class) {name}\b|^{name} *=", source, re.MULTILINE) is not None


def names() -> list[str]:
    """The names of all exercises, in order."""
    return sorted(path.stem for path in MASTERS.glob("[0-9]*.py"))


@cache
def load(name: str) -> Exercise:
    """The exercise of this name. Raises ValueError that lists the names there are."""
    choice("exercise", name, names())
    spec: Any = spec_from_file_location(f"exercise_{name}", MASTERS / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    exercise: Exercise = module.exercise
    return replace(exercise, name=name)


def _asked_by(exercise: Exercise) -> list[Task | Quiz]:
    return [*exercise.tasks, *exercise.quizzes]


@cache
def home(task: str) -> Exercise:
    """The exercise that has a task or quiz of this name. Raises ValueError that lists the names there are."""
    for name in names():
        text = (MASTERS / f"{name}.py").read_text(encoding="utf-8")
        if re.search(rf"""["']{re.escape(task)}["']""", text):
            exercise = load(name)
            if task in {one.name for one in _asked_by(exercise)}:
                return exercise
    known = [one.name for name in names() for one in _asked_by(load(name))]
    raise ValueError(f"no exercise asks for {task!r}; the names are {', '.join(known)}")
