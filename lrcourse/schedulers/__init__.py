"""The schedulers that a training loop holds: torch's names, arguments and numbers, on any object with param_groups."""

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
from lrcourse.schedulers.plateau import ReduceLROnPlateau

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
    "trace",
]
