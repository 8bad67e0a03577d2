"""The solutions in the masters against torch and against formulas written out here: the reference itself is right."""

import json
import math
import random

import numpy as np
import pytest
import torch

from lrcourse.exercises import driver
from lrcourse.exercises.exercise import home
from lrcourse.exercises.judge import judge

lr_scheduler = torch.optim.lr_scheduler


def optimizer(*lrs, **options):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    return torch.optim.SGD(groups, lr=lrs[0], **options)


def torch_curve(make, base_lr, steps):
    """The LRs that torch trains with at the steps; asked past the end as far as torch goes."""
    steps = list(range(steps)) if isinstance(steps, int) else steps
    opt = optimizer(base_lr)
    scheduler, lrs = make(opt), []
    for _ in range(max(steps) + 1):
        lrs.append(opt.param_groups[0]["lr"])
        opt.step()
        scheduler.step()
    return [float(lrs[step]) for step in steps]


def torch_groups(make, request):
    """What an object's case expects, from torch: every group's LR at the start and after each entry of do."""
    lrs = [group["lr"] for group in request["groups"]]
    opt = optimizer(*lrs)
    scheduler = make(opt)
    rows = [[group["lr"] for group in opt.param_groups]]
    for method, *arguments in request["do"]:
        if method == "resume":
            saved, saved_opt = scheduler.state_dict(), opt.state_dict()
            opt = optimizer(*lrs)
            scheduler = make(opt)
            opt.load_state_dict(saved_opt)
            scheduler.load_state_dict(saved)
        else:
            opt.step()
            scheduler.step(*arguments)
        rows.append([float(group["lr"]) for group in opt.param_groups])
    return {"lr": rows}


def curve_of(make):
    def expected(request):
        args = dict(request["args"])
        return torch_curve(lambda opt: make(opt, **args), args.pop("base_lr", 1.0), request["steps"])

    return expected


def plateau(request):
    args = request["args"]
    return torch_groups(lambda opt: lr_scheduler.ReduceLROnPlateau(opt, eps=0, **args), request)


def cyclic(
    opt, max_lr, step_size_up=None, step_size_down=None, step_size=None, base=None, mode="triangular", gamma=1.0
):
    up = step_size_up or step_size
    down = step_size_down or step_size
    base_lr = opt.param_groups[0]["lr"]
    return lr_scheduler.CyclicLR(opt, base_lr, max_lr, up, down, mode, gamma, cycle_momentum=False)


def one_cycle(request):
    args = request["args"]
    steps = request["steps"] if isinstance(request["steps"], list) else range(request["steps"])
    inside = [min(step, args["total_steps"] - 1) for step in steps]  # past its end torch raises or jumps
    opt = optimizer(0.1)
    scheduler = lr_scheduler.OneCycleLR(opt, **args, cycle_momentum=False)
    lrs = []
    for step in range(args["total_steps"]):
        lrs.append(opt.param_groups[0]["lr"])
        opt.step()
        if step < args["total_steps"] - 1:
            scheduler.step()
    return [lrs[step] for step in inside]


def radam(request):
    args = request["args"]
    x = torch.nn.Parameter(torch.tensor(args["x"]["array"], dtype=torch.float64))
    opt = torch.optim.RAdam([x], lr=args["lr"], betas=(args["beta1"], args["beta2"]))
    places = [x.tolist()]
    for _, grad in request["do"]:
        x.grad = torch.tensor(grad["array"], dtype=torch.float64)
        opt.step()
        places.append(x.tolist())
    return {"x": places}


def simulated_loss(request):
    """Two-point noise of the given size: all noise sequences averaged, so that the expectation is exact."""
    args = request["args"]
    lrs = args["lrs"][:6]
    total = 0.0
    for h in args["curvatures"]:
        signs = np.array(
            [[1 - 2 * (code >> t & 1) for t in range(len(lrs))] for code in range(2 ** len(lrs))], dtype=float
        )
        x = np.full(len(signs), args["start"])
        for t, lr in enumerate(lrs):
            x = x - lr * (h * x + args["noise"] * math.sqrt(h) * signs[:, t])
        total += h * float(np.mean(x**2)) / 2
    return total


TRUTH = {
    "step_decay": curve_of(lambda opt, step_size, gamma: lr_scheduler.StepLR(opt, step_size, gamma)),
    "multistep_decay": curve_of(lambda opt, milestones, gamma: lr_scheduler.MultiStepLR(opt, milestones, gamma)),
    "StepLR": lambda request: torch_groups(lambda opt: lr_scheduler.StepLR(opt, **request["args"]), request),
    "exponential_decay": curve_of(lambda opt, gamma: lr_scheduler.ExponentialLR(opt, gamma)),
    "cosine_lr": curve_of(lambda opt, T_max, eta_min: lr_scheduler.CosineAnnealingLR(opt, T_max, eta_min)),
    "restarts_lr": curve_of(
        lambda opt, T_0, T_mult, eta_min: lr_scheduler.CosineAnnealingWarmRestarts(opt, T_0, T_mult, eta_min)
    ),
    "ReduceLROnPlateau": plateau,
    "triangular": curve_of(cyclic),
    "cyclic_lr": curve_of(cyclic),
    "one_cycle_lr": one_cycle,
    "RAdam": radam,
}


