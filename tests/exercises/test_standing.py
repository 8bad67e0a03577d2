"""What progress, check and a failed or half-tried answer say, for a made-up exercise: line by line, by hand."""

import math
from dataclasses import replace

import pytest

from lrcourse.exercises import checking, examining, learner, sheets, standing
from lrcourse.exercises.examining import examine
from lrcourse.exercises.explain import describe
from lrcourse.exercises.judge import Verdict
from lrcourse.exercises.seals import seal
from lrcourse.exercises.sheets import Question, QuizSheet, Sheet


def question(name, points=2, drive="call", cases=(1.0, 2.0, 3.0), public=2, **more):
    requests = tuple({"id": i, "name": name, "drive": drive, "args": {"x": x}} for i, x in enumerate(cases))
    if drive == "value":
        requests = ({"id": 0, "name": name, "drive": drive},)
    plain = {"likely": (), "hints": ("one", "two"), "tolerance": 1e-6, "score": None, "ylabel": "learning rate"}
    plain |= {"difficulty": 1, "importance": 1, "minutes": 5, "takeaway": ""}
    return Question(name, points, drive, public, requests, tuple(2 * x for x in cases), **{**plain, **more})


QUIZ = QuizSheet("why", "Why?", "b", {"a": ("this", "No."), "b": ("that", "Right: so it is.")})


def sheet(name, title, *tasks, quizzes=()):
    return Sheet(name, "a lesson", title, 1, 5, tasks, tuple(quizzes))


FIRST = sheet("01_one", "The first", question("f"), question("longer", points=1), quizzes=[QUIZ])
SECOND = sheet("02_two", "The second", question("g"))


@pytest.fixture
def course(monkeypatch):
    """Two exercises, and what is kept of them in a dictionary."""
    kept = {}
    both = {one.name: one for one in (FIRST, SECOND)}
    monkeypatch.setattr(sheets, "names", lambda: list(both))
    monkeypatch.setattr(sheets, "load", both.__getitem__)
    monkeypatch.setattr(standing, "read", lambda: kept)
    asked = {task.name: one for one in both.values() for task in (*one.tasks, *one.quizzes)}
    monkeypatch.setattr(examining, "home", asked.__getitem__)
    return kept


def test_nothing_is_begun(course):
    stands = standing.standing()
    assert stands.lines == ("You have solved 0 of 3 tasks and begun 0 more.", "", "Next: f, in exercise 01, the first.")
    assert stands.alt == "You have solved 0 of 3 tasks and begun 0 more. None begun so far."


def test_each_state_of_a_task_on_a_line(course):
    course |= {"f": {"solved": True, "hints": 1, "solution": True}, "longer": {"passed": 1, "cases": 3, "hints": 2}}
    course |= {"why": {"solved": True}, "guess cosine": {"score": 71.6}, "guess step": {"score": None}}
    course["challenge odd"], course["another"] = {"questions": None}, {"questions": {"1": 3}}
    course["challenge bowl"] = {"questions": {"1": 3, "2": 0, "3": 1}}
    assert standing.standing().lines == (
        "You have solved 1 of 3 tasks and begun 1 more.",
        "",
        "01 The first: 2 of 3 points in public",
        "  [x] f       2 points  1 hint, solution seen",
        "  [~] longer  1 point   1 of 3 public cases, 2 hints",
        "  quizzes: 1 of 1 answered right",
        "",
        "Your guesses, of 100: cosine 72",
        "",
        "Your challenges, rounds reached: bowl 2 of 3",
        "",
        "Next: longer, in exercise 01, the first.",
    )
    alone = standing.standing("02_two").lines
    assert alone[:4] == (
        "You have solved 0 of 1 tasks and begun 0 more.",
        "",
        "02 The second: 0 of 2 points in public",
        "  [ ] g  2 points",
    )


def test_what_is_next(course):
    both = [FIRST, SECOND]
    assert standing.next_task(both, {"g": {"hints": 1}}) == "g, in exercise 02, the second."  # what was begun first
    assert standing.next_task(both, {}, after="g") == "g, in exercise 02, the second."
    assert standing.next_task(both, {"g": {"solved": True}}, after="g") == "f, in exercise 01, the first."
    assert standing.next_task(both, {"f": {"solved": True}}, after="f") == "longer, in exercise 01, the first."
    assert standing.next_task(both, {name: {"solved": True} for name in ("f", "g", "longer")}) == ""
    assert standing.next_task(both, {"f": {"solved": 1}}, after="f").startswith("f, ")  # only True counts


