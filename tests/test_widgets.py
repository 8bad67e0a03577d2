"""The playground without a browser: its code run by torch, its curve read back from the SVG, its words, its picture."""

import base64
import io
import json
import math
import random
import re
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lrcourse import play, schedules
from lrcourse.data import load
from lrcourse.exercises import learner
from lrcourse.finder import find_lr
from lrcourse.landscapes import SURFACES, descend
from lrcourse.scene import STYLES
from lrcourse.schedules import constant, cosine, curve, warmup
from lrcourse.training import batch_order, build
from lrcourse.widgets import draw_schedule, drive, finder_explorer, guess, playground
from lrcourse.widgets.controls import DEFAULTS, arguments
from lrcourse.widgets.crowd import HIKERS, walk_under, walk_watching
from lrcourse.widgets.drawing import network
from lrcourse.widgets.finding import ramp_losses
from lrcourse.widgets.panes import STYLES as ARMS
from lrcourse.widgets.pitfalls import traps
from lrcourse.widgets.watching import reduce_on_plateau

ROOT = Path(play.__file__).parents[1]
COMBINATORS = {"join", "chain", "scale", "stretch", "interpolate", "warmup", "curve"}
PURE = [name for name in DEFAULTS if name != "reduce_on_plateau"]
EVERY = pytest.mark.parametrize("name", PURE)


def move(panel, **positions):
    """What the browser does: write the whole state."""
    panel.state = {**panel.state, **positions}


def put(panel, **values):
    """Move controls to values."""
    move(panel, **{name: panel._controls[name].values.index(value) for name, value in values.items()})


def elements(svg, kind, cls):
    return [e for e in ET.fromstring(svg).iter(kind) if cls in e.get("class", "").split()]


def points(path):
    return [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.-]+,[\d.-]+", path.get("d"))]


def scale_of(svg, along):
    """From pixels to data, found as a reader does: by two tick labels of the first axes that has them."""
    words = [(e.text, float(e.get("x")), float(e.get("y")), e.get("text-anchor")) for e in elements(svg, "text", "ink")]
    if along == "y":
        left = next(x for _, x, _, anchor in words if anchor == "end" and x < 60)
        labels = [(float(text), y - 4) for text, x, y, _ in words if x == left]
        labels = labels[: next((i for i in range(1, len(labels)) if labels[i][1] > labels[i - 1][1]), None)]
    else:
        labels = [(float(text), x) for text, x, _, anchor in words if anchor == "middle"]
    (a, p), (b, q) = labels[0], labels[-1]
    return lambda pixel: a + (b - a) * (pixel - p) / (q - p)


def drawn_lrs(panel, style="s0"):
    """The LR curve that a learner sees, as (step, LR) pairs."""
    svg, back = panel.view["panes"][0], panel.backs[0]
    to_step, to_lr = (scale_of(f"<svg>{back}{svg}</svg>", along) for along in "xy")
    return without_risers([(to_step(x), to_lr(y)) for x, y in points(elements(svg, "path", style)[0])])


def without_risers(line):
    """Where the line is upright its upper or lower end counts: the value from that step on."""
    return [
        point for point, after in zip(line, [*line[1:], (math.inf, 0.0)], strict=True) if after[0] - point[0] > 0.01
    ]


def test_every_schedule_has_a_playground():
    factories = {name for name in schedules.__all__ if name.islower()}
    assert factories - COMBINATORS == set(PURE)


def torch_lrs(code, steps, seconds_per_step=0.0):
    """The LRs that torch uses when it runs the code, one a step."""
    clock = [0.0]
    code = code.replace("time.monotonic()", "clock[0]")
    names = {"model": torch.nn.Linear(1, 1), "clock": clock}
    exec(code, names)
    lrs = []
    for _ in range(steps):
        lrs.append(names["optimizer"].param_groups[0]["lr"])
        names["optimizer"].step()
        clock[0] += seconds_per_step
        if "scheduler" in names and len(lrs) < steps:
            names["scheduler"].step()
    return lrs


