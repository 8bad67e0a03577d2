"""Ways out of the sandbox, and ways to keep it busy, as submissions: each earns exactly what is right in it.

An attack stands before the solved notebook. Where it works it is noted in `breached`, and the last cell then takes
every answer away: full points say that nothing worked. Attacks are system calls by ctypes, so they need no compiler.
"""

import json
import time

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import sandbox
from lrcourse.grading.demo_class import solved, with_cell
from lrcourse.grading.marking import mark

pytestmark = pytest.mark.usefixtures("bubblewrap")
NAME, FULL = "02_step_decay", 10
SHORT = sandbox.Limits(call=0.4, cpu=1, asleep=1, memory=300 * 2**20)

TOOLS = """
import ctypes, fcntl, mmap, os, platform, resource, socket, struct, threading, time
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(2**16)
breached, kept = [], []
def call(x86_64, aarch64, *arguments):
    number = x86_64 if platform.machine() == "x86_64" else aarch64
    pointers = [a if isinstance(a, (bytes, ctypes.Array)) else ctypes.c_long(a) for a in arguments]
    return libc.syscall(ctypes.c_long(number), *pointers)
def tries(*attempts):
    for attempt in attempts:
        try:
            if attempt() != -1:
                breached.append(attempt)
        except (OSError, MemoryError, RuntimeError):
            pass
"""
TAKE_AWAY = "if breached:\n    for name in [n for n in globals() if not n.startswith('__')]: del globals()[name]"

