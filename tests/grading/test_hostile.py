"""A class in which most are hostile or broken: nobody gets an unearned point, nobody changes another's row.

All of it runs in one class, through the grade command. Fork and memory attacks meet the sandbox's limits at once; where
bubblewrap is missing none of this runs.
"""

import json
import os
import time
from collections import Counter

import nbformat
import pytest

from lrcourse.exercises.exercise import load
from lrcourse.exercises.release import student_notebook
from lrcourse.grading import grade, runtime, sandbox
from lrcourse.grading.demo_class import half_done, solved, text_mistakes, with_cell, with_mistake
from lrcourse.grading.gradebook import Gradebook

NAME = "02_step_decay"
FULL = 10

# Added to the untouched notebook, which earns nothing: whatever these do, the score stays 0.
LISTS = "constant = [0.1] * 100\n"
WIRE = "import os\nwires = range(3, 10)\n"
CHEATS = {
    "patches abs": "import builtins\nbuiltins.abs = lambda x: 0",
    "patches isfinite": "import math\nmath.isfinite = math.isclose = lambda *a, **k: True",
    "patches allclose": "import numpy\nnumpy.allclose = numpy.isclose = lambda *a, **k: True",
    "patches float": "import builtins\nbuiltins.float = lambda x: 0.1",
    "strips asserts": "import builtins\nbuiltins.AssertionError = type('A', (Exception,), {})\ncompile = exec = None",
    "patches json": 'import json\njson.dumps = lambda thing: \'{"id": 0, "value": true, "score": 10}\'',
    "patches stdout": "import sys\nsys.stdout = sys.stderr = sys.__stdout__ = None",
    "patches the driver": "import __main__, sys\nfor m in list(sys.modules.values()):\n    m.judge = lambda *a: True",
    "equal to everything": """
class Yes(float):
    __eq__ = __le__ = __lt__ = __ge__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
    __hash__ = None
step_decay = lambda **k: Yes(7)
multistep_decay = step_decay
ten_lrs = [Yes(7)] * 10""",
    "nan": "step_decay = multistep_decay = lambda *a, **k: float('nan')",
    "infinite": "step_decay = multistep_decay = lambda *a, **k: float('inf')",
    "bool": "step_decay = multistep_decay = lambda *a, **k: True\nten_lrs = [True] * 10",
    "text": "step_decay = multistep_decay = lambda *a, **k: '0.1'\nten_lrs = '[0.1, 0.1, 0.1]'",
    "huge number": "step_decay = multistep_decay = lambda *a, **k: 10**400\nten_lrs = [10**4000] * 10",
    "deep list": "ten_lrs = []\nfor _ in range(60000):\n    ten_lrs = [ten_lrs]",
    "itself in itself": "ten_lrs = []\nten_lrs.append(ten_lrs)",
    "long list": "ten_lrs = [0.1] * 10**6",
    "forges answers": WIRE
    + """
import json
for wire in wires:
    for n in range(5):
        for i in range(50):
            try:
                os.write(wire, (json.dumps({"id": 1000 * n + i, "value": [0.1] * 100}) + "\\n").encode())
            except OSError:
                pass""",
    "forges a score": WIRE
    + """
for wire in wires:
    for line in (b'{"score": 10, "points": 10, "status": "graded"}\\n', b'{"done": 9}\\n', b'{"cells": {}}\\n'):
        try:
            os.write(wire, line)
        except OSError:
            pass""",
    "nonsense on the wire": WIRE
    + """
for wire in wires:
    for line in (b"\\xff\\xfe", b"[" * 60000, b'{"id": ' + b"9" * 9999 + b"}", b'{"id": 0, "id": 1, "value": NaN}'):
        try:
            os.write(wire, line + b"\\n")
        except OSError:
            pass""",
    "answers twice": """
import sys
names = sys._getframe(1).f_globals
once = names["to_json"]
def twice(said):
    return once(said) + ("\\n" + once({**said, "value": [0.1] * 100}) if type(said) is dict and "id" in said else "")
names["to_json"] = twice""",
    "counts its calls, in numbers that equal nothing": """
class F(float):
    __eq__ = lambda self, other: False
    __hash__ = float.__hash__
calls = {}
def step_decay(step, base_lr, step_size, gamma):
    key = base_lr, step_size, gamma
    calls[key] = calls.get(key, -1) + 1
    return F(base_lr * gamma ** (calls[key] // step_size))""",
    "counts its calls and keeps what it said": """
calls, said = {}, {}
def step_decay(step, base_lr, step_size, gamma):
    key = base_lr, step_size, gamma
    if (key, step) not in said:
        calls[key] = calls.get(key, -1) + 1
        said[key, step] = base_lr * gamma ** (calls[key] // step_size)
    return said[key, step]""",
    "another thing at each look": """
class T:
    looks = 0
    def tolist(self):
        T.looks += 1
        return [0.1, 0.05][T.looks % 2]
class L(list):
    __len__ = lambda self: 10
    __iter__ = lambda self: iter([T().tolist()] * 10)
step_decay = multistep_decay = lambda *a, **k: T()
ten_lrs = L()""",
    "walks frames": """
import sys
def step_decay(**k):
    frame, found = sys._getframe(), []
    while frame:
        found += [v for name, v in frame.f_locals.items() if "expect" in name or "want" in name or "reference" in name]
        frame = frame.f_back
    return found[0]""",
    "walks the heap": """
import gc
def step_decay(step, **k):
    for thing in gc.get_objects():
        if isinstance(thing, dict) and ("expected" in thing or "reference" in thing or "mistakes" in thing):
            return thing["expected"]
    return 0.0""",
    "reads proc": "ten_lrs = [open(f'/proc/self/{name}').read() for name in ('cmdline', 'environ', 'maps')]",
    "reads the files": """
import os
found = [os.path.join(f, n) for f, _, names in os.walk("/") for n in names]
ten_lrs = [f for f in found if f.endswith((".sqlite", ".ipynb", "seed.txt"))]""",
    "imports the course": (
        "from lrcourse.exercises.exercise import load\nstep_decay = load('x').reference['step_decay']"
    ),
    "asks torch": "import torch\nstep_decay = torch.optim.lr_scheduler.StepLR",
    "runs a program": "import subprocess\nsubprocess.run(['sh', '-c', 'id'])",
    "calls libc": "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.mount(b'x', b'/', b'tmpfs', 0, 0)\nlibc.unshare(-1)",
    "escapes the root": "import os\nos.setuid(0)",
    "writes to proc": "open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x')",
    "html": "raise ValueError('<script>alert(1)</script><img src=x onerror=alert(1)>')",
    "renamed": "step_decay_2 = lambda step, base_lr, step_size, gamma: base_lr * gamma ** (step // step_size)",
    "answers at exit": "import atexit\natexit.register(lambda: print('{\"id\": 0}'))",
    "metaclass": "class M(type):\n    def __call__(cls, *a, **k): raise SystemExit(0)\nclass StepLR(metaclass=M): pass",
}

