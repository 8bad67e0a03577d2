"""lrcourse: learning-rate schedules, built from scratch.

Importing the package loads nothing outside the standard library; the heavy names come in when they are first asked for.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec

_HOME = {"find_lr": "finder", "race": "training"}
# Modules that have moved, for the notebooks and scripts that still import them by their old names.
_MOVED = {
    "claims": "evidence.claims",
    "compare": "evidence",
    "environment": "workshop.environment",
    "gallery": "workshop.gallery",
    "notebooks": "workshop.rerun",
    "progress": "waiting",
    "testing": "workshop.checks",
    "grading.driver": "exercises.driver",
    "grading.exercise": "exercises.exercise",
    "grading.judge": "exercises.judge",
    "grading.release": "exercises.release",
}


class _Moved:
    """Finds a module that has moved under its old name."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        package, _, old = name.partition(".")
        return ModuleSpec(name, _Moved) if package == __name__ and old in _MOVED else None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        home = _MOVED[module.__name__.partition(".")[2]]
        sys.modules[module.__name__] = import_module(f"{__name__}.{home}")


sys.meta_path.append(_Moved)


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
