"""A headless Chromium for tests of the HTML reports, spoken to by its own debugging protocol on loopback."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

#: Names Chromium goes by.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 60.0


class Page:
    """One open page: what it said on its console, what it asked of the network, and what its script answers."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._events: list[dict[str, Any]] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return message["result"]
            self._events.append(message)

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression: str) -> None:
        """Until an expression is true."""
        deadline = time.monotonic() + SECONDS
        while not self.run(expression):
            assert time.monotonic() < deadline, f"{expression} did not come true; {self.complaints()}"
            time.sleep(0.05)

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False, touch: bool = False) -> None:
        """Size and colour scheme of the window."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, path: Path, *, scripts: bool = True) -> None:
        """Load a file, and wait until its script is done."""
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=path.as_uri())
        self.wait("document.readyState === 'complete'")
        if scripts:
            self.wait("document.documentElement.dataset.ready === 'true'")

    def forget(self) -> None:
        """Leave the page, and drop what it said."""
        self.call("Page.navigate", url="about:blank")
        self.wait("document.readyState === 'complete'")
        self._events.clear()

    def click(self, x: float, y: float) -> None:
        """Move the mouse to a place in the window and click."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions, and what the policy refused."""
        self.run("1")
        found = []
        for event in self._events:
            parameters = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(parameters["exceptionDetails"])[:600])
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                found.append(json.dumps(parameters["args"])[:600])
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(parameters["entry"]["text"])
        return found

    def asked(self) -> list[str]:
        """Addresses the page asked for, beyond itself and what it carries."""
        self.run("1")
        urls = [
            event["params"]["request"]["url"]
            for event in self._events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith(("data:", "blob:"))]

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """A screenshot of the window, or of the whole page."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))


@contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """Start Chromium and give its only page; skips the test where there is no Chromium."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    websocket = pytest.importorskip("websocket", reason="websocket-client (extra dev) is not installed")
    command = [
        program,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--hide-scrollbars",
        "--remote-debugging-port=0",
        "--remote-allow-origins=*",
        f"--user-data-dir={profile}",
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        socket = websocket.create_connection(_address(profile, process), timeout=SECONDS, suppress_origin=True)
        try:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log", "Network"):
                page.call(f"{domain}.enable")
            yield page
        finally:
            socket.close()
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the page's debugger listens: Chromium writes its port into its profile."""
    from urllib.request import urlopen

    port_file = profile / "DevToolsActivePort"
    deadline = time.monotonic() + SECONDS
    while True:
        if process.poll() is not None:
            pytest.skip(f"Chromium does not start here (exit status {process.returncode})")
        assert time.monotonic() < deadline, "Chromium did not open its debugging port"
        if port_file.is_file() and port_file.read_text().strip():
            port = port_file.read_text().split()[0]
            with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=SECONDS) as reply:
                pages = [entry for entry in json.load(reply) if entry["type"] == "page"]
            if pages:
                address: str = pages[0]["webSocketDebuggerUrl"]
                return address
        time.sleep(0.05)
