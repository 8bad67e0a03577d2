"""A lane of the race is the run that fit makes with torch's own optimizer: loss by loss."""

import dataclasses
import math
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from lrcourse import data, schedulers
from lrcourse.training import build, fit, race
from lrcourse.training.racing import split
from lrcourse.training.recording import StackedModel, plain_cross_entropy
from lrcourse.training.stack import Stack

DIGITS = data.load("digits", train_size=190, val_size=50)
EPOCHS, BATCH = 25, 25  # 200 steps, eight an epoch: seven batches of 25 and one of 15

SCHEDULES = {
    "LambdaLR": lambda opt: schedulers.LambdaLR(opt, lambda step: 1 / (1 + step / 50)),
    "MultiplicativeLR": lambda opt: schedulers.MultiplicativeLR(opt, lambda step: 0.99),
    "StepLR": lambda opt: schedulers.StepLR(opt, 60, 0.5),
    "MultiStepLR": lambda opt: schedulers.MultiStepLR(opt, [30, 120], 0.3),
    "ConstantLR": lambda opt: schedulers.ConstantLR(opt),
    "LinearLR": lambda opt: schedulers.LinearLR(opt, total_iters=50),
    "ExponentialLR": lambda opt: schedulers.ExponentialLR(opt, 0.98),
    "PolynomialLR": lambda opt: schedulers.PolynomialLR(opt, 200, 2.0),
    "CosineAnnealingLR": lambda opt: schedulers.CosineAnnealingLR(opt, 200),
    "CosineAnnealingWarmRestarts": lambda opt: schedulers.CosineAnnealingWarmRestarts(opt, 40, 2),
    "InverseTimeLR": lambda opt: schedulers.InverseTimeLR(opt, 0.05),
    "InverseSqrtLR": lambda opt: schedulers.InverseSqrtLR(opt, 20),
    "WarmupLR": lambda opt: schedulers.WarmupLR(opt, 20),
    "WSDLR": lambda opt: schedulers.WSDLR(opt, 200, 20, 50),
    "CyclicLR": lambda opt: schedulers.CyclicLR(opt, 0.001, opt.param_groups[0]["lr"], 30),
    "CyclicLR to momentum 0": lambda opt: schedulers.CyclicLR(
        opt, 0.001, opt.param_groups[0]["lr"], 30, base_momentum=0.0
    ),
    "OneCycleLR": lambda opt: schedulers.OneCycleLR(opt, opt.param_groups[0]["lr"], 200),
    "SequentialLR": lambda opt: schedulers.SequentialLR(
        opt, [schedulers.WarmupLR(opt, 20), schedulers.ExponentialLR(opt, 0.99)], [20]
    ),
    "ChainedScheduler": lambda opt: schedulers.ChainedScheduler(
        [schedulers.WarmupLR(opt, 20), schedulers.StepLR(opt, 50, 0.5)]
    ),
    "ReduceLROnPlateau": lambda opt: schedulers.ReduceLROnPlateau(opt, factor=0.5, patience=0, threshold=0.05),
    "constant": None,
}
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {}, 0.1),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}, 0.03),
    "adam": (torch.optim.Adam, {}, 0.003),
    "adamw": (torch.optim.AdamW, {}, 0.003),
}


def network():
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def as_double(dataset):
    parts = {part: getattr(dataset, part).double() for part in ["x_train", "x_val", "x_test"]}
    return dataclasses.replace(dataset, **parts)


def lone(model, dataset, optimizer, schedule, base_lr, seed, step_per="step", **arguments):
    """The same run by fit, with torch's optimizer."""
    kind, options, _ = OPTIMIZERS[optimizer]
    model = build(model, seed)
    torchs = kind(model.parameters(), lr=base_lr, **options)
    scheduler = schedule and schedule(torchs)
    if isinstance(scheduler, schedulers.ReduceLROnPlateau):
        step_per = "epoch"
    arguments = {"epochs": EPOCHS, "batch_size": BATCH, **arguments}
    return fit(model, dataset, torchs, scheduler, step_per=step_per, seed=seed, progress=False, **arguments)


