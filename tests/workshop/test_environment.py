"""The environment that a bare Python makes: when it counts as made, what mends it, and whose Python and kernel run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from lrcourse import __main__
from lrcourse.workshop import environment, installing

ROOT = Path(__file__).parents[2]
ENSURE = """
from lrcourse.workshop import environment
try:
    print("made", environment.ensure())
except environment.SetupError as error:
    print("said:", error)
    raise SystemExit(1)
"""


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A course folder without an environment; commands that would install are noted, not run."""
    (tmp_path / "requirements.txt").write_text("tiny==1.0\n")
    for name, place in {"ROOT": ".", "VENV": ".venv", "STAMP": ".venv/lrcourse-stamp", "LOCK": ".venv.lock"}.items():
        monkeypatch.setattr(environment, name, tmp_path / place)
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements.txt")
    for name in ("UV_TORCH_BACKEND", "LRCOURSE_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    commands = []

    def step(self, title, command, environ):
        commands.append(command)
        if "venv" in command:
            python = environment._python()
            (python.parents[1] / "lib/python3.11/site-packages").mkdir(parents=True, exist_ok=True)
            python.parent.mkdir(exist_ok=True)
            python.write_text("")

    def look(python):
        linked = list(environment.VENV.glob("lib/*/site-packages/lrcourse.pth"))
        course = f"{linked[0].read_text().strip()}/lrcourse/__init__.py" if linked else ""
        return {"version": list(sys.version_info[:3]), "prefix": str(environment.VENV), "course": course}

    monkeypatch.setattr(installing.Installer, "step", step)
    monkeypatch.setattr(installing.Installer, "_pip_settings", lambda self: {})
    monkeypatch.setattr(installing.Installer, "unarrived", lambda self, left_out=(): [])
    monkeypatch.setattr(environment, "look", look)
    return SimpleNamespace(root=tmp_path, commands=commands, step=step)


def test_made_once_then_left_alone(bare):
    assert not environment.is_fresh()
    python = environment.ensure()
    assert [next(word for word in ("venv", "pip", "uv") if word in c) for c in bare.commands] == ["venv", "pip", "pip"]
    install = bare.commands[2]
    assert "--compile-bytecode" in install and install[install.index("--python") + 1] == python
    assert environment.is_fresh() and environment.ensure() == python
    assert len(bare.commands) == 3


def test_changed_requirements_renew_it(bare):
    environment.ensure()
    (bare.root / "requirements.txt").write_text("tiny==2.0\n")
    assert not environment.is_fresh()
    environment.ensure()
    assert len(bare.commands) == 6 and environment.is_fresh()


@pytest.mark.parametrize("key", ["requirements", "root", "python", "version", "torch"])
def test_the_stamp_answers_for_all_that_the_environment_is_made_of(bare, monkeypatch, key):
    environment.ensure()
    stamp = json.loads(environment.STAMP.read_text())
    environment.STAMP.write_text(json.dumps(stamp | {key: [3, 10, 1] if key == "version" else "another"}))
    monkeypatch.setenv("UV_TORCH_BACKEND", "default")
    assert not environment.is_fresh()
    environment.ensure()
    assert environment.is_fresh()


@pytest.mark.parametrize("stamp", ["", "{", "[]", '"a"', "{}", "0123abc", "\x00"])
def test_a_stamp_of_another_kind_counts_for_nothing(bare, stamp):
    environment.ensure()
    environment.STAMP.write_text(stamp)
    assert not environment.is_fresh()
    environment.ensure()
    assert environment.is_fresh()


@pytest.mark.parametrize("answer", [None, {"version": list(sys.version_info[:3]), "prefix": "x", "course": ""}])
def test_an_environment_that_does_not_import_the_course_is_not_made(bare, monkeypatch, answer):
    environment.ensure()
    monkeypatch.setattr(environment, "look", lambda python: answer)
    assert not environment.is_fresh()
    with pytest.raises(environment.SetupError, match="does not import the course"):
        environment.ensure()
    assert not environment.STAMP.exists()


def test_another_build_of_torch_is_made_when_asked_for(bare, monkeypatch):
    environment.ensure()
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    assert not environment.is_fresh()
    environment.ensure()
    assert environment.is_fresh() and "--torch-backend" in bare.commands[-1]
    monkeypatch.delenv("UV_TORCH_BACKEND")
    assert environment.is_fresh()  # what was asked for once stays


@pytest.mark.parametrize("title", ["1/3", "2/3", "3/3"])
def test_an_interrupted_start_is_done_again(bare, monkeypatch, title):
    def breaks(self, name, command, environ):
        bare.step(self, name, command, environ)
        if name.startswith(title):
            raise KeyboardInterrupt

    environment.ensure()
    (bare.root / "requirements.txt").write_text("tiny==2.0\n")
    monkeypatch.setattr(installing.Installer, "step", breaks)
    with pytest.raises(environment.SetupError, match="Stopped. Nothing is lost"):
        environment.ensure()
    assert not environment.is_fresh()
    monkeypatch.setattr(installing.Installer, "step", bare.step)
    environment.ensure()
    assert environment.is_fresh()


def test_packages_that_went_elsewhere_do_not_count(bare, monkeypatch):
    monkeypatch.setattr(installing.Installer, "unarrived", lambda self, left_out=(): ["tiny==1.0"])
    with pytest.raises(environment.SetupError, match=r"did not arrive in .* \(tiny==1.0 is not there\)"):
        environment.ensure()
    assert not environment.is_fresh()


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
    monkeypatch.setattr(installing.shutil, "disk_usage", lambda path: SimpleNamespace(free=1.2e9))
    with pytest.raises(environment.SetupError, match=r"needs about \d GB of disk .* has 1.2 GB free"):
        environment.ensure()


def test_no_right_to_write(bare, monkeypatch):
    def refuse(*words):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(installing.Installer, "step", refuse)
    with pytest.raises(environment.SetupError, match="cannot be written. Move the course"):
        environment.ensure()


# From here on with a real Python, pip and uv, and an index on this machine.


def test_a_first_start_and_a_second(index, copy, start, tmp_path):
    said, status = start(copy, "-c", ENSURE)
    assert status == 0 and "3/3 installing the packages: done" in said
    imports = "import tiny, lrcourse; print(tiny.__version__, lrcourse.__file__)"
    shown = subprocess.check_output([copy / ".venv/bin/python", "-I", "-c", imports], cwd=tmp_path, text=True)
    assert shown.split(maxsplit=1) == ["1.0", f"{copy}/lrcourse/__init__.py\n"]
    assert start(copy, "-c", ENSURE) == (f"made {copy}/.venv/bin/python\n", 0)
    assert not any(copy.glob("lrcourse/.venv"))


def test_a_renamed_course_is_mended_without_a_network(index, copy, start, tmp_path):
    start(copy, "-c", ENSURE)
    index.wheels.clear()
    moved = copy.rename(tmp_path / "elsewhere")
    (moved / "notebooks").mkdir()
    kernel = [moved / ".venv/bin/python", "-I", "-c", "import lrcourse; print(lrcourse.__file__)"]
    assert subprocess.run(kernel, cwd=moved / "notebooks", capture_output=True).returncode
    said, status = start(moved, "-c", ENSURE)
    assert status == 0 and "is put right" in said
    assert str(moved) in subprocess.check_output(kernel, cwd=moved / "notebooks", text=True)
    copied = Path(shutil.copytree(moved, tmp_path / "copied", symlinks=True))
    said, status = start(copied, "-c", ENSURE)
    kernel[0] = copied / ".venv/bin/python"
    assert status == 0 and str(copied) in subprocess.check_output(kernel, cwd=tmp_path, text=True)


def test_a_renamed_course_whose_packages_are_gone_is_made_anew(index, copy, start, tmp_path):
    start(copy, "-c", ENSURE)
    shutil.rmtree(next(copy.glob(".venv/lib/python*/site-packages/tiny-1.0.dist-info")))
    said, status = start(copy.rename(tmp_path / "elsewhere"), "-c", ENSURE)
    assert status == 0 and "3/3 installing the packages: done" in said


def test_nothing_on_the_machine_leads_the_packages_astray(index, copy, start, tmp_path, monkeypatch):
    """All at once that sends packages elsewhere or takes other ones, variables and files. The index's address stays."""
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", other], check=True)
    (tmp_path / "older.txt").write_text("tiny==0.9\n")
    wrong = {"target": str(other), "prefix": str(other), "root": str(other), "user": "true", "require-hashes": "true"}
    wrong |= {"no-deps": "true", "no-binary": ":all:", "constraint": str(tmp_path / "older.txt"), "dry-run": "true"}
    lines = "".join(f"{key} = {value}\n" for key, value in wrong.items())
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {index.url}/simple\n{lines}[install]\n{lines}")
    variables = {"PIP_" + key.replace("-", "_").upper(): value for key, value in wrong.items()}
    variables |= {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "VIRTUAL_ENV": str(other), "CONDA_PREFIX": str(other)}
    variables |= {"UV_PYTHON": str(other / "bin/python"), "UV_SYSTEM_PYTHON": "1", "UV_BREAK_SYSTEM_PACKAGES": "1"}
    variables |= {"UV_REQUIRE_HASHES": "1", "UV_EXCLUDE_NEWER": "2001-01-01", "UV_NO_BINARY": "1"}
    variables |= {"UV_CONSTRAINT": str(tmp_path / "older.txt"), "UV_OVERRIDE": str(tmp_path / "older.txt")}
    variables |= {"UV_PROJECT_ENVIRONMENT": str(other), "UV_EXCLUDE": str(tmp_path / "older.txt")}
    variables |= {"PYTHONPATH": str(other), "PYTHONUSERBASE": str(other)}
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):  # pip hears of the index from its file, and uv from pip
        monkeypatch.delenv(name)
    said, status = start(copy, "-c", ENSURE, **variables)
    assert status == 0, said
    assert subprocess.call([copy / ".venv/bin/python", "-I", "-c", "import tiny"]) == 0
    assert not any(other.rglob("tiny*"))


