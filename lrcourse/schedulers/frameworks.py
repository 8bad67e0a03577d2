"""A schedule as one of torch's own schedulers, for the frameworks that accept no other.

The one module of this package that imports torch; lrcourse.schedulers.torch_scheduler brings it in when it is called.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from lrcourse.arguments import function
from lrcourse.schedulers import state, traps
from lrcourse.schedulers.groups import for_all, one_a_group, pick, write

Schedule = Callable[[int], float]


class TorchScheduler(torch.optim.lr_scheduler.LRScheduler):
    """Writes schedule(step) into the "lr" of every parameter group; see torch_scheduler."""

    def __init__(
        self, optimizer: torch.optim.Optimizer, schedule: Schedule | Sequence[Schedule], last_epoch: int = -1
    ) -> None:
        self.schedules = [function("schedule", each) for each in one_a_group("schedule", schedule, optimizer)]
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float | torch.Tensor]:
        """The LR of each group at the present step."""
        plan, optimizer = for_all(self.schedules), self.optimizer
        own = [pick("schedule", plan, i, optimizer) for i in range(len(optimizer.param_groups))]
        scales = [group.get("lr_scale", 1.0) for group in optimizer.param_groups]
        return [schedule(self.last_epoch) * scale for schedule, scale in zip(own, scales, strict=True)]

    _get_closed_form_lr = get_lr  # what torch asks for at step(epoch)

    def state_dict(self) -> dict[str, Any]:
        """torch's state, with the schedules as plain data: a schedule's call, of a function of your own the name."""
        return {**super().state_dict(), "schedules": state.as_data(self.schedules)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on as what was saved, and write its LR; a difference is warned of."""
        built, saved = self.schedules, state_dict["schedules"]
        super().load_state_dict({**state_dict, "schedules": state.from_data(saved, for_all(built))})
        for group, lr in zip(self.optimizer.param_groups, self._last_lr, strict=False):
            write(group, "lr", float(lr))
        if state.as_data(built) != saved:
            traps.warn(
                f"the scheduler goes on as it was saved: schedule={for_all(self.schedules)} (built: {for_all(built)})"
            )
