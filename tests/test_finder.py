"""The range test: nothing of the reader's changes, the losses are those before each step, the rules are fastai's."""

import copy
import itertools
import math
import random
import re
import statistics
import threading
import warnings
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch
from matplotlib.text import Text
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from lrcourse import find_lr, optimizers, schedulers
from lrcourse.data import load
from lrcourse.finder import Finder, fall, slide, steepest, tenth_of_minimum, valley, watch

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
        torch.rand(1)
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
    assert valley(lrs, falling) == lrs[0]  # the descent goes over the points 0 to 4: 4 - 5 + 5 // 3 + 5 // 6
    assert valley(lrs, [5.0, 1.0, 4.0, 3.0, 2.0, 9.0, 9.0, 9.0]) == lrs[1]  # it leaves out point 1: 4 - 4 + 4 // 3
    rising = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    for rule in (steepest, valley, tenth_of_minimum):
        assert rule(lrs, rising) is None


def test_the_valley_counts_back_from_its_end_as_in_fastai():
    """fastai's places, read off its own rule by hand: end - length + length // 3 + length // 6, in points."""
    lrs = [float(i) for i in range(40)]
    descent = [40.0 - i for i in range(12)]
    assert valley(lrs, descent + [50.0] * 28) == 5  # 12 points, the last is number 11
    bumpy = [loss for pair in zip(descent, [99.0] * 12, strict=True) for loss in pair]  # every second point is a bump
    assert valley(lrs, bumpy + [50.0] * 16) == 22 - 12 + 4 + 2  # 12 points, the last number 22
    assert valley(lrs, [50.0] * 20 + descent + [60.0] * 8) == 31 - 13 + 4 + 2  # one of the 50s begins it


def test_slide_stops_where_both_slopes_agree():
    losses = np.array([2.0] * 30 + [1.9, 1.6, 1.0, 0.9, 1.5, 4.0])
    slopes = np.gradient(losses)
    lrs = np.geomspace(1e-4, 1, len(losses))
    suggestion = slide(lrs, losses, width=5)
    left = int(np.flatnonzero(lrs == suggestion)[0])
    assert all(abs(slopes[i + 5] - slopes[i]) > 0.005 for i in range(left, len(losses) - 5))
    assert abs(slopes[left + 4] - slopes[left - 1]) <= 0.005


def test_slide_begins_at_the_right_end_and_may_reach_the_left():
    lrs = [2.0**i for i in range(12)]
    assert slide(lrs, [0.0] * 10 + [1.0, 0.0], width=3) == lrs[8]  # only the last interval's ends differ
    assert slide(lrs, [float(i * i) for i in range(12)], width=3) == lrs[0]  # all do
    assert slide(lrs, [0.001 * i * i for i in range(12)], width=3, threshold=0.0049) == lrs[0]  # by 0.005
    assert slide(lrs, [0.001 * i * i for i in range(12)], width=3, threshold=0.0051) == lrs[8]  # none, and it answers
    assert slide(lrs[:3], [1.0, 2.0, 3.0], width=3) is None and slide(lrs[:4], [1.0, 2.0, 3.0, 4.0], width=3) == lrs[0]


def fastais(lrs, losses, lr_diff=15, thresh=0.005):
    """The rule of fastai's schedule.py in its own terms: two places counted from the right end, walked to the left."""
    grad, right, left = np.gradient(losses), -1, -1 - lr_diff
    found = lrs[left]
    while left >= -len(losses) and abs(grad[right] - grad[left]) > thresh:
        found, right, left = lrs[left], right - 1, left - 1
    return found


@pytest.mark.parametrize("seed", range(40))
def test_slide_says_what_fastais_rule_says(seed):
    draw = np.random.default_rng(seed)
    count = int(draw.integers(16, 120))
    losses = 2.3 + np.cumsum(draw.normal(scale=draw.choice([0.001, 0.01, 0.1]), size=count))
    lrs = np.geomspace(1e-5, 10, count).tolist()
    assert slide(lrs, losses.tolist()) == fastais(lrs, losses)


def test_two_points_are_a_descent():
    assert valley([0.1, 1.0, 10.0], [2.0, 1.0, 3.0]) == 0.1
    assert steepest([0.1, 1.0], [2.0, 1.0]) == 0.1 and tenth_of_minimum([0.1, 1.0], [2.0, 1.0]) == 0.1


