"""What was saved is what continues: drawn plans, cut anywhere, loaded into objects that were built otherwise."""

import copy
import io
import json
import math
import pickle
import warnings
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lrcourse import schedulers as s
from lrcourse.schedules import cosine

settings.register_profile("continue", deadline=None, max_examples=60, derandomize=True, phases=[Phase.generate])
settings.load_profile("continue")
pytestmark = pytest.mark.filterwarnings("ignore::lrcourse.schedulers.ScheduleWarning")

COUNT = st.integers(1, 30)
PART = st.floats(0.05, 1)


def halved(step):
    return 0.5 ** (step / 10)


def shrink(step):
    return 0.97


ARGUMENTS = {
    "LambdaLR": st.fixed_dictionaries({"lr_lambda": st.just(halved)}),
    "MultiplicativeLR": st.fixed_dictionaries({"lr_lambda": st.just(shrink)}),
    "StepLR": st.fixed_dictionaries({"step_size": COUNT, "gamma": st.floats(0.1, 1.1)}),
    "MultiStepLR": st.fixed_dictionaries({"milestones": st.lists(COUNT, max_size=4), "gamma": PART}),
    "ConstantLR": st.fixed_dictionaries({"factor": PART, "total_iters": COUNT}),
    "LinearLR": st.fixed_dictionaries({"start_factor": PART, "end_factor": PART, "total_iters": COUNT}),
    "ExponentialLR": st.fixed_dictionaries({"gamma": st.floats(0.8, 1.05)}),
    "PolynomialLR": st.fixed_dictionaries({"total_iters": COUNT, "power": st.floats(0.3, 3)}),
    "CosineAnnealingLR": st.fixed_dictionaries({"T_max": COUNT, "eta_min": st.floats(0, 0.02)}),
    "CosineAnnealingWarmRestarts": st.fixed_dictionaries({"T_0": COUNT, "T_mult": st.sampled_from([1, 1.5, 2])}),
    "CyclicLR": st.fixed_dictionaries(
        {"base_lr": st.floats(0, 0.1), "max_lr": st.floats(0.1, 1), "step_size_up": st.floats(0.5, 9)}
    ),
    "OneCycleLR": st.fixed_dictionaries({"max_lr": st.floats(0.1, 1), "total_steps": st.integers(90, 120)}),
    "InverseTimeLR": st.fixed_dictionaries({"decay_rate": st.floats(0, 2)}),
    "WarmupLR": st.fixed_dictionaries({"warmup_steps": COUNT, "mode": st.sampled_from(["linear", "exponential"])}),
    "InverseSqrtLR": st.fixed_dictionaries({"warmup_steps": COUNT}),
    "WSDLR": st.fixed_dictionaries({"total_steps": st.integers(30, 60), "warmup_steps": COUNT}),
}


@st.composite
def plans(draw, depth=2):
    """A scheduler's class and arguments; a composite's arguments hold such plans again."""
    names = [*ARGUMENTS, *(["SequentialLR", "ChainedScheduler"] if depth else [])]
    name = draw(st.sampled_from(names))
    if name in ARGUMENTS:
        return name, draw(ARGUMENTS[name])
    members = draw(st.lists(plans(depth - 1), min_size=1, max_size=3))
    if name == "ChainedScheduler":
        return name, {"schedulers": members}
    milestones = st.lists(st.integers(0, 40), min_size=len(members) - 1, max_size=len(members) - 1).map(sorted)
    return name, {"schedulers": members, "milestones": draw(milestones)}


def make(plan, optimizer, **more):
    name, arguments = plan
    members = {"schedulers": [make(member, optimizer) for member in arguments.get("schedulers", [])]}
    return getattr(s, name)(**{**arguments, **(members if members["schedulers"] else {})}, optimizer=optimizer, **more)


