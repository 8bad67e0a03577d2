"""Train a model, or many at once, and keep a record of what the learning rate (LR) and the loss really were."""

from lrcourse.training.loop import History, choose_device, evaluate, fit
from lrcourse.training.networks import convolutional
from lrcourse.training.racing import Race, race
from lrcourse.training.seeds import SeededRandom, batch_order, build
from lrcourse.training.side_by_side import Networks, side_by_side

__all__ = [
    "History",
    "Networks",
    "Race",
    "SeededRandom",
    "batch_order",
    "build",
    "choose_device",
    "convolutional",
    "evaluate",
    "fit",
    "race",
    "side_by_side",
]
