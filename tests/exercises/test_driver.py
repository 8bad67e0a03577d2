"""What the driver says of what a learner wrote: each kind of question, each error in words, by hand."""

import math
import warnings

import pytest

from lrcourse.exercises import driver
from lrcourse.exercises.driver import LOST, SOURCES, answer


@pytest.fixture(autouse=True)
def _fresh():
    LOST.clear()
    yield
    LOST.clear()


def asked(thing, drive="call", **request):
    return answer({"id": 5, "name": "f", "drive": drive, **request}, {"f": thing})


def fault(thing, drive="call", **request):
    said = asked(thing, drive, **request)
    assert said.keys() == {"id", "error"} and said["id"] == 5
    return said["error"]["type"], said["error"]["message"]


def schedule_of(what):
    return lambda: what


def test_the_right_things_are_answered():
    assert asked(lambda a, b: a - b, args={"a": 3, "b": 1}) == {"id": 5, "value": 2}
    assert asked(lambda step, by: step * by, "curve", args={"by": 2}, steps=4)["value"] == [0, 2, 4, 6]
    assert asked(lambda step: step, "curve", steps=[9, 3, 3])["value"] == [9, 3, 3]
    assert asked(lambda by: lambda step: step * by, "schedule", args={"by": 2}, steps=3)["value"] == [0, 2, 4]
    assert asked((1, 2), "value")["value"] == [1, 2]


@pytest.mark.parametrize(
    ("made", "words"),
    [(None, "nothing"), (0.5, "a float"), ([1], "a list")],
)
def test_a_maker_that_makes_no_schedule(made, words):
    told = f"f returned {words}, not a schedule: is the inner function returned?"
    assert fault(schedule_of(made), "schedule", steps=3) == ("TypeError", told)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize("place", ["first", "last", "middle"])
def test_a_step_s_second_answer_must_be_its_first(n, place):
    """Which steps are asked again: the first and the last, some between; a counter is found wherever it tells."""
    odd = {"first": 0, "last": n - 1, "middle": n // 2}[place]
    seen = []

    def counts(step):
        seen.append(step)
        return seen.count(step) if step == odd else 0

    kind, message = fault(counts, "curve", steps=n)
    assert kind == "Unsteady"
    assert message.startswith(f"f said 1 for step {odd} at first, and 2 when asked again after other steps. It must")


def test_what_is_no_number_is_asked_again_in_peace():
    assert all(map(math.isnan, asked(lambda step: math.nan, "curve", steps=4)["value"]))
    again = iter([1.0])  # a number, and none when asked again
    assert fault(lambda step: next(again, math.nan), "curve", steps=1)[0] == "Unsteady"
    again = iter(range(99))
    kind, message = fault(lambda step: "x" * 50 + str(next(again)), "curve", steps=1)
    assert kind == "Unsteady" and f"f said '{'x' * 39} for step 0" in message
    again = iter(range(99))
    assert "f said 0.333333 for step 0" in fault(lambda step: next(again) + 1 / 3, "curve", steps=1)[1]


def test_what_belongs_to_the_caller_stays():
    words = ("Changed", "your code changes x, which belongs to its caller. Work on a copy")
    for change in (lambda x: x.append(1), lambda x: x.sort(), lambda x: x.__setitem__(0, 7)):
        assert fault(change, args={"x": [3, 2]}) == words
    assert fault(lambda x: x.update(a=2), args={"x": {"a": 1}}) == words
    assert fault(lambda x: x.__setitem__(0, 2.5), args={"x": {"array": [1.0, 2.0]}}) == words
    assert fault(lambda x: x.append(object()), args={"x": [1]}) == words  # what JSON cannot hold is a change too
    assert fault(lambda step, x: x.append(1), "curve", args={"x": [1]}, steps=1)[0] in ("Changed", "Unsteady")
    assert fault(lambda x: lambda step: x.append(1), "schedule", args={"x": [1]}, steps=1)[0] == "Changed"
    for kept in ([3, [2]], "text", 3, True, None, {"python": "lambda x: x"}, {"array": [1.0]}):
        assert "value" in asked(lambda x: None, args={"x": kept})


class Clock:
    """Counts; with an optimizer it also lowers the LRs."""

    def __init__(self, optimizer=None, by=1):
        self.optimizer, self.by, self.count = optimizer, by, 0

    def step(self, *more):
        self.count += self.by + sum(more)
        for group in self.optimizer.param_groups if self.optimizer else ():
            group["lr"] /= 2

    def now(self):
        return self.count

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state):
        self.count = state["count"]


