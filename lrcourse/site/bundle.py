"""The part of the package that the browser's Python gets, as a zip: what needs the standard library alone."""

import io
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# each is a module or a room; what of a room needs more is never imported there
PARTS = (
    "__init__.py",
    "arguments.py",
    "landscapes.py",
    "scene.py",
    "schedules",
    "schedulers",
    "widgets",
    "exercises",
    "site/__init__.py",
    "site/attempts.py",
    "site/browser.py",
    "site/running.py",
)
KINDS = (".py", ".json")


def bundle(extra=()):
    """The zip's bytes, the same for the same sources; extra: (path in the zip, bytes) besides."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, source in sorted([*_sources(), *extra]):
            archive.writestr(zipfile.ZipInfo(path), source, zipfile.ZIP_DEFLATED, compresslevel=9)
    return content.getvalue()


def _sources():
    for part in PARTS:
        whole = PACKAGE / part
        for file in [whole] if whole.is_file() else whole.rglob("*"):
            if file.suffix in KINDS and "__pycache__" not in file.parts:
                yield f"lrcourse/{file.relative_to(PACKAGE).as_posix()}", file.read_bytes()
