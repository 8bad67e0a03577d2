"""What a browser needs to show a panel: its script and its style sheet, as text."""

from pathlib import Path

from lrcourse import scene

HERE = Path(__file__).parent


def script():
    """The module that builds the controls and shows the views."""
    return "".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("redraw.js", "ahead.js", "hands.js", "panel.js")
    )


def style():
    """Its style sheet, the colors of the marks included."""
    return (HERE / "panel.css").read_text(encoding="utf-8") + scene.css()
