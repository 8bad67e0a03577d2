"""Checks of exercise 10: the product of schedules, warmup-stable-decay, a factor per group, a broken resume."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def product_by_math(schedules):
    return lambda step: math.prod(schedule(step) for schedule in schedules)


def product_by_pairs(schedules):
    first, *rest = schedules
    if not rest:
        return first
    others = product_by_pairs(rest)
    return lambda step: first(step) * others(step)


def product_by_adding(schedules):
    return lambda step: sum(schedule(step) for schedule in schedules)


def wsd_by_branches(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    start = total_steps - cooldown_steps
    if step >= total_steps:
        return 0
    if step > start:
        return base_lr - base_lr * (step - start) / cooldown_steps
    return base_lr if step >= warmup_steps else base_lr / warmup_steps * (step + 1)


def wsd_too_short(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    start = total_steps - cooldown_steps
    return base_lr if step <= start else base_lr * max(0, 1 - (step - start) / (cooldown_steps - 1))


def wsd_by_interp(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    import numpy as np

    corners = [-1, warmup_steps - 1, total_steps - cooldown_steps, total_steps]
    values = [0 if warmup_steps else base_lr, base_lr, base_lr, 0]
    return np.interp(step, corners, values)


class LambdaByTables:
    def __init__(self, optimizer, lr_lambdas):
        self.optimizer, self.t = optimizer, 0
        pairs = zip(optimizer.param_groups, lr_lambdas, strict=True)
        self.tables = [[group["lr"] * factor(t) for t in range(100)] for group, factor in pairs]
        self.write()

    def write(self):
        for group, table in zip(self.optimizer.param_groups, self.tables, strict=True):
            group["lr"] = table[self.t]

    def step(self):
        self.t += 1
        self.write()

    def state_dict(self):
        return {"t": self.t, "tables": self.tables}

    def load_state_dict(self, state):
        self.__dict__.update(state)
        self.write()


class SavedByMultiplying:
    def __init__(self, optimizer, gamma):
        self.optimizer, self.gamma = optimizer, gamma

    def step(self):
        for group in self.optimizer.param_groups:
            group["lr"] *= self.gamma

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def exponential(lr, gamma):
    return {"python": f"lambda step: {lr} * {gamma} ** step"}


def rising(n):
    return {"python": f"lambda step: min((step + 1) / {n}, 1)"}


def inverse(rate):
    return {"python": f"lambda step: 1 / (1 + {rate} * step)"}


def draw_schedule(rng):
    kind = rng.randrange(3)
    if kind == 0:
        return exponential(round(rng.uniform(0.1, 2), 3), round(rng.uniform(0.6, 0.98), 3))
    return rising(rng.randint(2, 9)) if kind == 1 else inverse(round(rng.uniform(0.1, 1), 3))


def wsd_with_cosine(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    """A mistake: half a wave for the cooldown."""
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    left = min(max(total_steps - step, 0) / cooldown_steps, 1)
    return base_lr * (1 - math.cos(math.pi * left)) / 2


def wsd_from_cooldown(step, base_lr, total_steps, warmup_steps, cooldown_steps):
    """A mistake: cooldown_steps taken for the step at which the fall starts."""
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    if step < cooldown_steps:
        return base_lr
    return base_lr * max(total_steps - step, 0) / (total_steps - cooldown_steps)


def draw_product(rng):
    return case(15, schedules=[draw_schedule(rng) for _ in range(rng.randint(1, 4))])


def draw_wsd(rng):
    warmup_steps, cooldown_steps = rng.randint(0, 12), rng.randint(1, 20)
    total_steps = warmup_steps + cooldown_steps + rng.randint(0, 15)
    steps = {"total_steps": total_steps, "warmup_steps": warmup_steps, "cooldown_steps": cooldown_steps}
    return case(total_steps + 3, base_lr=rng.uniform(0.01, 1), **steps)


def draw_do(rng):
    do = ["step"] * rng.randint(2, 15)
    return do if rng.random() < 0.4 else [*do, "resume", *do]


def draw_lambdas(rng):
    lrs = [rng.uniform(0.01, 1) for _ in range(rng.randint(1, 3))]
    return case(groups=lrs, lr_lambdas=[draw_schedule(rng) for _ in lrs], do=draw_do(rng))


def draw_saved(rng):
    lrs = [rng.uniform(0.01, 1) for _ in range(rng.randint(1, 2))]
    do = ["step"] * rng.randint(1, 12)
    return case(groups=lrs, gamma=rng.uniform(0.5, 0.95), do=[*do, "resume", *do])


STOPPED = ["step", "step", "resume", "step", "step"]

exercise = Exercise(
    lesson="10_composing",
    title="Composing schedules",
    tasks=(
        Task(
            "product",
            points=1,
            drive="schedule",
            difficulty=2,
            importance=4,
            minutes=6,
            takeaway="Factors multiply and LRs do not: let one schedule carry the LR and all the others stay near 1.",
            public=(
                case(6, schedules=[exponential(0.8, 0.5), rising(2)]),
                case(6, schedules=[exponential(0.1, 0.9)]),
                case([4, 0, 4, 1], schedules=[exponential(0.4, 0.5), rising(3), inverse(0.5)]),
            ),
            draw=draw_product,
            hints=(
                "product returns a function. What does that inner function do with the step it gets?",
                "It asks every schedule for the same step and multiplies what they give.",
                "Begin with the number that changes no product, inside the inner function, so that every call "
                "starts anew. Return the function without calling it.",
            ),
            mistakes=(
                Mistake(
                    "Your product starts at 0, so it stays 0. Start at 1.",
                    "lr = 1.0",
                    "lr = 0.0",
                ),
                Mistake(
                    "You stop after the first schedule: the return stands inside the loop.",
                    "            lr = lr * factor(step)\n",
                    "            lr = lr * factor(step)\n            return lr\n",
                ),
                Mistake(
                    "You give each schedule the value of the one before. All are asked for the same step.",
                    "        lr = 1.0\n        for factor in schedules:\n            lr = lr * factor(step)\n",
                    "        lr = step\n        for factor in schedules:\n            lr = factor(lr)\n",
                ),
                Mistake("You add the LRs. Factors multiply.", product_by_adding),
                Mistake(
                    "You use the first two schedules and leave the others out.",
                    "in schedules:",
                    "in schedules[:2]:",
                ),
                Mistake(
                    "The product is kept from call to call, so it shrinks with every question. Start at 1 inside "
                    "schedule.",
                    "    def schedule(step):\n        lr = 1.0\n",
                    "    lr = 1.0\n\n    def schedule(step):\n        nonlocal lr\n",
                ),
                Mistake(
                    "You give the last schedule alone. Each one multiplies what the ones before gave.",
                    "lr = lr * factor(step)",
                    "lr = factor(step)",
                ),
            ),
            also_right=(product_by_math, product_by_pairs),
        ),
        Task(
            "wsd_lr",
            points=3,
            drive="curve",
            difficulty=3,
            importance=4,
            minutes=10,
            takeaway=(
                "With a flat middle you may decide later when the run ends: keep a checkpoint from before the cooldown."
            ),
            public=(
                case(10, base_lr=1.0, total_steps=8, warmup_steps=2, cooldown_steps=4),
                case(100, base_lr=0.1, total_steps=100, warmup_steps=10, cooldown_steps=20),
                case(5, base_lr=0.5, total_steps=4, warmup_steps=0, cooldown_steps=1),
            ),
            edges=(
                case(8, base_lr=0.1, total_steps=6, warmup_steps=3, cooldown_steps=3),
                case(8, base_lr=0.1, total_steps=6, warmup_steps=0, cooldown_steps=6),
            ),
            draw=draw_wsd,
            hints=(
                "Which three questions about a step decide which part it belongs to?",
                "Is it in the warmup? If not, how many steps are left until total_steps, and is that more than the "
                "cooldown has? Past the end none are left.",
                "In the cooldown the LR is the share of cooldown_steps still left. That share is above 1 in the "
                "flat part: keep it at 1 there, and at 0 past the end.",
            ),
            mistakes=(
                Mistake(
                    "There is no warmup in yours: the first steps have base_lr at once.",
                    "    if step < warmup_steps:\n        return base_lr * (step + 1) / warmup_steps\n",
                    "",
                ),
                Mistake(
                    "You bend the cooldown into a cosine. It is a straight fall here.",
                    wsd_with_cosine,
                ),
                Mistake(
                    "Your fall begins at step cooldown_steps. It has that many steps, and ends at total_steps.",
                    wsd_from_cooldown,
                ),
                Mistake(
                    "Your first step has LR 0. Use step + 1 in the warmup.",
                    "(step + 1) / warmup_steps",
                    "step / warmup_steps",
                ),
                Mistake(
                    "Past total_steps your LR is negative. It stays at 0.",
                    "max(total_steps - step, 0)",
                    "total_steps - step",
                ),
                Mistake(
                    "Your fall comes one step early: step total_steps - cooldown_steps still has base_lr, and LR 0 "
                    "belongs to step total_steps.",
                    "max(total_steps - step, 0)",
                    "max(total_steps - 1 - step, 0)",
                ),
                Mistake(
                    "Your fall is one step too short: it takes cooldown_steps steps from base_lr to 0.", wsd_too_short
                ),
                Mistake(
                    "Your LR falls from the end of the warmup on: the flat part is missing.",
                    "left / cooldown_steps",
                    "left / (total_steps - warmup_steps)",
                ),
                Mistake(
                    "After the fall your LR jumps back to base_lr. It stays at 0.",
                    "    return base_lr * min(",
                    "    return base_lr if step > total_steps else base_lr * min(",
                ),
                Mistake(
                    "Your fall starts when the warmup ends, and lasts cooldown_steps. It belongs to the end of the "
                    "run.",
                    "left = max(total_steps - step, 0)",
                    "left = max(warmup_steps + cooldown_steps - step, 0)",
                ),
            ),
            also_right=(wsd_by_branches, wsd_by_interp),
        ),
        Task(
            "LambdaLR",
            points=3,
            drive="object",
            difficulty=3,
            importance=4,
            minutes=15,
            takeaway="A lambda gives a factor of the first LR: at step 0 it should be about 1.",
            public=(
                case(groups=[0.1], lr_lambdas=[exponential(1.0, 0.5)], do=4),
                case(groups=[0.1, 0.01], lr_lambdas=[rising(4), inverse(1.0)], do=5),
                case(groups=[0.2, 0.4], lr_lambdas=[rising(8), exponential(1.0, 0.5)], do=STOPPED),
            ),
            edges=(
                case(groups=[0.1], lr_lambdas=[rising(3)], do=["resume", "step", "resume", "resume", "step"]),
                case(groups=[0.1, 0.1], lr_lambdas=[rising(3), inverse(0.5)], do=3),
            ),
            draw=draw_lambdas,
            hints=(
                "Keep the first LR of every group, the functions, and a count.",
                "One method writes the present LRs: base_lr * factor(count) for each group with its own function.",
                "__init__ calls it with count 0, step adds 1 and calls it. The state is the count and the first LRs.",
            ),
            mistakes=(
                Mistake(
                    "A resume is no step: load_state_dict must not call step(), it goes one too far.",
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]',
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]\n        self.step()',
                ),
                Mistake(
                    "After a resume you take the LRs of that moment for the first ones. Save the first LRs in the "
                    "state.",
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]',
                    'self.count = state["count"]\n        self.base_lrs = [group["lr"] for group in '
                    "self.optimizer.param_groups]",
                ),
                Mistake(
                    "You take the function's value for the LR. It is a factor: multiply it with the group's first LR.",
                    "base_lr * factor(self.count)",
                    "factor(self.count)",
                ),
                Mistake(
                    "All groups follow the first function. Each group has its own.",
                    "self.base_lrs, self.lr_lambdas)",
                    "self.base_lrs, self.lr_lambdas[:1] * 9)",
                ),
                Mistake(
                    "The factors pile up: you multiply the present LR. Start from the group's first LR.",
                    'group["lr"] = base_lr * factor',
                    'group["lr"] = group["lr"] * factor',
                ),
                Mistake(
                    "Making the object writes nothing. It must write the LRs of step 0.",
                    "self.count = 0\n        self.write()",
                    "self.count = 0",
                ),
                Mistake(
                    "You write first and count afterwards, so the LR lags one step behind.",
                    "self.count += 1\n        self.write()",
                    "self.write()\n        self.count += 1",
                ),
                Mistake(
                    "After a resume you count from 0 again. load_state_dict must restore the count.",
                    'self.count, self.base_lrs = state["count"], state["base_lrs"]',
                    'self.base_lrs = state["base_lrs"]',
                ),
            ),
            also_right=(LambdaByTables,),
        ),
        Task(
            "SavedDecay",
            points=2,
            drive="object",
            difficulty=3,
            importance=5,
            minutes=8,
            takeaway="After a resume, compare the next LR with the plan: it is one line, and the error is silent.",
            public=(
                case(groups=[0.8], gamma=0.5, do=STOPPED),
                case(groups=[0.1, 0.01], gamma=0.9, do=["step", "step", "step", "resume", "step"]),
                case(groups=[0.1], gamma=0.5, do=3),
            ),
            edges=(case(groups=[0.1], gamma=0.5, do=["step", "resume", "step", "resume", "step"]),),
            draw=draw_saved,
            hints=(
                "Which numbers does state_dict keep? Does load_state_dict use all of them?",
                "At that moment the groups hold decayed LRs. Taken for first LRs, they decay a second time. And "
                "what does step() count?",
                "A resume is no step. Put back what the state holds, both of it, and do nothing else.",
            ),
            mistakes=(
                Mistake(
                    "The count is right, but you write the first LRs into the groups. They hold the LRs of the "
                    "checkpoint already.",
                    '        self.base_lrs = state["base_lrs"]\n',
                    '        self.base_lrs = state["base_lrs"]\n        for group, lr in '
                    'zip(self.optimizer.param_groups, self.base_lrs):\n            group["lr"] = lr\n',
                ),
                Mistake(
                    "Both mistakes are still there: the decayed LRs are taken for the first ones, and a step is "
                    "counted.",
                    STUB,
                ),
                Mistake(
                    "The first LRs are right now, but load_state_dict still counts a step: one LR is skipped.",
                    'self.base_lrs = state["base_lrs"]',
                    'self.base_lrs = state["base_lrs"]\n        self.step()',
                ),
                Mistake(
                    "The extra step is gone, but the decayed LRs are still taken for the first ones.",
                    'self.base_lrs = state["base_lrs"]',
                    'self.base_lrs = [group["lr"] for group in self.optimizer.param_groups]',
                ),
                Mistake(
                    "The count is not restored, so the LR jumps back up after a resume.",
                    'self.count = state["count"]',
                    "pass",
                ),
            ),
            also_right=(SavedByMultiplying,),
            survivors={
                "self.base_lrs = state": "the object is made anew from the same first LRs, so they are there already",
            },
        ),
        Task(
            "after_and_product",
            points=1,
            drive="value",
            difficulty=2,
            importance=3,
            minutes=6,
            takeaway=(
                "Say whether a part of a schedule comes after another or acts with it: the LRs differ from the "
                "third step on."
            ),
            public=({},),
            hints=(
                "In which of the two rows do both schedules see the same step?",
                "In the second: there you multiply, number by number. In the first the decay waits for two steps "
                "and then begins with its own step 0.",
                "Scaled to a peak of 0.8, the warmup's first two steps are 0.8 times what they were. The decay's "
                "step 0 is 0.8 as well.",
            ),
            mistakes=(
                Mistake(
                    "In the first row the warmup is scaled to a peak of 0.8: it gives 0.4, then 0.8.",
                    [[0.5, 1, 0.8, 0.4], [0.4, 0.4, 0.2, 0.1]],
                ),
                Mistake(
                    "In the first row the decay starts with its own step 0, which is 0.8: you leave that out.",
                    [[0.4, 0.8, 0.4, 0.2], [0.4, 0.4, 0.2, 0.1]],
                ),
                Mistake(
                    "The second row takes the warmup as it is, 0.5, 1, 1, 1: it is not scaled there.",
                    [[0.4, 0.8, 0.8, 0.4], [0.32, 0.32, 0.16, 0.08]],
                ),
                Mistake(
                    "The second row multiplies the decay with the warmup, not with your first row.",
                    [[0.4, 0.8, 0.8, 0.4], [0.32, 0.32, 0.16, 0.04]],
                ),
                Mistake(
                    "In the first row the decay counts from its own 0 when it takes over at step 2.",
                    [[0.4, 0.8, 0.2, 0.1], [0.4, 0.4, 0.2, 0.1]],
                ),
                Mistake("You have the two rows the wrong way round.", [[0.4, 0.4, 0.2, 0.1], [0.4, 0.8, 0.8, 0.4]]),
                Mistake(
                    "In the product the decay does not wait for the warmup: both see the same step.",
                    [[0.4, 0.8, 0.8, 0.4], [0.4, 0.8, 0.4, 0.2]],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "10_quiz_1",
            "`LambdaLR(optimizer, lambda step: 0.001 * 0.9**step)` for an optimizer made with `lr=0.001`. What is the "
            "first LR?",
            "c",
            {
                "a": ("0.001", "That was the intention. But the lambda gives a factor, not an LR."),
                "b": ("0.9", "The lambda gives 0.001 at step 0, not 0.9."),
                "c": ("0.000001", "Right: 0.001 * 0.001. A lambda should give about 1 at step 0."),
            },
        ),
        Quiz(
            "10_quiz_2",
            "A checkpoint held the model and the optimizer, but not the scheduler. The resumed run uses cosine. What "
            "happens?",
            "a",
            {
                "a": (
                    "The cosine starts again from its step 0.",
                    "Right: in torch a new wave begins at the LR of the stop, and nothing tells you.",
                ),
                "b": ("The scheduler reads its step from the optimizer.", "The optimizer knows its LR, not the step."),
                "c": ("An error.", "If only it were so. Compare the resumed LRs with the plan."),
            },
        ),
        Quiz(
            "10_quiz_3",
            "Two schedulers, an ExponentialLR and a StepLR, are both stepped by hand on one optimizer. What do you "
            "get in torch?",
            "b",
            {
                "a": ("The LR of the one that was stepped last.", "Each multiplies the LR that it finds in the group."),
                "b": ("Their product.", "Right: each multiplies the present LR, so both factors are in it."),
                "c": ("Their sum.", "Nothing is added; both multiply."),
            },
        ),
    ),
)
