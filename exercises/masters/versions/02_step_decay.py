"""Versions of exercise 2: steps from 1, a long first stage; late milestones, stages by length; two predictions."""

from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("02_step_decay").task


def from_one(count, **args):
    return case(list(range(1, count + 1)), **args)


def decay_from_one_by_loop(step, base_lr, step_size, gamma):
    for past in range(2, step + 1):
        base_lr *= gamma if (past - 1) % step_size == 0 else 1
    return base_lr


def long_by_loop(step, base_lr, step_size, gamma):
    drop = 2 * step_size
    while drop <= step:
        base_lr, drop = base_lr * gamma, drop + step_size
    return base_lr


def late_by_count(step, base_lr, milestones, gamma):
    return base_lr * gamma ** sum(step > milestone for milestone in milestones)


def stages_by_sums(step, base_lr, lengths, gamma):
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    return base_lr * gamma ** sum(step >= end for end in ends)


def draw_from_one(rng):
    step_size = rng.randint(2, 30)
    lr, gamma = rng.uniform(0.001, 1), rng.uniform(0.1, 0.95)
    return from_one(rng.randint(2, 4) * step_size + 2, base_lr=lr, step_size=step_size, gamma=gamma)


def draw_long(rng):
    step_size = rng.randint(1, 30)
    lr, gamma = rng.uniform(0.001, 1), rng.uniform(0.1, 0.95)
    return case(rng.randint(3, 5) * step_size + 2, base_lr=lr, step_size=step_size, gamma=gamma)


def draw_late(rng):
    drops = sorted(rng.choices(range(1, 40), k=rng.randint(1, 4)))
    return case(drops[-1] + 3, base_lr=rng.uniform(0.001, 1), milestones=drops, gamma=rng.uniform(0.1, 0.95))


def draw_stages(rng):
    lengths = [rng.randint(1, 15) for _ in range(rng.randint(2, 4))]
    return case(sum(lengths) + 3, base_lr=rng.uniform(0.001, 1), lengths=lengths, gamma=rng.uniform(0.1, 0.95))


