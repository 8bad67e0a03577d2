"""Ends a learner's code after so many seconds. In a grader's sandbox the kernel's limits do that."""

import contextlib
import ctypes
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from lrcourse.exercises import driver


class TimeUp(BaseException):
    """The code ran past its time; no Exception, so that `except Exception` does not swallow it."""

    seconds: float = 0

    def __str__(self) -> str:
        return f"stopped after {self.seconds:g} seconds: does a loop never end?"


def answer(request: dict[str, Any], namespace: dict[str, Any], seconds: float, busy: bool = False) -> dict[str, Any]:
    """driver.answer, an error of type "TimeUp" after so many seconds.

    busy: seconds that this process computed, where the system can tell, so that a machine with much else to do gives
    the same answer as an idle one.
    """
    try:
        with time_limit(seconds, busy):
            return driver.answer(request, namespace)
    except TimeUp as blow:  # it came again while the first was put into words
        return {"id": request["id"], "error": {"type": "TimeUp", "message": str(blow), "traceback": ""}}


def time_limit(seconds: float, busy: bool = False) -> contextlib.AbstractContextManager[None]:
    """Raises a TimeUp in the body after so many seconds; the body runs in the caller's own thread.

    A signal does it in the main thread of a Unix process; elsewhere a watching thread asks the interpreter to raise. In
    a browser there is neither: there Python itself looks at the clock as it runs the learner's code. All raise again
    every tenth of a second or sooner, so that a bare `except:` inside a loop does not hide it for ever.
    """
    blow = type("TimeUp", (TimeUp,), {"seconds": seconds})
    if sys.platform == "emscripten":
        return _looked_at(blow)
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return _signalled(blow, busy)
    return _watched(threading.get_ident(), blow)


@contextmanager
def _signalled(blow: type[TimeUp], busy: bool) -> Iterator[None]:
    number, timer = (signal.SIGVTALRM, signal.ITIMER_VIRTUAL) if busy else (signal.SIGALRM, signal.ITIMER_REAL)

    def stop(signum: int, frame: FrameType | None) -> None:
        raise blow

    before = signal.signal(number, stop)
    signal.setitimer(timer, blow.seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)


@contextmanager
def _watched(thread: int, blow: type[TimeUp]) -> Iterator[None]:
    over, lock = threading.Event(), threading.Lock()

    def watch() -> None:
        wait = blow.seconds
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(blow))
            wait = 0.1

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            over.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None)


LOOKS_EVERY = 200  # events: a look at the clock costs more than most lines


@contextmanager
def _looked_at(blow: type[TimeUp]) -> Iterator[None]:
    """By sys.monitoring (Python 3.12): an event at each call, jump and branch of the learner's code, and of no other.

    Raised inside a library, it would break what that has begun; so events there are switched off as they come.
    """
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None:
        yield
        return
    tool, names = monitoring.DEBUGGER_ID, monitoring.events
    branches = ("BRANCH_LEFT", "BRANCH_RIGHT") if hasattr(names, "BRANCH_LEFT") else ("BRANCH",)  # from 3.14 on two
    events = [getattr(names, name) for name in ("PY_START", "JUMP", *branches)]
    end, count = time.monotonic() + blow.seconds, 0

    def look(code: CodeType, *place: int) -> Any:
        nonlocal count
        if not driver._is_theirs(code.co_filename):
            return monitoring.DISABLE
        count += 1
        if count % LOOKS_EVERY == 0 and time.monotonic() > end:
            raise blow
        return None

    monitoring.use_tool_id(tool, "lrcourse")
    for event in events:
        monitoring.register_callback(tool, event, look)
    monitoring.set_events(tool, sum(events))
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)
        monitoring.restart_events()
