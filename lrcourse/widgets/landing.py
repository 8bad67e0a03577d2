"""The challenge of a descent: end low enough, or lower than a rival; the loss is seen only when a try is spent."""

import random
from dataclasses import dataclass, replace
from functools import lru_cache

from lrcourse import schedules
from lrcourse.landscapes import SURFACES, descend, quadratic
from lrcourse.scene import Axes, Scene, decades
from lrcourse.schedules.standard import standard
from lrcourse.widgets.controls import arguments, reachable, schedule_controls, slider
from lrcourse.widgets.crowd import walk_under, walked
from lrcourse.widgets.panel import Control, View
from lrcourse.widgets.panes import curves_scene, fog_over, map_scene
from lrcourse.widgets.playing import MOMENTA, rival_plan
from lrcourse.widgets.torch_code import torch_code
from lrcourse.widgets.tries import TRIED, Attempt, Tries
from lrcourse.widgets.watching import reduce_on_plateau

YOURS = "your plan"
GRID = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)  # the LRs that a rival tries beforehand
TUNING = range(100_000, 100_050)  # its hikers, whom no round meets


@dataclass(frozen=True)
class Descent:
    """A run of so many steps on a surface: end at most at this part of the start's loss, or below the best rival's."""

    surface: str = "noisy"
    steps: int = 60
    momentum: float = 0.0
    part: float | None = None
    rivals: tuple[str, ...] = ()
    unknown: bool = False  # a surface of no name; in place of its map its range test is shown


class Landing(Tries):
    """The widget that `challenge` makes for a Descent."""

    def __init__(self, name, task):
        self._asked, self._schedule, self._goal = task.asked, task.schedule, task.goal
        if task.schedule is None:
            names = tuple(one for one in standard() if one not in ("half_life", *task.goal.rivals))
            controls = [
                Control("schedule", "schedule", names, 0, "choice", "your plan", names),
                slider("base_lr", GRID, task.moves["base_lr"], "", "your plan", "its top LR"),
            ]
            self._fixed = {}
        else:
            knobs = schedule_controls(task.schedule, _factory(task.schedule), _own(task))
            controls = [replace(knob, group="your plan") for knob in knobs if knob.name in task.moves]
            self._fixed = {knob.name: knob.values[knob.default] for knob in knobs if knob.name not in task.moves}
        if "momentum" in task.moves:
            controls.append(slider("momentum", MOMENTA, task.moves["momentum"], "", "your plan"))
        setting = [slider("steps", range(20, 121, 10), task.goal.steps, "steps", "the challenge", "length")]
        if not task.goal.unknown:
            hills = tuple(SURFACES)
            at = hills.index(task.goal.surface)
            setting.append(Control("surface", "loss surface", hills, at, "choice", "the challenge", hills))
        super().__init__(name, task.hint, controls, setting)

    def plan(self, values):
        """(the schedule's name, its arguments, a function that makes it); that raises ValueError for what cannot be."""
        steps = values["steps"]
        if self._schedule is None:
            name = values["schedule"]
            given = reachable(_factory(name)) | standard(values["base_lr"], steps)[name]
        else:
            name = self._schedule
            given = arguments(_factory(name), self._fixed | values)
        if "total_steps" in given:
            given = given | {"total_steps": steps}
        return name, given, lambda: _factory(name)(**given)

    def attempt(self, values):
        """Fifty hikers whom nobody has met before; where there is no noise, one."""
        _, _, make = self.plan(values)
        lrs, crowd = walked(self.ground(values), make, values["steps"], self._momentum(values), hikers(values["round"]))
        mean = crowd.means[-1] if crowd.means[-1] == crowd.means[-1] else float("inf")
        return Attempt(mean, mean < self.bar(values), (lrs, crowd))

    def _momentum(self, values):
        return values.get("momentum", self._goal.momentum)

    def ground(self, values):
        """This round's surface: the first is the course's own, the others are steeper or flatter, or noise anew."""
        if self._goal.unknown:
            return unknown(values["round"])
        surface = SURFACES[values["surface"]]
        return surface if surface.noise or values["round"] == 1 else steeper(surface, values["round"])

    def bar(self, values):
        """The loss to get below in this round."""
        surface = self.ground(values)
        if self._goal.part:
            return self._goal.part * surface.loss(*surface.start)
        return min(self._rival(name, values)[1].means[-1] for name in self._goal.rivals)

    def _rival(self, name, values):
        return rival_run(name, self.ground(values), values["steps"], self._momentum(values), values["round"])

    def draw(self, values):
        """The plan at hand, what earlier tries did, and when the round is over the rival."""
        surface, steps, goal = self.ground(values), values["steps"], self.bar(values)
        name, given, make = self.plan(values)
        warnings, code, lrs, crowds = [], "", {YOURS: []}, {}
        try:
            plan = make()
            lrs[YOURS] = [] if hasattr(plan, "watch") else schedules.curve(plan, steps)
            code = torch_code(name, given, self._momentum(values))
        except ValueError as error:
            warnings.append(f"This cannot be: {error}.")
        for label, attempt in zip(TRIED, [*self._tried, *[None] * 3][:3], strict=True):
            lrs[label], crowds[label] = attempt.seen if attempt else ([], None)
        if self.over and self._goal.rivals:
            best = min(self._goal.rivals, key=lambda rival: self._rival(rival, values)[1].means[-1])
            _, crowds[best], lrs[best] = self._rival(best, values)
        crowds = {label: crowd for label, crowd in crowds.items() if crowd}
        losses = {label: crowd.means for label, crowd in crowds.items()}
        paths = {label: crowds[label].path if label in crowds else [] for label in lrs}
        paths[YOURS] = [surface.start]
        measure = "mean loss" if surface.noise else "loss"
        picture = ramp_scene(surface) if self._goal.unknown else map_scene(surface, paths, crowds, steps)
        if not self._tried and not self._goal.unknown:
            fog_over(picture, surface, surface.start)
        scenes = [curves_scene(lrs, losses, steps, measure=measure, goal=goal), picture]
        return View(scenes, self.told(values, self.found), warnings, code, asked=self.asks(values, goal))

    def asks(self, values, goal):
        """What is asked, with this round's number."""
        surface, steps = self.ground(values), values["steps"]
        where = f"{self._asked}: {steps} steps on {surface.title}"
        if surface.noise:
            where += ", mean of 50 hikers whom no setting has met"
        if self._goal.part:
            return f"{where}. End below {goal:.3g}, {100 * self._goal.part:g} % of the start's loss."
        told = ", ".join(f"{name} at LR {self._rival(name, values)[0]:g}" for name in self._goal.rivals)
        each, ends = ("each ", "; the best of them ends") if len(self._goal.rivals) > 1 else ("", " ends")
        told = f"{told[0].upper()}{told[1:]} ({each}the best of {len(GRID)} tried beforehand){ends} at {goal:.3g}"
        return f"{where}. {told}."

    @staticmethod
    def found(attempt):
        """Where a try ended."""
        return f"you end at {attempt.measured:.3g}"


