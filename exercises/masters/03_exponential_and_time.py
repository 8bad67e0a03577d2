"""Checks of exercise 3: exponential decay, its end, inverse time, a test for a clock, a line that ends too early."""

import math
from itertools import accumulate, repeat
from types import SimpleNamespace

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case
from lrcourse.exercises.subjects import Subjects, changed


def decay_by_loop(step, base_lr, gamma):
    for _ in range(step):
        base_lr *= gamma
    return base_lr


def decay_by_exp(step, base_lr, gamma):
    return base_lr * math.exp(step * math.log(gamma))


def decay_by_table(step, base_lr, gamma):
    return list(accumulate(repeat(gamma, step), lambda lr, factor: lr * factor, initial=base_lr))[-1]


def decay_by_numpy(step, base_lr, gamma):
    import numpy as np

    return base_lr * np.power(np.float64(gamma), step)


def count_steps(share, gamma):
    step, left = 0, 1.0
    while left > share:
        step, left = step + 1, left * gamma
    return step


def search_steps(share, gamma):
    return next(step for step in range(100_000) if gamma**step <= share)


def inverse_by_share(step, base_lr, decay_rate, decay_steps):
    return base_lr * decay_steps / (decay_steps + decay_rate * step)


def inverse_by_recursion(step, base_lr, decay_rate, decay_steps):
    """The LR of a step from the one before it."""
    lr, k = base_lr, decay_rate / decay_steps
    for t in range(step):
        lr *= (1 + k * t) / (1 + k * (t + 1))
    return lr


def between(step, base_lr, share, total_steps):
    if step >= total_steps:
        return share * base_lr
    return (base_lr * (total_steps - step) + share * base_lr * step) / total_steps


def by_table(step, base_lr, share, total_steps):
    table = [base_lr - (base_lr - share * base_lr) * t / total_steps for t in range(total_steps + 1)]
    return table[step] if step < len(table) else table[-1]


def draw_decay(rng):
    return case(rng.randint(5, 60), base_lr=rng.uniform(0.001, 1), gamma=rng.uniform(0.5, 0.999))


def draw_until(rng):
    gamma = rng.uniform(0.5, 0.99)
    between_two_steps = rng.randint(1, 80) + rng.uniform(0.1, 0.9)
    return case(share=gamma**between_two_steps, gamma=gamma)


def draw_inverse(rng):
    rates = {"decay_rate": rng.uniform(0.1, 3), "decay_steps": rng.randint(2, 50)}
    return case(rng.randint(5, 60), base_lr=rng.uniform(0.001, 1), **rates)


def draw_line(rng):
    total = rng.randint(5, 60)
    return case(total + 5, base_lr=rng.uniform(0.001, 1), share=rng.uniform(0.05, 0.5), total_steps=total)


