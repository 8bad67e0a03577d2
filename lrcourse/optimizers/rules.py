"""The rules of the optimizers: SGD, Adagrad, RMSprop, Adam, AdamW, RAdam.

A rule is a method update(param, grad, state, group) that changes param.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from lrcourse.arguments import flag, real, whole

State = dict[str, Any]  # of one parameter
Group = dict[str, Any]  # of parameters, with the values that they share
Betas = tuple[float, float]
Closure = Callable[[], Any]  # computes the loss and its gradients anew


def check(name: str, value: Any) -> Any:
    """A group's value, checked if its name is one that the optimizers here know."""
    if name in ("lr", "lr_decay", "weight_decay", "eps"):
        return real(name, value, at_least=0)
    if name in ("momentum", "alpha", "betas[0]", "betas[1]"):
        return real(name, value, at_least=0, below=1)
    if name in ("nesterov", "decoupled_weight_decay"):
        return flag(name, value)
    if name == "warmup_steps":
        return whole(name, value, at_least=0)
    if name == "betas":
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise ValueError(f"betas must be a pair such as (0.9, 0.999), not {value!r}")
        return tuple(check(f"betas[{i}]", beta) for i, beta in enumerate(value))
    return value


class Optimizer(torch.optim.Optimizer):
    """What all optimizers here share: the loop over the parameters, weight decay, and checks of every group's values.

    Raises TypeError or ValueError that names the argument, also for the values of a group added later.
    """

    def add_param_group(self, param_group: Group) -> None:
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, not {param_group!r}")
        values = {name: check(name, value) for name, value in {**self.defaults, **param_group}.items()}
        if values.get("nesterov") and not values["momentum"]:
            raise ValueError("nesterov=True needs a momentum above 0, not 0")
        param_group.update(values)
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Change every parameter that has a gradient; with a closure, first call it and return its loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    self.update(param, self.decay(param, param.grad, group), self.state[param], group)
        return loss

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        """The rule: change param, given its gradient with the weight decay in it."""
        raise NotImplementedError

    def decay(self, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        """Weight decay: added to the gradient (L2), or decoupled from it (Loshchilov & Hutter, 2019, arXiv:1711.05101).

        Decoupled, the weights shrink by the factor 1 - lr * weight_decay, so a schedule scales the decay as well.
        """
        if group.get("decoupled_weight_decay"):
            param.mul_(1 - group["lr"] * group["weight_decay"])
            return grad
        return grad.add(param, alpha=group["weight_decay"])


def buffer(state: dict[str, Tensor], name: str, like: Tensor) -> Tensor:
    """The tensor of that name in a parameter's state, made of zeros when first asked for."""
    if name not in state:
        state[name] = torch.zeros_like(like)
    return state[name]


def running_average(state: dict[str, Tensor], name: str, value: Tensor, beta: float) -> Tensor:
    """The average of that name in a parameter's state, brought up to date: beta of the old, 1 - beta of the value."""
    return buffer(state, name, value).mul_(beta).add_((1 - beta) * value)


def count_step(state: dict[str, int]) -> int:
    """Count this update in a parameter's state; the first one is 1."""
    state["step"] = state.get("step", 0) + 1
    return state["step"]


class SGD(Optimizer):
    """Gradient descent, with momentum (Polyak, 1964) or Nesterov's look ahead (Sutskever et al., 2013).

    As in torch the momentum buffer is a sum, not an average: on a steady slope the steps grow to lr / (1 - momentum).

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 3)
    0.8
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay})

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        momentum = group["momentum"]
        if momentum:
            velocity = buffer(state, "momentum_buffer", param)
            velocity.mul_(momentum).add_(grad)
            grad = grad + momentum * velocity if group["nesterov"] else velocity
        param.sub_(group["lr"] * grad)


class Adagrad(Optimizer):
    """Each weight's LR is divided by the root of the sum of its squared gradients so far (Duchi et al., 2011).

    The sum never shrinks, so the steps do: Adagrad carries a decaying schedule within it. lr_decay adds a second one.

    >>> w = torch.tensor([1.0, 100.0], requires_grad=True)
    >>> optimizer = Adagrad([w], lr=0.1)
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> [round(x, 3) for x in w.tolist()]
    [0.9, 99.9]
    """

    def __init__(
        self, params: ParamsT, lr: float = 1e-2, *, lr_decay: float = 0.0, weight_decay: float = 0.0, eps: float = 1e-10
    ) -> None:
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay, "eps": eps})

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        total = buffer(state, "sum", param).add_(grad**2)
        lr = group["lr"] / (1 + (count_step(state) - 1) * group["lr_decay"])
        param.sub_(lr * grad / (total.sqrt() + group["eps"]))


class RMSprop(Optimizer):
    """Adagrad with a memory that fades: a running average of the squared gradients (Tieleman & Hinton, 2012).

    >>> w = torch.tensor([1.0, 100.0], requires_grad=True)
    >>> optimizer = RMSprop([w], lr=0.01)
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> [round(x, 3) for x in w.tolist()]
    [0.9, 99.9]
    """

    def __init__(
        self, params: ParamsT, lr: float = 1e-2, *, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay})

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        square_avg = running_average(state, "square_avg", grad**2, group["alpha"])
        param.sub_(group["lr"] * grad / (square_avg.sqrt() + group["eps"]))


class Adam(Optimizer):
    """The average gradient over the root of the average squared gradient (Kingma & Ba, 2015, arXiv:1412.6980).

    Both averages start at 0; dividing by 1 - beta**t takes that bias out. The first step is lr * sign(gradient).

    >>> w = torch.tensor([1.0, 100.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> [round(x, 3) for x in w.tolist()]
    [0.9, 99.9]
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "decoupled_weight_decay": decoupled_weight_decay})

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        t, (beta1, beta2) = count_step(state), group["betas"]
        exp_avg = running_average(state, "exp_avg", grad, beta1)
        exp_avg_sq = running_average(state, "exp_avg_sq", grad**2, beta2)
        mean = exp_avg / (1 - beta1**t)
        square = exp_avg_sq / (1 - beta2**t)
        param.sub_(group["lr"] * mean / (square.sqrt() + group["eps"]))


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019, arXiv:1711.05101).

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (0 * w).sum().backward()  # no slope at all: only the decay moves the weight
    >>> optimizer.step()
    >>> round(w.item(), 3)
    0.95
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, decoupled_weight_decay=True)


class RAdam(Adam):
    """Adam that trusts its average square only once it has seen enough gradients (Liu et al., 2020, arXiv:1908.03265).

    For the first steps (five of them with beta2 = 0.999) it is plain momentum; then a factor grows towards 1.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = RAdam([w], lr=0.1)
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 3)
    0.8
    """

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        t, (beta1, beta2) = count_step(state), group["betas"]
        exp_avg = running_average(state, "exp_avg", grad, beta1)
        exp_avg_sq = running_average(state, "exp_avg_sq", grad**2, beta2)
        step = exp_avg / (1 - beta1**t)
        factor = rectification(t, beta2)
        if factor:
            step = step * (factor * math.sqrt(1 - beta2**t) / (exp_avg_sq.sqrt() + group["eps"]))
        param.sub_(group["lr"] * step)


def rectification(t: int, beta2: float) -> float:
    """RAdam's factor at step t (from 1): 0 while the average square rests on too few gradients, later towards 1.

    >>> [round(rectification(t, beta2=0.999), 3) for t in (5, 6, 100, 1000, 5000)]
    [0.0, 0.026, 0.215, 0.645, 0.983]
    """
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * t * beta2**t / (1 - beta2**t)
    if length <= 5:
        return 0.0
    return math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
