"""The playgrounds: widgets in which the curve follows the hand."""

from lrcourse.widgets.driving import drive
from lrcourse.widgets.guessing import guess
from lrcourse.widgets.playing import playground

__all__ = ["drive", "guess", "playground"]
