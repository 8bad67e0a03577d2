"""Why a run's LRs may differ from its plan: each suspect says what the log would then hold.

A suspect that explains every entry of the log is the likely cause. They stand in the order of how simple they are.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from math import gcd, isnan, isqrt

from lrcourse.preview.cases import MANY, Case, Suspect, listed
from lrcourse.preview.reshaped import (
    another_horizon,
    another_size,
    between_other_lrs,
    ceiling,
    floor,
    other_cuts,
    stretched,
    stretched_from_its_peak,
)

WORDS = {
    "longer": "The plan ends at step {step}, and the run goes on.",
    "from zero": "Only the warmup differs: it rises from LR 0, as in transformers, timm, optax and Keras. The plan's "
    "first LR comes one update later. Update 0 changes nothing.",
    "several breaks": "The plan breaks off {count} times (at step {steps}) and goes on from another of its steps: "
    "resumed several times without the scheduler's state, or from older checkpoints.",
    "never stepped": "The LR stays at its first value: scheduler.step() is never called, or the scheduler was made on "
    "another optimizer than the one that trains.",
    "constant": "The LR is {lr:.4g} throughout and follows no plan: was a scheduler made at all?",
    "stopped": "From step {step} on the LR stands still: the scheduler is stepped no more, or the optimizer was "
    "replaced and the scheduler still writes to the old one.",
    "floor": "From step {step} on the LR never falls below {lr:.4g}: a lower limit cuts the plan off.",
    "ceiling": "The LR never rises above {lr:.4g}, first seen at step {step}: an upper limit cuts the plan off.",
    "one ahead": "Off by one, all along: each step shows the plan's next LR. The LR was logged after "
    "scheduler.step(), or scheduler.step() comes before optimizer.step() and the plan's first LR is never used.",
    "one behind": "Off by one, all along: each step shows the plan's last LR. The LR is set after the update, the "
    "scheduler misses its first step, or the log counts its steps from 1.",
    "shifted": "The LR runs {count} steps {way} the plan, all along: resumed at another place?",
    "per micro-batch": "The scheduler is stepped {k} times an update, {before} of them before the first: it is "
    "stepped for every micro-batch of a gradient accumulation over {k}.",
    "several processes": "The scheduler is stepped {k} times after every update: {k} processes (accelerate steps a "
    "prepared scheduler once for each), or step() is called {k} times in the loop.",
    "several processes later": "From step {step} on the scheduler is stepped {k} times after every update: resumed on "
    "{k} processes, or a second scheduler.step() in the loop from there on.",
    "per epoch": "The LR moves once in {k} steps: the scheduler is stepped once an epoch (or every {k} updates), and "
    "the plan counts updates.",
    "per step and per epoch": "One step too many every {k} updates: scheduler.step() is called after every update, "
    "and again at the end of every epoch.",
    "made again": "The plan starts anew every {k} steps: the scheduler is made again for every epoch.",
    "resumed from scratch": "At step {step} the plan begins again: the run was resumed and the scheduler's state was "
    "not loaded, or a new scheduler was made.",
    "loaded LR": "At step {step} a new scheduler begins on the LR that it finds: from {lr:.4g}, where the plan begins "
    "at {origin:.4g}. The optimizer's state was loaded at a resume, the scheduler's was not.",
    "fell back": "At step {step} the plan goes back to its step {to}: resumed from an older checkpoint, or the "
    "scheduler stood still for {count} steps (skipped updates).",
    "step too many": "At step {step} the plan leaves out an LR and then goes on: one scheduler.step() too many there, "
    "as around a resume or a validation, or an update that the AMP scaler skipped while the scheduler ran on.",
    "step too few": "At step {step} the plan repeats an LR and then goes on: one scheduler.step() too few there, as "
    "around a resume, or the scheduler waited for an update that the AMP scaler skipped.",
    "jumped ahead": "At step {step} the plan jumps {count} steps ahead: resumed with a wrong last_epoch or step "
    "count, or stepped for updates that were not done?",
    "another base LR": "The plan's shape at {factor:.4g} times its height: another base LR (scaled by the batch size "
    "or the number of processes?), or another group's.",
    "another peak": "The plan's shape with another highest LR, {top:.4g} instead of {planned_top:.4g}; its lowest is "
    "the plan's. Another base LR or max_lr?",
    "another end": "Up to its peak the plan is kept, then it falls towards {low:.4g} instead of {planned_low:.4g}: "
    "another lowest LR (eta_min, min_lr, a final factor).",
    "another factor": "The LR is cut when the plan is, to {factor:.4g} of itself each time instead of {planned:.4g}: "
    "another gamma.",
    "other milestones": "The plan's LRs in their order, cut at other steps: {steps}, in the plan {planned}. Other "
    "milestones, or counted in another unit?",
    "another horizon": "Up to step {step} the plan is kept; from there on it runs {times} as {way}, to an end at about "
    "step {end}: resumed with another number of steps.",
    "several LRs a step": "The log holds different LRs for the same step, first for step {step}: two runs or several "
    "groups in one file. Split it, or say column= or group=.",
    "applied twice": "The plan is applied twice: two schedulers on one optimizer, each multiplying, or an LR that "
    "carries the plan's factor already.",
    "too long": "The plan is stretched {k:.3g} times: its length was counted in another unit than the updates "
    "(micro-batches, batches of all processes, more epochs), and it does not come to its end.",
    "falls too slowly": "Up to its peak the plan is kept, then it takes {times} times as long{end}: its length was "
    "counted in another unit than the updates (micro-batches, batches of all processes, more epochs), or left at a "
    "default.",
    "falls too fast": "Up to its peak the plan is kept, then it falls {times} times as fast{end}: its length was "
    "counted in another unit than the updates, or a warmup was not added to it.",
    "scheduler waits": "The plan pauses {count} times (at step {steps}): updates were skipped there, and the "
    "scheduler waited with them. The plan ends that much later.",
    "updates skipped": "The plan leaves out LRs {count} times (at step {steps}): updates were skipped there, as the "
    "AMP scaler does after an overflow, and the scheduler ran on.",
    "logged seldom": "The log counts its rows, and there is one for {k} updates: logged every {k} updates, or once an "
    "epoch. Read so, all is as planned; write the step beside the LR.",
    "another count": "The log's steps are {k} times the plan's: it counts micro-batches, samples or tokens. Read so, "
    "all is as planned.",
    "no warmup": "The log begins at the highest LR, to which the plan climbs until about step {planned}: the warmup is "
    "missing.",
    "shorter warmup": "A shorter warmup: the highest LR comes at about step {at}, in the plan at about {planned}.",
    "longer warmup": "A longer warmup: the highest LR comes at about step {at}, in the plan at about {planned}.",
    "no number": "The log holds no number at step {step}: the run had gone wrong, or nothing was logged.",
    "get_lr": "The log differs where the plan drops, and drops twice there: it was read from get_lr(), which computes "
    "the next change; get_last_lr() or param_groups[i]['lr'] hold the LR.",
}


def suspects(case: Case, first: int) -> Iterator[tuple[str, str]]:
    """(kind, words) of all that explains the whole log, the simplest first."""
    if all(case.planned(entry.step) is None for entry in case.log[first:]):
        yield from _said(_counts_more(case))
        yield from _said([("longer", {"step": case.log[first].step})])
        return
    if isnan(case.log[first].lr):
        yield from _said([("no number", {"step": case.log[first].step})])
        return
    doubled = next((a for a, b in pairwise(case.log) if a.step == b.step and not case.near(a, b.lr)), None)
    if doubled:
        yield from _said([("several LRs a step", {"step": doubled.step})])
        return
    last = len(case.log) - 1
    case.probes = (first, last, (first + last) // 2)
    for suspect in (_stands_still, floor, ceiling, _from_one_update_on, _on_a_loaded_lr):
        yield from _said(suspect(case, first))
    for each in (
        _from_zero,
        _all_along,
        _several_steps_an_update,
        _by_epochs,
        another_size,
        stretched,
        stretched_from_its_peak,
        between_other_lrs,
        other_cuts,
        _waits_and_gaps,
        partial(_several_steps_later, first=first),
        partial(another_horizon, first=first),
        _several_breaks,
        _get_lr,
    ):
        yield from _said(each(case))


def _counts_more(case: Case) -> Iterator[Suspect]:
    """A log that counts samples or tokens: so many an update that the plan seems to end at once."""
    common = gcd(*(entry.step for entry in case.log))
    small = [k for k in range(1, isqrt(common) + 1) if common % k == 0]
    for k in sorted({*small, *(common // k for k in small)} - {1}):
        if case.planned(case.log[-1].step // k) is not None and case.explains(lambda t, k=k: t // k):  # type: ignore[misc]
            yield "another count", {"k": k}
            return


def another_warmup(case: Case) -> Iterator[tuple[str, str]]:
    """Where the log comes to the plan's peak at another step: for a log that no suspect explains."""
    steps = range(case.length or case.log[-1].step + 1)
    planned, used = [case.planned(t) or 0.0 for t in steps], [entry.lr for entry in case.log]
    top = max(planned, default=0.0)
    if len(used) < 5 or abs(max(used) - top) > 0.02 * top:
        return
    near = [t for t, lr in enumerate(planned) if lr >= 0.98 * top]
    at = next(entry.step for entry in case.log if entry.lr >= 0.98 * top)
    before = max((entry.step for entry in case.log if entry.step < at), default=0)
    peak = used.index(max(used))
    if used != sorted(used[:peak]) + sorted(used[peak:], reverse=True):
        return  # it does not climb to a peak and come down
    if at < near[0]:
        yield from _said(
            [("no warmup" if at == case.log[0].step else "shorter warmup", {"at": at, "planned": near[0]})]
        )
    elif at > case.log[0].step and (before >= near[-1] or (before >= near[0] and near[-1] > near[0])):
        yield from _said([("longer warmup", {"at": at, "planned": near[0]})])


