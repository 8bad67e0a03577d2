"""Settings for every test: one thread a process, since pytest-xdist already fills the cores, and the same start."""

import os
import subprocess
import sys

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _same_start():
    """A model that a test builds starts alike in every run, whatever ran before it; who needs no torch loads none."""
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(scope="session")
def bubblewrap():
    """Skips where bubblewrap cannot be used, with the reason; fails where LRCOURSE_REQUIRE asks for it."""
    from lrcourse.grading import sandbox

    problem = sandbox.problem()
    if problem and "bwrap" in os.environ.get("LRCOURSE_REQUIRE", ""):
        pytest.fail(problem)
    if problem:
        pytest.skip(problem)


@pytest.fixture
def busy():
    """Four busy loops to a processor while a test runs. They end with it; by themselves where the tests are killed."""
    code = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): sum(range(10**5))"
    command = [sys.executable, "-S", "-c", code, str(os.getpid())]
    loops = [subprocess.Popen(command) for _ in range(4 * (os.cpu_count() or 2))]
    yield loops
    for one in loops:
        one.kill()
        one.wait()
