"""Training steps on copies: model and optimizer of the reader, their gradients and buffers, stay as they are."""

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from lrcourse.arguments import real

Batch = Callable[[torch.nn.Module, Any], torch.Tensor]


class Twin:
    """Copies of a model and its optimizer; train(batch, lr) is one training step and returns the loss before it.

    batch_loss: a function of (model, batch) that returns the loss, copied as well where it is an object with a state.
    The LR goes to the first parameter group whose LR is not 0 now; the others keep their ratio to it.
    Raises TypeError for what cannot be copied, ValueError for an optimizer of another model.

    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> _ = model.weight.data.fill_(2.0)
    >>> twin = Twin(model, torch.optim.SGD(model.parameters(), lr=0.0), lambda model, x: model(x).square().mean())
    >>> [twin.train(torch.ones(1, 1), lr=0.25) for _ in range(3)], model.weight.item()
    ([4.0, 1.0, 0.25], 2.0)
    """

    def __init__(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer, batch_loss: Batch) -> None:
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise TypeError(f"optimizer must be a torch optimizer over the model's parameters, not {optimizer!r}")
        held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        if not held & {id(parameter) for parameter in model.parameters()}:
            raise ValueError("optimizer must hold the model's parameters, not those of another model")
        self.ratios = lr_ratios(optimizer.param_groups)
        self.originals = model
        self.buffers = [buffer.detach().clone() for buffer in model.buffers()]
        memo: dict[int, Any] = {}  # of copy.deepcopy: from the id of an original to its copy
        originals = list(model.parameters())
        try:
            with torch.no_grad():
                self.model = copy.deepcopy(model, memo)
            for parameter, twin in zip(originals, self.model.parameters(), strict=True):
                memo[id(parameter)] = twin.requires_grad_(parameter.requires_grad)  # TorchScript does neither
            self.optimizer = copied_optimizer(optimizer, memo)
            self.batch_loss = copy.deepcopy(batch_loss, memo)
        except Exception as error:
            raise TypeError(f"model and optimizer must be such that copy.deepcopy can copy them: {error}") from error
        tensors = {original: twin for original, twin in memo.items() if isinstance(twin, torch.Tensor)}
        self.foreign, self.own = set(tensors), {id(twin) for twin in tensors.values()}
        self.kept = originals, tensors  # so that no id is given to another tensor
        self.parameter = next(self.model.parameters())
        self.wants_closure = bool(inspect.signature(self.optimizer.step).parameters)
        for part in (self.model, self.optimizer):
            if hasattr(part, "train"):  # a schedule-free optimizer has two modes, as a model has
                part.train()

    def train(self, batch: Any, lr: float) -> float:
        """One training step: the optimizer gets a closure, which LBFGS and its like need and others call once."""
        batch = moved(batch, self.parameter)
        for group, ratio in zip(self.optimizer.param_groups, self.ratios, strict=True):
            set_lr(group, lr * ratio)
        losses: list[float] = []

        def closure() -> Any:
            self.optimizer.zero_grad()
            loss = self.batch_loss(self.model, batch)
            losses.append(self._backward(loss))
            return loss

        if self.wants_closure:
            self.optimizer.step(closure)
            self.wants_closure = bool(losses)  # or it has not looked at the closure, nor had any gradient to step with
        if not losses:
            closure()
            self.optimizer.step()
        return losses[0]

    def _backward(self, loss: Any) -> float:
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1 or not loss.requires_grad:
            raise TypeError(
                f"the loss must be one number as a tensor that depends on the model's weights, not {loss!r}"
            )
        reached = list(leaves(loss))
        if any(id(leaf) in self.foreign for leaf in reached):
            for buffer, before in zip(self.originals.buffers(), self.buffers, strict=True):
                buffer.detach().copy_(before)  # batch norm has counted a batch
            raise ValueError(
                "the loss must not use the original model, for a copy is trained: give batch=, a function of "
                "(model, batch) that returns the loss; it gets the copy as its model"
            )
        strangers = any(id(leaf) not in self.own for leaf in reached)  # of the reader's: they get no gradient
        loss.backward(inputs=[leaf for leaf in reached if id(leaf) in self.own] if strangers else None)
        return float(loss.item())


def pair_loss(loss: Callable[[Any, Any], torch.Tensor] | None, model: torch.nn.Module, batch: Any) -> torch.Tensor:
    """How a batch (x, y) becomes a loss: loss(model(x), y), with cross-entropy where loss is None.

    Raises TypeError for batches of another form and for other outputs than cross-entropy takes; it shows what to pass.

    >>> pair_loss(torch.nn.functional.mse_loss, torch.nn.Identity(), (torch.zeros(2), torch.ones(2)))
    tensor(1.)
    """
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        form, example = described(batch)
        raise TypeError(
            f"data must give batches (x, y), not {form}. For batches of another form pass batch=, a function of "
            f"(model, batch) that returns the loss, such as batch=lambda model, batch: {example}"
        )
    x, y = batch
    out = model(x)
    if loss is None and not isinstance(out, torch.Tensor):
        raise TypeError(
            f"model must return one tensor for cross-entropy, not a {type(out).__name__}. For other outputs pass "
            "batch=, a function of (model, batch) that returns the loss, such as "
            "batch=lambda model, batch: cross_entropy(model(batch[0])[0], batch[1])"
        )
    return (loss or cross_entropy)(out, y)


