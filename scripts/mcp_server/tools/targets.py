"""Tools of target genes: one factor's, and evidence for pairs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, ToolAnnotations

from ...common.files.manifest import MANIFEST, read_manifest
from ...common.text import safe_label
from ...targets import TargetsResult, export_all, generate_all_plots, load_results, run_target_genes_workflow
from ...targets import edge_evidence as evidence_for
from ...targets.outputs import OUTPUT_FILES, TOP_TARGETS_PLOT
from ..answers import DRAWING, common_parts, with_picture
from ..calls import in_thread, tool
from ..folders import Folders, alone
from ..limits import Offset, PageSize, page_of
from ..models import Pairs, Targets

Distance = Literal[1, 5, 10]
_FILE = " A file in a folder of the server."


class TargetTools:
    """`target_genes` and `edge_evidence` on some folders."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    def add_to(self, server: MCPServer) -> None:
        background = 'Hot loci beside the ranking: "auto", "none", or a file in a folder of the server.'
        ranked = tool(
            run_target_genes_workflow,
            output_dir="Folder for the results, below a folder of the server; made of the question if left out.",
            expression=f"Table of differential expression of all tested genes.{_FILE}",
            background=background,
        )
        server.add_tool(
            ranked(self.target_genes), annotations=ToolAnnotations(destructive_hint=False, idempotent_hint=True)
        )
        looked_up = tool(
            evidence_for,
            edges=f"Pairs [factor, gene]; or a network file (TSV, CSV, SIF).{_FILE}",
            output_dir="Folder for edge_evidence.csv; nothing is written if left out.",
            background=background,
        )
        server.add_tool(looked_up(self.edge_evidence), annotations=ToolAnnotations(destructive_hint=False))

    async def target_genes(
        self,
        context: Context,
        protein: str,
        genome: str = "hg38",
        distance: Distance = 5,
        min_score: float = 0,
        top_n: int | None = 500,
        cell_types: list[str] | None = None,
        min_string_score: float = 0,
        min_binding_rate: float = 0,
        output_dir: str | None = None,
        include_string_only: bool = False,
        cell_type_class: str | None = None,
        expression: str | None = None,
        padj_threshold: float = 0.05,
        min_abs_log2fc: float = 0.0,
        background: str | None = "auto",
        hot_threshold: float = 0.5,
        rank_by: Literal["average", "specificity"] = "average",
        unit: Literal["experiment", "study"] = "experiment",
        offset: Offset = 0,
        page_size: PageSize = 20,
    ) -> Annotated[CallToolResult, Targets]:
        """Target genes of a factor, ranked over all public experiments; tables, plots and report go into a folder.

        Binding near a gene is no proof of regulation: say so. Further pages (offset) are read from the folder.
        """
        asked: dict[str, Any] = {
            "protein": protein,
            "genome": genome,
            "distance": distance,
            "min_score": min_score,
            "top_n": top_n,
            "cell_types": cell_types,
            "min_string_score": min_string_score,
            "min_binding_rate": min_binding_rate,
            "include_string_only": include_string_only,
            "cell_type_class": cell_type_class,
            "expression": self._file(expression),
            "padj_threshold": padj_threshold,
            "min_abs_log2fc": min_abs_log2fc,
            "background": background if background in (None, "auto", "none") else self._file(background),
            "hot_threshold": hot_threshold,
            "rank_by": rank_by,
            "unit": unit,
        }
        folder = self.folders.inside(output_dir or _name(asked))
        results, said = await in_thread(context, lambda: self._ranked(folder, asked, kept=offset > 0))
        answer = Targets(
            **common_parts(results, folder, self.folders, OUTPUT_FILES),
            top=page_of(results.target_genes, offset, page_size),
            messages=said,
        )
        return with_picture(answer, folder, TOP_TARGETS_PLOT if offset == 0 else "")

    async def edge_evidence(
        self,
        context: Context,
        edges: list[list[str]] | str,
        genome: str = "hg38",
        distance: Distance = 5,
        cell_types: list[str] | None = None,
        cell_type_class: str | None = None,
        min_score: float = 0,
        background: str | None = "auto",
        output_dir: str | None = None,
        offset: Offset = 0,
        page_size: PageSize = 50,
    ) -> Pairs:
        """What ChIP-Atlas has on each of some (factor, gene) pairs: bound, not bound, or nothing known, and why."""
        options: dict[str, Any] = {
            "genome": genome,
            "distance": distance,
            "cell_types": cell_types,
            "cell_type_class": cell_type_class,
            "min_score": min_score,
            "background": background if background == "auto" else self._file(_or_none(background)),
            "output_dir": None if output_dir is None else self.folders.inside(output_dir),
        }
        given: Any = self._file(edges) if isinstance(edges, str) else [tuple(pair) for pair in edges]
        table, said = await in_thread(context, lambda: evidence_for(given, **options))
        return Pairs(
            genome=genome,
            distance=distance,
            simulated=table.attrs["provenance"]["simulated"],
            statuses={str(name): int(count) for name, count in table["status"].value_counts().items()},
            pairs=page_of(table, offset, page_size),
            messages=said,
        )

    def _file(self, path: str | None) -> str | None:
        return None if path is None else str(self.folders.inside(path))

    def _ranked(self, folder: Path, asked: dict[str, Any], *, kept: bool) -> TargetsResult:
        """The ranking, drawn and exported; or, for a further page, read back where the same was asked."""
        self.folders.refuse_links(folder)
        with alone(f"folder {folder}"):
            if kept and _holds(folder, asked):
                return load_results(folder)
            results = run_target_genes_workflow(**asked, output_dir=folder)
            with DRAWING:
                generate_all_plots(results, output_dir=folder)
                export_all(results, output_dir=folder)
        return results


def _or_none(background: str | None) -> str | None:
    return None if background == "none" else background


def _name(asked: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
    return f"{safe_label(asked['protein'], 'factor')[:40]}_{asked['genome'][:20]}_{digest}".replace(" ", "_")


def _holds(folder: Path, asked: dict[str, Any]) -> bool:
    if not (folder / MANIFEST).is_file():
        return False
    told = read_manifest(folder)["parameters"]
    same = {**asked, "background": _or_none(asked["background"])}
    return all(told.get(name) == value for name, value in same.items())
