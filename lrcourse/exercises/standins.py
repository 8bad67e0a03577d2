"""Stand-ins for the libraries that notebooks import and the sandbox lacks: they take anything and are no answer.

A plot, a seed, an annotation, a progress bar above the answer costs nothing; an answer that rests on one is told so.
Only the process in the sandbox uses this; kernel.py says how it gets there.
"""

import sys
from _frozen_importlib import ModuleSpec  # importlib.machinery's; importlib takes 1 ms to import
from types import FunctionType, ModuleType, SimpleNamespace, UnionType

if __name__ != "__main__":  # in the sandbox driver.py stands above, in the same program
    from lrcourse.exercises.driver import DECORATED, SOURCES, USED, _is_theirs

TYPE_CHECKING = False  # typing would take time to import; mypy takes this for true
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import FrameType
    from typing import Any, Literal, NoReturn

VERSION = "99.0.0"  # of every library that is not there: whoever asks wants "at least"
# Calls that give back what they are given: made faster, remembered, its arguments looked at, or with a bar.
FASTER = ("jit", "njit", "pjit", "compile", "script", "function", "cache", "beartype", "typechecked", "validate_call")
IDENTITY = (*FASTER, "tqdm", "stqdm", "track", "alive_it", "progress_bar", "progressbar")
MOST_TRUTHS = 100_000  # in one statement or request: `while not done` with a stand-in comes to an end
ERRORS: dict[str, type] = {}  # that missing libraries would raise, by name: the one raised is the one caught
STARRED: list[str] = []  # missing modules of which somebody wanted every name
TRUTHS = [0]
MADE_OF_FUNCTIONS = (FunctionType, staticmethod, classmethod, property)
_MISSING = {"ImportError", "ModuleNotFoundError", "PackageNotFoundError"}
_GUARDS = _MISSING | {"Exception", "BaseException", ""}  # "": what catches everything
_NOT_IN_PYLAB = {"abs", "bool", "bytes", "max", "min", "pow", "round"}  # of NumPy's names; Python's own stay


