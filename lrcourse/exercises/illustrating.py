"""The pictures of check and progress as SVG that stands alone: in a notebook, on a page, in a file. No matplotlib.

Drawn by lrcourse.scene, as the playgrounds are; the feedback pages draw their curves by `curves_scene` too.
"""

import base64
import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from lrcourse import scene

Points = Sequence[Sequence[Any]]  # (x, y); a y of None leaves a gap
_scene: Any = scene  # without types as yet

WIDTH, HEIGHT = 560, 250
FRAME = (66, 42, WIDTH - 12, HEIGHT - 42)
STYLES = {"expected": "s0", "yours": "s1"}  # of lrcourse.scene: a color and dashes, not by color alone
LARGEST = 1e300
SHEET = (
    ".lrc path{fill:none;stroke-linejoin:round}.lrc text{font:13px system-ui,sans-serif}"
    ".lrc text.ink{fill:var(--lrc-ink)}.lrc .title text{font-weight:600}"
)


def curves_scene(
    lines: dict[str, Points], xlabel: str, ylabel: str, alt: str, ring: Sequence[float] | None = None, top: int = 0
) -> Any:
    """The scene of curves {"expected" | "yours": points} with axes and legend; ring: the point to draw a ring around.

    top: pixels to leave free above all.
    """
    drawing = _scene.Scene(alt, WIDTH, HEIGHT + top)
    held = xlabel in ("step", "calls")  # a learning rate holds for a whole step: it is drawn as stairs
    points = [point for line in lines.values() for point in line]
    xlim = _limits([x + held * after for x, _ in points for after in (0, 1)])
    ylim = _limits([y for _, y in points if y is not None] + [0])
    left, above, right, below = FRAME
    axes = _scene.Axes(drawing, (left, above + top, right, below + top), xlim, ylim)
    axes.ruler(xlabel, ylabel, axis_ticks(*xlim), axis_ticks(*ylim))
    for i, (name, line) in enumerate(lines.items()):
        style, at = STYLES[name], right - 280 + 165 * i
        for part in _unbroken(line):
            if len(part) == 1 and not held:
                axes.dots(part, style, 3)
            else:
                axes.line(stairs(part) if held else part, style)
        drawing.line([(at, 14 + top), (at + 30, 14 + top)], style)
        drawing.text((at + 37, 18 + top), name)
    if ring is not None:
        _draw_ring(drawing, axes.at(ring[0] + held / 2, ring[1]))
    return drawing


def _draw_ring(drawing: Any, center: tuple[float, float]) -> None:
    """Where the curves nearly coincide nobody would see the first difference."""
    turns = [math.tau * i / 36 for i in range(37)]
    drawing.line([(center[0] + 9 * math.cos(turn), center[1] + 9 * math.sin(turn)) for turn in turns], "ink")


def _unbroken(line: Points) -> Iterable[list[tuple[float, float]]]:
    """The parts of a line between its gaps."""
    part: list[tuple[float, float]] = []
    for x, y in line:
        if y is None:
            yield from [part] if part else []
            part = []
        else:
            part.append((x, max(-LARGEST, min(LARGEST, y))))
    yield from [part] if part else []


def stairs(points: Points) -> list[tuple[float, float]]:
    """The corners of stairs that hold each value for one step, or until the next value.

    >>> stairs([(0, 0.1), (1, 0.1), (2, 0.05)])
    [(0, 0.1), (1, 0.1), (1, 0.1), (2, 0.1), (2, 0.05), (3, 0.05)]
    """
    ends = [x for x, _ in points[1:]] + [points[-1][0] + 1]
    return [corner for (x, y), end in zip(points, ends, strict=True) for corner in ((x, y), (end, y))]


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis that holds the values; never of no length."""
    values = [max(-LARGEST, min(LARGEST, value)) for value in values] or [0.0]
    low, high = min(values), max(values)
    return (low, high) if high - low > 1e-9 * max(abs(low), abs(high), 1e-280) else (low, low + (abs(low) or 1.0))


def axis_ticks(low: float, high: float) -> list[float]:
    """About five round numbers from low to high.

    >>> axis_ticks(-0.6, 1)
    [-0.5, 0.0, 0.5, 1.0]
    """
    step = _scene.ticks(high - low)[1]
    return [float(f"{step * i:.6g}") for i in range(round(-(-low // step)), int(high / step + 1e-9) + 1)]


def titled_curves(
    lines: dict[str, Points], xlabel: str, ylabel: str, title: str, alt: str, ring: Sequence[float] | None = None
) -> str:
    """The curves as SVG that stands alone, the title above them."""
    words = _wrapped(title, 66)
    drawing = curves_scene(lines, xlabel, ylabel, alt, ring, top=8 + 18 * len(words))
    for i, line in enumerate(words):
        drawing.text((12, 20 + 18 * i), line)
    return alone(drawing)


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def alone(drawing: Any) -> str:
    """The scene's SVG with its own style sheet, dark on white: it reads the same wherever it is put."""
    svg: str = _scene.to_svg(drawing)
    used = [line for line in _scene.css().splitlines() if line.split("{")[0].split(".")[-1] in _USED]
    size = f'width="{drawing.width}" height="{drawing.height}"'
    style = 'style="--lrc-ink:#222;background:#fff;max-width:100%;height:auto"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" class="lrc" {size} {style} '
    return start + svg.removeprefix("<svg ").replace(">", f"><style>{SHEET}{''.join(used)}</style>", 1)


_USED = ("s0", "s1", "s2", "ink", "grid", "faint", "dots", "bars")


class Picture:
    """What a notebook shows: the SVG, its alt text with it; in a terminal the alt text alone."""

    def __init__(self, svg: str, alt: str) -> None:
        self.svg, self.alt = svg, alt

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}">'

    def __repr__(self) -> str:
        return self.alt
