"""A schedule is a value: random compositions of all makers print, compare, hash, pickle and copy as their calls."""

import copy
import io
import math
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from inspect import signature
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lrcourse import schedules
from lrcourse.schedules import Schedule, cosine, cyclic, interpolate, join, multistep
from lrcourse.schedules.cycles import phases, triangles
from lrcourse.schedules.value import inner, maker, plain

ROOT = Path(__file__).parents[2]
property_settings = settings(deadline=None, max_examples=150, derandomize=True)


def halved(step):
    return 0.5 / (step + 1)


def shrinking(x):
    return 1 / (1 + x)


NAMES = {**vars(schedules), "triangles": triangles, "phases": phases, "halved": halved, "shrinking": shrinking}
LR, GAMMA, PART = st.floats(0, 10), st.floats(0, 1), st.floats(0, 1)
COUNT = st.integers(1, 60)
PLACE = st.one_of(st.integers(0, 80), st.integers(0, 80).map(float))
LENGTH = st.one_of(COUNT, st.just(math.inf))
FACTOR = st.floats(0.1, 50)
SCALE = st.sampled_from([None, shrinking, abs])
CYCLE = {
    "step_size_up": st.floats(0.5, 30),
    "step_size_down": st.one_of(st.none(), st.floats(0, 30)),
    "gamma": GAMMA,
    "scale_fn": SCALE,
    "scale_mode": st.sampled_from(["cycle", "iterations"]),
    "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
}
LEAVES = {
    "constant": {"base_lr": LR},
    "step_decay": {"base_lr": LR, "step_size": COUNT, "gamma": GAMMA},
    "multistep": {"base_lr": LR, "milestones": st.one_of(st.lists(PLACE), st.sets(PLACE)), "gamma": GAMMA},
    "exponential": {"base_lr": LR, "gamma": GAMMA},
    "inverse_time": {"base_lr": LR, "decay_rate": LR, "decay_steps": FACTOR},
    "half_life": {"base_lr": LR, "seconds": FACTOR},
    "linear": {"base_lr": LR, "start_factor": PART, "end_factor": PART, "total_iters": LENGTH},
    "polynomial": {"base_lr": LR, "total_iters": LENGTH, "power": st.floats(0, 3)},
    "cosine": {"base_lr": LR, "T_max": COUNT, "eta_min": LR},
    "cosine_restarts": {"base_lr": LR, "T_0": COUNT, "T_mult": st.floats(1, 3), "eta_min": LR},
    "cyclic": {"base_lr": PART, "max_lr": st.floats(1, 9), **CYCLE},
    "one_cycle": {"max_lr": st.floats(0.01, 1), "total_steps": COUNT, "pct_start": st.floats(0, 0.5)}
    | {"anneal_strategy": st.sampled_from(["cos", "linear"]), "div_factor": st.one_of(FACTOR, st.just(math.inf))}
    | {"final_div_factor": st.one_of(FACTOR, st.just(math.inf)), "three_phase": st.booleans()},
    "linear_warmup": {"base_lr": LR, "warmup_steps": COUNT},
    "exponential_warmup": {"base_lr": LR, "warmup_steps": COUNT},
    "inverse_sqrt": {"base_lr": LR, "warmup_steps": COUNT},
    "wsd": {"base_lr": LR, "total_steps": st.integers(60, 90), "warmup_steps": st.integers(0, 30)}
    | {
        "cooldown_steps": st.integers(0, 30),
        "cooldown": st.sampled_from(["linear", "cosine", "1-sqrt"]),
        "eta_min": LR,
    },
    "flat_cosine": {"base_lr": LR, "total_steps": COUNT, "pct_start": PART, "eta_min": LR},
    "interpolate": {"knots": st.lists(st.tuples(PLACE, LR), min_size=1, max_size=5)},
    "triangles": {"foot": PART, "top": st.floats(1, 9), **CYCLE},
    "phases": {"start": PART, "peak": PART, "end": PART, "total_steps": COUNT, "pct_start": st.floats(0, 0.5)}
    | {"anneal_strategy": st.sampled_from(["cos", "linear"]), "three_phase": st.booleans()},
}
COMPOSITES = {"join", "chain", "scale", "stretch", "warmup"}


