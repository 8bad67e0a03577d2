"""Makes an exercise's data file from its master: what a learner's machine needs, and nothing of the solution."""

import gc
import inspect
import json
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from lrcourse.exercises import sheets, timing
from lrcourse.exercises.exercise import STUB, Exercise, Quiz, Task
from lrcourse.exercises.inputs import Change, taken_for_another
from lrcourse.exercises.judge import Answer, Json, Request, judge
from lrcourse.exercises.seals import seal
from lrcourse.exercises.signs import ROUNDING, RULES, flat, rounded, rounding_shows
from lrcourse.exercises.sketches import alike, sketch

MOST_SECONDS = 1
ENDLESS = 0.2  # seconds: a length of 0 may keep the solution busy for ever: it was never written for that
DIGITS = 10  # of an expected number: the comparison looks at six


def data_text(exercise: Exercise, hints: int = 3) -> str:
    """The text of the data file, with so many hints a task: the same master always gives the same text."""
    text = json.dumps(data_of(exercise, hints), ensure_ascii=False, allow_nan=False)
    for part in ('"tasks": [', '{"name": ', '{"input": ', '{"sentence": ', '"likely": ', '"quizzes": '):
        text = text.replace(f" {part}", f"\n{part}").replace(f"[{part}", f"[\n{part}")
    return text + "\n"


def data_of(exercise: Exercise, hints: int = 3) -> dict[str, Any]:
    """The JSON of an exercise's data file."""
    return {
        "format": sheets.FORMAT,
        "name": exercise.name,
        "lesson": exercise.lesson,
        "title": exercise.title,
        "difficulty": exercise.difficulty,
        "minutes": exercise.minutes,
        "variant": exercise.variant,
        "tasks": [task_data(exercise, task, hints) for task in exercise.tasks],
        "quizzes": [_quiz_data(quiz) for quiz in exercise.quizzes],
    }


def task_data(exercise: Exercise, task: Task, hints: int = 3) -> dict[str, Any]:
    """The JSON of one task."""
    requests = exercise.shown_cases(task)
    expected = [_short(value) for value in exercise.expected(task, requests)]
    kept = [seal(value, task.name, task.tolerance) for value in expected] if task.drive == "value" else expected
    inputs = [{key: part for key, part in one.items() if key not in ("id", "name", "drive")} for one in requests]
    return {
        "name": task.name,
        "points": task.points,
        "drive": task.drive,
        "public": len(task.public),
        "tolerance": task.tolerance,
        "score": task.score,
        "ylabel": task.ylabel,
        "difficulty": task.difficulty,
        "importance": task.importance,
        "minutes": task.minutes,
        "takeaway": task.takeaway,
        "hints": list(task.hints[:hints]),
        "cases": [{"input": one, "expected": value} for one, value in zip(inputs, kept, strict=True)],
        "likely": _likely(exercise, task, requests, expected),
    }


def _quiz_data(quiz: Quiz) -> dict[str, Any]:
    choices = {letter: list(pair) for letter, pair in quiz.choices.items()}
    return {"name": quiz.name, "question": quiz.question, "answer": quiz.answer, "choices": choices}


def _short(value: Json) -> Json:
    """The value with its numbers to ten digits, so that every machine writes the same file."""
    if isinstance(value, list):
        return [_short(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _short(entry) for key, entry in value.items()}
    return float(f"{value:.{DIGITS}g}") if type(value) is float else value


def _likely(exercise: Exercise, task: Task, requests: list[Request], expected: list[Json]) -> list[dict[str, Any]]:
    """What wrong answers look like: known mistakes first, then one input taken for another, no sketch twice."""
    seen, found = [sketch([{"value": value} for value in expected])], []
    collects = gc.isenabled()
    gc.disable()  # a collection takes as long as an endless loop is given
    with warnings.catch_warnings(action="ignore"):  # NumPy's, of wrong answers that divide by zero
        for sentence, answers, marks in _wrong_answers(exercise, task, requests, expected):
            drawn = sketch(answers)
            if marks != GUESSED or not any(alike(drawn, one, task.tolerance) for one in seen):
                seen.append(drawn)
                found.append({"sentence": sentence, "sketch": drawn, **marks})
    if collects:
        gc.enable()
    return found


GUESSED = {"known": False}


def _wrong_answers(
    exercise: Exercise, task: Task, requests: list[Request], expected: list[Json]
) -> Iterator[tuple[str, list[Answer], dict[str, bool]]]:
    """(sentence, the answers, marks of a sheets.Likely)."""
    for mistake in task.mistakes:
        namespace = {**exercise.reference, task.name: exercise.mistaken(task, mistake)}
        answers = [timing.answer(request, namespace, MOST_SECONDS, busy=True) for request in requests]
        yield mistake.sentence, answers, {"stub": True} if mistake.wrong == STUB else {}
    if task.drive == "value":
        for sentence, rule in {**ROUNDED, **RULES}.items():
            values = [_by_rule(value, rule) for value in expected]
            rounds = sentence in ROUNDED or rule in ROUNDING
            if None not in values and (not rounds or rounding_shows(rule, flat(expected))):
                yield sentence, [{"value": value} for value in values], GUESSED
    elif not task.score:
        whole = [_with_defaults(exercise.reference[task.name], request) for request in requests]
        for sentence, change in taken_for_another(whole[0]):
            made = _taken(exercise, task, whole, expected, change)
            if made:
                yield sentence, made, GUESSED


def _with_defaults(thing: Any, request: Request) -> Request:
    """The request with a value for every argument that it leaves to its default."""
    parameters = inspect.signature(thing).parameters.values() if callable(thing) else ()
    defaults = {one.name: one.default for one in parameters if one.default is not one.empty}
    return {**request, "args": {**defaults, **request.get("args", {})}}


def _taken(
    exercise: Exercise, task: Task, requests: list[Request], expected: list[Json], change: Change
) -> list[Answer] | None:
    """The right answers to the changed inputs, or None where there are none, or where the change hardly shows."""
    answers, apart = [], 0
    for request, value in zip(requests, expected, strict=True):
        try:
            other = change(request)
        except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
            return None
        right = timing.answer(other, exercise.reference, ENDLESS, busy=True)
        if "value" not in right:
            return None
        answers.append(right)
        apart += not judge(value, right["value"], task.tolerance).ok
    return answers if apart >= min(3, len(requests)) else None  # on one or two inputs it could be chance


ROUNDED = {
    f"You round to {digits} digits after the point. Give the number as it comes out.": rounded(digits)
    for digits in range(6)
}


def _by_rule(value: Json, rule: Callable[[Any], Any]) -> Json:
    """The value with the rule applied to each number; None where it cannot be."""
    if isinstance(value, list):
        entries = [_by_rule(entry, rule) for entry in value]
        return None if None in entries else entries
    try:
        made = rule(value)
    except (ValueError, OverflowError, ZeroDivisionError, TypeError):
        return None
    return made if math.isfinite(made) else None
