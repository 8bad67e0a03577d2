"""`python3 -m lrcourse site OUT`: the whole course as a folder that any web server can show."""

import argparse
import json
import re
import sys
import time
import webbrowser
from functools import cache
from gzip import compress
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lrcourse.site import bundle, bundling, course, lessons, precompiling, searching, serving, shapes, wasm
from lrcourse.site.browser import panel_of, told
from lrcourse.site.folder import Folder, mark
from lrcourse.site.rehearsal import rehearse
from lrcourse.site.texts import leads
from lrcourse.widgets import look
from lrcourse.widgets.room import ROOM, SHELVES

WEB = Path(__file__).with_name("web")
POLICY = (  # pictures from anywhere: some platforms lead from a page's address to another server for all but the page
    "default-src 'self'; img-src * data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-eval'; object-src 'none'; base-uri 'none'"
)
ROOM_SETUP = "from lrcourse.widgets.room import ROOM"
SAID_HERE = {  # what a notebook says of itself, and what is so on a page that runs Python
    "Click a cell and press Shift+Enter to run it.": (
        "Here in the page every panel is ready to move, and a cell with a button can be changed and run."
    ),
    "Put a letter in place of the question mark and run the cell.": "Choose a letter.",
    "Save the notebook; it is what you hand in.": "Your notebook, to download below, is what you hand in.",
}
HERO = ("from lrcourse.widgets import playground", 'playground("cosine", T_max=60)')  # it rises again: worth a hand


