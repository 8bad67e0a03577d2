"""Versions of exercise 8: leftover batches go, or go on; a line and a wave, equal factors; other cycles to predict."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("08_one_cycle").task


def batches_of(samples, batch_size, drop_last):
    """By walking through an epoch."""
    batches = 0
    for first in range(0, samples, batch_size):
        batches += not (drop_last and first + batch_size > samples)
    return batches


def whole_by_walking(epochs, samples, batch_size, drop_last, accumulate):
    steps = 0
    for _ in range(epochs):
        waiting = 0
        for _ in range(batches_of(samples, batch_size, drop_last)):
            waiting += 1
            if waiting == accumulate:
                steps, waiting = steps + 1, 0
    return steps


def going_on_by_walking(epochs, samples, batch_size, drop_last, accumulate):
    steps = waiting = 0
    for _ in range(epochs):
        for _ in range(batches_of(samples, batch_size, drop_last)):
            waiting += 1
            if waiting == accumulate:
                steps, waiting = steps + 1, 0
    return steps + (waiting > 0)


def count(epochs, samples, batch_size, drop_last, accumulate):
    return case(epochs=epochs, samples=samples, batch_size=batch_size, drop_last=drop_last, accumulate=accumulate)


ALWAYS_DROPS = "You always drop the smaller last batch. It counts unless drop_last is true."
NEVER_DROPS = "You always count the smaller last batch. With drop_last it does not count."
IGNORES = "You count batches and ignore accumulation: the LR would never reach its end."
ONE_TOO_MANY = "You add a batch even where the samples fill the last one. math.ceil adds one only if needed."

LEFTOVERS_GO = replace(
    published("count_steps"),
    public=(
        count(10, 1000, 64, False, 1),
        count(10, 1000, 64, True, 1),
        count(10, 1000, 64, False, 3),
        count(3, 900, 100, False, 2),
        count(1, 1000, 100, True, 1),
        count(2, 70, 10, True, 3),
        count(2, 150, 64, False, 4),
    ),
    hints=(
        "How many batches has one epoch, with and without the smaller last batch?",
        "First the batches of an epoch, then the optimizer steps of an epoch, then all epochs.",
        "// rounds down and leaves a rest out, math.ceil of a division rounds up and counts it. Batches left over in "
        "an epoch make no step here: which of the two is that?",
    ),
    mistakes=(
        Mistake(
            "You let the batches left over at the end of an epoch make one more step. Here they are thrown away.",
            "(batches // accumulate)",
            "math.ceil(batches / accumulate)",
        ),
        Mistake(
            "You let the leftover batches go on into the next epoch. Here each epoch throws its own away.",
            "epochs * (batches // accumulate)",
            "(epochs * batches) // accumulate",
        ),
        Mistake(IGNORES, "(batches // accumulate)", "batches"),
        Mistake(
            "You return a fraction of a step. A step happens or it does not: // counts the complete ones.",
            "(batches // accumulate)",
            "(batches / accumulate)",
        ),
        Mistake(ALWAYS_DROPS, "math.ceil(samples / batch_size)", "samples // batch_size"),
        Mistake(NEVER_DROPS, "samples // batch_size", "math.ceil(samples / batch_size)"),
        Mistake(
            "drop_last is the wrong way round: when it is true, the smaller last batch does not count.",
            "if drop_last",
            "if not drop_last",
        ),
        Mistake(ONE_TOO_MANY, "math.ceil(samples / batch_size)", "samples // batch_size + 1"),
    ),
    also_right=(whole_by_walking,),
    survivors={
        "batches = samples // batch_size: samples // batch_size -> samples /": "what is over is cut off by the next //"
    },
)

LEFTOVERS_GO_ON = replace(
    published("count_steps"),
    hints=(
        "How many batches has one epoch, with and without the smaller last batch? And how many has the run?",
        "First the batches of an epoch, then those of the whole run. The optimizer counts these and no epochs.",
        "// rounds down and leaves a rest out, math.ceil of a division rounds up and counts it. Batches left over at "
        "the end of the run make one more step: which of the two is that?",
    ),
    mistakes=(
        Mistake(
            "You end every epoch with a step of its own. Here leftover batches go on into the next epoch.",
            "math.ceil(epochs * batches / accumulate)",
            "epochs * math.ceil(batches / accumulate)",
        ),
        Mistake(
            "You throw away what is left at the end of the run. It makes one more step.",
            "math.ceil(epochs * batches / accumulate)",
            "epochs * batches // accumulate",
        ),
        Mistake(
            "You throw away what is left at the end of each epoch. It goes on into the next one.",
            "math.ceil(epochs * batches / accumulate)",
            "epochs * (batches // accumulate)",
        ),
        Mistake(IGNORES, "math.ceil(epochs * batches / accumulate)", "epochs * batches"),
        Mistake(
            "You return a fraction of a step. Round up at the end, once.",
            "math.ceil(epochs * batches / accumulate)",
            "epochs * batches / accumulate",
        ),
        Mistake(ALWAYS_DROPS, "math.ceil(samples / batch_size)", "samples // batch_size"),
        Mistake(NEVER_DROPS, "samples // batch_size", "math.ceil(samples / batch_size)"),
        Mistake(ONE_TOO_MANY, "math.ceil(samples / batch_size)", "samples // batch_size + 1"),
    ),
    also_right=(going_on_by_walking,),
)


def wave_down_by_angle(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    peak, low, end = pct_start * total_steps - 1, max_lr / div_factor, max_lr / final_div_factor
    if step <= peak:
        return low * (1 - step / peak) + max_lr * step / peak
    gone = min((step - peak) / (total_steps - 1 - peak), 1)
    return end + (max_lr - end) * math.cos(math.pi / 2 * gone) ** 2


def factors_by_logs(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    import numpy as np

    corners = [0, pct_start * total_steps - 1, total_steps - 1]
    lrs = [max_lr / div_factor, max_lr, max_lr / div_factor / final_div_factor]
    return math.exp(np.interp(step, corners, np.log(lrs)))


def factors_by_branches(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    peak = pct_start * total_steps - 1
    if step < peak:
        return max_lr / div_factor ** (1 - step / peak)
    gone = min((step - peak) / (total_steps - 1 - peak), 1)
    return max_lr / (div_factor * final_div_factor) ** gone


PEAK_LATE = "Your peak comes one step late. Steps count from 0, so it lies at pct_start * total_steps - 1."
END_LATE = "Your end comes one step late: the last step of total_steps is total_steps - 1."
BY_ALL = "You divide by all steps of the run. The fall has last_step - peak_step of them."
FROM_START = (
    "On the way down you count the fraction from the start of the run. It is 0 at the peak and 1 at the last step."
)
WHOLE_PEAK = "You round the peak to a whole step. It may lie between two steps: leave the fraction."
DOWN = "fraction = min((step - peak_step) / (last_step - peak_step), 1)"


def same_corners(down=DOWN):
    """Mistakes about the corners, which all versions share."""
    return (
        Mistake(PEAK_LATE, "pct_start * total_steps - 1", "pct_start * total_steps"),
        Mistake(END_LATE, "last_step = total_steps - 1", "last_step = total_steps"),
        Mistake(WHOLE_PEAK, "peak_step = pct_start * total_steps - 1", "peak_step = int(pct_start * total_steps) - 1"),
        Mistake(BY_ALL, down, down.replace("(last_step - peak_step)", "last_step")),
        Mistake(FROM_START, down, "fraction = min(step / last_step, 1)"),
    )


LINE_AND_WAVE = replace(
    published("one_cycle_lr"),
    hints=(
        "Write down the three corners as (step, LR). Between which two does the step lie?",
        "Work out the share of the way from one corner to the next, from 0 to 1. Past the end keep it at 1.",
        "On the way up add that share of the difference to the start. On the way down (1 + cos(pi * share)) / 2 falls "
        "from 1 to 0 in a wave: the end, and that part of the difference above it.",
    ),
    mistakes=(
        *same_corners(),
        Mistake(
            "Your rise is half a wave, too. Here the LR climbs along a straight line.",
            "return start + (max_lr - start) * step / peak_step",
            "return start + (max_lr - start) * (1 - math.cos(math.pi * step / peak_step)) / 2",
        ),
        Mistake(
            "Your fall is a straight line. Here it is half a cosine wave.",
            "(1 + math.cos(math.pi * fraction)) / 2",
            "(1 - fraction)",
        ),
        Mistake(
            "You divide the starting LR by final_div_factor, as torch does. Here it divides max_lr.",
            "end = max_lr / final_div_factor",
            "end = start / final_div_factor",
        ),
        Mistake(
            "Past the end your LR rises again. Hold the fraction at 1.",
            DOWN,
            DOWN.replace("min(", "").replace(", 1)", ""),
        ),
        Mistake(
            "You start at 0. The first step has max_lr / div_factor.",
            "return start + (max_lr - start) * step",
            "return max_lr * step",
        ),
        Mistake(
            "Your fall ends where the rise began. It goes to max_lr / final_div_factor.",
            "end = max_lr / final_div_factor",
            "end = start",
        ),
    ),
    also_right=(wave_down_by_angle,),
    survivors={"if step < peak_step": "at the peak itself both phases give max_lr"},
)

EQUAL_FACTORS = replace(
    published("one_cycle_lr"),
    hints=(
        "Write down the three corners as (step, LR). Between which two does the step lie?",
        "Work out the share of the way from one corner to the next, from 0 to 1. Past the end keep it at 1. Halfway "
        "between 0.01 and 1 the LR is 0.1.",
        "From one corner to the next the LR is multiplied by last / first in all. The share of the way says how often: "
        "it is the power.",
    ),
    mistakes=(
        *same_corners("fraction, first, last = (step - peak_step) / (last_step - peak_step), max_lr, end")[:3],
        Mistake(
            BY_ALL,
            "(step - peak_step) / (last_step - peak_step)",
            "(step - peak_step) / last_step",
        ),
        Mistake(FROM_START, "(step - peak_step) / (last_step - peak_step)", "step / last_step"),
        Mistake(
            "You connect the corners with straight lines. Here each step multiplies by the same factor.",
            "first * (last / first) ** min(fraction, 1)",
            "first + (last - first) * min(fraction, 1)",
        ),
        Mistake(
            "You connect the corners with half a cosine wave. Here each step multiplies by the same factor.",
            "first * (last / first) ** min(fraction, 1)",
            "first + (last - first) * (1 - math.cos(math.pi * min(fraction, 1))) / 2",
        ),
        Mistake(
            "final_div_factor divides the starting LR, not max_lr.",
            "end = start / final_div_factor",
            "end = max_lr / final_div_factor",
        ),
        Mistake("Past the end your LR falls on. Hold the fraction at 1.", "min(fraction, 1)", "fraction"),
        Mistake(
            "The fraction is upside down: from first to last the LR is multiplied by last / first.",
            "(last / first)",
            "(first / last)",
        ),
        Mistake(
            "Your fall ends where the rise began. It goes on to max_lr / div_factor / final_div_factor.",
            "max_lr, end",
            "max_lr, start",
        ),
    ),
    also_right=(factors_by_logs, factors_by_branches),
    survivors={"if step < peak_step": "at the peak itself both phases give max_lr"},
)


def other_factors(top):
    """div_factor=10, final_div_factor=100; the optimizer's own LR is 0.5."""
    lrs = [top / 10, top, top / 1000]
    return replace(
        published("cycle_lrs"),
        takeaway="Read the factors of a schedule as LRs: 10 and 100 put its end 1,000 times below its peak.",
        hints=(
            "Which of the numbers in the text sets the LR of the first step? Is it the optimizer's?",
            "OneCycleLR overwrites the optimizer's LR when it is made. All three LRs follow from max_lr.",
            "The first is max_lr divided by div_factor. The last is the *first* one divided by final_div_factor.",
        ),
        mistakes=(
            Mistake(
                "You start from the optimizer's 0.5. The cycle has LRs of its own, from max_lr.",
                [0.05, 0.5, 0.0005],
            ),
            Mistake("The peak is max_lr, whatever LR the optimizer was made with.", [top / 10, 0.5, top / 1000]),
            Mistake(
                "The optimizer's own LR is overwritten: the run starts at max_lr / div_factor.",
                [0.5, top, top / 1000],
            ),
            Mistake("final_div_factor divides the first LR, not max_lr.", [top / 10, top, top / 100]),
            Mistake(
                "You use torch's defaults, 25 and 10,000. Here div_factor and final_div_factor are given.",
                [top / 25, top, top / 250_000],
            ),
        ),
    ), lrs


