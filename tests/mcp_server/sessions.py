"""Servers in processes of their own and the SDK's client to them, all against the embedded ChIP-Atlas."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "scripts", "mcp"]
GENOME = "hg38"
#: No call of these tests takes so long, however busy the machine.
PATIENCE_SECONDS = 240.0


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def stdio(*folders: Path, more: tuple[str, ...] = ()) -> StdioServerParameters:
    arguments = [text for folder in folders for text in ("--folder", str(folder))]
    return StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], *arguments, *more], env=environment(), cwd=str(ROOT)
    )


@contextmanager
def http_server(folder: Path, *more: str, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server over HTTP: its address, and its process, which is killed at the end."""
    process = subprocess.Popen(
        [*COMMAND, "--http", "--folder", str(folder), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(**variables),
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1], process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@asynccontextmanager
async def session(server: Any, **options: Any) -> AsyncIterator[Client]:
    async with Client(server, read_timeout_seconds=PATIENCE_SECONDS, **options) as client:
        yield client


def talk(conversation: Callable[[], Awaitable[Any]]) -> Any:
    """Run one conversation to its end."""
    return anyio.run(conversation)


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a call answers, which must be no error."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def error_of(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The error that a call answers with."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return result.structured_content["error"]


async def until_finished(client: Client, output_dir: str) -> list[str]:
    """Ask for a comparison until it is finished; the states on the way."""
    states = []
    with anyio.fail_after(PATIENCE_SECONDS):
        while True:
            states.append((await call(client, "comparison_status", output_dir=output_dir))["state"])
            if states[-1] in ("finished", "exported", "failed"):
                return states
            await anyio.sleep(0.1)
