"""A course's own variant of an exercise, drawn from a secret: published solutions and last year's do not fit it.

Three things differ. A task that comes in several versions takes one of those that are not published. Names of arguments
are drawn where the exercise lists others (Exercise.names). And a version may draw constants for its text and its cases.

**To add a version**, write it into `exercises/masters/versions/NAME.py`, beside others of its exercise:

    def versions(draw):
        first = draw("first LR", 0.2, 0.4, 0.8)      # one of the three, by the secret
        yield Version(
            task=Task("ten_lrs", points=1, ...),     # name and points of the published task; all else may differ
            text=f"## Task 5: predict\n\nA run starts at LR {first} ...",
            cell=f"### BEGIN SOLUTION\nten_lrs = [...]\n### BEGIN STUB\n# ten_lrs = None\n### END SOLUTION",
            quizzes=(),                              # those of the exercise's quizzes that must read otherwise
        )

A task wants at least two of them, since the published version is never drawn. Each asks for something else (another
convention, steps that count from 1, another bug), so that the published solution fails it on every seed, and each
stands for itself: text, hints, mistakes, cases. An exercise wants so many that they carry half of its points. The tests
in `tests/exercises/test_variants.py` then prove of 20 secrets what is proved of the published exercise. Read the
notebook that `python3 -m lrcourse handout OUT NAME --variant-seed FILE` writes: it must read as well as the first.
"""

import hashlib
import hmac
import random
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, wraps
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from lrcourse.exercises import exercise as masters
from lrcourse.exercises.exercise import BEGIN, Case, Exercise, Mistake, Quiz, Task, defines

Draw = Callable[..., Any]
Names = dict[str, str]  # the name in the master: the name drawn


@dataclass(frozen=True)
class Version:
    """Another version of a task: the task, its text and its cell (as the master's, markers included), its quizzes."""

    task: Task
    text: str
    cell: str
    quizzes: tuple[Quiz, ...] = ()


def read_secret(path: Path) -> str:
    """The secret in a file. Raises ValueError where it is missing or too short to be one."""
    advice = (
        f'Make one and keep it: python3 -c "import secrets; print(secrets.token_hex(16))" > {shlex.quote(str(path))}'
    )
    if not path.is_file():
        raise ValueError(f"there is no seed file {str(path)!r}. {advice}")
    secret = path.read_text(encoding="utf-8").strip()
    if len(secret) < 8:
        raise ValueError(f"the seed in {str(path)!r} has {len(secret)} characters, too few to be a secret. {advice}")
    return secret


@cache
def load(name: str, secret: str = "") -> Exercise:
    """The exercise of this name, in the variant of the secret. Raises ValueError that lists the names there are."""
    exercise = masters.load(name)
    return with_versions(exercise, _chosen(exercise, secret), secret) if secret else exercise


def with_versions(exercise: Exercise, chosen: dict[str, Version], secret: str) -> Exercise:
    """The exercise with these versions {task: version} of its tasks, its names and practice drawn from the secret."""
    drawn = _drawn_names(exercise, secret)
    tasks = [chosen[task.name].task if task.name in chosen else task for task in exercise.tasks]
    quizzes = {quiz.name: quiz for quiz in exercise.quizzes}
    quizzes |= {quiz.name: quiz for version in chosen.values() for quiz in version.quizzes}
    made = replace(
        exercise,
        tasks=tuple(_renamed(task, drawn) for task in tasks),
        quizzes=tuple(quizzes.values()),
        variant=_from(secret, f"variant of {exercise.name}").hex()[:8],
    )
    vars(made)["notebook"] = _notebook(exercise, chosen, drawn)
    return made


def digest(name: str, secret: str) -> bytes:
    """What a variant's meaning hangs on: nothing without a secret; else the secret and the file of the versions."""
    if not secret:
        return b""
    path = versions_file(name)
    return hashlib.sha256(secret.encode() + (path.read_bytes() if path.exists() else b"")).digest()


def versions_file(name: str) -> Path:
    """Where the versions of an exercise's tasks are."""
    return masters.MASTERS / "versions" / f"{name}.py"


