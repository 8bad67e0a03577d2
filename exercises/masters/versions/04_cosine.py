"""Versions of exercise 4: a wave that stays down, one that rises; restarts that arrive, restarts that get lower."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("04_cosine").task


def stays_by_half_angle(step, base_lr, T_max, eta_min):
    wave = math.cos(math.pi * min(step, T_max) / T_max / 2) ** 2
    return wave * base_lr + (1 - wave) * eta_min


def stays_by_branches(step, base_lr, T_max, eta_min):
    if step >= T_max:
        return eta_min
    return eta_min + (base_lr - eta_min) / 2 * (1 + math.cos(step / T_max * math.pi))


def rises_by_sine(step, base_lr, T_max, eta_min):
    return eta_min + (base_lr - eta_min) * math.sin(math.pi * min(step, T_max) / (2 * T_max)) ** 2


def rises_by_branches(step, base_lr, T_max, eta_min):
    if step >= T_max:
        return base_lr
    middle, half = (base_lr + eta_min) / 2, (base_lr - eta_min) / 2
    return middle - half * math.cos(math.pi * step / T_max)


def cycle_of(step, T_0, T_mult):
    number, start, length = 0, 0, T_0
    while step >= start + length:
        number, start, length = number + 1, start + length, length * T_mult
    return number, step - start, length


def arrives_by_half_angle(step, base_lr, T_0, T_mult, eta_min):
    _, position, length = cycle_of(step, T_0, T_mult)
    return eta_min + (base_lr - eta_min) * math.cos(math.pi * position / (length - 1) / 2) ** 2


def lower_by_half_angle(step, base_lr, T_0, T_mult, eta_min):
    number, position, length = cycle_of(step, T_0, T_mult)
    return eta_min + (base_lr - eta_min) * 0.5**number * math.cos(math.pi * position / length / 2) ** 2


def draw_wave(rng):
    T_max, lr = rng.randint(3, 40), rng.uniform(0.01, 1)
    return case(2 * T_max + rng.randint(2, 30), base_lr=lr, T_max=T_max, eta_min=lr * rng.uniform(0, 0.5))


def draw_restarts(rng):
    T_0, T_mult, lr = rng.randint(3, 8), rng.randint(1, 3), rng.uniform(0.01, 1)
    steps = T_0 * (5 if T_mult == 1 else 1 + T_mult + T_mult**2) + rng.randint(0, 9)
    return case(steps, base_lr=lr, T_0=T_0, T_mult=T_mult, eta_min=lr * rng.uniform(0, 0.5))


STAYS = replace(
    published("cosine_lr"),
    public=(
        case(151, base_lr=0.1, T_max=100, eta_min=0.0),
        case(12, base_lr=1.0, T_max=4, eta_min=0.2),
        case(5, base_lr=0.5, T_max=1, eta_min=0.1),
    ),
    edges=(case([0, 3, 6, 7, 60], base_lr=0.3, T_max=6, eta_min=0.01),),
    draw=draw_wave,
    hints=(
        "The cosine of 0 is 1 and the cosine of pi is -1. Which step belongs to pi, and which angle to every later "
        "step?",
        "(1 + cos) / 2 runs from 1 down to 0 along the wave. Stretch it so that it runs from base_lr down to eta_min.",
        "The formula in the text is nearly all. Only the step that goes into it must stop at T_max: one of min and max "
        "does that.",
    ),
    mistakes=(
        Mistake(
            "Past T_max your wave goes up again. It stays at eta_min: the step in the formula must stop at T_max.",
            "min(step, T_max)",
            "step",
        ),
        Mistake(
            "Past T_max your LR is 0. It stays at eta_min.",
            lambda step, base_lr, T_max, eta_min: stays_by_branches(step, base_lr, T_max, eta_min) * (step <= T_max),
        ),
        Mistake(
            "You stretch the wave over base_lr, so it starts at base_lr + eta_min. Its height is base_lr - eta_min.",
            "(base_lr - eta_min)",
            "base_lr",
        ),
        Mistake(
            "That is a whole wave: the angle is pi at T_max, not two pi.",
            "math.pi * min",
            "2 * math.pi * min",
        ),
        Mistake(
            "Your line is straight. The LR follows half a cosine wave.",
            lambda step, base_lr, T_max, eta_min: base_lr - (base_lr - eta_min) * min(step / T_max, 1),
        ),
        Mistake("The half is missing: 1 plus the cosine runs from 2 down to 0.", " / 2", ""),
        Mistake(
            "You return one LR too early: at step 0 the angle is 0, and it is pi at step T_max.",
            "min(step, T_max)",
            "min(step + 1, T_max)",
        ),
    ),
    also_right=(stays_by_half_angle, stays_by_branches),
)

RISES = replace(
    published("cosine_lr"),
    public=(
        case(151, base_lr=0.1, T_max=100, eta_min=0.0),
        case(12, base_lr=1.0, T_max=4, eta_min=0.2),
        case(5, base_lr=0.5, T_max=1, eta_min=0.1),
    ),
    edges=(case([0, 3, 6, 7, 60], base_lr=0.3, T_max=6, eta_min=0.01),),
    draw=draw_wave,
    hints=(
        "The cosine of 0 is 1 and the cosine of pi is -1. What is 1 minus the cosine at both places?",
        "(1 - cos) / 2 runs from 0 up to 1 along the wave. Stretch it so that it runs from eta_min up to base_lr.",
        "The formula in the text is nearly all. Only the step that goes into it must stop at T_max: one of min and max "
        "does that.",
    ),
    mistakes=(
        Mistake("Your wave falls. It rises here: 1 minus the cosine.", "(1 - math.cos", "(1 + math.cos"),
        Mistake(
            "Past T_max your wave comes down again. It stays at base_lr: the step in the formula must stop at T_max.",
            "min(step, T_max)",
            "step",
        ),
        Mistake(
            "Your wave rises above base_lr: it has the height base_lr - eta_min.",
            "(base_lr - eta_min)",
            "base_lr",
        ),
        Mistake(
            "Your line is straight. The LR follows half a cosine wave.",
            lambda step, base_lr, T_max, eta_min: eta_min + (base_lr - eta_min) * min(step / T_max, 1),
        ),
        Mistake("The half is missing: 1 minus the cosine runs from 0 up to 2.", " / 2", ""),
        Mistake(
            "The LR starts at 0 in yours. It starts at eta_min.",
            "eta_min + (base_lr - eta_min)",
            "(base_lr - eta_min)",
        ),
    ),
    also_right=(rises_by_sine, rises_by_branches),
)

ARRIVES = replace(
    published("restarts_lr"),
    public=(
        case(30, base_lr=0.1, T_0=10, T_mult=1, eta_min=0.0),
        case(22, base_lr=1.0, T_0=3, T_mult=2, eta_min=0.1),
        case([0, 1, 2, 3, 7, 8, 25], base_lr=0.5, T_0=2, T_mult=3, eta_min=0.0),
    ),
    edges=(case(12, base_lr=0.2, T_0=4, T_mult=1, eta_min=0.2),),
    draw=draw_restarts,
    hints=(
        "Which two numbers about the present cycle do you need? And which LR has its last step?",
        "The step at which it starts and its length. Begin with the first cycle and go on to the next one as long as "
        "the step is past its end.",
        "A cycle of n steps has the positions 0 to n - 1, and the last of them must be at the foot of the wave. By "
        "what do you divide the position, then?",
    ),
    mistakes=(
        Mistake(
            "Your cycles restart before they arrive. The last step of a cycle has eta_min: it lies n - 1 steps after "
            "the first.",
            "(length - 1)",
            "length",
        ),
        Mistake(
            "All your cycles are equally long. Each is T_mult times as long as the one before.",
            "length * T_mult",
            "length",
        ),
        Mistake(
            "Your cycles grow by T_mult steps. They grow T_mult times.",
            "length * T_mult",
            "length + T_mult",
        ),
        Mistake(
            "Your restarts come one step late: the step right after a cycle begins the next one.",
            "step >= start + length",
            "step > start + length",
        ),
        Mistake(
            "You divide the step, not the position in its cycle.",
            "(step - start)",
            "step",
        ),
        Mistake(
            "Your wave starts above base_lr: its height is base_lr - eta_min.",
            "(base_lr - eta_min)",
            "base_lr",
        ),
    ),
    also_right=(arrives_by_half_angle,),
)

LOWER = replace(
    published("restarts_lr"),
    public=(
        case(30, base_lr=0.1, T_0=10, T_mult=1, eta_min=0.0),
        case(22, base_lr=1.0, T_0=3, T_mult=2, eta_min=0.1),
        case([0, 1, 2, 3, 7, 8, 25], base_lr=0.5, T_0=1, T_mult=3, eta_min=0.0),
    ),
    edges=(case(12, base_lr=0.2, T_0=4, T_mult=1, eta_min=0.2),),
    draw=draw_restarts,
    hints=(
        "Which three numbers about the present cycle do you need to place a step in it and to know its peak?",
        "The step at which it starts, its length, and how many cycles lie behind it. Walk through the cycles and "
        "count.",
        "The height above eta_min halves with every cycle, so the count is the power of one half. What the wave "
        "falls to stays the same.",
    ),
    mistakes=(
        Mistake(
            "All your cycles are equally high. The height above eta_min halves with each restart.",
            "0.5**number * ",
            "",
        ),
        Mistake(
            "You halve the whole LR, eta_min with it. Only the height above eta_min halves.",
            "eta_min + (base_lr - eta_min) * 0.5**number",
            "0.5**number * eta_min + (base_lr - eta_min) * 0.5**number",
        ),
        Mistake(
            "Your first cycle is halved already. It has the full height: no restart lies behind it.",
            "0.5**number",
            "0.5 ** (number + 1)",
        ),
        Mistake(
            "You divide by the number of the cycle: 1, 1/2, 1/3. It halves each time: 1, 1/2, 1/4.",
            "0.5**number",
            "1 / (number + 1)",
        ),
        Mistake(
            "All your cycles are equally long. Each is T_mult times as long as the one before.",
            "length * T_mult",
            "length",
        ),
        Mistake(
            "Your restarts come one step late: the step right after a cycle begins the next one.",
            "step >= start + length",
            "step > start + length",
        ),
    ),
    also_right=(lower_by_half_angle,),
)


def versions(draw):
    yield Version(
        task=STAYS,
        text=r"""
