"""Two small charts as SVG text: learning rates of a case, and the scores of a class.

Drawn here, not by matplotlib: a feedback page has one for each task, and a class has hundreds of pages.
"""

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 230
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 30, 40
LINES = {"expected": ("#0072B2", ""), "yours": ("#D55E00", "7 5")}  # color and dashes: not by color alone


def curves(drawn, alt):
    """The lines {name: [[x, y], ...]} with axes and legend; y None is a gap."""
    points = [point for line in drawn.lines.values() for point in line]
    x_scale = _scale([x for x, _ in points], LEFT, WIDTH - RIGHT)
    y_scale = _scale([y for _, y in points if y is not None] + [0], HEIGHT - BOTTOM, TOP)
    parts = [_frame(drawn.x, drawn.y, x_scale, y_scale)]
    for i, (name, line) in enumerate(drawn.lines.items()):
        color, dashes = LINES[name]
        look = f'fill="none" stroke="{color}" stroke-width="2.5" stroke-dasharray="{dashes}"'
        path = " ".join(f"{x_scale(x):.1f},{y_scale(y):.1f}" for x, y in line if y is not None)
        parts.append(f'<polyline {look} points="{path}"/>')
        at = LEFT + 145 * i
        parts.append(f'<line {look} x1="{at}" y1="12" x2="{at + 30}" y2="12"/><text x="{at + 36}" y="16">{name}</text>')
    return _svg("".join(parts), alt)


def histogram(counts, alt):
    """Bars for {label: count}, each with its count above."""
    most, wide = max([1, *counts.values()]), (WIDTH - LEFT - RIGHT) / max(1, len(counts))
    parts = []
    for i, (label, count) in enumerate(counts.items()):
        height = (HEIGHT - TOP - BOTTOM) * count / most
        x, y, middle = LEFT + i * wide, HEIGHT - BOTTOM - height, LEFT + (i + 0.5) * wide
        parts.append(f'<rect x="{x + 2:.1f}" y="{y:.1f}" width="{wide - 4:.1f}" height="{height:.1f}" fill="#0072B2"/>')
        if count:
            parts.append(f'<text x="{middle:.1f}" y="{y - 6:.1f}" text-anchor="middle">{count}</text>')
        parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 20}" text-anchor="middle">{escape(label)}</text>')
    base = HEIGHT - BOTTOM
    parts.append(f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}" stroke="#5a6875"/>')
    return _svg("".join(parts), alt)


def _svg(body, alt):
    return Markup(f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">{body}</svg>')


def _frame(x_label, y_label, x_scale, y_scale):
    parts = []
    for value in (y_scale.low, (y_scale.low + y_scale.high) / 2, y_scale.high):
        y = y_scale(value)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dde3e8"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    base = HEIGHT - BOTTOM
    for value, anchor in ((x_scale.low, "start"), (x_scale.high, "end")):
        parts.append(f'<text x="{x_scale(value):.1f}" y="{base + 19}" text-anchor="{anchor}">{value:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{base + 34}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="16" text-anchor="end">{escape(y_label)}</text>')
    return "".join(parts)


class _scale:  # noqa: N801 (used as a function)
    """Maps the range of the values to the range from start to end."""

    def __init__(self, values, start, end):
        values = [value for value in values if abs(value) < 1e300] or [0.0]
        self.low, self.high, self.start, self.end = min(values), max(values), start, end
        if self.low == self.high:
            self.high = self.low + 1

    def __call__(self, value):
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)
