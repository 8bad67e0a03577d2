"""Zips read by hand: where their list of members lies, how large it is, what stays closed, what a name says."""

import io
import math
import os
import struct
import time
import zipfile
from types import SimpleNamespace

import pytest

from lrcourse.grading import sources
from lrcourse.grading.sources import Entry, InZip, OnDisk, Unreadable, ZipFound


def packed(*members, comment=b"", content=b"x", front=b""):
    buffer = io.BytesIO()
    buffer.write(front)
    with zipfile.ZipFile(buffer, "a" if front else "w") as archive:
        for member in members:
            archive.writestr(zipfile.ZipInfo(member), content)
        archive.comment = comment
    return buffer.getvalue()


def test_the_bounds_as_they_are_written_down():
    assert (sources.LARGEST_ZIP, sources.LARGEST_DIRECTORY) == (209_715_200, 8_388_608)
    assert (sources.MOST_INSIDE, sources.MOST_BYTES_INSIDE, sources.MOST_NESTED) == (20_000, 524_288_000, 3)
    assert (sources.LONGEST, sources.DEEPEST, sources.TAIL) == (255, 40, 22 + 65_535)


@pytest.mark.parametrize("comment", [b"", b"c", b"a comment" + bytes(30), b"x" * 65_535])
@pytest.mark.parametrize("members", [(), ("a",), ("a.ipynb", "b" * 200)])
def test_the_list_of_members_is_found_as_zipfile_finds_it(comment, members, tmp_path):
    data = packed(*members, comment=comment)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        wanted = sum(46 + len(info.filename.encode()) + len(info.extra) for info in archive.infolist())
    (tmp_path / "a.zip").write_bytes(data)
    assert ZipFound(path=tmp_path / "a.zip").directory_size() == wanted
    inner = Entry(("a.zip",), (), OnDisk(tmp_path / "a.zip"))
    assert ZipFound(outer=inner).directory_size() == wanted
    end = sources._end_of_directory(data[-sources.TAIL :])
    assert data[-sources.TAIL :][end : end + 4] == b"PK\5\6"


@pytest.mark.parametrize("tail", [b"", b"x" * 10, b"x" * 100, b"PK\5\6", b"x" * 30 + b"PK\5\6" + b"\0" * 17])
def test_bytes_without_a_last_record_are_no_zip(tail):
    with pytest.raises(zipfile.BadZipFile, match="it has no directory"):
        sources._end_of_directory(tail)


def test_the_last_record_alone_is_an_empty_zip():
    record = b"PK\5\6" + bytes(18)
    assert sources._end_of_directory(record) == 0 and sources._end_of_directory(b"x" * 9 + record) == 9
    commented = record[:-2] + b"\1\0c"
    assert sources._end_of_directory(commented) == 0  # found by its mark


def test_a_zip_in_the_form_for_huge_ones_has_a_list_beyond_any_bound(tmp_path):
    record = b"PK\5\6" + bytes(18)
    for locator, size in ((b"PK\6\7" + bytes(16), math.inf), (b"PK\6\6" + bytes(16), 0), (b"", 0)):
        (tmp_path / "a.zip").write_bytes(locator + record)
        assert ZipFound(path=tmp_path / "a.zip").directory_size() == size


def entry(tmp_path, data, name="hw.zip"):
    path = tmp_path / name
    path.write_bytes(data)
    return Entry(("ada", name), (), OnDisk(path))


def inside(tmp_path, data):
    sources.latest.cache_clear()
    return [one.place for one in sources._inside(entry(tmp_path, data))]


