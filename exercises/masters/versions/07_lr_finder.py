"""Versions of exercise 7: a slope across both neighbors, a middle; a curve, a tenth of the lowest; two other ramps."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("07_lr_finder").task


def across_by_loop(lrs, losses):
    steepest, chosen = math.inf, None
    for i in range(1, len(lrs) - 1):
        slope = (losses[i + 1] - losses[i - 1]) / math.log10(lrs[i + 1] / lrs[i - 1])
        if slope < steepest:
            steepest, chosen = slope, lrs[i]
    return chosen


def across_by_numpy(lrs, losses):
    import numpy as np

    x, y = np.log(lrs), np.array(losses)
    return lrs[1 + int(np.argmin((y[2:] - y[:-2]) / (x[2:] - x[:-2])))]


def middle_by_loop(lrs, losses):
    pieces = [
        ((losses[i + 1] - losses[i]) / math.log(lrs[i + 1] / lrs[i]), lrs[i], lrs[i + 1]) for i in range(len(lrs) - 1)
    ]
    _, low, high = min(pieces)
    return math.exp((math.log(low) + math.log(high)) / 2)


def middle_by_numpy(lrs, losses):
    import numpy as np

    i = int(np.argmin(np.diff(losses) / np.diff(np.log(lrs))))
    return lrs[i] ** 0.5 * lrs[i + 1] ** 0.5


def points_in_one(loss_at, start_lr, end_lr, count, beta, factor):
    """All in one loop, with running sums: (LR, smoothed loss) of each point that remains."""
    total = weight = 0.0
    lowest = math.inf
    for i in range(count):
        lr = start_lr * (end_lr / start_lr) ** (i / (count - 1))
        total, weight = beta * total + loss_at(lr), beta * weight + 1
        if total / weight > factor * lowest:
            return
        lowest = min(lowest, total / weight)
        yield lr, total / weight


def curve_in_one(loss_at, start_lr, end_lr, count, beta, factor):
    return list(points_in_one(loss_at, start_lr, end_lr, count, beta, factor))


def asked_first(loss_at, start_lr, end_lr, count):
    losses = iter([loss_at(start_lr * (end_lr / start_lr) ** (i / (count - 1))) for i in range(count)])
    return lambda lr: next(losses)


def curve_asking_all_first(loss_at, start_lr, end_lr, count, beta, factor):
    return curve_in_one(asked_first(loss_at, start_lr, end_lr, count), start_lr, end_lr, count, beta, factor)


def tenth_in_one(loss_at, start_lr, end_lr, count, beta, factor):
    lr, _ = min(points_in_one(loss_at, start_lr, end_lr, count, beta, factor), key=lambda point: point[1])
    return 0.1 * lr


def tenth_asking_all_first(loss_at, start_lr, end_lr, count, beta, factor):
    return tenth_in_one(asked_first(loss_at, start_lr, end_lr, count), start_lr, end_lr, count, beta, factor)


ACROSS = replace(
    published("suggest_lr"),
    public=(
        case(lrs=[0.001, 0.01, 0.1, 1.0], losses=[2.3, 2.2, 1.2, 1.0]),
        case(lrs=[1e-4, 1e-3, 2e-3, 4e-3, 1e-1], losses=[2.0, 1.8, 1.6, 1.3, 1.0]),
        case(lrs=[0.01, 0.02, 0.04, 0.08, 0.16], losses=[1.0, 0.9, 0.5, 0.4, 5.0]),
        case(lrs=[0.01, 0.1, 1.0, 1.1, 1.2], losses=[3.0, 1.5, 1.0, 0.98, 0.95]),
        case(lrs=[0.1, 0.2, 0.4, 0.8, 1.6, 3.2], losses=[1.0, 2.0, 2.1, 2.15, 4.0, 5.0]),
    ),
    edges=(
        case(lrs=[0.1, 0.2, 0.4], losses=[1.0, 1.5, 1.6]),
        case(lrs=[1.0, 2.0, 4.0, 8.0], losses=[4.0, 3.0, 1.5, 1.0]),
    ),
    hints=(
        "How many of four points have a neighbor on both sides? Which LR belongs to which slope?",
        "Two slopes fewer than points: the first one belongs to the second LR. Falling is negative, so the steepest "
        "fall is the smallest slope.",
        "Make a list of the slopes of the inner points, from the entry before to the entry after. list.index finds the "
        "place of its smallest entry; the LRs are one place ahead of it.",
    ),
    mistakes=(
        Mistake(
            "You take the slope from each point to the next. Take it across, from the neighbor before to the one "
            "after.",
            lambda lrs, losses: min(
                ((losses[i + 1] - losses[i]) / math.log(lrs[i + 1] / lrs[i]), lrs[i]) for i in range(len(lrs) - 1)
            )[1],
        ),
        Mistake(
            "You take the slope from each point to the next. Take it across, from the neighbor before to the one "
            "after.",
            "(losses[i + 1] - losses[i - 1]) / (math.log(lrs[i + 1]) - math.log(lrs[i - 1]))",
            "(losses[i + 1] - losses[i]) / (math.log(lrs[i + 1]) - math.log(lrs[i]))",
        ),
        Mistake(
            "You return the neighbor before. The first slope belongs to the *second* LR.",
            "lrs[slopes.index(min(slopes)) + 1]",
            "lrs[slopes.index(min(slopes))]",
        ),
        Mistake(
            "That is the steepest *rise*. A fall is negative: take the smallest slope.",
            "min(slopes)",
            "max(slopes)",
        ),
        Mistake(
            "You take the slope over the LR itself. There the first small LRs always look steepest.",
            "(math.log(lrs[i + 1]) - math.log(lrs[i - 1]))",
            "(lrs[i + 1] - lrs[i - 1])",
        ),
        Mistake(
            "You divide by the quotient of the LRs. Divide by the change of their logarithm.",
            "(math.log(lrs[i + 1]) - math.log(lrs[i - 1]))",
            "(lrs[i + 1] / lrs[i - 1])",
        ),
        Mistake(
            "That is the LR with the lowest loss. There the test is about to explode.",
            "lrs[slopes.index(min(slopes)) + 1]",
            "lrs[losses.index(min(losses))]",
        ),
        Mistake(
            "You return the index. Return the LR at this index.",
            "lrs[slopes.index(min(slopes)) + 1]",
            "slopes.index(min(slopes)) + 1",
        ),
    ),
    also_right=(across_by_loop, across_by_numpy),
    survivors={"slopes.append(": "the same number added to every slope leaves the smallest one where it is"},
)

MIDDLE = replace(
    published("suggest_lr"),
    hints=(
        "How many pieces lie between four points? Which two LRs belong to the steepest one?",
        "On a log axis the middle of two LRs is not their mean. Between 0.01 and 0.1 it is about 0.03, not 0.055.",
        "Find the place of the smallest slope as list.index does. Multiply the LRs at both ends of that piece, and "
        "take the square root.",
    ),
    mistakes=(
        Mistake(
            "You return the beginning of the steepest fall. Return the middle of it.",
            "math.sqrt(lrs[i] * lrs[i + 1])",
            "lrs[i]",
        ),
        Mistake(
            "You return the end of the steepest fall. Return the middle of it.",
            "math.sqrt(lrs[i] * lrs[i + 1])",
            "lrs[i + 1]",
        ),
        Mistake(
            "You take the mean of the two LRs. The middle on a log axis is the root of their product.",
            "math.sqrt(lrs[i] * lrs[i + 1])",
            "(lrs[i] + lrs[i + 1]) / 2",
        ),
        Mistake(
            "That is the steepest *rise*. A fall is negative: take the smallest slope.",
            "min(slopes)",
            "max(slopes)",
        ),
        Mistake(
            "You take the slope over the LR itself. There the first small LRs always look steepest.",
            "(math.log(lrs[j + 1]) - math.log(lrs[j]))",
            "(lrs[j + 1] - lrs[j])",
        ),
        Mistake(
            "You divide by the quotient of the LRs. Divide by the change of their logarithm.",
            "(math.log(lrs[j + 1]) - math.log(lrs[j]))",
            "(lrs[j + 1] / lrs[j])",
        ),
        Mistake(
            "The root is missing: the product of two LRs is no LR.",
            "math.sqrt(lrs[i] * lrs[i + 1])",
            "lrs[i] * lrs[i + 1]",
        ),
    ),
    also_right=(middle_by_loop, middle_by_numpy),
)

ONE_ROUND = (
    "Call loss_at once, add its loss to a list, smooth the whole list anew, ask stop_index about the smoothed ones, "
    "and leave the loop if it found something."
)
STOP_FIRST = (
    "        if stop_index(smoothed, factor) < len(smoothed):\n            break\n"
    "        curve.append([lr, smoothed[-1]])\n"
)
ASKS_ALL = "You ask for all losses before you look for the stop. Each call trains the model: look after each."
PROBES = "You probe the model once before the ramp begins. Each call of loss_at trains it: call it in the loop alone."
TWICE = "You call loss_at more than once in a round. Each call trains the model: keep what it returned."
NOT_GEOMETRIC = "[start_lr + (end_lr - start_lr) * i / (count - 1) for i in range(count)]"
RAW_STOP = "You look for the stop in the raw losses. One odd batch would end the test: use the smoothed ones."

CURVE = replace(
    published("find_lr"),
    hints=(
        "Write in words what happens in one round for one LR, in order.",
        ONE_ROUND,
        "What comes after the question about the stop happens only in rounds that did not stop: there you note one "
        "pair, this round's LR and the last entry of the smoothed list.",
    ),
    mistakes=(
        Mistake(
            "You keep the point that stopped the test. Drop it: its loss has exploded.",
            STOP_FIRST,
            "        curve.append([lr, smoothed[-1]])\n"
            "        if stop_index(smoothed, factor) < len(smoothed):\n            break\n",
        ),
        Mistake(
            "You note the raw losses. The curve that is asked for is the smoothed one.",
            "[lr, smoothed[-1]]",
            "[lr, losses[-1]]",
        ),
        Mistake(RAW_STOP, "stop_index(smoothed, factor)", "stop_index(losses, factor)"),
        Mistake(PROBES, "    losses, curve = [], []\n", "    loss_at(start_lr)\n    losses, curve = [], []\n"),
        Mistake(ASKS_ALL, curve_asking_all_first),
        Mistake(TWICE, "losses.append(loss_at(lr))", "losses.append((loss_at(lr), loss_at(lr))[0])"),
        Mistake(TWICE, "losses.append(loss_at(lr))", "losses.append((loss_at(lr), loss_at(lr))[1])"),
        Mistake(
            "Your pairs are the wrong way round: the LR first, then the loss.",
            "[lr, smoothed[-1]]",
            "[smoothed[-1], lr]",
        ),
        Mistake(
            "You return all LRs and then all losses. Make one pair for each point.",
            "return curve",
            "return [list(column) for column in zip(*curve)]",
        ),
        Mistake("Your ramp is not geometric: use lr_ramp.", "lr_ramp(start_lr, end_lr, count)", NOT_GEOMETRIC),
        Mistake(
            "You drop the last point although nothing stopped the test. Only a point that stops it goes.",
            "return curve",
            "return curve[:-1]",
        ),
    ),
    also_right=(curve_in_one,),
)

TENTH = replace(
    published("find_lr"),
    hints=(
        "Write in words what happens in one round for one LR, in order.",
        ONE_ROUND,
        "Keep the LRs and the smoothed losses of the rounds that did not stop. At the end find the place of the "
        "smallest of those losses: list.index does it. A tenth of the LR at that place is the answer.",
    ),
    mistakes=(
        Mistake(
            "You return the LR with the lowest loss. It stands next to the explosion: return a tenth of it.",
            "lrs[smoothed.index(min(smoothed))] / 10",
            "lrs[smoothed.index(min(smoothed))]",
        ),
        Mistake(
            "You take the lowest of the raw losses. Use the smoothed ones: a noisy batch would decide otherwise.",
            "smoothed = now",
            "smoothed = list(losses)",
        ),
        Mistake(
            "You take a tenth of the last LR before the stop. Take a tenth of the one with the lowest loss.",
            "lrs[smoothed.index(min(smoothed))] / 10",
            "lrs[-1] / 10",
        ),
        Mistake(RAW_STOP, "stop_index(now, factor)", "stop_index(losses, factor)"),
        Mistake(
            PROBES, "    lrs, losses, smoothed = [], [], []\n", "    loss_at(start_lr)\n    lrs, losses = [], []\n"
        ),
        Mistake(ASKS_ALL, tenth_asking_all_first),
        Mistake(TWICE, "losses.append(loss_at(lr))", "losses.append((loss_at(lr), loss_at(lr))[0])"),
        Mistake(TWICE, "losses.append(loss_at(lr))", "losses.append((loss_at(lr), loss_at(lr))[1])"),
        Mistake(
            "That is where the loss falls most steeply, another rule. Here the lowest loss counts.",
            "lrs[smoothed.index(min(smoothed))] / 10",
            "min(((smoothed[i + 1] - smoothed[i]), lrs[i]) for i in range(len(lrs) - 1))[1]",
        ),
        Mistake(
            "You return a tenth of the lowest loss. Asked for is a tenth of the LR that has it.",
            "lrs[smoothed.index(min(smoothed))] / 10",
            "min(smoothed) / 10",
        ),
        Mistake("Your ramp is not geometric: use lr_ramp.", "lr_ramp(start_lr, end_lr, count)", NOT_GEOMETRIC),
    ),
    also_right=(tenth_in_one,),
)


def doubling(start):
    lrs = [round(start * 2**i, 6) for i in range(7)]
    return replace(
        published("seven_lrs"),
        hints=(
            "How many factors lead from the first of seven LRs to the last?",
            "Six, all the same, and together they are 64.",
            "Which number, multiplied by itself six times, is 64? Begin with the first LR and multiply.",
        ),
        mistakes=(
            Mistake(
                "Your LRs are equally far apart. A ramp multiplies: each is twice the one before.",
                [start + 63 * start * i / 6 for i in range(7)],
            ),
            Mistake("The ramp starts at the first LR itself.", [start * 2 ** (i + 1) for i in range(7)]),
            Mistake("Begin with the smallest.", lrs[::-1]),
            Mistake(
                "Each is ten times the one before in yours. Which factor makes 64 in six steps?",
                [start * 10**i for i in range(7)],
            ),
        ),
    ), lrs


def every_fourth(start):
    lrs = [float(f"{start * 10**i:.6g}") for i in range(7)]
    return replace(
        published("seven_lrs"),
        hints=(
            "How many factors lead from the first of 25 LRs to the last?",
            "Twenty-four, all the same, and together they are a million. How many of them lie between your LRs?",
            "Four of them, a sixth of the way: six such parts together are a million.",
        ),
        mistakes=(
            Mistake(
                "Your LRs are equally far apart. A ramp multiplies: each is ten times the one before.",
                [start + (1e6 - 1) * start * i / 6 for i in range(7)],
            ),
            Mistake("The ramp starts at its first LR, number 0.", [start * 10 ** (i + 1) for i in range(7)]),
            Mistake("Begin with the smallest.", lrs[::-1]),
            Mistake(
                "Those are the LRs number 0 to 6. Between those that are asked for lie four factors, not one.",
                [start * 10 ** (i / 4) for i in range(7)],
            ),
        ),
    ), lrs


def predict(lrs):
    return (
        f"### BEGIN SOLUTION\nseven_lrs = {lrs}\n### BEGIN STUB\n"
        "# seven_lrs = None  # seven numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of suggest_lr, find_lr and seven_lrs: over half of the exercise's points."""
    yield Version(
        ACROSS,
        """## Task 4: the suggestion

A common rule suggests the LR where the loss falls most steeply. Here a slope belongs to a point and looks at **both
neighbors**: the change of the loss from the point before to the point after, divided by the change of `math.log(lr)`
between them. (The LRs rise by factors, hence the logarithm.) The two outer points have no slope. Return the LR with the
smallest slope. There are at least three points. (If the loss only rises, that is its slowest rise.)

Example: LRs 0.001, 0.01, 0.1, 1 with losses 2.3, 2.2, 1.2, 1.0. Around 0.01 the loss falls by 1.1, around 0.1 by 1.2,
each over a factor of 100: so return 0.1.
""",
        """def suggest_lr(lrs, losses):
    ### BEGIN SOLUTION
    slopes = []
    for i in range(1, len(lrs) - 1):
        slopes.append((losses[i + 1] - losses[i - 1]) / (math.log(lrs[i + 1]) - math.log(lrs[i - 1])))
    return lrs[slopes.index(min(slopes)) + 1]
    ### END SOLUTION
""",
    )
    yield Version(
        MIDDLE,
        """## Task 4: the suggestion

A common rule suggests the LR where the loss falls most steeply. The LRs rise by factors, so take the slope over the
*logarithm* of the LR: from each point to the next, the change of the loss divided by the change of `math.log(lr)`.
Return the **middle** of the steepest fall on a log axis: the square root of the product of the LRs at its two ends. (If
the loss only rises, take its slowest rise.)

Example: LRs 0.001, 0.01, 0.1, 1 with losses 2.3, 2.2, 1.2, 1.1: the largest fall is from 0.01 to 0.1, so return
0.0316.
""",
        """def suggest_lr(lrs, losses):
    ### BEGIN SOLUTION
    slopes = [(losses[j + 1] - losses[j]) / (math.log(lrs[j + 1]) - math.log(lrs[j])) for j in range(len(lrs) - 1)]
    i = slopes.index(min(slopes))
    return math.sqrt(lrs[i] * lrs[i + 1])
    ### END SOLUTION
""",
    )
    yield Version(
        CURVE,
        """## Task 5: the whole test

Now put the parts together and return the curve, as people look at it. `loss_at(lr)` is one training step at this LR: it
returns the loss. Go up the ramp. After each step smooth all losses so far, and leave as soon as `stop_index` finds a
loss to stop at in the *smoothed* losses. Drop that last point. Return a list of pairs `[lr, smoothed loss]`, one for
each point that remains. (`suggest_lr` is not needed: the eye suggests.)

Do not call `loss_at` any more after the stop: each call trains the model.
""",
        """def find_lr(loss_at, start_lr, end_lr, count, beta, factor):
    ### BEGIN SOLUTION
    losses, curve = [], []
    for lr in lr_ramp(start_lr, end_lr, count):
        losses.append(loss_at(lr))
        smoothed = smooth_losses(losses, beta)
        if stop_index(smoothed, factor) < len(smoothed):
            break
        curve.append([lr, smoothed[-1]])
    return curve
    ### END SOLUTION
""",
    )
    yield Version(
        TENTH,
        """## Task 5: the whole test

Now put the parts together, with another common rule in place of `suggest_lr`. `loss_at(lr)` is one training step at
this LR: it returns the loss. Go up the ramp. After each step smooth all losses so far, and leave as soon as
`stop_index` finds a loss to stop at in the *smoothed* losses. Of all points before that one, take the LR with the
lowest smoothed loss (the first, if several are equal). Return **a tenth** of it: it stands next to the explosion.

Do not call `loss_at` any more after the stop: each call trains the model.
""",
        """def find_lr(loss_at, start_lr, end_lr, count, beta, factor):
    ### BEGIN SOLUTION
    lrs, losses, smoothed = [], [], []
    for lr in lr_ramp(start_lr, end_lr, count):
        losses.append(loss_at(lr))
        now = smooth_losses(losses, beta)
        if stop_index(now, factor) < len(now):
            break
        lrs.append(lr)
        smoothed = now
    return lrs[smoothed.index(min(smoothed))] / 10
    ### END SOLUTION
""",
    )
    start = draw("first LR of seven", 0.01, 0.02, 0.05)
    task, lrs = doubling(start)
    yield Version(
        task,
        f"""## Task 6: predict

A ramp of seven LRs goes from {lrs[0]} to {lrs[-1]}. Write them down.
""",
        predict(lrs),
    )
    start = draw("first LR of twenty-five", 1e-4, 1e-5, 1e-3)
    task, lrs = every_fourth(start)
    lowest = f"{lrs[0]:f}".rstrip("0")
    yield Version(
        task,
        f"""## Task 6: predict

A ramp of **25** LRs goes from {lowest} to {lrs[-1]:g}. Write down seven of them: number 0, the first, then number
4, 8, 12, 16, 20 and 24.
""",
        predict(lrs),
    )
