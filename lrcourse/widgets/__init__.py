"""The playgrounds: widgets in which the curve follows the hand."""

from lrcourse.widgets.drawing import draw_schedule
from lrcourse.widgets.driving import drive
from lrcourse.widgets.finding import finder_explorer
from lrcourse.widgets.guessing import guess
from lrcourse.widgets.playing import playground

__all__ = ["draw_schedule", "drive", "finder_explorer", "guess", "playground"]
