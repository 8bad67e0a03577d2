"""Find who handed in what, in whatever form it came: people's own folders, nbgrader, or a platform's download.

No two people are ever merged, and nobody is lost. Every notebook ends with exactly one person, or among what was left
out with a reason; where that cannot be told, nothing is graded and the instructor is asked.
"""

import json
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from lrcourse.exercises import exercise as exercise_files
from lrcourse.grading import naming, people
from lrcourse.grading.platforms import gradescope_people
from lrcourse.grading.sources import NOTEBOOK, Entry, Unreadable, collect

LARGEST = 20 * 2**20  # bytes of a notebook; one with many pictures has 5 million
KINDS = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a zip in which no notebook was found, or one too large to open",
    b"<": "a web page",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"Rar!": "a rar archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gz archive",
}
ENDINGS = {"py": "a Python script", "html": "a web page", "htm": "a web page"}
OFFICE = {"docx": "a Word document", "odt": "a text document", "pages": "a text document", "xlsx": "a table"}  # zips

PLATFORMS_NOTES = ("timestamp.txt", "comments.txt")  # nbgrader and Sakai put them beside what a person handed in
TYPED_IN = re.compile(r"(?:^|_)(?:onlinetext|text|link)\.html$|_attempt_[\d-]+\.txt$")  # on the platform, beside files


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one exercise; `entry` is None where no notebook was found.

    student: unique in the class; name: as the learning platform wrote it; lms_id: the platform's number of the person,
    where it gives one; others: places of earlier or further notebooks of theirs, which do not count.
    """

    student: str
    name: str
    exercise: str
    entry: Entry | None = None
    lms_id: str = ""
    late: bool = False
    others: tuple = ()


def find(path, exercises, depth=None):
    """(submissions, {place of what is nobody's: reason}) in a folder, a zip or a notebook.

    There is one submission for each student and exercise. A notebook is for the exercise that its metadata names, else
    for the one that its name or folder names, else for the one whose tasks it defines; with one exercise a student's
    only notebook is theirs for it, whatever its name. depth: the part of each path that names the person, counted from
    1, where that is not to be guessed.
    Raises OSError or ValueError where the path cannot be read, and ValueError with the question where it is not clear
    whose a notebook is.
    """
    if depth is not None and depth < 1:
        raise ValueError(f"depth is counted from 1, the first part of each path, not {depth}")
    entries, ignored = collect(path)
    known = [*exercises, *(name for name in exercise_files.names() if name not in exercises)]
    owned, nobodys = people.owners(entries, known, depth)
    theirs = defaultdict(list)
    for owner, entry in _with_gradescopes_names(owned, [entry for entry in entries if entry.place in nobodys]):
        theirs[owner.student].append(HandIn(owner, entry, *_meant(entry, exercises, known)))
    if depth is None:
        _ask_where_unclear(theirs, entries, exercises, known)
    found = [one for each in theirs.values() for one in _submissions(each, exercises)]
    return sorted(found, key=lambda one: (one.student, one.exercise)), ignored | nobodys


def _with_gradescopes_names(owned, beside):
    """The owned files with the names that Gradescope's list gives; a list in a student's folder is none."""
    names = {}
    for entry in beside:
        if entry.parts[-1] == "submission_metadata.yml":
            with suppress(Unreadable):
                listed = gradescope_people(entry.read(LARGEST))
                names |= {(*entry.parts[:-1], folder): told for folder, told in listed.items()}
    for owner, entry in owned:
        folder = next((entry.parts[:i] for i in range(1, len(entry.parts) + 1) if entry.parts[:i] in names), None)
        yield replace(owner, **names[folder]) if folder else owner, entry


class HandIn(NamedTuple):
    """A file of a person's, and the exercise it is for: None where nothing tells; sure: what tells it, as below."""

    owner: people.Owner
    entry: Entry
    exercise: str | None
    sure: int


NOTHING, CONTENT, FILE_NAME, METADATA = range(4)  # the later ones are believed before the earlier


def _meant(entry, exercises, known):
    """The exercise that a notebook is for, and what tells it: metadata, its name or folder, or what it defines.

    What is named after an exercise that is not graded now, and defines nothing of one that is, is for that other one.
    """
    if not entry.is_notebook:
        return None, NOTHING
    named = _told_by_names(entry, exercises)
    try:
        data = entry.read(LARGEST)
    except (Unreadable, OSError):
        data = b""
    if told := _told_by_metadata(data, exercises):
        return told, METADATA
    if named:
        return named, FILE_NAME
    written = _told_by_content(data, exercises) or _told_by_names(entry, known)
    return written, CONTENT if written else NOTHING


def _told_by_names(entry, exercises):
    parts = reversed(entry.parts)  # the file's name before its folder's
    return next((name for part in parts for name in exercises if naming.naming(name).search(part)), None)


def _told_by_metadata(data, exercises):
    if b'"lrcourse"' not in data:  # most of what is no notebook of the course need not be taken apart
        return None
    try:
        told = json.loads(data)["metadata"]["lrcourse"]["exercise"]
        return told if told in (*exercises, *exercise_files.names()) else None
    except (ValueError, LookupError, TypeError, RecursionError, MemoryError):
        return None


def _told_by_content(data, exercises):
    """The exercise of which a notebook defines the most tasks."""
    counts = {name: sum(what.search(data) is not None for what in _definitions(name)) for name in exercises}
    most = max(counts.values(), default=0)
    return next(name for name in exercises if counts[name] == most) if most else None


@cache
def _definitions(exercise):
    """A pattern for each task: its name as JSON shows it where a line of code begins with it, or after def or class."""
    tasks = [task.name.encode() for task in exercise_files.load(exercise).tasks]
    return [re.compile(rb'(?:\b(?:def|class) +|["n])' + task + rb" *[(:=]") for task in tasks]


def _candidates(theirs, exercise, alone):
    """Of one person's files those that may be their hand-in for an exercise."""
    notebooks = [one for one in theirs if one.entry.is_notebook]
    for_it = [one for one in notebooks if one.exercise == exercise]
    surest = max((one.sure for one in for_it), default=NOTHING)
    return [one for one in for_it if one.sure == surest] or [one for one in notebooks if not one.exercise and alone]


def _submissions(theirs, exercises):
    """The submissions of one person: for each exercise the newest of the notebooks that are for it."""
    owner, left = theirs[0].owner, [one for one in theirs if one.entry.is_notebook]
    made = []
    for exercise in exercises:
        for_it = _candidates(theirs, exercise, len(exercises) == 1)
        if not for_it and not left and len(exercises) == 1:
            for_it = _other_files(theirs)  # no notebook: said so when it is read
        for_it = sorted(for_it, key=_moment)
        left = [one for one in left if one not in for_it]
        others = tuple(one.entry.place for one in for_it[:-1] if one.entry.is_notebook)
        late, entry = (for_it[-1].owner.late, for_it[-1].entry) if for_it else (False, None)
        made.append(Submission(owner.student, owner.name, exercise, entry, owner.lms_id, late, others))
    if left:  # for another exercise, or for none that can be told: shown with the first that they handed in
        first = next((i for i, one in enumerate(made) if one.entry), 0)
        others = (*made[first].others, *(one.entry.place for one in left))
        made[first] = replace(made[first], others=others)
    return made


def _moment(one):
    entry = one.entry
    return one.owner.order, entry.changed, naming.age(entry.parts[-1]), naming.counted(entry.parts), entry.parts


def _other_files(theirs):
    files = [one for one in theirs if one.entry.handle is not None and one.entry.parts[-1] not in PLATFORMS_NOTES]
    sent = [one for one in files if not TYPED_IN.search(one.entry.parts[-1])] or files
    return [one for one in sent if naming.HANDED_IN.search(one.entry.parts[-1])] or sent


def _ask_where_unclear(theirs, entries, exercises, known):
    """Raise the question where one person would own notebooks of one exercise that may be several people's."""
    unclear = _of_several(theirs, known)
    alone = sum(any(one.entry.is_notebook or one.owner.by_folder for one in each) for each in theirs.values()) == 1
    for student, owned in theirs.items():
        for exercise in exercises:
            rivals = _rivals(owned, exercise)
            homes = {(one.owner.platform, one.owner.home) for one in rivals}
            own = [one for one in owned if one.entry.is_notebook and one.exercise in (exercise, None)]
            if len({one.owner.root for one in own}) > 1:  # another's folder within somebody's own, or two of one name
                rivals, homes = own, (one.owner.root for one in own)
            for_it = {one.entry.place for one in owned if one.exercise == exercise and one.sure}
            several = [one for one in owned if one in rivals or one.entry.place in for_it]
            crowd = people.Crowd(known, for_it, alone=alone)
            if len(set(homes)) > 1 or _look_alike(rivals) or crowd.is_in(several):
                unclear.setdefault(student, [one.entry.place for one in several])
    if unclear:
        raise ValueError(_question(unclear, entries, known))


def _of_several(theirs, known):
    """{student: places} where two names in everybody's folder seem to be people's, whatever the exercise; else {}.

    A folder in it or a file named after its exercise says nobody by the words of the exercises (homework cyclic,
    warmup), by those of the person, by a number (Woche 1, Woche 2) and by what another has too (easy, hard).
    """
    course, found = {word for one in known for word in naming.words(one)}, defaultdict(lambda: defaultdict(list))
    for one in (one for owned in theirs.values() for one in owned):
        if one.sure == METADATA and one.owner.by_folder:
            inside = one.entry.parts[len(one.owner.folder) :]
            its_own = course.union(naming.words(one.owner.student))
            said = " ".join(re.sub(r"\d", "", word) for word in naming.words(inside[0]) if word not in its_own)
            tells = len(inside) > 1 or any(naming.naming(name).search(inside[0]) for name in known)
            name = said if tells and naming.may_name_a_person(said) else ""
            found[one.owner.student][name].append(one.entry.place)
    names = [name for each in found.values() for name in each]
    several = {student: [name for name in each if name and names.count(name) == 1] for student, each in found.items()}
    if any(len(each) < 2 for each in several.values()):
        return {}
    return {student: [place for name in each for place in found[student][name]] for student, each in several.items()}


def _look_alike(hand_ins):
    """Whether folders of people that are two on the disk have one name here: it was written in two codes or forms."""
    written = defaultdict(set)
    for one in hand_ins:
        if one.owner.by_folder:
            written[one.entry.parts[:-1]].add(one.entry.folder_as_written)
    return any(len(each) > 1 for each in written.values())


def _rivals(theirs, exercise):
    """Of one person's notebooks those that could be somebody else's hand-in for an exercise.

    Those that say so themselves; where none does, also those of which nothing tells what they are for.
    """
    notebooks = [one for one in theirs if one.entry.is_notebook]
    certain = [one for one in notebooks if one.sure == METADATA and one.exercise == exercise]
    return certain or [one for one in notebooks if one.exercise in (exercise, None)]


def _question(unclear, entries, exercises):
    lines = ["Nothing was graded: it is not clear whose notebooks these are. One person would have several of them:"]
    for student, places in list(unclear.items())[:5]:
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        lines.append(f"  {naming.shown(student)}: {', '.join(map(naming.shown, places[:3]))}{more}")
    lines += ["  ..."] * (len(unclear) > 5)
    lines.append("Say which part of these paths names the person, counted from 1 (the newest notebook of each counts):")
    notebooks = [entry for entry in entries if entry.is_notebook]
    for depth in range(1, min(6, min(len(entry.parts) for entry in notebooks) + 1)):
        found = sorted({owner.student for owner, _ in people.owners(entries, exercises, depth)[0]})
        if any(naming.is_exercise(name, exercises) for name in found):
            continue
        some = ", ".join(map(naming.shown, found[:4])) + (", ..." if len(found) > 4 else "")
        lines.append(f"  --depth {depth} makes {len(found)} {'person' if len(found) == 1 else 'people'}: {some}")
    return "\n".join(lines)


def read(submission):
    """The bytes of the submission's notebook. Raises Unreadable, with the name of the failure."""
    if submission.entry is None:
        what = f"No notebook for {submission.exercise} was found in what was handed in."
        if submission.others:
            what += f" There is {naming.shown(submission.others[0])}, which is for another exercise."
        raise Unreadable("no notebook", what)
    data = submission.entry.read(LARGEST)
    kind = kind_of(submission.entry.parts[-1], data)
    if kind:
        raise Unreadable("not a notebook", f"What was handed in is {kind}. The exercise is a notebook, a .ipynb file.")
    return data


def kind_of(name, data):
    """What a file is that is no notebook, in words; "" where it may be one.

    >>> kind_of("homework.py", b"x = 1"), kind_of("homework.ipynb", b"<html>"), kind_of("homework.ipynb", b"{}")
    ('a Python script', 'a web page', '')
    """
    start, ending = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n"), name.rpartition(".")[2].casefold()
    if start.startswith(b"PK\x03\x04") and ending in OFFICE:
        return OFFICE[ending]
    kind = next((kind for magic, kind in KINDS.items() if start.startswith(magic)), "")
    if kind or NOTEBOOK.search(name) or start.startswith(b"{"):
        return kind
    return ENDINGS.get(ending, "")
