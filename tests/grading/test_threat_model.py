"""The guide's words on what is protected, piece by piece, each with the tests that show it: none is unshown."""

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lrcourse.exercises import exercise as exercises
from lrcourse.grading import hearing, pages, sandbox, talk, workers
from lrcourse.grading.demo_class import solved, with_cell
from lrcourse.grading.gradebook import Row
from lrcourse.grading.marking import mark
from lrcourse.grading.results import Report

HERE = Path(__file__).parent
GUIDE = exercises.MASTERS.parent / "README.md"
# What defines a word, warns or gives advice, and claims nothing of the grader.
TOLD = {
    "A submission is a stranger's program.",
    "against a friend's code handed in;",
    "against a flaw in the Linux kernel or in bubblewrap;",
    "`check(...)` in the notebook runs on the student's machine and proves nothing.",
}
SHOWN = {
    "A submission is a stranger's program.": "",
    "The grader gives it inputs, takes data back,": "test_sandbox.test_answers_come_out_and_the_log_is_kept_apart",
    "and compares outside of its reach.": "test_hostile.test_everybody_has_one_row_and_exactly_the_score_they_earned",
    "It runs alone in a sandbox (bubblewrap) that holds Python, NumPy and an empty scratch folder,": (
        "test_sandbox.test_nothing_of_this_machine_is_visible "
        "test_sandbox.test_only_the_scratch_folder_can_be_written_and_it_is_small_and_new "
        "test_sandbox.test_numpy_works_inside_and_torch_and_the_course_are_not_there"
    ),
    "and may make only those system calls that Python and NumPy need.": (
        "test_syscalls.test_the_kernel_refuses_every_call_that_is_not_allowed "
        "test_syscalls.test_the_seal_takes_what_only_the_start_needs"
    ),
    "Before it grades, the grader tries each wall from inside,": "test_probe.test_says_so_where_a_wall_is_open",
    "and where one is open it grades nothing and says what to do.": (
        "test_grade.test_without_a_sandbox_it_refuses_and_unsafe_says_so_everywhere "
        "test_probe.test_says_so_where_the_filter_lets_a_call_pass test_probe.test_refuses_a_sandbox_without_a_filter "
        "test_probe.test_says_what_to_do_where_there_is_no_bubblewrap"
    ),
    "Every page says what the submission ran in.": (
        "test_threat_model.test_every_page_says_what_the_submission_ran_in "
        "test_grade.test_without_a_sandbox_it_refuses_and_unsafe_says_so_everywhere"
    ),
    "So a submission cannot - read or change your files, the solutions, another student's work, the grader's memory or "
    "its keys: they are not there;": (
        "test_attacks.test_no_way_out test_hostile.test_nothing_reached_the_machine "
        "test_sandbox.test_nothing_of_this_machine_is_visible"
    ),
    "- reach a network: it gets no socket but pairs that end in itself;": (
        "test_attacks.test_no_way_out test_sandbox.test_neither_network_nor_more_namespaces "
        "test_threat_model.test_a_pair_of_sockets_ends_in_the_submission"
    ),
    "- start a process or another program, or run on:": (
        "test_attacks.test_no_way_out test_hostile.test_nothing_reached_the_machine"
    ),
    "its row is written when the kernel has ended all of its sandbox,": (
        "test_sandbox.test_nothing_of_a_submission_runs_once_its_outcome_is_known"
    ),
    "and where the grader itself is killed the kernel ends the submission with it;": (
        "test_sandbox.test_it_runs_as_nobody_and_dies_with_its_grader "
        "test_sandbox.test_no_submission_is_left_whose_grader_is_killed_while_a_sandbox_starts"
    ),
    "- take the machine: a sandbox has at most 11 s of CPU time, about 3 s of them for one statement or one input,": (
        "test_threat_model.test_the_numbers_are_those_in_force test_kernel.test_each_statement_has_the_seconds "
        "test_sandbox.test_to_turn_the_timer_off_gains_nothing"
    ),
    "about 7 s of waiting, 1 GB of memory (768 MB of it its own), 30 more threads, 16 MB and 1,000 files of scratch "
    "space.": (
        "test_threat_model.test_the_numbers_are_those_in_force test_sandbox.test_the_limits_cannot_be_raised_and_bind "
        "test_sandbox.test_the_limits_bind_the_first_process_of_the_sandbox_too"
    ),
    "Waiting, waking now and then, or turning off its own timer changes nothing:": (
        "test_sandbox.test_who_sleeps_or_waits_or_drips_is_asleep_whatever_it_says "
        "test_sandbox.test_to_turn_the_timer_off_gains_nothing"
    ),
    "what its threads do and use is looked at four times a second.": (
        "test_threat_model.test_the_numbers_are_those_in_force"
    ),
    "Only the statement or the task in which a limit was reached is lost,": (
        "test_threat_model.test_what_ends_a_sandbox_takes_no_other_statement_with_it "
        "test_attacks.test_what_a_call_does_to_the_run_costs_its_own_task"
    ),
    "the others are asked in a new sandbox: 30 at most.": (
        "test_threat_model.test_a_submission_that_ends_every_sandbox_is_given_up "
        "test_attacks.test_what_a_cell_does_to_the_run_costs_no_other_cell"
    ),
    "Work and waiting have one account for all of them, 20 s at most,": (
        "test_account.test_whatever_it_does_with_its_time_it_is_within_the_account_and_keeps_what_is_right "
        "test_account.test_many_short_runs_are_not_free"
    ),
    "and the less is left in it the less one place may use.": (
        "test_marking.test_the_less_is_left_the_less_one_place_may_use"
    ),
    "A busy machine costs nobody a point;": (
        "test_attacks.test_load_costs_no_point test_sandbox.test_load_makes_nobody_sleep_or_late "
        "test_sandbox.test_a_time_out_for_want_of_cpu_is_the_machines_not_the_students"
    ),
    "- win points by patching checks, forging answers or looking for expected values.": (
        "test_hostile.test_everybody_has_one_row_and_exactly_the_score_they_earned"
    ),
    "What it can do: use up these limits, again in each new sandbox,": (
        "test_attacks.test_who_sleeps_everywhere_is_marked_within_twenty_seconds"
    ),
    "as many at once as there are `--workers`;": (
        "test_threat_model.test_no_more_are_marked_at_once_than_there_are_workers"
    ),
    "hold more files or tables of memory pages between two looks; write 16 KB of log for you to read;": (
        "test_threat_model.test_what_a_submission_can_do"
    ),
    "learn its own inputs while it runs, the kernel's version, the time and the number of processors; feel how busy "
    "the machine is, and so be felt by another that runs at the same time.": (
        "test_threat_model.test_what_a_submission_can_do"
    ),
    "Not protected: against a friend's code handed in;": "",
    "against a student who learns their own inputs by handing in again and again under the same seed (a neighbour's "
    "differ);": "test_variant.test_handing_in_again_asks_the_same_and_a_neighbour_other_inputs",
    "against a flaw in the Linux kernel or in bubblewrap;": "",
    "in a run with `--unsafe-no-sandbox`, which is for your own tests only.": (
        "test_grade.test_without_a_sandbox_it_refuses_and_unsafe_says_so_everywhere"
    ),
    "`check(...)` in the notebook runs on the student's machine and proves nothing.": "",
    "As root, the grader gives submissions to user 60001, who owns nothing;": (
        "test_sandbox.test_it_runs_as_nobody_and_dies_with_its_grader"
    ),
    "as an ordinary user, they run under your number behind the same walls.": (
        "test_probe.test_an_ordinary_user_has_the_same_walls "
        "test_sandbox.test_it_runs_as_nobody_and_dies_with_its_grader"
    ),
    "A container must allow user namespaces,": (
        "test_probe.test_without_user_namespaces_it_refuses_and_says_what_to_do"
    ),
    "and wants an init (`docker run --init`) that clears ended sandboxes away.": (
        "test_threat_model.test_what_is_left_of_a_sandbox_is_for_an_init_to_clear_away"
    ),
}


def test_every_word_on_what_is_protected_is_shown_by_a_test():
    section = GUIDE.read_text(encoding="utf-8").partition("## What is protected, and what is not\n")[2]
    assert " ".join(section.partition("\n## ")[0].split()) == " ".join(SHOWN)
    unshown = {words.removeprefix("Not protected: ") for words, tests in SHOWN.items() if not tests}
    assert unshown == TOLD
    for name in {name for tests in SHOWN.values() for name in tests.split()}:
        module, test = name.split(".")
        file = next(HERE.parent.rglob(f"{module}.py"))
        assert f"\ndef {test}(" in file.read_text(encoding="utf-8"), name


NAME, FULL = "02_step_decay", 10
SHORT = sandbox.Limits(call=0.4, cpu=1, asleep=1, memory=300 * 2**20)


def said(program, limits=sandbox.Limits()):  # noqa: B008 (frozen)
    outcome = sandbox.run(program, [b""], limits)
    assert outcome.ending == "ended", (outcome.detail, outcome.log.decode())
    return outcome.output.decode()


def test_the_numbers_are_those_in_force(bubblewrap):
    limits = sandbox.Limits()
    assert (limits.cpu + 1, limits.call, limits.asleep) == (11, 3, 7)
    assert (limits.mapped, limits.memory, limits.log) == (2**30, 768 * 2**20, 16 * 2**10)
    assert (talk.LOOK, talk.MOST_FILES, hearing.MOST_SANDBOXES) == (0.25, 1000, 30)
    assert limits.total + 2 < 20  # in the last second a second more, before the kernel ends it, and between two looks
    program = """
import os, threading
stop, started = threading.Event(), 0
try:
    while True:
        threading.Thread(target=stop.wait).start()
        started += 1
except RuntimeError:
    pass
stop.set()
written = 0
try:
    while True:
        with open(f"/tmp/{written >> 22}", "ab", buffering=0) as file:
            written += file.write(bytes(2**16))
except OSError:
    pass
print(started, written >> 20)
"""
    assert said(program) == "30 16\n"


