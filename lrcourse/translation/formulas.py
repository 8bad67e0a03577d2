"""A recipe as source: a function of the step, in Python's math or in an array library's."""

from lrcourse.translation.recipes import Recipe

SHAPES = {"linear": "1 - x", "cosine": "({cos}({pi} * x) + 1) / 2", "1-sqrt": "1 - {sqrt}(x)"}
PYTHON = {"cos": "math.cos", "sqrt": "math.sqrt", "pi": "math.pi"}


def number(value: float) -> str:
    """A number as source, without the last digits that rounding has left.

    >>> number(0.01 / 0.1), number(0.1 - 0.01)
    ('0.1', '0.09')
    """
    return repr(float(f"{value:.12g}"))


def rise(plan: Recipe) -> str:
    """The warmup as a part of the peak."""
    return f"step / {plan.warmup}" if plan.from_zero else f"(step + 1) / {plan.warmup}"


def shape(plan: Recipe) -> str:
    """The name of the curve that the LR falls along."""
    return plan.shape if plan.kind == "wsd" else plan.kind


def factor(plan: Recipe) -> str:
    """`def factor(step)`: the plan as a part of its peak, in plain Python."""
    lines = ["def factor(step):"]
    if plan.kind == "inverse_sqrt":
        if plan.from_zero:
            lines += [f"    if step < {plan.warmup}:", f"        return {rise(plan)}"]
            lines += [f"    return math.sqrt({plan.warmup} / step)"]
        else:
            lines += [f"    return min((step + 1) / {plan.warmup}, math.sqrt({plan.warmup} / (step + 1)))"]
        return "\n".join(lines)
    if plan.warmup:
        lines += [f"    if step < {plan.warmup}:", f"        return {rise(plan)}"]
    if plan.kind == "constant":
        return "\n".join([*lines, "    return 1.0"])
    span = plan.cooldown if plan.kind == "wsd" else plan.length
    start = plan.total - span
    if plan.kind == "wsd" and start > plan.warmup:
        lines += [f"    if step < {start}:", "        return 1.0"]
    lines += [f"    x = min(1.0, (step - {start}) / {span})"]
    fall = SHAPES[shape(plan)].format(**PYTHON)
    end = plan.end / plan.peak
    lines += [f"    return {number(end)} + {number(1 - end)} * ({fall})" if end else f"    return {fall}"]
    return "\n".join(lines)


def array(plan: Recipe, ops: str) -> list[str]:
    """The LR of an array `step` of floats, line by line; ops: the module with where, minimum, clip, cos, sqrt."""
    peak = f"{plan.peak!r}"
    if plan.kind == "inverse_sqrt":
        at = "step" if plan.from_zero else "step + 1"
        fall = f"fall = {ops}.sqrt({plan.warmup} / {ops}.maximum({at}, 1.0))"
        return [fall, f"lr = {peak} * {ops}.minimum({rise(plan)}, fall)"]
    lines = []
    if plan.kind == "constant":
        lines += [f"lr = {peak} * {ops}.ones_like(step)"]
    else:
        span = plan.cooldown if plan.kind == "wsd" else plan.length
        names = {"cos": f"{ops}.cos", "sqrt": f"{ops}.sqrt", "pi": "math.pi"}
        fall = SHAPES[shape(plan)].format(**names)
        lines += [f"x = {ops}.clip((step - {plan.total - span}) / {span}, 0.0, 1.0)"]
        lines += [f"lr = {plan.end!r} + {number(plan.peak - plan.end)} * ({fall})"]
    if plan.warmup:
        lines += [f"lr = {ops}.where(step < {plan.warmup}, {peak} * {rise(plan)}, lr)"]
    return lines