def third_phase(top):
    """three_phase=True: the first step, the end of the second phase, the last step."""
    lrs = [top / 25, top / 25, top / 250_000]
    return replace(
        published("cycle_lrs"),
        hints=(
            "Which phases has a cycle with three_phase=True? Where does the second of them end?",
            "Up, down by as much again, and then a tail. The first LR is max_lr divided by div_factor.",
            "The second phase ends where the first began. The tail goes on to the *first* LR divided by "
            "final_div_factor.",
        ),
        mistakes=(
            Mistake(
                "You give the peak in the middle. Asked for is the end of the second phase: there the LR is down "
                "again.",
                [top / 25, top, top / 250_000],
            ),
            Mistake(
                "Your second phase ends at the lowest LR. It comes back to the start; the third goes to the lowest.",
                [top / 25, top / 250_000, top / 250_000],
            ),
            Mistake(
                "The optimizer's own LR is overwritten: the run starts at max_lr / div_factor.",
                [0.5, top / 25, top / 250_000],
            ),
            Mistake("final_div_factor divides the first LR, not max_lr.", [top / 25, top / 25, top / 10_000]),
            Mistake(
                "The paper's cycle ends at 0. torch's ends at the first LR / final_div_factor.",
                [top / 25, top / 25, 0.0],
            ),
        ),
    ), lrs


