"""`python3 -m lrcourse preview FILE.py:FUNCTION`: look ahead at the scheduler that a function of a script makes."""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from lrcourse.preview.looking import preview

EPILOG = """FUNCTION returns a scheduler, an (optimizer, scheduler) pair or a schedule; it may take an optimizer.
If the script reads its own command line, write that after --: preview train.py:make --steps 500 -- --lr 3e-4
Exit status: 0 if nothing looks wrong, 1 if something does, 2 if there was nothing to look at."""


class ScriptError(Exception):
    """The script cannot be looked at; the message says why."""


def main(argv: list[str], otherwise: Callable[[], int | None] = lambda: None) -> int:
    """The command line, python3 -m lrcourse preview; returns the exit status.

    otherwise: asked where the script wants a module that this Python has not; another's exit status, or None.

    >>> main(["nowhere.py:make"])
    2
    """
    cut = argv.index("--") if "--" in argv else len(argv)
    options = _parser().parse_args(argv[:cut])
    try:
        function = load(options.script, argv[cut + 1 :])
        plan = _guarded(
            options.script,
            lambda: preview(
                function,
                options.steps,
                epochs=options.epochs,
                steps_per_epoch=options.steps_per_epoch,
                step_per=options.step_per,
                lr=options.lr,
                peak=options.peak,
                end=options.end,
            ),
        )
    except ScriptError as error:
        if isinstance(error.__cause__, ModuleNotFoundError) and (status := otherwise()) is not None:
            return status
        print(f"lrcourse preview: {error}", file=sys.stderr)
        return 2
    print(plan.text(options.width) if options.width else plan)
    return 0 if plan.ok else 1


def _parser() -> argparse.ArgumentParser:
    description = "Look ahead at the scheduler of a training script: its LRs, and what is wrong with them."
    parser = argparse.ArgumentParser(prog="python3 -m lrcourse preview", description=description, epilog=EPILOG)
    add = parser.add_argument
    add("script", metavar="FILE.py:FUNCTION", help="the function that makes the scheduler")
    add("--steps", type=_count, help="updates in the run; left out, what the scheduler was made for")
    add("--epochs", type=_count, help="epochs in the run, instead of --steps")
    add("--steps-per-epoch", type=_count, help="updates in an epoch")
    add("--step-per", default="step", choices=["step", "epoch"], help="when the loop steps the scheduler (step)")
    add("--lr", type=float, default=0.1, help="LR of the optimizer that FUNCTION is given, if it takes one (0.1)")
    add("--peak", type=float, help="the highest LR that you mean")
    add("--end", type=float, help="the last LR that you mean")
    add("--width", type=_count, help="characters in a line of the drawing")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def load(script: str, arguments: Sequence[str] = ()) -> Any:
    """The function that FILE.py:FUNCTION names, the script run with these arguments. Raises ScriptError."""
    file, _, name = script.rpartition(":")
    if not file or not name.isidentifier():
        raise ScriptError(f"say which function of which file, FILE.py:FUNCTION, not {script!r}")
    path = Path(file).expanduser()
    if not path.is_file():
        raise ScriptError(f"there is no file {file}")
    folder, module_name = path.resolve().parent, path.stem
    while (folder / "__init__.py").is_file():  # a module of a package, whose imports may be relative
        folder, module_name = folder.parent, f"{folder.name}.{module_name}"
    spec = spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise ScriptError(f"{file} is no Python file: its name must end in .py")
    module = module_from_spec(spec)
    sys.path[:0] = dict.fromkeys([str(path.resolve().parent), str(folder)])  # the first as for `python3 FILE.py`
    sys.modules[module_name] = module
    sys.argv = [str(path), *arguments]  # for a script that reads its command line when it is imported
    loader = spec.loader
    _guarded(script, lambda: loader.exec_module(module))
    if not hasattr(module, name):
        raise ScriptError(f"{file} has no {name}. Its functions: {', '.join(_functions(module)) or 'none'}.")
    found = getattr(module, name)
    if isinstance(found, type) or not (callable(found) or hasattr(found, "step")):
        raise ScriptError(f"{name} in {file} must be a function that makes a scheduler, not {found!r}")
    return found


def _functions(module: ModuleType) -> list[str]:
    own = [(name, value) for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
    return [name for name, value in own if getattr(value, "__module__", None) == module.__name__]


def _guarded(script: str, run: Any) -> Any:
    """What a call gives; what the script raises as a ScriptError that says where."""
    file = Path(script.rpartition(":")[0]).expanduser().resolve()
    try:
        return run()
    except SystemExit as error:
        raise ScriptError(f"{file.name} ended itself (exit status {error.code}) instead of returning") from error
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
        where = f"{file.name}, line {frames[-1].lineno}: " if frames else ""
        said = " ".join(str(error).split())
        own = frames or isinstance(error, SyntaxError)  # else preview's own words, which name the argument
        if isinstance(error, ModuleNotFoundError):
            said += ". LRCOURSE_PYTHON=/path/to/python takes the environment in which the script runs"
        raise ScriptError(f"{where}{type(error).__name__}: {said}" if own else said) from error
