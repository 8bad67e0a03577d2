"""Which build of PyTorch a start takes, by the card and by what is in reach; against an index on this machine."""

import subprocess
import sys
import time

import pytest

from lrcourse.workshop import environment, installing

PINS = "tiny==1.0\ntorch==9.9.0\ntorchvision==9.8.0\nnvidia-core==1.0\ntriton==1.0\n"


@pytest.fixture
def shelves(index, copy, monkeypatch):
    """The two indexes' builds of torch, and the copy as the folder in which this process starts, on Linux."""
    index.add("torch", "9.9.0", needs=["nvidia-core==1.0", "triton==1.0"])
    index.add("torchvision", "9.8.0", needs=["torch"])
    index.add("nvidia-core", "1.0")
    index.add("triton", "1.0")
    index.add("torch", "9.9.0+cpu", place="whl/cpu")
    index.add("torchvision", "9.8.0+cpu", needs=["torch"], place="whl/cpu")
    (copy / "requirements.txt").write_text(PINS)
    for name, place in {"ROOT": ".", "VENV": ".venv", "STAMP": ".venv/lrcourse-stamp", "LOCK": ".venv.lock"}.items():
        monkeypatch.setattr(environment, name, copy / place)
    monkeypatch.setattr(environment, "REQUIREMENTS", copy / "requirements.txt")
    monkeypatch.setattr(installing.sys, "platform", "linux")
    monkeypatch.setattr(installing, "has_card", lambda: False)
    monkeypatch.delenv("LRCOURSE_PYTHON", raising=False)
    return index


def installed():
    shown = subprocess.check_output([sys.executable, "-m", "uv", "pip", "freeze", "--python", environment._python()])
    return {line for line in shown.decode().splitlines() if not line.startswith(("uv==", "pip==", "setuptools=="))}


CPU = {"tiny==1.0", "torch==9.9.0+cpu", "torchvision==9.8.0+cpu"}
PLAIN = {"tiny==1.0", "torch==9.9.0", "torchvision==9.8.0", "nvidia-core==1.0"}


def test_no_card_and_pytorchs_index_in_reach(shelves, capfd):
    environment.ensure()
    assert installed() == CPU and environment.is_fresh()
    assert "No NVIDIA card: taking PyTorch's build for the processor (UV_TORCH_BACKEND=" in capfd.readouterr().out


@pytest.mark.parametrize("how", ["refused", "silent", "without these versions"])
def test_no_card_and_pytorchs_index_out_of_reach(shelves, capfd, monkeypatch, how):
    shelves.out_of_reach = how if how != "without these versions" else None
    shelves.wheels = {key: wheel for key, wheel in shelves.wheels.items() if key[0] != "whl/cpu"}
    probed = []
    reaches = installing.Installer._reaches_pytorch

    def timed(self, pins, environ):
        started = time.monotonic()
        answer = reaches(self, pins, environ)
        probed.append(time.monotonic() - started)
        return answer

    monkeypatch.setattr(installing.Installer, "_reaches_pytorch", timed)
    environment.ensure()
    assert installed() == PLAIN and environment.is_fresh()  # what a card alone uses, triton, stays away
    said = capfd.readouterr().out
    assert "out of reach: taking the package index's build" in said and "UV_TORCH_BACKEND=cpu" in said
    assert probed[0] < 10


def test_a_card(shelves, capfd, monkeypatch):
    monkeypatch.setattr(installing, "has_card", lambda: True)
    environment.ensure()
    assert installed() == PLAIN | {"triton==1.0"}
    assert not any(path.startswith("/whl") for path in shelves.asked)
    assert "An NVIDIA card: taking the build of PyTorch that uses it" in capfd.readouterr().out


def test_what_is_asked_for_is_taken_and_nothing_else_is_tried(shelves, monkeypatch):
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    monkeypatch.setattr(installing, "has_card", lambda: True)
    shelves.out_of_reach = "refused"
    with pytest.raises(environment.SetupError, match="could not be fetched"):
        environment.ensure()
    shelves.out_of_reach = None
    environment.ensure()
    assert installed() == CPU


def test_other_systems_take_the_index_s_build(shelves, monkeypatch, capfd):
    monkeypatch.setattr(installing.sys, "platform", "darwin")
    environment.ensure()
    assert installed() == PLAIN | {"triton==1.0"}
    assert "card" not in capfd.readouterr().out


@pytest.mark.parametrize(("said", "found"), [("GPU 0: NVIDIA H100", True), ("No devices were found", False)])
def test_a_card_is_found_by_its_program(tmp_path, monkeypatch, said, found):
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\necho '{said}'\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setattr(installing.glob, "glob", lambda pattern: [])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installing.has_card() == found
