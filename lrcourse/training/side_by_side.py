"""One network for every seed, all trained at once by one torch optimizer: for the optimizers that `race` lacks."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrcourse.arguments import choice, function, whole
from lrcourse.training.recording import StackedModel, compiled, record
from lrcourse.training.seeds import LARGEST_SEED, batch_order, build


class Networks:
    """What side_by_side trained: weights, each of shape (networks, ...), the optimizer, and their losses."""

    def __init__(self, model: Callable[[], torch.nn.Module], data: Any, seeds: Sequence[int]) -> None:
        self.data = [data(seed) for seed in seeds] if callable(data) else [data] * len(seeds)
        self.seeds, self.optimizer = seeds, None
        self._stacked = StackedModel(model, cross_entropy, plain=True)
        starts = [list(build(model, seed).parameters()) for seed in seeds]
        self.weights = [torch.stack([part.detach() for part in parts]) for parts in zip(*starts, strict=True)]

    def loss(self, part: str = "test", weights: Sequence[Tensor] | None = None) -> list[float]:
        """The loss of every network on a part of the data, 'train', 'val' or 'test'; or that of other weights."""
        choice("part", part, ["train", "val", "test"])
        losses: list[Tensor] = []
        with torch.no_grad():
            for i, data in enumerate(self.data):
                x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
                losses += self._stacked.evaluate(x, y, *(weight[i : i + 1] for weight in weights or self.weights))[0]
        return [float(loss) for loss in losses]


def side_by_side(
    model: Callable[[], torch.nn.Module],
    data: Any,
    optimizer: Callable[[list[Tensor]], Any],
    seeds: Iterable[int],
    *,
    steps: int,
    batch_size: int = 64,
    schedule: Callable[[int], float] | None = None,
    after_step: Callable[[int, Networks], None] | None = None,
) -> Networks:
    """Train a network for every seed, each as fit would with that seed, and return them as Networks.

    data: a Dataset, or a function of a seed that gives one, all of one size. optimizer: a function of the weights that
    gives a torch optimizer. It must treat every number by itself, as SGD, Adam and their kin do, since a weight holds
    all networks'; a norm over a whole weight would mix them. schedule: the LR as a function of the step. after_step:
    called with the step and the networks after every update; a list of other datasets that it puts in networks.data,
    as large as those before, is what training goes on with. The loss is cross-entropy. Raises ValueError or TypeError
    for arguments that make no sense.

    >>> from lrcourse.data import load
    >>> from lrcourse.optimizers import Ranger
    >>> networks = side_by_side(lambda: torch.nn.Linear(64, 10), load("digits"), Ranger, [0, 1], steps=5)
    >>> len(networks.loss("test"))
    2
    """
    steps, batch_size = whole("steps", steps, at_least=1), whole("batch_size", batch_size, at_least=1)
    networks = Networks(
        function("model", model), data, [whole("seeds", seed, at_least=0, at_most=LARGEST_SEED) for seed in seeds]
    )
    if not networks.seeds:
        raise ValueError("seeds must hold at least one")
    networks.optimizer = made = function("optimizer", optimizer)(networks.weights)
    programs: dict[int, Callable[..., Any]] = {}
    for step, (x, y) in enumerate(itertools.islice(_batches(networks, batch_size), steps)):
        if schedule is not None:
            for group in made.param_groups:
                group["lr"] = schedule(step)
        size = x.shape[1]
        with torch.no_grad():
            if size not in programs:
                recorded = record(networks._stacked.step, x, y, *networks.weights)
                programs[size] = compiled(recorded, x, y, *networks.weights)
            _, *gradients = programs[size](x, y, *networks.weights)
        for weight, gradient in zip(networks.weights, gradients, strict=True):
            weight.grad = gradient
        made.step()
        if after_step is not None:
            after_step(step, networks)
    return networks


def _batches(networks: Networks, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """x and y of every batch, each of shape (networks, batch, ...), epoch after epoch without end."""
    known, count = networks.data, len(networks.data[0].x_train)
    x, y, first = _gathered(known, count)
    for epoch in itertools.count():
        orders = torch.stack([batch_order(count, seed, epoch) for seed in networks.seeds])
        for order in orders.split(batch_size, dim=1):
            if networks.data is not known:  # after_step has put others in their place
                known = networks.data
                x, y, first = _gathered(known, count)
            rows = first + order
            x_rows, y_rows = (
                part.index_select(0, rows.reshape(-1)).view(*rows.shape, *part.shape[1:]) for part in (x, y)
            )
            yield x_rows, y_rows


def _gathered(data: Sequence[Any], count: int) -> tuple[Tensor, Tensor, Tensor]:
    """x and y of all datasets that differ, one after the other, and the row where each network's begins."""
    datasets = list({id(one): one for one in data}.values())
    places = {id(one): i for i, one in enumerate(datasets)}
    x, y = (torch.cat([getattr(one, part) for one in datasets]) for part in ("x_train", "y_train"))
    if sizes := sorted({len(one.x_train) for one in datasets} - {count}):
        raise ValueError(f"data must give datasets of one size, not {count} and {sizes[0]} training examples")
    return x, y, count * torch.tensor([[places[id(one)]] for one in data])
