"""Optimizers built from scratch, each one rule in a few lines: what they do with a gradient and a learning rate (LR).

torch.optim.Optimizer keeps the books (groups, state, checkpoints), so every scheduler, torch's and ours, can drive
them; the rules are ours and equal torch's.
"""

from lrcourse.optimizers.averages import Lookahead, Ranger, ScheduleFree, ScheduleFreeAdamW, ScheduleFreeSGD
from lrcourse.optimizers.rules import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RAdam,
    RMSprop,
    buffer,
    check,
    count_step,
    rectification,
    running_average,
)

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Lookahead",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Ranger",
    "ScheduleFree",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "buffer",
    "check",
    "count_step",
    "rectification",
    "running_average",
]
