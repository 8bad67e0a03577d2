"""side_by_side: every network is the one that fit trains alone, whatever the optimizer."""

import dataclasses

import pytest
import torch

from lrcourse import optimizers
from lrcourse.data import load
from lrcourse.schedulers import LambdaLR
from lrcourse.training import batch_order, build, fit, side_by_side


def mlp():
    return torch.nn.Sequential(torch.nn.Linear(64, 8), torch.nn.ReLU(), torch.nn.Linear(8, 10))


@pytest.fixture(scope="module")
def digits():
    return load("digits", train_size=200)


KINDS = {
    "SGD": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    "torch's RAdam": lambda weights: torch.optim.RAdam(weights, lr=0.03),
    "Ranger": lambda weights: optimizers.Ranger(weights, lr=0.1),
    "Lookahead": lambda weights: optimizers.Lookahead(optimizers.Adam(weights, lr=0.01)),
    "schedule-free": lambda weights: optimizers.ScheduleFreeAdamW(weights, lr=0.01),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_network_is_the_one_that_fit_trains(kind, digits):
    seeds = [3, 11, 4]
    networks = side_by_side(mlp, digits, KINDS[kind], seeds, steps=10)
    if kind == "schedule-free":
        networks.optimizer.eval()
    for seed, loss in zip(seeds, networks.loss("test"), strict=True):
        model = build(mlp, seed)
        alone = fit(model, digits, KINDS[kind](list(model.parameters())), epochs=3, seed=seed, progress=False)
        longer = side_by_side(mlp, digits, KINDS[kind], [seed], steps=12)
        if kind == "schedule-free":
            longer.optimizer.eval()
        assert longer.loss("test")[0] == pytest.approx(alone.test_loss, rel=1e-4)
        short = side_by_side(mlp, digits, KINDS[kind], [seed], steps=10)
        if kind == "schedule-free":
            short.optimizer.eval()
        assert loss == pytest.approx(short.loss("test")[0], rel=1e-4), "a neighbor changed it"


def test_the_schedule_sets_the_lr_of_every_update(digits):
    def plan(step):
        return 0.2 / (step + 1)

    used = []
    networks = side_by_side(
        mlp,
        digits,
        KINDS["SGD"],
        [5],
        steps=8,
        schedule=plan,
        after_step=lambda step, now: used.append(now.optimizer.param_groups[0]["lr"]),
    )
    assert used == [plan(step) for step in range(8)]
    model = build(mlp, 5)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
    alone = fit(model, digits, optimizer, LambdaLR(optimizer, plan), epochs=2, seed=5, step_per="step", progress=False)
    assert networks.loss("test")[0] == pytest.approx(alone.test_loss, rel=1e-4)


def test_every_network_can_have_data_of_its_own():
    def split(seed):
        return load("digits", train_size=200, seed=seed)

    networks = side_by_side(mlp, split, KINDS["SGD"], [3, 4], steps=8)
    for seed, loss in zip([3, 4], networks.loss("val"), strict=True):
        alone = side_by_side(mlp, split(seed), KINDS["SGD"], [seed], steps=8)
        assert loss == pytest.approx(alone.loss("val")[0], rel=1e-4)


def test_each_network_is_trained_on_the_data_of_its_own_seed():
    splits = {seed: load("digits", train_size=150, seed=seed % 2) for seed in range(4)}
    splits[2] = splits[0]  # two networks share a dataset, two have one of their own that is equal or not
    networks = side_by_side(mlp, splits.get, KINDS["SGD"], [3, 0, 2, 1], steps=6)
    for seed, loss in zip([3, 0, 2, 1], networks.loss("test"), strict=True):
        model = build(mlp, seed)
        optimizer = KINDS["SGD"](model.parameters())
        alone = fit(model, splits[seed], optimizer, epochs=2, seed=seed, progress=False)
        assert loss == pytest.approx(alone.test_loss, rel=1e-4)


def test_other_weights_can_be_measured(digits):
    networks = side_by_side(mlp, digits, KINDS["SGD"], [0, 1], steps=3)
    zeros = [torch.zeros_like(weight) for weight in networks.weights]
    assert networks.loss("val", zeros) == pytest.approx([2.302585, 2.302585], rel=1e-5)  # the log of ten classes


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"steps": 0}, ValueError, "steps"),
        ({"seeds": []}, ValueError, "seeds"),
        ({"seeds": [-1]}, ValueError, "seeds"),
        ({"model": 3}, TypeError, "model"),
        ({"optimizer": None}, TypeError, "optimizer"),
        (
            {"seeds": [0, 1], "data": lambda seed: load("digits", train_size=100 + seed)},
            ValueError,
            "data must give datasets of one size, not 100 and 101",
        ),
    ],
)
def test_wrong_arguments_are_named(wrong, error, said, digits):
    given = {"model": mlp, "data": digits, "optimizer": KINDS["SGD"], "seeds": [0], "steps": 1} | wrong
    with pytest.raises(error, match=said):
        side_by_side(given["model"], given["data"], given["optimizer"], given["seeds"], steps=given["steps"])


def other(digits, count=200):
    """Digits upside down."""
    return dataclasses.replace(digits, x_train=digits.x_train.flip(1)[:count], y_train=digits.y_train[:count])


@pytest.mark.parametrize("change", [3, 5])
def test_other_data_put_in_are_trained_on(change, digits):
    """In the middle of an epoch and at its end, each network on data of its own."""
    seeds, kind = [3, 11], KINDS["SGD"]
    before, after = [digits, other(digits)], [other(digits), digits]

    def put(step, networks):
        if step == change:
            networks.data = list(after)

    networks = side_by_side(mlp, dict(zip(seeds, before, strict=True)).get, kind, seeds, steps=10, after_step=put)
    for i, seed in enumerate(seeds):
        model = build(mlp, seed)
        optimizer = kind(list(model.parameters()))
        orders = [rows for epoch in range(3) for rows in batch_order(200, seed, epoch).split(64)]
        for step, rows in enumerate(orders[:10]):
            data = before[i] if step <= change else after[i]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(data.x_train[rows]), data.y_train[rows]).backward()
            optimizer.step()
        for ours, theirs in zip(networks.weights, model.parameters(), strict=True):
            assert torch.allclose(ours[i], theirs, atol=1e-5)


def test_other_data_put_in_must_be_as_large(digits):
    def put(step, networks):
        networks.data = [other(digits, 190)]

    with pytest.raises(ValueError, match="datasets of one size, not 200 and 190"):
        side_by_side(mlp, digits, KINDS["SGD"], [0], steps=2, after_step=put)
