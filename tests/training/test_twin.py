"""A copy that trains while its original stays as it is: against torch on the original itself."""

import copy
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch
from torch import nn

from lrcourse.training.twin import Twin, described, leaves, lr_ratios, moved, pair_loss, set_lr

X, Y = torch.linspace(-1, 1, 12).reshape(6, 2), torch.tensor([0, 1, 0, 1, 1, 0])
OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.3, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.3),
    "lbfgs": lambda parameters: torch.optim.LBFGS(parameters, lr=0.3, max_iter=3),
}


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2))


def batch_loss(model, batch):
    return pair_loss(None, model, batch)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("warm", [0, 2])
def test_a_twin_trains_as_its_original_would_have(name, warm):
    model = network()
    optimizer = OPTIMIZERS[name](model.parameters())

    def step():
        losses = []

        def closure():
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(X), Y)
            loss.backward()
            losses.append(loss.item())
            return loss

        optimizer.step(closure)
        return losses[0]

    for _ in range(warm):
        step()
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()["state"]))
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    twin = Twin(model, optimizer, batch_loss)
    got = [twin.train((X.numpy(), Y.numpy()), lr) for lr in (0.1, 0.2, 0.05)]
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), before[0].values(), strict=True))
    assert str(optimizer.state_dict()["state"]) == str(before[1]) and optimizer.param_groups[0]["lr"] == 0.3
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        assert parameter.grad is gradient is None or torch.equal(parameter.grad, gradient)
    wanted = []
    for lr in (0.1, 0.2, 0.05):
        optimizer.param_groups[0]["lr"] = lr
        wanted.append(step())
    assert got == wanted


def test_groups_keep_their_ratios_to_the_first_whose_lr_is_not_0():
    assert lr_ratios([{"lr": 0.1}, {"lr": 0.05}, {"lr": 0.0}]) == pytest.approx([1.0, 0.5, 0.0])
    assert lr_ratios([{"lr": 0.0}, {"lr": 0.2}, {"lr": 0.1}]) == pytest.approx([0.0, 1.0, 0.5])
    assert lr_ratios([{"lr": 0.0}, {"lr": 0.0}]) == [1.0, 1.0]
    assert lr_ratios([{"lr": torch.tensor(0.5)}, {"lr": 1.0}]) == pytest.approx([1.0, 2.0])
    shared = torch.tensor(0.5)
    for lr, dtype in ((shared, torch.float32), (torch.tensor(0.5, dtype=torch.float64), torch.float64)):
        group = {"lr": lr}
        set_lr(group, 0.25)
        assert group["lr"] == 0.25 and group["lr"].dtype == dtype and lr == 0.5  # another group may have it too
    whole = {"lr": torch.tensor(1)}
    set_lr(whole, 0.25)
    assert whole["lr"] == 0.25


def test_what_cannot_be_trained_is_refused():
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TypeError, match="optimizer must be a torch optimizer"):
        Twin(model, "sgd", batch_loss)
    with pytest.raises(ValueError, match="optimizer must hold the model's parameters"):
        Twin(network(), optimizer, batch_loss)
    with pytest.raises(TypeError, match="copy.deepcopy can copy them"):
        Twin(model, optimizer, type("Loss", (), {"__deepcopy__": lambda self, memo: 1 / 0})())
    for wrong in (1.0, torch.zeros(2, requires_grad=True), torch.tensor(1.0), None):
        with pytest.raises(TypeError, match="the loss must be one number as a tensor that depends"):
            Twin(model, optimizer, lambda model, batch, wrong=wrong: wrong).train((X, Y), 0.1)
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match="the loss must not use the original model"):
        Twin(model, optimizer, lambda twin, batch: nn.functional.cross_entropy(model(batch[0]), Y)).train((X, Y), 0.1)
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), before.values(), strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_readers_own_tensor_in_the_loss_gets_no_gradient():
    model, weight = network(), torch.ones(1, requires_grad=True)
    twin = Twin(
        model,
        torch.optim.SGD(model.parameters(), lr=0.1),
        lambda model, batch: weight[0] * nn.functional.cross_entropy(model(batch[0]), batch[1]),
    )
    losses = [twin.train((X, Y), 0.5) for _ in range(4)]
    assert weight.grad is None and losses[-1] < losses[0]


