"""How large a request and an answer may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import pandas as pd
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import Field

from ..common.error_report import as_dict
from ..common.errors import InputError
from ..common.files.json_text import plain
from ..common.text import ellipsis
from .models import Page

#: A request is names and numbers: 20,000 pairs of factor and gene are half of this.
MAX_REQUEST_CHARACTERS = 1_000_000
#: Of a text in a row.
CELL_CHARACTERS = 200

Offset = Annotated[int, Field(ge=0, description="Rows to pass over: next_offset of the answer before.")]
PageSize = Annotated[int, Field(ge=1, le=100, description="Rows in the answer.")]


async def refuse_large_requests(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: a request with more than `MAX_REQUEST_CHARACTERS` is refused before anything reads it."""
    if characters(ctx.params, MAX_REQUEST_CHARACTERS) > MAX_REQUEST_CHARACTERS:
        error = InputError(
            f"The arguments of this request hold more than {MAX_REQUEST_CHARACTERS:,} characters. "
            "Put long lists into a file in one of the server's folders and give its name, or ask in parts."
        )
        raise MCPError(INVALID_PARAMS, str(error), as_dict(error))
    return await call_next(ctx)


def characters(value: Any, most: int) -> int:
    """Characters of all texts in a JSON value, and one for every item; counting ends beyond `most`."""
    count = 0
    waiting = [value]
    while waiting and count <= most:
        item = waiting.pop()
        count += len(item) if isinstance(item, str) else 1
        if isinstance(item, Mapping):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, (list, tuple)):
            waiting += item
    return count


def page_of(table: pd.DataFrame, offset: int, page_size: int) -> Page:
    """Some rows of a table in the types of JSON; empty cells are left out, long texts cut."""
    shown = table.iloc[offset : offset + page_size]
    rows = [
        {name: _short(value) for name, value in row.items() if value is not None and value != ""}
        for row in plain(shown)
    ]
    end = offset + len(rows)
    return Page(rows=rows, total=len(table), offset=offset, next_offset=end if end < len(table) else None)


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return ellipsis(value, CELL_CHARACTERS)
    # Eight digits say what is known; seventeen fill a context.
    return float(f"{value:.8g}") if isinstance(value, float) else value
