"""Whose each place is, from places alone: no file is needed for that."""

import pytest

from lrcourse.grading import naming, people, platforms, sources
from lrcourse.grading.platforms import Owner
from lrcourse.grading.sources import Entry

NAME = "02_step_decay"


def entries(*places):
    """Files, and folders where a place ends with a slash."""
    return [
        Entry(tuple(place.rstrip("/").split("/")), (), None if place.endswith("/") else object()) for place in places
    ]


def told(*places, depth=None):
    owned, nobodys = people.owners(entries(*places), [NAME, "04_cosine"], depth)
    return {entry.place: owner.student for owner, entry in owned}, nobodys


WHOSE = [
    ({"ada/x.ipynb": "ada", "ben/x.ipynb": "ben"}, {}),
    ({"homework.ipynb": "homework"}, {}),
    ({f"{NAME}.ipynb": NAME}, {}),
    ({f"ada_{NAME}.ipynb": "ada", f"{NAME} (2) - Ben.ipynb": "Ben"}, {}),
    ({"hw1/ada.ipynb": "ada", "hw1/ben.ipynb": "ben"}, {}),
    ({"hw1/ada/x.ipynb": "ada", "hw1/ben/x.ipynb": "ben"}, {}),
    ({"class/ada/x.ipynb": "ada", "class/ben/x.ipynb": "ben"}, {}),
    ({"ada/hw1/x.ipynb": "ada"}, {}),
    ({f"{NAME}/ada.ipynb": "ada", f"{NAME}/ben.ipynb": "ben"}, {}),
    ({f"{NAME}/ada/x.ipynb": "ada", f"{NAME}/ben/x.ipynb": "ben"}, {}),
    ({"ada/x.ipynb": "ada", "ben/x.ipynb": "ben"}, {"README.txt": "in nobody's folder"}),
    ({"ada/x.ipynb": "ada", "ada/notes.txt": "ada", "ben/x.ipynb": "ben"}, {}),
    ({"ada/x.ipynb": "ada", "zoe": "zoe"}, {}),
    ({"ada/exercises/x.ipynb": "ada", "ada/notebooks/y.ipynb": "ada"}, {}),
    ({"ada/x.ipynb": "ada", f"{NAME}.pdf": NAME}, {}),  # somebody's work in another form
    ({"ada/x.ipynb": "ada", "ben/x.ipynb": "ben", "zoe.ipynb": "zoe"}, {}),
    ({"ada.ipynb": "ada", "ada_final.ipynb": "ada", "Ada New.ipynb": "Ada New"}, {}),  # New is a surname too
    ({"ada_v2.ipynb": "ada", "ada draft.ipynb": "ada", "ben_v2.ipynb": "ben_v2"}, {}),
    ({"bruce.ipynb": "bruce", "bruce wayne/x.pdf": "bruce wayne", "bruce files/x.ipynb": "bruce files"}, {}),
    ({"ada.ipynb": "ada", "ada files.txt/x.js": "ada files"}, {}),
]


@pytest.mark.parametrize(("owned", "nobodys"), WHOSE)
def test_whose_it_is(owned, nobodys):
    places = [f"{place}/" if place == "zoe" else place for place in [*owned, *nobodys]]
    assert told(*places) == (owned, nobodys)


@pytest.mark.parametrize(
    "ending", ["pdf", "PDF", "docx", "doc", "odt", "rtf", "pages", "rar", "7z", "zip", "py", "html"]
)
def test_work_in_another_form_beside_loose_notebooks_is_its_authors(ending):
    owned = {f"ada_{NAME}.ipynb": "ada", f"{NAME} Grace Hopper.{ending}": "Grace Hopper"}
    nobodys = dict.fromkeys(["syllabus.pdf", f"{NAME}_plot.png", f"{NAME}.json", "grades.csv"], "in nobody's folder")
    assert told(*owned, *nobodys) == (owned, nobodys)


@pytest.mark.parametrize("name", ["Mark", "Summer", "Meta", "Autumn", "Will May", "April June", "Art", "Page", "Bill"])
def test_names_that_are_words_too_are_people(name):
    assert told(f"ada_{NAME}.ipynb", f"{name}.pdf")[0][f"{name}.pdf"] == name


