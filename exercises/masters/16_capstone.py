"""Checks of exercise 16: schedules from corners, the loss on a noisy bowl, and a schedule judged by training."""

import math

from lrcourse.exercises.exercise import Exercise, Mistake, Quiz, Task, case


def piecewise_by_numpy(step, total_steps, corners):
    import numpy as np

    fractions, lrs = np.array(corners).T
    return np.interp(step / (total_steps - 1), fractions, lrs)


def piecewise_in_steps(step, total_steps, corners):
    """Corners turned into steps first."""
    last = total_steps - 1
    places = [(fraction * last, lr) for fraction, lr in corners]
    if step >= last:
        return places[-1][1]
    i = max(i for i, (place, _) in enumerate(places) if place <= step)
    (left, lr), (right, next_lr) = places[i : i + 2]
    weight = (step - left) / (right - left)
    return (1 - weight) * lr + weight * next_lr


def loss_by_numpy(lrs, curvatures, start, noise):
    import numpy as np

    h = np.array(curvatures)
    e = np.full_like(h, start * start)
    for lr in lrs:
        e = e * (1 - lr * h) ** 2 + h * lr**2 * noise**2
    return h @ e / 2


def half_cosine(step, total_steps):
    return 0.5 * (1 + math.cos(math.pi * step / total_steps))


def straight(step, total_steps):
    return 17 / math.sqrt(total_steps + 60) * (1 - step / total_steps)


def one_minus_root(step, total_steps):
    return min(18 / math.sqrt(total_steps), 1.9) * (1 - math.sqrt(step / total_steps))


def shrinking(step, total_steps):
    import numpy as np

    return np.float64(1.9) * 0.01 ** (step / total_steps)


def one_height(step, total_steps):
    return 1.4 * half_cosine(step, total_steps)


def piecewise_running_on(step, total_steps, corners):
    """A mistake: the last line has no end."""
    fraction = step / (total_steps - 1)
    pairs = list(zip(corners, corners[1:], strict=False))
    (left, lr), (right, next_lr) = next((pair for pair in pairs if fraction <= pair[1][0]), pairs[-1])
    return lr + (next_lr - lr) * (fraction - left) / (right - left)


def piecewise_in_waves(step, total_steps, corners):
    """A mistake: half a wave between two corners."""
    fraction = step / (total_steps - 1)
    for (left, lr), (right, next_lr) in zip(corners, corners[1:], strict=False):
        if fraction < right:
            return lr + (next_lr - lr) * (1 - math.cos(math.pi * (fraction - left) / (right - left))) / 2
    return corners[-1][1]


def loss_at_every_step(lrs, curvatures, start, noise):
    """A mistake: the loss after each step is added up."""
    loss = 0.0
    for h in curvatures:
        e = start**2
        for lr in lrs:
            e = (1 - lr * h) ** 2 * e + (lr * noise) ** 2 * h
            loss += h * e / 2
    return loss


def draw_corners(rng):
    total_steps = rng.randint(2, 60)
    fractions = [0, *sorted(rng.uniform(0.05, 0.95) for _ in range(rng.randint(0, 3))), 1]
    corners = [[fraction, rng.uniform(0, 1)] for fraction in fractions]
    return case(total_steps + 2, total_steps=total_steps, corners=corners)


def draw_loss(rng):
    curvatures = [rng.uniform(0.01, 2) for _ in range(rng.randint(1, 5))]
    lrs = [rng.uniform(0, 0.9) for _ in range(rng.randint(1, 20))]
    return case(lrs=lrs, curvatures=curvatures, start=rng.uniform(0.5, 3), noise=rng.uniform(0.1, 2))


def draw_run(rng):
    total_steps = rng.randint(50, 200)
    return case(total_steps, total_steps=total_steps)


def run(total_steps):
    return case(total_steps, total_steps=total_steps)


TENT = [[0, 0.1], [0.5, 1], [1, 0]]

