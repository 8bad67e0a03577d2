"""What an optimizer does, tried out on one weight: does it heed its LR at all, and what does it count?"""

import copy
import sys
from collections import defaultdict
from contextlib import suppress
from types import FunctionType
from typing import Any

from lrcourse.preview.copies import plain_attributes


def ignores_lr(optimizer: Any) -> str | None:
    """A sentence if the optimizer's updates are the same whatever a scheduler writes; None if not, or if none knows.

    torch's Rprop reads the LR once, at its first update; transformers' Adafactor with relative_step=True never does.
    Both take a schedule without a word. The weight that is moved here is the double's own.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(optimizer, torch.optim.Optimizer):
        return None
    with suppress(Exception):  # one that wants a closure, a matrix or a GPU is not judged
        same, halved = (_moves(torch, optimizer, factor) for factor in (1.0, 0.5))
        if same[0] and same == halved:
            own = any(group.get("relative_step") for group in optimizer.param_groups)
            words = f"The LR is ignored: {type(optimizer).__name__} moves a weight alike whatever LR a scheduler writes"
            return words + (" (relative_step=True)." if own else " after its first update.")
    return None


def _moves(torch: Any, optimizer: Any, factor: float) -> list[float]:
    """How a weight moves in two updates and, once the LR has been multiplied, in two more."""
    kind: Any = type(optimizer)
    twin = kind.__new__(kind)
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    group = {key: copy.copy(value) for key, value in optimizer.param_groups[0].items() if key != "params"}
    group |= {"lr": 0.1, **{key: False for key in ("fused", "capturable", "foreach") if key in group}}
    groups = [{"params": [weight], **group}]
    twin.__setstate__({"defaults": dict(optimizer.defaults), "state": defaultdict(dict), "param_groups": groups})
    vars(twin).update(plain_attributes(optimizer))
    moves = []
    for t in range(4):
        if t == 2:
            twin.param_groups[0]["lr"] = twin.param_groups[0]["lr"] * factor
        before = weight.item()
        weight.grad = torch.full_like(weight, 0.5)
        twin.step()
        moves.append(weight.item() - before)
    return moves


def reads_state(scheduler: Any) -> bool:
    """Whether a scheduler of one's own looks at optimizer.state, where optimizers count their updates."""
    own = [kind for kind in type(scheduler).__mro__ if not kind.__module__.startswith(("torch.", "builtins"))]
    methods = [value for kind in own for value in vars(kind).values() if isinstance(value, FunctionType)]
    return any("state" in method.__code__.co_names for method in methods)


def updated(twin: Any) -> bool:
    """Do an update on a double, with a gradient of 0; whether it can be done."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(twin, torch.optim.Optimizer):
        return False
    held = [group["lr"] for group in twin.param_groups]
    with suppress(Exception):  # one that wants a closure, a matrix or a GPU
        for group in twin.param_groups:
            group["params"][0].grad = torch.zeros_like(group["params"][0])
        twin.step()
        for group, lr in zip(twin.param_groups, held, strict=True):
            group["lr"] = lr
        return True
    return False
