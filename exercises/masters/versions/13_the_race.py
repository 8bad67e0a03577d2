"""Versions of exercise 13: medians, which edge; an error, a surer interval; a middle and a half, no worse than."""

import math
import statistics
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("13_the_race").task


def median_by_statistics(lrs, losses):
    lr = min(zip(lrs, losses, strict=True), key=lambda pair: statistics.median(pair[1]))[0]
    return [lr, sorted(lrs).index(lr) in (0, len(lrs) - 1)]


def side_by_sorting(lrs, losses):
    ordered = sorted(zip(lrs, losses, strict=True))
    sums = [sum(row) for _, row in ordered]
    i = sums.index(min(sums))
    return [ordered[i][0], {0: "low", len(lrs) - 1: "high"}.get(i, "inside")]


def error_by_statistics(first, second):
    differences = [a - b for a, b in zip(first, second, strict=True)]
    return [statistics.fmean(differences), statistics.stdev(differences) / math.sqrt(len(differences))]


SURER = {3: 9.925, 4: 5.841, 5: 4.604, 6: 4.032, 7: 3.707, 8: 3.499, 9: 3.355, 10: 3.25}


def surer_by_statistics(first, second):
    mean, error = error_by_statistics(second, first)
    half = SURER[len(first)] * error
    return mean, mean - half, mean + half


def half_by_ends(mean, half, matters):
    low, high = mean - half, mean + half
    if -matters < low and high < matters:
        return "same"
    return "holds" if low > 0 else "opposite" if high < 0 else "unclear"


def no_worse_by_list(low, high, matters):
    return ["unclear", "no worse", "worse"][(low > -matters) + 2 * (high < -matters)]


def draw_grid(rng):
    lrs = [round(rng.uniform(0.5, 1.5) * 10 ** (i / 2 - 3), 5) for i in range(rng.randint(3, 7))]
    rng.shuffle(lrs)
    seeds = rng.choice([3, 5])
    return case(lrs=lrs, losses=[[rng.uniform(0.1, 2) for _ in range(seeds)] for _ in lrs])


def draw_pairs(rng):
    n, effect = rng.randint(4, 10), rng.uniform(-0.3, 0.3)
    second = [rng.uniform(0.3, 1.5) for _ in range(n)]
    return case(first=[loss + effect + rng.uniform(-0.1, 0.1) for loss in second], second=second)


def draw_half(rng):
    matters, mean, half = rng.uniform(0.01, 0.1), rng.uniform(-0.2, 0.2), rng.uniform(0.001, 0.15)
    return case(mean=mean if rng.random() < 0.7 else mean / 10, half=half, matters=matters)


def draw_no_worse(rng):
    matters, middle, half = rng.uniform(0.01, 0.1), rng.uniform(-0.2, 0.2), rng.uniform(0.001, 0.15)
    return case(low=middle - half, high=middle + half, matters=matters)


PAIRS = (
    case(first=[0.5, 0.6, 0.4], second=[0.4, 0.5, 0.1]),
    case(first=[1.2, 0.4, 0.8, 2.0, 0.6], second=[1.1, 0.32, 0.69, 1.9, 0.51]),
    case(first=[0.25, 0.5, 0.75, 1.0], second=[0.5, 0.7, 1.0, 1.25]),
)

