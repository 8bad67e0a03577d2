"""The words of all pages, section by section, as one small file that the search page reads."""

import json
import re

from lrcourse.site.texts import plain


def sections(page, body, outline):
    """[title, address, heading, words] for every section of a page; a section goes from one heading to the next.

    Code and outputs are left out: what is looked for is what the texts say.
    """
    prose = re.sub(
        r'<(pre|figure|svg|style)\b.*?</\1>|<details class="imports">.*?</details>', " ", body, flags=re.DOTALL
    )
    parts = re.split(r'<h[1-6] id="([^"]+)">', prose)
    names = {id: words for _, id, words in outline}
    title = f"{page.number} {page.title}".strip() if page.kind == "lesson" else page.title
    title = f"Exercise {page.number}: {page.title}" if page.kind == "exercise" else title
    found = []
    for id, text in zip(parts[1::2], parts[2::2], strict=True):
        text = re.sub(r"</h[1-6]>", " | ", text, count=1)
        words = re.sub(r"\s+", " ", plain(text).partition("|")[2]).strip()
        found.append([title, f"{page.path}#{id}", names[id], words])
    return found


def as_script(found):
    """The sections as a script, since a page that was opened from a disk may load scripts and no data."""
    return "const SECTIONS = " + json.dumps(found, ensure_ascii=False, separators=(",", ":")) + ";\n"
