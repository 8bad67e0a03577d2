"""Two small charts as SVG text: learning rates of a case, and the scores of a class.

Drawn as the widgets are, not by matplotlib: a feedback page has one for each task, and a class has hundreds of pages.
"""

import json
from functools import lru_cache

from markupsafe import Markup

from lrcourse.exercises.illustrating import FRAME, HEIGHT, WIDTH, curves_scene
from lrcourse.scene import Axes, Scene, to_svg


def curve_chart(drawn, alt):
    """The lines of a results.Drawn with axes and legend; a y of None leaves a gap."""
    return _curve_chart(json.dumps(drawn.lines), drawn.x, drawn.y, alt)


@lru_cache(maxsize=500)  # most of a class gave the same answers: the right ones
def _curve_chart(lines, x, y, alt):
    return Markup(to_svg(curves_scene(json.loads(lines), x, y, alt)))


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
