"""The sandbox's notebook, statement by statement: what a failure costs, what is said of it, what is put right."""

import ast
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrcourse.exercises import kernel, standins, statements
from lrcourse.exercises.driver import LOST, SOURCES, USED
from lrcourse.exercises.kernel import Shell
from lrcourse.exercises.standins import StandIn
from lrcourse.exercises.wire import from_json, to_json


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    for kept in (LOST, SOURCES, USED, standins.STARRED):
        kept.clear()
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(kernel, "LIBRARIES", list(sys.path))
    yield
    for kept in (LOST, SOURCES, USED, standins.STARRED):
        kept.clear()


@pytest.fixture
def closed(monkeypatch):
    """What was asked to be closed; nothing is."""
    ranges = []
    monkeypatch.setattr(os, "closerange", lambda *ends: ranges.append(ends))
    return ranges


def test_a_statement_that_stops_takes_no_other_with_it():
    shell = Shell({})
    error = shell.run_cell(0, "a = 1\nb = 1 / 0\nc = a + 2\nd, e = {}['x']\n")
    assert (shell.namespace["a"], shell.namespace["c"]) == (1, 3)
    assert (error["type"], error["message"]) == ("ZeroDivisionError", "division by zero")  # the first is told
    assert error["traceback"].split("\n")[-1] == "line 2, in <module>: b = 1 / 0"
    assert LOST == {
        "b": (False, "line 2 of cell 1, which defines it, stopped with ZeroDivisionError: division by zero"),
        "d": (False, "line 4 of cell 1, which defines it, stopped with KeyError: 'x'"),
        "e": (False, "line 4 of cell 1, which defines it, stopped with KeyError: 'x'"),
    }
    assert shell.run_cell(1, "f = 2") is None and shell.namespace["f"] == 2


@pytest.mark.parametrize(
    ("line", "missing"), [("import no_such_library_here", True), ("from math import no_such", True), ("x = y", False)]
)
def test_a_missing_library_is_no_fault_of_the_cell(line, missing):
    Shell({}).run_cell(0, line)
    assert [one for one, _ in LOST.values()] == [missing]


def test_what_runs_late_overwrites_nothing_that_is_newer():
    shell = Shell({})
    assert shell.run_cell(0, "half, other = 0.5, missing\nfor i in range(3):\n    mean = absent(i)")
    shell.run_cell(1, "half, missing = 1.0, 3\ndef absent(i): return i / 2")
    assert shell.run_late("other") and shell.run_late("mean")
    assert [shell.namespace[name] for name in ("half", "other", "i", "mean")] == [1.0, 3, 2, 1.0]


FILLS = {
    "an entry": ("D = {}", "D['x'] = later", "D == {'x': 5}"),
    "an attribute": ("class D: pass", "D.x = later", "D.x == 5"),
    "a list": ("D = []", "D.append(later)", "D == [5]"),
    "a set, in a loop": ("D = set()", "for _ in range(2):\n    D.add(later)", "D == {5}"),
    "entries, in a loop": ("D = {}", "for n in range(2):\n    D[n] = later", "D == {0: 5, 1: 5}"),
}


@pytest.mark.parametrize("form", FILLS)
def test_what_fills_what_is_there_runs_once_what_it_wants_has_come(form):
    there, fill, right = FILLS[form]
    shell = Shell({})
    shell.run_cell(0, f"{there}\n{fill}\n")
    assert shell.run_cell(1, "x = 1") is None and shell.run_cell(2, "later = 5") is None
    assert eval(right, shell.namespace)
    shell.namespace["later"] = 6
    shell.run_cell(3, "y = 1")
    assert eval(right, shell.namespace)  # once


NEWER = {  # two cells, then one that brings `later`; what is newer stays
    "a name bound beside": ("D = {}\nfor n in range(2):\n    D[n] = later", "n = 7", "n == 7 and D == {0: 5, 1: 5}"),
    "an entry": ("D = {}\nD['x'] = later", "D['x'] = 6", "D == {'x': 6}"),
    "an entry of a new dictionary": ("D = {}\nD['x'] = later", "D = {'x': 6}", "D == {'x': 6}"),
    "a method": ("class D: pass\nD.x = later", "D.x = 6", "D.x == 6"),
    "a class": ("class D: pass\nD.x = later", "class D: x = 6", "D.x == 6"),
    "no step of a loop runs twice": (
        "D, L = {}, []\nfor n in (1, 2):\n    L.append(n)\n    D[n] = later",
        "",
        "L == [1]",
    ),
    "no loop without an end": ("D = {}\nwhile True:\n    D['x'] = later", "", "D == {}"),
}