def ramp_scene(surface):
    """The LR range test on a surface: the loss while the LR rises from 0.001 to 10 in equal factors."""
    ramp = schedules.curve(schedules.exponential(1e-3, gamma=10_000 ** (1 / 59)), 60)
    losses = [surface.loss(*point) for point in descend(surface, ramp.__getitem__, 60)]
    floor, ceiling = decades(max(min(losses), 1e-9) / 10, min(losses[0], 1e6) * 100, 1)
    scene = Scene("The range test: the loss while the LR rises step by step")
    axes = Axes(scene, (52, 28, 428, 270), (1e-3, 10.0), (floor, ceiling), log="xy")
    lrs = [1e-3, 0.01, 0.1, 1.0, 10.0]
    axes.ruler("learning rate (log scale)", "range test: loss (log scale)", lrs, decades(floor, ceiling, 4))
    axes.line(zip(ramp, losses, strict=False), "s0")
    return scene


def _own(task):
    return {name: value for name, value in (task.moves | task.stands).items() if name != "momentum"}


def _factory(name):
    return reduce_on_plateau if name == "reduce_on_plateau" else getattr(schedules, name)


def hikers(number):
    """The seeds of a round's fifty hikers: a round's own, and none of the playground's."""
    return range(1000 * number, 1000 * number + 50)


@lru_cache(maxsize=64)
def unknown(number):
    """A ravine of no name, whose curvatures are drawn by a round's number."""
    sharp = float(f"{10 ** random.Random(number).uniform(0.3, 1.7):.2g}")
    loss, gradient = quadratic(sharp / 16, sharp)
    return replace(SURFACES["ravine"], title="unknown ground", loss=loss, gradient=gradient, sharpness=sharp)


@lru_cache(maxsize=64)
def steeper(surface, number):
    """The surface with all its losses times a factor between a half and two, drawn by a round's number."""
    factor = float(f"{2 ** random.Random(number).uniform(-1, 1):.2g}")
    loss, gradient = surface.loss, surface.gradient
    return replace(
        surface,
        loss=lambda x, y: factor * loss(x, y),
        gradient=lambda x, y: tuple(factor * slope for slope in gradient(x, y)),
        sharpness=float(f"{factor * surface.sharpness:.3g}"),
    )


@lru_cache(maxsize=64)
def rival_run(name, surface, steps, momentum, number):
    """(its LR, the Crowd of a round under it, the LRs of every step) of a rival at its best LR."""
    base_lr = tuned(name, surface, steps, momentum)
    lrs = schedules.curve(rival_plan(name, base_lr, steps), steps)
    return base_lr, walk_under(surface, lrs, momentum, hikers(number)), lrs


@lru_cache(maxsize=64)
def tuned(name, surface, steps, momentum):
    """The grid's best LR of a rival, by the mean final loss of hikers whom no round meets."""

    def ends_at(base_lr):
        lrs = schedules.curve(rival_plan(name, base_lr, steps), steps)
        return walk_under(surface, lrs, momentum, TUNING).means[-1]

    return min(GRID, key=ends_at)
