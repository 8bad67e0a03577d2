"""The learning-rate range test: train for a moment while the LR grows, and watch where the loss falls and explodes.

Smith, 2017 (arXiv:1506.01186). The four rules that read a suggestion off the curve are those that fastai offers.
"""

from __future__ import annotations

import copy
import functools
import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from lrcourse.arguments import function, real, whole
from lrcourse.schedules import exponential
from lrcourse.training.batches import endless, generators_kept, pair_of
from lrcourse.training.seeds import SeededRandom
from lrcourse.training.twin import Batch, Twin, pair_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]  # a list will do as well
STANDS_OUT = 4.5  # standard errors: of 10,000 flat curves of common kinds of noise, fewer than ten fall or rise so far


@dataclass(frozen=True)
class Finder:
    """What a range test saw: each loss belongs to the weights before the step that used the LR of the same index.

    smoothed: the running average of the losses, without its bias towards 0. stopped: why the ramp ended.
    """

    lrs: list[float]
    losses: list[float]
    smoothed: list[float]
    stopped: str

    @property
    def suggestions(self) -> dict[str, float | None]:
        """An LR for each rule, or None where the curve gives the rule nothing to hold on to; `reason` says why.

        As in fastai, the rules do not see the first tenth of the points, where the average rests on a few losses, nor
        the last five. No rule suggests anything unless the losses fall there by more than their noise explains.

        >>> falling_then_rising = [abs(i - 30) / 30 for i in range(50)]
        >>> finder = Finder([10 ** (i / 10 - 4) for i in range(50)], falling_then_rising, falling_then_rising, "")
        >>> {rule: float(f"{lr:.2g}") for rule, lr in finder.suggestions.items()}
        {'steepest': 0.0005, 'valley': 0.004, 'minimum/10': 0.01, 'slide': 0.0032}
        """
        rules = {"steepest": steepest, "valley": valley, "minimum/10": tenth_of_minimum, "slide": slide}
        lrs, losses = np.array(self.lrs[self._window]), np.array(self.smoothed[self._window])
        falls = not self.reason
        return {name: rule(lrs, losses) if falls else None for name, rule in rules.items()}

    @property
    def reason(self) -> str:
        """Why no rule has a suggestion; empty if the curve falls.

        >>> rising = [i / 10 for i in range(50)]
        >>> Finder([10 ** (i / 10 - 4) for i in range(50)], rising, rising, "").reason
        'the loss only rises, from an LR of 0.000316 on: begin with a smaller min_lr'
        """
        lrs, losses = self.lrs[self._window], np.array(self.losses[self._window])
        if len(lrs) < 10:
            return f"{len(self.lrs)} steps are too few to read ({self.stopped}): take more steps or a smaller min_lr"
        if fall(losses) > STANDS_OUT:
            return ""
        if fall(-losses) > STANDS_OUT:
            return f"the loss only rises, from an LR of {lrs[0]:.3g} on: begin with a smaller min_lr"
        return "the loss is flat: it does not fall by more than its noise; try a larger max_lr, or more steps"

    @property
    def _window(self) -> slice:
        return slice(len(self.lrs) // 10, -5)

    def figure(self, title: str = "The range test: the loss while the learning rate grows") -> Figure:
        """The losses, pale, their running average, and on it every suggestion, over the LR; or why there is none."""
        from lrcourse.plots import COLORS, compare_curves

        curve = {"": (self.lrs, self.smoothed)}
        figure: Figure = compare_curves(curve, title=title, xlabel="learning rate", ylabel="training loss", log_x=True)
        axes = figure.axes[0]
        axes.plot(self.lrs, self.losses, color=COLORS[0], linewidth=0.7, alpha=0.4)
        for (rule, lr), marker, color in zip(self.suggestions.items(), "v*Ds", COLORS[1:], strict=True):
            if lr is not None:
                height = np.interp(math.log(lr), np.log(self.lrs), self.smoothed)
                axes.plot(lr, height, marker, color=color, markersize=9, label=f"{rule}: {lr:.2g}")
        low, fall = min(self.losses), max(self.smoothed[0] - min(self.losses), 1e-9)
        axes.set_ylim(low - 0.1 * fall, low + 1.4 * fall)  # an explosion may leave the picture, the fall may not
        if self.reason:
            axes.set_title(f"No suggestion: {self.reason}", loc="right", fontsize=10, y=-0.3)
        else:
            axes.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1.0, 0.5))
        return figure


