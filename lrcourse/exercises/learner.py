"""Where a learner stands: what is kept of each task, where it is kept, and what `progress` says of it.

It is kept by a store, anything with read() and write(dict): here a small file in the user's data folder. A page puts
another in its place: `keep_in(store)`.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

Entry = dict[str, Any]  # what is kept of a task, a quiz or a guess

FORMAT = "lrcourse progress 1"


class Store(Protocol):
    """Keeps {name: entry}: an entry is a dictionary that JSON can hold."""

    def read(self) -> dict[str, Entry]:
        """All that is kept; empty where there is nothing."""

    def write(self, entries: dict[str, Entry]) -> None:
        """Keep these entries in place of all that was kept."""


def path() -> Path:
    """The file: progress.json in the user's data folder for lrcourse."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_DATA_HOME", "").strip() or Path.home() / ".local" / "share")
    return folder / "lrcourse" / "progress.json"


class FileStore:
    """Keeps the entries in the file at path()."""

    def read(self) -> dict[str, Entry]:
        """All that is kept. A file that is damaged or not ours is renamed, never overwritten; the new name is told."""
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

    def write(self, entries: dict[str, Entry]) -> None:
        """Keep the entries. The file is replaced in one move, so that it is always whole."""
        text = json.dumps({"format": FORMAT, "tasks": entries}, indent=1)
        folder = path().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False, encoding="utf-8") as file:
                file.write(text)
            os.replace(file.name, path())
        except OSError as error:
            print(f"Your progress could not be saved: {error}.")


_STORE: list[Store] = [FileStore()]


def keep_in(store: Store) -> None:
    """Keep progress in this store from now on."""
    _STORE[0] = store


def read() -> dict[str, Entry]:
    """{name: entry} of all that was tried.

    A task's entry may hold "passed", "cases", "solved", "hints" (how many were shown), "solution" (it was shown); a
    quiz's "passed" and "cases"; that of a guess "score".
    """
    return _STORE[0].read()


def note(name: str, **news: Any) -> None:
    """Add to the entry of a task, a quiz or a guess."""
    entries = read()
    entries[name] = {**entries.get(name, {}), **news}
    _STORE[0].write(entries)


def passed(name: str, count: int, cases: int) -> None:
    """Note that so many of a task's public cases passed."""
    before = read().get(name, {})
    note(name, passed=count, cases=cases, solved=count == cases or before.get("solved", False))


def hint_shown(name: str, most: int) -> int:
    """Note that one more hint is shown; its number, from 1 to most."""
    number = read().get(name, {}).get("hints", 0)
    number = min(number + 1 if isinstance(number, int) else 1, most)
    note(name, hints=number)
    return number


def solution_shown(name: str) -> None:
    """Note that the solution was shown."""
    note(name, solution=True)


GUESS = "guess "  # before a schedule's name: where the score of guesses at its curve is kept, from 0 to 100
