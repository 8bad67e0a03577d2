"""What a learner sees and can do: every playground of the lessons in JupyterLab, by keyboard and by mouse."""

import re
from functools import partial
from inspect import signature

import nbformat
import pytest
from driver import PROBLEMS, Notebook, Watched
from lessons import NOTEBOOKS, all_widgets

from lrcourse import schedules

pytestmark = pytest.mark.browser

LESSONS = [(lesson, source) for lesson, source in all_widgets() if re.search(r"\bplayground\(", source)]
OTHERS = {
    "guess": 'from lrcourse.widgets import guess\nguess("step_decay")',
    "drive": "from lrcourse.widgets import drive\ndrive(steps=12)",
    "draw_schedule": "from lrcourse.widgets import draw_schedule\ndraw_schedule()",
    "challenge": 'from lrcourse.widgets import challenge\nchallenge("beat_cosine")',
    "challenge of a curve": 'from lrcourse.widgets import challenge\nchallenge("rises_again")',
    "challenge of no map": 'from lrcourse.widgets import challenge\nchallenge("range_test")',
    "sentence": 'from lrcourse.widgets import sentence\nsentence("cosine")',
    "finder_explorer": "from lrcourse.widgets import finder_explorer\nfinder_explorer()",
}
PLAYGROUNDS = [pytest.param(i, id=lesson) for i, (lesson, _) in enumerate(LESSONS)]
READ_CURVE = """(section) => {  // as a reader does: two tick labels of each axis give its scale
  const pane = section.querySelector('.lrc-pane');
  const labels = [...pane.querySelectorAll('text.ink')].map(node =>
    ({ value: Number(node.textContent), x: +node.getAttribute('x'), y: +node.getAttribute('y') - 4,
       anchor: node.getAttribute('text-anchor') })).filter(label => !Number.isNaN(label.value));
  const across = labels.filter(label => label.anchor === 'middle');
  const left = labels.find(label => label.anchor === 'end' && label.x < 60).x;
  const up = labels.filter(label => label.x === left);
  const end = up.findIndex((label, i) => i && label.y > up[i - 1].y);
  const high = up[(end < 0 ? up.length : end) - 1];
  const between = (pixel, a, b, side) => a.value + (b.value - a.value) * (pixel - a[side]) / (b[side] - a[side]);
  return [...pane.querySelector('path.s0').getAttribute('d').matchAll(/([-\\d.]+),([-\\d.]+)/g)].map(pair =>
    [between(+pair[1], across[0], across.at(-1), 'x'), between(+pair[2], up[0], high, 'y')])
    .filter((point, i, all) => i + 1 === all.length || all[i + 1][0] - point[0] > 0.01); // a riser's end counts
}"""
READ_CONTROLS = """(section) => Object.fromEntries([...section.querySelectorAll('input, select')].map(input =>
  [input.name, input.type === 'checkbox' ? input.checked
    : input.type === 'range' ? input.getAttribute('aria-valuetext') : input.selectedOptions[0].text]))"""


@pytest.fixture(scope="module")
def notebook(lab, browser, folder):
    """The lessons' playgrounds and one widget of every other kind in one notebook, run; an error does not stop it."""
    sources = [source for _, source in LESSONS] + list(OTHERS.values())
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": ["raises-exception"]}) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "widgets.ipynb")
    notebook = Notebook(browser, lab, "widgets.ipynb")
    notebook.run_all()
    yield notebook
    notebook.close()


def section_of(notebook, i):
    """The widget of cell i, which must have run without an error."""
    cell = notebook.page.locator(".jp-CodeCell").nth(i)
    assert cell.evaluate(PROBLEMS) == []
    section = cell.locator("section.lrc")
    section.locator("svg").first.wait_for()
    section.scroll_into_view_if_needed()
    return section


def other(notebook, name):
    return section_of(notebook, len(LESSONS) + list(OTHERS).index(name))


def pictures(section):
    return section.evaluate(
        "section => [...section.querySelectorAll('.lrc-front')].map(front => front.innerHTML).join()"
    )


def wait_change(section, before):
    """Wait until the pictures differ from before and have come to rest."""
    page = section.page
    handle = section.element_handle()
    look = "[...section.querySelectorAll('.lrc-front')].map(front => front.innerHTML).join()"
    page.wait_for_function(f"([section, before]) => {look} !== before", arg=[handle, before])
    now, then = pictures(section), None
    while now != then:
        page.wait_for_timeout(150)
        now, then = pictures(section), now
    return now


def number(text):
    first = text.split()[0]
    return int(first) if first.isdigit() else float(first)


