"""`python3 -m lrcourse handout`: the folder that a lecturer gives out. No master is in it, and no solution.

It holds the students' notebooks and, beside them, the few modules and the data files that check, hint and progress
need: standard library only, so that Python and Jupyter are all that a student installs.
"""

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from lrcourse.arguments import choice
from lrcourse.exercises import sheets, variants
from lrcourse.exercises.exercise import MASTERS, Exercise, names
from lrcourse.exercises.release import notebook_text
from lrcourse.exercises.writing_sheets import data_text

PACKAGE = sheets.FOLDER.parents[1]
LESSONS = MASTERS.parents[1] / "notebooks"
MODULES = (
    *("__init__", "arguments", "scene", "exercises/__init__", "exercises/checking", "exercises/diagnose"),
    *("exercises/driver", "exercises/examining", "exercises/explain", "exercises/history", "exercises/judge"),
    *("exercises/learner", "exercises/illustrating", "exercises/places", "exercises/scoring", "exercises/seals"),
    *("exercises/sheets", "exercises/signs", "exercises/sketches", "exercises/standing", "exercises/timing"),
    "exercises/wire",
)


def main(argv: Sequence[str] | None) -> int:
    """Write a hand-out; the exit status."""
    options = _parser().parse_args(argv)
    try:
        secret = variants.read_secret(options.variant_seed) if options.variant_seed else ""
        chosen = _chosen(options.exercise, options.until)
        lessons = _lessons(options.until) if options.until else []
        made = write(options.out, [variants.load(name, secret) for name in chosen], options.hints, lessons)
    except (ValueError, LookupError, OSError) as error:
        print(f"lrcourse handout: {error}", file=sys.stderr)
        return 1
    print(f"{len(made)} {'exercise' if len(made) == 1 else 'exercises'} written to {options.out}: {', '.join(made)}.")
    print("It holds no solution.")
    if secret:
        print(f"Variants: {', '.join(f'{name} {variants.load(name, secret).variant}' for name in made)}")
        print(f"Keep {options.variant_seed}: grade what comes back with --variant-seed {options.variant_seed}")
    print("A link for a JupyterHub with nbgitpuller, once this folder is a git repository (--hub, --git):\n")
    print(f"    {link(options.hub, options.git, options.branch, made[0])}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m lrcourse handout", description="Write the folder that students get: no solution is in it."
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder that does not exist yet, or is empty")
    parser.add_argument("exercise", nargs="*", help="names such as 02_step_decay (all, if none is given)")
    parser.add_argument(
        "--variant-seed", type=Path, metavar="FILE", help="a file with a secret, from which the tasks are drawn"
    )
    parser.add_argument("--hints", type=int, choices=range(4), default=3, help="how many hints a task has (3)")
    parser.add_argument(
        "--until", metavar="LESSON", help="with the lessons up to this one, such as 05, and their exercises"
    )
    parser.add_argument("--hub", default="https://HUB", metavar="URL", help="your JupyterHub, for nbgitpuller's link")
    parser.add_argument("--git", default="https://GIT/REPOSITORY", metavar="URL", help="where you will put the folder")
    parser.add_argument("--branch", default="main", help="of that git repository (main)")
    return parser


def _chosen(asked: Sequence[str], until: str | None) -> list[str]:
    """The exercises asked for; those of the lessons up to `until`, or all, where none is named."""
    for name in asked:
        choice("exercise", name, names())
    last = _number(until) if until else "99"
    chosen = list(dict.fromkeys(asked)) or [name for name in names() if name[:2] <= last]
    if not chosen:
        raise ValueError(f"no exercise belongs to the lessons up to {until!r}; the first is {names()[0]}")
    return chosen


def _number(lesson: str) -> str:
    known = [path.stem for path in sorted(LESSONS.glob("[0-9]*.ipynb"))]
    found = [name[:2] for name in known if lesson in (name, name[:2], name[:2].lstrip("0"))]
    if not found:
        choice("until", lesson, known)
    return found[0]


def _lessons(until: str) -> list[Path]:
    return [path for path in sorted(LESSONS.glob("[0-9]*.ipynb")) if path.name[:2] <= _number(until)]


def write(out: Path, exercises: Sequence[Exercise], hints: int = 3, lessons: Sequence[Path] = ()) -> list[str]:
    """Write a hand-out into a folder that is new or empty; the names of its exercises.

    hints: how many of each task's three. Either all of it is written or nothing. Raises ValueError for a folder that
    has something in it, OSError where it cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"OUT must be a folder that does not exist yet or is empty; {str(out)!r} has something in it")
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".handout-") as made:
        folder = Path(made) / "new"
        _fill(folder, exercises, hints, lessons)
        if out.exists():
            out.rmdir()
        folder.rename(out)
    return [exercise.name for exercise in exercises]


def _fill(folder: Path, exercises: Sequence[Exercise], hints: int, lessons: Sequence[Path]) -> None:
    home = folder / "exercises"
    package = home / PACKAGE.name
    for module in MODULES:
        _copy(PACKAGE / f"{module}.py", package / f"{module}.py")
    data = package / "exercises" / "data"
    data.mkdir()
    for exercise in exercises:
        text = notebook_text(exercise, hints=hints)
        if exercise.lesson not in [path.stem for path in lessons]:
            text = re.sub(r"\[(lesson \d+)\]\(\.\./notebooks/[^)]*\)", r"\1", text)
        (home / f"{exercise.name}.ipynb").write_text(text, encoding="utf-8")
        (data / f"{exercise.name}.json").write_text(data_text(exercise, hints), encoding="utf-8")
    for path in lessons:
        _copy(path, folder / "notebooks" / path.name)
    _copy(MASTERS.parents[1] / "LICENSE", folder / "LICENSE")
    (folder / "README.md").write_text(_readme(exercises, lessons), encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _readme(exercises: Sequence[Exercise], lessons: Sequence[Path]) -> str:
    listed = "\n".join(
        f"- [{one.title}](exercises/{one.name}.ipynb): {one.points} points, about {one.minutes} minutes"
        for one in exercises
    )
    reading = (
        "\nThe lessons are in `notebooks/`, with all their pictures. To run them too, you need the whole course.\n"
        if lessons
        else ""
    )
    return f"""# Exercises

{listed}

You need Python 3.11 or newer. In this folder:

    python3 -m pip install jupyterlab
    python3 -m jupyterlab exercises/{exercises[0].name}.ipynb

Write your answer into each task's cell, run it, then run the cell with `check(...)` below it: it says what comes out
right, where the first difference is, and what it looks like. `hint("...")` helps you on. Hand in the notebook file.
When it is graded, one answer may take about 3 seconds of computing.
{reading}
Leave the folder `exercises/lrcourse` where it is: it holds what `check` needs. There is no solution in it.
"""


def link(hub: str, git: str, branch: str, exercise: str) -> str:
    """nbgitpuller's link, which brings a git repository into a student's hub and opens a notebook of it.

    >>> link("https://hub.example.org", "https://example.org/lr/week-2", "main", "02_step_decay").partition("?")[0]
    'https://hub.example.org/hub/user-redirect/git-pull'
    """
    git = git.rstrip("/")
    place = git.removesuffix(".git").rpartition("/")[2]  # told too: left to itself, the hub keeps ".git" in the name
    told = {"repo": git, "branch": branch, "targetpath": place}
    told |= {"urlpath": f"lab/tree/{place}/exercises/{exercise}.ipynb"}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in told.items())
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{query}"
