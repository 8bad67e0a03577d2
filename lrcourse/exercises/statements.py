"""What a statement of a student's cell binds, and what it fills in, read off its syntax tree.

Only the process in the sandbox uses this; kernel.py says how it gets there. ast is dear to import: kinds go by name.
"""

TYPE_CHECKING = False  # typing would take time to import; mypy takes this for true
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

DEFINITIONS = ("FunctionDef", "AsyncFunctionDef", "ClassDef")


def names_bound(node: "Any") -> list[str]:
    """The names that a statement binds, those of its nested statements included."""
    names = []
    for part in parts_of(node):
        kind = type(part).__name__
        if kind in DEFINITIONS:
            names.append(part.name)
        if kind == "alias":
            names.append(part.asname or part.name.split(".")[0])
        if kind == "Name" and type(part.ctx).__name__ == "Store":
            names.append(part.id)
    return names


def fills(node: "Any", namespace: "dict[str, Any]") -> bool:
    """Whether a statement puts something into what is there, and does nothing else: D["x"] = y, found.append(y).

    Also alone in a loop; beside others that ran before it stopped it would run them twice.
    """
    while type(node).__name__ in ("For", "If", "With", "Try") and len(node.body) == 1:
        node = node.body[0]
    parts = [part for part in parts_of(node) if type(part).__name__ in ("Subscript", "Attribute")]
    if type(node).__name__ == "Expr":
        return any(type(namespace.get(getattr(part.value, "id", ""))) in (list, dict, set) for part in parts)
    return "Assign" in type(node).__name__ and any(type(part.ctx).__name__ == "Store" for part in parts)


def parts_of(node: "Any") -> "Iterator[Any]":
    """The nodes of a statement, but for what is within functions and classes."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        if type(node).__name__ in DEFINITIONS:
            continue
        for field in node._fields:
            value = getattr(node, field, None)
            todo += [entry for entry in (value if type(value) is list else [value]) if hasattr(entry, "_fields")]


def names_in_text(source: str) -> "Iterator[str]":
    """The names that a cell which is no Python would have bound, as far as its lines show it."""
    for line in source.splitlines():
        words = line.replace("(", " ").replace(":", " ").replace("=", " = ").split()
        if line[:1].isspace() or len(words) < 2:
            continue
        if words[0] in ("def", "class", "import"):
            yield words[1]
        elif words[0] == "from" and "import" in words:
            yield from (word.strip(",") for word in words[words.index("import") + 1 :])
        elif words[1] == "=":
            yield words[0]
