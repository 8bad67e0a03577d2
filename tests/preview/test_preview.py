"""preview against loops that really run, and each of its warnings beside a healthy plan that must stay silent."""

import copy
import itertools
import math
import random
import subprocess
import sys
import threading
import time
import warnings
from collections import deque
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import lrcourse
from lrcourse import schedulers, schedules
from lrcourse.preview import Outlook, preview
from lrcourse.preview.preview_command import main

ROOT = Path(__file__).parents[2]
theirs = torch.optim.lr_scheduler


def weight():
    return torch.zeros(1, requires_grad=True)


def sgd(*lrs, **options):
    return torch.optim.SGD([{"params": [weight()], "lr": lr} for lr in lrs or (0.1,)], lr=0.1, **options)


def used(scheduler, n, per_epoch=1, metric=None):
    """The LRs of a loop that really runs, all groups."""
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for t in range(n):
            rows.append([float(group["lr"]) for group in scheduler.optimizer.param_groups])
            scheduler.optimizer.step()
            if (t + 1) % per_epoch == 0:
                scheduler.step(*([metric(t)] if metric else []))
    return [list(lrs) for lrs in zip(*rows, strict=True)]


KINDS = {
    "LambdaLR": lambda lib, o: lib.LambdaLR(o, [lambda t: 0.9**t] * 2),
    "MultiplicativeLR": lambda lib, o: lib.MultiplicativeLR(o, lambda t: 0.9),
    "StepLR": lambda lib, o: lib.StepLR(o, 7, 0.5),
    "MultiStepLR": lambda lib, o: lib.MultiStepLR(o, [5, 20], 0.5),
    "ConstantLR": lambda lib, o: lib.ConstantLR(o, 0.5, 4),
    "LinearLR": lambda lib, o: lib.LinearLR(o, 0.2, 1.0, 9),
    "ExponentialLR": lambda lib, o: lib.ExponentialLR(o, 0.97),
    "PolynomialLR": lambda lib, o: lib.PolynomialLR(o, 25, 2),
    "CosineAnnealingLR": lambda lib, o: lib.CosineAnnealingLR(o, 13, 0.001),
    "CosineAnnealingWarmRestarts": lambda lib, o: lib.CosineAnnealingWarmRestarts(o, 4, 2),
    "CyclicLR": lambda lib, o: lib.CyclicLR(o, 0.01, 0.1, 5, mode="exp_range", gamma=0.9),
    "CyclicLR, own shape": lambda lib, o: lib.CyclicLR(o, 0.01, 0.1, 5, scale_fn=lambda x: 1 / (1 + x)),
    "OneCycleLR": lambda lib, o: lib.OneCycleLR(o, 0.5, 60),
    "SequentialLR": lambda lib, o: lib.SequentialLR(
        o, [lib.LinearLR(o, 0.2, total_iters=9), lib.CosineAnnealingLR(o, 20)], [9]
    ),
    "ChainedScheduler": lambda lib, o: lib.ChainedScheduler([lib.ConstantLR(o, 0.5, 4), lib.ExponentialLR(o, 0.9)], o),
    "ReduceLROnPlateau": lambda lib, o: lib.ReduceLROnPlateau(o, patience=2),
}


@pytest.mark.parametrize("begin", [0, 11])
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("lib", [schedulers, theirs], ids=["ours", "torch"])
def test_it_sees_what_the_loop_will_use_and_leaves_all_as_it_was(lib, name, begin):
    metric = math.cos if name == "ReduceLROnPlateau" else None
    scheduler = KINDS[name](lib, sgd(0.1, 0.02, momentum=0.9))
    used(scheduler, begin, metric=metric)
    before = copy.deepcopy((scheduler.state_dict(), scheduler.optimizer.state_dict()))
    chance = random.getstate(), torch.get_rng_state().tolist()
    plan = preview(scheduler, 30, metric=metric)
    assert (scheduler.state_dict(), scheduler.optimizer.state_dict()) == before
    assert (random.getstate(), torch.get_rng_state().tolist()) == chance
    assert plan.lrs == used(scheduler, 30, metric=metric)
    assert plan.start == begin


def test_an_optimizer_that_was_loaded_alone():
    """Ours meets it at the first step, and says so: the copy must meet it too."""
    before, after = (KINDS["SequentialLR"](schedulers, sgd()) for _ in range(2))
    used(before, 15)
    after.optimizer.load_state_dict(before.optimizer.state_dict())
    plan = preview(after, 14)
    assert plan.lrs == used(after, 14) and "its state was loaded" in plan.notes[0]
    assert not preview(KINDS["ChainedScheduler"](schedulers, sgd()), 9).notes[1:]  # members are no second hand


@pytest.mark.parametrize("per_epoch", [1, 4])
def test_epochs(per_epoch):
    def make():
        return theirs.CosineAnnealingLR(sgd(), 6)

    plan = preview(make(), epochs=6, steps_per_epoch=per_epoch, step_per="epoch")
    assert plan.lrs == used(make(), 6 * per_epoch, per_epoch) and plan.ok
    assert preview(make(), epochs=6).lrs == used(make(), 6)


