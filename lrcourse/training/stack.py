"""A stack: some lanes of a race that take every step together."""

import copy
import itertools
import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lrcourse.training.loop import is_plateau
from lrcourse.training.recording import compiled, record
from lrcourse.training.seeds import batch_order, build
from lrcourse.training.updates import Update, of_all, plainest, rates

EVALUATED = 1000  # examples of every lane


class Stack:
    """The lanes' parameters, each of shape (lanes, ...), and the run over them; race makes and runs stacks.

    setting holds what all stacks of a race share: model, stacked (it as a StackedModel), update, ...
    """

    def __init__(self, lanes: Sequence[Any], setting: SimpleNamespace) -> None:
        self.lanes, self.setting, self.step = lanes, setting, 0
        self.dataset = torch.tensor([setting.lies[lane.seed] for lane in lanes], device=setting.device)
        starts = {seed: list(build(setting.model, seed).parameters()) for seed in {lane.seed for lane in lanes}}
        self.parameters = [
            torch.stack([parameter.detach() for parameter in parameters]).to(setting.device)
            for parameters in zip(*(starts[lane.seed] for lane in lanes), strict=True)
        ]
        self.flat = [parameter.view(len(lanes), -1) for parameter in self.parameters]
        self.states = [[torch.zeros_like(flat) for flat in self.flat] for _ in range(setting.remembered)]
        self.losses = self.parameters[0].new_full((setting.steps, len(lanes)), math.nan)
        self.alive = torch.ones(len(lanes), dtype=torch.bool, device=setting.device)
        self.kept: dict[int, list[Tensor]] = {}  # the parameters of the lanes that have diverged
        self.model = copy.deepcopy(setting.stacked)  # torch.func puts parameters into it: no two threads at once
        self.programs: dict[Any, Callable[..., Any]] = {}  # compiled for the size of a batch, or for a kind of update

    def run(self) -> None:
        """Train to the end, or until setting.stop is set, then measure; every lane gets its results."""
        s = self.setting
        with torch.no_grad():
            for epoch in range(math.ceil(s.steps / s.per_epoch)):
                whole = self._epoch(epoch)
                if whole and (s.validate or any(is_plateau(lane.scheduler) for lane in self.lanes)):
                    self._validate(epoch)
                if not whole or not self.alive.any():
                    break
            self._finish()

    def _epoch(self, epoch: int) -> bool:
        """The steps of one epoch; False if it was cut short."""
        s = self.setting
        start, stop = epoch * s.per_epoch, min((epoch + 1) * s.per_epoch, s.steps)
        count = s.x_train.shape[1]
        orders = {seed: batch_order(count, seed, epoch) for seed in {lane.seed for lane in self.lanes}}
        order = torch.stack([orders[lane.seed] for lane in self.lanes]).to(s.device) + count * self.dataset[:, None]
        plan, update = self._planned(start, stop)
        for now, rows in zip(plan, order.split(s.batch_size, dim=1), strict=False):
            if s.stop.is_set():
                return False
            x, y = self._batch(rows)
            losses, *gradients = self._gradients(len(x[0]), x, y, *self.parameters)
            self.losses[self.step] = losses
            if not math.isfinite(losses.sum()):
                self._freeze(~losses.isfinite(), gradients, plan[self.step - start :])
            self.step += 1
            self._update(update, now, *self.flat, *gradients, *itertools.chain(*self.states))
        return bool(stop == start + s.per_epoch)

    def _gradients(self, batch: int, *arguments: Tensor) -> Any:
        if batch not in self.programs:
            self.programs[batch] = compiled(record(self.model.step, *arguments), *arguments)
        return self.programs[batch](*arguments)

    def _update(self, update: Update, *arguments: Tensor) -> None:
        if update not in self.programs:
            self.programs[update] = compiled(of_all(update, len(self.flat)), *arguments)
        self.programs[update](*arguments)

    def _planned(self, start: int, stop: int) -> tuple[Tensor, Update]:
        """The rates of the steps from start to stop, and the update to use with them."""
        for lane in self.lanes:
            if is_plateau(lane.scheduler):
                lane.plan[0, start:stop] = lane.group["lr"]
        lr, momentum = np.stack([lane.plan[:, start:stop] for lane in self.lanes], axis=-1)
        plan = torch.from_numpy(rates(lr, momentum, first=start + 1)).to(self.parameters[0])
        plan[:, ::2, ~self.alive] = 0
        return plan, plainest(self.setting.update, momentum)

    def _batch(self, rows: Tensor) -> list[Tensor]:
        s = self.setting
        return [
            part.flatten(0, 1).index_select(0, rows.reshape(-1)).view(*rows.shape, *part.shape[2:])
            for part in [s.x_train, s.y_train]
        ]

    def _freeze(self, bad: Tensor, gradients: Sequence[Tensor], plan: Tensor) -> None:
        """Set diverged lanes aside as they are; what is left of them in the stack is zeros that learn nothing."""
        for i in (bad & self.alive).nonzero().flatten().tolist():
            self.lanes[i].diverged_at = self.step
            self.kept[i] = [parameter[i].clone() for parameter in self.parameters]
        self.alive &= ~bad
        for tensors in [self.parameters, gradients, *self.states]:
            for tensor in tensors:
                tensor[~self.alive] = 0
        plan[:, ::2, ~self.alive] = 0

    def _validate(self, epoch: int) -> None:
        s = self.setting
        results = self._evaluate(s.x_val, s.y_val)
        bad = torch.tensor([not math.isfinite(loss) for loss, _ in results], device=s.device)
        for i, (lane, (loss, accuracy)) in enumerate(zip(self.lanes, results, strict=True)):
            if self.alive[i]:
                lane.rows.append((epoch, loss, accuracy))
                if is_plateau(lane.scheduler) and not bad[i]:
                    lane.scheduler.step(loss)
        self.step -= 1
        self._freeze(bad, [], torch.empty(0, 3, len(self.lanes), 1))
        self.step += 1

    def _finish(self) -> None:
        """Put the diverged lanes back and measure all."""
        s = self.setting
        for i, parameters in self.kept.items():
            for stacked, parameter in zip(self.parameters, parameters, strict=True):
                stacked[i] = parameter
        vals = self._evaluate(s.x_val, s.y_val)
        tests = self._evaluate(s.x_test, s.y_test) if s.test else [lane.test for lane in self.lanes]
        losses = self.losses.double().cpu().numpy()
        for i, (lane, val, test) in enumerate(zip(self.lanes, vals, tests, strict=True)):
            came = self.step if lane.diverged_at is None else lane.diverged_at + 1
            lane.val, lane.test, lane.loss[:came], lane.lr[:came] = val, test, losses[:came, i], lane.plan[0, :came]
            last = range((came - 1) // s.per_epoch * s.per_epoch, came)
            sizes = [min(s.batch_size, s.x_train.shape[1] - step % s.per_epoch * s.batch_size) for step in last]
            lane.train_loss = float(np.average(lane.loss[last], weights=sizes)) if came else math.nan

    def _evaluate(self, x: Tensor, y: Tensor) -> list[tuple[float, float]]:
        """The loss and the share of right answers of every lane on its own dataset's examples: a list of pairs.

        A lane sees all examples at once, as in fit, for a loss need not be the mean of its parts; so many lanes at
        once that they take no more memory than all lanes with EVALUATED examples each.
        """
        width = max(1, len(self.lanes) * EVALUATED // x.shape[1])
        results = torch.empty(2, len(self.lanes), dtype=torch.float64)
        for i in self.dataset.unique().tolist():
            for lanes in (self.dataset == i).nonzero().flatten().split(width):
                found = self.model.evaluate(x[i], y[i], *(parameter[lanes] for parameter in self.parameters))
                results[:, lanes.cpu()] = torch.stack(found).double().cpu()
        return [(loss, right) for loss, right in results.T.tolist()]
