"""A student's notebook becomes plain Python: magics, shell lines and help by IPython's own transformers."""

import json
import random
import time

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from lrcourse.grading.cells import read_cells


def notebook(*sources, metadata=()):
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"nbformat": 4, "metadata": dict(metadata), "cells": cells}).encode()


def test_a_thousand_magics_are_read_and_a_hostile_cell_keeps_nobody_busy():
    many = "".join(f"%time x{i} = 7 % 3\n!echo {i}\n" for i in range(1000))
    [read] = read_cells(notebook(many))
    assert read.splitlines()[-2:] == ["x999 = 7 % 3", "get_ipython().system('echo 999')"]
    began = time.process_time()
    assert read_cells(notebook("!'\n" * 85_000, "a = 1"))[1] == "a = 1"
    assert time.process_time() - began < 30


def test_reading_on_below_a_magic_is_ipythons_reading():
    """Pieces that are hard to read, in any order: the text is what IPython makes of the whole cell."""
    pieces = ["%matplotlib inline", "files = !ls -l", "v = %who", "f?", "np.cos??", "!!ls", "%load_ext a \\\n  b"]
    pieces += ["s = '''\n%no\n!no\n'''", "y = (1 +\n  2)", "if x:\n    !pip install 'its\n    z = 3\n    %cd .."]
    pieces += [
        "for i in x:\n    if i:\n        %env\n    y = 2",
        '!echo "it\'s"',
        "# %cd",
        "a = 5 % 3",
        "%cd?",
        "",
    ]
    pieces += ["def f():\n    return '%d' % 3"]
    rng = random.Random(0)
    for _ in range(200):
        source = "\n".join(["%cd", *rng.choices(pieces, k=rng.randint(1, 14))])
        assert read_cells(notebook(source)) == [TransformerManager().transform_cell(source)]


@pytest.mark.parametrize("language", ["Python", "PYTHON", "python3", "ipython", "ipython3", "", None, 3, "PySpark"])
def test_every_way_to_write_python_is_python(language):
    metadata = {"kernelspec": {"language": language, "name": "python3"}, "language_info": {"name": "python"}}
    assert read_cells(notebook("x = 1", metadata=metadata)) == ["x = 1"]


def test_what_a_magic_runs_is_kept():
    assert read_cells(notebook("%time x = f()\ny = %time f()\n%prun -s cumulative z = 1\n%time")) == [
        "x = f()\ny = f()\nz = 1\nget_ipython().run_line_magic('time', '')\n"
    ]
    assert read_cells(notebook("%%ipytest -q\nx = 1")) == ["x = 1\n"]
    assert read_cells(notebook("%%writefile a.py\nx = 1"))[0].startswith("get_ipython().run_cell_magic('writefile'")
