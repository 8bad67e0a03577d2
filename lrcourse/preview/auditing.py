"""audit: is the LR that was planned the LR that was used?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from lrcourse.arguments import real, whole
from lrcourse.preview.cases import Case
from lrcourse.preview.copies import is_optimizer, is_scheduler
from lrcourse.preview.horizon import horizon_of
from lrcourse.preview.logs import Logged, read
from lrcourse.preview.looking import preview
from lrcourse.preview.outlook import Outlook
from lrcourse.preview.suspects import another_warmup, suspects


class Audit:
    """What audit finds: ok, and else the first step that differs (first), its LRs (used, planned) and the cause.

    cause: the likely cause by its short name, None where none is known; words: the same in sentences; others: further
    causes that would leave the same log.
    """

    def __init__(
        self, case: Case, found: list[tuple[str, str]], first: int | None, length: int | None, counted: str = ""
    ) -> None:
        self.counted = counted
        self.ok, self.steps = first is None, len(case.log)
        self.first = None if first is None else case.log[first].step
        self.used = None if first is None else case.log[first].lr
        self.planned = None if first is None else case.planned(case.log[first].step)
        self.differing = sum(not case.near(entry, case.planned(entry.step)) for entry in case.log)
        self.cause = found[0][0] if found else None
        self.others = [kind for kind, _ in found[1:]]
        self.words = (
            found[0][1] if found else "" if self.ok else "No cause that this audit knows explains the whole log."
        )
        self.missing = 0 if length is None else max(0, length - 1 - case.log[-1].step)
        self.left = case.log[-1].lr
        self.low = None if length is None else case.planned(length - 1)
        self.beyond = 0 if length is None else max(0, case.log[-1].step - length + 1)
        self.unfinished = self.low is not None and self.left - self.low > 0.01 * case.top

    def __str__(self) -> str:
        if self.ok:
            text = f"Used as planned: all {self.steps} logged LRs are the plan's."
            if self.missing:
                text += f" The log ends {self.missing} steps before the plan does"
                text += (
                    f", at an LR of {self.left:.3g}: the plan goes down to {self.low:.3g}." if self.unfinished else "."
                )
            if self.beyond:
                text += f" The run goes on for {self.beyond} steps after the plan's end."
            return text + self.counted
        planned = "nothing (the plan has ended)" if self.planned is None else f"{self.planned:.6g}"
        head = f"Not as planned: first at step {self.first}, used {self.used:.6g}, planned {planned}; "
        head += f"{self.differing} of {self.steps} differ."
        more = f"\nThe same log could come of: {', '.join(self.others)}." if self.others else ""
        return f"{head}\n{self.words}{more}{self.counted}"

    __repr__ = __str__


def audit(log: Any, plan: Any, *, column: str | None = None, group: int = 0) -> Audit:
    """The LRs that a run used against its plan: the first difference, and its likely cause in words.

    log: a list of LRs (one an update; or a list for all groups), of pairs (step, LR) or of rows, a dict {step: LR}, or
    a file, also packed (.gz): CSV, also as TensorBoard, W&B and Lightning write it, JSON, also transformers'
    trainer_state.json, lines of text that name step and LR, or TensorBoard's events.
    plan: what preview has given, a schedule, a list of LRs, or whatever preview takes.
    column: the LR's name in a file that has several; group: the parameter group, else.

    Log the LR before the update: optimizer.param_groups[i]["lr"], just before optimizer.step().
    Raises TypeError or ValueError for what is no log or no plan, FileNotFoundError for a file that is not there.

    >>> plan = cosine(0.1, T_max=100)
    >>> found = audit([plan(4 * step) for step in range(20)], plan)
    >>> found.first, found.cause
    (1, 'several processes')
    >>> print(str(found).partition(";")[0])
    Not as planned: first at step 1, used 0.0996057, planned 0.0999753
    >>> audit(curve(plan, 100), plan).ok
    True
    """
    group = whole("group", group, at_least=0)
    entries, left_out = read(log, column, group)
    planned, length, begin = _plan(plan, group, entries[-1].step + 1)
    if entries[0].counts == "batches" and not isinstance(plan, Outlook | Sequence):
        length = None  # the steps to look at were a guess
    known = [lr for t in [begin, *(entry.step for entry in entries)] if (lr := planned(t)) is not None]
    case = Case(entries, planned, max(map(abs, known), default=0.0) or 1.0, length or horizon_of(plan))
    case, counted = _as_counted(case, getattr(plan, "per_epoch", None))
    early = _early(case)
    if early == len(entries):
        raise ValueError(f"plan has no LR for any step of the log ({entries[0].step} to {entries[-1].step})")
    if early:
        case = replace(case, log=case.log[early:])
        left_out += f" {early} logged LR{'s' * (early > 1)} before the plan's first step, {begin}, left out."
    counted += f"\n{left_out.strip()}" if left_out else ""
    length = case.length if length else None
    first = case.first()
    found = [] if first is None else list(suspects(case, first))
    if first is not None and isinstance(plan, Outlook):
        found = _another_group(case, plan, group) or found
    if first is not None and not found:
        found = list(another_warmup(case))
    return Audit(case, found, first, length, counted)


def _as_counted(case: Case, per_epoch: int | None) -> tuple[Case, str]:
    """The case with its steps read as the log counts them, where the plan is kept the longest so; and that in words."""
    counts, readings = case.log[0].counts, [(case, "")]
    if counts == "done":  # whether the LR is the one before or after the update has changed between releases
        earlier = [replace(entry, step=entry.step - 1) for entry in case.log]
        words = "The log counts the updates that are done, from 1: its step 1 is update 0."
        readings.append((replace(case, log=earlier), words))
    if counts == "parts" and per_epoch:
        words = f"The log counts epochs in parts, of {per_epoch} updates."
        for shift in (0, 1):  # counted before the update, or after it
            log = [replace(entry, step=round(entry.at * per_epoch) - shift) for entry in case.log]
            readings.append((replace(case, log=log), words))
    if counts == "batches":
        readings = [_of_batches(case, per_epoch)]
    if counts == "epochs" and per_epoch:
        words = f"The log counts epochs, of {per_epoch} updates."
        length = case.length and case.length // per_epoch
        plans = [partial(_of_epoch, case.planned, per_epoch, at) for at in (per_epoch - 1, 0)]  # of its end, its begin
        readings = [(replace(case, planned=planned, length=length), words) for planned in plans]
    if counts == "epochs" and case.log[0].step > 0:
        log = [replace(entry, step=entry.step - 1) for entry in case.log]
        from_1 = "The log counts its epochs from 1: its epoch 1 is read as epoch 0."
        readings += [(replace(each, log=log), f"{words} {from_1}".strip()) for each, words in readings]
    best, said = max(readings, key=lambda reading: (*_kept(reading[0]), reading[1] != ""))
    return best, f"\n{said}" if said else ""


def _of_batches(case: Case, per_epoch: int | None) -> tuple[Case, str]:
    """The case by epochs of so many batches as its log tells, or the plan; else of as many as fit the plan best."""
    batches, epoch = sorted({entry.place[1] for entry in case.log}), case.log[0].place[0]
    most, gap = batches[-1], max(b - a for a, b in pairwise(batches))
    every = gap == 1 and batches[0] in (0, 1)
    ways = list[tuple[int, int, int]]()  # the first epoch, the first batch, and an epoch's length
    for first in (1, 0) if epoch else (0,):
        for begin in (batches[0],) if every else (1, 0) if batches[0] in (1, gap) else (0, 1)[: 1 + batches[0]]:
            lengths = range(most + 1 - begin, most + 1 - begin + (1 if every else gap))
            told = [per_epoch] if per_epoch and per_epoch >= lengths[0] else lengths
            ways += [(first, begin, length) for length in sorted(told, key=lambda length: length % gap != 0)]
    best, kept = ways[0], -1
    for way in ways:
        n = _kept_by(case, way)
        if n > kept:
            best, kept = way, n
        if n == len(case.log):
            break
    log = [replace(entry, step=_step(entry, best)) for entry in case.log]
    guess = "The log tells epochs and batches, no steps. They are guessed, as fits the plan: "
    return replace(case, log=log), f"{guess}{best[2]} batches an epoch." if len(ways) > 1 else ""


def _step(entry: Logged, way: tuple[int, int, int]) -> int:
    (epoch, batch), (first, begin, length) = entry.place, way
    return (epoch - first) * length + batch - begin


def _kept_by(case: Case, way: tuple[int, int, int]) -> int:
    """How many entries are the plan's before the first that is not, read so."""
    n = 0
    for entry in case.log:
        lr = case.planned(_step(entry, way))
        if n < 1 and lr is None:  # before the plan's first step
            continue
        if not case.near(entry, lr):
            break
        n += 1
    return n