@EVERY
def test_torch_code_gives_the_curve(name):
    draw, panel, tried = random.Random(0), playground(name), 0
    while tried < 6:
        positions = {c.name: draw.randrange(len(c.values)) for c in panel._controls.values()} if tried else {}
        move(panel, **positions)
        values = panel.values()
        given = arguments(getattr(schedules, name), values)
        if "This cannot be" in str(panel.view["warnings"]):
            continue  # refused, and said so: drawn again
        steps = min(150, given["total_steps"]) if name == "one_cycle" else 150
        seconds = values.get("seconds_per_step", 1)
        schedule = getattr(schedules, name)(**given)
        ours = [schedule(step * seconds) for step in range(steps)]
        assert torch_lrs(panel.view["code"], steps, seconds) == pytest.approx(ours, rel=1e-9, abs=1e-15), given
        tried += 1


@EVERY
def test_drawn_curve_is_the_schedule(name):
    panel = playground(name)
    seconds = panel.values().get("seconds_per_step", 1)
    schedule = getattr(schedules, name)(**DEFAULTS[name])
    drawn = drawn_lrs(panel)
    assert len(drawn) == 100
    for step, (x, lr) in enumerate(drawn):
        assert x == pytest.approx(step, abs=0.02)
        assert lr == pytest.approx(schedule(step * seconds), abs=0.15 / 1000)


def test_plateau_watches_the_loss_as_torch_does():
    for patience in (2, 10):
        panel = playground("reduce_on_plateau", steps=200, patience=patience)
        names = {"model": torch.nn.Linear(1, 1)}
        exec(panel.view["code"], names)
        plan = reduce_on_plateau(0.1, 0.5, patience)
        path = descend(SURFACES["noisy"], plan, 200, watch=plan.watch)
        theirs = []
        for loss in [SURFACES["noisy"].loss(*point) for point in path[1:]]:
            theirs.append(names["optimizer"].param_groups[0]["lr"])
            names["optimizer"].step()
            names["scheduler"].step(loss)
        assert plan.lrs == pytest.approx(theirs, rel=1e-12)
        assert len(set(theirs)) > 3
        assert [lr for _, lr in drawn_lrs(panel)] == pytest.approx(theirs, abs=1e-4)


def test_a_schedule_of_ones_own():
    def warm_cosine(base_lr=0.1, warmup_steps=10, T_max=90, tilt=0.5):
        return warmup(cosine(base_lr * tilt, T_max), warmup_steps)

    panel = playground(warm_cosine)
    assert [c.name for c in panel._controls.values()][:4] == ["base_lr", "warmup_steps", "T_max", "tilt"]
    put(panel, T_max=60)
    names = {"model": torch.nn.Linear(1, 1), "warm_cosine": warm_cosine}
    exec(panel.view["code"], names)
    for step in range(100):
        expected = warm_cosine(T_max=60)(step)
        assert names["optimizer"].param_groups[0]["lr"] == pytest.approx(expected, rel=1e-12)
        assert drawn_lrs(panel)[step][1] == pytest.approx(expected, abs=2e-4)
        names["optimizer"].step()
        names["scheduler"].step()


def test_the_words_tell_the_final_loss():
    panel = playground("cosine", surface="bowl", T_max=80)
    w = torch.tensor(SURFACES["bowl"].start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=80, eta_min=0.001)
    for _ in range(100):
        optimizer.zero_grad()
        (2 * w[0] ** 2 + w[1] ** 2).backward()
        optimizer.step()
        scheduler.step()
    assert f"cosine ends at loss {(2 * w[0] ** 2 + w[1] ** 2).item():.3g}" in panel.view["status"]


TRAPS = [
    ("linear_warmup", {"warmup_steps": 150}, "warmup takes 150 steps and the run has 100"),
    ("cosine", {"T_max": 50}, "T_max = 50 is shorter"),
    ("cosine", {"T_max": 200}, "T_max = 200 is longer"),
    ("one_cycle", {"total_steps": 60}, "OneCycleLR raises an error"),
    ("constant", {"base_lr": 0.25}, "In 100 of 100 steps, first at step 0, the LR is above 2/λ = 0.2"),
    ("polynomial", {"total_iters": 50}, "under a thousandth"),
    ("cyclic", {"base_lr": 0.2, "max_lr": 0.1}, "This cannot be: max_lr"),
    ("wsd", {"warmup_steps": 60, "cooldown_steps": 60}, "This cannot be: warmup_steps + cooldown_steps"),
    (
        "reduce_on_plateau",
        {"base_lr": 0.001, "min_lr": 0.01},
        "min_lr = 0.01 is above the LR of 0.001: it is never cut",
    ),
]


