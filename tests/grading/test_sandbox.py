"""The sandbox keeps its walls, names every ending, and says when it cannot work."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lrcourse.grading import runtime, sandbox
from lrcourse.grading.inside import Inside, Look

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
import mmap, os, resource, threading
for name in ("NPROC", "DATA", "AS", "CPU", "FSIZE", "NOFILE", "CORE", "MEMLOCK"):
    limit = getattr(resource, "RLIMIT_" + name)
    try:
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("raised", name)
    except ValueError:
        pass
    try:
        resource.prlimit(1, limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("raised for the first process", name)
    except (PermissionError, ProcessLookupError):
        pass
try:
    os.fork()
    print("forked")
except BlockingIOError:
    pass
for take in (lambda: bytearray(300 * 2**20), lambda: mmap.mmap(-1, 2**30)):
    try:
        take()
        print("allocated")
    except (MemoryError, OSError):
        pass
stop = threading.Event()
try:
    for started in range(99):
        threading.Thread(target=stop.wait).start()
except RuntimeError as error:
    print(started < 32, error)
stop.set()
"""
    assert said(program) == "True can't start new thread\n"
    assert said(program, limits=replace(SHORT, threads=0)) == "True can't start new thread\n"


def test_the_limits_bind_the_first_process_of_the_sandbox_too():
    """It has the submission's rights, so what it may do the submission could make it do."""
    with started("import time\ntime.sleep(60)") as (grader, student):
        first = parent(student)
        told = dict(line.rsplit(None, 3)[:2] for line in Path(f"/proc/{first}/limits").read_text().splitlines()[1:14])
        limits = sandbox.Limits()
        wanted = {"Max cpu time": limits.cpu, "Max data size": limits.memory, "Max address space": limits.mapped}
        wanted |= {"Max file size": limits.file_size, "Max open files": 64, "Max core file size": 0}
        assert {name: int(told[name]) for name in wanted} == wanted
        for pid in (first, student):
            status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
            assert {status[name].strip("0") for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {""}
            assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\n"


def test_nothing_of_this_machine_is_visible(tmp_path):
    (tmp_path / "gradebook.sqlite").write_text("secret")
    tmp_path.chmod(0o755)
    of_the_host = [str(tmp_path), sys.prefix, "/usr", "/home", "/root", "/etc", "/proc", "/sys", "/run", "/dev/shm"]
    program = f"""
import json, os
def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
print(json.dumps({{
    "top": sorted(os.listdir("/")),
    "there": [path for path in {of_the_host} if os.path.exists(path)],
    "dev": os.listdir("/dev"),
    "open": [n for n in range(64) if is_open(n)],
    "variables": sorted(os.environ),
}}))
"""
    found = json.loads(said(program))
    assert found["top"] == sorted(path.name for path in runtime.runtime().iterdir())
    assert found["there"] == []
    assert (found["dev"], found["open"]) == (["null"], [0, 1, 2])
    assert set(found["variables"]) == {*sandbox.ENVIRONMENT, "LD_LIBRARY_PATH", "PWD"}


def test_only_the_scratch_folder_can_be_written_and_it_is_small_and_new():
    program = """
import os
for folder in ("/", "/dev", "/lib", "/python", "/site-packages"):
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
for kind, address in ((socket.SOCK_STREAM, ("192.0.2.1", 80)), (socket.SOCK_DGRAM, ("192.0.2.1", 53))):
    try:
        with socket.socket(socket.AF_INET, kind) as s:
            s.settimeout(1)
            s.connect(address)
        print("connected")
    except OSError:
        pass
"""
    assert said(program) == "[-1, -1, -1]\n-1 -1 -1\n"


def test_it_runs_as_nobody_and_dies_with_its_grader():
    with started("import time\nprint('up', flush=True)\ntime.sleep(600)") as (grader, student):
        inside = [student, parent(student), parent(parent(student))]
        assert {os.stat(f"/proc/{pid}").st_uid for pid in inside} == {os.geteuid() or sandbox.NOBODY}
        os.kill(grader, signal.SIGKILL)
        assert all_end(inside, 1)


def test_no_submission_is_left_whose_grader_is_killed_while_a_sandbox_starts():
    """Once in a thousand bubblewrap leaves an empty process that waits for ever: it has not raised its walls yet."""
    runtime.runtime()
    code = (
        f"from lrcourse.grading import sandbox\nprint(flush=True)\nsandbox.run('while 1: pass', [b'']) # {os.getpid()}"
    )
    mine = []
    for delay in (0.001, 0.003, 0.005, 0.007, 0.009, 0.012, 0.016, 0.02) * 2:
        grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        grader.stdout.readline()
        time.sleep(delay)
        mine += descendants(grader.pid)
        grader.kill()
        mine += descendants(grader.pid)
        grader.wait()
        grader.stdout.close()
    all_end(mine, 1)
    left = {pid for pid in mine if is_alive(pid)}  # most were seen twice
    assert len(left) <= 1 and not any("Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text() for pid in left)
    for pid in left:
        os.kill(pid, signal.SIGKILL)


def test_nothing_of_a_submission_runs_once_its_outcome_is_known():
    """Seen, not assumed: all processes of the machine are looked at for one in the sandbox's process namespace."""
    programs = [
        "import time\ntime.sleep(60)",
        "import threading, time\nfor _ in range(20): threading.Thread(target=time.sleep, args=[60]).start()",
        "import os, time\nos.close(1)\nos.close(2)\ntime.sleep(60)",
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: time.sleep(0.1)",
        "import os\nos.kill(1, 9)\nos.kill(os.getpid(), 19)",
        "while True: print('x' * 10000)",
        "import ctypes, threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)",
    ]
    for program in programs:
        seen = []
        begin = Inside.begin

        def noting(inside, begin=begin, seen=seen):
            problem = begin(inside)
            seen.append(os.open(f"/proc/{inside.first}/ns/pid", os.O_RDONLY))  # open, so that nobody gets its number
            return problem

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Inside, "begin", noting)
            sandbox.run(program, [b"line\n"], SHORT)
        (namespace,) = seen
        assert in_namespace(namespace) == [], program
        os.close(namespace)


def in_namespace(namespace):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if os.path.samestat(os.stat(f"/proc/{pid}/ns/pid"), os.fstat(namespace)) and is_alive(pid):
                found.append(pid)
    return found


@contextmanager
def started(program):
    """(pid of a grader that runs this program in a sandbox, pid of the program's Python)."""
    code = f"from lrcourse.grading import sandbox; sandbox.run({program!r}, [b'']) # {os.getpid()}"
    grader = subprocess.Popen([sys.executable, "-c", code])
    try:
        deadline = time.monotonic() + 20
        while len(below := descendants(grader.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        below = descendants(grader.pid)
        yield grader.pid, below[-1]
    finally:
        grader.kill()
        grader.wait()
    assert all_end(below, 1)


def all_end(pids, seconds):
    deadline = time.monotonic() + seconds
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(is_alive, pids))


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def descendants(pid):
    found, todo = [], [pid]
    while todo:
        with suppress(OSError):
            todo += map(int, Path(f"/proc/{todo[0]}/task/{todo[0]}/children").read_text().split())
        found.append(todo.pop(0))
    return found[1:]


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


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n    print('w', file=sys.stderr, flush=True)\n    time.sleep(0.4)",
        "while True:\n    os.write(1, b'x')\n    time.sleep(0.4)",
        "while True:\n    os.write(1, b'\\n')\n    time.sleep(0.4)",
        "while True:\n    open('/tmp/x', 'w').write('w')\n    time.sleep(0.05)",
        "while True:\n    sum(range(10**5))\n    time.sleep(0.05)",
        "while True: select.select([], [], [], 0.2)",
        "signal.sigwait({signal.SIGUSR1})",
        "signal.pause()",
        "threading.Lock().acquire() and threading.Event().wait()",
        "a, b = socket.socketpair()\na.recv(1)",
        "asyncio.run(asyncio.sleep(1000))",
        "[threading.Thread(target=time.sleep, args=[60]).start() for _ in range(9)]",
        "signal.signal(signal.SIGALRM, lambda *a: None)\nsignal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)\n"
        "while True: signal.pause()",
    ],
)
def test_who_sleeps_or_waits_or_drips_is_asleep_whatever_it_says(program):
    names = "asyncio, os, select, signal, socket, sys, threading, time"
    started = time.monotonic()
    outcome = sandbox.run(f"import {names}\n{program}", [b"a" * 300_000 + b"\n"], SHORT)  # more than a pipe holds
    assert outcome.ending == "asleep", outcome
    assert time.monotonic() - started < 8


