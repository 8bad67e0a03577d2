"""The limits on a learner's code: what is set while it runs, and that nothing of it is left."""

import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from lrcourse.exercises import timing


@pytest.mark.parametrize(
    ("busy", "number", "timer"),
    [(False, "SIGALRM", "ITIMER_REAL"), (True, "SIGVTALRM", "ITIMER_VIRTUAL")],
)
def test_the_signal_s_timer_is_set_and_taken_back(busy, number, timer):
    number, timer = getattr(signal, number), getattr(signal, timer)
    before = signal.getsignal(number)
    with timing.time_limit(50, busy):
        left, again = signal.getitimer(timer)
        assert 40 < left <= 50.1 and again == pytest.approx(0.1, abs=0.02)
        assert signal.getsignal(number) is not before
    assert signal.getitimer(timer)[0] == 0 and signal.getsignal(number) is before


@pytest.mark.parametrize("busy", [False, True])
def test_an_endless_answer_is_told_in_words(busy):
    def endless():
        while True:
            pass

    said = timing.answer({"id": 3, "name": "f", "drive": "call"}, {"f": endless}, 0.15, busy)
    assert (said["id"], said["error"]["type"]) == (3, "TimeUp")
    assert said["error"]["message"] == "stopped after 0.15 seconds: does a loop never end?"


def blow(seconds):
    return type("TimeUp", (timing.TimeUp,), {"seconds": seconds})


def loop(source="while True: pass"):
    exec(compile(source, "<cell 1>", "exec"), {})


monitored = pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="since Python 3.12")


@monitored
def test_where_there_is_neither_signal_nor_thread_the_interpreter_asks():
    outer, inner = blow(0.05), blow(60)
    with pytest.raises(outer), timing._monitored(outer), timing._monitored(inner):
        loop()
    assert sys.monitoring.get_tool(timing._TOOL) is None and timing._limits == []
    with timing._monitored(inner):
        with pytest.raises(outer), timing._monitored(outer):
            loop()
        assert sys.monitoring.get_tool(timing._TOOL) == "lrcourse time limit" and len(timing._limits) == 1
        loop("x = [i for i in range(1000)]")
    assert sys.monitoring.get_tool(timing._TOOL) is None


@monitored
def test_a_browser_s_python_takes_that_way(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(timing.TimeUp), timing.time_limit(0.05):
        loop()


@monitored
def test_code_of_the_course_is_never_cut():
    own, theirs = (compile("1", name, "exec") for name in (timing._PACKAGE + "scene.py", "<cell 1>"))
    timing._limits.append((0.0, blow(1)))
    try:
        assert timing._tick(own) is sys.monitoring.DISABLE
        with pytest.raises(timing.TimeUp):
            timing._tick(theirs)
        timing._limits[:] = [(1e18, blow(1))]
        assert timing._tick(theirs) is None
    finally:
        timing._limits.clear()


def test_a_blow_on_the_way_as_the_watch_ends_is_swallowed():
    blows = [timing.TimeUp, timing.TimeUp]

    class Lock:
        def __enter__(self):
            if blows:
                raise blows.pop()

        def __exit__(self, *error):
            pass

    over = threading.Event()
    timing._end(over, Lock())
    assert over.is_set() and not blows


IN_A_DEBUGGER = """
import sys, threading
from lrcourse.exercises.timing import TimeUp, time_limit

def watched_then_traced():
    for seconds in (5, 0.05):
        try:
            with time_limit(seconds):
                while seconds < 1:
                    pass
        except TimeUp:
            pass
    sys.settrace(lambda *event: None)
    (lambda: 1)()
    sys.settrace(None)
    print("ended")

threading.Thread(target=watched_then_traced).start()
"""


def test_a_debugger_or_a_profiler_still_runs_after_a_watch():
    """Where no signal ends a loop: on Windows, in a thread. Python 3.11 hung for ever at the first traced call."""
    done = subprocess.run([sys.executable, "-c", IN_A_DEBUGGER], capture_output=True, text=True, timeout=60)
    assert done.stdout == "ended\n", done.stderr


class Monitoring:
    """Stands for sys.monitoring, which Python 3.11 lacks: what it was told, in order."""

    DISABLE = "never again here"

    def __init__(self, *names):
        self.events = SimpleNamespace(**{name: 2**i for i, name in enumerate(names)})
        self.told = []

    def __getattr__(self, name):
        return lambda *arguments: self.told.append((name, *arguments))


@pytest.mark.parametrize(
    "branches", [["BRANCH"], ["BRANCH_LEFT", "BRANCH_RIGHT"]], ids=["to Python 3.13", "since Python 3.14"]
)
def test_what_the_interpreter_is_asked_for(branches, monkeypatch):
    asked = Monitoring("OTHER", "PY_START", "JUMP", *branches)
    kinds = [2, 4, 8, 16][: 2 + len(branches)]
    monkeypatch.setattr(sys, "monitoring", asked, raising=False)
    with timing._monitored(blow(5)):
        start = [("use_tool_id", 4, "lrcourse time limit")]
        start += [("register_callback", 4, kind, timing._tick) for kind in kinds]
        assert asked.told == [*start, ("set_events", 4, sum(kinds))]
        with timing._monitored(blow(9)):
            assert len(timing._limits) == 2
            ends = [end - time.perf_counter() for end, _ in timing._limits]
            assert 4 < ends[0] <= 5 and 8 < ends[1] <= 9
        assert len(asked.told) == len(start) + 1 and len(timing._limits) == 1
        theirs, own, library = (
            compile("1", name, "exec") for name in ("<cell 1>", timing._PACKAGE + "scene.py", subprocess.__file__)
        )
        assert timing._tick(theirs) is None and timing._tick(own) == timing._tick(library) == Monitoring.DISABLE
        timing._limits[0] = (0.0, blow(5))
        with pytest.raises(timing.TimeUp):
            timing._tick(theirs)
    assert asked.told[-2:] == [("set_events", 4, 0), ("free_tool_id", 4)] and timing._limits == []


def test_a_page_s_python_asks_the_interpreter(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    asked = Monitoring("PY_START", "JUMP", "BRANCH")
    monkeypatch.setattr(sys, "monitoring", asked, raising=False)
    with timing.time_limit(5):
        assert asked.told[0][0] == "use_tool_id"
    assert asked.told[-1][0] == "free_tool_id"
