"""Calls as people write them: what makes sense works in silence, what cannot be meant is refused, a trap speaks once.

Each line is a call on an optimizer o with two groups, LRs 0.1 and 0.03; p is one with a single group. A line that
works is stepped twelve times; the LRs are then finite and never negative.
"""

import copy
import math
import re
import warnings
from fractions import Fraction
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lrcourse import schedulers as s

WORKS = """
LambdaLR(o, lambda step: 0.9**step)
LambdaLR(o, [lambda step: 1.0, lambda step: 0.5])
LambdaLR(o, (lambda step: 1.0, lambda step: 0.5))
LambdaLR(o, lambda step: 0)
LambdaLR(o, lambda step: step)
LambdaLR(o, lambda step: min(1.0, (step + 1) / 4))
LambdaLR(o, lambda step: np.float64(0.5))
LambdaLR(o, lambda step: torch.tensor(0.5))
LambdaLR(o, lambda step: np.cos(step) ** 2)
LambdaLR(o, lr_lambda=math.exp)
LambdaLR(o, lambda step: step >= 5)
LambdaLR(o, partial(pow, 0.9))
LambdaLR(o, cosine(1.0, 9))
LambdaLR(o, [cosine(1.0, 9), constant(0.5)])
MultiplicativeLR(o, lambda step: step < 8)
LambdaLR(p, [lambda step: 1.0])
MultiplicativeLR(o, lambda step: 0.95)
MultiplicativeLR(o, [lambda step: 0.95, lambda step: 1])
MultiplicativeLR(o, lambda step: 0.0)
MultiplicativeLR(o, lambda step: 1.05)
StepLR(o, 30)
StepLR(o, 3, 0.5)
StepLR(o, step_size=3.0)
StepLR(o, np.int64(3))
StepLR(o, np.float64(3))
StepLR(o, 1, 0)
StepLR(o, 1, 0.0)
StepLR(o, 1, 1)
StepLR(o, 2, gamma=1.1)
StepLR(o, 2, gamma=np.float32(0.5))
StepLR(o, 2, gamma=torch.tensor(0.5))
StepLR(o, 10**9)
StepLR(o, Fraction(3), Fraction(1, 2))
MultiStepLR(o, [3, 6])
MultiStepLR(o, [6, 3])
MultiStepLR(o, [80, 30, 60], gamma=0.2)
MultiStepLR(o, {3, 6})
MultiStepLR(o, frozenset([3, 6]))
MultiStepLR(o, (3, 6))
MultiStepLR(o, range(2, 9, 3))
MultiStepLR(o, [3, 3, 6])
MultiStepLR(o, [3.0, 6.0])
MultiStepLR(o, np.array([3, 6]))
MultiStepLR(o, torch.tensor([3, 6]))
MultiStepLR(o, iter([3, 6]))
MultiStepLR(o, (3 * k for k in (1, 2)))
MultiStepLR(o, {3: "first", 6: "second"}.keys())
MultiStepLR(o, torch.arange(2, 9, 3))
MultiStepLR(o, [0, 5])
MultiStepLR(o, [3], 0)
MultiStepLR(o, [5, 10], gamma=2.0)
ConstantLR(o)
ConstantLR(o, 0.5)
ConstantLR(o, factor=0)
ConstantLR(o, factor=1)
ConstantLR(o, 0.5, total_iters=0)
ConstantLR(o, 0.5, total_iters=math.inf)
ConstantLR(o, 0.5, float("inf"))
ConstantLR(o, 0.5, 4.0)
ConstantLR(o, np.float64(0.5), np.int32(4))
LinearLR(o)
LinearLR(o, 0.1)
LinearLR(o, 1.0, 0.0, 10)
LinearLR(o, 1, 0, 10)
LinearLR(o, 1e-12, total_iters=10)
LinearLR(o, start_factor=0.5, end_factor=0.5)
LinearLR(o, 0.5, total_iters=10.0)
LinearLR(o, 0.5, total_iters=math.inf)
LinearLR(o, 0.5, total_iters=1)
ExponentialLR(o, 0.9)
ExponentialLR(o, gamma=1)
ExponentialLR(o, gamma=0)
ExponentialLR(o, 0.0)
ExponentialLR(o, 1.01)
ExponentialLR(o, np.float64(0.9))
PolynomialLR(o)
PolynomialLR(o, 10, 2)
PolynomialLR(o, 10, power=0.9)
PolynomialLR(o, 10, power=0)
PolynomialLR(o, 10, 0.0)
PolynomialLR(o, total_iters=10.0)
PolynomialLR(o, total_iters=math.inf)
PolynomialLR(o, total_iters=1)
CosineAnnealingLR(o, 10)
CosineAnnealingLR(o, T_max=10, eta_min=1e-5)
CosineAnnealingLR(o, 10.0)
CosineAnnealingLR(o, np.int64(10))
CosineAnnealingLR(o, 10, 0)
CosineAnnealingLR(o, 10, 0.03)
CosineAnnealingLR(o, 10, np.float32(0.001))
CosineAnnealingLR(o, 1)
CosineAnnealingWarmRestarts(o, 4)
CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2)
CosineAnnealingWarmRestarts(o, 4, 1.5)
CosineAnnealingWarmRestarts(o, 4, 2.0, 0.001)
CosineAnnealingWarmRestarts(o, 4.0)
CosineAnnealingWarmRestarts(o, 1)
CosineAnnealingWarmRestarts(o, 4, eta_min=0)
CyclicLR(o, 0.01, 0.1)
CyclicLR(o, 0.01, 0.1, 4)
CyclicLR(o, 0.01, 0.1, 4, 2)
CyclicLR(o, 0.01, 0.1, 4, 0)
CyclicLR(o, 0, 0.1, 4)
CyclicLR(o, 0.01, 0.1, step_size_up=2.5)
CyclicLR(o, 0.01, 0.1, step_size_up=2.5, step_size_down=1.5)
CyclicLR(o, 0.01, 0.1, step_size_up=0.5)
CyclicLR(o, [0.01, 0.001], [0.1, 0.01], 4)
CyclicLR(o, (0.01, 0.001), 0.1, 4)
CyclicLR(o, np.array([0.01, 0.001]), np.array([0.1, 0.05]), 4)
CyclicLR(o, torch.tensor([0.01, 0.001]), 0.1, 4, base_momentum=np.array([0.5, 0.6]))
CyclicLR(o, 0.01, 0.1, 4, mode="triangular2")
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=0.99)
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range")
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=0)
CyclicLR(o, 0.01, 0.1, 4, gamma=2.0)
CyclicLR(o, 0.01, 0.1, 4, scale_fn=lambda x: 0.5 ** (x - 1))
CyclicLR(o, 0.01, 0.1, 4, mode=None, scale_fn=lambda x: 1 / x)
CyclicLR(o, 0.01, 0.1, 4, mode="mine", scale_fn=lambda x: 1 / x)
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=2.0, scale_fn=lambda x: 1 / x)
CyclicLR(o, 0.01, 0.1, 4, scale_fn=lambda x: 0.99**x, scale_mode="iterations")
CyclicLR(o, 0.01, 0.1, 4, cycle_momentum=False)
CyclicLR(o, 0.01, 0.1, 4, base_momentum=0.5, max_momentum=0.9)
CyclicLR(o, 0.01, 0.1, 4, base_momentum=[0.5, 0.6], max_momentum=[0.9, 0.95])
CyclicLR(o, 0.01, 0.1, 4, base_momentum=0.9, max_momentum=0.9)
CyclicLR(o, torch.tensor(0.01), torch.tensor(0.1), 4)
CyclicLR(adam, 0.01, 0.1, 4)
CyclicLR(plain, 0.01, 0.1, 4, cycle_momentum=False)
OneCycleLR(o, 0.1, 20)
OneCycleLR(o, max_lr=[0.1, 0.01], total_steps=20)
OneCycleLR(o, (0.1, 0.01), total_steps=20)
OneCycleLR(o, np.array([0.1, 0.01]), 20)
OneCycleLR(o, torch.tensor([0.1, 0.01]), 20)
OneCycleLR(o, [torch.tensor(0.1), 0.2], 20)
OneCycleLR(o, 0.1, 20, epochs=4, steps_per_epoch=5)
OneCycleLR(o, 0.1, epochs=4, steps_per_epoch=5)
OneCycleLR(o, 0.1, epochs=4.0, steps_per_epoch=5.0)
OneCycleLR(o, 0.1, total_steps=20.0)
OneCycleLR(o, 0.1, 20, pct_start=0)
OneCycleLR(o, 0.1, 20, pct_start=1)
OneCycleLR(o, 0.1, 20, pct_start=0.05)
OneCycleLR(o, 0.1, 20, anneal_strategy="linear")
OneCycleLR(o, 0.1, 20, div_factor=math.inf)
OneCycleLR(o, 0.1, 20, final_div_factor=math.inf)
OneCycleLR(o, 0.1, 20, div_factor=float("inf"), final_div_factor=float("inf"))
OneCycleLR(o, 0.1, 20, div_factor=1)
OneCycleLR(o, 0.1, 20, final_div_factor=1)
OneCycleLR(o, 0.1, 20, three_phase=True)
OneCycleLR(o, 0.1, 20, pct_start=0.5, three_phase=True)
OneCycleLR(o, 0.1, 20, cycle_momentum=False)
OneCycleLR(o, 0.1, 20, base_momentum=0, max_momentum=0.9)
OneCycleLR(o, torch.tensor(0.1), 20)
OneCycleLR(adam, 0.1, 20)
OneCycleLR(plain, 0.1, 20, cycle_momentum=False)
OneCycleLR(o, 0.1, 13, three_phase=True, anneal_strategy="linear")
ReduceLROnPlateau(o)
ReduceLROnPlateau(o, "max")
ReduceLROnPlateau(o, factor=0.5, patience=0)
ReduceLROnPlateau(o, factor=0, patience=0)
ReduceLROnPlateau(o, factor=0.0, min_lr=1e-3, patience=0)
ReduceLROnPlateau(o, patience=3.0)
ReduceLROnPlateau(o, threshold=0)
ReduceLROnPlateau(o, threshold_mode="abs", threshold=2.0)
ReduceLROnPlateau(o, "max", threshold=1.5)
ReduceLROnPlateau(o, cooldown=2, patience=0)
ReduceLROnPlateau(o, cooldown=2.0)
ReduceLROnPlateau(o, min_lr=1e-4)
ReduceLROnPlateau(o, min_lr=[1e-4, 1e-5])
ReduceLROnPlateau(o, min_lr=(1e-4, 1e-5))
ReduceLROnPlateau(o, min_lr=np.array([1e-4, 1e-5]), patience=0)
ReduceLROnPlateau(p, min_lr=0.1)
stepped(ReduceLROnPlateau(o), torch.tensor([0.5]), torch.tensor(0.5, requires_grad=True), 1, math.inf)
stepped(ReduceLROnPlateau(o, "max"), -math.inf, np.float32(0.5), np.array(0.6))
ReduceLROnPlateau(o, eps=0)
ReduceLROnPlateau(o, eps=1e-3, patience=0)
InverseTimeLR(o, 1.0)
InverseTimeLR(o, 0)
InverseTimeLR(o, 0.5, 10)
InverseTimeLR(o, 0.5, 2.5)
WarmupLR(o, 4)
WarmupLR(o, 0)
WarmupLR(o, 4.0)
WarmupLR(o, 4, "exponential")
WarmupLR(o, warmup_steps=np.int64(4), mode="linear")
InverseSqrtLR(o, 4)
InverseSqrtLR(o, 4.0)
WSDLR(o, 20)
WSDLR(o, 20, 4, 6)
WSDLR(o, 20, 10, 10)
WSDLR(o, 20, warmup_steps=4, cooldown_steps=6, cooldown="cosine")
WSDLR(o, 20, cooldown_steps=6, cooldown="1-sqrt", eta_min=0.001)
WSDLR(o, 20.0, 4.0, 6.0)
WSDLR(o, 20, eta_min=0.5)
WSDLR(o, 20, 0, 20)
WSDLR(o, 20, 20, 0)
TimeBasedLR(o, Fraction(1, 2))
TimeBasedLR(o, 600)
TimeBasedLR(o, 0.5)
TimeBasedLR(o, seconds=60, clock=lambda: 0)
SequentialLR(o, [WarmupLR(o, 3), CosineAnnealingLR(o, 9)], [3])
SequentialLR(o, (WarmupLR(o, 3), CosineAnnealingLR(o, 9)), (3,))
SequentialLR(o, schedulers=[StepLR(o, 3)], milestones=[])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9), ConstantLR(o)], [3, 3])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9), ConstantLR(o)], [0, 3])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9), ConstantLR(o)], [0, 0])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [3.0])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], np.array([3]))
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], {3})
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], range(3, 4))
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], torch.tensor([3]))
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [10**9])
SequentialLR(o, [StepLR(o, 3), OneCycleLR(o, 0.1, 20)], [3])
SequentialLR(o, [StepLR(o, 3), LambdaLR(o, lambda step: 0.5)], [3])
SequentialLR(o, [StepLR(o, 3), CosineAnnealingWarmRestarts(o, 4)], [3])
SequentialLR(o, [SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [2]), ConstantLR(o)], [5])
SequentialLR(o, [StepLR(o, 3), ChainedScheduler([ConstantLR(o), ExponentialLR(o, 0.9)])], [5])
ChainedScheduler([StepLR(o, 3), ExponentialLR(o, 0.9)])
ChainedScheduler((StepLR(o, 3), ExponentialLR(o, 0.9)))
ChainedScheduler([StepLR(o, 3)], o)
ChainedScheduler([StepLR(o, 3), ExponentialLR(o, 0.9)], optimizer=o)
ChainedScheduler([StepLR(o, 3), StepLR(o, 3)])
ChainedScheduler([LambdaLR(o, lambda step: 0.5)])
ChainedScheduler([SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [2]), WarmupLR(o, 4)])
StepLR(resumed, 3, last_epoch=4)
StepLR(resumed, 3, last_epoch=4.0)
CosineAnnealingLR(resumed, 10, last_epoch=0)
OneCycleLR(resumed, 0.1, 20, last_epoch=3)
StepLR(plain, 3)
StepLR(adam, 3)
StepLR(tensor, 3)
ReduceLROnPlateau(tensor, patience=0)
StepLR(whole, 3)
ReduceLROnPlateau(whole, patience=0)
CosineAnnealingLR(whole, 9)
StepLR(zero, 3)
CosineAnnealingLR(zero, 10)
ReduceLROnPlateau(zero, patience=0)
GroupScheduler(o, {"weight_decay": cosine(0.1, 9)})
GroupScheduler(o, {"momentum": constant(0.5), "lr": [cosine(0.1, 9), None]})
GroupScheduler(adam, {"beta2": linear(0.99, 1.0, 0.5, 9)})
GroupScheduler(adam, {"beta1": constant(0.9), "eps": constant(1e-8)})
GroupScheduler(o, {})
GroupScheduler(whole, {"lr": constant(0.5)})
"""

