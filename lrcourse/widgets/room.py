"""All there is to play with, by the name that an address gives it."""

from functools import partial

from lrcourse.widgets.challenges import CHALLENGES, challenge
from lrcourse.widgets.controls import DEFAULTS
from lrcourse.widgets.drawing import draw_schedule
from lrcourse.widgets.driving import drive
from lrcourse.widgets.finding import finder_explorer
from lrcourse.widgets.guessing import guess
from lrcourse.widgets.playing import playground
from lrcourse.widgets.sentences import SENTENCES, sentence

# shelf: {name: (what makes the panel, what it is)}
SHELVES = {
    "Schedules": {name: (partial(playground, name), "") for name in DEFAULTS},
    "Challenges": {
        f"challenge_{name}": (partial(challenge, name), f"lesson {task.lesson}: {task.asked}")
        for name, task in CHALLENGES.items()
    },
    "More to play": {
        "drive": (drive, "hold the LR while a hiker descends in fog"),
        "draw_schedule": (draw_schedule, "draw a schedule and race it"),
        "finder_explorer": (finder_explorer, "the LR range test and its four rules"),
    },
    "Sentences whose numbers drag": {f"sentence_{name}": (partial(sentence, name), "") for name in SENTENCES},
    "Guess the curve": {
        f"guess_{name}": (partial(guess, name), "") for name in DEFAULTS if name != "reduce_on_plateau"
    },
}
ROOM = {name: make for shelf in SHELVES.values() for name, (make, _) in shelf.items()}
