"""How the packages come into `.venv`: venv, then pip for uv, then uv for all the rest. Standard library only.

Variables and files that say how an index is reached (its address, the proxy, the certificates) stay in force; those
that say where packages go or which ones are taken do not: the pins go into `.venv`, whatever the machine's settings.
"""

import ast
import glob
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from lrcourse.workshop.causes import SetupError, sentence

GIGABYTES = {"cpu": 3, "plain": 3 if sys.platform != "linux" else 8}  # of disk, by the build of torch
# The parts of a torch for NVIDIA's graphics cards; a build for the processor alone names none of them.
GPU_PACKAGES = ("nvidia-", "cuda-", "triton")
# The parts that even the default build does without where there is no card: 1 GB. It does not load without the others.
UNUSED_WITHOUT_CARD = ("triton", "cuda-bindings", "cuda-pathfinder", "nvidia-cuda-cccl")
PROBE_SECONDS = 8

# What says how to reach an index, and how hard to try. All else of these tools' variables could send packages astray.
UV_KEPT = re.compile(
    r"UV_((DEFAULT_|EXTRA_)?INDEX(_URL|_STRATEGY|_.*_USERNAME|_.*_PASSWORD)?|FIND_LINKS|INSECURE_HOST|KEYRING_PROVIDER"
    r"|CREDENTIALS_DIR|NATIVE_TLS|SYSTEM_CERTS|OFFLINE|CONFIG_FILE|CACHE_DIR|NO_CACHE|LINK_MODE|CUDA_DRIVER_VERSION"
    r"|AMD_GPU_ARCHITECTURE|HTTP_.*|REQUEST_TIMEOUT|CONCURRENT_.*)"
)
PIP_KEPT = (
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy", "timeout",
    "default-timeout", "retries", "cache-dir", "no-cache-dir", "keyring-provider", "use-deprecated", "use-feature",
)  # fmt: skip
PIP_VARIABLES = {"PIP_CONFIG_FILE", *("PIP_" + key.replace("-", "_").upper() for key in PIP_KEPT)}
# What could lead a Python astray, ours or the one that is made.
ASTRAY = re.compile(r"UV_|PIP_|PYTHON|__PYVENV_LAUNCHER__|VIRTUAL_ENV|CONDA_")
UNARRIVED = """
import importlib.metadata, json, sys
def missing(pin):
    name, _, version = pin.partition("==")
    try:
        return importlib.metadata.version(name).partition("+")[0] != version.partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return True
print(json.dumps([pin for pin in json.load(sys.stdin) if missing(pin)]))
"""


