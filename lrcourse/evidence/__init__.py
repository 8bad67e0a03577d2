"""Evidence: fair comparisons, intervals, and the ledger of what the course claims."""

from importlib import import_module
from typing import Any

_HOME = {
    "ask": "asking",
    "claim": "claims",
    "compare": "comparison",
    "named_schedules": "comparison",
    "fact": "rows",
    "learning_figure": "figures",
    "lr_figure": "figures",
    "racing": "trials",
    "rank_figure": "figures",
    "mean_interval": "intervals",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
