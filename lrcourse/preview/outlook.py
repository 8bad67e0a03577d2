"""What preview finds: the LRs to come, drawn as a picture or as text, and what is to be said of them."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lrcourse.scene import Axes, Scene, css, round_up, ticks, to_png, to_svg, upright

BLOCKS = " ▁▂▃▄▅▆▇█"
STYLES = ("s0", "s1", "s2", "s3", "s4")
DRAWN = 2000  # points of a line at most
ROWS = 8


@dataclass
class Finding:
    """One thing to be said: its kind, the words, whether it is wrong (else a note), and the update that shows it."""

    kind: str
    words: str
    wrong: bool
    at: int
    alone: bool = False  # nothing more is said of this group


@dataclass
class Played:
    """A run's LRs and momenta, group by group, and what was seen while it was played."""

    start: int
    unit: str
    lrs: list[list[float]]
    momenta: list[list[float | None]]
    past: list[list[float]] = field(default_factory=list)
    initial: list[float | None] = field(default_factory=list)
    momentum_before: list[float] = field(default_factory=list)
    due: list[float] = field(default_factory=list)  # the first LRs, where a scheduler under way has a formula for them
    kinds: list[str] = field(default_factory=list)
    entries: list[Any] = field(default_factory=list)
    stepped_per: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)
    ignored: list[str | None] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    alike: bool = False  # several groups that differ in nothing, the LR included
    per_epoch: int | None = None
    epochs: int | None = None
    moved: list[str] = field(default_factory=list)  # what else the schedulers change: weight_decay, betas
    plateau: bool = False
    metric_given: bool = False
    rest: tuple[int, float] | None = None  # beyond the past: where a function comes to its last value, and that value
    place_unknown: bool = False
    error: tuple[int, str] | None = None


class Outlook:
    """A plan, update by update. It draws itself in a notebook, prints as text, and is a function of the step.

    lrs: a list of LRs for each parameter group; momenta likewise, None where there is none. start: the update that
    comes first. unit: "update" or "epoch". per_epoch: the updates in an epoch, where preview was told. wrong, notes:
    sentences. ok: whether nothing is wrong.

    >>> from lrcourse.preview import preview
    >>> plan = preview(linear(0.1, 1.0, 0.0, 50), steps=50)
    >>> plan.ok, plan(25), len(plan), plan.wrong
    (True, 0.05, 50, [])
    """

    def __init__(self, played: Played, findings: list[Finding], per_epoch: int | None = None) -> None:
        self.lrs, self.momenta, self.start, self.unit = played.lrs, played.momenta, played.start, played.unit
        self.past, self.findings, self.per_epoch = played.past, findings, per_epoch

    @property
    def wrong(self) -> list[str]:
        return [finding.words for finding in self.findings if finding.wrong]

    @property
    def notes(self) -> list[str]:
        return [finding.words for finding in self.findings if not finding.wrong]

    @property
    def ok(self) -> bool:
        return not self.wrong

    def __len__(self) -> int:
        return max(map(len, self.lrs))

    def __iter__(self) -> Iterator[float]:
        return iter(self.lrs[0])

    def __call__(self, step: int) -> float:
        """The first group's LR at an update of the plan. Raises IndexError outside it."""
        if not 0 <= step - self.start < len(self.lrs[0]):
            raise IndexError(f"step must be from {self.start} to {self.start + len(self) - 1}, not {step}")
        return self.lrs[0][step - self.start]

    def summary(self) -> str:
        """The plan in one sentence."""
        parts = [f"{len(self)} {self.unit}{'' if len(self) == 1 else 's'}"]
        if self.start:
            parts[0] += f" from {self.start} on"
        for group, lrs in enumerate(self.lrs):
            name = f"group {group}: " if len(self.lrs) > 1 else ""
            top = max(lrs)
            at = next((t for t, lr in enumerate(lrs) if lr >= top * (1 - 1e-9)), 0) + self.start
            parts.append(f"{name}first LR {lrs[0]:.4g}, highest {top:.4g} at {at}, last {lrs[-1]:.4g}")
        if len(parts) > 5:
            parts = [*parts[:4], f"and {len(parts) - 4} groups more"]
        return f"{'; '.join(parts)}."

    def text(self, width: int | None = None, symbols: str = BLOCKS) -> str:
        """The plan as text of so many characters a line: a drawing, the sentence, and what is to be said.

        symbols: from empty to full; " .:#" does for a terminal that knows ASCII alone.
        """
        width = max(30, width or min(100, shutil.get_terminal_size((80, 24)).columns))
        lines = [*_chart(self.lrs, self.start, self.unit, width, symbols), "", *_wrapped(self.summary(), width)]
        for finding in self.findings:
            lines += _wrapped(f"{'WRONG' if finding.wrong else 'note'}: {finding.words}", width)
        return "\n".join(lines if self.findings else [*lines, "Nothing looks wrong."])

    def __str__(self) -> str:
        symbols = BLOCKS
        try:
            BLOCKS.encode(sys.stdout.encoding or "utf-8")
        except (UnicodeEncodeError, AttributeError, LookupError):
            symbols = " .:#"
        return self.text(symbols=symbols)

    def __repr__(self) -> str:
        return f"<Outlook: {self.summary()} {len(self.wrong)} wrong, {len(self.notes)} notes>"

    def alt(self) -> str:
        """What the picture shows, in words."""
        said = " ".join(f"Wrong: {words}" for words in self.wrong) or "Nothing looks wrong."
        return f"The planned LR. {self.summary()} {said}"

    def scene(self) -> Scene:
        """The picture: a line a group, a dot where something is wrong."""
        scene = Scene(self.alt(), width=640, height=260)
        finite = [lr for lrs in self.lrs for lr in lrs if lr == lr and abs(lr) != float("inf")]
        top, low = max([*finite, 0.0]), min([*finite, 0.0])
        highest = round_up(top) if top > 0 else 1.0
        lowest = -round_up(-low) if low < -1e-6 * highest else 0.0
        room = 0.03 * (highest - lowest)  # so that no line is cut in half at the frame
        ends = (self.start, self.start + max(1, len(self) - 1))
        axes = Axes(scene, (64, 30, 620, 210), ends, (lowest - room, highest + room))
        across = [t for t in ticks(ends[1]) if t >= self.start] or [self.start]
        axes.ruler(self.unit, "learning rate", across, sorted({lowest, *ticks(highest)}))
        for group, lrs in enumerate(self.lrs[:8]):
            points = upright(_thinned(lrs)) if len(lrs) <= DRAWN else _outline(lrs)
            style = STYLES[group % len(STYLES)]
            axes.line([(t + self.start, lr) for t, lr in points], style)
            if len(self.lrs) > 1:
                scene.text((200 + 56 * group, 22), f"group {group}", "start", style)
        marks = sorted({finding.at for finding in self.findings if finding.wrong})
        axes.dots([(t + self.start, _at(self.lrs[0], t)) for t in marks if t < len(self.lrs[0])], "s1", 5)
        return scene

    def svg(self) -> str:
        """The picture as an SVG file that stands alone."""
        scene = self.scene()
        head = f'<svg xmlns="http://www.w3.org/2000/svg" class="lrc" width="{scene.width}" height="{scene.height}" '
        head += 'style="--lrc-ink:#222;background:white;font:10pt sans-serif;fill:none" '
        drawn: str = to_svg(scene).replace("<svg ", head, 1)
        return drawn.replace(">", f"><style>.lrc path{{fill:none}}{css()}</style>", 1)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data = {"image/svg+xml": self.svg(), "text/plain": self.alt()}
        metadata: dict[str, dict[str, Any]] = {"image/svg+xml": {"alt": self.alt()}}
        try:  # what is stored for readers without a kernel
            import base64

            data["image/png"] = base64.b64encode(to_png([self.scene()])).decode()
            metadata["image/png"] = {"alt": self.alt(), "width": 640, "height": 260}
        except ImportError:
            pass
        show: Any = display
        show(data, metadata=metadata, raw=True)
        show({"text/html": self._caption(), "text/plain": self.alt()}, raw=True)

    def _caption(self) -> str:
        from html import escape

        said = "".join(
            f"<li>{'<strong>Wrong:</strong> ' if f.wrong else 'Note: '}{escape(f.words, quote=False)}</li>"
            for f in self.findings
        )
        return f"<p><em>{escape(self.alt(), quote=False)}</em></p>{f'<ul>{said}</ul>' if said else ''}"