@pytest.mark.parametrize("form", NEWER)
@pytest.mark.parametrize("together", [True, False])
def test_what_was_filled_in_since_then_stays(form, together):
    first, second, right = NEWER[form]
    shell = Shell({})
    cells = [first, f"later = 5\n{second}"] if together else [first, second, "later = 5"]
    for number, cell in enumerate(cells):
        shell.run_cell(number, cell)
    assert eval(right, shell.namespace)


def test_what_fills_comes_before_the_cells_below_and_is_left_out_where_it_ended_a_process():
    shell = Shell({})
    shell.run_cell(0, "D = {}\nD['x'] = later\nD['y'] = one + later\nz = [D, later]\nD['w'] = never")
    shell.run_cell(1, "later = 5")
    assert shell.run_cell(2, "D['x'] = 6\none = 1") is None and shell.namespace["D"] == {"x": 6, "y": 6}
    assert "z" not in shell.namespace and shell.run_late("z")  # it binds a name: only where that is asked for
    assert shell.run_cell(3, "never = 7", [(1, "was left out")]) is None and "w" not in shell.namespace["D"]
    shell.run_cell(4, "D['v'] = fails()")
    assert shell.run_cell(5, "def fails(): return 1 / 0") is None  # the other cell's fault, which is told there


def test_a_cell_that_is_no_python():
    error = Shell({}).run_cell(2, "x = 3\ndef f(:\n    y = 2\n")
    assert error["type"] == "SyntaxError" and list(LOST) == ["x", "f"]
    assert LOST["f"] == (False, f"cell 3, which defines it, stopped with SyntaxError: {error['message']}")


def test_what_ended_a_process_before_is_left_out_and_each_statement_is_told_as_it_begins():
    begun = []
    shell, source = Shell({"__builtins__": {}}, lambda: begun.append(len(shell.namespace))), "a = 1\nb = 2\nc = 3"
    assert shell.run_cell(0, source, [[2, "took too long"]]) is None and set(shell.namespace) == {
        "__builtins__",
        "a",
        "b",
    }
    assert begun == [1, 2, 3]  # also before the one that is left out: they are counted
    assert LOST == {"c": (False, "line 3 of cell 1, which defines it, took too long")}
    LOST.clear()
    shell.namespace.clear()
    assert shell.run_cell(4, source, [[0, "crashed"], [None, "took too long"]]) is None and not shell.namespace
    why = (False, "cell 5, which defines it, took too long")
    assert {"a": why, "b": why, "c": why} == LOST and len(begun) == 3
    assert shell.run_cell(5, "no python here") and len(begun) == 3


def test_the_names_that_a_statement_binds():
    source = (
        "for i, (a, *b) in x:\n    c.d = e\n    g[0] = 1\n"
        "    def f(h):\n        j = 1\n    class K(L):\n        m = 1\n"
        "    import os.path, sys as system\n    with y as w:\n        v: int = (u := 3)"
    )
    bound = statements.names_bound(ast.parse(source).body[0])
    assert " ".join(sorted(bound)) == "K a b f i os system u v w"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("def f(x):", ["f"]),
        ("class A(B): pass", ["A"]),
        ("import torch", ["torch"]),
        ("from math import sin, cos", ["sin", "cos"]),
        ("x = 3", ["x"]),
        ("x=3", ["x"]),
        ("    x = 3", []),
        ("\tdef f():", []),
        ("x", []),
        ("def", []),
        ("from math", []),
        ("x += 1", []),
        ("x == 1", ["x"]),
        ("return x", []),
    ],
)
def test_the_names_that_a_line_of_no_python_shows(line, names):
    assert list(statements.names_in_text(line)) == names


def test_from_future_holds_for_the_cells_below():
    shell = Shell({})
    shell.run_cell(0, "from __future__ import annotations")
    assert shell.run_cell(1, "def f(x: no_such_name): pass") is None
    assert shell.namespace["f"].__annotations__ == {"x": "no_such_name"}


