"""Scores of guesses and challenges, carried on from cell to cell and from lesson to lesson.

The first answer to a question counts. They lie in the learner's own file where there is one (learner.py, whose
`progress()` shows them), else in this process alone.
"""

_here = {}  # {game: {question: score}}


def keep(game, question, score):
    """Note the score of a question of a game, unless it has one; every question's score so far, a dict.

    >>> keep("a game", "1", 0.5), keep("a game", "1", 0.0), keep("a game", "2", 0.25)
    ({'1': 0.5}, {'1': 0.5}, {'1': 0.5, '2': 0.25})
    """
    _here[game] = {question: score} | _here.get(game, {})
    return dict(sorted(_here[game].items()))
