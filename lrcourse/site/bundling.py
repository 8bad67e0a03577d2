"""The editor's script: CodeMirror and what goes around it as one file, made by npm's packages and kept."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from lrcourse.site.wasm import NotToBeHad, keep, keeping

SOURCE = Path(__file__).with_name("editor")


def script():
    """The editor as one module. Raises NotToBeHad, and then a plain text field takes its place.

    The packages' versions and checksums are those of package-lock.json; their own install scripts are not run.
    """
    sources = sorted(file for file in SOURCE.iterdir() if file.is_file())
    name = f"editor-{hashlib.sha256(b''.join(file.read_bytes() for file in sources)).hexdigest()[:16]}.js"
    for folder in keeping():
        if (folder / name).exists():
            return (folder / name).read_text(encoding="utf-8")
    made = _made()
    keep(name, made.encode())
    return made


def _made():
    npm, node = shutil.which("npm"), shutil.which("node")
    if not (npm and node):
        raise NotToBeHad("there is no npm on this machine")
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(SOURCE, home, dirs_exist_ok=True)
        bundle = [node, "node_modules/esbuild/bin/esbuild", "editor.js", "--bundle", "--minify", "--format=esm"]
        bundle += ["--target=es2022", "--outfile=out.js", "--log-level=error", "--legal-comments=none"]
        for command in ([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], bundle):
            try:
                subprocess.run(command, cwd=home, check=True, capture_output=True, text=True, timeout=300)
            except (OSError, subprocess.SubprocessError) as error:
                said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
                raise NotToBeHad(said[-1] if said else str(error)) from error
        return Path(home, "out.js").read_text(encoding="utf-8")
