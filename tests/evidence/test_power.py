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
