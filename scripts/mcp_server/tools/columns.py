"""The tool that says what a column means."""

from __future__ import annotations

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations

from ..calls import in_thread, tool
from ..models import Meanings
from ..references import explain


def add_column_tool(server: MCPServer) -> None:
    """Add `explain_column`."""
    server.add_tool(tool(explain)(explain_column), annotations=ToolAnnotations(read_only_hint=True))


async def explain_column(context: Context, column: str, table: str | None = None) -> Meanings:
    """What a column or key of the tables and answers means: unit, range, direction. Never guess one."""
    meanings, _ = await in_thread(context, lambda: explain(column, table))
    return Meanings(meanings=meanings)
