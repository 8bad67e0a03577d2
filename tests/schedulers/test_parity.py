"""Each scheduler beside torch's of the same name: step for step, on torch's optimizers and on a plain object."""

import inspect
import math
import warnings
from types import SimpleNamespace

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lrcourse import schedulers as ours

theirs = torch.optim.lr_scheduler

settings.register_profile(
    "parity", deadline=None, max_examples=15, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("parity")
pytestmark = pytest.mark.filterwarnings("ignore:.*lr_scheduler.step.*:UserWarning")

TORCH_CLASSES = [name for name in theirs.__all__ if name != "LRScheduler"]
STEPS = 1000


def make_optimizer(kind, lrs):
    """An optimizer with one group for each LR; "plain" has nothing but param_groups."""
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs]
    if kind == "adam":
        return torch.optim.Adam(groups)
    sgd = torch.optim.SGD(groups, momentum=0.5)
    return SimpleNamespace(param_groups=sgd.param_groups) if kind == "plain" else sgd


def record(scheduler, optimizer, steps=STEPS, metrics=None):
    """What the optimizer would use at each step (LR and momentum of every group), and what get_last_lr says."""
    rows = []
    for step in range(steps):
        used = [(float(g["lr"]), g["betas"][0] if "betas" in g else g["momentum"]) for g in optimizer.param_groups]
        rows.append((used, [float(lr) for lr in scheduler.get_last_lr()]))
        scheduler.step(*([] if metrics is None else [metrics[step]]))
    return rows


def agree(make, kind="sgd", lrs=(0.1, 0.03), steps=STEPS, metrics=None, chained=False):
    """make(module, optimizer) gives the same LRs, momenta and get_last_lr with torch's module as with ours.

    chained: torch's LR can fall below 0 where a cosine with eta_min is chained; ours stops at 0,
    as test_schedulers_differences shows: compare up to there.
    """
    reference = make_optimizer("sgd" if kind == "plain" else kind, lrs)
    expected = record(make(theirs, reference), reference, steps, metrics)
    optimizer = make_optimizer(kind, lrs)
    got = record(make(ours, optimizer), optimizer, steps, metrics)
    scale = max(lr for used, _ in expected for lr, _ in used)
    for step, ((used, last), (our_used, our_last)) in enumerate(zip(expected, got, strict=True)):
        if chained and min(lr for lr, _ in used) < 0:
            break
        for a, b in [*zip(sum(used, ()), sum(our_used, ()), strict=True), *zip(last, our_last, strict=True)]:
            assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12 * scale), (step, a, b)


KIND = st.sampled_from(["sgd", "adam", "plain"])
LRS = st.lists(st.floats(1e-4, 10), min_size=1, max_size=3)
COUNT = st.integers(1, 1500)
GAMMA = st.floats(0.9, 1.02)
FRACTION = st.floats(0.01, 1)
BASES = st.shared(LRS, key="lrs")
one_a_group = BASES.flatmap(lambda lrs: st.lists(st.floats(1e-4, 10), min_size=len(lrs), max_size=len(lrs)))


def chainable():
    return {
        "MultiplicativeLR": st.fixed_dictionaries({"lr_lambda": GAMMA.map(lambda g: lambda step: g)}),
        "StepLR": st.fixed_dictionaries({"step_size": COUNT, "gamma": st.floats(0.3, 1.1)}),
        "MultiStepLR": st.fixed_dictionaries(
            {"milestones": st.lists(st.integers(0, 1200), max_size=6).map(sorted), "gamma": st.floats(0.3, 1.1)}
        ),
        "ConstantLR": st.fixed_dictionaries({"factor": FRACTION, "total_iters": COUNT}),
        "LinearLR": st.fixed_dictionaries(
            {"start_factor": FRACTION, "end_factor": st.one_of(st.just(0.0), FRACTION), "total_iters": COUNT}
        ),
        "ExponentialLR": st.fixed_dictionaries({"gamma": GAMMA}),
        "PolynomialLR": st.fixed_dictionaries({"total_iters": COUNT, "power": st.floats(0.3, 3)}),
        "CosineAnnealingLR": st.fixed_dictionaries({"T_max": COUNT, "eta_min": st.floats(0, 0.1)}),
    }


