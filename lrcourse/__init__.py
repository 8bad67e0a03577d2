"""lrcourse: learning-rate schedules, built from scratch.

Importing the package loads nothing outside the standard library; the heavy names come in when they are first asked for.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from pkgutil import iter_modules

__version__ = "0.1.0"
_HOME = {
    "find_lr": "finder",
    "race": "training",
    "audit": "preview",
    "translate": "translation",
    "choose": "choosing",
}
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


def _modules():
    return [module.name for module in iter_modules(__path__) if not module.name.startswith("_")]


def __getattr__(name):
    if name not in _HOME and name not in _modules():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_HOME.get(name, name)}")
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] == __name__:
            raise
        message = f"{__name__}.{name} needs {error.name}, which is not installed: pip install 'lrcourse[course]'"
        raise ModuleNotFoundError(message, name=error.name) from error
    return getattr(module, name) if name in _HOME else module


def __dir__():
    return sorted({*globals(), *_HOME, *_modules()} - {"import_module", "iter_modules", "ModuleSpec", "sys"})
