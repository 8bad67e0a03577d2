"""The challenge of a curve: set the parameters so that it goes through a point, without seeing it before the try."""

import random
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from lrcourse import schedules
from lrcourse.scene import Axes, Scene, round_up, ticks, upright
from lrcourse.widgets.controls import arguments, schedule_controls
from lrcourse.widgets.panel import View
from lrcourse.widgets.panes import LR_FRAME, STYLES
from lrcourse.widgets.torch_code import torch_code
from lrcourse.widgets.tries import TRIED, Attempt, Tries

STEPS, NEAR = 100, 0.02  # a hit is within this part of the top


@dataclass(frozen=True)
class Point:
    """At this step of 100 the LR is to be this part of its top; rising: and on its way up again."""

    step: int
    part: float
    rising: bool = False

    def missed_by(self, lrs):
        """How far off a curve is, as a part of its top; infinitely far where it is on the wrong way."""
        up = lrs[self.step] > lrs[self.step - 1]
        if not max(lrs) or (self.rising and not up):
            return float("inf")
        return abs(self.above(lrs))

    def above(self, lrs):
        """How far above the point a curve passes, as a part of its top."""
        return lrs[self.step] / max(lrs) - self.part


class Foreseeing(Tries):
    """The widget that `challenge` makes for a Point."""

    def __init__(self, name, task):
        self._asked, self._schedule, self._goal = task.asked, task.schedule, task.goal
        knobs = schedule_controls(task.schedule, getattr(schedules, task.schedule), task.moves | task.stands)
        self._knobs = [replace(knob, group="your plan") for knob in knobs if knob.name in task.moves]
        self._fixed = {knob.name: knob.values[knob.default] for knob in knobs if knob.name not in task.moves}
        super().__init__(name, task.hint, self._knobs)

    def lrs(self, values):
        """The LR at every step of the run; ValueError where there is no such schedule."""
        factory = getattr(schedules, self._schedule)
        return schedules.curve(factory(**arguments(factory, self._fixed | values)), STEPS + 1)

    def point(self, number):
        """What round `number` asks for: the first what the lesson asks, the others a point that some setting meets."""
        draw, begins = random.Random(number), self.lrs({knob.name: knob.values[knob.default] for knob in self._knobs})
        while number > 1:
            try:
                lrs = self.lrs({knob.name: draw.choice(knob.values) for knob in self._knobs})
            except ValueError:
                continue
            step = draw.randrange(15, 96, 5)
            point = Point(step, round(lrs[step] / (max(lrs) or 1.0), 2), self._goal.rising)
            clear = 0.1 <= point.part <= 0.9 and turns(lrs[: step + 1]) <= 1
            if clear and point.missed_by(lrs) <= NEAR / 2 and point.missed_by(begins) > 2 * NEAR:
                return point
        return self._goal

    def attempt(self, values):
        """The curve, and by how much it misses the point."""
        lrs = self.lrs(values)
        missed = self.point(values["round"]).missed_by(lrs)
        return Attempt(missed, missed <= NEAR, lrs)

    def draw(self, values):
        """The point, and the curves that were tried."""
        point, factory = self.point(values["round"]), getattr(schedules, self._schedule)
        given, warnings, code = arguments(factory, self._fixed | values), [], ""
        try:
            factory(**given)
            code = torch_code(self._schedule, given)
        except ValueError as error:
            warnings.append(f"This cannot be: {error}.")
        height = self._fixed.get("max_lr", self._fixed.get("base_lr"))
        drawn = ", ".join(TRIED[: len(self._tried)]) or "hidden until it is tried"
        scene = Scene(f"A point at step {point.step} and {point.part:g} of the top; the curve: {drawn}")
        top = round_up(1.2 * max([height, *(max(attempt.seen) for attempt in self._tried)]))
        left, high, right, _ = LR_FRAME
        axes = Axes(scene, (left, high, right, 270), (0, STEPS), (0, top))
        axes.ruler("step", "learning rate", ticks(STEPS), ticks(top))
        axes.line([(0, height), (STEPS, height)], "edge")
        x, y = axes.at(STEPS, height)
        scene.text((x, y - 5), "the top", "end")
        axes.line([(point.step, 0), (point.step, top)], "land")
        for i, (style, label, attempt) in enumerate(zip(STYLES[1:], TRIED, self._tried, strict=False)):
            axes.line(upright(attempt.seen), style)
            scene.line([(left + 110 * i, 312), (left + 110 * i + 30, 312)], style)
            scene.text((left + 110 * i + 36, 316), label)
        scene.dots([axes.at(point.step, point.part * height)], "s0", 7)  # whole at the edge too
        return View([scene], self.told(values, partial(self.found, point)), warnings, code, asked=self.asks(point))

    def asks(self, point):
        """What is asked, with this round's numbers."""
        way = "on its way up again, at" if point.rising else "at"
        return f"{self._asked}: at step {point.step} of {STEPS} it is to be {way} {point.part:g} of its top."

    @staticmethod
    def found(point, attempt):
        """By how much a try missed."""
        if attempt.measured == float("inf"):
            return "there the LR is on its way down"
        side = "high" if point.above(attempt.seen) > 0 else "low"
        where = "" if attempt.reached else f", too {side}; {100 * NEAR:g} % would do"
        return f"you are {100 * attempt.measured:.1f} % of the top away{where}"

    def answer(self, values):
        """The setting that comes nearest, in words."""
        (knob,), point = self._knobs, self.point(values["round"])
        missed = [point.missed_by(self.lrs(values | {knob.name: value})) for value in knob.values]
        return f"With {knob.name} = {knob.texts[missed.index(min(missed))]} the curve goes through the point. "


def turns(lrs):
    """How often a curve changes from falling to rising or back.

    >>> turns([0.1, 0.3, 0.3, 0.2, 0.1, 0.4])
    2
    """
    ups = [b > a for a, b in pairwise(lrs) if a != b]
    return sum(a != b for a, b in pairwise(ups))
