"""Versions of exercise 12: slow weights that follow, a share that shrinks; other averages; other walks and places."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import STUB, Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("12_ranger").task


def array(numbers):
    return {"array": numbers}


def moves(rng, n, width):
    return [["step", array([rng.uniform(-2, 2) for _ in range(width)])] for _ in range(n)]


class Follower:
    """Keeps the sum of the updates, and the slow weights as one array."""

    def __init__(self, x, k, alpha):
        self.x, self.slow, self.k, self.alpha, self.left = 1.0 * x, 1.0 * x, k, alpha, k

    def step(self, update):
        self.x = self.x + update
        self.left -= 1
        if not self.left:
            self.slow, self.left = (1 - self.alpha) * self.slow + self.alpha * self.x, self.k


class Shrinking:
    """The slow weights as one array, the number of the jump from the count of calls."""

    def __init__(self, x, k):
        self.x, self.slow, self.k, self.calls = 1.0 * x, 1.0 * x, k, 0

    def step(self, update):
        self.x = self.x + update
        self.calls += 1
        jump, rest = divmod(self.calls, self.k)
        if rest == 0:
            self.slow = (jump * self.slow + self.x) / (jump + 1)
            self.x = 1.0 * self.slow


def draw_follower(rng):
    width, k = rng.randint(1, 4), rng.randint(1, 6)
    x, do = array([rng.uniform(-1, 1) for _ in range(width)]), moves(rng, 2 * k + rng.randint(1, 6), width)
    return case(x=x, k=k, alpha=rng.uniform(0.1, 0.9), do=do, record=["x", "slow"])


def draw_shrinking(rng):
    width, k = rng.randint(1, 4), rng.randint(1, 5)
    x, do = array([rng.uniform(-1, 1) for _ in range(width)]), moves(rng, 3 * k + rng.randint(1, 6), width)
    return case(x=x, k=k, do=do, record=["x"])


EVERY_CALL = "You move the slow weights at every step. They move at every k-th."
FROM_KTH = "From the k-th call on the slow weights move at every call. Only every k-th one counts: count % k == 0."
LATE = "You count after the question, so the slow weights move one step late."
EARLY = "The first call moves the slow weights already. They move after every k-th call: count before you test."

FOLLOWS = replace(
    published("Lookahead"),
    public=(
        case(x=array([0.0]), k=3, alpha=0.5, do=[["step", array([1.0])]] * 7, record=["x", "slow"]),
        case(x=array([1.0, 2.0]), k=2, alpha=0.25, do=[["step", array([0.5, -1.0])]] * 5, record=["x", "slow"]),
    ),
    edges=(case(x=array([1.0]), k=1, alpha=0.8, do=[["step", array([1.0])]] * 4, record=["x", "slow"]),),
    draw=draw_follower,
    hints=(
        "What happens at every call, and what at every k-th only?",
        "Every call moves the fast weights and counts. At every k-th the slow ones go a share of the way; the fast "
        "ones go on as if nothing had happened.",
        "Two rows from the start, each a copy of its own. Which operator finds every k-th count? In that call only the "
        "slow row is made anew, from the old one and from the fast one.",
    ),
    mistakes=(
        Mistake(
            "Your fast weights jump back, as in the paper. Here they go on from where they are.",
            "            self.slow = [slow + self.alpha * (x - slow) for x, slow in zip(self.x, self.slow)]\n",
            "            self.slow = [slow + self.alpha * (x - slow) for x, slow in zip(self.x, self.slow)]\n"
            "            self.x = list(self.slow)\n",
        ),
        Mistake(EARLY, "self.count % self.k == 0", "(self.count - 1) % self.k == 0"),
        Mistake(FROM_KTH, "self.count % self.k == 0", "self.count >= self.k"),
        Mistake(EVERY_CALL, "self.count % self.k == 0", "True"),
        Mistake(LATE, "self.count % self.k == 0", "self.count > 1 and (self.count - 1) % self.k == 0"),
        Mistake(
            "The slow weights go the wrong share: alpha is the share of the way to the fast ones.",
            "self.alpha * (x - slow)",
            "(1 - self.alpha) * (x - slow)",
        ),
        Mistake(
            "The slow weights jump all the way to the fast ones. They go the share alpha.",
            "slow + self.alpha * (x - slow)",
            "x",
        ),
        Mistake(
            "Your k-th call leaves the fast weights where they are. They move in every call.",
            "        self.x = [x + u for x, u in zip(self.x, update)]\n        self.count += 1\n",
            "        self.count += 1\n        if self.count % self.k:\n"
            "            self.x = [x + u for x, u in zip(self.x, update)]\n",
        ),
    ),
    also_right=(Follower,),
    survivors={"self.count += 1": "-3 and 3 are both multiples of 3, so counting down moves at the same calls"},
)

SHRINKS = replace(
    published("Lookahead"),
    public=(
        case(x=array([0.0]), k=3, do=[["step", array([1.0])]] * 10, record=["x"]),
        case(x=array([1.0, 2.0]), k=2, do=[["step", array([0.5, -1.0])]] * 7, record=["x"]),
    ),
    edges=(case(x=array([1.0]), k=1, do=[["step", array([1.0])]] * 4, record=["x"]),),
    draw=draw_shrinking,
    hints=(
        "What happens at every call, and what at every k-th only? Which number has a jump?",
        "Every call moves the fast weights and counts. At every k-th the slow ones go a share of the way, and then the "
        "fast ones jump there. Whole-number division of the count by k gives the jump's number.",
        "Divide the way by one more than that number. Make the fast row a *copy* of the new slow one: two names for "
        "one list would move together.",
    ),
    mistakes=(
        Mistake(
            "You go half of the way at every jump. The share shrinks: a half, a third, a quarter.",
            "(x - slow) / (jump + 1)",
            "(x - slow) / 2",
        ),
        Mistake(
            "Your first jump goes all the way. The first share is a half: one more than the jump's number divides.",
            "(x - slow) / (jump + 1)",
            "(x - slow) / jump",
        ),
        Mistake(
            "You halve the share from jump to jump. It is a half, a third, a quarter.",
            "(x - slow) / (jump + 1)",
            "(x - slow) / 2**jump",
        ),
        Mistake(
            "After the k-th call your fast weights stay where they are. They jump back to the slow ones.",
            "            self.x = list(self.slow)",
            "            pass",
        ),
        Mistake(
            "Your slow weights stay at the start. Move slow first, then let x jump to it.",
            "self.slow = [slow + (x - slow) / (jump + 1) for x, slow in zip(self.x, self.slow)]\n"
            "            self.x = list(self.slow)",
            "self.x = [slow + (x - slow) / (jump + 1) for x, slow in zip(self.x, self.slow)]",
        ),
        Mistake(
            "The share shrinks with every call in yours. It shrinks with every jump.",
            "(jump + 1)",
            "(self.count + 1)",
        ),
        Mistake(
            "Your k-th call jumps without a fast step. The fast weights move in every call.",
            "        self.x = [x + u for x, u in zip(self.x, update)]\n        self.count += 1\n",
            "        self.count += 1\n        if self.count % self.k:\n"
            "            self.x = [x + u for x, u in zip(self.x, update)]\n",
        ),
    ),
    also_right=(Shrinking,),
    survivors={"jump = self.count // self.k": "it is asked for at multiples of k alone, where nothing is left over"},
)


def later_by_sums(zs, beta):
    points = []
    for n in range(1, len(zs) + 1):
        x = sum(i * z for i, z in enumerate(zs[:n], start=1)) / (n * (n + 1) / 2)
        points.append((x, z_and(zs[n - 1], x, beta)))
    return points


def z_and(z, x, beta):
    return z + beta * (x - z)


def later_by_numpy(zs, beta):
    import numpy as np

    z, n = np.array(zs, dtype=float), np.arange(1, len(zs) + 1)
    x = np.cumsum(n * z) / np.cumsum(n)
    return np.stack([x, beta * x + (1 - beta) * z], axis=1)


def late_start_by_sums(zs, beta, start):
    means = [sum(zs[start : i + 1]) / (i + 1 - start) if i >= start else z for i, z in enumerate(zs)]
    return [[x, z_and(z, x, beta)] for z, x in zip(zs, means, strict=True)]


WRONG_WAY = "Your pairs are the wrong way round: x first, then y."
SWAPPED = "beta and 1 - beta have changed places: y lies near x when beta is near 1."
ONE_PAIR = "You return all x and then all y. Make one pair [x, y] for each z."
POINTS = "points.append([x, (1 - beta) * z + beta * x])"

LATER_COUNT = replace(
    published("averaged_points"),
    public=(
        case(zs=[0.0, 3.0, 6.0, 0.0], beta=0.9),
        case(zs=[1.0, -1.0, 1.0, 1.0, 3.0], beta=0.5),
    ),
    edges=(case(zs=[2.0], beta=0.9), case(zs=[1.0, 2.0, 4.0], beta=0.0)),
    hints=(
        "Which weights have three points, and what do these weights add up to?",
        "1, 2 and 3, together 6. The third one counts three sixths: a half. And the n-th, among the first n?",
        "The n-th counts 2 / (n + 1) of all. The new z moves the mean by that part of its distance from it. Renew x "
        "first; y is then a mixture of z and the new x in which beta is the share of x.",
    ),
    mistakes=(
        Mistake(
            "All your points count the same. Here the n-th counts n times.",
            "2 * (z - x) / (n + 1)",
            "(z - x) / n",
        ),
        Mistake(
            "Your mean is too small: the weights 1 to n add up to n * (n + 1) / 2, so the last counts 2 / (n + 1).",
            "2 * (z - x) / (n + 1)",
            "(z - x) / (n + 1)",
        ),
        Mistake(WRONG_WAY, POINTS, "points.append([(1 - beta) * z + beta * x, x])"),
        Mistake(SWAPPED, "(1 - beta) * z + beta * x", "beta * z + (1 - beta) * x"),
        Mistake(
            "Your y takes the mean from before this z. Renew x first, then compute y.",
            f"        x = x + 2 * (z - x) / (n + 1)\n        {POINTS}",
            "        y = (1 - beta) * z + beta * (x if n > 1 else z)\n"
            "        x = x + 2 * (z - x) / (n + 1)\n        points.append([x, y])",
        ),
        Mistake(ONE_PAIR, "    return points", "    return [list(column) for column in zip(*points)]"),
        Mistake(
            "You forget by a fixed share (an exponential average). The share of the n-th point is 2 / (n + 1).",
            "x = x + 2 * (z - x) / (n + 1)",
            "x = z if n == 1 else beta * x + (1 - beta) * z",
        ),
    ),
    also_right=(later_by_sums, later_by_numpy),
    survivors={"x, points = 0.0, []": "the first z replaces the first x altogether, whatever it is"},
)

LATE_START = replace(
    published("averaged_points"),
    public=(
        case(zs=[8.0, 4.0, 2.0, 4.0, 0.0], beta=0.9, start=2),
        case(zs=[1.0, -1.0, 1.0, 1.0, 3.0], beta=0.5, start=0),
        case(zs=[1.0, 2.0, 4.0], beta=0.5, start=5),
    ),
    edges=(case(zs=[2.0], beta=0.9, start=0), case(zs=[1.0, 2.0, 4.0], beta=0.0, start=1)),
    draw=lambda rng: case(
        zs=[rng.uniform(-5, 5) for _ in range(rng.randint(3, 15))], beta=rng.uniform(0.5, 0.95), start=rng.randint(1, 6)
    ),
    hints=(
        "With start=2, of which points is x the mean at the places 1, 2 and 4 (counted from 0)?",
        "At place 1 it is the point itself, at place 2 the mean of one point, at place 4 of three. So how many are "
        "in it at place i?",
        "i - start + 1 points, from place start on; at least one. The new z moves the mean by one part in so many of "
        "its distance. Renew x first; in y beta is the share of x.",
    ),
    mistakes=(
        Mistake(
            "You take the mean of all points. The first `start` of them do not belong to it.",
            "max(i - start + 1, 1)",
            "(i + 1)",
        ),
        Mistake(
            "Your mean begins one point late: the point at place start is its first.",
            "max(i - start + 1, 1)",
            "max(i - start, 1)",
        ),
        Mistake(
            "Your mean begins one point early: the point at place start is its first.",
            "max(i - start + 1, 1)",
            "max(i - start + 2, 1)",
        ),
        Mistake(WRONG_WAY, POINTS, "points.append([(1 - beta) * z + beta * x, x])"),
        Mistake(SWAPPED, "(1 - beta) * z + beta * x", "beta * z + (1 - beta) * x"),
        Mistake(
            "You leave the points before the start out of the list. There is a pair for every z.",
            "    return points",
            "    return points[start:]",
        ),
        Mistake(ONE_PAIR, "    return points", "    return [list(column) for column in zip(*points)]"),
    ),
    also_right=(late_start_by_sums,),
    survivors={"x, points = 0.0, []": "the first z replaces the first x altogether, whatever it is"},
)


def trust(t, beta2):
    """The rectification of task 1."""
    limit = 2 / (1 - beta2) - 1
    rho = limit - 2 * t * beta2**t / (1 - beta2**t)
    if rho <= 5:
        return 0.0
    return math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))


def standing_walk(x, lr, beta1, beta2, steps, curvature):
    path, m = [x], 0
    for t in range(1, steps + 1):
        m += (1 - beta1) * (curvature * x - m)
        size = lr * m / (1 - beta1**t)
        x = x - size * (trust(t, beta2) if trust(t, beta2) > 0 else 1)
        path.append(x)
    return path


def moves_of(x, lr, beta1, beta2, steps):
    path, m = [], 0.0
    for t in range(1, steps + 1):
        m = beta1 * m + (1 - beta1) * 2 * x
        path.append(-(trust(t, beta2) or 1) * lr * m / (1 - beta1**t))
        x += path[-1]
    return path


def walk(x, lr, beta1, beta2, steps, **more):
    return {"args": {"x": x, "lr": lr, "beta1": beta1, "beta2": beta2, "steps": steps, **more}}


def draw_walk(rng, **more):
    return walk(
        rng.uniform(0.5, 2), rng.uniform(0.001, 0.1), rng.uniform(0.5, 0.95), rng.uniform(0.97, 0.999), 12, **more
    )


STANDS = replace(
    published("walk_on_parabola"),
    takeaway="Try a new optimizer on a parabola first: an update that does nothing shows there at once.",
    public=(
        walk(1.0, 0.01, 0.9, 0.999, 10, curvature=3.0),
        walk(2.0, 0.1, 0.5, 0.98, 8, curvature=1.0),
        walk(1.0, 0.05, 0.7, 0.8, 9, curvature=2.0),
    ),
    edges=(walk(1.0, 0.05, 0.9, 0.999, 0, curvature=2.0), walk(1.0, 0.05, 0.9, 0.999, 5, curvature=2.0)),
    draw=lambda rng: draw_walk(rng, curvature=rng.uniform(0.5, 4)),
    hints=(
        "Print the first seven places. Which updates do nothing?",
        "In the first updates the rectification is 0. What is lr * r * m_hat then?",
        "A plain momentum step is lr * m_hat. Which r makes it that? `or` takes its right side where the left one is "
        "0.",
    ),
    mistakes=(
        Mistake("The first updates still do not move: r is 0 there, and a step times 0 is none.", STUB),
        Mistake(
            "Now the first updates go uphill.",
            "rectification(t, beta2) or 1.0",
            "rectification(t, beta2) or -1.0",
        ),
        Mistake(
            "You never rectify: once r is above 0 it scales the step.",
            "rectification(t, beta2) or 1.0",
            "1.0",
        ),
        Mistake(
            "In the plain step you use the gradient itself. It is a momentum step: m_hat.",
            "        r = rectification(t, beta2) or 1.0\n",
            "        r = rectification(t, beta2)\n        if not r:\n            r, m_hat = 1.0, curvature * x\n",
        ),
        Mistake(
            "You add 1 to r at all times. Only where r is 0 the plain step takes its place.",
            "rectification(t, beta2) or 1.0",
            "rectification(t, beta2) + 1.0",
        ),
    ),
    also_right=(standing_walk,),
)

MOVES = replace(
    published("walk_on_parabola"),
    takeaway="Print the first moves of a new optimizer: a correction that does not fade shows in the second one.",
    ylabel="move",
    public=(
        walk(1.0, 0.01, 0.9, 0.999, 10),
        walk(2.0, 0.1, 0.5, 0.98, 8),
        walk(1.0, 0.05, 0.7, 0.8, 9),
    ),
    edges=(walk(1.0, 0.05, 0.9, 0.999, 0), walk(1.0, 0.05, 0.9, 0.999, 5)),
    hints=(
        "Print the first six moves, and what m_hat is before each. Which move is the first wrong one?",
        "At the first update m holds a share 1 - beta1 of the gradient. What must it be divided by to be the gradient?",
        "The correction fades: its power is the number of the update, which the loop counts from 1.",
    ),
    mistakes=(
        Mistake(
            "The correction is still the same at every update. It fades: beta1 to the power of t.",
            STUB,
        ),
        Mistake(
            "The correction is gone altogether: the first moves are too short.",
            "m / (1 - beta1**t)",
            "m",
        ),
        Mistake(
            "You never rectify: once r is above 0 it scales the step.",
            "rectification(t, beta2) or 1.0",
            "1.0",
        ),
        Mistake(
            "You multiply by the correction. Divide by it: the first means are too small.",
            "m / (1 - beta1**t)",
            "m * (1 - beta1**t)",
        ),
        Mistake(
            "You count the updates one too far: the first has t = 1.",
            "m / (1 - beta1**t)",
            "m / (1 - beta1 ** (t + 1))",
        ),
        Mistake(
            "That is the second moment's rate. m is corrected with beta1.",
            "m / (1 - beta1**t)",
            "m / (1 - beta2**t)",
        ),
    ),
    also_right=(moves_of,),
)


def lookahead(k, alpha, update, calls=6):
    """(fast, slow) after each call, from 0."""
    fast = slow = 0.0
    rows = []
    for call in range(1, calls + 1):
        fast += update
        if call % k == 0:
            slow += alpha * (fast - slow)
            fast = slow
        rows.append((fast, slow))
    return [row[0] for row in rows], [row[1] for row in rows]


def of_slow(update):
    """k=2, alpha=0.5."""
    fast, slow = lookahead(2, 0.5, update)
    return replace(
        published("six_places"),
        takeaway="Measure the weights that you will use: Lookahead's slow ones lag behind the fast ones by a round.",
        hints=(
            "After which of the six calls do the slow weights move at all?",
            "After the second, the fourth and the sixth. Where are the fast ones right before the first of these "
            "jumps?",
            f"At {2 * update}, and the slow ones at 0: they go half of the way. From there the fast ones take two more "
            "steps.",
        ),
        mistakes=(
            Mistake("Those are the fast weights. Asked for are the slow ones, which move at every second call.", fast),
            Mistake(
                "The slow weights start at 0 and move after the second call: the first number is 0.",
                [slow[1], *slow[1:]],
            ),
            Mistake("You move the slow weights after every call. k is 2.", lookahead(1, 0.5, update)[1]),
            Mistake(
                "The fast weights jump back to the slow ones; they do not go on from where they were.",
                [0, update, update, 2.5 * update, 2.5 * update, 4.25 * update],
            ),
            Mistake(
                "The slow weights go all the way to the fast ones in yours. They go half of it.",
                lookahead(2, 1, update)[1],
            ),
        ),
    ), slow


def of_fast(update):
    """k=2, alpha=0.25."""
    fast, slow = lookahead(2, 0.25, update)
    return replace(
        published("six_places"),
        hints=(
            "Where are the fast and the slow weights after two calls, right before the jump?",
            f"At {2 * update} and at 0. The slow ones go a quarter of the way and the fast ones jump there: that is "
            "what you see after the second call.",
            "Go on from that place with two more steps. At the fourth call the slow ones go a quarter of the way from "
            "*their* last place.",
        ),
        mistakes=(
            Mistake("You begin with the start. The first number is the place after the first call.", [0, *fast[:5]]),
            Mistake(
                "The jump belongs to the second call: after it you see the place jumped to.",
                [update, 2 * update, slow[1] + update, slow[1] + 2 * update, slow[3] + update, slow[3] + 2 * update],
            ),
            Mistake("You jump after every third call. k is 2.", lookahead(3, 0.25, update)[0]),
            Mistake("The slow weights go a quarter of the way, not three quarters.", lookahead(2, 0.75, update)[0]),
            Mistake("You never jump.", [update * (i + 1) for i in range(6)]),
        ),
    ), fast


def predict(places):
    return (
        f"### BEGIN SOLUTION\nsix_places = {places}\n### BEGIN STUB\n"
        "# six_places = None  # six numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of Lookahead, averaged_points, walk_on_parabola and six_places: over half of them."""
    yield Version(
        FOLLOWS,
        """## Task 3: weights that follow

This relative of Lookahead holds two sets of weights. The fast ones, `self.x`, move with every `step(update)`: `x = x +
update`, weight by weight. After every `k`-th step the slow ones, `self.slow`, go the share `alpha` of the way to them,
`slow = slow + alpha * (x - slow)`. The fast ones go on **from where they are**: the slow ones only follow, and are the
weights that you use. Both start from a copy of the row `x`: the caller's must not change.
""",
        """class Lookahead:
    ### BEGIN SOLUTION
    def __init__(self, x, k, alpha):
        self.x, self.slow, self.k, self.alpha = list(x), list(x), k, alpha
        self.count = 0

    def step(self, update):
        self.x = [x + u for x, u in zip(self.x, update)]
        self.count += 1
        if self.count % self.k == 0:
            self.slow = [slow + self.alpha * (x - slow) for x, slow in zip(self.x, self.slow)]

    ### BEGIN STUB
    # def __init__(self, x, k, alpha):
    #     raise NotImplementedError("write __init__")
    #
    # def step(self, update):
    #     raise NotImplementedError("write step")
    ### END SOLUTION
""",
    )
    yield Version(
        SHRINKS,
        """## Task 3: Lookahead with a share that shrinks

Lookahead holds two sets of weights. The fast ones, `self.x`, move with every `step(update)`: `x = x + update`,
weight by weight. After every `k`-th step the slow ones go a share of the way to them, `slow = slow + share * (x -
slow)`, and the fast ones jump back to the slow ones. In this form the share **shrinks**: it is 1/2 at the first
jump, 1/3 at the second, 1/4 at the third, and so on. Both start from a copy of the row `x`: the caller's must not
change.
""",
        """class Lookahead:
    ### BEGIN SOLUTION
    def __init__(self, x, k):
        self.x, self.slow, self.k = list(x), list(x), k
        self.count = 0

    def step(self, update):
        self.x = [x + u for x, u in zip(self.x, update)]
        self.count += 1
        if self.count % self.k == 0:
            jump = self.count // self.k
            self.slow = [slow + (x - slow) / (jump + 1) for x, slow in zip(self.x, self.slow)]
            self.x = list(self.slow)

    ### BEGIN STUB
    # def __init__(self, x, k):
    #     raise NotImplementedError("write __init__")
    #
    # def step(self, update):
    #     raise NotImplementedError("write step")
    ### END SOLUTION
""",
    )
    yield Version(
        LATER_COUNT,
        """## Task 4: averages in which later points count more

Schedule-free SGD keeps three points. `z` makes the plain steps, `x` is a running mean of all `z` so far, and the
gradient is taken at `y = (1 - beta) * z + beta * x`. Early points are poor, so here the first `z` counts once, the
second twice, **the n-th n times**. You get the list `zs` of all `z` (the first is the start). Return a list of pairs
`[x, y]`, one for each `z`.

With `zs=[0, 3, 6]` the means are 0, 2 and 4: the last is (0 + 2 · 3 + 3 · 6) / 6.
""",
        """def averaged_points(zs, beta):
    ### BEGIN SOLUTION
    x, points = 0.0, []
    for n, z in enumerate(zs, start=1):
        x = x + 2 * (z - x) / (n + 1)
        points.append([x, (1 - beta) * z + beta * x])
    return points
    ### END SOLUTION
""",
    )
    yield Version(
        LATE_START,
        """## Task 4: averages that begin late

Schedule-free SGD keeps three points. `z` makes the plain steps, `x` is a running mean of the `z`, and the gradient is
taken at `y = (1 - beta) * z + beta * x`. Early points are poor, so here the mean **begins at place `start`** (places
count from 0): from there on `x` is the mean of the `z` since that place; before it, `x` is `z` itself. You get the list
`zs` of all `z`. Return a list of pairs `[x, y]`, one for each `z`.

With `zs=[8, 4, 2, 4, 0], start=2` the `x` are 8, 4, 2, 3 and 2.
""",
        """def averaged_points(zs, beta, start):
    ### BEGIN SOLUTION
    x, points = 0.0, []
    for i, z in enumerate(zs):
        x = x + (z - x) / max(i - start + 1, 1)
        points.append([x, (1 - beta) * z + beta * x])
    return points
    ### END SOLUTION
""",
    )
    yield Version(
        STANDS,
        """## Task 5: find the bug

This function walks down a parabola with the gradient `curvature * x`: it starts at `x` and should come nearer to 0
from the first update on. But it **stands still** in its first updates. `r` is the rectification of task 1. Where it is
0, the update shall be the plain momentum step `lr * m_hat`. The second moment is left out here, so the rectified
update is `lr * r * m_hat`. Repair it. It returns the path: the start and the place after each update.
""",
        """def walk_on_parabola(x, lr, beta1, beta2, steps, curvature):
    m, path = 0.0, [x]
    for t in range(1, steps + 1):
        m = beta1 * m + (1 - beta1) * curvature * x
        m_hat = m / (1 - beta1**t)
        ### BEGIN SOLUTION
        r = rectification(t, beta2) or 1.0
        ### BEGIN STUB
        # r = rectification(t, beta2)
        ### END SOLUTION
        x = x - lr * r * m_hat
        path.append(x)
    return path
""",
    )
    yield Version(
        MOVES,
        """## Task 5: find the bug

This function walks down the parabola $x^2$, whose gradient is $2x$, and returns its **moves**: what each update adds
to `x`. `r` is the rectification of task 1; where it is 0, the update is the plain momentum step `lr * m_hat`. The
second moment is left out here, so the rectified update is `lr * r * m_hat`. The first move is right. The later ones
are far too long: look at how the mean is corrected. Repair it.
""",
        """def walk_on_parabola(x, lr, beta1, beta2, steps):
    m, moves = 0.0, []
    for t in range(1, steps + 1):
        m = beta1 * m + (1 - beta1) * 2 * x
        ### BEGIN SOLUTION
        m_hat = m / (1 - beta1**t)
        ### BEGIN STUB
        # m_hat = m / (1 - beta1)
        ### END SOLUTION
        r = rectification(t, beta2) or 1.0
        moves.append(-lr * r * m_hat)
        x = x + moves[-1]
    return moves
""",
    )
    update = draw("update of the prediction", 4, 8, 16)
    task, places = of_slow(update)
    yield Version(
        task,
        f"""## Task 6: predict

Lookahead as its paper has it: after every `k`-th call the slow weights go the share `alpha` of the way to the fast
ones, and the fast ones jump back to them. With `k=2, alpha=0.5` it starts at 0, and every fast step adds {update}.
Where are the **slow** weights after each of the first six calls of `step`?
""",
        predict(places),
    )
    task, places = of_fast(update)
    yield Version(
        task,
        f"""## Task 6: predict

Lookahead as its paper has it: after every `k`-th call the slow weights go the share `alpha` of the way to the fast
ones, and the fast ones jump back to them. With `k=2, alpha=0.25` it starts at 0, and every fast step adds {update}.
Where are the fast weights after each of the first six calls of `step`?
""",
        predict(places),
    )
