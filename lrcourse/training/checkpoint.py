"""A run on disk: everything that it needs to go on as if nothing had happened."""

import os
import tempfile
from pathlib import Path
from typing import Any

import torch


def save(
    path: str | os.PathLike[str],
    run: dict[str, Any],
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: Any,
    history: Any,
) -> None:
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


def resume(
    path: str | os.PathLike[str],
    run: dict[str, Any],
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: Any,
) -> dict[str, Any]:
    """Put a checkpoint's state into model, optimizer and scheduler, and return the fields of its history.

    Raises ValueError for a file that is no checkpoint, or one of another run.
    """
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
    history: dict[str, Any] = state["history"]
    return history
