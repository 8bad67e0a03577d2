"""Checks of exercise 5: reduce on plateau as a count, a list of LRs, a state machine; a bug, a script, a prediction."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def bad_by_numpy(losses, threshold):
    import numpy as np

    counts = []
    last_good, best = 0, losses[0]
    for epoch, loss in enumerate(np.array(losses)):
        if loss < (1 - threshold) * best:
            last_good, best = epoch, loss
        counts.append(epoch - last_good)
    return np.array(counts)


def lrs_by_cuts(losses, base_lr, factor, patience):
    """Counts cuts; the LR is a power."""
    since, cuts, powers = 0, 0, []
    for epoch, loss in enumerate(losses):
        since = 0 if epoch == 0 or loss < min(losses[:epoch]) else since + 1
        if since == patience + 1:
            cuts, since = cuts + 1, 0
        powers.append(cuts)
    return [base_lr * factor**power for power in powers]


class AsTorch:
    """With torch's names and its order of statements."""

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, cooldown=0, min_lr=0.0):
        self.optimizer, self.factor = optimizer, factor
        self.min_lrs = [min_lr] * len(optimizer.param_groups)
        self.patience, self.cooldown, self.mode, self.threshold = patience, cooldown, mode, threshold
        self.best = float("inf") if mode == "min" else -float("inf")
        self.cooldown_counter = self.num_bad_epochs = 0

    def step(self, metrics):
        if self.mode == "min":
            better = metrics < self.best * (1.0 - self.threshold)
        else:
            better = metrics > self.best * (self.threshold + 1.0)
        if better:
            self.best = metrics
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, min_lr in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                lr = max(group["lr"] * self.factor, min_lr)
                if group["lr"] - lr > 1e-8:
                    group["lr"] = lr
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0

    def state_dict(self):
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict):
        self.__dict__.update(state_dict)


class ByHistory:
    """Keeps every metric and replays them all at each step."""

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, cooldown=0, min_lr=0.0):
        self.optimizer, self.sign = optimizer, 1 if mode == "min" else -1
        self.factor, self.patience, self.threshold = factor, patience, threshold
        self.cooldown, self.min_lr, self.history = cooldown, min_lr, []

    def step(self, metric):
        self.history.append(metric)
        best, bad, free, cut = self.history[0], 0, -1, False
        for epoch, value in enumerate(self.history):
            good = epoch == 0 or self.sign * (best * (1 - self.sign * self.threshold) - value) > 0
            best, bad = (value, 0) if good else (best, bad + 1)
            bad = 0 if epoch <= free else bad
            cut = bad > self.patience
            if cut:
                bad, free = 0, epoch + self.cooldown
        for group in self.optimizer.param_groups if cut else []:
            if group["lr"] > self.min_lr:
                group["lr"] = max(self.min_lr, self.factor * group["lr"])

    def state_dict(self):
        return {"history": self.history}

    def load_state_dict(self, state):
        self.history = list(state["history"])


def cuts_by_table(losses, patience):
    lows = [min(losses[: epoch + 1]) for epoch in range(len(losses))]
    cuts, bad = [], 0
    for epoch, loss in enumerate(losses):
        bad = bad + 1 if epoch and loss >= lows[epoch - 1] else 0
        if bad == patience + 1:
            cuts, bad = [*cuts, epoch], 0
    return tuple(cuts)


def noisy(rng, falling=True):
    """A metric that falls (or rises) with noise, stays flat for stretches, and sometimes repeats a value exactly."""
    level, metrics = rng.uniform(1, 3), []
    for _ in range(rng.randint(25, 45)):
        level *= rng.choice([1, 1, 0.9, 0.97]) if falling else rng.choice([1, 1, 1.1, 1.03])
        metrics.append(metrics[-1] if metrics and rng.random() < 0.2 else level * rng.uniform(0.95, 1.05))
    return metrics


def draw_bad(rng):
    return case(losses=noisy(rng), threshold=rng.choice([0.0, rng.uniform(0.001, 0.1)]))


def draw_lrs(rng):
    return case(
        losses=noisy(rng), base_lr=rng.uniform(0.01, 1), factor=rng.uniform(0.1, 0.9), patience=rng.randint(0, 4)
    )