@pytest.mark.parametrize(("name", "values", "words"), TRAPS)
def test_a_trap_is_named(name, values, words):
    panel = playground(name)
    assert panel.view["warnings"] == []
    put(panel, **values)
    assert words in " ".join(panel.view["warnings"])
    move(panel, **{control.name: control.default for control in panel._controls.values()})
    assert panel.view["warnings"] == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", DEFAULTS)
def test_a_trap_is_told_in_the_panel_and_not_below_the_cell(name):
    panel, draw = playground(name), random.Random(name)
    sliders = [control for control in panel._controls.values() if control.kind == "slider" and control.group == name]
    for _ in range(6):
        move(panel, **{control.name: draw.randrange(len(control.values)) for control in sliders})


def test_torch_does_raise_where_the_trap_says_so():
    panel = playground("one_cycle", total_steps=60)
    torch_lrs(panel.view["code"], 60)
    with pytest.raises(ValueError, match="60"):
        torch_lrs(panel.view["code"], 62)


def test_momentum_moves_the_edge():
    over = curve(constant(0.2), 10)
    assert len(traps({}, 10, over, SURFACES["ravine"], momentum=0.0)) == 1
    assert traps({}, 10, over, SURFACES["ravine"], momentum=0.9) == []


def test_a_run_that_diverges_says_so_and_stays_drawable():
    panel = playground("constant", base_lr=1.0)
    assert re.search(r"constant diverges: loss [\d.e+]+ after \d+ steps", panel.view["status"])
    for svg in panel.view["panes"]:
        paths = "".join(path.get("d") for path in ET.fromstring(svg).iter("path"))
        assert paths and not re.search("[a-z]", paths.replace("h0", ""))
        assert all(abs(float(number)) <= 5000 for number in re.findall(r"[\d.-]+", paths))


def test_several_schedules_overlaid():
    panel = playground("step_decay")
    move(panel, **{"with cosine": 1, "with one_cycle": 1})
    for style, expected in [
        ("s0", schedules.step_decay(0.1, 20, 0.5)),
        ("s1", cosine(0.1, 100)),
        ("s2", schedules.one_cycle(0.1, 100)),
    ]:
        assert [lr for _, lr in drawn_lrs(panel, style)] == pytest.approx(curve(expected, 100), abs=2e-4)
    assert all(word in panel.view["status"] for word in ("step_decay ends", "cosine ends", "one_cycle ends"))


def test_scenery_is_not_sent_again():
    panel, sent = playground("cosine"), []
    panel.live().observe(lambda change: sent.append(change), "backs")
    put(panel, T_max=60)
    sent.clear()
    put(panel, T_max=50)
    assert sent == []
    put(panel, surface="bowl")
    assert len(sent) == 1


def test_a_crowd_descends_as_torch_does():
    """Fifty rows of one tensor, each with its own noise, under SGD with momentum: the same places to the last digit."""
    surface, lrs, momentum = SURFACES["noisy"], curve(cosine(0.1, 40), 40), 0.5
    crowd = walk_under(surface, lrs, momentum)
    w = torch.tensor([surface.start] * len(HIKERS), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=momentum)
    draws = [random.Random(seed) for seed in HIKERS]
    for step, lr in enumerate(lrs):
        noise = torch.tensor([[draw.gauss(0, surface.noise) for _ in "xy"] for draw in draws], dtype=torch.float64)
        optimizer.param_groups[0]["lr"] = lr
        w.grad = 10.0 * w.detach() + noise
        optimizer.step()
        assert np.array(crowd.points(step + 1)) == pytest.approx(w.detach().numpy(), rel=1e-9, abs=1e-12)
    losses = 5 * (w.detach() ** 2).sum(dim=1)
    assert crowd.means[-1] == pytest.approx(losses.mean().item())
    assert crowd.ninth_tenth(40) == pytest.approx(np.quantile(losses, 0.9))


