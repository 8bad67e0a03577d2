"""The LRs that a run has logged, from a list, a CSV or JSON file, or TensorBoard's events."""

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from lrcourse.arguments import real, whole

LR = re.compile(r"(?<![a-z])(lr|learning[ _-]?rate)(?![a-z])", re.IGNORECASE)
OTHER = re.compile(  # what stands beside an LR and is none
    r"(min|max|base|init|initial|end|final|peak|warmup)[ _-]?(lr|learning[ _-]?rate)(?![a-z])"
    r"|(?<![a-z])(lr|learning[ _-]?rate)[ _-]?(decay|mult|multiplier|scale|factor|ratio|gamma|scheduler)(?![a-z])",
    re.IGNORECASE,
)
PAIR = re.compile(  # lr: 3e-4, iter 50, 'lr': 0.1
    r"([A-Za-z][\w/]*)[\"']?\s*[:= ]\s*\[?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
)
STEPS = ("step", "global_step", "trainer/global_step", "_step", "update", "iteration", "iter", "batch", "t", "epoch")


@dataclass(frozen=True)
class Logged:
    """One LR of a log: the step that stands beside it, how finely it was written, and what the step counts.

    counts: "epochs" where the column says so, "done" for the updates that are done, as transformers' trainer counts.
    """

    step: int
    lr: float
    resolution: float = 0.0
    counts: str = "updates"


def read(log: Any, column: str | None = None, group: int = 0) -> list[Logged]:
    """A log's LRs in the order of their steps.

    log: a sequence of LRs, of pairs (step, LR) or of rows (dicts, a DataFrame), a dict {step: LR}, or the path of a
    file: lines of text that name the LR ("iter 50: loss 2.31, lr 3.0e-04"), CSV (also what TensorBoard
    and W&B export, and Lightning's metrics.csv; parted by commas, semicolons or tabs), JSON (also transformers'
    trainer_state.json), a JSON object a line (.jsonl), or TensorBoard's events.
    column: the LR's name in a file that has several. group: which of several LR columns, else.

    Raises TypeError for what is no log, ValueError for one without LRs, FileNotFoundError for a missing file.
    """
    if hasattr(log, "columns") and hasattr(log, "to_dict"):  # pandas
        log = log.to_dict("records")
    if isinstance(log, list) and log and all(isinstance(row, Mapping) for row in log):
        found = _of_dicts(log, column, group, Path("log"))
    elif isinstance(log, str | Path):
        found = _of_file(Path(log).expanduser(), column, group)
    elif isinstance(log, Mapping):
        found = [Logged(whole("log's step", step), real(f"log[{step}]", lr, finite=False)) for step, lr in log.items()]
    elif isinstance(log, Iterable):
        found = _rounded([_of_item(i, item) for i, item in enumerate(log.tolist() if hasattr(log, "tolist") else log)])
    else:
        raise TypeError(f"log must be a sequence of LRs, a dict of step to LR or the path of a file, not {log!r}")
    if not found:
        raise ValueError("log holds no LR")
    return sorted(found, key=lambda entry: entry.step)


def _rounded(found: list[Logged]) -> list[Logged]:
    """The same, as finely as it was written where somebody has rounded: many different numbers of few digits."""
    texts = [repr(entry.lr) for entry in found]
    few = all(len(text.partition("e")[0].replace(".", "").strip("-0")) <= 7 for text in texts)
    if not few or len(set(texts)) < 20:
        return found
    return [replace(entry, resolution=fine) for entry, fine in zip(found, _resolutions(texts), strict=True)]


def _of_item(i: int, item: Any) -> Logged:
    if isinstance(item, list | tuple):
        if len(item) != 2:
            raise TypeError(f"log[{i}] must be an LR or a pair (step, LR), not {item!r}")
        return Logged(whole(f"log[{i}][0]", item[0]), real(f"log[{i}][1]", item[1], finite=False))
    return Logged(i, real(f"log[{i}]", item, finite=False))


def _of_file(path: Path, column: str | None, group: int) -> list[Logged]:
    if path.is_dir() or "tfevents" in path.name:
        return _of_events(path, column, group)
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = file.readlines()
    if path.suffix in (".json", ".jsonl", ".ndjson") or (lines and _json_lines(lines[:1])):
        data: Any = _json_lines(lines) or json.loads("".join(lines))
        trainer = isinstance(data, dict) and "log_history" in data
        data = data["log_history"] if trainer else data
        if isinstance(data, list) and not any(isinstance(row, dict) for row in data):
            return [_of_item(i, item) for i, item in enumerate(data)]
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise ValueError(f"{path.name} must hold a list of LRs or of rows")
        return _of_dicts(data, column, group, path, trainer)
    said = [pairs for pairs in map(_in_words, lines) if any(map(LR.search, pairs))]
    said = [pairs for pairs in said if not pairs.keys().isdisjoint(STEPS)] or said  # the head may tell the settings
    if said and not (column or _head_of_columns(lines[0])):
        return _of_rows(said, column, group, path)
    mark = max(",;\t", key=lines[0].count) if lines else ","
    rows = [row for row in csv.reader(lines, delimiter=mark) if any(cell.strip() for cell in row)]
    if not rows:
        raise ValueError(f"{path.name} is empty")
    if mark == ";":  # as spreadsheets write where 0.1 is 0,1
        rows = [rows[0], *([cell.replace(",", ".") for cell in row] for row in rows[1:])]
    if all(_number(cell) is not None for cell in rows[0]):  # no names above the columns
        names = ["lr"] if len(rows[0]) == 1 else ["step", "lr", *map(str, range(2, len(rows[0])))]
    else:
        names = [name.strip() for name in rows.pop(0)]
    return _of_rows([dict(zip(names, row, strict=False)) for row in rows], column, group, path)