class Installer:
    """Makes one environment: venv, the root of the course, its requirements, and file handles that children inherit."""

    def __init__(self, root, venv, requirements, inherited=()):
        self.root, self.venv, self.requirements, self.inherited = root, venv, requirements, tuple(inherited)
        self.python = str(python_of(venv))
        self.backend = None

    def create(self, clear):
        """The bare environment. Its scripts find their Python from where they stand, so that the folder may move."""
        self._refuse_a_full_disk(GIGABYTES["cpu"])
        if not clear:  # links to a Python that is gone are not renewed otherwise
            for link in self.venv.glob("bin/python*"):
                link.unlink()
        base = getattr(sys, "_base_executable", None) or sys.executable
        command = [base, "-m", "venv", "--clear" if clear else "--without-pip", str(self.venv)]
        self.step("1/3 making the environment", command, cleaned(os.environ))
        with open(self.venv / "pyvenv.cfg", "a", encoding="utf-8") as settings:
            settings.write("relocatable = true\n")  # uv reads it

    def install(self):
        """uv by pip, then the pinned packages by uv; raises SetupError if one of them did not arrive."""
        pip = self._pip_settings()
        environ = cleaned(os.environ) | {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        environ |= {"PIP_" + key.replace("-", "_").upper(): value for key, value in pip.items()}
        self.step("2/3 fetching uv, the installer", [self.python, "-m", "pip", "install", "-q", "uv"], environ)
        environ = cleaned(os.environ) | uv_settings(os.environ, pip)
        self.backend, left_out = self._choose_torch(environ)
        self._refuse_a_full_disk(self._gigabytes())
        with tempfile.TemporaryDirectory() as folder:
            wanted = self._write(folder, "requirements.txt", self._wanted())
            options = ["--compile-bytecode", "--python", self.python, "-r", wanted]
            options += ["--torch-backend", self.backend] if self.backend else []
            options += ["--excludes", self._write(folder, "excludes.txt", left_out)] if left_out else []
            options += wheels_only(pip)
            command = [self.python, "-m", "uv", "pip", "install", "-q", *options]
            self.step("3/3 installing the packages", command, environ)
        lacking = self.unarrived(left_out)
        if lacking:
            raise SetupError(
                f"The packages did not arrive in {self.venv} ({lacking[0]} is not there). "
                "Look for a target or a prefix in uv's settings (uv.toml), take it out and start again."
            )

    def unarrived(self, left_out=()):
        """The pins without a condition that the environment does not hold."""
        pins = [pin for pin in self._wanted() if re.fullmatch(r"[\w.-]+==\S+", pin)]
        pins = [pin for pin in pins if pin.split("==")[0] not in left_out]
        asked = subprocess.run(
            [self.python, "-I", "-c", UNARRIVED], input=json.dumps(pins), capture_output=True, text=True
        )
        return json.loads(asked.stdout) if asked.returncode == 0 else pins

    def step(self, title, command, environ):
        """Run one command under a line that shows the time passed; its words are shown only where it fails."""
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=self.root, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            **({} if os.name == "nt" else {"pass_fds": self.inherited}),
        )  # fmt: skip
        done = threading.Event()
        spinner = threading.Thread(target=_spin, args=(title, started, done), daemon=True)
        spinner.start()
        try:
            output = process.communicate()[0]
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
        finally:
            done.set()
            spinner.join()
        seconds = time.monotonic() - started
        print(f"{_home()}  {title}: {'done' if process.returncode == 0 else 'failed'} ({seconds:.0f} s)", flush=True)
        if process.returncode:
            raise SetupError(sentence(output, self.root, self._gigabytes()))

    def _choose_torch(self, environ):
        """uv's name for the build of torch (None: the index's own), and what to leave out; says which it takes."""
        asked = asked_backend()
        pins = [pin for pin in self._pins() if pin.startswith(("torch==", "torchvision=="))]
        if asked or not pins or sys.platform != "linux":
            return asked, []
        if has_card():
            print("  An NVIDIA card: taking the build of PyTorch that uses it (UV_TORCH_BACKEND=cpu for another).")
            return None, []
        if self._reaches_pytorch(pins, environ):
            print(
                "  No NVIDIA card: taking PyTorch's build for the processor (UV_TORCH_BACKEND=cu132, ... for others)."
            )
            return "cpu", []
        print(
            "  No NVIDIA card, but PyTorch's own index is out of reach: taking the package index's build, which brings"
        )
        print("  3 GB of libraries for cards. UV_TORCH_BACKEND=cpu takes the small build once that index is in reach.")
        return None, list(UNUSED_WITHOUT_CARD)

    def _reaches_pytorch(self, pins, environ):
        """True if PyTorch's index answers within a few seconds and has these versions for this Python and machine."""
        hasty = {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": str(PROBE_SECONDS), "UV_HTTP_CONNECT_TIMEOUT": "5"}
        command = [self.python, "-m", "uv", "pip", "install", "-q", "--dry-run", "--no-deps", "--python", self.python]
        try:
            status = subprocess.call(
                [*command, "--torch-backend", "cpu", *pins], cwd=self.root, env=environ | hasty,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PROBE_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return status == 0

    def _pip_settings(self):
        """How pip reaches its index, by its variables and all its files: {"index-url": "https://..."}."""
        environ = cleaned(os.environ) | {name: os.environ[name] for name in PIP_VARIABLES if name in os.environ}
        environ |= {
            "PIP_USER": "0",
            "PIP_GLOBAL": "0",
            "PIP_SITE": "0",
        }  # else `user = true` lists no other file
        listed = subprocess.run(
            [self.python, "-m", "pip", "config", "list"], cwd=self.root, env=environ, capture_output=True, text=True,
            errors="replace",
        )  # fmt: skip
        if listed.returncode:
            raise SetupError(sentence(listed.stdout + listed.stderr, self.root, self._gigabytes()))
        return pip_settings(listed.stdout)

    def _pins(self):
        lines = (line.strip() for line in self.requirements.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if line and not line.startswith("#")]

    def _wanted(self):
        """The pins, less those of the GPU's parts where another build of torch than the index's brings its own."""
        return [pin for pin in self._pins() if not (self.backend and pin.startswith(GPU_PACKAGES))]

    def _gigabytes(self):
        return GIGABYTES["cpu" if (self.backend or asked_backend()) == "cpu" else "plain"]

    def _refuse_a_full_disk(self, needed):
        free = shutil.disk_usage(self.root).free / 1e9
        if free < needed:
            raise SetupError(
                f"The course needs about {needed} GB of disk and {self.root} has {free:.1f} GB free. "
                "Free some and start again."
            )

    @staticmethod
    def _write(folder, name, lines):
        path = Path(folder, name)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(path)


def python_of(venv):
    """The Python of an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def asked_backend():
    """The build of torch that the user asks for, by uv's own variable; None if they do not."""
    return os.environ.get("UV_TORCH_BACKEND") or None


def has_card():
    """True if this Linux has an NVIDIA card with its driver, looked for where uv looks (WSL and containers too)."""
    if glob.glob("/proc/driver/nvidia/version") or glob.glob("/dev/nvidia[0-9]*"):
        return True
    program = shutil.which("nvidia-smi") or shutil.which("/usr/lib/wsl/lib/nvidia-smi")
    try:
        return bool(program) and b"GPU 0" in subprocess.run([program, "-L"], stdout=subprocess.PIPE, timeout=5).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False


def cleaned(environ):
    """The variables without those that lead packages or a Python astray.

    >>> cleaned({"UV_PYTHON": "3.9", "PIP_USER": "1", "UV_INDEX_URL": "https://a", "PYTHONHOME": "/x", "PATH": "/bin"})
    {'UV_INDEX_URL': 'https://a', 'PATH': '/bin'}
    """
    return {name: value for name, value in environ.items() if not ASTRAY.match(name) or UV_KEPT.fullmatch(name)}


def pip_settings(listed):
    """What `pip config list` says of the way to an index; a variable beats a file, a file's [install] its [global].

    >>> pip_settings("global.index-url='https://a'\\n:env:.index-url='https://b'\\nglobal.user='true'")
    {'index-url': 'https://b'}
    """
    order = ["global", "install", ":env:"]
    found = []
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.strip().rpartition(".")
        if section in order and key in PIP_KEPT:
            found.append((order.index(section), key, " ".join(str(ast.literal_eval(value)).split())))
    return {key: value for _, key, value in sorted(found, key=lambda entry: entry[0]) if value}


def uv_settings(environ, pip):
    """pip's way to its index as variables of uv, which does not read them; what uv was told itself stands.

    Extra indexes stay pip's: uv gives up where one does not answer, and all the pins are public packages.

    >>> uv_settings({}, {"index-url": "https://a", "trusted-host": "a"})
    {'UV_DEFAULT_INDEX': 'https://a', 'UV_INSECURE_HOST': 'a'}
    """
    told = {"UV_DEFAULT_INDEX": "index-url", "UV_INSECURE_HOST": "trusted-host"}
    told |= {"SSL_CERT_FILE": "cert", "SSL_CLIENT_CERT": "client-cert", "ALL_PROXY": "proxy"}
    own = {name for name in told if name in environ}
    if _has_own_index(environ):
        own.add("UV_DEFAULT_INDEX")
    if any(name.lower() in ("https_proxy", "all_proxy") for name in environ):
        own.add("ALL_PROXY")
    return {name: pip[key] for name, key in told.items() if name not in own and key in pip}


def wheels_only(pip):
    """uv's options where pip takes from folders of wheels alone, as on machines without a network.

    >>> wheels_only({"no-index": "true", "find-links": "/wheels"})
    ['--no-index', '--find-links', '/wheels']
    """
    if pip.get("no-index", "").lower() not in ("1", "true", "yes", "on", "t", "y"):
        return []
    return ["--no-index", *(word for place in pip.get("find-links", "").split() for word in ("--find-links", place))]


def _has_own_index(environ):
    if any(name in environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX")):
        return True
    home = environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    files = [environ.get("UV_CONFIG_FILE", ""), os.path.join(home, "uv", "uv.toml"), "/etc/uv/uv.toml"]
    return any(re.search(r"index", Path(name).read_text(errors="replace")) for name in files if os.path.isfile(name))


def _spin(title, started, done):
    if not sys.stdout.isatty():
        return
    for sign in itertools.cycle("|/-\\"):
        print(f"{_home()}{sign} {title} ({time.monotonic() - started:.0f} s)", end="", flush=True)
        if done.wait(0.1):
            return


def _home():
    return "\r\x1b[K" if sys.stdout.isatty() else ""
