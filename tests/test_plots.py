"""The house style: what is drawn is what was given, every picture has its alt text, bad input is refused."""

import base64
import io
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from lrcourse import plots

HALVED = [0.1] * 20 + [0.05] * 20


def line(fig, axes=0, i=0):
    return np.array(fig.axes[axes].lines[i].get_xydata())


def test_lr_curve_draws_the_numbers_and_a_drop_upright():
    drawn = line(plots.lr_curve(HALVED, title="One drop"))
    assert [tuple(point) for point in drawn[18:23]] == [(18, 0.1), (19, 0.1), (20, 0.1), (20, 0.05), (21, 0.05)]


def test_lr_curve_leaves_smooth_curves_and_triangles_alone():
    for values in (0.95 ** np.arange(100), 1 + np.cos(np.linspace(0, 3.14, 50)), np.abs(np.arange(80) % 40 - 20)):
        assert np.array_equal(line(plots.lr_curve(values, title="Smooth")), np.c_[np.arange(len(values)), values])


def test_lr_axis_starts_at_zero_and_holds_every_curve():
    low, high = plots.lr_curve({"a": HALVED, "b": [0.3] * 40}, title="Two").axes[0].get_ylim()
    assert low == 0 and 0.3 < high < 0.4


def test_an_lr_of_zero_throughout_can_be_drawn():
    assert plots.lr_curve([0.0, 0.0], title="Nothing").axes[0].get_ylim() == (0, 1)


def test_loss_and_lr_share_the_x_axis():
    run = SimpleNamespace(loss=np.linspace(2, 1, 40), lr=HALVED)
    fig = plots.loss_and_lr({"mine": run}, title="It falls", smooth=5)
    above, below = fig.axes
    assert above.get_shared_x_axes().joined(above, below)
    assert np.array_equal(above.lines[0].get_ydata(), run.loss)
    assert above.lines[1].get_ydata()[20] == pytest.approx(np.mean(run.loss[18:23]))  # centred
    assert above.lines[1].get_ydata()[-1] == pytest.approx(np.mean(run.loss[-3:]))
    assert set(below.lines[0].get_ydata()) == {0.1, 0.05}


def test_held_out_losses_stand_beside_the_training_losses_in_their_run_s_color():
    runs = {name: SimpleNamespace(loss=[3.0, 2.0, 1.0], lr=[0.1] * 3) for name in "ab"}
    fig = plots.loss_and_lr(runs, title="Two", held_out={"b": ([0, 2], [3.5, 1.5])})
    dots = fig.axes[0].lines[-1]
    assert dots.get_xydata().tolist() == [[0, 3.5], [2, 1.5]] and dots.get_color() == plots.COLORS[1]
    with pytest.raises(ValueError, match="held_out must be named as the runs are"):
        plots.loss_and_lr(runs, title="Two", held_out={"c": ([0], [1])})


@pytest.mark.parametrize("epochs", [4, 7, 12, 20, 30, 100])
def test_no_tick_stands_at_half_an_epoch(epochs):
    ticks = plots.lr_curve([0.1] * epochs, title="Epochs").axes[0].get_xticks()
    assert np.array_equal(ticks, np.round(ticks))


def test_names_of_lines_that_end_at_the_bottom_stay_beside_the_axis():
    fig = plots.lr_curve({n: [1.0, 0.0] for n in "abc"}, title="All end at 0")
    assert min(text.xyann[1] for text in fig.axes[0].texts) >= 0


