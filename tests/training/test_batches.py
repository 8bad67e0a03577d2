"""Batches without end from every kind of data, drawn as NumPy draws them by hand."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, RandomSampler, TensorDataset

from lrcourse.data import Dataset
from lrcourse.training.batches import endless, generators_kept, pair_of


def taken(data, count, batch_size=3, seed=0):
    batches = endless(data, batch_size, seed)
    return [next(batches) for _ in range(count)]


@pytest.mark.parametrize(
    ("examples", "batch_size", "an_epoch"), [(7, 3, 2), (6, 3, 2), (3, 3, 1), (2, 3, 1), (4, 1, 4)]
)
@pytest.mark.parametrize("seed", [0, 5])
def test_a_pair_gives_whole_batches_in_a_new_order_every_epoch(examples, batch_size, an_epoch, seed):
    """Of examples that fill no batch an epoch leaves the rest out; of too few for one it gives all."""
    x, y = torch.arange(examples), 10 * torch.arange(examples)
    order, wanted = np.random.RandomState(seed), []
    for _ in range(3):
        rows = order.permutation(examples)
        wanted += [rows[i * batch_size : (i + 1) * batch_size].tolist() for i in range(an_epoch)]
    got = taken((x, y), 3 * an_epoch, batch_size, seed)
    assert [one.tolist() for one, _ in got] == wanted
    assert all(torch.equal(10 * one, other) for one, other in got)


def test_every_form_of_a_pair():
    x, y = torch.arange(4.0), torch.arange(4)
    first = taken((x, y), 1)[0]
    held = Dataset("four", [], x, y, x, y, x, y)
    assert all(torch.equal(a, b) for a, b in zip(taken(held, 1)[0], first, strict=True))
    assert taken([x.numpy(), y.numpy()], 1)[0][0].tolist() == first[0].tolist()
    assert pair_of((x,)) is None and pair_of((x, y, x)) is None and pair_of((x, [1, 2])) is None
    assert pair_of({"x": x, "y": y}) is None and pair_of("xy") is None


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 4), (4, 3), (1, 0)])
def test_a_pair_that_does_not_match_is_refused(x, y):
    with pytest.raises(ValueError, match=f"data must hold as many x as y and at least one, not {x} and {y}"):
        taken((torch.zeros(x), torch.zeros(y)), 1)


def test_a_torch_dataset_is_shuffled_by_the_seed_and_cut_into_batches():
    numbers = TensorDataset(torch.arange(7))
    loader = DataLoader(numbers, 3, shuffle=True, generator=torch.Generator().manual_seed(4))
    wanted = [batch[0].tolist() for _ in range(2) for batch in loader]
    assert [batch[0].tolist() for batch in taken(numbers, 6, seed=4)] == wanted
    assert sorted(sum(wanted[:3], [])) == list(range(7)) and wanted[0] != [0, 1, 2]


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(5))


def test_a_stream_keeps_its_order_and_begins_again():
    assert [batch.tolist() for batch in taken(Stream(), 4)] == [[0, 1, 2], [3, 4], [0, 1, 2], [3, 4]]


@pytest.mark.parametrize("data", ["ab", b"ab", {"x": 1}, torch.zeros(3), np.zeros(3), 3, None])
def test_what_gives_no_batches_is_refused_by_name(data):
    with pytest.raises(TypeError, match="data must be a Dataset, a pair"):
        taken(data, 1)


def test_data_that_run_out_are_told():
    batches = endless(iter(["a", "b"]), 3, 0)
    assert [next(batches), next(batches)] == ["a", "b"]
    with pytest.raises(ValueError, match="data ran out of batches"):
        next(batches)
    with pytest.raises(ValueError, match="data ran out of batches"):
        taken([], 1)


def test_a_loaders_generators_are_afterwards_as_before():
    own = [torch.Generator().manual_seed(i) for i in range(2)]
    sampler = RandomSampler(range(9), generator=own[0])
    for loader in (
        DataLoader(range(9), sampler=sampler, generator=own[1]),
        DataLoader(range(9), batch_sampler=torch.utils.data.BatchSampler(sampler, 2, False), generator=own[1]),
    ):
        before = [generator.get_state() for generator in own]
        with pytest.raises(KeyError), generators_kept(loader):
            list(loader)
            assert not all(torch.equal(g.get_state(), state) for g, state in zip(own, before, strict=True))
            raise KeyError
        assert all(torch.equal(g.get_state(), state) for g, state in zip(own, before, strict=True))
    with generators_kept(["no", "loader"]):
        pass
