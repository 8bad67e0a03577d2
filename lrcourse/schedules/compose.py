"""Schedules made of schedules: one after the other, multiplied, scaled; and a schedule's curve."""

from bisect import bisect_right

from lrcourse.arguments import function, functions, increasing, real, whole


def join(schedules, at):
    """One schedule after the other: schedules[i + 1] takes over at step at[i] and counts from its own 0.

    >>> curve(join([linear_warmup(0.1, 2), exponential(0.1, 0.5)], at=[2]), 5)
    [0.05, 0.1, 0.1, 0.05, 0.025]
    """
    schedules = functions("schedules", schedules)
    at = increasing("at", at)
    if len(at) != len(schedules) - 1:
        raise ValueError(f"at must hold one step fewer than there are schedules ({len(schedules)}), not {at}")
    members = list(zip(schedules, [0, *at], strict=True))

    def schedule(step):
        member, start = members[bisect_right(at, step)]
        return member(step - start)

    return schedule


def chain(schedules):
    """The product of schedules, all on the same step: make one with your base_lr, the others with base_lr=1.0.

    >>> curve(chain([exponential(0.1, 0.5), linear_warmup(1.0, 2)]), 4)
    [0.05, 0.05, 0.025, 0.0125]
    """
    schedules = functions("schedules", schedules)

    def schedule(step):
        lr = 1.0
        for member in schedules:
            lr *= member(step)
        return lr

    return schedule


def scale(schedule, factor):
    """A schedule with every LR times factor.

    >>> curve(scale(exponential(0.1, 0.5), 10), 3)
    [1.0, 0.5, 0.25]
    """
    function("schedule", schedule)
    factor = real("factor", factor, at_least=0)
    return lambda step: factor * schedule(step)


def curve(schedule, n):
    """The LRs of steps 0 to n - 1, as a list of n floats.

    >>> curve(constant(0.1), 2)
    [0.1, 0.1]
    """
    function("schedule", schedule)
    return [schedule(step) for step in range(whole("n", n, at_least=0))]
