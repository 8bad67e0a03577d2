"""What is said of a wrong answer, for each thing that an answer can show: made up answers, sentences by hand."""

import math
from types import SimpleNamespace

import pytest

from lrcourse.exercises.scoring import verdict_on
from lrcourse.exercises.seals import seal
from lrcourse.exercises.signs import OUT_OF_DOMAIN, sign, unmoved

LRS = [0.5, 2.25, 4.0]
RISING = [0.1, 0.2, 0.4, 0.7, 1.1]


def said(cases, drive="call", score=None, name="f", sign=sign):
    """The sentence about [(what the request holds besides, expected, got)]; got: a value, or {"error": ...}."""
    task = SimpleNamespace(name=name, drive=drive, tolerance=1e-6, score=score)
    task.judge = lambda expected, got: verdict_on(expected, got, 1e-6, score)
    requests = [{"id": i, "name": name, "drive": drive, **more} for i, (more, _, _) in enumerate(cases)]
    got = [one if isinstance(one, dict) and "error" in one else {"value": one} for _, _, one in cases]
    return sign(task, requests, [expected for _, expected, _ in cases], dict(enumerate(got)))


def curve(expected, got, **more):
    return said([({"steps": len(expected), **more}, expected, got)], "curve")


def record(expected, got, do=None, groups=1, **more):
    request = {"do": do or [["step"]] * 4, "groups": [{"lr": 0.1}] * groups, **more}
    return said([(request, expected, got)], "object", name="F")


def error(kind, message="it broke"):
    return {"error": {"type": kind, "message": message}}