def make_optimizer(kind="sgd", lrs=(0.1, 0.03)):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs]
    if kind == "plain":
        return SimpleNamespace(param_groups=[{"lr": lr, "momentum": 0.5} for lr in lrs])
    if kind == "tensor":
        return torch.optim.SGD([{**group, "lr": torch.tensor(group["lr"])} for group in groups], momentum=0.5)
    return torch.optim.Adam(groups) if kind == "adam" else torch.optim.SGD(groups, momentum=0.5)


def used(optimizer):
    return [(float(g["lr"]), g["betas"] if "betas" in g else g["momentum"]) for g in optimizer.param_groups]


def run(optimizer, hands, steps):
    rows = []
    for _ in range(steps):
        rows.append(used(optimizer))
        for hand in hands:
            hand.step()
    return rows


def saved(hands, optimizer):
    """All states as a file gives them back: the schedulers' through JSON, the optimizer's through torch's own."""
    states = [json.loads(json.dumps(hand.state_dict())) for hand in hands]
    file = io.BytesIO()
    torch.save([hand.state_dict() for hand in hands], file)
    file.seek(0)
    assert torch.load(file, weights_only=True) == [hand.state_dict() for hand in hands]
    return states, copy.deepcopy(getattr(optimizer, "state_dict", lambda: None)())


def otherwise(data, plan):
    """A plan of the same class, drawn anew, that a state can be loaded into."""
    return data.draw(
        plans().filter(lambda other: other[0] == plan[0])
        if plan[0] not in ARGUMENTS
        else st.tuples(st.just(plan[0]), ARGUMENTS[plan[0]])
    )


def functions_in(plan):
    name, arguments = plan
    return name in ("LambdaLR", "MultiplicativeLR") or any(map(functions_in, arguments.get("schedulers", [])))


@pytest.mark.parametrize("kind", ["sgd", "adam", "plain", "tensor"])
@given(plans(), st.integers(0, 45), st.sampled_from(["scheduler", "optimizer first", "optimizer last"]), st.data())
def test_whatever_the_new_object_was_built_with(kind, plan, cut, order, data):
    optimizer = make_optimizer(kind)
    hands = [make(plan, optimizer)]
    run(optimizer, hands, cut)
    states, weights = saved(hands, optimizer)
    expected = run(optimizer, hands, 30)

    other = plan if functions_in(plan) else otherwise(data, plan)
    again = make_optimizer(kind, data.draw(st.sampled_from([(0.1, 0.03), (0.7, 0.2)])))
    resumed = make(other, again)
    run(again, [resumed], data.draw(st.integers(0, 3)))
    if order == "optimizer first" and weights:
        again.load_state_dict(weights)
    resumed.load_state_dict(states[0])
    if order == "optimizer last" and weights:
        again.load_state_dict(weights)
    assert resumed.state_dict() == {**states[0]}
    assert run(again, [resumed], 30) == expected


@pytest.mark.parametrize("kind", ["sgd", "plain"])
@given(st.lists(plans(1), min_size=2, max_size=3), st.integers(0, 30), st.data())
def test_several_hands_loaded_in_any_order(kind, chosen, cut, data):
    optimizer = make_optimizer(kind)
    hands = [make(plan, optimizer) for plan in chosen]
    run(optimizer, hands, cut)
    states, weights = saved(hands, optimizer)
    expected = run(optimizer, hands, 25)

    again = make_optimizer(kind)
    resumed = [make(plan, again) for plan in chosen]
    loads = [partial(hand.load_state_dict, state) for hand, state in zip(resumed, states, strict=True)]
    loads += [lambda: again.load_state_dict(weights)] if weights else []
    for load in data.draw(st.permutations(loads)):
        load()
    for row, wanted in zip(run(again, resumed, 25), expected, strict=True):  # of two momenta the one loaded last holds
        assert [lr for lr, _ in row] == [lr for lr, _ in wanted]


