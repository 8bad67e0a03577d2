"""Everything random is a function of seed and step: the numbers that torch's own generators give, drawn by hand."""

import os

import pytest
import torch
from torch import nn

from lrcourse.data import load
from lrcourse.finder import find_lr
from lrcourse.training import fit, race, side_by_side
from lrcourse.training.seeds import SeededRandom, batch_order, build, seeded_dropout

DRAWS = {
    "rand": lambda: torch.rand(5),
    "randn_like": lambda: torch.randn_like(torch.zeros(5, dtype=torch.float64)),
    "randint": lambda: torch.randint(3, 90, (5,)),
    "randperm": lambda: torch.randperm(9),
    "bernoulli": lambda: torch.bernoulli(torch.full((9,), 0.5)),
    "multinomial": lambda: torch.multinomial(torch.ones(9), 4),
    "normal": lambda: torch.normal(torch.zeros(3), torch.ones(3)),
    "in place": lambda: torch.zeros(5).uniform_(-1, 1),
    "out": lambda: torch.rand(5, out=torch.zeros(5)),
    "dropout": lambda: nn.functional.dropout(torch.ones(50), 0.5),
}


@pytest.mark.parametrize("name", DRAWS)
def test_each_draw_is_the_one_after_manual_seed_and_the_global_generator_does_not_move(name):
    torch.manual_seed(7)
    wanted = DRAWS[name](), DRAWS[name]()
    before = torch.get_rng_state()
    with SeededRandom(torch.Generator().manual_seed(7)):
        got = DRAWS[name](), DRAWS[name]()
    assert all(torch.equal(a, b) for a, b in zip(got, wanted, strict=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_generator_of_ones_own_is_the_one_that_draws():
    seeded = torch.Generator().manual_seed(1)
    with SeededRandom(seeded):
        got = torch.rand(3, generator=torch.Generator().manual_seed(7))
    assert torch.equal(got, torch.rand(3, generator=torch.Generator().manual_seed(7)))
    assert torch.equal(seeded.get_state(), torch.Generator().manual_seed(1).get_state())


def test_a_forked_worker_draws_from_its_own_generator():
    into, out = os.pipe()
    with SeededRandom(torch.Generator().manual_seed(7)):
        child = os.fork()
        if not child:
            torch.manual_seed(3)
            os.write(out, torch.rand(1).numpy().tobytes())
            os._exit(0)
        os.waitpid(child, 0)
    assert os.read(into, 4) == torch.rand(1, generator=torch.Generator().manual_seed(3)).numpy().tobytes()


@pytest.mark.parametrize(("seed", "epoch"), [(0, 0), (0, 5), (3, 0), (3, 2)])
def test_the_order_of_an_epoch_by_its_number(seed, epoch):
    wanted = torch.randperm(20, generator=torch.Generator().manual_seed(1_000_003 * seed + epoch))
    assert torch.equal(batch_order(20, seed, epoch), wanted)
    with pytest.raises(ValueError, match="seed must be"):
        batch_order(20, -1, 0)


@pytest.mark.parametrize("dropout", [nn.Dropout(0.5), nn.AlphaDropout(0.5)])
@pytest.mark.parametrize(("seed", "step"), [(0, 0), (2, 7)])
def test_dropout_is_a_function_of_seed_and_step(dropout, seed, step):
    model = nn.Sequential(nn.Linear(4, 40), dropout)
    x = torch.ones(3, 4)
    torch.manual_seed(1_000_003 * seed + step)
    wanted = model(x)
    before = torch.get_rng_state()
    with seeded_dropout(model, seed, step):
        assert torch.equal(model(x), wanted)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_dropout_nothing_is_in_the_way():
    model = nn.Linear(2, 2)
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    with seeded_dropout(model, 1, 1):
        assert torch.equal(torch.rand(3), wanted)


def test_a_start_is_the_seeds():
    torch.manual_seed(11)
    wanted = nn.Linear(3, 2).weight
    assert torch.equal(build(lambda: nn.Linear(3, 2), 11).weight, wanted)


def linear():
    return nn.Linear(64, 10)


def trained(model, seed):
    return fit(model, load(), torch.optim.SGD(model.parameters(), 0.1), epochs=1, seed=seed, progress=False)


def ramped(model, seed):
    return find_lr(model, load(), torch.optim.SGD(model.parameters(), 0.1), steps=20, seed=seed)


TAKES_A_SEED = {
    "batch_order": (2**40, lambda seed: batch_order(9, seed, 10_000)),
    "load": (2**32 - 1, lambda seed: load(seed=seed)),
    "fit": (2**40, lambda seed: trained(linear(), seed)),
    "race": (2**40, lambda seed: race(linear, load(), {"constant": None}, [0.1], [seed], steps=2, progress=False)),
    "side_by_side": (2**40, lambda seed: side_by_side(linear, load(), torch.optim.Adam, [seed], steps=2)),
    "find_lr": (2**32 - 1, lambda seed: ramped(linear(), seed)),
}


@pytest.mark.parametrize("name", TAKES_A_SEED)
def test_the_largest_seed_is_taken_and_one_more_is_named(name):
    largest, call = TAKES_A_SEED[name]
    call(largest)
    for seed in (largest + 1, 10**30, -1):
        with pytest.raises(ValueError, match=rf"seeds? must be a whole number .*of at most {largest}, not {seed}"):
            call(seed)
