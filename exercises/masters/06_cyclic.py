"""Checks of exercise 6: the triangle, its three modes, a test for LR and momentum, a momentum out of its range."""

import math
from itertools import pairwise
from types import SimpleNamespace

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case
from lrcourse.exercises.subjects import Subjects, changed


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


def draw_momentum(rng):
    step_size, low = rng.randint(1, 12), rng.uniform(0.5, 0.85)
    return case(7 * step_size, base_momentum=low, max_momentum=rng.uniform(low + 0.05, 0.99), step_size=step_size)


BY_POSITION = """
class CyclicLR:
    def __init__(self, optimizer, base_lr, max_lr, step_size, base_momentum=0.8, max_momentum=0.9):
        self.optimizer, self.own_lrs, self.own_momenta = optimizer, (base_lr, max_lr), (base_momentum, max_momentum)
        self.own_size, self.own_count = step_size, 0
        self.own_write()

    def own_write(self):
        position = self.own_count % (2 * self.own_size)
        height = 1 - abs(position / self.own_size - 1)
        (low, high), (least, most) = self.own_lrs, self.own_momenta
        for group in self.optimizer.param_groups:
            group["lr"] = low + (high - low) * height
            group["momentum"] = most - (most - least) * height

    def step(self):
        self.own_count += 1
        self.own_write()
"""
BY_TABLES = """
class CyclicLR:
    def __init__(self, optimizer, base_lr, max_lr, step_size, base_momentum=0.8, max_momentum=0.9):
        heights = [i / step_size for i in range(step_size)]
        heights += [1 - height for height in heights]
        self.own_groups, self.own_at = optimizer.param_groups, -1
        self.own_table = [
            {"lr": base_lr * (1 - h) + max_lr * h, "momentum": base_momentum * h + max_momentum * (1 - h)}
            for h in heights
        ]
        self.step()

    def step(self):
        self.own_at = (self.own_at + 1) % len(self.own_table)
        for group in self.own_groups:
            group.update(self.own_table[self.own_at])
"""
BY_WALKING = """
class CyclicLR:
    def __init__(self, optimizer, base_lr, max_lr, step_size, base_momentum=0.8, max_momentum=0.9):
        self.optimizer, self.own_size, self.own_left, self.own_way = optimizer, step_size, step_size, 1
        self.own_parts = (max_lr - base_lr) / step_size, (max_momentum - base_momentum) / step_size
        for group in optimizer.param_groups:
            group["lr"], group["momentum"] = base_lr, max_momentum

    def step(self):
        for group in self.optimizer.param_groups:
            group["lr"] += self.own_way * self.own_parts[0]
            group["momentum"] -= self.own_way * self.own_parts[1]
        self.own_left -= 1
        if self.own_left == 0:
            self.own_left, self.own_way = self.own_size, -self.own_way
"""
MOMENTUM = 'group["momentum"] = most - (most - least) * height'
HEIGHT = "height = 1 - abs(position / self.own_size - 1)"
CYCLIC = Subjects(
    right={
        "right, from the position in the cycle": BY_POSITION,
        "right, from a table": BY_TABLES,
        "right, it adds a little at every step": BY_WALKING,
    },
    wrong={
        "making it writes nothing": changed(BY_POSITION, ("step_size, 0\n        self.own_write()", "step_size, 0")),
        "its momentum rises with the LR": changed(
            BY_POSITION, (MOMENTUM, 'group["momentum"] = least + (most - least) * height')
        ),
        "its momentum leaves its range after the first cycle": changed(
            BY_POSITION,
            (MOMENTUM, 'group["momentum"] = least + (most - least) * abs(self.own_count / self.own_size - 1)'),
        ),
        "it writes into the first group only": changed(
            BY_POSITION, ("in self.optimizer.param_groups:", "in self.optimizer.param_groups[:1]:")
        ),
        "it writes the momentum into the first group only": changed(
            BY_POSITION,
            (MOMENTUM, "        " + MOMENTUM),
            (
                "= low + (high - low) * height",
                "= low + (high - low) * height\n            if group is self.optimizer.param_groups[0]:",
            ),
        ),
        "it comes one step late": changed(
            BY_POSITION,
            ("self.own_count += 1\n        self.own_write()", "self.own_write()\n        self.own_count += 1"),
        ),
        "its second peak is half as high": changed(
            BY_POSITION,
            ("(high - low) * height", "(high - low) * height * 0.5 ** (self.own_count // (2 * self.own_size))"),
        ),
        "it climbs and never comes down": changed(
            BY_POSITION, (HEIGHT, "height = min(self.own_count / self.own_size, 1)")
        ),
        "its LR falls back in one step": changed(
            BY_POSITION, (HEIGHT, "height = position % self.own_size / self.own_size")
        ),
        "it swings in waves, not along straight lines": changed(
            BY_POSITION,
            (HEIGHT, HEIGHT + "\n        height = (1 - math.cos(math.pi * height)) / 2"),
            ("\nclass", "import math\n\nclass"),
        ),
        "its momentum swings between 0.8 and 0.9, whatever you ask for": changed(
            BY_POSITION, ("(base_momentum, max_momentum)", "(0.8, 0.9)")
        ),
        "it leaves the momentum alone": changed(BY_POSITION, (MOMENTUM, "pass")),
        "its cycle is one step too long": changed(
            BY_POSITION,
            ("(2 * self.own_size)", "(2 * self.own_size + 1)"),
            (HEIGHT, "height = max(1 - abs(position / self.own_size - 1), 0)"),
        ),
        "it begins at the top": changed(
            BY_TABLES,
            ("heights += [1 - height for height in heights]", "heights = [1 - height for height in heights] + heights"),
        ),
        "its LR stays at the foot for ever after one cycle": changed(
            BY_POSITION,
            ("position = self.own_count % (2 * self.own_size)", "position = min(self.own_count, 2 * self.own_size)"),
        ),
        "it takes two steps at each call": changed(
            BY_TABLES,
            ("self.own_at + 1", "self.own_at + 2"),
            ("own_at = optimizer.param_groups, -1", "own_at = optimizer.param_groups, -2"),
        ),
    },
    public=(
        "right, from the position in the cycle",
        "making it writes nothing",
        "its momentum rises with the LR",
        "it comes one step late",
        "right, it adds a little at every step",
        "its second peak is half as high",
        "its momentum leaves its range after the first cycle",
        "it writes the momentum into the first group only",
        "it swings in waves, not along straight lines",
        "its momentum swings between 0.8 and 0.9, whatever you ask for",
        "right, from a table",
    ),
)
BOUNDS = {"base_lr": 0.1, "max_lr": 0.9, "base_momentum": 0.85, "max_momentum": 0.95}


