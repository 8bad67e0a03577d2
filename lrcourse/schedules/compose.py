"""Schedules made of parts: one after the other, multiplied, scaled, stretched, drawn through knots; and the curve."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter

from lrcourse.arguments import function, functions, increasing, pairs, real, whole
from lrcourse.schedules.value import ScheduleLike, inner, maker


@maker
def join(schedules: Sequence[ScheduleLike], at: Iterable[int]) -> ScheduleLike:
    """One schedule after the other: schedules[i + 1] takes over at step at[i] and counts from its own 0.

        lr(t) = schedules[i](t - at[i - 1])  for  at[i - 1] <= t < at[i]

    schedules: a list of functions of the step. at: whole numbers of at least 0 that do not fall, one fewer than there
    are schedules; of two that are equal the phase between them has no step. Raises ValueError for a wrong number or
    order of them, TypeError for what is no function or no number.

    >>> curve(join([linear_warmup(0.1, 2), exponential(0.1, 0.5)], at=[2]), 5)
    [0.05, 0.1, 0.1, 0.05, 0.025]
    """
    schedules = functions("schedules", schedules)
    at = increasing("at", at)
    if len(at) != len(schedules) - 1:
        raise ValueError(f"at must hold one step fewer than there are schedules ({len(schedules)}), not {at}")
    members = list(zip(schedules, [0, *at], strict=True))

    def schedule(step: int) -> float:
        member, start = members[bisect_right(at, step)]
        return member(step - start)

    return schedule


@maker
def chain(schedules: Sequence[ScheduleLike]) -> ScheduleLike:
    """The product of schedules, all on the same step: make one with your base_lr, the others with base_lr=1.0.

        lr(t) = schedules[0](t) * schedules[1](t) * ...

    schedules: a list of functions of the step, at least one. Raises ValueError for none, TypeError for what is no
    function.

    >>> curve(chain([exponential(0.1, 0.5), linear_warmup(1.0, 2)]), 4)
    [0.05, 0.05, 0.025, 0.0125]
    """
    schedules = functions("schedules", schedules)

    def schedule(step: int) -> float:
        lr = 1.0
        for member in schedules:
            lr *= member(step)
        return lr

    return schedule


@maker
def scale(schedule: ScheduleLike, factor: float) -> ScheduleLike:
    """A schedule with every LR times factor: lr(t) = factor * schedule(t).

    factor: at least 0. Raises ValueError for one below, TypeError for what is no function or no number.

    >>> curve(scale(exponential(0.1, 0.5), 10), 3)
    [1.0, 0.5, 0.25]
    """
    function("schedule", schedule)
    factor = real("factor", factor, at_least=0)
    return lambda step: factor * schedule(step)


@maker
def stretch(schedule: Callable[[float], float], factor: float) -> ScheduleLike:
    """A schedule that takes factor times as long: lr(t) = schedule(t / factor).

    With the number of steps in an epoch as factor, a schedule of epochs becomes one of steps that moves at every step.
    schedule must take fractions of a step, as all of ours do. factor: above 0; below 1 it takes less time. Raises
    ValueError for one out of range, TypeError for what is no function or no number.

    >>> curve(stretch(linear(0.1, start_factor=1.0, end_factor=0.0, total_iters=2), 2), 5)
    [0.1, 0.07500000000000001, 0.05, 0.025, 0.0]
    >>> curve(stretch(step_decay(0.1, step_size=1, gamma=0.5), 3), 7)
    [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025]
    """
    function("schedule", schedule)
    factor = real("factor", factor, above=0)
    return lambda step: schedule(step / factor)


@maker(knots=partial(sorted, key=itemgetter(0)))
def interpolate(knots: Iterable[tuple[float, float]]) -> ScheduleLike:
    """Straight lines from knot to knot; before the first knot its LR, from the last one on that one's.

        lr(t) = x + (y - x) * (t - a) / (b - a)  between the knots (a, x) and (b, y)

    knots: pairs (step, LR) of numbers of at least 0, in any order; of two at one step the later in the list holds from
    there on, so the LR jumps. Raises ValueError for no knot or a number out of range, TypeError for what is no pair of
    numbers. optax: piecewise_interpolate_schedule with "linear", which takes factors instead of LRs.

    >>> [round(lr, 3) for lr in curve(interpolate([(0, 0.0), (2, 0.1), (6, 0.02)]), 8)]
    [0.0, 0.05, 0.1, 0.08, 0.06, 0.04, 0.02, 0.02]
    """
    knots = pairs("knots", knots)
    steps = [step for step, _ in knots]

    def schedule(step: int) -> float:
        i = bisect_right(steps, step)
        if i == 0 or i == len(knots):
            return knots[max(0, i - 1)][1]
        (a, x), (b, y) = knots[i - 1], knots[i]
        return x + (y - x) * ((step - a) / (b - a))

    return schedule


def curve(schedule: ScheduleLike, n: int) -> list[float]:
    """The LRs of steps 0 to n - 1, as a list of n floats.

    n: a whole number of at least 0. Raises ValueError for one below, TypeError for what is no function or no number.

    >>> curve(constant(0.1), 2), curve(lambda step: 1 / (step + 1), 3)
    ([0.1, 0.1], [1.0, 0.5, 0.3333333333333333])
    """
    lr = inner(function("schedule", schedule))
    return [lr(step) for step in range(whole("n", n, at_least=0))]