class Site:
    """One build: its files in `folder`, and in `lacks` a sentence for each thing that could not be had."""

    def __init__(self, repository="", handout=None, root=course.ROOT):
        self.root, self.repository, self.handout = root, repository, handout
        self.folder, self.lacks, self.sections = Folder(), [], []
        self.lock = "null"
        self.lessons, self.texts = course.lessons(root), course.texts(root)
        self.exercises = course.exercises(handout or root / "exercises")
        self.pages = [*self.lessons, *self.exercises, *self.texts]

    def build(self):
        """Make every file."""
        self.python = self._python()
        self.assets = self.folder.add_together("assets", self._assets())
        for shelf in (self.lessons, self.exercises, self.texts):
            for i, page in enumerate(shelf):
                before, after = (shelf[i - 1 : i], shelf[i + 1 : i + 2]) if shelf is not self.texts else ([], [])
                self._page(page, *before[:1] or [None], *after or [None])
        self._front()
        self._room()
        words = self.folder.add_marked("search-words.js", searching.as_script(self.sections))
        self.folder.add(
            "search.html",
            self._render("search.html", kind="search", title="Search | lrcourse", pages=self.pages, words=words),
        )
        self._keeper()
        return self

    def _python(self):
        """The version of the browser's Python, its files kept; nothing where it cannot be had."""
        try:
            files = wasm.files()
        except wasm.NotToBeHad as error:
            self.lacks.append(f"Nothing on the pages moves or runs, since Python for the browser is missing: {error}.")
            return ""
        self.lock, ours = files["pyodide-lock.json"].decode(), bundle.bundle(self.handout)
        parts = {  # by names that every server knows and none unpacks: not all send .mjs as a script
            "pyodide.js": files["pyodide.mjs"],
            "pyodide.asm.js": files["pyodide.asm.mjs"],
            "pyodide.asm.wasm.bin": compress(files["pyodide.asm.wasm"], 9, mtime=0),
            "python_stdlib.zip": precompiling.library(files, ours),
            "lrcourse.json.bin": ours,
        }
        return self.folder.add_together("python", parts).rpartition("/")[2]

    def _assets(self):
        names = [
            "theme.js",
            "search.js",
            "icon.svg",
            "early.js",
            "page.js",
            "cells.js",
            "kept.js",
            "panels.js",
            "python.js",
            "worker.js",
        ]
        files = {name: (WEB / name).read_text(encoding="utf-8") for name in names}
        files["worker.js"] = files["worker.js"].replace("{{ version }}", self.python).replace("{{ lock }}", self.lock)
        try:
            files["editor.js"] = bundling.script()
        except wasm.NotToBeHad as error:
            self.lacks.append(f"Cells are written in plain text fields, since the editor is missing: {error}.")
        files["cells.js"] = files["cells.js"].replace("{{ editor }}", "./editor.js" if "editor.js" in files else "")
        files["site.css"] = (WEB / "site.css").read_text(encoding="utf-8") + look.style()
        return files | {"panel.js": look.script()}

    def _page(self, page, before, after):
        links = leads(self.pages, page, self.repository)
        body, outline, live = lessons.lesson(page, self.folder, links, self.root)
        if live and self.python:
            for there, here in SAID_HERE.items():
                body = body.replace(there, here)
        self.sections += searching.sections(page, body, outline)
        beside = [one and {"path": Path(one.path).name, "title": one.title} for one in (before, after)]
        html = self._render(
            "page.html",
            up="../",
            title=f"{page.heading} | lrcourse",
            description=page.question or page.title,
            kind=page.kind,
            kicker={"lesson": f"Lesson {page.number}", "exercise": f"Exercise {page.number}"}.get(page.kind, ""),
            body=Markup(_headed(body)),
            outline=[(id, words) for level, id, words in outline if level == 2],
            before=beside[0],
            after=beside[1],
            live=live,
            notebook=self._notebook(page),
            name=page.file.stem,
        )
        self.folder.add(page.path, html)

    def _notebook(self, page):
        """The address, seen from its page, of the notebook that a page was made of."""
        if page.file.suffix != ".ipynb":
            return ""
        return Path(self.folder.add_marked(page.source, page.file.read_bytes())).name

    def _front(self):
        panel = panel_of(*HERO)
        place = lessons.place(self.folder, "panels/start", told(panel), panel.words(), *HERO).replace("../", "")
        place = place.replace(' loading="lazy"', "")  # it is on the first screen
        shapely = {page: Markup(shapes.shape(page)) for page in self.lessons}
        html = self._render(
            "index.html",
            title="lrcourse: learning-rate schedules, built from scratch",
            kind="start",
            lessons=self.lessons,
            shapes=shapely,
            exercises=self.exercises,
            texts=self.texts,
            panel=Markup(place),
            live=True,
        )
        self.folder.add("index.html", html)

    def _room(self):
        """A page for every panel there is, but for those that a Python without packages cannot make."""
        jobs = {name: {"setup": ROOM_SETUP, "source": f"ROOM[{name!r}]()", "printed": None} for name in ROOM}
        tried = dict(zip(ROOM, rehearse(list(jobs.values()), self.root), strict=True))
        made = {name: one for name, one in tried.items() if "panel" in one}
        shelves = {
            shelf: [(name, what) for name, (_, what) in panels.items() if name in made]
            for shelf, panels in SHELVES.items()
        }
        heading = "All there is to play with"
        usual = {"up": "../", "name": "", "panel": "", "shelves": shelves, "heading": heading}
        page = self._render("play.html", **usual, kind="search", title=f"{heading} | lrcourse")
        self.folder.add("play/index.html", page)
        for name, one in made.items():
            panel, source = one["panel"], jobs[name]["source"]
            html = lessons.place(self.folder, f"panels/{name}", panel, one["words"], ROOM_SETUP, source)
            given = {"name": name, "panel": Markup(html), "heading": panel["title"]}
            page = self._render(
                "play.html", live=True, **usual | given, kind="play", title=f"{panel['title']} | lrcourse"
            )
            self.folder.add(f"play/{name}.html", page)

    def _keeper(self):
        """The service worker, which knows every file that a page may load; a lesson's notebook is not among them."""
        paths = [path for path in self.folder.files if not re.match(r"notebooks/.*\.ipynb$", path)]
        files = {path: self.folder.marks.get(path, "") for path in paths}
        version = mark(*(part for path, content in self.folder.files.items() for part in (path.encode(), content)))
        text = (WEB / "sw.js").read_text(encoding="utf-8")
        self.folder.add("sw.js", text.replace("{{ files }}", json.dumps(files)).replace("{{ version }}", version))

    def _render(self, template, live=False, **given):
        usual = {"up": "", "kind": "", "outline": [], "description": "Learning-rate schedules, built from scratch"}
        here = {"policy": POLICY, "assets": self.assets, "repository": self.repository, "python": bool(self.python)}
        return _templates().get_template(template).render(**usual | here | {"live": live and self.python} | given)


