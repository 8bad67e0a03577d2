"""What a lecturer gives out: it works on Python alone, the grader knows its variant, and no solution is in it."""

import ast
import base64
import json
import marshal
import re
import subprocess
import sys
import zlib
from functools import cache

import pytest

from lrcourse.exercises import handout, release, sheets, variants, writing_sheets
from lrcourse.exercises.exercise import BEGIN, END, MASTERS, STUB, load, names, with_solution

SECRET = "a secret of the test"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A hand-out of every exercise, in a variant where there is one."""
    out = tmp_path_factory.mktemp("handout") / "out"
    seed = out.with_name("seed.txt")
    seed.write_text(SECRET)
    assert handout.main([str(out), "--variant-seed", str(seed)]) == 0
    return out


def everything(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@cache
def handed_out():
    """What students are given by an author's will: the texts and the code to start from, also that of other tasks."""
    exercises = [exercise for name in names() for exercise in (load(name), variants.load(name, SECRET))]
    cells = [cell for exercise in exercises for cell in release.student_notebook(exercise)["cells"]]
    return "\n".join("".join(cell["source"]) for cell in cells if not cell["id"].startswith("hints-"))


def parts_of_solutions(exercise):
    """What nobody may find: each solution's telling lines, its code objects in bytes, and as packers write those."""
    for task in exercise.tasks:
        [region] = re.findall(rf"{BEGIN}\n(.*?)(?: *{STUB}| *{END})", exercise.cell(task), re.DOTALL)
        if task.drive != "value":
            lines = map(str.strip, region.splitlines())
            yield from (line for line in lines if _tells(line) and line not in handed_out())
        else:
            yield region.strip()
            yield re.sub(r"^\w+ = ", "", region.strip())
        source = with_solution(exercise.cell(task))
        for packed in (source.encode(), *_compiled(compile(source, "<solution>", "exec"))):
            yield packed
            yield packed.hex()
            yield base64.b64encode(packed)[:-4]
            yield zlib.compress(packed)


def _tells(line):
    return len(line) >= 25 and not line.startswith(("def ", "class ", "self.", "raise ", "for ", "if ", "#"))


def _compiled(code):
    yield marshal.dumps(code)
    for inner in code.co_consts:
        if hasattr(inner, "co_code"):
            yield inner.co_code if len(inner.co_code) > 40 else marshal.dumps(inner)
            yield from _compiled(inner)


def hidden_inputs(exercise):
    """The instructor's edge cases and drawn ones, as JSON writes their arguments; not those that are public too."""
    shown = [_input(request) for task in exercise.tasks for request in exercise.shown_cases(task)]
    for task in exercise.tasks:
        for request in exercise.instructor_cases(task, "a seed", "student"):
            if _input(request) not in shown and len(str(_input(request))) > 40:
                yield json.dumps(_input(request))[1:-1]
        told = [request.get("about") for request in exercise.shown_cases(task)]
        yield from (case["about"] for case in task.edges if "about" in case and case["about"] not in told)


def _input(request):
    return {key: part for key, part in request.items() if key not in ("id", "name", "drive", "about")}


def found(needles, files):
    needles = [needle.encode() if isinstance(needle, str) else needle for needle in needles]
    assert needles
    return [(needle, name) for needle in needles for name, data in files.items() if needle in data]


@pytest.mark.parametrize("name", names())
def test_no_solution_and_no_hidden_input_is_in_the_hand_out(name, folder):
    files, variant = everything(folder), variants.load(name, SECRET)
    for exercise in (load(name), variant):
        assert found(parts_of_solutions(exercise), files) == []
    assert found(hidden_inputs(variant), files) == []


@pytest.mark.parametrize("name", names())
def test_the_committed_data_is_what_the_command_makes_and_holds_no_solution(name):
    exercise, path = load(name), sheets.FOLDER / f"{name}.json"
    assert path.read_text(encoding="utf-8") == writing_sheets.data_text(exercise), (
        f"run: python3 -m lrcourse release {name}"
    )
    assert found(parts_of_solutions(exercise), {name: path.read_bytes()}) == []
    assert found(hidden_inputs(exercise), {name: path.read_bytes()}) == []


def test_there_is_data_for_every_exercise_and_no_other():
    assert sheets.names() == names()


