"""Run a student's code where it can reach nothing: no file of this machine, no network, no other process.

Each call of `run` starts a fresh sandbox (bubblewrap) and ends it. Inside are Python, NumPy, 16 MB of scratch space and
the lines given on standard input; out come at most so many bytes from standard output (the answers) and the end of
standard error (the log). Nothing that happens inside raises here: it is told in the Outcome.
"""

import json
import marshal
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lrcourse.grading.runtime import runtime

NOBODY = 60001  # a user that owns nothing; as root, bubblewrap would leave /proc/sys and the process limits open
SANDBOXED = "bubblewrap sandbox: own user, processes, network and files; Python and NumPy only"
UNSAFE = "UNSAFE, NO SANDBOX: students' code ran with the grader's own rights"
# One BLAS thread, since there may be no second; fixed hashes: sets keep their order, submissions their score.
ENVIRONMENT = {"LANG": "C.UTF-8", "HOME": "/tmp", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}

# Runs first inside. No process of a sandbox may raise a limit that is set here. NPROC 0 means no second process and no
# second thread, so what one process may use is what the submission may use.
START = """
import marshal, posix, resource, sys
size, packages, *limits = sys.argv[1:]
sys.argv[:] = ["student"]
sys.path.append(packages)
for limit in limits:
    name, number = limit.split("=")
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (int(number), int(number) + (name == "CPU")))
if "NPROC=0" in limits:  # sandboxed: should the machine run out of memory, this process goes first
    open("/proc/self/oom_score_adj", "w").write("1000")
code = b""
while len(code) < int(size):
    code += posix.read(0, int(size) - len(code)) or sys.exit("the program did not arrive")
exec(marshal.loads(code), {"__name__": "__main__", "__file__": "driver.py"})
"""
PYTHON = ["-P", "-s", "-S", "-B", "-c", START]


@dataclass(frozen=True)
class Limits:
    """What a sandbox may use: CPU seconds for a call and in all, seconds asleep, wall seconds as outer bound, bytes."""

    call: float = 3
    cpu: int = 10
    asleep: int = 10
    wall: float = 600
    memory: int = 768 * 2**20
    file_size: int = 8 * 2**20
    output: int = 4 * 2**20
    log: int = 16 * 2**10


@dataclass(frozen=True)
class Outcome:
    """How a sandbox ended, with what came out of it.

    ending: "ended" (exit status 0), "exited" (another status), "crashed" (a fatal signal), "killed" (SIGKILL, its own
    or for want of memory), "cpu" (its CPU time was used up), "asleep" (it waited too long of its own will), "flood"
    (more output than allowed); and two that are not the submission's fault: "busy" (the machine gave it too little CPU
    within the wall limit) and "failed" (the sandbox did not start). early: bytes of output before the last part.
    """

    ending: str
    output: bytes
    early: int
    log: bytes
    detail: str = ""


def run(driver, parts, limits=Limits(), *, sandboxed=True):  # noqa: B008 (frozen)
    """The Outcome of running the program text driver on the lines in parts. Raises OSError when no process can start.

    The program answers each line with a line. A part is sent when all lines before it are answered: what it says before
    that cannot depend on the part.
    """
    status_end, bubblewrap_end = os.pipe()
    code = _compiled(driver)
    command = _command(len(code), limits, bubblewrap_end) if sandboxed else _bare_command(len(code), limits)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with open(status_end, "rb") as status:
        try:
            # In a session of its own a Ctrl-C at the grader's terminal is the grader's, not the submission's.
            process = subprocess.Popen(
                command, **pipes, bufsize=0, pass_fds=[bubblewrap_end], env=ENVIRONMENT, cwd="/", start_new_session=True
            )
        finally:
            os.close(bubblewrap_end)
        with process:
            began = time.monotonic()
            talk = _Talk(process, limits)
            cut = talk.until_done(code, parts)
            _end(process)
            lasted = time.monotonic() - began
        exit_status = _reported(status.read()) if sandboxed else process.returncode
    ending, detail = cut or _ending(exit_status, lasted, limits)
    early = len(talk.output) if talk.early is None else talk.early
    return Outcome(ending, bytes(talk.output), early, bytes(talk.log), detail)