def test_who_leaves_the_map_stays_where_it_left_it():
    surface, lrs = SURFACES["noisy"], [0.6] * 40
    crowd, path = walk_under(surface, lrs), descend(surface, lrs.__getitem__, 40, seed=3)
    assert len(path) < 41 and [crowd.points(step)[3] for step in range(len(path))] == path
    assert crowd.points(40)[3] == path[-1]


def test_under_noise_the_cloud_shrinks_with_the_lr():
    def spread(name, **start):
        crowd = walk_under(SURFACES["noisy"], curve(getattr(schedules, name)(**DEFAULTS[name] | start), 100))
        return np.array(crowd.points(100)).std(axis=0).mean()

    assert spread("cosine") < 0.5 * spread("constant") and spread("step_decay") < 0.3 * spread("constant")


def test_every_hiker_watches_its_own_loss():
    plans = []

    def make():
        plans.append(reduce_on_plateau(0.1, 0.5, 3))
        return plans[-1]

    crowd = walk_watching(SURFACES["noisy"], make, 60)
    assert len(plans) == len(HIKERS) and len({tuple(plan.lrs) for plan in plans}) > len(HIKERS) / 2
    assert [crowd.points(step)[7] for step in range(61)] == descend(
        SURFACES["noisy"], plans[7].lrs.__getitem__, 60, seed=7
    )


def test_the_part_of_the_run_looked_at():
    panel = playground("cosine")
    put(panel, look=0)
    assert panel.view["status"].startswith("Step 0 of 100") and "mean loss 16 " in panel.view["status"]
    put(panel, look=50)
    crowd = walk_under(SURFACES["noisy"], curve(cosine(**DEFAULTS["cosine"]), 100))
    assert f"cosine is at mean loss {crowd.means[50]:.3g} (nine of ten" in panel.view["status"]


def test_stairs_are_upright():
    line = points(elements(playground("step_decay").view["panes"][0], "path", "s0")[0])
    risers = [(x, v - y) for (x, y), (u, v) in zip(line, line[1:], strict=False) if u == x]
    assert len(risers) == 4
    assert all(u - x < 0.01 or v == y for (x, y), (u, v) in zip(line, line[1:], strict=False))


def note(panel, **moves):
    """What the browser writes when the run at these moves is kept: every number of it, in its slider's words."""
    move(panel, **moves)
    keep = next(control for control in panel._controls.values() if control.kind == "keep")
    shown = {name: (panel._controls[name].texts or "01")[panel.state[name]] for name in keep.keeps}
    return keep.name, ", ".join(f"{name}={text}" for name, text in shown.items())


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_kept_run_lies_behind_the_present_one(name):
    """Until something is moved it is the same; then it stays, in words, as a curve and on the map."""
    panel = playground(name)
    kept, words = note(panel)
    alone = panel.view["panes"]
    move(panel, **{kept: words})
    assert "This run is kept: move on, and compare." in panel.view["status"]
    ghost, present = (elements(panel.view["panes"][0], "path", style)[0].get("d") for style in ("kept", "s0"))
    assert ghost == present and "kept run" in panel.view["panes"][1]
    move(panel, steps=0, momentum=5)  # a run of 10 steps now; the one that is kept has its 100
    assert "The kept run had length = 100 steps, momentum = 0." in panel.view["status"]
    move(panel, **{control.name: control.default for control in panel._controls.values()})
    assert panel.view["panes"] == alone and "kept" not in panel.view["status"]


def test_a_kept_run_is_torchs():
    panel = playground("cosine")
    kept, words = note(panel, T_max=59, momentum=9)
    move(panel, T_max=29, momentum=0, **{kept: words})
    assert "The kept run had T_max = 60 steps, momentum = 0.9." in panel.view["status"]
    w = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([w], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60, eta_min=0.001)
    theirs = []
    for _ in range(100):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert [lr for _, lr in drawn_lrs(panel, "kept")] == pytest.approx(theirs, abs=2e-4)
    ends = walk_under(SURFACES["noisy"], theirs, momentum=0.9).means[-1]
    assert f"kept run ends at mean loss {ends:.3g} (nine of ten" in panel.view["status"]
    first = [path.get("class") for path in ET.fromstring(panel.view["panes"][0]).iter("path")][0]
    assert first == "kept"  # behind all others


