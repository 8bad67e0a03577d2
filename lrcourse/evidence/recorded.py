"""What `replicate --record` found, and which of it counts: seeds that did not help to choose the question."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lrcourse.evidence.experiments import Experiment
from lrcourse.evidence.rows import Row

RECORD = "replications.json"  # beside the notebooks
Record = dict[str, list[dict[str, Any]]]  # by a claim's question: an entry for every root that it was asked on


def read(folder: Path) -> Record:
    """The record beside the notebooks; empty where there is none."""
    path = Path(folder) / RECORD
    found: Record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def add(folder: Path, chosen: Sequence[Experiment], results: Mapping[str, list[Row] | str], root: int) -> None:
    """Add a run to the record. The stored seeds are no replication, and one root counts once."""
    known = read(folder)
    for one in chosen:
        again = results[one.key]
        for i, row in enumerate(again if not isinstance(again, str) else []):
            if row["asked"]["root"] != one.stored[i]["asked"]["root"]:
                entry = {"seeds_from": root, "claim": place(one, i), "design": one.design}
                rest = [old for old in known.get(row["asked"]["question"], []) if not entry.items() <= old.items()]
                found = entry | {"verdict": row["verdict"], "settings": row["settings"]}
                known[row["asked"]["question"]] = [*rest, found]
    write(Path(folder) / RECORD, known)


def counted(known: Record, one: Experiment, i: int = 0) -> list[dict[str, Any]]:
    """The replications of an experiment's row number i, as it stands, on roots that did not help to choose it.

    Whoever changes a claim's question or its code has seen what the roots before gave: on those it is never counted
    again, on no root twice.
    """
    here = place(one, i)
    now = one.stored[i]["asked"]["question"], one.design
    of_it = [(question, entry) for question, entries in known.items() for entry in entries if entry["claim"] == here]
    seen = {entry["seeds_from"] for question, entry in of_it if (question, entry["design"]) != now}
    mine = [entry for question, entry in of_it if (question, entry["design"]) == now]
    return [entry for entry in mine if entry["seeds_from"] not in seen]


def place(one: Experiment, i: int) -> str:
    """What stays the same when a claim's question changes: its notebook, its cell, and which of the cell's rows."""
    return f"{one.notebook}#{one.cell_id}/{i}"


def write(path: Path, content: object) -> None:
    """The whole file or nothing."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(beside, path)