def assert_equal(lane, history, tolerance):
    came = np.isfinite(lane.lr)
    np.testing.assert_array_equal(lane.lr[came], history.lr)
    np.testing.assert_allclose(lane.loss[came], history.loss, rtol=tolerance)
    np.testing.assert_allclose(lane.test, [history.test_loss, history.test_accuracy], rtol=tolerance)
    np.testing.assert_allclose(lane.val, history.rows[-1][3:], rtol=tolerance)
    np.testing.assert_allclose(lane.train_loss, history.rows[-1][2], rtol=tolerance)


def raced(entries, lrs=(0.1,), seeds=(3,), model=network, dataset=DIGITS, **arguments):
    arguments = {"epochs": EPOCHS, "batch_size": BATCH, **arguments}
    return race(model, dataset, entries, lrs, seeds, **arguments)


def assert_race_equals_fits(model, dataset, optimizer, names, tolerance, seeds=(3,), **arguments):
    base_lr = OPTIMIZERS[optimizer][2]
    entries = {name: SCHEDULES[name] for name in names}
    run = {"epochs": EPOCHS, "batch_size": BATCH, **arguments}
    result = race(model, dataset, entries, [base_lr, base_lr / 3], seeds, optimizer=optimizer, **run)
    assert len(result.lanes) == 2 * len(names) * len(seeds)
    for lane in result.lanes[::2]:
        schedule = SCHEDULES[lane.schedule]
        assert_equal(lane, lone(model, dataset, optimizer, schedule, lane.base_lr, lane.seed, **arguments), tolerance)
    return result


def test_every_schedule():
    model = lambda: network().double()  # noqa: E731
    result = assert_race_equals_fits(model, as_double(DIGITS), "momentum", list(SCHEDULES), 1e-10)
    reduced = result.lr[result.table.schedule == "ReduceLROnPlateau"]
    assert (reduced[:, -1] < reduced[:, 0]).all()  # or the plateau would not have been tried


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_every_optimizer(optimizer, dtype, tolerance):
    dataset = DIGITS if dtype == torch.float32 else as_double(DIGITS)
    names = ["constant", "CosineAnnealingLR", "OneCycleLR", "ReduceLROnPlateau"]
    assert_race_equals_fits(lambda: network().to(dtype), dataset, optimizer, names, tolerance)