@st.composite
def calls(draw, members):
    """(maker, arguments) of any maker: each argument that has a default is left out at times."""
    name = draw(st.sampled_from([*LEAVES, *COMPOSITES]))
    make = NAMES[name]
    if name in LEAVES:
        defaults = {p.name for p in signature(make).parameters.values() if p.default is not p.empty}
        names = [argument for argument in LEAVES[name] if argument not in defaults or draw(st.booleans())]
        return make, {argument: draw(LEAVES[name][argument]) for argument in names}
    if name in {"join", "chain"}:
        parts = draw(st.lists(members, min_size=1, max_size=3))
        at = sorted(draw(st.lists(PLACE, min_size=len(parts) - 1, max_size=len(parts) - 1)))
        return make, {"schedules": parts, "at": at} if name == "join" else {"schedules": parts}
    argument = {"warmup": ("warmup_steps", st.integers(0, 30)), "stretch": ("factor", FACTOR), "scale": ("factor", LR)}
    named, values = argument[name]
    return make, {"schedule": draw(members), named: draw(values)}


def made(call):
    make, arguments = call
    return make(**arguments)


CALLS = st.deferred(lambda: calls(st.one_of(st.just(halved), SCHEDULES)))
SCHEDULES = st.deferred(lambda: CALLS.map(made))


def same_bits(a, b):
    return a == b and all(math.copysign(1, x) == math.copysign(1, y) for x, y in zip(a, b, strict=True))


@property_settings
@given(CALLS, st.permutations(range(90)))
def test_every_composition_is_a_value(call, order):
    schedule = made(call)
    lrs = schedules.curve(made(call), 90)
    assert all(isinstance(lr, float) and lr >= 0 for lr in lrs)
    again = {
        "printed": eval(repr(schedule), dict(NAMES)),
        "pickled": pickle.loads(pickle.dumps(schedule)),
        "first protocol": pickle.loads(pickle.dumps(schedule, 0)),
        "deep copy": copy.deepcopy(schedule),
        "copy": copy.copy(schedule),
        "same call": made(call),
    }
    for how, other in again.items():
        assert type(other) is Schedule and other == schedule, how
        assert hash(other) == hash(schedule) and repr(other) == repr(schedule), how
        assert same_bits(schedules.curve(other, 90), lrs), how
    shuffled = dict(zip(order, map(schedule, order), strict=True))
    assert same_bits([shuffled[step] for step in range(90)], lrs)


@property_settings
@given(st.sampled_from(sorted(LEAVES)), st.data())
def test_another_value_of_any_argument_makes_another_schedule(name, data):
    drawn = {argument: data.draw(values, label=argument) for argument, values in LEAVES[name].items()}
    argument = data.draw(st.sampled_from(sorted(drawn)))
    other = data.draw(LEAVES[name][argument])
    if argument in ("milestones", "knots"):
        assume(sorted(drawn[argument]) != sorted(other))
    assume(drawn[argument] != other)
    assert NAMES[name](**drawn) != NAMES[name](**{**drawn, argument: other})
    in_order = [drawn[argument] for argument in signature(NAMES[name]).parameters]
    assert NAMES[name](**drawn) == NAMES[name](*in_order)


def test_steps_asked_from_several_threads_get_the_same_lrs():
    waves = schedules.cosine_restarts(0.1, 1, 1.1)  # it remembers the cycle met last: an own one for every few steps
    schedule = schedules.chain([waves, join([waves, waves], at=[300])])
    steps = [(37 * i) % 1000 for i in range(1000)]
    expected = [schedules.chain([waves, join([waves, waves], at=[300])])(step) for step in steps]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda turn: [schedule(step) for step in steps], range(16)))
    finally:
        sys.setswitchinterval(interval)
    assert all(lrs == expected for lrs in found)


