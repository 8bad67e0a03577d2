"""Versions of exercise 5: a threshold as an amount, accuracies; a shorter patience, a best that is forgotten; bugs."""

from dataclasses import replace

from lrcourse.exercises.exercise import STUB, Mistake, case, load
from lrcourse.exercises.variants import Version

published = load("05_plateau").task


def noisy(rng, rising=False):
    """A metric that falls (or rises) with noise, stays flat for stretches, and sometimes repeats a value exactly."""
    level, metrics = rng.uniform(1, 3), []
    for _ in range(rng.randint(25, 45)):
        level *= rng.choice([1, 1, 1.1, 1.03]) if rising else rng.choice([1, 1, 0.9, 0.97])
        metrics.append(metrics[-1] if metrics and rng.random() < 0.2 else level * rng.uniform(0.95, 1.05))
    return metrics


def by_amount_from_lows(losses, threshold):
    counts, last_good, best = [], 0, losses[0]
    for epoch, loss in enumerate(losses):
        if best - loss > threshold:
            last_good, best = epoch, loss
        counts.append(epoch - last_good)
    return counts


def accuracies_upside_down(accuracies, threshold):
    best, bad, counts = -accuracies[0], 0, [0]
    for metric in accuracies[1:]:
        good = -metric < best * (1 + threshold)
        best, bad = (-metric, 0) if good else (best, bad + 1)
        counts.append(bad)
    return counts


def lrs_by_cut_count(losses, base_lr, factor, patience):
    since, cuts, lrs = 0, 0, []
    for epoch, loss in enumerate(losses):
        since = 0 if epoch == 0 or loss < min(losses[:epoch]) else since + 1
        cuts, since = (cuts + 1, 0) if since == patience else (cuts, since)
        lrs.append(base_lr * factor**cuts)
    return lrs


def lrs_by_stretches(losses, base_lr, factor, patience):
    begin, since, lrs = 0, 0, []
    for epoch, loss in enumerate(losses):
        since = 0 if epoch == begin or loss < min(losses[begin:epoch]) else since + 1
        if since > patience:
            base_lr, since, begin = base_lr * factor, 0, epoch + 1
        lrs.append(base_lr)
    return lrs


def cuts_of_scores(scores, patience):
    tops = [max(scores[: epoch + 1]) for epoch in range(len(scores))]
    cuts, bad = [], 0
    for epoch, score in enumerate(scores):
        bad = bad + 1 if epoch and score <= tops[epoch - 1] else 0
        if bad == patience + 1:
            cuts, bad = [*cuts, epoch], 0
    return cuts


def cuts_from_one(losses, patience):
    lows = [min(losses[: epoch + 1]) for epoch in range(len(losses))]
    cuts, bad = [], 0
    for epoch, loss in enumerate(losses):
        bad = bad + 1 if epoch and loss >= lows[epoch - 1] else 0
        if bad == patience + 1:
            cuts, bad = [*cuts, epoch + 1], 0
    return cuts


BY_AMOUNT = replace(
    published("bad_epochs"),
    public=(
        case(losses=[1.0, 0.9, 0.9, 0.8, 0.85, 0.85, 0.7], threshold=0.0),
        case(losses=[2.0, 1.95, 1.93, 1.88, 1.7, 1.69, 1.2], threshold=0.15),
        case(losses=[0.5, 0.44, 0.38, 0.32, 0.26, 0.1], threshold=0.1),
    ),
    edges=(case(losses=[0.5], threshold=0.1), case(losses=[0.5] * 6, threshold=0.0)),
    draw=lambda rng: case(losses=noisy(rng), threshold=rng.choice([0.0, rng.uniform(0.05, 0.3)])),
    hints=(
        "Keep two things while you walk through the losses: the best loss so far and the count of bad epochs.",
        "An epoch is good if its loss lies below best by more than the threshold. Only then best becomes this loss.",
        "Compare the loss with the difference of best and threshold. Good: new best, count 0. Bad: count one more.",
    ),
    mistakes=(
        Mistake(
            "You take the threshold as a share of the best. Here it is an amount: good is below best - threshold.",
            "best - threshold",
            "best * (1 - threshold)",
        ),
        Mistake(
            "The threshold lies on the other side: good is *below* best - threshold, not below best + threshold.",
            "best - threshold",
            "best + threshold",
        ),
        Mistake("You ignore the threshold: a tiny improvement is still a bad epoch.", "best - threshold", "best"),
        Mistake(
            "You count an equal loss as good. Good means lower: use <, not <=.",
            "loss < best - threshold",
            "loss <= best - threshold",
        ),
        Mistake(
            "You compare with the epoch before. The measure is the best loss so far.",
            "            bad += 1",
            "            best, bad = loss, bad + 1",
        ),
        Mistake(
            "The count never goes back to 0. A good epoch starts it again: bad epochs *in a row*.",
            "best, bad = loss, 0\n",
            "best = loss\n",
        ),
        Mistake(
            "A loss that is only a little lower is bad, so it must not become the new best.",
            "            bad += 1",
            "            best, bad = min(best, loss), bad + 1",
        ),
    ),
    also_right=(by_amount_from_lows,),
)

