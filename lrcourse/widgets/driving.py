"""Drive: the reader holds the LR while a hiker descends in fog; then the map, and an honest score."""

from functools import lru_cache
from statistics import fmean

from lrcourse import schedules
from lrcourse.arguments import whole
from lrcourse.landscapes import SURFACES, descend
from lrcourse.widgets.controls import RANGES, slider
from lrcourse.widgets.panel import Control, Panel, View
from lrcourse.widgets.panes import curves_scene, fog_over, map_scene

GRID = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.4, 0.6, 0.8)
TUNING, SCORING = range(1000, 1020), range(2000, 2020)  # seeds of the noise, apart from each other and from the drive's
PACES = {"slow": 500, "normal": 200, "fast": 80}


def drive(steps=60):
    """A widget in which you hold the LR slider while a hiker descends a loss surface in fog.

    At the end the fog lifts, your LRs are drawn beside those of cosine and one-cycle over the same steps, and all three
    are scored by their mean final loss over the same 20 draws of noise.

    >>> drive().view["status"]
    'Step 0 of 60 in fog: loss 16. Let the hiker walk, and steer with the LR.'
    """
    return Drive(whole("steps", steps, at_least=5))


class Drive(Panel):
    """The widget that `drive` makes; what it remembers is the LR of every step so far."""

    def __init__(self, steps):
        self._steps, self._lrs = steps, []
        hills = ("noisy", "two minima", "ravine", "bowl")
        super().__init__(
            "Drive: you are the schedule",
            [
                slider("lr", RANGES["base_lr"][0], 0.1, "", "", "learning rate"),
                Control("walk", "the hiker walks", kind="toggle"),
                Control("one step", "One step", kind="button"),
                Control("again", "Start again", kind="button"),
                Control("pace", "pace", tuple(PACES.values()), 1, "choice", "the walk", tuple(PACES)),
                Control("surface", "loss surface", hills, 0, "choice", "the walk", hills),
            ],
            resets=False,
        )

    def moved(self, before):
        """Start again, or take a step at the LR that is held."""
        values, old = self.values(), self.values(before)
        pulse = (self.state.get("tick", 0), values["one step"])
        if (values["again"], values["surface"]) != (old["again"], old["surface"]):
            self._lrs = []
        elif pulse != (before.get("tick", 0), old["one step"]) and not self._over(values):
            self._lrs = [*self._lrs, values["lr"]]

    def _path(self, values):
        return descend(SURFACES[values["surface"]], self._lrs.__getitem__, len(self._lrs), seed=values["again"])

    def _over(self, values):
        return len(self._lrs) >= self._steps or len(self._path(values)) <= len(self._lrs)

    def draw(self, values):
        """In fog: the path, the LRs and the losses so far. At the end: the map, the rivals and the score."""
        surface, path = SURFACES[values["surface"]], self._path(values)
        over, plans = self._over(values), {}
        if over:
            found = rivals(values["surface"], self._steps)
            plans = {name: rival(name, base_lr, self._steps) for name, (base_lr, _) in found.items()}
        lrs = {"you": self._lrs} | {name: schedules.curve(plan, self._steps) for name, plan in plans.items()}
        paths = {"you": path}
        paths |= {name: descend(surface, plan, self._steps, seed=values["again"]) for name, plan in plans.items()}
        losses = {name: [surface.loss(*point) for point in theirs] for name, theirs in paths.items()}
        picture = map_scene(surface, paths)
        if not over:
            fog_over(picture, surface, path[-1])
        status = self._score(values) if over else self._report(losses["you"], values["walk"])
        clock = values["pace"] if values["walk"] and not over else 0
        return View([curves_scene(lrs, losses, self._steps), picture], status, clock=clock)

    def _report(self, losses, walking):
        step = len(losses) - 1
        step -= step % 5 if walking else 0  # a screen reader cannot speak five times a second
        hint = "" if step else " Let the hiker walk, and steer with the LR."
        return f"Step {step} of {self._steps} in fog: loss {losses[step]:.3g}.{hint}"

    def _score(self, values):
        if len(self._lrs) < self._steps:
            return f"You left the map at step {len(self._lrs)}: the LR was too high for this ground. Start again."
        yours = mean_loss(values["surface"], self._lrs.__getitem__, self._steps, SCORING)
        theirs = rivals(values["surface"], self._steps)
        told = "; ".join(f"{name} {loss:.3g} (at LR {base_lr:g})" for name, (base_lr, loss) in theirs.items())
        noise = f", mean over {len(SCORING)} draws of noise" if SURFACES[values["surface"]].noise else ""
        place = 1 + sum(loss < yours for _, loss in theirs.values())
        return (
            f"Done: your final loss {yours:.3g}{noise}; {told}. You are number {place} of 3. "
            f"They tried {len(GRID)} LRs beforehand and kept the best; you drove once, in fog."
        )


def rival(name, base_lr, steps):
    """Cosine to zero or one-cycle over the same steps."""
    if name == "cosine":
        return schedules.cosine(base_lr, T_max=steps)
    return schedules.one_cycle(base_lr, total_steps=steps)


def mean_loss(surface, schedule, steps, seeds):
    """The final loss, averaged over the seeds' draws of noise."""
    ground = SURFACES[surface]
    return fmean(ground.loss(*descend(ground, schedule, steps, seed=seed)[-1]) for seed in seeds)


@lru_cache(maxsize=16)
def rivals(surface, steps):
    """For cosine and one-cycle: the grid's best LR over the tuning seeds, and its loss over the scoring ones."""
    found = {}
    for name in ("cosine", "one_cycle"):
        base_lr = min(GRID, key=lambda lr: mean_loss(surface, rival(name, lr, steps), steps, TUNING))
        found[name] = base_lr, mean_loss(surface, rival(name, base_lr, steps), steps, SCORING)
    return found
