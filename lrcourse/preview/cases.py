"""A run's log beside its plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lrcourse.preview.logs import Logged

MANY = 20  # so many steps an update nobody makes: the log is a thin one
Place = Callable[[int], int]  # from a step of the log to a step of the plan
Suspect = tuple[str, dict[str, Any]]


@dataclass
class Case:
    """A log beside its plan. planned: the LR of a step of the plan, None outside it."""

    log: Sequence[Logged]
    planned: Callable[[int], float | None]
    top: float
    length: int | None = None  # of the plan, where it has one
    probes: Sequence[int] = ()  # entries to look at first, the first that differs before all: most suspects fail there

    def near(self, entry: Logged, lr: float | None, slack: float = 0.0) -> bool:
        """Whether a logged LR is that one, as far as its digits tell."""
        return lr is not None and abs(entry.lr - lr) <= max(1e-6 * self.top, entry.resolution, slack * self.top)

    def first(self) -> int | None:
        """The first entry of the log that is not the plan's."""
        return next((i for i, e in enumerate(self.log) if not self.near(e, self.planned(e.step))), None)

    def explains(self, place: Place, begin: int = 0, probe: int = -1) -> bool:
        """Whether every entry from one on is the plan's LR of that other place; a few must lie inside the plan.

        The first that differs is one of them: past the plan's end nothing would be explained. probe: one more entry to
        look at first.
        """
        if self.probes and self.probes[0] >= begin and not self._explained(self.log[self.probes[0]], place):
            return False
        if not all(self._explained(self.log[i], place) is not False for i in (probe, *self.probes) if i >= begin):
            return False
        inside = 0
        for entry in self.log[begin:]:
            explained = self._explained(entry, place)
            if explained is False:
                return False
            inside += explained is not None
        return inside >= max(2 if begin else 3, (len(self.log) - begin) // 6)

    def _explained(self, entry: Logged, place: Place) -> bool | None:
        """Whether an entry is the plan's LR of another place; None past the plan's end."""
        at = place(entry.step)
        if at < 0:
            return False
        lr = self.planned(at)
        return None if lr is None else self.near(entry, lr)


def listed(steps: list[int]) -> str:
    return ", ".join(map(str, steps[:4])) + (", ..." if len(steps) > 4 else "")


def about(step: float) -> str:
    """A step to three digits, and none of them as 1.2e+04.

    >>> about(12345.6), about(87.6)
    ('12300', '88')
    """
    return f"{float(f'{step:.3g}'):.0f}"
