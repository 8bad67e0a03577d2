"""Random healthy plans of four libraries: what people really train with, in arguments that fit the run.

As a script, for an environment that has transformers and timm: python healthy.py LIBRARY COUNT SEED, prints as JSON
what preview finds wrong in each.
"""

import json
import random
import sys
import warnings

import torch

from lrcourse.preview import preview


def optimizer(rng):
    lrs = [10 ** rng.uniform(-5, 0) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs]
    return rng.choice([lambda: torch.optim.SGD(groups, momentum=0.9), lambda: torch.optim.AdamW(groups)])()


def of_torchs_names(lib, optimizer, rng):
    """(scheduler, updates) for the names that torch and this course have in common."""
    n, lr = rng.choice([20, 50, 100, 137, 500, 1000]), optimizer.param_groups[0]["lr"]
    w = rng.randint(2, max(2, n // 5))
    low = min(group["lr"] for group in optimizer.param_groups) * rng.choice([0, 0.01, 0.1])
    up = rng.choice([1 / w, 0.01, 0.1, 1 / 3])

    def warm(then):
        return lib.SequentialLR(optimizer, [lib.LinearLR(optimizer, up, total_iters=w), then], [w])

    kinds = {
        "step": lambda: lib.StepLR(optimizer, max(1, n // rng.randint(2, 6)), rng.choice([0.1, 0.2, 0.5])),
        "multistep": lambda: lib.MultiStepLR(optimizer, sorted(rng.sample(range(1, n), 3)), rng.choice([0.1, 0.5])),
        "exponential": lambda: lib.ExponentialLR(optimizer, rng.uniform(0.01, 0.3) ** (1 / n)),
        "cosine": lambda: lib.CosineAnnealingLR(optimizer, n, low),
        "cosine, end used": lambda: lib.CosineAnnealingLR(optimizer, n - 1, low),
        "restarts": lambda: lib.CosineAnnealingWarmRestarts(optimizer, max(3, n // rng.randint(1, 7)), 1, low),
        "restarts, longer": lambda: lib.CosineAnnealingWarmRestarts(optimizer, max(3, n // 7), 2, low),
        "linear": lambda: lib.LinearLR(optimizer, 1.0, rng.choice([0.0, 0.1]), n),
        "polynomial": lambda: lib.PolynomialLR(optimizer, n, rng.choice([0.9, 1, 2])),
        "one cycle": lambda: lib.OneCycleLR(
            optimizer, 10 * lr, n, pct_start=rng.choice([0.1, 0.3]), three_phase=rng.random() < 0.3
        ),
        "cyclic": lambda: lib.CyclicLR(
            optimizer, lr / 10, lr, max(2, n // rng.randint(2, 9)), mode=rng.choice(["triangular", "triangular2"])
        ),
        "constant": lambda: lib.ConstantLR(optimizer, 1.0),
        "short rise": lambda: lib.ConstantLR(optimizer, 0.1, n // 10),
        "ramp alone": lambda: lib.LinearLR(optimizer, up, total_iters=w),
        "lambda": lambda: lib.LambdaLR(optimizer, lambda t: 0.5 ** (3 * t / n)),
        "multiplicative": lambda: lib.MultiplicativeLR(optimizer, lambda t: 0.1 ** (1 / n)),
        "plateau": lambda: lib.ReduceLROnPlateau(optimizer, patience=rng.randint(2, 10)),
        "warm, cosine": lambda: warm(lib.CosineAnnealingLR(optimizer, n - w, low)),
        "warm, linear": lambda: warm(lib.LinearLR(optimizer, 1.0, 0.0, n - w)),
        "warm, exponential": lambda: warm(lib.ExponentialLR(optimizer, 0.05 ** (1 / n))),
        "warm, step": lambda: warm(lib.StepLR(optimizer, max(1, (n - w) // 3), 0.1)),
        "warm, restarts": lambda: warm(lib.CosineAnnealingWarmRestarts(optimizer, max(3, (n - w) // 3))),
        "warm, flat, linear": lambda: lib.SequentialLR(
            optimizer,
            [
                lib.LinearLR(optimizer, up, total_iters=w),
                lib.ConstantLR(optimizer, 1.0),
                lib.LinearLR(optimizer, 1.0, 0.0, n // 4),
            ],
            [w, n - n // 4],
        ),
        "torch's own example": lambda: lib.ChainedScheduler(
            [lib.ConstantLR(optimizer, 0.1, n // 10), lib.ExponentialLR(optimizer, 0.1 ** (1 / n))], optimizer
        ),
    }
    name = rng.choice(list(kinds))
    return name, kinds[name](), n


def of_ours(optimizer, rng):
    from lrcourse import schedulers, schedules

    n = rng.choice([20, 50, 100, 137, 500, 1000])
    w, lr, low = rng.randint(1, n // 5), optimizer.param_groups[0]["lr"], rng.choice([0, 0.01, 0.1])
    kinds = {
        "wsd": lambda: schedulers.WSDLR(
            optimizer, n, w, rng.randint(2, n // 2), rng.choice(["linear", "cosine", "1-sqrt"])
        ),
        "inverse sqrt": lambda: schedulers.InverseSqrtLR(optimizer, w),
        "inverse time": lambda: schedulers.InverseTimeLR(optimizer, 0.5, max(1, n // 10)),
        "warm": lambda: schedulers.SequentialLR(
            optimizer, [schedulers.WarmupLR(optimizer, w), schedulers.CosineAnnealingLR(optimizer, n - w)], [w]
        ),
        "for frameworks": lambda: schedulers.torch_scheduler(optimizer, schedules.cosine(lr / 3, n)),
        "schedule, wsd": lambda: schedules.wsd(lr, n, w, n // 5),
        "schedule, cosine": lambda: schedules.warmup(schedules.cosine(lr, n - w, low * lr), w),
        "schedule, restarts": lambda: schedules.cosine_restarts(lr, max(3, n // 7), 2, low * lr),
        "schedule, cyclic": lambda: schedules.cyclic(lr / 10, lr, max(2, n // 6)),
        "schedule, one cycle": lambda: schedules.one_cycle(lr, n),
        "schedule, flat": lambda: schedules.flat_cosine(lr, n),
        "schedule, stretched": lambda: schedules.stretch(schedules.step_decay(lr, 2, 0.5), max(1, n // 6)),
        "schedule, drawn": lambda: schedules.interpolate([(0, 0.1 * lr), (w, lr), (n, 0.0)]),
    }
    name = rng.choice(list(kinds))
    return (name, kinds[name](), n) if rng.random() < 0.5 else of_torchs_names(schedulers, optimizer, rng)


def of_transformers(optimizer, rng):
    from transformers import get_scheduler

    n = rng.choice([20, 50, 100, 137, 500, 1000])
    w = rng.choice([0, rng.randint(2, n // 5)])
    specific = {
        "linear": {},
        "cosine": {},
        "constant": {},
        "constant_with_warmup": {},
        "inverse_sqrt": {},
        "polynomial": {"power": rng.choice([1.0, 2.0]), "lr_end": 1e-9},
        "cosine_with_restarts": {"num_cycles": rng.randint(1, 3)},
        "cosine_with_min_lr": {"min_lr_rate": 0.1},
        "cosine_warmup_with_min_lr": {"min_lr_rate": 0.1},
        "warmup_stable_decay": {
            "num_decay_steps": rng.randint(2, n // 2),
            "decay_type": rng.choice(["linear", "1-sqrt"]),
        },
    }
    name = rng.choice(list(specific))
    if name == "cosine_warmup_with_min_lr" and w == 0:
        w = 2
    return name, get_scheduler(name, optimizer, w, n, specific[name]), n


def of_timm(optimizer, rng):
    from timm import scheduler as timm

    n = rng.choice([50, 100, 137, 500, 1000])
    w, lr = rng.choice([0, rng.randint(2, n // 5)]), min(group["lr"] for group in optimizer.param_groups)
    warm = {"warmup_t": w, "warmup_lr_init": rng.choice([0, lr / 100]), "t_in_epochs": rng.random() < 0.5}
    fit = {**warm, "warmup_prefix": True, "lr_min": rng.choice([0, lr / 100])}
    kinds = {
        "cosine": lambda: timm.CosineLRScheduler(optimizer, n - w, **fit),
        "cosine, cut in a little": lambda: timm.CosineLRScheduler(
            optimizer, n, lr / 100, warmup_t=n // 25, warmup_lr_init=lr / 10
        ),
        "cosine, cycles": lambda: timm.CosineLRScheduler(optimizer, (n - w) // 3, cycle_limit=3, **fit),
        "poly": lambda: timm.PolyLRScheduler(optimizer, n - w, power=rng.choice([0.9, 1, 2]), **fit),
        "tanh": lambda: timm.TanhLRScheduler(optimizer, n - w, **fit),
        "step": lambda: timm.StepLRScheduler(optimizer, max(w + 2, n // rng.randint(2, 4)), 0.1, **warm),
        "multistep": lambda: timm.MultiStepLRScheduler(optimizer, [n // 2, 3 * n // 4], 0.1, **warm),
        "wsd": lambda: timm.WSDLRScheduler(optimizer, n - w, decay_t=n // 5, **warm),
    }
    name = rng.choice(list(kinds))
    return name, kinds[name](), n


LIBRARIES = {
    "ours": of_ours,
    "torch": lambda optimizer, rng: of_torchs_names(torch.optim.lr_scheduler, optimizer, rng),
    "transformers": of_transformers,
    "timm": of_timm,
}


def state(plan, optimizer):
    """All that a look must leave as it was, as text: what the objects would save, the LRs, the random states."""
    held = plan.state_dict() if hasattr(plan, "state_dict") else plan
    groups = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
    weights = [weight.tolist() for group in optimizer.param_groups for weight in group["params"]]
    return repr((held, optimizer.state_dict(), groups, weights, random.getstate(), torch.get_rng_state().tolist()))


def alarms(library, count, seed):
    """What preview finds wrong in so many random plans, and which of them it changed, by the plan."""
    rng, found = random.Random(seed), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(count):
            weights = optimizer(rng)
            name, plan, n = LIBRARIES[library](weights, rng)
            done = sum(go(plan, weights) for _ in range(rng.choice([0, 3])))
            before = state(plan, weights)
            wrong = preview(plan, n - done).wrong
            wrong += [] if state(plan, weights) == before else ["changed by looking"]
            found += [[f"{library}: {name}, {n} updates", wrong]] if wrong else []
    return found


def go(plan, weights):
    """One update, as a loop does it; whether it was done."""
    if not hasattr(plan, "step") or hasattr(plan, "step_update"):
        return False
    for group in weights.param_groups:
        group["params"][0].grad = torch.ones(1)
    weights.step()
    plan.step(*([1.0] if "Plateau" in type(plan).__name__ else []))
    return True


if __name__ == "__main__":
    print(json.dumps(alarms(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