def draw_class(rng):
    mode = rng.choice(["min", "max"])
    metrics = noisy(rng, mode == "min")
    if rng.random() < 0.5:
        metrics.insert(rng.randrange(len(metrics)), "resume")
    lrs = [rng.uniform(0.1, 1) for _ in range(rng.randint(1, 2))]
    threshold = rng.choice([0.0, rng.uniform(0.001, 0.1)])
    choices = {"factor": rng.uniform(0.1, 0.8), "patience": rng.randint(0, 3), "cooldown": rng.randint(0, 3)}
    return case(groups=lrs, do=metrics, mode=mode, threshold=threshold, min_lr=rng.uniform(0, 0.05), **choices)


def draw_cuts(rng):
    return case(losses=noisy(rng), patience=rng.randint(0, 4))


HOVERING = [1.0, 0.8, 0.9, 0.82, 0.9, 0.81, 0.9, 0.85, 0.86, 0.7, 0.75, 0.72, 0.74]


def script(
    batches, validation, epochs, lr, factor, patience, per_batch=False, on="validation", log_late=False, share=0.999
):
    """The training script, with its mistakes switched on one by one."""
    w, best, bad, log = 0.0, float("inf"), 0, []

    def loss_of(numbers):
        return sum((w - x) ** 2 for x in numbers) / len(numbers) / 2

    def rule(loss):
        nonlocal best, bad, lr
        best, bad = (loss, 0) if loss < share * best else (best, bad + 1)
        if bad > patience:
            lr, bad = lr * factor, 0

    for _ in range(epochs):
        used = lr
        for batch in batches:
            w += lr * (sum(batch) / len(batch) - w)
            if per_batch:
                rule(loss_of({"validation": validation, "training": batch}[on]))
        loss = loss_of({"validation": validation, "training": batches[-1]}[on])
        if not per_batch:
            rule(loss)
        log.append([lr if log_late else used, loss])
    return log


def wrong_script(**mistakes):
    return lambda batches, validation, epochs, lr, factor, patience: script(
        batches, validation, epochs, lr, factor, patience, **mistakes
    )


def train_by_parts(batches, validation, epochs, lr, factor, patience):
    """Another right one: the rule as a count since the last best and the last cut."""
    w, best, log, since_epoch = 0.0, math.inf, [], -1
    for epoch in range(epochs):
        for batch in batches:
            w = (1 - lr) * w + lr * sum(batch) / len(batch)
        loss = sum((w - x) ** 2 for x in validation) / (2 * len(validation))
        log.append((lr, loss))
        if loss < 0.999 * best:
            best, since_epoch = loss, epoch
        if epoch - since_epoch > patience:
            lr, since_epoch = lr * factor, epoch
    return log


def train_in_numpy(batches, validation, epochs, lr, factor, patience):
    import numpy as np

    w, best, bad, log = 0.0, np.inf, 0, np.zeros((epochs, 2))
    for epoch in range(epochs):
        for batch in map(np.array, batches):
            w -= lr * np.mean(w - batch)
        log[epoch] = lr, np.mean((w - np.array(validation)) ** 2) / 2
        good = log[epoch, 1] < best * 0.999
        best, bad = (log[epoch, 1], 0) if good else (best, bad + 1)
        if bad == patience + 1:
            lr, bad = lr * factor, 0
    return log


def draw_script(rng):
    batches = [[rng.uniform(-2, 6) for _ in range(rng.randint(1, 3))] for _ in range(rng.randint(2, 4))]
    validation = [rng.uniform(0, 4) for _ in range(rng.randint(2, 4))]
    settings = {"lr": rng.uniform(0.3, 0.9), "factor": rng.uniform(0.2, 0.7), "patience": rng.randint(0, 2)}
    return case(batches=batches, validation=validation, epochs=rng.randint(8, 16), **settings)