def test_what_is_not_said_is_as_the_signature_says():
    """The ramp of Smith's range test as fastai runs it: 100 steps; slide's numbers are fastai's."""
    model, optimizer = a_model_with()
    by_itself = find_lr(model, (X, Y), optimizer)
    said = {"min_lr": 1e-6, "max_lr": 10, "steps": 100, "batch_size": 64, "smoothing": 0.9, "stop_factor": 4, "seed": 0}
    assert find_lr(model, (X, Y), optimizer, **said) == by_itself
    losses = [3.0] * 40 + [3 - 0.01 * i**2 for i in range(16)] + [0.8, 1.5, 4.0, 9.0]
    lrs = np.geomspace(1e-6, 10, len(losses)).tolist()
    assert slide(lrs, losses) == slide(lrs, losses, width=15, threshold=0.005)
    ramp = [1.0, 3.0, 5.0, 7.0]
    assert watch(lambda lr: lr, ramp) == watch(lambda lr: lr, ramp, smoothing=0.9, stop_factor=4.0)


@pytest.mark.parametrize("best", [2.0, 0.5, -1.0, -3.0])
@pytest.mark.parametrize("factor", [1.5, 4.0])
def test_the_ramp_ends_where_the_loss_leaves_its_best_by_the_factor(best, factor):
    """By hand: for a positive best at factor * best; for a negative one as far above it as its size says."""
    edge = factor * best if best > 0 else best + (factor - 1) * -best
    for last, ends in [(edge - 1e-9, False), (edge + 1e-9, True)]:
        losses = iter([best + 0.1, best, last, best])
        finder = watch(lambda lr, losses=losses: next(losses), LRS[:4], smoothing=0, stop_factor=factor)
        assert (len(finder.losses) == 3) == ends and finder.stopped.startswith("the smoothed" if ends else "the ramp")


def test_how_far_a_block_lies_under_noise_of_one_size():
    """By hand: 80 losses that jump by 1 each time; the last 10 lie 2 lower. Seen best by a block of exactly these 10,
    since 80 // 16 = 5 doubled is 10; the jumps' median is 1, that of normal noise of size 1 is 0.954.
    """
    losses = [0.5 * (-1) ** i for i in range(70)] + [-2.0] * 10
    by_hand = 2 / (1.253 * (1 / 0.954) * math.sqrt(1 / 10 + 1 / 70))
    assert fall(losses) == pytest.approx(by_hand, rel=1e-12)
    assert fall([1000 + 3 * loss for loss in losses]) == pytest.approx(by_hand, rel=1e-9)


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


def test_the_figures_range_is_the_falls_and_its_words_stand_outside_the_curve():
    lrs, losses = LRS[:60], [3.0] * 20 + [3 - 0.1 * i for i in range(20)] + [1.1 * 1.5**i for i in range(20)]
    figure = Finder(lrs, losses, losses, "").figure()
    axes = figure.axes[0]
    low, high = axes.get_ylim()  # from a tenth of the fall below the lowest loss to four tenths above the first
    assert (low, high) == pytest.approx((1.1 - 0.19, 1.1 + 1.4 * 1.9))
    assert np.allclose(axes.lines[1].get_xydata(), np.column_stack([lrs, losses])) and axes.lines[1].get_alpha() < 0.6
    markers, colors = zip(*[(line.get_marker(), line.get_color()) for line in axes.lines[2:]], strict=True)
    assert len(set(markers)) == len(set(colors)) == 4
    figure.canvas.draw()
    assert axes.get_legend().get_window_extent().x0 >= axes.get_window_extent().x1
    flat = Finder(LRS, [1.0] * 100, [1.0] * 100, "").figure()
    flat.canvas.draw()
    assert flat.axes[0]._right_title.get_window_extent().y1 < flat.axes[0].xaxis.label.get_window_extent().y0