@pytest.mark.parametrize("word", ["_files", "-Dateien", "_fichiers", " archivos", "_ficheros", ".files", "_files (2)"])
@pytest.mark.parametrize("page", ["ben.html", "ben.htm", f"{NAME} ben.html", f"ben_{NAME}.ipynb", "Ben.docx"])
def test_the_folder_of_a_pages_pictures_is_no_person(word, page):
    folder = page.rpartition(".")[0] + word
    owned, nobodys = told(f"ada_{NAME}.ipynb", page, f"{folder}/style.css", f"{folder}/deep/a.png")
    assert {owner.casefold() for owner in owned.values()} == {"ada", "ben"} and set(owned) == {
        f"ada_{NAME}.ipynb",
        page,
    }
    assert set(nobodys) == {f"{folder}/style.css", f"{folder}/deep/a.png"}
    assert told(page, f"{folder}/x.ipynb")[0][f"{folder}/x.ipynb"] != "ben"  # with a notebook in it, it is somebody's


def test_an_empty_folder_beside_another_makes_no_person_of_either():
    owned, _ = told("ada/", "ada/exercises/", "ada/notebooks/", "ada/notebooks/x.ipynb")
    assert set(owned.values()) == {"ada"}


PLACES = ["class/ada/x.ipynb", "class/ben/more/y.ipynb", "class/notes.txt", "top.ipynb"]


@pytest.mark.parametrize(
    ("depth", "owned", "nobodys"),
    [
        (1, ["class", "class", "class", "top"], {}),
        (2, ["ada", "ben"], {"class/notes.txt": "in nobody's folder", "top.ipynb": "not 2 parts deep"}),
        (3, ["x", "more"], {"class/notes.txt": "not 3 parts deep", "top.ipynb": "not 3 parts deep"}),
        (4, ["y"], dict.fromkeys((PLACES[0], *PLACES[2:]), "not 4 parts deep")),
    ],
)
def test_the_part_that_is_said_to_name_the_person(depth, owned, nobodys):
    found, others = told(*PLACES, depth=depth)
    assert (list(found.values()), others) == (owned, nobodys)
    assert told("ada/", depth=1)[0] == {"ada": "ada"} and told("ada/", depth=2) == ({}, {})


@pytest.mark.parametrize(
    ("part", "student"),
    [
        ("ada.ipynb", "ada"),
        ("ada.ipynb.txt", "ada"),
        ("ada.ipynb.zip", "ada"),
        ("ada.pdf", "ada"),
        ("ada.HTML", "ada"),
        ("ada.b.py", "ada.b"),
        (f"{NAME}-ada-2.ipynb", "ada-2"),
        ("homework.ipynb", "homework"),
        (".ipynb", ".ipynb"),
        ("13394-80551 - Ada Bello - Mar 29, 2018 1205 PM", "Ada Bello_13394"),
    ],
)
def test_the_person_that_a_name_stands_for(part, student):
    assert people._named(part, [NAME]).student == people._named(part, [NAME], is_file=True).student == student


@pytest.mark.parametrize(
    ("part", "file", "folder"),
    [
        ("J. Smith.jpeg", "J. Smith", "J. Smith.jpeg"),
        ("ada.m", "ada", "ada.m"),
        ("ada.lovelace", "ada.lovelace", "ada.lovelace"),
    ],
)
def test_only_a_file_has_any_ending(part, file, folder):
    assert people._named(part, [NAME], is_file=True).student == file
    assert people._named(part, [NAME]).student == folder


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("hw1_final", False),
        ("v2", False),
        ("2024", False),
        ("123", False),
        ("1234", True),  # a student's number, and no year
        ("1999", False),
        ("a", False),
        ("al", True),
        ("", False),
        ("_-_", False),
        ("Ada hw1", True),
        ("my final homework 2", False),
        ("resubmission", False),
    ],
)
def test_words_that_name_a_person(name, person):
    assert naming.names_a_person(name) is person


@pytest.mark.parametrize(("letters", "shown"), [(100, "x" * 100), (101, "x" * 97 + "...")])
def test_a_name_on_a_terminal_has_a_hundred_letters_at_most(letters, shown):
    assert naming.shown("x" * letters) == shown
    assert naming.shown("a\u202eb") == "a\ufffdb"


