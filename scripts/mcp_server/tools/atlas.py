"""Tools over an atlas of all factors; offered where the user named one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations

from ...atlas import factors_of as binders_of
from ...atlas import open_atlas
from ..calls import in_thread, tool
from ..limits import Offset, PageSize, page_of
from ..models import Factors


class AtlasTools:
    """`factors_of` on one dataset."""

    def __init__(self, atlas: Path) -> None:
        open_atlas(atlas)  # what is no atlas is said when the server starts, not to whoever asks first
        self.atlas = atlas

    def add_to(self, server: MCPServer) -> None:
        server.add_tool(tool(binders_of)(self.factors_of), annotations=ToolAnnotations(read_only_hint=True))

    async def factors_of(
        self,
        context: Context,
        genes: list[str],
        cell_types: list[str] | None = None,
        min_avg_score: float = 0,
        min_binding_rate: float = 0,
        top_n: int | None = 50,
        genome: str | None = None,
        offset: Offset = 0,
        page_size: PageSize = 20,
    ) -> Factors:
        """Rank the factors that bind each gene, over every factor of the assembly. Hot loci are bound by almost all."""
        call = partial(
            binders_of,
            genes,
            self.atlas,
            cell_types=cell_types,
            min_avg_score=min_avg_score,
            min_binding_rate=min_binding_rate,
            top_n=top_n,
            genome=genome,
        )
        table, said = await in_thread(context, call)
        return Factors(
            atlas=self.atlas.name,
            simulated=bool(table.attrs["atlas"].get("simulated")),
            factors=page_of(table, offset, page_size),
            messages=said,
        )
