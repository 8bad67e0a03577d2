"""Many hikers under one schedule: the same ground, the same LRs, each with noise of its own."""

import math
import random
from functools import lru_cache
from statistics import fmean, quantiles

from lrcourse.landscapes import descend

HIKERS = range(50)  # their seeds; the first is the one whose path is drawn


class Crowd:
    """Where the hikers stand and what their losses are: a list by step of a list by hiker.

    They that left the map stay where they left it.
    """

    def __init__(self, surface, paths):
        longest = max(map(len, paths))
        paths = [path + path[-1:] * (longest - len(path)) for path in paths]
        self.places = list(zip(*paths, strict=True))
        self.losses = [[surface.loss(*place) for place in places] for places in self.places]
        self.means = list(map(fmean, self.losses))

    def ninth_tenth(self, step):
        """The loss below which nine of ten hikers are after so many steps."""
        return quantiles(self.losses[step], n=10, method="inclusive")[-1]


def walk_under(surface, lrs, momentum=0.0):
    """A Crowd under the LRs of every step: each hiker goes the way of `landscapes.descend` with its seed.

    >>> from lrcourse.landscapes import SURFACES
    >>> crowd = walk_under(SURFACES["noisy"], [0.1, 0.1])
    >>> crowd.places[2][7] == descend(SURFACES["noisy"], lambda step: 0.1, 2, seed=7)[2]
    True
    """
    return Crowd(surface, [_path(surface, lrs, momentum, seed) for seed in (HIKERS if surface.noise else HIKERS[:1])])


def walk_watching(surface, make_plan, steps, momentum=0.0):
    """A Crowd in which every hiker has a plan of its own, since the plan watches that hiker's loss."""
    paths = []
    for seed in HIKERS if surface.noise else HIKERS[:1]:
        plan = make_plan()
        paths.append(descend(surface, plan, steps, momentum, seed, watch=plan.watch))
    return Crowd(surface, paths)


def _path(surface, lrs, momentum, seed):
    """descend's points without its checks, its noise drawn once and kept: this runs fifty times for every picture."""
    gradient, noise = surface.gradient, _noise(surface.noise, seed, len(lrs))
    (x, y), vx, vy = surface.start, 0.0, 0.0
    points = [(x, y)]
    for lr, (east, north) in zip(lrs, noise, strict=False):
        gx, gy = gradient(x, y)
        vx, vy = momentum * vx + (gx + east), momentum * vy + (gy + north)
        x, y = x - lr * vx, y - lr * vy
        points.append((x, y))
        if math.hypot(x, y) > 1e6:
            break
    return points


@lru_cache(maxsize=256)
def _noise(strength, seed, steps):
    draw = random.Random(seed).gauss
    return [(draw(0.0, strength), draw(0.0, strength)) if strength else (0.0, 0.0) for _ in range(steps)]
