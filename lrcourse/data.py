"""Small image sets as tensors in memory, with a fixed split: the digits need no download, the MNIST family does."""

import gzip
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import platformdirs
import torch

from lrcourse.arguments import choice, whole
from lrcourse.waiting import bar

DIGITS = [str(i) for i in range(10)]
CLOTHES = ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
KANA = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
CLASSES = {"digits": DIGITS, "mnist": DIGITS, "fashion_mnist": CLOTHES, "kmnist": KANA}
TORCHVISION = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST"}  # its classes and its folders
PARTS = {"train": 60_000, "t10k": 10_000}
Parts = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]  # x, y, x_test, y_test


class DataError(RuntimeError):
    """A data set that cannot be had: the message names the folder, the reason and the choice without a network."""


@dataclass(frozen=True)
class Dataset:
    """Flattened images in [0, 1], float32 of shape (n, features), and their classes, int64 of shape (n,).

    >>> load("digits").x_train.shape
    torch.Size([1077, 64])
    """

    name: str
    classes: list[str]
    x_train: torch.Tensor
    y_train: torch.Tensor
    x_val: torch.Tensor
    y_val: torch.Tensor
    x_test: torch.Tensor
    y_test: torch.Tensor

    def __repr__(self) -> str:
        sizes = f"{len(self.x_train)} training, {len(self.x_val)} validation, {len(self.x_test)} test images"
        return f"{self.name}: {sizes} of {self.x_train.shape[1]} pixels, {len(self.classes)} classes"


def load(name: str = "digits", train_size: int | None = None, val_size: int | None = None, seed: int = 0) -> Dataset:
    """A data set by name: 'digits' (embedded), 'mnist', 'fashion_mnist' or 'kmnist' (downloaded when absent).

    The digits are shuffled by the seed, then the last 360 are the test part and the 360 before them (or val_size) the
    validation part. The MNIST family keeps its order and its own test part; the last 10,000 training images (or
    val_size) are the validation part. train_size takes the first so many of the rest. Files are kept in the folder
    LRCOURSE_DATA, or else in the user's cache folder. Raises ValueError for a size that does not fit or a seed that is
    not from 0 to 2**32 - 1, DataError when the files cannot be had. Alpaydin & Kaynak, 1998 (UCI digits); LeCun et al.,
    1998 (MNIST); Xiao et al., 2017 (arXiv:1708.07747); Clanuwat et al., 2018 (arXiv:1812.01718).

    >>> load("digits", train_size=500)
    digits: 500 training, 360 validation, 360 test images of 64 pixels, 10 classes
    """
    choice("name", name, list(CLASSES))
    seed = whole("seed", seed, at_least=0, at_most=2**32 - 1)
    x, y, x_test, y_test = _digits(seed) if name == "digits" else _mnist(name)
    val_size = (360 if name == "digits" else 10_000) if val_size is None else whole("val_size", val_size, at_least=1)
    room = len(x) - val_size
    train_size = room if train_size is None else whole("train_size", train_size, at_least=1)
    if not 1 <= train_size <= room:
        raise ValueError(
            f"train_size + val_size must be at most {len(x)} for {name}, not {max(train_size, 1)} + {val_size}"
        )
    return Dataset(name, CLASSES[name], x[:train_size], y[:train_size], x[room:], y[room:], x_test, y_test)


def _digits(seed: int) -> Parts:
    images, labels = _all_digits()
    order = np.random.RandomState(seed).permutation(len(labels))  # its stream never changes between versions
    x, y = torch.from_numpy(images[order]), torch.from_numpy(labels[order])
    return x[:-360], y[:-360], x[-360:], y[-360:]


@cache
def _all_digits() -> tuple[Any, Any]:
    """Read once: a claim loads a split for every seed."""
    from sklearn.datasets import load_digits  # here: it takes a second that the MNIST family need not wait for

    digits = load_digits()
    return (digits.data / 16).astype("float32"), digits.target.astype("int64")


