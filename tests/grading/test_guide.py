"""The instructor's guide: the exercise that it adds is real, from hand-out to feedback page."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from lrcourse.exercises import exercise as exercises
from lrcourse.exercises import handout, release, variants
from lrcourse.grading import demo_class, grade

GUIDE = exercises.MASTERS.parent / "README.md"
NAME = "20_halving"


def test_the_exercise_of_the_guide_can_be_released_solved_and_graded(bubblewrap, tmp_path, monkeypatch):
    solution, checks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    masters = shutil.copytree(exercises.MASTERS, tmp_path / "masters", ignore=shutil.ignore_patterns("__pycache__"))
    title = {"cell_type": "markdown", "metadata": {}, "source": "# Halving"}
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": solution}
    (masters / f"{NAME}.ipynb").write_text(json.dumps({"cells": [title, cell], "metadata": {}, "nbformat": 4}))
    (masters / f"{NAME}.py").write_text(checks)
    monkeypatch.setattr(exercises, "MASTERS", masters)
    exercise = exercises.load(NAME)
    task, mistake = demo_class.text_mistakes(exercise)[0]
    handed_in = {"ada": demo_class.solved(exercise), "ben": release.student_notebook(exercise)}
    handed_in["cleo"] = demo_class.with_mistake(exercise, task, mistake)
    for student, notebook in handed_in.items():
        place = tmp_path / "class" / student / f"{NAME}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(notebook))
    (tmp_path / "seed.txt").write_text("a secret of the test")
    arguments = [str(tmp_path / "class"), "--exercise", NAME, "--seed-file", str(tmp_path / "seed.txt")]
    assert grade.main([*arguments, "--out", str(tmp_path / "results"), "--workers", "1"]) == grade.ALL_FINE
    table = (tmp_path / "results" / "grades.csv").read_text()
    assert "ada,ada,,20_halving,2,2" in table and "ben,ben,,20_halving,0,2" in table
    assert mistake.sentence in (tmp_path / "results" / "feedback" / "cleo.html").read_text()


def commands(title="Grade"):
    """The lines of a section of the guide that a reader types, in order."""
    section = GUIDE.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    return re.findall(r"^    (python3 .*)", section, re.MULTILINE)


DOWNLOADS = {
    "canvas": ("{}_{}_9{}_02_step_decay.ipynb", ["belloada", "costa_ben"]),
    "moodle": ("{}_{}_assignsubmission_file/{}.ipynb", ["Ada Bello", "Ben Costa"]),
}


@pytest.mark.parametrize("platform", DOWNLOADS)
def test_who_follows_the_guide_from_an_empty_folder_gets_a_table_for_the_platform(platform, bubblewrap, tmp_path):
    """Each command is typed as it stands there, in a shell; only the Python is this one."""
    place, students = DOWNLOADS[platform]
    solved = json.dumps(demo_class.solved(exercises.load("02_step_decay")))
    with zipfile.ZipFile(tmp_path / "downloads.zip", "w") as archive:
        for i, student in enumerate(students):
            archive.writestr(place.format(student, 101 + i, i), solved)
        archive.writestr("__MACOSX/._x.ipynb", "")
    make_seed, grade_all = commands()
    option = re.search(rf"`(--csv {platform}[^`]*)`", GUIDE.read_text(encoding="utf-8"))[1]
    environment = {**os.environ, "PYTHONPATH": str(GUIDE.parent.parent)}
    for line in (make_seed, grade_all, f"{grade_all} {option}"):
        line = line.replace("python3", sys.executable, 1)
        ran = subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"downloads.zip", "seed.txt", "results"}
    assert {path.name for path in (tmp_path / "results").iterdir()} == {
        "feedback",
        "gradebook.sqlite",
        "grades.csv",
        "summary.html",
    }
    with open(tmp_path / "results" / "grades.csv", encoding="utf-8", newline="") as table:
        lines = list(csv.reader(table))
    if platform == "canvas":
        assert lines[0][5:] == ["Homework 2 (4711)"]
        assert [(line[1], line[5]) for line in lines[2:]] == [("101", "10"), ("102", "10")]
    else:
        assert [line[:3] for line in lines[1:]] == [
            ["Participant 101", "Ada Bello", "10"],
            ["Participant 102", "Ben Costa", "10"],
        ]


def test_who_follows_the_guide_hands_out_a_variant_and_grades_it(bubblewrap, tmp_path):
    """Each command is typed as it stands there, in order, in an empty folder; only the Python is this one."""
    environment = {**os.environ, "PYTHONPATH": str(GUIDE.parent.parent)}

    def typed(line):
        line = line.replace("python3", sys.executable, 1)
        return subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)

    for line in commands("Hand out"):
        assert typed(line).returncode == 0, line
    assert {path.name for path in tmp_path.iterdir()} == {"week2", "variant.txt", "week2variant"}
    notebooks = [next(tmp_path.glob(f"{name}/**/02_step_decay.ipynb")) for name in ("week2", "week2variant")]
    assert notebooks[0].read_text() != notebooks[1].read_text()
    variant = variants.load("02_step_decay", variants.read_secret(tmp_path / "variant.txt"))
    with zipfile.ZipFile(tmp_path / "downloads.zip", "w") as archive:
        archive.writestr("ada_101_9001_02_step_decay.ipynb", json.dumps(demo_class.solved(variant)))
        archive.write(notebooks[1], "ben_102_9002_02_step_decay.ipynb")
    make_seed, grade_all = commands()
    assert typed(make_seed).returncode == 0
    assert "was it handed out with --variant-seed?" in typed(grade_all).stdout
    more = re.search(r"A variant wants `(--variant-seed [^`]*)`", GUIDE.read_text(encoding="utf-8"))[1]
    assert typed(f"{grade_all} {more}").returncode == 0
    with open(tmp_path / "results" / "grades.csv", encoding="utf-8", newline="") as table:
        assert [line["score"] for line in csv.DictReader(table)] == ["10", "0"]


def test_the_guide_is_one_page_and_its_options_exist(capsys):
    text = GUIDE.read_text(encoding="utf-8")
    steps, _, rest = text.partition("## What is protected")
    protected, _, own_exercise = rest.partition("\n## ")
    assert len(steps.split()) + len(own_exercise.split()) < 800 and len(protected.split()) < 500
    known = grade._parser().format_help() + handout._parser().format_help()
    for option in set(re.findall(r"(?<![\w-])--[a-z-]+", text)) - {"--solutions", "--init"}:
        assert option in known, option
