"""Drives what a student wrote and answers in JSON: the one file of the grader that runs beside student code.

It knows inputs and nothing else: no expected value, no comparison, no reference. Standard library only (NumPy comes in
when an input is an array), so the sandbox needs this file and Python. `python3 driver.py` reads JSON lines: the cells
{"cell": number, "source": text}, then the requests. It answers each line with a line and adds {"done": count}.

Every submission pays for what is imported here: json, signal and contextlib would take more time than Python's start.
"""

import math
import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

MAX_DEPTH, MAX_ITEMS, MAX_TEXT = 20, 100_000, 10_000
SCALARS = {bool, int, float, type(None)}  # the same in Python and in JSON
SOURCES = {}  # of the cells run here, by the file name that a traceback gives them
_STDLIB = os.path.dirname(os.__file__)


def answer(request, namespace):
    """The answer to one request: {"id", "value"} or {"id", "error": {"type", "message", "traceback"}}.

    >>> request = {"id": 0, "name": "half", "drive": "curve", "args": {"lr": 0.4}, "steps": 3}
    >>> answer(request, {"half": lambda step, lr: lr / 2**step})
    {'id': 0, 'value': [0.4, 0.2, 0.1]}
    """
    try:
        if request["name"] not in namespace:
            raise NameError(f"{request['name']} is not defined")
        value = DRIVES[request["drive"]](namespace[request["name"]], request)
        return {"id": request["id"], "value": plain(value)}
    except BaseException as error:  # SystemExit and KeyboardInterrupt from student code are answers too
        return {"id": request["id"], "error": describe(error)}


def call(function, request):
    """function(**args), once."""
    return function(**decode(request.get("args", {})))


def curve(function, request):
    """function(step, **args) at every step."""
    return [function(step, **decode(request.get("args", {}))) for step in every(request["steps"])]


def schedule(function, request):
    """function(**args) makes a schedule; the schedule is asked for every step."""
    made = function(**decode(request.get("args", {})))
    if not callable(made):
        what = "nothing" if made is None else f"a {type(made).__name__}"
        raise TypeError(f"{request['name']} returned {what}, not a schedule: is the inner function returned?")
    return [made(step) for step in every(request["steps"])]


def value(thing, request):
    """The thing itself, for answers that are no function."""
    return thing


def drive_object(cls, request):
    """Makes an object, carries out each entry of "do" on it, and records after each: {name: [value, ...]}.

    With "groups" the object gets an optimizer first: anything with param_groups. An entry of "do" is
    ["method", arg, ...] or ["resume"]: a new optimizer, a new object, both loaded from what JSON kept of the old ones.
    """
    optimizer, made = _make(cls, request)
    record = {name: [_read(name, made, optimizer)] for name in request["record"]}
    for method, *arguments in request["do"]:
        if method == "resume":
            kept = to_json([plain(made.state_dict()), plain(getattr(optimizer, "param_groups", []))])
            state, groups = from_json(kept)
            optimizer, made = _make(cls, request)
            for group, saved in zip(getattr(optimizer, "param_groups", []), groups, strict=True):
                group.update(saved)
            made.load_state_dict(state)
        else:
            getattr(made, method)(*decode(arguments))
        for name in record:
            record[name].append(_read(name, made, optimizer))
    return record


DRIVES = {"call": call, "curve": curve, "schedule": schedule, "value": value, "object": drive_object}


def _make(cls, request):
    arguments = decode(request.get("args", {}))
    if "groups" not in request:
        return None, cls(**arguments)
    optimizer = SimpleNamespace(param_groups=decode(request["groups"]))
    return optimizer, cls(optimizer, **arguments)


def _read(name, made, optimizer):
    """An attribute of the object; where it has an optimizer, the entry of that name in every parameter group."""
    if optimizer is not None and any(name in group for group in optimizer.param_groups):
        return plain([group.get(name) for group in optimizer.param_groups])
    thing = getattr(made, name)
    return plain(thing() if callable(thing) else thing)


def every(steps):
    """The steps to ask for: a number n means 0 to n - 1."""
    return range(steps) if isinstance(steps, int) else steps


def decode(thing):
    """A fresh Python value for a JSON input; {"array": [...]} is a NumPy array, {"python": "lambda ..."} a function."""
    if isinstance(thing, list):
        return [entry if type(entry) in SCALARS else decode(entry) for entry in thing]
    if not isinstance(thing, dict):
        return thing
    if thing.keys() == {"array"}:
        import numpy

        return numpy.array(thing["array"], dtype=float)
    if thing.keys() == {"python"}:
        return eval(thing["python"], {"math": math})  # written by the exercise's author, never by a student
    return {key: entry if type(entry) in SCALARS else decode(entry) for key, entry in thing.items()}


def plain(thing, depth=0):
    """The value in JSON's types; NumPy numbers and arrays become numbers and lists. Raises TypeError for all else."""
    if type(thing) in SCALARS:
        return thing
    if type(thing) is str and len(thing) <= MAX_TEXT:
        return thing
    if depth > MAX_DEPTH:
        raise TypeError(f"your answer is nested more than {MAX_DEPTH} levels deep")
    kind = type(thing)
    if kind in (list, tuple, dict, range) and len(thing) > MAX_ITEMS:
        raise TypeError(f"your answer has {len(thing)} entries, more than {MAX_ITEMS}")
    if kind in (list, tuple, range):
        return [entry if type(entry) in SCALARS else plain(entry, depth + 1) for entry in thing]
    if kind is dict:
        return {str(key): plain(entry, depth + 1) for key, entry in thing.items()}
    if kind.__module__.split(".")[0] == "torch":
        raise TypeError("your answer is a torch tensor; use plain Python or NumPy, the grader has no torch")
    if hasattr(thing, "tolist"):
        return plain(thing.tolist(), depth + 1)
    if hasattr(thing, "__float__"):
        return float(thing)
    raise TypeError(f"your answer is or holds a {kind.__name__}; numbers, texts, lists and dictionaries are asked for")


