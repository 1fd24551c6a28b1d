"""DuckDB, bounded: a connection of its own for every question, nothing installed, nothing fetched, little memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .extra import atlas_extra

if TYPE_CHECKING:
    import duckdb

#: What does not fit goes to a temporary folder.
MEMORY_LIMIT = "384MiB"


@contextmanager
def connection(threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, which spills to a temporary folder beyond `MEMORY_LIMIT`."""
    with atlas_extra():
        import duckdb

    with tempfile.TemporaryDirectory(prefix="chip-atlas-sql-", ignore_cleanup_errors=True) as scratch:
        settings: dict[str, Any] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": scratch,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if threads is not None:
            settings["threads"] = threads
        with duckdb.connect(":memory:", config=settings) as database:
            yield database


def placeholders(name: str, values: list[Any]) -> tuple[str, dict[str, Any]]:
    """``($name0, $name1)`` and what they stand for: values are bound, never written into a statement."""
    bound = {f"{name}{i}": value for i, value in enumerate(values)}
    return f"({', '.join('$' + key for key in bound)})", bound
