"""The environment that the course runs in: its own `.venv`, made and mended by a bare Python, or one you already have.

`.venv` counts as made only while its stamp agrees with the pins, the folder, the Python and the build of torch, and
while its Python, when asked, imports the course from this very folder. Standard library only, and nothing that a Python
of before 3.11 cannot read, so that it can say that it is too old.
"""

import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from lrcourse.workshop import installing
from lrcourse.workshop.causes import SetupError, sentence

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "lrcourse-stamp"
REQUIREMENTS = ROOT / "requirements.txt"
LOCK = ROOT / ".venv.lock"
OLDEST = (3, 11)
LOOK = """
import json, sys
try:
    from lrcourse import __file__ as course
except ImportError:
    course = ""
print(json.dumps({"version": list(sys.version_info[:3]), "prefix": sys.prefix, "course": course}))
"""


def ensure():
    """The Python that runs the course, as a path; makes, renews or mends the course's own environment where needed.

    Raises SetupError with one sentence: too old a Python, no venv module, no disk, no network, no right to write, no
    package for this machine; or, where the environment is one of the user's own, what is wrong with that.
    """
    if sys.version_info < OLDEST:
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old. Install Python 3.11 or newer from python.org and start again."
        )
    if given():
        return _given_python()
    try:
        if not is_fresh():
            _refuse_a_python_without("venv")
            _refuse_a_python_without("ensurepip")
            with _alone() as lock:
                if not is_fresh():  # else another start has made it meanwhile
                    _make(lock)
    except OSError as error:
        said = f"{error.strerror or error}: '{error.filename or ROOT}'"
        raise SetupError(sentence(said, ROOT, installing.GIGABYTES["plain"])) from error
    except KeyboardInterrupt:
        raise SetupError("Stopped. Nothing is lost: start again to go on.") from None
    return str(_python())


def is_clone():
    """True for a folder of the course; False for the package alone, as a wheel installs it."""
    return REQUIREMENTS.exists() and not any(ROOT.glob("lrcourse-*.dist-info"))


def is_fresh():
    """True if the course's own environment was made to the end, from what is here now, and works when asked."""
    stamp = _stamped()
    asked = installing.asked_backend()
    if stamp is None or stamp["torch"] != (asked or stamp["torch"]):
        return False
    return _fingerprint(stamp["torch"]) == stamp


def is_running(python):
    """True if this very process runs in the environment of that Python."""
    prefix = look(python)["prefix"] if given() else str(VENV)
    return os.path.realpath(sys.prefix) == os.path.realpath(prefix)


def given():
    """Where the user's own environment was named, in words; None where the course makes its own."""
    if os.environ.get("LRCOURSE_PYTHON"):
        return "LRCOURSE_PYTHON"
    return f"the link {VENV}" if VENV.is_symlink() else None


def lacking(extra):
    """The names of the packages that `extra` of the course asks for and this process's environment has not got."""
    from importlib.metadata import PackageNotFoundError, version

    missing = []
    for name in _wanted(extra):
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    return missing


def lead_children_here():
    """Set the variables by which every Python and kernel that this process starts finds this course and this kernel."""
    os.environ.pop("PYTHONHOME", None)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if is_clone() and str(ROOT) != paths[0] and (paths[0] or given()):
        os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, paths)])
    prefer_own_kernel()


def prefer_own_kernel():
    """Put this environment's kernels before those of the user, the machine and JUPYTER_PATH, whoever owns the folder.

    A `python3` kernel in the home would otherwise run the lessons in another Python.
    """
    own = os.path.join(sys.prefix, "share", "jupyter")
    paths = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    if paths[0] != own and os.path.isdir(os.path.join(own, "kernels", "python3")):
        os.environ["JUPYTER_PATH"] = os.pathsep.join([own, *(path for path in paths if path and path != own)])


def look(python):
    """What a Python says of itself: its version, its prefix and where its lrcourse lies; None if it does not answer."""
    environ = installing.cleaned(os.environ)
    with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
        asked = subprocess.run([str(python), "-I", "-c", LOOK], env=environ, capture_output=True, text=True, timeout=60)
        return json.loads(asked.stdout)
    return None


def _given_python():
    named = os.environ.get("LRCOURSE_PYTHON")
    python = shutil.which(os.path.expanduser(named)) if named else str(_python())
    answer = look(python) if python else None
    if answer is None:
        raise SetupError(f"{given()} names no Python that runs ({named or VENV.resolve()}). Mend it or take it away.")
    if tuple(answer["version"]) < OLDEST:
        version = ".".join(map(str, answer["version"]))
        raise SetupError(f"{given()} names Python {version}, which is too old. The course needs 3.11 or newer.")
    return python


