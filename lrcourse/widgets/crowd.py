"""Many hikers under one schedule: the same ground, the same LRs, each with noise of its own."""

import random
from functools import lru_cache
from math import hypot
from statistics import fmean, quantiles

from lrcourse.landscapes import descend
from lrcourse.schedules import curve

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

    def upto(self, step):
        """The step, or the last one that there is."""
        return min(step, len(self.places) - 1)

    def points(self, step):
        """Where all stand after so many steps."""
        return list(zip(*self.places[self.upto(step)], strict=True))

    @property
    def path(self):
        """The first hiker's way."""
        return [(xs[0], ys[0]) for xs, ys in self.places]

    def ninth_tenth(self, step):
        """The loss below which nine of ten hikers are after so many steps."""
        losses = map(self.surface.loss, *self.places[self.upto(step)])
        return quantiles(losses, n=10, method="inclusive")[-1]


def walk_under(surface, lrs, momentum=0.0, seeds=HIKERS):
    """A Crowd under the LRs of every step: each hiker goes the way of `landscapes.descend` with its seed.

    >>> from lrcourse.landscapes import SURFACES
    >>> crowd = walk_under(SURFACES["noisy"], [0.1, 0.1])
    >>> crowd.points(2)[7] == descend(SURFACES["noisy"], lambda step: 0.1, 2, seed=7)[2]
    True
    """
    return _walked(surface, tuple(lrs), momentum, seeds if surface.noise else seeds[:1])


@lru_cache(maxsize=8)  # whoever looks at another part of the run, or at a rival, sees the same crowd again
def _walked(surface, lrs, momentum, seeds):
    crowd = _all_at_once(surface, lambda step: [lrs[step]] * len(seeds), len(lrs), momentum, seeds)
    return crowd or Crowd.of(surface, [descend(surface, lrs.__getitem__, len(lrs), momentum, seed) for seed in seeds])


def walk_watching(surface, make_plan, steps, momentum=0.0, seeds=HIKERS):
    """A Crowd in which every hiker has a plan of its own, since the plan watches that hiker's loss."""
    return _watching(surface, make_plan, steps, momentum, seeds if surface.noise else seeds[:1])[1]


def walked(surface, make_plan, steps, momentum=0.0, seeds=HIKERS):
    """(the LRs, the Crowd) under the plan that make_plan makes; of one that watches the loss, the first hiker's LRs."""
    if hasattr(make_plan(), "watch"):
        plans, crowd = _watching(surface, make_plan, steps, momentum, seeds if surface.noise else seeds[:1])
        return plans[0].lrs, crowd
    lrs = curve(make_plan(), steps)
    return lrs, walk_under(surface, lrs, momentum, seeds)


def _watching(surface, make_plan, steps, momentum, seeds):
    plans = [make_plan() for _ in seeds]

    def watch(losses):
        for plan, loss in zip(plans, losses, strict=True):
            plan.watch(loss)

    crowd = _all_at_once(surface, lambda step: [plan(step) for plan in plans], steps, momentum, seeds, watch)
    if crowd:
        return plans, crowd
    plans = [make_plan() for _ in seeds]
    walks = zip(plans, seeds, strict=True)
    return plans, Crowd.of(
        surface, [descend(surface, plan, steps, momentum, seed, watch=plan.watch) for plan, seed in walks]
    )


def _all_at_once(surface, lrs_at, steps, momentum, seeds, watch=None):
    """The crowd on a noisy quadratic bowl, a step of all hikers at a time, ten times as fast as one after the other.

    lrs_at: every hiker's LR at a step; watch: called with their losses after it. None where there is no such bowl, and
    where a hiker leaves the map.
    """
    if not (surface.noise and surface.curvatures):
        return None
    (a, b), (x, y), count = surface.curvatures, surface.start, len(seeds)
    xs, ys, us, vs = [x] * count, [y] * count, [0.0] * count, [0.0] * count
    places, means = [(xs, ys)], [surface.loss(x, y)]
    for step, (east, north) in enumerate(_noise(surface.noise, steps, seeds)):
        lrs = lrs_at(step)
        xs, us = _step(xs, us, a, lrs, momentum, east)
        ys, vs = _step(ys, vs, b, lrs, momentum, north)
        far_x, far_y = hypot(*xs), hypot(*ys)
        if not far_x * far_x + far_y * far_y < FAR * FAR:
            return None
        places.append((xs, ys))
        means.append((a * far_x * far_x + b * far_y * far_y) / 2 / count)
        if watch:
            watch(map(surface.loss, xs, ys))
    return Crowd(surface, places, means)


def _step(places, speeds, curvature, lrs, momentum, noise):
    """Where all hikers stand on one axis after a step, and their speeds, of which nobody asks without momentum."""
    # a strict zip over three lists takes twice as long, and this is most of what a picture costs
    if not momentum:
        return [x - lr * (curvature * x + e) for x, lr, e in zip(places, lrs, noise, strict=False)], speeds
    speeds = [momentum * u + (curvature * x + e) for u, x, e in zip(speeds, places, noise, strict=False)]
    return [x - lr * u for x, lr, u in zip(places, lrs, speeds, strict=False)], speeds


@lru_cache(maxsize=8)
def _noise(strength, steps, seeds):
    """The hikers' noise for every step, eastwards and northwards, in the order in which descend draws it."""
    draws = [random.Random(seed).gauss for seed in seeds]
    noise = []
    for _ in range(steps):
        pairs = [(draw(0.0, strength), draw(0.0, strength)) for draw in draws]
        noise.append(tuple(zip(*pairs, strict=True)))
    return noise
