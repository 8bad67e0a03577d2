"""Versions of exercise 16: stairs, lines on a log scale; noise of one size, every step; no worse, ahead by seed."""

import math
import statistics
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

exercise = load("16_capstone")
published = exercise.task

QUANTILES = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
TENT = [[0, 0.1], [0.5, 1], [1, 0.2]]


def stairs_by_last(step, total_steps, corners):
    fraction = step / (total_steps - 1)
    return [lr for place, lr in corners if place <= fraction][-1]


def log_by_logs(step, total_steps, corners):
    last = total_steps - 1
    places = [(fraction * last, math.log(lr)) for fraction, lr in corners]
    if step >= last:
        return corners[-1][1]
    i = max(i for i, (place, _) in enumerate(places) if place <= step)
    (left, low), (right, high) = places[i : i + 2]
    return math.exp(low + (high - low) * (step - left) / (right - left))


def plain_by_numpy(lrs, curvatures, start, noise):
    import numpy as np

    h = np.array(curvatures)
    e = np.full_like(h, start * start)
    for lr in lrs:
        e = e * (1 - lr * h) ** 2 + (lr * noise) ** 2
    return h @ e / 2


def every_by_numpy(lrs, curvatures, start, noise):
    import numpy as np

    h = np.array(curvatures)
    e, losses = np.full_like(h, start * start), []
    for lr in lrs:
        e = e * (1 - lr * h) ** 2 + h * (lr * noise) ** 2
        losses.append(h @ e / 2)
    return losses


def interval_of(first, second):
    differences = [a - b for a, b in zip(first, second, strict=True)]
    n, mean = len(differences), statistics.fmean(differences)
    half = QUANTILES[n] * statistics.stdev(differences) / math.sqrt(n)
    return mean - half, mean + half


def missing_in(tested, asked):
    return sorted(key for key, value in asked.items() if (key, value) not in tested.items())


def no_worse_by_list(mine, rival, lrs, best, matters, tested, asked):
    low, high = interval_of(rival, mine)
    edge = best in (min(lrs), max(lrs))
    verdict = ["unclear", "no worse", "worse"][(low > -matters) + 2 * (high < -matters)]
    return {
        "seeds": len(mine),
        "interval": [low, high],
        "best_inside": not edge,
        "verdict": "unclear" if edge else verdict,
        "does_not_show": missing_in(tested, asked),
    }


def ahead_by_count(mine, rival, lrs, best, tested, asked):
    ahead = [a < b for a, b in zip(mine, rival, strict=True)].count(True)
    edge = {min(lrs): "low", max(lrs): "high"}.get(best, "inside")
    sure = edge == "inside" and ahead == len(mine) and ahead >= 5
    return {
        "seeds": len(rival),
        "ahead": ahead,
        "edge": edge,
        "verdict": "holds" if sure else "unclear",
        "does_not_show": missing_in(tested, asked),
    }


def draw_stairs(rng):
    total_steps = rng.randint(3, 60)
    fractions = [0, *sorted(rng.uniform(0.05, 0.95) for _ in range(rng.randint(1, 3))), 1]
    return case(
        total_steps + 2, total_steps=total_steps, corners=[[fraction, rng.uniform(0.01, 1)] for fraction in fractions]
    )


def draw_ahead(rng):
    drawn = published("write_report").draw(rng)
    args = {name: value for name, value in drawn["args"].items() if name != "matters"}
    if rng.random() < 0.5:
        args["rival"] = [loss + rng.uniform(0.01, 0.2) for loss in args["mine"]]
    return case(**args)


LINES = (
    case(7, total_steps=5, corners=TENT),
    case(100, total_steps=100, corners=[[0, 0.01], [0.1, 0.1], [0.8, 0.1], [1, 0.001]]),
    case(3, total_steps=2, corners=[[0, 0.5], [1, 0.2]]),
)

