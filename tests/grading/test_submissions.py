"""Who handed in what, in every layout that learning platforms give; nothing strange in a folder or a zip gets far."""

import io
import json
import os
import subprocess
import time
import unicodedata
import zipfile
import zlib

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrcourse.grading import sources, submissions
from lrcourse.grading.cells import MOST_CODE, read_cells
from lrcourse.grading.naming import without_exercise
from lrcourse.grading.submissions import Unreadable, find, read

NAME = "02_step_decay"
OTHER = "04_cosine"


def lay_out(folder, *places):
    for i, place in enumerate(places):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(place.encode())
        os.utime(path, (1e9 + i, 1e9 + i))
    return folder


def zipped(path, *places, folder=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, place in enumerate(places):
            archive.writestr(zipfile.ZipInfo(folder + place, (2025, 1, 1, 0, 0, 2 * i)), place.encode())
    return path


def told(path, exercises=(NAME,)):
    found, _ = find(path, list(exercises))
    return {(one.student, one.exercise): one.entry and one.entry.place for one in found}


LAYOUTS = {
    "folders": (["ada/02_step_decay.ipynb", "ben/homework.ipynb"], {"ada": 0, "ben": 1}),
    "nbgrader": (
        ["submitted/ada/hw1/02_step_decay.ipynb", "submitted/ada/hw1/timestamp.txt", "source/hw1/02_step_decay.ipynb"],
        {"ada": 0},
    ),
    "canvas": (
        ["belloada_101_9001_02_step_decay.ipynb", "costaben_LATE_102_9002_02_step_decay-2.ipynb"],
        {"belloada_101": 0, "costaben_102": 1},
    ),
    "moodle folders": (
        ["Ada Bello_301_assignsubmission_file_/02_step_decay.ipynb", "Ada Bello_302_assignsubmission_file_/x.ipynb"],
        {"Ada Bello_301": 0, "Ada Bello_302": 1},
    ),
    "moodle files": (["Ada Bello_301_assignsubmission_file_02_step_decay.ipynb"], {"Ada Bello_301": 0}),
    "notebooks": (["ada.ipynb", "ben_02_step_decay.ipynb", "notes.txt"], {"ada": 0, "ben": 1}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_recognised_as_folder_and_as_zip(layout, tmp_path):
    places, owners = LAYOUTS[layout]
    expected = {(student, NAME): places[i].encode() for student, i in owners.items()}
    whole = zipped(tmp_path / "flat.zip", *places)
    below = zipped(tmp_path / "below.zip", *places, folder="class 2025/")
    for path in (lay_out(tmp_path / "class", *places), whole, *([] if layout in ("canvas", "notebooks") else [below])):
        assert {(one.student, one.exercise): read(one) for one in find(path, [NAME])[0]} == expected, path


def test_a_single_notebook(tmp_path):
    lay_out(tmp_path, "ada.ipynb", "ben.ipynb")
    assert told(tmp_path / "ada.ipynb") == {("ada", NAME): "ada.ipynb"}


def test_late_marks_numbers_and_names_of_the_platforms(tmp_path):
    lay_out(tmp_path, "costaben_LATE_102_9002_homework.ipynb", "Ada_7_assignsubmission_file_/a.ipynb")
    canvas, moodle = sorted(find(tmp_path, [NAME])[0], key=lambda one: one.late, reverse=True)
    assert (canvas.name, canvas.lms_id, canvas.late) == ("costaben", "102", True)
    assert (moodle.name, moodle.lms_id, moodle.late) == ("Ada", "7", False)


def test_the_newest_counts_and_the_others_are_listed(tmp_path):
    places = [f"ada_1_{hand_in}_{NAME}{again}.ipynb" for hand_in, again in ((11, "-1"), (12, ""), (11, "-2"))]
    (one,) = find(lay_out(tmp_path / "canvas", *places), [NAME])[0]
    assert (one.entry.place, one.others) == (places[1], (places[0], places[2]))
    (one,) = find(lay_out(tmp_path / "folders", "ada/z_02_step_decay.ipynb", "ada/a_02_step_decay.ipynb"), [NAME])[0]
    assert one.entry.place == "ada/a_02_step_decay.ipynb"


def test_each_notebook_goes_to_its_exercise(tmp_path):
    lay_out(tmp_path, f"ada/{NAME}.ipynb", f"ada/{OTHER}.ipynb", f"ben/{OTHER}/any.ipynb")
    assert told(tmp_path, (NAME, OTHER)) == {
        ("ada", NAME): f"ada/{NAME}.ipynb",
        ("ada", OTHER): f"ada/{OTHER}.ipynb",
        ("ben", NAME): None,
        ("ben", OTHER): f"ben/{OTHER}/any.ipynb",
    }


def test_an_exercises_folder_may_lie_anywhere_above(tmp_path):
    lay_out(tmp_path, f"{NAME}/ada/x.ipynb", f"{OTHER}/ada/x.ipynb", f"{OTHER}/ben/{NAME}.ipynb")
    assert told(tmp_path, (NAME, OTHER)) == {
        ("ada", NAME): f"{NAME}/ada/x.ipynb",
        ("ada", OTHER): f"{OTHER}/ada/x.ipynb",
        ("ben", NAME): f"{OTHER}/ben/{NAME}.ipynb",
        ("ben", OTHER): None,
    }


@pytest.mark.parametrize("depth", [0, -1])
def test_a_depth_is_counted_from_1(depth, tmp_path):
    with pytest.raises(ValueError, match="counted from 1"):
        find(lay_out(tmp_path, "ada/x.ipynb"), [NAME], depth)


def test_whoever_has_a_folder_has_a_row(tmp_path):
    lay_out(tmp_path, "ada/essay.pdf", "ben/.ipynb_checkpoints/x.ipynb", "__MACOSX/ada/._x.ipynb")
    (tmp_path / "cleo").mkdir()
    found = {one.student: one for one in find(tmp_path, [NAME])[0]}
    assert found.keys() == {"ada", "ben", "cleo"}
    assert read(found["ada"]) == b"ada/essay.pdf"  # said to be no notebook when its cells are read
    with pytest.raises(Unreadable) as reason:
        read(found["cleo"])
    assert reason.value.status == "no notebook"


def test_two_students_of_one_name_stay_two(tmp_path):
    lay_out(tmp_path, "Ada Bello_1_assignsubmission_file_/a.ipynb", "Ada Bello_2_assignsubmission_file_/a.ipynb")
    assert {one.student for one in find(tmp_path, [NAME])[0]} == {"Ada Bello_1", "Ada Bello_2"}


def test_links_and_pipes_are_not_followed(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    lay_out(tmp_path / "class", "ada/notes.txt")
    (tmp_path / "class/ada/02_step_decay.ipynb").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "class/ben").symlink_to(tmp_path)
    (tmp_path / "class/cleo").mkdir()
    os.mkfifo(tmp_path / "class/cleo/02_step_decay.ipynb")
    (tmp_path / "class/dan/02_step_decay.ipynb").mkdir(parents=True)
    found = find(tmp_path / "class", [NAME])[0]
    assert {one.student for one in found} == {"ada", "ben", "cleo", "dan"}  # ben is a link, and is told so
    for one in found:
        with pytest.raises(Unreadable):
            read(one)


def test_names_in_a_zip_cannot_reach_outside(tmp_path):
    places = ["../../evil/02_step_decay.ipynb", "/etc/cron.d/x.ipynb", "C:\\Windows\\x.ipynb", "ok/a.ipynb"]
    found = find(zipped(tmp_path / "class.zip", *places), [NAME])[0]
    assert {one.student for one in found} == {"evil", "etc", "Windows", "ok"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class.zip"]


def test_a_zip_bomb_and_damaged_members_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "LARGEST", 2**20)
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/a.ipynb", bytes(50 * 2**20))
        archive.writestr("link/a.ipynb", "/etc/shadow")
        archive.infolist()[-1].external_attr = 0o120777 << 16
        archive.writestr("broken/a.ipynb", b"x" * 1000, zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"x" * 1000, b"y" * 1000))
    problems = {}
    for one in find(path, [NAME])[0]:
        with pytest.raises(Unreadable) as reason:
            read(one)
        problems[one.student] = reason.value.status
    assert problems == {"bomb": "too large", "link": "not a notebook", "broken": "not a notebook"}


def test_a_zip_that_claims_to_be_small_is_still_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "LARGEST", 1000)
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(bytes(10**6)) + packed.flush()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/a.ipynb", bytes(10**6))
    data = buffer.getvalue().replace((10**6).to_bytes(4, "little"), (500).to_bytes(4, "little"))
    assert len(body) < len(data)
    (tmp_path / "class.zip").write_bytes(data)
    (one,) = find(tmp_path / "class.zip", [NAME])[0]
    with pytest.raises(Unreadable):
        read(one)


@pytest.mark.parametrize("name", ["missing", "notes.txt", "damaged.zip"])
def test_what_is_no_place_of_submissions_is_refused(name, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "damaged.zip").write_bytes(b"PK\x05\x06" + bytes(10) + b"\xff" * 8)
    with pytest.raises((OSError, ValueError), match=name):
        find(tmp_path / name, [NAME])


# Every form in which platforms and people hand a class over: (places with {} for the notebook's own name, students).

FORMS = {
    "folders": {"Ada Bello/{}": "Ada Bello", "Ben/deep/er/{}": "Ben", "Cy/hw.zip": None},
    "canvas": {"belloada_101_9001_{}": "belloada_101", "costa_ben_LATE_102_9002_{}": "costa_ben_102"},
    "canvas, anonymous": {"anon_Ab3De_9001_{}": "anon_Ab3De", "anon_Xy9Zz_LATE_9002_{}": None},
    "canvas quiz": {"bello_ada101_question_7_9001_{}": "bello_ada_101", "costa102_question_7_9002_{}": "costa_102"},
    "moodle": {
        "Ada Bello_301_assignsubmission_file/{}": "Ada Bello_301",
        "Ada Bello_302_assignsubmission_file_/sub/{}": "Ada Bello_302",
        "Participant 303_303_assignsubmission_file_{}": "Participant 303_303",
        "Ada Bello_301_assignfeedback_file/{}": None,
        "Ada Bello_301_assignsubmission_onlinetext/onlinetext.html": None,
    },
    "brightspace": {
        "index.html": None,
        "123-45 - Ada Bello - Nov 3, 2025 235 PM/{}": "Ada Bello_123",
        "124-45 - Anne-Marie O'Neil - Nov 3, 2025 1200 PM - {}": "Anne-Marie O'Neil_124",
    },
    "blackboard": {
        "HW_1_abello_attempt_2025-11-03-14-35-12_{}": "abello",
        "HW_1_abello_attempt_2025-11-03-14-35-12.txt": None,
        "HW_1_bcosta_attempt_2025-11-03-14-36-12_{}": "bcosta",
    },
    "sakai": {
        "HW 1/grades.csv": None,
        "HW 1/Bello, Ada(abello)/timestamp.txt": None,
        "HW 1/Bello, Ada(abello)/Submission attachment(s)/{}": "Bello, Ada(abello)",
        "HW 1/Bello, Ada(abello)/Feedback Attachment(s)/{}": None,
        "HW 1/Costa, Ben(bcosta)/Submission attachment(s)/{}": "Costa, Ben(bcosta)",
    },
    "gradescope": {
        "assignment_7_export/submission_metadata.yml": None,
        "assignment_7_export/submission_11/{}": "submission_11",
        "assignment_7_export/submission_12/{}": "submission_12",
    },
    "github": {
        "hw-submissions/02-step-decay-ada/README.md": None,
        "hw-submissions/02-step-decay-ada/.git/config": None,
        "hw-submissions/02-step-decay-ada/{}": "ada",
        "hw-submissions/02-step-decay-ben/{}": "ben",
    },
    "google": {
        "Homework/Ada Bello - {}": "Ada Bello",
        "Homework/Alan - Copy of {}": "Alan",
        "Homework/Copy of 02_step_decay - Ben (1).ipynb": "Ben",
    },
    "nbgrader": {
        "course/submitted/ada/hw1/{}": "ada",
        "course/submitted/ben/hw1/{}": "ben",
        "course/autograded/ada/hw1/{}": None,
        "course/source/hw1/{}": None,
        "course/gradebook.db": None,
    },
    "nbgrader exchange": {
        "inbound/ada+hw1+2025-11-03 14:35:12 UTC+x1/{}": "ada",
        "inbound/ben+hw1+2025-11-03/{}": None,
    },
    "loose": {"ada.ipynb": "ada", "ben_{}": "ben", "Cleo 02-Step-Decay (2).ipynb": "Cleo"},
    "exercise folder": {"02_step_decay/ada.ipynb": "ada", "02_step_decay/ben.ipynb": "ben"},
    "sections": {"A/ada.ipynb": "ada", "A/ben.ipynb": "ben", "week 2/cleo_{}": "cleo"},
    "numbers": {"hw1/4711_{}": "4711", "hw1/4712_{}": "4712"},
    "what was handed out beside Canvas's": {
        "hw1/{}": None,
        "hw1/ada_1_2_x.ipynb": "ada_1",
        "hw1/ben_3_4_x.ipynb": "ben_3",
    },
    "exercise, then people": {"02_step_decay/ada/x.ipynb": "ada", "02_step_decay/ben/x.ipynb": "ben"},
}
CLUTTER = [".DS_Store", "__MACOSX/._x", "Thumbs.db", "desktop.ini", ".git/HEAD", "roster.csv", "README.txt", "~$n.docx"]


def tree(form):
    """{place: student or None} of a form's notebooks and files, its notebooks named as handed out."""
    return {place.format(f"{NAME}.ipynb"): student for place, student in FORMS[form].items() if "hw.zip" not in place}


def in_folder(root, places):
    for place in places:
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(place.encode())
    return root


def people_in(path, depth=None):
    return sorted({one.student for one in find(path, [NAME], depth)[0]})


@pytest.mark.parametrize("wrapper", ["", "class 2025/", "a/b/c/"])
@pytest.mark.parametrize("kind", ["folder", "zip", "zip in a folder"])
@pytest.mark.parametrize("form", FORMS)
def test_every_platforms_form_is_recognised_at_any_depth(form, kind, wrapper, tmp_path):
    places = tree(form)
    expected = sorted({student for student in places.values() if student} - {"Cy"})
    named = [*(wrapper + place for place in places), *(wrapper + junk for junk in CLUTTER)]
    path = in_folder(tmp_path / "in", named) if kind == "folder" else zipped(tmp_path / "class.zip", *named)
    if kind == "zip in a folder":
        (tmp_path / "in").mkdir()
        path = path.rename(tmp_path / "in" / "class.zip").parent
    found = people_in(path)
    assert [student for student in found if student in expected] == expected
    unnamed = [student for student in places.values() if student is None]
    assert len(found) <= len(expected) + len(unnamed)  # who is not spelled out above


def test_platforms_numbers_names_and_lateness(tmp_path):
    found = {one.student: one for form in FORMS for one in find(in_folder(tmp_path / form, tree(form)), [NAME])[0]}
    assert (found["costa_ben_102"].name, found["costa_ben_102"].lms_id, found["costa_ben_102"].late) == (
        "costa_ben",
        "102",
        True,
    )
    assert found["bello_ada_101"].lms_id == "101"
    assert (found["Ada Bello_302"].name, found["Ada Bello_302"].lms_id) == ("Ada Bello", "302")
    assert (found["Bello, Ada(abello)"].name, found["Bello, Ada(abello)"].lms_id) == ("Bello, Ada", "abello")


def test_gradescopes_list_gives_the_names_and_a_students_own_does_not(tmp_path):
    of_a_class = "submission_11:\n  :submitters:\n  - :name: Ada Bello\n    :sid: '77'\n"
    of_a_student = "submission_12:\n  :submitters:\n  - :name: Ada Bello\n    :sid: '77'\n"
    root = in_folder(tmp_path / "in", tree("gradescope")) / "assignment_7_export"
    (root / "submission_metadata.yml").write_text(of_a_class)
    (root / "submission_12" / "submission_metadata.yml").write_text(of_a_student)
    ada, other = find(tmp_path / "in", [NAME])[0]
    assert (ada.student, ada.name, ada.lms_id) == ("submission_11", "Ada Bello", "77")
    assert (other.student, other.name, other.lms_id) == ("submission_12", "submission_12", "")


@pytest.mark.parametrize(
    ("places", "newest"),
    [
        ([f"7-1 - Ada - Nov 3, 2025 1135 PM/{NAME}.ipynb", f"7-1 - Ada - Nov 4, 2025 1205 AM/{NAME}.ipynb"], 1),
        ([f"7-1 - Ada - Dec 3, 2024 135 PM/{NAME}.ipynb", f"7-1 - Ada - Nov 3, 2024 135 PM/{NAME}.ipynb"], 0),
        ([f"H_a_attempt_2025-11-03-14-35-12_{NAME}.ipynb", f"H_a_attempt_2025-11-02-15-35-12_{NAME}.ipynb"], 0),
        ([f"ada_1_9_{NAME}-1.ipynb", f"ada_1_9_{NAME}.ipynb"], 0),
    ],
)
def test_the_newest_of_a_platforms_hand_ins_counts(places, newest, tmp_path):
    (one,) = find(lay_out(tmp_path, *places), [NAME])[0]
    assert (one.entry.place, one.others) == (places[newest], (places[1 - newest],))


@pytest.mark.parametrize(
    ("files", "newest"),
    [
        ([f"{NAME}.ipynb", f"{NAME} (1).ipynb"], 1),
        ([f"{NAME} (2).ipynb", f"{NAME} (10).ipynb", f"{NAME}.ipynb"], 1),
        ([f"{NAME}-1.ipynb", f"{NAME}-2.ipynb", f"{NAME}.ipynb"], 1),
        ([f"{NAME}_final.ipynb", f"{NAME}_old.ipynb", f"{NAME}.ipynb"], 0),
        ([f"{NAME} v2.ipynb", f"{NAME} v3.ipynb", f"{NAME} draft 9.ipynb"], 1),
    ],
)
def test_of_versions_that_came_at_one_moment_the_name_tells_the_newest(files, newest, tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(f"ada_7_assignsubmission_file/{file}", (2025, 1, 1, 0, 0, 0)), file)
    (one,) = find(tmp_path / "in.zip", [NAME])[0]
    assert one.entry.parts[-1] == files[newest]
    assert len(one.others) == len(files) - 1


@pytest.mark.parametrize(
    ("places", "newest"),
    [
        ([f"Bello_Ada_285/2025110{day}143512_{name}" for day, name in ((3, "y.ipynb"), (4, "x.ipynb"))], 1),
        (["ada_hw2.ipynb", "ada_hw2_final.ipynb", "ada_hw2_draft.ipynb"], 1),
        ([f"ada/Version {k}/{NAME}.ipynb" for k in (2, 10, 9)], 1),
    ],
)
def test_forms_in_which_people_and_platforms_number_their_tries(places, newest, tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for place in [*places, "Costa_Ben_286/x.ipynb"]:
            archive.writestr(zipfile.ZipInfo(place, (2025, 1, 1, 0, 0, 0)), place)
    depth = 1 if "Version" in places[0] else None  # different folders are asked about
    one = next(one for one in find(tmp_path / "in.zip", [NAME], depth)[0] if one.others)
    assert one.entry.place == places[newest] and {one.entry.place, *one.others} == set(places)


@pytest.mark.parametrize("where", [f"{OTHER}.ipynb", f"{OTHER}/x.ipynb", "sub/04-Cosine (1).ipynb"])
def test_what_is_named_after_another_exercise_is_for_that_one(where, tmp_path):
    """Though this run grades but one of them; what it defines is believed before its name."""
    ada, ben = f"ada/{where}", f"ben/{where}"
    found = find(in_folder(tmp_path, [f"ada/{NAME}.ipynb", ada, ben]), [NAME])[0]
    assert [(one.entry and one.entry.place, one.others) for one in found] == [
        (f"ada/{NAME}.ipynb", (ada,)),
        (None, (ben,)),
    ]
    with pytest.raises(Unreadable, match="which is for another exercise"):
        read(found[1])
    (tmp_path / ben).write_bytes(written(ben))
    assert find(tmp_path, [NAME])[0][1].entry.place == ben


def test_a_path_that_was_unpacked_as_one_name_is_a_path(tmp_path):
    for name in (f"hw\\ada\\{NAME}.ipynb", f"hw\\ben\\{NAME}.ipynb", f"..\\..\\cleo\\{NAME}.ipynb", "\\", "..\\"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ValueError, match="Nothing was graded"):
        find(tmp_path, [NAME])  # hw beside cleo: who is the person?
    (tmp_path / f"..\\..\\cleo\\{NAME}.ipynb").unlink()
    assert people_in(tmp_path) == ["ada", "ben"]


def test_a_platforms_own_file_is_not_taken_for_what_was_handed_in(tmp_path):
    places = ["Ada_7_assignsubmission_onlinetext/onlinetext.html", "Ada_7_assignsubmission_file/report.pdf"]
    places += ["ben_8_9_report.pdf", "ben_8_text.html"]
    places += ["H_cy_attempt_2025-11-03-14-35-12.txt", "H_cy_attempt_2025-11-03-14-35-12_report.pdf"]
    found = find(in_folder(tmp_path, places), [NAME])[0]
    assert [one.entry.parts[-1].endswith("report.pdf") for one in found] == [True] * 3


UNCLEAR = {
    "two attempts": [f"ada/one/{NAME}.ipynb", f"ada/two/{NAME}.ipynb", f"ben/{NAME}.ipynb"],
    "weeks": [f"week1/ada/{NAME}.ipynb", f"week1/ben/{NAME}.ipynb", f"week2/ada/{NAME}.ipynb"],
    "sections of loose notebooks": ["Red/ada.ipynb", "Red/ben.ipynb", "Blue/cleo.ipynb"],
    "what was handed out beside a class": [f"Red/{NAME}.ipynb", "Red/ada.ipynb", "Red/ben.ipynb", "Blue/cleo.ipynb"],
    "handed out, and folders": [f"hw1/{NAME}.ipynb", "hw1/ada/x.ipynb", "hw1/ben/y.ipynb"],
    "nothing but copies": [f"downloads/{NAME}.ipynb", f"downloads/{NAME} (1).ipynb", f"downloads/{NAME} (2).ipynb"],
    "copies in a folder of some name": [f"xyz/{NAME}.ipynb", f"xyz/{NAME} (1).ipynb"],
    "a class beside a folder": [f"class/ada/{NAME}.ipynb", f"class/ben/{NAME}.ipynb", "docs/plan.txt"],
    "the demo class's parent": [f"submissions/ada/{NAME}.ipynb", f"submissions/ben/{NAME}.ipynb", "results/x.html"],
    "namesakes in two sections": ["A/ada.ipynb", "B/ada.ipynb", "A/B/ada.ipynb"],
    "what was handed out beside one of a class": [
        f"Red Team/{NAME}.ipynb",
        f"Red Team/ada_{NAME}.ipynb",
        "Ben/x.ipynb",
    ],
    "folders named like Canvas's files": [f"team_1_2_red/{NAME}.ipynb", f"team_1_3_blue/{NAME}.ipynb"],
    "two courses of nbgrader": [f"x/submitted/ada/hw/{NAME}.ipynb", f"y/submitted/ada/hw/{NAME}.ipynb"],
    "blackboard names with a _": [
        f"HW_ada_b_attempt_2025-11-03-14-35-12_{NAME}.ipynb",
        f"HW_cleo_b_attempt_2025-11-03-14-35-12_{NAME}.ipynb",
    ],
}


@pytest.mark.parametrize("case", UNCLEAR)
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_where_one_person_would_be_two_the_question_is_asked(case, form, tmp_path):
    places = UNCLEAR[case]
    path = in_folder(tmp_path / "in", places) if form == "folder" else zipped(tmp_path / "in.zip", *places)
    with pytest.raises(ValueError, match="Nothing was graded") as question:
        find(path, [NAME])
    assert sum(place in str(question.value) for place in places) >= 2  # the places are named
    assert "--depth 1" in str(question.value)


def test_the_questions_answer_is_taken(tmp_path):
    path = in_folder(tmp_path / "in", UNCLEAR["weeks"])
    with pytest.raises(ValueError, match="--depth 2 makes 2 people: ada, ben"):
        find(path, [NAME])
    assert people_in(path, depth=2) == ["ada", "ben"]
    ada, ben = find(path, [NAME], depth=2)[0]
    assert {ada.entry.place, *ada.others} == {UNCLEAR["weeks"][0], UNCLEAR["weeks"][2]}
    _, left_out = find(path, [NAME], depth=4)
    assert left_out.keys() == set(UNCLEAR["weeks"])


NAMES = [
    "Ada",
    "Ben Costa",
    "Chloé",
    "王小明",
    "Анна",
    "O'Neil",
    "J. R. Smith",
    "𠀀" * 40,
    "é" * 80,
    "Ümit-Can",
]
FILES = [f"{NAME}.ipynb", f"{NAME} (1).ipynb", f"{NAME}-2.ipynb", "homework.ipynb", "Abgabe.ipynb", "x.ipynb"]
UGLY = ["=1+1", "hw1", "a", "final", "02_step_decay", "submitted", "1", "class", "Copy of x", "x (1)", "__"]


@st.composite
def class_(draw):
    """{place: (whose notebook, bytes)} of a class: some forms side by side, wrapped, with junk and several tries."""
    places = {}
    for _ in range(draw(st.integers(1, 3))):
        forms = ["folder", "canvas", "moodle", "brightspace", "sakai", "nbgrader", "loose", "zips"]
        form = draw(st.sampled_from([*forms, "blackboard", "github", "exchange", "ilias"]))
        wrapper = "".join(
            f"{one}/"
            for one in draw(st.lists(st.sampled_from(["class", "hw1", "A", "x y", "Kurs 7b", "Mia"]), max_size=2))
        )
        names = NAMES if form == "loose" else NAMES + UGLY  # a file's name is all that says whose it is
        for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)):
            number = draw(st.integers(1, 999))
            for hand_in in range(draw(st.sampled_from([1, 1, 1, 2]))):
                place = {
                    "folder": f"{name}/" + draw(st.sampled_from(["", "", "sub/", "deep/er/"])),
                    "zips": f"{name}.zip/",
                    "canvas": f"{name.replace('_', '-')}_{number}_{hand_in + 5000}_",
                    "moodle": f"{name}_{number}_assignsubmission_file/",
                    "brightspace": f"{number}-5 - {name} - Nov {hand_in + 3}, 2025 1{hand_in}00 AM/",
                    "sakai": f"HW/{name}({number})/Submission attachment(s)/",
                    "nbgrader": f"submitted/{name}/hw/",
                    "blackboard": f"HW 2_{name.replace('_', '-')}_attempt_2025-11-0{hand_in + 3}-14-35-12_",
                    "github": f"hw2-{name}/",
                    "exchange": f"{name.replace('+', '-')}+hw+2025-11-0{hand_in + 3} 14:35:12 UTC/",
                    "ilias": f"{name}_{number}/2025110{hand_in + 3}143512_",
                    "loose": f"{name}_",
                }[form]
                file = draw(st.sampled_from(FILES))
                known = number if form in ("canvas", "moodle", "brightspace") else ""
                places[wrapper + place + file] = f"{form} {'' if known else wrapper}{name}{known}"
        if draw(st.booleans()):
            places[f"{wrapper}{NAME}.ipynb"] = "nobody"  # as it was handed out, in a folder that may look like a person
    for junk in draw(st.lists(st.sampled_from(CLUTTER), max_size=3)):
        places[junk] = None
    return places


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=class_(), as_zip=st.booleans())
def test_nobody_is_merged_and_nobody_is_lost(places, as_zip, tmp_path_factory):
    files, zips = {}, {}
    for place in places:
        outer, found, inner = place.partition(".zip/")
        if found:
            zips.setdefault(f"{outer}.zip", []).append(inner)
        else:
            files[place] = written(place)
    for outer, members in zips.items():
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for member in members:
                archive.writestr(member, written(f"{outer}/{member}"))
        files[outer] = buffer.getvalue()
    path = tmp_path_factory.mktemp("class") / "in.zip"
    if as_zip:
        with zipfile.ZipFile(path, "w") as archive:
            for place, data in files.items():
                archive.writestr(place, data)
    else:
        for place, data in files.items():
            (path / place).parent.mkdir(parents=True, exist_ok=True)
            (path / place).write_bytes(data)
    try:
        found, left_out = find(path, [NAME])
    except ValueError as question:
        assert str(question).startswith("Nothing was graded")
        return
    rows = [[*([one.entry.place] if one.entry else []), *one.others] for one in found]
    notebooks = [unicodedata.normalize("NFC", place) for place in places if place.endswith(".ipynb")]
    told = [place for row in rows for place in row if place.endswith(".ipynb")]
    assert sorted(told + [place for place in left_out if place in notebooks]) == sorted(notebooks)
    whose = {unicodedata.normalize("NFC", place): owner for place, owner in places.items()}
    for row in rows:
        assert len({whose[place] for place in row} - {"nobody"}) <= 1, row
    graded = {whose[one.entry.place] for one in found if one.entry and one.entry.place in whose}
    assert graded >= {owner for owner in places.values() if owner and any(name in owner for name in NAMES)}


