"""The versions on which a student's test is tried: which are public, how they are drawn, what their names are."""

import random

import pytest

from lrcourse.exercises.subjects import WORDS, Subjects, changed

TEXT = "def f(own_a, own_b):\n    return own_a + own_b * {}"
MADE = Subjects(
    right={"right": TEXT.format(1), "right too": TEXT.format("own_b")},
    wrong={"wrong": TEXT.format(2), "worse": TEXT.format(3), "worst": TEXT.format(4)},
    public=("wrong", "right"),
)


def test_the_public_ones_in_order_and_every_other_once():
    assert [case["about"] for case in MADE.public_cases()] == ["wrong", "right"]
    assert [case["about"] for case in MADE.edge_cases()] == ["right too", "worse", "worst"]
    assert MADE.public_cases() == MADE.public_cases() and MADE.edge_cases() == MADE.edge_cases()


def test_two_in_five_that_are_drawn_are_right():
    rng = random.Random(0)
    drawn = [MADE.draw(rng)["about"] for _ in range(4000)]
    assert 0.37 < sum(about in MADE.right for about in drawn) / 4000 < 0.43
    assert set(drawn) == {*MADE.right, *MADE.wrong}


def test_own_names_are_drawn_from_the_words_each_another():
    rng, seen = random.Random(0), set()
    for _ in range(200):
        case = MADE.draw(rng)
        assert "own_" not in case["subject"]
        names = {}
        exec(case["subject"], names)
        one, other = names["f"].__code__.co_varnames
        assert one != other and {one, other} <= set(WORDS)
        factor = {"right": 1, "right too": 5, "wrong": 2, "worse": 3, "worst": 4}[case["about"]]
        assert names["f"](3, 5) == 3 + 5 * factor
        seen.add(one)
    assert len(seen) > 20


@pytest.mark.parametrize(("text", "count"), [("a b", 0), ("gamma gamma", 2)])
def test_a_piece_must_occur_once(text, count):
    with pytest.raises(ValueError, match=f"must occur once in .*, not {count} times"):
        changed(text, ("gamma", "0.5"))
    assert changed("a b", ("a", "c"), ("c b", "d")) == "d"
