"""Settings for every test: one thread a process, since pytest-xdist already fills the cores, and the same start."""

import os
import sys

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _same_start():
    """A model that a test builds starts alike in every run, whatever ran before it; who needs no torch loads none."""
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
