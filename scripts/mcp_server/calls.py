"""How a tool calls our functions: in a thread, lines as progress, to be cancelled, errors with code and remedy."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar, get_type_hints

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, TextContent
from pydantic import Field

from ..common.error_report import as_dict
from ..common.errors import ChipAtlasError
from ..common.text import documented, ellipsis
from .console import Listener, listening

T = TypeVar("T")
#: Of what was printed, in an answer: the last lines, each so long.
TOLD_LINES = 30
TOLD_CHARACTERS = 300


async def in_thread(context: Context, function: Callable[[], T], *, stoppable: bool = True) -> tuple[T, list[str]]:
    """Run a function that blocks; what it prints is progress.

    Parameters
    ----------
    stoppable : bool
        Whether a cancelled request ends it, at the next line that it prints; else it goes on to its end, and the
        request with it.

    Returns
    -------
    tuple
        Its result, and the last lines that it printed.
    """
    lines: list[str] = []

    def heard(line: str) -> None:
        lines.append(ellipsis(line, TOLD_CHARACTERS))
        check()
        anyio.from_thread.run(report)

    def check() -> None:
        if stoppable:
            anyio.from_thread.check_cancelled()

    async def report() -> None:
        # Whoever asked may be gone by now; that must not end what cannot be stopped.
        try:
            await context.report_progress(float(len(lines)), None, lines[-1])
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            return

    with listening(Listener(heard, check)):
        result = await anyio.to_thread.run_sync(function, abandon_on_cancel=stoppable)
    return result, lines[-TOLD_LINES:]


def tool(
    described_by: Callable[..., Any] | None = None, **texts: str
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
    """Make a tool of a coroutine function: parameters described, our errors as answers.

    Parameters
    ----------
    described_by : callable, optional
        The Python function behind it: its docstring describes the parameters of the same names.
    **texts : str
        Parameter -> description, of those that are the tool's own or mean something else here.
    """

    def decorate(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        known = {name: text for name, (_, text) in documented(described_by).items()} if described_by else {}
        hints = get_type_hints(function, include_extras=True)
        for name, text in (known | texts).items():
            if name in hints:
                hints[name] = Annotated[hints[name], Field(description=text.replace("`", ""))]

        @functools.wraps(function)
        async def call(**arguments: Any) -> Any:
            try:
                return await function(**arguments)
            except ChipAtlasError as error:
                return refused(error)

        signature = inspect.signature(function)
        changed = [one.replace(annotation=hints[name]) for name, one in signature.parameters.items()]
        call.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=changed, return_annotation=hints["return"]
        )
        call.__annotations__ = hints
        return call

    return decorate


def refused(error: ChipAtlasError) -> CallToolResult:
    """An error of ours as the answer to a call: code, message, next action, near names."""
    told = {"error": as_dict(error)}
    return CallToolResult(
        content=[TextContent(type="text", text=json.dumps(told))], structured_content=told, is_error=True
    )
