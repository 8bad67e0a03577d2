"""Checks of exercise 2: step decay as a function, with milestones, as a class; a schedule that changes itself."""

import math
from itertools import accumulate

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def by_division(step, base_lr, step_size, gamma):
    return base_lr * math.exp(math.floor(step / step_size) * math.log(gamma))


def by_loop(step, base_lr, step_size, gamma):
    lr = base_lr
    for past in range(1, step + 1):
        if past % step_size == 0:
            lr *= gamma
    return lr


def by_numpy(step, base_lr, step_size, gamma):
    import numpy as np

    return np.float64(base_lr) * np.power(gamma, np.floor_divide(step, step_size))


def by_table(step, base_lr, step_size, gamma):
    drops = [gamma if past and past % step_size == 0 else 1 for past in range(step + 1)]
    return list(accumulate(drops, lambda lr, factor: lr * factor, initial=base_lr))[-1]


def count_passed(step, base_lr, milestones, gamma):
    return base_lr * gamma ** sum(step >= milestone for milestone in milestones)


def multiply_passed(step, base_lr, milestones, gamma):
    for milestone in milestones:
        base_lr = base_lr * gamma if step >= milestone else base_lr
    return base_lr


class RecursiveStepLR:
    """As torch does it: multiply what is there."""

    def __init__(self, optimizer, step_size, gamma):
        self.optimizer, self.step_size, self.gamma, self.last_epoch = optimizer, step_size, gamma, 0

    def step(self):
        self.last_epoch += 1
        if self.last_epoch % self.step_size == 0:
            for group in self.optimizer.param_groups:
                group["lr"] *= self.gamma

    def state_dict(self):
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state):
        self.last_epoch = state["last_epoch"]


