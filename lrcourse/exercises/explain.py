"""Requests, differences and answers in words and pictures, for the notebook's check and the feedback pages."""

from itertools import groupby
from typing import Any

from lrcourse.exercises.judge import Json, Request, Where, is_number, short

Lines = dict[str, tuple[list[float], list[float]]]  # (x, y) by the line's name
Drawing = tuple[Lines, str, str]  # lines, x label, y label

_FEW = 6  # list entries, calls or steps that are written out


def describe(request: Request, few: int = _FEW) -> str:
    """The input of a case in one line; few: how many entries of a list are written out.

    >>> describe({"drive": "curve", "args": {"base_lr": 0.1, "gamma": 0.5}, "steps": 100})
    'base_lr=0.1, gamma=0.5, steps 0 to 99'
    >>> describe({"drive": "object", "groups": [{"lr": 0.1}], "args": {}, "do": [["step"], ["step"], ["resume"]]})
    'one group with lr=0.1, step() 2 times, resume'
    """
    if "subject" in request:  # of a student's test
        return request.get("about") or f"version {request['id'] + 1}"
    parts = []
    groups = request.get("groups", [])
    if groups:
        parts.append("one group with " if len(groups) == 1 else f"{len(groups)} groups with ")
        parts[0] += " and ".join(
            ", ".join(f"{key}={_say(value, few)}" for key, value in group.items()) for group in groups
        )
    parts += [f"{key}={_say(value, few)}" for key, value in request.get("args", {}).items()]
    if "steps" in request:
        parts.append(_say_steps(request["steps"], few))
    parts += _say_calls(request.get("do", []), few)
    return ", ".join(parts) or "your value"


def place(request: Request, where: Where) -> str:
    """The path to a difference in words.

    >>> place({"drive": "curve", "steps": [5, 9]}, (1,)), place({"drive": "call"}, (1,))
    ('step 9', 'entry 1')
    >>> place({"drive": "object", "groups": [{}, {}], "do": [["step"]] * 3}, ("lr", 3, 1))
    'lr of group 1 after 3 calls'
    """
    drive = request["drive"]
    if not where:
        return "the answer"
    if drive in ("curve", "schedule"):
        steps = request["steps"]
        return f"step {where[0] if isinstance(steps, int) else steps[where[0]]}" + _entries(where[1:])
    if drive == "object":
        name: str = where[0]
        rest = where[1:]
        groups = request.get("groups", [])
        if len(rest) == 2 and groups:
            name += f" of group {rest[1]}" if len(groups) > 1 else ""
            rest = rest[:1]
        return name + (f" {_moment(request['do'][: rest[0]])}" if rest else "") + _entries(rest[1:])
    return _entries(where).removeprefix(", ")


def curves(
    request: Request, expected: Json, got: Json, where: Where = (), ylabel: str = "learning rate"
) -> Drawing | None:
    """What to draw of a case: ({name: (x, y)}, x label, y label), or None where the answer is no curve.

    >>> curves({"drive": "curve", "steps": 2}, [0.1, 0.2], [0.1, 0.1])
    ({'expected': ([0, 1], [0.1, 0.2]), 'yours': ([0, 1], [0.1, 0.1])}, 'step', 'learning rate')
    """
    if request["drive"] == "object":
        name = where[0] if where else next(iter(expected))
        ylabel = "learning rate" if name == "lr" else name
        expected, got = expected[name], got.get(name) if isinstance(got, dict) else None
        part = where[2] if len(where) > 2 else 0
        expected, got = _column(expected, part), _column(got, part)
    if not isinstance(expected, list) or len(expected) < 2 or not all(map(is_number, expected)):
        return None
    got = [float(entry) if is_number(entry) else float("nan") for entry in got] if isinstance(got, list) else []
    steps = request.get("steps", len(expected))
    x = list(range(steps)) if isinstance(steps, int) else steps
    if sorted(set(x)) != x:
        x = list(range(len(expected)))
    lines = {"expected": (x, expected)}
    if any(entry == entry for entry in got):
        lines["yours"] = (x[: len(got)], got[: len(x)])
    return lines, {"object": "calls", "call": "entry", "value": "entry"}.get(request["drive"], "step"), ylabel


def _column(rows: Json, i: int) -> Json:
    if isinstance(rows, list) and all(isinstance(row, list) and len(row) > i for row in rows):
        return [row[i] for row in rows]
    return rows


def _say(value: Json, few: int) -> str:
    if isinstance(value, dict) and value.keys() == {"array"}:
        return _say(value["array"], few)
    if isinstance(value, dict) and value.keys() == {"python"}:
        code: str = value["python"]
        return code if len(code) <= 8 * few else code[: 8 * few] + " ..."
    if isinstance(value, list):
        return "[" + ", ".join(_say(entry, few) for entry in value[:few]) + (", ...]" if len(value) > few else "]")
    if isinstance(value, dict) and len(value) <= few:
        return "{" + ", ".join(f"{key!r}: {_say(entry, few)}" for key, entry in value.items()) + "}"
    return short(value)


def _say_steps(steps: int | list[int], few: int) -> str:
    if isinstance(steps, int):
        return f"steps 0 to {steps - 1}"
    return "steps " + ", ".join(map(str, steps[:few])) + (", ..." if len(steps) > few else "")


def _say_calls(do: list[Any], few: int) -> list[str]:
    """Calls in a row of the same kind together: those without arguments counted, those with one listed."""
    words = []
    for (method, many), group in groupby(do, key=lambda call: (call[0], len(call) > 1)):
        calls = list(group)
        if many:
            words.append(f"{method} with " + _say([call[1] if len(call) == 2 else call[1:] for call in calls], few))
        elif method == "resume":
            words.append("resume")
        else:
            words.append(f"{method}() {len(calls)} times" if len(calls) > 1 else f"{method}()")
    return words


def _moment(do: list[Any]) -> str:
    """When in an object's life: a resume is no call.

    >>> _moment([["step"]] * 2), _moment([["step"], ["resume"]]), _moment([["step"], ["resume"], ["step"]])
    ('after 2 calls', 'after 1 call and a resume', 'after 2 calls, 1 of them since the resume')
    """
    kinds = [method for method, *_ in do]
    calls = len(kinds) - kinds.count("resume")
    words = f"after {calls} call{'' if calls == 1 else 's'}" if calls else "at the start" if not kinds else "after"
    if "resume" not in kinds:
        return words
    since = kinds[::-1].index("resume")
    if not since:
        return f"{words} and a resume" if calls else "after a resume"
    return f"{words}, {since} of them since the resume"


def _entries(where: Where) -> str:
    return "".join(f", entry {key}" if isinstance(key, int) else f", {key}" for key in where)