def test_an_object_step_by_step():
    do = [["step"], ["step", 3], ["resume"], ["step"]]
    assert asked(Clock, "object", args={"by": 2}, do=do, record=["count", "now"])["value"] == {
        "count": [0, 2, 7, 7, 9], "now": [0, 2, 7, 7, 9]
    }  # fmt: skip
    groups = [{"lr": 0.8}, {"lr": 0.4, "momentum": 0.9}]
    said = asked(Clock, "object", groups=groups, do=do, record=["lr", "count", "momentum"])["value"]
    assert said["lr"] == [[0.8, 0.4], [0.4, 0.2], [0.2, 0.1], [0.2, 0.1], [0.1, 0.05]]
    assert said["count"] == [0, 1, 5, 5, 6] and said["momentum"] == [[None, 0.9]] * 5
    assert groups == [{"lr": 0.8}, {"lr": 0.4, "momentum": 0.9}]


def kept(state):
    return type("Kept", (Clock,), {"state_dict": lambda self: state(self)})


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (lambda self: None, "state_dict() returned nothing: is there a return?"),
        (lambda self: {"a": 1, "o": self.optimizer}, "state_dict() returned the optimizer, under 'o'."),
        (lambda self: {"a": {1}}, "state_dict() returned a set, which has no order, under 'a'."),
        (lambda self: {1}, "state_dict() returned a set, which has no order."),
        (lambda self: self.optimizer, "state_dict() returned the optimizer."),
        (lambda self: {"f": len}, "state_dict() returned a function that was not called, under 'f'."),
    ],
)
def test_a_state_is_data(state, words):
    kind, message = fault(kept(state), "object", groups=[{"lr": 0.1}], do=[["resume"]], record=["lr"])
    assert kind == "TypeError" and message.startswith(words)


def test_a_state_without_an_optimizer_holds_none():
    state = {"o": {1}}
    message = fault(kept(lambda self: state), "object", do=[["resume"]], record=["count"])[1]
    assert message == "state_dict() returned a set, which has no order, under 'o'. A state is data that JSON can hold"


def test_what_a_method_was_given_stays():
    def step(self, values):
        values.append(1)

    changes = type("Changes", (Clock,), {"step": step})
    told = fault(changes, "object", do=[["step", [1, 2]]], record=["count"])
    assert told == ("Changed", "your code changes what step() was given, which belongs to its caller. Work on a copy")


def test_an_error_s_words_have_an_end():
    def fails(text):
        raise ValueError(text)

    assert fault(fails, args={"text": "x" * 501})[1] == "x" * 500

    class Odd(Exception):
        def __str__(self):
            raise RuntimeError

    def odd():
        raise Odd

    assert fault(odd) == ("Odd", "(the error has no readable message)")


def test_the_last_five_lines_of_ones_own():
    source = "def f(n):\n    return f(n - 1) if n else 1 / 0\n"
    SOURCES["<cell 9>"] = source
    names = {}
    exec(compile(source, "<cell 9>", "exec"), names)
    said = asked(names["f"], args={"n": 7})["error"]["traceback"].split("\n")
    assert said == ["line 2, in f: return f(n - 1) if n else 1 / 0"] * 5
    source = "def f(n):\n    a = 1\n    return [1 / i for i in range(n)]\n"
    SOURCES["<cell 10>"] = source
    exec(compile(source, "<cell 10>", "exec"), names)
    lines = asked(names["f"], args={"n": 7})["error"]["traceback"].split("\n")
    assert set(lines) == {"line 3, in f: return [1 / i for i in range(n)]"}  # as one frame, whatever the Python


