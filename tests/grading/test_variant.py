"""A hand-out's variant comes back: the grader with the same secret grades it, and asks each student other inputs."""

import json

import pytest

from lrcourse.exercises import exercise as masters
from lrcourse.exercises import handout, release, variants
from lrcourse.grading import demo_class, grade, marking
from lrcourse.grading.gradebook import Gradebook

NAME = "02_step_decay"


@pytest.fixture
def course(tmp_path):
    """A function that grades {student: notebook}: {student: points}."""
    (tmp_path / "variant.txt").write_text("a secret of this course")
    (tmp_path / "seed.txt").write_text("a secret of this hand-in")

    def graded(handed_in, *options, variant="variant.txt", ends=grade.ALL_FINE):
        for student, notebook in handed_in.items():
            place = tmp_path / "class" / student / f"{NAME}.ipynb"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(notebook))
        command = [tmp_path / "class", "--exercise", NAME, "--seed-file", tmp_path / "seed.txt"]
        command += ["--out", tmp_path / "results", "--workers", "1", *options]
        command += ["--variant-seed", tmp_path / variant] if variant else []
        assert grade.main(list(map(str, command))) == ends
        lines = (tmp_path / "results" / "grades.csv").read_text().splitlines()[1:]
        return {line.split(",")[0]: float(line.split(",")[4]) for line in lines}

    graded.folder = tmp_path
    return graded


def test_a_class_with_a_variant(bubblewrap, course, capsys):
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
    points = course(handed_in, ends=grade.SOMEBODY_NEEDS_A_LOOK)
    said = capsys.readouterr().out
    assert said.count(variant.variant) == 2  # by the hand-out and by the grader
    assert f"look at ben, {NAME}: other edition ({points['ben']:g} of 10)" in said
    assert "Most notebooks" not in said
    for page in ("summary.html", "feedback/ben.html"):
        told = (course.folder / "results" / page).read_text()
        assert f"it is the course&#39;s public edition; graded is variant {variant.variant}" in told
    assert (points["ada"], points["cleo"], points["dan"]) == (10, 8, 0)
    assert points["ben"] <= 5
    assert mistake.sentence in (course.folder / "results" / "feedback" / "cleo.html").read_text()


def test_another_variant_is_graded_anew_and_the_same_is_not(bubblewrap, course):
    handed_in = {"ada": demo_class.solved(masters.load(NAME))}
    assert course(handed_in, variant=None) == {"ada": 10}
    assert course(handed_in, ends=grade.SOMEBODY_NEEDS_A_LOOK)["ada"] <= 5
    assert course(handed_in, ends=grade.SOMEBODY_NEEDS_A_LOOK)["ada"] <= 5
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


def edition(secret):
    """A notebook of the variant of a secret; of the public edition for ""."""
    return release.student_notebook(variants.load(NAME, secret))


def marked(notebook, secret, monkeypatch, problems=()):
    """The result of a notebook whose code answers nothing."""

    class Silent(marking.Asking):
        def ask(self):
            self.problems = dict.fromkeys(problems, "in this test")

    monkeypatch.setattr(marking, "Asking", Silent)
    return marking.mark(json.dumps(notebook).encode(), NAME, "ada", "a seed", variant=secret)


SECRETS = ("", "a secret of this course", "last year's secret")


@pytest.mark.parametrize("graded", SECRETS)
@pytest.mark.parametrize("handed_in", SECRETS)
def test_another_edition_is_named_and_no_secret_is(handed_in, graded, monkeypatch):
    result = marked(edition(handed_in), graded, monkeypatch)
    names = [
        f"variant {variants.load(NAME, secret).variant}" if secret else "the course's public edition"
        for secret in (handed_in, graded)
    ]
    assert (result.status == marking.OTHER_EDITION) == (handed_in != graded)
    assert (f"it is {names[0]}; graded is {names[1]}" in result.sentence) == (handed_in != graded)
    assert not [secret for secret in SECRETS[1:] if secret in str(vars(result.report))]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"lrcourse": None},
        {"lrcourse": {"variant": "0a1b2c3d"}},
        {"lrcourse": {"exercise": "03_exponential_and_time", "variant": "0a1b2c3d"}},
        {"lrcourse": {"exercise": NAME, "variant": "<b>0a1b2"}},
        {"lrcourse": {"exercise": NAME, "variant": 12345678}},
        [],
    ],
)
def test_a_notebook_that_does_not_say_which_edition_it_is_gets_no_warning(metadata, monkeypatch):
    notebook = {**edition(""), "metadata": metadata}
    assert marked(notebook, SECRETS[1], monkeypatch).status == "graded"


def test_a_failure_comes_first_and_the_edition_is_told_all_the_same(monkeypatch):
    result = marked(edition(""), SECRETS[1], monkeypatch, problems=["timed out"])
    assert (result.status, result.sentence[:60]) == ("timed out", marking.SENTENCES["timed out"][:60])
    assert "it is the course's public edition" in result.sentence


def test_a_whole_class_of_another_edition_asks_for_the_seed_file(bubblewrap, course, capsys):
    names = ("ada", "ben", "cleo")
    course(dict.fromkeys(names, edition(SECRETS[1])), variant=None, ends=grade.SOMEBODY_NEEDS_A_LOOK)
    assert "Most notebooks are another edition than the one graded: was it handed out" in capsys.readouterr().out
    course(dict.fromkeys(names, edition(SECRETS[2])), ends=grade.SOMEBODY_NEEDS_A_LOOK)
    assert "variant.txt the file that the hand-out was made with?" in capsys.readouterr().out