OTHER_KINDS = ["pdf", "PDF", "html", "docx", "py", "txt", "md", "rtf", "odt", "zip", "rar", "7z", "png", "jpg", "jpeg"]
OTHER_KINDS += ["heic", "mp4", "pptx", "key", "tex", "json", "ipynb.pdf", "tar.gz", "tgz"]
OTHER_KINDS += ["xlsx", "csv", "ods", "numbers", "gsheet", "pt", "pkl", "npz", "url", "webloc", "lnk", "gdoc"]
BESIDE = [
    "syllabus.pdf",
    "README.md",
    "roster.csv",
    "grades.xlsx",
    "hw1 instructions.docx",
    "index.html",
    f"{NAME}_plot.png",
]
BESIDE += [
    "IMG_4711.jpg",
    "Screenshot 2025-11-03 at 14.35.png",
    "submission_metadata.yml",
    ".DS_Store",
    "learning curve.svg",
    "Anhang.pdf",
    "Appendix 2.docx",
    "Annexe.pdf",
    "scan0001.pdf",
    "Musterlösung hw1.pdf",
    "WhatsApp Image 2025-11-03 at 14.35.12.jpeg",
    "20251103_143512.jpg",
    f"{NAME}_grades.csv",
    "Course 7 grades.xlsx",
    "Teilnehmer.csv",
    "hw1.xlsx",
    "model.pt",
    "package.json",
]


