"""The playground: move a schedule's parameters, see its curve and the path that gradient descent takes under it."""

import math
from functools import lru_cache

from lrcourse import schedules
from lrcourse.arguments import choice
from lrcourse.landscapes import SURFACES, contours, descend, edge
from lrcourse.scene import Axes, Scene, decades, round_up, ticks
from lrcourse.widgets.controls import DEFAULTS, RANGES, SECONDS_PER_STEP, arguments, schedule_controls, slider
from lrcourse.widgets.panel import Control, Panel, View
from lrcourse.widgets.torch_code import torch_code
from lrcourse.widgets.traps import traps
from lrcourse.widgets.watching import reduce_on_plateau

STYLES = ("s0", "s1", "s2", "s3", "s4")
RIVALS = ("constant", "step_decay", "cosine", "one_cycle", "exponential")
LR_FRAME, LOSS_FRAME, MAP_FRAME = (52, 28, 428, 175), (52, 212, 428, 278), (10, 28, 430, 280)


def playground(schedule, steps=100, surface=None, momentum=0.0, **start):
    """A widget to play with a schedule: sliders for its parameters, its curve, a descent under it, the code in torch.

    schedule: the name of a function in `lrcourse.schedules`, 'reduce_on_plateau', or a function of your own that
    returns a schedule and whose parameters have numbers as defaults. start: where its sliders begin, otherwise at the
    articles' values. surface: 'ravine' unless given, for plateau 'noisy'; 'bowl' or 'two minima'.
    Raises ValueError for a name that is not there, TypeError for a parameter that the schedule has not.

    >>> playground("cosine", T_max=50).values()["T_max"]
    50
    """
    surface = surface or ("noisy" if schedule == "reduce_on_plateau" else "ravine")
    if callable(schedule):
        return Playground(schedule.__name__, schedule, steps, surface, momentum, start)
    choice("schedule", schedule, list(DEFAULTS))
    factory = reduce_on_plateau if schedule == "reduce_on_plateau" else getattr(schedules, schedule)
    return Playground(schedule, factory, steps, surface, momentum, start)


class Playground(Panel):
    """The widget that `playground` makes."""

    def __init__(self, name, factory, steps, surface, momentum, start):
        choice("surface", surface, list(SURFACES))
        self._name, self._factory = name, factory
        controls = schedule_controls(name, factory, start)
        if name == "half_life":
            values, unit = RANGES["seconds_per_step"]
            controls.append(slider("seconds_per_step", values, SECONDS_PER_STEP, unit, name, "one step takes"))
        hills = tuple(SURFACES)
        controls += [
            slider("steps", range(10, 201, 5), steps, "steps", "the run", "length"),
            slider("momentum", (*(i / 10 for i in range(10)), 0.95, 0.99), momentum, "", "the run"),
            Control("surface", "loss surface", hills, hills.index(surface), "choice", "the run", hills),
        ]
        rivals = [rival for rival in RIVALS if rival != name][:4]
        controls += [Control(f"with {rival}", rival, kind="toggle", group="compare with") for rival in rivals]
        super().__init__(f"Playground: {name}", controls)

    def draw(self, values):
        """The curves, the descents, what came of them in words, and the code."""
        surface, steps, momentum = SURFACES[values["surface"]], values["steps"], values["momentum"]
        given, warnings, code = arguments(self._factory, values), [], ""
        try:
            plans = {self._name: on_the_clock(self._factory(**given), values.get("seconds_per_step"))}
            code = (torch_code if self._name in DEFAULTS else own_code)(self._name, given, momentum)
        except ValueError as error:
            plans = {}
            warnings.append(f"This cannot be: {error}.")
        top = given.get("max_lr", given.get("base_lr", 0.1))
        plans |= {rival: rival_plan(rival, top, steps) for rival in RIVALS if values.get(f"with {rival}")}
        lrs, paths, losses = run(plans, surface, steps, momentum)
        if self._name in lrs:
            warnings += traps(given, steps, lrs[self._name], surface, momentum)
        scenes = [curves_scene(lrs, losses, steps, edge(surface, momentum), momentum), map_scene(surface, paths)]
        return View(scenes, outcome(losses, surface, steps), warnings, code)


