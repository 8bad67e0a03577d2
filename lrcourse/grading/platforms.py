"""Whose a file is by its name alone, where a learning platform wrote the name: its download says who, when and late."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace

DATE = r"\d{4}-\d\d-\d\d[-T_ ]\d\d[-:_]?\d\d(?:[-:_]?\d\d)?"
# Moodle, mod/assign: a folder or, up to 3.0, a file for each participant; what teachers gave back lies beside it.
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<id>\d+)_assign(?P<kind>submission|feedback)_[a-z]+(?:_(?P<file>.*))?", re.DOTALL
)
# Canvas, ContentZipper: name, LATE (late in older ones), the person's id, the file's id. Anonymous ones have a letter
# code for the id.
_CANVAS = r"(?:(?P<anon>anon)_(?P<code>[^\W_]{5})(?P<anon_late>_LATE)?|(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+))"
CANVAS = re.compile(_CANVAS + r"_(?P<hand_in>\d+)_(?P<file>.+)", re.DOTALL | re.IGNORECASE)
CANVAS_TEXT = re.compile(_CANVAS + r"_(?P<file>(?:text|link)\.html)", re.DOTALL | re.IGNORECASE)
# Canvas, QuizSubmissionZipper: the id follows the name without a sign between.
CANVAS_QUIZ = re.compile(r"(?P<name>.*?\D)(?P<id>\d+)_question_\d+_(?P<hand_in>\d+)_(?P<file>.+)", re.DOTALL)
RESUBMITTED = re.compile(r"[- ]\(?(?P<number>\d{1,3})\)?$")
# Brightspace: the person's and the assignment's number (of a group one), the name and the time of each hand-in.
BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)(?:-\d+)? - (?P<name>.+?) ?- (?P<date>[^-]*\d{4},? +\d{1,2}[:._]?\d\d(?: *[AP]M)?)"
    r"(?: - (?P<file>.+))?",
    re.DOTALL | re.IGNORECASE,
)
# Blackboard: assignment, user name, time of the attempt; the text file of the same attempt says what was typed in.
BLACKBOARD = re.compile(rf"(?P<title>.+)_(?P<id>[^_]+)_attempt_(?P<date>{DATE})(?:_(?P<file>.+)|\.txt)", re.DOTALL)
SAKAI = re.compile(r"(?P<name>.+?) *\((?P<id>[^()]+)\)(?:_(?P<kind>Submission|Feedback) attachment\(s\)_(?P<file>.+))?")
SAKAI_FOLDER = re.compile(r"(?P<kind>submission|feedback) attachment\(s\)", re.IGNORECASE)
GRADESCOPE = re.compile(r"submission_\d+")
NBGRADER_EXCHANGE = re.compile(rf"(?P<name>[^+]+)\+(?P<title>[^+]+)\+(?P<date>{DATE})[^+]*(?:\+.*)?")
NBGRADER_OTHERS = (("autograded",), ("feedback",), ("release",), ("source",))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Owner:
    """Who handed a file in, as its place says.

    student: unique in the class; name, lms_id, late: as the platform gives them; order: later hand-ins are larger;
    home: where the person was found: one name in two homes may be two people.
    """

    student: str
    name: str
    lms_id: str = ""
    late: bool = False
    order: tuple = ()
    home: tuple = ()
    by_file_name: bool = False  # as Canvas does it: a student's own file may be named so by chance
    folder: tuple = ()  # a person's own, where no platform said who it is
    platform: str = ""

    @property
    def by_folder(self):
        """Whether a folder's name says it."""
        return bool(self.folder)

    @property
    def root(self):
        """Under what they were found: one name under two roots may be two people, whatever their notebooks say."""
        return self.platform, self.folder or self.home


class GivenBack(Exception):
    """The file is a teacher's: what was given back or handed out; the text says what."""


def recognise(parts):
    """(Owner, number of parts up to the one that names them) of a file's place, or None where no platform named it.

    Raises GivenBack.

    >>> owner, _ = recognise(("hw1", "belloada_LATE_101_9001_02_step_decay-1.ipynb"))
    >>> owner.student, owner.late, owner.order
    ('belloada_101', True, (9001, 1))
    """
    for i, part in enumerate(parts):
        for platform in PLATFORMS:
            if found := platform(parts, i, part):
                return replace(found, platform=platform.__name__), i + 1
    return None


def by_name(part):
    """The Owner that a part of a path names in a platform's way, or None.

    >>> by_name("13394-80551 - Ada Bello - Mar 29, 2018 1205 PM").student
    'Ada Bello_13394'
    """
    try:
        return next(filter(None, (platform((part,), 0, part) for platform in BY_NAME)), None)
    except GivenBack:
        return None


def _moodle(parts, i, part):
    match = MOODLE.fullmatch(part)
    if match and match["kind"] == "feedback":
        raise GivenBack("feedback that Moodle keeps")
    return match and _owner(match, parts[:i])


def _canvas(parts, i, part):
    if match := CANVAS_QUIZ.fullmatch(part) or CANVAS.fullmatch(part):
        again = RESUBMITTED.search(match["file"].rpartition(".")[0])
        order = (int(match["hand_in"]), int(again["number"]) if again else 0)
        return _canvass(match, parts[:i], order)
    match = CANVAS_TEXT.fullmatch(part)
    return match and _canvass(match, parts[:i])


def _canvass(match, home, order=()):
    """The Owner that Canvas names, anonymous or not."""
    said = match.groupdict()
    name, number = said.get("anon") or said["name"], said.get("code") or said["id"]
    late = bool(said.get("late") or said.get("anon_late"))
    return Owner(f"{name}_{number}", name, number, late=late, order=order, home=home, by_file_name=True)


def _brightspace(parts, i, part):
    match = BRIGHTSPACE.fullmatch(part)
    return match and _owner(match, parts[:i], order=_moment(match["date"]))


def _moment(text):
    """Numbers that order the times of Brightspace: 'Mar 29, 2018 1205 PM'."""
    day = re.search(r"\b\d{1,2}\b", text)
    year, clock = re.search(r"(\d{4}),? +(\d{1,2}[:._]?\d\d)", text).groups()
    month = next((k for k, month in enumerate(MONTHS) if month in text.casefold()), 0)
    hour, minute = divmod(int(re.sub(r"\D", "", clock)), 100)
    if re.search(r"[AP]M", text, re.IGNORECASE):
        hour = hour % 12 + 12 * ("PM" in text.upper())
    return int(year), month, int(day[0]) if day else 0, hour, minute


def _blackboard(parts, i, part):
    match = BLACKBOARD.fullmatch(part)
    order = tuple(map(int, re.findall(r"\d+", match["date"]))) if match else ()
    # A user name may have a _ of its own: the same end in another title is another home, and is asked about.
    return match and _owner(match, (*parts[:i], match["title"]), student=match["id"], order=order)


def _sakai(parts, i, part):
    flat = SAKAI.fullmatch(part)
    folder = SAKAI_FOLDER.fullmatch(parts[i + 1]) if i + 1 < len(parts) else None
    kind = flat and flat["kind"] or folder and folder["kind"]
    if kind and kind.casefold() == "feedback":
        raise GivenBack("feedback that Sakai keeps")
    return _owner(flat, parts[:i], student=part if folder else None) if kind and flat else None


def _gradescope(parts, i, part):
    exported = i and re.fullmatch(r"assignment_\d+_export", parts[i - 1])
    return Owner(part, part, home=parts[:i]) if exported and GRADESCOPE.fullmatch(part) else None


def _nbgrader(parts, i, part):
    if match := NBGRADER_EXCHANGE.fullmatch(part):
        order = tuple(map(int, re.findall(r"\d+", match["date"])))
        return Owner(match["name"], match["name"], order=order, home=parts[:i])
    if part == "submitted" and i + 2 < len(parts):
        return Owner(parts[i + 1], parts[i + 1], home=parts[: i + 1])
    return None


def _owner(match, home, student=None, **more):
    name, number = match.groupdict().get("name") or match["id"], match["id"] or ""
    student = student or (f"{name}_{number}" if number else name)
    return Owner(student, name, number, home=home, **more)


def gradescope_people(metadata):
    """{folder: {"name": ..., "lms_id": ...}} of Gradescope's submission_metadata.yml; {} where it is none."""
    import yaml

    found = {}
    with suppress(yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        for folder, told in yaml.safe_load(metadata).items():
            people = told[":submitters"]
            names = ", ".join(str(one[":name"]) for one in people)
            found[str(folder)] = {"name": names, "lms_id": str(people[0].get(":sid") or "")}
    return found


PLATFORMS = (_moodle, _sakai, _blackboard, _brightspace, _nbgrader, _gradescope, _canvas)
BY_NAME = (_moodle, _blackboard, _brightspace, _canvas)
