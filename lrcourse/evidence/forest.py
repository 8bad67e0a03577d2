"""One picture of the ledger: every effect with its interval, in units of what its experiment could see."""

import math
from collections.abc import Sequence
from typing import Any

from lrcourse.evidence.rows import Row

WIDEST = 6.0  # units; what lies beyond is drawn as an arrow at the edge
OLD_UNIT = (1.96 + 0.84) / 1.96  # an old row's visible effect in half widths of its 95 % interval, by the normal law


def effects(rows: Sequence[Row]) -> list[tuple[str, float, float, float, Row]]:
    """A line for every setting of every row that has an interval: label, effect, low and high in its own unit, row.

    >>> row = {"id": "A9", "notebook": "04.ipynb", "settings": [("", 3.0, 2.0, 4.0)], "asked": {"visible": 2.0}}
    >>> [line[:4] for line in effects([row])]
    [('A9 (04)', 1.5, 1.0, 2.0)]
    """
    lines = []
    for row in rows:
        for name, effect, low, high in row["settings"]:
            if row.get("fact") or not low < high:
                continue
            unit = row["asked"]["visible"] if "asked" in row else OLD_UNIT * (high - low) / 2
            label = f"{row['id']} ({row['notebook'][:2]})" + (f" {name}" if name else "")
            lines.append((label, effect / unit, low / unit, high / unit, row))
    return lines


def alt_text(rows: Sequence[Row]) -> str:
    """The picture in words: how many effects speak for their claims, against them, or leave them open."""
    lines = effects(rows)
    count = {"right of 0": 0, "left of 0": 0, "across 0": 0}
    for _, _, low, high, _ in lines:
        count["right of 0" if low > 0 else "left of 0" if high < 0 else "across 0"] += 1
    old = sum("asked" not in line[4] for line in lines)
    told = ", ".join(f"{number} lie {where}" for where, number in count.items())
    return (
        f"{len(lines)} effects with their intervals, each in units of what its experiment can see: {told}; {old} old."
    )


def forest(rows: Sequence[Row]) -> Any:
    """A matplotlib figure, narrow enough for a phone: a line for every effect, the ledger's first at the top."""
    from matplotlib.figure import Figure

    from lrcourse.plots import COLORS, DPI, GRID, INK, QUIET

    lines = effects(rows)
    fig = Figure(figsize=(5.6, 1.0 + 0.22 * max(1, len(lines))), dpi=DPI, layout="constrained")
    axes = fig.subplots()
    axes.axvspan(-1, 1, color=GRID, alpha=0.6, linewidth=0)
    axes.axvline(0, color=INK, linewidth=1)
    for y, (_, effect, low, high, row) in enumerate(lines):
        new = "asked" in row
        color = QUIET if not new or low <= 0 <= high else COLORS[2] if low > 0 else COLORS[1]
        ends = [max(-WIDEST, min(WIDEST, end)) for end in (low, high)]
        axes.plot(ends, [y, y], color=color, linewidth=2.2 if new else 1.2, solid_capstyle="butt")
        inside = abs(effect) <= WIDEST
        mark = "o" if inside else ">" if effect > 0 else "<"
        x = effect if inside else math.copysign(WIDEST, effect)
        axes.plot(x, y, mark, color=color, markersize=5, markerfacecolor=color if new else "white", clip_on=False)
    axes.set_xlim(-WIDEST - 0.2, WIDEST + 0.2)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks(range(len(lines)), [label for label, *_ in lines])
    axes.tick_params(labelsize=10, color=GRID, labelcolor=INK)
    axes.tick_params(axis="y", length=0)
    axes.set_title("← against the claim", loc="left", fontsize=10, color=QUIET)
    axes.set_title("for the claim →", loc="right", fontsize=10, color=QUIET)
    axes.set_xlabel("in units of the smallest effect\nthat the experiment sees", fontsize=10, color=QUIET)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#AAAAAA")
    return fig