@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_solution_is_torch(name):
    exercise = home(name)
    task = exercise.task(name)
    requests = exercise.instructor_cases(task, "against torch")
    for request, ours in zip(requests, exercise.expected(task, requests), strict=True):
        verdict = judge(TRUTH[name](request), ours, 1e-6)
        assert verdict.ok, (request, verdict.message)


def test_the_expected_loss_is_the_mean_over_all_noise():
    exercise = home("expected_loss")
    task = exercise.task("expected_loss")
    rng = random.Random(1)
    for _ in range(20):
        request = {"id": 0, "name": task.name, "drive": task.drive, **task.draw(rng)}
        request["args"]["lrs"] = request["args"]["lrs"][:6]
        assert exercise.expected(task, [request])[0] == pytest.approx(simulated_loss(request), rel=1e-9)


def test_wsd_and_warmup_by_hand():
    def value(name, **request):
        exercise = home(name)
        return driver.answer({"id": 0, "name": name, "drive": "curve", **request}, exercise.reference)["value"]

    args = {"base_lr": 1.0, "total_steps": 8, "warmup_steps": 2, "cooldown_steps": 4}
    assert value("wsd_lr", args=args, steps=10) == [0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0]
    assert value("warmup_lr", args={"base_lr": 0.5, "warmup_steps": 4}, steps=5) == [0.125, 0.25, 0.375, 0.5, 0.5]
    noam = value("noam_lr", args={"d_model": 512, "warmup_steps": 4000}, steps=[0, 3999, 15999])
    assert noam == pytest.approx([1.746928107421711e-7, 6.987712429686843e-4, 3.4938562148434215e-4], rel=1e-12)


def asked(name, seed="against others"):
    """(arguments, what the solution answers) of every instructor's case."""
    exercise = home(name)
    task = exercise.task(name)
    requests = exercise.instructor_cases(task, seed)
    return zip([request["args"] for request in requests], exercise.expected(task, requests), strict=True)


def test_the_edge_is_where_torch_s_momentum_begins_to_grow():
    def grows(lr, curvature, beta):
        weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
        opt = torch.optim.SGD([weight], lr=lr, momentum=beta)
        for _ in range(600):
            weight.grad = curvature * weight.detach()
            opt.step()
        return not abs(weight.item()) < 1

    for args, edge in list(asked("edge_lr"))[:4]:
        assert [grows(by * edge, max(args["curvatures"]), args["beta"]) for by in (0.97, 1.03)] == [False, True]
        assert not grows(0.97 * edge, min(args["curvatures"]), args["beta"])


def test_the_noise_floor_is_the_mean_of_a_long_noisy_run():
    draw = np.random.default_rng(0)
    for lr, curvature, batch in [(0.1, 10.0, 16), (0.02, 10.0, 4), (0.9, 2.0, 1)]:
        w, losses = np.zeros(4000), []
        for step in range(300):
            w = w - lr * curvature * (w - draw.normal(size=4000) / math.sqrt(batch))
            losses += [curvature * np.mean(w**2) / 2] if step >= 100 else []
        ours = home("noise_floor").reference["noise_floor"](lr, curvature, batch)
        assert ours == pytest.approx(np.mean(losses), rel=0.02)