MEDIAN = replace(
    published("best_lr"),
    public=(
        case(lrs=[0.1, 0.01, 1.0], losses=[[0.4, 0.5, 0.6], [0.9, 0.9, 0.8], [0.2, 1.6, 1.7]]),
        case(
            lrs=[0.001, 0.003, 0.01, 0.03], losses=[[0.9, 1.0, 1.1], [0.5, 0.6, 0.7], [0.3, 0.4, 9.0], [0.5, 0.6, 0.8]]
        ),
        case(lrs=[0.1, 0.3, 0.01], losses=[[0.3, 0.1, 0.4], [0.2, 0.25, 3.0], [0.1, 0.9, 0.7]]),
        case(lrs=[0.03, 0.01, 0.1], losses=[[0.5], [0.4], [0.6]]),
    ),
    edges=(case(lrs=[0.01, 0.1, 0.03], losses=[[0.9, 0.8, 0.9], [0.3, 0.2, 0.1], [0.5, 0.1, 0.3]]),),
    draw=draw_grid,
    hints=(
        "What is the middle one of three losses, and how do you find it for any odd number of them?",
        "Sort a row, and take the entry in the middle. The place of the smallest median is the place of its LR.",
        "The LRs come in any order, so their place in the list says nothing about an edge: compare the best with the "
        "lowest and with the highest LR. Return both parts in one list.",
    ),
    mistakes=(
        Mistake(
            "You take the mean. One run that diverged spoils it: take the one in the middle.",
            "sorted(row)[len(row) // 2]",
            "(sum(row) / len(row))",
        ),
        Mistake(
            "You take the LR of the best single run. One lucky seed decides then.",
            "sorted(row)[len(row) // 2]",
            "min(row)",
        ),
        Mistake(
            "You take the entry in the middle of the row as it stands. Sort the row first.",
            "sorted(row)[len(row) // 2]",
            "row[len(row) // 2]",
        ),
        Mistake(
            "You test for the highest LR only. The lowest is an edge, too.",
            "lr in (min(lrs), max(lrs))",
            "lr == max(lrs)",
        ),
        Mistake(
            "You take the first and the last LR of the list for the edges. The list is in any order.",
            "(min(lrs), max(lrs))",
            "(lrs[0], lrs[-1])",
        ),
        Mistake(
            "True and False have changed places: True means that the best LR lies at an edge.",
            "lr in (min",
            "lr not in (min",
        ),
    ),
    also_right=(median_by_statistics,),
    survivors={},
)

SIDE = replace(
    published("best_lr"),
    public=(
        case(lrs=[0.1, 0.01, 1.0], losses=[[0.4, 0.5], [0.9, 0.9], [0.2, 1.6]]),
        case(lrs=[0.01, 0.03, 0.1], losses=[[0.3, 0.2], [0.5, 0.9], [0.7, 0.8]]),
        case(lrs=[0.1, 0.3, 0.01], losses=[[0.3, 0.3, 0.3], [0.2, 0.3, 0.3], [0.1, 0.2, 0.7]]),
        case(lrs=[0.03, 0.01, 0.1], losses=[[0.5], [0.4], [0.6]]),
    ),
    edges=(case(lrs=[0.01, 0.1, 0.03], losses=[[0.9, 0.8], [0.3, 0.2], [0.5, 0.1]]),),
    draw=draw_grid,
    hints=(
        "Which LR wins in the example, and why not the one with the single lowest loss?",
        "Make a list of the means, one for each LR. The place of the smallest is the place of its LR.",
        "The LRs come in any order, so compare the best with the lowest and with the highest of them, one after the "
        "other. What is neither lies inside.",
    ),
    mistakes=(
        Mistake(
            "You take the LR of the best single run. One lucky seed decides then: take the lowest mean.",
            "sum(row) / len(row)",
            "min(row)",
        ),
        Mistake("You take the highest mean. A loss should be low.", "index(min(means))", "index(max(means))"),
        Mistake(
            "low and high have changed places.",
            '"low" if lr == min(lrs) else "high" if lr == max(lrs)',
            '"high" if lr == min(lrs) else "low" if lr == max(lrs)',
        ),
        Mistake(
            "You take the first and the last LR of the list for the edges. The list is in any order.",
            '"low" if lr == min(lrs) else "high" if lr == max(lrs)',
            '"low" if lr == lrs[0] else "high" if lr == lrs[-1]',
        ),
        Mistake(
            "You never say high: the highest LR that was tried is an edge, too.",
            ' else "high" if lr == max(lrs)',
            "",
        ),
        Mistake(
            "You never say low: the lowest LR that was tried is an edge, too.",
            '"low" if lr == min(lrs) else ',
            "",
        ),
    ),
    also_right=(side_by_sorting,),
)

