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
