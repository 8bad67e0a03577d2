"""What the tests of the grader share."""

import os

import pytest

from lrcourse.grading import sandbox


@pytest.fixture(scope="session")
def bubblewrap():
    """Skips where bubblewrap cannot be used, with the reason; fails where LRCOURSE_REQUIRE asks for it."""
    problem = sandbox.problem()
    if problem and "bwrap" in os.environ.get("LRCOURSE_REQUIRE", ""):
        pytest.fail(problem)
    if problem:
        pytest.skip(problem)
