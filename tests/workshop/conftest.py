"""A package index on this machine with wheels made up on the spot, and copies of the course to start from scratch."""

import base64
import hashlib
import http.server
import io
import os
import shutil
import ssl
import subprocess
import sys
import sysconfig
import threading
import time
import zipfile
from pathlib import Path

import pytest
import trustme

ROOT = Path(__file__).parents[2]
PYTORCH = "download.pytorch.org"
BARE = getattr(sys, "_base_executable", sys.executable)  # the Python that this environment was made from


class Index(http.server.ThreadingHTTPServer):
    """An index at `url`; as a proxy it is PyTorch's too, under /whl/cpu, unless `out_of_reach` says how that fails."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.wheels, self.asked, self.out_of_reach = {}, [], None
        authority = trustme.CA()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(PYTORCH).configure_cert(self.tls)
        self.certificate = authority.cert_pem.bytes()

    def add(self, name, version, files=(), needs=(), place="simple"):
        """Put a wheel of the given files (path: text) into the index; a module named like it is in each."""
        module = name.replace("-", "_")
        info = f"{module}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {need}\n" for need in needs)
        contents = {f"{module}/__init__.py": f"__version__ = {version!r}\n", **dict(files)}
        contents |= {f"{info}/METADATA": metadata}
        contents |= {f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
        record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in contents.items())
        contents[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as wheel:
            for path, text in contents.items():
                wheel.writestr(path, text)
        self.wheels[place, name, f"{module}-{version}-py3-none-any.whl"] = packed.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        if self.server.out_of_reach == "silent":
            time.sleep(30)
        if self.server.out_of_reach or not self.path.startswith(PYTORCH):
            return self._answer(b"", 502)
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False
        return None

    def do_GET(self):
        self.server.asked.append(self.path)
        place, _, rest = self.path.strip("/").rpartition("/")
        files = [name for where, package, name in self.server.wheels if f"{where}/{package}" == f"{place}/{rest}"]
        wheel = next((data for (_, _, name), data in self.server.wheels.items() if name == rest), None)
        if wheel is not None and place.startswith("files"):
            return self._answer(wheel)
        page = "".join(f'<a href="/files/{name}">{name}</a>\n' for name in files)
        return self._answer(f"<!DOCTYPE html><html><body>{page}</body></html>".encode(), 200 if files else 404)

    do_HEAD = do_GET

    def _answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if body.startswith(b"<!") else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index with a `uv` that is this environment's own, and pip and uv told where it is; no cache, no network."""
    with Index() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        program = Path(sysconfig.get_path("scripts"), "uv")
        shim = f"import os, sys\nos.execv({str(program)!r}, ['uv', *sys.argv[1:]])\n"
        server.add("uv", "99.0", {"uv/__main__.py": shim})
        server.add("tiny", "1.0")
        (tmp_path / "ca.pem").write_bytes(server.certificate)
        for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
            monkeypatch.delenv(name)
        settings = {
            "PIP_INDEX_URL": server.url + "/simple", "UV_DEFAULT_INDEX": server.url + "/simple",
            "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "UV_CACHE_DIR": str(tmp_path / "cache"),
            "HTTPS_PROXY": server.url, "NO_PROXY": "127.0.0.1", "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
        }  # fmt: skip
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield server
        server.shutdown()


@pytest.fixture
def copy(tmp_path):
    """A copy of the package that needs one tiny package only, in a folder whose name has a space."""
    root = tmp_path / "the course"
    shutil.copytree(ROOT / "lrcourse", root / "lrcourse", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "requirements.txt").write_text("tiny==1.0\n")
    return root


@pytest.fixture
def start():
    """Start the copy as a learner does, from a bare Python: what it said, and the exit status."""

    def run(root, *command, python=BARE, wait=True, **variables):
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        process = subprocess.Popen(
            [python, *command], cwd=root, env=environ | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        return (process.communicate(timeout=120)[0], process.returncode) if wait else process

    return run


def _digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
