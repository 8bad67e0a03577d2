"""The student notebooks: made from the masters, nothing of the solutions left in them, accepted by nbgrader."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import platformdirs
import pytest

from lrcourse.exercises import release
from lrcourse.exercises.exercise import BEGIN, END, MASTERS, STUB, load, names

KEYS = {"schema_version", "grade_id", "cell_type", "task", "solution", "grade", "locked", "points", "checksum"}
each = pytest.mark.parametrize("name", names())


def sources(notebook, kind="code"):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


@each
def test_the_committed_notebook_is_what_the_command_makes(name):
    committed = (MASTERS.parent / f"{name}.ipynb").read_text(encoding="utf-8")
    assert committed == release.notebook_text(load(name)), f"run: python3 -m lrcourse release {name}"


@each
def test_no_solution_is_left(name):
    exercise = load(name)
    text = "\n".join(sources(release.student_notebook(exercise)))
    assert "SOLUTION" not in text
    for cell in exercise.code_cells:
        for region in re.findall(rf"{BEGIN}\n(.*?)(?:{STUB}|{END})", cell, re.DOTALL):
            assert region.strip() not in text


@each
def test_the_student_s_notebook_is_well_formed(name):
    exercise = load(name)
    notebook = release.student_notebook(exercise)
    nbformat.validate(nbformat.from_dict(notebook))
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    graded = [cell["metadata"]["nbgrader"] for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    assert all(keys.keys() <= KEYS for keys in graded)
    assert sum(keys.get("points", 0) for keys in graded) == exercise.points
    assert len({keys["grade_id"] for keys in graded}) == len(graded)
    prose = "\n".join(sources(notebook, "markdown"))
    assert all(prose.count(f'`hint("{task.name}")`') == 1 for task in exercise.tasks)
    assert not any(hint in prose for task in exercise.tasks for hint in task.hints), "hint() shows it, and counts it"
    assert f"[lesson {exercise.lesson[:2]}](../notebooks/{exercise.lesson}.ipynb)" in prose


@each
def test_prose_stays_short_and_plain(name):
    notebook = release.student_notebook(load(name))
    prose = " ".join(sources(notebook, "markdown"))
    assert len(prose.split()) < 1800
    assert re.findall(r"\b(?:simply|just|obviously|easy|trivial)\b|—", prose) == []
    assert [line for line in "\n".join(sources(notebook)).splitlines() if len(line) > 120] == []


def test_the_command_writes_and_refuses(tmp_path, capsys):
    assert release.main(["02_step_decay", "--out", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "02_step_decay.ipynb").exists()
    assert release.main(["99_nothing", "--out", str(tmp_path)]) == 1
    assert "02_step_decay" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert release.main(["02_step_decay", "--out", str(tmp_path / "file")]) == 1
    with pytest.raises(SystemExit):
        release.main(["--solutions"])


@pytest.fixture(scope="module")
def nbgrader():
    """Runs a command of nbgrader's own environment; made once, in the user's cache folder."""
    folder = Path(platformdirs.user_cache_dir("lrcourse", appauthor=False)) / "nbgrader"
    ready = folder / "ready"
    if not ready.exists():
        uv = [sys.executable, "-m", "uv"]
        install = ["pip", "install", "-q", "--compile-bytecode", "--python", str(folder), "nbgrader"]
        for step in (["venv", "-q", "--clear", str(folder)], install):  # --python: never into the course's own
            made = subprocess.run([*uv, *step], capture_output=True, text=True, timeout=600)
            if made.returncode:
                reason = f"nbgrader could not be installed: {made.stderr.strip()[-300:]}"
                if "nbgrader" in os.environ.get("LRCOURSE_REQUIRE", ""):
                    pytest.fail(reason)
                pytest.skip(reason)
        ready.touch()

    def run(command, cwd, **environment):
        path = f"{folder / 'bin'}{os.pathsep}{folder / 'Scripts'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "JUPYTER_PLATFORM_DIRS": "1", **environment}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)

    return run


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A folder for JUPYTER_PATH whose kernel is the course's Python: nbgrader's own knows no lrcourse."""
    folder = tmp_path_factory.mktemp("jupyter")
    spec = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3"}
    (folder / "kernels" / "python3").mkdir(parents=True)
    (folder / "kernels" / "python3" / "kernel.json").write_text(json.dumps({**spec, "language": "python"}))
    return str(folder)


def test_nbgrader_makes_an_assignment_of_it(nbgrader, tmp_path):
    for name in names():
        release.write(name, tmp_path / "source" / name, solutions=True)
    done = nbgrader(["nbgrader", "generate_assignment", "--no-db", "--assignment=02_step_decay"], tmp_path)
    made = tmp_path / "release" / "02_step_decay" / "02_step_decay.ipynb"
    assert made.exists(), done.stdout + done.stderr
    notebook = json.loads(made.read_text())
    ours = release.student_notebook(load("02_step_decay"))
    assert "SOLUTION" not in "".join(sources(notebook))
    assert [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]] == [
        cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in ours["cells"]
    ]


def test_nbgrader_finds_our_checksums_right(nbgrader, tmp_path):
    for name in names():
        release.write(name, tmp_path)
    script = (
        "import glob, nbformat; from nbgrader.utils import compute_checksum\n"
        "cells = [c for f in glob.glob('*.ipynb') for c in nbformat.read(f, 4).cells if 'nbgrader' in c.metadata]\n"
        "print(len(cells), sum(compute_checksum(c) != c.metadata.nbgrader.checksum for c in cells))"
    )
    count, wrong = nbgrader(["python", "-c", script], tmp_path).stdout.split()
    assert int(count) >= 6 * len(names())
    assert wrong == "0"


def test_nbgrader_validates_the_solved_notebook_and_not_the_empty_one(nbgrader, kernel, tmp_path):
    release.write("02_step_decay", tmp_path / "empty")
    release.write("02_step_decay", tmp_path / "solved", solutions=True)
    command = ["nbgrader", "validate", "empty/02_step_decay.ipynb", "solved/02_step_decay.ipynb"]
    done = nbgrader(command, tmp_path, JUPYTER_PATH=kernel, XDG_DATA_HOME=str(tmp_path))
    said = done.stdout + done.stderr
    assert said.count("VALIDATION FAILED ON 5 CELL(S)") == 1, said
    assert said.count("Success! Your notebook passes all the tests.") == 1, said
