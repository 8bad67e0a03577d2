"""Checks of exercise 11: AdaGrad, RMSProp, Adam, a misplaced weight decay, Adam's first step."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case

CORRECT = (
    "m_hats = [m / (1 - beta1**t) for m in ms]\n        v_hats = [v / (1 - beta2**t) for v in vs]"  # Adam's two lines
)
SAME_ARRAY = (
    "All entries of your list are one and the same array: `w -= ...` changes it in place, also where it is stored "
    "already. Write `w = w - ...`, or append a copy."
)


def adagrad_by_weight(w, gradients, lr, eps=1e-8):
    """One weight at a time, in plain Python."""
    paths = []
    for weight, column in zip(w.tolist(), gradients.T.tolist(), strict=True):
        total, path = 0.0, []
        for g in column:
            total += g * g
            weight -= lr * g / (math.sqrt(total) + eps)
            path.append(weight)
        paths.append(path)
    return [list(row) for row in zip(*paths, strict=True)]


def adagrad_by_cumsum(w, gradients, lr, eps=1e-8):
    import numpy as np

    steps = lr * gradients / (np.sqrt(np.cumsum(gradients**2, axis=0)) + eps)
    return w - np.cumsum(steps, axis=0)


def adagrad_in_place(w, gradients, lr, eps=1e-8):
    import numpy as np

    w, total, path = w.copy(), np.zeros_like(w), []
    for g in gradients:
        total += g**2
        w -= lr * g / (np.sqrt(total) + eps)
        path.append(w.copy())
    return path


def adagrad_aliased(w, gradients, lr, eps=1e-8):
    import numpy as np

    w, total, path = w.copy(), np.zeros_like(w), []
    for g in gradients:
        total += g**2
        w -= lr * g / (np.sqrt(total) + eps)
        path.append(w)
    return path


def rmsprop_by_sum(w, gradients, lr, alpha=0.99, eps=1e-8):
    """Each mean written out as a weighted sum of all squares so far."""
    path = []
    for t in range(len(gradients)):
        mean = sum((1 - alpha) * alpha ** (t - i) * gradients[i] ** 2 for i in range(t + 1))
        w = w - lr * gradients[t] / (mean**0.5 + eps)
        path.append(w.tolist())
    return path


def rmsprop_by_difference(w, gradients, lr, alpha=0.99, eps=1e-8):
    mean, path = 0 * w, []
    for g in gradients:
        mean = mean + (1 - alpha) * (g * g - mean)
        path.append((path[-1] if path else w) - lr * g / (mean**0.5 + eps))
    return path


def adam_by_paper(w, gradients, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """Both corrections folded into the step size; eps scaled to match (Kingma & Ba, 2015, section 2)."""
    m, v, path = 0 * w, 0 * w, []
    for t, g in enumerate(gradients):
        m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
        root = math.sqrt(1 - beta2 ** (t + 1))
        w = w - lr * root / (1 - beta1 ** (t + 1)) * m / (v**0.5 + eps * root)
        path.append(w)
    return path


def adam_by_products(w, gradients, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v, left1, left2, path = 0 * w, 0 * w, 1.0, 1.0, []
    for g in gradients:
        m, v, left1, left2 = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2, left1 * beta1, left2 * beta2
        w = w - lr * (m / (1 - left1)) / ((v / (1 - left2)) ** 0.5 + eps)
        path.append(w.tolist())
    return path


def adamw_by_factor(w, gradients, lr, weight_decay, beta1=0.9, beta2=0.999, eps=1e-8):
    """Shrinks first, then steps, as torch does: the same thing."""
    m, v, path = 0 * w, 0 * w, []
    for t, g in enumerate(gradients, start=1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        w = w * (1 - lr * weight_decay)
        w = w - lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps)
        path.append(w)
    return path


def arrays(w, gradients, **settings):
    return case(w={"array": w}, gradients={"array": gradients}, **settings)


def adagrad_of_gradients(w, gradients, lr, eps=1e-8):
    """A mistake: the gradients themselves are added up."""
    total, path = 0 * w, []
    for g in gradients:
        total = total + g
        w = w - lr * g / (abs(total) + eps)
        path.append(w)
    return path


def adagrad_late(w, gradients, lr, eps=1e-8):
    """A mistake: the step comes before the new square is added."""
    total, path = 0 * w, []
    for g in gradients:
        w = w - lr * g / (total**0.5 + eps)
        total = total + g**2
        path.append(w)
    return path


def rmsprop_of_gradients(w, gradients, lr, alpha=0.99, eps=1e-8):
    """A mistake: a mean of the gradients."""
    mean, path = 0 * w, []
    for g in gradients:
        mean = alpha * mean + (1 - alpha) * g
        w = w - lr * g / (abs(mean) + eps)
        path.append(w)
    return path


def rmsprop_corrected(w, gradients, lr, alpha=0.99, eps=1e-8):
    """A mistake: Adam's correction."""
    mean, path = 0 * w, []
    for t, g in enumerate(gradients, start=1):
        mean = alpha * mean + (1 - alpha) * g**2
        w = w - lr * g / ((mean / (1 - alpha**t)) ** 0.5 + eps)
        path.append(w)
    return path


