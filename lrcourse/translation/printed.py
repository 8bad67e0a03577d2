"""One plan in nine libraries, as code to paste: each function prints one library's.

A function gives the code, the recipe that the code follows (another one where the library cannot do the plan), and
what a reader must know. Checked against torch 2.15, transformers 5.24, timm 1.0.31, Lightning 2.6, accelerate 1.15,
Keras 3.15, optax 0.2.8 and fastai 2.8.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lrcourse.translation.formulas import array, factor, number, shape
from lrcourse.translation.recipes import Recipe

Printed = tuple[list[str], Recipe, list[str]]
LATE = "update 0 has LR 0: these {W} warmup steps are the plan's {W} after one lost update"
RISES = "past update {} this cosine rises again: stop there"
SGD = "optimizer = torch.optim.SGD(model.parameters(), lr={peak!r})"
LR_SCHEDULER = "torch.optim.lr_scheduler"


def _scheduler(plan: Recipe) -> tuple[str, list[str], list[str]]:
    """torch's lines that make `scheduler` on `optimizer`: the import, a function that they need, the rest."""
    lr = "from torch.optim.lr_scheduler import "
    if plan.from_zero or plan.kind in ("wsd", "inverse_sqrt", "constant"):
        return f"{lr}LambdaLR", factor(plan).splitlines(), ["scheduler = LambdaLR(optimizer, factor)"]
    if plan.kind == "cosine":
        name, decay = "CosineAnnealingLR", f"CosineAnnealingLR(optimizer, T_max={plan.length}, eta_min={plan.end!r})"
    else:
        end = number(plan.end / plan.peak)
        name, decay = "LinearLR", f"LinearLR(optimizer, 1.0, {end}, total_iters={plan.length})"
    if plan.warmup < 1:
        return f"{lr}{name}", [], [f"scheduler = {decay}"]
    first, rise = "LinearLR", f"LinearLR(optimizer, 1 / {plan.warmup}, total_iters={plan.warmup - 1})"
    if plan.warmup == 1:  # LinearLR(total_iters=0) would stay at its first factor
        first, rise = "ConstantLR", "ConstantLR(optimizer, 1.0)"
    both = f"scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[{plan.warmup}])"
    names = ", ".join(sorted({first, name, "SequentialLR"}))
    return f"{lr}{names}", [], [f"warmup = {rise}", f"decay = {decay}", both]


def _math(lines: list[str]) -> list[str]:
    return ["import math", ""] if any("math." in line for line in lines) else []


def torch(plan: Recipe) -> Printed:
    imports, before, made = _scheduler(plan)
    code = [*_math(before), "import torch", imports, "", *_apart(before), SGD.format(peak=plan.peak), *made]
    return [*code, "# after every optimizer.step(): scheduler.step()"], plan, _rises_again(plan)


def _apart(function: list[str]) -> list[str]:
    """A function with two empty lines around it."""
    return ["", *function, "", ""] if function else []


def _rises_again(plan: Recipe) -> list[str]:
    cosine = plan.kind == "cosine" and not plan.from_zero
    return [RISES.format(plan.total)] if cosine else []


def lightning(plan: Recipe) -> Printed:
    imports, before, made = _scheduler(plan)
    inside = [f"optimizer = torch.optim.SGD(self.parameters(), lr={plan.peak!r})", *made]
    inside += ['step = {"scheduler": scheduler, "interval": "step"}  # the default is "epoch"']
    inside += ['return {"optimizer": optimizer, "lr_scheduler": step}']
    code = [*_math(before), "import torch", imports, "", *_apart(before)[:-1]]
    code += ["", "def configure_optimizers(self):  # of the LightningModule", *(f"    {line}" for line in inside)]
    told = f"{plan.total} is trainer.estimated_stepping_batches: updates, not batches"
    return code, plan, [told, *_rises_again(plan)] if plan.length else []


def accelerate(plan: Recipe) -> Printed:
    code = torch(plan)[0][:-1]
    code += ["model, optimizer = accelerator.prepare(model, optimizer)  # the scheduler stays as it is"]
    code += ["accelerator.register_for_checkpointing(scheduler)"]
    code += ["# after every optimizer.step():"]
    code += ["#     if accelerator.sync_gradients and not accelerator.optimizer_step_was_skipped: scheduler.step()"]
    told = "a prepared scheduler steps once a process: with 4 processes the plan is over after a quarter"
    return code, plan, [told, *_rises_again(plan)]