class TableStepLR:
    """Looks every LR up in a list made at the start."""

    def __init__(self, optimizer, step_size, gamma):
        self.optimizer, self.epoch = optimizer, 0
        self.plan = [[g["lr"] * gamma ** (t // step_size) for t in range(200)] for g in optimizer.param_groups]

    def step(self):
        self.epoch += 1
        for group, plan in zip(self.optimizer.param_groups, self.plan, strict=True):
            group["lr"] = plan[self.epoch]

    def state_dict(self):
        return {"epoch": self.epoch, "plan": self.plan}

    def load_state_dict(self, state):
        self.__dict__.update(state)


def loop_factor(base_lr, factor, floor):
    def schedule(step):
        lr = base_lr
        for _ in range(step):
            lr *= factor
        return lr if lr > floor else floor

    return schedule


def draw_steps(rng):
    step_size = rng.randint(1, 30)
    gamma = rng.uniform(0.1, 0.95)
    return case(rng.randint(2, 4) * step_size + 2, base_lr=rng.uniform(0.001, 1), step_size=step_size, gamma=gamma)


def draw_milestones(rng):
    drops = sorted(rng.choices(range(1, 40), k=rng.randint(1, 4)))
    return case(drops[-1] + 3, base_lr=rng.uniform(0.001, 1), milestones=drops, gamma=rng.uniform(0.1, 0.95))


def draw_loop(rng):
    lrs = [rng.uniform(0.001, 1) for _ in range(rng.randint(1, 3))]
    do = ["step"] * rng.randint(5, 30)
    do = do if rng.random() < 0.5 else [*do, "resume", *do]
    return case(groups=lrs, step_size=rng.randint(1, 8), gamma=rng.uniform(0.1, 0.95), do=do)


def draw_factor(rng):
    base_lr = rng.uniform(0.1, 1)
    steps = [0, *rng.choices(range(30), k=20), 60]
    return case(steps, base_lr=base_lr, factor=rng.uniform(0.5, 0.95), floor=base_lr * rng.uniform(0.01, 0.5))


exercise = Exercise(
    lesson="02_step_decay",
    title="Step decay",
    names={"base_lr": ("start_lr", "first_lr", "initial_lr")},
    tasks=(
        Task(
            "step_decay",
            points=2,
            drive="curve",
            difficulty=1,
            importance=5,
            minutes=5,
            takeaway=(
                "A schedule counts its own calls: before a run, ask how often step() is called, and what one call "
                "means."
            ),
            public=(
                case(100, base_lr=0.1, step_size=20, gamma=0.5),
                case(10, base_lr=1.0, step_size=3, gamma=0.1),
                case(6, base_lr=0.2, step_size=1, gamma=0.9),
            ),
            edges=(
                case(25, base_lr=0.1, step_size=10, gamma=1.0),
                case(20, base_lr=0.1, step_size=50, gamma=0.5),
                case(12, base_lr=0.0, step_size=5, gamma=0.5),
            ),
            draw=draw_steps,
            hints=(
                "How many drops have happened by step 45, when step_size is 20? And by step 39?",
                "Whole-number division counts the drops: 45 // 20 is 2, 39 // 20 is 1.",
                "Two drops multiply base_lr by gamma twice. Which operator multiplies by gamma as often as the "
                "count says?",
            ),
            mistakes=(
                Mistake(
                    "You decay one step late, and step 0 is too high: (step - 1) // step_size is -1 there. Steps count "
                    "from 0.",
                    "step // step_size",
                    "(step - 1) // step_size",
                ),
                Mistake(
                    "You round to the nearest drop, so it comes half a step_size early. // counts the drops that are "
                    "complete.",
                    "(step // step_size)",
                    "round(step / step_size)",
                ),
                Mistake(
                    "You decay one step late: the first drop belongs at step step_size itself. Steps count from 0.",
                    lambda step, base_lr, step_size, gamma: base_lr * gamma ** (max(step - 1, 0) // step_size),
                ),
                Mistake(
                    "You decay one step early: step step_size - 1 still has the old LR. Do not add 1 to the step.",
                    "step // step_size",
                    "(step + 1) // step_size",
                ),
                Mistake(
                    "You divide with /, so the LR falls at every step. // counts whole drops.",
                    "step // step_size",
                    "step / step_size",
                ),
                Mistake(
                    "You multiply by gamma at every step. Step decay does it once every step_size steps.",
                    "(step // step_size)",
                    "step",
                ),
                Mistake(
                    "You drop once and never again. Every step_size steps bring one more factor of gamma.",
                    lambda step, base_lr, step_size, gamma: base_lr * gamma if step >= step_size else base_lr,
                ),
                Mistake(
                    "You use % (the remainder), so the LR jumps back up. // gives the number of drops.",
                    "step // step_size",
                    "step % step_size",
                ),
                Mistake(
                    "You multiply gamma by the count of drops. Each drop multiplies the LR again: that is a power.",
                    lambda step, base_lr, step_size, gamma: (
                        base_lr * gamma * (step // step_size) if step >= step_size else base_lr
                    ),
                ),
            ),
            also_right=(by_division, by_loop, by_numpy, by_table),
        ),
        Task(
            "multistep_decay",
            points=2,
            drive="curve",
            difficulty=1,
            importance=4,
            minutes=5,
            takeaway="Milestones are steps, not shares of the run: when the run gets longer or shorter, move them.",
            public=(
                case(90, base_lr=0.1, milestones=[30, 60], gamma=0.1),
                case(8, base_lr=1.0, milestones=[2, 2, 5], gamma=0.5),
                case(3, base_lr=0.1, milestones=[], gamma=0.5),
            ),
            edges=(
                case(6, base_lr=0.1, milestones=[0, 3], gamma=0.5),
                case(9, base_lr=0.1, milestones=[4, 5, 6], gamma=0.5),
                case(9, base_lr=0.1, milestones=[50], gamma=0.5),
            ),
            draw=draw_milestones,
            hints=(
                "How many entries of milestones=[30, 60] have been reached at step 29, at 30 and at 75?",
                "A milestone counts from its own step on. Count all that are reached; one that stands twice counts "
                "twice.",
                "bisect_right(milestones, 30) is the number of entries up to 30 in the sorted list. The count is "
                "then used as in task 1.",
            ),
            mistakes=(
                Mistake(
                    "Only the milestone itself has the lower LR. The drop stays for all later steps.",
                    lambda step, base_lr, milestones, gamma: base_lr * gamma if step in milestones else base_lr,
                ),
                Mistake(
                    "You multiply by gamma at every step from the first milestone on. Each milestone multiplies once.",
                    "bisect_right(milestones, step)",
                    "max(step - min(milestones, default=step) + 1, 0) if milestones else 0",
                ),
                Mistake(
                    "You decay one step late: a milestone counts from its own step on, so compare with >=.",
                    "bisect_right(milestones, step)",
                    "sum(step > milestone for milestone in milestones)",
                ),
                Mistake(
                    "You decay one step early: the step before a milestone still has the old LR.",
                    "bisect_right(milestones, step)",
                    "sum(step + 1 >= milestone for milestone in milestones)",
                ),
                Mistake(
                    "A milestone that stands in the list twice counts twice. A set or a dictionary forgets the second.",
                    "bisect_right(milestones, step)",
                    "bisect_right(sorted(set(milestones)), step)",
                ),
                Mistake(
                    "You apply gamma once however many milestones have passed. Each one multiplies again.",
                    "bisect_right(milestones, step)",
                    "min(bisect_right(milestones, step), 1)",
                ),
                Mistake(
                    "You decay only *at* the milestone and come back after it. The drop stays for all later steps.",
                    "bisect_right(milestones, step)",
                    "milestones.count(step)",
                ),
            ),
            also_right=(count_passed, multiply_passed),
        ),
        Task(
            "StepLR",
            points=3,
            drive="object",
            difficulty=3,
            importance=5,
            minutes=15,
            takeaway=(
                "What a checkpoint leaves out, a resumed run gets wrong: save the scheduler beside the optimizer."
            ),
            public=(
                case(groups=[0.1], step_size=3, gamma=0.5, do=10),
                case(groups=[0.1, 0.01], step_size=2, gamma=0.1, do=7),
                case(groups=[0.2], step_size=4, gamma=0.5, do=["step"] * 6 + ["resume"] + ["step"] * 8),
            ),
            edges=(
                case(groups=[0.1], step_size=1, gamma=0.5, do=4),
                case(groups=[0.1, 0.2, 0.3], step_size=5, gamma=0.5, do=["resume"] + ["step"] * 12),
                case(groups=[0.1], step_size=3, gamma=0.5, do=["step"] * 3 + ["resume", "resume"] + ["step"] * 7),
            ),
            draw=draw_loop,
            hints=(
                "Which two things must the object remember to work out the LR of any step?",
                "How often step() was called, and the LR that each group had at the start. The calls give the number "
                "of drops, and the drops give every LR.",
                "Write the four methods in this order: __init__ keeps both, step() counts and then writes into "
                "every group, state_dict returns both, load_state_dict puts both back. Take no LR from the groups "
                "there: theirs are decayed.",
            ),
            mistakes=(
                Mistake(
                    "After a resume you take the decayed LRs for the first ones. The groups hold decayed LRs then: "
                    "save the first LRs in the state.",
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]',
                    'self.count = state["count"]\n        self.base_lrs = [group["lr"] for group in '
                    "self.optimizer.param_groups]",
                ),
                Mistake(
                    "A resume is no step: load_state_dict must not call step(), it counts one too many.",
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]',
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]\n        self.step()',
                ),
                Mistake(
                    "The count in your state is one too small: after a resume the next drop comes one call late.",
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]',
                    'self.count, self.base_lrs = state["count"] - 1, state["base_lrs"]',
                ),
                Mistake(
                    "Only the first parameter group decays. Loop over all of optimizer.param_groups.",
                    "for group, base_lr in zip(self.optimizer.param_groups, self.base_lrs):",
                    "for group, base_lr in list(zip(self.optimizer.param_groups, self.base_lrs))[:1]:",
                ),
                Mistake(
                    "All groups get the first group's LR. Remember one starting LR per group.",
                    '[group["lr"] for group in optimizer.param_groups]',
                    '[optimizer.param_groups[0]["lr"] for group in optimizer.param_groups]',
                ),
                Mistake(
                    "You decay one epoch late: count the call before you write the LR, not after.",
                    "(self.count // self.step_size)",
                    "((self.count - 1) // self.step_size)",
                ),
                Mistake(
                    "The decay compounds: you multiply the current LR by the whole power. Start from the first LR, or "
                    "multiply by gamma only when a drop is due.",
                    'group["lr"] = base_lr *',
                    'group["lr"] = group["lr"] *',
                ),
                Mistake(
                    "After a resume you count from 0 again. load_state_dict must restore the count.",
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]',
                    'self.base_lrs = state["base_lrs"]',
                ),
                Mistake(
                    "You decay at every call of step(). Only every step_size calls bring one factor.",
                    "(self.count // self.step_size)",
                    "self.count",
                ),
            ),
            also_right=(RecursiveStepLR, TableStepLR),
        ),
        Task(
            "factor_schedule",
            points=2,
            drive="schedule",
            difficulty=2,
            importance=4,
            minutes=6,
            takeaway="Before you trust a plot of a schedule, ask it twice for the same step.",
            public=(
                case([0, 1, 2, 3, 4, 5], base_lr=0.3, factor=0.9, floor=0.01),
                case([0, 0, 0, 3, 1, 3], base_lr=1.0, factor=0.5, floor=0.1),
                case([25, 0, 2], base_lr=0.1, factor=0.7, floor=0.02),
            ),
            edges=(
                case([0, 1, 5], base_lr=0.1, factor=0.5, floor=0.1),
                case([3, 0, 9], base_lr=0.1, factor=1.0, floor=0.01),
                case(12, base_lr=1.0, factor=0.5, floor=0.0),
            ),
            draw=draw_factor,
            hints=(
                "Ask the function three times for step 0. What does it change each time?",
                "The LR of a step must come from the step alone: no nonlocal, no memory.",
                "Without a floor the LR of a step is a power, as in exponential decay. Then one of min and max puts "
                "the floor under it: which?",
            ),
            mistakes=(
                Mistake(
                    "You apply the factor once, whatever the step. Each step multiplies once more: that is a power.",
                    "max(base_lr * factor**step, floor)",
                    "max(base_lr * factor, floor)",
                ),
                Mistake(
                    "Your floor bounds the factor. It is an LR: put it under the product, max(base_lr * factor**step, "
                    "floor).",
                    "max(base_lr * factor**step, floor)",
                    "base_lr * max(factor**step, floor)",
                ),
                Mistake(
                    "The function still changes its own memory: each call decays the LR, whatever step you ask for.",
                    STUB,
                ),
                Mistake(
                    "Step 0 is decayed already. At step 0 the LR is base_lr: the power is step, not step + 1.",
                    "factor**step",
                    "factor ** (step + 1)",
                ),
                Mistake(
                    "The LR falls below the floor. max(lr, floor) stops it.",
                    "max(base_lr * factor**step, floor)",
                    "base_lr * factor**step",
                ),
                Mistake(
                    "min takes the smaller of the two, so you start at the floor. max keeps the LR above it.",
                    "max(",
                    "min(",
                ),
                Mistake(
                    "You add the floor to the LR. It is a bound: the LR follows its curve and stops there.",
                    "max(base_lr * factor**step, floor)",
                    "base_lr * factor**step + floor",
                ),
            ),
            also_right=(loop_factor,),
            survivors={"lr = base_lr: ": "belongs to the bug; the repaired function no longer uses it"},
        ),
        Task(
            "ten_lrs",
            points=1,
            drive="value",
            difficulty=1,
            importance=4,
            minutes=4,
            takeaway="Log the LR before the update, so that the log says what each epoch trained with.",
            public=({},),
            hints=(
                "The first scheduler.step() comes after the first epoch. What has epoch 0 trained with?",
                "Epochs 0, 1 and 2 train with 0.1. At the start of epoch 3, step() has been called 3 times.",
                "Each LR serves three epochs and is half of the one before. Ten epochs are three such groups and "
                "one epoch more.",
            ),
            mistakes=(
                Mistake(
                    "You list the LR *after* each scheduler.step(). The epoch before it trained with the older one.",
                    [0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125],
                ),
                Mistake(
                    "You count epochs from 1, so the first drop comes one epoch late: three epochs train with 0.1.",
                    [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025],
                ),
                Mistake(
                    "You multiply by 0.1 at each drop. gamma is 0.5 here: each drop halves the LR.",
                    [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.001, 0.0001],
                ),
                Mistake(
                    "You halve at every epoch. step_size=3 means once in three epochs.",
                    [0.1 * 0.5**t for t in range(10)],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "02_quiz_1",
            "A run of 90 epochs uses `step_size=30, gamma=0.1`. You want the same shape in 45 epochs. What changes?",
            "b",
            {
                "a": (
                    "Nothing: the schedule adapts to the length.",
                    "It does not: the drop stays at epoch 30, so the short run sees one drop and no second.",
                ),
                "b": (
                    "`step_size=15`.",
                    "Right. A step schedule counts steps, so its step_size scales with the length of the run.",
                ),
                "c": ("`gamma=0.2`.", "gamma sets the size of a drop, not its time. The drops would still come at 30."),
            },
        ),
        Quiz(
            "02_quiz_2",
            "You draw a plot by calling `scheduler.step()` 90 times, then train with the same scheduler. What happens?",
            "c",
            {
                "a": (
                    "The run follows the plot.",
                    "The scheduler has its 90 steps behind it. It does not rewind by itself.",
                ),
                "b": (
                    "An error: a scheduler can be used once.",
                    "No error, and this is the danger: nothing tells you.",
                ),
                "c": (
                    "The whole run trains with the LR of the end.",
                    "Right. Draw from a function of the step, or from a second scheduler made for the plot.",
                ),
            },
        ),
        Quiz(
            "02_quiz_3",
            "`step_size=30`; the loop calls `scheduler.step()` after every *batch*, and an epoch has 100 batches. "
            "When is the first drop?",
            "a",
            {
                "a": (
                    "Within the first epoch, at batch 30.",
                    "Right. A scheduler counts its calls and knows nothing of epochs.",
                ),
                "b": ("At epoch 30.", "Only if step() were called once per epoch. The unit of step_size is the call."),
                "c": ("At epoch 3.", "30 calls are 30 batches, less than one epoch of 100."),
            },
        ),
    ),
)
