"""Checks of exercise 6: the triangle, its three modes, LR against momentum, a momentum that leaves its range."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def triangle_by_walking(step, base_lr, max_lr, step_size_up, step_size_down):
    rising, left, lr = True, step_size_up, base_lr
    for _ in range(step):
        lr += (max_lr - base_lr) / step_size_up if rising else (base_lr - max_lr) / step_size_down
        left -= 1
        if left == 0:
            rising = not rising
            left, lr = (step_size_up, base_lr) if rising else (step_size_down, max_lr)
    return lr


def triangle_by_min(step, base_lr, max_lr, step_size_up, step_size_down):
    """The lower one of two straight lines."""
    up = (step % (step_size_up + step_size_down)) / step_size_up
    down = (-step % (step_size_up + step_size_down)) / step_size_down
    return (1 - min(up, down)) * base_lr + min(up, down) * max_lr


def triangle_by_numpy(step, base_lr, max_lr, step_size_up, step_size_down):
    import numpy as np

    corners = [0, step_size_up, step_size_up + step_size_down]
    return np.interp(step % corners[-1], corners, [base_lr, max_lr, base_lr])


def smith(step, base_lr, max_lr, step_size, mode, gamma):
    """The formula of Smith's paper: cycles count from 1."""
    cycle = math.floor(1 + step / (2 * step_size))
    x = abs(step / step_size - 2 * cycle + 1)
    scale = {"triangular": 1.0, "triangular2": 1 / 2 ** (cycle - 1), "exp_range": gamma**step}[mode]
    return base_lr + (max_lr - base_lr) * max(0, 1 - x) * scale


