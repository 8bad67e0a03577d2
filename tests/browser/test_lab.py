"""The playground inside JupyterLab as learners open it: the first screen, the hand's speed, what a file keeps."""

import base64
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest
from driver import IDLE, Notebook, Watched
from lessons import NOTEBOOKS
from test_room import IN_SIGHT, covered

from lrcourse.widgets import challenge, playground, sentence

pytestmark = pytest.mark.browser

KERNEL = {"name": "python3", "display_name": "Python 3"}


def written(folder, name, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), folder / name)
    return name


def test_the_first_screen_is_the_lesson(lab, browser, folder, screenshot):
    """By the command that learners use, with nothing remembered: the lesson, and nothing over it."""
    address, token = lab
    (folder / "notebooks").mkdir(exist_ok=True)
    shutil.copy(NOTEBOOKS / "00_start_here.ipynb", folder / "notebooks")
    watched = Watched(browser, address)
    page = watched.page
    page.goto(f"{address}/?token={token}")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.wait_for_timeout(3000)  # the offer of news comes after a second or two
    assert page.url.endswith("/lab/tree/notebooks/00_start_here.ipynb")
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0
    assert watched.outside == []
    screenshot("first-screen", page)
    page.close()


# a hand that goes there and back over the whole slider in 120 moves; what stands on the screen in every frame
DRAG = """async (section) => {
  const slider = section.querySelector('input[name=T_max]'), front = section.querySelector('.lrc-front');
  const frames = [];
  let moves = 0, over = false, places = [slider.value]; // where the hand was since the frame before
  const frame = () => { // what is seen: after all that the frame itself does
    setTimeout(() => {
      frames.push([places, section.querySelector('code').textContent, front.innerHTML]);
      places = [slider.value];
    });
    if (!over) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  await new Promise(done => {
    const timer = setInterval(() => {
      if (moves === 120) {
        clearInterval(timer);
        slider.dispatchEvent(new Event('change', { bubbles: true }));
        return setTimeout(done, 1500);
      }
      const there = ((++moves / 120 + 0.25) % 1) * 2;
      slider.value = String(Math.round(slider.max * (there < 1 ? there : 2 - there)));
      places.push(slider.value);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }, 16);
  });
  over = true;
  return { moves, frames };
}"""
PARSED = (
    "svgs => svgs.map(svg => { const box = document.createElement('div'); box.innerHTML = svg; return box.innerHTML })"
)


MOVE = """([section, name, position]) => { const input = section.querySelector(`input[name=${name}]`);
  input.value = position; input.dispatchEvent(new Event('input', { bubbles: true })) }"""
MEANWHILE = ({"momentum": 5}, {"momentum": 5, "eta_min": 60})
PART = "section => section.dataset.ahead"


VALUE = """async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const reply = await kernel.requestExecute({ code: '', user_expressions: { it: code } }).done;
  return reply.content.user_expressions.it.data['text/plain'] }"""


def known(page, section):
    """Wait until all that is wanted ahead is there."""
    page.wait_for_function("section => section.dataset.ahead === '0'", arg=section.element_handle())


def compared(page, seen, *states):
    """The codes that were seen in a drag, each with Python's own picture for it, in one of these states, and the part
    of the frames in which it was that of the slider, at the frame or since the one before."""
    assert seen["moves"] >= 100
    panel, drawn = playground("cosine"), {}
    for state in states:
        for position in range(len(panel._controls["T_max"].values)):
            panel.state = {**panel.state, **state, "T_max": position}
            drawn[panel.view["code"]] = position, panel.view["panes"][0]
    parsed = page.evaluate(PARSED, [picture for _, picture in drawn.values()])
    pictures = dict(zip(drawn, parsed, strict=True))
    shown, at_once = set(), 0
    for places, code, picture in seen["frames"]:
        here, last = int(places[-1]), drawn[code][0]
        assert picture == pictures[code]  # the picture and the code are of one place, and Python's
        shown.add(code)
        at_once += str(last) in places
    assert last == here  # the last one is where the hand rests
    return shown, at_once / len(seen["frames"])


MOODY = """import time
asked = []
def moody(base_lr=0.1, rest=20):
    asked.append(rest)
    time.sleep(0.02)  # so slow that every question gets one answer
    if rest == 23:
        raise RuntimeError("not today")
    return lambda step: base_lr
playground(moody)"""


def test_every_picture_of_a_drag_is_pythons(lab, browser, folder):
    cosine = "from lrcourse.widgets import playground\nplayground('cosine')"
    notebook = Notebook(browser, lab, written(folder, "drag.ipynb", cosine, MOODY))
    assert notebook.run_all() == []
    page, section = notebook.page, notebook.page.locator("section.lrc").first
    section.locator("svg").first.wait_for()
    section.locator("input[name=T_max]").focus()
    assert section.evaluate(PART) != "0"
    known(page, section)
    shown, at_once = compared(page, section.evaluate(DRAG), {})
    assert len(shown) > 50 and at_once > 0.9  # what was known before is on the screen in the frame of the move

    page.evaluate(MOVE, [section.element_handle(), "momentum", 5])  # the hand lies on T_max all the time
    assert section.evaluate(PART) != "0"
    known(page, section)
    shown, at_once = compared(page, section.evaluate(DRAG), {"momentum": 5})
    assert len(shown) > 50 and at_once > 0.9

    page.evaluate(MOVE, [section.element_handle(), "eta_min", 60])  # nothing is known, and the hand does not wait
    shown, _ = compared(page, section.evaluate(DRAG), *MEANWHILE)
    assert len(shown) > 10

    section.get_by_role("button", name="Reset").click()
    known(page, section)  # as it was known at the start
    shown, at_once = compared(page, section.evaluate(DRAG), {})
    assert len(shown) > 50 and at_once > 0.9

    section = page.locator("section.lrc").last  # a place that cannot be drawn is not asked for over and over
    slider = section.locator("input[name=rest]")
    for _ in range(3):
        slider.focus()
        known(page, section)
        slider.blur()
    assert int(page.evaluate(VALUE, "asked.count(23)")) == 1
    assert page.evaluate(VALUE, "sorted(set(asked)) == list(range(41))") == "True"  # and of all others none is left out
    notebook.close()


