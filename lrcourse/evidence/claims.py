"""The claim ledger: what the articles say, what a notebook measured, and a verdict that follows from the interval.

A notebook calls `claim`; the row is stored in the cell's output. `python3 -m lrcourse.evidence.claims` gathers the
stored rows into `notebooks/claims.md`. The verdict is plain text, which nbval compares, so a verdict that flips fails.
The numbers lie in the picture and in the output's metadata, which nbval does not compare: they may move a little
between machines.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from lrcourse.arguments import real

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
KEY = "lrcourse.claim"  # where an output's metadata holds its row
LAST = {"A": 13, "B": 6, "C": 12}  # the number of the last claim of each article
RULE = (
    "Every effect is counted so that a positive number speaks for the claim. **holds here**: the whole interval lies "
    "above 0. **does not hold here**: the whole interval lies below 0, so the opposite was measured. **does not show "
    "here**: 0 lies inside the interval. **depends on ...**: there are several settings, and it holds in some only."
)


def claim(id, text, *, experiment, effect, interval=None, unit="", depends_on="setting"):
    """Show one row of the ledger in a notebook and store it in the cell's output.

    id: which article's claim, such as "A9", or several: "A12, C8". text: the claim in a few words. experiment: what was
    run, in a few words. effect: the number measured, positive where it speaks for the claim; unit: what it is, such as
    "points of test accuracy, cosine minus linear". interval: its 95 % interval (low, high); None for an exact number.
    For several settings, effect and interval are dicts by setting, and depends_on says in words what they vary.

    Raises ValueError for an unknown id, an empty text, or an interval that does not hold its effect.
    """
    from IPython.display import display

    row = _row(id, text, experiment, effect, interval, unit, depends_on)
    data, metadata = _picture(row)
    words = _words(row)
    display(data | {"text/plain": words}, metadata=metadata | {KEY: row}, raw=True)
    display({"text/plain": words}, raw=True)


def verdict(intervals, depends_on="setting"):
    """The verdict that follows from one interval or several, each a pair (low, high).

    >>> verdict([(0.1, 0.5)])
    'holds here'
    >>> verdict([(-0.2, 0.3)]), verdict([(-0.4, -0.1)])
    ('does not show here', 'does not hold here')
    >>> verdict([(0.1, 0.5), (-0.2, 0.3)], depends_on="learning rate")
    'depends on the learning rate'
    """
    supports = [low > 0 for low, _ in intervals]
    if all(supports):
        return "holds here"
    if any(supports):
        return f"depends on the {depends_on}"
    return "does not hold here" if all(high < 0 for _, high in intervals) else "does not show here"


def stored(folder=NOTEBOOKS):
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


def ledger(folder=NOTEBOOKS):
    """The text of claims.md, made from the rows stored in a folder's notebooks."""
    lines = [
        "# What the articles claim, and what the course measured",
        "",
        "Made by `python3 -m lrcourse.evidence.claims` from the notebooks' stored results. The course follows three "
        "articles: A, a beginner's introduction with five schedulers and an MNIST demonstration; B, a digest of "
        "several short introductions; C, an overview of ten schedulers. A claim's number counts within its article.",
        "",
        RULE,
        "",
        "A small experiment on a laptop shows a mechanism. It does not rank schedules at scale.",
        "",
        "| claim | says | tested by | effect (95 % interval) | verdict | where |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in stored(folder):
        effects = "<br>".join(_in_words(*setting) for setting in row["settings"])
        link = f"[{row['notebook'][:2]}, cell {row['cell']}]({row['notebook']}#cell-id={row['cell_id']})"
        cells = [row["id"], row["text"], row["experiment"], f"{effects} {row['unit']}".strip(), f"**{row['verdict']}**"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in [*cells, link]) + " |")
    return "\n".join(lines) + "\n"


def main(argv=None):
    """Write claims.md from the notebooks' stored outputs."""
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse.evidence.claims", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=NOTEBOOKS, help="where the notebooks lie")
    folder = parser.parse_args(argv).folder
    if not folder.is_dir():
        parser.error(f"{folder} is not a folder")
    rows = stored(folder)
    (folder / "claims.md").write_text(ledger(folder), encoding="utf-8")
    print(f"claims.md: {len(rows)} rows from {len({row['notebook'] for row in rows})} notebooks")
    return 0