def a_model_with(params=None, **optimizer):
    model = torch.nn.Linear(6, 3)
    return model, torch.optim.SGD(params or model.parameters(), **{"lr": 1.0, **optimizer})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"min_lr": 0}, ValueError, "min_lr must be a number above 0, not 0"),
        ({"min_lr": 1, "max_lr": 0.1}, ValueError, "max_lr must be a number above 1.0, not 0.1"),
        ({"steps": 19}, ValueError, "steps must be a whole number of at least 20, not 19"),
        ({"smoothing": 1}, ValueError, "smoothing must be a number of at least 0 and below 1, not 1"),
        ({"stop_factor": 1}, ValueError, "stop_factor must be a number above 1, not 1"),
        ({"seed": -1}, ValueError, "seed must be a whole number of at least 0 and of at most 4294967295, not -1"),
        ({"loss": "mse"}, TypeError, "loss must be a function, not 'mse'"),
        ({"optimizer": None}, TypeError, "optimizer must be a torch optimizer over the model's parameters, not None"),
        ({"optimizer": a_model_with()[1]}, ValueError, "optimizer must hold the model's parameters"),
        ({"data": 3}, TypeError, "data must be a Dataset, a pair .* or an iterable of batches, not 3"),
        ({"data": X}, TypeError, "data must be a Dataset"),
        ({"data": {"x": X, "y": Y}}, TypeError, "data must be a Dataset"),
        ({"data": []}, ValueError, "data ran out of batches"),
        ({"data": iter(BATCHES)}, ValueError, "data ran out of batches"),
        ({"data": (X, Y[:9])}, ValueError, "as many x as y and at least one, not 256 and 9"),
        ({"data": (X * math.nan, Y)}, ValueError, "the loss was nan at an LR of 1e-06, before any step: look at"),
        ({"model": "a network"}, TypeError, "model must be a torch module or a scikit-learn SGD estimator"),
        ({"model": GaussianNB(), "optimizer": None}, TypeError, "model must be a torch module or a scikit-learn SGD"),
        ({"model": SGDClassifier(), "data": (X, Y)}, TypeError, "optimizer must be None for a scikit-learn estimator"),
        ({"model": SGDClassifier(), "optimizer": None}, TypeError, "data must be a Dataset or a pair"),
        (
            {"model": SGDClassifier(), "optimizer": None, "data": (X, Y), "batch": lambda model, batch: 0},
            TypeError,
            "batch must be None for a scikit-learn estimator",
        ),
        ({"batch": "mse"}, TypeError, "batch must be a function of .model, batch. .* not 'mse'"),
        ({"batch": lambda x: x}, TypeError, r"batch must be a function of \(model, batch\) that returns the loss"),
        ({"batch": lambda m, b: 0, "loss": cross_entropy}, ValueError, "batch takes the place of loss"),
        ({"batch": lambda model, batch: 0.5}, TypeError, "the loss must be one number as a tensor .* not 0.5"),
        ({"batch": lambda model, batch: model(batch[0])}, TypeError, "the loss must be one number"),
        ({"loss": lambda out, y: cross_entropy(out.detach(), y)}, TypeError, "depends on the model's weights"),
        ({"model": SGDClassifier(loss="huber"), "optimizer": None, "data": (X, Y)}, ValueError, "loss must be given"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    model, optimizer = a_model_with()
    with pytest.raises(error, match=message):
        find_lr(**{"model": model, "data": BATCHES, "optimizer": optimizer, **arguments})


def test_what_cannot_be_copied_is_refused():
    model, optimizer = a_model_with()
    model.lock = (i for i in range(3))
    with pytest.raises(TypeError, match="copy.deepcopy"):
        find_lr(model, BATCHES, optimizer)


# Batches of every form.

Sample = namedtuple("Sample", "image label")


def of_dict(model, batch):
    return cross_entropy(model(batch["image"]), batch["label"])


FORMS = {
    "dict": (lambda x, y: {"image": x, "label": y}, of_dict),
    "ordered dict": (lambda x, y: OrderedDict(image=x, label=y), of_dict),
    "nested": (
        lambda x, y: ({"image": x, "name": ["a"]}, [y, None]),
        lambda model, batch: cross_entropy(model(batch[0]["image"]), batch[1][0]),
    ),
    "three parts": (lambda x, y: (x, y, torch.ones(len(x))), lambda model, batch: weighted(model, *batch)),
    "one tensor": (
        lambda x, y: torch.cat([x, y[:, None]], 1),
        lambda model, batch: cross_entropy(model(batch[:, :6]), batch[:, 6].long()),
    ),
    "named": (Sample, lambda model, batch: cross_entropy(model(batch.image), batch.label)),
    "arrays": (lambda x, y: {"image": x.double().numpy(), "label": y.numpy()}, of_dict),
}


def weighted(model, x, y, weights):
    return (cross_entropy(model(x), y, reduction="none") * weights).mean()


@pytest.mark.parametrize("form", FORMS)
def test_batch_says_how_a_batch_of_any_form_becomes_a_loss(form):
    pack, batch = FORMS[form]
    model, optimizer = a_model_with()
    plain = find_lr(model, BATCHES, optimizer, steps=20)
    found = find_lr(model, [pack(x, y) for x, y in BATCHES], optimizer, steps=20, batch=batch)
    assert found.losses == pytest.approx(plain.losses, rel=1e-6)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("dict", ["a dict with 'image' and 'label'", "cross_entropy(model(batch['image']), batch['label'])"]),
        ("three parts", ["a tuple of 3", "cross_entropy(model(batch[0], batch[1]), batch[2])"]),
        ("one tensor", ["a Tensor of shape (32, 7)", "model(batch).mean()"]),
        ("alone", ["a list of 1"]),
        ("two rows", ["a Tensor of shape (2, 6)"]),
        ("text", ["a str"]),
    ],
)
def test_batches_of_another_form_are_named_and_shown_a_way(form, words):
    pack = {"alone": lambda x, y: [x], "two rows": lambda x, y: x[:2], "text": lambda x, y: "ab"} | {
        name: pack for name, (pack, _) in FORMS.items()
    }
    model, optimizer = a_model_with()
    with pytest.raises(TypeError, match="data must give batches .x, y.") as error:
        find_lr(model, [pack[form](x, y) for x, y in BATCHES], optimizer)
    assert all(word in str(error.value) for word in [*words, "batch=lambda model, batch:"])


