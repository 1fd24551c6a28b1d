"""A data server and site of a few files, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from tests.targets.tables import SMALL_COLUMNS, SMALL_ROWS, table_text

INDEX = {
    "hg38": ["TP53", "TP63", "MYC", "wdr-5", "E2F1", "NKX2-1"],
    "mm10": ["Trp53", "TP53"],
}


@dataclass
class FileServer:
    """Files by path; `status` and `headers` replace what a path answers with."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def put_table(self, text: str, name: str = "TP53.5.tsv", genome: str = "hg38") -> None:
        self.files[f"/data/{genome}/target/{name}"] = text.encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """The server, empty but for the index of factors, with the environment pointing to it."""
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(self.path)
            state.requests.append((self.command, self.path))
            body = state.files.get(path)
            status = state.status.get(path, 404 if body is None else 200)
            body = b"no such file" if body is None else body
            self.send_response(status)
            headers = {"Content-Length": str(len(body)), **state.headers.get(path, {})}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    state.files["/data/target_genes_analysis.json"] = json.dumps(INDEX).encode()
    monkeypatch.setenv("CHIPATLAS_DATA_URL", f"{state.url}/data")
    monkeypatch.setenv("CHIPATLAS_SITE_URL", state.url)
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield state
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def small(server: FileServer) -> FileServer:
    """The server with the small TP53 table."""
    server.put_table(table_text(SMALL_ROWS, SMALL_COLUMNS))
    return server