RECOGNISED = [  # place, student, id, late, order
    ("Ada Bello_301_assignsubmission_file_/x.ipynb", "Ada Bello_301", "301", False, ()),
    ("Ada Bello_301_assignsubmission_onlinetext_x.html", "Ada Bello_301", "301", False, ()),
    ("belloada_101_9001_x.ipynb", "belloada_101", "101", False, (9001, 0)),
    ("belloada_LATE_101_9001_x-3.ipynb", "belloada_101", "101", True, (9001, 3)),
    ("belloada_late_101_9001_x.ipynb", "belloada_101", "101", True, (9001, 0)),
    ("anon_ab1cd_LATE_9001_x.ipynb", "anon_ab1cd", "ab1cd", True, (9001, 0)),
    ("anon_ab1cd_9001_02_step_decay.ipynb", "anon_ab1cd", "ab1cd", False, (9001, 0)),
    ("anon_ab1cd_text.html", "anon_ab1cd", "ab1cd", False, ()),
    ("belloada_101_9001_x (12).ipynb", "belloada_101", "101", False, (9001, 12)),
    ("anon_ab1cd_9001_x.ipynb", "anon_ab1cd", "ab1cd", False, (9001, 0)),
    ("belloada_101_text.html", "belloada_101", "101", False, ()),
    ("belloada101_question_7_9001_x.ipynb", "belloada_101", "101", False, (9001, 0)),
    ("13394-80551 - Ada Bello - Mar 29, 2018 1205 PM/x.ipynb", "Ada Bello_13394", "13394", False, (2018, 2, 29, 12, 5)),
    ("13394-80551 - Ada Bello - Dec 9, 2018 1205 AM/x.ipynb", "Ada Bello_13394", "13394", False, (2018, 11, 9, 0, 5)),
    ("13394-80551 - Ada Bello - 9 May 2018 17.45/x.ipynb", "Ada Bello_13394", "13394", False, (2018, 4, 9, 17, 45)),
    ("13394-80551 - Ada Bello - Jan 9, 2018 145 PM - x.ipynb", "Ada Bello_13394", "13394", False, (2018, 0, 9, 13, 45)),
    (
        "13394-80551 - Ada Bello- Mar 29, 2018 1205 PM - x.ipynb",
        "Ada Bello_13394",
        "13394",
        False,
        (2018, 2, 29, 12, 5),
    ),
    ("7-5 - Ada Bello - Mar 29, 2018 12_05 PM/x.ipynb", "Ada Bello_7", "7", False, (2018, 2, 29, 12, 5)),
    ("77 - Group 3 - Mar 29, 2018 1205 PM/x.ipynb", "Group 3_77", "77", False, (2018, 2, 29, 12, 5)),
    ("hw1_abello_attempt_2018-03-29-12-05-59_x.ipynb", "abello", "abello", False, (2018, 3, 29, 12, 5, 59)),
    ("ada+hw1+2018-03-29 12:05:59 UTC/x.ipynb", "ada", "", False, (2018, 3, 29, 12, 5, 59)),
    ("submitted/ada/hw1/x.ipynb", "ada", "", False, ()),
    ("Bello, Ada(abello)/Submission attachment(s)/x.ipynb", "Bello, Ada(abello)", "abello", False, ()),
    ("assignment_77_export/submission_123/x.ipynb", "submission_123", "", False, ()),
]


@pytest.mark.parametrize(("place", "student", "number", "late", "order"), RECOGNISED)
@pytest.mark.parametrize("above", [(), ("week 3",)])
def test_what_a_platforms_name_says(place, student, number, late, order, above):
    parts = (*above, *place.split("/"))
    owner, length = platforms.recognise(parts)
    assert (owner.student, owner.lms_id, owner.late, owner.order) == (student, number, late, order)
    # up to the part that names them, but for an exported assignment, whose folder comes first
    wanted = len(above) + (2 if place.startswith("assignment") else 1)
    assert length == wanted and owner.home[: len(above)] == above


@pytest.mark.parametrize(
    "place",
    [
        "ada/x.ipynb",
        "submission_123/x.ipynb",  # of no exported assignment
        "assignment_77_export/other/x.ipynb",
        "submitted/ada.ipynb",
        "Ada (abello)/x.ipynb",
        "ada+hw1/x.ipynb",
    ],
)
def test_what_no_platform_has_named(place):
    assert platforms.recognise(tuple(place.split("/"))) is None


@pytest.mark.parametrize("place", ["Ada_301_assignfeedback_file_/x.ipynb", "Ada(a)/Feedback Attachment(s)/x.ipynb"])
def test_what_a_teacher_gave_back(place):
    with pytest.raises(platforms.GivenBack, match="feedback that"):
        platforms.recognise(tuple(place.split("/")))
    assert platforms.by_name("Ada_301_assignfeedback_file_") is None


