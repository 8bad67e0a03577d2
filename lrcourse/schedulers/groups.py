"""The optimizer's parameter groups: what a scheduler reads there and writes there."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from lrcourse.arguments import real

Group = dict[str, Any]
T = TypeVar("T")


class Optimizer(Protocol):
    """What a scheduler needs of an optimizer: the groups, each a dict with an "lr"."""

    param_groups: list[Group]


def param_groups(optimizer: Optimizer) -> list[Group]:
    """The optimizer's groups. Raises TypeError where there are none, ValueError for none with an LR."""
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, list):
        raise TypeError(f"optimizer must have param_groups, a list of dicts with an 'lr', not {optimizer!r}")
    if not groups or not all(isinstance(group, dict) and "lr" in group for group in groups):
        raise ValueError(f"optimizer.param_groups must be a list of dicts with an 'lr', at least one, not {groups!r}")
    return groups


def pick(name: str, values: Any, i: int, optimizer: Optimizer) -> Any:
    """Group i's own value where values is a list (an array, a tensor) of one a group, else values itself."""
    if getattr(values, "ndim", 0) == 1 and len(values) > 1:
        values = values.tolist()
    if not isinstance(values, list | tuple):
        return values
    groups = len(optimizer.param_groups)
    if len(values) != groups:
        raise ValueError(f"{name} must be one value or a list of {groups}, one a parameter group, not {values!r}")
    return values[i]


def one_a_group(name: str, values: T | Sequence[T], optimizer: Optimizer) -> list[T]:
    """A list of one value a group, from such a list or from one value for all."""
    return [pick(name, values, i, optimizer) for i in range(len(param_groups(optimizer)))]


def for_all(values: Sequence[T]) -> T | list[T]:
    """The one value that stands for all groups, where they have one, else the list."""
    return values[0] if all(value is values[0] or value == values[0] for value in values) else list(values)


def own_lr(group: Group, i: int) -> float:
    """The LR that group i had before any scheduler."""
    return real(f"param_groups[{i}]['lr']", group.get("initial_lr", group["lr"]), at_least=0)


def own_scale(group: Group, i: int) -> float:
    """The factor of group i's own on every LR that is written there, its "lr_scale"; 1 where it has none."""
    return real(f"param_groups[{i}]['lr_scale']", group.get("lr_scale", 1.0), at_least=0)


def own_tensor(group: Group, before: list[Group]) -> None:
    """Where the LR is a tensor, give the group one that can hold any LR and that no group before it has."""
    lr = group["lr"]
    if hasattr(lr, "fill_"):
        if not lr.is_floating_point():
            group["lr"] = lr + 0.0
        elif any(other["lr"] is lr for other in before):
            group["lr"] = lr.detach().clone()


def write(group: Group, key: str, value: float) -> None:
    """Set one number of the group; a tensor is filled, so that it stays the same tensor.

    "beta1" and "beta2" are the two numbers in "betas".

    >>> group = {"lr": 0.1, "betas": (0.9, 0.999)}
    >>> write(group, "beta2", 0.95)
    >>> group
    {'lr': 0.1, 'betas': (0.9, 0.95)}
    """
    old: Any = group["betas"][key == "beta2"] if key in ("beta1", "beta2") else group.get(key)
    if hasattr(old, "fill_"):
        old.fill_(value)
    elif key == "beta1":
        group["betas"] = (value, *group["betas"][1:])
    elif key == "beta2":
        group["betas"] = (group["betas"][0], value, *group["betas"][2:])
    else:
        group[key] = value


def momentum_key(group: Group) -> str | None:
    """Where the group keeps its momentum: Adam's beta1 where it has "betas", else SGD's "momentum"."""
    return "beta1" if "betas" in group else "momentum" if "momentum" in group else None
