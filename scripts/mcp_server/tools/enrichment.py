"""The tool of Enrichment Analysis: factors at the regions of a result, or near its genes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, ToolAnnotations

from ...common.errors import InputError
from ...common.files.manifest import read_manifest
from ...diff import factors_of_regions
from ...diff import load_results as load_regions
from ...factors.outputs import FACTOR_FILES, PLOT
from ...factors.result import EnrichedFactors
from ...targets import factors_of_genes
from ...targets import load_results as load_genes
from ..answers import DRAWING, existing, with_picture
from ..calls import in_thread, tool
from ..folders import Folders, alone
from ..limits import Offset, PageSize, page_of
from ..models import EnrichedPage

#: Seconds that a call waits for the jobs; the same call goes on with them.
WAIT_SECONDS = 40.0


class EnrichmentTools:
    """`enrich_factors` on some folders."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    def add_to(self, server: MCPServer) -> None:
        described = tool(
            factors_of_genes.enrich_factors,
            output_dir="Folder of a finished comparison or of target genes; tables and jobs are kept there.",
            top="Of target genes alone: how many of the first ones are asked about.",
            wait_seconds="How long this call waits; an error job-timeout means: call again, the jobs go on.",
        )
        server.add_tool(described(self.enrich_factors), annotations=ToolAnnotations(idempotent_hint=True))

    async def enrich_factors(
        self,
        context: Context,
        output_dir: str,
        cell_class: str = "All cell types",
        antigen_class: str = "TFs and others",
        threshold: Literal[50, 100, 200, 500] = 50,
        top: int | None = None,
        wait_seconds: float = WAIT_SECONDS,
        offset: Offset = 0,
        page_size: PageSize = 20,
    ) -> Annotated[CallToolResult, EnrichedPage]:
        """Which factors bind where regions changed, or near target genes, beside a matched background.

        ChIP-Atlas computes it in one or two jobs of minutes, each submitted once; the same call goes on with them. What
        comes out are candidates to test; tags such as GFP are no factors.
        """
        folder = self.folders.inside(output_dir)
        options: dict[str, Any] = {
            "cell_class": cell_class,
            "antigen_class": antigen_class,
            "threshold": threshold,
            "output_dir": folder,
            "timeout": wait_seconds,
        }
        found, said = await in_thread(context, lambda: self._enriched(folder, options, top))
        answer = EnrichedPage(
            simulated=found.simulated,
            output_dir=self.folders.name_of(folder),
            notes=list(found.notes),
            antigens=page_of(found.table, offset, page_size),
            files=existing(folder, self.folders.name_of(folder), FACTOR_FILES),
            messages=said,
        )
        return with_picture(answer, folder, PLOT if offset == 0 else "")

    def _enriched(self, folder: Path, options: dict[str, Any], top: int | None) -> EnrichedFactors:
        self.folders.refuse_links(folder)
        with alone(f"folder {folder}"):
            genes = read_manifest(folder).get("skill") == "target genes"
            if top is not None and not genes:
                raise InputError("top is for target genes; regions are taken by their cut. Leave it out.")
            if genes:
                options = options if top is None else options | {"top": top}
                found = factors_of_genes.enrich_factors(load_genes(folder), **options)
            else:
                found = factors_of_regions.enrich_factors(load_regions(folder), **options)
            with DRAWING:
                found.write(folder)
        return found
