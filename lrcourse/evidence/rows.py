"""A row of the ledger: what a claim's cell shows and stores.

What is printed is the same on every machine, so that nbval can compare it: the plan and the verdict. The numbers lie in
the picture, its alt text and the output's metadata, which nbval does not compare: they may move a little.
"""

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from lrcourse.arguments import real
from lrcourse.evidence.intervals import chance_interval
from lrcourse.evidence.verdict import HOLDS, LEVEL, OPPOSITE

if TYPE_CHECKING:
    from lrcourse.evidence.asking import Answer
    from lrcourse.evidence.plan import Plan

KEY = "lrcourse.claim"  # where an output's metadata holds its row
LAST = {"A": 13, "B": 6, "C": 12, "D": 10}  # the number of the last claim of each article; D: what papers say
Row = dict[str, Any]
_collected: ContextVar[list[Row] | None] = ContextVar("collected", default=None)


@contextmanager
def collecting() -> Iterator[list[Row]]:
    """Within it, claims are not shown; their rows are put into the list that it gives."""
    found: list[Row] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def check_id(id: str) -> str:
    """The number of a claim, or several, as given. Raises ValueError for what articles and papers do not have.

    >>> check_id("A12, C8")
    'A12, C8'
    """
    for part in str(id).split(", "):
        match = re.fullmatch(r"([A-D])([1-9]\d?)", part)
        if not match or int(match[2]) > LAST[match[1]]:
            known = ", ".join(f"{letter}1 to {letter}{last}" for letter, last in LAST.items())
            raise ValueError(f"id must be one or more of {known}, split by ', ', not {id!r}")
    return id


def check_words(**given: object) -> None:
    """Raises ValueError, by name, for what is no text."""
    for name, words in given.items():
        if not isinstance(words, str) or not words.strip():
            raise ValueError(f"{name} must be a few words, not {words!r}")


def announce(plan: "Plan", experiment: str) -> None:
    """Print what will be done, before it is done."""
    if _collected.get() is None:
        print(f"{plan.id}: {plan.text}\nTested by: {experiment}", *plan.lines, sep="\n", flush=True)


def show(answer: "Answer", experiment: str, depends_on: str) -> None:
    """Show what was found and store it in the cell's output, or add it to what is being collected."""
    row = of_answer(answer, experiment, depends_on)
    give(row, f"Verdict: {row['verdict']}")


def fact(id: str, text: str, *, experiment: str, holds: bool, value: float, unit: str) -> None:
    """Show a claim that a look decides, without chance: no seeds and no interval.

    value: the number seen, unit: what it is. Raises ValueError or TypeError.

    >>> fact("A10", "Cosine stays high longer.", experiment="the curves", holds=True, value=8, unit="epochs more")
    A10: Cosine stays high longer.
    Seen in: the curves
    A fact, not a sample: +8 epochs more
    Verdict: holds here
    """
    check_id(id)
    check_words(text=text, experiment=experiment, unit=unit)
    number = real("value", value)
    verdict = HOLDS if holds else OPPOSITE
    row = {"id": id, "text": text, "experiment": experiment, "unit": unit, "verdict": verdict, "fact": True}
    row["settings"] = [("", number, number, number)]
    give(row, f"{id}: {text}\nSeen in: {experiment}\nA fact, not a sample: {number:+.3g} {unit}\nVerdict: {verdict}")


def of_answer(answer: "Answer", experiment: str, depends_on: str) -> Row:
    """The row that stores an answer: plain data."""
    plan = answer.plan
    several = len(plan.settings) > 1, len(answer.cases) > len(plan.settings)
    settings = []
    for case in answer.cases:
        parts = [case.setting] if several[0] else []
        parts += [f"against {case.rival}"] if several[1] else []
        low, high = case.interval if math.isfinite(case.effect) else (math.nan, math.nan)
        settings.append((", ".join(parts), case.effect, low, high))
    rival = answer.cases[0].rival if not several[1] else "rival"
    pair = (rival, plan.best) if plan.better == "lower" else (plan.best, rival)
    unit = f"{plan.metric}, " + (f"{pair[0]} minus {pair[1]}" if plan.best else answer.cases[0].rival)
    asked = {
        "plan": plan.hash,
        "question": plan.question,
        "root": plan.root,
        "seeds": plan.seeds,
        "tuned": plan.tuned,
        "retune": plan.retune,
        "splits": plan.splits,
        "level": LEVEL,
        "matters": plan.matters,
        "visible": answer.design.visible,
        "equal_within": answer.design.equal_within,
        "chances": [chance_interval(case.differences, LEVEL) for case in answer.cases],
        "lrs": {
            setting: {arm: [min(lrs), max(lrs)] for arm, lrs in chosen.items()}
            for setting, chosen in answer.lrs.items()
        },
        "remarks": list(answer.remarks),
    }
    words = {"id": plan.id, "text": plan.text, "experiment": experiment, "unit": unit, "depends_on": depends_on}
    return {**words, "settings": settings, "verdict": answer.verdict, "asked": asked}


