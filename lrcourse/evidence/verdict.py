"""What the numbers allow to be said: one verdict from the seeds' differences and the smallest effect that matters.

Every difference is counted so that a positive number speaks for the claim. The intervals are 99 % intervals: the
ledger has some thirty rows, and at 95 % one or two of them would be luck.

What they cannot see is a rare run that none of the seeds had. Differences as skewed as log-normal numbers around their
mean are called an effect not in 1 % of claims but, with σ = 1, in 9 % with 8 seeds, 8 % with 20 and 4 % with 80; with
σ = 1.5 in 21, 16 and 10 %, always towards the side of the many small ones. Arms that are alike never have such
differences, whatever their noise: one's luck is as likely as the other's. No test of a mean from few numbers is spared
this (Bahadur & Savage, 1956); only more seeds help.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from lrcourse.evidence.intervals import Interval

LEVEL = 0.99
PERMUTATIONS = 9_999
HOLDS, OPPOSITE, SAME, UNSURE = "holds here", "does not hold here", "no difference that matters", "cannot tell"
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One comparison: in which setting, against which rival, and a difference for every seed.

    >>> case = Case("", "constant", np.array([0.1, 0.3, 0.2, 0.3]))
    >>> case.says(matters=0.01), case.says(matters=2)
    ('cannot tell', 'no difference that matters')
    """

    setting: str
    rival: str
    differences: Numbers

    @cached_property
    def effect(self) -> float:
        return float(np.mean(self.differences))

    @cached_property
    def error(self) -> float:
        """The standard error of the effect: s / √n."""
        return float(np.std(self.differences, ddof=1)) / math.sqrt(len(self.differences))

    @property
    def interval(self) -> Interval:
        """Student's t interval of the mean difference at LEVEL; intervals.mean_interval is the same, and checks."""
        half = _quantile(len(self.differences) - 1) * self.error
        return self.effect - half, self.effect + half

    @cached_property
    def p(self) -> float:
        """Student's two-sided paired p value against no difference."""
        if self.error == 0:
            return float(self.effect == 0)
        return float(2 * special.stdtr(len(self.differences) - 1, -abs(self.effect) / self.error))

    def says(self, matters: float, p: float | None = None) -> str:
        """This comparison's own verdict. p: its p value, corrected for its being one of several, asked for besides.

        Lakens (2018): a difference is shown if the interval leaves 0 out, and is too small to matter if the whole
        interval lies within ± matters. Where both are so, it is real and too small to matter.
        """
        low, high = self.interval
        if -matters < low and high < matters:
            return SAME
        if p is not None and p > 1 - LEVEL:
            return UNSURE
        return HOLDS if low > 0 else OPPOSITE if high < 0 else UNSURE

    def minus(self, other: "Case") -> "Case":
        return Case(self.setting, self.rival, self.differences - other.differences)


def judge(cases: Sequence[Case], matters: float, depends_on: str = "setting") -> str:
    """The verdict of a claim from all its comparisons: with several rivals, in several settings, or both.

    'holds here': it is shown in every comparison, which needs no correction (Berger, 1982). 'does not hold here': the
    opposite is shown against at least one rival in every setting. 'no difference that matters': in no comparison.
    'depends on ...': shown in some comparison, and an interval for the *difference between comparisons* leaves 0 out.
    'shows in ... only', 'the opposite shows in ... only': the same without such an interval. 'cannot tell': the rest.
    Where one comparison of several is enough, its p value is corrected (Holm, 1979).

    >>> seeds = np.array([0.1, -0.1, 0.2, 0.0, 0.1, -0.2, 0.1, 0.0])
    >>> judge([Case("", "constant", 1 + seeds)], matters=0.1)
    'holds here'
    >>> judge([Case("", "constant", 1 + seeds), Case("", "linear", -1 - seeds)], matters=0.1)
    'depends on the rival'
    """
    if not all(math.isfinite(case.error) for case in cases):
        return UNSURE
    plain = [case.says(matters) for case in cases]
    for verdict in (HOLDS, OPPOSITE, SAME):
        if all(said == verdict for said in plain):
            return verdict
    if len(cases) == 1:
        return UNSURE
    corrected = holm([case.p for case in cases])
    sure = [case.says(matters, p) for case, p in zip(cases, corrected, strict=True)]
    axes = _axes_that_decide(cases, plain, sure, matters)
    if axes:
        return f"depends on the {' and the '.join(depends_on if axis == 'setting' else axis for axis in axes)}"
    lost = {case.setting for case, said in zip(cases, sure, strict=True) if said == OPPOSITE}
    if HOLDS in sure:
        return f"shows {_where(cases, sure, HOLDS)} only"
    if lost == {case.setting for case in cases}:
        return OPPOSITE
    return f"the opposite shows {_where(cases, sure, OPPOSITE)} only" if lost else UNSURE


