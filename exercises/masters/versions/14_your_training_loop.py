"""Versions of exercise 14: a log with gaps, all wrong steps; the sum, the rest; a longer run, a bare checkpoint."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import STUB, Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("14_your_training_loop").task
EIGHT = [4.0, 2.0, 3.0, 5.0, 1.0, 2.0, 4.0, 3.0]
LOG = 'log.append(optimizer.param_groups[0]["lr"])'
ONE_GROUP = {f"{LOG[:36]}": "there is one group, so it is the first and the last"}


def cosine(lr, total):
    return [lr * (1 + math.cos(math.pi * t / total)) / 2 for t in range(total)]


def trained(lrs, gradients_of, w=0.0):
    for t, lr in enumerate(lrs):
        w -= lr * gradients_of(t, w)
    return [list(lrs), w]


def far(lr, planned, step):
    return step >= len(planned) or abs(lr - planned[step]) * 1000 > max(planned)


def gaps_by_next(used, planned):
    return next((step for step, lr in used if far(lr, planned, step)), None)


def all_by_list(used, planned):
    return [t for t in range(len(used)) if far(used[t], planned, t)]


def sum_by_formula(numbers, every, lr):
    total = len(numbers) // every
    return trained(cosine(lr, total), lambda t, w: sum(w - x for x in numbers[t * every : (t + 1) * every]))


def rest_by_formula(numbers, every, lr):
    parts = [numbers[i : i + every] for i in range(0, len(numbers), every)]
    return trained(cosine(lr, len(parts)), lambda t, w: w - sum(parts[t]) / len(parts[t]))


def longer_by_formula(numbers, planned, cut, lr):
    lrs = cosine(lr, planned)[:cut] + cosine(lr, len(numbers))[cut:]
    return trained(lrs, lambda t, w: w - numbers[t])


def bare_by_formula(numbers, cut, lr):
    log, w = trained(cosine(lr, len(numbers)), lambda t, w: w - numbers[t])
    return [log[cut:], w]


def draw_log(rng):
    planned = cosine(rng.uniform(0.01, 1), rng.randint(4, 12))
    used = [lr * (1 + rng.uniform(-1, 1) * 1e-4) for lr in planned]
    for _ in range(rng.randint(0, 2)):
        used[rng.randrange(len(used))] += rng.choice([-1, 1]) * rng.uniform(0.002, 0.5) * planned[0]
    return (used + planned[-1:] if rng.random() < 0.3 else used[: rng.randint(1, len(used))]), planned


def draw_gaps(rng):
    used, planned = draw_log(rng)
    kept = sorted(rng.sample(range(len(used)), rng.randint(1, len(used))))
    return case(used=[[step, used[step]] for step in kept], planned=planned)


def draw_all(rng):
    used, planned = draw_log(rng)
    return case(used=used, planned=planned)


def draw_rest(rng):
    every = rng.randint(2, 4)
    numbers = [rng.uniform(-3, 5) for _ in range(every * rng.randint(1, 4) + rng.randint(1, every - 1))]
    return case(numbers=numbers, every=every, lr=rng.uniform(0.1, 0.9))


def draw_sum(rng):
    every = rng.randint(2, 4)
    numbers = [rng.uniform(-3, 5) for _ in range(rng.randint(2 * every, 5 * every))]
    return case(numbers=numbers, every=every, lr=rng.uniform(0.05, 0.3))


def draw_longer(rng):
    numbers = [rng.uniform(-3, 5) for _ in range(rng.randint(6, 10))]
    planned = rng.randint(3, len(numbers) - 1)
    return case(numbers=numbers, planned=planned, cut=rng.randint(1, planned - 1), lr=rng.uniform(0.1, 0.9))


GAPS = replace(
    published("first_wrong_step"),
    public=(
        case(used=[[0, 0.1], [1, 0.1], [2, 0.05]], planned=[0.1, 0.08, 0.05]),
        case(used=[[0, 0.1], [2, 0.05]], planned=[0.1, 0.08, 0.05]),
        case(used=[[1, 0.08004], [2, 0.0501], [3, 0.01]], planned=[0.1, 0.08, 0.05, 0.03]),
        case(used=[[1, 0.05], [2, 0.02]], planned=[0.1, 0.05]),
        case(used=[[1, 0.05], [3, 0.03]], planned=[0.1, 0.08, 0.05, 0.03]),
        case(used=[[1, 0.07], [2, 0.05], [3, 0.02]], planned=[0.1, 0.08, 0.05, 0.03]),
        case(used=[[0, 0.02], [1, 0.1]], planned=[0.01, 0.1]),
        case(used=[[1, 0.0002]], planned=[0.0004, 0.00025]),
        case(used=[[0, 2.0], [1, 4.003]], planned=[2.0, 4.0, 1.0]),
        case(used=[[1, 0.1004], [2, 0.9]], planned=[0.05, 0.1, 0.06]),
        case(used=[[1, 0.08], [4, 0.03]], planned=[0.1, 0.08]),
        case(used=[[1, 0.05], [2, 0.09], [4, 0.01]], planned=[0.1, 0.05, 0.04, 0.03, 0.02]),
    ),
    edges=(
        case(used=[[5, 0.1]], planned=[0.1, 0.05]),
        case(used=[[0, 0.001], [1, 1.0], [2, 0.0009]], planned=[0.0, 1.0, 0.0]),
        case(used=[[0, 0.001002], [1, 1.0]], planned=[0.0, 1.0]),
        case(used=[[0, 0.0010005], [1, 1.0]], planned=[0.0, 1.0]),
    ),
    draw=draw_gaps,
    hints=(
        "Which part of an entry says where to look in the plan?",
        "Walk through the pairs. Two things end the walk: the plan has no such step, or the two LRs are too far apart.",
        "Too far is more than the highest entry of the plan divided by 1000, up or down. Only after the whole walk you "
        "know that nothing differs.",
    ),
    mistakes=(
        Mistake(
            "You look up the plan by the place in the log. The log has gaps: look it up by the step in the pair.",
            lambda used, planned: next((t for t, (_, lr) in enumerate(used) if far(lr, planned, t)), None),
        ),
        Mistake(
            "You give the place in the log. The step is asked for: it stands in the pair.",
            lambda used, planned: next((i for i, (t, lr) in enumerate(used) if far(lr, planned, t)), None),
        ),
        Mistake(
            "You ask for equal numbers. A log rounds: up to a thousandth of the highest planned LR is no difference.",
            "abs(lr - planned[step]) > max(planned) / 1000",
            "lr != planned[step]",
        ),
        Mistake(
            "You look for LRs that are too high only. Too low is a difference as well.",
            "abs(lr - planned[step])",
            "(lr - planned[step])",
        ),
        Mistake(
            "You measure against the LR at hand. Near 0 every rounding would be an alarm: take the plan's highest.",
            "max(planned) / 1000",
            "planned[step] / 1000",
        ),
        Mistake(
            "You measure against the plan's first LR. After a warmup another one is the highest.",
            "max(planned) / 1000",
            "planned[0] / 1000",
        ),
        Mistake(
            "You allow a difference of 0.001 whatever the plan. A thousandth of its highest LR is asked for.",
            "max(planned) / 1000",
            "0.001",
        ),
        Mistake(
            "You compare with the plan's entry at the place in the log. The step in the pair says where to look.",
            lambda used, planned: next((t for i, (t, lr) in enumerate(used) if far(lr, planned, i)), None),
        ),
        Mistake(
            "Where nothing differs you give -1. None is asked for.",
            lambda used, planned: -1 if (found := gaps_by_next(used, planned)) is None else found,
        ),
        Mistake(
            "You take a step that the log leaves out for a wrong one. It says nothing about those.",
            lambda used, planned: next(
                (
                    t
                    for t in range(max(len(planned), used[-1][0] + 1))
                    if t not in dict(used) or far(dict(used)[t], planned, t)
                ),
                None,
            ),
        ),
        Mistake(
            "Past the plan's end you find nothing. A log that goes on is wrong from there.",
            lambda used, planned: next((t for t, lr in used if t < len(planned) and far(lr, planned, t)), None),
        ),
    ),
    also_right=(gaps_by_next,),
    survivors={},
)

ALL = replace(
    published("first_wrong_step"),
    draw=draw_all,
    hints=(
        "What do you have to do with a wrong step instead of stopping there?",
        "Collect the steps in a list. Two things put a step into it: the plan has no entry there, or the two LRs are "
        "too far apart.",
        "Too far is more than the highest entry of the plan divided by 1000, up or down. Return the list after the "
        "whole walk.",
    ),
    mistakes=(
        Mistake(
            "You ask for equal numbers. A log rounds: up to a thousandth of the highest planned LR is no difference.",
            "abs(lr - planned[step]) > max(planned) / 1000",
            "lr != planned[step]",
        ),
        Mistake(
            "You look for LRs that are too high only. Too low is a difference as well.",
            "abs(lr - planned[step])",
            "(lr - planned[step])",
        ),
        Mistake(
            "You measure against the LR at hand. Near 0 every rounding would be an alarm: take the plan's highest.",
            "max(planned) / 1000",
            "planned[step] / 1000",
        ),
        Mistake(
            "You stop where the plan ends. A log that goes on is wrong from there.",
            lambda used, planned: [t for t in all_by_list(used, planned) if t < len(planned)],
        ),
        Mistake(
            "You give the first wrong step alone. All of them are asked for, in a list.",
            lambda used, planned: all_by_list(used, planned)[:1],
        ),
        Mistake(
            "You take the highest LR of the log. One wrong LR there moves the limit: take the plan's highest.",
            "max(planned) / 1000",
            "max(used) / 1000",
        ),
        Mistake(
            "You measure against the plan's first LR. After a warmup another one is the highest.",
            "max(planned) / 1000",
            "planned[0] / 1000",
        ),
        Mistake(
            "You allow a difference of 0.001 whatever the plan. A thousandth of its highest LR is asked for.",
            "max(planned) / 1000",
            "0.001",
        ),
        Mistake(
            "Of the steps after the plan's end you give the first only. All of them are wrong.",
            lambda used, planned: [t for t in all_by_list(used, planned) if t <= len(planned)],
        ),
        Mistake(
            "You count the wrong steps. Their numbers are asked for, in a list.",
            lambda used, planned: len(all_by_list(used, planned)),
        ),
        Mistake(
            "You give the LRs of the wrong steps. The steps' numbers are asked for.",
            lambda used, planned: [used[t] for t in all_by_list(used, planned)],
        ),
        Mistake("Steps count from 0; yours count from 1.", "wrong.append(step)", "wrong.append(step + 1)"),
    ),
    also_right=(all_by_list,),
    survivors={},
)

SUM = replace(
    published("train_accumulating"),
    public=(
        case(numbers=EIGHT, every=2, lr=0.3),
        case(numbers=EIGHT[:7], every=3, lr=0.2),
        case(numbers=EIGHT, every=4, lr=0.1),
    ),
    edges=(case(numbers=EIGHT[:5], every=1, lr=0.3), case(numbers=EIGHT, every=8, lr=0.1)),
    draw=draw_sum,
    hints=(
        "With 8 micro-batches and every=4, how often may the scheduler be stepped?",
        "It is stepped where the optimizer is: inside the if. There is a second mistake, in the gradient: a sum has no "
        "division.",
        "Add up each micro-batch's part as it is, and move one line four places to the right.",
    ),
    mistakes=(
        Mistake(
            "The script is as it was: the plan is stepped for every micro-batch, and the gradient is a mean.", STUB
        ),
        Mistake(
            "The scheduler is still stepped for every micro-batch.",
            "            scheduler.step()\n            gradient = 0.0",
            "            gradient = 0.0\n        scheduler.step()",
        ),
        Mistake(
            "You take the mean of the gradients. Their sum is asked for.",
            "gradient += optimizer.w - number",
            "gradient += (optimizer.w - number) / every",
        ),
        Mistake(
            "The gradient is never set back to 0, so every update repeats all before it.",
            "            gradient = 0.0\n",
            "",
        ),
        Mistake(
            "You log once for every micro-batch. One entry for each update is asked for.",
            f"        if i % every == 0:\n            {LOG}\n",
            f"        {LOG}\n        if i % every == 0:\n",
        ),
    ),
    also_right=(sum_by_formula,),
    survivors=ONE_GROUP,
)

REST = replace(
    published("train_accumulating"),
    public=(
        case(numbers=EIGHT[:5], every=2, lr=0.5),
        case(numbers=EIGHT[:7], every=3, lr=0.3),
        case(numbers=EIGHT, every=4, lr=0.8),
        case(numbers=EIGHT, every=3, lr=0.6),
    ),
    edges=(case(numbers=EIGHT[:5], every=1, lr=0.3), case(numbers=EIGHT[:3], every=8, lr=0.5)),
    draw=draw_rest,
    hints=(
        "With 7 micro-batches and every=3, how many updates are there, and how many micro-batches has the last?",
        "Collect the micro-batches of an update in a list: it is full after every so many, or when the numbers end.",
        "Take the mean over the list that you have, whatever its length, and step the scheduler where the optimizer "
        "steps.",
    ),
    mistakes=(
        Mistake(
            "The script is as it was: the plan is stepped for every micro-batch, and the rest is lost.",
            STUB,
        ),
        Mistake(
            "The scheduler is still stepped for every micro-batch.",
            "            scheduler.step()\n            waiting = []",
            "            waiting = []\n        scheduler.step()",
        ),
        Mistake(
            "The micro-batches left over at the end make no update. Here they do.",
            " or i == len(numbers)",
            "",
        ),
        Mistake(
            "The last update's mean is over fewer micro-batches: divide by as many as there are.",
            "/ len(waiting)",
            "/ every",
        ),
        Mistake(
            "The list is never emptied, so every update repeats all before it.",
            "            waiting = []\n",
            "",
        ),
    ),
    also_right=(rest_by_formula,),
    survivors=ONE_GROUP,
)

LONGER = replace(
    published("train_resumed"),
    public=(
        case(numbers=EIGHT, planned=5, cut=3, lr=0.5),
        case(numbers=EIGHT[:6], planned=3, cut=1, lr=0.3),
        case(numbers=EIGHT, planned=7, cut=6, lr=0.8),
    ),
    edges=(case(numbers=EIGHT, planned=4, cut=4, lr=0.4), case(numbers=EIGHT, planned=8, cut=5, lr=0.4)),
    draw=draw_longer,
    hints=(
        "What does the scheduler read from the optimizer when it is made, and what stands there after loading?",
        "Build both as at the start, but with the new length, and then load both. Which LR comes first after the stop?",
        "The LR that was loaded belongs to the old length. The new plan's own LR at this count must be in the "
        "optimizer before the next update: one step of the scheduler writes an LR, so count one fewer first.",
    ),
    mistakes=(
        Mistake("The script is as it was: the scheduler is made after loading, and its own state is not loaded.", STUB),
        Mistake(
            "The plan keeps its old length. The run has len(numbers) updates now.",
            "HalfCosine(optimizer, len(numbers))",
            "HalfCosine(optimizer, planned)",
        ),
        Mistake(
            "The first update after the stop still uses the old plan's LR: the one that was loaded.",
            "    scheduler.done -= 1\n    scheduler.step()\n",
            "",
        ),
        Mistake(
            "You step the plan once too far: it had counted the updates that are done already.",
            "    scheduler.done -= 1\n",
            "",
        ),
        Mistake(
            "The optimizer's state is not loaded: the weight begins again at 0.",
            "    optimizer.load_state_dict(saved[0])\n",
            "",
        ),
        Mistake(
            "The scheduler's state is not loaded: the plan begins again.",
            "    scheduler.load_state_dict(saved[1])\n    scheduler.done -= 1\n    scheduler.step()\n",
            '    optimizer.param_groups[0]["lr"] = lr\n',
        ),
    ),
    also_right=(longer_by_formula,),
    survivors=ONE_GROUP | {"optimizer = Optimizer(lr)": "the old object still holds what is loaded into the new one"},
)

BARE = replace(
    published("train_resumed"),
    hints=(
        "The checkpoint has a weight and a number. What else does a scheduler need to go on?",
        "Build both as at the start. A scheduler that has been stepped as often as updates were done stands where the "
        "old one stood.",
        "Give the weight back to the new optimizer, and step the scheduler in a loop, with no update in it.",
    ),
    mistakes=(
        Mistake("The script is as it was: the weight is back, and the plan begins again.", STUB),
        Mistake(
            "You step the plan once too often.",
            "range(saved[1])",
            "range(saved[1] + 1)",
        ),
        Mistake(
            "The weight begins again at 0. It stands in the checkpoint.",
            "    optimizer.w = saved[0]\n",
            "",
        ),
        Mistake(
            "You make a plan for the rest alone. It falls from the top again; the whole run's length is asked for.",
            "    scheduler = HalfCosine(optimizer, len(numbers))\n    optimizer.w = saved[0]\n"
            "    for _ in range(saved[1]):\n        scheduler.step()\n",
            "    scheduler = HalfCosine(optimizer, len(numbers) - cut)\n    optimizer.w = saved[0]\n",
        ),
        Mistake(
            "You tell the scheduler its count, but the optimizer still holds the first LR for one update.",
            "    for _ in range(saved[1]):\n        scheduler.step()\n",
            "    scheduler.done = saved[1]\n",
        ),
    ),
    also_right=(bare_by_formula,),
    survivors=ONE_GROUP,
)

RESUME = """
def train_resumed({arguments}):
    def update(number):
        log.append(optimizer.param_groups[0]["lr"])
        optimizer.step(optimizer.w - number)
        scheduler.step()

    log = []
    optimizer = Optimizer(lr)
    scheduler = HalfCosine(optimizer, {length})
    for number in numbers[:cut]:
        update(number)
    saved = {saved}
    # here the program stops, and is started again: it has the checkpoint, and its own arguments
    ### BEGIN SOLUTION
{solution}
    ### BEGIN STUB
{stub}
    ### END SOLUTION
    for number in numbers[cut:]:
        update(number)
    return [log, optimizer.w]