class Rows(Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, i):
        return {"image": X[i], "label": Y[i]}


class Stream(IterableDataset):
    def __iter__(self):
        return iter(zip(X, Y, strict=True))


def test_torch_datasets_arrays_and_generators_are_data_too():
    model, optimizer = a_model_with()
    found = find_lr(model, Rows(), optimizer, steps=20, batch=of_dict, max_lr=0.01, batch_size=100)
    again = find_lr(model, Rows(), optimizer, steps=20, batch=of_dict, max_lr=0.01, batch_size=100)
    assert len(found.losses) == 20 and found == again
    first = cross_entropy(model(X[:64]), Y[:64]).item()
    for data in [Stream(), ((X[:64], Y[:64]) for _ in range(20))]:
        assert find_lr(model, data, optimizer, steps=20, max_lr=0.01).losses[0] == pytest.approx(first, rel=1e-6)
    pair = find_lr(model, (X, Y), optimizer, steps=20).losses
    assert find_lr(model, (X.double().numpy(), Y.numpy()), optimizer, steps=20).losses == pytest.approx(pair)


class Pair(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(6, 3)

    def forward(self, x):
        return self.layer(x), x


def test_a_model_that_returns_a_tuple_is_told_what_to_pass():
    model = Pair()
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    with pytest.raises(TypeError, match=r"model must return one tensor for cross-entropy, not a tuple.*batch="):
        find_lr(model, BATCHES, optimizer)
    taken = find_lr(model, BATCHES, optimizer, loss=lambda out, y: cross_entropy(out[0], y))
    assert taken == find_lr(model, BATCHES, optimizer, batch=lambda m, b: cross_entropy(m(b[0])[0], b[1]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_models_of_every_precision(dtype):
    model = network().to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    assert len(find_lr(model, (X.to(dtype), Y), optimizer, steps=20, max_lr=0.01).losses) == 20


# Optimizers of every kind.


def test_lbfgs_takes_the_steps_that_its_closure_asks_for():
    model = torch.nn.Linear(6, 3)
    by_hand = copy.deepcopy(model)
    optimizer = torch.optim.LBFGS(by_hand.parameters(), lr=1.0, max_iter=3)
    losses, lrs = [], np.geomspace(1e-3, 1, 20).tolist()
    for (x, y), lr in zip(BATCHES * 3, lrs, strict=False):
        evaluated = []

        def closure(x=x, y=y, evaluated=evaluated):
            optimizer.zero_grad()
            loss = cross_entropy(by_hand(x), y)
            loss.backward()
            evaluated.append(loss.item())
            return loss

        optimizer.param_groups[0]["lr"] = lr
        optimizer.step(closure)
        losses.append(evaluated[0])
    mine = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=3)
    before = everything(model, mine)
    found = find_lr(model, BATCHES, mine, steps=20, min_lr=1e-3, max_lr=1)
    assert found.losses == pytest.approx(losses, rel=1e-6)
    assert same(everything(model, mine), before)


class Stubborn(torch.optim.SGD):
    def step(self):
        super().step()


class Deaf(torch.optim.SGD):
    def step(self, closure=None):
        super().step()


class TwoSteps(torch.optim.Optimizer):
    """As sharpness-aware minimization does: needs the closure, and holds another optimizer over the same groups."""

    def __init__(self, params):
        self.inner = torch.optim.SGD(params, lr=0.1)
        super().__init__(self.inner.param_groups, {})
        self.param_groups = self.inner.param_groups

    def step(self, closure=None):
        assert closure is not None, "a closure is needed"
        with torch.enable_grad():
            loss = closure()
        self.inner.step()
        return loss


@pytest.mark.parametrize("kind", [Stubborn, Deaf, TwoSteps])
def test_a_step_with_and_without_closure_trains_alike(kind):
    model = torch.nn.Linear(6, 3)
    plain = find_lr(model, BATCHES, torch.optim.SGD(model.parameters(), lr=0.1), steps=20)
    optimizer = kind(model.parameters()) if kind is TwoSteps else kind(model.parameters(), lr=0.1)
    before = everything(model, optimizer)
    assert find_lr(model, BATCHES, optimizer, steps=20).losses == plain.losses
    assert same(everything(model, optimizer), before)


def test_an_lr_of_zero_now_is_no_matter():
    plain = torch.nn.Linear(6, 3)
    expected = find_lr(plain, BATCHES, torch.optim.SGD(plain.parameters(), lr=0.1), steps=30)
    for lr in (0.0, torch.tensor(0.0), torch.tensor(0), 7.0):
        optimizer = torch.optim.SGD(plain.parameters(), lr=lr)
        assert find_lr(plain, BATCHES, optimizer, steps=30).losses == pytest.approx(expected.losses, rel=1e-5)
        assert optimizer.param_groups[0]["lr"] == lr


def groups_of(finder_model, *lrs, **more):
    parts = zip(finder_model, lrs, strict=True)
    return torch.optim.SGD([{"params": part.parameters(), "lr": lr, **more} for part, lr in parts])


@pytest.mark.parametrize(
    ("lrs", "ratios"), [((0.0, 0.0), (1, 1)), ((0.0, 0.1), (0, 1)), ((0.2, 0.0), (1, 0)), ((0.2, 0.6), (1, 3))]
)
def test_every_group_keeps_its_ratio_also_to_zero(lrs, ratios, monkeypatch):
    model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.Linear(4, 3))
    seen = lrs_of(find_lr, monkeypatch, model, BATCHES, groups_of(model, *lrs), steps=20, max_lr=0.1)
    assert seen[0] == pytest.approx([1e-6 * ratio for ratio in ratios], rel=1e-9)
    assert seen[-1] == pytest.approx([0.1 * ratio for ratio in ratios], rel=1e-9)


@pytest.mark.parametrize(
    "warmup",
    [
        lambda opt: torch.optim.lr_scheduler.LambdaLR(opt, lambda step: step / 10),
        lambda opt: schedulers.LambdaLR(opt, lambda step: step / 10),
    ],
)
def test_groups_in_a_warmup_from_zero_keep_the_ratio_of_its_peaks(warmup, monkeypatch):
    model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.Linear(4, 3))
    optimizer = groups_of(model, 0.1, 0.5)
    scheduler = warmup(optimizer)
    assert [group["lr"] for group in optimizer.param_groups] == [0, 0]
    state = copy.deepcopy(scheduler.state_dict())
    seen = lrs_of(find_lr, monkeypatch, model, BATCHES, optimizer, steps=20, max_lr=0.1)
    assert seen[-1] == pytest.approx([0.1, 0.5], rel=1e-9)
    assert scheduler.state_dict() == state and [group["lr"] for group in optimizer.param_groups] == [0, 0]
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[1]["lr"] == pytest.approx(0.05)


