"""What stands in for a missing library: it may be used in every way, and is no number, no truth and no answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from lrcourse.exercises import standins
from lrcourse.exercises.driver import DECORATED, SOURCES, USED, describe
from lrcourse.exercises.standins import Base, StandIn, StandIns, _guarded


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    USED.clear()
    standins.TRUTHS[0] = 0
    yield
    USED.clear()


def ran(source, **names):
    """What a student's cell leaves behind."""
    SOURCES["<a cell>"] = source
    exec(compile(source, "<a cell>", "exec"), names)
    return names


def test_every_use_gives_a_stand_in_and_is_noted():
    torch = StandIn("torch.nn")
    made = torch.Linear(3, 4)
    uses = [
        made + 1,
        1 - made,
        made[0],
        made == 2,
        -made,
        made // made,
        made @ made,
        made < 3,
        divmod(made, 2),
        round(made),
    ]
    assert all(isinstance(one, StandIn) for one in uses)
    assert USED == {"torch": "torch.nn.Linear"}
    assert repr(made) == f"{made}" == f"{made:>9}" == "<torch.nn.Linear>"
    told = made.missing()
    assert told == (
        "torch is not there when your work is graded, and your answer rests on torch.nn.Linear. "
        "Use plain Python or NumPy"
    )
    assert (bool(made), len(made), 3 in made, hash(made) == hash(made)) == (False, 1, False, True)


@pytest.mark.parametrize("number", [float, int, complex, lambda one: [1][one], lambda one: range(one)])
def test_it_is_no_number(number):
    with pytest.raises(ModuleNotFoundError, match="torch is not there"):
        number(StandIn("torch.x"))


def test_names_grow_to_about_eighty_letters():
    one = StandIn("t." + "x" * 77)
    assert one.more._name == one._name + ".more" and one.more.further._name == one._name + ".more"


def test_what_is_asked_of_a_module():
    torch = StandIn("torch")
    assert torch.__version__ == "99.0.0" and StandIn("a.b.c").__name__ == "c" and StandIn("a.b").__qualname__ == "b"
    with pytest.raises(AttributeError, match="torch has no __path__"):
        torch.__path__  # noqa: B018
    assert issubclass(torch.TornError, Exception) and torch.TornError is torch.TornError
    assert issubclass(torch.OldWarning, Warning) and torch.OddException.__name__ == "OddException"


def test_what_gives_back_what_it_is_given():
    def answer(x):
        return x

    numba, tqdm = StandIn("numba"), StandIn("tqdm")
    assert numba.njit(answer) is answer and numba.jit(answer) is answer
    assert list(tqdm.tqdm([1, 2, 3])) == [1, 2, 3] and len(tqdm.tqdm([1, 2])) == 2
    assert list(tqdm.trange(2, 5)) == [2, 3, 4] and isinstance(tqdm.trange(2.5), StandIn)
    assert USED == {"tqdm": "tqdm.trange"}  # the last one alone is a use
    assert isinstance(numba.apply(answer), StandIn) and isinstance(numba.njit(answer, 1), StandIn)
    assert isinstance(tqdm.tqdm(3), StandIn) and isinstance(tqdm.track(answer), type(answer))


def test_a_decorator_leaves_the_function_as_it_is():
    found = ran("@torch.no_grad\ndef f(x):\n    return x\n\ng = torch.wrap(f)\n", torch=StandIn("torch"))
    assert found["f"](3) == 3 and isinstance(found["g"], StandIn)


OVER = {
    "with settings": "from functools import partial\n@partial(\n    lib.jit,\n    static=1,\n)\ndef f(x): return x",
    "on what is decorated already": "from functools import cache\n@lib.checked\n@cache\ndef f(x): return x",
    "above a static method": "class A:\n    @lib.no_grad()\n    @staticmethod\n    def g(x): return x\nf = A.g",
    "that takes a type": "@lib.takes(float)\n@lib.gives(int, str)\ndef f(x): return x",
    "called with settings": "def f(x): return x\nf = lib.compile(f, mode='fast')\nf = lib.function(f)",
    "called on a partial": "from functools import partial\ndef g(y, x): return x\nf = lib.njit(partial(g, 1))",
}


@pytest.mark.parametrize("form", OVER)
def test_what_is_put_over_an_answer_leaves_it(form):
    assert ran(OVER[form], lib=StandIn("lib"))["f"](3) == 3


def test_what_a_decorator_would_have_made_is_told_where_it_lacks():
    source = "@attrs.define\nclass Config:\n    lr: float\n@attrs.define\nclass Made:\n    def __init__(self): ...\n"
    source += "@toolz.curry\ndef add(a, b): return a + b"
    found = ran(source, __name__="a", attrs=StandIn("attrs"), toolz=StandIn("toolz"))
    said = []
    for wrong in ("Config(lr=1)", "Config(1)", "Config().lr", "add(1)", "Made(1)"):
        try:
            eval(wrong, found)
        except Exception as error:
            said.append(describe(error)["message"].partition(" is not there when")[0].rpartition("(")[2])
    DECORATED.clear()
    assert said[:4] == ["attrs", "attrs", "attrs", "toolz"] and "attrs" not in said[4]