def overwriting():
    return {
        "LambdaLR": st.fixed_dictionaries({"lr_lambda": GAMMA.map(lambda g: lambda step: g**step)}),
        "CosineAnnealingWarmRestarts": st.fixed_dictionaries(
            {"T_0": st.integers(1, 400), "T_mult": st.integers(1, 4), "eta_min": st.floats(0, 0.1)}
        ),
        "CyclicLR": st.fixed_dictionaries(
            {
                "base_lr": st.one_of(st.floats(0, 0.1), one_a_group.map(lambda lrs: [lr / 100 for lr in lrs])),
                "max_lr": st.one_of(st.floats(0.1, 1), one_a_group.map(lambda lrs: [lr + 0.1 for lr in lrs])),
                "step_size_up": st.integers(1, 600),
                "step_size_down": st.one_of(st.none(), st.integers(1, 600)),
                "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
                "gamma": st.floats(0.99, 1),
                "scale_fn": st.sampled_from([None, lambda x: 1 / (1 + x)]),
                "scale_mode": st.sampled_from(["cycle", "iterations"]),
                "cycle_momentum": st.booleans(),
                "base_momentum": st.floats(0, 0.8),
                "max_momentum": st.floats(0.8, 1),
            }
        ),
        "OneCycleLR": st.fixed_dictionaries(
            {
                "max_lr": st.one_of(st.floats(0.01, 5), one_a_group),
                "total_steps": st.integers(STEPS + 1, 3 * STEPS),
                "pct_start": st.floats(0, 0.5),
                "anneal_strategy": st.sampled_from(["cos", "linear"]),
                "cycle_momentum": st.booleans(),
                "base_momentum": st.floats(0, 0.8),
                "max_momentum": st.floats(0.8, 1),
                "div_factor": st.floats(1, 100),
                "final_div_factor": st.floats(1, 1e4),
                "three_phase": st.booleans(),
            }
        ),
    }


SINGLE = {**chainable(), **overwriting()}


@pytest.mark.parametrize("name", TORCH_CLASSES)
def test_names_order_and_defaults_of_the_arguments(name):
    def arguments(module):
        return [(p.name, p.kind, p.default) for p in inspect.signature(getattr(module, name)).parameters.values()]

    assert arguments(ours) == arguments(theirs)


@pytest.mark.parametrize("name", SINGLE)
@given(KIND, BASES, st.data())
def test_equal_to_torch(name, kind, lrs, data):
    arguments = data.draw(SINGLE[name])
    agree(lambda module, optimizer: getattr(module, name)(optimizer, **arguments), kind, lrs)


@pytest.mark.parametrize("name", [name for name in SINGLE if name not in ("MultiplicativeLR", "OneCycleLR")])
def test_equal_to_torch_with_default_arguments(name):
    needed = {"LambdaLR": [lambda step: 0.99**step], "StepLR": [7], "MultiStepLR": [[3, 9]], "ExponentialLR": [0.9]}
    needed |= {"CosineAnnealingLR": [50], "CosineAnnealingWarmRestarts": [9], "CyclicLR": [0.01, 0.1]}
    agree(lambda module, optimizer: getattr(module, name)(optimizer, *needed.get(name, [])))


@pytest.mark.parametrize("total_steps", [2, 3, 5, 10, 11, 37])
@pytest.mark.parametrize("pct_start", [0.0, 0.01, 0.3, 0.45, 0.5])
@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("anneal_strategy", ["cos", "linear"])
def test_one_cycle_equals_torch_up_to_its_last_planned_lr(total_steps, pct_start, three_phase, anneal_strategy):
    if pct_start * total_steps == 1:
        pytest.skip("torch divides by zero; test_differences has it")
    agree(
        lambda module, optimizer: module.OneCycleLR(
            optimizer, 0.1, total_steps, None, None, pct_start, anneal_strategy, three_phase=three_phase
        ),
        steps=total_steps,
    )


@given(
    KIND,
    BASES,
    st.fixed_dictionaries(
        {
            "mode": st.sampled_from(["min", "max"]),
            "factor": st.floats(0.1, 0.9),
            "patience": st.integers(0, 5),
            "threshold": st.floats(0, 0.2),
            "threshold_mode": st.sampled_from(["rel", "abs"]),
            "cooldown": st.integers(0, 5),
            "min_lr": st.one_of(st.floats(0, 0.01), one_a_group.map(lambda lrs: [lr / 1000 for lr in lrs])),
            "eps": st.sampled_from([1e-8, 1e-3]),
        }
    ),
    st.lists(st.floats(-2, 2), min_size=1, max_size=50),
    st.integers(0, 99),
)
def test_reduce_on_plateau_equals_torch(kind, lrs, arguments, metrics, nan_at):
    metrics = (metrics * STEPS)[:STEPS]
    metrics[nan_at] = math.nan
    agree(lambda m, optimizer: m.ReduceLROnPlateau(optimizer, **arguments), kind, lrs, metrics=metrics)


MEMBER = st.sampled_from(sorted(chainable())).flatmap(lambda name: st.tuples(st.just(name), chainable()[name]))


def make_members(module, optimizer, members):
    return [getattr(module, name)(optimizer, **arguments) for name, arguments in members]


@given(
    KIND, BASES, MEMBER, st.lists(MEMBER.filter(lambda member: member[0] != "MultiplicativeLR"), max_size=3), st.data()
)
def test_sequential_equals_torch(kind, lrs, first, rest, data):
    members = [first, *rest]
    milestones = data.draw(
        st.lists(st.integers(0, 900), min_size=len(members) - 1, max_size=len(members) - 1, unique=True).map(sorted)
    )
    agree(lambda m, opt: m.SequentialLR(opt, make_members(m, opt, members), milestones), kind, lrs)


