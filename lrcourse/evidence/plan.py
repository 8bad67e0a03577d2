"""What is written down before the test seeds run: the question, the arms, the grid, the seeds, and a hash of it all."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass

from lrcourse.arguments import choice, flag, real, whole
from lrcourse.evidence.rows import check_id, check_words

COURSE = 0  # the number that the seeds of the stored claims derive from
STAGES = {"tuning": 0, "test": 1}
RIVALS = {"constant": "constant at its own best LR", "linear to zero": "linear to zero"}  # what a reader would choose
_root: ContextVar[int] = ContextVar("root", default=COURSE)


@contextmanager
def seeds_from(root: int) -> Iterator[None]:
    """Within it, every claim draws its seeds from this number instead of the course's own.

    >>> with seeds_from(7):
    ...     seeds_root()
    7
    """
    token = _root.set(root)
    try:
        yield
    finally:
        _root.reset(token)


def seeds_root() -> int:
    """The number that all seeds derive from here and now."""
    return _root.get()


def draw(root: int, claim: str, stage: str, count: int) -> tuple[int, ...]:
    """The seeds of a claim's stage, 'tuning' or 'test': different ones, below 2³¹.

    A tuning seed is even and a test seed is odd, so they never meet: not in a claim, not between two claims, not
    between a claim and its replication. Everything else comes from a hash of the root, the claim and the stage.

    >>> draw(0, "A9", "test", 3), draw(0, "A9", "tuning", 2)
    ((1517651591, 1262924131, 670928179), (684130522, 1303459938))
    """
    parity, seeds, i = STAGES[stage], dict[int, None](), 0
    while len(seeds) < count:
        drawn = hashlib.sha256(f"{root}/{claim}/{stage}/{i}".encode()).digest()
        seeds[int.from_bytes(drawn[:4], "big") // 4 * 2 + parity] = None
        i += 1
    return tuple(seeds)


@dataclass(frozen=True)
class Plan:
    """A claim's question and how it will be answered; nothing in it is known only after a look at test seeds."""

    id: str
    text: str
    metric: str
    better: str
    matters: float
    best: str | None
    arms: tuple[str, ...]
    added: tuple[str, ...]
    without: Mapping[str, str]
    grids: Mapping[str, Mapping[str, tuple[float, ...]]]  # by setting and arm
    tuned: bool
    seeds: int
    tuning_seeds: int
    retune: bool
    splits: bool | None
    worst: float | None
    root: int

    def __post_init__(self) -> None:
        check_id(self.id)
        check_words(text=self.text, metric=self.metric)
        choice("better", self.better, ["lower", "higher"])
        real("matters", self.matters, above=0)
        whole("seeds", self.seeds, at_least=3)
        whole("tuning_seeds", self.tuning_seeds, at_least=1)
        flag("retune", self.retune)
        if self.worst is not None:
            real("worst", self.worst)

    @property
    def rivals(self) -> tuple[str, ...]:
        return tuple(arm for arm in self.arms if arm != self.best)

    @property
    def settings(self) -> tuple[str, ...]:
        return tuple(self.grids)

    @property
    def test_seeds(self) -> tuple[int, ...]:
        return draw(self.root, self.id, "test", self.seeds)

    @property
    def studies(self) -> list[tuple[int, ...]]:
        """The tuning seeds of every tuning: one for each test seed, or one for all."""
        count = self.seeds if self.retune else 1
        drawn = draw(self.root, self.id, "tuning", count * self.tuning_seeds)
        return [drawn[i : i + self.tuning_seeds] for i in range(0, len(drawn), self.tuning_seeds)]

    @property
    def question(self) -> str:
        """A hash of the question without its seeds: a replication asks the same."""
        return _hash({key: value for key, value in asdict(self).items() if key != "root"})

    @property
    def hash(self) -> str:
        """A hash of the question and of every seed that will be used."""
        return _hash({**asdict(self), "test": self.test_seeds, "tuning": self.studies})

    @property
    def lines(self) -> list[str]:
        """The plan in a beginner's words."""
        asked = f"Asked: {self.metric}, {self.better} is better; less than {self.matters:g} either way does not matter."
        return [asked, f"Compared: {self._compared()}", self._tuning(), self._testing(), f"Plan {self.hash}"]

    def _compared(self) -> str:
        names = [f"{arm} (added)" if arm in self.added else arm for arm in self.rivals]
        said = f"{self.best} against {', '.join(names)}." if self.best else f"{', '.join(names)}, all with all."
        return said + "".join(f" Not {rival}: {why.rstrip('.')}." for rival, why in self.without.items())

    def _tuning(self) -> str:
        lrs = sorted({lr for grids in self.grids.values() for grid in grids.values() for lr in grid})
        if not self.tuned:
            return f"Not tuned: all share an LR, {', '.join(f'{lr:g}' for lr in lrs)}."
        how = "anew for every test seed" if self.retune else "once, so the luck of the tuning is not in the interval"
        return (
            f"Tuned: each for this very number, from LRs of {lrs[0]:g} to {lrs[-1]:g} and beyond until the best lies "
            f"inside, {how}, {self.tuning_seeds} seed{'s' * (self.tuning_seeds > 1)} each time."
        )

    def _testing(self) -> str:
        split = {True: ", each with a data split of its own", False: ", all on one data split", None: ""}[self.splits]
        return f"Tested: {self.seeds} seeds that no tuning has seen{split}, compared seed by seed."


def _hash(content: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
