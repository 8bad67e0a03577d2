"""What a design can see: against SciPy's noncentral t, and against the share of simulated claims that find it."""

import numpy as np
import pytest
from scipy import stats

from lrcourse.evidence import power
from lrcourse.evidence.power import design
from lrcourse.evidence.verdict import HOLDS, SAME, Case, judge

TIMES, ANNOUNCED = 400, 150
SLACK = 3 * np.sqrt(0.8 * 0.2 / TIMES)  # three standard errors of a share near 0.8


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer imagined repetitions; many claims are asked here."""
    monkeypatch.setattr(power, "DRAWN", 60_000)


def exact(n, spread=1.0):
    """n differences with exactly this standard deviation, as an unbiased estimate has it on average."""
    raw = np.random.default_rng(0).standard_normal(n)
    c4 = stats.chi.mean(n - 1) / np.sqrt(n - 1)
    return spread * c4 * (raw - raw.mean()) / raw.std(ddof=1)


@pytest.mark.parametrize("n", [4, 8, 20, 60])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_the_power_is_that_of_students_test(n, share, monkeypatch):
    """P(t > t_0.995 | effect), the noncentral t distribution with effect·√n for its noncentrality."""
    monkeypatch.setattr(power, "DRAWN", 1_000_000)
    seen = design([Case("", "r", exact(n))], matters=1e-9)
    effect = float(np.quantile(seen.needed, share))
    wanted = stats.nct.sf(stats.t.ppf(0.995, n - 1), n - 1, effect * np.sqrt(n))
    assert seen.power(effect) == pytest.approx(share, abs=0.001)
    assert wanted == pytest.approx(share, abs=0.015)


def simulated(rng, rivals, n, effect):
    """The differences of one claim: a seed's luck cancels, the claim's own noise is in all comparisons."""
    own, others = rng.normal(0, 1, (n, 1)), rng.normal(0, 0.5, (n, rivals))
    return [Case("", f"r{j}", effect + (others - own)[:, j]) for j in range(rivals)]


@pytest.mark.parametrize(("n", "rivals"), [(8, 1), (20, 1), (20, 3), (40, 3)])
@pytest.mark.parametrize("matters", [0.01, 0.8])
def test_a_known_effect_is_found_as_often_as_announced(n, rivals, matters):
    """Each claim announces from its own noise; a true effect as large as they announce on average is found so often."""
    rng = np.random.default_rng([n, rivals])
    announced = np.mean([design(simulated(rng, rivals, n, 0.0), matters).visible for _ in range(ANNOUNCED)])
    found = shown(rng, rivals, n, announced, matters, HOLDS)
    assert found == pytest.approx(0.8, abs=SLACK + 0.02)
    told = np.mean([design(simulated(rng, rivals, n, 0.0), matters).power(announced) for _ in range(ANNOUNCED)])
    assert told == pytest.approx(found, abs=SLACK + 0.05)  # a power told from a sample is a little blurred


@pytest.mark.parametrize(("n", "rivals"), [(8, 1), (20, 1), (20, 3), (40, 3)])
def test_arms_that_are_alike_are_called_so_as_often_as_announced(n, rivals):
    rng = np.random.default_rng([n, rivals])
    matters = np.mean([design(simulated(rng, rivals, n, 0.0), 0.01).equal_within for _ in range(ANNOUNCED)])
    assert shown(rng, rivals, n, 0.0, matters, SAME) == pytest.approx(0.8, abs=SLACK + 0.03)


def test_with_few_seeds_and_several_rivals_it_promises_less_than_it_keeps():
    rng = np.random.default_rng(0)
    announced = np.mean([design(simulated(rng, 3, 8, 0.0), 0.01).visible for _ in range(ANNOUNCED)])
    assert 0.8 < shown(rng, 3, 8, announced, 0.01, HOLDS) < 0.93


def shown(rng, rivals, n, effect, matters, verdict):
    return np.mean([judge(simulated(rng, rivals, n, effect), matters) == verdict for _ in range(TIMES)])


def test_more_seeds_see_more_and_what_does_not_matter_is_never_visible():
    few, many = (design([Case("", "r", exact(n))], 0.01).visible for n in (10, 40))
    assert few > 1.9 * many
    precise = design([Case("", "r", exact(400, spread=0.001))], matters=1.0)
    assert 0.99 < precise.visible < 1.01  # below it the verdict is 'no difference that matters'


def test_what_cannot_be_computed_sees_nothing():
    assert design([Case("", "r", np.array([1.0, np.nan, 2.0]))], 0.1).visible == np.inf


@pytest.mark.parametrize(
    ("n", "count", "repetitions"), [(2, 1, 20_000), (101, 1, 9900), (20, 5, 10_000), (250, 2, 2000), (600, 1, 2000)]
)
def test_a_million_numbers_for_one_design_within_bounds(n, count, repetitions, monkeypatch):
    monkeypatch.undo()
    cases = [Case("", f"r{i}", np.random.default_rng(i).normal(0, 1, n)) for i in range(count)]
    seen = design(cases, 0.1)
    assert seen.needed.shape == seen.smaller.shape == (repetitions,)


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("matters", [0.1, 5.0])
def test_each_imagined_repetition_by_hand(level, matters):
    """One comparison of three seeds: normal numbers with the sample's spread over c4(3) = 0.886, and t(2)."""
    differences = np.array([0.1, 0.4, -0.2])  # standard deviation 0.3
    seen = design([Case("", "r", differences)], matters, level)
    drawn = np.random.default_rng(0).standard_normal((20_000, 3)) * 0.3 / 0.886227
    half = {0.95: 4.302653, 0.99: 9.924843}[level] * drawn.std(axis=1, ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(seen.needed, np.maximum(half, matters - half) - drawn.mean(axis=1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(seen.smaller, abs(drawn.mean(axis=1)) + half, rtol=1e-4)
    assert (seen.needed < seen.visible).mean() == pytest.approx(0.8, abs=1e-4)
    assert (seen.smaller < seen.equal_within).mean() == pytest.approx(0.8, abs=1e-4)
    assert seen.power(seen.visible) == (seen.needed < seen.visible).mean()


def test_the_quantiles_are_ones_that_were_drawn():
    seen = power.Design(np.arange(10.0), np.arange(0.0, 100.0, 10))
    assert (seen.visible, seen.equal_within) == (8.0, 80.0)  # of ten, four fifths up, upwards
    assert (seen.power(8.0), seen.power(8.5), seen.power(0.0)) == (0.8, 0.9, 0.0)


def test_with_several_comparisons_the_most_restless_decides():
    alone = design([Case("", "r", exact(10))], 0.01)
    quiet = [Case("", "r", exact(10)), Case("", "q", 1e-6 * exact(10))]
    both = design(quiet, 0.01)
    assert both.visible == pytest.approx(alone.visible, rel=0.03)
    assert both.equal_within == pytest.approx(alone.equal_within, rel=0.03)
    assert design([Case("", "r", exact(10, 1e-9))], 0.01).visible == pytest.approx(0.01, rel=1e-6)


def test_one_seed_sees_nothing_and_two_see_something():
    assert design([Case("", "r", np.array([1.0]))], 0.1).equal_within == np.inf
    assert 1 < design([Case("", "r", np.array([0.0, 1.0]))], 0.1).visible < 1000
