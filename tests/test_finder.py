"""The range test: nothing of the reader's changes, the losses are those before each step, the rules are fastai's."""

import copy
import math
import random

import numpy as np
import pytest
import torch
from sklearn.linear_model import SGDClassifier, SGDRegressor
from torch.utils.data import DataLoader, TensorDataset

from lrcourse import find_lr, optimizers
from lrcourse.data import load
from lrcourse.finder import Finder, slide, steepest, tenth_of_minimum, valley

GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(256, 6, generator=GENERATOR)
Y = (X @ torch.randn(6, 3, generator=GENERATOR)).argmax(1)
BATCHES = [(X[i : i + 32], Y[i : i + 32]) for i in range(0, 256, 32)]


def network():
    """Dropout, batch norm's buffers, and a part of it in eval mode: all that a careless range test changes."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = [torch.nn.Linear(6, 16), torch.nn.BatchNorm1d(16), torch.nn.Dropout(0.2), torch.nn.Linear(16, 3)]
        model = torch.nn.Sequential(*layers)
    model[2].eval()
    return model


def trained(make=lambda params: torch.optim.Adam(params, lr=0.01)):
    model = network()
    optimizer = make(model.parameters())
    for x, y in BATCHES:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model, optimizer


def everything(model, optimizer, generator=None):
    return copy.deepcopy(
        {
            "weights and buffers": model.state_dict(),
            "gradients": [param.grad for param in model.parameters()],
            "modes": [module.training for module in model.modules()],
            "optimizer": optimizer.state_dict(),
            "optimizer's parameters": [id(param) for group in optimizer.param_groups for param in group["params"]],
            "random": [random.getstate(), np.random.get_state(), torch.get_rng_state()],
            "loader": generator and generator.get_state(),
        }
    )


def same(a, b):
    if isinstance(a, torch.Tensor | np.ndarray):
        return bool((a == b).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(*pair) for pair in zip(a, b, strict=True))
    return a == b


MAKERS = [
    lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9),
    lambda params: torch.optim.Adam(params, lr=0.01),
    lambda params: optimizers.AdamW(params, lr=0.01),
    lambda params: optimizers.Ranger(params, lr=0.01),
    lambda params: optimizers.ScheduleFreeAdamW(params, lr=0.01),
]


@pytest.mark.parametrize("make", MAKERS)
def test_everything_is_as_before(make):
    model, optimizer = trained(make)
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=True, generator=generator)
    before = everything(model, optimizer, generator)
    finder = find_lr(model, loader, optimizer, steps=30)
    assert same(everything(model, optimizer, generator), before)
    assert finder.losses[-1] != finder.losses[0], "nothing was trained: the comparison would say nothing"


class Stop(BaseException):
    """Stands for Ctrl-C, which no `except Exception` catches."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, Stop])
def test_everything_is_as_before_when_the_test_is_cut_short(error):
    model, optimizer = trained()

    def failing_loss(outputs, y):
        random.random(), np.random.rand(), torch.rand(1)
        calls.append(1)
        if len(calls) == 15:
            raise error
        return torch.nn.functional.cross_entropy(outputs, y)

    calls = []
    before = everything(model, optimizer)
    with pytest.raises(error):
        find_lr(model, BATCHES, optimizer, loss=failing_loss)
    assert len(calls) == 15 and same(everything(model, optimizer), before)


@pytest.mark.parametrize("estimator", [SGDClassifier(loss="log_loss"), SGDClassifier(), SGDRegressor()])
def test_a_scikit_learn_estimator_is_as_before(estimator):
    before, numpy = copy.deepcopy(vars(estimator)), np.random.get_state()
    finder = find_lr(estimator, (X.numpy(), Y.numpy()), min_lr=1e-5, max_lr=100)
    assert same(vars(estimator), before) and same(np.random.get_state(), numpy)
    assert min(finder.smoothed) < 0.8 * finder.losses[0]

    classes = {} if isinstance(estimator, SGDRegressor) else {"classes": [0, 1, 2]}
    estimator.partial_fit(X.numpy(), Y.numpy(), **classes)
    before = copy.deepcopy(estimator.coef_), estimator.get_params()
    find_lr(estimator, (X.numpy(), Y.numpy()))
    assert same((estimator.coef_, estimator.get_params()), before)


def test_each_loss_belongs_to_the_weights_before_the_step_with_its_lr():
    model = torch.nn.Linear(6, 3)
    finder = find_lr(model, BATCHES, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), steps=20)

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for step, (lr, recorded) in enumerate(zip(finder.lrs, finder.losses, strict=True)):
        x, y = BATCHES[step % len(BATCHES)]
        loss = torch.nn.functional.cross_entropy(model(x), y)
        assert loss.item() == recorded
        optimizer.zero_grad()
        loss.backward()
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step()


