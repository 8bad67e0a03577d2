"""The built site on a web server of the tests' own, and visitors to it."""

import threading
from functools import cache, partial
from http.server import ThreadingHTTPServer

import pytest
from driver import Watched

from lrcourse.site import serving, wasm
from lrcourse.site.build import Site

READY = "() => ['ready', 'none'].includes(document.body.dataset.python)"


class Quiet(serving.Handler):
    """The site's own server, which counts what it sends, and sends Python only while it may."""

    asked, python = [], threading.Event()
    python.set()

    def do_GET(self):
        self.asked.append(self.path)
        if "/python/" in self.path:
            self.python.wait()
        return super().do_GET()


class Host:
    """A web server with the site two folders down, that can be stopped and started again at its address."""

    def __init__(self, root):
        self.root, self.port = root, 0
        self.start()

    def start(self):
        Quiet.asked = []
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), partial(Quiet, directory=str(self.root)))
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/courses/lr/"


@cache
def built():
    """The site, made once for all test files of a process."""
    try:
        wasm.package()
    except wasm.NotToBeHad as error:
        pytest.skip(str(error))
    made = Site().build()
    assert made.python, made.lacks
    return made


@pytest.fixture(scope="module")
def site():
    return built()


@pytest.fixture(scope="module")
def host(site, tmp_path_factory):
    root = tmp_path_factory.mktemp("web")
    (root / "courses").mkdir()
    site.folder.write(root / "courses" / "lr")
    host = Host(root)
    yield host
    host.stop()


@pytest.fixture
def no_python_yet(host):
    """The server keeps Python back until this event is set."""
    Quiet.python.clear()
    yield Quiet.python
    Quiet.python.set()


@pytest.fixture
def visitor(browser):
    """A function that makes a new context of the same browser: a visitor who was never here."""
    made = []

    def come(width=1280, height=900, **more):
        made.append(browser.browser.new_context(viewport={"width": width, "height": height}, **more))
        return made[-1]

    yield come
    for context in made:
        context.close()


def visit(context, host, path):
    watched = Watched(context, host.address)
    watched.page.goto(host.address + path)
    return watched


def write(cell, text):
    """Replace what is written in a cell: in the editor, or in the text field where the editor could not be bundled."""
    edited = any(path.endswith("/editor.js") for path in built().folder.files)
    cell.locator(".cm-content" if edited else "textarea").click()
    cell.page.keyboard.press("Control+a")
    cell.page.keyboard.press("Delete")
    cell.page.keyboard.insert_text(text)
