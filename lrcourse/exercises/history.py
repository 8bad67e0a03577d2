"""Whether what is checked is what stands in the notebook: a cell that stopped with an error leaves the old version."""

import linecache
import re
import sys
from typing import Any


def outdated(name: str, answer: object) -> str | None:
    """What to tell a learner whose newest cell for this name never took effect; None where all is well or unknown.

    IPython keeps the text of every cell that was run, also of one that is no Python; a function knows its own cell.
    """
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return None
    cells = [cell for cell in shell.user_ns.get("In", ()) if isinstance(cell, str) and _defines(cell, name)]
    source = _cell_of(answer)
    if not cells or source is None or source.strip() == cells[-1].strip():
        return None
    why = _syntax_error(cells[-1])
    what = f"The cell that you last ran for {name} has {why}" if why else f"The cell that last defines {name} stopped"
    return (
        f"{what}, so Python still holds the version from before. That one is not judged. Mend the cell, run it until "
        "it stops with no error, then run this one again."
    )


def _defines(cell: str, name: str) -> bool:
    return re.search(rf"^(async def|def|class) +{re.escape(name)}\b", cell, re.MULTILINE) is not None


def _cell_of(answer: Any) -> str | None:
    """The text of the cell that a function or a class comes from, or None where that is not known."""
    functions = [answer, *(vars(answer).values() if isinstance(answer, type) else ())]
    codes = [function.__code__ for function in functions if hasattr(function, "__code__")]
    text = "".join(linecache.getlines(codes[0].co_filename)) if codes else ""
    return text if text and re.search("ipython-input|ipykernel", codes[0].co_filename) else None


def _syntax_error(cell: str) -> str | None:
    try:
        compile(cell, "<cell>", "exec", 0x2400)
    except SyntaxError as error:
        return f"a {type(error).__name__} in line {error.lineno} ({error.msg})"
    except ValueError:
        return "characters that Python cannot read"
    return None
