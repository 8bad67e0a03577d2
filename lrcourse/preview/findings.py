"""What is wrong with a plan, in words: what concerns the whole run, then what the rules say of each group."""

from collections.abc import Iterator
from typing import Any

from lrcourse.preview.copies import family
from lrcourse.preview.curve_rules import RULES, Curve
from lrcourse.preview.horizon import horizon_of
from lrcourse.preview.outlook import Finding, Played


def diagnose(played: Played, peak: float | None = None, end: float | None = None) -> list[Finding]:
    """All that is to be said of a plan: what is wrong first, then the notes."""
    names = " ".join(played.kinds + [name for entry in played.entries for name in _functions(entry)]).lower()
    meant = played.initial or [None] * len(played.lrs)
    lines = [
        Curve(lrs, past, base, played, peak, end, names, [other for other in played.lrs if other is not lrs])
        for lrs, past, base in zip(played.lrs, played.past, meant, strict=False)
    ]
    found = list(_of_the_run(played, lines))
    if played.ignored and all(played.ignored):  # then its curve does not matter
        return sorted(found, key=lambda finding: not finding.wrong)
    said: dict[str, list[tuple[int, Finding]]] = {}
    for i, line in enumerate(lines):
        for rule in RULES if len(line.lrs) > 1 else RULES[:1]:
            finding = rule(line)
            if finding is not None:
                said.setdefault(finding.kind, []).append((i, finding))
                if finding.alone:
                    break
    for entries in said.values():
        for wrong in (True, False):
            alike = [(i, finding) for i, finding in entries if finding.wrong is wrong]
            for i, finding in alike[:1]:
                words = finding.words
                if len(alike) < len(lines):
                    words = f"Group {i}: {words[0].lower()}{words[1:]}{_also([i for i, _ in alike[1:]])}"
                found.append(Finding(finding.kind, words, finding.wrong, finding.at))
    return sorted(found, key=lambda finding: not finding.wrong)


def _also(groups: list[int]) -> str:
    """The other groups of which the same is to be said."""
    if not groups:
        return ""
    listed = ", ".join(map(str, groups[:5])) + (f" and {len(groups) - 5} more" if len(groups) > 5 else "")
    return f" The same in group{'s' * (len(groups) > 1)} {listed}."


def _functions(entry: Any) -> Iterator[str]:
    """The names of the functions that a scheduler is made of: transformers tells its schedules apart by them."""
    for part in family(entry):
        for function in getattr(part, "lr_lambdas", []):
            inside = getattr(function, "func", function)
            yield getattr(inside, "__qualname__", type(inside).__name__)
        if getattr(part, "cycle_limit", 1) > 1 or getattr(part, "noise_range_t", None) is not None:  # timm
            yield "restarts"


def _of_the_run(played: Played, lines: list[Curve]) -> Iterator[Finding]:
    if played.error:
        t, said = played.error
        if t == 0 and played.lrs[0][:1] != played.lrs[0][:0] and played.lrs[0][0] != played.lrs[0][0]:
            yield Finding("error", f"No LR for {played.unit} {played.start}: {said}", True, t)
        else:  # GrowSP#11, PiFold#6, pytorch#38170
            yield Finding("error", f"step() fails after {played.unit} {t + played.start}: {said}", True, t)
    for said in played.elsewhere:  # Lightning#12812
        yield Finding("elsewhere", f"{said[0].upper()}{said[1:]}. Its LR stays as it is.", True, 0)
    if len(played.writers) > 1:  # pytorch_warmup#14, Lightning#4902
        kinds = " and ".join(played.writers)
        words = f"Two writers on one optimizer: {kinds} change the same LR, and each goes on from what the other left. "
        words += "Join them, one after the other in a SequentialLR or at once in a ChainedScheduler."
        yield Finding("two writers", words, True, 0)
    for said in filter(None, played.ignored):
        yield Finding("ignored", said, "AdafactorSchedule" not in played.kinds, 0)  # which shows the optimizer's own LR
    yield from _resumed(played)
    yield from _momentum(played)
    yield from _units(played, lines)
    if played.alike and {"OneCycleLR", "CyclicLR"} & set(
        played.kinds
    ):  # one max_lr for all: the groups' own LRs are gone
        words = "The groups have the same LR: one max_lr sets it for all, whatever LR each was given. "
        yield Finding("groups", words + "Give a list, one max_lr a group, if they should differ.", False, 0)
    if played.place_unknown:
        words = "This scheduler does not count the updates that are done: taken as 0. Say start= for a run under way."
        yield Finding("start", words, False, 0)
    if played.plateau and not played.metric_given:
        words = "Follows a metric: drawn for one that never improves, the soonest that the LR can fall."
        yield Finding("plateau", words, False, 0)
    for said in played.asides:
        yield Finding("told", said, "Lightning" in said, 0)


