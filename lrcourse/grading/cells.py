"""A student's notebook as plain Python cells. It is only ever read as data here: nothing of it runs."""

import ast
import json
import re
import warnings
from functools import cache, lru_cache

from lrcourse.grading.submissions import Unreadable

KEEP_WHAT_THEY_RUN = ("time", "prun", "memit")  # line magics that run their line in the notebook itself
TAKE_TEXT = (
    "! !! bash sh script system sx cmd powershell perl ruby pypy pypy3 python python2 python3 html HTML svg SVG "
)
TAKE_TEXT += "latex markdown javascript js writefile file cython R sql bigquery julia ai sparksql css mermaid"
MOST_CODE = 2**18
MOST_EFFORT = 4 * MOST_CODE  # characters given to IPython's tokenizer, about 5 s: a thousand magics need half of them
# Without any of these a cell holds nothing that IPython would change: magics, shell lines, help, prompts, an indent.
_MAY_BE_IPYTHON = re.compile(r"[%!?]|\A\s|^\s*(?:[,;/]|>>>|\.\.\.|In *\[)", re.MULTILINE)
_LINE_MAGIC = re.compile(r"get_ipython\(\)\.run_line_magic\('(\w+)', ('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)$")


def read_cells(data):
    """The sources of the code cells, magics and shell lines turned into calls that do nothing in the sandbox.

    Raises Unreadable for what is no Python notebook.

    >>> read_cells(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["%matplotlib inline\\\\n", "x = 1"]}]}')
    ["get_ipython().run_line_magic('matplotlib', 'inline')\\nx = 1\\n"]
    """
    notebook = _notebook(data)
    language = _language(notebook)
    if not re.search("py|^(sos|sage)?$", language, re.IGNORECASE):  # those two take Python as it is
        raise Unreadable("other kernel", f"The notebook is for {language[:40]!r}; exercises are in Python.")
    sources = [_text(cell) for cell in _cells(notebook) if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if not any(source.strip() for source in sources):
        raise Unreadable("empty", "The notebook has no code in it.")
    if sum(map(len, sources)) > MOST_CODE:
        raise Unreadable("too large", f"The notebook has more than {MOST_CODE >> 10} KB of code.")
    return list(_plain(sources))


def read_edition(data, exercise):
    """Which edition of the exercise a notebook says it is: a variant's fingerprint, or "" for the public one.

    None where it says nothing, or nothing that can be so.

    >>> read_edition(b'{"cells": [], "metadata": {"lrcourse": {"exercise": "02", "variant": "0a1b2c3d"}}}', "02")
    '0a1b2c3d'
    """
    try:
        told = _notebook(data)["metadata"]["lrcourse"]
        variant = told.get("variant", "")
        known = told["exercise"] == exercise and re.fullmatch("(?:[0-9a-f]{8})?", variant)
    except (Unreadable, LookupError, TypeError, AttributeError):
        return None
    return variant if known else None


def _language(notebook):
    """The language that the notebook says it is in, such as "python", "Python" or "ipython3"; "" where it says none."""
    metadata = notebook.get("metadata")
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(part) if isinstance(metadata, dict) else None
        language = found.get(key) if isinstance(found, dict) else None
        if isinstance(language, str) and language.strip():
            return language.strip()
    return ""


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
    lines = [line for line in (source if isinstance(source, list) else [source]) if isinstance(line, str)]
    ended = any(line.endswith(("\n", "\r")) for line in lines)  # some programs leave out the ends of lines
    return ("" if ended else "\n").join(lines).lstrip("\ufeff")


def _plain(sources):
    """IPython's input as Python. Cells that are Python already stay as they are."""
    effort = [MOST_EFFORT]
    for source in sources:
        yield _transformed(source, effort) if _MAY_BE_IPYTHON.search(source) and not _is_python(source) else source


@lru_cache(maxsize=4)
def statements(source):
    """The line on which each statement of a cell begins, in order; none where it is no Python.

    >>> statements("import math\\n\\n@cache\\ndef f(x):\\n    return x; y = 1")
    [1, 3]
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            return [
                min([one.lineno, *(each.lineno for each in getattr(one, "decorator_list", ()))])
                for one in ast.parse(source).body
            ]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _is_python(source):
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _transformed(source, effort, depth=0):
    """Magics and shell lines as calls of get_ipython(); a magic that runs code gives way to it: it is the student's."""
    try:
        manager = _transformer()
        lines = (source if source.endswith("\n") else source + "\n").splitlines(keepends=True)
        for transform in manager.cleanup_transforms + manager.line_transforms:
            lines = transform(lines)
        python = "".join(map(_what_it_runs, _without_magics(lines, effort)))
        magic = _only_magic(python)
    except (SyntaxError, ValueError, RuntimeError, MemoryError, RecursionError):
        return source  # the student sees Python's own message
    if magic and magic[0] not in TAKE_TEXT.split() and depth < 3:
        body = _transformed(magic[-1], effort, depth + 1)
        return body if _is_python(body) or magic[0].startswith("time") else python
    return python


def _without_magics(lines, effort):
    """The lines with every magic, shell line and question mark transformed by IPython's own transformers.

    IPython reads the whole cell anew after each; here reading goes on below the last one, or many magics would take a
    grader hours. effort holds the characters that may still be read; past them the lines stay as they are.
    """
    done, at = [], 0
    while at < len(lines):
        above = _blocks_open_below(done)
        found, window = _first_magic(above, lines, at, effort)
        if found is None:
            break
        changed = found.transform(window)
        done += changed[len(above) : found.start_line + 1]
        at += len(window) - len(above) - (len(changed) - found.start_line - 1)
    return done + lines[at:]


def _first_magic(above, lines, at, effort):
    """(the first of IPython's transformers that finds its mark below, or None; the lines it was found in)."""
    from IPython.core.inputtransformer2 import make_tokens_by_line

    size = 8  # the next magic stands near, as a rule; an open string or bracket asks for more lines
    while effort[0] > 0:
        while at + size < len(lines) and lines[at + size - 1].endswith("\\\n"):
            size += 1
        window = above + lines[at : at + size]
        effort[0] -= sum(map(len, window))
        tokens = make_tokens_by_line(window)
        found = [one for kind in _transformer().token_transformers if (one := kind.find(tokens))]
        if found or at + size >= len(lines):
            return min(found, key=lambda one: one.sortby(), default=None), window
        size *= 4
    return None, []


def _blocks_open_below(done):
    """A line for each block that is open below these lines, so that what follows is indented as it was."""
    above = []
    for line in reversed(done):
        indent = line[: len(line) - len(line.lstrip())].strip("\n")
        if line.strip() and (not above or len(indent) < len(above[0]) - 2):
            above.insert(0, f"{indent}0\n")
        if line.strip() and not indent:
            break
    return above


def _what_it_runs(line):
    """`%time x = f()` runs x = f() and keeps x."""
    found = _LINE_MAGIC.search(line.rstrip("\n"))
    if not found or found[1] not in KEEP_WHAT_THEY_RUN:
        return line
    before, code = line[: found.start()], ast.literal_eval(found[2]).strip()
    while code.startswith("-") or (code and not _is_python(before.lstrip() + code)):  # options come first
        code = code.partition(" ")[2].strip()
    return f"{before}{code}\n" if code else line


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

    return TransformerManager()
