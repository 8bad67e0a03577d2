"""The site as a visitor has it: pages without JavaScript, panels before and after Python is up, without a network."""

import re
from functools import partial

import pytest
from hosting import READY, Quiet, host, no_python_yet, site, visit, visitor, write  # noqa: F401  (fixtures among them)

from lrcourse.site import bundle
from lrcourse.site.build import Site

pytestmark = pytest.mark.browser


def pages(site):
    return sorted(path for path in site.folder.files if path.endswith(".html"))


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_the_start_page_can_be_dragged_within_its_first_screen(host, visitor, screenshot, width, height):
    watched = visit(visitor(width, height), host, "index.html")
    slider = watched.page.locator('.hero input[name="T_max"]')
    slider.wait_for()
    box = slider.bounding_box()
    assert box["y"] + box["height"] <= height
    screenshot(f"site-start-{width}", watched.page)


@pytest.mark.parametrize("scripts", [True, False])
def test_every_page_reads_at_360_pixels(site, host, visitor, scripts):
    page = visitor(360, 740, java_script_enabled=scripts).new_page()
    for path in pages(site):
        page.goto(host.address + path)
        # without scripts nothing can be asked in the page: the picture of it is as wide as it is
        width = page.evaluate("document.documentElement.scrollWidth") if scripts else 360
        assert width == 360, path
        assert page.locator("h1").count() == 1 and page.locator("main").inner_text().strip(), path
    assert page.locator("img:not([alt])").count() == 0


def test_a_panel_moves_before_python_is_up_and_as_native_python_says(site, host, visitor, no_python_yet):
    watched = visit(visitor(), host, "play/step_decay.html")
    page = watched.page
    panel = page.locator(".live section.lrc")
    page.locator(".live").scroll_into_view_if_needed()
    panel.wait_for()
    panel.locator('input[name="step_size"]').focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.body.dataset.python") != "ready"
    no_python_yet.set()
    page.wait_for_function(READY)
    page.wait_for_function("() => lrcourse.measured.ready && document.querySelector('.lrc-status').textContent")
    from lrcourse.widgets import playground

    native = playground("step_decay")
    native.state = native.state | {"step_size": native.state["step_size"] + 1}
    page.wait_for_function(
        "(want) => document.querySelector('.lrc-status').textContent === want", arg=native.view["status"]
    )
    # innerHTML writes a mark's closing tag out: compared by the browser's own hand
    same = "([want]) => { const box = document.createElement('div'); box.innerHTML = want; return box.innerHTML; }"
    assert page.locator(".lrc-front").first.inner_html() == page.evaluate(same, [native.view["panes"][0]])
    panel.get_by_role("button", name="Keep this run").click()
    names = native._controls["kept run"].keeps
    words = ", ".join(f"{name}={native._controls[name].texts[native.state[name]]}" for name in names)
    native.state = native.state | {"kept run": words}
    panel.get_by_role("status").filter(has_text="This run is kept").wait_for()
    assert page.locator(".lrc-front").first.inner_html() == page.evaluate(same, [native.view["panes"][0]])
    assert watched.outside == [] and watched.errors == []


def test_no_network_after_one_visit_and_the_new_version_after_that(site, host, visitor, monkeypatch):
    context = visitor()
    watched = visit(context, host, "notebooks/02_step_decay.html")
    watched.page.wait_for_function(READY)
    watched.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    watched.page.evaluate(KEPT)
    assert watched.outside == []
    watched.page.close()

    host.stop()
    try:
        again = visit(context, host, "play/cosine.html")
        again.page.wait_for_function(READY)
        again.page.locator(".live").scroll_into_view_if_needed()
        again.page.locator('.live input[name="T_max"]').focus()
        before = again.page.locator(".lrc-status").text_content()
        again.page.keyboard.press("ArrowLeft")
        again.page.wait_for_function("(old) => document.querySelector('.lrc-status').textContent !== old", arg=before)
        assert again.page.evaluate("() => lrcourse.measured.image") > 0  # Python came from the kept image
        again.page.goto(host.address + "notebooks/04_cosine_annealing.html")
        image = again.page.locator('figure img[src*="/figures/"]').first  # a panel's gives way to the live one
        image.scroll_into_view_if_needed()
        again.page.wait_for_function("(img) => img.complete && img.naturalWidth > 0", arg=image.element_handle())
        assert not [line for line in again.errors if "ERR_CONNECTION" not in line]
        again.page.close()
    finally:
        host.start()

    monkeypatch.setattr(bundle, "bundle", partial(bundle.bundle, extra=[("lrcourse/newer.py", b"")]))
    newer = Site()
    newer.lessons[1:], newer.pages = [], newer.pages  # the rest would take its time and say the same
    newer.build().folder.write(host.root / "courses" / "lr")
    try:
        now = visit(context, host, "index.html")
        now.page.wait_for_function(READY)
        assert now.page.evaluate("() => lrcourse.measured.image") == 0  # an image of the old version is not used
        assert newer.python in "".join(Quiet.asked)
        assert now.errors == []
    finally:
        site.folder.write(host.root / "courses" / "lr")


