"""Two small charts as SVG text: learning rates of a case, and the scores of a class.

Drawn as the widgets are, not by matplotlib: a feedback page has one for each task, and a class has hundreds of pages.
"""

from itertools import groupby

from markupsafe import Markup

from lrcourse.scene import Axes, Scene, ticks, to_svg

WIDTH, HEIGHT = 560, 250
FRAME = (66, 42, WIDTH - 12, HEIGHT - 42)
STYLES = {"expected": "s0", "yours": "s1"}  # of lrcourse.scene: a color and dashes, not by color alone
LARGEST = 1e300


def curve_chart(drawn, alt):
    """The lines of a results.Drawn with axes and legend; a y of None leaves a gap."""
    scene = Scene(alt, WIDTH, HEIGHT)
    held = drawn.x in ("step", "calls")  # a learning rate holds for a whole step: it is drawn as stairs
    points = [point for line in drawn.lines.values() for point in line]
    xlim = _limits([x + held * after for x, _ in points for after in (0, 1)])
    ylim = _limits([y for _, y in points if y is not None] + [0])
    axes = Axes(scene, FRAME, xlim, ylim)
    axes.ruler(drawn.x, drawn.y, _ticks(*xlim), _ticks(*ylim))
    for i, (name, line) in enumerate(drawn.lines.items()):
        style, at = STYLES[name], FRAME[2] - 280 + 165 * i
        for there, part in groupby(line, key=lambda point: point[1] is not None):
            part = [(x, max(-LARGEST, min(LARGEST, y))) for x, y in part] if there else []
            if len(part) == 1 and not held:
                axes.dots(part, style, 3)
            elif part:
                axes.line(_stairs(part) if held else part, style)
        scene.line([(at, 14), (at + 30, 14)], style)
        scene.text((at + 37, 18), name)
    return Markup(to_svg(scene))


def _stairs(points):
    """The corners of stairs that hold each value for one step, or until the next value.

    >>> _stairs([(0, 0.1), (1, 0.1), (2, 0.05)])
    [(0, 0.1), (1, 0.1), (1, 0.1), (2, 0.1), (2, 0.05), (3, 0.05)]
    """
    ends = [x for x, _ in points[1:]] + [points[-1][0] + 1]
    return [corner for (x, y), end in zip(points, ends, strict=True) for corner in ((x, y), (end, y))]


def _limits(values):
    """The ends of an axis that holds the values; never of no length."""
    values = [max(-LARGEST, min(LARGEST, value)) for value in values] or [0.0]
    low, high = min(values), max(values)
    return (low, high) if high - low > 1e-9 * max(abs(low), abs(high), 1e-280) else (low, low + (abs(low) or 1.0))


def _ticks(low, high):
    """About five round numbers from low to high.

    >>> _ticks(-0.6, 1)
    [-0.5, 0.0, 0.5, 1.0]
    """
    step = ticks(high - low)[1]
    return [float(f"{step * i:.6g}") for i in range(round(-(-low // step)), int(high / step + 1e-9) + 1)]


def score_chart(counts, alt):
    """Bars for {label: count}, each with its count above."""
    scene = Scene(alt, WIDTH, HEIGHT)
    left, _, right, bottom = FRAME
    axes = Axes(scene, FRAME, (0, max(1, len(counts))), (0, max([1, *counts.values()])))
    for i, (label, count) in enumerate(counts.items()):
        x, y = axes.at(i + 0.5, count)
        if count:
            scene.bars([[(x, bottom), (x, y)]], "s0", 0.85 * (right - left) / len(counts))
            scene.text((x, y - 7), str(count), "middle")
        scene.text((x, bottom + 22), label, "middle")
    scene.line([(left, bottom), (right, bottom)], "ink")
    return Markup(to_svg(scene))
