"""Run a student's code where it can reach nothing: no file of this machine, no network, no other process.

Each call of `run` starts a fresh sandbox (bubblewrap) and ends it. Inside are Python, NumPy, 16 MB of scratch space and
the lines given on standard input; out come at most so many bytes from standard output (the answers) and the end of
standard error (the log). Nothing that happens inside raises here: it is told in the Outcome.
"""

import marshal
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lrcourse.exercises.kernel import OUT_OF_MEMORY
from lrcourse.grading import probe, syscalls
from lrcourse.grading.inside import Inside
from lrcourse.grading.runtime import START, STARTED_BY, runtime
from lrcourse.grading.talk import LOOK, Talk

NOBODY = 60001  # a user that owns nothing: as root, bubblewrap would leave the limits on processes open
SANDBOXED = (
    "bubblewrap sandbox with a system call filter: own user, processes, network, files and keys; Python and NumPy only"
)
UNSAFE = "UNSAFE, NO SANDBOX: students' code ran with the grader's own rights"
# One BLAS thread; one arena, since each reserves 64 MB; fixed hashes: sets keep their order, submissions their score.
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "PYTHONHASHSEED": "0",
}

PYTHON = ["-P", "-s", "-S", "-B"]


@dataclass(frozen=True)
class Limits:
    """What a sandbox may use: CPU seconds for a call and in all, seconds asleep, wall seconds as outer bound, bytes.

    total is the seconds that it may work and sleep together; of a submission's limits it is those of all its sandboxes.
    memory is what the program itself takes, mapped all that it may have in its address space: shared memory, files and
    program too. threads counts the sandbox's two processes too, so 0 means none besides the first.
    """

    call: float = 3
    cpu: int = 10
    asleep: float = 7
    total: float = 17.5
    wall: float = 600
    memory: int = 768 * 2**20
    mapped: int = 1024 * 2**20
    threads: int = 32
    file_size: int = 8 * 2**20
    output: int = 4 * 2**20
    log: int = 16 * 2**10


@dataclass(frozen=True)
class Outcome:
    """How a sandbox ended, with what came out of it.

    ending: "ended" (exit status 0), "exited" (another status), "crashed" (a fatal signal), "killed" (SIGKILL, its own
    or for want of memory), "cpu" (its CPU time was used up), "asleep" (it waited too long of its own will), "spent"
    (both together were too long, at one place or in all), "memory", "flood" (more output or files than allowed); and
    two that are not the submission's fault: "busy" (the machine gave it too little CPU within the wall limit) and
    "failed" (the sandbox did not start, or not with all of its walls).
    early: bytes of output before the last part.
    asleep: seconds in all; stuck: those since the last answer; spent: seconds asleep and at work; threads: whether more
    than one was seen.
    """

    ending: str
    output: bytes
    early: int
    log: bytes
    detail: str = ""
    asleep: float = 0
    stuck: float = 0
    spent: float = 0
    threads: bool = False


def run(driver, parts, limits=Limits(), *, sandboxed=True):  # noqa: B008 (frozen)
    """The Outcome of running the program text driver on the lines in parts. Raises OSError when no process can start.

    The program answers each line with a line. A part is sent when all lines before it are answered: what it says before
    that cannot depend on the part.
    """
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    # In a session of its own a Ctrl-C at the grader's terminal is the grader's, not the submission's.
    options = {**pipes, "bufsize": 0, "env": ENVIRONMENT, "cwd": "/", "start_new_session": True}
    code = _compiled(driver)
    if not sandboxed:
        return _outcome(subprocess.Popen(_bare_command(len(code), limits), **options), None, code, parts, limits)
    # Bubblewrap reports into a file in memory, not into a pipe: were the grader killed while it starts, writing into
    # the pipe would end its outer process alone (SIGPIPE) and leave the inner one waiting for ever.
    with open(os.memfd_create("status"), "rb", buffering=0) as status, _filled_pipe(_filter()) as filter_end:
        command = _command(len(code), limits, status.fileno(), filter_end.fileno())
        process = subprocess.Popen(command, pass_fds=[status.fileno(), filter_end.fileno()], **options)
        return _outcome(process, status.fileno(), code, parts, limits)


