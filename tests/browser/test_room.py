"""The room that `play` opens, in every light and size: seen, read aloud, played by keyboard, shared by address."""

import itertools
import random
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from driver import Watched

from lrcourse.widgets.room import ROOM

pytestmark = pytest.mark.browser

EVERY_KIND = [  # one of each that is built differently
    "reduce_on_plateau",
    "drive",
    "draw_schedule",
    "challenge_beat_cosine",
    "challenge_rises_again",
    "challenge_range_test",
    "sentence_cosine",
    "guess_cosine",
]
MODES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colors": {"color_scheme": "dark", "forced_colors": "active"},
    "less motion": {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "reduce"},
}
SIZES = {"phone": (420, 900), "notebook": (1280, 800), "200 %": (640, 400), "projector": (1920, 1080)}
# the size at which letters stand on the screen: in a picture its own times the picture's scale
SMALLEST = """part => {
  const sizes = [], walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.textContent.trim() || parent.closest('option, script, style')) continue;
    if (!parent.getClientRects().length) continue;
    const scale = parent instanceof SVGGraphicsElement ? parent.getScreenCTM().a : 1;
    sizes.push([parseFloat(getComputedStyle(parent).fontSize) * scale, text.textContent]);
  }
  return sizes.sort((a, b) => a[0] - b[0])[0];
}"""
# of a box: the part of it that is on the screen, in the frame of whatever scrolls around it
IN_SIGHT = """node => {
  let { left, top, right, bottom } = node.getBoundingClientRect();
  const area = (right - left) * (bottom - top);
  for (let box = node.parentElement; box; box = box.parentElement) {
    if (getComputedStyle(box).overflow === 'visible') continue;
    const frame = box === document.documentElement || box === document.body
      ? { left: 0, top: 0, right: innerWidth, bottom: innerHeight } : box.getBoundingClientRect();
    left = Math.max(left, frame.left), top = Math.max(top, frame.top);
    right = Math.min(right, frame.right), bottom = Math.min(bottom, frame.bottom);
  }
  right = Math.min(right, innerWidth), bottom = Math.min(bottom, innerHeight), left = Math.max(left, 0);
  top = Math.max(top, 0);
  return area ? Math.max(0, right - left) * Math.max(0, bottom - top) / area : 1;
}"""


@pytest.fixture(scope="module")
def room(browser, played):
    """A page of its own for these tests."""
    watched = Watched(browser, played.rstrip("/"))
    yield watched
    watched.page.close()


def opened(room, played, name, size="notebook"):
    page = room.page
    page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="no-preference")
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(played + name)
    page.locator("section.lrc svg").first.wait_for()
    return page


def covered(page, node):
    """Whether something else lies over the middle of an element."""
    return node.evaluate(
        """node => { const r = node.getBoundingClientRect();
           const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
           return !(node.contains(top) || top?.contains(node)); }"""
    )


@pytest.mark.parametrize("name", EVERY_KIND)
def test_nothing_is_wrong_with_a_page_in_any_mode(room, played, violations, screenshot, name):
    page = opened(room, played, name)
    for mode, media in MODES.items():
        page.emulate_media(**media)
        assert violations(page) == [], mode
        screenshot(f"{mode.replace(' ', '-')}-{name}", page)
        moving = "() => document.getAnimations().length"
        assert page.evaluate(moving) == 0
    for size in ("phone", "200 %"):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)
        assert violations(page) == [], size
    page.keyboard.press("f")
    page.locator("html.projector").wait_for()
    assert violations(page) == []
    page.keyboard.press("f")
    assert room.errors == [] and room.outside == []


def test_the_list_of_all_there_is(room, played, violations, screenshot):
    page = room.page
    for address in ("", "nothing"):
        page.goto(played + address)
        for media in MODES.values():
            page.emulate_media(**media)
            assert violations(page) == []
    names = page.locator("main a").all_inner_texts()
    assert len(names) == len(set(names)) and {*EVERY_KIND, "finder_explorer", "constant"} <= set(names)
    screenshot("list", page)
    room.errors.clear()  # the 404 that was asked for


