"""How sure a number is: the interval of a mean, and how often a rank holds."""

import math
import statistics

import numpy as np

from lrcourse.arguments import real

RESAMPLES = 2000


def mean_interval(values):
    """The mean of one number a seed and its 95 % interval by Student's t, as (mean, (low, high)).

    values: two or more numbers, such as each seed's difference between two schedules. Raises ValueError or TypeError.

    >>> mean, (low, high) = mean_interval([0.1, 0.3, 0.2, 0.4])
    >>> f"{mean:.2f} ({low:.2f} to {high:.2f})"
    '0.25 (0.04 to 0.46)'
    """
    from scipy.stats import t

    values = [real("values", value) for value in values]
    if len(values) < 2:
        raise ValueError(f"values must hold at least two numbers, not {values}")
    mean = statistics.fmean(values)
    half = t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / len(values) ** 0.5
    return mean, (float(mean - half), float(mean + half))


def interval_or_not(values):
    """mean_interval, or NaNs for the interval where a value is not finite.

    >>> interval_or_not([1.0, math.inf])
    (inf, (nan, nan))
    """
    if np.isfinite(values).all():
        return mean_interval(values)
    return float(np.mean(values)), (math.nan, math.nan)


def rank_stability(results, resamples=RESAMPLES):
    """How often each column keeps its rank by mean (the smallest first) when the rows are drawn anew with replacement.

    results: shape (seeds, schedules), the columns in rank order; whole rows are drawn, so pairs stay together. From few
    seeds n the shares come out too high: the draws' variance is (n - 1) / n of the true one (Efron & Tibshirani, 1993).

    >>> rank_stability(np.array([[1.0, 2.0], [1.1, 2.1], [0.9, 2.2]]))
    [1.0, 1.0]
    """
    rng = np.random.default_rng(0)
    rows = rng.integers(len(results), size=(resamples, len(results)))
    order = results[rows].mean(axis=1).argsort(axis=1, kind="stable")
    return [float(share) for share in (order == np.arange(results.shape[1])).mean(axis=0)]