def planned(section):
    """The LRs that the schedule should have at the settings that a learner reads off the controls."""
    shown = section.evaluate(READ_CONTROLS)
    name = section.get_attribute("aria-label").removeprefix("Playground: ")
    given = {"milestones": sorted(number(text) for key, text in shown.items() if key.startswith("milestone "))}
    for key, text in shown.items():
        if isinstance(text, bool) or not re.match(r"[\d.]", text):
            given[key] = None if text == "as up" else text
        else:
            given[key] = number(text)
    arguments = {key: given[key] for key in signature(getattr(schedules, name)).parameters if key in given}
    schedule = getattr(schedules, name)(**arguments)
    seconds = given.get("seconds_per_step", 1)
    return [schedule(step * seconds) for step in range(given["steps"])]


def assert_right(section, patience=0):
    """The drawn curve is the schedule's, to a pixel; patience: ms that a busy machine may take to draw it."""
    while not is_right(section) and patience > 0:
        section.page.wait_for_timeout(100)
        patience -= 100
    assert is_right(section), (section.evaluate(READ_CURVE), planned(section))


def is_right(section):
    drawn, plan = section.evaluate(READ_CURVE), planned(section)
    near = 0.01 * max(plan)
    return len(drawn) == len(plan) and all(
        abs(x - step) < 0.1 and abs(lr - expected) <= near
        for step, ((x, lr), expected) in enumerate(zip(drawn, plan, strict=True))
    )


@pytest.mark.parametrize("i", PLAYGROUNDS)
def test_a_lessons_playground_follows_the_hand(notebook, screenshot, i):
    section, page = section_of(notebook, i), notebook.page
    pure = hasattr(schedules, section.get_attribute("aria-label").removeprefix("Playground: "))
    check = (
        partial(assert_right, patience=10_000) if pure else lambda section: None
    )  # a lesson's own schedule is compared where it is built
    slider, start = section.locator("input[type=range]").first, pictures(section)
    check(section)
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    moved = wait_change(section, start)
    check(section)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for k in range(10):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.02 * k), box["y"] + box["height"] / 2)
    page.mouse.up()
    wait_change(section, moved)
    check(section)
    screenshot(f"playground-{LESSONS[i][0].replace(' ', '-')}", section)
    before = pictures(section)
    section.get_by_role("button", name="Reset").click()
    assert wait_change(section, before) == start


def test_a_visit_by_keyboard_alone(notebook, screenshot):
    section, page = section_of(notebook, PLAYGROUNDS[0].values[0]), notebook.page
    section.locator("summary").focus()
    page.keyboard.press("Enter")  # the code is folded until it is asked for
    controls = section.locator("input, select, button, summary, pre")
    controls.first.focus()
    here = """section => { const node = document.activeElement, style = getComputedStyle(node);
        return { inside: section.contains(node), index: [...section.querySelectorAll(
                   'input, select, button, summary, pre')].indexOf(node),
                 name: node.getAttribute('aria-label') || node.textContent, outline: parseFloat(style.outlineWidth),
                 line: style.outlineStyle } }"""
    for i in range(controls.count()):
        page.keyboard.press("Shift")  # the first focus came from a script: now it counts as the keyboard's
        found = section.evaluate(here)
        assert found["inside"] and found["index"] == i and found["name"].strip()
        assert found["outline"] >= 2 and found["line"] == "solid"
        if i == 1:
            screenshot("focus", section)
        page.keyboard.press("Tab")
    assert not section.evaluate(here)["inside"]  # and out again at the other end

    rival, before = section.locator("input[type=checkbox]").first, pictures(section)
    rival.focus()
    page.keyboard.press("Space")
    wait_change(section, before)
    assert rival.get_attribute("aria-label") in section.get_by_role("status").inner_text()
    surface = section.get_by_role("combobox", name="loss surface")
    surface.focus()
    before = pictures(section)
    page.keyboard.press("ArrowDown")
    wait_change(section, before)
    section.get_by_role("button", name="Reset").focus()
    before = pictures(section)
    page.keyboard.press("Enter")
    wait_change(section, before)


def test_keys_are_shared_with_jupyterlab(notebook):
    """Plain keys are the slider's, the others JupyterLab's: also with the hand on a slider."""
    section, page = section_of(notebook, PLAYGROUNDS[1].values[0]), notebook.page
    slider = section.locator("input[type=range]").first
    slider.focus()
    value, before = slider.input_value(), pictures(section)
    page.keyboard.press("ArrowRight")
    wait_change(section, before)
    assert int(slider.input_value()) == int(value) + 1
    seen = """() => { window.ran = []; window.jupyterapp.commands.commandExecuted.connect(
        (_, { id }) => window.ran.push(id)) }"""
    page.evaluate(seen)
    left = "slider => !slider.hasAttribute('data-lm-suppress-shortcuts')"
    for key, to_jupyterlab in (("Home", False), ("d", False), ("Escape", True), ("Control+F9", True)):
        slider.focus()
        page.keyboard.press(key)
        assert slider.evaluate(left) == to_jupyterlab, key
    assert page.evaluate("window.ran") == []
    slider.focus()
    page.keyboard.press("Control+s")
    page.wait_for_function("window.ran.includes('docmanager:save')")
    slider.focus()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("window.ran.some(id => id.startsWith('notebook:run'))")
    notebook.wait_idle()


