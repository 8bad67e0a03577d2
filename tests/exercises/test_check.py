"""What a learner meets in the notebook: check, hint, solution, progress."""

import contextlib
import json
import re
import threading
import time
from xml.etree import ElementTree

import pytest

from lrcourse.exercises import check, hint, learner, progress, solution, timing
from lrcourse.exercises.examining import examine


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setattr("lrcourse.exercises.learner.path", lambda: tmp_path / "data" / "progress.json")
    return tmp_path / "data"


@pytest.fixture
def shown(monkeypatch):
    pictures = []
    monkeypatch.setattr("lrcourse.exercises.checking._show", lambda svg, alt: pictures.append((svg, alt)))
    return pictures


def right(step, base_lr, step_size, gamma):
    return base_lr * gamma ** (step // step_size)


def late(step, base_lr, step_size, gamma):
    return base_lr * gamma ** (max(step - 1, 0) // step_size)


def test_a_right_answer(capsys, shown):
    check("step_decay", right)
    said = capsys.readouterr().out
    assert said.count("as expected") == 3
    assert "3 of 3 public cases passed. The instructor's inputs differ." in said
    assert "all tests" not in said.lower()
    assert len(shown) == 1


def test_a_known_mistake_is_shown_placed_and_named(capsys, shown):
    check("step_decay", late)
    said = capsys.readouterr().out
    assert "step_decay: base_lr=0.1, step_size=20, gamma=0.5, steps 0 to 99: differs, first at step 20" in said
    assert "expected  0.05" in said
    assert "got       0.1" in said
    assert "What this looks like: You decay one step late" in said
    [(svg, alt)] = shown
    assert "at step 20: 0.05 expected, 0.1 got" in alt
    assert f'aria-label="{alt}"' in svg
    assert {node.get("class") for node in ElementTree.fromstring(svg).iter() if node.get("class")} >= {"s0", "s1"}


def test_an_error_shows_the_student_s_lines_only(capsys, shown):
    def broken(step, base_lr, step_size, gamma):
        return json.loads(base_lr)

    check("step_decay", broken)
    said = capsys.readouterr().out
    assert "your code stopped with TypeError: the JSON object must be str" in said
    assert "in broken: return json.loads(base_lr)" in said
    assert "driver.py" not in said
    assert "decoder" not in said


def test_a_forgotten_return_is_asked_for(capsys, shown):
    check("step_decay", lambda step, base_lr, step_size, gamma: None)
    assert "got       None   (is there a return?)" in capsys.readouterr().out


def test_prints_are_kept_short(capsys, shown):
    def chatty(step, base_lr, step_size, gamma):
        print("step", step)
        return 0

    check("step_decay", chatty)
    said = capsys.readouterr().out
    assert "step 4\n" in said
    assert "step 5" not in said


def endless(step, base_lr, step_size, gamma):
    while True:
        with contextlib.suppress(Exception):
            step = max(step, 0)


def test_an_endless_loop_is_cut_off_and_leaves_nothing_running(capsys, shown, monkeypatch):
    monkeypatch.setattr("lrcourse.exercises.examining.SECONDS", 0.3)
    threads = threading.active_count()
    check("step_decay", endless)
    said = capsys.readouterr().out
    assert "stopped after 0.3 seconds" in said
    assert said.count("TimeUp") == 2  # one case tried, the others left
    assert "in endless: " in said  # the line at which it was stopped
    assert threading.active_count() == threads


def test_an_endless_loop_is_cut_off_outside_the_main_thread(capsys, shown, monkeypatch):
    """There no signal arrives; a watching thread does it, as it does on Windows."""
    monkeypatch.setattr("lrcourse.exercises.examining.SECONDS", 0.3)
    caller = threading.Thread(target=check, args=("step_decay", endless))
    caller.start()
    caller.join(timeout=20)
    assert not caller.is_alive()
    assert "stopped after 0.3 seconds" in capsys.readouterr().out
    deadline = time.monotonic() + 5
    while threading.active_count() > 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [thread.name for thread in threading.enumerate() if "watch" in thread.name] == []


def test_the_watch_ends_without_a_late_blow():
    def quick():
        with timing.time_limit(0.05):
            pass
        time.sleep(0.2)
        done.append(True)

    done = []
    thread = threading.Thread(target=quick)
    thread.start()
    thread.join()
    assert done == [True]


def test_a_quiz(capsys):
    check("02_quiz_1", "?")
    assert "Put one of the letters a, b, c in place of '?'" in capsys.readouterr().out
    check("02_quiz_1", "a")
    assert capsys.readouterr().out.startswith("Not this one: ")
    check("02_quiz_1", "b")
    assert capsys.readouterr().out.startswith("Right: ")


def test_an_unknown_name_lists_the_names():
    for function in (lambda name: check(name, 1), hint, solution):
        with pytest.raises(ValueError, match="no exercise asks for 'stepdecay'.*step_decay.*multistep_decay"):
            function("stepdecay")


def test_hints_climb_and_then_point_to_the_solution(capsys):
    for _ in range(4):
        hint("step_decay")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:13] for line in lines if line.startswith("Hint")] == ["Hint 1 of 3: ", "Hint 2 of 3: "] + [
        "Hint 3 of 3: "
    ] * 2
    assert 'solution("step_decay") says how to see the solution.' in lines[-1]


