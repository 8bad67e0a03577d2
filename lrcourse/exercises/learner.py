"""Where a learner stands: a small file in the user's data folder, and the picture of it."""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import platformdirs
from matplotlib.figure import Figure

from lrcourse import plots
from lrcourse.exercises.exercise import load, names

Entry = dict[str, Any]  # what is kept of a task

FORMAT = "lrcourse progress 1"


def path() -> Path:
    """The file: progress.json in the user's data folder for lrcourse."""
    return Path(platformdirs.user_data_dir("lrcourse", appauthor=False)) / "progress.json"


def read() -> dict[str, Entry]:
    """{task: {"passed", "cases", "best", "hints", "solution"}} of all tasks tried; empty where there is no file.

    A file that is damaged or not ours is renamed, never overwritten, and the new name is printed.
    """
    try:
        kept = json.loads(path().read_text(encoding="utf-8"))
        if kept["format"] != FORMAT or not all(isinstance(entry, dict) for entry in kept["tasks"].values()):
            raise ValueError("not our format")
        tasks: dict[str, Entry] = kept["tasks"]
        return tasks
    except FileNotFoundError:
        return {}
    except OSError as error:
        print(f"Your progress could not be read: {error}.")
        return {}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        aside = path().with_name(f"progress.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.json")
        os.replace(path(), aside)
        print(f"The file with your progress could not be understood. It is kept as {aside}; a new one begins.")
        return {}


def passed(name: str, count: int, cases: int) -> None:
    """Note that so many of a task's public cases passed."""
    before = read().get(name, {})
    _write(name, {"passed": count, "cases": cases, "solved": count == cases or before.get("solved", False)})


def hint_shown(name: str, most: int) -> int:
    """Note that one more hint is shown; its number, from 1 to most."""
    number = read().get(name, {}).get("hints", 0)
    number = min(number + 1 if isinstance(number, int) else 1, most)
    _write(name, {"hints": number})
    return number


def solution_shown(name: str) -> None:
    """Note that the solution was shown."""
    _write(name, {"solution": True})


def progress() -> None:
    """Draw which tasks of which exercises you have solved, begun or not begun."""
    kept = read()
    rows = {name: [_state(kept.get(task.name, {})) for task in load(name).tasks] for name in names()}
    done = sum(row.count("solved") for row in rows.values())
    total = sum(map(len, rows.values()))
    begun = sum(row.count("begun") for row in rows.values())
    alt = f"You have solved {done} of {total} tasks and begun {begun} more. "
    started = [f"{name}: {row.count('solved')} of {len(row)}" for name, row in rows.items() if set(row) != {"open"}]
    plots.show(_figure(rows, done, total), alt=alt + ("; ".join(started) or "None begun so far") + ".")


def _state(entry: Entry) -> str:
    return "solved" if entry.get("solved") is True else "begun" if entry else "open"


def _figure(rows: dict[str, list[str]], done: int, total: int) -> Figure:
    fig = Figure(figsize=(7.2, 0.6 + 0.32 * len(rows)), dpi=plots.DPI, layout="constrained")
    axes = fig.subplots()
    looks: dict[str, dict[str, Any]] = {
        "solved": {"marker": "s", "color": plots.COLORS[0]},
        "begun": {"marker": "s", "color": plots.COLORS[1], "fillstyle": "left"},
        "open": {"marker": "s", "color": plots.QUIET, "fillstyle": "none"},
    }
    for state, look in looks.items():
        points: list[tuple[float, float]] = [
            (x, y) for y, row in enumerate(rows.values()) for x, one in enumerate(row) if one == state
        ]
        axes.plot(*zip(*points or [(float("nan"),) * 2], strict=True), linestyle="", markersize=12, label=state, **look)
    axes.set_yticks(range(len(rows)), [f"{name[:2]} {load(name).title}" for name in rows])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.set_xlim(-0.5, max(8, *map(len, rows.values())))
    axes.spines[:].set_visible(False)
    axes.set_title(f"{done} of {total} tasks solved", loc="left", fontsize=11, fontweight="bold", color=plots.INK)
    axes.legend(loc="upper right", frameon=False, fontsize=9.5)
    return fig


def _write(name: str, news: Entry) -> None:
    """Add to the task's entry. The file is replaced in one move, so that it is always whole."""
    tasks = read()
    tasks[name] = {**tasks.get(name, {}), **news}
    text = json.dumps({"format": FORMAT, "tasks": tasks}, indent=1)
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path().parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
            file.write(text)
        os.replace(file.name, path())
    except OSError as error:
        print(f"Your progress could not be saved: {error}.")
