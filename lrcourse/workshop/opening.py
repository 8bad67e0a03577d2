"""How the course opens in JupyterLab: the command, and settings that give way to the learner's own."""

import os
import sys
from pathlib import Path

from lrcourse.workshop.environment import ROOT

# Holds labconfig/default_setting_overrides.json: no offer of news over the first screen.
CONFIG = Path(__file__).with_name("jupyter")


def command(options, root=ROOT):
    """JupyterLab on the first lesson below a folder, as a list; the superuser (mostly in a container) must say so."""
    lab = [sys.executable, "-m", "jupyterlab", "--log-level=ERROR", f"--ServerApp.root_dir={root}"]
    lab += ["--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb", "--LabApp.news_url=None"]
    lab += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    lab += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*lab, *options]


def config_path():
    """JUPYTER_CONFIG_PATH with the course's folder last: whoever has set something of their own is heard first."""
    return os.pathsep.join(filter(None, [os.environ.get("JUPYTER_CONFIG_PATH"), str(CONFIG)]))
