"""A scheduler's plan for the groups of its optimizer: their schedules, made once and asked at every step."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lrcourse.schedulers.groups import Group, momentum_key
from lrcourse.schedules.value import inner

if TYPE_CHECKING:
    from lrcourse.schedulers.base import LRScheduler

Plan = Callable[[Any], float]  # a schedule: a function of the step


class Plans:
    """schedules: one a group. momenta: (group, the momentum's name there, its schedule) where one is planned.

    scaled: whether a group has an lr_scale.
    """

    def __init__(self, scheduler: "LRScheduler", base_lrs: Sequence[float]) -> None:
        groups = scheduler.optimizer.param_groups
        self.schedules = [inner(scheduler.make_schedule(base_lr, i)) for i, base_lr in enumerate(base_lrs)]
        self.momenta: list[tuple[int, str, Plan]] = []
        for i in range(len(base_lrs)):
            key, momentum = momentum_key(groups[i]), scheduler.make_momentum(i)
            if key and momentum:
                self.momenta.append((i, key, inner(momentum)))
        self.scaled = any("lr_scale" in group for group in groups)

    def at(self, step: float, groups: list[Group]) -> list[float]:
        """The LR that each group should have at a step."""
        planned = [schedule(step) for schedule in self.schedules]
        if self.scaled:
            planned = [plan * group.get("lr_scale", 1.0) for plan, group in zip(planned, groups, strict=False)]
        return planned