def test_a_kept_run_is_looked_at_where_the_present_one_is():
    panel = playground("cosine", steps=50)
    kept, words = note(panel)
    put(panel, steps=100, look=30)
    move(panel, **{kept: words})
    crowd = walk_under(SURFACES["noisy"], curve(cosine(**DEFAULTS["cosine"]), 50))
    assert f"kept run is at mean loss {crowd.means[30]:.3g}" in panel.view["status"]
    put(panel, look=80)  # past its end it stands where it ended
    assert f"kept run ends at mean loss {crowd.means[-1]:.3g}" in panel.view["status"]


@pytest.mark.parametrize("words", ["lost", 3, None, [1], "T_max=50 steps", "base_lr=7, T_max=1 steps", "=", ", ,"])
def test_of_a_damaged_address_nothing_is_kept(words):
    panel = playground("cosine")
    before = panel.view | {"at": None}
    move(panel, **{"kept run": words})
    assert panel.view | {"at": None} == before


def test_a_rival_does_not_take_the_style_of_a_plan_that_cannot_be():
    panel = playground("wsd")
    move(panel, **{"with constant": 1})
    before = [elements(svg, "path", "s1")[0].get("d") for svg in panel.view["panes"]]
    put(panel, warmup_steps=90, cooldown_steps=90)
    assert "This cannot be" in panel.view["warnings"][0]
    assert [elements(svg, "path", "s0") for svg in panel.view["panes"]] == [[], []]
    assert [elements(svg, "path", "s1")[0].get("d") for svg in panel.view["panes"]] == before


def test_what_cannot_be_is_not_kept():
    panel = playground("wsd")
    kept, words = note(panel, warmup_steps=90, cooldown_steps=90)
    move(panel, warmup_steps=10, cooldown_steps=20, **{kept: words})
    assert "kept" not in panel.view["status"] + panel.view["panes"][0]


def test_no_two_runs_look_alike():
    """Not by their color alone: in grey and on paper the dashes tell them apart, the kept run's width that one."""
    *others, (color, width, _) = [STYLES[style] for style in (*ARMS, "kept")]
    colors, widths, dashes = zip(*others, strict=True)
    assert len({*colors, color}) == 6 and len(set(dashes)) == 5 and width > 1.5 * max(widths)


def foreseen(panel, places, has=()):
    """The views that Python sends for these places, however many it answers with at once, and the sceneries it sent."""
    sent, views, backs, live = [], [], {}, panel.live()
    live.send = lambda message, buffers: sent.append((message["serial"], json.loads(zlib.decompress(buffers[0]))))
    while places:
        live._look_ahead(live, {"places": places, "has": [*has, *backs], "serial": len(sent)}, [])
        serial, told = sent[-1]
        assert serial == len(sent) - 1 and told["views"]  # each question is answered, each answer goes on
        assert not backs.keys() & told["backs"].keys()  # no scenery travels twice
        views, backs, places = [*views, *told["views"]], backs | told["backs"], places[len(told["views"]) :]
    return views, backs


@pytest.mark.parametrize("name", ["T_max", "base_lr", "surface", "steps"])  # the last three change the sceneries too
def test_views_drawn_ahead_are_what_the_kernel_would_show(name):
    panel = playground("cosine")
    kept, words = note(panel, T_max=59)
    move(panel, **{kept: words})
    at, names = [*panel.state].index(name), [*panel.state]
    start = [*panel.state.values()]
    positions = range(0, len(panel._controls[name].values), 7 if name != "surface" else 1)
    views, backs = foreseen(panel, [[*start[:at], position, *start[at + 1 :]] for position in positions])
    for position, view in zip(positions, views, strict=True):
        move(panel, **dict(zip(names, start, strict=True)) | {name: position})
        assert {**view, "backs": [backs[one] for one in view["backs"]]} == json.loads(
            json.dumps({**panel.view, "backs": panel.backs})
        )
    assert name == "T_max" or len(backs) > 2