REFUSED = {
    "seizes the first process": "tries(lambda: call(101, 117, 0x4206, 1, 0, 0), lambda: call(101, 117, 16, 1, 0, 0))",
    "asks to be traced": "tries(lambda: call(101, 117, 0, 0, 0, 0))",
    "reads another's memory": """
tries(lambda: call(310, 270, 1, room, 1, room, 1, 0), lambda: open("/proc/1/mem", "rb"))""",
    "writes another's memory": """
tries(lambda: call(311, 271, 1, room, 1, room, 1, 0), lambda: open('/proc/1/mem', 'wb'))""",
    "takes another's file": """
tries(lambda: call(434, 434, 1, 0), lambda: call(438, 438, 3, 0, 0), lambda: call(312, 272, 1, 1, 0, 0, 0))""",
    "kills the first process for good": """
tries(lambda: call(424, 424, 3, 9, 0, 0), lambda: os.kill(1, 9) or os.getppid() - 2)""",
    "reads the grader's keys": """
tries(lambda: call(250, 219, 0, -3, 0), lambda: call(250, 219, 11, -3, room, 999), lambda: call(250, 219, 6, -3, room))
tries(lambda: call(250, 219, 1, 0), lambda: call(250, 219, 8, -4, -3), lambda: call(250, 219, 22, -3, -4))""",
    "adds a key": """
tries(lambda: call(248, 217, b"user", b"note", b"x", 1, -3), lambda: call(249, 218, b"user", b"note", 0, -3))""",
    "shares a segment": "tries(lambda: call(29, 194, 7, 2**20, 0o1666), lambda: call(30, 196, 0, 0, 0))",
    "leaves a message": """
tries(lambda: call(68, 186, 7, 0o1666), lambda: call(64, 190, 7, 1, 0o1666),
      lambda: call(240, 180, b"m", 66, 438, 0))""",
    "makes files in memory": "tries(lambda: os.memfd_create('x'), lambda: call(447, 447, 0))",
    "talks to the host": """
tries(lambda: socket.socket(40, socket.SOCK_STREAM), lambda: socket.create_server(("", 8000)))
tries(lambda: socket.socket(socket.AF_UNIX).connect("\\0x"), lambda: socket.create_connection(("127.0.0.1", 22), 1))""",
    "tries every network": """
for family in range(64):
    for kind in (1, 2, 3, 5):
        tries(lambda: socket.socket(family, kind))
        if family != 1:
            tries(lambda: socket.socketpair(family, kind))""",
    "submits input and output": "tries(lambda: call(425, 425, 8, room), lambda: call(206, 0, 8, room))",
    "loads a program into the kernel": """
tries(lambda: call(321, 280, 0, room, 72), lambda: call(321, 280, 5, room, 72))""",
    "counts the machine's events": "tries(lambda: call(298, 241, room, 0, -1, -1, 0))",
    "handles its own faults": "tries(lambda: call(323, 282, 1), lambda: call(323, 282, 0))",
    "makes a world of its own": """
tries(*[lambda flag=flag: libc.unshare(flag) for flag in (0x10000000, 0x20000, 0x40000000, 0x2000000, 0x8000000)])
tries(lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, 0), lambda: libc.umount2(b"/tmp", 2), lambda: libc.chroot(b"/"))
tries(lambda: call(430, 430, b"tmpfs", 0), lambda: call(428, 428, -100, b"/", 1), lambda: call(155, 41, b"/", b"/tmp"))
tries(lambda: call(308, 268, 0, 0), lambda: call(442, 442, 0, b"/", 0, room, 32))""",
    "becomes another program": """
tries(lambda: os.execv("/python/bin/python3", ["python3", "-c", ""]), lambda: call(322, 281, 3, b"", 0, 0, 0x1000))
open("/tmp/run", "wb").write(open("/python/bin/python3", "rb").read(2**20))
os.chmod("/tmp/run", 0o755)
tries(lambda: os.execv("/tmp/run", ["run"]), lambda: os.execve("/lib64/ld-linux-x86-64.so.2", ["ld", "/tmp/run"], {}))
tries(lambda: os.posix_spawn("/python/bin/python3", ["python3"], {}))""",
    "starts a process by every call": """
tries(lambda: call(57, 1071), lambda: call(58, 1071), lambda: call(56, 220, 17, 0, 0, 0, 0),
      lambda: call(56, 220, 0x8100, 0))
tries(lambda: call(435, 435, struct.pack("11Q", 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0), 88),
      lambda: call(56, 220, 0x10000011, 0))""",
    "outlives its parent": """
tries(lambda: libc.prctl(1, 0), lambda: libc.prctl(36, 1), lambda: libc.prctl(4, 1), os.setsid,
      lambda: os.setpgid(0, 0))""",
    "sets a filter of its own": """
tries(lambda: libc.prctl(22, 2, room), lambda: call(317, 277, 1, 8, room), lambda: libc.prctl(22, 1),
      lambda: call(444, 444, 0, 0, 1))""",
    "saves itself when memory is short": """
tries(lambda: open("/proc/self/oom_score_adj", "w"), lambda: os.listdir("/proc"), lambda: os.listdir("/sys"))""",
    "raises its limits": """
for limit in range(16):
    hard = resource.getrlimit(limit)[1]
    try:
        resource.setrlimit(limit, (hard, hard + 1 if hard != -1 else -1))
        breached += [limit] * (hard != -1)
    except ValueError:
        pass
tries(lambda: resource.prlimit(1, resource.RLIMIT_CPU), lambda: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1)))""",
    "signals by a lock": """
file = os.open("/python/bin/python3", os.O_RDONLY)
tries(lambda: fcntl.fcntl(file, 5, struct.pack("hhqqi", 0, 0, 0, 1, 0)), lambda: fcntl.fcntl(file, 1024, 0))
tries(lambda: fcntl.fcntl(file, 1026, 1), lambda: fcntl.fcntl(file, 8, os.getpid()),
      lambda: call(438, 438, 0, 0, 0))""",
    "makes pipes larger": "r, w = os.pipe()\ntries(lambda: fcntl.fcntl(w, 1031, 2**20))",
    "sends a descriptor": """
a, b = socket.socketpair()
tries(lambda: socket.send_fds(a, [b"x"], [0]), lambda: a.sendmsg([b"x"]), lambda: a.setsockopt(1, 7, 2**20))""",
    "pins memory": """
tries(lambda: libc.mlockall(3), lambda: call(149, 228, id(0), 4096), lambda: call(325, 284, id(0), 4096, 0))
tries(lambda: mmap.mmap(-1, 2**20, flags=0x2022))""",
    "makes a device": """
tries(lambda: os.mknod("/tmp/d", 0o60666, os.makedev(8, 0)), lambda: os.open("/dev/zero", os.O_RDONLY))""",
    "makes links": "tries(lambda: os.symlink('/etc', '/tmp/e'), lambda: os.link('/python/bin/python3', '/tmp/p'))",
    "opens by handle": "tries(lambda: call(303, 264, -100, b'/', room, room, 0), lambda: call(304, 265, 0, room, 0))",
    "asks for another personality": """
tries(lambda: call(135, 92, 0x40000), lambda: call(154, 9999, 1, room, 16), lambda: call(172, 9999, 3))""",
    "types into the terminal": """
tries(lambda: os.open("/dev/tty", os.O_RDWR), *[lambda n=n: fcntl.ioctl(n, 0x5412, b"x") for n in range(5)])""",
    "changes how it is scheduled": """
tries(lambda: os.sched_setaffinity(0, [0]), lambda: call(144, 119, 0, 5, room), lambda: call(251, 30, 1, 0, 3))
before = os.getpriority(0, 0)
os.nice(7)
tries(lambda: -1 if os.getpriority(0, 0) == before else 0)""",
    "fills the kernel with timers": """
tries(lambda: call(222, 107, 0, 0, room), lambda: call(283, 85, 0, 0),
      lambda: call(129, 138, os.getpid(), 34, room))""",
    "watches files": "tries(lambda: call(294, 26, 0), lambda: call(300, 262, 0, 0))",
    "looks at the machine": """
tries(lambda: os.statvfs("/"), lambda: call(99, 179, room), lambda: os.getloadavg(),
      lambda: call(103, 116, 3, room, 99))
tries(lambda: call(27, 232, id(0) // 4096 * 4096, 4096, room), lambda: call(451, 451, 0, room, room, 0))""",
    "takes shared memory": "tries(lambda: [kept.append(mmap.mmap(-1, 2**26)) for _ in range(17)])\nkept.clear()",
    "fills shared memory": """
def fill():
    for _ in range(40):
        kept.append(mmap.mmap(-1, 2**25))
        kept[-1][:: 2**16] = b"x" * 2**9
tries(fill)
kept.clear()""",
    "takes memory as stacks of threads": """
def fill():
    threading.stack_size(2**26)
    for _ in range(20):
        threading.Thread(target=stop.wait).start()
stop = threading.Event()
tries(fill)
stop.set()""",
    "maps a file again and again": """
libc.mmap.restype = ctypes.c_void_p
file = os.open("/python/bin/python3", os.O_RDONLY)
def maps():
    kept.append(libc.mmap(None, 2**20, 1, 2, file, 0))
    return -1 if kept[-1] == 2**64 - 1 else 0
tries(*[maps] * 1100)
for at in kept: libc.munmap(ctypes.c_void_p(at), ctypes.c_size_t(2**20))
breached = breached[1024:]""",
    "makes a large sparse file": """
tries(lambda: open("/tmp/s", "wb").truncate(2**24), lambda: os.posix_fallocate(os.open("/tmp/f", 66), 0, 2**25))""",
    "opens many files": "tries(lambda: [kept.append(open('/dev/null')) for _ in range(64)])\nkept.clear()",
    "reaches above the root": """
tries(lambda: os.listdir("/../../home"), lambda: os.stat("/tmp/../../etc"), lambda: os.chdir("/root"))""",
    "changes what others run": """
tries(lambda: open("/python/bin/python3", "r+b"), lambda: os.chmod("/python/bin/python3", 0o777),
      lambda: os.unlink("/lib"))
tries(lambda: os.chmod("/dev/null", 0), lambda: os.rename("/site-packages", "/tmp/s"),
      lambda: os.truncate("/dev/null", 9))
before = os.stat("/dev/null").st_mtime_ns
os.utime("/dev/null")
tries(lambda: -1 if os.stat("/dev/null").st_mtime_ns == before else 0)""",
}

