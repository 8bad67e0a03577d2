"""`python3 -m lrcourse replicate`: ask the ledger's claims again, with seeds that nobody has seen."""

import argparse
import json
import os
import secrets
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
from joblib import Parallel, delayed, parallel_config

from lrcourse.arguments import whole
from lrcourse.evidence import recorded
from lrcourse.evidence.experiments import NOTEBOOKS, Experiment, experiments
from lrcourse.evidence.rows import Row, in_words
from lrcourse.evidence.verdict import SAME, direction
from lrcourse.waiting import bar

LARGEST = 2**31
NO_FLIP, FLIPPED, REFUSED = 0, 1, 2


def main(argv: list[str]) -> int:
    """Rerun the chosen claims; 0 if no verdict flips, 1 if one does or an experiment fails, 2 for a wrong call.

    >>> main(["A99"])
    2
    """
    options = _parser().parse_args(argv)
    try:
        chosen = choose(experiments(options.notebooks), options.claims)
        whole("--jobs", options.jobs, at_least=1)
        root = _root(options.seeds_from)
    except (ValueError, TypeError, OSError) as error:
        print(f"lrcourse replicate: {error}", file=sys.stderr)
        return REFUSED
    print(f"{sum(len(one.stored) for one in chosen)} claims of {len(chosen)} cells, seeds from {root}.", flush=True)
    folder = _folder(root)
    try:
        results = run(chosen, root, folder, options.jobs, options.dask)
    except KeyboardInterrupt:
        print(f"Stopped. The same command with --seeds-from {root} goes on from here.", file=sys.stderr)
        return 130
    lines, flips = report(chosen, results)
    print("\n".join(lines))
    if options.record:
        recorded.add(options.notebooks, chosen, results, root)
    shutil.rmtree(folder, ignore_errors=True)
    return FLIPPED if flips else NO_FLIP


def choose(found: Sequence[Experiment], names: Sequence[str]) -> list[Experiment]:
    """The experiments of the claims named: 'A9', a lesson '04', or both as '04:A9'. Raises ValueError for others."""
    if not found:
        raise ValueError(
            "no notebook with a claim asked through the course's machinery; run this in the course's clone"
        )
    chosen = []
    known = {}
    for one in found:
        ids = {part for row in one.stored for part in row["id"].split(", ")}
        known[one.notebook, one.cell] = {one.notebook[:2], *ids, *(f"{one.notebook[:2]}:{id}" for id in ids)}
    for name in names:
        if not any(name in its for its in known.values()):
            names_known = ", ".join(sorted({id for its in known.values() for id in its if ":" in id}))
            raise ValueError(f"no claim {name!r} that can be rerun. There are: {names_known}")
    for one in found:
        if not names or known[one.notebook, one.cell] & set(names):
            chosen.append(one)
    return chosen