def predict(lrs):
    return (
        f"### BEGIN SOLUTION\ncycle_lrs = {lrs}\n### BEGIN STUB\n"
        "# cycle_lrs = None  # three numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of count_steps, one_cycle_lr and cycle_lrs: over half of the exercise's points."""
    yield Version(
        LEFTOVERS_GO,
        """## Task 1: how many steps?

One-cycle must know the number of optimizer steps before it starts. An epoch goes through all `samples` once, in batches
of `batch_size`. If they do not come out even, the last batch is smaller; it counts unless `drop_last` is true. With
gradient accumulation the optimizer steps once per `accumulate` batches. In this training script batches left over at
the end of an epoch are **thrown away**: they make no step.

Example: 1000 samples in batches of 64 are 16 batches (15 with `drop_last`). With `accumulate=3` they are 5 steps, so 10
epochs have 50.
""",
        """def count_steps(epochs, samples, batch_size, drop_last, accumulate):
    ### BEGIN SOLUTION
    if drop_last:
        batches = samples // batch_size
    else:
        batches = math.ceil(samples / batch_size)
    return epochs * (batches // accumulate)
    ### END SOLUTION
""",
    )
    yield Version(
        LEFTOVERS_GO_ON,
        """## Task 1: how many steps?

One-cycle must know the number of optimizer steps before it starts. An epoch goes through all `samples` once, in batches
of `batch_size`. If they do not come out even, the last batch is smaller; it counts unless `drop_last` is true. With
gradient accumulation the optimizer steps once per `accumulate` batches. In this training script the count of batches
**goes on from epoch to epoch**: batches left over at the end of one wait for the next. What is left at the very end of
the run makes one more step.

Example: 1000 samples in batches of 64 are 16 batches (15 with `drop_last`). With `accumulate=3` 10 epochs have 160
batches and so 54 steps.
""",
        """def count_steps(epochs, samples, batch_size, drop_last, accumulate):
    ### BEGIN SOLUTION
    if drop_last:
        batches = samples // batch_size
    else:
        batches = math.ceil(samples / batch_size)
    return math.ceil(epochs * batches / accumulate)
    ### END SOLUTION
""",
    )
    yield Version(
        LINE_AND_WAVE,
        """## Task 2: two phases

A one-cycle schedule as a function of the step, with torch's arguments but not quite torch's curve. Three LRs: it
starts at `max_lr / div_factor`, its peak is `max_lr`, it ends at `max_lr / final_div_factor`. The peak lies at step
`pct_start * total_steps - 1` (a fraction of a step is fine), the end at step `total_steps - 1`, the last one. Up to
the peak the LR climbs along a **straight line**; after it, it falls along **half a cosine wave**. Past the end it
stays.

`pct_start * total_steps` is more than 1 and less than `total_steps` here.
""",
        """def one_cycle_lr(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    ### BEGIN SOLUTION
    start = max_lr / div_factor
    end = max_lr / final_div_factor
    peak_step = pct_start * total_steps - 1
    last_step = total_steps - 1
    if step < peak_step:
        return start + (max_lr - start) * step / peak_step
    fraction = min((step - peak_step) / (last_step - peak_step), 1)
    return end + (max_lr - end) * (1 + math.cos(math.pi * fraction)) / 2
    ### END SOLUTION
""",
    )
    yield Version(
        EQUAL_FACTORS,
        """## Task 2: two phases

A one-cycle schedule as a function of the step, with torch's arguments but not torch's curve. Three LRs: it starts at
`max_lr / div_factor`, its peak is `max_lr`, it ends at `max_lr / div_factor / final_div_factor`. The peak lies at step
`pct_start * total_steps - 1` (a fraction of a step is fine), the end at step `total_steps - 1`, the last one. Between
two corners every step multiplies the LR by the **same factor**: on a log axis the curve is two straight lines. Past the
end it stays.

`pct_start * total_steps` is more than 1 and less than `total_steps` here.
""",
        """def one_cycle_lr(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    ### BEGIN SOLUTION
    start = max_lr / div_factor
    end = start / final_div_factor
    peak_step = pct_start * total_steps - 1
    last_step = total_steps - 1
    if step < peak_step:
        fraction, first, last = step / peak_step, start, max_lr
    else:
        fraction, first, last = (step - peak_step) / (last_step - peak_step), max_lr, end
    return first * (last / first) ** min(fraction, 1)
    ### END SOLUTION
""",
    )
    top = draw("peak", 0.2, 0.3, 0.4)
    task, lrs = other_factors(top)
    yield Version(
        task,
        f"""## Task 6: predict

The optimizer is made with `lr=0.5`. Then comes `OneCycleLR(optimizer, max_lr={top}, total_steps=100, pct_start=0.3,
div_factor=10, final_div_factor=100)`, torch's own. Which LR have the first step, the step of the peak and the last
step?
""",
        predict(lrs),
    )
    task, lrs = third_phase(top)
    yield Version(
        task,
        f"""## Task 6: predict

The optimizer is made with `lr=0.5`. Then comes `OneCycleLR(optimizer, max_lr={top}, total_steps=100, three_phase=True)`
with torch's other defaults: `pct_start=0.3, div_factor=25, final_div_factor=10_000`. Which LR have the first step, the
step at which the second phase ends, and the last step?
""",
        predict(lrs),
    )
