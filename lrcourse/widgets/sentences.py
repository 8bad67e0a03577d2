"""A sentence whose numbers drag, with its curve: the claim of a lesson, to be turned by hand."""

from dataclasses import replace

from lrcourse import schedules
from lrcourse.arguments import choice
from lrcourse.scene import Axes, Scene, round_up, ticks, upright
from lrcourse.widgets.controls import arguments, schedule_controls, slider
from lrcourse.widgets.panel import Panel, View

BASE_LR, FRAME = 0.1, (52, 28, 428, 150)


def sentence(schedule, **start):
    """A widget that is a sentence about a schedule with its curve; you drag its numbers, or move them by arrow keys.

    schedule: one of `SENTENCES`. start: where its numbers begin. Without a kernel it is the sentence with its picture.
    Raises ValueError for a name that is not there, TypeError for a number that the sentence has not.

    >>> print(sentence("cosine").words())  # doctest: +NORMALIZE_WHITESPACE
    Cosine in a sentence. With T_max = 50 of 100 steps the LR falls to 0.001 at step 50, then rises again to 0.0999 at
    the last step.
    """
    choice("schedule", schedule, list(SENTENCES))
    unknown = set(start) - set(SENTENCES[schedule][0])
    if unknown:
        numbers = ", ".join(SENTENCES[schedule][0])
        raise TypeError(f"the sentence of {schedule} has no number {', '.join(sorted(unknown))}; it has {numbers}")
    return Sentence(schedule, start)


class Sentence(Panel):
    """The widget that `sentence` makes."""

    ahead = True

    def __init__(self, name, start):
        begins, self._write = SENTENCES[name]
        self._factory, begins = getattr(schedules, name), begins | start
        knobs = schedule_controls(name, self._factory, {key: begins[key] for key in begins if key != "steps"})
        made = {knob.name: slider(knob.name, knob.values, begins[knob.name]) for knob in knobs if knob.name in begins}
        made["steps"] = slider("steps", range(10, 201), begins["steps"], "", "", "steps of the run")
        self._fixed = {knob.name: knob.values[knob.default] for knob in knobs if knob.name not in begins}
        numbers = [replace(made[key], kind="number") for key in begins]
        super().__init__(f"{name.replace('_', '-').capitalize()} in a sentence", numbers, resets=False)

    def draw(self, values):
        """The sentence at these numbers, and the curve that it speaks of."""
        steps = values["steps"]
        given = arguments(self._factory, self._fixed | values | {"total_steps": steps})
        lrs = schedules.curve(self._factory(**given), steps)
        shown = {key: f"⟨{self._controls[key].texts[self._position(key, value)]}⟩" for key, value in values.items()}
        scene = Scene(f"The LR over {steps} steps", height=200)
        axes = Axes(scene, FRAME, (0, steps), (0, round_up(1.05 * max(lrs))))
        axes.ruler("step", "learning rate", ticks(steps), ticks(axes.ylim[1], 3))
        axes.line(upright(lrs), "s0")
        scene.dots([axes.at(steps - 1, lrs[-1])], "s0", 4)
        return View([scene], self._write(shown, values, lrs))

    def _position(self, name, value):
        return self._controls[name].values.index(value)


def _part(lrs):
    return f"{100 * lrs[-1] / lrs[0]:.3g} %"


def _step_decay(shown, values, lrs):
    cuts = (values["steps"] - 1) // values["step_size"]
    many = ("never cut", "cut once", "cut twice")[cuts] if cuts < 3 else f"cut {cuts} times"
    return (
        f"Times {shown['gamma']} after every {shown['step_size']} steps: in a run of {shown['steps']} steps the LR is "
        f"{many} and ends at {lrs[-1]:.3g}, {_part(lrs)} of where it began."
    )


def _exponential(shown, values, lrs):
    half = next((step for step, lr in enumerate(lrs) if lr <= lrs[0] / 2), None)
    told = f"first at half or less at step {half}" if half else "never down to a half"
    return (
        f"Times {shown['gamma']} after every step, the LR is {told}, and at the end of {shown['steps']} steps it is "
        f"{lrs[-1]:.3g}, {_part(lrs)} of where it began."
    )


def _cosine(shown, values, lrs):
    steps, last = values["steps"], values["steps"] - 1
    begin = f"With T_max = {shown['T_max']} of {shown['steps']} steps the LR"
    if values["T_max"] > last:
        return f"{begin} falls all the time and ends at {lrs[-1]:.3g}, {_part(lrs)} of where it began."
    low = min(range(steps), key=lrs.__getitem__)
    if low == last:
        return f"{begin} falls all the time and reaches its lowest, {lrs[-1]:.3g}, at the very last step."
    again = max(lrs[low:])
    where = "at the last step" if again == lrs[-1] else f"at step {lrs.index(again, low)} and falls once more"
    return f"{begin} falls to {lrs[low]:.3g} at step {low}, then rises again to {again:.3g} {where}."


def _one_cycle(shown, values, lrs):
    top = lrs.index(max(lrs))
    return (
        f"With pct_start = {shown['pct_start']} of {shown['steps']} steps the LR climbs from {lrs[0]:.3g} to "
        f"{lrs[top]:.3g} at step {top}, and the {len(lrs) - 1 - top} steps that are left take it down to {lrs[-1]:.2g}."
    )


def _inverse_sqrt(shown, values, lrs):
    top = lrs.index(max(lrs))
    begin = f"With {shown['warmup_steps']} steps of warmup in a run of {shown['steps']} the LR"
    if values["warmup_steps"] >= values["steps"]:
        return f"{begin} rises to the end and gets to {lrs[-1]:.3g} of {BASE_LR}."
    half = next((step for step in range(top, len(lrs)) if lrs[step] <= lrs[top] / 2), None)
    told = f"is down to half of that at step {half}" if half else "does not come down to half of that"
    return f"{begin} starts at {lrs[0]:.3g}, is at its top of {lrs[top]:.3g} at step {top}, and {told}."


# the numbers in the order in which the sentence names them, where they begin, and who writes it
SENTENCES = {
    "step_decay": ({"gamma": 0.5, "step_size": 20, "steps": 100}, _step_decay),
    "exponential": ({"gamma": 0.95, "steps": 100}, _exponential),
    "cosine": ({"T_max": 50, "steps": 100}, _cosine),
    "one_cycle": ({"pct_start": 0.3, "steps": 100}, _one_cycle),
    "inverse_sqrt": ({"warmup_steps": 10, "steps": 100}, _inverse_sqrt),
}
