"""Mutation testing: small changes to each solution, and whether the instructor's cases notice them."""

import ast
import copy
import signal
from contextlib import contextmanager

import pytest

from lrcourse.exercises import driver
from lrcourse.exercises import variants as course_variants
from lrcourse.exercises.exercise import load, names, run, with_solution
from lrcourse.exercises.judge import judge

SWAPS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div, ast.Mod],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
}
NAMES = {"min": "max", "max": "min", "cos": "sin", "sin": "cos", "bisect_right": "bisect_left", "ceil": "floor"}


def variants(node):
    """The node with one small change, each way that there is."""
    for field in ("op", "ops"):
        operator = getattr(node, field, None)
        operator = operator[0] if isinstance(operator, list) else operator
        for swap in SWAPS.get(type(operator), []):
            yield changed(node, field, [swap(), *node.ops[1:]] if field == "ops" else swap())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield changed(node, "value", node.value + 1)
        yield changed(node, "value", node.value - 1)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield changed(node, "value", not node.value)
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield changed(node, "id", NAMES[node.id])
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield changed(node, "attr", NAMES[node.attr])
    if isinstance(node, ast.BinOp):  # off by one
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield changed(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
        yield ast.Pass()


def changed(node, field, value):
    other = copy.copy(node)
    setattr(other, field, value)
    return other


def mutants(source):
    """(its line: what changed, the changed source) for every mutant of the source."""
    tree, lines, seen = ast.parse(source), source.splitlines(), {}
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for i, node in enumerate(value if isinstance(value, list) else [value]):
                for other in variants(node) if isinstance(node, ast.AST) else ():
                    line = lines[node.lineno - 1].strip()
                    what = f"{line}: {ast.unparse(node)} -> {ast.unparse(other)}".replace("\n", " ")
                    seen[what] = seen.get(what, 0) + 1
                    put(parent, field, i, other)
                    yield (
                        (what if seen[what] == 1 else f"{what} #{seen[what]}"),
                        ast.unparse(ast.fix_missing_locations(tree)),
                    )
                    put(parent, field, i, node)


def put(parent, field, i, node):
    if isinstance(getattr(parent, field), list):
        getattr(parent, field)[i] = node
    else:
        setattr(parent, field, node)


@contextmanager
def cpu_time(seconds):
    """Ends a mutant's endless loop; CPU time, so that a busy machine ends nothing else."""

    def stop(signum, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def differs(exercise, task, source, cases):
    """Whether the source answers any of the cases, pairs of request and expected value, otherwise than expected."""
    try:
        namespace = run(source, exercise.reference)
    except Exception:
        return True
    for request, value in cases:
        with cpu_time(0.2):
            answer = driver.answer(request, namespace)
        if not judge(value, answer.get("value"), task.tolerance).ok:
            return True
    return False


def cases_of(exercise, task, seeds):
    for seed in seeds:
        requests = exercise.instructor_cases(task, seed)
        yield from zip(requests, exercise.expected(task, requests), strict=True)


class Tally:
    """What became of the mutants of some tasks; those that nobody argued for, and arguments that hold for none."""

    def __init__(self):
        self.total, self.caught, self.missed, self.unargued = 0, 0, [], []

    def try_out(self, exercise, task):
        once = list(cases_of(exercise, task, ["the seed of one term"]))
        more = list(cases_of(exercise, task, [f"other {i}" for i in range(20)]))
        survivors = set()
        for what, source in mutants(with_solution(exercise.cell(task))):
            self.total += 1
            if differs(exercise, task, source, once):
                self.caught += 1
                continue
            survivors.add(what)
            if differs(exercise, task, source, more):
                self.missed.append((task.name, what))
        argued = {what for what in survivors if what.startswith(tuple(task.survivors))}
        stale = {start for start in task.survivors if not any(what.startswith(start) for what in survivors)}
        self.unargued += [f"{task.name}: {what}" for what in sorted((survivors - argued) | stale)]

    def close(self, name):
        listed = "\n".join(self.unargued)
        assert not listed, (
            f"argue each in Task.survivors by the start of its text, and only those:\n{listed}\nmissed: {self.missed}"
        )
        assert self.caught / max(1, self.caught + len(self.missed)) >= 0.98, self.missed
        equivalent = self.total - self.caught - len(self.missed)
        print(f"{name}: {self.total} mutants, {self.caught} caught, {len(self.missed)} missed, {equivalent} equivalent")


def has_mutants(task):
    """A mutant of a design is another design, not a fault."""
    return task.draw and not task.score


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # mutants divide by zero
@pytest.mark.parametrize("name", names())
def test_mutants_are_caught(name):
    exercise, tally = load(name), Tally()
    for task in filter(has_mutants, exercise.tasks):
        tally.try_out(exercise, task)
    tally.close(name)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", names())
def test_mutants_of_the_versions_are_caught(name):
    tally = Tally()
    for task, versions in course_variants.all_versions(name, lambda what, *choices: choices[0]).items():
        for version in filter(lambda one: has_mutants(one.task), versions):
            exercise = course_variants.with_versions(load(name), {task: version}, "the secret of a course")
            tally.try_out(exercise, exercise.task(task))
    tally.close(name)
