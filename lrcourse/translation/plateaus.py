"""A plateau in nine libraries, as code to paste: they share torch's rule, or count their patience otherwise."""

from collections.abc import Callable

from lrcourse.translation.formulas import number
from lrcourse.translation.recipes import EPS, Plateau

Printed = tuple[list[str], list[str]]


def _scheduler(plan: Plateau) -> list[str]:
    eps = "" if plan.eps == EPS else f", eps={plan.eps!r}"
    return [
        "scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(",
        f'    optimizer, mode="{plan.mode}", factor={plan.factor!r}, patience={plan.patience},',
        f'    threshold={plan.threshold!r}, threshold_mode="{plan.threshold_mode}", '
        f"cooldown={plan.cooldown}, min_lr={plan.min_lr!r}{eps},",
        ")",
    ]


def torch(plan: Plateau) -> Printed:
    code = ["import torch", "", f"optimizer = torch.optim.SGD(model.parameters(), lr={plan.peak!r})"]
    return [*code, *_scheduler(plan), "# after every validation: scheduler.step(metric)"], []


def accelerate(plan: Plateau) -> Printed:
    code = torch(plan)[0][:-1] + ["model, optimizer = accelerator.prepare(model, optimizer)"]
    code += ["accelerator.register_for_checkpointing(scheduler)"]
    return [*code, "# after every validation, the metric gathered from all processes: scheduler.step(metric)"], []


def lightning(plan: Plateau) -> Printed:
    code = ["import torch", "", "", "def configure_optimizers(self):  # of the LightningModule"]
    code += [f"    optimizer = torch.optim.SGD(self.parameters(), lr={plan.peak!r})"]
    code += [f"    {line}" for line in _scheduler(plan)]
    code += ['    plateau = {"scheduler": scheduler, "monitor": "val_loss"}  # a name that self.log has']
    return [*code, '    return {"optimizer": optimizer, "lr_scheduler": plateau}'], []


def transformers(plan: Plateau) -> Printed:
    eps = "" if plan.eps == EPS else f', "eps": {plan.eps!r}'
    return [
        "import torch",
        "from transformers import get_scheduler",
        "",
        f"optimizer = torch.optim.SGD(model.parameters(), lr={plan.peak!r})",
        "scheduler = get_scheduler(",
        '    "reduce_lr_on_plateau", optimizer, scheduler_specific_kwargs={',
        f'        "mode": "{plan.mode}", "factor": {plan.factor!r}, "patience": {plan.patience},',
        f'        "threshold": {plan.threshold!r}, "threshold_mode": "{plan.threshold_mode}",',
        f'        "cooldown": {plan.cooldown}, "min_lr": {plan.min_lr!r}{eps},',
        "    },",
        ")",
        "# after every validation: scheduler.step(metric)",
    ], []


def timm(plan: Plateau) -> Printed:
    return torch(plan)[0], ["timm's own PlateauLRScheduler is deprecated, and forgets its count in a resume: torch's"]


def keras(plan: Plateau) -> Printed:
    told = [f"Keras cuts at the {plan.patience + 1}th bad epoch where torch waits for one more: patience is one larger"]
    if plan.threshold_mode == "rel" and plan.threshold:
        told.append("Keras's min_delta is an amount, the plan's threshold a part of the best. This is the nearest")
    cooldown = plan.cooldown + 1 if plan.cooldown else 0
    return [
        "import keras",
        "",
        f"optimizer = keras.optimizers.SGD({plan.peak!r})",
        "plateau = keras.callbacks.ReduceLROnPlateau(",
        f'    monitor="val_loss", mode="{plan.mode}", factor={plan.factor!r}, patience={plan.patience + 1},',
        f"    min_delta={plan.threshold!r}, cooldown={cooldown}, min_lr={plan.least!r},",
        ")",
        "# model.fit(..., callbacks=[plateau])",
    ], told


def optax(plan: Plateau) -> Printed:
    least = plan.threshold or 1e-12  # optax wants one of the two above 0
    relative = plan.threshold_mode == "rel" and plan.mode == "min"  # below 0 optax's part of the best changes its sign
    rtol, atol = (least, 0.0) if relative else (0.0, least)
    told = [f"optax cuts at the {plan.patience + 1}th bad value where torch waits for one more: patience is one larger"]
    if plan.mode == "max":
        told.append("optax lowers at what does not fall: hand it minus the metric")
        if plan.threshold_mode == "rel" and plan.threshold:
            told.append("atol is an amount, the plan's threshold a part of the best. This is the nearest")
    return [
        "import optax",
        "from optax.contrib import reduce_on_plateau  # optax 0.2.3 or newer",
        "",
        "plateau = reduce_on_plateau(",
        f"    factor={plan.factor!r}, patience={plan.patience + 1}, rtol={rtol!r}, atol={atol!r},",
        f"    cooldown={plan.cooldown}, min_scale={number(plan.least / plan.peak)},",
        "    accumulation_size=1,  # your updates from one validation to the next: optax counts updates",
        ")",
        f"optimizer = optax.chain(optax.sgd({plan.peak!r}), plateau)",
        "# updates, state = optimizer.update(grads, state, params, value=metric)",
    ], told


def fastai(plan: Plateau) -> Printed:
    told = ["fastai has no cooldown, and min_delta is an amount of the validation loss"]
    if plan.cooldown or plan.mode == "max" or (plan.threshold_mode == "rel" and plan.threshold):
        told = [f"{told[0]}. This is the nearest"]
    return [
        "from fastai.callback.tracker import ReduceLROnPlateau",
        "",
        "plateau = ReduceLROnPlateau(",
        f'    monitor="valid_loss", patience={plan.patience + 1}, factor={1 / plan.factor!r}, min_lr={plan.least!r},',
        f"    min_delta={plan.threshold!r},",
        ")",
        f"learn.fit(epochs, {plan.peak!r}, cbs=plateau)",
    ], told


LIBRARIES: dict[str, Callable[[Plateau], Printed]] = {
    "torch": torch,
    "transformers": transformers,
    "timm": timm,
    "lightning": lightning,
    "accelerate": accelerate,
    "keras": keras,
    "optax": optax,
    "fastai": fastai,
}
