"""What a reader must know of the table behind a ranking: its size, its experiments, its bands, its shared loci."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from ..table.colocation import MIN_BOUND
from ..table.download_target_genes import Download
from ..table.parse_target_genes import cell_types_of
from ..table.scores import count_bands
from .filter_targets import Filtered

#: Edges of the histogram of average scores: tenths of a decade, with the band limits 50, 100 and 500 among them.
HISTOGRAM_EDGES = np.concatenate(
    [
        50 * 10 ** (np.arange(-35, 0) / 10),
        np.geomspace(50, 100, 4)[:-1],
        np.geomspace(100, 500, 8)[:-1],
        500 * 10 ** (np.arange(0, 21) / 10),
    ]
).round(6)


def describe(download: Download, filtered: Filtered) -> dict[str, Any]:
    """Make the ``metadata`` of a result.

    Returns
    -------
    dict
        ``n_genes_total``, ``n_genes_bound``, ``n_string_only`` (STRING score, no peak in any experiment),
        ``n_experiments_total``, ``has_string``, ``notes`` describe the table as downloaded;
        ``n_experiments``, ``n_genes_bound_used``, ``experiments_per_cell_type``, ``unique_cell_types``,
        ``score_bands_all``, ``score_histogram`` the experiments used;
        ``filters``, ``n_genes``, ``score_bands``, ``colocated_info`` the genes reported.
    """
    kept = download.matrix.names(filtered.columns)
    per_cell_type = dict(Counter(cell_types_of(kept)).most_common())
    total = download.summary
    bound = filtered.considered[filtered.considered["num_bound"] > 0]
    return {
        "n_genes_total": len(total),
        "n_genes_bound": int((total["num_bound"] > 0).sum()),
        "n_string_only": int(((total["num_bound"] == 0) & (total["string_score"] > 0)).sum()),
        "n_experiments_total": len(download.matrix.columns),
        "n_experiments": len(kept),
        "n_genes_bound_used": len(bound),
        "n_genes": len(filtered.summary),
        "unique_cell_types": len(per_cell_type),
        "experiments_per_cell_type": per_cell_type,
        "colocated_info": colocated_info(filtered.summary),
        "score_bands": count_bands(filtered.summary["avg_score"]),
        "score_bands_all": count_bands(bound["avg_score"]),
        "score_histogram": histogram(bound["avg_score"]),
        "filters": filtered.steps,
        "has_string": bool((total["string_score"] > 0).any()),
        "notes": download.notes,
    }


def colocated_info(summary: pd.DataFrame) -> dict[str, int]:
    """Shared loci among the genes of a ranking.

    Returns
    -------
    dict
        ``groups``: loci that hold more than one gene; ``genes_affected``: genes in them;
        ``independent_loci``: genes, each group counted once; ``not_judgeable``: genes bound in one or two
        experiments, too few to tell a shared locus from chance.
    """
    labels = summary["colocated_group"]
    affected = int((labels != "").sum())
    groups = int(labels[labels != ""].nunique())
    few = (summary["num_bound"] > 0) & (summary["num_bound"] < MIN_BOUND)
    return {
        "groups": groups,
        "genes_affected": affected,
        "independent_loci": len(summary) - affected + groups,
        "not_judgeable": int(few.sum()),
    }


def histogram(avg_score: pd.Series) -> dict[str, list[float]]:
    """Genes per interval of the average score; ``edges`` has one number more than ``counts``.

    Scores outside the outermost edges count in the first or last interval.
    """
    inside = np.clip(avg_score.to_numpy(), HISTOGRAM_EDGES[0], HISTOGRAM_EDGES[-1])
    counts, _ = np.histogram(inside, bins=HISTOGRAM_EDGES)
    return {"edges": HISTOGRAM_EDGES.tolist(), "counts": counts.tolist()}
