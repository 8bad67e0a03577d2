"""The widgets of the lessons, each with what its cell needs and no more, so that they can be tried in seconds."""

import ast
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
WIDGETS = {"playground", "drive", "draw_schedule", "finder_explorer", "guess", "challenge", "sentence"}


def all_widgets():
    """(lesson, source) for every widget cell in the course's notebooks."""
    return [
        (f"{path.stem} {i + 1}", source)
        for path in sorted(NOTEBOOKS.glob("*.ipynb"))
        for i, source in enumerate(widget_cells(path))
    ]


def widget_cells(path):
    """The source of every widget cell of a notebook, preceded by the imports and definitions that it uses."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    known, found = {}, []
    for tree in map(ast.parse, cells):
        if WIDGETS & {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "id")
        }:
            found.append("\n".join(dict.fromkeys([*needed(tree, known), *map(ast.unparse, tree.body)])))
        known |= {name: statement for statement in tree.body for name in names_made(statement)}
    return found


def needed(tree, known):
    """The statements that define the names used in a tree, preceded by those that they need themselves."""
    lines = []
    for name in sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & known.keys()):
        others = {other: made for other, made in known.items() if other != name}
        lines += [*needed(known[name], others), ast.unparse(known[name])]
    return lines


def names_made(statement):
    """The names that a statement at the top of a cell defines."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []
