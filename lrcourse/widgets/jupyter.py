"""A panel in Jupyter: one model for all its controls, so that ipywidgets' own rule keeps a drag from queueing up.

The rule: one message on its way, the latest value next. What a slider will need is drawn ahead and sent as custom
messages, which leave nothing in a saved notebook.
"""

import json
import time
import zlib
from functools import lru_cache

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
        with self.hold_sync():  # in one message: curves never stand before another picture's scenery
            for name in NAMES:
                setattr(self, name, getattr(self._panel, name))

    def _look_ahead(self, _, asked, buffers):
        """Draw for these places of the controls, in their order, as many as fit into AT_ONCE."""
        names, until = [spec["name"] for spec in self.specs], time.monotonic() + AT_ONCE
        views, sceneries = [], {}
        for place in asked["places"]:
            try:
                backs, view = self._panel.drawn(dict(zip(names, place, strict=True)))
            except Exception:  # a learner's own schedule: the error is shown when the slider gets there
                backs, view = [], {"at": place}
            views.append({**view, "backs": [_name(back) for back in backs]})
            sceneries |= {_name(back): back for back in backs}
            if time.monotonic() > until:
                break
        told = {"views": views, "backs": {name: sceneries[name] for name in sceneries if name not in asked["has"]}}
        self.send({"serial": asked["serial"]}, [zlib.compress(json.dumps(told).encode(), 1)])


@lru_cache(maxsize=64)
def _name(back):
    """A short name for a scenery, so that it travels once."""
    return f"{zlib.crc32(back.encode()):x}"
