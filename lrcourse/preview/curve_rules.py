"""The rules of preview: each looks at the LRs of one group and says one thing, or nothing.

A rule warns of what people really fell into; the issue stands beside it. What may well be meant is a note.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import isfinite

from lrcourse.preview.copies import family
from lrcourse.preview.horizon import horizon_of
from lrcourse.preview.outlook import Finding, Played

ROUNDING = 1e-6  # of the highest LR: float32 ends a linear decay at -2e-9
CYCLES = ("cyclic", "restart", "sgdr", "triangular")
FALLING = {  # never above the LR that the optimizer was made with, unless a factor is above 1
    *("StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR", "CosineAnnealingLR"),
    *("CosineAnnealingWarmRestarts", "SequentialLR", "ChainedScheduler"),
    *("WarmupLR", "WSDLR", "InverseSqrtLR", "InverseTimeLR"),
    *("CosineLRScheduler", "StepLRScheduler", "MultiStepLRScheduler", "PolyLRScheduler", "TanhLRScheduler"),
}
STAIRS = {False: ("steplr", "multistep", "step_decay"), True: ("constantlr",)}  # by whether the LR goes up


@dataclass
class Curve:
    """The LRs of one group, and what the rules ask of them."""

    lrs: list[float]
    past: list[float]
    meant: float | None
    played: Played
    peak: float | None
    end: float | None
    names: str
    others: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        finite = [lr for lr in self.lrs if isfinite(lr)]
        self.top, self.low = max(finite, default=0.0), min(finite, default=0.0)
        self.cyclic = any(word in self.names for word in CYCLES) or self._restarts() or self._triangles()

    def at(self, t: int) -> str:
        """An update in words, counted from the run's beginning."""
        return f"{self.played.unit} {t + self.played.start}"

    def zero(self, t: int) -> bool:
        return abs(self.lrs[t]) <= ROUNDING * self.top

    @cached_property
    def changes(self) -> list[float]:
        return [b - a for a, b in pairwise(self.lrs)]

    def sudden(self, t: int, changes: list[float]) -> bool:
        """Whether the change after update t is far larger than both beside it, as a difference and as a ratio."""
        beside = [changes[i] for i in (t - 1, t + 1) if 0 <= i < len(changes)]
        if abs(changes[t]) <= 4 * max(map(abs, beside), default=0.0):
            return False
        ratios = [_ratio(self.lrs[i], self.lrs[i + 1]) for i in (t - 1, t, t + 1) if 0 <= i < len(changes)]
        return ratios[min(t, 1)] > 2 * max([1.0, *ratios[: min(t, 1)], *ratios[min(t, 1) + 1 :]]) - 1

    def joints(self) -> list[int]:
        """Where one part of a SequentialLR ends and the next begins; a MultiStepLR's milestones are none."""
        parts = [part for entry in self.played.entries for part in family(entry) if not hasattr(part, "gamma")]
        found = [getattr(part, "_milestones", getattr(part, "milestones", None)) for part in parts]
        return [t for milestones in found if isinstance(milestones, list) for t in milestones]

    def _restarts(self) -> bool:
        """Whether the LR jumps back up from a low and falls again: nobody falls into that, it is built."""
        changes = self.changes
        for t, change in enumerate(changes):
            if change > 0.3 * self.top and t > 0 and self.sudden(t, changes) and self.lrs[t - 1] > self.lrs[t]:
                later = self.lrs[t + 1 :]
                if min(later) < 0.9 * later[0] or len(later) <= len(self.lrs) / 20:
                    return True
        return False

    def _triangles(self) -> bool:
        """Whether the LR goes up and down in straight lines, several times: that is built too."""
        changes = self.changes
        turns = [min(abs(a), abs(b)) for a, b in pairwise(changes) if a * b < 0]
        least = 3 if changes and changes[-1] > 0 else 2  # abs() around one triangle rises for good after two turns
        return least <= len(turns) <= len(changes) / 8 and min(turns) > 0.3 * max(map(abs, changes))


def _ratio(a: float, b: float) -> float:
    low, high = sorted((abs(a), abs(b)))
    return high / low if low else (float("inf") if high else 1.0)


def not_finite(line: Curve) -> Finding | None:
    bad = [t for t, lr in enumerate(line.lrs) if not isfinite(lr)]
    if not bad or line.played.error:
        return None
    return Finding("not finite", f"The LR of {line.at(bad[0])} is {line.lrs[bad[0]]}.", True, bad[0], alone=True)