class Convolution(nn.Module):
    """A model with what a plain stack of layers has not: convolution, a norm, a weight used twice, a skip."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.LayerNorm(64)
        self.mix = nn.Linear(64, 64)
        self.out = nn.Linear(4 * 64, 10)
        self.scale = nn.Parameter(torch.rand(()))

    def forward(self, x):
        x = torch.tanh(self.convolution(x.view(-1, 1, 8, 8))).flatten(2)
        x = x + self.scale * nn.functional.gelu(self.mix(self.norm(self.mix(x))))
        return self.out(x.flatten(1))


def of_a_seed(seed):
    return as_double(data.load("digits", train_size=190, val_size=50, seed=seed))


def test_a_lane_learns_from_the_data_of_its_seed():
    names = ["constant", "CosineAnnealingLR", "ReduceLROnPlateau"]
    model = lambda: network().double()  # noqa: E731
    entries, run = {name: SCHEDULES[name] for name in names}, {"epochs": 6, "validate": True}
    result = raced(entries, [0.1, 0.03], [3, 4, 5], model, of_a_seed, optimizer="momentum", **run)
    for lane in result.lanes:
        history = lone(
            model, of_a_seed(lane.seed), "momentum", entries[lane.schedule], lane.base_lr, lane.seed, epochs=6
        )
        assert_equal(lane, history, 1e-10)
        np.testing.assert_allclose([row[1:] for row in lane.rows], [row[3:] for row in history.rows], rtol=1e-10)


def test_seeds_may_share_a_dataset_and_sizes_must_agree():
    even, odd = of_a_seed(0), of_a_seed(1)
    model = lambda: network().double()  # noqa: E731
    result = raced(
        {"constant": None}, seeds=[2, 3, 4], model=model, dataset=lambda seed: odd if seed % 2 else even, epochs=2
    )
    for lane, dataset in zip(result.lanes, [even, odd, even], strict=True):
        assert_equal(lane, lone(model, dataset, "sgd", None, 0.1, lane.seed, epochs=2), 1e-10)
    with pytest.raises(ValueError, match=r"data must give datasets of one size, not x_train of \[100, 101\]"):
        raced({"constant": None}, seeds=[0, 1], dataset=lambda seed: data.load("digits", train_size=100 + seed))


def test_lrs_may_be_a_function_of_schedule_and_seed():
    lrs = {("a", 0): [0.1], ("a", 1): [0.2, 0.1], ("b", 0): [], ("b", 1): [0.1]}
    result = raced({"a": None, "b": SCHEDULES["StepLR"]}, lambda *entry: lrs[entry], [0, 1], epochs=1)
    found = {(lane.schedule, lane.base_lr, lane.seed): lane for lane in result.lanes}
    assert set(found) == {(name, lr, seed) for (name, seed), all_lrs in lrs.items() for lr in all_lrs}
    assert_equal(found["a", 0.2, 1], lone(network, DIGITS, "sgd", None, 0.2, 1, epochs=1), 1e-5)


def test_any_module():
    model = lambda: Convolution().double()  # noqa: E731
    assert_race_equals_fits(model, as_double(DIGITS), "adam", ["CosineAnnealingLR"], 1e-10, epochs=4)


def test_any_loss_and_targets():
    x = torch.linspace(-1, 1, 60).double().reshape(-1, 1)
    curve = data.Dataset("curve", [], x, x**2, x, x**2, x, x**2)
    model = lambda: nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1)).double()  # noqa: E731
    result = raced({"constant": None}, model=model, dataset=curve, loss=nn.functional.mse_loss, epochs=20)
    history = lone(model, curve, "sgd", None, 0.1, 3, loss=nn.functional.mse_loss, epochs=20)
    assert_equal(result.lanes[0], history, 1e-10)


@pytest.mark.parametrize("step_per", ["step", "epoch"])
def test_schedules_step_when_they_are_told_to(step_per):
    entries = {"StepLR": lambda opt: schedulers.StepLR(opt, 5, 0.5)}
    result = raced(entries, step_per=step_per)
    assert_equal(result.lanes[0], lone(network, DIGITS, "sgd", entries["StepLR"], 0.1, 3, step_per), 1e-5)


def test_steps_may_end_within_an_epoch():
    part, whole = raced({"constant": None}, epochs=None, steps=13), raced({"constant": None}, epochs=2)
    assert part.loss.shape == (1, 13) and (part.loss == whole.loss[:, :13]).all()
    assert part.table.train_loss[0] == pytest.approx(whole.loss[0, 8:13].mean())
    with pytest.raises(ValueError, match="epochs or steps must be given, one of the two"):
        raced({"constant": None}, steps=13)


def test_a_diverging_lane_is_marked_frozen_and_disturbs_no_other(capsys):
    for optimizer in OPTIMIZERS:
        result = raced({"constant": None}, [0.01, 1e25, 0.02], optimizer=optimizer, epochs=3)
        alone = raced({"constant": None}, [0.01, 0.02], optimizer=optimizer, epochs=3)
        good, bad = [result.lanes[0], result.lanes[2]], result.lanes[1]
        for lane, same in zip(good, alone.lanes, strict=True):
            np.testing.assert_allclose(lane.loss, same.loss, rtol=1e-6)
            assert lane.test == pytest.approx(same.test, rel=1e-6) and lane.diverged_at is None
        history = lone(network, DIGITS, optimizer, None, 1e25, 3, epochs=3)
        assert bad.diverged_at == history.diverged_at is not None
        came = np.isfinite(bad.lr)
        assert came.sum() == len(history.lr) == bad.diverged_at + 1
        assert result.table.steps.tolist() == [24, bad.diverged_at, 24]  # the batch that diverged made no update
        np.testing.assert_allclose(bad.loss[came], history.loss, rtol=1e-5)
        np.testing.assert_allclose(bad.test[0], history.test_loss, rtol=1e-5)
        assert result.table.diverged_at.isna().tolist() == [True, False, True]


def test_divergence_that_only_validation_sees_is_marked():
    result = raced({"constant": None}, [1e38, 0.1], epochs=1, batch_size=190, validate=True)
    history = lone(network, DIGITS, "sgd", None, 1e38, 3, epochs=1, batch_size=190)
    assert result.lanes[0].diverged_at == history.diverged_at == 0
    assert result.lanes[1].diverged_at is None
    assert result.table.steps.tolist() == [1, 1]


def test_ctrl_c_keeps_what_is_done(monkeypatch, capsys):
    stacks = []

    class Watched(Stack):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            stacks.append(self)

    def interrupted(*arguments, **more):
        deadline = time.monotonic() + 60  # compiling takes as long as the machine's other work lets it
        while time.monotonic() < deadline and any(stack.step < 20 for stack in stacks):
            time.sleep(0.01)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setitem(race.__globals__, "Stack", Watched)
        patched.setitem(race.__globals__, "wait", interrupted)
        result = raced({"constant": None}, [0.1, 0.2], epochs=10**5)
    assert "was stopped" in capsys.readouterr().out
    table = result.table
    assert (table.steps > 0).all() and (table.steps < 8 * 10**5).all()
    assert table.test_loss.notna().all() and np.isfinite(result.loss[0, : table.steps[0]]).all()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]
    whole = raced({"constant": None}, [0.1, 0.2], epochs=1)
    np.testing.assert_allclose(result.loss[:, :8], whole.loss, rtol=1e-6)


def test_stacks_do_not_change_a_lane(monkeypatch):
    entries = {"constant": None, "cosine": SCHEDULES["CosineAnnealingLR"]}
    one = raced(entries, [0.1, 0.03], [0, 1, 2], epochs=2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    monkeypatch.setattr("lrcourse.training.racing.STACK_BYTES", 12_000)
    several = raced(entries, [0.1, 0.03], [0, 1, 2], epochs=2)
    np.testing.assert_allclose(several.loss, one.loss, rtol=1e-6)
    assert several.table[["schedule", "base_lr", "seed"]].equals(one.table[["schedule", "base_lr", "seed"]])


def test_the_split_keeps_to_the_memory_and_to_the_cores(monkeypatch):
    stacked = StackedModel(lambda: nn.Linear(1000, 100), nn.functional.cross_entropy)
    x = torch.zeros(64, 1000)
    _, per_lane = stacked.bytes_per_lane(x)
    assert per_lane > 5 * 4 * 1000 * 100
    for cores in [1, 2, 16]:
        monkeypatch.setattr(torch, "get_num_threads", lambda cores=cores: cores)
        for lanes in [1, 7, 100]:
            for memory in [1, 20 * per_lane, 1e12]:
                widths, workers, threads = split(lanes, stacked, x, memory, "cpu")
                assert all(type(count) is int for count in (*widths, workers, threads))
                assert sum(widths) == lanes and workers <= len(widths) and workers * threads <= cores
                assert workers * max(widths) * per_lane <= max(memory, workers * per_lane)
                assert max(widths) * 4 * 1001 * 100 <= 8 * 2**20  # what a cache holds, on one core too


def test_the_number_of_threads_is_left_as_it_was():
    before = torch.get_num_threads()
    raced({"constant": None}, epochs=1)
    assert torch.get_num_threads() == before


def test_numbers_too_small_to_matter_are_0_in_a_race_and_nowhere_else(monkeypatch):
    def square():
        return torch.full((99,), 1e-20).square().sum().item()  # 1e-40 is below the normal numbers

    within, run = [], Stack.run
    monkeypatch.setattr(Stack, "run", lambda self: (within.append(square()), run(self)))
    able = torch.set_flush_denormal(False)  # False on a processor that cannot
    raced({"constant": None}, epochs=1)
    assert square() > 0 and set(within) == ({0.0} if able else {square()})


def test_what_cannot_be_raced_is_refused_by_name():
    def message(*modules):
        with pytest.raises(ValueError) as error:
            raced({"constant": None}, model=lambda: nn.Sequential(nn.Linear(64, 10), *modules), epochs=1)
        return str(error.value)

    assert "1 is a Dropout, which draws random numbers" in message(nn.Dropout())
    assert "1 is a BatchNorm1d, which keeps statistics" in message(nn.BatchNorm1d(10))
    assert "2.dropout is a Dropout, which draws" in message(
        nn.Unflatten(1, (1, 10)), nn.TransformerEncoderLayer(10, 2, 8, batch_first=True)
    )
    assert "1 is a BatchNorm1d, which keeps" in message(nn.BatchNorm1d(10, track_running_stats=False))
    assert "1.parametrizations.weight.0 is a _SpectralNorm, which keeps" in message(
        nn.utils.parametrizations.spectral_norm(nn.Linear(10, 10))
    )
    assert "1 is a LazyLinear, which has no parameters before" in message(nn.LazyLinear(10))
    assert "has frozen parameters" in message(nn.Linear(10, 10).requires_grad_(False))
    assert "forward draws random numbers" in message(Function(lambda self, x: nn.functional.dropout(x, 0.5)))
    assert "forward draws random numbers" in message(Function(lambda self, x: x + torch.randn(10)))
    assert "1 is a Function, which changes its calls in every step" in message(Function(counting))
    assert "model cannot be raced" in message(Function(lambda self, x: x if x.sum() > 0 else -x))


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(self, x)


def counting(module, x):
    module.calls = getattr(module, "calls", 0) + 1
    return x / module.calls


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.LSTM(8, 6, batch_first=True), nn.Linear(6, 10)

    def forward(self, x):
        return self.out(self.layer(x.view(-1, 8, 8))[0][:, -1])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.out = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.out(torch.tanh(self.b(torch.tanh(self.a(x)))))


MODELS = {
    "another forward in eval mode": lambda: nn.Sequential(
        nn.Linear(64, 10), Function(lambda self, x: x if self.training else 3 * x)
    ),
    "functional dropout of nothing": lambda: nn.Sequential(
        nn.Linear(64, 10), Function(lambda self, x: nn.functional.dropout(x, 0.5, self.training and False))
    ),
    "a constant in forward": lambda: nn.Sequential(nn.Linear(64, 10), Function(lambda self, x: x * torch.ones(10))),
    "statistics of the batch": lambda: nn.Sequential(
        nn.Linear(64, 10), Function(lambda self, x: (x - x.mean(0)) / (x.var(0) + 1).sqrt())
    ),
    "dropout with p=0": lambda: nn.Sequential(nn.Linear(64, 10), nn.Dropout(0.0)),
    "group norm": lambda: nn.Sequential(nn.Linear(64, 10), nn.GroupNorm(2, 10)),
    "tied weights": Tied,
    "lstm": Recurrent,
    "attention": lambda: nn.Sequential(
        nn.Unflatten(1, (8, 8)),
        nn.TransformerEncoderLayer(8, 2, 8, dropout=0.0, batch_first=True),
        nn.Flatten(),
        nn.Linear(64, 10),
    ),
}


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("name", MODELS)
def test_models_of_every_kind_equal_fit(name, monkeypatch):
    monkeypatch.setattr("lrcourse.training.stack.EVALUATED", 20)  # fewer than there are in the validation part
    result = raced({"constant": None}, model=MODELS[name], epochs=3, validate=True)
    assert_equal(result.lanes[0], lone(MODELS[name], DIGITS, "sgd", None, 0.1, 3, epochs=3), 1e-5)


def as_targets(y):
    return dataclasses.replace(DIGITS, **{part: y(getattr(DIGITS, part)) for part in ["y_train", "y_val", "y_test"]})


@pytest.mark.parametrize(
    ("loss", "dataset"),
    [
        (nn.functional.cross_entropy, as_targets(lambda y: nn.functional.one_hot(y, 10).float())),
        (nn.functional.cross_entropy, as_targets(lambda y: torch.where(torch.arange(len(y)) % 3 > 0, y, -100))),
        (nn.CrossEntropyLoss(label_smoothing=0.1), DIGITS),
        (nn.CrossEntropyLoss(weight=torch.linspace(0.1, 1, 10)), DIGITS),
        (nn.CrossEntropyLoss(reduction="sum"), DIGITS),
    ],
    ids=["probabilities", "ignored", "smoothed", "weighted", "sum"],
)
def test_losses_of_every_kind_equal_fit(loss, dataset, monkeypatch):
    monkeypatch.setattr("lrcourse.training.stack.EVALUATED", 20)
    options = {"loss": loss, "epochs": 3}
    result = raced({"constant": None}, [0.003], dataset=dataset, validate=True, **options)
    assert_equal(result.lanes[0], lone(network, dataset, "sgd", None, 0.003, 3, **options), 1e-5)


def test_cross_entropy_of_logits_that_overflow_an_exponential():
    out = torch.tensor([[300.0, 0.0, -300.0], [1e30, 0.0, 1.0], [0.0, 1e-3, -5.0]], requires_grad=True)
    y = torch.tensor([0, 0, 1])
    plain_cross_entropy(out, y).backward()
    ours, out.grad = out.grad, None
    loss = nn.functional.cross_entropy(out, y)
    loss.backward()
    torch.testing.assert_close(plain_cross_entropy(out, y), loss)
    torch.testing.assert_close(ours, out.grad)


def test_without_torch_jit_trace_the_race_is_the_same_and_says_so(monkeypatch):
    entries, run = {"constant": None, "cosine": SCHEDULES["CosineAnnealingLR"]}, {"epochs": 2, "seeds": [0, 1]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = raced(entries, **run)
    monkeypatch.delattr(torch.jit, "trace")
    with pytest.warns(UserWarning, match="no torch.jit.trace: the race is the same, and .* slower"):
        after = raced(entries, **run)
    np.testing.assert_allclose(after.loss, before.loss, rtol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_lane_on_cuda_is_the_lane_on_the_cpu(optimizer):
    entries = {"constant": None, "cosine": SCHEDULES["CosineAnnealingLR"]}
    run = {"model": lambda: network().double(), "dataset": as_double(DIGITS), "optimizer": optimizer, "epochs": 5}
    cuda, cpu = (raced(entries, [OPTIMIZERS[optimizer][2]], device=device, **run) for device in ("cuda", "cpu"))
    np.testing.assert_allclose(cuda.loss, cpu.loss, rtol=1e-9)
    np.testing.assert_allclose(cuda.table.test_loss, cpu.table.test_loss, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lrs": [-0.1]}, "lrs must be"),
        ({"seeds": [-1]}, "seeds must be"),
        ({"lrs": []}, "must each hold at least one entry"),
        ({"optimizer": "rmsprop"}, "optimizer must be one of 'sgd', 'momentum', 'adam', 'adamw', not 'rmsprop'"),
        ({"epochs": 0}, "epochs must be"),
        ({"memory": 0}, "memory must be"),
        ({"step_per": "batch"}, "step_per must be one of"),
        ({"entries": {"clock": lambda opt: schedulers.TimeBasedLR(opt, 1)}}, "must not follow the clock"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        raced(**{"entries": {"constant": None}, "epochs": 1, **arguments})


def test_curves_has_a_row_for_every_lane_and_epoch():
    result = raced({"constant": None}, [0.1, 0.2], epochs=3, validate=True)
    assert result.curves.epoch.tolist() == [0, 1, 2, 0, 1, 2]
    assert result.curves.val_loss[2] == result.table.val_loss[0]
    assert math.isclose(result.curves.val_loss[0], lone(network, DIGITS, "sgd", None, 0.1, 3).rows[0][3], rel_tol=1e-5)