def _json_lines(lines: list[str]) -> list[dict[str, Any]]:
    """The objects of a file that holds one a line; none where it is another file."""
    try:
        rows = [json.loads(line) for line in lines if line.strip()]
    except ValueError:
        return []
    whole_file = len(rows) == 1 and (not isinstance(rows[0], dict) or "log_history" in rows[0])
    return [] if whole_file else rows


def _of_dicts(
    rows: Iterable[Mapping[Any, Any]], column: str | None, group: int, path: Path, trainer: bool = False
) -> list[Logged]:
    """The LRs of rows of names and values; those of transformers' trainer, which has three names of its own."""
    texts = [{str(k): v if isinstance(v, str) else str(json.dumps(v, default=str)) for k, v in r.items()} for r in rows]
    found = _of_rows(texts, column, group, path)
    trainer = trainer or any({"learning_rate", "epoch", "step"} <= set(row) for row in texts)
    return [replace(entry, counts="done") for entry in found] if trainer else found


def _head_of_columns(line: str) -> bool:
    """Whether a file's first line names columns, and holds no number itself."""
    return not re.search(r"\d\.\d", line) and any(map(LR.search, re.split("[,;\t]", line)))


def _in_words(line: str) -> dict[str, str]:
    """The names and numbers of a line of text.

    >>> _in_words("iter 50: loss 2.3100, lr 3.0e-04, time 12.3ms")
    {'iter': '50', 'loss': '2.3100', 'lr': '3.0e-04', 'time': '12.3'}
    >>> _in_words("Epoch: [2]  [ 50/100]  eta: 0:01:00  lr: 0.000049")["iter"]
    '250'
    """
    line = re.sub(r"learning[ -]rate", "learning_rate", line, flags=re.IGNORECASE)
    pairs = {name.lower(): number for name, number in PAIR.findall(line)}
    inside = re.search(r"\[\s*(\d+)\s*/\s*(\d+)\s*\]", line)  # as torchvision and timm print it
    if inside:
        epoch = int(pairs.get("epoch", "0").partition(".")[0])
        pairs["iter"] = str(epoch * int(inside[2]) + int(inside[1]))
    return pairs


def _of_rows(rows: list[dict[str, str]], column: str | None, group: int, path: Path) -> list[Logged]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    wanted = _lr_column(names, column, group, path)
    steps = next(
        (
            name
            for step in STEPS
            for name in names
            if step in (name.lower(), name.lower().rpartition("/")[2]) and name != wanted
        ),
        None,
    )
    kept = [(row[wanted], row.get(steps or "", "")) for row in rows if _number(row.get(wanted, "")) is not None]
    resolutions = _resolutions([text for text, _ in kept])
    counts = "epochs" if steps and steps.lower() == "epoch" else "updates"
    if counts == "epochs" and len({_whole(at) for _, at in kept}) < len(kept):  # several rows an epoch
        kept, counts = [(text, "") for text, _ in kept], "updates"
    found: list[Logged] = []
    for (text, at), resolution in zip(kept, resolutions, strict=True):
        step = _whole(at)
        found.append(Logged(len(found) if step is None else step, float(text), resolution, counts))
    return found


def _whole(text: str) -> int | None:
    number = _number(text)
    return None if number is None or not isfinite(number) else int(number)


def _lr_column(names: list[str], column: str | None, group: int, path: Path) -> str:
    if column is not None:
        if column not in names:
            raise ValueError(f"column must be one of {path.name}'s ({', '.join(names)}), not {column!r}")
        return column
    lrs = [name for name in names if LR.search(name) and not name.endswith(("__MIN", "__MAX"))]
    lrs = [name for name in lrs if not OTHER.search(name)] or lrs
    lrs = lrs or [name for name in names if name.lower() == "value"]  # TensorBoard's export of one chart
    if group >= len(lrs):
        some = f"{len(lrs)} column{'s' * (len(lrs) != 1)} with an LR" if lrs else "no column with an LR"
        raise ValueError(f"{path.name} has {some} among {', '.join(names)}: say column=")
    return lrs[group]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _resolutions(texts: list[str]) -> list[float]:
    """How finely each number of a column is written: to so many decimals or to so many digits, whichever is coarser.

    >>> _resolutions(["0.1", "0.0795", "0.005"]), _resolutions(["9.5e-05", "1.234e-04"])
    ([0.001, 0.0001, 0.0001], [1e-07, 1e-07])
    """
    numbers = [Decimal(text.strip()) for text in texts if Decimal(text.strip()).is_finite()]
    decimals = max((-int(number.as_tuple().exponent) for number in numbers), default=0)
    digits = max((len(number.as_tuple().digits) for number in numbers), default=1)
    if len({number.as_tuple().digits for number in numbers}) == 1 == digits:
        return [0.0] * len(texts)  # 0.1 throughout, or 0.1, 0.01, 0.001: nobody has rounded
    coarser = [
        (number.adjusted() - digits + 1 if number else -decimals) for number in map(Decimal, map(str.strip, texts))
    ]
    return [float(f"1e{max(-decimals, exponent)}") for exponent in coarser]


def _of_events(path: Path, column: str | None, group: int) -> list[Logged]:
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError as error:
        told = f"{path.name} holds TensorBoard's events"
        raise ValueError(f"{told}: install tensorboard, or export the LR as CSV") from error
    events = EventAccumulator(str(path), size_guidance={"scalars": 0}).Reload()
    wanted = _lr_column(list(events.Tags()["scalars"]), column, group, path)
    return [Logged(event.step, event.value, 1e-7 * abs(event.value)) for event in events.Scalars(wanted)]
