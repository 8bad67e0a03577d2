"""Where an answer is right and where not, kind by kind: made up answers to made up inputs, sentences by hand."""

from types import SimpleNamespace

import pytest

from lrcourse.exercises.judge import judge
from lrcourse.exercises.places import about_place
from lrcourse.exercises.seals import seal


def said(*cases, drive="call"):
    """The sentence about (arguments, expected, got) ...; those that are right must not be said to be wrong."""
    requests = [({"name": "f", "drive": drive, "args": args}, expected, got) for args, expected, got in cases]
    wrong = [case for case in requests if not judge(case[1], case[2]).ok]
    return about_place(task(drive), requests, wrong)


def task(drive="call"):
    return SimpleNamespace(name="f", drive=drive, tolerance=1e-6, judge=judge)


LRS, LOSSES = [0.1, 0.2, 0.4, 0.8], [3.0, 2.0, 0.1, 7.0]


@pytest.mark.parametrize(
    ("expected", "got", "end"),
    [
        (0.2, 0.4, " It is entry 2 of lrs; entry 1 is right."),
        (0.8, 0.1, " It is entry 0 of lrs; entry 3 is right."),
        (0.2, 7.0, " It is an entry of losses; one of lrs is asked for."),
        (0.2, 0.3, "[3, 2, 0.1, 7]."),  # no entry of either
        (0.3, 0.2, "[3, 2, 0.1, 7]."),  # what is asked for is no entry
    ],
)
def test_an_answer_that_is_picked_from_a_list(expected, got, end):
    sentence = said(({"lrs": LRS, "losses": LOSSES}, expected, got))
    assert sentence.startswith(f"Your answer is too {'large' if got > expected else 'small'} with lrs=[")
    assert sentence.endswith(end)


def test_entries_that_stand_twice_and_short_lists_are_not_counted():
    assert "entry" not in said(({"lrs": [0.1, 0.2, 0.2]}, 0.2, 0.1))
    assert "entry" not in said(({"lrs": [0.1, 0.1, 0.2]}, 0.2, 0.1))
    assert "entry" not in said(({"pair": [0.1, 0.2]}, 0.2, 0.1))
    assert "entry" not in said(({"words": ["a", "b", "c"]}, 0.2, 0.1))


ONE_LIST = [  # expected, got, the sentence
    ([0.1, "low"], [0.1, "Low"], "Only entry 1 is wrong: it is 'Low', and 'low' is right."),
    ([0.1, "low"], [0.1, True], "Only entry 1 is wrong: it is True, and 'low' is right."),
    ([0.1, True], [0.1, False], "Only entry 1 is wrong: it is False, and True is right."),
    ([0.1, True], [0.1, "no"], "Only entry 1 is wrong: it is 'no', and True is right."),
    ([0.1, True], [0.2, True], "Only entry 0 is wrong, too high."),
    ([0.1, 0.2, 0.3], [0.1, 0.2, 0.1], "Only entry 2 is wrong, too low."),
    ([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], "Your answer is right before entry 1 and wrong from there on, always too low."),
    ([0.1, 0.2, 0.3], [0.1, 0.1, 0.4], "Your answer is right before entry 1 and wrong from there on."),
]


@pytest.mark.parametrize(("expected", "got", "sentence"), ONE_LIST)
def test_a_list(expected, got, sentence):
    assert said(({}, expected, got)) == sentence


PARTS = [  # expected, got, what is said of the other entries
    ([[1.0], [2.0], [3.0]], [[9.0], [2.0], [3.0]], "Entry 0 of your answer is not right, entries 1 and 2 are. In it"),
    ([[1.0], [2.0], [3.0], [4.0]], [[1.0], [2.0], [9.0], [4.0]], "not right, entries 0, 1 and 3 are. In it"),
    ([[1.0], [2.0]], [[1.0], [9.0]], "Entry 1 of your answer is not right, entry 0 is. In it"),
    ([[1.0], [2.0]], [[8.0], [9.0]], "Entry 0 of your answer is not right. In it the very first is wrong already."),
]


@pytest.mark.parametrize(("expected", "got", "words"), PARTS)
def test_a_list_of_lists(expected, got, words):
    assert words in said(({}, expected, got))