class StandIn:
    """Stands for a thing of a missing library. It may be used in every way; what comes of that is a stand-in again.

    Python insists on a few other things: a truth value is False, a length 1, text is text; a number is an error.
    """

    _name, _types, _items = "a library.thing", (), None

    def __init__(self, name: str, types: tuple[type | UnionType, ...] = (), items: "Any" = None) -> None:
        self.__dict__.update(_name=name, _types=types, _items=items)

    def missing(self) -> str:
        """The sentence for whoever answers with it."""
        library = self._name.split(".")[0]
        return (
            f"{library} is not there when your work is graded, and your answer rests on {self._name[:80]}. "
            "Use plain Python or NumPy"
        )

    def _use(self, *args: object, **kwargs: object) -> "Any":
        USED[self._name.split(".")[0]] = self._name
        return self

    def __getattr__(self, name: str) -> "Any":
        if name.startswith("__"):
            return _of_a_module(self._name, name)
        if name.endswith(("Error", "Exception", "Warning")):
            return ERRORS.setdefault(f"{self._name}.{name}", _error(name))
        return StandIn(f"{self._name}.{name}" if len(self._name) < 80 else self._name)

    def __call__(self, *args: "Any", **kwargs: object) -> "Any":
        tail = self._name.rpartition(".")[2]
        if len(args) == 1 and self._gives_back(args[0], tail):
            return args[0]
        if tail == "trange" and args and all(type(arg) is int for arg in args):
            return StandIn(self._name, items=range(*args))
        if tail in IDENTITY and args and hasattr(args[0], "__iter__"):
            return StandIn(self._name, items=args[0])
        return self._use()

    def _gives_back(self, thing: "Any", tail: str) -> bool:
        """Whether the call is one of IDENTITY on what can be called, or a decorator's on this thing."""
        if tail in IDENTITY and callable(thing):
            return True
        caller = sys._getframe(2)
        own = isinstance(thing, type) and thing.__module__ == caller.f_globals.get("__name__")  # no @takes(float)
        if not (own or isinstance(thing, MADE_OF_FUNCTIONS) or hasattr(thing, "__wrapped__")):
            return False
        lines = _source(caller.f_code.co_filename).splitlines()[caller.f_lineno - 1 : caller.f_lineno]
        decorates = any(line.lstrip().startswith("@") for line in lines)
        if decorates and not (own and "__init__" in vars(thing)):  # it may be the decorator that writes it
            DECORATED[getattr(thing, "__qualname__", "")] = self.missing()
        return decorates

    def __iter__(self) -> "Iterator[Any]":
        if self._items is not None:
            return iter(self._items)
        self._use()
        return iter([self] * _targets(sys._getframe(1)))

    def keys(self) -> "StandIn":
        """None, so that f(**this) may be called."""
        return StandIn(self._use()._name, items=())

    def __len__(self) -> int:
        return 1 if self._items is None else len(self._items)

    def __bool__(self) -> bool:
        TRUTHS[0] += 1
        if TRUTHS[0] > MOST_TRUTHS:
            raise ModuleNotFoundError(self.missing())
        return False

    def __contains__(self, thing: object) -> bool:
        return False

    def __or__(self, other: object) -> "StandIn":
        return self._union(other)

    def __ror__(self, other: object) -> "StandIn":
        return self._union(other)

    def _union(self, other: object) -> "StandIn":
        types = (type(None),) if other is None else (other,) if isinstance(other, type | UnionType) else ()
        return StandIn(self._name, self._types + types + getattr(other, "_types", ()))

    def __instancecheck__(self, thing: object) -> bool:
        return isinstance(thing, self._types)

    def __subclasscheck__(self, cls: type) -> bool:
        return issubclass(cls, self._types)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (type(self._name.rpartition(".")[2], (Base,), {"_library": self}),)

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        self.__dict__.pop(name, None)

    def __setitem__(self, key: object, value: object) -> None:
        return None

    def __delitem__(self, key: object) -> None:
        return None

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *error: object) -> "Literal[False]":
        return False

    async def __aenter__(self) -> "StandIn":
        return self

    async def __aexit__(self, *error: object) -> "Literal[False]":
        return False

    async def __aiter__(self) -> "AsyncIterator[StandIn]":
        yield self

    def __await__(self) -> "Any":
        return self
        yield

    def __format__(self, form: str) -> str:
        return f"<{self._name}>"

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def _no_number(self, *args: object) -> "NoReturn":
        raise ModuleNotFoundError(self.missing())

    __hash__ = object.__hash__
    __float__ = __int__ = __index__ = __complex__ = __array__ = _no_number
    __next__ = __getitem__ = __array_ufunc__ = __array_function__ = __round__ = __reversed__ = _use
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __neg__ = __pos__ = __abs__ = __invert__ = _use
    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = __matmul__ = __divmod__ = _use
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = __rmatmul__ = _use
    __and__ = __rand__ = __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _use


class Base:
    """Stands under a class that a student derives from a class of a missing library."""

    _library = StandIn("a library.class")

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._library._use()

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__()

    def __getattr__(self, name: str) -> "Any":
        return getattr(self._library, name)

    def __call__(self, *args: "Any", **kwargs: object) -> "Any":
        return self._library._use()

    def __getitem__(self, key: object) -> "Any":
        return self._library._use()


def _error(name: str) -> type:
    return type(name, (Warning if name.endswith("Warning") else Exception,), {})


def _targets(frame: "FrameType") -> int:
    """How many things the caller unpacks into: fig, (a, b, c) = subplots(1, 3)."""
    from opcode import opmap

    code, at = frame.f_code.co_code, frame.f_lasti
    if at >= 0 and code[at] == opmap["UNPACK_SEQUENCE"]:
        return code[at + 1]
    if at >= 0 and code[at] == opmap["UNPACK_EX"]:
        return code[at + 1] + 1
    return 1


