"""The panes that playgrounds share: LRs and losses over the steps, and the map with the descents on it."""

import math
from functools import lru_cache

from lrcourse.landscapes import contours
from lrcourse.scene import Axes, Scene, decades, round_up, ticks, upright

STYLES = ("s0", "s1", "s2", "s3", "s4")
KEPT = "kept run"  # a run of before, behind all others and in a style of its own
LR_FRAME, LOSS_FRAME, MAP_FRAME = (52, 28, 428, 175), (52, 212, 428, 278), (10, 28, 430, 280)
SIGHT = 34  # pixels that a hiker sees in fog


def curves_scene(lrs, losses, steps, limit=math.inf, momentum=0.0, now=None, measure="loss", goal=None):
    """The LR of every plan over the steps, and below it, on the same axis, the losses.

    now: the step looked at, an upright line that the hand moves; goal: a loss to get below, a dashed line. A plan that
    has not run has no losses; an empty one keeps its style for later.
    """
    top = round_up(1.02 * max((lr for lr_curve in lrs.values() for lr in lr_curve), default=0.1) or 0.1)
    every = [*([goal] if goal else []), *(loss for path in losses.values() for loss in path)]
    every = [min(max(loss, 1e-9), 1e6) for loss in every] or [1.0]
    floor, ceiling = decades(min(every) / 10, max(every) * 10, 1)
    drawn = ", ".join(name for name, plan in lrs.items() if plan) or "nothing"
    back = rulers(steps, top, floor, ceiling, measure)
    scene = Scene(f"Learning rate and loss over {steps} steps: {drawn}", back=back)
    axes, below = curves_axes(scene, steps, top, floor, ceiling)
    if limit < top:
        axes.line([(0, limit), (steps, limit)], "edge")
        x, y = axes.at(steps, limit)
        scene.text((x, y - 4), f"{'2(1+β)/λ' if momentum else '2/λ'} = {limit:.3g}", "end")
    if now is not None:
        left, high, right, _ = LR_FRAME
        scene.grab((left, high, right, LOSS_FRAME[3]), "look", across=True)
        if now < steps:
            axes.line([(now, 0), (now, top)], "land")
            below.line([(now, floor), (now, ceiling)], "land")
    if goal:
        below.line([(0, goal), (steps, goal)], "edge")
        x, y = below.at(0, goal)  # the losses are above it here; but below the frame are the numbers of its axis
        scene.text((x + 4, y + 13 if y + 16 < LOSS_FRAME[3] else y - 5), f"get below {goal:.3g}")
    styles = styles_of(lrs)
    for name in sorted(lrs, key=lambda name: name != KEPT):
        axes.line(upright(lrs[name]), styles[name])
        below.line(enumerate(losses.get(name, [])), styles[name])
    return scene


def styles_of(plans):
    """The style in which every plan is drawn, by their order; the kept run's is its own.

    >>> styles_of(["cosine", "kept run", "constant"])
    {'cosine': 's0', 'constant': 's1', 'kept run': 'kept'}
    """
    return dict(zip([name for name in plans if name != KEPT], STYLES, strict=False)) | {KEPT: "kept"}


@lru_cache(maxsize=64)
def rulers(steps, top, floor, ceiling, measure):
    """What stands behind the curves: frames, grids and numbers, which most moves of a slider leave alone."""
    scene = Scene("")
    axes, below = curves_axes(scene, steps, top, floor, ceiling)
    axes.ruler("", "learning rate", ticks(steps), ticks(top, 4))
    below.ruler("step", f"{measure} (log scale)", ticks(steps), decades(floor, ceiling, 2))
    return scene


def curves_axes(scene, steps, top, floor, ceiling):
    """The axes of the LRs, from 0 to top, and below them those of the losses."""
    losses = Axes(scene, LOSS_FRAME, (0, steps), (floor, ceiling), log="y")
    return Axes(scene, LR_FRAME, (0, steps), (0, top)), losses


@lru_cache(maxsize=16)
def land(surface):
    """The map without a path: rings of equal loss and a cross at every minimum."""
    scene = Scene("")
    axes = map_axes(scene, surface)
    left, top, right, bottom = MAP_FRAME
    scene.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], "grid")
    for _, lines in contours(surface):
        scene.land([[axes.at(*point) for point in line] for line in lines])
    for x, y in (axes.at(*minimum) for minimum in surface.minima):
        scene.line([(x - 5, y), (x + 5, y)], "ink")
        scene.line([(x, y - 5), (x, y + 5)], "ink")
    return scene


def map_axes(scene, surface):
    """The map's axes in a scene: the surface's box in its frame."""
    left, right, bottom, top = surface.box
    return Axes(scene, MAP_FRAME, (left, right), (bottom, top))


def map_scene(surface, paths, crowds=None, now=None):
    """The surface from above with the descents on it; of many hikers the last places, and a ring around nine of ten.

    now: the step at which they stand (the last); the paths go so far. An empty path keeps its style for later.
    """
    walkers = {name: styles_of(paths)[name] for name, path in paths.items() if path}
    scene = Scene(f"Map of {surface.title} with the descent of {', '.join(walkers) or 'nobody'}", back=land(surface))
    left, top, _, bottom = MAP_FRAME
    where = " in the deep one" if len(surface.minima) > 1 else ""
    scene.text((left, top - 8), f"{surface.title.partition(',')[0]}: λ = {surface.sharpness:g}{where}")
    if surface.noise and crowds:
        scene.text((left + 8, bottom - 10), "ring: nine of ten hikers")
    axes = map_axes(scene, surface)
    for name, style in reversed(walkers.items()):
        path = paths[name] if now is None else paths[name][: now + 1]
        crowd = (crowds or {}).get(name) if surface.noise else None
        if style == "s0" or not crowd:
            axes.line(path, style if style != "s0" else "faint")
        if crowd:
            axes.dots(crowd.points(now)[1:], style, 2.2)
            axes.line(ring(surface, crowd.ninth_tenth(now)), style)
        elif style == "s0":
            axes.dots(path, style, 2.2)
        axes.dots(path[-1:], style, 5)
    axes.dots([surface.start], "ink", 3.5)
    for i, (name, style) in enumerate(walkers.items()):
        x, y = MAP_FRAME[0] + 140 * (i % 3), MAP_FRAME[3] + 17 + 19 * (i // 3)
        scene.line([(x, y - 4), (x + 30, y - 4)], style)
        scene.text((x + 36, y), name)
    return scene


def ring(surface, loss):
    """The points of a quadratic bowl at which the loss is so high."""
    (x, y), (a, b) = surface.minima[0], surface.curvatures
    turns = [math.tau * i / 48 for i in range(49)]
    return [(x + math.sqrt(2 * loss / a) * math.cos(t), y + math.sqrt(2 * loss / b) * math.sin(t)) for t in turns]


def fog_over(picture, surface, place):
    """Fog over a map, but for what lies within sight of a place; what was drawn lies on top of it."""
    marks, picture.marks = picture.marks, []
    picture.fog(MAP_FRAME, map_axes(picture, surface).at(*place), SIGHT)
    picture.marks += marks