@given(KIND, BASES, st.lists(MEMBER, min_size=1, max_size=3))
def test_chained_equals_torch(kind, lrs, members):
    agree(lambda m, opt: m.ChainedScheduler(make_members(m, opt, members)), kind, lrs, chained=True)


@given(KIND, BASES, st.lists(MEMBER, min_size=2, max_size=3))
def test_schedulers_stepped_by_hand_multiply_as_in_torch(kind, lrs, members):
    class ByHand:
        def __init__(self, schedulers):
            self.schedulers, self.get_last_lr = schedulers, schedulers[0].get_last_lr

        def step(self):
            for scheduler in self.schedulers:
                scheduler.step()

    agree(lambda m, opt: ByHand(make_members(m, opt, members)), kind, lrs, chained=True)


@pytest.mark.parametrize("last", ["LambdaLR", "CosineAnnealingWarmRestarts"])
def test_chains_and_sequences_with_a_member_that_overwrites(last):
    arguments = {
        "LambdaLR": {"lr_lambda": lambda step: 0.99**step},
        "CosineAnnealingWarmRestarts": {"T_0": 7},
    }
    members = [("ExponentialLR", {"gamma": 0.95}), (last, arguments[last])]
    agree(lambda m, opt: m.ChainedScheduler(make_members(m, opt, members)), steps=300)
    agree(lambda m, opt: m.ChainedScheduler(make_members(m, opt, members[::-1])), steps=300)
    agree(lambda m, opt: m.SequentialLR(opt, make_members(m, opt, members), [20]), steps=300)


def test_a_chain_first_in_a_sequence_as_torchs_own_test_has_it():
    def make(m, optimizer):
        chained = m.ChainedScheduler([m.LinearLR(optimizer, 0.1), m.ConstantLR(optimizer, 0.1)])
        return m.SequentialLR(optimizer, [chained, m.ConstantLR(optimizer, 0.5)], [5])

    agree(make, steps=20)


@given(st.floats(0, 300))
def test_warm_restarts_at_a_fractional_epoch_equal_torch(epoch):
    pair = []
    for module in (theirs, ours):
        optimizer = make_optimizer("sgd", [0.1])
        scheduler = module.CosineAnnealingWarmRestarts(optimizer, T_0=7, T_mult=2)
        scheduler.step(epoch)
        pair.append((optimizer.param_groups[0]["lr"], scheduler.last_epoch))
    assert pair[0] == pytest.approx(pair[1], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", [*SINGLE, "ReduceLROnPlateau"])
def test_a_tensor_lr_is_filled_in_place_and_equals_torch(name):
    needed = {"LambdaLR": [lambda step: 0.99**step], "StepLR": [7], "MultiStepLR": [[3, 9]], "ExponentialLR": [0.9]}
    needed |= {"CosineAnnealingLR": [50, 0.01], "CosineAnnealingWarmRestarts": [9], "CyclicLR": [0.01, 0.1]}
    needed |= {"MultiplicativeLR": [lambda step: 0.99], "OneCycleLR": [0.1, 100]}
    traces = []
    for module in (theirs, ours):
        lr = torch.tensor(0.1)
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.5)
        scheduler = getattr(module, name)(optimizer, *needed.get(name, []))
        traces.append(record(scheduler, optimizer, 80, metrics=[1.0] * 80 if name == "ReduceLROnPlateau" else None))
        assert optimizer.param_groups[0]["lr"] is lr
    for (theirs_used, _), (ours_used, _) in zip(*traces, strict=True):
        assert ours_used[0] == pytest.approx(theirs_used[0], rel=1e-4, abs=1e-7)


def test_stepping_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record(ours.StepLR(optimizer := make_optimizer("sgd", [0.1]), 3), optimizer, 10)


@pytest.mark.parametrize("cycle_momentum", [True, False])
@pytest.mark.parametrize("max_lr", [0.5, [0.5, 0.7]])
def test_the_groups_hold_the_bounds_that_torch_keeps_there(max_lr, cycle_momentum):
    """Of use to whoever reads them there, and to torch's own scheduler that goes on from our checkpoint."""
    makers = [
        lambda module, o: module.OneCycleLR(o, max_lr, total_steps=10, cycle_momentum=cycle_momentum),
        lambda module, o: module.CyclicLR(o, 0.1, max_lr, cycle_momentum=cycle_momentum),
    ]
    for maker in makers:
        kept, peaks = [], []
        for module in (theirs, ours):
            weights = [torch.zeros(1, requires_grad=True) for _ in range(2)]
            optimizer = torch.optim.SGD([{"params": [weight]} for weight in weights], lr=0.1, momentum=0.9)
            scheduler = maker(module, optimizer)
            peaks.append(getattr(scheduler, "max_lrs", None) if module is theirs else scheduler.max_lrs)
            names = ("max_lr", "min_lr", "base_momentum", "max_momentum")
            kept.append([{name: group[name] for name in names if name in group} for group in optimizer.param_groups])
        assert kept[0] == kept[1]
        assert peaks[0] in (None, peaks[1])
