"""What a design can see: the effects that it would find, and those that would escape it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from lrcourse.evidence.verdict import LEVEL, Case

POWER = 0.8
DRAWN = 1_000_000  # random numbers for one design


@dataclass(frozen=True)
class Design:
    """How a claim's comparisons would come out if they were made again and again.

    needed: for every imagined repetition without any effect, the true effect that would have to be added to every
    comparison for 'holds here'. smaller: the `matters` from which it would say 'no difference that matters'.
    """

    needed: NDArray[np.float64]
    smaller: NDArray[np.float64]

    def power(self, effect: float) -> float:
        """How often a true effect of this size, in every comparison, would be found."""
        return float(np.mean(self.needed < effect))

    @property
    def visible(self) -> float:
        """The smallest effect this design finds in four of five repetitions."""
        return float(np.quantile(self.needed, POWER, method="higher"))

    @property
    def equal_within(self) -> float:
        """The smallest `matters` at which arms that are alike come out as alike in four of five repetitions."""
        return float(np.quantile(self.smaller, POWER, method="higher"))


def design(cases: Sequence[Case], matters: float, level: float = LEVEL) -> Design:
    """The design behind these comparisons, from the spread of their differences; normal noise is assumed.

    The verdict itself is asked about imagined repetitions: normal numbers with the covariance of the differences (the
    comparisons share an arm, so they go together), its square root without the bias of small samples. 'holds here'
    needs mean + effect > h and mean + effect > matters - h in all comparisons, with h the interval's half width;
    'no difference that matters' needs |mean| + h < matters. For one comparison this is the power of Student's t test.
    With several comparisons and few seeds it is cautious: the most restless of them decides, and its spread comes out
    too large (from 8 seeds and three rivals, what is told as seen in 80 % is seen in nearly 90 %).

    >>> noise = np.array([-1.0, 1.0] * 10)
    >>> one = design([Case("", "constant", noise)], matters=0.01)
    >>> round(one.visible, 1), round(one.power(one.visible), 2)
    (0.9, 0.8)
    """
    table = np.array([case.differences for case in cases], dtype=float).T
    n, count = table.shape
    if n < 2 or not np.isfinite(table).all():
        return Design(np.array([np.inf]), np.array([np.inf]))
    unbiased = np.exp(special.gammaln((n - 1) / 2) - special.gammaln(n / 2)) * np.sqrt((n - 1) / 2)  # 1 / c4
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(table, rowvar=False)))
    root = vectors * np.sqrt(np.clip(values, 0, None)) * unbiased
    rng, quantile = np.random.default_rng(0), float(stats.t.ppf((1 + level) / 2, n - 1))
    drawn = rng.standard_normal((int(np.clip(DRAWN // (n * count), 2_000, 20_000)), n, count)) @ root.T
    mean, half = drawn.mean(axis=1), quantile * drawn.std(axis=1, ddof=1) / np.sqrt(n)
    needed = np.maximum(half, matters - half) - mean
    return Design(needed.max(axis=1), (np.abs(mean) + half).max(axis=1))