STAIRS = replace(
    published("piecewise_lr"),
    public=LINES,
    edges=(case([500, 0, 9], total_steps=10, corners=TENT), case(11, total_steps=11, corners=TENT)),
    draw=draw_stairs,
    hints=(
        "At which fraction of the run does the step lie?",
        "Which corners has the run passed by then? One of them says the LR.",
        "Walk through the pairs of neighboring corners. The first pair whose right end lies above the fraction holds "
        "the corner that you look for; if no pair fits, the run is over.",
    ),
    mistakes=(
        Mistake(
            "You draw lines between the corners. Here the LR stays at a corner's until the next corner is reached.",
            "            return lr\n",
            "            return lr + (corners[i + 1][1] - lr) * (fraction - corners[i][0]) / (right - corners[i][0])\n",
        ),
        Mistake(
            "You take the next corner's LR before it is reached.",
            "            return lr\n",
            "            return corners[i + 1][1]\n",
        ),
        Mistake(
            "A corner's LR holds from the corner on: a step that lies right at it has it already.",
            "if fraction < right:",
            "if fraction <= right:",
        ),
        Mistake(
            "Your schedule never arrives: the last step, total_steps - 1, is the fraction 1.",
            "step / (total_steps - 1)",
            "step / total_steps",
        ),
        Mistake(
            "Past the end your LR is 0. It stays at the last corner's.",
            "    return corners[-1][1]",
            "    return corners[-1][1] if fraction == 1 else 0.0",
        ),
    ),
    also_right=(stairs_by_last,),
    survivors={},
)

LOG = replace(
    published("piecewise_lr"),
    public=LINES,
    edges=(case([500, 0, 9], total_steps=10, corners=TENT),),
    draw=draw_stairs,
    hints=(
        "At which fraction of the run does the step lie, and between which two corners?",
        "Walk through the pairs of neighboring corners. The right pair is the first whose right end lies above the "
        "fraction. Between its two LRs you do not add, you multiply.",
        "After a share of the way the LR has been multiplied by the two LRs' ratio to the power of that share. If no "
        "pair fits, the run is over.",
    ),
    mistakes=(
        Mistake(
            "Your lines are straight in the LR. They are to be straight in its logarithm.",
            "lr * (next_lr / lr) ** ((fraction - left) / (right - left))",
            "lr + (next_lr - lr) * (fraction - left) / (right - left)",
        ),
        Mistake(
            "You hold each corner's LR until the next.",
            "return lr * (next_lr / lr) ** ((fraction - left) / (right - left))",
            "return lr",
        ),
        Mistake(
            "The ratio is upside down: the next LR over this one.",
            "next_lr / lr",
            "lr / next_lr",
        ),
        Mistake(
            "Your schedule never arrives: the last step, total_steps - 1, is the fraction 1.",
            "step / (total_steps - 1)",
            "step / total_steps",
        ),
        Mistake(
            "Each line starts at the fraction of its left corner: use fraction - left.",
            "(fraction - left) / (right - left)",
            "fraction / right",
        ),
        Mistake(
            "Past the end your LR is 0. It stays at the last corner's.",
            "    return corners[-1][1]",
            "    return corners[-1][1] if fraction == 1 else 0.0",
        ),
    ),
    also_right=(log_by_logs,),
    survivors={"if fraction < right": "at a corner both lines give the corner's LR"},
)

ABOUT_LOSS = {
    "curvature": Mistake(
        "The loss of a weight is h * e / 2: the curvature is missing in your sum.", "h * e / 2", "e / 2"
    ),
    "half": Mistake("The loss is h * e / 2 for each curvature; you forget the half.", "h * e / 2", "h * e"),
    "start": Mistake("e is the square, so it starts at start**2.", "start**2", "start"),
    "bracket": Mistake("Both brackets are squared: (1 - lr * h) ** 2.", "(1 - lr * h) ** 2", "(1 - lr * h)"),
    "noise": Mistake("The noise is squared as well: (lr * noise) ** 2.", "(lr * noise) ** 2", "lr * noise"),
}

PLAIN = replace(
    published("expected_loss"),
    hints=(
        "Work the example out by hand. For two curvatures, what starts anew for the second?",
        "Two loops: over the curvatures, and inside it over the LRs. e is a square, so it does not start at start "
        "itself.",
        "The inner loop renews e by the formula and does nothing else. After it the weight adds its part, with h and "
        "the half, to the loss.",
    ),
    mistakes=(
        *ABOUT_LOSS.values(),
        Mistake(
            "Here the noise is the same for every curvature: without the factor h.",
            "(lr * noise) ** 2",
            "(lr * noise) ** 2 * h",
        ),
        Mistake(
            "You keep the last curvature's loss alone. Add up all of them.",
            "loss += h",
            "loss = h",
        ),
    ),
    also_right=(plain_by_numpy,),
)

