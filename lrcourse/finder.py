"""The learning-rate range test: train for a moment while the LR grows, and watch where the loss falls and explodes.

Smith, 2017 (arXiv:1506.01186). The four rules that read a suggestion off the curve are those that fastai offers.
"""

import copy
import math
import random
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from lrcourse.arguments import function, real, whole
from lrcourse.schedules import exponential


@dataclass(frozen=True)
class Finder:
    """What a range test saw: each loss belongs to the weights before the step that used the LR of the same index.

    smoothed: the running average of the losses, without its bias towards 0. stopped: why the ramp ended.
    """

    lrs: list
    losses: list
    smoothed: list
    stopped: str

    @property
    def suggestions(self):
        """An LR for each rule, or None where the curve gives the rule nothing to hold on to.

        As in fastai, the rules do not see the first tenth of the points, where the average rests on a few losses, nor
        the last five.

        >>> falling_then_rising = [abs(i - 30) / 30 for i in range(50)]
        >>> finder = Finder([10 ** (i / 10 - 4) for i in range(50)], falling_then_rising, falling_then_rising, "")
        >>> {rule: float(f"{lr:.2g}") for rule, lr in finder.suggestions.items()}
        {'steepest': 0.0005, 'valley': 0.0063, 'minimum/10': 0.01, 'slide': 0.0032}
        """
        window = slice(len(self.lrs) // 10, -5)
        lrs, losses = np.array(self.lrs[window]), np.array(self.smoothed[window])
        rules = {"steepest": steepest, "valley": valley, "minimum/10": tenth_of_minimum, "slide": slide}
        return {name: rule(lrs, losses) if len(lrs) >= 10 else None for name, rule in rules.items()}

    def figure(self, title="The range test: the loss while the learning rate grows"):
        """The losses, pale, their running average, and on it every suggestion, over the LR."""
        from lrcourse.plots import COLORS, compare_curves

        curve = {"": (self.lrs, self.smoothed)}
        figure = compare_curves(curve, title=title, xlabel="learning rate", ylabel="training loss", log_x=True)
        axes = figure.axes[0]
        axes.plot(self.lrs, self.losses, color=COLORS[0], linewidth=0.7, alpha=0.4)
        for (rule, lr), marker, color in zip(self.suggestions.items(), "v*Ds", COLORS[1:], strict=True):
            if lr is not None:
                height = np.interp(math.log(lr), np.log(self.lrs), self.smoothed)
                axes.plot(lr, height, marker, color=color, markersize=9, label=f"{rule}: {lr:.2g}")
        low, fall = min(self.losses), max(self.smoothed[0] - min(self.losses), 1e-9)
        axes.set_ylim(low - 0.1 * fall, low + 1.4 * fall)  # an explosion may leave the picture, the fall may not
        axes.legend(frameon=False, fontsize=9.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
        return figure


def find_lr(
    model,
    data,
    optimizer=None,
    *,
    loss=None,
    min_lr=1e-6,
    max_lr=10.0,
    steps=100,
    batch_size=64,
    smoothing=0.9,
    stop_factor=4.0,
    seed=0,
):
    """The LR range test on copies of model and optimizer; the originals and all random states stay as they are.

    model: a torch module with its optimizer, or a scikit-learn estimator with partial_fit and eta0 and no optimizer.
    data: a Dataset, a pair (x, y) of arrays to draw batches from, or an iterable of batches (x, y).
    loss: a function of (outputs, y) for torch (cross-entropy), of (estimator, x, y) for scikit-learn (its own loss).
    The LR of the first parameter group goes from min_lr to max_lr in equal factors, the others keep their ratio to it;
    the ramp ends early when the smoothed loss exceeds stop_factor times its best, or a loss is not finite.
    Raises TypeError or ValueError for arguments that do not fit, ValueError if the first loss is not finite.

    >>> from sklearn.linear_model import SGDClassifier
    >>> from lrcourse.data import load
    >>> finder = find_lr(SGDClassifier(loss="log_loss"), load("digits"), min_lr=1e-4, max_lr=100)
    >>> len(finder.lrs) == len(finder.losses) == len(finder.smoothed), round(finder.losses[0], 2)
    (True, 2.3)
    """
    min_lr = real("min_lr", min_lr, above=0)
    max_lr = real("max_lr", max_lr, above=min_lr)
    steps = whole("steps", steps, at_least=20)
    smoothing = real("smoothing", smoothing, at_least=0, below=1)
    stop_factor = real("stop_factor", stop_factor, above=1)
    batches = _batches(data, whole("batch_size", batch_size, at_least=1), whole("seed", seed, at_least=0))
    ramp = exponential(min_lr, gamma=(max_lr / min_lr) ** (1 / (steps - 1)))
    with _random_states_kept(data, seed):
        if isinstance(model, torch.nn.Module):
            train_step = _torch_step(model, optimizer, loss, batches)
        else:
            train_step = _sklearn_step(model, optimizer, loss, batches, data, min_lr)
        return watch(train_step, [ramp(step) for step in range(steps)], smoothing, stop_factor)


def watch(train_step, lrs, smoothing=0.9, stop_factor=4.0):
    """Call train_step(lr), which returns the loss before its step, for every LR until the loss explodes.

    >>> watch(lambda lr: 1 / lr if lr < 1 else 99.0, [0.5, 0.8, 1.0, 1.25]).stopped
    'the smoothed loss exceeded 4 times its best at an LR of 1'
    """
    losses, smoothed, average = [], [], 0.0
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


def _torch_step(model, optimizer, loss, batches):
    """A function that trains one step with an LR and returns the loss before it."""
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(f"optimizer must be a torch optimizer over the model's parameters, not {optimizer!r}")
    held = {id(param) for group in optimizer.param_groups for param in group["params"]}
    if not held & {id(param) for param in model.parameters()}:
        raise ValueError("optimizer must hold the model's parameters, not those of another model")
    first_lr = real("the optimizer's lr", optimizer.param_groups[0]["lr"], above=0)
    loss = function("loss", loss or torch.nn.functional.cross_entropy)
    try:
        model, optimizer, loss = copy.deepcopy((model, optimizer, loss))
    except Exception as error:
        raise TypeError(f"model and optimizer must be such that copy.deepcopy can copy them: {error}") from error
    ratios = [group["lr"] / first_lr for group in optimizer.param_groups]
    device = next(model.parameters()).device
    for part in (model, optimizer):
        if hasattr(part, "train"):
            part.train()

    def train_step(lr):
        x, y = (part.to(device) if isinstance(part, torch.Tensor) else part for part in next(batches))
        for group, ratio in zip(optimizer.param_groups, ratios, strict=True):
            group["lr"] = lr * ratio
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        return value.item()

    return train_step


def _sklearn_step(estimator, optimizer, loss, batches, data, min_lr):
    """The same for scikit-learn, where a step is one pass over a batch, sample by sample.

    An unfitted estimator first gets its weights by a pass at min_lr that is not recorded.
    """
    if not hasattr(estimator, "partial_fit") or "eta0" not in estimator.get_params():
        raise TypeError(f"model must be a torch module or a scikit-learn SGD estimator, not {estimator!r}")
    if optimizer is not None:
        raise TypeError(f"optimizer must be None for a scikit-learn estimator, not {optimizer!r}")
    if not (pair := _pair(data)):
        raise TypeError(f"data must be a Dataset or a pair (x, y) of arrays for a scikit-learn estimator, not {data!r}")
    loss = function("loss", loss or _sklearn_loss(estimator))
    estimator = copy.deepcopy(estimator).set_params(learning_rate="constant", eta0=min_lr)
    if not hasattr(estimator, "coef_"):
        classifies = hasattr(estimator, "decision_function")
        estimator.partial_fit(*next(batches), **({"classes": np.unique(pair[1])} if classifies else {}))

    def train_step(lr):
        x, y = next(batches)
        value = loss(estimator, x, y)
        estimator.set_params(eta0=lr).partial_fit(x, y)
        return value

    return train_step


def _sklearn_loss(estimator):
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


def _pair(data):
    """x and y of a Dataset or of a pair of arrays; None for batches."""
    if hasattr(data, "x_train"):
        return data.x_train, data.y_train
    if isinstance(data, tuple | list) and len(data) == 2 and all(hasattr(part, "shape") for part in data):
        return data
    return None


def _batches(data, batch_size, seed):
    """Batches without end: drawn from a pair of arrays in an order of their own, or the reader's, over and over."""
    if pair := _pair(data):
        x, y = pair
        if not 0 < x.shape[0] == len(y):
            raise ValueError(f"data must hold as many x as y and at least one, not {x.shape[0]} and {len(y)}")
        order = np.random.RandomState(seed)
        while True:
            rows = order.permutation(x.shape[0])
            for start in range(0, max(1, len(rows) - batch_size + 1), batch_size):
                yield x[rows[start : start + batch_size]], y[rows[start : start + batch_size]]
    if not hasattr(data, "__iter__"):
        raise TypeError(f"data must be a Dataset, a pair (x, y) of arrays or an iterable of batches, not {data!r}")
    while True:
        batch = None
        for batch in data:
            yield batch
        if batch is None:
            raise ValueError("data ran out of batches: give a list or a DataLoader, which can start again")


@contextmanager
def _random_states_kept(data, seed):
    """Python's, NumPy's and torch's random states, and those of a DataLoader, as they were before; seeded meanwhile."""
    own = [getattr(part, "generator", None) for part in (data, getattr(data, "sampler", None))]
    kept = [(generator, generator.get_state()) for generator in own if generator is not None]
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        for generator, state in kept:
            generator.set_state(state)


def steepest(lrs, losses):
    """The LR where the loss falls fastest on its way to the lowest point, on the logarithmic axis; None without a way.

    fastai looks past the lowest point too, where a loss that explodes also falls back, and steeply.

    >>> steepest([0.01, 0.1, 1.0, 10.0, 100.0], [3.0, 2.5, 1.0, 90.0, 10.0])
    0.1
    """
    falls = np.diff(losses[: np.argmin(losses) + 1])
    return float(lrs[falls.argmin()]) if len(falls) else None


def tenth_of_minimum(lrs, losses):
    """A tenth of the LR with the lowest loss: where the loss turns, the LR is already too large.

    >>> tenth_of_minimum([0.01, 0.1, 1.0], [3.0, 1.0, 2.0])
    0.01
    """
    return float(lrs[np.argmin(losses)]) / 10


def valley(lrs, losses):
    """The middle of the longest descent: of the longest choice of points, in order, whose losses only fall.

    >>> valley([0.001, 0.01, 0.1, 1.0], [3.0, 2.0, 1.0, 5.0])
    0.01
    """
    chain = [[i] for i in range(len(losses))]  # the longest descent that ends at point i
    for i in range(len(losses)):
        for j in range(i):
            if losses[j] > losses[i] and len(chain[j]) >= len(chain[i]):
                chain[i] = [*chain[j], i]
    longest = max(chain, key=len)
    return float(lrs[longest[len(longest) // 2]]) if len(longest) > 1 else None


def slide(lrs, losses, width=15, threshold=0.005):
    """From the right, slide an interval of width points down while the slopes at its ends differ; its left end then.

    The slopes are losses per point and differ if by more than the threshold. None if they do not at the right.

    >>> slide([2**i for i in range(25)], [3.0] * 20 + [2.0, 1.0, 1.0, 3.0, 9.0], width=3)
    65536.0
    """
    slopes = np.gradient(losses)
    suggestion = None
    for left in range(len(losses) - 1 - width, -1, -1):
        if abs(slopes[left + width] - slopes[left]) <= threshold:
            break
        suggestion = float(lrs[left])
    return suggestion
