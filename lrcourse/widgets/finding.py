"""The LR range test as a playground: its range, its length, its smoothing, and how the four suggestions move."""

import math
from functools import lru_cache
from itertools import chain, count

from lrcourse import schedules
from lrcourse.scene import Axes, Scene, decades
from lrcourse.widgets.controls import log_range, slider
from lrcourse.widgets.drawing import network
from lrcourse.widgets.panel import Panel, View

FRAME = (60, 28, 428, 270)
SEEDS = 5
RULES = {"steepest": "s1", "valley": "s2", "minimum/10": "s3", "slide": "s4"}


def finder_explorer():
    """A widget that runs the LR range test on the digits at every move and shows where its four rules point.

    The model is a network of 64, 32 and 10 units under SGD with batches of 64. Loads torch when it is made.
    """
    return FinderExplorer()


class FinderExplorer(Panel):
    """The widget that `finder_explorer` makes."""

    ahead = True

    def __init__(self):
        controls = [
            slider("min_lr", log_range(-6, -2, per_decade=4), 1e-4, "", "the range test"),
            slider("max_lr", log_range(-1, 2, per_decade=4), 10.0, "", "the range test"),
            slider("iterations", range(20, 401, 10), 100, "steps", "the range test"),
            slider("smoothing", [i / 50 for i in range(50)], 0.9, "", "the range test"),
            slider("seed", range(SEEDS), 0, "", "the range test"),
        ]
        super().__init__("The learning-rate finder", controls)

    def draw(self, values):
        """The loss over the LR with the suggestions on it, and the same suggestions for five seeds."""
        low, high, steps = values["min_lr"], values["max_lr"], values["iterations"]
        found = [range_test(low, high, steps, seed, values["smoothing"]) for seed in range(SEEDS)]
        pointed = [finder.suggestions for finder in found]
        mine, points = found[values["seed"]], pointed[values["seed"]]
        told = ", ".join(f"{rule} {lr:.2g}" if lr else f"{rule} nothing" for rule, lr in points.items())
        status = f"Suggestions of seed {values['seed']}: {told}. The test ended because {mine.stopped}."
        scenes = [loss_scene(mine, points, low, high), seeds_scene(pointed, values["seed"], low, high)]
        return View(scenes, status, spread(pointed))


@lru_cache(maxsize=128)
def ramp_losses(low, high, steps, seed):
    """LRs from low to high in equal factors, and the loss before each step of training with them, to the end or NaN."""
    import torch

    from lrcourse.data import load
    from lrcourse.training import batch_order, build

    data, wanted = load("digits"), schedules.exponential(low, gamma=(high / low) ** (1 / (steps - 1)))
    lrs, losses = schedules.curve(wanted, steps), []
    model = build(network, seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=low)
    epochs = (batch_order(len(data.x_train), seed, epoch).split(64) for epoch in count())
    for lr, rows in zip(lrs, chain.from_iterable(epochs), strict=False):
        loss = torch.nn.functional.cross_entropy(model(data.x_train[rows]), data.y_train[rows])
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            break
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lrs, losses


def range_test(low, high, steps, seed, smoothing):
    """A Finder over one ramp: the training is done once, only its smoothing anew."""
    from lrcourse.finder import watch

    lrs, losses = ramp_losses(low, high, steps, seed)
    recorded = iter(losses)
    return watch(lambda lr: next(recorded), lrs, smoothing)


def spread(pointed):
    """A warning for every rule whose suggestions over the seeds lie more than a factor of 3 apart."""
    warnings = []
    for rule in RULES:
        lrs = [points[rule] for points in pointed if points[rule]]
        if len(lrs) > 1 and max(lrs) > 3 * min(lrs):
            warnings.append(f"{rule}: from {min(lrs):.2g} to {max(lrs):.2g} over {SEEDS} seeds, nothing else changed.")
    return warnings


def loss_scene(finder, points, low, high):
    """The losses, pale, the running average, and a dot for every suggestion."""
    scene = Scene("Loss over the learning rate, with the suggestions of four rules")
    start = finder.smoothed[0]
    top = 1.4 * start
    axes = Axes(scene, FRAME, (low, high), (0.0, top), log="x")
    axes.ruler(
        "learning rate (log scale)",
        "training loss",
        decades(low, high, 3),
        [0, 0.5, 1, 1.5, 2, 2.5, 3][: int(top * 2) + 1],
    )
    axes.line(list(zip(finder.lrs, finder.losses, strict=True)), "faint")
    axes.line(list(zip(finder.lrs, finder.smoothed, strict=True)), "s0")
    for rule, lr in points.items():
        if lr:
            nearest = min(range(len(finder.lrs)), key=lambda i: abs(math.log(finder.lrs[i] / lr)))
            axes.line([(lr, 0.0), (lr, finder.smoothed[nearest])], RULES[rule])
            axes.dots([(lr, finder.smoothed[nearest])], RULES[rule], 5)
    return scene


def seeds_scene(pointed, seed, low, high):
    """A row for every rule, in it a dot for every seed's suggestion; the chosen seed's is the large one."""
    scene = Scene("The suggestions of four rules over five seeds")
    left, top, right, bottom = FRAME
    axes = Axes(scene, (left + 70, top, right, bottom), (low, high), (0.0, 4.0), log="x")
    axes.ruler("suggested learning rate (log scale)", "a dot for every seed", decades(low, high, 3), [])
    for row, (rule, style) in enumerate(RULES.items()):
        height = 3.5 - row
        _, y = axes.at(low, height)
        scene.text((left + 62, y + 4), rule, "end")
        axes.line([(low, height), (high, height)], "grid")
        for i, points in enumerate(pointed):
            if points[rule]:
                axes.dots([(points[rule], height)], style, 7 if i == seed else 3.5)
    return scene