@st.composite
def class_with_other_files(draw):
    """A class of whom some handed in no notebook at all: {place: who}, and what else lies there: [place]."""
    names = draw(
        st.lists(st.sampled_from(NAMES[:7] + ["4711", "ada lovelace", "X Æ"]), min_size=2, max_size=7, unique=True)
    )
    form = draw(st.sampled_from(["loose", "folder", "canvas", "moodle"]))
    wrapper = draw(st.sampled_from(["", "", "class/", "hw1/", "a/b/", "Kurs 7b/"]))
    places = {}
    for i, name in enumerate(names):
        home = {
            "folder": f"{name}/",
            "canvas": f"{name}_{i + 1}_{i + 50}_",
            "moodle": f"{name}_{i + 1}_assignsubmission_file/",
        }
        before = home.get(form, "")
        kind = draw(st.sampled_from(["ipynb", "ipynb", *OTHER_KINDS]))
        if kind == "ipynb":
            places[wrapper + (f"{before}{NAME}.ipynb" if before else f"{name}_{NAME}.ipynb")] = name
        else:
            own = draw(st.sampled_from(["hw1", "report", NAME])) if before else None
            loose = f"{name}{draw(st.sampled_from(['', ' hw1', '_final', f'_{NAME}']))}"
            places[f"{wrapper}{before}{own or loose}.{kind}"] = name
    return places, [wrapper + junk for junk in draw(st.lists(st.sampled_from(BESIDE), max_size=3, unique=True))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(handed_in=class_with_other_files(), as_zip=st.booleans())
def test_whatever_was_handed_in_its_author_has_a_row(handed_in, as_zip, tmp_path_factory):
    places, beside = handed_in
    path = tmp_path_factory.mktemp("class") / "in.zip"
    if as_zip:
        zipped(path, *places, *beside)
    else:
        in_folder(path, [*places, *beside])
    try:
        found, left_out = find(path, [NAME])
    except ValueError as question:
        assert str(question).startswith("Nothing was graded")
        return
    rows = {unicodedata.normalize("NFC", one.student) for one in found}
    for name in places.values():
        theirs = [student for student in rows if unicodedata.normalize("NFC", name) in student]
        assert len(theirs) == 1, (name, rows, left_out)
    assert len(rows) == len(places), (rows, left_out)


@st.composite
def class_in_sections(draw):
    """A class that Canvas named, some of it in sections' folders: {place: student}."""
    people = draw(st.lists(st.sampled_from(["bello", "costa", "王小明", "al2", "öz"]), min_size=2, unique=True))
    sections = ["", "A/", "Red/", "Blue Team/", "Kurs 7b/", "week 2/x/", "Ada/"]
    places = {}
    for i, name in enumerate(people):
        section, late = draw(st.sampled_from(sections)), draw(st.sampled_from(["", "_LATE", "_late"]))
        for again in range(draw(st.sampled_from([1, 1, 2]))):
            file = draw(st.sampled_from(FILES[:3]))
            places[f"{section}{name}{late if again else ''}_{i + 101}_{9000 + 10 * i + again}_{file}"] = (
                f"{name}_{i + 101}"
            )
    return places


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=class_in_sections())
def test_sections_of_a_class_that_canvas_named_are_nobody(places, tmp_path_factory):
    found, _ = find(in_folder(tmp_path_factory.mktemp("class"), places), [NAME])
    assert {one.student: {one.entry.place, *one.others} for one in found} == {
        student: {place for place in places if places[place] == student} for student in places.values()
    }
    for one in found:  # the later file's number is the larger
        numbers = [int(place.split(f"_{one.lms_id}_")[1].split("_")[0]) for place in (*one.others, one.entry.place)]
        assert max(numbers) == numbers[-1]


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_class_of_nothing_but_pdfs_has_its_rows(as_zip, tmp_path):
    places = ["hw1/ada.pdf", "hw1/Grace Hopper.pdf", "hw1/kurt.docx"]
    path = zipped(tmp_path / "in.zip", *places) if as_zip else in_folder(tmp_path / "in", places)
    assert people_in(path) == ["Grace Hopper", "ada", "kurt"]


