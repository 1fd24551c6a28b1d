"""Tools that find experiments and the contrasts that they offer."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations

from ...experiments.groups.suggest import suggest_groups as contrasts_of
from ...experiments.search import find_experiments as search
from ..calls import in_thread, tool
from ..limits import Offset, PageSize, page_of
from ..models import Contrasts, Experiments

Names = str | list[str] | None
#: A path is not taken: reading files is no business of a search.
_ACCESSIONS = (
    "Only among these, a list: experiments, runs (SRR), samples (SAMN), studies (SRP, PRJNA), series (GSE), ENCSR."
)


def add_experiment_tools(server: MCPServer) -> None:
    """Add `find_experiments` and `suggest_groups`."""
    for function in (find_experiments, suggest_groups):
        described = tool(search, accessions=_ACCESSIONS)
        server.add_tool(described(function), annotations=ToolAnnotations(read_only_hint=True))


async def find_experiments(
    context: Context,
    genome: str,
    words: str | None = None,
    antigen: Names = None,
    antigen_class: Names = None,
    cell_type: Names = None,
    cell_type_class: Names = None,
    attributes: dict[str, str | list[str]] | None = None,
    min_reads: int | None = None,
    min_peaks: int | None = None,
    limit: int | None = None,
    accessions: list[str] | None = None,
    offset: Offset = 0,
    page_size: PageSize = 20,
) -> Experiments:
    """Find public ChIP-seq, ATAC-seq, DNase-seq and bisulfite experiments by words, names, attributes, accessions.

    How each word was understood stands in messages. Never guess accessions: take them from here.
    """
    question = {
        "antigen": antigen,
        "antigen_class": antigen_class,
        "cell_type": cell_type,
        "cell_type_class": cell_type_class,
        "attributes": attributes,
        "min_reads": min_reads,
        "min_peaks": min_peaks,
        "limit": limit,
        "accessions": accessions,
    }
    table, said = await in_thread(context, partial(search, words, genome=genome, **question))  # type: ignore[arg-type]
    about = table.attrs
    return Experiments(
        genome=about["genome"],
        source=str(about["source"]),
        simulated=about["simulated"],
        attributes=about["attributes"],
        not_processed=[[str(text) for text in one] for one in about["not_processed"]],
        experiments=page_of(table, offset, page_size),
        messages=said,
    )


async def suggest_groups(
    context: Context,
    genome: str,
    words: str | None = None,
    antigen: Names = None,
    antigen_class: Names = None,
    cell_type: Names = None,
    cell_type_class: Names = None,
    attributes: dict[str, str | list[str]] | None = None,
    min_reads: int | None = None,
    min_peaks: int | None = None,
    accessions: list[str] | None = None,
    offset: Offset = 0,
    page_size: PageSize = 10,
) -> Contrasts:
    """List the ways in which experiments that answer a question split into two groups with replicates.

    Nothing is chosen: show the contrasts to the user, with also_differs and unbalanced, and ask.
    """
    question: dict[str, Any] = {
        "antigen": antigen,
        "antigen_class": antigen_class,
        "cell_type": cell_type,
        "cell_type_class": cell_type_class,
        "attributes": attributes,
        "min_reads": min_reads,
        "min_peaks": min_peaks,
        "accessions": accessions,
    }

    def both() -> tuple[pd.DataFrame, pd.DataFrame]:
        table = search(words, genome=genome, **question)
        return table, contrasts_of(table)

    (table, contrasts), said = await in_thread(context, both)
    return Contrasts(
        genome=table.attrs["genome"],
        simulated=table.attrs["simulated"],
        experiments=len(table),
        contrasts=page_of(contrasts, offset, page_size),
        messages=said,
    )
