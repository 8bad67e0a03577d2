"""What an exercise and its marking mean, as a digest: when that changes, what was graded is graded anew."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from lrcourse.exercises import driver, judge, kernel, scoring, standins, statements, wire
from lrcourse.exercises import exercise as exercises
from lrcourse.grading import cells, hearing, marking


@cache
def exercise_version(name):
    """A digest of what an exercise and its marking mean: when that changes, scores may.

    Where a module lies, and what it is called, is not part of its meaning.
    """
    notebook = (exercises.MASTERS / f"{name}.ipynb").read_bytes()
    sources = [exercises.MASTERS / f"{name}.py"]
    modules = (cells, driver, exercises, hearing, judge, kernel, marking, scoring, standins, statements, wire)
    sources += [Path(module.__file__) for module in modules]
    meanings = [_meaning(source.read_text(encoding="utf-8")).encode() for source in sources]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in (notebook, *meanings))).digest()


def _meaning(source):
    r"""A module's text without its imports, comments, docstrings and layout.

    >>> _meaning("import re\n\ndef f(x):\n    'Half.'\n    return x / 2  # half") == _meaning("def f(x): return x/2")
    True
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            node.body = [one for one in node.body if not isinstance(one, ast.Import | ast.ImportFrom)]
            if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                node.body.pop(0)
    return ast.dump(tree)