def find_lr(
    model: Any,
    data: Any,
    optimizer: torch.optim.Optimizer | None = None,
    *,
    loss: Callable[..., Any] | None = None,
    batch: Batch | None = None,
    min_lr: float = 1e-6,
    max_lr: float = 10.0,
    steps: int = 100,
    batch_size: int = 64,
    smoothing: float = 0.9,
    stop_factor: float = 4.0,
    seed: int = 0,
) -> Finder:
    """The LR range test on copies of model and optimizer; the originals and all random generators stay as they are.

    model: a torch module with its optimizer, or a scikit-learn estimator with partial_fit and eta0 and no optimizer.
    data: a Dataset, a pair (x, y) of arrays to draw batches from, a torch Dataset, or an iterable of batches (x, y).
    loss: a function of (outputs, y) for torch (cross-entropy), of (estimator, x, y) for scikit-learn (its own loss).
    batch: for a torch model whose batches are dicts, have more parts, or become a loss in a way of their own: a
    function of (model, batch) that returns the loss, such as lambda model, batch: model(**batch).loss. Its model is
    the copy. It takes the place of loss.

    The LR, lr(t) = min_lr * (max_lr / min_lr) ** (t / (steps - 1)), goes to the first parameter group whose LR is not
    0 now, and the others keep their ratio to it. The ramp ends early when the smoothed loss exceeds stop_factor times
    its best, or a loss is not finite. What torch draws meanwhile, dropout for one, is a function of the seed; what a
    loss or a data set of yours draws from the generators of random and numpy comes from there, as in a loop of yours.
    Raises TypeError or ValueError for arguments that do not fit, ValueError if the first loss is not finite or if the
    loss uses the original model.

    >>> from sklearn.linear_model import SGDClassifier
    >>> from lrcourse.data import load
    >>> finder = find_lr(SGDClassifier(loss="log_loss"), load("digits"), min_lr=1e-4, max_lr=100)
    >>> len(finder.lrs) == len(finder.losses) == len(finder.smoothed), round(finder.losses[0], 2)
    (True, 2.3)
    >>> model = torch.nn.Linear(64, 10)
    >>> batches = [{"image": load("digits").x_train, "label": load("digits").y_train}]
    >>> finder = find_lr(model, batches, torch.optim.SGD(model.parameters()), min_lr=1e-4,
    ...     batch=lambda model, batch: torch.nn.functional.cross_entropy(model(batch["image"]), batch["label"]))
    >>> 0.1 < finder.suggestions["minimum/10"] < 1
    True
    """
    min_lr = real("min_lr", min_lr, above=0)
    max_lr = real("max_lr", max_lr, above=min_lr)
    steps = whole("steps", steps, at_least=20)
    smoothing = real("smoothing", smoothing, at_least=0, below=1)
    stop_factor = real("stop_factor", stop_factor, above=1)
    seed = whole("seed", seed, at_least=0, at_most=2**32 - 1)
    batches = endless(data, whole("batch_size", batch_size, at_least=1), seed)
    ramp = exponential(min_lr, gamma=(max_lr / min_lr) ** (1 / (steps - 1)))
    with generators_kept(data), SeededRandom(torch.Generator().manual_seed(seed)), torch.enable_grad():
        if isinstance(model, torch.nn.Module):
            train_step = _torch_step(model, optimizer, loss, batch, batches)
        else:
            train_step = _sklearn_step(model, optimizer, loss, batch, data, batches, min_lr, seed)
        return watch(train_step, [ramp(step) for step in range(steps)], smoothing, stop_factor)