def transformers(plan: Recipe) -> Printed:
    low = float(number(plan.end / plan.peak))
    names: dict[str, tuple[str, dict[str, Any]]] = {
        "cosine": ("cosine_with_min_lr", {"min_lr": plan.end}),
        "linear": ("polynomial", {"power": 1.0, "lr_end": plan.end}),
        "wsd": (
            "warmup_stable_decay",
            {
                "num_decay_steps": plan.cooldown,
                "decay_type": plan.shape,
                "min_lr_ratio": low,
            },
        ),
        "inverse_sqrt": ("inverse_sqrt", {}),
        "constant": ("constant_with_warmup", {}),
    }
    name, specific = names[plan.kind]
    if plan.kind == "linear" and not plan.end:
        name, specific = "linear", {}
    listed = ", ".join(f'"{key}": {json.dumps(value)}' for key, value in specific.items())
    kwargs = [f"    scheduler_specific_kwargs={{{listed}}},"] if specific else []
    steps = f"num_warmup_steps={plan.warmup}, num_training_steps={plan.total}"
    since = {"wsd": "4.49", "cosine": "4.40"}.get(plan.kind)
    new = f"  # transformers {since} or newer" if since else ""
    code = ["import torch", f"from transformers import get_scheduler{new}", "", SGD.format(peak=plan.peak)]
    code += ["scheduler = get_scheduler(", f'    "{name}", optimizer, {steps},', *kwargs, ")"]
    code += ["# after every optimizer.step(): scheduler.step(); or Trainer(..., optimizers=(optimizer, scheduler))"]
    given, notes = _from_zero(plan, "num_training_steps includes the warmup" if plan.length else "")
    if plan.kind == "wsd" and plan.end and plan.warmup:
        notes = [f"min_lr_ratio holds for the warmup too: it rises from {plan.end!r}, not from 0", notes[-1]]
        given = replace(given, rise_from=low)
    return code, given, [*notes, RISES.format(plan.total)] if plan.kind == "cosine" else notes


def _from_zero(plan: Recipe, told: str) -> tuple[Recipe, list[str]]:
    late = [LATE.format(W=plan.warmup)] if plan.warmup and not plan.from_zero else []
    return replace(plan, from_zero=plan.warmup > 0), [*late, *filter(None, [told])]


def timm(plan: Recipe) -> Printed:
    warm = f"warmup_t={plan.warmup}, " if plan.warmup else ""
    end = f"lr_min={plan.end!r}, "
    calls = {
        "cosine": f"CosineLRScheduler(optimizer, t_initial={plan.length}, {end}{warm}warmup_prefix=True",
        "linear": f"PolyLRScheduler(optimizer, t_initial={plan.length}, power=1.0, {end}{warm}warmup_prefix=True",
        "constant": f"StepLRScheduler(optimizer, decay_t=10**9, {warm}".rstrip(", "),
    }
    call = calls.get(plan.kind) or _timm_wsd(plan, end)
    name = call.partition("(")[0]
    new = "  # timm 1.0.31 or newer" if name == "WSDLRScheduler" else ""
    code = ["import torch", f"from timm.scheduler import {name}{new}", "", SGD.format(peak=plan.peak)]
    code += [f"scheduler = {call.replace('(', f'({chr(10)}    ', 1)}, t_in_epochs=False", ")"]
    code += ["# after update t, counted from 0: scheduler.step_update(t + 1); step() does nothing here"]
    lines = "\n".join(code).splitlines()
    if plan.kind not in calls:
        return lines, plan, ["warmup_lr_init is one number for all groups"] if plan.warmup > 1 else []
    told = "without warmup_prefix=True the warmup is cut into the cosine, and the peak is missed"
    return lines, *_from_zero(plan, told if plan.warmup and plan.kind == "cosine" else "")


def _timm_wsd(plan: Recipe, end: str) -> str:
    """A call that begins at peak / W: W - 1 steps from there are the plan's W, and what follows is one step longer."""
    late = int(plan.warmup > 0 and not plan.from_zero)
    start = f"warmup_lr_init={number(plan.peak / plan.warmup)}, " if late else ""
    warm = f"warmup_t={plan.warmup - late}, {start}" if plan.warmup > late else ""
    fall = f't_initial={plan.length + late}, decay_t={plan.cooldown}, decay_fn="{plan.shape}", {end}'
    root = f't_initial=10**9, decay_t=1, stable_fn="rsqrt", stable_timescale={plan.warmup}, '
    parts = [fall if plan.kind == "wsd" else root, warm]
    return "WSDLRScheduler(optimizer, " + "\n    ".join(part.rstrip() for part in parts if part).rstrip(",")