REFUSED = {
    "lr_lambda": """
LambdaLR(o, 0.9)
LambdaLR(o, None)
LambdaLR(o, "0.9**step")
LambdaLR(o, [])
LambdaLR(o, [lambda step: 1.0])
LambdaLR(o, [lambda step: 1.0] * 3)
LambdaLR(o, [lambda step: 1.0, 0.5])
LambdaLR(o, lambda step: -1.0)
LambdaLR(o, lambda step: math.nan)
LambdaLR(o, lambda step: None)
LambdaLR(o, lambda step: "0.5")
LambdaLR(o, lambda step: math.inf)
MultiplicativeLR(o, 0.95)
MultiplicativeLR(o, [0.95, 0.95])
MultiplicativeLR(o, {})
""",
    "step_size": """
StepLR(o, 0)
StepLR(o, -3)
StepLR(o, 2.5)
StepLR(o, None)
StepLR(o, "3")
StepLR(o, True)
StepLR(o, [3, 3])
StepLR(o, math.inf)
StepLR(o, math.nan)
StepLR(o, torch.tensor(3))
StepLR(o, np.array(3))
StepLR(o, torch.tensor(3.0))
CyclicLR(o, 0.01, 0.1, 0)
CyclicLR(o, 0.01, 0.1, -2)
CyclicLR(o, 0.01, 0.1, None)
CyclicLR(o, 0.01, 0.1, "4")
CyclicLR(o, 0.01, 0.1, 4, -1)
CyclicLR(o, 0.01, 0.1, 4, math.inf)
CyclicLR(o, 0.01, 0.1, math.nan)
""",
    "gamma": """
StepLR(o, 3, -0.5)
StepLR(o, 3, None)
StepLR(o, 3, "0.5")
StepLR(o, 3, math.nan)
StepLR(o, 3, math.inf)
StepLR(o, 3, [0.5, 0.5])
StepLR(o, 3, 1j)
MultiStepLR(o, [3], -0.1)
ExponentialLR(o, -0.9)
ExponentialLR(o, None)
ExponentialLR(o, "0.9")
ExponentialLR(o, math.nan)
ExponentialLR(o, [0.9])
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=-1)
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=math.nan)
""",
    "milestones": """
MultiStepLR(o, 3)
MultiStepLR(o, None)
MultiStepLR(o, "36")
MultiStepLR(o, [2.5])
MultiStepLR(o, [-3])
MultiStepLR(o, [3, None])
MultiStepLR(o, [3, "6"])
MultiStepLR(o, {3: 0.1})
MultiStepLR(o, [math.inf])
MultiStepLR(o, [math.nan])
MultiStepLR(o, [True])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9), ConstantLR(o)], [5, 3])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [3, 6])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], 3)
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], None)
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [-1])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [2.5])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], ["3"])
SequentialLR(o, [StepLR(o, 3), ExponentialLR(o, 0.9)], [torch.tensor(3)])
""",
    "factor": """
ConstantLR(o, 1.5)
ConstantLR(o, -0.1)
ConstantLR(o, None)
ConstantLR(o, math.nan)
LinearLR(o, 0)
LinearLR(o, 0.0)
LinearLR(o, 1.1)
LinearLR(o, -0.5)
LinearLR(o, 0.5, 1.1)
LinearLR(o, 0.5, -0.1)
LinearLR(o, math.nan)
ReduceLROnPlateau(o, factor=1)
ReduceLROnPlateau(o, factor=1.0)
ReduceLROnPlateau(o, factor=1.5)
ReduceLROnPlateau(o, factor=-0.5)
ReduceLROnPlateau(o, factor=math.nan)
ReduceLROnPlateau(o, factor="0.5")
""",
    "total_iters": """
ConstantLR(o, 0.5, -1)
ConstantLR(o, 0.5, 2.5)
ConstantLR(o, 0.5, None)
ConstantLR(o, 0.5, torch.tensor(4))
LinearLR(o, total_iters=0)
LinearLR(o, total_iters=-1)
LinearLR(o, total_iters=2.5)
LinearLR(o, total_iters="5")
LinearLR(o, total_iters=torch.tensor(5))
LinearLR(o, total_iters=math.nan)
PolynomialLR(o, total_iters=0)
PolynomialLR(o, total_iters=-5)
PolynomialLR(o, total_iters=2.5)
PolynomialLR(o, total_iters=-math.inf)
PolynomialLR(o, total_iters=torch.tensor(5))
""",
    "power": """
PolynomialLR(o, 10, -1)
PolynomialLR(o, 10, None)
PolynomialLR(o, 10, math.nan)
PolynomialLR(o, 10, math.inf)
PolynomialLR(o, 10, "2")
PolynomialLR(o, 10, 1j)
""",
    "T_": """
CosineAnnealingLR(o, 0)
CosineAnnealingLR(o, -10)
CosineAnnealingLR(o, 2.5)
CosineAnnealingLR(o, None)
CosineAnnealingLR(o, "10")
CosineAnnealingLR(o, math.inf)
CosineAnnealingLR(o, torch.tensor(10))
CosineAnnealingLR(o, True)
CosineAnnealingWarmRestarts(o, 0)
CosineAnnealingWarmRestarts(o, -4)
CosineAnnealingWarmRestarts(o, 2.5)
CosineAnnealingWarmRestarts(o, torch.tensor(4))
CosineAnnealingWarmRestarts(o, 4, 0)
CosineAnnealingWarmRestarts(o, 4, 0.5)
CosineAnnealingWarmRestarts(o, 4, -1)
CosineAnnealingWarmRestarts(o, 4, math.nan)
CosineAnnealingWarmRestarts(o, 4, math.inf)
CosineAnnealingWarmRestarts(o, 4, "2")
""",
    "eta_min": """
CosineAnnealingLR(o, 10, -0.01)
CosineAnnealingLR(o, 10, None)
CosineAnnealingLR(o, 10, math.nan)
CosineAnnealingLR(o, 10, [0.01, 0.01])
CosineAnnealingWarmRestarts(o, 4, eta_min=-1)
CosineAnnealingWarmRestarts(o, 4, eta_min="0")
CosineAnnealingWarmRestarts(o, 4, eta_min=math.inf)
WSDLR(o, 20, cooldown_steps=5, eta_min=-0.1)
WSDLR(o, 20, cooldown_steps=5, eta_min=math.nan)
""",
    "base_lr": """
CyclicLR(o, -0.01, 0.1)
CyclicLR(o, None, 0.1)
CyclicLR(o, "0.01", 0.1)
CyclicLR(o, math.nan, 0.1)
CyclicLR(o, [0.01], 0.1)
CyclicLR(o, [0.01, 0.01, 0.01], 0.1)
CyclicLR(o, [], 0.1)
CyclicLR(o, 1j, 0.1)
""",
    "max_lr": """
CyclicLR(o, 0.1, 0.01)
CyclicLR(o, 0.01, [0.1])
CyclicLR(o, 0.01, None)
CyclicLR(o, 0.01, math.inf)
CyclicLR(o, [0.1, 0.5], [0.2, 0.3])
OneCycleLR(o, 0, 20)
OneCycleLR(o, -0.1, 20)
OneCycleLR(o, None, 20)
OneCycleLR(o, "0.1", 20)
OneCycleLR(o, [0.1], 20)
OneCycleLR(o, math.nan, 20)
OneCycleLR(o, math.inf, 20)
""",
    "mode": """
CyclicLR(o, 0.01, 0.1, mode="CATS")
CyclicLR(o, 0.01, 0.1, mode=None)
CyclicLR(o, 0.01, 0.1, scale_mode="epochs", scale_fn=abs)
CyclicLR(o, 0.01, 0.1, scale_mode=1)
ReduceLROnPlateau(o, "auto")
ReduceLROnPlateau(o, None)
ReduceLROnPlateau(o, "Min")
ReduceLROnPlateau(o, threshold_mode="relative")
ReduceLROnPlateau(o, threshold_mode=None)
WarmupLR(o, 4, "cosine")
WarmupLR(o, 4, None)
""",
    "scale_fn": """
CyclicLR(o, 0.01, 0.1, scale_fn=0.5)
CyclicLR(o, 0.01, 0.1, scale_fn="half")
""",
    "momentum": """
CyclicLR(plain, 0.01, 0.1)
CyclicLR(o, 0.01, 0.1, base_momentum=0.9, max_momentum=0.8)
CyclicLR(o, 0.01, 0.1, base_momentum=-0.1)
CyclicLR(o, 0.01, 0.1, base_momentum=[0.8])
CyclicLR(o, 0.01, 0.1, max_momentum=math.nan)
CyclicLR(o, 0.01, 0.1, max_momentum="0.9")
CyclicLR(o, 0.01, 0.1, cycle_momentum="yes")
CyclicLR(o, 0.01, 0.1, cycle_momentum=None)
OneCycleLR(plain, 0.1, 20)
OneCycleLR(o, 0.1, 20, base_momentum=0.96)
OneCycleLR(o, 0.1, 20, max_momentum=None)
OneCycleLR(o, 0.1, 20, cycle_momentum=1)
""",
    "total_steps": """
OneCycleLR(o, 0.1)
OneCycleLR(o, 0.1, 0)
OneCycleLR(o, 0.1, -5)
OneCycleLR(o, 0.1, 2.5)
OneCycleLR(o, 0.1, "20")
OneCycleLR(o, 0.1, math.inf)
OneCycleLR(o, 0.1, torch.tensor(20))
WSDLR(o, 0)
WSDLR(o, -1)
WSDLR(o, 2.5)
WSDLR(o, None)
WSDLR(o, torch.tensor(20))
WSDLR(o, 20, 15, 10)
""",
    "epoch": """
OneCycleLR(o, 0.1, epochs=4)
OneCycleLR(o, 0.1, steps_per_epoch=5)
OneCycleLR(o, 0.1, epochs=0, steps_per_epoch=5)
OneCycleLR(o, 0.1, epochs=4, steps_per_epoch=0)
OneCycleLR(o, 0.1, epochs=2.5, steps_per_epoch=5)
OneCycleLR(o, 0.1, epochs=4, steps_per_epoch=torch.tensor(5))
StepLR(resumed, 3, last_epoch=-2)
StepLR(resumed, 3, last_epoch=2.5)
StepLR(resumed, 3, last_epoch=None)
StepLR(resumed, 3, last_epoch="4")
StepLR(o, 3, last_epoch=math.inf)
CosineAnnealingWarmRestarts(o, 4).step(-1)
CosineAnnealingWarmRestarts(o, 4).step("now")
StepLR(o, 3).step(-1)
StepLR(o, 3).step(0.73)
StepLR(o, 3).step(torch.tensor(0.73))
""",
    "pct_start": """
OneCycleLR(o, 0.1, 20, pct_start=30)
OneCycleLR(o, 0.1, 20, pct_start=-0.1)
OneCycleLR(o, 0.1, 20, pct_start=1.1)
OneCycleLR(o, 0.1, 20, pct_start=None)
OneCycleLR(o, 0.1, 20, pct_start=0.6, three_phase=True)
""",
    "anneal_strategy": """
OneCycleLR(o, 0.1, 20, anneal_strategy="CATS")
OneCycleLR(o, 0.1, 20, anneal_strategy=None)
OneCycleLR(o, 0.1, 20, anneal_strategy=["cos"])
""",
    "div_factor": """
OneCycleLR(o, 0.1, 20, div_factor=0)
OneCycleLR(o, 0.1, 20, div_factor=-25)
OneCycleLR(o, 0.1, 20, div_factor=math.nan)
OneCycleLR(o, 0.1, 20, div_factor=None)
OneCycleLR(o, 0.1, 20, final_div_factor=0)
OneCycleLR(o, 0.1, 20, final_div_factor=-1)
OneCycleLR(o, 0.1, 20, final_div_factor="1e4")
""",
    "three_phase": """
OneCycleLR(o, 0.1, 20, three_phase="no")
OneCycleLR(o, 0.1, 20, three_phase=None)
""",
    "patience": """
ReduceLROnPlateau(o, patience=-1)
ReduceLROnPlateau(o, patience=2.5)
ReduceLROnPlateau(o, patience=None)
ReduceLROnPlateau(o, patience=math.inf)
ReduceLROnPlateau(o, patience=torch.tensor(3))
""",
    "threshold": """
ReduceLROnPlateau(o, threshold=-0.1)
ReduceLROnPlateau(o, threshold=1.0)
ReduceLROnPlateau(o, threshold=None)
ReduceLROnPlateau(o, threshold=math.nan)
""",
    "cooldown": """
ReduceLROnPlateau(o, cooldown=-1)
ReduceLROnPlateau(o, cooldown=2.5)
ReduceLROnPlateau(o, cooldown=None)
WSDLR(o, 20, 4, 6, "sqrt")
WSDLR(o, 20, 4, -6)
WSDLR(o, 20, 4, 2.5)
""",
    "min_lr": """
ReduceLROnPlateau(o, min_lr=-0.1)
ReduceLROnPlateau(o, min_lr=[0.01])
ReduceLROnPlateau(o, min_lr=[0.01, None])
ReduceLROnPlateau(o, min_lr="0.01")
ReduceLROnPlateau(o, min_lr=math.nan)
""",
    "eps": """
ReduceLROnPlateau(o, eps=-1)
ReduceLROnPlateau(o, eps=None)
ReduceLROnPlateau(o, eps=math.nan)
""",
    "metrics": """
ReduceLROnPlateau(o).step("0.5")
ReduceLROnPlateau(o).step(None)
ReduceLROnPlateau(o).step([0.5, 0.6])
ReduceLROnPlateau(o).step(True)
ReduceLROnPlateau(o).step(1j)
""",
    "decay": """
InverseTimeLR(o, -1)
InverseTimeLR(o, None)
InverseTimeLR(o, math.nan)
InverseTimeLR(o, 1.0, 0)
InverseTimeLR(o, 1.0, -2)
""",
    "warmup_steps": """
WarmupLR(o, -1)
WarmupLR(o, 2.5)
WarmupLR(o, None)
WarmupLR(o, torch.tensor(4))
WarmupLR(o, 0, "exponential")
InverseSqrtLR(o, 0)
InverseSqrtLR(o, -4)
InverseSqrtLR(o, 2.5)
WSDLR(o, 20, -1)
WSDLR(o, 20, 2.5)
""",
    "seconds": """
TimeBasedLR(o, 0)
TimeBasedLR(o, -60)
TimeBasedLR(o, None)
TimeBasedLR(o, math.inf)
TimeBasedLR(o, "60")
""",
    "clock": """
TimeBasedLR(o, 60, 0.0)
TimeBasedLR(o, 60, lambda: "noon")
TimeBasedLR(o, 60, lambda: None)
""",
    "schedulers": """
SequentialLR(o, [], [])
SequentialLR(o, None, [])
SequentialLR(o, StepLR(o, 3), [])
SequentialLR(o, [StepLR(o, 3), "cosine"], [3])
SequentialLR(o, [StepLR(o, 3), None], [3])
SequentialLR(o, [StepLR(o, 3), StepLR(p, 3)], [3])
SequentialLR(p, [StepLR(o, 3), StepLR(o, 3)], [3])
SequentialLR(o, [StepLR(o, 3), ReduceLROnPlateau(o)], [3])
SequentialLR(o, [StepLR(o, 3), TimeBasedLR(o, 60)], [3])
SequentialLR(o, [StepLR(o, 3)] * 2, [3])
SequentialLR(o, (lambda a: [a, ExponentialLR(o, 0.9), a])(StepLR(o, 3)), [3, 6])
SequentialLR(o, (lambda a: [a, ChainedScheduler([a, StepLR(o, 2)])])(StepLR(o, 3)), [3])
SequentialLR(o, [torch.optim.lr_scheduler.StepLR(o, 3), StepLR(o, 3)], [3])
ChainedScheduler([])
ChainedScheduler(None)
ChainedScheduler(StepLR(o, 3))
ChainedScheduler([StepLR(o, 3), None])
ChainedScheduler([StepLR(o, 3), StepLR(p, 3)])
ChainedScheduler([StepLR(o, 3), ReduceLROnPlateau(o)])
ChainedScheduler([StepLR(o, 3)] * 2)
ChainedScheduler((lambda a: [SequentialLR(o, [a], []), a])(StepLR(o, 3)))
ChainedScheduler([StepLR(o, 3)], p)
""",
    "optimizer|param_groups": """
StepLR(None, 3)
StepLR("sgd", 3)
StepLR([{"lr": 0.1}], 3)
StepLR(SimpleNamespace(param_groups=[]), 3)
StepLR(SimpleNamespace(param_groups=[{"weight_decay": 0.1}]), 3)
StepLR(SimpleNamespace(param_groups=[{"lr": -0.1}]), 3)
StepLR(SimpleNamespace(param_groups=[{"lr": "0.1"}]), 3)
StepLR(SimpleNamespace(param_groups=[{"lr": math.nan}]), 3)
StepLR(SimpleNamespace(param_groups=[{"lr": 0.1, "lr_scale": -1}]), 3)
ReduceLROnPlateau(None)
CyclicLR(None, 0.1, 0.2)
LambdaLR(None, abs)
""",
    "initial_lr": """
StepLR(o, 3, last_epoch=4)
OneCycleLR(o, 0.1, 20, last_epoch=0)
CosineAnnealingLR(o, 9, last_epoch=3)
""",
    "schedules": """
GroupScheduler(o, {"weight_decay": 0.1})
GroupScheduler(o, {"weight_decay": "cosine"})
GroupScheduler(o, None)
GroupScheduler(o, constant(0.1))
GroupScheduler(o, [("weight_decay", constant(0.1))])
GroupScheduler(o, {"params": constant(0.1)})
GroupScheduler(o, {"nesterov": constant(1)})
GroupScheduler(o, {"foreach": constant(1)})
GroupScheduler(adam, {"betas": constant(0.9)})
GroupScheduler(adam, {"beta1": constant(1.0)})
GroupScheduler(adam, {"beta2": [constant(0.9), constant(1.5)]})
GroupScheduler(o, {"lr_scale": constant(0.5)})
GroupScheduler(o, {"beta2": constant(0.9)})
GroupScheduler(o, {"wd": constant(0.9)})
GroupScheduler(o, {"weight_decay": [constant(0.9)]})
GroupScheduler(o, {"weight_decay": lambda step: math.nan})
GroupScheduler(o, {"weight_decay": lambda step: -0.1})
""",
}

