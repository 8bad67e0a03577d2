"""How much the tests notice: change one place of the package, run that module's own tests, list what they let pass.

    .venv/bin/python tests/mutants.py                            # 120 mutants from all modules
    .venv/bin/python tests/mutants.py lrcourse/schedules -n 40 --seed 7

By hand, not in CI: a mutant costs a run of its module's tests. A survivor is a gap in the tests, or equal by nature (a
default that nobody reads, a bound that is never met): a reader decides. The work tree is never touched: each of the two
workers changes a copy. Own code, as mutmut and cosmic-ray make every mutant of a project and run all tests on each.
"""

import argparse
import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[1]
# Which tests are a module's own: the first entry whose path begins the module's.
TESTS = {
    "lrcourse/schedules": ["lrcourse/schedules", "tests/schedules"],
    "lrcourse/schedulers": ["lrcourse/schedulers", "tests/schedulers"],
    "lrcourse/optimizers": ["lrcourse/optimizers", "tests/test_optimizers.py"],
    "lrcourse/finder.py": ["lrcourse/finder.py", "tests/test_finder.py"],
    "lrcourse/training": ["lrcourse/training", "tests/training"],
    "lrcourse/evidence": ["lrcourse/evidence", "tests/evidence"],
    "lrcourse/data.py": ["lrcourse/data.py", "tests/test_data.py"],
    "lrcourse/exercises": ["lrcourse/exercises", "tests/exercises"],
    "lrcourse/grading": ["lrcourse/grading", "tests/grading"],
}
SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or,
    ast.Or: ast.And,
}  # fmt: skip


def mutants(source):
    """All one-place mutants of a source, as (line, what stood there, what stands there now, the whole new source).

    >>> [(was, now) for _, was, now, _ in mutants("x = -a if b < 2 else c")]
    [('b < 2', 'not b < 2'), ('b < 2', 'b <= 2'), ('-a', 'a'), ('2', '3')]
    """
    return [
        (node.lineno, ast.unparse(node), ast.unparse(new), _replaced(source, node, f"({ast.unparse(new)})"))
        for node, new in _changes(ast.parse(source))
    ]


def _changes(tree):
    """Pairs of a node and what to put in its place: a sign, an operator, a comparison, a number, a branch."""
    for node in _nodes(tree):
        match node:
            case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
                yield node, operand
            case ast.BinOp(left, op, right) if type(op) in SWAPS:
                yield node, ast.BinOp(left, SWAPS[type(op)](), right)
            case ast.BoolOp(op, values):
                yield node, ast.BoolOp(SWAPS[type(op)](), values)
            case ast.Compare(left, [op], right):
                yield node, ast.Compare(left, [SWAPS[type(op)]()], right)
            case ast.Constant(value) if type(value) in (int, float):
                yield node, ast.Constant(value + 1 if type(value) is int else value * 2 or 1.0)
            case ast.Constant(value) if type(value) is bool:
                yield node, ast.Constant(not value)
            case ast.If(test) | ast.IfExp(test):
                yield test, ast.UnaryOp(ast.Not(), test)


def _nodes(tree):
    """The nodes that run: no annotation, no words of an f-string, whose places are unsure."""
    todo = [tree]
    for node in todo:
        yield node
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns") and not isinstance(node, ast.JoinedStr):
                todo += [
                    child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)
                ]


def _replaced(source, node, text):
    lines = source.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    return (source.encode()[:start] + text.encode() + source.encode()[end:]).decode()


def own_tests(path):
    """The tests that are a module's own."""
    return next(tests for start, tests in TESTS.items() if path.as_posix().startswith(start))


def draw(paths, number, seed):
    """Mutants drawn at random, each place alike: (path, line, was, now, new source)."""
    files = sorted({file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])})
    every = [(file, *mutant) for file in files for mutant in mutants((ROOT / file).read_text())]
    return random.Random(seed).sample(every, min(number, len(every)))


def passes(copy, tests, seconds):
    """True if the copy's tests pass within the time."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--doctest-modules", "-p", "no:cacheprovider", *tests]
    environ = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, cwd=copy, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(argv):
    """Draw, run two at a time, print each survivor as it is found and the share that was caught."""
    parser = argparse.ArgumentParser(prog="tests/mutants.py", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="MODULE", help="modules or folders, from the repository's root"
    )
    parser.add_argument("-n", "--number", type=int, default=120, help="how many (120)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (0)")
    options = parser.parse_args(argv)
    drawn = draw(options.paths or [Path(path) for path in TESTS], options.number, options.seed)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        copies = SimpleQueue()
        for name in ("one", "two"):
            ignore = shutil.ignore_patterns(".venv*", ".git", "__pycache__", ".*_cache")
            copies.put(Path(shutil.copytree(ROOT, Path(folder, name), ignore=ignore)))
        limits = _limits(copies, {tuple(own_tests(mutant[0])) for mutant in drawn})

        def survives(mutant):
            path, line, was, now, source = mutant
            copy, tests = copies.get(), own_tests(path)
            try:
                (copy / path).write_text(source)
                passed = passes(copy, tests, limits[tuple(tests)])
            finally:
                shutil.copy(ROOT / path, copy / path)
                copies.put(copy)
            if passed:
                print(f"{path}:{line}: {was}  ->  {now}", flush=True)
            return passed

        survivors = sum(pool.map(survives, drawn))
    print(f"{len(drawn) - survivors} of {len(drawn)} caught, {1 - survivors / len(drawn):.0%}; {survivors} survive")


def _limits(copies, suites):
    """The seconds that each suite may take on a mutant: four times what it takes unchanged, where it must pass."""
    copy, limits = copies.get(), {}
    for tests in suites:
        started = time.monotonic()
        if not passes(copy, tests, 1200):
            raise SystemExit(f"the tests fail without a mutant: {' '.join(tests)}")
        limits[tests] = 4 * (time.monotonic() - started) + 30
    copies.put(copy)
    return limits


if __name__ == "__main__":
    main(sys.argv[1:])