@pytest.mark.parametrize(
    "name",
    ["UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX", "UV_REQUIRE_HASHES", "UV_EXCLUDE_NEWER", "UV_NO_BINARY",
     "UV_PROJECT", "UV_WORKING_DIR", "UV_ENV_FILE", "UV_TORCH_BACKEND", "PIP_USER", "PIP_TARGET", "PIP_CONFIG_FILE",
     "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "CONDA_PREFIX"],
)  # fmt: skip
def test_what_leads_astray_is_not_handed_on(name):
    assert installing.cleaned({name: "x"}) == {}


@pytest.mark.parametrize(
    "name",
    ["UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX_STRATEGY", "UV_FIND_LINKS",
     "UV_INDEX_COMPANY_PASSWORD", "UV_INSECURE_HOST", "UV_NATIVE_TLS", "UV_CACHE_DIR", "UV_HTTP_TIMEOUT", "UV_OFFLINE",
     "UV_CONFIG_FILE", "HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HOME", "PATH", "TMPDIR"],
)  # fmt: skip
def test_the_way_to_the_index_is_handed_on(name):
    assert installing.cleaned({name: "x"}) == {name: "x"}


def test_what_uv_was_told_itself_beats_what_pip_was_told(tmp_path, monkeypatch):
    pip = {"index-url": "https://a", "cert": "/a.pem", "proxy": "http://p"}
    monkeypatch.setenv("HOME", str(tmp_path))
    assert installing.uv_settings({}, pip) == {
        "UV_DEFAULT_INDEX": "https://a", "SSL_CERT_FILE": "/a.pem", "ALL_PROXY": "http://p"
    }  # fmt: skip
    assert installing.uv_settings({"UV_INDEX_URL": "b", "SSL_CERT_FILE": "c", "https_proxy": "d"}, pip) == {}
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/uv/uv.toml").write_text('index-url = "https://b"\n')
    assert "UV_DEFAULT_INDEX" not in installing.uv_settings({}, pip)


def test_a_start_that_fails_says_one_sentence_and_leaves_nothing_that_counts(index, copy, start):
    (copy / "requirements.txt").write_text("absent==1.0\n")
    said, status = start(copy, "-m", "lrcourse", "play")
    last = said.splitlines()[-1]
    assert status == 1 and last.startswith("lrcourse: ") and "Traceback" not in said
    assert not (copy / ".venv/lrcourse-stamp").exists()
    (copy / "requirements.txt").write_text("tiny==1.0\n")
    assert start(copy, "-c", ENSURE)[1] == 0


def test_of_two_first_starts_one_waits_and_uses_what_the_other_made(index, copy, start):
    both = [start(copy, "-c", ENSURE, wait=False) for _ in range(2)]
    said = sorted((process.communicate(timeout=120)[0] for process in both), key=len)
    assert [process.returncode for process in both] == [0, 0]
    assert "Waiting for it" in said[0] and "Setting up" not in said[0]
    assert "Setting up" in said[1] and "Waiting" not in said[1]


@pytest.mark.parametrize("kill", [os.kill, os.killpg], ids=["the start alone", "its installer too"])
def test_a_killed_start_blocks_nobody(index, copy, start, kill):
    process = start(copy, "-c", ENSURE, wait=False)
    deadline = time.monotonic() + 60
    while not (copy / ".venv/pyvenv.cfg").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    kill(process.pid, signal.SIGKILL)
    process.wait()
    said, status = start(copy, "-c", ENSURE)
    assert status == 0 and "3/3 installing the packages: done" in said
    process.stdout.close()


# An environment that one already has.


def test_the_callers_folder_and_python(start, tmp_path):
    """From another folder, in an environment of one's own: paths are the caller's, the kernel imports this course."""
    cell = nbformat.v4.new_code_cell("import lrcourse; print(lrcourse.__file__)")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "mine.ipynb")
    (tmp_path / "random.py").write_text("raise SystemExit('a student named a file random.py')")
    for command in (["-m", "lrcourse"], [str(ROOT / "lrcourse")]):
        variables = {"LRCOURSE_PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
        said, status = start(tmp_path, *command, "run", "mine.ipynb", **variables)
        assert status == 0, said
        (ran,) = nbformat.read(tmp_path / "mine.ipynb", 4).cells
        assert ran.outputs[0].text.strip() == str(ROOT / "lrcourse/__init__.py")
    assert not (tmp_path / ".venv").exists()


def test_a_python_of_ones_own_that_lacks_packages_is_told_which(copy, start, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "own"], check=True)
    shutil.copy(ROOT / "pyproject.toml", copy)
    said, status = start(copy, "-m", "lrcourse", LRCOURSE_PYTHON=str(tmp_path / "own/bin/python"))
    assert status == 1 and said.count("\n") == 1
    assert "needs" in said and "jupyterlab" in said and "torch" in said and "LRCOURSE_PYTHON" in said
    assert "distributed" not in said  # of no use to who reads lessons
    (copy / ".venv").symlink_to(tmp_path / "own")
    said, status = start(copy, "-m", "lrcourse", "grade", "class")
    assert status == 1 and "distributed" in said and f"take away the link {copy}/.venv" in said
    assert not (tmp_path / "own/lrcourse-stamp").exists()