ONE_CALL = [  # expected, got, the sentence
    (1.0, None, "f gives None. A function without a return at its end does so."),
    (None, 0, "With x=3 you give a number; None is asked for."),
    (1.0, "one", "You give text; a number is asked for."),
    (1.0, False, "You give False, which is no number; a number is asked for."),
    (1.0, math.inf, "You give a number that is not finite; a number is asked for."),
    (1.0, [1.0], "You give a list of 1; a number is asked for."),
    ("b", "a", "With x=3 you answer 'a'; 'b' is right."),
    (seal("b", "f", 1e-6), 2, "You give a number; text is asked for."),
    (seal(3, "f", 1e-6), 2, "It is a number that is asked for, but another one."),
    (seal(True, "f", 1e-6), False, "It is a truth value that is asked for, but another one."),
    (seal(True, "f", 1e-6), "yes", "You give text; a truth value is asked for."),
    (seal("b", "f", 1e-6), "a", "It is text that is asked for, but another one."),
    (True, False, "With x=3 you answer False; True is right."),
    (2.0, 3.0, "Your answer is too large with x=3."),
    (2.0, 1.0, "Your answer is too small with x=3."),
    ([1.0, 2.0, 3.0], "123", "Your answer is one text. Write a list in square brackets, the numbers without quotes."),
    (["a", "b"], "ab", "Your answer is one text. Write a list in square brackets, each letter in quotes."),
    ([1.0, 2.0, 3.0], 3.0, "You give the last value alone; the list of all of them is asked for."),
    ([0.1, "high"], "high", "You give the last value alone; the list of all of them is asked for."),
    ([[1.0, 2.0], 3.0], 3.0, "You give the last of 2 parts alone; all of them are asked for, in one list."),
    ([[1.0, 2.0], [3.0, 4.0]], [3.0, 4.0], "You give the last entry alone; the list of all of them is asked for."),
    ([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0], "You give the first entry alone; the list of all of them is asked for."),
    ([[1.0, 2.0], [3.0, 4.0]], [1.0, 9.0, 5.0], "You give a list of 3; a list of 2 lists of 2 is asked for."),
    ([[1.0, 2.0], [3.0, 4.0]], [[9.0, 8.0]], "Your list has 1 entries; 2 are asked for."),
    ([1.0, 2.0, 3.0], 2.0, "You give a number; a list of 3 is asked for."),
    (
        [[1.0], [2.0], [3.0]],
        [[3.0]] * 3,
        "All entries of your list are the last one: the same list is changed in place. Append a copy of it.",
    ),
    ([], 2.0, "You give a number; a list of 0 is asked for."),
    ([1.0, 2.0, 3.0], [1.0, "2", 3.0], "Entry 1 of your list is text."),
    ([1.0, 2.0, 3.0], [None, 2.0, 3.0], "Entry 0 of your list is nothing (None)."),
    (
        [[1.0, 2.0], [3.0, 4.0]],
        [1.0, 2.0, 3.0, 4.0],
        "The numbers are right, in another arrangement: a list of 2 lists of 2 is asked for, yours is a list of 4.",
    ),
    ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0], "Your list is right but for its end: 2 missing there."),
    ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 9.0], "Your list is right but for its end: 1 too many there."),
    ([1.0, 2.0, 3.0, 4.0], [3.0, 4.0], "Your list is right but for its beginning: 2 missing there."),
    ([1.0, 2.0, 3.0], [9.0, 1.0, 2.0, 3.0], "Your list is right but for its beginning: 1 too many there."),
    ([1.0, 2.0, 3.0], [2.0, 9.0], "Your list has 2 entries; 3 are asked for."),
    (LRS, [-0.5, -2.25, -4.0], "The sign is turned around: where the answer is positive, yours is negative."),
    (LRS, [2.0, 1 / 2.25, 0.25], "Your answer is upside down: you give 1 divided by the right number."),
    (LRS, [0.25, 2.25**2, 16.0], "You give the square of the right number."),
    (LRS, [0.5**0.5, 1.5, 2.0], "You give the square root of the right number."),
    (LRS, [0.5, -1.25, -3.0], "You give 1 minus the right number."),
    ([-0.5, 2.25, -4.0], LRS, "The size is right, but the sign is lost."),
    ([0.7, 2.8, 4.9], [0, 2, 4], "You cut the fraction off: your numbers are rounded down."),
    ([0.2, 2.1, 4.3], [1, 3, 5], "Your numbers are rounded up to whole ones."),
    ([0.26, 2.34, 4.81], [0.3, 2.3, 4.8], "You round to 1 digits after the point. Give the number as it comes out."),
    ([0.6, 2.3, 4.1], [1, 2, 4], "You round to 0 digits after the point. Give the number as it comes out."),
    (
        [x / 7 for x in (1, 2, 3)],
        [round(x / 7, 4) for x in (1, 2, 3)],
        "You round to 4 digits after the point. Give the number as it comes out.",
    ),
    (LRS, [1.75, 7.875, 14.0], "Every number is 3.5 times the right one."),
    ([0.0, 2.25, 4.0], [0.0, 1.125, 2.0], "Every number is 0.5 times the right one."),
    (LRS, [0.75, 2.5, 4.25], "Every number is too large by 0.25."),
    (LRS, [0.25, 2.0, 3.75], "Every number is too small by 0.25."),
    (LRS, [1.0, 4.5, 8.0], "Every number is 2 times the right one."),
    ([0.0, 0.0, 2.0], [0.0, 0.0, 6.0], "Every number is 3 times the right one."),
    (LRS, [1.5, 3.25, 5.0], "Every number is too large by 1."),
    ([0.26, 0.31, 0.34], [0.3, 0.3, 0.3], "Your answer is wrong everywhere."),  # nobody need have rounded
    ([1.0, 0.0, 2.0], [2.0, 0.0, 3.0], "Your answer is wrong at 2 of 3 places, first at entry 0, always too high."),
    ([1.0, 0.0, 3.0], [0.5, 0.0, 2.0], "Your answer is wrong at 2 of 3 places, first at entry 0, always too low."),
    (
        [[1, 2], [3, 4], [5, 6]],
        [[5, 6]] * 3,
        "All entries of your list are the last one: the same list is changed in place. Append a copy of it.",
    ),
    ([3.0], 3.0, "You give a number; a list of 1 is asked for."),
    ([1.0, 2.0, 3.0], [3.0] * 3, "Your answer is wrong up to entry 1, always too high, and right after it."),
    (RISING, [0.2, 0.2, 0.5, 0.7, 1.1], "Your answer is wrong at 2 of 5 places, first at entry 0, always too high."),
    (seal([1.0, 2.0], "f", 1e-6), [1.0, "x"], "Entry 1 of your list is text."),
    (seal(["a", "b"], "f", 1e-6), ["a", None], "Only entry 1 is wrong."),
    ({"k": ["a" * 26, "b" * 26]}, {"k": 2}, f"It is 2; {['a' * 26, 'b' * 26]} is asked for."),
    ({"k": ["a" * 26, "b" * 27]}, {"k": 2}, "It is 2; a list of 2 is asked for."),
    ([1.0, 2.0, 3.0], 1.0, "You give the first value alone; the list of all of them is asked for."),
    (
        {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0},
        {"a": 1.0, "b": "x", "c": 3.0, "d": 4.0},
        "a and c and d are right, b is not. It is 'x'; 2 is asked for.",
    ),
    (RISING, RISING[::-1], "The right numbers, in the wrong order: yours run from the last to the first."),
    (RISING, [0.0, *RISING[:-1]], "The right values, one place too late: what belongs to one place comes at the next."),
    (
        RISING,
        [*RISING[1:], 9.0],
        "The right values, one place too early: what belongs to the next place comes already.",
    ),
    (RISING, [0.1, 0.2, 0.5, 0.7, 1.1], "Only entry 2 is wrong, too high."),
    (RISING, [0.1, 0.2, 0.3, 0.6, 0.9], "Your answer is right before entry 2 and wrong from there on, always too low."),
    (RISING, [0.2, 0.3, 0.4, 0.7, 1.1], "Your answer is wrong up to entry 1, always too high, and right after it."),
    (RISING, [0.1, 0.3, 0.4, 0.6, 1.1], "Your answer is wrong at 2 of 5 places, first at entry 1."),
    (RISING, [0.3, 0.5, 0.9, 1.0, 9.9], "Your answer is wrong everywhere, always too high."),
]


