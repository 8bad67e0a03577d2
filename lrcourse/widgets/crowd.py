"""Many hikers under one schedule: the same ground, the same LRs, each with noise of its own."""

import random
from functools import lru_cache
from operator import mul
from statistics import fmean, quantiles

from lrcourse.landscapes import descend

HIKERS = range(50)  # their seeds; the first is the one whose path is drawn
FAR = 1e6  # where descend ends a path


class Crowd:
    """Where the hikers stand after every step, and their mean loss there; who left the map stays where it left it."""

    def __init__(self, surface, places, means):
        self.surface, self.places, self.means = surface, places, means

    @classmethod
    def of(cls, surface, paths):
        """The crowd of these paths, lists of points."""
        longest = max(map(len, paths))
        paths = [path + path[-1:] * (longest - len(path)) for path in paths]
        places = [tuple(zip(*points, strict=True)) for points in zip(*paths, strict=True)]
        return cls(surface, places, [fmean(map(surface.loss, *place)) for place in places])

    def points(self, step):
        """Where all stand after so many steps."""
        return list(zip(*self.places[min(step, len(self.places) - 1)], strict=True))

    @property
    def path(self):
        """The first hiker's way."""
        return [(xs[0], ys[0]) for xs, ys in self.places]

    def ninth_tenth(self, step):
        """The loss below which nine of ten hikers are after so many steps."""
        return quantiles(map(self.surface.loss, *self.places[step]), n=10, method="inclusive")[-1]


def walk_under(surface, lrs, momentum=0.0, seeds=HIKERS):
    """A Crowd under the LRs of every step: each hiker goes the way of `landscapes.descend` with its seed.

    >>> from lrcourse.landscapes import SURFACES
    >>> crowd = walk_under(SURFACES["noisy"], [0.1, 0.1])
    >>> crowd.points(2)[7] == descend(SURFACES["noisy"], lambda step: 0.1, 2, seed=7)[2]
    True
    """
    crowd = surface.noise and surface.curvatures and _all_at_once(surface, lrs, momentum, seeds)
    if crowd:
        return crowd
    seeds = seeds if surface.noise else seeds[:1]
    return Crowd.of(surface, [descend(surface, lrs.__getitem__, len(lrs), momentum, seed) for seed in seeds])


def walk_watching(surface, make_plan, steps, momentum=0.0, seeds=HIKERS):
    """A Crowd in which every hiker has a plan of its own, since the plan watches that hiker's loss."""
    paths = []
    for seed in seeds if surface.noise else seeds[:1]:
        plan = make_plan()
        paths.append(descend(surface, plan, steps, momentum, seed, watch=plan.watch))
    return Crowd.of(surface, paths)


def _all_at_once(surface, lrs, momentum, seeds):
    """The crowd on a quadratic bowl, a step of all hikers at a time, five times as fast; None if one leaves the map."""
    (a, b), (x, y), count = surface.curvatures, surface.start, len(seeds)
    xs, ys, us, vs = [x] * count, [y] * count, [0.0] * count, [0.0] * count
    places, means = [(xs, ys)], [surface.loss(x, y)]
    for lr, (east, north) in zip(lrs, _noise(surface.noise, len(lrs), seeds), strict=False):
        us = [momentum * u + (a * x + e) for u, x, e in zip(us, xs, east, strict=True)]
        vs = [momentum * v + (b * y + n) for v, y, n in zip(vs, ys, north, strict=True)]
        xs = [x - lr * u for x, u in zip(xs, us, strict=True)]
        ys = [y - lr * v for y, v in zip(ys, vs, strict=True)]
        squares_x, squares_y = sum(map(mul, xs, xs)), sum(map(mul, ys, ys))
        if not squares_x + squares_y < FAR * FAR:
            return None
        places.append((xs, ys))
        means.append((a * squares_x + b * squares_y) / 2 / count)
    return Crowd(surface, places, means)


@lru_cache(maxsize=8)
def _noise(strength, steps, seeds):
    """The hikers' noise for every step, eastwards and northwards, in the order in which descend draws it."""
    draws = [random.Random(seed).gauss for seed in seeds]
    noise = []
    for _ in range(steps):
        pairs = [(draw(0.0, strength), draw(0.0, strength)) for draw in draws]
        noise.append(tuple(zip(*pairs, strict=True)))
    return noise
