"""Shows a built site on this machine, as a good host would: compressed, and what never changes kept by the browser."""

import re
from functools import lru_cache
from gzip import compress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SQUEEZED = (".html", ".js", ".mjs", ".css", ".json", ".svg", ".ipynb")
FOREVER = re.compile(r"/(assets|python)/[0-9a-f]{10}/|\?[0-9a-f]{10}$")  # the address changes with the content


class Handler(SimpleHTTPRequestHandler):
    """One file of the site."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript", ".js": "text/javascript"}
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Send a file, compressed where that helps and the browser takes it; everything else as the base class does."""
        path = Path(self.translate_path(self.path))
        if self.path.partition("?")[0].endswith("/"):
            path /= "index.html"
        if not path.is_file() or path.suffix not in SQUEEZED or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().do_GET()
        content = _squeezed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return None

    def end_headers(self):
        """Say how long a browser may keep it."""
        self.send_header("Cache-Control", "max-age=31536000, immutable" if FOREVER.search(self.path) else "no-cache")
        super().end_headers()

    def log_message(self, *args):
        """Nothing: one line for every picture tells nobody anything."""


@lru_cache(maxsize=512)
def _squeezed(path, changed):
    return compress(path.read_bytes(), 6)


def server(folder, port=0):
    """A server of the folder on 127.0.0.1; any free port where none is given. Raises OSError."""
    return ThreadingHTTPServer(("127.0.0.1", port), lambda *given: Handler(*given, directory=str(folder)))
