"""The scheduler that follows a metric instead of the step."""

from collections.abc import Sequence
from math import inf
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import choice, real, whole
from lrcourse.schedulers import traps
from lrcourse.schedulers.base import LRScheduler
from lrcourse.schedulers.groups import Optimizer, one_a_group, write
from lrcourse.schedulers.plans import Plan


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

    follows_step = False

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        self.mode = choice("mode", mode, ["min", "max"])
        self.factor = real("factor", factor, at_least=0, below=1)
        self.patience = whole("patience", patience, at_least=0)
        self.threshold_mode = choice("threshold_mode", threshold_mode, ["rel", "abs"])
        fraction = threshold_mode == "rel" and mode == "min"
        self.threshold = real("threshold", threshold, at_least=0, below=1 if fraction else None)
        self.cooldown = whole("cooldown", cooldown, at_least=0)
        self.eps = real("eps", eps, at_least=0)
        self.min_lrs = [real("min_lr", each, at_least=0) for each in one_a_group("min_lr", min_lr, optimizer)]
        self.best = inf if mode == "min" else -inf
        self.num_bad_epochs = self.cooldown_counter = 0
        super().__init__(optimizer)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.constant(base_lr)

    def step(self, metrics: float) -> None:  # type: ignore[override]
        """Judge one value of the metric, most often the validation loss; NaN counts as no improvement."""
        metric = metrics if isinstance(metrics, float) else real("metrics", metrics, finite=False)
        lrs = [group["lr"] for group in self.optimizer.param_groups]
        if lrs != self._last_lr:  # another hand has been here, or a group is new
            self._look_again(lrs)
        relative, best = self.threshold_mode == "rel", self.best
        if self.mode == "min":
            better = metric < (best * (1 - self.threshold) if relative else best - self.threshold)
        else:
            better = metric > (best * (1 + self.threshold) if relative else best + self.threshold)
        bad = 0 if better or self.cooldown_counter else self.num_bad_epochs + 1
        if better:
            self.best = metric
        elif metric != metric:
            self._tell_nan()
        if self.cooldown_counter:
            self.cooldown_counter -= 1
        if bad > self.patience:
            self._cut()
            self.cooldown_counter, bad = self.cooldown, 0
        self.num_bad_epochs = bad
        self.last_epoch = self._at = self.last_epoch + 1

    def _look_again(self, lrs: list[float]) -> None:
        if len(lrs) != len(self.base_lrs):
            self._take_in(self.optimizer.param_groups)
        self._last_lr[:] = map(float, lrs)

    def _tell_nan(self) -> None:
        if self._met is not None:  # the first time
            self._met = None
            traps.warn("metrics is NaN: ReduceLROnPlateau counts it as no improvement")

    def _cut(self) -> None:
        groups, min_lrs, lrs = self.optimizer.param_groups, self.min_lrs, self._last_lr
        if len(min_lrs) != len(groups):
            if len(set(min_lrs)) > 1:
                raise RuntimeError(
                    f"The number of param groups in the optimizer ({len(groups)}) differs from that of min_lrs "
                    f"({len(min_lrs)}): append the new group's min_lr to scheduler.min_lrs"
                )
            min_lrs = min_lrs[:1] * len(groups)  # one for all, also for groups that have come later
        for i, group in enumerate(groups):
            lower = max(lrs[i] * self.factor, min_lrs[i])
            if lrs[i] - lower > self.eps:
                write(group, "lr", lower)
                lrs[i] = float(group["lr"])  # a tensor of 32 bits holds no more

    def memory(self) -> dict[str, Any]:
        """The best metric (None before the first), the bad steps in a row, the cooldown left."""
        best = None if self.best in (inf, -inf) else self.best
        return {"best": best, "num_bad_epochs": self.num_bad_epochs, "cooldown_counter": self.cooldown_counter}

    def recall(self, state_dict: dict[str, Any]) -> None:
        best = state_dict["best"]
        best = (inf if self.mode == "min" else -inf) if best is None else real("state_dict['best']", best)
        bad, left = (state_dict[name] for name in ("num_bad_epochs", "cooldown_counter"))
        bad = whole("state_dict['num_bad_epochs']", bad, at_least=0)
        left = whole("state_dict['cooldown_counter']", left, at_least=0)
        self.best, self.num_bad_epochs, self.cooldown_counter = best, bad, left
