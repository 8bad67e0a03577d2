"""The pictures of a comparison: every LR tried, how the runs learned, what can be told apart."""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lrcourse import plots
from lrcourse.evidence.comparison import Comparison
from lrcourse.evidence.intervals import interval_or_not


def lr_figure(found: Comparison, title: str = "Every schedule has its own best learning rate") -> Figure:
    """Validation result against base LR, a curve per schedule: the tuning seeds' mean, their range pale."""
    curves, bands = {}, {}
    for name, rows in found.tuning_table.groupby("schedule", sort=False):
        if np.isfinite(rows["mean"]).any():
            curves[name] = (rows.base_lr, rows["mean"])
            bands[name] = (rows["min"], rows["max"].where(np.isfinite(rows["mean"]), math.nan))
    log_y = found.metric == "loss"
    labels = {"xlabel": "base learning rate", "ylabel": f"validation {found.metric}"}
    figure: Figure = plots.compare_curves(
        curves, title=title, bands=bands, log_x=True, log_y=log_y, markers=True, **labels
    )
    return figure


def learning_figure(found: Comparison, title: str = "How the schedules learn, each at its own best LR") -> Figure:
    """Validation result after every epoch, a curve per schedule: the fresh seeds' mean with its 95 % interval."""
    values = found.final.curves.groupby(["schedule", "epoch"], sort=False)[f"val_{found.metric}"]
    table = values.apply(interval_or_not)
    curves, bands = {}, {}
    for name in found.best_lrs:
        means, intervals = zip(*table[name], strict=True)
        curves[name] = (np.arange(1, len(means) + 1), means)
        bands[name] = tuple(zip(*intervals, strict=True))
    labels = {"xlabel": "epoch", "ylabel": f"validation {found.metric}"}
    figure: Figure = plots.compare_curves(curves, title=title, bands=bands, **labels)
    figure.axes[0].xaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    return figure


def rank_figure(found: Comparison, title: str = "What can be told apart, and what cannot") -> Figure:
    """How far behind the first each schedule ends, seed by seed: a dot a seed, the mean with its 95 % interval."""
    table, results = found.table, found.results
    first, sign = table.schedule[0], 1 if found.metric == "loss" else -1
    fig = Figure(figsize=(7.2, 1.2 + 0.42 * len(table)), dpi=plots.DPI, layout="constrained")
    axes = fig.subplots()
    axes.axvline(0, color=plots.INK, linewidth=1)
    for y, row in enumerate(table.itertuples()):
        behind = sign * (results[row.schedule] - results[first])
        axes.plot(behind, np.full(len(results), y + 0.16), "o", color="#555555", markersize=3, alpha=0.6)
        axes.plot([row.behind_low, row.behind_high], [y, y], color=plots.COLORS[0], linewidth=2.5)
        axes.plot([row.behind], [y], "D", color=plots.COLORS[0], markersize=6)
        note = f"rank {row.rank} in {row.rank_holds:.0%}" + (f", {row.diverged} diverged" if row.diverged else "")
        axes.text(1.02, y, note, transform=axes.get_yaxis_transform(), va="center", fontsize=10)
    axes.set_yticks(range(len(table)), [f"{row.schedule}, LR {row.best_lr:g}" for row in table.itertuples()])
    axes.invert_yaxis()
    axes.set_xlabel(
        f"test {found.metric} behind {first}: a dot a seed; diamond and bar: mean and 95 % interval", fontsize=10
    )
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.grid(axis="x", color=plots.GRID)
    axes.spines[["top", "right"]].set_visible(False)
    return fig
