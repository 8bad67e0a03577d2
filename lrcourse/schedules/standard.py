"""The course's standard settings, in one table.

The gallery draws them, the playgrounds begin there, a comparison races them.
"""

from typing import Any


def standard(base_lr: float = 0.1, steps: int = 100) -> dict[str, dict[str, Any]]:
    """{schedule: its arguments}, stretched over a run of so many steps whose highest LR is base_lr.

    Where the three articles give a number for their runs of 100 epochs, it is theirs: step decay halves the LR after
    every fifth of the run, exponential decay falls by 0.95 a hundred times, cosine ends at a hundredth, a triangle
    rises for a fifth of the run.

    >>> standard(steps=500)["step_decay"]
    {'base_lr': 0.1, 'step_size': 100, 'gamma': 0.5}
    """
    fifth, tenth = max(1, steps // 5), max(1, steps // 10)
    return {
        "constant": {"base_lr": base_lr},
        "step_decay": {"base_lr": base_lr, "step_size": fifth, "gamma": 0.5},
        "multistep": {
            "base_lr": base_lr,
            "milestones": tuple(max(1, round(part * steps)) for part in (0.3, 0.6, 0.8)),
            "gamma": 0.5,
        },
        "exponential": {"base_lr": base_lr, "gamma": 0.95 ** (100 / steps)},
        "inverse_time": {"base_lr": base_lr, "decay_rate": 0.5, "decay_steps": tenth},
        "half_life": {"base_lr": base_lr, "seconds": 600},
        "linear": {"base_lr": base_lr, "start_factor": 1.0, "end_factor": 0.0, "total_iters": steps},
        "polynomial": {"base_lr": base_lr, "total_iters": steps, "power": 2.0},
        "cosine": {"base_lr": base_lr, "T_max": steps, "eta_min": 0.01 * base_lr},
        "cosine_restarts": {
            "base_lr": base_lr,
            "T_0": max(1, round(0.14 * steps)),  # 14 + 28 + 56: three cycles end with the run
            "T_mult": 2,
            "eta_min": 0.01 * base_lr,
        },
        "cyclic": {"base_lr": 0.01 * base_lr, "max_lr": base_lr, "step_size_up": fifth},
        "one_cycle": {"max_lr": base_lr, "total_steps": steps},
        "linear_warmup": {"base_lr": base_lr, "warmup_steps": fifth},
        "exponential_warmup": {"base_lr": base_lr, "warmup_steps": fifth},
        "inverse_sqrt": {"base_lr": base_lr, "warmup_steps": tenth},
        "wsd": {
            "base_lr": base_lr,
            "total_steps": steps,
            "warmup_steps": steps // 10,
            "cooldown_steps": steps // 5,
            "eta_min": 0.0,
        },
        "flat_cosine": {"base_lr": base_lr, "total_steps": steps, "pct_start": 0.75, "eta_min": 0.0},
    }
