"""Checks of exercise 8: counting steps, one-cycle in two and three phases, its momentum, a fall that never arrives."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def count_by_walking(epochs, samples, batch_size, drop_last, accumulate):
    steps = 0
    for _ in range(epochs):
        waiting = 0
        for first in range(0, samples, batch_size):
            if first + batch_size > samples and drop_last:
                continue
            waiting += 1
            if waiting == accumulate:
                steps, waiting = steps + 1, 0
        steps += waiting > 0
    return steps


def count_in_whole_numbers(epochs, samples, batch_size, drop_last, accumulate):
    batches, rest = divmod(samples, batch_size)
    batches += bool(rest) and not drop_last
    return (batches + accumulate - 1) // accumulate * epochs


def one_cycle_by_corners(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    """Interpolation between corners, along the cosine of half the angle."""
    corners = [0, pct_start * total_steps - 1, total_steps - 1]
    values = [max_lr / div_factor, max_lr, max_lr / (div_factor * final_div_factor)]
    step = min(step, total_steps - 1)
    i = 0 if step <= corners[1] else 1
    weight = math.sin(math.pi / 2 * (step - corners[i]) / (corners[i + 1] - corners[i])) ** 2
    return (1 - weight) * values[i] + weight * values[i + 1]


def one_cycle_by_table(step, max_lr, total_steps, pct_start, div_factor, final_div_factor):
    import numpy as np

    t = np.arange(total_steps)
    peak = pct_start * total_steps - 1
    up = (1 - np.cos(np.pi * t / peak)) / 2
    down = (1 + np.cos(np.pi * (t - peak) / (total_steps - 1 - peak))) / 2
    low, end = max_lr / div_factor, max_lr / div_factor / final_div_factor
    table = np.where(t < peak, low + (max_lr - low) * up, end + (max_lr - end) * down)
    return table[min(step, total_steps - 1)]


def three_phases_by_interp(step, max_lr, total_steps, rise, div_factor):
    import numpy as np

    low = max_lr / div_factor
    return np.interp(step, [0, rise, 2 * rise, total_steps - 1], [low, max_lr, low, 0])


def momentum_by_interp(step, total_steps, pct_start, base_momentum, max_momentum):
    import numpy as np

    values = [max_momentum, base_momentum, max_momentum]
    return float(np.interp(step, [0, pct_start * total_steps - 1, total_steps - 1], values))


def fall_by_counting(step, max_lr, total_steps):
    left = total_steps - 1 - step
    return max_lr * left / (total_steps - 1) if left > 0 else 0


def draw_count(rng):
    samples, batch_size = rng.randint(20, 5000), rng.randint(1, 200)
    samples = samples if rng.random() < 0.6 else batch_size * rng.randint(1, 40)
    return case(
        epochs=rng.randint(1, 30),
        samples=max(samples, batch_size),
        batch_size=batch_size,
        drop_last=rng.random() < 0.5,
        accumulate=rng.choice([1, 2, 3, 4, 8]),
    )


def draw_plan(rng):
    """A length and a pct_start that put the peak between the first and the last step, off the whole steps."""
    total_steps = rng.randint(8, 60)
    return total_steps, (rng.randint(2, total_steps - 2) + rng.uniform(0.1, 0.9)) / total_steps


def draw_cycle(rng):
    total, pct = draw_plan(rng)
    factors = {"div_factor": rng.uniform(2, 30), "final_div_factor": rng.uniform(2, 1000)}
    return case(total + 3, max_lr=rng.uniform(0.01, 1), total_steps=total, pct_start=pct, **factors)


def draw_three(rng):
    rise = rng.randint(1, 15)
    total = 2 * rise + rng.randint(2, 20)
    return case(total + 3, max_lr=rng.uniform(0.01, 1), total_steps=total, rise=rise, div_factor=rng.uniform(2, 30))


def draw_momentum(rng):
    total, pct = draw_plan(rng)
    low = rng.uniform(0.5, 0.85)
    momenta = {"base_momentum": low, "max_momentum": rng.uniform(low + 0.05, 0.99)}
    return case(total + 3, total_steps=total, pct_start=pct, **momenta)


def draw_fall(rng):
    total = rng.randint(2, 60)
    return case(total + 3, max_lr=rng.uniform(0.01, 1), total_steps=total)


def count(epochs, samples, batch_size, drop_last, accumulate):
    return case(epochs=epochs, samples=samples, batch_size=batch_size, drop_last=drop_last, accumulate=accumulate)


def cycle(steps, total_steps, pct_start, div_factor=25, final_div_factor=10):
    factors = {"div_factor": div_factor, "final_div_factor": final_div_factor}
    return case(steps, max_lr=0.1, total_steps=total_steps, pct_start=pct_start, **factors)


exercise = Exercise(
    lesson="08_one_cycle",
    title="One cycle",
    tasks=(
        Task(
            "count_steps",
            points=2,
            drive="call",
            difficulty=2,
            importance=5,
            minutes=8,
            takeaway=(
                "Count the optimizer's steps before the run, with drop_last and accumulation: a schedule of a "
                "fixed length needs them."
            ),
            public=(
                count(10, 1000, 64, False, 1),
                count(10, 1000, 64, True, 1),
                count(10, 1000, 64, False, 3),
                count(3, 1000, 100, False, 2),
                count(1, 1000, 100, True, 1),
                count(2, 70, 10, True, 3),
                count(2, 1010, 100, False, 1),
                count(3, 700, 100, False, 4),
            ),
            edges=(
                count(4, 900, 100, True, 4),
                count(3, 1001, 100, True, 1),
                count(3, 1001, 100, False, 4),
                count(1, 64, 64, False, 1),
                count(2, 65, 64, False, 2),
                count(5, 10, 1, True, 20),
            ),
            draw=draw_count,
            draws=12,
            hints=(
                "How many batches has one epoch, with and without the smaller last batch?",
                "First the batches of an epoch, then the optimizer steps of an epoch, then all epochs.",
                "// rounds down and leaves a rest out, math.ceil of a division rounds up and counts it. Batches "
                "left over in an epoch make one more step there: which of the two is that?",
            ),
            mistakes=(
                Mistake(
                    "You join the batches of one step across their borders. First count the batches, then the steps: "
                    "both round up.",
                    "epochs * math.ceil(batches / accumulate)",
                    "epochs * (samples // (batch_size * accumulate) if drop_last else math.ceil(samples / (batch_size "
                    "* accumulate)))",
                ),
                Mistake(
                    "drop_last always takes a batch off in your version. Where the samples fill the last batch, "
                    "nothing is dropped.",
                    "batches = samples // batch_size",
                    "batches = math.ceil(samples / batch_size) - 1",
                ),
                Mistake(
                    "You always drop the smaller last batch. It counts unless drop_last is true.",
                    "math.ceil(samples / batch_size)",
                    "samples // batch_size",
                ),
                Mistake(
                    "You always count the smaller last batch. With drop_last it does not count.",
                    "samples // batch_size",
                    "math.ceil(samples / batch_size)",
                ),
                Mistake(
                    "You count batches and ignore accumulation: the LR would never reach its end.",
                    "math.ceil(batches / accumulate)",
                    "batches",
                ),
                Mistake(
                    "You drop the batches left over at the end of an epoch. They make one more step.",
                    "math.ceil(batches / accumulate)",
                    "(batches // accumulate)",
                ),
                Mistake(
                    "You accumulate across epochs. Here every epoch ends with a step of its own.",
                    "epochs * math.ceil(batches / accumulate)",
                    "math.ceil(epochs * batches / accumulate)",
                ),
                Mistake(
                    "You count the samples of all epochs in one row. Every epoch has its own smaller last batch.",
                    lambda epochs, samples, batch_size, drop_last, accumulate: math.ceil(
                        (epochs * samples // batch_size if drop_last else math.ceil(epochs * samples / batch_size))
                        / accumulate
                    ),
                ),
                Mistake(
                    "drop_last is the wrong way round: when it is true, the smaller last batch does not count.",
                    "if drop_last",
                    "if not drop_last",
                ),
                Mistake(
                    "You add a batch even where the samples fill the last one. math.ceil adds one only if needed.",
                    "math.ceil(samples / batch_size)",
                    "samples // batch_size + 1",
                ),
                Mistake(
                    "You return a fraction of a step. Round up twice in each epoch: the batches, then the steps.",
                    lambda epochs, samples, batch_size, drop_last, accumulate: (
                        epochs * samples / batch_size / accumulate
                    ),
                ),
            ),
            also_right=(count_by_walking, count_in_whole_numbers),
        ),
        Task(
            "one_cycle_lr",
            points=3,
            drive="curve",
            difficulty=3,
            importance=4,
            minutes=12,
            takeaway=(
                "The schedule sets the first LR, max_lr / div_factor, whatever LR you gave to the optimizer: know "
                "your start."
            ),
            public=(cycle(100, 100, 0.3), cycle(12, 10, 0.5, div_factor=10), cycle(7, 6, 0.75, 2, 100)),
            edges=(cycle([800, 0, 19], 20, 0.25), cycle(8, 8, 0.4, final_div_factor=1)),
            draw=draw_cycle,
            hints=(
                "Write down the three corners as (step, LR). Between which two does the step lie?",
                "Work out the share of the way from one corner to the next, from 0 to 1. Past the end keep it at 1.",
                "(1 - cos(pi * share)) / 2 rises from 0 to 1 in a wave. Start from the first corner's LR and add "
                "that part of the difference between the two LRs. The way down is the same formula with other "
                "corners.",
            ),
            mistakes=(
                Mistake(
                    "On the way up your wave is upside down: it starts at max_lr and falls.",
                    "fraction, first, last = step / peak_step, start, max_lr",
                    "fraction, first, last = step / peak_step, max_lr, start",
                ),
                Mistake(
                    "On the way up your wave is upside down: it starts at max_lr and falls.",
                    "    if step < peak_step:\n        fraction, first, last = step / peak_step, start, max_lr",
                    "    if step <= peak_step:\n        fraction, first, last = step / peak_step, max_lr, start",
                ),
                Mistake(
                    "You take a full wave between two corners, there and back. Half of it is math.pi, not 2 * math.pi.",
                    "math.pi * fraction",
                    "2 * math.pi * fraction",
                ),
                Mistake(
                    "Your peak lies at pct_start * (total_steps - 1). It belongs to step pct_start * total_steps - 1.",
                    "pct_start * total_steps - 1",
                    "pct_start * (total_steps - 1)",
                ),
                Mistake(
                    "On the way down you count the fraction from the start of the run. It is 0 at the peak and 1 at "
                    "the last step.",
                    "(step - peak_step) / (last_step - peak_step)",
                    "step / last_step",
                ),
                Mistake(
                    "Your peak comes one step late. Steps count from 0, so it lies at pct_start * total_steps - 1.",
                    "pct_start * total_steps - 1",
                    "pct_start * total_steps",
                ),
                Mistake(
                    "Your end comes one step late: the last step of total_steps is total_steps - 1.",
                    "last_step = total_steps - 1",
                    "last_step = total_steps",
                ),
                Mistake(
                    "final_div_factor divides the starting LR, not max_lr.",
                    "end = start / final_div_factor",
                    "end = max_lr / final_div_factor",
                ),
                Mistake(
                    "Past the end your LR rises again, as torch's own does for one step. Hold the fraction at 1.",
                    "fraction = min(fraction, 1)",
                    "fraction = fraction",
                ),
                Mistake(
                    "You start at 0. The first step has max_lr / div_factor.",
                    "fraction, first, last = step / peak_step, start, max_lr",
                    "fraction, first, last = step / peak_step, 0.0, max_lr",
                ),
                Mistake(
                    "You connect the corners with straight lines. Here it is half a cosine wave.",
                    "(1 - math.cos(math.pi * fraction)) / 2",
                    "fraction",
                ),
                Mistake(
                    "Your fall ends where the rise began. It goes on to max_lr / div_factor / final_div_factor.",
                    "max_lr, end",
                    "max_lr, start",
                ),
                Mistake(
                    "You round the peak to a whole step. It may lie between two steps: leave the fraction.",
                    "peak_step = pct_start * total_steps - 1",
                    "peak_step = int(pct_start * total_steps) - 1",
                ),
                Mistake(
                    "You divide by all steps of the run. The fall has last_step - peak_step of them.",
                    "(step - peak_step) / (last_step - peak_step)",
                    "(step - peak_step) / last_step",
                ),
            ),
            also_right=(one_cycle_by_corners, one_cycle_by_table),
            survivors={"if step < peak_step": "at the peak itself both phases give max_lr"},
        ),
        Task(
            "three_phase_lr",
            points=2,
            drive="curve",
            difficulty=3,
            importance=2,
            minutes=10,
            takeaway=(
                "Check a schedule at its corners, one step before and one after: that is where it is wrong if it is."
            ),
            public=(
                case(14, max_lr=1.0, total_steps=12, rise=4, div_factor=10),
                case(100, max_lr=0.1, total_steps=100, rise=45, div_factor=25),
                case(6, max_lr=0.5, total_steps=5, rise=1, div_factor=2),
            ),
            edges=(case([500, 0, 9], max_lr=0.1, total_steps=30, rise=9, div_factor=5),),
            draw=draw_three,
            hints=(
                "Sketch it with the example. Which two of the three phases are mirror images?",
                "The first two make one triangle that stands on the low LR. The third is a straight line to 0.",
                "1 - abs(step / rise - 1) is 0 at step 0, 1 at the peak and 0 again at step 2 * rise. For the tail "
                "count the steps that are left until total_steps - 1, and how many it has in all.",
            ),
            mistakes=(
                Mistake(
                    "Your triangle starts from 0. It starts from max_lr / div_factor.",
                    "low + (max_lr - low) * (1 - abs(step / rise - 1))",
                    "low + (max_lr - low) * (1 - abs(step / rise - 1)) if step >= rise else max_lr * step / rise",
                ),
                Mistake(
                    "Your tail ends one step late: LR 0 belongs to step total_steps - 1.",
                    lambda step, max_lr, total_steps, rise, div_factor: (
                        max_lr / div_factor * (1 + (div_factor - 1) * (1 - abs(step / rise - 1)))
                        if step < 2 * rise
                        else max_lr / div_factor * max(total_steps - step, 0) / (total_steps - 2 * rise)
                    ),
                ),
                Mistake(
                    "You have two phases: after the peak you fall straight to 0. The paper comes back to the low LR "
                    "first.",
                    lambda step, max_lr, total_steps, rise, div_factor: (
                        max_lr / div_factor + (max_lr - max_lr / div_factor) * step / rise
                        if step < rise
                        else max_lr * max(total_steps - 1 - step, 0) / (total_steps - 1 - rise)
                    ),
                ),
                Mistake(
                    "Past the end your LR is negative. It stays at 0.",
                    "max(left, 0)",
                    "left",
                ),
                Mistake(
                    "After the triangle you stay at the low LR. The third phase takes it to 0.",
                    "low * max(left, 0) / (total_steps - 1 - 2 * rise)",
                    "low",
                ),
                Mistake(
                    "Your triangle starts at 0. It stands on max_lr / div_factor.",
                    "return low + (max_lr - low) *",
                    "return max_lr *",
                ),
                Mistake(
                    "Your second phase falls to 0. It ends at max_lr / div_factor; only the third goes down to 0.",
                    "    return low + (max_lr - low) * (1 - abs(step / rise - 1))",
                    "    return low + (max_lr - low) * step / rise if step < rise else max_lr * (2 - step / rise)",
                ),
            ),
            also_right=(three_phases_by_interp,),
            survivors={"if step < 2 * rise": "at step 2 * rise the triangle and the tail both give the low LR"},
        ),
        Task(
            "one_cycle_momentum",
            points=2,
            drive="curve",
            difficulty=2,
            importance=3,
            minutes=6,
            takeaway="Momentum multiplies the LR that counts, so a high LR wants a lower one: plan the two together.",
            ylabel="momentum",
            public=(
                case(100, total_steps=100, pct_start=0.3, base_momentum=0.85, max_momentum=0.95),
                case(12, total_steps=10, pct_start=0.5, base_momentum=0.8, max_momentum=0.9),
                case(16, total_steps=15, pct_start=0.3, base_momentum=0.85, max_momentum=0.95),
            ),
            edges=(case([800, 0], total_steps=20, pct_start=0.25, base_momentum=0.8, max_momentum=0.9),),
            draw=draw_momentum,
            hints=(
                "At which of the corners of task 2 is the momentum highest, and at which is it lowest?",
                "Work out a height that is 0 at both ends, 1 at the peak of the LR, and straight between. Past the "
                "end it is 0.",
                "The momentum stands at max_momentum where the height is 0, and goes down by the whole difference "
                "where it is 1.",
            ),
            mistakes=(
                Mistake(
                    "You round the peak to a whole step. It may lie between two steps: leave the fraction.",
                    "pct_start * total_steps - 1",
                    "int(pct_start * total_steps) - 1",
                ),
                Mistake(
                    "After the peak you stay at base_momentum. While the LR falls, the momentum rises back.",
                    "        height = max(last_step - step, 0) / (last_step - peak_step)",
                    "        height = 1",
                ),
                Mistake(
                    "Your turn comes in the middle of the run. It comes where the LR has its peak: pct_start * "
                    "total_steps - 1.",
                    "peak_step = pct_start * total_steps - 1",
                    "peak_step = (total_steps - 1) / 2",
                ),
                Mistake(
                    "Your momentum rises with the LR. It is lowest where the LR is highest.",
                    "max_momentum - (max_momentum - base_momentum) * height",
                    "base_momentum + (max_momentum - base_momentum) * height",
                ),
                Mistake(
                    "Your lowest momentum comes one step late: the LR's peak lies at pct_start * total_steps - 1.",
                    "pct_start * total_steps - 1",
                    "pct_start * total_steps",
                ),
                Mistake(
                    "Past the end your momentum grows above max_momentum, and soon above 1. It stays.",
                    "max(last_step - step, 0)",
                    "(last_step - step)",
                ),
                Mistake(
                    "Your momentum comes back one step late: the last step is total_steps - 1.",
                    "last_step = total_steps - 1",
                    "last_step = total_steps",
                ),
                Mistake(
                    "You bend the way between the corners into waves. The momentum goes along straight lines here.",
                    "    return max_momentum - (max_momentum - base_momentum) * height",
                    "    height = (1 - math.cos(math.pi * height)) / 2\n"
                    "    return max_momentum - (max_momentum - base_momentum) * height",
                ),
            ),
            also_right=(momentum_by_interp,),
            survivors={"if step < peak_step": "at the peak itself both phases give base_momentum"},
        ),
        Task(
            "fall_to_zero",
            points=1,
            drive="curve",
            difficulty=1,
            importance=4,
            minutes=4,
            takeaway="A run of n steps has the last step n - 1: divide by n - 1 where the last step must arrive.",
            public=(
                case(11, max_lr=0.1, total_steps=11),
                case(3, max_lr=0.4, total_steps=2),
                case([50, 0, 25], max_lr=1.0, total_steps=51),
            ),
            edges=(case([99, 5, 6], max_lr=0.1, total_steps=6),),
            draw=draw_fall,
            hints=(
                "Which steps does a run of total_steps=5 have? What does the function give at the last of them?",
                "The steps 0 to 4: five steps, and four gaps between them.",
                "The share of the way must be 1 at the last step. So divide by the number of gaps.",
            ),
            mistakes=(
                Mistake(
                    "You mend the last step alone, so the line jumps there. The whole line must be steeper: divide by "
                    "total_steps - 1.",
                    lambda step, max_lr, total_steps: (
                        0.0 if step >= total_steps - 1 else max_lr * (1 - step / total_steps)
                    ),
                ),
                Mistake("The last step still has max_lr / total_steps. Divide by the number of gaps.", STUB),
                Mistake(
                    "Step 0 has already fallen. At step 0 the fraction is 0: shorten the divisor, not the step.",
                    "step / (total_steps - 1)",
                    "(step + 1) / total_steps",
                ),
                Mistake(
                    "Now the line ends even later. Five steps have four gaps: one fewer than steps, not one more.",
                    "(total_steps - 1)",
                    "(total_steps + 1)",
                ),
                Mistake(
                    "Python divides before it subtracts. Put total_steps - 1 in brackets.",
                    "(total_steps - 1)",
                    "total_steps - 1",
                ),
                Mistake(
                    "Past the end the LR is negative. Keep the fraction at 1 or below.",
                    "min(step / (total_steps - 1), 1)",
                    "step / (total_steps - 1)",
                ),
            ),
            also_right=(fall_by_counting,),
        ),
        Task(
            "cycle_lrs",
            points=1,
            drive="value",
            difficulty=1,
            importance=3,
            minutes=4,
            takeaway="Read the defaults of a schedule as LRs: 25 and 10,000 put its end 250,000 times below its peak.",
            public=({},),
            hints=(
                "Which of the numbers in the text sets the LR of the first step? Is it the optimizer's?",
                "OneCycleLR overwrites the optimizer's LR when it is made. All three LRs follow from max_lr.",
                "The first is max_lr divided by div_factor. The last is the *first* one divided by final_div_factor.",
            ),
            mistakes=(
                Mistake("The end is low, but it is not 0: divide the first LR by final_div_factor.", [0.004, 0.1, 0]),
                Mistake(
                    "You start from the optimizer's 0.5. The cycle has LRs of its own, from max_lr=0.1.",
                    [0.02, 0.5, 2e-6],
                ),
                Mistake(
                    "The peak is max_lr, whatever LR the optimizer was made with.",
                    [0.004, 0.5, 4e-7],
                ),
                Mistake(
                    "final_div_factor is 10,000 here: 0.004 / 10,000.",
                    [0.004, 0.1, 4e-6],
                ),
                Mistake(
                    "The optimizer's own LR is overwritten: the run starts at max_lr / div_factor.", [0.5, 0.1, 4e-7]
                ),
                Mistake("div_factor divides max_lr, not the optimizer's LR of 0.5.", [0.02, 0.1, 2e-6]),
                Mistake("final_div_factor divides the first LR, not max_lr.", [0.004, 0.1, 1e-5]),
                Mistake("final_div_factor divides the first LR, not the optimizer's LR.", [0.004, 0.1, 5e-5]),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "08_quiz_1",
            "`OneCycleLR(..., total_steps=1000)` and a loop that calls `scheduler.step()` 1001 times. What does torch "
            "do?",
            "b",
            {
                "a": ("It stays at the lowest LR.", "That would be kind. torch stops the run instead."),
                "b": ("It raises an error at the last call.", "Right, often after days. Count the steps beforehand."),
                "c": ("It starts a second cycle.", "One cycle is all there is; the name says it."),
            },
        ),
        Quiz(
            "08_quiz_2",
            "One-cycle for plain SGD beats your constant LR by far. Which difference besides the LR does the run have?",
            "c",
            {
                "a": ("None.", "There is one, and torch sets it without a word."),
                "b": ("Weight decay.", "OneCycleLR does not touch weight decay."),
                "c": ("Momentum: it is switched on and cycled.", "Right: cycle_momentum=True is the default."),
            },
        ),
        Quiz(
            "08_quiz_3",
            "You want the paper's cycle. What do you pass to torch?",
            "a",
            {
                "a": (
                    "`three_phase=True, anneal_strategy='linear'`",
                    "Right: straight lines, and back to the start first.",
                ),
                "b": ("Nothing, the defaults are the paper's.", "The defaults have two phases and a cosine."),
                "c": ("`pct_start=1.0`", "Then the LR rises until the end and never falls."),
            },
        ),
    ),
)
