"""A picture as a list of marks, written out as SVG for the screen and as PNG for what is stored: one geometry."""

import io
import math
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from itertools import pairwise

# color, width, dashes; the five s-styles are those of lrcourse.plots
STYLES = {
    "s0": ("#0072B2", 2.4, ()),
    "s1": ("#D55E00", 2.0, (7, 3)),
    "s2": ("#009E73", 2.0, (2, 2)),
    "s3": ("#CC79A7", 2.0, (9, 3, 2, 3)),
    "s4": ("ink", 1.8, (1, 3)),
    "ink": ("ink", 1.0, ()),
    "grid": ("ink", 0.5, ()),
    "edge": ("#D55E00", 1.4, (4, 4)),
    "faint": ("#0072B2", 0.8, ()),
    "land": ("ink", 0.6, ()),
    "kept": ("#777777", 4.5, ()),
    "fog": ("#9a9a9a", 0.0, ()),
}
ALPHA = {"grid": 0.18, "land": 0.3, "faint": 0.6}
LAND_FILL = 0.045


@dataclass(eq=False)
class Scene:
    """Marks in pixels, y downwards; `back` is a scene behind it that seldom changes and is sent on its own."""

    label: str
    width: int = 440
    height: int = 320
    marks: list = field(default_factory=list)
    back: "Scene | None" = None

    def line(self, points, style, clip=None):
        """A line through (x, y) points in pixels; clip = (left, top, right, bottom) hides what lies outside."""
        points = [_on_canvas(point) for point in points]
        if points:
            self.marks.append(("line", points, style, clip))

    def dots(self, points, style, radius=4, clip=None):
        """Filled circles."""
        self.marks.append(("dots", [_on_canvas(point) for point in points], style, radius, clip))

    def bars(self, lines, style, width):
        """Bars along lines of two points, so many pixels wide."""
        self.marks.append(("bars", lines, style, width, None))

    def land(self, lines):
        """Ground within closed lines, a little darker than around it."""
        self.marks.append(("land", lines, "land"))

    def fog(self, box, center, radius):
        """Fog over a box (left, top, right, bottom), but for a circle of sight."""
        self.marks.append(("fog", box, "fog", center, radius))

    def text(self, point, words, anchor="start", style="ink"):
        """Words; anchor is 'start', 'middle' or 'end'."""
        self.marks.append(("text", point, words, anchor, style))

    def grab(self, box, control, across=False):
        """An invisible box (left, top, right, bottom): a click or drag moves that control, bottom to top or across."""
        self.marks.append(("grab", box, control, across))


def _on_canvas(point):
    # a run that diverges leaves the picture by many orders of magnitude; browsers draw only so far
    x, y = point
    if -5000 < x < 5000 and -5000 < y < 5000:
        return point
    return tuple(max(-5000.0, min(5000.0, value)) if value == value else 5000.0 for value in point)


class Axes:
    """A frame in a scene, from data to pixels: `frame` = (left, top, right, bottom) in pixels; log='y': powers of ten.

    >>> axes = Axes(Scene("a picture"), (40, 10, 440, 210), (0, 100), (0, 0.1))
    >>> axes.at(50, 0.05)
    (240.0, 110.0)
    """

    def __init__(self, scene, frame, xlim, ylim, log=""):
        self.scene, self.frame, self.xlim, self.ylim, self.log = scene, frame, xlim, ylim, log
        left, top, right, bottom = frame
        self._x, self._across = self._line(xlim, "x" in log, left, right)
        self._y, self._up = self._line(ylim, "y" in log, bottom, top)

    def _line(self, limits, log, start, end):
        low, high = map(math.log10, limits) if log else limits
        slope = (end - start) / (high - low)
        return start - slope * low, slope

    def at(self, x, y):
        """The pixel of a data point."""
        if self.log:
            x = math.log10(max(x, 1e-300)) if "x" in self.log else x
            y = math.log10(max(y, 1e-300)) if "y" in self.log else y
        return self._x + self._across * x, self._y + self._up * y

    def line(self, points, style):
        """A line through data points, hidden outside the frame."""
        self.scene.line(self._pixels(points), style, clip=self.frame)

    def dots(self, points, style, radius=4):
        """Dots at data points, hidden outside the frame."""
        self.scene.dots(self._pixels(points), style, radius, clip=self.frame)

    def _pixels(self, points):
        if self.log:
            return [self.at(*point) for point in points]
        left, across, bottom, up = self._x, self._across, self._y, self._up
        return [(left + across * x, bottom + up * y) for x, y in points]  # nearly all points: without a call for each

    def ruler(self, xlabel, ylabel, xticks, yticks):
        """Frame, grid, tick labels and the names of both axes; the y axis is named above its top."""
        scene, (left, top, right, bottom) = self.scene, self.frame
        for value in xticks:
            x, _ = self.at(value, self.ylim[1])
            scene.line([(x, top), (x, bottom)], "grid")
            if xlabel:  # the last one ends at the picture's edge, a long first one does not reach under the other axis
                words = tick_label(value)
                anchor = "end" if x >= right - 12 else "start" if x < left + 12 and len(words) > 2 else "middle"
                scene.text((x, bottom + 16), words, anchor)
        for value in yticks:
            _, y = self.at(self.xlim[0], value)
            scene.line([(left, y), (right, y)], "grid")
            scene.text((left - 6, y + 4), tick_label(value), "end")
        scene.line([(left, top), (left, bottom), (right, bottom)], "ink")
        scene.text((left, top - 8), ylabel)
        if xlabel:
            scene.text((right, bottom + 35), xlabel, "end")


