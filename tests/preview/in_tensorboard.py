"""TensorBoard's event files, written by its own writer and audited: run by test_audit.py where tensorboard is."""

import json
import tempfile

from lrcourse.preview import audit
from lrcourse.schedules import cosine, warmup


def main():
    from torch.utils.tensorboard import SummaryWriter  # here: a collector of doctests has none

    plan = warmup(cosine(0.1, 100), 10)
    found = []
    for k in (1, 4):
        folder = tempfile.mkdtemp()
        with SummaryWriter(folder) as writer:
            for t in range(100):
                writer.add_scalar("train/lr", plan(k * t), t)
                writer.add_scalar("train/loss", 1 / (1 + t), t)
        found.append(audit(folder, plan))
    print(json.dumps({"ok": found[0].ok, "cause": found[1].cause}))


if __name__ == "__main__":
    main()
