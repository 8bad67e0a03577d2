"""The checks of arguments, which the schedules and the schedulers share: what each accepts, and what it says else."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from lrcourse.arguments import choice, endless, flag, function, functions, increasing, pairs, real, whole, wholes


class Number:
    """What has a __float__ that does not answer."""

    def __init__(self, error):
        self.error = error

    def __float__(self):
        raise self.error


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (0.1, 0.1),
        (np.float32(0.5), 0.5),
        (np.int8(-3), -3.0),
        (Fraction(1, 4), 0.25),
        (Decimal("0.25"), 0.25),
        (torch.tensor(0.5), 0.5),
        (torch.tensor([2]), 2.0),
        (np.array(0.5), 0.5),
        (10**300, 1e300),
    ],
)
def test_real_takes_any_number_as_a_float(value, expected):
    number = real("gamma", value)
    assert number == expected and type(number) is float


@pytest.mark.parametrize(
    "value",
    ["0.1", b"1", True, False, np.True_, torch.tensor(True), None, 1j, [0.1], (), {}, object(), Number(TypeError())]
    + [torch.tensor([1.0, 2.0]), np.array([1.0, 2.0]), Number(ValueError()), Number(RuntimeError())],
)
def test_real_refuses_what_is_no_number(value):
    with pytest.raises(TypeError, match="^gamma must be a number, not "):
        real("gamma", value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, torch.tensor(math.nan)])
def test_real_wants_finite_numbers_unless_told(value):
    with pytest.raises(ValueError, match="^gamma must be a number, not "):
        real("gamma", value)
    if type(value) is not int:
        assert str(real("gamma", value, finite=False)) == str(float(value))


BOUNDS = [
    ({"above": 1}, "above 1", [1.001, 7], [1, 0.5]),
    ({"at_least": 1}, "of at least 1", [1, 1.5], [0.999, -1]),
    ({"below": 1}, "below 1", [0.999, -7], [1, 2]),
    ({"at_most": 1}, "of at most 1", [1, 0.5], [1.001, 2]),
    ({"at_least": 0, "at_most": 0.5}, "of at least 0 and of at most 0.5", [0, 0.5], [-0.001, 0.501]),
    ({"at_least": 0.12345678}, "of at least 0.12345678", [0.12345678], [0.12345677]),
    ({"above": -1, "below": 1}, "above -1 and below 1", [-0.999, 0.999], [-1, 1]),
]


@pytest.mark.parametrize(("bounds", "words", "inside", "outside"), BOUNDS)
def test_real_keeps_its_bounds_and_names_them(bounds, words, inside, outside):
    assert [real("x", value, **bounds) for value in inside] == inside
    for value in outside:
        with pytest.raises(ValueError) as told:
            real("x", value, **bounds)
        assert str(told.value) == f"x must be a number {words}, not {value!r}"
    with pytest.raises(ValueError):
        real("x", math.nan, **bounds, finite=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3), (3.0, 3), (-2, -2), (np.int64(3), 3), (np.float64(3), 3), (Fraction(6, 2), 3), (1e6, 10**6), (0, 0)],
)
def test_whole_takes_whole_numbers_of_any_kind(value, expected):
    number = whole("T_max", value)
    assert number == expected and type(number) is int
    assert whole("T_max", value, at_least=expected) == expected
    assert endless("T_max", value, at_least=expected) == expected
    for check in (whole, endless):
        with pytest.raises(ValueError, match=f"^T_max must be a whole number of at least {expected + 1}( or|,)"):
            check("T_max", value, at_least=expected + 1)


@pytest.mark.parametrize("value", [2.5, Fraction(1, 2), math.nan, -math.inf, np.float32(0.1)])
def test_whole_refuses_fractions(value):
    for check, wanted in [
        (whole, "a whole number of at least 0"),
        (endless, "a whole number of at least 0 or infinity"),
    ]:
        with pytest.raises(ValueError) as told:
            check("T_max", value, at_least=0)
        assert str(told.value) == f"T_max must be {wanted}, not {value!r}"


@pytest.mark.parametrize("value", ["3", None, True, np.True_, 3j, [3], object(), Decimal(3)])
def test_whole_refuses_what_is_no_number(value):
    for check in (whole, endless):
        with pytest.raises(TypeError, match="^T_max must be a whole number of at least 1, not "):
            check("T_max", value, at_least=1)


@pytest.mark.parametrize("value", [torch.tensor(5), torch.tensor([5]), torch.tensor(math.inf), np.array(5)])
def test_a_tensor_is_no_count(value):
    for check in (whole, endless):
        with pytest.raises(
            TypeError, match=r"^T_max must be a whole number of at least 1, not .*: take its \.item\(\)$"
        ):
            check("T_max", value, at_least=1)


def test_endless_takes_infinity():
    assert (
        endless("total_iters", math.inf, at_least=1)
        == endless("total_iters", np.float32("inf"), at_least=1)
        == math.inf
    )
    with pytest.raises(ValueError, match="^T_max must be a whole number, not inf$"):
        whole("T_max", math.inf)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([60, 30, 30], [60, 30, 30]),
        ((60.0, 30), [60, 30]),
        ({60, 30, 45}, [30, 45, 60]),
        (frozenset({9, 8}), [8, 9]),
        (range(3), [0, 1, 2]),
        (iter([5, 4]), [5, 4]),
        (np.array([3, 2]), [3, 2]),
        (np.array([3.0, 2.0]), [3, 2]),
        (torch.tensor([3, 2]), [3, 2]),
        ([np.int64(3)], [3]),
        ([], []),
    ],
)
def test_wholes_takes_any_collection(values, expected):
    numbers = wholes("milestones", values)
    assert numbers == expected and type(numbers) is list and all(type(number) is int for number in numbers)


@pytest.mark.parametrize(
    ("values", "error", "told"),
    [
        ("25", TypeError, "milestones must be a sequence of whole numbers, not '25'"),
        (b"25", TypeError, "milestones must be a sequence of whole numbers, not b'25'"),
        ({2: 5}, TypeError, "milestones must be a sequence of whole numbers, not {2: 5}"),
        (5, TypeError, "milestones must be a sequence of whole numbers, not 5"),
        (None, TypeError, "milestones must be a sequence of whole numbers, not None"),
        (torch.tensor(5), TypeError, "milestones must be a sequence of whole numbers, not tensor(5)"),
        ([3, "4"], TypeError, "milestones[1] must be a whole number of at least 0, not '4'"),
        ([3, True], TypeError, "milestones[1] must be a whole number of at least 0, not True"),
        (np.array([[3]]), TypeError, "milestones[0] must be a whole number of at least 0, not [3]"),
        ([2.5], ValueError, "milestones[0] must be a whole number of at least 0, not 2.5"),
        ([3, -1], ValueError, "milestones[1] must be a whole number of at least 0, not -1"),
    ],
)
def test_wholes_says_which_entry_is_wrong(values, error, told):
    for check in (wholes, increasing):
        with pytest.raises(error) as raised:
            check("milestones", values)
        assert str(raised.value) == told


def test_increasing_keeps_the_order_and_lets_entries_be_equal():
    assert increasing("at", [0, 3, 3, 7]) == [0, 3, 3, 7] and increasing("at", {7, 3}) == [3, 7]
    with pytest.raises(ValueError, match=r"^at must not fall from one entry to the next, not \[3, 7, 6\]$"):
        increasing("at", (3, 7, 6))
    with pytest.raises(ValueError, match=r"^at\[0\] must be a whole number of at least 1, not 0$"):
        increasing("at", [0], at_least=1)
    assert increasing("at", [0]) == wholes("at", [0]) == [0]


@pytest.mark.parametrize("values", [[(9, 1), (0, 0.5), (9, 2)], [[9, 1], (0.0, np.float64(0.5)), (np.int8(9), 2.0)]])
def test_pairs_are_put_in_order_and_equal_steps_kept_in_theirs(values):
    assert pairs("knots", values) == pairs("knots", np.array(values)) == [(0.0, 0.5), (9.0, 1.0), (9.0, 2.0)]
    assert all(type(number) is float for pair in pairs("knots", values) for number in pair)
    assert pairs("knots", [(0, 0)]) == [(0, 0)]


@pytest.mark.parametrize(
    ("values", "error", "told"),
    [
        ([], ValueError, "knots must hold at least one pair (step, value), not []"),
        ("ab", TypeError, "knots must be a list of pairs (step, value), not 'ab'"),
        (b"ab", TypeError, "knots must be a list of pairs (step, value), not b'ab'"),
        ({0: 0.1}, TypeError, "knots must be a list of pairs (step, value), not {0: 0.1}"),
        ({(0, 0.1)}, TypeError, "knots must be a list of pairs (step, value), not {(0, 0.1)}"),
        (3, TypeError, "knots must be a list of pairs (step, value), not 3"),
        ([(0, 0.1), 3], TypeError, "knots[1] must be a pair (step, value), not 3"),
        (["ab"], TypeError, "knots[0] must be a pair (step, value), not 'ab'"),
        ([(0, 0.1, 0.2)], TypeError, "knots[0] must be a pair (step, value), not (0, 0.1, 0.2)"),
        ([(0,)], TypeError, "knots[0] must be a pair (step, value), not (0,)"),
        ([(0, "x")], TypeError, "knots[0][1] must be a number of at least 0, not 'x'"),
        ([(0, 0.1), (-1, 0.1)], ValueError, "knots[1][0] must be a number of at least 0, not -1"),
        ([(0, -0.1)], ValueError, "knots[0][1] must be a number of at least 0, not -0.1"),
        ([(math.inf, 0.1)], ValueError, "knots[0][0] must be a number of at least 0, not inf"),
    ],
)
def test_pairs_say_which_one_is_wrong(values, error, told):
    with pytest.raises(error) as raised:
        pairs("knots", values)
    assert str(raised.value) == told


def test_a_choice_is_one_of_its_options():
    assert choice("mode", "max", ("min", "max")) == "max"
    for value in ("mean", "", None, 3, ["max"]):
        with pytest.raises(ValueError) as told:
            choice("mode", value, ("min", "max"))
        assert str(told.value) == f"mode must be one of 'min', 'max', not {value!r}"
    with pytest.raises(ValueError):
        choice("mode", 3, [3])


def test_a_flag_is_true_or_false():
    assert (flag("x", True), flag("x", False)) == (True, False)
    for value in (1, 0, None, "yes", np.True_):
        with pytest.raises(TypeError, match="^x must be True or False, not "):
            flag("x", value)


def test_functions_are_a_list_of_functions():
    assert function("f", abs) is abs and functions("f", (abs, max)) == [abs, max]
    with pytest.raises(TypeError, match="^f must be a function, not 3$"):
        function("f", 3)
    for value in (abs, {abs}, iter([abs]), None):
        with pytest.raises(TypeError, match="^f must be a list of functions, not "):
            functions("f", value)
    with pytest.raises(TypeError, match=r"^f\[1\] must be a function, not 3$"):
        functions("f", [abs, 3])
    with pytest.raises(ValueError, match=r"^f must hold at least one function, not \[\]$"):
        functions("f", [])
