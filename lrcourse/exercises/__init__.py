"""Exercises: check what you wrote, ask for a hint, see the solution, see how far you are."""

from importlib import import_module
from typing import Any

_HOME = {"check": "checking", "hint": "checking", "solution": "checking", "progress": "learner"}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
