"""An exercise on a page: the learner's cells, the check of one task, hints, quizzes, and what is kept of them."""

import json
import re

from lrcourse.exercises import checking, learner
from lrcourse.exercises.examining import examine
from lrcourse.exercises.sheets import home
from lrcourse.site.keeping import told
from lrcourse.site.running import run_cell, without_packages

NAMESPACE = {"__name__": "__main__"}
RAN = {}  # a cell's number: the source that ran last


def attempt(cells, name, width):
    """Run a task's cell, after those above it that have not run as they are now, and check it.

    cells: [[number, source], ...] as JSON, the task's own last; name: of the task; width: characters in a line.
    """
    *above, (number, source) = json.loads(cells)
    for i, text in above:
        if RAN.get(i) != text:
            run_cell(f"cell {i}", text, NAMESPACE)  # what is wrong in another task is told there
            RAN[i] = text
    NAMESPACE.pop(name, None)  # what an older version of the cell left is not judged
    ran = run_cell(f"cell {number}", source, NAMESPACE)
    RAN[number] = source
    if ran["error"]:
        return told(ok=False, text=ran["text"], error=ran["error"])
    if name not in NAMESPACE:
        return told(ok=False, text=ran["text"], error=f"Your cell ran, and nothing in it is called {name}.")
    with without_packages():
        outcome = examine(name, NAMESPACE, width=width)
    if not outcome.empty:
        learner.passed(name, outcome.passed, outcome.cases)
    lines = list(outcome.lines)
    if outcome.ok:
        lines += checking.after_success(home(name).task(name), width)
    picture = {"svg": outcome.svg, "alt": outcome.alt} if outcome.svg else None
    said = "\n".join(lines).replace(", run that cell, then run this one again", ", then run and check again")
    said = re.sub(r'hint\("[^"]*"\) helps', "The hint button helps", said)  # the notebook's words for it
    return told(ok=outcome.ok, text=ran["text"], report=said, picture=picture, error="")


def hint(name, width):
    """The next hint of a task."""
    return told(ok=False, report="\n".join(checking.next_hint(name, width)), text="", error="")


def quiz(name, letter, width):
    """What there is to say to a letter."""
    outcome = examine(name, {name: letter}, width=width)
    if not outcome.empty:
        learner.passed(name, outcome.passed, outcome.cases)
    return told(ok=outcome.ok, report=outcome.text, text="", error="")