"""


def versions(draw):
    yield Version(
        task=GAPS,
        text="""
## Task 1: the first wrong step

A run logged its LR only now and then: `used` is a list of pairs `[step, lr]` with rising steps. `planned` is the list
of the planned LRs, from step 0 on. Return the first *step* in the log at
which the two differ by more than a thousandth of the *highest planned* LR. A log prints few digits, so smaller
differences do not count. A step that the plan does not have is wrong. Return
`None` if nothing differs.

Example: used [[0, 0.1], [2, 0.09]] and planned 0.1, 0.08, 0.05 differ first at step 2.
""".strip(),
        cell="""
def first_wrong_step(used, planned):
    ### BEGIN SOLUTION
    for step, lr in used:
        if step >= len(planned) or abs(lr - planned[step]) > max(planned) / 1000:
            return step
    return None
    ### END SOLUTION
""".lstrip(),
    )
    yield Version(
        task=ALL,
        text="""
## Task 1: every wrong step

`used` is a list of the LRs that a run logged, `planned` a list of those that were planned. Both count from step 0.
Return a list of *all* steps of the log at which they differ by more than a
thousandth of the *highest planned* LR. A log prints few digits, so smaller differences do not count. All steps that
come after the plan's end are wrong. A log that ends early is not wrong.