WARNS = {
    "eta_min": """
CosineAnnealingLR(o, 10, 0.05)
CosineAnnealingLR(o, 10, eta_min=1)
CosineAnnealingLR(p, 10, 0.2)
CosineAnnealingWarmRestarts(o, 4, eta_min=0.2)
CosineAnnealingWarmRestarts(o, 4, 2, 0.05)
WSDLR(o, 20, cooldown_steps=5, eta_min=0.2)
SequentialLR(o, [WarmupLR(o, 3), CosineAnnealingLR(o, 9, 0.5)], [3])
""",
    "base_lr = max_lr": """
CyclicLR(o, 0.1, 0.1, 4)
CyclicLR(o, 0, 0, 4)
CyclicLR(o, [0.1, 0.2], [0.3, 0.2], 4)
CyclicLR(o, (0.1, 0.1), 0.1, 4, mode="triangular2")
""",
    "gamma": """
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=1.5)
CyclicLR(o, 0.01, 0.1, 4, mode="exp_range", gamma=1.01)
""",
    "milestones": """
MultiStepLR(o, [])
MultiStepLR(o, ())
MultiStepLR(o, set())
MultiStepLR(o, np.array([], dtype=int))
""",
    " div_factor": """
OneCycleLR(o, 0.1, 20, div_factor=0.5)
OneCycleLR(o, 0.1, 20, div_factor=1e-3)
""",
    "final_div_factor": """
OneCycleLR(o, 0.1, 20, final_div_factor=0.5)
OneCycleLR(o, 0.1, 20, final_div_factor=0.01, anneal_strategy="linear")
""",
    "min_lr": """
ReduceLROnPlateau(o, min_lr=0.05)
ReduceLROnPlateau(o, min_lr=1)
ReduceLROnPlateau(o, min_lr=[0.2, 0.001])
""",
    "eps": """
ReduceLROnPlateau(o, eps=0.1)
ReduceLROnPlateau(o, factor=0.5, eps=0.05)
ReduceLROnPlateau(o, factor=0.999999, eps=1e-6)
ReduceLROnPlateau(SimpleNamespace(param_groups=[{"lr": 1e-9}]))
""",
    "metrics": """
stepped(ReduceLROnPlateau(o), math.nan)
stepped(ReduceLROnPlateau(o), math.nan, math.nan, 0.5, math.nan)
stepped(ReduceLROnPlateau(o, "max"), 0.5, torch.tensor(math.nan))
stepped(ReduceLROnPlateau(o), np.float64("nan"))
""",
    r"schedulers\[1\]": """
ChainedScheduler([ExponentialLR(o, 0.9), LambdaLR(o, lambda step: 0.5)])
ChainedScheduler([ExponentialLR(o, 0.9), CosineAnnealingWarmRestarts(o, 4)])
ChainedScheduler([WarmupLR(o, 4), OneCycleLR(o, 0.1, 20)])
ChainedScheduler([WarmupLR(o, 4), CyclicLR(o, 0.01, 0.1, 4), StepLR(o, 3)])
""",
    "optimizer": """
beside(StepLR(o, 3), ExponentialLR(o, 0.9))
beside(ExponentialLR(o, 0.9), ExponentialLR(o, 0.9))
beside(StepLR(o, 3), LambdaLR(o, lambda step: 0.5))
beside(WarmupLR(o, 3), CosineAnnealingLR(o, 9))
beside(SequentialLR(o, [WarmupLR(o, 3), StepLR(o, 9)], [3]), ExponentialLR(o, 0.9))
beside(StepLR(o, 3), ChainedScheduler([WarmupLR(o, 3), ExponentialLR(o, 0.9)]))
(lambda a, b: beside(SequentialLR(o, [a, b], [3]), a))(StepLR(o, 3), StepLR(o, 4))
after(CosineAnnealingLR(o, 9), lambda: CosineAnnealingLR(o, 9))
after(StepLR(o, 2), lambda: WarmupLR(o, 3))
beside(GroupScheduler(o, {"lr": cosine(0.1, 9)}), StepLR(o, 3))
beside(StepLR(o, 3), GroupScheduler(o, {"lr": cosine(0.1, 9)}))
beside(ReduceLROnPlateau(o), GroupScheduler(o, {"lr": [cosine(0.1, 9), None]}))
""",
}

SILENT_TOGETHER = """
beside(WarmupLR(o, 3), ReduceLROnPlateau(o, patience=0))
beside(ReduceLROnPlateau(o), StepLR(o, 3))
beside(TimeBasedLR(o, 60), StepLR(o, 3))
beside(StepLR(o, 3), StepLR(p, 3))
beside(GroupScheduler(o, {"weight_decay": cosine(0.1, 9)}), StepLR(o, 3))
beside(GroupScheduler(o, {"lr": cosine(0.1, 9)}), StepLR(p, 3))
beside(StepLR(o, 3), GroupScheduler(o, {"momentum": constant(0.5)}))
"""


def lines(text):
    return [line for line in text.strip().splitlines() if line]


def sgd(lrs=(0.1, 0.03), **options):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs]
    return torch.optim.SGD(groups, **{"momentum": 0.9, **options})


def stepped(scheduler, *metrics):
    for metric in metrics:
        scheduler.step(metric)
    return scheduler


def beside(first, second):
    """Two schedulers stepped by hand, one after the other."""
    for _ in range(3):
        for scheduler in (first, second):
            scheduler.step(*[1.0] * isinstance(scheduler, s.ReduceLROnPlateau))
    return first


def after(first, make):
    """A second scheduler for an optimizer on which the first has run, as when a notebook's cell is run again."""
    for _ in range(5):
        first.step()
    second = make()
    del first
    second.step()
    return second


