"""The README's picture is the one that the course's code draws."""

import io

import numpy as np
from PIL import Image

from lrcourse.plots import png
from lrcourse.workshop import gallery


def pixels(source):
    return np.asarray(Image.open(source).convert("L"), dtype=float) / 255


def test_the_stored_picture_is_up_to_date():
    stored, fresh = pixels(gallery.PICTURE), pixels(io.BytesIO(png(gallery.gallery())))
    assert stored.shape == fresh.shape
    assert np.abs(stored - fresh).mean() < 0.002  # letters may differ by a shade between machines, curves may not


def test_a_schedule_that_changed_would_show(monkeypatch):
    name, lesson, color, _ = gallery.SCHEDULES[0]
    changed = [(name, lesson, color, lambda step: 0.05), *gallery.SCHEDULES[1:]]
    monkeypatch.setattr(gallery, "SCHEDULES", changed)
    assert np.abs(pixels(gallery.PICTURE) - pixels(io.BytesIO(png(gallery.gallery())))).mean() > 0.002
