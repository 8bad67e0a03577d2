"""One plan, said in the words of other libraries."""

import re
from collections.abc import Callable
from typing import Any

from lrcourse.arguments import choice
from lrcourse.translation import plateaus, printed
from lrcourse.translation.recipes import Plateau, Recipe, recipe

__all__ = ["LIBRARIES", "Translation", "translate"]
LIBRARIES = [*printed.LIBRARIES, "lrcourse"]


class Translation(str):
    """Code to paste, and what it gives.

    lr: the LR of update t of the run under this code, None for a plateau. exact: whether that is the plan's, at every
    update of the run; a plateau's down to LRs of 1e-8, torch's eps. notes: what its comments say.
    """

    library: str
    lr: Callable[[int], float] | None
    exact: bool
    notes: list[str]

    def __repr__(self) -> str:
        return str(self)


# where the optimizer stands in the printed code, and what takes its place; "sgd" is what is printed
OPTIMIZERS: dict[str, dict[str, str]] = {
    "sgd": {},
    "momentum": {
        r"(torch\.optim\.SGD\(.*?, lr=[^,)]+)": r"\1, momentum=0.9",
        r"(optax\.sgd\([^)]+)": r"\1, momentum=0.9",
        r"(keras\.optimizers\.SGD\([^)]+)": r"\1, momentum=0.9",
    },
    "adam": {
        r"torch\.optim\.SGD": "torch.optim.Adam",
        r"optax\.sgd": "optax.adam",
        r"optimizers\.SGD": "optimizers.Adam",
    },
    "adamw": {
        r"torch\.optim\.SGD": "torch.optim.AdamW",
        r"optax\.sgd": "optax.adamw",
        r"optimizers\.SGD": "optimizers.AdamW",
    },
}


def translate(plan: Any, library: str, optimizer: str = "sgd") -> Translation:
    """A plan as another library's code, ready to paste; where a library cannot do it, the nearest, and what differs.

    plan: a schedule of lrcourse (warmup and cosine or linear, wsd, inverse_sqrt, constant), or a ReduceLROnPlateau.
    library: torch, transformers, timm, lightning, accelerate, keras, optax, fastai or lrcourse. optimizer: the one that
    the code makes: sgd, momentum (0.9), adam or adamw; fastai's learn has its own. The code expects what such a script
    has: a model, an accelerator, a learn. Raises ValueError for another plan, library or optimizer.

    >>> print(translate(warmup(cosine(0.1, T_max=180, eta_min=0.01), 20), "torch"))
    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
    <BLANKLINE>
    # past update 200 this cosine rises again: stop there
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    warmup = LinearLR(optimizer, 1 / 20, total_iters=19)
    decay = CosineAnnealingLR(optimizer, T_max=180, eta_min=0.01)
    scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[20])
    # after every optimizer.step(): scheduler.step()
    >>> translate(inverse_sqrt(0.1, 20), "transformers").exact
    False
    """
    library = choice("library", library, LIBRARIES)
    swaps = OPTIMIZERS[choice("optimizer", optimizer, list(OPTIMIZERS))]
    meant = recipe(plan)
    if isinstance(meant, Plateau):
        if library == "lrcourse":
            code, notes = _ours_on_a_plateau(meant)
        else:
            code, notes = plateaus.LIBRARIES[library](meant)
        return _translation(_with(swaps, code), notes, library, None, not any("nearest" in note for note in notes))
    code, given, notes = _ours(plan, meant) if library == "lrcourse" else printed.LIBRARIES[library](meant)
    return _translation(_with(swaps, code), notes, library, given.lr, given == meant)


def _with(swaps: dict[str, str], code: list[str]) -> list[str]:
    text = "\n".join(code)
    for old, new in swaps.items():
        text = re.sub(old, new, text)
    return text.split("\n")


def _translation(
    code: list[str], notes: list[str], library: str, lr: Callable[[int], float] | None, exact: bool
) -> Translation:
    """The lines as one text, with the notes as comments below the imports."""
    imports = max((i for i, line in enumerate(code) if line.startswith(("import ", "from "))), default=-1) + 1
    gap = next((i for i in range(imports, len(code)) if code[i]), imports)
    lines = [*code[:gap], *(f"# {note}" for note in notes), *code[gap:]]
    found = Translation("\n".join(lines))
    found.library, found.lr, found.exact, found.notes = library, lr, exact, notes
    return found


def _ours(plan: Any, meant: Recipe) -> printed.Printed:
    names = sorted(_makers(plan))
    code = ["import torch", "from lrcourse.schedulers import torch_scheduler"]
    code += [f"from lrcourse.schedules import {', '.join(names)}", ""]
    code += [f"optimizer = torch.optim.SGD(model.parameters(), lr={meant.peak!r})"]
    code += [f"scheduler = torch_scheduler(optimizer, {plan!r})"]
    return [*code, "# after every optimizer.step(): scheduler.step()"], meant, []


def _makers(plan: Any) -> set[str]:
    parts = [part for value in plan.arguments.values() for part in (value if isinstance(value, tuple) else (value,))]
    return {plan.maker.__name__}.union(*(_makers(part) for part in parts if hasattr(part, "maker")))


def _ours_on_a_plateau(plan: Plateau) -> plateaus.Printed:
    code = plateaus.torch(plan)[0]
    code[1] = "from lrcourse.schedulers import ReduceLROnPlateau"
    code[2:2] = [""]
    return [line.replace("torch.optim.lr_scheduler.ReduceLROnPlateau", "ReduceLROnPlateau") for line in code], []
