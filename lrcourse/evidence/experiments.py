"""The ledger's experiments, read from the lessons: a claim's cell is the experiment, and this is how it is run again.

What runs is the cell and, of the cells before it, the statements that it needs: those that last set a name that it
uses, directly or in a function it calls. Cells that only draw or print are left out.
"""

import ast
import hashlib
import json
import symtable
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lrcourse.evidence.plan import seeds_from
from lrcourse.evidence.rows import KEY, Row, collecting

PACKAGE = Path(__file__).parents[1]
NOTEBOOKS = PACKAGE.parent / "notebooks"


@dataclass(frozen=True)
class Experiment:
    """A claim's cell: its notebook, the source that runs it, and the rows it has stored."""

    notebook: str
    cell: int
    cell_id: str
    source: str
    stored: tuple[Row, ...]

    @property
    def key(self) -> str:
        """Changes with the experiment's source and with the package's, so that no stale number is taken up."""
        return hashlib.sha256(f"{self.source}\n{package_version()}".encode()).hexdigest()[:16]

    @property
    def design(self) -> str:
        """Changes with what the source says, not with its layout or comments."""
        return hashlib.sha256(ast.dump(ast.parse(self.source)).encode()).hexdigest()[:12]

    def run(self, root: int) -> list[Row]:
        """The rows that the cell gives with seeds from this number; nothing is shown."""
        space: dict[str, Any] = {"__name__": "experiment", "print": lambda *args, **kwargs: None}
        with seeds_from(root), collecting() as rows:
            exec(compile(self.source, f"{self.notebook}, cell {self.cell}", "exec"), space)
        return rows


def experiments(folder: Path = NOTEBOOKS) -> list[Experiment]:
    """Every cell of the folder's notebooks that has stored a row asked by `ask`, in reading order."""
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for i, cell in enumerate(cells):
            outputs = [output.get("metadata", {}) for output in cell.get("outputs", [])]
            stored = tuple(meta[KEY] for meta in outputs if "asked" in meta.get(KEY, {}))
            if stored:
                before = ["".join(c["source"]) for c in cells[:i] if c["cell_type"] == "code"]
                source = needed(before, "".join(cell["source"]))
                found.append(Experiment(path.name, i + 1, cell.get("id", ""), source, stored))
    return found


@cache
def package_version() -> str:
    """A hash of the package's sources and of torch's version."""
    from importlib.metadata import version

    digest = hashlib.sha256(version("torch").encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def needed(before: Iterable[str], cell: str) -> str:
    r"""The cell with those statements of the sources before it that it needs, in their order.

    A name means its last value before the cell; what a function uses is looked up when the cell calls it. A statement
    that changes a needed object in place (x[0] = 1, x += 1, x.append(1)) is needed too.

    >>> print(needed(["import math\ny = 1\nprint(y)", "def f(x):\n    return math.sin(x) * y", "z = 3"], "f(2)"))
    import math
    y = 1
    def f(x):
        return math.sin(x) * y
    f(2)
    """
    statements = [ast.unparse(node) for source in [*before, cell] for node in ast.parse(source).body]
    names, end = [_names(statement) for statement in statements], len(statements)
    first = end - len(ast.parse(cell).body)
    wanted = set(range(first, end))
    open_names = [(name, i) for i in wanted for name in names[i].now]
    open_names += [(name, end) for i in wanted for name in names[i].later]
    seen: set[tuple[str, int]] = set()
    while open_names:
        name, place = open_names.pop()
        if (name, place) in seen:
            continue
        seen.add((name, place))
        for i in range(place - 1, -1, -1):
            if name in names[i].sets | names[i].changes and i not in wanted:
                wanted.add(i)
                open_names += [(other, i) for other in names[i].now]
                open_names += [(other, end) for other in names[i].later]
            if name in names[i].sets and name not in names[i].changes:
                break
    return "\n".join([*(statements[i] for i in sorted(wanted) if i < first), cell])


@dataclass(frozen=True)
class _Names:
    """What a statement sets, what it changes in place or perhaps, what it reads, and what functions in it will read."""

    sets: set[str]
    changes: set[str]
    now: set[str]
    later: set[str]


def _names(source: str) -> _Names:
    top, (now, later) = symtable.symtable(source, "cell", "exec"), (set[str](), set[str]())
    sets = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    tables: list[tuple[symtable.SymbolTable, set[str]]] = [(top, now)]
    for table, found in tables:  # grows: a function's names are read when it is called, a class body's at once
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced() and symbol.is_global()}
        for child in table.get_children():
            called = child.get_type() == "function" and not child.get_name().endswith(("comp", "genexpr"))
            tables.append((child, later if called else found))
    now |= {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    return _Names(sets, {name for node in ast.parse(source).body for name in _changed(node)}, now, later)


def _changed(node: ast.stmt) -> set[str]:
    """The names that a statement changes in place or may set, as far as that can be seen."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return set()
    found = set()
    for child in ast.walk(node):
        target: ast.AST | None = None
        if isinstance(child, ast.Attribute | ast.Subscript) and isinstance(child.ctx, ast.Store | ast.Del):
            target = child
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            target = child.value.func if isinstance(child.value.func, ast.Attribute) else None
        elif isinstance(child, ast.AugAssign) or (isinstance(child, ast.Name) and isinstance(node, ast.If | ast.Try)):
            target = child.target if isinstance(child, ast.AugAssign) else child
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            found.add(target.id)
    return found