def test_a_place_that_cannot_be_drawn_is_said_and_not_asked_for_again():
    def moody(base_lr=0.1, steps_of_rest=3):
        if steps_of_rest == 4:
            raise RuntimeError("not today")
        return lambda step: base_lr

    panel = playground(moody)
    at, start = [*panel.state].index("steps_of_rest"), [*panel.state.values()]
    places = [[*start[:at], position, *start[at + 1 :]] for position in (3, 4, 5)]
    views, _ = foreseen(panel, places)
    assert [view["at"] for view in views] == places and ["panes" in view for view in views] == [True, False, True]


def test_a_saved_widget_leaves_a_picture_that_the_live_one_hides(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **kwargs: shown.append(data))
    playground("cosine")._ipython_display_()
    still, live = shown
    image = re.search(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)"', still["text/html"])
    assert image[1] == still["text/plain"] and base64.b64decode(image[2]).startswith(b"\x89PNG")
    assert list(live) == ["application/vnd.jupyter.widget-view+json"]


def test_positions_out_of_range_do_no_harm():
    panel = playground("cosine")
    move(panel, T_max=10**6, eta_min=-4)
    assert panel.values()["T_max"] == 200 and panel.values()["eta_min"] == 0.0


@pytest.mark.parametrize("make", [lambda: playground("cosine"), lambda: guess("step_decay"), drive])
def test_a_picture_with_words_is_left_behind(make):
    data, metadata = make()._repr_mimebundle_()
    again, _ = make()._repr_mimebundle_()
    png = base64.b64decode(data["image/png"])
    assert png == base64.b64decode(again["image/png"])  # the same on every run, so that stored outputs stay
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.width >= 800 and len(picture.convert("RGB").getcolors(1 << 24)) > 20
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_every_widget_needs_python_alone_until_it_trains(tmp_path):
    """Made, moved, tried and told without a package, and a race is not asked for: so it runs in a browser's Python."""
    code = (
        "import sys; from lrcourse.widgets import challenge, draw_schedule, drive, guess, playground, sentence\n"
        "for panel in (playground('cosine'), guess('cosine'), drive(), challenge('beat_cosine'), sentence('cosine'),\n"
        "              challenge('rises_again'), draw_schedule()):\n"
        "    for number in (1, 2, 3):\n"
        "        panel.state = {**panel.state, 'T_max': 3, 'reveal': 1, 'one step': number, 'try': number, 'lr 0': 9}\n"
        "    assert panel.view['panes'] and panel.words()\n"
        "from lrcourse.exercises import learner\n"
        "print(sorted(learner.read()))\n"
        "print([name for name in ('numpy', 'torch', 'pandas', 'matplotlib', 'anywidget') if name in sys.modules])"
    )
    environment = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"]
    told = subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout.splitlines()
    assert told == ["['challenge beat_cosine', 'challenge rises_again', 'guess cosine']", "[]"]


def test_bad_arguments_name_themselves():
    with pytest.raises(ValueError, match="schedule must be one of .*'cosine'.* not 'cosin'"):
        playground("cosin")
    with pytest.raises(TypeError, match="cosine has no parameter T_min; it has base_lr, T_max, eta_min"):
        playground("cosine", T_min=3)
    with pytest.raises(ValueError, match="surface must be one of"):
        playground("cosine", surface="moon")
    with pytest.raises(ValueError, match="parameter shape needs a number"):
        playground(lambda shape: constant(0.1))
    with pytest.raises(ValueError, match="schedule must be one of"):
        guess("join")
    with pytest.raises(ValueError, match="steps must be"):
        drive(steps=0)


@pytest.fixture
def kept(monkeypatch):
    """What is kept of the learner's progress, for this test alone."""
    entries = {}
    monkeypatch.setattr(learner, "read", lambda: entries)
    monkeypatch.setattr(learner, "note", lambda name, **news: entries.setdefault(name, {}).update(news))
    return entries


