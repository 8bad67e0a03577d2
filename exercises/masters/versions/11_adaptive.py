"""Versions of exercise 11: RMSProp about its mean, and with momentum; two of Adam's relatives; two first updates."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("11_adaptive").task


def by_weight(rule):
    """An optimizer written for one weight, in plain Python: each weight on its own."""

    def optimizer(w, gradients, lr, **settings):
        paths = []
        for i, weight in enumerate(w):
            path = []
            for step in rule([float(row[i]) for row in gradients], **settings):
                weight = float(weight) - lr * step
                path.append(weight)
            paths.append(path)
        return [list(row) for row in zip(*paths, strict=True)]

    return optimizer


@by_weight
def centered_by_weight(column, alpha=0.99, eps=1e-8):
    mean = square = 0.0
    for g in column:
        mean += (1 - alpha) * (g - mean)
        square += (1 - alpha) * (g * g - square)
        yield g / (math.sqrt(square - mean * mean) + eps)


def centered_by_array(w, gradients, lr, alpha=0.99, eps=1e-8):
    mean, square, path = 0 * w, 0 * w, []
    for g in gradients:
        mean, square = alpha * mean + (1 - alpha) * g, alpha * square + (1 - alpha) * g**2
        w = w - lr * g / ((square - mean**2) ** 0.5 + eps)
        path.append(w.tolist())
    return path


@by_weight
def rolling_by_weight(column, alpha=0.99, momentum=0.9, eps=1e-8):
    square = speed = 0.0
    for g in column:
        square += (1 - alpha) * (g * g - square)
        speed = momentum * speed + g / (math.sqrt(square) + eps)
        yield speed


@by_weight
def rolling_late(column, alpha=0.99, momentum=0.9, eps=1e-8):
    """A mistake: the step is taken with the speed from before this update."""
    square = speed = 0.0
    for g in column:
        yield speed
        square += (1 - alpha) * (g * g - square)
        speed = momentum * speed + g / (math.sqrt(square) + eps)


@by_weight
def rolling_of_gradients(column, alpha=0.99, momentum=0.9, eps=1e-8):
    """A mistake: the gradients are summed up, and divided afterwards."""
    square = speed = 0.0
    for g in column:
        square += (1 - alpha) * (g * g - square)
        speed = momentum * speed + g
        yield speed / (math.sqrt(square) + eps)


def rolling_by_array(w, gradients, lr, alpha=0.99, momentum=0.9, eps=1e-8):
    square, speed, path = 0 * w, 0 * w, []
    for g in gradients:
        square = alpha * square + (1 - alpha) * g * g
        speed = momentum * speed + g / (square**0.5 + eps)
        path.append((path[-1] if path else w) - lr * speed)
    return path


@by_weight
def largest_by_weight(column, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = top = 0.0
    for t, g in enumerate(column, start=1):
        m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
        top = max(top, v)
        yield m / (1 - beta1**t) / (math.sqrt(top / (1 - beta2**t)) + eps)


@by_weight
def largest_corrected(column, beta1=0.9, beta2=0.999, eps=1e-8):
    """A mistake: the largest of the corrected means."""
    m = v = top = 0.0
    for t, g in enumerate(column, start=1):
        m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
        top = max(top, v / (1 - beta2**t))
        yield m / (1 - beta1**t) / (math.sqrt(top) + eps)


@by_weight
def plain_adam(column, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = 0.0
    for t, g in enumerate(column, start=1):
        m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
        yield m / (1 - beta1**t) / (math.sqrt(v / (1 - beta2**t)) + eps)


@by_weight
def adamax_by_weight(column, beta1=0.9, beta2=0.999, eps=1e-8):
    m = u = 0.0
    for t, g in enumerate(column, start=1):
        m += (1 - beta1) * (g - m)
        u = abs(g) if abs(g) > beta2 * u else beta2 * u
        yield m / ((1 - beta1**t) * (u + eps))


def adamax_by_array(w, gradients, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    import numpy as np

    m, u, path = 0 * w, 0 * w, []
    for t, g in enumerate(gradients, start=1):
        m, u = beta1 * m + (1 - beta1) * g, np.maximum(beta2 * u, np.abs(g))
        w = w - lr / (1 - beta1**t) * m / (u + eps)
        path.append(w)
    return path


def arrays(w, gradients, **settings):
    return case(w={"array": w}, gradients={"array": gradients}, **settings)


def drawn(rng, **settings):
    weights, updates = rng.randint(1, 3), rng.randint(3, 10)
    gradients = [[rng.uniform(0.2, 3) * rng.choice([-1, 1]) for _ in range(weights)] for _ in range(updates)]
    return arrays([rng.uniform(-2, 2) for _ in range(weights)], gradients, lr=rng.uniform(0.01, 0.5), **settings)


def draw_largest(rng):
    """A large gradient first, and one last, so that the mean of squares falls and rises again."""
    made = drawn(rng, beta1=rng.uniform(0.5, 0.95), beta2=rng.uniform(0.6, 0.95))
    first, *rest, last = made["args"]["gradients"]["array"]
    rows = [[4 * g for g in first], *rest, [5 * g for g in last]]
    made["args"]["gradients"] = {"array": rows}
    return made


UPHILL = "You walk uphill: the step is subtracted from w."
OUTSIDE = "eps stands outside the root, beside it."
LAST_ALONE = "You return the last weights alone. Return the list with the weights after each update."

CENTERED = replace(
    published("rmsprop"),
    public=(
        arrays([1.0], [[2.0], [2.0], [-1.0]], lr=0.1, alpha=0.9),
        arrays([1.0, -1.0], [[1.0, 100.0], [1.0, 100.0], [-2.0, 50.0]], lr=0.05, alpha=0.8),
        arrays([0.0], [[0.5]] * 5, lr=0.01, alpha=0.99, eps=0.1),
        arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1),
        arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1, alpha=0.99),
    ),
    edges=(arrays([1.0], [[0.5], [0.1]], lr=0.1, alpha=0.9, eps=1.0),),
    hints=(
        "It is AdaGrad with other lines about its memory. How many means does each weight have?",
        "Two, one of the squares and one of the gradients themselves. alpha is the share of the old mean that stays.",
        "Renew both means first. What stands under the root is the mean of the squares less the square of the mean; "
        "eps is added outside of it.",
    ),
    mistakes=(
        Mistake(
            "You leave the mean of the gradients out: that is plain RMSProp.",
            "math.sqrt(square - mean**2)",
            "math.sqrt(square)",
        ),
        Mistake(
            "You take the mean away, not its square.",
            "math.sqrt(square - mean**2)",
            "math.sqrt(abs(square - mean))",
        ),
        Mistake("You add the square of the mean. It is taken away.", "square - mean**2", "square + mean**2"),
        Mistake(
            "alpha and 1 - alpha are swapped: alpha is the share of the *old* mean that stays.",
            lambda w, gradients, lr, alpha=0.99, eps=1e-8: centered_by_array(w, gradients, lr, 1 - alpha, eps),
        ),
        Mistake("The square root is missing.", "math.sqrt(square - mean**2)", "(square - mean**2)"),
        Mistake(OUTSIDE, "math.sqrt(square - mean**2) + eps", "math.sqrt(square - mean**2 + eps)"),
        Mistake(UPHILL, "x - lr * g", "x + lr * g"),
        Mistake(
            "You divide the gradient less its mean. The step takes the gradient itself.",
            "x - lr * g / ",
            "x - lr * (g - mean) / ",
        ),
        Mistake(LAST_ALONE, "    return path", "    return w"),
    ),
    also_right=(centered_by_weight, centered_by_array),
    survivors={"means = [": "the mean is squared, so its sign does not matter"},
)

ROLLING = replace(
    published("rmsprop"),
    public=(
        arrays([1.0], [[2.0], [2.0], [-1.0]], lr=0.1, alpha=0.9, momentum=0.5),
        arrays([1.0, -1.0], [[1.0, 100.0], [1.0, 100.0], [-2.0, 50.0]], lr=0.05, alpha=0.8, momentum=0.9),
        arrays([0.0], [[0.5]] * 5, lr=0.01, alpha=0.99, momentum=0.8, eps=0.1),
        arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1, alpha=0.99),
        arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1, momentum=0.9),
        arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1, alpha=0.99, momentum=0.9),
    ),
    edges=(
        arrays([1.0], [[1.0], [3.0], [2.0]], lr=0.1),
        arrays([1.0], [[0.5], [0.1]], lr=0.1, alpha=0.9, momentum=0.5, eps=1.0),
        arrays([1.0], [[2.0], [0.5]], lr=0.1, alpha=0.0, momentum=0.0),
    ),
    draw=lambda rng: drawn(rng, alpha=rng.uniform(0.5, 0.99), momentum=rng.uniform(0.3, 0.95)),
    hints=(
        "It is AdaGrad with two other lines. Which two things does each weight remember?",
        "The mean of the squares, and a speed. Both are renewed in every update, the mean first, since the speed "
        "uses it.",
        "The old speed counts momentum times; the divided gradient is added to it whole, and without lr. The weight "
        "moves by lr times the new speed.",
    ),
    mistakes=(
        Mistake(
            "You leave the speed out: that is plain RMSProp.",
            "momentum * speed + g / (",
            "g / (",
        ),
        Mistake(
            "You weigh the new part by 1 - momentum. Here it is added whole.",
            "momentum * speed + g / (math.sqrt(mean) + eps)",
            "momentum * speed + (1 - momentum) * g / (math.sqrt(mean) + eps)",
        ),
        Mistake("You take the step with the speed from before this update. Renew the speed first.", rolling_late),
        Mistake(
            "You sum up the gradients and divide afterwards. Each gradient is divided when it comes in.",
            rolling_of_gradients,
        ),
        Mistake(
            "The old speed is never slowed down: it counts momentum times.",
            "momentum * speed + g",
            "speed + g",
        ),
        Mistake(
            "You still add up all squares, as AdaGrad does. RMSProp keeps a running mean.",
            "alpha * mean + (1 - alpha) * g**2",
            "mean + g**2",
        ),
        Mistake(
            "alpha and 1 - alpha are swapped: alpha is the share of the *old* mean that stays.",
            "alpha * mean + (1 - alpha) * g**2",
            "(1 - alpha) * mean + alpha * g**2",
        ),
        Mistake("The square root is missing.", "math.sqrt(mean)", "mean"),
        Mistake(OUTSIDE, "math.sqrt(mean) + eps", "math.sqrt(mean + eps)"),
        Mistake(UPHILL, "x - lr * speed", "x + lr * speed"),
    ),
    also_right=(rolling_by_weight, rolling_by_array),
)

FAST = {"beta1": 0.5, "beta2": 0.9}
FROM_0 = "You count the updates from 0, so the first correction divides by 0. The first update has t = 1."
NO_M_HAT = "m is not corrected. It starts at 0 and is too small at first: divide it by 1 - beta1**t."
THE_GRADIENT = "The step takes the gradient itself. It must take m_hat, the corrected mean."

LARGEST = replace(
    published("adam"),
    takeaway="A memory of the largest gradient never fades in AMSGrad: one outlier slows the rest of the run.",
    public=(
        arrays([1.0], [[2.0], [0.1], [-0.1], [0.1]], lr=0.1, beta1=0.8, beta2=0.8),
        arrays([1.0, -1.0], [[1.0, 100.0], [1.0, 100.0], [-0.2, 5.0], [0.3, 10.0]], lr=0.05, **FAST),
        arrays([0.0], [[2.0], [-0.1], [0.1], [2.1], [0.2]], lr=0.1, beta1=0.8, beta2=0.8, eps=0.1),
        arrays([0.0], [[0.5], [-0.5], [2.0], [0.1]], lr=0.1, beta1=0.9),
        arrays([0.0], [[0.5], [-0.5], [2.0], [0.1]], lr=0.1, beta2=0.999),
        arrays([0.0], [[0.5], [-0.5], [2.0], [0.1]], lr=0.1, beta1=0.9, beta2=0.999),
    ),
    edges=(
        arrays([0.0], [[0.5], [-0.5], [2.0], [0.1]], lr=0.1),
        arrays([1.0], [[0.5], [0.1]], lr=0.1, beta1=0.9, beta2=0.5, eps=1.0),
        arrays([1.0], [[2.0], [0.5], [1.0]], lr=0.1, beta1=0.0, beta2=0.7),
        arrays([1.0], [[2.0], [0.5], [1.0]], lr=0.1, beta1=0.9, beta2=0.0),
    ),
    draw=draw_largest,
    hints=(
        "Which three things does each weight remember?",
        "m, v and the largest v so far. The largest is renewed after v, with max. Count the updates from 1: "
        "enumerate(gradients, start=1).",
        "v itself goes on as always; only the division looks at the largest one. The corrections are for this update "
        "alone, and the root is taken of the corrected largest v, with eps outside of it.",
    ),
    mistakes=(
        Mistake("You use v itself: that is Adam. Here the largest v so far divides.", plain_adam),
        Mistake(
            "You correct first and keep the largest of the corrected ones. Keep the largest v, and correct that.",
            largest_corrected,
        ),
        Mistake(
            "You go on with the largest v as if it were v, so it never forgets. Keep two variables.",
            "tops = [max(top, v) for top, v in zip(tops, vs)]",
            "tops = vs = [max(top, v) for top, v in zip(tops, vs)]",
        ),
        Mistake("You keep the smallest v so far. The largest one is asked for.", "max(top, v)", "min(top or v, v)"),
        Mistake(NO_M_HAT, "m_hats = [m / (1 - beta1**t) for m in ms]", "m_hats = ms"),
        Mistake(
            "The largest v is not corrected: divide it by 1 - beta2**t.",
            "v_hats = [top / (1 - beta2**t) for top in tops]",
            "v_hats = tops",
        ),
        Mistake(FROM_0, "start=1", "start=0"),
        Mistake(
            "v has a rate of its own: beta2, not beta1.",
            "beta2 * v + (1 - beta2) * g**2",
            "beta1 * v + (1 - beta1) * g**2",
        ),
        Mistake(OUTSIDE, "math.sqrt(v_hat) + eps", "math.sqrt(v_hat + eps)"),
        Mistake(UPHILL, "x - lr * m_hat", "x + lr * m_hat"),
    ),
    also_right=(largest_by_weight,),
    survivors={"ms, vs, tops, path =": "no v is below 0, so the largest may begin below 0"},
)

ADAMAX = replace(
    published("adam"),
    takeaway="AdaMax, like Adam, steps by about the LR whatever the gradient's scale: its LR is a distance.",
    public=(
        arrays([1.0], [[0.001], [0.002], [-0.001]], lr=0.1),
        arrays([1.0, -1.0], [[1.0, 100.0], [1.0, 100.0], [-2.0, 50.0]], lr=0.05, **FAST),
        arrays([0.0], [[2.0], [-0.5], [0.1], [1.9]], lr=0.1, beta1=0.8, beta2=0.5),
        arrays([1.0], [[0.001], [0.002], [-0.001]], lr=0.1, beta1=0.9),
        arrays([1.0], [[0.001], [0.002], [-0.001]], lr=0.1, beta2=0.999),
    ),
    edges=(
        arrays([1.0], [[0.5], [0.1]], lr=0.1, eps=1.0),
        arrays([1.0], [[2.0], [0.5], [1.0]], lr=0.1, beta1=0.0, beta2=0.9),
        arrays([1.0], [[2.0], [0.5], [1.0]], lr=0.1, beta1=0.9, beta2=0.0),
    ),
    draw=lambda rng: drawn(rng, beta1=rng.uniform(0.5, 0.95), beta2=rng.uniform(0.5, 0.99)),
    hints=(
        "Which two things does each weight remember, and which of them is no mean?",
        "m is a mean of the gradients, u a peak that fades: it jumps up to a larger gradient and shrinks otherwise. "
        "Count the updates from 1: enumerate(gradients, start=1).",
        "The new u is the larger one of two numbers, the faded old one and the gradient's size: max and abs. Only m is "
        "corrected, in a new variable for this update alone.",
    ),
    mistakes=(
        Mistake("You use a mean of squares: that is Adam. Here the largest gradient divides.", plain_adam),
        Mistake(
            "Your u never fades. The old one is multiplied by beta2 before it is compared.",
            "max(beta2 * u, abs(g))",
            "max(u, abs(g))",
        ),
        Mistake(
            "You compare the gradient with its sign, so a negative one never counts. Take its size, abs(g).",
            "max(beta2 * u, abs(g))",
            "max(beta2 * u, g)",
        ),
        Mistake(
            "u is a running mean of sizes in yours. It is the larger one of two numbers.",
            "max(beta2 * u, abs(g))",
            "beta2 * u + (1 - beta2) * abs(g)",
        ),
        Mistake(NO_M_HAT, "m_hats = [m / (1 - beta1**t) for m in ms]", "m_hats = ms"),
        Mistake(
            "You correct u as well. It is no mean and starts right: only m is corrected.",
            "x - lr * m_hat / (u + eps)",
            "x - lr * m_hat / (u / (1 - beta2**t) + eps)",
        ),
        Mistake(
            "You take the root of u. It is a size already, not a square.",
            "(u + eps)",
            "(math.sqrt(u) + eps)",
        ),
        Mistake(FROM_0, "start=1", "start=0"),
        Mistake(
            THE_GRADIENT,
            "x - lr * m_hat / (u + eps) for x, m_hat, u in zip(w, m_hats, us)",
            "x - lr * g / (u + eps) for x, g, u in zip(w, row, us)",
        ),
        Mistake(UPHILL, "x - lr * m_hat", "x + lr * m_hat"),
    ),
    also_right=(adamax_by_weight, adamax_by_array),
    survivors={"ms, us, path =": "no size is below 0, so the largest may begin below 0"},
)


def three(size):
    return [round(-size, 12), round(size, 12), round(-size, 12)]


def of_rmsprop(lr):
    changes = three(10 * lr)
    return replace(
        published("first_changes"),
        takeaway="RMSProp's first update moves every weight by ten times the LR: that is one reason to warm up.",
        hints=(
            "What is the mean of the squares after one update, if the gradient is g and the mean starts at 0?",
            "A hundredth of g squared. What is a number divided by the root of a hundredth of its own square?",
            "The size of the gradient drops out: a factor is left, and the sign. A step goes against the gradient.",
        ),
        mistakes=(
            Mistake(
                "That would be a corrected mean. RMSProp's first mean is a hundredth of the square.",
                three(lr),
            ),
            Mistake("You left the signs out. A step goes against its gradient.", [10 * lr] * 3),
            Mistake("The signs are turned around: a step goes against the gradient.", [-change for change in changes]),
            Mistake(
                "That is plain gradient descent, lr times the gradient. RMSProp divides by the root of its mean.",
                [-0.01 * lr, 2 * lr, -300 * lr],
            ),
            Mistake("You divide by the mean itself, not by its root.", [-lr / 0.0001, lr / 0.02, -lr / 3.0]),
            Mistake(
                "The root of a hundredth is a tenth: you divide by a hundredth of the gradient's size.", three(100 * lr)
            ),
        ),
    ), changes


def uncorrected(lr):
    changes = three(5 * lr)
    return replace(
        published("first_changes"),
        takeaway="Without the correction Adam's first update is several times as long as the LR says.",
        hints=(
            "What are m and v after one update, if the gradient is g and both start at 0?",
            "m is half of g, v a hundredth of its square. What is half of a number divided by the root of a "
            "hundredth of its square?",
            "The root of v is a tenth of the gradient's size, so the size drops out: a factor and the sign are left. A "
            "step goes against the gradient.",
        ),
        mistakes=(
            Mistake(
                "That is Adam as it should be. Without the correction m is half of g, v a hundredth of g².", three(lr)
            ),
            Mistake("You left the signs out. A step goes against its gradient.", [5 * lr] * 3),
            Mistake("The signs are turned around: a step goes against the gradient.", [-change for change in changes]),
            Mistake("You leave m out: it is half of the gradient.", three(10 * lr)),
            Mistake("You leave v's part out: its root is a tenth of the gradient's size.", three(0.5 * lr)),
            Mistake(
                "That is plain gradient descent, lr times the gradient. Adam divides by the root of v.",
                [-0.01 * lr, 2 * lr, -300 * lr],
            ),
        ),
    ), changes


def predict(changes):
    return (
        f"### BEGIN SOLUTION\nfirst_changes = {changes}\n### BEGIN STUB\n"
        "# first_changes = None  # three numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of rmsprop, adam and first_changes: over half of the exercise's points."""
    yield Version(
        CENTERED,
        """## Task 2: RMSProp about its mean

AdaGrad's sum only grows, so its steps shrink for ever. RMSProp (Hinton, 2012) keeps a running mean of the squares
instead. The *centered* form (Graves, 2013) keeps a running mean of the gradients too and divides by their scatter: the
step is `lr * g / (sqrt(square - mean**2) + eps)`. Both means start at 0, and each update makes them `alpha` times the
old mean plus `1 - alpha` times the new square, or the new gradient.

Example: `w=[1.0]`, one gradient 2, `lr=0.1, alpha=0.9`. The mean of the squares is 0.4, that of the gradients 0.2. The
root of 0.4 - 0.04 is 0.6, so the weight becomes 0.667.
""",
        """def rmsprop(w, gradients, lr, alpha=0.99, eps=1e-8):
    ### BEGIN SOLUTION
    squares, means, path = [0.0] * len(w), [0.0] * len(w), []
    for row in gradients:
        squares = [alpha * square + (1 - alpha) * g**2 for square, g in zip(squares, row)]
        means = [alpha * mean + (1 - alpha) * g for mean, g in zip(means, row)]
        memory = zip(w, row, squares, means)
        w = [x - lr * g / (math.sqrt(square - mean**2) + eps) for x, g, square, mean in memory]
        path.append(w)
    return path
    ### END SOLUTION
""",
    )
    yield Version(
        ROLLING,
        """## Task 2: RMSProp with momentum

AdaGrad's sum only grows, so its steps shrink for ever. RMSProp (Hinton, 2012) keeps a running mean instead. It starts
at 0, and each update makes it `alpha` times the old mean plus `1 - alpha` times the new square. With momentum, as it is
mostly used, each weight has a *speed* as well, also from 0: each update makes it `momentum` times the old speed plus
`g / (sqrt(mean) + eps)`. Then `lr` times the speed is subtracted from the weight.

Example: `w=[1.0]`, gradients 2 and 2, `lr=0.1, alpha=0.9, momentum=0.5`. The means are 0.4 and 0.76, the speeds 3.16
and 3.88, so the weights are 0.684 and 0.296.
""",
        """def rmsprop(w, gradients, lr, alpha=0.99, momentum=0.9, eps=1e-8):
    ### BEGIN SOLUTION
    means, speeds, path = [0.0] * len(w), [0.0] * len(w), []
    for row in gradients:
        means = [alpha * mean + (1 - alpha) * g**2 for mean, g in zip(means, row)]
        speeds = [momentum * speed + g / (math.sqrt(mean) + eps) for speed, g, mean in zip(speeds, row, means)]
        w = [x - lr * speed for x, speed in zip(w, speeds)]
        path.append(w)
    return path
    ### END SOLUTION
""",
    )
    yield Version(
        LARGEST,
        """## Task 3: Adam that does not forget

Adam (Kingma and Ba, 2015) keeps two running means, both from 0: `m` of the gradients, with `beta1`, and `v` of their
squares, with `beta2`. In this form, AMSGrad (Reddi et al., 2018), a weight also remembers the **largest** `v` that
it ever had, `top`, from 0 as well, and that one is used for the step. Because the means start at 0, the first values
are too small. After update number `t` (counted from 1) `m` is divided by `1 - beta1**t` and `top` by `1 - beta2**t`.
The step is `lr * m_hat / (sqrt(top_hat) + eps)`. `m`, `v` and `top` themselves stay as they are.

Example: `w=[1.0]`, gradients 2 and 0.1, `lr=0.1, beta1=0.8, beta2=0.8` give 0.9 and 0.837. Adam would give 0.9 and
0.829.
""",
        """def adam(w, gradients, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    ### BEGIN SOLUTION
    ms, vs, tops, path = [0.0] * len(w), [0.0] * len(w), [0.0] * len(w), []
    for t, row in enumerate(gradients, start=1):
        ms = [beta1 * m + (1 - beta1) * g for m, g in zip(ms, row)]
        vs = [beta2 * v + (1 - beta2) * g**2 for v, g in zip(vs, row)]
        tops = [max(top, v) for top, v in zip(tops, vs)]
        m_hats = [m / (1 - beta1**t) for m in ms]
        v_hats = [top / (1 - beta2**t) for top in tops]
        w = [x - lr * m_hat / (math.sqrt(v_hat) + eps) for x, m_hat, v_hat in zip(w, m_hats, v_hats)]
        path.append(w)
    return path
    ### END SOLUTION
""",
    )
    yield Version(
        ADAMAX,
        """## Task 3: AdaMax

Adam's paper (Kingma and Ba, 2015) holds a second optimizer, AdaMax. It keeps a running mean `m` of the gradients, with
`beta1`, from 0. In place of Adam's mean of squares it keeps `u`, the size of the largest gradient, which fades: each
update makes it the larger one of `beta2` times the old `u` and `abs(g)`. It starts at 0. Because `m` starts at 0, its
first values are too small. After update number `t` (counted from 1) it is divided by `1 - beta1**t`; `u` needs no
correction. The step is `lr * m_hat / (u + eps)`. `m` itself stays as it is.

Example: `w=[1.0]`, gradients 2 and -0.5, `lr=0.1, beta1=0.8, beta2=0.5` give 0.9 and 0.839.
""",
        """def adam(w, gradients, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    ### BEGIN SOLUTION
    ms, us, path = [0.0] * len(w), [0.0] * len(w), []
    for t, row in enumerate(gradients, start=1):
        ms = [beta1 * m + (1 - beta1) * g for m, g in zip(ms, row)]
        us = [max(beta2 * u, abs(g)) for u, g in zip(us, row)]
        m_hats = [m / (1 - beta1**t) for m in ms]
        w = [x - lr * m_hat / (u + eps) for x, m_hat, u in zip(w, m_hats, us)]
        path.append(w)
    return path
    ### END SOLUTION
""",
    )
    lr = draw("LR of the prediction", 0.03, 0.04, 0.05)
    task, changes = of_rmsprop(lr)
    yield Version(
        task,
        f"""## Task 5: predict

Three weights have the first gradients 0.01, -2 and 300. Plain RMSProp makes its first update with `lr={lr}` and
`alpha=0.99`: its mean of squares starts at 0 and is not corrected. By how much does each weight change? Write down
three numbers, with their signs.
""",
        predict(changes),
    )
    task, changes = uncorrected(lr)
    yield Version(
        task,
        f"""## Task 5: predict

Three weights have the first gradients 0.01, -2 and 300. Somebody wrote Adam and forgot the bias correction. It makes
its first update with `lr={lr}, beta1=0.5, beta2=0.99`. By how much does each weight change? Write down three numbers,
with their signs.
""",
        predict(changes),
    )