class _Talk:
    """Feeds the parts, collects answers and log up to their limits, and watches the clock."""

    def __init__(self, process, limits):
        self.process, self.limits = process, limits
        self.output, self.log, self.early = bytearray(), bytearray(), None
        self.rest, self.asked, self.answered = b"", 0, 0
        self.asleep, self.quiet = 0, True

    def until_done(self, code, parts):
        """None when the sandbox closed its ends by itself, (ending, detail) when it has to be stopped."""
        first, *rest = parts or [b""]
        self.parts = [code + first, *rest]
        self.asked = -code.count(b"\n")  # the program itself is no line to answer
        started, look = time.monotonic(), time.monotonic() + 1
        with selectors.DefaultSelector() as self.streams:
            for stream in (self.process.stdout, self.process.stderr):
                os.set_blocking(stream.fileno(), False)
                self.streams.register(stream, selectors.EVENT_READ)
            os.set_blocking(self.process.stdin.fileno(), False)
            self._next_part()
            while any(key.fileobj is not self.process.stdin for key in self.streams.get_map().values()):
                for key, _ in self.streams.select(timeout=1):
                    if key.fileobj is self.process.stdin:
                        self._feed()
                    elif not self._read(key.fileobj):
                        self.streams.unregister(key.fileobj)
                if len(self.output) > self.limits.output:
                    return "flood", f"wrote more than {self.limits.output >> 20} MB of answers"
                if time.monotonic() > look:
                    self._look()
                    look = time.monotonic() + 1
                if self.asleep > self.limits.asleep:
                    return "asleep", f"waited for more than {self.limits.asleep} s without working"
                if time.monotonic() - started > self.limits.wall:
                    return "busy", f"the machine was too busy to finish this in {self.limits.wall:.0f} s"
        return None

    def _next_part(self):
        """Begin to send the next part once every line before it is answered; after the last part close the pipe."""
        if self.rest or self.process.stdin.closed or self.answered < self.asked:
            return
        if not self.parts:
            self.process.stdin.close()
            return
        self.rest = memoryview(self.parts.pop(0))
        self.asked += bytes(self.rest).count(b"\n")
        if not self.parts:
            self.early, self.asked = len(self.output), 0
        self.streams.register(self.process.stdin, selectors.EVENT_WRITE)

    def _feed(self):
        try:
            self.rest = self.rest[os.write(self.process.stdin.fileno(), self.rest[: 2**16]) :]
        except BlockingIOError:
            return
        except OSError:  # it closed its end: it will answer without the rest
            self.rest, self.parts = b"", []
        if not self.rest:
            self.streams.unregister(self.process.stdin)
            self._next_part()

    def _read(self, stream):
        block = os.read(stream.fileno(), 2**16)
        self.quiet = False
        if stream is self.process.stdout:
            self.output += block
            self.answered += block.count(b"\n")
            self._next_part()
        else:
            self.log = (self.log + block)[-self.limits.log :]
        return block

    def _look(self):
        """Count a second asleep when it waits of its own will: not for want of CPU, disk, our reading or writing."""
        if self.quiet and not self.rest and _state(self.process.pid) in "StTZ":
            self.asleep += 1
        self.quiet = True


def _end(process):
    """End the sandbox with all that is in it: the end of bubblewrap is the end of its process namespace."""
    process.stdout.close()
    process.stderr.close()
    if not process.stdin.closed:
        process.stdin.close()
    try:
        process.wait(timeout=0.2)  # it has closed its pipes, so it is ending by itself, as a rule
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _state(pid):
    """The kernel's letter for the last descendant of pid, the student's process: R wants CPU, D disk, S sleeps."""
    try:
        while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            pid = children[-1]
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "R"


def _reported(status):
    """The exit status that bubblewrap (not the student's process) reports, or None where it never got that far."""
    for line in status.decode(errors="replace").splitlines():
        if '"exit-code"' in line:
            return json.loads(line)["exit-code"]
    return -signal.SIGKILL if b'"child-pid"' in status else None