@given(plans(1), st.floats(0.1, 3), st.integers(0, 20), st.integers(0, 20))
def test_a_factor_of_another_hand_is_kept(plan, factor, before, after):
    def go(optimizer, hand, steps):
        return run(optimizer, [hand], steps)

    optimizer = make_optimizer()
    hand = make(plan, optimizer)
    go(optimizer, hand, before)
    for group in optimizer.param_groups:
        group["lr"] *= factor
    go(optimizer, hand, after)
    states, weights = saved([hand], optimizer)
    expected = go(optimizer, hand, 20)
    again = make_optimizer()
    resumed = make(plan, again)
    resumed.load_state_dict(states[0])
    again.load_state_dict(weights)
    assert go(again, resumed, 20) == expected


@given(plans(), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_groups_added_at_any_time(plan, first, second, cut):
    """A group joins in at its share of the plan; a state says how far that has come."""
    if "OneCycleLR" in str(plan) or "CyclicLR" in str(plan):
        return

    def grow(optimizer, lr):
        optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": lr, "momentum": 0.5})

    optimizer = make_optimizer(lrs=(0.1,))
    hand = make(plan, optimizer)
    run(optimizer, [hand], first)
    grow(optimizer, 0.01)
    run(optimizer, [hand], second)
    grow(optimizer, 0.1)
    run(optimizer, [hand], cut)
    states, weights = saved([hand], optimizer)
    expected = run(optimizer, [hand], 20)
    if cut:  # of groups with one LR, those that came in at once and later go the same way
        assert all(row[2][0] == pytest.approx(row[0][0], rel=1e-9, abs=1e-12) for row in expected)

    again = make_optimizer(lrs=(0.5,))
    resumed = make(plan, again)
    grow(again, 0.3)
    grow(again, 0.2)
    for load in (lambda: again.load_state_dict(weights), lambda: resumed.load_state_dict(states[0])):
        load()
    assert run(again, [resumed], 20) == expected


@given(plans(), st.integers(0, 30))
def test_pickled_copied_and_saved_whole(plan, cut):
    optimizer = make_optimizer()
    hand = make(plan, optimizer)
    run(optimizer, [hand], cut)
    file = io.BytesIO()
    torch.save((optimizer, hand), file)
    file.seek(0)
    twins = [
        pickle.loads(pickle.dumps((optimizer, hand))),
        copy.deepcopy((optimizer, hand)),
        torch.load(file, weights_only=False),
    ]
    alone = copy.deepcopy(hand)
    expected = run(optimizer, [hand], 20)
    for twin, its in [*twins, (alone.optimizer, alone)]:
        assert its.optimizer is twin and twin is not optimizer
        assert run(twin, [its], 20) == expected


@given(plans(), st.integers(0, 45))
def test_members_report_the_true_lr(plan, steps):
    optimizer = make_optimizer()
    hand = make(plan, optimizer)
    run(optimizer, [hand], steps)

    def check(scheduler, step):
        assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        assert scheduler.last_epoch == step
        for i, member in enumerate(getattr(scheduler, "schedulers", [])):
            starts = [0, *getattr(scheduler, "milestones", [])]
            ends = [*starts[1:], 10**9] if hasattr(scheduler, "milestones") else [10**9] * len(scheduler.schedulers)
            start = starts[i] if hasattr(scheduler, "milestones") else 0
            check(member, max(0, min(step, ends[i] - 1) - start))

    check(hand, steps)


SINGLE = st.sampled_from([name for name in ARGUMENTS if name not in ("CyclicLR", "OneCycleLR")]).flatmap(
    lambda name: st.tuples(st.just(name), ARGUMENTS[name])
)


@pytest.mark.parametrize("saved_after_the_step", [True, False])
@given(st.lists(SINGLE, min_size=1, max_size=3), st.integers(0, 20))
def test_several_resumed_by_last_epoch(saved_after_the_step, chosen, k):
    """last_epoch=k goes on at step k + 1, from an optimizer saved at either step, or from one that was not loaded."""
    overwrite = any(name in ("LambdaLR", "CosineAnnealingWarmRestarts") for name, _ in chosen)
    if len(chosen) > 1 and (overwrite or any(arguments.get("eta_min") for _, arguments in chosen)):
        return  # a floor is no factor, and an LR that is overwritten knows of no other hand
    optimizer = make_optimizer()
    hands = [make(plan, optimizer) for plan in chosen]
    run(optimizer, hands, k + saved_after_the_step)
    weights = copy.deepcopy(optimizer.state_dict())
    if not saved_after_the_step:
        run(optimizer, hands, 1)
    expected = run(optimizer, hands, 10)
    lrs = [group["lr"] for group in weights["param_groups"]] + [lr for row in expected for lr, _ in row]
    if min(lrs) < 1e-8:
        return  # of a product that is 0 no factor can be seen
    for load in (True, False):
        again = make_optimizer()
        if load:
            again.load_state_dict(weights)
        for group in again.param_groups:
            group.setdefault("initial_lr", group["lr"])
        resumed = [make(plan, again, last_epoch=k) for plan in chosen]
        got = run(again, resumed, 10)
        for row, wanted in zip(got, expected, strict=True):
            assert [lr for lr, _ in row] == pytest.approx([lr for lr, _ in wanted], rel=1e-5)


@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_a_composite_and_another_hand_resumed_by_last_epoch(swapped, loaded):
    def build(optimizer, last_epoch=-1):
        def sequence():
            members = [s.ConstantLR(optimizer, 0.5, 9), s.ExponentialLR(optimizer, 0.9)]
            return s.SequentialLR(optimizer, members, [3], last_epoch)

        def decay():
            return s.StepLR(optimizer, 2, 0.5, last_epoch=last_epoch)

        if last_epoch == -1:
            return [sequence(), decay()]
        return [decay(), sequence()] if swapped else [sequence(), decay()]

    optimizer = make_optimizer()
    hands = build(optimizer)
    run(optimizer, hands, 6)
    again = make_optimizer()
    if loaded:
        again.load_state_dict(optimizer.state_dict())
    for group in again.param_groups:
        group.setdefault("initial_lr", group["lr"])
    for row, wanted in zip(run(again, build(again, 5), 8), run(optimizer, hands, 8), strict=True):
        assert [lr for lr, _ in row] == pytest.approx([lr for lr, _ in wanted])


@pytest.mark.parametrize("nested", [False, True])
@settings(max_examples=25)
@given(st.lists(SINGLE, min_size=2, max_size=3), st.integers(0, 12), st.sampled_from([0.1, 0.3, 1.7]))
def test_a_composite_resumed_by_last_epoch_keeps_another_hands_factor(nested, chosen, k, factor):
    """A plateau's cut, or a user's own change: the members that are made anew write first, and must not lose it."""

    def build(optimizer, last_epoch=-1):
        members = [make(plan, optimizer) for plan in chosen]
        if nested:
            members[:2] = [s.SequentialLR(optimizer, members[:2], [3])]
        return s.SequentialLR(optimizer, members, [4, 8][: len(members) - 1], last_epoch)

    optimizer = make_optimizer()
    scheduler = build(optimizer)
    run(optimizer, [scheduler], k)
    before = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        group["lr"] *= factor
    run(optimizer, [scheduler], 1)
    weights = copy.deepcopy(optimizer.state_dict())
    found = [group["lr"] for group in weights["param_groups"]]
    as_if = zip(found * 2, before + [0.1, 0.03], strict=True)
    if min(found) < 1e-9 or any(math.isclose(*pair, rel_tol=1e-5) for pair in as_if):
        return  # it looks as if nobody else had been there
    again = make_optimizer()
    again.load_state_dict(weights)
    resumed = build(again, k)
    for row, wanted in zip(run(again, [resumed], 12), run(optimizer, [scheduler], 12), strict=True):
        assert [lr for lr, _ in row] == pytest.approx([lr for lr, _ in wanted], rel=1e-9)


@given(plans(), st.integers(0, 40), st.booleans(), st.sampled_from([1.0, 0.3, 2.0]))
def test_an_optimizer_loaded_alone_never_passes_the_peak(plan, cut, before, factor):
    """The common slip: the optimizer's state is loaded, the scheduler's is not."""
    optimizer = make_optimizer()
    hand = make(plan, optimizer)
    curve = [[lr for lr, _ in row] for row in run(optimizer, [hand], 80)]
    peak = max(max(row) for row in curve)
    optimizer = make_optimizer()
    hand = make(plan, optimizer)
    run(optimizer, [hand], cut)
    for group in optimizer.param_groups:
        group["lr"] *= factor
    again = make_optimizer()
    if before and max(curve[0]) >= peak:  # where the plan grows, a scheduler made afterwards takes it for a new start
        again.load_state_dict(optimizer.state_dict())
    resumed = make(plan, again)
    again.load_state_dict(optimizer.state_dict())
    assert max(lr for row in run(again, [resumed], 60)[1:] for lr, _ in row) <= peak * max(1, factor) * (1 + 1e-9)


def test_what_the_slip_leaves_is_the_plan():
    optimizer = make_optimizer(lrs=(0.1,))
    hand = s.WSDLR(optimizer, 50, warmup_steps=20)
    run(optimizer, [hand], 30)
    again = make_optimizer(lrs=(0.1,))
    resumed = s.WSDLR(again, 50, warmup_steps=20)
    again.load_state_dict(optimizer.state_dict())
    with pytest.warns(
        s.ScheduleWarning, match=r"optimizer: its state was loaded, with lr = 0.1.*WSDLR's was not.*step 0"
    ):
        resumed.step()
    assert [row[0][0] for row in run(again, [resumed], 3)] == pytest.approx([0.01, 0.015, 0.02])


def test_a_difference_is_told_once_with_both_values():
    def build(optimizer, gamma, steps):
        members = [s.WarmupLR(optimizer, steps), s.StepLR(optimizer, 3, gamma)]
        return s.SequentialLR(optimizer, members, [steps])

    scheduler = build(make_optimizer(lrs=(0.1,)), 0.5, 4)
    resumed = build(make_optimizer(lrs=(0.3,)), 0.1, 6)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        resumed.load_state_dict(scheduler.state_dict())
    assert [warning.category for warning in told] == [s.ScheduleWarning]
    assert told[0].filename == __file__
    for part in ("base_lrs=[0.1] (built: [0.3])", "schedulers[0].warmup_steps=4 (built: 6)"):
        assert part in str(told[0].message)
    for part in ("schedulers[1].gamma=0.5 (built: 0.1)", "milestones=[4] (built: [6])"):
        assert part in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build(make_optimizer(lrs=(0.1,)), 0.5, 4).load_state_dict(scheduler.state_dict())


def test_members_of_other_classes_and_numbers_are_replaced():
    optimizer, again = make_optimizer(), make_optimizer()
    scheduler = s.SequentialLR(optimizer, [s.WarmupLR(optimizer, 3), s.CosineAnnealingLR(optimizer, 9)], [3])
    run(optimizer, [scheduler], 5)
    kept = s.WarmupLR(again, 7)
    resumed = s.SequentialLR(again, [kept], [])
    with pytest.warns(s.ScheduleWarning, match=r"2 schedulers \(built: 1\)"):
        resumed.load_state_dict(scheduler.state_dict())
    assert [type(member).__name__ for member in resumed.schedulers] == ["WarmupLR", "CosineAnnealingLR"]
    assert resumed.schedulers[0] is kept
    assert all(member.optimizer is again for member in resumed.schedulers)
    assert run(again, [resumed], 15) == run(optimizer, [scheduler], 15)


def test_a_function_that_is_not_there_cannot_go_on():
    optimizer, again = make_optimizer(), make_optimizer()
    scheduler = s.CyclicLR(optimizer, 0.1, 0.2, 4, scale_fn=halved)
    plain = s.CyclicLR(again, 0.1, 0.2, 4)
    before = plain.state_dict()
    with pytest.raises(ValueError, match="scale_fn must be a function, not 'halved'"):
        plain.load_state_dict(scheduler.state_dict())
    assert plain.state_dict() == before
    chained = s.ChainedScheduler([s.LambdaLR(optimizer, halved)])
    with pytest.raises(ValueError, match="lr_lambda"):
        s.ChainedScheduler([s.StepLR(again, 3)]).load_state_dict(chained.state_dict())


class Decay:
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, step):
        return self.rate**step