BY_X32 = "import ctypes, os, platform\nplatform.machine() == 'x86_64' or os.kill(os.getpid(), 31)\n"
DRIP = "import os, sys, time\nwhile True:\n    {}\n    time.sleep(0.1)"
TO_THE_WIRE = "for n in range(3, 10):\n        try: os.write(n, {})\n        except OSError: pass"
DONE = b'{"done": 99}\n'
QUIT = f"import os\nif True:\n    {TO_THE_WIRE}\nos._exit(0)"
# In a cell before the solution: (cell, score, status).
IN_A_CELL = {
    "calls by 32-bit numbers": (
        BY_X32 + "import mmap\ncode = mmap.mmap(-1, 4096, prot=7)\ncode.write(bytes.fromhex('53b814000000cd805bc3'))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()",
        FULL,
        "crashed",
    ),
    "calls by x32 numbers": (BY_X32 + "ctypes.CDLL(None).syscall(ctypes.c_long(2**30 + 39))", FULL, "crashed"),
    "calls no call": (BY_X32 + "ctypes.CDLL(None).syscall(ctypes.c_long(-1))", FULL, "crashed"),
    "makes empty files": (
        "import time\nfor i in range(9999): open(f'/tmp/{i}', 'w').close()\ntime.sleep(60)",
        FULL,
        "output flood",
    ),
    "makes empty files and ends": (
        "import os\nfor i in range(2000): open(f'/tmp/{i}', 'w').close()\nx = sum(range(10**6))\ny = x",
        FULL,
        "output flood",
    ),
    "makes folders": ("import os\nfor i in range(9999): os.mkdir(f'/tmp/{i}')\nwhile True: pass", FULL, "output flood"),
    "drips on stderr": (DRIP.format("print('w', file=sys.stderr, flush=True)"), FULL, "timed out"),
    "drips on the wire": (DRIP.format(TO_THE_WIRE.format(b"x")), FULL, "timed out"),
    "drips lines on the wire": (DRIP.format(TO_THE_WIRE.format(b"{}\n")), FULL, "timed out"),
    "drips into a file": (DRIP.format("open('/tmp/x', 'a').write('w')"), FULL, "timed out"),
    "works a little, sleeps a lot": (DRIP.format("sum(range(10**4))"), FULL, "timed out"),
    "waits for a lock": (
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
        FULL,
        "timed out",
    ),
    "waits for a signal": ("import signal\nsignal.pause()", FULL, "timed out"),
    "waits for itself": ("import socket\na, b = socket.socketpair()\na.recv(1)", FULL, "timed out"),
    "fills a pipe": ("import os\nr, w = os.pipe()\nwhile True: os.write(w, b'x' * 4096)", FULL, "timed out"),
    "awaits for ever": ("import asyncio\nasyncio.run(asyncio.sleep(10**6))", FULL, "timed out"),
    "wakes by an alarm": (
        "import signal\nsignal.signal(signal.SIGALRM, lambda *a: None)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)\nwhile True: signal.pause()",
        FULL,
        "timed out",
    ),
    "turns the timer off": (
        "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass",
        FULL,
        "timed out",
    ),
    "writes gigabytes to the log": ("import os\nwhile True: os.write(2, b'x' * 2**16)", FULL, "timed out"),
    "ends the main thread": ("import ctypes\nctypes.CDLL(None).pthread_exit(None)", FULL, "exited early"),
    "ends the main thread and stays": (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=[10**6]).start(), ctypes.CDLL(None).pthread_exit(None)",
        FULL,
        "forked",
    ),
    "leaves threads that work": (
        "import threading\nfor _ in range(8): threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()",
        FULL,
        ("forked", "graded"),  # a busy machine may bring it to its end before the threads are told of
    ),
    "leaves threads that wait": (
        "import threading\nfor _ in range(8): threading.Thread(target=threading.Event().wait).start()",
        FULL,
        "graded",
    ),
    "used a pool of threads": (
        "from concurrent.futures import ThreadPoolExecutor as P\nwith P(4) as pool: list(pool.map(abs, range(99)))",
        FULL,
        "graded",
    ),
    "used files and a database": (
        "import os, shutil, sqlite3, tempfile\nos.nice(1)\nwith tempfile.TemporaryDirectory() as f:\n"
        "    with sqlite3.connect(f + '/d') as d: d.execute('create table t(a)')\n"
        "    shutil.copy2(f + '/d', f + '/e')\n    os.utime(f + '/e')",
        FULL,
        "graded",
    ),
    "sleeps a little": ("import time\nfor _ in range(5): time.sleep(0.1)", FULL, "graded"),
    "begins statements that are not there and quits": (QUIT.format(b"\t\t\t"), FULL, "exited early"),
    "begins statements without end": (
        "import os\nfor n in range(3, 10):\n    try:\n        while True: os.write(n, b'\\t' * 2**16)\n"
        "    except OSError: pass",
        FULL,
        "output flood",
    ),
    "begins statements from a thread": (
        "import os, threading, time\ndef drip():\n    while True:\n        time.sleep(0.01)\n"
        "        for n in range(3, 10):\n            try: os.write(n, b'\\t')\n            except OSError: pass\n"
        "threading.Thread(target=drip, daemon=True).start()\nx = 1\nwhile True: pass",
        FULL,
        "timed out",
    ),
    "waits for a cell below to never end": (
        "D = {}\nD['x'] = bisect_right(E(), 1)\nclass E:\n    __len__ = lambda self: 9\n"
        "    def __getitem__(self, i):\n        while True: pass",
        FULL,
        "timed out",
    ),
    "has many statements": ("x = 1\n" * 10_000, FULL, "graded"),
    "shadows what the grader asks for late": (
        "import sys\nfor name in ('traceback', 'linecache', 'difflib', 'opcode', 'asyncio'):\n"
        "    open(f'/tmp/{name}.py', 'w').write('raise SystemExit')\nsys.path.insert(0, '/tmp')",
        FULL,
        "graded",
    ),
    "takes modules away": (
        "import sys\nsys.modules.update(traceback=None, linecache=None, difflib=None, opcode=None)",
        FULL,
        "graded",
    ),
    "goes back on its steps": ("import re\nre.match('(a+)+$', 'a' * 60 + 'b')", FULL, "timed out"),
    "writes a number of ten million digits": (
        "import sys\nsys.set_int_max_str_digits(0)\nx = str(7 ** 10**7)",
        FULL,
        "timed out",
    ),
    "is killed by its own alarm": ("import signal, time\nsignal.alarm(1)\ntime.sleep(5)", FULL, "crashed"),
    "answers the timer": (
        "import signal\ndef stop(*a): raise TimeoutError\nsignal.signal(signal.SIGPROF, stop)\nwhile True: pass",
        FULL,
        "graded",
    ),
    "takes the finders away": (
        "import sys\nfor finder in sys.meta_path: finder.find_spec('x', None)\nsys.meta_path.clear()\n1 / 0",
        FULL,
        "graded",
    ),
    "stops with an error that cannot be told": (
        "class E(Exception):\n    name = property(lambda self: self.fail())\n    def fail(self): raise self\nraise E",
        FULL,
        "graded",
    ),
    "keeps all the memory": (
        # to the last 1,000 bytes, but in large pieces at first: small ones alone take a busy machine too long
        "keep = []\nfor size in (10**6, 1000):\n    try:\n        while True: keep.append(bytearray(size))\n"
        "    except MemoryError: pass\nx = 1",
        FULL,
        "out of memory",
    ),
    "works when it is thrown away": (
        "import weakref\nclass A: pass\na = A()\nweakref.finalize(a, lambda: [0 for _ in iter(int, 1)])\ndel a",
        FULL,
        "timed out",
    ),
    "says it is done and quits": (QUIT.format(DONE), FULL, "exited early"),
    "says it went well and quits": (QUIT.format(b'{"cell": 0, "error": null}\n' + DONE), 0, "exited early"),
}
# Defined after the solution, in place of one task: (cell, score, status).
IN_A_CALL = {
    "drips": (
        "import sys, time\ndef step_decay(*a, **k):\n"
        "  while True:\n    print(file=sys.stderr, flush=True)\n    time.sleep(0.3)",
        FULL - 2,
        "timed out",
    ),
    "sleeps": ("import time\ndef step_decay(*a, **k): time.sleep(10**6)", FULL - 2, "timed out"),
    "sleeps in float": (
        "import time\nclass F:\n  def __float__(self): time.sleep(99)\nten_lrs = [F()] * 10",
        FULL - 1,
        "timed out",
    ),
    "works with the timer off": (
        "import signal\ndef step_decay(*a, **k):\n    signal.setitimer(signal.ITIMER_PROF, 0)\n    while True: pass",
        FULL - 2,
        "timed out",
    ),
    "keeps all the memory": (
        "keep = []\ndef step_decay(*a, **k):\n    for size in (10**6, 1000):\n        try:\n"
        "            while True: keep.append(bytearray(size))\n        except MemoryError: pass\n    return 1.0",
        FULL - 2,
        "out of memory",
    ),
    "answers with what looks like a seal": ("def step_decay(*a, **k): return {'sealed': [3]}", FULL - 2, "graded"),
    "answers with a seal": ("def step_decay(*a, **k): return {'sealed': 'a number x:3'}", FULL - 2, "graded"),
    "forks": ("import os\ndef step_decay(*a, **k): os.fork()", FULL - 2, "forked"),
    "executes": ("import os\ndef step_decay(*a, **k): os.execv('/python/bin/python3', ['p'])", FULL - 2, "graded"),
    "says it is done": (
        f"import os\ndef step_decay(*a, **k):\n    {TO_THE_WIRE.format(DONE)}\n    os._exit(0)",
        FULL - 2,
        "exited early",
    ),
    "fills the scratch folder": (
        "def step_decay(step, **k):\n    for i in range(4000): open(f'/tmp/{i}', 'w').close()\n    while True: pass",
        FULL - 2,
        "output flood",
    ),
    "ends by a wrong call": (
        BY_X32 + "def step_decay(*a, **k): ctypes.CDLL(None).syscall(ctypes.c_long(2**30))",
        FULL - 2,
        "crashed",
    ),
}


