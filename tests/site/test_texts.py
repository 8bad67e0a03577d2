"""Markdown and notebooks as pages: what a reader, a screen reader and a link find there."""

import re
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote

import pytest

pytest.importorskip("latex2mathml")

from lrcourse.site import course, lessons, needs, wasm  # noqa: E402
from lrcourse.site.build import SAID_HERE, Site, main  # noqa: E402
from lrcourse.site.texts import leads, reader  # noqa: E402


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as it is built where neither Python for the browser nor the editor can be had."""
    patch = pytest.MonkeyPatch()
    patch.setattr("lrcourse.site.wasm.keeping", lambda: [tmp_path_factory.mktemp("empty")])
    patch.setattr("shutil.which", lambda name: None)
    patch.setattr("lrcourse.site.wasm._registry", lambda: None)
    made = Site().build()
    patch.undo()
    return made


class Seen(HTMLParser):
    """Gathers a page's links, ids, pictures and the tags left open."""

    def __init__(self, html):
        super().__init__()
        self.links, self.ids, self.pictures, self.open = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.ids += [facts["id"]] if "id" in facts else []
        self.links += [facts[key] for key in ("href", "src", "data-panel", "data-notebook") if facts.get(key)]
        self.pictures += [facts] if tag == "img" else []
        if tag not in ("img", "meta", "link", "br", "input", "hr", "path", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()


def html_pages(site):
    return {path: content.decode() for path, content in site.folder.files.items() if path.endswith(".html")}


def test_without_python_for_the_browser_all_pages_are_there_and_it_is_said(site):
    made = {path for path in html_pages(site) if not path.startswith("play/")}
    assert made == {page.path for page in site.pages} | {"index.html", "search.html"}
    assert {"play/cosine.html", "play/drive.html", "play/draw_schedule.html"} <= set(html_pages(site))
    assert any("Nothing on the pages moves or runs" in lack for lack in site.lacks)
    assert not any("page.js" in html for html in html_pages(site).values())


def test_every_link_leads_somewhere(site):
    pages = {path: Seen(html) for path, html in html_pages(site).items()}
    for path, page in pages.items():
        for link in page.links:
            if link.startswith(("https://", "http://", "data:", "mailto:")):
                continue
            address, _, part = link.partition("#")
            address = address.partition("?")[0]
            target = path if not address else _normal(PurePosixPath(path).parent / address)
            assert target in site.folder.files, f"{path}: {link}"
            if part and target.endswith(".html"):
                assert unquote(part) in pages[target].ids, f"{path}: {link}"


def _normal(path):
    parts = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def test_ids_are_used_once_and_tags_are_closed(site):
    for path, html in html_pages(site).items():
        page = Seen(html)
        assert len(page.ids) == len(set(page.ids)), path
        assert page.open == [], path


def test_every_stored_picture_is_shown_with_its_own_words(site):
    for page in site.lessons:
        shown = {picture["alt"] for picture in Seen(html_pages(site)[page.path]).pictures}
        for cell in page.cells:
            for output in cell.get("outputs", []):
                if "image/png" in output.get("data", {}):
                    assert output["metadata"]["image/png"]["alt"] in shown, page.path


def test_every_stored_line_is_on_the_page(site):
    for page in site.lessons:
        words = _words(html_pages(site)[page.path])
        for cell in page.cells:
            said = "".join("".join(out["text"]) for out in cell.get("outputs", []) if out["output_type"] == "stream")
            assert all(_words(line, plain=True) in words for line in said.splitlines()), page.path


def _words(text, plain=False):
    from html import unescape

    text = text if plain else unescape(re.sub(r"<[^>]+>", "", text))
    return re.sub(r"\s+", "", text)


def test_pages_without_their_figures_are_light(site):
    for page in site.lessons:
        assert len(site.folder.files[page.path]) <= 150_000, page.path


def test_nothing_is_asked_of_another_site(site):
    for path, content in site.folder.files.items():
        if path.endswith((".html", ".css", ".js")):
            text = content.decode()
            loads = re.findall(
                r"""(?:src|srcset)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//|@import|fetch\(["']http""", text
            )
            assert loads == [], path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("costs $5 and $6 more", "costs $5 and $6 more"),
        ("a `$x$` b", "<code>$x$</code>"),
        ("**$x$**", "<strong><math"),
        ("$$a_1$$", 'display="block"'),
        ("$$\na_1\n$$", 'display="block"'),
        ("$a < b$", "<mo>&#x0003C;</mo>"),
        ("| $a$ | b |\n|---|---|\n| 1 | 2 |", '<td data-label="b" role="cell">2</td>'),
        ("[x](no.py)", "<p>x</p>"),
        ("[x](https://example.org/a?b=1&c=2)", 'href="https://example.org/a?b=1&amp;c=2"'),
        ("# A\n\n# A", 'id="a-again"'),
    ],
)
def test_markdown(text, wanted):
    page = course.lessons(course.ROOT)[0]
    assert wanted in reader(leads([page], page), lambda url, alt: "")(text)


def test_what_a_cell_needs():
    found = needs.needs(
        [
            "import math\nfrom os import path as p",
            "xs = [1]\nxs.append(2)",
            "def f(x):\n    return math.pi * xs[0]",
            "@f\ndef g(y):\n    return f(y)",
            "print(g(1))",
            "this is no Python",
        ]
    )
    assert [text for _, text in found[4].above] == [
        "import math",
        "xs = [1]",
        "xs.append(2)",
        "def f(x):\n    return math.pi * xs[0]",
        "@f\ndef g(y):\n    return f(y)",
    ]
    assert found[5] is None


def test_a_cell_that_needs_torch_is_not_offered_and_one_of_the_standard_library_is(site):
    page = next(page for page in site.lessons if page.number == "02")
    tried = lessons.rehearsed(page, course.ROOT)
    runs = {i for i, (_, one) in tried.items() if "runs" in one}
    assert runs and not any("torch" in page.cells[i]["source"] for i in runs)
    assert [i for i, (_, one) in tried.items() if "panel" in one]


def test_nobodys_own_files_are_written_over(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert "holds other things than a site" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--repository", "javascript:alert(1)"], "begins with https://"),
        (["--handout", "/nowhere"], "holds no exercise notebooks"),
        (["--port", "x"], "whole number"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, capsys, given, said):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "new"), *given])
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_wrong_package_is_refused_and_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(wasm, "keeping", lambda: [tmp_path])
    monkeypatch.setattr(wasm, "_fetched", lambda: b"something else")
    with pytest.raises(wasm.NotToBeHad, match="wrong checksum"):
        wasm.package()
    assert not list(tmp_path.iterdir())
    (tmp_path / wasm.NAME).write_bytes(b"damaged")
    with pytest.raises(wasm.NotToBeHad, match="wrong checksum"):
        wasm.package()


def test_the_registry_is_the_one_that_npm_would_ask(tmp_path, monkeypatch):
    monkeypatch.delenv("npm_config_registry", raising=False)
    (tmp_path / "npmrc").write_text("# mine\nregistry = https://mirror.example/npm/\n")
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "npmrc"))
    assert wasm._registry() == "https://mirror.example/npm/"
    monkeypatch.setenv("npm_config_registry", "https://other.example/")
    assert wasm._registry() == "https://other.example/"


@pytest.mark.parametrize("words", SAID_HERE)
def test_what_a_page_says_otherwise_is_still_said_by_a_notebook(site, words):
    assert any(words in html.decode() for path, html in site.folder.files.items() if path.endswith(".html"))