def _of_a_module(name: str, attribute: str) -> "Any":
    if attribute == "__version__":
        return VERSION
    if attribute in ("__name__", "__qualname__"):
        return name.rpartition(".")[2]
    if attribute == "__all__":
        STARRED.append(name)
    raise AttributeError(f"{name} has no {attribute}")


class StandIns:
    """Finds the modules that a student's code imports and the sandbox lacks, whatever their names.

    Who asks whether they are there is told the truth.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if not _wanted_by_a_student():
            return None
        loader: Any = StandIns
        return ModuleSpec(name, loader, is_package=True)

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)

        def stand_in(name: str) -> "Any":
            return _of_a_module(spec.name, name) if name.startswith("__") else getattr(StandIn(spec.name), name)

        module.__dict__["__getattr__"] = stand_in
        if spec.name in ("pylab", "matplotlib.pylab"):
            module.__dict__.update(_numpy_in_pylab())
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        return None

    @staticmethod
    def find_distributions(context: "Any") -> "Iterator[SimpleNamespace]":
        """For importlib.metadata.version; Python's own finder is asked first."""
        if context.name and _wanted_by_a_student():
            yield SimpleNamespace(version=VERSION, metadata=StandIn(f"{context.name}.metadata"))


def _wanted_by_a_student() -> bool:
    """Whether a student's code imports here and has no plan for a library that is not there."""
    frame: FrameType | None = sys._getframe(2)
    while frame and "importlib" in frame.f_code.co_filename:
        if frame.f_code.co_name == "find_spec":  # importlib.util's: it is asked for, not imported
            return False
        frame = frame.f_back
    if frame is None or not _is_theirs(frame.f_code.co_filename) or _guarded(frame):
        return False
    frame = frame.f_back
    while frame and _is_theirs(frame.f_code.co_filename):  # who calls what imports may have the plan
        if _guarded(frame, _MISSING):
            return False
        frame = frame.f_back
    return True


def _source(filename: str) -> str:
    """The text of a cell, or of a file that a cell wrote; empty where there is none."""
    if filename in SOURCES:
        return SOURCES[filename]
    import linecache

    return "".join(linecache.getlines(filename))


def _numpy_in_pylab() -> "dict[str, Any]":
    """What pylab has besides Matplotlib's: NumPy's names."""
    import numpy

    found: dict[str, Any] = {"np": numpy, "numpy": numpy}
    for module in (numpy.linalg, numpy.random, numpy):
        found |= {name: getattr(module, name) for name in module.__all__ if name not in _NOT_IN_PYLAB}
    return found


def _guarded(frame: "FrameType", guards: "set[str]" = _GUARDS) -> bool:
    """Whether the frame is in a `try: ... except ImportError`: there an import must fail, as its author planned."""
    source = _source(frame.f_code.co_filename)
    if not ("except" in source or "with" in source):
        return False
    todo = [compile(source, "", "exec", 0x2400)]
    while todo:
        node = todo.pop()
        kind = type(node).__name__
        caught: list[Any] = []
        body: Any = getattr(node, "body", None)
        if kind in ("Try", "TryStar"):
            caught = [handler.type for handler in node.handlers]
        elif kind == "With":  # suppress(ImportError)
            caught = [arg for item in node.items for arg in getattr(item.context_expr, "args", ())]
        if (
            any(_caught(one, frame) & guards for one in caught)
            and body[0].lineno <= frame.f_lineno <= body[-1].end_lineno
        ):
            return True
        for name in node._fields:
            value = getattr(node, name, None)
            todo += [entry for entry in (value if type(value) is list else [value]) if hasattr(entry, "_fields")]
    return False


def _caught(node: "Any", frame: "FrameType") -> set[str]:
    """The names of what an `except` catches; a name that the student gave to errors stands for those."""
    if node is None:
        return {""}
    names = {getattr(entry, "id", getattr(entry, "attr", "")) for entry in getattr(node, "elts", [node])} - {""}
    for name in list(names):
        given = frame.f_globals.get(name)
        names |= {one.__name__ for one in (given if type(given) is tuple else (given,)) if isinstance(one, type)}
    return names
