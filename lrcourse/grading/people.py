"""Whose each file is, by where it lies: a platform's name, a person's folder, or a notebook named after its author.

A folder around the class, or around that, or an exercise's folder says nothing about who; with one person's folder
beside another's, each of them is a person, and so is each notebook that lies beside them.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache

from lrcourse.grading.platforms import NBGRADER_OTHERS, GivenBack, Owner, by_name, recognise
from lrcourse.grading.sources import ZIPPED
from lrcourse.grading.writing import printable

# What programs and browsers add to the name of a copy.
COPY_OF = "copy of|kopie von|copie de|copia de|cópia de"
COPY = re.compile(r"[ _-]+(?:copy|kopie|copie|copia|cópia)(?: ?\(?\d+\)?)?$|[ _-]*\(\d{1,3}\)$", re.IGNORECASE)
# Words that name no person: what is left of a file's or folder's name may hold nothing else.
NO_NAME = re.compile(
    r"(?:v|ver|version|hw|ex|lab|week|wk|task|part|try|attempt|homework|assignment|assignments|exercise|exercises"
    r"|sheet|module|unit|lesson|project|problem|set|ps|pset)\d*|\d{1,3}|(?:19|20)\d\d"
    r"|[a-z]|final|finished|done|new|old|draft|fixed|corrected|solved|solution|solutions|answers?|submit|submitted"
    r"|submissions?|handin|hand|turned|in|late|untitled|notebooks?|my|work|copy|backup|test|src|code|files?|download"
    r"|downloads?|class|course|students?|all|export|the|of|and|lrcourse|jupyter|colab|ipynb|zip|moodle|canvas"
    r"|experiments?|scratch|playground|practice|notes?|plots?|trial|examples?|demo|versions?|rough|misc|extra|bonus"
    r"|check|debug|tmp|temp|original|template|starter|blank|empty|unsolved|with|without|comments?|corrections?|revised"
    r"|resubmission|resubmitted|updated|correct|working|latest|last|first|second|third|complete|completed|attempts?",
    re.IGNORECASE,
)
# What people and browsers write into the name of an earlier, and of a later, version of one file.
EARLIER = re.compile(
    r"(?<![^\W_])(?:old|alt|backup|draft|entwurf|original|template|starter|blank)(?![^\W_])", re.IGNORECASE
)
LATER = re.compile(
    r"(?<![^\W_])(?:final|new|neu|fixed|corrected|korrigiert|revised|updated|resubmission)(?![^\W_])", re.IGNORECASE
)
VERSION = re.compile(r"\((\d{1,3})\)$|[ _-](?:v|ver|version)?[ _-]?(\d{1,2})$", re.IGNORECASE)
_SENT = "py|html?|pdf|zip|docx?|odt|rtf|pages|rar|7z"  # what people hand in that is no notebook
HANDED_IN = re.compile(rf"\.({_SENT})$", re.IGNORECASE)
_ENDING = re.compile(rf"(\.ipynb)?(\.(ipynb|txt|json|{_SENT}))?$", re.IGNORECASE)
# Of files that are no notebook: kinds that nobody hands in, pictures as cameras name them, and words (beside those
# above) that name no person. What is left is all that somebody handed in.
NOBODYS_KIND = re.compile(
    r"\.(csv|tsv|xlsx?|ods|ya?ml|toml|ini|cfg|conf|log|xml|db|sqlite3?|lock|lnk|url|webloc|dat|np[yz]|pt|pth|pkl|pickle"
    r"|h5|ics|bak|sh|bat|css|js|pyc|ipynb)$",
    re.IGNORECASE,
)
CAMERA = re.compile(r"(img|dscn?|pxl|mvi|photo|image|scan|screen ?shot|bildschirmfoto)[ _-]*\d.*", re.IGNORECASE)
MATERIAL = re.compile(
    r"read|me|readme|licen[cs]e|contributing|changelog|makefile|dockerfile|index|about|syllabus|roster|gradebook|grades?"
    r"|grading|scores?|marks|rubrics?|instructions?|instructor|teacher|handouts?|handed|slides?|lectures?|feedback|names?"
    r"|metadata|data|dataset|timestamp|onlinetext|requirements|environment|setup|config|settings|main|utils?|helpers?"
    r"|init|conftest|nbgrader|lrcourse|gitignore|todo|tasks?|plan|calendar|timetable|agenda|schedules?|schedulers?|deadlines?"
    r"|announcements?|info|help|cheat|sheets?|report|essay|summary|results?|outputs?|paper|figures?|figs?|images?|img|pics?"
    r"|pictures?|photos?|screen|shots?|screenshots?|scans?|logo|icon|banner|charts?|curves?|graphs?|diagrams?|learning|rates?"
    r"|lr|loss|losses|accuracy|step|decay|cosine|model|train|training|validation|epochs?|torch|pytorch|numpy|python|document"
    r"|text|link|unnamed|unknown|anonymous|everything|material|materials|general|overview"
    r"|semester|term|seed|secret|is|are|to|for|from|by|on|at|how|what|all|in|and",
    re.IGNORECASE,
)


def shown(text):
    """A name of a stranger's for a line of a terminal, not too long."""
    text = printable(text)
    return text if len(text) <= 100 else f"{text[:97]}..."


