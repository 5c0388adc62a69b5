"""Serves files by HTTP on this machine, as well or as badly as a test wants; and sources of a bench that lie there."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from bench.data.download import Source
from bench.data.public_sets import Dataset

CONTENT = np.random.default_rng(1).bytes(700_000)
NAME = "a.bin"


@dataclass
class Server:
    """What the server holds and how it behaves. ranges: the log of Range headers, None where a request had none."""

    files: dict[str, bytes]
    address: str = ""
    knows_ranges: bool = True
    cut_after: int | None = None  # bytes after which each connection breaks
    ranges: list[str | None] = field(default_factory=list)

    def serves(self, dataset: Dataset, files: dict[str, bytes]) -> Dataset:
        """The data set with these files instead of its own, which are served from now on."""
        self.files = files
        return replace(dataset, files=tuple(source_of(self.address, content=content, name=name) for name, content in files.items()))


def source_of(*addresses: str, content: bytes = CONTENT, name: str = NAME) -> Source:
    """A published file that lies at these addresses."""
    return Source(name, len(content), hashlib.sha256(content).hexdigest(), tuple(address + name for address in addresses))


@contextmanager
def serving() -> Iterator[Server]:
    """A server of CONTENT, until the end of the block."""
    server = Server({NAME: CONTENT})
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(server)) as listener:
        server.address = f"http://127.0.0.1:{listener.server_port}/"
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        listener.shutdown()
        thread.join()


def _handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            server.ranges.append(asked)
            content = server.files.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.knows_ranges else 0
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : start + server.cut_after] if server.cut_after else content[start:])

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing on the terminal."""

    return Handler
