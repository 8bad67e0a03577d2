"""Rules for answers that no single value decides: a schedule judged by training, a test judged by what it catches.

A master names its rule, Task(score="beats_constants"). Standard library only, so that a page without NumPy can judge.
"""

import math
import random
from collections.abc import Callable, Sequence
from functools import cache

from lrcourse.exercises.judge import Answers, Json, Request, Verdict, is_number, judge, short

CURVATURES = [10 ** (-2 + 2 * i / 19) for i in range(20)]  # of the capstone's noisy bowl
START, NOISE = 3.0, 1.0
CONSTANTS = [0.02 * 1.09**i for i in range(53)]  # 0.02 to 1.77; from 2 on a constant LR runs away


def trained_loss(lrs: Sequence[float], sharper: float = 1.0, noise: float = NOISE) -> float:
    """The expected loss of SGD on the noisy bowl after these LRs (Zhang et al., 2019, arXiv:1907.04164).

    Each curvature h has a weight whose square is expected to become (1 - lr h)^2 e + (lr noise)^2 h. Infinite where an
    LR is too high for too long. sharper: all curvatures are so many times as high.

    >>> round(trained_loss([]), 3), round(trained_loss([1.0] * 100), 3)
    (20.743, 1.705)
    """
    loss = 0.0
    for curvature in CURVATURES:
        h, e = sharper * curvature, START * START
        for lr in lrs:
            left = 1 - lr * h
            e = left * left * e + lr * noise * lr * noise * h
        loss += h * e / 2
    return loss


@cache
def best_constant(steps: int) -> float:
    """The lowest loss that a constant LR reaches in so many steps."""
    return min(trained_loss([lr] * steps) for lr in CONSTANTS)


def beats_constants(expected: Json, got: Json) -> Verdict:
    """Whether the LRs reach a loss at least 30 % below that of the best constant LR; expected: LRs of that length."""
    bad = _no_lrs(expected, got)
    if bad:
        return bad
    loss, best = trained_loss(got), best_constant(len(got))
    bar = 0.7 * best
    words = f"loss {loss:.3g}; the best constant LR reaches {best:.3g}, the bar is {bar:.3g}"
    return Verdict(loss <= bar, (), bar, loss, words)


def reaches_the_course_s(expected: Json, got: Json) -> Verdict:
    """Whether the LRs reach a loss of at most 1.03 times that of the course's own, expected."""
    bad = _no_lrs(expected, got)
    if bad:
        return bad
    own, loss = trained_loss(expected), trained_loss(got)
    bar = 1.03 * own  # no cosine of one height for all lengths comes below 1.039
    words = f"loss {loss:.3g}; the course's own reaches {own:.3g}, the bar is {bar:.3g}"
    return Verdict(loss <= bar, (), bar, loss, words)


def second_bowl(steps: int) -> tuple[float, float]:
    """How much sharper and how noisy the second bowl is for a run of so many steps: of every length another one.

    >>> [round(part, 2) for part in second_bowl(100)]
    [1.92, 1.81]
    """
    rng = random.Random(f"a second bowl for {steps} steps")
    return rng.uniform(1.5, 2), rng.uniform(1.5, 2)


def serves_two_bowls(expected: Json, got: Json) -> Verdict:
    """Whether the LRs do well on the bowl that is known and on a second one that is not.

    On each the loss may be 1.12 times that of the course's own, expected, which is tuned to neither.
    """
    bad = _no_lrs(expected, got)
    if bad:
        return bad
    places = {"the first bowl": (1.0, NOISE), "the second bowl": second_bowl(len(got))}
    parts = {name: trained_loss(got, *bowl) / trained_loss(expected, *bowl) for name, bowl in places.items()}
    worst = max(parts, key=lambda name: parts[name] if is_number(parts[name]) else math.inf)
    words = f"on {worst} your loss is {parts[worst]:.3g} times the course's own; the bar is 1.12"
    return Verdict(parts[worst] <= 1.12, (), 1.12, parts[worst], words)


