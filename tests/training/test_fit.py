"""fit against a loop written out by hand with torch alone, and against itself after an interruption."""

import io
import math

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Adam
from torch.optim import lr_scheduler as torch_schedulers

from lrcourse import data, schedules, waiting
from lrcourse.training import batch_order, build, checkpoint, fit

DIGITS = data.load("digits", train_size=100, val_size=50)
STEPS = 4  # per epoch: batches of 32, 32, 32 and 4


def network():
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def with_dropout():
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 10))


def run(scheduler=None, model=network, optimizer=Adam, lr=0.01, epochs=3, **arguments):
    model = build(model, seed=1)
    optimizer = optimizer(model.parameters(), lr=lr)
    arguments = {"batch_size": 32, "seed": 1, **arguments}
    return fit(model, DIGITS, optimizer, scheduler and scheduler(optimizer), epochs=epochs, **arguments), model


def test_fit_is_the_loop_you_would_write():
    history, model = run()
    torch.manual_seed(1)
    ours, losses = network(), []
    optimizer = Adam(ours.parameters(), lr=0.01)
    for epoch in range(3):
        for rows in batch_order(100, seed=1, epoch=epoch).split(32):
            optimizer.zero_grad()
            loss = cross_entropy(ours(DIGITS.x_train[rows]), DIGITS.y_train[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert history.loss == losses
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), ours.parameters(), strict=True))
    with torch.no_grad():
        out = ours(DIGITS.x_test)
    assert history.test_loss == cross_entropy(out, DIGITS.y_test).item()
    assert history.test_accuracy == pytest.approx((out.argmax(1) == DIGITS.y_test).double().mean().item())
    assert history.table.val_loss.iloc[-1] == cross_entropy(ours(DIGITS.x_val), DIGITS.y_val).item()
    means = [(32 * (a + b + c) + 4 * d) / 100 for a, b, c, d in zip(*[iter(losses)] * 4, strict=True)]
    assert history.table.train_loss.tolist() == pytest.approx(means, rel=1e-12)
    assert list(history.table.columns) == ["epoch", "lr", "train_loss", "val_loss", "val_accuracy"]


def test_every_epoch_sees_every_example_once_in_a_new_order():
    orders = [batch_order(100, seed, epoch).tolist() for seed in range(2) for epoch in range(2)]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4


def test_the_lr_is_set_before_the_update_and_recorded():
    def step(optimizer):
        return torch_schedulers.StepLR(optimizer, step_size=5, gamma=0.5)

    plan = schedules.curve(schedules.step_decay(0.01, 5, 0.5), 12)
    assert run(step, step_per="step")[0].lr == pytest.approx(plan)
    by_epoch = schedules.curve(schedules.step_decay(0.01, 2, 0.5), 3)
    history, _ = run(lambda optimizer: torch_schedulers.StepLR(optimizer, 2, 0.5), step_per="epoch")
    assert history.lr == pytest.approx([lr for lr in by_epoch for _ in range(STEPS)])
    assert history.table.lr.tolist() == pytest.approx(by_epoch)

    history, _ = run(lambda optimizer: torch_schedulers.OneCycleLR(optimizer, 0.1, total_steps=12), step_per="step")
    assert history.lr == pytest.approx(schedules.curve(schedules.one_cycle(0.1, 12), 12))


def test_an_update_uses_the_recorded_lr():
    model, one = build(network, 1), build(network, 1)
    optimizer = SGD(model.parameters(), lr=123.0)
    scheduler = torch_schedulers.OneCycleLR(optimizer, 0.1, total_steps=10, cycle_momentum=False)
    history = fit(model, DIGITS, optimizer, scheduler, epochs=1, batch_size=100, step_per="step")
    rows = batch_order(100, 0, 0)
    cross_entropy(one(DIGITS.x_train[rows]), DIGITS.y_train[rows]).backward()
    assert history.lr == pytest.approx([0.1 / 25])
    for after, before in zip(model.parameters(), one.parameters(), strict=True):
        assert torch.allclose(after, before - 0.004 * before.grad, rtol=0, atol=1e-8)


