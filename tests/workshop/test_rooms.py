"""The rooms of the package and the arrows between them, read off the imports."""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# In order: a room (a folder, or a module beside the folders) uses only rooms that stand before it.
ROOMS = [
    "arguments", "waiting", "scene", "schedules", "schedulers", "preview", "translation", "choosing", "optimizers",
    "landscapes", "plots", "data", "training", "finder", "evidence", "exercises", "widgets", "play", "grading", "site",
    "workshop", "__main__",
]  # fmt: skip
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "lrcourse").rglob("*.py")
}


def imports(name, source):
    """The modules of the package that a module's source imports, anywhere in it."""
    tree = ast.parse(source)
    for node in ast.walk(tree):  # what is imported for the type checker alone is never imported
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")[: -node.level] if node.level else []
            home = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                target = f"{home}.{alias.name}"
                yield from [target] if target in MODULES else [home] if home in MODULES else []


def room(module):
    return (module.split(".") + ["lrcourse"])[1]


def upward(arrows):
    """The arrows that run from a room to one that stands after it, or to the package as a whole."""
    order = {name: place for place, name in enumerate(ROOMS)}
    return [(a, b) for a, b in arrows if room(a) != room(b) and order.get(room(b), len(ROOMS)) > order[room(a)]]


ARROWS = [
    (name, used) for name, path in MODULES.items() for used in imports(name, path.read_text()) if name != "lrcourse"
]


def test_arrows_run_one_way():
    assert upward(ARROWS) == []


def test_every_room_has_its_place():
    assert {room(name) for name in MODULES} - {"lrcourse"} <= set(ROOMS)


def test_there_is_no_circle():
    graph = defaultdict(set)
    for name, used in ARROWS:
        graph[name].add(used)
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_no_two_modules_of_one_name():
    names = Counter(name.rpartition(".")[2] for name in MODULES)
    assert [name for name, count in names.items() if count > 1] == []


def test_no_module_is_too_long_to_read():
    long = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import lrcourse.training", ["lrcourse.training"]),
        ("def f():\n    from lrcourse.workshop import checks", ["lrcourse.workshop.checks"]),
        ("from lrcourse import schedulers as s", ["lrcourse.schedulers"]),
        (
            "from .decays import cosine\nfrom . import cycles",
            ["lrcourse.schedules.decays", "lrcourse.schedules.cycles"],
        ),
        ("from lrcourse import race", ["lrcourse"]),
        ("if TYPE_CHECKING:\n    from lrcourse.training import race", []),
        ("import math", []),
    ],
)
def test_the_reading_of_imports(source, seen):
    assert list(imports("lrcourse.schedules.warmups", source)) == seen
    backward = [(f"lrcourse.{ROOMS[0]}", name) for name in seen if room(name) != "schedules"]
    assert upward(backward) == backward


def modules_of(*rooms):
    return sorted(name for name in MODULES if room(name) in rooms)


def loaded(modules, *options):
    """The top names that a fresh Python has loaded, beyond its own, once it has imported these modules."""
    code = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport {', '.join(modules)}\n"
    code += "print(*{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    return set(subprocess.check_output([sys.executable, *options, "-c", code], text=True).split())


# frameworks makes a scheduler of torch's, and is imported where one is asked for.
OPEN = {"lrcourse.schedulers.frameworks"}


@pytest.mark.parametrize(
    "name", ["schedules", "schedulers", "preview", "translation", "choosing", "landscapes", "exercises"]
)
def test_what_needs_python_alone(name):
    modules = [module for module in modules_of(name) if module not in OPEN]
    assert modules and loaded(modules, "-I", "-S") - {"sitecustomize"} == {"__main__", "lrcourse"}


def test_the_package_itself_loads_nothing():
    assert loaded(["lrcourse"], "-I", "-S") == {"__main__", "lrcourse"}


def test_grading_never_imports_torch():
    assert "torch" not in loaded(modules_of("grading"))
