"""choose: every combination of answers gives a healthy plan, code that does it, and reasons whose evidence is there."""

import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import torch

from lrcourse import choose, schedules
from lrcourse.choosing import QUESTIONS, REASONS, Measured, Source
from lrcourse.evidence.claims import stored
from lrcourse.preview import preview
from lrcourse.translation import LIBRARIES

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ANSWERS = {
    "length": (None, 20, 21, 333, 20_000),
    "extend": (False, True),
    "metric": ("steady", "noisy", "none"),
    "model": ("new", "pretrained", "continued"),
    "optimizer": ("sgd", "adam"),
    "tuning_runs": (0, 4, 5, 100),
}
GOOD = {
    "length": 1000,
    "extend": False,
    "metric": "none",
    "model": "new",
    "optimizer": "adam",
    "tuning_runs": 5,
}
# The answers that say which plan and which code, without those that only say what is told.
PLANS = [
    dict(zip(("length", "extend", "metric", "optimizer"), answers, strict=True))
    for answers in itertools.product((None, 20, 21, 333), (False, True), ("steady", "noisy"), ("sgd", "adam"))
]


def every_answer():
    for answers in itertools.product(*ANSWERS.values()):
        yield dict(zip(ANSWERS, answers, strict=True))


def test_the_questions_are_the_answers():
    assert list(QUESTIONS) == list(ANSWERS) and len(QUESTIONS) == 6


def test_every_combination_is_healthy_and_says_why():
    used = set()
    for answers in every_answer():
        found = choose(**answers)
        assert found.preview.wrong == [], (answers, found.preview.wrong)
        assert max(found.preview.lrs[0]) == pytest.approx(found.lr, rel=1e-12) and found.lr == found.lrs[0]
        assert 1 <= len(found.lrs) == len(set(found.lrs)) <= min(7, max(1, answers["tuning_runs"]))
        assert len(found.reasons) >= 3 and set(found.reasons) <= set(REASONS)
        assert str(found).endswith(str(found.code))
        used |= set(found.reasons)
    assert used == set(REASONS)  # no reason that no answer leads to


