"""Ends a learner's code after so many seconds. In a grader's sandbox the kernel's limits do that."""

import ctypes
import os
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
    """driver.answer, an error of type "TimeUp" after so many seconds of wall time.

    busy: of time in which this process computed, where the system can tell: the same on a machine with much else to do.
    """
    try:
        with time_limit(seconds, busy):
            return driver.answer(request, namespace)
    except TimeUp as blow:  # it came again while the first was put into words
        return {"id": request["id"], "error": {"type": "TimeUp", "message": str(blow), "traceback": ""}}


@contextmanager
def time_limit(seconds: float, busy: bool = False) -> Iterator[None]:
    """Raises a TimeUp in the body after so many seconds of wall time; the body runs in the caller's own thread.

    A signal does it in the main thread of a Unix process; elsewhere a watching thread asks the interpreter to raise. It
    raises again every tenth of a second, so that a bare `except:` inside a loop does not hide it for ever. A browser's
    Python has neither: there the interpreter asks at every jump and call of the learner's own code, so a loop within a
    library's C code is not ended.
    """
    blow = type("TimeUp", (TimeUp,), {"seconds": seconds})
    if sys.platform == "emscripten":
        with _monitored(blow):
            yield
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        number, timer = (signal.SIGVTALRM, signal.ITIMER_VIRTUAL) if busy else (signal.SIGALRM, signal.ITIMER_REAL)

        def stop(signum: int, frame: FrameType | None) -> None:
            raise blow

        before = signal.signal(number, stop)
        signal.setitimer(timer, seconds, 0.1)
        try:
            yield
        finally:
            signal.setitimer(timer, 0)
            signal.signal(number, before)
    else:
        with _watched(threading.get_ident(), blow):
            yield


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
        _end(over, lock)


def _end(over: threading.Event, lock: threading.Lock) -> None:
    """No blow comes after this. One that was sent comes here: to call it back makes Python 3.11 hang in a debugger."""
    while True:
        try:
            with lock:
                over.set()
            for _ in range(100):  # Python raises it at a jump
                pass
            return
        except TimeUp:
            pass


_TOOL = 4  # of the six that sys.monitoring knows; 0 to 3 and 5 have their usual owners
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_limits: list[tuple[float, type[TimeUp]]] = []  # those in force: (when, what is raised), one within the other


@contextmanager
def _monitored(blow: type[TimeUp]) -> Iterator[None]:
    """Raise in code of neither the course nor a library: those, cut in the middle, would be left in pieces."""
    monitoring: Any = getattr(sys, "monitoring")  # noqa: B009  (Python 3.12)
    kinds = [monitoring.events.PY_START, monitoring.events.JUMP]
    kinds += [getattr(monitoring.events, name) for name in _branches(monitoring)]
    if not _limits:
        monitoring.use_tool_id(_TOOL, "lrcourse time limit")
        for kind in kinds:
            monitoring.register_callback(_TOOL, kind, _tick)
        monitoring.set_events(_TOOL, sum(kinds))
    _limits.append((time.perf_counter() + blow.seconds, blow))
    try:
        yield
    finally:
        _limits.pop()
        if not _limits:
            monitoring.set_events(_TOOL, 0)
            monitoring.free_tool_id(_TOOL)


def _branches(monitoring: Any) -> list[str]:
    both = ["BRANCH_LEFT", "BRANCH_RIGHT"]  # since Python 3.14
    return both if hasattr(monitoring.events, both[0]) else ["BRANCH"]


def _tick(code: CodeType, *where: object) -> Any:
    if not driver._is_theirs(code.co_filename) or code.co_filename.startswith(_PACKAGE):
        return getattr(sys, "monitoring").DISABLE  # noqa: B009
    now = time.perf_counter()
    for end, blow in _limits:
        if now > end:
            raise blow
    return None
