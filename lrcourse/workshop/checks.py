"""`python3 -m lrcourse test`: ruff, then doctests, pytest and every notebook under nbval, over the cores there are."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from lrcourse.workshop.environment import ROOT

# One file stays on one worker, because the cells of a notebook share a kernel.
PYTEST = ["-q", "--dist=loadfile", "--doctest-modules", "--nbval", "--ignore=tests/benchmarks"]
TARGETS = ["notebooks", "lrcourse", "tests"]


def main(argv):
    """Run all checks, or pytest with the options and paths given; one closing line; exit status 0 if all passed."""
    started = time.monotonic()
    os.chdir(ROOT)
    os.environ.update(_settings())
    ruff = [sys.executable, "-m", "ruff"]
    clean = all(subprocess.call([*ruff, *task]) == 0 for task in (["check", "-q"], ["format", "--check", "-q"]))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        paths = [] if any(not option.startswith("-") for option in argv) else TARGETS
        workers = ["-n", str(os.cpu_count() or 1)]
        pytest = [sys.executable, "-m", "pytest", *PYTEST, *workers, f"--junitxml={report}", *argv, *paths]
        status = subprocess.call(pytest)
        passed, failed, skipped = _count(report)
    failed += not clean
    print(f"ruff {'found nothing' if clean else 'found faults, see above'}; {_time(time.monotonic() - started)} in all")
    print(f"lrcourse: {passed} passed, {failed} failed, {skipped} skipped")
    return status or int(not clean)


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
