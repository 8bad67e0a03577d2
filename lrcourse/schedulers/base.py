"""What every scheduler shares: the step, the write into the optimizer's groups, saving and loading."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from lrcourse.arguments import whole
from lrcourse.schedulers import chaining, state, traps
from lrcourse.schedulers.groups import Group, Optimizer, momentum_key, own_lr, own_tensor, param_groups, write
from lrcourse.schedules.value import inner

Plan = Callable[[Any], float]  # a schedule: a function of the step


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

    # What follows from the rest and is not saved: the schedules, the LRs that they plan for the present step, whether
    # a group has an lr_scale, who else is on the optimizer, and until the first step what was met there.
    __slots__ = ("_schedules", "_momenta", "_planned", "_scaled", "_hands", "_met", "__dict__", "__weakref__")
    _schedules: list[Plan]
    _momenta: list[tuple[int, str, Plan]]
    _planned: list[float] | None
    _scaled: bool
    _hands: "WeakSet[Any]"
    _met: "chaining.Met | None"

    chainable: bool = True  # False: step() writes schedule(step), whatever it finds
    follows_step: bool = True  # False: no part of a composite
    composite: bool = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = optimizer
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
        self._schedules, self._momenta, self._planned, self._scaled = [], [], [], False
        self._hands = chaining.hands_on(optimizer)
        self._met = chaining.Met(self)
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
        pairs = zip(self.optimizer.param_groups, self._planned or self._plan(self._at), strict=False)
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
        planned = self._plan(self._at)
        lrs = [plan if lr is None else lr for lr, plan in zip(state_dict["lr"], planned, strict=True)]
        self._write(lrs, planned, self._at)
        if told:
            traps.warn(f"{type(self).__name__} goes on as it was saved: {', '.join(told)}")

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self).update(attributes)
        self._hands = chaining.hands_on(self.optimizer)
        self._hands.add(self)
        self._met = None
        self._follow_plan()

    def _follow_plan(self) -> None:
        """Make the schedules of the known groups anew."""
        known = range(len(self.base_lrs))
        self._schedules = [inner(self.make_schedule(base_lr, i)) for i, base_lr in enumerate(self.base_lrs)]
        self._momenta = self._make_momenta(known)
        self._scaled = any("lr_scale" in group for group in self.optimizer.param_groups)
        self._planned = None

    def compile_as(self, built: "LRScheduler") -> None:
        """Take the schedules from a scheduler with the same plan."""
        self._schedules, self._momenta, self._planned = built._schedules, built._momenta, None
        self._scaled = any("lr_scale" in group for group in self.optimizer.param_groups)

    def _take_in(self, groups: list[Group]) -> None:
        """Take in the groups that are new, at the present place on the schedule."""
        known = len(self.base_lrs)
        if len(groups) < known:
            raise ValueError(f"optimizer must keep its {known} parameter groups, it has {len(groups)} left")
        new = range(known, len(groups))
        base_lrs = [own_lr(groups[i], i) for i in new]
        schedules = [inner(self.make_schedule(base_lr, i)) for i, base_lr in zip(new, base_lrs, strict=True)]
        momenta = self._make_momenta(new)
        parts = list(zip(new, base_lrs, schedules, strict=True))
        lrs = [self.first_lr(groups[i], base_lr, schedule, i) for i, base_lr, schedule in parts]
        self.base_lrs = self.base_lrs + base_lrs
        self._schedules = self._schedules + schedules
        self._momenta = self._momenta + momenta
        self._scaled = any("lr_scale" in group for group in groups)
        for i, base_lr, _ in parts:
            own_tensor(groups[i], groups[:i])
            lr = groups[i]["lr"]
            groups[i].setdefault("initial_lr", lr.detach().clone() if hasattr(lr, "fill_") else base_lr)
        self._write(self._last_lr + lrs, self._plan(self._at), self._at)

    def _make_momenta(self, of: range) -> list[tuple[int, str, Plan]]:
        """The schedules of the groups' momenta, each with the momentum's name there."""
        keys = [momentum_key(self.optimizer.param_groups[i]) for i in of]
        momenta = zip(of, keys, [self.make_momentum(i) for i in of], strict=True)
        return [(i, key, inner(momentum)) for i, key, momentum in momenta if key and momentum]

    def _plan(self, at: float) -> list[float]:
        """What the schedules say for a place on them."""
        planned = [schedule(at) for schedule in self._schedules]
        if self._scaled:
            groups = self.optimizer.param_groups
            planned = [plan * group.get("lr_scale", 1.0) for plan, group in zip(planned, groups, strict=False)]
        return planned

    def _move_to(self, at: float) -> None:
        """Write the LRs of a place on the schedule."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.base_lrs):
            self._take_in(param_groups(self.optimizer))
        if self._met is not None:
            chaining.begin(self)
        planned = self._plan(at) if self._scaled else [schedule(at) for schedule in self._schedules]
        found = [group["lr"] for group in groups]
        alone = found == self._planned or not self.chainable
        self._write(planned if alone else chaining.follow_groups(self, found, planned), planned, at)

    def _write(self, lrs: list[float], planned: list[float], at: float) -> None:
        groups = self.optimizer.param_groups
        for group, lr in zip(groups, lrs, strict=False):
            if isinstance(group["lr"], float):
                group["lr"] = lr
            else:
                write(group, "lr", lr)
        for i, key, momentum in self._momenta:
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