def test_the_ramp_grows_by_equal_factors_between_its_ends():
    model = torch.nn.Linear(6, 3)
    lrs = find_lr(
        model, BATCHES, torch.optim.SGD(model.parameters(), lr=3), min_lr=1e-4, max_lr=0.1, steps=31, stop_factor=1e9
    ).lrs
    assert lrs == pytest.approx(np.geomspace(1e-4, 0.1, 31), rel=1e-12)


def test_other_groups_keep_their_ratio_to_the_first():
    model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.Linear(4, 3))
    groups = [{"params": model[0].parameters(), "lr": 0.2}, {"params": model[1].parameters(), "lr": 0.1}]
    seen = []

    class Watched(torch.optim.SGD):
        def step(self, closure=None):
            seen.append([group["lr"] for group in self.param_groups])
            return super().step(closure)

    finder = find_lr(model, BATCHES, Watched(groups), steps=20)
    assert [first for first, _ in seen] == finder.lrs
    assert [second / first for first, second in seen] == pytest.approx([0.5] * len(seen))


def test_the_smoothed_loss_is_the_weighted_mean_of_the_losses_so_far():
    model = torch.nn.Linear(6, 3)
    finder = find_lr(model, BATCHES, torch.optim.SGD(model.parameters(), lr=1), smoothing=0.8)
    for i in (0, 1, 10, len(finder.losses) - 1):
        weights = 0.8 ** np.arange(i, -1, -1)
        assert finder.smoothed[i] == pytest.approx(np.average(finder.losses[: i + 1], weights=weights), rel=1e-10)


def test_a_loss_of_nan_ends_the_ramp_and_is_not_recorded():
    model = torch.nn.Linear(6, 3)
    calls = []

    def loss(outputs, y):
        calls.append(1)
        return torch.nn.functional.cross_entropy(outputs, y) * (math.nan if len(calls) == 40 else 1)

    finder = find_lr(model, BATCHES, torch.optim.SGD(model.parameters(), lr=1), loss=loss, max_lr=0.01)
    assert len(finder.lrs) == len(finder.losses) == len(finder.smoothed) == 39
    assert np.isfinite(finder.losses).all() and finder.stopped.startswith("the loss was nan at an LR of")


