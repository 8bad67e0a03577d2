"""One account of time for a submission: whatever it does with its time, it ends within it and keeps what is right.

All times are a third of the real ones: the limits, and how far apart the looks at a sandbox are.
"""

import json
import random
import time

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import hearing, sandbox, talk
from lrcourse.grading.demo_class import solved, with_cell
from lrcourse.grading.marking import mark

pytestmark = pytest.mark.usefixtures("bubblewrap")
NAME, FULL = "02_step_decay", 10
THIRD = sandbox.Limits(call=1, cpu=3, asleep=2.4, total=6)
BOTH = "for n in range(3, 10):\n        try: os.write(n, b'{{}}\\n')\n        except OSError: pass\n    "
# What takes time, each as a cell of its own or as an answer: (text, whether it works, not waits).
WAYS = {
    "sleeps": ("time.sleep(99)", False),
    "sleeps in small pieces": ("while True: time.sleep(0.01)", False),
    "drips lines": (f"while True:\n    {BOTH.format()}time.sleep(0.1)", False),
    "waits for a lock": ("lock = threading.Lock()\nlock.acquire()\nlock.acquire()", False),
    "waits for a thread": ("threading.Thread(target=time.sleep, args=[99]).start()\ntime.sleep(99)", False),
    "waits for itself": ("a, b = socket.socketpair()\na.recv(1)", False),
    "awaits": ("asyncio.new_event_loop().run_until_complete(asyncio.sleep(99))", False),
    "stops itself": ("os.kill(os.getpid(), signal.SIGSTOP)", False),
    "pauses": ("signal.pause()", False),
    "loops": ("while True: pass", True),
    "loops in C": ("sum(iter(int, 1))", True),
    "swallows": ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", True),
    "turns its timer off": ("signal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass", True),
    "puts its timer off again and again": (
        "while True:\n    signal.setitimer(signal.ITIMER_PROF, 9)\n    sum(range(10**5))",
        True,
    ),
    "ignores signals": (
        "for n in {*range(1, 30)} - {9, 19}: signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        True,
    ),
    "works and sleeps": ("while True:\n    sum(range(10**6))\n    time.sleep(0.02)", None),
}
IMPORTS = "import asyncio, os, signal, socket, threading, time"


@pytest.fixture(autouse=True)
def _a_third(monkeypatch):
    for module in (talk, sandbox):
        monkeypatch.setattr(module, "LOOK", 0.25 / 3)
    monkeypatch.setattr(hearing, "LEAST", hearing.LEAST / 3)


def spent_on(monkeypatch, notebook):
    """(the Result, seconds asleep and at work, sandboxes) of marking a notebook."""
    outcomes, run = [], sandbox.run

    def watched(*arguments, **more):
        outcomes.append(run(*arguments, **more))
        return outcomes[-1]

    monkeypatch.setattr(sandbox, "run", watched)
    result = mark(json.dumps(notebook).encode(), NAME, "ada", "a secret of the test", THIRD)
    return result, sum(outcome.spent for outcome in outcomes), len(outcomes)


@pytest.mark.parametrize("seed", [0, 1, 2, "works and sleeps"])
def test_whatever_it_does_with_its_time_it_is_within_the_account_and_keeps_what_is_right(seed, monkeypatch):
    """Three of them in cells above the homework, or four, one in the homework's own cell, and one in an answer."""
    ways = random.Random(f"ways to spend time {seed}").sample(sorted(WAYS), 6)
    *above, within, answer = [seed] * 5 if seed in WAYS else ways[1 - seed % 2 :]
    homework = "\n".join("".join(cell["source"]) for cell in solved(load(NAME))["cells"] if cell["cell_type"] == "code")
    body = WAYS[answer][0].replace("\n", "\n    ")
    notebook = with_cell({"cells": []}, f"def step_decay(step, base_lr, step_size, gamma):\n    {body}")
    notebook = with_cell(notebook, f"{IMPORTS}\n{homework}\n{WAYS[within][0]}")
    for name in above:
        notebook = with_cell(notebook, f"{IMPORTS}\n{WAYS[name][0]}")
    result, spent, sandboxes = spent_on(monkeypatch, notebook)
    told = above, within, answer, result
    assert (result.score, result.status) == (FULL - 2, "timed out"), told
    assert spent < THIRD.total + 2 * talk.LOOK and sandboxes <= 2 + len(above) + 3, told


def test_many_short_runs_are_not_free(monkeypatch):
    """Each ends before anybody looks at it: what it may have used is counted."""
    notebook = solved(load(NAME))
    for _ in range(29):
        notebook = with_cell(notebook, "import os, time\nwhile time.process_time() < 0.06: pass\nos._exit(0)")
    result, spent, sandboxes = spent_on(monkeypatch, notebook)
    assert spent >= 0.04 * sandboxes and spent < THIRD.total + 2 * talk.LOOK
    assert result.status == "exited early"


def test_an_answer_that_is_slow_has_its_time_below_what_took_too_much(monkeypatch):
    """Beside a loop and a wait: four fifths of what one place may still use."""
    slow = "import time\nreal, at_first = step_decay, [0.55]\ndef step_decay(*given, **named):\n"
    slow += "    until = time.process_time() + (at_first.pop() if at_first else 0)\n"
    slow += "    while time.process_time() < until: pass\n    return real(*given, **named)"
    notebook = solved(load(NAME))
    notebook["cells"].append(with_cell(notebook, slow)["cells"][0])
    notebook = with_cell(with_cell(notebook, "while True: pass"), "import time\ntime.sleep(99)")
    result, _, sandboxes = spent_on(monkeypatch, notebook)
    assert (result.score, result.status, len(result.cells), sandboxes) == (FULL, "timed out", 2, 3), result


def test_a_long_wait_is_over_when_the_account_says(monkeypatch):
    """On the clock, where the machine has time for it: all that counts, and little more for starts and ends."""
    started = time.monotonic()
    notebook = solved(load(NAME))
    for _ in range(3):
        notebook = with_cell(notebook, "import time\ntime.sleep(99)")
    result, spent, sandboxes = spent_on(monkeypatch, notebook)
    assert (result.score, sandboxes) == (FULL, 4) and spent < THIRD.asleep + 3 * 0.8
    assert time.monotonic() - started < spent + 10
