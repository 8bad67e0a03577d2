"""Versions of exercise 10: a last step at 0, a cooldown by the root; two other states that lose a run; two rows."""

from dataclasses import replace

from lrcourse.exercises.exercise import STUB, Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("10_compose").task


def last_step_by_branches(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    start = total_steps - 1 - cooldown_steps
    if step >= total_steps - 1:
        return 0
    if step > start:
        return base_lr - base_lr * (step - start) / cooldown_steps
    return base_lr if step >= warmup_steps else base_lr / warmup_steps * (step + 1)


def last_step_by_interp(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    import numpy as np

    corners = [-1, warmup_steps - 1, total_steps - 1 - cooldown_steps, total_steps - 1]
    return np.interp(step, corners, [0 if warmup_steps else base_lr, base_lr, base_lr, 0])


def root_by_branches(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    if step < warmup_steps:
        return (step + 1) / warmup_steps * base_lr
    start = total_steps - cooldown_steps
    if step <= start:
        return base_lr
    return base_lr * (1 - ((step - start) / cooldown_steps) ** 0.5) if step < total_steps else 0.0


def steps_of(rng, least):
    warmup_steps, cooldown_steps = rng.randint(0, 12), rng.randint(2, 20)
    total_steps = warmup_steps + cooldown_steps + rng.randint(least, 15)
    steps = {"total_steps": total_steps, "warmup_steps": warmup_steps, "cooldown_steps": cooldown_steps}
    return case(total_steps + 3, base_lr=rng.uniform(0.01, 1), **steps)


NO_WARMUP = Mistake(
    "There is no warmup in yours: the first steps have base_lr at once.",
    "    if step < warmup_steps:\n        return base_lr * (step + 1) / warmup_steps\n",
    "",
)
FROM_ZERO = Mistake(
    "Your first step has LR 0. Use step + 1 in the warmup.", "(step + 1) / warmup_steps", "step / warmup_steps"
)

LAST_STEP = replace(
    published("wsd_lr"),
    public=(
        case(11, base_lr=1.0, total_steps=9, warmup_steps=2, cooldown_steps=4),
        case(100, base_lr=0.1, total_steps=100, warmup_steps=10, cooldown_steps=20),
        case(5, base_lr=0.5, total_steps=4, warmup_steps=0, cooldown_steps=1),
    ),
    edges=(
        case(9, base_lr=0.1, total_steps=7, warmup_steps=3, cooldown_steps=3),
        case(9, base_lr=0.1, total_steps=7, warmup_steps=0, cooldown_steps=6),
    ),
    draw=lambda rng: steps_of(rng, 1),
    hints=(
        "Which three questions about a step decide which part it belongs to?",
        "Is it in the warmup? If not, how many steps are left until the last one, and is that more than the cooldown "
        "has? At the last step and past it none are left.",
        "In the cooldown the LR is the share of cooldown_steps still left. That share is above 1 in the flat part: "
        "keep it at 1 there, and at 0 past the end.",
    ),
    mistakes=(
        NO_WARMUP,
        FROM_ZERO,
        Mistake(
            "Your fall comes one step late: LR 0 belongs to the last step, total_steps - 1.",
            "total_steps - 1 - step",
            "total_steps - step",
        ),
        Mistake(
            "Past the end your LR is negative. It stays at 0.",
            "max(total_steps - 1 - step, 0)",
            "total_steps - 1 - step",
        ),
        Mistake(
            "You bend the cooldown into a cosine. It is a straight fall here.",
            "min(left / cooldown_steps, 1)",
            "(1 - math.cos(math.pi * min(left / cooldown_steps, 1))) / 2",
        ),
        Mistake(
            "Your LR falls from the end of the warmup on: the flat part is missing.",
            "left / cooldown_steps",
            "left / (total_steps - warmup_steps)",
        ),
        Mistake(
            "After the fall your LR jumps back to base_lr. It stays at 0.",
            "    return base_lr * min(",
            "    return base_lr if step >= total_steps else base_lr * min(",
        ),
        Mistake(
            "Your fall starts when the warmup ends, and lasts cooldown_steps. It belongs to the end of the run.",
            "max(total_steps - 1 - step, 0)",
            "max(warmup_steps + cooldown_steps - step, 0)",
        ),
    ),
    also_right=(last_step_by_branches, last_step_by_interp),
)

BY_ROOT = replace(
    published("wsd_lr"),
    public=(
        case(11, base_lr=1.0, total_steps=9, warmup_steps=2, cooldown_steps=4),
        case(100, base_lr=0.1, total_steps=100, warmup_steps=10, cooldown_steps=25),
        case(5, base_lr=0.5, total_steps=4, warmup_steps=0, cooldown_steps=2),
    ),
    edges=(
        case(8, base_lr=0.1, total_steps=6, warmup_steps=3, cooldown_steps=3),
        case(8, base_lr=0.1, total_steps=6, warmup_steps=0, cooldown_steps=6),
    ),
    draw=lambda rng: steps_of(rng, 0),
    hints=(
        "Which three questions about a step decide which part it belongs to?",
        "Is it in the warmup? If not, how many steps of the cooldown lie behind it? None in the flat part, all of them "
        "past the end.",
        "Keep the share of the cooldown that lies behind between 0 and 1, with min and max. Take its square root, and "
        "then take that from 1.",
    ),
    mistakes=(
        NO_WARMUP,
        FROM_ZERO,
        Mistake(
            "Your fall is a straight line. Take the root of the share that lies behind.",
            "math.sqrt(gone)",
            "gone",
        ),
        Mistake(
            "You take the root of what is left. Take 1 minus the root of what lies behind: it falls fast at first.",
            "(1 - math.sqrt(gone))",
            "math.sqrt(1 - gone)",
        ),
        Mistake(
            "You square the share. Its root is asked for: the fall is fast at first, not slow.",
            "math.sqrt(gone)",
            "gone**2",
        ),
        Mistake(
            "Your fall comes one step early: step total_steps - cooldown_steps still has base_lr.",
            "step - (total_steps - cooldown_steps)",
            "step + 1 - (total_steps - cooldown_steps)",
        ),
        Mistake(
            "Past the end your LR is negative. It stays at 0.",
            "min(max(step - (total_steps - cooldown_steps), 0) / cooldown_steps, 1)",
            "max(step - (total_steps - cooldown_steps), 0) / cooldown_steps",
        ),
        Mistake(
            "Your fall starts when the warmup ends. It belongs to the end of the run.",
            "step - (total_steps - cooldown_steps)",
            "step - warmup_steps",
        ),
    ),
    also_right=(root_by_branches,),
    survivors={},
)


class InverseByFirst:
    """Keeps the first LRs and the count in one list."""

    def __init__(self, optimizer, rate):
        self.optimizer, self.rate = optimizer, rate
        self.kept = [0, *(group["lr"] for group in optimizer.param_groups)]

    def step(self):
        self.kept[0] += 1
        for group, first in zip(self.optimizer.param_groups, self.kept[1:], strict=True):
            group["lr"] = first / (1 + self.rate * self.kept[0])

    def state_dict(self):
        return {"kept": self.kept}

    def load_state_dict(self, state):
        self.kept = list(state["kept"])


class DropsByMultiplying:
    def __init__(self, optimizer, gamma, every):
        self.optimizer, self.gamma, self.every, self.count = optimizer, gamma, every, 0

    def step(self):
        self.count += 1
        for group in self.optimizer.param_groups:
            group["lr"] *= self.gamma if self.count % self.every == 0 else 1

    def state_dict(self):
        return {"count": self.count % self.every}

    def load_state_dict(self, state):
        self.count = state["count"]


STOPPED = ["step", "step", "resume", "step", "step"]


def run_with(rng, **args):
    lrs = [rng.uniform(0.01, 1) for _ in range(rng.randint(1, 2))]
    do = ["step"] * rng.randint(1, 12)
    return case(groups=lrs, do=[*do, "resume", *do, "step"], **args)


def draw_drops(rng):
    every = rng.randint(2, 5)
    lrs = [rng.uniform(0.01, 1) for _ in range(rng.randint(1, 2))]
    before = ["step"] * (every * rng.randint(0, 2) + rng.randint(1, every - 1))
    return case(groups=lrs, gamma=rng.uniform(0.5, 0.9), every=every, do=[*before, "resume", *["step"] * 8])


WRONG_STATE = replace(
    published("SavedDecay"),
    public=(
        case(groups=[0.8], rate=0.5, do=STOPPED),
        case(groups=[0.1, 0.01], rate=1.0, do=["step", "step", "step", "resume", "step"]),
        case(groups=[0.1], rate=0.5, do=3),
    ),
    edges=(case(groups=[0.1], rate=0.5, do=["step", "resume", "step", "resume", "step"]),),
    draw=lambda rng: run_with(rng, rate=rng.uniform(0.2, 2)),
    hints=(
        "Which numbers does step() need to work an LR out? Which of them change while the run goes on?",
        "The LRs of the moment are in the optimizer's own groups, and those are saved with the optimizer. What does "
        "base_lrs mean after they were taken from there?",
        "The state must hold the LRs that the object has kept since it was made, not those that the groups have now.",
    ),
    mistakes=(
        Mistake(
            "After a resume the LRs of the moment still pass for the first ones: they are divided once more.", STUB
        ),
        Mistake(
            "The first LRs are right now, but the count starts again from 0 after a resume.",
            'self.count, self.base_lrs = state["count"], state["base_lrs"]',
            'self.base_lrs = state["base_lrs"]',
        ),
        Mistake(
            "A resume is no step: yours counts one, so an LR is skipped.",
            'self.count, self.base_lrs = state["count"], state["base_lrs"]',
            'self.count, self.base_lrs = state["count"] + 1, state["base_lrs"]',
        ),
        Mistake(
            "You write the first LRs into the groups. They hold the LRs of the checkpoint already.",
            '        self.count, self.base_lrs = state["count"], state["base_lrs"]\n',
            '        self.count, self.base_lrs = state["count"], state["base_lrs"]\n'
            "        for group, lr in zip(self.optimizer.param_groups, self.base_lrs):\n"
            '            group["lr"] = lr\n',
        ),
    ),
    also_right=(InverseByFirst,),
    survivors={},
)

DROPS_SAVED = replace(
    published("SavedDecay"),
    public=(
        case(groups=[0.8], gamma=0.5, every=3, do=STOPPED),
        case(groups=[0.1, 0.01], gamma=0.9, every=2, do=["step", "step", "step", "resume", *["step"] * 3]),
        case(groups=[0.1], gamma=0.5, every=2, do=4),
    ),
    edges=(case(groups=[0.1], gamma=0.5, every=4, do=["step", "resume", *["step"] * 3, "resume", "step"]),),
    draw=draw_drops,
    hints=(
        "With every=3: which state does a run save that is stopped after 4 steps? And after 3 or 5?",
        "The same one: one drop. So nobody can tell afterwards how long ago the drop was.",
        "Save what step() counts, as it is, and put back the same number.",
    ),
    mistakes=(
        Mistake("The state still holds the drops alone: the steps since the last drop are lost.", STUB),
        Mistake(
            "The count starts again from 0 after a resume, so all drops are lost and the LR jumps up.",
            'self.count = state["count"]',
            "self.count = 0",
        ),
        Mistake(
            "A resume is no step: yours counts one, so the next drop comes one step early.",
            'self.count = state["count"]',
            'self.count = state["count"] + 1',
        ),
        Mistake(
            "You save the count, and put it back as if it were drops: it is multiplied by every.",
            'self.count = state["count"]',
            'self.count = state["count"] * self.every',
        ),
        Mistake(
            "You put the first LRs back when the state is loaded. The groups hold the LRs of the checkpoint already.",
            '        self.count = state["count"]\n',
            '        self.count = state["count"]\n'
            "        for group, lr in zip(self.optimizer.param_groups, self.base_lrs):\n"
            '            group["lr"] = lr\n',
        ),
    ),
    also_right=(DropsByMultiplying,),
    survivors={},
)


def rounded(*rows):
    return [[round(lr, 6) for lr in row] for row in rows]


def product_first(peak):
    warmup, decay = [0.25, 0.5, 1, 1], [1, 0.5, 0.25, 0.125]
    product = [peak * a * b for a, b in zip(warmup, decay, strict=True)]
    after = [peak * share for share in [*warmup[:2], *decay[:2]]]
    return replace(
        published("after_and_product"),
        hints=(
            "In which of the two rows do both factors see the same step?",
            "In the first: there you multiply, number by number. In the second the decay waits for two steps and then "
            "begins with its own step 0.",
            f"Every factor is multiplied by the base LR of {peak}. The second row is that times two of the warmup's "
            "factors, then two of the decay's.",
        ),
        mistakes=(
            Mistake("You have the two rows the wrong way round: the product comes first.", rounded(after, product)),
            Mistake(
                f"Those are the factors. Multiply each by the base LR, {peak}.",
                rounded([lr / peak for lr in product], [lr / peak for lr in after]),
            ),
            Mistake(
                "In the second row the decay counts from its own 0 when it takes over at step 2.",
                rounded(product, [peak * share for share in [*warmup[:2], *decay[2:]]]),
            ),
            Mistake(
                "In the product the decay does not wait for the warmup: both see the same step.",
                rounded([peak * share for share in [0.25, 0.5, 1, 0.5]], after),
            ),
            Mistake(
                "In the second row the decay starts with its own step 0, which is 1: you leave that out.",
                rounded(product, [peak * share for share in [*warmup[:2], *decay[1:3]]]),
            ),
        ),
    ), rounded(product, after)


def lower_and_product(scale):
    rise, fall = [0.2, 0.4, 0.6, 0.8], [scale, scale / 2, scale / 4, scale / 8]
    lower = [min(pair) for pair in zip(rise, fall, strict=True)]
    product = [a * b for a, b in zip(rise, fall, strict=True)]
    return replace(
        published("after_and_product"),
        takeaway="Say whether two schedules are multiplied or the lower one counts: the LRs are not the same.",
        hints=(
            "For each of the four steps: what does the rise give, and what the fall?",
            "Both rows take the same two numbers at each step. One keeps the smaller, the other multiplies.",
            f"The pairs begin with 0.2 and {scale}, then 0.4 and {scale / 2}. From the third step on the fall is the "
            "smaller one.",
        ),
        mistakes=(
            Mistake("You have the two rows the wrong way round: the lower one comes first.", rounded(product, lower)),
            Mistake(
                "You take the larger of the two in the first row. Asked for is the lower.",
                rounded([max(pair) for pair in zip(rise, fall, strict=True)], product),
            ),
            Mistake(
                "In the second row you add. Factors multiply.",
                rounded(lower, [a + b for a, b in zip(rise, fall, strict=True)]),
            ),
            Mistake(
                "In the first row you let the fall begin when it takes over. Both see the same step all the time.",
                rounded([0.2, 0.4, scale, scale / 2], product),
            ),
            Mistake(
                "The second row multiplies the two schedules, not your first row with the fall.",
                rounded(lower, [a * b for a, b in zip(lower, fall, strict=True)]),
            ),
        ),
    ), rounded(lower, product)


def predict(rows):
    return (
        f"### BEGIN SOLUTION\nafter_and_product = {rows}\n### BEGIN STUB\n"
        "# after_and_product = None  # two lists of four numbers: [[...], [...]]\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of wsd_lr, SavedDecay and after_and_product: over half of the exercise's points."""
    yield Version(
        LAST_STEP,
        """## Task 2: warmup, stable, decay

Three parts: a rise of `warmup_steps` equal stairs to `base_lr` (step 0 has `base_lr / warmup_steps`; there may be 0 of
them), a flat part, and a straight fall that arrives at 0 **at the last step of the run**, `total_steps - 1`. It takes
`cooldown_steps` steps (at least 1), so it starts from `base_lr` at step `total_steps - 1 - cooldown_steps`; the warmup
is over by then. Past the end the LR is 0.

With `base_lr=1, total_steps=9, warmup_steps=2, cooldown_steps=4`: 0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0.
""",
        """def wsd_lr(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    ### BEGIN SOLUTION
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    left = max(total_steps - 1 - step, 0)
    return base_lr * min(left / cooldown_steps, 1)
    ### END SOLUTION
""",
    )
    yield Version(
        BY_ROOT,
        """## Task 2: warmup, stable, decay

Three parts: a rise of `warmup_steps` equal stairs to `base_lr` (step 0 has `base_lr / warmup_steps`; there may be 0 of
them), a flat part, and a fall in the last `cooldown_steps` steps (at least 1). The fall starts from `base_lr` at step
`total_steps - cooldown_steps` and arrives at 0 at step `total_steps`. From there on the LR is 0. It is fast at first:
where a share $p$ of the cooldown lies behind, the LR is `base_lr` times $1 - \\sqrt{p}$ (Hägele et al., 2024).

With `base_lr=1, total_steps=9, warmup_steps=2, cooldown_steps=4`: 0.5, 1, 1, 1, 1, 1, 0.5, 0.293, 0.134, 0.
""",
        """import math


def wsd_lr(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    ### BEGIN SOLUTION
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    gone = min(max(step - (total_steps - cooldown_steps), 0) / cooldown_steps, 1)
    return base_lr * (1 - math.sqrt(gone))
    ### END SOLUTION
""",
    )
    yield Version(
        WRONG_STATE,
        """## Task 4: find the bug

The LR of this class is its first LR divided by `1 + rate * count`. As long as nobody stops the run it works. After a
resume its LRs are far too low. The new object is made with the first LRs, as at the start. When `load_state_dict` is
called, the optimizer's groups already hold the LRs of the checkpoint. There is one mistake in the two methods. Repair
it.
""",
        """class SavedDecay:
    def __init__(self, optimizer, rate):
        self.optimizer, self.rate, self.count = optimizer, rate, 0
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]

    def step(self):
        self.count += 1
        for group, base_lr in zip(self.optimizer.param_groups, self.base_lrs):
            group["lr"] = base_lr / (1 + self.rate * self.count)

    ### BEGIN SOLUTION
    def state_dict(self):
        return {"count": self.count, "base_lrs": self.base_lrs}

    def load_state_dict(self, state):
        self.count, self.base_lrs = state["count"], state["base_lrs"]

    ### BEGIN STUB
    # def state_dict(self):
    #     lrs = [group["lr"] for group in self.optimizer.param_groups]
    #     return {"count": self.count, "base_lrs": lrs}
    #
    # def load_state_dict(self, state):
    #     self.count, self.base_lrs = state["count"], state["base_lrs"]
    ### END SOLUTION
""",
    )
    yield Version(
        DROPS_SAVED,
        """## Task 4: find the bug

The LR of this class is multiplied by `gamma` at every `every`-th step. Where a run is stopped right after a drop, it
resumes as it should. Stopped at any other step, its next drop comes too late. The new object is made with the first
LRs, as at the start. When `load_state_dict` is called, the optimizer's groups already hold the LRs of the
checkpoint. Find out what the state leaves out, and repair both methods.
""",
        """class SavedDecay:
    def __init__(self, optimizer, gamma, every):
        self.optimizer, self.gamma, self.every, self.count = optimizer, gamma, every, 0
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]

    def step(self):
        self.count += 1
        for group, base_lr in zip(self.optimizer.param_groups, self.base_lrs):
            group["lr"] = base_lr * self.gamma ** (self.count // self.every)

    ### BEGIN SOLUTION
    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state):
        self.count = state["count"]

    ### BEGIN STUB
    # def state_dict(self):
    #     return {"drops": self.count // self.every}
    #
    # def load_state_dict(self, state):
    #     self.count = state["drops"] * self.every
    ### END SOLUTION
""",
    )
    peak = draw("base LR of the prediction", 0.8, 1.6, 0.4)
    task, rows = product_first(peak)
    yield Version(
        task,
        f"""## Task 5: predict

Two factors for a base LR of {peak}: a warmup that gives 0.25, 0.5, 1, 1, ... and a decay that gives 1, 0.5, 0.25,
0.125, ... Write down the first four LRs of (first row) the product of the two factors, times the base LR, and
(second row) the decay put *after* the warmup at step 2, times the base LR.
""",
        predict(rows),
    )
    scale = draw("start of the fall", 0.8, 1.2, 1.0)
    task, rows = lower_and_product(scale)
    yield Version(
        task,
        f"""## Task 5: predict

Two schedules: a rise that gives 0.2, 0.4, 0.6, 0.8, ... and a fall that gives {scale}, {scale / 2}, {scale / 4},
{scale / 8}, ... Write down the first four LRs of (first row) the **lower** of the two at every step, as the
Transformer's schedule takes it, and (second row) the product of the two.
""",
        predict(rows),
    )
