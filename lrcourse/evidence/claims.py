"""The claim ledger: what the articles say, what a lesson measured, and a verdict that follows from the numbers.

A lesson calls `ask` (or `fact`, or the older `claim`); the row is stored in the cell's output. `python3 -m
lrcourse.evidence.claims` gathers the stored rows into `notebooks/claims.md` and draws them into `notebooks/claims.png`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lrcourse.arguments import real
from lrcourse.evidence import recorded
from lrcourse.evidence.experiments import NOTEBOOKS, experiments
from lrcourse.evidence.intervals import Interval
from lrcourse.evidence.rows import KEY, Row, check_id, check_words, fact, give, in_words
from lrcourse.evidence.verdict import HOLDS, OPPOSITE

OFTEN = 5  # replications of a row, on numbers that nobody had looked at when its question was chosen
HEAD = """# What the articles claim, and what the course measured

![{alt}](claims.png)

**How to read the picture.** Every bar is the interval of one effect; to the right it speaks for the claim, to the left
against it. Its unit is the smallest effect that its own experiment would have found in four of five repetitions, so a
dot beyond 1 is a clear finding, and a bar across 0 leaves the question open. Filled dots were asked by the rules below;
hollow grey ones are older, and their verdicts may not survive other seeds.

Made by `python3 -m lrcourse.evidence.claims` from the notebooks' stored results. The course follows three articles:
A, a beginner's introduction with five schedulers and an MNIST demonstration; B, a digest of several short
introductions; C, an overview of ten schedulers. A claim's number counts within its article. D stands for what research
papers say; the lesson that asks names them.

**The rules.** Each arm is tuned for the number that is read, on seeds that the test never sees; the rivals that a
reader would choose are in the race; the question is written down, with a hash, before the test seeds run. Every effect
is counted seed by seed, so that a positive number speaks for the claim, and every claim states the smallest effect that
matters. **holds here**: the whole 99 % interval lies above 0, in every comparison, and reaches what matters. **does not
hold here**: the opposite does. **no difference that matters**: the whole interval is smaller than what matters.
**depends on ...**: it holds in some comparisons, and the interval of the *difference between comparisons* leaves 0 out.
**shows in ... only**: the same without such an interval. **cannot tell**: the rest.

`python3 -m lrcourse replicate` asks the claims again with seeds that nobody has seen. **Replicated** counts such runs
of the question as it stands. Seeds on which an earlier form of it was tried, with fewer seeds, another margin or other
code, helped to choose the present one and are left out. Rows marked *old* have 95 % intervals, were not tuned by these
rules, and are not rerun: there "does not show here" means that 0 lies inside, and "depends on ..." only that some
intervals lie above 0 and others do not.

No interval knows of a bad run that is so rare that none of its seeds met it: where one arm fails now and then and the
other does not, few seeds err more often than in one claim of a hundred.

A small experiment on a laptop shows a mechanism. It does not rank schedules at scale.

| claim | says | tested by | effect (interval) | verdict | seeds | smallest visible effect | replicated | where |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def claim(
    id: str,
    text: str,
    *,
    experiment: str,
    effect: float | Mapping[str, float],
    interval: Interval | Mapping[str, Interval] | None = None,
    unit: str = "",
    depends_on: str = "setting",
) -> None:
    """Show a row of the ledger from numbers that the caller has made: the older way, without a plan; `ask` is the new.

    id: which article's claim, such as "A9", or several: "A12, C8". text: the claim in a few words. experiment: what was
    run, in a few words. effect: the number measured, positive where it speaks for the claim; unit: what it is, such as
    "points of test accuracy, cosine minus linear". interval: its 95 % interval (low, high); None for an exact number,
    which is shown as a fact. For several settings, effect and interval are dicts by setting, and depends_on says in
    words what they vary.

    Raises ValueError for an unknown id, an empty text, or an interval that does not hold its effect.
    """
    if interval is None and not isinstance(effect, Mapping):
        number = real("effect", effect)
        fact(id, text, experiment=experiment, holds=number > 0, value=number, unit=unit)
        return
    row = _row(id, text, experiment, effect, interval, unit, depends_on)
    give(row, f"{row['id']}: {row['text']}\nTested by: {row['experiment']}\nVerdict: {row['verdict']}")


def verdict(intervals: Sequence[Interval], depends_on: str = "setting") -> str:
    """The older verdict, from one interval or several, each a pair (low, high); `judge` asks more of 'depends'.

    >>> verdict([(0.1, 0.5)])
    'holds here'
    >>> verdict([(-0.2, 0.3)]), verdict([(-0.4, -0.1)])
    ('does not show here', 'does not hold here')
    >>> verdict([(0.1, 0.5), (-0.2, 0.3)], depends_on="learning rate")
    'depends on the learning rate'
    """
    supports = [low > 0 for low, _ in intervals]
    if all(supports):
        return HOLDS
    if any(supports):
        return f"depends on the {depends_on}"
    return OPPOSITE if all(high < 0 for _, high in intervals) else "does not show here"


