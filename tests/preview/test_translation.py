"""The code that translate prints, run in the real library: 200 updates, or as many validations."""

import json
import random
import warnings
from functools import lru_cache

import in_libraries
import pytest
import torch

from lrcourse import schedulers, schedules
from lrcourse.translation import LIBRARIES, translate

HERE = ("torch", "lrcourse")
SINGLE = ("keras", "optax")  # libraries that count in float32
PLANS = [
    "warmup(cosine(0.1, 180, eta_min=0.01), 20)",
    "join([linear(0.1, 0.0, 1.0, 20), cosine(0.1, 180, eta_min=0.01)], [20])",
    "cosine(1, 200, 1e-06)",  # an LR without a point
    "warmup(cosine(0.003, 199.0), 1.0)",
    "warmup(linear(0.1, 1.0, 0.0, 180), 20)",
    "join([linear(0.1, 0.0, 1.0, 30), linear(0.1, 1.0, 0.25, 170)], [30])",
    "polynomial(0.1, 200, 1.0)",
    "wsd(0.1, 200, 20, 40)",
    "wsd(0.1, 200, 20, 40, '1-sqrt', 0.01)",
    "wsd(0.2, 200, 0, 200, 'cosine', 0.02)",
    "join([linear(0.1, 0.0, 1.0, 20), wsd(0.1, 180, 0, 60, '1-sqrt')], [20])",
    "inverse_sqrt(0.1, 20)",
    "linear_warmup(0.1, 20)",
    "warmup(linear(0.1, 1.0, 1.0, 180), 20)",  # falls by nothing
    "join([linear(0.1, 0.0, 1.0, 20), linear(0.1, 1.0, 0.5, float('inf'))], [20])",  # and never
]
PLATEAUS = [
    "lrcourse.schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=3, threshold=0.01, threshold_mode='abs')",
    "lrcourse.schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.05, min_lr=0.01)",
    "lrcourse.schedulers.ReduceLROnPlateau(optimizer, factor=0.2, patience=2, threshold=0.0, cooldown=3)",
    "lrcourse.schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.0, eps=0.02)",
]
# what the code may be asked to make, and on which plans: of each kind of scheduler one
OPTIMIZERS = {"momentum": ("SGD", 0.9), "adam": ("Adam", 0.0), "adamw": ("AdamW", 0.0)}
WITH = [(text, name) for text in (PLANS[0], PLANS[8], PLATEAUS[1]) for name in OPTIMIZERS]
DRAW = random.Random(3)
METRICS = [round(1 / (1 + k / 5) + 0.2 * DRAW.random(), 3) for k in range(40)]