def test_where_somebody_was_found():
    assert Owner("a", "a", folder=("x",)).by_folder and not Owner("a", "a").by_folder
    assert Owner("a", "a", home=("h",), folder=("x",), platform="p").root == ("p", ("x",))
    assert Owner("a", "a", home=("h",)).root == ("", ("h",))


def test_what_is_too_long_or_too_deep_is_cut_and_stays_apart():
    for letters in (255, 256):
        kept = sources._fitted(["x" * letters])[0]
        assert (kept == "x" * letters) is (letters == 255)
    one, other = (sources._fitted([end * 300])[0] for end in "ab")
    assert len(one) == 32 + 1 + 8 + 1 + 16 and one != other
    assert sources._fitted("x" * 300 + end for end in "ab")[0] != sources._fitted(["x" * 300 + "b"])[0]
    assert sources._fitted(str(i) for i in range(40)) == tuple(str(i) for i in range(40))
    assert sources._fitted(str(i) for i in range(41)) == (*(str(i) for i in range(39)), "40")


@pytest.mark.parametrize("most", [5, 10])
def test_a_file_of_just_so_many_bytes_is_read(most):
    class Ten:
        def read(self, count):
            return b"0123456789"[:count]

    entry = Entry(("x.ipynb",), (), Ten())
    if most == 10:
        assert entry.read(most) == b"0123456789"
    else:
        with pytest.raises(sources.Unreadable, match="more than 0 MB"):
            entry.read(most)


JUNK = {
    ".ipynb_checkpoints/x.ipynb": "a copy that Jupyter made",
    "__MACOSX/x.ipynb": "a companion file that macOS made",
    "ada/._x.ipynb": "a companion file that macOS made",
    "~$x.ipynb": "a temporary file",
    ".git/x.ipynb": "a version control system's own file",
    "node_modules/x.ipynb": "a cache",
    "$RECYCLE.BIN/x.ipynb": "in the bin",
    ".hidden/x.ipynb": "hidden",
}


def test_what_is_no_hand_in_is_left_out_with_its_reason(tmp_path):
    for place in [*JUNK, "ada/x.ipynb", "ada/git/y.ipynb", "Thumbs.db"]:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("{}")
    kept, left_out = sources.collect(tmp_path)
    assert left_out == JUNK
    assert {entry.place for entry in kept if entry.handle} == {"ada/x.ipynb", "ada/git/y.ipynb"}


CANVAS = [
    {"belloada_101_9001_x.ipynb": "belloada_101", "costaben_102_9002_x.ipynb": "costaben_102"},
    {f"ada_1_{NAME}.ipynb": "ada_1", f"ben_2_{NAME}.ipynb": "ben_2"},  # the 02 is the exercise's
    {"ada_101_9001_hw.zip/x.ipynb": "ada_101", "ben_102_9002_hw.zip/y/x.ipynb": "ben_102"},
    {"team_1_2_red/x.ipynb": "team_1", "team_1_3_blue/y.ipynb": "team_1"},  # which is then asked about
    {"zoe/ada_1_2_x.ipynb": "zoe", "ben/x.ipynb": "ben"},  # a file of zoe's own
    {"zoe/ada_1_2_x.ipynb": "zoe", "zoe/y.ipynb": "zoe", "ben/x.ipynb": "ben"},
    {"zoe/ada_1_2_x.ipynb": "ada_1", "zoe/ben_2_3_x.ipynb": "ben_2", "cy/x.ipynb": "cy"},  # a class's folder
    {"hw1/ada_1_2_x.ipynb": "ada_1", "ben/x.ipynb": "ben"},
    {"zoe/ada_1_2_x.ipynb": "ada_1"},  # nobody beside it
    {"ada_1_2_x.ipynb": "ada_1", "y.ipynb": "y", "ben/x.ipynb": "ben"},
    {"Red/ada_1_2_x.ipynb": "ada_1", "Blue/ben_2_3_x.ipynb": "ben_2"},  # sections with one person each
    {"Red/ada_1_2_x.ipynb": "ada_1", "Blue/ben_2_3_x.ipynb": "ben_2", "Blue/cy_3_4_x.ipynb": "cy_3"},
    {"zoe/hw_1_2_x.ipynb": "zoe", "ben/hw_1_2_x.ipynb": "ben"},  # the teacher's own name for the file
    {"zoe/ada_1_2_x.ipynb": "zoe", "cy/ben_2_3_x.ipynb": "cy", "dee/x.ipynb": "dee"},  # own folders, not all so named
]


