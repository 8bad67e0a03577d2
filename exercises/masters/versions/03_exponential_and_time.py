"""Versions of exercise 3: the last step above a share, a half-life; a root, stairs; a last step, an end of its own."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import STUB, Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("03_exponential_and_time").task


def last_by_counting(share, gamma):
    step = 0
    while gamma ** (step + 1) > share:
        step += 1
    return step


def last_by_bound(share, gamma):
    return max(math.ceil(math.log(share, gamma)) - 1, 0)


def half_by_counting(share, half_life):
    step = 0
    while 0.5 ** (step / half_life) > share:
        step += 1
    return step


def half_by_log(share, half_life):
    return math.ceil(-half_life * math.log2(share))


def root_by_power(step, base_lr, decay_rate, decay_steps):
    return base_lr * (1 + decay_rate * step / decay_steps) ** -0.5


def root_by_ratio(step, base_lr, decay_rate, decay_steps):
    return base_lr * math.sqrt(decay_steps / (decay_steps + decay_rate * step))


def stairs_by_loop(step, base_lr, decay_rate, decay_steps):
    divisor = 1
    while step >= decay_steps:
        step, divisor = step - decay_steps, divisor + decay_rate
    return base_lr / divisor


def stairs_by_floor(step, base_lr, decay_rate, decay_steps):
    return base_lr / (1 + decay_rate * math.floor(step / decay_steps))


def last_step_by_mean(step, base_lr, share, total_steps):
    last = total_steps - 1
    gone = min(step, last)
    return (base_lr * (last - gone) + share * base_lr * gone) / last


def end_by_mean(step, base_lr, end_lr, total_steps):
    gone = min(step, total_steps)
    return base_lr * (1 - gone / total_steps) + end_lr * gone / total_steps


def draw_until(rng):
    gamma = rng.uniform(0.5, 0.99)
    return case(share=gamma ** (rng.randint(1, 80) + rng.uniform(0.1, 0.9)), gamma=gamma)


def draw_half(rng):
    half_life = rng.randint(3, 60)
    return case(share=0.5 ** ((rng.randint(1, 200) + rng.uniform(0.1, 0.9)) / half_life), half_life=half_life)


def draw_inverse(rng):
    rates = {"decay_rate": rng.uniform(0.1, 3), "decay_steps": rng.randint(3, 20)}
    return case(4 * rates["decay_steps"] + 2, base_lr=rng.uniform(0.001, 1), **rates)


def draw_line(rng):
    total = rng.randint(5, 60)
    return case(total + 5, base_lr=rng.uniform(0.01, 1), share=rng.uniform(0.05, 0.5), total_steps=total)


def draw_end(rng):
    total, lr = rng.randint(5, 60), rng.uniform(0.01, 1)
    return case(total + 5, base_lr=lr, end_lr=lr * rng.uniform(0.05, 0.5), total_steps=total)


LAST_ABOVE = replace(
    published("steps_until"),
    public=(
        case(share=0.01, gamma=0.95),
        case(share=0.5, gamma=0.9),
        case(share=0.3, gamma=0.5),
        case(share=0.9, gamma=0.5),
        case(share=0.25, gamma=0.5),
    ),
    edges=(case(share=0.5, gamma=0.5), case(share=0.001, gamma=0.99), case(share=0.6, gamma=0.7)),
    draw=draw_until,
    hints=(
        "Which step is the answer for share=0.5, gamma=0.9? Multiply until you are past it, then look one step back.",
        "The LR is above the share as long as gamma**step > share. Logarithms turn the power into a product, and "
        "log(gamma) is negative.",
        "The first step that is not above the share is log(share) / log(gamma), rounded up. The last step above it "
        "comes right before that one.",
    ),
    mistakes=(
        Mistake(
            "That is the first step at or below the share. Asked for is the last one above it, the step before.",
            "math.ceil(math.log(share) / math.log(gamma)) - 1",
            "math.ceil(math.log(share) / math.log(gamma))",
        ),
        Mistake(
            "Where the LR is exactly the share, it is not above it any more: your step is one too late there.",
            "math.ceil(math.log(share) / math.log(gamma)) - 1",
            "math.floor(math.log(share) / math.log(gamma))",
        ),
        Mistake(
            "You return a fraction of a step. A step is a whole number.",
            "math.ceil(math.log(share) / math.log(gamma)) - 1",
            "math.log(share) / math.log(gamma) - 1",
        ),
        Mistake(
            "One step early: at the next step the LR is above the share, too.",
            "math.ceil(math.log(share) / math.log(gamma)) - 1",
            "math.ceil(math.log(share) / math.log(gamma)) - 2",
        ),
        Mistake(
            "The fraction is upside down: divide log(share) by log(gamma).",
            "math.log(share) / math.log(gamma)",
            "math.log(gamma) / math.log(share)",
        ),
        Mistake(
            "You count as if each step took away the same amount. Each takes the same *share* of what is left.",
            "math.log(share) / math.log(gamma)",
            "(1 - share) / (1 - gamma)",
        ),
        Mistake(
            "Two logarithms: log10 above the line and log below it. Use the same one twice.",
            "math.log(share)",
            "math.log10(share)",
        ),
    ),
    also_right=(last_by_counting, last_by_bound),
)

HALF_LIFE = replace(
    published("steps_until"),
    public=(
        case(share=0.45, half_life=20),
        case(share=0.3, half_life=20),
        case(share=0.01, half_life=7),
        case(share=1.0, half_life=5),
    ),
    edges=(case(share=0.26, half_life=9), case(share=0.001, half_life=3)),
    draw=draw_half,
    hints=(
        "After 20 steps of a half-life of 20 the half is left. What is left after 40? And after 10?",
        "After n steps 0.5 ** (n / half_life) is left. You look for the smallest whole n that brings it to the share.",
        "math.log2(share) says how many doublings lead from the share to 1, as a number below 0. Each of them takes "
        "half_life steps. Round up at the end, not before.",
    ),
    mistakes=(
        Mistake(
            "You count whole half-lives. A part of one counts as well: round up after you multiply by half_life.",
            "math.ceil(half_life * math.log(share) / math.log(0.5))",
            "half_life * math.ceil(math.log(share) / math.log(0.5))",
        ),
        Mistake(
            "You return a fraction of a step. The LR changes from one whole step to the next: round up.",
            "math.ceil(half_life * math.log(share) / math.log(0.5))",
            "half_life * math.log(share) / math.log(0.5)",
        ),
        Mistake(
            "You round down: at that step the LR is still above the share.",
            "math.ceil",
            "math.floor",
        ),
        Mistake(
            "exp(-t / half_life) leaves 37 % after one half-life. Half of it is left: the base of the power is 0.5.",
            "math.ceil(half_life * math.log(share) / math.log(0.5))",
            "math.ceil(-half_life * math.log(share))",
        ),
        Mistake(
            "You leave the half-life out: yours counts halvings, not steps.",
            "half_life * math.log(share)",
            "math.log(share)",
        ),
        Mistake(
            "You count as if each step took away the same amount. It halves what is left.",
            "math.ceil(half_life * math.log(share) / math.log(0.5))",
            "math.ceil((1 - share) * 2 * half_life)",
        ),
    ),
    also_right=(half_by_counting, half_by_log),
)

ROOT = replace(
    published("inverse_time_decay"),
    public=(
        case(50, base_lr=0.1, decay_rate=1.0, decay_steps=10),
        case(10, base_lr=1.0, decay_rate=0.5, decay_steps=1),
        case(6, base_lr=0.2, decay_rate=2.0, decay_steps=4),
    ),
    edges=(
        case(9, base_lr=0.1, decay_rate=0.0, decay_steps=5),
        case([800], base_lr=1.0, decay_rate=1.0, decay_steps=1),
    ),
    draw=draw_inverse,
    hints=(
        "What is the divisor at step 0, and what at step 30, with decay_rate=1 and decay_steps=10?",
        "Under the root stands 1 at first. It grows by decay_rate every decay_steps steps, smoothly.",
        "Work out the sum under the root, take math.sqrt of all of it, and divide base_lr by that.",
    ),
    mistakes=(
        Mistake(
            "The root is missing: yours falls with one over the step.",
            "math.sqrt(1 + decay_rate * step / decay_steps)",
            "(1 + decay_rate * step / decay_steps)",
        ),
        Mistake(
            "The 1 belongs under the root, too: take the root of the whole sum.",
            "math.sqrt(1 + decay_rate * step / decay_steps)",
            "(1 + math.sqrt(decay_rate * step / decay_steps))",
        ),
        Mistake(
            "decay_steps is missing: the sum grows by decay_rate once in decay_steps steps.",
            "decay_rate * step / decay_steps",
            "decay_rate * step",
        ),
        Mistake(
            "You count whole periods only, so the LR goes down in stairs. Divide with /, not //.",
            "decay_rate * step / decay_steps",
            "decay_rate * (step // decay_steps)",
        ),
        Mistake(
            "You multiply by the root, so the LR rises. It divides.",
            "base_lr / math.sqrt",
            "base_lr * math.sqrt",
        ),
    ),
    also_right=(root_by_power, root_by_ratio),
)

STAIRS = replace(
    published("inverse_time_decay"),
    public=(
        case(50, base_lr=0.1, decay_rate=1.0, decay_steps=10),
        case(9, base_lr=1.0, decay_rate=0.5, decay_steps=2),
        case(9, base_lr=0.2, decay_rate=2.0, decay_steps=4),
    ),
    edges=(case(9, base_lr=0.1, decay_rate=0.0, decay_steps=5), case(6, base_lr=0.1, decay_rate=1.0, decay_steps=50)),
    draw=draw_inverse,
    hints=(
        "Which LR have the steps 0, 9, 10, 19 and 20, with decay_steps=10?",
        "Only whole periods count. How many of them lie behind step 19?",
        "Whole-number division counts the periods. The divisor is 1 at first and grows by decay_rate with each.",
    ),
    mistakes=(
        Mistake(
            "Your LR falls at every step. It stays for decay_steps steps: divide with //, not /.",
            "step // decay_steps",
            "step / decay_steps",
        ),
        Mistake(
            "Each period multiplies in yours. It *adds* decay_rate to the divisor: 1, 2, 3 and so on for a rate of 1.",
            "(1 + decay_rate * (step // decay_steps))",
            "(1 + decay_rate) ** (step // decay_steps)",
        ),
        Mistake(
            "Your stairs come one step early: step decay_steps - 1 still has the old LR.",
            "(step // decay_steps)",
            "((step + 1) // decay_steps)",
        ),
        Mistake(
            "You round to the nearest period, so each stair comes half a period early.",
            "(step // decay_steps)",
            "round(step / decay_steps)",
        ),
        Mistake(
            "You use % (the remainder), so the LR jumps back up. // gives the number of periods.",
            "step // decay_steps",
            "step % decay_steps",
        ),
    ),
    also_right=(stairs_by_loop, stairs_by_floor),
)

LAST_STEP = replace(
    published("linear_to_share"),
    public=(
        case(121, base_lr=0.1, share=0.1, total_steps=100),
        case(12, base_lr=1.0, share=0.5, total_steps=9),
        case(7, base_lr=0.2, share=0.25, total_steps=2),
    ),
    edges=(case(15, base_lr=0.1, share=0.0, total_steps=10), case(9, base_lr=0.1, share=1.0, total_steps=5)),
    draw=draw_line,
    hints=(
        "With share=0.1 and total_steps=101, at which step does the code reach its floor? It should be 100.",
        "max cuts a line that runs to zero. The line itself must end at the share.",
        "At the last step the LR has lost 1 - share of itself, halfway half of that. Write what is left as 1 minus "
        "something. How far the run is, the first line says already.",
    ),
    mistakes=(
        Mistake("The line still runs to zero and is cut off at the share: it must *end* there.", STUB),
        Mistake(
            "You arrive one step late: the last step is total_steps - 1.",
            "step / (total_steps - 1)",
            "step / total_steps",
        ),
        Mistake(
            "Past the last step your LR falls on, below the share. Keep progress at 1.",
            "min(step / (total_steps - 1), 1)",
            "step / (total_steps - 1)",
        ),
        Mistake("Your line runs to zero, not to the share.", "(1 - (1 - share) * progress)", "(1 - progress)"),
        Mistake(
            "You take away `share` of the LR in all. It should keep that share and lose the rest.",
            "(1 - (1 - share) * progress)",
            "(1 - share * progress)",
        ),
        Mistake(
            "You add the share to a line that falls to zero, so the LR starts above its first value.",
            "(1 - (1 - share) * progress)",
            "(1 - progress + share)",
        ),
    ),
    also_right=(last_step_by_mean,),
)

OWN_END = replace(
    published("linear_to_share"),
    public=(
        case(121, base_lr=0.1, end_lr=0.01, total_steps=100),
        case(12, base_lr=1.0, end_lr=0.5, total_steps=10),
        case(7, base_lr=0.2, end_lr=0.05, total_steps=4),
    ),
    edges=(case(15, base_lr=0.1, end_lr=0.0, total_steps=10), case(9, base_lr=0.1, end_lr=0.1, total_steps=5)),
    draw=draw_end,
    hints=(
        "Which LR does the code give at step 0, with a first LR of 0.1 and end_lr=0.01? Which should it be?",
        "end_lr is the height that the line ends at, not one that is added to it all the way.",
        "The line falls by the difference of the two LRs over the whole run. Start at the first LR and take away as "
        "much of that difference as the progress says.",
    ),
    mistakes=(
        Mistake(
            "The line still starts too high, by end_lr: that height is the end of the line, not added to it.", STUB
        ),
        Mistake(
            "Past total_steps your LR falls on, below end_lr. Keep progress at 1.",
            "min(step / total_steps, 1)",
            "step / total_steps",
        ),
        Mistake(
            "You cut a line that runs to zero off at end_lr. The line itself must end there.",
            "base_lr - (base_lr - end_lr) * progress",
            "max(base_lr * (1 - progress), end_lr)",
        ),
        Mistake(
            "Your line runs to zero, not to end_lr.",
            "base_lr - (base_lr - end_lr) * progress",
            "base_lr - base_lr * progress",
        ),
        Mistake(
            "You arrive one step early: end_lr is reached at step total_steps, not at total_steps - 1.",
            "min(step / total_steps, 1)",
            "min(step / (total_steps - 1), 1)",
        ),
        Mistake(
            "You take end_lr for a share of the first LR. It is an LR of its own.",
            "base_lr - (base_lr - end_lr) * progress",
            "base_lr * (1 - (1 - end_lr) * progress)",
        ),
    ),
    also_right=(end_by_mean,),
)


def versions(draw):
    yield Version(
        task=LAST_ABOVE,
        text="""
