"""Runs a student's cells as a notebook does, then answers the grader's requests: the process in the sandbox.

`program()` is the text that runs there: wire.py, driver.py, standins.py, statements.py and this file, in this order.
It reads JSON lines, the cells {"cell": number, "source": text}, then the requests; it answers each by a line,
{"done": count} last. It says when it begins a statement (BEGUN), so that the one that ends the process is known.
The next process is told which to leave out: "lost", pairs of the statement's number, null for the whole cell, and
what ended it.
"""

import os
import sys
from _thread import _count as _thread_count
from types import ModuleType

if __name__ != "__main__":  # in the sandbox the others stand above, in the same program
    from lrcourse.exercises.driver import LOST, SOURCES, answer, describe
    from lrcourse.exercises.standins import STARRED, TRUTHS, StandIn, StandIns
    from lrcourse.exercises.statements import DEFINITIONS, fills, names_bound, names_in_text, parts_of
    from lrcourse.exercises.wire import from_json, to_json

TYPE_CHECKING = False  # typing would take time to import; mypy takes this for true
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType
    from typing import Any

    from lrcourse.exercises.driver import Request

PARSE, AWAIT, COROUTINE, FUTURES = 0x400, 0x2000, 0x80, 0x1FE0000  # flags of compile and of code; ast is dear to import
BEGUN = "\t"  # written before each statement of a cell; JSON as written here has none
MOST_INPUTS = 10_000  # for one cell or one request
OUT_OF_MEMORY = 12  # the exit status of who has too little left even to say so
ROOM = 33 * 2**20  # bytes that a statement and an answer leave to what comes next; malloc takes so many from the kernel
LOOP: "list[AbstractEventLoop]" = []  # the event loop, once somebody awaits


def program() -> str:
    """The text of the program that runs in the sandbox."""
    from pathlib import Path

    from lrcourse.exercises import driver, standins, statements, wire

    files = (wire.__file__, driver.__file__, standins.__file__, statements.__file__, __file__)
    return "\n\n".join(Path(file).read_text(encoding="utf-8") for file in files)


