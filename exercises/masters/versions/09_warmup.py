"""Versions of exercise 9: a warmup from step 1, one by factors; schedules by length, by last step; two other loops."""

import math
from dataclasses import replace

from lrcourse.exercises.exercise import Mistake, Quiz, case, load
from lrcourse.exercises.variants import Version

published = load("09_warmup").task


def from_one_by_min(step, base_lr, warmup_steps):
    return base_lr * min(1.0, step / max(warmup_steps, 1))


def from_one_by_adding(step, base_lr, warmup_steps):
    return sum(base_lr / warmup_steps for _ in range(min(step, warmup_steps))) if warmup_steps else base_lr


def factors_by_logs(step, base_lr, warmup_steps):
    if step >= warmup_steps:
        return base_lr
    return math.exp(math.log(base_lr) - math.log(100) * (warmup_steps - step) / warmup_steps)


def factors_by_loop(step, base_lr, warmup_steps):
    lr = base_lr
    for _ in range(step, warmup_steps):
        lr /= 100 ** (1 / warmup_steps)
    return lr


def by_lengths(schedules, lengths):
    def schedule(step):
        for length, part in zip(lengths, schedules, strict=False):
            if step < length:
                return part(step)
            step = step - length
        return schedules[-1](step)

    return schedule


def by_sums(schedules, lengths):
    starts = [sum(lengths[:i]) for i in range(len(schedules))]
    return lambda step: next(
        part(step - start) for start, part in zip(reversed(starts), reversed(schedules), strict=True) if step >= start
    )


def by_last_steps(schedules, last):
    def schedule(step):
        before = [end for end in last if end < step]
        return schedules[len(before)](step - before[-1] - 1 if before else step)

    return schedule


class LastSteps:
    def __init__(self, schedules, last):
        self.schedules, self.last = schedules, last

    def __call__(self, step):
        i = 0
        while i < len(self.last) and step > self.last[i]:
            i += 1
        return self.schedules[i](step - (self.last[i - 1] + 1 if i else 0))


def constant(lr):
    return {"python": f"lambda step: {lr}"}


def exponential(lr, gamma):
    return {"python": f"lambda step: {lr} * {gamma} ** step"}


def rising(lr, n):
    return {"python": f"lambda step: {lr} * (step + 1) / {n}"}


def from_one(count, **args):
    return case(list(range(1, count + 1)), **args)


def draw_from_one(rng):
    warmup_steps = rng.randint(0, 30)
    return from_one(warmup_steps + 5, base_lr=rng.uniform(0.001, 1), warmup_steps=warmup_steps)


def draw_schedules(rng):
    schedules = [rising(round(rng.uniform(0.1, 1), 3), rng.randint(2, 9)) for _ in range(rng.randint(1, 4))]
    schedules[-1] = exponential(round(rng.uniform(0.1, 1), 3), round(rng.uniform(0.5, 0.95), 3))
    return schedules


def draw_lengths(rng):
    schedules = draw_schedules(rng)
    return case(32, schedules=schedules, lengths=[rng.randint(1, 9) for _ in schedules[1:]])


def draw_last(rng):
    schedules = draw_schedules(rng)
    return case(30, schedules=schedules, last=sorted(rng.sample(range(1, 25), len(schedules) - 1)))


WITHOUT = "Without warmup you give 0. With warmup_steps=0 every step has base_lr."
CLIMBS_ON = "You go on climbing past base_lr. After the warmup the LR stays."
BY_ZERO = "With warmup_steps=0 you divide by 0. No warmup means base_lr from the start."

