"""Runs a learner's cells in the browser, within a time, and says in a learner's words what came of them."""

import ast
import contextlib
import io
import linecache
import re
import sys
import traceback
from pathlib import Path

from lrcourse.exercises import driver
from lrcourse.exercises.timing import TimeUp, time_limit

SECONDS = 2.0  # for one cell; a loop in a library's C code is ended by the page
MOST_PRINTED = 20_000  # characters
CELL = re.compile(r"<cell (\d+|above)>$")
PACKAGE = str(Path(driver.__file__).parents[1] / "__init__.py")  # its lazy names import on somebody's behalf


class Elsewhere:
    """Asked last for a module: tells a learner's cell that wants what a browser's Python lacks what to do instead."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Nothing, so that the import fails in the usual words, where the course or a library asks."""
        frame = sys._getframe(1)
        while frame and ("importlib" in frame.f_code.co_filename or frame.f_code.co_filename == PACKAGE):
            frame = frame.f_back
        if frame is not None and CELL.match(frame.f_code.co_filename):
            raise ModuleNotFoundError(
                f"This page's Python has no {name}. Plain Python is enough for every exercise: lists, sum, zip, math. "
                "Take the import away, or do this in JupyterLab.",
                name=name,
            )


@contextlib.contextmanager
def without_packages():
    """In the body, a learner's import of a package that is not here says what to do."""
    sys.meta_path.append(Elsewhere)
    driver.OURS.add(__file__)  # its line is none of the learner's
    try:
        yield
    finally:
        sys.meta_path.remove(Elsewhere)


class Printed(io.StringIO):
    """Keeps the beginning of what is printed, so that a print in an endless loop fills no memory."""

    def write(self, text):
        """As much of the text as there is room for."""
        return super().write(text[: max(0, MOST_PRINTED - self.tell())])


def evaluated(source, filename, namespace):
    """Run a cell's source; the value of its last line where that is an expression."""
    tree = ast.parse(source, filename)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec"), namespace)
    return eval(compile(ast.Expression(last.value), filename, "eval"), namespace) if last else None


def run_cell(name, source, namespace, seconds=SECONDS):
    """Run a cell in a namespace: {"text": what it printed, its last value included, "error": in words, or ""}.

    >>> run_cell("cell 1", "print(1)\\n1 + 1", {})
    {'text': '1\\n2\\n', 'error': ''}
    >>> run_cell("cell 1", "x = 1\\nx / 0", {})["error"]
    'line 2: x / 0\\nZeroDivisionError: division by zero'
    """
    filename, printed, error = f"<{name}>", Printed(), ""
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    with contextlib.redirect_stdout(printed), without_packages():
        try:
            with time_limit(seconds):
                value = evaluated(source, filename, namespace)
                if value is not None:
                    print(repr(value))
        except TimeUp as blow:
            error = str(blow)
        except BaseException as blow:
            error = in_words(blow)
    return {"text": printed.getvalue(), "error": error}


def in_words(error):
    """An error as the learner's own lines and its message, without the lines of the course and of Python's library."""
    lines = driver.frames(error, lambda name: name != "<cell above>" and CELL.match(name))
    said = "".join(traceback.format_exception_only(error)).strip()
    if isinstance(error, ArithmeticError):
        said = f"{type(error).__name__}: {driver.message_of(error)}"
    if isinstance(error, SyntaxError):
        said = re.sub(r'^ *File "<(cell \d+)>", (line \d+)\n', r"\2\n", said)
    return "\n".join([*(f"line {number}: {line}" for _, number, line in lines), said])
