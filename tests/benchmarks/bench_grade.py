"""How fast a class is graded, beside nbgrader, in one run:

    python tests/benchmarks/bench_grade.py [--nbgrader 6] [--ours 60] [--memory 10 200] [--seal 80]

The same honest work in the two formats; nbgrader is installed in an environment of its own, in a temporary folder. Its
tests ask one function and compare with NumPy in one round and with torch's StepLR in the other (torch comes from this
environment, by a path file); ours ask all five tasks. Printed: submissions a minute, CPU seconds a submission (with all
descendants, and the grader's own start divided among them), and the ratios; then the same for an exercise whose
submissions load NumPy. With --memory: the peak memory of the grader for classes of these sizes. With --seal, which runs
alone: what the seal adds to the start and end of a sandbox, from so many pairs with and without it, in turns.
"""

import argparse
import contextlib
import csv
import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lrcourse.exercises.exercise import load
from lrcourse.grading import inside, sandbox
from lrcourse.grading.demo_class import solved

ROOT = Path(__file__).parents[2]
NAME, WITH_NUMPY = "02_step_decay", "11_adaptive"
# As `python3 -m lrcourse grade` calls it, in this environment.
COMMAND = "import sys\nfrom lrcourse.grading.grade import main\nsys.exit(main(sys.argv[1:]))"
ANSWER = "def step_decay(step, base_lr, step_size, gamma):\n    return base_lr * gamma ** (step // step_size)"
TESTS = {
    "NumPy": """import numpy as np
for step_size, gamma in [(20, 0.5), (7, 0.1), (1, 0.9)]:
    got = [step_decay(step, 0.1, step_size, gamma) for step in range(100)]
    assert np.allclose(got, 0.1 * gamma ** (np.arange(100) // step_size))""",
    "torch": """import torch
for step_size, gamma in [(20, 0.5), (7, 0.1), (1, 0.9)]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size, gamma)
    for step in range(100):
        assert abs(step_decay(step, 0.1, step_size, gamma) - optimizer.param_groups[0]["lr"]) < 1e-9
        optimizer.step()
        scheduler.step()""",
}


def measured(command, **options):
    """(wall seconds, CPU seconds of the process and all that came of it). Raises where it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, **options)
    wall = time.perf_counter() - start
    deadline = time.perf_counter() + 2
    with contextlib.suppress(ChildProcessError):  # what it left behind came to us, since we are a subreaper
        while time.perf_counter() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(folder, count, name=NAME, workers=2):
    """Grade count solved notebooks of a whole exercise."""
    text = json.dumps(solved(load(name)))
    for i in range(count):
        place = folder / "class" / f"student {i}"
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_text(text, encoding="utf-8")
    (folder / "seed.txt").write_text("a secret of the benchmark")
    command = [sys.executable, "-c", COMMAND, str(folder / "class"), "--exercise", name]
    command += ["--seed-file", str(folder / "seed.txt"), "--out", str(folder / "results"), "--workers", str(workers)]
    wall, cpu = measured(command, cwd=ROOT)
    with open(folder / "results" / "grades.csv", encoding="utf-8", newline="") as table:
        assert [row["score"] for row in csv.DictReader(table)] == [f"{load(name).points:g}"] * count
    return wall, cpu


def cell(source, name, **nbgrader):
    made = {"schema_version": 3, "grade_id": name, "task": False, "grade": False, "solution": False, "locked": False}
    metadata = {"nbgrader": made | nbgrader}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def nbgrader(folder, bin_, count, tests):
    """Let nbgrader grade count submissions of one function; only autograde is timed."""
    stub = ANSWER.replace("    return", "    ### BEGIN SOLUTION\n    return") + "\n    ### END SOLUTION"
    cells = [cell(stub, "answer", solution=True), cell(tests, "tests", grade=True, locked=True, points=10)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    source = folder / "source" / "ps1" / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(notebook))
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    options = {"cwd": folder, "env": {**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}"}}
    measured([f"{bin_}/nbgrader", "generate_assignment", "ps1"], **options)
    released = json.loads((folder / "release" / "ps1" / f"{NAME}.ipynb").read_text())
    for one in released["cells"]:
        if one["metadata"]["nbgrader"]["solution"]:
            one["source"] = ANSWER
    for i in range(count):
        place = folder / "submitted" / f"student{i}" / "ps1"
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(json.dumps(released))
    wall, cpu = measured([f"{bin_}/nbgrader", "autograde", "ps1"], **options)
    measured([f"{bin_}/nbgrader", "export"], **options)
    with open(folder / "grades.csv", newline="") as table:
        assert [float(row["score"]) for row in csv.DictReader(table)] == [10.0] * count
    return wall, cpu


@contextlib.contextmanager
def unsealed():
    """Bubblewrap's own walls alone: no system call filter, no second filter from inside, no keyring of its own.

    The looks from outside stay: they would wait for the filter, so they are told that it is there.
    """
    kept = sandbox._command, sandbox._seal, inside._status
    sandbox._command = lambda *args: _without(kept[0](*args), "--seccomp")
    sandbox._seal = lambda: ["", ""]
    inside._status = lambda pid: kept[2](pid) | {"Seccomp:\t2", "NoNewPrivs:\t1"}
    try:
        yield
    finally:
        sandbox._command, sandbox._seal, inside._status = kept


def _without(command, option):
    at = command.index(option)
    return [*command[:at], *command[at + 2 :]]


def seal(pairs):
    """Print what the seal costs a sandbox: the medians of wall and CPU time, and of the pairs' differences."""
    times = {"sealed": [], "unsealed": []}
    for i in range(pairs + 3):
        for kind in sorted(times, reverse=bool(i % 2)):
            with unsealed() if kind == "unsealed" else contextlib.nullcontext():
                before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                outcome = sandbox.run("print(7)", [b""])
                wall = time.perf_counter() - start
            with contextlib.suppress(ChildProcessError):  # all have ended; those of the sandbox came to us
                while True:
                    os.waitpid(-1, 0)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            assert (outcome.ending, outcome.output) == ("ended", b"7\n"), outcome
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            times[kind].append((1000 * wall, 1000 * cpu))
    for name, column in (("wall", 0), ("CPU", 1)):
        with_seal, without = ([one[column] for one in times[kind][3:]] for kind in ("sealed", "unsealed"))
        differences = [a - b for a, b in zip(with_seal, without, strict=True)]
        low, middle, high = statistics.quantiles(differences, n=4)
        print(
            f"{name}: sealed {statistics.median(with_seal):.1f} ms, unsealed {statistics.median(without):.1f} ms; "
            f"{pairs} pairs differ by {middle:+.1f} ms (half of them by {low:+.1f} to {high:+.1f})"
        )


