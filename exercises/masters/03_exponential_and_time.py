"""Checks of exercise 3: exponential decay and its end, inverse time, a clock, a straight line that ends too early."""

import math
from itertools import accumulate, repeat

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def decay_by_loop(step, base_lr, gamma):
    for _ in range(step):
        base_lr *= gamma
    return base_lr


def decay_by_exp(step, base_lr, gamma):
    return base_lr * math.exp(step * math.log(gamma))


def decay_by_table(step, base_lr, gamma):
    return list(accumulate(repeat(gamma, step), lambda lr, factor: lr * factor, initial=base_lr))[-1]


def decay_by_numpy(step, base_lr, gamma):
    import numpy as np

    return base_lr * np.power(np.float64(gamma), step)


def count_steps(share, gamma):
    step, left = 0, 1.0
    while left > share:
        step, left = step + 1, left * gamma
    return step


def search_steps(share, gamma):
    return next(step for step in range(100_000) if gamma**step <= share)


def inverse_by_share(step, base_lr, decay_rate, decay_steps):
    return base_lr * decay_steps / (decay_steps + decay_rate * step)


def inverse_by_recursion(step, base_lr, decay_rate, decay_steps):
    """The LR of a step from the one before it."""
    lr, k = base_lr, decay_rate / decay_steps
    for t in range(step):
        lr *= (1 + k * t) / (1 + k * (t + 1))
    return lr


class MultiplyingHalvingLR:
    """Multiplies what is there by the share that this step's seconds leave."""

    def __init__(self, optimizer, half_life):
        self.optimizer, self.half_life = optimizer, half_life

    def step(self, seconds):
        for group in self.optimizer.param_groups:
            group["lr"] *= math.exp(-math.log(2) * seconds / self.half_life)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


class SummingHalvingLR:
    """Keeps every step's seconds."""

    def __init__(self, optimizer, half_life):
        self.optimizer, self.half_life, self.times = optimizer, half_life, []
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def step(self, seconds):
        self.times.append(seconds)
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] / 2 ** (sum(self.times) / self.half_life)

    def state_dict(self):
        return {"times": self.times}

    def load_state_dict(self, state):
        self.times = state["times"]


def between(step, base_lr, share, total_steps):
    if step >= total_steps:
        return share * base_lr
    return (base_lr * (total_steps - step) + share * base_lr * step) / total_steps


def by_table(step, base_lr, share, total_steps):
    table = [base_lr - (base_lr - share * base_lr) * t / total_steps for t in range(total_steps + 1)]
    return table[step] if step < len(table) else table[-1]


def draw_decay(rng):
    return case(rng.randint(5, 60), base_lr=rng.uniform(0.001, 1), gamma=rng.uniform(0.5, 0.999))


def draw_until(rng):
    gamma = rng.uniform(0.5, 0.99)
    between_two_steps = rng.randint(1, 80) + rng.uniform(0.1, 0.9)
    return case(share=gamma**between_two_steps, gamma=gamma)


def draw_inverse(rng):
    rates = {"decay_rate": rng.uniform(0.1, 3), "decay_steps": rng.randint(2, 50)}
    return case(rng.randint(5, 60), base_lr=rng.uniform(0.001, 1), **rates)


def draw_clock(rng):
    lrs = [rng.uniform(0.001, 1) for _ in range(rng.randint(1, 3))]
    do = [rng.uniform(1, 500) for _ in range(rng.randint(3, 8))]
    return case(groups=lrs, half_life=rng.uniform(100, 1000), do=[*do, "resume", *do] if rng.random() < 0.5 else do)


def draw_line(rng):
    total = rng.randint(5, 60)
    return case(total + 5, base_lr=rng.uniform(0.001, 1), share=rng.uniform(0.05, 0.5), total_steps=total)


HALVE = 'group["lr"] = base_lr * 0.5 ** (self.elapsed / self.half_life)'

