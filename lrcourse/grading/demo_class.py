"""`python3 -m lrcourse demo-class FOLDER`: a made-up class of 30 to try the grader on.

Honest students, some with one of the exercise's known mistakes, some half done, and a few who hand in what no grader
likes to get. Everything is written from the exercise's own master, so it fits any exercise.
"""

import argparse
import json
import secrets
import sys
from pathlib import Path

from lrcourse.exercises.exercise import defines, load, with_solution
from lrcourse.exercises.release import student_notebook

RIGHT = [
    "Ada Bello",
    "Ben Costa",
    "Chloé Durand",
    "Deepa Iyer",
    "Emil Fuchs",
    "Fatima Haddad",
    "Grace Kim",
    "Hugo Lund",
]
MISTAKEN = ["Kofi Mensah", "Lena Novak", "Mateo Ortiz", "Nadia Petrova", "Oskar Quist", "Priya Rao", "Quinn Silva"]
MISTAKEN += ["Rosa Tanaka", "Samir Usman", "Tess Vogel"]
HALF_DONE = ["Uma Weber", "Viktor Xu", "Wanda Young"]
UNTOUCHED = ["Xavier Zeman"]
MAGICS = """%matplotlib inline
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2], [3, 4])
!ls"""
CLUTTER = """%load_ext autoreload
import torch
from torch import nn
from tqdm.auto import tqdm
torch.manual_seed(0)
class Net(nn.Module):
    def forward(self, x: torch.Tensor | None) -> torch.Tensor:
        return self.layer(x)
for epoch in tqdm(range(3)):
    %time loss = Net()(torch.ones(2)).mean()
    print(f"{epoch}: {loss.item():.3f}")
name = input("Your name? ")
assert name, "nobody types it when the work is graded"
"""
ENDLESS = """while True:
    try:
        while True:
            pass
    except BaseException:
        pass"""
PATCHES = """import builtins, json, math
builtins.abs = lambda x: 0
math.isfinite = json.dumps = lambda *args, **kwargs: 'true'"""
OTHER_STYLE = {"Ines Moreau": MAGICS, "Jun Nakamura": CLUTTER}
STRANGE = {
    "Yara Endless": ENDLESS,
    "Zoe Hungry": "heap = [bytearray(10**8) for _ in range(10**6)]",
    "Abe Quitter": "import os\nos._exit(0)",
    "Bo Patcher": PATCHES,
}
BROKEN = {"Cy Cutoff": b'{"cells": [{"cell_type": "code", "sour', "Di Document": b"%PDF-1.7 not a notebook at all"}


def main(argv):
    """Write the class into a new folder; the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse demo-class", description="Make a class of 30.")
    parser.add_argument("folder", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--exercise", default="02_step_decay", metavar="NAME", help="what they hand in (02_step_decay)")
    options = parser.parse_args(argv)
    try:
        write_class(options.folder, load(options.exercise))
    except (OSError, ValueError) as error:
        print(f"lrcourse demo-class: {error}", file=sys.stderr)
        return 2
    print(f"30 students handed in at {options.folder / 'submissions'}. Grade them:\n")
    print(f"python3 -m lrcourse grade {options.folder / 'submissions'} --exercise {options.exercise} \\")
    print(f"    --seed-file {options.folder / 'seed.txt'} --out {options.folder / 'results'}")
    return 0


def write_class(folder, exercise):
    """Write folder/submissions/STUDENT/EXERCISE.ipynb for everybody and folder/seed.txt. Raises OSError."""
    handed_in = {student: json.dumps(notebook).encode() for student, notebook in everybody(exercise)} | BROKEN
    folder.mkdir(parents=True)
    for student, data in handed_in.items():
        place = folder / "submissions" / student
        place.mkdir(parents=True)
        (place / f"{exercise.name}.ipynb").write_bytes(data)
    (folder / "seed.txt").write_text(secrets.token_hex(16) + "\n", encoding="utf-8")


def everybody(exercise):
    """(student, notebook) for everybody whose notebook is one."""
    for student in RIGHT:
        yield student, solved(exercise)
    for student, clutter in OTHER_STYLE.items():
        yield student, with_cell(solved(exercise), clutter)
    mistakes = text_mistakes(exercise)
    for i, student in enumerate(MISTAKEN):
        task, mistake = mistakes[i % len(mistakes)]
        yield student, with_mistake(exercise, task, mistake)
    for student in HALF_DONE:
        yield student, half_done(exercise)
    for student in UNTOUCHED:
        yield student, student_notebook(exercise)
    for student, cell in STRANGE.items():
        yield student, with_cell(student_notebook(exercise) if student == "Bo Patcher" else solved(exercise), cell)


def text_mistakes(exercise):
    """(task, mistake) for the known mistakes that are a change of the solution's text; from each task in turn."""
    per_task = [[(task, one) for one in task.mistakes if one.instead is not None] for task in exercise.tasks]
    longest = max(map(len, per_task))
    found = [mistakes[i] for i in range(longest) for mistakes in per_task if i < len(mistakes)]
    if not found:
        raise ValueError(f"{exercise.name} has no known mistake that is a change of the solution's text")
    return found


def with_mistake(exercise, task, mistake):
    """The solved notebook with one known mistake in one task."""
    notebook = solved(exercise)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and defines(cell["source"], task.name):
            cell["source"] = cell["source"].replace(mistake.wrong, mistake.instead)
    return notebook


def solved(exercise):
    """The notebook as a student hands it in who got everything right."""
    notebook = student_notebook(exercise, solutions=True)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = with_solution("".join(cell["source"]))
    return notebook


def half_done(exercise):
    """The first half of the tasks solved, the others as they were handed out."""
    done, untouched = solved(exercise)["cells"], student_notebook(exercise)
    half = len(done) // 2
    return {**untouched, "cells": [*done[:half], *untouched["cells"][half:]]}


def with_cell(notebook, source):
    """The notebook with one more code cell, before all others."""
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "extra",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    return {**notebook, "cells": [cell, *notebook["cells"]]}