def names():
    from lrcourse import schedules

    resumed = sgd()
    for group in resumed.param_groups:
        group["initial_lr"] = group["lr"]
    adam = torch.optim.Adam([{"params": [torch.zeros(1)], "lr": lr} for lr in (0.1, 0.03)])
    return {
        **{name: getattr(s, name) for name in s.__all__},
        **{name: getattr(schedules, name) for name in ("cosine", "constant", "linear")},
        "o": sgd(),
        "p": sgd([0.1]),
        "adam": adam,
        "resumed": resumed,
        "whole": sgd([torch.tensor(1)]),
        "plain": SimpleNamespace(param_groups=[{"lr": 0.1}, {"lr": 0.03}]),
        "zero": sgd([0.0, 0]),
        "tensor": sgd([torch.tensor(0.1), torch.tensor(0.03)]),
        "math": math,
        "np": np,
        "torch": torch,
        "SimpleNamespace": SimpleNamespace,
        "Fraction": Fraction,
        "partial": partial,
        "stepped": stepped,
        "beside": beside,
        "after": after,
    }


def call(line, known):
    return eval(compile(line, __file__, "eval"), known)


def test_there_are_enough():
    tables = [WORKS, SILENT_TOGETHER, *REFUSED.values(), *WARNS.values()]
    assert sum(len(lines(table)) for table in tables) > 500


