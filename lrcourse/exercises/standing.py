"""What progress says: which tasks are solved, with what points, hints and solutions; the quizzes; what comes next."""

from dataclasses import dataclass
from typing import Any

from lrcourse import scene
from lrcourse.exercises import sheets
from lrcourse.exercises.illustrating import alone
from lrcourse.exercises.learner import GUESS, Entry, read
from lrcourse.exercises.sheets import Question, Sheet

_scene: Any = scene  # without types as yet

CHALLENGE = "challenge "  # before its name: where a challenge's rounds are kept
SIGNS = {"solved": "[x]", "begun": "[~]", "open": "[ ]"}
ROW, LEFT, SIDE, WIDTH = 26, 282, 16, 620  # pixels


@dataclass(frozen=True)
class Standing:
    """Where a learner stands, in lines of text and as a picture with its alt text."""

    lines: tuple[str, ...]
    svg: str
    alt: str


def standing(only: str | None = None) -> Standing:
    """Where the learner stands: in every exercise that was begun, or in the one of this name. Raises ValueError."""
    kept = read()
    known = [sheets.load(only)] if only else [sheets.load(name) for name in sheets.names()]
    states = {sheet.name: [state(kept.get(task.name, {})) for task in sheet.tasks] for sheet in known}
    flat = [one for row in states.values() for one in row]
    alt = f"You have solved {flat.count('solved')} of {len(flat)} tasks and begun {flat.count('begun')} more. "
    begun = [f"{name}: {row.count('solved')} of {len(row)}" for name, row in states.items() if set(row) != {"open"}]
    alt += ("; ".join(begun) or "None begun so far") + "."
    lines = [alt.partition(". ")[0] + "."]
    for sheet in known:
        if only or _is_begun(sheet, kept):
            lines += _about(sheet, kept)
    lines += _guesses(kept) + _challenges(kept)
    following = next_task(known, kept)
    if following:
        lines += ["", f"Next: {following}"]
    return Standing(tuple(lines), alone(_squares(known, states, alt)), alt)


def state(entry: Entry) -> str:
    """Of a task: "solved", "begun" (an answer was tried or a hint asked for) or "open"."""
    return "solved" if entry.get("solved") is True else "begun" if entry else "open"


def _is_begun(sheet: Sheet, kept: dict[str, Entry]) -> bool:
    return any(kept.get(name) for name in sheets.asked_by(sheet))


def _about(sheet: Sheet, kept: dict[str, Entry]) -> list[str]:
    solved = sum(task.points for task in sheet.tasks if state(kept.get(task.name, {})) == "solved")
    lines = ["", f"{sheet.name[:2]} {sheet.title}: {solved} of {sheet.points} points in public"]
    width = max(len(task.name) for task in sheet.tasks)
    lines += [f"  {_task_line(task, kept.get(task.name, {}), width)}".rstrip() for task in sheet.tasks]
    right = [quiz.name for quiz in sheet.quizzes if kept.get(quiz.name, {}).get("solved") is True]
    if sheet.quizzes:
        lines.append(f"  quizzes: {len(right)} of {len(sheet.quizzes)} answered right")
    return lines


def _task_line(task: Question, entry: Entry, width: int) -> str:
    points = f"{task.points} point{'' if task.points == 1 else 's'}"
    notes = []
    if state(entry) == "begun" and isinstance(entry.get("cases"), int):
        notes.append(f"{entry.get('passed')} of {entry['cases']} public cases")
    hints = entry.get("hints")
    if isinstance(hints, int) and hints:
        notes.append(f"{hints} hint{'' if hints == 1 else 's'}")
    if entry.get("solution") is True:
        notes.append("solution seen")
    return f"{SIGNS[state(entry)]} {task.name:<{width}}  {points:<8}  {', '.join(notes)}"


def _guesses(kept: dict[str, Entry]) -> list[str]:
    scores = {name.removeprefix(GUESS): entry.get("score") for name, entry in kept.items() if name.startswith(GUESS)}
    told = [f"{name} {score:.0f}" for name, score in scores.items() if isinstance(score, int | float)]
    return ["", f"Your guesses, of 100: {', '.join(told)}"] if told else []


def _challenges(kept: dict[str, Entry]) -> list[str]:
    """The rounds of the widgets' challenges: a round's score is the try that reached it, or 0."""
    told = []
    for name, entry in kept.items():
        rounds = entry.get("questions")
        if name.startswith(CHALLENGE) and isinstance(rounds, dict):
            reached = sum(1 for tries in rounds.values() if tries)
            told.append(f"{name.removeprefix(CHALLENGE)} {reached} of {len(rounds)}")
    return ["", f"Your challenges, rounds reached: {', '.join(told)}"] if told else []


def next_task(known: list[Sheet], kept: dict[str, Entry], after: str = "") -> str:
    """The next task that is not solved, in words: in the exercise at hand first; "" where all is done."""
    order = known
    if after:
        here = next(i for i, sheet in enumerate(known) if after in sheets.asked_by(sheet))
        order = [*known[here:], *known[:here]]
    else:
        order = sorted(known, key=lambda sheet: not _is_begun(sheet, kept))  # what was begun comes first
    for sheet in order:
        left = [task.name for task in sheet.tasks if state(kept.get(task.name, {})) != "solved"]
        if left:
            return f"{left[0]}, in exercise {sheet.name[:2]}, {sheet.title[:1].lower()}{sheet.title[1:]}."
    return ""


def _squares(known: list[Sheet], states: dict[str, list[str]], alt: str) -> Any:
    """A row for each exercise, a square for each task: filled, half filled, empty."""
    drawing = _scene.Scene(alt, WIDTH, ROW * len(known) + 48)
    for y, sheet in enumerate(known):
        top = 12 + ROW * y
        drawing.text((12, top + 13), f"{sheet.name[:2]} {sheet.title}")
        for x, one in enumerate(states[sheet.name]):
            _square(drawing, LEFT + 26 * x, top, one)
    for i, (one, words) in enumerate({"solved": "solved", "begun": "begun", "open": "open"}.items()):
        left, top = LEFT + 110 * i, 20 + ROW * len(known)
        _square(drawing, left, top, one)
        drawing.text((left + SIDE + 8, top + 13), words)
    return drawing


def _square(drawing: Any, left: int, top: int, one: str) -> None:
    right, bottom, middle = left + SIDE, top + SIDE, top + SIDE / 2
    if one != "open":
        end = right if one == "solved" else left + SIDE / 2
        drawing.bars([[(left, middle), (end, middle)]], "s0" if one == "solved" else "s1", SIDE)
    drawing.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], "ink")