ERROR = replace(
    published("paired_interval"),
    public=PAIRS,
    edges=(case(first=[0.1] * 9 + [0.6], second=[0.2] * 10),),
    draw=draw_pairs,
    hints=(
        "Work the example out by hand. How many numbers are left after the first step?",
        "From then on you have one list of n differences: its mean, then the sum of the squared distances from that "
        "mean, then s.",
        "s divides that sum by n - 1 and takes the root. The error of the mean is smaller than s: which root divides "
        "it?",
    ),
    mistakes=(
        Mistake("You divide by n. With the mean taken from the same numbers it is n - 1.", "/ (n - 1)", "/ n"),
        Mistake(
            "The root of n is missing: that is how far single seeds scatter, not how sure their mean is.",
            "s / math.sqrt(n)",
            "s",
        ),
        Mistake("You divide by n. The mean of n seeds is surer by the root of n.", "s / math.sqrt(n)", "s / n"),
        Mistake("Your differences have the wrong sign: first minus second.", "a - b for", "b - a for"),
        Mistake("s is a root: you use its square.", "s = math.sqrt(", "s = ("),
        Mistake(
            "You take sizes: a difference below 0 counts as one above. Then they cannot cancel.",
            "a - b for",
            "abs(a - b) for",
        ),
    ),
    also_right=(error_by_statistics,),
    survivors={},
)

SURER_INTERVAL = replace(
    published("paired_interval"),
    public=PAIRS,
    edges=(case(first=[0.1] * 9 + [0.6], second=[0.2] * 10),),
    draw=draw_pairs,
    hints=published("paired_interval").hints,
    mistakes=(
        Mistake("You divide by n. With the mean taken from the same numbers it is n - 1.", "/ (n - 1)", "/ n"),
        Mistake(
            "The root of n is missing: that is how far single seeds scatter, not how sure their mean is.",
            "* s / math.sqrt(n)",
            "* s",
        ),
        Mistake("You divide by n. The mean of n seeds is surer by the root of n.", "/ math.sqrt(n)", "/ n"),
        Mistake(
            "2.58 belongs to a great many seeds. With so few take the number for n seeds from the table.",
            "QUANTILES[n]",
            "2.576",
        ),
        Mistake("Your differences have the wrong sign: second minus first.", "b - a for", "a - b for"),
        Mistake(
            "You give the two ends in the wrong order: the lower one comes first.",
            "mean - half, mean + half]",
            "mean + half, mean - half]",
        ),
    ),
    also_right=(surer_by_statistics,),
)

HALF = replace(
    published("verdict"),
    public=(
        case(mean=0.105, half=0.095, matters=0.05),
        case(mean=-0.2, half=0.1, matters=0.05),
        case(mean=0.005, half=0.025, matters=0.05),
        case(mean=0.05, half=0.15, matters=0.05),
        case(mean=0.02, half=0.01, matters=0.05),
        case(mean=0.25, half=0.25, matters=0.05),
        case(mean=-0.25, half=0.25, matters=0.05),
        case(mean=0.25, half=0.125, matters=0.375),
        case(mean=-0.25, half=0.125, matters=0.375),
    ),
    edges=(case(mean=0.0, half=0.5, matters=0.5), case(mean=-0.03, half=0.01, matters=0.05)),
    draw=draw_half,
    hints=(
        "Draw the line of numbers with -matters, 0 and matters on it. Where are the two ends of the interval?",
        "The ends lie half to the left and half to the right of the mean. Then ask the four questions in the order "
        "of the text: each is for what the ones before left over.",
        "Both ends must lie inside for the first. Above 0 is a question to the lower end alone, below 0 one to the "
        "upper end. Touching is not enough: no question needs an equals sign.",
    ),
    mistakes=(
        Mistake(
            "You ask the mean, not the interval: the whole interval must lie on one side.",
            "low, high = mean - half, mean + half",
            "low, high = mean, mean",
        ),
        Mistake(
            "You take half for the whole width. The interval reaches half to each side of the mean.",
            "low, high = mean - half, mean + half",
            "low, high = mean - half / 2, mean + half / 2",
        ),
        Mistake(
            "An interval that touches matters is not inside.",
            "-matters < low and high < matters",
            "-matters <= low and high <= matters",
        ),
        Mistake("An end that is exactly 0 is held: nothing is shown then.", "low > 0", "low >= 0"),
        Mistake("The lower end must clear matters for you. Above 0 is enough.", "low > 0", "low > matters"),
        Mistake(
            "You never say same: an interval that lies within matters on both sides shows that nothing is to be "
            "gained.",
            '    if -matters < low and high < matters:\n        return "same"\n',
            "",
        ),
    ),
    also_right=(half_by_ends,),
)