@pytest.mark.parametrize("size", SIZES)
def test_letters_are_never_smaller_than_12_pixels(room, played, screenshot, size):
    for name in EVERY_KIND:
        page = opened(room, played, name, size)
        if size == "projector":
            page.keyboard.press("f")
        smallest = page.locator("body").evaluate(SMALLEST)
        assert smallest[0] >= 11.95, (name, smallest)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        screenshot(f"{size.replace(' %', '')}-{name}", page)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["cosine?T_max=50", "one_cycle?total_steps=60", "wsd?cooldown_steps=150"])
def test_picture_warning_and_the_slider_at_hand_are_seen_together(room, played, screenshot, name, size):
    page = opened(room, played, name, size)
    if size == "projector":
        page.keyboard.press("f")
    section = page.locator("section.lrc")
    section.locator(".lrc-warnings li").first.wait_for()
    sliders = section.locator("input[type=range]").all()
    for slider in [*sliders, *reversed(sliders)]:  # down the panel and up again
        slider.focus()
        page.wait_for_timeout(30)
        label = slider.get_attribute("aria-label")
        assert slider.evaluate(IN_SIGHT) > 0.97 and not covered(page, slider), label
        assert section.locator(".lrc-pane").first.evaluate(IN_SIGHT) > 0.95, label
        assert section.locator(".lrc-warnings li").first.evaluate(IN_SIGHT) > 0.95, label
    screenshot(f"together-{size.replace(' %', '')}-{name.partition('?')[0]}", page)


def test_a_challenge_by_keyboard_alone_and_by_its_address(room, played):
    page = opened(room, played, "challenge_beat_cosine?round=4&steps=40")
    section = page.locator("section.lrc")
    section.locator(".lrc-asked").filter(has_text="40 steps on a noisy bowl").wait_for()
    assert "Round 4" in section.get_by_role("status").inner_text()
    page.keyboard.press("Tab")  # from the top of the page
    for _ in range(40):
        if page.evaluate("document.activeElement.name") == "base_lr":
            break
        page.keyboard.press("Tab")
    for _ in range(15):
        page.keyboard.press("ArrowLeft")
    for _ in range(40):
        if page.evaluate("document.activeElement.name") == "try":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    section.get_by_role("status").filter(has_text="Try 1 of 3: you end at").wait_for()
    page.wait_for_url("**base_lr=**")
    words = parse_qs(urlsplit(page.url).query)
    assert words["round"] == ["4"] and words["steps"] == ["40 steps"] and float(words["base_lr"][0]) < 0.1
    asked = section.locator(".lrc-asked").inner_text()
    page.goto(page.url)  # whoever gets the address has the same round, and no try spent
    section.locator(".lrc-asked").filter(has_text=asked).wait_for()
    section.get_by_role("status").filter(has_text="Round 4, 3 tries").wait_for()


LISTEN = """() => { window.heard = [];
  new MutationObserver(changes => {
    const spoken = ':is([role=status], [role=alert], [aria-live]):not([aria-live=off])';
    const places = changes.map(({ target }) => (target.closest ? target : target.parentElement)?.closest(spoken));
    for (const place of new Set(places)) if (place) window.heard.push(place.textContent);
  }).observe(document.body, { subtree: true, childList: true, characterData: true }); }"""


def go_to(page, name, key="Tab"):
    """Tab on until a control has the focus; on the way each is seen to have it, whole and with nothing over it."""
    for _ in range(40):
        page.keyboard.press(key)
        node = page.evaluate_handle("document.activeElement").as_element()
        width = node.evaluate("node => { const s = getComputedStyle(node); return s.outlineStyle + s.outlineWidth }")
        assert float(width.removeprefix("solid").removesuffix("px")) >= 2 and node.get_attribute("aria-label")
        assert node.evaluate(IN_SIGHT) > 0.97 and not covered(page, node)
        if node.get_attribute("name") == name:
            return
    pytest.fail(f"Tab does not come to {name}")


