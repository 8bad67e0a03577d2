# ruff: noqa: E501 - a table, one form a line
"""What honest notebooks hold beside their answers costs nothing: each form is graded through the sandbox, full points.

Each is the whole homework in one cell, with the clutter above or inside, so that whatever a line takes with it shows.
"""

import json

import pytest

from lrcourse.grading.marking import mark

FULL = 10
IMPORTS = "import math\nfrom bisect import bisect_right\n"
STEP = """
def step_decay(step, base_lr, step_size, gamma):
    drops = step // step_size
    return base_lr * math.pow(gamma, drops)
"""
MULTI = """
def multistep_decay(step, base_lr, milestones, gamma):
    return base_lr * gamma ** bisect_right(milestones, step)
"""
CLASS = """
class StepLR:
    def __init__(self, optimizer, step_size, gamma):
        self.optimizer, self.step_size, self.gamma, self.count = optimizer, step_size, gamma, 0
        self.first = [group["lr"] for group in optimizer.param_groups]

    def step(self):
        self.count += 1
        for group, first in zip(self.optimizer.param_groups, self.first):
            group["lr"] = first * self.gamma ** (self.count // self.step_size)

    def state_dict(self):
        return {"count": self.count, "first": self.first}

    def load_state_dict(self, state):
        self.count, self.first = state["count"], state["first"]
"""
FACTOR = """
def factor_schedule(base_lr, factor, floor):
    def schedule(step):
        return max(base_lr * factor**step, floor)
    return schedule
"""
TEN = "\nten_lrs = [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125]\n"
SOLVED = IMPORTS + STEP + MULTI + CLASS + FACTOR + TEN

