"""Versions of exercise 15: a cooldown that falls late, one to an end; an average by half-life, one that starts warm."""

from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("15_the_frontier").task


def cooldown_cases(floor):
    """Cases of a cooldown; floor: whether the LR has an end above 0."""

    def draw(rng):
        total_steps = rng.randint(12, 60)
        cooldown_steps = rng.randint(2, total_steps - 2)
        end = {"end_lr": rng.uniform(0.001, 0.009)} if floor else {}
        return case(
            total_steps + 3, base_lr=rng.uniform(0.01, 1), total_steps=total_steps, cooldown_steps=cooldown_steps, **end
        )

    return draw


def parabola_by_branches(step, base_lr, total_steps, cooldown_steps):
    start = total_steps - cooldown_steps
    if step <= start:
        return base_lr
    return base_lr - base_lr * ((step - start) / cooldown_steps) ** 2 if step < total_steps else 0.0


def parabola_late(step, base_lr, total_steps, cooldown_steps):
    x = min(max(step - 1 - (total_steps - cooldown_steps), 0) / cooldown_steps, 1)
    return base_lr * (1 - x**2)


def line_by_branches(step, base_lr, total_steps, cooldown_steps, end_lr):
    left = total_steps - step
    if left >= cooldown_steps:
        return base_lr
    return end_lr + (base_lr - end_lr) * left / cooldown_steps if left > 0 else end_lr


def line_late(step, base_lr, total_steps, cooldown_steps, end_lr):
    x = min(max(step - 1 - (total_steps - cooldown_steps), 0) / cooldown_steps, 1)
    return base_lr + (end_lr - base_lr) * x


def half_life_by_weights(values, half_life):
    found = []
    for t in range(len(values)):
        weights = [2 ** (-(t - i) / half_life) for i in range(t + 1)]
        found.append(sum(w * v for w, v in zip(weights, values, strict=False)) / sum(weights))
    return found


def half_life_from_the_first(values, half_life):
    beta = 0.5 ** (1 / half_life)
    m, found = values[0], []
    for value in values:
        m = beta * m + (1 - beta) * value
        found.append(m)
    return found


def warm_by_pairs(values, beta):
    found = []
    for t, value in enumerate(values, start=1):
        share = 1 / t if 1 / t > 1 - beta else 1 - beta
        found.append(value if t == 1 else (1 - share) * found[-1] + share * value)
    return found


def warm_corrected(values, beta):
    """A mistake: the bias correction in place of a plain mean."""
    m, found = 0.0, []
    for t, value in enumerate(values, start=1):
        m = beta * m + (1 - beta) * value
        found.append(m / (1 - beta**t))
    return found


def draw_values(rng):
    return [rng.uniform(-5, 5) for _ in range(rng.randint(4, 20))]


def draw_half_life(rng):
    return case(values=draw_values(rng), half_life=rng.uniform(0.5, 20))


def draw_warm(rng):
    return case(values=draw_values(rng), beta=rng.uniform(0.55, 0.9))


PARABOLA = replace(
    published("cooldown_lr"),
    public=(
        case(14, base_lr=1.0, total_steps=12, cooldown_steps=4),
        case(110, base_lr=0.1, total_steps=100, cooldown_steps=20),
        case(9, base_lr=0.5, total_steps=8, cooldown_steps=8),
    ),
    draw=cooldown_cases(floor=False),
    hints=(
        "Which part of the cooldown has passed at its first step, at its middle, at its end?",
        "Call that part x. Before the cooldown it is 0, after the end 1, so two limits make one formula do for all "
        "steps.",
        "The height above 0 is what the square of x leaves of 1: three quarters at the middle.",
    ),
    mistakes=(
        Mistake("That is a straight cooldown. Here x is squared: it falls late.", "x**2", "x"),
        Mistake("That is the root of x, which falls fast at first. Here x is squared.", "x**2", "x**0.5"),
        Mistake(
            "You square what is left, so your cooldown falls fast at first. Take the square of x away from 1.",
            "(1 - x**2)",
            "(1 - x) ** 2",
        ),
        Mistake(
            "Your cooldown begins one step late: at its first step x is 0, at the next one 1 / cooldown_steps.",
            parabola_late,
        ),
        Mistake(
            "After the end your LR goes on falling, below 0. Keep x at 1.",
            "min(max(step - start, 0) / cooldown_steps, 1)",
            "max(step - start, 0) / cooldown_steps",
        ),
        Mistake(
            "Before the cooldown your LR is not base_lr: a negative x has a square, too. Keep x at 0 there.",
            "min(max(step - start, 0) / cooldown_steps, 1)",
            "min((step - start) / cooldown_steps, 1)",
        ),
    ),
    also_right=(parabola_by_branches,),
)