def watch(
    train_step: Callable[[float], float], lrs: list[float], smoothing: float = 0.9, stop_factor: float = 4.0
) -> Finder:
    """Call train_step(lr), which returns the loss before its step, for every LR until the loss explodes.

    >>> watch(lambda lr: 1 / lr if lr < 1 else 99.0, [0.5, 0.8, 1.0, 1.25]).stopped
    'the smoothed loss exceeded 4 times its best at an LR of 1'
    """
    losses: list[float] = []
    smoothed: list[float] = []
    average = 0.0
    stopped = f"the ramp reached its end at {lrs[-1]:.3g}"
    for step, lr in enumerate(lrs):
        loss = train_step(lr)
        if not math.isfinite(loss):
            stopped = f"the loss was {loss} at an LR of {lr:.3g}"
            break
        average = smoothing * average + (1 - smoothing) * loss
        losses.append(loss)
        smoothed.append(average / (1 - smoothing ** (step + 1)))
        best = min(smoothed)
        if smoothed[-1] > best + (stop_factor - 1) * abs(best):
            stopped = f"the smoothed loss exceeded {stop_factor:g} times its best at an LR of {lr:.3g}"
            break
    if not losses:
        raise ValueError(f"{stopped}, before any step: look at the data, the loss and the model first")
    return Finder(lrs[: len(losses)], losses, smoothed, stopped)


def _torch_step(
    model: torch.nn.Module, optimizer: Any, loss: Any, batch: Batch | None, batches: Iterator[Any]
) -> Callable[[float], float]:
    """A function that trains one step with an LR and returns the loss before it."""
    if batch is not None and loss is not None:
        raise ValueError("batch takes the place of loss: give one of the two")
    if batch is None:
        batch = functools.partial(pair_loss, loss and function("loss", loss))
    try:
        inspect.signature(batch).bind(model, None)
    except TypeError as error:
        raise TypeError(f"batch must be a function of (model, batch) that returns the loss, not {batch!r}") from error
    twin = Twin(model, optimizer, batch)
    return lambda lr: twin.train(next(batches), lr)


def _sklearn_step(
    estimator: Any,
    optimizer: Any,
    loss: Any,
    batch: Batch | None,
    data: Any,
    batches: Iterator[Any],
    min_lr: float,
    seed: int,
) -> Callable[[float], float]:
    """The same for scikit-learn, where a step is one pass over a batch, sample by sample.

    An unfitted estimator first gets its weights by a pass at min_lr that is not recorded.
    """
    if not hasattr(estimator, "partial_fit") or "eta0" not in estimator.get_params():
        raise TypeError(f"model must be a torch module or a scikit-learn SGD estimator, not {estimator!r}")
    if optimizer is not None:
        raise TypeError(f"optimizer must be None for a scikit-learn estimator, not {optimizer!r}")
    if batch is not None:
        raise TypeError("batch must be None for a scikit-learn estimator, which takes (x, y); give loss")
    if not (pair := pair_of(data)):
        raise TypeError(f"data must be a Dataset or a pair (x, y) of arrays for a scikit-learn estimator, not {data!r}")
    loss = function("loss", loss or _sklearn_loss(estimator))
    estimator = copy.deepcopy(estimator).set_params(learning_rate="constant", eta0=min_lr)
    if estimator.get_params().get("random_state") is None:  # it would draw from NumPy's global generator
        estimator.set_params(random_state=np.random.RandomState(seed))
    if not hasattr(estimator, "coef_"):
        classifies = hasattr(estimator, "decision_function")
        estimator.partial_fit(*next(batches), **({"classes": np.unique(pair[1])} if classifies else {}))

    def train_step(lr: float) -> float:
        x, y = next(batches)
        value = loss(estimator, x, y)
        estimator.set_params(eta0=lr).partial_fit(x, y)
        return float(value)

    return train_step


def _sklearn_loss(estimator: Any) -> Callable[..., Any]:
    from sklearn import metrics

    losses = {
        "log_loss": lambda e, x, y: metrics.log_loss(y, e.predict_proba(x), labels=e.classes_),
        "hinge": lambda e, x, y: metrics.hinge_loss(y, e.decision_function(x), labels=e.classes_),
        "squared_error": lambda e, x, y: metrics.mean_squared_error(y, e.predict(x)),
    }
    name = getattr(estimator, "loss", None)
    if name not in losses:
        raise ValueError(f"loss must be given for an estimator with loss={name!r}: a function of (estimator, x, y)")
    return losses[name]