def test_the_search_finds_what_it_looks_for():
    exercise = load("02_step_decay")
    whole = (MASTERS / "02_step_decay.ipynb").read_bytes()
    assert len(found(parts_of_solutions(exercise), {"master": whole.replace(b'\\"', b'"')})) >= 5
    task = exercise.task("StepLR")
    drawn = exercise.instructor_cases(task, "a seed", "student")[-1]
    assert found([*hidden_inputs(exercise)], {"leak": json.dumps(_input(drawn)).encode()})


TRY = """
import json, sys
sys.path.insert(0, {home!r})
before = set(sys.modules)
{code}
names = {{name.partition(".")[0] for name in set(sys.modules) - before}} - set(sys.stdlib_module_names)
print("loaded", sorted(names))
"""


def run_bare(folder, code, environment):
    """In a Python that has nothing but its own library, beside the hand-out's package."""
    program = TRY.format(home=str(folder / "exercises"), code=code)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_works_on_python_alone(folder, tmp_path):
    notebook = json.loads((folder / "exercises" / "02_step_decay.ipynb").read_text())
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    solved = variants.load("02_step_decay", SECRET)
    cells = [*map(with_solution, solved.code_cells)]
    code = "\n".join([*sources, *cells, *(source for source in sources if source.startswith("check("))])
    code += '\nhint("StepLR")\nsolution("StepLR", sure=True)\nprogress()'
    said = run_bare(folder, code, {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)})
    assert said.count("Still empty: ") == 4
    assert len(re.findall(r"\d of \d public cases passed. The instructor's inputs differ.", said)) == 4
    assert "ten_lrs: right." in said
    assert "Solutions are not in this edition" in said
    assert "02 Step decay: 10 of 10 points in public" in said
    assert said.splitlines()[-1] == "loaded ['lrcourse']"
    assert (tmp_path / "lrcourse" / "progress.json").exists()


def test_its_modules_are_those_that_are_needed(folder):
    """None too few, which the bare run shows, and none that nothing imports."""
    package = folder / "exercises" / "lrcourse"
    modules = {
        str(path.relative_to(package.parent).with_suffix("")).replace("/", ".") for path in package.rglob("*.py")
    }
    imported = {"lrcourse.exercises.checking"}
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    packages = {name for name in modules if name.endswith("__init__")}
    assert modules - packages - imported == set()


def test_hints_lessons_and_links(tmp_path, capsys):
    out = tmp_path / "a" / "new"
    place = ["--hub", "https://hub.example.org/", "--git", "https://example.org/lr/week-2.git"]
    assert handout.main([str(out), "--until", "03", "--hints", "1", *place]) == 0
    said = capsys.readouterr().out
    assert (
        "repo=https%3A%2F%2Fexample.org%2Flr%2Fweek-2.git&branch=main&targetpath=week-2&urlpath=lab%2Ftree%2Fweek-2%2Fexercises"
        in said
    )
    lessons = sorted(path.name[:2] for path in (out / "notebooks").iterdir())
    assert lessons == ["00", "01", "02", "03"]
    text = (out / "exercises" / "02_step_decay.ipynb").read_text()
    assert text.count("Stuck? Run `hint(") == 5
    assert "](../notebooks/02_step_decay.ipynb)" in text
    assert not (out / "exercises" / "04_cosine.ipynb").exists()
    data = json.loads((out / "exercises/lrcourse/exercises/data/02_step_decay.json").read_text())
    assert {len(task["hints"]) for task in data["tasks"]} == {1}


def test_without_lessons_no_link_leads_nowhere(folder):
    for path in (folder / "exercises").glob("*.ipynb"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), (path.name, target)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["full"], "full' has something in it"),
        (["full/file"], "has something in it"),
        (["new", "99_nothing"], "exercise must be"),
        (["new", "--until", "99"], "until must be"),
        (["new", "--until", "00"], "no exercise belongs to the lessons up to '00'"),
        (["new", "--variant-seed", "nowhere.txt"], "there is no seed file 'nowhere.txt'"),
        (["new", "--variant-seed", "my seed.txt"], "print(secrets.token_hex(16))\" > 'my seed.txt'"),
        (["new", "--variant-seed", "short.txt"], "too few to be a secret"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(arguments, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    (tmp_path / "short.txt").write_text("abc")
    before = sorted(tmp_path.rglob("*"))
    assert handout.main(arguments) == 1
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_fault_on_the_way_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(handout, "data_text", lambda exercise, hints: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        handout.write(tmp_path / "out", [load("02_step_decay")])
    assert list(tmp_path.iterdir()) == []