def test_an_explosion_ends_the_ramp():
    model = torch.nn.Linear(6, 1)
    data = (X, X @ torch.ones(6, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    finder = find_lr(model, data, optimizer, loss=torch.nn.functional.mse_loss, max_lr=100)
    assert finder.lrs[-1] < 100 and "exceeded 4 times its best" in finder.stopped
    assert finder.smoothed[-1] > 4 * min(finder.smoothed) >= finder.smoothed[-2]


def test_a_negative_loss_does_not_end_the_ramp():
    model = torch.nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    finder = find_lr(model, BATCHES, optimizer, loss=lambda out, y: out.square().mean() - 5, max_lr=0.1)
    assert finder.stopped.startswith("the ramp reached its end")


def test_batches_come_from_a_dataset_a_pair_a_list_or_a_loader_and_start_again():
    model = torch.nn.Linear(6, 3)
    digits = load("digits", train_size=128)
    for data, module in [
        (digits, torch.nn.Linear(64, 10)),
        ((X, Y), model),
        (BATCHES[:3], model),
        (DataLoader(TensorDataset(X, Y), batch_size=100), model),
    ]:
        finder = find_lr(module, data, torch.optim.SGD(module.parameters(), lr=1), steps=20, max_lr=0.01)
        assert len(finder.losses) == 20


def test_the_seed_decides_the_run():
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    first, again, other = (find_lr(model, (X, Y), optimizer, seed=seed, steps=30) for seed in (3, 3, 4))
    assert first == again and first.losses != other.losses


def test_rules_on_curves_drawn_by_hand():
    lrs = [10 ** (i - 5) for i in range(8)]
    falling = [5.0, 4.9, 4.0, 1.0, 0.9, 2.0, 50.0, 30.0]
    assert steepest(lrs, falling) == lrs[2]  # the largest fall before the lowest point is from 4.0 to 1.0
    assert tenth_of_minimum(lrs, falling) == lrs[4] / 10
    assert valley(lrs, falling) == lrs[2]  # the descent goes over the points 0 to 4
    assert valley(lrs, [5.0, 1.0, 4.0, 3.0, 2.0, 9.0, 9.0, 9.0]) == lrs[3]  # the longest descent leaves out point 1
    rising = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    assert steepest(lrs, rising) is None and valley(lrs, rising) is None and slide(lrs, rising, width=3) is None


def test_slide_stops_where_both_slopes_agree():
    losses = np.array([2.0] * 30 + [1.9, 1.6, 1.0, 0.9, 1.5, 4.0])
    slopes = np.gradient(losses)
    lrs = np.geomspace(1e-4, 1, len(losses))
    suggestion = slide(lrs, losses, width=5)
    left = int(np.flatnonzero(lrs == suggestion)[0])
    assert all(abs(slopes[i + 5] - slopes[i]) > 0.005 for i in range(left, len(losses) - 5))
    assert abs(slopes[left + 4] - slopes[left - 1]) <= 0.005


def test_the_rules_do_not_see_the_first_tenth_and_the_last_five():
    lrs = np.geomspace(1e-4, 1, 50).tolist()
    losses = [1.0, 0.0, *np.linspace(2, 1, 43), 0.0, 0.0, 0.0, 0.0, 0.0]
    assert Finder(lrs, losses, losses, "").suggestions["minimum/10"] == pytest.approx(lrs[44] / 10)
    assert set(Finder(lrs[:12], losses[:12], losses[:12], "").suggestions.values()) == {None}


def test_the_figure_shows_the_curve_and_each_suggestion_on_it():
    model = torch.nn.Linear(64, 10)
    finder = find_lr(model, load("digits"), torch.optim.SGD(model.parameters(), lr=1), min_lr=1e-4)
    axes = finder.figure("A title").axes[0]
    assert axes.get_title(loc="left") == "A title" and axes.get_xscale() == "log"
    assert np.allclose(axes.lines[0].get_xydata(), np.column_stack([finder.lrs, finder.smoothed]))
    marked = {line.get_label().split(":")[0]: line.get_xdata()[0] for line in axes.lines[2:]}
    assert marked == {rule: lr for rule, lr in finder.suggestions.items() if lr is not None}


def a_model_with(params=None, **optimizer):
    model = torch.nn.Linear(6, 3)
    return model, torch.optim.SGD(params or model.parameters(), **{"lr": 1.0, **optimizer})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"min_lr": 0}, ValueError, "min_lr must be a number above 0, not 0"),
        ({"min_lr": 1, "max_lr": 0.1}, ValueError, "max_lr must be a number above 1, not 0.1"),
        ({"steps": 19}, ValueError, "steps must be a whole number of at least 20, not 19"),
        ({"smoothing": 1}, ValueError, "smoothing must be a number of at least 0 and below 1, not 1"),
        ({"stop_factor": 1}, ValueError, "stop_factor must be a number above 1, not 1"),
        ({"seed": -1}, ValueError, "seed must be a whole number of at least 0, not -1"),
        ({"loss": "mse"}, TypeError, "loss must be a function, not 'mse'"),
        ({"optimizer": None}, TypeError, "optimizer must be a torch optimizer over the model's parameters, not None"),
        ({"optimizer": a_model_with()[1]}, ValueError, "optimizer must hold the model's parameters"),
        ({"data": 3}, TypeError, "data must be a Dataset, a pair .* or an iterable of batches, not 3"),
        ({"data": []}, ValueError, "data ran out of batches"),
        ({"data": iter(BATCHES)}, ValueError, "data ran out of batches"),
        ({"data": (X, Y[:9])}, ValueError, "as many x as y and at least one, not 256 and 9"),
        ({"data": (X * math.nan, Y)}, ValueError, "the loss was nan at an LR of 1e-06, before any step: look at"),
        ({"model": "a network"}, TypeError, "model must be a torch module or a scikit-learn SGD estimator"),
        ({"model": SGDClassifier(), "data": (X, Y)}, TypeError, "optimizer must be None for a scikit-learn estimator"),
        ({"model": SGDClassifier(), "optimizer": None}, TypeError, "data must be a Dataset or a pair"),
        ({"model": SGDClassifier(loss="huber"), "optimizer": None, "data": (X, Y)}, ValueError, "loss must be given"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    model, optimizer = a_model_with()
    with pytest.raises(error, match=message):
        find_lr(**{"model": model, "data": BATCHES, "optimizer": optimizer, **arguments})


def test_an_lr_of_zero_has_no_ratio_to_keep():
    model, optimizer = a_model_with(lr=0.0)
    with pytest.raises(ValueError, match="the optimizer's lr must be a number above 0, not 0.0"):
        find_lr(model, BATCHES, optimizer)


def test_what_cannot_be_copied_is_refused():
    model, optimizer = a_model_with()
    model.lock = (i for i in range(3))
    with pytest.raises(TypeError, match="copy.deepcopy"):
        find_lr(model, BATCHES, optimizer)
