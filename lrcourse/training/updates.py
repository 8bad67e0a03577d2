"""The optimizers of a race: torch's formulas, with an LR and a momentum of its own for every lane.

Every update changes the parameter and its state in place: a fresh tensor at every step would cost more than the
arithmetic. Shapes: parameter, gradient and the tensors in state (lanes, n), the state zeros at first; lr, momentum,
adam_lr and adam_eps, of which `rates` makes the last two, (lanes, 1).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Update = Callable[[Tensor, Tensor, Sequence[Tensor], Tensor, Tensor, Tensor, Tensor], None]

BETA2, EPS, WEIGHT_DECAY = 0.999, 1e-8, 0.01  # torch's defaults


def sgd(
    parameter: Tensor,
    gradient: Tensor,
    state: Sequence[Tensor],
    lr: Tensor,
    momentum: Any,
    adam_lr: Any,
    adam_eps: Any,
) -> None:
    """torch.optim.SGD with momentum (Sutskever et al., 2013) in every lane.

    >>> parameter, lr, momentum = torch.ones(2, 1), torch.tensor([[0.1], [0.5]]), torch.tensor([[0.5], [0.9]])
    >>> buffer = torch.zeros(2, 1)
    >>> for step in [1, 2]:
    ...     sgd(parameter, torch.ones(2, 1), [buffer], lr, momentum, None, None)
    >>> parameter
    tensor([[ 0.7500],
            [-0.4500]])
    """
    (buffer,) = state
    buffer.mul_(momentum).add_(gradient)
    parameter.addcmul_(buffer, lr, value=-1)


def sgd_with_and_without_momentum(
    parameter: Tensor,
    gradient: Tensor,
    state: Sequence[Tensor],
    lr: Tensor,
    momentum: Any,
    adam_lr: Any,
    adam_eps: Any,
) -> None:
    """torch.optim.SGD; a lane whose momentum is 0 takes the gradient and leaves its buffer alone, as torch does.

    >>> parameter, lr, momentum = torch.ones(2, 1), torch.tensor([[0.1], [0.5]]), torch.tensor([[0.0], [0.9]])
    >>> buffer = torch.zeros(2, 1)
    >>> for step in [1, 2]:
    ...     sgd_with_and_without_momentum(parameter, torch.ones(2, 1), [buffer], lr, momentum, None, None)
    >>> parameter
    tensor([[ 0.8000],
            [-0.4500]])
    """
    (buffer,) = state
    moved = buffer.mul(momentum).add_(gradient)
    buffer.copy_(torch.where(momentum == 0, buffer, moved))
    parameter.addcmul_(moved, lr, value=-1)


def sgd_without_momentum(
    parameter: Tensor,
    gradient: Tensor,
    state: Sequence[Tensor],
    lr: Tensor,
    momentum: Any,
    adam_lr: Any,
    adam_eps: Any,
) -> None:
    """torch.optim.SGD where no lane has momentum: nothing to remember.

    >>> parameter, lr = torch.ones(2, 1), torch.tensor([[0.1], [0.5]])
    >>> sgd_without_momentum(parameter, torch.ones(2, 1), [], lr, None, None, None)
    >>> parameter
    tensor([[0.9000],
            [0.5000]])
    """
    parameter.addcmul_(gradient, lr, value=-1)


def plainest(update: Update, momentum: NDArray[np.float64]) -> Update:
    """The update, or the kind of SGD that is enough for these momenta.

    >>> plainest(sgd, np.array([0.9, 0.0])).__name__
    'sgd_with_and_without_momentum'
    """
    if update is not sgd or momentum.all():
        return update
    return sgd_with_and_without_momentum if momentum.any() else sgd_without_momentum


def adam(
    parameter: Tensor,
    gradient: Tensor,
    state: Sequence[Tensor],
    lr: Tensor,
    momentum: Any,
    adam_lr: Any,
    adam_eps: Any,
) -> None:
    """torch.optim.Adam; momentum is beta1 (Kingma & Ba, 2015, arXiv:1412.6980; the order of section 2's end).

    >>> parameter, now = torch.ones(2, 1), rates(np.array([[0.1, 0.5]]), np.array([[0.9, 0.9]]))[0]
    >>> adam(parameter, torch.full((2, 1), 7.0), [torch.zeros(2, 1) for _ in range(3)], *torch.from_numpy(now).float())
    >>> parameter
    tensor([[0.9000],
            [0.5000]])
    """
    mean, square, change = state
    mean.lerp_(gradient, 1 - momentum)
    square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    torch.sqrt(square, out=change).add_(adam_eps)
    torch.div(mean, change, out=change)
    parameter.addcmul_(change, adam_lr, value=-1)


def adamw(
    parameter: Tensor,
    gradient: Tensor,
    state: Sequence[Tensor],
    lr: Tensor,
    momentum: Any,
    adam_lr: Any,
    adam_eps: Any,
) -> None:
    """torch.optim.AdamW: Adam, after a decay of the weights by lr * 0.01.

    Loshchilov & Hutter, 2019 (arXiv:1711.05101).

    >>> parameter, now = torch.ones(2, 1), rates(np.array([[0.1, 0.5]]), np.array([[0.9, 0.9]]))[0]
    >>> adamw(parameter, torch.full((2, 1), 7.0), [torch.zeros(2, 1) for _ in range(3)], *torch.from_numpy(now).float())
    >>> parameter
    tensor([[0.8990],
            [0.4950]])
    """
    parameter.mul_(1 - lr * WEIGHT_DECAY)
    adam(parameter, gradient, state, lr, momentum, adam_lr, adam_eps)


def rates(lr: NDArray[np.float64], momentum: NDArray[np.float64], first: int = 1) -> NDArray[np.float64]:
    """What the updates take at every step, shape (steps, 4, lanes, 1): LR, momentum, Adam's LR and Adam's epsilon.

    lr and momentum: arrays of shape (steps, lanes); first: the number of the first step, counted from 1. The last two
    hold Adam's bias corrections. SGD may have a momentum of 1, where Adam's LR is infinite and of no use.

    >>> rates(np.array([[0.1], [0.1]]), np.array([[0.9], [0.9]]))[:, 2, :, 0].round(4).tolist()
    [[0.0316], [0.0235]]
    """
    step = np.arange(first, first + len(lr))[:, None]
    second = np.sqrt(1 - BETA2**step)
    with np.errstate(divide="ignore", invalid="ignore"):
        adam_lr = lr / (1 - momentum**step) * second
    return np.stack([lr, momentum, adam_lr, np.broadcast_to(EPS * second, lr.shape)], axis=1)[..., None]


def of_all(update: Update, count: int) -> Callable[..., Tensor]:
    """The update of `count` parameters together: of their rates, then all parameters, gradients and states in turn.

    >>> parameters, gradients = torch.zeros(2, 1, 1), torch.ones(2, 1, 1)
    >>> _ = of_all(sgd_without_momentum, 2)(torch.full((4, 1, 1), 0.5), *parameters, *gradients)
    >>> parameters.flatten()
    tensor([-0.5000, -0.5000])
    """

    def step(rates: Tensor, *tensors: Tensor) -> Tensor:
        kinds, now = [tensors[start : start + count] for start in range(0, len(tensors), count)], rates.unbind()
        for parameter, gradient, *state in zip(*kinds, strict=True):
            update(parameter, gradient.reshape(parameter.shape), state, *now)
        return rates

    return step


OPTIMIZERS: dict[
    str, tuple[Update, int, dict[str, Any]]
] = {  # the update, how many tensors it keeps for each parameter, and what its groups hold beside the LR
    "sgd": (sgd, 1, {"momentum": 0.0}),
    "momentum": (sgd, 1, {"momentum": 0.9}),
    "adam": (adam, 3, {"betas": (0.9, BETA2)}),
    "adamw": (adamw, 3, {"betas": (0.9, BETA2), "weight_decay": WEIGHT_DECAY}),
}
