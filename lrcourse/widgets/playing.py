"""The playground: move a schedule's parameters, see its curve and the path that gradient descent takes under it."""

from dataclasses import replace
from functools import partial

from lrcourse import schedules
from lrcourse.arguments import choice
from lrcourse.landscapes import SURFACES, edge
from lrcourse.widgets.controls import DEFAULTS, RANGES, SECONDS_PER_STEP, arguments, schedule_controls, slider
from lrcourse.widgets.crowd import HIKERS, walked
from lrcourse.widgets.panel import Control, Panel, View
from lrcourse.widgets.panes import KEPT, curves_scene, map_scene
from lrcourse.widgets.pitfalls import traps
from lrcourse.widgets.torch_code import torch_code
from lrcourse.widgets.watching import reduce_on_plateau

MOMENTA = (*(i / 10 for i in range(10)), 0.95, 0.99)
RIVALS = ("constant", "step_decay", "cosine", "one_cycle", "exponential")


def playground(schedule, steps=100, surface="noisy", momentum=0.0, **start):
    """A widget to play with a schedule: sliders for its parameters, its curve, fifty descents under it, the torch code.

    schedule: the name of a function in `lrcourse.schedules`, 'reduce_on_plateau', or a function of your own that
    returns a schedule and whose parameters have numbers as defaults. start: where its sliders begin, otherwise at the
    course's standard settings. surface: 'noisy', 'ravine', 'bowl' or 'two minima'; without noise one hiker walks.
    Raises ValueError for a name that is not there, TypeError for a parameter that the schedule has not.

    >>> playground("cosine", T_max=50).values()["T_max"]
    50
    """
    if callable(schedule):
        return Playground(schedule.__name__, schedule, steps, surface, momentum, start)
    choice("schedule", schedule, list(DEFAULTS))
    factory = reduce_on_plateau if schedule == "reduce_on_plateau" else getattr(schedules, schedule)
    return Playground(schedule, factory, steps, surface, momentum, start)


class Playground(Panel):
    """The widget that `playground` makes."""

    ahead = True

    def __init__(self, name, factory, steps, surface, momentum, start):
        choice("surface", surface, list(SURFACES))
        self._name, self._factory = name, factory
        controls = schedule_controls(name, factory, start)
        if name == "half_life":
            values, unit = RANGES["seconds_per_step"]
            controls.append(slider("seconds_per_step", values, SECONDS_PER_STEP, unit, name, "one step takes"))
        hills = tuple(SURFACES)
        self._kept = (*(control.name for control in controls), "steps", "momentum")
        controls += [
            replace(slider("look", range(0, 101, 2), 100, "%", "the run", "look at this part"), plays="Watch the run"),
            slider("steps", range(10, 201, 5), steps, "steps", "the run", "length"),
            slider("momentum", MOMENTA, momentum, "", "the run"),
            Control("surface", "loss surface", hills, hills.index(surface), "choice", "the run", hills),
        ]
        rivals = [rival for rival in RIVALS if rival != name][:4]
        controls.append(Control(KEPT, "Keep this run", kind="keep", group="compare with", keeps=self._kept))
        controls += [Control(f"with {rival}", rival, kind="toggle", group="compare with") for rival in rivals]
        super().__init__(f"Playground: {name}", controls)

    def draw(self, values):
        """The curves, the descents, what came of them in words, and the code."""
        surface, steps, momentum = SURFACES[values["surface"]], values["steps"], values["momentum"]
        given, warnings, code = arguments(self._factory, values), [], ""
        makers = {}
        try:
            self._plan(values)
            makers[self._name] = partial(self._plan, values)
            code = (torch_code if self._name in DEFAULTS else own_code)(self._name, given, momentum)
        except ValueError as error:
            warnings.append(f"This cannot be: {error}.")
        top = given.get("max_lr", given.get("base_lr", 0.1))
        for rival in RIVALS:
            if values.get(f"with {rival}"):
                makers[rival] = partial(rival_plan, rival, top, steps)
        lrs, crowds = run(makers, surface, steps, momentum)
        lrs = {self._name: []} | lrs  # what cannot be made keeps its style: no rival takes it
        if self._name in crowds:
            warnings += traps(given, steps, lrs[self._name], surface, momentum)
        kept, told = self.noted(values)
        if kept:
            more = run({KEPT: partial(self._plan, kept)}, surface, kept["steps"], kept["momentum"])
            lrs, crowds = lrs | more[0], crowds | more[1]
        now = round(steps * values["look"] / 100)
        losses = {name: crowd.means for name, crowd in crowds.items()}
        measure = "mean loss" if surface.noise else "loss"
        scenes = [curves_scene(lrs, losses, steps, edge(surface, momentum), momentum, now, measure)]
        paths = {name: crowds[name].path if name in crowds else [] for name in lrs}
        scenes.append(map_scene(surface, paths, crowds, now))
        return View(scenes, outcome(crowds, surface, steps, now) + told, warnings, code)

    def _plan(self, values):
        return on_the_clock(self._factory(**arguments(self._factory, values)), values.get("seconds_per_step"))

    def noted(self, values):
        """(the values of the run that is kept, what it had otherwise in words); nothing where none is that can be."""
        words = dict(part.split("=", 1) for part in values[KEPT].split(", ") if "=" in part)
        try:
            kept = {name: self._controls[name].read(words.get(name)) for name in self._kept}
            self._plan(kept)
        except ValueError:
            return {}, ""
        other = [f"{self._controls[name].label} = {words[name]}" for name in kept if kept[name] != values[name]]
        if not other:
            return kept, " This run is kept: move on, and compare. Pressed here again, the button lets it go."
        return kept, f" The kept run had {', '.join(other)}."