def negative(line: Curve) -> Finding | None:
    """transformers#324: past its end a line goes on below 0, and the optimizer climbs."""
    below = [t for t, lr in enumerate(line.lrs) if lr < -ROUNDING * abs(line.top)]
    if not below:
        return None
    first = f"Negative: the LR of {line.at(below[0])} is {line.lrs[below[0]]:.4g}"
    return Finding("negative", f"{first}, and {_count(len(below), line)} in all: the weights climb.", True, below[0])


def zero_throughout(line: Curve) -> Finding | None:
    """timm: with t_in_epochs=False only step_update acts, with True only step: the LR stays at its first, 0."""
    if line.top > 0 or line.low < 0:
        return None
    if any(max(other) > 0 for other in line.others if other):
        thaw = next((t for t, lr in enumerate(line.past, start=len(line.lrs)) if lr > 0), None)
        words = "The LR is 0 from the first update to the last: these weights stay as they are"
        words += "." if thaw is None else f"; it first rises at {line.at(thaw)}, after the run."
        return Finding("zero", f"Frozen: {words[0].lower()}{words[1:]}", thaw is not None, 0, alone=True)
    return Finding("zero", "The LR is 0 from the first update to the last: nothing is trained.", True, 0, alone=True)


def constant(line: Curve) -> Finding | None:
    """timm#1235, Lightning#9300: the plan is not followed, or its first change lies beyond the run."""
    if line.top - line.low > ROUNDING * line.top or len(line.lrs) < 3:
        return None
    moving = any(max(other) - min(other) > ROUNDING * max(other) for other in line.others if other)
    meant = "constant" in line.names or line.played.plateau or line.played.start or moving
    if meant and line.meant and not line.played.start and line.top < 0.99 * line.meant:
        return None  # a constant that misses the LR: the next rule says so
    words = f"Constant: {line.top:.4g} from the first to the last {line.played.unit}."
    if line.played.moved and not moving:
        words, meant = f"{words} The scheduler moves {', '.join(line.played.moved)}, not the LR.", True
    if meant:
        return None if moving else Finding("constant", words, False, 0, alone=True)
    words += " Does its first change lie beyond the run, is it counted in another unit, or does it read a count that "
    words += "only your loop moves?"
    known = line.played.entries and not callable(line.played.entries[0])
    return Finding("constant", words, bool(known), 0)


def first_zero(line: Curve) -> Finding | None:
    """torchtune#2010, NVIDIA-NeMo/Speech#10582: the first batch is lost, or with an LR by epoch the first epoch."""
    zeros = next((t for t in range(len(line.lrs)) if not line.zero(t) or line.lrs[t] > ROUNDING * (line.meant or 1)), 0)
    if not zeros or any(other[0] > ROUNDING * max(other) for other in line.others if other):
        return None  # a group that waits while another trains is frozen, and meant to be
    if zeros == 1 and line.played.unit == "update":
        words = f"First LR 0: {line.at(0)} changes nothing. A warmup from 0 loses one batch; (t + 1) / W would not."
        return Finding("first LR 0", words, False, 0)
    first = f"{_count(zeros, line)} change" if zeros > 1 else f"{line.played.unit} changes"
    words = f"First LR 0: the first {first} nothing."
    few = zeros == 2 and line.played.unit == "update" and line.played.per_epoch != 2  # DeepSpeed begins so
    return Finding("first LR 0", words, not few, 0)


def peak_missed(line: Curve) -> Finding | None:
    """pytorch#78917: an LR where a factor is meant. timm without warmup_prefix: the warmup cuts into the decay."""
    waits = line.zero(0) and any(other[0] > 0 for other in line.others if other)  # frozen at first: it may join lower
    meant = line.peak or (None if line.played.start or line.played.plateau or waits else line.meant)
    k = line.lrs.index(line.top) if line.top in line.lrs else 0
    rising = k == len(line.lrs) - 1 and k > 1 and line.lrs[k] > line.lrs[k - 1]
    first_rise = min(line.changes, default=0.0) >= 0  # of cycles: torch's CyclicLR rises over 2,000 updates
    if rising and max(line.past, default=0.0) > 1.01 * line.top and (not line.cyclic or first_rise):
        words = f"Peak never reached: the LR still rises at the last {line.played.unit}, to {line.top:.4g}"
        endless = not line.cyclic and max(line.past) == line.past[-1] > line.past[-2:][0]
        if line.meant and line.top > 10 * line.meant and endless:
            words = f"No end to its rise: at the last {line.played.unit} the LR is {line.top:.4g}, "
            words += f"{line.top / line.meant:.3g} times the {line.meant:g} of the optimizer. A factor above 1?"
            return Finding("peak", words, True, k)
        return Finding("peak", f"{words}{f' of {meant:.4g}' if meant and meant > line.top else ''}.", True, k)
    if meant is None:
        return None
    if line.peak and line.top > 1.01 * line.peak:
        words = (
            f"Above the peak: {line.top:.4g} at {line.at(k)}, {line.top / line.peak:.3g} times the {line.peak:g} meant."
        )
        return Finding("peak", words, True, k)
    if line.top >= 0.99 * meant:
        return None
    words = f"Peak missed: the highest LR is {line.top:.4g} at {line.at(k)}, {line.top / meant:.3g} of the {meant:g} "
    words += "meant." if line.top > 0.02 * meant else "of the optimizer. An LR where a factor is meant?"
    if any(getattr(e, "warmup_t", 0) and not getattr(e, "warmup_prefix", True) for e in line.played.entries):
        words += " timm's warmup takes the place of the fall's first steps: warmup_prefix=True puts it before them."
    return Finding("peak", words, not _may_be_meant(line, meant, k), k)


