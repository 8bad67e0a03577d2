"""Which mistake an answer behaves like: a known one, one input taken for another, or what the answer itself shows."""

from lrcourse.exercises.judge import Answers
from lrcourse.exercises.sheets import Question
from lrcourse.exercises.signs import sign, unmoved
from lrcourse.exercises.sketches import alike, sketch


def diagnose(question: Question, answers: Answers, shown: Answers | None = None) -> str | None:
    """The sentence for the mistake that the answers {id: answer} of the driver show, or None where they are right.

    A known mistake, and one input taken for another, is named only if it gives the same answers to all of the
    question's requests. What else is said is read off the answers shown: for the grader those to the public cases, so
    that it can hold no input of the instructor's. check shows all (None): where the public cases come out right, the
    sentence is about the practice cases.
    """
    requests, expected = list(question.requests), list(question.expected)
    got = [answers.get(request["id"], {}) for request in requests]
    if all(question.judge(value, answer.get("value")).ok for value, answer in zip(expected, got, strict=True)):
        return None
    said = _likely(question, got, known=True) or unmoved(requests, expected, answers)
    said = said or (_likely(question, got, known=False) if all("value" in answer for answer in got) else None)
    public = question.public
    if said or shown is not None:
        return said or sign(question, requests[:public], expected[:public], shown or {})
    practice = [
        (request, value, answer["value"])
        for request, value, answer in zip(requests[public:], expected[public:], got[public:], strict=True)
        if "value" in answer
    ]
    told = sign(question, requests[:public], expected[:public], answers, practice)
    return told or sign(question, requests, expected, answers)


def as_handed_out(question: Question, answers: Answers) -> bool:
    """Whether the program to repair answers as it did when it was handed out."""
    drawn = sketch([answers.get(request["id"], {}) for request in question.requests])
    return any(one.stub and alike(one.sketch, drawn, question.tolerance) for one in question.likely)


def _likely(question: Question, got: list[dict[str, object]], known: bool) -> str | None:
    drawn = sketch(got)
    for one in question.likely:
        if one.known is known and alike(one.sketch, drawn, question.tolerance):
            return one.sentence
    return None