def test_the_squares_pixel_by_pixel():
    states = {"01_one": ["solved", "begun"], "02_two": ["open"]}
    drawing = standing._squares([FIRST, SECOND], states, "alt")
    assert (drawing.width, drawing.height) == (620, 26 * 2 + 48)
    bars = [(mark[1][0], mark[2]) for mark in drawing.marks if mark[0] == "bars"]
    assert bars[:2] == [([(282, 20.0), (298, 20.0)], "s0"), ([(308, 20.0), (316.0, 20.0)], "s1")]
    frames = [mark[1] for mark in drawing.marks if mark[0] == "line"]
    assert frames[0] == [(282, 12), (298, 12), (298, 28), (282, 28), (282, 12)] and len(frames) == 6
    assert frames[2][0] == (282, 38) and [frame[0] for frame in frames[3:]] == [(282, 72), (392, 72), (502, 72)]
    words = {mark[2]: mark[1] for mark in drawing.marks if mark[0] == "text"}
    assert words == {
        "01 The first": (12, 25), "02 The second": (12, 51), "solved": (306, 85), "begun": (416, 85), "open": (526, 85)
    }  # fmt: skip


def told(answer, name="f", **more):
    return examine(name, {name: answer}, **more)


def test_all_right(course):
    found = told(lambda x: 2 * x)
    assert (found.ok, found.passed, found.cases, found.empty) == (True, 2, 2, False)
    assert found.lines == (
        "f: x=1: as expected",
        "f: x=2: as expected",
        "2 of 2 public cases passed. The instructor's inputs differ.",
    )


def test_another_input_comes_out_wrong(course):
    found = told(lambda x: 2 * x if x < 3 else 9.0)
    assert (found.ok, found.passed, found.cases) == (False, 2, 3)
    assert "Yet another input comes out wrong, and the instructor asks many:" in found.lines
    assert "  input     x=3" in found.lines and "  expected  6" in found.lines and "  got       9" in found.lines


def test_the_first_public_case_that_is_wrong_is_explained(course):
    found = told(lambda x: 2 * x if x < 2 else None)
    assert (found.ok, found.passed, found.cases) == (False, 1, 2)
    assert found.lines[:6] == (
        "f: x=1: as expected",
        "f: x=2: differs",
        "1 of 2 public cases passed. The first that did not:",
        "",
        "  input     x=2",
        "  expected  4",
    )
    assert found.lines[6] == "  got       None   (is there a return?)" and found.lines[-1] == 'hint("f") helps you on.'


def test_an_error_and_prints(course):
    def answer(x):
        print("\n".join(f"line {i}" for i in range(9)))
        return 1 / 0

    found = told(answer)
    assert found.lines[0] == "f: x=1: stopped with ZeroDivisionError"
    assert "  your code stopped with ZeroDivisionError: division by zero" in found.lines
    assert found.lines[-7:] == ("", "Your code's first prints:", *(f"  line {i}" for i in range(5)))


@pytest.mark.parametrize(("case", "left"), [(1.0, " 1 was not tried"), (2.0, "")])
def test_what_did_not_end(course, case, left):
    def answer(x):
        while x == case:
            pass
        return 2 * x

    found = told(answer, seconds=0.1)
    passed = f"{int(case) - 1} of {int(case)} public cases passed.{left}"
    assert any(line.startswith(passed) for line in found.lines) and (found.passed, found.cases) == (int(case) - 1, 2)


def test_what_is_not_written_yet(course):
    def answer(x):
        raise NotImplementedError("write f")

    found = told(answer)
    assert (found.empty, found.passed, found.cases) == (True, 0, 2)
    assert found.lines == ("Still empty: write f, run that cell, then run this one again.",)
    assert not told(lambda x: None).empty


@pytest.mark.parametrize(
    ("letter", "ok", "empty", "line"),
    [
        ("b", True, False, "Right: so it is."),
        (" B ", True, False, "Right: so it is."),
        ("a", False, False, "Not this one: No."),
        ("c", False, True, "Put one of the letters a, b in place of 'c', then run this cell again."),
        (None, False, True, "Put one of the letters a, b in place of None, then run this cell again."),
    ],
)
def test_a_quiz(course, letter, ok, empty, line):
    found = told(letter, "why")
    assert (found.ok, found.passed, found.cases, found.empty, found.lines) == (ok, int(ok), 1, empty, (line,))


def value(course, monkeypatch, expected, got):
    """What is said of the one answer of a question, as its data file holds what is expected."""
    asked = question("v", 1, "value", cases=(0,), public=1)
    asked = replace(asked, expected=(seal(expected, "v", 1e-6),))
    monkeypatch.setattr(examining, "home", {"v": sheet("03_three", "The third", asked)}.__getitem__)
    return told(got, "v")


