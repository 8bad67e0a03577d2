"""The house style for figures: colors and line styles together, titles that state a finding, alt text on every picture.

Every function draws sequences that it is given and returns a `matplotlib.figure.Figure`. Nothing here touches pyplot or
other global state: widget callbacks run in a second thread, and pyplot figures drawn there come out damaged.
"""

import base64
import html
import io
import math
import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from lrcourse.arguments import whole

# Okabe & Ito's colors with at least 3:1 contrast on white; a line style each, so that a picture also reads in grey.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000"]
STYLES = ["-", (0, (6, 2)), (0, (6, 2, 1, 2)), (0, (1, 1.2)), (0, (10, 2, 3, 2))]
MARKERS = ["o", "s"]  # of the first five lines, and of five more in FURTHER colors
FURTHER = ["#7A4A00", "#6A3D9A", "#7F7F7F", "#A6761D", "#00798C"]
INK, QUIET, GRID = "#222222", "#555555", "#E3E3E3"
SIZE = (7.2, 3.4)  # inches
DPI = 100  # pixels per inch on the page; the stored picture has twice as many


def show(fig, alt, small=True):
    """Display a figure with its alt text, and the same sentence visibly below it: JupyterLab drops stored alt texts.

    small: False takes a third of the time for a picture three times as large, where somebody waits for it. Raises
    ValueError for an empty alt, TypeError for what is no figure.
    """
    from IPython.display import display

    data, metadata = picture(fig, alt, small)
    caption = {"text/html": f"<p><em>{html.escape(alt, quote=False)}</em></p>", "text/plain": alt}
    display(data, metadata=metadata, raw=True)
    display(caption, raw=True)


