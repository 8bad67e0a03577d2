"""A student's notebook as plain Python cells. It is only ever read as data here: nothing of it runs."""

import ast
import json
import warnings
from functools import cache

from lrcourse.grading.submissions import Unreadable

RUN_THE_BODY = ("time", "timeit", "capture", "prun")  # magics whose body is the student's code
MOST_CODE = 2**18
MOST_EFFORT = 100_000


def read_cells(data):
    """The sources of the code cells, magics and shell lines turned into calls that do nothing in the sandbox.

    Raises Unreadable for what is no Python notebook.

    >>> read_cells(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["%matplotlib inline\\\\n", "x = 1"]}]}')
    ["get_ipython().run_line_magic('matplotlib', 'inline')\\nx = 1\\n"]
    """
    notebook = _notebook(data)
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language", "python") if isinstance(kernel, dict) else "python"
    if language not in ("python", "", None):
        raise Unreadable("other kernel", f"The notebook is for {str(language)[:40]!r}; exercises are in Python.")
    sources = [_text(cell) for cell in _cells(notebook) if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if not any(source.strip() for source in sources):
        raise Unreadable("empty", "The notebook has no code in it.")
    if sum(map(len, sources)) > MOST_CODE:
        raise Unreadable("too large", f"The notebook has more than {MOST_CODE >> 10} KB of code.")
    return list(_plain(sources))


def _notebook(data):
    if not data.strip():
        raise Unreadable("empty", "The file is empty.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(
            "wrong encoding", "The file is not UTF-8 text; save it in Jupyter and hand it in again."
        ) from None
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("not a notebook", "The file is not a notebook: it is not valid JSON.") from None
    if not isinstance(notebook, dict) or not isinstance(_cells(notebook), list):
        raise Unreadable("not a notebook", "The file is JSON, but it has no cells.")
    return notebook


def _cells(notebook):
    """The cells; version 3 kept them in worksheets."""
    if "cells" in notebook or not isinstance(notebook.get("worksheets"), list):
        return notebook.get("cells")
    sheets = [sheet.get("cells") for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
    return [cell for cells in sheets if isinstance(cells, list) for cell in cells]


def _text(cell):
    source = cell.get("source", cell.get("input", ""))  # version 3 called it input
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _plain(sources):
    """IPython's input as Python. Cells that are Python already stay as they are."""
    effort = 0
    for source in sources:
        if not _is_python(source):
            # The transformer reads the whole cell once for each of these marks: a hostile cell could keep it busy.
            effort += len(source) * sum(map(source.count, "%!?"))
            source = _transformed(source) if effort <= MOST_EFFORT else source
        yield source


def _is_python(source):
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _transformed(source, depth=0):
    """Magics and shell lines as calls of get_ipython(); a timing magic gives way to its body, the student's code."""
    try:
        python = _transformer()(source)
        magic = _only_magic(python)
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return source  # the student sees Python's own message
    if magic and magic[0] in RUN_THE_BODY and depth < 3:
        return _transformed(magic[-1], depth + 1)
    return python


def _only_magic(python):
    """The arguments of get_ipython().run_cell_magic(...) where the cell is that call and nothing else."""
    if not python.startswith("get_ipython().run_cell_magic("):
        return None
    body = ast.parse(python).body
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        return None
    return [ast.literal_eval(argument) for argument in body[0].value.args]


@cache
def _transformer():
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell
