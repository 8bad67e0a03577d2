"""How a submission is asked, heard and told, on outcomes made up here: which ending costs what, and what is shown."""

import json
from types import SimpleNamespace

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import hearing, marking, sandbox
from lrcourse.grading.hearing import NOT_GRADED, SENTENCES, Asking, Heard
from lrcourse.grading.marking import mark
from lrcourse.grading.results import CellFault, Fault

EXERCISE = load("02_step_decay")
CELLS = ["a = 1", "b = 2", "c = 3"]


def outcome(said=(), ending="ended", early=None, **more):
    output = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in said).encode()
    return sandbox.Outcome(ending, output, len(output) if early is None else early, b"", **more)


def asked(monkeypatch, *outcomes, tasks=2, limits=sandbox.Limits()):  # noqa: B008
    """An Asking over made-up sandboxes, and what each of them was sent: (cells, ids, its limits)."""
    sent, left = [], list(outcomes)

    def run(program, parts, limits, sandboxed):
        lines = [json.loads(line) for part in parts for line in part.decode().splitlines()]
        cells = [line["cell"] for line in lines if "cell" in line]
        ids = [line["id"] for line in lines if "id" in line]
        sent.append((cells, ids, limits, len(parts[0].splitlines())))
        made = left.pop(0)
        return made(cells, ids) if callable(made) else made

    monkeypatch.setattr(sandbox, "run", run)
    requests = [[{"id": hearing.PER_TASK * n + i} for i in range(3)] for n in range(tasks)]
    exercise = SimpleNamespace(tasks=[SimpleNamespace(public=[1])] * tasks)
    asking = Asking(exercise, CELLS, requests, limits, True)
    asking.ask()
    assert not left
    return asking, sent


def answers(cells, ids, done=True):
    return outcome([*({"cell": c} for c in cells), *({"id": i, "value": i} for i in ids), *[{"done": True}] * done])


def test_all_is_asked_in_one_sandbox_the_public_cases_first(monkeypatch):
    asking, sent = asked(monkeypatch, answers)
    assert [one[:2] for one in sent] == [([0, 1, 2], [0, 1000, 1, 2, 1001, 1002])]
    assert sent[0][3] == 5  # three cells and a public case of each task in the first part
    assert sorted(asking.heard.answers) == [0, 1, 2, 1000, 1001, 1002] and asking.problems == {}


@pytest.mark.parametrize("ending", ["busy", "failed"])
def test_what_the_machine_could_not_do_is_not_graded(ending, monkeypatch):
    asking, sent = asked(monkeypatch, outcome(ending=ending, detail="too busy"))
    assert asking.problems == {NOT_GRADED: "Not graded yet: too busy."} and len(sent) == 1


def test_a_kill_is_tried_once_more_and_then_believed(monkeypatch):
    killed = outcome([{"cell": c} for c in range(3)], "killed", detail="ended by SIGKILL")
    asking, sent = asked(monkeypatch, killed, answers)
    assert asking.problems == {} and len(sent) == 2 and sent[0] == sent[1]
    asking, sent = asked(monkeypatch, killed, killed, answers)
    assert asking.problems == {"killed": "ended: ended by SIGKILL"}
    assert sent[2][1] == [1000, 1001, 1002]  # the task that it died in is left out


def test_each_cell_that_a_sandbox_died_in_is_left_out_until_there_were_too_many(monkeypatch):
    def dies_in(cell):
        return lambda cells, ids: outcome([{"cell": c} for c in cells if c < cell], "crashed", detail="SIGSEGV")

    asking, sent = asked(monkeypatch, dies_in(1), answers)
    assert [one[0] for one in sent] == [[0, 1, 2]] * 2 and asking.problems == {"crashed": "ended in cell 2: SIGSEGV"}
    assert asking.lost[1] == {None: "crashed"}  # it is still sent, as one that was left out
    [fault] = asking.heard.fatal.values()
    assert (fault.type, fault.message, fault.cell) == ("crashed", SENTENCES["crashed"], 1)
    asking, sent = asked(monkeypatch, dies_in(0), dies_in(1), dies_in(2), answers)
    assert [*map(asking.lost.get, range(3))] == [{None: "crashed"}] * 3 and len(asking.heard.answers) == 6
    monkeypatch.setattr(hearing, "MOST_SANDBOXES", 3)
    asking, sent = asked(monkeypatch, dies_in(0), dies_in(1), dies_in(2))
    assert len(sent) == 3 and asking.heard.answers == {}


def test_the_task_that_a_sandbox_ended_in_is_left_out(monkeypatch):
    def ends_after(*answered):
        def made(cells, ids):
            return outcome(
                [*({"cell": c} for c in cells), *({"id": i, "value": 1} for i in ids if i in answered)], "exited"
            )

        return made

    asking, sent = asked(monkeypatch, ends_after(0, 1000, 2000, 1), answers, tasks=3)
    assert sent[1][1] == [1000, 2000, 1001, 1002, 2001, 2002]
    assert "exited early" in asking.problems and sorted(asking.heard.answers)[:2] == [0, 1]
    everything = [0, 1000, 1, 2, 1001, 1002]
    asking, sent = asked(monkeypatch, ends_after(*everything))  # all answered, and no word of an end
    assert len(sent) == 1 and asking.problems == {"exited early": "ended: "}


def test_time_that_threads_took_is_given_once_more_without_threads(monkeypatch):
    for ending in ("cpu", "asleep"):
        slow = outcome([{"cell": c} for c in range(3)], ending, threads=True, asleep=2.0)
        asking, sent = asked(monkeypatch, slow, answers)
        assert [one[2].threads for one in sent] == [32, 0] and asking.problems == {}
    asking, sent = asked(monkeypatch, slow, slow, answers)
    assert "timed out" in asking.problems and sent[2][1] == [1000, 1001, 1002]
    never = outcome([{"cell": c} for c in range(3)], "cpu", threads=False)
    asking, sent = asked(monkeypatch, never, answers)
    assert [one[2].threads for one in sent] == [32, 32]


def test_the_first_answer_counts_and_nonsense_is_counted():
    heard = Heard({0, 1, 2})
    lines = [{"id": 0, "value": 1}, {"id": 0, "value": 2}, {"id": 9, "value": 3}, "no json\n", "\n", {"id": True}, {}]
    lines += [{"cell": 0}, {"cell": 0}, {"cell": 1, "error": {"type": "T" * 90, "message": "m" * 600, "traceback": 3}}]
    lines += [{"id": 1, "value": 5, "used": "torch" * 30}, {"done": 1}, {"done": 1}]
    ran, begun, done = heard.listen(outcome(lines), 2)
    assert heard.answers == {0: {"value": 1}, 1: {"value": 5, "used": ("torch" * 30)[:80]}}
    assert ran == {0, 1} and begun == 0 and done
    assert heard.nonsense == 7  # id 0 again, id 9, no json, a bool, {}, cell 0 again, done again
    assert (heard.errors[1].type, heard.errors[1].message, heard.errors[1].traceback) == ("T" * 80, "m" * 500, "")
    error = {"type": "E", "message": "m", "traceback": "t" * 3000}
    heard.listen(outcome([{"id": 0, "value": 7}, {"id": 2, "error": error}]), 0)
    assert heard.answers[0] == {"value": 1} and heard.answers[2] == {"error": Fault("E", "m", "t" * 2000)}
    assert heard.nonsense == 7  # a new sandbox may answer once more


@pytest.mark.parametrize("cell", [-1, 1000, 999, True, "999", 999.0])
def test_a_cell_that_cannot_be_has_no_error(cell):
    heard = Heard({0})
    heard.listen(outcome([{"cell": cell, "error": {"type": "E"}}]), 1000)
    assert list(heard.errors) == ([999] if type(cell) is int and cell == 999 else [])


@pytest.mark.parametrize(
    ("said", "ran", "begun", "nonsense"),
    [
        ("", [], 0, 0),
        ("\t\t", [], 2, 0),
        ('\t\t{"cell": 0}\n', [0], 0, 0),
        ('\t\t{"cell": 0}\n\t\t\t', [0], 3, 0),
        ('{"cell": 0}\n\t{"cell": 1}\n{"id": 0}\n', [0, 1], 0, 0),
        ('\t\t{"cell": 0}\n\tnonsense\n{"cell": 7}\n\t\t', [0], 3, 2),  # what it writes itself ends no cell
        ('\t{"cell": 0}\n\t{"cell": 0}\n', [0], 1, 1),
    ],
)
def test_how_many_statements_of_a_cell_had_begun(said, ran, begun, nonsense):
    heard = Heard({0})
    assert heard.listen(outcome([said]), 2) == (set(ran), begun, False) and heard.nonsense == nonsense


def test_what_comes_after_the_secret_inputs_went_in_is_not_early():
    lines = [{"id": 0, "value": 1}, {"cell": 0}, {"id": 1, "value": 1}, {"cell": 1}]
    first_two = sum(len(json.dumps(line)) + 1 for line in lines[:2])
    for shift, early, cells in ((0, {0}, {0}), (-1, {0}, set()), (1, {0}, {0})):
        heard = Heard({0, 1})
        ran, _, done = heard.listen(outcome(lines, early=first_two + shift), 2)
        assert (heard.early, ran, done) == (early, cells, False)


def test_problems_that_answers_tell():
    def told(*errors, nonsense=0, names=("f",)):
        heard = SimpleNamespace(errors={}, answers={i: {"error": e} for i, e in enumerate(errors)}, nonsense=nonsense)
        tasks = [SimpleNamespace(name="f", error=errors[0] if errors else None)]
        return marking._problems_told(heard, tasks)

    assert told(Fault("MemoryError", "m", "t")) == {"out of memory": "MemoryError: m\nt"}
    assert list(told(Fault("RuntimeError", "can't start new thread", ""))) == ["forked"]
    assert list(told(Fault("BlockingIOError", "", ""))) == ["forked"]
    assert told(Fault("ValueError", "v", "")) == {} == told()
    assert told(nonsense=3) == {"wrote nonsense": "3 lines that are no answers"}
    assert list(told(Fault("NameError", "f is not defined", ""))) == ["missing function"]


@pytest.mark.parametrize(
    ("edition", "variant", "words"),
    [
        (None, "0a1b2c3d", None),
        ("", "", None),
        ("0a1b2c3d", "0a1b2c3d", None),
        ("", "0a1b2c3d", "it is the course's public edition; graded is variant 0a1b2c3d"),
        ("ffffffff", "", "it is variant ffffffff; graded is the course's public edition"),
    ],
)
def test_another_edition_is_named(edition, variant, words):
    told = marking._edition_told(edition, SimpleNamespace(variant=variant))
    assert (told == {}) if words is None else words in told["other edition"]


def notebook(*sources):
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"nbformat": 4, "cells": cells, "metadata": {}}).encode()


def test_a_fault_of_the_grader_and_a_notebook_that_none_can_read(monkeypatch):
    monkeypatch.setattr(marking, "_marked", lambda *arguments: 1 / 0)
    result = mark(notebook("x = 1"), "02_step_decay", "ada", "seed")
    assert (result.status, result.score) == (NOT_GRADED, None) and "ZeroDivisionError" in result.report.log
    monkeypatch.setattr(marking, "read_cells", lambda data: [][1])
    result = mark(notebook("x = 1"), "02_step_decay", "ada", "seed")
    assert (result.status, result.score) == ("not a notebook", 0) and "(IndexError)" in result.report.sentence


ENDINGS = [  # exit status, CPU seconds, ending, a part of the detail
    (None, 0, "failed", "did not start"),
    (0, 0, "ended", ""),
    (1, 0, "exited", "exit status 1"),
    (127, 0, "exited", "exit status 127"),
    (128 + 27, 0, "cpu", "more than 3 s of CPU time at one place"),
    (128 + 24, 0, "cpu", "used up its 10 s"),
    (-9, 9.99, "killed", "ended by SIGKILL"),
    (-9, 10.0, "cpu", "used up its 10 s"),
    (128 + 9, 10.5, "cpu", "used up its 10 s"),
    (128 + 11, 10.5, "crashed", "ended by SIGSEGV"),
    (-6, 0, "crashed", "ended by SIGABRT"),
    (255, 0, "exited", "exit status 255"),
]


@pytest.mark.parametrize(("status", "cpu", "ending", "detail"), ENDINGS)
def test_the_ending_that_an_exit_status_stands_for(status, cpu, ending, detail):
    told = sandbox._ending(status, cpu, sandbox.Limits())
    assert told[0] == ending and detail in told[1]


def test_the_limits_in_a_shells_units():
    limits = sandbox.Limits()
    assert (limits.memory, limits.mapped, limits.file_size) == (768 * 2**20, 2**30, 8 * 2**20)
    assert (limits.output, limits.log, limits.threads, limits.wall) == (4 * 2**20, 16 * 2**10, 32, 600)
    bounds = sandbox._bounds(limits)
    assert bounds == (
        "ulimit -S -t 10 && ulimit -H -t 11 && ulimit -d 786432 && ulimit -v 1048576 && ulimit -f 16384 "
        "&& ulimit -n 64 && ulimit -c 0 && ulimit -l 0"
    )
    command = sandbox._bare_command(99, limits)
    assert command[-5:] == ["CPU=10", "DATA=805306368", "FSIZE=8388608", "NOFILE=64", "CORE=0"]


def test_numbers_of_a_curve_are_kept_short_and_a_gap_is_none():
    assert [marking._rounded(x) for x in (0.123456, float("nan"), float("inf"), 0)] == [
        0.12346,
        None,
        float("inf"),
        0.0,
    ]
    task = SimpleNamespace(ylabel="learning rate")
    request = {"drive": "curve", "steps": 1500}
    drawn = marking._drawn(task, request, [0.1] * 1500, {"value": [0.2] * 1500}, ())
    assert [len(line) for line in drawn.lines.values()] == [1000, 1000]
    assert marking._drawn(task, request, ["a"] * 3, {}, ()) is None


def heard_of(monkeypatch, cells, *outcomes, tasks=1, limits=sandbox.Limits()):  # noqa: B008
    """An Asking about these cells over made-up sandboxes, and the lines that each of them was sent."""
    sent, left = [], list(outcomes)

    def run(program, parts, given, sandboxed):
        lines = [json.loads(line) for part in parts for line in part.decode().splitlines()]
        sent.append(SimpleNamespace(lines=lines, limits=given, jobs=[line for line in lines if "cell" in line]))
        made = left.pop(0) if len(left) > 1 else left[0]
        return made(lines) if callable(made) else made

    monkeypatch.setattr(sandbox, "run", run)
    exercise = SimpleNamespace(tasks=[SimpleNamespace(public=[1])] * tasks)
    requests = [[{"id": 1000 * n + i} for i in range(2)] for n in range(tasks)]
    asking = Asking(exercise, cells, requests, limits, True)
    asking.ask()
    return asking, sent


def well(lines):
    """All answered, with the end told."""
    return outcome([*({key: line[key] for key in ("cell", "id") if key in line} for line in lines), {"done": True}])


def dying(*where, ending="crashed", **more):
    """A sandbox that ends in the first of these that runs: (cell, which of its statements; None as it begins)."""

    def made(lines):
        said = []
        for line in lines:
            lost = dict(map(tuple, line.get("lost", [])))
            for cell, part in where:
                if cell == line.get("cell") and part not in lost and None not in lost:
                    begun = "\t" * (0 if part is None else part + 1)
                    return outcome([*said, begun], ending, detail="it died", **more)
            said.append({key: line[key] for key in ("cell", "id") if key in line})
        return outcome([*said, {"done": True}])

    return made


def test_of_a_cell_that_ends_a_sandbox_only_the_statement_is_left_out(monkeypatch):
    source = "a = 1\r\nif a:\n    die()  \nb = " + "2" * 300 + "\nc = 3"
    asking, sent = heard_of(monkeypatch, ["x = 1", source], dying((1, 2)), dying((1, 0)), well)
    words = "was left out, since it ended the program: crashed"
    assert ["lost" in job for one in sent for job in one.jobs] == [False, False, False, True, False, True]
    assert sent[1].jobs[1] == {"cell": 1, "source": source, "seconds": 3, "lost": [[2, words]]}
    assert sent[2].jobs[1]["lost"] == [[2, words], [0, words]]
    [fault] = asking.heard.fatal.values()
    assert fault.traceback == "line 1, in <module>: a = 1" and fault.cell == 1  # the last one that ended it
    assert asking.problems == {"crashed": "ended in cell 2: it died"} and sorted(asking.heard.answers) == [0, 1]
    asking, _ = heard_of(monkeypatch, ["x = 1", source], dying((1, 2)), well)
    assert asking.heard.fatal[1].traceback == "line 4, in <module>: " + ("b = " + "2" * 300)[:200]


@pytest.mark.parametrize(
    ("cell", "begun"),
    [("f()", "\t"), ("a = 1\nb = 2", ""), ("no python here", "\t")],
)
def test_where_no_statement_can_be_told_the_cell_is_left_out(cell, begun, monkeypatch):
    asking, _ = heard_of(monkeypatch, [cell], lambda lines: outcome([begun], "crashed"), well)
    assert asking.lost[0] == {None: "crashed"} and asking.heard.fatal[0].traceback == ""


@pytest.mark.parametrize(("cell", "begun"), [("a = 1\nb = 2", "\t\t\t"), ("f()", "\t\t"), ("f()", "\t" * 9)])
def test_what_a_cell_runs_after_its_own_statements_is_left_out_alone(cell, begun, monkeypatch):
    """A statement of a cell above, which had waited for a name of this one."""
    dies = lambda lines: outcome([begun], "crashed")  # noqa: E731
    own = len(cell.split("\n"))
    asking, sent = heard_of(monkeypatch, [cell], dies, well)
    assert asking.lost[0] == {own: "crashed"} and asking.heard.fatal[0].traceback == ""
    assert sent[1].jobs[0]["lost"] == [[own, "was left out, since it ended the program: crashed"]]
    asking, _ = heard_of(monkeypatch, [cell], dies, dies, well)
    assert asking.lost[0] == {own: "crashed", None: "crashed"}


def test_who_names_another_statement_than_the_one_that_ends_it_loses_the_cell(monkeypatch):
    forged = lambda lines: outcome(["\t"], "crashed")  # noqa: E731
    asking, sent = heard_of(monkeypatch, ["a = 1\nb = 2"], forged, forged, well)
    assert asking.lost[0] == {0: "crashed", None: "crashed"} and len(sent) == 3


def test_thirty_sandboxes_and_no_more(monkeypatch):
    asking, sent = heard_of(monkeypatch, ["f()"] * 40, *[dying(*((i, None) for i in range(40)))])
    assert len(sent) == 30 and sum(map(bool, asking.lost.values())) == 30


# One account of time for all sandboxes of a submission: 17.5 s, whatever they are spent on.


@pytest.mark.parametrize("ending", ["cpu", "asleep", "spent", "crashed", "killed"])
@pytest.mark.parametrize(("spent", "sandboxes"), [(17.3, 1), (17.2, 2), (8.7, 2), (8.6, 3), (0.1, 30)])
def test_what_sandboxes_spend_comes_from_one_account(monkeypatch, ending, spent, sandboxes):
    ends = dying(*((i, None) for i in range(40)), ending=ending, spent=spent)
    asking, sent = heard_of(monkeypatch, ["f()"] * 40, ends)
    assert len(sent) == sandboxes and asking.problems
    assert [one.limits.total for one in sent] == pytest.approx([17.5 - i * spent for i in range(sandboxes)])


