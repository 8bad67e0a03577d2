"""Values on the wire between a student's code and whoever asks: JSON's types, and JSON as text.

The sandbox's program begins with this file. Standard library only (NumPy comes in when an input is an array and NumPy
is there). Every submission pays for what is imported here: json would take more time than Python's start.
"""

import math
from _json import encode_basestring_ascii, make_encoder, make_scanner  # what json stands on
from types import SimpleNamespace

TYPE_CHECKING = False  # typing would take time to import; mypy takes this for true
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH, MAX_ITEMS, MAX_TEXT = 20, 100_000, 10_000
SCALARS = {bool, int, float, type(None)}  # the same in Python and in JSON
MOST_DIGITS = 10**600  # a float ends at 10**308, Python's own limit for writing a number can be set to 640 digits


def decode(thing: "Any") -> "Any":
    """A fresh Python value for a JSON input.

    {"array": [...]} is a NumPy array, a list where there is no NumPy; {"python": "lambda ..."} is a function.
    """
    if isinstance(thing, list):
        return [entry if type(entry) in SCALARS else decode(entry) for entry in thing]
    if not isinstance(thing, dict):
        return thing
    if thing.keys() == {"array"}:
        try:
            import numpy
        except ImportError:
            return decode(thing["array"])
        return numpy.array(thing["array"], dtype=float)
    if thing.keys() == {"python"}:
        return eval(thing["python"], {"math": math})  # written by the exercise's author, never by a student
    return {key: entry if type(entry) in SCALARS else decode(entry) for key, entry in thing.items()}


def plain(thing: "Any", depth: int = 0) -> "Any":
    """The value in JSON's types: sequences as lists, mappings as dictionaries, numbers of every kind as numbers.

    Raises TypeError for all else, ModuleNotFoundError for what stands in for a missing library's.
    """
    kind = type(thing)
    if kind in SCALARS:
        return thing
    if kind is str and len(thing) <= MAX_TEXT:
        return thing
    if depth > MAX_DEPTH:
        raise TypeError(f"your answer is nested more than {MAX_DEPTH} levels deep")
    here(thing)
    if kind.__module__.split(".")[0] == "torch":
        raise TypeError("your answer is a torch tensor; use plain Python or NumPy, the grader has no torch")
    if isinstance(thing, str):
        return plain(str.__str__(thing), depth + 1)
    a_class = isinstance(thing, type)  # float has what a number has, and is none
    if not a_class and hasattr(
        thing, "tolist"
    ):  # NumPy's; what it has no Python number for, such as a longdouble, stays what it is
        entries = thing.tolist()
        return float(entries) if type(entries) is kind else plain(entries, depth + 1)
    if hasattr(thing, "__float__") and not a_class:
        return float(thing)
    listed = hasattr(thing, "__getitem__") and hasattr(thing, "__len__") and not (a_class or isinstance(thing, bytes))
    if listed and len(thing) > MAX_ITEMS:
        raise TypeError(f"your answer has {len(thing)} entries, more than {MAX_ITEMS}")
    if listed and hasattr(thing, "keys"):
        return {str(key): plain(thing[key], depth + 1) for key in _entries(thing.keys())}
    if not (a_class or listed) and hasattr(thing, "__iter__") and not _no_list(thing):
        thing, listed = _entries(thing), True  # dict.values(), map, (x for x in y): what is gone through in an order
    if listed:
        return [entry if type(entry) in SCALARS else plain(entry, depth + 1) for entry in thing]
    raise TypeError(f"your answer is or holds {in_words(thing)}; numbers, texts, lists and dictionaries are asked for")


def _no_list(thing: "Any") -> bool:
    """Whether it has no order, or is what a function with `yield` gives, which returned nothing yet."""
    yields = hasattr(thing, "gi_code") and thing.gi_code.co_name != "<genexpr>"
    return yields or isinstance(thing, set | frozenset | bytes)


def _entries(thing: "Any") -> "list[Any]":
    found = []
    for entry in thing:
        found.append(entry)
        if len(found) > MAX_ITEMS:
            raise TypeError(f"your answer has more than {MAX_ITEMS} entries")
    return found


def in_words(thing: object) -> str:
    """In a beginner's words what a thing is that is no data."""
    kind = type(thing).__name__
    if isinstance(thing, list | tuple) and thing:
        return f"a {kind} that holds {in_words(thing[0])}"
    if isinstance(thing, set | frozenset):
        return "a set, which has no order"
    if isinstance(thing, type):
        return f"the class {thing.__name__} itself"
    if kind == "generator":
        return "a generator, not a list (put list(...) around it)"
    if kind in ("function", "method", "builtin_function_or_method"):
        return "a function that was not called"
    return f"a {kind}"


def to_json(thing: "Any") -> str:
    r"""JSON's types as a line of JSON, in ASCII.

    >>> print(to_json({"id": 0, "value": [0.1, -math.inf, None, True, 'a "b"\n\ud800', 10**5000]})[:74])
    {"id":0,"value":[0.1,-Infinity,null,true,"a \"b\"\n\ud800",100000000000000
    """
    try:
        return "".join(_WRITE(thing, 0))
    except ValueError:  # a whole number of so many digits that Python does not write them
        return "".join(_WRITE(_written_down(thing), 0))


def _written_down(thing: "Any") -> "Any":
    """The value with whole numbers that no float can hold cut down: wrong as well, and they can be written."""
    if type(thing) in (list, tuple):
        return list(map(_written_down, thing))
    if type(thing) is dict:
        return {key: _written_down(entry) for key, entry in thing.items()}
    return max(-MOST_DIGITS, min(MOST_DIGITS, thing)) if type(thing) is int else thing


def from_json(line: str) -> "Any":
    """The value of a line of JSON that the grader wrote, as json.loads would read it.

    >>> from_json('{"id": 0, "args": {"lr": 0.1, "last": null, "nesterov": true}}')
    {'id': 0, 'args': {'lr': 0.1, 'last': None, 'nesterov': True}}
    """
    return _SCAN(line, 0)[0]


_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_HOW: "Any" = SimpleNamespace(parse_constant=_NUMBERS.__getitem__, parse_float=float, parse_int=int, memo={})
_HOW.strict, _HOW.object_hook, _HOW.object_pairs_hook = True, None, None
_SCAN = make_scanner(_HOW)
_WRITE: "Any" = make_encoder(None, plain, encode_basestring_ascii, None, ":", ",", False, False, True)


def here(thing: "Any") -> "Any":
    """The thing, unless it stands in for what a missing library has: that is no answer."""
    if hasattr(type(thing), "_no_number"):
        raise ModuleNotFoundError(thing.missing())
    return thing