BY_FORMULA = """
class HalvingLR:
    def __init__(self, optimizer, half_life):
        self.optimizer, self.half_life = optimizer, half_life
        self.own_firsts = [group["lr"] for group in optimizer.param_groups]
        self.own_total = 0.0

    def step(self, seconds):
        self.own_total += seconds
        for group, first in zip(self.optimizer.param_groups, self.own_firsts):
            group["lr"] = first * 0.5 ** (self.own_total / self.half_life)
"""
BY_FACTORS = """
class HalvingLR:
    def __init__(self, optimizer, half_life):
        self.own_groups, self.own_rate = optimizer.param_groups, 1 / half_life

    def step(self, seconds):
        for group in self.own_groups:
            group["lr"] *= 2 ** (-seconds * self.own_rate)
"""
BY_LIST = """
import math

class HalvingLR:
    def __init__(self, optimizer, half_life):
        self.own_half_life, self.own_optimizer, self.own_times = half_life, optimizer, []
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]

    def step(self, seconds):
        self.own_times.append(seconds)
        share = math.exp(-math.log(2) * math.fsum(self.own_times) / self.own_half_life)
        for group in self.own_optimizer.param_groups:
            group["lr"] = share * group["initial_lr"]
"""
BY_REST = """
class HalvingLR:
    def __init__(self, optimizer, half_life):
        self.optimizer, self.own_half_life, self.own_halvings, self.own_rest = optimizer, half_life, 0, 0.0
        self.own_firsts = tuple(group["lr"] for group in optimizer.param_groups)

    def step(self, seconds):
        more, self.own_rest = divmod(self.own_rest + seconds, self.own_half_life)
        self.own_halvings += more
        for i, first in enumerate(self.own_firsts):
            lr = first / 2**self.own_halvings
            self.optimizer.param_groups[i]["lr"] = lr / 2 ** (self.own_rest / self.own_half_life)
"""
POWER = "0.5 ** (self.own_total / self.half_life)"
EACH = "for group, first in zip(self.optimizer.param_groups, self.own_firsts):"
HALVING = Subjects(
    right={
        "right, by the formula": BY_FORMULA,
        "right, it multiplies the LR that is there": BY_FACTORS,
        "right, it keeps all times in a list": BY_LIST,
        "right, it counts halvings and the rest": BY_REST,
    },
    wrong={
        "it falls in stairs, at whole half-lives only": changed(BY_FORMULA, ("total / self", "total // self")),
        "it leaves 37 % after a half-life, not 50 %": changed(BY_FORMULA, ("0.5 **", "2.718281828 ** -")),
        "it counts the seconds of the last step alone": changed(
            BY_FORMULA, ("own_total += seconds", "own_total = seconds")
        ),
        "it halves at every step, however long that took": changed(BY_FORMULA, ("+= seconds", "+= self.half_life")),
        "only its first group falls": changed(
            BY_FORMULA, (EACH, EACH.replace("zip", "list(zip").replace("):", "))[:1]:"))
        ),
        "all its groups get the LR of the first": changed(
            BY_FORMULA, ('[group["lr"] for', '[optimizer.param_groups[0]["lr"] for')
        ),
        "it halves what is halved already": changed(BY_FORMULA, ("= first * 0.5", '= group["lr"] * 0.5')),
        "its half-life is 600 seconds, whatever you ask for": changed(
            BY_FORMULA, ("optimizer, half_life\n", "optimizer, 600\n")
        ),
        "it falls in a straight line from halving to halving": changed(
            BY_FORMULA,
            (
                POWER,
                "0.5 ** (self.own_total // self.half_life) * (1 - self.own_total % self.half_life / self.half_life / "
                "2)",
            ),
        ),
        "it divides by one plus the half-lives": changed(BY_FORMULA, ("* 0.5 ** (self", "/ (1 + self")),
        "making it halves the LRs": changed(
            BY_FORMULA,
            (
                "self.own_total = 0.0",
                "self.own_total = 0.0\n        self.step(half_life)\n        self.own_total = 0.0",
            ),
        ),
        "its second group falls half as fast": changed(
            BY_FACTORS,
            ("for group in self.own_groups", "for i, group in enumerate(self.own_groups)"),
            ("* self.own_rate", "* self.own_rate / (1 + i)"),
        ),
        "every later step counts as long as the first": changed(
            BY_FACTORS,
            (
                "        for group",
                '        seconds = self.__dict__.setdefault("own_first", seconds)\n        for group',
            ),
        ),
        "it forgets the rest of a half-life": changed(BY_REST, ("divmod(self.own_rest + seconds", "divmod(seconds")),
        "it never falls below a quarter": changed(BY_FORMULA, (POWER, f"max({POWER}, 0.25)")),
        "its first step does not count": changed(BY_LIST, ("fsum(self.own_times)", "fsum(self.own_times[1:])")),
        "its half-life is twice as long": changed(BY_FACTORS, ("1 / half_life", "1 / (2 * half_life)")),
    },
    public=(
        "right, by the formula",
        "it falls in stairs, at whole half-lives only",
        "it counts the seconds of the last step alone",
        "every later step counts as long as the first",
        "right, it multiplies the LR that is there",
        "only its first group falls",
        "it leaves 37 % after a half-life, not 50 %",
        "its half-life is 600 seconds, whatever you ask for",
        "it never falls below a quarter",
        "right, it keeps all times in a list",
        "making it halves the LRs",
        "all its groups get the LR of the first",
    ),
)