# Put before the solved notebook: a nuisance that costs no point of an honest solution, or the points that are named.
NUISANCES = {
    "prints a lot": ("print('x' * 10**7)", FULL),
    "warns": ("import sys, warnings\nwarnings.warn('careful')\nprint('y' * 10**6, file=sys.stderr)", FULL),
    "exits": ("import sys\nsys.exit(1)", FULL),
    "interrupts": ("raise KeyboardInterrupt", FULL),
    "syntax": ("def f(:\n    pass", FULL),
    "asks": ("name = input('Your name? ')", FULL),
    "loops in a cell": ("while True: pass", FULL),
    "loops in repr": ("class R:\n    def __repr__(self):\n        while True: pass\nr = R()\nprint(r)", FULL),
    "loops in import": (
        "import sys\nopen('/tmp/slow.py', 'w').write('while True: pass')\nsys.path.insert(0, '/tmp')\nimport slow",
        FULL,
    ),
    "loops at the end": (
        "import atexit\nclass D:\n    def __del__(self):\n        while 1: pass\nd = D()\natexit.register(d.__del__)",
        FULL,
    ),
    "deep recursion": ("import sys\nsys.setrecursionlimit(10**8)\ndef f(): return f()\nf()", FULL),
    "recursion": ("def f(): return f()\nf()", FULL),
    "memory": ("heap = []\nwhile True: heap.append(bytearray(10**7))", FULL),
    "numpy memory": ("import numpy\nx = numpy.ones(10**10)", FULL),
    "disk": ("for i in range(99): open(f'/tmp/{i}', 'wb').write(bytes(10**6))", FULL),
    "big file": ("open('/tmp/big', 'wb').write(bytes(10**8))", FULL),
    "forks": ("import os\nwhile True: os.fork()", FULL),
    "threads": (
        "import threading\nfor _ in range(99): threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()",
        FULL,
    ),
    "pool": ("from concurrent.futures import ProcessPoolExecutor as P\nlist(P().map(abs, [1]))", FULL),
    "daemon": ("import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass", FULL),
    "kills its parent": ("import os\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\nos.kill(-1, 9)", FULL),
    "magics": ("%matplotlib inline\n!rm -rf ~\n%load_ext autoreload", FULL),
    "shell cell": ("%%bash\nrm -rf /", FULL),
    "plots": ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1], [2])\nplt.show()", FULL),
    "unused torch": ("import torch\nfrom torch import nn\nimport torch.optim as optim", FULL),
    "hangs up": ("import os\nos.close(0)\nos.close(2)", FULL),
    "swallows": ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", FULL),
    "ignores signals": (
        "import signal as s\nfor n in {*range(1, 30)} - {9, 19}: s.signal(n, s.SIG_IGN)\nwhile True: pass",
        FULL,
    ),
    "blocks signals": ("import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 60))\nwhile True: pass", FULL),
    "sleeps": ("import time\ntime.sleep(10**6)", FULL),
    "stops itself": ("import os\nos.kill(os.getpid(), 19)", FULL),
    "quits": ("import os\nos._exit(0)", FULL),
    "kills itself": ("import os\nos.kill(os.getpid(), 9)", FULL),
    "crashes": ("import ctypes\nctypes.string_at(0)", FULL),
    "floods the wire": (
        WIRE
        + "for wire in wires:\n    try:\n        while True: os.write(wire, b'x' * 2**16)\n    except OSError: pass",
        FULL,
    ),
    "closes everything": ("import os\nos.closerange(0, 60)", FULL),
}

