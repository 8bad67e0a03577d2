"""A bound on the loss at the end of a run, from its LRs alone, and the height of a schedule that makes it smallest."""

from collections.abc import Iterable
from math import sqrt

from lrcourse.arguments import real


def convex_bound(lrs: Iterable[float], distance: float = 1.0, gradient: float = 1.0) -> float:
    """How far above its minimum the last loss of (sub)gradient descent can be, at most, for a convex function.

        (D² + G² * sum of lr²) / (2 * S_1)  +  G² / 2 * sum over k < T of  lr_k / S_(k+1) * Q_k / S_k

    T: the number of LRs. S_k, Q_k: the sums of the LRs, and of their squares, from the k-th to the T-th. distance (D):
    from the first weights to the minimum; gradient (G): the gradients' largest size; both at least 0. The last loss is
    that at which the T-th gradient is taken; for noisy gradients the bound holds on average. LRs of 0 move nothing and
    are left out. Raises ValueError for a number out of range or LRs that are all 0, TypeError for what is no number.
    Schaipp et al., 2025 (arXiv:2501.18965).

    >>> convex_bound([1.0]), convex_bound([1.0, 1.0]), convex_bound([1.0, 1.0], gradient=0.0)
    (1.0, 1.25, 0.25)
    """
    distance, gradient = real("distance", distance, at_least=0), real("gradient", gradient, at_least=0)
    left = squares = noise = 0.0  # sums of the LRs and their squares, and the bound's last sum, backwards
    for lr in reversed([lr for i, lr in enumerate(lrs) if real(f"lrs[{i}]", lr, at_least=0)]):
        squares += lr**2
        if left:
            noise += lr / left * squares / (left + lr)
        left += lr
    if not left:
        raise ValueError("lrs must hold an LR above 0")
    return float(distance**2 + gradient**2 * squares) / (2 * left) + gradient**2 / 2 * noise


def best_factor(lrs: Iterable[float], distance: float = 1.0, gradient: float = 1.0) -> tuple[float, float]:
    """The factor by which all LRs must be multiplied for the smallest convex_bound, and that bound.

    With all LRs times f the bound is far / f + noisy * f, which is smallest at f = sqrt(far / noisy). distance,
    gradient: above 0. Raises what convex_bound raises.

    >>> [round(number, 3) for number in best_factor([1.0] * 100)]
    [0.04, 0.249]
    """
    lrs = list(lrs)
    far = convex_bound(lrs, real("distance", distance, above=0), 0.0)
    noisy = convex_bound(lrs, 0.0, real("gradient", gradient, above=0))
    return sqrt(far / noisy), 2 * sqrt(far * noisy)
