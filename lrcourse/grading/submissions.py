"""Find who handed in what: a folder or a zip, as people's own folders, nbgrader, Canvas or Moodle lay it out.

Nothing is unpacked: a zip is read in place, a file only up to a limit, a link never. So no name in it can reach outside
and no bomb can fill the disk.
"""

import errno
import os
import re
import stat
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

LARGEST = 20 * 2**20  # bytes of a notebook; one with many pictures has 5 million
JUNK = re.compile(
    r"^(\.ipynb_checkpoints|__MACOSX|__pycache__|\.DS_Store|Thumbs\.db|desktop\.ini|\..*|.*~|timestamp\.txt)$"
)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL)
CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<id>\d+)_(?P<hand_in>\d+)_(?P<file>.+)", re.DOTALL)
RESUBMITTED = re.compile(r"[- ]\(?(?P<number>\d{1,3})\)?$")


class Unreadable(Exception):
    """A submission that cannot be graded: `status` names the failure, the text says it to the student."""

    def __init__(self, status, sentence):
        super().__init__(status, sentence)  # both, so that it can travel to a worker
        self.status, self.sentence = status, sentence

    def __str__(self):
        return self.sentence


@dataclass(frozen=True)
class Entry:
    """A file handed in: its place as clean parts, when it was changed, how to reach it; a folder has no handle."""

    parts: tuple
    changed: tuple
    handle: object = field(compare=False, repr=False)

    @property
    def place(self):
        """The path with slashes, for people to read."""
        return "/".join(self.parts)


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one exercise; `entry` is None where no notebook was found.

    student: unique in the class; name: as the learning platform wrote it; lms_id: the platform's number of the person,
    where it gives one; others: places of earlier or further notebooks for the same exercise, which do not count.
    """

    student: str
    name: str
    exercise: str
    entry: Entry | None = None
    lms_id: str = ""
    late: bool = False
    others: tuple = ()


def find(path, exercises):
    """(submissions, ignored places) in a folder, a zip or a notebook; one submission for each student and exercise.

    With one exercise a student's only notebook is theirs for it, whatever its name; with several, a notebook belongs to
    the exercise that its name or folder holds. Raises OSError or ValueError where the path cannot be read.
    """
    source = open_source(path)
    people, ignored = {}, []
    for entry in source.entries:
        owner = _owner(entry, exercises)
        if owner is None:
            ignored.append(entry.place)
        else:
            people.setdefault(owner[0], []).append((owner, entry))
    found = [submission for owned in people.values() for submission in _theirs(owned, exercises)]
    return sorted(found, key=lambda one: (one.student, one.exercise)), ignored


def _owner(entry, exercises):
    """(student, name, lms_id, late, order, file name) of a file or folder, or None where it is nobody's."""
    parts = entry.parts
    for depth, part in enumerate(parts):
        if match := MOODLE.fullmatch(part):
            file = parts[-1] if depth + 1 < len(parts) else match["file"] or ""
            return f"{match['name']}_{match['id']}", match["name"], match["id"], False, 0, file
    if len(parts) > 1 or entry.handle is None:
        return parts[0], parts[0], "", False, 0, parts[-1]
    if match := CANVAS.fullmatch(parts[0]):
        again = RESUBMITTED.search(PurePosixPath(match["file"]).stem)
        order = (int(match["hand_in"]), int(again["number"]) if again else 0)
        return f"{match['name']}_{match['id']}", match["name"], match["id"], bool(match["late"]), order, match["file"]
    if not _is_notebook(parts[0]):
        return None
    student = parts[0][: -len(".ipynb")]
    for exercise in exercises:  # alice_02_step_decay.ipynb is alice's
        student = re.sub(rf"[ _-]*{re.escape(exercise)}[ _-]*", "", student, flags=re.IGNORECASE) or student
    return student, student, "", False, 0, parts[0]


def _theirs(owned, exercises):
    """The submissions of one student: for each exercise the newest of the notebooks that are for it."""
    (student, name, lms_id, *_), _ = owned[0]
    notebooks = [(owner, entry) for owner, entry in owned if _is_notebook(owner[5]) and entry.handle is not None]
    files = [(owner, entry) for owner, entry in owned if entry.handle is not None]
    for exercise in exercises:
        for_it = [one for one in notebooks if _names(one[1].parts, exercise)]
        if not for_it and len(exercises) == 1:
            for_it = notebooks or files  # a renamed notebook, or a file that is none: said so when it is read
        for_it.sort(key=lambda one: (one[0][4] or (0, 0), one[1].changed, one[1].parts))
        if for_it:
            owner, entry = for_it[-1]
            others = tuple(one.place for _, one in for_it[:-1])
            yield Submission(student, name, exercise, entry, lms_id, owner[3], others)
        else:
            yield Submission(student, name, exercise, lms_id=lms_id)


