"""What a notebook's cell needs of the cells above it, read off the source: the statements that make its names."""

import ast
from dataclasses import dataclass, field


@dataclass
class Needs:
    """A cell's own source; the earlier statements that it needs, as (cell's index, text) in order."""

    source: str
    above: list = field(default_factory=list)

    @property
    def setup(self):
        """The statements as one text."""
        return "\n".join(text for _, text in self.above)


def needs(sources):
    """A Needs for every cell of a notebook, None for one that is no Python.

    sources: the cells' texts in order, None for a cell that holds no code.

    >>> found = needs(["import math\\nk = 2", None, "def f(x):\\n    return k * math.pi * x", "f(3)"])
    >>> found[3].above
    [(0, 'import math'), (0, 'k = 2'), (2, 'def f(x):\\n    return k * math.pi * x')]
    """
    made = {}  # name: the number of the statement that made it last
    statements = []  # (cell, order, text, names needed)
    found = []
    for i, source in enumerate(sources):
        try:
            tree = ast.parse(source) if source is not None else None
        except SyntaxError:
            tree = None
        if tree is None:
            found.append(None)
            continue
        wanted, own = [], set()
        for statement in tree.body:
            wanted += [made[name] for name in sorted(_used(statement) - own) if name in made]
            own |= _made(statement)
        for statement in tree.body:
            behind = [made[name] for name in sorted(_used(statement)) if name in made]
            statements.append((i, _text(source, statement), behind))
            for name in _made(statement):
                if name in made and not isinstance(
                    statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
                ):
                    behind.append(made[name])  # `x += 1`, `x[0] = 1`: what was there before may count
                made[name] = len(statements) - 1
        found.append(Needs(source, _closure(wanted, statements)))
    return found


def _text(source, statement):
    first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", []))])
    return "\n".join(source.splitlines()[first - 1 : statement.end_lineno])


def _closure(wanted, statements):
    """The statements of these numbers and all that they need, in order, as (cell, text)."""
    todo, taken = list(wanted), set()
    while todo:
        number = todo.pop()
        if number not in taken:
            taken.add(number)
            todo += statements[number][2]
    return [statements[number][:2] for number in sorted(taken)]


def _used(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _made(statement):
    """The names that a statement at the top of a cell makes or changes, those within loops and branches included."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    names = {part.id for part in ast.walk(statement) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    if isinstance(statement, ast.Assign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):  # xs.append(1)
        called = statement.value.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            names.add(called.value.id)
    return names