def fall(losses: Numbers) -> float:
    """How far the losses fall, in standard errors: of all blocks, the one that lies lowest under what came before it.

    A block's level, and that of all losses before it, is their median or their mean, whichever shows the smaller fall,
    so that no single spike counts. The noise of one loss is read off the jumps from loss to loss, which a slow fall
    hardly enlarges: their root mean square up to the block's end, or their median over all, whichever is larger. What
    float32 cannot tell apart from the losses' size is no fall.

    >>> round(fall([2.0, 2.1, 2.0, 2.1, 2.0, 2.1, 2.0, 1.5, 1.0, 0.5, 0.4, 0.4, 9.0]), 1)
    8.9
    >>> fall([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0])
    0.0
    """
    levels, n = np.asarray(losses, dtype=float), len(losses)
    jumps = np.abs(np.diff(levels))
    typical = np.median(jumps) / 0.954  # of the jumps of normal noise with a standard deviation of 1
    steady = np.sqrt(np.cumsum(jumps**2) / np.arange(1, n) / 2)  # the same from a root mean square
    starts = np.arange(max(5, n // 5), n)
    means = np.cumsum(levels)[starts - 1] / starts
    # The standard library: on so few numbers NumPy takes several times longer.
    medians = np.array([median(levels[:start].tolist()) for start in starts])
    largest, width = 0.0, max(3, n // 16)
    while width <= max(3, n // 4):
        blocks = np.lib.stride_tricks.sliding_window_view(levels[starts[0] :], width)
        count = len(blocks)
        drops = np.minimum(medians[:count] - np.median(blocks, axis=1), means[:count] - blocks.mean(axis=1))
        noise = np.maximum(typical, steady[starts[:count] + width - 2])
        errors = 1.253 * noise * np.sqrt(1 / width + 1 / starts[:count])  # a median's is 1.253 times a mean's
        real_drops = drops > 1e-6 * np.abs(medians[:count])
        largest = max([largest, *(drops[real_drops] / errors[real_drops]).tolist()])
        width *= 2
    return largest


def steepest(lrs: Numbers, losses: Numbers) -> float | None:
    """The LR where the loss falls fastest on its way to the lowest point, on the logarithmic axis; None without a way.

    fastai looks past the lowest point too, where a loss that explodes also falls back, and steeply.

    >>> steepest([0.01, 0.1, 1.0, 10.0, 100.0], [3.0, 2.5, 1.0, 90.0, 10.0])
    0.1
    """
    falls = np.diff(losses[: np.argmin(losses) + 1])
    return float(lrs[falls.argmin()]) if len(falls) else None


def tenth_of_minimum(lrs: Numbers, losses: Numbers) -> float | None:
    """A tenth of the LR with the lowest loss: where the loss turns, the LR is already too large. None without a way.

    >>> tenth_of_minimum([0.01, 0.1, 1.0], [3.0, 1.0, 2.0])
    0.01
    """
    lowest = int(np.argmin(losses))
    return float(lrs[lowest]) / 10 if lowest else None


def valley(lrs: Numbers, losses: Numbers) -> float | None:
    """The middle of the longest descent, the longest choice of points, in order, whose losses only fall.

    The middle is found as fastai finds it: as many points before the descent's end as half the descent has, whether
    they belong to it or not. None without a descent.

    >>> valley([0.001, 0.01, 0.1, 1.0], [3.0, 2.0, 1.0, 5.0])
    0.001
    """
    length = [1] * len(losses)  # of the longest descent that ends at each point
    for i in range(len(losses)):
        for j in range(i):
            if losses[j] > losses[i]:
                length[i] = max(length[i], length[j] + 1)
    longest = max(length)
    start = length.index(longest) - longest
    return float(lrs[max(0, start + longest // 3 + longest // 6)]) if longest > 1 else None


def slide(lrs: Numbers, losses: Numbers, width: int = 15, threshold: float = 0.005) -> float | None:
    """From the right, slide an interval of width points down while the slopes at its ends differ; its left end then.

    The slopes are losses per point and differ if by more than the threshold. As fastai's rule it answers even where
    they agree at once, with the interval's first place. None for fewer points than the interval has.

    >>> slide([2**i for i in range(25)], [3.0] * 20 + [2.0, 1.0, 1.0, 3.0, 9.0], width=3)
    65536.0
    """
    if len(losses) <= width:
        return None
    slopes, place = np.gradient(losses), len(losses) - 1 - width
    for left in range(place, -1, -1):
        if abs(slopes[left + width] - slopes[left]) <= threshold:
            break
        place = left
    return float(lrs[place])
