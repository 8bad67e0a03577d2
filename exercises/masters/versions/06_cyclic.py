"""Versions of exercise 6: the whole LR shrinks, cycles with a number; two other swings of momentum; two predictions."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import STUB, Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("06_cyclic").task


def height_at(step, step_size):
    """Of the triangle, from 0 to 1, by the nearer one of its feet."""
    return min(step % (2 * step_size), -step % (2 * step_size)) / step_size


def whole_by_factors(step, base_lr, max_lr, step_size, mode, gamma):
    factors = {"triangular": 1, "triangular2": 0.5 ** (step // (2 * step_size)), "exp_range": gamma**step}
    height = height_at(step, step_size)
    return factors[mode] * (height * max_lr + (1 - height) * base_lr)


def whole_by_loop(step, base_lr, max_lr, step_size, mode, gamma):
    lr = base_lr + (max_lr - base_lr) * height_at(step, step_size)
    for past in range(1, step + 1):
        if mode == "exp_range":
            lr *= gamma
        elif mode == "triangular2" and past % (2 * step_size) == 0:
            lr /= 2
    return lr


def numbered_by_floor(step, base_lr, max_lr, step_size, mode, gamma):
    number = math.floor(step / (2 * step_size)) + 1
    height = height_at(step, step_size)
    if mode == "harmonic":
        height /= number
    elif mode == "exp_cycle":
        height *= gamma ** (number - 1)
    return height * (max_lr - base_lr) + base_lr


def low_first_by_min(step, base_momentum, max_momentum, step_size):
    return base_momentum + (max_momentum - base_momentum) * height_at(step, step_size)


def from_one_by_min(step, base_momentum, max_momentum, step_size):
    return max_momentum - (max_momentum - base_momentum) * height_at(step - 1, step_size)


def from_one(count, **args):
    return case(list(range(1, count + 1)), **args)


def draw_modes(modes):
    def draw(rng):
        step_size, base_lr = rng.randint(1, 12), rng.uniform(0.001, 0.1)
        lrs = {"base_lr": base_lr, "max_lr": base_lr * rng.uniform(2, 20)}
        return case(6 * step_size + 2, **lrs, step_size=step_size, mode=rng.choice(modes), gamma=rng.uniform(0.5, 0.95))

    return draw


def draw_from_one(rng):
    step_size, low = rng.randint(2, 12), rng.uniform(0.5, 0.85)
    return from_one(5 * step_size, base_momentum=low, max_momentum=rng.uniform(low + 0.05, 0.99), step_size=step_size)


WHOLE = replace(
    published("cyclic_lr"),
    draw=draw_modes(["triangular", "triangular2", "exp_range"]),
    hints=(
        "Start with the triangle of task 1. What shrinks here: the LR, or its height above base_lr?",
        "The LR as a whole. So work the triangle out to its end first, with base_lr in it.",
        "Keep the triangle's LR in a variable. triangular2 multiplies it by one half for each full cycle that // "
        "finds, exp_range by gamma for each step.",
    ),
    mistakes=(
        Mistake(
            "You shrink the height above base_lr alone, as torch does. Here the whole LR shrinks, its foot too.",
            lambda step, base_lr, max_lr, step_size, mode, gamma: (
                base_lr
                + (max_lr - base_lr)
                * height_at(step, step_size)
                * {"triangular": 1, "triangular2": 0.5 ** (step // (2 * step_size)), "exp_range": gamma**step}[mode]
            ),
        ),
        Mistake(
            "In triangular2 your first cycle is halved already. It is whole: count cycles from 0.",
            "0.5**cycle",
            "0.5 ** (cycle + 1)",
        ),
        Mistake(
            "triangular2 halves the LR once per full cycle. You halve it every half cycle.",
            "0.5**cycle",
            "0.5 ** (step // step_size)",
        ),
        Mistake("exp_range multiplies by gamma at every step, not once per cycle.", "gamma**step", "gamma**cycle"),
        Mistake(
            "exp_range counts the steps of the whole run. You begin anew in every cycle: gamma ** step, not "
            "gamma ** position.",
            "gamma**step",
            "gamma**position",
        ),
        Mistake(
            "exp_range counts steps from 0, so the first step is multiplied by gamma**0 = 1.",
            "gamma**step",
            "gamma ** (step + 1)",
        ),
        Mistake(
            "triangular2 divides by 2, 4, 8, ...: it halves what is there. You divide by 1, 2, 3, ...",
            "0.5**cycle",
            "1 / (cycle + 1)",
        ),
        Mistake(
            "The mode makes no difference in your version.",
            '    if mode == "triangular2":',
            '    return lr\n    if mode == "triangular2":',
        ),
    ),
    also_right=(whole_by_factors, whole_by_loop),
)

NUMBERED = replace(
    published("cyclic_lr"),
    public=(
        case(25, base_lr=0.1, max_lr=0.5, step_size=4, mode="triangular", gamma=0.9),
        case(33, base_lr=0.1, max_lr=0.7, step_size=4, mode="harmonic", gamma=0.9),
        case(25, base_lr=0.1, max_lr=0.9, step_size=4, mode="exp_cycle", gamma=0.5),
    ),
    edges=(
        case(7, base_lr=0.1, max_lr=0.9, step_size=1, mode="harmonic", gamma=0.5),
        case(7, base_lr=0.1, max_lr=0.9, step_size=1, mode="exp_cycle", gamma=0.5),
    ),
    draw=draw_modes(["triangular", "harmonic", "exp_cycle"]),
    hints=(
        "Start with the triangle of task 1. Which number has the cycle that a step lies in, counted from 1?",
        "A full cycle has 2 * step_size steps. // tells you how many lie behind, and the number is one more.",
        "harmonic divides the height by the cycle's number; exp_cycle multiplies it by gamma once for each cycle that "
        "lies behind. Add base_lr last, so that nothing shrinks it.",
    ),
    mistakes=(
        Mistake(
            "harmonic divides by 1, 2, 3, 4, ... You halve from cycle to cycle: 1, 2, 4, 8.",
            "height / number",
            "height * 0.5 ** (number - 1)",
        ),
        Mistake(
            "In harmonic your first cycle is cut already. The first cycle has the number 1: full height.",
            "height / number",
            "height / (number + 1)",
        ),
        Mistake(
            "In exp_cycle your first cycle is cut already. The power of gamma counts the cycles that lie behind.",
            "gamma ** (number - 1)",
            "gamma**number",
        ),
        Mistake(
            "exp_cycle multiplies by gamma once per full cycle, not at every step.",
            "gamma ** (number - 1)",
            "gamma**step",
        ),
        Mistake(
            "You shrink the whole LR, so it falls below base_lr. Shrink the height above base_lr.",
            lambda step, base_lr, max_lr, step_size, mode, gamma: (
                (base_lr + (max_lr - base_lr) * height_at(step, step_size))
                * {
                    "triangular": 1,
                    "harmonic": 1 / (step // (2 * step_size) + 1),
                    "exp_cycle": gamma ** (step // (2 * step_size)),
                }[mode]
            ),
        ),
        Mistake(
            "You count half cycles. A cycle goes up and down: it has 2 * step_size steps.",
            "number = step // (2 * step_size) + 1",
            "number = step // step_size + 1",
        ),
        Mistake(
            "The mode makes no difference in your version.",
            '    if mode == "harmonic":',
            '    if mode == "none":\n        height = 0\n    mode = "triangular"\n    if mode == "harmonic":',
        ),
    ),
    also_right=(numbered_by_floor,),
)

LOW_FIRST = replace(
    published("swinging_momentum"),
    takeaway="Look at a schedule one step before each turn and one step after it: there it jumps if it does.",
    hints=(
        "Compute it by hand for step_size=10 at the steps 9, 10 and 11. Which is the first wrong one?",
        "A swing goes up and comes down: after how many steps is it where it began?",
        "Take the position in a cycle of 2 * step_size steps. On a scale where step_size is 1 the peak lies at 1, and "
        "abs says how far from it a step is.",
    ),
    mistakes=(
        Mistake("It still jumps down at step_size. The way down takes step_size steps, as the way up does.", STUB),
        Mistake(
            "Now it starts high and falls. At step 0 the LR is at its top, so the momentum is low.",
            "1 - abs(step % (2 * step_size) / step_size - 1)",
            "abs(step % (2 * step_size) / step_size - 1)",
        ),
        Mistake(
            "You climb on past max_momentum: a cycle of 2 * step_size steps has a way down, too.",
            "1 - abs(step % (2 * step_size) / step_size - 1)",
            "step % (2 * step_size) / step_size",
        ),
        Mistake(
            "You climb to max_momentum and stay there. It swings down again.",
            "1 - abs(step % (2 * step_size) / step_size - 1)",
            "min(step / step_size, 1)",
        ),
        Mistake(
            "The first cycle is right, and then the momentum leaves its range. Take the position inside a cycle.",
            "step % (2 * step_size)",
            "step",
        ),
    ),
    also_right=(low_first_by_min,),
)

ONE_EARLY = replace(
    published("swinging_momentum"),
    takeaway="Ask whether the first step is 0 or 1 before you compare a log with a plan: the curve shifts with it.",
    public=(
        from_one(41, base_momentum=0.85, max_momentum=0.95, step_size=10),
        from_one(9, base_momentum=0.8, max_momentum=0.9, step_size=2),
        case([1, 4, 7, 10, 13, 301], base_momentum=0.5, max_momentum=0.9, step_size=3),
    ),
    edges=(from_one(5, base_momentum=0.8, max_momentum=0.9, step_size=1),),
    draw=draw_from_one,
    hints=(
        "Compute it by hand for step_size=10 at the steps 1, 10 and 11. Which is the first wrong one?",
        "How many steps lie behind when step 1 begins? And when step 11 begins?",
        "Everything in the line is right but the number that it starts from. Take away what the count is ahead by, "
        "before you take the remainder.",
    ),
    mistakes=(
        Mistake("It still counts from 0, so every value comes one step early. Here the first step is step 1.", STUB),
        Mistake(
            "You shift the wrong way: now it comes two steps early.",
            "(step - 1)",
            "(step + 1)",
        ),
        Mistake(
            "You take the 1 off after the remainder. There it makes the last step of each cycle -1.",
            "(step - 1) % (2 * step_size) / step_size",
            "(step % (2 * step_size) - 1) / step_size",
        ),
        Mistake(
            "You mend the first step alone. Every later one is one step early as well.",
            "abs((step - 1) % (2 * step_size) / step_size - 1)",
            "1 if step == 1 else abs(step % (2 * step_size) / step_size - 1)",
        ),
        Mistake(
            "You shorten the cycle by a step. It has 2 * step_size steps; it begins one step later.",
            "(step - 1) % (2 * step_size)",
            "step % (2 * step_size - 1)",
        ),
    ),
    also_right=(from_one_by_min,),
)


def by_steps(height):
    """base_lr=0.1, step_size=1, gamma=0.5: peaks at the steps 1, 3 and 5."""
    lrs = [0.1 + height * 0.5**step for step in (1, 3, 5)]
    return replace(
        published("three_peaks"),
        hints=(
            "What multiplies the height at step 1? And at step 3?",
            "gamma to the power of the step: one half at step 1, one half of a half of a half at step 3.",
            f"The full height is {height}. Multiply it by each of the three powers, and add base_lr to every one.",
        ),
        mistakes=(
            Mistake(
                "That is the height above base_lr. The LR is base_lr more.",
                [height * 0.5**step for step in (1, 3, 5)],
            ),
            Mistake(
                "You halve once per cycle. exp_range multiplies by gamma at every step: two steps lie between peaks.",
                [0.1 + height * 0.5**n for n in (0, 1, 2)],
            ),
            Mistake(
                "Your first peak has full height. It comes at step 1, so gamma has multiplied it once.",
                [0.1 + height * 0.5**step for step in (0, 2, 4)],
            ),
            Mistake(
                "You multiply the LR. What gamma multiplies is the height above base_lr.",
                [(0.1 + height) * 0.5**step for step in (1, 3, 5)],
            ),
            Mistake("All your peaks are equal: that is mode='triangular'.", [0.1 + height] * 3),
        ),
    ), [round(lr, 12) for lr in lrs]


def halfway(height):
    """base_lr=0.002, step_size=20, triangular2: the steps 10, 50 and 90."""
    lrs = [0.002 + height / 2 * 0.5**n for n in range(3)]
    return replace(
        published("three_peaks"),
        hints=(
            "How long is a full cycle, and where in its own cycle does each of the three steps lie?",
            "40 steps. Each of the three lies 10 steps after the start of its cycle, halfway up.",
            f"The full height is {height}, half of it is what step 10 has. It halves from cycle to cycle. Add base_lr "
            "to each.",
        ),
        mistakes=(
            Mistake(
                "Those are the peaks. The steps 10, 50 and 90 lie halfway up.",
                [0.002 + height * 0.5**n for n in range(3)],
            ),
            Mistake(
                "That is the height above base_lr. The LR is base_lr more.", [height / 2 * 0.5**n for n in range(3)]
            ),
            Mistake(
                "A cycle has 40 steps, so the height halves once from one to the next. You halve it twice.",
                [0.002 + height / 2 * 0.25**n for n in range(3)],
            ),
            Mistake(
                "You halve from the first cycle on. It has full height.",
                [0.002 + height / 4 * 0.5**n for n in range(3)],
            ),
            Mistake("All three are equal: that is mode='triangular'.", [0.002 + height / 2] * 3),
        ),
    ), [round(lr, 12) for lr in lrs]


def predict(lrs):
    return (
        f"### BEGIN SOLUTION\nthree_peaks = {lrs}\n### BEGIN STUB\n"
        "# three_peaks = None  # three numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of cyclic_lr, swinging_momentum and three_peaks: over half of the exercise's points."""
    yield Version(
        WHOLE,
        """## Task 2: three modes

Now up and down take `step_size` steps each, and `mode` says how the LR shrinks. In this exercise it shrinks **as a
whole**: the peaks get lower, and the feet do too.

- `"triangular"`: not at all.
- `"triangular2"`: it halves with every full cycle. The first cycle is whole.
- `"exp_range"`: it is multiplied by `gamma` at every *step*: `gamma ** step`.

With `base_lr=0.1, max_lr=0.9, step_size=1, mode="triangular2"` the LRs are 0.1, 0.9, 0.05, 0.45, 0.025, ...
""",
        """def cyclic_lr(step, base_lr, max_lr, step_size, mode, gamma):
    ### BEGIN SOLUTION
    cycle = step // (2 * step_size)
    position = step % (2 * step_size)
    lr = base_lr + (max_lr - base_lr) * (1 - abs(position / step_size - 1))
    if mode == "triangular2":
        lr = lr * 0.5**cycle
    if mode == "exp_range":
        lr = lr * gamma**step
    return lr
    ### END SOLUTION
""",
    )
    yield Version(
        NUMBERED,
        """## Task 2: three modes

Now up and down take `step_size` steps each, and `mode` says how the height above `base_lr` shrinks. Cycles have a
number here, counted from **1**.

- `"triangular"`: not at all.
- `"harmonic"`: it is divided by the cycle's number. The first cycle has full height, the second a half, the third a
  third.
- `"exp_cycle"`: it is multiplied by `gamma` with every full *cycle*. The first cycle has full height.

With `base_lr=0.1, max_lr=0.7, step_size=1, mode="harmonic"` the LRs are 0.1, 0.7, 0.1, 0.4, 0.1, 0.3, ...
""",
        """def cyclic_lr(step, base_lr, max_lr, step_size, mode, gamma):
    ### BEGIN SOLUTION
    number = step // (2 * step_size) + 1
    position = step % (2 * step_size)
    height = 1 - abs(position / step_size - 1)
    if mode == "harmonic":
        height = height / number
    if mode == "exp_cycle":
        height = height * gamma ** (number - 1)
    return base_lr + (max_lr - base_lr) * height
    ### END SOLUTION
""",
    )
    yield Version(
        LOW_FIRST,
        """## Task 4: find the bug

A run begins with its LR at the top, so its momentum shall begin at the bottom: from `base_momentum` at step 0 up to
`max_momentum` at step `step_size`, back down to `base_momentum` at `2 * step_size`, and so on, always along straight
lines. The function below climbs as it should. Then it jumps down at once, and the loss with it. Repair it.
""",
        """def swinging_momentum(step, base_momentum, max_momentum, step_size):
    ### BEGIN SOLUTION
    height = 1 - abs(step % (2 * step_size) / step_size - 1)
    ### BEGIN STUB
    # height = step % step_size / step_size
    ### END SOLUTION
    return base_momentum + (max_momentum - base_momentum) * height
""",
    )
    yield Version(
        ONE_EARLY,
        """## Task 4: find the bug

This training loop counts its steps from **1**. The momentum shall swing from `max_momentum` at step 1 down to
`base_momentum` at step `step_size + 1`, back up at step `2 * step_size + 1`, and so on. In the log every value comes
one step too early: step 1 has left `max_momentum` already. Repair the function.
""",
        """def swinging_momentum(step, base_momentum, max_momentum, step_size):
    ### BEGIN SOLUTION
    distance = abs((step - 1) % (2 * step_size) / step_size - 1)
    ### BEGIN STUB
    # distance = abs(step % (2 * step_size) / step_size - 1)
    ### END SOLUTION
    return base_momentum + (max_momentum - base_momentum) * distance
""",
    )
    height = draw("height", 0.8, 1.6, 3.2)
    task, lrs = by_steps(height)
    yield Version(
        task,
        f"""## Task 5: predict

torch's `CyclicLR` with `mode="exp_range"`, `base_lr=0.1`, `max_lr={round(0.1 + height, 6)}`, `step_size_up=1` (and
down), `gamma=0.5`: the height above `base_lr` is multiplied by `gamma ** step`. Which LRs have the three peaks, at the
steps 1, 3 and 5?
""",
        predict(lrs),
    )
    task, lrs = halfway(height)
    yield Version(
        task,
        f"""## Task 5: predict

torch's `CyclicLR` with `mode="triangular2"`, `base_lr=0.002`, `max_lr={round(0.002 + height, 6)}`, `step_size_up=20`
(and down): the height above `base_lr` halves with every full cycle. Which LRs have the steps 10, 50 and 90, halfway up
in each of the first three cycles?
""",
        predict(lrs),
    )
