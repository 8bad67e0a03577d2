"""How long a reader waits on the site, in `play` and in JupyterLab: `.venv/bin/python tests/benchmarks/bench_site.py`.

Three visitors each, or as many as the command line says, in turns; step decay's playground in a fresh Chromium, through
a line that counts the bytes. "ready" is from the address, in a tab that is open, to a panel that Python answers; in
JupyterLab the reader has to run the cell first. Wanted of the site, on two quiet cores: first paint 0.5 s, ready 4 s
and on the second visit 0.8 s, p50 16 ms and p95 30 ms a move, 8 MB until it is ready.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles

import nbformat

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from driver import Notebook, chromium, jupyterlab, stop  # noqa: E402

from lrcourse.site import serving  # noqa: E402
from lrcourse.site.build import Site  # noqa: E402

PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
READY = "() => document.body.dataset.python === 'ready' && document.querySelector('.live .lrc-front svg')"
KEPT = "() => navigator.serviceWorker.ready.then(() => true)"
CELL = 'from lrcourse.widgets import playground\nplayground("step_decay")'
# a hand on the slider: a position every 25 ms, and the ms from each until the frame with its own picture is drawn (the
# code beside the picture names the value: a neighbour's picture, shown for a moment, does not count). It may change
# between two frames or within a frame's callbacks: the task after these sees both.
DRAG = """async ([section, name, moves]) => {
  const input = section.querySelector(`input[name="${name}"]`), times = [];
  const drawn = () => new Promise((good) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = good;
    after.port2.postMessage(0);
  }));
  const code = section.querySelector("pre code");
  for (let i = 0; i < moves; i++) {
    const from = performance.now();
    input.value = 10 + (i * 7) % 60;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const there = () => code.textContent.includes(`${name}=${parseInt(input.ariaValueText)},`);
    do await drawn(); while (!there() && performance.now() < from + 5000);
    if (!there()) throw new Error(`no picture for ${name} = ${input.value}`);
    times.push(performance.now() - from);
    await new Promise((rest) => setTimeout(rest, Math.max(0, 25 - (performance.now() - from))));
  }
  return times;
}"""


class Line:
    """A way to a server on this machine that counts what comes back: `sent`, in bytes; `address` is its own."""

    def __init__(self, address):
        self.there, self.sent, started = int(address.rpartition(":")[2].strip("/")), 0, threading.Event()

        async def serve():
            server = await asyncio.start_server(self._join, "127.0.0.1", 0)
            self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            started.set()
            await server.serve_forever()

        threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
        started.wait()

    async def _join(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.there)
        await asyncio.gather(self._pass(reader, back, False), self._pass(there, writer, True))

    async def _pass(self, reader, writer, counts):
        with contextlib.suppress(OSError):
            while piece := await reader.read(1 << 16):
                self.sent += len(piece) if counts else 0
                writer.write(piece)
                await writer.drain()
        writer.close()


def drag(page, section, moves=120):
    """The ms of every move."""
    page.locator(section).first.scroll_into_view_if_needed()
    handle = page.locator(section).first.element_handle()
    page.evaluate(DRAG, [handle, "step_size", 10])
    return page.evaluate(DRAG, [handle, "step_size", moves])


@contextlib.contextmanager
def site():
    """The built site behind its own server; how a reader comes to see the panel there."""
    with tempfile.TemporaryDirectory() as folder:
        Site().build().folder.write(Path(folder, "site"))
        server = serving.server(Path(folder, "site"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        line = Line(f"http://127.0.0.1:{server.server_port}")

        def come(page):
            page.goto(f"{line.address}/play/step_decay.html")
            page.wait_for_function(READY)

        yield line, come, ".live section.lrc"
        server.shutdown()


@contextlib.contextmanager
def play():
    """The same panel in `play`."""
    command = [sys.executable, "-c", "from lrcourse.play import main; main(['step_decay', '--no-browser'])"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = Line(server.stdout.readline().split()[-1].rpartition("/")[0])

    def come(page):
        page.goto(f"{line.address}/step_decay")
        page.locator("section.lrc .lrc-front svg").first.wait_for()

    try:
        yield line, come, "section.lrc"
    finally:
        stop(server)


@contextlib.contextmanager
def lab():
    """The same panel in JupyterLab, as today's learner has it."""
    with tempfile.TemporaryDirectory() as folder:
        kernel = {"name": "python3", "display_name": "Python 3"}
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)], metadata={"kernelspec": kernel})
        nbformat.write(notebook, Path(folder) / "bench.ipynb")
        with jupyterlab(folder) as (address, token):
            line = Line(address)

            def come(page):
                shown = Notebook(page.context, (line.address, token), "bench.ipynb", page)
                shown.run_all()
                page.locator("section.lrc .lrc-front svg").first.wait_for()

            yield line, come, "section.lrc"


def visits(browser, line, come, section):
    """{what: its value} of a reader who comes twice; a context holds what a browser keeps between."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    line.sent, begun = 0, time.monotonic()
    come(page)
    found = {"first": time.monotonic() - begun, "sent": line.sent / 1e6, "paint": page.evaluate(PAINT)}
    found["moves"] = drag(page, section)
    if section.startswith(".live"):  # what is kept for later: the whole site, and an image of Python's memory
        page.evaluate(KEPT)
        page.wait_for_timeout(2000)
    page.close()
    page = context.new_page()
    found["all"], begun = line.sent / 1e6, time.monotonic()
    come(page)
    found["second"] = time.monotonic() - begun
    context.close()
    return found


def main(count=3):
    """Print a row for each."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {count} visitors each")
    heads = ("first paint", "ready", "2nd visit", "a move: p50", "p95", "until ready", "in all")
    print(f"{'':<12}" + "".join(f"{head:>13}" for head in heads))
    with chromium() as first, site() as on_site, play() as in_play, lab() as in_lab:
        sides = {"the site": on_site, "play": in_play, "JupyterLab": in_lab}
        seen = {name: [] for name in sides}
        for _ in range(count):
            for name, side in sides.items():
                seen[name].append(visits(first.browser, *side))
        for name, found in seen.items():
            middle = {key: median(one[key] for one in found) for key in ("paint", "first", "second", "sent", "all")}
            moves = [ms for one in found for ms in one["moves"]]
            cells = [f"{middle['paint']:.0f} ms", f"{middle['first']:.2f} s", f"{middle['second']:.2f} s"]
            cells += [f"{median(moves):.1f} ms", f"{quantiles(moves, n=20)[-1]:.1f} ms"]
            cells += [f"{middle['sent']:.2f} MB", f"{middle['all']:.2f} MB"]
            print(f"{name:<12}" + "".join(f"{cell:>13}" for cell in cells))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