def _ending(exit_status, lasted, limits):
    if exit_status is None:
        return "failed", "the sandbox did not start"
    if exit_status == 0:
        return "ended", ""
    number = -exit_status if exit_status < 0 else exit_status - 128
    if number not in iter(signal.Signals):
        return "exited", f"exit status {exit_status}"
    if number == signal.SIGPROF:
        return "cpu", f"used more than {limits.call:g} s of CPU time at one place"
    if number == signal.SIGXCPU or (number == signal.SIGKILL and lasted >= limits.cpu):
        return "cpu", f"used up its {limits.cpu} s of CPU time"
    return ("killed" if number == signal.SIGKILL else "crashed"), f"ended by {signal.Signals(number).name}"


def _command(size, limits, status):
    if os.geteuid() == 0:
        as_nobody = [shutil.which("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    else:
        as_nobody = []
    walls = "--unshare-all --unshare-user --disable-userns --die-with-parent --new-session --cap-drop ALL"
    files = f"--proc /proc --dev /dev --remount-ro /dev --size {2**24} --tmpfs /tmp --chdir /tmp"
    rest = f"--hostname sandbox --setenv LD_LIBRARY_PATH /lib --json-status-fd {status} --"
    bubblewrap = [
        shutil.which("bwrap"),
        *walls.split(),
        "--ro-bind",
        str(runtime()),
        "/",
        *files.split(),
        *rest.split(),
    ]
    return [
        *as_nobody,
        *bubblewrap,
        "/python/bin/python3",
        *PYTHON,
        str(size),
        "/site-packages",
        *_limits(limits),
        "NPROC=0",
    ]


def _bare_command(size, limits):
    packages = str(Path(find_spec("numpy").origin).parent.parent)
    return [sys.executable, *PYTHON, str(size), packages, *_limits(limits)]


@cache
def _compiled(program):
    """The program in byte code: the Python inside is the same, so it need not compile it again.

    It goes in by the pipe, ahead of the lines: as an argument of three programs it would take a millisecond more.
    """
    return marshal.dumps(compile(program, "driver.py", "exec", optimize=2))


def _limits(limits):
    return [f"CPU={limits.cpu}", f"DATA={limits.memory}", f"FSIZE={limits.file_size}", "NOFILE=64", "CORE=0"]


@cache
def problem():
    """Why this machine cannot sandbox and what to do, or None when a sandbox was started here and its walls held."""
    if not sys.platform.startswith("linux"):
        return f"bubblewrap runs on Linux only, not on {sys.platform}. {WHAT_TO_DO}"
    if not (shutil.which("bwrap") and shutil.which("setpriv")):
        return f"bwrap (bubblewrap) or setpriv (util-linux) is not installed. {WHAT_TO_DO}"
    try:
        outcome = run(PROBE, [b"7\n"])
    except OSError as error:
        return f"the sandbox cannot be made ready: {error}. {WHAT_TO_DO}"
    if (outcome.ending, outcome.output) != ("ended", b"49"):
        said = outcome.log.decode(errors="replace").strip().splitlines()
        return (
            f"the sandbox does not work here ({said[-1] if said else outcome.detail}). Some systems forbid user "
            "namespaces: look at kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces and the "
            f"container's settings. {WHAT_TO_DO}"
        )
    return None


WHAT_TO_DO = (
    "Grade on Linux with bubblewrap (apt install bubblewrap), on Windows in WSL 2, on macOS in a Linux container or "
    "virtual machine. For your own tests only: --unsafe-no-sandbox."
)

# The walls are tried, not believed: every one of these must fail inside.
PROBE = """
import os, socket, sys
def must_fail(what, attempt):
    try:
        attempt()
    except OSError:
        return
    sys.exit("a wall of the sandbox is open: " + what)
must_fail("a second process", os.fork)
must_fail("writing beside the scratch folder", lambda: open("/file", "w"))
must_fail("writing in /dev", lambda: open("/dev/file", "w"))
must_fail("writing in /proc/sys", lambda: open("/proc/sys/kernel/core_pattern", "w"))
must_fail("seeing /home", lambda: os.listdir("/home"))
must_fail("the network", lambda: socket.create_connection(("192.0.2.1", 80), 1))
print(int(sys.stdin.read()) ** 2, end="")
"""
