"""Predict, then reveal: the reader says where a schedule's curve will be, then sees it."""

import random
from statistics import fmean

from lrcourse import schedules
from lrcourse.arguments import choice, whole
from lrcourse.scene import Axes, Scene, round_up, ticks, upright
from lrcourse.widgets.controls import DEFAULTS, SECONDS_PER_STEP, arguments, schedule_controls, slider
from lrcourse.widgets.panel import Control, Panel, View
from lrcourse.widgets.panes import LR_FRAME
from lrcourse.widgets.playing import on_the_clock
from lrcourse.widgets.scores import keep

FIXED = ("base_lr", "max_lr")  # so that the axis stays when the question changes


def guess(schedule, steps=100):
    """A widget that asks where a schedule's curve will be at three steps, then draws it and says how far off you were.

    What was said when the curve is first shown counts, and is carried on to the next guess and to `progress()`.
    schedule: the name of a function in `lrcourse.schedules`. Raises ValueError for a name that is not there.

    >>> print(guess("cosine").view["status"])
    cosine(base_lr=0.1, T_max=100, eta_min=0.001): where is the LR at steps 20, 55, 90? Set the three points.
    """
    choice("schedule", schedule, [name for name in DEFAULTS if name != "reduce_on_plateau"])
    return Guess(schedule, whole("steps", steps, at_least=10))


class Guess(Panel):
    """The widget that `guess` makes."""

    def __init__(self, name, steps):
        self._name, self._steps, self._factory = name, steps, getattr(schedules, name)
        self._kept = {}  # every question's score so far
        self._asked = [round(steps * part) for part in (0.2, 0.55, 0.9)]
        self._knobs = schedule_controls(name, self._factory, {})
        self._varies = any(knob.name not in FIXED for knob in self._knobs)
        start = arguments(self._factory, {knob.name: knob.values[knob.default] for knob in self._knobs})
        self._top = round_up(1.2 * max(start.get("max_lr", 0), start.get("base_lr", 0)))
        heights = [round(self._top * i / 60, 6) for i in range(61)]
        controls = [
            slider(f"guess {i}", heights, self._top / 2, "", "your guess", f"LR at step {step}")
            for i, step in enumerate(self._asked)
        ]
        controls.append(Control("reveal", "show the curve", kind="toggle"))
        controls.append(Control("another", "Another one", kind="button"))
        super().__init__(f"Guess the curve of {name}", controls, resets=False)

    def moved(self, before):
        """A new question starts hidden; what was said stands once the curve is shown."""
        values, old = self.values(), self.values(before)
        if values["another"] != old["another"]:
            self._state["reveal"] = 0
        elif values["reveal"] and old["reveal"]:
            self._state |= {name: before[name] for name in before if name.startswith("guess ")}
        elif values["reveal"]:
            lrs = self.answer(self.question(values["another"]))
            score = round(fmean(self._off(values, lrs)) / max(lrs), 4)
            question = f"{values['another']}" if self._steps == 100 else f"{values['another']} of {self._steps} steps"
            self._kept = keep(f"guess {self._name}", question, score, points)

    def question(self, number):
        """The schedule's arguments in question `number`: the first its usual ones, the others drawn."""
        values = {knob.name: knob.values[knob.default] for knob in self._knobs}
        draw = random.Random(number)
        while number and self._varies:
            values |= {knob.name: draw.choice(knob.values) for knob in self._knobs if knob.name not in FIXED}
            try:
                lrs = self.answer(arguments(self._factory, values))
            except ValueError:
                continue
            if max(lrs) <= self._top and max(lrs) > 2 * min(lrs):
                break
        return arguments(self._factory, values)

    def answer(self, given):
        """The LR at every step of the run."""
        seconds = SECONDS_PER_STEP if self._name == "half_life" else None
        return schedules.curve(on_the_clock(self._factory(**given), seconds), self._steps)

    def draw(self, values):
        """The three guesses and, once asked for, the curve with how far off they are."""
        given = self.question(values["another"])
        guesses = [values[f"guess {i}"] for i in range(len(self._asked))]
        lrs = self.answer(given)
        scene = Scene(f"Guesses of the LR at steps {', '.join(map(str, self._asked))}")
        left, top, right, _ = LR_FRAME
        axes = Axes(scene, (left, top, right, 275), (0, self._steps), (0, self._top))
        axes.ruler("step", "learning rate", ticks(self._steps), ticks(self._top))
        for step in self._asked:
            axes.line([(step, 0), (step, self._top)], "land")
        if values["reveal"]:
            axes.line(upright(lrs), "s0")
            for step, height in zip(self._asked, guesses, strict=True):
                axes.line([(step, height), (step, lrs[step])], "s1")
        axes.dots(list(zip(self._asked, guesses, strict=True)), "s1", 6)
        wide = self._steps / 8
        for i, step in enumerate(self._asked):
            (x0, y0), (x1, y1) = axes.at(step - wide, self._top), axes.at(step + wide, 0)
            scene.grab((x0, y0, x1, y1), f"guess {i}")
        return View([scene], self._words(values, given, guesses, lrs))

    def _off(self, values, lrs):
        return [abs(values[f"guess {i}"] - lrs[step]) for i, step in enumerate(self._asked)]

    def _words(self, values, given, guesses, lrs):
        call = f"{self._name}({', '.join(f'{key}={value!r}' for key, value in given.items())})"
        if not values["reveal"]:
            return f"{call}: where is the LR at steps {', '.join(map(str, self._asked))}? Set the three points."
        off = fmean(self._off(values, lrs))
        told = "; ".join(
            f"step {step}: {lrs[step]:.3g}, you said {height:.3g}"
            for step, height in zip(self._asked, guesses, strict=True)
        )
        said = f"{call}. {told}. Off by {off:.2g} on average, {off / max(lrs):.0%} of its top."
        many, mean = len(self._kept), fmean(self._kept.values() or [0.0])
        return f"{said} {many} of these guessed so far, {mean:.0%} off on average." if many > 1 else said


def points(offs):
    """How near guesses were, of 100: what is off on average, as a part of the top, taken away.

    >>> points([0.05, 0.25])
    85
    """
    return round(100 * max(0.0, 1 - fmean(offs)))
