"""choose: six answers about a training run give a schedule, its code, a look ahead, and the reasons with evidence.

The reasons are the arrows of lesson 16's chart, in its numbering. Each leans on a row of the ledger, named with the
verdict that it relies on, or on a source with its year; a test looks them up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from lrcourse import schedules
from lrcourse.arguments import choice, flag, whole
from lrcourse.preview.looking import preview
from lrcourse.preview.outlook import Outlook
from lrcourse.schedulers import ReduceLROnPlateau
from lrcourse.translation import LIBRARIES, Translation, translate

__all__ = ["QUESTIONS", "REASONS", "Choice", "Measured", "Reason", "Source", "choose"]

QUESTIONS = {
    "length": "How many updates will the run have? None if nobody knows yet.",
    "extend": "May it go on after that, or do you want the result of several lengths? True or False.",
    "metric": "What tells you that it stalls: a 'steady' validation metric, a 'noisy' one, or 'none'?",
    "model": "Does it start 'new', is it 'pretrained' and gets another task, or is it 'continued' with new data?",
    "optimizer": "'sgd' (with momentum) or 'adam' (Adam, AdamW)?",
    "tuning_runs": "How many runs can you spend on the LR alone? 0 or more.",
}


@dataclass(frozen=True)
class Measured:
    """A row of the ledger, by its claim and the cell that measured it, and the verdict that is relied on."""

    claim: str
    cell: str  # notebook#cell-id=..., as claims.md links it
    verdict: str

    def __str__(self) -> str:
        return f"lesson {self.cell[:2]}, {self.claim}: {self.verdict}"


@dataclass(frozen=True)
class Source:
    """Somebody else's measurement or advice: who, when, where."""

    who: str
    year: int
    where: str

    def __str__(self) -> str:
        return f"{self.who}, {self.year}, {self.where}"


@dataclass(frozen=True)
class Reason:
    """Why, in a sentence or two, and what that leans on."""

    words: str
    evidence: tuple[Measured | Source, ...]

    def __str__(self) -> str:
        return f"{self.words} ({'; '.join(map(str, self.evidence))})"


