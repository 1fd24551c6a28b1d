"""Every parser that reads what others wrote, with valid files to start from and what is done with what it read."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.chipatlas.batches import accession_batches
from scripts.chipatlas.cache.store import Entry, stored
from scripts.chipatlas.site.api import Site
from scripts.chipatlas.site.dialects import FIELDS
from scripts.chipatlas.site.look_up import look_up
from scripts.chipatlas.site.metadata import parse_read_info
from scripts.chipatlas.wabi.job_file import read_record
from scripts.chipatlas.wabi.replies import parse_log, parse_reply
from scripts.common.errors import BadResponseError
from scripts.common.files.csv_files import write_csv
from scripts.common.files.json_text import decode
from scripts.common.files.manifest import MANIFEST, verify_folder
from scripts.common.files.writing import extract_zip
from scripts.diff.analysis import DIFFBIND, DMR
from scripts.diff.annotate.annotate_genes import nearest_gene, parse_gene_track
from scripts.diff.annotate.annotate_tss import nearest_tss, parse_tss_library
from scripts.diff.inputs.experiments import read_experiment_ids
from scripts.diff.results.filter_regions import filter_regions
from scripts.diff.results.loci import merge_loci
from scripts.diff.results.parse_bed_results import parse_bed_results
from scripts.diff.results.parse_igv_bed import parse_igv_bed
from scripts.diff.results.samples import counts_matrix, used_samples
from scripts.targets.expression.table import read_expression
from scripts.targets.query.availability import fetch_index
from scripts.targets.table.parse_target_genes import cell_types_of, parse_target_genes
from scripts.targets.table.scores import summarise

URL = "http://127.0.0.1:1/data/hg38/target/TP53.5.tsv"
REGIONS = pd.DataFrame({"chrom": ["chr1", "chr2"], "chromStart": [100, 5], "chromEnd": [200, 60]})


@dataclass(frozen=True)
class Parser:
    """`read` takes the bytes of a file and an empty folder; it must end, or raise an error of our tree."""

    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]


class Replies:
    """In the place of an HTTP client: every question has the same body for an answer."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def get_json(self, url: str, *, params: Any = None) -> Any:
        try:
            return decode(self.body)
        except ValueError as error:
            raise BadResponseError(f"Expected JSON from {url}", self.body) from error


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _bed(content: bytes, folder: Path) -> object:
    regions = parse_bed_results(_file(folder, "wabi_result.bed", content))
    kept, _ = filter_regions(regions, "hg38", standard_contigs_only=False)
    analysis = DMR if DMR.effect in regions else DIFFBIND
    write_csv(folder / "merged.csv", merge_loci(kept, analysis.effect))
    if analysis is DIFFBIND:
        counts_matrix(kept, used_samples(parse_log(""), ["SRX1", "SRX2"], ["SRX3", "SRX4"]))
    return len(regions)


def _igv(content: bytes, folder: Path) -> object:
    path = _file(folder, "wabi_result.igv.bed", content)
    peaks, dmrs = (parse_igv_bed(path, analysis) for analysis in (DIFFBIND, DMR))
    return merge_loci(peaks, DIFFBIND.effect), dmrs


def _targets(content: bytes, folder: Path) -> object:
    table = parse_target_genes(content, "TP53")
    if table.experiments and len(table.genes):
        types = cell_types_of(table.experiments)
        summary = summarise(table.genes, table.scores, table.string_score, table.average, types)
        write_csv(folder / "genes.csv", summary)
    return table


def _ucsc(content: bytes, folder: Path) -> object:
    genes = parse_gene_track(200, content.decode("utf-8", "replace"), "ncbiRefSeq")
    return nearest_gene(1000, 1200, genes)


def _tss(content: bytes, folder: Path) -> object:
    return nearest_tss(REGIONS, parse_tss_library(content))


def _metadata(content: bytes, folder: Path) -> object:
    # A list answers a question about an accession, an object a search.
    site = Site(Replies(content))  # type: ignore[arg-type]
    found = look_up(["SRX1"], site)["SRX1"] if content.lstrip().startswith(b"[") else site.search("GSM2").infos
    known = pd.Series([info.accession for info in found], dtype=object)
    return accession_batches(known) if len(known) else known


