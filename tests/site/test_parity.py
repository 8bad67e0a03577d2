"""The browser's Python against this one, under node: every view and every word to an answer, to the letter."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse.site import bundle, wasm

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
ANSWERS = json.loads((ROOT / "tests/exercises/answers.json").read_text(encoding="utf-8"))
# answers that may be told otherwise in a browser, each with why
EXCEPTIONS = {"numpy": "the page's Python has no NumPy, and says so"}


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
    different = apart(native("checks.py", given), browser_python("checks.py", given))
    assert different == []
