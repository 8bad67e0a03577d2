"""Checks of exercise 10: the product of schedules, warmup-stable-decay, a test for resumes, a broken resume."""

import json
import math
from types import SimpleNamespace

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case
from lrcourse.exercises.subjects import Subjects, changed


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


def draw_saved(rng):
    lrs = [rng.uniform(0.01, 1) for _ in range(rng.randint(1, 2))]
    do = ["step"] * rng.randint(1, 12)
    return case(groups=lrs, gamma=rng.uniform(0.5, 0.95), do=[*do, "resume", *do])


STOPPED = ["step", "step", "resume", "step", "step"]

STEPS = """
class Scheduler:
    def __init__(self, optimizer):
        self.optimizer, self.own_calls = optimizer, 0
        self.own_firsts = [group["lr"] for group in optimizer.param_groups]

    def step(self):
        self.own_calls += 1
        for group, first in zip(self.optimizer.param_groups, self.own_firsts):
            group["lr"] = first * 0.5 ** (self.own_calls // 3)

    def state_dict(self):
        return {"calls": self.own_calls}

    def load_state_dict(self, state):
        self.own_calls = state["calls"]
"""
SMOOTH = """
class Scheduler:
    def __init__(self, optimizer):
        self.own_groups, self.own_n = optimizer.param_groups, 0
        self.own_firsts = [group["lr"] for group in self.own_groups]

    def step(self):
        self.own_n = self.own_n + 1
        for group, first in zip(self.own_groups, self.own_firsts):
            group["lr"] = first / (1 + 0.2 * self.own_n)

    def state_dict(self):
        return {"n": self.own_n, "firsts": self.own_firsts}

    def load_state_dict(self, state):
        self.own_n, self.own_firsts = state["n"], state["firsts"]
"""
FACTORS = """
class Scheduler:
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self):
        for group in self.optimizer.param_groups:
            group["lr"] *= 0.9

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass
"""
AGAIN = """
class Scheduler:
    def __init__(self, optimizer):
        self.optimizer, self.own_past = optimizer, 0
        self.own_firsts = [group["lr"] for group in optimizer.param_groups]

    def step(self):
        self.own_past += 1
        for group in self.optimizer.param_groups:
            group["lr"] *= 0.97

    def state_dict(self):
        return [self.own_past, self.own_firsts]

    def load_state_dict(self, state):
        self.own_past, self.own_firsts = state
        for group, first in zip(self.optimizer.param_groups, self.own_firsts):
            group["lr"] = first * 0.97**self.own_past
"""
WARM = """
class Scheduler:
    def __init__(self, optimizer):
        self.own_firsts = [group["lr"] for group in optimizer.param_groups]
        self.optimizer, self.own_count = optimizer, -1
        self.step()

    def step(self):
        self.own_count += 1
        for group, first in zip(self.optimizer.param_groups, self.own_firsts):
            group["lr"] = first * min((self.own_count + 1) / 5, 1) * 0.98**self.own_count

    def state_dict(self):
        return {"count": self.own_count}

    def load_state_dict(self, state):
        self.own_count = state["count"]
"""
FIRSTS_AGAIN = 'self.own_firsts = [group["lr"] for group in self.own_groups]'
RESUME = Subjects(
    right={
        "right, a drop every third step": STEPS,
        "right, it multiplies the LR that is there and needs no state": FACTORS,
        "right, it works the LRs out anew when it is loaded": AGAIN,
        "right, one over the step": SMOOTH,
        "right, a warmup and a decay": WARM,
    },
    wrong={
        "after a resume it counts from 0 again": changed(
            SMOOTH, ('self.own_n, self.own_firsts = state["n"], ', "self.own_firsts = ")
        ),
        "its load_state_dict calls step()": changed(
            SMOOTH, ('state["n"], state["firsts"]', 'state["n"], state["firsts"]\n        self.step()')
        ),
        "after a resume it takes the LRs of that moment for the first ones": changed(
            SMOOTH,
            (
                'self.own_n, self.own_firsts = state["n"], state["firsts"]',
                f'self.own_n = state["n"]\n        {FIRSTS_AGAIN}',
            ),
        ),
        "its state holds the optimizer, which no checkpoint can keep": changed(
            STEPS, ('{"calls": self.own_calls}', '{"calls": self.own_calls, "optimizer": self.optimizer}')
        ),
        "it saves its drops, not its steps": changed(
            STEPS, ('{"calls": self.own_calls}', '{"calls": self.own_calls // 3 * 3}')
        ),
        "it saves its drops, not its steps, and drops at every fourth": changed(
            STEPS,
            ("self.own_calls // 3)", "self.own_calls // 4)"),
            ('{"calls": self.own_calls}', '{"calls": self.own_calls // 4 * 4}'),
        ),
        "it saves its drops, not its steps, and drops at every fifth": changed(
            STEPS,
            ("self.own_calls // 3)", "self.own_calls // 5)"),
            ('{"calls": self.own_calls}', '{"calls": self.own_calls // 5 * 5}'),
        ),
        "it saves its drops, not its steps, and drops at every seventh": changed(
            STEPS,
            ("self.own_calls // 3)", "self.own_calls // 7)"),
            ('{"calls": self.own_calls}', '{"calls": self.own_calls // 7 * 7}'),
        ),
        "its state counts no further than two steps": changed(
            SMOOTH, ('{"n": self.own_n,', '{"n": min(self.own_n, 2),')
        ),
        "after a resume all groups get the LR of the first": changed(
            SMOOTH, ('state["firsts"]', '[state["firsts"][0]] * len(self.own_groups)')
        ),
        "its load_state_dict writes the first LRs into the groups": changed(
            STEPS,
            (
                'self.own_calls = state["calls"]',
                'self.own_calls = state["calls"]\n'
                "        for group, first in zip(self.optimizer.param_groups, self.own_firsts):\n"
                '            group["lr"] = first',
            ),
        ),
        "its state counts one step at least": changed(SMOOTH, ('{"n": self.own_n,', '{"n": max(self.own_n, 1),')),
        "six steps after a resume its LR stands still": changed(
            SMOOTH,
            ("= self.own_n + 1", '= min(self.own_n + 1, self.__dict__.get("own_end", 10**9))'),
            ('state["n"], state["firsts"]', 'state["n"], state["firsts"]\n        self.own_end = self.own_n + 6'),
        ),
        "the count in its state is one too small": changed(SMOOTH, ('{"n": self.own_n,', '{"n": self.own_n - 1,')),
        "its state has whole numbers for keys, and the file has texts": changed(
            STEPS, ('{"calls": self.own_calls}', "{0: self.own_calls}"), ('state["calls"]', "state[0]")
        ),
        "it goes on from the state, but its first LRs are the reduced ones of that moment": changed(
            WARM,
            (
                'self.own_count = state["count"]',
                'self.own_count = state["count"]\n'
                '        self.own_firsts = [group["lr"] for group in self.optimizer.param_groups]',
            ),
        ),
        "its state_dict returns nothing": changed(WARM, ('return {"count": self.own_count}', "pass")),
        "its warmup starts again": changed(WARM, ('self.own_count = state["count"]', "self.own_count = 0")),
        "the drop after a resume comes one step early": changed(
            STEPS, ('self.own_calls = state["calls"]', 'self.own_calls = state["calls"] + 1')
        ),
        "it halves the LRs when it is loaded": changed(
            FACTORS, ("pass", 'for group in self.optimizer.param_groups:\n            group["lr"] *= 0.5')
        ),
        "when it is loaded it works out the LR of the second group from the first": changed(
            AGAIN, ("= first * 0.97", "= self.own_firsts[0] * 0.97")
        ),
    },
    public=(
        "right, a drop every third step",
        "after a resume it counts from 0 again",
        "its load_state_dict calls step()",
        "right, it multiplies the LR that is there and needs no state",
        "after a resume it takes the LRs of that moment for the first ones",
        "its state holds the optimizer, which no checkpoint can keep",
        "it saves its drops, not its steps",
        "it saves its drops, not its steps, and drops at every fourth",
        "it saves its drops, not its steps, and drops at every fifth",
        "its state counts no further than two steps",
        "its state counts one step at least",
        "six steps after a resume its LR stands still",
        "right, it works the LRs out anew when it is loaded",
        "after a resume all groups get the LR of the first",
        "its load_state_dict writes the first LRs into the groups",
        "its state has whole numbers for keys, and the file has texts",
    ),
)