ACCURACIES = replace(
    published("bad_epochs"),
    public=(
        case(accuracies=[0.5, 0.6, 0.6, 0.7, 0.65, 0.65, 0.8], threshold=0.0),
        case(accuracies=[0.5, 0.52, 0.54, 0.56, 0.7, 0.71, 0.9], threshold=0.1),
        case(accuracies=[0.8, 0.3, 0.5, 0.6, 0.7, 0.9], threshold=0.0),
    ),
    edges=(case(accuracies=[0.5], threshold=0.1), case(accuracies=[0.5] * 6, threshold=0.0)),
    draw=lambda rng: case(accuracies=noisy(rng, rising=True), threshold=rng.choice([0.0, rng.uniform(0.001, 0.1)])),
    hints=(
        "Keep two things while you walk through the list: the best accuracy so far and the count of bad epochs.",
        "A good epoch sets best to its accuracy and the count to 0. A bad one adds 1 and leaves best alone.",
        "The bar lies above the best: best and a share threshold of it more. What is higher is good.",
    ),
    mistakes=(
        Mistake(
            "You treat the accuracies as losses. A higher accuracy is better.",
            "accuracy > best * (1 + threshold)",
            "accuracy < best * (1 - threshold)",
        ),
        Mistake(
            "The threshold lies on the other side: good is *above* best * (1 + threshold).",
            "(1 + threshold)",
            "(1 - threshold)",
        ),
        Mistake("You ignore the threshold: a tiny improvement is still a bad epoch.", "best * (1 + threshold)", "best"),
        Mistake(
            "You take the threshold as an amount. Here it is a share of the best: best * (1 + threshold).",
            "best * (1 + threshold)",
            "best + threshold",
        ),
        Mistake(
            "You count an equal accuracy as good. Good means higher: use >, not >=.",
            "accuracy > best",
            "accuracy >= best",
        ),
        Mistake(
            "You compare with the epoch before. The measure is the best accuracy so far.",
            "            bad += 1",
            "            best, bad = accuracy, bad + 1",
        ),
        Mistake(
            "The count never goes back to 0. A good epoch starts it again: bad epochs *in a row*.",
            "best, bad = accuracy, 0\n",
            "best = accuracy\n",
        ),
    ),
    also_right=(accuracies_upside_down,),
)


def draw_lrs(least):
    def draw(rng):
        lr, factor = rng.uniform(0.01, 1), rng.uniform(0.1, 0.9)
        return case(losses=noisy(rng), base_lr=lr, factor=factor, patience=rng.randint(least, 4))

    return draw


