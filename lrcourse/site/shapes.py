"""A small curve for every lesson: the schedule that it builds, drawn from the course's standard settings."""

import re

from lrcourse import schedules
from lrcourse.scene import upright
from lrcourse.schedules.standard import standard

# lesson: what it is about, where that is not the first schedule that it names
OF = {
    "00": "linear",
    "05": "multistep",  # stands for a plateau's drops, which a run decides
    "07": "ramp",
    "11": "linear_warmup",
    "13": "cosine_restarts",
}
WIDTH, HEIGHT = 120, 40


def shape(page):
    """The curve of a lesson's schedule as an SVG picture without words; nothing for a lesson that names none.

    >>> from lrcourse.site.course import ROOT, lessons
    >>> shape(lessons(ROOT)[2])[:64]
    '<svg class="shape" viewBox="-2 -2 124 44" aria-hidden="true"><pa'
    """
    code = "\n".join(cell["source"] for cell in page.cells if cell["cell_type"] == "code")
    named = [name for name in re.findall(r'\b\w+\("(\w+)"', code) if name in standard()]  # playground("cosine")
    named += [name for name in re.findall(r"\bschedules\.(\w+)\(", code) if name in standard()]
    name = OF.get(page.number) or next(iter(named), None)
    if name is None:
        return ""
    lrs = _curve(name)
    top = max(lrs)
    points = " ".join(f"{x * WIDTH / 99:.1f},{HEIGHT - y / top * HEIGHT:.1f}" for x, y in upright(lrs))
    ground = f'<path class="under" d="M0,{HEIGHT} {points} {WIDTH},{HEIGHT}Z"/>'
    return (
        f'<svg class="shape" viewBox="-2 -2 {WIDTH + 4} {HEIGHT + 4}" aria-hidden="true">'
        f'{ground}<path d="M{points}"/></svg>'
    )


def _curve(name):
    if name == "ramp":
        return schedules.curve(schedules.exponential(0.001, gamma=1.05), 100)
    return schedules.curve(getattr(schedules, name)(**standard()[name]), 100)
