"""The browser's Python against this one, under node: every view and every word to an answer, to the letter."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse.site import bundle, precompiling, wasm

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
ANSWERS = json.loads((ROOT / "tests/exercises/answers.json").read_text(encoding="utf-8"))
HEAD = "def step_decay(step, base_lr, step_size, gamma):\n    "
BROKEN = [  # what few of those answers do: errors of every kind, raised in every place
    ["step_decay", source, source]
    for source in (
        f"{HEAD}import numpy as np\n    return np.float64(base_lr)",
        f"{HEAD}from lrcourse.nowhere import fit\n    return base_lr",
        f"import torch\n{HEAD}return base_lr",
        f"{HEAD}return 0.0 ** -(step + 1)",
        f"try:\n    import torch\nexcept ImportError:\n    torch = None\n{HEAD}return base_lr",
        f"{HEAD}return 10.0 ** (400 + step)",
        f"import math\n{HEAD}return math.exp(1000 + step)",
        "import math\nmath.exp(1000)",
        "2.0 ** 5000",
        f"import math\n{HEAD}return math.log(-step)",
        f"{HEAD}return sum([\n        1 / i\n        for i in range(2)\n    ])",
        f"{HEAD}return len({{\n        n: {{1 % m for m in [0]}}\n        for n in [1]}})",
        "lrs = [\n    0.1 / n\n    for n in (1, 0)\n]",
        f"{HEAD}return base_rl",
        f"{HEAD}return step_decay(step, base_lr, step_size, gamma)",
        f"{HEAD}return base_lr +",
        "def step_decay(step):\n    return 0.1",
        f"{HEAD}raise ValueError('step ' * 40)",
        f"{HEAD}return [base_lr].lr",
        f"{HEAD}return int(10 ** 5000)",
    )
]
# The exceptions. Another version than the browser's words a few errors otherwise (of the answers here: math.sqrt of a
# negative number, min of nothing): there all the rest is compared. And which line a loop is cut in is chance.
SAME_VERSION = sys.version_info[:2] == (3, 14)
BY_CHANCE = re.compile(r"^ *line \d+, in .*\n?|(?<=maximum recursion depth exceeded)[a-z ]+", re.MULTILINE)


@pytest.fixture(scope="module")
def browser_python(tmp_path_factory):
    """A function that runs a script of this folder in Pyodide."""
    node = shutil.which("node")
    if node is None:
        if "node" in os.environ.get("LRCOURSE_REQUIRE", "").split(","):
            pytest.fail("LRCOURSE_REQUIRE asks for node, and there is none on the PATH")
        pytest.skip("no node on the PATH (Debian: apt install nodejs)")
    try:
        files = wasm.files()
    except wasm.NotToBeHad as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("python")
    more = [*(ROOT / "exercises/masters").glob("[0-9]*"), *(ROOT / "lrcourse/exercises").glob("*.py")]
    held = [(file.relative_to(ROOT).as_posix(), file.read_bytes()) for file in more if file.stem not in _carried()]
    files["python_stdlib.zip"] = precompiling.library(files, bundle.bundle())
    for name, content in {**files, "lrcourse.json.packed": bundle.bundle(extra=held)}.items():
        (folder / name).write_bytes(content)

    def run(script, given=""):
        (folder / "given").write_text(given, encoding="utf-8")
        command = [node, HERE / "python.mjs", folder, HERE / script, folder / "given"]
        return _lines(subprocess.run(command, capture_output=True, text=True))

    return run


def _carried():
    """The names of the exercises' modules that the site gives to every reader."""
    return {name.rpartition("/")[2] for name in bundle.MODULES}


def native(script, given=""):
    """The same script in this Python, with no packages."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); given = sys.stdin.read()\n"
    start += f"exec(compile(open({str(HERE / script)!r}).read(), '<script>', 'exec'), globals())"
    return _lines(
        subprocess.run([sys.executable, "-I", "-S", "-c", start], input=given, capture_output=True, text=True)
    )


def _lines(done):
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def apart(ours, theirs):
    """The pairs of lines that differ."""
    return [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]


def alike(here, there):
    """Whether two rows that differ do so by chance, or in the words of another version's errors alone."""
    (*task, _, text, rest), (*other, _, words, remains) = json.loads(here), json.loads(there)
    if "TimeUp" in text or "RecursionError" in text:
        return [*task, BY_CHANCE.sub("", text)] == [*other, BY_CHANCE.sub("", words)]
    return not SAME_VERSION and bool(rest) and [*task, rest] == [*other, remains]


def test_every_view_is_equal(browser_python):
    here = native("views.py")
    assert len(here) > 400 and len(set(here)) > 350
    assert apart(here, browser_python("views.py")) == []


def test_every_word_to_an_answer_is_equal(browser_python):
    answers = [[task, label, source] for task, rows in ANSWERS.items() for _, label, source in rows] + BROKEN
    given = json.dumps(answers)
    here, there = native("checks.py", given), browser_python("checks.py", given)
    assert len(here) > len(answers) > 600
    differ = apart(here, there)
    assert [pair for pair in differ if not alike(*pair)] == []
    assert len(differ) < 0.015 * len(here)
    numpys = [line for line, (*_, source) in zip(there[-len(answers) :], answers, strict=True) if "numpy" in source]
    assert len(numpys) > 15
    for line in numpys:
        assert "no numpy" in line and "Plain Python is enough" in re.sub(r"(\\n| )+", " ", line), line