def picture(fig, alt, small=True):
    """A figure as Jupyter's pair of mime bundle and metadata, the alt text in both.

    Raises ValueError for an empty alt, TypeError for what is no figure.

    >>> data, metadata = picture(lr_curve([0.1, 0.05], title="Halved"), alt="The LR falls from 0.1 to 0.05.")
    >>> sorted(data), metadata["image/png"]["alt"]
    (['image/png', 'text/plain'], 'The LR falls from 0.1 to 0.05.')
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt must be a sentence that says what the picture shows, not {alt!r}")
    width, height = (round(side * DPI) for side in _figure(fig).get_size_inches())
    data = {"image/png": base64.b64encode(png(fig, small)).decode(), "text/plain": alt}
    return data, {"image/png": {"alt": alt, "width": width, "height": height}}


def png(fig, small=True):
    """A figure as the bytes of a PNG at twice the screen's resolution, in few colors to stay small.

    Raises TypeError for what is no figure.
    """
    full, reduced = io.BytesIO(), io.BytesIO()
    _figure(fig).savefig(full, format="png", dpi=2 * DPI, facecolor="white", pil_kwargs={"compress_level": 1})
    if not small:
        return full.getvalue()
    few_colors = Image.open(full).convert("RGB").quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few_colors.save(reduced, format="png", optimize=True)
    return reduced.getvalue()


def lr_curve(curves, *, title, xlabel="epoch", log=False):
    """The learning rate against the step, one line for each named sequence; a sudden change is drawn upright.

    curves: a sequence of LRs, or a dict of them by name. Raises ValueError or TypeError for what cannot be drawn.

    >>> lr_curve({"halved": [0.1, 0.1, 0.05], "constant": [0.1, 0.1, 0.1]}, title="One drop").axes[0].get_xlabel()
    'epoch'
    """
    curves = {"": curves} if not isinstance(curves, dict) else curves
    _countable(curves)
    fig = _new(*SIZE)
    axes = fig.subplots()
    _dress(axes, title, xlabel, "learning rate", log_y=log)
    _draw(axes, {name: upright(_numbers(name, lrs)) for name, lrs in curves.items()})
    if not log:
        _from_zero(axes)
    _name_lines(axes)
    return fig


def loss_and_lr(runs, *, title, xlabel="step", ylabel="training loss", log_loss=False, smooth=1, held_out=None):
    """The loss, and below it on the same x axis the learning rate that was used.

    runs: anything with `.loss` and `.lr` (sequences of equal length), or a dict of such by name. smooth: the loss is
    drawn as a centred running mean over so many entries, the raw values pale behind it. held_out: losses
    on data that is not trained on, as a pair (steps, losses), or a dict of such by the runs' names; drawn as dots in
    their run's color. Raises ValueError or TypeError.

    >>> from types import SimpleNamespace
    >>> run = SimpleNamespace(loss=[2.3, 1.1, 0.7], lr=[0.1, 0.1, 0.05])
    >>> [axes.get_ylabel() for axes in loss_and_lr(run, title="The loss falls").axes]
    ['training loss', 'learning rate']
    """
    runs = {"": runs} if not isinstance(runs, dict) else runs
    _countable(runs)
    losses = {name: _numbers(f"{name}.loss", run.loss) for name, run in runs.items()}
    lrs = {name: _numbers(f"{name}.lr", run.lr) for name, run in runs.items()}
    for name in runs:
        if len(losses[name]) != len(lrs[name]):
            raise ValueError(f"{name}.loss and {name}.lr must be equally long: {len(losses[name])}, {len(lrs[name])}")
    smooth = whole("smooth", smooth, at_least=1)
    fig = _new(SIZE[0], 4.6)
    above, below = fig.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    if smooth > 1:
        for i, loss in enumerate(losses.values()):
            above.plot(loss, color=_look(i)["color"], linewidth=0.6, alpha=0.25)
    _dress(above, title, "", ylabel, log_y=log_loss)
    _draw(above, {name: (np.arange(len(loss)), running_mean(loss, smooth)) for name, loss in losses.items()})
    _name_lines(above)
    beside = {} if held_out is None else held_out if isinstance(held_out, dict) else {"": held_out}
    for name, pair in beside.items():
        if name not in runs:
            raise ValueError(f"held_out must be named as the runs are ({', '.join(runs)}), not {name!r}")
        color = _look(list(runs).index(name))["color"]
        above.plot(*_points(name, pair), "o-", color=color, lw=0.8, mfc="white", mew=1.5, label="_held out")
    if beside:
        dots, line = above.lines[-1], above.lines[-1 - len(beside)]
        legend = above.legend([line, dots], ["training", "held out"], frameon=False, fontsize=10, handlelength=3.2)
        if len(runs) > 1:  # it speaks of all runs, so in the color of none
            for handle in legend.legend_handles:
                handle.set(color=QUIET, linestyle="-")
    _dress(below, "", xlabel, "learning rate")
    _draw(below, {name: upright(values) for name, values in lrs.items()})
    _from_zero(below)
    return fig


def compare_curves(curves, *, title, xlabel, ylabel, bands=None, log_x=False, log_y=False, markers=False):
    """Several named curves in one picture, each with its own color and line style, named at its right end.

    curves: a dict of name to a sequence of y, or to a pair (x, y). bands: a dict of name to a pair (low, high) of
    sequences as long as y, drawn pale behind the curve. Raises ValueError or TypeError for what cannot be drawn.

    >>> figure = compare_curves({"a": [1, 2], "b": [2, 1]}, title="They cross", xlabel="step", ylabel="loss")
    >>> len(figure.axes[0].lines)
    2
    """
    _countable(curves)
    points = {name: _points(name, curve) for name, curve in curves.items()}
    fig = _new(*SIZE)
    axes = fig.subplots()
    for name, (low, high) in (bands or {}).items():
        if name not in points:
            raise ValueError(f"bands must be named as the curves are ({', '.join(points)}), not {name!r}")
        edges = [_numbers(f"bands[{name!r}]", edge, length=len(points[name][0])) for edge in (low, high)]
        axes.fill_between(points[name][0], *edges, color=_look(list(points).index(name))["color"], alpha=0.15, lw=0)
    _dress(axes, title, xlabel, ylabel, log_x, log_y)
    _draw(axes, points, markers)
    _name_lines(axes)
    return fig


def running_mean(values, width):
    """Each value's mean with its neighbours on both sides, width values in all where there are so many; shape kept.

    Centred, so that a drop stays where it is. An even width takes one value more from before.

    >>> running_mean([4.0, 2.0, 0.0, 2.0], width=3).tolist()
    [3.0, 2.0, 1.3333333333333333, 1.0]
    """
    total = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=float))])
    at = np.arange(len(total) - 1)
    low, high = np.maximum(at - width // 2, 0), np.minimum(at + (width + 1) // 2, len(at))
    return (total[high] - total[low]) / (high - low)


def upright(values):
    """x and y of a line whose sudden changes are upright: each change more than four times as large as both beside it.

    >>> [part.tolist() for part in upright([0.1, 0.1, 0.05])]
    [[0.0, 1.0, 2.0, 2.0], [0.1, 0.1, 0.1, 0.05]]
    """
    values = np.asarray(values, dtype=float)
    change = np.abs(np.diff(values, prepend=values[0], append=values[-1]))
    beside = np.maximum(np.r_[0, change[:-1]], np.r_[change[1:], 0])[:-1]
    jumps = np.flatnonzero(change[:-1] > 4 * beside)
    return np.insert(np.arange(len(values), dtype=float), jumps, jumps), np.insert(values, jumps, values[jumps - 1])


def _countable(curves):
    if not isinstance(curves, dict) or not 1 <= len(curves) <= 2 * len(COLORS):
        raise ValueError(f"curves must be a dict of 1 to {2 * len(COLORS)} named curves, not {curves!r}")


def _new(width, height):
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def _look(i):
    return {"color": [*COLORS, *FURTHER][i], "linestyle": STYLES[(i + i // len(COLORS)) % len(STYLES)]}


def _draw(axes, curves, markers=False):
    for i, (name, (x, y)) in enumerate(curves.items()):
        marker = MARKERS[i // len(COLORS)] if markers else ""
        axes.plot(x, y, label=name, linewidth=1.9, marker=marker, markersize=4.5, **_look(i))
    if axes.get_xscale() == "linear" and all(np.equal(np.mod(x, 1), 0).all() for x, _ in curves.values()):
        whole_steps = MaxNLocator(nbins="auto", steps=[1, 2, 5, 10], integer=True)  # no tick at half an epoch
        axes.xaxis.set_major_locator(whole_steps)


def _name_lines(axes):
    """Names at the lines' right ends, pushed apart where they would overlap; a legend where lines end apart."""
    lines = [line for line in axes.lines if not line.get_label().startswith("_") and line.get_label()]
    ends = [_last_finite(line) for line in lines]
    if len({x for x, _ in ends}) > 1:
        axes.legend(frameon=False, fontsize=10, handlelength=4.5)  # a marker in the middle hides no dot of a dash-dot
        return
    axes.autoscale_view()
    heights = [(axes.transData + axes.transAxes.inverted()).transform(end)[1] for end in ends]
    for line, end, height in zip(lines, ends, _apart(heights, gap=0.085), strict=True):
        color = line.get_color()
        axes.annotate(
            line.get_label(),
            xy=end,
            xytext=(1.01, height),
            textcoords="axes fraction",
            color=color,
            fontsize=10,
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "color": color,
                "linewidth": 0.6,
                "shrinkA": 1,
                "shrinkB": 2,
                "relpos": (0, 0.5),
            },
        )


