"""The test command: what it runs, what it counts, and that a fault anywhere is said and fails it."""

import os
import subprocess
import sys

import pytest

from lrcourse.workshop import checks


class Calls(list):
    """Commands, in place of running them; `status` says how a program ends."""

    def __init__(self):
        self.status = {}

    def call(self, command):
        self.append(command)
        return self.status.get(" ".join(command[2:4]), 0)


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """What main() runs, noted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checks.os, "environ", dict(os.environ))
    noted = Calls()
    monkeypatch.setattr(checks.subprocess, "call", noted.call)
    return noted


def test_all_is_run(calls):
    checks.main([])
    assert [command[2] for command in calls] == ["ruff", "ruff", "mypy", "pytest"]
    assert calls[-1][-4:] == ["notebooks", "lrcourse", "tests", "--nbval"]


def test_quick_leaves_out_what_is_slow_and_nothing_else(calls):
    checks.main(["--quick", "-k", "cosine"])
    assert [command[2] for command in calls] == ["ruff", "ruff", "mypy", "pytest"]
    assert {f"--ignore={path}" for path in checks.SLOW} < set(calls[-1])
    assert {"lrcourse", "tests", "cosine"} < set(calls[-1]) and not {"--nbval", "notebooks"} & set(calls[-1])


@pytest.mark.parametrize("path", checks.SLOW)
def test_what_is_slow_exists(path):
    assert (checks.ROOT / path).exists()


def test_paths_are_the_callers(calls, tmp_path):
    (tmp_path / "test_mine.py").write_text("")
    checks.main(["test_mine.py::test_a", "-x"])
    assert {f"{tmp_path}/test_mine.py::test_a", "-x", "--nbval"} < set(calls[-1]) and "tests" not in calls[-1]


@pytest.mark.parametrize(
    ("program", "name"),
    [("ruff check", "ruff check"), ("ruff format", "ruff format"), ("mypy --no-error-summary", "mypy")],
)
def test_a_fault_that_no_test_finds_fails_too(calls, capsys, monkeypatch, program, name):
    monkeypatch.setattr(checks, "_count", lambda report: (5, 0, 1))
    assert checks.main([]) == 0
    assert capsys.readouterr().out.endswith("\nlrcourse: 5 passed, 0 failed, 1 skipped\n")
    calls.status[program] = 1
    assert checks.main([]) == 1
    said = capsys.readouterr().out
    assert f"{name} found faults" in said and said.endswith("\nlrcourse: 5 passed, 1 failed, 1 skipped\n")


def test_what_pytest_wrote_is_counted(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n@pytest.mark.skip\ndef test_c(): pass\n"
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTEST_ADDOPTS": ""}, capture_output=True)
    assert checks._count(report) == (1, 1, 1)
    assert checks._slowest(report).startswith("test_it ")
    assert checks._count(tmp_path / "missing.xml") == (0, 1, 0)


def test_the_type_check_is_strict_and_finds_a_missing_annotation(tmp_path):
    """By the project's own settings, on a module that is not on the list of those that wait for annotations."""
    (tmp_path / "lrcourse").mkdir()
    (tmp_path / "lrcourse/__init__.py").write_text("")
    (tmp_path / "lrcourse/new.py").write_text("def half(lr):\n    return lr / 2\n")
    command = [sys.executable, "-m", "mypy", "--config-file", checks.ROOT / "pyproject.toml", "-p", "lrcourse"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 1 and "missing a type annotation" in found.stdout
