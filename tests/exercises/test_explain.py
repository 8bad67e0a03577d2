"""Inputs and places in words, curves as pictures pixel by pixel, inputs that are taken for others: all by hand."""

import math

import pytest

from lrcourse.exercises import illustrating
from lrcourse.exercises.explain import curves, describe, place
from lrcourse.exercises.inputs import taken_for_another
from lrcourse.exercises.sketches import alike, sketch

DESCRIBED = [
    ({}, "your value"),
    ({"args": {"x": 0.1, "name": "cos", "on": True, "none": None}}, "x=0.1, name='cos', on=True, none=None"),
    ({"args": {"x": list(range(6))}}, "x=[0, 1, 2, 3, 4, 5]"),
    ({"args": {"x": list(range(7))}}, "x=[0, 1, 2, 3, 4, 5, ...]"),
    ({"args": {"x": [[1, 2], [3]]}}, "x=[[1, 2], [3]]"),
    ({"args": {"x": {"array": [0.5, 1.0]}}}, "x=[0.5, 1]"),
    ({"args": {"f": {"python": "lambda x: x"}}}, "f=lambda x: x"),
    ({"args": {"f": {"python": "x" * 48}}}, "f=" + "x" * 48),
    ({"args": {"f": {"python": "x" * 49}}}, "f=" + "x" * 48 + " ..."),
    ({"steps": 1}, "steps 0 to 0"),
    ({"steps": 30}, "steps 0 to 29"),
    ({"steps": [5, 1, 9, 2, 2, 8]}, "steps 5, 1, 9, 2, 2, 8"),
    ({"steps": [5, 1, 9, 2, 2, 8, 7]}, "steps 5, 1, 9, 2, 2, 8, ..."),
    ({"groups": [{"lr": 0.1, "momentum": 0.9}]}, "one group with lr=0.1, momentum=0.9"),
    ({"groups": [{"lr": 0.1}, {"lr": 0.2}]}, "2 groups with lr=0.1 and lr=0.2"),
    ({"groups": [], "args": {"x": 1}}, "x=1"),
    ({"do": [["step"]]}, "step()"),
    ({"do": [["step"], ["step"], ["resume"], ["step"]]}, "step() 2 times, resume, step()"),
    ({"do": [["step", 0.5]]}, "step with [0.5]"),
    ({"do": [["step", 0.5], ["step", 0.4], ["step"]]}, "step with [0.5, 0.4], step()"),
    ({"do": [["move", 1, 2], ["move", 3, 4]]}, "move with [[1, 2], [3, 4]]"),
    ({"do": [["step"], ["reset"], ["reset"]]}, "step(), reset() 2 times"),
    ({"subject": "def f(): ...", "about": "one step late", "id": 0}, "one step late"),
    ({"subject": "def f(): ...", "about": "", "id": 4}, "version 5"),
]


@pytest.mark.parametrize(("request_", "words"), DESCRIBED)
def test_an_input_in_words(request_, words):
    assert describe(request_) == words


def test_as_many_entries_as_are_asked_for():
    assert describe({"args": {"x": [1, 2, 3]}, "steps": [1, 2, 3]}, few=2) == "x=[1, 2, ...], steps 1, 2, ..."
    tested = {"data": "digits", "updates": 680}  # a learner must see which conditions were tested
    assert describe({"args": {"tested": tested, "asked": {}}}) == "tested={'data': 'digits', 'updates': 680}, asked={}"
    assert describe({"args": {"tested": tested}}, few=1) == "tested=a dictionary of 2"