def _may_be_meant(line: Curve, meant: float, k: int) -> bool:
    """Whether a peak a little lower than the optimizer's LR, or than peak=, is no fault."""
    changes = line.changes
    beside = [abs(changes[i]) for i in (k - 1, k) if 0 <= i < len(changes)]
    if meant - line.top <= min(beside, default=0.0) / 2:
        return True  # it lies between two updates, as a short one-cycle's does
    if line.peak:
        return False
    if "chainedscheduler" in line.names:
        return True  # two factors at once
    if "lambdalr" in line.names:  # a factor of the user's own, unless it is the LR once more
        return line.top > 0.2 * meant and abs(line.top / meant**2 - 1) > 0.01
    cliff = 0 <= k < len(changes) and line.lrs[k + 1] < 0.9 * line.top and line.sudden(k, changes)
    return line.top >= 0.95 * meant and not cliff  # timm's default cuts a warmup into the decay


def above_the_lr(line: Curve) -> Finding | None:
    """pytorch#156846: an eta_min above the LR turns a decay upside down; pytorch#162591: a resume multiplies twice."""
    parts = [part for entry in line.played.entries for part in family(entry)]
    if not line.meant or not parts or not all(type(part).__name__ in FALLING for part in parts):
        return None
    factors = [getattr(part, name, 0) for part in parts for name in ("start_factor", "end_factor", "factor", "gamma")]
    stairs = [part.gamma for part in parts if type(part).__name__ in ("StepLR", "MultiStepLR") and part.gamma > 1]
    meant = any(isinstance(factor, int | float) and factor > 1 for factor in factors) and not stairs
    if line.top <= 1.01 * line.meant or meant:
        return None
    t = line.lrs.index(line.top)
    words = f"Above the optimizer's LR: {line.top:.4g} at {line.at(t)}, {line.top / line.meant:.3g} times the "
    words += f"{line.meant:g} that it was made with"
    lows = [getattr(part, name, 0) for part in parts for name in ("eta_min", "lr_min")]
    low = max((low for low in lows if isinstance(low, int | float)), default=0)
    loaded = ". Was its state loaded, or its LR set anew?"
    if stairs:
        words += f": a gamma of {stairs[0]:g} multiplies it."
    else:
        words += f": the floor of {low:g} is higher." if low > line.meant else loaded
    return Finding("above", words, True, t)


def rises_again(line: Curve) -> Finding | None:
    """pytorch#6130, ivadomed#57, pytorch#11210: a cosine whose T_max is shorter than the run."""
    if line.cyclic or line.played.plateau:
        return None
    highest, t = line.lrs[0], 1
    lowest, where, most, when, low, low_at = highest, 0, 0.0, 0, highest, 0
    for t, lr in enumerate(line.lrs[1:], start=1):
        if lr > highest and lowest >= 0.9 * highest:
            highest, lowest, where = lr, lr, t
        elif lr < lowest:
            lowest, where = lr, t
        if lr - lowest > most * (1 + 1e-9) and lowest < 0.9 * highest:
            most, when, low, low_at = lr - lowest, t, lowest, where
    if most <= 0.001 * abs(line.top):
        return None
    built = any(abs(low_at + line.played.start - t) <= 1 for t in line.joints())  # between two parts of a sequence
    cosine = "cosineannealinglr" in line.names and not built or line.names.split()[:1] == ["cosine"]
    ends_up = line.lrs[-1] - low > 0.02 * line.top and line.lrs[-1] >= line.lrs[-2] and low_at > 1
    made_for = [horizon_of(entry) or len(line.lrs) for entry in line.played.entries] or [len(line.lrs)]
    short = (ends_up or cosine or max(made_for) < 0.98 * len(line.lrs)) and "swalr" not in line.names
    short = short or (_mirrored(line, low_at) and line.lrs[-1] - low > 0.02 * line.top)
    words = f"The LR falls to {_short(low)} at {line.at(low_at)} and rises again to {low + most:.4g} at {line.at(when)}"
    words += ": the plan is shorter than the run." if short else "."
    return Finding("rises again", words, short and most > 0.02 * line.top, low_at)


