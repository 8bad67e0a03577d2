"""The clock and the counts of one sandbox at their edges, on processes and pipes made up here."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lrcourse.grading import inside, runtime, sandbox, syscalls, talk, workers
from lrcourse.grading.inside import Inside, Look
from lrcourse.grading.talk import Talk

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sandboxes need Linux")
LIMITS = sandbox.Limits(call=3, asleep=7, wall=600, mapped=5 * 2**20, output=2**20, log=10)


def looking(*looks, ready=True, lasted=0.0):
    """What the talk says after each of these looks."""
    made = Talk(None, SimpleNamespace(look=iter(looks).__next__), LIMITS)
    made.started, made.ready, made.moved = time.monotonic() - lasted, ready, False
    return made, [made._look() for _ in looks]


@pytest.mark.parametrize(
    ("fits", "over", "told"),
    [
        (Look(files=1000), Look(files=1001), ("flood", "made more than 1000 files")),
        (Look(memory=5 * 2**20), Look(memory=5 * 2**20 + 1), ("memory", "held more than 5 MB of memory")),
        (Look(worked=3), Look(worked=3.001), ("cpu", "used more than 3 s of CPU time at one place")),
        (Look(slept=7), Look(slept=7.001), ("asleep", "waited for more than 7 s without working")),
    ],
)
def test_a_limit_is_reached_when_it_is_passed(fits, over, told):
    assert looking(fits)[1] == [None] and looking(over)[1] == [told]


def test_sleep_adds_up_and_the_time_at_one_place_begins_anew_with_an_answer():
    made, said = looking(Look(slept=3, worked=2), Look(slept=1, worked=0.5))
    assert said == [None, None] and (made.asleep, made.stuck, made.worked) == (4, 4, 2.5)
    made.moved, made.inside.look = True, lambda: Look(slept=1, worked=9)
    assert made._look() is None and (made.asleep, made.stuck, made.worked, made.moved) == (5, 0, 0, False)
    made.inside.look = lambda: Look(slept=2.5)
    assert made._look() == ("asleep", "waited for more than 7 s without working") and made.stuck == 2.5


@pytest.mark.parametrize(
    ("limits", "looks", "told"),
    [
        ({"total": 5, "call": 9}, 20, "for more than 5 s together"),
        ({"call": 5}, 28, "for more than 7 s at one place"),
        ({"call": 7, "asleep": 5}, 28, "for more than 7 s at one place"),
    ],
)
def test_sleep_and_work_together_have_a_limit_too(limits, looks, told):
    alternating = [Look(slept=0.25), Look(worked=0.25)] * 20
    limited = Talk(None, SimpleNamespace(look=iter(alternating).__next__), replace(LIMITS, **limits))
    limited.started, limited.ready, limited.moved = time.monotonic(), True, False
    said = [limited._look() for _ in range(looks + 1)]
    assert said == [None] * looks + [("spent", f"worked and waited {told}")]


def test_a_machine_too_busy_and_one_that_does_not_start():
    assert looking(Look(), lasted=599)[1] == [None]
    assert looking(Look(), lasted=601)[1] == [("busy", "the machine was too busy to finish this in 600 s")]
    assert looking(Look(), ready=False, lasted=59)[1] == [None]
    assert looking(Look(), ready=False, lasted=61)[1] == [("failed", "the sandbox did not start in time")]
    assert talk.LOOK == 0.25


class Watched:
    """A sandbox's inside that sees nothing."""

    def __init__(self, problem=None):
        self.problem = problem

    def begin(self):
        return self.problem

    def look(self):
        return Look()

    def files(self):
        return 0


