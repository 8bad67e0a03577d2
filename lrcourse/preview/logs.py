"""The LRs that a run has logged, from a list, a CSV or JSON file, or TensorBoard's events."""

import csv
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
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
DECIMAL_COMMA = re.compile(r"\s*([-+]?\d+),(\d+(?:[eE][-+]?\d+)?)\s*")
THOUSANDS = re.compile(r"\s*[1-9]\d{0,2}(,\d{3})+\s*")
RESUMES = 5  # so often a log goes back to an earlier step; one that does so more often is not sorted
STEPS = ("step", "global_step", "trainer/global_step", "_step", "update", "iteration", "iter", "batch", "t", "epoch")


@dataclass(frozen=True)
class Logged:
    """One LR of a log: the step that stands beside it, how finely it was written, and what the step counts.

    counts: "epochs" where the column says so, "done" for the updates that are done, as transformers' trainer counts,
    "parts" of epochs (1.25), which at holds, or "batches": place holds an epoch and a batch in it, and step is a guess.
    """

    step: int
    lr: float
    resolution: float = 0.0
    counts: str = "updates"
    at: float = 0.0
    place: tuple[int, int] = (0, 0)


def read(log: Any, column: str | None = None, group: int = 0) -> tuple[list[Logged], str]:
    """A log's LRs in the order of their steps, and in words what was left out.

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
        found = _rounded(_of_items(log.tolist() if hasattr(log, "tolist") else list(log), group))
    else:
        raise TypeError(f"log must be a sequence of LRs, a dict of step to LR or the path of a file, not {log!r}")
    if not found:
        raise ValueError("log holds no LR")
    kept, words = _told_last(found)
    return sorted(kept, key=lambda entry: entry.step), words


def _told_last(found: list[Logged]) -> tuple[list[Logged], str]:
    """A resumed run's log goes back to an earlier step: what it told last of each step, and that in words."""
    back = [i for i, (a, b) in enumerate(pairwise(found), start=1) if b.step < a.step]
    if not back or len(back) > RESUMES:
        return found, ""
    kept: list[Logged] = []
    for begin, stop in pairwise([0, *back, len(found)]):
        kept = [entry for entry in kept if entry.step < found[begin].step] + found[begin:stop]
    told: dict[int, set[float]] = {}
    for entry in found:
        told.setdefault(entry.step, set()).add(entry.lr)
    if not any(len(lrs) > 1 for lrs in told.values()):
        return found, ""
    first = min(entry.step for entry in found)
    again = [found[i].step for i in back]
    if all(step == first for step in again):
        return kept, f"The log begins again at its step {first}: {len(back) + 1} runs in a file. The last one is read."
    listed = ", ".join(map(str, again))
    return (
        kept,
        f"The log goes back to step {listed}, as after a resume: of a step that it tells twice, the last is read.",
    )


def _rounded(found: list[Logged]) -> list[Logged]:
    """The same, as finely as it was written where somebody has rounded: many different numbers of few digits."""
    texts = [repr(entry.lr) for entry in found]
    few = all(len(text.partition("e")[0].replace(".", "").strip("-0")) <= 7 for text in texts)
    if not few or len(set(texts)) < 20:
        return found
    return [replace(entry, resolution=fine) for entry, fine in zip(found, _resolutions(texts), strict=True)]


def _of_items(items: list[Any], group: int) -> list[Logged]:
    """A list of LRs, of pairs (step, LR), or of the LRs of all groups, as get_last_lr() gives them."""
    sizes = {len(item) if isinstance(item, list | tuple) else 0 for item in items}
    if len(sizes) == 1 and 0 not in sizes and all(isinstance(lr, int | float) for item in items for lr in item):
        size = sizes.pop()
        if size == 1 or any(float(item[0]) != int(item[0]) for item in items if isfinite(item[0])) and group < size:
            turns = sum(not b[0] > a[0] for a, b in pairwise(items))
            if size == 2 and items[0][0] < 1e8 and turns <= len(items) // 10:  # rising, as epochs in parts do
                raise ValueError(
                    f"log[0] = {items[0]!r} may hold a step in parts and an LR, or the LRs of two groups: give rows, "
                    '{"epoch": 0.25, "lr": 0.1}, or the LRs of one group'
                )
            items = [item[min(group, size - 1)] for item in items] if items[0][0] < 1e8 else items
    return [_of_item(i, item) for i, item in enumerate(items)]


