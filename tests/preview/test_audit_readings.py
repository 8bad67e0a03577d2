"""audit reads a healthy log as healthy, however it counts: what the log doesn't tell is said, or refused."""

import math

import pytest

from lrcourse import schedules
from lrcourse.preview import audit, preview

N, PER_EPOCH = 1000, 100
PLAN = schedules.warmup(schedules.cosine(0.1, N - 10), 10)


def table(tmp_path, head, rows):
    (tmp_path / "log.csv").write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]))
    return tmp_path / "log.csv"


@pytest.mark.parametrize("names", ["epoch,iter,global_step", "epoch,batch,step", "iter,epoch,trainer/global_step"])
def test_a_step_that_the_log_tells_is_used(tmp_path, names):
    """Beside an epoch and a batch, logged every 30 of 100, which together do not tell the step."""
    place = {"epoch": lambda t: t // PER_EPOCH, "iter": lambda t: t % PER_EPOCH, "batch": lambda t: t % PER_EPOCH}
    seen = [t for t in range(N) if t % PER_EPOCH % 30 == 0]
    rows = [[*(place.get(name, int)(t) for name in names.split(",")), PLAN(t)] for t in seen]
    found = audit(table(tmp_path, f"{names},lr", rows), PLAN)
    assert found.ok and found.steps == len(seen), str(found)
    rows[20][-1] *= 1.01
    assert audit(table(tmp_path, f"{names},lr", rows), PLAN).first == seen[20]


@pytest.mark.parametrize("pair", [tuple, list])
@pytest.mark.parametrize("count", [50, 400])
def test_pairs_with_a_step_in_parts_are_no_lrs_of_groups(pair, count):
    """The epochs of such pairs were audited as LRs. Which of the two they are, nobody can tell: rows can."""
    log = [pair((t / PER_EPOCH, PLAN(t))) for t in range(count)]
    with pytest.raises(ValueError, match=r"a step in parts and an LR, or the LRs of two groups"):
        audit(log, preview(PLAN, N))
    plan = preview(PLAN, epochs=N // PER_EPOCH, steps_per_epoch=PER_EPOCH)
    assert audit([{"epoch": part, "lr": lr} for part, lr in log], plan).ok
    groups = [pair((PLAN(t), PLAN(t) / 10)) for t in range(count)]
    assert audit(groups, preview(PLAN, N)).ok and not audit(groups, PLAN, group=1).ok


@pytest.mark.parametrize("after", [1, 40])
@pytest.mark.parametrize("hold", [50, 800])
def test_no_cause_that_leaves_the_first_difference_unexplained(hold, after):
    """An LR that the plan never holds: 59 steps an update would be past its end there, and tell nothing."""
    for plan in (preview(schedules.constant(0.1), N), schedules.curve(schedules.constant(0.1), hold + 1)):
        found = audit([0.1] * hold + [0.05] * after, plan)
        assert found.first == hold and found.cause not in ("per micro-batch", "several processes", "per epoch")
        assert not {"per micro-batch", "several processes", "logged seldom", "made again"} & set(found.others)


def test_a_plan_that_begins_later_than_a_log_that_counts_otherwise(tmp_path):
    """transformers' trainer counts from 1: its step 500 is update 499, before the plan that begins at 500."""
    rows = [{"learning_rate": PLAN(t), "epoch": t / PER_EPOCH, "step": t + 1} for t in range(N)]
    plan = preview(PLAN, N - 500, start=500)
    found = audit(rows, plan)
    assert found.ok and "500 logged LRs before the plan's first step, 500, left out" in str(found), str(found)
    rows[700]["learning_rate"] *= 1.01
    assert audit(rows, plan).first == 700
    parts = table(tmp_path, "epoch,lr", [(t / PER_EPOCH, PLAN(t)) for t in range(0, N, 10)])
    by_epoch = preview(PLAN, epochs=5, steps_per_epoch=PER_EPOCH, start=500)
    assert audit(parts, by_epoch).ok, str(audit(parts, by_epoch))
    ends = table(tmp_path, "epoch,lr", [(e, PLAN(PER_EPOCH * e + PER_EPOCH - 1)) for e in range(10)])
    assert audit(ends, by_epoch).ok, str(audit(ends, by_epoch))


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize(
    "seen", [range(0, 100, 30), [0, 30, 60, 90, 99], [29, 59, 89], [30, 60, 90], range(0, 100, 7), [0, 50]]
)
def test_an_epoch_s_length_that_the_log_does_not_tell(tmp_path, seen, start, known):
    """A healthy log is no faulty one because its epochs have another length than its gaps suggest."""
    places = [(epoch, batch) for epoch in range(N // PER_EPOCH) for batch in seen]
    rows = [(epoch + start, batch + start, PLAN(PER_EPOCH * epoch + batch)) for epoch, batch in places]
    plan = preview(PLAN, epochs=N // PER_EPOCH, steps_per_epoch=PER_EPOCH) if known else preview(PLAN, N)
    found = audit(table(tmp_path, "epoch,batch,lr", rows), plan)
    assert found.ok, str(found)
    assert ("guessed, as fits the plan: 100 batches an epoch" in str(found)) == (not known or start == 1 or seen[0] > 0)
    fast = [(epoch + start, batch + start, PLAN(3 * (PER_EPOCH * epoch + batch))) for epoch, batch in places]
    assert not audit(table(tmp_path, "epoch,batch,lr", fast), plan).ok  # faulty by every length


def test_epochs_of_which_every_batch_is_told_are_no_guess(tmp_path):
    rows = [(t // PER_EPOCH, t % PER_EPOCH, PLAN(t)) for t in range(N)]
    found = audit(table(tmp_path, "epoch,batch,lr", rows), preview(PLAN, N))
    assert found.ok and "guessed" not in str(found)


@pytest.mark.parametrize("at", [0, PER_EPOCH - 1])
@pytest.mark.parametrize("every", [1, 2])
def test_epochs_that_are_counted_from_1(tmp_path, at, every):
    plan = preview(PLAN, epochs=N // PER_EPOCH, steps_per_epoch=PER_EPOCH)
    rows = [{"epoch": e + 1, "lr": PLAN(PER_EPOCH * e + at)} for e in range(every - 1, N // PER_EPOCH, every)]
    found = audit(rows, plan)
    assert found.ok and "epoch 1 is read as epoch 0" in str(found), str(found)
    by_epoch = schedules.cosine(0.1, N // PER_EPOCH)
    rows = [{"epoch": e + 1, "lr": by_epoch(e)} for e in range(every - 1, N // PER_EPOCH, every)]
    assert audit(rows, by_epoch).ok, str(audit(rows, by_epoch))
    assert not audit([{**row, "lr": row["lr"] / 2} for row in rows], by_epoch).ok


def test_a_floor_after_a_warmup_says_from_where_on():
    """The warmup begins below the floor: "never" would be false of the log."""

    def wave(t):
        return 0.001 * (t + 1) if t < 100 else 0.06 + 0.04 * math.cos(math.pi * (t - 100) / 125)

    found = audit([wave(t) if t < 100 else max(wave(t), 0.05) for t in range(N)], schedules.curve(wave, N))
    assert found.cause == "floor" and f"From step {found.first} on the LR never falls below 0.05:" in found.words


def test_a_warmup_is_no_stairs_and_an_lr_that_the_plan_lacks_is_no_milestone():
    def stairs(*cuts, lrs=(0.1, 0.01, 0.001)):
        return [lrs[sum(t >= cut for cut in cuts)] for t in range(120)]

    warm = [0.02 * (1 + t // 10) for t in range(50)]
    for used, plan in (
        (warm + stairs(40), warm + stairs(60)),
        (stairs(20, 80, lrs=(0.1, 0.01, 0.5)), stairs(40)),
        (stairs(20, 80, 100, lrs=(0.1, 0.01, 0.001, 0.0001)), stairs(40, 90)),
    ):
        found = audit(used, plan)
        assert not found.ok and "other milestones" not in (found.cause, *found.others), str(found)
    assert audit(stairs(20, 80), stairs(40, 90)).cause == "other milestones"


@pytest.mark.parametrize("k", [64, 5])
@pytest.mark.parametrize("every", [1, 2, 10])
def test_samples_that_are_logged_every_few_updates(k, every):
    """The steps have a larger common divisor than an update has samples."""
    found = audit([(k * t, PLAN(t)) for t in range(0, N, every)], preview(PLAN, N))
    assert found.cause == "another count" and f"{k} times the plan's" in found.words, str(found)
    short = audit([(k * t, PLAN(t)) for t in range(0, N // 2, 10)], preview(PLAN, N))
    assert {"another count", "per epoch"} <= {short.cause, *short.others}


@pytest.mark.parametrize("fast", [0.5, 2.5])
def test_a_step_is_told_in_plain_digits(fast):
    n = 20_000
    plan = schedules.warmup(schedules.cosine(0.1, n - 100), 100)
    slow = schedules.warmup(schedules.cosine(0.1, int(fast * n)), 100)
    steps = range(0, n, 50)
    resumed = [(t, plan(t) if t < 5_000 else slow(t)) for t in steps]
    for log in (resumed, [(t, slow(t)) for t in steps]):
        found = audit(log, preview(plan, n))
        told = found.words.partition("about step ")[2].split()[0].strip(":,.")
        assert told.isdigit() and abs(int(told) - fast * n) <= 0.03 * fast * n, str(found)


@pytest.mark.parametrize("plan", [schedules.constant(0.1), schedules.step_decay(0.1, 40_000, 0.1)])
def test_a_long_log_of_a_flat_plan(plan):
    """Counted, not timed: how often the plan is asked for an LR."""
    n, asked = 30_000, 0
    planned = schedules.curve(plan, n)

    class Counting(list):
        def __getitem__(self, i):
            nonlocal asked
            asked += 1
            return super().__getitem__(i)

    from lrcourse.preview.cases import Case
    from lrcourse.preview.logs import Logged
    from lrcourse.preview.reshaped import stretched

    lrs = Counting(planned)
    log = [Logged(t, lr) for t, lr in enumerate([*planned[:-20], *[0.03] * 20])]
    case = Case(log, lambda t: lrs[t] if t < n else None, 0.1, n, (n - 20, n - 1))
    assert list(stretched(case)) == [] and asked < n


def test_a_guessed_length_is_not_the_plan_s_and_a_resume_tells_places_twice(tmp_path):
    rows = [(t // PER_EPOCH, t % PER_EPOCH, PLAN(t)) for t in range(N) if t % PER_EPOCH % 30 == 0]
    found = audit(table(tmp_path, "epoch,iter,lr", rows), lambda t: PLAN(t))
    assert found.ok and "before the plan does" not in str(found), str(found)
    resumed = audit(table(tmp_path, "epoch,iter,lr", rows[:25] + rows[20:]), preview(PLAN, N))
    assert resumed.ok, str(resumed)