SHORT_PATIENCE = replace(
    published("plateau_lrs"),
    public=(
        case(losses=[1.0] * 9, base_lr=0.1, factor=0.5, patience=2),
        case(losses=[1.0, 1.1, 0.9, 0.95, 0.92, 0.8, 0.85, 0.84], base_lr=1.0, factor=0.1, patience=2),
        case(losses=[1.0, 1.0, 0.5, 0.6, 0.4], base_lr=0.2, factor=0.5, patience=1),
    ),
    edges=(case(losses=[1.0, 0.5, 0.2], base_lr=0.1, factor=0.5, patience=1),),
    draw=draw_lrs(1),
    hints=(
        "Walk through the losses with a best and a count of bad epochs. Where in that loop does the cut belong?",
        "With patience=2 the second bad epoch in a row cuts. So when does the count reach patience?",
        "Cut when bad has come to patience. After a cut set bad to 0, so that the next cut needs as many again.",
    ),
    mistakes=(
        Mistake(
            "You compare the first loss with itself and call it bad. The first epoch is good: its count is 0.",
            'base_lr, float("inf"), 0, []',
            "base_lr, losses[0], 0, []",
        ),
        Mistake(
            "You let patience bad epochs pass, as torch does. Here the bad epoch number patience cuts itself.",
            "bad >= patience",
            "bad > patience",
        ),
        Mistake(
            "You cut from base_lr each time, so the second cut changes nothing. Multiply the present LR.",
            "lr, bad = lr * factor, 0",
            "lr, bad = base_lr * factor, 0",
        ),
        Mistake(
            "After a good epoch your LR goes back up. A cut stays.",
            "best, bad = loss, 0",
            "best, bad, lr = loss, 0, base_lr",
        ),
        Mistake(
            "After a cut you do not set the count back to 0, so every further bad epoch cuts again.",
            "lr, bad = lr * factor, 0",
            "lr = lr * factor",
        ),
        Mistake(
            "You compare with the epoch before. The measure is the best loss so far.",
            "            bad += 1",
            "            best, bad = loss, bad + 1",
        ),
        Mistake("You count an equal loss as good. Good means lower: use <, not <=.", "loss < best", "loss <= best"),
    ),
    also_right=(lrs_by_cut_count,),
    survivors={"lr, best, bad, lrs =": "the first loss is always good and sets the count to 0"},
)

FORGETFUL = replace(
    published("plateau_lrs"),
    public=(
        case(losses=[1.0] * 10, base_lr=0.1, factor=0.5, patience=2),
        case(losses=[0.5, 0.6, 0.7, 0.9, 0.8, 0.85, 0.8, 0.7], base_lr=1.0, factor=0.1, patience=1),
        case(losses=[1.0, 1.0, 1.5, 1.4, 1.4], base_lr=0.2, factor=0.5, patience=0),
    ),
    edges=(case(losses=[1.0, 0.5, 0.2], base_lr=0.1, factor=0.5, patience=0),),
    draw=draw_lrs(0),
    hints=(
        "Walk through the losses with a best and a count of bad epochs. Where in that loop does the cut belong?",
        "A cut changes three things: the LR, the count of bad epochs, and the best loss.",
        "Which number is so large that any loss lies below it? After a cut best is that number again.",
    ),
    mistakes=(
        Mistake(
            "You compare the first loss with itself and call it bad. The first epoch is good: its count is 0.",
            'base_lr, float("inf"), 0, []',
            "base_lr, losses[0], 0, []",
        ),
        Mistake(
            "After a cut you keep the best loss. Here it is forgotten: the next epoch is good, whatever its loss.",
            'lr, bad, best = lr * factor, 0, float("inf")',
            "lr, bad = lr * factor, 0",
        ),
        Mistake(
            "After a cut the loss of that epoch becomes the best. The next loss does, whatever it is.",
            'lr, bad, best = lr * factor, 0, float("inf")',
            "lr, bad, best = lr * factor, 0, loss",
        ),
        Mistake(
            "You cut one epoch early. patience bad epochs may pass; the next one cuts: bad > patience.",
            "bad > patience",
            "bad >= patience",
        ),
        Mistake(
            "You cut from base_lr each time, so the second cut changes nothing. Multiply the present LR.",
            "lr, bad, best = lr * factor",
            "lr, bad, best = base_lr * factor",
        ),
        Mistake("You count an equal loss as good. Good means lower: use <, not <=.", "loss < best", "loss <= best"),
    ),
    also_right=(lrs_by_stretches,),
    survivors={
        "lr, best, bad, lrs =": "the first loss is always good and sets the count to 0",
        "lr, bad, best = lr * factor": "so is the loss after a cut",
    },
)

HOVERING = [1.0, 0.8, 0.9, 0.82, 0.9, 0.81, 0.9, 0.85, 0.86, 0.7, 0.75, 0.72, 0.74]
CLIMBING = [0.5, 0.7, 0.6, 0.68, 0.6, 0.69, 0.6, 0.65, 0.64, 0.8, 0.75, 0.78, 0.76]