@pytest.mark.parametrize("name", ["LambdaLR", "MultiplicativeLR"])
def test_a_callable_object_goes_on_as_saved(name):
    optimizer, again = make_optimizer(), make_optimizer()
    scheduler, resumed = getattr(s, name)(optimizer, Decay(0.9)), getattr(s, name)(again, [Decay(0.5), halved])
    run(optimizer, [scheduler], 4)
    state = scheduler.state_dict()
    assert state["lr_lambdas"] == [{"rate": 0.9}, {"rate": 0.9}]
    resumed.lr_lambdas[1] = Decay(0.1)
    resumed.load_state_dict(state)
    assert run(again, [resumed], 9) == run(optimizer, [scheduler], 9)
    assert getattr(s, name)(make_optimizer(), halved).state_dict()["lr_lambdas"] == [None, None]


@pytest.mark.parametrize(
    "function",
    [cosine(1.0, 9), math.exp, partial(pow, 0.5), Decay(0.9).__call__, halved, Decay(0.9)],
    ids=["a schedule", "a built-in", "a partial", "a bound method", "a function", "an object"],
)
def test_every_kind_of_function_saves_as_plain_data(function):
    scheduler, resumed = s.LambdaLR(make_optimizer(), function), s.LambdaLR(make_optimizer(), function)
    run(scheduler.optimizer, [scheduler], 3)
    states, _ = saved([scheduler], scheduler.optimizer)
    resumed.load_state_dict(states[0])
    assert run(resumed.optimizer, [resumed], 5) == run(scheduler.optimizer, [scheduler], 5)


