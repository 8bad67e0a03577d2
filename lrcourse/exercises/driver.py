"""Drives what a student wrote and answers in JSON; in the sandbox wire.py stands above it, and two files follow.

It knows inputs and nothing else: no expected value, no comparison, no reference. Standard library only, so a sandbox
needs these five files (wire, driver, standins, statements, kernel: one program) and Python.

Every submission pays for what is imported here: signal and contextlib would take more time than Python's start.
"""

import os
from types import SimpleNamespace

if __name__ != "__main__":
    from lrcourse.exercises.wire import SCALARS, decode, from_json, here, in_words, plain, to_json

TYPE_CHECKING = False  # typing would take time to import; mypy takes this for true
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Request = dict[str, Any]
    Answer = dict[str, Any]

SOURCES: dict[str, str] = {}  # of the cells run here, by the file name that a traceback gives them
LOST: "dict[Any, tuple[bool, str]]" = {}  # names that a cell would define: (an import failed, which line stopped, why)
USED: dict[str, str] = {}  # the missing libraries that stood in during this request: {library: name}
DECORATED: dict[str, str] = {}  # what a missing library's decorator left as it was: {name: the sentence that says so}
NOTED: list[str] = []  # why the student's test failed what it was given in this request
_STDLIB = os.path.dirname(os.__file__)
OURS = {__file__, "<string>"} | {os.path.join(os.path.dirname(__file__), name) for name in ("timing.py", "wire.py")}


def answer(request: "Request", namespace: "dict[str, Any]") -> "Answer":
    """The answer to one request: {"id", "value"} or {"id", "error": {"type", "message", "traceback"}}.

    >>> request = {"id": 0, "name": "half", "drive": "curve", "args": {"lr": 0.4}, "steps": 3}
    >>> answer(request, {"half": lambda step, lr: lr / 2**step})
    {'id': 0, 'value': [0.4, 0.2, 0.1]}
    """
    USED.clear()
    NOTED.clear()
    try:
        if request["name"] not in namespace:
            raise NameError(f"{request['name']} is not defined", name=request["name"])
        thing = here(namespace[request["name"]])
        said = {"id": request["id"], "value": plain(DRIVES[request["drive"]](thing, request))}
    except BaseException as error:  # SystemExit and KeyboardInterrupt from student code are answers too
        error = _unwritten(error, request["name"], namespace.get(request["name"]))
        said = {"id": request["id"], "error": describe(error, namespace.get(request["name"]), request)}
    said |= {"note": NOTED[0]} if NOTED else {}
    return said | {"used": ", ".join(USED)} if USED else said


class Changed(Exception):
    """The code changed what belongs to its caller."""


class Unsteady(Exception):
    """A function of the step said two things about one step."""


class Unwritten(Exception):
    """The code calls what is not written yet: that is to be written first, and this may be right."""


def call(function: "Callable[..., Any]", request: "Request") -> "Any":
    """function(**args), once."""
    arguments = decode(request.get("args", {}))
    made = plain(function(**arguments))  # before the look at the arguments: a generator works when it is gone through
    _same_as_before(arguments, request)
    return made


def curve(function: "Callable[..., Any]", request: "Request") -> "Any":
    """function(step, **args) at every step."""
    arguments = decode(request.get("args", {}))
    made = _asked(lambda step: function(step, **arguments), request)
    _same_as_before(arguments, request)
    return made


def schedule(function: "Callable[..., Any]", request: "Request") -> "Any":
    """function(**args) makes a schedule; the schedule is asked for every step."""
    arguments = decode(request.get("args", {}))
    made = here(function(**arguments))
    if not callable(made):
        what = "nothing" if made is None else f"a {type(made).__name__}"
        raise TypeError(f"{request['name']} returned {what}, not a schedule: is the inner function returned?")
    answers = _asked(made, request)
    _same_as_before(arguments, request)
    return answers