def _resumed(played: Played) -> Iterator[Finding]:
    """pytorch#60265: a scheduler that counts on, and an optimizer made anew; torch makes the next LR of the last."""
    if not played.start or played.elsewhere:
        return
    for lrs, due in zip(played.lrs, played.due, strict=False):
        if len(lrs) > 1 and abs(lrs[0] - due) > 0.001 * max(*lrs, due) + 2 * abs(lrs[1] - lrs[0]):
            kind = type(played.entries[0]).__name__
            words = f"Resumed at another LR: {lrs[0]:.4g} at {played.unit} {played.start}, where a {kind} that has run "
            words += f"so far holds {due:.4g}. Load the optimizer's state too, or was its LR changed by hand?"
            yield Finding("resumed", words, True, 0)
            return


def _momentum(played: Played) -> Iterator[Finding]:
    """OneCycleLR and CyclicLR move the momentum too unless told not to: of plain SGD they make momentum SGD."""
    for before, momenta in zip(played.momentum_before, played.momenta, strict=False):
        given = [momentum for momentum in momenta if momentum is not None]
        if before == 0 and given and max(given) > 0 and max(given) != min(given):  # pytorch#19003, #73910
            words = "A momentum is switched on: the optimizer was made with 0, the scheduler moves it between "
            words += f"{min(given):g} and {max(given):g}. Say cycle_momentum=False, or mean it."
            yield Finding("momentum", words, True, 0)
            return


def _units(played: Played, lines: list[Curve]) -> Iterator[Finding]:
    """Epochs where updates are meant, or the other way round: ivadomed#55, stable-worldmodel#280, tutorials#640."""
    n, per_epoch = len(played.lrs[0]), played.per_epoch or 1
    if played.start or any(line.cyclic for line in lines):
        return
    for entry, per in zip(played.entries, played.stepped_per, strict=False):
        steps = n // per_epoch if per == "epoch" or getattr(entry, "t_in_epochs", False) else n
        last = max((step for part in family(entry) for step in _cuts(part)), default=0)
        if (
            last
            and per == "step"
            and steps == n
            and (20 * last <= n or (per_epoch > 1 and last <= (played.epochs or 0)))
        ):
            words = f"Epochs mixed with steps: the last of the milestones is {last}, and the scheduler takes {n} steps"
            yield Finding("unit", f"{words}, one every update.", True, last)
        horizon = horizon_of(entry)
        if not horizon or _warmup_alone(entry):
            continue
        if per == "step" and steps == n and (horizon * 5 <= n or (per_epoch > 1 and horizon == played.epochs)):
            unit = "the number of its epochs" if horizon == played.epochs else f"a {n / horizon:.0f}th of it"
            words = f"Epochs mixed with steps: the scheduler was made for {horizon} of its steps and the run has {n} "
            yield Finding("unit", f"{words}{played.unit}s; {horizon} is {unit}.", True, horizon)
        elif (per == "epoch" or played.unit == "epoch" or steps < n) and horizon >= 5 * steps:
            words = (
                f"Epochs mixed with steps: the scheduler was made for {horizon} steps, and stepped once an epoch it "
            )
            yield Finding("unit", f"{words}takes {steps}.", True, n - 1)


def _cuts(part: Any) -> list[int]:
    """The milestones of a MultiStepLR; a SequentialLR's are no cuts."""
    return list(getattr(part, "milestones", [])) if hasattr(part, "gamma") else []


def _warmup_alone(entry: Any) -> bool:
    """A ramp that ends early and stays is a warmup, not a plan in the wrong unit."""
    parts = list(family(entry))
    return all(hasattr(part, "total_iters") or isinstance(getattr(part, "warmup_steps", None), int) for part in parts)
