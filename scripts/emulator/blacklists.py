"""ENCODE's blacklists: one packed BED file an assembly, of simulated places."""

from __future__ import annotations

import gzip

from flask import Blueprint, Response

from .data_files import stored_file
from .simulation.blacklist import LISTED_GENOMES, blacklist

blueprint = Blueprint("blacklists", __name__)


@blueprint.get("/<genome>-blacklist.v2.bed.gz")
def listed(genome: str) -> Response:
    """``chrom start end reason``, as the real lists have it."""
    if genome not in LISTED_GENOMES:
        return Response("404: Not Found", status=404, content_type="text/plain")
    table = blacklist(genome).to_csv(sep="\t", header=False, index=False, lineterminator="\n")
    # Without a time in its head: the same bytes at every run.
    return stored_file(gzip.compress(table.encode(), mtime=0), "application/octet-stream")
