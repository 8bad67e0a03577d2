"""What every scheduler shares: the step, the write into the optimizer's groups, saving and loading."""

from lrcourse.arguments import real, whole


class LRScheduler:
    """Writes schedule(step) into the "lr" of every parameter group; the step is all it remembers.

    optimizer: any object with param_groups, a list of dicts with an "lr" (a number, or a tensor, filled in place).
    last_epoch: the step done last, to go on from it (each group must then hold its "initial_lr"); -1 starts at step 0.
    The constructor writes the first LR and keeps each group's own under "initial_lr". A group that the optimizer gets
    later joins in at the next step.

    A concrete class overrides make_schedule. Two schedulers that step one optimizer multiply: where another hand has
    changed the LR, step() multiplies what it finds by schedule(step) / schedule(step - 1).

    Raises TypeError or ValueError that names the argument, KeyError for a missing "initial_lr"; the optimizer is then
    as it was.
    """

    chainable = True  # False: step() writes schedule(step), whatever it finds
    floor = 0.0  # chaining multiplies what the LR has above its floor

    def __init__(self, optimizer, last_epoch=-1):
        self.optimizer = optimizer
        self.last_epoch = self._at = whole("last_epoch", last_epoch, at_least=-1) + 1
        self.base_lrs, self._schedules, self._momenta = [], [], []
        self._planned, self._last_lr = [], []
        for i, group in enumerate(param_groups(optimizer)):
            if self.last_epoch and "initial_lr" not in group:
                raise KeyError(f"last_epoch = {last_epoch} needs 'initial_lr' in param_groups[{i}]: load the optimizer")
        self._adopt()
        if self.last_epoch:
            self._go_to(self._at)

    def make_schedule(self, base_lr, i):
        """The schedule of parameter group i, whose own LR is base_lr: what a concrete class defines."""
        raise NotImplementedError

    def make_momentum(self, i):
        """The same for the group's momentum; None leaves the momentum alone."""

    def step(self):
        """Write the LR of the next step. Call it after the optimizer's step."""
        self._advance(self.last_epoch + 1)
        self.last_epoch += 1

    def get_last_lr(self):
        """The LR of each group that this scheduler wrote last: a list of floats."""
        return list(self._last_lr)

    def state_dict(self):
        """What to save: the step, and a group's LR where another hand has changed it; plain data, fit for JSON.

        "at" is the place on the schedule: the step, or the seconds that have passed for TimeBasedLR.
        """
        groups = self.optimizer.param_groups[: len(self._planned)]
        pairs = zip(groups, self._planned, strict=True)
        changed = [None if group["lr"] == planned else float(group["lr"]) for group, planned in pairs]
        return {"class": type(self).__name__, "last_epoch": self.last_epoch, "at": self._at, "lr": changed}

    def load_state_dict(self, state_dict):
        """Go to a saved step and write its LR. Raises ValueError for a state of another class or with other keys."""
        self._check(state_dict)
        self._restore(state_dict)

    def _check(self, state_dict):
        known = self.state_dict()
        if not isinstance(state_dict, dict) or state_dict.keys() != known.keys():
            raise ValueError(f"state_dict must be a dict with the keys {', '.join(known)}, not {state_dict!r}")
        if state_dict["class"] != known["class"]:
            raise ValueError(f"state_dict must come from a {known['class']}, not from a {state_dict['class']}")
        whole("state_dict['last_epoch']", state_dict["last_epoch"], at_least=0)
        real("state_dict['at']", state_dict["at"], at_least=0)
        lrs, groups = state_dict["lr"], len(known["lr"])
        if not isinstance(lrs, list) or len(lrs) != groups:
            raise ValueError(f"state_dict['lr'] must hold {groups} entries, one a parameter group, not {lrs!r}")
        for lr in lrs:
            if lr is not None:
                real("state_dict['lr']", lr, at_least=0)

    def _restore(self, state_dict):
        self._go_to(state_dict["at"], state_dict["lr"])
        self.last_epoch = state_dict["last_epoch"]

    def _adopt(self):
        """Take in the groups that are new, at the present place on the schedule."""
        known = len(self.base_lrs)
        groups = param_groups(self.optimizer)
        if len(groups) < known:
            raise ValueError(f"optimizer must keep its {known} parameter groups, it has {len(groups)} left")
        new = range(known, len(groups))
        base_lrs = [real(f"param_groups[{i}]['lr']", own_lr(groups[i]), at_least=0) for i in new]
        schedules = [self.make_schedule(base_lr, i) for i, base_lr in zip(new, base_lrs, strict=True)]
        momenta = [(i, self.make_momentum(i)) for i in new]
        planned = [schedule(self._at) for schedule in schedules]
        lrs = [self._first(groups[i]["lr"], *lrs) for i, *lrs in zip(new, base_lrs, planned, strict=True)]
        self.base_lrs += base_lrs
        self._schedules += schedules
        self._momenta += [(i, momentum) for i, momentum in momenta if momentum]
        for i, base_lr in zip(new, base_lrs, strict=True):
            groups[i].setdefault("initial_lr", base_lr)
        self._write(self._last_lr + lrs, self._planned + planned, self._at)

    def _first(self, lr, base_lr, planned):
        """What a group gets that holds lr when the scheduler meets it."""
        return self._next(lr, base_lr, planned)

    def _advance(self, now):
        groups = self.optimizer.param_groups
        if len(groups) != len(self._planned):
            self._adopt()
        planned = [schedule(now) for schedule in self._schedules]
        found = [group["lr"] for group in groups]
        if found == self._planned or not self.chainable:
            lrs = planned
        else:
            lrs = [self._next(*lrs) for lrs in zip(found, self._planned, planned, strict=True)]
        self._write(lrs, planned, now)

    def _next(self, lr, old, new):
        """What follows on lr where the schedule goes from old to new; never below 0."""
        if lr == old or not self.chainable:
            return new
        if old == self.floor:
            return max(0.0, float(lr + (new - old)))
        return max(0.0, float(self.floor + (lr - self.floor) * ((new - self.floor) / (old - self.floor))))

    def _go_to(self, at, lrs=None):
        planned = [schedule(at) for schedule in self._schedules]
        lrs = lrs or planned
        self._write([plan if lr is None else lr for lr, plan in zip(lrs, planned, strict=True)], planned, at)

    def _write(self, lrs, planned, at):
        groups = self.optimizer.param_groups
        for group, lr in zip(groups, lrs, strict=True):
            if isinstance(group["lr"], float):
                group["lr"] = lr
            else:
                write_lr(group, lr)
        for i, momentum in self._momenta:
            write_momentum(groups[i], momentum(at))
        self._last_lr, self._planned, self._at = lrs, planned, at