LINE = "return base_lr * gamma ** (step // step_size)"


def test_the_solution_says_first_what_it_costs(capsys):
    solution("step_decay")
    said = capsys.readouterr().out
    assert 'solution("step_decay", sure=True)' in said and LINE not in said
    assert learner.read() == {}
    solution("step_decay", sure=True)
    said = capsys.readouterr().out
    assert said.count(LINE) == 1 and "Another that is right too" in said
    assert "SOLUTION" not in said
    assert learner.read()["step_decay"] == {"solution": True}


def test_whoever_has_solved_it_sees_the_solution_at_once(capsys, shown):
    check("step_decay", right)
    assert 'Compare with the course\'s own: solution("step_decay")' in capsys.readouterr().out
    solution("step_decay")
    assert LINE in capsys.readouterr().out


def test_an_edition_without_masters_has_no_solutions(capsys, monkeypatch):
    monkeypatch.setattr("lrcourse.exercises.checking._masters", lambda: False)
    solution("step_decay", sure=True)
    assert capsys.readouterr().out == "Solutions are not in this edition: your lecturer has them.\n"
    hint("step_decay"), hint("step_decay"), hint("step_decay")
    assert "solution(" not in capsys.readouterr().out


def test_nbgrader_is_told_by_an_error(monkeypatch, shown):
    from lrcourse.exercises.checking import CheckFailed

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    check("step_decay", right)
    with pytest.raises(CheckFailed, match="0 of 3"):
        check("step_decay", late)


def test_progress_is_kept_and_drawn(shown, capsys):
    check("step_decay", right)
    check("multistep_decay", right)
    check("step_decay", late)  # what was solved stays solved
    hint("StepLR")
    check("02_quiz_1", "b")
    learner.note("guess cosine", score=60)
    capsys.readouterr()
    progress()
    svg, alt = shown[-1]
    assert alt.startswith("You have solved 1 of ")
    assert "and begun 2 more. 02_step_decay: 1 of " in alt
    said = capsys.readouterr().out
    assert re.search(r"\[x\] step_decay +2 points$", said, re.MULTILINE)
    assert re.search(r"\[~\] multistep_decay +2 points +0 of 3 public cases$", said, re.MULTILINE)
    assert re.search(r"\[~\] StepLR +3 points +1 hint$", said, re.MULTILINE)
    assert "quizzes: 1 of 3 answered right" in said
    assert "Your guesses, of 100: cosine 60" in said
    assert "Next: multistep_decay, in exercise 02, step decay." in said
    ElementTree.fromstring(svg)


def test_an_untouched_exercise_is_not_begun(shown, capsys):
    """Run All on a fresh notebook tries nothing."""
    from lrcourse.exercises.exercise import load, run, with_stub

    exercise = load("02_step_decay")
    stubs = run("\n".join(map(with_stub, exercise.code_cells)))
    for task in exercise.tasks:
        check(task.name, stubs[task.name])
    check("02_quiz_1", "?")
    assert learner.read() == {}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": "another"}', '{"format": "lrcourse progress 1", "tasks": [1]}', "\0\0"]
)
def test_a_damaged_or_foreign_file_is_put_aside(content, home, shown, capsys):
    home.mkdir()
    learner.path().write_text(content)
    check("step_decay", right)
    [aside] = home.glob("progress.damaged-*")
    assert aside.read_text() == content
    assert str(aside) in capsys.readouterr().out
    assert learner.read()["step_decay"]["solved"] is True