def tick_label(value):
    """A number for an axis, short.

    >>> tick_label(0.05), tick_label(100.0), tick_label(0.001), tick_label(0.0015), tick_label(1e-05)
    ('0.05', '100', '0.001', '1.5e-3', '1e-5')
    """
    text = f"{value:g}"
    if len(text) <= 5 and "e" not in text:
        return text
    digits, _, power = f"{value:.2e}".partition("e")
    return f"{float(digits):g}e{int(power)}"


def upright(values):
    """(x, y) points of a line over 0, 1, 2, ... whose sudden changes are upright.

    Sudden is a change more than four times as large as both beside it: stairs stay stairs, and a smooth curve smooth.

    >>> upright([0.1, 0.1, 0.05])
    [(0, 0.1), (1, 0.1), (2, 0.1), (2, 0.05)]
    """
    values = list(values)
    change = [abs(b - a) for a, b in pairwise(values)]
    beside = map(max, [0.0, *change[:-1]], [*change[1:], 0.0])
    points = list(enumerate(values[:1]))
    for x, (before, value, changed, near) in enumerate(zip(values, values[1:], change, beside, strict=False), start=1):
        if changed > 4 * near:
            points.append((x, before))
        points.append((x, value))
    return points


def round_up(value):
    """The next round number above a value, for the end of an axis.

    >>> round_up(0.1), round_up(0.13), round_up(34)
    (0.1, 0.15, 40.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{m * power:.3g}") for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if m * power >= value * (1 - 1e-9))


def ticks(end, count=5):
    """About count round numbers from 0 to end.

    >>> ticks(100), ticks(0.15)
    ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [0.0, 0.05, 0.1, 0.15])
    """
    rough = end / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    return [float(f"{step * i:.6g}") for i in range(int(end / step + 1e-9) + 1)]


def decades(low, high, count=4):
    """Powers of ten from low to high, about count of them.

    >>> decades(1e-6, 100)
    [1e-06, 0.0001, 0.01, 1.0, 100.0]
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    return [10.0**k for k in range(first, last + 1, max(1, round((last - first) / count)))]


def to_svg(scene):
    """The scene, without its back, as an SVG string; one without a label is hidden from screen readers."""
    role = f'role="img" aria-label="{escape(scene.label)}"' if scene.label else 'aria-hidden="true"'
    body = "".join(map(_svg, scene.marks))
    return f'<svg viewBox="0 0 {scene.width} {scene.height}" {role}>{body}</svg>'


back_svg = lru_cache(maxsize=64)(to_svg)


def _svg(mark):
    kind, where = mark[:2]
    if kind == "land":
        return f'<path class="land" d="{"".join(map(_round_line, where))}"/>'
    if kind == "fog":
        (left, top, right, bottom), (x, y), r = where, *mark[3:]
        hole = f"M{x - r:.1f},{y:.1f}a{r},{r} 0 1 0 {2 * r},0a{r},{r} 0 1 0 {-2 * r},0Z"
        return f'<path class="fog" d="M{left},{top}H{right}V{bottom}H{left}Z{hole}"/>'
    if kind == "text":
        _, (x, y), words, anchor, style = mark
        return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    if kind == "grab":
        left, top, right, bottom = where
        size = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
        return f'<rect class="grab{" across" if mark[3] else ""}" data-grab="{mark[2]}" {size}/>'
    if kind == "dots":  # lines of no length with round ends: one element, however many dots
        path = "".join([f"M{x:.2f},{y:.2f}h0" for x, y in where])
        shape = f'<path class="dots {mark[2]}" style="stroke-width:{2 * mark[3]}" d="{path}"/>'
    elif kind == "bars":
        path = "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in line) for line in where)
        shape = f'<path class="bars {mark[2]}" style="stroke-width:{mark[3]:.1f}" d="{path}"/>'
    else:
        shape = f'<path class="{mark[2]}" d="M{"L".join([f"{x:.2f},{y:.2f}" for x, y in where])}"/>'
    return shape if mark[-1] is None else _clipped(shape, mark[-1])


