"""Grading: find what was handed in, run it where it can do no harm, compare, record, tell."""

from importlib import import_module


def __getattr__(name):
    if name in ("check", "hint", "progress", "solution"):  # as notebooks import them that students have had for a while
        return getattr(import_module("lrcourse.exercises"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
