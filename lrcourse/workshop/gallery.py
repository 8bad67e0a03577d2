"""The course's schedules on one page.

`python3 -m lrcourse.workshop.gallery` draws notebooks/schedules.png for the README.
"""

from pathlib import Path

from matplotlib.figure import Figure

from lrcourse import schedules as s
from lrcourse.plots import COLORS, DPI, GRID, INK, QUIET, png, upright
from lrcourse.schedules.standard import standard

PICTURE = Path(__file__).parents[2] / "notebooks" / "schedules.png"
BLUE, RED, GREEN, PINK, BLACK = COLORS
PLATEAU = s.multistep(0.1, milestones=[26, 52, 77], gamma=0.3)  # stands for a plateau's drops, which a run decides
SET = standard()  # 100 epochs with a peak of 0.1
# name, lesson, color of its family
SCHEDULES = [
    ("constant", "01", BLACK, s.constant(**SET["constant"])),
    ("step decay", "02", BLUE, s.step_decay(**SET["step_decay"])),
    ("exponential decay", "03", BLUE, s.exponential(**SET["exponential"])),
    ("linear to zero", "03", BLUE, s.linear(**SET["linear"])),
    ("cosine annealing", "04", BLUE, s.cosine(**SET["cosine"])),
    ("warm restarts", "04", RED, s.cosine_restarts(**SET["cosine_restarts"])),
    ("reduce on plateau", "05", BLUE, PLATEAU),
    ("triangular cycle", "06", RED, s.cyclic(**SET["cyclic"])),
    ("shrinking cycle", "06", RED, s.cyclic(0.001, 0.1, step_size_up=10, mode="triangular2")),
    ("one-cycle", "08", RED, s.one_cycle(**SET["one_cycle"])),
    ("warmup, then cosine", "09", GREEN, s.warmup(s.cosine(0.1, T_max=85), 15)),
    ("inverse square root", "09", GREEN, s.inverse_sqrt(**SET["inverse_sqrt"])),
    ("warmup, stable, decay", "10", GREEN, s.wsd(**SET["wsd"])),
    ("two in one", "10", PINK, s.chain([s.cyclic(0.03, 0.1, step_size_up=10), s.exponential(1.0, 0.98)])),
    ("flat, then cosine", "12", PINK, s.flat_cosine(**SET["flat_cosine"])),
]


def gallery():
    """A figure of small curves, one for each schedule, with the lesson that builds it.

    >>> len(gallery().axes)
    15
    """
    fig = Figure(figsize=(10.4, 4.9), dpi=DPI, layout="constrained")
    fig.get_layout_engine().set(w_pad=0.12, h_pad=0.1)
    for axes, (name, lesson, color, schedule) in zip(fig.subplots(3, 5).flat, SCHEDULES, strict=True):
        epochs, lrs = upright(s.curve(schedule, 100))
        axes.fill_between(epochs, lrs, color=color, alpha=0.14, linewidth=0)
        axes.plot(epochs, lrs, color=color, linewidth=2.2, solid_joinstyle="round", clip_on=False)
        axes.set(xlim=(0, 99), ylim=(0, 0.108), xticks=[], yticks=[])
        axes.set_title(name, loc="left", fontsize=10, fontweight="bold", color=INK, pad=5)
        axes.set_xlabel(f"lesson {lesson}", loc="left", fontsize=10, color=QUIET, labelpad=3)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set(color=GRID, linewidth=1.5)
    return fig


if __name__ == "__main__":
    PICTURE.write_bytes(png(gallery()))
    print(f"{PICTURE.name}: {PICTURE.stat().st_size // 1024} KB")