Example: used 0.1, 0.1, 0.06 and planned 0.1, 0.08, 0.05 give the list of 1 and 2.
""".strip(),
        cell="""
def first_wrong_step(used, planned):
    ### BEGIN SOLUTION
    wrong = []
    for step, lr in enumerate(used):
        if step >= len(planned) or abs(lr - planned[step]) > max(planned) / 1000:
            wrong.append(step)
    return wrong
    ### END SOLUTION
""".lstrip(),
    )
    head = """
## Task 3: accumulation

After a report against accelerate (issue 963): gradients of `every` micro-batches are gathered before each update, and
the scheduler is stepped for every micro-batch. The plan is over when the
run has hardly begun.

A micro-batch is one number here, and its gradient is `optimizer.w - number`."""
    yield Version(
        task=SUM,
        text=f"""{head} An update takes the *sum* of the gradients of its `every` micro-batches. Micro-batches left
over at the end make no update. The plan
is a half cosine over the updates. Repair the script. It returns the LR that each update used, one entry for each
update, and the weight at the end.
""".strip(),
        cell="""
def train_accumulating(numbers, every, lr):
    optimizer = Optimizer(lr)
    scheduler = HalfCosine(optimizer, len(numbers) // every)
    log, gradient = [], 0.0
    for i, number in enumerate(numbers, start=1):
        ### BEGIN SOLUTION
        gradient += optimizer.w - number
        if i % every == 0:
            log.append(optimizer.param_groups[0]["lr"])
            optimizer.step(gradient)
            scheduler.step()
            gradient = 0.0
        ### BEGIN STUB
        # gradient += (optimizer.w - number) / every
        # if i % every == 0:
        #     log.append(optimizer.param_groups[0]["lr"])
        #     optimizer.step(gradient)
        #     gradient = 0.0
        # scheduler.step()
        ### END SOLUTION
    return [log, optimizer.w]
""".lstrip(),
    )
    yield Version(
        task=REST,
        text=f"""{head} An update takes the *mean* gradient of its micro-batches. Micro-batches left over at the end
make one more update, with the mean
over those that are left. The plan is a half cosine over all updates, that one included. Repair the script. It returns
the LR that each update used, one entry for each update, and the weight at
the end.
""".strip(),
        cell="""
def train_accumulating(numbers, every, lr):
    optimizer = Optimizer(lr)
    scheduler = HalfCosine(optimizer, math.ceil(len(numbers) / every))
    log, waiting = [], []
    for i, number in enumerate(numbers, start=1):
        ### BEGIN SOLUTION
        waiting.append(number)
        if i % every == 0 or i == len(numbers):
            log.append(optimizer.param_groups[0]["lr"])
            optimizer.step(optimizer.w - sum(waiting) / len(waiting))
            scheduler.step()
            waiting = []
        ### BEGIN STUB
        # waiting.append(number)
        # if i % every == 0:
        #     log.append(optimizer.param_groups[0]["lr"])
        #     optimizer.step(optimizer.w - sum(waiting) / every)
        #     waiting = []
        # scheduler.step()
        ### END SOLUTION
    return [log, optimizer.w]
""".lstrip(),
    )
    yield Version(
        task=LONGER,
        text="""
## Task 5: a longer run

After reports against several scripts (open_clip issue 413 is one): a run was planned for `planned` updates and stops
after `cut` of them. It is started again from its checkpoint, and shall now
have one update for each of the `numbers`, which are more. The new optimizer is loaded *before* the new scheduler is
made, so the scheduler takes a lowered LR for its highest; and it begins to
count again.

Repair the part after the stop. From the update `cut` on, the first one included, the run must use the LRs of a half
cosine over *all* `numbers`, counted from the run's beginning, with its top at `lr`. It
returns the LRs of all updates and the weight at the end.
""".strip(),
        cell=RESUME.format(
            arguments="numbers, planned, cut, lr",
            length="planned",
            saved="[optimizer.state_dict(), scheduler.state_dict()]",
            solution="""    optimizer = Optimizer(lr)
    scheduler = HalfCosine(optimizer, len(numbers))
    optimizer.load_state_dict(saved[0])
    scheduler.load_state_dict(saved[1])
    scheduler.done -= 1
    scheduler.step()""",
            stub="""    # optimizer = Optimizer(lr)
    # optimizer.load_state_dict(saved[0])
    # scheduler = HalfCosine(optimizer, len(numbers))""",
        ).lstrip(),
    )
    yield Version(
        task=BARE,
        text="""
## Task 5: a bare checkpoint

After reports against many scripts: a run stops after `cut` updates and is started again. Its checkpoint holds the
weight and the number of updates that are done, and nothing of the optimizer or
the scheduler. The script gives the weight back, and the plan begins again.

Repair the part after the stop. The whole run must use the same LRs as one that was never cut. It returns the LRs of
the updates *after* the stop, and the weight at the end.
""".strip(),
        cell=RESUME.format(
            arguments="numbers, cut, lr",
            length="len(numbers)",
            saved="[optimizer.w, cut]\n    log = []",
            solution="""    optimizer = Optimizer(lr)
    scheduler = HalfCosine(optimizer, len(numbers))
    optimizer.w = saved[0]
    for _ in range(saved[1]):
        scheduler.step()""",
            stub="""    # optimizer = Optimizer(lr)
    # scheduler = HalfCosine(optimizer, len(numbers))
    # optimizer.w = saved[0]""",
        ).lstrip(),
    )
