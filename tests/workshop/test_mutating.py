"""The script tests/mutants.py: its mutants are code that differs in one place, and it tells caught from survived."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("mutating", ROOT / "tests/mutants.py")
mutating = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutating)


def test_mutants_of_the_package_are_code_and_differ():
    drawn = mutating.draw([Path(path) for path in mutating.TESTS], 150, seed=1)
    assert len({mutant[0] for mutant in drawn}) > 15
    for path, line, was, now, source in drawn:
        original = (ROOT / path).read_text()
        assert ast.dump(ast.parse(source)) != ast.dump(ast.parse(original)), (path, line, was, now)
    assert drawn == mutating.draw([Path(path) for path in mutating.TESTS], 150, seed=1)
    assert drawn != mutating.draw([Path(path) for path in mutating.TESTS], 150, seed=2)


@pytest.mark.parametrize(
    ("source", "now"),
    [
        ("y = a + b", ["a - b"]),
        ("y = a == 3.0", ["a != 3.0", "6.0"]),
        ("y = 0.0", ["1.0"]),
        ("def f(x: 3 = -2) -> 4: pass", ["2", "3"]),  # an annotation does not run
        ("y = f'{a + 1}'", []),
        ("if a and not b: pass", ["not (a and (not b))", "a or not b", "b"]),
        ('y = "ä" + a * 2', ["'ä' - a * 2", "a / 2", "3"]),
    ],
)
def test_kinds(source, now):
    assert [mutant[2] for mutant in mutating.mutants(source)] == now
    for *_, changed in mutating.mutants(source):
        ast.parse(changed)


def test_every_part_with_tests_of_its_own_is_there():
    assert all(
        (ROOT / path).exists() for path in [*mutating.TESTS, *(t for own in mutating.TESTS.values() for t in own)]
    )


def test_it_tells_what_survives_and_leaves_the_work_tree_alone(tmp_path):
    package, tests = tmp_path / "lrcourse", tmp_path / "tests"
    for folder in (package / "schedules", tests / "schedules"):
        folder.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    source = "def half(lr):\n    return lr / 2\n\n\ndef third(lr):\n    return lr / 3\n"
    (package / "schedules/__init__.py").write_text(source)
    (tests / "schedules/test_it.py").write_text(
        "from lrcourse.schedules import half\n\n\ndef test_half():\n    assert half(1) == 0.5\n"
    )
    (tests / "mutants.py").write_text((ROOT / "tests/mutants.py").read_text())
    command = [sys.executable, tests / "mutants.py", "lrcourse/schedules"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[-1] == "2 of 4 caught, 50%; 2 survive"
    assert {line.partition(":")[0] for line in said[:-1]} == {"lrcourse/schedules/__init__.py"}
    assert {line.partition("  ")[0].split(": ")[1] for line in said[:-1]} == {"lr / 3", "3"}
    assert (package / "schedules/__init__.py").read_text() == source