@pytest.mark.parametrize(("expected", "got", "sentence"), ONE_CALL)
def test_one_answer(expected, got, sentence):
    assert said([({"args": {"x": 3}}, expected, got)]) == sentence


A_CURVE = [
    (RISING, [0.1, None, 0.4, 0.7, 1.1], "f gives None. A function without a return at its end does so. It happens "
     "first at step 1."),
    (RISING, [None] * 5, "f gives None. A function without a return at its end does so."),
    (RISING, [[0.1], 0.2, 0.4, 0.7, 1.1], "You give a list for one step. The answer for one step is one number."),
    (RISING, [0.1, 0.2, "0.4", 0.7, 1.1], "At step 2 you give text; a number is asked for."),
    (RISING, [0.1, 0.2, 0.4, 0.7, math.nan], "At step 4 you give a number that is not finite; a number is asked for."),
    (RISING, [0.0, *RISING[:-1]], "The right values, one step too late: what belongs to one step comes at the next."),
    (RISING, [*RISING[1:], 9.0], "The right values, one step too early: what belongs to the next step comes already."),
    (RISING, [0.1, 0.2, 0.4, 0.7, 1.2], "Only step 4 is wrong, too high."),
    (RISING, [0.2, 0.2, 0.4, 0.7, 1.1], "Only step 0 is wrong, too high."),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "got", "sentence"), A_CURVE)
def test_a_curve(expected, got, sentence):
    assert curve(expected, got) == sentence


def test_steps_that_are_listed_are_named_and_never_called_shifted():
    assert curve(RISING, [0.1, 0.2, 0.5, 0.7, 1.1], steps=[3, 9, 27, 81, 243]) == "Only step 27 is wrong, too high."
    shifted = curve(RISING, [0.0, *RISING[:-1]], steps=[3, 9, 27, 81, 243])
    assert shifted == "Your answer is wrong everywhere, always too low."


NO_ROUNDING = [  # expected, got
    ([0.02, 0.2, 0.0002], [0.02, 0.2, 0.0]),  # a plan that ends at 0
    ([0.3, 0.2, 0.4], [0, 0, 0]),
    ([0.6, 0.7, 0.4], [1, 1, 0]),
    ([0.3, 0.2, 0.4], [1, 1, 1]),
]


@pytest.mark.parametrize(("expected", "got"), NO_ROUNDING)
def test_what_becomes_0_or_1_is_not_said_to_be_rounded(expected, got):
    assert "round" not in said([({}, expected, got)])
    assert "cut" not in said([({}, expected, got)])


def test_two_numbers_tell_of_no_rule():
    assert said([({}, [1.0, 2.0], [3.0, 6.0])]) == "Your answer is wrong everywhere, always too high."
    assert said([({}, [1.0, 2.0, 3.0], [3.0, 6.0, 9.0])]) == "Every number is 3 times the right one."