NO_WORSE = replace(
    published("verdict"),
    public=(
        case(low=0.01, high=0.2, matters=0.05),
        case(low=-0.3, high=-0.1, matters=0.05),
        case(low=-0.02, high=0.03, matters=0.05),
        case(low=-0.1, high=0.2, matters=0.05),
        case(low=-0.05, high=0.2, matters=0.05),
        case(low=-0.2, high=-0.05, matters=0.05),
        case(low=-0.04, high=-0.01, matters=0.05),
        case(low=-0.2, high=-0.02, matters=0.05),
    ),
    edges=(case(low=-0.05, high=-0.05, matters=0.05), case(low=0.0, high=0.0, matters=0.05)),
    draw=draw_no_worse,
    hints=(
        "Draw the line of numbers with -matters on it. On which sides of it may an interval lie?",
        "Only that one mark counts: the whole interval above it, the whole interval below it, or the mark inside.",
        "Above is a question to the lower end alone, below one to the upper end. Touching is not enough: no question "
        "needs an equals sign.",
    ),
    mistakes=(
        Mistake(
            "You compare with 0. A loss up to matters is allowed: compare with -matters.", "low > -matters", "low > 0"
        ),
        Mistake(
            "You ask the wrong end: the whole interval lies above -matters if its *lower* end does.",
            "low > -matters",
            "high > -matters",
        ),
        Mistake("An interval that touches -matters is not above it.", "low > -matters", "low >= -matters"),
        Mistake("An interval that touches -matters is not below it.", "high < -matters", "high <= -matters"),
        Mistake("Below 0 is not yet worse: the loss must be larger than matters.", "high < -matters", "high < 0"),
        Mistake(
            "You never say unclear: what is not shown to be no worse need not be worse.",
            'return "unclear"',
            'return "worse"',
        ),
    ),
    also_right=(no_worse_by_list,),
)