def test_a_folder_that_cannot_be_written_does_not_stop_a_check(home, shown, capsys):
    home.write_text("a file where the folder should be")
    check("step_decay", right)
    said = capsys.readouterr().out
    assert "Your progress could not be saved" in said
    assert "3 of 3 public cases passed" in said


def test_two_writers_never_leave_half_a_file(home):
    writers = [threading.Thread(target=learner.passed, args=(f"task {i}", i, 9)) for i in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert json.loads(learner.path().read_text())["format"] == learner.FORMAT
    assert list(home.glob("*.tmp")) == []


def test_the_first_difference_is_marked(shown, capsys):
    check(
        "step_decay",
        lambda step, base_lr, step_size, gamma: base_lr * gamma ** (step // step_size) * (step != 40 or 0.999),
    )
    [(svg, _)] = shown
    rings = [node.get("d") for node in ElementTree.fromstring(svg).iter() if node.get("class") == "ink"]
    assert [ring.count("L") for ring in rings if ring and ring.count("L") > 10] == [36]


def test_a_time_out_says_what_was_left_untried(capsys, shown, monkeypatch):
    monkeypatch.setattr("lrcourse.exercises.examining.SECONDS", 0.2)
    check("step_decay", endless)
    said = capsys.readouterr().out
    assert "0 of 1 public cases passed. 2 were not tried, since this one did not end." in said
    assert "What this looks like: Your code does not come to an end." in said


def test_a_resume_is_no_call(capsys, shown):
    class Forgets(exercise_class("StepLR")):
        def load_state_dict(self, state):
            self.base_lrs = state["base_lrs"]

    check("StepLR", Forgets)
    said = capsys.readouterr().out
    assert "where     lr after 8 calls, 2 of them since the resume" in " ".join(said.split("\n")).replace(
        "  ", " "
    ) or ("since the resume" in said)


def exercise_class(name):
    from lrcourse.exercises.exercise import home

    return home(name).reference[name]


def test_what_passes_in_public_and_errs_elsewhere_is_told(capsys, shown):
    """Right on the three public inputs, by their numbers; check tries others besides."""

    def known(step, base_lr, step_size, gamma):
        return right(step, base_lr, step_size, gamma) * (base_lr in (0.1, 1.0, 0.2) or 2)

    check("step_decay", known)
    said = capsys.readouterr().out
    assert "3 of 3 public cases passed." in said
    assert "another input comes out wrong" in said
    assert learner.read()["step_decay"]["solved"] is False


def test_a_function_that_prints_in_place_of_returning_is_not_called_empty():
    """None is what a value has that nobody wrote yet; of a function it is an answer, and a wrong one."""
    for name in ("plateau_lrs", "bad_epochs", "count_steps", "steps_until", "noise_floor"):
        outcome = examine(name, {name: lambda *args, **names: print("0.1")})
        assert not outcome.empty
        assert "Still empty" not in outcome.text
        assert f"{name} gives None. A function without a return at its end does so." in " ".join(outcome.text.split())
    assert examine("ten_lrs", {"ten_lrs": None}).empty


class WithoutModeAndState:
    """Wrong with mode="max", and stopped by an error where a run is resumed."""

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, cooldown=0, min_lr=0.0):
        self.optimizer, self.factor, self.patience, self.threshold = optimizer, factor, patience, threshold
        self.best, self.bad = float("inf"), 0

    def step(self, metric):
        good = metric < self.best * (1 - self.threshold)
        self.best, self.bad = (metric, 0) if good else (self.best, self.bad + 1)
        if self.bad > self.patience:
            self.bad = 0
            for group in self.optimizer.param_groups:
                group["lr"] *= self.factor

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        return self.state["best"]


def test_what_is_said_begins_with_the_case_that_is_shown():
    """The first that is wrong is shown; an error that comes with a later input is told after it."""
    said = " ".join(examine("ReduceLROnPlateau", {"ReduceLROnPlateau": WithoutModeAndState}).text.split())
    assert "where lr after 5 calls" in said
    _, _, told = said.partition("What this looks like: ")
    assert told.startswith("Your answer is right before lr after 5 calls")
    assert ". On another input: your code stops with AttributeError" in told
