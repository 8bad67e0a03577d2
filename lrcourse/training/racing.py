"""Many runs at once: every schedule with every base LR and every seed, each exactly the run that fit would make.

What follows was measured on two cores (AMD EPYC, torch 2.15), in microseconds of time for one step of one lane with
momentum; "digits" is 64-32-10 with batches of 64, "MNIST" 784-128-10 with batches of 32.

- A plain loop with batches in memory takes 1,050 on digits and 1,290 on MNIST. A stack of one lane takes 590 and 1,020,
  a stack of 256 lanes of digits 56: small operations cost their call, not their arithmetic.
- Python between the operations is what keeps two threads from helping each other: the operations and the update of one
  lane of digits took 540 from Python and 200 compiled, and in two threads at once 1,280 and 190. So the recorded
  operations are compiled, and stacks run side by side in threads, one a core: 256 lanes of digits take 56 on one core
  and 29 on two, 25 lanes of MNIST 680 and 360. Processes would have at most that factor of two, and each would first
  import torch for 2 to 5 seconds.
- A stack is split over cores from CORE_WORK a core on: 16 lanes of digits took 108 in one stack and 113 in two, 64
  took 73 and 51. It is no wider than STACK_BYTES of parameters: a hundred lanes of MNIST took 427 in stacks of fifty
  and 372 in stacks of twenty-five or seventeen.
- Workers times their threads are never more than torch.get_num_threads(): OMP_NUM_THREADS=1 keeps a race to one core.
- Adam's averages of a weight that gets no gradient any more fall through the numbers below 1e-38, which cost a
  processor many times as much as others: an MNIST lane of Adam with batches of 250 took 1.4 ms a step, and 3.2 from
  its 30th epoch on. So the threads of a race take such numbers for 0; the losses stay the same to the last digit.
"""

from __future__ import annotations

import itertools
import math
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrcourse.arguments import choice, function, real, whole
from lrcourse.schedulers import TimeBasedLR
from lrcourse.training.loop import PARTS, Loss, is_plateau
from lrcourse.training.recording import StackedModel, can_compile
from lrcourse.training.seeds import LARGEST_SEED
from lrcourse.training.stack import Stack
from lrcourse.training.updates import OPTIMIZERS
from lrcourse.waiting import bar

if TYPE_CHECKING:
    import pandas as pd

LRs = Sequence[float] | Mapping[str, Sequence[float]] | Callable[[str, int], Sequence[float]]

STACK_BYTES = 8 * 2**20  # of parameters: a wider stack leaves the cache and gains nothing
CORE_WORK = 3_000_000  # parameters times examples in a step: with less a second core costs more than it does


class Lane:
    """One run of the race. lr and loss have an entry per step, NaN where the lane did not come.

    >>> lane = Lane("constant", 0.1, 0, SimpleNamespace(param_groups=[{"lr": 0.1, "momentum": 0.9}]), None, 3)
    >>> lane.group
    {'lr': 0.1, 'momentum': 0.9}
    """

    def __init__(self, schedule: str, base_lr: float, seed: int, optimizer: Any, scheduler: Any, steps: int) -> None:
        self.schedule, self.base_lr, self.seed = schedule, base_lr, seed
        self.group, self.scheduler = optimizer.param_groups[0], scheduler
        self.lr, self.loss = np.full(steps, np.nan), np.full(steps, np.nan)
        self.plan = np.empty((2, steps))  # LR and momentum of every step
        self.rows: list[tuple[int, float, float]] = []  # one per validated epoch: epoch, val_loss, val_accuracy
        self.diverged_at: int | None = None
        self.train_loss, self.val, self.test = math.nan, (math.nan, math.nan), (math.nan, math.nan)

    @property
    def momentum(self) -> float:
        return float(self.group["betas"][0] if "betas" in self.group else self.group["momentum"])


