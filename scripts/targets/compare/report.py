"""The Markdown report of a comparison of factors. Every number comes from its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ...common.reporting import citations
from ...common.reporting.markdown import bullets, cell, document, table
from ...common.text import plural
from ..outputs import RANKS_CSV

SHOWN_SHARED = 25
SHOWN_OVERLAPS = 20
SHOWN_GENES = 8


def comparison_report(comparison: dict[str, Any], files: Sequence[str]) -> str:
    """Write the comparison as Markdown; `files` are those written beside it."""
    factors, parameters = comparison["factors"], comparison["parameters"]
    asked = [
        (
            name,
            ("none" if name == "expression" else "all")
            if value is None
            else ", ".join(value)
            if isinstance(value, list)
            else value,
        )
        for name, value in parameters.items()
        if name not in ("proteins", "output_dir")
    ]
    sections = [
        (
            "Parameters",
            table(("Parameter", "Value"), asked),
        ),
        ("Factors", _factors(comparison)),
        ("Similarity (Jaccard index)", _jaccard(comparison["jaccard"])),
        ("Overlaps", _overlaps(comparison["overlaps"])),
        ("Genes reported for all factors", _shared(comparison)),
        ("Caveats", _caveats(comparison)),
        ("How to cite", bullets([citations.CHIP_ATLAS_2024, citations.CHIP_ATLAS_2022, citations.CHIP_ATLAS_2018])),
        ("Provenance", _provenance(comparison["provenance"])),
        ("Files", bullets(f"`{name}`" for name in files)),
    ]
    place = f"{parameters['genome']}, ±{parameters['distance']} kb of the TSS"
    return document(
        f"Target genes of {', '.join(factors)} ({place})", sections, simulated=comparison["provenance"]["simulated"]
    )


def _factors(comparison: dict[str, Any]) -> str:
    membership: pd.DataFrame = comparison["membership"]
    alone = membership[membership.sum(axis=1) == 1].sum()
    rows = []
    for name, result in comparison["results"].items():
        metadata = result["metadata"]
        counts = (metadata["n_experiments"], metadata["unique_cell_types"], metadata["n_genes_bound_used"])
        rows.append((name, *(f"{n:,}" for n in (*counts, len(result["target_genes"]), int(alone[name])))))
    header = ("Factor", "Experiments used", "Cell types", "Genes bound", "Genes reported", "Reported for it alone")
    return table(header, rows, header[1:])


def _jaccard(jaccard: pd.DataFrame) -> str:
    names = [str(name) for name in jaccard.columns]
    rows = [(name, *(f"{value:.3f}" for value in row)) for name, row in zip(names, jaccard.to_numpy(), strict=True)]
    return table(("Factor", *names), rows, names) + "\n\nGenes reported for both over genes reported for either."


def _overlaps(overlaps: pd.DataFrame) -> str:
    first = overlaps.head(SHOWN_OVERLAPS)
    rows = [
        (combination, f"{n:,}", f"{loci:,}", ", ".join(genes[:SHOWN_GENES]) + (", …" if n > SHOWN_GENES else ""))
        for combination, n, loci, genes in zip(
            first["combination"], first["n"], first["independent_loci"], first["genes"], strict=True
        )
    ]
    header = ("Reported for exactly", "Genes", "Independent loci", "Best ranked")
    text = table(header, rows, header[1:3])
    rest = overlaps.iloc[SHOWN_OVERLAPS:]
    if len(rest):
        text += f"\n\n{plural(len(rest), 'more combination')} with {plural(int(rest['n'].sum()), 'gene')}: see the CSV."
    return text


def _shared(comparison: dict[str, Any]) -> str:
    shared = comparison["ranks"].loc[comparison["intersection"]]
    if not len(shared):
        return "No gene is reported for all of them."
    text = (
        f"{plural(len(shared), 'gene')} at "
        f"{plural(comparison['independent_loci'], 'independent locus', 'independent loci')}: genes that have the same "
        "score in every experiment of a factor stand at one locus and count once."
    )
    first = shared.head(SHOWN_SHARED)
    names = [str(name) for name in first.columns]
    rows = [
        (gene, *ranks, f"{mean:.1f}")
        for gene, ranks, mean in zip(
            first.index, first.to_numpy(dtype=int).tolist(), first.mean(axis=1).to_numpy(dtype=float), strict=True
        )
    ]
    header = ("Gene", *(f"Rank, {name}" for name in names), "Mean rank")
    return f"{text}\n\n{table(header, rows, header[1:])}" + (
        f"\n\nThe first {SHOWN_SHARED} by mean rank; all are in `{RANKS_CSV}`." if len(shared) > SHOWN_SHARED else ""
    )


def _caveats(comparison: dict[str, Any]) -> str:
    top_n = comparison["parameters"]["top_n"]
    cut = f"below rank {top_n:,} or " if top_n else ""
    names = [cell(name) for name in comparison["factors"]]
    return bullets(
        [
            f"**Not reported is not unbound.** A gene without a rank may be bound {cut}below another filter. The "
            "overlaps change with `top_n` and the thresholds.",
            f"**The experiments differ.** {', '.join(names)} were studied in different numbers of experiments and in "
            "different cells; shared or separate targets may come from that. `cell_types=[...]` makes them alike.",
            "**Some promoters attract almost any factor.** Genes shared by unrelated factors are often such promoters; "
            "compare with a factor that has nothing to do with the question.",
            "**The same promoter is not the same time.** Shared genes do not show that the factors bind together, in "
            "one cell or at one site within the window.",
            "**Binding is not regulation.** Expression data after perturbing each factor say more.",
        ]
    )


def _provenance(provenance: dict[str, Any]) -> str:
    rows = [
        (name, own["url"], own["sha256"], own["last_modified"] or "not told", own["retrieved_at"])
        for name, own in provenance["factors"].items()
    ]
    header = ("Factor", "Table", "SHA-256", "Last modified on the server", "Retrieved (UTC)")
    used = ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())
    simulated = "yes" if provenance["simulated"] else "no"
    return f"{table(header, rows)}\n\nSimulated: {simulated}. Versions: {used}."
