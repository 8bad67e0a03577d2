"""`python3 -m lrcourse play [NAME]`: the playgrounds as web pages of their own, for a lecturer at the projector.

A small server of tornado (JupyterLab's own) takes the kernel's place: JupyterLab, also with a single document, shows a
cell that must first be run, and starts in many seconds; this is on the screen in one.
"""

import argparse
import asyncio
import json
import textwrap
import webbrowser
from pathlib import Path

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from lrcourse.widgets.look import script, style
from lrcourse.widgets.room import ROOM, SHELVES

PAGE = Path(__file__).with_name("widgets") / "play.html"
NAMES = ("title", "resets", "ahead", "specs", "state", "view", "backs")


class Page(RequestHandler):
    """The page around one widget, with links to the others; without a name, or with one that is not there, the list."""

    def get(self, name):
        """The page; the list comes with 404 for a name that is not there."""
        known = name in ROOM
        if name and not known:
            self.set_status(404)
        heading = "All there is to play with" if not name else name if known else f"There is no {name} here"
        told = [title for title, shelf in SHELVES.items() if any(what for _, what in shelf.values())]
        name = name if known else ""
        self.render(str(PAGE), name=name, heading=heading, shelves=SHELVES, told=told, style=style())


class Script(RequestHandler):
    """The widgets' own JavaScript."""

    def get(self):
        """The module that builds the controls."""
        self.set_header("Content-Type", "text/javascript")
        self.write(script())


class Wire(WebSocketHandler):
    """A page's connection: every message is the state of its controls, every answer what to show."""

    def open(self, name):
        """A widget of this page's own."""
        self.panel = ROOM[name]()
        self.write_message({key: getattr(self.panel, key) for key in NAMES})

    def on_message(self, message):
        """Move the controls and answer."""
        self.panel.state = json.loads(message)
        self.write_message({"view": self.panel.view, "backs": self.panel.backs, "state": self.panel.state})


def _port(text):
    if not (text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, not {text}")
    return int(text)


def _names():
    listed = []
    for title, shelf in SHELVES.items():
        lines = [f"  {name:<25} {what}" for name, (_, what) in shelf.items() if what]
        short = ", ".join(name for name, (_, what) in shelf.items() if not what)
        lines += textwrap.wrap(short, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        listed.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join(
        [
            *listed,
            "Without a NAME, a page lists them all. The address of a page holds where its controls stand,\n"
            "a challenge's round and setting too: copy it to share them.\n"
            "The key F is for a projector: large type, full screen.",
        ]
    )


async def serve(name, port, show):
    """Serve until stopped; show is called with the page's address."""
    routes = [(r"/panel\.js", Script), (rf"/wire/({'|'.join(ROOM)})", Wire), (r"/(.*)", Page)]
    server = Application(routes).listen(port, address="127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    show(f"http://127.0.0.1:{port}/{name}")
    await asyncio.Event().wait()


def main(argv):
    """Open a playground in the browser and serve it until Ctrl-C; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m lrcourse play",
        description=__doc__.split("\n")[0].partition(": ")[2].capitalize(),
        epilog=_names(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", default="", choices=["", *ROOM], metavar="NAME")
    parser.add_argument("--port", type=_port, default=0, help="a port of your choice instead of any that is free")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    options = parser.parse_args(argv)

    def show(address):
        print(f"The playground is at {address}\nStop it with Ctrl-C.", flush=True)
        if not options.no_browser:
            webbrowser.open(address)

    try:
        asyncio.run(serve(options.name, options.port, show))
    except OSError as error:
        print(f"lrcourse: port {options.port} cannot be used: {error}. Leave --port out to get a free one.")
        return 1
    except KeyboardInterrupt:
        pass
    return 0
