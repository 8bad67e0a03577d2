"""Evidence: fair comparisons, intervals, and the ledger of what the course claims."""

from importlib import import_module

_HOME = {
    "claim": "claims",
    "compare": "comparison",
    "named_schedules": "comparison",
    "learning_figure": "figures",
    "lr_figure": "figures",
    "rank_figure": "figures",
    "mean_interval": "intervals",
}


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
