"""The part of the package that the browser's Python gets, as a zip: the standard library is enough for it."""

import io
import zipfile
from pathlib import Path

from lrcourse.exercises.handout import MODULES

PACKAGE = Path(__file__).parents[1]
ROOMS = ("schedules", "schedulers", "widgets")  # what of a room needs more is never imported there
OTHERS = ("landscapes", "site/__init__", "site/attempts", "site/browser", "site/running")


def bundle(handout=None, extra=()):
    """The zip's bytes, the same for the same sources.

    handout: a hand-out's folder of notebooks, whose own data files are taken. extra: (path in the zip, bytes) besides.
    """
    data = (handout / "lrcourse" if handout else PACKAGE) / "exercises" / "data"
    files = {PACKAGE / f"{name}.py": f"{name}.py" for name in (*MODULES, *OTHERS)}
    for room in ROOMS:
        files |= {file: file.relative_to(PACKAGE).as_posix() for file in (PACKAGE / room).rglob("*.py")}
    files |= {file: f"exercises/data/{file.name}" for file in data.glob("*.json")}
    held = [*((f"lrcourse/{path}", file.read_bytes()) for file, path in files.items()), *extra]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, source in sorted(held):
            archive.writestr(zipfile.ZipInfo(path), source, zipfile.ZIP_DEFLATED, compresslevel=9)
    return content.getvalue()
