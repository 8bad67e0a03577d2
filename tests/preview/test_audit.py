"""audit names the cause of every fault that a loop really makes, and the first step that shows it."""

import copy
import csv
import gzip
import io
import json
import random
import warnings
from pathlib import Path

import pytest
import torch

from lrcourse import schedules
from lrcourse.preview import audit, preview
from lrcourse.preview.cases import Case

theirs = torch.optim.lr_scheduler
N = 120
PER_EPOCH = 12
PLANS = {
    "warm, cosine": lambda o: theirs.SequentialLR(
        o, [theirs.LinearLR(o, 0.1, total_iters=10), theirs.CosineAnnealingLR(o, N - 10, 0.001)], [10]
    ),
    "linear": lambda o: theirs.LinearLR(o, 1.0, 0.0, N),
    "one cycle": lambda o: theirs.OneCycleLR(o, 0.3, 8 * N),
    "lambda": lambda o: theirs.LambdaLR(o, lambda t: schedules.wsd(1.0, N, 15, 60, "cosine")(t)),
}
plans = pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)


def sgd(lr=0.1):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)


class Loop:
    """A training loop with one fault or none; `used` holds the LR of every update that was done."""

    def __init__(self, make):
        self.optimizer = sgd()
        self.scheduler, self.make, self.used = make(self.optimizer), make, []

    @property
    def lr(self):
        return self.optimizer.param_groups[0]["lr"]

    def update(self):
        self.used.append(self.lr)
        self.optimizer.step()

    def run(self, updates=N):
        for _ in range(updates):
            self.update()
            self.scheduler.step()
        return self.used


def logged_after(loop):
    for _ in range(N):
        loop.optimizer.step()
        loop.scheduler.step()
        loop.used.append(loop.lr)


def step_first(loop):
    for _ in range(N):
        loop.scheduler.step()
        loop.update()


def misses_the_first(loop):
    loop.update()
    loop.run(N - 1)


def never(loop):
    for _ in range(N):
        loop.update()


def replaced(loop):
    loop.run(50)
    loop.optimizer = sgd(loop.lr)  # a new one; the scheduler still holds the old
    loop.run(N - 50)