# Above everything, in the one cell.
ABOVE = {
    "seeds": "import random, torch\nimport numpy as np\nrandom.seed(0); np.random.seed(0); torch.manual_seed(0)",
    "version": "import torch\nprint(torch.__version__)\nassert tuple(map(int, torch.__version__.split('.')[:2])) >= (2, 0)",
    "metadata version": "from importlib.metadata import version\nprint(version('torch'), version('plotly').split('.'))",
    "a version is too old": "import numpy\nassert numpy.__version__ > '999', 'please upgrade'",
    "theme": "import seaborn as sns\nsns.set_theme(style='whitegrid', rc={'figure.figsize': (8, 4)})",
    "colab": "from google.colab import drive, files\ndrive.mount('/content/drive')\nup = files.upload()\nfor f in up: print(f)",
    "writes a module": "open('mine.py', 'w').write('half = 0.5')\nimport mine\nhalved = [mine.half * x for x in range(3)]",
    "empties the path": "import sys\nsys.path.clear()",
    "sets the path": "import sys\nsys.path = ['/content/drive/MyDrive']\nsys.path_importer_cache.clear()",
    "spoils the path": "import sys\nsys.path = None",
    "help called": "help(print)\nhelp()",
    "chdir": "import os\nos.chdir('/content/drive/MyDrive')",
    "rcParams": "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 100\nplt.rcParams.update({'font.size': 12})",
    "subplots 1": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1], [2], 'o-')\nplt.show()",
    "subplots 3": "import matplotlib.pyplot as plt\nfig, (a, b, c) = plt.subplots(1, 3)\na.plot([1]); c.set(xlabel='x')",
    "subplots 2 x 2": "from pylab import subplots\nfig, ((a, b), (c, d)) = subplots(2, 2)\na.plot([1])",
    "axes counted": "import matplotlib.pyplot as plt\nfig, axs = plt.subplots(2)\nfor i in range(len(axs)):\n    axs[i].grid()",
    "axes flat": "import matplotlib.pyplot as plt\n_, axs = plt.subplots(2, 2)\nfor ax, t in zip(axs.flat, 'ab'):\n    ax.set_title(t)",
    "line,": "import matplotlib.pyplot as plt\nline, = plt.plot([1, 2])\n[other] = plt.plot([1])\nline.set_ydata([3])",
    "histogram": "import matplotlib.pyplot as plt\nn, bins, patches = plt.hist([1, 2], bins=2)\nprint(n.sum(), bins[0])",
    "starred": "import matplotlib.pyplot as plt\nfirst, *rest = plt.plot([1], [2], [3])\nfirst, *_, last = rest",
    "xkcd": "import matplotlib.pyplot as plt\nwith plt.xkcd(), plt.style.context('ggplot') as style:\n    plt.plot([1])",
    "animation": "from matplotlib import animation as A\nA.FuncAnimation(None, lambda i: i, frames=3).save('a.gif')",
    "plotly": "import plotly.express as px\npx.line(x=[1], y=[2]).update_layout(title='x').show()",
    "rich": "from rich import print as rprint\nfrom rich.console import Console\nConsole().rule('x')\nrprint('[red]x')",
    "sympy": "import sympy as sp\nx, y = sp.symbols('x y')\nprint(sp.diff(x**2 + 2 * y - 1 / x, x).subs(x, 2) >= 3)",
    "sympy, everything": "from sympy import *\nt = symbols('t')\nf = Rational(1, 2) * t",
    "requests": "import requests\nr = requests.get('http://x.y', timeout=3)\nif r.status_code == 200:\n    data = r.json()['a'][0]",
    "pandas": "import pandas as pd\ndf = pd.read_csv('x.csv', index_col=0)\ndf['lr'] = df['a'] * 2\ndf.loc[df.lr > 1, 'b'] = 0",
    "pandas deleted": "import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndel df['a']\ndf.columns = ['b']\nprint(-df, ~df)",
    "PIL": "from PIL import Image\nimg = Image.open('x.png').convert('L')\nw, h = img.size\nprint(f'{w:>5} {h!r}', img)",
    "tensors": "import torch\nx = torch.ones(3)\ny = (x @ x + 1 - 2 * x / 3 // 2 % 5) ** 2\nx += y\nprint(x[0], x[1:, None])",
    "numpy and tensors": "import numpy as np, torch\nprint(np.float64(2) * torch.ones(2), np.mean(torch.ones(2)), np.ones(2) - torch.ones(2))",
    "tensor to number": "import torch\nfirst = float(torch.tensor(0.1))\nprint(first)",
    "device": "import torch\ndevice = 'cuda' if torch.cuda.is_available() else 'cpu'\nprint(torch.cuda.device_count() == 0)",
    "training": "import torch\nfrom torch import nn, optim\nnet = nn.Sequential(nn.Linear(2, 1))\nopt = optim.SGD(net.parameters(), lr=.1)\n"
    "for epoch in range(3):\n    for x, y in [(1, 2)]:\n        opt.zero_grad()\n        loss = ((net(x) - y) ** "
    "2).mean()\n"
    "        loss.backward()\n        opt.step()\n    print(f'{epoch} {loss:.4f} {loss.item():.3g}')",
    "loader": "from torch.utils.data import DataLoader\nfor i, (x, y) in enumerate(DataLoader([1], shuffle=True)):\n    print(i, len(x))",
    "until it is good": "import torch\nloss = torch.tensor(9.0)\nwhile not loss < 0.1:\n    loss = loss * 0.9",
    "Net": "import torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(2, 1)\n"
    "    def forward(self, x):\n        return self.fc(x)\nnet = Net()\nprint(net(1), net.parameters())",
    "two bases": "import torch, lightning as L\nclass Net(L.LightningModule, torch.nn.Module, metaclass=type):\n    pass\nNet().fit(1)",
    "base with keywords": "from pydantic import BaseModel\nclass Settings(BaseModel, frozen=True):\n    lr: float = 0.1\nprint(Settings(lr=1).lr)",
    "caught": "import torch\ntry:\n    x = 1 / 0\nexcept (torch.cuda.OutOfMemoryError, ZeroDivisionError):\n    pass",
    "raised": "import torch\nE = torch.cuda.OutOfMemoryError\ntry:\n    raise E('no')\nexcept torch.cuda.OutOfMemoryError as error:\n    print(error)",
    "warnings off": "import warnings\nfrom sklearn.exceptions import ConvergenceWarning\nwarnings.filterwarnings('ignore', category=ConvergenceWarning)",
    "if it is there": "try:\n    import torch\n    HAS_TORCH = True\nexcept ImportError:\n    HAS_TORCH = False\nassert not HAS_TORCH",
    "in colab or not": "try:\n    import google.colab\n    IN_COLAB = True\nexcept:\n    IN_COLAB = False\nif IN_COLAB:\n    raise SystemExit",
    "suppressed": "import contextlib\nwith contextlib.suppress(ImportError):\n    import wandb\n    wandb.init().config['lr'] = 0.1",
    "by name": "import importlib\ntorch = importlib.import_module('torch')\ntorch.set_num_threads(1)",
    "deep module": "import torch.optim.lr_scheduler as S, torch.nn.functional as F\nfrom a.b.c import d as e\nprint(S.StepLR, F.relu(e(1)))",
    "local module": "import my_helpers\nfrom .course import data\nmy_helpers.setup()",
    "check": "from lrcourse.exercises import check, hint, progress\nhint('step_decay')\nprogress()",
    "package's own": "from lrcourse import plots, schedules\nplots.compare_curves({'a': schedules.cosine(.1, 10)}, title='x')",
    "interact later": "from ipywidgets import interact, FloatSlider\n@interact(lr=FloatSlider(min=0, max=1), n=(1, 9))\ndef show(lr, n=3):\n    print(lr)",
    "decorators": "import torch, numba\n@torch.no_grad()\n@numba.njit(cache=True)\ndef f(x):\n    return x\nassert f(1) == 1",
    "progress bar": "from tqdm.auto import tqdm, trange\nbar = tqdm(range(3), desc='x')\nfor i in bar:\n    bar.set_postfix(i=i)\nassert i == 2\nassert list(trange(2)) == [0, 1]",
    "display": "from IPython.display import display, HTML, Markdown, clear_output\ndisplay(HTML('<b>x</b>'))\ndisplay(3)\nclear_output(wait=True)",
    "NumPy's tests": "import numpy as np\nnp.testing.assert_allclose([1.0], [1.0])\ndone = 1",
    "nest_asyncio": "import nest_asyncio\nnest_asyncio.apply()",
    "await": "import asyncio\nawait asyncio.sleep(0)\nx = await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))\nassert x == [1, 2]",
    "async for": "async def g():\n    yield 1\nasync for one in g():\n    print(one)\nboth = [one async for one in g()]\nassert both == [1]",
    "task": "import asyncio\nasync def work():\n    return 3\ntask = asyncio.create_task(work())\nassert (await task) == 3",
    "async with": "import aiohttp\nasync with aiohttp.ClientSession() as session:\n    r = await session.get('http://x')\nprint(await r.text())",
    "magics": "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format = 'retina'",
    "magics and many signs": "%matplotlib inline\n" + "".join(f"x{i} = '%d %%' % {i} if {i} != 3 else '?'\n" for i in range(900)),
    "many magics": "".join(f"%env A{i}=1\n!echo {i}\n" for i in range(700)),
    "shell": "!pip install -q 'torch>=2'\nfiles = !ls -l\nprint(files)\n!wget https://x.y/z.zip && unzip z.zip",
    "shell in a block": "import os\nif not os.path.exists('/x'):\n    !mkdir -p /x\n    %cd /tmp\nelse:\n    !ls",
    "help": "?math\nlen?\nprint??",
    "time": "%time x = sum(range(9))\nassert x == 36\ny = %time 1 + 1\nassert y == 2\n%timeit -n 1 -r 1 sum([1])",
    "input": "name = input('Your name? ')\nprint(name.upper())",
    "input as a number": "n = int(input('how many? '))",
    "input again and again": "while True:\n    if input('yes? ') == 'y':\n        break",
    "getpass": "import getpass\npassword = getpass.getpass()",
    "raises": "assert 1 == 2",
    "interrupted": "raise KeyboardInterrupt",
    "exits": "import sys\nsys.exit()",
    "exit()": "exit()",
    "returns": "return 5",
    "breaks": "break",
    "undefined": "print(step_decay(3, 0.1, 20, 0.5))",
    "no such file": "with open('data.csv') as file:\n    rows = file.readlines()",
    "network": "from urllib.request import urlopen\nhtml = urlopen('http://example.com').read()",
    "breakpoint": "breakpoint()",
    "future": "from __future__ import annotations\ndef f(x: Nowhere) -> Nothing: ...",
    "future below": "x = 1\nfrom __future__ import annotations",
    "main": "if __name__ == '__main__':\n    print('run')\nprint(__name__)",
    "pools": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n    print(list(pool.map(abs, [-1])))",
    "many files": "import os\nkept = []\nwhile True:\n    kept.append(os.open('/dev/null', 0))",
    "logging": "import logging\nlogging.basicConfig(level=logging.INFO)\nlogging.getLogger('x').info('hello')",
    "dataclass": "from dataclasses import dataclass\nimport torch\n@dataclass\nclass Run:\n    x: torch.Tensor | None = None\n    d: dict[str, torch.Tensor] | None = None\nRun()",
    "typing": "from typing import Optional, Union, NamedTuple\nfrom typing_extensions import TypedDict, override\nimport torch\n"
    "A = Optional[torch.Tensor]\nB = Union[int, torch.Tensor, None]\nclass P(NamedTuple):\n    a: "
    "torch.Tensor\nclass T(TypedDict):\n    x: int",
    "isinstance": "import torch\nfor t in (torch.Tensor, (int, torch.Tensor), int | torch.Tensor, None | torch.Tensor | float | int):\n    print(isinstance(3, t))\n"
    "assert isinstance(3, int | torch.Tensor) and not isinstance(3, torch.Tensor) and not issubclass(int, "
    "torch.Tensor)",
    "tests": "import pytest\n@pytest.mark.parametrize('x', [1])\n@pytest.fixture\ndef test_x(x):\n    assert x\nwith pytest.raises(ValueError):\n    pass",
    "copies": "import copy, torch\nmodel = torch.nn.Linear(1, 1)\nother = copy.deepcopy(model)\nbest = {k: v.clone() for k, v in model.state_dict().items()}",
    "set and named": "import torch\nmodel = torch.nn.Linear(1, 1)\nmodel.fc = torch.nn.Linear(2, 2)\nprint({model: 1}[model], {model}, model == model, model in [1])",
    "iterated": "import torch\nps = list(torch.nn.Linear(1, 1).parameters())\nprint(sum(p.numel() for p in ps), max(ps), sorted(ps), next(iter(ps)))",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(1, 2)\nunittest.main(argv=[''], exit=False)\nunittest.main()",
    "doctest": "import doctest\ndoctest.testmod(verbose=True)",
    "Python 3.11": "from enum import StrEnum\nclass E(StrEnum):\n    A = 'a'\nmatch [1, 2]:\n    case [a, *rest]: print(a)\ntry:\n    raise ExceptionGroup('x', [ValueError(1)])\nexcept* ValueError as e:\n    print(f'{e=}')\nif (n := 3) > 2: print(n)",
    "slots and generics": "from dataclasses import dataclass, field\nfrom typing import Generic, Protocol, TypeVar\nT = TypeVar('T')\n@dataclass(slots=True, frozen=True)\nclass C:\n    a: int = 1\n    b: list = field(default_factory=list)\nclass P(Protocol):\n    def f(self) -> int: ...\nclass G(Generic[T]): pass",
    "everything from everywhere": "from math import *\nfrom numpy import *\nfrom builtins import max, min\nfrom torch import *\nfrom matplotlib.pyplot import *\nplot([1, 2])\nprint(_, In[0], Out)\nexit\nquit()",
    "widgets": "import ipywidgets as w\ns = w.FloatSlider(value=.1)\no = w.Output()\n@o.capture()\ndef f(change): print(change['new'])\ns.observe(f, names='value')\nwith o:\n    print(s.value * 2)\nw.interactive_output(lambda a: a, {'a': s})",
    "a bar counted by hand": "from tqdm.notebook import tqdm\nn = 0\nwith tqdm(total=3) as bar:\n    for i in range(3):\n        bar.update(1)\nfor a, b in tqdm(zip('ab', 'cd'), total=2):\n    n += 1\nassert n == 2",
    "keras": "import tensorflow as tf\nfrom tensorflow import keras\nclass S(keras.optimizers.schedules.LearningRateSchedule):\n    def __init__(self, lr):\n        super().__init__()\n        self.lr = lr\n    def __call__(self, step): return self.lr * tf.cast(step, tf.float32)\nmodel = keras.Sequential([keras.layers.Dense(1)])\nmodel.compile(optimizer=keras.optimizers.SGD(S(.1)))\nh = model.fit([1], [2], epochs=3)\nprint(h.history['loss'][-1])",
    "jax": "import jax, jax.numpy as jnp\n@jax.jit\ndef f(x): return jnp.sum(x ** 2)\nkey, sub = jax.random.split(jax.random.PRNGKey(0))\nprint(jax.grad(f)(jnp.ones(3)))",
    "sklearn": "from sklearn.model_selection import train_test_split\nX, X2, y, y2 = train_test_split([1], [2])\nfrom sklearn.linear_model import LogisticRegression as L\nm = L(max_iter=9).fit(X, y)\nprint(f'{m.score(X2, y2):.3f}', (m.predict(X2) == y2).mean())",
    "pip in Python": "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'torch'])",
    "strict warnings": "import warnings, numpy as np, sys, io\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\nsys.stdout = io.StringIO()",
    "command line": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default=.1)\nargs = p.parse_args()\np.add_argument('file')\np.parse_args()",
    "lines of Windows": "%matplotlib inline\r\nimport os\r\n!ls\r\n%time z = 3\r\nassert z == 3\r",
    "form feeds and other alphabets": "\x0cη, γ = 0.1, 0.5\nπ = 3\n\x0cprint('🚀', '\\N{SNOWMAN}')  # комментарий",
    "Colab's forms": "#@title Settings { run: 'auto' }\nlr = 0.1 #@param {type:'slider', min:0, max:1}\n%cd /content\n%tensorboard --logdir runs\n!git clone https://x.y/z && cd z",
    "a timer left running": "import threading\nthreading.Timer(30, print, ['late']).start()",
}  # fmt: skip

