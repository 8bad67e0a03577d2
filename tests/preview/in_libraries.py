"""Runs printed code in its real library and tells the LRs as JSON.

    python in_libraries.py LIBRARY PLANS METRICS

PLANS: a JSON list of plans as the calls that make them. METRICS: a JSON list, for the plateaus among them. Printed:
[{"code", "exact", "expected", "used"}], one a plan; expected is what translate promises, without a plateau's.
"""

import json
import sys
import tempfile
from types import SimpleNamespace

import lrcourse.schedulers
from lrcourse import schedules
from lrcourse.translation import translate

N = 200


def execute(code, **names):
    exec(compile(code, "<printed>", "exec"), names)
    return SimpleNamespace(**{key: value for key, value in names.items() if key != "__builtins__"})


def model():
    import torch

    return torch.nn.Linear(1, 1)


def loop(code, metrics, step):
    """The LRs that torch's optimizer holds just before each update."""
    made, used = execute(code, model=model()), []
    for t in range(len(metrics or range(N))):
        used.append(made.optimizer.param_groups[0]["lr"])
        made.optimizer.step()
        step(made.scheduler, t)
    return used


def torchs(code, metrics):
    return loop(code, metrics, (lambda s, t: s.step(metrics[t])) if metrics else (lambda s, t: s.step()))


def timm(code, metrics):
    if metrics:
        return loop(code, metrics, lambda s, t: s.step(t + 1, metrics[t]))
    return loop(code, metrics, lambda s, t: s.step_update(t + 1))


def accelerate(code, metrics):
    import torch
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    made = execute(code, model=model(), accelerator=accelerator)
    used = []
    for batch in accelerator.prepare(torch.utils.data.DataLoader(torch.ones(2 * len(metrics or range(N)), 1))):
        with accelerator.accumulate(made.model):
            accelerator.backward(made.model(batch).sum())
            if accelerator.sync_gradients:
                used.append(made.optimizer.param_groups[0]["lr"])
            made.optimizer.step()
            if accelerator.sync_gradients:
                made.scheduler.step(*([metrics[len(used) - 1]] if metrics else []))
    return used


def lightning(code, metrics):
    import logging

    import lightning
    import torch

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    used = []

    class Module(lightning.LightningModule):
        configure_optimizers = execute(code).configure_optimizers

        def __init__(self):
            super().__init__()
            self.layer = model()

        def training_step(self, batch, i):
            return self.layer(batch).sum()

        def on_before_optimizer_step(self, optimizer):
            used.append(optimizer.param_groups[0]["lr"])

        def validation_step(self, batch, i):
            if metrics and not self.trainer.sanity_checking:
                self.log("val_loss", metrics[self.current_epoch])

    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "num_sanity_val_steps": 0}
    quiet |= {"enable_model_summary": False, "accelerator": "cpu", "default_root_dir": tempfile.mkdtemp()}
    epochs, batches = (len(metrics), 1) if metrics else (2, N // 2)
    data = torch.utils.data.DataLoader(torch.ones(batches, 1))
    trainer = lightning.Trainer(max_epochs=epochs, limit_val_batches=1 if metrics else 0, **quiet)
    trainer.fit(Module(), data, torch.utils.data.DataLoader(torch.ones(1, 1)))
    return used


def keras(code, metrics):
    import keras

    made, used = execute(code), []
    if metrics:
        net = keras.Sequential([keras.layers.Dense(1)])
        net.compile(optimizer=made.optimizer, loss="mse")
        made.plateau.set_model(net)
        made.plateau.on_train_begin()
    for t in range(len(metrics or range(N))):
        made.optimizer.iterations.assign(t)
        used.append(float(made.optimizer.learning_rate))
        if metrics:
            made.plateau.on_epoch_end(t, {"val_loss": metrics[t]})
    return used


def optax(code, metrics):
    import jax

    made = execute(code)
    weight, gradient = jax.numpy.zeros(()), jax.numpy.ones(())
    state, used = made.optimizer.init(weight), []
    update = jax.jit(
        lambda g, s, value: made.optimizer.update(g, s, weight, value=value) if metrics else made.optimizer.update(g, s)
    )
    for t in range(len(metrics or range(N))):
        moved, state = update(gradient, state, metrics[t] if metrics else 0.0)
        used.append(-float(moved))
    # reduce_on_plateau scales the very update whose metric it is told: torch's cut comes one update later
    return [used[0], *used[:-1]] if metrics else used


def fastai(code, metrics):
    import torch
    from fastai.basics import Callback, DataLoader, DataLoaders, Learner
    from fastai.optimizer import SGD

    used, epochs = [], len(metrics) if metrics else 2
    batches = 1 if metrics else N // 2
    pairs = [(torch.ones(1), torch.ones(1))] * batches

    class Watch(Callback):
        def before_step(self):
            used.append(self.opt.hypers[-1]["lr"])

    def loss(prediction, target):
        return 0 * prediction.sum() + (metrics[learn.epoch] if metrics else 0.0)

    dls = DataLoaders(DataLoader(pairs, bs=1), DataLoader(pairs[:1], bs=1))
    learn = Learner(dls, model(), loss_func=loss, opt_func=SGD, cbs=Watch())
    with learn.no_logging():
        execute(code, learn=learn, epochs=epochs)
    return used


RUNS = {
    "timm": timm,
    "accelerate": accelerate,
    "lightning": lightning,
    "keras": keras,
    "optax": optax,
    "fastai": fastai,
}


def told(library, text, metrics):
    names = {name: getattr(schedules, name) for name in schedules.__all__}
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.1}], defaults={})
    plan = eval(text, {**names, "lrcourse": lrcourse, "optimizer": optimizer})
    code = translate(plan, library)
    on_plateau = metrics if code.lr is None else None
    used = [float(lr) for lr in RUNS.get(library, torchs)(code, on_plateau)]
    expected = [code.lr(t) for t in range(N)] if code.lr else None
    return {"code": code, "exact": code.exact, "expected": expected, "used": used}


if __name__ == "__main__":
    metrics = json.loads(sys.argv[3])
    print(json.dumps([told(sys.argv[1], text, metrics) for text in json.loads(sys.argv[2])]))