def micro_batches(loop):
    for _ in range(N // 2):
        for batch in range(4):
            if batch == 3:
                loop.update()
            loop.scheduler.step()


def processes(loop):
    for _ in range(N // 2):
        loop.update()
        for _ in range(4):
            loop.scheduler.step()


def by_epoch(loop):
    for step in range(N):
        loop.update()
        if (step + 1) % PER_EPOCH == 0:
            loop.scheduler.step()


def both(loop):
    for step in range(N):
        loop.update()
        loop.scheduler.step()
        if (step + 1) % PER_EPOCH == 0:
            loop.scheduler.step()


def made_again(loop):
    for _ in range(N // PER_EPOCH):
        loop.optimizer = sgd()
        loop.scheduler = loop.make(loop.optimizer)
        loop.run(PER_EPOCH)


def from_scratch(loop):
    loop.run(47)
    loop.optimizer = sgd()
    loop.scheduler = loop.make(loop.optimizer)
    loop.run(N - 47)


def optimizer_alone(loop):
    loop.run(47)
    loop.optimizer, saved = sgd(), loop.optimizer.state_dict()
    loop.scheduler = loop.make(loop.optimizer)
    loop.optimizer.load_state_dict(saved)
    loop.run(N - 47)


def older_checkpoint(loop):
    loop.run(40)
    saved = copy.deepcopy((loop.optimizer.state_dict(), loop.scheduler.state_dict()))
    loop.run(15)
    loop.optimizer.load_state_dict(saved[0])
    loop.scheduler.load_state_dict(saved[1])
    loop.run(N - 55)


def once_too_often(loop):
    loop.run(60)
    loop.scheduler.step()
    loop.run(N - 60)


def once_too_few(loop):
    loop.run(60)
    loop.update()
    loop.run(N - 61)


def scaler(loop, waits):
    """A GradScaler's overflow: update 25 and 70 are not done."""
    for step in range(N):
        skipped = step in (25, 70)
        if waits or not skipped:
            loop.used.append(loop.lr)
        if not skipped:
            loop.optimizer.step()
        if not (skipped and waits):
            loop.scheduler.step()


def other_base(loop):
    loop.optimizer.param_groups[0]["lr"] *= 8
    loop.optimizer = sgd(0.8)
    loop.scheduler = loop.make(loop.optimizer)
    loop.run()


# cause: the loop that makes it, the first step that shows it
FAULTS = {
    "one ahead": (logged_after, 0),
    "one ahead, stepped first": (step_first, 0),
    "one behind": (misses_the_first, 1),
    "never stepped": (never, 1),
    "stopped": (replaced, 51),
    "per micro-batch": (micro_batches, 0),
    "several processes": (processes, 1),
    "per epoch": (by_epoch, 1),
    "per step and per epoch": (both, PER_EPOCH),
    "made again": (made_again, PER_EPOCH),
    "resumed from scratch": (from_scratch, 47),
    "fell back": (older_checkpoint, 55),
    "step too many": (once_too_often, 60),
    "step too few": (once_too_few, 61),
    "scheduler waits": (lambda loop: scaler(loop, waits=True), 26),
    "updates skipped": (lambda loop: scaler(loop, waits=False), 25),
}


@plans
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named(make, name):
    fault, first = FAULTS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop = Loop(make)
        fault(loop)
    found = audit(loop.used, preview(make, N))
    planned = preview(make, N).lrs[0]
    differs = next(t for t, (a, b) in enumerate(zip(loop.used, planned, strict=False)) if abs(a - b) > 1e-7)
    assert (found.first, found.used, found.planned) == (differs, loop.used[differs], planned[differs])
    assert differs == first or make is PLANS["lambda"]  # which is flat where some faults happen
    assert name.partition(",")[0] in (found.cause, *found.others), str(found)


@plans
def test_the_right_loop_is_as_planned(make):
    found = audit(Loop(make).run(), preview(make, N))
    assert found.ok and found.cause is None and str(found) == f"Used as planned: all {N} logged LRs are the plan's."
    assert "ends 20 steps before" in str(audit(Loop(make).run(N - 20), preview(make, N)))


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("warm, cosine", "loaded LR"),
        ("linear", "loaded LR"),
        ("one cycle", "resumed from scratch"),
        ("lambda", "resumed from scratch"),
    ],
)
def test_a_resume_with_the_optimizer_s_state_alone(every, name, cause):
    """torch's factors go on from the LR that was loaded; a function of the step sets its own first LRs."""
    loop = Loop(PLANS[name])
    optimizer_alone(loop)
    found = audit([(t, loop.used[t]) for t in range(0, N, every)], preview(loop.make, N))
    assert found.cause == cause and "At step 47 " in found.words, str(found)


def test_another_base_lr_twice_applied_and_other_sizes():
    plan = schedules.warmup(schedules.cosine(0.1, N - 10), 10)
    assert audit([8 * plan(t) for t in range(N)], plan).cause == "another base LR"
    optimizer = sgd()
    two = [theirs.ExponentialLR(optimizer, 0.97) for _ in range(2)]
    used = []
    for _ in range(N):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        [scheduler.step() for scheduler in two]
    found = audit(used, schedules.exponential(0.1, 0.97))
    assert "applied twice" in (found.cause, *found.others)
    long = schedules.warmup(schedules.cosine(0.1, 4 * (N - 10)), 40)
    assert audit([long(t) for t in range(N)], plan).cause == "too long"
    assert audit([max(plan(t), 0.02) for t in range(N)], plan).cause == "floor"
    assert audit([0.05] * N, plan).cause == "constant"
    odd = audit([plan(t) * (1.5 if t % 7 == 3 else 1) for t in range(N)], plan)
    assert odd.first == 3 and odd.cause is None and "No cause" in str(odd)


def test_the_warmup_of_other_libraries_and_a_run_beyond_its_plan():
    from_zero = schedules.join([schedules.linear(0.1, 0, 1, 20), schedules.cosine(0.1, N - 20)], [20])
    plan = schedules.warmup(schedules.cosine(0.1, N - 20), 20)
    found = audit([from_zero(t) for t in range(N)], plan)
    assert (found.cause, found.first, found.differing) == ("from zero", 0, 20)
    lrs = [plan(t) for t in range(N)]
    assert (audit([*lrs, 0.1, 0.2], lrs).cause, audit([*lrs, 0.1, 0.2], lrs).first) == ("longer", N)
    twice = audit(lrs[:50] + lrs[:40] + lrs[20:80], plan)
    assert twice.cause == "several breaks" and "2 times (at step 50, 90)" in str(twice)


def test_get_lr_in_the_log():
    optimizer = sgd()
    scheduler, log = theirs.StepLR(optimizer, 30, 0.5), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(N):
            log.append(scheduler.get_lr()[0])
            optimizer.step()
            scheduler.step()
    assert audit(log, schedules.step_decay(0.1, 30, 0.5)).cause == "get_lr"


def test_groups():
    optimizer = torch.optim.SGD([{"params": [torch.zeros(1)], "lr": lr} for lr in (0.1, 0.01)])
    plan = preview(theirs.CosineAnnealingLR(optimizer, N), N)
    assert audit(plan.lrs[1], plan, group=1).ok
    assert audit(plan.lrs[1], plan).cause == "another group"


PLAN = schedules.warmup(schedules.cosine(0.1, N - 10), 10)


def as_csv(header, rows):
    text = io.StringIO()
    csv.writer(text).writerows(([header] if header else []) + rows)
    return text.getvalue()


FILES = {
    "tensorboard.csv": as_csv(["Wall time", "Step", "Value"], [[1.7e9 + t, t, f"{PLAN(t):.8g}"] for t in range(N)]),
    "wandb.csv": as_csv(
        ["Step", "run-1 - train/lr", "run-1 - train/lr__MIN", "run-1 - train/lr__MAX"],
        [[t, PLAN(t), PLAN(t), PLAN(t)] for t in range(0, N, 10)],
    ),
    "metrics.csv": as_csv(  # Lightning's: a row holds what was logged at that moment
        ["epoch", "lr-SGD/pg1", "lr-SGD/pg2", "step", "train_loss"],
        [row for t in range(N) for row in (["", PLAN(t), 1, t, ""], [t // 12, "", "", t, 0.5])],
    ),
    "rounded.csv": as_csv(["step", "learning_rate"], [[t, f"{PLAN(t):.4f}"] for t in range(N)]),
    "round.csv": as_csv(["lr"], [[round(PLAN(t), 4)] for t in range(N)]),
    "short.csv": as_csv(["lr"], [[f"{PLAN(t):.4g}"] for t in range(N)]),
    "bare.csv": as_csv(None, [[PLAN(t)] for t in range(N)]),
    "pairs.csv": as_csv(None, [[t, f"{PLAN(t):.3e}"] for t in range(N)]),
    "trainer_state.json": json.dumps(
        {"log_history": [{"loss": 1.0, "learning_rate": PLAN(t), "step": t} for t in range(0, N, 5)]}
    ),
    "train.log": "start\n" + "".join(f"iter {t}: loss {1 / (t + 1):.4f}, lr {PLAN(t):.3e}\n" for t in range(0, N, 5)),
    "torchvision.log": "".join(
        f"Epoch: [{t // 12}]  [ {t % 12}/12]  eta: 0:01:00  lr: {PLAN(t):.6f}  loss: 2.3 (2.31)\n" for t in range(N)
    ),
    "log.txt": "".join(json.dumps({"num_updates": str(t), "step": t, "lr": f"{PLAN(t):.6g}"}) + "\n" for t in range(N)),
    "iterations.log.json": "".join(json.dumps({"iter": t, "lr": PLAN(t)}) + "\n" for t in range(N)),
    "two runs.csv": as_csv(
        ["train/global_step", "a - train/lr", "a - train/lr__MIN", "b - train/lr"],
        [[t, PLAN(t), "", 0.3] for t in range(0, N, 10)],
    ),
    "list.json": json.dumps([PLAN(t) for t in range(N)]),
}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name])
    assert audit(path, PLAN).ok, str(audit(path, PLAN))
    later = audit(str(path), lambda t: PLAN(max(t - 1, 0)))
    assert not later.ok


@plans
@pytest.mark.parametrize("every", [5, 10])
def test_a_resume_inside_a_gap_of_the_log(make, every):
    loop = Loop(make)
    from_scratch(loop)  # at step 47, which the log leaves out
    found = audit([(t, loop.used[t]) for t in range(0, N, every)], preview(make(sgd()), N))
    assert (found.first, found.cause) == (50, "resumed from scratch") and "At step 47 " in found.words


def test_pairs_and_dicts_and_sparse_logs_with_a_fault():
    assert audit({t: PLAN(t) for t in (0, 50, 100)}, PLAN).ok
    sparse = [(t, PLAN(4 * t)) for t in range(0, N, 5)]
    assert audit(sparse, PLAN).cause == "several processes"
    resumed = [(t, PLAN(t if t < 60 else t - 60)) for t in range(0, N, 10)]
    assert (audit(resumed, PLAN).cause, audit(resumed, PLAN).first) == ("resumed from scratch", 60)
    from_one = [(t + 1, PLAN(t)) for t in range(N)]  # a trainer that counts its updates from 1
    assert audit(from_one, PLAN).cause == "one behind"


def test_tensorboards_events(libraries):
    assert libraries("in_tensorboard.py") == {"ok": True, "cause": "several processes"}


@pytest.mark.parametrize(
    ("log", "plan", "said"),
    [
        (3, PLAN, "log must be a sequence of LRs"),
        ([], PLAN, "log holds no LR"),
        ([0.1, "high"], PLAN, r"log\[1\] must be a number"),
        ([(1, 2, 3)], PLAN, r"log\[0\] must be an LR or a pair"),
        ([0.1], 3, "scheduler must be"),
        ([(500, 0.1)], [0.1, 0.2], "plan has no LR for any step of the log"),
    ],
)
def test_what_is_refused(log, plan, said):
    with pytest.raises((TypeError, ValueError), match=said):
        audit(log, plan)


def test_a_short_number_hides_nothing(tmp_path):
    lrs = [PLAN(t) for t in range(N)]
    (tmp_path / "log.csv").write_text("lr\n" + "\n".join(map(repr, [*lrs[:50], 0.1, *lrs[51:]])))
    assert audit(tmp_path / "log.csv", PLAN).first == 50


def test_files_that_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        audit(tmp_path / "absent.csv", PLAN)
    for text, said in (("", "is empty"), ("loss,step\n1,2\n", "no column with an LR among loss, step")):
        (tmp_path / "log.csv").write_text(text)
        with pytest.raises(ValueError, match=said):
            audit(tmp_path / "log.csv", PLAN)
    (tmp_path / "log.csv").write_text("lr,step\n0.1,2\n")
    with pytest.raises(ValueError, match="column must be one of log.csv's"):
        audit(tmp_path / "log.csv", PLAN, column="rate")


@plans
@pytest.mark.parametrize("count", [3, 17])
def test_a_run_that_is_some_steps_off_all_along(make, count):
    """Resumed at another place from its first logged step on: ahead of the plan, or behind it."""
    lrs = preview(make, N + 40).lrs[0]
    ahead = audit(lrs[count : count + N - 40], lrs)
    behind = audit([(step + count, lr) for step, lr in enumerate(lrs[:N])], lrs)
    for found, way in ((ahead, "ahead of"), (behind, "behind")):
        assert "shifted" in (found.cause, *found.others), str(found)
        if found.cause == "shifted":
            assert f"{count} steps {way} the plan" in found.words


@plans
@pytest.mark.parametrize(("step", "count"), [(30, 2), (47, 12)])
def test_a_resume_that_leaves_out_several_steps(make, step, count):
    lrs = preview(make, N + 40).lrs[0]
    found = audit(lrs[:step] + lrs[step + count : N], lrs)
    assert "jumped ahead" in (found.cause, *found.others), str(found)
    if found.cause == "jumped ahead":
        assert f"jumps {count} steps ahead" in found.words and found.first >= step


@plans
def test_a_log_that_counts_something_else(make):
    """One row an epoch; steps that count micro-batches; a number that is none."""
    lrs = preview(make, N).lrs[0]
    by_epoch = audit(lrs[:: N // 8], lrs)
    assert by_epoch.ok or "logged seldom" in (by_epoch.cause, *by_epoch.others), str(by_epoch)
    micro = audit([(4 * t, lr) for t, lr in enumerate(lrs)], preview(make, 4 * N))
    assert micro.ok or "another count" in (micro.cause, *micro.others), str(micro)
    broken = audit([*lrs[:50], float("nan"), *lrs[51:]], lrs)
    assert (broken.cause, broken.first) == ("no number", 50)


def test_a_thin_log_is_no_hundred_processes():
    found = audit([PLAN(t) for t in range(0, N, 25)], PLAN)
    assert (found.cause, found.others) == ("logged seldom", ["several processes"])


@pytest.mark.parametrize("digits", [4, 6])
def test_a_list_that_was_rounded(digits):
    lrs = [PLAN(t) for t in range(N)]
    rounded = [float(f"{lr:.{digits}g}") for lr in lrs]
    assert audit(rounded, PLAN).ok
    rounded[77] = float(f"{1.02 * rounded[77]:.{digits}g}")
    assert audit(rounded, PLAN).first == 77
    assert not audit([0.1, 0.05, 0.02], [0.1, 0.05, 0.021]).ok  # a few short numbers are no rounding


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.jsonl", "\n".join(f'{{"step": {t}, "lr": {PLAN(t)}}}' for t in range(N))),
        ("log.csv", "step;lr\n" + "\n".join(f"{t};{PLAN(t)}".replace(".", ",") for t in range(N))),
        ("log.tsv", "step\tlr\n" + "\n".join(f"{t}\t{PLAN(t)}" for t in range(N))),
    ],
)
def test_other_ways_to_write_a_file(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = audit(tmp_path / name, PLAN)
    assert found.ok and found.steps == N


@pytest.mark.parametrize("fall", [schedules.cosine, lambda lr, n: schedules.linear(lr, 1.0, 0.1, n)])
@pytest.mark.parametrize("warm", [0, 10, 25])
@pytest.mark.parametrize(
    ("total", "cause"), [(50, "falls too fast"), (N + 13, "falls too slowly"), (4 * N, "falls too slowly")]
)
def test_a_fall_of_another_length(fall, warm, total, cause):
    """The warmup is right, and the rest counts batches, or epochs, or keeps a script's old length."""

    def planned(length):
        return schedules.warmup(fall(0.1, length - warm), warm) if warm else fall(0.1, length)

    run = [planned(total)(t) for t in range(N)]
    for plan in (planned(N), [planned(N)(t) for t in range(N)]):
        found = audit(run, plan)
        assert cause in (found.cause, *found.others) or found.cause == "too long" and not warm, str(found)
    if cause == "falls too slowly" and warm:
        told = float(found.words.partition("about step ")[2].partition(":")[0])
        assert abs(told - total) <= 0.03 * total


def test_a_fall_of_another_length_after_a_warmup_written_otherwise():
    """nanoGPT's warmup is (t + 1) / (W + 1): its peak is one update later, and that is not what is wrong."""
    long = schedules.cosine(0.1, 4 * N)
    run = [0.1 * (t + 1) / 51 if t < 50 else long(t - 50) for t in range(N)]
    found = audit(run, schedules.warmup(schedules.cosine(0.1, N - 50), 50))
    assert (found.first, found.cause) == (0, "falls too slowly"), str(found)


def test_a_fall_that_hardly_begins():
    """A length left at a script's default: no number of steps is told that nobody can read off the log."""
    long = schedules.warmup(schedules.cosine(0.1, 60_000), 10)
    found = audit([long(t) for t in range(N)], PLAN)
    assert found.cause == "falls too slowly" and "more than 20 times" in found.words and "about step" not in found.words


@pytest.mark.parametrize(
    "plan", [schedules.constant(0.1), schedules.linear_warmup(0.1, 20), schedules.linear(0.1, 0.1, 2.0, N)]
)
def test_a_plan_that_never_falls_has_an_end_of_its_search(plan):
    assert not audit([plan(t) * (0.9 if t % 3 else 1.0) for t in range(N)], plan).ok
    assert not audit([plan(min(t, 40)) + 0.001 for t in range(N)], plan).ok


def trainer_state(tmp_path, lrs, every=1):
    rows = [{"loss": 1.0, "learning_rate": lr, "step": s} for s, lr in enumerate(lrs, start=1) if s % every == 0]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": rows}))
    return tmp_path / "trainer_state.json"


@pytest.mark.parametrize("every", [1, 10])
def test_a_trainer_that_counts_the_updates_it_has_done(tmp_path, every):
    """transformers logs the LR of the update that was done; older releases that of the next."""
    now = audit(trainer_state(tmp_path, [PLAN(t) for t in range(N)], every), PLAN)
    assert now.ok and "its step 1 is update 0" in str(now)
    before = audit(trainer_state(tmp_path, [PLAN(t + 1) for t in range(N)], every), PLAN)
    assert before.ok and "update 0" not in str(before)
    long = schedules.warmup(schedules.cosine(0.1, 4 * N - 10), 10)
    found = audit(trainer_state(tmp_path, [long(t) for t in range(N)], every), PLAN)
    assert found.cause == "falls too slowly" and found.first >= 10
    from_zero = schedules.join([schedules.linear(0.1, 0, 1, 10), schedules.cosine(0.1, N - 10)], [10])
    assert audit(trainer_state(tmp_path, [from_zero(t) for t in range(N)]), PLAN).cause == "from zero"


@pytest.mark.parametrize("at", [0, PER_EPOCH - 1])
def test_a_row_for_every_epoch(tmp_path, at):
    """Where preview was told the epoch's length, a column named epoch is read by it: no cause has to be guessed."""
    plan = preview(PLANS["one cycle"], epochs=N // PER_EPOCH, steps_per_epoch=PER_EPOCH)
    lrs = plan.lrs[0][at::PER_EPOCH]

    def told(rows):
        (tmp_path / "summary.csv").write_text(
            as_csv(["epoch", "loss", "lr"], [[e, 1, lr] for e, lr in enumerate(rows)])
        )
        return audit(tmp_path / "summary.csv", plan)

    assert told(lrs).ok and "counts epochs, of 12 updates" in str(told(lrs))
    late = told([lrs[0], *lrs])
    assert late.cause == "one behind"
    stands = told([plan.lrs[0][0]] * len(lrs))  # no epoch is an update: this is no run that has just begun
    assert "never stepped" in (stands.cause, *stands.others) or at and stands.cause == "constant"
    again = told(lrs[:4] + lrs[:6])
    assert "resumed from scratch" in (again.cause, *again.others)


def test_several_rows_an_epoch_are_counted(tmp_path):
    rows = [[t // PER_EPOCH, PLAN(t)] for t in range(N)]
    (tmp_path / "log.csv").write_text(as_csv(["epoch", "lr"], rows))
    plan = preview(PLAN, epochs=N // PER_EPOCH, steps_per_epoch=PER_EPOCH)
    assert audit(tmp_path / "log.csv", plan).ok and audit(tmp_path / "log.csv", PLAN).ok


def test_a_log_that_ends_high_says_how_high():
    assert "ends 60 steps before the plan does, at an LR of 0.0585" in str(
        audit([PLAN(t) for t in range(60)], preview(PLAN, N))
    )
    assert str(audit([PLAN(t) for t in range(N - 3)], preview(PLAN, N))).endswith("3 steps before the plan does.")


def test_rows_in_memory():
    pandas = pytest.importorskip("pandas")
    rows = [{"step": t, "lr": PLAN(t), "loss": 1.0} for t in range(0, N, 5)]
    for log in (rows, [{"loss": 0.5}, *rows], pandas.DataFrame(rows)):
        assert audit(log, PLAN).ok and audit(log, PLAN).steps == len(rows)
    history = [{"learning_rate": PLAN(t), "epoch": t / 9, "step": t + 1} for t in range(0, N, 10)]
    assert audit([*history, {"train_runtime": 3.5}], PLAN).ok  # transformers' trainer.state.log_history


@pytest.mark.parametrize(("warm", "cause"), [(0, "no warmup"), (10, "shorter warmup"), (40, "longer warmup")])
def test_another_warmup(warm, cause):
    plan = schedules.warmup(schedules.cosine(0.1, 100), 20)
    used = schedules.curve(schedules.warmup(schedules.cosine(0.1, 120 - warm), warm), 120)
    assert audit(used, preview(plan)).cause == cause


def test_a_log_that_counts_tokens():
    log = [(512 * t, PLAN(t)) for t in range(0, N, 5)]
    assert audit(log, preview(PLAN, N)).cause == "another count" and "512 times" in audit(log, preview(PLAN, N)).words
    assert audit([(t, PLAN(t)) for t in range(0, 2 * N, 5)], preview(PLAN, N).lrs[0]).cause == "longer"


LINES = {
    "min_lr before": "step {t} min_lr: 1e-5 lr: {lr:.6e}",
    "decay before": "step={t} learning_rate_decay=0.1 learning_rate={lr:.6e}",
    "other names": "step {t} blr 1e-3 clr 0.5 lr_scheduler: cosine lr {lr:.6e} base_lr 0.1",
    "a printed dict": "{{'loss': 1.2, 'learning_rate': {lr}, 'epoch': {part:.2f}}}",
    "Megatron's": " iteration {t:8d}/ 120 | time per iteration (ms): 812.1 | learning rate: {lr:.5E} | loss: 1.1",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_lines_that_name_more_than_the_lr(tmp_path, line):
    rows = [line.format(t=t, lr=PLAN(t), part=t / 40) for t in range(N)]
    for head in ([], ["Namespace(lr=0.1, min_lr=1e-05)", "learning rate: 0.1"] if "step" in line else []):
        (tmp_path / "log.txt").write_text("\n".join([*head, *rows]))
        assert audit(tmp_path / "log.txt", PLAN).ok and audit(tmp_path / "log.txt", PLAN).steps == N


def test_columns_named_like_an_lr_are_none_where_the_lr_is_there(tmp_path):
    rows = [[t, "cosine", 0.5, 0.1, 1e-5, PLAN(t)] for t in range(N)]
    names = ["step", "lr_scheduler", "lr_mult", "base_lr", "min_lr", "lr"]
    (tmp_path / "log.csv").write_text(as_csv(names, rows))
    assert audit(tmp_path / "log.csv", PLAN).ok
    (tmp_path / "one.csv").write_text(as_csv(["step", "base_lr"], [[t, PLAN(t)] for t in range(N)]))
    assert audit(tmp_path / "one.csv", PLAN).ok  # MMEngine writes it so


def test_one_digit_is_no_rounding(tmp_path):
    def told(lrs, plan):
        (tmp_path / "log.csv").write_text(as_csv(["step", "lr"], list(enumerate(lrs))))
        return audit(tmp_path / "log.csv", plan).cause

    assert told(["0.1"] * N, schedules.cosine(0.1, N)) == "never stepped"
    assert told(["0.001"] * N, schedules.cosine(0.002, N)) == "constant"
    stairs = ["0.1"] * 40 + ["0.01"] * 40 + ["0.001"] * 40
    assert told(stairs, schedules.step_decay(0.05, 40, 0.1)) == "another base LR"
    assert told(stairs, schedules.step_decay(0.1, 40, 0.1)) is None
    rounded = schedules.linear(0.0003, 1.0, 0.0, N)
    assert told([f"{rounded(t):.4f}" for t in range(N)], rounded) is None


def test_no_cause_for_what_none_explains():
    plan = schedules.warmup(schedules.cosine(0.1, 100), 20)
    draw = random.Random(1)
    for used in (
        [draw.uniform(0, 0.1) for _ in range(120)],
        [plan(t) * draw.uniform(0.95, 1.05) for t in range(120)],
        [0.1, *(plan(t) for t in range(1, 120))],
    ):
        assert audit(used, preview(plan, 120)).cause is None
    flat = schedules.wsd(0.1, N, 0, 20)
    assert audit([0.05] * 60, preview(flat, N)).cause == "another base LR"  # the plan is as constant so far
    assert audit([max(plan(t), 0.02 if t > 40 else 0.0) for t in range(120)], preview(plan, 120)).cause == "floor"


@pytest.mark.parametrize("text", ["3", "null", '"lr"', "[1, {}]"])
def test_json_that_holds_no_rows(tmp_path, text):
    (tmp_path / "log.json").write_text(text)
    with pytest.raises(ValueError, match=r"log\.json must hold a list of LRs or of rows"):
        audit(tmp_path / "log.json", PLAN)


ROWS = [(t, PLAN(t)) for t in range(N)]
TABLES = {
    "gz": ("log.csv.gz", "step,lr\n" + "".join(f"{t},{lr}\n" for t, lr in ROWS)),
    "utf-16": ("log.txt", "step\tlr\n" + "".join(f"{t}\t{lr}\n" for t, lr in ROWS)),
    "quoted decimal commas": ("a.csv", "step,lr\n" + "".join(f'{t},"{lr:.9f}"\n'.replace(".", ",") for t, lr in ROWS)),
    "decimal commas and tabs": (
        "a.tsv",
        "step\tlr\n" + "".join(f"{t}\t{lr:.9f}\n".replace(".", ",") for t, lr in ROWS),
    ),
    "thousands": ("b.csv", "lr,step\n" + "".join(f'{PLAN(t / 100)},"{t + 1000:,}"\n' for t in range(0, N, 2))),
    "bars": ("a.md", "| step | lr |\n|---|---|\n" + "".join(f"| {t} | {lr:.8f} |\n" for t, lr in ROWS)),
    "blanks": ("a.txt", "  step          lr\n" + "".join(f"{t:6d}  {lr:.8e}\n" for t, lr in ROWS)),
    "comments": ("c.csv", "# run 7\n# the lr of adamw\nstep,lr\n" + "".join(f"{t},{lr}\n" for t, lr in ROWS)),
    "savetxt": ("s.txt", "# step lr\n" + "".join(f"{t} {lr}\n" for t, lr in ROWS)),
    "lists in cells": ("l.csv", "step,lr\n" + "".join(f'{t},"[{lr}, 7.0]"\n' for t, lr in ROWS)),
    "lists in lines": ("l.jsonl", "".join(json.dumps({"step": t, "lr": [lr, 7.0]}) + "\n" for t, lr in ROWS)),
    "rows in rows": ("r.jsonl", "".join(json.dumps({"step": t, "train": {"lr": lr}}) + "\n" for t, lr in ROWS)),
    "TensorBoard's JSON": ("t.json", json.dumps([[1.7e9 + t, t, lr] for t, lr in ROWS])),
    "MLflow's file": ("lr", "".join(f"{1700000000000 + t} {lr} {t}\n" for t, lr in ROWS)),
    "group 10 before group 2": ("g.csv", "step,pg1/lr,pg10/lr,pg2/lr\n" + "".join(f"{t},{lr},7,7\n" for t, lr in ROWS)),
    "epoch and batch": ("e.csv", "epoch,batch,lr\n" + "".join(f"{t // 12},{t % 12},{lr}\n" for t, lr in ROWS)),
    "every third, from 1": (
        "e.csv",
        "epoch,batch,lr\n" + "".join(f"{t // 12 + 1},{t % 12 + 1},{lr}\n" for t, lr in ROWS[2::3]),
    ),
    "MMEngine's": (
        "m.log",
        "".join(f"Epoch(train) [{t // 12 + 1}][{t % 12 + 1:3d}/12]  lr: {lr:.6e}  loss: 1.2\n" for t, lr in ROWS),
    ),
    "timm's": ("t.log", "".join(f"Train: {t // 12} [{t % 12:4d}/12 (  9%)]  LR: {lr:.6e}\n" for t, lr in ROWS)),
    "a row before the first": ("f.csv", "step,lr\n-1,0.1\n" + "".join(f"{t},{lr}\n" for t, lr in ROWS)),
    "a part told twice": ("d.csv", "step,lr\n" + "".join(f"{t},{lr}\n" for t, lr in ROWS[:70] + ROWS[50:])),
    "not sorted": ("u.csv", "step,lr\n" + "".join(f"{t},{lr}\n" for t, lr in sorted(ROWS, key=lambda r: -r[0] % 17))),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_many_forms(tmp_path, name):
    file, text = TABLES[name]
    raw = text.encode("utf-16" if name == "utf-16" else "utf-8")
    (tmp_path / file).write_bytes(gzip.compress(raw) if name == "gz" else raw)
    plan = PLAN if name != "thousands" else lambda t: PLAN((t - 1000) / 100)
    assert audit(tmp_path / file, plan).ok, str(audit(tmp_path / file, plan))
    assert not audit(tmp_path / file, lambda t: plan(t + 1)).ok


@pytest.mark.parametrize("ahead", [0, 1])
def test_epochs_in_parts(tmp_path, ahead):
    """A column that counts 0.25 epochs, of the update to come or of the one that was done."""
    text = "".join(f"{(t + ahead) / 12:.4f},{PLAN(t)}\n" for t in range(0, N, 5))
    (tmp_path / "log.csv").write_text("epoch,lr\n" + text)
    found = audit(tmp_path / "log.csv", preview(PLAN, epochs=N // 12, steps_per_epoch=12))
    assert found.ok and "counts epochs in parts, of 12 updates" in str(found)


def test_the_lrs_of_all_groups_in_a_list():
    assert audit([[lr] for _, lr in ROWS], PLAN).ok
    assert audit([[0.5, lr] for _, lr in ROWS], PLAN, group=1).ok
    assert audit([[lr, 0.5] for _, lr in ROWS], preview(PLAN, N)).ok


def test_a_log_of_several_runs():
    def told(lrs, *more):
        return audit([*enumerate(lrs), *more], preview(PLAN, N))

    lrs = [lr for _, lr in ROWS]
    again = told(lrs[:80], *((t, PLAN(t - 60)) for t in range(60, N)))
    assert (again.cause, again.first) == ("resumed from scratch", 60) and "goes back to step 60" in str(again)
    twice = told(lrs, *((t, 2 * lr) for t, lr in ROWS))
    assert twice.cause == "another base LR" and "2 runs in a file. The last one is read" in str(twice)
    mixed = audit([row for t, lr in ROWS for row in ((t, lr), (t, lr / 3))], preview(PLAN, N))
    assert mixed.cause == "several LRs a step" and mixed.first == 0
    beyond = told(lrs, *((t, PLAN(t)) for t in range(N, N + 20)))
    assert beyond.ok and "goes on for 20 steps after the plan's end" in str(beyond)


def test_a_plan_that_begins_later_than_its_log():
    loop = Loop(PLANS["linear"])
    loop.run(50)
    plan = preview(loop.scheduler, N - 50)
    found = audit(loop.run(N - 50), plan)
    assert found.ok and "50 logged LRs before the plan's first step, 50, left out" in str(found)


@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize("fall", [schedules.cosine, lambda lr, n, low=0.0: schedules.linear(lr, 1.0, low / lr, n)])
def test_other_lrs_and_another_horizon(fall, every):
    def planned(length=N, top=0.1, low=0.0):
        return schedules.warmup(fall(top, length - 10, low), 10)

    def told(used, plan):
        return audit([(t, used(t)) for t in range(0, N, every)], preview(plan, N))

    for high, low in ((0.02, 0.0), (0.0, 0.02)):  # of a line, a fall of another length is the same log
        found = told(planned(low=high), planned(low=low))
        assert "another end" in (found.cause, *found.others), str(found)
        assert found.cause == "another end" or fall is not schedules.cosine
        if found.cause == "another end":
            assert float(found.words.partition("towards ")[2].split()[0]) == pytest.approx(high, abs=1e-4)
    peak = told(planned(top=0.2, low=0.01), planned(low=0.01))
    assert peak.cause == "another peak" and "0.2 instead of 0.1" in peak.words
    assert told(lambda t: min(planned()(t), 0.06), planned()).cause == "ceiling"
    for length in (N - 30, 2 * N):
        resumed = told(lambda t, length=length: planned(length if t >= 50 else N)(t), planned())
        assert "another horizon" in (resumed.cause, *resumed.others), str(resumed)
        assert resumed.cause == "another horizon" or fall is not schedules.cosine
        if resumed.cause == "another horizon":
            end = float(resumed.words.partition("about step ")[2].partition(":")[0])
            assert abs(end - length) <= 0.03 * length and resumed.first * every >= 50 - every
    later = told(lambda t: planned()(t if t < 50 else 50 + 3 * (t - 50)), planned())
    assert later.cause == "several processes later" and "From step 50 on the scheduler is stepped 3" in later.words


def test_other_stairs():
    plan = schedules.step_decay(0.1, 30, 0.1)
    gamma = audit(schedules.curve(schedules.step_decay(0.1, 30, 0.5), N), preview(plan, N))
    assert gamma.cause == "another factor" and "0.5 of itself each time instead of 0.1" in gamma.words
    cuts = audit(schedules.curve(schedules.step_decay(0.1, 43, 0.1), N), preview(plan, N))
    assert cuts.cause == "other milestones" and "43, 86, in the plan 30, 60, 90" in cuts.words


def test_a_scaler_that_skips_in_a_thin_log():
    loop = Loop(PLANS["warm, cosine"])
    scaler(loop, waits=True)
    thin = audit([(t, loop.used[t]) for t in range(0, N, 5)], preview(PLANS["warm, cosine"], N))
    assert (thin.cause, thin.first) == ("scheduler waits", 30)


def test_a_long_log_is_read_in_time(monkeypatch):
    """Suspects are tried at a few entries first: the whole log for each took minutes. Comparisons are counted here."""
    n, near, compared = 10_000, Case.near, 0

    def counted(*args):
        nonlocal compared
        compared += 1
        return near(*args)

    monkeypatch.setattr(Case, "near", counted)
    plan = preview(schedules.warmup(schedules.cosine(0.1, n - 500), 500), n)
    lrs = plan.lrs[0]
    assert audit(lrs[: n // 2] * 2, plan).cause == "resumed from scratch"
    assert audit(lrs[: n - 50] + [0.03] * 10 + lrs[:40], plan).first == n - 50
    assert audit(lrs[: n // 2] + lrs[n // 2 + 1 :] + [0.0], plan).cause == "step too many"
    assert compared < 100 * n  # of 11,000 places and more, each of n rows


def test_a_log_of_micro_batches():
    log = [PLAN(t // 4) for t in range(4 * N)]
    assert audit(log, preview(PLAN, N)).cause == "another count"
    assert audit(log[:N], preview(PLAN, N)).cause == "per epoch"


def test_every_cause_is_named_by_a_test():
    from lrcourse.preview.suspects import WORDS

    text = Path(__file__).read_text(encoding="utf-8")
    assert [cause for cause in WORDS if f'"{cause}' not in text] == []
