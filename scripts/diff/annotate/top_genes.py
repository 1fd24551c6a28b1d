"""The genes near the top regions, looked up once and kept with the results: the plots and the tables both name them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pandas as pd

from ...chipatlas.transport.client import Client
from .annotate_genes import annotate_nearest_genes

TOP_N = 50
_KEPT_AS = "nearest_genes"


def top_genes(results: MutableMapping[str, Any], *, annotate: bool) -> pd.Series:
    """Nearest gene of each of the first 50 regions, as `annotate_nearest_genes` writes it.

    The answer is kept in ``results["nearest_genes"]``; genes from the embedded service mark the results as simulated.

    Parameters
    ----------
    annotate : bool
        Whether UCSC may be asked.

    Returns
    -------
    Series of str
        Indexed as the first rows of ``diff_regions``; empty strings where no gene is near or none was looked up.
    """
    top = results["diff_regions"].head(TOP_N)
    if _KEPT_AS in results:
        kept: pd.Series = results[_KEPT_AS]
        return kept
    if not annotate:
        return pd.Series("", index=top.index, dtype=object)
    with Client() as client:
        results[_KEPT_AS] = annotate_nearest_genes(top, results["parameters"]["genome"], TOP_N, client)
        results["provenance"]["simulated"] |= client.simulated
    return top_genes(results, annotate=False)