def test_a_factory_a_function_a_pair_and_lightnings_dicts():
    expected = used(theirs.CosineAnnealingLR(sgd(), 30), 30)
    scheduler = theirs.CosineAnnealingLR(sgd(), 30)
    pair = (scheduler.optimizer, scheduler)
    step = {"optimizer": pair[0], "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
    made = [
        lambda optimizer: theirs.CosineAnnealingLR(optimizer, 30),
        partial(theirs.CosineAnnealingLR, T_max=30),
        lambda: theirs.CosineAnnealingLR(sgd(), 30),
        pair,
        lambda: pair,
        step,
        ([pair[0]], [step["lr_scheduler"]]),
    ]
    for each in made:
        assert preview(each, 30).lrs == expected
    every_other = {"scheduler": scheduler, "interval": "step", "frequency": 2}
    assert preview(every_other, 30).lrs[0][:4] == [expected[0][i] for i in (0, 0, 1, 1)]
    outside = preview({"optimizer": pair[0], "lr_scheduler": scheduler, "interval": "step"}, 30)
    assert any("Lightning does not read 'interval'" in words for words in outside.wrong)
    assert preview(schedules.cosine(0.1, 30)).lrs[0] == schedules.curve(schedules.cosine(0.1, 30), 30)
    assert preview(lambda step: torch.tensor(0.5) / (step + 1), 3).lrs == [pytest.approx([0.5, 0.25, 0.5 / 3])]


def test_the_number_of_updates_that_a_plan_was_made_for():
    for made in (
        schedules.warmup(schedules.cosine(0.1, 180), 20),
        schedules.wsd(0.1, 200),
        theirs.OneCycleLR(sgd(), 0.1, 200),
        KINDS["SequentialLR"](theirs, sgd()),
        KINDS["SequentialLR"](schedulers, sgd()),
    ):
        assert len(preview(made)) in (200, 29)
    with pytest.raises(ValueError, match="steps must be given"):
        preview(theirs.ExponentialLR(sgd(), 0.9))


def test_functions_with_a_memory_are_not_used_up():
    def counting():
        calls = []
        return lambda t: 1 / (1 + len(calls.append(t) or calls))

    rates = iter([1.0, 0.5, 0.25, 0.125, 0.0625] * 9)
    for made in (theirs.LambdaLR(sgd(), counting()), theirs.LambdaLR(sgd(), lambda t: next(rates))):
        seen = preview(made, 5).lrs
        assert preview(made, 5).lrs == seen == used(made, 5)

    def drawn():
        yield from itertools.repeat(0.5)

    source = drawn()
    with pytest.raises(TypeError, match="draws from a generator"):
        preview(theirs.LambdaLR(sgd(), lambda t: next(source)), 5)


CALLS: list[int] = []
COUNTED = 0
DRAW = random.Random(4)


def counts(t):
    global COUNTED
    COUNTED += 1
    return COUNTED


def of_this_module(t):
    CALLS.append(t)
    return 0.1 * 0.99 ** (counts(t) + len(CALLS) + DRAW.random())


def with_default(t, calls=[]):  # noqa: B006
    calls.append(t)
    return 0.99 ** len(calls)


class Remembers:
    """An object that gives LRs, and keeps what cannot be copied beside what it counts."""

    def __init__(self):
        self.calls, self.done, self.lock = [], 0, threading.Lock()

    def __call__(self, t):
        self.calls.append(t)
        self.done += 1
        return 0.99 ** (self.done + len(self.calls))

    def lr(self, t):
        return self(t)


def with_a_generator():
    draw, torchs = np.random.default_rng(5), torch.Generator().manual_seed(5)
    return lambda t: 0.99 ** (t + draw.random() + torch.rand(1, generator=torchs).item())


def kept_in_a_partial():
    return partial(lambda t, calls: 0.99 ** len(calls.append(t) or calls), calls=[])


HOLD = {
    "its module's variables": lambda: of_this_module,
    "a default argument": lambda: with_default,
    "an object": Remembers,
    "a method's object": lambda: Remembers().lr,
    "generators": with_a_generator,
    "a partial": kept_in_a_partial,
    "a queue": lambda: partial(lambda t, last: (last.append(0.99**t), last.popleft())[1], last=deque([1.0] * 3)),
}


@pytest.mark.parametrize("make", HOLD.values(), ids=HOLD)
def test_what_a_function_holds_is_not_used_up(make):
    function = make()
    seen = preview(function, 9).lrs[0]
    assert preview(function, 9).lrs[0] == seen == [function(t) for t in range(9)]
    if not isinstance(function, Remembers):  # torch copies such an object, with its lock
        scheduler = theirs.LambdaLR(sgd(1.0), make())
        assert preview(scheduler, 9).lrs == used(scheduler, 9)


BATCHES = (0.5 for _ in range(9))
LOADER = iter(torch.utils.data.DataLoader([1, 2, 3]))
AROUND, LOCK, LOG, ROWS = enumerate(BATCHES), threading.Lock(), sys.__stderr__, [[0.5]] * 100
SETTINGS = SimpleNamespace(BATCHES=100)


@pytest.mark.parametrize(
    "names",
    [
        *(lambda: BATCHES, lambda: len(LOADER), lambda: AROUND, LOCK.locked, lambda: LOCK.locked()),
        *(lambda: LOG.name, lambda: SETTINGS.BATCHES, lambda: len(ROWS), lambda: [LOADER, ROWS, BATCHES]),
    ],
)
def test_a_function_may_name_what_cannot_be_copied(names):
    """A script's variables that have nothing to do with the LR, in its module or in the function around it."""
    held, drawn = iter(torch.utils.data.DataLoader([1])), (t for t in range(3))
    schedule = lambda t: (names(), held, drawn, 0.1 * (1 - t / 50))[-1]  # noqa: E731
    made = lambda optimizer: (names(), theirs.LambdaLR(optimizer, lambda t: 10 * schedule(t)))[1]  # noqa: E731
    for given in (schedule, made, theirs.LambdaLR(sgd(0.1), lambda t: 10 * schedule(t))):
        assert preview(given, 50).lrs[0] == pytest.approx([0.1 * (1 - t / 50) for t in range(50)])


def test_drawing_from_a_module_s_generator_is_refused_and_leaves_it_as_it_is():
    for given in (
        lambda t: next(BATCHES),
        lambda t: list(AROUND),
        theirs.LambdaLR(sgd(), lambda t: t and next(BATCHES)),
    ):
        with pytest.raises(TypeError, match="draws from a generator"):
            preview(given, 5)
    assert len(list(BATCHES)) == 9


class Table(list):
    """A long one, that says when it is copied."""

    copied = 0

    def __deepcopy__(self, memo):
        Table.copied += 1
        return self


TABLE = Table(range(50))


def test_a_table_of_which_only_the_length_is_asked_is_not_copied():
    assert preview(lambda t: 0.1 * (1 - t / len(TABLE)), 50).ok and not Table.copied
    assert preview(lambda t: 0.1 * (1 - TABLE[t] / 50), 50).ok and Table.copied


def test_two_functions_that_hold_each_other():
    def even(t):
        return 0.1 if t <= 0 else 0.9 * odd(t - 1)

    def odd(t):
        return 0.1 if t <= 0 else 0.9 * even(t - 1)

    assert preview(even, 5).lrs[0] == pytest.approx([0.1 * 0.9**t for t in range(5)])


def test_a_tensor_lr_that_two_groups_share():
    groups = [{"params": [weight()]}, {"params": [weight()]}]
    optimizer = torch.optim.AdamW(groups, lr=torch.tensor(0.1), foreach=False)
    scheduler = theirs.LambdaLR(optimizer, [lambda t: 0.9**t, lambda t: 0.5**t])
    assert preview(scheduler, 9).lrs == used(scheduler, 9)  # the last lambda's for both


def test_a_scheduler_that_reads_what_its_optimizer_counts():
    class Counted(theirs.LRScheduler):
        def get_lr(self):
            held = self.optimizer.state.get(self.optimizer.param_groups[0]["params"][0], {})
            return [lr * (1 - int(held.get("step", 0)) / 50) for lr in self.base_lrs]

    scheduler = Counted(torch.optim.AdamW([weight()], lr=0.1))
    for done in (0, 20):
        seen, lrs = preview(scheduler, 20).lrs, []
        for _ in range(20):
            lrs.append(scheduler.get_last_lr()[0])
            scheduler.optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
            scheduler.optimizer.step()
            scheduler.step()
        assert seen == [lrs] and lrs[0] == pytest.approx(0.1 * (1 - done / 50))


def test_a_scheduler_that_calls_what_is_around_its_optimizer():
    class Around:  # as fairseq has it
        def __init__(self, optimizer):
            self.optimizer = optimizer

        @property
        def param_groups(self):
            return self.optimizer.param_groups

        def set_lr(self, lr):
            self.param_groups[0]["lr"] = lr

    class InverseSqrt:
        def __init__(self, optimizer):
            self.optimizer = optimizer
            self.step_update(0)

        def step(self, epoch, val_loss=None):
            pass

        def step_update(self, num_updates):
            self.optimizer.set_lr(0.1 * min((num_updates + 1) / 10, (10 / (num_updates + 1)) ** 0.5))

    scheduler = InverseSqrt(Around(sgd()))
    assert preview(scheduler, 40).lrs[0] == [0.1 * min((t + 1) / 10, (10 / (t + 1)) ** 0.5) for t in range(40)]
    assert scheduler.optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


def test_a_look_prints_nothing(capsys):
    def loud(t):
        print("LR of step", t)
        return 0.1 * (1 - t / 20)

    scheduler = theirs.LambdaLR(sgd(), loud)
    capsys.readouterr()
    assert preview(loud, 20).ok and preview(scheduler, 20).lrs and not capsys.readouterr().out


def test_an_array_of_one_lr_and_a_step_that_wants_more():
    assert preview(lambda t: np.array([0.1 * (1 - t / 20)]), 20).lrs[0][10] == pytest.approx(0.05)

    class Megatrons:
        def __init__(self):
            self.optimizer = sgd()

        def step(self, increment):
            self.optimizer.param_groups[0]["lr"] *= 0.9

    assert "whose step() gives it increment" in preview(Megatrons(), 20).wrong[0]


def test_groups_that_are_alike_share_a_sentence():
    groups = sgd(*(0.1 * 0.5**k for k in range(8)))
    (said,) = preview(theirs.CosineAnnealingLR(groups, 100, 0.01), 100).wrong
    assert said.startswith("Group 4: above the optimizer's LR") and said.endswith("The same in groups 5, 6, 7.")


def test_a_metric_that_was_given_is_not_called_one_that_never_improves():
    plateau = theirs.ReduceLROnPlateau(sgd(), patience=2)
    assert preview(plateau, 20).notes and not preview(plateau, 20, metric=lambda t: (t - 9) ** 2).notes


def test_a_scheduler_that_draws_at_random():
    class Noisy(theirs.LRScheduler):
        def get_lr(self):
            return [lr * (0.5 + random.random() * torch.rand(1).item()) for lr in self.base_lrs]

    noisy = Noisy(sgd())
    assert preview(noisy, 9).lrs == used(noisy, 9)  # drawn from the same places


def test_without_torch_and_on_what_is_no_optimizer_of_torch():
    code = "import sys; from lrcourse import preview, schedules, schedulers\n"
    code += "from types import SimpleNamespace as S; o = S(param_groups=[{'lr': 0.1}], defaults={})\n"
    code += "print(preview(schedulers.WSDLR(o, 50, 5, 10)).text(40));\n"
    code += "print(preview(lambda o: schedulers.StepLR(o, 5), 20).ok, preview(schedules.wsd(.1, 9), 9).svg()[:4])\n"
    code += "print({n.partition('.')[0] for n in sys.modules} - set(sys.stdlib_module_names))"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    last = done.stdout.splitlines()[-2:]
    assert last[0] == "True <svg" and set(eval(last[1])) <= {"__main__", "lrcourse", "sitecustomize"}, done.stderr


def test_both_ways_to_the_name():
    from lrcourse import preview as callable_package

    assert lrcourse.preview(schedules.wsd(0.1, 9)).lrs == callable_package(schedules.wsd(0.1, 9)).lrs
    assert lrcourse.preview.preview is preview


def timms(t_in_epochs):
    """timm's loop protocol, in few lines: of step and step_update only one acts, as t_in_epochs says."""

    class Scheduler:
        def __init__(self):
            self.optimizer, self.t_in_epochs = sgd(), t_in_epochs
            self.optimizer.param_groups[0]["lr"] = 0.0

        def step(self, epoch, metric=None):
            if self.t_in_epochs:
                self.optimizer.param_groups[0]["lr"] = 0.1 * min(epoch, 5) / 5

        def step_update(self, updates, metric=None):
            if not self.t_in_epochs:
                self.optimizer.param_groups[0]["lr"] = 0.1 * min(updates, 5) / 5

    return Scheduler()


def on_another_optimizer():
    return {"scheduler": theirs.CosineAnnealingLR(sgd(), 100), "steps": 100, "optimizer": sgd()}


def two_on_one(second):
    optimizer = sgd()
    other = optimizer if second else sgd()
    return {"scheduler": [theirs.ExponentialLR(optimizer, 0.99), theirs.CosineAnnealingLR(other, 100)], "steps": 100}


def of(make, steps=100, **options):
    return lambda: {"scheduler": make, "steps": steps, **options}


def cosine(T_max):
    return lambda optimizer: theirs.CosineAnnealingLR(optimizer, T_max)


def joined(milestone_lr):
    """A warmup to 0.1, and a decay that begins elsewhere: two parts that do not meet."""
    return schedules.join([schedules.linear_warmup(0.1, 20), schedules.cosine(milestone_lr, 80)], [20])


def warmed(optimizer, then):
    return theirs.SequentialLR(optimizer, [theirs.LinearLR(optimizer, 0.01, total_iters=30), then], [31])


def wave(length):
    return lambda t: 0.05 * (1 + math.cos(math.pi * t / length))


def triangles(legs):
    """As many straight lines, up and down, in 100 updates."""
    return lambda t: 0.1 - 0.09 * abs(1 - (t + 0.5) * legs / 100 % 2)


def step(optimizer):
    return theirs.ExponentialLR(optimizer, 0.98)


def cuts(*milestones):
    return lambda optimizer: theirs.MultiStepLR(optimizer, milestones)


def meeting(optimizer, milestone):
    """A warmup over 100 updates that a SequentialLR leaves at its milestone."""
    rise = theirs.LinearLR(optimizer, 0.01, total_iters=100)
    return theirs.SequentialLR(optimizer, [rise, theirs.CosineAnnealingLR(optimizer, 400 - milestone)], [milestone])


def several_factors(optimizer):
    for lr in (0.05, 0.01):
        optimizer.add_param_group({"params": [weight()], "lr": lr})
    return theirs.LambdaLR(optimizer, [lambda t, k=k: 0.8**k * (1 - t / 100) for k in range(3)])


def copied_plan(updates):
    """A cosine by hand with a floor, as training scripts hand it on: whoever copies it keeps its length."""
    return lambda t: 0.01 + 0.045 * (1 + math.cos(math.pi * min(t, updates) / updates))


def power(updates):
    """Past its end this factor is a complex number."""
    return lambda t: (1 - t / updates) ** 0.9


def in_stages(optimizer, T_max):
    """A cosine, at update 500 a new warmup, and a cosine: meant, if the first one ends where the warmup begins."""
    first, last = theirs.CosineAnnealingLR(optimizer, T_max), theirs.CosineAnnealingLR(optimizer, 450)
    return theirs.SequentialLR(optimizer, [first, theirs.LinearLR(optimizer, 0.01, 1.0, 50), last], [500, 550])


def loaded_alone(both=False):
    """A run of 100 updates, cut at 77, whose optimizer was loaded and its scheduler not."""

    def make(optimizer):
        rise, fall = theirs.LinearLR(optimizer, 1 / 20, total_iters=19), theirs.CosineAnnealingLR(optimizer, 80)
        return theirs.SequentialLR(optimizer, [rise, fall], [20])

    before, after = make(sgd()), make(sgd())
    used(before, 77)
    after.optimizer.load_state_dict(before.optimizer.state_dict())
    if both:
        after.load_state_dict(before.state_dict())
    return after


def loaded_both():
    return loaded_alone(both=True)


def at_epoch_40(lr):
    """A resume by last_epoch=, on an optimizer with this LR."""
    optimizer = sgd(lr)
    optimizer.param_groups[0]["initial_lr"] = 0.1
    return {"scheduler": theirs.CosineAnnealingLR(optimizer, 100, last_epoch=39), "steps": 60}


def by_iteration_and_by_epoch(last):
    """A warmup within the first epoch and milestones by epochs, or a decay that begins before it is over."""
    optimizer = sgd()
    warm = {"scheduler": theirs.LinearLR(optimizer, 0.001, total_iters=last), "interval": "step"}
    main = {"scheduler": theirs.MultiStepLR(optimizer, [8, 11]), "interval": "epoch"}
    return {"scheduler": [warm, main], "steps": None, "epochs": 12, "steps_per_epoch": 50}


class OfOnesOwn:
    """No class of torch's: a fall over so many updates, and its optimizer under a name of its own."""

    def __init__(self, optimizer, updates):
        self.opt, self.updates, self.done = optimizer, updates, 0

    def step(self):
        self.done += 1
        self.opt.param_groups[0]["lr"] = 0.1 * max(0.1, 1 - self.done / self.updates)


def timms_noise(noise):
    """timm adds noise to a cosine where it is asked to."""
    scheduler = timms(t_in_epochs=False)
    scheduler.noise_range_t, draw = (20, 90) if noise else None, random.Random(3)

    def step_update(updates, metric=None):
        lr = wave(100)(updates) * draw.uniform(0.7, 1.3) if noise else wave(66)(updates)
        scheduler.optimizer.param_groups[0]["lr"] = lr

    scheduler.step_update = step_update
    step_update(0)
    return {"scheduler": scheduler, "steps": 100}


def trapezoid(updates):
    """A rise, a flat, and a fall over the last third, to a tenth of it."""
    return lambda t: min(1.0, (t + 1) / 10, max(0.1, 3 * (1 - t / updates) + 0.1))


def by_epochs_of(T_max):
    return of(cosine(T_max), None, epochs=12, steps_per_epoch=5, step_per="epoch")


def relative(ignores):
    """An optimizer that computes its own LR, as transformers' Adafactor does with relative_step=True."""

    class Own(torch.optim.SGD):
        def step(self):
            kept = self.param_groups[0]["lr"]
            self.param_groups[0]["lr"] = 0.01 if ignores else kept
            super().step()
            self.param_groups[0]["lr"] = kept

    return Own([weight()], lr=0.1)


def keeps_its_lr(kept):
    """An optimizer that reads its LR from its group, or from what it was made with."""

    class Own(torch.optim.Optimizer):
        def __init__(self, weights, lr):
            super().__init__(weights, {"lr": lr})
            self.lr = lr

        def step(self):
            for weight in self.param_groups[0]["params"]:
                weight.data -= (self.lr if kept else self.param_groups[0]["lr"]) * weight.grad

    return Own([weight()], 0.1)


def a_gan(scheduled):
    """Two optimizers, one of which is scheduled; or a scheduler on a third."""
    first, second = sgd(), sgd()
    return {
        "scheduler": ([first, second], [theirs.CosineAnnealingLR(first if scheduled else sgd(), 100)]),
        "steps": 100,
    }


class Writes:
    """A scheduler that writes one setting of its optimizer, an LR always the same."""

    def __init__(self, key):
        self.optimizer, self.key, self.done = torch.optim.AdamW([weight()], lr=1e-3), key, 0

    def step(self):
        self.done += 1
        self.optimizer.param_groups[0][self.key] = 1e-3 if self.key == "lr" else 0.04 + 0.01 * self.done


# kind of the warning, a plan that has it, one beside it that has not; the issues stand at the rules
SICK = [
    ("first LR 0", of(lambda t: 0.1 * (t // 10) / 10), of(lambda t: 0.1 * (t // 10 + 1) / 10)),
    ("first LR 0", of(lambda t: 0.1 * min(t, 5) / 5, None, epochs=30), of(lambda t: 0.1, None, epochs=30)),
    ("peak", of(lambda o: theirs.LambdaLR(o, lambda t: 1e-3)), of(lambda o: theirs.LambdaLR(o, lambda t: 0.99**t))),
    ("peak", of(wave(100), peak=0.2, end=0), of(wave(100), peak=0.1, end=0)),
    ("peak", of(lambda o: theirs.LinearLR(o, 0.01, 1, 500)), of(lambda o: theirs.LinearLR(o, 0.01, 1, 50))),
    ("peak", of(schedules.linear_warmup(0.1, 500)), of(schedules.linear_warmup(0.1, 100))),
    ("end", of(cosine(300)), of(cosine(100))),
    ("end", of(schedules.wsd(0.1, 200, 5, 150), 100), of(schedules.wsd(0.1, 200, 5, 150), 200)),
    ("end", of(schedules.wsd(0.1, 200, 5, 20), 100), of(lambda o: theirs.StepLR(o, 75), 100)),
    ("end", of(lambda o: theirs.MultiStepLR(o, [30, 150])), of(lambda o: theirs.MultiStepLR(o, [30, 80]))),
    ("end", of(lambda t: 0.1 / (1 + t / 9), end=0), of(lambda t: 0.1 / (1 + t / 9), end=0.1 / 12)),
    ("rises again", of(cosine(66)), of(lambda o: theirs.CosineAnnealingWarmRestarts(o, 66))),
    ("rises again", of(wave(70)), of(wave(100))),
    ("constant", of(lambda o: theirs.StepLR(o, 300)), of(lambda o: theirs.StepLR(o, 30))),
    ("constant", of(lambda o: theirs.MultiStepLR(o, [3000])), of(lambda o: theirs.ConstantLR(o, 1.0))),
    ("zero", of(lambda t: 0.0), of(lambda t: 0.1)),
    ("zero for long", of(lambda o: theirs.PolynomialLR(o, 60)), of(lambda o: theirs.PolynomialLR(o, 100))),
    ("zero for long", of(lambda o: theirs.ExponentialLR(o, 0.5)), of(lambda o: theirs.ExponentialLR(o, 0.95))),
    ("negative", of(lambda t: 0.1 * (1 - t / 90)), of(lambda t: 0.1 * (1 - t / 99) - 1e-9)),
    ("not finite", of(lambda t: 0.1 if t < 50 else math.nan), of(lambda t: 0.1 if t < 50 else 0.01)),
    ("jump", of(joined(0.01)), of(joined(0.1))),
    (
        "jump",
        of(lambda o: warmed(o, theirs.ConstantLR(o, 0.1, 500))),
        of(lambda o: warmed(o, theirs.ConstantLR(o, 1.0))),
    ),
    ("jump", of(lambda t: 0.004 if t == 99 else wave(99)(t)), of(wave(99))),
    ("jump", of(lambda t: 0.3 if t == 0 else 0.003 * t), of(lambda t: 0.003 * min(t + 1, 50))),
    ("two writers", lambda: two_on_one(True), lambda: two_on_one(False)),
    ("elsewhere", on_another_optimizer, of(cosine(100))),
    ("unit", of(cosine(10), None, epochs=10, steps_per_epoch=10), of(cosine(100), None, epochs=10, steps_per_epoch=10)),
    ("unit", of(cosine(10)), of(lambda o: theirs.LinearLR(o, 0.1, 1, 10))),
    (
        "unit",
        of(cosine(100), None, epochs=10, steps_per_epoch=10, step_per="epoch"),
        of(cosine(10), None, epochs=10, steps_per_epoch=10, step_per="epoch"),
    ),
    ("unit", of(cosine(2000), None, epochs=30), of(cosine(30), None, epochs=30)),
    (
        "momentum",
        of(lambda o: theirs.OneCycleLR(o, 0.1, 100), optimizer=sgd()),
        of(lambda o: theirs.OneCycleLR(o, 0.1, 100), optimizer=sgd(momentum=0.9)),
    ),
    (
        "momentum",
        of(lambda o: theirs.CyclicLR(o, 0.01, 0.1, 20), optimizer=sgd()),
        of(lambda o: theirs.CyclicLR(o, 0.01, 0.1, 20, cycle_momentum=False), optimizer=sgd()),
    ),
    (
        "ignored",
        of(cosine(100), optimizer=torch.optim.Rprop([weight()])),
        of(cosine(100), optimizer=torch.optim.Adagrad([weight()])),
    ),
    ("error", of(lambda o: theirs.OneCycleLR(o, 0.1, 90)), of(lambda o: theirs.OneCycleLR(o, 0.1, 100))),
    ("error", of(lambda t: 0.1 * t**-0.5), of(lambda t: 0.1 * (t + 1) ** -0.5)),
    (
        "unit",
        of(cuts(30, 60, 80), None, epochs=90, steps_per_epoch=50),
        of(cuts(1500, 3000), None, epochs=90, steps_per_epoch=50),
    ),
    ("unit", of(cuts(3, 6, 9), 2000), of(lambda o: theirs.ChainedScheduler([theirs.LinearLR(o, 0.1, 1, 10), step(o)]))),
    ("above", lambda: {"scheduler": loaded_alone(), "steps": 23}, lambda: {"scheduler": loaded_both(), "steps": 23}),
    (
        "above",
        of(lambda o: theirs.CosineAnnealingLR(o, 100, 0.2)),
        of(lambda o: theirs.CosineAnnealingLR(o, 100, 0.02)),
    ),
    ("jagged", of(lambda t: 0.05 * (1 + math.cos(180 * t / 100))), of(lambda o: theirs.CyclicLR(o, 0.01, 0.1, 1))),
    (
        "zero",
        of(lambda o: theirs.LambdaLR(o, [wave(90), lambda t: 0.0 if t < 300 else 1.0]), 90, lr=[20, 1]),
        of(lambda o: theirs.LambdaLR(o, [lambda t: 1 - t / 90, lambda t: 0.0]), 90, lr=[0.1, 0.01]),
    ),
    ("zero", of(cosine(100), lr=0), of(cosine(100), lr=[0.1, 0])),
    ("jump", of(lambda o: meeting(o, 20), 400), of(lambda o: meeting(o, 100), 400)),
    ("peak", of(lambda o: theirs.LambdaLR(o, lambda t: 0.1 - t / 1000)), of(several_factors)),
    ("peak", of(lambda t: 0.05 * min(t, 9), peak=0.5), of(lambda o: theirs.OneCycleLR(o, 0.1, 5), 5)),
    ("end", of(wave(110)), of(lambda t: 0.1 * 0.5 ** max(0, (t - 80) / 4))),
    ("zero for long", of(lambda o: theirs.LinearLR(o, 1, 0, 1), 3), of(lambda o: theirs.LinearLR(o, 1, 0, 3), 3)),
    ("end", of(copied_plan(60_000), 500), of(copied_plan(500), 500)),
    ("end", of(copied_plan(60_000), 500), of(lambda t: 0.1 * 0.97 ** int(t / 24), 500)),
    ("not finite", of(lambda o: theirs.LambdaLR(o, power(90))), of(lambda o: theirs.LambdaLR(o, power(100)))),
    ("rises again", of(lambda o: in_stages(o, 400), 1000), of(lambda o: in_stages(o, 500), 1000)),
    ("end", of(copied_plan(600_000), 100), of(copied_plan(100), 100)),
    ("end", of(lambda o: OfOnesOwn(o, 700)), of(lambda o: OfOnesOwn(o, 100))),
    ("end", of(lambda o: OfOnesOwn(o, 700)), of(lambda o: theirs.LambdaLR(o, lambda t: max(0.1, 0.99**t)))),
    ("end", of(copied_plan(700)), of(lambda o: theirs.LambdaLR(o, lambda t: max(0.01, 0.5 ** (t // 20))))),
    ("end", of(trapezoid(900)), of(trapezoid(100))),
    ("end", of(lambda o: theirs.LambdaLR(o, trapezoid(900))), of(lambda o: theirs.LambdaLR(o, trapezoid(100)))),
    ("end", by_epochs_of(50), by_epochs_of(12)),
    ("resumed", lambda: at_epoch_40(0.1), lambda: at_epoch_40(wave(100)(40))),
    ("two writers", lambda: by_iteration_and_by_epoch(500), lambda: by_iteration_and_by_epoch(49)),
    ("rises again", lambda: timms_noise(False), lambda: timms_noise(True)),
    (
        "first LR 0",
        of(lambda t: 0.1 * min(t // 3, 9) / 9),
        of(lambda t: 0.1 * math.log(max(min(t, 20), 1))),
    ),  # DeepSpeed's
    ("ignored", of(cosine(100), optimizer=relative(True)), of(cosine(100), optimizer=relative(False))),
    ("end", of(lambda t: 0.1 * max(0, 1 - t / 200)), of(lambda t: 0.1 * math.cos(math.pi * t / 200))),
    ("end", of(lambda t: 0.1 * max(0, 1 - t / 200)), of(lambda t: 0.1 - 0.09 * t / 100)),
    ("end", of(wave(110)), of(lambda t: 0.1 * math.cos(7 * math.pi * t / 1600))),  # FixMatch's
    ("rises again", of(wave(22)), of(wave(20))),
    ("peak", of(lambda o: theirs.CyclicLR(o, 0.001, 0.1, 2000)), of(lambda o: theirs.CyclicLR(o, 0.001, 0.1, 20))),
    ("peak", of(lambda o: theirs.MultiplicativeLR(o, lambda t: 1.1), 300), of(step)),
    ("rises again", of(wave(22), 100), of(lambda t: 0.01 + 0.09 * abs((t / 20) % 2 - 1), 120)),
    ("rises again", of(triangles(3)), of(triangles(4))),
    ("jump", of(lambda t: 5.0 if t == 60 else 0.1), of(lambda o: theirs.CyclicLR(o, 0.01, 0.1, 1))),
    ("jump", of(lambda t: 5.0 if t == 60 else 0.1), of(lambda t: 0.05 if t % 10 else 0.1)),
    ("above", of(lambda o: theirs.StepLR(o, 30, 10)), of(lambda o: theirs.StepLR(o, 30, 0.1))),
    ("jagged", of(lambda t: 0.1 * (t % 2 + 1)), of(lambda t: 0.1 * random.uniform(0.95, 1.0) * 0.98**t)),
    ("elsewhere", lambda: a_gan(scheduled=False), lambda: a_gan(scheduled=True)),
    ("ignored", of(cosine(100), optimizer=keeps_its_lr(True)), of(cosine(100), optimizer=keeps_its_lr(False))),
    (
        "constant",
        lambda: {"scheduler": Writes("lr"), "steps": 50},
        lambda: {"scheduler": Writes("weight_decay"), "steps": 50},
    ),
    (
        "told",
        lambda: {"scheduler": {"lr_scheduler": theirs.ConstantLR(sgd()), "interval": "step"}, "steps": 9},
        of(wave(100)),
    ),
]


@pytest.mark.parametrize(("kind", "sick", "healthy"), SICK, ids=[f"{i}-{row[0]}" for i, row in enumerate(SICK)])
def test_each_warning_and_the_plan_beside_it_that_is_well(kind, sick, healthy):
    for plan, ill in ((sick(), True), (healthy(), False)):
        found = preview(plan.pop("scheduler"), plan.pop("steps"), **plan)
        assert (kind in [finding.kind for finding in found.findings if finding.wrong]) == ill, str(found)
        assert found.ok != ill


def test_a_rise_that_ends_after_the_run_is_not_called_endless():
    def hundredfold(optimizer):
        return theirs.LambdaLR(optimizer, lambda t: 1 + 99 * min(t, 700) / 700)

    for made in (
        lambda o: theirs.CyclicLR(o, 0.001, 0.1),
        lambda o: theirs.CyclicLR(o, 0.001, 0.1, 50_000),
        hundredfold,
    ):
        (said,) = preview(made, 500, lr=0.001).wrong
        assert "still rises" in said
    assert "No end to its rise" in preview(lambda o: theirs.MultiplicativeLR(o, lambda t: 1.1), 300).wrong[0]


def test_timms_plateau_hears_its_metric():
    class Plateau:
        """timm's protocol around torch's plateau: step(epoch, metric), and nothing happens without the metric."""

        def __init__(self):
            self.optimizer, self.t_in_epochs = sgd(), True
            self.lr_scheduler = theirs.ReduceLROnPlateau(self.optimizer, patience=4)

        def step(self, epoch, metric=None):
            if metric is not None:
                self.lr_scheduler.step(metric)

        def step_update(self, updates, metric=None):
            pass

    scheduler = Plateau()
    plan = preview(scheduler, epochs=20)
    assert plan.wrong == [] and [finding.kind for finding in plan.findings] == ["start", "plateau"]
    assert plan.lrs[0][:6] == [0.1] * 6 and plan.lrs[0][6] == pytest.approx(0.01)
    assert preview(scheduler, epochs=20, metric=lambda t: -t).lrs[0] == [0.1] * 20


def test_timms_two_clocks():
    assert preview(timms(t_in_epochs=False), 20).lrs[0][:7] == pytest.approx([0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.1])
    by_epoch = preview(timms(t_in_epochs=True), epochs=10, steps_per_epoch=3)
    assert by_epoch.lrs[0][:7] == pytest.approx([0, 0, 0, 0.02, 0.02, 0.02, 0.04])
    assert any("First LR 0: the first 3 updates" in words for words in by_epoch.wrong)


@pytest.mark.parametrize("prefix", [False, True])
def test_timms_warmup_that_takes_the_place_of_the_fall(prefix):
    scheduler = timms(t_in_epochs=False)
    scheduler.warmup_t, scheduler.warmup_prefix = 5, prefix
    told = " ".join(preview(scheduler, 20, peak=0.2).wrong)
    assert "Peak missed" in told and ("warmup_prefix=True puts it before" in told) == (not prefix)


def test_a_scheduler_of_ones_own():
    class Noam(theirs.LRScheduler):
        def get_lr(self):
            t = self.last_epoch + 1
            return [lr * 512**-0.5 * min(t**-0.5, t * 40**-1.5) for lr in self.base_lrs]

    class Plain:  # no class of torch's, and the optimizer under a name of its own
        def __init__(self, optimizer):
            self._held, self.count = optimizer, 0

        def step(self):
            self.count += 1
            self._held.param_groups[0]["lr"] = 0.1 * 0.97**self.count

        def get_last_lr(self):
            return [self._held.param_groups[0]["lr"]]

    assert preview(Noam(sgd(2.0)), 200).ok
    plain = Plain(optimizer := sgd())
    plan = preview(plain, 50, optimizer=optimizer)
    assert plan.lrs[0] == [0.1, *(0.1 * 0.97**t for t in range(1, 50))] and plan.ok
    assert (plain.count, optimizer.param_groups[0]["lr"]) == (0, 0.1)
    assert preview(Plain(sgd()), 50).lrs == plan.lrs


def test_what_step_must_be_given_by_its_name():
    class ByLoss:
        def __init__(self):
            self.optimizer = sgd()

        def step(self, val_loss):
            self.optimizer.param_groups[0]["lr"] *= 0.5 if val_loss == 1.0 else 1.0

    class ByEpoch(ByLoss):
        def step(self, epoch):
            self.optimizer.param_groups[0]["lr"] = 0.1 * 0.1 ** (epoch // 3)

    assert preview(ByLoss(), 4).lrs[0] == [0.1, 0.05, 0.025, 0.0125]
    assert preview(ByEpoch(), epochs=7).lrs[0] == pytest.approx([0.1] * 3 + [0.01] * 3 + [0.001])
    by_epoch = preview(ByEpoch(), epochs=7, steps_per_epoch=2, step_per="epoch")
    assert by_epoch.lrs[0] == pytest.approx([0.1] * 6 + [0.01] * 6 + [0.001] * 2)


def test_one_lost_update_is_a_note_and_a_frozen_group_is_none():
    plan = preview(lambda t: 0.1 * min(t, 20) / 20, 100)  # as transformers, timm, optax and Keras begin
    assert plan.ok and "update 0 changes nothing" in plan.notes[0]
    whole = schedules.cosine(1.0, 100)
    frozen = theirs.LambdaLR(sgd(0.1, 0.01), [whole, lambda t: 0.0 if t < 30 else whole(t)])
    assert preview(frozen, 100).ok


def test_groups_that_one_max_lr_made_alike():
    """torch's OneCycleLR and CyclicLR write one max_lr over the LRs that a fine-tuning gave its groups."""

    def made(make, **more):
        low, high = ({"params": [torch.zeros(1)], "lr": lr} for lr in (1e-5, 1e-3))
        return [str(note) for note in preview(make(torch.optim.SGD([low, high | more])), 40).notes]

    lost = [lambda o: theirs.OneCycleLR(o, 1e-3, 40), lambda o: theirs.CyclicLR(o, 1e-5, 1e-3, 20)]
    kept = [lambda o: theirs.OneCycleLR(o, [1e-5, 1e-3], 40), lambda o: theirs.CosineAnnealingLR(o, 40)]
    for make in lost:
        assert "one max_lr sets it for all" in " ".join(made(make))
        assert "max_lr" not in " ".join(made(make, weight_decay=0.01))  # that is what these groups are for
    for make in kept:
        assert "max_lr" not in " ".join(made(make))


def test_groups_are_told_apart():
    plan = preview(theirs.LambdaLR(sgd(0.1, 0.01), [lambda t: 1 - t / 100, lambda t: 1 - t / 50]), 100)
    assert [words[:18] for words in plan.wrong] == ["Group 1: negative:"]
    plan = preview(schedulers.ExponentialLR(sgd(0.1, 0.01), 0.5), 100)
    assert [words[:14] for words in plan.wrong] == ["Zero for long:"]


@pytest.mark.parametrize("width", [30, 57, 80, 200])
def test_the_drawing_in_a_terminal(width):
    plan = preview(KINDS["SequentialLR"](theirs, sgd()), 29)
    lines = plan.text(width).splitlines()
    assert max(map(len, lines)) <= width and lines[-1] == "Nothing looks wrong."
    assert lines[0].startswith("0.1 |") and lines[7].startswith("  0 |") and lines[8].endswith("update 28")
    full = [line.count("█") for line in lines[:8]]
    assert full == sorted(full) and full[-1] > 0  # wider towards the ground
    assert plan.text(width, symbols=" .:#").isascii()


def test_the_picture():
    from xml.etree import ElementTree

    plan = preview(lambda o: theirs.CosineAnnealingLR(o, 60), 100, lr=[0.1, 0.01])
    root = ElementTree.fromstring(plan.svg())
    assert root.get("aria-label") == plan.alt() and root.get("role") == "img"
    assert "Wrong: The LR falls to 0 at update 60" in plan.alt()
    lines = [path for path in root.iter("{http://www.w3.org/2000/svg}path") if path.get("class") in ("s0", "s1")]
    assert len(lines) == 2
    for odd in (lambda t: math.nan, lambda t: -0.1, lambda t: 0.0, lambda t: 1e300 if t else math.inf):
        assert isinstance(preview(odd, 5), Outlook)
        ElementTree.fromstring(preview(odd, 5).svg())
        assert preview(odd, 5).text(40)
    assert len(preview(wave(10**5), 10**5).svg()) < 10**5


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (theirs.CosineAnnealingLR, {"steps": 9}, "scheduler must be an object: make it"),
        (3, {"steps": 9}, "scheduler must be a scheduler, a function"),
        ([], {"steps": 9}, "scheduler must be"),
        (wave(9), {"steps": 0}, "steps must be a whole number of at least 1, not 0"),
        (wave(9), {"steps": 9, "epochs": 3}, "give steps or epochs, not both"),
        (wave(9), {"steps": 9, "step_per": "batch"}, "step_per must be one of 'step', 'epoch'"),
        (wave(9), {"steps": 9, "peak": -1}, "peak must be"),
        (wave(9), {"steps": 9, "optimizer": 3}, "optimizer must have param_groups"),
        (wave(9), {}, "steps must be given"),
        (lambda t: "cosine", {"steps": 9}, "not a function that gives 'cosine'"),
        (SimpleNamespace(step=lambda: None, get_last_lr=lambda: [0.1]), {"steps": 9}, "does not say which optimizer"),
    ],
)
def test_what_is_refused(given, options, said):
    with pytest.raises((TypeError, ValueError), match=said):
        preview(given, **options)


class Slotted:
    """A scheduler that has no __dict__."""

    __slots__ = ("done", "optimizer")

    def __init__(self, optimizer):
        self.optimizer, self.done = optimizer, 0

    def step(self):
        self.done += 1
        self.optimizer.param_groups[0]["lr"] = 0.1 * (1 - self.done / 50)


def test_a_scheduler_with_slots():
    assert preview(Slotted(sgd(0.1)), 50).lrs[0] == pytest.approx([0.1 * (1 - t / 50) for t in range(50)])


def test_a_function_that_counts_its_steps_in_a_loop():
    """The look far past the end gives up in time; at its furthest this one would take 20 seconds."""

    def halved(t):
        time.sleep(2e-6 * t)
        return 0.1 * 0.99**t

    begin = time.monotonic()
    assert preview(halved, 200).ok
    assert time.monotonic() - begin < 9


@pytest.mark.parametrize("times", [2, 5, 50])
def test_the_end_stands_where_the_plan_is_lowest(times):
    (said,) = preview(lambda o: theirs.CosineAnnealingLR(o, 200 * times), 200).wrong
    assert f"falls to 0 at update {200 * times}, {200 * times - 199} updates after the run" in said


def test_an_end_at_three_lengths_of_the_run_is_seen_and_none_beside_a_plan_that_rises_again():
    said = preview(lambda t: 0.05 * (1 + math.cos(math.pi * min(t, 300) / 300)), 100).wrong
    assert len(said) == 1 and "End never reached" in said[0]
    assert [f.kind for f in preview(lambda o: theirs.CosineAnnealingLR(o, 42), 100).findings] == ["rises again"]


SCRIPT = """import torch
optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
def make():
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)
def on(optimizer):
    return torch.optim.lr_scheduler.StepLR(optimizer, 10)
def schedule():
    from lrcourse.schedules import wsd
    return wsd(0.1, 40, 4, 8)
def breaks():
    return 1 / 0
def leaves():
    raise SystemExit(3)
nothing = 3
"""


READS = """import argparse
from lrcourse.schedules import wsd
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.25)
options = parser.parse_args()
def make():
    return wsd(options.lr, 40, 4, 8)
def wide(optimizer, steps):
    return wsd(options.lr, steps)
"""


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["script.py:make"], 0, "30 updates; first LR 0.1"),
        (["script.py:make", "--steps", "300"], 1, "WRONG: Epochs mixed with steps"),
        (["script.py:on", "--steps", "40", "--lr", "0.5"], 0, "highest 0.5"),
        (["script.py:schedule"], 0, "40 updates"),
        (["script.py:breaks", "--steps", "9"], 2, "script.py, line 11: ZeroDivisionError: division by zero"),
        (["script.py:leaves", "--steps", "9"], 2, "script.py ended itself (exit status 3)"),
        (["script.py:absent"], 2, "script.py has no absent. Its functions: make, on, schedule, breaks, leaves."),
        (["script.py:nothing"], 2, "nothing in script.py must be a function"),
        (["script.py"], 2, "FILE.py:FUNCTION, not 'script.py'"),
        (["absent.py:make"], 2, "there is no file absent.py"),
        (["notes.txt:make"], 2, "its name must end in .py"),
        (["syntax.py:make"], 2, "SyntaxError"),
        (["lacks.py:make"], 2, "No module named 'no_such_package'. LRCOURSE_PYTHON=/path/to/python takes"),
        (["reads.py:make"], 0, "highest 0.25"),
        (["reads.py:make", "--", "--lr", "0.5"], 0, "highest 0.5"),
        (["reads.py:wide"], 2, "wide wants optimizer, steps: give a function of one thing"),
        (["package/inner/script.py:make"], 0, "30 updates"),
    ],
)
def test_the_command(tmp_path, monkeypatch, capsys, arguments, status, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", ["python3 -m lrcourse", "preview", *arguments])
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "syntax.py").write_text("def make(:\n")
    (tmp_path / "lacks.py").write_text("import no_such_package\n")
    (tmp_path / "reads.py").write_text(READS)
    for folder in ("package/inner", "package"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "package/plan.py").write_text("from lrcourse.schedules import cosine\nlength = 30\n")
    (tmp_path / "package/inner/script.py").write_text(
        "from ..plan import cosine, length\ndef make():\n    return cosine(0.1, length)\n"
    )
    (tmp_path / "notes.txt").write_text("make")
    assert main(["--width", "500", *arguments]) == status
    out, err = capsys.readouterr()
    assert said in (err if status == 2 else out)
    assert (err.count("\n") == 1 and not out) if status == 2 else not err


def test_the_command_line_hands_on_in_the_callers_own_python(tmp_path):
    (tmp_path / "script.py").write_text("def make():\n    return lambda t: 0.1 * (1 - t / 20)\n")
    command = [sys.executable, "-m", "lrcourse", "preview", "script.py:make", "--steps", "30"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "WRONG: Negative" in done.stdout and done.stdout.isascii(), done.stderr
