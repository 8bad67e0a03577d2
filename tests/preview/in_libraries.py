"""Runs printed code in its real library and tells the LRs as JSON.

    python in_libraries.py LIBRARY PLANS METRICS

PLANS: a JSON list of pairs: a plan as the call that makes it, and the optimizer that the code shall make.
METRICS: a JSON list, for the plateaus among them.
Printed: [{"code", "exact", "expected", "used", "made"}], one a plan; expected is what translate promises, without a
plateau's; made is the optimizer's class and its momentum.
"""

import json
import sys
import tempfile
import warnings
from types import SimpleNamespace

import lrcourse.schedulers
from lrcourse import schedules
from lrcourse.translation import translate

N = 200


def execute(code, **names):
    names["__name__"] = "printed"
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*deprecated", module="printed")  # by what it calls
        exec(compile(code, "<printed>", "exec"), names)
    return SimpleNamespace(**{key: value for key, value in names.items() if key != "__builtins__"})


def model():
    import torch

    return torch.nn.Linear(1, 1)


class Used(list):
    """The LRs of a run; made: the optimizer's class and its momentum."""

    made = ("SGD", 0.0)


def kind(optimizer):
    return type(optimizer).__name__, float(optimizer.defaults.get("momentum", 0.0))


def loop(code, metrics, step):
    """The LRs that torch's optimizer holds just before each update."""
    made, used = execute(code, model=model()), Used()
    used.made = kind(made.optimizer)
    for weight in made.model.parameters():
        weight.grad = weight.detach().clone()
    for t in range(len(metrics or range(N))):
        used.append(made.optimizer.param_groups[0]["lr"])
        made.optimizer.step()
        step(made.scheduler, t)
    return used


def torchs(code, metrics):
    return loop(code, metrics, (lambda s, t: s.step(metrics[t])) if metrics else (lambda s, t: s.step()))


def timm(code, metrics):
    return torchs(code, metrics) if metrics else loop(code, metrics, lambda s, t: s.step_update(t + 1))


def accelerate(code, metrics):
    import torch
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    made = execute(code, model=model(), accelerator=accelerator)
    used, folder = Used(), tempfile.mkdtemp()
    used.made = kind(made.optimizer.optimizer)
    for batch in accelerator.prepare(torch.utils.data.DataLoader(torch.ones(2 * len(metrics or range(N)), 1))):
        with accelerator.accumulate(made.model):
            accelerator.backward(made.model(batch).sum())
            if accelerator.sync_gradients:
                used.append(made.optimizer.param_groups[0]["lr"])
            made.optimizer.step()
            if accelerator.sync_gradients and not accelerator.optimizer_step_was_skipped:  # as the printed comment says
                made.scheduler.step(*([metrics[len(used) - 1]] if metrics else []))
            if metrics and len(used) == len(metrics) // 2:  # a new script goes on
                accelerator.save_state(folder)
                made.scheduler.best, made.scheduler.num_bad_epochs = 0.0, 0
                accelerator.load_state(folder)
    return used


def lightning(code, metrics):
    import logging

    import lightning
    import torch

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    used = Used()

    class Module(lightning.LightningModule):
        configure_optimizers = execute(code).configure_optimizers

        def __init__(self):
            super().__init__()
            self.layer = model()

        def training_step(self, batch, i):
            return self.layer(batch).sum()

        def on_before_optimizer_step(self, optimizer):
            used.made = kind(optimizer)
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

    made, used = execute(code), Used()
    made.optimizer = type(made.optimizer).from_config(made.optimizer.get_config())  # as a saved model has it
    used.made = type(made.optimizer).__name__, float(getattr(made.optimizer, "momentum", 0.0))
    weight = keras.Variable([1.0])
    if metrics:
        net = keras.Sequential([keras.layers.Dense(1)])
        net.compile(optimizer=made.optimizer, loss="mse")
        made.plateau.set_model(net)
        made.plateau.on_train_begin()
    for t in range(len(metrics or range(N))):
        used.append(float(made.optimizer.learning_rate))
        if not metrics:
            made.optimizer.apply([keras.ops.ones((1,))], [weight])  # counts its updates
        if metrics:
            made.plateau.on_epoch_end(t, {"val_loss": metrics[t]})
    return used


def optax_kind(optimizer, extra):
    """The same of an optimizer without a class: by what it keeps, and by what it does to a large weight."""
    import jax

    def moves(weight):
        weight = jax.numpy.asarray(weight)
        return abs(float(optimizer.update(jax.numpy.ones(()), optimizer.init(weight), weight, **extra)[0]))

    kept = repr(optimizer.init(jax.numpy.zeros(())))
    name = "Adam" if "ScaleByAdam" in kept else "SGD"
    return name + "W" * (moves(1e6) > 2 * moves(0.0)), 0.9 if "TraceState" in kept else 0.0


def optax(code, metrics):
    import jax

    every = 3 if metrics else 1  # updates from one validation to the next, each told the last one's metric
    made = execute(str(code).replace("accumulation_size=1,", f"accumulation_size={every},"))
    weight, gradient = jax.numpy.zeros(()), jax.numpy.ones(())
    state, used, held = made.optimizer.init(weight), Used(), 0.0
    used.made = optax_kind(made.optimizer, {"value": 1.0} if metrics else {})
    update = jax.jit(
        lambda g, s, value: made.optimizer.update(g, s, weight, **({"value": value} if metrics else {})),
    )
    for t in range(every * len(metrics or range(N))):
        moved, state = update(gradient, state, metrics[t // every] if metrics else 0.0)
        held = 1 + used.made[1] * held  # what the gradients of 1 have summed up to; Adam's quotient of them is 1
        used.append(-float(moved) / held)
    used[:] = used[::every]
    return used


def fastai(code, metrics):
    import torch
    from fastai.basics import Callback, DataLoader, DataLoaders, Learner
    from fastai.optimizer import SGD

    used, epochs = Used(), len(metrics) if metrics else 2
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


def told(library, text, optimizer, metrics):
    names = {name: getattr(schedules, name) for name in schedules.__all__}
    stand_in = SimpleNamespace(param_groups=[{"lr": 0.1}], defaults={})
    plan = eval(text, {**names, "lrcourse": lrcourse, "optimizer": stand_in})
    code = translate(plan, library, optimizer=optimizer)
    on_plateau = metrics if code.lr is None else None
    used = RUNS.get(library, torchs)(code, on_plateau)
    expected = [code.lr(t) for t in range(N)] if code.lr else None
    told = {"code": code, "exact": code.exact, "expected": expected, "used": [float(lr) for lr in used]}
    return told | {"made": list(used.made)}


if __name__ == "__main__":
    metrics = json.loads(sys.argv[3])
    print(json.dumps([told(sys.argv[1], *pair, metrics) for pair in json.loads(sys.argv[2])]))