@cache
def naming(exercise):
    """A pattern of the exercise's name as people write it: 02_step_decay, 02-Step-Decay, 02 step decay.

    >>> bool(naming("02_step_decay").search("ada 02-Step decay.ipynb"))
    True
    """
    return re.compile("[ _.-]*".join(map(re.escape, re.split(r"[_-]", exercise))), re.IGNORECASE)


def without_exercise(name, exercises):
    """What a name says beside the exercise and the marks of a copy.

    >>> without_exercise("Alan - Copy of 02_step_decay-2", ["02_step_decay"])
    'Alan'
    """
    name = re.sub(rf"\b(?:{COPY_OF})\b *", "", name, flags=re.IGNORECASE)
    for exercise in exercises:
        number = r"(?:[ _-]*\(\d{1,3}\)|[-_]\d{1,2}(?!\d))*"
        name = re.sub(rf"[ _.-]*{naming(exercise).pattern}{number}[ _.-]*", "_", name, flags=re.IGNORECASE)
    before = None
    while name != before:
        before, name = name, COPY.sub("", name).strip(" _.-")
    return name


def age(file):
    """Sorts versions of one file of which no clock tells the newest, the oldest first.

    >>> sorted(["hw (10).ipynb", "hw.ipynb", "hw_final.ipynb", "hw (2).ipynb", "hw_old.ipynb"], key=age)
    ['hw_old.ipynb', 'hw.ipynb', 'hw (2).ipynb', 'hw (10).ipynb', 'hw_final.ipynb']
    """
    stem = re.sub(r"\.\w+$", "", file)
    number = VERSION.search(stem)
    said = bool(LATER.search(stem)) - bool(EARLIER.search(stem))
    return said, int(number[1] or number[2]) if number else 0


def names_a_person(name):
    """Whether the name holds a word that is more than 'homework', 'final', '2'.

    >>> names_a_person("hw1_final"), names_a_person("Ada hw1")
    (False, True)
    """
    return any(not NO_NAME.fullmatch(word) for word in re.findall(r"[^\W_]+", name))


def is_exercise(name, exercises):
    """Whether a file or folder is named after an exercise and nobody."""
    return any(naming(one).search(name) for one in exercises) and not names_a_person(without_exercise(name, exercises))


def is_handed_in(entry, exercises):
    """Whether a file that lies in nobody's folder is somebody's work: a notebook, or named after the exercise."""
    name = entry.parts[-1]
    return entry.is_notebook or HANDED_IN.search(name) and any(naming(exercise).search(name) for exercise in exercises)


def is_all_of_somebodys(entry, exercises):
    """Whether a file that lies in nobody's folder may be all that a person handed in: it is named after one.

    >>> from lrcourse.grading.sources import Entry
    >>> names = ["grace hopper.pdf", "hw2 kurt.jpeg", "syllabus.pdf", "02_step_decay_plot.png", "IMG_4711.jpg", "a.csv"]
    >>> [is_all_of_somebodys(Entry((name,), (), object()), ["02_step_decay"]) for name in names]
    [True, True, False, False, False, False]
    """
    name = entry.parts[-1]
    if NOBODYS_KIND.search(name) or CAMERA.fullmatch(name):
        return False
    return _may_name_a_person(without_exercise(_without_ending(name), exercises))


