"""The optimizers of a race: torch's formulas, with an LR and a momentum of its own for every lane.

Every update changes the parameter and its state in place. Shapes: parameter and gradient (lanes, n); lr, momentum and
adam_lr, the LR with Adam's correction of the mean, (lanes, 1). step counts from 1.
"""

import torch


def sgd(parameter, gradient, state, step, lr, momentum, adam_lr):
    """torch.optim.SGD; a lane whose momentum is 0 takes the gradient and leaves its buffer alone, as torch does.

    >>> parameter, lr, momentum = torch.ones(2, 1), torch.tensor([[0.1], [0.5]]), torch.tensor([[0.0], [0.9]])
    >>> state = {}
    >>> for step in [1, 2]:
    ...     sgd(parameter, torch.ones(2, 1), state, step, lr, momentum, None)
    >>> parameter
    tensor([[ 0.8000],
            [-0.4500]])
    """
    if not state:
        state["buffer"] = torch.zeros_like(parameter)
    buffer = state["buffer"]
    moved = buffer.mul(momentum).add_(gradient)
    buffer.copy_(torch.where(momentum == 0, buffer, moved))
    parameter.addcmul_(moved, lr, value=-1)


def sgd_without_momentum(parameter, gradient, state, step, lr, momentum, adam_lr):
    """torch.optim.SGD where no lane has momentum: nothing to remember.

    >>> parameter, lr = torch.ones(2, 1), torch.tensor([[0.1], [0.5]])
    >>> sgd_without_momentum(parameter, torch.ones(2, 1), {}, 1, lr, None, None)
    >>> parameter
    tensor([[0.9000],
            [0.5000]])
    """
    parameter.addcmul_(gradient, lr, value=-1)


def adam(parameter, gradient, state, step, lr, momentum, adam_lr, beta2=0.999, eps=1e-8):
    """torch.optim.Adam; momentum is beta1 (Kingma & Ba, 2015, arXiv:1412.6980).

    >>> parameter, lr, beta1 = torch.ones(2, 1), torch.tensor([[0.1], [0.5]]), torch.full((2, 1), 0.9)
    >>> adam(parameter, torch.full((2, 1), 7.0), {}, 1, lr, beta1, lr / (1 - beta1))
    >>> parameter
    tensor([[0.9000],
            [0.5000]])
    """
    if not state:
        state["mean"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
    mean, square = state["mean"], state["square"]
    mean.lerp_(gradient, 1 - momentum)
    square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    denominator = square.sqrt().div_((1 - beta2**step) ** 0.5).add_(eps)
    parameter.addcdiv_(mean * adam_lr, denominator, value=-1)


def adamw(parameter, gradient, state, step, lr, momentum, adam_lr, weight_decay=0.01):
    """torch.optim.AdamW: Adam, after a decay of the weights by lr * weight_decay.

    Loshchilov & Hutter, 2019 (arXiv:1711.05101).

    >>> parameter, lr, beta1 = torch.ones(2, 1), torch.tensor([[0.1], [0.5]]), torch.full((2, 1), 0.9)
    >>> adamw(parameter, torch.full((2, 1), 7.0), {}, 1, lr, beta1, lr / (1 - beta1))
    >>> parameter
    tensor([[0.8990],
            [0.4950]])
    """
    parameter.mul_(1 - lr * weight_decay)
    adam(parameter, gradient, state, step, lr, momentum, adam_lr)


OPTIMIZERS = {  # the update, and what its parameter groups hold beside the LR
    "sgd": (sgd, {"momentum": 0.0}),
    "momentum": (sgd, {"momentum": 0.9}),
    "adam": (adam, {"betas": (0.9, 0.999)}),
    "adamw": (adamw, {"betas": (0.9, 0.999), "weight_decay": 0.01}),
}
