"""The convolutional network that the lessons share."""

import math

from torch import nn

from lrcourse.arguments import whole


def convolutional(pixels: int) -> nn.Sequential:
    """A small network of two convolutions for grey square pictures of ten classes, each picture a row of its pixels.

    Strides halve the side twice, and no pooling follows: under torch.func.vmap, in a race, pooling costs several times
    as much as the convolutions. After LeCun et al. (1989, Backpropagation Applied to Handwritten Zip Code
    Recognition), whose layers also move by two pixels. Raises TypeError or ValueError if pixels is no square of a whole
    number.

    >>> import torch
    >>> convolutional(784)(torch.zeros(3, 784)).shape
    torch.Size([3, 10])
    >>> convolutional(64)[-1].in_features  # 16 pictures of 2 x 2
    64
    >>> convolutional(60)
    Traceback (most recent call last):
    ValueError: pixels must be a square, side times side, not 60
    """
    side = math.isqrt(whole("pixels", pixels, at_least=1))
    if side * side != pixels:
        raise ValueError(f"pixels must be a square, side times side, not {pixels}")
    first = [nn.Unflatten(1, (1, side, side)), nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.ReLU()]
    second = [nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*first, *second, nn.Linear(16 * math.ceil(side / 4) ** 2, 10))
