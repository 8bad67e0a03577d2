"""What is under every playground: controls that stand somewhere, and the view that Python draws for where they stand.

Plain Python, without a browser in sight: Jupyter, `play` and the site each put it on a screen with the same panel.js.
"""

import base64
import importlib.util
import re
from dataclasses import dataclass, field
from html import escape

from lrcourse import scene

# The still picture stands until the live widget below it is there, and for good where no kernel answers.
STILL = """<style>
.jp-OutputArea-child:has(.lrc-still):has(+ .jp-OutputArea-child .lrc),
.jp-OutputArea-child:has(.lrc-still) + .jp-OutputArea-child:not(:has(.lrc)) {{ display: none; }}
.lrc-still img {{ max-width: 100%; background: white; }}
</style>
<figure class="lrc-still" style="margin: 0"><img alt="{words}" src="data:image/png;base64,{png}" width="{width}">
<figcaption><em>As it starts: {words}</em></figcaption></figure>"""

SPEC = ("name", "label", "default", "kind", "group", "texts", "plays", "keeps")


@dataclass(frozen=True)
class Control:
    """One thing to move: its values in order, their words, and the position it starts at.

    kind: 'slider', 'number' (a slider within a sentence), 'choice', 'toggle' (its two values are False and True),
    'button' (its value counts the presses) or 'keep' (a button that notes where the controls named in keeps stand; its
    value is this note, or empty). plays: the words on a button that moves a slider from its start to its end.
    """

    name: str
    label: str
    values: tuple = (False, True)
    default: int = 0
    kind: str = "slider"
    group: str = ""
    texts: tuple = ()
    plays: str = ""
    keeps: tuple = ()

    def value(self, position):
        """The value at a position."""
        if self.kind == "keep":
            return position if isinstance(position, str) else ""
        return position if self.kind == "button" else self.values[min(max(position, 0), len(self.values) - 1)]

    def read(self, word):
        """The value that is shown by this word, a toggle's by 0 or 1; ValueError where none is."""
        return self.values[(self.texts or ("0", "1")).index(word)]

    def spec(self):
        """What the browser needs to build it."""
        return {key: getattr(self, key) for key in SPEC}


@dataclass
class View:
    """What a panel shows: pictures, a sentence of state, warnings, code to copy, a clock in ms (0: it stands), a task.

    In the words of a panel whose controls are numbers, the i-th number stands in brackets: with T_max = ⟨50⟩ it falls.
    """

    scenes: list
    status: str
    warnings: list = field(default_factory=list)
    code: str = ""
    clock: int = 0
    asked: str = ""


class Panel:
    """Shows `draw(values)`; a subclass gives `draw` and hands its title and its controls to __init__.

    state: control name to position; setting it moves the controls and draws anew. view, backs: what is shown now, as
    JSON can hold it. ahead: whether the view depends on the state alone, so that it may be drawn before it is asked
    for. listener: called after every change of state, view or backs, by whoever puts the panel on a screen.
    """

    ahead = False

    def __init__(self, title, controls, resets=True):
        self.title, self.resets = title, resets
        self._controls = {control.name: control for control in controls}
        self._state = {control.name: control.default for control in controls}
        self.listener, self._live = None, None
        self.backs, self.view = self.drawn(self._state)

    @property
    def specs(self):
        """What the browser needs to build the controls."""
        return [control.spec() for control in self._controls.values()]

    @property
    def state(self):
        """Where the controls stand: control name to position."""
        return self._state

    @state.setter
    def state(self, state):
        before, self._state = self._state, dict(state)
        self.moved(before)
        self.show()

    def draw(self, values):
        """The View at these values, a dict from control name to value."""
        raise NotImplementedError

    def moved(self, before):
        """What a panel with a memory does between a move and the drawing; before: the state until now."""

    def values(self, state=None):
        """The controls' values in a state (as they stand), a dict from control name to value."""
        state = self._state if state is None else state
        return {name: control.value(state.get(name, control.default)) for name, control in self._controls.items()}

    def show(self, status=None):
        """Draw for where the controls stand; with a status, only say that instead of what is said."""
        if status is None:
            self.backs, self.view = self.drawn(self._state)
        else:
            self.view = {**self.view, "status": status}
        if self.listener:
            self.listener()

    def drawn(self, state):
        """(the sceneries, what is drawn before them) in a state; `at` tells for which positions."""
        view = self.draw(self.values(state))
        backs = [scene.back_svg(picture.back) if picture.back else "" for picture in view.scenes]
        return backs, {
            "at": [state.get(name, control.default) for name, control in self._controls.items()],
            "panes": [scene.to_svg(picture) for picture in view.scenes],
            "status": view.status,
            "warnings": view.warnings,
            "code": view.code,
            "clock": view.clock,
            "asked": view.asked,
        }

    def words(self):
        """What a reader who sees no picture is told."""
        said = [f"{self.title}.", self.view["asked"], self.view["status"], *self.view["warnings"]]
        return re.sub("[⟨⟩]", "", " ".join(filter(None, said)))

    def still(self):
        """The picture as it stands, as PNG bytes; None where there is no matplotlib (a browser's Python)."""
        if not importlib.util.find_spec("matplotlib"):
            return None
        return scene.to_png(self.draw(self.values()).scenes)

    def live(self):
        """This panel as a widget of Jupyter's."""
        if self._live is None:
            from lrcourse.widgets.jupyter import Live

            self._live = Live(self)
        return self._live

    def _repr_mimebundle_(self, **kwargs):
        """The live widget and, for who keeps one output only, the picture with the same in words."""
        data, metadata = self.live()._repr_mimebundle_(**kwargs) or ({}, {})
        data["text/plain"], png = self.words(), self.still()
        if png:
            data["image/png"] = base64.b64encode(png).decode()
            metadata = {**metadata, "image/png": {"alt": self.words()}}
        return data, metadata

    def _ipython_display_(self):
        """Two outputs: the still picture in words and pixels, and the live widget, which hides it once it is there."""
        from IPython.display import display

        words, png = self.words(), self.still()
        if png:
            width = sum(picture.width for picture in self.draw(self.values()).scenes)
            html = STILL.format(words=escape(words), png=base64.b64encode(png).decode(), width=width)
            display({"text/plain": words, "text/html": html}, raw=True)
        data, metadata = self.live()._repr_mimebundle_()
        data.pop("text/plain", None)
        display(data, metadata=metadata, raw=True)