exercise = Exercise(
    lesson="13_the_race",
    title="Capstone: design a schedule",
    tasks=(
        Task(
            "piecewise_lr",
            points=2,
            drive="curve",
            difficulty=3,
            importance=3,
            minutes=10,
            takeaway="Write a schedule in shares of the run, and it fits every length.",
            public=(
                case(7, total_steps=5, corners=TENT),
                case(100, total_steps=100, corners=[[0, 0.01], [0.1, 0.1], [0.8, 0.1], [1, 0.001]]),
                case(3, total_steps=2, corners=[[0, 0.5], [1, 0.2]]),
            ),
            edges=(case([500, 0, 9], total_steps=10, corners=TENT),),
            draw=draw_corners,
            hints=(
                "At which fraction of the run does the step lie?",
                "Walk through the pairs of neighboring corners. The right pair is the first whose right end lies "
                "above the fraction.",
                "On its line the LR has gone the share (fraction - left) / (right - left) of the way from the left "
                "corner's LR to the right one's. If no pair fits, the run is over.",
            ),
            mistakes=(
                Mistake(
                    "Past the last step your last line runs on. It stays at the last corner's LR.",
                    piecewise_running_on,
                ),
                Mistake(
                    "You bend the lines between the corners into waves. They are straight here.",
                    piecewise_in_waves,
                ),
                Mistake(
                    "Your schedule never arrives: the last step, total_steps - 1, is the fraction 1.",
                    "step / (total_steps - 1)",
                    "step / total_steps",
                ),
                Mistake(
                    "You hold each corner's LR until the next. Between corners the LR follows a straight line.",
                    "return lr + (next_lr - lr) * (fraction - left) / (right - left)",
                    "return lr",
                ),
                Mistake(
                    "Each line starts at the fraction of its left corner: use fraction - left.",
                    "(fraction - left) / (right - left)",
                    "fraction / right",
                ),
                Mistake(
                    "On its line an LR has gone the share (fraction - left) / (right - left) of the way.",
                    "(fraction - left) / (right - left)",
                    "fraction",
                ),
                Mistake(
                    "Past the last step your function returns nothing. The LR stays at the last corner's.",
                    "    return corners[-1][1]",
                    "    return corners[-1][1] if fraction == 1 else None",
                ),
                Mistake(
                    "Past the end your LR is 0. It stays at the last corner's.",
                    "    return corners[-1][1]",
                    "    return corners[-1][1] if fraction == 1 else 0.0",
                ),
                Mistake(
                    "You draw one line from the first corner to the last and skip those between.",
                    "zip(corners, corners[1:])",
                    "zip(corners, corners[-1:])",
                ),
            ),
            also_right=(piecewise_by_numpy, piecewise_in_steps),
            survivors={"if fraction < right": "at a corner both lines give the corner's LR"},
        ),
        Task(
            "expected_loss",
            points=3,
            drive="call",
            difficulty=3,
            importance=4,
            minutes=10,
            takeaway=(
                "Where theory gives the result, use it to choose what to try: it is a thousand times as fast as "
                "training."
            ),
            public=(
                case(lrs=[0.5], curvatures=[1.0], start=3.0, noise=1.0),
                case(lrs=[1.0, 0.5, 0.1], curvatures=[0.1, 1.0], start=2.0, noise=0.5),
                case(lrs=[0.3] * 30, curvatures=[0.05, 0.5, 2.0], start=1.0, noise=0.0),
            ),
            edges=(case(lrs=[], curvatures=[1.0, 0.5], start=2.0, noise=1.0),),
            draw=draw_loss,
            hints=(
                "Work the example out by hand. For two curvatures, what starts anew for the second?",
                "Two loops: over the curvatures, and inside it over the LRs. e is a square, so it does not start at "
                "start itself.",
                "The inner loop renews e by the formula and does nothing else. After it the weight adds its part, "
                "with h and the half, to the loss.",
            ),
            mistakes=(
                Mistake(
                    "The loss of a weight is h * e / 2: the curvature is missing in your sum.",
                    "loss += h * e / 2",
                    "loss += e / 2",
                ),
                Mistake(
                    "You add up the loss after every step. Only the loss at the end counts: that line stands behind "
                    "the inner loop.",
                    loss_at_every_step,
                ),
                Mistake("e is the square, so it starts at start**2.", "e = start**2", "e = start"),
                Mistake("Both brackets are squared: (1 - lr * h) ** 2.", "(1 - lr * h) ** 2", "(1 - lr * h)"),
                Mistake(
                    "The noise is squared as well: (lr * noise) ** 2.",
                    "(lr * noise) ** 2",
                    "lr * noise",
                ),
                Mistake(
                    "The noise of a weight grows with its curvature: times h.",
                    "(lr * noise) ** 2 * h",
                    "(lr * noise) ** 2",
                ),
                Mistake("The loss is h * e / 2 for each curvature; you forget the half.", "h * e / 2", "h * e"),
                Mistake(
                    "You keep the last curvature's loss alone. Add up all of them.",
                    "loss += h * e / 2",
                    "loss = h * e / 2",
                ),
                Mistake(
                    "You give the mean over the curvatures. The loss is the sum.",
                    "    return loss",
                    "    return loss / len(curvatures)",
                ),
                Mistake(
                    "You leave e where the last curvature ended. It starts anew for each.",
                    "    for h in curvatures:\n        e = start**2\n",
                    "    e = start**2\n    for h in curvatures:\n",
                ),
            ),
            also_right=(loss_by_numpy,),
        ),
        Task(
            "my_schedule",
            points=3,
            drive="curve",
            difficulty=3,
            importance=5,
            minutes=10,
            takeaway=(
                "High while the goal is far, low at the end: nearly every falling shape beats the best constant LR."
            ),
            public=(run(50), run(100), run(200)),
            edges=(run(51), run(150)),
            draw=draw_run,
            draws=4,
            score="beats_constants",
            hints=(
                "Noise keeps a constant LR from settling. When is a high LR useful, and when a low one?",
                "High at first, 0 at the end. Give task 2 the LRs of such a shape, and compare with constant ones.",
                "A straight line to 0 will do. Try a few heights between 0.5 and 1.5 for 50, 100 and 200 steps.",
            ),
            also_right=(half_cosine, straight, one_minus_root, shrinking),
        ),
        Task(
            "my_best_schedule",
            points=2,
            drive="curve",
            difficulty=5,
            importance=4,
            minutes=15,
            takeaway="Tune the height of a schedule for the length of your run: a longer one wants a lower peak.",
            public=(run(50), run(100), run(200)),
            edges=(run(51), run(150)),
            draw=draw_run,
            draws=4,
            score="reaches_the_course_s",
            hints=(
                "For 50, 100 and 200 steps try heights from 0.5 to 1.9. Which is best for each?",
                "The longer the run, the lower the best height. Compare it at 50 and at 200 steps: which power of "
                "the length fits?",
                "About one over the square root of the length. Take half a cosine wave, find the constant above the "
                "root with task 2, and keep the height below 1.9: from 2 on the sharpest weight runs away.",
            ),
            mistakes=(
                Mistake(
                    "Your wave is as high in a long run as in a short one. A long run wants a lower one.", one_height
                ),
            ),
            also_right=(one_minus_root,),
        ),
        Task(
            "three_limits",
            points=1,
            drive="value",
            difficulty=1,
            importance=5,
            minutes=4,
            takeaway=(
                "The sharpest direction sets the highest LR: when a run diverges at once, halve the LR before you "
                "doubt the code."
            ),
            public=({},),
            hints=(
                "What happens to a number that is multiplied by the same factor again and again?",
                "It runs away if the factor's size is above 1, also when the factor is negative.",
                "1 - lr * h is below 1 for every LR above 0. At which lr * h does it pass -1?",
            ),
            mistakes=(
                Mistake(
                    "You divide by the square of the curvature. lr * h may reach 2: the limit is 2 / h.",
                    [2.0, 0.125, 0.02],
                ),
                Mistake(
                    "That is the factor at the limit. Asked for is the LR at which the factor is -1.",
                    [-1.0, -1.0, -1.0],
                ),
                Mistake(
                    "At lr = 1 / h the factor is 0: that is the fastest LR, not the limit. It may go to -1.",
                    [1.0, 0.25, 0.1],
                ),
                Mistake("A higher curvature needs a *lower* LR: the limit is 2 / h, not 2 * h.", [2.0, 8.0, 20.0]),
                Mistake("The limit does depend on the curvature: it is 2 / h.", [2.0, 2.0, 2.0]),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "16_quiz_1",
            "Your schedule beats cosine on this bowl at every length. What may you conclude?",
            "b",
            {
                "a": (
                    "It is the better schedule for large networks.",
                    "The bowl shows a mechanism, not a ranking at scale.",
                ),
                "b": (
                    "It handles noise and curvature of this kind well.",
                    "Right: that is what was measured, no more.",
                ),
                "c": ("Nothing at all.", "A bit: the trade between speed and noise is real in networks, too."),
            },
        ),
        Quiz(
            "16_quiz_2",
            "You compare two schedules at the same peak LR, one run each. What spoils the comparison?",
            "c",
            {
                "a": ("The shared peak alone.", "It is bad: each schedule has its own best peak. But there is more."),
                "b": (
                    "The single run alone.",
                    "It is bad: the noise between seeds can exceed the difference. But there is more.",
                ),
                "c": (
                    "Both: any ranking can come out.",
                    "Right. Tune each on its own, then use several seeds.",
                ),
            },
        ),
    ),
)
