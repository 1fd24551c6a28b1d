"""The nearest TSS of every region, from ChIP-Atlas's own library: one download, then no network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...chipatlas.endpoints import data_url
from ...chipatlas.transport.client import Client
from ...common.errors import BadResponseError, NotFoundError
from ...common.files.headless import read_headless
from ...common.text import clean_label


def fetch_tss_library(genome: str, client: Client) -> pd.DataFrame:
    """Download ``TSS.{genome}.bed``.

    Returns
    -------
    DataFrame
        ``chrom``, ``tss`` (0-based), ``gene``, ``strand`` ("+", "-", or "" where the library does not tell).

    Raises
    ------
    NotFoundError, BadResponseError
        No such library, or something else than one.
    """
    url = data_url("others", "lib", "TSS", f"TSS.{genome}.bed")
    response = client.get(url)
    if response.status_code == 404:
        raise NotFoundError(f"ChIP-Atlas has no TSS library for {genome}: {url} does not exist (HTTP 404).")
    if response.status_code != 200:
        raise BadResponseError(f"HTTP {response.status_code} from {url}", response.text)
    if not response.content.endswith(b"\n"):
        raise BadResponseError(f"{url} ends in the middle of a line: a part of it is missing", response.text[-200:])
    library = parse_tss_library(response.content, url)
    client.note_file(url, len(response.content), response.headers.get("ETag"), response.headers.get("Last-Modified"))
    return library


def parse_tss_library(content: bytes, source: str = "the TSS library") -> pd.DataFrame:
    """Read a TSS library: chromosome, start, end, gene, and where given a score and a strand."""
    try:
        table = read_headless(content)
    except ValueError as error:
        raise BadResponseError(f"{source} is no BED file ({error})", content[:200]) from error
    if table.shape[1] < 4:
        raise BadResponseError(f"{source} has {table.shape[1]} columns; a TSS library has at least 4", content[:200])
    table = table.fillna("").apply(lambda column: column.str.rstrip("\r"))  # rows shorter than the first are filled up
    wrong = ~table[1].str.fullmatch(r"[0-9]{1,12}").to_numpy(bool)
    if wrong.any():
        row = table.iloc[int(np.flatnonzero(wrong)[0])]
        raise BadResponseError(f"{source} is no BED file (a start that is no position)", "\t".join(row))
    is_strand = [column for column in table if table[column].isin(["+", "-"]).all()]
    strand = table[is_strand[0]] if is_strand else pd.Series("", index=table.index)
    named = [column for column in range(3, table.shape[1]) if column not in is_strand]
    if not named:
        raise BadResponseError(f"{source} names no genes: its columns are positions and strands alone", content[:200])
    genes = table[named[0]].map(clean_label)
    return pd.DataFrame({"chrom": table[0], "tss": table[1].astype("int64"), "gene": genes, "strand": strand})


def nearest_tss(regions: pd.DataFrame, library: pd.DataFrame) -> pd.DataFrame:
    """The nearest TSS of each region, at any distance.

    Parameters
    ----------
    regions : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open).
    library : DataFrame
        From `fetch_tss_library`.

    Returns
    -------
    DataFrame
        Indexed as `regions`: ``tss_gene`` (empty on chromosomes without a TSS) and ``tss_distance`` in bp from the
        region's nearer edge, 0 when the region covers the TSS; negative when the region lies upstream of the gene.
        Without a strand in the library the distance has no sign.
    """
    gene = np.full(len(regions), "", dtype=object)
    distance = np.full(len(regions), np.nan)
    places = library.sort_values(["chrom", "tss", "gene"]).groupby("chrom")
    rows_of = regions.reset_index(drop=True).groupby("chrom").indices
    for chrom, rows in rows_of.items():
        if chrom not in places.groups:
            continue
        on_chrom = places.get_group(chrom)
        tss = on_chrom["tss"].to_numpy()
        start = regions["chromStart"].to_numpy()[rows]
        last = regions["chromEnd"].to_numpy()[rows] - 1
        right = np.searchsorted(tss, start)  # the first TSS at or after the region's start
        candidates = np.stack([np.clip(right - 1, 0, len(tss) - 1), np.clip(right, 0, len(tss) - 1)])
        gaps = np.maximum(np.maximum(tss[candidates] - last, start - tss[candidates]), 0)
        best = candidates[np.argmin(gaps, axis=0), np.arange(len(rows))]
        gene[rows] = on_chrom["gene"].to_numpy()[best]
        strand = on_chrom["strand"].to_numpy()[best]
        region_before = tss[best] > last
        upstream = np.where(strand == "-", ~region_before, region_before) & (strand != "")
        distance[rows] = np.where(upstream, -1, 1) * gaps.min(axis=0)
    return pd.DataFrame({"tss_gene": gene, "tss_distance": pd.array(distance, dtype="Int64")}, index=regions.index)
