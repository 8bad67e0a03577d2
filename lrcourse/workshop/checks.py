"""`python3 -m lrcourse test`: ruff, mypy, doctests, pytest and every notebook under nbval, over the cores there are.

`--quick` leaves out the notebooks and the tests that take long, for whoever changes a line.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from lrcourse.workshop.environment import ROOT

STATIC = {
    "ruff check": ["ruff", "check", "-q"],
    "ruff format": ["ruff", "format", "--check", "-q"],
    "mypy": ["mypy", "--no-error-summary"],
}
# One file stays on one worker, because the cells of a notebook share a kernel.
PYTEST = ["-q", "--dist=loadfile", "--doctest-modules", "--ignore=tests/benchmarks"]
TARGETS = {"full": ["--nbval", "notebooks", "lrcourse", "tests"], "quick": ["-m", "not slow", "lrcourse", "tests"]}


def main(argv):
    """Run all checks, or pytest with the options and paths given; one closing line; exit status 0 if all passed."""
    started = time.monotonic()
    quick = "--quick" in argv
    options = [_from_here(option) for option in argv if option != "--quick"]
    os.chdir(ROOT)
    os.environ.update(_settings())
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        static = {name: subprocess.Popen([sys.executable, "-m", *task]) for name, task in STATIC.items()}
        faults = [name for name, process in static.items() if process.wait()]
        paths = [] if any(not option.startswith("-") for option in options) else TARGETS["quick" if quick else "full"]
        status = subprocess.call(_pytest(report, [*options, *paths]))
        passed, failed, skipped = _count(report)
    said = f"{' and '.join(faults)} found faults, see the top" if faults else "ruff and mypy found nothing"
    print(f"{said}; {_time(time.monotonic() - started)} in all")
    print(f"lrcourse: {passed} passed, {failed + len(faults)} failed, {skipped} skipped")
    return status or int(bool(faults))


def _pytest(report, options):
    workers = ["-n", str(os.cpu_count() or 1)]
    return [sys.executable, "-m", "pytest", *PYTEST, *workers, f"--junitxml={report}", *options]


def _from_here(option):
    """A path in the caller's folder as a whole path, as the tests run in the repository's root."""
    path, mark, test = option.partition("::")
    return str(Path(path).resolve()) + mark + test if not option.startswith("-") and Path(path).exists() else option


def _settings():
    """One thread a process (the workers fill the cores already), and real MNIST where it lies beside the clone."""
    settings = {"OMP_NUM_THREADS": "1", "JUPYTER_PLATFORM_DIRS": "1"}
    beside = ROOT.parent / "shared" / "data"
    if "LRCOURSE_DATA" not in os.environ and beside.is_dir():
        settings["LRCOURSE_DATA"] = str(beside)
    return settings


def _count(report):
    """Passed, failed and skipped checks, as pytest wrote them down; a run that wrote nothing counts as one failure."""
    if not report.exists():
        return 0, 1, 0
    suite = ElementTree.parse(report).getroot().find("testsuite")
    number = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    return number["tests"] - failed - number["skipped"], failed, number["skipped"]


def _time(seconds):
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