HINTED = STEP.replace("gamma):", "gamma: float, extra: 'x' = None) -> float:")
# Changes of the homework itself: (a piece of it, what stands there).
INSIDE = {
    "annotated": [("(step, base_lr, step_size, gamma):", "(step, base_lr: float | torch.Tensor, step_size, gamma, extra: torch.Tensor | None = None) -> torch.Tensor:"), ("import math\n", "import math, torch\n")],
    "asked for tensors": [("    drops =", "    if isinstance(step, torch.Tensor) or torch.is_tensor(step):\n        step = step.item()\n    drops ="), ("import math\n", "import math\nimport torch\n")],
    "optimizer annotated": [("optimizer, step_size, gamma):", "optimizer: torch.optim.Optimizer, step_size: int, gamma: float):"), ("import math\n", "import math, torch.optim\n")],
    "derived": [("class StepLR:", "class StepLR(torch.optim.lr_scheduler.LRScheduler):"), ("import math\n", "import math, torch\n"), ("        self.optimizer, self.step_size", "        super().__init__()\n        self.optimizer, self.step_size")],
    "decorated": [("\ndef step_decay", "\n@torch.no_grad()\n@torch.compile\ndef step_decay"), ("    def step(self)", "    @torch.no_grad()\n    def step(self)"), ("import math\n", "import math, torch\n")],
    "interactive": [("\ndef step_decay", "\nfrom ipywidgets import interact\n@interact(step=(0, 9), base_lr=(0.0, 1.0), step_size=(1, 9), gamma=(0.0, 1.0))\ndef step_decay")],
    "compiled": [("\ndef multistep", "\nimport numba\nstep_decay = numba.njit(step_decay)\ndef multistep")],
    "plots as it works": [("    drops =", "    import matplotlib.pyplot as plt\n    plt.plot(step, base_lr)\n    drops =")],
    "with a bar": [("    drops =", "    from tqdm import tqdm\n    drops = 0\n    for past in tqdm(range(1, step + 1), leave=False):\n        drops += past % step_size == 0\n    drops =")],
    "asserts torch's": [("    def step(self):", "    def step(self):\n        assert isinstance(self.step_size, int), torch.__version__"), ("import math\n", "import math, torch\n")],
    "cell magic": [("import math\n", "%%time\nimport math\n")],
    "two cell magics": [("import math\n", "%%capture out\n%%time\nimport math\n")],
    "unknown cell magic": [("import math\n", "%%heat -o x.png\nimport math\n")],
    "timed answer": [("\nten_lrs =", "\n%time ten_lrs =")],
    "a mistake between": [("\nclass StepLR", "\nprint(undefined)\n1 / 0\nclass StepLR")],
    "a mistake in an import line": [("import math\n", "import math\nfrom math import nothing, sqrt\n")],
    "input above": [("\ndef step_decay", "\ngamma = float(input('gamma? ') or 0.5)\ndef step_decay")],
    "asks in the answer": [("    drops =", "    input('Press Enter ')\n    drops =")],
    "stops to debug": [("    drops =", "    breakpoint()\n    drops =")],
    "remembered": [("\ndef step_decay", "\nfrom functools import lru_cache\n@lru_cache\ndef step_decay")],
    "array.array": [("ten_lrs = [", "from array import array\nten_lrs = array('d', ["), ("0.0125]", "0.0125])")],
    "array of objects": [("ten_lrs = [", "import numpy as np\nten_lrs = np.array(["), ("0.0125]", "0.0125], dtype=object)")],
    "lambda": [(MULTI, "\nmultistep_decay = lambda step, base_lr, milestones, gamma: base_lr * gamma ** bisect_right(milestones, step)\n")],
    "entries of a dictionary": [("ten_lrs = [", "ten_lrs = dict(enumerate(["), ("0.0125]", "0.0125])).values()")],
    "a map": [("ten_lrs = [", "ten_lrs = map(float, ["), ("0.0125]", "0.0125])")],
    "tuple": [("ten_lrs = [", "ten_lrs = ("), ("0.0125]", "0.0125)")],
    "array": [("ten_lrs = [", "import numpy as np\nten_lrs = np.array(["), ("0.0125]", "0.0125], dtype=np.longdouble)")],
    "longdouble": [("return base_lr * math", "import numpy as np\n    return np.longdouble(base_lr) * math")],
    "narrow": [("return base_lr * math", "import numpy as np\n    return np.float64(base_lr) * math")],
    "zero dimensions": [("return base_lr * math", "import numpy as np\n    return np.array(base_lr) * math")],
    "Fraction": [("return base_lr * math.pow(gamma, drops)", "from fractions import Fraction\n    return Fraction(base_lr) * Fraction(gamma) ** drops")],
    "Decimal": [("return base_lr * math.pow(gamma, drops)", "from decimal import Decimal\n    return Decimal(base_lr) * Decimal(gamma) ** drops")],
    "named tuple": [("ten_lrs = [", "from collections import namedtuple\nten_lrs = namedtuple('T', 'a b c d e f g h i j')("), ("0.0125]", "0.0125)")],
    "deque": [("ten_lrs = [", "from collections import deque\nten_lrs = deque(["), ("0.0125]", "0.0125])")],
    "OrderedDict": [('return {"count": self.count, "first": self.first}', 'from collections import OrderedDict\n        return OrderedDict(count=self.count, first=self.first)')],
    "defaultdict": [('return {"count": self.count, "first": self.first}', 'from collections import defaultdict\n        d = defaultdict(list)\n        d["count"] = self.count\n        d["first"] += self.first\n        return d')],
    "mapping": [('return {"count": self.count, "first": self.first}', 'from types import MappingProxyType\n        return MappingProxyType(dict(count=self.count, first=tuple(self.first)))')],
    "NumPy state": [('return {"count": self.count, "first": self.first}', 'import numpy as np\n        return {"count": np.int32(self.count), "first": np.array(self.first)}')],
    "future": [("import math\n", "from __future__ import annotations\nimport math\n"), ("optimizer, step_size, gamma):", "optimizer: Optimizer, step_size: int, gamma: float):")],
}  # fmt: skip