OF_SCORES = replace(
    published("cut_epochs"),
    public=(
        case(scores=CLIMBING, patience=1),
        case(scores=[0.5, 0.4, 0.5, 0.4, 0.5, 0.6], patience=2),
        case(scores=[0.1, 0.3, 0.2, 0.3, 0.3, 0.4], patience=0),
    ),
    edges=(case(scores=[0.1, 0.2, 0.3], patience=0),),
    draw=lambda rng: case(scores=noisy(rng, rising=True), patience=rng.randint(0, 4)),
    hints=(
        "With which score does the third epoch's get compared? Print best in each round.",
        "best must be the highest score so far, and a bad epoch must not lower it.",
        "best takes a score only if that is higher. max does this in one call.",
    ),
    mistakes=(
        Mistake("best still takes every score, good or bad, so you compare with the epoch before.", STUB),
        Mistake(
            "You treat the scores as losses. Here higher is better.",
            "bad = 0 if score > best else bad + 1\n        best = max(best, score)",
            "bad = 0 if score < -best else bad + 1\n        best = max(best, -score)",
        ),
        Mistake(
            "You update best before you compare, so no score is ever above it and every epoch is bad.",
            "bad = 0 if score > best else bad + 1\n        best = max(best, score)",
            "best = max(best, score)\n        bad = 0 if score > best else bad + 1",
        ),
        Mistake("A score equal to the best is no improvement: it is bad. Use >.", "score > best", "score >= best"),
    ),
    also_right=(cuts_of_scores,),
    survivors={"best, bad, cuts =": "the first score is always good and sets the count to 0"},
)

FROM_ONE = replace(
    published("cut_epochs"),
    public=(
        case(losses=HOVERING, patience=1),
        case(losses=[1.0, 1.1, 1.0, 1.1, 1.0, 0.9, 1.0, 1.0, 1.0], patience=2),
        case(losses=[1.0, 0.8, 0.9, 0.8, 0.8, 0.7], patience=0),
    ),
    edges=(case(losses=[0.3, 0.2, 0.1], patience=0),),
    draw=lambda rng: case(losses=noisy(rng), patience=rng.randint(0, 4)),
    hints=(
        "Print bad in each round. What is it right after a cut, and what should it be?",
        "The count must start again in two cases: after a good epoch, and after a cut.",
        "When an epoch is listed, its cut has used the patience up: the count goes back to 0 there too.",
    ),
    mistakes=(
        Mistake("After a cut the count still goes on, so every further bad epoch cuts again.", STUB),
        Mistake(
            "After a cut you set the count to 1: the next cut comes one epoch early.",
            "            bad = 0\n",
            "            bad = 1\n",
        ),
        Mistake(
            "After a cut you make best higher, so that the next epoch counts as good. best stays.",
            "            bad = 0\n",
            '            bad, best = 0, float("inf")\n',
        ),
        Mistake(
            "You count epochs from 0. Here the first epoch is epoch 1.",
            lambda losses, patience: [epoch - 1 for epoch in cuts_from_one(losses, patience)],
        ),
        Mistake(
            "You cut one epoch early: patience bad epochs may pass, the next one cuts.",
            lambda losses, patience: cuts_from_one(losses, patience - 1),
        ),
    ),
    also_right=(cuts_from_one,),
    survivors={"best, bad, cuts =": "the first loss is always good and sets the count to 0"},
)


def trained_with(metrics, lr, patience, higher=False):
    """The LR that each epoch trains with, and the LR after it; factor 0.5, no threshold."""
    best, bad, before, after = None, 0, [], []
    for metric in metrics:
        before.append(lr)
        good = best is None or (metric > best if higher else metric < best)
        best, bad = (metric, 0) if good else (best, bad + 1)
        lr, bad = (lr * 0.5, 0) if bad > patience else (lr, bad)
        after.append(lr)
    return before, after


LOSSES = [1.0, 0.7, 0.8, 0.6, 0.6, 0.5, 0.55, 0.45]
SCORES = [0.5, 0.5, 0.4, 0.6, 0.7, 0.7, 0.65, 0.8]