def test_a_picture_beside_its_authors_notebook_makes_no_second_person(tmp_path):
    places = [f"ada_{NAME}.ipynb", "ada_curve.png", "Ada 2.pdf", "ben.ipynb", "ben loss plot.jpg", "ada lovelace.pdf"]
    found, left_out = find(in_folder(tmp_path, places), [NAME])
    assert [one.student for one in found] == ["ada", "ada lovelace", "ben"]
    assert set(left_out) == {"ada_curve.png", "Ada 2.pdf", "ben loss plot.jpg"}


def test_of_whom_a_zip_holds_nothing_but_what_programs_left_has_a_row(tmp_path):
    places = ["ada/x.ipynb", "ben/.ipynb_checkpoints/x-checkpoint.ipynb", "cleo/.DS_Store", "__MACOSX/dan/._x.ipynb"]
    found, left_out = find(zipped(tmp_path / "in.zip", *places), [NAME])
    assert {one.student: one.entry and one.entry.place for one in found} == {
        "ada": "ada/x.ipynb",
        "ben": None,
        "cleo": None,
    }
    assert set(left_out) == {places[1], places[3]}


def written(place):
    """A notebook without metadata, as some programs leave it, in which the exercise's tasks are defined."""
    cell = {"cell_type": "code", "source": ["def step_decay(step, base_lr):\n", f"    return {place!r}"]}
    return json.dumps({"cells": [cell]}).encode()