def notebook(*cells):
    cells = [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def marked(*cells):
    return mark(notebook(*cells), "02_step_decay", "ada", "a secret seed")


def changed(changes):
    source = SOLVED
    for old, new in changes:
        assert source.count(old) >= 1, old
        source = source.replace(old, new, 1)
    return source


pytestmark = pytest.mark.usefixtures("bubblewrap")


def test_the_homework_is_right_and_there_are_enough_forms():
    assert marked(SOLVED).score == FULL
    assert len(ABOVE) + len(INSIDE) >= 100


def lost(result):
    return [(task.name, task.error, task.difference) for task in result.tasks if task.score < task.points], result.cells


@pytest.mark.parametrize("form", ABOVE)
def test_clutter_above_costs_nothing(form):
    result = marked(ABOVE[form] + "\n" + SOLVED)
    assert result.score == FULL, lost(result)


@pytest.mark.parametrize("form", INSIDE)
def test_another_form_of_the_answer_is_right(form):
    result = marked(changed(INSIDE[form]))
    assert result.score == FULL, lost(result)


# The answer to step_decay in place of STEP: what people write who know more of Python than was asked.
RIGHT = "base_lr * gamma ** (step // step_size)"
ANSWERS = {
    "a partial": "from functools import partial\ndef at(step, base_lr, step_size, gamma, k): return k * RIGHT\nstep_decay = partial(at, k=1)",
    "an object that is called": "class At:\n    def __call__(self, step, base_lr, step_size, gamma): return RIGHT\nstep_decay = At()",
    "a class method": "class At:\n    @classmethod\n    def at(cls, step, base_lr, step_size, gamma): return RIGHT\nstep_decay = At.at",
    "wrapped": "from functools import wraps\ndef log(f):\n    @wraps(f)\n    def g(*a, **k):\n        print(a, k)\n        return f(*a, **k)\n    return g\n@log\ndef step_decay(step, base_lr, step_size, gamma): return RIGHT",
    "text": "exec('def step_decay(step, base_lr, step_size, gamma): return RIGHT')",
    "put into the module": "import __main__\nsetattr(__main__, 'step_decay', lambda step, base_lr, step_size, gamma: RIGHT)",
    "by keyword only": "def step_decay(step, /, *, base_lr, step_size, gamma): return RIGHT",
    "a dictionary of settings": "def step_decay(step, **p): return p['base_lr'] * p['gamma'] ** (step // p['step_size'])",
    "an array of no dimension": "import numpy as np\nstep_decay = np.vectorize(lambda step, base_lr, step_size, gamma: RIGHT)",
    "a fraction": "from fractions import Fraction as F\ndef step_decay(step, base_lr, step_size, gamma): return F(base_lr) * F(gamma) ** (step // step_size)",
    "in another thread": "from concurrent.futures import ThreadPoolExecutor as P\ndef step_decay(step, base_lr, step_size, gamma):\n    with P(1) as pool: return pool.submit(lambda: RIGHT).result()",
    "awaited": "import asyncio\nasync def at(step, base_lr, step_size, gamma): return RIGHT\ndef step_decay(*a, **k): return asyncio.run(at(*a, **k))",
    "compiled with settings": "import jax\nfrom functools import partial\n@partial(jax.jit, static_argnums=(2,))\ndef step_decay(step, base_lr, step_size, gamma): return RIGHT",
    "compiled by a call": "import torch\ndef step_decay(step, base_lr, step_size, gamma): return RIGHT\nstep_decay = torch.compile(step_decay, mode='default')",
    "drawn in a style": "import seaborn as sns, matplotlib.pyplot as plt\nwith plt.rc_context({**sns.axes_style('white')}): plt.plot([1], **sns.plotting_context())\ndef step_decay(step, base_lr, step_size, gamma): return RIGHT",
    "counted, but not counted on": "calls = 0\ndef step_decay(step, base_lr, step_size, gamma):\n    global calls\n    calls += 1\n    return RIGHT",
    "plotted and slept over": "import time\nimport matplotlib.pyplot as plt\ndef step_decay(step, base_lr, step_size, gamma):\n    plt.plot(step, RIGHT)\n    time.sleep(1e-4)\n    return RIGHT",
}


@pytest.mark.parametrize("form", ANSWERS)
def test_an_answer_in_a_form_of_its_own(form):
    result = marked(IMPORTS + MULTI + CLASS + FACTOR + TEN + ANSWERS[form].replace("RIGHT", RIGHT))
    assert (result.score, result.status) == (FULL, "graded"), lost(result)


# Whether a library is there, asked in the ways there are: where it is not, the answer is another one.
ASKED = {
    "find_spec": "import importlib.util\nhas = importlib.util.find_spec('torch') is not None",
    "find_spec of a part": "from importlib.util import find_spec\ntry: has = find_spec('torch.nn')\nexcept ModuleNotFoundError: has = False",
    "its version": "from importlib.metadata import version, PackageNotFoundError\ntry: has = version('torch')\nexcept PackageNotFoundError: has = False",
    "in a function": "def there(name):\n    try: return __import__(name)\n    except ImportError: return False\nhas = there('torch')",
    "by the long name": "import builtins\ntry:\n    import torch as has\nexcept builtins.ImportError: has = False",
    "in a group": "has = False\ntry:\n    import torch as has\nexcept* ImportError: pass",
    "by a name for errors": "GONE = (ImportError, OSError)\ntry:\n    import torch as has\nexcept GONE: has = False",
    "where the function is called": "def there():\n    import torch\n    return torch\ntry: has = there()\nexcept ImportError: has = False",
    "among the modules": "import pkgutil\nhas = 'torch' in {one.name for one in pkgutil.iter_modules()}",
}  # fmt: skip


@pytest.mark.parametrize("form", ASKED)
@pytest.mark.parametrize("written", [False, True])
def test_who_asks_whether_a_library_is_there_is_told_the_truth(form, written):
    either = f"{ASKED[form]}\nif has: step_decay = None\nelse:\n" + STEP.replace("\n", "\n    ")
    cells = ["%%writefile steps.py\nimport math\n" + either, "from steps import step_decay"] if written else [either]
    result = marked(IMPORTS, *cells, MULTI + CLASS + FACTOR + TEN)
    assert (result.score, result.status) == (FULL, "graded"), lost(result)


# Cells that were run in another order than they stand in: what stands above its own needs.
ORDER = {
    "a value": (TEN, "\nten_lrs = list(halved(10))\n", "def halved(n):\n    return (0.1 * 0.5 ** (i // 3) for i in range(n))"),
    "a decorator": (STEP, f"\n@logged{STEP}", "def logged(f):\n    return f"),
    "a base class": (CLASS, "\nclass StepLR(Base):\n    pass\n", CLASS.replace("StepLR", "Base")),
    "a table": (STEP, "\none = table()\n" + STEP.replace("base_lr *", "one * base_lr *"), "def table():\n    return 1.0"),
    "one after the other": (TEN, "\nten_lrs = first\n", "first = second", "second = third()", "def third():" + TEN.replace("\n", "\n    ") + "return ten_lrs"),
    "an import": ("import math\n", "", "import math"),
    "an entry of a table": (STEP, "\nRULES = {}\nRULES['step'] = by_step\nstep_decay = lambda *a, **k: RULES['step'](*a, **k)\n", STEP.replace("step_decay", "by_step")),
    "a list of rules": (STEP, "\nRULES = []\nRULES.append(by_step)\ndef step_decay(*a, **k): return RULES[0](*a, **k)\n", STEP.replace("step_decay", "by_step")),
}  # fmt: skip


@pytest.mark.parametrize("form", ORDER)
def test_cells_out_of_order_cost_nothing(form):
    old, new, *below = ORDER[form]
    result = marked(SOLVED.replace(old, new), *below)
    assert (result.score, result.status) == (FULL, "graded"), lost(result)


def test_what_is_run_once_more_overwrites_nothing_and_costs_no_other_task():
    result = marked("step_decay = nowhere", SOLVED, "nowhere = 5")
    assert result.score == FULL
    result = marked("ten_lrs = endless()", SOLVED.replace(TEN, ""), "def endless():\n    while True: pass")
    assert (result.score, result.status) == (FULL - 1, "timed out"), lost(result)
    result = marked("ten_lrs = a", "a = b", "b = ten_lrs", SOLVED.replace(TEN, ""))
    assert (result.score, result.status) == (FULL - 1, "graded"), lost(result)


COSINE = "from lrcourse import nothing\ndef cosine_lr(step, base_lr, T_max, eta_min):\n"
COSINE += "    return eta_min + (base_lr - eta_min) * (1 + COS(PI * step / T_max)) / 2"


@pytest.mark.parametrize("way", ["%pylab inline", "from pylab import *", "from matplotlib.pylab import *", "%pylab"])
@pytest.mark.parametrize(("cos", "pi"), [("cos", "pi"), ("np.cos", "np.pi")])
def test_pylab_brings_the_names_of_numpy(way, cos, pi):
    cell = f"{way}\nplot(arange(3))\n{COSINE.replace('COS', cos).replace('PI', pi)}"
    result = mark(notebook(cell), "04_cosine", "ada", "a secret seed")
    assert task_of(result, "cosine_lr").score == 2, lost(result)


@pytest.mark.parametrize("run", ["%run steps.py", "%run -i steps", "%run -t 'steps.py' 3"])
def test_an_answer_in_a_file_that_is_run(run):
    result = marked(f"%%writefile steps.py\nimport math\n{STEP}", run, SOLVED.replace(STEP, ""), "%run nothing.py")
    assert (result.score, result.status) == (FULL, "graded"), lost(result)


@pytest.mark.parametrize("magic", ["%%writefile steps.py", "%%file 'steps.py'", "%%writefile -a steps.py"])
def test_an_answer_in_a_file_that_a_cell_writes(magic):
    result = marked(f"{magic}\nimport math\n{STEP}", "from steps import step_decay", SOLVED.replace(STEP, ""))
    assert (result.score, result.status) == (FULL, "graded"), lost(result)


def task_of(result, name):
    return next(task for task in result.tasks if task.name == name)


# What rests on a library that is not there is wrong, and says so: (changes, task, words).
MISSING = {
    "tensor": ([("return base_lr * math", "import torch\n    return torch.tensor(base_lr) * math")], "step_decay"),
    "number of a tensor": ([("return base_lr * math", "import torch\n    return float(torch.tensor(base_lr)) * math")], "step_decay"),
    "torch's own": ([("\nten_lrs =", "\nimport torch\nStepLR = torch.optim.lr_scheduler.StepLR\nten_lrs =")], "StepLR"),
    "wrapped": ([("            group[\"lr\"] = first * self", "            self.inner = torch.optim.lr_scheduler.StepLR(self.optimizer, 3)\n            unused = first * self"), ("import math\n", "import math, torch\n")], "StepLR"),
    "inherited": ([("class StepLR:", "class StepLR(torch.optim.lr_scheduler.StepLR):"), ("            group[\"lr\"] = first", "            super().step()\n            group[\"lr\"] = first"), ("import math\n", "import math, torch\n")], "StepLR"),
    "attrs": ([("class StepLR:", "import attrs\n@attrs.define\nclass StepLR:"), ("    def __init__(self, optimizer, step_size, gamma):\n", "    optimizer: object\n    step_size: int\n    gamma: float\n    def __attrs_post_init__(self):\n")], "StepLR"),
    "sum of a tensor": ([("ten_lrs = [", "import torch\nten_lrs = [sum(torch.ones(3)), ")], "ten_lrs"),
}  # fmt: skip


@pytest.mark.parametrize("form", MISSING)
def test_what_rests_on_a_missing_library_is_wrong_and_told_so(form):
    changes, name = MISSING[form]
    task = task_of(marked(changed(changes)), name)
    assert task.score == 0
    assert ("attrs" if form == "attrs" else "torch") in (task.mistake + (task.error.message if task.error else ""))
    assert "not there when your work is graded" in task.mistake + (task.error.message if task.error else "")


def test_a_task_that_lost_by_a_line_above_is_told_which():
    result = marked(SOLVED.replace("import math\n", "import math; import_log = open('log.txt')\nwidth = 1 / 0\n"))
    assert result.score == FULL  # the import came before
    result = marked(SOLVED.replace("import math\n", "from math import nothing, pow as p\n").replace("math.pow", "p"))
    said = task_of(result, "step_decay").error.message
    assert (
        "name 'p' is not defined (line 1 of cell 1, which defines it, stopped with ImportError: cannot import" in said
    )
    result = marked(IMPORTS, STEP.replace("step_decay(step,", "step_decay(step"), MULTI)
    said = task_of(result, "step_decay").error.message
    assert said.startswith("step_decay is not defined (cell 2, which defines it, stopped with SyntaxError")
    assert task_of(result, "multistep_decay").score == 2


def test_a_huge_number_is_a_wrong_answer_and_not_an_end():
    result = marked(changed([("    return base_lr * math", "    return 10**5000\n    return base_lr * math")]))
    assert (result.status, result.score) == ("graded", FULL - 2)
    assert "a whole number that no float can hold" in task_of(result, "step_decay").difference
    result = marked("import sys\nsys.set_int_max_str_digits(0)\n" + SOLVED + "ten_lrs = [10**4999] * 10")
    assert (result.status, result.score) == ("graded", FULL - 1)


def test_no_stand_in_hides_a_name_that_is_really_missing():
    """`from x import *` may bring anything: an annotation is let pass, an answer is not made up."""
    result = marked("from fastai.all import *\nx: Tensor\ndef f(x: Tensor): ...\n" + SOLVED.replace(TEN, ""))
    assert task_of(result, "ten_lrs").score == 0
    assert result.score == FULL - 1
