"""One call asks a claim's question and answers it: a plan, tuning, fresh seeds, a verdict, a row of the ledger."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrcourse.arguments import choice, real
from lrcourse.evidence import rows
from lrcourse.evidence.intervals import chance_interval
from lrcourse.evidence.plan import RIVALS, Plan, seeds_root
from lrcourse.evidence.power import Design, design
from lrcourse.evidence.trials import Function, Request, Trials
from lrcourse.evidence.tuning import Scores, best, look, scored, tune
from lrcourse.evidence.verdict import UNSURE, Case, judge, judge_spread

Grid = Sequence[float] | Mapping[str, Sequence[float]]
Makes = Callable[..., Any] | Trials


@dataclass(frozen=True)
class Answer:
    """What was found: the plan, the test results, the comparisons, and what they allow to be said.

    results: by setting and arm, a number for each test seed. lrs: by setting and arm, the LR of each test seed.
    """

    plan: Plan
    verdict: str
    cases: tuple[Case, ...]
    design: Design
    results: Mapping[str, Mapping[str, NDArray[np.float64]]]
    lrs: Mapping[str, Mapping[str, tuple[float, ...]]]
    tried: Mapping[str, tuple[float, float]]
    remarks: tuple[str, ...]

    @property
    def effect(self) -> float:
        """The first comparison's mean difference; positive where it speaks for the claim."""
        return self.cases[0].effect

    @property
    def interval(self) -> tuple[float, float]:
        return self.cases[0].interval

    @property
    def chance(self) -> float:
        """The chance that the claim's arm beats the first rival on a new seed."""
        return chance_interval(self.cases[0].differences)[0]


def ask(
    id: str,
    text: str,
    *,
    run: Makes | Mapping[str, Makes],
    arms: Mapping[str, Any],
    best: str | None,
    lrs: Grid | None = None,
    at: float | Sequence[float] | None = None,
    metric: str,
    matters: float,
    better: str = "lower",
    experiment: str,
    seeds: int = 20,
    tuning_seeds: int = 2,
    retune: bool = True,
    worst: float | None = None,
    steps: int | None = None,
    without: Mapping[str, str] | None = None,
    depends_on: str = "setting",
) -> Answer:
    """Ask a claim's question, show the answer in the notebook as a row of the ledger, and return it.

    id, text, experiment: the claim's number, the claim and the experiment in a few words. run: racing(...), or a
    function of (arm, lr, seed), or of (arm, lr, seeds) that gives a number for each seed; one that measures on data
    takes part besides, 'val' while tuning and 'test' at the end, and reads that part. A dict of these by setting asks
    in several settings, and depends_on says what they vary. arms: what is compared, by name. best: the arm that
    the claim speaks for; None asks whether the arms differ at all. metric: the number's name; better: 'lower' or
    'higher'. matters: the smallest difference worth having. lrs: the grid to begin with (a dict of grids by arm, where
    they differ). at: instead of lrs, the LR that all arms share, untuned, for a claim about that LR, or several LRs.
    seeds, tuning_seeds: how many. retune: whether every test seed is tuned for anew. worst: what a diverged run counts;
    without it, one such test run leaves the verdict open. The rivals that a reader would choose, 'constant' and
    'linear to zero', are added (a function needs steps for that) unless `without` says, by name, why not.

    The test seeds are drawn here and never meet the tuning's (see lrcourse.evidence.plan); what will be done is
    written down and shown, with a hash, before they run. The verdict is lrcourse.evidence.verdict.judge's. After Dahl
    and others (2023, arXiv:2306.07179: tuning is part of the method) and Bouthillier and others (2021,
    arXiv:2103.03098: vary all that varies, pair, report the chance). Raises ValueError or TypeError, and EdgeError
    when no grid holds an arm's best LR.

    >>> import random
    >>> def noisy(arm, lr, seed):
    ...     return arm + (lr - 0.1) ** 2 + random.Random(seed).gauss(0, 0.1)
    >>> why = {"constant": "an example", "linear to zero": "an example"}
    >>> answer = ask("A9", "One beats two.", run=noisy, arms={"one": 1.0, "two": 2.0}, best="one", lrs=[0.05, 0.1, 0.2],
    ...              metric="loss", matters=0.1, experiment="made up", without=why)  # doctest: +ELLIPSIS
    A9: One beats two.
    Tested by: made up
    Asked: loss, lower is better; less than 0.1 either way does not matter.
    Compared: one against two. Not constant: an example. Not linear to zero: an example.
    ...
    Verdict: holds here
    """
    trials = {name: _trials(one, steps) for name, one in (run if isinstance(run, Mapping) else {"": run}).items()}
    arms, added = _with_rivals(dict(arms), best, trials, without or {})
    grids = _grids(lrs, at, arms, added, list(trials))
    if at is not None:
        trials = dict.fromkeys(grids, next(iter(trials.values())))
    plan = Plan(
        id=id,
        text=text,
        metric=metric,
        better=better,
        matters=matters,
        best=best,
        arms=tuple(arms),
        added=added,
        without=dict(without or {}),
        grids=grids,
        tuned=at is None,
        seeds=seeds,
        tuning_seeds=tuning_seeds,
        retune=retune,
        splits=next(iter(trials.values())).splits,
        worst=worst,
        root=seeds_root(),
    )
    rows.check_words(experiment=experiment, depends_on=depends_on)
    rows.announce(plan, experiment)
    sign = 1.0 if better == "lower" else -1.0
    answer = _answer(
        plan, {name: _results(one, arms, plan, name, sign) for name, one in trials.items()}, sign, depends_on
    )
    rows.show(answer, experiment, depends_on)
    return answer