def versions(draw):
    yield Version(
        task=MEDIAN,
        text="""
## Task 1: the best LR, and the edge of the grid

A schedule was tried with several LRs, each with several seeds. `lrs` holds the LRs, in any order, and `losses` a row
for each of them: its losses, one for each seed, an odd number of them. A run may have diverged, so don't trust means
here. Return a list of two: the LR whose *median* loss is the lowest (sort its losses and take the one in the middle),
and whether it lies at an edge of the grid, being the lowest or the highest LR that was tried (True or False). No two
medians are equal here.

Example: `lrs=[0.1, 0.01, 1.0], losses=[[0.4, 0.5, 9.0], [0.9, 0.9, 0.8], [0.2, 1.6, 1.7]]` gives `[0.1, False]`.
""".strip(),
        cell="""
def best_lr(lrs, losses):
    ### BEGIN SOLUTION
    medians = [sorted(row)[len(row) // 2] for row in losses]
    lr = lrs[medians.index(min(medians))]
    return [lr, lr in (min(lrs), max(lrs))]
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=SIDE,
        text="""
## Task 1: the best LR, and where to widen the grid

A schedule was tried with several LRs, each with several seeds. `lrs` holds the LRs, in any order, and `losses` a row
for each of them: its losses, one for each seed. Return a list of two: the LR whose *mean* loss is the lowest, and a
word. The word is `"low"` if it is the lowest LR that was tried, `"high"` if it is the highest, and `"inside"`
otherwise. At the low end the grid must be widened downwards, at the high end upwards. There are at least three LRs,
and no two means are equal.

Example: `lrs=[0.1, 0.01, 1.0], losses=[[0.4, 0.5], [0.9, 0.9], [0.2, 1.6]]` gives `[0.1, "inside"]`. The best single
run had LR 1.0, but its mean is 0.9.
""".strip(),
        cell="""
def best_lr(lrs, losses):
    ### BEGIN SOLUTION
    means = [sum(row) / len(row) for row in losses]
    lr = lrs[means.index(min(means))]
    return [lr, "low" if lr == min(lrs) else "high" if lr == max(lrs) else "inside"]
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=ERROR,
        text=r"""
## Task 2: the difference, seed by seed

Two schedules ran with the same seeds. Seed by seed they share the first weights and the order of the batches, so
compare them seed by seed: take the differences `first[i] - second[i]`, then their mean and its *standard error*:

$$\frac{s}{\sqrt{n}}, \qquad s = \sqrt{\frac{\sum_i (d_i - \text{mean})^2}{n - 1}}$$

$n$ is the number of seeds, $d_i$ the difference of a seed. Return the mean and its standard error, in this order.
Above 0 the first schedule has the higher loss. A mean of less than about two or three errors may be chance.

Example: the losses 0.5, 0.6, 0.4 and 0.4, 0.5, 0.1 differ by 0.1, 0.1 and 0.3. Their mean is 0.167, $s$ is 0.115 and
the error 0.067.
""".strip(),
        cell="""
def paired_interval(first, second):
    ### BEGIN SOLUTION
    differences = [a - b for a, b in zip(first, second)]
    n = len(differences)
    mean = sum(differences) / n
    s = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1))
    return [mean, s / math.sqrt(n)]
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=SURER_INTERVAL,
        text=r"""
## Task 2: the difference, seed by seed

Two schedules ran with the same seeds. Seed by seed they share the first weights and the order of the batches, so
compare them seed by seed: take the differences `second[i] - first[i]`, then their mean and its 99 % interval by
Student's t:

$$\text{mean} \pm q \cdot \frac{s}{\sqrt{n}}, \qquad s = \sqrt{\frac{\sum_i (d_i - \text{mean})^2}{n - 1}}$$

$n$ is the number of seeds, $d_i$ the difference of a seed. The cell holds $q$ by the number of seeds. Return the
mean, the lower and the upper end, in this order. Above 0 the *second* schedule has the higher loss.

Example: the losses 0.5, 0.6, 0.4 and 0.4, 0.5, 0.1 differ by −0.1, −0.1 and −0.3. Their mean is −0.167, $s$ is 0.115,
and the interval goes from −0.828 to 0.495. It holds 0: three seeds cannot tell these two apart.
""".strip(),
        cell="""
QUANTILES = {3: 9.925, 4: 5.841, 5: 4.604, 6: 4.032, 7: 3.707, 8: 3.499, 9: 3.355, 10: 3.25}


def paired_interval(first, second):
    ### BEGIN SOLUTION
    differences = [b - a for a, b in zip(first, second)]
    n = len(differences)
    mean = sum(differences) / n
    s = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1))
    half = QUANTILES[n] * s / math.sqrt(n)
    return [mean, mean - half, mean + half]
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=HALF,
        text="""
## Task 3: what may be said

Here a positive difference speaks for a claim, and differences below `matters` are too small to care about. An
interval reaches `half` to either side of `mean`. It allows one of four verdicts:

- `"same"`: no difference that matters. The whole interval lies between `-matters` and `matters`, and touches neither.
  This comes first: a difference may be sure and still too small to care about.
- `"holds"`: otherwise, the whole interval lies above 0.
- `"opposite"`: otherwise, the whole interval lies below 0.
- `"unclear"`: otherwise. The interval holds 0 and more besides, so these seeds cannot tell. An end that is exactly 0
  counts as held.

That 0 lies inside does *not* show that two schedules are equal: a wide interval holds 0 easily.
""".strip(),
        cell="""
def verdict(mean, half, matters):
    ### BEGIN SOLUTION
    low, high = mean - half, mean + half
    if -matters < low and high < matters:
        return "same"
    if low > 0:
        return "holds"
    if high < 0:
        return "opposite"
    return "unclear"
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=NO_WORSE,
        text="""
## Task 3: no worse than

A cheaper schedule need not be better, only not much worse. Here a negative difference speaks against it, and a loss
of up to `matters` is a fair price. An interval of the difference, from `low` to `high`, allows one of three verdicts:

- `"no worse"`: the whole interval lies above `-matters`, and does not touch it.
- `"worse"`: the whole interval lies below `-matters`, and does not touch it.
- `"unclear"`: otherwise, so these seeds cannot tell.

That 0 lies inside does *not* show that the two are equal: a wide interval holds 0 easily, and `-matters` too.
""".strip(),
        cell="""
def verdict(low, high, matters):
    ### BEGIN SOLUTION
    if low > -matters:
        return "no worse"
    if high < -matters:
        return "worse"
    return "unclear"
    ### END SOLUTION
""".lstrip(),
    )