@pytest.mark.parametrize("line", lines(WORKS))
def test_what_makes_sense_works_in_silence(line):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler = call(line, names())
        for _ in range(12):
            scheduler.step(*[1.0] * isinstance(scheduler, s.ReduceLROnPlateau))
            lrs = [float(group["lr"]) for group in scheduler.optimizer.param_groups]
            assert all(0 <= lr < math.inf for lr in lrs)
    if not isinstance(scheduler, s.GroupScheduler):
        assert scheduler.get_last_lr() == pytest.approx(lrs, rel=1e-6)


@pytest.mark.parametrize("line", lines(SILENT_TOGETHER))
def test_hands_that_no_composite_takes_are_left_in_peace(line):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call(line, names())


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, text in REFUSED.items() for line in lines(text)])
def test_what_cannot_be_meant_is_refused_by_name(name, line):
    known = names()
    alone = not any(part in line for part in ("Sequential", "Chained", ".step("))  # members write when they are made
    before = copy.deepcopy([known[k].param_groups for k in ("o", "p", "plain", "resumed")])
    with pytest.raises((TypeError, ValueError, KeyError), match=name):
        call(line, known)
    if alone:
        assert [known[k].param_groups for k in ("o", "p", "plain", "resumed")] == before


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, text in WARNS.items() for line in lines(text)])
def test_a_trap_speaks_once_at_the_callers_line(name, line):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        scheduler = call(line, names())
        if "beside" not in line and "stepped" not in line:
            for _ in range(5):
                scheduler.step(*[1.0] * isinstance(scheduler, s.ReduceLROnPlateau))
    assert [warning.category for warning in told] == [s.ScheduleWarning], [str(w.message) for w in told]
    assert issubclass(s.ScheduleWarning, UserWarning)
    assert re.search(name, str(told[0].message))
    assert told[0].filename == __file__


def test_what_was_loaded_warns_of_no_trap_again():
    with pytest.warns(s.ScheduleWarning):
        scheduler = s.CosineAnnealingLR(sgd(), 9, 0.2)
        other = s.CosineAnnealingLR(sgd(), 9, 0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other.load_state_dict(scheduler.state_dict())
        for _ in range(3):
            other.step()