def _last_finite(line):
    x, y = (np.asarray(values, dtype=float) for values in line.get_data())
    last = np.flatnonzero(np.isfinite(y))[-1]
    return x[last], y[last]


def _apart(heights, gap):
    """The heights with neighbors pushed apart, each as far as the other, until all are about a gap apart.

    >>> [round(float(height), 2) for height in _apart([0.5, 0.9, 0.5], gap=0.1)]
    [0.45, 0.9, 0.55]
    """
    order = np.argsort(heights, kind="stable")
    moved = np.array(heights, dtype=float)[order]
    for _ in range(200):
        short = np.maximum(gap - np.diff(moved), 0) / 2
        moved += np.r_[0, short] - np.r_[short, 0]
    return (moved - moved.min(initial=0))[np.argsort(order, kind="stable")]  # none below the axis


def _dress(axes, title, xlabel, ylabel, log_x=False, log_y=False):
    axes.set_title(textwrap.fill(title, 68), loc="left", fontsize=11, fontweight="bold", color=INK, pad=8)
    axes.set_xlabel(xlabel, fontsize=10, color=INK)
    axes.set_ylabel(ylabel, fontsize=10, color=INK)
    axes.tick_params(which="both", labelsize=10, color=GRID, labelcolor=QUIET)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#AAAAAA")
    if log_x:
        axes.set_xscale("log")
        _plain_numbers(axes.xaxis)
    if log_y:
        axes.set_yscale("log")
        _plain_numbers(axes.yaxis)


def _plain_numbers(axis):
    """0.01 rather than a power of ten; 0.02 and 0.05 too where an axis holds few of them, 0.03 and 0.04 if none."""

    def between(value, _):
        low, high = axis.get_view_interval()
        shown = "2345" if high < 5 * low else "25" if high < 40 * low else ""
        return f"{value:g}" if f"{value:e}"[0] in shown else ""

    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(between)


def _from_zero(axes):
    axes.set_ylim(0, 1.06 * max(np.nanmax(line.get_ydata()) for line in axes.lines) or 1)


def _points(name, curve):
    if isinstance(curve, tuple) and len(curve) == 2:
        y = _numbers(name, curve[1])
        return _numbers(f"x of {name}", curve[0], length=len(y)), y
    y = _numbers(name, curve)
    return np.arange(len(y)), y


def _numbers(name, values, length=None):
    """A sequence as an array of floats; infinite values become gaps."""
    name = name or "the curve"
    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a sequence of numbers, not {values!r}") from None
    if numbers.ndim != 1 or not np.isfinite(numbers).any():
        raise ValueError(f"{name} must be a one-dimensional sequence with a finite number in it, not {values!r}")
    if length is not None and len(numbers) != length:
        raise ValueError(f"{name} must hold {length} numbers, not {len(numbers)}")
    return np.where(np.isfinite(numbers), numbers, math.nan)


def _figure(fig):
    if not isinstance(fig, Figure):
        raise TypeError(f"fig must be a matplotlib Figure, not {fig!r}")
    return fig
