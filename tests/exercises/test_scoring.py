"""The rules for designs against their own bars, found by another computation; and the edges of the comparison."""

import math

import numpy as np
import pytest

from lrcourse.exercises import scoring
from lrcourse.exercises.judge import judge, short
from lrcourse.exercises.seals import SMALLEST, fits, seal

STEPS = 60


def loss(lrs, sharper=1.0, noise=1.0):
    """Zhang et al.'s recursion for all curvatures at once."""
    h = sharper * np.logspace(-2, 0, 20)
    e = np.full(20, 9.0)
    for lr in lrs:
        e = (1 - lr * h) ** 2 * e + (lr * noise) ** 2 * h
    return float((h * e / 2).sum())


def cosine(height, steps=STEPS):
    return [height * (1 + math.cos(math.pi * step / steps)) / 2 for step in range(steps)]


def height_at(target, ratio, low, high):
    """The height between two at which ratio(LRs) is the target; it falls or rises all the way between them."""
    falls = ratio(cosine(low)) > ratio(cosine(high))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (ratio(cosine(middle)) > target) == falls else (low, middle)
    return low


def test_the_loss_is_the_recursion_s():
    for lrs in ([], [0.3], cosine(0.8), [1.9] * 20):
        assert scoring.trained_loss(lrs) == pytest.approx(loss(lrs), rel=1e-9)
        assert scoring.trained_loss(lrs, 1.7, 1.3) == pytest.approx(loss(lrs, 1.7, 1.3), rel=1e-9)
    best = min(loss([0.02 * 1.09**i] * STEPS) for i in range(53))
    assert scoring.best_constant(STEPS) == pytest.approx(best, rel=1e-9)
    assert len(scoring.CONSTANTS) == 53 and scoring.CONSTANTS[0] == 0.02 and scoring.CONSTANTS[-1] < 2


def bars():
    best = scoring.best_constant(STEPS)
    own = cosine(0.9)
    bowls = [(1.0, 1.0), scoring.second_bowl(STEPS)]
    return {
        "beats_constants": (lambda lrs: loss(lrs) / best, 0.7, own),
        "reaches_the_course_s": (lambda lrs: loss(lrs) / loss(own), 1.03, own),
        "serves_two_bowls": (lambda lrs: max(loss(lrs, *b) / loss(own, *b) for b in bowls), 1.12, own),
    }


@pytest.mark.parametrize("rule", ["beats_constants", "reaches_the_course_s", "serves_two_bowls"])
def test_each_bar_stands_where_it_is_said_to_be(rule):
    ratio, bar, own = bars()[rule]
    height = height_at(bar, ratio, 0.02, 0.9)
    for by, ok in ((0.999, False), (1.001, True)):  # too low an LR is too slow
        got = cosine(by * height)
        verdict = scoring.RULES[rule](own, got)
        assert (ratio(got) < bar) is ok and verdict.ok is ok
    words = scoring.RULES[rule](own, cosine(0.03)).message
    assert {"beats_constants": "the bar is", "reaches_the_course_s": "the course's own reaches"}.get(
        rule, "1.12"
    ) in words
    said = ratio(cosine(0.03)) if rule == "serves_two_bowls" else loss(cosine(0.03))
    assert f"{said:.3g}" in words
    assert scoring.RULES[rule](own, own).ok


@pytest.mark.parametrize(
    ("rule", "bar"), [("beats_constants", 0.7), ("reaches_the_course_s", 1.03), ("serves_two_bowls", 1.12)]
)
def test_a_loss_at_the_bar_passes(rule, bar, monkeypatch):
    monkeypatch.setattr(scoring, "best_constant", lambda steps: 1.0)
    for loss, ok in ((bar, True), (math.nextafter(bar, 2), False)):
        monkeypatch.setattr(scoring, "trained_loss", lambda lrs, *bowl, loss=loss: 1.0 if lrs[0] else loss)
        assert scoring.RULES[rule]([1.0], [0.0]).ok is ok


def test_the_worse_of_two_bowls_is_named():
    own = cosine(0.9)
    assert "on the second bowl" in scoring.serves_two_bowls(own, cosine(1.9)).message  # sharper: it runs away there
    assert "on the first bowl" in scoring.serves_two_bowls(own, cosine(0.05)).message  # flatter: slow there
    assert not scoring.serves_two_bowls(own, [1e200] * STEPS).ok