def _of_item(i: int, item: Any) -> Logged:
    if isinstance(item, list | tuple):
        if len(item) == 3 and isinstance(item[0], int | float) and item[0] > 1e8:  # TensorBoard's: a time first
            item = item[1:]
        if len(item) != 2:
            raise TypeError(f"log[{i}] must be an LR or a pair (step, LR), not {item!r}")
        return Logged(whole(f"log[{i}][0]", item[0]), real(f"log[{i}][1]", item[1], finite=False))
    return Logged(i, real(f"log[{i}]", item, finite=False))


def _of_file(path: Path, column: str | None, group: int) -> list[Logged]:
    if path.is_dir() or "tfevents" in path.name:
        return _of_events(path, column, group)
    lines = _lines(path)
    if path.suffix in (".json", ".jsonl", ".ndjson") or (lines and _json_lines(lines[:1])):
        data: Any = _json_lines(lines) or json.loads("".join(lines))
        trainer = isinstance(data, dict) and "log_history" in data
        data = data["log_history"] if trainer else data
        if isinstance(data, list) and not any(isinstance(row, dict) for row in data):
            return _of_items(data, group)
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise ValueError(f"{path.name} must hold a list of LRs or of rows")
        return _of_dicts(data, column, group, path, trainer)
    told = [line for line in lines if not line.startswith("#")]
    said = [pairs for pairs in map(_in_words, told) if any(map(LR.search, pairs))]
    said = _from_0([pairs for pairs in said if not pairs.keys().isdisjoint(STEPS)] or said)  # the head has settings
    if said and not (column or _head_of_columns(told[0])):
        return _of_rows(said, column, group, path)
    rows = _cells(lines)
    if not rows:
        raise ValueError(f"{path.name} is empty")
    if all(_number(cell) is not None for cell in rows[0]):  # no names above the columns
        names = ["lr"] if len(rows[0]) == 1 else ["step", "lr", *map(str, range(2, len(rows[0])))]
        if len(rows[0]) == 3 and float(rows[0][0]) > 1e8:  # a time first: TensorBoard's order, or MLflow's
            names = ["time", *(("step", "lr") if all(_integer(row[1]) for row in rows) else ("lr", "step"))]
    else:
        names = [name.strip() for name in rows.pop(0)]
    return _of_rows([dict(zip(names, row, strict=False)) for row in rows], column, group, path)


def _lines(path: Path) -> list[str]:
    """A file's lines, also of one that is packed, or that Excel wrote as Unicode text."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    return text.splitlines(keepends=True)


def _cells(lines: list[str]) -> list[list[str]]:
    """A table's cells: parted by commas, semicolons, tabs, bars or blanks, and with 0.1 for 0,1."""
    told = next((i for i, line in enumerate(lines) if not line.startswith("#")), 0)  # after the comments, if any
    lines = lines[told if told and LR.search(lines[told]) else max(told - 1, 0) :]
    head = lines[0].lstrip("#") if lines else ""
    mark = max(",;\t|", key=head.count)
    if mark in head:
        rows = [[cell.strip() for cell in row] for row in csv.reader([head, *lines[1:]], delimiter=mark)]
        if mark == "|":
            rows = [row[1:-1] if not row[0] and not row[-1] else row for row in rows if set("".join(row)) - set("-: ")]
    elif len(head.split()) > 1 and not re.search("learning rate", head, re.IGNORECASE):
        rows = [line.split() for line in [head, *lines[1:]]]
    else:
        rows = [[line.strip()] for line in [head, *lines[1:]]]
    rows = [row for row in rows if any(row)]
    return [[_plain_number(cell, mark) for cell in row] for row in rows]


def _plain_number(cell: str, mark: str) -> str:
    if mark == "," and THOUSANDS.fullmatch(cell):
        return cell.replace(",", "")
    decimal = DECIMAL_COMMA.fullmatch(cell)
    return f"{decimal[1]}.{decimal[2]}" if decimal else cell


def _integer(text: str) -> bool:
    number = _number(text)
    return number is not None and number == int(number)


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
    texts = [
        {k: v if isinstance(v, str) else str(json.dumps(v, default=str)) for k, v in _flat(row).items()} for row in rows
    ]
    found = _of_rows(texts, column, group, path)
    trainer = trainer or any({"learning_rate", "epoch", "step"} <= set(row) for row in texts)
    return [replace(e, counts="done") if trainer and e.counts == "updates" else e for e in found]