@pytest.mark.parametrize("owned", CANVAS)
def test_a_name_like_canvass_by_chance_or_not(owned):
    found, nobodys = told(*owned)
    if "y.ipynb" in owned:  # a loose notebook beside: both are named by their files
        assert set(found) == set(owned) and nobodys == {}
    else:
        assert (found, nobodys) == (owned, {})


def test_folders_around_a_platforms_names_are_nobodys_own():
    owned = {
        "class/week 3/Ada Bello_301_assignsubmission_file_/x.ipynb": "Ada Bello_301",
        "class/week 3/zoe.ipynb": "zoe",
        "class/ben/x.ipynb": "ben",
        "cleo/x.ipynb": "cleo",
    }
    assert told(*owned) == (owned, {})


def test_what_nbgrader_keeps_beside_what_was_submitted_is_nobodys():
    owned = {"c/submitted/ada/hw/x.ipynb": "ada", "c/submitted/ben/hw/x.ipynb": "ben"}
    others = {f"c/{name}/ada/hw/x.ipynb": f"nbgrader's {name}" for name in ("autograded", "feedback")}
    others |= {f"c/{name}/hw/x.ipynb": f"nbgrader's {name}" for name in ("source", "release")}
    assert told(*owned, *others) == (owned, others)
    assert told("source/x.ipynb", "ben/x.ipynb")[1] == {}  # without a folder `submitted` it is a name like another


def crowd(folder, *files, for_it=(), alone=False, by_folder=True):
    from types import SimpleNamespace

    place = tuple(folder.split("/"))
    owner = SimpleNamespace(by_folder=by_folder, home=place, folder=place[:1])
    hand_ins = [SimpleNamespace(owner=owner, entry=entry) for entry in entries(*(f"{folder}/{one}" for one in files))]
    places = {f"{folder}/{one}" for one in for_it}
    return people.Crowd([NAME], places, alone).is_in(hand_ins)


X, Y, COPY_OF_IT = "x.ipynb", "y.ipynb", f"{NAME} (1).ipynb"


@pytest.mark.parametrize(
    ("folder", "files", "more", "several"),
    [
        ("hw1", [X, Y], {}, True),  # nobody's folder
        ("hw1", [X], {}, False),
        ("hw1", [X, Y], {"by_folder": False}, False),
        ("ada", [X, Y], {}, False),
        ("ada", ["ben.ipynb", "cleo.ipynb"], {}, True),
        ("ada", ["ben.ipynb", X], {}, False),
        ("ada", ["ben.ipynb", X], {"alone": True}, True),
        ("ada", ["ben.ipynb", X], {"for_it": ["ben.ipynb", X]}, True),
        ("ada", ["ben.ipynb", X, Y], {"for_it": [X, Y]}, False),
        ("ada", ["ben.ipynb", X], {"for_it": ["ben.ipynb"]}, False),
        ("ada", ["ada_1.ipynb", "Ada.ipynb"], {}, False),  # its own name
        ("ada bello", ["ada.ipynb", "bello.ipynb"], {}, True),  # a pair's folder, and a notebook of each
        ("ada bello", ["ada.ipynb", "ada bello.ipynb"], {"alone": True}, False),
        ("ada hw2", ["ada.ipynb", "hw2.ipynb"], {"for_it": []}, False),
        ("ada/hw2", [X, Y], {}, False),  # nobody's folder, but within somebody's
        ("hw1/hw2", [X, Y], {}, True),
        (
            "ada",
            ["step decay.ipynb", "Step_Decay (1).ipynb"],
            {"for_it": ["ada/x"]},
            False,
        ),  # the exercise, by its words
        ("ada", ["step decay.ipynb", "ben.ipynb", "cy.ipynb"], {}, True),
        ("ada", [f"{NAME}.ipynb", COPY_OF_IT], {}, False),
        ("ada", [f"{NAME}.ipynb", COPY_OF_IT], {"alone": True}, True),  # nothing but copies, and nobody else
        ("ada", [f"{NAME}.ipynb", X], {"alone": True}, False),
        ("ada", ["ben.ipynb", "ben (1).ipynb"], {"alone": True}, False),  # one name, twice
        ("ada", ["ben_1_2_x.ipynb", Y], {}, True),  # a platform may have named one of them
    ],
)
def test_whether_a_folder_holds_several_peoples_notebooks(folder, files, more, several):
    assert crowd(folder, *files, **more) is several


