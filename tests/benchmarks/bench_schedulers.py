"""Our schedulers beside torch's: the cost of one step(), and of a curve of 10**6 steps.

    python tests/benchmarks/bench_schedulers.py

Both sides run in turns in one process; the figures are medians of CPU time. `step` wants at most 1 (no slower than
torch), `curve` at least 10 (a closed form that many times faster than stepping torch's scheduler).
"""

import statistics
import time

import torch

from lrcourse import schedulers as ours
from lrcourse import schedules

theirs = torch.optim.lr_scheduler
N = 10**6
ROUNDS, CALLS = 9, 5000

CASES = {
    "LambdaLR": (lambda m, o: m.LambdaLR(o, lambda step: 0.9999**step), schedules.exponential(0.1, 0.9999)),
    "MultiplicativeLR": (lambda m, o: m.MultiplicativeLR(o, lambda step: 0.9999), schedules.exponential(0.1, 0.9999)),
    "StepLR": (lambda m, o: m.StepLR(o, 1000), schedules.step_decay(0.1, 1000)),
    "MultiStepLR": (lambda m, o: m.MultiStepLR(o, [3000, 9000]), schedules.multistep(0.1, [3000, 9000])),
    "ConstantLR": (lambda m, o: m.ConstantLR(o, total_iters=N), schedules.constant(0.1 / 3)),
    "LinearLR": (lambda m, o: m.LinearLR(o, total_iters=N), schedules.linear(0.1, total_iters=N)),
    "ExponentialLR": (lambda m, o: m.ExponentialLR(o, 0.99999), schedules.exponential(0.1, 0.99999)),
    "PolynomialLR": (lambda m, o: m.PolynomialLR(o, N, 2.0), schedules.polynomial(0.1, N, 2.0)),
    "CosineAnnealingLR": (lambda m, o: m.CosineAnnealingLR(o, N), schedules.cosine(0.1, N)),
    "WarmRestarts, T_mult=1": (lambda m, o: m.CosineAnnealingWarmRestarts(o, 100), schedules.cosine_restarts(0.1, 100)),
    "WarmRestarts, T_mult=2": (
        lambda m, o: m.CosineAnnealingWarmRestarts(o, 100, 2),
        schedules.cosine_restarts(0.1, 100, 2),
    ),
    "CyclicLR, triangular": (lambda m, o: m.CyclicLR(o, 0.01, 0.1), schedules.cyclic(0.01, 0.1)),
    "CyclicLR, triangular2": (
        lambda m, o: m.CyclicLR(o, 0.01, 0.1, mode="triangular2"),
        schedules.cyclic(0.01, 0.1, mode="triangular2"),
    ),
    "CyclicLR, exp_range": (
        lambda m, o: m.CyclicLR(o, 0.01, 0.1, mode="exp_range", gamma=0.9999),
        schedules.cyclic(0.01, 0.1, mode="exp_range", gamma=0.9999),
    ),
    "OneCycleLR, cos": (lambda m, o: m.OneCycleLR(o, 0.1, N), schedules.one_cycle(0.1, N)),
    "OneCycleLR, linear": (
        lambda m, o: m.OneCycleLR(o, 0.1, N, anneal_strategy="linear", three_phase=True),
        schedules.one_cycle(0.1, N, anneal_strategy="linear", three_phase=True),
    ),
    "SequentialLR": (
        lambda m, o: m.SequentialLR(o, [m.LinearLR(o, 0.1, total_iters=1000), m.CosineAnnealingLR(o, N)], [1000]),
        schedules.join([schedules.linear(0.1, 0.1, total_iters=1000), schedules.cosine(0.1, N)], [1000]),
    ),
    "ChainedScheduler": (
        lambda m, o: m.ChainedScheduler([m.LinearLR(o, 0.1, total_iters=1000), m.ExponentialLR(o, 0.99999)]),
        schedules.chain([schedules.linear(0.1, 0.1, total_iters=1000), schedules.exponential(1.0, 0.99999)]),
    ),
}


def microseconds(function, *arguments):
    start = time.process_time()
    for _ in range(CALLS):
        function(*arguments)
    return (time.process_time() - start) / CALLS * 1e6


def curve_microseconds(schedule, calls=N // ROUNDS):
    start = time.process_time()
    schedules.curve(schedule, calls)
    return (time.process_time() - start) / calls * 1e6


def make(module, build):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    optimizer.step()
    return build(module, optimizer)


def plateau_row():
    pair = [make(module, lambda m, o: m.ReduceLROnPlateau(o)) for module in (theirs, ours)]
    return [statistics.median(microseconds(one.step, 1.0) for _ in range(ROUNDS)) for one in pair]


def main():
    print(
        f"{'':24}{'torch step':>11}{'our step':>10}{'ratio':>7}{'our curve':>11}{'torch / curve':>15}   (CPU µs a step)"
    )
    for name, (build, schedule) in CASES.items():
        pair = [make(module, build) for module in (theirs, ours)]
        rounds = [[*(microseconds(one.step) for one in pair), curve_microseconds(schedule)] for _ in range(ROUNDS)]
        reference, own, curve = (statistics.median(column) for column in zip(*rounds, strict=True))
        step_ratio = statistics.median(own / reference for reference, own, _ in rounds)
        curve_ratio = statistics.median(reference / curve for reference, _, curve in rounds)
        print(f"{name:24}{reference:11.2f}{own:10.2f}{step_ratio:7.2f}{curve:11.3f}{curve_ratio:15.1f}")
    reference, own = plateau_row()
    print(f"{'ReduceLROnPlateau':24}{reference:11.2f}{own:10.2f}{own / reference:7.2f}")


if __name__ == "__main__":
    main()
