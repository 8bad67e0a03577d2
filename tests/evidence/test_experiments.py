"""What a claim's cell needs is found, no more and no less; run again with the stored seeds it gives the stored row."""

import json

import nbformat
import pytest
from nbclient import NotebookClient

from lrcourse.evidence.experiments import Experiment, experiments, needed
from lrcourse.evidence.rows import KEY

SETUP = """
import math
import random
from lrcourse.evidence import ask
"""
TOY = """
WIDTH = 1.0
notes = []


def noisy(arm, lr, seed):
    return WIDTH * arm + math.log(lr / 0.1) ** 2 + random.Random(1000 * seed + round(100 * arm)).gauss(0, 0.3)
"""
NEVER = "raise RuntimeError('this cell draws a picture; nothing needs it')"
CELL = """
answer = ask(
    "{id}",
    "Zero beats {other}.",
    run=noisy,
    arms={{"zero": 0.0, "other": {other}}},
    best="zero",
    lrs=[0.05, 0.1, 0.2],
    metric="loss",
    matters=0.1,
    experiment="made up",
    without={{"constant": "made up", "linear to zero": "made up"}},
)
print(answer.verdict)
"""


def ran(folder, **claims):
    """A notebook that nbclient ran, and then given a cell that must not run again."""
    cells = [nbformat.v4.new_markdown_cell("# made"), nbformat.v4.new_code_cell(SETUP), nbformat.v4.new_code_cell(TOY)]
    cells += [nbformat.v4.new_code_cell(CELL.format(id=id, other=other)) for id, other in claims.items()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    NotebookClient(notebook, timeout=60).execute()
    notebook.cells.insert(2, nbformat.v4.new_code_cell(NEVER))
    nbformat.write(notebook, folder / "04_made.ipynb")
    return folder


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("lesson"), A9=1.0, B6=0.0)


def test_the_stored_seeds_give_the_stored_row(lesson):
    found = experiments(lesson)
    assert [one.stored[0]["id"] for one in found] == ["A9", "B6"]
    for one in found:
        assert json.loads(json.dumps(one.run(root=0))) == list(one.stored)
        assert one.run(root=1) != one.run(root=0)


def test_the_cell_prints_its_plan_in_five_lines_and_its_verdict(lesson):
    outputs = nbformat.read(lesson / "04_made.ipynb", as_version=4).cells[4].outputs
    said = "".join(output.get("text", "") for output in outputs).splitlines()
    assert said[0] == "A9: Zero beats 1.0." and said[6].startswith("Plan ") and said[7:] == ["holds here"]
    shown = next(output for output in outputs if KEY in output.get("metadata", {}))
    assert "99 % interval" in shown.metadata["image/png"]["alt"] and "Verdict: holds here" in shown.data["text/plain"]


@pytest.mark.parametrize(
    ("before", "cell", "kept"),
    [
        (["a = 1", "b = 2"], "a", "a = 1"),
        (["a = 1", "a = 2"], "a", "a = 2"),  # the last value counts
        (["a = 1\nb = a", "a = 2"], "b", "a = 1\nb = a"),  # ... before the statement that reads it
        (["W = 1", "def f():\n    return W", "W = 2"], "f()", "def f():\n    return W\nW = 2"),  # ... when f is called
        (["def f():\n    return W", "W = 1"], "f()", "def f():\n    return W\nW = 1"),
        (["x = 5", "def f(x):\n    return x"], "f(1)", "def f(x):\n    return x"),  # a local name is no global
        (["def f(n=K):\n    return n"], "f()", "def f(n=K):\n    return n"),
        (["K = 1", "def f(n=K):\n    return n", "K = 2"], "f()", "K = 1\ndef f(n=K):\n    return n"),
        (["d = {}", "d['a'] = 1", "print(d)"], "d", "d = {}\nd['a'] = 1"),
        (["l = []", "l.append(1)", "m = []"], "l", "l = []\nl.append(1)"),
        (["n = 1", "n += 1"], "n", "n = 1\nn += 1"),
        (["a, (b, *c) = 1, (2, 3)"], "c", "a, (b, *c) = (1, (2, 3))"),
        (["for i in range(3):\n    t = i"], "t", "for i in range(3):\n    t = i"),
        (["t = 0", "if flag:\n    t = 1", "flag = 1"], "t", "t = 0\nif flag:\n    t = 1"),
        (["import os.path as p", "from math import pi as q"], "q", "from math import pi as q"),
        (["class A:\n    w = K", "K = 1"], "A", "class A:\n    w = K"),
        (
            ["K = 1", "class A:\n    def f(self):\n        return K"],
            "A",
            "K = 1\nclass A:\n\n    def f(self):\n        return K",
        ),
        (["K = 1", "g = lambda: K"], "g", "K = 1\ng = lambda: K"),
        (["K = 1"], "[K for _ in range(2)]", "K = 1"),
        (["a = slow()"], "a = 1\nprint(a)", ""),  # the cell sets it itself
        (["a = 1"], "print(a)\na = 2", "a = 1"),
        (["i = 1"], "[i for i in range(2)]", ""),
    ],
)
def test_what_a_cell_needs(before, cell, kept):
    assert needed(before, cell) == "\n".join([kept, cell] if kept else [cell])


