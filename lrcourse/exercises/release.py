"""Makes what students have of an exercise from its master, notebook and data: `python3 -m lrcourse release`."""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lrcourse.exercises import sheets, writing_sheets
from lrcourse.exercises.exercise import BEGIN, MASTERS, Exercise, Task, defines, load, names, with_stub

Cell = dict[str, Any]  # of a notebook, or the notebook itself: what its JSON is

IMPORT = "from lrcourse.exercises import check, hint, progress, solution"


def main(argv: Sequence[str] | None) -> int:
    """Write the student notebooks; the exit status."""
    parser = argparse.ArgumentParser(prog="lrcourse release", description=__doc__.partition(":")[0] + ".")
    parser.add_argument("exercise", nargs="*", help="names such as 02_step_decay (all, if none is given)")
    parser.add_argument("--out", type=Path, default=MASTERS.parent, help="the folder to write to (exercises/)")
    parser.add_argument(
        "--solutions", action="store_true", help="keep the solutions between their markers: nbgrader's source version"
    )
    options = parser.parse_args(argv)
    if options.solutions and options.out.resolve() == MASTERS.parent:
        parser.error("--solutions needs --out FOLDER: notebooks with solutions do not belong among the students'")
    try:
        for name in options.exercise or names():
            write(name, options.out, options.solutions)
            if options.out.resolve() == MASTERS.parent:
                write_data(name)
    except (ValueError, LookupError, OSError) as error:
        print(f"lrcourse release: {error}", file=sys.stderr)
        return 1
    return 0


def write_data(name: str) -> None:
    """Write one exercise's data file into the package. Raises ValueError for an unknown name."""
    sheets.FOLDER.mkdir(exist_ok=True)
    (sheets.FOLDER / f"{name}.json").write_text(writing_sheets.data_text(load(name)), encoding="utf-8")


def write(name: str, folder: Path, solutions: bool = False) -> Path:
    """Write one exercise's notebook into the folder; returns its path. Raises ValueError for an unknown name."""
    text = notebook_text(load(name), solutions)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    path.write_text(text, encoding="utf-8")
    print(f"{path.name} written to {folder}")
    return path


def notebook_text(exercise: Exercise, solutions: bool = False, hints: int = 3) -> str:
    """The student's notebook as the text of its file: the same master always gives the same text."""
    notebook = student_notebook(exercise, solutions, hints)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def student_notebook(exercise: Exercise, solutions: bool = False, hints: int = 3) -> Cell:
    """The master without solutions, with each task's points, check and first hints, and the quiz at the end."""
    cells: list[Cell] = []
    for cell in exercise.notebook["cells"]:
        source = "".join(cell["source"])
        tasks = [task for task in exercise.tasks if cell["cell_type"] == "code" and BEGIN in source]
        tasks = [task for task in tasks if defines(source, task.name)]
        if not cells:
            source += "\n\n" + _facts(exercise)
        if not tasks:
            cells.append(_cell(cell["cell_type"], source, f"given-{len(cells)}"))
            if len(cells) == 1:
                cells.append(_cell("code", IMPORT, "import"))
            continue
        name = tasks[0].name
        cells.append(_graded(source if solutions else with_stub(source), name, solution=True))
        for task in tasks:
            cells.append(_graded(f'check("{task.name}", {task.name})', f"check_{task.name}", points=task.points))
            cells.append(_cell("markdown", _facts_of_task(task, hints), f"hints-{task.name}"))
    if exercise.quizzes:
        cells.append(
            _cell("markdown", "## Quiz\n\nPut a letter in place of the question mark and run the cell.", "quiz")
        )
    for quiz in exercise.quizzes:
        choices = "\n".join(f"- **{letter}** {choice}" for letter, (choice, _) in quiz.choices.items())
        cells.append(_cell("markdown", f"{quiz.question}\n\n{choices}", f"{quiz.name}-question"))
        cells.append(_cell("code", f'check("{quiz.name}", "?")', quiz.name))
    cells.append(_cell("markdown", _ending(), "ending"))
    cells.append(_cell("code", "progress()", "progress"))
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "lrcourse": {"exercise": exercise.name} | ({"variant": exercise.variant} if exercise.variant else {}),
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


STUCK = 'Stuck? Run `hint("{name}")` in a cell of your own. Each call shows one hint more.'


def _facts(exercise: Exercise) -> str:
    """The line under the title."""
    return (
        f"*{len(exercise.tasks)} tasks, the hardest of difficulty {exercise.difficulty} of 5. About {exercise.minutes} "
        f"minutes. {exercise.points} points. "
        f"Belongs to [lesson {exercise.lesson[:2]}](../notebooks/{exercise.lesson}.ipynb).* "
        "Write plain Python or NumPy: the grader has no torch."
    )


def _facts_of_task(task: Task, hints: int) -> str:
    """What stands under a task's check. Its hints come one at a time, by hint(), which counts them for progress()."""
    points = "1 point" if task.points == 1 else f"{task.points} points"
    facts = f"Difficulty {task.difficulty} of 5, importance {task.importance} of 5, about {task.minutes} minutes. "
    shown = f"*{facts}{points}, given when every input of the instructor's comes out right.*"
    return shown + (f"\n\n{STUCK.format(name=task.name)}" if min(hints, len(task.hints)) else "")


def _ending() -> str:
    return "## Done?\n\nSave the notebook; it is what you hand in. Here is where you stand:"


def _cell(kind: str, source: str, identity: str, **metadata: Any) -> Cell:
    cell: Cell = {"cell_type": kind, "id": identity.replace("_", "-")[:64], "metadata": metadata}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}


def _graded(source: str, name: str, *, solution: bool = False, points: int | None = None) -> Cell:
    """A code cell with nbgrader's metadata: a solution cell, or with points a test cell that students cannot edit."""
    source = source.rstrip("\n")
    nbgrader: Cell = {"schema_version": 3, "grade_id": name, "cell_type": "code", "task": False}
    nbgrader |= {"solution": solution, "grade": not solution, "locked": not solution}
    if not solution:
        nbgrader["points"] = points
    nbgrader["checksum"] = checksum(source, nbgrader)
    return _cell("code", source, name, nbgrader=nbgrader)


def checksum(source: str, nbgrader: Cell) -> str:
    """nbgrader's checksum of a cell: it notices by this that a student changed what was not to be changed."""
    parts = [source, nbgrader["cell_type"], *(str(nbgrader[key]) for key in ("grade", "solution", "locked"))]
    parts += [nbgrader["grade_id"], *([str(float(nbgrader["points"]))] if nbgrader["grade"] else [])]
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
