"""Train a model and keep a record of what the learning rate (LR) and the loss really were."""

import math
import os
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.utils._python_dispatch import TorchDispatchMode

from lrcourse.arguments import choice, whole
from lrcourse.progress import bar


@dataclass
class History:
    """What a run did: lr and loss have one entry per optimizer step, rows (and table) one per epoch.

    loss[t] is the batch loss before update t, lr[t] the LR that update t used (the first parameter group's).
    diverged_at is the step at which the loss was no longer finite, or None; the test results are None until the end.
    """

    lr: list = field(default_factory=list)
    loss: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    diverged_at: int | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None

    @property
    def table(self):
        """One row per whole epoch: epoch, lr (of its last step), train_loss (mean), val_loss, val_accuracy."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=["epoch", "lr", "train_loss", "val_loss", "val_accuracy"])


def fit(
    model,
    data,
    optimizer,
    scheduler=None,
    *,
    epochs,
    batch_size=64,
    step_per=None,
    loss=cross_entropy,
    seed=0,
    device=None,
    progress=True,
    checkpoint=None,
    checkpoint_every=None,
):
    """Train the model on data.x_train, data.y_train and return its History.

    The scheduler (ours, torch's, or None) steps once per epoch or per optimizer step, as step_per says: 'epoch' or
    'step'. A ReduceLROnPlateau gets the validation loss. The seed fixes the batch order (and dropout on a CPU); the
    global random generator is left alone. A loss that is not finite ends the run. device: None takes a GPU only for
    a model that is large enough to gain from one. checkpoint: a file that is written after every epoch, and every
    checkpoint_every steps; if it exists, the run goes on from there, bit for bit. Raises ValueError or TypeError for
    arguments that make no sense, also for a checkpoint of another run.

    >>> from lrcourse.data import load
    >>> model = build(lambda: torch.nn.Linear(64, 10), seed=0)
    >>> history = fit(model, load("digits"), torch.optim.SGD(model.parameters(), lr=0.5), epochs=2)
    >>> [round(loss, 1) for loss in history.table.val_loss]
    [1.3, 0.8]
    """
    epochs = whole("epochs", epochs, at_least=0)
    batch_size = whole("batch_size", batch_size, at_least=1)
    _check_step_per(step_per, scheduler)
    device = torch.device(device) if device is not None else choose_device(model)
    model.to(device)
    x, y = data.x_train.to(device), data.y_train.to(device)
    x_val, y_val = data.x_val.to(device), data.y_val.to(device)
    steps_per_epoch = math.ceil(len(x) / batch_size)
    run = {"seed": seed, "batch_size": batch_size, "step_per": step_per, "n_train": len(x)}
    history = History()
    if checkpoint is not None and Path(checkpoint).exists():
        history = _resume(checkpoint, run, model, optimizer, scheduler)

    with bar(epochs * steps_per_epoch, "training", "step", show=progress, initial=len(history.loss)) as steps:
        order = None
        while len(history.loss) < epochs * steps_per_epoch and history.diverged_at is None:
            step = len(history.loss)
            epoch, batch = divmod(step, steps_per_epoch)
            if order is None or batch == 0:
                order = batch_order(len(x), seed, epoch).to(device)
            rows = order[batch * batch_size : (batch + 1) * batch_size]
            _set_mode(model, optimizer, training=True)
            history.lr.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.zero_grad()
            with _seeded_dropout(model, seed, step):
                batch_loss = loss(model(x[rows]), y[rows])
            history.loss.append(batch_loss.item())
            if not math.isfinite(history.loss[-1]):
                history.diverged_at = step
                break
            batch_loss.backward()
            optimizer.step()
            if step_per == "step":
                scheduler.step()
            if batch + 1 == steps_per_epoch:
                _end_epoch(model, optimizer, scheduler, step_per, loss, x_val, y_val, batch_size, len(x), history)
            if checkpoint is not None and (
                batch + 1 == steps_per_epoch or (checkpoint_every and (step + 1) % checkpoint_every == 0)
            ):
                _save(checkpoint, run, model, optimizer, scheduler, history)
            steps.update()
    if history.diverged_at is not None:
        print(
            f"The run diverged at step {history.diverged_at}: the loss is no longer finite. What came before is kept."
        )
    _set_mode(model, optimizer, training=False)
    history.test_loss, history.test_accuracy = evaluate(model, data.x_test.to(device), data.y_test.to(device), loss)
    return history


def _end_epoch(model, optimizer, scheduler, step_per, loss, x_val, y_val, batch_size, n, history):
    _set_mode(model, optimizer, training=False)
    val_loss, val_accuracy = evaluate(model, x_val, y_val, loss)
    steps_per_epoch = math.ceil(n / batch_size)
    sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    train_loss = sum(a * b for a, b in zip(history.loss[-steps_per_epoch:], sizes, strict=True)) / n
    epoch = len(history.loss) // steps_per_epoch - 1
    history.rows.append([epoch, history.lr[-1], train_loss, val_loss, val_accuracy])
    if not math.isfinite(val_loss):
        history.diverged_at = len(history.loss) - 1
    elif step_per == "epoch":
        scheduler.step(val_loss) if is_plateau(scheduler) else scheduler.step()


def evaluate(model, x, y, loss=cross_entropy):
    """The loss and the share of right classes (NaN unless the targets are class numbers), without training.

    >>> evaluate(torch.nn.Identity(), torch.eye(3), torch.tensor([0, 1, 1]))[1]
    0.6666666865348816
    """
    with torch.no_grad():
        out = model(x)
        accuracy = math.nan if y.is_floating_point() else (out.argmax(-1) == y).float().mean().item()
        return loss(out, y).item(), accuracy


def batch_order(n, seed, epoch):
    """The order of n training examples in an epoch: a function of seed and epoch, so that a resume needs no state.

    >>> batch_order(5, seed=0, epoch=0)
    tensor([4, 0, 1, 3, 2])
    """
    seed = whole("seed", seed, at_least=0)
    return torch.randperm(n, generator=torch.Generator().manual_seed(1_000_003 * seed + epoch))


def build(model, seed):
    """A new model, model(), whose random initialization comes from the seed; the global generator is left alone.

    >>> build(lambda: torch.nn.Linear(2, 1), seed=0).weight.data
    tensor([[-0.0053,  0.3793]])
    """
    with SeededRandom(torch.Generator().manual_seed(seed)):
        return model()


class SeededRandom(TorchDispatchMode):
    """Within it, this thread's random tensors come from the given generator instead of the global one.

    A notebook's sliders call their functions in another thread, beside a running cell. With the global generator the
    two would take numbers away from each other, and no run could be repeated.

    >>> with SeededRandom(torch.Generator().manual_seed(0)):
    ...     torch.rand(2)
    tensor([0.4963, 0.7682])
    """

    def __init__(self, generator):
        super().__init__()
        self.generator = generator

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if torch.Tag.nondeterministic_seeded in func.tags and not kwargs.get("generator"):
            if not _takes_generator(func):
                name = {"default": "generator"}.get(func._overloadname, f"{func._overloadname}_generator")
                func = getattr(func.overloadpacket, name)
            kwargs["generator"] = self.generator
        return func(*args, **kwargs)


def _takes_generator(func):
    return any(argument.name == "generator" for argument in func._schema.arguments)


def _seeded_dropout(model, seed, step):
    on_cpu = next(model.parameters()).device.type == "cpu"
    if on_cpu and any(isinstance(module, torch.nn.modules.dropout._DropoutNd) for module in model.modules()):
        return SeededRandom(torch.Generator().manual_seed(1_000_003 * seed + step))
    return nullcontext()


def is_plateau(scheduler):
    """Whether the scheduler is a ReduceLROnPlateau, ours or torch's: one that needs a measure to step.

    >>> is_plateau(None)
    False
    """
    return any(kind.__name__ == "ReduceLROnPlateau" for kind in type(scheduler).__mro__)


def choose_device(model):
    """A GPU (CUDA, then MPS) for a model of a million parameters or more, else the CPU, which is faster for small ones.

    >>> choose_device(torch.nn.Linear(64, 10))
    device(type='cpu')
    """
    if sum(parameter.numel() for parameter in model.parameters()) >= 1_000_000:
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available():
            return torch.device("mps")
    return torch.device("cpu")


def _check_step_per(step_per, scheduler):
    if scheduler is None:
        return
    choice("step_per", step_per, ["epoch", "step"])
    if step_per == "step" and is_plateau(scheduler):
        raise ValueError("step_per must be 'epoch' for ReduceLROnPlateau: the validation loss is measured every epoch")


def _set_mode(model, optimizer, *, training):
    model.train(training)
    switch = getattr(optimizer, "train" if training else "eval", None)
    if switch is not None:  # a schedule-free optimizer keeps two sets of weights
        switch()


def _save(path, run, model, optimizer, scheduler, history):
    """The file is replaced in one move: whoever stops the run finds the last checkpoint or this one, never a half."""
    path = Path(path)
    state = {
        "run": run,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler and scheduler.state_dict(),
        "history": {name: getattr(history, name) for name in ["lr", "loss", "rows", "diverged_at"]},
    }
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            torch.save(state, file)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _resume(path, run, model, optimizer, scheduler):
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        saved = state["run"]
    except Exception as error:
        raise ValueError(f"checkpoint {os.fspath(path)!r} is no checkpoint of a run: {error}") from error
    if saved != run:
        raise ValueError(f"checkpoint {os.fspath(path)!r} is of another run: it has {saved}, this run has {run}")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    if scheduler is not None:
        scheduler.load_state_dict(state["scheduler"])
    return History(**state["history"])
