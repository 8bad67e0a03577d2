"""Where the lessons are played with: something at the start, a guess before the curve, a challenge before the end."""

import re
from pathlib import Path

import nbformat
import pytest

from lrcourse import schedules
from lrcourse.landscapes import SURFACES
from lrcourse.scene import to_svg
from lrcourse.widgets import guess, playground
from lrcourse.widgets.challenges import CHALLENGES
from lrcourse.widgets.panes import land

CALL = re.compile(r"\b(drive|guess|playground|sentence|challenge|draw_schedule|finder_explorer)\((.*?)[,)]")
LESSONS = {path.stem[:2]: path for path in sorted(Path(__file__).parents[1].glob("notebooks/[01]*.ipynb"))}


def shown(lesson):
    """(widget, its first argument) for every widget that a lesson's code makes, in their order."""
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    return CALL.findall("\n".join(cell.source for cell in cells if cell.cell_type == "code"))


def test_the_first_lesson_opens_with_a_drive():
    """Before its first heading, after the imports."""
    cells = nbformat.read(LESSONS["00"], as_version=4).cells[1:]
    first = next(i for i, cell in enumerate(cells) if cell.cell_type == "markdown")
    assert cells[first - 1].source == "drive()" and first == 2
    assert "lrc-still" in "".join(cells[first - 1].outputs[0].data["text/html"])  # drawn before anything is run


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if lesson >= "02"])
def test_a_lesson_has_its_challenge(lesson):
    names = [given.strip("\"'") for widget, given in shown(lesson) if widget == "challenge"]
    assert names and all(CHALLENGES[name].lesson == lesson for name in names)


@pytest.mark.parametrize("lesson", ["03", "04", "08", "09"])
def test_a_lesson_that_turns_on_one_number_has_a_sentence_with_it(lesson):
    assert "sentence" in dict(shown(lesson))


@pytest.mark.parametrize("lesson", ["10", "13"])
def test_a_schedule_is_drawn_by_hand(lesson):
    assert "draw_schedule" in dict(shown(lesson))


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if "guess" in dict(shown(lesson))])
def test_a_curve_is_guessed_before_it_is_played_with(lesson):
    widgets = shown(lesson)
    for name in [given for widget, given in widgets if widget == "guess"]:
        played = [i for i, one in enumerate(widgets) if one == ("playground", name)]
        assert not played or widgets.index(("guess", name)) < played[0]


def test_most_lessons_of_a_curve_ask_for_a_guess():
    asking = {lesson for lesson in LESSONS if "guess" in dict(shown(lesson))}
    assert asking >= {"02", "03", "04", "06", "08", "09", "10", "12", "15"}


def test_under_noise_first_and_the_clean_ravine_says_that_nothing_is_there_to_calm():
    noisy, clean = playground("cosine"), playground("cosine", surface="ravine")
    assert "on a noisy bowl, 50 hikers" in noisy.view["status"] and "Without noise" not in noisy.view["status"]
    assert clean.view["status"].endswith("Without noise there is nothing for a decay to calm.")
    clean.state = clean.state | {"base_lr": 100}
    assert "diverges" in clean.view["status"] and clean.view["status"].endswith("nothing for a decay to calm.")


@pytest.mark.parametrize("surface", list(SURFACES))
def test_rings_of_equal_loss_are_smooth(surface):
    rings = [tag for tag in to_svg(land(SURFACES[surface])).split("<path ") if 'class="land"' in tag]
    assert len(rings) > 5 and all("Q" in ring and "L" not in ring.partition(' d="')[2] for ring in rings)


def test_stairs_are_upright_in_a_guess_too():
    panel = guess("step_decay")
    panel.state = {**panel.state, "reveal": 1}
    drawn = panel.view["panes"][0].split('class="s0" d="M')[1].partition('"')[0]
    places = [tuple(map(float, place.split(","))) for place in drawn.split("L")]
    sloped = [(a, b) for a, b in zip(places, places[1:], strict=False) if a[0] != b[0] and a[1] != b[1]]
    assert sloped == [] and len({y for _, y in places}) == len(
        {schedules.step_decay(0.1, 20, 0.5)(s) for s in range(100)}
    )