def run_of(CyclicLR, steps, step_size=4, groups=2, **bounds):
    """(LRs, momenta) of each group, at the start and after each step."""
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.5, "momentum": 0.5} for _ in range(groups)])
    scheduler, rows = CyclicLR(optimizer, step_size=step_size, **{**BOUNDS, **bounds}), []
    for _ in range(steps):
        rows.append([(group["lr"], group["momentum"]) for group in optimizer.param_groups])
        scheduler.step()
    return rows


def plan_of(steps, step_size=4, groups=2, base_lr=0.1, max_lr=0.9, base_momentum=0.85, max_momentum=0.95):
    plan = []
    for step in range(steps):
        height = 1 - abs(step % (2 * step_size) / step_size - 1)
        lr, momentum = base_lr + (max_lr - base_lr) * height, max_momentum - (max_momentum - base_momentum) * height
        plan.append([(lr, momentum)] * groups)
    return plan


def near(rows, plan, which=(0, 1)):
    flat = [[pair[i] for row in some for pair in row for i in which] for some in (rows, plan)]
    return all(abs(one - other) < 1e-9 for one, other in zip(*flat, strict=True))


def test_by_plan(CyclicLR):
    assert near(run_of(CyclicLR, 30, step_size=5), plan_of(30, step_size=5))


def test_by_differences(CyclicLR):
    """Without a formula: where it begins, how far each step goes, and in which direction."""
    rows = run_of(CyclicLR, 18, step_size=3, groups=3)
    assert rows[0] == [(0.1, 0.95)] * 3
    for step, (row, after) in enumerate(pairwise(rows)):
        way = 1 if step // 3 % 2 == 0 else -1
        for (lr, momentum), (next_lr, next_momentum) in zip(row, after, strict=True):
            assert math.isclose(next_lr - lr, way * 0.8 / 3, abs_tol=1e-9)
            assert math.isclose(next_momentum - momentum, -way * 0.1 / 3, abs_tol=1e-9)


