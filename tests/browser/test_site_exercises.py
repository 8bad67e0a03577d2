"""An exercise solved on the site: every answer there is to get, loops that never end, and the notebook handed in."""

import json

import pytest
from hosting import host, site, visit, visitor, write  # noqa: F401  (fixtures among them)

from lrcourse.exercises.exercise import load, with_solution
from lrcourse.grading import grade
from lrcourse.grading.gradebook import Gradebook

pytestmark = pytest.mark.browser
PATH = "exercises/02_step_decay.html"


@pytest.fixture(scope="module")
def context(browser):
    made = browser.browser.new_context(viewport={"width": 1100, "height": 900}, accept_downloads=True)
    yield made
    made.close()


@pytest.fixture
def exercise(context, host):  # noqa: F811
    watched = visit(context, host, PATH)
    watched.page.wait_for_function("() => ['ready', 'none'].includes(document.body.dataset.python)")
    yield watched
    watched.page.close()


def task(watched, name="step_decay"):
    return watched.page.locator(f'[data-task="{name}"]')


def check(cell):
    """Run a cell and read what is said."""
    cell.get_by_role("button", name="Run and check").click()
    cell.page.wait_for_function(
        "(box) => box.textContent && !box.querySelector('.waits')", arg=cell.locator(".result").element_handle()
    )
    return cell.locator(".result").inner_text()


def answer(cell, source):
    write(cell, source)
    return check(cell)


HEAD = "def step_decay(step, base_lr, step_size, gamma):\n"


def test_what_is_said_to_an_answer(exercise):
    cell = task(exercise)
    assert "Still empty" in answer(cell, HEAD + "    raise NotImplementedError('write step_decay')")
    said = answer(cell, HEAD + "    return base_lr * gamma ** (step / step_size)")
    assert "public cases passed" in said and "expected" in said
    picture = cell.locator(".result img")
    assert picture.get_attribute("alt") and picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)")
    exercise.page.set_viewport_size({"width": 390, "height": 844})  # a phone: 13 pixels of 560 across, and reachable
    assert picture.bounding_box()["width"] / 560 * 13 >= 9
    cell.get_by_role("group", name="Picture, scrolls sideways").wait_for()
    exercise.page.set_viewport_size({"width": 1100, "height": 900})
    assert "SyntaxError" in answer(cell, HEAD + "    return (") and "line 2" in cell.locator(".result").inner_text()
    said = answer(cell, "import numpy as np\n" + HEAD + "    return np.float64(base_lr)")
    assert "no numpy" in said and "Plain Python" in said
    assert "nothing in it is called step_decay" in answer(cell, "stepdecay = 1")
    cell.get_by_role("button", name="Hint").click()
    cell.locator(".result").get_by_text("Hint 1 of 3").wait_for()
    assert exercise.errors == [] and exercise.outside == []


def test_a_loop_in_python_is_cut_and_one_in_c_ends_with_its_worker(exercise):
    cell = task(exercise)
    assert "2 seconds" in answer(cell, "while True:\n    pass")
    assert exercise.page.evaluate("document.body.dataset.python") == "ready"
    said = answer(cell, HEAD + "    while True:\n        step = step")
    assert "2 seconds" in said
    said = answer(cell, "from itertools import repeat\nall(repeat(1))\n" + HEAD + "    return 1")
    assert "within 8 seconds" in said and "kept" in said
    right = with_solution(load("02_step_decay").cell(load("02_step_decay").task("step_decay")))
    assert "instructor's inputs differ" in answer(cell, right)  # Python is back


