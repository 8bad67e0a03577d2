"""What was handed in, as a flat list of files: a folder, a zip or one notebook, and the zips within them.

Nothing is unpacked: a zip is read in place, a file only up to a limit, a link never. So no name in it can reach outside
and no bomb can fill the disk. Names are cleaned here, once: whatever bytes they have, they leave as text in NFC.
"""

import errno
import hashlib
import io
import math
import mmap
import os
import re
import stat
import struct
import time
import unicodedata
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lrcourse.arguments import choice
from lrcourse.grading.results import UNREADABLE

LARGEST_ZIP = 200 * 2**20  # of a zip within a zip, which is read into memory
MOST_INSIDE, MOST_BYTES_INSIDE = 20_000, 500 * 2**20  # of a zip that somebody handed in; it is left closed above that
LARGEST_DIRECTORY = 8 * 2**20  # of such a zip: bytes of its list of members; an environment of Python's has 3 million
LONGEST, DEEPEST = 255, 40  # letters of a name, parts of a place
MOST_NESTED = 3  # zips within each other
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # some browsers add the second ending
ZIPPED = re.compile(r"\.(zip|ipynb)$", re.IGNORECASE)
# What systems and programs leave behind, and why a notebook in it is no hand-in.
JUNK = {
    r"\.ipynb_checkpoints": "a copy that Jupyter made",
    r"__MACOSX|\._.*": "a companion file that macOS made",
    r"~\$.*|.*~|.*\.(tmp|part|crdownload)": "a temporary file",
    r"\.git|\.svn|\.hg": "a version control system's own file",
    r"__pycache__|node_modules|site-packages": "a cache",
    r"\$RECYCLE\.BIN|\.Trash.*": "in the bin",
    r"\..*|Thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r|System Volume Information|.*:Zone\.Identifier": "hidden",
}


class Unreadable(Exception):
    """A submission that cannot be graded: `status` names the failure, the text says it to the student."""

    def __init__(self, status, sentence):
        super().__init__(choice("status", status, UNREADABLE), sentence)  # both, so that it can travel to a worker
        self.status, self.sentence = status, sentence

    def __str__(self):
        return self.sentence


@dataclass(frozen=True)
class Entry:
    """A file handed in: its place as clean parts, when it was changed, how to reach it; a folder has no handle.

    A zip that was opened is one of the parts of what lies in it.
    """

    parts: tuple
    changed: tuple
    handle: object = field(compare=False, repr=False)

    @property
    def place(self):
        """The path with slashes, for people to read."""
        return "/".join(self.parts)

    @property
    def folder_as_written(self):
        """The folder as the disk or the zip names it: two that look alike may be two people's."""
        return self.handle.folder if self.handle else None

    @property
    def is_notebook(self):
        """Whether it is a file that is named as a notebook."""
        return self.handle is not None and NOTEBOOK.search(self.parts[-1]) is not None

    def read(self, most):
        """The bytes. Raises Unreadable for links, devices, what is damaged or locked or has more bytes than that."""
        data = self.handle.read(most + 1)
        if len(data) > most:
            advice = "Clear its outputs, hand it in again."
            raise Unreadable("too large", f"The file has more than {most >> 20} MB. {advice}")
        return data


def collect(path):
    """(entries, {place of what was left out: reason}) at this path, zips within it opened.

    Raises FileNotFoundError, or ValueError where this is neither a folder nor a zip nor a notebook.
    """
    left_out, kept, folders = {}, [], {}
    for entry in _opened(_entries(Path(path), left_out)):
        at = _first_junk(entry.parts)
        if at is None:
            kept.append(entry)
            continue
        if at:  # a zip may list no folder: the one around it may be all that is left of a person
            folders[entry.parts[:at]] = Entry(entry.parts[:at], (), None)
        if entry.is_notebook:
            left_out[entry.place] = _junk(entry.parts[at])
    return [*kept, *folders.values()], left_out


def _first_junk(parts):
    return next((i for i, part in enumerate(parts) if _junk(part)), None)


@lru_cache(maxsize=10_000)
def _junk(part):
    """Why what has this name is no hand-in, or None."""
    return next((why for what, why in JUNK.items() if re.fullmatch(what, part, re.IGNORECASE | re.DOTALL)), None)


def _entries(path, left_out):
    if path.is_dir():
        return _walk(path, left_out)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "there are no submissions here", str(path))
    if zipfile.is_zipfile(path):
        try:
            return _members(ZipFound(path=path))
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise ValueError(f"{str(path)!r} is a damaged zip: {error}") from None
    if NOTEBOOK.search(path.name):
        return [_file(path.parent, path)]
    raise ValueError(f"submissions must be a folder, a zip or a notebook, not {str(path)!r}")


