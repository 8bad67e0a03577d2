"""The part of the package that the browser's Python gets, as one file: the standard library is enough for it."""

import json
from gzip import compress
from pathlib import Path

from lrcourse.exercises.handout import MODULES

PACKAGE = Path(__file__).parents[1]
ROOMS = ("schedules", "schedulers", "widgets")  # what of a room needs more is never imported there
OTHERS = ("landscapes", "site/__init__", "site/attempts", "site/browser", "site/keeping", "site/running")


def bundle(handout=None, extra=()):
    """{path: text} as gzipped JSON, the same for the same sources: the page writes it file by file.

    handout: a hand-out's folder of notebooks, whose own data files are taken. extra: (path, bytes) besides.
    """
    data = (handout / "lrcourse" if handout else PACKAGE) / "exercises" / "data"
    files = {PACKAGE / f"{name}.py": f"{name}.py" for name in (*MODULES, *OTHERS)}
    for room in ROOMS:
        files |= {file: file.relative_to(PACKAGE).as_posix() for file in (PACKAGE / room).rglob("*.py")}
    files |= {file: f"exercises/data/{file.name}" for file in data.glob("*.json")}
    held = [*((f"lrcourse/{path}", file.read_bytes()) for file, path in files.items()), *extra]
    return compress(json.dumps({path: text.decode() for path, text in sorted(held)}).encode(), 9, mtime=0)