## Task 1: down, and down it stays

The LR starts at `base_lr` and reaches `eta_min` at step `T_max` along half a cosine wave:

$$\eta(t) = \eta_{min} + \frac{1}{2} (\eta_{base} - \eta_{min}) \left(1 + \cos \frac{\pi t}{T_{max}}\right)$$

Past `T_max` the formula goes up again, as torch's schedule does. Yours shall not: from step `T_max` on the LR is
`eta_min`. With `base_lr=0.1, T_max=100, eta_min=0` the LR is 0.1 at step 0, 0.05 at step 50, and 0 from step 100 on.
""".strip(),
        cell="""
def cosine_lr(step, base_lr, T_max, eta_min):
    ### BEGIN SOLUTION
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * min(step, T_max) / T_max)) / 2
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=RISES,
        text=r"""
## Task 1: up along the wave

Some recipes warm up along half a cosine wave before they fall along another. The LR starts at `eta_min` and reaches
`base_lr` at step `T_max`:

$$\eta(t) = \eta_{min} + \frac{1}{2} (\eta_{base} - \eta_{min}) \left(1 - \cos \frac{\pi t}{T_{max}}\right)$$

From step `T_max` on it stays at `base_lr`; the formula alone would come down again. With `base_lr=0.1, T_max=100,
eta_min=0` the LR is 0 at step 0, 0.05 at step 50, and 0.1 from step 100 on.
""".strip(),
        cell="""
def cosine_lr(step, base_lr, T_max, eta_min):
    ### BEGIN SOLUTION
    return eta_min + (base_lr - eta_min) * (1 - math.cos(math.pi * min(step, T_max) / T_max)) / 2
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=ARRIVES,
        text="""
