"""A log beside its plan: what every suspect is asked about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lrcourse.preview.logs import Logged

Place = Callable[[int], int]  # from a step of the log to a step of the plan


@dataclass
class Case:
    """A log beside its plan. planned: the LR of a step of the plan, None outside it."""

    log: Sequence[Logged]
    planned: Callable[[int], float | None]
    top: float
    length: int | None = None  # of the plan, where it has one

    def near(self, entry: Logged, lr: float | None, slack: float = 0.0) -> bool:
        """Whether a logged LR is that one, as far as its digits tell."""
        return lr is not None and abs(entry.lr - lr) <= max(1e-6 * self.top, entry.resolution, slack * self.top)

    def first(self) -> int | None:
        """The first entry of the log that is not the plan's."""
        return next((i for i, e in enumerate(self.log) if not self.near(e, self.planned(e.step))), None)

    def explains(self, place: Place, begin: int = 0) -> bool:
        """Whether every entry from one on is the plan's LR of that other place; a few must lie inside the plan."""
        inside = 0
        for entry in self.log[begin:]:
            at = place(entry.step)
            lr = self.planned(at)
            if at < 0:
                return False
            if lr is None:  # past the plan's end
                continue
            if not self.near(entry, lr):
                return False
            inside += 1
        return inside >= max(2 if begin else 3, (len(self.log) - begin) // 6)