def test_every_page_says_what_the_submission_ran_in(tmp_path):
    row = Row("Ada", NAME, "Ada", "", False, "x", (), "v", "graded", 0.0, 10.0, Report(), sandbox.SANDBOXED)
    pages.write_summary(tmp_path / "summary.html", [row], {"Ada": "Ada.html"}, "", [])
    for page in (pages.student_page([row]), (tmp_path / "summary.html").read_text(encoding="utf-8")):
        assert f"Run in: {sandbox.SANDBOXED}" in page


def test_a_pair_of_sockets_ends_in_the_submission(bubblewrap):
    program = """
import socket
a, b = socket.socketpair()
a.send(b"to myself")
print(b.recv(9).decode(), a.family == socket.AF_UNIX, repr(a.getpeername()))
"""
    assert said(program) == "to myself True ''\n"


# What ends a sandbox, as one line between others: (line, status).
ENDS = {
    "a loop": ("while True: pass", "timed out"),
    "a loop with its timer off": (
        "import signal; signal.signal(signal.SIGPROF, signal.SIG_IGN)\nwhile True: pass",
        "timed out",
    ),
    "a wait": ("import time; time.sleep(99)", "timed out"),
    "a slow progress bar": ("import time\nfor i in range(99): time.sleep(0.1)", "timed out"),
    "an await": ("import asyncio\nawait asyncio.sleep(99)", "timed out"),
    "a lock": ("import threading; lock = threading.Lock()\nwith lock: lock.acquire()", "timed out"),
    "drops of lines": (
        "import os, time\nwhile True:\n    for n in range(3, 10):\n        try: os.write(n, b'{}\\n')\n"
        "        except OSError: pass\n    time.sleep(0.1)",
        "timed out",
    ),
    "a hard exit": ("import os; os._exit(0)", "exited early"),
    "a crash": ("import ctypes; ctypes.string_at(0)", "crashed"),
    "a kill": ("import os; os.kill(os.getpid(), 9)", "killed"),
    "a heap": ("heap = []\nwhile True: heap.append(bytearray(10**7))", "out of memory"),
    "files": ("import itertools\nfor i in itertools.count(): open(f'/tmp/{i}', 'w').close()", "output flood"),
}


