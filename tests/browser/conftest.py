"""The browser tests' server and browser, one of each for all; skipped with a reason where there is no Chromium."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for driver and lessons, beside this file

from driver import CHROMIUM, chromium, jupyterlab  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--screenshots", metavar="DIR", help="a folder for pictures of what the browser tests see")


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        if "chromium" in os.environ.get("LRCOURSE_REQUIRE", "").split(","):
            pytest.fail(
                "LRCOURSE_REQUIRE asks for chromium and there is none on the PATH (Debian: apt install chromium)"
            )
        pytest.skip("no chromium on the PATH (Debian: apt install chromium)")
    with chromium() as context:
        yield context


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")  # JupyterLab must never write into the checkout


@pytest.fixture(scope="session")
def lab(browser, folder):
    with jupyterlab(folder) as server:
        yield server


@pytest.fixture(scope="session")
def screenshot(pytestconfig):
    """A function that keeps a picture of a page or an element, if a folder was named on the command line."""
    directory = pytestconfig.getoption("--screenshots", default=None)

    def keep(name, seen):
        if directory:
            Path(directory).mkdir(parents=True, exist_ok=True)
            seen.screenshot(path=Path(directory) / f"{name}.png")

    return keep
