"""audit reads a healthy log as healthy, however it counts: what the log doesn't tell is said, or refused."""

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