class Shell:
    """Runs cells statement by statement: one that fails takes no later one with it."""

    def __init__(self, namespace: "dict[str, Any]", begin: "Callable[[], object]" = int) -> None:
        self.namespace, self.begin, self.flags = namespace, begin, 0
        # names that a statement did not bind for want of another name: the statement, its file, what it left (_held)
        self.late: dict[str, tuple[Any, str, Any]] = {}
        # statements that would fill what is there, as D["x"] = later: (the name they want, the statement, file, left)
        self.fills: list[tuple[str | None, Any, str, Any]] = []

    def run_cell(
        self, number: int, source: str, lost: "Iterable[tuple[int | None, str]]" = ()
    ) -> "dict[str, str] | None":
        """Run a cell but for what is lost of it; what first stopped a statement, or None. begin(): before each."""
        filename, first = f"<cell {number + 1}>", None
        SOURCES[filename] = source
        left_out = dict(lost)
        if None in left_out:
            _lose(names_in_text(source), f"cell {number + 1}", left_out[None])
            return None
        try:
            module: Any = compile(source, filename, "exec", PARSE | AWAIT | self.flags, True)
        except BaseException as error:
            first = describe(error)
            _lose(names_in_text(source), f"cell {number + 1}", **_stopped(first))
            return first
        to_begin = 0
        for i, (statement, origin, left) in enumerate(self._statements(module.body[:], filename, left_out)):
            to_begin += 1
            while to_begin and room():  # else what ends for want of memory is the statement that took it
                self.begin()
                to_begin -= 1
            where = f"line {statement.lineno} of {origin[1:-1]}"
            if i in left_out:
                _lose(names_bound(statement), where, left_out[i])
                continue
            module.body, TRUTHS[0] = [statement], 0
            stopped = self._again(module, origin, left) if left else self._attempt(module, origin)
            find_libraries()
            if stopped is None:
                continue
            said = told(stopped)
            if origin == filename:
                first = first or said
            names = names_bound(statement)
            _lose(names, where, **_stopped(said))
            if type(stopped) is NameError and fills(statement, self.namespace):
                self.fills.append((stopped.name, statement, origin, left or self._held(statement)))
            elif type(stopped) is NameError:
                once_more = type(module)([statement], []), filename, self._held(statement)
                self.late |= dict.fromkeys(names, once_more)
        return first

    def _statements(self, body: "list[Any]", filename: str, left_out: "Any") -> "Iterator[tuple[Any, str, Any]]":
        """A cell's own, then those above that wanted a name to fill in, and have it now: (statement, file, left)."""
        yield from ((statement, filename, None) for statement in body)
        ready = [one for one in self.fills if one[0] in self.namespace]
        self.fills = [one for one in self.fills if one not in ready]
        if len(body) not in left_out:
            yield from (one[1:] for one in ready)

    def run_late(self, name: str) -> bool:
        """Run what did not bind this name once more, since cells below may have brought what it lacked; whether it ran.

        Many run their cells in another order than they stand in.
        """
        return name in self.late and self._again(*self.late.pop(name)) is None

    def _again(self, module: "Any", filename: str, left: "dict[str, Any]") -> BaseException | None:
        """Run its one statement once more: what stopped it, or None. What others bound or filled in since stays."""
        newer = []
        for name, (thing, entries) in self._held(module.body[0]).items():
            before = left.get(name, (0, entries))[1]
            newer += [(thing, key, one) for key, one in entries.items() if key not in before or one is not before[key]]
        stopped = self._attempt(module, filename)
        while type(stopped) is NameError and self.run_late(stopped.name or ""):
            stopped = self._attempt(module, filename)
        for thing, key, one in newer:
            if type(thing) is dict:
                thing[key] = one
            elif key not in ("__dict__", "__weakref__"):
                setattr(thing, key, one)
        return stopped

    def _held(self, statement: "Any") -> "dict[str, tuple[Any, dict[Any, Any]]]":
        """The names that it binds, and the dictionaries and classes that it names, each with what it holds now."""
        own = {name: self.namespace[name] for name in names_bound(statement) if name in self.namespace}
        names = [part.id for part in parts_of(statement) if type(part).__name__ == "Name"]
        things = {name: self.namespace.get(name) for name in names}
        held = {name: (one, {**one}) for name, one in things.items() if type(one) is dict}
        held |= {name: (one, {**vars(one)}) for name, one in things.items() if isinstance(one, type)}
        return {"": (self.namespace, own), **held}

    def _attempt(self, module: "Any", filename: str) -> BaseException | None:
        """Run its one statement; the error that stopped it, or None. What is no fault of its own is put right first."""
        for tries in range(5):
            try:
                self._run(module, filename)
                break
            except BaseException as error:
                if not self._mended(error, module.body[0]) or tries == 4:
                    return error
        return None

    def _run(self, module: "Any", filename: str) -> None:
        code = compile(module, filename, "exec", AWAIT | self.flags, True)
        self.flags |= code.co_flags & FUTURES  # from __future__ holds for the cells below too, as in IPython
        if code.co_flags & COROUTINE:
            _finish(eval(code, self.namespace))
            return
        try:
            exec(code, self.namespace)
        except RuntimeError as error:
            if "no running event loop" not in str(error):
                raise
            _finish(_inside(code, self.namespace))

    def _mended(self, error: BaseException, statement: "Any") -> bool:
        if no_descriptors(error):
            return True
        name = error.name if type(error) is NameError and type(statement).__name__ in DEFINITIONS else None
        library = name if LOST.get(name, (False,))[0] else STARRED[-1] if STARRED and name not in LOST else None
        if not name or not library:
            return False
        self.namespace[name] = StandIn(f"{library}.{name}")  # an annotation, a decorator, a base class
        return True


async def _inside(code: "CodeType", namespace: "dict[str, Any]") -> None:
    exec(code, namespace)


def _finish(coroutine: "Any") -> None:
    """Run the coroutine to its end on the notebook's one event loop."""
    import asyncio

    if not LOOP:
        LOOP.append(asyncio.new_event_loop())
        asyncio.set_event_loop(LOOP[0])
    LOOP[0].run_until_complete(coroutine)


def no_descriptors(error: BaseException) -> bool:
    """Whether an earlier cell left so many files open that this failed; they are closed then."""
    if "Too many open files" not in str(error):
        return False
    os.closerange(WIRES[-1] + 1, 2**16)
    return True


def room() -> bool:
    """Whether what ran until now left the memory that what comes next may want.

    Beside other threads nobody can say whose fault it is, and they may end for want of memory and give it back.
    """
    try:
        return _thread_count() > 0 or bool(bytes(ROOM))  # never touched
    except MemoryError:
        return False


WIRES = [2]  # the last of our own descriptors
LIBRARIES = list(sys.path)  # where Python's own modules and NumPy lie
FINDERS = list(sys.meta_path)  # what finds them


def find_libraries() -> None:
    """Put back what a cell took from sys.path and sys.meta_path: what follows imports too, and so do we."""
    places = sys.path if type(sys.path) is list else []
    missing = [place for place in LIBRARIES if place not in places]
    if missing:
        sys.path = [*places, *missing]
    finders = sys.meta_path if type(sys.meta_path) is list else []
    if not all(any(one is finder for one in finders) for finder in FINDERS):
        sys.meta_path = FINDERS[:]


def _lose(names: "Iterable[str]", where: str, why: str, missing: bool = False) -> None:
    for name in names:
        LOST[name] = missing, f"{where}, which defines it, {why}"


