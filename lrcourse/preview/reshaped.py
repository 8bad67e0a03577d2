"""Suspects that use the plan at another height or another length: what the log would then hold."""

from collections.abc import Iterator
from itertools import chain, pairwise

from lrcourse.preview.cases import MANY, Case, Suspect, about, listed
from lrcourse.preview.logs import Logged


def floor(case: Case, first: int) -> Iterator[Suspect]:
    least = min(entry.lr for entry in case.log[first:])  # a warmup before it may begin lower
    planned = [case.planned(entry.step) for entry in case.log]
    clamped = [lr if lr is None or i < first else max(lr, least) for i, lr in enumerate(planned)]
    differing = sum(not case.near(entry, lr) for entry, lr in zip(case.log, planned, strict=True))
    if differing > 2 and all(case.near(entry, lr) for entry, lr in zip(case.log, clamped, strict=True)):
        yield "floor", {"step": case.log[first].step, "lr": least}


def ceiling(case: Case, first: int) -> Iterator[Suspect]:
    most, least = max(entry.lr for entry in case.log), min(entry.lr for entry in case.log)
    planned = [case.planned(entry.step) for entry in case.log]
    clamped = [lr if lr is None else min(lr, most) for lr in planned]
    differing = sum(not case.near(entry, lr) for entry, lr in zip(case.log, planned, strict=True))
    kept = all(case.near(entry, lr) for entry, lr in zip(case.log, clamped, strict=True))
    if differing > 2 and least < 0.9 * most and kept:
        yield "ceiling", {"step": case.log[first].step, "lr": most}


def another_size(case: Case) -> Iterator[Suspect]:
    pairs = [(entry, case.planned(entry.step)) for entry in case.log]
    known = [(entry, lr) for entry, lr in pairs if lr is not None]
    biggest = max(known, key=lambda pair: pair[1], default=None)
    if biggest is None or not biggest[1] or len(known) < 3:
        return
    factor = biggest[0].lr / biggest[1]
    if abs(factor - 1) > 1e-3 and all(case.near(entry, factor * lr, 1e-6 * max(1.0, factor)) for entry, lr in known):
        yield "another base LR", {"factor": factor}
    if all(case.near(entry, lr * lr / biggest[1], 1e-5) for entry, lr in known):
        yield "applied twice", {}


def stretched(case: Case) -> Iterator[Suspect]:
    for k in [*range(2, 129), 1.25, 4 / 3, 1.5]:
        inside, slack = 0, 0.002 * case.top
        for entry in chain((case.log[i] for i in case.probes), case.log):
            # a warmup may rise with t or with t + 1: between the two
            ends = [_between(case, entry.step / k), _between(case, (entry.step + 1) / k - 1)]
            known = [lr for lr in ends if lr is not None]
            if len(known) == 2 and not min(known) - slack <= entry.lr <= max(known) + slack:
                break
            inside += len(known) == 2
        else:
            if inside >= 5 + len(case.probes):
                yield "too long", {"k": k}
                return


def stretched_from_its_peak(case: Case) -> Iterator[Suspect]:
    """A warmup of the planned length, and a fall of another."""
    known = [(lr, entry.step) for entry in case.log if (lr := case.planned(entry.step)) is not None]
    peak, last_step = max(known, key=lambda pair: (pair[0], -pair[1]), default=(0.0, 0))[1], case.log[-1].step
    while peak < last_step and (lr := case.planned(peak + 1)) is not None and lr >= (case.planned(peak) or 0.0):
        peak += 1  # a function may stay up for ever
    fall, after = _fall(case, peak), [entry for entry in case.log if entry.step > peak]
    kept = all(case.near(entry, case.planned(entry.step), 0.02) for entry in case.log if entry.step <= peak)
    if len(known) < len(case.log) or len(after) < 5 or len(fall) < 5 or not kept:
        return
    least = min(after, key=lambda entry: entry.lr)
    half = (fall[0] + max(least.lr, fall[-1])) / 2
    middle = min((e for e in after if e.step <= least.step), key=lambda entry: abs(entry.lr - half))
    k = _times(fall, middle, peak)
    if k is None:
        return
    slack, last = max(0.002 * case.top, middle.resolution), len(fall) - 1
    for entry in after:
        place = (entry.step - peak) / k
        near = abs(entry.lr - _folded(fall, place)) <= (0.1 * case.top if place > last else slack)
        if not near and not (place > last and entry.lr <= fall[-1] + slack):
            return
    end = f" at about step {about(peak + k * last)}" if k < MANY else ""
    if k > 1.02:
        times = f"{k:.3g}" if k < MANY else f"more than {MANY}"
        yield "falls too slowly", {"times": times, "end": end and f", and would end{end}"}
    elif k < 0.98:
        yield "falls too fast", {"times": f"{1 / k:.3g}", "end": f", and ends{end}"}


