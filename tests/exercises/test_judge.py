"""The comparator is total: whatever a stranger sends is right or wrong, never an error."""

import json
import math
from collections import OrderedDict, UserDict, deque
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcourse.exercises.judge import judge, read, short
from lrcourse.exercises.wire import decode, from_json, in_words, plain, to_json

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(anything, anything)
def test_any_two_values_are_compared(expected, got):
    assert judge(expected, got).ok in (True, False)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_a_curve_equals_itself_and_nothing_near_it(curve):
    assert judge(curve, curve).ok
    assert judge({"lr": curve}, {"lr": [float(lr) for lr in curve]}).ok
    far = [lr + 1e-4 * (max(map(abs, curve)) + 1) for lr in curve]
    verdict = judge(curve, far)
    assert not verdict.ok
    assert verdict.where == (0,)


@pytest.mark.parametrize(
    "got",
    [
        None, True, "0.1", [0.1], {}, math.nan, math.inf, -math.inf, 10**400, -(10**400), 1e308, {"lr": 0.1}, [], 0.2,
        0.1 + 1e-6, "x" * 10**6, [[[[]]]],
    ],
)  # fmt: skip
def test_what_is_not_0_1(got):
    verdict = judge(0.1, got)
    assert not verdict.ok
    assert len(verdict.message) < 200


def test_numbers_of_all_kinds():
    assert judge(2, 2.0).ok
    assert judge(2.0, 2).ok
    assert judge(0.0, -0.0).ok
    assert judge([0.1, 0.0], [0.1, 1e-17]).ok
    assert not judge(0.0, 1e-3).ok
    assert not judge([1e-7, 1e-8], [1e-7, 2e-8]).ok
    assert not judge(1, True).ok
    assert not judge(True, 1).ok
    assert judge(True, True).ok
    assert judge(None, None).ok


def test_the_first_difference_is_reported():
    verdict = judge({"lr": [[0.1, 0.2], [0.3, 0.4]]}, {"lr": [[0.1, 0.2], [0.3, 0.5]]})
    assert verdict.where == ("lr", 1, 1)
    assert verdict.message == "lr entry 1 entry 1: expected 0.4, got 0.5"
    assert judge([1, 2, 3], [1, 2]).message == "expected a list of 3, got a list of 2"
    assert judge([1, 2, 3], [1, 9]).where == (1,)


def deep(levels):
    thing = []
    for _ in range(levels):
        thing = [thing]
    return thing


def test_depth_does_not_matter():
    assert not judge([0.1], deep(60_000)).ok
    assert not judge(0.1, deep(60_000)).ok
    assert short(deep(60_000)) == "a list of 1"


def test_lines_that_are_no_json_are_none():
    for line in ["", "{", "x", "[" * 100_000 + "]" * 100_000, "1" * 5000, "\ud800", "nul"]:
        assert read(line) is None or isinstance(read(line), int)
    assert read(json.dumps({"id": 1})) == {"id": 1}


def test_any_word_is_short():
    for thing in [10**5000, -(10**400), "x" * 10**7, deep(50_000), {"a": 1}, math.nan, None, True, 1.23456789]:
        assert len(short(thing)) <= 60


@given(anything)
def test_the_driver_s_json_is_the_library_s(value):
    """Compared as text, in which NaN equals NaN."""
    assert repr(json.loads(to_json(value))) == repr(value)
    assert repr(from_json(to_json(value))) == repr(value)
    assert repr(from_json(json.dumps(value, ensure_ascii=False))) == repr(value)


def test_half_a_character_crosses_the_wire():
    assert json.loads(to_json("\ud800 \U0001f600 \u2028").encode()) == "\ud800 \U0001f600 \u2028"


class Text(str):
    pass


def yields():
    yield 1


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {"a": x}, lambda x: UserDict(a=x)])
def test_an_answer_is_at_most_twenty_levels_deep(wrap):
    def nested(levels):
        thing = 1
        for _ in range(levels):
            thing = wrap(thing)
        return thing

    assert json.dumps(plain(nested(21))).count("1") == 1  # twenty within the outermost
    with pytest.raises(TypeError, match="nested more than 20 levels deep"):
        plain(nested(22))


@pytest.mark.parametrize("make", [lambda n: [0] * n, lambda n: range(n), lambda n: dict.fromkeys(range(n))])
def test_an_answer_has_at_most_a_hundred_thousand_entries(make):
    assert len(plain(make(100_000))) == 100_000
    with pytest.raises(TypeError, match="your answer has 100001 entries, more than 100000"):
        plain(make(100_001))


def test_what_has_no_end_has_too_many():
    assert len(plain(iter(range(100_000)))) == 100_000
    with pytest.raises(TypeError, match="your answer has more than 100000 entries"):
        plain(count())
    endless = {"keys": lambda self: count(), "__len__": lambda self: 3, "__getitem__": lambda self, key: 1.0}
    with pytest.raises(TypeError, match="your answer has more than 100000 entries"):
        plain(type("Table", (), endless)())


@pytest.mark.parametrize(
    ("thing", "value"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.longdouble(0.25), 0.25),
        ((1, (2, 3)), [1, [2, 3]]),
        (deque([1]), TypeError),
        (OrderedDict(b=1, a=(2,)), {"b": 1, "a": [2]}),
        ({"a": 1, "b": 2}.values(), [1, 2]),
        (OrderedDict(b=1, a=2).keys(), ["b", "a"]),
        (map(abs, [-1, 2]), [1, 2]),
        (zip([1], (np.int8(n) for n in [2]), strict=True), [[1, 2]]),
        ([reversed([1, 2]), filter(None, [0, 3])], [[2, 1], [3]]),
        ({1: 2}, {"1": 2}),
        (Text("a"), "a"),
        ("x" * 10_000, "x" * 10_000),
        (b"a", TypeError),
        (yields(), TypeError),
        ({1, 2}, TypeError),
        (float, TypeError),
        (np.ndarray, TypeError),
        ([int], TypeError),
        (len, TypeError),
        (1j, TypeError),
    ],
)
def test_what_an_answer_is_on_the_wire(thing, value):
    if value is TypeError and not isinstance(thing, deque):
        with pytest.raises(TypeError, match="your answer is or holds"):
            plain(thing)
    else:
        got = plain(thing)
        assert got == ([1] if isinstance(thing, deque) else value) and type(got) in (list, dict, str, float, int, bool)


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        ([len], "a list that holds a function that was not called"),
        ([], "a list"),
        ({1}, "a set, which has no order"),
        (frozenset(), "a set, which has no order"),
        (int, "the class int itself"),
        (yields(), "a generator, not a list (put list(...) around it)"),
        (object(), "a object"),
    ],
)
def test_what_is_no_data_in_a_beginners_words(thing, words):
    assert in_words(thing) == words


def test_a_text_has_an_end():
    with pytest.raises(TypeError):
        plain("x" * 10_001)


def test_inputs_are_fresh_python_values():
    given = {"a": [1, [2]], "x": {"array": [1, 2]}, "f": {"python": "lambda x: math.sqrt(x)"}, "array": [3], "n": None}
    made = decode(given)
    assert made["a"] == [1, [2]] and made["a"] is not given["a"] and made["a"][1] is not given["a"][1]
    assert made["x"].dtype == float and made["x"].tolist() == [1, 2] and made["f"](9) == 3 and made["array"] == [3]


def test_whole_numbers_of_thousands_of_digits_are_cut_down():
    assert from_json(to_json(10**500)) == 10**500
    for sign in (1, -1):
        assert json.loads(to_json({"a": [sign * 10**5000, 7]})) == {"a": [sign * 10**600, 7]}
