"""The traps a setting can hold, found by looking at it and told in words."""

from lrcourse.landscapes import edge


def traps(given, steps, lrs, surface, momentum=0.0):
    """Warnings for a schedule's arguments in a run of so many steps: its LRs, the surface it descends.

    >>> from lrcourse.landscapes import SURFACES
    >>> from lrcourse.schedules import cosine, curve
    >>> traps({"T_max": 50}, 100, curve(cosine(0.1, 50), 100), SURFACES["bowl"])
    ['T_max = 50 is shorter than the run of 100 steps: past that step the LR rises again.']
    """
    found = [_warmup(given, steps), _horizon(given, steps, lrs), _one_cycle(given, steps), _floor(given), _asleep(lrs)]
    return [warning for warning in [*found, _overshoot(lrs, surface, momentum)] if warning]


def _warmup(given, steps):
    warmup_steps = given.get("warmup_steps", 0)
    if warmup_steps > steps:
        return f"The warmup takes {warmup_steps} steps and the run has {steps}: the LR never arrives at the top."
    return None


def _horizon(given, steps, lrs):
    name = next((name for name in ("T_max", "total_steps", "total_iters") if name in given), None)
    if name is None or given[name] == steps:
        return None
    if name == "T_max" and given[name] < steps:
        return f"T_max = {given[name]} is shorter than the run of {steps} steps: past that step the LR rises again."
    if given[name] > steps and lrs[-1] > 0.05 * max(lrs):
        return f"{name} = {given[name]} is longer than the run of {steps} steps, which ends at an LR of {lrs[-1]:.2g}."
    return None


def _one_cycle(given, steps):
    if "div_factor" in given and given["total_steps"] < steps:
        planned = given["total_steps"]
        return f"total_steps = {planned} and the run has {steps}: past {planned} torch's OneCycleLR raises an error."
    return None


def _floor(given):
    if given.get("min_lr", 0.0) > given.get("base_lr", 0.0):
        return f"min_lr = {given['min_lr']:g} is above the LR of {given['base_lr']:g}: it is never cut."
    return None


def _asleep(lrs):
    least = 1e-3 * max(lrs, default=0.0)
    awake = [step for step, lr in enumerate(lrs) if lr > least]
    if awake and len(lrs) - 1 - awake[-1] >= len(lrs) / 5:
        return f"From step {awake[-1] + 1} on the LR is under a thousandth of its top: the run hardly moves any more."
    return None


def _overshoot(lrs, surface, momentum):
    limit = edge(surface, momentum)
    over = [step for step, lr in enumerate(lrs) if lr > limit]
    if not over:
        return None
    name = "2(1+β)/λ" if momentum else "2/λ"
    return (
        f"In {len(over)} of {len(lrs)} steps, first at step {over[0]}, the LR is above {name} = {limit:.3g}: "
        "there each step lands farther from the minimum than the last."
    )
