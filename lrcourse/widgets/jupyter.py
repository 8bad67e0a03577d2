"""A panel in Jupyter: one model for all its controls, so that ipywidgets' own rule keeps a drag from queueing up.

The rule: one message on its way, the latest value next. What a slider will need is drawn ahead and sent as custom
messages, which leave nothing in a saved notebook.
"""

import json
import time
import zlib

import anywidget
import traitlets

from lrcourse.widgets.look import script, style

AT_ONCE = 0.04  # seconds of drawing ahead after which the hand's own messages get through
NAMES = ("state", "view", "backs")


class Live(anywidget.AnyWidget):
    """The widget that shows a panel."""

    _esm = script()
    _css = style()
    title = traitlets.Unicode().tag(sync=True)
    resets = traitlets.Bool().tag(sync=True)
    ahead = traitlets.Bool().tag(sync=True)
    specs = traitlets.List().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    backs = traitlets.List().tag(sync=True)

    def __init__(self, panel):
        self._panel = panel
        told = {name: getattr(panel, name) for name in ("title", "resets", "ahead", "specs", *NAMES)}
        super().__init__(**told)
        panel.listener = self._told
        self.observe(self._moved, "state")
        self.on_msg(self._look_ahead)

    def _moved(self, change):
        if self._panel.state != self.state:
            self._panel.state = self.state

    def _told(self):
        # scenery goes on its own, since it seldom changes: traitlets sends it only then
        for name in NAMES:
            setattr(self, name, getattr(self._panel, name))

    def _look_ahead(self, _, asked, buffers):
        """Draw a control's positions in the order asked for, as many as fit into AT_ONCE."""
        views, until, left = [], time.monotonic() + AT_ONCE, list(asked["positions"])
        while left and time.monotonic() < until:
            state = {**asked["state"], asked["name"]: left.pop(0)}
            try:
                backs, view = self._panel.drawn(state)
            except Exception:  # a learner's own schedule: the error is shown when the slider gets there
                continue
            if backs == self.backs:
                views.append(view)
        done = len(asked["positions"]) - len(left)
        self.send({"serial": asked["serial"], "done": done}, [zlib.compress(json.dumps(views).encode(), 1)])
