"""Every schedule as a pure function of the step: make it once, then ask it for the learning rate (LR) at any step.

A step is a count of 0 or more: optimizer updates or epochs, whichever you count in. Each function here returns a
function schedule(step) that gives the LR as a float, also past the schedule's end; a negative step has no meaning.
Arguments are checked when a schedule is made: ValueError or TypeError that names the argument and what is accepted.

A schedule is a value: it prints as the call that made it, equal calls make equal schedules, it pickles and copies. A
new one is a maker like those in decays.py: a function under @maker (value.py) that checks its arguments and returns
the inner function of the step.
"""

from lrcourse.schedules.compose import chain, curve, interpolate, join, scale, stretch
from lrcourse.schedules.cycles import cosine_restarts, cyclic, one_cycle
from lrcourse.schedules.decays import (
    constant,
    cosine,
    exponential,
    half_life,
    inverse_time,
    linear,
    multistep,
    polynomial,
    step_decay,
)
from lrcourse.schedules.value import Schedule, ScheduleLike
from lrcourse.schedules.warmups import (
    exponential_warmup,
    flat_cosine,
    inverse_sqrt,
    linear_warmup,
    warmup,
    wsd,
)

__all__ = [
    "Schedule",
    "ScheduleLike",
    "constant",
    "step_decay",
    "multistep",
    "exponential",
    "inverse_time",
    "half_life",
    "linear",
    "polynomial",
    "cosine",
    "cosine_restarts",
    "cyclic",
    "one_cycle",
    "linear_warmup",
    "exponential_warmup",
    "inverse_sqrt",
    "wsd",
    "flat_cosine",
    "interpolate",
    "join",
    "chain",
    "scale",
    "stretch",
    "warmup",
    "curve",
]