def _outcome(process, status, code, parts, limits):
    inside = Inside(process, status)
    talk, cut = Talk(process, inside, limits), True
    try:
        cut = talk.until_done(code, parts)
        # What it did since the last look nobody saw: it counts as if it had been at work, or many short runs were free.
        unseen = 0 if cut else min(time.monotonic() - inside.looked, LOOK)
    finally:
        inside.end(0 if cut else 0.2)  # it has closed its pipes, so it is ending by itself, as a rule
    exit_status = inside.exit_status()
    if not talk.ready:
        cut = cut or ("failed", "the sandbox did not start")
    ending, detail = cut or _ending(exit_status, inside.cpu, limits)
    early = len(talk.output) if talk.early is None else talk.early
    told = {"asleep": talk.asleep, "stuck": talk.stuck, "spent": talk.spent + unseen, "threads": inside.threads > 1}
    return Outcome(ending, bytes(talk.output), early, bytes(talk.log), detail, **told)


def _filled_pipe(data):
    """The end to read of a pipe that holds data (less than a pipe's 64 KB) and then ends."""
    out, into = os.pipe()
    os.write(into, data)
    os.close(into)
    return open(out, "rb", buffering=0)


def _ending(exit_status, cpu, limits):
    if exit_status is None:
        return "failed", "the sandbox did not start"
    if exit_status == 0:
        return "ended", ""
    if exit_status == OUT_OF_MEMORY:
        return "memory", "had no memory left"
    number = -exit_status if exit_status < 0 else exit_status - 128
    if number not in iter(signal.Signals):
        return "exited", f"exit status {exit_status}"
    if number == signal.SIGPROF:
        return "cpu", f"used more than {limits.call:.3g} s of CPU time at one place"
    if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu >= limits.cpu):
        return "cpu", f"used up its {limits.cpu} s of CPU time"
    return ("killed" if number == signal.SIGKILL else "crashed"), f"ended by {signal.Signals(number).name}"


