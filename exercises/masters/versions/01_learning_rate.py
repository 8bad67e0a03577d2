"""Versions of exercise 1: the fastest LR, another momentum; noise of a given size, a distance for a loss."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("01_learning_rate").task


def fastest_by_sorting(curvatures):
    ordered = sorted(curvatures)
    return 2 / (ordered[0] + ordered[-1])


def fastest_by_mean(curvatures):
    return 1 / ((max(curvatures) + min(curvatures)) / 2)


def mixing_by_directions(curvatures, beta):
    return min((2 + 2 * beta) / (curvature - beta * curvature) for curvature in curvatures)


def mixing_by_factor(curvatures, beta):
    return 2 / max(curvatures) * (1 + beta) / (1 - beta)


def settled(lr, curvature, noise):
    """The e that no longer changes, by walking; noise: what comes in per step, before LR * curvature squared."""
    e = 0.0
    for _ in range(3000):
        e = (1 - lr * curvature) ** 2 * e + (lr * curvature) ** 2 * noise
    return e


def sized_by_walking(lr, curvature, sigma):
    return curvature * settled(lr, curvature, sigma * sigma) / 2


def sized_in_closed_form(lr, curvature, sigma):
    return lr * curvature**2 * sigma**2 / (2 * (2 - lr * curvature))


def distance_by_walking(lr, curvature, batch):
    return settled(lr, curvature, 1 / batch) ** 0.5


def distance_in_closed_form(lr, curvature, batch):
    return math.sqrt(lr * curvature / (batch * (2 - lr * curvature)))


def draw_fastest(rng):
    return case(curvatures=[rng.uniform(0.1, 30) for _ in range(rng.randint(2, 6))])


def draw_mixing(rng):
    return case(curvatures=[rng.uniform(0.1, 30) for _ in range(rng.randint(2, 6))], beta=rng.uniform(0.1, 0.95))


def draw_sized(rng):
    curvature = rng.uniform(0.5, 20)
    return case(lr=rng.uniform(0.1, 1.8) / curvature, curvature=curvature, sigma=rng.uniform(0.2, 3))


def draw_distance(rng):
    curvature = rng.uniform(0.5, 20)
    return case(lr=rng.uniform(0.1, 1.8) / curvature, curvature=curvature, batch=rng.choice([4, 16, 64, 100]))


FASTEST = replace(
    published("edge_lr"),
    public=(
        case(curvatures=[1.0, 10.0, 4.0]),
        case(curvatures=[0.5]),
        case(curvatures=[8.0, 8.0, 0.01]),
    ),
    edges=(case(curvatures=[3.0, 2.0, 1.0]), case(curvatures=[1.0, 2.0, 3.0])),
    draw=draw_fastest,
    hints=(
        "Two directions with curvatures 1 and 10. By which numbers does a step multiply their weights at LR 0.1, and "
        "at 0.2?",
        "The flattest direction is slow at a low LR, the sharpest swings at a high one. Where both factors have the "
        "same size, neither can gain without the other losing.",
        "1 - LR * smallest is above 0 and 1 - LR * largest below it. Set one equal to minus the other, and solve for "
        "the LR.",
    ),
    mistakes=(
        Mistake(
            "That is the edge, at which the sharpest direction swings for ever. The fastest LR lies below it.",
            "2 / (min(curvatures) + max(curvatures))",
            "2 / max(curvatures)",
        ),
        Mistake(
            "That is the fastest LR of the sharpest direction alone. The flattest crawls then.",
            "2 / (min(curvatures) + max(curvatures))",
            "1 / max(curvatures)",
        ),
        Mistake(
            "Yours takes the mean of all curvatures. Only the flattest and the sharpest decide.",
            "2 / (min(curvatures) + max(curvatures))",
            "len(curvatures) / sum(curvatures)",
        ),
        Mistake(
            "The 2 is missing: with one direction alone the fastest LR is 1 / curvature.",
            "2 / (min(curvatures) + max(curvatures))",
            "1 / (min(curvatures) + max(curvatures))",
        ),
        Mistake(
            "You take the first and the last of the list. It comes in any order.",
            "2 / (min(curvatures) + max(curvatures))",
            "2 / (curvatures[0] + curvatures[-1])",
        ),
    ),
    also_right=(fastest_by_sorting, fastest_by_mean),
)

MIXING = replace(
    published("edge_lr"),
    public=(
        case(curvatures=[1.0, 10.0, 4.0], beta=0.0),
        case(curvatures=[1.0, 10.0, 4.0], beta=0.9),
        case(curvatures=[0.5], beta=0.5),
    ),
    edges=(case(curvatures=[3.0, 2.0, 1.0], beta=0.9), case(curvatures=[1.0, 2.0, 3.0], beta=0.5)),
    draw=draw_mixing,
    hints=(
        "Three directions have the edges 2, 0.2 and 0.5. You train with an LR of 0.3: what happens?",
        "One direction that grows is enough, so the sharpest sets the edge. This kind of momentum moves it far up.",
        "Two factors move the edge of the sharpest direction: 1 + beta above the line, and 1 - beta below it.",
    ),
    mistakes=(
        Mistake(
            "You take the flattest direction. The sharpest has the lowest edge, and it is the first to diverge.",
            "max(curvatures)",
            "min(curvatures)",
        ),
        Mistake(
            "That is the edge of the other kind of momentum. Here each gradient counts 1 - beta only: divide by that.",
            "2 * (1 + beta) / (1 - beta)",
            "2 * (1 + beta)",
        ),
        Mistake("The factor 1 + beta is missing.", "2 * (1 + beta) / (1 - beta)", "2 / (1 - beta)"),
        Mistake(
            "Your momentum lowers the edge: 1 + beta belongs above the line and 1 - beta below it.",
            "2 * (1 + beta) / (1 - beta)",
            "2 * (1 - beta) / (1 + beta)",
        ),
        Mistake("Momentum plays no part in yours.", "2 * (1 + beta) / (1 - beta)", "2"),
        Mistake(
            "You take the mean curvature. Each direction has its own edge, and the lowest counts.",
            "max(curvatures)",
            "(sum(curvatures) / len(curvatures))",
        ),
    ),
    also_right=(mixing_by_directions, mixing_by_factor),
)

SIZED = replace(
    published("noise_floor"),
    public=(
        case(lr=0.1, curvature=10.0, sigma=0.25),
        case(lr=0.02, curvature=10.0, sigma=2.0),
        case(lr=0.9, curvature=2.0, sigma=1.5),
    ),
    edges=(case(lr=0.5, curvature=1.0, sigma=0.5), case(lr=1.9, curvature=1.0, sigma=3.0)),
    draw=draw_sized,
    hints=(
        "Start with e = 0 and do a few steps by hand for lr=0.02, curvature=10, sigma=1. Where does e go?",
        "At rest e = kept * e + new, with two numbers that do not change. Which e solves that? (A loop of some "
        "thousand steps finds it too.)",
        "Bring the e of the right side to the left: (1 - kept) * e = new. The loss is half the curvature times that e.",
    ),
    mistakes=(
        Mistake(
            "Noise adds up in squares: sigma is squared, too.",
            "(lr * curvature * sigma) ** 2",
            "(lr * curvature) ** 2 * sigma",
        ),
        Mistake("That is e. The loss is half the curvature times e.", "return curvature / 2 * e", "return e"),
        Mistake(
            "You stop after one step. The noise of the steps before is still there: divide by 1 - kept.",
            " / (1 - kept)",
            "",
        ),
        Mistake(
            "The old e shrinks by the *square* of 1 - LR * curvature.",
            "(1 - lr * curvature) ** 2",
            "abs(1 - lr * curvature)",
        ),
        Mistake(
            "The loss is half the curvature times e: the half is missing.",
            "curvature / 2 * e",
            "curvature * e",
        ),
        Mistake(
            "That is the floor of small LRs. Nearer to the edge it is higher: solve the balance.",
            lambda lr, curvature, sigma: lr * curvature**2 * sigma**2 / 4,
        ),
    ),
    also_right=(sized_by_walking, sized_in_closed_form),
)

DISTANCE = replace(
    published("noise_floor"),
    public=(
        case(lr=0.1, curvature=10.0, batch=16),
        case(lr=0.02, curvature=10.0, batch=16),
        case(lr=0.9, curvature=2.0, batch=4),
    ),
    edges=(case(lr=0.5, curvature=1.0, batch=4), case(lr=1.9, curvature=1.0, batch=8)),
    draw=draw_distance,
    hints=(
        "Start with e = 0 and do a few steps by hand for lr=0.02, curvature=10, batch=1. Where does e go?",
        "At rest e = kept * e + new, with two numbers that do not change. Which e solves that? (A loop of some "
        "thousand steps finds it too.)",
        "Bring the e of the right side to the left: (1 - kept) * e = new. e is a square, and a distance is asked for.",
    ),
    mistakes=(
        Mistake("That is e, the square of the distance: take its root.", "math.sqrt(e)", "e"),
        Mistake(
            "That is the loss, half the curvature times e. Asked for is the distance, the root of e.",
            "math.sqrt(e)",
            "curvature / 2 * e",
        ),
        Mistake(
            "You stop after one step. The noise of the steps before is still there: divide by 1 - kept.",
            " / (1 - kept)",
            "",
        ),
        Mistake(
            "The old e shrinks by the *square* of 1 - LR * curvature.",
            "(1 - lr * curvature) ** 2",
            "abs(1 - lr * curvature)",
        ),
        Mistake(
            "The batch size plays no part in yours. The noise that comes in is divided by it.",
            "** 2 / batch",
            "** 2",
        ),
        Mistake(
            "You divide the distance by the batch size. It divides e, so the distance falls with its root.",
            "math.sqrt(e)",
            "math.sqrt(e * batch) / batch",
        ),
    ),
    also_right=(distance_by_walking, distance_in_closed_form),
)


def versions(draw):
    yield Version(
        task=FASTEST,
        text=r"""
