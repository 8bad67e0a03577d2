# Run by two Pythons: what the page says to every answer, the reference's, each known mistake's and those that were
# written from the texts alone; a line for each. `given` holds [[task, label, source], ...] as JSON.
import contextlib
import hashlib
import io
import json
import re

from lrcourse.exercises import driver
from lrcourse.exercises.examining import examine
from lrcourse.exercises.exercise import BEGIN, home
from lrcourse.site import running

MESSAGES = []  # in the interpreter's own words, which differ from version to version: those of the answer at hand
describe, in_words = driver.describe, running.in_words


def described(error, *asked):
    said = describe(error, *asked)
    if type(error).__module__ == "builtins":
        MESSAGES.append(driver.message_of(error)[:500].rstrip("."))
    return said


def worded(error):
    said = in_words(error)
    MESSAGES.append(re.sub(r"^line \d+: .*\n", "", said, flags=re.MULTILINE))
    return said


def said(name, namespace):
    with running.without_packages():
        outcome = examine(name, namespace, width=80)
    return [*outcome.lines, outcome.alt, hashlib.sha256(outcome.svg.encode()).hexdigest()[:16]]


def show(task, label, lines):
    """The text letter for letter; and, where an interpreter's message is in it, the text but for that message."""
    text = "\n".join(lines)
    rest = " ".join(text.split())
    for message in sorted({" ".join(message.split()) for message in MESSAGES} - {""}, key=len, reverse=True):
        rest = rest.replace(message, "(message)")
    print(json.dumps([task, label, hashlib.sha256(text.encode()).hexdigest()[:16], text[:3000], MESSAGES and rest]))
    MESSAGES.clear()


answers = json.loads(globals().get("given", "[]"))  # a collector of doctests gives none
if answers:
    driver.describe, running.in_words = described, worded
for task in dict.fromkeys(name for name, _, _ in answers):
    exercise = home(task)
    reference = exercise.reference
    show(task, "the reference", said(task, reference))
    for mistake in exercise.task(task).mistakes:
        with contextlib.redirect_stdout(io.StringIO()):
            thing = exercise.mistaken(exercise.task(task), mistake)
        show(task, mistake.sentence, said(task, {**reference, task: thing}))
for task, label, source in answers:
    namespace = {"__name__": "__main__"}
    for cell in home(task).code_cells:
        if BEGIN not in cell and "check(" not in cell:
            running.run_cell("cell 1", cell, namespace)
    MESSAGES.clear()
    ran = running.run_cell("cell 5", source, namespace)
    lines = [ran["text"], ran["error"]]
    show(task, label, lines if ran["error"] or task not in namespace else [*lines, *said(task, namespace)])
