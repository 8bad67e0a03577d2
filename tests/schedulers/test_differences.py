"""Where a scheduler differs from torch's on purpose: each test shows both, and fails when torch comes round."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lrcourse import schedulers as ours

theirs = torch.optim.lr_scheduler
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def sgd(lr=1.0, **options):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, **options)


def trace(module, make, n, lr=1.0, optimizer=None):
    """The LRs of n steps, rounded; make(module, optimizer) gives the scheduler."""
    optimizer = optimizer or sgd(lr)
    scheduler = make(module, optimizer)
    lrs = []
    for _ in range(n):
        lrs.append(round(optimizer.param_groups[0]["lr"], 6))
        scheduler.step()
    return lrs


def both(make, n, lr=1.0):
    return trace(theirs, make, n, lr), trace(ours, make, n, lr)


def test_a_sequence_in_a_sequence_keeps_its_first_step():
    def make(m, optimizer):
        inner = m.SequentialLR(optimizer, [m.ConstantLR(optimizer, 0.5, 9), m.ConstantLR(optimizer, 0.2, 9)], [2])
        return m.SequentialLR(optimizer, [inner, m.ConstantLR(optimizer, 1.0)], [4])

    assert both(make, 5) == ([0.5, 0.2, 0.2, 0.2, 1.0], [0.5, 0.5, 0.2, 0.2, 1.0])


@pytest.mark.parametrize("kind", ["ChainedScheduler", "SequentialLR"])
def test_a_composite_works_in_second_place(kind):
    def make(m, optimizer):
        pair = [m.ConstantLR(optimizer, 0.5, 2), m.ExponentialLR(optimizer, 0.5)]
        inner = m.ChainedScheduler(pair) if kind == "ChainedScheduler" else m.SequentialLR(optimizer, pair, [2])
        return m.SequentialLR(optimizer, [m.ConstantLR(optimizer, 0.1, 9), inner], [1])

    with pytest.raises((NotImplementedError, AttributeError)):
        trace(theirs, make, 5)
    expected = {"ChainedScheduler": [0.1, 0.5, 0.25, 0.25, 0.125], "SequentialLR": [0.1, 0.5, 0.5, 1.0, 0.5]}
    assert trace(ours, make, 5) == expected[kind]


def test_a_chain_with_an_exponential_first_in_a_sequence_keeps_its_first_step():
    def make(m, optimizer):
        chained = m.ChainedScheduler([m.ConstantLR(optimizer, 0.5, 2), m.ExponentialLR(optimizer, 0.5)])
        return m.SequentialLR(optimizer, [chained, m.ConstantLR(optimizer, 1.0)], [4])

    assert trace(ours, make, 5) == [0.5, 0.25, 0.25, 0.125, 1.0]
    assert trace(theirs, make, 5) != [0.5, 0.25, 0.25, 0.125, 1.0]


def test_a_one_cycle_leaves_the_warmup_before_it_alone():
    def make(m, optimizer):
        one_cycle = m.OneCycleLR(optimizer, 1.0, total_steps=9, cycle_momentum=False)
        return m.SequentialLR(optimizer, [m.ConstantLR(optimizer, 0.5, 2), one_cycle], [2])

    reference, got = both(make, 4)
    assert reference[0] == 0.02
    assert got == [
        0.5,
        0.5,
        0.04,
        round(ours.OneCycleLR(sgd(), 1.0, 9, cycle_momentum=False)._plans.schedules[0](1), 6),
    ]


def test_a_chain_with_a_cosine_never_goes_below_zero():
    def make(m, optimizer):
        return m.ChainedScheduler([m.CosineAnnealingLR(optimizer, 13, eta_min=0.1), m.ExponentialLR(optimizer, 0.8)])

    reference, got = both(make, 60)
    assert min(reference) < -0.1
    assert min(got) == 0.0
    assert got[:13] == reference[:13]


def test_a_multiplicative_member_starts_from_the_lr_like_every_other():
    def make(m, optimizer):
        members = [m.ConstantLR(optimizer, 0.5, 9), m.MultiplicativeLR(optimizer, lambda step: 0.9)]
        return m.SequentialLR(optimizer, members, [2])

    assert both(make, 4) == ([0.5, 0.5, 0.45, 0.405], [0.5, 0.5, 1.0, 0.9])


def test_a_cyclic_after_another_scheduler_starts_at_its_own_base_lr():
    def make(m, optimizer):
        m.ExponentialLR(optimizer, 1.0)
        return m.CyclicLR(optimizer, 0.2, 0.4, step_size_up=2, cycle_momentum=False)

    assert both(make, 3) == ([1.0, 0.3, 0.4], [0.2, 0.3, 0.4])


def test_a_reduction_for_no_steps_is_over():
    reference, got = both(lambda m, optimizer: m.ConstantLR(optimizer, 0.5, total_iters=0), 3)
    assert reference == [0.5, 0.5, 0.5]
    assert got == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", ["LinearLR", "PolynomialLR"])
def test_a_line_of_no_steps_is_refused(name):
    assert trace(theirs, lambda m, optimizer: getattr(m, name)(optimizer, total_iters=0), 2)
    with pytest.raises(ValueError, match="total_iters"):
        getattr(ours, name)(sgd(), total_iters=0)


def test_a_constant_factor_of_zero_ends():
    with pytest.raises(ZeroDivisionError):
        trace(theirs, lambda m, optimizer: m.ConstantLR(optimizer, 0.0, 2), 4)
    assert trace(ours, lambda m, optimizer: m.ConstantLR(optimizer, 0.0, 2), 4) == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize(("strategy", "jump"), [("cos", 0.049522), ("linear", -0.142857)])
def test_a_one_cycle_stays_at_its_end(strategy, jump):
    def last_two(module):
        optimizer = sgd()
        scheduler = module.OneCycleLR(optimizer, 1.0, 10, anneal_strategy=strategy, cycle_momentum=False)
        lrs = []
        for _ in range(10):  # total_steps calls of step() are allowed
            scheduler.step()
            lrs.append(round(optimizer.param_groups[0]["lr"], 6))
        with pytest.raises(ValueError, match="10"):
            scheduler.step()
        return lrs[-2:]

    assert last_two(theirs) == [4e-06, pytest.approx(jump, abs=2e-3)]
    assert last_two(ours) == [4e-06, 4e-06]


def test_a_one_cycle_may_rise_in_no_steps():
    with pytest.raises(ZeroDivisionError):
        theirs.OneCycleLR(sgd(), 1.0, total_steps=10, pct_start=0.1, cycle_momentum=False)
    assert trace(ours, lambda m, o: m.OneCycleLR(o, 1.0, 10, pct_start=0.1, cycle_momentum=False), 1) == [1.0]
    with pytest.raises(ValueError, match="pct_start"):
        theirs.OneCycleLR(sgd(), 1.0, total_steps=10, pct_start=1, cycle_momentum=False)
    assert trace(ours, lambda m, o: m.OneCycleLR(o, 1.0, 3, pct_start=1, cycle_momentum=False), 3)[-1] == 1.0


def test_counts_may_be_numpy_integers():
    def restarts(count):
        return lambda m, optimizer: m.CosineAnnealingWarmRestarts(optimizer, T_0=count)

    expected = trace(ours, restarts(4), 9)
    with pytest.raises((ValueError, TypeError)):
        trace(theirs, restarts(np.int64(4)), 9)
    assert trace(ours, restarts(np.int64(4)), 9) == trace(ours, restarts(4.0), 9) == expected
    at_tensor = both(lambda m, optimizer: m.MultiStepLR(optimizer, torch.tensor([1, 2]), 0.5), 4)
    assert at_tensor == ([1.0, 1.0, 1.0, 1.0], [1.0, 0.5, 0.25, 0.25])
    assert trace(ours, lambda m, optimizer: m.MultiStepLR(optimizer, np.array([1, 2]), 0.5), 4) == at_tensor[1]
    assert trace(ours, lambda m, optimizer: m.MultiStepLR(optimizer, iter([1, 2]), 0.5), 4) == at_tensor[1]


def test_warm_restarts_take_a_fractional_t_mult():
    with pytest.raises(ValueError, match="T_mult"):
        theirs.CosineAnnealingWarmRestarts(sgd(), T_0=2, T_mult=1.5)
    lrs = trace(ours, lambda m, optimizer: m.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=1.5), 6)
    assert [step for step, lr in enumerate(lrs) if lr == 1.0] == [0, 2, 5]


def test_warm_restarts_hit_the_restart_at_a_given_epoch():
    def lr_at(module, epoch):
        optimizer = sgd()
        module.CosineAnnealingWarmRestarts(optimizer, T_0=1, T_mult=3).step(epoch)
        return optimizer.param_groups[0]["lr"]

    assert (lr_at(theirs, 121), lr_at(ours, 121)) == (0.0, 1.0)


RESUMED = [
    ("StepLR", lambda m, o, last: m.StepLR(o, 2, 0.5, last_epoch=last)),
    ("ExponentialLR", lambda m, o, last: m.ExponentialLR(o, 0.5, last_epoch=last)),
    ("MultiplicativeLR", lambda m, o, last: m.MultiplicativeLR(o, lambda step: 0.5, last_epoch=last)),
    ("MultiStepLR", lambda m, o, last: m.MultiStepLR(o, [2, 4], 0.5, last_epoch=last)),
    ("ConstantLR", lambda m, o, last: m.ConstantLR(o, 0.5, 4, last_epoch=last)),
    ("LinearLR", lambda m, o, last: m.LinearLR(o, 0.5, 1.0, 8, last_epoch=last)),
    ("PolynomialLR", lambda m, o, last: m.PolynomialLR(o, 9, last_epoch=last)),
    ("CosineAnnealingLR", lambda m, o, last: m.CosineAnnealingLR(o, 9, 0.1, last_epoch=last)),
    ("LambdaLR", lambda m, o, last: m.LambdaLR(o, lambda step: 0.5**step, last_epoch=last)),
    ("CosineAnnealingWarmRestarts", lambda m, o, last: m.CosineAnnealingWarmRestarts(o, 3, 2, last_epoch=last)),
    ("CyclicLR", lambda m, o, last: m.CyclicLR(o, 0.1, 1.0, 3, cycle_momentum=False, last_epoch=last)),
    ("OneCycleLR", lambda m, o, last: m.OneCycleLR(o, 1.0, 12, cycle_momentum=False, last_epoch=last)),
]


@pytest.mark.parametrize("make", [make for _, make in RESUMED], ids=[name for name, _ in RESUMED])
@pytest.mark.parametrize("last_epoch", [0, 1, 3, 6])
def test_last_epoch_goes_on_at_the_right_lr_for_every_class(make, last_epoch):
    whole = trace(ours, lambda m, optimizer: make(m, optimizer, -1), 11)
    optimizer = sgd()
    optimizer.param_groups[0]["initial_lr"] = 1.0
    resumed = trace(ours, lambda m, optimizer: make(m, optimizer, last_epoch), 3, optimizer=optimizer)
    assert resumed == whole[last_epoch + 1 : last_epoch + 4]


def test_last_epoch_of_a_sequence_goes_on_at_the_right_lr():
    def make(m, optimizer, last_epoch=-1):
        members = [m.ConstantLR(optimizer, 0.7, 9), m.ExponentialLR(optimizer, 0.5)]
        return m.SequentialLR(optimizer, members, [2], last_epoch)

    whole = trace(ours, make, 6)
    assert whole == trace(theirs, make, 6) == [0.7, 0.7, 1.0, 0.5, 0.25, 0.125]

    def resumed(module):
        optimizer = sgd()
        optimizer.param_groups[0]["initial_lr"] = 1.0
        return trace(module, lambda m, optimizer: make(m, optimizer, 2), 3, optimizer=optimizer)

    assert resumed(ours) == whole[3:]
    assert resumed(theirs) != whole[3:]


def test_a_factor_from_outside_survives_a_milestone():
    def cut_in_between(module):
        optimizer = sgd()
        members = [module.ConstantLR(optimizer, 0.5, 9), module.ConstantLR(optimizer, 1.0)]
        scheduler = module.SequentialLR(optimizer, members, [2])
        optimizer.param_groups[0]["lr"] *= 0.1
        scheduler.step()
        scheduler.step()
        return optimizer.param_groups[0]["lr"]

    assert cut_in_between(theirs) == 1.0
    assert cut_in_between(ours) == pytest.approx(0.1)


def test_loading_a_state_writes_its_lr():
    def reload(module):
        optimizer = sgd()
        scheduler = module.MultiStepLR(optimizer, [1])
        scheduler.step()
        fresh = sgd()
        module.MultiStepLR(fresh, [1]).load_state_dict(scheduler.state_dict())
        return fresh.param_groups[0]["lr"]

    assert reload(theirs) == 1.0
    assert reload(ours) == 0.1


def test_a_new_horizon_holds_where_the_plan_is_not_loaded():
    """torch's load_state_dict takes back the horizon that one has just given; ours says so, and can leave it."""

    def lr_at_twenty(module, keep):
        scheduler = module.CosineAnnealingLR(sgd(), T_max=10)
        for _ in range(5):
            scheduler.step()
        optimizer = sgd()
        longer = module.CosineAnnealingLR(optimizer, T_max=20)
        longer.load_state_dict({key: value for key, value in scheduler.state_dict().items() if keep(key)})
        for _ in range(15):
            longer.step()
        return optimizer.param_groups[0]["lr"]

    assert lr_at_twenty(theirs, lambda key: True) > 1.0  # T_max went back to 10, and the LR rose from where it was
    assert lr_at_twenty(ours, lambda key: key != "plan") == 0.0
    with pytest.warns(UserWarning, match=r"T_max=10 \(built: 20\)"):
        assert lr_at_twenty(ours, lambda key: True) == pytest.approx(1.0)  # the saved wave, at its top again


