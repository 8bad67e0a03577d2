"""Checks of exercise 15: branches of a trunk, what a family costs, a cooldown, averages of values, a plan of three."""

import math
from collections import deque

from lrcourse.exercises.exercise import Exercise, Mistake, Quiz, Task, case


def branches_by_loop(budgets, percent):
    found = []
    for budget in budgets:
        cooldown = int(percent * budget / 100 + 1e-9)
        found.append(budget - cooldown)
    return found


def branches_by_ceiling(budgets, percent):
    return [-(-budget * (100 - percent) // 100) for budget in budgets]


def branches_in_an_array(budgets, percent):
    import numpy as np

    budgets = np.array(budgets)
    return budgets - budgets * percent // 100


def branches_of_the_trunk(budgets, percent):
    """A mistake: the percent of the trunk."""
    return [budget * 100 // (100 + percent) for budget in budgets]


def branches_after_each_other(budgets, percent):
    """A mistake: every branch counted from the one before."""
    found, before = [], 0
    for budget in budgets:
        found.append(budget - budget * percent // 100 - before)
        before = found[-1]
    return found


def family_by_sorting(budgets, percent):
    branches = sorted(budget - budget * percent // 100 for budget in budgets)
    return branches[-1] + sum(budget * percent // 100 for budget in budgets)


def family_by_segments(budgets, percent):
    """Walks along the trunk from branch to branch."""
    at = steps = 0
    for budget in sorted(budgets):
        branch = budget - budget * percent // 100
        steps += max(branch - at, 0) + budget - branch
        at = max(at, branch)
    return steps


def family_of_the_last(budgets, percent):
    """A mistake: the trunk of the last entry."""
    cooldowns = [budget * percent // 100 for budget in budgets]
    return budgets[-1] - cooldowns[-1] + sum(cooldowns)


def cooldown_by_branches(step, base_lr, total_steps, cooldown_steps):
    start = total_steps - cooldown_steps
    if step < start:
        return base_lr
    if step >= total_steps:
        return 0
    return base_lr - base_lr * ((step - start) / cooldown_steps) ** 0.5


def cooldown_in_numpy(step, base_lr, total_steps, cooldown_steps):
    import numpy as np

    return base_lr * (1 - np.sqrt(np.clip((step - total_steps + cooldown_steps) / cooldown_steps, 0, 1)))


def cooldown_late(step, base_lr, total_steps, cooldown_steps):
    """A mistake: the fall begins one step late."""
    x = min(max(step - 1 - (total_steps - cooldown_steps), 0) / cooldown_steps, 1)
    return base_lr * (1 - math.sqrt(x))


def cooldown_late_and_cut(step, base_lr, total_steps, cooldown_steps):
    """The same, and 0 from the end on."""
    return 0.0 if step >= total_steps else cooldown_late(step, base_lr, total_steps, cooldown_steps)


def cooldown_short(step, base_lr, total_steps, cooldown_steps):
    """A mistake: 0 at the run's last step already."""
    x = min(max(step - (total_steps - cooldown_steps), 0) / max(cooldown_steps - 1, 1), 1)
    return base_lr * (1 - math.sqrt(x))


def cooldown_of_all(step, base_lr, total_steps, cooldown_steps):
    """A mistake: x is the part of the whole run."""
    start = total_steps - cooldown_steps
    x = min(step / total_steps, 1) if step > start else 0
    return base_lr * (1 - math.sqrt(x))


def cooldown_open(step, base_lr, total_steps, cooldown_steps):
    """A mistake: back to base_lr after the end."""
    x = (step - (total_steps - cooldown_steps)) / cooldown_steps
    return base_lr * (1 - math.sqrt(x)) if 0 <= x < 1 else base_lr


def ema_by_weights(values, beta):
    found = []
    for t in range(len(values)):
        weights = [beta ** (t - i) for i in range(t + 1)]
        found.append(sum(w * v for w, v in zip(weights, values, strict=False)) / sum(weights))
    return found


def ema_by_shares(values, beta):
    m, found = 0.0, []
    for t, value in enumerate(values, start=1):
        m += (1 - beta) / (1 - beta**t) * (value - m)
        found.append(m)
    return found


def ema_in_numpy(values, beta):
    import numpy as np

    steps = np.arange(len(values))
    ages = steps[:, None] - steps
    weights = np.where(ages >= 0, beta ** np.abs(ages).astype(float), 0.0)
    return weights @ np.array(values, dtype=float) / weights.sum(axis=1)


def ema_from_the_first(values, beta):
    """A mistake: starts at the first value in place of a correction."""
    m, found = values[0], []
    for value in values:
        m = beta * m + (1 - beta) * value
        found.append(m)
    return found


def ema_corrected_twice(values, beta):
    """A mistake: goes on from the corrected value."""
    m, found = 0.0, []
    for t, value in enumerate(values, start=1):
        m = (beta * m + (1 - beta) * value) / (1 - beta**t)
        found.append(m)
    return found


def mean_by_deque(values, k):
    window = deque(maxlen=k)
    found = []
    for value in values:
        window.append(value)
        found.append(math.fsum(window) / len(window))
    return found


def mean_by_sums(values, k):
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    return [(sums[t] - sums[max(t - k, 0)]) / min(t, k) for t in range(1, len(sums))]


def draw_budgets(rng):
    """No cooldown is a whole number before rounding: percent / 100 as a float might then come out just below it."""
    percent = rng.randint(5, 60)
    possible = [budget for budget in range(30, 3000) if budget * percent % 100]
    return case(budgets=rng.sample(possible, rng.randint(1, 5)), percent=percent)


def draw_cooldown(rng):
    total_steps = rng.randint(12, 60)
    return case(
        total_steps + 3,
        base_lr=rng.uniform(0.01, 1),
        total_steps=total_steps,
        cooldown_steps=rng.randint(2, total_steps - 2),
    )


def draw_values(rng):
    return [rng.uniform(-5, 5) for _ in range(rng.randint(2, 20))]


def draw_ema(rng):
    return case(values=draw_values(rng), beta=rng.uniform(0.5, 0.99))


def draw_mean(rng):
    values = draw_values(rng)
    return case(values=values, k=rng.randint(2, 8))


exercise = Exercise(
    lesson="15_the_frontier",
    title="Planning ahead and averaging",
    tasks=(
        Task(
            "branch_points",
            points=2,
            drive="call",
            difficulty=1,
            importance=4,
            minutes=6,
            takeaway="Save the trunk where branches leave it: a checkpoint within a cooldown is no place to go on.",
            public=(
                case(budgets=[340, 680], percent=20),
                case(budgets=[1000], percent=15),
                case(budgets=[333, 95, 2001], percent=17),
            ),
            edges=(case(budgets=[27, 38, 39, 40, 41], percent=37), case(budgets=[99], percent=50)),
            draw=draw_budgets,
            hints=(
                "A run of 680 steps gives its last 20 % to the cooldown. At which step does that begin?",
                "Work out the cooldown first, in whole steps. What is left of the budget is the trunk.",
                "Rounding down belongs to the cooldown, not to the trunk: multiply, cut to whole steps, and take that "
                "off the budget. One number for each budget, in their order.",
            ),
            mistakes=(
                Mistake(
                    "Those are the lengths of the cooldowns. Asked for is the step at which each begins.",
                    "[budget - budget * percent // 100",
                    "[budget * percent // 100",
                ),
                Mistake(
                    "Your steps are no whole numbers: the cooldown is rounded down.",
                    "percent // 100",
                    "percent / 100",
                ),
                Mistake(
                    "Your cooldown is rounded up, or the trunk down. Round the cooldown down, the trunk gets the rest.",
                    "budget - budget * percent // 100",
                    "budget * (100 - percent) // 100",
                ),
                Mistake(
                    "You round the cooldown to the nearest whole step. It is rounded down.",
                    "budget * percent // 100",
                    "round(budget * percent / 100)",
                ),
                Mistake("percent is in hundredths: divide by 100.", "percent // 100", "percent"),
                Mistake(
                    "You sort. The branches stand in the order of the budgets.",
                    "return [budget - budget * percent // 100 for budget in budgets]",
                    "return sorted(budget - budget * percent // 100 for budget in budgets)",
                ),
                Mistake("You take the percent of the trunk. It is a part of the whole budget.", branches_of_the_trunk),
                Mistake(
                    "You count each branch from the one before. All count from the trunk's own step 0.",
                    branches_after_each_other,
                ),
            ),
            also_right=(branches_by_loop, branches_by_ceiling, branches_in_an_array),
        ),
        Task(
            "family_steps",
            points=1,
            drive="call",
            difficulty=2,
            importance=4,
            minutes=6,
            takeaway="One trunk and a cooldown for each length cost little more than the longest run alone.",
            public=(
                case(budgets=[340, 680], percent=20),
                case(budgets=[1000], percent=15),
                case(budgets=[2001, 333, 95], percent=18),
            ),
            edges=(case(budgets=[27, 100, 75], percent=37), case(budgets=[100, 99], percent=60)),
            draw=draw_budgets,
            hints=(
                "Which steps do the runs of 340 and of 680 share, and which belong to one of them alone?",
                "The trunk is trained once, as far as the latest branch. Then every length pays for its own cooldown.",
                "Make a list of the cooldowns. The trunk's length is the largest of budget less cooldown; the rest is "
                "a sum.",
            ),
            mistakes=(
                Mistake(
                    "That is the price of separate runs. The trunk is shared: train it once.",
                    lambda budgets, percent: sum(budgets),
                ),
                Mistake(
                    "Your trunk goes on to the end of the longest budget. It ends where the last branch leaves it.",
                    lambda budgets, percent: max(budgets) + sum(budget * percent // 100 for budget in budgets),
                ),
                Mistake("The cooldowns are missing: that is the trunk alone.", " + sum(cooldowns)", ""),
                Mistake(
                    "Only the longest run has its cooldown in yours. Each length needs one of its own.",
                    lambda budgets, percent: max(budgets),
                ),
                Mistake(
                    "You take the trunk of the list's last budget. They come in any order: take the longest trunk.",
                    family_of_the_last,
                ),
                Mistake(
                    "You take the trunk of the list's first budget. They come in any order: take the longest trunk.",
                    lambda budgets, percent: family_of_the_last(budgets[::-1], percent),
                ),
                Mistake(
                    "Those are the cooldowns alone: the trunk that they share is missing.",
                    lambda budgets, percent: sum(budget * percent // 100 for budget in budgets),
                ),
                Mistake(
                    "Your cooldowns are no whole numbers: each of them is rounded down.",
                    "percent // 100",
                    "percent / 100",
                ),
                Mistake("You take the shortest trunk. The longest run needs more of it.", "max(", "min("),
                Mistake(
                    "You round the sum of the cooldowns. Each of them is rounded down by itself.",
                    "sum(cooldowns)",
                    "sum(budgets) * percent // 100",
                ),
            ),
            also_right=(family_by_sorting, family_by_segments),
        ),
        Task(
            "cooldown_lr",
            points=3,
            drive="curve",
            difficulty=2,
            importance=4,
            minutes=10,
            takeaway="Draw the cooldown before you pay for it: its shape is one line, and so is its mistake.",
            public=(
                case(14, base_lr=1.0, total_steps=12, cooldown_steps=4),
                case(110, base_lr=0.1, total_steps=100, cooldown_steps=20),
                case(9, base_lr=0.5, total_steps=8, cooldown_steps=8),
            ),
            edges=(case(8, base_lr=1.0, total_steps=5, cooldown_steps=1),),
            draw=draw_cooldown,
            hints=(
                "Which part of the cooldown has passed at its first step, at its middle, at its end?",
                "Call that part x. Before the cooldown it is 0, after the end 1, so two limits make one formula do for "
                "all steps.",
                "The height above 0 is what the root of x leaves of 1. max keeps a negative count of steps away from "
                "the root.",
            ),
            mistakes=(
                Mistake(
                    "That is a straight cooldown. Here the root of x is taken: it falls fast at first.",
                    "math.sqrt(x)",
                    "x",
                ),
                Mistake(
                    "You take the root of what is left. It is 1 minus the root of what has passed.",
                    "(1 - math.sqrt(x))",
                    "math.sqrt(1 - x)",
                ),
                Mistake("That is the square of x, not its root.", "math.sqrt(x)", "x**2"),
                Mistake(
                    "Your x is 0 or 1 and nothing between. A division with / keeps the fraction, one with // drops it.",
                    "min(max(step - start, 0) / cooldown_steps, 1)",
                    "min(max(step - start, 0) // cooldown_steps, 1)",
                ),
                Mistake(
                    "x and what is left of it have changed places: x is 0 where the cooldown begins.",
                    "math.sqrt(x)",
                    "math.sqrt(1 - x)",
                ),
                Mistake(
                    "You take half of x, not its root: x ** 1 / 2 is (x ** 1) / 2. Write x ** 0.5 or math.sqrt(x).",
                    "math.sqrt(x)",
                    "x / 2",
                ),
                Mistake(
                    "Your cooldown begins one step late: at its first step x is 0, at the next one 1 / cooldown_steps.",
                    cooldown_late,
                ),
                Mistake(
                    "Your cooldown begins one step late: at its first step x is 0, at the next one 1 / cooldown_steps.",
                    cooldown_late_and_cut,
                ),
                Mistake(
                    "Your cooldown ends one step early: x is 1 at step total_steps, not at the last step before it.",
                    cooldown_short,
                ),
                Mistake("x is the part of the cooldown that has passed, not that of the whole run.", cooldown_of_all),
                Mistake("After the end your LR is back at base_lr. It stays at 0.", cooldown_open),
                Mistake(
                    "After the end your LR goes on falling, below 0. Keep x at 1.",
                    "min(max(step - start, 0) / cooldown_steps, 1)",
                    "max(step - start, 0) / cooldown_steps",
                ),
            ),
            also_right=(cooldown_by_branches, cooldown_in_numpy),
        ),
        Task(
            "corrected_ema",
            points=2,
            drive="call",
            difficulty=3,
            importance=4,
            minutes=10,
            takeaway="A running average that starts at 0 remembers it: divide by the weight that it has given so far.",
            ylabel="average",
            public=(
                case(values=[1.0, 1.0, 1.0, 1.0], beta=0.9),
                case(values=[2.0, 0.0, 4.0, -1.0, 3.0], beta=0.5),
                case(values=[0.5, 1.5, 2.5, 0.0, -3.0, 1.0, 1.0], beta=0.98),
            ),
            edges=(case(values=[3.0], beta=0.99), case(values=[0.0, 0.0, 5.0], beta=0.75)),
            draw=draw_ema,
            hints=(
                "All values are 1, and beta is 0.9. What does the average say after one step, and what should it say?",
                "Keep the plain average m, and write down a corrected copy of it. m itself must not be corrected.",
                "After t values their weights add up to 1 - beta to the power t. Count t from 1.",
            ),
            mistakes=(
                Mistake(
                    "The correction is missing: your first averages are drawn towards 0.",
                    "m / (1 - beta**t)",
                    "m",
                ),
                Mistake("You count t from 0, so the first correction divides by 0.", "start=1", "start=0"),
                Mistake("You correct with one step too many: the first value has t = 1.", "start=1", "start=2"),
                Mistake(
                    "beta and 1 - beta have changed places: most of the weight stays with the old average.",
                    "beta * m + (1 - beta) * value",
                    "(1 - beta) * m + beta * value",
                ),
                Mistake(
                    "You start at the first value, which then weighs far more than the others. Start at 0 and correct.",
                    ema_from_the_first,
                ),
                Mistake(
                    "You go on from the corrected value. Keep m as it is, and correct only what you write down.",
                    ema_corrected_twice,
                ),
                Mistake(
                    "You multiply by the weights' sum. Divide by it: it is below 1, and m is too small.",
                    "m / (1 - beta**t)",
                    "m * (1 - beta**t)",
                ),
                Mistake(
                    "You divide by beta**t, the weight that the start still has. The values have the rest of it.",
                    "m / (1 - beta**t)",
                    "m / beta**t",
                ),
                Mistake(
                    "You divide by 1 - beta. After t values the weights add up to 1 - beta ** t.",
                    "m / (1 - beta**t)",
                    "m / (1 - beta)",
                ),
            ),
            also_right=(ema_by_weights, ema_by_shares, ema_in_numpy),
        ),
        Task(
            "last_mean",
            points=1,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=8,
            takeaway="A mean over a window forgets its start entirely; at first give it fewer values, not wrong ones.",
            ylabel="mean",
            public=(
                case(values=[1.0, 2.0, 3.0, 4.0, 8.0], k=3),
                case(values=[4.0, -4.0, 4.0, 2.0], k=2),
                case(values=[1.0, 5.0, 0.0], k=6),
            ),
            edges=(case(values=[2.0, 3.0, -1.0], k=1), case(values=[7.0], k=4)),
            draw=draw_mean,
            hints=(
                "At the second step with k=3: how many values are there to average?",
                "A slice of the list that ends behind the present value and begins at most k places earlier.",
                "A negative beginning would count from the end of the list: keep it at 0. Divide by the number of "
                "values in the slice.",
            ),
            mistakes=(
                Mistake(
                    "You divide by k from the start. At first there are fewer values.",
                    "/ len(window)",
                    "/ k",
                ),
                Mistake(
                    "Your window holds one value too many.",
                    "values[max(t - k, 0) : t]",
                    "values[max(t - k - 1, 0) : t]",
                ),
                Mistake(
                    "That is the mean of all values so far. Only the last k count.",
                    "values[max(t - k, 0) : t]",
                    "values[:t]",
                ),
                Mistake(
                    "The present value is missing from your window: the slice ends behind it.",
                    lambda values, k: [
                        sum(values[max(t - k, 0) : t]) / len(values[max(t - k, 0) : t]) if t else values[0]
                        for t in range(len(values))
                    ],
                ),
                Mistake(
                    "You begin at step k. There is a mean at every step, of as many values as there are.",
                    lambda values, k: [sum(values[t - k : t]) / k for t in range(k, len(values) + 1)],
                ),
                Mistake("You add up the window. Its mean is asked for: divide.", " / len(window)", ""),
                Mistake(
                    "Your window looks ahead: it begins at the present value. It ends there.",
                    "values[max(t - k, 0) : t]",
                    "values[t - 1 : t - 1 + k]",
                ),
            ),
            also_right=(mean_by_deque, mean_by_sums),
        ),
        Task(
            "plan_of_three",
            points=1,
            drive="value",
            difficulty=2,
            importance=3,
            minutes=5,
            takeaway="Before a long run begins, write down where it could stop and what going on would cost.",
            public=({},),
            hints=(
                "Three cosines share nothing. What do they cost together?",
                "The cooldowns take 100, 200 and 400 steps. How long is the trunk that serves the longest run?",
                "The first number is a sum of three budgets; the second a trunk of 3600 and all cooldowns; the third "
                "is what the cooldown leaves of 2000.",
            ),
            mistakes=(
                Mistake(
                    "In the second number the trunk ends where the longest run's cooldown begins, at 3600.",
                    [7000, 4700, 1800],
                ),
                Mistake("The second number lacks the two shorter cooldowns.", [7000, 4000, 1800]),
                Mistake("The second number is the trunk alone: three cooldowns follow.", [7000, 3600, 1800]),
                Mistake("The third number is the cooldown's length. Asked for is where it begins.", [7000, 4300, 200]),
                Mistake(
                    "The run of 2000 steps branches off where its own cooldown begins, not at its end.",
                    [7000, 4300, 2000],
                ),
                Mistake("The first two numbers have changed places.", [4300, 7000, 1800]),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "15_quiz_1",
            "A run of 10,000 steps with a cooldown over its last fifth stands at step 9,000. Now it is to become a run "
            "of 20,000. From which checkpoint do you go on?",
            "b",
            {
                "a": (
                    "Step 9,000, the newest.",
                    "Its LR is half way down, and the weights have sunk with it. What the trunk has is the high LR.",
                ),
                "b": (
                    "Step 8,000, the last of the trunk.",
                    "Right: up to there the short and the long run are the same, and nothing is lost but the cooldown.",
                ),
                "c": ("Step 0.", "That would be needed for a cosine. The trunk does not know how long the run is."),
            },
        ),
        Quiz(
            "15_quiz_2",
            "You train with SGD and momentum, batches of 16 and a tuned LR. Now the batch becomes 32, with the same "
            "number of epochs. Which LR do you try first?",
            "a",
            {
                "a": (
                    "Twice the old one.",
                    "Right, for SGD with momentum and batches that are not too large. Then check the neighbours.",
                ),
                "b": (
                    "The root of 2 times the old one.",
                    "That is the rule for Adam, which divides by the size of the gradients.",
                ),
                "c": (
                    "The old one.",
                    "Half as many updates at the same LR go half as far. Batches of twice the size carry less noise.",
                ),
            },
        ),
        Quiz(
            "15_quiz_3",
            "A paper reports that a trick helped a model of eight billion weights. On the digits you find no "
            "difference that matters. What have you shown?",
            "c",
            {
                "a": ("That the paper is wrong.", "Its model, data and length are others. You cannot speak of them."),
                "b": ("Nothing at all.", "You have an interval: on the digits the effect is smaller than it."),
                "c": (
                    "That the trick does not do much in your setting.",
                    "Right: a small experiment can show a mechanism, or its absence here. Not a ranking at scale.",
                ),
            },
        ),
    ),
)