def optimizer_with(*lrs):
    return SimpleNamespace(param_groups=[{"lr": lr} for lr in lrs])


def run_of(HalvingLR, half_life, times, lrs=(0.1, 0.02)):
    """The LRs of every group at the start and after each step."""
    optimizer = optimizer_with(*lrs)
    scheduler = HalvingLR(optimizer, half_life=half_life)
    rows = [[group["lr"] for group in optimizer.param_groups]]
    for seconds in times:
        scheduler.step(seconds)
        rows.append([group["lr"] for group in optimizer.param_groups])
    return rows


def plan_of(half_life, times, lrs=(0.1, 0.02)):
    return [[lr * 0.5 ** (sum(times[:n]) / half_life) for lr in lrs] for n in range(len(times) + 1)]


def near(rows, plan):
    return all(abs(a - b) < 1e-9 for row, want in zip(rows, plan, strict=True) for a, b in zip(row, want, strict=True))


def test_by_plan(HalvingLR):
    for half_life in (600, 90):
        times = [100, 250, 700, 1]
        assert near(run_of(HalvingLR, half_life, times), plan_of(half_life, times))


def test_by_ratios(HalvingLR):
    """Without the formula: equal times take equal shares, and a half-life takes half."""
    optimizer = optimizer_with(0.4, 0.1)
    scheduler = HalvingLR(optimizer, 80)
    for wanted in (0.4, 0.2, 0.1, 0.05, 0.025, 0.0125):
        for group, first in zip(optimizer.param_groups, (1, 4), strict=True):
            assert abs(group["lr"] * first - wanted) < 1e-12
        middle = []
        for seconds in (20, 50, 10):
            scheduler.step(seconds)
            middle.append(optimizer.param_groups[1]["lr"])
        assert math.isclose(middle[0], wanted / 4 / 2**0.25)
        assert math.isclose(middle[1], wanted / 4 / 2**0.875)


def test_one_by_one(HalvingLR):
    if run_of(HalvingLR, 600, [])[0] != [0.1, 0.02]:
        raise AssertionError("making it changes the LRs")
    for half_life, times in ((600, [300, 1500]), (10, [5, 10, 30]), (600, [600, 1, 599, 2])):
        if not near(run_of(HalvingLR, half_life, times), plan_of(half_life, times)):
            raise AssertionError(f"wrong with half_life={half_life} and steps of {times}")


def test_nothing(HalvingLR):
    run_of(HalvingLR, 600, [300, 300])


def test_exactly(HalvingLR):
    for half_life in (600, 90):
        times = [100, 250, 700, 1]
        assert run_of(HalvingLR, half_life, times) == plan_of(half_life, times)


def test_whole_half_lives(HalvingLR):
    for half_life in (600, 90):
        times = [half_life, 2 * half_life, 3 * half_life]
        assert near(run_of(HalvingLR, half_life, times), plan_of(half_life, times))


def test_one_step(HalvingLR):
    for half_life in (600, 90):
        assert near(run_of(HalvingLR, half_life, [300]), plan_of(half_life, [300]))


def test_one_group(HalvingLR):
    for half_life in (600, 90):
        assert near(run_of(HalvingLR, half_life, [100, 250, 900], [0.1]), plan_of(half_life, [100, 250, 900], [0.1]))


def test_one_half_life(HalvingLR):
    assert near(run_of(HalvingLR, 600, [100, 250, 2000]), plan_of(600, [100, 250, 2000]))


def test_short_run(HalvingLR):
    for half_life in (600, 250):
        assert near(run_of(HalvingLR, half_life, [100, 250]), plan_of(half_life, [100, 250]))


def test_equal_lrs(HalvingLR):
    lrs, times = [0.1, 0.1], [100, 250, 2000]
    for half_life in (600, 90):
        assert near(run_of(HalvingLR, half_life, times, lrs), plan_of(half_life, times, lrs))