EVERY = replace(
    published("expected_loss"),
    public=(
        case(lrs=[0.5], curvatures=[1.0], start=3.0, noise=1.0),
        case(lrs=[1.0, 0.5, 0.1], curvatures=[0.1, 1.0], start=2.0, noise=0.5),
        case(lrs=[0.3] * 12, curvatures=[0.05, 0.5, 2.0], start=1.0, noise=0.0),
    ),
    hints=(
        "Work the example out by hand. How many squares have to be kept at the same time?",
        "One square for each curvature, in a list, and one loop over the LRs that renews them all.",
        "After each LR add up the parts of all weights, with their curvatures and the half, and put the sum into the "
        "list that you return.",
    ),
    ylabel="loss",
    mistakes=(
        *ABOUT_LOSS.values(),
        Mistake(
            "The noise of a weight grows with its curvature: times h.",
            "(lr * noise) ** 2 * h",
            "(lr * noise) ** 2",
        ),
        Mistake(
            "You give the last loss alone. The loss after every LR is asked for, in a list.",
            "    return losses",
            "    return losses[-1] if losses else 0.0",
        ),
        Mistake(
            "You give the loss before each LR as well. It begins with the loss after the first.",
            "    squares, losses = [start**2 for h in curvatures], []\n",
            "    squares = [start**2 for h in curvatures]\n"
            "    losses = [sum(h * e for h, e in zip(curvatures, squares)) / 2]\n",
        ),
    ),
    also_right=(every_by_numpy,),
)

ABOUT_REPORT = (
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
        "A tested value of 0 is a value. Compare it with what is asked; do not ask whether it is true.",
        "if tested.get(name) != asked[name]",
        "if not tested.get(name) or tested[name] != asked[name]",
    ),
    Mistake("The list is to be in alphabetical order.", "sorted(missing)", "missing"),
)

NEARLY = {**published("write_report").public[0]["args"], "rival": [0.49, 0.61, 0.39, 0.555]}
NO_WORSE = replace(
    published("write_report"),
    public=(*published("write_report").public, case(**NEARLY)),
    hints=(
        "Of the five entries two need the losses. Which three are read off the other arguments?",
        "Ask for the edge of the grid first: it overrules the losses. Then one end of the interval decides each word.",
        "For the last entry go through what is asked, and keep the names whose value is not what `tested` gives for "
        "them; `dict.get` returns None for a name that is not there.",
    ),
    mistakes=(
        Mistake(
            "Your interval is that of mine - rival. Above 0 it should speak for you: rival - mine.",
            "paired_interval(rival, mine)",
            "paired_interval(mine, rival)",
        ),
        Mistake(
            "You give a verdict although the best LR lies at an edge of the grid. Then it is not tuned yet: unclear.",
            '    if not inside:\n        verdict = "unclear"\n    elif low',
            "    if low",
        ),
        Mistake(
            "You look for the edges at the ends of the list. The LRs come in any order.",
            "min(lrs) < best < max(lrs)",
            "best not in (lrs[0], lrs[-1])",
        ),
        Mistake(
            "You ask whether it is better. A loss of up to matters is a fair price: no worse.",
            "low > -matters",
            "low > 0",
        ),
        Mistake(
            "True and False have changed places in best_inside.",
            '"best_inside": inside',
            '"best_inside": not inside',
        ),
        *ABOUT_REPORT,
    ),
    also_right=(no_worse_by_list,),
    survivors={},
)


def ahead_case(mine, rival, best=0.1, lrs=(0.03, 0.3, 0.1), tested=None, asked=None):
    tested = {"data": "digits", "network": "small", "updates": 680} if tested is None else tested
    asked = {"updates": 680, "network": "wide", "data": "faces"} if asked is None else asked
    return case(mine=mine, rival=rival, lrs=list(lrs), best=best, tested=tested, asked=asked)


FIVE, MORE = [0.5, 0.6, 0.4, 0.55, 0.5], [0.7, 0.8, 0.65, 0.8, 0.6]