def run(plans, surface, steps, momentum=0.0, seed=0):
    """What every plan did on the surface: its LRs, its points, its losses, each a dict by the plan's name."""
    lrs, paths = {}, {}
    for name, plan in plans.items():
        paths[name] = descend(surface, plan, steps, momentum, seed, watch=getattr(plan, "watch", None))
        lrs[name] = getattr(plan, "lrs", None) or schedules.curve(plan, steps)
    return lrs, paths, {name: [surface.loss(*point) for point in path] for name, path in paths.items()}


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


def curves_scene(lrs, losses, steps, limit=math.inf, momentum=0.0):
    """The LR of every plan over the steps, and below it, on the same axis, the losses."""
    top = round_up(1.02 * max((lr for lr_curve in lrs.values() for lr in lr_curve), default=0.1) or 0.1)
    scene = Scene(f"Learning rate and loss over {steps} steps: {', '.join(lrs) or 'nothing'}")
    axes = Axes(scene, LR_FRAME, (0, steps), (0, top))
    axes.ruler("", "learning rate", ticks(steps), ticks(top, 4))
    if limit < top:
        axes.line([(0, limit), (steps, limit)], "edge")
        x, y = axes.at(steps, limit)
        scene.text((x, y - 4), f"{'2(1+β)/λ' if momentum else '2/λ'} = {limit:.3g}", "end", "edge")
    every = [min(max(loss, 1e-6), 1e6) for path in losses.values() for loss in path] or [1.0]
    floor, ceiling = decades(min(every) / 10, max(every) * 10, 1)
    below = Axes(scene, LOSS_FRAME, (0, steps), (floor, ceiling), log="y")
    below.ruler("step", "loss (log scale)", ticks(steps), decades(floor, ceiling, 2))
    for style, name in zip(STYLES, lrs, strict=False):
        axes.line(enumerate(lrs[name]), style)
        below.line(enumerate(losses[name]), style)
    return scene


@lru_cache(maxsize=len(SURFACES))
def land(surface):
    """The map without a path: rings of equal loss and a cross at every minimum."""
    scene = Scene("")
    axes = _map_axes(scene, surface)
    left, top, right, bottom = MAP_FRAME
    scene.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], "grid")
    for _, lines in contours(surface):
        scene.land([[axes.at(*point) for point in line] for line in lines])
    for x, y in (axes.at(*minimum) for minimum in surface.minima):
        scene.line([(x - 5, y), (x + 5, y)], "ink")
        scene.line([(x, y - 5), (x, y + 5)], "ink")
    return scene


def _map_axes(scene, surface):
    left, right, bottom, top = surface.box
    return Axes(scene, MAP_FRAME, (left, right), (bottom, top))


def map_scene(surface, paths):
    """The surface from above with the descents on it; the first path shows its single steps."""
    scene = Scene(f"Map of {surface.title} with the descent of {', '.join(paths) or 'nobody'}", back=land(surface))
    scene.text((MAP_FRAME[0], MAP_FRAME[1] - 8), f"{surface.title}: λ = {surface.sharpness:g}")
    axes = _map_axes(scene, surface)
    for style, path in reversed(list(zip(STYLES, paths.values(), strict=False))):
        axes.line(path, style if style != "s0" else "faint")
        if style == "s0":
            axes.dots(path, style, 2.2)
        axes.dots(path[-1:], style, 5)
    axes.dots([surface.start], "ink", 3.5)
    for i, (style, name) in enumerate(zip(STYLES, paths, strict=False)):
        x, y = MAP_FRAME[0] + 140 * (i % 3), MAP_FRAME[3] + 17 + 17 * (i // 3)
        scene.line([(x, y - 4), (x + 30, y - 4)], style)
        scene.text((x + 36, y), name)
    return scene


def outcome(losses, surface, steps):
    """How the runs ended, in one sentence each."""
    words = []
    for name, path in losses.items():
        if path[-1] <= path[0]:
            words.append(f"{name} ends at loss {path[-1]:.3g}")
        else:
            words.append(f"{name} diverges: loss {path[-1]:.3g} after {len(path) - 1} steps")
    start = surface.loss(*surface.start)
    return f"{steps} steps on {surface.title}, from loss {start:.3g}: {'; '.join(words) or 'no run'}."
