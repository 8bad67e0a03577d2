"""The browser's side of the course: what the worker calls, texts in and JSON out.

It needs the standard library alone, as all that it calls does. The build calls it too, in a bare Python, so that a page
begins with what the browser's Python will say.
"""

import json

from lrcourse.site import keeping
from lrcourse.site.keeping import restore
from lrcourse.site.running import evaluated, run_cell
from lrcourse.widgets.panel import Panel

__all__ = ["move", "open_panel", "panel_of", "restore", "run_lesson", "told"]

NAMES = ("title", "resets", "ahead", "specs", "state", "view", "backs")
PANELS = {}


def told(panel):
    """What the page needs to put a panel on the screen."""
    return {name: getattr(panel, name) for name in NAMES}


def panel_of(setup, source):
    """The panel that a cell shows, once the lines that it needs have run; None where it shows something else."""
    namespace = {"__name__": "__main__"}
    exec(compile(setup, "<setup>", "exec"), namespace)
    shown = evaluated(source, "<cell>", namespace)
    return shown if isinstance(shown, Panel) else None


def open_panel(key, setup, source, history):
    """Make a cell's panel; history: the states it went through before Python was up, or before it was started again."""
    PANELS[key] = panel = panel_of(setup, source)
    for state in json.loads(history):
        panel.state = state
    return keeping.told(**told(panel))


def move(key, state):
    """Move a panel's controls; what it shows then. The scenery comes only where it changed."""
    panel = PANELS[key]
    backs = panel.backs
    panel.state = json.loads(state)
    said = {"view": panel.view, "state": panel.state}
    return keeping.told(**said, **({"backs": panel.backs} if panel.backs != backs else {}))


def run_lesson(number, setup, source):
    """Run a lesson's cell as the reader has it now, after the lines that it needs, in a namespace of its own."""
    namespace = {"__name__": "__main__"}
    above = run_cell("cell above", setup, namespace)
    if above["error"]:
        return json.dumps({"text": "", "error": f"A cell above stopped.\n{above['error']}"})
    return json.dumps(run_cell(f"cell {number}", source, namespace))