@pytest.mark.parametrize("T_mult", [1.1, 1.3, 1.7, 2.9])
def test_a_restart_is_in_the_same_place_whatever_was_asked_before(T_mult):
    for T_0 in range(1, 40):
        in_order = schedules.curve(schedules.cosine_restarts(0.1, T_0, T_mult), 400)
        for step, lr in enumerate(in_order):
            if lr == 0.1 or step and in_order[step - 1] < lr:  # a restart: the neighbors in another order
                schedule = schedules.cosine_restarts(0.1, T_0, T_mult)
                assert [schedule(step + 1), schedule(step), schedule(max(0, step - 1)), schedule(step)][1::2] == [
                    lr,
                    lr,
                ]


PRINTED = [
    (cosine(0.1, T_max=100, eta_min=0.001), "cosine(0.1, T_max=100, eta_min=0.001)"),
    (cosine(eta_min=0.001, T_max=100, base_lr=0.1), "cosine(0.1, T_max=100, eta_min=0.001)"),
    (cosine(0.1, 100, 0.0), "cosine(0.1, T_max=100)"),
    (cosine(np.float64(0.1), np.int32(100)), "cosine(0.1, T_max=100)"),
    (cosine(torch.tensor(0.5), 100), "cosine(0.5, T_max=100)"),
    (multistep(0.1, {60, 30}), "multistep(0.1, milestones=[30, 60])"),
    (multistep(0.1, torch.tensor([60, 30, 30])), "multistep(0.1, milestones=[30, 30, 60])"),
    (multistep(0.1, range(10, 31, 10)), "multistep(0.1, milestones=[10, 20, 30])"),
    (multistep(0.1, ()), "multistep(0.1, milestones=[])"),
    (interpolate([(9, 0.1), (0, 0)]), "interpolate([(0, 0), (9, 0.1)])"),
    (interpolate(np.array([[0, 1], [4, 2]])), "interpolate([(0, 1), (4, 2)])"),
    (
        join([schedules.linear_warmup(0.1, 5), cosine(0.1, 95)], (5,)),
        "join([linear_warmup(0.1, warmup_steps=5), cosine(0.1, T_max=95)], at=[5])",
    ),
    (
        schedules.scale(schedules.stretch(schedules.chain((halved, schedules.constant(1.0))), 2), 0.5),
        "scale(stretch(chain([halved, constant(1.0)]), factor=2), factor=0.5)",
    ),
    (schedules.linear(0.1, total_iters=math.inf), "linear(0.1, total_iters=float('inf'))"),
    (schedules.flat_cosine(0.1, 100), "flat_cosine(0.1, total_steps=100)"),
    (schedules.warmup(cosine(0.1, 9), 3), "warmup(cosine(0.1, T_max=9), warmup_steps=3)"),
    (cyclic(0.1, 0.2, mode=np.str_("exp_range")), "cyclic(0.1, max_lr=0.2, mode='exp_range')"),
    (cyclic(0.1, 0.2, scale_fn=lambda cycle: 1.0), "cyclic(0.1, max_lr=0.2, scale_fn=<lambda>)"),
    (schedules.one_cycle(0.1, 9, three_phase=True), "one_cycle(0.1, total_steps=9, three_phase=True)"),
]


@pytest.mark.parametrize(("schedule", "printed"), PRINTED, ids=[printed for _, printed in PRINTED])
def test_a_schedule_prints_as_its_call(schedule, printed):
    assert repr(schedule) == str(schedule) == printed


