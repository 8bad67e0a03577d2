"""The browser's Python against this one, under node: every view and every word to an answer, to the letter."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse.site import bundle, wasm

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
ANSWERS = json.loads((ROOT / "tests/exercises/answers.json").read_text(encoding="utf-8"))
# what an answer may hold that is told otherwise in a browser, each with why
EXCEPTIONS = {"numpy": "the page's Python has no NumPy, and says so"}
NAMED = {("descent_path", "You take the loss for the slope.")}  # it overflows, which each C library words as it likes
SAME_VERSION = sys.version_info[:2] == (3, 14)  # the browser's; another words its errors differently
BY_CHANCE = ("TimeUp", "RecursionError")  # which line a loop is cut in


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
    for name, content in {**files, "lrcourse.zip": bundle.bundle(extra=held)}.items():
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


def told(line):
    """What is compared of a row: all of it, or up to the error's kind where its words are Python's own or chance's."""
    task, label, digest, text = json.loads(line)
    if any(task == name and label.startswith(start) for name, start in NAMED):
        return task, label
    kind = re.search(r"stopped with (\w+)", text)
    if not kind and "Error: " in text and not SAME_VERSION:
        kind = re.search(r"(\w*Error): ", text)
    if kind and (kind[1] in BY_CHANCE or not SAME_VERSION):
        return task, label, text[: kind.start()].rpartition("\nline ")[0] or kind[1]
    return task, label, digest, text


def apart(ours, theirs):
    assert len(ours) == len(theirs)
    return [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]


def test_every_view_is_equal(browser_python):
    here = native("views.py")
    assert len(here) > 400 and len(set(here)) > 350
    assert apart(here, browser_python("views.py")) == []


def test_every_word_to_an_answer_is_equal(browser_python):
    pytest.importorskip("lrcourse.exercises.examining")
    answers = [[task, label, source] for task, rows in ANSWERS.items() for _, label, source in rows]
    plain = [answer for answer in answers if not any(name in answer[2] for name in EXCEPTIONS)]
    assert len(plain) > 0.8 * len(answers)
    given = json.dumps(plain)
    rows = native("checks.py", given)
    whole = [row for row in map(told, rows) if len(row) == 4]
    assert len(whole) > 0.7 * len(rows) > 400
    assert apart([*map(told, rows)], [*map(told, browser_python("checks.py", given))]) == []
