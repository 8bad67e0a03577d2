"""The package alone, as a wheel in an empty environment: what it gives, what it loads, and what it says it has not."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import lrcourse
from lrcourse.__main__ import COMMANDS
from lrcourse.workshop import environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def alone(wheel, tmp_path_factory):
    """Runs the Python of an environment that holds the wheel and nothing else, in an empty folder."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "empty"], check=True)
    python = folder / "empty/bin/python"
    # --no-index: a dependency could not come, so that one would be noticed
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-index", wheel], check=True)
    (folder / "here").mkdir()

    def run(*command, **variables):
        done = subprocess.run([python, *command], cwd=folder / "here", env=variables, capture_output=True, text=True)
        return done.stdout, done.stderr, done.returncode

    run.folder = folder
    return run


def says(alone, code):
    out, err, status = alone("-c", code)
    assert status == 0, err
    return out.strip()


def test_schedules_schedulers_and_landscapes_work(alone):
    code = """
import sys
before = set(sys.modules)
import lrcourse
print(lrcourse.schedules.cosine(0.1, T_max=100)(50))
from types import SimpleNamespace
optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}], defaults={"lr": 0.1})
scheduler = lrcourse.schedulers.StepLR(optimizer, step_size=1, gamma=0.5)
scheduler.step()
print(optimizer.param_groups[0]["lr"])
print(len(lrcourse.landscapes.__doc__) > 0)
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))
"""
    first, second, third, loaded = says(alone, code).splitlines()
    assert float(first) == pytest.approx(0.05) and float(second) == 0.05 and third == "True"
    assert loaded == "['lrcourse']"


def test_its_public_names(alone):
    assert says(alone, "import lrcourse; print(lrcourse.__version__)") == lrcourse.__version__
    names = set(json.loads(says(alone, "import lrcourse, json; print(json.dumps(dir(lrcourse)))")))
    assert {"schedules", "schedulers", "landscapes", "training", "find_lr", "race", "__version__"} <= names
    assert {"preview", "audit", "translate"} <= names
    assert not names & {"sys", "import_module", "iter_modules", "ModuleSpec"}
    assert says(alone, "import lrcourse; print(hasattr(lrcourse, 'no_such_thing'))") == "False"


@pytest.mark.parametrize("name", ["race", "find_lr", "training", "plots"])
def test_a_name_that_needs_more_says_what(alone, name):
    _, err, status = alone("-c", f"import lrcourse; lrcourse.{name}")
    last = err.splitlines()[-1]
    assert status == 1 and re.search(rf"lrcourse.{name} needs \w+, .* pip install 'lrcourse\[course\]'$", last), last


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([], "opening the lessons needs the course's folder .* Get the whole repository"),
        (["--no-browser"], "opening the lessons needs the course's folder"),
        (["test"], "test needs the course's folder"),
        (["grade", "class"], "grade needs the course's folder"),
        (["race", "--help"], r"race needs .*torch.*, which .* has not. .*pip install 'lrcourse\[train\]'"),
        (["play"], r"play needs .*tornado.*, which .* has not. .*pip install 'lrcourse\[course\]'"),
    ],
)
def test_a_command_that_needs_more_says_so_in_a_sentence_and_makes_nothing(alone, command, said):
    out, err, status = alone("-m", "lrcourse", *command)
    assert (out, status, err.count("\n")) == ("", 1, 1)
    assert re.search(said, err), err
    assert not any(alone.folder.rglob(".venv*"))


@pytest.mark.parametrize(("steps", "status", "said"), [(20, 0, "Nothing looks wrong"), (40, 1, "WRONG: Negative")])
def test_preview_looks_at_a_script(alone, steps, status, said):
    (alone.folder / "here" / "train.py").write_text("def make():\n    return lambda step: 0.1 * (1 - step / 20)\n")
    out, err, ended = alone("-m", "lrcourse", "preview", "train.py:make", "--steps", str(steps))
    assert (ended, err) == (status, "") and said in out


def test_preview_is_not_sent_to_a_python_that_has_no_lrcourse(alone, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "other"], check=True)
    other = str(tmp_path / "other/bin/python")
    out, err, status = alone("-m", "lrcourse", "preview", "train.py:make", LRCOURSE_PYTHON=other)
    assert (out, status, err.count("\n")) == ("", 2, 1) and f"{other}) has no lrcourse" in err


def test_help(alone):
    out, _, status = alone("-m", "lrcourse", "--help")
    assert status == 0 and out.startswith("usage: python3 -m lrcourse")


def test_what_is_in_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert "lrcourse/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"lrcourse"}
    assert not [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert set(re.findall(r"Provides-Extra: (\w+)", metadata)) == {"train", "course", "grade", "site", "test"}


def test_the_pins_hold_all_that_the_extras_ask_for():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = {name for names in extras.values() for name in names if not name.startswith("lrcourse[")}
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), flags=re.M))
    assert asked <= pinned


def test_the_extras_name_all_that_the_package_imports():
    tools = {"pytest", "tensorboard"}  # of a plugin for the tests; whose files audit reads where its caller has it
    used = set()
    for path in (ROOT / "lrcourse").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                used |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add(node.module.partition(".")[0])
    used -= {*sys.stdlib_module_names, "lrcourse", *tools}
    names = packages_distributions()
    asked = {name for extra in ("course", "grade", "site") for name in environment._wanted(extra)}
    assert {name for name in used if not asked & {dist.lower() for dist in names[name]}} == set()


def test_the_citation_names_this_version():
    assert f"\nversion: {lrcourse.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def loaded_by(module, seen):
    """The modules outside the standard library that an import of this one of ours imports, itself or through ours."""
    if module in seen:
        return set()
    seen.add(module)
    path = ROOT.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    outside = set()
    for node in ast.parse(path.read_text()).body if path.exists() else []:  # what is imported later has its own words
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        ours = [name for name in names if name.partition(".")[0] == "lrcourse"]
        outside |= {name.partition(".")[0] for name in names if name not in ours}
        for name in ours:
            outside |= loaded_by(name, seen)
    return outside - set(sys.stdlib_module_names)


@pytest.mark.parametrize("command", [name for name, command in COMMANDS.items() if command.extra])
def test_a_commands_extra_brings_what_it_imports(command):
    names, asked = packages_distributions(), set(environment._wanted(COMMANDS[command].extra))
    used = loaded_by(COMMANDS[command].module, set())
    assert {name for name in used if not asked & {dist.lower() for dist in names[name]}} == set()
