"""What every scheduler shares: the step, the write into the optimizer's groups, saving and loading."""

from abc import ABC, abstractmethod
from typing import Any
from weakref import WeakSet

from lrcourse.arguments import whole
from lrcourse.schedulers import chaining, hands, state, traps
from lrcourse.schedulers.groups import Group, Optimizer, own_lr, own_tensor, param_groups, pick, write
from lrcourse.schedulers.plans import Plan, Plans


class LRScheduler(ABC):
    """Writes schedule(step) into the "lr" of every parameter group.

    optimizer: any object with param_groups, a list of dicts with an "lr" (a number, or a tensor, filled in place). A
    group's own factor, "lr_scale", multiplies every LR that is written there.
    last_epoch: the step done last, to go on from it (each group must then hold its "initial_lr"); -1 starts at step 0.
    The constructor writes the first LR and keeps each group's own under "initial_lr". A group that the optimizer gets
    later joins in at the next step.

    A concrete class overrides make_schedule and keeps each argument under its name: state_dict saves them. How several
    schedulers share one optimizer is said in chaining.py.

    Raises TypeError or ValueError that names the argument, KeyError for a missing "initial_lr"; the optimizer is then
    as it was.
    """

    # What follows from the rest and is not saved: the schedules, the LRs that they plan for the present step, who else
    # is on the optimizer, and until the first step what was met there.
    __slots__ = ("_plans", "_planned", "_hands", "_met", "__dict__", "__weakref__")
    _plans: Plans
    _planned: list[float] | None
    _hands: "WeakSet[Any]"
    _met: hands.Met | None

    chainable: bool = True  # False: step() writes schedule(step), whatever it finds
    follows_step: bool = True  # False: no part of a composite
    composite: bool = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        state.KINDS.setdefault(cls.__name__, cls)  # the course's own, whatever a lesson calls its class

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = optimizer
        state.own_arguments(self)
        self.last_epoch = whole("last_epoch", last_epoch, at_least=-1) + 1
        self._at: float = self.last_epoch
        for i, group in enumerate(param_groups(optimizer)):
            if self.last_epoch and "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    f"last_epoch >= 0: load the optimizer's state first"
                )
        self.base_lrs: list[float] = []
        self._last_lr: list[float] = []
        self._planned = None
        self._hands = hands.hands_on(optimizer)
        self._met = hands.Met(self)
        self._take_in(optimizer.param_groups)
        self._hands.add(self)
        if not isinstance(optimizer, state.StandIn):
            traps.look(self)

    @abstractmethod
    def make_schedule(self, base_lr: float, i: int) -> Plan:
        """The schedule of parameter group i, whose own LR is base_lr: what a concrete class defines."""

    @property
    def floor(self) -> float:
        """Chaining multiplies what the LR has above it."""
        return 0.0

    def make_momentum(self, i: int) -> Plan | None:
        """The same for the group's momentum; None leaves the momentum alone."""
        return None

    def bounds_of(self, i: int) -> Group:
        """What torch keeps in group i besides: the ends between which the momentum goes, where it is cycled."""
        names = ["base_momentum", "max_momentum"] if getattr(self, "cycle_momentum", False) else []
        return {name: float(pick(name, getattr(self, name), i, self.optimizer)) for name in names}

    def first_lr(self, group: Group, base_lr: float, schedule: Plan, i: int) -> float:
        """What group i gets when the scheduler meets it."""
        return chaining.first_lr(self, group, base_lr, schedule, i)

    def step(self, epoch: int | None = None) -> None:
        """Write the LR of the next step, or of any step of at least 0. Call it after the optimizer's step."""
        now = self.last_epoch + 1 if epoch is None else whole("epoch", epoch, at_least=0)
        self._move_to(now)
        self.last_epoch = now

    def get_last_lr(self) -> list[float]:
        """The LR of each group that this scheduler, or the composite it belongs to, wrote last."""
        return list(self._last_lr)

    def state_dict(self) -> state.State:
        """What to save: the plan, the step, and a group's LR where another hand has changed it; plain data for JSON."""
        pairs = zip(self.optimizer.param_groups, self.planned(), strict=False)
        changed = [None if group["lr"] == planned else float(group["lr"]) for group, planned in pairs]
        step = {"last_epoch": self.last_epoch, "at": self._at, "lr": changed, "base_lrs": list(self.base_lrs)}
        return {**state.describe(self), **step}

    def memory(self) -> state.State:
        """What the scheduler remembers besides the step, as plain data."""
        return {}

    def recall(self, state_dict: state.State) -> None:
        """Take up what memory has saved: here nothing."""
        return

    def load_state_dict(self, state_dict: state.State) -> None:
        """Go on as what was saved, bit for bit, whatever this object was built with; a difference is warned of.

        A state without its "plan" moves the step alone: this object's plan holds from there on. Raises ValueError or
        TypeError for a state of another class, with other keys or with values out of range; nothing is changed then.
        """
        told = state.load(self, state_dict)
        self.last_epoch, self._at, self._met = state_dict["last_epoch"], state_dict["at"], None
        planned = self._plans.at(self._at, self.optimizer.param_groups)
        lrs = [plan if lr is None else lr for lr, plan in zip(state_dict["lr"], planned, strict=True)]
        self._write(lrs, planned, self._at)
        if told:
            traps.warn(f"{type(self).__name__} goes on as it was saved: {', '.join(told)}")

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self).update(attributes)
        self._plans, self._planned, self._met = Plans(self, self.base_lrs), None, None
        self._hands = hands.hands_on(self.optimizer)
        self._hands.add(self)

    def planned(self) -> list[float]:
        """What the plan says for the present step, whatever other hands have made of it."""
        return self._planned or self._plans.at(self._at, self.optimizer.param_groups)

    def _take_in(self, groups: list[Group]) -> None:
        """Take in the groups that are new, at the present place on the schedule."""
        known = len(self.base_lrs)
        if len(groups) < known:
            raise ValueError(f"optimizer must keep its {known} parameter groups, it has {len(groups)} left")
        new = range(known, len(groups))
        base_lrs = self.base_lrs + [own_lr(groups[i], i) for i in new]
        plans = Plans(self, base_lrs)
        lrs = [self.first_lr(groups[i], base_lrs[i], plans.schedules[i], i) for i in new]
        self.base_lrs, self._plans = base_lrs, plans
        for i in new:
            own_tensor(groups[i], groups[:i])
            lr = groups[i]["lr"]
            groups[i].setdefault("initial_lr", lr.detach().clone() if hasattr(lr, "fill_") else base_lrs[i])
            groups[i].update(self.bounds_of(i))
        self._write(self._last_lr + lrs, plans.at(self._at, groups), self._at)

    def _move_to(self, at: float) -> None:
        """Go to a place on the schedule and write its LRs."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.base_lrs):
            self._take_in(param_groups(self.optimizer))
        if self._met is not None:
            hands.begin(self)
        plans = self._plans
        planned = plans.at(at, groups) if plans.scaled else [schedule(at) for schedule in plans.schedules]
        found = [group["lr"] for group in groups]
        alone = found == self._planned or not self.chainable
        self._write(planned if alone else chaining.follow_groups(self, found, planned), planned, at)

    def _write(self, lrs: list[float], planned: list[float], at: float) -> None:
        groups = self.optimizer.param_groups
        for i, lr in enumerate(lrs):  # faster than a zip that is told of its strictness
            group = groups[i]
            if isinstance(group["lr"], float):
                group["lr"] = lr
            else:
                write(group, "lr", lr)
        for i, key, momentum in self._plans.momenta:
            value = momentum(at)
            if value is not None:
                write(groups[i], key, value)
        self._last_lr[:] = lrs  # in place: a composite's members share the list
        self._planned, self._at = planned, at
        if self.composite:
            self.move_members(at)

    def move_members(self, step: float) -> None:
        """What a composite does when it has written: keep its members in step."""
        raise NotImplementedError

    def stand_at(self, step: float) -> None:
        """What a composite tells its members when it has stepped for them."""
        self.last_epoch = self._at = step  # type: ignore[assignment]  # composites stand at whole steps
        self._planned = None


def trace(scheduler: LRScheduler, n: int) -> list[float]:
    """The LRs of the first group over n steps, from the present one on; the scheduler is n steps further afterwards."""
    lrs = []
    for _ in range(n):
        lrs += scheduler.get_last_lr()[:1]
        scheduler.step()
    return lrs