def lrs_of(run, monkeypatch, *arguments, **options):
    """The LRs of all groups at every step of SGD."""
    seen, step = [], torch.optim.SGD.step

    def watched(self, closure=None):
        seen.append([float(group["lr"]) for group in self.param_groups])
        return step(self, closure)

    monkeypatch.setattr(torch.optim.SGD, "step", watched)
    run(*arguments, **options)
    return seen


# What is the reader's stays as it is.


def test_numbers_of_another_thread_stay_its_own():
    loader = DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=True)

    def draw(pause):
        torch.manual_seed(1), random.seed(1), np.random.seed(1)
        numbers = []
        for _ in range(300):
            numbers.append((torch.rand(1).item(), random.random(), np.random.rand()))
            pause()
        return numbers

    alone = draw(lambda: None)
    found, enough = [], threading.Event()

    def beside():
        ticks = iter(range(10**9))
        found.append(draw(lambda: enough.wait(0.001 if next(ticks) < 290 else 0)))

    model, optimizer = trained()
    thread = threading.Thread(target=beside)
    thread.start()
    runs = 0
    while thread.is_alive():
        find_lr(model, loader, optimizer, steps=20)
        find_lr(SGDClassifier(loss="log_loss"), (X.numpy(), Y.numpy()), steps=20)
        runs += 1
    thread.join()
    assert runs > 1 and found == [alone]


