"""Answers on factors and genes as networks: an edge from each factor to each gene. Frames only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

#: Nodes and edges, as `common.files.graphml.write_graphml` takes them.
Network = tuple[pd.DataFrame, pd.DataFrame]


def evidence_network(answer: pd.DataFrame) -> Network:
    """Every pair that was asked, with its evidence; ``bound`` is missing where nothing is known.

    Parameters
    ----------
    answer : DataFrame
        From `edge_evidence`.
    """
    edges = answer.drop(columns=["factor", "gene"])
    edges.insert(0, "bound", answer["num_bound"].astype("Int64") > 0)
    edges.insert(0, "target", answer["gene"])
    edges.insert(0, "source", answer["factor"])
    return _nodes(answer["factor"], answer["gene"]), edges


def shared_network(genes: pd.DataFrame, factors: list[str]) -> Network:
    """From each factor to each listed gene that it binds, with its average score.

    Parameters
    ----------
    genes : DataFrame
        ``genes`` of what `co_binding` returns.
    """
    named = genes.rename(columns={f"avg_score_{name}": name for name in factors})
    scores = named.melt("gene", factors, "source", "score")
    bound = genes.assign(source=genes["factors"].str.split("; ")).explode("source")[["source", "gene"]]
    edges = bound.merge(scores, on=["source", "gene"], how="left").rename(columns={"gene": "target"}).assign(bound=True)
    about = genes.set_index("gene")[["num_factors", "hot_share", "chance", "shared_cell_types"]]
    return _nodes(pd.Series(factors), genes["gene"]).join(about, on="name"), edges


def ranking_network(comparison: Mapping[str, Any]) -> Network:
    """From each factor to each gene that it reports, with rank and average score.

    Parameters
    ----------
    comparison : mapping
        From `compare_targets`.
    """
    parts = []
    for factor, ranks in comparison["ranks"].items():
        reported = ranks.dropna()
        table = comparison["results"][factor]["target_genes"].set_index("gene")
        edges = pd.DataFrame({"source": factor, "target": reported.index, "rank": reported.to_numpy("int64")})
        parts.append(
            edges.join(table["avg_score"].rename("score"), on="target").assign(bound=lambda one: one["score"] > 0)
        )
    about = pd.DataFrame({"num_factors": comparison["membership"].sum(axis=1), "locus": comparison["loci"]})
    nodes = _nodes(pd.Series(comparison["factors"]), pd.Series(comparison["ranks"].index))
    return nodes.join(about, on="name"), pd.concat(parts, ignore_index=True)


def _nodes(factors: pd.Series, genes: pd.Series) -> pd.DataFrame:
    """Every name once; a factor whose own gene is a target is one node."""
    names = pd.unique(pd.concat([factors, genes], ignore_index=True))
    return pd.DataFrame(
        {"name": names, "is_factor": pd.Index(names).isin(factors), "is_target": pd.Index(names).isin(genes)}
    )
