# Run by two Pythons: the views of every playground, guess and game in many states, a line for each.
import hashlib
import json
import random

from lrcourse.site import browser  # noqa: F401  (scores of guesses stay in memory)
from lrcourse.widgets.controls import DEFAULTS
from lrcourse.widgets.room import ROOM


def line(name, state, view):
    text = json.dumps([state, view])
    print(name, hashlib.sha256(text.encode()).hexdigest()[:16], view["status"], sep="\t")


def states(panel, draw, count):
    """Where the controls may stand: as they are, each slider at its ends, and somewhere at random."""
    specs = [spec for spec in panel.specs if spec["kind"] != "button"]
    most = {spec["name"]: max(len(spec["texts"]), 2) - 1 for spec in specs}
    for name, high in most.items():
        yield {name: 0}
        yield {name: high}
    for _ in range(count):
        yield {name: draw.randint(0, high) for name, high in most.items()}


def show(name, panel, count):
    line(name, panel.state, panel.view)
    start = dict(panel.state)
    for change in states(panel, random.Random(name), count):
        panel.state = {**start, **change}
        line(name, panel.state, panel.view)


for name, make in ROOM.items():
    if name == "finder_explorer":  # it trains by torch
        continue
    show(name, make(), 6 if name in DEFAULTS else 2)
show("playground on a bowl", ROOM["cosine"].func("cosine", surface="bowl"), 3)
kept = "base_lr=0.1, T_max=60 steps, eta_min=0.001, steps=80 steps, momentum=0.9"
for name in ("cosine", "cosine_restarts"):  # of the second one the words name no run
    panel = ROOM[name]()
    panel.state = {**panel.state, "eta_min": 3, "kept run": kept}
    line(f"{name} before a kept run", panel.state, panel.view)
game = ROOM["drive"](steps=12)
for i in range(14):
    game.state = {**game.state, "lr": (7 * i) % 80, "one step": i}
    line("drive", game.state, game.view)
