"""Optimizers that average: Lookahead around another one, Ranger, and schedule-free learning."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from lrcourse.arguments import real, whole
from lrcourse.optimizers.rules import (
    Betas,
    Closure,
    Group,
    Optimizer,
    RAdam,
    State,
    count_step,
    running_average,
)


class Lookahead(torch.optim.Optimizer):
    """k fast steps of any torch optimizer, then a slow step: back to the fraction alpha of the way gone.

    Zhang et al., 2019 (arXiv:1907.08610). Groups are shared with the inner optimizer: a scheduler may drive either.

    >>> from lrcourse.optimizers import SGD
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = Lookahead(torch.optim.SGD([w], lr=0.1), k=2, alpha=0.5)
    >>> for _ in range(2):
    ...     w.grad = torch.tensor([1.0])
    ...     optimizer.step()
    >>> round(w.item(), 3)  # two fast steps to 0.8, then back to the middle
    0.9
    """

    def __init__(self, optimizer: torch.optim.Optimizer, k: int = 5, alpha: float = 0.5) -> None:
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise TypeError(f"optimizer must be a torch optimizer, not {optimizer!r}")
        self.optimizer, self.k = optimizer, whole("k", k, at_least=1)
        self.alpha = real("alpha", alpha, at_least=0, at_most=1)
        super().__init__(optimizer.param_groups, optimizer.defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """One fast step, after every k-th the slow one; with a closure, return its loss."""
        states = [(param, self.state[param]) for group in self.param_groups for param in group["params"]]
        for param, state in states:
            if "slow" not in state:
                state["slow"] = param.clone()
        loss = self.optimizer.step(closure)
        for param, state in states:
            if count_step(state) % self.k == 0:
                param.copy_(state["slow"].lerp_(param, self.alpha))
        return loss

    def add_param_group(self, param_group: Group) -> None:
        if all(group is not param_group for group in self.optimizer.param_groups):
            self.optimizer.add_param_group(param_group)
        super().add_param_group(param_group)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(state_dict["optimizer"])
        super().load_state_dict(state_dict)
        self.param_groups = list(self.optimizer.param_groups)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "optimizer": self.optimizer, "k": self.k, "alpha": self.alpha}


class Ranger(Lookahead):
    """Lookahead around RAdam, with Ranger's own defaults (Wright, 2019): an optimizer, not a schedule.

    The first version of Ranger: the gradient centralization of 2020 is left out. Its author wants a flat LR that
    falls at the end of training (flat_cosine), since one LR throughout ends too high.

    >>> optimizer = Ranger([torch.zeros(3, requires_grad=True)])
    >>> optimizer.k, optimizer.param_groups[0]["betas"], optimizer.param_groups[0]["lr"]
    (6, (0.95, 0.999), 0.001)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        betas: Betas = (0.95, 0.999),
        eps: float = 1e-5,
        weight_decay: float = 0.0,
        *,
        k: int = 6,
        alpha: float = 0.5,
    ) -> None:
        super().__init__(RAdam(params, lr, betas, eps, weight_decay, decoupled_weight_decay=True), k, alpha)