CALLS = [["step"], ["step"], ["resume"], ["step"], ["step"]]
PLACED = [
    ({"drive": "curve", "steps": 9}, (4,), "step 4"),
    ({"drive": "schedule", "steps": [7, 5]}, (1,), "step 5"),
    ({"drive": "curve", "steps": 9}, (4, 1), "step 4, entry 1"),
    ({"drive": "curve", "steps": 9}, (), "the answer"),
    ({"drive": "call"}, (2, 0), "entry 2, entry 0"),
    ({"drive": "call"}, ("lr", 0), "lr, entry 0"),
    ({"drive": "object", "do": CALLS}, ("lr", 0), "lr at the start"),
    ({"drive": "object", "do": CALLS}, ("lr", 1), "lr after 1 call"),
    ({"drive": "object", "do": CALLS}, ("lr", 2), "lr after 2 calls"),
    ({"drive": "object", "do": CALLS}, ("lr", 3), "lr after 2 calls and a resume"),
    ({"drive": "object", "do": CALLS}, ("lr", 4), "lr after 3 calls, 1 of them since the resume"),
    ({"drive": "object", "do": CALLS}, ("lr", 5), "lr after 4 calls, 2 of them since the resume"),
    ({"drive": "object", "do": [["resume"]]}, ("lr", 1), "lr after a resume"),
    ({"drive": "object", "do": CALLS}, ("lr",), "lr"),
    ({"drive": "object", "do": CALLS, "groups": [{}]}, ("lr", 1, 0), "lr after 1 call"),
    ({"drive": "object", "do": CALLS, "groups": [{}, {}]}, ("lr", 1, 1), "lr of group 1 after 1 call"),
    ({"drive": "object", "do": CALLS}, ("x", 1, 2), "x after 1 call, entry 2"),
]


@pytest.mark.parametrize(("request_", "where", "words"), PLACED)
def test_a_place_in_words(request_, where, words):
    assert place(request_, where) == words


def test_what_is_drawn_of_a_case():
    def drawn(request, expected, got, *more):
        return curves({"drive": "curve", **request}, expected, got, *more)

    lines, x, y = drawn({"steps": [2, 5, 9]}, [0.1, 0.2, 0.3], [0.1, "a", math.inf])
    assert lines["expected"] == ([2, 5, 9], [0.1, 0.2, 0.3]) and (x, y) == ("step", "learning rate")
    xs, ys = lines["yours"]
    assert xs == [2, 5, 9] and ys[0] == 0.1 and all(map(math.isnan, ys[1:]))
    assert drawn({"steps": [5, 2, 9]}, [0.1, 0.2, 0.3], [])[0]["expected"][0] == [0, 1, 2]  # in no order
    assert drawn({"steps": [2, 2, 9]}, [0.1, 0.2, 0.3], [])[0]["expected"][0] == [0, 1, 2]
    assert "yours" not in drawn({"steps": 3}, [0.1, 0.2, 0.3], ["a", None, {}])[0]
    assert drawn({"steps": 3}, [0.1, 0.2, 0.3], [1.0, 2.0])[0]["yours"] == ([0, 1], [1.0, 2.0])
    assert drawn({"steps": 3}, [0.1, 0.2, 0.3], [1.0, 2.0, 3.0, 4.0])[0]["yours"] == ([0, 1, 2], [1.0, 2.0, 3.0])
    assert drawn({"steps": 1}, [0.1], [0.1]) is None and drawn({"steps": 2}, [0.1, "a"], [0.1, 0.2]) is None
    assert drawn({"steps": 2}, [0.1, 0.2], None)[0].keys() == {"expected"}
    call = curves({"drive": "call"}, [1.0, 2.0], [1.0, 2.0], (), "loss")
    assert call[1:] == ("entry", "loss") and curves({"drive": "call"}, 1.0, 1.0) is None


def test_of_an_object_the_number_that_differs_is_drawn():
    expected = {"lr": [[0.1, 1.0], [0.2, 2.0]], "momentum": [[0.9], [0.8]]}
    got = {"lr": [[0.1, 1.0], [0.2, 3.0]], "momentum": [[0.9], [0.8]]}
    request = {"drive": "object", "groups": [{}, {}], "do": [["step"]]}
    assert curves(request, expected, got) == (
        {"expected": ([0, 1], [0.1, 0.2]), "yours": ([0, 1], [0.1, 0.2])}, "calls", "learning rate"
    )  # fmt: skip
    assert curves(request, expected, got, ("lr", 1, 1))[0]["yours"][1] == [1.0, 3.0]
    short = {**got, "lr": [[0.1], [0.2]]}  # one group is missing
    assert curves(request, expected, short, ("lr", 1, 1))[0].keys() == {"expected"}
    lines, _, label = curves(request, expected, got, ("momentum", 1, 0))
    assert lines["expected"][1] == [0.9, 0.8] and label == "momentum"
    assert curves(request, expected, "nothing")[0].keys() == {"expected"}


