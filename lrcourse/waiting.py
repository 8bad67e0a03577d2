"""One progress bar for everything that takes a while; it shows only where somebody can watch it."""

import sys

from tqdm.auto import tqdm


def bar(total, desc, unit, *, show=True, **kwargs):
    """A tqdm bar that vanishes when done and leaves no trace in a stored notebook or a log file.

    >>> with bar(3, "training", "step") as progress:
    ...     progress.update(3)
    """
    return tqdm(total=total, desc=desc, unit=unit, disable=not (show and watched()), leave=False, delay=0.5, **kwargs)


def watched():
    """Whether a person sees this process at work: a terminal, or a notebook that is open in a front end.

    A machine that runs a notebook (nbclient, nbval) tells the kernel that nobody can answer questions; JupyterLab
    and its like tell it that somebody can.

    >>> watched()
    False
    """
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython and ipython.get_ipython(), "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stderr is not None and sys.stderr.isatty()