def marked(*cells, last="", limits=SHORT):
    """The Result of the solved notebook with cells before, and one after, its own."""
    notebook = solved(load(NAME))
    for cell in reversed(cells):
        notebook = with_cell(notebook, cell)
    if last:
        notebook["cells"].append(with_cell(notebook, last)["cells"][0])
    return mark(json.dumps(notebook).encode(), NAME, "ada", "a secret of the test", limits)


@pytest.mark.parametrize("name", REFUSED)
def test_no_way_out(name):
    result = marked(TOOLS, REFUSED[name], last=TAKE_AWAY)
    assert (result.score, result.status, result.cells) == (FULL, "graded", ()), result.log


def test_a_way_out_would_be_seen():
    assert marked(TOOLS, "tries(lambda: os.listdir('/tmp'))", last=TAKE_AWAY).score == 0


@pytest.mark.parametrize("name", IN_A_CELL)
def test_what_a_cell_does_to_the_run_costs_no_other_cell(name):
    cell, score, status = IN_A_CELL[name]
    result = marked(cell)
    assert result.score == score and result.status in (status if isinstance(status, tuple) else [status]), result


@pytest.mark.parametrize("name", IN_A_CALL)
def test_what_a_call_does_to_the_run_costs_its_own_task(name):
    cell, score, status = IN_A_CALL[name]
    result = marked(last=cell)
    assert (result.score, result.status) == (score, status), result