def _headed(body):
    """The first heading without its number, which stands above it, and its question in a line of its own."""

    def split(found):
        words = re.sub(r"^(?:Exercise )?\d+:? +", "", found[2])
        name, colon, question = words.partition(": ")
        name, question = (one[:1].upper() + one[1:] for one in (name, question))
        return f"{found[1]}{name}<span>{question}</span></h1>" if colon else f"{found[1]}{name}</h1>"

    return re.sub(r'(<h1 id="[^"]*">)(.*?)</h1>', split, body, count=1)


@cache
def _templates():
    pages = Environment(
        loader=PackageLoader("lrcourse.site", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["words"] = lambda name: re.sub(r"^(challenge|sentence|guess)_", "", name).replace("_", " ")
    return pages


def main(argv):
    """Build the site, and show it when asked to; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m lrcourse site",
        description="Write the whole course as a folder that any web server can show.",
    )
    parser.add_argument("out", type=_free, metavar="OUT", help="the folder to write; a site that is there is replaced")
    parser.add_argument("--handout", type=_handout, metavar="FOLDER", help="take the exercises from this hand-out")
    parser.add_argument("--repository", type=_address, metavar="URL", help="where the course's folder is shown")
    parser.add_argument("--serve", action="store_true", help="then show it in the browser, on this machine only")
    parser.add_argument("--port", type=_port, default=0, help="with --serve: a port of your choice")
    parser.add_argument("--no-browser", action="store_true", help="with --serve: only print the address")
    options = parser.parse_args(argv)
    started = time.monotonic()
    try:
        site = Site(options.repository or "", options.handout).build()
        site.folder.write(options.out)
    except OSError as error:
        print(f"lrcourse site: {error}", file=sys.stderr)
        return 1
    size = sum(map(len, site.folder.files.values())) / 1e6
    print(f"{len(site.folder.files)} files, {size:.1f} MB, in {options.out} ({time.monotonic() - started:.1f} s)")
    print("".join(f"{lack}\n" for lack in site.lacks), end="", flush=True)
    return _show(options) if options.serve else 0


def _show(options):
    try:
        with serving.server(options.out, options.port) as server:
            address = f"http://127.0.0.1:{server.server_port}/"
            print(f"The site is at {address}\nStop it with Ctrl-C.", flush=True)
            if not options.no_browser:
                webbrowser.open(address)
            server.serve_forever()
    except OSError as error:
        print(f"lrcourse site: port {options.port} cannot be used: {error}. Leave --port out to get a free one.")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _free(text):
    """A folder that may be replaced: a new one, an empty one, or a site. Nobody's own files are written over."""
    folder = Path(text)
    if folder.exists() and not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a file, and a folder is wanted")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "sw.js").is_file():
        raise argparse.ArgumentTypeError(f"{text} holds other things than a site; name a new folder")
    return folder


def _handout(text):
    folder = Path(text)
    for place in (folder, folder / "exercises"):
        if any(place.glob("[0-9]*.ipynb")):
            return place
    raise argparse.ArgumentTypeError(f"{text} holds no exercise notebooks")


def _address(text):
    if not re.match(r"https?://[^\s\"<>]+$", text):
        raise argparse.ArgumentTypeError(f"an address begins with https:// and {text!r} does not")
    return text.rstrip("/")


def _port(text):
    if not (text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, not {text}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