def _make(lock):
    installer = installing.Installer(ROOT, VENV, REQUIREMENTS, inherited=[lock] if lock is not None else [])
    if not _mend(installer):
        print("Setting up the course in .venv, once. It takes a minute or a few, mostly for the download.", flush=True)
        _forget()
        installer.create(clear=True)
        installer.install()
    _link()
    stamp = _fingerprint(installing.asked_backend() or installer.backend or "default")
    if stamp is None:
        raise SetupError(f"The Python in {VENV} does not import the course from {ROOT}. Delete {VENV} and start again.")
    STAMP.write_text(json.dumps(stamp))


def _mend(installer):
    """Put right an environment whose packages are all there but whose folder or Python has another place than before.

    A course that was renamed needs no download. False where only a new environment will do.
    """
    stamp = _stamped()
    asked = installing.asked_backend()
    if stamp is None or stamp["requirements"] != _digest() or stamp["torch"] != (asked or stamp["torch"]):
        return False
    if stamp["version"][:2] != list(sys.version_info[:2]) or os.name == "nt":
        return False
    _forget()
    installer.create(clear=False)
    installer.backend = None if stamp["torch"] == "default" else stamp["torch"]
    left_out = [] if installer.backend else installing.UNUSED_WITHOUT_CARD
    mended = not installer.unarrived(left_out)
    if mended:
        print("The course or its Python has another place than before: its environment is put right.", flush=True)
    return mended


def _forget():
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()


def _link():
    """Let the environment import the course from this folder, wherever a kernel or a command starts."""
    for packages in [*VENV.glob("lib/python*/site-packages"), *VENV.glob("Lib/site-packages")]:
        (packages / "lrcourse.pth").write_text(f"{ROOT}\n", encoding="utf-8")


@contextlib.contextmanager
def _alone():
    """One start at a time makes the environment; a second waits. Yields the handle of the lock, None without locks.

    The lock is the system's and ends with its holder; the installer inherits it, so that it also holds while an
    installer whose start was killed still writes.
    """
    with open(LOCK, "w") as file:
        try:
            taken = _take(file)
        except OSError:  # a file system without locks
            yield None
            return
        if not taken:
            print("Another start is setting up the course. Waiting for it (Ctrl-C stops the waiting).", flush=True)
            while not _take(file):
                time.sleep(0.3)
        yield file.fileno()


def _take(file):
    """True if the lock could be taken, False if another process has it."""
    if os.name == "nt":
        import msvcrt

        take, busy = functools.partial(msvcrt.locking, file.fileno(), msvcrt.LK_NBLCK, 1), PermissionError
    else:
        import fcntl

        take, busy = functools.partial(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB), BlockingIOError
    try:
        take()
    except busy:
        return False
    return True


def _refuse_a_python_without(module):
    if importlib.util.find_spec(module) is None:
        raise SetupError(
            f"This Python has no {module} module. Install it (Debian: apt install python3-venv) and start again."
        )


def _stamped():
    """What the stamp says, or None where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        stamp = json.loads(STAMP.read_text())
        if isinstance(stamp, dict) and {"requirements", "torch", "version"} <= set(stamp):
            return stamp
    return None


def _fingerprint(backend):
    """What the environment is made of and answers for; None if it does not answer, or with another course."""
    answer = look(_python())
    if answer is None or not answer["course"].startswith(str(ROOT / "lrcourse")):
        return None
    return {
        "requirements": _digest(),
        "root": str(ROOT),
        "python": os.path.realpath(str(_python())),
        "version": answer["version"],
        "torch": backend,
    }


def _digest():
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def _python():
    return installing.python_of(VENV)


def _wanted(extra):
    """The names that an extra asks for, extras in it unfolded; from pyproject, or in a wheel from its metadata."""
    if is_clone() and (ROOT / "pyproject.toml").exists():
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        entries = project["optional-dependencies"][extra]
    else:
        from importlib.metadata import requires

        ours = re.compile(f"(.*?);.*extra == ['\"]{extra}['\"]")
        entries = [found.group(1) for found in map(ours.match, requires("lrcourse") or []) if found]
    for entry in entries:
        folded = re.match(r"lrcourse\[([\w, -]+)\]", entry)
        if folded:
            for inner in folded.group(1).split(","):
                yield from _wanted(inner.strip())
        else:
            yield re.match(r"[\w.-]+", entry).group()