REASONS = {
    "fall": Reason(
        "The length is known, so the LR falls to 0 at its end: in most comparisons here a falling LR ended lower "
        "than "
        "the best constant one.",
        (Measured("A4", "00_start_here.ipynb#cell-id=73c3ffac", "holds here"),),
    ),
    "line": Reason(
        "The fall is a straight line. Cosine does as well in a network here; the shape matters far less than the LR.",
        (
            Measured("A9", "04_cosine_annealing.ipynb#cell-id=1f2e187b", "depends on the rival"),
            Source("Defazio and others", 2023, "arXiv:2310.07831"),
            Source("Bergsma and others", 2025, "arXiv:2502.15938"),
        ),
    ),
    "trunk": Reason(
        "The run may go on, so the LR stays up and falls only in the last fifth: go on from before the fall, with "
        "the "
        "optimizer's state, and cool down again at the new end.",
        (
            Measured("A5", "10_composing.ipynb#cell-id=b4f9f1b1", "holds here"),
            Source("Hägele and others", 2024, "arXiv:2405.18392"),
        ),
    ),
    "plateau": Reason(
        "Nobody knows the length and the metric is steady, so the metric decides when to cut. With spoiled "
        "labels, a network here ended below a constant LR.",
        (Measured("A11", "05_reduce_on_plateau.ipynb#cell-id=useful5b", "depends on the rival"),),
    ),
    "open end": Reason(
        "Nobody knows the length and no steady metric can cut: hold the LR. When you see the end coming, choose "
        "again "
        "with the length and extend=True, and the fall begins a fifth before it.",
        (
            Measured("A11", "05_reduce_on_plateau.ipynb#cell-id=useful05", "no difference that matters"),
            Source("Hägele and others", 2024, "arXiv:2405.18392"),
        ),
    ),
    "warmup": Reason(
        "A warmup is insurance: it helps where the start is bad or the batch huge; hardly elsewhere here. "
        "SGD's 2 % is a habit.",
        (
            Measured("C10", "09_warmup.ipynb#cell-id=ba041f04", "depends on the start"),
            Source("Goyal and others", 2017, "arXiv:1706.02677"),
        ),
    ),
    "long warmup": Reason(
        "Adam's first updates are large or uncertain, so its warmup is longer: 2,000 updates at its usual beta2, "
        "at most a twentieth of the run (a habit).",
        (Source("Ma and Yarats", 2021, "arXiv:1910.04209"), Source("Liu and others", 2020, "arXiv:1908.03265")),
    ),
    "sgd, new": Reason(
        "0.1 with momentum 0.9 is where many convolutional networks start, at a batch of 256.",
        (Source("He and others", 2015, "arXiv:1512.03385"),),
    ),
    "adam, new": Reason(
        "0.001 is Adam's own default; large Transformers want less: 3e-4 at 8 billion weights, 8e-5 at 405 billion.",
        (Source("Kingma and Ba", 2015, "arXiv:1412.6980"), Source("Llama team", 2024, "arXiv:2407.21783")),
    ),
    "sgd, pretrained": Reason(
        "A pretrained network wants a lower peak: 0.003 with momentum 0.9, at a batch of 512, serves large image "
        "networks.",
        (Source("Kolesnikov and others", 2020, "arXiv:1912.11370"),),
    ),
    "adam, pretrained": Reason(
        "In papers a pretrained network wants a lower peak than its pretraining had: 2e-5 to 5e-5 for a Transformer, "
        "1e-5 for the largest. Adapters such as LoRA want about ten times as much. In small fine-tunings here (D8, "
        "on the end loss) the best was half a new network's, or the same; 3e-5 was far too low.",
        (
            Measured("D8", "16_choosing.ipynb#cell-id=d8start16", "depends on the pretraining"),
            Source("Devlin and others", 2019, "arXiv:1810.04805"),
            Source("Llama team", 2024, "arXiv:2407.21783"),
            Source("Schulman and others", 2025, "LoRA Without Regret"),
        ),
    ),
    "sgd, continued": Reason(
        "With new data the LR falls again; papers first climb to about its old peak (0.1 stands for yours; "
        "in D5 half was best, ramp or not), with old data mixed in.",
        (
            Measured("D5", "15_the_frontier.ipynb#cell-id=l15c29", "holds here"),
            Source("Ibrahim and others", 2024, "arXiv:2403.08763"),
        ),
    ),
    "adam, continued": Reason(
        "With new data the LR climbs back to about its old peak, and falls again, with old data mixed "
        "in; 3e-4, the peak of a Transformer of 8 billion weights, stands for yours.",
        (Source("Ibrahim and others", 2024, "arXiv:2403.08763"), Source("Llama team", 2024, "arXiv:2407.21783")),
    ),
    "untuned": Reason(
        "Without a single run to tune, take the published LR, and do not count on the schedule: at one LR for all, "
        "which ends lower depends on that LR.",
        (Measured("A4", "00_start_here.ipynb#cell-id=a4shared0", "depends on the base LR"),),
    ),
    "few runs": Reason(
        "With few runs, take the median of five range tests (by `steepest`): one ramp does not find the best LR. "
        "Then try a third and three times of it.",
        (
            Measured("C9", "07_lr_finder.ipynb#cell-id=f981edce", "does not hold here"),
            Source("Smith", 2017, "arXiv:1506.01186"),
        ),
    ),
    "many runs": Reason(
        "Tune the LR first, in factors of 3, until the best lies inside the grid; then in factors of 2; only then "
        "try "
        "another shape, each shape with its own LR.",
        (
            Measured(
                "C12",
                "13_the_race.ipynb#cell-id=9fb67e64",
                "depends on the base LR",
            ),
            Source("Dahl and others", 2023, "arXiv:2306.07179"),
        ),
    ),
}

LRS = {
    "sgd, new": 0.1,
    "adam, new": 0.001,
    "sgd, pretrained": 0.003,
    "adam, pretrained": 3e-5,
    "sgd, continued": 0.1,
    "adam, continued": 3e-4,
}
WARMUPS = {"sgd": (50, 500), "adam": (20, 2000)}  # one part in so many of the run, and this many at most
COOLDOWN = 5  # one part in so many
MANY = 5  # tuning runs that make a grid
VALIDATIONS = 60  # of a plateau are drawn


class Choice:
    """What choose gives. It draws itself in a notebook and prints as text.

    schedule: a function of the step, or a ReduceLROnPlateau on a stand-in for your optimizer. lr: its peak. lrs: the
    peaks to try, in this order. code: for your library. preview: the LRs to come. reasons: by name, those that led
    here; the numbers are those of lesson 16's chart.
    """

    def __init__(self, schedule: Any, lrs: list[float], code: Translation, seen: Outlook, why: list[str]) -> None:
        self.schedule, self.lr, self.lrs, self.code, self.preview = schedule, lrs[0], lrs, code, seen
        self.reasons: Mapping[str, Reason] = {name: REASONS[name] for name in why}

    def __str__(self) -> str:
        numbers = list(REASONS)
        lines = [f"Take: {self._said()}", f"LRs to try: {', '.join(f'{lr:g}' for lr in self.lrs)}", "Because"]
        lines += [f"{numbers.index(name) + 1:3d}. {reason}" for name, reason in self.reasons.items()]
        return "\n".join([*lines, "", *self.code.splitlines()])

    __repr__ = __str__

    def _said(self) -> str:
        plan = self.schedule
        if not hasattr(plan, "patience"):
            return repr(plan)
        return f"ReduceLROnPlateau(optimizer, factor={plan.factor:g}, patience={plan.patience}) at LR {self.lr:g}"

    def _ipython_display_(self) -> None:
        self.preview._ipython_display_()
        print(self)


