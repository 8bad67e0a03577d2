"""Checks of exercise 7: the LR range test in parts and whole, driven with losses that we write down."""

import math
from itertools import accumulate

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def ramp_by_product(start_lr, end_lr, count):
    factor = math.exp(math.log(end_lr / start_lr) / (count - 1))
    return list(accumulate([start_lr] + [factor] * (count - 1), lambda lr, by: lr * by))


def ramp_by_numpy(start_lr, end_lr, count):
    import numpy as np

    return np.geomspace(start_lr, end_lr, count)


def smooth_by_weights(losses, beta):
    """Each value as the weighted mean that it is."""
    smoothed = []
    for n in range(1, len(losses) + 1):
        weights = [beta ** (n - 1 - i) for i in range(n)]
        smoothed.append(sum(w * loss for w, loss in zip(weights, losses[:n], strict=True)) / sum(weights))
    return smoothed


def smooth_by_sums(losses, beta):
    total = weight = 0.0
    smoothed = []
    for loss in losses:
        total, weight = beta * total + loss, beta * weight + 1
        smoothed.append(total / weight)
    return smoothed


def smooth_storing_the_correction(losses, beta):
    mean, smoothed = 0.0, []
    for n, loss in enumerate(losses, start=1):
        mean = (beta * mean + (1 - beta) * loss) / (1 - beta**n)
        smoothed.append(mean)
    return smoothed


def smooth_from_the_first_loss(losses, beta):
    """A mistake, and another method: the first loss keeps all the weight that the 0 had."""
    return list(accumulate(losses, lambda mean, loss: beta * mean + (1 - beta) * loss))


def stop_by_search(losses, factor):
    found = (i for i in range(1, len(losses)) if losses[i] > factor * min(losses[:i]))
    return next(found, len(losses))


def suggest_by_numpy(lrs, losses):
    import numpy as np

    return lrs[int(np.argmin(np.diff(losses) / np.diff(np.log10(lrs))))]


def suggest_by_loop(lrs, losses):
    best, chosen = math.inf, None
    for i in range(len(lrs) - 1):
        slope = (losses[i + 1] - losses[i]) / math.log(lrs[i + 1] / lrs[i])
        if slope < best:
            best, chosen = slope, lrs[i]
    return chosen


def find_in_one(loss_at, start_lr, end_lr, count, beta, factor):
    """All in one loop, with running sums."""
    total = weight = 0.0
    lowest, points = math.inf, []
    for i in range(count):
        lr = start_lr * (end_lr / start_lr) ** (i / (count - 1))
        total, weight = beta * total + loss_at(lr), beta * weight + 1
        if total / weight > factor * lowest:
            break
        lowest = min(lowest, total / weight)
        points.append((lr, total / weight))
    return suggest_by_loop(*zip(*points, strict=True))


def find_asking_all_first(loss_at, start_lr, end_lr, count, beta, factor):
    losses = iter([loss_at(lr) for lr in ramp_by_product(start_lr, end_lr, count)])
    return find_in_one(lambda lr: next(losses), start_lr, end_lr, count, beta, factor)


def suggest_by_gradient(lrs, losses):
    """A mistake: the slope across both neighbors."""
    import numpy as np

    return lrs[int(np.argmin(np.gradient(np.array(losses), np.log(lrs))))]


def draw_ramp(rng):
    start = 10 ** rng.uniform(-8, -3)
    return case(start_lr=start, end_lr=start * 10 ** rng.uniform(1, 6), count=rng.randint(2, 60))


def draw_losses(rng):
    return case(losses=[rng.uniform(0.5, 3) for _ in range(rng.randint(3, 30))], beta=rng.uniform(0.3, 0.98))


def draw_stop(rng):
    falling = sorted((rng.uniform(1, 3) for _ in range(rng.randint(2, 12))), reverse=True)
    rising = [falling[-1] * rng.uniform(1.05, 3) ** i for i in range(rng.randint(0, 6))]
    return case(losses=falling + rising, factor=rng.uniform(1.5, 4))