def _stopped(error: dict[str, str]) -> "dict[str, Any]":
    missing = error["type"] in ("ImportError", "ModuleNotFoundError")
    return {"why": f"stopped with {error['type']}: {error['message']}", "missing": missing}


def respond(job: "Request", shell: Shell) -> str:
    """The line that answers a line: a cell is run, a request answered."""
    ASKED[0] = 0
    try:
        find_libraries()
        if "cell" in job:
            error = shell.run_cell(job["cell"], job["source"], job.get("lost", ()))
            return to_json({"cell": job["cell"], "error": error})
        said = answer(job, shell.namespace)
        while shell.run_late(_not_defined(said)):
            said = answer(job, shell.namespace)
        if "Too many open files" in said.get("error", {}).get("message", ""):
            os.closerange(WIRES[-1] + 1, 2**16)
            said = answer(job, shell.namespace)
        return to_json(said)
    except MemoryError:
        raise
    except BaseException as error:
        return to_json({key: job[key] for key in ("cell", "id") if key in job} | {"error": told(error)})


def told(error: BaseException) -> dict[str, str]:
    """The error described, whatever it, its class, or what was done to Python's modules makes of the attempt."""
    for _ in range(2):
        try:
            return describe(error)
        except MemoryError:
            raise
        except BaseException as other:
            if not no_descriptors(other):  # to describe an error takes a module from its file
                break
    return {"type": "Exception", "message": "(the error has no readable message)", "traceback": ""}


def _not_defined(said: "Request") -> str:
    """The name for want of which a request was not answered, or ""."""
    error = said.get("error", {"type": ""})
    if error["type"] != "NameError":
        return ""
    name: str = error["message"].partition(" is not defined")[0]
    return name.removeprefix("name ").strip("'")


PYLAB = "import numpy, matplotlib, pylab; np, plt = numpy, pylab; from pylab import *"


class Notebook(StandIn):
    """get_ipython: its magics do nothing, but for those that bring names: %run, %pylab, and %%writefile by its file."""

    def run_line_magic(self, magic: str, line: str = "", *more: object) -> "Any":
        names = vars(sys.modules["__main__"])
        if magic == "pylab":
            exec(compile(PYLAB, "<pylab>", "exec"), names)
        files = [word.strip("\"'") for word in line.split() if word[:1] != "-"]
        path = (files or [""])[0].removesuffix(".py") + ".py"
        if magic == "run" and os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                SOURCES[path] = file.read()
            exec(compile(SOURCES[path], path, "exec"), names)
        return StandIn(f"IPython.{magic}")

    def run_cell_magic(self, magic: str, line: str, body: str) -> None:
        words = line.split()
        if magic in ("writefile", "file") and words:
            with open(words[-1].strip("\"'"), "a" if "-a" in words else "w", encoding="utf-8") as file:
                file.write(body)
            sys.path_importer_cache.clear()  # or a look at the folder of a moment ago would count


ASKED = [0]


def empty_line(prompt: object = "") -> str:
    """What stands for input(): nobody is there to type, so it gives empty lines, and after many of them no more."""
    ASKED[0] += 1
    if ASKED[0] > MOST_INPUTS:
        raise EOFError("nobody types an answer when your work is graded")
    return ""


def main() -> None:
    """Reads cells and requests from standard input, writes a line for each to what was standard output.

    With "seconds", each statement and each request may use that much CPU time: a busy machine costs nobody points. Then
    the kernel ends this process; code that ignores the signal is ended by the grader, which looks from outside.
    """
    import builtins
    from _signal import ITIMER_PROF, setitimer  # signal would first make its enums

    lines, wire = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)  # a student's code reads no request
    os.dup2(nothing, 1)  # a student's print is no answer
    WIRES.append(nothing)
    sys.meta_path.append(StandIns)
    FINDERS.append(StandIns)
    vars(builtins).update(input=empty_line, help=lambda *args: None)  # no site here, which defines help
    sys.breakpointhook = lambda *args, **kwargs: None
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__dict__.update(get_ipython=Notebook("IPython.get_ipython"), display=StandIn("IPython.display"))
    sys.path.append("")  # a file beside the notebook may be imported; last, or it could be taken for one of Python's

    def begin() -> None:
        wire.write(BEGUN)
        wire.flush()
        if "seconds" in job:
            setitimer(ITIMER_PROF, job["seconds"])

    job: Request = {}
    shell, count = Shell(module.__dict__, begin), 0
    for line in lines:
        job = from_json(line.decode())
        if "seconds" in job:
            setitimer(ITIMER_PROF, job["seconds"])
        try:
            said = respond(job, shell)
            if not room():
                raise MemoryError
            wire.write(said + "\n")
            wire.flush()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        count += 1
    wire.write(to_json({"done": count}) + "\n")
    wire.flush()
    os._exit(0)  # nothing that the student left behind (atexit, __del__) runs after the last answer


if __name__ == "__main__":
    main()
