"""The learner's progress while a page is open: the page hands it in, and keeps what is new for the next time."""

import json
import sys

from lrcourse.exercises import learner


class Kept:
    """What lrcourse.exercises.learner keeps its entries in."""

    def __init__(self):
        self.entries, self.changed = {}, False

    def read(self):
        """{name: entry} of all that was tried."""
        return self.entries

    def write(self, entries):
        """Keep these entries, and tell the page with the next answer."""
        self.entries, self.changed = entries, True


KEPT = Kept()
if sys.platform == "emscripten":  # a browser's Python; elsewhere, as under a test of this file, nothing is moved
    learner.keep_in(KEPT)


def restore(entries):
    """Go on from what the page has kept."""
    KEPT.entries = json.loads(entries)
    return ""


def told(**said):
    """An answer for the page as JSON, with the progress where it changed."""
    if KEPT.changed:
        KEPT.changed = False
        said["kept"] = KEPT.entries
    return json.dumps(said)