@pytest.fixture(scope="module")
def rows(libraries):
    """(plan, what its printed code gave) in a library, curves and plateaus in one run."""

    @lru_cache
    def run(library):
        plans = [(text, "sgd") for text in PLANS + PLATEAUS] + WITH
        if library not in HERE:
            told = libraries("in_libraries.py", library, json.dumps(plans), json.dumps(METRICS))
            return [(text, row) for (text, _), row in zip(plans, told, strict=True)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [(text, in_libraries.told(library, text, name, METRICS)) for text, name in plans]

    return run


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_printed_code_gives_what_it_promises(rows, library):
    for text, row in rows(library)[: len(PLANS)]:
        top = max(row["expected"])
        least = (2e-6 if library in SINGLE else 1e-9) * top
        off = [t for t, (a, b) in enumerate(zip(row["used"], row["expected"], strict=True)) if abs(a - b) > least]
        assert not off, (
            f"{text}: update {off[0]} uses {row['used'][off[0]]}, not {row['expected'][off[0]]}\n{row['code']}"
        )
        plan = eval(text, {name: getattr(schedules, name) for name in schedules.__all__})
        same = max(abs(plan(t) - row["expected"][t]) for t in range(200)) <= 1e-9 * top
        assert row["exact"] == same, text


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_printed_plateau(rows, library):
    found = rows(library)[len(PLANS) : -len(WITH)]
    assert any(row["exact"] for _, row in found)
    for text, row in found:
        optimizer = in_libraries.SimpleNamespace(param_groups=[{"lr": 0.1}], defaults={})
        ours, planned = eval(text, {"lrcourse": in_libraries.lrcourse, "optimizer": optimizer}), []
        for metric in METRICS:
            planned.append(optimizer.param_groups[0]["lr"])
            ours.step(metric)
        assert len(set(planned)) > 2
        if row["exact"]:
            assert row["used"] == pytest.approx(planned, rel=1e-6), f"{text}\n{row['code']}"
        else:
            assert "nearest" in row["code"]


def test_optax_lowers_where_an_accuracy_has_stopped(libraries):
    """optax takes a part of the best off the wrong way below 0, where minus an accuracy lies."""
    accuracies = [0.1, 0.5, *[0.9] * 12]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=2, threshold=0.05)
    planned = []
    for accuracy in accuracies:
        planned.append(optimizer.param_groups[0]["lr"])
        theirs.step(accuracy)
    text = "lrcourse.schedulers.ReduceLROnPlateau(optimizer, mode='max', patience=2, threshold=0.05)"
    minus = [-accuracy for accuracy in accuracies]  # as the code says
    (row,) = libraries("in_libraries.py", "optax", json.dumps([(text, "sgd")]), json.dumps(minus))
    assert row["used"] == pytest.approx(planned, rel=1e-6) and min(planned) < 0.01
    assert not row["exact"] and "hand it minus the metric" in row["code"] and "nearest" in row["code"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_optimizer_runs_on_the_same_lrs(rows, library):
    """The printed code makes the optimizer that was asked for, and each update's LR is the one under plain SGD."""
    found, rel = rows(library), {"keras": 3e-6, "optax": 3e-5}.get(library, 1e-9)
    plain = {text: row["used"] for text, row in found[: -len(WITH)]}
    for (text, name), (_, row) in zip(WITH, found[-len(WITH) :], strict=True):
        # optax's LR is read off the weight's move: Adam's 1 - beta2**t is good to 1e-5 in float32 at first
        assert row["used"] == pytest.approx(plain[text], rel=rel), f"{text}\n{row['code']}"
        if library != "fastai":  # whose learner has an optimizer of its own
            assert tuple(row["made"]) == OPTIMIZERS[name], row["code"]


def test_what_is_said_of_each_family():
    plan = schedules.warmup(schedules.cosine(0.1, 180, eta_min=0.01), 20)
    exact = {library: translate(plan, library).exact for library in LIBRARIES}
    assert [library for library in exact if not exact[library]] == ["transformers", "timm"]
    for library in ("transformers", "timm"):
        code = translate(plan, library)
        assert "update 0 has LR 0" in code and code.lr(0) == 0 and code.lr(20) == 0.1
    assert "includes the warmup" in translate(
        schedules.join([schedules.linear(0.1, 0, 1, 20), schedules.cosine(0.1, 9)], [20]), "optax"
    )
    assert repr(translate(plan, "torch")) == str(translate(plan, "torch"))


@pytest.mark.parametrize(
    ("library", "plan", "since"),
    [  # the release before knows no such scheduler or argument
        ("transformers", "wsd", "transformers 4.49"),
        ("transformers", "cosine", "transformers 4.40"),
        ("timm", "wsd", "timm 1.0.31"),
        ("timm", "inverse_sqrt", "timm 1.0.31"),
        ("optax", "plateau", "optax 0.2.3"),
    ],
)
def test_code_for_new_releases_only_says_so(library, plan, since):
    optimizer = in_libraries.SimpleNamespace(param_groups=[{"lr": 0.1}], defaults={})
    made = {
        "cosine": lambda: schedules.cosine(0.1, 200),
        "wsd": lambda: schedules.wsd(0.1, 200, 20, 40),
        "inverse_sqrt": lambda: schedules.inverse_sqrt(0.1, 20),
        "plateau": lambda: schedulers.ReduceLROnPlateau(optimizer, patience=3),
    }
    assert f"# {since} or newer" in translate(made[plan](), library)
    assert "or newer" not in translate(schedules.linear_warmup(0.1, 20), library)


@pytest.mark.parametrize(
    "plan", [schedules.exponential(0.1, 0.9), schedules.cyclic(0.1, 0.2, 5), lambda t: 0.1, 3, schedulers.StepLR]
)
def test_what_is_refused(plan):
    with pytest.raises(ValueError, match="plan must be one of lrcourse.schedules: warmup"):
        translate(plan, "torch")
    with pytest.raises(ValueError, match="library must be one of 'torch'"):
        translate(schedules.constant(0.1), "jax")


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_no_library_can_say_is_refused_in_all(library):
    for plan in (schedules.constant(0.0), schedules.cosine(0.1, 9, 0.2), schedules.linear(0.1, 1.0, 2.0, 9)):
        with pytest.raises(ValueError, match="its peak above 0, its end not above its peak, not"):
            translate(plan, library)
    for lrs, given in (((0.1, 0.01), {}), ((0.1, 0.1), {"min_lr": [0, 0.01]}), ((0.1,), {"factor": 0}), ((0.0,), {})):
        optimizer = in_libraries.SimpleNamespace(param_groups=[{"lr": lr} for lr in lrs])
        with pytest.raises(ValueError, match="plan must have one LR above 0, one min_lr and a factor above 0, not"):
            translate(schedulers.ReduceLROnPlateau(optimizer, **given), library)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_optimizer_of_the_code(library):
    """Only the optimizer's name and its momentum differ, for a plan and for a plateau."""
    plateau = schedulers.ReduceLROnPlateau(in_libraries.SimpleNamespace(param_groups=[{"lr": 0.1}]), patience=3)
    for plan in (schedules.wsd(0.1, 200, 20, 40), schedules.inverse_sqrt(0.1, 20), plateau):
        plain = translate(plan, library)
        assert translate(plan, library, optimizer="sgd") == plain
        for name in ("momentum", "adam", "adamw"):
            code = translate(plan, library, optimizer=name)
            assert (code.exact, code.notes) == (plain.exact, plain.notes)
            back = code.replace(", momentum=0.9", "")
            back = (
                back.replace("AdamW(", "SGD(")
                .replace("Adam(", "SGD(")
                .replace("adamw(", "sgd(")
                .replace("adam(", "sgd(")
            )
            assert back == plain
            assert (code == plain) == (library == "fastai"), code
            compile(code, library, "exec")
    with pytest.raises(ValueError, match="optimizer must be one of 'sgd', 'momentum', 'adam', 'adamw', not 'lion'"):
        translate(plan, library, optimizer="lion")
