"""The lines of PyTorch that make a schedule: what the playground shows, ready to copy."""


def torch_code(name, values, momentum=0.0):
    """Optimizer and scheduler for a schedule of `lrcourse.schedules` at these argument values, as Python source.

    The source expects a `model`. A schedule that torch has no class for comes as a LambdaLR.

    >>> print(torch_code("step_decay", {"base_lr": 0.1, "step_size": 20, "gamma": 0.5}))
    import torch
    from torch.optim.lr_scheduler import StepLR
    <BLANKLINE>
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=20, gamma=0.5)
    # after every optimizer.step(): scheduler.step()
    """
    if name in _LAMBDAS:
        scheduler, (before, listed) = "LambdaLR", _LAMBDAS[name](**values)
    elif name in _CLASSES:
        scheduler, before = _CLASSES[name], ""
        given = dict(values) if name in ("cyclic", "one_cycle") else {k: v for k, v in values.items() if k != "base_lr"}
        if name in ("cyclic", "one_cycle"):
            given["cycle_momentum"] = False  # else torch moves the momentum too, without being asked
        listed = ", ".join(f"{key}={value!r}" for key, value in given.items())
    lr = values.get("base_lr", values.get("max_lr"))
    extra = f", momentum={momentum!r}" if momentum else ""
    optimizer = f"optimizer = torch.optim.SGD(model.parameters(), lr={lr!r}{extra})\n"
    if name == "constant":
        return f"import torch\n\n{optimizer}# no scheduler: the LR stays as it is"
    imports = "".join(f"import {module}\n" for module in ("math", "time") if f"{module}." in before + listed)
    return (
        f"{imports}{imports and chr(10)}import torch\nfrom torch.optim.lr_scheduler import {scheduler}\n\n{before}"
        f"{optimizer}scheduler = {scheduler}(optimizer, {listed})\n"
        f"# after every optimizer.step(): scheduler.step({'loss' if name == 'reduce_on_plateau' else ''})"
    )


_CLASSES = {
    "constant": None,
    "step_decay": "StepLR",
    "multistep": "MultiStepLR",
    "exponential": "ExponentialLR",
    "linear": "LinearLR",
    "polynomial": "PolynomialLR",
    "cosine": "CosineAnnealingLR",
    "cosine_restarts": "CosineAnnealingWarmRestarts",
    "cyclic": "CyclicLR",
    "one_cycle": "OneCycleLR",
    "reduce_on_plateau": "ReduceLROnPlateau",
}


def _inverse_time(base_lr, decay_rate, decay_steps):
    return "", f"lambda step: 1 / (1 + {decay_rate} * step / {decay_steps})"


def _half_life(base_lr, seconds):
    return "start = time.monotonic()\n", f"lambda step: 0.5 ** ((time.monotonic() - start) / {seconds})"


def _linear_warmup(base_lr, warmup_steps):
    return "", f"lambda step: min(1.0, (step + 1) / {warmup_steps})" if warmup_steps else "lambda step: 1.0"


def _exponential_warmup(base_lr, warmup_steps):
    return "", f"lambda step: 1 - math.exp(-(step + 1) / {warmup_steps})"


def _inverse_sqrt(base_lr, warmup_steps):
    return "", f"lambda step: min((step + 1) / {warmup_steps}, math.sqrt({warmup_steps} / (step + 1)))"


_COOLDOWN = {"linear": "1 - x", "cosine": "(1 + math.cos(math.pi * x)) / 2", "1-sqrt": "1 - math.sqrt(x)"}


def _wsd(base_lr, total_steps, warmup_steps, cooldown_steps, cooldown, eta_min):
    start = total_steps - cooldown_steps
    lines = ["def factor(step):"]
    if warmup_steps:
        lines += [f"    if step < {warmup_steps}:", f"        return (step + 1) / {warmup_steps}"]
    if cooldown_steps:
        lines += [
            f"    if step < {start}:",
            "        return 1.0",
            f"    x = min(1.0, (step - {start}) / {cooldown_steps})",
            f"    end = {eta_min} / {base_lr}",
            f"    return end + (1 - end) * ({_COOLDOWN[cooldown]})",
        ]
    else:
        lines += ["    return 1.0"]
    return "\n".join([*lines, "", "", ""]), "factor"


def _flat_cosine(base_lr, total_steps, pct_start, eta_min):
    return _wsd(base_lr, total_steps, 0, total_steps - round(pct_start * total_steps), "cosine", eta_min)


_LAMBDAS = {
    "inverse_time": _inverse_time,
    "half_life": _half_life,
    "linear_warmup": _linear_warmup,
    "exponential_warmup": _exponential_warmup,
    "inverse_sqrt": _inverse_sqrt,
    "wsd": _wsd,
    "flat_cosine": _flat_cosine,
}
