"""How a claim's numbers are made: by any function of arm, LR and seed, or by races of networks."""

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lrcourse import schedules
from lrcourse.arguments import function
from lrcourse.schedulers import LinearLR

PARTS = ["x_train", "y_train", "x_val", "y_val", "x_test", "y_test"]
DATA_BYTES = 2**28  # of datasets side by side in one race
Results = dict[tuple[str, float], list[float]]  # by arm and LR: a number for each seed


@dataclass(frozen=True)
class Request:
    """Some arms at some LRs, all on the same seeds, the same split of the data and the same part of it."""

    split: int
    seeds: tuple[int, ...]
    lrs: Mapping[str, tuple[float, ...]]
    part: str  # 'val' while tuning, 'test' at the end

    @property
    def entries(self) -> list[tuple[str, float]]:
        return [(arm, lr) for arm, lrs in self.lrs.items() for lr in lrs]


class Trials(Protocol):
    """What makes numbers for a claim."""

    splits: bool | None  # whether the data split varies with the seed; None where there is no data

    def rivals(self) -> Mapping[str, Any]:
        """The arms that a reader would choose, as far as they can be made here."""

    def __call__(self, arms: Mapping[str, Any], requests: Sequence[Request]) -> list[Results]:
        """The numbers of every request."""


class Function:
    """Trials by a function run(arm, lr, seed), or run(arm, lr, seeds) that gives a number for each of many seeds.

    A function that measures on data takes part, too, and reads that part: 'val' while tuning, 'test' at the end. With
    steps, the rivals are added as functions of the LR that give a schedule: run calls arm(lr).

    >>> noisy = Function(lambda arm, lr, seed: arm + lr + seed)
    >>> noisy({"a": 10}, [Request(0, (1, 3), {"a": (0.5,)}, "test")])
    [{('a', 0.5): [11.5, 13.5]}]
    """

    splits: bool | None = None

    def __init__(self, run: Callable[..., Any], steps: int | None = None) -> None:
        names = list(inspect.signature(function("run", run)).parameters)
        self.run, self.steps, self.many = run, steps, len(names) > 2 and names[2] == "seeds"
        self.measures = "part" in names

    def rivals(self) -> Mapping[str, Any]:
        if self.steps is None:
            return {}
        steps = self.steps
        return {
            "constant": schedules.constant,
            "linear to zero": lambda lr: schedules.linear(lr, start_factor=1.0, end_factor=0.0, total_iters=steps),
        }

    def __call__(self, arms: Mapping[str, Any], requests: Sequence[Request]) -> list[Results]:
        wanted: dict[tuple[str, tuple[str, float]], list[int]] = {}
        for request in requests:
            for entry in request.entries:
                wanted.setdefault((request.part, entry), []).extend(request.seeds)
        made = {key: iter(self._numbers(arms[key[1][0]], key[1][1], seeds, key[0])) for key, seeds in wanted.items()}
        return [{entry: [next(made[r.part, entry]) for _ in r.seeds] for entry in r.entries} for r in requests]

    def _numbers(self, arm: Any, lr: float, seeds: list[int], part: str) -> list[float]:
        run = functools.partial(self.run, part=part) if self.measures else self.run
        numbers = run(arm, lr, seeds) if self.many else [run(arm, lr, seed) for seed in seeds]
        if len(numbers) != len(seeds):
            raise ValueError(f"run must give a number for each of {len(seeds)} seeds, not {len(numbers)}")
        return [float(number) for number in numbers]