# Names in any bytes, any form, any length.


def test_names_in_any_code_are_text_once_they_are_in(tmp_path):
    for name in (b"Bj\xf6rn", "Bjo\u0308rk".encode(), b"\x81\xff", b"a\nb", "𠀀".encode() * 60):
        folder = os.path.join(os.fsencode(tmp_path), name)
        os.mkdir(folder)
        with open(os.path.join(folder, b"x.ipynb"), "wb") as file:
            file.write(b"{}")
    found = find(tmp_path, [NAME])[0]
    assert [one.student.encode().decode() for one in found] == sorted(["Björn", "Björk", "\x81ÿ", "a\nb", "𠀀" * 60])
    assert all(read(one) == b"{}" for one in found)


def test_both_normal_forms_of_a_name_are_one_person(tmp_path):
    for form, exercise in (("NFC", NAME), ("NFD", OTHER)):
        place = tmp_path / unicodedata.normalize(form, "Chloé") / f"{exercise}.ipynb"
        place.parent.mkdir()
        place.write_text("{}")
    assert {one.student for one in find(tmp_path, [NAME, OTHER])[0]} == {"Chloé"}


@pytest.mark.parametrize("inner", [False, True])
def test_a_zip_that_lies_about_its_names_is_read(inner, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Bjørk/a.ipynb", b"{}")  # marked as UTF-8
        archive.writestr("plain/a.ipynb", b"{}")
    data = buffer.getvalue().replace("Bjørk".encode(), b"Bj\xf8\xe5rk")
    path = tmp_path / "class.zip"
    path.write_bytes(data)
    if inner:
        with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
            archive.write(path, "class.zip")
        path = tmp_path / "outer.zip"
    found = find(path, [NAME])[0]
    assert [one.student for one in found] == ["Bjøårk", "plain"]
    assert all(read(one) == b"{}" for one in found)
    assert data == (tmp_path / "class.zip").read_bytes()


@pytest.mark.parametrize(("raw", "name"), [("Zoë".encode(), "Zoë"), ("Zoë".encode("cp437"), "Zoë")])
def test_names_in_a_zip_without_a_mark_are_utf8_or_dos(raw, name, tmp_path):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x" * len(raw) + "/a.ipynb", b"{}")
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert people_in(path) == [name]


def test_names_that_no_file_system_holds_are_cut_and_stay_apart(tmp_path):
    names = ["x" * 60_000, "x" * 60_001, "02_step_decay" + "_" * 60_000, "(1)" * 20_000, "a/" * 30_000 + "b"]
    path = zipped(tmp_path / "class.zip", *(f"{name}/x.ipynb" for name in names), "ada/x.ipynb")
    begun = time.monotonic()
    found = find(path, [NAME])[0]
    assert time.monotonic() - begun < 20
    assert sum(1 + len(one.others) for one in found) == len(names) + 1
    assert len({one.student for one in found}) == len(names) + 1


def test_a_folder_of_any_depth_is_walked(tmp_path):
    deep = tmp_path / "ada"
    deep.mkdir()
    here = os.open(deep, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a", dir_fd=here)
        below = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with os.fdopen(os.open("x.ipynb", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
        file.write("{}")
    os.close(here)
    lay_out(tmp_path, "ben/x.ipynb")
    try:
        assert people_in(tmp_path) == ["ada", "ben"]
    finally:
        subprocess.run(["rm", "-rf", str(deep)], check=True)  # deeper than Python's own way goes


def test_a_zip_of_very_many_members_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST_DIRECTORY", 1000)
    monkeypatch.setattr(sources, "_members", lambda *args: pytest.fail("opened"))
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "hw.zip").write_bytes(packed(*(f"{i}.ipynb" for i in range(50))))
    (one,) = find(tmp_path, [NAME])[0]
    with pytest.raises(Unreadable, match="too large to open"):
        read(one)


@pytest.mark.parametrize("as_zip", [False, True])
def test_folders_that_look_alike_are_asked_about(as_zip, tmp_path):
    """One name in two normal forms, each with a notebook of the exercise; where Moodle's number is one, one person."""
    one, other = (unicodedata.normalize(form, "Chloé") for form in ("NFC", "NFD"))
    pack = zipped if as_zip else lay_out
    places = [f"{one}/{NAME}.ipynb", f"{other}/{NAME}.ipynb", f"ben/{NAME}.ipynb"]
    with pytest.raises(ValueError, match=f"Chloé: Chloé/{NAME}.ipynb, Chloé/{NAME}.ipynb\n"):
        find(pack(tmp_path / "alike", *places[:3]), [NAME])
    assert told(pack(tmp_path / "one", *places[1:3])).keys() == {("Chloé", NAME), ("ben", NAME)}
    moodle = [f"{name}_7_assignsubmission_file/{NAME}.ipynb" for name in (one, other)]
    assert told(pack(tmp_path / "moodle", *moodle)).keys() == {("Chloé_7", NAME)}


def people_of_two_exercises(folder, files, exercises):
    for place, exercise in files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written_for(exercise))
    return {one.student for one in find(folder, exercises)[0]}


@pytest.mark.parametrize("exercises", [[NAME], [NAME, OTHER]])
@pytest.mark.parametrize("a, b", [("Red/{}/x.ipynb", "Blue/{}/x.ipynb"), (f"Red/{NAME} {{}}.ipynb", "Blue/{}/x.ipynb")])
def test_people_who_share_no_exercise_are_not_merged_either(a, b, exercises, tmp_path):
    a_ben = a.format("ben").replace(NAME, OTHER)
    files = {a.format("ada"): NAME, a_ben: OTHER, b.format("cy"): NAME, b.format("dee"): OTHER}
    with pytest.raises(ValueError, match="Nothing was graded.*") as question:
        people_of_two_exercises(tmp_path, files, exercises)
    assert a_ben in str(question.value) and "--depth 2 makes 4 people: ada, ben, cy, dee" in str(question.value)


@pytest.mark.parametrize(
    "own",
    [
        ("week 2", "week 4"),
        ("Week Two", "Week Three"),
        ("Homework warmup", "cyclic lr"),
        ("hw2-lrcourse-main", "hw4-lrcourse-main"),
        (f"{NAME}-Ada", "Bello hw4"),
        ("Übung 2", "Übung 4"),
    ],
)
def test_one_persons_folders_for_several_exercises_are_theirs(own, tmp_path):
    files = {f"Ada Bello/{folder}/x.ipynb": name for folder, name in zip(own, (NAME, OTHER), strict=True)}
    assert people_of_two_exercises(tmp_path, files | {"ben/x.ipynb": NAME}, [NAME, OTHER]) == {"Ada Bello", "ben"}


@pytest.mark.parametrize(
    "own",
    [
        ("Woche 1/", "Woche 2/"),
        ("semaine1/", "semaine2/"),
        ("sesión 3/", "sesión 4/"),
        ("第1周/", "第2周/"),
        ("January/", "February/"),
        ("easy/", "hard/"),
        (f"{NAME}_AL", f"{OTHER}_great"),
    ],
)
@pytest.mark.parametrize("exercises", [[NAME], [NAME, OTHER]])
def test_nobody_is_asked_about_everybodys_folders_by_week_or_subject(own, exercises, tmp_path):
    one, other = (place if place.endswith("/") else f"{place} " for place in own)
    files = {f"{who}/{one}x.ipynb": NAME for who in ("Ada", "Ben")} | {
        f"{who}/{other}x.ipynb": OTHER for who in ("Ada", "Ben")
    }
    assert people_of_two_exercises(tmp_path, files, exercises) == {"Ada", "Ben"}


def test_one_person_with_folders_of_their_own_naming_stops_no_class(tmp_path):
    files = {
        "Ada/Annealing/x.ipynb": OTHER,
        "Ada/first ideas/x.ipynb": NAME,
        "Ben/x.ipynb": NAME,
        "Cy/hw2/x.ipynb": NAME,
    }
    assert people_of_two_exercises(tmp_path, files, [NAME, OTHER]) == {"Ada", "Ben", "Cy"}


def test_a_folder_that_a_platform_named_makes_no_second_person(tmp_path):
    """On a disk the folder itself is listed too."""
    assert people_in(lay_out(tmp_path, f"HW/Bello, Ada(101)/Submission attachment(s)/{NAME}.ipynb")) == [
        "Bello, Ada(101)"
    ]


@pytest.mark.parametrize("place", ["ada/hw.zip", f"ada_1_2_{NAME}.zip", "class.zip"])
def test_an_environment_in_a_zip_does_not_keep_it_closed(place, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST_INSIDE", 9)
    cache = [f"hw/venv/lib/python3.11/site-packages/p{i}/x.py" for i in range(50)]
    members = {"class.zip": ["ada/.git/HEAD", f"ben/{NAME}.ipynb"]}.get(place, [f"hw/{NAME}.ipynb"])
    lay_out(tmp_path, f"ben/{NAME}.ipynb" if place != "class.zip" else "notes.txt", place)
    (tmp_path / place).write_bytes(packed(*cache, *members, "hw/node_modules/z/demo.ipynb"))
    found, left_out = find(tmp_path, [NAME])
    assert f"{place}/{members[-1]}" in [one.entry.place for one in found if one.entry]
    assert left_out[f"{place}/hw/node_modules/z/demo.ipynb"] == "a cache"
    assert place != "class.zip" or {"ada", "ben"} <= {one.student for one in found}


def test_nobody_slips_a_notebook_under_anothers_name(tmp_path):
    """Also not one that says by its metadata what it is for, while the other's says nothing."""
    for place in (f"ben/{NAME}.ipynb", f"ada/{NAME}.ipynb", f"eve/submitted/ben/hw1/{NAME}.ipynb"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(written_for(NAME) if "eve" in place else b"{}")
    with pytest.raises(ValueError, match=f"ben/{NAME}.ipynb, eve/submitted|eve/submitted/ben"):
        find(tmp_path, [NAME])


# Homework that is no notebook file.


def packed(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in members:
            archive.writestr(member, member.encode())
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["homework.zip", f"{NAME}.ipynb", "hw.ZIP"])
def test_homework_that_is_a_zip_is_read(name, tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / name).write_bytes(packed("hw/x.ipynb", "hw/.DS_Store", "__MACOSX/hw/._x.ipynb", "hw/pic.png"))
    (one,) = find(tmp_path, [NAME])[0]
    assert (one.student, read(one)) == ("ada", b"hw/x.ipynb")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("work.py", b"x = 1", "a Python script"),
        ("work.docx", b"PK\x03\x04" + bytes(99), "a Word document"),
        ("work.html", b"<!doctype html>", "a web page"),
        (f"{NAME}.ipynb", b"\xef\xbb\xbf <html>", "a web page"),
        ("work.zip", packed("notes.txt"), "a zip in which no notebook"),
        (f"{NAME}.ipynb", packed("notes.txt"), "a zip in which no notebook"),
        ("work.pdf", b"%PDF-1.7", "a PDF"),
        ("work.rar", b"Rar!\x1a", "a rar archive"),
    ],
)
def test_what_is_no_notebook_is_called_what_it_is(name, data, kind, tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / name).write_bytes(data)
    (one,) = find(tmp_path, [NAME])[0]
    with pytest.raises(Unreadable, match=kind) as reason:
        read(one)
    assert reason.value.status == "not a notebook"


def test_zips_in_zips_end_and_huge_ones_stay_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST_INSIDE", 5)
    data = packed("x.ipynb")
    for _ in range(6):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("again.zip", data)
        data = buffer.getvalue()
    for name, content in (("ada", data), ("ben", packed(*(f"{i}.ipynb" for i in range(6))))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hw.zip").write_bytes(content)
    for one in find(tmp_path, [NAME])[0]:
        with pytest.raises(Unreadable, match="a zip in which no notebook was found, or one too large"):
            read(one)


def test_of_a_whole_course_handed_in_the_exercise_is_found_by_its_metadata(tmp_path):
    ada = tmp_path / "ada" / "course"
    for place in (f"exercises/{NAME}.ipynb", f"exercises/masters/{NAME}.ipynb", f"notebooks/{NAME}.ipynb"):
        (ada / place).parent.mkdir(parents=True, exist_ok=True)
        (ada / place).write_bytes(written_for(NAME) if place.startswith("exercises/0") else b"{}")
    (one,) = find(tmp_path, [NAME])[0]
    assert one.entry.place == f"ada/course/exercises/{NAME}.ipynb" and len(one.others) == 2


def written_for(exercise):
    return json.dumps({"cells": [], "metadata": {"lrcourse": {"exercise": exercise}}, "nbformat": 4}).encode()


def test_the_metadata_names_the_exercise_before_the_file_does(tmp_path):
    for place, exercise in {"ada/renamed.ipynb": NAME, f"ada/{NAME}.ipynb": OTHER, "ben/x.ipynb": OTHER}.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(written_for(exercise))
    assert told(tmp_path, (NAME, OTHER)) == {
        ("ada", NAME): "ada/renamed.ipynb",
        ("ada", OTHER): f"ada/{NAME}.ipynb",
        ("ben", NAME): None,
        ("ben", OTHER): "ben/x.ipynb",
    }
    ada, ben = find(tmp_path, [NAME])[0]
    assert (ada.entry.place, ada.others) == ("ada/renamed.ipynb", (f"ada/{NAME}.ipynb",))
    with pytest.raises(Unreadable, match="ben/x.ipynb, which is for another exercise"):
        read(ben)


@pytest.mark.parametrize("metadata", [b"null", b'{"lrcourse": 7}', b'{"lrcourse": {"exercise": []}}', b"[" * 10**5])
def test_metadata_that_is_damaged_says_nothing(metadata, tmp_path):
    lay_out(tmp_path, "ada/x.ipynb")
    (tmp_path / "ada/x.ipynb").write_bytes(b'{"a": "lrcourse", "metadata": ' + metadata + b"}")
    assert told(tmp_path) == {("ada", NAME): "ada/x.ipynb"}


@pytest.mark.parametrize(
    ("file", "left"),
    [
        ("Copy of 02_step_decay", ""),
        ("02_step_decay (1)", ""),
        ("Alan - Copy of 02_step_decay", "Alan"),
        ("Kopie von 02-Step-Decay - Alan", "Alan"),
        ("02 step decay - Copy (2)", ""),
        ("Alan_02_step_decay-2", "Alan"),
        ("Alan (1)", "Alan"),
    ],
)
def test_marks_of_copies_are_nobodys_name(file, left):
    assert without_exercise(file, [NAME]) == left


# The notebook as data.


def notebook(*cells, **extra):
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in cells]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **extra}).encode()