def marks(*arguments, kind=None, **more):
    return [mark for mark in illustrating.curves_scene(*arguments, **more).marks if kind in (None, mark[0])]


def test_a_curve_pixel_by_pixel():
    """The frame goes from 66 to 548 and from 42 to 208; a step lasts until the next one."""
    lines = {"expected": [(0, 0.1), (1, 0.05)], "yours": [(0, 0.2), (1, None)]}
    drawn = {
        mark[2]: [tuple(map(round, point)) for point in mark[1]]
        for mark in marks(lines, "step", "lr", "alt", kind="line")
        if mark[3]
    }
    assert drawn["s0"] == [(66, 125), (307, 125), (307, 166), (548, 166)]  # 0.1 and 0.05 of 0 to 0.2
    assert drawn["s1"] == [(66, 42), (307, 42)]
    keys = [mark for mark in marks(lines, "step", "lr", "alt", kind="line") if mark[2] in ("s0", "s1") and not mark[3]]
    assert [mark[1] for mark in keys] == [[(268, 14), (298, 14)], [(433, 14), (463, 14)]]
    texts = {mark[2]: mark[1] for mark in marks(lines, "step", "lr", "alt", kind="text")}
    assert texts["expected"] == (305, 18) and texts["yours"] == (470, 18)
    lower = illustrating.curves_scene(lines, "step", "lr", "alt", top=40)
    assert lower.height == 290 and {mark[2]: mark[1] for mark in lower.marks if mark[0] == "text"}["yours"] == (470, 58)


def test_entries_are_points_on_a_line_and_a_lone_one_is_a_dot():
    lines = {"expected": [(0, 1.0), (1, 2.0), (2, None), (3, 2.0)]}
    found = marks(lines, "entry", "value", "alt")
    assert [len(mark[1]) for mark in found if mark[0] == "line" and mark[3]] == [2]
    [dots] = [mark for mark in found if mark[0] == "dots"]
    assert [tuple(map(round, point)) for point in dots[1]] == [(548, 42)] and dots[3] == 3


def test_the_ring_stands_around_the_first_difference():
    def ring(xlabel):
        return marks({"expected": [(0, 0.0), (1, 2.0)]}, xlabel, "y", "alt", ring=(1, 2.0))[-1][1]

    for xlabel, x in (("entry", 548), ("step", 66 + 1.5 / 2 * 482)):  # in the middle of a step
        xs, ys = zip(*ring(xlabel), strict=True)
        assert len(xs) == 37 and ring(xlabel)[0] == pytest.approx(ring(xlabel)[-1])
        assert (min(xs), max(xs)) == pytest.approx((x - 9, x + 9)) and (min(ys), max(ys)) == pytest.approx((33, 51))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 0.1, [0.0, 0.02, 0.04, 0.06, 0.08, 0.1]),
        (0, 30, [0.0, 10.0, 20.0, 30.0]),
        (2, 9, [2.0, 4.0, 6.0, 8.0]),
        (-0.6, 1, [-0.5, 0.0, 0.5, 1.0]),
    ],
)
def test_round_numbers_on_an_axis(low, high, ticks):
    assert illustrating.axis_ticks(low, high) == ticks


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([1.0, 3.0, 2.0], (1.0, 3.0)),
        ([], (0.0, 1.0)),
        ([0.0], (0.0, 1.0)),
        ([2.0, 2.0], (2.0, 4.0)),
        ([-2.0], (-2.0, 0.0)),
        ([1.0, 1 + 1e-10], (1.0, 2.0)),
        ([1.0, 1 + 1e-8], (1.0, 1 + 1e-8)),
        ([-math.inf, math.inf], (-1e300, 1e300)),
    ],
)
def test_the_ends_of_an_axis(values, ends):
    assert illustrating._limits(values) == ends


def test_a_title_breaks_between_words():
    words = "five5 " * 22
    assert [len(line) for line in illustrating._wrapped(words, 65)] == [65, 65]
    assert [len(line) for line in illustrating._wrapped(words, 66)] == [65, 65]
    assert [len(line) for line in illustrating._wrapped(words, 64)] == [59, 59, 11]
    assert illustrating._wrapped("x" * 90, 66) == ["x" * 90] and illustrating._wrapped("", 66) == [""]
    svg = illustrating.titled_curves({"expected": [(0, 1), (1, 2)]}, "entry", "y", words, "alt")
    assert f'height="{250 + 8 + 18 * 2}"' in svg and 'width="560"' in svg and "<style>" in svg


