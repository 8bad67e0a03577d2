"""Checks of exercise 1: a path down the valley, the edge, the noise floor, inverse scaling, a sum for a mean."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def path_by_powers(lr, curvature, start, count):
    return [start * (1 - lr * curvature) ** n for n in range(count + 1)]


def path_by_recursion(lr, curvature, start, count):
    if count == 0:
        return [start]
    before = path_by_recursion(lr, curvature, start, count - 1)
    return [*before, before[-1] * (1 - lr * curvature)]


def path_by_numpy(lr, curvature, start, count):
    import numpy as np

    return start * np.cumprod([1.0] + [1 - lr * curvature] * count)


def edge_by_sorting(curvatures, beta):
    sharpest = sorted(curvatures)[-1]
    return (2 + 2 * beta) / sharpest


def edge_by_directions(curvatures, beta):
    return min(2 * (1 + beta) / curvature for curvature in curvatures)


def edge_by_numpy(curvatures, beta):
    import numpy as np

    return np.min((1 + beta) * 2 / np.array(curvatures))


def floor_in_closed_form(lr, curvature, batch):
    return lr * curvature**2 / (2 * batch * (2 - lr * curvature))


def floor_by_walking(lr, curvature, batch):
    e = 0.0
    for _ in range(3000):
        e = (1 - lr * curvature) ** 2 * e + (lr * curvature) ** 2 / batch
    return curvature * e / 2


def floor_by_series(lr, curvature, batch):
    """All the noise that ever came in, each part shrunk since then."""
    kept, new = (1 - lr * curvature) ** 2, (lr * curvature) ** 2 / batch
    return curvature / 2 * math.fsum(new * kept**age for age in range(2000))


def scaling_by_exp(step, eta0, power_t):
    return eta0 * math.exp(-power_t * math.log(step + 1))


def scaling_by_negative_power(step, eta0, power_t):
    return (step + 1) ** -power_t * eta0


def scaling_by_numpy(step, eta0, power_t):
    import numpy as np

    return eta0 / np.power(1.0 + step, power_t)


def update_by_target(w, examples, lr):
    return (1 - lr) * w + lr * sum(examples) / len(examples)


def update_by_example(w, examples, lr):
    return w - sum(lr / len(examples) * (w - example) for example in examples)


def update_by_numpy(w, examples, lr):
    import numpy as np

    return w - lr * np.mean(w - np.array(examples))


def draw_path(rng):
    curvature = rng.uniform(0.5, 20)
    lr = rng.uniform(0.05, 2.2) / curvature
    return case(lr=lr, curvature=curvature, start=rng.uniform(-3, 3), count=rng.randint(1, 20))


def draw_edge(rng):
    curvatures = [rng.uniform(0.1, 30) for _ in range(rng.randint(2, 6))]
    return case(curvatures=curvatures, beta=rng.uniform(0.1, 0.95))


def draw_floor(rng):
    curvature = rng.uniform(0.5, 20)
    return case(lr=rng.uniform(0.1, 1.8) / curvature, curvature=curvature, batch=rng.choice([1, 4, 16, 64, 100]))


def draw_scaling(rng):
    return case(rng.randint(10, 60), eta0=rng.uniform(0.001, 1), power_t=rng.uniform(0.2, 0.9))


def draw_update(rng):
    examples = [rng.uniform(-3, 3) for _ in range(rng.randint(2, 9))]
    return case(w=rng.uniform(-3, 3), examples=examples, lr=rng.uniform(0.05, 0.9))


exercise = Exercise(
    lesson="01_learning_rate",
    title="The learning rate",
    tasks=(
        Task(
            "descent_path",
            points=1,
            drive="call",
            difficulty=1,
            importance=5,
            minutes=6,
            takeaway="A run that swings from side to side or grows is above the edge: lower the LR before all else.",
            public=(
                case(lr=0.1, curvature=5.0, start=1.0, count=3),
                case(lr=0.15, curvature=10.0, start=2.0, count=6),
                case(lr=0.21, curvature=10.0, start=-1.0, count=12),
                case(lr=0.1, curvature=1.0, start=3.0, count=0),
            ),
            edges=(case(lr=0.2, curvature=10.0, start=1.0, count=5), case(lr=0.0, curvature=1.0, start=1.0, count=2)),
            draw=draw_path,
            hints=(
                "The slope at w=1 is 5, and the LR is 0.1. Where is the weight after one step? And after two?",
                "A loop: work out the slope at the place where the weight is now, go LR times that far against it, and "
                "note the new place.",
                "The list begins with the start, before the loop. Each round appends one place: it is the old one "
                "minus a product of three numbers.",
            ),
            mistakes=(
                Mistake(
                    "The start is missing: the list begins with the place before the first step.",
                    "path = start, [start]",
                    "path = start, []",
                ),
                Mistake(
                    "You climb: the step goes against the slope, so it is subtracted.",
                    "w - lr * curvature * w",
                    "w + lr * curvature * w",
                ),
                Mistake(
                    "Your step takes the slope of the start each time. The slope changes with the place: use w.",
                    "w - lr * curvature * w",
                    "w - lr * curvature * start",
                ),
                Mistake(
                    "The slope is the curvature times w: the curvature is missing.",
                    "w - lr * curvature * w",
                    "w - lr * w",
                ),
                Mistake(
                    "The slope is the curvature times w. You take away LR times the curvature, wherever w is.",
                    "w - lr * curvature * w",
                    "w - lr * curvature",
                ),
                Mistake(
                    "You take the loss for the slope. The loss is curvature / 2 * w squared, its slope curvature * w.",
                    "w - lr * curvature * w",
                    "w - lr * curvature / 2 * w**2",
                ),
                Mistake(
                    "You give the last place alone. All places are asked for, in a list.",
                    "    return path",
                    "    return w",
                ),
                Mistake("One step is missing at the end.", "range(count)", "range(count - 1)"),
            ),
            also_right=(path_by_powers, path_by_recursion, path_by_numpy),
        ),
        Task(
            "edge_lr",
            points=2,
            drive="call",
            difficulty=2,
            importance=5,
            minutes=6,
            takeaway="One steep direction is enough to make a whole network diverge: it sets the highest LR.",
            public=(
                case(curvatures=[1.0, 10.0, 4.0], beta=0.0),
                case(curvatures=[1.0, 10.0, 4.0], beta=0.9),
                case(curvatures=[0.5], beta=0.5),
                case(curvatures=[8.0, 8.0, 0.01], beta=0.0),
            ),
            edges=(case(curvatures=[3.0, 2.0, 1.0], beta=0.9), case(curvatures=[1.0, 2.0, 3.0], beta=0.5)),
            draw=draw_edge,
            hints=(
                "Three directions have the edges 2, 0.2 and 0.5. You train with an LR of 0.3: what happens?",
                "One direction that grows is enough. So the smallest of all edges counts.",
                "The smallest edge belongs to the largest curvature. Momentum makes it 1 + beta times as high.",
            ),
            mistakes=(
                Mistake(
                    "You take the flattest direction. The sharpest has the lowest edge, and it is the first to "
                    "diverge.",
                    "max(curvatures)",
                    "min(curvatures)",
                ),
                Mistake("Momentum moves the edge: the factor 1 + beta is missing.", "2 * (1 + beta)", "2"),
                Mistake(
                    "Ten times as far holds on an even slope. At the edge momentum is a factor of 1 + beta, not 1 / "
                    "(1 - beta).",
                    "2 * (1 + beta) / max(curvatures)",
                    "2 / (1 - beta) / max(curvatures)",
                ),
                Mistake(
                    "Momentum raises the edge here: the factor is 1 + beta, not 1 - beta.", "(1 + beta)", "(1 - beta)"
                ),
                Mistake(
                    "At 1 / curvature a step lands in the minimum: that is the fastest LR. The edge is twice as high.",
                    "2 * (1 + beta)",
                    "(1 + beta)",
                ),
                Mistake(
                    "You take the mean curvature. Each direction has its own edge, and the lowest counts.",
                    "max(curvatures)",
                    "(sum(curvatures) / len(curvatures))",
                ),
                Mistake(
                    "You add all curvatures up. Each direction has its own edge, and the lowest counts.",
                    "max(curvatures)",
                    "sum(curvatures)",
                ),
                Mistake(
                    "You take the last curvature of the list, in whatever order it is. The largest one counts.",
                    "max(curvatures)",
                    "curvatures[-1]",
                ),
            ),
            also_right=(edge_by_sorting, edge_by_directions, edge_by_numpy),
        ),
        Task(
            "noise_floor",
            points=3,
            drive="call",
            difficulty=3,
            importance=4,
            minutes=12,
            takeaway="If the loss stops falling and jumps about, halve the LR or double the batch: the floor halves.",
            public=(
                case(lr=0.1, curvature=10.0, batch=16),
                case(lr=0.02, curvature=10.0, batch=16),
                case(lr=0.9, curvature=2.0, batch=1),
                case(lr=0.001, curvature=10.0, batch=64),
            ),
            edges=(case(lr=0.5, curvature=1.0, batch=4), case(lr=1.9, curvature=1.0, batch=8)),
            draw=draw_floor,
            hints=(
                "Start with e = 0 and do a few steps by hand for lr=0.02, curvature=10, batch=1. Where does e go?",
                "At rest e = kept * e + new, with two numbers that do not change. Which e solves that? (A loop of some "
                "thousand steps finds it too.)",
                "Bring the e of the right side to the left: (1 - kept) * e = new. The loss is half the curvature times "
                "that e.",
            ),
            mistakes=(
                Mistake(
                    "LR times curvature squared over 4B is the floor of small LRs. Nearer to the edge it is higher: "
                    "solve the balance.",
                    lambda lr, curvature, batch: lr * curvature**2 / (4 * batch),
                ),
                Mistake("That is e. The loss is half the curvature times e.", "return curvature / 2 * e", "return e"),
                Mistake(
                    "The loss is half the curvature times e: the half is missing.",
                    "curvature / 2 * e",
                    "curvature * e",
                ),
                Mistake(
                    "You stop after one step. The noise of the steps before is still there: divide by 1 - kept.",
                    " / (1 - kept)",
                    "",
                ),
                Mistake(
                    "The batch size plays no part in yours. The noise that comes in is divided by it.",
                    "** 2 / batch",
                    "** 2",
                ),
                Mistake(
                    "The old e shrinks by the *square* of 1 - LR * curvature.",
                    "(1 - lr * curvature) ** 2",
                    "abs(1 - lr * curvature)",
                ),
                Mistake(
                    "The noise that comes in has the square of LR * curvature.",
                    "(lr * curvature) ** 2 / batch",
                    "(lr * curvature) / batch",
                ),
                Mistake(
                    "Noise adds up in squares: a batch divides e by its size, not by the root of it.",
                    "/ batch",
                    "/ math.sqrt(batch)",
                ),
            ),
            also_right=(floor_in_closed_form, floor_by_walking, floor_by_series),
        ),
        Task(
            "inverse_scaling",
            points=1,
            drive="curve",
            difficulty=1,
            importance=2,
            minutes=4,
            takeaway="Look up what a library calls learning_rate, and at which number it begins to count.",
            public=(
                case(100, eta0=0.01, power_t=0.5),
                case(10, eta0=1.0, power_t=0.25),
                case(8, eta0=0.2, power_t=1.0),
            ),
            edges=(case(5, eta0=0.1, power_t=0.0), case([0, 9_999], eta0=0.5, power_t=0.5)),
            draw=draw_scaling,
            hints=(
                "Which number has the update at step 0? And at step 3?",
                "The number of the update is one more than the step.",
                "Raise that number to the power power_t first, and divide eta0 by what comes out.",
            ),
            mistakes=(
                Mistake(
                    "You count updates from 0. The update at step 0 is number 1.",
                    "eta0 / (step + 1) ** power_t",
                    "(eta0 / step**power_t if step else 0.0)",
                ),
                Mistake(
                    "You use the step itself, and treat step 0 apart: from step 1 on each LR is that of the step "
                    "before.",
                    "(step + 1)",
                    "max(step, 1)",
                ),
                Mistake(
                    "The LR rises: the power belongs below the line.",
                    "eta0 / (step + 1) ** power_t",
                    "eta0 * (step + 1) ** power_t",
                ),
                Mistake(
                    "You multiply by power_t. The number of the update is raised to that power.",
                    "(step + 1) ** power_t",
                    "(1 + step * power_t)",
                ),
                Mistake("You always take the square root. The power is power_t.", "** power_t", "** 0.5"),
                Mistake("You leave power_t out: yours is eta0 over the update's number.", "** power_t", ""),
                Mistake("You count one too far: step 0 is update 1.", "(step + 1)", "(step + 2)"),
                Mistake(
                    "The power takes eta0 with it. Only the number of the update is raised to it.",
                    "eta0 / (step + 1) ** power_t",
                    "(eta0 / (step + 1)) ** power_t",
                ),
            ),
            also_right=(scaling_by_exp, scaling_by_negative_power, scaling_by_numpy),
        ),
        Task(
            "batch_update",
            points=1,
            drive="call",
            difficulty=1,
            importance=4,
            minutes=4,
            takeaway="Average the loss over the batch: with a sum the LR grows with the batch, and nobody sees it.",
            public=(
                case(w=1.0, examples=[0.0, 0.5], lr=0.1),
                case(w=2.0, examples=[1.0], lr=0.5),
                case(w=0.0, examples=[4.0, 4.0, 1.0, 3.0, 3.0, 9.0], lr=0.3),
            ),
            edges=(case(w=1.0, examples=[1.0, 1.0], lr=0.9), case(w=-1.0, examples=[2.0, -2.0], lr=1.0)),
            draw=draw_update,
            hints=(
                "Print the slope for the examples [0.0, 0.5], then for [0.0, 0.5, 0.0, 0.5]. What should it be?",
                "The sum grows with the batch. A mean does not.",
                "A mean is a sum divided by how many there are: len tells you.",
            ),
            mistakes=(
                Mistake("The slopes are still added up, so a batch twice as large goes twice as far.", STUB),
                Mistake(
                    "You divide by the size of the batch twice.",
                    "/ len(examples)",
                    "/ len(examples) ** 2",
                ),
                Mistake(
                    "You halve the sum whatever the batch. Divide it by the number of examples.",
                    "/ len(examples)",
                    "/ 2",
                ),
                Mistake(
                    "You use the first example alone. All of them pull.",
                    "sum(w - example for example in examples) / len(examples)",
                    "w - examples[0]",
                ),
                Mistake(
                    "The slope is w minus the mean of the examples. You leave w out.",
                    "sum(w - example for example in examples)",
                    "sum(examples)",
                ),
                Mistake(
                    "Your weight walks away from the examples: the slope is w - example, in this order.",
                    "w - example for",
                    "example - w for",
                ),
                Mistake(
                    "You add up all examples before you take them from w. Each has a slope of its own; take their "
                    "mean.",
                    "sum(w - example for example in examples) / len(examples)",
                    "w - sum(examples)",
                ),
            ),
            also_right=(update_by_target, update_by_example, update_by_numpy),
        ),
        Task(
            "five_factors",
            points=1,
            drive="value",
            public=({},),
            difficulty=1,
            importance=4,
            minutes=4,
            takeaway="A loss that falls while its weight swings from side to side is not far below the edge.",
            hints=(
                "A step takes LR times curvature times w away from w. What is left of w = 1 at an LR of 0.05?",
                "Write it as a product: w times 1 minus LR times curvature.",
                "LR times curvature is 0.5 for the first, and 0.5 more for each of the others. The weight arrives if "
                "the size of the factor is below 1.",
            ),
            mistakes=(
                Mistake(
                    "You give LR times curvature, the share that a step takes away. Asked for is what is left: 1 "
                    "minus it.",
                    [0.5, 1.0, 1.5, 2.0, 2.5],
                ),
                Mistake(
                    "You left the signs out. Below 0 the weight jumps to the other side.", [0.5, 0.0, 0.5, 1.0, 1.5]
                ),
                Mistake(
                    "You leave the curvature out: the factor is 1 minus LR times 10.", [0.95, 0.9, 0.85, 0.8, 0.75]
                ),
                Mistake("A factor may be negative: the weight jumps over the minimum then.", [0.5, 0.0, 0.0, 0.0, 0.0]),
                Mistake("The signs are turned around: 1 minus LR times curvature.", [-0.5, 0.0, 0.5, 1.0, 1.5]),
                Mistake(
                    "That is the square, by which the loss changes. Asked for is the weight.", [0.25, 0, 0.25, 1, 2.25]
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "01_quiz_1",
            "You switch momentum of 0.9 on and keep the LR. The loss now stays high and jumps. Why?",
            "c",
            {
                "a": (
                    "Momentum lowers the edge.",
                    "It raises it, from 2/λ to 3.8/λ. But something else grows by more.",
                ),
                "b": (
                    "Momentum adds the old steps with the wrong sign.",
                    "On an even slope the old steps point the same way as the new one.",
                ),
                "c": (
                    "Far below the edge each step counts ten times, and so does its noise.",
                    "Right. The LR that counts is about LR / (1 - 0.9). Divide the LR by up to ten, then tune it anew.",
                ),
            },
        ),
        Quiz(
            "01_quiz_2",
            "Halving the LR of a noisy run halves its noise floor. Why not train with a tiny LR from the start?",
            "a",
            {
                "a": (
                    "It would take too many steps to arrive.",
                    "Right. High while the goal is far, low at the end: that is what a schedule is for.",
                ),
                "b": ("A tiny LR diverges.", "Far below the edge nothing diverges."),
                "c": ("The floor does not depend on the LR.", "It does: it is about proportional to LR / batch size."),
            },
        ),
        Quiz(
            "01_quiz_3",
            "A GradientBoostingClassifier has a `learning_rate`, too. What would a schedule for it do?",
            "b",
            {
                "a": (
                    "Let the noise die down at the end.",
                    "No weight is ever moved again, so there is no noise to settle.",
                ),
                "b": (
                    "Weigh early and late trees differently.",
                    "Right. There it is a weight on each tree, used again in every prediction, not a length of step.",
                ),
                "c": (
                    "Nothing: it is ignored.",
                    "It is used, in every prediction: set it to 0 and all trees are gone.",
                ),
            },
        ),
    ),
)