def test_cells_are_read_in_order_whatever_form_their_source_has():
    assert read_cells(notebook("a = 1", ["b = 2\n", "c = 3"])) == ["a = 1", "b = 2\nc = 3"]
    assert read_cells(b"\xef\xbb\xbf" + notebook("a = 1")) == ["a = 1"]


def test_version_3_is_read_as_nbformat_itself_reads_it():
    old = nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell("a = 1")])])
    upgraded = nbformat.convert(nbformat.from_dict(old), 4)
    assert read_cells(json.dumps(old).encode()) == [cell.source for cell in upgraded.cells]


def test_magics_are_neutralised_by_ipythons_own_transformer():
    from IPython.core.inputtransformer2 import TransformerManager

    source = "%matplotlib inline\n!rm -rf /\nfiles = !ls\nx = 1\nx?"
    assert read_cells(notebook(source)) == [TransformerManager().transform_cell(source)]
    assert read_cells(notebook("%%time\n%%capture out\ndef f():\n    return 1")) == ["def f():\n    return 1\n"]
    assert read_cells(notebook("%%bash\nrm -rf /"))[0].startswith("get_ipython().run_cell_magic('bash'")
    assert read_cells(notebook('text = """\n%time\n!ls"""')) == ['text = """\n%time\n!ls"""']  # Python already


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (notebook(), "empty"),
        (notebook("", " \n"), "empty"),
        (b'{"cells": [{"cell_', "not a notebook"),
        (b"%PDF-1.7", "not a notebook"),
        (b"[1, 2]", "not a notebook"),
        (b"7", "not a notebook"),
        (b'{"cells": 7}', "not a notebook"),
        (b"[" * 100_000, "not a notebook"),
        (b'{"cells": ' + b"1" * 10_000 + b"}", "not a notebook"),
        ("{'café': 1}".encode("latin-1"), "wrong encoding"),
        (notebook("a = 1").decode().encode("utf-16"), "wrong encoding"),
        (notebook("a <- 1", metadata={"kernelspec": {"language": "R"}}), "other kernel"),
        (notebook("a = 1\n" * (MOST_CODE // 5)), "too large"),
        (notebook(*["" for _ in range(3)], metadata=[1]), "empty"),
        (b'{"cells": [1, null, {"cell_type": "code"}, {"cell_type": "code", "source": {"a": 1}}]}', "empty"),
    ],
)
def test_what_is_no_python_notebook_is_named(data, status):
    with pytest.raises(Unreadable) as reason:
        read_cells(data)
    assert reason.value.status == status


def test_the_question_word_for_word():
    """Five people of seven are named, three places of each, and every depth at which the parts are no exercise's."""
    places = [f"week{w}/s{i}/try{k}/{NAME}.ipynb" for w in (1, 2) for i in range(1, 3) for k in (1, 2)]
    entries = [sources.Entry(tuple(place.split("/")), (), object()) for place in places]
    unclear = {f"s{i}": places[: 3 + (i == 1)] for i in range(7)}
    shown = ", ".join(places[:3])
    assert submissions._question(unclear, entries, [NAME]).splitlines() == [
        "Nothing was graded: it is not clear whose notebooks these are. One person would have several of them:",
        f"  s0: {shown}",
        f"  s1: {shown} and 1 more",
        f"  s2: {shown}",
        f"  s3: {shown}",
        f"  s4: {shown}",
        "  ...",
        "Say which part of these paths names the person, counted from 1 (the newest notebook of each counts):",
        "  --depth 1 makes 2 people: week1, week2",
        "  --depth 2 makes 2 people: s1, s2",
        "  --depth 3 makes 2 people: try1, try2",
    ]
    deep = [sources.Entry((f"a{i}", *"bcdefg", f"{i}.ipynb"), (), object()) for i in range(5)]
    lines = submissions._question({"x": ["p"]}, deep, [NAME]).splitlines()
    assert lines[1] == "  x: p" and lines[3] == "  --depth 1 makes 5 people: a0, a1, a2, a3, ..."
    assert lines[4] == "  --depth 2 makes 1 person: b" and len(lines) == 8  # five depths
    four = submissions._question({str(i): ["p"] for i in range(5)}, deep[:4], [NAME]).splitlines()
    assert "  ..." not in four and four[7] == "  --depth 1 makes 4 people: a0, a1, a2, a3"


@pytest.mark.parametrize("depth", [0, -1])
def test_a_depth_below_1_is_refused(depth, tmp_path):
    with pytest.raises(ValueError, match=f"depth is counted from 1, .* not {depth}"):
        find(tmp_path, [NAME], depth)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.ipynb", b"{}", ""),
        ("a.txt", b"{}", ""),
        ("a.txt", b"words", ""),
        ("a.py", b"{}", ""),  # a notebook whatever its name is
        ("a.PY", b"x = 1", "a Python script"),
        ("a.htm", b"words", "a web page"),
        ("a", b"\x89PNG", "a picture"),
        ("a", b"\xff\xd8\xff\xe0", "a picture"),
        ("a", b"7z\xbc\xaf", "a 7z archive"),
        ("a", b"\x1f\x8b", "a gz archive"),
        ("a.odt", b"PK\x03\x04", "a text document"),
        ("a.XLSX", b"PK\x03\x04", "a table"),
        ("a.docx", b"words", ""),
        ("a.ipynb", b" " * 63 + b"<html>", "a web page"),
        ("a.ipynb", b" " * 64 + b"<html>", ""),  # the first 64 bytes tell
        ("a.ipynb", b"\xef\xbb\xbf\r\n\t %PDF", "a PDF file"),
    ],
)
def test_what_a_file_is_by_its_first_bytes(name, data, kind):
    assert submissions.kind_of(name, data) == kind and submissions.LARGEST == 20_971_520


