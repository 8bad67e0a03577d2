"""The browser's side of the course: what the worker calls, texts in and JSON out.

It needs the standard library alone, as all that it calls does. The build calls it too, in a bare Python, so that a page
begins with what the browser's Python will say.
"""

import ast
import contextlib
import io
import json
import linecache
import traceback

from lrcourse.widgets.panel import Panel

NAMES = ("title", "resets", "ahead", "specs", "state", "view", "backs")
MOST_PRINTED = 20_000  # characters
PANELS = {}


def told(panel):
    """What the page needs to put a panel on the screen."""
    return {name: getattr(panel, name) for name in NAMES}


def panel_of(setup, source):
    """The panel that a cell shows, once the lines that it needs have run; None where it shows something else."""
    namespace = {"__name__": "__main__"}
    exec(compile(setup, "<setup>", "exec"), namespace)
    shown = evaluated(ast.parse(source), "<cell>", namespace)
    return shown if isinstance(shown, Panel) else None


def evaluated(tree, filename, namespace):
    """Run a cell's tree; the value of its last line where that is an expression."""
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec"), namespace)
    return eval(compile(ast.Expression(last.value), filename, "eval"), namespace) if last else None


def open_panel(key, setup, source, history):
    """Make a cell's panel; history: the states it went through before Python was up, or before it was started again."""
    PANELS[key] = panel = panel_of(setup, source)
    for state in json.loads(history):
        panel.state = state
    return json.dumps(told(panel))


def move(key, state):
    """Move a panel's controls; what it shows then. The scenery comes only where it changed."""
    panel = PANELS[key]
    backs = panel.backs
    panel.state = json.loads(state)
    said = {"view": panel.view, "state": panel.state}
    return json.dumps(said | ({"backs": panel.backs} if panel.backs != backs else {}))


class Printed(io.StringIO):
    """Keeps the beginning of what is printed, so that a print in an endless loop fills no memory."""

    def write(self, text):
        """As much of the text as there is room for."""
        return super().write(text[: max(0, MOST_PRINTED - self.tell())])


def run_cell(name, source, namespace, shown=None):
    """Run a cell in a namespace: {"text": what it printed and its last value, "error": in a learner's words or ""}.

    shown: called with the last value in place of printing it.
    """
    filename, printed, error = f"<{name}>", Printed(), ""
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    with contextlib.redirect_stdout(printed):
        try:
            value = evaluated(ast.parse(source, filename), filename, namespace)
            if value is not None:
                print(repr(value))
        except BaseException as blow:
            error = in_words(blow, filename)
    return {"text": printed.getvalue(), "error": error}


def in_words(error, filename):
    """An error as its own lines and its message; the lines of the course and of Python's library are left out."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell")]
    lines = [f"line {frame.lineno}: {frame.line}" for frame in frames[-5:]]
    return "\n".join([*lines, "".join(traceback.format_exception_only(error)).strip()])
