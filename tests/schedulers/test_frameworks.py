"""torch_scheduler is one of torch's own schedulers, and does its work in Lightning, accelerate and transformers."""

import copy
import io
import json
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import platformdirs
import pytest
import torch

from lrcourse.schedulers import ScheduleWarning, torch_scheduler
from lrcourse.schedules import cosine, exponential, linear_warmup

ROOT = Path(__file__).parents[2]


def sgd(*lrs, **options):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs or (1.0,)]
    return torch.optim.SGD(groups, **options)


def run(scheduler, steps):
    rows = []
    for _ in range(steps):
        rows.append([float(group["lr"]) for group in scheduler.optimizer.param_groups])
        scheduler.optimizer.step()
        scheduler.step()
    return rows


def halved(step):
    return 0.5**step


def test_it_follows_the_schedule_as_torchs_own_would():
    scheduler = torch_scheduler(sgd(), cosine(0.1, 9))
    assert isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
    reference = torch.optim.lr_scheduler.LambdaLR(sgd(), cosine(0.1, 9))
    assert run(scheduler, 30) == run(reference, 30)
    assert scheduler.get_last_lr() == reference.get_last_lr() and scheduler.last_epoch == 30


def test_a_list_of_one_a_group_and_a_groups_own_factor():
    optimizer = sgd(1.0, 1.0)
    rows = run(torch_scheduler(optimizer, [cosine(0.1, 9), halved]), 9)
    assert rows == [[cosine(0.1, 9)(step), halved(step)] for step in range(9)]
    optimizer = sgd(1.0, 1.0)
    optimizer.param_groups[1]["lr_scale"] = 0.5
    assert run(torch_scheduler(optimizer, halved), 2) == [[1.0, 0.5], [0.5, 0.25]]
    for wrong in ([halved], [halved] * 3, 0.1, None, [halved, 0.1]):
        with pytest.raises((TypeError, ValueError), match="schedule"):
            torch_scheduler(sgd(1.0, 1.0), wrong)


def test_a_group_that_comes_later_and_a_tensor_lr():
    scheduler = torch_scheduler(sgd(torch.tensor(1.0)), halved)
    held = scheduler.optimizer.param_groups[0]["lr"]
    run(scheduler, 2)
    assert scheduler.optimizer.param_groups[0]["lr"] is held and float(held) == 0.25
    scheduler.optimizer.add_param_group({"params": [torch.zeros(1)], "lr": 1.0})
    scheduler.step()
    assert scheduler.get_last_lr() == [0.125, 0.125]


def test_it_composes_with_torchs_composites():
    optimizer, lr = sgd(), torch.optim.lr_scheduler
    both = lr.SequentialLR(
        optimizer, [torch_scheduler(optimizer, linear_warmup(0.1, 3)), torch_scheduler(optimizer, halved)], [3]
    )
    assert [row[0] for row in run(both, 6)] == pytest.approx([0.1 / 3, 0.2 / 3, 0.1, 1.0, 0.5, 0.25])


@pytest.mark.parametrize("optimizer_too", [True, False])
def test_saved_and_resumed(optimizer_too):
    scheduler, resumed = torch_scheduler(sgd(), cosine(0.1, 20)), torch_scheduler(sgd(), exponential(0.5, 0.9))
    run(scheduler, 7)
    file = io.BytesIO()
    torch.save(scheduler.state_dict(), file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    assert json.loads(json.dumps(state)) == state
    weights = copy.deepcopy(scheduler.optimizer.state_dict())
    if optimizer_too:
        resumed.optimizer.load_state_dict(weights)
    with pytest.warns(ScheduleWarning, match=r"cosine\(0.1, T_max=20\) \(built: exponential\(0.5, gamma=0.9\)\)"):
        resumed.load_state_dict(state)
    assert run(resumed, 20) == run(scheduler, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch_scheduler(sgd(), cosine(0.1, 20)).load_state_dict(state)


def test_last_epoch_pickle_and_copy():
    scheduler = torch_scheduler(sgd(), cosine(0.1, 20))
    run(scheduler, 7)
    optimizer = sgd()
    optimizer.load_state_dict(scheduler.optimizer.state_dict())
    twins = [torch_scheduler(optimizer, cosine(0.1, 20), last_epoch=6), copy.deepcopy(scheduler)]
    twins.append(pickle.loads(pickle.dumps(scheduler)))
    expected = run(scheduler, 9)
    assert all(run(twin, 9) == expected for twin in twins)
    resumed = torch_scheduler(sgd(), halved)
    resumed.load_state_dict(torch_scheduler(sgd(), halved).state_dict())  # a function of one's own goes on as built
    assert run(resumed, 3) == [[1.0], [0.5], [0.25]]


def test_importing_the_schedulers_brings_no_torch_in():
    code = "import sys, lrcourse.schedulers; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


@pytest.fixture(scope="module")
def frameworks():
    """Runs a script in the frameworks' own environment; made once, in the user's cache folder."""
    version = torch.__version__.split("+")[0]
    folder = Path(platformdirs.user_cache_dir("lrcourse", appauthor=False)) / f"frameworks-torch-{version}"
    ready = folder / "ready"
    if not ready.exists():
        uv, names = [sys.executable, "-m", "uv"], ["lightning", "accelerate", "transformers"]
        install = ["pip", "install", "-q", "--python", str(folder), f"torch=={version}", *names]
        for step in (["venv", "-q", "--clear", "--python", sys.executable, str(folder)], install):
            made = subprocess.run([*uv, *step], capture_output=True, text=True, timeout=600)
            if made.returncode:
                reason = f"the frameworks could not be installed: {made.stderr.strip()[-300:]}"
                if "frameworks" in os.environ.get("LRCOURSE_REQUIRE", ""):
                    pytest.fail(reason)
                pytest.skip(reason)
        ready.touch()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def run(name, out):
        script = Path(__file__).with_name("in_frameworks.py")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        command = [str(python), str(script), name, str(out)]
        done = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads((out / "told.json").read_text()), done.stdout + done.stderr

    return run


@pytest.mark.parametrize("name", ["lightning", "accelerate", "transformers"])
def test_it_does_its_work_in(frameworks, tmp_path, name):
    told, text = frameworks(name, tmp_path)
    plan, whole = told["plan"], told["whole"]
    assert whole["registered"] == 1
    assert whole["used"] == plan[:-1]  # stepped once an update
    assert whole["logged"] == pytest.approx(plan[1:] if name == "accelerate" else plan[:-1])
    assert told["cut"] == whole["used"]  # saved, resumed in objects that were built otherwise
    if name != "transformers":  # which lets no warning out while it loads
        assert "goes on as it was saved" in text
    if name == "lightning":
        assert told["by epoch"] == [plan[0]] * 5 + [plan[1]] * 5
    if name == "accelerate":
        assert told["accumulated"] == [lr for lr in plan[:5] for _ in range(2)]
