"""The networks that lesson 16 fine-tunes: what they have learned helps on the digits; and how they were made."""

import numpy as np
import pytest
import torch

from lrcourse.data import load
from lrcourse.training import build
from lrcourse.training.pretrained import COUNT, FILE, network, pretrained
from lrcourse.workshop.pretraining import shrunk


def hidden(model, x):
    with torch.no_grad():
        return model[:4](x)


def separated(model, data):
    """Test accuracy of the best linear layer on the hidden layers, by least squares on 100 labels: no training."""
    x, x_test = (torch.cat([hidden(model, x), torch.ones(len(x), 1)], 1) for x in (data.x_train[:100], data.x_test))
    targets = torch.nn.functional.one_hot(data.y_train[:100], 10).float()
    weights = torch.linalg.solve(x.T @ x + 0.1 * torch.eye(x.shape[1]), x.T @ targets)
    return ((x_test @ weights).argmax(1) == data.y_test).float().mean().item()


def test_what_was_learned_on_mnist_helps_on_the_digits():
    data = [load("digits", seed=seed) for seed in range(4)]
    new = np.mean([separated(build(network, seed), one) for seed, one in enumerate(data)])
    for number in range(COUNT):
        learned = np.mean([separated(pretrained(number), one) for one in data])
        assert learned > new + 0.03, (number, learned, new)


def test_the_five_differ_and_go_round():
    first = [next(pretrained(number).parameters()) for number in range(COUNT + 1)]
    assert torch.equal(first[0], first[COUNT])
    assert all(not torch.equal(first[0], other) for other in first[1:COUNT])
    assert all(torch.isfinite(part).all() for part in pretrained(3).parameters())
    with pytest.raises(ValueError, match="number must be a whole number of at least 0"):
        pretrained(-1)


def test_the_file_is_small_and_holds_no_last_layer():
    assert FILE.stat().st_size < 100_000
    with np.load(FILE) as kept:
        assert sorted(kept) == ["0.bias", "0.weight", "2.bias", "2.weight"]
        assert all(kept[name].dtype == np.float16 and len(kept[name]) == COUNT for name in kept)


def test_shrunk_is_the_area_s_mean():
    """A bright square of 5 by 5 pixels in the middle part's corner: its share of each of the cells that it covers."""
    image = torch.zeros(1, 28, 28)
    image[0, 4:9, 4:9] = 0.5
    small = shrunk(image.reshape(1, -1)).view(8, 8)
    assert small[0, 0] == small.max() == 1  # pixels 0 to 2 of 20, all bright
    assert small[0, 1].item() == pytest.approx(1.0) and small[0, 2].item() == pytest.approx(0, abs=1e-6)
    assert (small[2:] == 0).all() and torch.equal(small, small.T)
    outside = torch.ones(1, 28, 28)
    outside[0, 4:24, 4:24] = 0
    assert (shrunk(outside.reshape(1, -1)) == 0).all()