def _mnist(name: str) -> Parts:
    """torchvision's layout of files, so that what it downloaded once serves here too, and the other way round."""
    folder = data_folder() / name
    raw = folder / TORCHVISION[name] / "raw"
    try:
        if not all(
            (raw / f"{part}-{kind}-ubyte").exists() for part in PARTS for kind in ["images-idx3", "labels-idx1"]
        ):
            _download(name, folder, raw)
        x, x_test = [_images(raw / f"{part}-images-idx3-ubyte", n) for part, n in PARTS.items()]
        y, y_test = [_labels(raw / f"{part}-labels-idx1-ubyte", n) for part, n in PARTS.items()]
    except (OSError, HTTPException, EOFError, ValueError) as error:
        raise DataError(
            f"{name} cannot be had from {folder}: {error}. Put its files there, set LRCOURSE_DATA to a folder that "
            f'has them in {name}/, or use load("digits"), which needs no file and no network.'
        ) from error
    return x, y, x_test, y_test


def data_folder() -> Path:
    """Where downloaded data sets live: LRCOURSE_DATA if that is set, or else the user's cache folder.

    >>> data_folder().is_absolute()
    True
    """
    if os.environ.get("LRCOURSE_DATA"):
        return Path(os.environ["LRCOURSE_DATA"]).expanduser().absolute()
    return platformdirs.user_cache_path("lrcourse", appauthor=False, opinion=False).absolute()


def _download(name: str, folder: Path, raw: Path) -> None:
    """The files that are absent, from torchvision's addresses; each appears in the folder raw whole or not at all."""
    from torchvision import datasets  # here: it takes seconds that nobody with the files at hand need wait for

    source = getattr(datasets, TORCHVISION[name])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        for file, md5 in source.resources:
            target = raw / file.removesuffix(".gz")
            if not target.exists():
                unpacked = _unpacked([mirror + file for mirror in source.mirrors], md5, Path(temporary))
                raw.mkdir(parents=True, exist_ok=True)
                os.replace(unpacked, target)


def _unpacked(urls: list[str], md5: str, temporary: Path) -> Path:
    packed, unpacked = temporary / "packed", temporary / "unpacked"
    reasons = []
    for url in urls:
        try:
            _fetch(url, packed)
            if hashlib.md5(packed.read_bytes(), usedforsecurity=False).hexdigest() != md5:
                raise ValueError("what came is not the file that was asked for (wrong checksum)")
            with gzip.open(packed) as source, unpacked.open("wb") as file:
                shutil.copyfileobj(source, file)
            return unpacked
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"{url}: {error}")
    raise OSError("the download failed (" + "; ".join(reasons) + ")")


def _fetch(url: str, path: Path) -> None:
    with urlopen(Request(url, headers={"User-Agent": "lrcourse"}), timeout=30) as response, path.open("wb") as file:
        name = url.rsplit("/", 1)[-1]
        with bar(response.length, name, "B", unit_scale=True) as progress:
            while chunk := response.read(1 << 16):
                file.write(chunk)
                progress.update(len(chunk))


def _images(path: Path, n: int) -> torch.Tensor:
    return torch.from_numpy(_read(path, magic=2051, shape=(n, 28, 28)).reshape(n, -1).astype("float32") / 255)


def _labels(path: Path, n: int) -> torch.Tensor:
    labels = _read(path, magic=2049, shape=(n,))
    if labels.max() > 9:
        raise ValueError(f"{path.name} is not the right file: it has a label of {labels.max()}; delete it")
    return torch.from_numpy(labels.astype("int64"))


def _read(path: Path, magic: int, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A file in MNIST's own format: a magic number and the shape as big-endian words, then one byte a value."""
    content = path.read_bytes()
    header = np.array([magic, *shape], dtype=">u4").tobytes()
    if not content.startswith(header):
        raise ValueError(f"{path.name} is not the right file: it does not begin as it should; delete it")
    whole_size = len(header) + int(np.prod(shape))
    if len(content) != whole_size:
        raise ValueError(f"{path.name} is not whole: it has {len(content)} of {whole_size} bytes; delete it")
    return np.frombuffer(content, dtype=np.uint8, offset=len(header)).reshape(shape)
