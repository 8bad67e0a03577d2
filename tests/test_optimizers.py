"""The optimizers against torch.optim and against the recursions of their papers, written out here on plain floats."""

import copy
import functools
import importlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs
import pytest
import torch

from lrcourse import optimizers
from lrcourse.schedulers import CosineAnnealingLR

STEPS = 200
SCHEDULEFREE = "schedulefree==1.4.1"
FLOAT = [(torch.float32, 1e-6), (torch.float64, 1e-12)]
PAIRS = [
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.01}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.003, "alpha": 0.9, "weight_decay": 0.01}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.99), "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.3}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.01, "betas": (0.95, 0.99), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    *[(name, {"lr": 0.01, "eps": 0.1}) for name in ("Adagrad", "RMSprop", "Adam", "AdamW", "RAdam")],
    *[
        (name, {"lr": 0.01, "betas": betas})
        for name in ("Adam", "AdamW", "RAdam")
        for betas in [(0.0, 0.9), (0.5, 0.7)]
    ],
]
LATER = [
    ("Lookahead", lambda params: optimizers.Lookahead(torch.optim.SGD(params, lr=0.05, momentum=0.9), k=3)),
    ("Ranger", lambda params: optimizers.Ranger(params, lr=0.05, weight_decay=0.1)),
    ("ScheduleFreeSGD", lambda params: optimizers.ScheduleFreeSGD(params, lr=0.1, warmup_steps=20)),
    ("ScheduleFreeAdamW", lambda params: optimizers.ScheduleFreeAdamW(params, lr=0.05, weight_decay=0.1)),
]


SHAPES = [(4, 3), (3,), ()]


@functools.cache
def random(seed, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for shape in SHAPES]


def weights(dtype=torch.float64):
    return [tensor.clone().requires_grad_() for tensor in random(1, dtype)]


def train(params, optimizer, steps, scheduler=None, start=0):
    """A noisy bowl around 2 with curvatures from 0.01 to 10: gradients of very different sizes that change sign."""
    curvatures = [10 * torch.sigmoid(2 * tensor) for tensor in random(2, params[0].dtype)]
    for step in range(start, start + steps):
        for param, curvature, noise in zip(params, curvatures, random(100 + step, params[0].dtype), strict=True):
            param.grad = curvature * (param.detach() - 2 + noise)
        optimizer.step()
        if scheduler:
            scheduler.step()


def difference(ours, theirs):
    return max(((a - b).abs().max() / b.abs().max()).item() for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(("dtype", "tolerance"), FLOAT)
@pytest.mark.parametrize(("name", "arguments"), PAIRS)
def test_equal_to_torch_over_200_steps(name, arguments, dtype, tolerance):
    ours, theirs = weights(dtype), weights(dtype)
    start = [param.detach().clone() for param in ours]
    train(ours, getattr(optimizers, name)(ours, **arguments), STEPS)
    train(theirs, getattr(torch.optim, name)(theirs, **arguments), STEPS)
    assert difference(ours, theirs) <= tolerance
    assert difference(start, theirs) > 0.01, "nothing moved: the comparison would say nothing"


@pytest.mark.parametrize(("name", "arguments"), PAIRS)
def test_defaults_are_those_of_torch(name, arguments):
    ours, theirs = (getattr(module, name)(weights()).param_groups[0] for module in (optimizers, torch.optim))
    assert ours.keys() <= theirs.keys()
    assert {key: ours[key] for key in ours if key != "params"} == {key: theirs[key] for key in ours if key != "params"}


@pytest.mark.parametrize(
    ("make", "published"),
    [
        (optimizers.Ranger, {"lr": 1e-3, "betas": (0.95, 0.999), "eps": 1e-5, "weight_decay": 0}),
        (optimizers.ScheduleFreeSGD, {"lr": 1, "momentum": 0.9, "weight_decay": 0, "warmup_steps": 0}),
        (
            optimizers.ScheduleFreeAdamW,
            {"lr": 0.0025, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "warmup_steps": 0},
        ),
    ],
)
def test_defaults_are_those_of_the_authors_packages(make, published):
    group = make(weights()).param_groups[0]
    assert {key: group[key] for key in published} == published


def test_lookahead_looks_five_steps_ahead_and_goes_half_the_way_by_itself():
    """Zhang et al., 2019: k = 5 and alpha = 0.5; so does their package. Ranger's author takes 6."""
    lookahead = optimizers.Lookahead(torch.optim.SGD(weights(), lr=0.1))
    assert (lookahead.k, lookahead.alpha) == (5, 0.5)
    ranger = optimizers.Ranger(weights())
    assert (ranger.k, ranger.alpha) == (6, 0.5)


def grouped(params, **of_the_rest):
    return [{"params": params[:1], "lr": 0.02}, {"params": params[1:], **of_the_rest}]


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "RAdam"])
def test_groups_each_with_values_of_their_own_equal_torch(name):
    ours, theirs = weights(), weights()
    for params, module in [(ours, optimizers), (theirs, torch.optim)]:
        optimizer = getattr(module, name)(grouped(params, lr=0.001, weight_decay=0.5), lr=0.1)
        train(params, optimizer, STEPS)
    assert difference(ours, theirs) <= 1e-12