def test_after_steps_only(HalvingLR):
    for half_life in (600, 90):
        assert near(run_of(HalvingLR, half_life, [100, 250, 2000])[1:], plan_of(half_life, [100, 250, 2000])[1:])


def test_that_it_falls(HalvingLR):
    for half_life in (600, 90):
        rows = run_of(HalvingLR, half_life, [100, 250, 2000])
        assert all(
            later < lr for row, after in zip(rows, rows[1:], strict=False) for lr, later in zip(row, after, strict=True)
        )


exercise = Exercise(
    lesson="03_exponential_and_time_decay",
    title="Exponential and time-based decay",
    names={"base_lr": ("start_lr", "first_lr", "initial_lr")},
    tasks=(
        Task(
            "exponential_decay",
            points=1,
            drive="curve",
            difficulty=1,
            importance=4,
            minutes=4,
            takeaway=(
                "Name gamma together with what it is applied to, a step or an epoch: 0.95 a step is over after a "
                "hundred steps."
            ),
            public=(
                case(100, base_lr=0.1, gamma=0.95),
                case(5, base_lr=1.0, gamma=0.5),
                case(8, base_lr=0.02, gamma=0.9),
            ),
            edges=(
                case(20, base_lr=0.1, gamma=1.0),
                case(10, base_lr=0.0, gamma=0.5),
                case([800], base_lr=1.0, gamma=0.999),
            ),
            draw=draw_decay,
            hints=(
                "What has the LR been multiplied by after one step? After two?",
                "After `step` steps it has been multiplied by gamma `step` times.",
                "To multiply by the same number again and again is a power. Check that yours leaves base_lr alone "
                "at step 0.",
            ),
            mistakes=(
                Mistake(
                    "Step 0 is decayed already. Before the first step nothing has been multiplied: the power is step.",
                    "gamma**step",
                    "gamma ** (step + 1)",
                ),
                Mistake(
                    "You multiply gamma by the step. Each step multiplies the LR again: that is a power.",
                    lambda step, base_lr, gamma: base_lr * gamma * step,
                ),
                Mistake(
                    "You use gamma as a rate in exp(-gamma * step). Here gamma is the factor of one step itself.",
                    lambda step, base_lr, gamma: base_lr * math.exp(-gamma * step),
                ),
                Mistake(
                    "You take gamma away from 1 first. gamma is what is left after a step, not what is lost.",
                    "gamma**step",
                    "(1 - gamma) ** step",
                ),
                Mistake(
                    "You raise the whole product to the power. Only gamma is repeated; base_lr counts once.",
                    lambda step, base_lr, gamma: (base_lr * gamma) ** step,
                ),
                Mistake(
                    "You take away the same amount at each step, even below 0. It is a share of what is left.",
                    lambda step, base_lr, gamma: base_lr * (1 - (1 - gamma) * step),
                ),
            ),
            also_right=(decay_by_loop, decay_by_exp, decay_by_table, decay_by_numpy),
        ),
        Task(
            "steps_until",
            points=2,
            drive="call",
            difficulty=2,
            importance=3,
            minutes=8,
            takeaway=(
                "Work out when a decay is over before you start it: past that step you train with next to nothing."
            ),
            public=(
                case(share=0.01, gamma=0.95),
                case(share=0.5, gamma=0.9),
                case(share=0.1, gamma=0.99),
                case(share=1.0, gamma=0.9),
            ),
            edges=(case(share=0.9, gamma=0.5), case(share=1e-9, gamma=0.97)),
            draw=draw_until,
            hints=(
                "Which step is the answer for share=0.5, gamma=0.9? Multiply until you are there.",
                "You look for the smallest step with gamma**step <= share. A loop finds it. Logarithms are faster: "
                "they turn the power into a product.",
                "log(gamma) is negative, so dividing both sides by it turns the sign around: step >= log(share) / "
                "log(gamma). A step is a whole number: which way must you round?",
            ),
            mistakes=(
                Mistake(
                    "Where the LR is exactly the share, as with share=1, you go one step too far: at most the share is "
                    "enough.",
                    "math.ceil(math.log(share) / math.log(gamma))",
                    "math.floor(math.log(share) / math.log(gamma)) + 1",
                ),
                Mistake(
                    "You mix two logarithms: log10 above the line and log below it. Use the same one twice.",
                    "math.log(share)",
                    "math.log10(share)",
                ),
                Mistake(
                    "One step early: at the step you return the LR is still above the share. Round up, not down.",
                    "math.ceil",
                    "math.floor",
                ),
                Mistake(
                    "You return a fraction of a step. The LR changes from one whole step to the next: round up.",
                    "math.ceil(math.log(share) / math.log(gamma))",
                    "math.log(share) / math.log(gamma)",
                ),
                Mistake(
                    "One step late. Step 0 has the full LR, so step n has been multiplied n times.",
                    "math.ceil(math.log(share) / math.log(gamma))",
                    "math.ceil(math.log(share) / math.log(gamma)) + 1",
                ),
                Mistake(
                    "The fraction is upside down: divide log(share) by log(gamma).",
                    "math.log(share) / math.log(gamma)",
                    "math.log(gamma) / math.log(share)",
                ),
                Mistake(
                    "You count as if each step took away the same amount. Each takes the same *share* of what is left.",
                    "math.log(share) / math.log(gamma)",
                    "(1 - share) / (1 - gamma)",
                ),
                Mistake(
                    "You round to the nearest step. Where that is the one below, the LR is still above the share.",
                    "math.ceil",
                    "round",
                ),
            ),
            also_right=(count_steps, search_steps),
        ),
        Task(
            "inverse_time_decay",
            points=2,
            drive="curve",
            difficulty=1,
            importance=3,
            minutes=4,
            takeaway=(
                "A decay with one over the step never quite ends: look at the LR that the last step of your run "
                "will have."
            ),
            public=(
                case(50, base_lr=0.1, decay_rate=1.0, decay_steps=10),
                case(10, base_lr=1.0, decay_rate=0.5, decay_steps=1),
                case(6, base_lr=0.2, decay_rate=2.0, decay_steps=4),
            ),
            edges=(
                case(9, base_lr=0.1, decay_rate=0.0, decay_steps=5),
                case([800], base_lr=1.0, decay_rate=1.0, decay_steps=1),
            ),
            draw=draw_inverse,
            hints=(
                "What is the divisor at step 0, and what at step decay_steps?",
                "It is 1 at first and grows by decay_rate every decay_steps steps, so by decay_rate / decay_steps "
                "at each step.",
                "Divide base_lr by the whole sum: the 1 and what has been added to it need brackets around them.",
            ),
            mistakes=(
                Mistake(
                    "decay_steps is missing: the divisor grows by decay_rate once in decay_steps steps.",
                    "decay_rate * step / decay_steps",
                    "decay_rate * step",
                ),
                Mistake(
                    "You count whole periods only, so the LR goes down in stairs. Divide with /, not //.",
                    "decay_rate * step / decay_steps",
                    "decay_rate * (step // decay_steps)",
                ),
                Mistake(
                    "The decay compounds: you divide the LR that is already decayed. Start from base_lr at each step.",
                    lambda step, base_lr, decay_rate, decay_steps: (
                        base_lr / math.prod(1 + decay_rate * t / decay_steps for t in range(1, step + 1))
                    ),
                ),
                Mistake(
                    "That is exponential decay, a power. Here the divisor grows by the same amount at each step.",
                    "(1 + decay_rate * step / decay_steps)",
                    "(1 + decay_rate) ** (step / decay_steps)",
                ),
                Mistake(
                    "The 1 is missing, so step 0 divides by zero, and later steps are too large.",
                    lambda step, base_lr, decay_rate, decay_steps: base_lr / (decay_rate * max(step, 1) / decay_steps),
                ),
                Mistake(
                    "You divide by 1, then add the rest, so the LR rises. Put the whole divisor in brackets.",
                    lambda step, base_lr, decay_rate, decay_steps: base_lr / 1 + decay_rate * step / decay_steps,
                ),
            ),
            also_right=(inverse_by_share, inverse_by_recursion),
        ),
        Task(
            "test_halving",
            points=3,
            drive="test",
            difficulty=3,
            importance=4,
            minutes=15,
            takeaway=(
                "Before you use a scheduler that somebody wrote, run it over odd steps, two groups and a long time, "
                "and assert what must hold."
            ),
            public=HALVING.public_cases(),
            edges=HALVING.edge_cases(),
            draw=HALVING.draw,
            draws=12,
            score="tells_apart",
            hints=(
                "Try the class by hand on paper first: which LRs must come out after steps of 300, 300 and 20 seconds?",
                "A loop over a few steps of different lengths adds up the seconds itself, works out what each "
                "group's LR must be, and compares. Two groups with different LRs, and a first look before any step.",
                "One run is not enough to see everything: put a second half_life and enough seconds for several "
                "halvings into it. Compare with math.isclose(lr, wanted), since right versions round differently.",
            ),
            mistakes=(
                Mistake("Your test says assert about nothing that can be wrong: every version passes.", test_nothing),
                Mistake(
                    "Your test fails a right version that differs in the last digit alone. Leave room for rounding, "
                    "with math.isclose.",
                    test_exactly,
                ),
                Mistake(
                    "Your test passes versions that are wrong between the halvings. Look after a part of a "
                    "half-life, too.",
                    test_whole_half_lives,
                ),
                Mistake(
                    "Your test passes versions that go wrong from the second step on. Step several times, with steps "
                    "of different lengths.",
                    test_one_step,
                ),
                Mistake(
                    "Your test passes versions in which the second group is wrong. Give the optimizer two groups with "
                    "different LRs, and look at both.",
                    test_one_group,
                ),
                Mistake(
                    "Your test passes a version whose half-life is always 600. Try another half_life besides.",
                    test_one_half_life,
                ),
                Mistake(
                    "Your test passes a version that stops falling at a quarter. Let more time pass, several "
                    "half-lives.",
                    test_short_run,
                ),
                Mistake(
                    "Your test passes a version that gives all groups the first one's LR. Give the groups different "
                    "LRs.",
                    test_equal_lrs,
                ),
                Mistake(
                    "Your test passes a version that changes the LRs when it is made. Look before the first step, too.",
                    test_after_steps_only,
                ),
                Mistake(
                    "Versions pass your test that fall in quite another way. Work out what the LR must be, and "
                    "compare.",
                    test_that_it_falls,
                ),
            ),
            also_right=(test_by_plan, test_by_ratios, test_one_by_one),
        ),
        Task(
            "linear_to_share",
            points=2,
            drive="curve",
            difficulty=2,
            importance=4,
            minutes=6,
            takeaway=(
                "Print the first, the middle and the last LR of a schedule: a floor that comes too early shows in "
                "the middle."
            ),
            public=(
                case(121, base_lr=0.1, share=0.1, total_steps=100),
                case(12, base_lr=1.0, share=0.5, total_steps=10),
                case(7, base_lr=0.2, share=0.25, total_steps=4),
            ),
            edges=(
                case(15, base_lr=0.1, share=0.0, total_steps=10),
                case(4, base_lr=0.1, share=0.1, total_steps=1),
                case(9, base_lr=0.1, share=1.0, total_steps=5),
            ),
            draw=draw_line,
            hints=(
                "With share=0.1 and total_steps=100, at which step does the code reach its floor? It should be 100.",
                "max cuts a line that runs to zero. The line itself must end at the share.",
                "At the end the LR has lost 1 - share of itself, halfway half of that. Write what is left as 1 "
                "minus something.",
            ),
            mistakes=(
                Mistake(
                    "You add the share itself. It is a share of base_lr, so it must be multiplied by base_lr too.",
                    "base_lr * (1 - (1 - share) * progress)",
                    "base_lr * (1 - progress) * (1 - share) + share",
                ),
                Mistake("The line still runs to zero and is cut off at the share: it must *end* there.", STUB),
                Mistake(
                    "Past total_steps your LR falls on, below the share. Keep progress at 1.",
                    "min(step / total_steps, 1)",
                    "step / total_steps",
                ),
                Mistake(
                    "Your line runs to zero, not to the share.",
                    "(1 - (1 - share) * progress)",
                    "(1 - progress)",
                ),
                Mistake(
                    "You take away `share` of the LR in all. It should keep that share and lose the rest.",
                    "(1 - (1 - share) * progress)",
                    "(1 - share * progress)",
                ),
                Mistake(
                    "You arrive one step early: the share is reached at step total_steps, not at total_steps - 1.",
                    "min(step / total_steps, 1)",
                    "min(step / max(total_steps - 1, 1), 1)",
                ),
                Mistake(
                    "You add the share to a line that falls to zero, so the LR starts above base_lr.",
                    "base_lr * (1 - (1 - share) * progress)",
                    "base_lr * (1 - progress) + share * base_lr",
                ),
            ),
            also_right=(between, by_table),
        ),
        Task(
            "halvings",
            points=1,
            drive="value",
            difficulty=2,
            importance=2,
            minutes=5,
            takeaway="A factor per epoch has a half-life: work it out once, and you know where the run will be.",
            public=({},),
            hints=(
                "After one epoch 95 % is left, after two 95 % of 95 %. How does it go on?",
                "You look for the first n with 0.95**n at most 1/2, then 1/4, then 1/8.",
                "The half is reached between epochs 13 and 14, at 13.51. Twice and three times that give the other "
                "two: do not round before you multiply.",
            ),
            mistakes=(
                Mistake(
                    "You round to the nearest epoch. At the one below the LR is still above: round up each time.",
                    [14, 27, 41],
                ),
                Mistake(
                    "These are no whole epochs. At 13.51 no epoch begins: the first one with at most a half is the "
                    "next.",
                    [13.51, 27.03, 40.54],
                ),
                Mistake(
                    "You rounded the half-life to 14, then multiplied by 3. It is 13.51, so an eighth takes 40.54.",
                    [14, 28, 42],
                ),
                Mistake("One epoch early each time: the LR is still a little above. Round up.", [13, 27, 40]),
                Mistake(
                    "You count 5 % of the *start* per epoch. It is 5 % of what is left, which becomes less.",
                    [10, 15, 18],
                ),
                Mistake("One epoch late each time: epoch 0 has the full LR.", [15, 29, 42]),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "03_quiz_1",
            "A paper trains 200 epochs with a factor of 0.97 per epoch. You have 50 epochs and want the same shape. "
            "Which factor?",
            "c",
            {
                "a": (
                    "0.97: the factor is part of the method.",
                    "After 50 epochs you would stop at 22 % of the start; the paper goes down to 0.2 %.",
                ),
                "b": ("0.97 / 4", "That leaves a quarter of the LR after one epoch."),
                "c": (
                    "0.97 to the power of 4, about 0.885.",
                    "Right. One of your epochs must do what four of theirs did.",
                ),
            },
        ),
        Quiz(
            "03_quiz_2",
            "Which schedule loses the largest *share* of its LR in the last tenth of the run?",
            "a",
            {
                "a": (
                    "A straight line to zero.",
                    "Right. It loses all that it has left. Exponential decay loses the same share everywhere.",
                ),
                "b": ("Exponential decay.", "Its share per step is the same from the first step to the last."),
                "c": ("Inverse-time decay.", "It slows down: the later the step, the smaller the share it loses."),
            },
        ),
        Quiz(
            "03_quiz_3",
            "Your LR halves every ten minutes of the clock. A busy computer trained half as fast. What was lost?",
            "b",
            {
                "a": (
                    "Nothing: ten minutes are ten minutes.",
                    "Per minute, yes. But the model learns from steps, and it saw only half of them.",
                ),
                "b": (
                    "Half of the steps at every LR.",
                    "Right. A clock schedule gives another run on every machine, and on another day.",
                ),
                "c": (
                    "Nothing: there were more steps at every LR.",
                    "It trained more slowly, so fewer steps fit into the same time.",
                ),
            },
        ),
    ),
)