def _rounded(line):
    """A closed line as (corner, middle of the side after it) pairs, and where it begins: its corners become curves."""
    middles = [((x + u) / 2, (y + v) / 2) for (x, y), (u, v) in pairwise([*line, line[0]])]
    return middles[-1], list(zip(line, middles, strict=True))


def _round_line(line):
    (x, y), bends = _rounded(line)
    return f"M{x:.1f},{y:.1f}" + "".join(f"Q{a:.1f},{b:.1f},{c:.1f},{d:.1f}" for (a, b), (c, d) in bends) + "Z"


def _clipped(shape, clip):
    left, top, right, bottom = clip
    size = f'{right - left:g}" height="{bottom - top:g}" viewBox="{left:g} {top:g} {right - left:g} {bottom - top:g}'
    return f'<svg x="{left:g}" y="{top:g}" width="{size}">{shape}</svg>'  # an inner svg clips, without an id


def css():
    """The style sheet's lines for the marks' colors and dashes."""
    rules = []
    for name, (color, width, dashes) in STYLES.items():
        color = "var(--lrc-ink)" if color == "ink" else color
        dash = f"stroke-dasharray:{','.join(map(str, dashes))};" if dashes else ""
        rules.append(
            f".lrc path.{name}{{stroke:{color};stroke-width:{width};{dash}stroke-opacity:{ALPHA.get(name, 1)}}}"
            f".lrc text.{name}{{fill:{color}}}"
        )
    rules.append(".lrc path.dots,.lrc path.bars{stroke-dasharray:none;stroke-opacity:1}")
    rules.append(".lrc path.dots{stroke-linecap:round}")
    rules.append(f".lrc path.fog{{stroke:none;fill:{STYLES['fog'][0]};fill-rule:evenodd}}")
    return "\n".join([*rules, f".lrc path.land{{fill:var(--lrc-ink);fill-opacity:{LAND_FILL}}}"])


def to_png(scenes):
    """The scenes side by side as PNG bytes, black on white, 192 dots per inch, few colors; loads matplotlib."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    width, height = sum(scene.width for scene in scenes), max(scene.height for scene in scenes)
    figure = Figure(figsize=(width / 96, height / 96), dpi=192, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    left = 0
    for scene in scenes:
        axes = figure.add_axes((left / width, 1 - scene.height / height, scene.width / width, scene.height / height))
        axes.set(xlim=(0, scene.width), ylim=(scene.height, 0))
        axes.set_axis_off()
        for mark in (*(scene.back.marks if scene.back else ()), *scene.marks):
            _paint(axes, mark)
        left += scene.width
    canvas.draw()
    full, small = Image.fromarray(np.asarray(canvas.buffer_rgba())), io.BytesIO()
    few_colors = full.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few_colors.save(small, format="png", optimize=True)
    return small.getvalue()


def _paint(axes, mark):
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    kind, where = mark[:2]
    if kind == "grab":
        return
    style = mark[4] if kind == "text" else mark[2]
    color, width, dashes = STYLES[style]
    color, width = "black" if color == "ink" else color, width * 0.75  # CSS pixels to points
    if kind == "fog":
        (left, top, right, bottom), (x, y), r = where, *mark[3:]
        frame = Path([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
        turns = [-math.tau * i / 90 for i in range(91)]  # against the frame's turn, so that it is a hole
        hole = Path([(x + r * math.cos(turn), y + r * math.sin(turn)) for turn in turns])
        axes.add_patch(PathPatch(Path.make_compound_path(frame, hole), facecolor=color, lw=0))
    elif kind == "land":
        outlines = []
        for begin, bends in map(_rounded, where):
            corners = [begin, *(point for bend in bends for point in bend)]
            outlines.append(Path(corners, [Path.MOVETO] + [Path.CURVE3] * (len(corners) - 1)))
        outline = Path.make_compound_path(*outlines)
        axes.add_patch(PathPatch(outline, facecolor=(0, 0, 0, LAND_FILL), edgecolor=(0, 0, 0, ALPHA["land"]), lw=width))
    elif kind == "text":
        align = {"start": "left", "middle": "center", "end": "right"}[mark[3]]
        axes.text(*where, mark[2], ha=align, va="baseline", color=color, size=10)
    else:
        if kind == "dots":
            (drawn,) = axes.plot(*zip(*where, strict=True), "o", color=color, ms=mark[3] * 1.5, mew=0)
        elif kind == "bars":
            for line in where:
                (drawn,) = axes.plot(*zip(*line, strict=True), color=color, lw=mark[3] * 0.75, solid_capstyle="butt")
        else:
            (drawn,) = axes.plot(*zip(*where, strict=True), color=color, lw=width, alpha=ALPHA.get(style))
            if dashes:
                drawn.set_linestyle((0, tuple(dash * 0.75 / width for dash in dashes)))
        if mark[-1] is not None:
            a, top, b, bottom = mark[-1]
            drawn.set_clip_path(Rectangle((a, top), b - a, bottom - top, transform=axes.transData))
