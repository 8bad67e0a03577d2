"""The libraries whose schedules are looked at and translated, in an environment of their own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))  # for healthy and in_libraries, beside this file
ROOT = Path(__file__).parents[2]
NAMES = ["accelerate", "fastai", "keras", "lightning", "optax", "tensorboard", "timm", "transformers"]


@pytest.fixture(scope="session")
def libraries():
    """Runs a script beside these tests in the libraries' own environment; made once, in the user's cache folder.

    Skips where it cannot be made, with the reason; fails where LRCOURSE_REQUIRE asks for frameworks.
    """
    version = torch.__version__.split("+")[0]
    folder = Path(platformdirs.user_cache_dir("lrcourse", appauthor=False)) / f"libraries-torch-{version}"
    if not folder.exists():
        _make(folder, version)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def run(script, *arguments):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "KERAS_BACKEND": "torch"}
        environment |= {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "agg", "JAX_PLATFORMS": "cpu"}
        command = [str(python), str(Path(__file__).with_name(script)), *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


def _make(folder, version):
    """All of it or nothing: made under another name first, since two workers may come at once."""
    uv, making = [sys.executable, "-m", "uv"], folder.with_name(f"{folder.name}.{os.getpid()}")
    install = ["pip", "install", "-q", "--python", str(making), f"torch=={version}", *NAMES]
    for step in (["venv", "-q", "--clear", "--relocatable", "--python", sys.executable, str(making)], install):
        made = subprocess.run([*uv, *step], capture_output=True, text=True, timeout=600)
        if made.returncode:
            shutil.rmtree(making, ignore_errors=True)
            reason = f"the libraries could not be installed: {made.stderr.strip()[-300:]}"
            (pytest.fail if "frameworks" in os.environ.get("LRCOURSE_REQUIRE", "") else pytest.skip)(reason)
    try:
        making.rename(folder)
    except OSError:  # another worker was faster
        shutil.rmtree(making, ignore_errors=True)