def test_a_zip_is_opened_up_to_each_bound(tmp_path, monkeypatch):
    data = packed("a.ipynb", "b.txt", "c.ipynb", content=b"123456")
    opened = ["ada/hw.zip/a.ipynb", "ada/hw.zip/b.txt", "ada/hw.zip/c.ipynb"]
    size = ZipFound(path=entry(tmp_path, data).handle.path).directory_size()
    for name, most in (("MOST_INSIDE", 3), ("MOST_BYTES_INSIDE", 12), ("LARGEST_DIRECTORY", size)):
        for bound, found in ((most, opened), (most - 1, [])):
            with monkeypatch.context() as patch:
                patch.setattr(sources, name, bound)
                assert inside(tmp_path, data) == found
    assert inside(tmp_path, packed("a.txt")) == [] == inside(tmp_path, packed()) == inside(tmp_path, b"PK\x03\x04")
    assert inside(tmp_path, b"x" + data) == []  # it begins as no zip does


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_zips_within_each_other_are_opened_three_deep(tmp_path, depth):
    data = b"{}"
    for level in range(depth):
        data = packed("x.ipynb" if not level else "z.zip", content=data)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "z.zip").write_bytes(data)
    kept, left_out = sources.collect(tmp_path)
    places = [one.place for one in kept if one.handle]
    assert left_out == {} and places == ["ada" + "/z.zip" * min(depth, 3) + ("/x.ipynb" if depth < 4 else "/z.zip")]


@pytest.mark.parametrize("front", [b"", b"in front " * 3])
@pytest.mark.parametrize("in_memory", [True, False])
def test_names_that_are_marked_as_utf8_and_are_not(front, in_memory, tmp_path):
    """As some programs write them: the mark is taken away in the list and at the member, nothing else changes."""
    data = bytearray(packed("b\u00f6.ipynb", "plain.ipynb", "\u00e4.ipynb", content=b"content", front=front))
    for wrong, right in (("b\u00f6", b"b\xf6_"), ("\u00e4", b"\xe4_")):
        assert data.count(wrong.encode()) == 2
        data = data.replace(wrong.encode(), right)
    (tmp_path / "a.zip").write_bytes(data)
    if in_memory:
        found = ZipFound(outer=Entry(("a.zip",), (), OnDisk(tmp_path / "a.zip")))
    else:
        found = ZipFound(path=tmp_path / "a.zip")
    members = sources._members(found, ("ada",))
    assert [one.place for one in members] == ["ada/b\u00f6_.ipynb", "ada/plain.ipynb", "ada/\u00e4_.ipynb"]
    assert [one.read(100) for one in members] == [b"content"] * 3
    assert (tmp_path / "a.zip").read_bytes() == data  # the file itself is left as it was


def info(name, marked=False, repaired=False, **more):
    return SimpleNamespace(filename=name, flag_bits=0x800 * marked | sources.REPAIRED * repaired, **more)


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (info("a/b.ipynb"), ("a", "b.ipynb")),
        (info("a\\b.ipynb"), ("a", "b.ipynb")),
        (info("/a/./../b"), ("a", "b")),
        (info("C:/a"), ("a",)),
        (info("CD:/a"), ("CD:", "a")),
        (info("/"), ()),
        (info("o\u0308", marked=True), ("\u00f6",)),
        (info("\u00f6", marked=True), ("\u00f6",)),
        (info("b\u00f6".encode().decode("cp437")), ("b\u00f6",)),  # UTF-8 without its mark
        (info(b"b\x94".decode("cp437")), ("b\u00f6",)),  # DOS
        (info(b"b\xf6".decode("cp437"), repaired=True), ("b\u00f6",)),  # Windows, where the mark was wrong
        (info("\u4e2d"), ("\u4e2d",)),  # from an extra field
    ],
)
def test_the_parts_of_a_members_name(given, parts):
    assert sources._parts(given) == parts


def test_a_link_in_a_zip_is_not_followed_and_a_file_is_read_to_a_bound(tmp_path):
    data = packed("a.ipynb", content=b"0123456789")
    (tmp_path / "a.zip").write_bytes(data)
    found = ZipFound(path=tmp_path / "a.zip")
    [member] = sources._members(found)
    assert member.read(10) == b"0123456789" and member.handle.read(4) == b"0123"
    with pytest.raises(Unreadable, match="more than 0 MB"):
        member.read(9)
    member.handle.info.external_attr = 0o120777 << 16
    with pytest.raises(Unreadable, match="is a link"):
        InZip(found, member.handle.info).read(4)
    member.handle.info.external_attr = 0o100777 << 16
    assert member.handle.read(4) == b"0123"