def _walk(root, left_out):
    """Files below a folder, and the folders themselves; links are listed but never followed."""
    entries, folders = [], [root]
    while folders:  # a list, not a recursion: how deep it goes is a stranger's choice
        folder = folders.pop()
        if folder != root:
            entries.append(Entry(_place(root, folder), (), None))
        try:
            inside = sorted(os.scandir(folder), key=lambda one: one.name)
        except OSError as error:
            left_out["/".join(_place(root, folder))] = f"closed: {error.strerror}"
            continue
        folders += [Path(one.path) for one in reversed(inside) if one.is_dir(follow_symlinks=False)]
        entries += [_file(root, Path(one.path)) for one in inside if not one.is_dir(follow_symlinks=False)]
    return entries


def _place(root, path):
    """The parts of a place; a name with backslashes is a path that some program unpacked as one name."""
    parts = []
    for name in map(_text, path.relative_to(root).parts):
        parts += [part for part in name.split("\\") if part not in ("", ".", "..")] or [name]
    return _fitted(parts)


def _file(root, path):
    changed = time.gmtime(path.lstat().st_mtime)[:6]
    return Entry(_place(root, path), changed, OnDisk(path))


def _fitted(parts):
    """The parts without what no file system would hold: a name in a zip can have 65,535 letters or 30,000 parts.

    >>> _fitted(["x" * 300 + ".ipynb"]), len(_fitted(["x"] * 1000))
    (('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx~60496c26~xxxxxxxxxx.ipynb',), 40)
    """
    parts = [part if len(part) <= LONGEST else _shortened(part) for part in parts]
    return tuple(parts if len(parts) <= DEEPEST else [*parts[: DEEPEST - 1], parts[-1]])


def _shortened(part):
    mark = hashlib.sha256(part.encode("utf-8", "replace")).hexdigest()[:8]  # so that two of one beginning stay two
    return f"{part[:32]}~{mark}~{part[-16:]}"


def _text(name):
    """A name of the file system as text in NFC, in whatever code it was written there."""
    return _decoded(os.fsencode(name), "cp1252", "latin-1")


def _decoded(data, *otherwise):
    r"""Bytes as text in NFC: UTF-8 where they are that, else the first of the other codes that fits.

    >>> _decoded(b"Bj\xf6rn", "cp1252") == _decoded("Bjo\u0308rn".encode())
    True
    """
    for code in ("utf-8", *otherwise):
        try:
            return unicodedata.normalize("NFC", data.decode(code))
        except UnicodeDecodeError:
            continue
    raise ValueError(f"none of {otherwise} can decode {data!r}")


