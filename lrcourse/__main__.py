"""The command line: `python3 -m lrcourse` opens the course, `python3 -m lrcourse COMMAND` does the rest.

Starts on a bare Python: up to the installed environment only the standard library is used.
"""

import os
import subprocess
import sys
from collections import namedtuple
from importlib import import_module
from importlib.util import find_spec

if not __package__:  # `python3 /path/to/lrcourse`: the path holds the package's inside instead of the package
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

from lrcourse.workshop import environment

# module: where its main(argv) is. extra: the packages that it needs, None for a command that runs where the
# caller's script does. clone: whether it needs the course's folder too.
Command = namedtuple("Command", "module purpose extra clone")
COMMANDS = {
    "test": Command("lrcourse.workshop.checks", "run every check; --quick: the fast ones", "test", True),
    "run": Command("lrcourse.workshop.rerun", "run notebooks and store their outputs", "course", False),
    "race": Command("lrcourse.evidence.race_command", "compare schedules fairly", "train", False),
    "replicate": Command("lrcourse.evidence.replicate", "ask the ledger's claims again with new seeds", "course", True),
    "preview": Command("lrcourse.preview.preview_command", "look ahead at a script's scheduler", None, False),
    "play": Command("lrcourse.play", "open one playground as a web page", "course", False),
    "site": Command("lrcourse.site.build", "write the course as a static site", "site", True),
    "release": Command("lrcourse.exercises.release", "write the student notebooks from their masters", "course", True),
    "handout": Command("lrcourse.exercises.handout", "write what students get: no solution is in it", "course", True),
    "grade": Command("lrcourse.grading.grade", "grade a folder of submissions", "grade", True),
    "demo-class": Command("lrcourse.grading.demo_class", "make a class of 30 to try the grader on", "grade", True),
}
LESSONS = Command(None, "open the course in JupyterLab", "course", True)
USAGE = "usage: python3 -m lrcourse [COMMAND] [OPTIONS]\n\nWithout a command: open the course in JupyterLab"
USAGE += " (its options, such as --no-browser and --port 9999, pass through).\n\n"
USAGE += "\n".join(f"  {name:<11} {command.purpose}" for name, command in COMMANDS.items())

environment.prefer_own_kernel()
CAME_TO = os.environ.pop("LRCOURSE_CAME_TO", None)  # taken away, so that what this process starts may hand over again


def main(argv):
    """Run one command in the course's own environment, made first where it is missing or stale; the exit status."""
    if argv[:1] in (["-h"], ["--help"], ["help"]):
        print(USAGE)
        return 0
    if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
        print(f"lrcourse: no command {argv[0]!r}. There are: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    command = COMMANDS.get(argv[0], LESSONS) if argv else LESSONS
    try:
        if command.module and command.extra is None:
            return _run_beside_a_script(command, argv)
        if environment.is_clone():
            python = environment.ensure()
            if not environment.is_running(python):
                return _go_on_in(python, argv)
            environment.lead_children_here()
        _refuse_what_is_missing(argv[0] if command.module else "opening the lessons", command)
    except environment.SetupError as error:
        print(f"lrcourse: {error}", file=sys.stderr)
        return 2 if command.module and command.extra is None else 1  # preview's 1 says that the plan is wrong
    return import_module(command.module).main(argv[1:]) if command.module else _open_course(argv)


def _run_beside_a_script(command, argv):
    """Run where the caller's script runs: in LRCOURSE_PYTHON, else here, else, where here is a bare Python, in ours."""
    run = import_module(command.module).main
    if os.environ.get("LRCOURSE_PYTHON"):
        python = environment.ensure()
        if environment.is_running(python):
            return run(argv[1:])
        if not environment.is_clone() and subprocess.call(
            [python, "-P", "-c", "import lrcourse"], stderr=subprocess.DEVNULL
        ):
            raise environment.SetupError(f"LRCOURSE_PYTHON ({python}) has no lrcourse. Install it there.")
        return _go_on_in(python, argv)
    folder, variables = os.getcwd(), dict(os.environ)

    def otherwise():
        # with a torch of its own this Python is the script's, and what it lacks is for the reader to know
        if find_spec("torch") or not environment.is_fresh():
            return None
        python = environment.ensure()
        print(f"lrcourse preview: {sys.executable} has no torch, going on in {python}, which has", file=sys.stderr)
        os.chdir(folder)  # what the script has changed before it broke off
        os.environ.clear()
        os.environ.update(variables)
        return _go_on_in(python, argv)

    return run(argv[1:], otherwise)


def _go_on_in(python, argv):
    """The same command in another Python, which finds this course; the exit status."""
    if python == CAME_TO:  # a launcher, such as `uv run`, that is asked one way and starts another: without end
        raise environment.SetupError(f"{python} starts {sys.executable} and says it is another. Name a Python itself.")
    os.environ["LRCOURSE_CAME_TO"] = python
    environment.lead_children_here()
    # -P: the caller's folder, full of students' files perhaps, is not where modules come from
    return _hand_over([python, "-P", "-m", "lrcourse", *argv])


def _refuse_what_is_missing(name, command):
    """Raise SetupError where the course's folder or a package is missing: in a wheel, in the user's environment."""
    if command.clone and not environment.is_clone():
        raise environment.SetupError(
            f"{name} needs the course's folder (its notebooks and exercises), not the package alone. "
            "Get the whole repository and run `python3 -m lrcourse` in it."
        )
    missing = environment.lacking(command.extra) if environment.given() or not environment.is_clone() else []
    if not missing:
        return
    has_not = f"{name} needs {', '.join(missing)}, which this Python ({sys.executable}) has not."
    if environment.is_clone():
        pins = environment.REQUIREMENTS
        raise environment.SetupError(f"{has_not} Install {pins} there, or take away {environment.given()}.")
    raise environment.SetupError(f"{has_not} Install them with: pip install 'lrcourse[{command.extra}]'.")


def _open_course(options):
    """JupyterLab on the first lesson, and nothing before it."""
    from lrcourse.workshop import opening

    print("Opening the course in JupyterLab. Stop it with Ctrl-C.", flush=True)
    os.environ["JUPYTER_CONFIG_PATH"] = opening.config_path()
    os.chdir(environment.ROOT)
    return _hand_over(opening.command(options))


def _hand_over(command):
    """Go on as another program, in the caller's folder; Windows cannot replace a process, so there we wait for it."""
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    return os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
