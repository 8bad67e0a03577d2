"""What marking one submission gives: made by `marking`, kept by the gradebook as JSON, read by pages and tables."""

from dataclasses import dataclass
from functools import cache
from typing import get_type_hints

# The statuses of what could not be graded, an Unreadable.
UNREADABLE = ("no notebook", "not a notebook", "other kernel", "empty", "too large", "wrong encoding")


class Subscriptable:
    """A result's parts may be read as result.score or as result["score"]."""

    def __getitem__(self, name):
        return getattr(self, name)


@dataclass(frozen=True)
class Fault(Subscriptable):
    """An error in student code: texts of bounded length, "" where there is none."""

    type: str
    message: str
    traceback: str


@dataclass(frozen=True)
class CellFault(Fault):
    """What stopped a code cell, counted from 0."""

    cell: int


@dataclass(frozen=True)
class Drawn(Subscriptable):
    """A student's curve and the expected one: lines is {name: [[x, y], ...]}, y None where it is no number."""

    lines: dict
    x: str
    y: str


@dataclass(frozen=True)
class TaskResult(Subscriptable):
    """One task: its score; of each public case whether it is right; how many of all cases are; what may be shown.

    input, difference, error and curves are those of one public case, the first that is wrong; mistake is the sentence
    of the known mistake that the answers fit.
    """

    name: str
    score: float
    points: float
    public: list
    right: int
    cases: int
    input: str
    mistake: str = ""
    difference: str = ""
    error: Fault | None = None
    answered: bool = False
    curves: Drawn | None = None


@dataclass(frozen=True)
class Report(Subscriptable):
    """What stands behind a score: a sentence to the student, tasks, cells that failed, the log for the instructor."""

    sentence: str = ""
    tasks: tuple = ()
    cells: tuple = ()
    log: str = ""

    @classmethod
    def read(cls, kept):
        """The report of which `json.dumps(report, default=vars)` is kept. Raises KeyError or TypeError for all else."""
        tasks = tuple(_task_result(**task) for task in kept["tasks"])
        cells = tuple(_typed(CellFault(**cell)) for cell in kept["cells"])
        return _typed(cls(kept["sentence"], tasks, cells, kept["log"]))


def _task_result(*, error, curves, **rest):
    error = None if error is None else _typed(Fault(**error))
    curves = None if curves is None else _typed(Drawn(**curves))
    for line in curves.lines.values() if curves else ():
        for x, y in line:
            if not (_is_number(x) and (y is None or _is_number(y))):
                raise TypeError(f"a curve must hold numbers, not {(x, y)!r}")
    task = _typed(TaskResult(**rest, error=error, curves=curves))
    if not all(isinstance(one, bool) for one in task.public):
        raise TypeError(f"public must hold what is right, not {task.public!r}")
    return task


_kinds = cache(get_type_hints)


def _typed(part):
    """The part of a report as it is. Raises TypeError where a value is of another type than its field's."""
    for name, kind in _kinds(type(part)).items():
        value = getattr(part, name)
        if not (_is_number(value) if kind is float else isinstance(value, kind)):
            raise TypeError(f"{name} must be {kind}, not {value!r}")
    return part


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Result(Subscriptable):
    """The mark of a submission: status, score (None: not graded, through no fault of the student), report.

    What is in the report can be read here too: result.tasks, result["sentence"].
    """

    status: str
    score: float | None
    report: Report = Report()

    def __getattr__(self, name):
        if name in Report.__dataclass_fields__:
            return getattr(self.report, name)
        raise AttributeError(name)