def spoken(program, parts, limits=LIMITS, problem=None):
    """A talk with a Python of this machine that runs the program; the program's code is sent as an empty one."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen([sys.executable, "-S", "-u", "-c", program], bufsize=0, **pipes)
    made = Talk(process, Watched(problem), limits)
    try:
        return made, made.until_done(b"", parts)
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        process.wait()


ECHO = "import sys\nprint('ready')\nfor line in sys.stdin: print('got', line.strip())"


def test_each_part_waits_for_the_answers_before_it():
    made, said = spoken(ECHO, [b"a\nb\n", b"c\n"])
    assert said is None and bytes(made.output) == b"got a\ngot b\ngot c\n"
    assert made.early == len(b"got a\ngot b\n") and made.answered == 3
    made, said = spoken(ECHO, [b"a\n"])
    assert said is None and bytes(made.output) == b"got a\n" and made.early == 0
    made, said = spoken(ECHO, [])
    assert said is None and bytes(made.output) == b"" and made.early == 0


def test_a_statement_that_begins_is_a_new_place_and_no_answer():
    program = "import sys\nprint('ready')\nsys.stdin.readline()\nprint('\\t\\t', end='')\ninput()"
    made, said = spoken(program, [b"a\nb\n"])
    assert said is None and bytes(made.output) == b"\t\t" and made.answered == 0 and made.moved


@pytest.mark.parametrize(
    ("line", "moved"),
    [(b'{"id":7,"value":1}\n', True), (b'{"cell":0,"error":null}\n', True), (b"{}\n", False), (b"an id\n", False)],
)
def test_a_line_that_is_no_answer_is_no_new_place(line, moved):
    """In however many blocks it comes: the last of them ends it."""
    out, into = os.pipe()
    for size in (1, 5, len(line)):
        with open(out, "rb", buffering=0, closefd=False) as stream:
            made = Talk(SimpleNamespace(stdin=SimpleNamespace(closed=True), stdout=stream), Watched(), LIMITS)
            made.ready, made.moved, made.output = True, False, bytearray(b"of an earlier line\n")
            for start in range(0, len(line), size):
                assert not made.moved and os.write(into, line[start : start + size])
                made._read(stream)
        assert made.moved == moved and made.answered == 1
    os.close(into)
    os.close(out)


def test_who_does_not_answer_gets_no_more():
    made, said = spoken("print('ready')\ninput()", [b"a\nb\n", b"c\n"])
    assert said is None and made.early is None and bytes(made.output) == b""


def test_a_long_part_goes_in_whole_and_the_log_keeps_its_end():
    program = "import sys\nprint('ready')\nprint(len(sys.stdin.readline()))\nsys.stderr.write('0123456789abcdef')"
    made, said = spoken(program, [b"x" * 300_000 + b"\n"])
    assert said is None and bytes(made.output) == b"300001\n" and bytes(made.log) == b"6789abcdef"


def test_who_closes_its_ears_is_heard_all_the_same():
    made, said = spoken("import os\nprint('ready')\nos.close(0)\nprint('deaf')", [b"x" * 300_000 + b"\n", b"y\n"])
    assert said is None and bytes(made.output) == b"deaf\n"


def test_output_to_its_limit_and_beyond():
    for size, told in ((2**20, None), (2**20 + 1, ("flood", "wrote more than 1 MB of answers"))):
        made, said = spoken(f"import os\nprint('ready')\nprint('x' * ({size} - 1))", [b""])
        assert said == told


def test_walls_that_do_not_hold_get_no_program():
    made, said = spoken(ECHO, [b"a\n"], problem="no filter")
    assert said == ("failed", "no filter") and not made.ready and bytes(made.output) == b""


def seen(monkeypatch, ticks, passed, states="S", memory=7, disk=None):
    """The second look at a process that used so many ticks of CPU time while so many seconds passed."""
    clock, used = iter([0.0, 0.0, 10.0, 10.0 + passed]), iter([0, ticks])
    made = None

    def stat(pid, task=None):
        assert pid == 42
        if task is not None:
            return [states[int(task)]]
        half = next(used) / 2
        return ["S", *["0"] * 10, f"{half:.0f}", f"{half:.0f}", "999"]

    monkeypatch.setattr(inside, "time", SimpleNamespace(monotonic=clock.__next__))
    monkeypatch.setattr(inside, "_stat", stat)
    monkeypatch.setattr(inside, "_memory", lambda pid: memory)
    monkeypatch.setattr(inside.os, "listdir", lambda folder: [str(i) for i in range(len(states))])
    made = Inside(SimpleNamespace(pid=42), None)
    assert made.begin() is None
    made.look()
    return made, made.look()


TICKS = os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("ticks", "passed", "states", "slept", "worked"),
    [
        (0, 0.25, "S", 0.25, 0),
        (0.2 * TICKS, 0.25, "S", 0.05, 0.2),
        (0.4 * TICKS, 0.25, "S", 0, 0.4),  # two threads' worth
        (0, 3.0, "S", 0.5, 0),  # the grader itself was kept waiting
        (0, 0.25, "R", 0, 0),
        (0, 0.25, "SD", 0, 0),  # one thread waits for the disk
        (0, 0.25, "SS", 0.25, 0),
    ],
)
def test_sleep_is_what_passed_without_work(monkeypatch, ticks, passed, states, slept, worked):
    made, look = seen(monkeypatch, ticks, passed, states)
    assert (look.slept, look.worked) == (pytest.approx(slept), pytest.approx(worked))
    assert (look.files, look.memory) == (0, 7) and made.threads == len(states)


def test_a_process_that_has_ended_is_seen_no_more():
    made = Inside(SimpleNamespace(pid=2**30), None)
    made.begin()
    assert made.look() == Look(0, 0, 0, 0) and (made.threads, made.cpu) == (1, 0)


def test_memory_is_what_the_kernel_says(monkeypatch):
    monkeypatch.setattr(
        inside,
        "_status",
        lambda pid: {"VmRSS:\t  10 kB", "VmSwap:\t 5 kB", "VmPTE:\t 2 kB", "VmSize:\t 99 kB", "Name:\tx"},
    )
    assert inside._memory(1) == 17 * 1024


def test_the_kernels_words_about_this_process():
    fields = inside._stat(os.getpid())
    assert fields[0] in "RSD" and int(fields[1]) == os.getppid()
    assert inside._stat(os.getpid(), os.getpid())[1] == fields[1]
    child = subprocess.Popen(["sleep", "5"])
    try:
        assert str(child.pid) in inside._children(os.getpid())
        handle = os.pidfd_open(child.pid)
        began = time.monotonic()
        assert not inside._ended(handle, 0.2) and 0.15 < time.monotonic() - began < 10
        child.kill()
        assert inside._ended(handle, 5)
        os.close(handle)
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", None),
        (b'{"child-pid": 5}\n', -9),
        (b'{"child-pid": 5}\n{"exit-code": 3}\n', 3),
        (b'{"child-pid": 5}\n{"exit-code": 0}\n', 0),
        (b'{"child-pid": 5}\n{"exit-co', -9),  # a line that is not yet whole says nothing
    ],
)
def test_what_bubblewrap_reports(said, status):
    with open(os.memfd_create("status"), "rb+", buffering=0) as file:
        file.write(said)
        assert Inside(None, file.fileno()).exit_status() == status
    assert Inside(SimpleNamespace(returncode=-6), None).exit_status() == -6


def test_who_does_not_end_by_itself_is_ended():
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(["sleep", "60"], start_new_session=True, **pipes)
    began = time.monotonic()
    Inside(process).end(0.1)
    assert process.returncode == -signal.SIGKILL and time.monotonic() - began < 30
    assert process.stdin.closed and process.stdout.closed and process.stderr.closed
    quick = subprocess.Popen(["sleep", "0.1"], start_new_session=True, **pipes)
    Inside(quick).end(10)
    assert quick.returncode == 0  # it had the time


def outcome(monkeypatch, cut, ready=True, threads=1, early=None, status=0, unseen=0.0):
    ended = []
    fake = SimpleNamespace(end=ended.append, exit_status=lambda: status, cpu=1.5, threads=threads)
    fake.looked = time.monotonic() - unseen
    said = SimpleNamespace(until_done=lambda code, parts: cut, ready=ready, output=bytearray(b"out"), early=early)
    said.log, said.asleep, said.stuck, said.spent = bytearray(b"log"), 2.5, 0.5, 4
    monkeypatch.setattr(sandbox, "Inside", lambda process, status: fake)
    monkeypatch.setattr(sandbox, "Talk", lambda *arguments: said)
    return sandbox._outcome(None, None, b"", [], sandbox.Limits()), ended


def test_an_outcome_tells_all_that_was_seen(monkeypatch):
    made, ended = outcome(monkeypatch, None)
    assert (made.ending, made.output, made.log, made.early) == ("ended", b"out", b"log", 3) and ended == [0.2]
    assert (made.asleep, made.stuck, made.threads) == (2.5, 0.5, False) and 4 <= made.spent <= 4 + talk.LOOK
    made, ended = outcome(monkeypatch, ("cpu", "much"), threads=2, early=1)
    assert (made.ending, made.detail, made.early, made.threads) == ("cpu", "much", 1, True) and ended == [0]
    assert outcome(monkeypatch, None, early=0)[0].early == 0
    for unseen, counted in ((0.1, 0.1), (9, 0.25)):  # what no look saw, up to the time between two looks
        assert outcome(monkeypatch, None, unseen=unseen)[0].spent == pytest.approx(4 + counted, abs=0.05)
        assert outcome(monkeypatch, ("cpu", "much"), unseen=unseen)[0].spent == 4  # it was seen as it was ended
    made, _ = outcome(monkeypatch, None, ready=False)
    assert (made.ending, made.detail) == ("failed", "the sandbox did not start")
    assert outcome(monkeypatch, ("failed", "no filter"), ready=False)[0].detail == "no filter"
    plain = sandbox.Outcome("ended", b"", 0, b"")
    assert (plain.detail, plain.asleep, plain.stuck, plain.spent, plain.threads) == ("", 0, 0, 0, False)


def test_what_one_submission_may_use():
    limits = sandbox.Limits()
    assert (limits.call, limits.cpu, limits.asleep, limits.total) == (3, 10, 7, 17.5)
    command = sandbox._bare_command(99, limits)
    assert command[1:5] == ["-P", "-s", "-S", "-B"] and command[5].endswith("start.py") and command[6] == "99"
    assert Path(command[7], "numpy").is_dir() and command[8:11] == ["", "", ""]
    with sandbox._filled_pipe(b"filter") as end:
        assert end.read() == b"filter"


def test_the_command_that_builds_the_walls(monkeypatch):
    monkeypatch.setattr(sandbox, "_tool", lambda name: f"/bin/{name}")
    monkeypatch.setattr(sandbox, "runtime", lambda: Path("/runtime"))
    monkeypatch.setattr(sandbox, "_seal", lambda: ["seal", "250"])
    for user, first in ((1000, []), (0, ["/bin/setpriv", "--reuid=60001", "--regid=60001", "--clear-groups"])):
        monkeypatch.setattr(sandbox.os, "geteuid", lambda user=user: user)
        command = sandbox._command(99, sandbox.Limits(threads=4), 7, 8)
        assert command[:2] == ["/bin/sh", "-c"] and command[3:4] == ["sh"] and command[4 : 4 + len(first)] == first
        assert command[2].endswith(' && echo 1000 > /proc/self/oom_score_adj && exec "$@"')
        assert command[4 + len(first)] == "/bin/bwrap" and command[-1] == "4"
        assert command[-6:-1] == ["/python/start.pyc", "99", "/site-packages", "seal", "250"]
        text = " ".join(command)
        for part in ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop ALL", "--size 16777216"):
            assert part in text
        assert "--json-status-fd 7 --seccomp 8 -- /python/bin/python3 -P -s -S -B" in text
        assert "--ro-bind /runtime /" in text


def made_up(ending="ended", output=b"49", log=b"", detail="ended by SIGSYS"):
    return sandbox.Outcome(ending, output, 0, log, detail)


@pytest.mark.parametrize(
    ("walls", "other", "files", "words"),
    [
        ({}, {}, "flood", None),
        (
            {"ending": "exited", "log": b"\n first\nthe wall is open\n"},
            {},
            "flood",
            "work here (the wall is open). Where",
        ),
        ({"output": b"48"}, {}, "flood", "does not work here (ended by SIGSYS). Where the system forbids"),
        ({"ending": "failed", "output": b"49", "detail": "no start"}, {}, "flood", "does not work here (no start)"),
        (
            {},
            {"detail": "exit status 1", "log": b" another call \n"},
            "flood",
            "does not work here (another call). Grade",
        ),
        ({}, {}, "ended", "the files in a sandbox cannot be counted here. Grade on Linux"),
    ],
)
def test_a_wall_that_does_not_stand_is_told(monkeypatch, walls, other, files, words):
    asked = {}

    def run(program, parts, *rest):
        if program == sandbox.probe.WALLS:
            asked.update(eval(parts[0].decode(), {"set": set}))
            return made_up(**walls)
        return made_up(files, b"") if program == sandbox.probe.MANY_FILES else made_up(**other)

    monkeypatch.setattr(sandbox, "run", run)
    monkeypatch.setattr(sandbox, "runtime", lambda: None)
    told = sandbox._open_wall("x86_64")
    assert (told is None) if words is None else words in told
    assert (asked["ptrace"], asked["process_vm_readv"], asked["keyctl"], asked["shmget"]) == (101, 310, 250, 29)
    assert asked["unfiltered"] == {335, 336} and asked["calls"] == syscalls.allowed_numbers("x86_64")
    assert (asked["memory"], asked["mapped"]) == (768 * 2**20, 2**30)
    wanted = {"CPU": 11, "DATA": 768 * 2**20, "AS": 2**30, "FSIZE": 8 * 2**20, "NPROC": 32, "NOFILE": 64, "CORE": 0}
    assert asked["limits"] == {**wanted, "MEMLOCK": 0}


@pytest.mark.parametrize(
    ("system", "machine", "missing", "words"),
    [
        ("darwin", "x86_64", (), "bubblewrap runs on Linux only, not on darwin."),
        ("linux", "riscv64", (), "there is no system call filter for riscv64, only for x86_64, aarch64."),
        ("linux", "x86_64", ("bwrap", "sh"), "bwrap, sh not found (packages bubblewrap and util-linux)."),
        ("linux", "x86_64", (), "the sandbox cannot be made ready: [Errno 28] full."),
    ],
)
def test_why_a_machine_cannot_grade(monkeypatch, system, machine, missing, words):
    def full(machine):
        raise OSError(28, "full")

    monkeypatch.setattr(sandbox.sys, "platform", system)
    monkeypatch.setattr(sandbox.platform, "machine", lambda: machine)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None if name in missing else f"/bin/{name}")
    monkeypatch.setattr(sandbox, "_open_wall", full)
    assert sandbox.problem.__wrapped__() == f"{words} {sandbox.WHAT_TO_DO}"
    monkeypatch.setattr(sandbox, "_open_wall", lambda machine: None)
    assert (sandbox.problem.__wrapped__() is None) is (words.startswith("the sandbox"))


def test_the_workers_have_three_jobs_each_ahead(monkeypatch):
    assert workers.count() == len(os.sched_getaffinity(0))
    with workers.this_process() as (executor, ahead):
        assert ahead == 1 and executor.submit(divmod, 7, 2).result() == (3, 1)
    with workers.processes(2) as (executor, ahead):
        assert ahead == 6 and executor._max_workers == 2 and executor.submit(divmod, 7, 2).result() == (3, 1)
    monkeypatch.delattr(workers.os, "sched_getaffinity")
    monkeypatch.setattr(workers.os, "cpu_count", lambda: 5)
    assert workers.count() == 5
    monkeypatch.setattr(workers.os, "cpu_count", lambda: None)
    assert workers.count() == 1


def test_jobs_are_handed_out_as_there_is_room():
    order = []

    def start():
        return nullcontext((workers._Here(), 2))

    def job(key):
        order.append(key)
        return abs, key

    got = []
    for key, result in workers.finished(start, [1, -2, 3, -4], job):
        got.append((key, result, list(order)))
    assert sorted((key, result) for key, result, _ in got) == [(-4, 4), (-2, 2), (1, 1), (3, 3)]
    assert [len(so_far) for *_, so_far in got][0] == 2  # two ahead, no more


def test_the_runtime_holds_what_is_needed_and_nothing_else(tmp_path, monkeypatch):
    """Built from a made-up library and a made-up NumPy: what is copied, what is left out, what may run."""
    library, packages, root = tmp_path / "lib", tmp_path / "packages", tmp_path / "root"
    kept = ["os.py", "json/decoder.py", "re/__init__.py"]
    left = ["test/x.py", "site-packages/a.py", "tkinter/a.py", "config-3/Makefile", "json/__pycache__/a.pyc", "a.a"]
    for place in (*kept, *left):
        (library / place).parent.mkdir(parents=True, exist_ok=True)
        (library / place).write_text("x = 1\n")
    for place in (
        "numpy/__init__.py",
        "numpy/tests/t.py",
        "numpy/a.pyi",
        "numpy/_core/_add_newdocs_x.py",
        "numpy.libs/b.py",
        "torch/__init__.py",
    ):
        (packages / place).parent.mkdir(parents=True, exist_ok=True)
        (packages / place).write_text("y = 2\n")
    monkeypatch.setattr(runtime.sys, "_base_executable", shutil.which("true"))
    monkeypatch.setattr(runtime.sysconfig, "get_path", lambda name: str(library))
    monkeypatch.setattr(runtime, "find_spec", lambda name: SimpleNamespace(origin=str(packages / "numpy/__init__.py")))
    root.mkdir()
    runtime.build(root)
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    inner = f"python/{sys.platlibdir}/python{sys.version_info[0]}.{sys.version_info[1]}"
    sources = {place for place in there if place.endswith(".py")}
    assert sources == {f"{inner}/{place}" for place in kept} | {
        "site-packages/numpy/__init__.py",
        "site-packages/numpy.libs/b.py",
        "site-packages/numpy/_core/_add_newdocs_x.py",
    }
    assert (root / "site-packages/numpy/_core/_add_newdocs_x.py").read_text() == ""
    assert not any(".opt-" in place for place in there)
    assert {"python/bin/python3", "python/start.pyc", "dev/null"} <= there and (root / "tmp").is_dir()
    assert sum(place.endswith(".pyc") for place in there) == len(sources) + 1
    assert any(Path(place).name.startswith("ld-") for place in there)  # the loader, where `true` looks for it
    assert any(place.startswith("lib/libc.") for place in there)
    for path in (root, *root.rglob("*")):
        runs = path.is_dir() or path.parent.name == "bin" or path.name.startswith("ld-")
        assert path.stat().st_mode & 0o777 == (0o755 if runs else 0o644)


def test_where_the_runtime_lies_and_that_it_is_made_once(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(runtime, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(runtime, "build", lambda folder: made.append(folder) or (folder / "x").write_text(""))
    folder = runtime.runtime.__wrapped__()
    assert folder == runtime.runtime.__wrapped__() and len(made) == 1 and (folder / "x").is_file()
    assert folder.parent == tmp_path / "cache" and len(folder.name) == len("runtime-") + 16
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]

    def fails(folder):
        raise OSError(28, "full")

    shutil.rmtree(folder)
    monkeypatch.setattr(runtime, "build", fails)
    with pytest.raises(OSError, match="full"):
        runtime.runtime.__wrapped__()
    assert list((tmp_path / "cache").iterdir()) == []

    def slower(made):
        folder.mkdir()  # another grader was quicker
        raise OSError(39, "not empty")

    monkeypatch.setattr(runtime, "build", slower)
    assert runtime.runtime.__wrapped__() == folder


@pytest.mark.parametrize(("user", "kind"), [(0, "site_cache_dir"), (1000, "user_cache_dir")])
def test_for_root_the_runtime_lies_where_others_may_read(monkeypatch, user, kind):
    for name in ("site_cache_dir", "user_cache_dir"):
        monkeypatch.setattr(runtime.platformdirs, name, lambda course, name=name: f"/{name}/{course}")
    monkeypatch.setattr(runtime.os, "geteuid", lambda: user)
    assert runtime.cache_folder() == Path(f"/{kind}/lrcourse")


def test_the_limits_that_python_sets_itself_without_a_sandbox():
    told = "import resource\nfor n in ('CPU', 'DATA', 'FSIZE', 'NOFILE', 'CORE'):\n"
    told += "    print(*resource.getrlimit(getattr(resource, 'RLIMIT_' + n)))\nimport sys\nprint(sys.argv, __name__)"
    made = sandbox.run(told, [], sandboxed=False)
    limits = sandbox.Limits()
    lines = made.output.decode().splitlines()
    assert lines[0] == f"{limits.cpu} {limits.cpu + 1}" and lines[5] == "['student'] __main__"
    assert lines[1:5] == [f"{n} {n}" for n in (limits.memory, limits.file_size, 64, 0)]
    assert made.ending == "ended"