def _may_name_a_person(name):
    return any(not (NO_NAME.fullmatch(word) or MATERIAL.fullmatch(word)) for word in _words(name))


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
    for owner, entry in Tree(exercises, around).owners([one for one in plain if one.place not in nobodys]):
        if owner is not None:
            owned.append((owner, entry))
        else:
            nobodys[entry.place] = "in nobody's folder"
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
    """The folders in which files have a name like Canvas's by chance: a person's own, beside other people's."""
    students, others = defaultdict(set), set()
    for owner, entry in claims:
        if owner and owner.by_file_name:
            students[owner.home].add(owner.student)
        elif entry.is_notebook:
            others.add(entry.parts[:-1])
    return {
        home
        for home, found in students.items()
        if (home in others or len(found) == 1 and names_a_person(home[-1] if home else ""))
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
            nobodys[entry.place] = "in nobody's folder"
            continue
        owned.append((_named(part, exercises, is_file=loose), entry))
    return owned, nobodys


def _named(part, exercises, home=(), is_file=False):
    """The Owner that a folder or a file of this name stands for."""
    if found := by_name(part):
        return found
    name = _without_ending(part) if is_file else _ENDING.sub("", part)
    person = without_exercise(name, exercises)
    student = person if names_a_person(person) else name or part
    return Owner(student, student, home=home)


def _without_ending(name):
    return _ENDING.sub("", name) if _ENDING.search(name)[0] else re.sub(r"(?<=.)\.\w{1,5}$", "", name)


class Tree:
    """People by their folders; around: the folders in which a platform's names were found, nobody's own."""

    def __init__(self, exercises, around):
        self.exercises, self.around = exercises, around

    def owners(self, entries):
        """(Owner or None, entry) of each entry."""
        yield from self._below((), entries, [])

    def _below(self, prefix, entries, chain):
        """Those of the entries whose places begin with the prefix; chain: the folders around that may be a person."""
        depth, folders = len(prefix), defaultdict(list)
        files = [entry for entry in entries if len(entry.parts) == depth + 1 and entry.handle is not None]
        for entry in entries:
            if len(entry.parts) > depth + 1 or entry.handle is None:
                folders[entry.parts[depth]].append(entry)
        handed_in = [entry for entry in files if is_handed_in(entry, self.exercises)]
        alone = len(folders) == 1 and not handed_in
        for name, inside in folders.items():
            below, content = (*prefix, name), [entry for entry in inside if len(entry.parts) > depth + 1]
            if below in self.around or content and not alone and is_exercise(name, self.exercises):
                yield from self._below(below, content, [])
            elif (
                self._is_of_several(below, content, alone) or alone and self._is_around(below, content, [*chain, name])
            ):
                yield from self._below(below, content, [*chain, name])
            else:
                yield from self._person([*chain, name] if alone else [name], below, inside)
        named = {file: _named(file.parts[-1], self.exercises, self._home(prefix), True) for file in files}
        known = {tuple(_words(one)) for one in (*(named[file].student for file in handed_in), *folders)}
        for file, owner in named.items():
            words = tuple(_words(owner.student))
            theirs = any(words[: len(one)] == one and not self._names_more(words[len(one) :]) for one in known)
            alone = is_all_of_somebodys(file, self.exercises) and not theirs  # theirs: ada_curve.png beside ada.ipynb
            yield owner if file in handed_in or alone else None, file

    def _names_more(self, words):
        return _may_name_a_person(" ".join(words))

    def _is_around(self, folder, content, chain):
        """Whether the only folder is one around a class: folders in it, which are named more like people than it is."""
        depth = len(folder)
        if any(len(entry.parts) == depth + 1 and is_handed_in(entry, self.exercises) for entry in content):
            return False
        folders = {entry.parts[depth] for entry in content if len(entry.parts) > depth + 1 or entry.handle is None}
        if len(folders) > 1 and any(map(self._is_person, chain)) and not any(map(self._is_person, folders)):
            return False  # ada/exercises and ada/notebooks
        of_people = sum(is_all_of_somebodys(entry, self.exercises) for entry in content if entry.handle is not None)
        if len(folders) > 1 or any(entry.is_notebook for entry in content) or of_people > 1:
            return True
        return any(self._is_around((*folder, one), _inside(content, depth, one), [*chain, one]) for one in folders)

    def _is_person(self, folder):
        return names_a_person(without_exercise(folder, self.exercises))

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
        """The innermost folder of the chain that may be a person's name is the person's: ada, not hw1, in ada/hw1."""
        name = next(filter(self._is_person, reversed(chain)), chain[-1])
        owner = _named(name, self.exercises)
        for entry in inside:
            yield replace(owner, home=self._home(entry.parts[:-1]), folder=folder), entry

    def _home(self, parts):
        return tuple(part for part in parts if not is_exercise(part, self.exercises))


def _inside(entries, depth, folder):
    return [entry for entry in entries if len(entry.parts) > depth + 1 and entry.parts[depth] == folder]


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

        Two or more are named after somebody, where the folder's name does not hold that name too; or the folder is
        named after nobody (hw1, class) and holds more than one. One name beside others is enough where this is all
        there is, where a platform may have named one of them, or where each is for the exercise.
        """
        in_folder = defaultdict(list)
        for one in hand_ins:
            if one.owner.by_folder:
                in_folder[one.owner.home].append(one.entry)
        return any(self._is_crowded(home, inside) for home, inside in in_folder.items() if len(inside) > 1)

    def _is_crowded(self, home, entries):
        folder = home[-1] if home else ""
        its_own = set(_words(folder))
        left, for_it = set(), set()  # what the names say beside the folder's
        for entry in entries:
            words = tuple(word for word in _words(self._said_by(entry)) if word not in its_own)
            left.add(words)
            for_it |= {words} if entry.place in self.for_it else set()
        named = sum(map(self._is_name, left))
        all_there_is = self.alone or any(by_name(entry.parts[-1]) for entry in entries)
        if all_there_is and (named and len(left) > 1 or not any(map(self._said_by, entries))):
            return True
        return named > 1 or not names_a_person(folder) or len(for_it) > 1 and any(map(self._is_name, for_it))

    def _said_by(self, entry):
        return without_exercise(_stem(entry), self.exercises)

    def _is_name(self, words):
        return names_a_person(" ".join(words))


def _words(name):
    return re.findall(r"[^\W_]+", name.casefold())
