"""The Python that runs inside the sandbox: a folder with the interpreter, its standard library, NumPy and `start`.

It is a copy, made once for each version of Python, NumPy and `start`. A copy is readable by the user without rights
that the sandbox runs as, wherever the grader's own Python lies, and holds neither torch nor the rest of this package.
"""

import compileall
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import platformdirs

LEFT_OUT = (
    "site-packages",
    "dist-packages",
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "lib2to3",
)
STARTED_BY = Path(__file__).with_name("start.py")
START = "/python/start.pyc"  # `start` in the runtime, compiled: each sandbox would need 1 ms for that
MODE = py_compile.PycInvalidationMode.UNCHECKED_HASH  # nobody changes a source here
NUMPY_DOCS = "numpy/_core/_add_newdocs*.py"  # what gives NumPy's C functions docstrings: a tenth of its import
SHAPE = 5  # raise it when the layout below changes, so that older copies are not used


@cache
def runtime():
    """The folder to mount as the sandbox's root; made at the first call, then kept in the user's cache folder.

    Raises OSError when the cache folder cannot be written.
    """
    made_of = (
        SHAPE,
        sys.version,
        sys._base_executable,
        version("numpy"),
        find_spec("numpy").origin,
        STARTED_BY.read_bytes(),
    )
    folder = cache_folder() / f"runtime-{hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            build(made)
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another grader was quicker
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return folder


def cache_folder():
    """Where the copy is kept: for root a folder of the system, since root's home is closed to the sandbox's user."""
    return Path(
        platformdirs.site_cache_dir("lrcourse") if os.geteuid() == 0 else platformdirs.user_cache_dir("lrcourse")
    )


def build(root):
    """Copy interpreter, standard library, NumPy and the shared libraries they load into the folder root."""
    library = root / "python" / sys.platlibdir / f"python{sysconfig.get_python_version()}"
    for folder in ("python/bin", "lib", "dev", "tmp"):
        (root / folder).mkdir(parents=True)
    (root / "dev" / "null").touch()  # the device is mounted on it
    shutil.copy(sys._base_executable, root / "python" / "bin" / "python3")
    skip = shutil.ignore_patterns(*LEFT_OUT, "__pycache__", "_tkinter*", "*.pyi", "*.a", "config-*", "include")
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=skip, dirs_exist_ok=True)
    packages = Path(find_spec("numpy").origin).parent.parent
    for name in ("numpy", "numpy.libs"):
        if (packages / name).is_dir():
            shutil.copytree(packages / name, root / "site-packages" / name, ignore=skip)
    for shared in shared_libraries(root, [*root.glob("python/bin/*"), *root.rglob("*.so")]):
        # The loader is looked up by its full path, every other library by its name.
        target = root / shared.relative_to("/") if shared.name.startswith("ld-") else root / "lib" / shared.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared, target)
    py_compile.compile(STARTED_BY, str(root) + START, "<string>", invalidation_mode=MODE)
    compileall.compile_dir(root, quiet=2, invalidation_mode=MODE)
    _without_docs(root / "site-packages")
    for path in (root, *root.rglob("*")):
        runs = path.is_dir() or path.parent.name == "bin" or path.name.startswith("ld-")
        path.chmod(0o755 if runs else 0o644)


def _without_docs(packages):
    """NumPy's byte code as `python -OO` would have it: its import is what most of a submission's time goes into."""
    for file in packages.glob(NUMPY_DOCS):
        file.write_text("", encoding="utf-8")
    compileall.compile_dir(packages, quiet=2, optimize=2, invalidation_mode=MODE)
    for file in packages.rglob("*.opt-2.pyc"):  # in place of the usual ones: the student's own code is not optimised
        file.replace(file.with_name(file.name.replace(".opt-2", "")))


def shared_libraries(root, files):
    """The libraries of the system that these programs load, as the loader itself finds them (ldd)."""
    listing = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True, check=False).stdout
    words = {word for line in listing.splitlines() if "(0x" in line for word in line.split() if word.startswith("/")}
    return [Path(word) for word in sorted(words) if not Path(word).is_relative_to(root)]
