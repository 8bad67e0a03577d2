"""Ends a learner's code after so many seconds. In a grader's sandbox the kernel's limits do that."""

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from lrcourse.exercises import driver


class TimeUp(BaseException):
    """The code ran past its time; no Exception, so that `except Exception` does not swallow it."""

    seconds: float = 0

    def __str__(self) -> str:
        return f"stopped after {self.seconds:g} seconds: does a loop never end?"


def answer(request: dict[str, Any], namespace: dict[str, Any], seconds: float) -> dict[str, Any]:
    """driver.answer, an error of type "TimeUp" after so many seconds of wall time."""
    try:
        with time_limit(seconds):
            return driver.answer(request, namespace)
    except TimeUp as blow:  # it came again while the first was put into words
        return {"id": request["id"], "error": {"type": "TimeUp", "message": str(blow), "traceback": ""}}


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises a TimeUp in the body after so many seconds of wall time; the body runs in the caller's own thread.

    A signal does it in the main thread of a Unix process; elsewhere a watching thread asks the interpreter to raise. It
    raises again every tenth of a second, so that a bare `except:` inside a loop does not hide it for ever.
    """
    blow = type("TimeUp", (TimeUp,), {"seconds": seconds})
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():

        def stop(signum: int, frame: FrameType | None) -> None:
            raise blow

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
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
        with lock:
            over.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None)
