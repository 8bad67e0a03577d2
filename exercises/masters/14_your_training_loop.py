"""Checks of exercise 14: the first wrong step of a log, and five training scripts to repair, after real reports."""

import math

from lrcourse.exercises.exercise import STUB, Exercise, Mistake, Quiz, Task, case


def cosine(lr, total):
    """The plan of all five scripts, by its formula."""
    return [lr * (1 + math.cos(math.pi * t / total)) / 2 for t in range(total)]


def too_early(lr, total):
    """The LRs of a scheduler that is stepped before its optimizer: the plan's first is never used, its last is 0."""
    return [lr * (1 + math.cos(math.pi * t / total)) / 2 for t in range(1, total + 1)]


def trained(lrs, gradients_of, w=0.0):
    """The log and the weight after updates whose gradient is a function of the update and the weight."""
    for t, lr in enumerate(lrs):
        w -= lr * gradients_of(t, w)
    return [list(lrs), w]


def wrong_by_pairs(used, planned):
    least = max(planned) / 1000
    for step, (one, other) in enumerate(zip(used, planned, strict=False)):
        if not abs(one - other) <= least:
            return step
    return len(planned) if len(used) > len(planned) else None


def wrong_by_next(used, planned):
    places = range(len(used))
    return next((t for t in places if t >= len(planned) or abs(used[t] - planned[t]) * 1000 > max(planned)), None)


def epochs_by_formula(batches, epochs, lr):
    n = len(batches)
    return trained(cosine(lr, epochs * n), lambda t, w: w - batches[t % n])


def accumulating_by_formula(numbers, every, lr):
    total = len(numbers) // every
    return trained(cosine(lr, total), lambda t, w: w - sum(numbers[t * every : (t + 1) * every]) / every)


def scaled_by_formula(numbers, overflows, lr):
    done = [number for i, number in enumerate(numbers) if i not in overflows]
    return trained(cosine(lr, len(done)), lambda t, w: w - done[t])


def resumed_by_formula(numbers, cut, lr):
    return trained(cosine(lr, len(numbers)), lambda t, w: w - numbers[t])


def thawed_by_formula(numbers, thaw, lr):
    return trained(cosine(lr, len(numbers)), lambda t, w: w - numbers[t])


def some(rng, low, high):
    return [rng.uniform(-3, 5) for _ in range(rng.randint(low, high))]


def rate(rng):
    return rng.uniform(0.1, 0.9)


def logged_and_used(plan, used, gradients_of):
    """What a script returns that writes one list of LRs into its log and trains with another."""
    return [plan, trained(used, gradients_of)[1]]


def padded(lrs, length):
    """A plan that is over before the run: it stays at 0."""
    return (lrs + [0.0] * length)[:length]


def slope_to(numbers):
    return lambda t, w: w - numbers[t % len(numbers)]


def mean_slope(numbers, every):
    return lambda t, w: w - sum(numbers[t * every : (t + 1) * every]) / every


def kept(numbers, overflows):
    return [number for i, number in enumerate(numbers) if i not in overflows]


def with_skips(numbers, overflows, lr, entry):
    """The right run, but with an entry in its log where an update is skipped."""
    log, w = scaled_by_formula(numbers, overflows, lr)
    return [[entry if i in overflows else log.pop(0) for i in range(len(numbers))], w]


def begun_again(numbers, cut, lr):
    """After the stop the plan begins again at its top, as long as at first."""
    return trained((cosine(lr, len(numbers))[:cut] + cosine(lr, len(numbers)))[: len(numbers)], slope_to(numbers))


def lowered(numbers, cut, lr, total, done):
    """After the stop a plan that takes the LR of the stop for its highest."""
    first = cosine(lr, len(numbers))[:cut]
    top = lr * (1 + math.cos(math.pi * cut / len(numbers))) / 2
    rest = [top, *padded(too_early(top, total)[done:], len(numbers))]
    return trained((first + rest)[: len(numbers)], slope_to(numbers))


def draw_log(rng):
    planned = cosine(rng.uniform(0.01, 1), rng.randint(4, 12))
    used = [lr * (1 + rng.uniform(-1, 1) * 1e-4) for lr in planned]
    if rng.random() < 0.7:
        used[rng.randrange(len(used))] += rng.choice([-1, 1]) * rng.uniform(0.002, 0.5) * planned[0]
    used = used + planned[-1:] if rng.random() < 0.3 else used[: rng.randint(1, len(used))]
    return case(used=used, planned=planned)