## Task 2: the fastest LR

A network has many directions, each with a curvature $\lambda$ of its own. A step multiplies the weight of a direction
by $1 - \text{LR} \cdot \lambda$. The smaller the *size* of that factor, the faster the weight arrives; the slowest
direction sets the pace of all. Return the LR at which the slowest direction is as fast as it can be, for a list of
`curvatures` (all above 0, in any order). The list belongs to the caller: leave it as it is.

Example: with `curvatures=[1, 9, 4]` it is 0.2. There the factors are 0.8, −0.8 and 0.2. A little higher or lower, and
the largest size is above 0.8.
""".strip(),
        cell="""
def edge_lr(curvatures):
    ### BEGIN SOLUTION
    return 2 / (min(curvatures) + max(curvatures))
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=MIXING,
        text=r"""
## Task 2: the edge

A network has many directions, each with a curvature of its own. Below a certain LR the weights of all directions
shrink, above it at least one of them grows without end. Without momentum the edge of a direction with curvature
$\lambda$ is $2 / \lambda$. Some libraries *mix* the gradient into their momentum: $v \leftarrow \beta v + (1 - \beta)
\cdot \text{gradient}$. Then the edge is $2 (1 + \beta) / ((1 - \beta) \lambda)$. Return the LR at the edge for a list
of `curvatures` (all above 0, in any order) and such a momentum `beta`. The list belongs to the caller: leave it as it
is.

Example: `curvatures=[1, 10, 4], beta=0` gives 0.2, and with `beta=0.9` it is 3.8.
""".strip(),
        cell="""
def edge_lr(curvatures, beta):
    ### BEGIN SOLUTION
    return 2 * (1 + beta) / (1 - beta) / max(curvatures)
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=SIZED,
        text=r"""