def test_a_whole_challenge_by_keys_lost_and_won_and_what_is_heard(room, played):
    """A lost round to its end, the next one won: by Tab, Enter and arrows, and all that changes is read aloud."""
    page = opened(room, played, "challenge_half_the_top", "200 %")
    section = page.locator("section.lrc")
    page.evaluate(LISTEN)

    def heard(words):
        page.wait_for_function("words => window.heard.join().includes(words)", arg=words)
        return page.evaluate("window.heard.splice(0)")

    section.locator("input").first.focus()
    go_to(page, "try")
    for number in (1, 2, 3):
        page.keyboard.press("Enter")
        (said,) = heard(f"Try {number} of 3: you are ")
        assert ("A hint: " in said, "the curve goes through the point" in said) == (number == 2, number == 3)
    page.keyboard.press("Enter")
    assert "Not reached in this round" in heard("This round is over.")[0]
    go_to(page, "next")
    page.keyboard.press("Enter")
    asked, said = heard("Round 2, 3 tries")
    panel = ROOM["challenge_half_the_top"]()
    panel.state = {**panel.state, "round": 1}
    assert asked == panel.view["asked"] and said == panel.view["status"]
    steps = panel._controls["warmup_steps"].values
    wins = [panel.attempt(panel.values() | {"warmup_steps": step}).reached for step in steps]
    go_to(page, "warmup_steps", "Shift+Tab")
    page.keyboard.press("Home")
    for _ in range(wins.index(True)):
        page.keyboard.press("ArrowRight")
    go_to(page, "try")
    page.keyboard.press("Space")
    assert "Reached with the first try!" in heard("Try 1 of 3")[0]
    assert room.errors == []


def test_a_run_is_kept_by_keys_and_in_the_address(room, played, screenshot):
    page, panel = opened(room, played, "cosine"), ROOM["cosine"]()
    section, status = page.locator("section.lrc"), page.locator("section.lrc").get_by_role("status")
    keep, slider = section.get_by_role("button", name="Keep this run"), section.get_by_role("slider", name="T_max")
    keep.focus()
    page.keyboard.press("Enter")
    status.filter(has_text="This run is kept").wait_for()
    slider.focus()
    page.keyboard.press("Home")
    status.filter(has_text="The kept run had T_max = 100 steps.").wait_for()
    page.wait_for_url("**T_max=1+steps**kept+run=**")
    (words,) = parse_qs(urlsplit(page.url).query)["kept run"]
    panel.state = {**panel.state, "T_max": 0, "kept run": words}
    wanted = [svg for pair in zip(panel.backs, panel.view["panes"], strict=True) for svg in pair]
    shown = [section.element_handle(), wanted, {"T_max": 0}]
    page.wait_for_function(SHOWN, arg=shown)
    page.goto(page.url)  # whoever gets the address has the same
    status.filter(has_text="The kept run had T_max = 100 steps.").wait_for()
    page.wait_for_function(SHOWN, arg=[section.element_handle(), *shown[1:]])
    screenshot("kept", page)
    keep.click()  # this one in its place
    status.filter(has_text="This run is kept").wait_for()
    keep.click()  # and again: none
    section.locator("path.kept").first.wait_for(state="detached")
    page.wait_for_url("**cosine?T_max=1+steps")
    assert room.errors == []


def test_a_number_in_a_sentence_follows_the_hand_and_the_keys(room, played, screenshot):
    page = opened(room, played, "sentence_cosine")
    section = page.locator("section.lrc")
    sentence = lambda: re.sub(r"\s+", " ", section.locator(".lrc-sentence").inner_text())  # noqa: E731
    assert "T_max = 50 of 100 steps the LR falls to 0.001 at step 50" in sentence()
    box = section.locator(".lrc-value").first.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 45, box["y"] + 14, steps=8)
    page.mouse.up()
    page.wait_for_function("node => node.textContent.includes('rises again')", arg=section.element_handle())
    dragged = int(section.locator(".lrc-value").first.inner_text())
    assert 60 <= dragged <= 80
    page.keyboard.press("Home")
    page.wait_for_function(
        "node => node.textContent.includes('T_max = 1 ')", arg=section.locator(".lrc-sentence").element_handle()
    )
    assert section.locator("input[name=T_max]").get_attribute("aria-valuetext") == "1"
    section.get_by_role("status").filter(has_text="T_max = 1 of 100").wait_for()
    screenshot("sentence", section)


