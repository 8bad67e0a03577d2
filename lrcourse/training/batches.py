"""Batches without end, from whatever a reader holds the data in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset


def pair_of(data: Any) -> tuple[Any, Any] | None:
    """x and y of a Dataset or of a pair of arrays; None for batches.

    >>> pair_of([np.zeros((3, 2)), np.ones(3)])[1]
    array([1., 1., 1.])
    >>> pair_of([(1.0, 2.0), (3.0, 4.0)]) is None
    True
    """
    if hasattr(data, "x_train"):
        data = data.x_train, data.y_train
    if isinstance(data, tuple | list) and len(data) == 2 and all(hasattr(part, "shape") for part in data):
        x, y = (part.to_numpy() if hasattr(part, "to_numpy") else part for part in data)
        return x, y
    return None


def endless(data: Any, batch_size: int, seed: int) -> Iterator[Any]:
    """Batches without end: drawn from a pair of arrays in an order of their own, or the reader's, over and over.

    A torch Dataset is shuffled and cut into batches of batch_size. Raises TypeError for data that give no batches,
    ValueError for a pair that does not match and for data that run out; each names data.

    >>> batches = endless([torch.arange(4), 10 * torch.arange(4)], batch_size=3, seed=0)
    >>> next(batches), next(batches)
    ([tensor([2, 3, 1]), tensor([20, 30, 10])], [tensor([0, 2, 1]), tensor([ 0, 20, 10])])
    >>> batches = endless(["a", "b"], batch_size=3, seed=0)
    >>> [next(batches) for _ in range(5)]
    ['a', 'b', 'a', 'b', 'a']
    """
    if pair := pair_of(data):
        return _drawn(*pair, batch_size, seed)
    if isinstance(data, Dataset):
        generator = torch.Generator().manual_seed(seed)
        data = DataLoader(data, batch_size, shuffle=not isinstance(data, IterableDataset), generator=generator)
    if isinstance(data, str | bytes | dict | torch.Tensor | np.ndarray) or not hasattr(data, "__iter__"):
        raise TypeError(
            f"data must be a Dataset, a pair (x, y) of arrays, a torch Dataset or an iterable of batches, not {data!r}"
        )
    return _repeated(data)


def _drawn(x: Any, y: Any, batch_size: int, seed: int) -> Iterator[list[Any]]:
    if not 0 < x.shape[0] == y.shape[0]:
        raise ValueError(f"data must hold as many x as y and at least one, not {x.shape[0]} and {y.shape[0]}")
    order = np.random.RandomState(seed)
    while True:
        rows = order.permutation(x.shape[0])
        for start in range(0, max(1, len(rows) - batch_size + 1), batch_size):
            yield [part[rows[start : start + batch_size]] for part in (x, y)]


def _repeated(data: Any) -> Iterator[Any]:
    while True:
        came = False
        for batch in data:
            came = True
            yield batch
        if not came:
            raise ValueError("data ran out of batches: give a list or a DataLoader, which can start again")


@contextmanager
def generators_kept(data: Any) -> Iterator[None]:
    """The generators that a DataLoader was given, for itself and its samplers, are afterwards as they were before.

    >>> loader = DataLoader(range(9), shuffle=True, generator=torch.Generator().manual_seed(0))
    >>> with generators_kept(loader):
    ...     first = [int(i) for i in loader]
    >>> first == [int(i) for i in loader]
    True
    """
    batch_sampler = getattr(data, "batch_sampler", None)
    parts = [data, getattr(data, "sampler", None), batch_sampler, getattr(batch_sampler, "sampler", None)]
    generators = [getattr(part, "generator", None) for part in parts]
    kept = [(g, g.get_state()) for g in generators if isinstance(g, torch.Generator)]
    try:
        yield
    finally:
        for generator, state in kept:
            generator.set_state(state)
