"""Data sets come whole or with one clear error; torchvision and scikit-learn say what they should hold."""

import gzip
import hashlib
import os
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows
from sklearn.datasets import load_digits

from lrcourse import data


def test_digits_are_scikit_learns_each_in_one_part():
    digits = data.load("digits")
    x = torch.cat([digits.x_train, digits.x_val, digits.x_test])
    y = torch.cat([digits.y_train, digits.y_val, digits.y_test])
    ours = sorted(zip((x * 16).int().tolist(), y.tolist(), strict=True))
    theirs = load_digits()
    assert ours == sorted(zip(theirs.data.astype(int).tolist(), theirs.target.tolist(), strict=True))
    assert (len(digits.x_train), len(digits.x_val), len(digits.x_test)) == (1077, 360, 360)
    assert x.dtype == torch.float32 and y.dtype == torch.int64 and x.min() == 0 and x.max() == 1
    assert len(digits.classes) == 10


def test_the_seed_chooses_the_split_and_train_size_takes_the_first():
    digits = data.load("digits")
    assert torch.equal(digits.x_train, data.load("digits", seed=0).x_train)
    assert not torch.equal(digits.x_train, data.load("digits", seed=1).x_train)
    small = data.load("digits", train_size=100, val_size=50)
    assert torch.equal(small.x_train, digits.x_train[:100])
    assert torch.equal(small.x_val, digits.x_val[-50:]) and torch.equal(small.x_test, digits.x_test)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "minst"}, "'digits', 'mnist', 'fashion_mnist', 'kmnist', not 'minst'"),
        ({"train_size": 0}, "train_size must be a whole number of at least 1, not 0"),
        ({"train_size": 1078}, "at most 1437 for digits, not 1078 \\+ 360"),
        ({"val_size": 1437}, "at most 1437 for digits"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.load(**arguments)


# A toy MNIST on a local server stands in for the real one.


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server with a toy MNIST of 40 and 20 images; server.broken maps a path to a way of answering badly."""
    from torchvision.datasets import MNIST

    rng = np.random.default_rng(0)
    files, resources = {}, []
    for part, n in [("train", 40), ("t10k", 20)]:
        for kind, magic, shape, top in [("images-idx3", 2051, (n, 28, 28), 256), ("labels-idx1", 2049, (n,), 10)]:
            header = np.array([magic, *shape], dtype=">u4").tobytes()
            packed = gzip.compress(header + rng.integers(0, top, shape, dtype=np.uint8).tobytes())
            files[f"/{part}-{kind}-ubyte.gz"] = packed
            resources.append((f"{part}-{kind}-ubyte.gz", hashlib.md5(packed).hexdigest()))
    handler = type("Handler", (_Handler,), {"files": files, "broken": {}, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{http.server_port}/"])
        monkeypatch.setattr(MNIST, "resources", resources)
        monkeypatch.setattr(data, "PARTS", {"train": 40, "t10k": 20})
        monkeypatch.setenv("LRCOURSE_DATA", str(tmp_path))
        yield handler
        http.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.asked.append(self.path)
        content, how = self.files[self.path], self.broken.get(self.path)
        if how == "absent":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        body = {"truncated": content[:-100], "wrong": b"<html>Please log in".ljust(len(content))}.get(how, content)
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def load_toy():
    return data.load("mnist", val_size=10)


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_an_absent_data_set_is_downloaded_once(server, tmp_path):
    first = load_toy()
    assert first.x_train.shape == (30, 784) and len(server.asked) == 4
    assert torch.equal(load_toy().x_train, first.x_train) and len(server.asked) == 4
    from torchvision.datasets import MNIST

    assert torch.equal(MNIST(tmp_path / "mnist", train=True).targets[:30], first.y_train)


@pytest.mark.parametrize("how", ["absent", "truncated", "wrong"])
def test_a_failed_download_leaves_nothing_half(server, tmp_path, how):
    server.broken["/t10k-images-idx3-ubyte.gz"] = how
    with pytest.raises(data.DataError) as error:
        load_toy()
    assert str(tmp_path / "mnist") in str(error.value) and 'load("digits")' in str(error.value)
    assert files_in(tmp_path) == ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]
    server.broken.clear()
    load_toy()
    assert len(files_in(tmp_path)) == 4


def test_an_interrupted_download_leaves_nothing(server, tmp_path, monkeypatch):
    def interrupted(source, target):
        target.write(source.read(1000))
        raise KeyboardInterrupt

    monkeypatch.setattr(data.shutil, "copyfileobj", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_toy()
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[:-1], "is not whole: it has 31375 of 31376 bytes"),
        (lambda content: b"", "is not the right file"),
        (lambda content: b"<html>" + content[6:], "is not the right file"),
    ],
)
def test_a_damaged_file_is_named(server, tmp_path, damage, message):
    load_toy()
    path = tmp_path / "mnist/MNIST/raw/train-images-idx3-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(data.DataError, match=f"train-images-idx3-ubyte {message}") as error:
        load_toy()
    assert str(tmp_path / "mnist") in str(error.value) and 'load("digits")' in str(error.value)


def test_labels_out_of_range_are_the_wrong_file(server, tmp_path):
    load_toy()
    path = tmp_path / "mnist/MNIST/raw/train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x0a")
    with pytest.raises(data.DataError, match="train-labels-idx1-ubyte is not the right file: it has a label of 10"):
        load_toy()


def test_a_folder_that_cannot_be_written_is_named(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LRCOURSE_DATA", str(tmp_path / "file"))
    with pytest.raises(data.DataError, match="mnist cannot be had from .*file.mnist"):
        load_toy()


def test_the_variable_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LRCOURSE_DATA", str(tmp_path / "mine"))
    assert data.data_folder() == tmp_path / "mine"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LRCOURSE_DATA", "~/mine")
    assert data.data_folder() == tmp_path / "mine"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LRCOURSE_DATA", "mine")
    assert data.data_folder() == tmp_path / "mine"


@pytest.mark.parametrize("variable", [None, ""])
def test_without_a_setting_the_files_go_to_the_users_cache(monkeypatch, tmp_path, variable):
    monkeypatch.delenv("LRCOURSE_DATA", raising=False)
    if variable is not None:
        monkeypatch.setenv("LRCOURSE_DATA", variable)
    asked = []
    monkeypatch.setattr(
        data.platformdirs, "user_cache_path", lambda *names, **more: asked.append((names, more)) or tmp_path
    )
    assert data.data_folder() == tmp_path
    # the folders where version 0.1.0 kept the files, on every system
    ((name,), more) = asked[0]
    for system, folder in [
        (Unix, tmp_path / "cache" / "lrcourse"),
        (MacOS, tmp_path / "home" / "Library" / "Caches" / "lrcourse"),
        (Windows, tmp_path / "local" / "lrcourse"),
    ]:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setattr("platformdirs.windows.get_win_folder", lambda folder: str(tmp_path / "local"))
        if system is MacOS:
            monkeypatch.delenv("XDG_CACHE_HOME")
        assert Path(system(name, **more).user_cache_dir) == folder


def test_pixels_are_what_the_files_bytes_say(tmp_path, monkeypatch):
    """Every byte from 0 to 255, in files written here by the format's description (LeCun et al., 1998)."""
    monkeypatch.setattr(data, "PARTS", {"train": 12, "t10k": 4})
    monkeypatch.setenv("LRCOURSE_DATA", str(tmp_path))
    raw = tmp_path / "kmnist" / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for part, n in data.PARTS.items():
        pixels = bytes(i % 256 for i in range(n * 784))
        (raw / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, n, 28, 28) + pixels)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, n) + bytes(i % 10 for i in range(n)))
    monkeypatch.setattr(data, "urlopen", None)  # nothing is to be fetched
    kana = data.load("kmnist", val_size=5)
    assert kana.x_train[0, :256].tolist() == pytest.approx([i / 255 for i in range(256)], rel=1e-7)
    assert kana.x_train.max() == 1 and kana.x_train.dtype == torch.float32 and kana.y_train.dtype == torch.int64
    first = [row[0].item() * 255 for row in (*kana.x_train, *kana.x_val)]
    assert first == pytest.approx([i * 784 % 256 for i in range(12)], abs=1e-4)
    assert (len(kana.x_train), len(kana.x_val), len(kana.x_test)) == (7, 5, 4)
    assert kana.y_train.tolist() == [0, 1, 2, 3, 4, 5, 6] and kana.y_val.tolist() == [7, 8, 9, 0, 1]
    assert kana.y_test.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [{"train_size": 1}, {"train_size": 1077}, {"val_size": 1}, {"val_size": 1436}])
