"""preview: play a scheduler through to the end of the run, on a double, and say what its LR will be."""

import io
import math
import re
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from inspect import Parameter, signature
from typing import Any

from lrcourse.arguments import choice, function, real, whole
from lrcourse.preview.copies import UsedUp, family, same_randomness
from lrcourse.preview.crew import Crew, Entry, assemble, number
from lrcourse.preview.findings import diagnose
from lrcourse.preview.horizon import horizon_of
from lrcourse.preview.outlook import Outlook, Played
from lrcourse.preview.responding import ignores_lr, reads_state, updated

METRICS = re.compile("metric|loss|acc|score|perplexity|ppl")  # what step() must be given, by its name
COUNTS = re.compile("epoch|step|iter|update|batch|^(it|t|i|n)$")
NAMES = ("params", "param_names", "name")  # of a group's weights; the rest of it are its options
KNOWN = ("lrcourse", "torch", "timm", "transformers", "accelerate")
PAST_SECONDS = 1.0  # for the look past the end of the run
DOUBLINGS = 14  # of that look, where a function still falls: a copied plan may be 600,000 updates long
FURTHEST = 20  # lengths of the run, for a scheduler that still falls and does not say how long its plan is


def preview(
    scheduler: Any,
    steps: int | None = None,
    *,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
    step_per: str = "step",
    optimizer: Any = None,
    lr: Any = 0.1,
    metric: Any = None,
    peak: float | None = None,
    end: float | None = None,
    start: int | None = None,
) -> Outlook:
    """The LR of every update that is still to come, in a picture and in words, without using the scheduler up.

    scheduler: one of lrcourse, torch, timm, transformers, accelerate or of your own; a function that makes one on an
    optimizer; a function of the step (a schedule of lrcourse, optax or Keras); what Lightning's configure_optimizers
    returns; or a list of schedulers that one loop steps. None of it is changed, nor is any random state; but an object
    of your own that a function reaches is shared with it, unless the function is a method of that object.
    steps: how many updates to look ahead, or epochs and steps_per_epoch; left out, what the scheduler was made for.
    step_per: "step" where the loop steps the scheduler after every update, "epoch" where it does so after every epoch
    (epochs without steps_per_epoch: an epoch is drawn as one step).
    optimizer: the one to make a scheduler on, or the one whose weights are trained. lr: where there is none, the LR
    of a stand-in for it, or a list of one a group.
    metric: for a plateau, a function of the step that gives the metric; left out, one that never improves.
    peak, end: the highest and the last LR that you mean, where the scheduler does not say.
    start: updates done already; left out, what the scheduler says of itself.

    Raises TypeError for what is no scheduler or cannot be copied, ValueError for counts that do not fit.

    >>> plan = preview(cosine(0.1, T_max=80), steps=100)
    >>> plan.lrs[0][50], len(plan)
    (0.030865828381745515, 100)
    >>> print(plan.wrong[0])
    The LR falls to 0 at update 80 and rises again to 0.01328 at update 99: the plan is shorter than the run.
    """
    settings = _Settings(steps, epochs, steps_per_epoch, choice("step_per", step_per, ["step", "epoch"]), start)
    peak = None if peak is None else real("peak", peak, above=0)
    end = None if end is None else real("end", end, at_least=0)
    if metric is not None:
        function("metric", metric)
    quiet = redirect_stdout(io.StringIO())  # a scheduler that prints at every step
    with same_randomness(), quiet, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        crew = assemble(scheduler, optimizer, lr)
        count = settings.count(crew)
        played = (
            _play_function(crew.schedule, count, settings) if crew.schedule else _play(crew, count, settings, metric)
        )
        played.ignored = [] if crew.schedule else [ignores_lr(twin) for twin in crew.twins]
    played.asides += crew.asides + [str(w.message) for w in told if w.category.__name__ == "ScheduleWarning"]
    return Outlook(played, diagnose(played, peak, end), settings.per_epoch)