def without_patience(lr):
    before, after = trained_with(LOSSES, lr, 0)
    return replace(
        published("eight_lrs"),
        hints=(
            "The loss of an epoch arrives after it. Which epoch is the first that a cut can change?",
            "With patience=0 no bad epoch passes: each one cuts. An equal loss is bad.",
            "Bad are the epochs 2, 4 and 6 (counted from 0). Each of them halves the LR of the epochs after it.",
        ),
        mistakes=(
            Mistake(
                "You list the LR after each epoch's loss. The cut after epoch 2 changes what epoch 3 trains with.",
                after,
            ),
            Mistake(
                "You let one bad epoch pass. patience=0 lets none pass: the first one cuts.",
                trained_with(LOSSES, lr, 1)[0],
            ),
            Mistake(
                "You count an equal loss as good. The second 0.6 is not below 0.6, so it cuts.",
                trained_with([loss - 0.01 * (i == 4) for i, loss in enumerate(LOSSES)], lr, 0)[0],
            ),
        ),
    ), before


def of_scores(lr):
    before, after = trained_with(SCORES, lr, 1, higher=True)
    return replace(
        published("eight_lrs"),
        hints=(
            "The score of an epoch arrives after it. Which epoch is the first that a cut can change?",
            "Here higher is better, and an equal score is bad. One bad epoch may pass, the second in a row cuts.",
            "Bad are the epochs 1 and 2, then 5 and 6 (counted from 0): the second of each pair cuts.",
        ),
        mistakes=(
            Mistake(
                "You list the LR after each epoch's score. The cut after epoch 2 changes what epoch 3 trains with.",
                after,
            ),
            Mistake(
                "You take the scores for losses. With mode='max' a higher score is better.",
                trained_with(SCORES, lr, 1)[0],
            ),
            Mistake(
                "You cut at the first bad epoch. patience=1 lets one pass; the second in a row cuts.",
                trained_with(SCORES, lr, 0, higher=True)[0],
            ),
            Mistake("You never cut. The second 0.5 is not above 0.5, so it is bad, and 0.4 is too.", [lr] * 8),
        ),
    ), before


def predict(lrs):
    return (
        f"### BEGIN SOLUTION\neight_lrs = {lrs}\n### BEGIN STUB\n"
        "# eight_lrs = None  # eight numbers in square brackets\n### END SOLUTION\n"
    )


