"""A fair comparison of schedules: each tunes its LR on the same grid, then shows itself on seeds it has not seen."""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from torch import nn

from lrcourse import plots, schedulers
from lrcourse.arguments import choice, whole
from lrcourse.claims import mean_interval
from lrcourse.data import CLASSES, DataError, load
from lrcourse.training import race

GRIDS = {"sgd": (0.01, 10), "momentum": (0.001, 1), "adam": (0.0001, 0.1), "adamw": (0.0001, 0.1)}  # lowest, highest LR
RESAMPLES = 2000


def named_schedules(steps, epochs):
    """The course's schedules by name, stretched over a run: functions that take an optimizer and return a scheduler.

    The proportions are the three articles', whose figures have 100 epochs: step halves the LR after every fifth of
    the run, exponential falls by 0.95 a hundred times, cosine ends at a hundredth, cyclic rises for a fifth of the run.

    >>> sorted(named_schedules(steps=100, epochs=10))[:4]
    ['constant', 'cosine', 'cosine restarts', 'cyclic']
    """
    s, fifth, third, tenth = schedulers, max(1, steps // 5), max(1, math.ceil(steps / 3)), max(1, steps // 10)

    def lr(optimizer):
        return optimizer.param_groups[0]["lr"]

    return {
        "constant": None,
        "step": lambda o: s.StepLR(o, fifth, gamma=0.5),
        "exponential": lambda o: s.ExponentialLR(o, gamma=0.95 ** (100 / steps)),
        "cosine": lambda o: s.CosineAnnealingLR(o, T_max=steps, eta_min=0.01 * lr(o)),
        "plateau": lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=max(0, epochs // 20)),
        "cyclic": lambda o: s.CyclicLR(o, 0.01 * lr(o), lr(o), step_size_up=fifth),
        "one-cycle": lambda o: s.OneCycleLR(o, lr(o), total_steps=steps),
        "linear": lambda o: s.LinearLR(o, 1.0, 0.0, total_iters=steps),
        "cosine restarts": lambda o: s.CosineAnnealingWarmRestarts(o, T_0=third, eta_min=0.01 * lr(o)),
        "warmup cosine": lambda o: s.SequentialLR(
            o, [s.WarmupLR(o, tenth), s.CosineAnnealingLR(o, T_max=max(1, steps - tenth))], [tenth]
        ),
        "wsd": lambda o: s.WSDLR(o, steps, warmup_steps=steps // 10, cooldown_steps=fifth, cooldown="1-sqrt"),
        "inverse time": lambda o: s.InverseTimeLR(o, decay_rate=9, decay_steps=steps),
        "inverse sqrt": lambda o: s.InverseSqrtLR(o, warmup_steps=tenth),
    }


class Comparison:
    """What a comparison found: the tuning race, the final race on fresh seeds, and the table made from them."""

    def __init__(self, tuning, final, best_lrs, lrs, metric):
        self.tuning, self.final, self.best_lrs, self.lrs, self.metric = tuning, final, best_lrs, lrs, metric

    @property
    def results(self):
        """The final test results, a row per seed and a column per schedule; infinite where a run diverged."""
        table = self.final.table
        values = table[f"test_{self.metric}"].where(table.diverged_at.isna())
        worst = math.inf if self.metric == "loss" else -math.inf
        wide = table.assign(value=values.fillna(worst)).pivot(index="seed", columns="schedule", values="value")
        return wide[list(self.best_lrs)]

    @property
    def table(self):
        """A row per schedule, the best first.

        mean, low, high: the test result over the fresh seeds and the 95 % interval of its mean (Student's t). behind,
        behind_low, behind_high: how far behind the first, the mean and interval of the differences seed by seed; they
        are not corrected for the first having been picked as the best. rank_holds: the share of 2,000 bootstrap
        resamples of the seeds that give the same rank. edge: 'lowest' or 'highest' if the best LR lies at that end of
        the grid. diverged: how many fresh runs; such a schedule has an infinite mean and no interval.
        """
        results, sign = self.results, 1 if self.metric == "loss" else -1
        order = (sign * results.mean()).sort_values(kind="stable").index
        rows = []
        for name, held in zip(order, rank_stability(sign * results[order].to_numpy()), strict=True):
            mean, interval = interval_or_not(results[name])
            behind, behind_interval = interval_or_not(sign * (results[name] - results[order[0]]))
            diverged = int(np.isinf(results[name]).sum())
            row = [len(rows) + 1, held, name, self.best_lrs[name], self._edge(name), mean, *interval]
            rows.append([*row, behind, *behind_interval, diverged])
        columns = "rank rank_holds schedule best_lr edge mean low high behind behind_low behind_high diverged"
        return pd.DataFrame(rows, columns=columns.split())

    def _edge(self, name):
        if len(self.lrs) < 2:
            return "only"
        return {min(self.lrs): "lowest", max(self.lrs): "highest"}.get(self.best_lrs[name], "")

    @property
    def warnings(self):
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
    def tuning_table(self):
        """The tuning race's mean validation result for every schedule and LR, with the worst and best seed."""
        table = self.tuning.table
        values = table[f"val_{self.metric}"].where(table.diverged_at.isna())
        worst = math.inf if self.metric == "loss" else -math.inf
        grouped = table.assign(value=values.fillna(worst)).groupby(["schedule", "base_lr"], sort=False).value
        return grouped.agg(["mean", "min", "max"]).reset_index()


def compare(
    model,
    data,
    schedules,
    *,
    budget=7,
    lrs=None,
    seeds=8,
    tuning_seeds=3,
    optimizer="sgd",
    epochs=20,
    batch_size=64,
    step_per="step",
    metric="loss",
    cycle_momentum=False,
    **options,
):
    """Compare schedules fairly, and return a Comparison.

    Every schedule tries the same LRs (lrs, or budget of them, evenly spaced on a log scale over the optimizer's usual
    range) on the tuning seeds, and takes the one with the best mean on the validation part; an LR with a diverged run
    is out. Then it runs with that LR on fresh seeds, and those runs are measured on the test part. A seed decides the
    initialization and the order of the batches, the same for all schedules; the data split stays as it is.
    seeds, tuning_seeds: how many. metric: 'loss' or 'accuracy'. cycle_momentum: True lets cyclic and one-cycle
    schedules change the momentum too; False holds it equal for all. Other options go to race. Raises ValueError or
    TypeError for arguments that make no sense. After Choi et al., 2019 (arXiv:1910.05446) and Schmidt et al., 2021
    (arXiv:2007.01547): rankings follow the tuning.

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


def rank_stability(results, resamples=RESAMPLES):
    """How often each column keeps its rank by mean (the smallest first) when the rows are drawn anew with replacement.

    results: shape (seeds, schedules), the columns in rank order; whole rows are drawn, so pairs stay together. From few
    seeds n the shares come out too high: the draws' variance is (n - 1) / n of the true one (Efron & Tibshirani, 1993).

    >>> rank_stability(np.array([[1.0, 2.0], [1.1, 2.1], [0.9, 2.2]]))
    [1.0, 1.0]
    """
    rng = np.random.default_rng(0)
    rows = rng.integers(len(results), size=(resamples, len(results)))
    order = results[rows].mean(axis=1).argsort(axis=1, kind="stable")
    return [float(share) for share in (order == np.arange(results.shape[1])).mean(axis=0)]


def interval_or_not(values):
    """claims.mean_interval, or NaNs for the interval where a value is not finite.

    >>> interval_or_not([1.0, math.inf])
    (inf, (nan, nan))
    """
    if np.isfinite(values).all():
        return mean_interval(values)
    return float(np.mean(values)), (math.nan, math.nan)


def report(found):
    """The table as text, with the sentences that its reader must know."""
    table = found.table.set_index("rank").drop(columns=["behind_low", "behind_high"])
    table["rank_holds"] = [f"{held:.0%}" for held in table.rank_holds]
    text = table.to_string(float_format=lambda value: f"{value:.4g}")
    notes = [
        f"mean, low, high: test {found.metric} over {len(found.results)} fresh seeds, 95 % interval by Student's t.",
        "behind: mean difference to the first, seed by seed.",
        "rank_holds: share of bootstrap resamples of the seeds with the same rank.",
        *found.warnings,
    ]
    return "\n".join([text, "", *notes])


def main(argv):
    """The command line, python3 -m lrcourse race; returns the exit status.

    >>> main(["--schedules", "cosine,cosin", "--out", "nowhere"])
    2
    """
    options = _parser().parse_args(argv)
    names = options.schedules.split(",")
    try:
        known = named_schedules(100, 10)
        for name in names:
            choice("--schedules", name, list(known))
        for name in ["epochs", "batch_size", "width"]:
            whole(name, getattr(options, name), at_least=1)
        folder = _folder(options.out, options.force)
        data = load(options.data, train_size=options.train_size)
        schedules = named_schedules(options.epochs * math.ceil(len(data.x_train) / options.batch_size), options.epochs)
        print(f"{data}; {options.budget} LRs for each of {len(names)} schedules.", flush=True)
        pixels, width = data.x_train.shape[1], options.width
        found = compare(
            lambda: nn.Sequential(nn.Linear(pixels, width), nn.ReLU(), nn.Linear(width, 10)),
            data,
            {name: schedules[name] for name in names},
            budget=options.budget,
            seeds=options.seeds,
            tuning_seeds=options.tuning_seeds,
            optimizer=options.optimizer,
            epochs=options.epochs,
            batch_size=options.batch_size,
        )
        print(report(found))
        _write(found, folder)
    except (ValueError, TypeError, DataError, OSError) as error:
        print(f"lrcourse race: {error}", file=sys.stderr)
        return 2
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse race", description="Compare schedules fairly.")
    add = parser.add_argument
    names = ", ".join(named_schedules(100, 10))
    add("--data", default="digits", choices=list(CLASSES), help="default: digits, which needs no download")
    add("--schedules", default="constant,step,exponential,cosine,plateau,cyclic", help=f"with commas between: {names}")
    add("--budget", type=int, default=7, help="LRs that each schedule tries (7)")
    add("--seeds", type=int, default=8, help="fresh seeds for the final runs (8)")
    add("--tuning-seeds", type=int, default=3, help="seeds for choosing the LR (3)")
    add("--optimizer", default="momentum", choices=list(GRIDS), help="default: momentum")
    add("--epochs", type=int, default=10)
    add("--batch-size", type=int, default=64)
    add("--train-size", type=int, help="use only so many training images")
    add("--width", type=int, default=32, help="hidden units of the network (32)")
    add("--out", default="race-results", help="folder for the table, the runs and the pictures (race-results)")
    add("--force", action="store_true", help="overwrite the results in that folder")
    return parser


FILES = ["table.csv", "runs.csv", "loss_against_lr.png", "ranks.png"]


def _folder(out, force):
    """The folder for the results; refused before hours of work if they could not be written, or would be lost."""
    folder = Path(out).expanduser()
    there = [name for name in FILES if (folder / name).exists()]
    if there and not force:
        raise ValueError(f"{folder / there[0]} exists already; choose another --out, or --force to overwrite it")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(found, folder):
    pictures = {"loss_against_lr.png": lr_figure(found), "ranks.png": rank_figure(found)}
    runs = pd.concat([found.tuning.table.assign(phase="tuning"), found.final.table.assign(phase="final")])
    found.table.to_csv(folder / "table.csv", index=False)
    runs.to_csv(folder / "runs.csv", index=False)
    for name, figure in pictures.items():
        (folder / name).write_bytes(plots.png(figure))
    print("Written: " + ", ".join(str(folder / name) for name in FILES))


def lr_figure(found, title="Every schedule has its own best learning rate"):
    """Validation result against base LR, a curve per schedule: the tuning seeds' mean, their range pale."""
    curves, bands = {}, {}
    for name, rows in found.tuning_table.groupby("schedule", sort=False):
        if np.isfinite(rows["mean"]).any():
            curves[name] = (rows.base_lr, rows["mean"])
            bands[name] = (rows["min"], rows["max"].where(np.isfinite(rows["mean"]), math.nan))
    log_y = found.metric == "loss"
    labels = {"xlabel": "base learning rate", "ylabel": f"validation {found.metric}"}
    return plots.compare_curves(curves, title=title, bands=bands, log_x=True, log_y=log_y, markers=True, **labels)


def learning_figure(found, title="How the schedules learn, each at its own best LR"):
    """Validation result after every epoch, a curve per schedule: the fresh seeds' mean with its 95 % interval."""
    values = found.final.curves.groupby(["schedule", "epoch"], sort=False)[f"val_{found.metric}"]
    table = values.apply(interval_or_not)
    curves, bands = {}, {}
    for name in found.best_lrs:
        means, intervals = zip(*table[name], strict=True)
        curves[name] = (np.arange(1, len(means) + 1), means)
        bands[name] = tuple(zip(*intervals, strict=True))
    labels = {"xlabel": "epoch", "ylabel": f"validation {found.metric}"}
    figure = plots.compare_curves(curves, title=title, bands=bands, **labels)
    figure.axes[0].xaxis.get_major_locator().set_params(integer=True)
    return figure


def rank_figure(found, title="What can be told apart, and what cannot"):
    """Test results of the fresh seeds: a dot a seed, the mean with its 95 % interval, and how firm the rank is."""
    table, results = found.table, found.results
    fig = Figure(figsize=(7.2, 1.2 + 0.42 * len(table)), dpi=plots.DPI, layout="constrained")
    axes = fig.subplots()
    for y, row in enumerate(table.itertuples()):
        axes.plot(results[row.schedule], np.full(len(results), y + 0.16), "o", color="#555555", markersize=3, alpha=0.6)
        axes.plot([row.low, row.high], [y, y], color=plots.COLORS[0], linewidth=2.5)
        axes.plot([row.mean], [y], "D", color=plots.COLORS[0], markersize=6)
        note = f"rank {row.rank} in {row.rank_holds:.0%}" + (f", {row.diverged} diverged" if row.diverged else "")
        axes.text(1.02, y, note, transform=axes.get_yaxis_transform(), va="center", fontsize=9.5)
    axes.set_yticks(range(len(table)), [f"{row.schedule}, LR {row.best_lr:g}" for row in table.itertuples()])
    axes.invert_yaxis()
    axes.set_xlabel(f"test {found.metric}: a dot a seed; diamond and bar: mean and 95 % interval", fontsize=10)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.grid(axis="x", color=plots.GRID)
    axes.spines[["top", "right"]].set_visible(False)
    return fig