REFUSALS = {
    "none": "{ value: undefined }",
    "an error": "{ get() { throw new DOMException('denied', 'SecurityError'); } }",
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_an_answer_is_checked_where_a_browser_keeps_nothing(host, visitor, refusal):  # noqa: F811
    """A private window, storage that is forbidden, no service worker: as long as the page is open, all is there."""
    stores = "[[globalThis, 'localStorage'], [globalThis, 'caches'], [navigator, 'storage']]"
    refused = f"for (const [here, name] of {stores}) Object.defineProperty(here, name, {REFUSALS[refusal]});\n"

    def in_the_worker_too(route):
        route.fulfill(body=refused + route.fetch().text(), content_type="text/javascript")

    context = visitor()
    context.add_init_script(f"{refused} Object.defineProperty(navigator, 'serviceWorker', {REFUSALS[refusal]});")
    context.route("**/worker.js", in_the_worker_too)
    watched = visit(context, host, PATH)
    right = with_solution(load("02_step_decay").cell(load("02_step_decay").task("step_decay")))
    assert "instructor's inputs differ" in answer(task(watched), right)
    assert task(watched).locator(".badge").text_content() == "solved"
    assert watched.errors == []
    assert watched.page.evaluate("() => lrcourse.measured.marks['image made']") is None


@pytest.fixture
def downloaded():
    """A function that presses the button and puts what comes down where it is wanted."""

    def get(watched, file):
        with watched.page.expect_download() as download:
            watched.page.get_by_role("button", name="Download my notebook").click()
        download.value.save_as(file)
        return file

    return get


def test_a_notebook_solved_here_is_graded_with_all_its_points(host, visitor, tmp_path, bubblewrap, downloaded):  # noqa: F811
    name, master = "05_plateau", load("05_plateau")
    (tmp_path / "class" / "ada").mkdir(parents=True)
    watched = visit(visitor(accept_downloads=True), host, f"exercises/{name}.html")
    for one in master.tasks:
        answer(task(watched, one.name), with_solution(master.cell(one)))
        assert task(watched, one.name).locator(".badge").text_content() == "solved"
    file = downloaded(watched, tmp_path / "class" / "ada" / f"{name}.ipynb")

    (tmp_path / "seed.txt").write_text("a secret of this test")
    asked = ["--exercise", name, "--seed-file", str(tmp_path / "seed.txt"), "--out", str(tmp_path / "out")]
    assert grade.main([str(tmp_path / "class"), *asked, "--workers", "1"]) == grade.ALL_FINE
    with Gradebook(tmp_path / "out" / "gradebook.sqlite") as book:
        assert [(row.student, row.score) for row in book.current()] == [("ada", master.points)]

    elsewhere = visit(visitor(), host, f"exercises/{name}.html")  # on another machine: nothing is kept there
    elsewhere.page.get_by_label("Open my notebook").set_input_files(file)
    elsewhere.page.get_by_text(f"Opened {name}.ipynb: {len(master.tasks)} of {len(master.tasks)} tasks").wait_for()
    for one in master.tasks:
        assert task(elsewhere, one.name).locator(".badge").text_content() == ""
        check(task(elsewhere, one.name))
        assert task(elsewhere, one.name).locator(".badge").text_content() == "solved"
    assert watched.errors == elsewhere.errors == []


def test_solved_is_kept_and_the_notebook_goes_and_comes(exercise, context, host, tmp_path, downloaded):  # noqa: F811
    master = load("02_step_decay")
    for name in ("step_decay", "multistep_decay"):
        answer(task(exercise, name), with_solution(master.cell(master.task(name))))
        assert task(exercise, name).locator(".badge").text_content() == "solved"
    exercise.page.locator(".quiz").first.get_by_role("button", name="Answer b").click()
    exercise.page.locator(".quiz").first.locator(".result").get_by_text("Right").wait_for()

    again = visit(context, host, PATH)  # as after a night
    assert task(again).locator(".badge").text_content() == "solved"
    file = downloaded(again, tmp_path / "02_step_decay.ipynb")
    notebook = json.loads(file.read_text())
    given = json.loads(again.page.evaluate("(path) => fetch(path).then((a) => a.text())", "02_step_decay.ipynb"))
    assert [cell["metadata"] for cell in notebook["cells"]] == [cell["metadata"] for cell in given["cells"]]
    mine = {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in notebook["cells"]}
    assert mine["step_decay"].strip() == with_solution(master.cell(master.task("step_decay"))).strip()
    assert 'check("02_quiz_1", "b")' in ["".join(cell["source"]) for cell in notebook["cells"]]

    cell = task(again)
    cell.get_by_role("button", name="Start over").click()
    assert "NotImplementedError" in cell.locator("textarea").input_value()
    again.page.get_by_label("Open my notebook").set_input_files(file)
    again.page.get_by_text("Opened 02_step_decay.ipynb").wait_for()
    assert cell.locator("textarea").input_value().strip() == mine["step_decay"].strip()
    assert again.errors == []
    again.page.close()
