"""ReduceLROnPlateau for the playground: a plan that looks at the loss, so it must be asked step by step."""

import warnings
from types import SimpleNamespace

from lrcourse.schedulers import ReduceLROnPlateau, ScheduleWarning


class reduce_on_plateau:
    """The LR times factor whenever the loss has not improved for more than patience steps; `lrs` are those asked for.

    >>> plan = reduce_on_plateau(0.1, factor=0.5, patience=0)
    >>> for loss in (3.0, 3.0, 2.0):
    ...     lr = plan(len(plan.lrs))
    ...     plan.watch(loss)
    >>> plan.lrs
    [0.1, 0.1, 0.05]
    """

    def __init__(self, base_lr=0.1, factor=0.5, patience=10, threshold=1e-4, cooldown=0, min_lr=0.0):
        self._optimizer = SimpleNamespace(param_groups=[{"lr": base_lr}])
        limits = {"patience": patience, "threshold": threshold, "cooldown": cooldown, "min_lr": min_lr}
        with warnings.catch_warnings():  # a playground tells its traps itself: beside the picture, not below the cell
            warnings.simplefilter("ignore", ScheduleWarning)
            self._scheduler = ReduceLROnPlateau(self._optimizer, factor=factor, **limits)
        self.lrs = []

    def __call__(self, step):
        """The LR now, whatever the step."""
        self.lrs.append(self._optimizer.param_groups[0]["lr"])
        return self.lrs[-1]

    def watch(self, loss):
        """The loss after a step."""
        self._scheduler.step(loss)