def test_the_length_is_the_run_s():
    """Counted by hand: the LR is 0 at the update after the last, and not before; WSD holds four fifths."""
    for length, optimizer in itertools.product((20, 77, 1000, 50_000), ("sgd", "adam")):
        falls = choose(**GOOD | {"length": length, "optimizer": optimizer}).schedule
        assert falls(length) == 0 < falls(length - 1) < falls(length // 2)
        stays = choose(**GOOD | {"length": length, "optimizer": optimizer, "extend": True}).schedule
        assert stays(length) == 0 and stays(length // 2) == stays(length - length // 5) == max(
            map(stays, range(length))
        )
        assert stays(length - length // 5 + 1) < stays(length // 2)
    assert len(choose(**GOOD | {"length": 50_000}).schedule.arguments) == 2


def test_which_plan_when():
    def kind(**answers):
        return type(choose(**GOOD | answers).schedule).__name__, list(choose(**GOOD | answers).reasons)[0]

    assert kind()[1] == "fall"
    assert kind(extend=True)[1] == "trunk"
    assert kind(metric="steady")[1] == "fall"  # the length decides first
    assert kind(length=None, metric="steady") == ("ReduceLROnPlateau", "plateau")
    assert kind(length=None, metric="steady", extend=True)[1] == "open end"
    assert kind(length=None, metric="noisy")[1] == kind(length=None)[1] == "open end"


def test_a_pretrained_network_gets_a_lower_lr():
    for optimizer in ("sgd", "adam"):
        new, old = (choose(**GOOD | {"optimizer": optimizer, "model": model}).lr for model in ("new", "pretrained"))
        assert old < new / 3


def test_what_a_big_run_does():
    """A language model from scratch, its continuation, its fine-tuning, an image network: as their papers have it."""
    llm = choose(**GOOD | {"length": 1_000_000, "extend": True})
    assert llm.schedule(1999) == llm.lr == llm.schedule(800_000) > llm.schedule(800_001) > llm.schedule(999_999)
    assert llm.schedule(1998) < llm.lr  # 2,000 updates of warmup
    on = choose(**GOOD | {"model": "continued", "length": 20_000})
    assert on.lr == 3e-4 and on.schedule(0) < on.lr / 100 and on.schedule(20_000) == 0  # up again, then down
    assert "old data" in str(choose(**GOOD | {"model": "continued", "optimizer": "sgd"}))
    tuned = choose(**GOOD | {"model": "pretrained"})
    assert 2e-5 <= tuned.lr <= 5e-5 and "LoRA" in str(tuned)
    images = choose(**GOOD | {"optimizer": "sgd", "length": 39_000})
    assert images.lr == 0.1 and images.schedule(499) == 0.1 > images.schedule(498) and images.schedule(39_000) == 0


def rows():
    return {f"{row['notebook']}#cell-id={row['cell_id']}": row for row in stored(NOTEBOOKS)}


@pytest.mark.parametrize("name", REASONS)
def test_the_evidence_of_a_reason_exists(name):
    """A row of the ledger with the verdict that is relied on, which claims.md links; or a source with its year."""
    ledger, told = rows(), (NOTEBOOKS / "claims.md").read_text(encoding="utf-8")
    assert REASONS[name].evidence
    for one in REASONS[name].evidence:
        if isinstance(one, Measured):
            row = ledger[one.cell]
            assert one.claim in row["id"].split(", ") and one.verdict == row["verdict"]
            assert f"({one.cell})" in told
        else:
            assert isinstance(one, Source) and 1950 < one.year < 2027
            assert one.who and re.fullmatch(r"arXiv:\d{4}\.\d{4,5}|.{10,}", one.where)


def used_by_torch(code, updates, library):
    """The LRs that the printed code really uses in torch."""
    names = {
        "model": torch.nn.Linear(2, 1),
        "accelerator": SimpleNamespace(prepare=lambda *a: a, register_for_checkpointing=id),
    }
    exec(code, names)
    optimizer, scheduler, lrs = names["optimizer"], names["scheduler"], []
    for _ in range(updates):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return optimizer, lrs


@pytest.mark.parametrize("library", ["torch", "lrcourse", "accelerate"])
@pytest.mark.parametrize("answers", PLANS, ids=str)
def test_the_printed_code_uses_the_plan(library, answers):
    found = choose(**GOOD | answers | {"library": library})
    if hasattr(found.schedule, "patience"):
        accelerator = SimpleNamespace(prepare=lambda *a: a, register_for_checkpointing=id)
        names = {"model": torch.nn.Linear(2, 1), "accelerator": accelerator}
        exec(found.code, names)
        theirs = preview(names["scheduler"], epochs=60)
        assert theirs.lrs[0] == pytest.approx(found.preview.lrs[0])
        return
    optimizer, lrs = used_by_torch(found.code, len(found.preview), library)
    assert lrs == pytest.approx(found.preview.lrs[0], rel=1e-9, abs=1e-12)
    assert type(optimizer).__name__ == {"sgd": "SGD", "adam": "AdamW"}[answers["optimizer"]]
    assert optimizer.defaults.get("momentum", 0.9) == 0.9


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_every_plan_translates_into_every_library(library, optimizer):
    for answers in PLANS:
        found = choose(**GOOD | answers | {"library": library, "optimizer": optimizer})
        compile(found.code, library, "exec")
        known = {"sgd": "momentum=0.9", "adam": "adamw"}[optimizer]
        assert known in found.code.lower() or library == "fastai", found.code  # whose learner has the optimizer
        assert "optax.sgd(schedule)" not in found.code and "SGD(schedule)" not in found.code
        if found.code.lr is not None:
            assert max(map(found.code.lr, range(len(found.preview)))) == pytest.approx(found.lr)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"length": 19}, "length must be a whole number of at least 20, not 19"),
        ({"length": 100.5}, "length must be a whole number"),
        ({"length": "long"}, "length must be a whole number"),
        ({"extend": "no"}, "extend must be True or False, not 'no'"),
        ({"extend": None}, "extend must be True or False"),
        ({"metric": "loss"}, "metric must be one of 'steady', 'noisy', 'none', not 'loss'"),
        ({"metric": None}, "metric must be one of"),
        ({"model": "old"}, "model must be one of 'new', 'pretrained', 'continued', not 'old'"),
        ({"optimizer": "AdamW"}, "optimizer must be one of 'sgd', 'adam', not 'AdamW'"),
        ({"tuning_runs": -1}, "tuning_runs must be a whole number of at least 0, not -1"),
        ({"tuning_runs": True}, "tuning_runs must be a whole number"),
        ({"library": "jax"}, "library must be one of 'torch'"),
    ],
    ids=str,
)
def test_a_bad_answer_is_told_what_is_accepted(wrong, named):
    with pytest.raises((ValueError, TypeError), match=re.escape(named)):
        choose(**GOOD | wrong)


@pytest.mark.parametrize("left_out", GOOD)
def test_every_question_wants_an_answer(left_out):
    with pytest.raises(TypeError, match=left_out):
        choose(**{name: answer for name, answer in GOOD.items() if name != left_out})


def test_it_draws_itself(capsys):
    shown = []
    found = choose(**GOOD)
    found.preview = SimpleNamespace(_ipython_display_=lambda: shown.append("drawn"))
    found._ipython_display_()
    assert shown == ["drawn"] and capsys.readouterr().out.strip() == str(found)
    assert "numbers" not in str(found) and "  1. The length is known" in str(found)
    assert isinstance(found.schedule, schedules.Schedule) or callable(found.schedule)


def test_the_chart_of_lesson_16_has_every_reason_with_its_evidence():
    """The arrows' numbers are the reasons' order, and beside each number stand the same words, links and sources."""
    cells = nbformat.read(NOTEBOOKS / "16_choosing.ipynb", as_version=4).cells
    [table] = [cell.source for cell in cells if cell.cell_type == "markdown" and "| arrow |" in cell.source]
    lines = {line.split("|")[1].strip(): line for line in table.splitlines() if line.startswith("| ")}
    [drawn] = [cell.source for cell in cells if "How many updates?" in cell.source]
    on_arrows = {number for label in re.findall(r"\[([\d, ]+)\]\"", drawn) for number in label.split(", ")}
    assert on_arrows == {str(number) for number in range(1, len(REASONS) + 1)} == set(lines) - {"arrow", "---"}
    for number, reason in enumerate(REASONS.values(), start=1):
        line = lines[str(number)]
        assert reason.words in line
        for one in reason.evidence:
            assert (f"]({one.cell}): *{one.verdict}*" if isinstance(one, Measured) else str(one)) in line