class Race:
    """What a race found: its lanes, and the same as arrays and tables.

    >>> Race([]).table.columns[:3].tolist()
    ['schedule', 'base_lr', 'seed']
    """

    def __init__(self, lanes: list[Lane]) -> None:
        self.lanes = lanes

    @property
    def loss(self) -> NDArray[np.float64]:
        """The batch losses before each update, shape (lanes, steps); NaN where a lane did not come."""
        return np.array([lane.loss for lane in self.lanes])

    @property
    def lr(self) -> NDArray[np.float64]:
        """The LRs that the updates used, shape (lanes, steps); NaN where a lane did not come."""
        return np.array([lane.lr for lane in self.lanes])

    @property
    def table(self) -> pd.DataFrame:
        """A pandas row per lane; steps counts its updates, train_loss is the mean over its last epoch's batches.

        A batch whose loss is not finite is followed by no update.
        """
        import pandas as pd

        names = "schedule base_lr seed steps train_loss val_loss val_accuracy test_loss test_accuracy diverged_at"
        rows = [
            (a.schedule, a.base_lr, a.seed, np.isfinite(a.loss).sum(), a.train_loss, *a.val, *a.test, a.diverged_at)
            for a in self.lanes
        ]
        return pd.DataFrame(rows, columns=names.split()).astype({"diverged_at": "Int64"})

    @property
    def curves(self) -> pd.DataFrame:
        """A pandas row per lane and validated epoch: schedule, base_lr, seed, epoch, val_loss, val_accuracy."""
        import pandas as pd

        rows = [(lane.schedule, lane.base_lr, lane.seed, *row) for lane in self.lanes for row in lane.rows]
        return pd.DataFrame(rows, columns=["schedule", "base_lr", "seed", "epoch", "val_loss", "val_accuracy"])


def race(
    model: Callable[[], torch.nn.Module],
    data: Any,
    schedules: Mapping[str, Callable[[Any], Any] | None],
    lrs: LRs,
    seeds: Iterable[int],
    *,
    optimizer: str = "sgd",
    epochs: int | None = None,
    steps: int | None = None,
    batch_size: int = 64,
    step_per: str = "step",
    loss: Loss = cross_entropy,
    validate: bool = False,
    test: bool = True,
    cycle_momentum: bool = True,
    device: torch.device | str = "cpu",
    memory: float = 2**30,
    progress: bool = True,
) -> Race:
    """Train every combination of schedule, base LR and seed, and return them as a Race.

    model: a function that makes the network, such as lambda: torch.nn.Linear(64, 10); a lane starts from
    build(model, seed) and takes its batches in the order that fit takes with that seed. data: a Dataset, or a
    function of a seed that gives one, all of one size: then a lane takes that of its seed. schedules: a dict from
    names to functions that take an optimizer (any object with param_groups, its "lr" the base LR) and return one of
    the course's schedulers, or to None for a constant LR. lrs: the base LRs, a dict of them by schedule, or a
    function of a schedule's name and a seed that gives them. optimizer: 'sgd', 'momentum' (0.9), 'adam' or 'adamw'.
    epochs or steps: how long, one of the two. step_per: 'step' or 'epoch', when the schedulers step;
    ReduceLROnPlateau always steps once an epoch, with its own lane's validation loss. validate: after every epoch,
    or only at the end. test: False leaves the test part alone. cycle_momentum: False keeps the optimizer's
    momentum, whatever a scheduler writes. memory: bytes that all stacks together may take. Ctrl-C ends the race and
    keeps what the lanes have so far. Raises ValueError or TypeError for arguments that make no sense and for a
    model that a stack cannot hold.

    >>> from lrcourse.data import load
    >>> from lrcourse.schedulers import CosineAnnealingLR
    >>> schedules = {"constant": None, "cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=34)}
    >>> result = race(lambda: torch.nn.Linear(64, 10), load("digits"), schedules, [0.1, 0.5], seeds=[0], epochs=2)
    >>> result.table[["schedule", "base_lr", "steps"]].values.tolist()
    [['constant', 0.1, 34], ['constant', 0.5, 34], ['cosine', 0.1, 34], ['cosine', 0.5, 34]]
    """
    batch_size, seeds = (
        whole("batch_size", batch_size, at_least=1),
        [whole("seeds", seed, at_least=0, at_most=LARGEST_SEED) for seed in seeds],
    )
    parts, lies = _stacked(data, seeds, device)
    per_epoch = math.ceil(parts["x_train"].shape[1] / batch_size)
    if (epochs is None) == (steps is None):
        raise ValueError(f"epochs or steps must be given, one of the two, not epochs={epochs} and steps={steps}")
    steps = whole("steps", steps, at_least=1) if epochs is None else per_epoch * whole("epochs", epochs, at_least=1)
    choice("step_per", step_per, ["epoch", "step"])
    choice("optimizer", optimizer, list(OPTIMIZERS))
    update, remembered, defaults = OPTIMIZERS[optimizer]
    lanes = _lanes(schedules, lrs, seeds, defaults, steps, per_epoch if step_per == "epoch" else 1)
    if not cycle_momentum:
        for lane in lanes:
            lane.plan[1] = defaults["betas"][0] if "betas" in defaults else defaults["momentum"]
    classes = loss is cross_entropy and not parts["y_train"].is_floating_point()
    stacked = StackedModel(function("model", model), loss, plain=classes and bool((parts["y_train"] >= 0).all()))
    setting = SimpleNamespace(
        model=model,
        stacked=stacked,
        update=update,
        remembered=remembered,
        steps=steps,
        per_epoch=per_epoch,
        batch_size=batch_size,
        validate=validate,
        test=test,
        device=device,
        stop=threading.Event(),
        lies=lies,
        **parts,
    )
    memory = real("memory", memory, above=0)
    if not can_compile():
        warnings.warn(
            "This PyTorch has no torch.jit.trace: the race is the same, and up to six times slower.", stacklevel=2
        )
    widths, workers, threads = split(len(lanes), stacked, parts["x_train"][0, :batch_size], memory, device)
    starts = np.cumsum([0, *widths])
    stacks = [Stack(lanes[a:b], setting) for a, b in itertools.pairwise(starts)]
    _run(stacks, setting, workers, threads, progress)
    return Race(lanes)


