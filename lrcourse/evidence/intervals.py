"""How sure a number is: the interval of a mean, the chance on a new seed, and how often a rank holds."""

import math
import statistics
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lrcourse.arguments import real

RESAMPLES = 2000
Interval = tuple[float, float]


def mean_interval(values: Iterable[float], level: float = 0.95) -> tuple[float, Interval]:
    """The mean of one number a seed and its interval by Student's t, as (mean, (low, high)).

    mean ± t · s / √n, with s the standard deviation of the n numbers and t the quantile of n - 1 degrees of freedom
    (Student, 1908). values: two or more numbers, such as each seed's difference between two schedules. level: how
    often such intervals hold the true mean. Raises ValueError or TypeError.

    >>> mean, (low, high) = mean_interval([0.1, 0.3, 0.2, 0.4])
    >>> f"{mean:.2f} ({low:.2f} to {high:.2f})"
    '0.25 (0.04 to 0.46)'
    """
    numbers = [real("values", value) for value in values]
    if len(numbers) < 2:
        raise ValueError(f"values must hold at least two numbers, not {numbers}")
    level = real("level", level, above=0, below=1)
    mean = statistics.fmean(numbers)
    quantile = float(stats.t.ppf((1 + level) / 2, len(numbers) - 1))
    half = quantile * statistics.stdev(numbers) / math.sqrt(len(numbers))
    return mean, (mean - half, mean + half)


def interval_or_not(values: Any) -> tuple[float, Interval]:
    """mean_interval, or NaNs for the interval where a value is not finite.

    >>> interval_or_not([1.0, math.inf])
    (inf, (nan, nan))
    """
    if np.isfinite(values).all():
        return mean_interval(values)
    return float(np.mean(values)), (math.nan, math.nan)


def chance_interval(differences: Iterable[float], level: float = 0.95) -> tuple[float, Interval]:
    """The chance that a new seed's difference is above 0, as (chance, (low, high)); a tie counts half.

    The share of seeds with its interval by Wilson (1927). Bouthillier and others (2021, arXiv:2103.03098) advise to
    report it: a mean difference can be certain and still rarely decide a single run.

    >>> chance, (low, high) = chance_interval([0.1, 0.3, -0.2, 0.4])
    >>> f"{chance:.2f} ({low:.2f} to {high:.2f})"
    '0.75 (0.30 to 0.95)'
    """
    numbers = [float(value) for value in differences]
    n, z = len(numbers), float(stats.norm.ppf((1 + level) / 2))
    if n == 0:
        raise ValueError("differences must hold at least one number, not []")
    chance = sum(1.0 if value > 0 else 0.5 if value == 0 else 0.0 for value in numbers) / n
    center = (chance + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(chance * (1 - chance) / n + (z / (2 * n)) ** 2)
    return chance, (max(0.0, center - half), min(1.0, center + half))


def rank_stability(results: NDArray[np.float64], resamples: int = RESAMPLES) -> list[float]:
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