def test_a_cell_may_await_and_ask_for_the_loop():
    def cells():
        shell = Shell({})
        sources = ["import asyncio", "x = await asyncio.sleep(0, 3)", "loop = asyncio.get_running_loop()"]
        said = [shell.run_cell(0, source) for source in sources]
        return said, shell.namespace["x"], shell.namespace["loop"] is kernel.LOOP[0], len(kernel.LOOP)

    with ThreadPoolExecutor(1) as aside:  # a browser's driver may have a loop running in this thread
        before, kernel.LOOP[:] = list(kernel.LOOP), []
        said, x, ours, count = aside.submit(cells).result()
    for loop in kernel.LOOP:
        loop.close()
    kernel.LOOP[:] = before
    assert (said, x, ours, count) == ([None] * 3, 3, True, 1)


def test_an_error_of_ones_own_runs_once():
    shell = Shell({"tries": []})
    error = shell.run_cell(0, "def f():\n    tries.append(1)\n    raise RuntimeError('own')\nf()")
    assert error["message"] == "own" and shell.namespace["tries"] == [1]


@pytest.mark.parametrize(("count", "mended"), [(1, True), (4, True), (5, False)])
def test_decorators_of_a_missing_library_stand_in(count, mended):
    names = [f"missing_{i}" for i in range(count)]
    LOST.update(dict.fromkeys(names, (True, "why")))
    shell = Shell({})
    error = shell.run_cell(0, "\n".join(f"@{name}" for name in names) + "\ndef f(x):\n    return x + 1")
    assert (error is None) is mended and ("f" in shell.namespace) is mended
    if mended:
        assert shell.namespace["f"](3) == 4 and all(isinstance(shell.namespace[name], StandIn) for name in names)
        assert shell.namespace["missing_0"]._name == "missing_0.missing_0"


def test_what_does_not_stand_in():
    LOST.update(own=(False, "line 1 stopped"), absent=(True, "no library"))
    shell = Shell({})
    assert shell.run_cell(0, "@own\ndef f(x): pass")["type"] == "NameError"  # the learner's own cell stopped
    assert shell.run_cell(1, "x = absent(3)")["type"] == "NameError"  # no definition
    assert shell.run_cell(2, "@unknown\ndef f(x): pass")["type"] == "NameError"
    standins.STARRED[:] = ["torch", "numba"]
    assert shell.run_cell(3, "@unknown\ndef f(x): pass") is None  # from numba import *
    assert shell.namespace["unknown"]._name == "numba.unknown"
    assert shell.run_cell(4, "@own\ndef g(x): pass")["type"] == "NameError"


def test_files_that_a_cell_left_open_are_closed(closed):
    assert kernel.no_descriptors(OSError(24, "Too many open files")) is True
    assert closed == [(kernel.WIRES[-1] + 1, 65536)]
    assert kernel.no_descriptors(OSError(2, "No such file")) is False and len(closed) == 1

    tries = []

    def opens():
        tries.append(1)
        if len(tries) == 1:
            raise OSError(24, "Too many open files")
        return 3

    job = {"id": 4, "name": "opens", "drive": "call"}
    assert from_json(kernel.respond(job, Shell({"opens": opens}))) == {"id": 4, "value": 3}
    assert closed == [(kernel.WIRES[-1] + 1, 65536)] * 2
    tries.clear()
    assert Shell({"opens": opens}).run_cell(0, "x = opens()") is None and len(closed) == 3


def test_an_error_is_told_where_files_were_left_open(closed, monkeypatch):
    full = [True]

    def describe(error):
        if full.pop():
            raise OSError(24, "Too many open files", "linecache.py")
        full.append(False)
        return {"message": str(error)}

    monkeypatch.setattr(kernel, "describe", describe)
    full[:] = [False, True]
    assert kernel.told(ValueError("mine")) == {"message": "mine"} and len(closed) == 1
    full[:] = [True, True, True]
    assert kernel.told(ValueError("mine"))["message"] == "(the error has no readable message)" and len(closed) == 3


@pytest.mark.parametrize("left", [None, (), [], ["mine"]])
def test_python_s_own_modules_are_found_again(left):
    libraries = list(kernel.LIBRARIES)
    sys.path = left
    kernel.find_libraries()
    assert sys.path == [*(left if isinstance(left, list) else []), *libraries]
    kept = sys.path
    kernel.find_libraries()
    assert sys.path is kept


