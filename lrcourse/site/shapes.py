"""A small curve for every lesson: the schedule that it builds, drawn from the course's standard settings."""

from lrcourse import schedules
from lrcourse.scene import upright
from lrcourse.schedules.standard import standard

# lesson: its schedule; what has no schedule of its own gets what it is about
OF = {
    "00": "linear",
    "01": "constant",
    "02": "step_decay",
    "03": "exponential",
    "04": "cosine",
    "05": "multistep",  # stands for a plateau's drops, which a run decides
    "06": "cyclic",
    "07": "ramp",
    "08": "one_cycle",
    "09": "inverse_sqrt",
    "10": "wsd",
    "11": "linear_warmup",
    "12": "flat_cosine",
    "13": "cosine_restarts",
}
WIDTH, HEIGHT = 120, 40


def shape(number):
    """The curve of a lesson's schedule as an SVG picture without words; nothing for a lesson that has none.

    >>> shape("02")[:64], shape("99")
    ('<svg class="shape" viewBox="-2 -2 124 44" aria-hidden="true"><pa', '')
    """
    if number not in OF:
        return ""
    lrs = _curve(OF[number])
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