def test_a_file_on_the_disk_is_read_to_a_bound_with_its_time(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(b"0123456789")
    os.utime(tmp_path / "a.ipynb", (1e9, 1e9))
    one = sources._file(tmp_path, tmp_path / "a.ipynb")
    assert one.changed == time.gmtime(1e9)[:6] == (2001, 9, 9, 1, 46, 40) and one.read(10) == b"0123456789"
    assert one.place == "a.ipynb" and one.is_notebook
    large = Entry(("x",), (), SimpleNamespace(read=lambda count: b"x" * count))
    with pytest.raises(Unreadable, match="The file has more than 3 MB. Clear its outputs"):
        large.read(3 * 2**20)
    for made, words in ((lambda place: place.symlink_to("a.ipynb"), "a link"), (os.mkfifo, "not an ordinary file")):
        made(tmp_path / "b.ipynb")
        with pytest.raises(Unreadable, match=words):
            OnDisk(tmp_path / "b.ipynb").read(3)
        (tmp_path / "b.ipynb").unlink()
    with pytest.raises(Unreadable, match="not readable \\(No such file"):
        OnDisk(tmp_path / "b.ipynb").read(3)


@pytest.mark.parametrize(
    ("name", "notebook", "zipped"),
    [
        ("a.ipynb", True, True),
        ("a.IPYNB.txt", True, False),
        ("a.ipynb.json", True, False),
        ("a.ipynb.zip", False, True),
        ("a.zip", False, True),
        ("aipynb", False, False),
        ("a.ipynb.pdf", False, False),
    ],
)
def test_what_a_file_is_by_its_name(name, notebook, zipped):
    assert Entry((name,), (), object()).is_notebook is notebook and Entry((name,), (), None).is_notebook is False
    assert (sources.ZIPPED.search(name) is not None) is zipped


def test_a_folder_is_walked_in_the_order_of_names_and_what_is_closed_is_told(tmp_path, monkeypatch):
    for place in ("b/x.ipynb", "a/y.ipynb", "a/c/z.ipynb", "top.ipynb"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("{}")
    left_out = {}
    places = [(one.place, one.handle is None) for one in sources._walk(tmp_path, left_out)]
    assert places == [
        ("top.ipynb", False),
        ("a", True),
        ("a/y.ipynb", False),
        ("a/c", True),
        ("a/c/z.ipynb", False),
        ("b", True),
        ("b/x.ipynb", False),
    ]
    scandir = os.scandir

    def closed(folder):
        if str(folder).endswith("/b"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(sources.os, "scandir", closed)
    assert len(sources._walk(tmp_path, left_out)) == 6 and left_out == {"b": "closed: Permission denied"}


def test_what_is_no_place_of_submissions(tmp_path):
    with pytest.raises(FileNotFoundError) as missing:
        sources.collect(tmp_path / "none")
    assert missing.value.filename == str(tmp_path / "none") and missing.value.errno == 2
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match="submissions must be a folder, a zip or a notebook, not '.*a.txt'"):
        sources.collect(tmp_path / "a.txt")
    broken = bytearray(packed("a.ipynb"))
    at = broken.index(b"PK\1\2")
    broken[at : at + 4] = b"XXXX"
    (tmp_path / "a.zip").write_bytes(broken)
    with pytest.raises(ValueError, match="is a damaged zip"):
        sources.collect(tmp_path / "a.zip")


def test_flags_are_changed_in_place_and_only_where_a_name_is_wrong():
    data = bytearray(packed("b\u00f6", "plain").replace("b\u00f6".encode(), b"b\xf6_"))
    before = bytes(data)
    sources._mark_wrong_names(data)
    changed = [i for i, (old, new) in enumerate(zip(before, data, strict=True)) if old != new]
    central = before.index(b"PK\1\2")
    assert changed == [7, central + 9]  # the high bytes of two flags: 0x0800 to 0x8000
    assert struct.unpack("<H", data[6:8]) == struct.unpack("<H", data[central + 8 : central + 10]) == (0x8000,)
