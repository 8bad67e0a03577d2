"""The convex bound: worked out by hand, in closed form, and never below the loss of a run that it speaks of."""

import math
import random
from fractions import Fraction

import pytest

from lrcourse import schedules
from lrcourse.schedules.bound import best_factor, convex_bound


def harmonic(n):
    return sum(1 / i for i in range(1, n + 1))


def by_the_formula(lrs, distance, gradient):
    """Every sum written out, in fractions, as the theorem has it."""
    lrs = [Fraction(lr) for lr in lrs]
    first = (Fraction(distance) ** 2 + Fraction(gradient) ** 2 * sum(lr**2 for lr in lrs)) / (2 * sum(lrs))
    rest = Fraction(0)
    for k in range(len(lrs) - 1):
        rest += lrs[k] / sum(lrs[k + 1 :]) / sum(lrs[k:]) * sum(lr**2 for lr in lrs[k:])
    return float(first + Fraction(gradient) ** 2 * rest / 2)


@pytest.mark.parametrize(
    ("lrs", "bound"),
    [
        ([1], 1 / 2 + 1 / 2),
        ([4], 1 / 8 + 4 / 2),
        ([1, 1], 1 / 4 + 2 / 4 + 1 / 2 * (1 / 1) * (2 / 2)),
        ([2, 1], 1 / 6 + 5 / 6 + 1 / 2 * (2 / 1) * (5 / 3)),
        ([1, 2], 1 / 6 + 5 / 6 + 1 / 2 * (1 / 2) * (5 / 3)),
        ([3, 2, 1], 1 / 12 + 14 / 12 + 1 / 2 * ((3 / 3) * (14 / 6) + (2 / 1) * (5 / 3))),
    ],
)
def test_by_hand(lrs, bound):
    assert convex_bound(lrs) == pytest.approx(bound, rel=1e-14)


def test_the_sums_written_out():
    draw = random.Random(0)
    for _ in range(50):
        lrs = [draw.choice([0.5, 1, 3, 0.125, 7]) for _ in range(draw.randint(1, 12))]
        distance, gradient = draw.uniform(0, 3), draw.uniform(0, 3)
        wanted = by_the_formula(lrs, distance, gradient)
        assert convex_bound(lrs, distance, gradient) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 10, 1000])
def test_constant_and_linear_in_closed_form(steps):
    """Constant: best bound sqrt((1 + H(T - 1)) / T), as in the paper; linear to zero: its sums of n and n squared."""
    factor, bound = best_factor([1.0] * steps)
    noisy = 1 + harmonic(steps - 1)
    assert (factor, bound) == pytest.approx((1 / math.sqrt(steps * noisy), math.sqrt(noisy / steps)))
    lrs = schedules.curve(schedules.linear(1.0, 1.0, 0.0, total_iters=steps), steps)
    noisy = ((2 * steps + 1) / 3 + 2 / 3 * (2 * (steps - 1) + 3 * harmonic(steps - 1))) / steps / 2
    assert convex_bound(lrs) == pytest.approx(1 / (steps + 1) + noisy)


def test_the_order_of_schedules_at_4000_steps():
    """Best bounds times the root of the length, worked out once by another program."""
    steps = 4000
    plans = {
        2.00: schedules.linear(1.0, 1.0, 0.0, steps),
        2.06: schedules.cosine(1.0, steps),
        2.13: schedules.wsd(1.0, steps, cooldown_steps=steps // 5, cooldown="1-sqrt"),
        2.16: schedules.wsd(1.0, steps, cooldown_steps=steps // 5),
        2.28: schedules.exponential(1.0, 0.01 ** (1 / steps)),
        3.14: schedules.constant(1.0),
    }
    for wanted, plan in plans.items():
        assert best_factor(schedules.curve(plan, steps))[1] * math.sqrt(steps) == pytest.approx(wanted, abs=0.006)
    cosine, wsd = (best_factor(schedules.curve(plans[key], steps))[0] for key in (2.06, 2.16))
    assert wsd / cosine == pytest.approx(0.51 / 0.97, abs=0.01)


def test_the_best_factor_is_the_smallest_bound():
    lrs = [1.0, 0.7, 0.9, 0.2]
    factor, bound = best_factor(lrs, distance=3.0, gradient=0.5)
    found = [convex_bound([f * factor * lr for lr in lrs], 3.0, 0.5) for f in (0.99, 1, 1.01)]
    assert found[1] == pytest.approx(bound) and found[1] < min(found[0], found[2])


def test_no_run_on_a_sharp_valley_ends_above_it():
    """|w| with gradients of size 1: as steep as the bound allows. And some runs come near it."""
    draw, nearest = random.Random(1), 0.0
    for _ in range(500):
        lrs = [draw.choice([0.0, 0.1, 0.5, 1.0, 2.0]) for _ in range(draw.randint(0, 8))] + [draw.uniform(0.1, 2)]
        w = start = draw.uniform(0.01, 4)
        for lr in lrs[:-1]:
            w -= lr * (1 if w >= 0 else -1)
        bound = convex_bound(lrs, distance=start)
        assert abs(w) <= bound * (1 + 1e-12)
        nearest = max(nearest, abs(w) / bound)
    assert nearest > 0.9


def test_lrs_of_zero_count_as_no_step():
    assert convex_bound([0.0, 1.0, 0.0, 0.5, 0.0]) == convex_bound([1.0, 0.5])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: convex_bound([]), "lrs must hold an LR above 0"),
        (lambda: convex_bound([0.0, 0.0]), "lrs must hold an LR above 0"),
        (lambda: convex_bound([0.1, -0.1]), r"lrs\[1\] must be a number of at least 0, not -0.1"),
        (lambda: convex_bound([0.1, math.nan]), r"lrs\[1\] must be"),
        (lambda: convex_bound([0.1], distance=-1), "distance must be a number of at least 0"),
        (lambda: best_factor([0.1], gradient=0), "gradient must be a number above 0"),
    ],
)
def test_what_makes_no_sense_is_named(call, said):
    with pytest.raises(ValueError, match=said):
        call()