def _at(lrs: list[float], t: int) -> float:
    return lrs[t] if lrs[t] == lrs[t] else 0.0


def _thinned(lrs: list[float]) -> list[float]:
    return [lr if lr == lr else 0.0 for lr in lrs]


def _outline(lrs: list[float]) -> list[tuple[float, float]]:
    """The lowest and the highest of each stretch of a long line, in their order."""
    stretch = -(-len(lrs) // (DRAWN // 2))
    points: list[tuple[float, float]] = []
    for first in range(0, len(lrs), stretch):
        part = range(first, min(first + stretch, len(lrs)))
        ends = sorted({min(part, key=lrs.__getitem__), max(part, key=lrs.__getitem__)})
        points += [(t, lrs[t]) for t in ends]
    return points


def _chart(groups: list[list[float]], start: int, unit: str, width: int, symbols: str) -> list[str]:
    """The first group's curve in rows of characters, filled from below; of more groups, a row each."""
    lrs = [lr if lr == lr and abs(lr) != float("inf") else 0.0 for lr in groups[0]]
    top = max([*lrs, 0.0]) or 1.0
    label = f"{top:.3g}"
    columns = max(10, width - len(label) - 2)
    heights = [max(0.0, value) / top * ROWS for value in _columns(lrs, columns)]
    rows = []
    for row in reversed(range(ROWS)):
        filled = "".join(symbols[min(len(symbols) - 1, max(0, round((h - row) * (len(symbols) - 1))))] for h in heights)
        name = label if row == ROWS - 1 else "0" if row == 0 else ""
        rows.append(f"{name:>{len(label)}} |{filled}".rstrip())
    first, last = str(start), f"{unit} {start + len(lrs) - 1}"
    rows.append(f"{'':>{len(label)}}  {first}{last:>{max(1, len(heights) - len(first))}}")
    return rows


def _columns(lrs: list[float], columns: int) -> list[float]:
    """The mean LR of each of so many stretches; of a short run every update is a few columns wide."""
    if len(lrs) <= columns:
        return [lr for lr in lrs for _ in range(columns // len(lrs))]
    edges = [i * len(lrs) // columns for i in range(columns + 1)]
    return [sum(lrs[a:b]) / (b - a) for a, b in zip(edges, edges[1:], strict=False)]


def _wrapped(words: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(words, width, subsequent_indent="  ")
