"""A row's words and its picture, by hand from made-up numbers; the ledger's picture line by line."""

import math

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lrcourse import plots
from lrcourse.evidence import forest, rows
from lrcourse.evidence.intervals import chance_interval, interval_or_not, mean_interval

ASKED = {
    "seeds": 20,
    "visible": 0.123,
    "equal_within": 0.0456,
    "matters": 0.1,
    "level": 0.99,
    "tuned": True,
    "chances": [(0.75, (0.3, 0.954)), (1.0, (0.62, 1.0)), (0.1, (0.01, 0.4))],
    "lrs": {"clean": {"cosine": [0.1, 0.4], "step": [0.2, 0.2]}, "noisy": {"cosine": [0.05, 0.05]}},
    "remarks": ["Told besides."],
}
SETTINGS = [("clean", 0.3, 0.2, 0.4), ("noisy", -0.3, -0.45, -0.15), ("", 0.01, -0.02, 0.04)]


def row(settings=SETTINGS, asked=ASKED, **more):
    words = {"id": "A9", "text": "One beats two.", "experiment": "made up", "unit": "loss", "verdict": "holds here"}
    return {**words, "settings": settings, **({"asked": asked} if asked else {}), **more}


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.3127, -0.1042, 0.7296), "+0.31 (-0.10 to +0.73)"),
        ((12.34, 9.0, 15.68), "+12.3 (+9.0 to +15.7)"),
        ((123.4, 90.0, 156.8), "+123 (+90 to +157)"),
        ((1234.0, 200.0, 2268.0), "+1234 (+200 to +2268)"),
        ((0.00123, 0.0012, 0.00126), "+0.001230 (+0.001200 to +0.001260)"),
        ((-0.5, -0.5, -0.5), "-0.5"),
        ((0.5, math.nan, math.nan), "+0.5"),
        ((math.inf, math.nan, math.nan), "+inf"),
    ],
)
def test_two_digits_of_the_half_width(numbers, words):
    assert rows.in_words("", *numbers) == words
    assert rows.in_words("clean", *numbers) == f"clean: {words}"


def test_what_stands_beside_the_intervals():
    assert rows.beside(row()).split("\n") == [
        "20 seeds: in 4 of 5 repetitions they would show an effect of 0.12, or that there is none as large as 0.046.",
        "Ahead on a new seed: clean: 75 % (30 to 95), noisy: 100 % (62 to 100), 10 % (1 to 40).",
        "Best LRs: clean: cosine 0.1 to 0.4; clean: step 0.2; noisy: cosine 0.05.",
        "Told besides.",
    ]
    untuned = rows.beside(row(asked={**ASKED, "tuned": False}))
    assert "Best LRs" not in untuned
    alone = rows.beside(row(SETTINGS[2:], {**ASKED, "chances": ASKED["chances"][:1], "lrs": {"": {"step": [1, 3]}}}))
    assert "Ahead on a new seed: 75 % (30 to 95).\nBest LRs: step 1 to 3." in alone


def test_the_numbers_of_claims():
    for letter, last in {"A": 13, "B": 6, "C": 12, "D": 10}.items():
        assert rows.check_id(f"{letter}{last}, {letter}1") == f"{letter}{last}, {letter}1"
        for wrong in (f"{letter}{last + 1}", f"{letter}0", letter, f"{letter}1,{letter}2", f"{letter}01", f"X{last}"):
            with pytest.raises(ValueError, match=f"id must be one or more of A1 to A13.*not '{wrong}'"):
                rows.check_id(wrong)


@pytest.mark.parametrize(("holds", "verdict"), [(True, "holds here"), (False, "does not hold here")])
def test_a_fact_is_collected_with_its_number_as_interval(holds, verdict):
    with rows.collecting() as found:
        rows.fact("A10", "It is so.", experiment="a look", holds=holds, value=8, unit="epochs")
    [kept] = found
    assert (kept["verdict"], kept["settings"], kept["fact"]) == (verdict, [("", 8, 8, 8)], True)


def drawn(monkeypatch, given):
    """The axes of a row's picture, and its alt text."""
    seen = []
    monkeypatch.setattr(plots, "picture", lambda figure, alt: seen.append((figure, alt)) or ({}, {}))
    rows.picture(given)
    [(figure, alt)] = seen
    return figure.axes[0], alt


def test_the_picture_shows_each_interval_in_its_color_with_what_does_not_matter_behind(monkeypatch):
    axes, alt = drawn(monkeypatch, row())
    lines = [line for line in axes.lines if len(line.get_xdata()) == 2][1:]  # the first stands at 0
    assert [list(line.get_xdata()) for line in lines] == [[0.2, 0.4], [-0.45, -0.15], [-0.02, 0.04]]
    assert [list(line.get_ydata()) for line in lines] == [[0, 0], [1, 1], [2, 2]]
    assert [line.get_color() for line in lines] == [plots.COLORS[2], plots.COLORS[1], plots.QUIET]
    dots = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert [dot.get_xdata()[0] for dot in dots] == [0.3, -0.3, 0.01]
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((-0.1, 0.1))
    assert axes.get_xlim() == pytest.approx((-1.15 * 0.45, 1.15 * 0.45))
    assert axes.get_ylim() == pytest.approx((2.6, -0.6))
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [rows.in_words(*setting) for setting in SETTINGS]
    assert alt.startswith("One beats two. Effect with its 99 % interval: clean: +0.30 (+0.20 to +0.40); noisy: ")
    assert alt.endswith("Told besides.") and "Verdict: holds here." in alt


