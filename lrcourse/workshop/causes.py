"""Why a set-up failed: one sentence for whoever started the course, with what to do. Standard library only."""

import os
import platform
import re
import sys

SYSTEMS = "Linux with glibc 2.28 or newer (x86-64 or ARM), macOS 14 or newer on Apple silicon, and Windows on x86-64"
PYTHONS = "3.11, 3.12, 3.13 or 3.14"
ELSEWHERE = "or name a Python of your own that has the packages: LRCOURSE_PYTHON=/path/to/python"
# Signs in the words of venv, pip and uv, in the order in which they are looked for, and what they mean.
CAUSES = [
    (("no space left", "disk quota exceeded"), "The disk is full. Free about {gigabytes} GB and start again."),
    (("permission denied", "read-only file system", "failed to initialize cache"), "{unwritable}"),
    (
        ("matching python abi tag", "matching python implementation tag", "matching python version tag"),
        "The packages have no build for this Python ({python}). Start the course with Python " + PYTHONS + ".",
    ),
    (
        ("matching platform tag", "current platform", "not a supported wheel", "no usable wheels"),
        "The packages have no build for this machine ({machine}). They have for " + SYSTEMS + ": use one of these, "
        f"{ELSEWHERE}.",
    ),
    (
        ("certificate verify failed", "invalid peer certificate", "unknownissuer"),
        "The package index shows a certificate that this machine does not trust, as behind a company's proxy. "
        "Set SSL_CERT_FILE and PIP_CERT to the company's certificate file and start again.",
    ),
    (
        ("401 unauthorized", "403 forbidden", "407 proxy"),
        "The package index (or the proxy) asks for a name and a password. Add them to its address and start again.",
    ),
    (
        # pip without a network ends in "no matching distribution": it found none to choose from
        ("connection", "dns", "resolve host", "timed out", "timeout", "sending request", "failed to fetch",
         "no matching distribution", "tunnel error", "network was disabled"),
        "The packages could not be fetched. Check the network (or the proxy) and start again.",
    ),
    (
        ("no solution found",),
        "No set of packages fits this Python ({python}) on this machine ({machine}). Use Python " + PYTHONS
        + f", {ELSEWHERE}.",
    ),
]  # fmt: skip
QUOTED = re.compile(r"[`'\"‘“]([^`'\"‘’“”\n]*[/\\][^`'\"‘’“”\n]*)[`'\"’”]")


class SetupError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def sentence(output, root, gigabytes):
    """One sentence for a failure: what it means and what to do, or the tool's own last line where we know neither.

    output: what the failed program said. root: the course's folder. gigabytes: what the course needs of disk.
    """
    text = output.lower()
    for signs, meaning in CAUSES:
        if any(sign in text for sign in signs):
            python, unwritable = sys.version.split()[0], _unwritable(output, root)
            return meaning.format(gigabytes=gigabytes, python=python, machine=machine(), unwritable=unwritable)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return "The set-up failed: " + (lines[-1] if lines else "it gave no reason. Start again.")


def machine():
    """This machine in words, with what decides which builds fit: macOS 13.6 on x86_64, Linux with glibc 2.17 on ..."""
    system = {"Darwin": f"macOS {platform.mac_ver()[0]}"}.get(platform.system(), platform.system())
    if system == "Linux":
        system += " with {} {}".format(*platform.libc_ver()) if platform.libc_ver()[0] else " without glibc"
    return f"{system} on {platform.machine()}"


def _unwritable(output, root):
    """Whose folder cannot be written: the course's, the installer's cache, or another; and what to set."""
    words = output.splitlines()
    denied = [line for line in words if "denied" in line.lower() or "read-only" in line.lower()]
    paths = [path for line in denied + words for path in QUOTED.findall(line)]
    if not paths:
        return f"The set-up failed: {(denied or words or [''])[0].strip()}"
    path = paths[0]
    if (os.path.realpath(path) + os.sep).startswith(os.path.realpath(str(root)) + os.sep):
        return f"The folder {root} cannot be written. Move the course to one that can, or make it yours."
    if "cache" in output.lower():
        return f"uv, the installer, cannot write its cache at {path}. Set UV_CACHE_DIR to a folder that you can write."
    return f"{path} cannot be written. Make it yours, or set TMPDIR to a folder that you can write."