def _of_epoch(planned: Callable[[int], float | None], per_epoch: int, at: int, epoch: int) -> float | None:
    return planned(epoch * per_epoch + at)


def _early(case: Case) -> int:
    """How many entries stand before the plan's first step."""
    return next((i for i, e in enumerate(case.log) if case.planned(e.step) is not None), len(case.log))


def _kept(case: Case) -> tuple[int, int]:
    """How many entries are the plan's before the first that is not, and how many in all."""
    near = [case.near(entry, case.planned(entry.step)) for entry in case.log[_early(case) :]]
    return [*near, False].index(False), sum(near)


def _plan(plan: Any, group: int, steps: int) -> tuple[Callable[[int], float | None], int | None, int]:
    """The plan as a function of the step, None outside it, its length if it has one, and its first step."""
    if isinstance(plan, Sequence) and not isinstance(plan, str) and plan and not any(map(_stepped, plan)):
        lrs = [real(f"plan[{i}]", lr, finite=False) for i, lr in enumerate(plan)]
        return lambda t: lrs[t] if 0 <= t < len(lrs) else None, len(lrs), 0
    if callable(plan) and hasattr(plan, "maker"):
        return lambda t: plan(t) if t >= 0 else None, None, 0
    looked = plan if isinstance(plan, Outlook) else preview(plan, steps)
    group = 0 if looked is not plan and len(looked.lrs) == 1 else group  # a function is the plan of any group
    if group >= len(looked.lrs):
        raise ValueError(f"group must be below {len(looked.lrs)}, the plan's number of groups, not {group}")
    lrs = looked.lrs[group] + (looked.past[group] if group < len(looked.past) else [])
    start = looked.start
    return lambda t: lrs[t - start] if 0 <= t - start < len(lrs) else None, start + len(looked), start


def _stepped(value: Any) -> bool:
    return is_scheduler(value) or is_optimizer(value)


def _another_group(case: Case, plan: Outlook, group: int) -> list[tuple[str, str]]:
    for i, lrs in enumerate(plan.lrs):
        if i != group and all(
            case.near(entry, lrs[entry.step - plan.start])
            for entry in case.log
            if 0 <= entry.step - plan.start < len(lrs)
        ):
            return [("another group", f"These are the LRs that the plan has for group {i}, not for group {group}.")]
    return []