@pytest.mark.parametrize("rule", ["beats_constants", "reaches_the_course_s", "serves_two_bowls"])
@pytest.mark.parametrize(
    ("got", "where", "words"),
    [
        (None, (), "a list of LRs was asked for"),
        ([0.1] * (STEPS - 1), (), "a list of LRs was asked for"),
        ([0.1] * (STEPS + 1), (), "a list of LRs was asked for"),
        (
            [0.1, -1e-9] + [0.1] * (STEPS - 2),
            (1,),
            "every LR must be a number of at least 0; at step 1 yours is -1e-09",
        ),
        ([0.1] * (STEPS - 1) + [math.nan], (STEPS - 1,), f"at step {STEPS - 1} yours is nan"),
    ],
)
def test_what_is_no_list_of_lrs(rule, got, where, words):
    verdict = scoring.RULES[rule](cosine(0.9), got)
    assert (verdict.ok, verdict.where) == (False, where) and words in verdict.message


def test_an_lr_of_0_is_one():
    assert scoring.RULES["reaches_the_course_s"]([0.0] * 3, [0.0] * 3).ok


def best_at(by):
    """A loss that is least where the LRs are so many times as high as [1.0, 0.5, ...]."""
    return lambda lrs: 1 + math.log(lrs[0] / by) ** 2


FALLS = [[1.0, 0.5, 0.0, 0.0, 0.0], [1.0, 0.8, 0.5, 0.2, 0.0, 0.0]]
ABOUT = [  # where the loss is least, the LRs for two lengths, the sentence
    (1, [[0.5] * 3, [0.5] * 5], "Yours is a constant LR: it is the same at every step."),
    (
        1,
        [[1.0, 0.5, 0.2], [1.0, 0.5, 0.2, 0.1]],
        "Your schedule does not look at total_steps: in a long run it begins as in a short one.",
    ),
    (
        1,
        [[0.1, 0.5, 0.2], [0.1, 0.8, 1.0, 0.2]],
        "Your LR rises over the run. Noise wants it high first and low at the end.",
    ),
    (1, [[0.5, 0.2, 1.0], [0.5, 0.3, 0.2, 1.0]], "Your LR rises over the run."),
    (1, [[0.5, 1.0, 0.1], [0.5, 0.8, 0.4, 0.1]], "It ends at 53 % of its height."),
    (4, FALLS, "It is too low: 4 times as high it would reach 1 in place of 2.92 in 5 steps."),
    (0.2, FALLS, "It is too high: 0.2 times as high it would reach 1 in place of 3.59 in 5 steps."),
    (1, [[1.0, 0.5, 0.2], [1.0, 0.8, 0.5, 0.2]], "It ends at 57 % of its height."),
    (1, [[1.0, 0.5, 1.0], [1.0, 0.5, 0.4, 1.0]], "It ends at 83 % of its height."),
    (1, FALLS, "In 5 steps the height is about right; it is the shape that costs: when does it fall?"),
]


@pytest.mark.parametrize(("least", "every", "sentence"), ABOUT)
def test_what_costs_a_design(least, every, sentence):
    scaled = every[0] if every[0][0] == 1.0 else [lr / every[0][0] for lr in every[0]]
    assert scoring.about_design(best_at(least), scaled, every).startswith(sentence)


@pytest.mark.parametrize(("gain", "told"), [(0.96, True), (0.97, True), (0.98, False)])
def test_a_height_that_matters_by_three_in_a_hundred_is_told(gain, told):
    said = scoring.about_design(lambda lrs: gain if lrs[0] == 2.0 else 1.0, FALLS[0], FALLS)
    assert ("It is too low: 2 times as high" in said) is told


@pytest.mark.parametrize("end", [0.09, 0.11])
def test_an_end_above_a_tenth_of_the_height_is_told(end):
    said = scoring.about_design(lambda lrs: 1.0, [1.0, 0.5, *[end] * 3], FALLS)
    assert ("It ends at 11 %" in said) is (end > 0.1)


@pytest.mark.parametrize("size", [1e-9, 0.1, 1.0, 3e5])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"lr": [[x]]}, lambda x: [1, {"a": x}]])
def test_the_tolerance_is_a_millionth(size, wrap):
    for by, ok in ((0.9e-6, True), (-0.9e-6, True), (1.1e-6, False), (-1.1e-6, False)):
        if wrap(0) == [1, {"a": 0}] and size < 1e-3:
            continue  # beside a 1 it may be wrong by a thousandth of a millionth
        assert judge(wrap(size), wrap(size * (1 + by + 2e-9 * (by > 0)))).ok is ok