## Task 2: how long does it last?

The LR never reaches zero. Still, at 1 % of its start it does hardly anything. Return the *last* step at which the LR
is above `share` of the LR at step 0, as a whole number. Exactly the share is not above it. `share` is below 1, so that
there is such a step.

Example: with `gamma=0.95` the LR is 1.04 % of its start at step 89 and 0.99 % at step 90.
So `steps_until(0.01, 0.95)` is 89.
""".strip(),
        cell="""
def steps_until(share, gamma):
    ### BEGIN SOLUTION
    return math.ceil(math.log(share) / math.log(gamma)) - 1
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=HALF_LIFE,
        text="""
## Task 2: when is it over?

People often state a decay by its half-life: after `half_life` steps the half is left, after twice as many a quarter,
and between them it falls smoothly. Return the first step at which the LR is at most `share` of the LR at step 0, as a
whole number.

Example: with `half_life=20` a half is left at step 20 and a quarter at step 40. `steps_until(0.3, 20)` is 35: at step
34 there are still 30.8 %.
""".strip(),
        cell="""
def steps_until(share, half_life):
    ### BEGIN SOLUTION
    return math.ceil(half_life * math.log(share) / math.log(0.5))
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=ROOT,
        text=r"""
## Task 3: one over the root

This decay divides the first LR by $\sqrt{1 + k\,t / n}$, where $t$ is the step, $k$ is `decay_rate` and $n$ is
`decay_steps`. It falls fast at first, then ever more slowly.

