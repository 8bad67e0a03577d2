"""The browser tests' server and browsers, one of each for all; skipped with a reason where there is no such browser."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for driver and lessons, beside this file

from driver import CHROMIUM, FIREFOX, jupyterlab, launched_chromium, launched_firefox, stop  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--screenshots", metavar="DIR", help="a folder for pictures of what the browser tests see")


@pytest.fixture(scope="session")
def playwright():
    """What starts browsers; one for all of them, since a thread can hold only one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright):
    """Chromium, as one visitor: a context with the browser as its `browser`."""
    _must_be_there("chromium", CHROMIUM, "chromium")
    with launched_chromium(playwright) as started:
        yield started.new_context(viewport={"width": 1280, "height": 900})


@pytest.fixture(scope="session")
def firefox_downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def firefox(playwright, firefox_downloads):
    """The same in Firefox."""
    _must_be_there("firefox", FIREFOX, "firefox-esr")
    with launched_firefox(playwright, firefox_downloads) as started:
        yield started.new_context(viewport={"width": 1280, "height": 900})


def _must_be_there(name, found, package):
    if found is None:
        reason = f"no {name} on the PATH (Debian: apt install {package})"
        if name in os.environ.get("LRCOURSE_REQUIRE", "").split(","):
            pytest.fail(f"LRCOURSE_REQUIRE asks for {name}, and there is {reason}")
        pytest.skip(reason)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")  # JupyterLab must never write into the checkout


@pytest.fixture(scope="session")
def lab(browser, folder):
    with jupyterlab(folder) as server:
        yield server


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    """The address of a server with all there is to play with."""
    command = "import sys; from lrcourse.play import main; sys.exit(main(['--no-browser']))"
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path_factory.mktemp("data"))}
    server = subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE, text=True, env=environment)
    yield server.stdout.readline().split()[-1]
    stop(server)


@pytest.fixture(scope="session")
def violations():
    """A function that says what axe-core finds wrong with a page, or with the part of it under a selector."""
    home = importlib.util.find_spec("axe_playwright_python")
    if home is None:
        if "axe" in os.environ.get("LRCOURSE_REQUIRE", "").split(","):
            pytest.fail("LRCOURSE_REQUIRE asks for axe and axe-playwright-python is not installed")
        pytest.skip("axe-playwright-python is not installed")
    script = Path(home.origin).with_name("axe.min.js").read_text(encoding="utf-8")

    def find(page, part="html"):
        page.evaluate(f"() => {{ if (!window.axe) {{ {script} }} }}")
        told = "violation => `${violation.id}: ${violation.nodes.map(node => node.html).join(' ')}`"
        return page.evaluate(f"async part => (await axe.run(part)).violations.map({told})", part)

    return find


@pytest.fixture(scope="session")
def screenshot(pytestconfig):
    """A function that keeps a picture of a page or an element, if a folder was named on the command line."""
    directory = pytestconfig.getoption("--screenshots", default=None)

    def keep(name, seen):
        if directory:
            Path(directory).mkdir(parents=True, exist_ok=True)
            seen.screenshot(path=Path(directory) / f"{name}.png")

    return keep