def test_guess_reveals_only_when_asked(kept):
    panel = guess("step_decay")
    assert elements(panel.view["panes"][0], "path", "s0") == []
    move(panel, reveal=1)
    expected = curve(schedules.step_decay(0.1, 20, 0.5), 100)
    assert [lr for _, lr in drawn_lrs(panel)] == pytest.approx(expected, abs=2e-4)
    assert "step 20: 0.05, you said 0.075" in panel.view["status"]
    assert "step 90: 0.00625" in panel.view["status"]
    move(panel, another=1)
    assert panel.state["reveal"] == 0
    assert elements(panel.view["panes"][0], "path", "s0") == []


def test_a_guess_stands_once_the_curve_is_shown_and_is_carried_on(kept):
    panel = guess("step_decay")
    move(panel, reveal=1)
    off = (0.025 + 0.05 + 0.06875) / 3  # said 0.075 thrice; it is 0.05, 0.025, 0.00625
    assert kept["guess step_decay"] == {"questions": {"0": round(off / 0.1, 4)}, "score": round(100 - 100 * off / 0.1)}
    said = panel.view["status"]
    put(panel, **{"guess 0": 0.05, "guess 1": 0.025})  # after the reveal everybody knows
    assert panel.view["status"] == said and panel.values()["guess 0"] == 0.075
    move(panel, reveal=0)
    put(panel, **{"guess 0": 0.05, "guess 1": 0.025, "guess 2": 0.0075})
    move(panel, reveal=1)
    assert kept["guess step_decay"]["questions"] == {"0": round(off / 0.1, 4)}  # the first answer counts
    other = guess("step_decay")  # in another cell
    move(other, another=1)
    move(other, reveal=1)
    assert (
        set(kept["guess step_decay"]["questions"]) == {"0", "1"} and "2 of these guessed so far" in other.view["status"]
    )


@EVERY
def test_guess_asks_questions_that_can_be_answered(name):
    panel = guess(name)
    questions = {json.dumps(panel.question(number)) for number in range(4)}
    assert len(questions) == (1 if name == "constant" else 4)
    for number in range(4):
        assert 0 < max(panel.answer(panel.question(number))) <= panel._top


def drive_at(lrs, surface):
    """A finished drive at these LRs."""
    panel = drive(steps=len(lrs))
    put(panel, surface=surface)
    for count, lr in enumerate(lrs, start=1):
        put(panel, lr=lr)
        move(panel, **{"one step": count})
    return panel


def test_drive_descends_at_the_hand_of_the_reader():
    panel = drive_at([0.05] * 30, "ravine")
    w = torch.tensor(SURFACES["ravine"].start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.05)
    for _ in range(30):
        optimizer.zero_grad()
        (0.25 * w[0] ** 2 + 8 * w[1] ** 2).backward()
        optimizer.step()
    assert f"your final loss {(0.25 * w[0] ** 2 + 8 * w[1] ** 2).item():.3g};" in panel.view["status"]
    assert [lr for _, lr in drawn_lrs(panel)] == pytest.approx([0.05] * 30, abs=2e-4)


def test_drive_keeps_the_map_in_fog_until_the_end():
    panel = drive(steps=5)
    fog = lambda: elements(panel.view["panes"][1], "path", "fog")  # noqa: E731
    for count in range(1, 6):
        assert len(fog()) == 1
        move(panel, **{"one step": count})
    assert panel.backs[1].startswith("<svg") and fog() == []
    assert elements(panel.view["panes"][0], "path", "s1") and "cosine" in panel.view["status"]
    move(panel, **{"one step": 9})
    assert len(panel._lrs) == 5
    move(panel, again=1)
    assert panel._lrs == [] and len(fog()) == 1


def test_drive_walks_only_while_told_to_and_by_one_step_a_tick():
    panel = drive(steps=20)
    assert panel.view["clock"] == 0
    move(panel, walk=1)
    assert panel.view["clock"] == 200 and len(panel._lrs) == 0
    move(panel, tick=1)
    move(panel, tick=5)  # four ticks came late: one step, or the hiker would run away from the hand
    assert len(panel._lrs) == 2
    put(panel, lr=0.2)
    assert len(panel._lrs) == 2
    move(panel, walk=0)
    assert panel.view["clock"] == 0


