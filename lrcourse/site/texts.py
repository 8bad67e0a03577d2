"""Markdown as HTML: native MathML, highlighted code, headings that can be linked to, links from page to page."""

import posixpath
import re
from functools import lru_cache
from html import escape, unescape

import mistune
from latex2mathml.converter import convert
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token

# what is coloured, and by which class: most tokens are not, and a page stays light
CLASSES = {
    Keyword: "k",
    Operator.Word: "k",
    String: "s",
    Number: "n",
    Comment: "c",
    Name.Function: "f",
    Name.Class: "f",
    Name.Decorator: "f",
}
FORMULA = r"(?P<display>\$\$(?P<block>[^$]+?)\$\$)|(?<![\\$\w])\$(?!\s)(?P<inline>[^$\n]+(?:\n[^$\n]+)?)(?<!\s)\$(?!\d)"


class Renderer(mistune.HTMLRenderer):
    """One page's HTML. `outline` gathers its headings as (level, id, text); links(url): where a link or picture leads.

    links gives None for what is not on the site: then the link's words stay and lead nowhere.
    """

    def __init__(self, links, picture):
        super().__init__(escape=False)  # the texts are the course's own, or the lecturer's
        self.links, self.picture, self.outline = links, picture, []

    def heading(self, text, level, **attrs):
        """A heading with an id of its own."""
        words = plain(text)
        name = slug(words)
        taken = [id for _, id, _ in self.outline]
        while name in taken:
            name += "-again"
        self.outline.append((level, name, words))
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def link(self, text, url, title=None):
        """A link that leads to a page of the site, to another site, or nowhere."""
        address = self.links(url)
        return text if address is None else f'<a href="{escape(address)}">{text}</a>'

    def image(self, text, url, title=None):
        """A picture that lies beside the source."""
        return self.picture(url, text)

    def block_code(self, code, info=None):
        """A fenced or indented block."""
        return listing(code, python=(info or "").startswith("py"))

    def formula(self, text, display):
        """TeX as MathML."""
        return mathml(text, display)

    def table_cell(self, text, align=None, head=False):
        """A cell that stays one for a screen reader when a narrow screen shows the table as cards."""
        tag, role = ("th", "columnheader") if head else ("td", "cell")
        side = f' style="text-align:{align}"' if align else ""
        return f'<{tag} role="{role}"{side}>{text}</{tag}>'

    def table_row(self, text):
        """A row, its role said aloud for the same reason."""
        return f'<tr role="row">{text}</tr>\n'

    def table_head(self, text):
        """The first row."""
        return f'<thead role="rowgroup"><tr role="row">{text}</tr></thead>\n'

    def table_body(self, text):
        """The other rows."""
        return f'<tbody role="rowgroup">{text}</tbody>\n'

    def table(self, text):
        """A table that scrolls by itself where it is too wide; every cell knows its column's name."""
        names = [plain(name) for name in re.findall(r"<th [^>]*>(.*?)</th>", text, re.DOTALL)]

        def label(row):
            column = iter(names)
            return re.sub(r"<td ", lambda _: f'<td data-label="{escape(next(column, ""))}" ', row[0])

        rows = re.sub(r'<tr role="row">.*?</tr>', label, text, flags=re.DOTALL)
        return f'<div class="scroll"><table role="table">{rows}</table></div>\n'


def plain(markup):
    """HTML without its tags, as text.

    >>> plain("A <b>bold</b> &amp; short text")
    'A bold & short text'
    """
    return unescape(re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", markup, flags=re.DOTALL)).strip()


def slug(words):
    """A heading's words as an id.

    >>> slug("What goes wrong: two traps")
    'what-goes-wrong-two-traps'
    """
    return re.sub(r"[^\w]+", "-", words.casefold()).strip("-") or "part"


@lru_cache(maxsize=4096)
def mathml(tex, display=False):
    """A formula as native MathML, which browsers draw and screen readers read; a wide one scrolls by itself."""
    markup = convert(unescape(tex).strip(), display="block" if display else "inline")
    return f'<span class="formula">{markup}</span>' if display else markup


def listing(source, python=True, kind="code"):
    """Source text in a frame, highlighted where it is Python."""
    body = highlighted(source.rstrip()) if python else escape(source.rstrip())
    return f'<pre class="{kind}"><code>{body}</code></pre>\n'


def highlighted(source):
    """Python source as HTML, its keywords, strings, numbers, comments and definitions marked.

    >>> highlighted("x = 1  # one")
    'x = <span class="n">1</span>  <span class="c"># one</span>'
    """
    parts, words, last = [], "", ""
    for token, text in [*PythonLexer(stripnl=False, ensurenl=False).get_tokens(source), (Token, None)]:
        kind = next((name for part, name in CLASSES.items() if token in part), "")
        if words and (kind != last or text is None):
            parts.append(
                f'<span class="{last}">{escape(words, quote=False)}</span>' if last else escape(words, quote=False)
            )
            words = ""
        words, last = words + (text or ""), kind
    return "".join(parts)


def reader(links, picture):
    """A function from Markdown to HTML for one page, with the renderer (and the outline it gathers) as `renderer`."""
    return mistune.create_markdown(renderer=Renderer(links, picture), plugins=["table", "strikethrough", _formulas])


def _formulas(markdown):
    def parse(inline, match, state):
        display = match["display"] is not None
        state.append_token({"type": "formula", "raw": match["block"] or match["inline"], "attrs": {"display": display}})
        return match.end()

    markdown.inline.register("formula", FORMULA, parse, before="link")


def leads(pages, here, repository=""):
    """A function that says where a link on the page `here` leads: a page of the site, another site, or None.

    >>> from lrcourse.site.course import ROOT, lessons
    >>> pages = lessons(ROOT)
    >>> where = leads(pages, pages[0])
    >>> where("01_learning_rate.ipynb#see-it"), where("../README.md"), where("../pyproject.toml")
    ('01_learning_rate.html#see-it', '../index.html', None)
    """
    known = {page.source: page.path for page in pages} | {
        "README.md": "index.html",
        "exercises": "index.html#exercises",
    }
    known |= {"exercises/README.md": "exercises/guide.html"} if "exercises/README.md" in known else {}

    def where(url):
        if url.startswith(("#", "http://", "https://", "mailto:")):
            return url
        path, mark, part = url.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here.source), path))
        if target in known:
            return posixpath.relpath(known[target], posixpath.dirname(here.path) or ".") + mark + part
        return posixpath.join(repository, target) if repository else None

    return where
