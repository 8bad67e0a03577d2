"""A hand-out's variant comes back: the grader with the same secret grades it, and asks each student other inputs."""

import json

import pytest

from lrcourse.exercises import exercise as masters
from lrcourse.exercises import handout, variants
from lrcourse.grading import demo_class, grade, marking
from lrcourse.grading.gradebook import Gradebook

NAME = "02_step_decay"


@pytest.fixture
def course(tmp_path):
    """A function that grades {student: notebook}: {student: points}."""
    (tmp_path / "variant.txt").write_text("a secret of this course")
    (tmp_path / "seed.txt").write_text("a secret of this hand-in")

    def graded(handed_in, *options, variant="variant.txt"):
        for student, notebook in handed_in.items():
            place = tmp_path / "class" / student / f"{NAME}.ipynb"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(notebook))
        command = [tmp_path / "class", "--exercise", NAME, "--seed-file", tmp_path / "seed.txt"]
        command += ["--out", tmp_path / "results", "--workers", "1", *options]
        command += ["--variant-seed", tmp_path / variant] if variant else []
        assert grade.main(list(map(str, command))) == grade.ALL_FINE
        lines = (tmp_path / "results" / "grades.csv").read_text().splitlines()[1:]
        return {line.split(",")[0]: float(line.split(",")[4]) for line in lines}

    graded.folder = tmp_path
    return graded


def test_a_class_with_a_variant(bubblewrap, course):
    out = course.folder / "out"
    assert handout.main([str(out), NAME, "--variant-seed", str(course.folder / "variant.txt")]) == 0
    variant = variants.load(NAME, "a secret of this course")
    task, mistake = next(pair for pair in demo_class.text_mistakes(variant) if pair[0].name == "step_decay")
    untouched = json.loads((out / "exercises" / f"{NAME}.ipynb").read_text())
    handed_in = {
        "ada": demo_class.solved(variant),
        "ben": demo_class.solved(masters.load(NAME)),
        "cleo": demo_class.with_mistake(variant, task, mistake),
        "dan": untouched,
    }
    assert untouched["metadata"]["lrcourse"] == {"exercise": NAME, "variant": variant.variant}
    points = course(handed_in)
    assert (points["ada"], points["cleo"], points["dan"]) == (10, 8, 0)
    assert points["ben"] <= 5
    assert mistake.sentence in (course.folder / "results" / "feedback" / "cleo.html").read_text()


def test_another_variant_is_graded_anew_and_the_same_is_not(bubblewrap, course):
    handed_in = {"ada": demo_class.solved(masters.load(NAME))}
    assert course(handed_in, variant=None) == {"ada": 10}
    assert course(handed_in)["ada"] <= 5
    assert course(handed_in)["ada"] <= 5
    with Gradebook(course.folder / "results" / "gradebook.sqlite") as book:
        assert len(book.history("ada")) == 2


def test_handing_in_again_asks_the_same_and_a_neighbour_other_inputs(monkeypatch):
    asked = []

    class Asking(marking.Asking):
        def __init__(self, exercise, cells, requests, *rest):
            super().__init__(exercise, cells, requests, *rest)
            asked.append(requests)

        def ask(self):
            self.problems = {marking.NOT_GRADED: "not asked in this test"}

    monkeypatch.setattr(marking, "Asking", Asking)
    notebook = json.dumps(demo_class.solved(masters.load(NAME))).encode()
    for student in ("ada", "ada", "ben"):
        marking.mark(notebook, NAME, student, "a seed", variant="a secret of this course")
    assert asked[0] == asked[1]
    for task, ada, ben in zip(masters.load(NAME).tasks, asked[0], asked[2], strict=True):
        assert (ada == ben) == (task.drive == "value")
        fixed = len(ada) - task.draws if task.draw else len(ada)
        assert ada[:fixed] == ben[:fixed]
        assert [one for one in ada[fixed:] if one in ben[fixed:]] == []
