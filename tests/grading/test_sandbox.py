"""The sandbox keeps its walls, names every ending, and says when it cannot work."""

import json
import os
import subprocess
import sys
import time

import pytest

from lrcourse.grading import runtime, sandbox

pytestmark = pytest.mark.usefixtures("bubblewrap")
SHORT = sandbox.Limits(cpu=1, asleep=1, memory=256 * 2**20)


def said(program, parts=(), limits=SHORT):
    outcome = sandbox.run(program, parts, limits)
    assert outcome.ending == "ended", (outcome.detail, outcome.log.decode())
    return outcome.output.decode()


def test_answers_come_out_and_the_log_is_kept_apart():
    program = "import sys\nprint(sys.stdin.readline().strip() * 2)\nprint('noise', file=sys.stderr)"
    outcome = sandbox.run(program, [b"ab\n"])
    assert (outcome.ending, outcome.output, outcome.log) == ("ended", b"abab\n", b"noise\n")


@pytest.mark.parametrize(
    ("program", "ending"),
    [
        ("while True: pass", "cpu"),
        ("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", "cpu"),
        ("import time\ntime.sleep(60)", "asleep"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "asleep"),
        ("import os\nos.kill(os.getpid(), 9)", "killed"),
        ("import os\nos.kill(os.getpid(), 11)", "crashed"),
        ("import os\nos._exit(3)", "exited"),
        ("while True: print('x' * 10000)", "flood"),
        ("x = [bytearray(10**7) for _ in range(10**5)]", "exited"),
        ("import os\nos.close(1)\nos.close(2)\nwhile True: pass", "cpu"),
    ],
)
def test_every_ending_has_its_name(program, ending):
    assert sandbox.run(program, [b"line\n"], SHORT).ending == ending


def test_the_limits_cannot_be_raised_and_bind():
    program = """
import os, resource, threading
for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("raised")
    except ValueError:
        pass
for what in (os.fork, threading.Thread(target=print).start):
    try:
        what()
        print("started")
    except (OSError, RuntimeError):
        pass
try:
    bytearray(10**9)
    print("allocated")
except MemoryError:
    pass
"""
    assert said(program) == ""


def test_nothing_of_this_machine_is_visible(tmp_path):
    (tmp_path / "gradebook.sqlite").write_text("secret")
    tmp_path.chmod(0o755)
    of_the_host = [str(tmp_path), sys.prefix, "/usr", "/home", "/root", "/etc"]
    program = f"""
import json, os
print(json.dumps({{
    "top": sorted(os.listdir("/")),
    "there": [path for path in {of_the_host} if os.path.exists(path)],
    "processes": [name for name in os.listdir("/proc") if name.isdigit()],
    "variables": sorted(os.environ),
}}))
"""
    found = json.loads(said(program))
    assert found["top"] == sorted(path.name for path in runtime.runtime().iterdir())
    assert found["there"] == []
    assert len(found["processes"]) == 2  # bubblewrap's and its own
    assert set(found["variables"]) == {*sandbox.ENVIRONMENT, "LD_LIBRARY_PATH", "PWD"}


def test_only_the_scratch_folder_can_be_written_and_it_is_small_and_new():
    program = """
import os
for folder in ("/", "/dev", "/dev/shm", "/python", "/site-packages", "/proc/sys/kernel"):
    try:
        open(folder + "/file", "w").write("x")
        print("wrote", folder)
    except OSError:
        pass
print(os.listdir("/tmp"))
try:
    for i in range(100):
        open(f"/tmp/{i}", "wb").write(bytes(2**20))
except OSError:
    print("full at", i)
"""
    first, second = said(program), said(program)
    assert first == second
    assert first.startswith("[]\nfull at 1")


def test_neither_network_nor_more_namespaces():
    program = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
print([libc.unshare(flag) for flag in (0x10000000, 0x00020000, 0x40000000)])
print(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), libc.setuid(0), libc.chroot(b"/tmp"))
print(open("/proc/self/status").read().split("CapEff:")[1].split()[0].strip("0") or "no capability")
for kind, address in ((socket.SOCK_STREAM, ("192.0.2.1", 80)), (socket.SOCK_DGRAM, ("192.0.2.1", 53))):
    try:
        with socket.socket(socket.AF_INET, kind) as s:
            s.settimeout(1)
            s.connect(address)
        print("connected")
    except OSError:
        pass
"""
    assert said(program) == "[-1, -1, -1]\n-1 -1 -1\nno capability\n"


def test_it_runs_as_nobody_and_dies_with_its_parent():
    program = "import time\nprint('up', flush=True)\ntime.sleep(600)"
    code = f"from lrcourse.grading import sandbox; sandbox.run({program!r}, [b'']) # {os.getpid()}"
    grader = subprocess.Popen([sys.executable, "-c", code])
    try:
        deadline = time.monotonic() + 20
        while not (inside := processes_below(grader.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert inside
        owners = {os.stat(f"/proc/{pid}").st_uid for pid in inside}
        assert 0 not in owners and owners == {os.geteuid() or sandbox.NOBODY}
    finally:
        grader.kill()
        grader.wait()
    deadline = time.monotonic() + 10
    while any(map(is_alive, inside)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, inside))


def processes_below(pid):
    """The descendants of a process, once the student's Python is among them."""
    found, todo = [], [pid]
    while todo:
        try:
            with open(f"/proc/{todo[0]}/task/{todo[0]}/children") as children:
                below = [int(child) for child in children.read().split()]
        except OSError:
            below = []
        todo = todo[1:] + below
        found += below
    return found if len(found) >= 3 else []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_part_is_sent_only_after_the_lines_before_it_are_answered():
    program = "import sys\nfor line in sys.stdin: print(line.strip(), flush=True)"
    outcome = sandbox.run(program, [b"one\ntwo\n", b"secret\n"], SHORT)
    assert outcome.output[: outcome.early] == b"one\ntwo\n"
    assert outcome.output[outcome.early :] == b"secret\n"
    program = "import sys\nfor line in sys.stdin: print(line, file=sys.stderr)"
    silent = sandbox.run(program, [b"one\n", b"secret\n"], SHORT)
    assert silent.ending == "asleep" and b"secret" not in silent.log


def test_a_time_out_for_want_of_cpu_is_the_machines_not_the_students(monkeypatch):
    monkeypatch.setattr(sandbox, "_state", lambda pid: "R")
    outcome = sandbox.run("import time\ntime.sleep(60)", [b""], sandbox.Limits(wall=2, asleep=1))
    assert outcome.ending == "busy"


def test_numpy_works_inside_and_torch_and_the_course_are_not_there():
    program = """
import importlib.util
import numpy as np
print(np.linalg.solve([[2.0, 0], [0, 4]], [2, 4]).tolist())
print([name for name in ("torch", "lrcourse", "pandas", "IPython") if importlib.util.find_spec(name)])
"""
    assert said(program) == "[1.0, 1.0]\n[]\n"


def test_says_what_to_do_where_there_is_no_bubblewrap(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in sandbox.problem.__wrapped__()


def test_says_so_where_a_wall_is_open(monkeypatch):
    monkeypatch.setattr(sandbox, "PROBE", sandbox.PROBE.replace('"/file"', '"/tmp/file"'))
    assert "writing beside the scratch folder" in sandbox.problem.__wrapped__()


def test_says_so_where_namespaces_are_forbidden(monkeypatch):
    allowed = sandbox._command
    monkeypatch.setattr(sandbox, "_command", lambda *args: [*allowed(*args)[:-1], "NPROC=none"])
    assert "does not work here" in sandbox.problem.__wrapped__()