def reopened(lab, browser, path, cells, metadata=None):
    """A notebook of these cells, run, saved, closed and opened again without running anything."""
    kernel = {"name": "python3", "display_name": "Python 3"}
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = kernel
    nbformat.write(made, path)
    notebook = Notebook(browser, lab, path.name)
    assert notebook.run_all() == []
    notebook.page.locator("section.lrc svg").first.wait_for()
    notebook.command("docmanager:save")
    notebook.page.wait_for_timeout(500)
    notebook.close()
    return Notebook(browser, lab, path.name)


VISIBLE = "nodes => nodes.filter(node => node.getClientRects().length).length"


def test_a_saved_notebook_shows_its_picture_when_opened_again(lab, browser, folder, screenshot):
    notebook = reopened(lab, browser, folder / "saved.ipynb", [OTHERS["drive"]])
    page = notebook.page
    page.wait_for_timeout(2000)  # long enough for a widget to say that it is lost
    assert page.locator(".lrc-still img").evaluate_all(VISIBLE) == 1
    assert "Step 0 of 12" in page.locator(".lrc-still img").get_attribute("alt")
    assert page.get_by_text("Error displaying widget").evaluate_all(VISIBLE) == 0
    screenshot("reopened", page)
    assert notebook.run_all() == []
    page.locator("section.lrc svg").first.wait_for()
    assert page.locator(".lrc-still img").evaluate_all(VISIBLE) == 0
    notebook.close()
    page = nbformat.read(folder / "saved.ipynb", as_version=4)
    kinds = [list(output.data) for output in page.cells[0].outputs]
    assert "text/html" in kinds[0] and 'alt="' in page.cells[0].outputs[0].data["text/html"]


def test_a_drag_shows_what_python_drew_for_every_place(notebook):
    """What was drawn ahead is shown at its own position: the curve read off the picture is the right one at once."""
    section, page = section_of(notebook, PLAYGROUNDS[3].values[0]), notebook.page
    slider = section.locator("input[type=range]").nth(1)
    slider.focus()
    page.wait_for_function("section => section.dataset.ahead === '0'", arg=section.element_handle())
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert_right(section)  # within two frames: the view was known before the key came down


def test_guess_by_a_click_on_the_picture(notebook, screenshot):
    section = other(notebook, "guess")
    start = pictures(section)
    box = section.locator('rect[data-grab="guess 1"]').bounding_box()
    notebook.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    shown = wait_change(section, start)
    assert section.locator(".lrc-value").nth(1).inner_text() == "0.1"  # two thirds of the way up an axis to 0.15
    assert section.locator("path.s0").count() == 0
    section.get_by_label("show the curve").check()
    wait_change(section, shown)
    plan = schedules.curve(schedules.step_decay(0.1, 20, 0.5), 100)
    assert [lr for _, lr in section.evaluate(READ_CURVE)] == pytest.approx(plan, abs=1e-3)
    screenshot("guess", section)


def test_drive_to_the_end(notebook, screenshot):
    section, page = other(notebook, "drive"), notebook.page
    section.get_by_label("the hiker walks").focus()
    page.keyboard.press("Space")
    section.get_by_role("slider", name="learning rate").focus()
    page.keyboard.press("ArrowRight")
    section.get_by_role("status").filter(has_text="Done").wait_for()
    assert re.search(r"You are number [123] of 3", section.get_by_role("status").inner_text())
    assert section.locator(".lrc-back path").count() > 5
    screenshot("drive", section)


def test_draw_by_one_stroke_and_race(notebook, screenshot):
    section, page = other(notebook, "draw_schedule"), notebook.page
    before = pictures(section)
    box = section.locator("rect.grab").first.bounding_box()
    last = section.locator("rect.grab").last.bounding_box()
    left, right = box["x"] + box["width"] / 2, last["x"] + last["width"] / 2
    page.mouse.move(left, box["y"] + 0.25 * box["height"])
    page.mouse.down()
    for k in range(41):
        page.mouse.move(left + (right - left) * k / 40, box["y"] + (0.25 + 0.75 * k / 40) * box["height"])
    page.mouse.up()
    wait_change(section, before)
    drawn = [lr for _, lr in section.evaluate(READ_CURVE)]
    straight = [1.2 * (1 - step / 120) for step in range(121)]
    assert drawn == pytest.approx(straight, abs=0.12)  # a corner takes the height where the hand leaves its column
    section.get_by_role("button", name="Race it").click()
    section.get_by_role("status").filter(has_text="Yours is number").wait_for()
    screenshot("draw_schedule", section)


