"""Which known mistake an answer behaves like."""

from lrcourse.exercises.judge import judge


def diagnose(exercise, task, requests, answers):
    """The first known mistake that gives the same wrong answers to all requests, or None.

    answers: {id: answer} as the driver gives them. A mistake that raises an error matches an answer that is an error.
    """
    expected = exercise.expected(task, requests)
    got = [answers.get(request["id"], {}) for request in requests]
    if all(task.judge(value, answer.get("value")).ok for value, answer in zip(expected, got, strict=True)):
        return None
    for mistake in task.mistakes:
        wrong = exercise.mistake_answers(task, mistake, requests)
        if all(_same(value, answer, task) for value, answer in zip(wrong, got, strict=True)):
            return mistake
    return None


def _same(value, answer, task):
    if value is None and "value" not in answer:
        return True
    return judge(value, answer.get("value"), task.tolerance).ok