def test_beside_a_large_number_a_small_one_may_be_off_by_a_thousandth_of_that():
    for largest in (1.0, 50.0, -50.0):
        for by, ok in ((0.9e-9, True), (1.1e-9, False)):
            assert judge([largest, 0.0], [largest, by * abs(largest)]).ok is ok
            assert judge({"lr": [[0.0, largest]]}, {"lr": [[by * abs(largest), largest]]}).ok is ok
    assert not judge(0.0, 1e-300).ok and judge(0, 0.0).ok


WORDS = [
    ([[1, 2], [3, 4]], "a list of 2 lists of 2"),
    ([[1, 2]], "a list of 1"),
    ([[1], [1, 2]], "a list of 2"),
    ([[], []], "a list of 2"),
    ([1, 2, 3], "a list of 3"),
    ({"a": 1, "b": 2}, "a dictionary of 2"),
    ("x" * 58, "'" + "x" * 58 + "'"),
    ("x" * 59, "'" + "x" * 56 + "..."),
    (0.123456789, "0.123457"),
    (10**400, "a whole number that no float can hold"),
    (10**300, "1" + "0" * 56 + "..."),
    (seal("yes", "q", 1e-6), "another answer, text"),
    (None, "None"),
]


@pytest.mark.parametrize(("thing", "words"), WORDS)
def test_a_few_words_for_a_value(thing, words):
    assert short(thing) == words


@pytest.mark.parametrize("value", [0.1, -0.1, 3, 1e-9, 12345.678])
def test_a_sealed_number_fits_to_about_twice_the_tolerance(value):
    kept = seal(value, "q", 1e-6)
    for by in (0, 0.9e-6, -0.9e-6):
        assert fits(kept, value * (1 + by), 1e-6)
    for by in (3e-6, -3e-6):
        assert not fits(kept, value * (1 + by), 1e-6)
    assert not fits(kept, -value, 1e-6) and not fits(kept, str(value), 1e-6)


def test_sealed_things_that_are_no_ordinary_number():
    assert SMALLEST == 1e-12
    assert fits(seal(0, "q", 1e-6), 0.9e-12, 1e-6) and not fits(seal(0, "q", 1e-6), 1.1e-12, 1e-6)
    assert fits(seal(True, "q", 1e-6), True, 1e-6) and not fits(seal(True, "q", 1e-6), 1, 1e-6)
    assert fits(seal("a", "q", 1e-6), "a", 1e-6) and not fits(seal("a", "q", 1e-6), "b", 1e-6)
    assert not fits(seal(0.5, "q", 1e-6), math.inf, 1e-6) and not fits(seal(0.5, "q", 1e-6), 10**400, 1e-6)
    assert seal([0.1, 0.1], "q", 1e-6)[0] != seal([0.1, 0.1], "q", 1e-6)[1]  # equal entries are not seen to be equal


@pytest.mark.parametrize("by", [0.1, 0.2, 0.4, 0.7, 1.5, 2, 4, 10, 20])
def test_each_height_that_would_be_better_is_told(by):
    said = scoring.about_design(best_at(by), FALLS[0], FALLS)
    assert said.startswith(
        f"It is too {'low' if by > 1 else 'high'}: {by:g} times as high it would reach 1 in place of"
    )


def test_nearly_constant_is_not_constant_and_nothing_at_all_is():
    constant = "Yours is a constant LR"
    for lr in (1e-3, 0.1, 100.0):
        for apart, told in [(0.5e-9, True), (2e-9, False)]:
            every = [[lr * (1 - apart * (i == 1)) for i in range(n)] for n in (4, 6)]
            assert scoring.about_design(lambda lrs: 1.0, every[0], every).startswith(constant) is told
    assert scoring.about_design(lambda lrs: 1.0, [0.0] * 3, [[0.0] * 3, [0.0] * 5]).startswith(constant)


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        ("passes", "passes", "your test passes, as it should"),
        ("fails", "fails", "your test fails, as it should"),
        ("passes", "fails", "your test fails, and nothing is wrong here"),
        ("fails", "passes", "your test passes, and should fail"),
        ("fails", None, "your test gives no verdict"),
    ],
)
def test_what_is_said_of_a_test(expected, got, words):
    verdict = scoring.verdict_on(expected, got, 1e-6, "tells_apart")
    assert (verdict.ok, verdict.message, verdict.got) == (expected == got, words, got)


def test_a_rule_that_breaks_is_no_right_answer(monkeypatch):
    monkeypatch.setitem(scoring.RULES, "broken", lambda expected, got: got["x"])
    verdict = scoring.verdict_on(1, {}, 1e-6, "broken")
    assert (verdict.ok, verdict.message) == (False, "not to be scored: KeyError")