def in_words(name: str, effect: float, low: float, high: float) -> str:
    """A setting in numbers, with two digits of the interval's half width; an exact number has no interval.

    >>> in_words("at LR 0.1", 0.3127, -0.1042, 0.7296)
    'at LR 0.1: +0.31 (-0.10 to +0.73)'
    >>> in_words("", -0.0571, -0.0571, -0.0571)
    '-0.0571'
    """
    start = f"{name}: " if name else ""
    if low == high or not math.isfinite(high - low):
        return f"{start}{effect:+.3g}"
    places = max(0, 1 - int(f"{(high - low) / 2:e}".split("e")[1]))
    return f"{start}{effect:+.{places}f} ({low:+.{places}f} to {high:+.{places}f})"


def level(row: Row) -> str:
    """How sure a row's intervals are, in words.

    >>> level({"asked": {"level": 0.99}}), level({})
    ('99 %', '95 %')
    """
    return f"{100 * row.get('asked', {}).get('level', 0.95):g} %"


def beside(row: Row) -> str:
    """What stands beside the intervals: the smallest effect that would have been seen, the chance, the LRs chosen."""
    asked = row["asked"]
    chances = ", ".join(
        f"{f'{name}: ' if name else ''}{100 * chance:.0f} % ({100 * low:.0f} to {100 * high:.0f})"
        for (name, *_), (chance, (low, high)) in zip(row["settings"], asked["chances"], strict=True)
    )
    said = [
        f"{asked['seeds']} seeds: in 4 of 5 repetitions they would show an effect of {asked['visible']:.2g}, or that "
        f"there is none as large as {asked['equal_within']:.2g}.",
        f"Ahead on a new seed: {chances}.",
    ]
    if asked["tuned"]:
        lrs = [
            f"{f'{setting}: ' if setting else ''}{arm} {low:.3g}" + (f" to {high:.3g}" if high > low else "")
            for setting, chosen in asked["lrs"].items()
            for arm, (low, high) in chosen.items()
        ]
        said.append(f"Best LRs: {'; '.join(lrs)}.")
    return "\n".join([*said, *asked["remarks"]])


def picture(row: Row) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """The effects and their intervals against 0, as Jupyter's pair of mime bundle and metadata."""
    import textwrap

    from matplotlib.figure import Figure

    from lrcourse.plots import COLORS, DPI, GRID, INK, QUIET
    from lrcourse.plots import picture as as_bundle

    settings, asked = row["settings"], row.get("asked")
    band = f"; grey: less than {asked['matters']:g}, too small to matter" if asked else ""
    parts = [row["unit"] + band, *(beside(row).split("\n") if asked else [])]
    notes = [line for part in parts for line in textwrap.wrap(part, 92)]
    fig = Figure(figsize=(7.2, 0.75 + 0.3 * len(settings) + 0.185 * len(notes)), dpi=DPI, layout="constrained")
    axes = fig.subplots()
    if asked:
        axes.axvspan(-asked["matters"], asked["matters"], color=GRID, alpha=0.7, linewidth=0)
    axes.axvline(0, color=INK, linewidth=1)
    for y, (_, effect, low, high) in enumerate(settings):
        color = COLORS[2] if low > 0 else COLORS[1] if high < 0 else QUIET
        axes.plot([low, high], [y, y], color=color, linewidth=3, solid_capstyle="butt")
        axes.plot(effect, y, "o", color=color, markersize=7)
    labels = [in_words(*setting) for setting in settings]
    narrow = max(map(len, labels)) > 55  # the labels take the axes' room: the two headings would meet, and the ticks
    claim = "" if narrow else " the claim"
    axes.set_title(f"← against{claim}", loc="left", fontsize=10, color=QUIET)
    axes.set_title(f"for{claim} →", loc="right", fontsize=10, color=QUIET)
    axes.locator_params(axis="x", nbins=4 if narrow else "auto")
    fig.supxlabel("\n".join(notes), x=0.01, ha="left", fontsize=10, color=QUIET)
    ends = [abs(end) for _, _, low, high in settings for end in (low, high) if math.isfinite(end)]
    widest = max([*ends, asked["matters"] if asked else 0]) or 1
    axes.set_xlim(-1.15 * widest, 1.15 * widest)
    axes.set_ylim(len(settings) - 0.4, -0.6)
    axes.yaxis.tick_right()
    axes.set_yticks(range(len(settings)), labels)
    axes.tick_params(labelsize=10, color=GRID, labelcolor=QUIET)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#AAAAAA")
    numbers = "; ".join(labels)
    alt = f"{row['text']} Effect with its {level(row)} interval: {numbers} {row['unit']}. Verdict: {row['verdict']}."
    bundle: tuple[Mapping[str, str], Mapping[str, Any]]
    bundle = as_bundle(fig, f"{alt} {' '.join(beside(row).split())}" if asked else alt)
    return bundle


def give(row: Row, words: str) -> None:
    """Print the words and store the row with its picture in the cell's output; collect it instead where asked to."""
    found = _collected.get()
    if found is not None:
        found.append(row)
        return
    import sys

    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(words)
        return
    if not row.get("fact"):
        data, metadata = picture(row)
        ipython.display.display({**data, "text/plain": words}, metadata={**metadata, KEY: row}, raw=True)
    ipython.display.display({"text/plain": words}, metadata={KEY: row} if row.get("fact") else {}, raw=True)
