"""A fair comparison of schedules: each tunes its LR on the same grid, then shows itself on seeds it has not seen."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lrcourse import schedulers
from lrcourse.arguments import choice, whole
from lrcourse.evidence.intervals import interval_or_not, rank_stability
from lrcourse.schedules.standard import standard
from lrcourse.training import race

GRIDS = {"sgd": (0.01, 10), "momentum": (0.001, 1), "adam": (0.0001, 0.1), "adamw": (0.0001, 0.1)}  # lowest, highest LR


Maker = Callable[[Any], Any]  # from an optimizer to a scheduler

# the race's name for a schedule: the standard settings' name, and the scheduler that takes them
RIVALS = {
    "step": ("step_decay", schedulers.StepLR),
    "exponential": ("exponential", schedulers.ExponentialLR),
    "cosine": ("cosine", schedulers.CosineAnnealingLR),
    "cyclic": ("cyclic", schedulers.CyclicLR),
    "one-cycle": ("one_cycle", schedulers.OneCycleLR),
    "linear": ("linear", schedulers.LinearLR),
    "cosine restarts": ("cosine_restarts", schedulers.CosineAnnealingWarmRestarts),
    "wsd": ("wsd", schedulers.WSDLR),
    "inverse time": ("inverse_time", schedulers.InverseTimeLR),
    "inverse sqrt": ("inverse_sqrt", schedulers.InverseSqrtLR),
}


def named_schedules(steps: int, epochs: int) -> dict[str, Maker | None]:
    """The course's schedules by name, stretched over a run: functions that take an optimizer and return a scheduler.

    Their settings are the course's standard ones (lrcourse.schedules.standard), the optimizer's LR their highest.

    >>> sorted(named_schedules(steps=100, epochs=10))[:4]
    ['constant', 'cosine', 'cosine restarts', 'cyclic']
    """

    def lr(optimizer: Any) -> float:
        return float(optimizer.param_groups[0]["lr"])

    def maker(name: str, scheduler: Any) -> Maker:
        def make(optimizer: Any) -> Any:
            settings = standard(lr(optimizer), steps)[name]
            if scheduler is not schedulers.CyclicLR:  # all others take it from the optimizer
                settings.pop("base_lr", None)
            return scheduler(optimizer, **settings)

        return make

    def warmup_cosine(optimizer: Any) -> Any:
        tenth = max(1, steps // 10)
        decay = schedulers.CosineAnnealingLR(optimizer, T_max=max(1, steps - tenth))
        return schedulers.SequentialLR(optimizer, [schedulers.WarmupLR(optimizer, tenth), decay], [tenth])

    own = {  # what no row of the table holds
        "constant": None,
        "plateau": lambda optimizer: schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=max(0, epochs // 20)),
        "warmup cosine": warmup_cosine,
    }
    names = ["constant", "step", "exponential", "cosine", "plateau", "cyclic", "one-cycle", "linear", "cosine restarts"]
    names += ["warmup cosine", "wsd", "inverse time", "inverse sqrt"]
    return {name: own[name] if name in own else maker(*RIVALS[name]) for name in names}


class Comparison:
    """What a comparison found: the tuning race, the final race on fresh seeds, and the table made from them."""

    def __init__(self, tuning: Any, final: Any, best_lrs: dict[str, float], lrs: Sequence[float], metric: str) -> None:
        self.tuning, self.final, self.best_lrs, self.lrs, self.metric = tuning, final, best_lrs, lrs, metric

    @property
    def results(self) -> Any:
        """The final test results, a row per seed and a column per schedule; infinite where a run diverged."""
        table = self.final.table
        values = table[f"test_{self.metric}"].where(table.diverged_at.isna())
        worst = math.inf if self.metric == "loss" else -math.inf
        wide = table.assign(value=values.fillna(worst)).pivot(index="seed", columns="schedule", values="value")
        return wide[list(self.best_lrs)]

    @property
    def table(self) -> Any:
        """A row per schedule, the best first.

        mean, low, high: the test result over the fresh seeds and the 95 % interval of its mean (Student's t). behind,
        behind_low, behind_high: how far behind the first, the mean and interval of the differences seed by seed; they
        are not corrected for the first having been picked as the best. rank_holds: the share of 2,000 bootstrap
        resamples of the seeds that give the same rank. edge: 'lowest' or 'highest' if the best LR lies at that end of
        the grid. diverged: how many fresh runs; such a schedule has an infinite mean and no interval.
        """
        results, sign = self.results, 1 if self.metric == "loss" else -1
        order = (sign * results.mean()).sort_values(kind="stable").index
        rows: list[list[Any]] = []
        for name, held in zip(order, rank_stability(sign * results[order].to_numpy()), strict=True):
            mean, interval = interval_or_not(results[name])
            behind, behind_interval = interval_or_not(sign * (results[name] - results[order[0]]))
            diverged = int(np.isinf(results[name]).sum())
            row = [len(rows) + 1, held, name, self.best_lrs[name], self._edge(name), mean, *interval]
            rows.append([*row, behind, *behind_interval, diverged])
        columns = "rank rank_holds schedule best_lr edge mean low high behind behind_low behind_high diverged"
        return pd.DataFrame(rows, columns=columns.split())

    def _edge(self, name: str) -> str:
        if len(self.lrs) < 2:
            return "only"
        return {min(self.lrs): "lowest", max(self.lrs): "highest"}.get(self.best_lrs[name], "")

    @property
    def warnings(self) -> list[str]:
        """Sentences that a reader of the table must know."""
        table, said = self.table, []
        edges = [f"{row.schedule} ({row.edge})" for row in table.itertuples() if row.edge]
        if edges:
            said.append(
                f"The best LR is at the grid's edge for {', '.join(edges)}: widen the grid before you believe it."
            )
        diverged = [f"{row.schedule} ({row.diverged})" for row in table.itertuples() if row.diverged]
        if diverged:
            said.append(f"Fresh runs diverged for {', '.join(diverged)}: such a schedule ranks last.")
        return said

    @property
    def tuning_table(self) -> Any:
        """The tuning race's mean validation result for every schedule and LR, with the worst and best seed."""
        table = self.tuning.table
        values = table[f"val_{self.metric}"].where(table.diverged_at.isna())
        worst = math.inf if self.metric == "loss" else -math.inf
        grouped = table.assign(value=values.fillna(worst)).groupby(["schedule", "base_lr"], sort=False).value
        return grouped.agg(["mean", "min", "max"]).reset_index()


def compare(
    model: Callable[[], Any],
    data: Any,
    schedules: Mapping[str, Maker | None],
    *,
    budget: int = 7,
    lrs: Sequence[float] | None = None,
    seeds: int = 8,
    tuning_seeds: int = 3,
    optimizer: str = "sgd",
    epochs: int = 20,
    batch_size: int = 64,
    step_per: str = "step",
    metric: str = "loss",
    cycle_momentum: bool = False,
    **options: Any,
) -> Comparison:
    """Compare schedules fairly, and return a Comparison.

    Every schedule tries the same LRs (lrs, or budget of them, evenly spaced on a log scale over the optimizer's usual
    range) on the tuning seeds, and takes the one with the best mean on the validation part; an LR with a diverged run
    is out. Then it runs with that LR on fresh seeds, and those runs are measured on the test part. A seed decides the
    initialization and the order of the batches, the same for all schedules; the data split stays as it is.
    seeds, tuning_seeds: how many. metric: 'loss' or 'accuracy'. cycle_momentum: True lets cyclic and one-cycle
    schedules change the momentum too; False holds it equal for all. Other options go to race. Raises ValueError or
    TypeError for arguments that make no sense. After Choi et al., 2019 (arXiv:1910.05446) and Schmidt et al., 2021
    (arXiv:2007.01547): rankings follow the tuning.

    >>> from torch import nn
    >>> from lrcourse.data import load
    >>> schedules = {name: named_schedules(20, 1)[name] for name in ["constant", "cosine"]}
    >>> found = compare(lambda: nn.Linear(64, 10), load("digits"), schedules, epochs=1, lrs=[0.1, 1.0], seeds=2)
    >>> found.table[["rank", "edge"]].values.tolist()
    [[1, 'highest'], [2, 'highest']]
    """
    choice("metric", metric, ["loss", "accuracy"])
    seeds, tuning_seeds = whole("seeds", seeds, at_least=2), whole("tuning_seeds", tuning_seeds, at_least=1)
    if lrs is None:
        choice("optimizer", optimizer, list(GRIDS))
        lrs = [float(f"{lr:.3g}") for lr in np.geomspace(*GRIDS[optimizer], whole("budget", budget, at_least=2))]
    options |= {"optimizer": optimizer, "epochs": epochs, "batch_size": batch_size, "step_per": step_per}
    options |= {"cycle_momentum": cycle_momentum}
    tuning = race(model, data, schedules, lrs, range(tuning_seeds), test=False, **options)
    found = Comparison(tuning, None, {}, sorted(lrs), metric)
    sign = 1 if metric == "loss" else -1
    for name, rows in found.tuning_table.groupby("schedule", sort=False):
        found.best_lrs[name] = float(rows.base_lr.iloc[(sign * rows["mean"]).argmin()])
    fresh = range(tuning_seeds, tuning_seeds + seeds)
    chosen = {name: [lr] for name, lr in found.best_lrs.items()}
    found.final = race(model, data, schedules, chosen, fresh, validate=True, **options)
    return found
