"""The interval against a textbook's table, the rank's firmness against full enumeration."""

import itertools
import math
import statistics

import numpy as np
import pytest

from lrcourse.evidence.intervals import mean_interval, rank_stability


def test_the_interval_is_the_textbooks():
    """Gosset's sleep data (Biometrika, 1908): mean 1.58, standard deviation 1.23, t(9) = 2.262 from any table."""
    extra_sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    mean, (low, high) = mean_interval(extra_sleep)
    half = 2.262 * statistics.stdev(extra_sleep) / math.sqrt(10)
    assert (mean, low, high) == pytest.approx((1.58, 1.58 - half, 1.58 + half), abs=1e-3)
    assert (round(low, 2), round(high, 2)) == (0.70, 2.46)


def test_mean_interval_refuses_a_lone_value():
    with pytest.raises(ValueError, match="at least two"):
        mean_interval([0.1])


def test_rank_stability_is_the_share_of_all_resamples():
    results = np.random.default_rng(1).normal([0.0, 0.3, 0.35, 2.0], 0.5, size=(4, 4))
    results = results[:, results.mean(axis=0).argsort()]
    draws = [results[list(rows)].mean(axis=0).argsort() for rows in itertools.product(range(4), repeat=4)]
    exact = (np.array(draws) == np.arange(4)).mean(axis=0)
    assert 0.2 < exact.min() < 0.95
    np.testing.assert_allclose(rank_stability(results), exact, atol=0.05)


def test_the_shares_of_ranks_come_from_two_thousand_draws_that_never_change():
    results = np.random.default_rng(2).normal([0.0, 0.2, 0.3], 0.5, size=(5, 3))
    results = results[:, results.mean(axis=0).argsort()]
    rows = np.random.default_rng(0).integers(5, size=(2000, 5))
    wanted = [np.mean([results[draw].mean(axis=0).argsort()[i] == i for draw in rows]) for i in range(3)]
    assert rank_stability(results) == pytest.approx(wanted) == rank_stability(results, resamples=2000)
    assert rank_stability(results, resamples=1)[0] in (0.0, 1.0)


def test_schedules_that_are_alike_keep_their_ranks():
    assert rank_stability(np.ones((4, 20))) == [1.0] * 20  # a tie is no change of places