def test_a_running_mean_is_the_mean_of_what_lies_around():
    x = np.random.default_rng(0).random(40)
    for width in (1, 2, 5, 8, 60):
        around = [x[max(0, i - width // 2) : i + (width + 1) // 2].mean() for i in range(40)]
        assert plots.running_mean(x, width) == pytest.approx(around)


def test_a_diverged_loss_is_drawn_as_far_as_it_goes():
    run = SimpleNamespace(loss=[1.0, 5.0, float("inf"), float("nan")], lr=[0.1] * 4)
    assert np.array_equal(line(plots.loss_and_lr(run, title="Gone"))[:, 1], [1, 5, np.nan, np.nan], equal_nan=True)


def test_names_of_lines_that_end_together_stand_apart_at_their_ends():
    fig = plots.compare_curves({n: [1.0, 2.0] for n in "abcd"}, title="Same", xlabel="x", ylabel="y")
    heights = sorted(text.xyann[1] for text in fig.axes[0].texts)
    assert [text.get_text() for text in fig.axes[0].texts] == list("abcd")
    assert min(np.diff(heights)) > 0.08
    assert fig.axes[0].get_legend() is None


def test_the_legend_of_held_out_losses_wears_the_color_of_no_run():
    run = SimpleNamespace(loss=[3.0, 2.0, 1.0], lr=[0.1] * 3)
    for names in (["a", "b"], ["a", "b", "c"]):
        fig = plots.loss_and_lr(
            dict.fromkeys(names, run), title="Runs", held_out=dict.fromkeys(names, ([0, 2], [3.0, 2.0]))
        )
        handles = fig.axes[0].get_legend().legend_handles
        assert {handle.get_color() for handle in handles} == {plots.QUIET}


def test_lines_that_end_apart_get_a_legend():
    fig = plots.compare_curves({"long": [1, 2, 3], "short": [1, 2]}, title="Two", xlabel="x", ylabel="y")
    assert [text.get_text() for text in fig.axes[0].get_legend().get_texts()] == ["long", "short"]


def test_the_legend_shows_every_pattern_of_dashes_twice():
    curves = {"long": [1, 2, 3], "short": [1, 2], "last": [1, 3]}
    fig = plots.compare_curves(curves, title="Three", xlabel="x", ylabel="y", markers=True)
    for handle, (_, dashes) in zip(fig.axes[0].get_legend().legend_handles[1:], plots.STYLES[1:3], strict=True):
        assert np.ptp(handle.get_xdata()) >= 2 * sum(dashes) * handle.get_linewidth()


def test_bands_lie_where_they_were_given():
    fig = plots.compare_curves(
        {"a": ([1, 10], [2, 3])}, bands={"a": ([1, 2], [3, 4])}, title="B", xlabel="x", ylabel="y", log_x=True
    )
    corners = {tuple(vertex) for vertex in fig.axes[0].collections[0].get_paths()[0].vertices}
    assert {(1, 1), (1, 3), (10, 2), (10, 4)} <= corners
    assert fig.axes[0].get_xscale() == "log"


def test_logarithmic_axes_carry_plain_numbers():
    fig = plots.compare_curves({"a": ([2, 16], [0.001, 1])}, title="L", xlabel="x", ylabel="y", log_x=True, log_y=True)
    fig.draw_without_rendering()
    x, y = fig.axes[0].xaxis, fig.axes[0].yaxis
    assert {"2", "5", "10"} <= {label.get_text() for label in [*x.get_majorticklabels(), *x.get_minorticklabels()]}
    assert {"0.001", "0.01", "0.1", "1"} <= {label.get_text() for label in y.get_majorticklabels()}
    assert {label.get_text() for label in y.get_minorticklabels()} <= {""}


def test_ten_lines_look_different_from_one_another_also_in_grey():
    looks = [plots._look(i) for i in range(10)]
    assert len({look["color"] for look in looks}) == 10
    assert len({look["linestyle"] for look in looks[:5]}) == 5
    lines = plots.compare_curves(
        {str(i): [i, i] for i in range(10)}, title="t", xlabel="x", ylabel="y", markers=True
    ).axes[0]
    assert len({(line.get_marker(), str(line._unscaled_dash_pattern)) for line in lines.lines}) == 10


def test_colors_stand_out_from_white():
    for color in [*plots.COLORS, *plots.FURTHER]:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
        luminance = np.dot(linear, [0.2126, 0.7152, 0.0722])
        assert 1.05 / (luminance + 0.05) >= 3  # WCAG 2.2, 1.4.11


def test_show_stores_the_alt_text_and_says_it_below_the_picture(monkeypatch):
    outputs = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, metadata=None, raw=False: outputs.append((data, metadata))
    )
    alt = "The LR halves at epoch 20, from 0.1 to 0.05 & stays <there>."
    plots.show(plots.lr_curve(HALVED, title="One drop"), alt=alt)
    (shown, metadata), (caption, _) = outputs
    assert metadata["image/png"]["alt"] == alt == shown["text/plain"] == caption["text/plain"]
    assert "&amp; stays &lt;there&gt;" in caption["text/html"]
    image = Image.open(io.BytesIO(base64.b64decode(shown["image/png"])))
    assert image.size == (2 * metadata["image/png"]["width"], 2 * metadata["image/png"]["height"])


def test_pictures_are_small_and_the_same_every_time():
    noise = np.random.default_rng(0).normal(scale=0.05, size=(2, 300))
    curves = dict(zip("ab", np.exp(-np.arange(300) / 80) + noise, strict=True))
    first, second = (
        plots.png(plots.compare_curves(curves, title="Noise", xlabel="step", ylabel="loss")) for _ in range(2)
    )
    assert first == second and len(first) < 60_000


def test_plots_leave_pyplot_alone():
    code = """if True:
        import sys, lrcourse.plots as p
        before = len(sys.modules)
        p.png(p.lr_curve([0.1, 0.2], title="t"))
        assert "matplotlib.pyplot" not in sys.modules
        print("drawn")"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "drawn\n"


@pytest.mark.parametrize("alt", ["", "  ", None, 3])
def test_a_picture_without_alt_text_is_refused(alt):
    with pytest.raises(ValueError, match="alt must be a sentence"):
        plots.show(plots.lr_curve([0.1, 0.2], title="t"), alt=alt)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plots.lr_curve({}, title="t"), "curves must be a dict of 1 to 10"),
        (lambda: plots.lr_curve({str(i): [1] for i in range(11)}, title="t"), "curves must be a dict of 1 to 10"),
        (lambda: plots.lr_curve([], title="t"), "with a finite number in it"),
        (lambda: plots.lr_curve([float("nan")] * 3, title="t"), "with a finite number in it"),
        (lambda: plots.lr_curve([[0.1, 0.2]], title="t"), "one-dimensional"),
        (lambda: plots.compare_curves([1, 2], title="t", xlabel="x", ylabel="y"), "curves must be a dict"),
        (lambda: plots.compare_curves({"a": ([1], [1, 2])}, title="t", xlabel="x", ylabel="y"), "must hold 2 numbers"),
        (
            lambda: plots.compare_curves({"a": [1]}, bands={"b": ([1], [1])}, title="t", xlabel="x", ylabel="y"),
            "bands must be named as the curves are",
        ),
        (lambda: plots.loss_and_lr(SimpleNamespace(loss=[1, 2], lr=[1]), title="t"), "must be equally long: 2, 1"),
        (lambda: plots.loss_and_lr(SimpleNamespace(loss=[1], lr=[1]), title="t", smooth=0), "smooth must be"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_is_no_number_or_no_figure_is_refused():
    with pytest.raises(TypeError, match="must be a sequence of numbers"):
        plots.lr_curve({"a": "fast"}, title="t")
    with pytest.raises(TypeError, match="fig must be a matplotlib Figure"):
        plots.png("a.png")
