"""What the course's folder holds, as the pages that a reader will see: where each comes from and where it will be."""

import json
import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Page:
    """One page: its source's path in the course's folder and its own path on the site, both with forward slashes."""

    source: str
    path: str
    kind: str  # 'lesson', 'exercise' or 'text'
    file: Path

    @cached_property
    def cells(self):
        """The notebook's cells, each with its source as one text; a Markdown file is a single cell."""
        text = self.file.read_text(encoding="utf-8")
        if self.file.suffix != ".ipynb":
            return [{"cell_type": "markdown", "source": text, "metadata": {}}]
        return [{**cell, "source": "".join(cell["source"])} for cell in json.loads(text)["cells"]]

    @cached_property
    def heading(self):
        """The text of its first heading."""
        return re.search(r"^# +(.+)$", self.cells[0]["source"], re.MULTILINE)[1].strip()

    @property
    def number(self):
        """The two digits that its file's name begins with, or nothing."""
        return re.match(r"\d*", self.file.stem)[0]

    @property
    def title(self):
        """The heading without its number and without the question after the colon of a lesson.

        >>> find(lessons(ROOT), "04").title
        'Cosine annealing'
        """
        heading = re.sub(r"^(Exercise )?\d+:? +", "", self.heading)
        return heading.partition(":")[0] if self.kind == "lesson" else heading[:1].upper() + heading[1:]

    @property
    def question(self):
        """What stands after the colon of a lesson's heading, as a sentence."""
        question = self.heading.partition(":")[2].strip()
        return question[:1].upper() + question[1:]

    @property
    def goal(self):
        """An exercise's goal, without the marks of Markdown."""
        found = re.search(r"\*\*Goal\.\*\* +(.+?)(?:\n\n|$)", self.cells[0]["source"], re.DOTALL)
        return re.sub(r"[`*]", "", " ".join(found[1].split())) if found else ""

    @property
    def facts(self):
        """An exercise's lesson, difficulty, minutes and points, as far as its first cell tells them.

        >>> find(exercises(ROOT / "exercises"), "02").facts.partition(",")[0]
        'lesson 02'
        """
        told = {
            r"[Dd]ifficulty (\d)": "difficulty {} of 5",
            r"(\d+) minutes": "{} minutes",
            r"(\d+) points": "{} points",
        }
        found = {words: re.search(pattern, self.cells[0]["source"]) for pattern, words in told.items()}
        facts = [words.format(match[1]) for words, match in found.items() if match]
        return ", ".join([f"lesson {self.belongs}", *facts])

    @property
    def belongs(self):
        """The number of the lesson that an exercise says it belongs to."""
        found = re.search(r"notebooks/(\d\d)", self.cells[0]["source"])
        return found[1] if found else self.number


def lessons(root):
    """The lessons' pages, in order."""
    return [
        _page(file, f"notebooks/{file.name}", "lesson") for file in sorted((root / "notebooks").glob("[0-9]*.ipynb"))
    ]


def exercises(folder):
    """The pages of the students' notebooks in a folder (exercises/ of the course, or of a hand-out), in order."""
    return [_page(file, f"exercises/{file.name}", "exercise") for file in sorted(folder.glob("[0-9]*.ipynb"))]


def texts(root):
    """What lies beside the lessons as text alone, the ledger first of all; and the instructor's guide."""
    beside = sorted((root / "notebooks").glob("*.md"), key=lambda file: (file.stem != "claims", file.stem))
    guide = Page("exercises/README.md", "exercises/guide.html", "text", root / "exercises" / "README.md")
    return [*(_page(file, f"notebooks/{file.name}", "text") for file in beside), guide]


def _page(file, source, kind):
    return Page(source, posixpath.splitext(source)[0] + ".html", kind, file)


def find(pages, number):
    """The first page whose file's name begins with this number, or None."""
    return next((page for page in pages if page.number == number), None)