def test_beside_the_side_bar_all_is_in_sight(lab, browser, folder, screenshot):
    """1280 by 800 with JupyterLab's file list open: the picture, the warning and the slider at hand."""
    address, token = lab
    name = written(
        folder,
        "beside.ipynb",
        "from lrcourse.widgets import playground\nplayground('one_cycle', total_steps=60)",
        "from lrcourse.widgets import challenge\nchallenge('beat_cosine')",
        "from lrcourse.widgets import sentence\nsentence('cosine')",
    )
    watched = Watched(browser, address)
    page = watched.page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{address}/lab/tree/{name}?token={token}&reset")
    page.wait_for_function(IDLE)  # cells that run before their kernel is there wait for ever
    page.get_by_role("tab", name=re.compile("File Browser")).first.wait_for()
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator("section.lrc svg").nth(4).wait_for()
    assert page.locator("#jp-left-stack").bounding_box()["width"] > 150
    for i in range(3):
        section = page.locator("section.lrc").nth(i)
        for slider in section.locator("input[type=range]").all():
            slider.focus()
            page.wait_for_timeout(50)
            label = slider.get_attribute("aria-label")
            assert slider.evaluate(IN_SIGHT) > 0.97, label
            assert i == 2 or not covered(page, slider), label
            assert section.locator(".lrc-pane").first.evaluate(IN_SIGHT) > 0.95, label
            if not i:
                assert section.locator(".lrc-warnings li").first.evaluate(IN_SIGHT) > 0.95, label
        screenshot(f"beside-{i}", page)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("t => window.jupyterapp.commands.execute('apputils:change-theme', { theme: t })", theme)
        page.wait_for_timeout(500)
        screenshot(f"beside-{theme.split()[1]}", page)
    page.close()


class Sanitized(HTMLParser):
    """What is left of a page where no script and no style is let through: its words, and its pictures' alt texts."""

    KEPT = {"alt", "src", "width", "href", "title"}

    def __init__(self):
        super().__init__()
        self.words, self.pictures, self._skipping = [], [], None

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style"):
            self._skipping = tag
        if tag == "img":
            self.pictures.append({name: value for name, value in attrs if name in self.KEPT})

    def handle_endtag(self, tag):
        if tag == self._skipping:
            self._skipping = None

    def handle_data(self, data):
        if not self._skipping:
            self.words.append(data)


def stored(panel, monkeypatch):
    """A notebook whose one cell showed a panel, as JupyterLab saves it."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **kwargs: shown.append((data, kwargs)))
    panel._ipython_display_()
    cell = nbformat.v4.new_code_cell("show()")
    for data, kwargs in shown:
        cell.outputs.append(nbformat.v4.new_output("display_data", data, metadata=kwargs.get("metadata", {})))
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": KERNEL})


MAKERS = {
    "playground": lambda: playground("cosine", T_max=50),
    "challenge": lambda: challenge("beat_cosine"),
    "sentence": lambda: sentence("cosine"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_without_javascript_a_stored_widget_is_its_picture_and_its_words(monkeypatch, name):
    """As a host shows it that strips scripts, styles and widgets from a notebook's HTML."""
    panel = MAKERS[name]()
    first, *others = stored(panel, monkeypatch).cells[0].outputs
    page = Sanitized()
    page.feed(first.data["text/html"])
    (picture,) = page.pictures
    assert picture["alt"] == panel.words() and panel.view["status"].replace("⟨", "").replace("⟩", "") in picture["alt"]
    head, _, data = picture["src"].partition(",")
    assert head == "data:image/png;base64" and base64.b64decode(data).startswith(b"\x89PNG")
    said = " ".join(page.words)
    assert panel.words() in said and "{" not in said and "display:" not in said
    assert all("text/html" not in output.data and "text/plain" not in output.data for output in others)


def test_a_page_made_by_nbconvert_shows_picture_and_alt_text(browser, tmp_path, monkeypatch, screenshot):
    nbformat.write(stored(MAKERS["sentence"](), monkeypatch), tmp_path / "saved.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", tmp_path / "saved.ipynb"]
    subprocess.run(command, check=True, timeout=120)
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.abort())  # the page must do without other machines
    page.goto((tmp_path / "saved.html").as_uri())
    picture = page.locator("img")
    assert picture.count() == 1 and picture.get_attribute("alt") == sentence("cosine").words()
    assert picture.evaluate("node => node.naturalWidth") > 400 and picture.is_visible()
    assert page.get_by_text("Error displaying widget").count() == 0
    screenshot("nbconvert", page)
    page.close()