def draw_points(rng):
    """LRs at uneven distances, so that the slope must be taken over their logarithms."""
    lrs = list(
        accumulate([10 ** rng.uniform(-6, -3)] + [rng.uniform(1.2, 4) for _ in range(rng.randint(3, 20))], _times)
    )
    return case(lrs=lrs, losses=[rng.uniform(0.5, 3) for _ in lrs])


def draw_test(rng):
    centre, floor, edge = 10 ** rng.uniform(-3.5, -2.5), rng.uniform(0.2, 0.8), 10 ** rng.uniform(-0.9, -0.3)
    loss = f"lambda lr: {floor:.3f} + 2 / (1 + (lr / {centre:.2e})) + (lr / {edge:.3f}) ** 4"
    settings = {"start_lr": 1e-6, "end_lr": 10.0, "count": rng.randint(20, 60)}
    return case(loss_at={"python": loss}, **settings, beta=rng.uniform(0.1, 0.8), factor=rng.uniform(1.5, 4))


def _times(lr, by):
    return lr * by


VALLEY = {"python": "lambda lr: 0.3 + 2 / (1 + lr / 0.002) + (lr / 0.5) ** 4"}
SHARP = {"python": "lambda lr: 1.0 if lr < 0.006 else 0.4 if lr < 0.2 else 100.0"}

AFTER_THE_STOP = "{}['loss_at was called after the stop: each call trains the model']"  # a KeyError with this text
TOO_OFTEN = "{}['loss_at was called more often than there are LRs: each call trains the model']"
BREAKS = {"python": f"lambda lr: 0.3 + 2 / (1 + lr / 0.002) + (lr / 0.5) ** 4 if lr < 4 else {AFTER_THE_STOP}"}


def listed(*losses):
    """A loss_at that gives these losses one after the other, whatever the LR: nobody can ask twice."""
    return {"python": f"(lambda losses: lambda lr: losses.pop(0) if losses else {TOO_OFTEN})({list(losses)})"}


ONCE = listed(2.3, 2.3, 2.2, 2.2, 2.1, 1.2)
SPIKE = {"python": "lambda lr: 20.0 if 2e-4 < lr < 3.5e-4 else 0.3 + 2 / (1 + lr / 0.002)"}