def _asked(function: "Callable[[int], Any]", request: "Request") -> "list[Any]":
    """The function's answers at every step; a few steps are asked again, out of order, and must come out the same.

    A function that counts its calls, or remembers the step before, is no function of the step. What it says is looked
    at once it says it: so no answer can be made up later, and none compares as it likes.
    """
    steps = every(request["steps"])
    early = _before_all_others(function, steps) if "seconds" in request else []  # only tried out: steps in their order
    answers = [plain(function(step)) for step in steps]
    n = len(answers)
    for i, said in early:
        _steady(request, steps[i], said, answers[i])
    for i in (n - 1, n // 2, n // 2, 0, n // 3, n - 1):
        _steady(request, steps[i], answers[i], plain(function(steps[i])))
    return answers


def _before_all_others(function: "Callable[[int], Any]", steps: "Sequence[int]") -> "list[tuple[int, Any]]":
    """[(a step's place, the answer, a text where it stopped)]; empty where it went too deep.

    Or a function that counts its calls and keeps what it said would pass. Not too far in, since some call themselves
    for the step before.
    """
    i = min(len(steps) // 2, 100)
    try:
        return [(i, plain(function(steps[i])))]
    except RecursionError:
        return []
    except Exception as error:  # where it stops in order too, that is told
        return [(i, type(error).__name__)]


def _steady(request: "Request", step: int, first: object, again: object) -> None:
    if first != again and repr(first) != repr(again):  # NaN twice is the same
        raise Unsteady(
            f"{request['name']} said {_few(first)} for step {step} at first, and {_few(again)} when asked again after "
            "other steps. It must depend on nothing but its arguments"
        )


def _few(answer: object) -> str:
    return f"{answer:.6g}" if isinstance(answer, float) else repr(answer)[:40]


def _same_as_before(arguments: "dict[str, Any]", request: "Request") -> None:
    """Raises Changed where the code changed a list or an array that it was given: it belongs to the caller."""
    for name, given in request.get("args", {}).items():
        _same_argument(name, arguments[name], given)


def _same_argument(name: str, now: object, given: "Any") -> None:
    if type(given) in SCALARS or type(given) is str or "python" in repr(given):
        return
    try:
        same = plain(now) == plain(decode(given))
    except Exception:
        same = False
    if not same:
        raise Changed(f"your code changes {name}, which belongs to its caller. Work on a copy")


def value(thing: "Any", request: "Request") -> "Any":
    """The thing itself, for answers that are no function."""
    return thing


def drive_object(cls: "Callable[..., Any]", request: "Request") -> "Any":
    """Makes an object, carries out each entry of "do" on it, and records after each: {name: [value, ...]}.

    With "groups" the object gets an optimizer first: anything with param_groups. An entry of "do" is
    ["method", arg, ...] or ["resume"]: a new optimizer, a new object, both loaded from what JSON kept of the old ones.
    """
    optimizer, made, settings = _make(cls, request)
    record = {name: [_read(name, made, optimizer)] for name in request["record"]}
    for method, *arguments in request["do"]:
        if method == "resume":
            kept = to_json([_kept(made.state_dict(), optimizer), plain(getattr(optimizer, "param_groups", []))])
            state, groups = from_json(kept)
            _make(cls, request)[1].state_dict()  # another's: what is kept in the class, and not in the state, is lost
            optimizer, made, settings = _make(cls, request)
            for group, saved in zip(getattr(optimizer, "param_groups", []), groups, strict=True):
                group.update(saved)
            made.load_state_dict(state)
        else:
            values = decode(arguments)
            getattr(made, method)(*values)
            for value, given in zip(values, arguments, strict=True):
                _same_argument(f"what {method}() was given", value, given)
        for name in record:
            record[name].append(_read(name, made, optimizer))
    _same_as_before(settings, request)
    return record


def _kept(state: "Any", optimizer: object) -> "Any":
    """A state in JSON's types. Raises TypeError that says what in it is no data."""
    if state is None:
        raise TypeError("state_dict() returned nothing: is there a return?")
    kept = {}
    parts = state.items() if isinstance(state, dict) else [("", state)]
    for key, part in parts:
        try:
            kept[str(key)] = plain(part)
        except TypeError:
            where = f", under {key!r}" if isinstance(state, dict) else ""
            what = "the optimizer" if part is optimizer and optimizer is not None else in_words(part)
            raise TypeError(f"state_dict() returned {what}{where}. A state is data that JSON can hold") from None
    return kept if isinstance(state, dict) else kept[""]


def put_to_test(test: "Callable[..., Any]", request: "Request") -> "Any":
    """What a student's test says of the function or class that the text "subject" defines: "passes" or "fails".

    As in a test runner, whatever is raised fails it. The test runs twice, each time on a subject made anew: one that
    counts its runs contradicts itself. It sees neither the text nor a word about what is wrong with the subject.
    """
    said = [_verdict(test, request) for _ in range(2)]
    if said[0] != said[1]:
        raise Unsteady(f"{request['name']} says one thing the first time and another the second, of the same version")
    return said[0]


def _verdict(test: "Callable[..., Any]", request: "Request") -> str:
    names: dict[str, Any] = {}
    exec(compile(request["subject"], "<string>", "exec"), names)
    *_, subject = names.values()  # what the text defines last
    try:
        made = test(subject)
    except (NotImplementedError, ImportError, NameError):
        raise  # no subject raises these: the test itself is at fault
    except Exception as error:
        said = describe(error)
        line = said["traceback"].split("\n")[-1].removesuffix(": ")
        why = [said["type"], said["message"]] if said["message"] or type(error) is not AssertionError else []
        NOTED.append(": ".join(filter(None, [line, *why]))[:300] or "assert")
        return "fails"
    if made is not None and made is not True:
        raise TypeError(
            f"{request['name']} returned {_few(made)}. A test returns nothing: it says assert what must hold"
        )
    return "passes"


DRIVES = {
    "call": call,
    "curve": curve,
    "schedule": schedule,
    "value": value,
    "object": drive_object,
    "test": put_to_test,
}


def _make(cls: "Callable[..., Any]", request: "Request") -> "tuple[Any, Any, dict[str, Any]]":
    arguments = decode(request.get("args", {}))
    if "groups" not in request:
        return None, here(cls(**arguments)), arguments
    optimizer = SimpleNamespace(param_groups=decode(request["groups"]))
    return optimizer, here(cls(optimizer, **arguments)), arguments


def _read(name: str, made: "Any", optimizer: "Any") -> "Any":
    """An attribute of the object; where it has an optimizer, the entry of that name in every parameter group."""
    if optimizer is not None and any(name in group for group in optimizer.param_groups):
        return plain([group.get(name) for group in optimizer.param_groups])
    thing = getattr(made, name)
    return plain(thing() if callable(thing) else thing)


def _unwritten(error: BaseException, name: str, thing: object) -> BaseException:
    """The error, or an Unwritten in its place: where not this thing is unwritten but one that it calls."""
    code = None
    trace = error.__traceback__ if type(error) is NotImplementedError else None
    while trace:
        code = trace.tb_frame.f_code if _is_theirs(trace.tb_frame.f_code.co_filename) else code
        trace = trace.tb_next
    own = (name, str(getattr(thing, "__qualname__", name)), "<lambda>", "<module>")
    if code is None or any(f"{code.co_qualname}.".startswith(f"{one}.") for one in own):
        return error
    called = code.co_qualname.replace(".<locals>", "").replace(".<genexpr>", "")
    message = message_of(error)
    own_words = bool(message) and not message.startswith("write ")  # it may be written, and refuse something
    what = f"stops with NotImplementedError: {message}" if own_words else "is not written yet"
    return Unwritten(f"{name} calls {called}, which {what}").with_traceback(error.__traceback__)


def every(steps: int | list[int]) -> "Sequence[int]":
    """The steps to ask for: a number n means 0 to n - 1."""
    return range(steps) if isinstance(steps, int) else steps


def describe(error: BaseException, thing: object = None, request: "Request | None" = None) -> dict[str, str]:
    """The error's type, message and the student's own lines of its traceback, as texts of bounded length.

    thing, request: what was asked; then the message says more of what a beginner may not see.
    """
    import linecache  # here, since most runs have no error and every submission pays for what is imported above

    for filename, source in SOURCES.items():
        linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    lines = [f"line {number}, in {name}: {line}" for name, number, line in frames(error, _is_theirs)]
    try:
        message = message_of(error)
    except BaseException:
        message = "(the error has no readable message)"
    message += _true_cause(error) + (_in_other_words(error, message, thing, request, bool(lines)) if request else "")
    return {"type": type(error).__name__, "message": message[:500], "traceback": "\n".join(lines)[:2000]}


def frames(error: BaseException, wanted: "Callable[[str], bool]") -> "list[tuple[str, Any, Any]]":
    """(function's name, line's number, line) of the traceback's last five frames in the files wanted.

    A comprehension is a part of the function around it, as Python has it since 3.12.
    """
    import traceback

    found: list[tuple[str, Any, Any]] = []
    for frame in traceback.extract_tb(error.__traceback__):
        if wanted(frame.filename):
            inlined = frame.name in ("<listcomp>", "<setcomp>", "<dictcomp>") and found
            found.append((found.pop()[0] if inlined else frame.name, frame.lineno, frame.line))
    return found[-5:]


def message_of(error: BaseException) -> str:
    """The error's own message; one wording for what each version of Python, or each C library, words as it likes."""
    text = str(error)
    if type(error) is ZeroDivisionError and text.endswith("to a negative power"):
        return "zero to a negative power"
    if type(error) is ZeroDivisionError and (text.endswith(" by zero") or text == "float divmod()"):
        return "division by zero"
    if type(error) is OverflowError and (error.args == ("math range error",) or type((*error.args, "")[0]) is int):
        return "the result is larger than the largest float, about 1.8e308"
    return text


def _true_cause(error: "Any") -> str:
    """What an error's own message does not say: that a cell above stopped, that a library is not there."""
    name = getattr(error, "name", None)
    if type(error) is NameError and type(name) is str:
        return f" ({LOST[name][1]})" if name in LOST else ""
    if type(error) in (AttributeError, TypeError):  # Config() takes no arguments; 'Config' object has no attribute
        for decorated, sentence in DECORATED.items():
            if str(error).startswith((f"{decorated}(", f"{decorated}.__init__(", f"'{decorated}' object")):
                return f" ({sentence})"
    if type(error) is AttributeError and hasattr(getattr(type(error.obj), "__self_class__", 0), "__get__"):
        bound: Any = error.obj
        mro = bound.__self_class__.__mro__
        bases = [vars(cls)["_library"] for cls in mro if "_library" in vars(cls)]
        return f" ({bases[0].missing()})" if bases else ""
    return ""


def _in_other_words(error: "Any", message: str, thing: "Any", request: "Request", inside: bool) -> str:
    """What Python's message leaves out: which signature is asked for, which name is near, how a power is written."""
    if type(error) is TypeError and not inside and "argument" in message:
        code = getattr(getattr(thing, "__init__", thing) if isinstance(thing, type) else thing, "__code__", None)
        first = {"curve": ["step"], "object": ["optimizer"] if "groups" in request else []}.get(request["drive"], [])
        wanted = ", ".join([*first, *request.get("args", {})])
        yours = [name for name in code.co_varnames[: code.co_argcount] if name != "self"] if code else None
        return f". Asked for is {request['name']}({wanted})" + (f", yours is ({', '.join(yours)})" if yours else "")
    if type(error) is TypeError and "for ^" in message:
        return ". A power is written with **"
    if type(error) is NameError and type(error.name) is str and error.name not in LOST and hasattr(thing, "__code__"):
        from difflib import get_close_matches

        near = get_close_matches(error.name, [*thing.__code__.co_varnames, *thing.__globals__], 1, 0.7)
        return f". Do you mean {near[0]}?" if near and error.name != request["name"] else ""
    return ""


def _is_theirs(filename: str) -> bool:
    """Not this file, nor those beside it, nor a function among the inputs, which has no file; no library."""
    if filename in OURS:
        return False
    return "site-packages" not in filename and not filename.startswith((_STDLIB, "<frozen"))
