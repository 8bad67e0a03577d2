"""The one widget under all playgrounds: native controls on one side, pictures and words made in Python on the other.

The browser sends which position each control is at and draws what comes back; it computes nothing. All controls share
one model, so ipywidgets' own rule, one message on its way and the latest value next, keeps a drag from queueing up.
"""

import base64
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

import anywidget
import traitlets
from IPython.display import Markdown, display

from lrcourse import scene

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Control:
    """One thing to move: its values in order, their words, and the position it starts at.

    kind: 'slider', 'choice', 'toggle' (its two values are False and True) or 'button' (its value counts the presses).
    """

    name: str
    label: str
    values: tuple = (False, True)
    default: int = 0
    kind: str = "slider"
    group: str = ""
    texts: tuple = ()

    def value(self, position):
        """The value at a position."""
        return position if self.kind == "button" else self.values[min(max(position, 0), len(self.values) - 1)]

    def spec(self):
        """What the browser needs to build it."""
        return {key: getattr(self, key) for key in ("name", "label", "default", "kind", "group", "texts")}


@dataclass
class View:
    """What a panel shows: pictures, one sentence of state, warnings, code to copy, and a clock in ms (0: it stands)."""

    scenes: list
    status: str
    warnings: list = field(default_factory=list)
    code: str = ""
    clock: int = 0


class Panel(anywidget.AnyWidget):
    """A widget that shows `draw(values)`; a subclass gives `draw` and hands its controls and its title to __init__."""

    _esm = (HERE / "panel.js").read_text(encoding="utf-8")
    _css = (HERE / "panel.css").read_text(encoding="utf-8") + scene.css()
    title = traitlets.Unicode().tag(sync=True)
    resets = traitlets.Bool().tag(sync=True)
    specs = traitlets.List().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    backs = traitlets.List().tag(sync=True)

    def __init__(self, title, controls, resets=True):
        self._controls = {control.name: control for control in controls}
        state = {control.name: control.default for control in controls}
        super().__init__(title=title, resets=resets, specs=[control.spec() for control in controls], state=state)
        self._show()
        self.observe(self._show, "state")

    def draw(self, values):
        """The View at these values, a dict from control name to value."""
        raise NotImplementedError

    def values(self):
        """Where the controls stand now, a dict from control name to value."""
        return {name: control.value(self.state.get(name, control.default)) for name, control in self._controls.items()}

    def _show(self, change=None):
        view = self.draw(self.values())
        # scenery goes on its own, since it seldom changes: traitlets sends it only then
        self.backs = [scene.back_svg(picture.back) if picture.back else "" for picture in view.scenes]
        self.view = {
            "panes": [scene.to_svg(picture) for picture in view.scenes],
            "status": view.status,
            "warnings": view.warnings,
            "code": view.code,
            "clock": view.clock,
        }

    def _repr_mimebundle_(self, **kwargs):
        """The live widget and, for readers without a kernel, a picture of it with the same in words."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        view = self.draw(self.values())
        words = " ".join([self.title + ".", view.status, *view.warnings])
        data["text/plain"] = words
        if importlib.util.find_spec("matplotlib"):  # a browser's Python may lack it; the widget works all the same
            data["image/png"] = base64.b64encode(scene.to_png(view.scenes)).decode()
            metadata = {**metadata, "image/png": {"alt": words}}
        return data, metadata

    def _ipython_display_(self):
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        display(Markdown(f"*As it starts: {data['text/plain']}*"))