exercise = Exercise(
    lesson="07_lr_finder",
    title="The LR finder",
    tasks=(
        Task(
            "lr_ramp",
            points=1,
            drive="call",
            difficulty=2,
            importance=4,
            minutes=6,
            takeaway="Search an LR in factors, not in differences: from 0.001 to 0.1 the middle is 0.01.",
            public=(
                case(start_lr=0.001, end_lr=0.1, count=3),
                case(start_lr=1e-6, end_lr=1.0, count=25),
                case(start_lr=0.5, end_lr=2.0, count=2),
            ),
            edges=(case(start_lr=0.1, end_lr=0.1, count=4), case(start_lr=1.0, end_lr=0.01, count=5)),
            draw=draw_ramp,
            hints=(
                "Three LRs from 0.001 to 0.1: which factor leads from each to the next, and how many of them are "
                "there?",
                "There are count - 1 factors, all the same. Taken count - 1 times, the factor makes end_lr out of "
                "start_lr.",
                "So the factor is a root of end_lr / start_lr, and a root is a power with 1 / n. LR number i has "
                "been multiplied by it i times.",
            ),
            mistakes=(
                Mistake(
                    "Python takes the power before it divides: put 1 / (count - 1) in brackets.",
                    "(1 / (count - 1))",
                    "1 / (count - 1)",
                ),
                Mistake(
                    "Your factor is always 10. It depends on the two ends and on count.",
                    lambda start_lr, end_lr, count: [start_lr * 10**i for i in range(count)],
                ),
                Mistake(
                    "The ramp ends one step early: between count LRs there are count - 1 factors.",
                    "(1 / (count - 1))",
                    "(1 / count)",
                ),
                Mistake(
                    "Your LRs grow by the same amount. They should grow by the same *factor*, so that 0.0001 gets as "
                    "many tries as 0.1.",
                    lambda start_lr, end_lr, count: [
                        start_lr + (end_lr - start_lr) * i / (count - 1) for i in range(count)
                    ],
                ),
                Mistake("The first LR is missing: start_lr itself is tried.", "factor**i", "factor ** (i + 1)"),
                Mistake(
                    "One LR too many: count is the number of LRs, not of factors.",
                    "for i in range(count)",
                    "for i in range(count + 1)",
                ),
                Mistake(
                    "The list is the wrong way round: begin with start_lr.",
                    "for i in range(count)",
                    "for i in reversed(range(count))",
                ),
            ),
            also_right=(ramp_by_product, ramp_by_numpy),
        ),
        Task(
            "smooth_losses",
            points=2,
            drive="call",
            difficulty=2,
            importance=4,
            minutes=6,
            takeaway="A running mean that starts at 0 lies at first: correct it, or leave its first values out.",
            ylabel="smoothed loss",
            public=(
                case(losses=[2.0, 4.0], beta=0.5),
                case(losses=[2.3, 2.2, 2.4, 1.9, 1.2, 0.8], beta=0.9),
                case(losses=[1.0, 1.0, 1.0, 1.0], beta=0.98),
            ),
            edges=(case(losses=[1.0, 3.0, 2.0], beta=0.0), case(losses=[0.7], beta=0.9)),
            draw=draw_losses,
            hints=(
                "Smooth a constant loss of 1 by hand. What should come out, and what does?",
                "After n losses the weights in the mean add up to 1 - beta**n, not to 1.",
                "Keep the line that renews the mean. Change what is appended: the mean, divided as the text says.",
            ),
            mistakes=(
                Mistake(
                    "You multiply by the correction. Divide by it: the first means are too small.",
                    "mean / (1 - beta**n)",
                    "mean * (1 - beta**n)",
                ),
                Mistake("The correction is missing: a constant loss of 1 must stay 1.", STUB),
                Mistake(
                    "You store the divided mean and go on with it, so the correction is applied again and again.",
                    smooth_storing_the_correction,
                ),
                Mistake(
                    "You divide by 1 - beta. The correction must fade: 1 - beta**n.",
                    "(1 - beta**n)",
                    "(1 - beta)",
                ),
                Mistake("You count one too far: the first loss has n = 1.", "(1 - beta**n)", "(1 - beta ** (n + 1))"),
                Mistake(
                    "beta and 1 - beta are swapped: beta is the share of the old mean.",
                    "mean = beta * mean + (1 - beta) * loss",
                    "mean = (1 - beta) * mean + beta * loss",
                ),
                Mistake(
                    "You start the mean at the first loss, which then weighs too much. Leave the 0 and divide.",
                    smooth_from_the_first_loss,
                ),
            ),
            also_right=(smooth_by_weights, smooth_by_sums),
        ),
        Task(
            "stop_index",
            points=2,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=6,
            takeaway=(
                "Stop a range test when the loss explodes: what comes after tells you nothing and ruins the scale."
            ),
            public=(
                case(losses=[2.0, 1.0, 3.9, 4.1, 9.0], factor=4),
                case(losses=[2.0, 1.5, 1.2, 1.3], factor=2),
                case(losses=[3.0, 7.0, 1.0, 2.5], factor=2),
                case(losses=[1.0, 2.0, 4.0, 4.5], factor=4),
                case(losses=[2.0, 1.0, 0.5, 2.1, 1.0], factor=4),
            ),
            edges=(
                case(losses=[1.0, 2.0, 2.0, 2.1], factor=2),
                case(losses=[1.0], factor=2),
                case(losses=[0.5, 0.1, 0.45, 0.39, 0.41, 0.05], factor=4),
            ),
            draw=draw_stop,
            hints=(
                "Which number must you remember while you walk through the losses?",
                "The lowest loss met so far, starting with the first. Compare each loss with factor times it.",
                "Compare first, and only then let the new loss lower the lowest. If the loop ends without an "
                "answer, return the count of losses.",
            ),
            mistakes=(
                Mistake(
                    "A loss that is exactly factor times the lowest does not stop the test: larger means >.",
                    "loss > factor * best",
                    "loss >= factor * best",
                ),
                Mistake(
                    "Without a stop you return -1. Return the number of losses.",
                    "return len(losses)",
                    "return -1",
                ),
                Mistake(
                    "Without a stop you return the last index. Return the number of losses, one more.",
                    "return len(losses)",
                    "return len(losses) - 1",
                ),
                Mistake(
                    "You compare with the first loss. The lowest one so far counts.",
                    "best = min(best, loss)",
                    "best = best",
                ),
                Mistake(
                    "You compare with the loss before. The lowest one so far counts.",
                    "best = min(best, loss)",
                    "best = loss",
                ),
                Mistake(
                    "You look at the lowest loss of the whole list, which the test cannot know yet.",
                    "best = losses[0]",
                    "best = min(losses)",
                ),
                Mistake(
                    "Without a stop you return None. Return the number of losses.",
                    "return len(losses)",
                    "return None",
                ),
                Mistake(
                    "You return the index before the stop. Return the first loss that is too large.",
                    "return i",
                    "return i - 1",
                ),
                Mistake(
                    "You count from 1. An index counts from 0: the first loss has index 0.",
                    "return i",
                    "return i + 1",
                ),
                Mistake(
                    "You always return the number of losses. That return belongs after the loop, not inside it.",
                    lambda losses, factor: len(losses),
                ),
            ),
            also_right=(stop_by_search,),
        ),
        Task(
            "suggest_lr",
            points=2,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=8,
            takeaway="A finder gives a place to start, not the answer: try a factor of two on both sides.",
            public=(
                case(lrs=[0.001, 0.01, 0.1, 1.0], losses=[2.3, 2.2, 1.2, 1.1]),
                case(lrs=[1e-4, 1e-3, 2e-3, 4e-3, 1e-1], losses=[2.0, 1.8, 1.6, 1.3, 0.9]),
                case(lrs=[0.01, 0.02, 0.04, 0.08], losses=[1.0, 0.9, 0.7, 5.0]),
                case(lrs=[0.001, 0.002, 0.2, 0.4], losses=[2.0, 1.9, 1.1, 1.09]),
                case(lrs=[0.01, 0.1, 1.0], losses=[4.0, 3.0, 2.1]),
                case(lrs=[0.01, 0.1, 1.0], losses=[4.0, 3.9, 2.0]),
                case(lrs=[0.1, 0.2, 0.4, 0.8], losses=[1.0, 1.5, 1.6, 2.5]),
            ),
            edges=(
                case(lrs=[0.1, 0.2], losses=[1.0, 2.0]),
                case(lrs=[0.1, 0.2, 0.4], losses=[1.0, 1.5, 1.6]),
                case(lrs=[1.0, 2.0, 4.0, 8.0], losses=[4.0, 3.0, 1.5, 1.0]),
            ),
            draw=draw_points,
            hints=(
                "How many slopes do four points have? Which LR belongs to which slope?",
                "One slope fewer than points, and each belongs to the point where it begins. Falling is negative, "
                "so the steepest fall is the smallest slope.",
                "Make a list of all slopes, the change of the loss over the change of the logarithm. list.index "
                "finds the place of its smallest entry.",
            ),
            mistakes=(
                Mistake(
                    "You divide by the quotient of the LRs. Divide by the change of their logarithm.",
                    "(math.log(lrs[i + 1]) - math.log(lrs[i]))",
                    "(lrs[i + 1] / lrs[i])",
                ),
                Mistake(
                    "That is a tenth of the LR with the lowest loss, another rule. Here the steepest fall counts.",
                    "lrs[slopes.index(min(slopes))]",
                    "lrs[losses.index(min(losses))] / 10",
                ),
                Mistake(
                    "You take the slope across both neighbors. Take it from each point to the next.",
                    suggest_by_gradient,
                ),
                Mistake(
                    "That is the steepest *rise*. A fall is negative: take the smallest slope.",
                    "slopes.index(min(slopes))",
                    "slopes.index(max(slopes))",
                ),
                Mistake(
                    "You take the slope over the LR itself. There the first small LRs always look steepest.",
                    "(math.log(lrs[i + 1]) - math.log(lrs[i]))",
                    "(lrs[i + 1] - lrs[i])",
                ),
                Mistake(
                    "That is the LR with the lowest loss. There the test is about to explode.",
                    "slopes.index(min(slopes))",
                    "losses.index(min(losses))",
                ),
                Mistake(
                    "You return the end of the steepest fall. Return the LR where it begins.",
                    "lrs[slopes.index(min(slopes))]",
                    "lrs[slopes.index(min(slopes)) + 1]",
                ),
                Mistake(
                    "You take the largest change whatever its sign, so a rise may win.",
                    "slopes.index(min(slopes))",
                    "slopes.index(max(slopes, key=abs))",
                ),
                Mistake(
                    "You return the index. Return the LR at this index.",
                    "lrs[slopes.index(min(slopes))]",
                    "slopes.index(min(slopes))",
                ),
            ),
            also_right=(suggest_by_numpy, suggest_by_loop),
            survivors={"slopes = ": "the same number added to every slope leaves the smallest one where it is"},
        ),
        Task(
            "find_lr",
            points=3,
            drive="call",
            difficulty=4,
            importance=5,
            minutes=12,
            takeaway="A range test trains the model: put the weights back before the real run.",
            public=(
                case(loss_at=VALLEY, start_lr=1e-6, end_lr=10.0, count=30, beta=0.5, factor=3),
                case(loss_at=SHARP, start_lr=1e-5, end_lr=10.0, count=13, beta=0.0, factor=4),
                case(loss_at=SPIKE, start_lr=1e-5, end_lr=0.1, count=20, beta=0.9, factor=4),
                case(loss_at=BREAKS, start_lr=1e-6, end_lr=10.0, count=30, beta=0.5, factor=3),
                case(loss_at=ONCE, start_lr=1e-4, end_lr=10.0, count=6, beta=0.5, factor=4),
                case(
                    loss_at=listed(4.0, 3.5, 2.0, 5.0, 0.5, 0.4),
                    start_lr=0.001,
                    end_lr=100.0,
                    count=6,
                    beta=0.0,
                    factor=2,
                ),
                case(
                    loss_at=listed(1.0, 3.0, 4.1, 9.0, 20.0), start_lr=0.001, end_lr=10.0, count=5, beta=0.0, factor=4
                ),
                case(
                    loss_at=listed(4.0, 3.9, 3.0, 1.0, 100.0), start_lr=0.001, end_lr=10.0, count=5, beta=0.0, factor=4
                ),
            ),
            edges=(
                case(loss_at=SHARP, start_lr=1e-5, end_lr=0.1, count=9, beta=0.3, factor=4),
                case(loss_at=VALLEY, start_lr=1e-6, end_lr=10.0, count=50, beta=0.8, factor=1.5),
            ),
            draw=draw_test,
            hints=(
                "Write in words what happens in one round for one LR, in order.",
                "Call loss_at once, add its loss to a list, smooth the whole list anew, ask stop_index about the "
                "smoothed ones, and leave the loop if it found something.",
                "Keep the LRs and smoothed losses of the round before. If this round does not stop, they become "
                "this round's. What you kept is what suggest_lr gets.",
            ),
            mistakes=(
                Mistake(
                    "You keep the point that stopped the test. Drop it: its loss has exploded.",
                    "        if stop_index(now, factor) < len(now):\n            break\n        lrs.append(lr)\n       "
                    " smoothed = now\n",
                    "        lrs.append(lr)\n        smoothed = now\n        if stop_index(now, factor) < len(now):\n  "
                    "          break\n",
                ),
                Mistake(
                    "You drop two points at the stop. Only the one that stopped the test goes.",
                    "suggest_lr(lrs, smoothed)",
                    "suggest_lr(lrs, smoothed) if len(losses) == len(lrs) else suggest_lr(lrs[:-1], smoothed[:-1])",
                ),
                Mistake(
                    "You probe the model once before the ramp begins. Each call of loss_at trains it: call it in the "
                    "loop alone.",
                    "    lrs, losses, smoothed = [], [], []\n",
                    "    loss_at(start_lr)\n    lrs, losses, smoothed = [], [], []\n",
                ),
                Mistake(
                    "You suggest from the raw losses. Use the smoothed ones: a noisy batch would decide otherwise.",
                    "smoothed = now",
                    "smoothed = list(losses)",
                ),
                Mistake(
                    "You look for the stop in the raw losses. One odd batch would end the test: use the smoothed ones.",
                    "if stop_index(now, factor) < len(now):",
                    "if stop_index(losses, factor) < len(now):",
                ),
                Mistake(
                    "You ask for all losses before you look for the stop. Each call trains the model: look after each.",
                    find_asking_all_first,
                ),
                Mistake(
                    "You return the last LR before the stop. That is the edge, not a good LR.",
                    "suggest_lr(lrs, smoothed)",
                    "lrs[-1]",
                ),
                Mistake(
                    "Your ramp is not geometric: use lr_ramp.",
                    "lr_ramp(start_lr, end_lr, count)",
                    "[start_lr + (end_lr - start_lr) * i / (count - 1) for i in range(count)]",
                ),
                Mistake(
                    "You return the LR with the lowest loss. Use suggest_lr.",
                    "suggest_lr(lrs, smoothed)",
                    "lrs[smoothed.index(min(smoothed))]",
                ),
                Mistake(
                    "You call loss_at more than once in a round. Each call trains the model: keep what it returned.",
                    "losses.append(loss_at(lr))",
                    "losses.append((loss_at(lr), loss_at(lr))[0])",
                ),
                Mistake(
                    "You call loss_at more than once in a round. Each call trains the model: keep what it returned.",
                    "losses.append(loss_at(lr))",
                    "losses.append((loss_at(lr), loss_at(lr))[1])",
                ),
                Mistake(
                    "You drop the last point although nothing stopped the test. Only a point that stops it goes.",
                    "suggest_lr(lrs, smoothed)",
                    "suggest_lr(lrs[:-1], smoothed[:-1])",
                ),
            ),
            also_right=(find_in_one,),
        ),
        Task(
            "seven_lrs",
            points=1,
            drive="value",
            difficulty=1,
            importance=2,
            minutes=2,
            takeaway="Equal factors, equal distances on a log axis: draw every search over LRs on one.",
            public=({},),
            hints=(
                "How many factors lead from the first of seven LRs to the last?",
                "Six, all the same, and together they are a million.",
                "A million is ten to the sixth. Begin with 0.000001 and multiply.",
            ),
            mistakes=(
                Mistake(
                    "Your LRs are equally far apart. A ramp multiplies: each is ten times the one before.",
                    [1e-6 + (1 - 1e-6) * i / 6 for i in range(7)],
                ),
                Mistake("The ramp starts at 0.000001 itself.", [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0]),
                Mistake("Begin with the smallest.", [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "07_quiz_1",
            "Why is the LR with the lowest loss in a range test not the one to train with?",
            "b",
            {
                "a": ("It is too small.", "It is the other way round: beyond it the loss rises."),
                "b": (
                    "It stands next to the explosion, and the low loss was earned by smaller LRs before it.",
                    "Right. The loss at an LR is the work of all LRs before it. So one rule takes a tenth of it.",
                ),
                "c": ("It depends on the model's size.", "It may, but that holds for every LR that you could choose."),
            },
        ),
        Quiz(
            "07_quiz_2",
            "You run the finder twice, with 50 and with 300 steps. The suggestions differ by a factor of five. Why?",
            "a",
            {
                "a": (
                    "With more steps the model has learned more before the ramp reaches a given LR.",
                    "Right. It depends on the number of steps, the smoothing and the seed. It is an estimate.",
                ),
                "b": ("One of the two runs has a bug.", "No: both did what the test says."),
                "c": ("The ramp with 300 steps is not geometric.", "It is; its factor is only smaller."),
            },
        ),
        Quiz(
            "07_quiz_3",
            "After the test you train on with the same model. What is wrong?",
            "c",
            {
                "a": ("Nothing, it has had a good start.", "It has been trained with LRs up to the explosion."),
                "b": (
                    "The optimizer has the wrong class.",
                    "The class is the same. Its state, too, comes from the test.",
                ),
                "c": (
                    "Its weights come from the end of the ramp, where the loss exploded.",
                    "Right. Restore the weights and the optimizer's state, or test a copy.",
                ),
            },
        ),
    ),
)
