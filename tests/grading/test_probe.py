"""Before it grades, the sandbox tries its walls: it names the open one, and says what to do where it cannot work."""

import os
import platform
import shutil
import subprocess
import tempfile
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import pytest

from lrcourse.grading import runtime, sandbox

pytestmark = pytest.mark.usefixtures("bubblewrap")


def test_says_what_to_do_where_there_is_no_bubblewrap(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in sandbox.problem.__wrapped__()


@pytest.mark.parametrize(
    ("wall", "opened", "named"),
    [
        ('"/file"', '"/tmp/file"', "writing beside the scratch folder"),
        ("os.fork)", "os.getpid)", "a second process"),
        ('told["memory"]', "1000", "more memory than allowed"),
        ("!= number", "!= number + 1", "CPU"),
    ],
)
def test_says_so_where_a_wall_is_open(monkeypatch, wall, opened, named):
    assert sandbox.probe.WALLS.count(wall) == 1
    monkeypatch.setattr(sandbox.probe, "WALLS", sandbox.probe.WALLS.replace(wall, opened))
    assert named in sandbox.problem.__wrapped__()


@pytest.mark.parametrize("call", ["ptrace 101 117", "add_key 248 217", "io_uring_setup 425 425", "msgget 68 186"])
def test_says_so_where_the_filter_lets_a_call_pass(monkeypatch, call):
    machine = platform.machine()
    told = sandbox.syscalls.allowed_numbers(machine)
    monkeypatch.setattr(sandbox.syscalls, "ALLOWED", f"{sandbox.syscalls.ALLOWED} {call}")
    monkeypatch.setattr(sandbox.syscalls, "allowed_numbers", lambda machine: told)
    monkeypatch.setattr(sandbox, "_filter", sandbox._filter.__wrapped__)
    assert "a wall of the sandbox is open" in sandbox.problem.__wrapped__()


def test_refuses_a_sandbox_without_a_filter(monkeypatch):
    whole = sandbox._command

    def without(*args):
        command = whole(*args)
        at = command.index("--seccomp")
        return command[:at] + command[at + 2 :]

    monkeypatch.setattr(sandbox, "_command", without)
    outcome = sandbox.run("print(1)", [])
    assert (outcome.ending, outcome.output) == ("failed", b"")
    assert "not under a filter" in sandbox.problem.__wrapped__()


def test_refuses_where_files_in_the_sandbox_cannot_be_counted(monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda path: 1 / 0 if path == "/" else os.stat("/nowhere"))
    assert "CAP_SYS_PTRACE" in sandbox.problem.__wrapped__()


@pytest.fixture
def everybodys():
    """A folder that others can reach: pytest closes its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def as_somebody(code, folder, *before):
    """Run code as a user who owns nothing but this folder, by the sandbox's own Python: others cannot read ours."""
    python = runtime.runtime() / "python" / "bin" / "python3"
    packages = folder / "packages"
    for name in ("lrcourse", "platformdirs"):
        source = Path(find_spec(name).origin).parent
        shutil.copytree(source, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(distribution("numpy")._path, packages / distribution("numpy")._path.name)
    user = []
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "60002:60002", folder], check=True)
        user = ["setpriv", "--reuid=60002", "--regid=60002", "--clear-groups"]
    variables = {"PYTHONPATH": f"{packages}:{runtime.runtime()}/site-packages", "HOME": str(folder)}
    variables |= {"LD_LIBRARY_PATH": f"{runtime.runtime()}/lib", "PATH": os.environ["PATH"]}
    command = [*user, *before, str(python), "-s", "-S", "-B", "-c", code]
    done = subprocess.run(command, env=variables, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_ordinary_user_has_the_same_walls(everybodys):
    code = "from lrcourse.grading import sandbox\nprint(sandbox.problem())"
    assert as_somebody(code, everybodys) == "None\n"


def test_without_user_namespaces_it_refuses_and_says_what_to_do(everybodys):
    """One namespace is allowed, for the grader to stand in; bubblewrap cannot make another."""
    code = "from lrcourse.grading import sandbox\nprint(sandbox.problem())"
    forbid = 'echo 1 > /proc/sys/user/max_user_namespaces; exec unshare --user --map-user=1000 "$@"'
    said = as_somebody(code, everybodys, "unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh")
    assert "does not work here" in said and "max_user_namespaces" in said and "docker run" in said