def _cache(content: bytes, folder: Path) -> object:
    entry = Entry(folder, URL)
    for path in (entry.body, entry.part):
        path.write_bytes(b"x" * 12)
        path.with_name(f"{path.name}.json").write_bytes(content)
    return entry.whole(), entry.resumable(), stored(folder)


def _zip(content: bytes, folder: Path) -> object:
    inside = folder / "inside"
    inside.mkdir()
    extract_zip(_file(folder, "result.zip", content), inside)
    assert all(path.is_file() for path in inside.iterdir())
    assert sorted(path.name for path in folder.iterdir()) == ["inside", "result.zip"]
    return len(list(inside.iterdir()))


def _job(content: bytes, folder: Path) -> object:
    _file(folder, "job.json", content)
    return read_record(folder)


def _manifest(content: bytes, folder: Path) -> object:
    _file(folder, MANIFEST, content)
    return verify_folder(folder)


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("bed", "igv.bed", "xml", "log"):
            archive.writestr(f"wabi_result/wabi_result.{name}", f"chr1\t1\t2\t{name}\n" * 20)
        archive.writestr("wabi_result/README.md", "# Result\n")
    return buffer.getvalue()


def _rows(*rows: str) -> bytes:
    return ("\n".join(row.replace(" ", "\t") for row in rows) + "\n").encode()


DIFFBIND_BED = _rows(
    "chr1 100 300 12.00,8.50 1.00,2.25 2.5 1e-10 1e-8",
    "chrX 5000 5008 0.50,0.00 7.10,9.90 -3.25 0.02 NA",
    "chrUn_KI270742v1 10 400 3.00,3.00 3.00,3.00 0 1 1",
)
DMR_BED = _rows(
    "chr1 99 600 0.001 0.35 12 0.0001 1e-05 0.8 0.45",
    "chr7 1000 1900 1 -0.2 31 0.5 0.4 20 40",
)
IGV_BED = (
    b'track name="A vs B" gffTags="on"\n'
    b"chr1\t100\t300\tName=logFC%202.5;logFC=2.5;PValue=1e-10;QValue=1e-8;\t80\t.\t100\t300\t222,131,68\n"
    b"chr2\t1\t50\tmean_difference=-0.3;PValue=0.001;QValue=0.05\t13\t.\t1\t50\t106,153,208\n"
)
LOG = (
    b'[INFO] 2026-01-01 00:00:00 Start: A vs B\n[INFO] <parameter> WABI_ID="wabi_chipatlas_1"\n'
    b"[INFO] <samples> SRX1 A\n[INFO] <samples> SRX3 B\n"
    b'[WARNING] "GSM1" unmapped for hg38 and has been ignored.\n'
    b'[ERROR] "SRX9" does not correspond to an experiment for hg38.\n[INFO] Duration: 321 seconds\n'
)
REPLIES = (
    b"request-ID: wabi_chipatlas_2026-0101-0000-00-000-000001\nstatus: running\ncurrent-time: 2026-01-01 00:00:00\n"
    b"system-info: 17 chipatlas epyc RUNNING 0:0\n17.bat+ batch RUNNING 0:0\n",
    b"requestId\twabi_chipatlas_1\nparameters\tnull\n",
    b'{"Message": "Error", "error-message": "BAD_REQUEST (null)"}',
)
TARGETS = _rows(
    "Target_genes TP53|Average SRX1|K-562 SRX2|CD4+_T_cells SRX3|B-cell_(CD19+) STRING",
    "CDKN1A 866.666667 1200 800 600 900",
    "MDM2 100.000000 300 0 0 0",
    "BAX 0.000000 0 0 0 650",
)
EXPRESSION = (
    b',"baseMean","log2FoldChange","lfcSE","stat","pvalue","padj"\n"AAA",10,1.5,0.1,15,1e-9,0.01\n"BBB",5,-2,0.2,-10,1,NA\n',
    b"symbol\tlogFC\tFDR\nAAA\t1.5\t0.01\nBBB\t-2\tNA\n",
    gzip.compress(b"gene;log2FC;padj\nAAA;1.5;0.01\nBBB;-2;1\n", mtime=0),
)
UCSC = json.dumps(
    {
        "itemsReturned": 2,
        "ncbiRefSeq": [
            {"name": "NM_1.1", "name2": "SIM0001", "txStart": 900, "txEnd": 1100, "strand": "+"},
            {"name": "NM_2.1", "name2": "", "txStart": 3000, "txEnd": 4000, "strand": "-"},
        ],
    }
).encode()
TSS = _rows("chr1 150 151 SIM0001 0 +", "chr1 9000 9001 SIM0002 0 -", "chr2 40 41 SIM0003 0 +")
_EXPERIMENT = {
    "expid": "SRX1",
    "genome": "hg38",
    "agClass": "TFs and others",
    "agSubClass": "TP53",
    "clClass": "Blood",
    "clSubClass": "K-562",
    "title": "GSM2: K562 cells",
    "attributes": "",
    "readInfo": "36694448,97.8,6.4,19817",
}
_NEW_EXPERIMENT = {new: _EXPERIMENT[old] for old, new in FIELDS.values() if old in _EXPERIMENT}
METADATA = (
    json.dumps([_EXPERIMENT, _EXPERIMENT | {"genome": "hg19", "readInfo": "-,101.5"}]).encode(),
    json.dumps({"total": 1, "returned": 1, "experiments": [_EXPERIMENT | {"geo_id": "GSM2"}]}).encode(),
    json.dumps([_NEW_EXPERIMENT]).encode(),
)
JOB = json.dumps(
    {
        "request_id": "wabi_chipatlas_1",
        "fingerprint": "0" * 64,
        "endpoint": "http://127.0.0.1:1/",
        "submitted_at": "2026-01-01T00:00:00+00:00",
        "form": {"genome": "hg38", "bedAFile": "SRX1\nSRX2"},
        "outcome": "",
    },
    indent=2,
).encode()
CACHE_RECORD = json.dumps(
    {
        "url": URL,
        "etag": '"abc"',
        "last_modified": "Thu, 01 Jan 2026 00:00:00 GMT",
        "fetched_at": "2026-01-01T00:00:00+00:00",
        "simulated": False,
        "size": 12,
        "sha256": "0" * 64,
        "if_range": '"abc"',
        "last_used": 1767225600.5,
    },
    indent=2,
).encode()
LISTED = json.dumps(
    {
        "format": 1,
        "simulated": False,
        **{"parameters": {}, "provenance": {}, "results": {}, "findings": [], "skill": "target genes"},
        "files": {
            "a.csv": {"bytes": 3, "sha256": "0" * 64},
            "raw_results/wabi_result.bed": {"bytes": 0, "sha256": "f" * 64},
        },
    },
    indent=1,
).encode()