KEPT = """async () => { // whole, and let go by who wrote it; one cut short is waited out
  const whole = async (image) => {
    const file = await image.getFile(), [length, count] = new Uint32Array(await file.slice(0, 8).arrayBuffer());
    if (!length || file.size !== 8 + 4 * count + 65536 * count) return false;
    await (await image.createWritable({ keepExistingData: true })).abort();
    return true;
  };
  for (;;) {
    for await (const folder of (await navigator.storage.getDirectory()).values())
      for await (const image of folder.values())
        if (await whole(image).catch(() => false)) return; // false: it is being written, or replaced
    await new Promise((rest) => setTimeout(rest, 100));
  }
}"""
DAMAGE = """async () => {
  for await (const folder of (await navigator.storage.getDirectory()).values())
    for await (const image of folder.values()) {
      const file = await image.createWritable({ keepExistingData: true });
      await file.truncate((await image.getFile()).size - 1);
      await file.close();
    }
}"""


def test_an_image_cut_short_is_made_again(host, visitor):
    context, images = visitor(service_workers="block"), []
    for damage in (None, DAMAGE, None, None):
        page = visit(context, host, "play/cosine.html").page
        page.wait_for_function(READY)
        images.append(page.evaluate("() => lrcourse.measured.image") > 0)
        page.evaluate(KEPT)
        if damage:
            page.evaluate(damage)
        page.close()
    assert images == [False, True, False, True]


def test_a_python_that_could_not_be_fetched_is_asked_for_again_by_the_next_move(host, visitor):
    context = visitor(service_workers="block")
    context.route("**/python/**", lambda route: route.abort())
    page = visit(context, host, "play/cosine.html").page
    page.wait_for_function("() => document.body.dataset.python === 'none'")
    slider, before = page.locator('.live input[name="T_max"]'), page.locator(".lrc-status").text_content()
    slider.focus()
    context.unroute("**/python/**")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("(old) => document.querySelector('.lrc-status').textContent !== old", arg=before)
    assert page.evaluate("document.body.dataset.python") == "ready"


def test_a_site_without_its_machine_code_says_so(host, visitor):
    context = visitor(service_workers="block")
    context.route("**/pyodide.asm.wasm.bin", lambda route: route.fulfill(status=404, body="not here"))
    page = visit(context, host, "exercises/02_step_decay.html").page
    cell = page.locator('[data-task="step_decay"]')
    cell.get_by_role("button", name="Run and check").click()
    cell.get_by_text("Python could not start here: pyodide.asm.wasm.bin: 404.").wait_for(timeout=20_000)
    assert cell.get_by_role("button", name="Run and check").is_enabled()
    page.goto(host.address + "play/cosine.html")
    page.wait_for_function("() => document.body.dataset.python === 'none'")
    page.locator('.live input[name="T_max"]').focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Python could not start: the picture stays as it is.").wait_for(timeout=20_000)


def test_code_scrolled_sideways_does_not_lie_under_its_line_numbers(host, visitor):
    page = visit(visitor(360, 740), host, "exercises/02_step_decay.html").page
    editor = page.locator('[data-task="step_decay"] .cm-editor')
    editor.wait_for()
    editor.locator(".cm-scroller").evaluate("box => { box.scrollLeft = 80; }")
    colour = "box => getComputedStyle(box).backgroundColor"
    assert editor.locator(".cm-gutters").evaluate(colour) == editor.evaluate(colour) != "rgba(0, 0, 0, 0)"


TYPE = """() => {
  const sizes = [];
  for (const img of document.querySelectorAll('main img')) {
    const wide = img.src.includes('.png') ? [img.naturalWidth, 10 / 72 * 200] : [Number(img.getAttribute('width')), 14];
    sizes.push([img.src, img.getBoundingClientRect().width / wide[0] * wide[1]]);
  }
  for (const text of document.querySelectorAll('.lrc text'))
    sizes.push([text.textContent, parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a]);
  return sizes;
}"""


@pytest.fixture
def phone(visitor):
    """A page as wide as a phone, whose panels stay as the build made them."""
    context = visitor(390, 844, has_touch=True, service_workers="block")
    context.route("**/python/**", lambda route: route.abort())
    return context.new_page()