def _stacked(data: Any, seeds: Sequence[int], device: torch.device | str) -> tuple[dict[str, Tensor], dict[int, int]]:
    """The parts of all datasets, each of shape (datasets, examples, ...), and which of them each seed's lanes take."""
    by_seed = {seed: data(seed) if callable(data) else data for seed in dict.fromkeys(seeds)}
    datasets = list({id(one): one for one in by_seed.values()}.values())
    places, parts = {id(one): i for i, one in enumerate(datasets)}, {}
    for part in PARTS:
        of_all = [getattr(one, part) for one in datasets]
        if len({one.shape for one in of_all}) > 1:
            raise ValueError(
                f"data must give datasets of one size, not {part} of {sorted({len(one) for one in of_all})}"
            )
        parts[part] = (torch.stack(of_all) if len(of_all) > 1 else of_all[0][None]).to(device)
    return parts, {seed: places[id(one)] for seed, one in by_seed.items()}


def _lanes(
    schedules: Mapping[str, Callable[[Any], Any] | None],
    lrs: LRs,
    seeds: Sequence[int],
    defaults: dict[str, Any],
    steps: int,
    stride: int,
) -> list[Lane]:
    """The lanes, each with its scheduler; the LR and momentum of every step are known now, save for a plateau's."""
    lanes: list[Lane] = []
    plans: dict[tuple[str, float], NDArray[np.float64]] = {}
    for name, base_lr, seed in _combinations(schedules, lrs, seeds):
        base_lr = real("lrs", base_lr, at_least=0)
        optimizer = SimpleNamespace(param_groups=[{"lr": base_lr, **defaults}])
        make = schedules[name]
        scheduler = None if make is None else function(f"schedules[{name!r}]", make)(optimizer)
        if isinstance(scheduler, TimeBasedLR):
            raise ValueError(f"schedules[{name!r}] must not follow the clock: the lanes share it")
        lane = Lane(name, base_lr, seed, optimizer, scheduler, steps)
        if (name, base_lr) not in plans:
            plans[name, base_lr] = _plan(lane, steps, stride)
        lane.plan = plans[name, base_lr].copy()
        lanes.append(lane)
    if not lanes:
        raise ValueError("schedules, lrs and seeds must each hold at least one entry")
    return lanes


