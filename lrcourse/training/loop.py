"""One run: the training loop that every lesson uses."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import cross_entropy

from lrcourse.arguments import choice, whole
from lrcourse.training import checkpoint as checkpoints
from lrcourse.training.seeds import LARGEST_SEED, batch_order, seeded_dropout
from lrcourse.waiting import bar

if TYPE_CHECKING:
    import pandas as pd

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

PARTS = ["x_train", "y_train", "x_val", "y_val", "x_test", "y_test"]


@dataclass
class History:
    """What a run did: lr and loss have one entry per optimizer step, rows (and table) one per epoch.

    loss[t] is the batch loss before update t, lr[t] the LR that update t used (the first parameter group's).
    diverged_at is the step at which the loss was no longer finite, or None; the test results are None until the end.
    """

    lr: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    diverged_at: int | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None

    @property
    def table(self) -> pd.DataFrame:
        """One row per whole epoch: epoch, lr (of its last step), train_loss (mean), val_loss, val_accuracy."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=["epoch", "lr", "train_loss", "val_loss", "val_accuracy"])


def fit(
    model: torch.nn.Module,
    data: Any,
    optimizer: torch.optim.Optimizer,
    scheduler: Any = None,
    *,
    epochs: int,
    batch_size: int = 64,
    step_per: str | None = None,
    loss: Loss = cross_entropy,
    seed: int = 0,
    device: torch.device | str | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
) -> History:
    """Train the model on data.x_train, data.y_train and return its History.

    The scheduler (ours, torch's, or None) steps once per epoch or per optimizer step, as step_per says: 'epoch' or
    'step'. A ReduceLROnPlateau gets the validation loss. The seed fixes the batch order (and dropout on a CPU); the
    global random generator is left alone. A loss that is not finite ends the run. device: None takes a GPU only for
    a model that is large enough to gain from one. checkpoint: a file that is written after every epoch, and every
    checkpoint_every steps; if it exists, the run goes on from there, bit for bit. Raises ValueError or TypeError for
    arguments that make no sense, also for a checkpoint of another run.

    >>> from lrcourse.data import load
    >>> from lrcourse.training import build
    >>> model = build(lambda: torch.nn.Linear(64, 10), seed=0)
    >>> history = fit(model, load("digits"), torch.optim.SGD(model.parameters(), lr=0.5), epochs=2)
    >>> [round(loss, 1) for loss in history.table.val_loss]
    [1.3, 0.8]
    """
    epochs = whole("epochs", epochs, at_least=0)
    batch_size = whole("batch_size", batch_size, at_least=1)
    seed = whole("seed", seed, at_least=0, at_most=LARGEST_SEED)
    if checkpoint_every is not None:
        whole("checkpoint_every", checkpoint_every, at_least=1)
    step_per = _checked(step_per, scheduler)
    device = torch.device(device) if device is not None else choose_device(model)
    model.to(device)
    x, y, x_val, y_val, x_test, y_test = (getattr(data, part).to(device) for part in PARTS)
    per_epoch = math.ceil(len(x) / batch_size)
    run = {"seed": seed, "batch_size": batch_size, "step_per": step_per, "n_train": len(x)}
    history = History()
    if checkpoint is not None and Path(checkpoint).exists():
        history = History(**checkpoints.resume(checkpoint, run, model, optimizer, scheduler))

    start, batches = len(history.loss), None
    with bar(epochs * per_epoch, "training", "step", show=progress, initial=start) as steps:
        for step in range(start, epochs * per_epoch):
            if history.diverged_at is not None:
                break
            epoch, batch = divmod(step, per_epoch)
            if batches is None or batch == 0:
                batches = batch_order(len(x), seed, epoch).to(device).split(batch_size)
            with seeded_dropout(model, seed, step):
                _update(model, optimizer, loss, x[batches[batch]], y[batches[batch]], history)
            if step_per == "step":
                scheduler.step()
            if batch + 1 == per_epoch:
                _set_mode(model, optimizer, training=False)
                _end_epoch(history, epoch, [len(rows) for rows in batches], *evaluate(model, x_val, y_val, loss))
                if step_per == "epoch":
                    scheduler.step(history.rows[-1][3]) if is_plateau(scheduler) else scheduler.step()
            if checkpoint is not None and (batch + 1 == per_epoch or (step + 1) % (checkpoint_every or math.inf) == 0):
                checkpoints.save(checkpoint, run, model, optimizer, scheduler, history)
            steps.update()
    if history.diverged_at is not None:
        print(f"The run diverged: the loss is not finite at step {history.diverged_at}. What came before is kept.")
    _set_mode(model, optimizer, training=False)
    history.test_loss, history.test_accuracy = evaluate(model, x_test, y_test, loss)
    return history


def _update(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Loss,
    x: torch.Tensor,
    y: torch.Tensor,
    history: History,
) -> None:
    _set_mode(model, optimizer, training=True)
    optimizer.zero_grad()
    batch_loss = loss(model(x), y)
    history.lr.append(float(optimizer.param_groups[0]["lr"]))
    history.loss.append(batch_loss.item())
    if math.isfinite(history.loss[-1]):
        batch_loss.backward()
        optimizer.step()
    else:
        history.diverged_at = len(history.loss) - 1


def _end_epoch(history: History, epoch: int, sizes: list[int], val_loss: float, val_accuracy: float) -> None:
    losses = history.loss[-len(sizes) :]
    train_loss = sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)
    history.rows.append([epoch, history.lr[-1], train_loss, val_loss, val_accuracy])
    if not math.isfinite(val_loss) and history.diverged_at is None:
        history.diverged_at = len(history.loss) - 1


def evaluate(
    model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, loss: Loss = cross_entropy
) -> tuple[float, float]:
    """The loss and the share of right classes (NaN unless the targets are class numbers), without training.

    >>> evaluate(torch.nn.Identity(), torch.eye(3), torch.tensor([0, 1, 1]))[1]
    0.6666666666666666
    """
    with torch.no_grad():
        out = model(x)
        accuracy = math.nan if y.is_floating_point() else (out.argmax(-1) == y).sum().item() / len(y)
        return loss(out, y).item(), accuracy


def is_plateau(scheduler: Any) -> bool:
    """Whether the scheduler is a ReduceLROnPlateau, ours or torch's: one that needs a measure to step.

    >>> is_plateau(None)
    False
    """
    return any(kind.__name__ == "ReduceLROnPlateau" for kind in type(scheduler).__mro__)


def choose_device(model: torch.nn.Module) -> torch.device:
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


def _checked(step_per: str | None, scheduler: Any) -> str | None:
    if scheduler is None:
        return None
    if choice("step_per", step_per, ["epoch", "step"]) == "step" and is_plateau(scheduler):
        raise ValueError("step_per must be 'epoch' for ReduceLROnPlateau: the validation loss is measured every epoch")
    return step_per


def _set_mode(model: torch.nn.Module, optimizer: torch.optim.Optimizer, *, training: bool) -> None:
    model.train(training)
    switch = getattr(optimizer, "train" if training else "eval", None)
    if switch is not None:  # a schedule-free optimizer keeps two sets of weights
        switch()