def test_drive_says_when_the_hiker_left_the_map():
    panel = drive_at([1.0] * 40, "ravine")
    assert "left the map at step" in panel.view["status"] and len(panel._lrs) < 40


def test_the_score_is_that_of_replaying_the_drive():
    panel = drive_at([0.1] * 15 + [0.01] * 15, "noisy")
    plan = schedules.join([constant(0.1), constant(0.01)], at=[15])
    ground, seeds = SURFACES["noisy"], range(2000, 2020)
    yours = sum(ground.loss(*descend(ground, plan, 30, seed=seed)[-1]) for seed in seeds) / len(seeds)
    assert f"your final loss {yours:.3g}, mean over 20 draws" in panel.view["status"]


def test_a_drawing_is_the_polygon_through_its_corners():
    panel = draw_schedule()
    put(panel, **{"lr 0": 0.1, "lr 15": 0.8, "lr 60": 0.2, "lr 120": 0.0})
    heights = [panel.values()[f"lr {at}"] for at in range(0, 121, 15)]
    expected = np.interp(range(130), range(0, 121, 15), heights)
    assert [panel.schedule(step) for step in range(130)] == pytest.approx(list(expected), abs=1e-12)
    assert [lr for _, lr in drawn_lrs(panel)] == pytest.approx(list(expected[:121]), abs=2e-3)
    assert torch_lrs(panel.view["code"], 120) == pytest.approx(list(expected[:120]), rel=1e-9, abs=1e-15)


def test_a_drawing_races_and_a_changed_one_forgets_it():
    panel = draw_schedule()
    for at in range(0, 121, 15):
        put(panel, **{f"lr {at}": 0.8})
    move(panel, race=1)
    losses = {name: sum(found) / len(found) for name, (_, found) in panel._raced[1].items()}
    # a flat drawing at 0.8 is the constant schedule at 0.8, which is in the grid: no better than the grid's best
    constant_lr, constant_losses = panel._raced[1]["constant"]
    yours = panel._raced[1]["yours"][1]
    assert constant_lr == 0.8 and yours == pytest.approx(constant_losses, rel=1e-4)
    for name, loss in losses.items():
        assert f"{name} {loss:.3f}" in panel.view["status"]
    assert len(elements(panel.view["panes"][1], "path", "dots")) == 4
    put(panel, **{"lr 0": 0.1})
    assert "race it" in panel.view["status"]
    assert elements(panel.view["panes"][1], "path", "dots") == []


def test_finder_shows_the_range_test_of_the_package():
    panel = finder_explorer()
    lrs, losses = ramp_losses(1e-4, 10.0, 100, 0)
    data, model = load("digits"), build(network, 0)
    rows = [rows for epoch in range(9) for rows in batch_order(len(data.x_train), 0, epoch).split(64)]
    batches = [(data.x_train[r], data.y_train[r]) for r in rows]
    theirs = find_lr(model, batches, torch.optim.SGD(model.parameters(), lr=1.0), min_lr=1e-4, max_lr=10.0)
    assert lrs[: len(theirs.lrs)] == pytest.approx(theirs.lrs, rel=1e-9)
    assert losses[: len(theirs.losses)] == pytest.approx(theirs.losses, rel=1e-4)
    for rule, lr in theirs.suggestions.items():
        assert f"{rule} {lr:.2g}" in panel.view["status"]
    before = panel.view["status"]
    put(panel, smoothing=0.0)
    assert panel.view["status"] != before


def test_finder_leaves_the_global_generators_alone():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    ramp_losses.cache_clear()
    ramp_losses(1e-4, 10.0, 40, 1)
    assert torch.equal(torch.rand(3), wanted)


def test_play_refuses_what_it_does_not_know(capsys):
    with pytest.raises(SystemExit) as end:
        play.main(["cosin"])
    assert end.value.code == 2 and "'cosine'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        play.main(["--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in ("cosine_restarts", "drive", "draw_schedule", "finder_explorer", "guess_"))
    with pytest.raises(SystemExit):
        play.main(["--port", "99999"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert play.main(["--no-browser", "--port", str(taken.getsockname()[1])]) == 1
    assert "cannot be used" in capsys.readouterr().out