def holm(ps: Sequence[float]) -> list[float]:
    """p values corrected for their number: sorted upwards, p_(i) · (m - i + 1), made to rise, at most 1 (Holm, 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order, corrected, highest = np.argsort(ps, kind="stable"), [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        highest = min(1.0, max(highest, ps[i] * (len(ps) - rank)))
        corrected[i] = highest
    return corrected


def omnibus(results: Numbers) -> float:
    """The p value of 'all arms are the same': the share of relabelled tables whose means lie as far apart.

    results: shape (seeds, arms). In every seed the arms' names are dealt anew; the statistic is the variance of the
    arms' means. Exact for arms that are alike (Fisher, 1935; Pitman, 1938), whatever the numbers' distribution.

    >>> omnibus(np.array([[1.0, 2.0, 3.0], [1.1, 2.2, 3.1], [0.9, 2.1, 3.3], [1.0, 2.0, 3.0]])) < 0.01
    True
    """
    rng = np.random.default_rng(0)
    centered = results - results.mean(axis=1, keepdims=True)
    seen = float(np.var(centered.mean(axis=0)))
    dealt = rng.permuted(np.broadcast_to(centered, (PERMUTATIONS, *centered.shape)), axis=2)
    larger = int((dealt.mean(axis=1).var(axis=1) >= seen * (1 - 1e-9)).sum())
    return (1 + larger) / (1 + PERMUTATIONS)


def judge_spread(results: Numbers, spread: Case, matters: float) -> tuple[str, float]:
    """The verdict on 'these arms differ', and the omnibus test's p value.

    results: shape (seeds, arms). spread: the difference between the two arms that the *tuning* seeds put last and
    first, on the test seeds. 'last minus first' of the same seeds would be above 0 for arms that are all alike.
    """
    if not np.isfinite(results).all():
        return UNSURE, 1.0
    p = omnibus(results)
    pairs = itertools.combinations(range(results.shape[1]), 2)
    if all(Case("", "", results[:, a] - results[:, b]).says(matters) == SAME for a, b in pairs):
        return SAME, p
    return (HOLDS if p <= 1 - LEVEL and spread.says(matters) == HOLDS else UNSURE), p


def direction(verdict: str) -> int | None:
    """+1 for 'holds here', -1 for its opposite, 0 for 'no difference that matters', None for what leaves it open.

    >>> direction("does not hold here"), direction("depends on the rival")
    (-1, None)
    """
    return {HOLDS: 1, OPPOSITE: -1, SAME: 0}.get(verdict)


@cache
def _quantile(freedom: int) -> float:
    """Student's t for an interval at LEVEL."""
    return float(special.stdtrit(freedom, (1 + LEVEL) / 2))


def _axes_that_decide(cases: Sequence[Case], plain: Sequence[str], sure: Sequence[str], matters: float) -> list[str]:
    """Along what the effect changes, shown by contrasts of two comparisons that share the rival or the setting."""
    pairs = [
        (a, b)
        for a, b in itertools.combinations(range(len(cases)), 2)
        if (cases[a].setting == cases[b].setting) != (cases[a].rival == cases[b].rival)
    ]
    contrasts = [cases[a].minus(cases[b]) for a, b in pairs]
    found = set()
    for (a, b), contrast, p in zip(pairs, contrasts, holm([contrast.p for contrast in contrasts]), strict=True):
        changes = (sure[a] in (HOLDS, OPPOSITE) and plain[b] != sure[a]) or (
            sure[b] in (HOLDS, OPPOSITE) and plain[a] != sure[b]
        )
        if changes and contrast.says(matters, p) in (HOLDS, OPPOSITE):
            found.add("rival" if cases[a].setting == cases[b].setting else "setting")
    return sorted(found, reverse=True) if HOLDS in sure else []


def _where(cases: Sequence[Case], sure: Sequence[str], verdict: str) -> str:
    several = len({case.setting for case in cases}) > 1, len({case.rival for case in cases}) > 1
    names = []
    for case, said in zip(cases, sure, strict=True):
        if said == verdict:
            parts = [case.setting] if several[0] else []
            parts += [f"against {case.rival}"] if several[1] else []
            names.append(" ".join(parts))
    return ("in " if several[0] else "") + ", ".join(names)