def between_other_lrs(case: Case) -> Iterator[Suspect]:
    """The plan's shape, with another highest or another lowest LR."""
    pairs = [(entry, lr) for entry in case.log if (lr := case.planned(entry.step)) is not None]
    top = max((lr for _, lr in pairs), default=0.0)
    if len(pairs) < len(case.log) or not top:
        return
    peak = max(i for i, (_, lr) in enumerate(pairs) if lr >= top * (1 - 1e-9))
    rise, fall = pairs[:peak], pairs[peak:]
    lowest = min(fall, key=lambda pair: pair[1])
    if len({lr for _, lr in fall}) < 5 or lowest[1] > 0.9 * top:
        return
    used, factor = fall[0][0].lr, fall[0][0].lr / top
    slope = (used - lowest[0].lr) / (top - lowest[1])
    slack = 1e-4 * max(1.0, factor)
    kept = all(case.near(entry, used + slope * (lr - top), slack) for entry, lr in fall)
    if not kept or slope <= 0 or not all(case.near(entry, factor * lr, slack) for entry, lr in rise):
        return
    end = (case.length or 0) + 1  # a line comes to its lowest one step after its last
    later = [lr for t in range(case.log[-1].step, end) if (lr := case.planned(t)) is not None]
    planned_low = min([lowest[1], *later])
    low = used + slope * (planned_low - top)
    if abs(factor - 1) <= 1e-3 < abs(slope - 1):
        yield "another end", {"low": 0.0 if abs(low) < 1e-6 * top else low, "planned_low": planned_low}
    elif abs(low - planned_low) <= 1e-3 * top < planned_low and abs(factor - 1) > 1e-3:
        yield "another peak", {"top": used, "planned_top": top}


def other_cuts(case: Case) -> Iterator[Suspect]:
    """Stairs down, of other heights or of other lengths."""
    planned, used = list[tuple[int, float]](), list[tuple[int, float]]()
    for entry in case.log:
        lr = case.planned(entry.step)
        if lr is None:
            return
        planned += [(entry.step, lr)] if not planned or not _alike(planned[-1][1], lr) else []
        used += [(entry.step, entry.lr)] if not used or not _alike(used[-1][1], entry.lr) else []
    stairs = min(len(planned), len(used)) >= 2 and max(len(planned), len(used)) <= min(20, max(3, len(case.log) // 4))
    if not stairs or not _alike(planned[0][1], used[0][1]) or any(b[1] <= 0 for b in planned + used):
        return
    if any(b[1] > a[1] for levels in (used, planned) for a, b in pairwise(levels)):
        return
    by, planned_by = ([b[1] / a[1] for a, b in pairwise(levels)] for levels in (used, planned))
    alike = all(_alike(each, by[0]) for each in by) and all(_alike(each, planned_by[0]) for each in planned_by)
    if [step for step, _ in used] == [step for step, _ in planned]:
        if alike and not _alike(by[0], planned_by[0]):
            yield "another factor", {"factor": by[0], "planned": planned_by[0]}
    elif len(used) <= len(planned) and all(_alike(a[1], b[1]) for a, b in zip(used, planned, strict=False)):
        yield (
            "other milestones",
            {"steps": listed([t for t, _ in used[1:]]), "planned": listed([t for t, _ in planned[1:]])},
        )


def _alike(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-3 * max(abs(a), abs(b))


def another_horizon(case: Case, first: int) -> Iterator[Suspect]:
    """The plan up to a step, and from there on as one of another length has it, from its peak or from that step on."""
    after, step = case.log[first:], case.log[first].step
    known = [(lr, entry.step) for entry in case.log if (lr := case.planned(entry.step)) is not None]
    if first < 3 or len(after) < 5 or len(known) < len(case.log):
        return
    peak = max(known, key=lambda pair: (pair[0], pair[1]))[1]
    for center in sorted({min(peak, step), case.log[first - 1].step, step}):
        fall = _fall(case, center)
        if len(fall) < 5 or fall[0] <= fall[-1]:
            continue
        middle = min(after, key=lambda entry: abs(entry.lr - (fall[0] + fall[-1]) / 2))
        k = _times(fall, middle, center)
        if k is None or k <= 0:
            continue
        if abs(k - 1) > 0.02 and all(_on_the_fall(case, entry, fall, (entry.step - center) / k) for entry in after):
            way, times = ("slowly", k) if k > 1 else ("fast", 1 / k)
            yield (
                "another horizon",
                {
                    "step": case.log[first - 1].step,
                    "times": f"{times:.3g} times",
                    "way": way,
                    "end": about(center + k * (len(fall) - 1)),
                },
            )
            return


def _on_the_fall(case: Case, entry: Logged, fall: list[float], place: float) -> bool:
    """Whether a logged LR is that of a place between two steps of a fall; past its end, the last, or as it rose."""
    slack = max(0.004 * case.top, entry.resolution)
    ended = place > len(fall) - 1 and abs(entry.lr - fall[-1]) <= slack
    return ended or abs(entry.lr - _folded(fall, place)) <= slack


def _times(fall: list[float], middle: Logged, begin: int) -> float | None:
    """How many times as long as the plan's a fall from this step on is that has come to middle; None where none has."""
    at = next((i for i, lr in enumerate(fall) if lr <= middle.lr), 0)
    return (middle.step - begin) / (at - (middle.lr - fall[at]) / (fall[at - 1] - fall[at])) if at else None


def _folded(fall: list[float], place: float) -> float:
    """A fall's LR at a place between two of its steps; past its end a cosine rises, and falls again."""
    last = len(fall) - 1
    place = last - abs(last - place % (2 * last))
    low = min(int(place), last - 1)
    return fall[low] + (fall[low + 1] - fall[low]) * (place - low)


def _fall(case: Case, peak: int) -> list[float]:
    """The plan from its peak on, as long as it falls."""
    fall, end = [case.planned(peak) or 0.0], (case.length or -1) + 1 or peak + 100 * (case.log[-1].step + 1)
    while peak + len(fall) < end and (lr := case.planned(peak + len(fall))) is not None and lr < fall[-1]:
        fall.append(lr)
    return fall


def _between(case: Case, at: float) -> float | None:
    """The plan between two of its steps, on a straight line; before its first the line goes on."""
    whole = max(int(at), 0)
    low, high = case.planned(whole), case.planned(whole + 1)
    if low is None or high is None:
        return low
    return low + (high - low) * (at - whole)