def _row(id, text, experiment, effect, interval, unit, depends_on):
    for part in str(id).split(", "):
        match = re.fullmatch(r"([ABC])([1-9]\d?)", part)
        if not match or int(match[2]) > LAST[match[1]]:
            raise ValueError(f"id must be one or more of A1 to A13, B1 to B6, C1 to C12, split by ', ', not {id!r}")
    for name, words in {"text": text, "experiment": experiment}.items():
        if not isinstance(words, str) or not words.strip():
            raise ValueError(f"{name} must be a few words, not {words!r}")
    effects = effect if isinstance(effect, dict) else {"": effect}
    intervals = interval if isinstance(interval, dict) else {"": interval}
    if interval is None:
        intervals = dict.fromkeys(effects)
    if not effects or list(effects) != list(intervals):
        raise ValueError(f"interval must have effect's settings {list(effects)}, not {list(intervals)}")
    settings = [_setting(name, effects[name], intervals[name]) for name in effects]
    said = verdict([(low, high) for _, _, low, high in settings], depends_on)
    return {"id": id, "text": text, "experiment": experiment, "settings": settings, "unit": unit, "verdict": said}


def _setting(name, effect, interval):
    effect = real("effect", effect)
    low, high = (effect, effect) if interval is None else (real("interval", end) for end in interval)
    if not low <= effect <= high:
        raise ValueError(f"interval must hold its effect {effect:g}, not ({low:g}, {high:g})")
    return str(name), effect, low, high


def _words(row):
    return f"{row['id']}: {row['text']}\nTested by: {row['experiment']}\nVerdict: {row['verdict']}"


def _in_words(name, effect, low, high):
    """A setting in numbers, with two digits of the interval's half width.

    >>> _in_words("at LR 0.1", 0.3127, -0.1042, 0.7296)
    'at LR 0.1: +0.31 (-0.10 to +0.73)'
    >>> _in_words("", -0.0571, -0.0571, -0.0571)
    '-0.0571'
    """
    start = f"{name}: " if name else ""
    if low == high:
        return f"{start}{effect:+.3g}"
    places = max(0, 1 - int(f"{(high - low) / 2:e}".split("e")[1]))
    return f"{start}{effect:+.{places}f} ({low:+.{places}f} to {high:+.{places}f})"


def _picture(row):
    """The effects and their intervals against 0, as Jupyter's pair of mime bundle and metadata."""
    from matplotlib.figure import Figure

    from lrcourse.plots import COLORS, DPI, GRID, INK, QUIET, picture

    settings = row["settings"]
    fig = Figure(figsize=(7.2, 0.95 + 0.3 * len(settings)), dpi=DPI, layout="constrained")
    axes = fig.subplots()
    axes.axvline(0, color=INK, linewidth=1)
    for y, (_, effect, low, high) in enumerate(settings):
        color = COLORS[2] if low > 0 else COLORS[1] if high < 0 else QUIET
        axes.plot([low, high], [y, y], color=color, linewidth=3, solid_capstyle="butt")
        axes.plot(effect, y, "o", color=color, markersize=7)
    axes.set_title("← against the claim", loc="left", fontsize=9.5, color=QUIET)
    axes.set_title("for the claim →", loc="right", fontsize=9.5, color=QUIET)
    axes.set_xlabel(row["unit"], fontsize=9.5, color=QUIET)
    widest = max(abs(end) for _, _, low, high in settings for end in (low, high)) or 1
    axes.set_xlim(-1.15 * widest, 1.15 * widest)
    axes.set_ylim(len(settings) - 0.4, -0.6)
    axes.yaxis.tick_right()
    axes.set_yticks(range(len(settings)), [_in_words(*setting) for setting in settings])
    axes.tick_params(labelsize=9.5, color=GRID, labelcolor=QUIET)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#AAAAAA")
    numbers = "; ".join(_in_words(*setting) for setting in settings)
    return picture(
        fig, f"{row['text']} Effect with its 95 % interval: {numbers} {row['unit']}. Verdict: {row['verdict']}."
    )


if __name__ == "__main__":
    sys.exit(main())