class Racing:
    """Trials by lrcourse.training.race: see racing."""

    def __init__(self, model: Callable[[], Any], data: Any, read: Any, options: Mapping[str, Any]) -> None:
        self.model, self.data, self.read, self.options = function("model", model), data, read, dict(options)
        self.splits: bool | None = callable(data)

    def rivals(self) -> Mapping[str, Any]:
        options, data = self.options, self._data(1)
        per_epoch = math.ceil(len(data.x_train) / options.get("batch_size", 64))
        steps = options.get("steps") or per_epoch * options["epochs"]
        horizon = steps if options.get("step_per", "step") == "step" else math.ceil(steps / per_epoch)
        return {"constant": None, "linear to zero": lambda optimizer: LinearLR(optimizer, 1.0, 0.0, horizon)}

    def __call__(self, arms: Mapping[str, Any], requests: Sequence[Request]) -> list[Results]:
        """One race for all requests that ask for the same part, their splits side by side, as far as memory goes."""
        made: dict[int, Results] = {}
        for together in self._groups(requests):
            made |= zip(together, self._race(arms, [requests[i] for i in together]), strict=True)
        return [made[i] for i in range(len(requests))]

    def _groups(self, requests: Sequence[Request]) -> list[list[int]]:
        """Which requests may share a race: of one part, no seed twice, not too many datasets."""
        groups: list[list[int]] = []
        most = max(1, DATA_BYTES // sum(getattr(self._data(1), part).nbytes for part in PARTS)) if requests else 1
        for i, request in enumerate(requests):
            last = [requests[j] for j in groups[-1]] if groups else []
            taken = {seed for one in last for seed in one.seeds}
            fits = last and last[0].part == request.part and not taken & set(request.seeds)
            if fits and len(taken) + len(request.seeds) <= most:
                groups[-1].append(i)
            else:
                groups.append([i])
        return groups

    def _race(self, arms: Mapping[str, Any], requests: Sequence[Request]) -> list[Results]:
        from lrcourse.training import race

        of_seed = {seed: request for request in requests for seed in request.seeds}
        named = {arm: arms[arm] for arm in arms if any(arm in request.lrs for request in requests)}
        part, data = requests[0].part, functools.cache(self._data)
        options = {"test": part == "test", "progress": False, "cycle_momentum": False, **self.options}
        lanes = race(
            self.model,
            lambda seed: data(of_seed[seed].split),
            named,
            lambda arm, seed: of_seed[seed].lrs.get(arm, ()),
            list(of_seed),
            **options,
        ).lanes
        found = {(lane.schedule, lane.base_lr, lane.seed): self._number(lane, part) for lane in lanes}
        return [
            {(arm, lr): [found[arm, lr, seed] for seed in one.seeds] for arm, lr in one.entries} for one in requests
        ]

    def _data(self, split: int) -> Any:
        return self.data(split) if self.splits else self.data

    def _number(self, lane: Any, part: str) -> float:
        if lane.diverged_at is not None:
            return math.nan
        if callable(self.read):
            return float(self.read(lane))
        loss, accuracy = getattr(lane, part)
        return float(loss if self.read == "loss" else accuracy)


def racing(model: Callable[[], Any], data: Any, read: Any = "loss", **options: Any) -> Racing:
    """Trials by races: arms are functions that take an optimizer and return a scheduler, or None for a constant LR.

    data: a Dataset, or better a function of a seed that gives one, such as lambda seed: load("digits", seed=seed): then
    every test seed has a data split of its own. read: 'loss' or 'accuracy', of the validation part while tuning and of
    the test part at the end, or a function of a lane (its .loss and .lr have an entry a step), such as the number of
    steps to a loss. options go to race: epochs or steps, batch_size, optimizer, step_per, loss.

    >>> from torch import nn
    >>> from lrcourse.data import load
    >>> trials = racing(lambda: nn.Linear(64, 10), lambda seed: load("digits", seed=seed), epochs=1)
    >>> sorted(trials.rivals())
    ['constant', 'linear to zero']
    """
    if not callable(read) and read not in ("loss", "accuracy"):
        raise ValueError(f"read must be 'loss', 'accuracy' or a function of a lane, not {read!r}")
    if ("epochs" in options) == ("steps" in options):
        raise ValueError("epochs or steps must be given, one of the two")
    return Racing(model, data, read, options)