A_RECORD = [  # expected, got, what the request holds besides, the sentence
    (
        {"lr": [[0.1], [0.2], [0.4], [0.7], [1.1]]},
        {"lr": [[0.1], [0.2], [0.5], [0.7], [1.1]]},
        {},
        "Only lr after 2 calls is wrong, too high.",
    ),
    (
        {"lr": [[0.1], [0.2], [0.4], [0.7], [1.1]]},
        {"lr": [[0.0], [0.1], [0.2], [0.4], [0.7]]},
        {},
        "The right values, one call too late: what belongs to one call comes at the next.",
    ),
    (
        {"lr": [[0.1], [0.2], [0.4], [0.7]], "momentum": [[0.9], [0.8], [0.6], [0.5]]},
        {"lr": [[0.1], [0.2], [0.4], [0.7]], "momentum": [[0.9], [0.8], [0.6], [0.4]]},
        {},
        "lr is right, momentum is not. Only momentum after 3 calls is wrong, too low.",
    ),
    (
        {"a": [1.0, 2.0, 4.0], "b": [1.0, 3.0, 4.0], "c": [5.0, 6.0, 9.0]},
        {"a": [1.0, 2.0, 4.0], "b": [1.0, 3.0, 4.0], "c": [5.0, 7.0, 8.0]},
        {},
        "a and b are right, c is not. Your answer is right before c after 1 call and wrong from there on.",
    ),
    (
        {"lr": [[0.1, 0.3], [0.2, 0.6], [0.4, 1.2], [0.9, 1.3]]},
        {"lr": [[0.1, 0.3], [0.2, 0.2], [0.4, 0.4], [0.9, 0.9]]},
        {"groups": 2},
        "Group 0 comes out right, group 1 does not: each group has values of its own.",
    ),
    (
        {"lr": [[0.1, 0.3], [0.2, 0.6], [0.4, 1.2], [0.9, 1.3]]},
        {"lr": [[0.3, 0.3], [0.6, 0.6], [1.2, 1.2], [1.3, 1.3]]},
        {"groups": 2},
        "Group 1 comes out right, group 0 does not: each group has values of its own.",
    ),
    (
        {"lr": [[0.4, 0.1], [0.2, 0.1], [0.2, 0.1], [0.1, 0.1]]},
        {"lr": [[0.4, 0.1], [0.2, 0.1], [0.1, 0.1], [0.1, 0.1]]},
        {"groups": 2},
        "Only lr after 2 calls is wrong, too low.",
    ),
    (
        {"lr": [[0.1], [0.2], [0.4], [0.4], [1.1]]},
        {"lr": [[0.1], [0.2], [0.4], [0.4], [0.2]]},
        {"do": [["step"], ["step"], ["resume"], ["step"]]},
        "All is right until the run is resumed. The first wrong value is lr after 3 calls, 1 of them since the resume.",
    ),
    (
        {"lr": [[0.1], [0.2], [0.4], [0.4], [1.1]]},
        {"lr": [[0.1], [0.3], [0.4], [0.4], [1.1]]},
        {"do": [["step"], ["step"], ["resume"], ["step"]]},
        "Only lr after 1 call is wrong, too high.",
    ),
    (
        {"lr": [[0.1], [0.2], [0.4], [0.4], [1.1]]},
        {"lr": [[0.1], [0.2], [0.5], [0.4], [1.1]]},
        {"do": [["step"], ["step"], ["resume"], ["step"]]},
        "Only lr after 2 calls is wrong, too high.",  # before it is resumed
    ),
    (
        {"lr": [[0.1, 0.2], [0.2, 0.6], [0.4, 1.2], [0.5, 1.5]]},
        {"lr": [[0.1, 0.2], [0.2], [0.4, 1.2], [0.5, 1.5]]},
        {"groups": 2},
        "Only lr after 1 call is wrong.",
    ),
    ({"lr": [[0.1], [0.2], [0.4]]}, {"lr": "rising"}, {}, "lr cannot be read."),
    ({"lr": [[0.1], [0.2], [0.4]]}, {"lr": [[0.1], [0.2]]}, {}, "lr cannot be read."),
]


@pytest.mark.parametrize(("expected", "got", "more", "sentence"), A_RECORD)
def test_an_objects_record(expected, got, more, sentence):
    assert record(expected, got, **more) == sentence


def test_the_entries_of_a_value_are_told_without_a_place():
    wrong = [[9.0, 2.0, 3.5], [1.0, 9.0, 3.5], [1.0, 2.0, 9.0]]
    assert [said([({}, [1.0, 2.0, 3.5], got)], "value", name="three") for got in wrong] == [
        "The first entry of your list is not right.",
        "The first entry is right, the second is not.",
        "The first 2 entries are right, the next is not.",
    ]