FROM_ONE = replace(
    published("warmup_lr"),
    takeaway="Ask a warmup for its first step, whatever its number: an LR of 0 there throws a batch away.",
    public=(
        from_one(6, base_lr=0.4, warmup_steps=4),
        from_one(20, base_lr=0.1, warmup_steps=10),
        from_one(3, base_lr=0.1, warmup_steps=0),
    ),
    edges=(from_one(3, base_lr=0.1, warmup_steps=1), case([800], base_lr=0.1, warmup_steps=5)),
    draw=draw_from_one,
    hints=(
        "With warmup_steps=4, which share of base_lr do the steps 1, 2, 3 and 4 get?",
        "1/4, 2/4, 3/4, 4/4. What stands above the line is the step's number, which counts from 1 already.",
        "Ask first whether the step is still below the end of the warmup. If not, nothing is divided, so "
        "warmup_steps=0 does no harm.",
    ),
    mistakes=(
        Mistake(WITHOUT, "    return base_lr\n", "    return base_lr if warmup_steps else 0.0\n"),
        Mistake(
            "You add 1 to a step that counts from 1 already, so every stair comes one step early.",
            "base_lr * step / warmup_steps",
            "base_lr * (step + 1) / warmup_steps",
        ),
        Mistake(
            "Your first step has LR 0, as if steps counted from 0. Here step 1 has the first stair.",
            "base_lr * step / warmup_steps",
            "base_lr * (step - 1) / warmup_steps",
        ),
        Mistake(CLIMBS_ON, "    if step < warmup_steps:", "    if warmup_steps:"),
        Mistake(
            "// cuts the fraction off, so nothing is left until the last stair. Divide with /.",
            "base_lr * step / warmup_steps",
            "step // warmup_steps * base_lr",
        ),
        Mistake(
            "Your stairs are too low: there are warmup_steps of them, not one more.",
            "/ warmup_steps",
            "/ (warmup_steps + 1)",
        ),
        Mistake(BY_ZERO, "    if step < warmup_steps:", "    if step / warmup_steps <= 1:"),
        Mistake(
            "You hold the first stair through the whole warmup. The LR climbs with every step.",
            "base_lr * step / warmup_steps",
            "base_lr / warmup_steps",
        ),
    ),
    also_right=(from_one_by_min, from_one_by_adding),
    survivors={"if step < warmup_steps": "at step warmup_steps both branches give base_lr"},
)

FACTORS = replace(
    published("warmup_lr"),
    hints=(
        "With warmup_steps=4, by which factor does the LR grow in four steps? And in two of them?",
        "By 100 in all, by 10 in half of the warmup. At a step the share of base_lr is a power of 100.",
        "The part of the warmup that is still ahead is 1 at step 0 and 0 at its end. Raise 0.01 to that power. Ask "
        "first whether the step belongs to the warmup: with warmup_steps=0 nothing may be divided.",
    ),
    mistakes=(
        Mistake(
            "You climb along a straight line. Here every step multiplies by the same factor.",
            "base_lr * 0.01 ** (1 - step / warmup_steps)",
            "base_lr * (0.01 + 0.99 * step / warmup_steps)",
        ),
        Mistake(
            "Your exponent runs the wrong way: the LR starts at base_lr and falls.",
            "(1 - step / warmup_steps)",
            "(step / warmup_steps)",
        ),
        Mistake(
            "You arrive one step early: the full base_lr belongs to step warmup_steps.",
            "(1 - step / warmup_steps)",
            "(1 - (step + 1) / warmup_steps)",
        ),
        Mistake(
            "You multiply by 100 at every step. It is 100 over the whole warmup.",
            "0.01 ** (1 - step / warmup_steps)",
            "0.01 ** (warmup_steps - step)",
        ),
        Mistake(WITHOUT, "    return base_lr\n", "    return base_lr if warmup_steps else 0.0\n"),
        Mistake(CLIMBS_ON, "    if step < warmup_steps:", "    if warmup_steps:"),
        Mistake(BY_ZERO, "    if step < warmup_steps:", "    if step / warmup_steps < 1:"),
        Mistake(
            "You start at a tenth of base_lr. The start is a hundredth: base_lr / 100.",
            "0.01 **",
            "0.1 **",
        ),
    ),
    also_right=(factors_by_logs, factors_by_loop),
    survivors={},
)

OWN_ZERO = "Each schedule counts from its own 0. Subtract the step at which it took over."
KNOWS_TWO = "You know two schedules and no more. Any number of them may follow one another."
LATE_BINDING = (
    "Every step asks the last schedule: the loop is over before anybody asks, and its variables have their last values."
)
NEVER_BACK = "You remember which schedule was in charge and never go back. The answer depends on the step alone."