def _names(parts, exercise):
    return any(exercise.casefold() in part.casefold() for part in parts[-2:])


def _is_notebook(name):
    return name.casefold().endswith(".ipynb")


def open_source(path):
    """The Folder, Zip or single notebook at this path. Raises FileNotFoundError, or ValueError for any other file."""
    path = Path(path)
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "there are no submissions here", str(path))
    if zipfile.is_zipfile(path):
        return Zip(path)
    if _is_notebook(path.name):
        return Folder(path.parent, only=path)
    raise ValueError(f"submissions must be a folder, a zip or a notebook, not {str(path)!r}")


class Folder:
    """Files below a folder; links are listed but never followed."""

    def __init__(self, root, only=None):
        self.entries = _tidy([self._entry(root, only)] if only else list(self._walk(root)))

    def _walk(self, root):
        for folder, below, files in os.walk(root):
            below.sort()
            links = [name for name in below if os.path.islink(os.path.join(folder, name))]
            for name in sorted(files) + links:
                yield self._entry(root, Path(folder, name))
            if Path(folder) != root:
                yield Entry(Path(folder).relative_to(root).parts, (), None)

    def _entry(self, root, path):
        changed = path.lstat().st_mtime
        return Entry(path.relative_to(root).parts, time.gmtime(changed)[:6], path)

    @staticmethod
    def read(entry):
        """The bytes of an ordinary file. Raises Unreadable for links, devices and what is too large."""
        try:
            number = os.open(entry.handle, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            reason = "a link" if error.errno in (errno.ELOOP, errno.EMLINK) else f"not readable ({error.strerror})"
            raise Unreadable("not a notebook", f"The file handed in is {reason}.") from None
        with open(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Unreadable("not a notebook", "What was handed in is not an ordinary file.")
            return _no_more_than(file, LARGEST)


class Zip:
    """Members of a zip, read in place."""

    def __init__(self, path):
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
            raise ValueError(f"{str(path)!r} is a damaged zip: {error}") from None
        entries = [self._entry(info) for info in self.archive.infolist() if _clean(info.filename)]
        tops = {entry.parts[0] for entry in entries}
        if len(tops) == 1 and all(len(entry.parts) > 2 or entry.handle is None for entry in entries):
            entries = [Entry(one.parts[1:], one.changed, one.handle) for one in entries if len(one.parts) > 1]
        self.entries = _tidy(entries)

    def _entry(self, info):
        handle = None if info.is_dir() else (self.archive, info)
        return Entry(_clean(info.filename), info.date_time, handle)

    @staticmethod
    def read(entry):
        """The bytes of a member. Raises Unreadable for links, damaged or locked members, and what is too large."""
        archive, info = entry.handle
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Unreadable("not a notebook", "The file handed in is a link.")
        try:
            with archive.open(info) as file:
                return _no_more_than(file, LARGEST)
        except (zipfile.BadZipFile, zipfile.zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise Unreadable("not a notebook", f"This file in the zip is damaged or locked ({error}).") from None


def read(submission):
    """The bytes of the submission's notebook. Raises Unreadable, with the name of the failure."""
    if submission.entry is None:
        raise Unreadable("no notebook", f"No notebook for {submission.exercise} was found in what was handed in.")
    return (Zip if isinstance(submission.entry.handle, tuple) else Folder).read(submission.entry)


def _no_more_than(file, limit):
    data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable("too large", f"The file has more than {limit >> 20} MB. Clear its outputs, hand it in again.")
    return data


def _clean(name):
    """The parts of a member's name, without what could point elsewhere."""
    parts = name.replace("\\", "/").split("/")
    return tuple(part for part in parts if part not in ("", ".", "..") and not re.fullmatch(r"[A-Za-z]:", part))


def _tidy(entries):
    """Without the files that systems leave behind, and from nbgrader's folder `submitted` on, where there is one."""
    kept = [one for one in entries if not any(map(JUNK.match, one.parts))]
    below = [one for one in kept if "submitted" in one.parts[:2]]
    if below:
        cut = [(one, one.parts.index("submitted") + 1) for one in below]
        kept = [Entry(one.parts[at:], one.changed, one.handle) for one, at in cut if len(one.parts) > at]
    return kept