def optimizer_with(*lrs):
    return SimpleNamespace(param_groups=[{"lr": lr} for lr in lrs])


def kept(optimizer, scheduler):
    return json.dumps([optimizer.param_groups, scheduler.state_dict()])


def resumed(Scheduler, text, lrs):
    """(optimizer, scheduler), made anew and loaded with what was saved."""
    optimizer = optimizer_with(*lrs)
    scheduler = Scheduler(optimizer)
    groups, state = json.loads(text)
    for group, saved in zip(optimizer.param_groups, groups, strict=True):
        group.update(saved)
    scheduler.load_state_dict(state)
    return optimizer, scheduler


def stopped_run(Scheduler, stop, steps=20, lrs=(0.1, 0.02), resume=resumed):
    """The LRs at every step of a run that is stopped before one of them, and resumed."""
    optimizer = optimizer_with(*lrs)
    scheduler, rows = Scheduler(optimizer), []
    for step in range(steps):
        if step == stop:
            optimizer, scheduler = resume(Scheduler, kept(optimizer, scheduler), lrs)
        rows.append([group["lr"] for group in optimizer.param_groups])
        scheduler.step()
    return rows


def near(rows, others):
    pairs = [pair for row, other in zip(rows, others, strict=True) for pair in zip(row, other, strict=True)]
    return all(math.isclose(one, other, rel_tol=1e-9) for one, other in pairs)