LENGTHS = replace(
    published("joined"),
    public=(
        case(8, schedules=[constant(0.5), exponential(0.1, 0.5)], lengths=[4]),
        case(9, schedules=[rising(0.1, 3), exponential(0.1, 0.9), exponential(0.2, 0.5)], lengths=[3, 2]),
        case([6, 0, 2, 1, 6], schedules=[rising(0.3, 2), exponential(0.4, 0.5)], lengths=[2]),
        case(3, schedules=[exponential(0.1, 0.5)], lengths=[]),
    ),
    edges=(
        case(5, schedules=[constant(0.3)], lengths=[]),
        case(4, schedules=[constant(0.5), exponential(0.1, 0.5)], lengths=[1]),
        case(6, schedules=[constant(0.5), rising(0.3, 2), exponential(0.1, 0.5)], lengths=[2, 1]),
    ),
    draw=draw_lengths,
    hints=(
        "joined returns a function. At which step does the third schedule begin, when the lengths are 3 and 2?",
        "At step 5, the sum of the lengths before it. The schedule in charge is the last one that has begun.",
        "Make a list of the starts first: 0, and then each start plus the length of that schedule. Define "
        "schedule(step) inside, let it find the schedule in charge, and return it without calling it.",
    ),
    mistakes=(
        Mistake(
            "You take the lengths for steps of the run. The third schedule begins at the *sum* of the first two "
            "lengths.",
            "starts[-1] + length",
            "length",
        ),
        Mistake(OWN_ZERO, "schedules[i](step - starts[i])", "schedules[i](step)"),
        Mistake(
            "The next schedule takes over one step late. A schedule of length 4 has the steps 0 to 3: use >=.",
            "step >= start for start in starts[1:]",
            "step > start for start in starts[1:]",
        ),
        Mistake(
            KNOWS_TWO,
            lambda schedules, lengths: (
                lambda step: schedules[0](step) if not lengths or step < lengths[0] else schedules[1](step - lengths[0])
            ),
        ),
        Mistake(
            LATE_BINDING,
            lambda schedules, lengths: lambda step: schedules[-1](step - sum(lengths)),
        ),
        Mistake(
            "You subtract the length of the schedule before alone. All steps before the handover count.",
            "step - starts[i]",
            "step - (lengths[i - 1] if i else 0)",
        ),
        Mistake(
            "The new schedule's first LR is skipped: at the handover it is asked for step 0, not step 1.",
            "step - starts[i]",
            "step - starts[i] + (i > 0)",
        ),
        Mistake(
            NEVER_BACK,
            "    def schedule(step):\n        i = sum(step >= start for start in starts[1:])\n",
            "    i = 0\n\n    def schedule(step):\n        nonlocal i\n"
            "        i = max(i, sum(step >= start for start in starts[1:]))\n",
        ),
    ),
    also_right=(by_lengths, by_sums),
)

LAST_STEPS = replace(
    published("joined"),
    public=(
        case(8, schedules=[constant(0.5), exponential(0.1, 0.5)], last=[3]),
        case(9, schedules=[rising(0.1, 3), exponential(0.1, 0.9), exponential(0.2, 0.5)], last=[2, 4]),
        case([6, 0, 2, 1, 6], schedules=[rising(0.3, 2), exponential(0.4, 0.5)], last=[1]),
        case(3, schedules=[exponential(0.1, 0.5)], last=[]),
    ),
    edges=(
        case(5, schedules=[constant(0.3)], last=[]),
        case(4, schedules=[constant(0.5), exponential(0.1, 0.5)], last=[0]),
        case(6, schedules=[constant(0.5), rising(0.3, 2), exponential(0.1, 0.5)], last=[1, 2]),
    ),
    draw=draw_last,
    hints=(
        "joined returns a function. With last=[3], which schedule is in charge at step 3, and which at step 4?",
        "The first at step 3, the second at step 4. As many entries of `last` as lie below the step say how many "
        "schedules are over.",
        "A schedule begins one step after the last step of the one before, the first of them at 0. A list of these "
        "starts makes its own step one subtraction. Define schedule(step) inside, and return it without calling it.",
    ),
    mistakes=(
        Mistake(
            "The next schedule takes over one step early. At its last step the old one is still in charge: use >.",
            "step > end for end in last",
            "step >= end for end in last",
        ),
        Mistake(
            "The new schedule's first LR is skipped: it begins one step after the last step of the one before.",
            "end + 1 for end in last",
            "end for end in last",
        ),
        Mistake(OWN_ZERO, "schedules[i](step - starts[i])", "schedules[i](step)"),
        Mistake(
            KNOWS_TWO,
            lambda schedules, last: (
                lambda step: schedules[0](step) if not last or step <= last[0] else schedules[1](step - last[0] - 1)
            ),
        ),
        Mistake(
            LATE_BINDING,
            lambda schedules, last: lambda step: schedules[-1](step - ([-1, *last])[-1] - 1),
        ),
        Mistake(
            "You subtract the start of the second schedule only. Every schedule has its own start.",
            "starts[i])",
            "(starts[1] if i else 0))",
        ),
        Mistake(
            "Only your last schedule counts from its own 0. Those in between do, too.",
            "schedules[i](step - starts[i])",
            "schedules[i](step - (starts[i] if i == len(last) else 0))",
        ),
        Mistake(
            NEVER_BACK,
            "    def schedule(step):\n        i = sum(step > end for end in last)\n",
            "    i = 0\n\n    def schedule(step):\n        nonlocal i\n"
            "        i = max(i, sum(step > end for end in last))\n",
        ),
    ),
    also_right=(by_last_steps, LastSteps),
)