def test_plateau_gets_the_validation_loss():
    def plateau(optimizer):
        return torch_schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, threshold=0.02)

    history, _ = run(plateau, epochs=30, step_per="epoch")
    twin = SGD([torch.zeros(1)], lr=0.01)
    scheduler, plan = plateau(twin), []
    for val_loss in history.table.val_loss:
        plan.append(twin.param_groups[0]["lr"])
        scheduler.step(val_loss)
    assert history.table.lr.tolist() == plan
    assert plan[-1] < 0.01


def test_divergence_ends_the_run_and_keeps_the_history(capsys):
    history, _ = run(optimizer=SGD, lr=1e20)
    assert history.diverged_at is not None and history.diverged_at < 12
    assert not math.isfinite(history.loss[history.diverged_at]) and len(history.loss) == history.diverged_at + 1
    assert all(math.isfinite(loss) for loss in history.loss[:-1]) and len(history.lr) == len(history.loss)
    assert capsys.readouterr().out.count(f"not finite at step {history.diverged_at}") == 1


def test_divergence_that_only_validation_sees_is_noticed(capsys):
    history, _ = run(optimizer=SGD, lr=1e38, epochs=1, batch_size=100)
    assert math.isfinite(history.loss[0]) and history.diverged_at == 0 and len(history.table) == 1
    assert capsys.readouterr().out.count("not finite at step 0") == 1


def plateau(optimizer):
    return torch_schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, threshold=0.1)


def cosine(optimizer):
    return torch_schedulers.CosineAnnealingLR(optimizer, T_max=12)


def one_cycle(optimizer):
    return torch_schedulers.OneCycleLR(optimizer, 0.05, total_steps=12)


@pytest.mark.parametrize("stop", [1, 3, 4, 6, 8, 11])
@pytest.mark.parametrize(
    ("scheduler", "step_per", "model"),
    [(plateau, "epoch", network), (cosine, "step", with_dropout), (one_cycle, "step", network)],
)
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(tmp_path, stop, scheduler, step_per, model):
    whole, weights = run(scheduler, model, step_per=step_per)
    path = tmp_path / "run.pt"
    calls = 0

    def interrupted(out, y):
        nonlocal calls
        calls += len(out) != 50  # the validation part has 50 images
        if calls > stop:
            raise KeyboardInterrupt
        return cross_entropy(out, y)

    with pytest.raises(KeyboardInterrupt):
        run(scheduler, model, step_per=step_per, checkpoint=path, checkpoint_every=3, loss=interrupted)
    history, resumed = run(scheduler, model, step_per=step_per, checkpoint=path, checkpoint_every=3)
    assert (history.lr, history.loss, history.rows) == (whole.lr, whole.loss, whole.rows)
    assert history.test_loss == whole.test_loss
    assert all(torch.equal(a, b) for a, b in zip(resumed.parameters(), weights.parameters(), strict=True))
    assert [file.name for file in tmp_path.iterdir()] in ([], ["run.pt"])


@pytest.mark.parametrize(
    ("every", "written"), [(None, [4, 8]), (1, [1, 2, 3, 4, 5, 6, 7, 8]), (3, [3, 4, 6, 8]), (4, [4, 8]), (100, [4, 8])]
)
def test_a_checkpoint_is_written_after_every_epoch_and_every_so_many_steps(every, written, tmp_path, monkeypatch):
    steps, save = [], checkpoint.save

    def counted(path, run, model, optimizer, scheduler, history):
        steps.append(len(history.loss))
        save(path, run, model, optimizer, scheduler, history)

    monkeypatch.setattr(checkpoint, "save", counted)
    run(epochs=2, checkpoint=tmp_path / "run.pt", checkpoint_every=every)
    assert steps == written


