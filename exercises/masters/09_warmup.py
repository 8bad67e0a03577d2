"""Checks of exercise 9: warmup, the Transformer's schedule, one schedule after another, a warmup cut short."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def warmup_by_min(step, base_lr, warmup_steps):
    return base_lr * min(1.0, (step + 1) / max(warmup_steps, 1))


def warmup_by_adding(step, base_lr, warmup_steps):
    lr = 0.0
    for _ in range(min(step + 1, warmup_steps)):
        lr += base_lr / warmup_steps
    return lr if warmup_steps else base_lr


def warmup_by_numpy(step, base_lr, warmup_steps):
    import numpy as np

    stairs = np.append(np.linspace(0, base_lr, warmup_steps + 1)[1:], base_lr)
    return stairs[min(step, warmup_steps)]


def noam_by_branches(step, d_model, warmup_steps):
    peak = 1 / math.sqrt(d_model * warmup_steps)
    if step + 1 < warmup_steps:
        return peak * (step + 1) / warmup_steps
    return peak * math.sqrt(warmup_steps / (step + 1))


def noam_by_precedence(step, d_model, warmup_steps):
    n = step + 1
    return d_model**-1 / 2 * min(n**-1 / 2, n * warmup_steps**-3 / 2)


def joined_from_the_end(schedules, at):
    def schedule(step):
        for start, late in zip(reversed(at), reversed(schedules), strict=False):
            if step >= start:
                return late(step - start)
        return schedules[0](step)

    return schedule


class JoinedObject:
    def __init__(self, schedules, at):
        self.schedules, self.at = schedules, at

    def __call__(self, step):
        i, passed = 0, 0
        while i < len(self.at) and step >= self.at[i]:
            passed, i = self.at[i], i + 1
        return self.schedules[i](step - passed)


def warmup_cosine_by_half_angle(step, base_lr, warmup_steps, total_steps):
    if step < warmup_steps:
        return (step + 1) * (base_lr / warmup_steps)
    if step >= total_steps:
        return 0
    return base_lr * math.cos(math.pi / 2 * (step - warmup_steps) / (total_steps - warmup_steps)) ** 2


def warmup_from_zero(step, base_lr, warmup_steps, total_steps):
    """A mistake: the warmup changed, too."""
    if step < warmup_steps:
        return base_lr * step / warmup_steps
    fraction = (step - warmup_steps) / (total_steps - warmup_steps)
    return base_lr * (1 + math.cos(math.pi * min(fraction, 1))) / 2


def draw_warmup(rng):
    warmup_steps = rng.randint(0, 30)
    return case(warmup_steps + 5, base_lr=rng.uniform(0.001, 1), warmup_steps=warmup_steps)


def draw_noam(rng):
    warmup_steps = rng.randint(1, 40)
    return case(2 * warmup_steps + 5, d_model=rng.randint(2, 1024), warmup_steps=warmup_steps)


def constant(lr):
    return {"python": f"lambda step: {lr}"}


def exponential(lr, gamma):
    return {"python": f"lambda step: {lr} * {gamma} ** step"}


def rising(lr, n):
    return {"python": f"lambda step: {lr} * (step + 1) / {n}"}


def draw_joined(rng):
    schedules = [rising(round(rng.uniform(0.1, 1), 3), rng.randint(2, 9)) for _ in range(rng.randint(1, 4))]
    schedules[-1] = exponential(round(rng.uniform(0.1, 1), 3), round(rng.uniform(0.5, 0.95), 3))
    at = sorted(rng.sample(range(1, 25), len(schedules) - 1))
    return case(30, schedules=schedules, at=at)


def draw_warmup_cosine(rng):
    warmup_steps = rng.randint(1, 20)
    total_steps = warmup_steps + rng.randint(1, 40)
    return case(total_steps + 3, base_lr=rng.uniform(0.001, 1), warmup_steps=warmup_steps, total_steps=total_steps)


exercise = Exercise(
    lesson="09_warmup",
    title="Warmup",
    names={"base_lr": ("peak_lr", "full_lr", "top_lr")},
    tasks=(
        Task(
            "warmup_lr",
            points=2,
            drive="curve",
            difficulty=1,
            importance=5,
            minutes=4,
            takeaway="Ask a warmup for step 0: an LR of 0 there throws the first batch away.",
            public=(
                case(6, base_lr=0.4, warmup_steps=4),
                case(20, base_lr=0.1, warmup_steps=10),
                case(3, base_lr=0.1, warmup_steps=0),
            ),
            edges=(case(3, base_lr=0.1, warmup_steps=1), case([800], base_lr=0.1, warmup_steps=5)),
            draw=draw_warmup,
            hints=(
                "With warmup_steps=4, which share of base_lr do the steps 0, 1, 2 and 3 get?",
                "1/4, 2/4, 3/4, 4/4. What stands above the line is the step's number, counted from 1.",
                "Ask first whether the step still belongs to the warmup. If not, nothing is divided, so "
                "warmup_steps=0 does no harm.",
            ),
            mistakes=(
                Mistake(
                    "Without warmup you give 0. With warmup_steps=0 every step has base_lr.",
                    "    return base_lr\n",
                    "    return base_lr if warmup_steps else 0.0\n",
                ),
                Mistake(
                    "Your first step has LR 0: a wasted step. Use step + 1.",
                    "(step + 1) / warmup_steps",
                    "step / warmup_steps",
                ),
                Mistake(
                    "You go on climbing past base_lr. From step warmup_steps on the LR stays.",
                    "    if step < warmup_steps:",
                    "    if warmup_steps:",
                ),
                Mistake(
                    "You climb one step too far: step warmup_steps - 1 has the full base_lr. Test step < warmup_steps.",
                    "step < warmup_steps",
                    "step <= warmup_steps and warmup_steps",
                ),
                Mistake(
                    "// cuts the fraction off, so nothing is left until the last stair. Divide with /.",
                    "base_lr * (step + 1) / warmup_steps",
                    "(step + 1) // warmup_steps * base_lr",
                ),
                Mistake(
                    "Your stairs are too low: the last one is warmup_steps / (warmup_steps + 1) of base_lr.",
                    "/ warmup_steps",
                    "/ (warmup_steps + 1)",
                ),
                Mistake(
                    "With warmup_steps=0 you divide by 0. No warmup means base_lr from the start.",
                    "    if step < warmup_steps:",
                    "    if (step + 1) / warmup_steps <= 1:",
                ),
                Mistake(
                    "You hold the first stair through the whole warmup. The LR climbs with every step.",
                    "(step + 1) / warmup_steps",
                    "1 / warmup_steps",
                ),
            ),
            also_right=(warmup_by_min, warmup_by_adding, warmup_by_numpy),
        ),
        Task(
            "noam_lr",
            points=2,
            drive="curve",
            difficulty=2,
            importance=2,
            minutes=6,
            takeaway="A schedule without a base_lr has hidden one: print its peak before you compare it with others.",
            public=(
                case(20, d_model=512, warmup_steps=8),
                case([0, 999, 3999, 4000, 15999], d_model=512, warmup_steps=4000),
                case(4, d_model=64, warmup_steps=1),
            ),
            edges=(case(3, d_model=1, warmup_steps=2),),
            draw=draw_noam,
            hints=(
                "At step 0 the number of the update is 1. Compute the LR there by hand for d_model=1, warmup_steps=4.",
                "The power of minus one half is one over the square root: 4**-0.5 is 0.5.",
                "Set n first. Then write the formula letter for letter: three powers with the exponents -0.5, -0.5 "
                "and -1.5, and min takes the smaller branch.",
            ),
            mistakes=(
                Mistake(
                    "In one branch you use n, in the other step. The paper counts updates from 1 in both.",
                    "n * warmup_steps**-1.5",
                    "step * warmup_steps**-1.5",
                ),
                Mistake(
                    "d_model to the power of 0.5 makes wide models fast. The exponent is -0.5.",
                    "d_model**-0.5",
                    "d_model**0.5",
                ),
                Mistake(
                    "You count updates from 0. The paper's first update has the number 1: n = step + 1.",
                    "n = step + 1",
                    "n = step or 1e-9",
                ),
                Mistake(
                    "A power binds more tightly than a division: n**-1/2 is half of n**-1. Write n**-0.5 or n**(-1/2).",
                    noam_by_precedence,
                ),
                Mistake(
                    "You take the larger of the two branches. min picks the rise first and the fall later.",
                    "min(n",
                    "max(n",
                ),
                Mistake(
                    "You leave out the model's width: d_model**-0.5 scales the whole schedule.",
                    "d_model**-0.5 * min",
                    "min",
                ),
                Mistake(
                    "The two branches do not meet at the peak: the exponent of warmup_steps is -1.5.",
                    "warmup_steps**-1.5",
                    "warmup_steps**-0.5",
                ),
                Mistake(
                    "Your fall is too fast: one over the square root of n, not one over n.",
                    "min(n**-0.5",
                    "min(n**-1.0",
                ),
            ),
            also_right=(noam_by_branches,),
        ),
        Task(
            "joined",
            points=3,
            drive="schedule",
            difficulty=4,
            importance=5,
            minutes=12,
            takeaway="Put schedules together as functions that count from their own 0: then each can be tested alone.",
            public=(
                case(8, schedules=[constant(0.5), exponential(0.1, 0.5)], at=[4]),
                case(9, schedules=[rising(0.1, 3), exponential(0.1, 0.9), exponential(0.2, 0.5)], at=[3, 5]),
                case([6, 0, 2, 1, 6], schedules=[rising(0.3, 2), exponential(0.4, 0.5)], at=[2]),
                case(3, schedules=[exponential(0.1, 0.5)], at=[]),
            ),
            edges=(
                case(5, schedules=[constant(0.3)], at=[]),
                case(4, schedules=[constant(0.5), exponential(0.1, 0.5)], at=[1]),
                case(4, schedules=[constant(0.5), exponential(0.1, 0.5)], at=[0]),
                case(6, schedules=[constant(0.5), rising(0.3, 2), exponential(0.1, 0.5)], at=[2, 3]),
            ),
            draw=draw_joined,
            hints=(
                "joined returns a function. What must that inner function find out first when it gets a step?",
                "Which schedule is in charge: as many entries of `at` as the step has reached say how many "
                "schedules are over.",
                "The schedule in charge wants the steps since it took over. The first took over at step 0, the next "
                "at at[0], and so on: a list of these starts makes it one subtraction. Define schedule(step) "
                "inside, and return it without calling it.",
            ),
            mistakes=(
                Mistake(
                    "You know two schedules and no more. Any number of them may follow one another.",
                    lambda schedules, at: (
                        lambda step: schedules[0](step) if not at or step < at[0] else schedules[1](step - at[0])
                    ),
                ),
                Mistake(
                    "Every step asks the last schedule: the loop is over before anybody asks, and its variables have "
                    "their last values.",
                    lambda schedules, at: lambda step: schedules[-1](step - ([0, *at])[-1]),
                ),
                Mistake(
                    "Each schedule counts from its own 0. Subtract the step at which it took over.",
                    "schedules[i](step - starts[i])",
                    "schedules[i](step)",
                ),
                Mistake(
                    "The next schedule takes over one step late. At step at[0] it is in charge: use >=.",
                    "step >= start for start in at",
                    "step > start for start in at",
                ),
                Mistake(
                    "You subtract the start of the first handover only. Every schedule has its own start.",
                    "starts[i]",
                    "(at[0] if i else 0)",
                ),
                Mistake(
                    "Only your last schedule counts from its own 0. Those in between do, too.",
                    "schedules[i](step - starts[i])",
                    "schedules[i](step - (starts[i] if i == len(at) else 0))",
                ),
                Mistake(
                    "The new schedule's first LR is skipped: at the handover it is asked for step 0, not step 1.",
                    "step - starts[i]",
                    "step - starts[i] + (i > 0)",
                ),
                Mistake(
                    "You remember which schedule was in charge and never go back. The answer depends on the step "
                    "alone.",
                    "    def schedule(step):\n        i = sum(step >= start for start in at)\n",
                    "    i = 0\n\n    def schedule(step):\n        nonlocal i\n"
                    "        i = max(i, sum(step >= start for start in at))\n",
                ),
            ),
            also_right=(joined_from_the_end, JoinedObject),
        ),
        Task(
            "warmup_cosine",
            points=2,
            drive="curve",
            difficulty=2,
            importance=4,
            minutes=5,
            takeaway="Look at the LR just before and just after a seam: a jump there was never planned.",
            public=(
                case(52, base_lr=0.1, warmup_steps=10, total_steps=50),
                case(8, base_lr=1.0, warmup_steps=3, total_steps=6),
                case([1, 2, 100, 5000], base_lr=0.3, warmup_steps=2, total_steps=200),
            ),
            edges=(case(5, base_lr=0.1, warmup_steps=1, total_steps=2),),
            draw=draw_warmup_cosine,
            hints=(
                "Which fraction does the function use at step warmup_steps? Which should it be there?",
                "The fraction must be 0 at step warmup_steps and 1 at step total_steps.",
                "It is the share of the cosine's own steps that lie behind. How many lie behind at a step, and how "
                "many are there in all?",
            ),
            mistakes=(
                Mistake(
                    "The wave is short enough now, but it still starts at step 0: shift the step as well.",
                    "(step - warmup_steps) / (total_steps - warmup_steps)",
                    "step / (total_steps - warmup_steps)",
                ),
                Mistake(
                    "The warmup was right: its first stair is base_lr / warmup_steps, so that no step has LR 0.",
                    warmup_from_zero,
                ),
                Mistake(
                    "The wave still starts at step 0, inside the warmup. Its own step 0 is step warmup_steps.", STUB
                ),
                Mistake(
                    "The wave starts right, but it ends too late: it has total_steps - warmup_steps steps.",
                    "(step - warmup_steps) / (total_steps - warmup_steps)",
                    "(step - warmup_steps) / total_steps",
                ),
                Mistake(
                    "The wave starts one step late: at step warmup_steps its fraction is 0, and the next one moves.",
                    "(step - warmup_steps) /",
                    "max(step - warmup_steps - 1, 0) /",
                ),
                Mistake(
                    "The wave starts one step early: step warmup_steps still has the full base_lr.",
                    "(step - warmup_steps) /",
                    "(step - warmup_steps + 1) /",
                ),
            ),
            also_right=(warmup_cosine_by_half_angle,),
        ),
        Task(
            "six_lrs",
            points=1,
            drive="value",
            difficulty=2,
            importance=4,
            minutes=5,
            takeaway="Set the LR before the epoch that is to use it: one line too late shifts the whole schedule.",
            public=({},),
            hints=(
                "Epoch 0 trains before anybody has written an LR. What does the optimizer have?",
                "After epoch 0 the loop writes schedule(0). Which epoch trains with it?",
                "Everything lags one epoch: first the optimizer's own LR, then the schedule from its beginning.",
            ),
            mistakes=(
                Mistake(
                    "0.3 holds for the first epoch alone. After each epoch the loop writes the schedule's LR.",
                    [0.3] * 6,
                ),
                Mistake(
                    "You list the plan. The loop writes it one epoch late, so epoch 0 trains with the optimizer's 0.3.",
                    [0.0, 0.06, 0.12, 0.18, 0.24, 0.3],
                ),
                Mistake(
                    "You list the plan without its first entry. Epoch 0 trains with the 0.3 that the optimizer has.",
                    [0.06, 0.12, 0.18, 0.24, 0.3, 0.3],
                ),
                Mistake(
                    "You skip schedule(0). After epoch 0 the loop writes it, so epoch 1 trains with LR 0.",
                    [0.3, 0.06, 0.12, 0.18, 0.24, 0.3],
                ),
                Mistake(
                    "schedule(0) is written once, after epoch 0. You use it for two epochs.",
                    [0.3, 0.0, 0.0, 0.06, 0.12, 0.18],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "09_quiz_1",
            "A warmup gives step `t` the share `t / warmup_steps` of the LR. What does its first step do?",
            "a",
            {
                "a": ("Nothing: its LR is 0.", "Right: one batch is computed and thrown away."),
                "b": ("A very small update.", "At t = 0 the share is exactly 0, so the weights do not move."),
                "c": ("A full update.", "That would be no warmup at all."),
            },
        ),
        Quiz(
            "09_quiz_2",
            "Which change lets a run survive a higher peak LR, by measurements on real networks?",
            "c",
            {
                "a": ("A constant small LR for the first epochs.", "Goyal et al. (2017) found this worse than none."),
                "b": ("A higher momentum from the first step on.", "That makes the steps larger, not safer."),
                "c": ("A gradual warmup.", "Right: it moves the weights to a place where larger steps are stable."),
            },
        ),
        Quiz(
            "09_quiz_3",
            "A warmup of 500 steps with `scheduler.step()` once per *epoch*, in a run of 100 epochs. What happens?",
            "b",
            {
                "a": ("The warmup ends after 500 batches.", "The scheduler counts its own calls: one per epoch."),
                "b": ("The run never leaves the warmup.", "Right: after 100 calls the LR is at a fifth of its peak."),
                "c": ("An error.", "Nothing complains. Look at the LR you recorded."),
            },
        ),
    ),
)
