"""`python3 -m lrcourse.workshop.pretraining`: train the networks that lesson 16 fine-tunes, for the package to keep.

It takes MNIST (lrcourse.data: LRCOURSE_DATA, or a download) and about a minute. MNIST's digits fill 20 x 20 of their
28 x 28 pixels. That middle is averaged down to 8 x 8 and each image divided by its brightest pixel: then it looks like
an image of the digits. Without cutting the margin away first, what is learned does not help there.
"""

import argparse
import sys
from dataclasses import replace

import numpy as np
import torch

from lrcourse import schedules
from lrcourse.data import load
from lrcourse.training.pretrained import COUNT, FILE, LR, network
from lrcourse.training.side_by_side import side_by_side

STEPS, BATCH = 4000, 64


def main(argv=None):
    """Train the networks and write the file; it names the layers and holds five of each, in half precision."""
    argparse.ArgumentParser(prog="python3 -m lrcourse.workshop.pretraining", description=main.__doc__).parse_args(argv)
    data = load("mnist")
    data = replace(data, **{f"x_{part}": shrunk(getattr(data, f"x_{part}")) for part in ("train", "val", "test")})
    plan = schedules.linear(LR, 1.0, 0.0, STEPS)
    made = side_by_side(network, data, torch.optim.Adam, range(COUNT), steps=STEPS, batch_size=BATCH, schedule=plan)
    names = [name for name, _ in network().named_parameters()][:-2]
    kept = {name: weight.numpy().astype("float16") for name, weight in zip(names, made.weights, strict=False)}
    np.savez_compressed(FILE, **kept)
    print(
        f"{FILE.name}: {FILE.stat().st_size // 1000} KB; test losses {[round(loss, 3) for loss in made.loss('test')]}"
    )
    return 0


def shrunk(images):
    """Images of 28 x 28 pixels as images of 8 x 8, both as rows: the middle, averaged, the brightest pixel 1.

    >>> shrunk(torch.ones(1, 784)).shape, shrunk(torch.full((1, 784), 0.5)).unique()
    (torch.Size([1, 64]), tensor([1.]))
    """
    middle = images.view(-1, 1, 28, 28)[:, :, 4:24, 4:24]
    small = torch.nn.functional.adaptive_avg_pool2d(middle, 8).flatten(1)
    return small / small.amax(1, keepdim=True).clamp(min=1e-6)


if __name__ == "__main__":
    sys.exit(main())