@pytest.mark.parametrize(
    "owned",
    [
        {"Red/ada.ipynb": "ada", "Red/ben.ipynb": "ben", "Blue/cleo.ipynb": "Blue"},
        {"class/ada.ipynb": "ada", "class/ben.ipynb": "ben"},
        {"zoe/ada.ipynb": "ada", "zoe/ben.ipynb": "ben"},  # the only folder, two names in it
        {"zoe/ada.ipynb": "zoe"},
        {"zoe/x.ipynb": "zoe", "zoe/y.ipynb": "zoe"},
        {"ada/hw1/x.ipynb": "ada", "ada/hw2/y.ipynb": "ada"},
        {f"ada/{NAME}/x.ipynb": "ada", "ben/x.ipynb": "ben"},
        {"class/group/ada/x.ipynb": "ada", "class/group/ben/y.ipynb": "ben"},
        {"class/ada/x.ipynb": "ada"},
    ],
)
def test_whose_it_is_in_folders_within_folders(owned):
    found, nobodys = told(*owned)
    if "Blue/cleo.ipynb" in owned:  # each folder is a person, or its files are
        assert set(found) == set(owned)
    else:
        assert (found, nobodys) == (owned, {})


SECTIONS = [
    {"Section A/ada/x.ipynb": "ada", "Section B/ben/x.ipynb": "ben", "Section C/cy/exercises/x.ipynb": "cy"},
    {"week 1/ada/x.ipynb": "ada", "week 2/ada/x.ipynb": "ada"},  # which is asked about, if for one exercise
    {"ada/x.ipynb": "ada", "ben/x.ipynb": "ben", "late/cy/x.ipynb": "cy"},
    {
        "ada/x.ipynb": "ada",
        "ben/x.ipynb": "ben",
        "late/cy/x.ipynb": "cy",
        "late/dee.ipynb": "dee",
        "late/eli.pdf": "eli",
    },
    {"ada/x.ipynb": "ada", "ben/x.ipynb": "ben", "late/cy/": "cy"},
    {"a/b/A/ada/deep/er/x.ipynb": "ada", "a/b/B/ben/x.ipynb": "ben"},
    {"student 1/old stuff/x.ipynb": "student 1", "student 2/x.ipynb": "student 2"},  # numbers of people
    {"12/old stuff/x.ipynb": "12", "13/x.ipynb": "13"},
    {"submission_11/old stuff/x.ipynb": "submission_11", "submission_12/x.ipynb": "submission_12"},
    {"hw1/lrcourse-main/exercises/x.ipynb": "hw1", "ben/x.ipynb": "ben"},  # of the course's words, not a person's
    {"hw1/x.ipynb": "hw1", "hw1/plots of mine/a.png": "hw1", "ben/x.ipynb": "ben"},
    {"🎓/Ada/x.ipynb": "🎓", "ben/x.ipynb": "ben"},
    {"late/ada/lrcourse-main/exercises/x.ipynb": "ada", "late/ada/data/a.csv": "ada"},  # who is alone
]


@pytest.mark.parametrize("owned", SECTIONS)
def test_the_only_person_of_a_section_is_not_named_after_it(owned):
    found, nobodys = told(*owned, "roster.csv")
    assert ({place + "/" * (place + "/" in owned): who for place, who in found.items()}, nobodys) == (
        owned,
        {"roster.csv": "in nobody's folder"},
    )


def test_what_an_earlier_run_wrote_is_nobodys_and_a_students_files_of_these_names_are_theirs():
    owned = {"ada/x.ipynb": "ada", "ben/x.ipynb": "ben", "ben/gradebook.sqlite": "ben", "ben/summary.html": "ben"}
    written = ["results/gradebook.sqlite", "results/summary.html", "results/feedback/ada.html"]
    assert told(*owned, *written) == (owned, dict.fromkeys(written, "in nobody's folder"))


@pytest.mark.parametrize(
    ("file", "age"),
    [
        ("hw.ipynb", (0, 0)),
        ("hw (3).ipynb", (0, 3)),
        ("hw v2.ipynb", (0, 2)),
        ("hw-12.ipynb", (0, 12)),
        ("hw_final.ipynb", (1, 0)),
        ("hw_final 2.ipynb", (1, 2)),
        ("hw_old.ipynb", (-1, 0)),
        ("final_draft.ipynb", (0, 0)),
        ("renewed.ipynb", (0, 0)),
        ("hw 123.ipynb", (0, 0)),
    ],
)
def test_the_age_that_a_name_says(file, age):
    assert naming.age(file) == age