def _said(found: Iterable[Suspect]) -> Iterator[tuple[str, str]]:
    for kind, numbers in found:
        yield kind, WORDS[kind].format(**numbers)


def _stands_still(case: Case, first: int) -> Iterator[Suspect]:
    held, least = case.log[first].lr, 1e-6 * case.top
    if not all(abs(entry.lr - held) <= max(least, entry.resolution) for entry in case.log[first:]):
        return
    before, step, length = case.log[max(first - 1, 0)], case.log[first].step, len(case.log) - first
    if all(case.near(entry, held) for entry in case.log[:first]):
        if case.near(case.log[0], case.planned(0)):
            yield "never stepped", {"lr": held}
        elif len({case.planned(entry.step) for entry in case.log}) > 1:  # else the plan stands still there too
            yield "constant", {"lr": held}
    elif length > 1 and abs(before.lr - held) <= max(least, before.resolution):
        yield "stopped", {"step": step}


def _from_one_update_on(case: Case, first: int) -> Iterator[Suspect]:
    step = case.log[first].step
    if not first or len(case.log) - first < 2 or case.explains(lambda t: max(t - 1, 0)):  # that is one behind all along
        return
    for shift in sorted(range(-step, 1000), key=lambda d: (d != -step, abs(d))):
        if shift == 0 or not case.explains(lambda t, d=shift: t + d, begin=first):  # type: ignore[misc]
            continue
        numbers = {"step": step, "to": step + shift, "count": abs(shift)}
        kind = {1: "step too many", -1: "step too few", -step: "resumed from scratch"}.get(shift)
        if (
            kind is None and case.log[first - 1].step <= -shift < step
        ):  # it began again in a gap of the log, or at the LR of a loaded optimizer
            kind, numbers["step"] = "resumed from scratch", -shift
        yield kind or ("jumped ahead" if shift > 0 else "fell back"), numbers
        return