def trace(scheduler, n):
    """The LRs of the first group over n steps, from the present one on; the scheduler is n steps further afterwards."""
    lrs = []
    for _ in range(n):
        lrs += scheduler.get_last_lr()[:1]
        scheduler.step()
    return lrs


def param_groups(optimizer):
    """The optimizer's groups. Raises TypeError where there are none, ValueError for none with an LR."""
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, list):
        raise TypeError(f"optimizer must have param_groups, a list of dicts with an 'lr', not {optimizer!r}")
    if not groups or not all(isinstance(group, dict) and "lr" in group for group in groups):
        raise ValueError(f"optimizer.param_groups must be a list of dicts with an 'lr', at least one, not {groups!r}")
    return groups


def pick(name, values, i, optimizer):
    """Group i's own value where values is a list of one a group, else values itself."""
    if not isinstance(values, list | tuple):
        return values
    groups = len(optimizer.param_groups)
    if len(values) != groups:
        raise ValueError(f"{name} must be one value or a list of {groups}, one a parameter group, not {values!r}")
    return values[i]


def own_lr(group):
    """The LR that the group had before any scheduler."""
    return group.get("initial_lr", group["lr"])


def write_lr(group, lr):
    """Set the group's LR; a tensor is filled, so that it stays the same tensor."""
    if hasattr(group["lr"], "fill_"):
        group["lr"].fill_(lr)
    else:
        group["lr"] = lr


def write_momentum(group, momentum):
    """Set the group's momentum, unless it is None: Adam's beta1 where it has "betas", else SGD's "momentum"."""
    if momentum is None:
        return
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