def with_arguments(rule):
    """Three cases whose argument b differs, answered by rule(right number, b)."""
    cases = [(1.0, 0.5), (2.5, 0.25), (7.0, 3.0)]
    return said([({"args": {"a": 0, "b": b}}, e, rule(e, b)) for e, b in cases])


def test_an_argument_that_is_missing_or_there_once_too_often():
    assert with_arguments(lambda e, b: e / b) == "The factor b is missing in your answer."
    assert with_arguments(lambda e, b: e * b) == "Your answer is multiplied by b once too often."
    assert with_arguments(lambda e, b: e - b) == "Your answer is too small by b."
    assert with_arguments(lambda e, b: e + b) == "Your answer is too large by b."
    assert with_arguments(lambda e, b: e + 2 * b) == "Your answer is too large with a=0, b=0.5."


def test_the_argument_by_which_right_and_wrong_part():
    def by(values, wrong):
        cases = [({"args": {"x": i + 2, "mode": value}}, 1.0 + i, (9.0 if i in wrong else 1.0) + i) for i, value in
                 enumerate(values)]  # fmt: skip
        return said(cases)

    told = "Your answer is too large with x=3, mode='max'. Right with other inputs, wrong with mode='max'."
    assert by(["min", "max", "min"], {1}) == told
    given = {"args": {"x": 2, "mode": "max"}}
    default = said([({"args": {"x": 2}}, 1.0, 9.0), (given, 1.0, 1.0), ({"args": {"x": 3, "mode": "max"}}, 2.0, 2.0)])
    where = "Right where mode is given, wrong where it is not: look at its default."
    assert default == f"Your answer is too large with x=2. {where}"
    assert by([0, 5, 6], {0}).endswith("Right with other inputs, wrong with mode=0.")
    assert by([True, False, True], {1}).endswith("Right with other inputs, wrong with mode=False.")
    assert by([1, 5, 6], {0}).endswith("Right with other inputs, wrong with mode=1.")
    assert "Right with" not in by([7, 5, 6], {0})  # a number like others tells of nothing
    assert "Right with" not in by(["max", "max", "min"], {1})


ERRORS = [  # type, message, the sentence
    ("NameError", "name 'a' is not defined", "Your code uses a name that nobody has given a value: name 'a' is not"
     " defined."),
    ("KeyError", "'lr'", "Your code asks a dictionary for 'lr', and there is no such entry in it."),
    ("KeyError", "'there is no such group'", "there is no such group."),
    ("ValueError", "no such mode", "Your code stops with ValueError: no such mode."),
    ("ValueError", "math domain error", OUT_OF_DOMAIN),
    ("ValueError", "expected a nonnegative input, got -1.0", OUT_OF_DOMAIN),
    ("ValueError", "expected a positive input", OUT_OF_DOMAIN),
    ("Changed", "f changes its list lrs", "f changes its list lrs."),
    ("TypeError", "your answer is a set", "Your answer is a set."),
    ("TypeError", "f returned nothing: is there a return?", "f returned nothing: is there a return?"),
    ("TypeError", "state_dict() returned nothing", "state_dict() returned nothing."),
    ("TypeError", "no number", "Your code stops with TypeError: no number."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "message", "sentence"), ERRORS)
def test_an_error(kind, message, sentence):
    assert said([({"args": {"x": 3}}, 1.0, error(kind, message))]) == sentence


def test_an_error_after_others():
    stop, line = (
        error("ZeroDivisionError"),
        "Your code divides by zero. Which input makes the divisor 0, and what should",
    )
    line += " come out then?"
    right, wrong = ({"args": {"x": 2}}, 1.0, 1.0), ({"args": {"x": 2}}, 1.0, 4.0)
    last = ({"args": {"x": 0}}, 1.0, stop)
    assert said([last, right]) == line
    assert said([right, last]) == f"{line} It happens with x=0; the inputs before it came out right."
    other = f"Your answer is too large with x=2. On another input: y{line[1:]}"
    assert said([wrong, last]) == other
    assert said([({"args": {"x": 2}}, 1.0, "x"), last]) == line  # of text there is no too large
    with_subject = ({"subject": "def g(): ...", "about": "one step late"}, "fails", stop)
    passed = ({"subject": "def g(): ...", "about": "right"}, "passes", "passes")
    assert said([passed, with_subject], "test", "tells_apart").endswith("It happens with this version: one step late.")


