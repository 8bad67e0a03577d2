"""Checks of exercise 16: schedules from corners, the loss on a noisy bowl, schedules judged by training; a report."""

import math
import statistics

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


def careful_root(step, total_steps):
    return 11 / math.sqrt(total_steps) * (1 - math.sqrt(step / total_steps))


def careful_line(step, total_steps):
    return 7 / total_steps**0.5 * (1 - step / total_steps)


def cosine_of(height):
    return lambda step, total_steps: height / math.sqrt(total_steps) * half_cosine(step, total_steps)


class PowerByTable:
    """Another right one: all factors beforehand, the first LRs in the state."""

    def __init__(self, optimizer, total_steps, power):
        self.groups = optimizer.param_groups
        self.table = [(t / total_steps) ** power for t in range(total_steps, -1, -1)]
        self.now, self.first = 0, [group["lr"] for group in self.groups]
        self.step(0)

    def step(self, by=1):
        self.now = min(self.now + by, len(self.table) - 1)
        for i, group in enumerate(self.groups):
            group["lr"] = self.table[self.now] * self.first[i]

    def state_dict(self):
        return {"now": self.now, "first": self.first}

    def load_state_dict(self, state):
        self.now, self.first = state["now"], state["first"]


def verdict_of(low, high, matters):
    """Whether an interval holds, is the same, the opposite or unclear, as in exercise 13."""
    if max(abs(low), abs(high)) < matters:
        return "same"
    return "unclear" if low <= 0 <= high else "holds" if low > 0 else "opposite"


def interval_of(differences):
    n, mean = len(differences), statistics.fmean(differences)
    half = QUANTILES[n] * statistics.stdev(differences) / math.sqrt(n)
    return [mean - half, mean + half]


def report_by_statistics(mine, rival, lrs, best, matters, tested, asked):
    low, high = interval_of([b - a for a, b in zip(mine, rival, strict=True)])
    edge = best in (sorted(lrs)[0], sorted(lrs)[-1])
    return {
        "does_not_show": sorted(key for key, value in asked.items() if (key, value) not in tested.items()),
        "verdict": "unclear" if edge else verdict_of(low, high, matters),
        "best_inside": not edge,
        "interval": (low, high),
        "seeds": len(rival),
    }


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


QUANTILES = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
TESTED = {"data": "digits", "network": "small", "updates": 680}
ASKED = {"updates": 680, "network": "wide", "data": "faces"}
LOW, HIGH = [0.5, 0.6, 0.4, 0.55], [0.75, 0.83, 0.66, 0.8]


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


def draw_resume(rng):
    total_steps = rng.randint(4, 12)
    calls = ["step"] * (total_steps + 1)
    calls.insert(rng.randint(1, total_steps - 2), "resume")
    groups = [rng.uniform(0.01, 1) for _ in range(rng.randint(1, 3))]
    return case(groups=groups, do=calls, total_steps=total_steps, power=rng.choice([1, 2, rng.uniform(0.5, 3)]))


CONDITIONS = {
    "batch": [16, 64, 256],
    "data": ["digits", "faces", "letters"],
    "network": ["small", "wide", "deep"],
    "optimizer": ["sgd", "adam"],
    "updates": [340, 680, 10000],
}


def draw_report(rng):
    n, effect = rng.randint(3, 10), rng.choice([0.0, rng.uniform(-0.3, 0.3)])
    mine, spread = [rng.uniform(0.3, 1.5) for _ in range(n)], rng.choice([0.005, 0.1])
    lrs = [round(rng.uniform(0.5, 1.5) * 10 ** (i / 2 - 3), 5) for i in range(rng.randint(3, 6))]
    best = rng.choice(sorted(lrs)[1:-1]) if rng.random() < 0.8 else rng.choice([min(lrs), max(lrs)])
    rng.shuffle(lrs)
    tested = {name: rng.choice(values) for name, values in CONDITIONS.items() if rng.random() < 0.8}
    asked = {name: rng.choice(CONDITIONS[name]) for name in rng.sample(sorted(CONDITIONS), rng.randint(1, 4))}
    rival = [loss + effect + rng.uniform(-spread, spread) for loss in mine]
    return case(mine=mine, rival=rival, lrs=lrs, best=best, matters=rng.uniform(0.01, 0.1), tested=tested, asked=asked)


def report(mine, rival, best=0.1, lrs=(0.03, 0.3, 0.1), matters=0.05, tested=TESTED, asked=ASKED):
    return case(
        mine=mine, rival=rival, lrs=list(lrs), best=best, matters=matters, tested=dict(tested), asked=dict(asked)
    )


TENT = [[0, 0.1], [0.5, 1], [1, 0]]