def test_by_runs(Scheduler):
    whole = stopped_run(Scheduler, None)
    assert all(near(stopped_run(Scheduler, stop), whole) for stop in (0, 1, 2, 3, 4, 7))


def test_side_by_side(Scheduler):
    """The stopped run itself goes on, beside its copy."""
    for stop in range(7):
        optimizer = optimizer_with(1.0, 0.5, 0.25)
        scheduler = Scheduler(optimizer)
        for _ in range(stop):
            scheduler.step()
        text = kept(optimizer, scheduler)
        other, copy = resumed(Scheduler, text, (1.0, 0.5, 0.25))
        for _ in range(12):
            for group, twin in zip(optimizer.param_groups, other.param_groups, strict=True):
                if abs(group["lr"] - twin["lr"]) > 1e-9:
                    raise AssertionError(f"stopped after {stop} steps: {twin['lr']} in place of {group['lr']}")
            scheduler.step()
            copy.step()


def test_nothing(Scheduler):
    stopped_run(Scheduler, None)


def test_that_it_runs(Scheduler):
    for stop in range(7):
        stopped_run(Scheduler, stop)


def test_exactly(Scheduler):
    whole = stopped_run(Scheduler, None)
    assert all(stopped_run(Scheduler, stop) == whole for stop in range(7))


def test_one_stop(Scheduler):
    assert near(stopped_run(Scheduler, 6), stopped_run(Scheduler, None))


def test_another_stop(Scheduler):
    assert near(stopped_run(Scheduler, 4), stopped_run(Scheduler, None))


def test_at_the_start(Scheduler):
    assert near(stopped_run(Scheduler, 0), stopped_run(Scheduler, None))


def test_right_after(Scheduler):
    whole = stopped_run(Scheduler, None)
    for stop in range(7):
        assert near(stopped_run(Scheduler, stop, stop + 1), whole[: stop + 1])


def test_later_steps(Scheduler):
    whole = stopped_run(Scheduler, None)
    for stop in range(7):
        assert near(stopped_run(Scheduler, stop)[stop + 1 :], whole[stop + 1 :])


def test_one_group(Scheduler):
    whole = stopped_run(Scheduler, None, lrs=(0.1,))
    assert all(near(stopped_run(Scheduler, stop, lrs=(0.1,)), whole) for stop in range(7))