def test_a_python_of_ones_own_that_is_none(copy, start, tmp_path):
    said, status = start(copy, "-m", "lrcourse", LRCOURSE_PYTHON="no-such-python")
    assert status == 1 and "LRCOURSE_PYTHON names no Python that runs (no-such-python)" in said
    old = tmp_path / "old"
    old.write_text('#!/bin/sh\necho \'{"version": [3, 9, 2], "prefix": "/", "course": ""}\'\n')
    old.chmod(0o755)
    said, status = start(copy, "-m", "lrcourse", LRCOURSE_PYTHON=str(old))
    assert status == 1 and "LRCOURSE_PYTHON names Python 3.9.2, which is too old" in said


def other_python(folder):
    """A Python with one module that no other one has."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (next(folder.glob("lib/*/site-packages")) / "only_there.py").write_text("LENGTH = 30\n")
    return folder / "bin/python"


SCRIPT = "from only_there import LENGTH\n\n\ndef make():\n    return lambda step: 0.1 * (1 - step / LENGTH)\n"


@pytest.mark.parametrize(("steps", "status"), [(30, 0), (60, 1)])
def test_preview_runs_where_the_script_does(start, tmp_path, steps, status):
    python = other_python(tmp_path / "own")
    (tmp_path / "train.py").write_text(SCRIPT)
    command = [str(ROOT / "lrcourse"), "preview", "train.py:make", "--steps", str(steps)]
    said, ended = start(tmp_path, *command)
    assert ended == 2 and "No module named 'only_there'. LRCOURSE_PYTHON=/path/to/python takes" in said
    said, ended = start(tmp_path, *command, LRCOURSE_PYTHON=str(python))
    assert ended == status and f"{steps} updates; first LR 0.1" in said
    said, ended = start(tmp_path, *command, LRCOURSE_PYTHON="no-such-python")
    assert ended == 2 and "LRCOURSE_PYTHON names no Python that runs (no-such-python)" in said


@pytest.mark.parametrize("command", [["preview", "train.py:make"], ["race", "--help"]])
def test_a_launcher_that_starts_another_python_than_it_says_is_no_endless_chain(start, tmp_path, command):
    """As `uv run` may: when it is asked, the variables that choose its Python are not there."""
    (tmp_path / "train.py").write_text(SCRIPT)
    launcher = tmp_path / "launcher"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "asked"], check=True)
    launcher.write_text(f'#!/bin/sh\nexec "${{VIRTUAL_ENV:-{tmp_path}/asked}}/bin/python" "$@"\n')
    launcher.chmod(0o755)
    variables = {"LRCOURSE_PYTHON": str(launcher), "VIRTUAL_ENV": sys.prefix}
    said, status = start(tmp_path, str(ROOT / "lrcourse"), *command, **variables)
    assert status in (1, 2) and said.count("\n") == 1 and f"{launcher} starts" in said


@pytest.mark.parametrize(
    ("bare", "fresh", "status"), [(True, True, 7), (True, False, 2), (False, True, 2), (False, False, 2)]
)
def test_a_script_that_a_bare_python_cannot_run_is_looked_at_in_the_courses_own(
    tmp_path, monkeypatch, capsys, bare, fresh, status
):
    """Only where that is made, and not from a Python that has a torch of its own."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "train.py").write_text(f"import os\nos.chdir({str(elsewhere)!r})\nos.environ['MINE'] = '1'\n{SCRIPT}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {**os.environ})
    monkeypatch.setattr(__main__, "find_spec", lambda name: None if bare else name)
    monkeypatch.delenv("LRCOURSE_PYTHON", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", [*sys.argv])
    monkeypatch.setattr(environment, "is_fresh", lambda: fresh)
    monkeypatch.setattr(environment, "ensure", lambda: "/own/python")
    went = []

    def hand_over(command):
        assert os.getcwd() == str(tmp_path) and "MINE" not in os.environ
        went.append(command)
        return 7

    monkeypatch.setattr(__main__, "_hand_over", hand_over)
    command = ["preview", "train.py:make", "--steps", "30"]
    assert __main__.main(command) == status
    assert went == ([["/own/python", "-P", "-m", "lrcourse", *command]] if status == 7 else [])
    assert (
        "has no torch, going on in /own/python" if status == 7 else "No module named 'only_there'"
    ) in capsys.readouterr().err


@pytest.mark.parametrize("owner", ["own", "somebody else's"])
@pytest.mark.parametrize("place", ["home", "JUPYTER_PATH"])
def test_the_kernel_is_the_courses(tmp_path, place, owner):
    kernel = tmp_path / (".local/share/jupyter" if place == "home" else "more") / "kernels/python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/usr/bin/false", "{connection_file}"], "display_name": "other", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    ask = "import jupyter_core.paths as paths\n"
    ask += "paths._do_i_own = lambda path: False\n" if owner != "own" else ""
    ask += "import lrcourse.__main__\nfrom jupyter_client.kernelspec import KernelSpecManager\n"
    ask += "print(KernelSpecManager().get_kernel_spec('python3').argv[0])"
    environ = os.environ | {"HOME": str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "0", "PYTHONPATH": str(ROOT)}
    environ["JUPYTER_PATH"] = str(tmp_path / "more")
    assert "false" not in subprocess.check_output([sys.executable, "-c", ask], env=environ, text=True)


# The command line.


def test_unknown_command_lists_the_good_ones(capsys):
    assert __main__.main(["tset"]) == 2
    assert "no command 'tset'. There are: test, run, race" in capsys.readouterr().err


def test_help_needs_no_environment(capsys):
    assert __main__.main(["--help"]) == 0
    assert "Without a command: open the course in JupyterLab" in capsys.readouterr().out


def test_old_names_lead_to_the_modules(copy, start):
    code = "import lrcourse.testing; from lrcourse import environment; print(environment.is_fresh(), lrcourse.testing)"
    said, status = start(copy, "-c", code)
    assert status == 0 and said.startswith("False <module 'lrcourse.workshop.checks'")
