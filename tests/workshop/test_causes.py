"""What a failed set-up says: the words of venv, pip and uv as they were seen, and the sentence for each."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse.workshop import causes, environment, installing

CACHE = (
    "error: Failed to initialize cache at `/home/ann/.cache/uv`\n"
    "  cause: failed to create directory `/home/ann/.cache/uv`: Permission denied (os error 13)"
)
PLATFORM = (
    "error: No solution found when resolving dependencies\n  cause: Because torch==2.15.0 has no wheels with a "
    "matching platform tag (e.g., `macosx_13_0_x86_64`) and you require torch==2.15.0, we can conclude that your "
    "requirements are unsatisfiable."
)
ABI = PLATFORM.replace("platform tag (e.g., `macosx_13_0_x86_64`)", "Python ABI tag (e.g., `cp316`)")
NO_WHEEL = (
    "error: Distribution `torch==2.15.0 @ registry` can't be installed because it doesn't have a source distribution "
    "or wheel for the current platform"
)
CERTIFICATE = "error: Failed to fetch: `https://index/tiny/`\n  Caused by: invalid peer certificate: UnknownIssuer"
PIP_CERTIFICATE = (
    "Could not fetch URL: There was a problem confirming the ssl certificate: [SSL: CERTIFICATE_VERIFY_FAILED] "
    "certificate verify failed: unable to get local issuer certificate\nERROR: No matching distribution found for uv"
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("error: failed to write: No space left on device (os error 28)", "disk is full. Free about 8 GB"),
        ("OSError: [Errno 122] Disk quota exceeded: '/course/.venv/x'", "disk is full. Free about 8 GB"),
        (CACHE, "uv, the installer, cannot write its cache at /home/ann/.cache/uv. Set UV_CACHE_DIR"),
        (
            "Error: [Errno 13] Permission denied: '/course/.venv'",
            "The folder /course cannot be written. Move the course",
        ),
        ("Error: [Errno 30] Read-only file system: '/course/.venv/bin'", "The folder /course cannot be written."),
        ("PermissionError: [Errno 13] Permission denied: '/tmp/pip-x'", "/tmp/pip-x cannot be written. .* set TMPDIR"),
        ("OSError: [Errno 13] Permission denied: '/course2/x'", "/course2/x cannot be written"),
        (PLATFORM, r"no build for this machine \(.+\). They have for Linux with glibc 2.28 .* LRCOURSE_PYTHON="),
        (NO_WHEEL, r"no build for this machine \(.+\). They have for Linux with glibc 2.28 .* LRCOURSE_PYTHON="),
        (ABI, r"no build for this Python \(3\..*\). Start the course with Python 3.11, 3.12, 3.13 or 3.14"),
        ("error: No solution found when resolving dependencies\n cause: x", "No set of packages fits this Python"),
        (CERTIFICATE, "a certificate that this machine does not trust.* Set SSL_CERT_FILE and PIP_CERT"),
        (PIP_CERTIFICATE, "a certificate that this machine does not trust.* Set SSL_CERT_FILE and PIP_CERT"),
        ("error: Failed to fetch: `https://index/`\n cause: HTTP status client error (401 Unauthorized)", "a password"),
        ("error: Request failed after 3 retries\n cause: dns error", "Check the network"),
        ("Failed to download due to network timeout. Try increasing UV_HTTP_TIMEOUT", "Check the network"),
        ("eggs\nout of cheese\n\n", "The set-up failed: out of cheese$"),
        ("", "The set-up failed: it gave no reason"),
    ],
)
def test_a_failure_is_told_in_one_sentence(said, meant):
    sentence = causes.sentence(said, Path("/course"), 8)
    assert "\n" not in sentence
    assert re.search(meant, sentence), sentence


@pytest.mark.parametrize(
    ("system", "parts", "named"),
    [
        ("Darwin", {"mac_ver": ("13.6", ("", "", ""), "x86_64")}, "macOS 13.6 on x86_64"),
        ("Windows", {}, "Windows on x86_64"),
        ("Linux", {"libc_ver": ("glibc", "2.17")}, "Linux with glibc 2.17 on x86_64"),
        ("Linux", {"libc_ver": ("", "")}, "Linux without glibc on x86_64"),
    ],
)
def test_the_machine_is_named(monkeypatch, system, parts, named):
    for name, value in {"system": system, "machine": "x86_64", **parts}.items():
        monkeypatch.setattr(causes.platform, name, lambda value=value: value)
    assert causes.machine() == named


def test_the_real_installer_on_a_machine_without_builds(index, tmp_path):
    """uv's own words for a machine that it is told to be, so that a new uv that says it otherwise is noticed."""
    index.wheels["simple", "tiny", "tiny-1.0-cp311-cp311-win_arm64.whl"] = b""
    del index.wheels["simple", "tiny", "tiny-1.0-py3-none-any.whl"]
    command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--python", sys.executable, "tiny==1.0"]
    said = subprocess.run(command, capture_output=True, text=True).stderr
    assert "no build for this" in causes.sentence(said, tmp_path, 8)


def test_a_cache_that_cannot_be_written(index, copy, start):
    said, status = start(copy, "-m", "lrcourse", "play", UV_CACHE_DIR="/dev/null/cache")
    assert status == 1
    assert "cannot write its cache at /dev/null/cache. Set UV_CACHE_DIR" in said.splitlines()[-1]


def installer(tmp_path):
    return installing.Installer(tmp_path, tmp_path / ".venv", tmp_path / "requirements.txt")


def test_no_network_is_said_in_one_sentence(tmp_path, capfd):
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--isolated", "--retries=0", f"--dest={tmp_path}"]
    with pytest.raises(environment.SetupError, match="could not be fetched. Check the network") as caught:
        installer(tmp_path).step("fetching", [*pip, "--index-url=http://127.0.0.1:9/simple", "six"], dict(os.environ))
    assert "\n" not in str(caught.value)
    assert "fetching: failed" in capfd.readouterr().out


def test_an_unknown_failure_gives_the_tools_last_line(tmp_path):
    cook = [sys.executable, "-c", "print('eggs'); print('out of cheese'); exit(1)"]
    with pytest.raises(environment.SetupError, match="The set-up failed: out of cheese$"):
        installer(tmp_path).step("cooking", cook, dict(os.environ))