def test_to_turn_the_timer_off_gains_nothing():
    program = """
import signal
signal.setitimer(signal.ITIMER_PROF, 0)
signal.signal(signal.SIGPROF, signal.SIG_IGN)
while True: pass
"""
    outcome = sandbox.run(program, [b"line\n"], sandbox.Limits(call=0.5))
    assert outcome.ending == "cpu" and "at one place" in outcome.detail


def test_load_makes_nobody_sleep_or_late(busy):
    """With four busy loops to a core it takes longer, and ends as it would have."""
    program = """
import sys, time
for line in sys.stdin:
    sum(range(3 * 10**6))
    print(line, end="", flush=True)
"""
    outcome = sandbox.run(program, [b"one\n" * 5, b"two\n" * 5], sandbox.Limits(cpu=5, asleep=0.5))
    assert (outcome.ending, outcome.output) == ("ended", b"one\n" * 5 + b"two\n" * 5)


def test_a_time_out_for_want_of_cpu_is_the_machines_not_the_students(monkeypatch):
    monkeypatch.setattr(Inside, "look", lambda inside: Look())  # it always wants the CPU and never gets it
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


def test_of_numpy_only_the_docstrings_are_left_out_and_a_students_code_is_not_optimised():
    program = """
import sys
sys.path.append("/tmp")
with open("/tmp/mine.py", "w") as file:
    file.write("'a text'\\ntry:\\n    assert 1 > 2\\n    said = 0\\nexcept AssertionError:\\n    said = 1")
import mine, numpy as np
import numpy.ma, numpy.polynomial, numpy.fft, numpy.random, numpy.testing
print(mine.said, mine.__doc__, np.ndarray.reshape.__doc__, np.linalg.solve.__doc__, bool(sys.__doc__))
print(np.ma.masked_less([1, 2], 2).sum(), np.polynomial.Polynomial([1, 2])(3.0), np.random.default_rng(0).integers(1))
try:
    np.testing.assert_allclose(1, 2)
except AssertionError as error:
    print("Not equal" in str(error))
"""
    assert said(program) == "1 a text None None True\n2 7.0 0\nTrue\n"
