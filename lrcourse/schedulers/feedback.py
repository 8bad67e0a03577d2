"""The schedulers that follow more than the step: a metric, or the clock."""

import math
import time

from lrcourse import schedules
from lrcourse.arguments import choice, function, real, whole
from lrcourse.schedulers.base import LRScheduler, pick


class TimeBasedLR(LRScheduler):
    """The LR halved every so many seconds of the clock, counted from the constructor and between steps."""

    def __init__(self, optimizer, seconds, clock=time.monotonic):
        self.seconds, self.clock = seconds, function("clock", clock)
        self._seen = real("clock()", clock())
        super().__init__(optimizer)

    def make_schedule(self, base_lr, i):
        return schedules.half_life(base_lr, self.seconds)

    def step(self):
        """Write the LR of this moment."""
        now = self.clock()
        self._advance(self._at + max(0.0, now - self._seen))
        self._seen = now
        self.last_epoch += 1

    def load_state_dict(self, state_dict):
        """Go to a saved state: the time between saving and loading does not count."""
        super().load_state_dict(state_dict)
        self._seen = self.clock()


class ReduceLROnPlateau(LRScheduler):
    """The LR times factor whenever the metric has not improved for more than patience steps in a row."""

    def __init__(
        self,
        optimizer,
        mode="min",
        factor=0.1,
        patience=10,
        threshold=1e-4,
        threshold_mode="rel",
        cooldown=0,
        min_lr=0,
        eps=1e-8,
    ):
        self.mode = choice("mode", mode, ["min", "max"])
        self.factor = real("factor", factor, above=0, below=1)
        self.patience = whole("patience", patience, at_least=0)
        self.threshold = real("threshold", threshold, at_least=0)
        self.threshold_mode = choice("threshold_mode", threshold_mode, ["rel", "abs"])
        self.cooldown = whole("cooldown", cooldown, at_least=0)
        self.eps = real("eps", eps, at_least=0)
        self.min_lr, self._min_lrs = min_lr, {}
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0
        super().__init__(optimizer)

    def make_schedule(self, base_lr, i):
        self._min_lrs[i] = real("min_lr", pick("min_lr", self.min_lr, i, self.optimizer), at_least=0)
        return schedules.constant(base_lr)

    def step(self, metrics):
        """Judge one value of the metric, most often the validation loss; NaN counts as no improvement."""
        metric = real("metrics", metrics, finite=False)
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        self._advance(self.last_epoch + 1)
        self.last_epoch += 1

    def _advance(self, now):
        groups = self.optimizer.param_groups
        if len(groups) != len(self._schedules):
            self._adopt()
        lrs = [float(group["lr"]) for group in groups]
        if self.num_bad_epochs > self.patience:
            lrs = [self._reduced(lr, self._min_lrs[i]) for i, lr in enumerate(lrs)]
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._write(lrs, now)

    def _reduced(self, lr, min_lr):
        lower = max(lr * self.factor, min_lr)
        return lower if lr - lower > self.eps else lr

    def _is_better(self, metric):
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            mark = self.best * (1 + sign * self.threshold)  # a factor: infinity less infinity would be NaN
        else:
            mark = self.best + sign * self.threshold
        return metric < mark if self.mode == "min" else metric > mark

    def state_dict(self):
        """What to save: also the best metric (None before the first), the bad steps in a row, the cooldown left."""
        state = super().state_dict()
        state["best"] = None if math.isinf(self.best) else self.best
        state["num_bad_epochs"], state["cooldown_counter"] = self.num_bad_epochs, self.cooldown_counter
        return state

    def load_state_dict(self, state_dict):
        """Go to a saved state. Raises ValueError for a state of another class or with other keys."""
        super().load_state_dict(state_dict)
        best = state_dict["best"]
        self.best = (math.inf if self.mode == "min" else -math.inf) if best is None else best
        self.num_bad_epochs, self.cooldown_counter = state_dict["num_bad_epochs"], state_dict["cooldown_counter"]