def test_by_period(CyclicLR):
    """One cycle written out, then the same again."""
    lrs, momenta = [0.1, 0.5, 0.9, 0.5], [0.95, 0.9, 0.85, 0.9]
    for step, row in enumerate(run_of(CyclicLR, 13, step_size=2)):
        for lr, momentum in row:
            if abs(lr - lrs[step % 4]) > 1e-6 or abs(momentum - momenta[step % 4]) > 1e-6:
                raise AssertionError(f"step {step}: {lr}, {momentum}")
    quarter = run_of(CyclicLR, 2, step_size=4)[1][0]
    assert math.isclose(quarter[0], 0.3)


def test_nothing(CyclicLR):
    run_of(CyclicLR, 20)


def test_exactly(CyclicLR):
    assert run_of(CyclicLR, 20, step_size=7) == plan_of(20, step_size=7)


def test_one_cycle(CyclicLR):
    assert near(run_of(CyclicLR, 9), plan_of(9))


def test_one_group(CyclicLR):
    assert near(run_of(CyclicLR, 20, groups=1), plan_of(20, groups=1))


def test_lr_alone(CyclicLR):
    assert near(run_of(CyclicLR, 20), plan_of(20), which=[0])


def test_momentum_alone(CyclicLR):
    assert near(run_of(CyclicLR, 20), plan_of(20), which=[1])


def test_after_steps_only(CyclicLR):
    assert near(run_of(CyclicLR, 20)[1:], plan_of(20)[1:])


def test_corners_only(CyclicLR):
    assert near(run_of(CyclicLR, 21)[::4], plan_of(21)[::4])


def test_defaults(CyclicLR):
    bounds = {"base_momentum": 0.8, "max_momentum": 0.9}
    assert near(run_of(CyclicLR, 20, **bounds), plan_of(20, **bounds))


def test_ranges(CyclicLR):
    for row in run_of(CyclicLR, 20):
        for lr, momentum in row:
            assert 0.1 - 1e-9 <= lr <= 0.9 + 1e-9
            assert 0.85 - 1e-9 <= momentum <= 0.95 + 1e-9


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
                    "On the way down you count from the cycle's start. Count from the peak: position - step_size_up.",
                    "    if position < step_size_up:\n        height = position / step_size_up\n    else:\n"
                    "        height = (period - position) / step_size_down\n",
                    "    if position <= step_size_up:\n        height = position / step_size_up\n    else:\n"
                    "        height = 1 - position / step_size_down\n",
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
            "test_cyclic",
            points=3,
            drive="test",
            difficulty=3,
            importance=4,
            minutes=12,
            takeaway=(
                "Test what repeats over more than two periods, and everything that it writes: LR and momentum, in "
                "every group."
            ),
            public=CYCLIC.public_cases(),
            edges=CYCLIC.edge_cases(),
            draw=CYCLIC.draw,
            draws=12,
            score="tells_apart",
            hints=(
                "With step_size=4, which LR and which momentum must the groups hold at step 0, at step 1, at step 4, "
                "at step 12?",
                "Make one object with two groups, and go through more than two cycles. At every step work out what "
                "must be there, and compare it in each group, before you call step() again.",
                "triangular with base_lr=0 and max_lr=1 gives a height from 0 to 1. The LR stands that far above "
                "base_lr, the momentum that far below max_momentum. Compare each of the two with math.isclose.",
            ),
            mistakes=(
                Mistake("Your test says assert about nothing that can be wrong: every version passes.", test_nothing),
                Mistake(
                    "Your test fails a right version that differs in the last digit alone. Leave room for rounding, "
                    "with math.isclose.",
                    test_exactly,
                ),
                Mistake(
                    "Your test ends with the first cycle, and passes versions whose second one is wrong. Go on for "
                    "more than two cycles.",
                    test_one_cycle,
                ),
                Mistake(
                    "Your test passes versions in which the second group is wrong. Give the optimizer two groups.",
                    test_one_group,
                ),
                Mistake("Your test looks at the LR alone: versions with a wrong momentum pass.", test_lr_alone),
                Mistake("Your test looks at the momentum alone: versions with a wrong LR pass.", test_momentum_alone),
                Mistake(
                    "Your test passes a version that writes nothing when it is made. Look before the first step, too.",
                    test_after_steps_only,
                ),
                Mistake(
                    "Your test looks at the corners only. Between them the way must be straight: look at every step.",
                    test_corners_only,
                ),
                Mistake(
                    "Your test passes a version that ignores the momenta it is given. Ask for others than 0.8 and 0.9.",
                    test_defaults,
                ),
                Mistake(
                    "Your test is content with values inside the bounds. Work out what each step must have, and "
                    "compare.",
                    test_ranges,
                ),
            ),
            also_right=(test_by_plan, test_by_differences, test_by_period),
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
