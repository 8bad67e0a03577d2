"""Whose each file is, by where it lies: a platform's name, a person's folder, or a notebook named after its author.

A folder around the class, or around that, or an exercise's folder says nothing about who; with one person's folder
beside another's, each of them is a person, and so is each notebook that lies beside them.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from lrcourse.grading.naming import (
    BESIDE_A_PAGE,
    is_all_of_somebodys,
    is_exercise,
    is_handed_in,
    may_name_a_person,
    names_a_person,
    naming,
    without_ending,
    without_exercise,
    without_version,
    words,
)
from lrcourse.grading.platforms import NBGRADER_OTHERS, GivenBack, Owner, by_name, recognise
from lrcourse.grading.sources import ZIPPED

NOBODYS = "in nobody's folder"
MAY_BE_A_PERSONS = re.compile(r"\d+|(?:student|submission|hand|in|attempt|try)\d*")


def owners(entries, exercises, depth=None):
    """([(Owner, entry), ...], {place of what is nobody's: reason}) for what was handed in.

    depth: the part of each path that names the person, counted from 1; without it that is worked out.
    """
    if depth is not None:
        return _at_depth(entries, exercises, depth)
    nobodys, owned, plain = {}, [], []
    files = {entry.place for entry in entries if entry.handle is not None}
    claims = [(_claim(entry, exercises, nobodys), entry) for entry in entries]
    by_chance = _by_chance(claims, entries)
    for owner, entry in claims:
        if entry.place not in nobodys:
            certain = owner and not (owner.by_file_name and owner.home in by_chance)
            owned.append((owner, entry)) if certain else plain.append(entry)
    nobodys |= _nbgraders_own([owner for owner, _ in owned], plain)
    around = {owner.home[:i] for owner, _ in owned for i in range(1, len(owner.home) + 1)}
    theirs = {entry.parts[:i] for _, entry in owned for i in range(1, len(entry.parts))}  # folders around owned files
    left = [one for one in plain if one.place not in nobodys and (one.handle is not None or one.parts not in theirs)]
    for owner, entry in Tree(exercises, around).owners(left):
        if owner is not None:
            owned.append((owner, entry))
        else:
            nobodys[entry.place] = NOBODYS
    return owned, {place: reason for place, reason in nobodys.items() if place in files}


def _claim(entry, exercises, nobodys):
    """The Owner that a platform's name gives, or None."""
    try:
        owner, length = recognise(entry.parts) or (None, 0)
    except GivenBack as reason:
        nobodys[entry.place] = str(reason)
        return None
    if owner is None or not owner.by_file_name:
        return owner
    if length < len(entry.parts) and not ZIPPED.search(entry.parts[length - 1]):
        return None  # Canvas names files; a folder has such a name by chance: team_1_2_red, team_1_3_blue
    rest = entry.parts[length - 1].split(f"_{owner.lms_id}_", 1)[-1]
    own_number = any(naming(one).match(rest) for one in exercises)  # ada_1_02_step_decay: the 02 is the exercise's
    return None if own_number or entry.handle is None else owner


def _by_chance(claims, entries):
    """The folders in which files have a name like Canvas's by chance: a person's own, beside other people's.

    One such person in a folder named after somebody may be that somebody, or a section's only one: the latter where
    every notebook of the class has such a name, and not the same in each folder.
    """
    students, others, plain = defaultdict(set), set(), False
    for owner, entry in claims:
        if owner and owner.by_file_name:
            students[owner.home].add(owner.student)
        elif entry.is_notebook:
            others.add(entry.parts[:-1])
            plain = plain or owner is None
    sections = not plain and len(set().union(*students.values())) > 1
    return {
        home
        for home, found in students.items()
        if (home in others or len(found) == 1 and names_a_person(home[-1] if home else "") and not sections)
        and any(entry.is_notebook and entry.parts[: len(home)] != home for entry in entries)
    }


def _nbgraders_own(claimed, plain):
    """{place: reason} of what nbgrader keeps beside the folder `submitted`."""
    courses = {owner.home[:-1] for owner in claimed if owner.home[-1:] == ("submitted",)}
    return {
        entry.place: f"nbgrader's {entry.parts[len(course)]}"
        for course in courses
        for entry in plain
        if entry.parts[: len(course)] == course and entry.parts[len(course) :][:1] in NBGRADER_OTHERS
    }


def _at_depth(entries, exercises, depth):
    owned, nobodys = [], {}
    for entry in entries:
        if len(entry.parts) < depth:
            if entry.handle is not None:
                nobodys[entry.place] = f"not {depth} parts deep"
            continue
        part = entry.parts[depth - 1]
        loose = len(entry.parts) == depth and entry.handle is not None
        if loose and not (is_handed_in(entry, exercises) or is_all_of_somebodys(entry, exercises)):
            nobodys[entry.place] = NOBODYS
            continue
        owned.append((_named(part, exercises, is_file=loose), entry))
    return owned, nobodys


def _named(part, exercises, home=(), is_file=False):
    """The Owner that a folder or a file of this name stands for."""
    if found := by_name(part):
        return found
    name = without_ending(part, is_file)
    person = without_exercise(name, exercises)
    student = person if names_a_person(person) else name or part
    return Owner(student, student, home=home)


class Tree:
    """People by their folders; around: the folders in which a platform's names were found, nobody's own."""

    def __init__(self, exercises, around):
        self.exercises, self.around = exercises, around

    def owners(self, entries):
        """(Owner or None, entry) of each entry."""
        yield from self._below((), entries, [])

    def _below(self, prefix, entries, chain):
        """Those of the entries whose places begin with the prefix.

        chain: the folders around that may be a person; None where what lies here is for certain people's.
        """
        depth, folders = len(prefix), defaultdict(list)
        files = [entry for entry in entries if len(entry.parts) == depth + 1 and entry.handle is not None]
        for entry in entries:
            if len(entry.parts) > depth + 1 or entry.handle is None:
                folders[entry.parts[depth]].append(entry)
        handed_in = {entry for entry in files if is_handed_in(entry, self.exercises)}
        documents = {entry for entry in files if is_all_of_somebodys(entry, self.exercises)}
        named = self._of_files(files, self._home(prefix))
        by_files = {tuple(words(named[file].student)) for file in handed_in | documents}
        alone = chain is not None and len(folders) == 1 and not handed_in
        for name, inside in folders.items():
            below, content = (*prefix, name), [entry for entry in inside if len(entry.parts) > depth + 1]
            if below in self.around or content and not alone and is_exercise(name, self.exercises):
                yield from self._below(below, content, [])
            elif (
                self._is_of_several(below, content, alone) or alone and self._is_around(below, content, [*chain, name])
            ):
                yield from self._below(below, content, [*chain, name])
            elif self._is_part(name, inside, by_files) or _is_an_earlier_run(inside):
                yield from ((None, entry) for entry in inside)
            elif self._is_section(below, content):
                yield from self._below(below, content, None)
            else:
                yield from self._person([*chain, name] if alone else [name], below, inside)
        known = {tuple(words(one)) for one in (*(named[file].student for file in handed_in), *folders)}
        for file, owner in named.items():
            alone = file in documents and not _is_beside(owner.student, known)  # as ada_curve.png is beside ada.ipynb
            yield owner if file in handed_in or alone else None, file

    def _is_section(self, folder, content):
        """Whether a folder beside others is named after nobody (late, section B) and holds one that is somebody's.

        A number may be a person's own, and so may what a platform counts: student 7, submission_11.
        """
        depth = len(folder)
        if self._is_person(folder[-1]) or all(map(MAY_BE_A_PERSONS.fullmatch, words(folder[-1]))):
            return False
        folders = {entry.parts[depth] for entry in content if len(entry.parts) > depth + 1 or entry.handle is None}
        loose = [_stem(entry) for entry in content if len(entry.parts) == depth + 1 and entry.is_notebook]
        return len(folders) == 1 and all(map(self._may_be_a_person, folders)) and all(map(self._is_person, loose))

    def _is_part(self, folder, inside, by_files):
        """Whether a folder belongs to a file beside it: ada_files, in which a browser keeps what ada.html shows."""
        said = words(without_exercise(folder, self.exercises))
        if not said or not BESIDE_A_PAGE.fullmatch(said[-1]) or any(entry.is_notebook for entry in inside):
            return False
        return tuple(said[:-1]) in by_files

    def _of_files(self, files, home):
        """{file: the Owner that its name gives}; of those named as versions of one file the same."""
        named = {file: _named(file.parts[-1], self.exercises, home, True) for file in files}
        versions = {
            file: without_version(owner.student)
            for file, owner in named.items()
            if file.is_notebook and not owner.lms_id
        }
        several = Counter(versions.values())
        for file, name in versions.items():
            if several[name] > 1 and names_a_person(name):
                named[file] = replace(named[file], student=name, name=name)
        return named

    def _is_around(self, folder, content, chain):
        """Whether the only folder is one around a class: folders in it, which are named more like people than it is."""
        depth = len(folder)
        if any(len(entry.parts) == depth + 1 and is_handed_in(entry, self.exercises) for entry in content):
            return False
        folders = {entry.parts[depth] for entry in content if len(entry.parts) > depth + 1 or entry.handle is None}
        if len(folders) > 1 and any(map(self._is_person, chain)) and not any(map(self._may_be_a_person, folders)):
            return False  # ada/exercises and ada/data
        of_people = sum(is_all_of_somebodys(entry, self.exercises) for entry in content if entry.handle is not None)
        if len(folders) > 1 or any(entry.is_notebook for entry in content) or of_people > 1:
            return True
        return any(self._is_around((*folder, one), _inside(content, depth, one), [*chain, one]) for one in folders)

    def _is_person(self, folder):
        return names_a_person(without_exercise(folder, self.exercises))

    def _may_be_a_person(self, folder):
        return may_name_a_person(without_exercise(folder, self.exercises))

    def _is_of_several(self, folder, content, alone):
        """Whether a folder is named after nobody, or is the only one, and what lies in it is named after people."""
        direct = [entry for entry in content if len(entry.parts) == len(folder) + 1 and entry.handle is not None]
        notebooks = {_stem(entry) for entry in direct if entry.is_notebook}
        others = {_stem(entry) for entry in direct if is_all_of_somebodys(entry, self.exercises)}
        if sum(entry.is_notebook for entry in content) > sum(entry.is_notebook for entry in direct):
            return False
        may_be = not self._is_person(folder[-1]) or alone and len(notebooks | others) > 1
        return bool(notebooks | others) and all(map(self._is_person, notebooks)) and may_be

    def _person(self, chain, folder, inside):
        """The innermost folder of the chain that may be a person's name is the person's: ada, not data, in ada/data."""
        inner = chain[::-1]
        name = [*filter(self._may_be_a_person, inner), *filter(self._is_person, inner), chain[-1]][0]
        owner = _named(name, self.exercises)
        for entry in inside:
            yield replace(owner, home=self._home(entry.parts[:-1]), folder=folder), entry

    def _home(self, parts):
        return tuple(part for part in parts if not is_exercise(part, self.exercises))


def _inside(entries, depth, folder):
    return [entry for entry in entries if len(entry.parts) > depth + 1 and entry.parts[depth] == folder]


def _is_an_earlier_run(inside):
    """Whether this is what the grader itself wrote for the instructor; with a notebook in it, it is somebody's."""
    files = {entry.parts[-1] for entry in inside}
    return {"gradebook.sqlite", "summary.html"} <= files and not any(entry.is_notebook for entry in inside)


def _stem(entry):
    return re.sub(r"\.\w+$", "", entry.parts[-1])


@dataclass(frozen=True)
class Crowd:
    """Tells whether notebooks in one folder seem to be several people's.

    for_it: the places of those that are for the exercise for all that is known; alone: there is no other person, so
    that a class may have become one.
    """

    exercises: list
    for_it: set
    alone: bool

    def is_in(self, hand_ins):
        """Whether one of the folders holds notebooks of several people.

        Two or more are named after somebody, where the folder's name does not hold that name too, or after different
        words of it; or the folder is named after nobody (hw1, class) and holds more than one. One name beside others
        is enough where this is all there is, where a platform may have named one of them, or where each is for the
        exercise.
        """
        in_folder = defaultdict(list)
        for one in hand_ins:
            if one.owner.by_folder:
                in_folder[one.owner.folder[-1], one.owner.home].append(one.entry)
        return any(self._is_crowded(*where, inside) for where, inside in in_folder.items() if len(inside) > 1)

    def _is_crowded(self, folder, home, entries):
        folder = folder if names_a_person(folder) or not home else home[-1]  # ada, not hw1, in ada/hw1
        its_own = {*words(folder), *words(home[-1] if home else "")}
        left, for_it, shared = set(), set(), set()  # what the names say beside the folder's; what they share with it
        for entry in entries:
            said = words(self._said_by(entry))
            beside = tuple(word for word in said if word not in its_own)
            left.add(beside)
            for_it |= {beside} if entry.place in self.for_it else set()
            shared.add(frozenset(word for word in said if word in its_own and names_a_person(word)))
        named = sum(map(self._is_name, left))
        all_there_is = self.alone or any(by_name(entry.parts[-1]) for entry in entries)
        if all_there_is and (named and len(left) > 1 or not any(map(self._said_by, entries))):
            return True
        if any(one and other and not one & other for one in shared for other in shared):
            return True  # ada.ipynb and ben.ipynb in the folder ada and ben
        return named > 1 or not names_a_person(folder) or len(for_it) > 1 and any(map(self._is_name, for_it))

    def _said_by(self, entry):
        return without_exercise(_stem(entry), self.exercises)

    def _is_name(self, said):
        return names_a_person(" ".join(said))


def _is_beside(name, known):
    """Whether a name begins with the words of one that is known, and what more it says names nobody else."""
    said = tuple(words(name))
    ends = (i for i in range(1, len(said) + 1) if said[:i] in known)
    return any(not may_name_a_person(" ".join(said[i:])) for i in ends)
