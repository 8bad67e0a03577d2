"""How long a visitor of the site waits: `.venv/bin/python tests/benchmarks/bench_site.py [VISITS]`.

Builds the site, serves it compressed on this machine and drags a slider of step decay in a fresh Chromium:
bytes over the wire, first paint, Python ready on the first visit and on the second, and the time from a move to its
picture. Beside it the same drag in `play`, so that a busy machine can be told from a slow site.
"""

import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from driver import chromium, stop  # noqa: E402

from lrcourse.site import serving  # noqa: E402
from lrcourse.site.build import Site  # noqa: E402

PAGE = "play/step_decay.html"
READY = "() => document.body.dataset.python === 'ready'"
BEGUN = "lrcourse.measured.ready"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
# a hand on the slider: a position every 25 ms, and the ms from each to the frame after its picture has changed
DRAG = """async ([section, name, moves]) => {
  const input = section.querySelector(`input[name="${name}"]`), times = [];
  const front = section.querySelector('.lrc-front'), frame = () => new Promise(requestAnimationFrame);
  for (let i = 0; i < moves; i++) {
    const from = performance.now();
    const changed = new Promise((good) => {
      const eyes = new MutationObserver(() => { eyes.disconnect(); good(); });
      eyes.observe(front, { childList: true });
      setTimeout(good, 2000);
    });
    input.value = 10 + (i * 7) % 60;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await changed;
    await frame();
    times.push(performance.now() - from);
    await new Promise((rest) => setTimeout(rest, Math.max(0, 25 - (performance.now() - from))));
  }
  return times;
}"""


class Counting(serving.Handler):
    """The site's own server, which counts the bytes that it sends."""

    sent = 0

    def send_header(self, name, value):
        """A header; its length is the file's."""
        Counting.sent += int(value) if name == "Content-Length" else 0
        super().send_header(name, value)


def row(name, values, unit="ms"):
    """One line: the middle and, of many values, the 95th of a hundred."""
    late = f"   p95 {quantiles(values, n=20)[-1]:8.1f}" if len(values) > 10 else ""
    print(f"{name:<46} {median(values):8.1f} {unit}{late}")


def drag(page, section, moves=120):
    """The ms of every move."""
    page.locator(section).first.scroll_into_view_if_needed()
    page.locator(f"{section} .lrc-front svg").first.wait_for()
    handle = page.locator(section).first.element_handle()
    page.evaluate(DRAG, [handle, "step_size", 10])
    return page.evaluate(DRAG, [handle, "step_size", moves])


def first_visit(context, address):
    """{what: its value} of a visitor who was never here; the context then holds what a browser keeps."""
    page = context.new_page()
    Counting.sent = 0
    page.goto(address + PAGE)
    page.wait_for_function(READY)
    found = {"page": Counting.sent / 1e6, "paint": page.evaluate(PAINT), "start": page.evaluate(BEGUN)}
    found["moves"] = drag(page, ".live section.lrc")
    page.wait_for_timeout(2000)  # the image of Python's memory is being kept
    page.close()
    return found


def second_visit(context, address):
    """ms until Python is ready for a visitor who comes again."""
    page = context.new_page()
    page.goto(address + PAGE)
    page.wait_for_function(READY)
    ready = page.evaluate(BEGUN)
    page.close()
    return ready


def dragged_in_play(context):
    """The ms of every move in `play`, whose Python is the machine's own."""
    command = [sys.executable, "-c", "from lrcourse.play import main; main(['step_decay', '--no-browser'])"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        page = context.new_page()
        page.goto(server.stdout.readline().split()[-1])
        return drag(page, "section.lrc")
    finally:
        stop(server)


def main(visits=3):
    """Print the rows."""
    with tempfile.TemporaryDirectory() as folder, chromium() as first:
        Site().build().folder.write(Path(folder, "site"))
        handler = partial(Counting, directory=str(Path(folder, "site")))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        firsts, seconds = [], []
        for _ in range(visits):
            context = first.browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
            firsts.append(first_visit(context, address))
            seconds.append(second_visit(context, address))
            context.close()
        row("first paint", [one["paint"] for one in firsts])
        row("Python ready after it was called, first visit", [one["start"] for one in firsts])
        row("Python ready after it was called, second visit", seconds)
        row("from a move to its picture", [ms for one in firsts for ms in one["moves"]])
        row("the same in play", dragged_in_play(first))
        row("over the wire until Python is ready", [one["page"] for one in firsts], "MB")
        server.shutdown()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