def versions(draw):
    """Two more versions each of four tasks: over half of the exercise's points."""
    yield Version(
        BY_AMOUNT,
        """## Task 1: count bad epochs

An epoch is *good* if its loss is lower than the best loss so far by more than the **amount** `threshold`: below `best
- threshold`. Only then it becomes the new best. Every other epoch is *bad*. The first epoch is good. (torch calls
this `threshold_mode="abs"`.) Return a list: after each epoch, how many bad epochs there were in a row.

Example: losses 1.0, 0.9, 0.7 with threshold 0.2 give 0, 1, 0: 0.9 is not below 0.8, but 0.7 is.
""",
        """def bad_epochs(losses, threshold):
    ### BEGIN SOLUTION
    best, bad, counts = losses[0], 0, [0]
    for loss in losses[1:]:
        if loss < best - threshold:
            best, bad = loss, 0
        else:
            bad += 1
        counts.append(bad)
    return counts
    ### END SOLUTION
""",
    )
    yield Version(
        ACCURACIES,
        """## Task 1: count bad epochs

Here the scheduler watches an **accuracy**, so higher is better. An epoch is *good* if its accuracy is higher than the
best so far by more than a share `threshold` of it: above `best * (1 + threshold)`. Only then it becomes the new best.
Every other epoch is *bad*. The first epoch is good. Return a list: after each epoch, how many bad epochs there were
in a row.

Example: accuracies 0.5, 0.6, 0.6, 0.7 with threshold 0 give 0, 0, 1, 0. An equal accuracy is bad.
""",
        """def bad_epochs(accuracies, threshold):
    ### BEGIN SOLUTION
    best, bad, counts = accuracies[0], 0, [0]
    for accuracy in accuracies[1:]:
        if accuracy > best * (1 + threshold):
            best, bad = accuracy, 0
        else:
            bad += 1
        counts.append(bad)
    return counts
    ### END SOLUTION
""",
    )
    yield Version(
        SHORT_PATIENCE,
        """## Task 2: cut the LR

Now act on the count. Here `patience` says how many bad epochs in a row bring a cut (it is at least 1): with
`patience=2` the **second** bad epoch in a row multiplies the LR by `factor`, and the count starts again from 0.
(torch waits for one more.) The best loss stays. Any lower loss is good (no threshold). Return the LR after each
epoch.

Example: losses 1.0, 1.0, 1.0 with `base_lr=0.1, factor=0.5, patience=1` give 0.1, 0.05, 0.025.
""",
        """def plateau_lrs(losses, base_lr, factor, patience):
    ### BEGIN SOLUTION
    lr, best, bad, lrs = base_lr, float("inf"), 0, []
    for loss in losses:
        if loss < best:
            best, bad = loss, 0
        else:
            bad += 1
        if bad >= patience:
            lr, bad = lr * factor, 0
        lrs.append(lr)
    return lrs
    ### END SOLUTION
""",
    )
    yield Version(
        FORGETFUL,
        """## Task 2: cut the LR

Now act on the count. `patience` is the number of bad epochs in a row that you let pass; the next one cuts: it
multiplies the LR by `factor`, and the count starts again from 0. Here a cut also **forgets the best loss**, since a
lower LR is a new start: the epoch after a cut is good, whatever its loss, and that loss is the new best. Any lower
loss is good (no threshold). Return the LR after each epoch.

Example: losses 1.0, 1.0, 1.5, 1.5 with `base_lr=0.1, factor=0.5, patience=0` give 0.1, 0.05, 0.05, 0.025.
""",
        """def plateau_lrs(losses, base_lr, factor, patience):
    ### BEGIN SOLUTION
    lr, best, bad, lrs = base_lr, float("inf"), 0, []
    for loss in losses:
        if loss < best:
            best, bad = loss, 0
        else:
            bad += 1
        if bad > patience:
            lr, bad, best = lr * factor, 0, float("inf")
        lrs.append(lr)
    return lrs
    ### END SOLUTION
""",
    )
    yield Version(
        OF_SCORES,
        """## Task 4: find the bug

This function gets one **score** per epoch (higher is better) and lists the epochs at which the LR is cut (epochs count
from 0): when more than `patience` epochs in a row brought no new best score. On scores that climb smoothly it works. On
noisy ones that hover around one value it hardly ever cuts, however long you wait. Find out what it compares with, and
repair it.
""",
        """def cut_epochs(scores, patience):
    best, bad, cuts = float("-inf"), 0, []
    for epoch, score in enumerate(scores):
        ### BEGIN SOLUTION
        bad = 0 if score > best else bad + 1
        best = max(best, score)
        ### BEGIN STUB
        # bad = 0 if score > best else bad + 1
        # best = score
        ### END SOLUTION
        if bad > patience:
            cuts.append(epoch)
            bad = 0
    return cuts
""",
    )
    yield Version(
        FROM_ONE,
        """## Task 4: find the bug

This function lists the epochs at which the LR is cut; here epochs count from **1**. The first cut comes at the right
epoch. But once it has cut, it cuts again at every bad epoch that follows at once, and the LR is gone before anybody
looks. After a cut another `patience` bad epochs in a row may pass. The best loss stays the best. Repair it.
""",
        """def cut_epochs(losses, patience):
    best, bad, cuts = float("inf"), 0, []
    for epoch, loss in enumerate(losses, start=1):
        bad = 0 if loss < best else bad + 1
        best = min(best, loss)
        if bad > patience:
            cuts.append(epoch)
            ### BEGIN SOLUTION
            bad = 0
            ### BEGIN STUB
            # # is anything to be done here?
            ### END SOLUTION
    return cuts
""",
    )
    first = draw("first LR", 0.4, 0.8, 1.6)
    task, lrs = without_patience(first)
    yield Version(
        task,
        f"""## Task 6: predict

`ReduceLROnPlateau(optimizer, factor=0.5, patience=0, threshold=0)` starts at LR {first}. After each epoch it gets the
loss: {", ".join(map(str, LOSSES))}. Write down the LR that each of these eight epochs *trains with*. Make a
table: best, bad, LR.
""",
        predict(lrs),
    )
    task, lrs = of_scores(first)
    yield Version(
        task,
        f"""## Task 6: predict

`ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=1, threshold=0)` starts at LR {first}. After each epoch
it gets a score: {", ".join(map(str, SCORES))}. Write down the LR that each of these eight epochs *trains with*. Make a
table: best, bad, LR.
""",
        predict(lrs),
    )