def test_memory_that_no_limit_of_the_kernel_counts_is_counted():
    """Single pages far apart: each needs two more pages of tables, 1.3 GB in all."""
    cell = """
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
for i in range(65_000):
    ctypes.memset(libc.mmap(2**40 + i * 2**30 % 2**46 + i // 2**16 * 4096, 4096, 3, 0x22, -1, 0), 1, 1)
else:
    time.sleep(9)"""
    result = marked(TOOLS + cell, limits=sandbox.Limits(mapped=384 * 2**20))
    assert (result.score, result.status) == (FULL, "out of memory")


def test_who_sleeps_everywhere_is_marked_within_twenty_seconds():
    names = [task.name for task in load(NAME).tasks]
    everywhere = (
        "import time, sys\ndef sleep(*a, **k):\n  while True:\n    print(file=sys.stderr)\n    time.sleep(0.4)\n"
    )
    everywhere += " = ".join([*names[:-1], "sleep"])
    started = time.monotonic()
    result = marked("import time\ntime.sleep(99)", last=everywhere, limits=sandbox.Limits())
    assert time.monotonic() - started < 20
    assert result.status == "timed out" and result.tasks[-1].score == result.tasks[-1].points


def test_load_costs_no_point(busy):
    result = marked("sum(range(10**7))", limits=sandbox.Limits(asleep=1))
    assert all(one.poll() is None for one in busy)
    assert (result.score, result.status) == (FULL, "graded")