def test_a_schedule_as_the_factor_goes_on_as_saved():
    scheduler, resumed = s.LambdaLR(make_optimizer(), cosine(1.0, 9)), s.LambdaLR(make_optimizer(), [halved, halved])
    run(scheduler.optimizer, [scheduler], 3)
    resumed.load_state_dict(saved([scheduler], scheduler.optimizer)[0][0])
    assert run(resumed.optimizer, [resumed], 9) == run(scheduler.optimizer, [scheduler], 9)


OLD = [
    (lambda o: s.StepLR(o, 3, 0.5), {"class": "StepLR", "last_epoch": 7, "at": 7, "lr": [None, 0.001]}),
    (lambda o: s.LambdaLR(o, halved), {"class": "LambdaLR", "last_epoch": 7, "at": 7, "lr": [None, None]}),
    (
        lambda o: s.SequentialLR(o, [s.WarmupLR(o, 3), s.StepLR(o, 2)], [3]),
        {"class": "SequentialLR", "last_epoch": 7, "at": 7, "lr": [None, None]},
    ),
    (
        lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2),
        {"class": "CosineAnnealingWarmRestarts", "last_epoch": 7, "at": 7.25, "lr": [None, None]},
    ),
]


@pytest.mark.parametrize(("build", "state"), OLD)
def test_a_state_from_before_moves_the_step(build, state):
    optimizer, again = make_optimizer(), make_optimizer()
    scheduler, resumed = build(optimizer), build(again)
    scheduler.step(state["at"])
    if state["lr"][1]:
        optimizer.param_groups[1]["lr"] = state["lr"][1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resumed.load_state_dict(state)
    assert run(again, [resumed], 9) == run(optimizer, [scheduler], 9)


def test_a_plateau_state_from_before_is_taken():
    resumed = s.ReduceLROnPlateau(make_optimizer())
    state = {"class": "ReduceLROnPlateau", "last_epoch": 4, "at": 4, "lr": [0.05, None]}
    resumed.load_state_dict({**state, "best": 0.25, "num_bad_epochs": 2, "cooldown_counter": 1})
    assert (resumed.best, resumed.num_bad_epochs, resumed.cooldown_counter) == (0.25, 2, 1)
    assert resumed.get_last_lr() == [0.05, 0.03]


def test_plateau_goes_on_as_saved_whatever_it_was_built_with():
    optimizer, again = make_optimizer(), make_optimizer()
    scheduler = s.ReduceLROnPlateau(optimizer, "max", factor=0.5, patience=1, min_lr=[0.01, 0.001])
    resumed = s.ReduceLROnPlateau(again, "min", factor=0.1, patience=7)
    for metric in [0.1, 0.2, 0.15, 0.1, 0.1]:
        scheduler.step(metric)
    resumed.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    assert used(again) == used(optimizer)
    for metric in [0.1, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1]:
        scheduler.step(metric)
        resumed.step(metric)
        assert used(again) == used(optimizer)
    assert min(lr for lr, _ in used(optimizer)) < 0.01


def test_one_look_ahead_changes_nothing():
    optimizer = make_optimizer()
    for scheduler in [s.ReduceLROnPlateau(optimizer, patience=0), s.LambdaLR(optimizer, halved)]:
        before = scheduler.state_dict()
        for i in (0, 1, 1):
            scheduler.make_schedule(0.1, i)(5)
        assert scheduler.state_dict() == before
    plateau = s.ReduceLROnPlateau(make_optimizer(), patience=0)
    plateau.make_schedule(0.1, 0)
    plateau.step(1.0)
    plateau.step(1.0)
    assert plateau.get_last_lr() == pytest.approx([0.01, 0.003])


@pytest.mark.parametrize("value", [torch.tensor(0.1), torch.tensor(0.1, dtype=torch.float64)])
def test_one_tensor_shared_by_groups_is_one_a_group(value):
    weights = [torch.zeros(1, requires_grad=True) for _ in range(2)]

    def shared(**options):
        groups = [{"params": [weight]} for weight in weights]
        return torch.optim.SGD(groups, lr=value.clone(), **options)

    optimizer = shared()
    assert optimizer.param_groups[0]["lr"] is optimizer.param_groups[1]["lr"]
    first = optimizer.param_groups[0]["lr"]
    plateau = s.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    plateau.step(1.0)
    plateau.step(1.0)
    assert [float(group["lr"]) for group in optimizer.param_groups] == pytest.approx([0.05, 0.05])
    assert optimizer.param_groups[0]["lr"] is first
    optimizer = shared()
    s.LambdaLR(optimizer, [lambda step: 1.0, lambda step: 0.1])
    assert [float(group["lr"]) for group in optimizer.param_groups] == pytest.approx([0.1, 0.01])
    optimizer = shared(momentum=0.9)
    cyclic = s.CyclicLR(optimizer, [0.1, 0.2], [0.3, 0.4], 1)
    cyclic.step()
    assert [float(group["lr"]) for group in optimizer.param_groups] == pytest.approx([0.3, 0.4])


@pytest.mark.parametrize("name", ["StepLR", "ReduceLROnPlateau"])
def test_a_whole_number_as_tensor_lr_can_hold_any_lr(name):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=torch.tensor(1))
    if name == "StepLR":
        s.StepLR(optimizer, 1, 0.5).step()
    else:
        plateau = s.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        plateau.step(1.0)
        plateau.step(1.0)
    assert float(optimizer.param_groups[0]["lr"]) == 0.5


