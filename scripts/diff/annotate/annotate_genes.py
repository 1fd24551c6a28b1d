"""Nearest genes of regions, from UCSC's gene tracks. Optional: without UCSC every statistic is still complete."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from requests import Response

from ...chipatlas.assemblies import get_assembly
from ...chipatlas.endpoints import pause_seconds, ucsc_url
from ...chipatlas.transport.client import Client
from ...common.console import progress, say
from ...common.errors import BadResponseError, ServiceUnavailableError
from ...common.files.json_text import decode
from ...common.text import clean_label, ellipsis
from ..results.parse_bed_results import MAX_POSITION

#: How far a gene may be from a region to be named.
FLANK_BP = 5000
#: Regions whose windows lie this close are asked for in one request.
MAX_WINDOW_BP = 200_000
#: After this many failed requests the rest is not asked for.
MAX_FAILURES = 3

#: No symbol or transcript is longer.
MAX_NAME_CHARACTERS = 60

_GENE_COLUMNS = ["name2", "txStart", "txEnd", "strand"]


def annotate_nearest_genes(
    df: pd.DataFrame, genome: str = "hg38", max_regions: int = 50, client: Client | None = None
) -> pd.Series:
    """Name the gene that each of the first regions overlaps or lies next to.

    Parameters
    ----------
    df : DataFrame
        ``chrom``, ``chromStart``, ``chromEnd`` (0-based, half-open), most significant first.
    genome : str
        UCSC assembly.
    max_regions : int
        Only this many regions, from the top, are annotated.

    Returns
    -------
    Series of str, indexed as `df`
        ``GENE`` (or ``GENE1, GENE2``) for an overlap; ``GENE (+2.1kb)`` for the nearest gene within 5 kb, edge to edge,
        ``-`` upstream of the gene's TSS and ``+`` downstream of its end; empty without either, or not annotated.
        ``attrs["not_looked_up"]`` is the number of regions that UCSC gave no answer for.
    """
    annotations = pd.Series("", index=df.index, dtype=object)
    top = df.head(max_regions)
    if top.empty:
        return annotations
    tracks = list(get_assembly(genome).gene_tracks)
    if not tracks:
        say(f"  UCSC holds no {genome}: the regions stay without a gene.")
        annotations.attrs["not_looked_up"] = len(top)
        return annotations
    say(f"  Annotating top {len(top)} regions with nearest genes (UCSC API)...")
    own_client = client or Client()
    answered, failures = 0, 0
    try:
        for members in progress(_windows(top), desc="Genes", unit="request"):
            try:
                genes = _fetch_genes(top.loc[members], genome, tracks, own_client)
            except (ServiceUnavailableError, BadResponseError) as error:
                failures += 1
                out = isinstance(error, ServiceUnavailableError) and error.known_before
                if not out:
                    say(f"  UCSC request failed: {str(error).splitlines()[0]}")
                if out:
                    say("  UCSC is out of reach: the remaining regions stay without a gene.")
                    break
                if failures >= MAX_FAILURES:
                    say(f"  {MAX_FAILURES} UCSC requests failed: the remaining regions stay without a gene.")
                    break
                continue
            answered += len(members)
            spans = zip(top.loc[members, "chromStart"], top.loc[members, "chromEnd"], strict=True)
            annotations.update(pd.Series([nearest_gene(*span, genes) for span in spans], index=members))
            time.sleep(pause_seconds(ucsc_url("")))
    finally:
        if client is None:
            own_client.__exit__()
    annotations.attrs["not_looked_up"] = len(top) - answered
    found = int((annotations != "").sum())
    say(f"  Annotated {found}/{len(top)} regions with gene symbols ({len(top) - answered} not looked up)")
    return annotations


def nearest_gene(start: int, end: int, genes: pd.DataFrame) -> str:
    """The annotation of one region.

    Parameters
    ----------
    start, end : int
        The region, 0-based, half-open.
    genes : DataFrame
        ``name2`` (symbol), ``txStart``, ``txEnd``, ``strand``; transcripts near the region, on its chromosome.
    """
    if genes.empty:
        return ""
    tx_start, tx_end = genes["txStart"].to_numpy(), genes["txEnd"].to_numpy()
    left, right = tx_start - end, start - tx_end  # bases between region and transcript on either side
    overlapping = genes.loc[(left < 0) & (right < 0), "name2"]
    if len(overlapping):
        return ", ".join(sorted(set(overlapping)))
    gap = np.maximum(left, right)
    best = min(range(len(genes)), key=lambda row: (gap[row], genes["name2"].iat[row]))
    if gap[best] > FLANK_BP:
        return ""
    before_start_on_plus = left[best] >= right[best]
    upstream = before_start_on_plus == (genes["strand"].iat[best] != "-")
    return f"{genes['name2'].iat[best]} ({'-' if upstream else '+'}{gap[best] / 1000:.1f}kb)"


def _windows(regions: pd.DataFrame) -> list[list[Any]]:
    """Index labels of the regions that one request can serve, in order of the best region of each."""
    windows: list[list[Any]] = []
    for _, on_chrom in regions.groupby("chrom", sort=False):
        ordered = on_chrom.sort_values("chromStart")
        first = last = None
        for index, start, end in zip(ordered.index, ordered["chromStart"], ordered["chromEnd"], strict=True):
            near = last is not None and start - last <= 2 * FLANK_BP and end - first <= MAX_WINDOW_BP
            if near:
                windows[-1].append(index)
                last = max(last, end)
            else:
                windows.append([index])
                first, last = start, end
    rank = {index: position for position, index in enumerate(regions.index)}
    return sorted(windows, key=lambda members: min(rank[index] for index in members))


def _fetch_genes(regions: pd.DataFrame, genome: str, tracks: list[str], client: Client) -> pd.DataFrame:
    """Transcripts within 5 kb of any of these regions, from the first of `tracks` that the assembly has.

    A track that it lacks is taken from the list, so that it is asked for once only.
    """
    while True:
        query = {
            "genome": genome,
            "track": tracks[0],
            "chrom": regions["chrom"].iloc[0],
            "start": max(0, int(regions["chromStart"].min()) - FLANK_BP),
            "end": int(regions["chromEnd"].max()) + FLANK_BP,
        }
        url = ucsc_url("getData/track") + "?" + ";".join(f"{key}={quote(str(value))}" for key, value in query.items())
        response = client.get(url)
        if len(tracks) == 1 or not _lacks_track(response):
            return parse_gene_track(response.status_code, response.text, tracks[0])
        tracks.pop(0)


def _lacks_track(response: Response) -> bool:
    return response.status_code == 400 and "track" in response.text.lower() and "chrom" not in response.text.lower()


def parse_gene_track(status: int, text: str, track: str) -> pd.DataFrame:
    """Transcripts of a ``getData/track`` reply; HTTP 206 (more than UCSC sends at once) is taken as far as it goes."""
    try:
        body = decode(text)
    except ValueError as error:
        raise BadResponseError(f"UCSC sent no JSON (HTTP {status})", text) from error
    if not isinstance(body, dict):
        raise BadResponseError(f"UCSC sent no JSON object (HTTP {status})", text)
    if status == 400 and "chrom" in str(body.get("error", "")).lower():
        return pd.DataFrame(columns=_GENE_COLUMNS)  # a contig that UCSC does not carry has no genes there
    if status not in (200, 206) or "error" in body:
        raise BadResponseError(f"UCSC answered HTTP {status}", str(body.get("error", text)))
    items = body.get(track, [])
    if isinstance(items, dict):
        items = [item for of_chrom in items.values() if isinstance(of_chrom, list) for item in of_chrom]
    if not isinstance(items, list) or not all(_is_transcript(item) for item in items):
        raise BadResponseError(f"UCSC sent no transcripts as {track!r} (HTTP {status})", text)
    rows = [(_name_of(item), item["txStart"], item["txEnd"], item.get("strand")) for item in items]
    return pd.DataFrame(rows, columns=_GENE_COLUMNS)


def _is_transcript(item: object) -> bool:
    return isinstance(item, dict) and all(
        type(item.get(key)) is int and 0 <= item[key] <= MAX_POSITION for key in ("txStart", "txEnd")
    )


def _name_of(item: dict[str, Any]) -> str:
    """The symbol of a transcript, else its own name, as short as any is."""
    return ellipsis(clean_label(item.get("name2") or item.get("name") or ""), MAX_NAME_CHARACTERS)
