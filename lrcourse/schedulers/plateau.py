"""The scheduler that follows a metric instead of the step."""

from math import inf

from lrcourse import schedules
from lrcourse.arguments import choice, real, whole
from lrcourse.schedulers.base import LRScheduler, write_lr


class ReduceLROnPlateau(LRScheduler):
    """The LR times factor whenever the metric has not improved for more than patience steps in a row.

    Better means below (mode 'min') or above ('max') the best so far by the threshold: a fraction of the best
    (threshold_mode 'rel') or an amount ('abs'). After a cut, cooldown steps are not counted. The LR stays at least at
    min_lr (one number, or a list of one a group) and is left alone where the cut would be eps or less.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [0.9, 0.8, 0.8, 0.8]:
    ...     scheduler.step(loss)
    ...     print(loss, scheduler.get_last_lr())
    0.9 [0.1]
    0.8 [0.1]
    0.8 [0.1]
    0.8 [0.05]
    """

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
        self.threshold_mode = choice("threshold_mode", threshold_mode, ["rel", "abs"])
        fraction = threshold_mode == "rel" and mode == "min"
        self.threshold = real("threshold", threshold, at_least=0, below=1 if fraction else None)
        self.cooldown = whole("cooldown", cooldown, at_least=0)
        self.eps = real("eps", eps, at_least=0)
        self.min_lr = min_lr
        self.min_lrs = list(min_lr) if isinstance(min_lr, list | tuple) else []
        self.best = inf if mode == "min" else -inf
        self.num_bad_epochs = self.cooldown_counter = 0
        super().__init__(optimizer)

    def make_schedule(self, base_lr, i):
        groups = len(self.optimizer.param_groups)
        if isinstance(self.min_lr, list | tuple):
            if len(self.min_lrs) != groups:
                raise ValueError(f"min_lr must be one number or a list of {groups}, one a group, not {self.min_lrs!r}")
            real("min_lr", self.min_lrs[i], at_least=0)
        else:
            self.min_lrs.append(real("min_lr", self.min_lr, at_least=0))
        return schedules.constant(base_lr)

    def step(self, metrics):
        """Judge one value of the metric, most often the validation loss; NaN counts as no improvement."""
        metric = metrics if isinstance(metrics, float) else real("metrics", metrics, finite=False)
        if len(self.optimizer.param_groups) != len(self.base_lrs):
            self._adopt()
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._cut()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [float(group["lr"]) for group in self.optimizer.param_groups]
        self.last_epoch += 1
        self._at = self.last_epoch

    def _is_better(self, metric):
        threshold = self.threshold if self.mode == "max" else -self.threshold
        bar = self.best + threshold if self.threshold_mode == "abs" else self.best * (1 + threshold)
        return metric > bar if self.mode == "max" else metric < bar

    def _cut(self):
        for group, min_lr in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            lr = float(group["lr"])
            lower = max(lr * self.factor, min_lr)
            if lr - lower > self.eps:
                write_lr(group, lower)

    def state_dict(self):
        """What to save: also the best metric (None before the first), the bad steps in a row, the cooldown left."""
        best = None if self.best in (inf, -inf) else self.best
        counters = {"num_bad_epochs": self.num_bad_epochs, "cooldown_counter": self.cooldown_counter}
        return {**super().state_dict(), "best": best, **counters}

    def _check(self, state_dict):
        super()._check(state_dict)
        if state_dict["best"] is not None:
            real("state_dict['best']", state_dict["best"])
        for counter in ("num_bad_epochs", "cooldown_counter"):
            whole(f"state_dict['{counter}']", state_dict[counter], at_least=0)

    def _restore(self, state_dict):
        super()._restore(state_dict)
        self.num_bad_epochs, self.cooldown_counter = state_dict["num_bad_epochs"], state_dict["cooldown_counter"]
        self.best = state_dict["best"]
        if self.best is None:
            self.best = inf if self.mode == "min" else -inf
