"""Checks of exercise 12: rectification, RAdam, Lookahead, schedule-free averages, a step that goes uphill."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def rectification_by_logs(t, beta2):
    limit = (1 + beta2) / (1 - beta2)
    rho = limit - 2 * t / (beta2**-t - 1)
    if not rho > 5.0:
        return 0
    logs = [math.log(rho - 4), math.log(rho - 2), math.log(limit)]
    logs += [-math.log(limit - 4), -math.log(limit - 2), -math.log(rho)]
    return math.exp(sum(logs) / 2)


class RAdamInLists:
    """Number by number, with the bias corrections kept as products."""

    def __init__(self, x, lr, beta1, beta2):
        self.x, self.lr, self.beta1, self.beta2, self.t = [float(one) for one in x], lr, beta1, beta2, 0
        self.moments = [(0.0, 0.0) for _ in self.x]

    def step(self, grad):
        self.t += 1
        trust = rectification_by_logs(self.t, self.beta2)
        for i, g in enumerate(grad):
            m, v = self.moments[i]
            m, v = m + (1 - self.beta1) * (g - m), v + (1 - self.beta2) * (g * g - v)
            self.moments[i] = m, v
            size = self.lr * m / (1 - self.beta1**self.t)
            if trust:
                size *= trust * math.sqrt(1 - self.beta2**self.t) / (math.sqrt(v) + 1e-8)
            self.x[i] -= size


class LookaheadAliased:
    def __init__(self, x, k, alpha):
        self.x, self.slow, self.k, self.alpha, self.count = x.copy(), x.copy(), k, alpha, 0

    def step(self, update):
        self.x += update
        self.count += 1
        if self.count % self.k == 0:
            self.slow = self.slow + self.alpha * (self.x - self.slow)
            self.x = self.slow


class LookaheadByHistory:
    """Collects k updates before it moves the slow weights."""

    def __init__(self, x, k, alpha):
        self.k, self.alpha, self.slow, self.updates = k, alpha, 1.0 * x, []

    @property
    def x(self):
        return self.slow + sum(self.updates)

    def step(self, update):
        self.updates.append(update)
        if len(self.updates) == self.k:
            self.slow, self.updates = (1 - self.alpha) * self.slow + self.alpha * self.x, []


def averages_by_sums(zs, beta):
    means = [sum(zs[: n + 1]) / (n + 1) for n in range(len(zs))]
    return [(mean, z + beta * (mean - z)) for z, mean in zip(zs, means, strict=True)]


def averages_in_two_lists(zs, beta):
    return [list(column) for column in zip(*averages_by_sums(zs, beta), strict=True)]


def averages_by_numpy(zs, beta):
    import numpy as np

    z = np.array(zs, dtype=float)
    x = np.cumsum(z) / np.arange(1, len(z) + 1)
    return np.stack([x, beta * x + (1 - beta) * z], axis=1)


def walk_by_branches(x, lr, beta1, beta2, steps):
    path, m = [x], 0
    for t in range(1, steps + 1):
        m += (1 - beta1) * (2 * x - m)
        trust = rectification_by_logs(t, beta2)
        size = lr * m / (1 - beta1**t)
        x = x - (trust * size if trust > 0 else size)
        path.append(x)
    return path


def array(numbers):
    return {"array": numbers}


def moves(rng, n, width):
    return [["step", array([rng.uniform(-2, 2) for _ in range(width)])] for _ in range(n)]


def rectified_untested(t, beta2):
    """A mistake: no test of rho."""
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    return math.sqrt(max((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho), 0))


def rectified_after_five(t, beta2):
    """A mistake: five updates whatever beta2."""
    return rectified_untested(t, beta2) if t > 5 else 0.0


def trusted(t, beta2):
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    return rectified_untested(t, beta2) if rho > 5 else 0.0


def walk_by_gradient(x, lr, beta1, beta2, steps):
    """A mistake: plain gradient descent while nothing is rectified."""
    m, path = 0.0, [x]
    for t in range(1, steps + 1):
        m = beta1 * m + (1 - beta1) * 2 * x
        r = trusted(t, beta2)
        x = x - lr * r * m / (1 - beta1**t) if r else x - lr * 2 * x
        path.append(x)
    return path


def draw_rectification(rng):
    return case(list(range(1, 40)) + [rng.randint(40, 5000)], beta2=rng.choice([0.9, 0.95, 0.99, 0.999]))


def draw_radam(rng):
    width = rng.randint(1, 4)
    x = array([rng.uniform(-1, 1) for _ in range(width)])
    betas = {"beta1": rng.uniform(0.5, 0.95), "beta2": rng.uniform(0.97, 0.999)}
    return case(x=x, lr=rng.uniform(0.01, 0.5), **betas, do=moves(rng, rng.randint(8, 20), width), record=["x"])


def draw_lookahead(rng):
    width = rng.randint(1, 4)
    x = array([rng.uniform(-1, 1) for _ in range(width)])
    k = rng.randint(1, 6)
    return case(x=x, k=k, alpha=rng.uniform(0.1, 0.9), do=moves(rng, 2 * k + rng.randint(1, 6), width), record=["x"])


def draw_points(rng):
    return case(zs=[rng.uniform(-5, 5) for _ in range(rng.randint(2, 15))], beta=rng.uniform(0.5, 0.95))


def walk(x, lr, beta1, beta2, steps):
    return {"args": {"x": x, "lr": lr, "beta1": beta1, "beta2": beta2, "steps": steps}}


def draw_walk(rng):
    return walk(rng.uniform(0.5, 2), rng.uniform(0.001, 0.1), rng.uniform(0.5, 0.95), rng.uniform(0.97, 0.999), 12)


UPS = [["step", array([1.0, 0.5])]] * 8
STILL, TINY = [["step", array([0.0])]] * 7, [["step", array([1e-8])]] * 8
MIXED = [["step", array([grad])] for grad in (1.0, -0.5, 2.0, 0.1, 1.5, -1.0, 0.7, 0.3, 2.0)]

exercise = Exercise(
    lesson="12_ranger_and_averages",
    title="Ranger and averages",
    tasks=(
        Task(
            "rectification",
            points=2,
            drive="curve",
            difficulty=3,
            importance=2,
            minutes=10,
            takeaway=(
                "The second moment needs a few updates before it means something: a warmup of some 2 / (1 - "
                "beta2) steps waits for it."
            ),
            ylabel="rectification",
            public=(
                case(list(range(1, 13)), beta2=0.999),
                case(list(range(1, 10)), beta2=0.9),
                case(list(range(1, 10)), beta2=0.8),
                case([5, 6, 100, 5000], beta2=0.999),
            ),
            draw=draw_rectification,
            hints=(
                "Print rho_inf and rho first. For beta2=0.999, rho at t = 5 is 4.996: is the step trusted there?",
                "Test rho before you take a root: where it is not above 5, there is nothing to compute. beta2 to "
                "the power t stands twice in rho, above and below its line.",
                "Under the root three factors stand above the line and three below. The three below need brackets "
                "of their own.",
            ),
            mistakes=(
                Mistake(
                    "You count updates. How many of them it takes depends on beta2: ask for rho > 5.",
                    rectified_after_five,
                ),
                Mistake(
                    "Where the second moment cannot be trusted you return nothing. Return 0.",
                    "return 0.0",
                    "return None",
                ),
                Mistake(
                    "You never test rho > 5. Below it the second moment cannot be trusted: return 0.",
                    rectified_untested,
                ),
                Mistake(
                    "Your fraction is upside down: rho belongs above the line and rho_inf below it.",
                    "(rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)",
                    "(rho_inf - 4) * (rho_inf - 2) * rho / ((rho - 4) * (rho - 2) * rho_inf)",
                ),
                Mistake(
                    "Your threshold is 4, as in the paper. This task waits until rho > 5, as torch does.",
                    "rho <= 5",
                    "rho <= 4",
                ),
                Mistake(
                    "Test rho before you take the root: up to 5 return 0. Below 4 there may be no root.",
                    "    if rho <= 5:\n        return 0.0\n",
                    "",
                ),
                Mistake("The square root is missing.", "math.sqrt(", "("),
                Mistake(
                    "Brackets: all three factors below the line divide. Yours divides by the first and multiplies by "
                    "the others.",
                    "/ ((rho_inf - 4) * (rho_inf - 2) * rho)",
                    "/ (rho_inf - 4) * (rho_inf - 2) * rho",
                ),
                Mistake(
                    "You return 1 where the second moment cannot be trusted. Return 0; the caller decides what to do.",
                    "return 0.0",
                    "return 1.0",
                ),
                Mistake(
                    "You count updates from 0. t arrives counted from 1 already.",
                    "    rho_inf =",
                    "    t = t + 1\n    rho_inf =",
                ),
                Mistake(
                    "rho_inf is 2 / (1 - beta2) - 1. The last - 1 is missing.",
                    "2 / (1 - beta2) - 1",
                    "2 / (1 - beta2)",
                ),
            ),
            also_right=(rectification_by_logs,),
            survivors={"if rho <= 5": "rho is never exactly 5 for the values of beta2 that are in use"},
        ),
        Task(
            "RAdam",
            points=3,
            drive="object",
            difficulty=4,
            importance=2,
            minutes=15,
            takeaway=(
                "An optimizer is a handful of lines: where two of them differ, find the line before you believe "
                "the name."
            ),
            public=(
                case(x=array([1.0, -1.0]), lr=0.1, beta1=0.9, beta2=0.999, do=UPS, record=["x"]),
                case(x=array([0.5]), lr=0.2, beta1=0.8, beta2=0.98, do=MIXED, record=["x"]),
            ),
            edges=(
                case(x=array([0.0]), lr=0.1, beta1=0.9, beta2=0.999, do=STILL, record=["x"]),
                case(x=array([0.0]), lr=0.1, beta1=0.9, beta2=0.999, do=TINY, record=["x"]),
            ),
            draw=draw_radam,
            hints=(
                "Begin with Adam: which four things does the object remember beside its settings?",
                "x, m, v and t. Count t up first, so that the first update has t = 1. While rectification(t, beta2) "
                "gives 0, v plays no part in the step.",
                "Write both cases as the text has them, for one weight, in a loop over all of them. Collect the new "
                "weights in a new list; list(x) is a copy that the caller does not share.",
            ),
            mistakes=(
                Mistake(
                    "You take the plain momentum step always. Where r > 0 the second moment is used.",
                    "if r > 0:",
                    "if r > 9:",
                ),
                Mistake(
                    "Without r you step along the gradient itself. There the step is lr * m_hat, the corrected mean.",
                    "self.x[i] -= self.lr * m_hat\n",
                    "self.x[i] -= self.lr * g\n",
                ),
                Mistake(
                    "You count the updates one too far: the first has t = 1.",
                    "[0.0] * len(x), 0\n",
                    "[0.0] * len(x), 1\n",
                ),
                Mistake(
                    "While r is 0 you do not move. There the step is lr * m_hat.",
                    "self.x[i] -= self.lr * m_hat\n",
                    "pass\n",
                ),
                Mistake(
                    "While r is 0 you step by lr * m. Take the corrected moment, m_hat.",
                    "self.x[i] -= self.lr * m_hat\n",
                    "self.x[i] -= self.lr * self.m[i]\n",
                ),
                Mistake(
                    "You always divide by the second moment. While r is 0 it must not be used.",
                    "self.x[i] -= self.lr * m_hat\n",
                    "self.x[i] -= self.lr * m_hat / (math.sqrt(self.v[i] / (1 - self.beta2**self.t)) + 1e-8)\n",
                ),
                Mistake(
                    "The rectified step lacks the factor r.",
                    "self.lr * r * m_hat",
                    "self.lr * m_hat",
                ),
                Mistake(
                    "The first moment is not bias-corrected: divide by 1 - beta1**t.",
                    "m_hat = self.m[i] / (1 - self.beta1**self.t)",
                    "m_hat = self.m[i]",
                ),
                Mistake(
                    "The second moment is not bias-corrected: the factor sqrt(1 - beta2**t) is missing.",
                    "math.sqrt(1 - self.beta2**self.t) /",
                    "1 /",
                ),
                Mistake(
                    "You divide by v itself. Take its square root.",
                    "math.sqrt(self.v[i])",
                    "self.v[i]",
                ),
            ),
            also_right=(RAdamInLists,),
        ),
        Task(
            "Lookahead",
            points=2,
            drive="object",
            difficulty=3,
            importance=3,
            minutes=10,
            takeaway="Measure the model that you will use: here the slow weights, not the fast ones.",
            public=(
                case(x=array([0.0]), k=3, alpha=0.5, do=[["step", array([1.0])]] * 7, record=["x"]),
                case(x=array([1.0, 2.0]), k=2, alpha=0.25, do=[["step", array([0.5, -1.0])]] * 5, record=["x"]),
            ),
            edges=(case(x=array([1.0]), k=1, alpha=0.8, do=[["step", array([1.0])]] * 4, record=["x"]),),
            draw=draw_lookahead,
            hints=(
                "What happens at every call, and what at every k-th only?",
                "Every call moves the fast weights and counts. At every k-th the slow ones go a share of the way, "
                "and then the fast ones jump there.",
                "Use the slow weights from before for the way, and make the fast ones a *copy* of the new slow "
                "ones: two names for one list would move together. Which operator finds every k-th count?",
            ),
            mistakes=(
                Mistake(
                    "The first call jumps already. The jump comes after every k-th call: count before you test.",
                    "self.count % self.k == 0",
                    "(self.count - 1) % self.k == 0",
                ),
                Mistake(
                    "From the k-th call on you jump at every call. Only every k-th one jumps: count % k == 0.",
                    "self.count % self.k == 0",
                    "self.count >= self.k",
                ),
                Mistake(
                    "After the k-th call your fast weights stay where they are. They must jump back to the slow ones, "
                    "which have gone only the share alpha of the way. Are x and slow two rows, and is alpha used?",
                    "            self.x = list(self.slow)",
                    "            pass",
                ),
                Mistake(
                    "After the first jump nothing pulls your fast weights back. Are x and slow one row then, so that "
                    "`self.x += ...` changes both? Make a copy. Or does only the first k-th call jump?",
                    LookaheadAliased,
                ),
                Mistake(
                    "Your slow weights stay at the start. Move slow first, then let x jump to it.",
                    "self.slow = [slow + self.alpha * (x - slow) for x, slow in zip(self.x, self.slow)]\n"
                    "            self.x = list(self.slow)",
                    "self.x = [slow + self.alpha * (x - slow) for x, slow in zip(self.x, self.slow)]",
                ),
                Mistake(
                    "Your k-th call jumps without a fast step. The fast weights move in every call.",
                    "        self.x = [x + u for x, u in zip(self.x, update)]\n        self.count += 1\n",
                    "        self.count += 1\n        if self.count % self.k:\n            self.x = [x + u for x, u in "
                    "zip(self.x, update)]\n",
                ),
                Mistake(
                    "The slow weights go the wrong share: alpha is the share of the way to the fast ones.",
                    "self.alpha * (x - slow)",
                    "(1 - self.alpha) * (x - slow)",
                ),
                Mistake(
                    "You move the slow weights at every step. They move at every k-th.",
                    "self.count % self.k == 0",
                    "True",
                ),
                Mistake(
                    "Your first jump is a no-op, because slow is set to the fast weights then. It starts at the start.",
                    "if self.count % self.k == 0:",
                    "if self.count == self.k:\n            self.slow = list(self.x)\n        if self.count % self.k "
                    "== 0:",
                ),
                Mistake(
                    "You count after the question, so every jump comes one step late.",
                    "self.count % self.k == 0",
                    "self.count > 1 and (self.count - 1) % self.k == 0",
                ),
            ),
            also_right=(LookaheadByHistory,),
            survivors={"self.count += 1": "-3 and 3 are both multiples of 3, so counting down jumps at the same calls"},
        ),
        Task(
            "averaged_points",
            points=2,
            drive="call",
            difficulty=3,
            importance=3,
            minutes=8,
            takeaway=(
                "An average of the weights does much of what a falling LR does: compare the two before you use both."
            ),
            public=(
                case(zs=[0.0, 2.0, 4.0, 0.0], beta=0.9),
                case(zs=[1.0, -1.0, 1.0, 1.0, 3.0], beta=0.5),
            ),
            edges=(case(zs=[2.0], beta=0.9), case(zs=[1.0, 2.0, 4.0], beta=0.0)),
            draw=draw_points,
            hints=(
                "How do you get the mean of three numbers from the mean of two and the third?",
                "The new z moves the mean by a part of its distance from it: the more numbers, the smaller the part.",
                "With the n-th number it is one n-th of the distance. Renew x first; y is then a mixture of z and "
                "the new x in which beta is the share of x.",
            ),
            mistakes=(
                Mistake(
                    "You take the mean of all points at once. x is the mean of those so far.",
                    lambda zs, beta: [[sum(zs) / len(zs), (1 - beta) * z + beta * sum(zs) / len(zs)] for z in zs],
                ),
                Mistake(
                    "Your pairs are the wrong way round: x first, then y.",
                    "[x, (1 - beta) * z + beta * x]",
                    "[(1 - beta) * z + beta * x, x]",
                ),
                Mistake(
                    "beta and 1 - beta have changed places: y lies near x when beta is near 1.",
                    "(1 - beta) * z + beta * x",
                    "beta * z + (1 - beta) * x",
                ),
                Mistake(
                    "Your mean takes in the z before, not the present one: y lags.",
                    "        x = x + (z - x) / n\n        points.append([x, (1 - beta) * z + beta * x])",
                    "        old, x = (x if n > 1 else z), x + (z - x) / n\n"
                    "        points.append([old, (1 - beta) * z + beta * old])",
                ),
                Mistake(
                    "Your y takes the mean from before this z. Renew x first, then compute y.",
                    "        x = x + (z - x) / n\n        points.append([x, (1 - beta) * z + beta * x])",
                    "        y = (1 - beta) * z + beta * (x if n > 1 else z)\n"
                    "        x = x + (z - x) / n\n        points.append([x, y])",
                ),
                Mistake(
                    "You take the middle between the old mean and z. The n-th z counts only one n-th: x + (z - x) / n.",
                    "x = x + (z - x) / n",
                    "x = z if n == 1 else (x + z) / 2",
                ),
                Mistake(
                    "You return all x and then all y. Make one pair [x, y] for each z.",
                    averages_in_two_lists,
                ),
                Mistake(
                    "You forget slowly (an exponential average). Here all z count the same: divide by n.",
                    "x = x + (z - x) / n",
                    "x = z if n == 1 else beta * x + (1 - beta) * z",
                ),
                Mistake(
                    "Your mean is too small: after n points you divide by n + 1.",
                    "(z - x) / n",
                    "(z - x) / (n + 1)",
                ),
            ),
            also_right=(averages_by_sums, averages_by_numpy),
            survivors={"x, points = 0.0, []": "the first z replaces the first x altogether, whatever it is"},
        ),
        Task(
            "walk_on_parabola",
            points=2,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=5,
            takeaway=(
                "Try a new optimizer on x squared first: a sign error shows in three steps there, and in no log "
                "of a network."
            ),
            ylabel="place",
            public=(
                walk(1.0, 0.01, 0.9, 0.999, 10),
                walk(2.0, 0.1, 0.5, 0.98, 8),
                walk(1.0, 0.05, 0.7, 0.8, 9),
            ),
            edges=(walk(1.0, 0.05, 0.9, 0.999, 0), walk(1.0, 0.05, 0.9, 0.999, 5)),
            draw=draw_walk,
            hints=(
                "Print the first six places. Which updates go the wrong way?",
                "In the first updates the rectification is 0. `0 or a` gives a: what becomes of r then?",
                "A plain momentum step is lr * m_hat. Which r makes it that?",
            ),
            mistakes=(
                Mistake(
                    "In the plain step you use the gradient itself. It is a momentum step: m_hat.",
                    walk_by_gradient,
                ),
                Mistake("The first updates still go uphill: -1 turns the step around.", STUB),
                Mistake(
                    "Now the first updates do not move at all.",
                    "rectification(t, beta2) or 1.0",
                    "rectification(t, beta2)",
                ),
                Mistake(
                    "You never rectify: once r is above 0 it scales the step.",
                    "rectification(t, beta2) or 1.0",
                    "1.0",
                ),
                Mistake(
                    "You walk the right way at first, but now the rectified steps go uphill.",
                    "rectification(t, beta2) or 1.0",
                    "-rectification(t, beta2) or 1.0",
                ),
            ),
            also_right=(walk_by_branches,),
        ),
        Task(
            "six_places",
            points=1,
            drive="value",
            difficulty=2,
            importance=2,
            minutes=5,
            takeaway="Every k-th step of Lookahead jumps back: do not read a loss curve at one of those steps alone.",
            public=({},),
            hints=(
                "Where are the fast and the slow weights after three calls, right before the jump?",
                "At 3 and at 0. The slow ones go half the way and the fast ones jump there: that is what you see "
                "after the third call.",
                "Go on from that place with three more steps of 1. At the sixth call the slow ones go half the way "
                "from *their* last place.",
            ),
            mistakes=(
                Mistake(
                    "You begin with the start. The first number is the place after the first call.",
                    [0, 1, 2, 1.5, 2.5, 3.5],
                ),
                Mistake("You jump after every second call. k is 3.", [1, 1, 2, 2, 3, 3]),
                Mistake("You jump after every second call. k is 3.", [1, 1, 2, 1.5, 2.5, 2]),
                Mistake("The jump belongs to the third call: after it you see 1.5, not 3.", [1, 2, 3, 2.5, 3.5, 4.5]),
                Mistake("The fast weights jump back to the slow ones; they do not go on from 3.", [1, 2, 3, 4, 5, 6]),
                Mistake(
                    "The slow weights go half the way from where they are, 1.5, and not from 0.",
                    [1, 2, 1.5, 2.5, 3.5, 2.25],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "12_quiz_1",
            "Schedule-free training: you forget `optimizer.eval()` before you measure the validation loss. What do "
            "you measure?",
            "b",
            {
                "a": ("The averaged weights x.", "Those are what you want, and what eval() puts in place."),
                "b": ("The weights y, where gradients are taken.", "Right: they are noisier, so the loss looks worse."),
                "c": ("The weights of the last checkpoint.", "Nothing is loaded; the model holds y."),
            },
        ),
        Quiz(
            "12_quiz_2",
            "What is Ranger?",
            "a",
            {
                "a": (
                    "RAdam inside Lookahead: an optimizer.",
                    "Right. Its authors advise a flat LR and a late cosine.",
                ),
                "b": ("A learning-rate schedule.", "It moves weights. The LR it uses is up to a schedule of yours."),
                "c": ("An LR finder.", "A finder proposes an LR; Ranger trains with one."),
            },
        ),
        Quiz(
            "12_quiz_3",
            "RAdam with `beta2=0.999`: what do its first five updates resemble?",
            "c",
            {
                "a": ("Adam with a tiny LR.", "The adaptive part is not used at all yet."),
                "b": ("No update.", "It does move, by the first moment."),
                "c": ("SGD with momentum.", "Right: rho is not above 5, so the second moment is left out."),
            },
        ),
    ),
)