def install_nbgrader(folder):
    """An environment with nbgrader; this environment's packages come after its own, for torch."""
    uv = Path(sys.executable).with_name("uv")
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder], **quiet)
    packages = ["nbgrader", "numpy", "ipykernel", "setuptools<81"]
    subprocess.run([uv, "pip", "install", "-q", "--compile-bytecode", "--python", folder, *packages], **quiet)
    site = next(folder.glob("lib/python*/site-packages"))
    course = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    (site / "after.pth").write_text(f"{course}\n")
    return folder / "bin"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nbgrader", type=int, default=6, help="submissions for nbgrader")
    parser.add_argument("--ours", type=int, default=60, help="submissions for us")
    parser.add_argument("--memory", type=int, nargs="*", default=[], help="class sizes whose peak memory is printed")
    parser.add_argument("--seal", type=int, metavar="PAIRS", help="measure the sandbox's seal alone, in so many pairs")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
    if options.seal:
        seal(options.seal)
        return
    folder = Path(tempfile.mkdtemp(prefix="bench-grade-"))
    try:
        for size in options.memory:
            wall, _ = ours(folder / f"memory-{size}", size)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"{size:5} submissions: {wall:6.1f} s, largest process so far {peak:.0f} MB", flush=True)
        bin_ = install_nbgrader(folder / "nbgrader")
        for kind, tests in TESTS.items():
            theirs = nbgrader(folder / kind, bin_, options.nbgrader, tests)
            mine = ours(folder / f"ours-{kind}", options.ours)
            for name, (wall, cpu), count in (("nbgrader", theirs, options.nbgrader), ("lrcourse", mine, options.ours)):
                print(
                    f"{kind:6} {name}: {60 * count / wall:7.1f} submissions/min, {cpu / count:.3f} CPU s each",
                    flush=True,
                )
            ratio = (options.ours / mine[0]) / (options.nbgrader / theirs[0])
            cpu = (theirs[1] / options.nbgrader) / (mine[1] / options.ours)
            print(f"{kind:6} ratio: {ratio:.0f}x submissions/min, {cpu:.0f}x fewer CPU s", flush=True)
        wall, cpu = ours(folder / "ours-with-numpy", options.ours, WITH_NUMPY)
        print(f"{WITH_NUMPY}: {60 * options.ours / wall:.1f} submissions/min, {cpu / options.ours:.3f} CPU s each")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
