"""Settings for every test: one thread a process, since pytest-xdist already fills the cores."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