def plan(stair):
    """The schedule of the prediction: five stairs from 0."""
    return [round(stair * min(t, 5), 6) for t in range(10)]


def counted_first(stair):
    lrs = plan(stair)[1:7]
    return replace(
        published("six_lrs"),
        takeaway="Print the LR that an epoch trains with: a count that runs ahead shifts the whole schedule.",
        hints=(
            "What is t when epoch 0 asks the schedule?",
            "It has been increased once by then: 1. So which entry of the schedule does epoch 0 train with?",
            "Everything is one epoch early: the schedule's first entry is never used, and the rest moves up.",
        ),
        mistakes=(
            Mistake(
                "You list the plan. The loop counts before it asks, so epoch 0 trains with schedule(1).",
                plan(stair)[:6],
            ),
            Mistake(
                "You list what a loop gives that sets the LR after the epoch. This one sets it before, one entry "
                "ahead.",
                [plan(stair)[5], *plan(stair)[:5]],
            ),
            Mistake(
                "You skip two entries. t is 0 before the loop and 1 when epoch 0 asks.",
                plan(stair)[2:8],
            ),
            Mistake(
                "You stay at the first LR. The loop asks the schedule anew in every epoch.",
                [plan(stair)[1]] * 6,
            ),
        ),
    ), lrs


