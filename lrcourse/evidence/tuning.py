"""Every arm gets the LR that is best for the number that will be read, never one at the edge of its grid."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lrcourse.evidence.trials import Request, Results, Trials

FINE = 2.0  # the largest factor between a best LR and its neighbours
ROUNDS = 16  # of widening and refining a grid
Scores = dict[float, float]  # by LR: how bad it is, the mean over the tuning seeds


class EdgeError(ValueError):
    """No grid of a reasonable width holds an arm's best LR inside."""


def tune(
    trials: Trials,
    arms: Mapping[str, Any],
    grids: Mapping[str, Sequence[float]],
    studies: Sequence[tuple[int, ...]],
    splits: Sequence[int | None],
    sign: float,
) -> list[dict[str, Scores]]:
    """For each tuning and arm, the LRs that were tried and their scores (low is good, infinite if a run diverged).

    grids: the LRs to begin with. A best LR at the edge of its grid widens the grid by a factor of 2; one farther than
    a factor of 2 from a neighbour gets an LR between them. studies: the tuning seeds of every tuning. splits: the seed
    of each tuning's data split; None gives every one of its seeds a split of its own. sign: 1 where low numbers are
    good, -1 where high ones are. Raises EdgeError if the best LR is still at an edge after sixteen rounds, or every LR
    diverges.
    """
    tried: list[dict[str, Scores]] = [{arm: {} for arm in arms} for _ in studies]
    wanted = [{arm: tuple(sorted(set(grids[arm]))) for arm in arms} for _ in studies]
    for _ in range(1 + ROUNDS):
        asked = [i for i, lrs in enumerate(wanted) if lrs]
        for i, results in zip(asked, look(trials, arms, wanted, asked, studies, splits), strict=True):
            for arm, scores in scored(results, sign).items():
                tried[i][arm].update(scores)
            wanted[i] = {arm: (lr,) for arm, scores in tried[i].items() if (lr := missing(scores)) is not None}
        if not any(wanted):
            return tried
    arm, scores = next((arm, tried[i][arm]) for i, lrs in enumerate(wanted) for arm in lrs)
    shown = ", ".join(f"{lr:g}: {sign * score:.4g}" for lr, score in sorted(scores.items()))
    raise EdgeError(f"the best LR of {arm!r} is not inside its grid, even a widened one ({shown}); give other lrs")


def look(
    trials: Trials,
    arms: Mapping[str, Any],
    wanted: Sequence[Mapping[str, tuple[float, ...]]],
    asked: Sequence[int],
    studies: Sequence[tuple[int, ...]],
    splits: Sequence[int | None],
) -> list[Results]:
    """The numbers of the tunings asked for, at the LRs that each wants, on its tuning seeds."""
    requests, owners = [], []
    for i in asked:
        split = splits[i]
        parts = [(seed, (seed,)) for seed in studies[i]] if split is None else [(split, studies[i])]
        requests += [Request(of_data, seeds, wanted[i], "val") for of_data, seeds in parts]
        owners += [i] * len(parts)
    found: dict[int, Results] = {i: {} for i in asked}
    for i, results in zip(owners, trials(arms, requests), strict=True):
        for entry, numbers in results.items():
            found[i].setdefault(entry, []).extend(numbers)
    return [found[i] for i in asked]


def best(scores: Scores) -> float:
    """The LR with the lowest score; of several that are equally good, the one in their middle.

    >>> best({0.1: 3.0, 0.2: 1.0, 0.4: 1.0, 0.8: 1.0})
    0.4
    """
    lowest = min(scores.values())
    equal = sorted(lr for lr, score in scores.items() if score == lowest)
    return equal[len(equal) // 2]


def missing(scores: Scores) -> float | None:
    """The LR that must be tried next: beyond an edge, or between a best LR and a neighbour too far off; None if none.

    >>> missing({0.1: 2.0, 0.2: 1.0}), missing({0.1: 2.0, 0.2: 1.0, 0.8: 3.0}), missing({0.1: 2.0, 0.2: 1.0, 0.4: 3.0})
    (0.4, 0.4, None)
    """
    lrs = sorted(scores)
    if not math.isfinite(min(scores.values())):
        return lrs[0] / FINE
    i = lrs.index(best(scores))
    if i in (0, len(lrs) - 1):
        return lrs[i] * FINE if i else lrs[i] / FINE
    for low, high in ((lrs[i - 1], lrs[i]), (lrs[i], lrs[i + 1])):
        if high / low > FINE * (1 + 1e-9):
            return math.sqrt(low * high)
    return None


def scored(results: Results, sign: float) -> dict[str, Scores]:
    """By arm and LR, how bad it was: the mean over the seeds, infinite where a run diverged.

    >>> scored({("a", 0.1): [1.0, 3.0], ("a", 0.2): [1.0, math.nan]}, sign=1)
    {'a': {0.1: 2.0, 0.2: inf}}
    """
    scores: dict[str, Scores] = {}
    for (arm, lr), numbers in results.items():
        score = sign * float(np.mean(numbers))
        scores.setdefault(arm, {})[lr] = score if math.isfinite(score) else math.inf
    return scores
