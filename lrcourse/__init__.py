"""lrcourse: learning-rate schedules, built from scratch.

Importing the package loads nothing outside the standard library; the heavy names come in when they are first asked for.
"""

from importlib import import_module

_HOME = {"find_lr": "finder", "race": "training"}


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
