"""The names that every docstring's example may use without importing them: a pytest plugin."""

from types import SimpleNamespace

import pytest

from lrcourse import schedulers, schedules


@pytest.fixture(autouse=True)
def _names(doctest_namespace):
    for module in (schedules, schedulers):
        doctest_namespace.update({name: getattr(module, name) for name in module.__all__})
    doctest_namespace["SimpleNamespace"] = SimpleNamespace
    doctest_namespace["schedules"] = schedules
