"""Python for the browser: Pyodide's own files out of its npm package, fetched once, checked, and kept."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from base64 import b64decode
from http.client import HTTPException
from pathlib import Path

import platformdirs

VERSION = "314.0.7"  # Python 3.14.2. A memory image is made by functions that Pyodide calls private: pin it
SHA512 = b64decode("0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A==").hex()
NAME = f"pyodide-{VERSION}.tgz"
FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")


class NotToBeHad(RuntimeError):
    """What the site would use could not be had; the message says why in one sentence."""


def files():
    """{name: bytes} of Pyodide's five files. Raises NotToBeHad.

    The list of packages that Pyodide could fetch from elsewhere is emptied: on this site there is nothing elsewhere.
    """
    with tarfile.open(fileobj=io.BytesIO(package())) as archive:
        found = {name: archive.extractfile(f"package/{name}").read() for name in FILES}
    lock = json.loads(found["pyodide-lock.json"])
    found["pyodide-lock.json"] = json.dumps({"info": lock["info"], "packages": {}}).encode()
    return found


def package():
    """The bytes of the npm package, from a folder that keeps it or else from npm's registry. Raises NotToBeHad."""
    for folder in keeping():
        path = folder / NAME
        if path.exists() and _is_right(path.read_bytes()):
            return path.read_bytes()
    content = _fetched()
    if not _is_right(content):
        raise NotToBeHad(f"what came as {NAME} is not the file that was asked for (wrong checksum)")
    keep(NAME, content)
    return content


def keeping():
    """The folders where fetched things are kept: the one LRCOURSE_DATA names, then the user's cache folder."""
    given = os.environ.get("LRCOURSE_DATA")
    own = platformdirs.user_cache_path("lrcourse", appauthor=False, opinion=False).absolute()
    return [*([Path(given).expanduser().absolute()] if given else []), own]


def keep(name, content):
    """Keep a file for the next time, whole or not at all; where no folder can be written to, it is fetched again."""
    for folder in reversed(keeping()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
                file.write(content)
            os.replace(file.name, folder / name)
            return
        except OSError:
            continue


def _is_right(content):
    return hashlib.sha512(content).hexdigest() == SHA512


def _fetched():
    """The package by npm where there is one, or else from the registry that npm's own settings name."""
    npm = shutil.which("npm")
    try:
        if npm:
            with tempfile.TemporaryDirectory() as folder:
                command = [npm, "pack", f"pyodide@{VERSION}", "--pack-destination", folder, "--silent"]
                subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, timeout=300)
                return Path(folder, NAME).read_bytes()
        registry = _registry()
        if not registry:
            raise NotToBeHad("there is no npm on this machine, and no setting of npm's that names a registry")
        with urllib.request.urlopen(f"{registry.rstrip('/')}/pyodide/-/{NAME}", timeout=60) as answer:
            return answer.read()
    except (OSError, HTTPException, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise NotToBeHad(f"{NAME} could not be fetched from npm's registry ({said[-1] if said else error})") from error


def _registry():
    """The registry that npm would ask, from its variables or its files; None where nothing names one."""
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if os.environ.get(name):
            return os.environ[name]
    named = [
        os.environ.get("NPM_CONFIG_USERCONFIG"),
        "~/.npmrc",
        os.environ.get("NPM_CONFIG_GLOBALCONFIG"),
        "/etc/npmrc",
    ]
    for file in [Path(one).expanduser() for one in named if one]:
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
            key, _, value = line.partition("=")
            if key.strip() == "registry":
                return value.strip().strip('"')
    return None