def tells_apart(expected: Json, got: Json) -> Verdict:
    """Whether a test passes what is right and fails what is wrong: "passes" or "fails" on both sides."""
    if got == expected:
        return Verdict(True, (), expected, got, f"your test {got}, as it should")
    if got not in ("passes", "fails"):
        return Verdict(False, (), expected, got, "your test gives no verdict")
    right = "your test fails, and nothing is wrong here"
    return Verdict(False, (), expected, got, right if expected == "passes" else "your test passes, and should fail")


RULES: dict[str, Callable[[Json, Json], Verdict]] = {
    rule.__name__: rule for rule in (beats_constants, reaches_the_course_s, serves_two_bowls, tells_apart)
}


def verdict_on(expected: Json, got: Json, tolerance: float, score: str | None) -> Verdict:
    """The verdict on one answer, by comparison or by the rule of that name; total, whatever got is."""
    if score is None:
        return judge(expected, got, tolerance)
    try:
        return RULES[score](expected, got)
    except Exception as error:
        return Verdict(False, (), expected, got, f"not to be scored: {type(error).__name__}")


def about_tests(versions: Sequence[str], cases: Sequence[tuple[Request, Json, Json]], answers: Answers) -> str:
    """A sentence about a student's test: which right version it refuses, and why; or which wrong ones it lets pass.

    versions: in words what each public one is, such as "decays one step early"; cases: (request, expected, got).
    """
    got = [said for _, _, said in cases]
    if all(said == "passes" for said in got):
        return "Your test passes every version, also the wrong ones. Which line of it says assert?"
    for request, expected, said in cases:
        if (expected, said) == ("passes", "fails"):
            note = answers[request["id"]].get("note")  # the grader keeps none
            stops = f" It stops at {note}." if note else ""
            if "passes" not in got:
                return f"Your test fails every version, the right ones too.{stops}"
            return f"Your test fails a version that is {versions[request['id']]}.{stops}"
    missed = [versions[request["id"]] for request, expected, said in cases if (expected, said) == ("fails", "passes")]
    others = f" It lets {len(missed) - 1} more pass." if len(missed) > 1 else ""
    return f"Your test passes a wrong version: {missed[0]}.{others}"


def _no_lrs(expected: Json, got: Json) -> Verdict | None:
    """A verdict on what is no list of LRs, or None."""
    if not isinstance(got, list) or len(got) != len(expected):
        return Verdict(False, (), len(expected), got, "a list of LRs was asked for")
    for step, lr in enumerate(got):
        if not is_number(lr) or lr < 0:
            message = f"every LR must be a number of at least 0; at step {step} yours is {short(lr)}"
            return Verdict(False, (step,), "an LR of at least 0", lr, message)
    return None


def about_design(loss_of: Callable[[list[float]], Json], got: list[float], every: Sequence[list[float]]) -> str:
    """What costs a design that is not good enough: is it constant, blind to the length, too low, too high?

    loss_of: the loss of other LRs in place of these; got: the design where it fails; every: its LRs for all lengths.
    """
    parts = []
    if all(max(one) - min(one) <= 1e-9 * max(one) for one in every):
        parts.append("Yours is a constant LR: it is the same at every step.")
    elif all(judge(long[: len(less)], less).ok for less, long in zip(every, every[1:], strict=False)):
        parts.append("Your schedule does not look at total_steps: in a long run it begins as in a short one.")
    elif all(one[-1] > one[0] for one in every):
        parts.append("Your LR rises over the run. Noise wants it high first and low at the end.")
    losses = {by: loss_of([by * lr for lr in got]) for by in (0.1, 0.2, 0.4, 0.7, 1, 1.5, 2, 4, 10, 20)}
    best = min(losses, key=lambda by: losses[by] if is_number(losses[by]) else math.inf)
    if best != 1 and not losses[best] > 0.97 * losses[1]:
        parts.append(
            f"It is too {'low' if best > 1 else 'high'}: {best:g} times as high it would reach {losses[best]:.3g} "
            f"in place of {losses[1]:.3g} in {len(got)} steps."
        )
    end, height = sum(got[-3:]) / 3, max(got)
    if not parts and end > 0.1 * height:
        share = f"{100 * end / height:.0f} %"
        parts.append(f"It ends at {share} of its height. A run that ends near 0 gets rid of more noise.")
    return (
        " ".join(parts)
        or f"In {len(got)} steps the height is about right; it is the shape that costs: when does it fall?"
    )