def run(makers, surface, steps, momentum=0.0):
    """What every plan did on the surface: its LRs and its Crowd, each a dict by the plan's name.

    makers: functions that make the plan, by name; one whose plan watches the loss gets a plan for every hiker.
    """
    lrs, crowds = {}, {}
    for name, make in makers.items():
        lrs[name], crowds[name] = walked(surface, make, steps, momentum)
    return lrs, crowds


def on_the_clock(schedule, seconds_per_step):
    """The schedule itself, or one in seconds asked by the step."""
    if seconds_per_step is None:
        return schedule
    return lambda step: schedule(step * seconds_per_step)


def rival_plan(name, base_lr, steps):
    """A well-known schedule set for this run: the same top LR, its horizon the run's length."""
    return {
        "constant": lambda: schedules.constant(base_lr),
        "step_decay": lambda: schedules.step_decay(base_lr, step_size=max(1, steps // 5), gamma=0.5),
        "cosine": lambda: schedules.cosine(base_lr, T_max=steps),
        "one_cycle": lambda: schedules.one_cycle(base_lr, total_steps=steps),
        "exponential": lambda: schedules.exponential(base_lr, gamma=0.01 ** (1 / steps)),
    }[name]()


def own_code(name, given, momentum):
    """PyTorch for a schedule of the reader's own: LambdaLR multiplies, so the optimizer's LR is 1."""
    listed = ", ".join(f"{key}={value!r}" for key, value in given.items())
    extra = f", momentum={momentum!r}" if momentum else ""
    return (
        "import torch\nfrom torch.optim.lr_scheduler import LambdaLR\n\n"
        f"optimizer = torch.optim.SGD(model.parameters(), lr=1.0{extra})  # LambdaLR multiplies this\n"
        f"scheduler = LambdaLR(optimizer, {name}({listed}))\n# after every optimizer.step(): scheduler.step()"
    )


def outcome(crowds, surface, steps, now):
    """How the runs stand at the step looked at, in one sentence each."""
    start = surface.loss(*surface.start)
    words = [_stand(name, crowd, start, now) for name, crowd in crowds.items()]
    when = f"{steps} steps" if now == steps else f"Step {now} of {steps}"
    who = f", {len(HIKERS)} hikers" if surface.noise else ""
    told = f"{when} on {surface.title}{who}, from loss {start:.3g}: {'; '.join(words) or 'no run'}."
    if surface.noise:
        return told
    return f"{told} Without noise there is nothing for a decay to calm."


def _stand(name, crowd, start, now):
    step, ended = crowd.upto(now), now >= len(crowd.places) - 1
    mean, many = crowd.means[step], crowd.surface.noise > 0
    if not mean <= start:
        return f"{name} diverges: loss {mean:.3g} after {step} steps"
    stands = f"{name} {'ends' if ended else 'is'} at {'mean ' if many else ''}loss {mean:.3g}"
    return f"{stands} (nine of ten below {crowd.ninth_tenth(step):.3g})" if many else stands
