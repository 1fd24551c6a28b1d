"""UCSC: the gene tracks of the Genome Browser's API and downloads, and HGNC's table of names, over simulated genes."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any
from urllib.parse import unquote_plus

import pandas as pd
from flask import Blueprint, Response, request

from ..chipatlas.assemblies import ASSEMBLIES
from .data_files import stored_file
from .simulation.ccres import GENOMES, ccre_file
from .simulation.genome.chromosomes import chromosome_sizes
from .simulation.genome.gene_models import gene_models
from .simulation.genome.genes import gene_names, transcripts, transcripts_in

blueprint = Blueprint("ucsc", __name__)
downloads = Blueprint("ucsc-downloads", __name__)
gbdb = Blueprint("ucsc-gbdb", __name__)

#: Gene tracks by assembly; older ones have no NCBI RefSeq track.
_TRACKS = {
    **{name: ("ncbiRefSeq", "refGene") for name, assembly in ASSEMBLIES.items() if assembly.gene_tracks},
    **dict.fromkeys(("mm9", "dm3", "ce10"), ("refGene",)),
    "sacCer3": ("ncbiRefSeq", "sgdGene"),
}
#: Tracks whose items have no gene symbol beside the transcript's name.
_WITHOUT_SYMBOL = ("sgdGene",)
#: HGNC's table of human genes, a track like any other.
_NAMES = "hgnc"
_WITH_NAMES = ("hg38", "hg19")
#: Items a reply holds at most. The real service stops at a million; genes are few here, and a client has to meet the
#: cut all the same: most chromosomes asked for whole go beyond this, windows of a few megabases never.
MAXIMUM_ITEMS = 500


@blueprint.get("/getData/track")
def track() -> Response:
    """Transcripts that touch a window, whole; HTTP 206 and the first `MAXIMUM_ITEMS` of them when there are more."""
    asked = _arguments()
    genome, name, chrom = asked.get("genome", ""), asked.get("track", ""), asked.get("chrom", "")
    if genome not in _TRACKS:
        return _bad_request(f"can not find genome='{genome}' for endpoint '/getData/track'")
    if name == _NAMES and genome in _WITH_NAMES:
        return _json(_names(genome, arrays=asked.get("jsonOutputArrays") == "1"), 200)
    if name not in _TRACKS[genome]:
        return _bad_request(f"can not find track='{name}' for genome='{genome}'")
    sizes = chromosome_sizes(genome)
    if chrom not in sizes.index:
        return _bad_request(f"can not find chrom='{chrom}' in genome='{genome}'")
    try:
        start, end = int(asked.get("start", 0)), int(asked.get("end", sizes[chrom]))
    except ValueError:
        return _bad_request("start and end are whole numbers")
    if not 0 <= start < end:
        return _bad_request(f"start={start} is not below end={end}")
    found = gene_models(genome).loc[transcripts_in(genome, chrom, start, end).index]
    head = {
        "downloadTime": "2024:07:07T00:00:00Z",
        "genome": genome,
        "dataTime": "SIMULATED",
        "trackType": "genePred",
        "track": name,
        "start": start,
        "end": end,
        "chrom": chrom,
    }
    cut = len(found) > MAXIMUM_ITEMS
    items = _items(found.head(MAXIMUM_ITEMS), with_symbol=name not in _WITHOUT_SYMBOL)
    tail: dict[str, Any] = {"maxItemsLimit": True} if cut else {}
    # The real service leaves the number out when it is 0.
    tail |= {"itemsReturned": len(items)} if items else {}
    return _json({**head, name: items, **tail}, 206 if cut else 200)


@downloads.get("/<genome>/database/<track>.txt.gz")
def table(genome: str, track: str) -> Response:
    """A whole gene track, one transcript a line, packed, without a head."""
    if track not in _TRACKS.get(genome, ()) or track in _WITHOUT_SYMBOL:
        return Response("<title>404 Not Found</title>", status=404, content_type="text/html")
    text = gene_models(genome).to_csv(sep="\t", header=False, index=False, lineterminator="\n")
    # Without a time in its head: the same bytes at every run.
    return stored_file(gzip.compress(text.encode(), mtime=0), "application/x-gzip")


@gbdb.get("/<genome>/encode3/ccre/encodeCcreCombined.bb")
def regulatory_elements(genome: str) -> Response:
    """ENCODE's cCREs, a bigBed of simulated ones."""
    if genome not in GENOMES:
        return Response("<title>404 Not Found</title>", status=404, content_type="text/html")
    return stored_file(ccre_file(genome), "application/octet-stream")


def _arguments() -> dict[str, str]:
    """Arguments separated by ``;`` (UCSC's own way) or ``&``."""
    pairs = (part.partition("=") for part in re.split("[;&]", request.query_string.decode()) if part)
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


def _items(table: pd.DataFrame, *, with_symbol: bool) -> list[dict[str, Any]]:
    table = table if with_symbol else table.drop(columns="name2")
    return [{str(key): value for key, value in row.items()} for row in table.to_dict(orient="records")]


def _names(genome: str, *, arrays: bool) -> dict[str, Any]:
    """HGNC's whole table: objects, or lists with the names of their columns told once."""
    places = transcripts(genome).drop_duplicates("name2").set_index("name2")
    names = gene_names(genome)
    place = places.loc[names["symbol"]]
    number = (names.index + 1).astype(str)
    table = pd.DataFrame(
        {
            "chrom": place["chrom"].to_numpy(),
            "chromStart": place["txStart"].to_numpy(),
            "chromEnd": place["txEnd"].to_numpy(),
            "name": "HGNC:99" + number,
            "symbol": names["symbol"],
            "geneName": "simulated gene " + number,
            "alias_symbol": names["aliases"],
            "prev_symbol": names["previous"],
            "entrez_id": "99" + number,
            "ensembl_gene_id": names["ensembl"],
        }
    )
    told = {"columnTypes": [{"name": name, "sqlType": "lstring"} for name in table]} if arrays else {}
    items = table.to_numpy(object).tolist() if arrays else table.to_dict(orient="records")
    return {
        "downloadTime": "2024:07:07T00:00:00Z",
        "genome": genome,
        "dataTime": "SIMULATED",
        "trackType": "bigBed 9 +",
        "track": _NAMES,
        **told,
        _NAMES: items,
        "itemsReturned": len(items),
    }


def _bad_request(message: str) -> Response:
    return _json({"error": message, "statusCode": 400, "statusMessage": "Bad Request"}, 400)


def _json(body: dict[str, Any], status: int) -> Response:
    # The real reply starts with a blank line.
    return Response("\n" + json.dumps(body) + "\n", status=status, content_type="application/json")
