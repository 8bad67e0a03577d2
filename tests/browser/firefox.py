"""Starts Firefox for Playwright, and stands between the two: `python firefox.py FIREFOX ARGUMENT...`.

Playwright sets every page's colours by a command that Firefox ESR has not learnt yet, and gives up where it is refused.
No test in Firefox needs another colour, so such a refusal becomes a yes on its way.
"""

import asyncio
import json
import re
import sys

from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

LARGE = 1 << 30  # bytes of a message: a downloaded or uploaded file may be in it


class Relay(WebSocketHandler):
    """Playwright's line to Firefox, whose address is given."""

    async def open(self, path):
        """Call Firefox; what it says comes back here."""
        self.asked = {}
        self.firefox = await websocket_connect(self.settings["address"] + path, max_message_size=LARGE)
        asyncio.create_task(self.listen())

    async def listen(self):
        """Pass on what Firefox says until it has ended."""
        while (message := await self.firefox.read_message()) is not None:
            said = json.loads(message)
            asked = self.asked.pop(said.get("id"), "")
            if said.get("error") == "unknown command" and asked.startswith("emulation."):
                message = json.dumps({"type": "success", "id": said["id"], "result": {}})
            await self.write_message(message)
        self.close()

    async def on_message(self, message):
        """Pass on what Playwright asks."""
        asked = json.loads(message)
        self.asked[asked["id"]] = asked["method"]
        await self.firefox.write_message(message)

    def check_origin(self, origin):
        """Playwright sends none."""
        return True


async def main(command):
    """Run Firefox until it ends; its exit status."""
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    async for line in firefox.stderr:
        found = re.search(rb"ws://[\d.:]+", line)
        if found:
            relay = Application([("(/.*)", Relay)], address=found[0].decode(), websocket_max_message_size=LARGE)
            server = relay.listen(0, address="127.0.0.1")
            port = next(iter(server._sockets.values())).getsockname()[1]
            line = line.replace(found[0], b"ws://127.0.0.1:%d" % port)
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    return await firefox.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