PUT = """([section, control, kind, position]) => {
  const input = section.querySelector(`[name="${control}"]`);
  if (kind === 'toggle') input.checked = Boolean(position); else input.value = position;
  input.dispatchEvent(new Event('input', { bubbles: true })); }"""
SHOWN = """([section, wanted, places]) => [...section.querySelectorAll('.lrc-back, .lrc-front')].every((layer, i) => {
  const read = document.createElement('div');
  read.innerHTML = wanted[i];
  return layer.innerHTML === read.innerHTML; }) && Object.entries(places).every(([name, position]) => {
  const input = section.querySelector(`[name="${name}"]`);
  return Number(input.type === 'checkbox' ? input.checked : input.value) === position; })"""


@pytest.mark.parametrize("name", ["cosine", "reduce_on_plateau", "challenge_the_race", "draw_schedule", "guess_wsd"])
def test_whatever_was_shown_before_the_picture_is_pythons(room, played, name):
    """Marks are moved where they stand and others come and go: the outcome is that of reading Python's text anew."""
    page, panel, draw = opened(room, played, name), ROOM[name](), random.Random(name)
    section = page.locator("section.lrc").element_handle()
    movable = [control for control in panel._controls.values() if control.kind not in ("button", "keep")]
    for _ in range(20):
        control = draw.choice(movable)
        position = draw.randrange(len(control.values))
        panel.state = {**panel.state, control.name: position}
        page.evaluate(PUT, [section, control.name, control.kind, position])
        wanted = [svg for pair in zip(panel.backs, panel.view["panes"], strict=True) for svg in pair]
        places = {one.name: panel.state.get(one.name, one.default) for one in movable}  # Python may take a move back
        page.wait_for_function(SHOWN, arg=[section, wanted, places])


def test_the_run_can_be_watched(room, played):
    """From the start to the end, every place on the way with its own picture; the hand takes over; less motion."""
    page = opened(room, played, "cosine")
    section = page.locator("section.lrc")
    slider, button = section.get_by_role("slider", name="look at this part"), section.locator(".lrc-play")
    page.evaluate(
        """() => { window.said = []; const status = document.querySelector('[role=status]');
           new MutationObserver(() => window.said.push([status.textContent, status.getAttribute('aria-live')]))
             .observe(status, { childList: true, characterData: true, subtree: true }); }"""
    )
    assert button.inner_text() == "Watch the run" and slider.input_value() == "50"
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "([slider, button]) => slider.value === '50' && button.textContent !== 'Stop'",
        arg=[slider.element_handle(), button.element_handle()],
    )
    said = page.evaluate("window.said")
    steps = [int(words.split()[1]) if words.startswith("Step") else 100 for words, _ in said if words]
    assert steps[:-1] == [*range(0, 101, 2)] and steps[-1] == 100
    assert {live for words, live in said[:51]} == {"off"} and said[-1][1] == "polite"
    page.keyboard.press("Enter")
    page.wait_for_function("slider => Number(slider.value) > 5", arg=slider.element_handle())
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert button.inner_text() == "Watch the run"
    stays = slider.input_value()
    page.wait_for_timeout(200)
    assert slider.input_value() == stays
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(
        """slider => { window.places = [Number(slider.value)];
           slider.addEventListener('input', () => window.places.push(Number(slider.value))); }""",
        slider.element_handle(),
    )
    button.click()
    page.wait_for_function("window.places.length > 2")
    button.click()
    places = page.evaluate("window.places")
    assert {after - before for before, after in itertools.pairwise(places)} == {5}
    page.emulate_media(reduced_motion="no-preference")
    assert room.errors == []