def test_a_data_loaders_workers_draw_numbers_of_their_own():
    class Noise(Dataset):
        def __len__(self):
            return 64

        def __getitem__(self, i):
            return torch.rand(6), torch.tensor(0)

    batches = []

    def remember(model, batch):
        batches.append(batch[0])
        return cross_entropy(model(batch[0]), batch[1])

    model, optimizer = a_model_with()
    loader = DataLoader(Noise(), batch_size=8, num_workers=2)
    state = torch.get_rng_state()
    for _ in range(2):
        find_lr(model, loader, optimizer, steps=20, batch=remember, max_lr=1e-3)
    assert torch.equal(torch.get_rng_state(), state)
    assert len({batch.sum().item() for batch in batches[:8]}) == 8, "two workers gave the same batch"
    assert torch.equal(batches[0], batches[20])


def closing_over(model):
    return {
        "penalty": {"loss": lambda out, y: cross_entropy(out, y) + 0.1 * model[0].weight.square().sum()},
        "outputs": {"loss": lambda out, y: cross_entropy(out, y) + (model(X[:32]) - out).square().mean()},
        "batch": {"batch": lambda twin, batch: cross_entropy(model(batch[0]), batch[1])},
        "weight itself": {"batch": lambda twin, batch: model[0].bias.sum()},
    }


@pytest.mark.parametrize("way", ["penalty", "outputs", "batch", "weight itself"])
@pytest.mark.parametrize("with_gradients", [True, False])
def test_a_loss_that_uses_the_original_model_is_refused_and_changes_nothing(way, with_gradients):
    model, optimizer = trained()
    model[2].train()
    if not with_gradients:
        optimizer.zero_grad()
    before = everything(model, optimizer)
    with pytest.raises(ValueError, match=r"must not use the original model.*batch="):
        find_lr(model, BATCHES, optimizer, **closing_over(model)[way])
    assert same(everything(model, optimizer), before)


def test_a_loss_may_read_the_original_without_gradient_and_own_a_tensor():
    model, optimizer = trained()
    start = [parameter.detach().clone() for parameter in model.parameters()]
    temperature = torch.ones(1, requires_grad=True)
    before = everything(model, optimizer)

    def near_the_start(twin, batch):
        far = sum((a - b.detach()).square().sum() for a, b in zip(twin.parameters(), model.parameters(), strict=True))
        return cross_entropy(twin(batch[0]) * temperature, batch[1]) + far

    assert len(find_lr(model, BATCHES, optimizer, batch=near_the_start, max_lr=0.1).losses) == 100
    assert same(everything(model, optimizer), before) and temperature.grad is None
    assert all(torch.equal(a, b) for a, b in zip(start, model.parameters(), strict=True))


def test_a_loss_with_weights_of_its_own_is_trained_as_a_copy():
    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1))

        def forward(self, out, y):
            scales.append(self.scale.item())
            return cross_entropy(out * self.scale, y)

    scales, loss, model = [], Scaled(), torch.nn.Linear(6, 3)
    optimizer = torch.optim.SGD([*model.parameters(), *loss.parameters()], lr=0.1)
    find_lr(model, BATCHES, optimizer, loss=loss)
    assert len(set(scales)) > 20 and loss.scale.item() == 1 and loss.scale.grad is None


def test_hooks_and_gradient_modes_of_the_reader_are_no_matter():
    model, optimizer = trained()
    calls = []
    optimizer.register_step_post_hook(lambda *args: calls.append(1))
    torch.optim.lr_scheduler.StepLR(optimizer, 1)
    before = everything(model, optimizer)
    with torch.no_grad():
        found = find_lr(model, BATCHES, optimizer, steps=30)
    assert found.losses[-1] != found.losses[0] and same(everything(model, optimizer), before) and not calls


# Curves that do not fall.

LRS = np.geomspace(1e-6, 10, 100).tolist()
NOISES = {
    "none": lambda rng, n: np.zeros(n),
    "normal": lambda rng, n: rng.normal(size=n),
    "uniform": lambda rng, n: rng.random(n),
    "heavy tails": lambda rng, n: rng.standard_t(3, size=n),
    "skewed": lambda rng, n: rng.lognormal(size=n),
    "two values": lambda rng, n: 1.0 * (rng.random(n) < 0.5),
    "a few values": lambda rng, n: np.round(rng.normal(size=n)),
    "the same batches again": lambda rng, n: np.resize(rng.normal(size=8), n),
}
SHAPES = {
    "flat": lambda n: np.zeros(n),
    "rising": lambda n: np.linspace(0, 6, n),
    "exploding": lambda n: np.exp(np.linspace(-30, 6, n)),
}


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0, 100.0])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("noise", NOISES)
def test_a_curve_that_does_not_fall_has_no_suggestion_but_a_reason(noise, shape, size):
    fooled = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        n = [40, 100][seed % 2]
        losses = iter(2.3 + size * NOISES[noise](rng, n) + size * SHAPES[shape](n))
        finder = watch(lambda lr, losses=losses: float(next(losses)), LRS[:n], [0.0, 0.9, 0.98][seed % 3], 1e9)
        fooled += set(finder.suggestions.values()) != {None}
        assert bool(finder.reason) == (set(finder.suggestions.values()) == {None})
    assert fooled <= (noise not in ("none", "uniform", "normal"))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.2])