def test_what_was_not_answered_is_not_judged():
    task = SimpleNamespace(
        name="f", drive="call", tolerance=1e-6, score=None, judge=lambda e, g: verdict_on(e, g, 1e-6, None)
    )
    requests = [{"id": i, "name": "f", "drive": "call", "args": {"x": i}} for i in range(2)]
    assert sign(task, requests, [1.0, 2.0], {0: {"value": 1.0}}) is None
    assert sign(task, requests, [1.0, 2.0], {0: {"value": 1.0}, 1: {"value": 2.0}}) is None
    assert sign(task, requests, [1.0, 2.0], {0: {"value": 1.0}, 1: {"value": 3.0}}).startswith(
        "Your answer is too large with x=1."
    )


def test_values_that_never_change():
    def told(*cases, **more):
        requests = [{"id": i, "drive": "object", **more} for i in range(len(cases))]
        return unmoved(requests, [e for e, _ in cases], {i: {"value": g} for i, (_, g) in enumerate(cases)})

    moving, still = {"lr": [[0.1], [0.2], [0.4]]}, {"lr": [[0.1]] * 3}
    where = "lr never changes: step() writes nothing into "
    assert told((moving, still), groups=[{"lr": 0.1}]) == where + "optimizer.param_groups."
    assert told((moving, still)) == where + "self.lr."
    assert told((moving, still), (moving, still)) == where + "self.lr."
    assert told((moving, still), (moving, moving)) is None
    assert told((still, still)) is None  # it should not change
    assert told(({**moving, "x": [1, 2]}, {**still, "x": [1, 1]})) is None  # two: nothing is written at all
    assert told(({**moving, "x": [1, 2]}, {**still, "x": [1, 3]})) is None
    assert told((moving, None)) is None


DESIGNS = [  # what is answered for a run of 4 steps, a part of the sentence
    ([0.1, None, 0.1, 0.1], "does so. It happens first at step 1."),
    ([0.1, "x", 0.1, 0.1], "At step 1 you give text; a number is asked for."),
    ([0.1, 0.0, -0.1, -0.2], "An LR below 0 walks away from the minimum. Yours is negative at step 2."),
    ([0.1, 0.1, 0.1, 0.1], "Yours is a constant LR: it is the same at every step."),
]


@pytest.mark.parametrize(("got", "part"), DESIGNS)
def test_a_design(got, part):
    assert part in said([({"steps": 4}, [1.0, 0.5, 0.2, 0.0], got)], "schedule", "reaches_the_course_s")


def test_an_lr_of_0_at_the_end_is_not_below_it():
    for got in ([0.01, 0.005, 0.002, 0.0], [0.0, 0.01, 0.005, 0.002]):
        sentence = said([({"steps": 4}, [1.0, 0.5, 0.2, 0.0], got)], "schedule", "reaches_the_course_s")
        assert "below 0" not in sentence and "It is too low: 20 times" in sentence


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        (
            [[1.0, 0.5], 2.0],
            [[1.0, 0.4], 2.0],
            "Entry 0 of your answer is not right, entry 1 is. In it the first is right,",
        ),
        (
            [[1.0, 0.5], 2.0],
            [[0.9, 0.4], 3.0],
            "Entry 0 of your answer is not right. In it the very first is wrong already.",
        ),
        ([[1.0, 0.5], 2.0], [[1.0, 0.5], 3.0], "Entry 1 of your answer is not right, entry 0 is. It is too large with"),
        ([[1.0, 0.5], 2.0], [3.0, 2.0], "entry 1 is. It is 3, and a list of 2 is asked for."),
        ([[1.0, 0.5], 2.0], [[1.0, 0.5], [1.0]], "entry 0 is. It is a list of 1, and 2 is asked for."),
        ([[1.0, 0.5], 2.0], [[1.0], 2.0], "It is a list of 1, and 2 are asked for: right are the first 1."),
        ({"seeds": 4, "verdict": "same"}, {"seeds": 4, "verdict": "holds"}, "It is 'holds' where 'same' is right."),
        ({"seeds": 4, "verdict": "same"}, {"seeds": 4}, "Your dictionary has no entry 'verdict'."),
        ({"seeds": 4, "verdict": "same"}, {"seeds": 4, "verdict": True}, "It is True; 'same' is asked for."),
    ],
)
def test_an_answer_of_several_parts(expected, got, words):
    assert words in said([({"x": 1}, expected, got)], "call")