def test_the_lines_have_an_end():
    source = f"def f():\n    return 1 / 0  # {'x' * 3000}\n"
    SOURCES["<cell 11>"] = source
    names = {}
    exec(compile(source, "<cell 11>", "exec"), names)
    assert len(asked(names["f"])["error"]["traceback"]) == 2000


@pytest.mark.parametrize(
    "error",
    [ValueError("to a negative power"), ValueError("modulo by zero"), OverflowError("too much"), OverflowError("")],
)
def test_an_error_of_ones_own_keeps_its_words(error):
    def raises():
        raise error

    assert fault(raises) == (type(error).__name__, str(error))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0.0 ** -1", "zero to a negative power"),
        ("1 / 0", "division by zero"),
        ("1.0 // 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("divmod(1.0, 0)", "division by zero"),
        ("math.exp(1e9)", "the result is larger than the largest float, about 1.8e308"),
        ("10.0 ** 400", "the result is larger than the largest float, about 1.8e308"),
        ("int(math.inf)", "cannot convert float infinity to integer"),
        ("math.sqrt(-1)", None),
    ],
)
def test_one_wording_for_what_each_python_words_as_it_likes(code, words):
    with warnings.catch_warnings(action="ignore"):
        function = eval(f"lambda: {code}", {"math": math})
    assert fault(function)[1] == words or words is None


def test_the_signature_that_is_asked_for():
    def f(step, lr, size):
        return lr

    class F:
        def __init__(self, optimizer, size):
            pass

    wanted = ". Asked for is f("
    args = {"lr": 1, "gamma": 2}
    assert fault(f, args=args)[1].endswith(f"{wanted}lr, gamma), yours is (step, lr, size)")
    assert fault(f, "curve", args=args, steps=1)[1].endswith(f"{wanted}step, lr, gamma), yours is (step, lr, size)")
    said = fault(F, "object", args=args, groups=[{"lr": 1}], do=[], record=[])[1]
    assert said.endswith(f"{wanted}optimizer, lr, gamma), yours is (optimizer, size)")
    assert fault(F, "object", args=args, do=[], record=[])[1].endswith(
        f"{wanted}lr, gamma), yours is (optimizer, size)"
    )
    assert fault(dict.fromkeys, args={"x": 1})[1].endswith(f"{wanted}x)")  # one that shows no names of its own

    def inside():
        return f(1)

    assert "Asked for" not in fault(inside)[1]  # the call within is the learner's own
    assert fault(lambda a, b: a ^ b, args={"a": 0.5, "b": 2})[1].endswith(". A power is written with **")
    assert fault(lambda a, b: a ^ b, args={"a": "x", "b": 2})[0] == "TypeError"

    def other():
        raise ValueError("an argument for ^")

    assert fault(other)[1] == "an argument for ^"


def test_the_name_that_was_meant():
    def misspelt(gamma):
        return gama  # noqa: F821

    def unknown(gamma):
        return zzz  # noqa: F821

    assert fault(misspelt, args={"gamma": 1})[1] == "name 'gama' is not defined. Do you mean gamma?"
    assert fault(unknown, args={"gamma": 1})[1] == "name 'zzz' is not defined"
    LOST["gama"] = (False, "line 3 stopped")
    assert fault(misspelt, args={"gamma": 1})[1] == "name 'gama' is not defined (line 3 stopped)"
    LOST["f"] = (False, "line 4 stopped")
    said = answer({"id": 1, "name": "f", "drive": "call"}, {})["error"]
    assert (said["type"], said["message"]) == ("NameError", "f is not defined (line 4 stopped)")
    LOST.clear()
    assert answer({"id": 1, "name": "f", "drive": "call"}, {"ff": 1})["error"]["message"] == "f is not defined"


def test_whose_a_file_is():
    ours = [driver.__file__, "<string>", math.__spec__.origin or "<frozen x>", "<frozen importlib>"]
    assert not any(map(driver._is_theirs, [ours[0], ours[1], ours[3], warnings.__file__, pytest.__file__]))
    assert all(map(driver._is_theirs, ["<cell 1>", "/home/me/mine.py", "/tmp/ipykernel_1/2.py"]))