def _flat(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row without rows in it: {"train": {"lr": [0.1, 0.01]}} holds train/lr/0 and train/lr/1."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, list):
            value = dict(enumerate(value))
        inside = _flat(value) if isinstance(value, Mapping) else {}
        flat |= {f"{name}/{key}": each for key, each in inside.items()} if inside else {str(name): value}
    return flat


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
    inside = re.search(r"\[\s*(\d+)\s*/\s*(\d+)\b[^\]]*\]", line)  # as torchvision, timm and MMEngine print it
    if inside:
        before = re.search(r"epoch\s*\(\w+\)\s*\[(\d+)\]", line, re.IGNORECASE)
        epoch = int(before[1] if before else pairs.get("epoch", pairs.get("train", "0")).partition(".")[0])
        pairs["iter"] = str(epoch * int(inside[2]) + int(inside[1]))
        pairs |= {"epoch of": str(epoch), "batch": inside[1], "batches": inside[2]}
    return pairs


def _from_0(said: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same with updates that are counted from 0, where the lines count epochs from 1, or batches: [20/20]."""
    inside = [pairs for pairs in said if "batches" in pairs]
    if not inside or len(inside) < len(said):
        return said
    epoch = min(1, *(int(pairs["epoch of"]) for pairs in inside))
    batch = int(any(pairs["batch"] == pairs["batches"] for pairs in inside))
    return [{**p, "iter": str(int(p["iter"]) - epoch * int(p["batches"]) - batch)} for p in said]


def _of_rows(rows: list[dict[str, str]], column: str | None, group: int, path: Path) -> list[Logged]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    rows, names = _parted(rows, names)
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
    parts = [_number(at) or 0.0 for _, at in kept]
    if counts == "epochs" and len(set(map(int, parts))) < len(kept):  # several rows an epoch
        counts = "parts" if len(set(parts)) == len(kept) else "updates"
        kept = [(text, "") for text, _ in kept]
    found: list[Logged] = []
    for (text, at), resolution, part in zip(kept, resolutions, parts, strict=True):
        step = _whole(at)
        found.append(Logged(len(found) if step is None else step, float(text), resolution, counts, part))
    places = _batches([row for row in rows if _number(row.get(wanted, "")) is not None], names, wanted, steps)
    most = 2 * max((batch for _, batch in places), default=0) + 1  # at most so long is an epoch
    told = zip(found, places, strict=True) if places else []
    return [replace(e, step=at[0] * most + at[1], counts="batches", place=at) for e, at in told] or found


def _parted(rows: list[dict[str, str]], names: list[str]) -> tuple[list[dict[str, str]], list[str]]:
    """The same with the LRs of all groups in columns of their own, where a cell holds a printed list: [0.1, 0.01]."""
    listed = [name for name in names if LR.search(name) and any(row.get(name, "")[:1] == "[" for row in rows)]
    for name in listed:
        for row in rows:
            lrs = [lr.strip() for lr in row.pop(name, "").strip(" []").split(",")]
            row |= {f"{name}/{i}" if len(lrs) > 1 else name: lr for i, lr in enumerate(lrs)}
    return rows, list(dict.fromkeys(name for row in rows for name in row)) if listed else names


def _batches(rows: list[dict[str, str]], names: list[str], wanted: str, steps: str | None) -> list[tuple[int, int]]:
    """Of every row its epoch and the batch in it; none where they are no such pairs, or the log tells the step."""
    inner = next((name for name in names if name.lower() in ("batch", "iter", "iteration", "batch_idx", "step")), None)
    outer = next((name for name in names if name.lower() == "epoch"), None)
    if not outer or not inner or wanted in (outer, inner) or steps not in (inner, outer):
        return []
    places = [(_whole(row.get(outer, "")), _whole(row.get(inner, ""))) for row in rows]
    known = [(epoch, batch) for epoch, batch in places if epoch is not None and batch is not None]
    batches, epochs = ({place[i] for place in known} for i in (1, 0))
    if len(known) < len(places) or len(batches) < 2 or len(epochs) < 2:
        return []
    return [] if len(batches) == len(set(known)) else known  # else the batches run on from epoch to epoch


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
    if len({re.sub(r"\d+", "", name) for name in lrs}) == 1:  # pg10 comes after pg2
        lrs.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
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