TO_AN_END = replace(
    published("cooldown_lr"),
    public=(
        case(14, base_lr=1.0, total_steps=12, cooldown_steps=4, end_lr=0.1),
        case(110, base_lr=0.1, total_steps=100, cooldown_steps=20, end_lr=0.01),
        case(9, base_lr=0.5, total_steps=8, cooldown_steps=8, end_lr=0.25),
    ),
    edges=(case(8, base_lr=1.0, total_steps=5, cooldown_steps=1, end_lr=0.0),),
    draw=cooldown_cases(floor=True),
    hints=(
        "Where is the LR half way through the cooldown, if it goes from 1 to 0.1?",
        "Call x the part of the cooldown that has passed. Before the cooldown it is 0, after the end 1, so two limits "
        "make one formula do for all steps.",
        "At x = 0 the formula must give base_lr, at x = 1 end_lr, and between them it goes in equal steps.",
    ),
    mistakes=(
        Mistake(
            "Your cooldown falls to 0. It ends at end_lr.", "base_lr + (end_lr - base_lr) * x", "base_lr * (1 - x)"
        ),
        Mistake(
            "You add end_lr to a fall that goes all the way: your LR begins too high.",
            "base_lr + (end_lr - base_lr) * x",
            "end_lr + base_lr * (1 - x)",
        ),
        Mistake(
            "You stop the fall to 0 at end_lr, so it arrives early. It is a slower fall that arrives at the end.",
            "base_lr + (end_lr - base_lr) * x",
            "max(base_lr * (1 - x), end_lr)",
        ),
        Mistake(
            "Your cooldown begins one step late: at its first step x is 0, at the next one 1 / cooldown_steps.",
            line_late,
        ),
        Mistake(
            "After the end your LR goes on falling. Keep x at 1.",
            "min(max(step - start, 0) / cooldown_steps, 1)",
            "max(step - start, 0) / cooldown_steps",
        ),
    ),
    also_right=(line_by_branches,),
)

HALF_LIFE = replace(
    published("corrected_ema"),
    public=(
        case(values=[1.0, 1.0, 1.0, 1.0], half_life=5),
        case(values=[2.0, 0.0, 4.0, -1.0, 3.0], half_life=1),
        case(values=[0.5, 1.5, 2.5, 0.0, -3.0, 1.0, 1.0], half_life=10.0),
    ),
    edges=(case(values=[3.0], half_life=2), case(values=[0.0, 0.0, 5.0], half_life=0.25)),
    draw=draw_half_life,
    hints=(
        "With a half-life of one step: what is a value's weight one step later, and two steps later?",
        "Find the factor of a single step first. Taken half_life times it must give one half. Then keep a plain "
        "average and write down a corrected copy.",
        "The factor is 0.5 to the power 1 / half_life. After t values their weights add up to 1 less its t-th power; "
        "count t from 1.",
    ),
    mistakes=(
        Mistake(
            "The correction is missing: your first averages are drawn towards 0.",
            "m / (1 - beta**t)",
            "m",
        ),
        Mistake("You correct with one step too many: the first value has t = 1.", "start=1", "start=2"),
        Mistake(
            "half_life is a count of steps, not a power: the factor of one step is 0.5 ** (1 / half_life).",
            "0.5 ** (1 / half_life)",
            "0.5**half_life",
        ),
        Mistake(
            "The power comes before the division: 0.5 ** 1 / half_life is 0.5 / half_life. Use brackets.",
            "0.5 ** (1 / half_life)",
            "0.5 ** 1 / half_life",
        ),
        Mistake(
            "1 - 1 / half_life is not a factor that halves a weight in half_life steps.",
            "0.5 ** (1 / half_life)",
            "(1 - 1 / half_life)",
        ),
        Mistake(
            "1 - 1 / (half_life + 1) is not a factor that halves a weight in half_life steps.",
            "0.5 ** (1 / half_life)",
            "(1 - 1 / (half_life + 1))",
        ),
        Mistake(
            "You start at the first value, which then weighs far more than the others. Start at 0 and correct.",
            half_life_from_the_first,
        ),
        Mistake(
            "beta and 1 - beta have changed places: most of the weight stays with the old average.",
            "beta * m + (1 - beta) * value",
            "(1 - beta) * m + beta * value",
        ),
    ),
    also_right=(half_life_by_weights,),
)

WARM = replace(
    published("corrected_ema"),
    public=(
        case(values=[1.0, 1.0, 1.0, 1.0], beta=0.9),
        case(values=[2.0, 0.0, 4.0, -1.0, 3.0], beta=0.5),
        case(values=[0.5, 1.5, 2.5, 0.0, -3.0, 1.0, 1.0], beta=0.75),
    ),
    edges=(case(values=[3.0], beta=0.99), case(values=[0.0, 0.0, 5.0, 1.0, 4.0], beta=0.6)),
    draw=draw_warm,
    hints=(
        "Which share makes the second value count as much as the first, and the third as much as both before it each?",
        "A new value moves the average a part of the way towards it. Which of the two parts is the larger, at first "
        "and later?",
        "With t counted from 1 the part is the larger of 1 / t and what beta leaves of 1. At t = 1 it is all, so it "
        "does not matter where the average starts.",
    ),
    mistakes=(
        Mistake(
            "You take the smaller part. At first 1 / t is the larger one.",
            "max(1 - beta, 1 / t)",
            "min(1 - beta, 1 / t)",
        ),
        Mistake("That is the plain mean of all values: it never begins to forget.", "max(1 - beta, 1 / t)", "1 / t"),
        Mistake(
            "Your average starts at 0 and remembers it. At first every value counts alike: the part is 1 / t.",
            "max(1 - beta, 1 / t)",
            "(1 - beta)",
        ),
        Mistake(
            "You take beta for the part. It is what stays: the new value gets 1 - beta.", "max(1 - beta,", "max(beta,"
        ),
        Mistake("You count t from 2: the first value has t = 1, and counts in full.", "start=1", "start=2"),
        Mistake(
            "You divide by the weight given so far. That is another cure: here the first values count alike.",
            warm_corrected,
        ),
    ),
    also_right=(warm_by_pairs,),
    survivors={"m, averages = 0.0": "the first value moves it by the part 1, whatever it was"},
)