ALIKE = [
    (cosine(1, 3), cosine(1.0, T_max=3.0, eta_min=-0.0)),
    (cosine(Fraction(1, 2), 3), cosine(np.float32(0.5), np.uint8(3))),
    (multistep(0.1, [30, 60]), multistep(0.1, (60.0, 30))),
    (multistep(0.1, [30, 60]), multistep(0.1, iter([60, 30]))),
    (multistep(0.1, [30, 60]), multistep(0.1, np.array([60.0, 30.0]))),
    (schedules.chain([cosine(1, 3)]), schedules.chain(member for member in (cosine(1.0, 3),))),
    (join([halved, halved, halved], [9, 16]), join((halved, halved, halved), at={16, 9})),
    (interpolate([(0, 1), (5, 2)]), interpolate(((5.0, 2.0), [0, 1]))),
    (interpolate([(0, 1), (5, 2)]), interpolate(torch.tensor([[5.0, 2.0], [0.0, 1.0]]))),
    (cyclic(0.1, 0.2), cyclic(0.1, 0.2, 2000, None, "triangular", 1, None, "cycle")),
    (cyclic(0.1, 0.2, scale_fn=abs), cyclic(0.1, 0.2, scale_fn=abs)),
]
UNLIKE = [
    (cosine(0.1, 3), cosine(0.1, 4)),
    (cosine(0.1, 3), schedules.cosine_restarts(0.1, 3)),
    (multistep(0.1, [30]), multistep(0.1, [30, 30])),
    (join([halved, shrinking], [3]), join([shrinking, halved], [3])),
    (interpolate([(3, 1), (3, 2)]), interpolate([(3, 2), (3, 1)])),
    (schedules.scale(halved, 2), schedules.stretch(halved, 2)),
    (cyclic(0.1, 0.2, scale_fn=abs), cyclic(0.1, 0.2, scale_fn=shrinking)),
    (schedules.flat_cosine(0.1, 8, 0.5), schedules.wsd(0.1, 8, cooldown_steps=4, cooldown="cosine")),
    (cosine(0.1, 3), "cosine(0.1, T_max=3)"),
    (cosine(0.1, 3), inner(cosine(0.1, 3))),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_says_the_same_is_equal(one, other):
    assert one == other and hash(one) == hash(other) and len({one, other}) == 1


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_what_says_something_else_is_not_equal(one, other):
    assert one != other and other != one and len({one, other}) == 2


def test_a_schedule_does_not_change_with_the_list_it_was_made_from():
    members, at, knots = [halved, shrinking], [3], [(0, 1.0), (4, 2.0)]
    joined, chained, line = join(members, at), schedules.chain(members), interpolate(knots)
    before = [schedules.curve(s, 9) for s in (joined, chained, line)], [*map(repr, (joined, chained, line))]
    members.reverse(), at.clear(), knots.append((2, 9.0))
    assert ([schedules.curve(s, 9) for s in (joined, chained, line)], [*map(repr, (joined, chained, line))]) == before
    with pytest.raises(TypeError):
        line.arguments["knots"] = ()
    for name in ("arguments", "maker", "note"):
        with pytest.raises(AttributeError, match=f"a schedule does not change, so {name} cannot be set"):
            setattr(line, name, {})


def test_torch_saves_and_loads_a_schedule():
    schedule, file = join([schedules.linear_warmup(0.1, 5), cyclic(0.1, 0.2, scale_fn=shrinking)], at=[5]), io.BytesIO()
    torch.save({"schedule": schedule}, file)
    file.seek(0)
    assert torch.load(file, weights_only=False) == {"schedule": schedule}


def test_another_process_gets_an_equal_schedule():
    schedule = schedules.warmup(cosine(0.1, 9), 3)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(partial(copy.copy, schedule)) == schedule
        assert pool.map(schedule, range(12)) == schedules.curve(schedule, 12)


def test_a_function_that_cannot_be_pickled_is_named():
    schedule = cyclic(0.1, 0.2, step_size_up=3, scale_fn=lambda cycle: 1 / cycle)
    with pytest.raises((pickle.PicklingError, AttributeError), match="Can't pickle.*<lambda>"):
        pickle.dumps(schedule)
    assert copy.deepcopy(schedule) == schedule
    everywhere = cloudpickle.loads(cloudpickle.dumps(schedule))  # Ray, joblib and Dask pickle with it
    assert schedules.curve(everywhere, 30) == schedules.curve(schedule, 30)


def test_a_scale_of_ones_own_may_be_an_object():
    class Falling:
        def __call__(self, cycle):
            return 1 / cycle

        def __repr__(self):
            return "Falling()"

    schedule = cyclic(0.1, 0.2, scale_fn=Falling())
    assert repr(schedule) == "cyclic(0.1, max_lr=0.2, scale_fn=Falling())"
    assert repr(schedules.chain([partial(pow, 0.5)])).startswith("chain([functools.partial(")


def test_the_call_is_at_hand():
    schedule = cosine(0.1, 100)
    assert schedule.maker is cosine
    assert dict(schedule.arguments) == {"base_lr": 0.1, "T_max": 100, "eta_min": 0.0}
    assert signature(cosine).return_annotation is Schedule
    assert cosine.__name__ == "cosine" and "cosine wave" in cosine.__doc__


def test_a_wrong_call_is_told_by_python_as_ever():
    with pytest.raises(TypeError, match=r"cosine\(\) missing 1 required positional argument: 'T_max'"):
        cosine(0.1)
    with pytest.raises(TypeError, match=r"cosine\(\) got an unexpected keyword argument 'Tmax'"):
        cosine(0.1, Tmax=3)
    with pytest.raises(TypeError, match="schedule"):
        cosine(0.1, 3)(1, 2)


def test_an_error_shows_the_schedule_that_was_given():
    member = cosine(0.1, 3)
    for wrong, named in [
        (lambda: join(member, cosine(0.2, 3)), "schedules must be a list of functions, not cosine(0.1, T_max=3)"),
        (lambda: cosine(member, 3), "base_lr must be a number of at least 0, not cosine(0.1, T_max=3)"),
        (
            lambda: multistep(0.1, [member]),
            "milestones[0] must be a whole number of at least 0, not cosine(0.1, T_max=3)",
        ),
    ]:
        with pytest.raises(TypeError) as told:
            wrong()
        assert str(told.value) == named and told.value.__context__ is None


@maker
def sawtooth(base_lr: float = 0.1, period: int = 10):
    return lambda step: base_lr * (1 - step % period / period)


@maker(steps=sorted)
def listed(steps, *, lr=1.0):
    return lambda step: lr if step in steps else 0.0


def test_anybody_can_write_a_maker():
    assert [repr(s) for s in (sawtooth(), sawtooth(0.5), sawtooth(period=5))] == [
        "sawtooth()",
        "sawtooth(0.5)",
        "sawtooth(period=5)",
    ]
    assert sawtooth(0.1, 10.0) == sawtooth() != sawtooth(0.2)
    assert listed([3, 1], lr=2.0) == listed((1, 3), lr=2)
    for schedule in (sawtooth(0.5), listed([2, 1], lr=0.5)):
        assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert schedules.curve(sawtooth(1.0, 4), 5) == [1.0, 0.75, 0.5, 0.25, 1.0]


def test_a_member_costs_no_more_inside_than_its_plain_function():
    member = cosine(0.1, 9)
    assert inner(member) is not member and inner(halved) is halved
    for composite in (schedules.scale(member, 2), schedules.stretch(member, 2)):
        assert inner(member) in [cell.cell_contents for cell in inner(composite).__closure__]
    assert composite.arguments["schedule"] is member


def test_plain_keeps_what_is_no_number():
    assert plain([None, True, "x", np.True_, 2, 2.5, np.int8(3), Fraction(1, 4)]) == (
        None,
        True,
        "x",
        True,
        2,
        2.5,
        3,
        0.25,
    )
    assert plain(halved) is halved and plain(object) is object
    assert [type(plain(x)) for x in (np.int8(3), np.float32(3), True, Fraction(3))] == [int, float, bool, float]


def test_a_schedule_needs_the_standard_library_alone():
    code = (
        "import pickle, sys; from lrcourse.schedules import *; s = warmup(cosine(0.1, 9), 3); "
        "assert pickle.loads(pickle.dumps(s)) == eval(repr(s)) == s; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-Sc", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert set(loaded.split()) - sys.stdlib_module_names - {"__main__", "lrcourse"} == set()


def test_a_schedule_in_torchs_lambda_scheduler_is_saved_and_resumed():
    def build():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        return torch.optim.lr_scheduler.LambdaLR(optimizer, schedules.cosine(0.1, 10))

    scheduler, again, file = build(), build(), io.BytesIO()
    for _ in range(4):
        scheduler.optimizer.step()
        scheduler.step()
    torch.save(copy.deepcopy(scheduler.state_dict()), file)
    file.seek(0)
    again.load_state_dict(torch.load(file, weights_only=True))
    for one in (scheduler, again):
        one.optimizer.step()
        one.step()
    assert again.get_last_lr() == scheduler.get_last_lr() == [schedules.cosine(0.1, 10)(5)]
