"""A JupyterLab server, a Chromium and a Firefox of our own, for tests that look at what a learner sees."""

import contextlib
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from lrcourse.workshop import opening

CHROMIUM = os.environ.get("LRCOURSE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FIREFOX = os.environ.get("LRCOURSE_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,MediaRouter,OptimizationHints",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
]
# every cell in the page, so that outputs below the fold can be found; all else is as the course's own command has it
SETTINGS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}
OWN_FOLDERS = (
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "IPYTHONDIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "XDG_DATA_HOME",  # the learner's progress
)


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(url, process, seconds=120):
    """Return once the URL answers; RuntimeError if its server ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError(f"no answer from {url}, exit status {process.poll()}")


def stop(process):
    """Ask a server to end, as Ctrl-C does, and see that it has."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)  # JupyterLab shuts its kernels down on it
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


@contextlib.contextmanager
def jupyterlab(root):
    """The course's JupyterLab on a folder, with a port and a token of its own; gives (address, token)."""
    port, token, own = free_port(), secrets.token_hex(16), Path(tempfile.mkdtemp(prefix="lab-"))
    environment = os.environ | {name: str(own / name.lower()) for name in OWN_FOLDERS}
    for name, value in SETTINGS.items():
        file = own / "jupyterlab_settings_dir" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value), encoding="utf-8")
    environment["JUPYTER_CONFIG_PATH"] = opening.config_path()
    options = [
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        "--expose-app-in-browser",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.terminals_enabled=False",
    ]
    with open(own / "server.log", "wb") as log:
        command = opening.command(options, root)
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status?token={token}", server)
        yield f"http://127.0.0.1:{port}", token
    finally:
        stop(server)
        shutil.rmtree(own, ignore_errors=True)


@contextlib.contextmanager
def chromium(width=1280, height=900):
    """A browser with nothing remembered; gives its Playwright context."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, launched_chromium(playwright) as browser:
        yield browser.new_context(viewport={"width": width, "height": height})


@contextlib.contextmanager
def launched_chromium(playwright):
    """The Chromium on the PATH as a Playwright browser."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_ARGS)
    try:
        yield browser
    finally:
        browser.close()


@contextlib.contextmanager
def launched_firefox(playwright, downloads=None):
    """The Firefox on the PATH as a Playwright browser, by WebDriver BiDi: Playwright's own way needs a patched one.

    downloads: the folder that gets what is downloaded; of that Playwright hears nothing from it.
    """
    with tempfile.TemporaryDirectory(prefix="firefox-") as folder:
        start = Path(folder, "firefox")
        command = [sys.executable, str(Path(__file__).with_name("firefox.py")), FIREFOX]
        start.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        start.chmod(0o700)
        where = {"executable_path": start, "downloads_path": downloads}
        browser = playwright.firefox.launch(channel="moz-firefox", headless=True, **where)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page, and what its console and its network reported."""

    def __init__(self, context, address, page=None):
        self.page = page or context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors, self.outside = [], []
        near = (address, address.replace("http", "ws", 1), "data:", "blob:")
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda r: None if r.url.startswith(near) else self.outside.append(r.url))


IDLE = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return session?.isReady && session.session?.kernel?.status === 'idle'
    && ![...document.querySelectorAll('.jp-InputPrompt')].some(prompt => prompt.textContent.includes('*'));
}"""
PROBLEMS = """(part) => [...(part ?? document).querySelectorAll(
  '[data-mime-type="application/vnd.jupyter.stderr"], [data-mime-type="application/vnd.jupyter.error"]'
)].map(output => output.textContent)"""


class Notebook(Watched):
    """A notebook in JupyterLab, opened in a page of its own, without the side bars."""

    def __init__(self, context, lab, path, page=None):
        address, token = lab
        super().__init__(context, address, page)
        self.page.goto(f"{address}/doc/tree/{path}?token={token}&reset", wait_until="domcontentloaded")
        self.wait_idle()

    def wait_idle(self):
        """Until the kernel has nothing left to do."""
        self.page.wait_for_function(IDLE)

    def command(self, name, **arguments):
        """Run one of JupyterLab's commands, as its menu does."""
        call = "([name, given]) => window.jupyterapp.commands.execute(name, given)"
        return self.page.evaluate(call, [name, arguments])

    def run_all(self):
        """Run every cell; what they wrote to stderr or raised, as a list of texts."""
        self.command("notebook:run-all-cells")
        self.wait_idle()
        return self.page.evaluate(PROBLEMS)

    def close(self):
        """End the kernel and the page."""
        with contextlib.suppress(Exception):
            self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.close()