PARSERS = {
    "result BED": Parser(_bed, (DIFFBIND_BED, DMR_BED, gzip.compress(DIFFBIND_BED, mtime=0))),
    "IGV track": Parser(_igv, (IGV_BED,)),
    "job log": Parser(lambda content, _: parse_log(content.decode("utf-8", "replace")), (LOG,)),
    "WABI reply": Parser(lambda content, _: parse_reply(content.decode("utf-8", "replace")), REPLIES),
    "Target Genes table": Parser(_targets, (TARGETS,)),
    "ID file": Parser(
        lambda content, folder: read_experiment_ids(_file(folder, "ids.csv", content)),
        (b"SRX1\nERX2 # remark\nGSM3\n", b'sample,experiment_id\n"a, b",SRX1\nc,SRX2\n', b"srx;title\nSRX1;x\n"),
    ),
    "readInfo": Parser(
        lambda content, _: parse_read_info(content.decode("utf-8", "replace")), (b"36694448,97.8,6.4,19817", b"-,101")
    ),
    "expression table": Parser(
        lambda content, folder: read_expression(_file(folder, "expression.csv", content)), EXPRESSION
    ),
    "UCSC reply": Parser(_ucsc, (UCSC,)),
    "TSS library": Parser(_tss, (TSS,)),
    "metadata JSON": Parser(_metadata, METADATA),
    "index of factors": Parser(
        lambda content, _: fetch_index(Replies(content)),  # type: ignore[arg-type]
        (b'{"hg38": ["TP53", "MYC"], "mm10": ["Trp53"]}',),
    ),
    "job.json": Parser(_job, (JOB,)),
    "cache record": Parser(_cache, (CACHE_RECORD,)),
    "result zip": Parser(_zip, (_archive(),)),
    "manifest": Parser(_manifest, (LISTED,)),
}