@pytest.mark.parametrize(
    ("spent", "call", "cpu", "asleep"),
    [(0.1, 3, 10, 6.96), (7.0, 3, 10, 4.2), (7.5, 3, 10, 4), (12.5, 1.5, 5, 2), (16.9, 0.18, 1, 0.24)],
)
def test_the_less_is_left_the_less_one_place_may_use(monkeypatch, spent, call, cpu, asleep):
    """0.3 of it at work, 0.4 asleep, so that what comes after has some too; never more than at first."""
    _, sent = heard_of(monkeypatch, ["f()"], dying((0, None), spent=spent), well)
    one, other = (entry.limits for entry in sent)
    assert (one.call, one.cpu, one.asleep) == (3, 10, 7)
    assert (other.call, other.cpu, other.asleep) == pytest.approx((call, cpu, asleep))
    assert {line["seconds"] for line in sent[1].lines} == {other.call}


def test_where_nothing_is_left_it_is_said(monkeypatch):
    """Also where the last of it went without any fault that was told: two kills, the first of which is tried again."""
    killed = outcome([{"cell": 0}], "killed", spent=17.4)
    asking, sent = heard_of(monkeypatch, ["x = 1"], killed)
    assert len(sent) == 1 and list(asking.problems) == ["timed out"]


@pytest.mark.parametrize(
    ("asleep", "stuck", "next_one"),
    [
        (7.1, 7.1, 0.5),  # nothing before it: a fourteenth of 7 s is left for the next place
        (7.1, 6.1, 1.5),
        (7.1, 1.0, 2.25),  # before it, at most a quarter counts
    ],
)
def test_how_long_the_next_sandbox_may_sleep(monkeypatch, asleep, stuck, next_one):
    slept = outcome([{"cell": 0}], "asleep", asleep=asleep, stuck=stuck, spent=asleep)
    _, sent = heard_of(monkeypatch, ["x = 1"], slept, well, tasks=2)
    assert [one.limits.asleep for one in sent] == pytest.approx([7, next_one])


def test_without_threads_half_of_the_sleep_is_left(monkeypatch):
    for spent, left in ((7.1, 3.5), (15.0, 1.0)):
        slept = outcome([{"cell": 0}], "asleep", asleep=7.1, threads=True, spent=spent)
        _, sent = heard_of(monkeypatch, ["x = 1"], slept, well)
        assert [one.limits.asleep for one in sent] == pytest.approx([7, left])
        assert [one.limits.threads for one in sent] == [32, 0]


def test_texts_of_an_error_that_is_none():
    assert hearing._texts(3) == hearing._texts({"type": 3}) == {"type": "", "message": "", "traceback": ""}


def test_a_library_that_stands_in_for_itself_is_named():
    assert marking._missing({0: {"used": "torch"}, 1: {"used": "numba"}, 2: {}}) == (
        "Your code uses numba here, which is not there when your work is graded."
    )
    assert marking._missing({0: {}}) == ""


def test_a_report_holds_twenty_faults_and_the_end_of_the_log(monkeypatch):
    def asked(self):
        for i in range(25):
            self.heard.errors[24 - i] = CellFault("E", "m", "t", 24 - i)
        self.log, self.problems = "x" * 4100 + "end", {"crashed": "in cell 1"}

    monkeypatch.setattr(Asking, "ask", asked)
    result = mark(notebook("x = 1"), "02_step_decay", "ada", "seed")
    assert [fault.cell for fault in result.report.cells] == list(range(20))
    assert len(result.report.log) == 4000 and result.report.log.endswith("xend")
    assert (result.status, result.score) == ("crashed", 0) and result.report.sentence == SENTENCES["crashed"]
    assert all(task.right == 0 and not task.answered and task.public for task in result.report.tasks)