@pytest.mark.parametrize("made", [False, True])
def test_a_group_added_around_a_chains_first_step_gets_every_factor(made):
    optimizer = make_optimizer(lrs=(0.1,))
    members = [s.ConstantLR(optimizer, 0.5, 4), s.ExponentialLR(optimizer, 0.9)]
    chain = s.ChainedScheduler(members) if made else None
    optimizer.add_param_group({"params": [torch.zeros(1)], "lr": 0.1})
    chain = chain or s.ChainedScheduler(members)
    rows = run(optimizer, [chain], 9)
    assert all(row[0][0] == pytest.approx(row[1][0], rel=1e-12) for row in rows[made:])


@given(SINGLE, st.integers(0, 30), st.integers(0, 30))
def test_every_class_steps_to_any_step(plan, there, back):
    optimizer, again = make_optimizer(), make_optimizer()
    scheduler, jumper = make(plan, optimizer), make(plan, again)
    rows = run(optimizer, [scheduler], 31)
    for step in (there, back):
        jumper.step(step)
        assert (used(again), jumper.last_epoch) == (rows[step], step)
    for wrong in (-1, "3", float("nan")):
        with pytest.raises((TypeError, ValueError), match="epoch"):
            jumper.step(wrong)


def test_a_schedule_among_the_arguments_is_data_too():
    class Follow(s.LRScheduler):
        def __init__(self, optimizer, schedule, last_epoch=-1):
            self.schedule = schedule
            super().__init__(optimizer, last_epoch)

        def make_schedule(self, base_lr, i):
            return self.schedule

    scheduler, resumed = Follow(make_optimizer(), cosine(0.2, 9)), Follow(make_optimizer(), cosine(0.5, 20))
    run(scheduler.optimizer, [scheduler], 4)
    with pytest.warns(s.ScheduleWarning, match="T_max"):
        resumed.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    assert run(resumed.optimizer, [resumed], 9) == run(scheduler.optimizer, [scheduler], 9)