def shrunk_as_a_whole(step, base_lr, max_lr, step_size, mode, gamma):
    """A mistake: the mode's factor on the LR, not on the height above base_lr."""
    scale = {"triangular": 1.0, "triangular2": 0.5 ** (step // (2 * step_size)), "exp_range": gamma**step}[mode]
    return triangle_by_min(step, base_lr, max_lr, step_size, step_size) * scale


class ByTables:
    """Two lists of one period, made at the start."""

    def __init__(self, optimizer, base_lr, max_lr, step_size, base_momentum=0.8, max_momentum=0.9):
        rise = [i / step_size for i in range(step_size)]
        heights = rise + [1 - height for height in rise]
        self.optimizer, self.t = optimizer, -1
        self.lrs = [base_lr + height * (max_lr - base_lr) for height in heights]
        self.momenta = [max_momentum + height * (base_momentum - max_momentum) for height in heights]
        self.step()

    def step(self):
        self.t = (self.t + 1) % len(self.lrs)
        for group in self.optimizer.param_groups:
            group.update(lr=self.lrs[self.t], momentum=self.momenta[self.t])

    def state_dict(self):
        return {"t": self.t}

    def load_state_dict(self, state):
        self.t = state["t"]


def momentum_by_min(step, base_momentum, max_momentum, step_size):
    near = min(step % (2 * step_size), -step % (2 * step_size))
    return max_momentum - (max_momentum - base_momentum) * near / step_size


def draw_triangle(rng):
    up, down = rng.randint(1, 20), rng.randint(1, 20)
    base_lr = rng.uniform(0.001, 0.1)
    max_lr = base_lr * rng.uniform(2, 20)
    return case(2 * (up + down) + 3, base_lr=base_lr, max_lr=max_lr, step_size_up=up, step_size_down=down)


def draw_modes(rng):
    step_size, base_lr = rng.randint(1, 12), rng.uniform(0.001, 0.1)
    mode = rng.choice(["triangular", "triangular2", "exp_range"])
    max_lr = base_lr * rng.uniform(2, 20)
    return case(
        6 * step_size + 2, base_lr=base_lr, max_lr=max_lr, step_size=step_size, mode=mode, gamma=rng.uniform(0.9, 0.99)
    )


def draw_class(rng):
    do = ["step"] * rng.randint(5, 30)
    do = do if rng.random() < 0.5 else [*do, "resume", *do]
    lrs = [{"lr": 0.1, "momentum": 0.0} for _ in range(rng.randint(1, 2))]
    lr, low = rng.uniform(0.001, 0.1), rng.uniform(0.5, 0.85)
    momenta = {"base_momentum": low, "max_momentum": rng.uniform(low, 0.99)}
    top = lr * rng.uniform(2, 20)
    return both(lrs, do, base_lr=lr, max_lr=top, step_size=rng.randint(1, 9), **momenta)


def both(groups, do, **args):
    return case(groups=groups, do=do, record=("lr", "momentum"), **args)


def draw_momentum(rng):
    step_size, low = rng.randint(1, 12), rng.uniform(0.5, 0.85)
    return case(7 * step_size, base_momentum=low, max_momentum=rng.uniform(low + 0.05, 0.99), step_size=step_size)


ONE = [{"lr": 0.1, "momentum": 0.0}]

exercise = Exercise(
    lesson="06_cyclical",
    title="Cyclical learning rates",
    tasks=(
        Task(
            "triangular",
            points=2,
            drive="curve",
            difficulty=2,
            importance=3,
            minutes=8,
            takeaway="Look at the second cycle of everything that repeats: the first is right by luck more often.",
            public=(
                case(41, base_lr=0.001, max_lr=0.1, step_size_up=20, step_size_down=20),
                case(14, base_lr=0.0, max_lr=1.0, step_size_up=2, step_size_down=4),
                case(8, base_lr=0.1, max_lr=0.5, step_size_up=3, step_size_down=1),
            ),
            edges=(
                case(7, base_lr=0.1, max_lr=0.2, step_size_up=1, step_size_down=1),
                case(9, base_lr=0.1, max_lr=0.1, step_size_up=2, step_size_down=3),
            ),
            draw=draw_triangle,
            hints=(
                "Every cycle looks like the first. Which operator gives the position inside a cycle?",
                "% by the length of a whole cycle. Then the way up and the way down are two straight lines: treat "
                "them apart.",
                "Work out a height from 0 to 1. On the way up it is the share of step_size_up behind you, on the "
                "way down the share of step_size_down still before you. At the end stretch it from base_lr to "
                "max_lr.",
            ),
            mistakes=(
                Mistake(
                    "The way up is right and the way down is upside down: from the peak the height falls, (period - "
                    "position) / step_size_down.",
                    "(period - position) / step_size_down",
                    "(position - step_size_up) / step_size_down",
                ),
                Mistake(
                    "After the first cycle your LR leaves its range. Take the position inside a cycle: step % period.",
                    "step % period",
                    "step",
                ),
                Mistake(
                    "You stay one step too long in each cycle. A cycle has step_size_up + step_size_down steps.",
                    "period = step_size_up + step_size_down",
                    "period = step_size_up + step_size_down + 1",
                ),
                Mistake(
                    "The height stretches max_lr alone, so the peak is base_lr + max_lr. Use max_lr - base_lr.",
                    "(max_lr - base_lr)",
                    "max_lr",
                ),
                Mistake(
                    "On the way down you divide by step_size_up. The way down has its own length.",
                    "(period - position) / step_size_down",
                    "max(0, 1 - (position - step_size_up) / step_size_up)",
                ),
                Mistake(
                    "You use step_size_up for both ways. The way down has its own length, step_size_down.",
                    lambda step, base_lr, max_lr, step_size_up, step_size_down: triangle_by_min(
                        step, base_lr, max_lr, step_size_up, step_size_up
                    ),
                ),
                Mistake(
                    "On the way down you count from the cycle's start. Count from the peak: position - step_size_up.",
                    "(period - position) / step_size_down",
                    "1 - position / step_size_down",
                ),
                Mistake(
                    "Your LR falls in one jump. On the way down the height is (period - position) / step_size_down.",
                    "(period - position) / step_size_down",
                    "1 if position == step_size_up else 0",
                ),
                Mistake(
                    "You start at the top and go down first. Step 0 has base_lr.",
                    "    return base_lr + (max_lr - base_lr) * height",
                    "    return max_lr - (max_lr - base_lr) * height",
                ),
            ),
            also_right=(triangle_by_walking, triangle_by_min, triangle_by_numpy),
            survivors={"if position < step_size_up": "at the peak itself both branches give height 1"},
        ),
        Task(
            "cyclic_lr",
            points=3,
            drive="curve",
            difficulty=2,
            importance=2,
            minutes=8,
            takeaway="End a cyclic run at the foot of a triangle: the LR you stop at is part of the result.",
            public=(
                case(25, base_lr=0.1, max_lr=0.5, step_size=4, mode="triangular", gamma=0.9),
                case(25, base_lr=0.1, max_lr=0.9, step_size=4, mode="triangular2", gamma=0.9),
                case(17, base_lr=0.1, max_lr=0.9, step_size=4, mode="exp_range", gamma=0.9),
            ),
            edges=(
                case(7, base_lr=0.1, max_lr=0.9, step_size=1, mode="triangular2", gamma=0.5),
                case(7, base_lr=0.1, max_lr=0.9, step_size=1, mode="exp_range", gamma=0.5),
            ),
            draw=draw_modes,
            draws=12,
            hints=(
                "Start with the triangle of task 1. What shrinks: the LR, or its height above base_lr?",
                "The height. A full cycle has 2 * step_size steps, and // tells you how many lie behind a step.",
                "triangular2 multiplies the height by one half for each full cycle, exp_range by gamma for each "
                "step. Add base_lr last, so that nothing shrinks it.",
            ),
            mistakes=(
                Mistake(
                    "exp_range counts the steps of the whole run. You begin anew in every cycle: gamma ** step, not "
                    "gamma ** position.",
                    "gamma**step",
                    "gamma**position",
                ),
                Mistake(
                    "In triangular2 you halve max_lr itself. What halves is the height above base_lr.",
                    "    return base_lr + (max_lr - base_lr) * height",
                    '    if mode == "triangular2":\n        return base_lr + (max_lr * 0.5**cycle - base_lr) * (1 - '
                    "abs(position / step_size - 1))\n    return base_lr + (max_lr - base_lr) * height",
                ),
                Mistake(
                    "In triangular2 your first cycle is halved already. It has full height: count cycles from 0.",
                    "0.5**cycle",
                    "0.5 ** (cycle + 1)",
                ),
                Mistake(
                    "triangular2 halves the height once per full cycle. You halve it every half cycle.",
                    "0.5**cycle",
                    "0.5 ** (step // step_size)",
                ),
                Mistake(
                    "exp_range multiplies by gamma at every step, not once per cycle.",
                    "gamma**step",
                    "gamma**cycle",
                ),
                Mistake(
                    "You shrink the whole LR, so it falls below base_lr. Shrink the height above base_lr.",
                    shrunk_as_a_whole,
                ),
                Mistake(
                    "exp_range counts steps from 0, so the first step is multiplied by gamma**0 = 1.",
                    "gamma**step",
                    "gamma ** (step + 1)",
                ),
                Mistake(
                    "triangular2 divides by 2, 4, 8, ...: it halves what is there. You divide by 1, 2, 3, ...",
                    "0.5**cycle",
                    "1 / (cycle + 1)",
                ),
                Mistake(
                    "The mode makes no difference in your version.",
                    "    return base_lr + (max_lr - base_lr) * height",
                    "    return base_lr + (max_lr - base_lr) * (1 - abs(position / step_size - 1))",
                ),
            ),
            also_right=(smith,),
        ),
        Task(
            "CyclicLR",
            points=3,
            drive="object",
            difficulty=3,
            importance=3,
            minutes=15,
            takeaway="When the LR goes up, let the momentum go down, and log both.",
            public=(
                both(ONE, 9, base_lr=0.1, max_lr=0.5, step_size=4),
                both(ONE * 2, 5, base_lr=0.001, max_lr=0.1, step_size=2, base_momentum=0.85, max_momentum=0.95),
                both(ONE, ["step"] * 5 + ["resume"] + ["step"] * 5, base_lr=0.1, max_lr=0.4, step_size=3),
            ),
            edges=(
                both(ONE, 4, base_lr=0.1, max_lr=0.2, step_size=1),
                both(ONE, ["resume", "step", "step", "resume", "resume", "step"], base_lr=0.1, max_lr=0.4, step_size=3),
            ),
            draw=draw_class,
            hints=(
                "Write one method that puts the values of the present step into all groups. Both __init__ and step "
                "use it.",
                "One height drives both: the LR goes up with it, the momentum goes down with it.",
                'group["momentum"] = max_momentum - (max_momentum - base_momentum) * height. The state is the count.',
            ),
            mistakes=(
                Mistake(
                    "Making the object writes the values of step 1. It must write those of step 0: the first step() "
                    "goes to step 1.",
                    "        self.count = 0\n",
                    "        self.count = 1\n",
                ),
                Mistake(
                    "Your triangle goes up once and does not repeat. Take the position inside a cycle: count % (2 * "
                    "step_size).",
                    "self.count % (2 * self.step_size)",
                    "self.count",
                ),
                Mistake(
                    "Your momentum rises with the LR. It goes the other way: high LR, low momentum.",
                    "self.max_momentum - (self.max_momentum - self.base_momentum) * height",
                    "self.base_momentum + (self.max_momentum - self.base_momentum) * height",
                ),
                Mistake(
                    "Making the object writes nothing, so the first batch trains with the optimizer's own values. "
                    "__init__ must write the values of step 0.",
                    "        self.count = 0\n        self.write()",
                    "        self.count = 0",
                ),
                Mistake(
                    "Only the first parameter group gets the new values. Loop over all of optimizer.param_groups.",
                    "in self.optimizer.param_groups:",
                    "in self.optimizer.param_groups[:1]:",
                ),
                Mistake(
                    "Your momentum stays where it is. The class swings it as well.",
                    '            group["momentum"] =',
                    "            unused =",
                ),
                Mistake(
                    "You write first and count afterwards, so the LR lags one step behind.",
                    "        self.count += 1\n        self.write()",
                    "        self.write()\n        self.count += 1",
                ),
                Mistake(
                    "After a resume you begin a new cycle. load_state_dict must restore the count.",
                    'self.count = state["count"]',
                    "pass",
                ),
                Mistake(
                    "After the peak your values stay there. The triangle comes down again and repeats.",
                    "position = self.count % (2 * self.step_size)",
                    "position = min(self.count, self.step_size)",
                ),
            ),
            also_right=(ByTables,),
            survivors={"self.count += 1": "up and down are equally long, so the triangle read backwards is the same"},
        ),
        Task(
            "swinging_momentum",
            points=2,
            drive="curve",
            difficulty=2,
            importance=3,
            minutes=5,
            takeaway=(
                "Run a schedule on paper for three times its period: a bound that is broken shows there, not in a "
                "short test."
            ),
            ylabel="momentum",
            public=(
                case(41, base_momentum=0.85, max_momentum=0.95, step_size=10),
                case(9, base_momentum=0.8, max_momentum=0.9, step_size=2),
                case([0, 3, 6, 9, 12, 300], base_momentum=0.5, max_momentum=0.9, step_size=3),
            ),
            edges=(case(5, base_momentum=0.8, max_momentum=0.9, step_size=1),),
            draw=draw_momentum,
            hints=(
                "Compute it by hand for step_size=10 at the steps 10, 20 and 30. Which is the first wrong one?",
                "The distance from the middle of the cycle must not grow with the run. Where in its own cycle is "
                "the step?",
                "Before anything else turn the step into its position in a cycle of 2 * step_size steps.",
            ),
            mistakes=(
                Mistake(
                    "You never turn around: without abs() the momentum goes on past base_momentum.",
                    "abs(step % (2 * step_size) / step_size - 1)",
                    "step % (2 * step_size) / step_size - 1",
                ),
                Mistake("The step still grows without end. Use its position inside a cycle of 2 * step_size.", STUB),
                Mistake(
                    "A full cycle has 2 * step_size steps. With step % step_size you jump back up at the half.",
                    "step % (2 * step_size)",
                    "step % step_size",
                ),
                Mistake(
                    "You cut the momentum off at max_momentum and leave it there. It swings down again.",
                    "abs(step % (2 * step_size) / step_size - 1)",
                    "min(abs(step / step_size - 1), 1)",
                ),
                Mistake(
                    "Now it starts low and rises. At step 0 the LR is low, so the momentum is high.",
                    "abs(step % (2 * step_size) / step_size - 1)",
                    "1 - abs(step % (2 * step_size) / step_size - 1)",
                ),
            ),
            also_right=(momentum_by_min,),
        ),
        Task(
            "three_peaks",
            points=1,
            drive="value",
            difficulty=1,
            importance=2,
            minutes=3,
            takeaway="A shrinking cycle halves its height, not its top: base_lr stays below it all the time.",
            public=({},),
            hints=(
                "How long is a full cycle, and to which cycle does each of the three peaks belong?",
                "40 steps: they belong to the first, the second and the third cycle. What halves from one to the next?",
                "The height above base_lr halves, not the LR. It is 0.1 in the first cycle. Add base_lr to each "
                "height.",
            ),
            mistakes=(
                Mistake(
                    "A cycle has 40 steps, so the height halves once from peak to peak. You halve it twice.",
                    [0.101, 0.026, 0.00725],
                ),
                Mistake(
                    "That is the height above base_lr. The LR is base_lr more.",
                    [0.1, 0.05, 0.025],
                ),
                Mistake(
                    "You halve the LR. What halves is the height above base_lr.",
                    [0.101, 0.0505, 0.02525],
                ),
                Mistake("You halve from the first cycle on. It has full height.", [0.051, 0.026, 0.0135]),
                Mistake("All your peaks are equal: that is mode='triangular'.", [0.101, 0.101, 0.101]),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "06_quiz_1",
            "An epoch has 500 batches, the scheduler steps once per batch, and one full cycle shall take 4 epochs. "
            "Which `step_size_up` (and down)?",
            "b",
            {
                "a": ("2", "That is the half cycle in epochs. The scheduler counts its calls: batches."),
                "b": ("1000", "Right: a full cycle has 2000 batches, half of them up."),
                "c": ("2000", "That is the full cycle. step_size_up is the way up alone."),
            },
        ),
        Quiz(
            "06_quiz_2",
            "You compare CyclicLR with a constant LR for plain SGD. torch's CyclicLR wins. What must you check first?",
            "a",
            {
                "a": (
                    "Whether it switched momentum on.",
                    "Right: cycle_momentum=True is the default and swings momentum between 0.9 and 0.8, so the runs "
                    "differ in more than the LR.",
                ),
                "b": ("Whether the peak is high enough.", "It won, so the peak did no harm. Look for an unfair edge."),
                "c": (
                    "Whether the data was shuffled.",
                    "Both runs share the data loader. Look at what CyclicLR changes.",
                ),
            },
        ),
    ),
)