FROM_ONE = replace(
    published("step_decay"),
    public=(
        from_one(100, base_lr=0.1, step_size=20, gamma=0.5),
        from_one(10, base_lr=1.0, step_size=3, gamma=0.1),
        from_one(6, base_lr=0.2, step_size=2, gamma=0.9),
    ),
    edges=(
        from_one(6, base_lr=0.1, step_size=1, gamma=0.5),
        from_one(20, base_lr=0.1, step_size=50, gamma=0.5),
    ),
    draw=draw_from_one,
    hints=(
        "How many steps are complete before step 21 begins? And before step 1?",
        "Before step number n there were n - 1 steps. Divide that number by step_size and cut the fraction off.",
        "// divides and cuts the fraction off: 19 // 20 is 0, 20 // 20 is 1. Which operator multiplies by gamma as "
        "often as the count says?",
    ),
    mistakes=(
        Mistake(
            "You count steps from 0. Here the first step is step 1, so the first drop comes at step step_size + 1.",
            "(step - 1) // step_size",
            "step // step_size",
        ),
        Mistake(
            "You decay one step late: the first step of the second stage is step step_size + 1.",
            lambda step, base_lr, step_size, gamma: base_lr * gamma ** (max(step - 2, 0) // step_size),
        ),
        Mistake(
            "You divide with /, so the LR falls at every step. // counts whole drops.",
            "(step - 1) // step_size",
            "(step - 1) / step_size",
        ),
        Mistake(
            "You multiply by gamma at every step. Step decay does it once every step_size steps.",
            "((step - 1) // step_size)",
            "(step - 1)",
        ),
        Mistake(
            "You drop once and never again. Every step_size steps bring one more factor of gamma.",
            lambda step, base_lr, step_size, gamma: base_lr * gamma if step > step_size else base_lr,
        ),
        Mistake(
            "You use % (the remainder), so the LR jumps back up. // gives the number of drops.",
            "(step - 1) // step_size",
            "(step - 1) % step_size",
        ),
    ),
    also_right=(decay_from_one_by_loop,),
)

LONG_START = replace(
    published("step_decay"),
    public=(
        case(100, base_lr=0.1, step_size=20, gamma=0.5),
        case(13, base_lr=1.0, step_size=3, gamma=0.1),
        case(7, base_lr=0.2, step_size=1, gamma=0.9),
    ),
    edges=(case(20, base_lr=0.1, step_size=50, gamma=0.5), case(20, base_lr=0.1, step_size=7, gamma=0.5)),
    draw=draw_long,
    hints=(
        "Write down the number of drops at steps 0, 20, 39, 40, 59 and 60, when step_size is 20.",
        "It is one less than in plain step decay, and 0 where that would be below 0.",
        "step // step_size counts the drops of plain step decay. Take 1 away, and let max keep it at 0 or above.",
    ),
    mistakes=(
        Mistake(
            "Your first drop comes at step step_size. Here the first stage is twice as long.",
            "max(step // step_size - 1, 0)",
            "(step // step_size)",
        ),
        Mistake(
            "In the first stage your LR is too high: a count of -1 drops divides by gamma. It is 0 there.",
            "max(step // step_size - 1, 0)",
            "(step // step_size - 1)",
        ),
        Mistake(
            "All your stages are twice as long. Only the first one is.",
            "max(step // step_size - 1, 0)",
            "(step // (2 * step_size))",
        ),
        Mistake(
            "At the end of the first stage you drop twice. Each drop multiplies once.",
            lambda step, base_lr, step_size, gamma: (
                base_lr * gamma ** (step // step_size) if step >= 2 * step_size else base_lr
            ),
        ),
        Mistake(
            "You drop once and never again. After the first stage every step_size steps bring one more factor.",
            lambda step, base_lr, step_size, gamma: base_lr * gamma if step >= 2 * step_size else base_lr,
        ),
    ),
    also_right=(long_by_loop,),
)

LATE = replace(
    published("multistep_decay"),
    public=(
        case(90, base_lr=0.1, milestones=[30, 60], gamma=0.1),
        case(8, base_lr=1.0, milestones=[2, 2, 5], gamma=0.5),
        case(3, base_lr=0.1, milestones=[], gamma=0.5),
    ),
    edges=(
        case(6, base_lr=0.1, milestones=[0, 3], gamma=0.5),
        case(9, base_lr=0.1, milestones=[4, 5, 6], gamma=0.5),
    ),
    draw=draw_late,
    hints=(
        "How many entries of the list lie behind this step?",
        "The milestone's own step still has the old LR. So count the milestones that are smaller than the step.",
        "bisect has two functions. One counts entries up to the step, the other those below it; a sum can do it too.",
    ),
    mistakes=(
        Mistake(
            "You drop at the milestone itself. Here its own step is the last one with the old LR: compare with >.",
            "bisect_left(milestones, step)",
            "bisect_right(milestones, step)",
        ),
        Mistake(
            "You drop one step late: the step right after a milestone has the lower LR already.",
            "bisect_left(milestones, step)",
            "bisect_left(milestones, step - 1)",
        ),
        Mistake(
            "A milestone that stands in the list twice counts twice. A set or a dictionary forgets the second.",
            "bisect_left(milestones, step)",
            "bisect_left(sorted(set(milestones)), step)",
        ),
        Mistake(
            "You apply gamma once however many milestones have passed. Each one multiplies again.",
            "bisect_left(milestones, step)",
            "min(bisect_left(milestones, step), 1)",
        ),
        Mistake(
            "Only the step after a milestone has the lower LR. The drop stays for all later steps.",
            "bisect_left(milestones, step)",
            "milestones.count(step - 1)",
        ),
    ),
    also_right=(late_by_count,),
)

STAGES = replace(
    published("multistep_decay"),
    public=(
        case(90, base_lr=0.1, lengths=[30, 40], gamma=0.1),
        case(12, base_lr=1.0, lengths=[4, 2, 3], gamma=0.5),
        case(3, base_lr=0.1, lengths=[], gamma=0.5),
    ),
    edges=(case(12, base_lr=0.1, lengths=[5, 5], gamma=0.5), case(9, base_lr=0.1, lengths=[50], gamma=0.5)),
    draw=draw_stages,
    hints=(
        "At which step does the second stage end, when the stages are 30 and 40 steps long?",
        "Walk through the list and take each length away from the step, as long as that many steps are left.",
        "Where the step is at least the next length, take that off and multiply the LR once more. Where it is not, the "
        "step lies in this stage: leave the loop, since a later stage may be shorter.",
    ),
    mistakes=(
        Mistake(
            "You take the entries for steps. They are lengths: the second stage ends at the sum of the first two.",
            lambda step, base_lr, lengths, gamma: base_lr * gamma ** sum(step >= length for length in lengths),
        ),
        Mistake(
            "You drop one step late: a stage of 30 steps holds the steps 0 to 29.",
            "if step < length:",
            "if step <= length:",
        ),
        Mistake(
            "You look at later stages though the step lies in an earlier one: leave the loop there.",
            "            break",
            "            continue",
        ),
        Mistake(
            "You drop once, after the first stage. The end of every stage multiplies again.",
            lambda step, base_lr, lengths, gamma: base_lr * gamma if lengths and step >= lengths[0] else base_lr,
        ),
        Mistake(
            "After the last stage you start over at base_lr. The LR stays where it is.",
            lambda step, base_lr, lengths, gamma: (
                base_lr
                if step >= sum(lengths)
                else base_lr * gamma ** sum(step >= sum(lengths[: i + 1]) for i in range(len(lengths)))
            ),
        ),
    ),
    also_right=(stages_by_sums,),
    survivors={},
)


def scheduler_first(first, step_size):
    lrs = [first * 0.5 ** ((epoch + 1) // step_size) for epoch in range(10)]
    return replace(
        published("ten_lrs"),
        hints=(
            "The first scheduler.step() comes before the first epoch's update. What has epoch 0 trained with?",
            f"At the update of epoch 0 step() was called once; the call number {step_size} brings the first drop.",
            f"So epochs 0 to {step_size - 2} train with {first}, and each later stage has {step_size} epochs.",
        ),
        mistakes=(
            Mistake(
                "You take the usual order. Here scheduler.step() comes first, so every drop is one epoch earlier.",
                [first * 0.5 ** (epoch // step_size) for epoch in range(10)],
            ),
            Mistake(
                f"You drop one epoch early: the call number {step_size} brings the first drop, not the one before it.",
                [first * 0.5 ** ((epoch + 2) // step_size) for epoch in range(10)],
            ),
            Mistake(
                f"You halve at every epoch. step_size={step_size} means once in {step_size} calls.",
                [first * 0.5 ** (epoch + 1) for epoch in range(10)],
            ),
        ),
    ), lrs


def two_milestones(first, one, two):
    lrs = [first * 0.5 ** ((epoch >= one) + (epoch >= two)) for epoch in range(10)]
    return replace(
        published("ten_lrs"),
        hints=(
            "The scheduler counts its calls. How often was step() called before epoch 0 trains?",
            f"Before epoch {one} it was called {one} times, so that is the first epoch after a drop.",
            f"{one} epochs train with {first}; the next drop comes {two - one} epochs later, and it is the last.",
        ),
        mistakes=(
            Mistake(
                "You list the LR *after* each scheduler.step(). The epoch before it trained with the older one.",
                [first * 0.5 ** ((epoch + 1 >= one) + (epoch + 1 >= two)) for epoch in range(10)],
            ),
            Mistake(
                "You drop one epoch late: at a milestone's own epoch the LR is lower already.",
                [first * 0.5 ** ((epoch > one) + (epoch > two)) for epoch in range(10)],
            ),
            Mistake(
                "You drop at the first milestone alone. The second one multiplies again.",
                [first * 0.5 ** (epoch >= one) for epoch in range(10)],
            ),
            Mistake(
                f"You take {one} for a step_size. Milestones are places: the LR falls there and nowhere else.",
                [first * 0.5 ** (epoch // one) for epoch in range(10)],
            ),
        ),
    ), lrs


def predict(lrs):
    return (
        f"### BEGIN SOLUTION\nten_lrs = {lrs}\n### BEGIN STUB\n"
        "# ten_lrs = None  # ten numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of step_decay, multistep_decay and ten_lrs: half of the exercise's points."""
    yield Version(
        FROM_ONE,
        """## Task 1: the function

Step decay multiplies the learning rate by `gamma` after every `step_size` steps. In this task steps count from **1**:
the first step is step 1. Steps 1 to `step_size` have `base_lr`, and the first drop comes at the
step after them. Return the LR of one step.

Example: `base_lr=0.1, step_size=20, gamma=0.5` gives 0.1 at steps 1 to 20, 0.05 at steps 21 to 40, and so on.
""",
        """def step_decay(step, base_lr, step_size, gamma):
    ### BEGIN SOLUTION
    return base_lr * gamma ** ((step - 1) // step_size)
    ### END SOLUTION
""",
    )
    yield Version(
        LONG_START,
        """## Task 1: the function

Step decay multiplies the learning rate by `gamma` after every `step_size` steps. Here the first stage is **twice as
long** as the others, since a run needs its high LR longest: the first drop comes at step `2 * step_size`, and from
then on one every `step_size` steps. Steps count from 0. Return the LR of one step.

Example: `base_lr=0.1, step_size=20, gamma=0.5` gives 0.1 at steps 0 to 39,
0.05 at steps 40 to 59 and 0.025 at steps 60 to 79.
""",
        """def step_decay(step, base_lr, step_size, gamma):
    ### BEGIN SOLUTION
    return base_lr * gamma ** max(step // step_size - 1, 0)
    ### END SOLUTION
""",
    )
    yield Version(
        LATE,
        """## Task 2: milestones

Equal stages are rarely what you want. With `milestones=[30, 60]` step 30 is the **last** one with the first LR and
step 60 the last with the second: after each of them the LR is multiplied by `gamma`. A milestone may stand in the
list twice: then it counts twice. The list is sorted, and it may be empty. It belongs to the caller: leave it as it
is.

Example: `base_lr=0.1, milestones=[30, 60], gamma=0.1` gives 0.1 at steps 0 to 30 and 0.01 at steps 31 to 60.
""",
        """from bisect import bisect_left


def multistep_decay(step, base_lr, milestones, gamma):
    ### BEGIN SOLUTION
    return base_lr * gamma ** bisect_left(milestones, step)
    ### END SOLUTION
""",
    )
    yield Version(
        STAGES,
        """## Task 2: stages of their own length

Equal stages are rarely what you want. `lengths` lists how many steps each stage lasts: with `lengths=[30, 40]` the LR
is multiplied by `gamma` at step 30 and again at step 70, and stays there. The list may be empty: then the LR never
falls. It belongs to the caller: leave it as it is.

Example: `base_lr=0.1, lengths=[30, 40], gamma=0.1` gives 0.1 at steps 0 to 29,
0.01 at steps 30 to 69 and 0.001 from step 70 on.
""",
        """def multistep_decay(step, base_lr, lengths, gamma):
    ### BEGIN SOLUTION
    for length in lengths:
        if step < length:
            break
        step -= length
        base_lr *= gamma
    return base_lr
    ### END SOLUTION
""",
    )
    first, step_size = draw("first LR", 0.2, 0.4, 0.8), draw("step_size of the prediction", 3, 4)
    task, lrs = scheduler_first(first, step_size)
    yield Version(
        task,
        f"""## Task 5: predict

No code this time. A run has `StepLR(optimizer, step_size={step_size}, gamma=0.5)` and starts at LR {first}. Its
author mixed up two lines: in every epoch the loop calls `scheduler.step()` **first** and `optimizer.step()` after it.
Write down the LR that each of the first 10 epochs *trains with*, as a list of ten numbers.
""",
        predict(lrs),
    )
    one, two = draw("milestones of the prediction", (2, 5), (3, 7), (4, 6))
    task, lrs = two_milestones(first, one, two)
    yield Version(
        task,
        f"""## Task 5: predict

No code this time. A run has `MultiStepLR(optimizer, milestones=[{one}, {two}], gamma=0.5)` and starts at LR {first}.
Its loop calls `optimizer.step()` and then `scheduler.step()`, once per epoch. Write down the LR that each of the
first 10 epochs *trains with*, as a list of ten numbers.
""",
        predict(lrs),
    )
