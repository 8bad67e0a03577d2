"""The course's own environment, `.venv`: made from requirements.txt by a bare Python, renewed when that changes."""

import contextlib
import errno
import hashlib
import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "lrcourse-stamp"
REQUIREMENTS = ROOT / "requirements.txt"
OLDEST = (3, 11)
GIGABYTES = 8 if sys.platform == "linux" else 3
CPU_GIGABYTES = 3
# The parts of a torch for NVIDIA's graphics cards: about 4 GB that a build for the processor alone does without.
GPU_PACKAGES = ("nvidia-", "cuda-", "triton")
CAUSES = [
    (("no space left", "disk quota exceeded"), "The disk is full. Free about {gigabytes} GB and start again."),
    (
        ("permission denied", "read-only file system"),
        "The folder {root} cannot be written. Move the course to one that can.",
    ),
    (
        # pip without a network ends in "no matching distribution": it found none to choose from
        (
            "connection",
            "dns",
            "resolve host",
            "timed out",
            "sending request",
            "failed to fetch",
            "no matching distribution",
        ),
        "The packages could not be fetched. Check the network (or the proxy) and start again.",
    ),
    (("no solution found",), "No set of packages fits this Python ({python}). Use Python 3.11, 3.12 or 3.13."),
]


class SetupError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def ensure():
    """The environment's Python, as a path; makes or renews the environment first where that is needed.

    Raises SetupError with one sentence: too old a Python, no venv module, no disk, no network, no right to write.
    """
    if sys.version_info < OLDEST:
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old. Install Python 3.11 or newer from python.org and start again."
        )
    if not is_fresh():
        try:
            _make()
        except OSError as error:
            raise SetupError(_cause(error.strerror or str(error))) from error
    return str(_python())


def is_fresh():
    """True if the environment was made to the end, from the requirements as they are now."""
    with contextlib.suppress(OSError):
        return _python().exists() and STAMP.read_text() == _fingerprint()
    return False


def is_running():
    """True if this very process runs in the environment."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def _make():
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise SetupError(
                f"This Python has no {module} module. Install it (Debian: apt install python3-venv) and start again."
            )
    needed = _gigabytes()
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise SetupError(
            f"The course needs about {needed} GB of disk and {ROOT} has {free:.1f} GB free. Free some and start again."
        )
    print("Setting up the course in .venv, once. It takes a minute or a few, mostly for the download.", flush=True)
    base = getattr(sys, "_base_executable", sys.executable)
    python = str(_python())
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()
    _step("1/3 making the environment", [base, "-m", "venv", "--clear", str(VENV)])
    _step("2/3 fetching uv, the installer", [python, "-m", "pip", "install", "-q", "uv"])
    with tempfile.TemporaryDirectory() as folder:
        install = [python, "-m", "uv", "pip", "install", "-q", "--compile-bytecode", "-r", str(REQUIREMENTS)]
        _step("3/3 installing the packages", install + _without_gpu_packages(Path(folder)))
    STAMP.write_text(_fingerprint())


def _without_gpu_packages(folder):
    """uv's option that leaves out what only a graphics card needs, if the learner chose torch for the processor."""
    if not _cpu_only():
        return []
    names = [line.split("==")[0] for line in REQUIREMENTS.read_text().splitlines() if line.startswith(GPU_PACKAGES)]
    excludes = folder / "excludes.txt"
    excludes.write_text("\n".join(names))
    return ["--excludes", str(excludes)]


def _step(title, command):
    """Run one command under a line that shows the time passed; its words are shown only as the reason of a failure."""
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    done = threading.Event()
    spinner = threading.Thread(target=_spin, args=(title, started, done), daemon=True)
    spinner.start()
    try:
        output = process.communicate()[0]
    except KeyboardInterrupt:
        process.kill()
        process.wait()
        raise SetupError("Stopped. Nothing is lost: start again to go on.") from None
    finally:
        done.set()
        spinner.join()
    seconds = time.monotonic() - started
    print(f"{_home()}  {title}: {'done' if process.returncode == 0 else 'failed'} ({seconds:.0f} s)", flush=True)
    if process.returncode:
        raise SetupError(_cause(output))


def _spin(title, started, done):
    if not sys.stdout.isatty():
        return
    for sign in itertools.cycle("|/-\\"):
        print(f"{_home()}{sign} {title} ({time.monotonic() - started:.0f} s)", end="", flush=True)
        if done.wait(0.1):
            return


def _home():
    return "\r\x1b[K" if sys.stdout.isatty() else ""


def _cause(output):
    """One sentence for a failure: what it means and what to do, or the tool's own last line where we know neither."""
    text = output.lower()
    for signs, sentence in CAUSES:
        if any(sign in text for sign in signs):
            return sentence.format(gigabytes=_gigabytes(), root=ROOT, python=sys.version.split()[0])
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return "The set-up failed: " + (lines[-1] if lines else os.strerror(errno.EIO))


def _python():
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _cpu_only():
    return os.environ.get("UV_TORCH_BACKEND", "") == "cpu"


def _gigabytes():
    return CPU_GIGABYTES if _cpu_only() else GIGABYTES


def _fingerprint():
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
