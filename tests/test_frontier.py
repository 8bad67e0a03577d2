"""Lesson 15 marks what it only cites, and the page of dead ends keeps its form."""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
MARK = "**Cited, not measured here.**"
PARTS = ["When", "Tried", "Found", "Why", "Instead"]


def unmarked(prose):
    """The paragraphs before the references that name a paper and lack the mark."""
    paragraphs = prose.partition("\n## References")[0].split("\n\n")
    return [part for part in paragraphs if "arXiv:" in part and not part.startswith(MARK)]


def test_every_citation_of_lesson_15_is_marked():
    notebook = nbformat.read(FOLDER / "15_the_frontier.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert [part for cell in cells for part in unmarked(cell)] == []
    marked = [part for cell in cells for part in cell.split("\n\n") if part.startswith(MARK)]
    assert len(marked) >= 6
    assert all(re.search(r"\b20\d\d\b", part) for part in marked)
    references = cells[-1].partition("## References")[2]
    named = set(re.findall(r"arXiv:[\d.]+\d", "\n".join(marked)))
    assert named <= set(re.findall(r"arXiv:[\d.]+\d", references))


def entries(page):
    """By title: the parts of every entry, by name."""
    found = {}
    for section in page.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        points = re.split(r"^- ", body.strip(), flags=re.MULTILINE)
        found[title] = {point.partition(".**")[0].lstrip("*"): point.partition(".**")[2] for point in points if point}
    return found


def faults(page):
    """What is wrong with the page's form: an entry has five lines, a date, and a number in what was found."""
    said = []
    for title, parts in entries(page).items():
        if list(parts) != PARTS:
            said.append(f"{title}: {list(parts)}")
        elif not re.match(r" \d{4}-\d\d", parts["When"]) or not re.search(r"\d", parts["Found"]):
            said.append(f"{title}: no date, or nothing counted")
    return said


def test_the_dead_ends_are_dated_and_counted():
    page = (FOLDER / "dead_ends.md").read_text(encoding="utf-8")
    assert faults(page) == []
    assert len(entries(page)) >= 10


GOOD = "# Page\n\n## A\n\n" + "\n".join(f"- **{part}.** 2026-11, 3 seeds." for part in PARTS) + "\n"


@pytest.mark.parametrize(
    "page",
    [
        GOOD.replace("- **Why.** 2026-11, 3 seeds.\n", ""),
        GOOD.replace("- **When.** 2026-11", "- **When.** lately"),
        GOOD.replace("- **Found.** 2026-11, 3 seeds.", "- **Found.** It did not work."),
        GOOD + "\n## B\n\nA paragraph.\n",
    ],
)
def test_a_bad_entry_is_caught(page):
    assert faults(GOOD) == [] and faults(page)


def test_an_unmarked_citation_is_caught():
    assert unmarked(f"{MARK} It helps (2025, arXiv:2501.18965).\n\nIt helps here.") == []
    assert unmarked("They say (2025, arXiv:2501.18965).\n\n## References\n\narXiv:1706.02677") != []