def stored(folder: Path = NOTEBOOKS) -> list[Row]:
    """The rows stored in a folder's notebooks, in the articles' order, each with its notebook, cell number and id."""
    rows = []
    for path in sorted(Path(folder).glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells, start=1):
            for output in cell.get("outputs", []):
                if KEY in output.get("metadata", {}):
                    where = {"notebook": path.name, "cell": number, "cell_id": cell.get("id", "")}
                    rows.append(output["metadata"][KEY] | where)
    return sorted(rows, key=lambda row: (row["id"][0], int(row["id"].split(",")[0][1:]), row["notebook"], row["cell"]))


def replications(folder: Path = NOTEBOOKS) -> dict[str, list[dict[str, Any]]]:
    """By a claim's question, the replications that count: see lrcourse.evidence.recorded."""
    known, asked = recorded.read(folder), experiments(folder)
    return {
        row["asked"]["question"]: recorded.counted(known, one, i) for one in asked for i, row in enumerate(one.stored)
    }


def ledger(folder: Path = NOTEBOOKS) -> str:
    """The text of claims.md, made from the rows stored in a folder's notebooks."""
    from lrcourse.evidence.forest import alt_text

    rows, again = stored(folder), replications(folder)
    lines = [HEAD.format(alt=alt_text(rows)).replace("\n\n", "\0").replace("\n|", "\1").replace("\n", " ")]
    text = lines[0].replace("\0", "\n\n").replace("\1", "\n|").rstrip() + "\n"
    return text + "".join(_line(row, again) + "\n" for row in rows)


def _line(row: Row, again: Mapping[str, list[dict[str, Any]]]) -> str:
    asked = row.get("asked")
    effects = "<br>".join(in_words(*setting) for setting in row["settings"])
    said = f"**{row['verdict']}**" + ("" if asked or row.get("fact") else " (old)")
    beside = ["a fact", "", ""] if row.get("fact") else ["", "", "never"]
    if asked:
        beside = [str(asked["seeds"]), f"{asked['visible']:.2g}", _replicated(row, again.get(asked["question"], []))]
    link = f"[{row['notebook'][:2]}, cell {row['cell']}]({row['notebook']}#cell-id={row['cell_id']})"
    cells = [row["id"], row["text"], row["experiment"], f"{effects} {row['unit']}".strip(), said, *beside, link]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _replicated(row: Row, again: Sequence[Mapping[str, Any]]) -> str:
    """How often, and how often with the same verdict."""
    same = sum(one["verdict"] == row["verdict"] for one in again)
    times = f"{len(again)} time{'s' * (len(again) != 1)}"
    return times + (f", {same} with this verdict" if again else "")


def main(argv: list[str] | None = None) -> int:
    """Write claims.md and claims.png from the notebooks' stored outputs."""
    from lrcourse.evidence.forest import forest
    from lrcourse.plots import png

    parser = argparse.ArgumentParser(prog="python3 -m lrcourse.evidence.claims", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=NOTEBOOKS, help="where the notebooks lie")
    folder = parser.parse_args(argv).folder
    if not folder.is_dir():
        parser.error(f"{folder} is not a folder")
    rows, again = stored(folder), replications(folder)
    (folder / "claims.md").write_text(ledger(folder), encoding="utf-8")
    (folder / "claims.png").write_bytes(png(forest(rows)))
    print(f"claims.md: {len(rows)} rows from {len({row['notebook'] for row in rows})} notebooks")
    few = [row for row in rows if "asked" in row and len(again[row["asked"]["question"]]) < OFTEN]
    if few:
        names = ", ".join(f"{row['notebook'][:2]}:{row['id'].split(',')[0]}" for row in few)
        print(f"Replicated fewer than {OFTEN} times as they stand (replicate CLAIM --record, on new numbers): {names}")
    return 0


def _row(
    id: str,
    text: str,
    experiment: str,
    effect: float | Mapping[str, float],
    interval: Interval | Mapping[str, Interval] | None,
    unit: str,
    depends_on: str,
) -> Row:
    check_id(id)
    check_words(text=text, experiment=experiment)
    effects = effect if isinstance(effect, Mapping) else {"": effect}
    intervals: Mapping[str, Any] = interval if isinstance(interval, Mapping) else {"": interval}
    if list(effects) != list(intervals) or not effects:
        raise ValueError(f"interval must have effect's settings {list(effects)}, not {list(intervals)}")
    settings = [_setting(name, effects[name], intervals[name]) for name in effects]
    said = verdict([(low, high) for _, _, low, high in settings], depends_on)
    return {"id": id, "text": text, "experiment": experiment, "settings": settings, "unit": unit, "verdict": said}


def _setting(name: str, effect: float, interval: Interval) -> tuple[str, float, float, float]:
    effect = real("effect", effect)
    low, high = (real("interval", end) for end in interval)
    if not low <= effect <= high:
        raise ValueError(f"interval must hold its effect {effect:g}, not ({low:g}, {high:g})")
    return str(name), effect, low, high


if __name__ == "__main__":
    sys.exit(main())