def test_the_key_changes_with_the_source():
    one, other = (Experiment("04.ipynb", 1, "", source, ()) for source in ("a = 1", "a = 2"))
    assert one.key != other.key


@pytest.mark.parametrize(
    ("before", "cell", "kept"),
    [
        (["d = {1: 2}", "del d[1]"], "d", "d = {1: 2}\ndel d[1]"),
        (["a = A()", "a.b.c = 1", "a.b.c()"], "a", "a = A()\na.b.c = 1\na.b.c()"),
        (["a = [[]]", "a[0][0].x += 1"], "a", "a = [[]]\na[0][0].x += 1"),
        (["t = 0", "try:\n    t = 1\nexcept E:\n    pass"], "t", "t = 0\ntry:\n    t = 1\nexcept E:\n    pass"),
        (["d = {}", "def f():\n    d['a'] = 1", "d"], "d", "d = {}"),  # a function that nobody calls changes nothing
        (["d = {}", "class A:\n    d['a'] = 1"], "d", "d = {}"),
        (["a = [1]", "b = a.copy()"], "a", "a = [1]"),  # a method whose value is kept is no change
        (["a = [1]", "print(a)", "f(a)"], "a", "a = [1]"),
        (["k = 1", "x = [k for k in range(3)]"], "x", "x = [k for k in range(3)]"),
        (["K = 1", "x = [K for _ in range(3)]", "K = 2"], "x", "K = 1\nx = [K for _ in range(3)]"),  # read at once
        (["K = 1", "x = list(K for _ in range(3))", "K = 2"], "x", "K = 1\nx = list((K for _ in range(3)))"),
        (["K = 1", "class A:\n    w = K", "K = 2"], "A", "K = 1\n\nclass A:\n    w = K".replace("\n\n", "\n")),
        (["x = 1", "x += 1", "x = 5", "x += 2"], "x", "x = 5\nx += 2"),
        (["a = 1", "b = a", "a = 2", "c = a + b"], "c", "a = 1\nb = a\na = 2\nc = a + b"),
    ],
)
def test_what_else_a_cell_needs(before, cell, kept):
    assert needed(before, cell) == "\n".join([kept, cell])


def test_the_marks_of_an_experiment():
    one, spaced = (Experiment("04.ipynb", 1, "", source, ()) for source in ("a = 1", "a  =  1  # same"))
    assert one.design == spaced.design and len(one.design) == 12 and len(one.key) == 16 and one.key != spaced.key
    assert one.key == Experiment("05.ipynb", 9, "x", "a = 1", ()).key


def test_an_experiment_shows_nothing_and_names_its_cell(capsys):
    assert Experiment("04.ipynb", 7, "", "print('shown')", ()).run(3) == [] and capsys.readouterr().out == ""
    with pytest.raises(SyntaxError) as wrong:
        Experiment("04.ipynb", 7, "", "x = (", ()).run(3)
    assert wrong.value.filename == "04.ipynb, cell 7"


def test_experiments_are_numbered_as_a_reader_counts_cells(lesson):
    assert [(one.notebook, one.cell) for one in experiments(lesson)] == [("04_made.ipynb", 5), ("04_made.ipynb", 6)]
    assert all(NEVER not in one.source and one.source.startswith("import math") for one in experiments(lesson))