def test_a_line_for_a_line():
    shell = Shell({})
    assert from_json(kernel.respond({"cell": 0, "source": "x = 2"}, shell)) == {"cell": 0, "error": None}
    said = from_json(kernel.respond({"cell": 1, "source": "y = 1\nz = 1 / 0", "lost": [[0, "why"]]}, shell))
    assert (said["cell"], said["error"]["type"]) == (1, "ZeroDivisionError")
    assert "y" not in shell.namespace
    assert from_json(kernel.respond({"id": 7, "name": "x", "drive": "value"}, shell)) == {"id": 7, "value": 2}
    broken = from_json(kernel.respond({"id": 3}, shell))
    assert (broken["id"], broken["error"]["type"]) == (3, "KeyError")


def test_input_gives_empty_lines_and_not_for_ever(monkeypatch):
    kernel.ASKED[0] = 0
    assert {kernel.empty_line("how many?") for _ in range(10_000)} == {""}
    with pytest.raises(EOFError, match="nobody types"):
        kernel.empty_line()
    kernel.respond({"cell": 0, "source": ""}, Shell({}))
    assert kernel.empty_line() == ""  # counted anew for each cell


def ran(tmp_path, begun, *jobs):
    file = tmp_path / "program.py"
    file.write_text(kernel.program())
    lines = "".join(to_json(job) + "\n" for job in jobs)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(file)], input=lines, capture_output=True, text=True, timeout=60
    )
    lines = done.stdout.split("\n")
    begun.append([line.count(kernel.BEGUN) for line in lines])
    return done.returncode, [from_json(line.strip(kernel.BEGUN)) for line in lines if line.strip(kernel.BEGUN)]


def test_a_process_of_its_own_answers_and_counts(tmp_path):
    source = "import sys, os, atexit\nprint('a line')\nt = sys.stdin.read() + input()\nhelp(print)\nbreakpoint()\n"
    source += "os.write(1, b'x')\natexit.register(os._exit, 3)\nm = __name__\nshow = display(t)"
    code, said = ran(
        tmp_path,
        begun := [],
        {"cell": 0, "source": source},
        *({"id": i, "name": name, "drive": "value"} for i, name in [(1, "t"), (2, "m")]),
    )
    assert code == 0
    assert said == [{"cell": 0, "error": None}, {"id": 1, "value": ""}, {"id": 2, "value": "__main__"}, {"done": 3}]
    assert begun == [[9, 0, 0, 0, 0]]


def test_a_cell_may_write_a_file_that_cells_below_import(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [
        "import mine",  # nothing is there yet: it stands in for itself
        "get_ipython().run_cell_magic('writefile', '\"mine_1.py\"', 'x = 1\\n')",
        "get_ipython().run_cell_magic('file', '-a mine_1.py', 'y = x + 1')",
        "import mine_1\nfrom mine_1 import y",
        "get_ipython().run_cell_magic('writefile', '', 'z'), get_ipython().run_cell_magic('bash', 'a', 'z')",
    ]
    jobs = [{"cell": i, "source": source} for i, source in enumerate(cells)]
    code, said = ran(tmp_path, [], *jobs, {"id": 0, "name": "y", "drive": "value"})
    assert [one["error"] for one in said[: len(cells)]] == [None] * len(cells)
    assert code == 0 and said[len(cells)] == {"id": 0, "value": 2}


def test_each_statement_has_the_seconds(tmp_path):
    busy = "import time\nuntil = time.process_time() + 0.15\nwhile time.process_time() < until: pass\n"
    code, said = ran(tmp_path, [], {"cell": 0, "source": busy * 4, "seconds": 0.3})
    assert code == 0 and said == [{"cell": 0, "error": None}, {"done": 1}]


def test_a_process_ends_at_its_seconds(tmp_path):
    forever = {"cell": 1, "source": "x = 2\nwhile True: pass\nx = 3", "seconds": 0.2}
    code, said = ran(tmp_path, begun := [], {"cell": 0, "source": "x = 1"}, forever)
    assert code < 0 and said == [{"cell": 0, "error": None}] and begun == [[1, 2]]