exercise = Exercise(
    lesson="05_reduce_on_plateau",
    title="Reduce on plateau",
    names={"base_lr": ("start_lr", "first_lr", "initial_lr")},
    tasks=(
        Task(
            "bad_epochs",
            points=2,
            drive="call",
            difficulty=2,
            importance=4,
            minutes=8,
            takeaway=(
                "Patience counts epochs without a new best: on a noisy loss, set the threshold with the noise in mind."
            ),
            ylabel="bad epochs in a row",
            public=(
                case(losses=[1.0, 0.9, 0.9, 0.8, 0.85, 0.85, 0.7], threshold=0.0),
                case(losses=[2.0, 1.95, 1.9, 1.85, 1.7, 1.69, 1.2], threshold=0.1),
                case(losses=[1.0, 2.0, 1.5, 1.2, 1.1, 0.5], threshold=0.0),
                case(losses=[1.0, 0.905, 0.95, 0.89, 0.85], threshold=0.1),
            ),
            edges=(case(losses=[0.5], threshold=0.1), case(losses=[0.5] * 6, threshold=0.0)),
            draw=draw_bad,
            hints=(
                "Walk through the example by hand. Which two things do you have to remember from one loss to the next?",
                "The best loss so far, and the count. A good epoch sets both, a bad one changes the count alone.",
                "Start with the first loss as the best and a list that holds one 0. For every other loss ask the "
                "question in the text, then append the count: once for each loss, good or bad.",
            ),
            mistakes=(
                Mistake(
                    "You take the threshold as a share of the new loss. It is one of the best: best * (1 - threshold).",
                    "loss < best * (1 - threshold)",
                    "loss * (1 + threshold) < best",
                ),
                Mistake(
                    "The threshold lies on the other side: good is *below* best * (1 - threshold), not below best * (1 "
                    "+ threshold).",
                    "(1 - threshold)",
                    "(1 + threshold)",
                ),
                Mistake(
                    "You count an equal loss as good. Good means lower: use <, not <=.",
                    "loss < best * (1 - threshold)",
                    "loss <= best * (1 - threshold)",
                ),
                Mistake(
                    "You compare with the epoch before. The measure is the best loss so far.",
                    "            bad += 1",
                    "            best, bad = loss, bad + 1",
                ),
                Mistake(
                    "You take the threshold as an amount. Here it is a share of the best: best * (1 - threshold).",
                    "best * (1 - threshold)",
                    "best - threshold",
                ),
                Mistake(
                    "You ignore the threshold: a tiny improvement is still a bad epoch.",
                    "best * (1 - threshold)",
                    "best",
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
                Mistake(
                    "You compare the first loss with itself and call it bad. The first epoch is good: its count is 0.",
                    "best, bad, counts = losses[0], 0, [0]\n    for loss in losses[1:]:",
                    "best, bad, counts = losses[0], 0, []\n    for loss in losses:",
                ),
                Mistake(
                    "The list is one entry short: the first epoch belongs into it, with a count of 0.",
                    "[0]\n",
                    "[]\n",
                ),
            ),
            also_right=(bad_by_numpy,),
        ),
        Task(
            "plateau_lrs",
            points=2,
            drive="call",
            difficulty=2,
            importance=5,
            minutes=8,
            takeaway=(
                "With patience=2 the third bad epoch cuts: count it through once before you wait for it in a long run."
            ),
            public=(
                case(losses=[1.0] * 9, base_lr=0.1, factor=0.5, patience=2),
                case(losses=[1.0, 1.1, 0.9, 0.95, 0.92, 0.8, 0.85, 0.84], base_lr=1.0, factor=0.1, patience=1),
                case(losses=[1.0, 1.0, 0.5, 0.6, 0.4], base_lr=0.2, factor=0.5, patience=0),
            ),
            edges=(case(losses=[1.0, 0.5, 0.2], base_lr=0.1, factor=0.5, patience=0),),
            draw=draw_lrs,
            hints=(
                "Take the loop of task 1. Where in it does the cut belong?",
                "After the count is up to date. patience=2 lets two bad epochs pass and cuts at the third.",
                "A cut changes the LR and the count, and leaves the best loss alone. Append the LR after the cut, "
                "once for each loss.",
            ),
            mistakes=(
                Mistake(
                    "You cut one epoch early. patience bad epochs may pass; the next one cuts: bad > patience.",
                    "bad > patience",
                    "bad >= max(patience, 1)",
                ),
                Mistake(
                    "You compare the first loss with itself and call it bad. The first epoch is good: its count is 0.",
                    'base_lr, float("inf"), 0, []',
                    "base_lr, losses[0], 0, []",
                ),
                Mistake(
                    "You compare with the epoch before. The measure is the best loss so far.",
                    "            bad += 1",
                    "            best, bad = loss, bad + 1",
                ),
                Mistake(
                    "You count an equal loss as good. Good means lower: use <, not <=.",
                    "loss < best",
                    "loss <= best",
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
                    "You cut one epoch early. patience bad epochs may pass; the next one cuts: bad > patience.",
                    "bad > patience",
                    "bad >= patience",
                ),
                Mistake(
                    "You cut one epoch late: the bad epoch number patience + 1 cuts at once.",
                    "bad > patience",
                    "bad > patience + 1",
                ),
                Mistake(
                    "After a cut you do not set the count back to 0, so every further bad epoch cuts again.",
                    "lr, bad = lr * factor, 0",
                    "lr = lr * factor",
                ),
                Mistake(
                    "After a cut you forget the best loss. It stays: the next good epoch must beat it.",
                    "lr, bad = lr * factor, 0",
                    'lr, bad, best = lr * factor, 0, float("inf")',
                ),
                Mistake(
                    "You count all bad epochs together. A good epoch sets the count back to 0.",
                    "best, bad = loss, 0",
                    "best = loss",
                ),
                Mistake(
                    "You list the LR before the epoch's loss is looked at. The list holds the LR after each epoch.",
                    "        lrs.append(lr)",
                    "        lrs.append(lr)\n    lrs = [base_lr] + lrs[:-1]",
                ),
            ),
            also_right=(lrs_by_cuts,),
            survivors={"lr, best, bad, lrs =": "the first loss is always good and sets the count to 0"},
        ),
        Task(
            "ReduceLROnPlateau",
            points=4,
            drive="object",
            difficulty=4,
            importance=4,
            minutes=20,
            takeaway=(
                "Tell the scheduler whether lower or higher is better: mode='min' on an accuracy cuts while all "
                "goes well."
            ),
            public=(
                case(groups=[0.1], do=[1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5, 0.6], factor=0.5, patience=1, threshold=0.0),
                case(groups=[1.0], do=[0.5, 0.52, 0.54, 0.56, 0.7, 0.6, 0.6], mode="max", patience=1, threshold=0.1),
                case(groups=[0.1, 0.01, 0.002], do=[1.0] * 14, factor=0.5, patience=1, cooldown=2, min_lr=0.004),
                case(groups=[0.1], do=[0.5, 0.6, "resume", 0.6, 0.55, 0.6, 0.6], factor=0.5, patience=1),
                case(
                    groups=[0.1],
                    do=[1.0, 1.0, "resume", 1.0, 0.4, 0.6, 0.5, 0.5, 0.5],
                    factor=0.5,
                    patience=0,
                    cooldown=3,
                ),
                case(groups=[0.1], do=[1.0] * 25),
                case(groups=[0.1], do=[1.0, 0.9, 0.8, 0.79995, 0.7, 0.6], patience=0),
                case(groups=[0.1], do=[10.0, 9.9995, 9.9985, 9.997], patience=0),
            ),
            edges=(
                case(groups=[0.1], do=[1.0] * 5 + ["resume"] + [1.0] * 5, factor=0.5, patience=0, cooldown=3),
                case(groups=[0.1, 0.2], do=[1.0, 1.0, "resume", 1.0, 1.0, 1.0], factor=0.5, patience=2),
                case(groups=[0.1], do=[0.5, 0.50004, 0.50006, 0.6], mode="max", patience=0),
                case(groups=[0.1], do=[0.5, 0.5, 0.6, 0.6, 0.6], mode="max", patience=0, threshold=0.0),
            ),
            draw=draw_class,
            hints=(
                "Which three numbers must survive from one call of step() to the next?",
                "The best metric, the bad epochs in a row and the cooldown that is left. Each call first judges the "
                "metric, then looks after the cooldown, then cuts if the count is above patience.",
                "During a cooldown count it down and set the bad epochs to 0. A cut sets them to 0 too and starts "
                "the cooldown. No LR may end below min_lr, and none may rise: think of a group that starts below "
                "it.",
            ),
            mistakes=(
                Mistake(
                    "You stop cutting at min_lr, but the last cut goes below it: max(lr * factor, min_lr).",
                    'min(group["lr"], max(group["lr"] * self.factor, self.min_lr))',
                    'group["lr"] * self.factor if group["lr"] > self.min_lr else group["lr"]',
                ),
                Mistake(
                    "Your cooldown is one epoch too short: the epoch of the cut itself is not one of them.",
                    "            self.bad, self.resting = 0, self.cooldown\n",
                    "            self.bad, self.resting = 0, max(self.cooldown - 1, 0)\n",
                ),
                Mistake(
                    "After a cut you forget the best metric. It stays: the next good epoch must beat it.",
                    "            self.bad, self.resting = 0, self.cooldown\n",
                    "            self.best, self.bad, self.resting = metric, 0, self.cooldown\n",
                ),
                Mistake(
                    "The threshold has no effect in your version, in neither mode.",
                    '        if self.mode == "min":',
                    '        self.threshold = 0\n        if self.mode == "min":',
                ),
                Mistake(
                    "You cut one epoch early: patience bad epochs may pass, the next one cuts. Compare with >.",
                    "self.bad > self.patience",
                    "self.bad >= self.patience",
                ),
                Mistake(
                    "You treat accuracy like a loss. With mode='max' higher is better.",
                    "metric > self.best * (1 + self.threshold)",
                    "metric < self.best * (1 - self.threshold)",
                ),
                Mistake(
                    "With mode='max' the threshold lies on the other side: above best * (1 + threshold).",
                    "(1 + self.threshold)",
                    "(1 - self.threshold)",
                ),
                Mistake(
                    "The cooldown has no effect. In each of its epochs the count of bad epochs is set to 0.",
                    "self.bad, self.resting = 0, self.cooldown",
                    "self.bad, self.resting = 0, 0",
                ),
                Mistake(
                    "During the cooldown you skip the metric, so a new best is missed. Judge the metric first, always.",
                    "        good = self.is_good(metric)\n",
                    "        if self.resting > 0:\n            self.resting -= 1\n            return\n"
                    "        good = self.is_good(metric)\n",
                ),
                Mistake(
                    "The LR falls below min_lr. It stops there: max(lr * factor, min_lr).",
                    'max(group["lr"] * self.factor, self.min_lr)',
                    'group["lr"] * self.factor',
                ),
                Mistake(
                    "You raise an LR that lies below min_lr. A cut never raises an LR: leave it as it is.",
                    'min(group["lr"], max(group["lr"] * self.factor, self.min_lr))',
                    'max(group["lr"] * self.factor, self.min_lr)',
                ),
                Mistake(
                    "Only the first parameter group is cut. Loop over all of optimizer.param_groups.",
                    "in self.optimizer.param_groups:",
                    "in self.optimizer.param_groups[:1]:",
                ),
                Mistake(
                    "After a resume you have forgotten the best metric, so any metric looks good. Save it.",
                    'self.best, self.bad, self.resting = state["best"], state["bad"], state["resting"]',
                    'self.bad, self.resting = state["bad"], state["resting"]',
                ),
                Mistake(
                    "After a resume you have forgotten the count of bad epochs. Save it.",
                    'self.best, self.bad, self.resting = state["best"], state["bad"], state["resting"]',
                    'self.best, self.resting = state["best"], state["resting"]',
                ),
                Mistake(
                    "After a resume you have forgotten the cooldown, so a cut comes early. Save what is left of it.",
                    'self.best, self.bad, self.resting = state["best"], state["bad"], state["resting"]',
                    'self.best, self.bad = state["best"], state["bad"]',
                ),
                Mistake(
                    "With mode='max' your first best is infinity, and no metric is above it. The first metric is good.",
                    "self.best is None or metric > self.best * (1 + self.threshold)",
                    "self.best is not None and metric > self.best * (1 + self.threshold)",
                ),
            ),
            also_right=(AsTorch, ByHistory),
            survivors={
                "def __init__": "a cooldown of -1 is over at once, as 0 is; -1 bounds a positive LR as 0 does",
                "self.best, self.bad, self.resting =": "the first metric is always good and sets the count to 0",
            },
        ),
        Task(
            "cut_epochs",
            points=2,
            drive="call",
            difficulty=2,
            importance=4,
            minutes=5,
            takeaway=(
                "Compare with the best so far, not with the last value: a noisy loss goes down every other epoch."
            ),
            ylabel="epoch of the cut",
            public=(
                case(losses=HOVERING, patience=2),
                case(losses=[1.0] * 7, patience=1),
                case(losses=[1.0, 0.9, 0.8, 0.7], patience=0),
            ),
            edges=(case(losses=[1.0, 2.0, 1.5, 1.2], patience=0),),
            draw=draw_cuts,
            hints=(
                "Walk through 1.0, 0.8, 0.9, 0.82 by hand. What is in best after the third loss?",
                "best must not rise. After a bad epoch it stays what it was.",
                "One of the two lines is right. In the other, best takes the new loss whatever it is: let it take "
                "the smaller of two.",
            ),
            mistakes=(
                Mistake(
                    "You cut one epoch early: patience bad epochs may pass, the next one cuts.",
                    lambda losses, patience: cuts_by_table(losses, patience - 1),
                ),
                Mistake(
                    "You count epochs from 1. The first epoch is epoch 0.",
                    lambda losses, patience: [epoch + 1 for epoch in cuts_by_table(losses, patience)],
                ),
                Mistake("best still takes every loss, good or bad, so you compare with the epoch before.", STUB),
                Mistake(
                    "No loss is ever bad now, so nothing is cut: best stays too high. It is the lowest loss so far.",
                    "min(best, loss)",
                    "max(best, loss)",
                ),
                Mistake(
                    "You update best before you compare, so no loss is ever below it and every epoch is bad.",
                    "bad = 0 if loss < best else bad + 1\n        best = min(best, loss)",
                    "best = min(best, loss)\n        bad = 0 if loss < best else bad + 1",
                ),
                Mistake(
                    "A loss equal to the best is no improvement: it is bad. Use <.",
                    "loss < best",
                    "loss <= best",
                ),
            ),
            also_right=(cuts_by_table,),
            survivors={"best, bad, cuts =": "the first loss is always good and sets the count to 0"},
        ),
        Task(
            "train",
            points=2,
            drive="call",
            difficulty=3,
            importance=5,
            minutes=12,
            takeaway=(
                "In a new training script look at three lines first: what the scheduler is given, how often it is "
                "stepped, and which LR is logged."
            ),
            public=(
                case(
                    batches=[[1.0, 3.0], [5.0, 7.0]], validation=[4.0, 4.5], epochs=10, lr=0.5, factor=0.5, patience=1
                ),
                case(batches=[[0.0], [2.0], [1.0]], validation=[1.0], epochs=6, lr=0.8, factor=0.1, patience=0),
                case(batches=[[2.0, 2.5]], validation=[2.0, 40.0], epochs=16, lr=0.6, factor=0.5, patience=2),
            ),
            edges=(
                case(batches=[[4.0], [0.0]], validation=[2.0], epochs=1, lr=0.5, factor=0.5, patience=0),
                case(batches=[[4.0], [0.0]], validation=[2.0, 1.0], epochs=9, lr=1.0, factor=0.5, patience=0),
            ),
            draw=draw_script,
            hints=(
                "Go through the script with the list of four beside it. How often in an epoch does the rule see a "
                "loss?",
                "The rule stands inside the loop over the batches. Which loss is it given there, and where is the log "
                "written: before the rule or after it?",
                "Three moves: the rule goes out of the inner loop, the loss is taken of other numbers, and the line "
                "with the log goes up by a few lines. No line of the rule itself changes.",
            ),
            mistakes=(
                Mistake(
                    "In yours the LR is never cut. Does best or the count start anew in every epoch?",
                    "bad > patience",
                    "False",
                ),
                Mistake(
                    "All three mistakes are still there: who sees which loss how often, and when is it logged?", STUB
                ),
                Mistake(
                    "The rule still runs once per batch. patience counts epochs: move the rule out of the inner loop.",
                    wrong_script(per_batch=True),
                ),
                Mistake(
                    "The rule and the log still take the loss of the last batch. Take the validation numbers.",
                    wrong_script(on="training"),
                ),
                Mistake(
                    "You log the LR after the rule has cut it. This epoch trained with the one before: log first.",
                    wrong_script(log_late=True),
                ),
                Mistake(
                    "You took the threshold out of the rule. It was right: below 0.999 times the best is good.",
                    wrong_script(share=1),
                ),
                Mistake(
                    "The validation loss is right, but the rule runs once per batch and the log comes after the cut.",
                    wrong_script(per_batch=True, log_late=True),
                ),
                Mistake(
                    "The rule runs once per epoch now. But it takes the loss of the last batch, and the log comes "
                    "after the cut.",
                    wrong_script(on="training", log_late=True),
                ),
                Mistake(
                    "The log comes in time now. But the rule runs once per batch, on that batch's loss.",
                    wrong_script(per_batch=True, on="training"),
                ),
            ),
            also_right=(train_by_parts, train_in_numpy),
            survivors={
                "w, best, bad, log": "the first loss is good, whatever the count was before",
                "if loss < 0.999": "no loss is exactly 0.999 times the best",
            },
        ),
        Task(
            "eight_lrs",
            points=1,
            drive="value",
            difficulty=2,
            importance=3,
            minutes=5,
            takeaway=(
                "A plateau scheduler sees an epoch's loss when that epoch is over: its cut holds from the next one."
            ),
            public=({},),
            hints=(
                "Which epoch's LR does a cut change: that of the epoch whose loss came in, or the next?",
                "Make the table. Epoch 2 (0.8) is bad. Is epoch 3, with 0.7 again, good or bad when threshold is 0?",
                "Two bad epochs in a row cut, since patience is 1. It happens twice, after epoch 3 and after epoch "
                "6, counted from 0.",
            ),
            mistakes=(
                Mistake(
                    "You list the LR after each epoch's loss. The cut after epoch 3 changes what epoch 4 trains with.",
                    [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2],
                ),
                Mistake(
                    "You cut at the first bad epoch. patience=1 lets one pass; the second in a row cuts.",
                    [0.8, 0.8, 0.8, 0.4, 0.2, 0.2, 0.1, 0.05],
                ),
                Mistake(
                    "You never cut. The second 0.7 is not below 0.7, so it is bad, the second in a row: that cuts.",
                    [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8],
                ),
            ),
        ),
    ),
    quizzes=(
        Quiz(
            "05_quiz_1",
            "You feed validation *accuracy* to `ReduceLROnPlateau(optimizer)` with its defaults. What happens?",
            "b",
            {
                "a": ("It notices that the metric is an accuracy.", "It sees numbers. Only mode='max' tells it."),
                "b": (
                    "The LR collapses while the model improves.",
                    "Right. mode='min' takes rising accuracy for bad epochs and cuts again and again.",
                ),
                "c": ("The LR never falls.", "The opposite: a rising metric looks like one bad epoch after another."),
            },
        ),
        Quiz(
            "05_quiz_2",
            "Your loss is noisy and the LR falls too soon. Which change helps *least*?",
            "c",
            {
                "a": ("More patience.", "It helps: more bad epochs may pass before a cut."),
                "b": ("A smoothed validation loss.", "It helps: the scheduler then sees less noise."),
                "c": (
                    "A larger threshold.",
                    "Right: it makes a good epoch harder to reach, so more epochs are bad and cuts come sooner.",
                ),
            },
        ),
        Quiz(
            "05_quiz_3",
            "Whose `step` needs a metric, so that no function of the step alone can replace the scheduler?",
            "a",
            {
                "a": ("ReduceLROnPlateau.", "Right. It has true state: the best metric, the count, the cooldown."),
                "b": ("StepLR.", "Its LR follows from the step alone: base_lr * gamma ** (step // step_size)."),
                "c": (
                    "CosineAnnealingLR.",
                    "Its LR follows from the step alone, even where the code uses a recursion.",
                ),
            },
        ),
    ),
)