AHEAD = replace(
    published("write_report"),
    public=(
        ahead_case(FIVE, MORE),
        ahead_case(FIVE, [0.7, 0.5, 0.65, 0.8, 0.6], asked={"network": "small"}),
        ahead_case(FIVE[:4], MORE[:4], asked={"batch": 64, "updates": 340}),
        ahead_case(FIVE, MORE, best=0.3, tested={}),
        ahead_case(FIVE, MORE, best=0.03, asked={}),
        ahead_case(FIVE, [0.7, 0.6, 0.65, 0.8, 0.6], tested={"warmup": 0}, asked={"warmup": 0}),
        ahead_case([*FIVE, 0.5], [*MORE, 0.4]),
    ),
    edges=(ahead_case(FIVE + [0.1], MORE + [0.2]), ahead_case(MORE, FIVE), ahead_case(FIVE, FIVE)),
    draw=draw_ahead,
    hints=(
        "Which of the five entries needs the losses, and how does it compare them?",
        "Count the pairs in which yours is lower. The edge compares the best with the lowest and with the highest LR "
        "of the grid. The verdict needs three things at once.",
        "For the last entry go through what is asked, and keep the names whose value is not what `tested` gives for "
        "them; `dict.get` returns None for a name that is not there.",
    ),
    mistakes=(
        Mistake("You count the seeds in which the rival is lower.", "a < b", "a > b"),
        Mistake("Two equal losses are no lead: count only those in which yours is lower.", "a < b", "a <= b"),
        Mistake(
            "You give a verdict although the best LR lies at an edge of the grid. Then it is not tuned yet: unclear.",
            'edge == "inside" and ',
            "",
        ),
        Mistake(
            "With fewer than five seeds all ahead is too easily luck: unclear.",
            " and ahead >= 5",
            "",
        ),
        Mistake(
            "More than half is not enough: the verdict asks that every seed is ahead.",
            "ahead == len(mine)",
            "2 * ahead > len(mine)",
        ),
        Mistake(
            "low and high have changed places.",
            '{min(lrs): "low", max(lrs): "high"}',
            '{min(lrs): "high", max(lrs): "low"}',
        ),
        *ABOUT_REPORT,
    ),
    also_right=(ahead_by_count,),
    survivors={},
)

TAIL = """
- `"does_not_show"`: a list, in alphabetical order, of what the result does not show. `tested` says under which
  conditions you tested, `asked` under which somebody wants to use your schedule. A condition in `asked` that is missing
  from `tested`, or has another value there, was not shown.

Example for the last: tested {"data": "digits", "updates": 680} and asked {"updates": 680, "data": "faces",
"width": 4096} give ["data", "width"].
"""