class _Settings:
    def __init__(
        self, steps: int | None, epochs: int | None, steps_per_epoch: int | None, step_per: str, start: int | None
    ) -> None:
        self.steps = None if steps is None else whole("steps", steps, at_least=1)
        self.epochs = None if epochs is None else whole("epochs", epochs, at_least=1)
        self.per_epoch = None if steps_per_epoch is None else whole("steps_per_epoch", steps_per_epoch, at_least=1)
        self.start = None if start is None else whole("start", start, at_least=0)
        self.step_per = step_per
        if self.steps is not None and self.epochs is not None:
            raise ValueError(f"give steps or epochs, not both: steps = {steps}, epochs = {epochs}")

    def count(self, crew: Crew) -> int:
        if self.steps is not None:
            return self.steps
        if self.epochs is not None:
            return self.epochs * (self.per_epoch or 1)
        found = horizon_of(crew.schedule) if crew.schedule else None
        for entry in crew.entries:
            found = found or horizon_of(entry.scheduler)
        if not found:
            raise ValueError("steps must be given: how many updates the run has (this scheduler does not say)")
        by_epoch = crew.entries and (crew.entries[0].per or self.step_per) == "epoch"
        return found * (self.per_epoch or 1) if by_epoch else found

    @property
    def unit(self) -> str:
        whole_epochs = self.per_epoch is None and (self.epochs is not None or self.step_per == "epoch")
        return "epoch" if whole_epochs else "update"


def _play(crew: Crew, count: int, settings: _Settings, metric: Any) -> Played:
    """Every LR and momentum of a run of so many updates, and a look past its end."""
    start = settings.start if settings.start is not None else crew.start
    groups = [group for twin in crew.twins for group in twin.param_groups]
    played = Played(start or 0, settings.unit, [[] for _ in groups], [[] for _ in groups])
    played.initial = [_meant(group, crew.entries) for group in groups]
    options = [{key: repr(value) for key, value in group.items() if key not in NAMES} for group in groups]
    played.alike = len(groups) > 1 and all(each == options[0] for each in options)
    played.momentum_before = [
        before
        for twin, before in zip(crew.twins, crew.momentum_before + [0.9] * len(crew.twins), strict=False)
        for _ in twin.param_groups
    ]
    played.due = _due(crew.entries)
    loop = _Loop(crew.entries, settings, start or 0, metric)
    played.plateau, played.kinds, played.metric_given = loop.metrics != [], loop.kinds, metric is not None
    parts = [part for entry in crew.entries for part in family(entry.scheduler)]
    stepping = list(crew.twins) if any(map(reads_state, parts)) else []
    beside = [_beside_the_lr(group) for group in groups]
    played.entries = [entry.scheduler for entry in crew.entries]
    played.elsewhere, played.per_epoch, played.epochs = crew.elsewhere, settings.per_epoch, settings.epochs
    played.stepped_per = [entry.per or settings.step_per for entry in crew.entries]
    played.place_unknown = start is None and any(hasattr(entry.scheduler, "step_update") for entry in crew.entries)
    past: list[list[float]] = [[] for _ in groups]
    least = count if played.plateau else _far(count, played.entries, settings.per_epoch or 1)
    until, fell = least if played.plateau else max(least, FURTHEST * count), 0  # fell: how far past the end it fell
    deadline = math.inf
    for t in range(until):
        if t >= least and t - count > 2 * fell + 3 and (fell or not any(map(_still_up, played.lrs))):
            break
        if t == count:
            deadline = time.monotonic() + PAST_SECONDS
        if t >= count and t % 64 == 0 and time.monotonic() > deadline:
            break
        groups = [group for twin in crew.twins for group in twin.param_groups]
        for group, lrs, momenta, later in zip(groups, played.lrs, played.momenta, past, strict=False):
            (lrs if t < count else later).append(_number(group["lr"]))
            if t < count:
                momenta.append(momentum_of(group))
        if any(len(later) > 1 and later[-1] < later[-2] for later in past):
            fell = t - count
        stepping = [twin for twin in stepping if updated(twin)]
        error = loop.after(t, groups)
        if error:
            if t < count:
                played.error = (t, error)
            break
    played.past, played.writers = [_finite(later) for later in past], loop.writers()
    moved = [_moved(old, _beside_the_lr(group)) for old, group in zip(beside, groups, strict=False)]
    played.moved = sorted({key for keys in moved for key in keys})
    return played


def _beside_the_lr(group: dict[str, Any]) -> dict[str, str]:
    """A group's other settings, as text: weight_decay, betas."""
    return {key: repr(value) for key, value in group.items() if key not in ("params", "lr", "initial_lr")}