class ScheduleFree(Optimizer):
    """What the two schedule-free optimizers share: three sequences in place of a schedule (arXiv:2405.15682).

    z takes the steps, x averages the z, and the gradient is taken at y, between them:

        y = (1 - beta) * z + beta * x,   z = z - lr * direction(y),   x = (1 - c) * x + c * z

    with c = lr_max**2 / the sum of all lr_max**2 so far, where lr_max is the largest LR so far, as in the authors'
    package schedulefree (version 1.4.1): at a constant LR x is the mean of all z, in a warmup later z count for more,
    and under a decaying LR all count alike. In train mode, as at the start, the parameters hold y; eval() puts x into
    them, the weights to evaluate and to keep; train() goes back to y. Raises RuntimeError if step() is called in eval
    mode.
    """

    def __init__(self, params: ParamsT, defaults: Group) -> None:
        super().__init__(params, {**defaults, "train_mode": True, "k": 0, "lr_max": 0.0, "weight_sum": 0.0})

    @torch.no_grad()
    def train(self) -> None:
        """Put y into the parameters, to take gradients there."""
        for param, state, group in self._switch(train_mode=True):
            param.copy_(torch.lerp(state["z"], state["x"], share(group)))

    @torch.no_grad()
    def eval(self) -> None:
        """Put the average x into the parameters, to evaluate or save it."""
        for param, state, _ in self._switch(train_mode=False):
            param.copy_(state["x"])

    def _switch(self, train_mode: bool) -> Iterator[tuple[Tensor, State, Group]]:
        for group in self.param_groups:
            if group["train_mode"] != train_mode:
                group["train_mode"] = train_mode
                yield from ((param, self.state[param], group) for param in group["params"] if "z" in self.state[param])

    def step(self, closure: Closure | None = None) -> Any:
        """One step of z, x and y; with a closure, first call it and return its loss."""
        if not all(group["train_mode"] for group in self.param_groups):
            raise RuntimeError("the parameters hold the average: call optimizer.train() before the next training step")
        for group in self.param_groups:
            advance(group)
        return super().step(closure)

    def move(self, param: Tensor, direction: Tensor, state: State, group: Group) -> None:
        """Let z take the step, x average it with weight lr_max**2, and put y into the parameter."""
        if "z" not in state:
            state.update(z=param.clone(), x=param.clone())
        state["z"].sub_(group["scheduled_lr"] * direction)
        if group["weight_sum"]:
            state["x"].lerp_(state["z"], group["lr_max"] ** 2 / group["weight_sum"])
        param.copy_(torch.lerp(state["z"], state["x"], share(group)))


def advance(group: Group) -> None:
    """Count a step of the group: its LR with the warmup in it, the largest so far, and the sum of all weights."""
    group["k"] += 1
    group["scheduled_lr"] = group["lr"] * min(1, group["k"] / max(1, group["warmup_steps"]))
    group["lr_max"] = max(group["lr_max"], group["scheduled_lr"])
    group["weight_sum"] += group["lr_max"] ** 2


def share(group: Group) -> float:
    """The share of the average x in y: the momentum, or Adam's first beta."""
    return float(group["betas"][0] if "betas" in group else group["momentum"])


class ScheduleFreeSGD(ScheduleFree):
    """SGD that averages its weights in place of decaying its LR (Defazio et al., 2024, arXiv:2405.15682).

    momentum is the share of x in y. Wants a much larger LR than SGD with momentum; call eval() before you evaluate.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = ScheduleFreeSGD([w], lr=0.1)
    >>> for gradient in (1.0, 2.0):
    ...     w.grad = torch.tensor([gradient])
    ...     optimizer.step()
    >>> optimizer.eval()
    >>> round(w.item(), 3)  # z went to 0.9, then 0.7: their average
    0.8
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1.0,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "warmup_steps": warmup_steps}
        super().__init__(params, defaults)

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        self.move(param, grad, state, group)


class ScheduleFreeAdamW(ScheduleFree):
    """AdamW that averages its weights in place of decaying its LR (Defazio et al., 2024, arXiv:2405.15682).

    betas[0] is the share of x in y. Call eval() before you evaluate or save, train() before you go on.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = ScheduleFreeAdamW([w], lr=0.1)
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> optimizer.eval()
    >>> round(w.item(), 3)
    0.9
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 0.0025,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        warmup_steps: int = 0,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "warmup_steps": warmup_steps}
        super().__init__(params, defaults)

    def decay(self, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        return grad

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        beta2 = group["betas"][1]
        square = running_average(state, "exp_avg_sq", grad**2, beta2) / (1 - beta2 ** group["k"])
        direction = grad / (square.sqrt() + group["eps"]) + group["weight_decay"] * param
        self.move(param, direction, state, group)
