"""The scheduler that follows the clock instead of the step."""

import time
from collections.abc import Callable
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import function, real
from lrcourse.schedulers.base import LRScheduler
from lrcourse.schedulers.groups import Optimizer
from lrcourse.schedulers.plans import Plan


class TimeBasedLR(LRScheduler):
    """The LR halved every so many seconds of the clock; step() writes the LR of the moment.

    clock: a function that gives the time in seconds. Time counts from the constructor on. A saved state holds the time
    passed at the last step; after loading, the clock goes on from there.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    >>> times = iter([0, 600, 900, 1200])
    >>> scheduler = TimeBasedLR(optimizer, seconds=600, clock=lambda: next(times))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.05]
    """

    follows_step = False

    def __init__(self, optimizer: Optimizer, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.clock = seconds, function("clock", clock)
        self._seen = real("clock()", clock())
        super().__init__(optimizer)

    def make_schedule(self, base_lr: float, i: int) -> Plan:
        return schedules.half_life(base_lr, self.seconds)

    def step(self) -> None:  # type: ignore[override]
        """Write the LR of this moment."""
        now = self.clock()
        self._move_to(self._at + max(0.0, now - self._seen))  # a clock that is set back stops the decay, no more
        self._seen = now
        self.last_epoch += 1

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._seen = self.clock()
