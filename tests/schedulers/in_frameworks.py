"""A schedule inside a framework's own trainer, told as JSON: run by test_frameworks.py in an environment of its own.

    python in_frameworks.py lightning|accelerate|transformers FOLDER

Each run is done twice: in one piece, and cut, saved and gone on with in new objects, whose schedule is another one.
"""

import csv
import json
import sys
from pathlib import Path

import torch

from lrcourse.schedulers import torch_scheduler
from lrcourse.schedules import constant, cosine, join, linear_warmup

UPDATES = 10
SCHEDULE = join([linear_warmup(0.1, 3), cosine(0.1, UPDATES)], at=[3])
OTHER = constant(0.7)


class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x, labels=None):
        loss = (self.layer(x) ** 2).mean()
        return {"loss": loss}


def make(schedule):
    torch.manual_seed(0)
    model = Line()
    optimizer = torch.optim.SGD([{"params": [p]} for p in model.parameters()], lr=1.0)
    return model, optimizer, torch_scheduler(optimizer, [schedule, schedule])


def in_lightning(folder):
    import lightning
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger

    def run(name, schedule, epochs, interval="step", **fit):
        class Module(lightning.LightningModule):
            used = []

            def training_step(self, batch, index):
                self.used.append(self.optimizers().param_groups[0]["lr"])
                return self.model(batch)["loss"]

            def configure_optimizers(self):
                return {
                    "optimizer": self.optimizer,
                    "lr_scheduler": {"scheduler": self.scheduler, "interval": interval},
                }

        module = Module()
        module.model, module.optimizer, module.scheduler = make(schedule)
        logger = CSVLogger(folder / name)
        trainer = lightning.Trainer(
            max_epochs=epochs,
            accelerator="cpu",
            logger=logger,
            callbacks=[LearningRateMonitor("step")],
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=1,
        )
        trainer.fit(module, torch.utils.data.DataLoader(torch.ones(5, 2)), **fit)
        trainer.save_checkpoint(folder / f"{name}.ckpt")
        with open(Path(logger.log_dir, "metrics.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        logged = [float(row["lr-SGD/pg1"]) for row in rows if row["lr-SGD/pg1"]]
        return {"used": module.used, "logged": logged, "registered": len(trainer.lr_scheduler_configs)}

    whole = run("whole", SCHEDULE, 2)
    first = run("first", SCHEDULE, 1)
    rest = run("rest", OTHER, 2, ckpt_path=folder / "first.ckpt", weights_only=False)
    return {"whole": whole, "cut": first["used"] + rest["used"], "by epoch": run("epoch", SCHEDULE, 2, "epoch")["used"]}


def in_accelerate(folder):
    from accelerate import Accelerator

    def run(schedule, updates, load=None, accumulate=1):
        accelerator = Accelerator(cpu=True, gradient_accumulation_steps=accumulate)
        model, optimizer, scheduler = make(schedule)
        loader = torch.utils.data.DataLoader(torch.ones(updates * accumulate, 2))
        model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
        if load:
            accelerator.load_state(load)
        used, logged = [], []
        for batch in loader:
            with accelerator.accumulate(model):
                used.append(optimizer.param_groups[0]["lr"])
                accelerator.backward(model(batch)["loss"])
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
                logged += scheduler.get_last_lr()[:1]
        accelerator.save_state(folder / f"state{updates}")
        return {"used": used, "logged": logged, "registered": len(accelerator._schedulers)}

    whole = run(SCHEDULE, UPDATES)
    first = run(SCHEDULE, 4)
    rest = run(OTHER, UPDATES - 4, folder / "state4")
    return {"whole": whole, "cut": first["used"] + rest["used"], "accumulated": run(SCHEDULE, 5, accumulate=2)["used"]}


def in_transformers(folder):
    from transformers import Trainer, TrainerCallback, TrainingArguments

    def run(schedule, updates, resume=None):
        model, optimizer, scheduler = make(schedule)
        used = []

        class Watch(TrainerCallback):
            def on_step_begin(self, *args, **kwargs):
                used.append(optimizer.param_groups[0]["lr"])

        arguments = TrainingArguments(
            output_dir=str(folder / "out"),
            max_steps=updates,
            per_device_train_batch_size=1,
            use_cpu=True,
            report_to=[],
            logging_steps=1,
            save_steps=4,
            disable_tqdm=True,
        )
        data = [{"x": torch.ones(2), "labels": torch.ones(1)}] * UPDATES
        trainer = Trainer(model, arguments, train_dataset=data, optimizers=(optimizer, scheduler), callbacks=[Watch()])
        trainer.train(resume_from_checkpoint=resume)
        logged = [row["learning_rate"] for row in trainer.state.log_history if "learning_rate" in row]
        return {"used": used, "logged": logged, "registered": int(trainer.lr_scheduler is scheduler)}

    whole = run(SCHEDULE, UPDATES)
    rest = run(OTHER, UPDATES, str(folder / "out" / "checkpoint-4"))
    return {"whole": whole, "cut": whole["used"][:4] + rest["used"]}


if __name__ == "__main__":
    trainer = {"lightning": in_lightning, "accelerate": in_accelerate, "transformers": in_transformers}[sys.argv[1]]
    told = trainer(Path(sys.argv[2]))
    plan = [SCHEDULE(step) for step in range(UPDATES + 1)]
    Path(sys.argv[2], "told.json").write_text(json.dumps({"plan": plan, **told}))
