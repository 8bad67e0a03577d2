"""A notebook's cells as HTML: texts, code, stored outputs, and places for what the browser's Python brings to life."""

import base64
import json
import re
from html import escape, unescape

from lrcourse.site.folder import framed, png_size
from lrcourse.site.needs import needs
from lrcourse.site.rehearsal import rehearse
from lrcourse.site.texts import listing, reader

STILL_WIDTH = 880  # CSS pixels of two pictures side by side


def lesson(page, folder, links, root):
    """A lesson's body as HTML, its outline, and whether anything on it is live."""
    pieces = Pieces(page, folder, links)
    tried = rehearsed(page, root)
    for i, cell in enumerate(page.cells):
        if cell["cell_type"] == "code":
            pieces.code(i, cell, *tried.get(i, (None, {})))
        elif cell["cell_type"] == "markdown":
            pieces.text(i, cell)
    return "".join(pieces.parts), pieces.outline, pieces.live


def rehearsed(page, root):
    """{a code cell's index: (its Needs, what came of trying it in a bare Python)}."""
    cells = page.cells
    found = needs([cell["source"] if cell["cell_type"] == "code" else None for cell in cells])
    jobs = {
        i: {"setup": need.setup, "source": need.source, "printed": printed(cells[i]["outputs"])}
        for i, need in enumerate(found)
        if need
    }
    return {i: (found[i], tried) for i, tried in zip(jobs, rehearse(list(jobs.values()), root), strict=True)}


def printed(outputs):
    """What a cell printed, or None where it showed more than text."""
    if any(output["output_type"] != "stream" for output in outputs):
        return None
    return "".join("".join(output["text"]) for output in outputs)


class Pieces:
    """Gathers a page's HTML cell by cell."""

    def __init__(self, page, folder, links):
        self.page, self.folder, self.parts, self.live = page, folder, [], False
        self.markdown = reader(links, self._beside)

    @property
    def outline(self):
        """The headings so far, as (level, id, text)."""
        return self.markdown.renderer.outline

    def _beside(self, url, alt):
        file = self.page.file.parent / url
        return self.folder.picture(f"figures/{file.name}", file.read_bytes(), alt)

    def text(self, i, cell):
        """A cell of text."""
        source = cell["source"]
        if self.page.kind == "exercise":  # a page has a button in place of a cell of one's own
            source = re.sub(
                r'Run `hint\("\w+"\)` in a cell of your own. Each call', "Each press of the Hint button", source
            )
        self.parts.append(f'<div class="text" id="{_id(i, cell)}">{self.markdown(source)}</div>\n')

    def code(self, i, cell, need, tried):
        """A code cell with its stored outputs, or with a panel in their place."""
        if self.page.kind == "exercise":
            self.exercise(i, cell)
            return
        source, facts = cell["source"], f'class="cell" id="{_id(i, cell)}"'
        if "runs" in tried:
            self.live = True
            above = [[cell, text] for cell, text in need.above]
            facts += f' data-cell="{i}" data-above="{escape(json.dumps(above))}"'
        shown = listing(source)
        if i <= 2 and source.startswith(("import ", "from ")):
            shown = f'<details class="imports"><summary>Imports of this lesson</summary>{shown}</details>'
        outputs = self.panel(i, need, tried) if "panel" in tried else self.outputs(i, cell["outputs"])
        self.parts.append(f"<div {facts}>{shown}{outputs}</div>\n")

    def exercise(self, i, cell):
        """A cell of an exercise: what a learner writes, what a check calls, or what is given."""
        source, nbgrader = cell["source"], cell["metadata"].get("nbgrader", {})
        asked = re.fullmatch(r'check\("([^"]+)", (?:"\?"|(\w+))\)', source.strip())
        facts = f'id="{_id(i, cell)}" data-number="{i}"'
        if nbgrader.get("solution"):
            self.live = True
            facts += f' class="cell task" data-task="{escape(nbgrader["grade_id"])}"'
        elif asked and not asked[2]:
            facts += f' class="cell quiz" data-quiz="{escape(asked[1])}" data-letters="{self._letters(i)}"'
        elif asked:
            facts += f' class="cell checks" data-check="{escape(asked[1])}"'
        elif source.strip() == "progress()":
            facts += ' class="cell standing"'
        else:
            facts += ' class="cell given"'
        self.parts.append(f"<div {facts}>{listing(source)}</div>\n")

    def _letters(self, i):
        """The letters of the choices that stand above a quiz's cell."""
        return "".join(re.findall(r"^- \*\*(\w)\*\*", self.page.cells[i - 1]["source"], re.MULTILINE))

    def panel(self, i, need, tried):
        """The place of a live panel: its still picture, and the address of what makes it move."""
        self.live = True
        name = f"panels/{self.page.file.stem}-{i}"
        return place(self.folder, name, tried["panel"], tried["words"], need.setup, need.source)

    def outputs(self, i, outputs):
        """Stored outputs; a picture's words are its alt text and stand below it."""
        html, alt = [], None
        for n, output in enumerate(outputs):
            kind, data = output["output_type"], output.get("data", {})
            if kind == "stream":
                html.append(f'<pre class="out">{escape("".join(output["text"]).rstrip())}</pre>')
            elif kind == "error":
                html.append(f'<pre class="out">{escape(output["ename"])}: {escape(output["evalue"])}</pre>')
            elif "image/png" in data:
                told = output["metadata"].get("image/png", {})
                alt = told.get("alt", "")
                png = base64.b64decode("".join(data["image/png"]))
                path = f"figures/{self.page.file.stem}-{i}-{n}.png"
                picture = self.folder.picture(path, png, alt, told.get("width"), told.get("height"))
                html.append(f"<figure>{picture}</figure>")
            elif "text/html" in data and "lrc-still" in "".join(data["text/html"]):
                html.append(self._stored_still(i, "".join(data["text/html"])))
            elif "text/html" in data and alt and "".join(data["text/plain"]) == alt:
                html[-1] = html[-1].replace(
                    "</figure>", f'<figcaption aria-hidden="true">{escape(alt)}</figcaption></figure>'
                )
            elif "text/html" in data:
                html.append(f'<div class="out scroll">{"".join(data["text/html"])}</div>')
            elif "text/plain" in data:
                html.append(f'<pre class="out">{escape("".join(data["text/plain"]))}</pre>')
        return "".join(html)

    def _stored_still(self, i, html):
        """A panel that the browser's Python cannot move: the picture that the notebook keeps of it."""
        png = base64.b64decode(re.search(r'base64,([^"]+)"', html)[1])
        words = unescape(re.search(r'<img alt="([^"]*)"', html)[1])
        width, height = png_size(png)
        path = f"figures/{self.page.file.stem}-{i}.png"
        picture = self.folder.picture(path, png, words, STILL_WIDTH, round(STILL_WIDTH * height / width))
        note = "As it starts. It trains a network with PyTorch at every move, so it moves in JupyterLab only."
        return f'<figure class="still">{picture}<figcaption>{note}</figcaption></figure>'


