"""A web server of one file that serves byte ranges, and can be told to misbehave."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class RangeServer:
    """What is served. `ignore_range` sends the whole file, `break_off` closes so many replies half way."""

    url: str
    content: bytes = b""
    etag: str = '"one"'
    ignore_range: bool = False
    break_off: int = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    asked: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        served: RangeServer = self.server.served
        served.asked.append(self.headers.get("Range", ""))
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        size = len(served.content)
        status, body, headers = 200, served.content, {}
        if match and not served.ignore_range:
            first, last = int(match[1]), min(int(match[2]), size - 1)
            status, body = (206, served.content[first : last + 1]) if first < size else (416, b"")
            headers = {"Content-Range": f"bytes {first}-{last}/{size}" if status == 206 else f"bytes */{size}"}
        self.send_response(served.status or status)
        for name, value in {"ETag": served.etag, "Content-Length": str(len(body)), **headers, **served.headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if served.break_off:
            served.break_off -= 1
            body = body[: len(body) // 2]
            self.close_connection = True
        # Before it leaves: a test looks as soon as the last byte is there.
        served.sent += len(body)
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_ranges(content: bytes) -> Iterator[RangeServer]:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listening.served = RangeServer(f"http://127.0.0.1:{listening.server_port}/track.bw", content)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield listening.served
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(timeout=5)