def test_a_curve_that_falls_has_suggestions(noise, scale):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        curve = np.concatenate([np.full(45, 2.3), np.linspace(2.3, 0.5, 25), np.full(15, 0.5), np.linspace(0.5, 9, 15)])
        losses = iter(scale * (curve + noise * rng.normal(size=100)))
        finder = watch(lambda lr, losses=losses: float(next(losses)), LRS)
        assert not finder.reason
        assert LRS[40] < finder.suggestions["steepest"] < LRS[80] and finder.suggestions["valley"]


def test_the_reason_names_what_to_change_and_the_figure_shows_it():
    rising = Finder(LRS, [1 + i / 9 for i in range(100)], [1 + i / 9 for i in range(100)], "")
    flat, short = Finder(LRS, [1.0] * 100, [1.0] * 100, ""), Finder(LRS[:14], [1.0] * 14, [1.0] * 14, "the end")
    for finder, words in [
        (rising, "the loss only rises, from an LR of 5.09e-06 on: begin with a smaller min_lr"),
        (flat, "the loss is flat: .* try a larger max_lr"),
        (short, r"14 steps are too few to read \(the end\): take more steps"),
    ]:
        assert re.match(words, finder.reason)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure = finder.figure()
        assert any(finder.reason in text.get_text() for text in figure.findobj(Text))
        assert figure.axes[0].get_legend() is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("level", [0.0, 1e-30, -3.0, 1e30])
def test_a_loss_that_never_changes_is_flat(level):
    assert "flat" in watch(lambda lr: level, LRS).reason


def test_a_model_that_does_not_learn_gets_no_lr():
    model, optimizer = a_model_with()
    for loss in (lambda out, y: (out * 0).sum() + 1, lambda out, y: (out * 0).sum() + cross_entropy(out.detach(), y)):
        finder = find_lr(model, (X, Y), optimizer, loss=loss)
        assert set(finder.suggestions.values()) == {None} and "flat" in finder.reason


