"""The schedulers that a training loop holds: torch's names, arguments and numbers, on any object with param_groups."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lrcourse.schedulers.base import LRScheduler, trace
from lrcourse.schedulers.clock import TimeBasedLR
from lrcourse.schedulers.closed import (
    WSDLR,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    InverseSqrtLR,
    InverseTimeLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
    WarmupLR,
)
from lrcourse.schedulers.composites import ChainedScheduler, SequentialLR
from lrcourse.schedulers.cycling import CyclicLR, OneCycleLR
from lrcourse.schedulers.keyed import GroupScheduler
from lrcourse.schedulers.plateau import ReduceLROnPlateau
from lrcourse.schedulers.traps import ScheduleWarning

if TYPE_CHECKING:
    from torch.optim.lr_scheduler import LRScheduler as TorchLRScheduler

__all__ = [
    "LRScheduler",
    "LambdaLR",
    "MultiplicativeLR",
    "StepLR",
    "MultiStepLR",
    "ConstantLR",
    "LinearLR",
    "ExponentialLR",
    "PolynomialLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "ChainedScheduler",
    "InverseTimeLR",
    "TimeBasedLR",
    "WarmupLR",
    "InverseSqrtLR",
    "WSDLR",
    "GroupScheduler",
    "ScheduleWarning",
    "torch_scheduler",
    "trace",
]


def torch_scheduler(
    optimizer: Any, schedule: Callable[[int], float] | Sequence[Callable[[int], float]], last_epoch: int = -1
) -> "TorchLRScheduler":
    """One of torch's own schedulers that follows a schedule, for what accepts no other: Lightning, accelerate, Trainer.

    schedule: a function of the step that gives the LR itself (no factor), or a list of one a group. It is stepped,
    saved and resumed as torch's are; a state holds the call that made the schedule.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = torch_scheduler(optimizer, linear_warmup(0.1, warmup_steps=4))
    >>> isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler), scheduler.get_last_lr()
    (True, [0.025])
    """
    from lrcourse.schedulers.frameworks import TorchScheduler

    return TorchScheduler(optimizer, schedule, last_epoch)