ROWS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
A_QUESTION = [  # got, the sentence: which holds no number that is right
    ([[9.0, 2.0, 3.0], ROWS[1]], "In the first row the first number is not right."),
    ([[1.0, 9.0, 3.0], [0.0] * 3], "In the first row the first number is right, the second is not."),
    ([ROWS[0], [4.0, 5.0, 9.0]], "The first row is right. In the second row the first 2 numbers are right, the next is"
     " not."),
    ([[1.0, 2.0], [4.0, 5.0]], "The first row of your answer is a list of 2; a list of 3 is asked for."),
    ([ROWS[0], 4.0], "The first row is right. The second row of your answer is 4; a list of 3 is asked for."),
]  # fmt: skip


@pytest.mark.parametrize(("got", "sentence"), A_QUESTION)
def test_the_rows_of_a_question(got, sentence):
    sealed = [[seal(number, "f", 1e-6) for number in row] for row in ROWS]
    assert said(({}, sealed, got), drive="value") == sentence


def test_the_third_row_and_one_further_on():
    def at(number):
        rows = [[float(i), 1.0] for i in range(6)]
        return said(({}, rows, [*rows[:number], [99.0, 1.0], *rows[number + 1 :]]), drive="value")

    assert at(2) == "The first 2 rows are right. In the third row the first number is not right."
    assert at(4) == "The first 4 rows are right. In the next row the first number is not right."


def test_a_default_is_told_of_where_two_inputs_differ_in_nothing_else():
    """The same is expected of both: then what is given is the default, and the answer has another one."""
    bare, given = {"x": 2}, {"x": 2, "alpha": 0.9}
    told = "Right where alpha is given, wrong where it is not: look at its default."
    assert said((bare, 1.0, 3.0), (given, 1.0, 1.0)).endswith(told)
    for other in (
        [(bare, 1.0, 3.0), (given, 5.0, 5.0)],  # another value than the default
        [(bare, 1.0, 3.0), ({"x": 3, "alpha": 0.9}, 1.0, 1.0)],  # x differs too
        [(bare, 1.0, 3.0), ({**given, "eps": 1.0}, 1.0, 1.0)],  # two are given
        [(bare, 1.0, 3.0), (given, 1.0, 3.0)],  # as wrong with it
        [(bare, 1.0, 1.0), (given, 1.0, 3.0)],  # wrong where it is given
        [(bare, 1.0, 3.0), ({"alpha": 0.9, "eps": 1.0}, 1.0, 1.0)],  # one more, and none in common
        [(bare, 1.0, 3.0), ({"y": 2, "alpha": 0.9}, 1.0, 1.0)],
    ):
        assert "default" not in said(*other)


def test_a_default_is_not_told_of_where_more_than_the_arguments_differs():
    def told(do):
        bare = {"name": "f", "drive": "object", "args": {}, "do": [["step"]] * 2}
        given = {**bare, "args": {"patience": 10}, "do": do}
        wrong, right = (bare, {"lr": [1.0, 2.0, 3.0]}, {"lr": [1.0, 2.0, 4.0]}), (given, *[{"lr": [1.0, 2.0, 3.0]}] * 2)
        return about_place(task("object"), [wrong, right], [wrong])

    assert "Right where patience is given" in told([["step"]] * 2)
    assert "patience" not in told([["step", 1.0], ["step"]])


def test_an_argument_is_blamed_only_where_inputs_that_are_not_told_of_agree():
    def case(low, expected, got):
        return {"name": "f", "drive": "call", "args": {"low": low, "x": 2}}, expected, got

    right, wrong = case(3.0, 1.0, 1.0), case(0, 1.0, 2.0)

    def told(*more):
        return about_place(task(), [right, wrong], [wrong], more)

    blamed = "Your answer is too large with low=0, x=2. Right with other inputs, wrong with low=0."
    assert told() == told(case(4.0, 1.0, 1.0)) == told(case(0, 5.0, 6.0)) == blamed
    assert told(case(4.0, 1.0, 2.0)) == told(case(0, 1.0, 1.0)) == "Your answer is too large with low=0, x=2."


def test_the_entry_of_a_list_in_a_dictionary_is_judged_beside_the_others():
    """1e-12 is a 0 beside 0.5, though not by itself."""
    wrong = said(({}, {"lrs": [0.0, 0.5], "n": 1}, {"lrs": [1e-12, 0.7], "n": 1}))
    assert wrong == "n is right, lrs is not. Its entry 1 is 0.7 where 0.5 is right."
