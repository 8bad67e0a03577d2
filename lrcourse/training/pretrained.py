"""Small networks that have been trained on MNIST, for fine-tuning on the digits without a download.

lrcourse.workshop.pretraining made the file; it says how. MNIST: LeCun and others, 1998.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch

from lrcourse.arguments import whole

FILE = Path(__file__).with_name("pretrained.npz")
SIZES = (64, 64, 64, 10)
COUNT = 5
LR = 0.004  # the peak of Adam's LR in the pretraining


def network() -> torch.nn.Sequential:
    """A new network of 64, 64, 64 and 10 units.

    >>> sum(parameter.numel() for parameter in network().parameters())
    8970
    """
    layers: list[torch.nn.Module] = []
    for inputs, outputs in zip(SIZES, SIZES[1:], strict=False):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def pretrained(number: int = 0) -> torch.nn.Sequential:
    """The network of `network`, its two hidden layers from MNIST at 8 x 8 pixels, its last layer new.

    number: which of the five pretraining runs, counted from 0; more start again from the first. Raises ValueError for
    one below 0.

    >>> from lrcourse.training import build
    >>> one, other = build(pretrained, seed=0), build(pretrained, seed=1)
    >>> [bool((a == b).all()) for a, b in zip(one.parameters(), other.parameters())]
    [True, True, True, True, False, False]
    """
    number = whole("number", number, at_least=0) % COUNT
    model = network()
    with torch.no_grad():
        for name, parameter in list(model.named_parameters())[:-2]:
            parameter.copy_(_kept()[name][number])
    return model


@cache
def _kept() -> dict[str, torch.Tensor]:
    """Read once: a claim starts a network for every seed."""
    with np.load(FILE) as kept:
        return {name: torch.from_numpy(kept[name].astype("float32")) for name in kept.files}