def test_dropout_and_batch_norm_train():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)).eval()
    twin = Twin(model, torch.optim.SGD(model.parameters(), lr=0.1), batch_loss)
    assert twin.model.training and not model.training


Pair = namedtuple("Pair", "x y")


def test_a_batch_is_moved_and_keeps_its_form():
    parameter = torch.zeros(1, dtype=torch.float16)
    for kind, wanted in (("f4", torch.float16), ("f8", torch.float16), ("i8", torch.int64), ("b1", torch.bool)):
        assert moved(np.ones(2, kind), parameter).dtype == wanted
    assert moved(np.ones(2, "u1"), parameter).dtype == torch.uint8
    words = np.array(["a", "b"])
    assert moved(words, parameter) is words and moved("text", parameter) == "text" and moved(None, parameter) is None
    pair = moved(Pair(np.ones(2), [np.zeros(1)]), parameter)
    assert type(pair) is Pair and type(pair.y) is list and isinstance(pair.y[0], torch.Tensor)
    assert type(moved((np.ones(1),), parameter)) is tuple
    kept = OrderedDict(b=np.ones(1), a=1)
    twin = moved(kept, parameter)
    assert type(twin) is OrderedDict and list(twin) == ["b", "a"] and isinstance(kept["b"], np.ndarray)
    assert moved(torch.ones(1, dtype=torch.float64), parameter).dtype == torch.float64  # a tensor is meant as it is


@pytest.mark.parametrize(
    ("batch", "form", "example"),
    [
        ({"x": 1}, "a dict with 'x'", "model(batch['x']).mean()"),
        ({"x": 1, "y": 2}, "a dict with 'x' and 'y'", "cross_entropy(model(batch['x']), batch['y'])"),
        ((1, 2, 3, 4), "a tuple of 4", "cross_entropy(model(batch[0], batch[1], batch[2]), batch[3])"),
        ([1, 2, 3], "a list of 3", "cross_entropy(model(batch[0], batch[1]), batch[2])"),
        ((1,), "a tuple of 1", "model(batch).mean()"),
        ((), "a tuple of 0", "model(batch).mean()"),
        ({}, "a dict", "model(batch).mean()"),
        (torch.zeros(3, 2), "a Tensor of shape (3, 2)", "model(batch).mean()"),
        (3, "a int", "model(batch).mean()"),
    ],
)
def test_the_form_of_a_batch_in_words(batch, form, example):
    assert described(batch) == (form, example)
    with pytest.raises(TypeError) as told:
        pair_loss(None, nn.Identity(), batch)
    assert f"not {form}. For batches of another form" in str(told.value) and str(told.value).endswith(example)


def test_a_pair_becomes_its_loss():
    out, y = torch.tensor([[1.0, 2.0]]), torch.tensor([1])
    assert pair_loss(None, nn.Identity(), (out, y)) == nn.functional.cross_entropy(out, y)
    assert pair_loss(nn.functional.mse_loss, nn.Identity(), [out, 0 * out]) == 2.5
    with pytest.raises(TypeError, match="model must return one tensor for cross-entropy, not a tuple"):
        pair_loss(None, lambda x: (x, x), (out, y))
    assert pair_loss(lambda pair, y: pair[0].sum(), lambda x: (x, x), (out, y)) == 3.0


def test_the_leaves_of_a_loss():
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    found = list(leaves((a * b + a * a).sum()))
    assert len(found) == 2 and {id(leaf) for leaf in found} == {id(a), id(b)}  # each once
    alone = torch.tensor(1.0, requires_grad=True)
    assert [leaf is alone for leaf in leaves(alone)] == [True]
