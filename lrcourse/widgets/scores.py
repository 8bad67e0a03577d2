"""Scores of guesses and challenges, carried on from cell to cell and from lesson to lesson.

The first answer to a question counts. They lie with the learner's progress, wherever that is kept, under the game's own
name; `progress()` tells them.
"""


def keep(game, question, score, points):
    """Note the score of a question of a game, unless it has one; every question's score so far, a dict.

    points: a function that makes of all these scores the game's, from 0 to 100.
    """
    from lrcourse.exercises import learner

    known = learner.read().get(game, {}).get("questions")
    questions = {question: score} | (known if isinstance(known, dict) else {})
    learner.note(game, questions=questions, score=points(questions.values()))
    return questions


def leave(game, question, tries):
    """Note what was tried at a question that is not answered yet; an empty list: it is. All such questions, a dict.

    A try is where the sliders stood, a list of whole numbers.
    """
    from lrcourse.exercises import learner

    begun = {key: value for key, value in _begun(game).items() if key != question} | (
        {question: tries} if tries else {}
    )
    learner.note(game, begun=begun)
    return begun


def left(game, question):
    """What was tried at a question that is not answered yet, a list of tries."""
    return _begun(game).get(question, [])


def _begun(game):
    from lrcourse.exercises import learner

    known = learner.read().get(game, {}).get("begun")
    known = known if isinstance(known, dict) else {}
    return {key: tries for key, tries in known.items() if isinstance(tries, list) and all(map(_is_try, tries))}


def _is_try(places):
    return isinstance(places, list) and all(isinstance(place, int) for place in places)
