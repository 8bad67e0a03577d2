"""Tries a lesson's cells in a Python that has no packages, as the browser's has none: what moves and what runs there.

`rehearse` starts that Python; it reads the cells as JSON and answers in JSON, by the same functions as the browser's.
"""

import json
import subprocess
import sys

from lrcourse.exercises.timing import time_limit
from lrcourse.site import browser

SECONDS = 2  # a cell that takes longer is not offered
START = "import sys; sys.path.insert(0, {root!r}); from lrcourse.site.rehearsal import main; main()"


def rehearse(cells, root):
    """For every cell {"setup", "source", "printed"}: {"panel": what it shows} or {"runs": True}, or {}.

    printed: the output that is stored; None where a picture is stored too, which the browser's Python cannot draw.
    """
    command = [sys.executable, "-I", "-S", "-c", START.format(root=str(root))]
    done = subprocess.run(command, input=json.dumps(cells), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    """Answer every cell that standard input holds."""
    print(json.dumps([_tried(**cell) for cell in json.load(sys.stdin)]))


def _tried(setup, source, printed):
    try:
        with time_limit(SECONDS):
            if printed is None:
                panel = browser.panel_of(setup, source)
                return {"panel": browser.told(panel), "words": panel.words()} if panel else {}
            said = json.loads(browser.run_lesson(1, setup, source))
            return {"runs": True} if said == {"text": printed, "error": ""} else {}
    except BaseException:  # it needs what a bare Python has not, or too long
        return {}