def test_finder_follows_the_hand(notebook, screenshot):
    section = other(notebook, "finder_explorer")
    status, before = section.get_by_role("status").inner_text(), pictures(section)
    section.get_by_role("slider", name="smoothing").focus()
    notebook.page.keyboard.press("Home")
    wait_change(section, before)
    assert section.get_by_role("status").inner_text() != status
    screenshot("finder_explorer", section)


def test_dark_and_narrow(notebook, screenshot):
    page = notebook.page
    look = """section => {
        const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0) / 765;
        const style = getComputedStyle(section);
        return [rgb(style.color) - rgb(style.backgroundColor), section.scrollWidth - section.clientWidth] }"""
    sections = [section_of(notebook, PLAYGROUNDS[0].values[0]), *(other(notebook, name) for name in OTHERS)]
    for theme, sign in [("JupyterLab Dark", 1), ("JupyterLab Light", -1)]:
        notebook.command("apputils:change-theme", theme=theme)
        page.wait_for_function("light => document.body.dataset.jpThemeLight === light", arg=str(sign < 0).lower())
        for width in (1280, 420):
            page.set_viewport_size({"width": width, "height": 1500})
            for section in sections:
                contrast, overflow = section.evaluate(look)
                assert contrast * sign > 0.6 and overflow <= 0
                name = section.get_attribute("aria-label").split(":")[0].replace(" ", "-")
                screenshot(f"{theme.split()[-1].lower()}-{width}-{name}", section)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_no_errors_and_nothing_asked_of_other_machines(notebook):
    assert notebook.errors == []
    assert notebook.outside == []


def test_a_kernel_that_ended_is_told(notebook):
    """By every widget that it had; the last test that needs them alive."""
    page, alerts = notebook.page, notebook.page.locator("section.lrc .lrc-alert")
    count = page.locator("section.lrc").count()
    assert count == len(LESSONS) + len(OTHERS) and set(alerts.all_inner_texts()) == {""}
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.get_by_role("alert").filter(has_text="run this cell again").nth(count - 1).wait_for()
    assert page.locator("section.lrc input:not(:disabled)").count() == 0


def test_a_whole_lesson(lab, browser, folder, screenshot):
    path = NOTEBOOKS / "02_step_decay.ipynb"
    (folder / path.name).write_bytes(path.read_bytes())
    notebook = Notebook(browser, lab, path.name)
    assert notebook.run_all() == []
    section = notebook.page.locator("section.lrc[aria-label='Playground: step_decay']")
    section.scroll_into_view_if_needed()
    before = pictures(section)
    section.get_by_role("slider", name="step_size").focus()
    notebook.page.keyboard.press("ArrowRight")
    wait_change(section, before)
    assert_right(section, patience=10_000)
    screenshot("lesson", notebook.page)
    assert notebook.errors == [] and notebook.outside == []
    notebook.close()


def test_play_shows_one_playground_as_a_page(browser, played, screenshot):
    watched = Watched(browser, played.rstrip("/"))
    page = watched.page
    page.goto(played)
    page.get_by_role("link", name="step_decay", exact=True).click()
    section = page.locator("section.lrc")
    before = pictures(section)
    section.get_by_role("slider", name="step_size").focus()
    for _ in range(15):
        page.keyboard.press("ArrowLeft")
    wait_change(section, before)
    assert_right(section)
    assert section.locator(".lrc-value").nth(1).inner_text() == "5 steps"
    screenshot("play", page)
    assert watched.errors == [] and watched.outside == []
    page.close()


def test_the_address_of_a_page_holds_its_setting(browser, played, screenshot):
    watched = Watched(browser, played.rstrip("/"))
    page = watched.page
    page.goto(f"{played}cosine?T_max=50&surface=ravine&with+constant=1")
    section = page.locator("section.lrc")
    section.get_by_role("status").filter(has_text="a ravine").filter(has_text="constant ends").wait_for()
    assert section.locator("input[name=T_max]").get_attribute("aria-valuetext") == "50 steps"
    section.get_by_role("slider", name="T_max").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**T_max=51+steps**")
    page.keyboard.press("f")
    assert page.locator("html.projector").count() == 1
    screenshot("projector", page)
    assert watched.errors == []
    page.goto(f"{played}nothing")
    assert page.locator("h1").inner_text() == "There is no nothing here"
    assert page.get_by_role("link", name="drive", exact=True).count() == 1
    page.close()
