"""The playgrounds: widgets in which the curve follows the hand."""

from lrcourse.widgets.playing import playground

__all__ = ["playground"]