def draw_epochs(rng):
    return case(batches=some(rng, 1, 4), epochs=rng.randint(2, 5), lr=rate(rng))


def draw_accumulating(rng):
    every = rng.randint(2, 4)
    return case(numbers=some(rng, 2 * every, 5 * every), every=every, lr=rate(rng))


def draw_scaled(rng):
    numbers = some(rng, 5, 10)
    return case(numbers=numbers, overflows=sorted(rng.sample(range(len(numbers)), rng.randint(1, 3))), lr=rate(rng))


def draw_resumed(rng):
    numbers = some(rng, 5, 10)
    return case(numbers=numbers, cut=rng.randint(1, len(numbers) - 2), lr=rate(rng))


def draw_thawed(rng):
    numbers = some(rng, 5, 10)
    return case(numbers=numbers, thaw=rng.randint(1, len(numbers) - 2), lr=rate(rng))


ONE_GROUP = "there is one group, so it is the first and the last"
EIGHT = [4.0, 2.0, 3.0, 5.0, 1.0, 2.0, 4.0, 3.0]

exercise = Exercise(
    lesson="14_your_training_loop",
    title="Your training loop",
    tasks=(
        Task(
            "first_wrong_step",
            points=2,
            drive="call",
            difficulty=2,
            importance=4,
            minutes=8,
            takeaway="Compare the used LRs with the plan, step by step: the first difference names the fault.",
            public=(
                case(used=[0.1, 0.1, 0.05], planned=[0.1, 0.08, 0.05]),
                case(used=[0.1, 0.08, 0.05], planned=[0.1, 0.08, 0.05]),
                case(used=[0.1, 0.08004, 0.0501, 0.01], planned=[0.1, 0.08, 0.05, 0.03]),
                case(used=[0.1, 0.08], planned=[0.1, 0.08, 0.05]),
                case(used=[0.1, 0.05, 0.02], planned=[0.1, 0.05]),
                case(used=[0.02, 0.1], planned=[0.01, 0.1]),
                case(used=[0.1, 0.05], planned=[0.1, 0.08]),
                case(used=[0.1, 0.07, 0.05, 0.02], planned=[0.1, 0.08, 0.05, 0.03]),
                case(used=[0.0004, 0.0002], planned=[0.0004, 0.00025]),
                case(used=[2.0, 4.003, 1.0], planned=[2.0, 4.0, 1.0]),
                case(used=[0.05, 0.1004, 0.9], planned=[0.05, 0.1, 0.06]),
                case(used=[0.1, 0.05, 0.02, 0.01], planned=[0.1, 0.05]),
            ),
            edges=(
                case(used=[0.0, 0.5], planned=[0.0, 1.0]),
                case(used=[0.001, 1.0, 0.0009], planned=[0.0, 1.0, 0.0]),
                case(used=[0.001002, 1.0], planned=[0.0, 1.0]),
                case(used=[0.0010005, 1.0], planned=[0.0, 1.0]),
                case(used=[0.5, 1.0, 0.0], planned=[0.5, 1.0]),
            ),
            draw=draw_log,
            hints=(
                "Which list says how far you have to look, and what may be missing in the other one?",
                "Walk through the log with its step numbers. Two things end the walk: the plan has no entry there, or "
                "the two LRs are too far apart.",
                "Too far is more than the highest entry of the plan divided by 1000, up or down. Only after the whole "
                "walk you know that nothing differs.",
            ),
            mistakes=(
                Mistake(
                    "You ask for equal numbers. A log rounds: up to a thousandth of the highest planned LR is no "
                    "difference.",
                    "abs(lr - planned[step]) > max(planned) / 1000",
                    "lr != planned[step]",
                ),
                Mistake(
                    "You look for LRs that are too high only. Too low is a difference as well.",
                    "abs(lr - planned[step])",
                    "(lr - planned[step])",
                ),
                Mistake(
                    "You measure against the LR at hand. Near 0 every rounding would be an alarm: take the highest of "
                    "the plan.",
                    "max(planned) / 1000",
                    "planned[step] / 1000",
                ),
                Mistake(
                    "You take the highest LR of the log. One wrong LR there moves the limit: take the plan's highest.",
                    "max(planned) / 1000",
                    "max(used) / 1000",
                ),
                Mistake(
                    "You measure against the plan's first LR. After a warmup another one is the highest.",
                    "max(planned) / 1000",
                    "planned[0] / 1000",
                ),
                Mistake(
                    "You allow a difference of 0.001 whatever the plan. A thousandth of its highest LR is asked for.",
                    "max(planned) / 1000",
                    "0.001",
                ),
                Mistake(
                    "You allow a hundredth. A thousandth of the highest planned LR is asked for.",
                    "max(planned) / 1000",
                    "max(planned) / 100",
                ),
                Mistake(
                    "You look for LRs that are too low only. Too high is a difference as well.",
                    "abs(lr - planned[step])",
                    "(planned[step] - lr)",
                ),
                Mistake(
                    "Where nothing differs you give -1. None is asked for.",
                    lambda used, planned: -1 if (found := wrong_by_next(used, planned)) is None else found,
                ),
                Mistake(
                    "You give the LR of the wrong step. Its number is asked for.",
                    lambda used, planned: None if (found := wrong_by_next(used, planned)) is None else used[found],
                ),
                Mistake(
                    "You look at the first step only: the walk ends there, whatever it finds.",
                    lambda used, planned: wrong_by_next(used[:1], planned),
                ),
                Mistake(
                    "You stop where the plan ends. A log that goes on is wrong from there.",
                    lambda used, planned: wrong_by_pairs(used[: len(planned)], planned),
                ),
                Mistake(
                    "A log that ends before the plan is not wrong: the run may still be under way.",
                    lambda used, planned: (
                        found
                        if (found := wrong_by_pairs(used, planned)) is not None or len(used) == len(planned)
                        else len(used)
                    ),
                ),
                Mistake(
                    "You give the last step that differs. The first one shows the fault.",
                    lambda used, planned: next(
                        (
                            t
                            for t in reversed(range(len(used)))
                            if t >= len(planned) or abs(used[t] - planned[t]) * 1000 > max(planned)
                        ),
                        None,
                    ),
                ),
                Mistake(
                    "Steps count from 0; yours count from 1.", "            return step", "            return step + 1"
                ),
            ),
            also_right=(wrong_by_pairs, wrong_by_next),
        ),
        Task(
            "train_epochs",
            points=2,
            drive="call",
            difficulty=2,
            importance=5,
            minutes=8,
            takeaway="Say in one word what your plan counts, updates or epochs, and step it exactly there.",
            public=(
                case(batches=[4.0, 2.0], epochs=3, lr=0.5),
                case(batches=[1.0, 3.0, 2.0, 4.0], epochs=2, lr=0.2),
                case(batches=[2.0], epochs=4, lr=0.8),
            ),
            edges=(case(batches=[1.0, 5.0, 3.0], epochs=1, lr=0.3),),
            draw=draw_epochs,
            hints=(
                "How many updates are there in an epoch, and how many calls of the scheduler's step?",
                "Put the scheduler's step where the optimizer's is. And what does the log hold: the number that the "
                "optimizer reads, or one of the function's arguments?",
                "Three lines in the inner loop, in this order: write down what stands in the optimizer's group, move "
                "the weight, step the plan.",
            ),
            mistakes=(
                Mistake(
                    "The script is as it was: the plan is stepped once per epoch, and the log holds the first LR.", STUB
                ),
                Mistake(
                    "The log still holds the argument lr. Log what the optimizer reads, in its param_groups.",
                    'optimizer.param_groups[0]["lr"]',
                    "lr",
                ),
                Mistake(
                    "The scheduler is still stepped once per epoch. The plan counts updates.",
                    "            scheduler.step()",
                    "        scheduler.step()",
                ),
                Mistake(
                    "You log after the scheduler's step: that is the LR of the next update.",
                    '            log.append(optimizer.param_groups[0]["lr"])\n'
                    "            optimizer.step(optimizer.w - batch)\n            scheduler.step()",
                    "            optimizer.step(optimizer.w - batch)\n            scheduler.step()\n"
                    '            log.append(optimizer.param_groups[0]["lr"])',
                ),
                Mistake(
                    "You step the scheduler before the optimizer: the plan's first LR is never used.",
                    '            log.append(optimizer.param_groups[0]["lr"])\n'
                    "            optimizer.step(optimizer.w - batch)\n            scheduler.step()",
                    '            scheduler.step()\n            log.append(optimizer.param_groups[0]["lr"])\n'
                    "            optimizer.step(optimizer.w - batch)",
                ),
                Mistake(
                    "You step the scheduler after every update and after every epoch as well: it runs ahead.",
                    "            scheduler.step()",
                    "            scheduler.step()\n        scheduler.step()",
                ),
                Mistake(
                    "The log is right, but the scheduler is stepped before the optimizer: each update uses the next "
                    "LR.",
                    lambda batches, epochs, lr: logged_and_used(
                        cosine(lr, epochs * len(batches)), too_early(lr, epochs * len(batches)), slope_to(batches)
                    ),
                ),
                Mistake(
                    "You made the plan shorter and still step it once per epoch. It counts updates: step it after "
                    "each.",
                    lambda batches, epochs, lr: trained(
                        [one for one in cosine(lr, epochs) for _ in batches], slope_to(batches)
                    ),
                ),
                Mistake(
                    "Your plan has one step for each epoch, and the loop steps it at every update: it is over too "
                    "early. One for each update is asked for.",
                    lambda batches, epochs, lr: trained(
                        padded(cosine(lr, epochs), epochs * len(batches)), slope_to(batches)
                    ),
                ),
                Mistake(
                    "Your plan is over after one epoch. It lasts for all updates of the run.",
                    lambda batches, epochs, lr: trained(
                        padded(cosine(lr, len(batches)), epochs * len(batches)), slope_to(batches)
                    ),
                ),
                Mistake(
                    "You make the scheduler anew for each epoch: the plan begins again, with the lowered LR for its "
                    "highest.",
                    "        for batch in batches:\n",
                    "        scheduler = HalfCosine(optimizer, epochs * len(batches))\n        for batch in batches:\n",
                ),
                Mistake(
                    "You make the optimizer anew for each epoch, so its weight begins again at 0.",
                    lambda batches, epochs, lr: [
                        cosine(lr, epochs * len(batches))[: len(batches)] * epochs,
                        trained(cosine(lr, epochs * len(batches))[: len(batches)], slope_to(batches))[1],
                    ],
                ),
                Mistake(
                    "Your log has one entry for each epoch. One for each update is asked for.",
                    lambda batches, epochs, lr: [
                        (full := epochs_by_formula(batches, epochs, lr))[0][:: len(batches)],
                        full[1],
                    ],
                ),
                Mistake(
                    "You return after the first epoch: the return stands too far to the right.",
                    lambda batches, epochs, lr: trained(
                        cosine(lr, epochs * len(batches))[: len(batches)], slope_to(batches)
                    ),
                ),
            ),
            also_right=(epochs_by_formula,),
            survivors={"log.append(optimizer.param_groups[0]": ONE_GROUP},
        ),
        Task(
            "train_accumulating",
            points=2,
            drive="call",
            difficulty=3,
            importance=5,
            minutes=8,
            takeaway="Under accumulation count updates, not batches, and step the plan only where the optimizer steps.",
            public=(
                case(numbers=EIGHT, every=2, lr=0.5),
                case(numbers=EIGHT[:7], every=3, lr=0.3),
                case(numbers=EIGHT, every=4, lr=0.8),
            ),
            edges=(case(numbers=EIGHT[:5], every=1, lr=0.3), case(numbers=EIGHT, every=8, lr=0.5)),
            draw=draw_accumulating,
            hints=(
                "With 8 micro-batches and every=4, how often may the scheduler be stepped?",
                "It is stepped where the optimizer is: inside the if. There is a second mistake, in the gradient: of "
                "how many micro-batches is a mean?",
                "Divide each micro-batch's part by the number of those that an update takes, and move one line four "
                "places to the right.",
            ),
            mistakes=(
                Mistake(
                    "The script is as it was: the plan is stepped for every micro-batch, and the gradients are summed.",
                    STUB,
                ),
                Mistake(
                    "The scheduler is still stepped for every micro-batch.",
                    "            scheduler.step()\n            gradient = 0.0",
                    "            gradient = 0.0\n        scheduler.step()",
                ),
                Mistake("You sum the gradients. An update takes their mean: divide by every.", " / every\n", "\n"),
                Mistake(
                    "The gradient is never set back to 0, so every update repeats all before it.",
                    "            gradient = 0.0\n",
                    "",
                ),
                Mistake(
                    "You log once for every micro-batch. One entry for each update is asked for.",
                    '        if i % every == 0:\n            log.append(optimizer.param_groups[0]["lr"])\n',
                    '        log.append(optimizer.param_groups[0]["lr"])\n        if i % every == 0:\n',
                ),
                Mistake(
                    "You log after the scheduler's step: that is the LR of the next update.",
                    '            log.append(optimizer.param_groups[0]["lr"])\n'
                    "            optimizer.step(gradient)\n            scheduler.step()\n",
                    "            optimizer.step(gradient)\n            scheduler.step()\n"
                    '            log.append(optimizer.param_groups[0]["lr"])\n',
                ),
                Mistake(
                    "The log is right, but the scheduler is stepped before the optimizer: each update uses the next "
                    "LR.",
                    lambda numbers, every, lr: logged_and_used(
                        cosine(lr, len(numbers) // every),
                        too_early(lr, len(numbers) // every),
                        mean_slope(numbers, every),
                    ),
                ),
                Mistake(
                    "Your plan is as long as the micro-batches. It counts updates, and there are fewer of them.",
                    lambda numbers, every, lr: trained(
                        cosine(lr, len(numbers))[: len(numbers) // every], mean_slope(numbers, every)
                    ),
                ),
                Mistake(
                    "You made the plan as long as the micro-batches and step it for each of them. It counts updates.",
                    lambda numbers, every, lr: trained(
                        cosine(lr, len(numbers))[every - 1 :: every], mean_slope(numbers, every)
                    ),
                ),
                Mistake(
                    "You keep the last micro-batch of each update alone. The mean takes in all of them.",
                    "gradient += (optimizer.w - number) / every",
                    "gradient = optimizer.w - number",
                ),
                Mistake(
                    "You divide twice: once for each micro-batch, and once more for the update.",
                    "(optimizer.w - number) / every",
                    "(optimizer.w - number) / every / every",
                ),
                Mistake(
                    "You divide by the number of all micro-batches. An update takes the mean over its own.",
                    "(optimizer.w - number) / every",
                    "(optimizer.w - number) / len(numbers)",
                ),
                Mistake(
                    "You count the micro-batches from 0, so the first one makes an update by itself.",
                    "enumerate(numbers, start=1)",
                    "enumerate(numbers)",
                ),
                Mistake(
                    "You make an update of the micro-batches that are left over. They make none here.",
                    "i % every == 0:",
                    "i % every == 0 or i == len(numbers):",
                ),
                Mistake(
                    "You divide the LR in place of the gradient. The log shows the LR of the plan.",
                    lambda numbers, every, lr: logged_and_used(
                        cosine(lr / every, len(numbers) // every),
                        cosine(lr, len(numbers) // every),
                        mean_slope(numbers, every),
                    ),
                ),
            ),
            also_right=(accumulating_by_formula,),
            survivors={"log.append(optimizer.param_groups[0]": ONE_GROUP},
        ),
        Task(
            "train_scaled",
            points=2,
            drive="call",
            difficulty=2,
            importance=4,
            minutes=7,
            takeaway="Where the scaler skips an update the scheduler must wait with it, or LRs of the plan are lost.",
            public=(
                case(numbers=EIGHT, overflows=[2, 5], lr=0.5),
                case(numbers=EIGHT[:5], overflows=[0], lr=0.3),
                case(numbers=EIGHT[:5], overflows=[4], lr=0.8),
            ),
            edges=(case(numbers=EIGHT, overflows=[], lr=0.4), case(numbers=EIGHT, overflows=[0, 1, 7], lr=0.6)),
            draw=draw_scaled,
            hints=(
                "What happens at a place with an overflow in your loop, line by line?",
                "Nothing may happen there: no entry in the log, no update, no step of the plan.",
                "All three lines belong under the same condition.",
            ),
            mistakes=(
                Mistake("The script is as it was: the scheduler steps also where the update is skipped.", STUB),
                Mistake(
                    "The scheduler still steps where an update is skipped.",
                    "            scheduler.step()",
                    "        scheduler.step()",
                ),
                Mistake(
                    "You still log where an update is skipped. The log has one LR for each update that was done.",
                    '        if i not in overflows:\n            log.append(optimizer.param_groups[0]["lr"])\n',
                    '        log.append(optimizer.param_groups[0]["lr"])\n        if i not in overflows:\n',
                ),
                Mistake(
                    "You turned the condition round: you update only where the gradient overflows.",
                    "i not in overflows",
                    "i in overflows",
                ),
                Mistake(
                    "The run ends at the first overflow. It goes on with the next number.",
                    "        if i not in overflows:\n",
                    "        if i in overflows:\n            break\n        if True:\n",
                ),
                Mistake(
                    "You log after the scheduler's step: that is the LR of the next update.",
                    '            log.append(optimizer.param_groups[0]["lr"])\n'
                    "            optimizer.step(optimizer.w - number)\n            scheduler.step()",
                    "            optimizer.step(optimizer.w - number)\n            scheduler.step()\n"
                    '            log.append(optimizer.param_groups[0]["lr"])',
                ),
                Mistake(
                    "The log is right, but the scheduler is stepped before the optimizer: each update uses the next "
                    "LR.",
                    lambda numbers, overflows, lr: logged_and_used(
                        cosine(lr, len(kept(numbers, overflows))),
                        too_early(lr, len(kept(numbers, overflows))),
                        slope_to(kept(numbers, overflows)),
                    ),
                ),
                Mistake(
                    "Your plan is as long as the numbers. Skipped updates do not belong to it.",
                    "len(numbers) - len(overflows)",
                    "len(numbers)",
                ),
                Mistake(
                    "You look for the number itself among the overflows. They are places: look for i.",
                    "i not in overflows",
                    "number not in overflows",
                ),
                Mistake(
                    "You count the places from 1. The overflows count from 0.",
                    "i not in overflows",
                    "i + 1 not in overflows",
                ),
                Mistake(
                    "You write None into the log where an update is skipped. Nothing is logged there.",
                    lambda numbers, overflows, lr: with_skips(numbers, overflows, lr, None),
                ),
                Mistake(
                    "You write 0 into the log where an update is skipped. Nothing is logged there.",
                    lambda numbers, overflows, lr: with_skips(numbers, overflows, lr, 0),
                ),
                Mistake(
                    "Log and plan wait where the gradient overflows, but the update is still done.",
                    lambda numbers, overflows, lr: [
                        cosine(lr, len(kept(numbers, overflows))),
                        trained(
                            [
                                padded(cosine(lr, len(kept(numbers, overflows))), len(numbers))[
                                    len(kept(numbers[:i], overflows))
                                ]
                                for i in range(len(numbers))
                            ],
                            slope_to(numbers),
                        )[1],
                    ],
                ),
            ),
            also_right=(scaled_by_formula,),
            survivors={"log.append(optimizer.param_groups[0]": ONE_GROUP},
        ),
        Task(
            "train_resumed",
            points=2,
            drive="call",
            difficulty=4,
            importance=5,
            minutes=10,
            takeaway="Build optimizer and scheduler as at the start, then load both: that holds in every library.",
            public=(
                case(numbers=EIGHT, cut=3, lr=0.5),
                case(numbers=EIGHT[:5], cut=1, lr=0.3),
                case(numbers=EIGHT, cut=6, lr=0.8),
            ),
            edges=(case(numbers=EIGHT, cut=0, lr=0.4), case(numbers=EIGHT, cut=8, lr=0.4)),
            draw=draw_resumed,
            hints=(
                "What does the scheduler read from the optimizer when it is made, and what stands there after loading?",
                "It must find the first LR, as at the start. And which of the two saved states does nobody load?",
                "First build both, in the same way as at the top of the function; then load each from its own entry of "
                "the checkpoint.",
            ),
            mistakes=(
                Mistake(
                    "The script is as it was: the scheduler is made after loading, and its own state is not loaded.",
                    STUB,
                ),
                Mistake(
                    "The scheduler's state is not loaded: the plan begins again.",
                    "    scheduler.load_state_dict(saved[1])\n",
                    "",
                ),
                Mistake(
                    "The optimizer's state is not loaded: the weight begins again at 0, and one update uses the first "
                    "LR.",
                    "    optimizer.load_state_dict(saved[0])\n",
                    "",
                ),
                Mistake(
                    "Neither state is loaded: weight and plan begin again.",
                    "    optimizer.load_state_dict(saved[0])\n    scheduler.load_state_dict(saved[1])\n",
                    "",
                ),
                Mistake(
                    "The scheduler is made on the old optimizer and writes to that one: the LR stands still.",
                    "    optimizer = Optimizer(lr)\n    scheduler = HalfCosine(optimizer, len(numbers))\n"
                    "    optimizer.load_state_dict(saved[0])\n",
                    "    scheduler = HalfCosine(optimizer, len(numbers))\n    optimizer = Optimizer(lr)\n"
                    "    optimizer.load_state_dict(saved[0])\n",
                ),
                Mistake(
                    "Your plan has the rest's length, and counts on from the stop: it is over too early. The whole "
                    "run's length is asked for.",
                    "    scheduler = HalfCosine(optimizer, len(numbers))\n    optimizer.load_state_dict(saved[0])\n",
                    "    scheduler = HalfCosine(optimizer, len(numbers) - cut)\n"
                    "    optimizer.load_state_dict(saved[0])\n",
                ),
                Mistake(
                    "You make a plan for the rest alone. It falls from the top again; the whole run's length is asked "
                    "for.",
                    "    scheduler = HalfCosine(optimizer, len(numbers))\n    optimizer.load_state_dict(saved[0])\n"
                    "    scheduler.load_state_dict(saved[1])\n",
                    "    scheduler = HalfCosine(optimizer, len(numbers) - cut)\n"
                    "    optimizer.load_state_dict(saved[0])\n",
                ),
                Mistake(
                    "You skip what was done by stepping the scheduler once too often.",
                    "    scheduler.load_state_dict(saved[1])\n",
                    "    scheduler.load_state_dict(saved[1])\n    scheduler.step()\n",
                ),
                Mistake(
                    "The plan counts on, but from the lowered LR: the scheduler was made after loading, so it took "
                    "that one for its highest.",
                    "    scheduler = HalfCosine(optimizer, len(numbers))\n    optimizer.load_state_dict(saved[0])\n"
                    "    scheduler.load_state_dict(saved[1])\n",
                    "    optimizer.load_state_dict(saved[0])\n    scheduler = HalfCosine(optimizer, len(numbers))\n"
                    '    scheduler.done = saved[1]["done"]\n',
                ),
                Mistake("After the stop the plan begins again, at its top.", begun_again),
                Mistake(
                    "You step the plan on as often as before, but from the lowered LR: the scheduler was made after "
                    "loading, so it took that one for its highest.",
                    "    optimizer.load_state_dict(saved[0])\n    scheduler.load_state_dict(saved[1])\n",
                    "    optimizer.load_state_dict(saved[0])\n    scheduler = HalfCosine(optimizer, len(numbers))\n"
                    "    for _ in range(cut):\n        scheduler.step()\n",
                ),
                Mistake(
                    "You return the LRs after the stop alone. All of them are asked for.",
                    lambda numbers, cut, lr: [
                        (full := resumed_by_formula(numbers, cut, lr))[0][cut:],
                        full[1],
                    ],
                ),
                Mistake(
                    "The plan is one step behind after the stop: step it once for each update that is done.",
                    lambda numbers, cut, lr: trained(
                        (cosine(lr, len(numbers))[:cut] + cosine(lr, len(numbers))[max(cut - 1, 0) :])[: len(numbers)],
                        slope_to(numbers),
                    ),
                ),
            ),
            also_right=(resumed_by_formula,),
            survivors={
                "log.append(optimizer.param_groups[0]": ONE_GROUP,
                "optimizer = Optimizer(lr)": "the old object still holds what is loaded into the new one",
            },
        ),
        Task(
            "train_thawed",
            points=2,
            drive="call",
            difficulty=3,
            importance=4,
            minutes=8,
            takeaway="A scheduler writes to one optimizer object: whoever replaces that object must hand it over.",
            public=(
                case(numbers=EIGHT, thaw=3, lr=0.5),
                case(numbers=EIGHT[:5], thaw=1, lr=0.3),
                case(numbers=EIGHT, thaw=6, lr=0.8),
            ),
            edges=(case(numbers=EIGHT, thaw=0, lr=0.4), case(numbers=EIGHT, thaw=7, lr=0.4)),
            draw=draw_thawed,
            hints=(
                "To which object does the scheduler write after the exchange, and from which one does the log read?",
                "Two things must pass to the new optimizer: what the old one holds, and the scheduler's attention.",
                "state_dict and load_state_dict carry the weight and the LR over. Then one attribute of the scheduler "
                "must name the new object.",
            ),
            mistakes=(
                Mistake("The script is as it was: the scheduler writes to the old optimizer.", STUB),
                Mistake(
                    "The scheduler still writes to the old optimizer, so the LR stands still from there on.",
                    "            scheduler.optimizer = optimizer\n",
                    "",
                ),
                Mistake(
                    "The new optimizer begins with the weight 0 and the first LR. Carry over what the old one holds.",
                    "            optimizer.load_state_dict(state)\n",
                    "",
                ),
                Mistake(
                    "You make a new plan for the rest alone, with the lowered LR for its highest. The plan goes on.",
                    "            scheduler.optimizer = optimizer\n",
                    "            scheduler = HalfCosine(optimizer, len(numbers) - thaw)\n",
                ),
                Mistake(
                    "The weight is carried over, but the first update after the exchange uses the first LR.",
                    "            optimizer.load_state_dict(state)\n",
                    '            optimizer.w = state["w"]\n',
                ),
                Mistake(
                    "You make a new scheduler as long as the whole run: the plan begins again at its top.",
                    lambda numbers, thaw, lr: begun_again(numbers, thaw, lr),
                ),
                Mistake(
                    "The new optimizer's weight begins at 0. It begins where the old one's was.",
                    lambda numbers, thaw, lr: [
                        cosine(lr, len(numbers)),
                        trained(cosine(lr, len(numbers))[thaw:], slope_to(numbers[thaw:]))[1],
                    ],
                ),
                Mistake(
                    "The plan is stepped once too often when the optimizer is exchanged.",
                    lambda numbers, thaw, lr: trained(
                        cosine(lr, len(numbers))[:thaw] + too_early(lr, len(numbers))[thaw:], slope_to(numbers)
                    ),
                ),
                Mistake(
                    "Your new scheduler takes the lowered LR for its highest, and begins a plan from there.",
                    lambda numbers, thaw, lr: lowered(numbers, thaw, lr, len(numbers), 0),
                ),
                Mistake(
                    "Your new scheduler has the right count, but takes the lowered LR for its highest.",
                    lambda numbers, thaw, lr: lowered(numbers, thaw, lr, len(numbers), thaw),
                ),
            ),
            also_right=(thawed_by_formula,),
            survivors={
                "log.append(optimizer.param_groups[0]": ONE_GROUP,
                "optimizer = Optimizer(lr)": "the old object holds the same weight and LR as the new one",
                "if i == thaw": "an exchange that hands over all changes nothing, whenever it comes",
            },
        ),
    ),
    quizzes=(
        Quiz(
            "14_quiz_1",
            "A log shows the planned LRs, each one step too early: entry 0 is the plan's second LR. What is likely?",
            "a",
            {
                "a": (
                    "The LR was logged after scheduler.step().",
                    "Right: then the log shows what the next update will use. Log before the update.",
                ),
                "b": (
                    "The scheduler was stepped once per epoch.",
                    "Then the LR would stand still within an epoch, and the log would lag behind more and more.",
                ),
                "c": (
                    "The optimizer was replaced.",
                    "Then the LR would stand still from there on.",
                ),
            },
        ),
        Quiz(
            "14_quiz_2",
            "Four processes, and the plan is over after a quarter of the run. What is likely?",
            "b",
            {
                "a": (
                    "The peak LR is four times too high.",
                    "That changes the height of the curve, not its length.",
                ),
                "b": (
                    "The scheduler is stepped once for each process.",
                    "Right: accelerate does so with a scheduler that it has prepared. Prepare it and count all, or do "
                    "not prepare it.",
                ),
                "c": (
                    "Three of the four processes have failed.",
                    "Then the run would end, not the plan.",
                ),
            },
        ),
        Quiz(
            "14_quiz_3",
            "The mean LR of a run equals the plan's mean LR. What does that show?",
            "c",
            {
                "a": ("The plan was followed.", "No: a cosine that is run through four times has the same mean."),
                "b": ("Nothing was logged.", "There are numbers, so something was. But what do they show?"),
                "c": ("Next to nothing.", "Right. Compare step by step: the first difference names the fault."),
            },
        ),
    ),
)