exercise = Exercise(
    lesson="16_choosing",
    title="Capstone: a schedule and its report",
    tasks=(
        Task(
            "piecewise_lr",
            points=2,
            drive="curve",
            difficulty=3,
            importance=3,
            minutes=8,
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
                    "You leave out the line's width: the share is (fraction - left) / (right - left).",
                    "(fraction - left) / (right - left)",
                    "(fraction - left)",
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
            minutes=8,
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
                    "You return after the first curvature: the return stands too far to the right.",
                    "    return loss",
                    "        return loss",
                ),
                Mistake(
                    "The curvature stands outside of the square: (lr * noise) ** 2 * h.",
                    "(lr * noise) ** 2 * h",
                    "(lr * noise * h) ** 2",
                ),
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
            minutes=8,
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
            minutes=10,
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
            minutes=3,
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
        Task(
            "my_careful_schedule",
            points=2,
            drive="curve",
            difficulty=4,
            importance=5,
            minutes=8,
            takeaway="What is tuned to one task to the last percent pays for it on the next: leave some room.",
            public=(run(50), run(100), run(200)),
            edges=(run(51), run(150)),
            draw=draw_run,
            draws=4,
            score="serves_two_bowls",
            hints=(
                "Give task 2 the LRs of your schedule of task 4, and curvatures that are twice as high. What happens?",
                "A sharper bowl wants a lower LR, and so does a noisier one. But the first bowl still wants its own: "
                "look for a height between the two.",
                "Keep the shape and the power of the length from task 4, and take a little more than half of its "
                "height.",
            ),
            mistakes=(
                Mistake(
                    "Your wave is tuned to the first bowl alone. On the second, which is sharper and noisier, it is "
                    "too high.",
                    cosine_of(14),
                ),
                Mistake("Your wave is tuned to the second bowl alone. On the first it is too low.", cosine_of(5)),
            ),
            also_right=(careful_root, careful_line),
        ),
        Task(
            "PowerLR",
            points=2,
            drive="object",
            difficulty=3,
            importance=4,
            minutes=8,
            takeaway="A scheduler that knows its step and its plan needs to save nothing but the step.",
            public=(
                case(groups=[0.2], do=6, total_steps=5, power=2),
                case(groups=[0.2], do=["step"] * 3 + ["resume"] + ["step"] * 3, total_steps=6, power=1),
                case(groups=[0.5, 0.1], do=["step", "resume"] + ["step"] * 4, total_steps=5, power=0.5),
            ),
            edges=(
                case(groups=[0.3], do=["resume"] + ["step"] * 4, total_steps=4, power=1.5),
                case(groups=[0.3, 0.1], do=["step"] * 5 + ["resume"] + ["step"] * 2, total_steps=4, power=1),
                case(groups=[0.4], do=["step", "resume", "step", "resume", "step", "step"], total_steps=7, power=3),
                case(groups=[0.4], do=2, total_steps=1, power=1),
            ),
            draw=draw_resume,
            hints=(
                "What does the new scheduler know from its arguments and its optimizer, and what can it not know?",
                "It knows the plan and the first LRs, since it is made before the saved groups are loaded. It does not "
                "know how often step() was called.",
                "Keep the first LRs in __init__, count in step(), and let one method write all groups. The state is "
                "that one count.",
            ),
            mistakes=(
                Mistake(
                    "After a resume your plan begins again: load_state_dict does not keep the count.",
                    '        self.done = state["done"]',
                    "        pass",
                ),
                Mistake(
                    "Your load_state_dict moves on by a step. Nothing has been trained in between.",
                    '        self.done = state["done"]',
                    '        self.done = state["done"] + 1\n        self.write()',
                ),
                Mistake(
                    "You multiply the LR that stands in the group, so the factors pile up. Multiply the first one.",
                    '            group["lr"] = base_lr * factor',
                    '            group["lr"] *= factor',
                ),
                Mistake(
                    "Past the end your LR comes up again, or is no number. From total_steps on it is 0.",
                    "max(0, 1 - self.done / self.total_steps)",
                    "abs(1 - self.done / self.total_steps)",
                ),
                Mistake(
                    "Past the end your LR comes up again, or is no number. From total_steps on it is 0.",
                    "max(0, 1 - self.done / self.total_steps)",
                    "(1 - self.done / self.total_steps)",
                ),
                Mistake(
                    "You raise the part that is done to the power. What is left of the run is raised.",
                    "max(0, 1 - self.done / self.total_steps) ** self.power",
                    "1 - min(1, self.done / self.total_steps) ** self.power",
                ),
                Mistake(
                    "All groups get the first group's LR. Each has one of its own.",
                    "base_lr * factor",
                    "self.base_lrs[0] * factor",
                ),
                Mistake(
                    "Only the first group moves. Write all of them.",
                    "zip(self.optimizer.param_groups, self.base_lrs)",
                    "zip(self.optimizer.param_groups[:1], self.base_lrs)",
                ),
                Mistake(
                    "Your LRs come one call too late: after the first step() the LR is still the first.",
                    "        self.done += 1\n        self.write()",
                    "        self.write()\n        self.done += 1",
                ),
                Mistake(
                    "Your plan is one call ahead: it moves on where the object is made.",
                    "        self.done = 0",
                    "        self.done = 0\n        self.step()",
                ),
            ),
            also_right=(PowerByTable,),
        ),
        Task(
            "write_report",
            points=5,
            drive="call",
            difficulty=3,
            importance=5,
            minutes=7,
            takeaway="A result is a number, its interval, its grid, and the conditions under which it was not tried.",
            public=(
                report(LOW, HIGH),
                report(HIGH, LOW, asked={"network": "small"}),
                report(LOW, [0.51, 0.61, 0.41, 0.555], asked={"batch": 64, "updates": 340}),
                report(LOW, [0.9, 0.5, 0.3, 0.8], tested={}),
                report(LOW, HIGH, best=0.3),
                report(LOW, HIGH, best=0.03, asked={}),
                report([0.5] * 4, [0.75] * 4, matters=0.25),
                report([0.5] * 4, [0.25] * 4, matters=0.25),
                report(LOW, [0.1, 0.5, 0.1, 0.5]),
                report(LOW, LOW, best=0.3, tested={"warmup": 0}, asked={"warmup": 0}),
            ),
            edges=(
                report(LOW[:2], HIGH[:2]),
                report([0.5] * 4, [0.55] * 4),
                report([0.5] * 4, [0.45] * 4),
                report([0.5] * 4, [0.5] * 4),
                report([0.5] * 4, [0.53] * 4, matters=0.04),
                report([0.5] * 4, [0.47] * 4, matters=0.04),
                report(LOW, [0.75, 0.5, 0.7, 0.8]),
            ),
            draw=draw_report,
            hints=(
                "Of the five entries two need the losses. Which three are read off the other arguments?",
                "Ask for the edge of the grid first: it overrules the losses. Then come the questions of exercise 13, "
                "in their order.",
                "For the last entry go through what is asked, and keep the names whose value is not what `tested` "
                "gives for them; `dict.get` returns None for a name that is not there.",
            ),
            mistakes=(
                Mistake(
                    "Your interval is that of mine - rival. Above 0 it should speak for you: rival - mine.",
                    "paired_interval(rival, mine)",
                    "paired_interval(mine, rival)",
                ),
                Mistake(
                    "You give a verdict although the best LR lies at an edge of the grid. Then it is not tuned yet: "
                    "unclear.",
                    '    if not inside:\n        verdict = "unclear"\n    elif -matters',
                    "    if -matters",
                ),
                Mistake(
                    "You ask whether the result is the same before you look at the grid. At its edge it is unclear, "
                    "whatever the losses say.",
                    '    if not inside:\n        verdict = "unclear"\n    elif -matters < low and high < matters:\n'
                    '        verdict = "same"\n    elif low',
                    '    if -matters < low and high < matters:\n        verdict = "same"\n    elif not inside:\n'
                    '        verdict = "unclear"\n    elif low',
                ),
                Mistake(
                    "A tested value of 0 is a value. Compare it with what is asked; do not ask whether it is true.",
                    "if tested.get(name) != asked[name]",
                    "if not tested.get(name) or tested[name] != asked[name]",
                ),
                Mistake(
                    "You look for the edges at the ends of the list. The LRs come in any order.",
                    "min(lrs) < best < max(lrs)",
                    "best not in (lrs[0], lrs[-1])",
                ),
                Mistake(
                    "An interval that touches matters is not the same: it lies between, or it does not.",
                    "-matters < low and high < matters",
                    "-matters <= low and high <= matters",
                ),
                Mistake(
                    "You list only what is missing from tested. Another value there was not shown either.",
                    "if tested.get(name) != asked[name]",
                    "if name not in tested",
                ),
                Mistake(
                    "You ask for a difference first. One that is sure and too small to care about is the same.",
                    '    elif -matters < low and high < matters:\n        verdict = "same"\n    elif low > 0:',
                    "    elif low > 0:",
                ),
                Mistake(
                    "A condition that you never tested was not shown either: it is missing from tested.",
                    "if tested.get(name) != asked[name]",
                    "if tested.get(name, asked[name]) != asked[name]",
                ),
                Mistake(
                    "You list what was shown. Asked for is what was not.",
                    "tested.get(name) != asked[name]",
                    "tested.get(name) == asked[name]",
                ),
                Mistake(
                    "You list what was tested and not asked for. It goes the other way: what is asked and not tested.",
                    "[name for name in asked if tested.get(name) != asked[name]]",
                    "[name for name in tested if asked.get(name) != tested[name]]",
                ),
                Mistake(
                    "The list is to be in alphabetical order.",
                    "sorted(missing)",
                    "missing",
                ),
                Mistake(
                    "True and False have changed places in best_inside.",
                    '"best_inside": inside',
                    '"best_inside": not inside',
                ),
            ),
            also_right=(report_by_statistics,),
            survivors={
                "elif low > 0": "no losses here put an end of the interval at exactly 0",
                "elif high < 0": "no losses here put an end of the interval at exactly 0",
            },
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
