"""Two-dimensional loss surfaces and the paths that gradient descent takes on them, in plain Python."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from lrcourse.arguments import function, real, whole
from lrcourse.schedules.value import ScheduleLike

Loss = Callable[[float, float], float]
Gradient = Callable[[float, float], tuple[float, float]]
Point = tuple[float, float]
Corner = tuple[int, int]
Edge = tuple[Corner, Corner]  # a side of a cell of the map's grid


@dataclass(frozen=True)
class Surface:
    """A loss of two parameters (x, y): its value, its gradient, where the hiker starts and what a map of it shows.

    `sharpness` is the largest curvature at the minimum (the Hessian's largest eigenvalue), `noise` the standard
    deviation of what a minibatch would add to each component of the gradient, `box` = (left, right, bottom, top),
    `curvatures` = (a, b) where the loss is (a x**2 + b y**2) / 2.

    >>> SURFACES["bowl"].loss(1.0, 0.0), SURFACES["bowl"].gradient(1.0, 0.0)
    (2.0, (4.0, 0.0))
    """

    title: str
    loss: Loss
    gradient: Gradient
    start: Point
    minima: tuple[Point, ...]
    box: tuple[float, float, float, float]
    sharpness: float
    noise: float = 0.0
    curvatures: tuple[float, float] | None = None


def quadratic(a: float, b: float) -> tuple[Loss, Gradient]:
    """The loss (a x**2 + b y**2) / 2 and its gradient, as two functions; a and b are the curvatures.

    >>> loss, gradient = quadratic(1.0, 16.0)
    >>> loss(1.0, 1.0), gradient(1.0, 1.0)
    (8.5, (1.0, 16.0))
    """
    return (lambda x, y: (a * x * x + b * y * y) / 2), (lambda x, y: (a * x, b * y))


def pits(*wells: tuple[float, float, float, float], rim: float = 0.1) -> tuple[Loss, Gradient]:
    """A loss with Gaussian pits (depth, width, x, y) in a shallow bowl of curvature rim, and its gradient.

    >>> loss, gradient = pits((1.0, 0.5, 0.0, 0.0), rim=0.0)
    >>> loss(0.0, 0.0), round(loss(3.0, 0.0), 3), gradient(0.0, 0.0)
    (0.0, 1.0, (0.0, 0.0))
    """
    ceiling = max(depth for depth, *_ in wells)

    def dips(x: float, y: float) -> list[float]:
        return [depth * math.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * width**2)) for depth, width, a, b in wells]

    def loss(x: float, y: float) -> float:
        return ceiling + rim * (x * x + y * y) / 2 - sum(dips(x, y))

    def gradient(x: float, y: float) -> tuple[float, float]:
        pulls = [dip / width**2 for dip, (_, width, _, _) in zip(dips(x, y), wells, strict=True)]
        return (
            rim * x + sum(pull * (x - a) for pull, (_, _, a, _) in zip(pulls, wells, strict=True)),
            rim * y + sum(pull * (y - b) for pull, (_, _, _, b) in zip(pulls, wells, strict=True)),
        )

    return loss, gradient


_RAVINE = quadratic(0.5, 16.0)
_BOWL = quadratic(4.0, 2.0)
_NOISY = quadratic(10.0, 10.0)
_PITS = pits((3.0, 1.2, -1.5, -0.4), (1.6, 0.45, 1.2, 0.35))

SURFACES = {
    "ravine": Surface("a ravine", *_RAVINE, (-3.2, 1.4), ((0.0, 0.0),), (-4.0, 4.0, -2.4, 2.4), 16.0),
    "bowl": Surface("a round bowl", *_BOWL, (-3.2, 1.6), ((0.0, 0.0),), (-4.0, 4.0, -2.4, 2.4), 4.0),
    "noisy": Surface(
        "a noisy bowl", *_NOISY, (-1.6, 0.8), ((0.0, 0.0),), (-2.0, 2.0, -1.2, 1.2), 10.0, 1.5, curvatures=(10.0, 10.0)
    ),
    "two minima": Surface(
        "two minima, a narrow one near and a wide deep one far",
        *_PITS,
        (2.4, 0.9),
        ((-1.4309, -0.3817), (1.1330, 0.3312)),
        (-4.0, 4.0, -2.4, 2.4),
        2.18,
    ),
}


def descend(
    surface: Surface,
    schedule: ScheduleLike,
    steps: int,
    momentum: float = 0.0,
    seed: int = 0,
    watch: Callable[[float], object] | None = None,
) -> list[Point]:
    """The points (x, y) that gradient descent visits, start included: at most steps + 1 of them.

    Momentum is torch's: v = momentum * v + gradient, then w = w - lr * v. A path that runs away ends early, at its
    first point farther than 1e6 from the origin. The surface's noise comes from a generator of this call's own. watch,
    where given, is called with the loss after every step.

    >>> from lrcourse.schedules import constant
    >>> descend(SURFACES["bowl"], constant(0.25), steps=2)
    [(-3.2, 1.6), (0.0, 0.8), (0.0, 0.4)]
    """
    function("schedule", schedule)
    steps = whole("steps", steps, at_least=0)
    momentum = real("momentum", momentum, at_least=0, below=1)
    draw = random.Random(seed).gauss
    (x, y), vx, vy = surface.start, 0.0, 0.0
    points = [(x, y)]
    for step in range(steps):
        gx, gy = surface.gradient(x, y)
        if surface.noise:
            gx, gy = gx + draw(0.0, surface.noise), gy + draw(0.0, surface.noise)
        vx, vy = momentum * vx + gx, momentum * vy + gy
        lr = schedule(step)
        x, y = x - lr * vx, y - lr * vy
        points.append((x, y))
        if math.hypot(x, y) > 1e6:
            break
        if watch:
            watch(surface.loss(x, y))
    return points


def edge(surface: Surface, momentum: float = 0.0) -> float:
    """The LR above which gradient descent leaves the surface's minimum: 2 (1 + momentum) / sharpness.

    >>> edge(SURFACES["ravine"]), edge(SURFACES["ravine"], momentum=0.9)
    (0.125, 0.2375)
    """
    return 2 * (1 + real("momentum", momentum, at_least=0, below=1)) / surface.sharpness


def contours(
    surface: Surface, levels: int = 10, columns: int = 80, rows: int = 60
) -> list[tuple[float, list[list[Point]]]]:
    """Closed lines of equal loss on the surface's box, as a list of (loss, [line, ...]), highest first.

    A line is a list of points (x, y) with the lower ground on its left; the map's border closes it where it must. The
    levels lie evenly in the square root of the loss, so that a bowl shows as evenly spaced rings.

    >>> [(round(loss, 2), len(lines)) for loss, lines in contours(SURFACES["two minima"], levels=4)]
    [(2.66, 1), (1.55, 2), (0.75, 1), (0.28, 1)]
    """
    left, right, bottom, top = surface.box
    xs = [left + (right - left) * i / columns for i in range(columns + 1)]
    ys = [bottom + (top - bottom) * j / rows for j in range(rows + 1)]
    heights = [[surface.loss(x, y) for x in xs] for y in ys]
    lowest, highest = min(map(min, heights)), max(map(max, heights))
    losses = [lowest + (highest - lowest) * (k / (levels + 1)) ** 2 for k in range(levels, 0, -1)]
    # a rim of high ground around the map closes every line at the map's border
    heights = [[math.inf] * (columns + 3), *([math.inf, *row, math.inf] for row in heights), [math.inf] * (columns + 3)]
    xs, ys = [xs[0], *xs, xs[-1]], [ys[0], *ys, ys[-1]]
    return [(loss, _closed_lines(_crossings(heights, loss), heights, xs, ys, loss)) for loss in losses]


def _crossings(heights: list[list[float]], loss: float) -> dict[Edge, Edge]:
    """Marching squares: from the grid edge where a line enters a cell to the one where it leaves, for every cell."""
    low = [[height < loss for height in row] for row in heights]
    following = {}
    for j in range(len(low) - 1):
        for i in range(len(low[0]) - 1):
            inside = low[j][i], low[j][i + 1], low[j + 1][i + 1], low[j + 1][i]
            if all(inside) or not any(inside):
                continue
            corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            for k in range(4):
                if inside[k] and not inside[(k + 1) % 4]:
                    n = next(n % 4 for n in range(k + 1, k + 4) if not inside[n % 4] and inside[(n + 1) % 4])
                    following[_edge(corners, k)] = _edge(corners, n)
    return following


def _edge(corners: list[Corner], k: int) -> Edge:
    a, b = sorted((corners[k], corners[(k + 1) % 4]))
    return a, b


def _closed_lines(
    following: dict[Edge, Edge], heights: list[list[float]], xs: list[float], ys: list[float], loss: float
) -> list[list[Point]]:
    def point(edge: Edge) -> Point:
        (i, j), (k, l) = edge
        a, b = heights[j][i], heights[l][k]
        part = 0.5 if math.isinf(a) or math.isinf(b) else (loss - a) / (b - a)
        return xs[i] + part * (xs[k] - xs[i]), ys[j] + part * (ys[l] - ys[j])

    lines = []
    while following:
        edge, line = next(iter(following)), []
        while edge in following:
            line.append(point(edge))
            edge = following.pop(edge)
        lines.append(line)
    return lines