def _command(size, limits, status, filter_end):
    # One shell sets the limits: prlimit and choom would take 5 ms. The mark for the out-of-memory killer cannot
    # be taken back, since there is no /proc inside; nor is there /proc/1/mem, a way to write that no filter sees.
    bounded = f'{_bounds(limits)} && echo 1000 > /proc/self/oom_score_adj && exec "$@"'
    first = [_tool("sh"), "-c", bounded, "sh"]
    if os.geteuid() == 0:
        first += [_tool("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    walls = "--unshare-all --unshare-user --die-with-parent --new-session --cap-drop ALL --hostname sandbox"
    files = f"--dev-bind /dev/null /dev/null --size {2**24} --tmpfs /tmp --chdir /tmp"
    rest = f"--setenv LD_LIBRARY_PATH /lib --json-status-fd {status} --seccomp {filter_end} --"
    root = ["--ro-bind", str(runtime()), "/"]
    bubblewrap = [_tool("bwrap"), *walls.split(), *root, *files.split(), *rest.split()]
    python = ["/python/bin/python3", *PYTHON, START, str(size), "/site-packages", *_seal(), str(limits.threads)]
    return [*first, *bubblewrap, *python]


_tool = cache(shutil.which)


@cache
def _seal():
    """What START needs to take its filter: the filter, and the number of keyctl."""
    machine = platform.machine()
    return [syscalls.seal_for(machine).hex(), *map(str, syscalls.numbers("keyctl 250 219", machine).values())]


def _bounds(limits):
    """The limits in the words and units of a shell: soft before hard, since no soft one may lie above the hard one.

    They are set before bubblewrap starts, so they bind each process of the sandbox from its first instruction.
    """
    numbers = {
        "-S -t": limits.cpu,
        "-H -t": limits.cpu + 1,
        "-d": limits.memory >> 10,
        "-v": limits.mapped >> 10,
        "-f": limits.file_size >> 9,
        "-n": 64,
        "-c": 0,
        "-l": 0,
    }
    return " && ".join(f"ulimit {flag} {number}" for flag, number in numbers.items())


def _bare_command(size, limits):
    packages = str(Path(find_spec("numpy").origin).parent.parent)
    bounds = {"CPU": limits.cpu, "DATA": limits.memory, "FSIZE": limits.file_size, "NOFILE": 64, "CORE": 0}
    no_seal = ["", "", ""]
    return [
        sys.executable,
        *PYTHON,
        str(STARTED_BY),
        str(size),
        packages,
        *no_seal,
        *(f"{k}={v}" for k, v in bounds.items()),
    ]


@cache
def _filter():
    return syscalls.filter_for(platform.machine())


@cache
def _compiled(program):
    """The program in byte code: the Python inside is the same, so it need not compile it again."""
    return marshal.dumps(compile(program, "driver.py", "exec", optimize=2))


@cache
def problem():
    """Why this machine cannot sandbox and what to do, or None when sandboxes were started here and their walls held."""
    machine = platform.machine()
    if not sys.platform.startswith("linux"):
        return f"bubblewrap runs on Linux only, not on {sys.platform}. {WHAT_TO_DO}"
    if machine not in syscalls.MACHINES:
        return f"there is no system call filter for {machine}, only for {', '.join(syscalls.MACHINES)}. {WHAT_TO_DO}"
    missing = [name for name in ("bwrap", "setpriv", "sh") if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} not found (packages bubblewrap and util-linux). {WHAT_TO_DO}"
    try:
        return _open_wall(machine)
    except OSError as error:
        return f"the sandbox cannot be made ready: {error}. {WHAT_TO_DO}"


def _open_wall(machine):
    limits = Limits()
    told = {
        **syscalls.numbers("ptrace 101 117  process_vm_readv 310 270  keyctl 250 219  shmget 29 194", machine),
        "calls": syscalls.allowed_numbers(machine),
        "unfiltered": syscalls.UNFILTERED[machine],
        "memory": limits.memory,
        "mapped": limits.mapped,
        "limits": {"CPU": limits.cpu + 1, "DATA": limits.memory, "AS": limits.mapped, "FSIZE": limits.file_size},
    }
    told["limits"] |= {"NPROC": limits.threads, "NOFILE": 64, "CORE": 0, "MEMLOCK": 0}
    runtime()  # made once, before several ask for it
    others = [*probe.OTHER_NUMBERS.get(machine, ()), probe.MANY_FILES]
    with ThreadPoolExecutor() as pool:
        walls = pool.submit(run, probe.WALLS, [f"{told}\n".encode()])
        *numbers, files = [outcome.result() for outcome in [pool.submit(run, program, []) for program in others]]
        walls = walls.result()
    if (walls.ending, walls.output) != ("ended", b"49"):
        said = walls.log.decode(errors="replace").strip().splitlines()
        return f"the sandbox does not work here ({said[-1] if said else walls.detail}). {NAMESPACES} {WHAT_TO_DO}"
    for outcome in numbers:
        if outcome.detail != "ended by SIGSYS":
            return f"the sandbox does not work here ({outcome.log.decode(errors='replace').strip()}). {WHAT_TO_DO}"
    if files.ending != "flood":
        return f"the files in a sandbox cannot be counted here. {WHAT_TO_DO}"
    return None


NAMESPACES = (
    "Where the system forbids user namespaces, allow them: on Ubuntu with sudo sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0, on an older Debian with kernel.unprivileged_userns_clone=1, where "
    "user.max_user_namespaces is 0 with a larger number; for a container by its security options (docker run "
    "--security-opt seccomp=unconfined --security-opt apparmor=unconfined); or grade outside of it."
)
WHAT_TO_DO = (
    "Grade on Linux with bubblewrap (apt install bubblewrap), on Windows in WSL 2, on macOS in a Linux container or "
    "virtual machine. For your own tests only: --unsafe-no-sandbox."
)
