"""Who handed in what, in every layout that learning platforms give; nothing strange in a folder or a zip gets far."""

import io
import json
import os
import zipfile
import zlib

import nbformat
import pytest

from lrcourse.grading import submissions
from lrcourse.grading.cells import MOST_CODE, read_cells
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
    assert {one.student for one in found} == {"ada", "cleo", "dan"}  # ben is a link
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
