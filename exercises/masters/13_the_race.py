"""Checks of exercise 13: the best LR and the edge, a paired interval, a verdict, an honest report, five reports."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case

QUANTILES = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}


def best_by_sorting(lrs, losses):
    lr = min(zip(lrs, losses, strict=True), key=lambda pair: math.fsum(pair[1]))[0]
    return lr, sorted(lrs).index(lr) in (0, len(lrs) - 1)


def best_by_loop(lrs, losses):
    best, lowest = None, math.inf
    for lr, row in zip(lrs, losses, strict=True):
        mean = sum(row) / len(row)
        if mean < lowest:
            best, lowest = lr, mean
    inside = any(lr < best for lr in lrs) and any(lr > best for lr in lrs)
    return [best, not inside]


def best_by_numpy(lrs, losses):
    import numpy as np

    lr = lrs[np.mean(losses, axis=1).argmin()]
    return [lr, bool(lr == np.min(lrs) or lr == np.max(lrs))]


def interval_by_statistics(first, second):
    import statistics

    differences = [a - b for a, b in zip(first, second, strict=True)]
    mean = statistics.fmean(differences)
    half = QUANTILES[len(differences)] * statistics.stdev(differences) / len(differences) ** 0.5
    return mean, mean - half, mean + half


def interval_by_squares(first, second):
    """The variance as the mean of the squares minus the square of the mean."""
    n = len(first)
    differences = [first[i] - second[i] for i in range(n)]
    mean = math.fsum(differences) / n
    variance = max(math.fsum((d - mean) * d for d in differences), 0) / (n - 1)
    half = QUANTILES[n] * math.sqrt(variance / n)
    return [mean, mean - half, mean + half]


def interval_by_numpy(first, second):
    import numpy as np

    d = np.array(first) - np.array(second)
    half = QUANTILES[len(d)] * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean() + half * np.array([0, -1, 1])


def verdict_by_size(low, high, matters):
    if max(abs(low), abs(high)) < matters:
        return "same"
    return "unclear" if low <= 0 <= high else "holds" if low > 0 else "opposite"


def verdict_by_list(low, high, matters):
    rules = [
        ("same", low > -matters and high < matters),
        ("opposite", high < 0),
        ("holds", low > 0),
        ("unclear", True),
    ]
    return next(words for words, fits in rules if fits)


def verdict_by_branches(low, high, matters):
    if low <= -matters or high >= matters:
        if low > 0:
            return "holds"
        return "opposite" if high < 0 else "unclear"
    return "same"


def reported_by_loop(losses, tuning, fresh):
    lowest, chosen = None, None
    for row in losses:
        total = sum(row[seed] for seed in tuning)
        if lowest is None or total < lowest:
            lowest, chosen = total, row
    return sum(chosen[seed] for seed in fresh) / len(fresh)


def reported_by_index(losses, tuning, fresh):
    means = [sum(row[i] for i in tuning) for row in losses]
    best = losses[means.index(min(means))]
    return sum(loss for i, loss in enumerate(best) if i in fresh) / len(fresh)


def reported_by_numpy(losses, tuning, fresh):
    import numpy as np

    table = np.array(losses)
    return table[table[:, tuning].mean(axis=1).argmin(), fresh].mean()


def unpaired(first, second):
    """A mistake: the two spreads are added, as if the seeds had nothing to do with each other."""
    n = len(first)
    means = [sum(row) / n for row in (first, second)]
    variances = [sum((x - mean) ** 2 for x in row) / (n - 1) for row, mean in zip((first, second), means, strict=True)]
    half = QUANTILES[n] * math.sqrt(sum(variances) / n)
    return [means[0] - means[1], means[0] - means[1] - half, means[0] - means[1] + half]


def draw_grid(rng):
    lrs = [round(rng.uniform(0.5, 1.5) * 10 ** (i / 2 - 3), 5) for i in range(rng.randint(3, 7))]
    rng.shuffle(lrs)
    seeds = rng.randint(2, 5)
    return case(lrs=lrs, losses=[[rng.uniform(0.1, 2) for _ in range(seeds)] for _ in lrs])


def draw_pairs(rng):
    n, effect = rng.randint(3, 10), rng.uniform(-0.3, 0.3)
    second = [rng.uniform(0.3, 1.5) for _ in range(n)]
    return case(first=[loss + effect + rng.uniform(-0.1, 0.1) for loss in second], second=second)


def draw_interval(rng):
    matters, middle, half = rng.uniform(0.01, 0.1), rng.uniform(-0.2, 0.2), rng.uniform(0.001, 0.15)
    middle = middle if rng.random() < 0.7 else middle / 10
    return case(low=middle - half, high=middle + half, matters=matters)


def draw_report(rng):
    places = list(range(rng.randint(4, 8)))
    rng.shuffle(places)
    k = rng.randint(1, len(places) - 2)
    losses = [[rng.uniform(0.1, 2) for _ in places] for _ in range(rng.randint(3, 6))]
    return case(losses=losses, tuning=places[:k], fresh=places[k:])


def interval(low, high, matters):
    return case(low=low, high=high, matters=matters)


GRID = [0.001, 0.003, 0.01, 0.03, 0.1]
LOSSES = [[0.9, 1.0], [0.5, 0.6], [0.4, 0.38], [0.35, 0.9], [2.0, 2.2]]

exercise = Exercise(
    lesson="13_the_race",
    title="The race",
    tasks=(
        Task(
            "best_lr",
            points=2,
            drive="call",
            difficulty=2,
            importance=5,
            minutes=8,
            takeaway="A best LR at the edge of the grid is not found yet: widen the grid before you compare.",
            public=(
                case(lrs=[0.1, 0.01, 1.0], losses=[[0.4, 0.5], [0.9, 0.9], [0.2, 1.6]]),
                case(lrs=GRID, losses=LOSSES),
                case(lrs=GRID[::-1], losses=LOSSES),
                case(lrs=GRID[2:], losses=[[0.3, 0.2], [0.5, 0.9], [0.7, 0.8]]),
                case(lrs=[0.1, 0.3, 0.01], losses=[[0.3, 0.3, 0.3], [0.2, 0.3, 0.3], [0.1, 0.2, 0.7]]),
            ),
            edges=(
                case(lrs=[0.01, 0.1, 0.03], losses=[[0.9, 0.8], [0.3, 0.2], [0.5, 0.1]]),
                case(lrs=[0.03, 0.01, 0.1], losses=[[0.3], [0.5], [0.4]]),
            ),
            draw=draw_grid,
            hints=(
                "Which LR wins in the example, and why not the one with the single lowest loss?",
                "Make a list of the means, one for each LR. The place of the smallest is the place of its LR.",
                "The LRs come in any order, so their place in the list says nothing about an edge: compare the best "
                "with the lowest and with the highest LR. Return both parts in one list.",
            ),
            mistakes=(
                Mistake(
                    "You take the LR of the best single run. One lucky seed decides then: take the lowest mean.",
                    "sum(row) / len(row)",
                    "min(row)",
                ),
                Mistake("You take the highest mean. A loss should be low.", "index(min(means))", "index(max(means))"),
                Mistake(
                    "You test for the highest LR only. The lowest is an edge, too.",
                    "lr in (min(lrs), max(lrs))",
                    "lr == max(lrs)",
                ),
                Mistake(
                    "You test for the lowest LR only. The highest is an edge, too.",
                    "lr in (min(lrs), max(lrs))",
                    "lr == min(lrs)",
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
                Mistake("You look at the first seed alone. Take the mean of all.", "sum(row) / len(row)", "row[0]"),
                Mistake(
                    "You take the LR whose worst seed is the best. The mean is asked for.",
                    "sum(row) / len(row)",
                    "max(row)",
                ),
                Mistake(
                    "You give the LR alone. Whether it lies at an edge belongs into the list as well.",
                    "return [lr, lr in (min(lrs), max(lrs))]",
                    "return lr",
                ),
                Mistake(
                    "You give the lowest mean loss. The LR that reached it is asked for.",
                    "[lr, lr in",
                    "[min(means), lr in",
                ),
            ),
            also_right=(best_by_sorting, best_by_loop, best_by_numpy),
            survivors={
                "means = [sum(row)": "all rows are equally long: what grows with the sum is smallest at the same LR"
            },
        ),
        Task(
            "paired_interval",
            points=3,
            drive="call",
            difficulty=3,
            importance=5,
            minutes=12,
            takeaway="Give both schedules the same seeds and look at the differences: what the seeds share drops out.",
            public=(
                case(first=[0.5, 0.6, 0.4], second=[0.4, 0.5, 0.1]),
                case(first=[1.2, 0.4, 0.8, 2.0, 0.6], second=[1.1, 0.32, 0.69, 1.9, 0.51]),
                case(first=[0.3, 0.5], second=[0.5, 0.4]),
                case(first=[0.25, 0.5, 0.75, 1.0], second=[0.5, 0.75, 1.0, 1.25]),
            ),
            edges=(
                case(first=[0.1] * 9 + [0.6], second=[0.2] * 10),
                case(first=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], second=[0.0] * 6),
            ),
            draw=draw_pairs,
            hints=(
                "Work the example out by hand. How many numbers are left after the first step?",
                "From then on you have one list of n differences: its mean, then the sum of the squared distances from "
                "that mean, then s.",
                "s divides that sum by n - 1 and takes the root. Half the interval is QUANTILES[n], s and the root "
                "of n: two of them multiply, one divides.",
            ),
            mistakes=(
                Mistake(
                    "You add up the spreads of both schedules. What the seeds share is in both of them: take the "
                    "differences first, and the spread of those.",
                    unpaired,
                ),
                Mistake("You divide by n. With the mean taken from the same numbers it is n - 1.", "/ (n - 1)", "/ n"),
                Mistake(
                    "The root of n is missing: that is how far single seeds scatter, not how sure their mean is.",
                    "* s / math.sqrt(n)",
                    "* s",
                ),
                Mistake("You divide by n. The mean of n seeds is surer by the root of n.", "/ math.sqrt(n)", "/ n"),
                Mistake(
                    "1.96 belongs to a great many seeds. With so few take the number for n seeds from the table.",
                    "QUANTILES[n]",
                    "1.96",
                ),
                Mistake("The number from the table is missing.", "QUANTILES[n] * s", "s"),
                Mistake("Your differences have the wrong sign: first minus second.", "a - b for", "b - a for"),
                Mistake("s is a root: you use its square.", "s = math.sqrt(", "s = ("),
                Mistake(
                    "The table is by the number of seeds already. You look it up at n - 1.",
                    "QUANTILES[n]",
                    "QUANTILES.get(n - 1, 12.706)",
                ),
                Mistake(
                    "You give the two ends in the wrong order: the lower one comes first.",
                    "mean - half, mean + half]",
                    "mean + half, mean - half]",
                ),
                Mistake(
                    "You take sizes: a difference below 0 counts as one above. Then they cannot cancel.",
                    "a - b for",
                    "abs(a - b) for",
                ),
            ),
            also_right=(interval_by_statistics, interval_by_squares, interval_by_numpy),
            survivors={"QUANTILES = {": "the table is given, and stands in the reference's names as well"},
        ),
        Task(
            "verdict",
            points=2,
            drive="call",
            difficulty=2,
            importance=5,
            minutes=8,
            takeaway="Say beforehand which difference you would not care about: only then can a race end in a draw.",
            public=(
                interval(0.01, 0.2, 0.05),
                interval(-0.3, -0.1, 0.05),
                interval(-0.02, 0.03, 0.05),
                interval(-0.1, 0.2, 0.05),
                interval(0.01, 0.03, 0.05),
                interval(0.0, 0.2, 0.05),
                interval(0.01, 0.05, 0.05),
                interval(-0.05, -0.01, 0.05),
                interval(-0.2, 0.0, 0.05),
                interval(-0.04, -0.01, 0.05),
            ),
            edges=(interval(-0.05, 0.05, 0.05), interval(-0.05, 0.01, 0.05), interval(0.06, 0.07, 0.05)),
            draw=draw_interval,
            hints=(
                "Draw the line of numbers with -matters, 0 and matters on it. Where may an interval lie?",
                "Ask the four questions in the order of the text: each is for what the ones before left over.",
                "Both ends must lie inside for the first. Above 0 is a question to the lower end alone, below 0 one to "
                "the upper end. Touching is not enough: no question needs an equals sign.",
            ),
            mistakes=(
                Mistake(
                    "You ask for a difference first. One that is sure and too small to care about is the same.",
                    lambda low, high, matters: (
                        "holds"
                        if low > 0
                        else "opposite"
                        if high < 0
                        else "same"
                        if -matters < low and high < matters
                        else "unclear"
                    ),
                ),
                Mistake(
                    "You take 0 inside for equal. A wide interval holds 0, too: that is unclear.",
                    lambda low, high, matters: "holds" if low > 0 else "opposite" if high < 0 else "same",
                ),
                Mistake(
                    "You look at the upper end alone. An interval that reaches far below 0 is not the same.",
                    "-matters < low and high < matters",
                    "high < matters",
                ),
                Mistake(
                    "An interval that touches matters is not inside.",
                    "-matters < low and high < matters",
                    "-matters <= low and high <= matters",
                ),
                Mistake("An end that is exactly 0 is held: nothing is shown then.", "low > 0", "low >= 0"),
                Mistake("The lower end must clear matters for you. Above 0 is enough.", "low > 0", "low > matters"),
                Mistake(
                    "The upper end must lie below -matters for you. Below 0 is enough.", "high < 0", "high < -matters"
                ),
                Mistake(
                    "You ask the wrong end: the whole interval lies above 0 if its *lower* end does.",
                    "low > 0",
                    "high > 0",
                ),
                Mistake(
                    "You never say same: an interval that lies within matters on both sides shows that nothing is to "
                    "be gained.",
                    '    if -matters < low and high < matters:\n        return "same"\n',
                    "",
                ),
            ),
            also_right=(verdict_by_size, verdict_by_list, verdict_by_branches),
        ),
        Task(
            "reported_loss",
            points=2,
            drive="call",
            difficulty=2,
            importance=5,
            minutes=6,
            takeaway="Tune on seeds that you then throw away: what won a choice looks better than it is.",
            public=(
                case(losses=[[0.2, 0.9, 0.8], [0.5, 0.4, 0.6], [0.7, 0.3, 0.2]], tuning=[0], fresh=[1, 2]),
                case(losses=[[0.5, 0.5, 0.5, 0.6], [0.9, 0.1, 1.2, 0.8]], tuning=[1, 2], fresh=[0, 3]),
                case(losses=[[0.4, 0.5, 0.3], [0.6, 0.3, 0.6]], tuning=[2, 0], fresh=[1]),
            ),
            edges=(case(losses=[[0.4, 0.6]], tuning=[1], fresh=[0]),),
            draw=draw_report,
            hints=(
                "Which seeds may have a say in the choice? Which in the result?",
                "The choice sees tuning alone, the result fresh alone. No seed is in both.",
                "The code does the right two things with the wrong seeds. mean already takes the seeds to use: give "
                "each of its two calls its own.",
            ),
            mistakes=(
                Mistake("All seeds still choose, and all of them are reported.", STUB),
                Mistake(
                    "You choose by the fresh seeds, and report them. They are fresh only if the choice has not seen "
                    "them.",
                    "mean(row, tuning)",
                    "mean(row, fresh)",
                ),
                Mistake(
                    "The choice is right. But you report the seeds that made it: report the fresh ones.",
                    "mean(best, fresh)",
                    "mean(best, tuning)",
                ),
                Mistake(
                    "The choice is right. But you report all seeds, those that made it among them.",
                    "mean(best, fresh)",
                    "mean(best, [*tuning, *fresh])",
                ),
                Mistake(
                    "You report the fresh seeds, but all seeds had a say in the choice.",
                    "mean(row, tuning)",
                    "mean(row, [*tuning, *fresh])",
                ),
                Mistake(
                    "Tuning and fresh have changed places: you choose by the fresh seeds and report the others.",
                    lambda losses, tuning, fresh: reported_by_loop(losses, fresh, tuning),
                ),
                Mistake(
                    "You choose the row with the single lowest loss. A mean over the tuning seeds is asked for.",
                    "mean(row, tuning)",
                    "min(row[seed] for seed in tuning)",
                ),
                Mistake("You take the worst LR: a low loss is good.", "min(losses", "max(losses"),
            ),
            also_right=(reported_by_loop, reported_by_index, reported_by_numpy),
        ),
        Task(
            "five_reports",
            points=2,
            drive="value",
            public=({},),
            difficulty=3,
            importance=5,
            minutes=8,
            takeaway="Believe a comparison where each has an LR of its own, inside the grid, and fresh seeds decide.",
            hints=(
                "Go through five questions for each report: own LR, inside the grid, more than one run, fresh seeds, "
                "an interval that leaves 0 out.",
                "One report answers all five with yes. Each of the others has a fault of its own, and every letter is "
                "used once: begin with the faults that you are surest of.",
                "For the reports 1 to 3 ask which LRs each schedule was offered, and where its best one lies. Of the "
                "other two, one has a single run, and one never says that new seeds were used.",
            ),
            mistakes=(
                Mistake(
                    "Report 5 has many seeds and a fair grid. But the lowest of nine means, over the seeds that are "
                    "reported, is a lucky choice counted twice.",
                    ["c", "d", "e", "b", "a"],
                ),
                Mistake(
                    "Twenty seeds do not help report 1: step decay ran at the LR that suits cosine.",
                    ["a", "d", "c", "b", "e"],
                ),
                Mistake(
                    "Report 2 has fresh seeds and a clear interval. But 0.03 is the highest LR that exponential decay "
                    "was offered.",
                    ["c", "a", "d", "b", "e"],
                ),
                Mistake(
                    "Report 4 tunes well and measures on a fresh seed. On one: it may be luck.",
                    ["c", "d", "b", "a", "e"],
                ),
                Mistake(
                    "You have c and d the wrong way round. In report 1 both share an LR; in report 2 each has its own, "
                    "but one of them lies at the edge.",
                    ["d", "c", "a", "b", "e"],
                ),
                Mistake(
                    "You have b and e the wrong way round. Report 4 rests on a single run, report 5 on the seeds that "
                    "made the choice.",
                    ["c", "d", "a", "e", "b"],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "13_quiz_1",
            "The interval of a difference is −0.02 to 0.30, and 0.05 would matter. What do you do?",
            "b",
            {
                "a": (
                    "Report that there is no difference.",
                    "The interval holds 0.3 as well as 0: it shows neither.",
                ),
                "b": (
                    "Run more seeds, decided on beforehand, or say that it is unclear.",
                    "Right. Half as wide takes about four times as many seeds.",
                ),
                "c": (
                    "Add seeds one by one until 0 lies outside.",
                    "Sooner or later it will, also where there is nothing: the end of the test was chosen by its "
                    "result.",
                ),
            },
        ),
        Quiz(
            "13_quiz_2",
            "Two schedules run with the same ten seeds. Their losses scatter by 0.3 from seed to seed, their "
            "differences by 0.02. What does that say?",
            "a",
            {
                "a": (
                    "Seeds are good or bad for both, so comparing seed by seed pays.",
                    "Right. Most of the scatter is shared, and drops out of the differences.",
                ),
                "b": (
                    "The schedules are equal.",
                    "The differences hardly scatter. They may all be 0.1: look at their mean.",
                ),
                "c": (
                    "Ten seeds are too few.",
                    "For a difference of 0.1 they are plenty: the interval is about ±0.014.",
                ),
            },
        ),
        Quiz(
            "13_quiz_3",
            "A schedule wins a fair race on a small network with short runs. What may you say about a large one?",
            "c",
            {
                "a": ("The same.", "Rankings change with the task, the size and the length of the run."),
                "b": ("The opposite.", "Nothing points that way."),
                "c": (
                    "That it is worth a try there, no more.",
                    "Right. A race measures what it ran. For more, cite a study at that scale.",
                ),
            },
        ),
    ),
)