## Task 3: warm restarts that arrive

SGDR jumps back to `base_lr` at the start of every cycle. The first cycle has `T_0` steps, each later one `T_mult`
times as many as the one before (`T_0` is at least 2, `T_mult` a whole number of at least 1). Here the *last* step of
a cycle has arrived at `eta_min`: in a cycle that starts at step `s` and has `n` steps, the LR is half a cosine wave
from step `s` to step `s + n - 1`.

With `T_0=3, T_mult=2` the cycles start at steps 0, 3, 9 and 21, and the LR is `eta_min` at the steps 2, 8 and 20.
""".strip(),
        cell="""
def restarts_lr(step, base_lr, T_0, T_mult, eta_min):
    ### BEGIN SOLUTION
    start, length = 0, T_0
    while step >= start + length:
        start, length = start + length, length * T_mult
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * (step - start) / (length - 1))) / 2
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=LOWER,
        text="""
## Task 3: lower with each restart

Warm restarts begin a new cycle again and again. The first cycle has `T_0` steps, each later one `T_mult` times as
many as the one before (`T_mult` is a whole number of at least 1). Inside a cycle that starts at step `s` and has `n`
steps the LR is half a cosine wave over `n` steps, down to `eta_min`, at position `step - s`: it restarts before it
arrives. The first cycle starts at `base_lr`. Every
later one starts half as high above `eta_min` as the one before.

With `T_0=2, T_mult=2, base_lr=0.8, eta_min=0` the cycles start at the steps 0, 2, 6 and 14, with LRs of 0.8, 0.4, 0.2
and 0.1.
""".strip(),
        cell="""
def restarts_lr(step, base_lr, T_0, T_mult, eta_min):
    ### BEGIN SOLUTION
    number, start, length = 0, 0, T_0
    while step >= start + length:
        number, start, length = number + 1, start + length, length * T_mult
    return eta_min + (base_lr - eta_min) * 0.5**number * (1 + math.cos(math.pi * (step - start) / length)) / 2
    ### END SOLUTION
""".lstrip(),
    )