def test_a_notebook_is_for_the_exercise_of_which_it_defines_most(tmp_path):
    def cells(*names):
        return json.dumps({"cells": [{"source": [f"def {name}(x):\n"]} for name in names]}).encode()

    step, cosine = ([task.name for task in submissions.exercise_files.load(name).tasks] for name in (NAME, OTHER))
    told_by = submissions._told_by_content
    assert told_by(cells(*step), [OTHER, NAME]) == NAME and told_by(cells(*cosine), [NAME, OTHER]) == OTHER
    assert told_by(cells(*step, cosine[0]), [OTHER, NAME]) == NAME
    assert told_by(cells(step[0], cosine[0]), [OTHER, NAME]) == OTHER  # as many of each: the first
    assert told_by(cells("nothing"), [NAME]) is None and told_by(b"", []) is None


def hand_in(place, exercise=None, sure=0, order=()):
    owner = submissions.people.Owner("ada", "Ada", "7", order=order)
    return submissions.HandIn(owner, sources.Entry(tuple(place.split("/")), (), object()), exercise, sure)


def test_what_is_surest_counts_and_the_rest_is_listed():
    assert (submissions.NOTHING, submissions.CONTENT, submissions.FILE_NAME, submissions.METADATA) == (0, 1, 2, 3)
    named, written = hand_in("ada/a.ipynb", NAME, submissions.FILE_NAME), hand_in("ada/b.ipynb", NAME, 3)
    none, other = hand_in("ada/c.ipynb"), hand_in("ada/d.ipynb", OTHER, 1)
    [made] = submissions._submissions([named, written, none, other], [NAME])
    assert made.entry.place == "ada/b.ipynb" and made.others == ("ada/a.ipynb", "ada/c.ipynb", "ada/d.ipynb")
    first, second = submissions._submissions([none, other], [NAME, OTHER])
    assert first.entry is None and (second.entry.place, second.others) == ("ada/d.ipynb", ("ada/c.ipynb",))
    [only] = submissions._submissions([none], [NAME])
    assert only.entry.place == "ada/c.ipynb" and (only.name, only.lms_id, only.late) == ("Ada", "7", False)
    one, two = submissions._submissions([none], [NAME, OTHER])
    assert one.entry is two.entry is None and one.others == ("ada/c.ipynb",) and two.others == ()
    [last] = submissions._submissions(
        [hand_in("ada/z.ipynb", NAME, 2, (1,)), hand_in("ada/a.ipynb", NAME, 2, (2,))], [NAME]
    )
    assert last.entry.place == "ada/a.ipynb" and last.others == ("ada/z.ipynb",)
    [pdf] = submissions._submissions([hand_in("ada/notes.txt"), hand_in("ada/work.pdf")], [NAME])
    assert pdf.entry.place == "ada/work.pdf" and pdf.others == ()


def test_who_could_be_somebody_else():
    sure, named, none, other = (
        hand_in("a.ipynb", NAME, 3),
        hand_in("b.ipynb", NAME, 2),
        hand_in("c.ipynb"),
        hand_in("d.ipynb", OTHER, 3),
    )
    assert submissions._rivals([sure, named, none, other], NAME) == [sure]
    assert submissions._rivals([named, none, other], NAME) == [named, none]
    assert submissions._rivals([named, none, other], OTHER) == [other]


def test_what_is_said_where_there_is_no_notebook():
    nobody = submissions.Submission("ada", "Ada", NAME)
    with pytest.raises(Unreadable, match=f"^No notebook for {NAME} was found in what was handed in.$") as reason:
        read(nobody)
    assert reason.value.status == "no notebook" and (nobody.late, nobody.others, nobody.lms_id) == (False, (), "")
    with pytest.raises(Unreadable, match="There is ada/x.ipynb, which is for another exercise."):
        read(submissions.Submission("ada", "Ada", NAME, others=("ada/x.ipynb", "ada/y.ipynb")))
