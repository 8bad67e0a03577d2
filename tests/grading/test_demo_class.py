"""The made-up class: thirty students, each as their name says."""

import json

import pytest

from lrcourse.exercises.exercise import load
from lrcourse.grading import demo_class

NAME = "02_step_decay"


def test_thirty_students_hand_in_and_a_second_class_is_refused(tmp_path, capsys):
    folder = tmp_path / "class"
    assert demo_class.main([str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"30 students handed in at {folder}/submissions. Grade them:",
        "",
        f"python3 -m lrcourse grade {folder}/submissions --exercise {NAME} \\",
        f"    --seed-file {folder}/seed.txt --out {folder}/results",
    ]
    places = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert places[0] == "seed.txt" and len(places) == 31 and all(one.endswith(f"/{NAME}.ipynb") for one in places[1:])
    secret = (folder / "seed.txt").read_text()
    assert len(secret) == 33 and int(secret, 16) > 0
    assert demo_class.main([str(folder)]) == 2 and capsys.readouterr().err.startswith("lrcourse demo-class: ")
    assert demo_class.main([str(tmp_path / "x"), "--exercise", "nothing"]) == 2
    assert (folder / "submissions" / "Di Document" / f"{NAME}.ipynb").read_bytes().startswith(b"%PDF")


def test_everybody_hands_in_what_their_name_stands_for():
    exercise = load(NAME)
    made = dict(demo_class.everybody(exercise))
    assert len(made) == 28 and json.dumps(made)
    right, untouched = demo_class.solved(exercise), demo_class.student_notebook(exercise)
    assert {student for student, one in made.items() if one == right} == set(demo_class.RIGHT)
    assert {student for student, one in made.items() if one == untouched} == {"Xavier Zeman"}
    half = len(right["cells"]) // 2
    for student in demo_class.HALF_DONE:
        assert made[student]["cells"][:half] == right["cells"][:half] != untouched["cells"][:half]
        assert made[student]["cells"][half:] == untouched["cells"][half:]
    for student, cell in {**demo_class.OTHER_STYLE, **demo_class.STRANGE}.items():
        first, *rest = made[student]["cells"]
        assert first["source"] == cell and first["cell_type"] == "code"
        assert rest == (untouched if student == "Bo Patcher" else right)["cells"]
    mistakes = demo_class.text_mistakes(exercise)
    for i, student in enumerate(demo_class.MISTAKEN):
        task, mistake = mistakes[i % len(mistakes)]
        differing = [
            (a["source"], b["source"]) for a, b in zip(made[student]["cells"], right["cells"], strict=True) if a != b
        ]
        assert len(differing) == 1 and differing[0][0] == differing[0][1].replace(mistake.wrong, mistake.instead)
        assert f"def {task.name}" in differing[0][0] or task.name in differing[0][0]


def test_mistakes_are_taken_from_each_task_in_turn():
    class Made:
        name = "made"

    def task(*instead):
        one = Made()
        one.mistakes = [Made() for _ in instead]
        for mistake, text in zip(one.mistakes, instead, strict=True):
            mistake.instead = text
        return one

    exercise = Made()
    exercise.tasks = [task("a", None, "b"), task(None), task("c")]
    assert [one.instead for _, one in demo_class.text_mistakes(exercise)] == ["a", "c", "b"]
    exercise.tasks = [task(None), task()]
    with pytest.raises(ValueError, match="made has no known mistake that is a change"):
        demo_class.text_mistakes(exercise)