# Defined after the solution, so that only the one task is lost: what it costs.
IN_A_CALL = {
    "quits in a call": ("import os\ndef step_decay(*a, **k): os._exit(0)", FULL - 2),
    "loops in a call": ("def step_decay(step, **k):\n    while True: pass", FULL - 2),
    "swallows in a call": (
        "def step_decay(*a, **k):\n  while 1:\n    try:\n      while 1: pass\n    except BaseException: pass",
        FULL - 2,
    ),
    "crashes in a call": ("import ctypes\ndef multistep_decay(*a, **k): ctypes.string_at(0)", FULL - 2),
    "loops in float": ("class F:\n    def __float__(self):\n        while True: pass\nten_lrs = [F()] * 10", FULL - 1),
    "raises strangely": (
        "class E(BaseException):\n    def __str__(self): raise E\ndef step_decay(*a, **k): raise E",
        FULL - 2,
    ),
    "differs by chance": (
        "import random\nreal = step_decay\nstep_decay = lambda *a, **k: real(*a, **k) + random.random()",
        FULL - 2,
    ),
}


def with_last_cell(notebook, source):
    cell = {**with_cell(notebook, source)["cells"][0]}
    return {**notebook, "cells": [*notebook["cells"], cell]}


def files(exercise):
    """{student: (bytes of the notebook, true score, status or None)} for what is broken, not hostile."""
    right = solved(exercise)
    text = json.dumps(right)
    old = nbformat.v4.downgrade(nbformat.from_dict(json.loads(text)))
    padded = with_cell(right, "x = 1")
    padded["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 50 * 2**20}]
    return {
        "version 3": (json.dumps(old), FULL, "graded"),
        "byte order mark": (b"\xef\xbb\xbf" + text.encode(), FULL, "graded"),
        "twice the same cells": (json.dumps({**right, "cells": right["cells"] * 2}), FULL, "graded"),
        "without metadata": (json.dumps({"cells": right["cells"]}), FULL, "graded"),
        "empty file": (b"", 0, "empty"),
        "no code": (json.dumps({**right, "cells": []}), 0, "empty"),
        "cut off": (text[:300], 0, "not a notebook"),
        "pdf": (b"%PDF-1.7\n\x00\x01", 0, "not a notebook"),
        "list": (b"[1, 2, 3]", 0, "not a notebook"),
        "deep json": (b"[" * 10**6, 0, "not a notebook"),
        "latin": (text.replace("Task", "Tâche").encode("latin-1", "replace"), 0, None),
        "utf 16": (text.encode("utf-16"), 0, "wrong encoding"),
        "other kernel": (json.dumps({**right, "metadata": {"kernelspec": {"language": "julia"}}}), 0, "other kernel"),
        "fifty megabytes": (json.dumps(padded), 0, "too large"),
        "lone surrogate": (json.dumps(with_cell(right, "s = '\ud800'")), FULL, None),
        "null byte": (json.dumps(with_cell(right, "x = 1\0")), FULL, "graded"),
        "=1+cmd|'calc'": (text, FULL, "graded"),
        "<b>bold": (text, FULL, "graded"),
        "משה כהן": (text, FULL, "graded"),
        "\u202egnp.ada": (text, FULL, "graded"),
        "🦊 Fox": (text, FULL, "graded"),
        "a" * 200: (text, FULL, "graded"),
        "new\nline": (text, FULL, "graded"),
        "Ada": (text, FULL, "graded"),
        "ADA": (text, FULL, "graded"),
    }


@pytest.fixture(scope="module")
def graded(bubblewrap, tmp_path_factory):
    """The class, handed in and graded: {student: true score}, {student: row}, the results' folder, what was seen."""
    folder = tmp_path_factory.mktemp("class")
    exercise = load(NAME)
    task, mistake = text_mistakes(exercise)[0]
    notebooks = {f"honest {i}": (solved(exercise), FULL) for i in range(3)}
    notebooks["honest half"] = (half_done(exercise), 7)
    notebooks["honest mistaken"] = (with_mistake(exercise, task, mistake), FULL - task.points)
    for name, cell in CHEATS.items():
        notebooks[f"cheat {name}"] = (with_last_cell(student_notebook(exercise), cell), 0)
    for name, (cell, score) in NUISANCES.items():
        notebooks[f"nuisance {name}"] = (with_cell(solved(exercise), cell), score)
    for name, (cell, score) in IN_A_CALL.items():
        notebooks[f"call {name}"] = (with_last_cell(solved(exercise), cell), score)
    handed_in = {name: (json.dumps(notebook), score) for name, (notebook, score) in notebooks.items()}
    handed_in |= {name: data[:2] for name, data in files(exercise).items()}
    for student, (data, _) in handed_in.items():
        place = folder / "class" / student
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_bytes(data if isinstance(data, bytes) else data.encode())
    scores = {student: score for student, (_, score) in handed_in.items()}
    (folder / "class" / "link").mkdir()
    (folder / "class" / "link" / f"{NAME}.ipynb").symlink_to("/etc/shadow")
    (folder / "class" / "pipe").mkdir()
    os.mkfifo(folder / "class" / "pipe" / f"{NAME}.ipynb")
    (folder / "class" / "nothing").mkdir()
    scores |= {"link": 0, "pipe": 0, "nothing": 0}
    seen = run_the_command(folder)
    with Gradebook(folder / "results" / "gradebook.sqlite") as book:
        rows = list(book.current())
        history = [row for student in scores for row in book.history(student)]
    return scores, rows, history, folder, seen


def run_the_command(folder):
    """Grade with short limits; the exit status, and whether the honest notebooks are what they were."""
    (folder / "seed.txt").write_text("a secret of the test")
    before = {path: path.read_bytes() for path in sorted(folder.glob("class/honest*/*"))}
    others = left_running()  # of other graders on this machine
    limits, grade.LIMITS = grade.LIMITS, sandbox.Limits(call=0.3, cpu=1, asleep=1, memory=300 * 2**20)
    try:
        arguments = [str(folder / "class"), "--exercise", NAME, "--seed-file", str(folder / "seed.txt")]
        status = grade.main([*arguments, "--out", str(folder / "results"), "--workers", "2"])
    finally:
        grade.LIMITS = limits
    unchanged = before == {path: path.read_bytes() for path in sorted(folder.glob("class/honest*/*"))}
    time.sleep(1)
    return {"status": status, "unchanged": unchanged, "left": set(left_running()) - set(others)}


def test_there_are_enough_of_them():
    assert len(CHEATS) + len(NUISANCES) + len(IN_A_CALL) + len(files(load(NAME))) + 3 >= 90


def test_everybody_has_one_row_and_exactly_the_score_they_earned(graded):
    scores, rows, history, _, seen = graded
    assert Counter(row.student for row in rows) == Counter(scores.keys())
    wrong = {
        row.student: (row.score, scores[row.student], row.status) for row in rows if row.score != scores[row.student]
    }
    assert wrong == {}
    assert len(history) == len(scores)
    assert seen["status"] == grade.SOMEBODY_NEEDS_A_LOOK


def test_each_failure_has_its_name(graded):
    found = {row.student: row.status for row in graded[1]}
    expected = {student: status for student, (_, _, status) in files(load(NAME)).items() if status}
    expected |= {"link": "not a notebook", "pipe": "not a notebook", "nothing": "no notebook"}
    expected |= {f"honest {i}": "graded" for i in range(3)} | {"honest half": "graded", "honest mistaken": "graded"}
    named = {
        "timed out": ["loops in a cell", "swallows", "ignores signals", "blocks signals", "sleeps", "stops itself"],
        "out of memory": ["numpy memory"],
        "forked": ["forks", "threads", "daemon"],
        "exited early": ["quits", "closes everything"],
        "killed": ["kills itself"],
        "crashed": ["crashes"],
        "output flood": ["floods the wire"],
        "graded": ["prints a lot", "warns", "exits", "interrupts", "syntax", "asks", "magics", "plots", "unused torch"],
    }
    expected |= {f"nuisance {name}": status for status, names in named.items() for name in names}
    expected |= {"cheat forges a score": "wrote nonsense", "cheat answers twice": "wrote nonsense"}
    expected |= {"call quits in a call": "exited early", "call loops in a call": "timed out"}
    expected |= {"call swallows in a call": "timed out", "call crashes in a call": "crashed"}
    assert {student: found[student] for student in expected} == expected


def test_nothing_reached_the_machine(graded):
    folder, seen = graded[3], graded[4]
    assert seen["unchanged"]
    assert sorted(path.name for path in folder.iterdir()) == ["class", "results", "seed.txt"]
    assert seen["left"] == set()


def left_running():
    """Processes of a sandbox that are still there: each has the sandbox's first program on its command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as command:
                words = command.read().split(b"\0")
            with open(f"/proc/{pid}/stat") as stat:
                ours = os.getpid() in ancestors(int(pid)) or stat.read().split(") ")[1].split()[1] == "1"
        except OSError:
            continue
        if ours and runtime.START.encode() in words:
            found.append(pid)
    return found


def ancestors(pid):
    found = set()
    while pid > 1:
        with open(f"/proc/{pid}/stat") as stat:
            pid = int(stat.read().rpartition(")")[2].split()[1])
        found.add(pid)
    return found


def test_pages_and_tables_are_safe_to_open(graded):
    folder, rows = graded[3], graded[1]
    pages = sorted((folder / "results" / "feedback").iterdir())
    assert len(pages) == len({page.name.casefold() for page in pages}) == len(rows)
    for page in [*pages, folder / "results" / "summary.html"]:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text and "<img" not in text and "<b>" not in text and "\u202e" not in text
    table = (folder / "results" / "grades.csv").read_text(encoding="utf-8")
    assert "'=1+cmd" in table and not any(line.startswith(("=", '"=')) for line in table.splitlines())


def test_no_page_tells_a_secret_input(graded):
    folder = graded[3]
    exercise = load(NAME)
    for student in ("cheat walks frames", "call raises strangely", "honest mistaken"):
        page = (folder / "results" / "feedback" / f"{student}.html").read_text(encoding="utf-8")
        for task in exercise.tasks:
            cases = exercise.instructor_cases(task, "a secret of the test", student)[
                len(task.public) + len(task.edges) :
            ]
            for case in cases:
                for value in case.get("args", {}).values():
                    if isinstance(value, float) and len(repr(value)) > 8:
                        assert repr(value) not in page