def place(folder, name, panel, words, setup, source):
    """The HTML of a live panel's place; its picture and its beginning become files."""
    picture = folder.add_marked(f"{name}.svg", still(panel))
    start = json.dumps(panel | {"setup": setup, "source": source}, separators=(",", ":"))
    start = folder.add_marked(f"{name}.json", start)
    _, height = _size(panel["view"]["panes"][0])
    width = sum(_size(pane)[0] for pane in panel["view"]["panes"])
    image = framed(f'src="../{picture}" alt="{escape(words)}"', width, height)
    said = escape(re.sub("[⟨⟩]", "", panel["view"]["status"]))
    return (
        f'<div class="live" data-panel="../{start}"><figure class="still">{image}'
        f'<figcaption aria-hidden="true">{said}</figcaption></figure></div>'
    )


def still(panel):
    """A panel's pictures side by side as one SVG file that knows light and dark."""
    from lrcourse.scene import css

    x, parts = 0, []
    for back, front in zip(panel["backs"], panel["view"]["panes"], strict=True):
        width, height = _size(front)
        for svg in filter(None, (back, front)):
            parts.append(svg.replace("<svg ", f'<svg x="{x}" width="{width}" height="{height}" ', 1))
        x += width
    style = (
        ":root{--lrc-ink:#1c2733}@media (prefers-color-scheme:dark){:root{--lrc-ink:#e4eaf0}}"
        "path{fill:none;stroke-linejoin:round}text{font:14px system-ui,sans-serif}.grab{fill:none}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lrc" viewBox="0 0 {x} {height}" width="{x}" height="{height}">'
        f"<style>{style}{css()}</style>{''.join(parts)}</svg>"
    )


def _size(svg):
    width, height = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups()
    return int(width), int(height)


def _id(i, cell):
    """The anchor that the ledger's links lead to."""
    return f"cell-id={escape(cell['id'])}" if "id" in cell else f"cell-{i + 1}"
