"""The instructor's guide: the exercise that it adds is real, from hand-out to feedback page."""

import json
import re
import shutil

from lrcourse.exercises import exercise as exercises
from lrcourse.exercises import release
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


def test_the_guide_is_one_page_and_its_options_exist(capsys):
    text = GUIDE.read_text(encoding="utf-8")
    steps, _, rest = text.partition("## What is protected")
    protected, _, own_exercise = rest.partition("\n## ")
    assert len(steps.split()) + len(own_exercise.split()) < 800 and len(protected.split()) < 500
    for option in set(re.findall(r"`(--[a-z-]+)", text)) - {"--solutions"}:
        assert option in grade._parser().format_help()