def fall_by_hand(losses):
    """The docstring, block by block; the median of normal noise's jumps is sqrt(2) * 0.6745 of its size."""
    jumps = [abs(after - before) for before, after in itertools.pairwise(losses)]
    n, largest = len(losses), 0.0
    for width in itertools.takewhile(lambda w: w <= max(3, n // 4), (max(3, n // 16) * 2**k for k in range(9))):
        for start in range(max(5, n // 5), n - width + 1):
            before, block = losses[:start], losses[start : start + width]
            drop = min(statistics.median(before) - statistics.median(block), np.mean(before) - np.mean(block))
            root_mean_square = math.sqrt(np.mean(np.square(jumps[: start + width - 1])) / 2)
            noise = max(statistics.median(jumps) / (math.sqrt(2) * 0.6745), root_mean_square)
            if drop > 1e-6 * abs(statistics.median(before)):
                error = math.sqrt(math.pi / 2) * noise * math.sqrt(1 / width + 1 / start)
                largest = max(largest, float(drop / error))
    return largest


@pytest.mark.parametrize("n", [10, 13, 19, 20, 24, 25, 30, 47, 48, 64, 79, 100])
def test_the_fall_is_the_largest_of_all_blocks_at_every_place(n):
    rng = np.random.default_rng(n)
    for width in (3, n // 8, n // 5, n // 4, n // 2):
        for start in (0, 3, 4, 5, 6, n // 5, n // 3, n - n // 4, n - 4, n - 3):
            losses = 2 + 0.1 * rng.normal(size=n)
            losses[start : start + width] -= 1
            losses[n // 2] += 3 * (start % 2)  # a spike
            assert fall(losses) == pytest.approx(fall_by_hand(losses.tolist()), rel=2e-3), (width, start)


def test_what_float32_cannot_tell_is_no_fall():
    for by, falls in [(0.9e-6, False), (1.1e-6, True), (-1.0, False)]:
        for level in (1.0, -1.0, 1e6):
            assert (fall([level] * 20 + [level - by * abs(level)] * 20) > 0) is falls


@pytest.mark.parametrize(("errors", "says"), [(4.4, "flat"), (4.6, "")])
def test_a_fall_of_four_and_a_half_standard_errors_is_one(errors, says):
    """Of 94 losses the rules see 80, the last 10 of these lie lower: the fall of a test above."""
    by = errors * 1.253 / 0.954 * math.sqrt(1 / 10 + 1 / 70)
    losses = [0.5 * (-1) ** i for i in range(79)] + [-by] * 15
    reason = Finder(LRS[:94], losses, losses, "").reason
    assert (says in reason) is bool(reason) if says else reason == ""


def test_ten_points_are_read_and_nine_are_too_few():
    """Of 16 losses the first and the last five are not seen, of 15 neither."""
    for n, read in [(15, False), (16, True)]:
        losses = [float(n - i) for i in range(n)]
        assert ("too few" in Finder(LRS[:n], losses, losses, "the end").reason) is not read


def test_a_flat_figure_has_a_range_all_the_same():
    figure = Finder(LRS, [1.0] * 100, [1.0] * 100, "").figure()
    assert figure.axes[0].get_ylim() == pytest.approx((1 - 1e-10, 1 + 1.4e-9), abs=2e-12)
    line, losses = figure.axes[0].lines
    assert losses.get_linewidth() < line.get_linewidth() / 2 and losses.get_alpha() == 0.4


@pytest.mark.parametrize("fitted", [False, True])
def test_a_scikit_learn_step_by_step(fitted):
    """All rows are alike, so all batches are. What is not fitted gets a pass at min_lr first, which is not recorded."""
    x, y = np.tile([[1.0, -2.0]], (8, 1)), np.full(8, 3.0)
    options = {"penalty": None, "learning_rate": "constant"}
    mine = SGDRegressor(**options, eta0=0.5)
    by_hand = SGDRegressor(**options, eta0=1e-3)
    if fitted:
        mine.partial_fit(x[:1], y[:1])
        by_hand = copy.deepcopy(mine)
    else:
        by_hand.partial_fit(x, y)
    losses = []
    for lr in np.geomspace(1e-3, 0.1, 20):
        losses.append(float(np.mean((by_hand.predict(x) - y) ** 2)))
        by_hand.set_params(eta0=lr).partial_fit(x, y)
    found = find_lr(mine, (x, y), min_lr=1e-3, max_lr=0.1, steps=20, batch_size=8)
    assert found.losses == pytest.approx(losses, rel=1e-9)


def test_an_estimator_s_own_seed_counts():
    def first_ten(random_state, seed):
        estimator = SGDClassifier(loss="log_loss", random_state=random_state)
        data = X[:32].numpy(), Y[:32].numpy()
        return find_lr(estimator, data, seed=seed, batch_size=32, min_lr=0.01, steps=20).losses[:10]

    assert first_ten(3, 0) != first_ten(4, 0) and first_ten(3, 0) == first_ten(3, 0)
    assert first_ten(None, 0) != first_ten(None, 1)


class Attention(torch.nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.layer = torch.nn.TransformerEncoderLayer(6, 2, 8, dropout, batch_first=True)
        self.out = torch.nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.layer(x[:, None])[:, 0])


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.out = torch.nn.LSTM(1, 8, 2, batch_first=True, dropout=0.3), torch.nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.layer(x[:, :, None])[0][:, -1])


MODELS = {
    "attention": lambda: Attention(0.0),
    "attention with dropout": lambda: Attention(0.2),
    "lstm": Recurrent,
    "tied": lambda: torch.nn.Sequential(*[layer := torch.nn.Linear(6, 6), torch.nn.Tanh(), layer]),
    "traced": lambda: torch.jit.trace(torch.nn.Linear(6, 3), X),
    "a batch's noise": lambda: torch.nn.Sequential(torch.nn.RReLU(), torch.nn.Linear(6, 3)),
}


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning", "ignore:.torch.jit:DeprecationWarning")
@pytest.mark.parametrize("name", MODELS)
def test_models_of_every_kind_train_as_copies_by_the_seed_alone(name):
    model = MODELS[name]()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    before = everything(model, optimizer)
    found, again = (find_lr(model, (X, Y), optimizer, seed=3, min_lr=1e-4) for _ in range(2))
    assert found == again and min(found.smoothed) < 0.95 * found.losses[0]
    assert same(everything(model, optimizer), before)