def _combinations(schedules: Iterable[str], lrs: LRs, seeds: Sequence[int]) -> list[tuple[str, float, int]]:
    if callable(lrs):
        return [(name, lr, seed) for name in schedules for seed in seeds for lr in lrs(name, seed)]
    by_name = lrs if isinstance(lrs, Mapping) else dict.fromkeys(schedules, lrs)
    if set(by_name) != set(schedules):
        raise ValueError(f"lrs must name the schedules {list(schedules)}, not {list(by_name)}")
    return [(name, lr, seed) for name in schedules for lr in by_name[name] for seed in seeds]


def _plan(lane: Lane, steps: int, stride: int) -> NDArray[np.float64]:
    """The LR and the momentum of every step, shape (2, steps); stride: steps between the scheduler's."""
    plan = np.empty((2, steps))
    for start in range(0, steps, stride):
        if start and lane.scheduler and not is_plateau(lane.scheduler):
            lane.scheduler.step()
        plan[:, start : start + stride] = [[float(lane.group["lr"])], [float(lane.momentum)]]
    return plan


def split(
    lanes: int, stacked: StackedModel, x: torch.Tensor, memory: float, device: torch.device | str
) -> tuple[list[int], int, int]:
    """How many lanes each stack holds, how many stacks run at once, and how many threads each of them has.

    >>> stacked = StackedModel(lambda: torch.nn.Linear(64, 10), cross_entropy)
    >>> split(30, stacked, torch.zeros(64, 64), memory=2**30, device="cuda")
    ([30], 1, 1)
    """
    cores = torch.get_num_threads() if torch.device(device).type == "cpu" else 1
    of_parameters, of_everything = stacked.bytes_per_lane(x)
    widest = lanes if cores == 1 and torch.device(device).type != "cpu" else max(1, STACK_BYTES // of_parameters)
    widest = min(widest, max(1, int(memory / cores / of_everything)))
    work = stacked.size * len(x)
    workers = max(1, min(cores, lanes // math.ceil(CORE_WORK / work)))
    if not can_compile():  # Python between the operations: two stacks at once take longer than one after the other
        workers = 1
    rounds = math.ceil(lanes / widest / workers)
    widths = [len(part) for part in np.array_split(range(lanes), rounds * workers) if len(part)]
    threads = max(1, min(cores // workers, max(widths) * work // CORE_WORK))
    return widths, workers, threads


def _ready(threads: int) -> None:
    """Called in every thread of a race; numbers below the normal ones are 0 in that thread alone."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)


def _run(stacks: list[Stack], setting: SimpleNamespace, workers: int, threads: int, progress: bool) -> None:
    """Run the stacks in threads, so many at once; torch lets go of Python's lock while it computes."""
    before = torch.get_num_threads()
    total = sum(len(stack.lanes) for stack in stacks) * setting.steps
    with (
        ThreadPoolExecutor(workers, initializer=_ready, initargs=(threads,)) as pool,
        bar(total, "racing", "lane-step", show=progress) as steps,
    ):
        futures = [pool.submit(stack.run) for stack in stacks]
        try:
            running: Iterable[Future[None]] = futures
            while running:
                running = wait(running, timeout=0.2, return_when="FIRST_EXCEPTION").not_done
                steps.update(sum(stack.step * len(stack.lanes) for stack in stacks) - steps.n)
                if any(future.done() and future.exception() for future in futures):
                    break
        except KeyboardInterrupt:
            print("The race was stopped; what its lanes have done so far is kept.")
        finally:
            setting.stop.set()
            torch.set_num_threads(before)
    for future in futures:
        future.result()