def test_without_a_file(Scheduler):
    """A mistake: the state itself is handed on, not its text."""

    def run(stop):
        optimizer = optimizer_with(0.1, 0.02)
        scheduler, rows = Scheduler(optimizer), []
        for step in range(20):
            if step == stop:
                groups, state = [dict(group) for group in optimizer.param_groups], scheduler.state_dict()
                optimizer = optimizer_with(0.1, 0.02)
                scheduler = Scheduler(optimizer)
                for group, saved in zip(optimizer.param_groups, groups, strict=True):
                    group.update(saved)
                scheduler.load_state_dict(state)
            rows.append([group["lr"] for group in optimizer.param_groups])
            scheduler.step()
        return rows

    assert all(near(run(stop), run(None)) for stop in range(7))


def without_the_groups(Scheduler, text, lrs):
    """A mistake: the optimizer's own groups are not loaded."""
    optimizer = optimizer_with(*lrs)
    scheduler = Scheduler(optimizer)
    scheduler.load_state_dict(json.loads(text)[1])
    return optimizer, scheduler


def test_without_the_groups(Scheduler):
    whole = stopped_run(Scheduler, None)
    assert all(near(stopped_run(Scheduler, stop, resume=without_the_groups), whole) for stop in range(7))


exercise = Exercise(
    lesson="10_composing",
    title="Composing schedules",
    names={"base_lr": ("peak_lr", "full_lr", "top_lr")},
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
                    "There is no fall in yours: after the warmup the LR stays at base_lr for good.",
                    "left / cooldown_steps",
                    "1",
                ),
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
            "test_resume",
            points=3,
            drive="test",
            difficulty=4,
            importance=5,
            minutes=15,
            takeaway=(
                "Stop your next long run once on purpose, early, and compare the LRs after the resume with those of "
                "the plan."
            ),
            public=RESUME.public_cases(),
            edges=RESUME.edge_cases(),
            draw=RESUME.draw,
            draws=12,
            score="tells_apart",
            hints=(
                "Which two runs do you compare, and at which moments?",
                "Write an inner function that goes through a whole run, stopped before a certain step or not at all, "
                "and returns the LRs of all groups at every step. Two calls of it give the two runs.",
                "In it, when the step to stop at comes: save, make both objects anew, load. Note the LRs before each "
                "step, so that those right after the load are among them. Then compare for several stops in a row, "
                "since some faults hide at every third one.",
            ),
            mistakes=(
                Mistake(
                    "Your test passes every version: does it stop the run, and say assert about the LRs afterwards?",
                    test_nothing,
                ),
                Mistake(
                    "Your test notices only versions that stop with an error. Say assert about the LRs after the "
                    "resume.",
                    test_that_it_runs,
                ),
                Mistake(
                    "Your test fails a right version that differs in the last digit alone: it works its LRs out anew "
                    "when it is loaded. Leave room for rounding, with math.isclose.",
                    test_exactly,
                ),
                Mistake(
                    "Your test passes a version that is right only when it is stopped at a drop. Stop the run at "
                    "several steps in a row.",
                    test_one_stop,
                ),
                Mistake(
                    "Your test stops the run once, and passes versions that are right when they are stopped there. "
                    "Stop it at several steps in a row.",
                    test_another_stop,
                ),
                Mistake(
                    "Your test stops the run before its first step, where nothing can be lost. Stop it later, too.",
                    test_at_the_start,
                ),
                Mistake(
                    "Your test looks right after the resume alone. A wrong count shows in the steps that follow.",
                    test_right_after,
                ),
                Mistake(
                    "Your test passes a version that writes wrong LRs while it is loaded, and right ones one step "
                    "later. Look right after the load, too.",
                    test_later_steps,
                ),
                Mistake(
                    "Your test passes versions in which the second group is wrong. Give the optimizer two groups with "
                    "different LRs.",
                    test_one_group,
                ),
                Mistake(
                    "Your test passes versions whose state no file can keep. Go through text: use save and load.",
                    test_without_a_file,
                ),
                Mistake(
                    "Your test fails a right version: one that multiplies the LR that is there. Its LR comes with the "
                    "optimizer's own groups, so load those, too.",
                    test_without_the_groups,
                ),
            ),
            also_right=(test_by_runs, test_side_by_side),
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
                case(groups=[0.4], gamma=0.5, do=["resume", "step", "step"]),
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
                "second step on."
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