def all_versions(name: str, draw: Draw) -> dict[str, list[Version]]:
    """{task: its versions beside the published one}, their constants drawn by draw(what, *choices)."""
    path, found = versions_file(name), dict[str, list[Version]]()
    if path.exists():
        spec: Any = spec_from_file_location(f"versions_{name}", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        for version in module.versions(draw):
            found.setdefault(version.task.name, []).append(version)
    return found


def _from(secret: str, what: str) -> bytes:
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).digest()


def _chosen(exercise: Exercise, secret: str) -> dict[str, Version]:
    def draw(what: str, *choices: Any) -> Any:
        return random.Random(_from(secret, f"{exercise.name}: {what}")).choice(choices)

    found = all_versions(exercise.name, draw)
    return {task: draw(f"version of {task}", *versions) for task, versions in found.items()}


def _drawn_names(exercise: Exercise, secret: str) -> Names:
    """Another name for each that the exercise lists; always another, so that a published solution does not fit."""
    rng = random.Random(_from(secret, f"names of {exercise.name}"))
    return {name: rng.choice(others) for name, others in exercise.names.items()}


def _notebook(exercise: Exercise, chosen: dict[str, Version], drawn: Names) -> dict[str, Any]:
    """The master's notebook with the chosen versions' texts and cells, and the names drawn."""
    cells: list[dict[str, Any]] = []
    for cell in exercise.notebook["cells"]:
        source = "".join(cell["source"])
        version = next((one for task, one in chosen.items() if BEGIN in source and defines(source, task)), None)
        if version and cell["cell_type"] == "code":
            text = _rename(version.text.strip(), drawn)
            cells[-1] = {**cells[-1], "source": text}  # the text stands right before its cell
            source = version.cell
        cells.append({**cell, "source": _rename(source, drawn)})
    return {**exercise.notebook, "cells": cells}


def _rename(text: str, drawn: Names) -> str:
    """The text with other names, as whole words."""
    return re.sub(r"\b\w+\b", lambda word: drawn.get(word[0], word[0]), text) if drawn else text


def _renamed(task: Task, drawn: Names) -> Task:
    """The task with other names in its words and cases; what its author wrote as a function keeps its own."""
    if not drawn:
        return task
    draw = task.draw
    return replace(
        task,
        public=tuple(_renamed_case(case, drawn) for case in task.public),
        edges=tuple(_renamed_case(case, drawn) for case in task.edges),
        draw=draw and (lambda rng: _renamed_case(draw(rng), drawn)),
        hints=tuple(_rename(hint, drawn) for hint in task.hints),
        takeaway=_rename(task.takeaway, drawn),
        mistakes=tuple(_renamed_mistake(mistake, drawn) for mistake in task.mistakes),
        also_right=tuple(_called_by_own_names(thing, drawn) for thing in task.also_right),
        survivors={_rename(start, drawn): why for start, why in task.survivors.items()},
    )


def _renamed_case(case: Case, drawn: Names) -> Case:
    args = {drawn.get(name, name): value for name, value in case.get("args", {}).items()}
    other = {**case, "args": args}
    return {**other, "subject": _rename(case["subject"], drawn)} if "subject" in case else other


def _renamed_mistake(mistake: Mistake, drawn: Names) -> Mistake:
    sentence = _rename(mistake.sentence, drawn)
    if mistake.instead is None:
        return replace(mistake, sentence=sentence, wrong=_called_by_own_names(mistake.wrong, drawn))
    return Mistake(sentence, _rename(mistake.wrong, drawn), _rename(mistake.instead, drawn))


def _called_by_own_names(thing: Any, drawn: Names) -> Any:
    """A function or class that takes the drawn names as well."""
    own = {other: name for name, other in drawn.items()}

    def given(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        return ((own.get(name, name), value) for name, value in names.items())

    if isinstance(thing, type):

        class Renamed(thing):  # type: ignore[misc]
            def __init__(self, *args: Any, **names: Any) -> None:
                super().__init__(*args, **dict(given(names)))

        return Renamed
    if not callable(thing):
        return thing

    @wraps(thing)
    def renamed(*args: Any, **names: Any) -> Any:
        return thing(*args, **dict(given(names)))

    return renamed
