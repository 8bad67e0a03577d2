"""`python3 -m lrcourse test`: ruff, mypy, doctests, pytest and every notebook under nbval, over the cores there are.

`--quick` leaves out what takes long (SLOW), for whoever changes a line.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from lrcourse.workshop.environment import ROOT

STATIC = {
    "ruff check": ["ruff", "check", "-q"],
    "ruff format": ["ruff", "format", "--check"],
    "mypy": ["mypy", "--no-error-summary"],
}
# One file stays on one worker, because the cells of a notebook share a kernel.
PYTEST = ["-q", "--dist=loadfile", "--doctest-modules", "--ignore=tests/benchmarks"]
# What --quick leaves out, by measurement: each takes longer than about 10 s on one quiet core.
SLOW = [
    "tests/browser",
    "tests/evidence/test_asking.py",
    "tests/evidence/test_claims.py",
    "tests/evidence/test_power.py",
    "tests/evidence/test_replicate.py",
    "tests/exercises/test_answers.py",
    "tests/exercises/test_exercises.py",
    "tests/exercises/test_handout.py",
    "tests/exercises/test_honest_clutter.py",
    "tests/exercises/test_mutants.py",
    "tests/exercises/test_references.py",
    "tests/exercises/test_release.py",
    "tests/exercises/test_variant_answers.py",
    "tests/exercises/test_variants.py",
    "tests/grading/test_account.py",
    "tests/grading/test_attacks.py",
    "tests/grading/test_grade.py",
    "tests/grading/test_gradebook.py",
    "tests/grading/test_guide.py",
    "tests/grading/test_hostile.py",
    "tests/grading/test_probe.py",
    "tests/grading/test_sandbox.py",
    "tests/grading/test_threat_model.py",
    "tests/grading/test_variant.py",
    "tests/preview/test_audit.py",
    "tests/preview/test_healthy_plans.py",
    "tests/preview/test_preview.py",
    "tests/preview/test_translation.py",
    "tests/schedulers/test_frameworks.py",
    "tests/site",
    "tests/test_challenges.py",
    "tests/test_choosing.py",
    "tests/test_finder.py",
    "tests/training/test_race.py",
    "tests/workshop/test_causes.py",
    "tests/workshop/test_environment.py",
    "tests/workshop/test_mutating.py",
    "tests/workshop/test_torch_build.py",
    "tests/workshop/test_wheel.py",
]
QUICK_SECONDS = 90


def main(argv):
    """Run all checks, or pytest with the options and paths given; one closing line; exit status 0 if all passed."""
    started = time.monotonic()
    quick = "--quick" in argv
    options = [_from_here(option) for option in argv if option != "--quick"]
    if not any(Path(option.partition("::")[0]).exists() for option in options):
        options += ["lrcourse", "tests"] if quick else ["notebooks", "lrcourse", "tests"]
    options += [f"--ignore={path}" for path in SLOW] if quick else ["--nbval"]
    os.chdir(ROOT)
    os.environ.update(_settings())
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        faults = [name for name, task in STATIC.items() if subprocess.call([sys.executable, "-m", *task])]
        workers = ["-n", str(os.cpu_count() or 1)]
        status = subprocess.call([sys.executable, "-m", "pytest", *PYTEST, *workers, f"--junitxml={report}", *options])
        passed, failed, skipped = _count(report)
        if quick and time.monotonic() - started > QUICK_SECONDS:
            print(f"over {QUICK_SECONDS} s; a file that takes long belongs on the list SLOW: {_slowest(report)}")
    said = f"{' and '.join(faults)} found faults, see the top" if faults else "ruff and mypy found nothing"
    print(f"{said}; {_time(time.monotonic() - started)} in all")
    print(f"lrcourse: {passed} passed, {failed + len(faults)} failed, {skipped} skipped")
    return status or int(bool(faults))


def _from_here(option):
    """A path in the caller's folder as a whole path, as the tests run in the repository's root."""
    path, mark, test = option.partition("::")
    return f"{Path(path).resolve()}{mark}{test}" if not option.startswith("-") and Path(path).exists() else option


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


def _slowest(report):
    """The three modules whose tests took longest, with their seconds."""
    taken = Counter()
    for test in ElementTree.parse(report).iter("testcase") if report.exists() else []:
        taken[test.get("classname")] += float(test.get("time"))
    return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in taken.most_common(3))


def _time(seconds):
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
