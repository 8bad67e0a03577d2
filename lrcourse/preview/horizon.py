"""How many updates a scheduler or a schedule was made for, read off its arguments."""

from typing import Any

NAMES = ("total_steps", "T_max", "total_iters", "num_training_steps", "t_initial", "total_num_steps")


def horizon_of(scheduler: Any) -> int | None:
    """The updates a scheduler was made for; None where it does not say.

    >>> horizon_of(warmup(cosine(0.1, T_max=180), 20)), horizon_of(wsd(0.1, 200)), horizon_of(constant(0.1))
    (200, 200, None)
    """
    arguments = getattr(scheduler, "arguments", None)
    if arguments is not None:
        return _of_schedule(getattr(getattr(scheduler, "maker", None), "__name__", ""), arguments)
    inside = getattr(scheduler, "scheduler", None)
    if inside is not None:
        return horizon_of(inside)
    members, milestones = _members(scheduler), getattr(scheduler, "_milestones", getattr(scheduler, "milestones", None))
    if members:
        last = horizon_of(members[-1])
        if isinstance(milestones, list) and milestones:
            return milestones[-1] + last if last else None
        each = [horizon_of(member) for member in members]  # a chain ends with the last of them, if they all end
        return max(found for found in each if found) if all(each) else None
    for function in getattr(scheduler, "lr_lambdas", []):
        keywords = getattr(function, "keywords", {})  # transformers keeps the plan in a partial
        if "num_training_steps" in keywords:
            return int(keywords["num_training_steps"])
    schedules = getattr(scheduler, "schedules", None)
    if isinstance(schedules, list) and schedules:
        return horizon_of(schedules[0])
    found = next((getattr(scheduler, name) for name in NAMES if _count(getattr(scheduler, name, None))), None)
    if found and getattr(scheduler, "warmup_prefix", False):  # timm
        found += scheduler.warmup_t
    return found


def _of_schedule(maker: str, arguments: Any) -> int | None:
    if maker == "warmup":
        inside = horizon_of(arguments["schedule"])
        return inside + arguments["warmup_steps"] if inside else None
    if maker == "join":
        last = horizon_of(arguments["schedules"][-1])
        return arguments["at"][-1] + last if last and arguments["at"] else last
    if maker == "stretch":
        inside = horizon_of(arguments["schedule"])
        return round(inside * arguments["factor"]) if inside else None
    if "schedule" in arguments:
        return horizon_of(arguments["schedule"])
    if "schedules" in arguments:
        return max((found for found in map(horizon_of, arguments["schedules"]) if found), default=None)
    return next((arguments[name] for name in NAMES if _count(arguments.get(name))), None)


def _members(scheduler: Any) -> list[Any]:
    return [*(getattr(scheduler, "_schedulers", None) or getattr(scheduler, "schedulers", None) or [])]


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