def keras(plan: Recipe) -> Printed:
    if plan.kind == "cosine" and (plan.from_zero or not plan.warmup):
        rise = f"0.0, {plan.length}, warmup_target={plan.peak!r}, warmup_steps={plan.warmup}"
        given = rise if plan.warmup else f"{plan.peak!r}, {plan.length}"
        code = ["import keras", "", "schedule = keras.optimizers.schedules.CosineDecay("]
        code += [f"    {given}, alpha={number(plan.end / plan.peak)}", ")"]
        told = ["decay_steps does not include the warmup"]
    else:
        body = array(plan, "keras.ops")
        code = [*_math(body), "import keras", "", "", "@keras.saving.register_keras_serializable()  # for load_model"]
        code += ["class Plan(keras.optimizers.schedules.LearningRateSchedule):"]
        code += ["    def __call__(self, step):", '        step = keras.ops.cast(step, "float32")']
        code += [f"        {line}" for line in [*body, "return lr"]]
        code += ["", "    def get_config(self):", "        return {}", "", "", "schedule = Plan()"]
        told = ["Keras has no schedule for this plan: one of your own"]
    return [*code, "optimizer = keras.optimizers.SGD(schedule)"], plan, told


def optax(plan: Recipe) -> Printed:
    told = []
    if plan.kind == "cosine" and plan.from_zero:
        given = f"0.0, {plan.peak!r}, {plan.warmup}, {plan.total}, {plan.end!r}"
        lines = [f"schedule = optax.warmup_cosine_decay_schedule({given})"]
        told = ["the fourth number, decay_steps, includes the warmup"]
    elif plan.kind in ("inverse_sqrt", "constant") or (plan.kind == "wsd" and plan.shape == "1-sqrt"):
        lines = ["def schedule(step):", *(f"    {line}" for line in [*array(plan, "jnp"), "return lr"])]
    else:
        lines = _joined(plan)
    imports = ["import jax.numpy as jnp"] if any("jnp." in line for line in lines) else []
    gap = ["", ""] if lines[0].startswith("def") else [""]
    code = [*_math(lines), *imports, "import optax", *gap, *lines, *gap[1:], "optimizer = optax.sgd(schedule)"]
    return code, plan, told


def _joined(plan: Recipe) -> list[str]:
    peak, span = f"{plan.peak!r}", plan.cooldown if plan.kind == "wsd" else plan.length
    if shape(plan) == "cosine":
        parts = [f"optax.cosine_decay_schedule({peak}, {span}, alpha={number(plan.end / plan.peak)})"]
    else:
        parts = [f"optax.linear_schedule({peak}, {plan.end!r}, {span})"]
    at = []
    if plan.kind == "wsd" and plan.total - span > plan.warmup:
        parts, at = [f"optax.constant_schedule({peak})", *parts], [plan.total - span]
    if plan.warmup:
        rise = f"optax.linear_schedule({peak} / {plan.warmup}, {peak}, {plan.warmup - 1})"
        if plan.from_zero or plan.warmup == 1:
            rise = f"optax.linear_schedule(0.0, {peak}, {plan.warmup})"
        if plan.warmup == 1 and not plan.from_zero:
            rise = f"optax.constant_schedule({peak})"
        parts, at = [rise, *parts], [plan.warmup, *at]
    if len(parts) == 1:
        return [f"schedule = {parts[0]}"]
    return [
        "schedule = optax.join_schedules(",
        "    [",
        *(f"        {part}," for part in parts),
        "    ],",
        f"    {at},",
        ")",
    ]


def fastai(plan: Recipe) -> Printed:
    lines = factor(plan).splitlines()
    updates = plan.total if plan.length else "updates"
    code = [*_math(lines), "from fastai.callback.schedule import ParamScheduler", "", ""]
    code += [] if plan.length else ["updates = len(learn.dls.train) * epochs", "", ""]
    code += [*lines, "", "", "def lr_at(progress):  # fastai asks by the part of the run that is done, from 0 to 1"]
    code += [f"    return {plan.peak!r} * factor(round(progress * {updates}))", "", ""]
    code += ['learn.fit(epochs, cbs=ParamScheduler({"lr": lr_at}))']
    told = f"the run must have {plan.total} updates: epochs times len(learn.dls.train)"
    return code, plan, [told] if plan.length else []


LIBRARIES: dict[str, Callable[[Recipe], Printed]] = {
    "torch": torch,
    "transformers": transformers,
    "timm": timm,
    "lightning": lightning,
    "accelerate": accelerate,
    "keras": keras,
    "optax": optax,
    "fastai": fastai,
}
