"""Checks of exercise 4: cosine annealing in closed form, with flat ends, with warm restarts; a rounding error."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def cosine_by_recursion(step, base_lr, T_max, eta_min):
    """From one step to the next, as torch does it; at the lowest point the recursion would divide 0 by 0."""
    lr = base_lr
    for t in range(1, step + 1):
        if (t - 1 - T_max) % (2 * T_max) == 0:
            lr = lr + (base_lr - eta_min) * (1 - math.cos(math.pi / T_max)) / 2
        else:
            ratio = (1 + math.cos(math.pi * t / T_max)) / (1 + math.cos(math.pi * (t - 1) / T_max))
            lr = ratio * (lr - eta_min) + eta_min
    return lr


def cosine_by_half_angle(step, base_lr, T_max, eta_min):
    return eta_min + (base_lr - eta_min) * math.cos(math.pi * step / (2 * T_max)) ** 2


def cosine_by_numpy(step, base_lr, T_max, eta_min):
    import numpy as np

    wave = 0.5 * (1 + np.cos(np.pi * np.arange(step + 1) / T_max))
    return (wave * base_lr + (1 - wave) * eta_min)[-1]


def flat_by_branches(step, base_lr, flat_steps, T_max, eta_min):
    if step <= flat_steps:
        return base_lr
    if step >= flat_steps + T_max:
        return eta_min
    return cosine_by_half_angle(step - flat_steps, base_lr, T_max, eta_min)


def restarts_by_walking(step, base_lr, T_0, T_mult, eta_min):
    length, position = T_0, 0
    for _ in range(step):
        position += 1
        if position == length:
            length, position = length * T_mult, 0
    return cosine_by_half_angle(position, base_lr, length, eta_min)


def number_by_sum(step, T_0, T_mult):
    number = 0
    while sum(T_0 * T_mult**cycle for cycle in range(number + 1)) <= step:
        number += 1
    return number


def number_in_whole_numbers(step, T_0, T_mult):
    number, power = 0, T_mult
    while T_mult > 1 and power * T_0 <= T_0 + step * (T_mult - 1):
        number, power = number + 1, power * T_mult
    return number if T_mult > 1 else step // T_0


def wave_inside_T_max(step, base_lr, flat_steps, T_max, eta_min):
    """A mistake: the wave ends at step T_max of the run."""
    if step < flat_steps:
        return base_lr
    if step >= T_max:
        return eta_min
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * (step - flat_steps) / (T_max - flat_steps))) / 2


def draw_cosine(rng):
    T_max = rng.randint(2, 40)
    base_lr = rng.uniform(0.01, 1)
    return case(2 * T_max + rng.randint(1, 30), base_lr=base_lr, T_max=T_max, eta_min=base_lr * rng.uniform(0, 0.5))


def draw_flat(rng):
    T_max, flat_steps, base_lr = rng.randint(2, 40), rng.randint(0, 20), rng.uniform(0.01, 1)
    eta_min = base_lr * rng.uniform(0, 0.5)
    return case(flat_steps + T_max + 5, base_lr=base_lr, flat_steps=flat_steps, T_max=T_max, eta_min=eta_min)


def draw_restarts(rng):
    base_lr = rng.uniform(0.01, 1)
    eta_min = base_lr * rng.uniform(0, 0.5)
    return case(80, base_lr=base_lr, T_0=rng.randint(1, 12), T_mult=rng.randint(1, 3), eta_min=eta_min)


def draw_number(rng):
    T_0, T_mult = rng.randint(1, 9), rng.choice([1, 2, 3, 3, 5, 10])
    starts = [0]
    while len(starts) < 6:
        starts.append(starts[-1] + T_0 * T_mult ** (len(starts) - 1))
    near = [start + shift for start in starts for shift in (-1, 0, 1) if start + shift >= 0]
    return case([*near, *rng.choices(range(starts[-1]), k=5)], T_0=T_0, T_mult=T_mult)


exercise = Exercise(
    lesson="04_cosine_annealing",
    title="Cosine annealing",
    names={"base_lr": ("start_lr", "first_lr", "initial_lr")},
    tasks=(
        Task(
            "cosine_lr",
            points=2,
            drive="curve",
            difficulty=1,
            importance=5,
            minutes=5,
            takeaway=(
                "Give T_max the length of the run in the unit in which you call step(): past it the LR rises again."
            ),
            public=(
                case(101, base_lr=0.1, T_max=100, eta_min=0.001),
                case(9, base_lr=1.0, T_max=4, eta_min=0.0),
                case(31, base_lr=0.2, T_max=10, eta_min=0.05),
            ),
            edges=(case(5, base_lr=0.1, T_max=1, eta_min=0.02), case(4, base_lr=0.1, T_max=5, eta_min=0.1)),
            draw=draw_cosine,
            hints=(
                "The cosine of 0 is 1 and the cosine of pi is -1. Which step belongs to pi?",
                "(1 + cos) / 2 runs from 1 down to 0 along the wave. Stretch it so that it runs from base_lr down "
                "to eta_min.",
                "The formula in the text is the answer, letter for letter. math.cos wants its angle as pi times the "
                "share of T_max that is behind you.",
            ),
            mistakes=(
                Mistake(
                    "Your wave starts at eta_min and rises. 1 + cos falls at first, 1 - cos rises.",
                    "(1 + math.cos(math.pi * step / T_max))",
                    "(1 - math.cos(math.pi * step / T_max))",
                ),
                Mistake(
                    "You jump back to base_lr at T_max: % T_max makes warm restarts. Here the wave goes on and rises "
                    "again.",
                    "math.pi * step / T_max",
                    "math.pi * (step % T_max) / T_max",
                ),
                Mistake(
                    "math.cos wants radians. Half a turn is pi, not 180.",
                    "math.pi * step",
                    "180 * step",
                ),
                Mistake(
                    "Your wave has its lowest point at T_max / 2 and is back up at T_max: that is a full wave. Half a "
                    "wave needs pi, not 2 * pi.",
                    "math.pi * step",
                    "2 * math.pi * step",
                ),
                Mistake(
                    "Your wave is too long by a factor of 2: at T_max the LR is still half way up.",
                    "step / T_max",
                    "step / (2 * T_max)",
                ),
                Mistake(
                    "You scale the wave with base_lr alone, so its top lies at base_lr + eta_min. Use base_lr - "
                    "eta_min.",
                    "(base_lr - eta_min) *",
                    "base_lr *",
                ),
                Mistake(
                    "You use eta_min as a bound (max), which cuts the wave off. It is the wave's lowest point.",
                    "eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * step / T_max)) / 2",
                    "max(eta_min, base_lr * (1 + math.cos(math.pi * step / T_max)) / 2)",
                ),
                Mistake(
                    "You hold eta_min past T_max. That is a good idea, and the next task; here the wave goes up again.",
                    "math.pi * step / T_max",
                    "math.pi * min(step, T_max) / T_max",
                ),
                Mistake(
                    "You are one step ahead: step 0 has base_lr, so the angle at step 0 is 0.",
                    "math.pi * step",
                    "math.pi * (step + 1)",
                ),
                Mistake(
                    "You divide by T_max - 1, so eta_min comes one step early. It belongs to step T_max.",
                    "step / T_max",
                    "step / (T_max - 1 or 1)",
                ),
                Mistake(
                    "The half is missing: 1 + cos runs from 2 down to 0, so the LR starts too high.",
                    "(1 + math.cos(math.pi * step / T_max)) / 2",
                    "(1 + math.cos(math.pi * step / T_max))",
                ),
            ),
            also_right=(cosine_by_recursion, cosine_by_half_angle, cosine_by_numpy),
        ),
        Task(
            "flat_then_cosine",
            points=2,
            drive="curve",
            difficulty=2,
            importance=4,
            minutes=8,
            takeaway="Decide what a schedule does past its end: runs get longer than planned.",
            public=(
                case(60, base_lr=0.1, flat_steps=20, T_max=30, eta_min=0.01),
                case(8, base_lr=1.0, flat_steps=0, T_max=4, eta_min=0.0),
                case(8, base_lr=0.5, flat_steps=3, T_max=1, eta_min=0.1),
            ),
            edges=(case([800, 0, 15], base_lr=0.1, flat_steps=10, T_max=10, eta_min=0.02),),
            draw=draw_flat,
            hints=(
                "Which step of the wave belongs to the flat part? Which one to every step after its end?",
                "Compute a position in the wave: 0 while it is flat, then one further at each step, then T_max for "
                "ever. The formula of task 1 does the rest.",
                "step - flat_steps is the position in the middle part. max keeps a number from falling below a "
                "bound, min from rising above one: you need both.",
            ),
            mistakes=(
                Mistake(
                    "After its end your wave goes up again. Keep the position at T_max from there on.",
                    "min(max(step - flat_steps, 0), T_max)",
                    "max(step - flat_steps, 0)",
                ),
                Mistake(
                    "You start the wave at step 0, inside the flat part, so the LR jumps when the flat part ends. The "
                    "wave's own step is step - flat_steps.",
                    "min(max(step - flat_steps, 0), T_max)",
                    "min(step, T_max) if step >= flat_steps else 0",
                ),
                Mistake(
                    "Your wave ends at step T_max of the run. T_max counts the wave alone, without the flat part.",
                    wave_inside_T_max,
                ),
                Mistake(
                    "You stop at step T_max of the run, in the middle of the wave. It ends at flat_steps + T_max.",
                    "    return eta_min",
                    "    if step >= max(T_max, flat_steps):\n        return eta_min\n    return eta_min",
                ),
                Mistake(
                    "The wave starts one step late: step flat_steps is its step 0, step flat_steps + 1 its step 1.",
                    "step - flat_steps",
                    "step - flat_steps - 1",
                ),
                Mistake(
                    "After the end the LR is 0. It stays at eta_min.",
                    "    return eta_min",
                    "    return 0.0 if step > flat_steps + T_max else eta_min",
                ),
            ),
            also_right=(flat_by_branches,),
        ),
        Task(
            "restarts_lr",
            points=3,
            drive="curve",
            difficulty=3,
            importance=3,
            minutes=10,
            takeaway=(
                "Stop a run with restarts at the end of a cycle: in the middle of one the LR is high and the loss "
                "is too."
            ),
            public=(
                case(35, base_lr=0.1, T_0=10, T_mult=1, eta_min=0.0),
                case(31, base_lr=1.0, T_0=2, T_mult=2, eta_min=0.1),
                case(14, base_lr=0.3, T_0=1, T_mult=3, eta_min=0.0),
                case([0, 39, 40, 120, 121, 122], base_lr=0.1, T_0=1, T_mult=3, eta_min=0.0),
            ),
            edges=(case([363, 364, 365], base_lr=0.1, T_0=1, T_mult=3, eta_min=0.01),),
            draw=draw_restarts,
            hints=(
                "Which two numbers about the present cycle do you need to place a step in it?",
                "The step at which it starts and its length. Begin with the first cycle and go on to the next one "
                "as long as the step is past its end.",
                "The next cycle starts where this one ends, and it is T_mult times as long. In the right cycle use "
                "the formula of task 1 with the steps since its start, and its length for T_max.",
            ),
            mistakes=(
                Mistake(
                    "Every restart of yours begins lower. A restart jumps back to base_lr each time.",
                    "start, length = start + length, length * T_mult",
                    "start, length, base_lr = start + length, length * T_mult, base_lr / 2",
                ),
                Mistake(
                    "Every cycle has T_0 steps in your version. Each cycle is T_mult times as long as the one before.",
                    "length * T_mult",
                    "length",
                ),
                Mistake(
                    "You restart one step late. A cycle of n steps starting at s ends with step s + n - 1: use >=.",
                    "step >= start + length",
                    "step > start + length",
                ),
                Mistake(
                    "Inside a cycle you use the step of the whole run. Subtract the step at which the cycle starts.",
                    "(step - start)",
                    "step",
                ),
                Mistake(
                    "Your cycles grow, but the wave keeps its first length. Divide by the length of the present cycle.",
                    "(step - start) / length",
                    "(step - start) / T_0",
                ),
                Mistake(
                    "You stretch each wave so that it reaches eta_min in its last step. Position n of n is the restart "
                    "itself, so divide by the length, not by length - 1.",
                    "(step - start) / length",
                    "(step - start) / (length - 1)",
                ),
                Mistake(
                    "Your cycles grow by adding T_0 each time. T_mult multiplies: 2, 4, 8 and not 2, 4, 6.",
                    "length * T_mult",
                    "length + T_0 * (T_mult - 1)",
                ),
                Mistake(
                    "You multiply the length, then add it to the start. The cycle that ends still has the old length.",
                    "start + length, length * T_mult",
                    "start + length * T_mult, length * T_mult",
                ),
                Mistake(
                    "Your cycles grow by adding T_mult. It multiplies: 2, 4, 8 steps with T_0=2 and T_mult=2.",
                    "length * T_mult",
                    "length + T_mult",
                ),
            ),
            also_right=(restarts_by_walking,),
        ),
        Task(
            "cycle_number",
            points=2,
            drive="curve",
            difficulty=3,
            importance=2,
            minutes=8,
            takeaway="Count in whole numbers: a logarithm that should be 5 may come out as 4.9999.",
            ylabel="cycle number",
            public=(
                case([0, 1, 3, 4, 40, 120, 121, 122], T_0=1, T_mult=3),
                case([0, 9, 10, 11, 19, 20, 95], T_0=10, T_mult=1),
                case([4, 5, 14, 15, 16], T_0=5, T_mult=2),
                case([110, 111, 112], T_0=1, T_mult=10),
                case([9839, 9840, 9841], T_0=1, T_mult=3),
            ),
            edges=(
                case([29523, 29524, 29525], T_0=1, T_mult=3),
                case([11110, 11111, 11112], T_0=1, T_mult=10),
                case([0, 1, 2, 3, 7], T_0=1, T_mult=1),
            ),
            draw=draw_number,
            hints=(
                "Print math.log(243, 3). What does floor make of it?",
                "A logarithm is rounded, so it can land a hair below a whole number. Sums of whole numbers are exact.",
                "Walk through the cycles as in task 3, and count how many you leave behind. T_mult = 1 needs no "
                "case of its own then.",
            ),
            mistakes=(
                Mistake(
                    "You count one too many: in the first cycle no restart lies behind you, so its number is 0.",
                    lambda step, T_0, T_mult: (
                        step // T_0 if T_mult == 1 else math.floor(math.log(1 + step / T_0 * (T_mult - 1), T_mult)) + 1
                    ),
                ),
                Mistake(
                    "You return the step at which the cycle starts. Count the cycles instead.",
                    "    return number",
                    "    return start",
                ),
                Mistake(
                    "The logarithm is still there, and it is rounded: math.log(243, 3) is 4.999999999999999.", STUB
                ),
                Mistake(
                    "round() takes steps before a restart for the next cycle. Count whole cycles instead.",
                    lambda step, T_0, T_mult: (
                        step // T_0 if T_mult == 1 else round(math.log(1 + step / T_0 * (T_mult - 1), T_mult))
                    ),
                ),
                Mistake(
                    "You count from 1. In the first cycle no restart lies behind you, so its number is 0.",
                    "number, start, length = 0, 0, T_0",
                    "number, start, length = 1, 0, T_0",
                ),
                Mistake(
                    "At a restart you still count the old cycle. Step start + length is the first of the next: use >=.",
                    "step >= start + length",
                    "step > start + length",
                ),
                Mistake(
                    "You divide by T_0 as if all cycles were equally long. Each is T_mult times the one before.",
                    "length * T_mult",
                    "length",
                ),
            ),
            also_right=(number_by_sum, number_in_whole_numbers),
        ),
        Task(
            "five_lrs",
            points=1,
            drive="value",
            difficulty=1,
            importance=3,
            minutes=4,
            takeaway="Three points give away most errors of a wave: its start, its middle and its end.",
            public=({},),
            hints=(
                "Where on the wave are these five epochs: at the top, in the middle, at the bottom?",
                "Epoch 50 is the middle of the way down, the mean of 0.101 and 0.001. Epoch 100 is T_max, the "
                "lowest point.",
                "Past T_max torch's wave goes up again as it came down: what is epoch 150 a mirror image of, and "
                "epoch 200?",
            ),
            mistakes=(
                Mistake(
                    "You let the LR stay at eta_min past T_max. Many people expect that; torch's wave goes up again.",
                    [0.101, 0.051, 0.001, 0.001, 0.001],
                ),
                Mistake(
                    "You restart at T_max. CosineAnnealingLR does not jump: the wave climbs back as it came.",
                    [0.101, 0.051, 0.101, 0.051, 0.101],
                ),
                Mistake(
                    "The middle of the wave is the mean of its two ends: (0.101 + 0.001) / 2.",
                    [0.101, 0.05, 0.001, 0.05, 0.101],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "04_quiz_1",
            "You plan 100 epochs with `T_max=100` and then train for 50 more with the same torch scheduler. What "
            "happens?",
            "c",
            {
                "a": ("The LR stays at `eta_min`.", "So it is in optax, timm and Keras. torch's wave goes on."),
                "b": ("An error, because the schedule is over.", "CosineAnnealingLR has no end; it never complains."),
                "c": ("The LR climbs back to half of its first value.", "Right: at epoch 150 the wave is half way up."),
            },
        ),
        Quiz(
            "04_quiz_2",
            "You step the scheduler once per *batch* (200 batches an epoch), plan 30 epochs, and give `T_max=30`. "
            "What does the LR do?",
            "a",
            {
                "a": (
                    "It swings up and down more than three times in every epoch.",
                    "Right: one full wave takes 60 calls, and an epoch has 200.",
                ),
                "b": ("It falls once over the 30 epochs.", "It would, with one call per epoch. T_max counts calls."),
                "c": ("It falls to eta_min in 30 batches and stays.", "It would not stay: the wave goes up again."),
            },
        ),
        Quiz(
            "04_quiz_3",
            "At which moments of a run with warm restarts is it fair to compare its loss with another run's?",
            "b",
            {
                "a": ("At any step.", "Just after a restart the LR is high and the loss jumps up for a while."),
                "b": ("At the ends of cycles.", "Right: there the LR is low and the loss has settled."),
                "c": ("Just after a restart.", "There the LR is at its highest, and so is the noise in the loss."),
            },
        ),
    ),
)
