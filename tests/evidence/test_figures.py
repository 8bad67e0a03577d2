"""The pictures of evidence by their numbers: where each dot and bar lies, how wide it is, what its words say."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from test_comparison import FakeRace
from test_rows import ASKED, SETTINGS, drawn, row

from lrcourse import plots
from lrcourse.evidence import figures, forest
from lrcourse.evidence.comparison import Comparison

LOSSES = {"a": [0.9, 0.7], "b": [0.2, 0.4], "c": [0.6, 0.9]}


def found(metric="loss", diverged=None):
    rows = [
        (name, 0.5, seed, loss, 3 if (name, seed) == diverged else None)
        for name, losses in LOSSES.items()
        for seed, loss in enumerate(losses)
    ]
    return Comparison(FakeRace(rows), FakeRace(rows), dict.fromkeys(LOSSES, 0.5), [0.25, 0.5, 1.0], metric)


def points(axes, marker):
    return [line for line in axes.lines if line.get_marker() == marker]


def test_ranks_are_drawn_from_the_first_down_with_a_dot_a_seed():
    figure = figures.rank_figure(found())
    axes = figure.axes[0]
    dots, means = points(axes, "o"), points(axes, "D")
    assert [list(dot.get_xdata()) for dot in dots] == [
        pytest.approx(behind) for behind in ([0.0, 0.0], [0.4, 0.5], [0.7, 0.3])
    ]
    assert [list(dot.get_ydata()) for dot in dots] == [[y + 0.16] * 2 for y in range(3)]
    assert [(*mean.get_xdata(), *mean.get_ydata()) for mean in means] == [
        pytest.approx(place) for place in ((0, 0), (0.45, 1), (0.5, 2))
    ]
    zero, *bars = [line for line in axes.lines if line.get_marker() == "None"]
    assert list(zero.get_xdata()) == [0, 0] and zero.get_linewidth() == 1
    half = 12.7062 * 0.05  # t(1) = 12.706; the two differences lie 0.05 around their mean
    assert list(bars[1].get_xdata()) == pytest.approx([0.45 - half, 0.45 + half], rel=1e-4)
    assert [list(bar.get_ydata()) for bar in bars] == [[y, y] for y in range(3)]
    assert {(line.get_markersize(), line.get_alpha()) for line in dots} == {(3, 0.6)}
    assert {line.get_markersize() for line in means} == {6} and {line.get_linewidth() for line in bars} == {2.5}
    assert {to_hex(line.get_color()) for line in (*means, *bars)} == {plots.COLORS[0].lower()}
    assert figure.get_size_inches() == pytest.approx((7.2, 1.2 + 3 * 0.42))
    low, high = axes.get_ylim()
    assert low > high  # the first at the top
    assert axes.yaxis.get_ticklocs().tolist() == [0, 1, 2]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b, LR 0.5", "c, LR 0.5", "a, LR 0.5"]
    assert not axes.spines["top"].get_visible() and not axes.spines["right"].get_visible()
    assert axes.get_xlabel() == "test loss behind b: a dot a seed; diamond and bar: mean and 95 % interval"
    assert {text.get_position()[0] for text in axes.texts} == {1.02}
    assert [text.get_position()[1] for text in axes.texts] == [0, 1, 2]
    assert {text.get_fontsize() for text in (*axes.texts, axes.xaxis.label)} == {10}
    assert axes.get_title(loc="left") == "What can be told apart, and what cannot"
    assert axes._left_title.get_fontsize() == 11


def test_ranks_say_how_firm_they_are_and_who_diverged():
    told = [text.get_text() for text in figures.rank_figure(found()).axes[0].texts]
    # c and a change places where the second seed is drawn twice: in a quarter of the draws
    assert told[0] == "rank 1 in 100%" and all(note.startswith(f"rank {i} in 7") for i, note in enumerate(told[1:], 2))
    told = [text.get_text() for text in figures.rank_figure(found(diverged=("b", 1))).axes[0].texts]
    assert [", 1 diverged" in note for note in told] == [False, False, True]


def test_ranks_by_accuracy_count_the_other_way_round():
    """The made-up accuracy is minus the loss: the same schedule is first, and behind is still to the right."""
    axes = figures.rank_figure(found("accuracy")).axes[0]
    assert [list(dot.get_xdata()) for dot in points(axes, "o")][1] == pytest.approx([0.4, 0.5])
    assert axes.get_xlabel().startswith("test accuracy behind b")


def test_results_against_the_lr_leave_out_what_never_came_to_an_end():
    tuning = FakeRace(
        [("a", lr, seed, lr + seed, 2 if lr == 1.0 and seed else None) for lr in (0.1, 1.0) for seed in (0, 1)]
        + [("gone", lr, 0, 1.0, 2) for lr in (0.1, 1.0)]
    )
    for metric, scale in (("loss", "log"), ("accuracy", "linear")):
        axes = figures.lr_figure(Comparison(tuning, None, {}, [0.1, 1.0], metric)).axes[0]
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", scale)
        assert len(axes.lines) == 1 and len(axes.collections) == 1
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("base learning rate", f"validation {metric}")
        assert axes.lines[0].get_marker() not in ("", "None")  # each LR that was tried is marked
        sign = 1 if metric == "loss" else -1
        assert axes.lines[0].get_ydata()[0] == pytest.approx(sign * 0.6)
        heights = axes.collections[0].get_paths()[0].vertices[:, 1]
        assert (min(heights), max(heights)) == pytest.approx(sorted((sign * 0.1, sign * 1.1)))


def test_how_they_learn_is_counted_from_the_first_epoch_with_its_interval():
    rows = [("a", epoch, seed, 1 / epoch + 0.1 * seed) for epoch in (1, 2, 3) for seed in (0, 1)]
    curves = pd.DataFrame(rows, columns=["schedule", "epoch", "seed", "val_loss"])
    final = type("Race", (), {"curves": curves})()
    axes = figures.learning_figure(Comparison(None, final, {"a": 0.5}, [0.5], "loss")).axes[0]
    assert list(axes.lines[0].get_xdata()) == [1, 2, 3]
    assert list(axes.lines[0].get_ydata()) == pytest.approx([1.05, 0.55, 1 / 3 + 0.05])
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    half = 12.7062 * 0.05
    assert (max(heights), min(heights)) == pytest.approx((1.05 + half, 1 / 3 + 0.05 - half), rel=1e-4)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "validation loss")
    for most, ticks in ((4, [0, 1, 2, 3, 4]), (40, [0, 5, 10, 15, 20, 25, 30, 35, 40])):
        found = axes.xaxis.get_major_locator().tick_values(0, most)
        assert [tick for tick in found if 0 <= tick <= most] == ticks  # whole epochs only
    steps = axes.xaxis.get_major_locator()._steps
    np.testing.assert_allclose(steps, [1, 2, 2.5, 5, 10])


def plain(axes):
    """The frame is gone but for the line below, and no tick stands beside a name."""
    visible = [side for side, spine in axes.spines.items() if spine.get_visible()]
    sizes = {label.get_fontsize() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    ticks = {tick.tick1line.get_markersize() for tick in axes.yaxis.get_major_ticks()}
    titles = {title.get_fontsize() for title in (axes._left_title, axes._right_title)}
    words = axes.get_title(loc="left"), axes.get_title(loc="right")
    assert words == ("← against the claim", "for the claim →")
    return visible == ["bottom"] and sizes == {10} and ticks == {0} and titles == {10}


def test_the_look_of_a_claims_picture(monkeypatch):
    axes, _ = drawn(monkeypatch, row())
    assert plain(axes)
    zero, *lines = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert (list(zero.get_xdata()), zero.get_linewidth()) == ([0, 0], 1)
    assert {line.get_linewidth() for line in lines} == {3} and {line.get_markersize() for line in axes.lines[2::2]} == {
        7
    }
    assert (axes.patches[0].get_alpha(), axes.patches[0].get_linewidth()) == (0.7, 0)
    assert axes.yaxis.get_ticks_position() == "right"
    notes = axes.figure._supxlabel
    assert (notes.get_position()[0], notes.get_ha(), notes.get_fontsize()) == (0.01, "left", 10)
    first = notes.get_text().splitlines()
    assert first[0] == "loss; grey: less than 0.1, too small to matter"
    assert max(map(len, first)) <= 92 and len(first[1]) + len(first[2].split()[0]) >= 92  # lines as full as they may be
    assert axes.figure.get_size_inches() == pytest.approx((7.2, 0.75 + 0.3 * len(SETTINGS) + 0.185 * len(first)))
    assert axes.figure.dpi == plots.DPI


def test_a_note_is_broken_at_92_letters(monkeypatch):
    for length, lines in ((92, 1), (93, 2)):
        unit = "x" * 45 + " " + "y" * (length - 46)
        axes, _ = drawn(monkeypatch, row(asked=None, unit=unit))
        assert len(axes.figure._supxlabel.get_text().splitlines()) == lines


def ledgers(*settings, visible=1.0, **more):
    return {**row(list(settings), {**ASKED, "visible": visible}), "notebook": "04.ipynb", **more}


def test_the_look_of_the_ledgers_picture():
    old = {**row([("", 2.0, 1.0, 3.0)], asked=None), "notebook": "03.ipynb"}
    figure = forest.forest([ledgers(("x", 2.0, 1.0, 3.0)), old])
    axes = figure.axes[0]
    assert plain(axes)
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((-1, 1))
    assert (axes.patches[0].get_alpha(), axes.patches[0].get_linewidth()) == (0.6, 0)
    zero, _, dot, _, hollow = axes.lines
    assert (list(zero.get_xdata()), zero.get_linewidth()) == ([0, 0], 1)
    assert dot.get_markersize() == hollow.get_markersize() == 5 and not dot.get_clip_on()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A9 (04) x", "A9 (03)"]
    assert axes.get_yticks().tolist() == [0, 1] and axes.xaxis.label.get_fontsize() == 10
    assert figure.get_figwidth() == pytest.approx(5.6) and figure.dpi == plots.DPI


@pytest.mark.parametrize(
    ("setting", "told", "color", "mark"),
    [
        (("", 2.0, 0.0, 3.0), "1 lie across 0", plots.QUIET, ("o", 2.0)),  # an end at 0 leaves it open
        (("", -2.0, -3.0, 0.0), "1 lie across 0", plots.QUIET, ("o", -2.0)),
        (("", 6.0, 5.5, 6.5), "1 lie right of 0", plots.COLORS[2], ("o", 6.0)),  # at the edge it is still a dot
        (("", -6.0, -6.5, -5.5), "1 lie left of 0", plots.COLORS[1], ("o", -6.0)),
        (("", -6.1, -6.5, -5.5), "1 lie left of 0", plots.COLORS[1], ("<", -6.0)),
    ],
)
def test_an_effect_at_an_edge_of_the_ledgers_picture(setting, told, color, mark):
    rows = [ledgers(setting)]
    assert told in forest.alt_text(rows) and forest.alt_text(rows).endswith("; 0 old.")
    last = forest.forest(rows).axes[0].lines[-1]
    assert last.get_color() == color and (last.get_marker(), last.get_xdata()[0]) == mark


def test_a_setting_without_an_interval_is_not_drawn():
    assert forest.effects([ledgers(("", 1.0, 1.0, 1.0), ("nan", math.inf, math.nan, math.nan))]) == []
    [(label, *numbers, _)] = forest.effects([ledgers(("", 1.0, 0.5, 1.5), visible=2.0, fact=False)])
    assert (label, numbers) == ("A9 (04)", [0.5, 0.25, 0.75])
