"""Draw a schedule by hand, take it away as a function, and race it on the digits."""

from importlib.util import find_spec
from statistics import fmean

from lrcourse.scene import Axes, Scene, ticks
from lrcourse.schedules import curve, join, linear
from lrcourse.widgets.controls import slider
from lrcourse.widgets.panel import Control, Panel, View
from lrcourse.widgets.panes import STYLES

TORCH = find_spec("torch") is not None  # a browser's Python cannot race
STEPS, TOP = 120, 1.6
CORNERS = tuple(range(0, STEPS + 1, 15))
FRAME = (52, 28, 428, 270)
GRID, SEEDS = (0.2, 0.4, 0.6, 0.8, 1.2, 1.6), range(5)


def draw_schedule():
    """A widget on which you draw a schedule of 120 steps: drag over the picture, or move a slider for every corner.

    Its attribute `schedule` is the drawing as a function of the step. The button races it on the digits against
    constant, cosine and one-cycle; the race loads torch.

    >>> draw_schedule().schedule(60)
    0.4
    """
    return DrawSchedule()


def drawn(corners, heights):
    """The schedule of straight lines through these corners.

    >>> curve(drawn([0, 2, 4], [0.1, 0.3, 0.0]), 6)
    [0.1, 0.2, 0.3, 0.15, 0.0, 0.0]
    """
    starts, spans = list(zip(corners, heights, strict=True)), zip(corners[1:], heights[1:], strict=True)
    lines = [linear(1.0, a, b, total_iters=j - i) for (i, a), (j, b) in zip(starts, spans, strict=False)]
    return join(lines, at=corners[1:-1])


class DrawSchedule(Panel):
    """The widget that `draw_schedule` makes; what it remembers is the last race and the drawing that ran in it."""

    def __init__(self):
        heights = [round(TOP * i / 160, 4) for i in range(161)]
        controls = [slider(f"lr {at}", heights, 0.4, "", "the drawing", f"LR at step {at}") for at in CORNERS]
        self._raced = None
        race = [Control("race", "Race it on the digits", kind="button")] if TORCH else []
        super().__init__("Draw a schedule", [*controls, *race])

    @property
    def schedule(self):
        """What is drawn now, as a function of the step."""
        return drawn(list(CORNERS), self._heights(self.values()))

    def _heights(self, values):
        return [values[f"lr {at}"] for at in CORNERS]

    def moved(self, before):
        """Run the race that was asked for."""
        values = self.values()
        if values.get("race") != self.values(before).get("race"):
            self.show(f"Racing {len(SEEDS) * (1 + 3 * len(GRID))} runs of {STEPS} steps on the digits ...")
            self._raced = self._heights(values), race_against(self.schedule)

    def draw(self, values):
        """The drawing, and the outcome of its race as long as it is still the same drawing."""
        heights = self._heights(values)
        scene = Scene("Your schedule: the learning rate over the steps")
        axes = Axes(scene, FRAME, (0, STEPS), (0, TOP))
        axes.ruler("step", "learning rate", CORNERS[::2], ticks(TOP))
        axes.line(enumerate(curve(drawn(list(CORNERS), heights), STEPS + 1)), "s0")
        scene.dots([axes.at(*corner) for corner in zip(CORNERS, heights, strict=True)], "s0", 6)  # whole at the edges
        half = (CORNERS[1] - CORNERS[0]) / 2
        for at in CORNERS:
            (left, top), (right, bottom) = axes.at(at - half, TOP), axes.at(at + half, 0)
            scene.grab((left, top, right, bottom), f"lr {at}")
        raced = self._raced[1] if self._raced and self._raced[0] == heights else None
        then = "; then race it" if TORCH else ""
        status = outcome(raced) if raced else f"Drag over the picture to draw, or move the sliders{then}."
        scenes = [scene, race_scene(raced)] if TORCH else [scene]
        return View(scenes, status, code=own_code(heights))


def race_against(schedule):
    """Test losses by schedule, one a seed, and the LR chosen: yours as drawn, each rival at its best LR of the grid."""
    from lrcourse.data import load
    from lrcourse.schedulers import CosineAnnealingLR, LambdaLR, OneCycleLR
    from lrcourse.training import race

    def one_cycle(optimizer):
        return OneCycleLR(optimizer, optimizer.param_groups[0]["lr"], total_steps=STEPS, cycle_momentum=False)

    rivals = {
        "constant": None,
        "cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=STEPS),
        "one_cycle": one_cycle,
    }
    setting = {"data": load("digits"), "seeds": SEEDS, "steps": STEPS, "progress": False}
    yours = race(network, schedules={"yours": lambda optimizer: LambdaLR(optimizer, schedule)}, lrs=[1.0], **setting)
    theirs = race(network, schedules=rivals, lrs=GRID, **setting)
    found = {"yours": (None, yours.table.test_loss.tolist())}
    for name, runs in theirs.table.groupby("schedule", sort=False):
        best = runs.groupby("base_lr").val_loss.mean().idxmin()  # a run that diverged has NaN, which never is the least
        found[name] = best, runs[runs.base_lr == best].test_loss.tolist()
    return found


def network():
    """64 pixels, 32 units, 10 digits."""
    import torch

    return torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))


def outcome(raced):
    """Who came where, in words."""
    means = {name: fmean(losses) for name, (_, losses) in raced.items()}
    told = ", ".join(f"{name} {means[name]:.3f}" + (f" (LR {lr:g})" if lr else "") for name, (lr, _) in raced.items())
    place = 1 + sum(loss < means["yours"] for loss in means.values())
    return (
        f"Test loss after {STEPS} steps, mean of {len(SEEDS)} seeds: {told}. Yours is number {place} of {len(means)}. "
        f"The others chose their LR among {len(GRID)} on the validation data."
    )


def race_scene(raced):
    """A row for every schedule, in it a dot for every seed's test loss."""
    scene = Scene("Test losses of the race" if raced else "The race has not been run")
    left, top, right, bottom = FRAME
    highest = 1.05 * max(loss for _, losses in raced.values() for loss in losses if loss == loss) if raced else 1.0
    axes = Axes(scene, (left + 70, top, right, bottom), (0.0, highest), (0.0, 4.0))
    axes.ruler("test loss", "a dot for every seed", ticks(highest), [])
    for row, name in enumerate(raced or ("yours", "constant", "cosine", "one_cycle")):
        _, y = axes.at(0, 3.5 - row)
        scene.text((left + 62, y + 4), name, "end")
        if raced:
            axes.dots([(loss, 3.5 - row) for loss in raced[name][1]], STYLES[row], 5)
    if not raced:
        scene.text(axes.at(0.5, 2.0), "not run yet", "middle")
    return scene


def own_code(heights):
    """The drawing as source: a schedule of the course, held by torch's LambdaLR."""
    lines = "".join(
        f"    linear(1.0, {a}, {b}, total_iters={j - i}),\n"
        for (i, a), (j, b) in zip(
            zip(CORNERS, heights, strict=True), zip(CORNERS[1:], heights[1:], strict=True), strict=False
        )
    )
    return (
        "import torch\nfrom lrcourse.schedules import join, linear\n\n"
        f"schedule = join([\n{lines}], at={list(CORNERS[1:-1])})\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=1.0)  # LambdaLR multiplies this\n"
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)\n"
        "# after every optimizer.step(): scheduler.step()"
    )