@pytest.mark.parametrize(
    ("expected", "got", "line"),
    [
        (3.0, 3.0, "v: right. This question has one answer, and you have it."),
        (3.0, 4.0, "v: the answer is not right. You wrote 4."),
        ([1.0, 2.0], [1.0, 9.0], "v: entry 1 is not right. You wrote 9."),
        ([1.0, 2.0], [1.0], "v: expected a list of 2, got a list of 1."),
        ("a", "b", "v: the answer is not right. You wrote 'b'."),
    ],
)
def test_the_one_answer_of_a_question(course, monkeypatch, expected, got, line):
    found = value(course, monkeypatch, expected, got)
    assert found.lines[0] == line and (found.ok, found.cases) == (expected == got, 1)
    assert ("hint" in found.text) is (expected != got) and found.svg == "" and not found.empty


def test_an_answer_that_is_no_data_or_not_there(course, monkeypatch):
    found = value(course, monkeypatch, 3.0, {1})
    assert found.lines[0].startswith("v: your answer is or holds a set, which has no order; numbers")
    empty = value(course, monkeypatch, 3.0, None)
    assert empty.empty and empty.lines == ("Still empty: write v, run that cell, then run this one again.",)


def drawn(monkeypatch, answer, expected=(0.1, 0.2, 0.4), **more):
    asked = question("c", 1, "curve", cases=(1.0,), public=1, **more)
    requests = tuple({**request, "steps": len(expected)} for request in asked.requests)
    asked = replace(asked, requests=requests, expected=(list(expected),))
    monkeypatch.setattr(examining, "home", {"c": sheet("03_three", "The third", asked)}.__getitem__)
    return told(answer, "c")


def test_the_picture_in_words(monkeypatch):
    right = drawn(monkeypatch, lambda step, x: [0.1, 0.2, 0.4][step])
    assert right.alt == ("Your c follows the expected curve. Yours runs from 0.1 to 0.4. Input: x=1, steps 0 to 2.")
    wrong = drawn(monkeypatch, lambda step, x: [0.1, 0.3, math.inf][step])
    assert wrong.alt.startswith(
        "Your c parts from the expected curve at step 1: 0.2 expected, 0.3 got. Yours runs from 0.1 to 0.3. Input: "
    )
    assert wrong.svg.count('class="ink"') == right.svg.count('class="ink"') + 1  # the ring
    assert drawn(monkeypatch, lambda step, x: math.nan).svg == "" == drawn(monkeypatch, lambda step, x: 1 / 0).svg
    design = drawn(monkeypatch, lambda step, x: 0.1, score="beats_constants")
    assert design.alt.startswith("Your c: loss ") and ' expected"' not in design.svg and ">expected<" not in design.svg
    assert ">expected<" in wrong.svg and ">yours<" in design.svg
    assert any(line.startswith("  result    loss ") for line in design.lines)


def test_where_the_ring_is_drawn():
    points = {"yours": [(0, 1.0), (1, None)], "expected": [(0, 1.0), (1, 3.0), (2, 4.0)]}
    rings = [examining._first_difference(points, Verdict(False, where)) for where in [(0,), (1,), (2,), (3,), ()]]
    assert rings == [(0, 1.0), (1, 3.0), (2, 4.0), None, None]
    assert examining._first_difference(points, Verdict(False, ("lr", 1, 0))) == (1, 3.0)


@pytest.fixture
def kept(course, monkeypatch):
    """What a check keeps, in a dictionary; the course has its masters."""

    class Store:
        def read(self):
            return dict(course)

        def write(self, entries):
            course.clear()
            course.update(entries)

    monkeypatch.setattr(learner, "_STORE", [Store()])
    monkeypatch.setattr(checking, "_masters", lambda: True)
    homes = {task.name: one for one in (FIRST, SECOND) for task in (*one.tasks, *one.quizzes)}
    monkeypatch.setattr(checking, "home", homes.__getitem__)
    monkeypatch.setattr(checking, "_show", lambda *picture: None)
    return course


def test_after_success(kept, monkeypatch):
    own, following = 'Compare with the course\'s own: solution("f")', "Next: longer, in exercise 01, the first."
    learned = replace(FIRST.tasks[0], takeaway="Two is twice one.")
    kept["f"] = {"solved": True}
    assert checking.after_success(learned) == ["", "Take away: Two is twice one.", "", own, following]
    monkeypatch.setattr(checking, "_masters", lambda: False)
    assert checking.after_success(learned) == ["", "Take away: Two is twice one.", following]
    assert checking.after_success(FIRST.tasks[0]) == [following]
    kept |= {"longer": {"solved": True}, "g": {"solved": True}}
    assert checking.after_success(FIRST.tasks[0]) == ["That was the last task. All are solved."]
    assert checking.after_success(learned, width=12)[1:3] == ["Take away:", "Two is twice"]