exercise = Exercise(
    lesson="03_exponential_and_time_decay",
    title="Exponential and time-based decay",
    tasks=(
        Task(
            "exponential_decay",
            points=1,
            drive="curve",
            difficulty=1,
            importance=4,
            minutes=4,
            takeaway=(
                "Name gamma together with what it is applied to, a step or an epoch: 0.95 a step is over after a "
                "hundred steps."
            ),
            public=(
                case(100, base_lr=0.1, gamma=0.95),
                case(5, base_lr=1.0, gamma=0.5),
                case(8, base_lr=0.02, gamma=0.9),
            ),
            edges=(
                case(20, base_lr=0.1, gamma=1.0),
                case(10, base_lr=0.0, gamma=0.5),
                case([800], base_lr=1.0, gamma=0.999),
            ),
            draw=draw_decay,
            hints=(
                "What has the LR been multiplied by after one step? After two?",
                "After `step` steps it has been multiplied by gamma `step` times.",
                "To multiply by the same number again and again is a power. Check that yours leaves base_lr alone "
                "at step 0.",
            ),
            mistakes=(
                Mistake(
                    "Step 0 is decayed already. Before the first step nothing has been multiplied: the power is step.",
                    "gamma**step",
                    "gamma ** (step + 1)",
                ),
                Mistake(
                    "You multiply gamma by the step. Each step multiplies the LR again: that is a power.",
                    lambda step, base_lr, gamma: base_lr * gamma * step,
                ),
                Mistake(
                    "You use gamma as a rate in exp(-gamma * step). Here gamma is the factor of one step itself.",
                    lambda step, base_lr, gamma: base_lr * math.exp(-gamma * step),
                ),
                Mistake(
                    "You take gamma away from 1 first. gamma is what is left after a step, not what is lost.",
                    "gamma**step",
                    "(1 - gamma) ** step",
                ),
                Mistake(
                    "You raise the whole product to the power. Only gamma is repeated; base_lr counts once.",
                    lambda step, base_lr, gamma: (base_lr * gamma) ** step,
                ),
                Mistake(
                    "You take away the same amount at each step, even below 0. It is a share of what is left.",
                    lambda step, base_lr, gamma: base_lr * (1 - (1 - gamma) * step),
                ),
            ),
            also_right=(decay_by_loop, decay_by_exp, decay_by_table, decay_by_numpy),
        ),
        Task(
            "steps_until",
            points=2,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=8,
            takeaway=(
                "Work out when a decay is over before you start it: past that step you train with next to nothing."
            ),
            public=(
                case(share=0.01, gamma=0.95),
                case(share=0.5, gamma=0.9),
                case(share=0.1, gamma=0.99),
                case(share=1.0, gamma=0.9),
            ),
            edges=(case(share=0.9, gamma=0.5), case(share=1e-9, gamma=0.97)),
            draw=draw_until,
            hints=(
                "Which step is the answer for share=0.5, gamma=0.9? Multiply until you are there.",
                "You look for the smallest step with gamma**step <= share. A loop finds it. Logarithms are faster: "
                "they turn the power into a product.",
                "log(gamma) is negative, so dividing both sides by it turns the sign around: step >= log(share) / "
                "log(gamma). A step is a whole number: which way must you round?",
            ),
            mistakes=(
                Mistake(
                    "floor + 1 is one too many where the logarithm comes out as a whole number, as with share=1: "
                    "math.ceil.",
                    "math.ceil(math.log(share) / math.log(gamma))",
                    "math.floor(math.log(share) / math.log(gamma)) + 1",
                ),
                Mistake(
                    "You mix two logarithms: log10 above the line and log below it. Use the same one twice.",
                    "math.log(share)",
                    "math.log10(share)",
                ),
                Mistake(
                    "One step early: at the step you return the LR is still above the share. Round up, not down.",
                    "math.ceil",
                    "math.floor",
                ),
                Mistake(
                    "You return a fraction of a step. The LR changes from one whole step to the next: round up.",
                    "math.ceil(math.log(share) / math.log(gamma))",
                    "math.log(share) / math.log(gamma)",
                ),
                Mistake(
                    "One step late. Step 0 has the full LR, so step n has been multiplied n times.",
                    "math.ceil(math.log(share) / math.log(gamma))",
                    "math.ceil(math.log(share) / math.log(gamma)) + 1",
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
                    "You round to the nearest step. Where that is the one below, the LR is still above the share.",
                    "math.ceil",
                    "round",
                ),
            ),
            also_right=(count_steps, search_steps),
        ),
        Task(
            "inverse_time_decay",
            points=2,
            drive="curve",
            difficulty=1,
            importance=3,
            minutes=4,
            takeaway=(
                "A decay with one over the step never quite ends: look at the LR that the last step of your run "
                "will have."
            ),
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
                "What is the divisor at step 0, and what at step decay_steps?",
                "It is 1 at first and grows by decay_rate every decay_steps steps, so by decay_rate / decay_steps "
                "at each step.",
                "Divide base_lr by the whole sum: the 1 and what has been added to it need brackets around them.",
            ),
            mistakes=(
                Mistake(
                    "decay_steps is missing: the divisor grows by decay_rate once in decay_steps steps.",
                    "decay_rate * step / decay_steps",
                    "decay_rate * step",
                ),
                Mistake(
                    "You count whole periods only, so the LR goes down in stairs. Divide with /, not //.",
                    "decay_rate * step / decay_steps",
                    "decay_rate * (step // decay_steps)",
                ),
                Mistake(
                    "The decay compounds: you divide the LR that is already decayed. Start from base_lr at each step.",
                    lambda step, base_lr, decay_rate, decay_steps: (
                        base_lr / math.prod(1 + decay_rate * t / decay_steps for t in range(1, step + 1))
                    ),
                ),
                Mistake(
                    "That is exponential decay, a power. Here the divisor grows by the same amount at each step.",
                    "(1 + decay_rate * step / decay_steps)",
                    "(1 + decay_rate) ** (step / decay_steps)",
                ),
                Mistake(
                    "The 1 is missing, so step 0 divides by zero, and later steps are too large.",
                    lambda step, base_lr, decay_rate, decay_steps: base_lr / (decay_rate * max(step, 1) / decay_steps),
                ),
                Mistake(
                    "You divide by 1, then add the rest, so the LR rises. Put the whole divisor in brackets.",
                    lambda step, base_lr, decay_rate, decay_steps: base_lr / 1 + decay_rate * step / decay_steps,
                ),
            ),
            also_right=(inverse_by_share, inverse_by_recursion),
        ),
        Task(
            "HalvingLR",
            points=3,
            drive="object",
            difficulty=3,
            importance=3,
            minutes=15,
            takeaway=(
                "A schedule by the clock gives another run on every machine: count steps if you want to repeat it."
            ),
            public=(
                case(groups=[0.1], half_life=600, do=[300, 300, 600]),
                case(groups=[0.1, 0.01], half_life=10, do=[5, 1, 20]),
                case(groups=[0.2], half_life=60, do=[30, 45, "resume", 15, 30]),
            ),
            edges=(
                case(groups=[0.1], half_life=60, do=[0, 0, 60]),
                case(groups=[0.1, 0.2, 0.3], half_life=7.5, do=["resume", 7.5, "resume", "resume", 15]),
            ),
            draw=draw_clock,
            hints=(
                "Keep two things: the seconds that have passed in all, and the LR that each group had at the start.",
                "How many half-lives have passed? The seconds in all divided by half_life, with its fraction.",
                "step() adds the seconds, then writes base_lr * 0.5 ** (elapsed / half_life) into each group. The "
                "seconds belong into the state.",
            ),
            mistakes=(
                Mistake(
                    "exp(-t / half_life) leaves 37 % after one half-life. Half of it is left: 0.5 ** (t / half_life).",
                    'group["lr"] = base_lr * 0.5 ** (self.elapsed / self.half_life)',
                    'group["lr"] = base_lr * math.exp(-self.elapsed / self.half_life)',
                ),
                Mistake(
                    "You divide by 1 plus the half-lives passed: that is inverse-time decay. Each half-life halves "
                    "what is left.",
                    'group["lr"] = base_lr * 0.5 ** (self.elapsed / self.half_life)',
                    'group["lr"] = base_lr / (1 + self.elapsed / self.half_life)',
                ),
                Mistake(
                    "Only the first parameter group decays. Loop over all of optimizer.param_groups.",
                    "for group, base_lr in zip(self.optimizer.param_groups, self.base_lrs):",
                    "for group, base_lr in list(zip(self.optimizer.param_groups, self.base_lrs))[:1]:",
                ),
                Mistake(
                    "After a resume you take the decayed LRs for the first ones, so they decay twice. Save the first "
                    "LRs.",
                    'self.elapsed, self.base_lrs = state["elapsed"], state["base_lrs"]',
                    'self.elapsed = state["elapsed"]\n        self.base_lrs = [group["lr"] for group in '
                    "self.optimizer.param_groups]",
                ),
                Mistake(
                    "You take the seconds of the last step for the time in all. Add them up.",
                    "self.elapsed += seconds",
                    "self.elapsed = seconds",
                ),
                Mistake(
                    "The LR falls in stairs: you count whole half-lives only. Divide with /, so that fractions count.",
                    "self.elapsed / self.half_life",
                    "self.elapsed // self.half_life",
                ),
                Mistake(
                    "The decay compounds: you halve the LR that is already halved, by the whole time again.",
                    HALVE,
                    HALVE.replace("base_lr *", 'group["lr"] *'),
                ),
                Mistake(
                    "After a resume the clock begins at 0 again: the LR jumps up. The state must hold the time passed.",
                    'self.elapsed, self.base_lrs = state["elapsed"], state["base_lrs"]',
                    'self.base_lrs = state["base_lrs"]',
                ),
                Mistake(
                    "You halve at every step. How much a step takes away depends on how long it took.",
                    "self.elapsed += seconds",
                    "self.elapsed += self.half_life",
                ),
                Mistake(
                    "All groups get the LR of the first one. Each group has an LR of its own: keep a list of them.",
                    '[group["lr"] for group in optimizer.param_groups]',
                    '[optimizer.param_groups[0]["lr"]] * len(optimizer.param_groups)',
                ),
            ),
            also_right=(MultiplyingHalvingLR, SummingHalvingLR),
        ),
        Task(
            "linear_to_share",
            points=2,
            drive="curve",
            difficulty=2,
            importance=4,
            minutes=6,
            takeaway=(
                "Print the first, the middle and the last LR of a schedule: a floor that comes too early shows in "
                "the middle."
            ),
            public=(
                case(121, base_lr=0.1, share=0.1, total_steps=100),
                case(12, base_lr=1.0, share=0.5, total_steps=10),
                case(7, base_lr=0.2, share=0.25, total_steps=4),
            ),
            edges=(
                case(15, base_lr=0.1, share=0.0, total_steps=10),
                case(4, base_lr=0.1, share=0.1, total_steps=1),
                case(9, base_lr=0.1, share=1.0, total_steps=5),
            ),
            draw=draw_line,
            hints=(
                "With share=0.1 and total_steps=100, at which step does the code reach its floor? It should be 100.",
                "max cuts a line that runs to zero. The line itself must end at the share.",
                "At the end the LR has lost 1 - share of itself, halfway half of that. Write what is left as 1 "
                "minus something.",
            ),
            mistakes=(
                Mistake(
                    "You add the share itself. It is a share of base_lr, so it must be multiplied by base_lr too.",
                    "base_lr * (1 - (1 - share) * progress)",
                    "base_lr * (1 - progress) * (1 - share) + share",
                ),
                Mistake("The line still runs to zero and is cut off at the share: it must *end* there.", STUB),
                Mistake(
                    "Past total_steps your LR falls on, below the share. Keep progress at 1.",
                    "min(step / total_steps, 1)",
                    "step / total_steps",
                ),
                Mistake(
                    "Your line runs to zero, not to the share.",
                    "(1 - (1 - share) * progress)",
                    "(1 - progress)",
                ),
                Mistake(
                    "You take away `share` of the LR in all. It should keep that share and lose the rest.",
                    "(1 - (1 - share) * progress)",
                    "(1 - share * progress)",
                ),
                Mistake(
                    "You arrive one step early: the share is reached at step total_steps, not at total_steps - 1.",
                    "min(step / total_steps, 1)",
                    "min(step / max(total_steps - 1, 1), 1)",
                ),
                Mistake(
                    "You add the share to a line that falls to zero, so the LR starts above base_lr.",
                    "base_lr * (1 - (1 - share) * progress)",
                    "base_lr * (1 - progress) + share * base_lr",
                ),
            ),
            also_right=(between, by_table),
        ),
        Task(
            "halvings",
            points=1,
            drive="value",
            difficulty=2,
            importance=2,
            minutes=5,
            takeaway="A factor per epoch has a half-life: work it out once, and you know where the run will be.",
            public=({},),
            hints=(
                "After one epoch 95 % is left, after two 95 % of 95 %. How does it go on?",
                "You look for the first n with 0.95**n at most 1/2, then 1/4, then 1/8.",
                "The half is reached between epochs 13 and 14, at 13.51. Twice and three times that give the other "
                "two: do not round before you multiply.",
            ),
            mistakes=(
                Mistake(
                    "You round to the nearest epoch. At the one below the LR is still above: round up each time.",
                    [14, 27, 41],
                ),
                Mistake(
                    "These are no whole epochs. At 13.51 no epoch begins: the first one with at most a half is the "
                    "next.",
                    [13.51, 27.03, 40.54],
                ),
                Mistake(
                    "You rounded the half-life to 14, then multiplied by 3. It is 13.51, so an eighth takes 40.54.",
                    [14, 28, 42],
                ),
                Mistake("One epoch early each time: the LR is still a little above. Round up.", [13, 27, 40]),
                Mistake(
                    "You count 5 % of the *start* per epoch. It is 5 % of what is left, which becomes less.",
                    [10, 15, 18],
                ),
                Mistake("One epoch late each time: epoch 0 has the full LR.", [15, 29, 42]),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "03_quiz_1",
            "A paper trains 200 epochs with a factor of 0.97 per epoch. You have 50 epochs and want the same shape. "
            "Which factor?",
            "c",
            {
                "a": (
                    "0.97: the factor is part of the method.",
                    "After 50 epochs you would stop at 22 % of the start; the paper goes down to 0.2 %.",
                ),
                "b": ("0.97 / 4", "That leaves a quarter of the LR after one epoch."),
                "c": (
                    "0.97 to the power of 4, about 0.885.",
                    "Right. One of your epochs must do what four of theirs did.",
                ),
            },
        ),
        Quiz(
            "03_quiz_2",
            "Which schedule loses the largest *share* of its LR in the last tenth of the run?",
            "a",
            {
                "a": (
                    "A straight line to zero.",
                    "Right. It loses all that it has left. Exponential decay loses the same share everywhere.",
                ),
                "b": ("Exponential decay.", "Its share per step is the same from the first step to the last."),
                "c": ("Inverse-time decay.", "It slows down: the later the step, the smaller the share it loses."),
            },
        ),
        Quiz(
            "03_quiz_3",
            "Your LR halves every ten minutes of the clock. A busy computer trained half as fast. What was lost?",
            "b",
            {
                "a": (
                    "Nothing: ten minutes are ten minutes.",
                    "Per minute, yes. But the model learns from steps, and it saw only half of them.",
                ),
                "b": (
                    "Half of the steps at every LR.",
                    "Right. A clock schedule gives another run on every machine, and on another day.",
                ),
                "c": (
                    "Nothing: there were more steps at every LR.",
                    "It trained more slowly, so fewer steps fit into the same time.",
                ),
            },
        ),
    ),
)