Example: `base_lr=0.1, decay_rate=1.0, decay_steps=10` gives 0.1 at step 0, 0.05 at step 30 and 0.0333 at step 80.
""".strip(),
        cell="""
def inverse_time_decay(step, base_lr, decay_rate, decay_steps):
    ### BEGIN SOLUTION
    return base_lr / math.sqrt(1 + decay_rate * step / decay_steps)
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=STAIRS,
        text=r"""
## Task 3: one over the period

This decay stays at one LR for `decay_steps` steps, a *period*. After $m$ whole periods it divides the first LR by $1
+ k\,m$, where $k$ is `decay_rate`. It falls fast at first, then ever more slowly, and in stairs.

Example: `base_lr=0.1, decay_rate=1.0, decay_steps=10` gives 0.1 at the steps 0 to 9, 0.05 at the steps 10 to 19 and
0.0333 at step 20.
""".strip(),
        cell="""
def inverse_time_decay(step, base_lr, decay_rate, decay_steps):
    ### BEGIN SOLUTION
    return base_lr / (1 + decay_rate * (step // decay_steps))
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=LAST_STEP,
        text="""
## Task 5: find the bug

A straight line shall run from `base_lr` at step 0 to `share * base_lr` at the *last* step of the run, `total_steps -
1`, and stay there afterwards. (`total_steps` is at least 2.) A language model was once trained with code much like
this. Its plot looks right at a glance. Yet the LR arrives at its floor too early and lies flat for the rest of the
run. Repair it.
""".strip(),
        cell="""
def linear_to_share(step, base_lr, share, total_steps):
    ### BEGIN SOLUTION
    progress = min(step / (total_steps - 1), 1)
    return base_lr * (1 - (1 - share) * progress)
    ### BEGIN STUB
    # progress = min(step / (total_steps - 1), 1)
    # return base_lr * max(1 - progress, share)
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=OWN_END,
        text="""
## Task 5: find the bug

A straight line shall run from `base_lr` at step 0 to `end_lr` at step `total_steps`, and stay there afterwards. With
the code below it ends at the right height. But the log of the run shows that it trained too high from the first step
on. Repair it.
""".strip(),
        cell="""
def linear_to_share(step, base_lr, end_lr, total_steps):
    ### BEGIN SOLUTION
    progress = min(step / total_steps, 1)
    return base_lr - (base_lr - end_lr) * progress
    ### BEGIN STUB
    # progress = min(step / total_steps, 1)
    # return base_lr * (1 - progress) + end_lr
    ### END SOLUTION
""".lstrip(),
    )