def taken(request):
    return {sentence: change(request) for sentence, change in taken_for_another(request)}


def test_an_input_taken_for_another():
    request = {"args": {"a": 4, "b": 9, "on": True}, "steps": 5, "groups": [{"lr": 1}, {"lr": 2}]}
    found = taken(request)
    assert found["on is the wrong way round: your answer is the one for the opposite."]["args"]["on"] is False
    assert found["on makes no difference: it always counts as True."]["args"]["on"] is True
    assert found["on makes no difference: it always counts as False."]["args"]["on"] is False
    assert found["a and b have changed places in your answer."]["args"] == {"a": 9, "b": 4, "on": True}
    assert "b and a have changed places in your answer." not in found
    assert found["Your answer is the one for b equal to a: do you use a where b belongs?"]["args"]["b"] == 4
    near = {"0": 0, "1": 1, "one larger": 10, "one smaller": 8, "twice as large": 18, "half as large": 4.5}
    near |= {"1 / b": 1 / 9, "1 - b": -8, "-b": -9, "b squared": 81, "the root of b": 3.0}
    for words, value in near.items():
        assert found[f"Your answer comes out as if b were {words}."]["args"] == {"a": 4, "b": value, "on": True}
    moved = {"one larger": [1, 2, 3, 4, 5], "one smaller": [0, 0, 1, 2, 3]}
    moved |= {"two larger": [2, 3, 4, 5, 6], "two smaller": [0, 0, 0, 1, 2]}
    for words, steps in moved.items():
        assert found[f"Your answer comes out as if the step were {words}."]["steps"] == steps
    first = found["All groups come out as the first one: each has values of its own."]
    assert first["groups"] == [{"lr": 1}, {"lr": 1}]
    assert len(found) == 3 + 1 + 2 + 2 * 11 + 4 + 1 and request["args"] == {"a": 4, "b": 9, "on": True}
    assert taken({"args": {"name": "cos"}}) == {}


def test_sketches_tell_answers_apart_by_a_few_millionths():
    answers = [{"value": [0.1, 0.05, 1e-4]}, {"value": {"lr": [[3.0], [2.0]]}}, {"error": {"type": "ValueError"}}]
    whole = sketch(answers)

    def like(change, tolerance=1e-6):
        return alike(whole, sketch([change(one) for one in answers]), tolerance)

    def scaled(by):
        def change(one):
            return {"value": [0.1, 0.05 * by, 1e-4]} if isinstance(one.get("value"), list) else one

        return change

    assert like(lambda one: one) and like(scaled(1 + 1e-7)) and like(scaled(1 - 1e-7))
    assert not like(scaled(1 + 1e-4)) and not like(scaled(1 - 1e-4)) and like(scaled(1 + 1e-4), tolerance=1e-3)
    assert like(lambda one: {"error": {"type": "ValueError", "message": "other words"}} if "error" in one else one)
    assert not like(lambda one: {"error": {"type": "TypeError"}} if "error" in one else one)
    assert not like(lambda one: {"value": {"x": [[3.0], [2.0]]}} if isinstance(one.get("value"), dict) else one)
    assert not like(lambda one: {"value": {"lr": [3.0, 2.0]}} if isinstance(one.get("value"), dict) else one)
    assert whole[0].endswith("/5") and not alike(sketch([{"value": 1.0}]), sketch([{"value": -1.0}]), 1e-6)
    assert not alike(sketch([{"value": [1.0, 2.0]}]), sketch([{"value": [2.0, 1.0]}]), 1e-6)
    assert sketch([{"value": math.nan}]) != sketch([{"value": None}]) and sketch([{"value": 10**5000}])[0].endswith(
        "/0"
    )
    assert alike(sketch([{"value": [0.0, 0.0]}]), sketch([{"value": [0.0, 1e-12]}]), 1e-6) is False
    assert alike(sketch([{"value": [1.0, 0.0]}]), sketch([{"value": [1.0, 1e-16]}]), 1e-6)  # next to nothing beside a 1
