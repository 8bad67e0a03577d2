"""A student's notebook becomes plain Python: magics, shell lines and help by IPython's own transformers."""

import json
import random
import time

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from lrcourse.grading import cells
from lrcourse.grading.cells import read_cells, read_edition
from lrcourse.grading.submissions import Unreadable


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


@pytest.mark.parametrize(("nested", "left"), [(1, 0), (3, 0), (4, 1), (5, 2)])
def test_a_magic_within_a_magic_gives_way_three_deep(nested, left):
    [read] = read_cells(notebook("%%time\n" * nested + "x = 1"))
    assert read == "x = 1\n" if not left else read.startswith("get_ipython().run_cell_magic('time', '', ")
    assert read.count("%%time") == max(0, left - 1)


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("%%timeit\nx = (", "x = ("),  # what is timed is the student's, right or wrong
        ("%%html\n<b>1</b>", None),
        ("%%bash\nx = 1", None),
        ("%%custom\nx = 1", "x = 1"),
        ("%%custom\nno python at all", None),
        ("%%time x\ny = 2", "y = 2"),
    ],
)
def test_whether_a_cells_magic_runs_what_stands_below(source, kept):
    [read] = read_cells(notebook(source))
    assert read == f"{kept}\n" if kept else read.startswith("get_ipython().run_cell_magic(")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("%time x = 1", "x = 1"),
        ("%memit -r 3 x = 1", "x = 1"),
        ("%prun -s cumulative -q x = f()", "x = f()"),
        ("%timeit x = 1", "get_ipython().run_line_magic('timeit', 'x = 1')"),
        ("%time", "get_ipython().run_line_magic('time', '')"),
        ("y = %time f(1)", "y = f(1)"),
        ("%time -", "get_ipython().run_line_magic('time', '-')"),
    ],
)
def test_what_a_line_magic_runs(line, kept):
    assert read_cells(notebook(line)) == [kept + "\n"]
    inside = read_cells(notebook(f"if a:\n    {line}\n"))[0]
    assert inside == f"if a:\n    {kept}\n"


def test_code_to_its_limit_and_beyond():
    assert read_cells(notebook("x" * 2**17, "y" * 2**17)) == ["x" * 2**17, "y" * 2**17]
    with pytest.raises(Unreadable, match="The notebook has more than 256 KB of code.") as large:
        read_cells(notebook("x" * 2**17, "y" * (2**17 + 1)))
    assert large.value.status == "too large" and cells.MOST_EFFORT == 2**20


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b" \n", "empty", "The file is empty."),
        (b"\xff\xfe{", "wrong encoding", "not UTF-8"),
        (b"{", "not a notebook", "not valid JSON"),
        (b"[" * 10**5, "not a notebook", "not valid JSON"),
        (b"[]", "not a notebook", "no cells"),
        (b'{"cells": 3}', "not a notebook", "no cells"),
        (b'{"cells": []}', "empty", "no code in it"),
        (notebook(" ", metadata={"kernelspec": {"language": "R"}}), "other kernel", "for 'R'"),
        (notebook(" ", metadata={"kernelspec": {"language": "j" * 50}}), "other kernel", f"for '{'j' * 40}'"),
        (notebook(" ", metadata={"language_info": {"name": " julia "}}), "other kernel", "for 'julia'"),
        (notebook(" ", "\n"), "empty", "no code in it"),
    ],
)
def test_what_cannot_be_read_is_named(data, status, words):
    with pytest.raises(Unreadable, match=words) as reason:
        read_cells(data)
    assert reason.value.status == status


@pytest.mark.parametrize(
    "metadata", [3, None, {"kernelspec": 3}, {"kernelspec": {}}, {"kernelspec": {"language": " "}}, {"other": {}}]
)
def test_a_notebook_that_does_not_say_its_language_is_python(metadata):
    data = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}], "metadata": metadata}).encode()
    assert read_cells(data) == ["x = 1"] and cells._language(json.loads(data)) == ""


def test_cells_of_every_form():
    code = [{"cell_type": "code", "source": ["a = 1\n", 3, "b"]}, {"cell_type": "code", "input": "c"}, 7, "text"]
    code += [{"cell_type": "markdown", "source": "d"}, {"cell_type": "code"}, {"cell_type": "code", "source": 5}]
    wanted = ["a = 1\nb", "c", "", ""]
    assert read_cells(json.dumps({"cells": code}).encode()) == wanted
    sheets = [{"cells": code[:2]}, 3, {"cells": 4}, {"cells": code[2:]}, {}]
    assert read_cells(json.dumps({"worksheets": sheets}).encode()) == wanted
    assert read_cells(json.dumps({"cells": code, "worksheets": []}).encode()) == wanted
    assert read_cells(b"\xef\xbb\xbf" + notebook("x")) == ["x"]


@pytest.mark.parametrize(
    ("told", "edition"),
    [
        ({"exercise": "02", "variant": "0a1b2c3d"}, "0a1b2c3d"),
        ({"exercise": "02"}, ""),
        ({"exercise": "02", "variant": ""}, ""),
        ({"exercise": "04", "variant": "0a1b2c3d"}, None),
        ({"exercise": "02", "variant": "0a1b2c3"}, None),
        ({"exercise": "02", "variant": "0a1b2c3dd"}, None),
        ({"exercise": "02", "variant": "0A1B2C3D"}, None),
        ({"exercise": "02", "variant": 3}, None),
        ({"variant": ""}, None),
        (3, None),
    ],
)
def test_the_edition_that_a_notebook_says(told, edition):
    assert read_edition(notebook("x", metadata={"lrcourse": told}), "02") == edition
    assert read_edition(b"{", "02") is None and read_edition(notebook("x"), "02") is None


def test_where_statements_begin():
    source = "a = 1; b = 2\n\n@one\n@two(\n  3)\nclass A:\n    x = 1\n\nasync def f(): pass\n'\\d'\n"
    assert cells.statements(source) == [1, 1, 3, 9, 10]
    assert cells.statements("x = (") == cells.statements("\0") == cells.statements("") == []


def test_effort_that_is_used_up_leaves_the_lines_as_they_are(monkeypatch):
    lines = [f"%cd {i}\n" for i in range(30)]
    done = cells._without_magics(lines, [10**6])
    assert done == [f"get_ipython().run_line_magic('cd', '{i}')\n" for i in range(30)]
    effort = [1]
    some = cells._without_magics(lines, effort)
    assert some[0] == done[0] and some[1:] == lines[1:] and effort[0] <= 0
    assert cells._without_magics(lines, [0]) == lines


@pytest.mark.parametrize("language", ["sos", "SoS", "sage", "ipython3", "PySpark"])
def test_kernels_that_take_python(language):
    assert read_cells(notebook("x = 1", metadata={"kernelspec": {"language": language}})) == ["x = 1"]


@pytest.mark.parametrize("source", [["if x:", "    y = 1"], ["\ufeffif x:\n", "    y = 1"], ["if x:\r\n", "    y = 1"]])
def test_lines_of_programs_that_write_them_their_own_way(source):
    (cell,) = read_cells(notebook(source))
    assert cell.splitlines() == ["if x:", "    y = 1"]
