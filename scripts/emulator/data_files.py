"""DATA: the precomputed files of an object store."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from datetime import datetime, timezone
from xml.sax.saxutils import escape

import pandas as pd
from flask import Blueprint, Response, current_app, request, send_file

from ..chipatlas.assemblies import ASSEMBLIES
from ..chipatlas.site.dialects import NEW
from .simulation.factors import target_tables
from .simulation.genome import genes
from .simulation.samples import listing
from .simulation.samples.experiments import Experiment, find_experiment
from .simulation.tracks import bigwigs, signal

blueprint = Blueprint("data", __name__)

#: Every simulated file carries this date: its bytes do not depend on the clock.
_LAST_MODIFIED = datetime(2024, 7, 7, tzinfo=timezone.utc)
_BINARY = "application/octet-stream"
_TARGET_FILE = re.compile(r"(?P<factor>.+)\.(?P<distance>1|5|10)\.tsv")


@blueprint.get("/<genome>/target/<path:name>")
def target_genes(genome: str, name: str) -> Response:
    """``{TF}.{1|5|10}.tsv``."""
    match = _TARGET_FILE.fullmatch(name)
    listed = target_tables.factor_index(next_pipeline=_next_pipeline())
    # What the index does not list at all, today's pipeline has not computed.
    known = match is not None and match["factor"] in listed.get(genome, [])
    content = match and known and target_tables.target_table(genome, match["factor"], int(match["distance"]))
    return stored_file(content, "text/tab-separated-values") if content else _missing()


@blueprint.get("/<genome>/eachData/bed05/<name>.05.bed")
@blueprint.get("/<genome>/eachData/bed05/<name>.05.bed.gz")
def peaks(genome: str, name: str) -> Response:
    """Peaks of one experiment: chrom, start, end, score. The next pipeline, as under the new site, packs them."""
    experiment = _stored(name, genome)
    packed = request.path.endswith(".gz")
    if experiment is None or experiment.is_bisulfite or packed != _next_pipeline():
        return _missing()
    table = _tsv(signal.peaks(name, genome))
    # Without a time in its head: the same bytes at every run.
    return (
        stored_file(gzip.compress(table, mtime=0), "application/gzip") if packed else stored_file(table, "text/plain")
    )


@blueprint.get("/<genome>/eachData/bw/<name>.bw")
def coverage(genome: str, name: str) -> Response:
    """Coverage of one experiment in reads per million, a bigWig."""
    experiment = _stored(name, genome)
    if experiment is None or experiment.is_bisulfite:
        return _missing()
    return stored_file(bigwigs.coverage_bigwig(name, genome), _BINARY)


@blueprint.get("/<genome>/eachData/bs/methyl/<name>.methyl.bw")
def methylation(genome: str, name: str) -> Response:
    """Methylation of one bisulfite experiment, a bigWig."""
    experiment = _stored(name, genome)
    if experiment is None or not experiment.is_bisulfite:
        return _missing()
    return stored_file(bigwigs.methylation_bigwig(name, genome), _BINARY)


@blueprint.get("/others/lib/TSS/TSS.<genome>.bed")
def tss_library(genome: str) -> Response:
    """One TSS a gene."""
    return stored_file(_tsv(genes.tss_library(genome)), "text/plain") if genome in ASSEMBLIES else _missing()


@blueprint.get("/metadata/experimentList.tab")
def experiment_list() -> Response:
    """Every experiment, one line an assembly."""
    listed = current_app.extensions["chipatlas"].listed
    if listed is None:
        return stored_file(listing.experiment_list(), "text/tab-separated-values")
    return send_file(listed, mimetype="text/tab-separated-values", conditional=True, last_modified=_LAST_MODIFIED)


@blueprint.get("/query/<job_id>.zip")
def result_mirror(job_id: str) -> Response:
    """The mirror of a job's archive."""
    job = current_app.extensions["chipatlas"].jobs.find(job_id)
    archive = job.archive() if job else None
    return stored_file(archive, "application/zip") if archive else _missing()


@blueprint.get("/<path:key>")
def anything_else(key: str) -> Response:
    """No such object."""
    return _missing()


def _next_pipeline() -> bool:
    return bool(current_app.extensions["chipatlas"].site == NEW.name)


def _stored(name: str, genome: str) -> Experiment | None:
    """The experiment of a file. The store knows accessions only, and tells case."""
    experiment = find_experiment(name, genome)
    return experiment if experiment is not None and experiment.accession == name else None


def _tsv(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    frame.to_csv(buffer, sep="\t", header=False, index=False, lineterminator="\n")
    return buffer.getvalue().encode()


def stored_file(content: bytes, kind: str) -> Response:
    """A stored object: ETag, date, length, byte ranges and conditional requests."""
    response = Response(content, content_type=kind)
    response.set_etag(f"{zlib.crc32(content):08x}-{len(content):x}")
    response.last_modified = _LAST_MODIFIED
    response.make_conditional(request.environ, accept_ranges=True, complete_length=len(content))
    # The server adds its own.
    response.headers.pop("Date", None)
    return response


def _missing() -> Response:
    key = escape(request.path.removeprefix("/data/"))
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
        f"<Key>{key}</Key><BucketName>data</BucketName><Resource>/data/{key}</Resource>"
        "<RequestId>SIMULATED</RequestId></Error>\n"
    )
    return Response(body, status=404, content_type="application/xml")