def choose(
    *,
    length: int | None,
    extend: bool,
    metric: str,
    model: str,
    optimizer: str,
    tuning_runs: int,
    library: str = "torch",
) -> Choice:
    """A schedule for a run, with code for your library, a look ahead, and reasons with their evidence.

    length: how many updates the run will have, at least 20; None if nobody knows. With gradient accumulation count
    updates, not batches. extend: whether it may go on after that, or several lengths are wanted. metric: what tells
    that it stalls: a 'steady' validation metric, a 'noisy' one, or 'none'; it decides only where the length is unknown.
    model: 'new', 'pretrained' (fine-tuned to another task) or 'continued' (with new data).
    optimizer: 'sgd' (with momentum 0.9) or 'adam' (its kin too; the code says AdamW).
    tuning_runs: how many runs may be spent on the LR. library: one of lrcourse.translation.LIBRARIES.

    The LRs are published ones to begin a search at, for networks of their sources' size; yours may want another. Raises
    ValueError or TypeError for another answer, and says what is accepted.

    >>> found = choose(length=1000, extend=False, metric="none", model="new", optimizer="adam", tuning_runs=5)
    >>> found.schedule
    warmup(linear(0.001, start_factor=1.0, end_factor=0.0, total_iters=950), warmup_steps=50)
    >>> found.lrs, found.preview.wrong
    ([0.001, 0.00033, 0.003, 0.00011, 0.009], [])
    >>> list(found.reasons)
    ['fall', 'line', 'warmup', 'long warmup', 'adam, new', 'many runs']
    >>> print(found.code)
    import torch
    from torch.optim.lr_scheduler import LinearLR, SequentialLR
    <BLANKLINE>
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
    warmup = LinearLR(optimizer, 1 / 50, total_iters=49)
    decay = LinearLR(optimizer, 1.0, 0.0, total_iters=950)
    scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[50])
    # after every optimizer.step(): scheduler.step()
    """
    length = None if length is None else whole("length", length, at_least=20)
    extend = flag("extend", extend)
    choice("metric", metric, ["steady", "noisy", "none"])
    choice("model", model, ["new", "pretrained", "continued"])
    choice("optimizer", optimizer, list(WARMUPS))
    tuning_runs = whole("tuning_runs", tuning_runs, at_least=0)
    choice("library", library, LIBRARIES)

    lrs = _around(LRS[f"{optimizer}, {model}"], tuning_runs)
    if length is None and metric == "steady" and not extend:
        plan, why = _plateau(lrs[0]), ["plateau"]
        seen = preview(_plateau_on, epochs=VALIDATIONS, lr=lrs[0])
    else:
        plan, updates, why = _plan(lrs[0], length, extend, optimizer)
        seen = preview(plan, updates)
    why += [
        f"{optimizer}, {model}",
        "untuned" if not tuning_runs else "few runs" if tuning_runs < MANY else "many runs",
    ]
    code = translate(plan, library, optimizer={"sgd": "momentum", "adam": "adamw"}[optimizer])
    return Choice(plan, lrs, code, seen, why)


def _plan(lr: float, length: int | None, extend: bool, optimizer: str) -> tuple[Any, int, list[str]]:
    """The plan as a function of the step, the updates to draw, and why."""
    part, most = WARMUPS[optimizer]
    rise = ["warmup", "long warmup"] if optimizer == "adam" else ["warmup"]
    if length is None:
        return schedules.linear_warmup(lr, most), 10 * most, ["open end", *rise]
    warm = min(most, max(1, length // part))
    if extend:
        return schedules.wsd(lr, length, warm, length // COOLDOWN), length, ["trunk", *rise]
    return schedules.warmup(schedules.linear(lr, 1.0, 0.0, length - warm), warm), length, ["fall", "line", *rise]


def _plateau(lr: float) -> ReduceLROnPlateau:
    return _plateau_on(SimpleNamespace(param_groups=[{"lr": lr}]))


def _plateau_on(optimizer: Any) -> ReduceLROnPlateau:
    return ReduceLROnPlateau(optimizer, factor=0.5, patience=5)


def _around(lr: float, runs: int) -> list[float]:
    """So many LRs in factors of 3, from the middle outwards; at least one, at most seven."""
    powers = [0, -1, 1, -2, 2, -3, 3][: max(1, runs)]
    return [float(f"{lr * 3.0**power:.2g}") for power in powers]