def run(
    chosen: Sequence[Experiment], root: int, folder: Path, jobs: int, dask: str | None = None
) -> dict[str, list[Row] | str]:
    """The rows of every experiment by its key, or why it failed; what is done already lies in the folder."""
    results: dict[str, list[Row] | str] = {}
    for one in chosen:
        kept = folder / f"{one.key}.json"
        if kept.exists():
            results[one.key] = json.loads(kept.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    left = [one for one in chosen if one.key not in results]
    with bar(len(chosen), "asking again", "cell") as progress, _workers(min(jobs, len(left) or 1), dask) as parallel:
        progress.update(len(chosen) - len(left))
        for key, rows in parallel(delayed(_rerun)(one, root) for one in left):
            results[key] = rows
            if not isinstance(rows, str):
                recorded.write(folder / f"{key}.json", rows)
            progress.update(1)
    return results


def compare(old: Row, new: Row) -> str | None:
    """Why the new row contradicts the stored one, or None.

    A verdict flips from 'holds here' to 'does not hold here' or back, from 'no difference that matters' to a
    difference or back, or a comparison's effect is shown with the other sign, and not both times as too small to
    matter. 'cannot tell' contradicts nothing.
    """
    before, after = direction(old["verdict"]), direction(new["verdict"])
    if before is not None and after is not None and before != after:
        return f"{old['verdict']} became {new['verdict']}"
    for one, other in ((old, new), (new, old)):
        if one["verdict"] == SAME and other["verdict"].startswith(("shows", "the opposite", "depends")):
            return f"{old['verdict']} became {new['verdict']}"
    matters = old["asked"]["matters"]
    for (name, _, low, high), (_, _, new_low, new_high) in zip(old["settings"], new["settings"], strict=True):
        small = -matters < min(low, new_low) and max(high, new_high) < matters
        if not small and ((low > 0 and new_high < 0) or (high < 0 and new_low > 0)):
            return f"{name or 'the effect'} changed its sign"
    return None


def report(chosen: Sequence[Experiment], results: dict[str, list[Row] | str]) -> tuple[list[str], int]:
    """The table of stored and new effects, and how many verdicts flipped or experiments failed."""
    lines, flips, count = [], 0, 0
    for one in chosen:
        where, again = f"{one.notebook[:2]}, cell {one.cell}", results[one.key]
        if isinstance(again, str) or len(again) != len(one.stored):
            reason = again if isinstance(again, str) else f"{len(again)} rows instead of {len(one.stored)}"
            lines += ["", f"{where}: FAILED: {reason}"]
            flips += 1
            continue
        for old, new in zip(one.stored, again, strict=True):
            count += 1
            flip = compare(old, new)
            flips += flip is not None
            changed = (
                "" if old["asked"]["question"] == new["asked"]["question"] else " (the question has changed since)"
            )
            lines += ["", f"{old['id']} ({where}) {old['text']}{changed}"]
            lines += [
                f"  stored {in_words(*before)}   new {in_words('', *after[1:])}"
                for before, after in zip(old["settings"], new["settings"], strict=True)
            ]
            verdicts = old["verdict"] if old["verdict"] == new["verdict"] else f"{old['verdict']} -> {new['verdict']}"
            lines.append(f"  {verdicts}" + (f"   FLIPPED: {flip}" if flip else ""))
    end = "No verdict flips." if not flips else f"{flips} flipped or failed."
    return [*lines, "", f"{count} claims asked again. {end}"], flips


def _rerun(one: Experiment, root: int) -> tuple[str, list[Row] | str]:
    """An experiment's key and its rows, as JSON gives them back, or the error in words: one fault stops no other."""
    import torch

    torch.set_num_threads(1)
    try:
        return one.key, json.loads(json.dumps(one.run(root)))
    except Exception as error:
        return one.key, f"{type(error).__name__}: {error}"


@contextmanager
def _workers(jobs: int, dask: str | None) -> Iterator[Callable[..., Any]]:
    """joblib's workers: processes on this machine, or those of a Dask cluster."""
    settings: dict[str, Any] = {"return_as": "generator_unordered", "batch_size": 1}
    if dask is None:
        with warnings.catch_warnings():  # a worker that has grown by some 300 MB is replaced; nothing is lost
            warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given")
            yield Parallel(n_jobs=jobs, **settings)
        return
    from distributed import Client

    with Client(dask, timeout="10s"), parallel_config("dask"):
        yield Parallel(n_jobs=-1, **settings)


def _root(given: int | None) -> int:
    """The number asked for, that of a run that was killed, or a new one."""
    if given is not None:
        return whole("--seeds-from", given, at_least=0)
    unfinished = sorted(_folder(0).parent.glob("*/"), key=os.path.getmtime)
    return int(unfinished[-1].name) if unfinished else 1 + secrets.randbelow(LARGEST)


def _folder(root: int) -> Path:
    return Path(platformdirs.user_cache_dir("lrcourse", appauthor=False)) / "replicate" / str(root)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse replicate", description=__doc__)
    add = parser.add_argument
    add("claims", nargs="*", metavar="CLAIM", help="a claim (A9), a lesson (04) or both (04:A9); default: all")
    add(
        "--seeds-from",
        type=int,
        metavar="N",
        help="the number all seeds derive from; default: a new one, or that of a "
        "run that was killed; 0 gives the stored seeds",
    )
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at once; default: one a core")
    add("--dask", metavar="ADDRESS", help="a Dask scheduler whose workers run the experiments, such as tcp://host:8786")
    add(
        "--record", action="store_true", help=f"add the results to notebooks/{recorded.RECORD}, which the ledger counts"
    )
    add("--notebooks", type=Path, default=NOTEBOOKS, metavar="FOLDER", help="the lessons; default: the course's")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