def test_progress_is_shown_unless_told_otherwise(monkeypatch):
    shown, bar = [], waiting.bar
    monkeypatch.setattr(
        "lrcourse.training.loop.bar", lambda *args, **more: shown.append(more["show"]) or bar(*args, **more)
    )
    run(epochs=1)
    run(epochs=1, progress=False)
    assert shown == [True, False]


def test_a_resumed_run_does_not_begin_again(tmp_path):
    path = tmp_path / "run.pt"
    run(checkpoint=path)
    calls = []
    history, _ = run(checkpoint=path, epochs=4, loss=lambda out, y: calls.append(len(out)) or cross_entropy(out, y))
    assert calls[:4] == [32, 32, 32, 4] and len(calls) == 6  # one more epoch, then validation and test
    assert len(history.loss) == 16 and history.table.epoch.tolist() == [0, 1, 2, 3]


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    run(checkpoint=path)
    with pytest.raises(ValueError, match="is of another run.*'seed': 1.*'seed': 2"):
        run(checkpoint=path, seed=2)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="run.pt' is no checkpoint of a run"):
        run(checkpoint=path)


def test_a_write_that_fails_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    run(epochs=1, checkpoint=path)
    before = path.read_bytes()

    def full(state, file):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoint.torch, "save", full)
    with pytest.raises(OSError, match="No space"):
        run(epochs=2, checkpoint=path)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["run.pt"]


def every_kind_of_random_start():
    model = nn.Sequential(nn.Conv1d(2, 3, 2), nn.Embedding(4, 5), nn.LSTM(3, 4), nn.BatchNorm1d(3))
    for random in [torch.rand(3), torch.randn(3), torch.randint(9, (3,)), torch.randint(2, 9, (3,)), torch.randperm(5)]:
        model.register_buffer(f"buffer{len(list(model.buffers()))}", random)
    nn.init.orthogonal_(model[0].weight)
    nn.init.trunc_normal_(model[1].weight)
    return model


def test_build_draws_what_manual_seed_would_and_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    theirs = every_kind_of_random_start().state_dict()
    state = torch.get_rng_state()
    ours = build(every_kind_of_random_start, seed=7).state_dict()
    run(model=with_dropout)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_step_per_is_asked_for():
    with pytest.raises(ValueError, match="step_per must be one of 'epoch', 'step', not None"):
        run(cosine)
    with pytest.raises(ValueError, match="step_per must be 'epoch' for ReduceLROnPlateau"):
        run(plateau, step_per="step")
    for wrong in [{"epochs": -1}, {"batch_size": 0}, {"seed": -1}, {"checkpoint": "run.pt", "checkpoint_every": 0}]:
        with pytest.raises(ValueError, match=list(wrong)[-1]):
            run(**wrong)


def test_any_targets_will_do():
    x = torch.linspace(0, 1, 20).reshape(-1, 1)
    line = data.Dataset("line", [], x, 2 * x, x, 2 * x, x, 2 * x)
    model = build(lambda: nn.Linear(1, 1), 0)
    history = fit(model, line, SGD(model.parameters(), lr=0.5), epochs=50, batch_size=20, loss=nn.functional.mse_loss)
    assert history.test_loss < 1e-3 and math.isnan(history.test_accuracy)


def test_the_bar_shows_on_a_terminal_only(monkeypatch):
    for terminal in [True, False]:
        stream = io.StringIO()
        stream.isatty = lambda terminal=terminal: terminal
        monkeypatch.setattr("sys.stderr", stream)
        with waiting.bar(3, "training", "step", file=stream, mininterval=0) as bar:
            bar.delay = 0
            bar.update(3)
        assert ("training" in stream.getvalue()) == terminal


def test_the_bar_leaves_no_trace_in_a_stored_notebook():
    source = """
import time
from lrcourse.waiting import bar
with bar(2, "training", "step") as steps:
    for _ in range(2):
        time.sleep(0.6)
        steps.update()
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=120).execute()
    assert notebook.cells[0].outputs == []