def test_the_picture_of_a_row_that_touches_0_or_has_no_interval(monkeypatch):
    touching = [("", 0.1, 0.0, 0.2), ("", -0.1, -0.2, 0.0), ("", math.inf, math.nan, math.nan)]
    axes, _ = drawn(monkeypatch, row(touching, {**ASKED, "matters": 0.5}))
    assert {line.get_color() for line in axes.lines[1:]} == {plots.QUIET}
    assert axes.get_xlim() == pytest.approx((-0.575, 0.575))  # what matters is the widest
    axes, alt = drawn(monkeypatch, row([("", 0.0, 0.0, 0.0)], asked=None))
    assert axes.get_xlim() == pytest.approx((-1.15, 1.15)) and not axes.patches
    assert "95 % interval" in alt and "grey" not in axes.figure.get_supxlabel()


def test_the_height_of_a_picture_grows_with_its_lines(monkeypatch):
    heights = []
    for count in (1, 3):
        axes, _ = drawn(monkeypatch, row([("", 0.3, 0.2, 0.4)] * count, asked=None))
        heights.append(axes.figure.get_figheight())
    assert heights == pytest.approx([0.75 + 0.3 + 0.185, 0.75 + 0.9 + 0.185])


def test_the_ledgers_picture_line_by_line():
    old = {**row([("", 2.0, 1.0, 3.0)], asked=None), "notebook": "03.ipynb"}
    far = [("far", 8.0, 7.0, 9.0), ("low", -1.0, -9.0, 1.0), ("against", -2.0, -3.0, -1.0), ("none", 1.0, 1.0, 1.0)]
    new = {**row(far, {**ASKED, "visible": 1.0}), "notebook": "04.ipynb"}
    fact = {**row([("", 8.0, 7.0, 9.0)], fact=True), "notebook": "05.ipynb"}
    lines = forest.effects([old, new, fact])
    assert [line[0] for line in lines] == ["A9 (03)", "A9 (04) far", "A9 (04) low", "A9 (04) against"]
    unit = 1.0 * 2.8 / 1.96  # of an old row: half its interval, by the normal law
    assert lines[0][1:4] == pytest.approx((2 / unit, 1 / unit, 3 / unit))
    assert forest.alt_text([old, new, fact]) == (
        "4 effects with their intervals, each in units of what its experiment can see: 2 lie right of 0, 1 lie left of "
        "0, 1 lie across 0; 1 old."
    )
    figure = forest.forest([old, new, fact])
    axes = figure.axes[0]
    bars = [line for line in axes.lines if len(line.get_xdata()) == 2][1:]
    marks = [line for line in axes.lines if len(line.get_xdata()) == 1]
    ends = [list(bar.get_xdata()) for bar in bars]
    assert ends[1:] == [[6.0, 6.0], [-6.0, 1.0], [-3.0, -1.0]]
    grey, for_it, against = plots.QUIET, plots.COLORS[2], plots.COLORS[1]
    assert [bar.get_color() for bar in bars] == [grey, for_it, grey, against]
    assert [bar.get_linewidth() for bar in bars] == [1.2, 2.2, 2.2, 2.2]
    assert [(mark.get_marker(), mark.get_xdata()[0]) for mark in marks][1:] == [(">", 6.0), ("o", -1.0), ("o", -2.0)]
    assert [to_hex(mark.get_markerfacecolor()) for mark in marks[:2]] == ["#ffffff", to_hex(for_it)]
    assert [list(bar.get_ydata()) for bar in bars] == [[y, y] for y in range(4)]
    assert axes.get_xlim() == pytest.approx((-6.2, 6.2)) and axes.get_ylim() == pytest.approx((3.6, -0.6))
    assert figure.get_figheight() == pytest.approx(1.88) and forest.forest([]).get_figheight() == pytest.approx(1.22)
    below = forest.forest([{**row([("", -8.0, -9.0, -7.0)], {**ASKED, "visible": 1.0}), "notebook": "04.ipynb"}])
    assert below.axes[0].lines[-1].get_marker() == "<" and below.axes[0].lines[-1].get_xdata()[0] == -6.0


@pytest.mark.parametrize("n", [1, 4, 30])
@pytest.mark.parametrize(("level", "z"), [(0.95, 1.9599640), (0.99, 2.5758293)])
def test_wilsons_interval_at_its_ends_and_in_the_middle(n, level, z):
    """All won: from n / (n + z²) to 1; none won: the mirror image; all tied: around a half (Wilson, 1927)."""
    won, (low, high) = chance_interval([0.1] * n, level)
    assert (won, low, high) == pytest.approx((1.0, n / (n + z * z), 1.0), rel=1e-6)
    lost, (low, high) = chance_interval([-0.1] * n, level)
    assert (lost, low, high) == pytest.approx((0.0, 0.0, z * z / (n + z * z)), rel=1e-6, abs=1e-12)
    tied, (low, high) = chance_interval([0.0] * n, level)
    half = 0.5 * z / math.sqrt(n + z * z)
    assert (tied, low, high) == pytest.approx((0.5, 0.5 - half, 0.5 + half), rel=1e-6)


def test_intervals_of_too_little_are_refused_or_open():
    with pytest.raises(ValueError, match="differences must hold at least one"):
        chance_interval([])
    assert chance_interval([1.0])[1] == chance_interval([1.0], 0.95)[1]
    assert mean_interval([0.0, 2.0])[0] == 1.0
    for level in (0, 1, -0.5, 1.5):
        with pytest.raises(ValueError, match="level must be"):
            mean_interval([0.0, 2.0], level)
    mean, (low, high) = interval_or_not(np.array([1.0, -np.inf]))
    assert mean == -math.inf and math.isnan(low) and math.isnan(high)
    assert interval_or_not([0.0, 2.0]) == mean_interval([0.0, 2.0])
