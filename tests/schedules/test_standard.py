"""The standard settings, by numbers worked out by hand from what the articles say of runs of 100 epochs."""

import pytest

from lrcourse import schedules
from lrcourse.schedules.standard import standard

# LRs at the base LR 0.2, by step, of a run of 100 steps
BY_HAND = {
    "constant": {0: 0.2, 99: 0.2},
    "step_decay": {19: 0.2, 20: 0.1, 40: 0.05, 99: 0.0125},
    "multistep": {29: 0.2, 30: 0.1, 59: 0.1, 60: 0.05, 79: 0.05, 80: 0.025},
    "exponential": {0: 0.2, 1: 0.19, 2: 0.1805},
    "inverse_time": {0: 0.2, 10: 0.2 / 1.5, 20: 0.1, 60: 0.05},
    "half_life": {0: 0.2, 600: 0.1, 1200: 0.05},
    "linear": {0: 0.2, 50: 0.1, 100: 0},
    "polynomial": {0: 0.2, 50: 0.05, 90: 0.002},
    "cosine": {0: 0.2, 50: 0.101, 100: 0.002},
    "cosine_restarts": {0: 0.2, 7: 0.101, 14: 0.2, 28: 0.101, 42: 0.2, 70: 0.101},
    "cyclic": {0: 0.002, 10: 0.101, 20: 0.2, 40: 0.002, 60: 0.2},
    "one_cycle": {0: 0.008, 29: 0.2, 99: 8e-7},
    "linear_warmup": {0: 0.01, 9: 0.1, 19: 0.2, 50: 0.2},
    "exponential_warmup": {19: 0.2 * (1 - 0.36787944117144233)},
    "inverse_sqrt": {4: 0.1, 9: 0.2, 39: 0.1},
    "wsd": {4: 0.1, 9: 0.2, 80: 0.2, 90: 0.1, 100: 0},
    "flat_cosine": {0: 0.2, 75: 0.2, 100: 0},
}


@pytest.mark.parametrize("name", standard())
def test_standard_settings_give_the_numbers_worked_out_by_hand(name):
    schedule = getattr(schedules, name)(**standard(0.2, 100)[name])
    for step, lr in BY_HAND[name].items():
        assert schedule(step) == pytest.approx(lr, abs=1e-12), step


@pytest.mark.parametrize("name", sorted(standard().keys() - {"half_life"}))
def test_a_run_ten_times_as_long_is_stretched(name):
    short, long = (getattr(schedules, name)(**standard(0.2, steps)[name]) for steps in (100, 1000))
    for step in (30, 50, 70, 90):
        assert long(10 * step) == pytest.approx(short(step), rel=0.13, abs=2e-3)