@pytest.mark.parametrize("name", ["claims", "00_start_here", "04_cosine_annealing", "13_the_race"])
def test_the_type_of_every_picture_is_readable_on_a_phone(host, phone, name):
    """A picture's own smallest type: 10 points at 200 pixels an inch (plots.py, forest.py), 14 pixels in a scene."""
    phone.goto(f"{host.address}notebooks/{name}.html")
    phone.evaluate("() => document.querySelectorAll('img').forEach(img => { img.loading = 'eager'; })")
    phone.evaluate("() => Promise.all([...document.images].map(img => img.decode().catch(() => {})))")
    sizes = phone.evaluate(TYPE)
    assert sizes and [one for one in sizes if one[1] < 8.8] == []
    for box in phone.locator(".picture").all():  # what goes on at its edge can be reached by keyboard, and has a shade
        cut = box.evaluate("box => box.scrollWidth > box.clientWidth + 1")
        assert (box.get_attribute("tabindex") == "0") == cut == (box.get_attribute("data-more") is not None)


def test_a_picture_wider_than_a_phone_is_scrolled_by_keyboard_until_its_shade_ends(host, phone):
    phone.goto(host.address + "notebooks/04_cosine_annealing.html")
    box = phone.get_by_role("group", name="Picture, scrolls sideways").first
    box.focus()
    for _ in range(8):
        phone.keyboard.press("ArrowRight")
        phone.wait_for_timeout(50)
    phone.wait_for_function("box => !box.hasAttribute('data-more')", arg=box.element_handle())
    right = box.locator("img").evaluate("img => img.getBoundingClientRect().right")
    assert right <= 391


def test_every_stored_picture_keeps_its_size_on_a_narrow_screen_without_scripts_too(site):
    for path in pages(site):
        markup = site.folder.files[path].decode()
        kept = re.findall(r'<span class="picture" style="--least:(\d+)px"><img [^>]*width="(\d+)"', markup)
        assert len(kept) == markup.count("<img "), path
        assert all(int(least) >= 0.66 * int(width) for least, width in kept), path


def test_pictures_may_come_from_another_server_and_programs_may_not(host, visitor):
    """As on a platform that leads every file but the page to its store."""
    context = visitor(service_workers="block")
    elsewhere = host.address.replace("127.0.0.1", "localhost")

    def lead(route):
        route.fulfill(status=302, headers={"Location": route.request.url.replace(host.address, elsewhere)})

    context.route(f"{host.address}figures/**", lead)
    page = visit(context, host, "notebooks/claims.html").page
    image = page.locator('img[src*="claims.png"]')
    image.scroll_into_view_if_needed()
    image.evaluate("img => img.decode()")
    script = page.locator("script[src*='theme.js']").get_attribute("src").removeprefix("../")
    load = """src => new Promise(good => document.head.append(
        Object.assign(document.createElement('script'), { src, onload: () => good(true), onerror: () => good(false) })
    ))"""
    assert [page.evaluate(load, home + script) for home in (host.address, elsewhere)] == [True, False]


def test_a_page_whose_scripts_are_off_or_refused_says_so(host, visitor):
    note = "Here no JavaScript runs"
    page = visitor(java_script_enabled=False).new_page()
    page.goto(host.address + "notebooks/04_cosine_annealing.html")
    assert page.get_by_text(note).is_visible()
    context = visitor(service_workers="block")
    page = visit(context, host, "notebooks/04_cosine_annealing.html").page
    assert not page.get_by_text(note).is_visible()
    context.route("**/assets/**.js", lambda route: route.abort())
    page.reload()
    assert page.get_by_text(note).is_visible()


def test_searching(host, visitor):
    page = visit(visitor(), host, "search.html").page
    page.get_by_label("Words to look for").fill("warm restart")
    page.locator("#count").filter(has_text="with warm and restart").wait_for()
    first = page.locator("#found a").first
    assert "04" in first.text_content()
    first.click()
    assert "04_cosine" in page.url and page.locator("h1").is_visible()


def test_a_lessons_cell_is_edited_and_run_in_place(host, visitor):
    watched = visit(visitor(), host, "notebooks/04_cosine_annealing.html")
    cell = watched.page.locator("[data-cell]").first
    cell.get_by_role("button", name="Edit and run").click()
    write(cell, "print(6 * 7)")
    cell.get_by_role("button", name="Run", exact=True).click()
    cell.locator(".result pre").get_by_text("42").wait_for()
    cell.get_by_role("button", name="As it was").click()
    assert cell.locator("pre.out").first.is_visible()
    assert watched.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_barrier_on_any_kind_of_page(host, visitor, violations, theme, width):
    page = visitor(width, 900, color_scheme=theme, bypass_csp=True).new_page()
    kinds = ["index", "search", "notebooks/04_cosine_annealing", "notebooks/claims", "exercises/02_step_decay"]
    for path in [*kinds, "play/index", "play/sentence_cosine"]:
        page.goto(f"{host.address}{path}.html")
        page.wait_for_timeout(500)
        assert violations(page) == [], path