def to_json(thing):
    r"""JSON's types as a line of JSON; only halves of characters, which UTF-8 lacks, are escaped without need.

    >>> print(to_json({"id": 0, "value": [0.1, -math.inf, None, True, 'a "b"\n\ud800']}))
    {"id":0,"value":[0.1,-Infinity,null,true,"a \u0022b\u0022\u000a\ud800"]}
    """
    kind = type(thing)
    if kind is float and thing - thing != 0:
        return "NaN" if thing != thing else "Infinity" if thing > 0 else "-Infinity"
    if kind in (float, int):
        return repr(thing)
    if kind in (list, tuple):
        return f"[{','.join(map(to_json, thing))}]"
    if kind is dict:
        return "{" + ",".join([f"{to_json(key)}:{to_json(entry)}" for key, entry in thing.items()]) + "}"
    if kind is str:
        if thing.isidentifier():  # most are names, and need no look at each character
            return f'"{thing}"'
        return f'"{"".join(map(_character, thing))}"'
    return {None: "null", True: "true", False: "false"}[thing]


def _character(c):
    return f"\\u{ord(c):04x}" if c < " " or c in '"\\' or "\ud800" <= c <= "\udfff" else c


def from_json(line):
    """The value of a line of JSON that the grader wrote: but for five names it is Python.

    >>> from_json('{"id": 0, "args": {"lr": 0.1, "last": null, "nesterov": true}}')
    {'id': 0, 'args': {'lr': 0.1, 'last': None, 'nesterov': True}}
    """
    return eval(line, {"null": None, "true": True, "false": False, "NaN": math.nan, "Infinity": math.inf})


def describe(error):
    """The error's type, message and the student's own lines of its traceback, as texts of bounded length."""
    import linecache  # here, since most runs have no error and every submission pays for what is imported above
    import traceback

    for filename, source in SOURCES.items():
        linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    lines = [f"line {frame.lineno}, in {frame.name}: {frame.line}" for frame in frames[-5:]]
    try:
        message = str(error)
    except BaseException:
        message = "(the error has no readable message)"
    return {"type": type(error).__name__, "message": message[:500], "traceback": "\n".join(lines)[:2000]}


def _is_theirs(filename):
    """Not this file, nor timing.py beside it, nor a function among the inputs, which has no file; no library."""
    if filename in (__file__, os.path.join(os.path.dirname(__file__), "timing.py"), "<string>"):
        return False
    return "site-packages" not in filename and not filename.startswith((_STDLIB, "<frozen"))


# Below: only for the process in the sandbox.

QUIET = ("matplotlib", "IPython", "ipywidgets")
QUIET += ("lrcourse.exercises", "lrcourse.grading", "lrcourse.plots", "lrcourse.widgets")
ABSENT = ("torch", "torchvision", "pandas", "scipy", "sklearn", "seaborn", "tqdm", "lrcourse")


class Quiet:
    """Stands for a plot, a check, a display: takes anything and does nothing."""

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__") or name == "tolist":
            raise AttributeError(name)
        return self

    def __iter__(self):
        return iter((self, self))  # fig, ax = plt.subplots()

    def __getitem__(self, key):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


class Absent:
    """Stands for what the sandbox lacks: naming it is fine, using it is an error that says so."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def __call__(self, *args, **kwargs):
        raise ModuleNotFoundError(f"{self._name} was used; the grader has plain Python and NumPy only")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self()


class StandIns:
    """Finds the modules that notebooks import and the sandbox lacks, so that a whole cell is not lost to an import."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in (*QUIET, *ABSENT):
            return ModuleSpec(name, StandIns, is_package=True)
        return None

    @staticmethod
    def create_module(spec):
        module = ModuleType(spec.name)
        quiet = spec.name.startswith(QUIET)

        def stand_in(name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Quiet() if quiet else Absent(f"{spec.name}.{name}")

        module.__getattr__ = stand_in
        return module

    @staticmethod
    def exec_module(module):
        return None


def run_cell(number, source, namespace):
    """Run one cell: {"cell": number, "error": what stopped it, or None}."""
    filename = f"<cell {number}>"
    SOURCES[filename] = source
    try:
        exec(compile(source, filename, "exec"), namespace)
    except BaseException as error:
        return {"cell": number, "error": describe(error)}
    return {"cell": number, "error": None}


def main():
    """Reads cells and requests from standard input, writes a line for each to what was standard output.

    A line with "seconds" may use that much CPU time: a busy machine costs nobody points. When it is used up the kernel
    ends this process, so nothing that student code catches or ignores changes what happens.
    """
    from _signal import ITIMER_PROF, setitimer  # signal would first make its enums

    lines, wire = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)  # a student's input() takes no request
    os.dup2(nothing, 1)  # a student's print is no answer
    sys.meta_path.append(StandIns)
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__dict__.update(get_ipython=Quiet(), display=Quiet())
    count = 0
    for line in lines:
        job = from_json(line.decode())
        if "seconds" in job:
            setitimer(ITIMER_PROF, job["seconds"])
        is_cell = "cell" in job
        said = run_cell(job["cell"], job["source"], module.__dict__) if is_cell else answer(job, module.__dict__)
        wire.write(to_json(said) + "\n")
        wire.flush()
        count += 1
    wire.write(to_json({"done": count}) + "\n")
    wire.flush()
    os._exit(0)  # nothing that the student left behind (atexit, __del__) runs after the last answer


if __name__ == "__main__":
    main()