def _mirrored(line: Curve, low_at: int) -> bool:
    """Whether the LR rises out of a round low as it fell into it: a cosine by hand, past its end."""
    changes, reach = line.changes, 0
    while reach < min(low_at, len(changes) - low_at) and changes[low_at - 1 - reach] < 0 < changes[low_at + reach]:
        reach += 1
    if reach < 5 or max(map(abs, changes[low_at - 1 : low_at + 1])) > 0.3 * max(map(abs, changes)):
        return False
    for middle in (2 * low_at - 1, 2 * low_at, 2 * low_at + 1):  # the low may lie between two updates
        pairs = [(line.lrs[middle - t], line.lrs[t]) for t in range(low_at + 1, low_at + reach - 1)]
        if all(abs(a - b) <= 1e-6 * line.top for a, b in pairs):
            return True
    return False


def end_missed(line: Curve) -> Finding | None:
    """diffusers#4387, accelerate#2926, ludwig#1044: the plan is longer than the run, the LR never comes down."""
    last, n = line.lrs[-1], len(line.lrs)
    if line.end is not None:
        next_one = line.past[0] if line.past else last
        if min(abs(last - line.end), abs(next_one - line.end)) <= 0.01 * line.top:
            return None
        words = f"End never reached: the last LR is {last:.4g}, not {line.end:g}."
        return Finding("end", words, True, n - 1)
    again = rises_again(line)
    if line.cyclic or line.played.plateau or not line.past or (again and again.wrong):
        return None
    if sum(a * b < 0 for a, b in pairwise(line.changes)) > n / 5:
        return None  # of an LR that is drawn at random, nobody can say where it ends
    if min(line.past) < -ROUNDING * line.top <= line.low:
        return None  # nobody goes on below 0: the run may be meant to stop at a tenth
    whole = line.lrs + line.past
    turn = next((t for t in range(n - 1, len(whole) - 1) if whole[t + 1] > whole[t] + ROUNDING * line.top), None)
    falling = whole[n - 1 : len(whole) if turn is None else turn + 1]
    stop = n - 1 + next(i for i, lr in enumerate(falling) if lr <= falling[-1] + ROUNDING * abs(line.top))
    rest = line.played.rest
    ends = turn is not None or rest or whole[-1] == 0
    held = ends or len(whole) - stop >= (len(whole) - n) / 2  # else it may fall for ever, as stairs do
    left = last - whole[stop]
    if turn is None and rest and 2 * (last - rest[1]) > last and whole[stop] - rest[1] > 0.02 * line.top:
        stop, lr = rest
        words = f"End never reached: the last LR is {last:.4g}; the plan falls to {_short(lr)} at {line.at(stop)}"
        return Finding("end", f"{words}, {stop - n + 1} {line.played.unit}s after the run.", True, n - 1)
    if whole[(n - 1 + stop) // 2] - whole[stop] < 0.05 * left:
        return None  # a tail that falls by a factor for ever has no end
    if _down_to_a_floor(whole[n - 1 : stop + 1]):
        return None  # nor has one whose floor is there for safety
    if not held or stop < n + max(2, n // 20) or left < 0.002 * line.top:
        return None
    stop = n - 1 + next(i for i, lr in enumerate(falling) if lr <= min(falling) + 1e-9 * line.top)  # for the words
    words = f"End never reached: the last LR is {last:.4g}; the plan falls to {_short(whole[stop])} at {line.at(stop)}"
    return Finding("end", f"{words}, {stop - n + 1} {line.played.unit}s after the run.", left >= 0.02 * line.top, n - 1)


def _down_to_a_floor(lrs: list[float]) -> bool:
    """Whether LRs fall by one factor again and again, step by step or in stairs, until a floor cuts the last fall."""
    falls = [math.log(a / b) for a, b in pairwise(lrs) if a > b > 0]
    return len(falls) > 2 and max(falls[:-1]) < 1.001 * min(falls[:-1]) and falls[-1] < 0.999 * falls[0]


def zero_for_long(line: Curve) -> Finding | None:
    """gpt-neox#1008, pytorch#78003: the run goes on after the plan has ended."""
    if line.played.plateau:
        return None
    asleep = [True] * len(line.lrs)
    for lrs in (line.lrs, *line.others):
        least = ROUNDING * max(lrs)
        asleep = [was and -least <= lr <= least for was, lr in zip(asleep, lrs, strict=False)]
        if True not in asleep:
            return None
    begin = next((t for t, sleeps in enumerate(asleep) if not sleeps), 0)
    longest = start = run = 0
    for t in range(begin, len(asleep)):
        run = run + 1 if asleep[t] else 0
        if run > longest:
            longest, start = run, t - run + 1
    if longest < 2 or (longest <= max(2, len(asleep) // 50) and 2 * longest < len(asleep)):
        return None
    words = f"Zero for long: from {line.at(start)} on, {_count(longest, line)} are below a millionth of the highest LR."
    return Finding("zero for long", words, True, start)


def _spikes(line: Curve) -> list[int]:
    """After which updates the LR leaves its neighbours for one update: where it does so twice, that is built."""
    sizes, found = list(map(abs, line.changes)), []
    for t in range(1, len(sizes) - 1):
        around = max(sizes[t - 1], *sizes[t + 2 : t + 3], 0.0)
        if abs(line.lrs[t + 2] - line.lrs[t]) <= 0.1 * sizes[t] and sizes[t] > max(4 * around, 0.1 * line.top):
            found.append(t)
    return found


def jump(line: Curve) -> Finding | None:
    """pytorch#91765 (OneCycleLR's last step), pytorch#196243, LLMs-from-scratch#424: parts that do not meet."""
    changes, spikes = line.changes, _spikes(line)
    for t, change in enumerate(changes):
        before, after = line.lrs[t], line.lrs[t + 1]
        if spikes == [t]:
            words = f"A spike: {_short(after)} at {line.at(t + 1)}, between {_short(before)} and "
            return Finding("jump", f"{words}{_short(line.lrs[t + 2])}.", True, t + 1)
        large = abs(change) > 0.1 * line.top or (change > 0.01 * line.top and after > 10 * abs(before))
        if not large or _ratio(before, after) < 1.5 or not line.sudden(t, changes) or line.zero(t) and t == 0:
            continue
        beside = [changes[i] for i in (t - 1, t + 1) if 0 <= i < len(changes)]
        if max(map(abs, beside), default=0.0) <= 1e-3 * abs(change):
            continue  # a stair: flat before and after it
        thaws = all(map(line.zero, range(t + 1))) and any(other[t] > 0 for other in line.others if len(other) > t)
        climbing = change > 0 and t < 3 and all(earlier >= 0 for earlier in changes[:t])  # a warmup of a step or two
        stairs = any(word in line.names for word in STAIRS[change > 0])
        if stairs or climbing or thaws or line.cyclic or line.played.plateau:
            continue
        words = f"A jump: from {_short(before)} to {_short(after)} after {line.at(t)}, where the LR moves slowly "
        return Finding("jump", f"{words}around it.", True, t)
    return None


def jagged(line: Curve) -> Finding | None:
    """Degrees taken for radians, a counter that wraps: the LR goes up and down from update to update."""
    if any(word in line.names for word in CYCLES) or line.played.plateau or len(line.lrs) < 20:
        return None
    moves = [change for change in line.changes if abs(change) > 0.1 * line.top]  # a little noise may be meant
    turns = sum(a * b < 0 for a, b in pairwise(moves))
    if turns <= len(line.lrs) / 3:
        return None
    words = f"Up and down: the LR turns round {turns} times in {_count(len(line.lrs), line)}. Is its step what you "
    return Finding("jagged", f"{words}think it is, and are its angles radians?", True, 0)


RULES: list[Callable[[Curve], Finding | None]] = [
    not_finite,
    zero_throughout,
    negative,
    constant,
    first_zero,
    peak_missed,
    above_the_lr,
    rises_again,
    end_missed,
    zero_for_long,
    jump,
    jagged,
]


def _count(number: int, line: Curve) -> str:
    return f"{number} {line.played.unit}{'' if number == 1 else 's'}"


def _short(value: float) -> str:
    """A number for a sentence; what is 0 but for rounding is 0."""
    return f"{value:.4g}" if abs(value) > 1e-15 else "0"
