"""Right and wrong versions of a function or class, on which a student's test is tried.

A version is a text. In it, names that begin with own_ belong to that version alone, and are drawn: a test that looks
inside of what it is given, at scheduler.count for one, fails versions that are right. A task uses them so, and
exercises/masters/10_compose.py shows one whole:

    Task("test_resume", drive="test", score="tells_apart", public=RESUME.public_cases(), draw=RESUME.draw, ...)
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lrcourse.exercises.exercise import Case, case

WORDS = re.findall(
    r"\w+",
    "acc base bases calls clock count data done elapsed firsts hold kept left mark memo now origin parts past pos rate "
    "ref rows seen start steps store sums table tally tick total value was",
)


@dataclass(frozen=True)
class Subjects:
    """What a test of one thing is tried on: {what is right or wrong with it, in words: its text}.

    public: the words of those that the notebook's check tries; the instructor draws from all of them.
    """

    right: Mapping[str, str]
    wrong: Mapping[str, str]
    public: tuple[str, ...]

    def public_cases(self) -> tuple[Case, ...]:
        """The cases of the notebook's check, in order."""
        return tuple(self._case(about, random.Random(about)) for about in self.public)

    def edge_cases(self) -> tuple[Case, ...]:
        """Every other version, once."""
        others = [about for about in {**self.right, **self.wrong} if about not in self.public]
        return tuple(self._case(about, random.Random(about)) for about in others)

    def draw(self, rng: random.Random) -> Case:
        """A version, right or wrong, with names drawn anew."""
        return self._case(rng.choice(list(self.right if rng.random() < 0.4 else self.wrong)), rng)

    def _case(self, about: str, rng: random.Random) -> Case:
        text = {**self.right, **self.wrong}[about]
        own = sorted(set(re.findall(r"\bown_\w+", text)))
        names = dict(zip(own, rng.sample(WORDS, len(own)), strict=True))
        return case(subject=re.sub(r"\bown_\w+", lambda found: names[found[0]], text), about=about)


def changed(text: str, *changes: tuple[str, str]) -> str:
    """The text with each piece replaced; a piece must occur once.

    >>> changed("lr = base_lr * gamma", ("gamma", "0.5"))
    'lr = base_lr * 0.5'
    """
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} must occur once in {text!r}, not {text.count(old)} times")
        text = text.replace(old, new)
    return text
