"""The browser's standard library, compiled ahead: Pyodide brings sources, and to compile them is most of its start."""

import gzip
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from lrcourse.site import wasm

SCRIPT = Path(__file__).with_suffix(".mjs")


def library(files, course):
    """python_stdlib.zip with the modules compiled that the course imports; as it came where there is no node to do it.

    files: Pyodide's, {name: bytes}; course: what bundle() gave. Only Pyodide's own Python can compile for itself. What
    was made is kept: it stays right when the course imports other modules, which are then compiled by the browser.
    """
    name = f"python_stdlib-{wasm.VERSION}-{hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:16]}.zip"
    for folder in wasm.keeping():
        if (folder / name).exists():
            return (folder / name).read_bytes()
    node = shutil.which("node")
    if not node:
        return files["python_stdlib.zip"]
    with tempfile.TemporaryDirectory() as home:
        for path, content in {**files, "lrcourse.json": gzip.decompress(course)}.items():
            Path(home, path).write_bytes(content)
        try:
            subprocess.run([node, SCRIPT, home], check=True, capture_output=True, timeout=120)
            made = Path(home, "made.zip").read_bytes()
        except (OSError, subprocess.SubprocessError):
            return files["python_stdlib.zip"]
    wasm.keep(name, made)
    return made
