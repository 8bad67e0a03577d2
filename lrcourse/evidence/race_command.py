"""`python3 -m lrcourse race`: compare schedules fairly from the command line."""

import argparse
import math
import sys
from pathlib import Path

import pandas as pd
from torch import nn

from lrcourse import plots
from lrcourse.arguments import choice, whole
from lrcourse.data import CLASSES, DataError, load
from lrcourse.evidence.comparison import GRIDS, Comparison, compare, named_schedules
from lrcourse.evidence.figures import lr_figure, rank_figure


def report(found: Comparison) -> str:
    """The table as text, with the sentences that its reader must know."""
    table = found.table.set_index("rank").drop(columns=["behind_low", "behind_high"])
    table["rank_holds"] = [f"{held:.0%}" for held in table.rank_holds]
    text = table.to_string(float_format=lambda value: f"{value:.4g}")
    notes = [
        f"mean, low, high: test {found.metric} over {len(found.results)} fresh seeds, 95 % interval by Student's t.",
        "behind: mean difference to the first, seed by seed.",
        "rank_holds: share of bootstrap resamples of the seeds with the same rank.",
        *found.warnings,
    ]
    return "\n".join([text, "", *notes])


def main(argv: list[str]) -> int:
    """The command line, python3 -m lrcourse race; returns the exit status.

    >>> main(["--schedules", "cosine,cosin", "--out", "nowhere"])
    2
    """
    options = _parser().parse_args(argv)
    names = options.schedules.split(",")
    try:
        known = named_schedules(100, 10)
        for name in names:
            choice("--schedules", name, list(known))
        for name in ["epochs", "batch_size", "width"]:
            whole(name, getattr(options, name), at_least=1)
        folder = _folder(options.out, options.force)
        data = load(options.data, train_size=options.train_size)
        schedules = named_schedules(options.epochs * math.ceil(len(data.x_train) / options.batch_size), options.epochs)
        print(f"{data}; {options.budget} LRs for each of {len(names)} schedules.", flush=True)
        pixels, width = data.x_train.shape[1], options.width
        found = compare(
            lambda: nn.Sequential(nn.Linear(pixels, width), nn.ReLU(), nn.Linear(width, 10)),
            data,
            {name: schedules[name] for name in names},
            budget=options.budget,
            seeds=options.seeds,
            tuning_seeds=options.tuning_seeds,
            optimizer=options.optimizer,
            epochs=options.epochs,
            batch_size=options.batch_size,
        )
        print(report(found))
        _write(found, folder)
    except (ValueError, TypeError, DataError, OSError) as error:
        print(f"lrcourse race: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse race", description="Compare schedules fairly.")
    add = parser.add_argument
    names = ", ".join(named_schedules(100, 10))
    add("--data", default="digits", choices=list(CLASSES), help="default: digits, which needs no download")
    add("--schedules", default="constant,step,exponential,cosine,plateau,cyclic", help=f"with commas between: {names}")
    add("--budget", type=int, default=7, help="LRs that each schedule tries (7)")
    add("--seeds", type=int, default=8, help="fresh seeds for the final runs (8)")
    add("--tuning-seeds", type=int, default=3, help="seeds for choosing the LR (3)")
    add("--optimizer", default="momentum", choices=list(GRIDS), help="default: momentum")
    add("--epochs", type=int, default=10)
    add("--batch-size", type=int, default=64)
    add("--train-size", type=int, help="use only so many training images")
    add("--width", type=int, default=32, help="hidden units of the network (32)")
    add("--out", default="race-results", help="folder for the table, the runs and the pictures (race-results)")
    add("--force", action="store_true", help="overwrite the results in that folder")
    return parser


FILES = ["table.csv", "runs.csv", "loss_against_lr.png", "ranks.png"]


def _folder(out: str, force: bool) -> Path:
    """The folder for the results; refused before hours of work if they could not be written, or would be lost."""
    folder = Path(out).expanduser()
    there = [name for name in FILES if (folder / name).exists()]
    if there and not force:
        raise ValueError(f"{folder / there[0]} exists already; choose another --out, or --force to overwrite it")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(found: Comparison, folder: Path) -> None:
    pictures = {"loss_against_lr.png": lr_figure(found), "ranks.png": rank_figure(found)}
    runs = pd.concat([found.tuning.table.assign(phase="tuning"), found.final.table.assign(phase="final")])
    found.table.to_csv(folder / "table.csv", index=False)
    runs.to_csv(folder / "runs.csv", index=False)
    for name, figure in pictures.items():
        (folder / name).write_bytes(plots.png(figure))
    print("Written: " + ", ".join(str(folder / name) for name in FILES))
