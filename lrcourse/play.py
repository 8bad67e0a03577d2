"""`python3 -m lrcourse play [SCHEDULE]`: one playground as a web page of its own, for a lecturer at the projector.

A small server of tornado (JupyterLab's own) takes the kernel's place: JupyterLab, also with a single document, shows a
cell that must first be run, and starts in many seconds; this is on the screen in one.
"""

import argparse
import asyncio
import json
import webbrowser
from pathlib import Path

from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from lrcourse.widgets import playground
from lrcourse.widgets.controls import DEFAULTS
from lrcourse.widgets.panel import script, style

PAGE = Path(__file__).with_name("widgets") / "play.html"


class Page(RequestHandler):
    """The page around one playground, with links to the others."""

    def get(self, schedule):
        """The page; 404 for a schedule that is not there."""
        if schedule not in DEFAULTS:
            raise HTTPError(404, f"no schedule {schedule}")
        self.render(str(PAGE), schedule=schedule, schedules=list(DEFAULTS), style=style())


class Script(RequestHandler):
    """The widget's own JavaScript."""

    def get(self):
        """The module that builds the controls."""
        self.set_header("Content-Type", "text/javascript")
        self.write(script())


class Wire(WebSocketHandler):
    """A page's connection: every message is the state of its controls, every answer what to show."""

    def open(self, schedule):
        """A playground of this page's own."""
        self.panel = playground(schedule)
        names = ("title", "resets", "specs", "state", "view", "backs")
        self.write_message({name: getattr(self.panel, name) for name in names})

    def on_message(self, message):
        """Move the controls and answer."""
        self.panel.state = json.loads(message)
        self.write_message({"view": self.panel.view, "backs": self.panel.backs})


def _port(text):
    if not (text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, not {text}")
    return int(text)


async def serve(schedule, port, show):
    """Serve until stopped; show is called with the page's address."""
    names = "|".join(DEFAULTS)
    routes = [(r"/panel\.js", Script), (rf"/wire/({names})", Wire), (r"/(\w+)", Page)]
    server = Application(routes).listen(port, address="127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    show(f"http://127.0.0.1:{port}/{schedule}")
    await asyncio.Event().wait()


def main(argv):
    """Open the playground in the browser and serve it until Ctrl-C; the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse play", description=__doc__.split("\n")[0])
    parser.add_argument("schedule", nargs="?", default="cosine", choices=list(DEFAULTS), metavar="SCHEDULE")
    parser.add_argument("--port", type=_port, default=0, help="a port of your choice instead of any that is free")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    options = parser.parse_args(argv)

    def show(address):
        print(f"The playground is at {address}\nStop it with Ctrl-C.", flush=True)
        if not options.no_browser:
            webbrowser.open(address)

    try:
        asyncio.run(serve(options.schedule, options.port, show))
    except OSError as error:
        print(f"lrcourse: port {options.port} cannot be used: {error}. Leave --port out to get a free one.")
        return 1
    except KeyboardInterrupt:
        pass
    return 0
