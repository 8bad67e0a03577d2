"""The environment that a bare Python makes: when it counts as fresh, and what each failure says."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lrcourse import __main__
from lrcourse.workshop import checks, environment


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A course folder without an environment; commands that would install are noted, not run."""
    (tmp_path / "requirements.txt").write_text("six==1.17.0\ntorch==2.15.0\nnvidia-nccl-cu13==2.30.7\n")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "lrcourse-stamp")
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)
    commands = []

    def step(title, command):
        commands.append(command)
        if "venv" in command:
            python = environment._python()
            python.parent.mkdir(parents=True, exist_ok=True)
            python.write_text("")

    monkeypatch.setattr(environment, "_step", step)
    return SimpleNamespace(root=tmp_path, commands=commands, step=step)


def test_made_once_then_left_alone(bare):
    assert not environment.is_fresh()
    python = environment.ensure()
    assert [next(word for word in ("venv", "pip", "uv") if word in c) for c in bare.commands] == ["venv", "pip", "pip"]
    assert "--compile-bytecode" in bare.commands[2]
    assert environment.is_fresh() and environment.ensure() == python
    assert len(bare.commands) == 3


def test_changed_requirements_renew_it(bare):
    environment.ensure()
    (bare.root / "requirements.txt").write_text("six==1.16.0\n")
    assert not environment.is_fresh()
    environment.ensure()
    assert len(bare.commands) == 6 and environment.is_fresh()


def test_interrupted_install_is_done_again(bare, monkeypatch):
    def breaks(title, command):
        bare.step(title, command)
        if title.startswith("3/3"):
            raise environment.SetupError("Stopped.")

    environment.ensure()
    (bare.root / "requirements.txt").write_text("six==1.16.0\n")
    monkeypatch.setattr(environment, "_step", breaks)
    with pytest.raises(environment.SetupError):
        environment.ensure()
    assert not environment.is_fresh()
    monkeypatch.setattr(environment, "_step", bare.step)
    environment.ensure()
    assert environment.is_fresh()


def test_torch_for_the_processor_leaves_out_the_gpu_packages(bare, monkeypatch):
    seen = []

    def step(title, command):
        bare.step(title, command)
        if "--excludes" in command:
            seen.append(Path(command[command.index("--excludes") + 1]).read_text())

    monkeypatch.setattr(environment, "_step", step)
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    environment.ensure()
    assert seen == ["nvidia-nccl-cu13"]


def test_too_old_a_python(bare, monkeypatch):
    monkeypatch.setattr(environment.sys, "version_info", (3, 10, 4))
    with pytest.raises(environment.SetupError, match="too old. Install Python 3.11 or newer"):
        environment.ensure()
    assert not bare.commands


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_no_venv_module(bare, monkeypatch, module):
    find = environment.importlib.util.find_spec
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None if name == module else find(name))
    with pytest.raises(environment.SetupError, match=f"no {module} module. Install it"):
        environment.ensure()


def test_no_disk(bare, monkeypatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda path: SimpleNamespace(free=1.2e9))
    with pytest.raises(environment.SetupError, match=r"needs about \d GB of disk .* has 1.2 GB free"):
        environment.ensure()


def test_no_right_to_write(bare, monkeypatch):
    def refuse(title, command):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(environment, "_step", refuse)
    with pytest.raises(environment.SetupError, match="cannot be written"):
        environment.ensure()


def test_no_network_is_said_in_one_sentence(tmp_path, capfd):
    pip = [sys.executable, "-m", "pip"]
    nowhere = ["download", "--no-deps", "--isolated", "--retries=0", "--index-url=http://127.0.0.1:9/simple", "six"]
    with pytest.raises(environment.SetupError, match="could not be fetched. Check the network") as caught:
        environment._step("fetching", [*pip, *nowhere, f"--dest={tmp_path}"])
    assert "\n" not in str(caught.value)
    assert "fetching: failed" in capfd.readouterr().out


def test_an_unknown_failure_gives_the_tools_last_line():
    with pytest.raises(environment.SetupError, match="The set-up failed: out of cheese$"):
        environment._step("cooking", [sys.executable, "-c", "print('eggs'); print('out of cheese'); exit(1)"])


def test_unknown_command_lists_the_good_ones(capsys):
    assert __main__.main(["tset"]) == 2
    assert "no command 'tset'. There are: test, run, race" in capsys.readouterr().err


def test_help_needs_no_environment(capsys):
    assert __main__.main(["--help"]) == 0
    assert "Without a command: open the course in JupyterLab" in capsys.readouterr().out


def test_test_command_counts_what_pytest_wrote(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n@pytest.mark.skip\ndef test_c(): pass\n"
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTEST_ADDOPTS": ""}, capture_output=True)
    assert checks._count(report) == (1, 1, 1)
    assert checks._count(tmp_path / "missing.xml") == (0, 1, 0)