## Task 3: the noise floor

The gradient of a batch is right on average only: it is the one of a minimum that is off by some noise of size
$\sigma$. With curvature $\lambda$, what we expect of the weight's square, $e$, changes with every step:

$$e \leftarrow (1 - \text{LR} \cdot \lambda)^2 \, e + (\text{LR} \cdot \lambda \cdot \sigma)^2$$

The first part shrinks, the second is the noise that comes in. With a constant LR (above 0 and below the edge) $e$
settles where both balance: there the same $e$ comes out that went in. Return the loss $\frac{\lambda}{2} e$ at that
place. `sigma` is $\sigma$.

Example: `lr=0.1, curvature=10, sigma=0.25`. Each step forgets the old $e$ and puts 0.0625 there, so the loss is 0.3125.
""".strip(),
        cell="""
def noise_floor(lr, curvature, sigma):
    ### BEGIN SOLUTION
    kept = (1 - lr * curvature) ** 2
    e = (lr * curvature * sigma) ** 2 / (1 - kept)
    return curvature / 2 * e
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=DISTANCE,
        text=r"""
## Task 3: how far from the minimum?

The gradient of a batch is right on average only. With curvature $\lambda$ and batches of $B$ examples, what we expect
of the weight's square, $e$, changes with every step:

$$e \leftarrow (1 - \text{LR} \cdot \lambda)^2 \, e + \frac{(\text{LR} \cdot \lambda)^2}{B}$$

The first part shrinks, the second is the noise that comes in. With a constant LR (above 0 and below the edge) $e$
settles where both balance: there the same $e$ comes out that went in. Return the *distance* from the minimum at which
the weight then keeps jumping about, $\sqrt{e}$.

Example: `lr=0.1, curvature=10, batch=16`. Each step forgets the old $e$ and puts 1/16 there, so the distance is 0.25.
""".strip(),
        cell="""
def noise_floor(lr, curvature, batch):
    ### BEGIN SOLUTION
    kept = (1 - lr * curvature) ** 2
    e = (lr * curvature) ** 2 / batch / (1 - kept)
    return math.sqrt(e)
    ### END SOLUTION
""".lstrip(),
    )