def versions(draw):
    yield Version(
        PARABOLA,
        r"""## Task 3: the cooldown

The LR is `base_lr` until step `total_steps - cooldown_steps`, where the cooldown begins. With $x$ the part of the
cooldown that has passed (0 at its first step, 1 at step `total_steps`), the LR is $\text{base\_lr} \cdot (1 - x^2)$:
it falls late. From step `total_steps` on it is 0. `cooldown_steps` is at least 1. Return the LR of one step.

Example: `base_lr=1, total_steps=12, cooldown_steps=4` gives 1 up to step 8, then 0.9375 at step 9, 0.75 at step 10,
0.4375 at step 11 and 0 from step 12 on.
""",
        """def cooldown_lr(step, base_lr, total_steps, cooldown_steps):
    ### BEGIN SOLUTION
    start = total_steps - cooldown_steps
    x = min(max(step - start, 0) / cooldown_steps, 1)
    return base_lr * (1 - x**2)
    ### END SOLUTION
""",
    )
    yield Version(
        TO_AN_END,
        """## Task 3: the cooldown

The LR is `base_lr` until step `total_steps - cooldown_steps`, where the cooldown begins. From there it falls on a
straight line and arrives at `end_lr` at step `total_steps`, where it stays. `cooldown_steps` is at least 1, and
`end_lr` lies below `base_lr`. Return the LR of one step.

Example: `base_lr=1, total_steps=12, cooldown_steps=4, end_lr=0.2` gives 1 up to step 8, then 0.8 at step 9, 0.6 at
step 10, 0.4 at step 11 and 0.2 from step 12 on.
""",
        """def cooldown_lr(step, base_lr, total_steps, cooldown_steps, end_lr):
    ### BEGIN SOLUTION
    start = total_steps - cooldown_steps
    x = min(max(step - start, 0) / cooldown_steps, 1)
    return base_lr + (end_lr - base_lr) * x
    ### END SOLUTION
""",
    )
    yield Version(
        HALF_LIFE,
        r"""## Task 4: an average that forgets its start

A running average starts at $m = 0$ and takes in value after value: $m \leftarrow \beta m + (1 - \beta) v$. How fast
it forgets is said by its *half-life*: $\beta$ is the factor that halves a value's weight in `half_life` steps, so
$\beta^{\text{half\_life}} = 1/2$. (Whoever changes the batch size keeps the half-life in examples, not $\beta$.) At
first the average still holds much of the 0. After $t$ values (the first has $t = 1$) their weights add up to $1 -
\beta^t$ only. Divided by that, it is a true average of the values so far. Return a list: the corrected average after
each value. `values` belongs to the caller.

Example: `values=[2, 0], half_life=1` gives `[2, 0.667]`. There $\beta$ is 0.5. After the second value $m$ is 0.5, and
0.5 / 0.75 is 0.667.
""",
        """def corrected_ema(values, half_life):
    ### BEGIN SOLUTION
    beta = 0.5 ** (1 / half_life)
    m, averages = 0.0, []
    for t, value in enumerate(values, start=1):
        m = beta * m + (1 - beta) * value
        averages.append(m / (1 - beta**t))
    return averages
    ### END SOLUTION
""",
    )
    yield Version(
        WARM,
        r"""## Task 4: an average that forgets its start

A running average takes in value after value: each new one moves it a part of the way, $m \leftarrow m + \text{part}
\cdot (v - m)$. A fixed part of $1 - \beta$ remembers where $m$ started. So at first the average is a plain mean: the
$t$-th value (the first has $t = 1$) moves it by the part $1/t$, as long as that is larger than $1 - \beta$;
afterwards by $1 - \beta$. Return a list: the average after each value. `values` belongs to the caller.

Example: `values=[2, 0, 5], beta=0.6` gives `[2, 1, 2.6]`. The parts are 1, 1/2 and 0.4.
""",
        """def corrected_ema(values, beta):
    ### BEGIN SOLUTION
    m, averages = 0.0, []
    for t, value in enumerate(values, start=1):
        m = m + max(1 - beta, 1 / t) * (value - m)
        averages.append(m)
    return averages
    ### END SOLUTION
""",
    )