def every_other(stair):
    lrs = [plan(stair)[t - t % 2] for t in range(6)]
    return replace(
        published("six_lrs"),
        takeaway="An LR that nobody writes stays as it was: print what an epoch trains with, not what was planned.",
        hints=(
            "In which of the six epochs does the loop write an LR?",
            "In the epochs 0, 2 and 4. Which LR does epoch 1 find in the optimizer?",
            "The one that epoch 0 has written. So the LRs come in pairs.",
        ),
        mistakes=(
            Mistake("You list the plan. The loop writes an LR in every second epoch only.", plan(stair)[:6]),
            Mistake(
                "In the odd epochs you go on with the schedule. They keep the LR of the epoch before.",
                [plan(stair)[t // 2] for t in range(6)],
            ),
            Mistake(
                "You let the odd epochs write. t % 2 == 0 holds for 0, 2 and 4.",
                [plan(stair)[5], *(plan(stair)[t - (t + 1) % 2] for t in range(1, 6))],
            ),
            Mistake(
                "In the odd epochs the optimizer does not go back to its first LR. It keeps the one that was written.",
                [plan(stair)[t] if t % 2 == 0 else plan(stair)[5] for t in range(6)],
            ),
        ),
    ), lrs


def predict(lrs):
    return (
        f"### BEGIN SOLUTION\nsix_lrs = {lrs}\n### BEGIN STUB\n"
        "# six_lrs = None  # six numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of warmup_lr, joined and six_lrs: over half of the exercise's points."""
    yield Version(
        FROM_ONE,
        """## Task 1: a warmup that starts

The LR climbs in `warmup_steps` equal stairs to `base_lr` and stays there. In this task steps count
from **1**: step 1 gets the first stair, `base_lr / warmup_steps`, and step `warmup_steps` has the full `base_lr`.
`warmup_steps` may be 0: then there is no warmup.

With `base_lr=0.4, warmup_steps=4` the LRs of the steps 1, 2, 3, ... are 0.1, 0.2, 0.3, 0.4, 0.4, ...
""",
        """def warmup_lr(step, base_lr, warmup_steps):
    ### BEGIN SOLUTION
    if step < warmup_steps:
        return base_lr * step / warmup_steps
    return base_lr
    ### END SOLUTION
""",
        quizzes=(
            Quiz(
                "09_quiz_1",
                "A warmup gives step `t` the share `t / warmup_steps` of the LR, as in task 1. But the training loop "
                "counts its steps from 0. What does its first step do?",
                "a",
                {
                    "a": ("Nothing: its LR is 0.", "Right: one batch is computed and thrown away."),
                    "b": ("A very small update.", "At t = 0 the share is exactly 0, so the weights do not move."),
                    "c": ("A full update.", "That would be no warmup at all."),
                },
            ),
        ),
    )
    yield Version(
        FACTORS,
        """## Task 1: a warmup by factors

The LR starts at a hundredth of `base_lr` at step 0 and arrives at `base_lr` at step `warmup_steps`, where it stays. In
between every step multiplies it by the **same factor**. `warmup_steps` may be 0: then there is no warmup.

With `base_lr=0.4, warmup_steps=4` the LRs are 0.004, 0.01265, 0.04, 0.1265, 0.4, 0.4, ...
""",
        """def warmup_lr(step, base_lr, warmup_steps):
    ### BEGIN SOLUTION
    if step < warmup_steps:
        return base_lr * 0.01 ** (1 - step / warmup_steps)
    return base_lr
    ### END SOLUTION
""",
    )
    yield Version(
        LENGTHS,
        """## Task 3: one after the other

A schedule is a function: it takes a step and gives an LR. `joined(schedules, lengths)` makes one such function from
several. The list `lengths` says how many steps each schedule lasts, at least 1; the last schedule goes on for ever, so
there is one length fewer than `schedules`; with one schedule the list is empty. Every schedule counts from its own 0:
with `lengths=[3, 2]` the second schedule is asked for its steps 0 and 1 at the steps 3 and 4, and the third begins at
step 5.
""",
        """def joined(schedules, lengths):
    ### BEGIN SOLUTION
    starts = [0]
    for length in lengths:
        starts.append(starts[-1] + length)

    def schedule(step):
        i = sum(step >= start for start in starts[1:])
        return schedules[i](step - starts[i])

    return schedule
    ### END SOLUTION
""",
    )
    yield Version(
        LAST_STEPS,
        """## Task 3: one after the other

A schedule is a function: it takes a step and gives an LR. `joined(schedules, last)` makes one such function from
several. The list `last` holds, in rising order, the **last step** of each schedule; the next one takes over at the
step after it. The last schedule goes on for ever, so `last` has one entry fewer than `schedules`; with one schedule
it is empty. Every schedule counts from its own 0: with `last=[3]` step 3 still belongs to the first schedule, and at
step 4 the second one is asked for step 0.
""",
        """def joined(schedules, last):
    ### BEGIN SOLUTION
    starts = [0] + [end + 1 for end in last]

    def schedule(step):
        i = sum(step > end for end in last)
        return schedules[i](step - starts[i])

    return schedule
    ### END SOLUTION
""",
    )
    stair = draw("stair of the prediction", 0.04, 0.05, 0.08)
    listed = ", ".join(map(str, [*plan(stair)[:7], "..."]))
    task, lrs = counted_first(stair)
    yield Version(
        task,
        f"""## Task 5: predict

A training loop keeps a count `t`, which is 0 before the run. In each epoch it first increases `t` by one, then
writes `schedule(t)` into the optimizer, then trains. Before the run the optimizer has LR {plan(stair)[5]}.
`schedule` is a warmup: {listed} Which LRs do the first six epochs *train with*?
""",
        predict(lrs),
    )
    task, lrs = every_other(stair)
    yield Version(
        task,
        f"""## Task 5: predict

A training loop writes an LR in every second epoch only: `if t % 2 == 0`, it sets the optimizer's LR to `schedule(t)`.
Then it trains epoch `t`, which counts from 0. Before the run the optimizer has LR {plan(stair)[5]}. `schedule` is a
warmup: {listed}
Which LRs do the first six epochs *train with*?
""",
        predict(lrs),
    )
