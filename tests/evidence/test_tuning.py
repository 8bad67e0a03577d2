"""Tuning: the best LR lies inside its grid, with neighbours at most a factor of 2 away, or the claim is refused."""

import math

import pytest

from lrcourse.evidence.trials import Function
from lrcourse.evidence.tuning import FINE, EdgeError, best, missing, scored, tune


def valley(best_lr, diverges=math.inf):
    """Worse with every factor away from the best LR; not a number from `diverges` on."""
    return lambda arm, lr, seed: math.nan if lr >= diverges else abs(math.log(lr / (best_lr * arm)))


def tuned(run, grid, studies=((2, 4),), sign=1.0):
    return tune(Function(run), {"a": 1.0}, {"a": grid}, studies, [1] * len(studies), sign)[0]["a"]


@pytest.mark.parametrize("grid", [[0.1, 0.2, 0.4], [3.0], [1e-3], [0.001, 100.0], [0.01, 0.03, 0.1], [0.05, 0.1]])
@pytest.mark.parametrize("where", [0.013, 0.1, 0.77])
def test_wherever_the_best_lr_lies_it_ends_inside_a_fine_grid(grid, where):
    scores = tuned(valley(where), grid)
    lrs = sorted(scores)
    i = lrs.index(best(scores))
    assert 0 < i < len(lrs) - 1
    assert max(lrs[i + 1] / lrs[i], lrs[i] / lrs[i - 1]) <= FINE * (1 + 1e-9)
    assert lrs[i] / FINE <= where <= lrs[i] * FINE


def test_high_is_good_where_the_claim_says_so():
    assert best(tuned(lambda arm, lr, seed: -abs(math.log(lr / 0.1)), [0.1, 0.2, 0.4], sign=-1.0)) == pytest.approx(0.1)


def test_a_diverged_seed_rules_an_lr_out():
    def run(arm, lr, seed):
        return math.nan if lr >= 0.4 and seed == 4 else 1 / lr

    scores = tuned(run, [0.1, 0.2, 0.4])
    assert best(scores) == 0.2 and scores[0.4] == math.inf


def test_all_diverged_looks_further_down():
    assert best(tuned(valley(0.01, diverges=0.05), [0.1, 0.2])) < 0.05


@pytest.mark.parametrize("run", [lambda a, lr, s: lr, lambda a, lr, s: -lr, lambda a, lr, s: math.nan])
def test_without_an_optimum_the_claim_is_refused_by_name(run):
    with pytest.raises(EdgeError, match="the best LR of 'a' is not inside its grid"):
        tuned(run, [0.1, 0.2])


def test_every_tuning_widens_its_own_grid():
    """The first study's best LR is low, the second's high; neither gets the other's."""
    found = tune(
        Function(lambda arm, lr, seed: abs(math.log(lr / (0.01 if seed == 2 else 10)))),
        {"a": 1},
        {"a": [0.1, 0.2, 0.4, 0.8, 1.6]},
        [(2,), (4,)],
        [1, 3],
        1.0,
    )
    assert best(found[0]["a"]) < 0.03 and best(found[1]["a"]) > 5
    assert min(found[1]["a"]) == 0.1 and max(found[0]["a"]) == 1.6


def test_of_equally_good_lrs_the_middle_one_is_taken_and_no_edge():
    assert best({0.1: 0.0, 0.2: 0.0, 0.4: 0.0, 0.8: 1.0}) == 0.2
    assert missing({0.1: 0.0, 0.2: 0.0, 0.4: 0.0}) is None


def test_the_score_is_the_mean_over_the_tuning_seeds():
    assert scored({("a", 0.1): [1.0, 2.0], ("b", 0.1): [math.inf, 1.0]}, -1.0) == {
        "a": {0.1: -1.5},
        "b": {0.1: math.inf},
    }


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [
        ({0.1: 1.0}, 0.05),
        ({0.1: 1.0, 0.2: 2.0}, 0.05),
        ({0.1: 2.0, 0.2: 1.0}, 0.4),
        ({0.1: 2.0, 0.2: 1.0, 0.4: 2.0}, None),
        ({0.1: 2.0, 0.2000001: 1.0, 0.4: 2.0}, 0.1 * 2.000001**0.5),  # a hair more than a factor of 2
        ({0.1: 2.0, 0.2: 1.0, 0.8: 2.0}, 0.4),
        ({0.05: 2.0, 0.2: 1.0, 0.4: 2.0}, 0.1),
        ({0.05: 2.0, 0.2: 1.0, 0.8: 2.0}, 0.1),  # the lower side first
        ({0.1: math.inf, 0.2: math.inf}, 0.05),
        ({0.1: math.inf, 0.2: 1.0, 0.4: math.inf}, None),
    ],
)
def test_the_lr_that_is_tried_next(scores, wanted):
    assert missing(scores) == (wanted and pytest.approx(wanted, rel=1e-12))


def test_sixteen_rounds_of_widening_and_no_more():
    tried = []

    def run(arm, lr, seed):
        tried.append(lr)
        return -lr

    with pytest.raises(EdgeError, match="0.1: -0.1,.*give other lrs"):
        tuned(run, [0.1], [(2,)])
    assert len(tried) == 17 and max(tried) == pytest.approx(0.1 * 2**15) and min(tried) == 0.05