def described(batch: Any) -> tuple[str, str]:
    """The form of a batch, and how its loss might be had.

    >>> described({"image": 1, "label": 2})
    ("a dict with 'image' and 'label'", "cross_entropy(model(batch['image']), batch['label'])")
    >>> described((1, 2, 3))
    ('a tuple of 3', 'cross_entropy(model(batch[0], batch[1]), batch[2])')
    """
    name = type(batch).__name__
    if isinstance(batch, Mapping) and batch:
        *inputs, target = batch
        called = f"cross_entropy(model({', '.join(f'batch[{key!r}]' for key in inputs)}), batch[{target!r}])"
        return (
            f"a {name} with {' and '.join(map(repr, batch))}",
            called if inputs else f"model(batch[{target!r}]).mean()",
        )
    if isinstance(batch, tuple | list) and len(batch) > 2:
        first = ", ".join(f"batch[{i}]" for i in range(len(batch) - 1))
        return f"a {name} of {len(batch)}", f"cross_entropy(model({first}), batch[{len(batch) - 1}])"
    shape = f" of shape {tuple(batch.shape)}" if hasattr(batch, "shape") else ""
    return f"a {name}{shape}" + (f" of {len(batch)}" if isinstance(batch, tuple | list) else ""), "model(batch).mean()"


def moved(part: Any, parameter: torch.Tensor) -> Any:
    """A batch with its tensors on the parameter's device; arrays become tensors, of the parameter's dtype if floats.

    >>> moved({"x": [np.ones(2), "name"]}, torch.zeros(1))
    {'x': [tensor([1., 1.]), 'name']}
    """
    if isinstance(part, np.ndarray) and part.dtype.kind in "biuf":
        tensor = torch.as_tensor(part)
        return tensor.to(parameter.device, parameter.dtype if part.dtype.kind == "f" else tensor.dtype)
    if hasattr(part, "to"):
        return part.to(parameter.device)
    if isinstance(part, dict):
        twin = copy.copy(part)  # whatever kind of dict it is
        twin.update((key, moved(value, parameter)) for key, value in part.items())
        return twin
    if isinstance(part, tuple) and hasattr(part, "_fields"):
        return type(part)(*(moved(value, parameter) for value in part))
    if isinstance(part, tuple | list):
        return type(part)(moved(value, parameter) for value in part)
    return part


def leaves(loss: torch.Tensor) -> Iterator[torch.Tensor]:
    """The tensors into which loss.backward() would write a gradient.

    >>> w = torch.ones(2, requires_grad=True)
    >>> [leaf is w for leaf in leaves((w * w.detach()).sum())]
    [True]
    """
    if loss.grad_fn is None:
        yield loss
    seen: set[Any] = set()
    waiting: list[Any] = [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if type(node).__name__ == "AccumulateGrad":
            yield node.variable
        waiting.extend(following for following, _ in node.next_functions)


def copied_optimizer(optimizer: torch.optim.Optimizer, memo: dict[int, Any]) -> torch.optim.Optimizer:
    """A copy with all that the optimizer holds: torch's own keeps groups and state alone, and LBFGS holds more.

    Hooks, and the step that a torch scheduler has put in place of the class's, stay with the original.

    >>> w = torch.nn.Parameter(torch.ones(1))
    >>> memo = {}
    >>> twin = copy.deepcopy(w, memo)
    >>> copied_optimizer(torch.optim.LBFGS([w]), memo)._params[0] is twin
    True
    """
    twin = type(optimizer).__new__(type(optimizer))
    memo[id(optimizer)] = twin
    held = {name: value for name, value in vars(optimizer).items() if name != "step" and not name.endswith("_hooks")}
    for value in held.values():
        if isinstance(value, torch.optim.Optimizer) and id(value) not in memo:
            copied_optimizer(value, memo)
    twin.__setstate__(copy.deepcopy(held, memo))
    return twin


def lr_ratios(groups: list[dict[str, Any]]) -> list[float]:
    """Every group's LR as a share of the first that is not 0; where all are 0 now, of what a schedule began with.

    >>> lr_ratios([{"lr": 0.0}, {"lr": 0.2}, {"lr": 0.1}])
    [0.0, 1.0, 0.5]
    >>> lr_ratios([{"lr": 0.0, "initial_lr": 0.1}, {"lr": 0.0, "initial_lr": 0.3}])
    [1.0, 2.9999999999999996]
    >>> lr_ratios([{"lr": 0.0}, {"lr": 0.0}])
    [1.0, 1.0]
    """
    lrs = [real("the optimizer's lr", group["lr"], at_least=0) for group in groups]
    if not any(lrs):
        lrs = [float(group.get("initial_lr", 0.0)) for group in groups]
    first = next((lr for lr in lrs if lr), None)
    return [1.0 if first is None else lr / first for lr in lrs]


def set_lr(group: dict[str, Any], lr: float) -> None:
    """Set a group's LR; one that is a tensor stays one, a new one, for two groups may share the old.

    >>> group = {"lr": torch.tensor(1.0)}
    >>> set_lr(group, 0.5)
    >>> group
    {'lr': tensor(0.5000)}
    """
    old = group["lr"]
    if isinstance(old, torch.Tensor):
        dtype = old.dtype if old.is_floating_point() else torch.get_default_dtype()
        group["lr"] = torch.full_like(old, lr, dtype=dtype)
    else:
        group["lr"] = lr
