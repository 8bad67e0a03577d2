"""Whether what is checked is what stands in the notebook, told from the cells that were run."""

import linecache
import sys
from types import SimpleNamespace

import pytest

from lrcourse.exercises.history import outdated

WHY = ", so Python still holds the version from before. That one is not judged."


def defined(source, name="f", file="/tmp/ipykernel_1/2.py"):
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    names = {}
    exec(compile(source, file, "exec"), names)
    return names[name]


@pytest.fixture
def told(monkeypatch):
    def told(answer, *cells, name="f"):
        shell = SimpleNamespace(user_ns={"In": ["", *cells, None]})
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        return outdated(name, answer)

    return told


F = "def f(x):\n    return x\n"


def test_what_is_up_to_date(told):
    assert told(defined(F), F) is None
    assert told(defined(F), "f = 3", "\n" + F + "\n\n") is None  # blank lines around it are no matter
    assert told(defined(F), F, "def g(x):\n    return 2", "def f2(x): return", "  def f(x): pass") is None
    assert told(defined(F)) is None and told(3, F) is None
    assert told(defined(F, file="/home/me/mine.py"), "def f(x):\n    return 2") is None


@pytest.mark.parametrize(
    ("newest", "words"),
    [
        ("def f(x):\n    return 1 / 0\n", "The cell that last defines f stopped"),
        ("1 / 0\nclass f:\n    pass", "The cell that last defines f stopped"),
        ("async def  f(x):\n    await x", "The cell that last defines f stopped"),
        ("x = await y\ndef f(x): pass", "The cell that last defines f stopped"),  # a notebook may await
        (
            "def f(x):\n    return 1 /\n",
            "The cell that you last ran for f has a SyntaxError in line 2 (invalid syntax)",
        ),
    ],
)
def test_what_is_not(told, newest, words):
    assert told(defined(F), F, newest).startswith(words + WHY)


def test_the_newest_of_several_cells_counts(told):
    broken, stopped = "def f(x):\n    return 1 /\n", "def f(x):\n    return 1 / 0\n"
    assert told(defined(F), F, stopped, broken).startswith("The cell that you last ran for f has a SyntaxError")
    assert told(defined(F), F, broken, stopped).startswith("The cell that last defines f stopped")
    assert told(defined(F), stopped, broken, F) is None
    assert told(defined(F), "def f(x):\n    return '\0'").startswith("The cell that you last ran for f has ")


def test_a_class_knows_its_cell_by_its_methods(told):
    source = "class f:\n    n = 3\n    def g(self):\n        return 1\n"
    assert told(defined(source), source) is None
    assert told(defined(source), source, "class f:\n    n = 4").startswith("The cell that last defines f stopped")


def test_without_a_notebook_nothing_is_said(monkeypatch):
    for module in (None, SimpleNamespace(get_ipython=lambda: None)):
        monkeypatch.setitem(sys.modules, "IPython", module)
        assert outdated("f", defined(F)) is None