def _moved(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [key for key, value in before.items() if after.get(key) != value]


def _still_up(lrs: list[float]) -> bool:
    """Whether a run ends near its highest LR: its fall may begin far beyond it."""
    return bool(lrs) and lrs[-1] >= 0.99 * max(lrs)


def _finite(past: list[float]) -> list[float]:
    """What comes before the first LR that is no number: past its end (1 - t / T) ** 0.9 is complex."""
    return past[: next((t for t, lr in enumerate(past) if not math.isfinite(lr)), len(past))]


def _far(count: int, entries: list[Any], longest: int = 1) -> int:
    """How far to look: past the run's end, and as far past the end of the longest plan.

    longest: the updates in a scheduler's step, if it is stepped once an epoch.
    """
    return max(3 * count, *(2 * (horizon_of(entry) or 0) * longest - count + 3 for entry in entries), 0)


class _Loop:
    """What a training loop does after an update: it steps each scheduler that is due."""

    def __init__(self, entries: list[Entry], settings: _Settings, start: int, metric: Any) -> None:
        self.entries, self.settings, self.start, self.metric = entries, settings, start, metric
        self.metrics = [entry for entry in entries if any(_wants(part, METRICS) for part in family(entry.scheduler))]
        self.counters = [entry for entry in entries if _wants(entry.scheduler, COUNTS)]
        self.kinds = [type(part).__name__ for entry in entries for part in family(entry.scheduler)]
        self._changed: list[dict[int, tuple[int, int]]] = [{} for _ in entries]  # group: first and last change

    def after(self, t: int, groups: list[dict[str, Any]]) -> str | None:
        """Step what is due after update t; the error of a scheduler that cannot be stepped further."""
        per_epoch = self.settings.per_epoch or 1
        for entry, changed in zip(self.entries, self._changed, strict=True):
            per = entry.per or self.settings.step_per
            if entry.every > 1 and (t + 1) % (entry.every * (per_epoch if per == "epoch" else 1)):
                continue
            before = [_number(group["lr"]) for group in groups]
            try:
                self._step(entry, t, per_epoch, per == "epoch")
            except UsedUp:
                raise
            except Exception as error:  # the user's code, or torch at the end of its plan
                return _said(error) + self._advice(entry, error)
            for i, group in enumerate(groups):
                if _number(group["lr"]) != before[i]:
                    changed[i] = (changed.get(i, (t, t))[0], t)
        return None

    def _advice(self, entry: Entry, error: Exception) -> str:
        """What to do where step() wants something that is neither a count nor a metric, as Megatron's increment."""
        wanted = [name for name, p in _parameters(entry.scheduler).items() if p.default is Parameter.empty]
        strange = [name for name in wanted if not COUNTS.search(name) and not METRICS.search(name)]
        if not strange or not isinstance(error, TypeError):
            return ""
        return f". Hand over an object that holds the optimizer, whose step() gives it {', '.join(strange)}"

    def _step(self, entry: Entry, t: int, per_epoch: int, by_epoch: bool) -> None:
        scheduler, done, at_end = entry.scheduler, self.start + t + 1, (t + 1) % per_epoch == 0
        metric = [self.metric(t) if self.metric else 1.0] if entry in self.metrics else []
        if hasattr(scheduler, "step_update"):  # timm: its loop calls both, and t_in_epochs says which of them counts
            if not by_epoch or per_epoch > 1 or not getattr(scheduler, "t_in_epochs", True):
                scheduler.step_update(done)
            if at_end and getattr(scheduler, "t_in_epochs", True):
                scheduler.step(done // per_epoch if self.settings.per_epoch else done, *metric)
        elif not by_epoch or at_end:
            count = [done // per_epoch if by_epoch else done] if entry in self.counters else []
            scheduler.step(*(count or metric))

    def writers(self) -> list[str]:
        """The kinds of the schedulers that change the LR of a group which another changes too.

        One that is through before the other begins is none: so vision#1213 and MMEngine warm up.
        """
        pairs = [
            (type(entry.scheduler).__name__, any(_overlap(own, other) for other in self._changed if other is not own))
            for entry, own in zip(self.entries, self._changed, strict=True)
        ]
        return [kind for kind, shares in pairs if shares]


def _overlap(own: dict[int, tuple[int, int]], other: dict[int, tuple[int, int]]) -> bool:
    """Whether two schedulers change the LR of one group in one stretch of time."""
    both = [(own[i], other[i]) for i in own.keys() & other.keys()]
    return any(a == b or (a[0] < b[1] and b[0] < a[1]) for a, b in both)


def _wants(scheduler: Any, names: re.Pattern[str]) -> bool:
    """Whether step() must be given something of such a name."""
    return any(p.default is Parameter.empty and names.search(p.name) for p in _parameters(scheduler).values())


def _parameters(scheduler: Any) -> dict[str, Parameter]:
    """What step() can be given by its name."""
    try:
        given = signature(scheduler.step).parameters
    except (TypeError, ValueError):
        return {}
    return {name: p for name, p in given.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def _said(error: Exception) -> str:
    words = " ".join(str(error).split())[:160]
    return f"{type(error).__name__}{f': {words}' if words else ''}"


def _play_function(schedule: Any, count: int, settings: _Settings) -> Played:
    """The same for a function of the step."""
    start = settings.start or 0
    played = Played(start, settings.unit, [[]], [[None] * count])
    played.kinds = _makers(schedule)
    played.initial, played.past = [None], [[]]
    deadline = math.inf
    for t in range(_far(count, [schedule])):
        if t == count:
            deadline = time.monotonic() + PAST_SECONDS
        if t >= count and t % 64 == 0 and time.monotonic() > deadline:
            break
        at = t
        if settings.step_per == "epoch" and settings.per_epoch:
            at = t // settings.per_epoch
        try:
            value = number(schedule(start + at))
        except Exception as error:  # the user's own function
            if t < count:
                played.error = (t, _said(error))
                if t == 0 and count > 1:
                    played.lrs[0].append(math.nan)
                    continue
            break
        (played.lrs if t < count else played.past)[0].append(value)
    played.past = [_finite(later) for later in played.past]
    if not played.error and settings.step_per == "step":
        played.rest = _rest(lambda t: number(schedule(start + t)), count + len(played.past[0]) - 1)
    played.per_epoch, played.epochs, played.stepped_per = settings.per_epoch, settings.epochs, [settings.step_per]
    played.entries = [schedule]
    return played


def _rest(schedule: Callable[[int], float], far: int) -> tuple[int, float] | None:
    """Where a function that still falls at update far comes to its last value, and that value; None if it does not."""
    with suppress(Exception):  # the user's own function, far from where it is meant to be called
        low, high, deadline, later = far, 2 * far, time.monotonic() + PAST_SECONDS, [schedule(far)]
        while len(later) <= DOUBLINGS:  # one doubling after another: a function may count its steps in a loop
            if time.monotonic() > deadline:
                return None
            later.append(schedule(far << len(later)))
        last = later[-1]
        if not schedule(low - 1) >= later[0] > last or later[-2] != last:
            return None
        while schedule(high) > last:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if schedule(middle) <= last else (middle, high)
        tail = schedule((far + high) // 2) - last < 0.05 * (schedule(far) - last)  # it falls by a factor for ever
        return None if tail else (high, last)
    return None


def _makers(schedule: Any) -> list[str]:
    """The names of the makers of a schedule of ours and of its parts."""
    names = [getattr(getattr(schedule, "maker", schedule), "__name__", type(schedule).__name__)]
    for value in getattr(schedule, "arguments", {}).values():
        parts = value if isinstance(value, tuple) else (value,)
        names += [name for part in parts if hasattr(part, "maker") for name in _makers(part)]
    return names


def _due(entries: list[Entry]) -> list[float]:
    """What the formula of a scheduler that stands alone gives for the step it is at; nothing where it has none."""
    formula = getattr(entries[0].scheduler, "_get_closed_form_lr", None) if len(entries) == 1 else None
    with suppress(Exception):  # a private method of torch
        return [_number(lr) for lr in formula()] if formula else []
    return []


def _meant(group: dict[str, Any], entries: list[Entry]) -> float | None:
    """The highest LR that a group should come to, where its scheduler says so; None where it does not."""
    parts = [part for entry in entries for part in family(entry.scheduler)]
    if any(hasattr(part, "schedules") for part in parts):  # ours for frameworks: the schedule gives the LR itself
        return None
    if any(type(part).__module__.partition(".")[0] not in KNOWN for part in parts):
        return None  # of the user's own: what it makes of the optimizer's LR, nobody knows
    tops = [getattr(part, "max_lr", None) for part in parts]
    if "max_lr" in group or any(top is not None for top in tops):
        given = group.get("max_lr", next((top for top in tops if top is not None), None))
        return None if isinstance(given, list | tuple) else _number(given)
    base = group.get("initial_lr")
    if base is None or _number(base) == 1.0:  # 1.0 stands for a lambda that gives the LR itself
        return None
    return _number(base) * float(group.get("lr_scale", 1.0))


def momentum_of(group: dict[str, Any]) -> float | None:
    """The momentum of a group: beta1 where it has betas; None where it has none."""
    if "betas" in group:
        return _number(group["betas"][0])
    return _number(group["momentum"]) if "momentum" in group else None


def _number(value: Any) -> float:
    try:
        return float(value)
    except TypeError:
        return math.nan  # a complex number, which some polynomials come to past their end