@dataclass(frozen=True)
class _Found:
    """One setting: the LRs that each tuning chose, with their scores, and the test numbers by arm."""

    tried: list[dict[str, Scores]]
    chosen: dict[str, tuple[float, ...]]
    numbers: dict[str, NDArray[np.float64]]


def _trials(run: Any, steps: int | None) -> Trials:
    """What was given as run: trials as they are, a function made into them."""
    if hasattr(run, "rivals"):
        trials: Trials = run
        return trials
    return Function(run, steps)


def _with_rivals(
    arms: dict[str, Any], claimed: str | None, trials: Mapping[str, Trials], without: Mapping[str, str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arms with the rivals that a reader would choose, and the names of those added."""
    if claimed is not None:
        choice("best", claimed, list(arms))
    for name, why in without.items():
        choice("without", name, list(RIVALS))
        if not isinstance(why, str) or not why.strip():
            raise ValueError(f"without[{name!r}] must say in a few words why that rival is left out, not {why!r}")
        if name in arms:
            raise ValueError(f"without must not name {name!r}, which is one of the arms")
    added = [name for name in RIVALS if name not in arms and name not in without]
    for name in added:
        made = [one.rivals() for one in trials.values()]
        if not all(name in rivals for rivals in made):
            raise ValueError(
                f"arms must hold {name!r}, a rival that a reader would choose. Give it, or steps so that it can be "
                f"made, or say why not: without={{{name!r}: 'a few words'}}"
            )
        arms[name] = made[0][name]
    least = 3 if claimed is None else 2
    if len(arms) < least:
        raise ValueError(f"arms must hold at least {least}, not {list(arms)}")
    if claimed is None and len(trials) > 1:
        raise ValueError(f"best=None asks about one setting, not {list(trials)}")
    return arms, tuple(added)


def _grids(
    lrs: Grid | None,
    at: float | Sequence[float] | None,
    arms: Mapping[str, Any],
    added: Sequence[str],
    settings: Sequence[str],
) -> dict[str, dict[str, tuple[float, ...]]]:
    """The LRs by setting and arm; a rival that was added begins with those of the first arm."""
    if (lrs is None) == (at is None):
        raise ValueError(f"lrs or at must be given, one of the two, not lrs={lrs} and at={at}")
    if at is not None:
        shared = [at] if isinstance(at, int | float) else list(at)
        if not shared or len(settings) > 1:
            raise ValueError(f"at must hold one LR or more and asks in one setting, not {at} in {list(settings)}")
        names = [f"LR {lr:g}" for lr in shared] if len(shared) > 1 else [settings[0]]
        return {name: dict.fromkeys(arms, (real("at", lr, above=0),)) for name, lr in zip(names, shared, strict=True)}
    if isinstance(lrs, Mapping):
        if not set(arms) - set(added) <= set(lrs) <= set(arms):
            raise ValueError(f"lrs must name the arms {list(arms)}, not {list(lrs)}")
        by_arm = {arm: lrs.get(arm, next(iter(lrs.values()))) for arm in arms}
    else:
        by_arm = dict.fromkeys(arms, lrs or ())
    if not all(len(grid) for grid in by_arm.values()):
        raise ValueError(f"lrs must hold at least one LR for every arm, not {lrs}")
    grid = {arm: tuple(sorted({real("lrs", lr, above=0) for lr in grid})) for arm, grid in by_arm.items()}
    return dict.fromkeys(settings, grid)


def _results(trials: Trials, arms: Mapping[str, Any], plan: Plan, setting: str, sign: float) -> _Found:
    """Tune, then test: study i's LRs on test seed i, or the one tuning's LRs on all."""
    studies, tests, grids = plan.studies, plan.test_seeds, plan.grids[setting]
    splits: list[int | None] = list(tests) if plan.retune else [None]
    if plan.tuned:
        tried = tune(trials, arms, grids, studies, splits, sign)
    elif plan.best is None:  # a look, to say which two arms lie farthest apart
        count = len(studies)
        looks = look(trials, arms, [grids] * count, range(count), studies, splits)
        tried = [scored(results, sign) for results in looks]
    else:
        tried = [{arm: dict.fromkeys(grid, 0.0) for arm, grid in grids.items()}] * len(studies)
    lrs = [{arm: best(scores) for arm, scores in one.items()} for one in tried] * (1 if plan.retune else len(tests))
    requests = [
        Request(seed, (seed,), {arm: (lr,) for arm, lr in chosen.items()}, "test")
        for seed, chosen in zip(tests, lrs, strict=True)
    ]
    made = trials(arms, requests)
    numbers = {arm: np.array([one[arm, lrs[i][arm]][0] for i, one in enumerate(made)]) for arm in arms}
    if plan.worst is not None:
        numbers = {arm: np.where(np.isfinite(values), values, plan.worst) for arm, values in numbers.items()}
    return _Found(tried, {arm: tuple(one[arm] for one in lrs) for arm in arms}, numbers)


def _answer(plan: Plan, found: Mapping[str, _Found], sign: float, depends_on: str) -> Answer:
    remarks = []
    diverged = {arm: sum(int((~np.isfinite(one.numbers[arm])).sum()) for one in found.values()) for arm in plan.arms}
    if any(diverged.values()):
        named = ", ".join(f"{arm} ({count})" for arm, count in diverged.items() if count)
        remarks.append(f"Test runs diverged: {named}. They have no number to compare; worst= says what they count.")
    if not any(np.ptp(values) for one in found.values() for values in one.numbers.values()):
        raise ValueError("run gives the same numbers for every seed: that is a fact, show it with fact()")
    if plan.best is None:
        cases, verdict, remark = _spread(plan, next(iter(found.values())), sign)
        remarks.append(remark)
    else:
        cases = tuple(
            Case(setting, rival, sign * (one.numbers[rival] - one.numbers[plan.best]))
            for (setting, one), rival in itertools.product(found.items(), plan.rivals)
        )
        verdict = judge(cases, plan.matters, depends_on)
    seen = design(cases, plan.matters)
    remarks += _what_it_means(verdict, cases, seen, plan)
    tried = {arm: [lr for one in found.values() for scores in one.tried for lr in scores[arm]] for arm in plan.arms}
    return Answer(
        plan=plan,
        verdict=verdict,
        cases=cases,
        design=seen,
        results={setting: one.numbers for setting, one in found.items()},
        lrs={setting: one.chosen for setting, one in found.items()},
        tried={arm: (min(lrs), max(lrs)) for arm, lrs in tried.items()},
        remarks=tuple(remarks),
    )


def _spread(plan: Plan, found: _Found, sign: float) -> tuple[tuple[Case, ...], str, str]:
    """The two arms that the tuning seeds put first and last, the verdict on all, and the omnibus test in words."""
    scores = {arm: float(np.mean([min(tuning[arm].values()) for tuning in found.tried])) for arm in plan.arms}
    first, last = min(scores, key=scores.__getitem__), max(scores, key=scores.__getitem__)
    spread = Case("", f"{last} minus {first}", sign * (found.numbers[last] - found.numbers[first]))
    table = np.array([found.numbers[arm] for arm in plan.arms]).T
    verdict, p = judge_spread(table, spread, plan.matters)
    remark = f"The names dealt anew within each seed give means as far apart in {100 * p:.2g} % of 9,999 deals."
    return (spread,), verdict, remark


def _what_it_means(verdict: str, cases: Sequence[Case], seen: Design, plan: Plan) -> list[str]:
    """For a verdict that leaves the question open: what it would take."""
    if verdict != UNSURE or not all(np.isfinite(case.differences).all() for case in cases):
        return []
    needed = math.ceil(plan.seeds * (seen.visible / plan.matters) ** 2)
    if seen.visible > plan.matters:
        return [f"To see a difference of {plan.matters:g} it would take about {needed} seeds."]
    return ["The interval reaches from what does not matter to what does."]