def versions(draw):
    yield Version(
        task=STAIRS,
        text="""
## Task 1: stairs from corners

A schedule for every length of run speaks in fractions of the run. `corners` is a list of pairs `[fraction, lr]` with
rising fractions, the first 0, the last 1. Step `t` of `total_steps` lies at the fraction `t / (total_steps - 1)`.
The LR of a corner holds from its fraction on, until the next corner is reached. Past the last step it stays at the last
corner's LR. (`total_steps` is at least 2.)

With `corners=[[0, 0.1], [0.5, 1], [1, 0.2]]` and 5 steps: 0.1, 0.1, 1, 1, 0.2.
""".strip(),
        cell="""
def piecewise_lr(step, total_steps, corners):
    ### BEGIN SOLUTION
    fraction = step / (total_steps - 1)
    for i, (left, lr) in enumerate(corners[:-1]):
        right = corners[i + 1][0]
        if fraction < right:
            return lr
    return corners[-1][1]
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=LOG,
        text=r"""
## Task 1: lines on a log scale

A schedule for every length of run speaks in fractions of the run. `corners` is a list of pairs `[fraction, lr]` with
rising fractions, the first 0, the last 1, and LRs above 0. Step `t` of `total_steps` lies at the fraction
`t / (total_steps - 1)`. Between two corners the *logarithm* of the LR follows a straight line: after a share $x$ of the
way from a corner's LR $a$ to the next one's, $b$, the LR is $a \cdot (b / a)^x$. Past the last step it stays at the
last corner's LR. (`total_steps` is at least 2.)

With `corners=[[0, 0.1], [1, 0.001]]` and 3 steps: 0.1, 0.01, 0.001.
""".strip(),
        cell="""
def piecewise_lr(step, total_steps, corners):
    ### BEGIN SOLUTION
    fraction = step / (total_steps - 1)
    for (left, lr), (right, next_lr) in zip(corners, corners[1:]):
        if fraction < right:
            return lr * (next_lr / lr) ** ((fraction - left) / (right - left))
    return corners[-1][1]
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=PLAIN,
        text=r"""
## Task 2: the loss that a schedule reaches

The noisy bowl is a model of training: one weight for every curvature $h$, all starting at the same place. SGD pulls
each weight to 0 and noise pushes it away. In this version the noise is the same for every weight. What we expect of a
weight's square, $e$, follows exactly:

$$e \leftarrow (1 - \eta h)^2 \, e + (\eta \, \sigma)^2$$

once for every LR $\eta$ of the run; $\sigma$ is `noise` and $e$ starts at `start` squared. Return the loss at the end,
the sum of $h e / 2$ over all curvatures. With one LR 0.5, one curvature 2, start 3 and noise 1: $e = 0 \cdot 9 + 0.25$,
loss 0.25.
""".strip(),
        cell="""
def expected_loss(lrs, curvatures, start, noise):
    ### BEGIN SOLUTION
    loss = 0.0
    for h in curvatures:
        e = start**2
        for lr in lrs:
            e = (1 - lr * h) ** 2 * e + (lr * noise) ** 2
        loss += h * e / 2
    return loss
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=EVERY,
        text=r"""
## Task 2: the loss after every step

The noisy bowl is a model of training (Zhang et al., 2019, arXiv:1907.04164): one weight for every curvature $h$, all
starting at the same place. SGD pulls each weight to 0 and noise pushes it away. What we expect of its square, $e$,
follows exactly:

$$e \leftarrow (1 - \eta h)^2 \, e + (\eta \, \sigma)^2 \, h$$

once for every LR $\eta$ of the run; $\sigma$ is `noise` and $e$ starts at `start` squared. The loss is the sum of
$h e / 2$ over all curvatures. Return a list: the loss after the first LR, after the second, and so on. With the LRs 0.5
and 0, one curvature 1, start 3 and noise 1: $e = 0.25 \cdot 9 + 0.25 = 2.5$, and then it stays; the list is 1.25, 1.25.
""".strip(),
        cell="""
def expected_loss(lrs, curvatures, start, noise):
    ### BEGIN SOLUTION
    squares, losses = [start**2 for h in curvatures], []
    for lr in lrs:
        squares = [(1 - lr * h) ** 2 * e + (lr * noise) ** 2 * h for h, e in zip(curvatures, squares)]
        losses.append(sum(h * e / 2 for h, e in zip(curvatures, squares)))
    return losses
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=NO_WORSE,
        text=f"""
## Task 8: the report

Your schedule, which is cheaper, and a rival ran on the same seeds; `mine` and `rival` are their losses. `lrs` is the
grid of LRs on which yours was tuned, in any order, and `best` the one that was chosen. Write a report in this form, a
dictionary:

- `"seeds"`: how many there were.
- `"interval"`: the 95 % interval of `rival - mine`, from `paired_interval`, which is given above. Above 0 it speaks for
  you.
- `"best_inside"`: `True` if the best LR lies inside the grid, `False` if it is the lowest or the highest.
- `"verdict"`: `"unclear"` if the best LR is at an edge of the grid, whatever the losses say. Otherwise `"no worse"` if
  the whole interval lies above `-matters` and does not touch it, `"worse"` if it lies below `-matters` and does not
  touch it, and else `"unclear"`.
{TAIL.strip()}
""".strip(),
        cell="""
def write_report(mine, rival, lrs, best, matters, tested, asked):
    ### BEGIN SOLUTION
    low, high = paired_interval(rival, mine)
    inside = min(lrs) < best < max(lrs)
    if not inside:
        verdict = "unclear"
    elif low > -matters:
        verdict = "no worse"
    elif high < -matters:
        verdict = "worse"
    else:
        verdict = "unclear"
    missing = [name for name in asked if tested.get(name) != asked[name]]
    return {
        "seeds": len(mine),
        "interval": [low, high],
        "best_inside": inside,
        "verdict": verdict,
        "does_not_show": sorted(missing),
    }
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=AHEAD,
        text=f"""
## Task 8: the report

Your schedule and a rival ran on the same seeds; `mine` and `rival` are their losses. `lrs` is the grid of LRs on which
yours was tuned, in any order, and `best` the one that was chosen. Write a report in this form, a dictionary (you need
no interval here):

- `"seeds"`: how many there were.
- `"ahead"`: in how many of them your loss was lower than the rival's.
- `"edge"`: `"low"` if the best LR is the lowest of the grid, `"high"` if it is the highest, else `"inside"`.
- `"verdict"`: `"holds"` if the best LR lies inside, you are ahead in every seed, and there are at least five. Otherwise
  `"unclear"`.
{TAIL.strip()}
""".strip(),
        cell="""
def write_report(mine, rival, lrs, best, tested, asked):
    ### BEGIN SOLUTION
    ahead = sum(a < b for a, b in zip(mine, rival))
    edge = {min(lrs): "low", max(lrs): "high"}.get(best, "inside")
    sure = edge == "inside" and ahead == len(mine) and ahead >= 5
    missing = [name for name in asked if tested.get(name) != asked[name]]
    return {
        "seeds": len(mine),
        "ahead": ahead,
        "edge": edge,
        "verdict": "holds" if sure else "unclear",
        "does_not_show": sorted(missing),
    }
    ### END SOLUTION
""".lstrip(),
    )
