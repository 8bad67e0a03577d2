"""What a visitor does on the site, once more in Firefox: the same tests, with another browser under them."""

import time

import pytest
from hosting import host, no_python_yet, site, visitor  # noqa: F401  (fixtures)
from test_site import (  # noqa: F401
    test_a_lessons_cell_is_edited_and_run_in_place,
    test_a_panel_moves_before_python_is_up_and_as_native_python_says,
    test_no_network_after_one_visit_and_the_new_version_after_that,
)
from test_site_exercises import (  # noqa: F401
    context,
    exercise,
    test_a_loop_in_python_is_cut_and_one_in_c_ends_with_its_worker,
    test_a_notebook_solved_here_is_graded_with_all_its_points,
    test_what_is_said_to_an_answer,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(firefox):
    return firefox


@pytest.fixture
def downloaded(firefox_downloads):
    """Firefox puts it into a folder; the file is there under another name until it is whole."""

    def get(watched, file):
        watched.page.get_by_role("button", name="Download my notebook").click()
        came, until = firefox_downloads / file.name, time.monotonic() + 30
        while not (came.exists() and came.stat().st_size) and time.monotonic() < until:
            time.sleep(0.1)
        return came.rename(file)

    return get


def test_the_start_page_has_something_to_move(host, visitor, screenshot):  # noqa: F811
    context = visitor(360, 740)
    page = context.new_page()
    page.goto(host.address + "index.html")
    slider = page.locator('.hero input[name="T_max"]')
    slider.wait_for()
    before = page.locator(".hero .lrc-front").first.inner_html()
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("(old) => document.querySelector('.hero .lrc-front').innerHTML !== old", arg=before)
    screenshot("site-start-firefox", page)