def rmsprop_late(w, gradients, lr, alpha=0.99, eps=1e-8):
    """A mistake: the step comes before the mean is renewed."""
    mean, path = 0 * w, []
    for g in gradients:
        w = w - lr * g / (mean**0.5 + eps)
        mean = alpha * mean + (1 - alpha) * g**2
        path.append(w)
    return path


def adam_swapped(w, gradients, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """A mistake: each rate at the other mean."""
    m, v, path = 0 * w, 0 * w, []
    for t, g in enumerate(gradients, start=1):
        m, v = beta2 * m + (1 - beta2) * g, beta1 * v + (1 - beta1) * g**2
        w = w - lr * m / (1 - beta2**t) / ((v / (1 - beta1**t)) ** 0.5 + eps)
        path.append(w)
    return path


def drawn(rng, **settings):
    weights, updates = rng.randint(1, 3), rng.randint(3, 10)
    gradients = [[rng.uniform(0.2, 3) * rng.choice([-1, 1]) for _ in range(weights)] for _ in range(updates)]
    return arrays([rng.uniform(-2, 2) for _ in range(weights)], gradients, lr=rng.uniform(0.01, 0.5), **settings)


def draw_adagrad(rng):
    return drawn(rng)


def draw_rmsprop(rng):
    return drawn(rng, alpha=rng.uniform(0.5, 0.99))


def draw_adam(rng):
    return drawn(rng, beta1=rng.uniform(0.5, 0.95), beta2=rng.uniform(0.96, 0.999))


def draw_adamw(rng):
    return drawn(rng, weight_decay=rng.uniform(0.05, 0.5), beta1=rng.uniform(0.5, 0.95), beta2=rng.uniform(0.96, 0.999))


FAST = {"beta1": 0.5, "beta2": 0.9}

exercise = Exercise(
    lesson="11_adaptive_or_schedule",
    title="Adaptive optimizers",
    tasks=(
        Task(
            "adagrad",
            points=2,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=8,
            takeaway="AdaGrad has a decay built in: a schedule on top of it decays twice.",
            public=(
                arrays([1.0], [[3.0], [4.0], [1.0]], lr=0.1),
                arrays([1.0, -1.0], [[1.0, 100.0], [1.0, 100.0], [-2.0, 50.0]], lr=0.5),
                arrays([0.0], [[0.5], [0.5], [0.5], [0.5]], lr=1.0, eps=0.1),
            ),
            edges=(
                arrays([1.0], [[0.0], [2.0], [0.0]], lr=0.1),
                arrays([1.0], [[0.5], [0.1]], lr=0.1, eps=1.0),
                arrays([2.0, 3.0], [[1e-3, 1e3]], lr=0.1),
            ),
            draw=draw_adagrad,
            hints=(
                "What must be remembered for each weight from one update to the next?",
                "One sum of squared gradients for each weight, all 0 at first. Add the new square before you divide "
                "by the root.",
                "For one weight an update is three lines: add g * g to its sum, work out the step, subtract it. Do "
                "that for all weights, keep the new weights as a new list, and append that list to the path.",
            ),
            mistakes=(
                Mistake(
                    "You add up the gradients' sizes. AdaGrad adds up their squares.",
                    "total + g**2",
                    "total + abs(g)",
                ),
                Mistake(
                    "The square root is missing: divide by the root of the sum, not by the sum.",
                    "math.sqrt(total)",
                    "total",
                ),
                Mistake(
                    "You forget the earlier gradients: the sum must keep growing, so add to it.",
                    "total + g**2",
                    "g**2",
                ),
                Mistake(
                    "You add up the gradients themselves, so that opposite ones cancel. Add up their squares.",
                    adagrad_of_gradients,
                ),
                Mistake(
                    "You add up over all weights. Each weight has a sum of its own.",
                    "total + g**2 for total, g in zip(totals, row)",
                    "total + sum(g**2 for g in row) for total in totals",
                ),
                Mistake("eps stands outside the root, beside it.", "math.sqrt(total) + eps", "math.sqrt(total + eps)"),
                Mistake(
                    "You return the last weights alone. Return the list with the weights after each update.",
                    "    return path",
                    "    return w",
                ),
                Mistake(
                    "Your list begins with the weights before the first update. It holds those after each update.",
                    "[0.0] * len(w), []",
                    "[0.0] * len(w), [w]",
                ),
                Mistake("You walk uphill: the step is subtracted from w.", "x - lr", "x + lr"),
                Mistake(
                    "You divide by the sum from before this update. Add the new square first.",
                    adagrad_late,
                ),
                Mistake(SAME_ARRAY, adagrad_aliased),
            ),
            also_right=(adagrad_by_weight, adagrad_by_cumsum, adagrad_in_place),
        ),
        Task(
            "rmsprop",
            points=2,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=5,
            takeaway="alpha says how long the memory is: about 1 / (1 - alpha) updates.",
            public=(
                arrays([1.0], [[2.0], [2.0], [-1.0]], lr=0.1, alpha=0.9),
                arrays([1.0, -1.0], [[1.0, 100.0], [1.0, 100.0], [-2.0, 50.0]], lr=0.05, alpha=0.8),
                arrays([0.0], [[0.5]] * 5, lr=0.01, alpha=0.99, eps=0.1),
                arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1),
                arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1, alpha=0.99),
            ),
            edges=(
                arrays([1.0], [[0.5], [0.1]], lr=0.1, alpha=0.9, eps=1.0),
                arrays([1.0], [[2.0], [0.5]], lr=0.1, alpha=0.0),
            ),
            draw=draw_rmsprop,
            hints=(
                "It is AdaGrad with one other line. Which?",
                "Where AdaGrad adds the square, RMSProp mixes it in. alpha says how much of the old mean stays.",
                "The two shares add up to 1: alpha of the old mean, the rest of the new square. The mean starts at 0.",
            ),
            mistakes=(
                Mistake(
                    "You still add up all squares, as AdaGrad does. RMSProp keeps a running mean.",
                    "alpha * mean + (1 - alpha) * g**2",
                    "mean + g**2",
                ),
                Mistake(
                    "You correct the mean as Adam does. RMSProp uses it as it is.",
                    rmsprop_corrected,
                ),
                Mistake(
                    "You take the step with the mean from before this update. Renew the mean first.",
                    rmsprop_late,
                ),
                Mistake(
                    "You square the mean. It must be the mean of the squares.",
                    "alpha * mean + (1 - alpha) * g**2",
                    "(alpha * mean + (1 - alpha) * g) ** 2",
                ),
                Mistake(
                    "The steps go along the gradient. Subtract them.",
                    "x - lr * g",
                    "x + lr * g",
                ),
                Mistake(
                    "alpha and 1 - alpha are swapped: alpha is the share of the *old* mean that stays.",
                    "alpha * mean + (1 - alpha) * g**2",
                    "(1 - alpha) * mean + alpha * g**2",
                ),
                Mistake(
                    "You still add up: the new square counts only 1 - alpha.",
                    "alpha * mean + (1 - alpha) * g**2",
                    "alpha * mean + g**2",
                ),
                Mistake("The square root is missing.", "math.sqrt(mean)", "mean"),
                Mistake(
                    "You start the mean at the first square. RMSProp starts at 0, which makes the first steps large.",
                    "[0.0] * len(w)",
                    "[g**2 for g in gradients[0]]",
                ),
                Mistake(
                    "You keep a mean of the gradients. Keep a mean of their squares.",
                    rmsprop_of_gradients,
                ),
                Mistake("eps stands outside the root, beside it.", "math.sqrt(mean) + eps", "math.sqrt(mean + eps)"),
            ),
            also_right=(rmsprop_by_sum, rmsprop_by_difference),
        ),
        Task(
            "adam",
            points=3,
            drive="call",
            difficulty=3,
            importance=5,
            minutes=12,
            takeaway=(
                "Adam's step is about the LR in size whatever the gradient's scale: its LR is a distance, SGD's is not."
            ),
            public=(
                arrays([1.0], [[0.001], [0.002], [-0.001]], lr=0.1),
                arrays([1.0, -1.0], [[1.0, 100.0], [1.0, 100.0], [-2.0, 50.0]], lr=0.05, **FAST),
                arrays([0.0], [[0.5], [-0.5], [2.0], [1.0]], lr=0.1, beta1=0.8, beta2=0.95),
                arrays([1.0], [[0.001], [0.002], [-0.001]], lr=0.1, beta1=0.9),
                arrays([1.0], [[0.001], [0.002], [-0.001]], lr=0.1, beta2=0.999),
            ),
            edges=(
                arrays([1.0], [[0.5], [0.1]], lr=0.1, eps=1.0),
                arrays([1.0], [[2.0], [0.5], [1.0]], lr=0.1, beta1=0.0, beta2=0.9),
                arrays([1.0], [[2.0], [0.5], [1.0]], lr=0.1, beta1=0.9, beta2=0.0),
            ),
            draw=draw_adam,
            hints=(
                "Which two running means does each weight have, and which rate belongs to which?",
                "m is a mean of the gradients with beta1, v of their squares with beta2, each as in RMSProp. Count "
                "the updates from 1: enumerate(gradients, start=1).",
                "The corrected means are new variables, for this update alone: what goes on to the next update is m "
                "and v as they were. The root is taken of the corrected v, and eps is added outside of it.",
            ),
            mistakes=(
                Mistake(
                    "You count the updates from 0, so the first correction divides by 0. The first update has t = 1.",
                    "start=1",
                    "start=0",
                ),
                Mistake(
                    "v has a rate of its own: beta2, not beta1.",
                    "beta2 * v + (1 - beta2) * g**2",
                    "beta1 * v + (1 - beta1) * g**2",
                ),
                Mistake(
                    "The step takes the gradient itself. It must take m_hat, the corrected mean.",
                    "x - lr * m_hat / (math.sqrt(v_hat) + eps) for x, m_hat, v_hat in zip(w, m_hats, v_hats)",
                    "x - lr * g / (math.sqrt(v_hat) + eps) for x, g, v_hat in zip(w, row, v_hats)",
                ),
                Mistake(
                    "beta1 and beta2 have changed places: beta1 belongs to the gradients' mean.",
                    adam_swapped,
                ),
                Mistake(
                    "The bias correction is missing: m and v start at 0 and are too small at first.",
                    CORRECT,
                    "m_hats, v_hats = ms, vs",
                ),
                Mistake("You correct m only. v starts at 0 too.", "v / (1 - beta2**t) for", "v for"),
                Mistake("You correct v only. m starts at 0 too.", "m / (1 - beta1**t) for", "m for"),
                Mistake(
                    "You store the corrected m: the correction is for this step alone, m itself goes on uncorrected.",
                    "m_hats = [",
                    "m_hats = ms = [",
                ),
                Mistake(
                    "m and v themselves go on uncorrected. Give the corrected ones new names: m_hat and v_hat.",
                    CORRECT,
                    CORRECT.replace("m_hats =", "m_hats = ms =").replace("v_hats =", "v_hats = vs ="),
                ),
                Mistake("eps stands outside the root, beside it.", "math.sqrt(v_hat) + eps", "math.sqrt(v_hat + eps)"),
                Mistake(
                    "You count the updates one too far: the first one has t = 1.",
                    "start=1",
                    "start=2",
                ),
                Mistake(
                    "v is the square of the mean. It must be the mean of the squares.",
                    "g**2 for v, g in zip(vs, row)",
                    "m**2 for v, m in zip(vs, ms)",
                ),
                Mistake(
                    "You divide by 1 - beta, not by 1 - beta**t: the correction must fade as t grows.",
                    CORRECT,
                    CORRECT.replace("**t", ""),
                ),
            ),
            also_right=(adam_by_paper, adam_by_products),
        ),
        Task(
            "adamw",
            points=2,
            drive="call",
            difficulty=3,
            importance=5,
            minutes=6,
            takeaway="With AdamW the LR scales the weight decay too: change one, and look at the other.",
            public=(
                arrays([1.0], [[1.0], [1.0], [1.0]], lr=0.1, weight_decay=0.1),
                arrays([1.0, -2.0], [[1.0, 10.0], [2.0, 10.0], [-2.0, 5.0]], lr=0.05, weight_decay=0.5, **FAST),
                arrays([3.0], [[0.0], [0.0]], lr=0.1, weight_decay=1.0),
            ),
            edges=(
                arrays([1.0], [[1.0], [-2.0]], lr=0.1, weight_decay=0.0),
                arrays([1.0], [[0.5], [0.1]], lr=0.1, weight_decay=0.1, eps=1.0),
            ),
            draw=draw_adamw,
            hints=(
                "Which line lets Adam see the weight decay? It should not.",
                "Leave g alone. The decay acts on the weight itself, beside Adam's step.",
                "Two things are subtracted from the old weight in the same line: Adam's step, and the share of the "
                "weight that the text names. Each has lr as a factor.",
            ),
            mistakes=(
                Mistake(
                    "The decay is there twice now: beside Adam's step and still in the gradient.",
                    "        ms = [",
                    "        row = [g + weight_decay * x for g, x in zip(row, w)]\n        ms = [",
                ),
                Mistake(
                    "The decay takes a share of the gradient away. It shrinks the weights: lr * weight_decay * w.",
                    "lr * weight_decay * x - lr * step for x, step in zip(w, steps)",
                    "lr * weight_decay * g - lr * step for x, g, step in zip(w, row, steps)",
                ),
                Mistake("The decay still goes through Adam: the row of gradients must not contain it.", STUB),
                Mistake(
                    "The decay is not multiplied by lr. It takes lr * weight_decay * w away.",
                    "x - lr * weight_decay * x",
                    "x - weight_decay * x",
                ),
                Mistake(
                    "You shrink the weights after Adam's step. The decay takes the w from before the update.",
                    "x - lr * weight_decay * x - lr * step",
                    "(x - lr * step) * (1 - lr * weight_decay)",
                ),
                Mistake("The weights grow: the decay is subtracted.", "x - lr * weight_decay", "x + lr * weight_decay"),
                Mistake(
                    "The decay is gone altogether: that is Adam.",
                    "x - lr * weight_decay * x - lr * step",
                    "x - lr * step",
                ),
            ),
            also_right=(adamw_by_factor,),
        ),
        Task(
            "first_changes",
            points=1,
            drive="value",
            difficulty=2,
            importance=4,
            minutes=4,
            takeaway=(
                "Adam's first update moves every weight by the LR, tiny gradients too: that is one reason to warm up."
            ),
            public=({},),
            tolerance=1e-4,  # eps makes it 0.099999 for the first of them
            hints=(
                "What are m_hat and v_hat after one update, if the gradient is g?",
                "m_hat is g and v_hat is g squared. What is a number divided by the root of its own square?",
                "The size of the gradient drops out, and its sign is left. A step goes against the gradient.",
            ),
            mistakes=(
                Mistake(
                    "You left the signs out. A step goes against its gradient.",
                    [0.1, 0.1, 0.1],
                ),
                Mistake(
                    "That is plain gradient descent, and along the gradient. Adam divides by the gradient's size.",
                    [0.0001, -0.1, 100.0],
                ),
                Mistake("The signs are turned around: a step goes against the gradient.", [0.1, -0.1, 0.1]),
                Mistake(
                    "That is plain gradient descent, lr times the gradient. Adam divides by the gradient's size.",
                    [-0.0001, 0.1, -100.0],
                ),
                Mistake("A step goes against the gradient: the second gradient is negative.", [-0.1, -0.1, -0.1]),
                Mistake(
                    "You left out the bias correction. With it m_hat is the gradient and v_hat its square.",
                    [-0.1 * 0.1 / 0.001**0.5, 0.1 * 0.1 / 0.001**0.5, -0.1 * 0.1 / 0.001**0.5],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "11_quiz_1",
            "You multiply the loss by 1000. What does that do to a run with Adam?",
            "b",
            {
                "a": (
                    "The steps become 1000 times as large.",
                    "So they would with SGD. Adam divides by the gradients' size.",
                ),
                "b": ("Next to nothing.", "Right. m and the root of v both grow by 1000. Only eps notices."),
                "c": ("The run diverges.", "It would with SGD near its edge. Adam's step keeps its size."),
            },
        ),
        Quiz(
            "11_quiz_2",
            "AdaGrad needs no schedule, people say. Why do its steps become smaller all the same?",
            "a",
            {
                "a": (
                    "Its sum of squares only grows.",
                    "Right. With steady gradients the step falls with one over the root of the step: a schedule.",
                ),
                "b": (
                    "Its gradients vanish.",
                    "They may not: with noise they keep their size, and the steps still shrink.",
                ),
                "c": ("Its eps grows.", "eps is a constant that keeps the division from failing."),
            },
        ),
        Quiz(
            "11_quiz_3",
            "You train with AdamW and let a cosine take the LR to zero. What happens to the weight decay?",
            "c",
            {
                "a": (
                    "It stays the same: it is decoupled.",
                    "It is decoupled from the gradient's scale, not from the LR.",
                ),
                "b": ("It grows, to make up for the LR.", "Nothing makes it grow."),
                "c": ("It falls to zero with the LR.", "Right. Each update takes lr * weight_decay * w away."),
            },
        ),
    ),
)
