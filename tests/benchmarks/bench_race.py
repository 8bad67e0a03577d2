"""How many lane-steps a second race makes, against the loops that it replaces: python tests/benchmarks/bench_race.py

(a) the loop a PyTorch user writes (DataLoader over a TensorDataset), one model after the other; (b) the same with
batches cut from tensors in memory; the limit: a race's matrix products alone, in the same layout, the lanes split over
all cores. A race is timed as a whole call: initialization, compilation, and the evaluation at its end are in. All loops
use momentum SGD; each baseline may take one thread or all cores and gets the faster. One run measures everything in
turns, the medians count. The numbers of the data do not matter to the clock, so MNIST is played by random pixels.
"""

import argparse
import math
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from lrcourse.training import race

CASES = [("digits", 64, 32, 64, [1, 8, 64, 256])]
CASES += [("mnist", 784, 128, 32, [1, 5, 25]), ("mnist", 784, 128, 128, [1, 5, 25])]


def random_data(pixels, n):
    x, y = torch.rand(n, pixels), torch.randint(10, (n,))
    return SimpleNamespace(x_train=x, y_train=y, x_val=x[:100], y_val=y[:100], x_test=x[:100], y_test=y[:100])


def train(model, batches, *arguments):
    model = model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for x, y in batches(*arguments):
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()


def with_loader(data, batch, steps):
    loader = DataLoader(TensorDataset(data.x_train, data.y_train), batch_size=batch, shuffle=True)
    while steps > 0:
        for step, pair in enumerate(loader):
            if step == steps:
                return
            yield pair
        steps -= len(loader)


def in_memory(data, batch, steps):
    while steps > 0:
        for rows in torch.randperm(len(data.x_train)).split(batch)[:steps]:
            yield data.x_train[rows], data.y_train[rows]
            steps -= 1


def limit(pixels, hidden, batch, lanes, steps):
    """The matrix products of so many lanes, an equal share on every core."""
    cores = min(lanes, torch.get_num_threads())
    with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        list(pool.map(lambda _: products(pixels, hidden, batch, lanes // cores, steps), range(cores)))


def products(pixels, hidden, batch, lanes, steps):
    """The five matrix products of a step of `lanes` networks: two forward, three backward."""
    x, h, out = torch.rand(lanes, batch, pixels), torch.rand(lanes, batch, hidden), torch.rand(lanes, batch, 10)
    w1, w2 = torch.rand(lanes, hidden, pixels), torch.rand(lanes, 10, hidden)
    for _ in range(steps):
        torch.bmm(x, w1.mT), torch.bmm(h, w2.mT)
        torch.bmm(out.mT, h), torch.bmm(out, w2), torch.bmm(h.mT, x)


def rate(lane_steps, function, *arguments, threads=None, **options):
    """Lane-steps a second; with threads=None the faster of one thread and all cores."""
    before = torch.get_num_threads()
    rates = []
    for count in {1, before} if threads is None else {threads}:
        torch.set_num_threads(count)
        start = time.perf_counter()
        function(*arguments, **options)
        rates.append(lane_steps / (time.perf_counter() - start))
    torch.set_num_threads(before)
    return max(rates)


def measure(name, pixels, hidden, batch, lanes, rounds):
    def model():
        return nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, 10))

    data = random_data(pixels, 1077 if name == "digits" else 10_000)
    steps = 1020 if lanes < 8 else 340
    some, cores = 200, torch.get_num_threads()
    entries = {"schedules": {"constant": None}, "lrs": [0.01], "seeds": range(lanes), "optimizer": "momentum"}
    found = {"a": [], "b": [], "race": [], "limit": []}
    for _ in range(rounds):
        found["a"].append(rate(some, train, model, with_loader, data, batch, some))
        found["b"].append(rate(some, train, model, in_memory, data, batch, some))
        options = entries | {"steps": steps, "batch_size": batch}
        found["race"].append(rate(lanes * steps, race, model, data, threads=cores, **options))
        width, few = 2 * math.ceil(min(lanes, 64) / 2) if lanes > 1 else 1, 50
        found["limit"].append(rate(width * few, limit, pixels, hidden, batch, width, few, threads=cores))
    return {loop: statistics.median(rates) for loop, rates in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="digits or mnist")
    options = parser.parse_args()
    print(f"{torch.get_num_threads()} cores, medians of {options.rounds} rounds, lane-steps a second")
    print("data   batch lanes     race     (a)     (b)  race/a  race/b  of limit")
    with torch.no_grad():
        products(64, 32, 64, 8, 3)
    measure("digits", 64, 32, 64, 2, rounds=1)  # the first use of torch.func imports for seconds
    for name, pixels, hidden, batch, many in CASES:
        for lanes in many if options.only in name else []:
            r = measure(name, pixels, hidden, batch, lanes, options.rounds)
            ratios = f"{r['race'] / r['a']:8.1f}{r['race'] / r['b']:8.1f}{r['race'] / r['limit']:10.0%}"
            print(f"{name:7}{batch:5}{lanes:6}{r['race']:9.0f}{r['a']:8.0f}{r['b']:8.0f}{ratios}", flush=True)


if __name__ == "__main__":
    main()