def test_inverse_scaling_is_scikit_learn_s():
    """Read off the weight: with the hinge loss and a tiny x each update adds exactly LR times x."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    for eta0, power_t in [(0.01, 0.5), (0.3, 0.25)]:
        options = {"learning_rate": "invscaling", "eta0": eta0, "power_t": power_t, "shuffle": False}
        sgd = linear_model.SGDClassifier(loss="hinge", penalty=None, fit_intercept=False, **options)
        weights = [0.0]
        for _ in range(20):
            weights.append(sgd.partial_fit([[1e-6]], [1], classes=[0, 1]).coef_[0, 0])
        ours = [home("inverse_scaling").reference["inverse_scaling"](step, eta0, power_t) for step in range(20)]
        assert np.diff(weights) / 1e-6 == pytest.approx(ours, rel=1e-6)


def test_the_paired_interval_is_scipy_s():
    stats = pytest.importorskip("scipy.stats")
    for args, ours in asked("paired_interval"):
        interval = stats.ttest_rel(args["first"], args["second"]).confidence_interval(0.95)
        if math.isfinite(interval.low):  # equal differences have no scatter to divide by
            width = interval.high - interval.low
            assert ours[1:] == pytest.approx([interval.low, interval.high], abs=3e-4 * width)  # a table of three digits


def test_the_verdicts_are_the_ledger_s():
    from lrcourse.evidence.verdict import HOLDS, OPPOSITE, SAME, UNSURE, Case

    words = {HOLDS: "holds", OPPOSITE: "opposite", SAME: "same", UNSURE: "unclear"}

    class Between(Case):
        interval = None

    for args, ours in asked("verdict"):
        case = Between("", "", np.zeros(2))
        object.__setattr__(case, "interval", (args["low"], args["high"]))
        assert words[case.says(args["matters"])] == ours


def torch_class(make):
    """torch's own scheduler as the classes of the exercises are used: on anything with param_groups."""

    class Wrapped:
        def __init__(self, groups_of, *args, **kwargs):
            self.ours = groups_of.param_groups
            self.opt = optimizer(*[group["lr"] for group in self.ours], momentum=0.5)
            self.scheduler = make(self.opt, *args, **kwargs)
            self.write()

        def write(self):
            for group, theirs in zip(self.ours, self.opt.param_groups, strict=True):
                group.update({key: float(theirs[key]) for key in group if key in theirs})

        def step(self):
            self.opt.step()
            self.scheduler.step()
            self.write()

        def state_dict(self):
            kept = {key: value for key, value in self.scheduler.state_dict().items() if key != "lr_lambdas"}
            return json.loads(json.dumps([kept, [group["lr"] for group in self.opt.param_groups]]))

        def load_state_dict(self, state):
            self.scheduler.load_state_dict({**self.scheduler.state_dict(), **state[0]})
            for group, lr in zip(self.opt.param_groups, state[1], strict=True):
                group["lr"] = lr

    return Wrapped


def momentum_cycle(opt, base_lr, max_lr, step_size, base_momentum, max_momentum):
    return lr_scheduler.CyclicLR(
        opt, base_lr, max_lr, step_size, base_momentum=base_momentum, max_momentum=max_momentum
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_torch_passes_the_tests_that_students_write():
    home("test_cyclic").reference["test_cyclic"](torch_class(momentum_cycle))
    resumes = home("test_resume").reference["test_resume"]
    resumes(torch_class(lambda opt: lr_scheduler.StepLR(opt, 3, 0.5)))
    resumes(torch_class(lambda opt: lr_scheduler.ExponentialLR(opt, 0.9)))
    resumes(torch_class(lambda opt: lr_scheduler.LambdaLR(opt, lambda step: 1 / (1 + step))))
    resumes(torch_class(lambda opt: lr_scheduler.CosineAnnealingLR(opt, 50)))


def test_the_course_s_own_clock_passes_the_test_that_students_write():
    """TimeBasedLR reads a clock; here the clock is turned by hand."""
    from lrcourse.schedulers import TimeBasedLR

    class ByTheClock:
        def __init__(self, optimizer, half_life):
            self.now = 0.0
            self.scheduler = TimeBasedLR(optimizer, seconds=half_life, clock=lambda: self.now)

        def step(self, seconds):
            self.now += seconds
            self.scheduler.step()

    home("test_halving").reference["test_halving"](ByTheClock)


def test_the_cooldown_is_the_course_s_and_the_averages_are_pandas():
    pandas = pytest.importorskip("pandas")
    from lrcourse.schedules import curve, wsd

    exercise = home("cooldown_lr")
    task = exercise.task("cooldown_lr")
    requests = exercise.instructor_cases(task, "against others")
    for request, ours in zip(requests, exercise.expected(task, requests), strict=True):
        assert ours == pytest.approx(curve(wsd(**request["args"], cooldown="1-sqrt"), len(ours)), abs=1e-12)
    for args, ours in asked("corrected_ema"):
        theirs = pandas.Series(args["values"]).ewm(alpha=1 - args["beta"], adjust=True).mean()
        assert ours == pytest.approx(list(theirs), rel=1e-9)
    for args, ours in asked("last_mean"):
        assert ours == pytest.approx(list(pandas.Series(args["values"]).rolling(args["k"], min_periods=1).mean()))


def test_a_family_costs_what_its_schedules_share():
    """Every (step, LR so far) that a run of the family goes through, counted once."""
    from lrcourse.schedules import curve, wsd

    points = home("branch_points").reference["branch_points"]
    for args, steps in asked("family_steps"):
        budgets, percent = args["budgets"], args["percent"]
        trained = set()
        for budget, branch in zip(budgets, points(budgets, percent), strict=True):
            lrs = curve(wsd(1.0, budget, cooldown_steps=budget - branch), budget)
            assert lrs[:branch] == [1.0] * branch and (branch == budget - 1 or lrs[branch + 1] < 1)
            trained |= {(step, None if step < branch else budget) for step in range(budget)}
        assert len(trained) == steps