def test_its_keywords_are_none():
    assert dict(**StandIn("cfg"), lr=1) == {"lr": 1} and {**StandIn("cfg")} == {}


def test_it_unpacks_into_as_many_as_are_asked_for():
    source = "fig, (a, b, c) = plt.subplots(1, 3)\nline, = plt.plot()\nfirst, *rest = plt.hist()\nall_of = [*plt.x]"
    found = ran(source, plt=StandIn("plt"))
    assert all(isinstance(found[name], StandIn) for name in ("fig", "a", "b", "c", "line", "first"))
    assert len(found["rest"]) == 1 and len(found["all_of"]) == 1


def test_it_comes_to_an_end_where_a_loop_waits_for_it():
    one = StandIn("torch.done")
    for _ in range(standins.MOST_TRUTHS):
        assert not one
    with pytest.raises(ModuleNotFoundError):
        bool(one)


def test_in_a_union_of_types():
    either = StandIn("torch.Tensor") | float | None
    assert isinstance(0.5, either) and isinstance(None, either) and not isinstance(3, either)
    assert isinstance(3, int | StandIn("torch.Tensor")) and issubclass(float, either) and not issubclass(int, either)
    assert isinstance("a", StandIn("a.b") | (StandIn("c.d") | str))


def test_a_class_of_ones_own_that_stands_on_one():
    source = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.n = 3\n"
    net = ran(source, nn=StandIn("torch.nn"))["Net"]()
    assert net.n == 3 and isinstance(net, Base) and isinstance(net.parameters, StandIn)
    assert isinstance(net(1), StandIn) and isinstance(net[0], StandIn) and USED == {"torch": "torch.nn.Module"}


def test_around_and_within():
    one = StandIn("torch.no_grad")
    with one() as inside:
        assert isinstance(inside, StandIn)
    with pytest.raises(KeyError), one:
        raise KeyError
    one.rate = 3
    one["x"] = 4
    del one["x"]
    assert one.rate == 3
    del one.rate
    assert isinstance(one.rate, StandIn)

    async def waits():
        async with one as inside:
            return [await one, inside, *[each async for each in one]]

    with ThreadPoolExecutor(1) as aside:  # a browser's driver may have a loop running in this thread
        assert all(isinstance(each, StandIn) for each in aside.submit(asyncio.run, waits()).result())


def test_the_modules_that_are_found(monkeypatch):
    module = StandIns.create_module(SimpleNamespace(name="torch.nn"))
    assert module.__name__ == "torch.nn" and module.Linear._name == "torch.nn.Linear"
    assert module.__getattr__("__version__") == "99.0.0"
    with pytest.raises(AttributeError):
        module.__getattr__("__all__")
    assert standins.STARRED[-1] == "torch.nn"
    [found] = StandIns.find_distributions(SimpleNamespace(name="torch"))
    assert found.version == "99.0.0" and list(StandIns.find_distributions(SimpleNamespace(name=None))) == []
    [planned, plain] = (
        ran(source, find=StandIns.find_spec)["spec"]
        for source in ("try:\n    spec = find('x')\nexcept ImportError:\n    pass", "spec = find('x')")
    )
    assert planned is None and plain.loader is StandIns and plain.submodule_search_locations == []


GUARDED = {
    "try:\n    import a\nexcept ImportError:\n    pass": True,
    "try:\n    import a\nexcept:\n    pass": True,
    "try:\n    import a\nexcept Exception:\n    pass": True,
    "try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    pass": True,
    "with suppress(ImportError):\n    import a": True,
    "try:\n    import a\nexcept MISSING:\n    pass": True,
    "try:\n    import a\nexcept (ValueError, Gone):\n    pass": True,
    "try:\n    import a\nexcept OTHERS:\n    pass": False,
    "def f():\n    import a\n\n\ntry:\n    f()\nexcept ImportError:\n    pass": False,
    "if True:\n    import a\n\ntry:\n    f()\nexcept ImportError:\n    pass": False,
    "try:\n    import a\nexcept ValueError:\n    pass": False,
    "try:\n    import a\nexcept (ValueError, KeyError):\n    pass": False,
    "with open(name) as file:\n    import a": False,
    "x = 1\nimport a": False,
    "if x:\n    import a": False,
    "def f():\n  try:\n    import a\n  except ImportError:\n    a = None": True,
    "try:\n    x = 1\nexcept ImportError:\n    import a": False,
    "try:\n    x = 1\n    y = 2\n    import a\nexcept ImportError:\n    pass": True,
}


@pytest.mark.parametrize(("source", "guarded"), GUARDED.items())
def test_an_import_that_may_fail_by_its_authors_plan(source, guarded):
    SOURCES["<guarded>"] = source
    line = 1 + source[: source.index("import a")].count("\n")
    names = {"MISSING": (KeyError, ImportError), "Gone": ModuleNotFoundError, "OTHERS": (KeyError, "ImportError")}
    frame = SimpleNamespace(f_code=SimpleNamespace(co_filename="<guarded>"), f_lineno=line, f_globals=names)
    assert _guarded(frame) is guarded
    assert _guarded(SimpleNamespace(f_code=SimpleNamespace(co_filename="<unknown>"), f_lineno=1)) is False
