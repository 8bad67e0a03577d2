"""The command line: `python3 -m lrcourse` opens the course, `python3 -m lrcourse COMMAND` does the rest.

Starts on a bare Python: up to the installed environment only the standard library is used.
"""

import os
import subprocess
import sys
from importlib import import_module

from lrcourse.workshop import environment

COMMANDS = {
    "test": ("lrcourse.workshop.checks", "run every check: ruff, doctests, pytest, every notebook"),
    "run": ("lrcourse.workshop.rerun", "run notebooks and store their outputs"),
    "race": ("lrcourse.evidence.race_command", "compare schedules fairly"),
    "play": ("lrcourse.play", "open one playground as a web page"),
    "release": ("lrcourse.exercises.release", "write the student notebooks from their masters"),
    "grade": ("lrcourse.grading.grade", "grade a folder of submissions"),
    "demo-class": ("lrcourse.grading.demo_class", "make a class of 30 to try the grader on"),
}
USAGE = "usage: python3 -m lrcourse [COMMAND] [OPTIONS]\n\nWithout a command: open the course in JupyterLab"
USAGE += " (its options, such as --no-browser and --port 9999, pass through).\n\n"
USAGE += "\n".join(f"  {name:<11} {purpose}" for name, (_, purpose) in COMMANDS.items())


def main(argv):
    """Run one command in the course's own environment, made first where it is missing or stale; the exit status."""
    if argv[:1] in (["-h"], ["--help"], ["help"]):
        print(USAGE)
        return 0
    if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
        print(f"lrcourse: no command {argv[0]!r}. There are: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    try:
        python = environment.ensure()
    except environment.SetupError as error:
        print(f"lrcourse: {error}", file=sys.stderr)
        return 1
    if not environment.is_running():
        return _hand_over([python, "-m", "lrcourse", *argv])
    if argv and argv[0] in COMMANDS:
        return import_module(COMMANDS[argv[0]][0]).main(argv[1:])
    return _open_course(argv)


def _open_course(options):
    """JupyterLab on the first lesson, without news pop-ups; as root (a container, mostly) it wants to be told twice."""
    lab = [sys.executable, "-m", "jupyterlab", "--log-level=ERROR", f"--ServerApp.root_dir={environment.ROOT}"]
    lab += ["--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb", "--LabApp.news_url=None"]
    lab += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    lab += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    print("Opening the course in JupyterLab. Stop it with Ctrl-C.", flush=True)
    return _hand_over([*lab, *options])


def _hand_over(command):
    """Go on as another program, in the repository's root; Windows cannot replace a process, so there we wait for it."""
    os.chdir(environment.ROOT)
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    return os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
