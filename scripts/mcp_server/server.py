"""The server: tools, resources and prompts on the folders that a user named; and stdio."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mcp.server.mcpserver import MCPServer

from .. import __version__
from .console import telling
from .folders import Folders
from .limits import refuse_large_requests
from .prompts import add_prompts
from .resources import add_resources
from .tools.columns import add_column_tool
from .tools.comparisons import ComparisonTools
from .tools.enrichment import EnrichmentTools
from .tools.experiments import add_experiment_tools
from .tools.targets import TargetTools

NAME = "chip-atlas-skills"
_INSTRUCTIONS = (
    "Differential regions and target genes from ChIP-Atlas. Find experiments, start a comparison, ask for its status, "
    "fetch its result; state lies in the folder (output_dir), so any client can go on. An error holds code, message "
    "and next_action: do that. Long tables come in pages (offset, next_offset). Never guess accessions, names or what "
    "a column means."
)


def create_server(folders: Iterable[str | os.PathLike[str]], atlas: str | os.PathLike[str] | None = None) -> MCPServer:
    """Make the server.

    Parameters
    ----------
    folders : iterable of path
        What may be read and written; see `mcp_server.folders.Folders`.
    atlas : path, optional
        A dataset of `build_atlas`: then `factors_of` is offered.

    Raises
    ------
    InputError, OutputError
        A folder cannot be used, or the dataset is none.
    """
    allowed = Folders(folders)
    # Drawn in threads: a window would need the main one.
    os.environ.setdefault("MPLBACKEND", "Agg")
    server: MCPServer = MCPServer(
        NAME,
        version=__version__,
        instructions=_INSTRUCTIONS,
        log_level="WARNING",
        middleware=[refuse_large_requests],
    )
    add_experiment_tools(server)
    ComparisonTools(allowed).add_to(server)
    TargetTools(allowed).add_to(server)
    EnrichmentTools(allowed).add_to(server)
    add_column_tool(server)
    if atlas is not None:
        from .tools.atlas import AtlasTools

        AtlasTools(Path(atlas)).add_to(server)
    add_resources(server, allowed)
    add_prompts(server)
    return server


def serve_stdio(server: MCPServer) -> None:
    """Serve one client on stdin and stdout until it closes them."""
    with telling():
        server.run("stdio")