@pytest.mark.parametrize(
    "name", ["StepLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "OneCycleLR", "LambdaLR"]
)
def test_a_group_added_later_joins_in(name):
    arguments = {
        "StepLR": {"step_size": 2, "gamma": 0.5},
        "CosineAnnealingLR": {"T_max": 9},
        "CosineAnnealingWarmRestarts": {"T_0": 5},
        "OneCycleLR": {"max_lr": 1.0, "total_steps": 20, "cycle_momentum": False},
        "LambdaLR": {"lr_lambda": lambda step: 0.5**step},
    }

    def grow(module, lr):
        optimizer = sgd()
        scheduler = getattr(module, name)(optimizer, **arguments[name])
        for _ in range(3):
            scheduler.step()
        optimizer.add_param_group({"params": [torch.zeros(1)], "lr": lr})
        lrs = []
        for _ in range(3):
            scheduler.step()
            lrs.append([group["lr"] for group in optimizer.param_groups])
        return lrs

    if name != "StepLR":
        try:
            wrong = grow(theirs, 0.5)
        except (ValueError, KeyError):
            wrong = None
        assert wrong is None or wrong[-1][1] != pytest.approx(wrong[-1][0] / 2)
    ratio = 1.0 if name == "OneCycleLR" else 0.5
    for first, second in grow(ours, 0.5):
        assert second == pytest.approx(ratio * first)


def test_a_plain_object_is_an_optimizer():
    optimizer = SimpleNamespace(param_groups=[{"lr": 1.0, "betas": (0.9, 0.99)}])
    with pytest.raises(TypeError):
        theirs.StepLR(optimizer, 1)
    scheduler = ours.OneCycleLR(optimizer, 1.0, total_steps=10)
    bounds = {"max_lr": 1.0, "min_lr": pytest.approx(4e-6), "base_momentum": 0.85, "max_momentum": 0.95}
    group = {"lr": pytest.approx(0.04), "initial_lr": 1.0, "betas": (0.95, 0.99)}
    assert optimizer.param_groups[0] == group | bounds
    assert scheduler.base_lrs == [1.0]


@pytest.mark.parametrize("T_mult", [1, 2])
def test_warm_restarts_stand_where_torchs_stand(T_mult):
    places = []
    for module in (theirs, ours):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        scheduler = module.CosineAnnealingWarmRestarts(optimizer, 3, T_mult)
        rows = []
        for _ in range(12):
            rows.append((scheduler.T_cur, scheduler.T_i))
            optimizer.step()
            scheduler.step()
        places.append(rows)
    assert places[0] == places[1]


def test_wsd_alone_is_flat_and_never_cools_down():
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}])
    assert ours.trace(ours.WSDLR(optimizer, 4), 4) == [0.1] * 4


@pytest.mark.parametrize("lrs", [(0.1, 0.1), ([0.1, 0.2], [0.5, 0.2])])
def test_a_cycle_without_height_is_told_for_any_group(lrs):
    groups = [{"params": [torch.zeros(1, requires_grad=True)]} for _ in range(2)]
    optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    with pytest.warns(ours.ScheduleWarning, match="base_lr = max_lr"):
        ours.CyclicLR(optimizer, *lrs)
