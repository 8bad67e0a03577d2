"""One network for every seed, all trained at once by one torch optimizer: for the optimizers that `race` lacks."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lrcourse.arguments import choice, function, whole
from lrcourse.training.recording import StackedModel, compiled, record
from lrcourse.training.seeds import batch_order, build


class Networks:
    """What side_by_side trained: weights, each of shape (networks, ...), the optimizer, and their losses."""

    def __init__(self, model: Callable[[], torch.nn.Module], data: Any, seeds: Sequence[int]) -> None:
        self.data, self.seeds, self.optimizer = data, seeds, None
        self._stacked = StackedModel(model, cross_entropy, plain=True)
        starts = [list(build(model, seed).parameters()) for seed in seeds]
        self.weights = [torch.stack([part.detach() for part in parts]) for parts in zip(*starts, strict=True)]

    def loss(self, part: str = "test", weights: Sequence[Tensor] | None = None) -> list[float]:
        """The loss of every network on a part of the data, 'train', 'val' or 'test'; or that of other weights."""
        choice("part", part, ["train", "val", "test"])
        x, y = getattr(self.data, f"x_{part}"), getattr(self.data, f"y_{part}")
        with torch.no_grad():
            losses: list[float] = self._stacked.evaluate(x, y, *(weights or self.weights))[0].tolist()
        return losses


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

    optimizer: a function of the weights that gives a torch optimizer. It must treat every number by itself, as SGD,
    Adam and their kin do, since a weight holds all networks'; a norm over a whole weight would mix them. schedule: the
    LR as a function of the step. after_step: called with the step and the networks after every update. The loss is
    cross-entropy. Raises ValueError or TypeError for arguments that make no sense.

    >>> from lrcourse.data import load
    >>> from lrcourse.optimizers import Ranger
    >>> networks = side_by_side(lambda: torch.nn.Linear(64, 10), load("digits"), Ranger, [0, 1], steps=5)
    >>> len(networks.loss("test"))
    2
    """
    steps, batch_size = whole("steps", steps, at_least=1), whole("batch_size", batch_size, at_least=1)
    networks = Networks(function("model", model), data, [whole("seeds", seed, at_least=0) for seed in seeds])
    if not networks.seeds:
        raise ValueError("seeds must hold at least one")
    networks.optimizer = made = function("optimizer", optimizer)(networks.weights)
    programs: dict[int, Callable[..., Any]] = {}
    for step, rows in enumerate(itertools.islice(_batches(data, networks.seeds, batch_size), steps)):
        if schedule is not None:
            for group in made.param_groups:
                group["lr"] = schedule(step)
        x, y, size = data.x_train[rows], data.y_train[rows], rows.shape[1]
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


def _batches(data: Any, seeds: Sequence[int], batch_size: int) -> Iterator[Tensor]:
    """The rows of every batch, shape (networks, batch), epoch after epoch without end."""
    per_epoch = math.ceil(len(data.x_train) / batch_size)
    for step in itertools.count():
        epoch, place = divmod(step, per_epoch)
        if place == 0:
            orders = torch.stack([batch_order(len(data.x_train), seed, epoch) for seed in seeds])
        yield orders[:, place * batch_size : (place + 1) * batch_size]
