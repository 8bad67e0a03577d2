"""Any number of the optimizer's groups along a schedule, not the learning rate alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lrcourse.arguments import function, real, whole
from lrcourse.schedulers import state, traps
from lrcourse.schedulers.groups import Optimizer, param_groups, pick, write
from lrcourse.schedulers.hands import hands_on

Follow = Callable[[int], float] | None
BETAS = ("beta1", "beta2")


class GroupScheduler:
    """Writes schedules["weight_decay"](step), and so on for each key, into every parameter group.

    schedules: {key: schedule}, or {key: [one a group]}, where None leaves a group's number alone. key: as the group
    has it, such as "weight_decay", "momentum", "lr_scale" (a factor on every LR, if it is there when the LR's
    scheduler is made) or "lr"; "beta1" and "beta2" stand in "betas". What a schedule gives must be at least 0
    (for the betas also below 1).
    last_epoch: the step done last, to go on from it. A group that comes later joins in at the next step.

    Raises KeyError for a key that a group lacks, TypeError or ValueError for what is no schedule or no number.

    >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.1, "weight_decay": 0.0, "betas": (0.9, 0.999)}])
    >>> scheduler = GroupScheduler(optimizer, {"weight_decay": linear(0.4, 0.0, 1.0, 4), "beta2": constant(0.95)})
    >>> scheduler.step()
    >>> optimizer.param_groups
    [{'lr': 0.1, 'weight_decay': 0.1, 'betas': (0.9, 0.95)}]
    """

    _told = False  # whether it has been told of another hand on the LR

    def __init__(
        self, optimizer: Optimizer, schedules: Mapping[str, Follow | Sequence[Follow]], last_epoch: int = -1
    ) -> None:
        if not isinstance(schedules, Mapping):
            raise TypeError(f"schedules must be a dict of a schedule for each key, not {schedules!r}")
        self.optimizer, self.schedules = optimizer, dict(schedules)
        self.last_epoch = whole("last_epoch", last_epoch, at_least=-1) + 1
        self._write(self.last_epoch)

    def step(self, epoch: int | None = None) -> None:
        """Write the numbers of the next step, or of any step of at least 0."""
        now = self.last_epoch + 1 if epoch is None else whole("epoch", epoch, at_least=0)
        self._write(now)
        self.last_epoch = now
        if "lr" in self.schedules and not self._told:
            self._look_for_others()

    def _look_for_others(self) -> None:
        others = [hand for hand in hands_on(self.optimizer) if hand.last_epoch]
        if others:
            self._told = True
            traps.warn(f'optimizer: this GroupScheduler overwrites the "lr" that a {type(others[0]).__name__} steps')

    def _write(self, step: int) -> None:
        groups, values = param_groups(self.optimizer), []
        for i, group in enumerate(groups):
            for key, schedule in self.schedules.items():
                own = pick(f"schedules[{key!r}]", schedule, i, self.optimizer)
                if ("betas" if key in BETAS else key) not in group:
                    raise KeyError(f"schedules has the key {key!r}, which param_groups[{i}] lacks")
                if own is not None:
                    if key not in BETAS and not isinstance(group[key], float):  # "params" or "betas" would be lost
                        real(f"schedules has the key {key!r}; param_groups[{i}][{key!r}]", group[key], finite=False)
                    value = function(f"schedules[{key!r}]", own)(step)
                    below = 1 if key in BETAS else None
                    values.append((group, key, real(f"schedules[{key!r}]({step})", value, at_least=0, below=below)))
        for group, key, value in values:
            write(group, key, value)

    def state_dict(self) -> dict[str, Any]:
        """The step, and the schedules as data; of one that is a function of your own only the name."""
        return {"class": "GroupScheduler", "last_epoch": self.last_epoch, "schedules": state.as_data(self.schedules)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on as what was saved; a difference is warned of. Raises ValueError for another kind of state."""
        known = self.state_dict()
        if (
            not isinstance(state_dict, dict)
            or state_dict.keys() != known.keys()
            or state_dict["class"] != known["class"]
        ):
            raise ValueError(f"state_dict must come from a GroupScheduler, not be {state_dict!r}")
        step, saved = whole("state_dict['last_epoch']", state_dict["last_epoch"], at_least=0), state_dict["schedules"]
        before = self.schedules
        self.schedules = {key: state.from_data(data, before.get(key)) for key, data in saved.items()}
        try:
            self._write(step)
        except Exception:
            self.schedules = before
            raise
        self.last_epoch = step
        if known["schedules"] != saved:
            traps.warn(f"GroupScheduler goes on as it was saved: schedules={self.schedules} (built: {before})")