def _on_a_loaded_lr(case: Case, first: int) -> Iterator[Suspect]:
    """torch's schedulers multiply the LR that they find; a SequentialLR sets its own again where a next part begins."""
    origin, after = case.planned(0), case.log[first:]
    if not first or origin is None or len(after) < 4:
        return
    lows = {
        0.0,
        min(case.planned(entry.step) or 0.0 for entry in case.log),
    }  # a cosine multiplies what is above eta_min
    for start in range(max(1, case.log[first - 1].step), after[0].step + 1):
        again = [case.planned(entry.step - start) or 0.0 for entry in after]
        for low in sorted(lows):
            if again[0] <= low:
                continue
            factor = (after[0].lr - low) / (again[0] - low)
            carried = [case.near(e, low + factor * (lr - low)) for e, lr in zip(after, again, strict=True)]
            n = [*carried, False].index(False)
            rest = all(map(case.near, after[n:], again[n:]))
            if rest and n > 2 and abs(factor - 1) > 0.001 and max(again[:n]) - min(again[:n]) > 0.01 * case.top:
                yield "loaded LR", {"step": start, "lr": low + factor * (origin - low), "origin": origin}
                return


def _from_zero(case: Case) -> Iterator[Suspect]:
    odd = [entry for entry in case.log if not case.near(entry, case.planned(entry.step))]
    late = [case.near(entry, case.planned(entry.step - 1) if entry.step else 0.0) for entry in odd]
    if (
        all(late)
        and len(odd) > 1
        and odd[-1].step <= case.log[len(case.log) // 2].step
        and odd == list(case.log[: len(odd)])
    ):
        yield "from zero", {}


def _several_breaks(case: Case) -> Iterator[Suspect]:
    """The plan in pieces, each some way off: several resumes."""
    i, shift, breaks = 0, 0, list[int]()
    while i < len(case.log) and len(breaks) <= 6:
        if not case.near(case.log[i], case.planned(case.log[i].step + shift)):
            step = case.log[i].step
            runs = {d: _matching(case, i, d) for d in range(-step, 200)}
            shift = max(runs, key=lambda d: (runs[d], -abs(d)))
            if runs[shift] < 3:
                return
            breaks.append(step)
        i += max(1, _matching(case, i, shift))
    if 1 < len(breaks) <= 6:
        yield "several breaks", {"count": len(breaks), "steps": listed(breaks)}


def _matching(case: Case, i: int, shift: int) -> int:
    """How many entries from one on are the plan's, so many steps off."""
    pairs = ((entry, case.planned(entry.step + shift)) for entry in case.log[i:])
    return next((n for n, (entry, lr) in enumerate(pairs) if not case.near(entry, lr)), len(case.log) - i)


def _all_along(case: Case) -> Iterator[Suspect]:
    if case.explains(lambda t: t + 1):
        yield "one ahead", {}
    if case.explains(lambda t: max(t - 1, 0)) or case.explains(lambda t: t - 1, begin=1):
        yield "one behind", {}
    for shift in [*range(2, 200), *range(-2, -200, -1)]:
        if case.explains(lambda t, d=shift: t + d):  # type: ignore[misc]
            yield "shifted", {"count": abs(shift), "way": "ahead of" if shift > 0 else "behind"}
            return


def _several_steps_an_update(case: Case) -> Iterator[Suspect]:
    for k in range(2, 129):
        found: Suspect | None = None
        if case.explains(lambda t, k=k: k * t + k - 1):  # type: ignore[misc]
            found = "per micro-batch", {"k": k, "before": k - 1}
        elif case.explains(lambda t, k=k: k * t):  # type: ignore[misc]
            found = "several processes", {"k": k}
        if found:
            rows = [entry.step for entry in case.log] == list(range(len(case.log)))
            rows &= k * len(case.log) <= (case.length or k * len(case.log)) + k
            both = [found, ("logged seldom", {"k": k})] if rows else [found]
            yield from both if k < MANY else reversed(both)
            return


def _by_epochs(case: Case) -> Iterator[Suspect]:
    places: dict[str, Callable[[int, int], int]] = {
        "per epoch": lambda t, k: t // k,
        "per step and per epoch": lambda t, k: t + t // k,
        "made again": lambda t, k: t % k,
    }
    steps = [entry.step for entry in case.log]
    common = gcd(*steps)
    for kind, place in places.items():
        for k in range(2, case.log[-1].step + 1):
            probe = bisect_left(steps, k)  # where the first epoch ends
            if case.explains(lambda t, k=k, place=place: place(t, k), probe=probe):  # type: ignore[misc]
                found: list[Suspect] = [(kind, {"k": k})]
                samples = abs(case.log[-1].step + 1 - k * (case.length or 0)) <= max(k, common)  # so long a run
                if kind == "per epoch" and (common % k == 0 or samples):
                    found.insert(not samples, ("another count", {"k": k}))
                yield from found
                break


def _several_steps_later(case: Case, first: int) -> Iterator[Suspect]:
    """From one step on several steps of the plan an update."""
    step = case.log[first].step
    for begin in range(max(case.log[first - 1].step, step - 100), step + 1) if first else []:
        for k in range(2, 17):
            if case.explains(lambda t, k=k, begin=begin: begin + k * (t - begin), begin=first):  # type: ignore[misc]
                if len(case.log) - first >= 5:
                    yield "several processes later", {"step": begin, "k": k}
                return


def _waits_and_gaps(case: Case) -> Iterator[Suspect]:
    """The plan in its order, with a few LRs used twice or left out: an AMP scaler that skips updates."""
    if not case.near(case.log[0], case.planned(case.log[0].step)):
        return
    shift, waits, gaps = 0, list[int](), list[int]()
    for before, entry in pairwise(case.log):
        fewest = before.step - entry.step  # the scheduler may have stood still all the while, not gone back
        ways = [d for d in (0, -1, *range(1, 11), *range(-2, -5, -1)) if d >= fewest]
        ahead = next((d for d in ways if case.near(entry, case.planned(entry.step + shift + d))), None)
        if ahead is None:
            return
        waits += [entry.step] if ahead < 0 else []
        gaps += [entry.step] if ahead > 0 else []
        shift += ahead
    few = max(3, len(case.log) // 10)
    if waits and not gaps and len(waits) <= few:
        yield "scheduler waits", {"count": len(waits), "steps": listed(waits)}
    if gaps and not waits and len(gaps) <= few:
        yield "updates skipped", {"count": len(gaps), "steps": listed(gaps)}


def _get_lr(case: Case) -> Iterator[Suspect]:
    for entry in case.log:
        now, before = case.planned(entry.step), case.planned(entry.step - 1)
        if case.near(entry, now):
            continue
        if not now or not before or not case.near(entry, now * now / before):
            return
    yield "get_lr", {}
