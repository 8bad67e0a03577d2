"""The challenges, one or more a lesson, in one table."""

from lrcourse.arguments import choice
from lrcourse.widgets.foreseeing import Foreseeing, Point
from lrcourse.widgets.landing import Descent, Landing
from lrcourse.widgets.tries import Task

CHALLENGES = {
    "beat_constant": Task(
        "02",
        "Beat the best constant LR with a step decay",
        "step_decay",
        {"base_lr": 0.1, "step_size": 30, "gamma": 0.9},
        {},
        Descent(rivals=("constant",)),
        "Start above the best constant LR, let the cuts end far below it.",
    ),
    "a_tenth": Task(
        "03",
        "Set the gamma without seeing the LR",
        "exponential",
        {"gamma": 0.99},
        {"base_lr": 0.1},
        Point(40, 0.1),
        "After so many steps the LR has been multiplied by gamma so many times.",
    ),
    "rises_again": Task(
        "04",
        "Find the T_max with which the LR rises again",
        "cosine",
        {"T_max": 100},
        {"base_lr": 0.1, "eta_min": 0.0},
        Point(90, 0.5, rising=True),
        "At step T_max the LR is lowest; at twice that step it is at its top again.",
    ),
    "patience": Task(
        "05",
        "Let the loss decide when to cut, and land low",
        "reduce_on_plateau",
        {"base_lr": 0.1, "factor": 0.1, "patience": 2},
        {},
        Descent(steps=80, part=0.0006),
        "Noise looks like a plateau, so there will be many cuts: let each be a small one.",
    ),
    "out_of_the_pit": Task(
        "06",
        "Swing the hiker out of the narrow pit into the deep one",
        "cyclic",
        {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 20},
        {},
        Descent("two minima", 80, part=0.08),
        "An LR above 0.25 throws the hiker out of the narrow pit; a low one settles it in the wide one.",
    ),
    "range_test": Task(
        "07",
        "Read the range test and choose one LR",
        "constant",
        {"base_lr": 0.001},
        {},
        Descent(steps=40, part=0.01, unknown=True),
        "The lowest loss is seen too late: take about a tenth of the LR at which it stands.",
    ),
    "land": Task(
        "08",
        "Land within 1 % of the minimum, at momentum 0.9",
        "one_cycle",
        {"max_lr": 0.5, "pct_start": 0.3},
        {},
        Descent("ravine", 40, 0.9, part=0.01),
        "At momentum 0.9 an LR moves the hiker ten times as far: look near a tenth of 2/λ or less.",
    ),
    "half_the_top": Task(
        "09",
        "Set the warmup without seeing the LR",
        "inverse_sqrt",
        {"warmup_steps": 5},
        {"base_lr": 0.1},
        Point(99, 0.5),
        "Past the warmup the LR is its top times the square root of warmup_steps / step.",
    ),
    "beat_cosine": Task(
        "10",
        "Beat cosine with a plateau and a cooldown",
        "wsd",
        {"base_lr": 0.1, "cooldown_steps": 10, "cooldown": "linear"},
        {"warmup_steps": 0, "eta_min": 0.0},
        Descent(rivals=("cosine",)),
        "Take a plateau near cosine's LR, and a cooldown of most of the run.",
    ),
    "two_curvatures": Task(
        "11",
        "One LR for two curvatures, 32 to 1",
        "constant",
        {"base_lr": 0.05, "momentum": 0.0},
        {},
        Descent("ravine", 40, part=1e-6),
        "The steep side allows an LR just below 2/λ; momentum brings the flat side along.",
    ),
    "fall_late": Task(
        "12",
        "Set the flat part without seeing the LR",
        "flat_cosine",
        {"pct_start": 0.1},
        {"base_lr": 0.1, "total_steps": 100, "eta_min": 0.0},
        Point(80, 0.5),
        "Halfway between the end of the flat part and the last step the LR is half of its top.",
    ),
    "the_race": Task(
        "13",
        "Beat the finalists with a schedule and an LR of your choice",
        None,
        {"base_lr": 0.1},
        {},
        Descent(rivals=("constant", "cosine", "one_cycle")),
        "A little above the finalists' LRs there is room for a schedule that ends lower than they do.",
    ),
    "new_horizon": Task(
        "14",
        "The run got longer: set the horizon of its line without seeing the LR",
        "linear",
        {"total_iters": 60},
        {"base_lr": 0.1, "start_factor": 1.0, "end_factor": 0.0},
        Point(60, 0.5),
        "A line to 0 is at half of its top at half of its horizon.",
    ),
    "bend_the_line": Task(
        "15",
        "Beat cosine with a line to 0, or with a power of it",
        "polynomial",
        {"base_lr": 0.1, "power": 0.5},
        {"total_iters": 60},
        Descent(rivals=("cosine",)),
        "Power 1 is the line. A higher power falls early and stays low for long, so it may begin higher.",
    ),
    "next_run": Task(
        "16",
        "Choose a schedule and an LR for a short run",
        None,
        {"base_lr": 0.005},
        {},
        Descent(steps=30, rivals=("constant", "cosine", "one_cycle")),
        "In a short run the LR must be high at first, or the hikers never arrive: what falls fast may begin high.",
    ),
}


def challenge(name):
    """A widget that sets you a task and gives you three tries a round; what comes of a setting you see when you try it.

    name: one of `CHALLENGES`. A rival's LR is the best of a grid, found beforehand with other draws of noise than those
    of any round; both sides of a round meet the same draws. The first go at a round counts. Raises ValueError for a
    name that is not there.

    >>> print(challenge("rises_again").view["asked"])
    Find the T_max with which the LR rises again: at step 90 of 100 it is to be on its way up again, at 0.5 of its top.
    """
    choice("challenge", name, list(CHALLENGES))
    task = CHALLENGES[name]
    return (Foreseeing if isinstance(task.goal, Point) else Landing)(name, task)
