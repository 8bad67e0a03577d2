"""The playgrounds: widgets in which the curve follows the hand."""

from lrcourse.widgets.challenges import challenge
from lrcourse.widgets.drawing import draw_schedule
from lrcourse.widgets.driving import drive
from lrcourse.widgets.finding import finder_explorer
from lrcourse.widgets.guessing import guess
from lrcourse.widgets.playing import playground
from lrcourse.widgets.sentences import sentence

__all__ = ["challenge", "draw_schedule", "drive", "finder_explorer", "guess", "playground", "sentence"]