def test_the_edges_of_the_sizes_are_within(size):
    digits = data.load("digits", **size)
    expected = {"train_size": 1437 - size.get("val_size", 360), "val_size": 360} | size
    assert (len(digits.x_train), len(digits.x_val)) == (expected["train_size"], expected["val_size"])
    assert len(digits.y_train) == len(digits.x_train) and len(digits.y_val) == len(digits.x_val)
    whole = data.load("digits")
    assert torch.equal(digits.x_val[-1], whole.x_val[-1]) and torch.equal(digits.x_train[0], whole.x_train[0])


def test_what_is_there_is_not_fetched_or_written_again(server, tmp_path):
    load_toy()
    raw = tmp_path / "mnist" / "MNIST" / "raw"
    (raw / "t10k-labels-idx1-ubyte").unlink()
    before = {path.name: path.stat().st_ino for path in raw.iterdir()}
    server.asked.clear()
    load_toy()
    assert server.asked == ["/t10k-labels-idx1-ubyte.gz"]
    assert {name: (raw / name).stat().st_ino for name in before} == before


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist"])
def test_every_set_is_torchvisions_from_the_same_files(name):
    folder = Path(os.environ.get("LRCOURSE_DATA", "nowhere")) / name
    if not folder.exists():
        pytest.skip(f"LRCOURSE_DATA has no {name} folder")
    import torchvision

    ours = data.load(name, train_size=500, val_size=300)
    theirs, tests = (
        getattr(torchvision.datasets, data.TORCHVISION[name])(folder, train=train) for train in (True, False)
    )
    assert [len(data.load(name).x_train), len(data.load(name).x_val)] == [50_000, 10_000]
    for x, y, images, labels in [
        (ours.x_train, ours.y_train, theirs.data[:500], theirs.targets[:500]),
        (ours.x_val, ours.y_val, theirs.data[-300:], theirs.targets[-300:]),
        (ours.x_test, ours.y_test, tests.data, tests.targets),
    ]:
        assert torch.equal((x * 255).round().to(torch.uint8).reshape(images.shape), images) and torch.equal(y, labels)
        assert torch.equal(x, images.reshape(len(images), -1) / 255)