@pytest.mark.parametrize("name", ["SGD", "Adam", "RAdam"])
def test_a_group_added_midway_equals_torch(name):
    ours, theirs = weights(), weights()
    for params, module in [(ours, optimizers), (theirs, torch.optim)]:
        optimizer = getattr(module, name)(params[:2], lr=0.01)
        train(params, optimizer, 20)
        optimizer.add_param_group({"params": params[2], "lr": 0.002})
        train(params, optimizer, 20)
    assert difference(ours, theirs) <= 1e-12


ALL = [(name, lambda params, n=name: getattr(optimizers, n)(params, lr=0.01)) for name in ("SGD", "RMSprop", "Adam")]


@pytest.mark.parametrize(("name", "make"), [*ALL, *LATER])
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(name, make, tmp_path):
    straight = weights()
    train(straight, make(straight), 25)

    before = weights()
    optimizer = make(before)
    train(before, optimizer, 10)
    torch.save({"weights": [p.detach() for p in before], "optimizer": optimizer.state_dict()}, tmp_path / "checkpoint")

    checkpoint = torch.load(tmp_path / "checkpoint")
    after = [param.clone().requires_grad_() for param in checkpoint["weights"]]
    optimizer = make(after)
    optimizer.load_state_dict(checkpoint["optimizer"])
    train(after, optimizer, 15, start=10)
    assert all(torch.equal(a, b) for a, b in zip(after, straight, strict=True))


@pytest.mark.parametrize(("name", "make"), [*ALL, *LATER])
def test_our_scheduler_and_torchs_drive_them_alike(name, make):
    ours, theirs = weights(), weights()
    for params, cosine in [(ours, CosineAnnealingLR), (theirs, torch.optim.lr_scheduler.CosineAnnealingLR)]:
        optimizer = make(params)
        train(params, optimizer, 20, cosine(optimizer, T_max=20))
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0, abs=1e-15)
    assert difference(ours, theirs) <= 1e-12


@pytest.mark.parametrize(("name", "make"), LATER)
def test_a_deep_copy_goes_the_same_way_and_leaves_the_original_alone(name, make):
    params = weights()
    optimizer = make(params)
    train(params, optimizer, 10)
    twin_params, twin = copy.deepcopy((params, optimizer))
    train(twin_params, twin, 10, start=10)
    assert difference(params, twin_params) > 1e-6
    train(params, optimizer, 10, start=10)
    assert all(torch.equal(a, b) for a, b in zip(params, twin_params, strict=True))


def gradient(w, step):
    """The gradient of a tilted bowl at w, with noise that depends on the step alone."""
    return 2 * w - 1 + math.sin(7 * step)


def run(optimizer, w, steps=STEPS, points=None):
    for step in range(1, steps + 1):
        if points is not None:
            points.append(w.item())
        w.grad = torch.full_like(w, gradient(w.item(), step))
        optimizer.step()


