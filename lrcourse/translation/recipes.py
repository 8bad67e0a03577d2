"""A plan in the terms that every library has: how it rises, where it peaks, how it falls, where it ends."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, inf, pi, sqrt
from typing import Any

ACCEPTED = (
    "warmup(...) of cosine or a line (linear from start_factor 1, polynomial of power 1), each also alone, wsd, "
    "inverse_sqrt, linear_warmup, constant, the same after join([linear(P, 0, 1, W), ...], [W]), or a "
    "ReduceLROnPlateau; its peak above 0, its end not above its peak"
)
EPS = 1e-8  # torch's


@dataclass(frozen=True)
class Recipe:
    """warmup: steps of a straight rise. length: steps after it. end: the last LR. cooldown: of the length, for wsd.

    from_zero: the rise is t / warmup instead of (t + 1) / warmup, so that update 0 has LR 0; or this part of the peak,
    rise_from, which the library at hand begins with.
    """

    kind: str  # cosine, linear, wsd, inverse_sqrt, constant
    peak: float
    warmup: int = 0
    length: int = 0
    end: float = 0.0
    cooldown: int = 0
    shape: str = "linear"
    from_zero: bool = False
    rise_from: float = 0.0

    @property
    def total(self) -> int:
        return self.warmup + self.length

    def lr(self, t: int) -> float:
        """The LR of update t: what the printed code must give."""
        if self.kind == "inverse_sqrt":
            at = t if self.from_zero else t + 1
            return self.peak * (at / self.warmup if at < self.warmup else sqrt(self.warmup / at))
        if t < self.warmup:
            part = (t + (not self.from_zero)) / self.warmup
            return self.peak * (self.rise_from + (1 - self.rise_from) * part)
        if self.kind == "constant":
            return self.peak
        span = self.cooldown if self.kind == "wsd" else self.length
        x = min(1.0, max(0.0, (t - self.total + span) / span)) if span else float(t >= self.total)
        shape = self.shape if self.kind == "wsd" else self.kind
        fall = {"linear": 1 - x, "cosine": (1 + cos(pi * x)) / 2, "1-sqrt": 1 - sqrt(x)}[shape]
        return self.end + (self.peak - self.end) * fall


@dataclass(frozen=True)
class Plateau:
    """The arguments of a ReduceLROnPlateau."""

    peak: float
    mode: str
    factor: float
    patience: int
    threshold: float
    threshold_mode: str
    cooldown: int
    min_lr: float
    eps: float = EPS

    @property
    def least(self) -> float:
        """The LR below which no cut leads, for a library that knows no eps."""
        if self.eps == EPS:  # it bites near 1e-8 only
            return self.min_lr
        lr = self.peak
        while lr - (lower := max(lr * self.factor, self.min_lr)) > self.eps:
            lr = lower
        return lr


def recipe(plan: Any) -> Recipe | Plateau:
    """A schedule of lrcourse, or its ReduceLROnPlateau, in these terms. Raises ValueError for another plan."""
    if hasattr(plan, "patience") and hasattr(plan, "base_lrs"):
        return _plateau(plan)
    name, arguments = getattr(getattr(plan, "maker", None), "__name__", None), getattr(plan, "arguments", {})
    read = _READ.get(name)
    found = read(arguments) if read else None
    if found is None or not 0 < found.peak >= found.end:
        raise ValueError(f"plan must be one of lrcourse.schedules: {ACCEPTED}, not {plan!r}")
    if found.end == found.peak:
        return Recipe("constant", float(found.peak), int(found.warmup), from_zero=found.from_zero)
    # what a library prints is read by others: Keras computes another LR from a 1 than from a 1.0
    counts: Any = {name: int(getattr(found, name)) for name in ("warmup", "length", "cooldown")}
    return replace(found, peak=float(found.peak), end=float(found.end), **counts)


def _plateau(plan: Any) -> Plateau:
    if len({*plan.base_lrs}) != 1 or len({*plan.min_lrs}) != 1 or not plan.base_lrs[0] or not plan.factor:
        found = f"LRs {plan.base_lrs}, min_lrs {plan.min_lrs} and factor {plan.factor}"
        raise ValueError(f"plan must have one LR above 0, one min_lr and a factor above 0, not {found}")
    names = ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "eps")
    given: dict[str, Any] = {name: getattr(plan, name) for name in names}
    peak = plan.base_lrs[0]
    return Plateau(peak=peak, min_lr=min(plan.min_lrs[0], peak), **given)


def _warmup(given: Any) -> Recipe | None:
    inside = recipe(given["schedule"])
    if not isinstance(inside, Recipe) or inside.warmup or inside.kind == "inverse_sqrt":
        return None
    return replace(inside, warmup=given["warmup_steps"])


def _join(given: Any) -> Recipe | None:
    (first, *rest), at = given["schedules"], given["at"]
    if len(rest) != 1 or getattr(getattr(first, "maker", None), "__name__", "") != "linear":
        return None
    inside, rise = recipe(rest[0]), first.arguments
    starts = (rise["start_factor"], rise["end_factor"], rise["total_iters"]) == (0.0, 1.0, at[0])
    if not isinstance(inside, Recipe) or inside.warmup or not starts or inside.peak != rise["base_lr"]:
        return None
    return replace(inside, warmup=at[0], from_zero=True)


def _linear(given: Any) -> Recipe | None:
    if given["start_factor"] != 1:
        return None
    return _line(given, given["base_lr"] * given["end_factor"])


def _polynomial(given: Any) -> Recipe | None:
    return _line(given, 0.0) if given["power"] == 1 else None


def _line(given: Any, end: float) -> Recipe:
    if given["total_iters"] == inf:
        return Recipe("constant", given["base_lr"])
    return Recipe("linear", given["base_lr"], 0, given["total_iters"], end)


def _wsd(given: Any) -> Recipe | None:
    if not given["cooldown_steps"]:
        return Recipe("constant", given["base_lr"], given["warmup_steps"])
    length = given["total_steps"] - given["warmup_steps"]
    ends = given["eta_min"], given["cooldown_steps"], given["cooldown"]
    return Recipe("wsd", given["base_lr"], given["warmup_steps"], length, *ends)


_READ: dict[Any, Callable[[Any], Recipe | None]] = {
    "warmup": _warmup,
    "join": _join,
    "cosine": lambda given: Recipe("cosine", given["base_lr"], 0, given["T_max"], given["eta_min"]),
    "linear": _linear,
    "polynomial": _polynomial,
    "wsd": _wsd,
    "inverse_sqrt": lambda given: Recipe("inverse_sqrt", given["base_lr"], given["warmup_steps"]),
    "linear_warmup": lambda given: Recipe("constant", given["base_lr"], given["warmup_steps"]),
    "constant": lambda given: Recipe("constant", given["base_lr"]),
}