@pytest.mark.parametrize(
    ("where", "end"), [*(("above", end) for end in ENDS), ("below", "a loop"), ("below", "a wait")]
)
def test_what_ends_a_sandbox_takes_no_other_statement_with_it(where, end, bubblewrap):
    """The whole homework in one cell: what stands around the statement earns what it earns."""
    line, status = ENDS[end]
    homework = "\n".join("".join(cell["source"]) for cell in solved(exercises.load(NAME))["cells"] if is_code(cell))
    cell = f"{line}\n{homework}" if where == "above" else f"{homework}\n{line}"
    limits = replace(SHORT, asleep=0.5)
    result = mark(json.dumps(with_cell({"cells": []}, cell)).encode(), NAME, "ada", "a secret", limits)
    assert (result.score, result.status) == (FULL, status), result
    (fault,) = result.cells
    assert fault.type in (status, "MemoryError") and fault.traceback.startswith("line ")


def is_code(cell):
    return cell["cell_type"] == "code"


def test_a_task_is_told_that_its_line_ended_the_program(bubblewrap):
    cell = "x = 1\nimport os\nten_lrs = [os._exit(0)]\ny = 2"
    result = mark(json.dumps(with_cell({"cells": []}, cell)).encode(), NAME, "ada", "a secret", SHORT)
    told = next(task.error.message for task in result.tasks if task.name == "ten_lrs")
    assert told == (
        "ten_lrs is not defined (line 3 of cell 1, which defines it, was left out, since it ended the program: exited "
        "early)"
    )
    assert result.cells[0].traceback == "line 3, in <module>: ten_lrs = [os._exit(0)]"


def test_a_submission_that_ends_every_sandbox_is_given_up(bubblewrap, monkeypatch):
    started, run = [], sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *args, **more: started.append(1) or run(*args, **more))
    notebook = solved(exercises.load(NAME))
    for _ in range(40):
        notebook = with_cell(notebook, "import os\nos._exit(0)")
    result = mark(json.dumps(notebook).encode(), NAME, "ada", "a secret")
    assert (len(started), result.status, result.score) == (30, "exited early", 0)


def test_no_more_are_marked_at_once_than_there_are_workers():
    with workers.processes(2) as (executor, _):
        times = [future.result() for future in [executor.submit(_busy) for _ in range(6)]]
    assert max(sum(a <= at < b for a, b in times) for at, _ in times) <= 2


def _busy():
    started = time.monotonic()
    time.sleep(0.1)
    return started, time.monotonic()


def test_what_a_submission_can_do(bubblewrap):
    """The guide names it, so it is true as well: nothing here is hidden from a submission."""
    program = f"""
import os, sys, time
for i in range(1500): open(f"/tmp/{{i}}", "w").close()
for i in range(1500): os.unlink(f"/tmp/{{i}}")
print(os.uname().release == {platform.release()!r}, abs(time.time() - {time.time()!r}) < 60)
print(len(os.sched_getaffinity(0)) == {len(os.sched_getaffinity(0))}, sys.stdin.readline(), end="")
sys.stderr.write("x" * 10**6)
"""
    outcome = sandbox.run(program, [b"its inputs\n"])
    assert (outcome.ending, outcome.output) == ("ended", b"True True\nTrue its inputs\n")
    assert len(outcome.log) == 16 * 2**10


def test_what_is_left_of_a_sandbox_is_for_an_init_to_clear_away(bubblewrap):
    """Seen by a process that is given what others leave behind, and clears nothing away."""
    code = """
import ctypes, os
from lrcourse.grading import sandbox
ctypes.CDLL(None).prctl(36, 1)
for _ in range(3):
    sandbox.run("print(1)", [b""])
left = open(f"/proc/self/task/{os.getpid()}/children").read().split()
print([open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] for pid in left])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['Z', 'Z', 'Z']\n"