def one_weight(value=2.0):
    return torch.tensor([value], dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize(("k", "alpha"), [(1, 0.5), (5, 0.5), (6, 0.8), (7, 0.0), (3, 1.0)])
def test_lookahead_is_its_papers_algorithm(k, alpha):
    # Zhang et al. 2019, algorithm 1, with SGD as the inner optimizer
    slow, inner_lr = 2.0, 0.05
    step = 0
    for _ in range(STEPS // k):
        fast = slow
        for _ in range(k):
            step += 1
            fast -= inner_lr * gradient(fast, step)
        slow += alpha * (fast - slow)
    w = one_weight()
    run(optimizers.Lookahead(torch.optim.SGD([w], lr=inner_lr), k=k, alpha=alpha), w, steps=STEPS // k * k)
    assert w.item() == pytest.approx(slow, rel=1e-12)


def radam_path(w, lr, beta1, beta2, eps, weight_decay, k, alpha):
    # Liu et al. 2020, algorithm 2, with the threshold 5 of its authors' code and of Ranger; then Lookahead
    m = v = 0.0
    slow = w
    rho_inf = 2 / (1 - beta2) - 1
    for t in range(1, STEPS + 1):
        g = gradient(w, t)
        w *= 1 - lr * weight_decay
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 5:
            r = math.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            w -= lr * r * m_hat * math.sqrt(1 - beta2**t) / (math.sqrt(v) + eps)
        else:
            w -= lr * m_hat
        if t % k == 0:
            slow += alpha * (w - slow)
            w = slow
    return w


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_ranger_is_radam_inside_lookahead(weight_decay):
    w = one_weight()
    run(optimizers.Ranger([w], lr=0.05, weight_decay=weight_decay), w)
    expected = radam_path(2.0, 0.05, 0.95, 0.999, 1e-5, weight_decay, k=6, alpha=0.5)
    assert w.item() == pytest.approx(expected, rel=1e-12)


def test_rectification_is_zero_for_five_steps_then_rises_to_one():
    factors = [optimizers.rectification(t, 0.999) for t in range(1, 20_001)]
    assert factors[:5] == [0.0] * 5
    assert factors[5] == pytest.approx(0.026, abs=5e-4)  # Ma & Yarats 2021, section 3
    assert all(a < b for a, b in zip(factors[5:], factors[6:], strict=False))
    assert factors[-1] == pytest.approx(1, abs=1e-4)


def schedule_free_path(z, direction, lr, beta, warmup_steps):
    # Defazio et al. 2024, equations 1 to 3, with the weights lr_t**2 and the linear warmup of their algorithm 1; no
    # lr_t is below the one before, so that lr_t is the largest so far
    x, total, points = z, 0.0, []
    for t in range(1, STEPS + 1):
        lr_t = lr * (min(1, t / warmup_steps) if warmup_steps else 1)
        y = (1 - beta) * z + beta * x
        points.append(y)
        z -= lr_t * direction(y, t)
        total += lr_t**2
        c = lr_t**2 / total
        x = (1 - c) * x + c * z
    return points, x


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("warmup_steps", [0, 30])
def test_schedule_free_sgd_is_its_papers_recursion(warmup_steps, weight_decay):
    def direction(y, t):
        return gradient(y, t) + weight_decay * y

    expected, average = schedule_free_path(2.0, direction, 0.3, 0.9, warmup_steps)
    w, points = one_weight(), []
    optimizer = optimizers.ScheduleFreeSGD([w], lr=0.3, warmup_steps=warmup_steps, weight_decay=weight_decay)
    run(optimizer, w, points=points)
    assert points == pytest.approx(expected, rel=1e-12)
    optimizer.eval()
    assert w.item() == pytest.approx(average, rel=1e-12)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("warmup_steps", [0, 30])
def test_schedule_free_adamw_is_its_papers_recursion(warmup_steps, weight_decay):
    beta1, beta2, eps = 0.9, 0.99, 1e-8
    v = 0.0

    def direction(y, t):
        nonlocal v
        g = gradient(y, t)
        v = beta2 * v + (1 - beta2) * g * g
        return g / (math.sqrt(v / (1 - beta2**t)) + eps) + weight_decay * y

    expected, average = schedule_free_path(2.0, direction, 0.05, beta1, warmup_steps)
    w, points = one_weight(), []
    arguments = {"betas": (beta1, beta2), "warmup_steps": warmup_steps, "weight_decay": weight_decay}
    optimizer = optimizers.ScheduleFreeAdamW([w], lr=0.05, **arguments)
    run(optimizer, w, points=points)
    assert points == pytest.approx(expected, rel=1e-12)
    optimizer.eval()
    assert w.item() == pytest.approx(average, rel=1e-12)


@pytest.mark.parametrize("make", [optimizers.ScheduleFreeSGD, optimizers.ScheduleFreeAdamW])
def test_schedule_free_modes_change_the_weights_and_come_back(make):
    w = one_weight()
    optimizer = make([w], lr=0.3)
    optimizer.eval()
    optimizer.train()
    assert w.item() == 2.0
    run(optimizer, w, steps=10)
    y = w.item()
    optimizer.eval()
    x = w.item()
    optimizer.eval()
    assert w.item() == x != y
    with pytest.raises(RuntimeError, match=r"call optimizer.train\(\) before"):
        optimizer.step()
    assert w.item() == x
    optimizer.train()
    assert w.item() == pytest.approx(y, rel=1e-15)


def test_a_schedule_free_checkpoint_knows_its_mode():
    w = one_weight()
    optimizer = optimizers.ScheduleFreeSGD([w], lr=0.3)
    run(optimizer, w, steps=10)
    y = w.item()
    optimizer.eval()
    twin = w.detach().clone().requires_grad_()
    loaded = optimizers.ScheduleFreeSGD([twin], lr=0.3)
    loaded.load_state_dict(optimizer.state_dict())
    with pytest.raises(RuntimeError, match="hold the average"):
        loaded.step()
    loaded.train()
    assert twin.item() == pytest.approx(y, rel=1e-15)


@pytest.fixture(scope="module")
def schedulefree():
    """The authors' package, beside the course's own torch; fetched once, into the user's cache folder."""
    folder = Path(platformdirs.user_cache_dir("lrcourse", appauthor=False)) / SCHEDULEFREE
    if not (folder / "schedulefree").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as new:
            install = ["uv", "pip", "install", "-q", "--no-deps", "--target", new, SCHEDULEFREE]
            made = subprocess.run([sys.executable, "-m", *install], capture_output=True, text=True, timeout=600)
            if made.returncode:
                reason = f"{SCHEDULEFREE} could not be installed: {made.stderr.strip()[-300:]}"
                if "schedulefree" in os.environ.get("LRCOURSE_REQUIRE", ""):
                    pytest.fail(reason)
                pytest.skip(reason)
            shutil.copytree(new, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield importlib.import_module("schedulefree")


PLANS = {
    "constant": lambda t: 0.1,
    "cosine to zero": lambda t: 0.05 * (1 + math.cos(math.pi * t / STEPS)),
    "warmup from zero": lambda t: 0.1 * t / STEPS,
    "cycles": lambda t: 0.1 * abs(math.sin(t / 7)),
    "zero now and then": lambda t: [0.0, 0.0, 0.1, 0.0, 0.05][t % 5],
    "exponential": lambda t: 0.1 * 0.97**t,
    "growing without end": lambda t: 0.01 * 1.01**t,
}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize(
    ("ours", "theirs", "arguments"),
    [
        ("ScheduleFreeSGD", "SGDScheduleFree", {}),
        ("ScheduleFreeSGD", "SGDScheduleFree", {"warmup_steps": 30, "weight_decay": 0.1, "momentum": 0.7}),
        ("ScheduleFreeAdamW", "AdamWScheduleFree", {}),
        (
            "ScheduleFreeAdamW",
            "AdamWScheduleFree",
            {"warmup_steps": 30, "weight_decay": 0.1, "betas": (0.8, 0.99), "eps": 1e-3},
        ),
    ],
)
@pytest.mark.parametrize("some_without_gradient", [False, True])
def test_schedule_free_equals_its_authors_package_under_any_lr(
    plan, ours, theirs, arguments, some_without_gradient, schedulefree
):
    paths = []
    for kind in (getattr(optimizers, ours), getattr(schedulefree, theirs)):
        params = weights()
        optimizer = kind([{"params": params[:1]}, {"params": params[1:], "weight_decay": 0.3}], **arguments)
        paths.append(path_of(params, optimizer, PLANS[plan], some_without_gradient))
    assert max(difference(a, b) for a, b in zip(*paths, strict=True)) <= 1e-13
    assert difference(paths[1][0], paths[1][-1]) > 0.01, "nothing moved: the comparison would say nothing"


def path_of(params, optimizer, plan, some_without_gradient):
    """The parameters after every step, and in eval mode after every fiftieth."""
    optimizer.train()
    points = []
    for t in range(STEPS):
        for i, group in enumerate(optimizer.param_groups):
            group["lr"] = plan(t) / (i + 1)
        for i, (param, noise) in enumerate(zip(params, random(100 + t), strict=True)):
            param.grad = param.detach() - 2 + noise
            if some_without_gradient and i == 1 and t % 3 == 0:
                param.grad = None
        optimizer.step()
        points.append([param.detach().clone() for param in params])
        if t % 50 == 49:
            optimizer.eval()
            points.append([param.detach().clone() for param in params])
            optimizer.train()
    return points


def test_an_lr_of_zero_moves_nothing_also_schedule_free():
    for name in ["SGD", "Adam", "RAdam", "Ranger", "ScheduleFreeSGD", "ScheduleFreeAdamW"]:
        w = one_weight()
        run(getattr(optimizers, name)([w], lr=0), w, steps=10)
        assert w.item() == 2.0, name


def test_a_parameter_without_gradient_stays():
    for name in ["SGD", "Adagrad", "Adam", "Ranger", "ScheduleFreeAdamW"]:
        moved, still = one_weight(), one_weight()
        run(getattr(optimizers, name)([moved, still], lr=0.1), moved, steps=7)
        assert still.item() == 2.0 != moved.item(), name


def test_a_closure_is_called_once_with_gradients_on_and_its_loss_returned():
    for name in ["SGD", "Ranger", "ScheduleFreeSGD"]:
        w, calls = one_weight(), []

        def closure(w=w, calls=calls):
            loss = (w**2).sum()
            loss.backward()
            calls.append(loss)
            return loss

        loss = getattr(optimizers, name)([w], lr=0.1).step(closure)
        assert (loss.item(), len(calls)) == (4.0, 1), name
        assert w.item() != 2.0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda w: optimizers.SGD([w], lr=-1), ValueError, "lr must be a number of at least 0, not -1"),
        (lambda w: optimizers.SGD([w], lr="0.1"), TypeError, "lr must be a number of at least 0, not '0.1'"),
        (lambda w: optimizers.SGD([w], momentum=1), ValueError, "momentum must be a number of at least 0 and below 1"),
        (lambda w: optimizers.SGD([w], nesterov=True), ValueError, "nesterov=True needs a momentum above 0, not 0"),
        (lambda w: optimizers.SGD([w], weight_decay=float("nan")), ValueError, "weight_decay must be .* not nan"),
        (
            lambda w: optimizers.Adam([w], betas=0.9),
            ValueError,
            r"betas must be a pair .* not 0.9",
        ),
        (lambda w: optimizers.Adam([w], betas=(0.9, 1.0)), ValueError, r"betas\[1\] must be .* below 1, not 1.0"),
        (lambda w: optimizers.Adam([w], eps=-1e-8), ValueError, "eps must be a number of at least 0, not -1e-08"),
        (lambda w: optimizers.RMSprop([w], alpha=1.0), ValueError, "alpha must be .* below 1, not 1.0"),
        (lambda w: optimizers.Lookahead([w]), TypeError, "optimizer must be a torch optimizer, not"),
        (
            lambda w: optimizers.Lookahead(optimizers.SGD([w]), k=0),
            ValueError,
            "k must be .* at least 1, not 0",
        ),
        (lambda w: optimizers.Ranger([w], alpha=2), ValueError, "alpha must be .* at most 1, not 2"),
        (
            lambda w: optimizers.ScheduleFreeSGD([w], warmup_steps=0.5),
            ValueError,
            "warmup_steps must be .* not 0.5",
        ),
        (lambda w: optimizers.SGD([{"params": [w], "lr": -3}]), ValueError, "lr must be .* not -3"),
        (lambda w: optimizers.SGD(w), TypeError, "params"),
        (lambda w: optimizers.SGD([]), ValueError, "empty parameter list"),
    ],
)
def test_bad_arguments_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make(one_weight())


def test_a_refused_group_leaves_the_optimizer_as_it_was():
    optimizer = optimizers.SGD([one_weight()], lr=0.1)
    group = {"params": [one_weight()], "lr": -1}
    with pytest.raises(ValueError, match="lr must be"):
        optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1 and group["lr"] == -1 and "momentum" not in group


def test_lookahead_adds_a_group_to_the_inner_optimizer_too():
    first, second = one_weight(), one_weight()
    optimizer = optimizers.Lookahead(optimizers.SGD([first], lr=0.1), k=2)
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.add_param_group({"params": [second], "lr": 0.3})
    assert [group["lr"] for group in optimizer.optimizer.param_groups] == [0.1, 0.3]
    optimizer.param_groups[1]["lr"] = 0.2
    run(optimizer, second, steps=1)
    assert second.item() == pytest.approx(2 - 0.2 * gradient(2.0, 1))