def test_one_hint_more_at_each_call(kept, monkeypatch):
    assert checking.next_hint("f") == ["Hint 1 of 2: one"] and kept["f"] == {"hints": 1}
    last = "That was the last hint."
    assert checking.next_hint("f") == ["Hint 2 of 2: two", f'{last} solution("f") says how to see the solution.']
    monkeypatch.setattr(checking, "_masters", lambda: False)
    assert checking.next_hint("f") == ["Hint 2 of 2: two", last]
    without = replace(FIRST, tasks=(question("f", hints=()),))
    monkeypatch.setattr(checking, "home", lambda name: without)
    assert checking.next_hint("f") == ["Your lecturer handed this exercise out without hints."]


def test_a_check_keeps_what_came_out(kept, capsys):
    checking.check("f", lambda x: 9)
    assert kept["f"] == {"passed": 0, "cases": 2, "solved": False}
    assert "Next: " not in capsys.readouterr().out
    checking.check("f", lambda x: 2 * x)
    assert kept["f"]["solved"] is True and "Next: longer, in exercise 01" in capsys.readouterr().out
    checking.check("why", "?")
    assert "why" not in kept
    checking.check("why", "b")
    assert kept["why"] == {"passed": 1, "cases": 1, "solved": True} and "Next: " not in capsys.readouterr().out


def test_under_nbgrader_only_a_task_that_fails_raises(kept, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    checking.check("f", lambda x: 2 * x)
    checking.check("why", "a")  # a quiz has no points
    with pytest.raises(checking.CheckFailed, match="f: 1 of 2 public cases passed"):
        checking.check("f", lambda x: 2 * x if x < 2 else 0)


def test_whether_this_edition_has_the_masters(monkeypatch, tmp_path):
    assert checking._masters() is True
    monkeypatch.setattr(sheets, "FOLDER", tmp_path / "lrcourse" / "exercises" / "data")
    assert checking._masters() is False
    (tmp_path / "exercises" / "masters").mkdir(parents=True)
    assert checking._masters() is True


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {}, "home/.local/share"),
        ("linux", {"XDG_DATA_HOME": "  "}, "home/.local/share"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "home/Library/Application Support"),
        ("win32", {}, "home/AppData/Local"),
        ("win32", {"LOCALAPPDATA": "/local", "XDG_DATA_HOME": "/data"}, "/local"),
    ],
)
def test_where_progress_lies_on_each_system(platform, variables, folder, monkeypatch, tmp_path):
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setattr(learner.Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(learner.sys, "platform", platform)
    assert learner.path() == tmp_path / folder / "lrcourse" / "progress.json"


def test_the_folders_above_the_file_are_made(monkeypatch, tmp_path):
    monkeypatch.setattr(learner, "path", lambda: tmp_path / "a" / "b" / "progress.json")
    store = learner.FileStore()
    store.write({"f": {"hints": 1}})
    store.write({"f": {"hints": 2}})
    assert store.read() == {"f": {"hints": 2}} and len(list((tmp_path / "a" / "b").iterdir())) == 1


def test_a_likely_mistake_is_a_known_one_that_somebody_made():
    one = sheets.Likely("Late.", [])
    assert (one.known, one.stub) == (True, False)


def test_progress_is_kept_in_another_store(monkeypatch):
    monkeypatch.setattr(learner, "_STORE", [learner.FileStore()])

    class Page:
        kept = {"f": {"hints": 1}}

        def read(self):
            return dict(self.kept)

        def write(self, entries):
            self.kept = entries

    page = Page()
    learner.keep_in(page)
    learner.note("f", score=3)
    assert page.kept == {"f": {"hints": 1, "score": 3}} == learner.read() and len(learner._STORE) == 1


def test_lines_break_between_words():
    assert examining.wrapped("one two-three four", 9) == "one\ntwo-three\nfour"
    assert examining.wrapped("one two three", 8, indent=2) == "one two\n  three"


def test_hints_and_passes_are_counted(monkeypatch):
    class Kept:
        entries = {}

        def read(self):
            return dict(self.entries)

        def write(self, entries):
            Kept.entries = entries

    monkeypatch.setattr(learner, "_STORE", [Kept()])
    assert [learner.hint_shown("f", 2) for _ in range(3)] == [1, 2, 2]
    learner.note("f", hints="many")
    assert learner.hint_shown("f", 2) == 1
    learner.passed("f", 1, 2)
    assert Kept.entries["f"] == {"hints": 1, "passed": 1, "cases": 2, "solved": False}
    learner.passed("f", 2, 2)
    learner.passed("f", 0, 2)
    assert Kept.entries["f"]["solved"] is True and Kept.entries["f"]["passed"] == 0  # once solved, always solved
    learner.solution_shown("g")
    assert Kept.entries["g"] == {"solution": True}


def test_the_input_of_a_made_up_case():
    assert describe(FIRST.tasks[0].requests[0]) == "x=1"