def test_what_ends_python_is_an_answer_too():
    def leaves():
        raise SystemExit(3)

    def interrupts():
        raise KeyboardInterrupt

    assert fault(leaves) == ("SystemExit", "3") and fault(interrupts)[0] == "KeyboardInterrupt"


def test_a_test_s_note_has_an_end():
    def test(subject):
        raise ValueError("y" * 400)

    said = answer({"id": 0, "name": "t", "drive": "test", "subject": "def g(): ..."}, {"t": test})
    assert said["value"] == "fails" and len(said["note"]) == 300

    def bare(subject):
        raise AssertionError("three")

    note = answer({"id": 0, "name": "t", "drive": "test", "subject": "def g(): ..."}, {"t": bare})["note"]
    assert note.endswith('in bare: raise AssertionError("three"): AssertionError: three')

    def wordless(subject):
        raise AssertionError

    note = answer({"id": 0, "name": "t", "drive": "test", "subject": "def g(): ..."}, {"t": wordless})["note"]
    assert note.endswith("in wordless: raise AssertionError")

    def other(subject):
        raise ValueError

    note = answer({"id": 0, "name": "t", "drive": "test", "subject": "def g(): ..."}, {"t": other})["note"]
    assert note.endswith("in other: raise ValueError: ValueError")


def test_who_calls_what_is_not_written_yet_is_told_which():
    source = """
def ramp(count): raise NotImplementedError("write ramp")
def find(count): return [one for one in ramp(count)]
class Ramp:
    def step(self): raise NotImplementedError
class Find:
    def __init__(self): self.lr = Ramp().step()
class Own:
    def __init__(self): raise NotImplementedError("write Own")
def picky(count): raise NotImplementedError("only for even counts")
def asks(count): return sum(picky(one) for one in range(count))
"""
    names = {}
    exec(compile(source, "<cell 1>", "exec"), names)

    def error(name, drive, **more):
        return driver.answer({"id": 0, "name": name, "drive": drive, **more}, names)["error"]

    said = error("find", "call", args={"count": 3})
    assert (said["type"], said["message"]) == ("Unwritten", "find calls ramp, which is not written yet")
    assert said["traceback"].endswith("line 2, in ramp: ") or "in ramp" in said["traceback"]
    said = error("Find", "object", do=[], record=["lr"])
    assert (said["type"], said["message"]) == ("Unwritten", "Find calls Ramp.step, which is not written yet")
    said = error("asks", "call", args={"count": 3})
    assert (said["type"], said["message"]) == (
        "Unwritten",
        "asks calls picky, which stops with NotImplementedError: only for even counts",
    )
    assert error("ramp", "call", args={"count": 3})["type"] == "NotImplementedError"
    assert error("Own", "object", do=[], record=["lr"])["type"] == "NotImplementedError"


class KeptInTheClass:
    """Right while one process lasts: its state is empty."""

    last = 0

    def __init__(self):
        self.lr = 0

    def step(self):
        self.lr += 1

    def state_dict(self):
        KeptInTheClass.last = self.lr
        return {}

    def load_state_dict(self, state):
        self.lr = KeptInTheClass.last


def test_a_state_that_is_kept_in_the_class_is_lost():
    request = {"id": 0, "name": "K", "drive": "object", "do": [["step"], ["resume"], ["step"]], "record": ["lr"]}
    assert driver.answer(request, {"K": KeptInTheClass})["value"] == {"lr": [0, 1, 0, 1]}


def test_what_is_made_as_it_is_gone_through_is_looked_at_in_time():
    def half(x):
        return (x.pop(0) / 2 for _ in range(2))

    assert asked(lambda x: (one / 2 for one in x), "call", args={"x": [1, 3]})["value"] == [0.5, 1.5]
    assert fault(half, "call", args={"x": [1, 3]})[0] == "Changed"


def test_a_state_that_is_gone_through_once_is_kept():
    once, loaded = kept(lambda self: {"count": self.count, "more": map(float, [1, 2])}), []
    once.load_state_dict = lambda self, state: loaded.append(state)
    asked(once, "object", do=[["resume"]], record=["count"])
    assert loaded == [{"count": 0, "more": [1.0, 2.0]}]