@dataclass(frozen=True)
class OnDisk:
    """A file on the disk."""

    path: Path

    @property
    def folder(self):
        """The folder's own path."""
        return str(self.path.parent)

    def read(self, count):
        """So many bytes from its start."""
        try:
            number = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            reason = "a link" if error.errno in (errno.ELOOP, errno.EMLINK) else f"not readable ({error.strerror})"
            raise Unreadable("not a notebook", f"The file handed in is {reason}.") from None
        with open(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Unreadable("not a notebook", "What was handed in is not an ordinary file.")
            return file.read(count)


@dataclass(frozen=True, eq=False)
class ZipFound:
    """A zip on the disk, or (outer) one among the entries; opened when something in it is read."""

    path: Path | None = None
    outer: Entry | None = None

    def opened(self):
        """The archive. Raises what zipfile raises, and Unreadable."""
        return _archive(self.path or io.BytesIO(self.outer.read(LARGEST_ZIP)))

    def directory_size(self):
        """The bytes of its list of members, read without reading the list; beyond any bound in the form for huge zips.

        Raises OSError, and Unreadable.
        """
        if self.path:
            with open(self.path, "rb") as file:
                file.seek(max(0, file.seek(0, io.SEEK_END) - TAIL))
                tail = file.read(TAIL)
        else:
            tail = self.outer.read(LARGEST_ZIP)[-TAIL:]
        end = _end_of_directory(tail)
        huge = tail[max(0, end - 20) : end][:4] == b"PK\6\7"
        return math.inf if huge else struct.unpack("<L", tail[end + 12 : end + 16])[0]


latest = lru_cache(maxsize=2)(ZipFound.opened)  # a few at a time: a class's zips fit neither memory nor open files


@dataclass(frozen=True)
class InZip:
    """A member of a zip."""

    zip: ZipFound
    info: zipfile.ZipInfo

    @property
    def folder(self):
        """The folder's name within its zip."""
        return self.info.filename.rpartition("/")[0]

    def read(self, count):
        """So many bytes from its start, never more than the zip's directory says that it has."""
        if stat.S_ISLNK(self.info.external_attr >> 16):
            raise Unreadable("not a notebook", "The file handed in is a link.")
        try:
            with latest(self.zip).open(self.info) as file:
                return file.read(count)
        except (zipfile.BadZipFile, zipfile.zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
            raise Unreadable("not a notebook", f"This file in the zip is damaged or locked ({error}).") from None


def _opened(entries, depth=0):
    """The entries with what lies in zips in place of the zips; one in which no notebook is found stays closed."""
    for entry in entries:
        inside = _inside(entry) if depth < MOST_NESTED and entry.handle and ZIPPED.search(entry.parts[-1]) else []
        if inside:
            yield from _opened(inside, depth + 1)
        else:
            yield entry


def _inside(entry):
    """The entries of a zip that was handed in, whatever its name; none for all else."""
    on_disk = isinstance(entry.handle, OnDisk)
    found = ZipFound(path=entry.handle.path) if on_disk else ZipFound(outer=entry)
    try:
        if entry.handle.read(4) != b"PK\x03\x04" or found.directory_size() > LARGEST_DIRECTORY:
            return []
        members = latest(found).infolist()
        notebooks = [info.file_size for info in members if NOTEBOOK.search(info.filename)]
        nested = any(ZIPPED.search(info.filename) for info in members)
        if not nested or sum(notebooks) > MOST_BYTES_INSIDE:
            return []
        inside = _without_caches(_members(found, entry.parts))
        return inside if len(inside) <= MOST_INSIDE else []
    except (Unreadable, zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return []


def _without_caches(entries):
    """The entries; of what lies in an environment or a repository's own folders only one for all, and the notebooks."""
    kept, seen = [], set()
    for entry in entries:
        at = _first_junk(entry.parts)
        around = None if at is None or entry.is_notebook else entry.parts[:at]
        if around is None or around not in seen:
            kept.append(entry)
        seen.add(around)
    return kept


def _members(found, before=()):
    """The entries of a zip."""
    made = []
    for info in latest(found).infolist():
        if parts := _parts(info):
            made.append(Entry((*before, *parts), info.date_time, None if info.is_dir() else InZip(found, info)))
    return made


REPAIRED = 0x8000  # a flag that zip leaves unused: the member's name was marked as UTF-8 and is not


def _parts(info):
    """The parts of a member's name as text in NFC, without what could point elsewhere."""
    name = info.filename
    if not info.flag_bits & 0x800:  # not marked as UTF-8: macOS and Linux write it all the same, Windows does not
        with suppress(UnicodeEncodeError):  # it came from an extra field, as text
            name = _decoded(name.encode("cp437"), *(["cp1252"] if info.flag_bits & REPAIRED else []), "cp437")
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return _fitted(part for part in parts if part not in ("", ".", "..") and not re.fullmatch(r"[A-Za-z]:", part))


def _archive(file):
    """The ZipFile of a path or of bytes in memory, also where it marks names as UTF-8 that are not."""
    try:
        return zipfile.ZipFile(file)
    except UnicodeDecodeError:
        pass
    if isinstance(file, Path):
        with open(file, "rb") as opened:
            data = _Pages(opened.fileno(), 0, access=mmap.ACCESS_COPY)  # what is changed stays in memory
    else:
        data = io.BytesIO(file.getvalue())
    _mark_wrong_names(data if isinstance(data, _Pages) else data.getbuffer())
    return zipfile.ZipFile(data)


TAIL = 65_557  # a zip's last record with the longest comment


def _end_of_directory(tail):
    """Where a zip's last record begins in its last bytes, as zipfile finds it. Raises BadZipFile."""
    last = len(tail) - 22
    at = last if tail[last : last + 4] == b"PK\5\6" and tail[-2:] == b"\0\0" else tail.rfind(b"PK\5\6")
    if not 0 <= at <= last:
        raise zipfile.BadZipFile("it has no directory")
    return at


class _Pages(mmap.mmap):
    def seekable(self):
        """As zipfile asks; a mapping has the method from Python 3.13 on."""
        return True


def _mark_wrong_names(data):
    """Change the flags of the names that claim to be UTF-8 and are not, in the zip's directory and at the members."""
    end = max(0, len(data) - TAIL) + _end_of_directory(bytes(data[-TAIL:]))
    size, start = struct.unpack("<LL", data[end + 12 : end + 20])
    at = end - size
    before = at - start  # bytes in front of the zip
    while data[at : at + 4] == b"PK\1\2":
        flags, length, extra, comment = struct.unpack("<8xH18xHHH", data[at : at + 34])
        try:
            bytes(data[at + 46 : at + 46 + length]).decode()
        except UnicodeDecodeError:
            changed = struct.pack("<H", flags & ~0x800 | REPAIRED)
            member = before + struct.unpack("<L", data[at + 42 : at + 46])[0]
            data[at + 8 : at + 10] = changed
            if data[member : member + 4] == b"PK\3\4":
                data[member + 6 : member + 8] = changed
        at += 46 + length + extra + comment
