"""Numbers in the lessons' prose are numbers that the lesson shows, or stand on the list of exceptions with a reason.

Prose is a markdown cell, and the title and the alt text of a figure. What a number may lean on: a number in an output
of the same notebook, a number in its code, a row of the ledger that it stores. Left out of prose: code, formulas, the
references, years, names of lessons, claims and issues.
"""

import ast
import math
import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lrcourse.evidence.rows import KEY

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LISTS = tomllib.loads(Path(__file__).with_name("numbers_in_prose.toml").read_text(encoding="utf-8"))
NUMBER = re.compile(r"(?<![\w.,^])\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![\d^])", re.IGNORECASE)
IN_OUTPUT = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
NOT_PROSE = [
    r"(?s)\n## References.*",
    r"(?s)```.*?```|`[^`]*`",
    r"(?s)\$\$.*?\$\$|\$[^$]*\$",
    r"\]\([^)]*\)|https?:\S+",
    r"(?m)^# \d\d ",
    r"\b[A-D]\d{1,2}\b",
    r"(?i)\b(?:issues?|pytorch|lightning|accelerate|transformers|diffusers|timm)\s+\d{3,}(?:,\s*\d+|\s+and\s+\d+)*",
    r"(?i)\barXiv:[\d.]+",
    r"\b0\d\b(?![.,]\d)|(?i:\blessons?\s+)\d\d(?:(?:,| and| to| or)\s+\d\d)*",
    r"\b(?:19|20)\d\d\b",
]


def numbers_in(prose):
    """The numbers of a text as they are written."""
    for pattern in NOT_PROSE:
        prose = re.sub(pattern, " ", prose)
    return NUMBER.findall(prose)


def words_of_figures(source):
    """The titles and alt texts that a code cell gives to figures."""
    strings = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in ("alt", "title"):
            strings += [
                c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant) and isinstance(c.value, str)
            ]
    return " ".join(strings)


def shown(notebook):
    """The numbers that a notebook shows: in outputs other than figures' alt texts, in code, in rows of the ledger."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        constants = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
        found += [float(value) for value in constants if type(value) in (int, float)]
        for output in cell.outputs:
            row = output.get("metadata", {}).get(KEY)
            found += [_value(number) for number in IN_OUTPUT.findall(output.get("text", ""))]
            found += list(_numbers(row))
    return [abs(number) for number in found if math.isfinite(number)]


def leans_on(written, numbers):
    """Whether one of the numbers, rounded as the written one is, equals it: then it lies within 5 % of it too."""
    value = _value(written)
    plain = written.replace(",", "").lower().partition("e")[0]
    places = len(plain.partition(".")[2]) if "." in plain else len(plain.rstrip("0")) - len(plain)
    near = 10.0**-places / 2 * (1 + 1e-9)
    for number in (*numbers, *(100 * number for number in numbers)):  # a share may be said in percent
        if number == value or (abs(number - value) <= near and abs(number - value) <= 0.05 * value):
            return True
    return False


def unfounded(notebook):
    """The numbers in a notebook's prose that nothing in it shows, each with the beginning of its cell."""
    numbers, found = shown(notebook), []
    for cell in notebook.cells:
        prose = cell.source if cell.cell_type == "markdown" else words_of_figures(cell.source)
        found += [(number, cell.source[:60]) for number in numbers_in(prose) if not leans_on(number, numbers)]
    return found


def stale(page, books):
    """What the page of dead ends says of a lesson in numbers that it does not show; books: the lessons by number."""
    said = []
    for point in re.split(r"^- ", page, flags=re.MULTILINE):
        told = " ".join(point.split())
        for lesson, words in re.findall(r"[Ll]esson (\d\d)(?:: | with | asks )(.*?)(?=\. [A-Z]|; |$)", told):
            numbers = shown(books[lesson])
            said += [number for number in numbers_in(words) if not leans_on(number, numbers)]
    return said


def _numbers(data):
    """All numbers in nested plain data; those in its texts, such as a plan's hash, are none."""
    if isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _numbers(part)
    elif type(data) in (int, float):
        yield data


def _value(written):
    return float(written.replace(",", ""))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_numbers_in_prose_are_shown_or_have_a_reason(path):
    if path.stem in LISTS["not yet"]["lessons"]:
        pytest.skip("not yet")
    found = unfounded(nbformat.read(path, as_version=4))
    reasons = LISTS.get(path.stem, {})
    assert all(isinstance(reason, str) and len(reason) > 10 for reason in reasons.values())
    left = [f"{number} in: {where}" for number, where in found if number not in reasons]
    assert not left, "\n".join([path.name, *left])
    unused = set(reasons) - {number for number, _ in found}
    assert not unused, f"exceptions that nothing needs: {sorted(unused)}"


@pytest.mark.parametrize(
    ("prose", "numbers"),
    [
        ("It ends at 0.139, 25,000 steps later, in 12 % of 1e-5.", ["0.139", "25,000", "12", "1e-5"]),
        ("See lesson 05, lessons 03 and 04, claim A12 and issues 22107, 31871 (Smith, 2017, arXiv:1506.01186).", []),
        ("By four processes (accelerate 963), as in diffusers 4387.", []),
        ("`gamma=0.5` and $0.1^2$ are code and formula.\n\n## References\n\n12 pages", []),
        ("# 04 Cosine\n\n[a](b_12.md) from 0.85 to 10.", ["0.85", "10"]),
    ],
)
def test_what_counts_as_a_number_in_prose(prose, numbers):
    assert numbers_in(prose) == numbers


def notebook(prose, source="x = 3", text=""):
    outputs = [new_output("stream", name="stdout", text=text)] if text else []
    return new_notebook(cells=[new_markdown_cell(prose), new_code_cell(source, outputs=outputs)])


@pytest.mark.parametrize(
    ("good", "prose", "text"),
    [
        (True, "The loss is 0.14.", "loss 0.1387"),
        (True, "It is 3.", ""),
        (True, "Some 14 percent.", "share 0.139"),
        (True, "About 1,400 steps.", "1387 steps"),
        (False, "The loss is 0.15.", "loss 0.1387"),
        (False, "The loss is 0.1.", "loss 0.139"),
        (False, "It took 1,500 steps.", "1387 steps"),
        (False, "It is 4.", ""),
    ],
)
def test_a_number_that_nothing_shows_is_found(good, prose, text):
    assert (unfounded(notebook(prose, text=text)) == []) == good


def test_a_figure_s_words_are_prose_and_prove_nothing():
    source = 'show(fig(title="Half at 17"), alt="At step 17 it is 0.5.")'
    assert sorted(number for number, _ in unfounded(notebook("It is 17.", source))) == ["0.5", "17", "17", "17"]


def test_what_the_dead_ends_say_of_a_lesson_stands_in_it():
    books = {path.name[:2]: nbformat.read(path, as_version=4) for path in NOTEBOOKS}
    page = (FOLDER / "dead_ends.md").read_text(encoding="utf-8")
    assert stale(page, books) == []
    assert stale(page.replace("Lesson 15: +0.0039", "Lesson 15: +0.0139"), books) == ["0.0139"]