def test_a_class_that_does_not_keep_its_arguments_moves_the_step_alone():
    class Sum(s.LRScheduler):
        def __init__(self, optimizer, first, second):
            self.total = first + second
            super().__init__(optimizer)

        def make_schedule(self, base_lr, i):
            return lambda step: base_lr / (1 + self.total * step)

    scheduler, resumed = Sum(make_optimizer(), 1, 2), Sum(make_optimizer(), 1, 2)
    run(scheduler.optimizer, [scheduler], 4)
    resumed.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    assert run(resumed.optimizer, [resumed], 9) == run(scheduler.optimizer, [scheduler], 9)


@given(st.sampled_from([*ARGUMENTS, "ReduceLROnPlateau"]), st.data(), st.booleans())
def test_what_the_caller_does_later_to_an_argument_changes_no_plan(name, data, tensors):
    """Numbers come as tensors, or one a group in a list: both stay the caller's, and may be used for something else."""
    arguments = dict(data.draw(ARGUMENTS.get(name, st.just({"factor": 0.5, "min_lr": [0.01, 0.02]}))))
    for key, value in arguments.items():
        if isinstance(value, float) and tensors:
            arguments[key] = torch.tensor(value)
        elif key in ("base_lr", "max_lr", "lr_lambda"):
            arguments[key] = [value, value]
    optimizer = make_optimizer()
    scheduler = getattr(s, name)(optimizer, **arguments)
    before = json.dumps(scheduler.state_dict())
    for value in arguments.values():
        if isinstance(value, torch.Tensor):
            value.mul_(0.5)
        elif isinstance(value, list):
            value.clear()
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": 0.1})
    assert json.dumps(scheduler.state_dict()) == before
