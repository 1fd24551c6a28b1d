"""SITE: metadata, search, the index of factors, assemblies, run-time estimates and what is up, in either dialect.

The old dialect has the quirks of production: rows of the search join an experiment's assemblies, the search's
``genome=`` finds nothing, and the estimate counts reads once per assembly. The new one knows fewer assemblies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable

from flask import Blueprint, Response, jsonify, request

from ..chipatlas.run_time import expected_seconds
from ..chipatlas.site.dialects import FIELDS, NEW, OLD, SEARCH_LIMIT, search_words
from .simulation.factors.table_experiments import table_entries
from .simulation.factors.target_tables import factor_index
from .simulation.samples.experiments import all_experiments, find_all

DEFAULT_SEARCH_LIMIT = 20
#: Assemblies of the new site, with their labels.
NEW_GENOMES = {
    "hg38": "H. sapiens (hg38)",
    "mm10": "M. musculus (mm10)",
    "rn6": "R. norvegicus (rn6)",
    "dm6": "D. melanogaster (dm6)",
    "ce11": "C. elegans (ce11)",
    "sacCer3": "S. cerevisiae (sacCer3)",
    "TAIR12": "A. thaliana (TAIR12)",
}
#: Fields of an experiment's record, and of a row of the search.
_OF_RECORD = tuple(name for name in FIELDS if name not in ("sra_id", "geo_id"))
_OF_ROW = tuple(name for name in FIELDS if name not in ("read_info", "cell_type_info"))
_TOKEN = re.compile(r"[^\W_]+")

old, new = Blueprint("old_site", __name__), Blueprint("new_site", __name__)
BLUEPRINTS = {OLD.name: old, NEW.name: new}


@old.get(f"/{OLD.experiment}")
def old_experiment() -> Response:
    """One experiment, newest assembly first; an empty list for an unknown one and for every GSM."""
    entries = _of(request.args.get(OLD.experiment_key, ""), OLD.known_assemblies)
    return jsonify([_told(entry, _OF_RECORD, OLD.name) for entry in entries])


@new.get(f"/{NEW.experiment}")
def new_experiment() -> Response | tuple[Response, int]:
    """The same, of the assemblies that the new site knows."""
    accession = request.args.get(NEW.experiment_key)
    if not accession:
        return jsonify({"error": f"{NEW.experiment_key} is required"}), 400
    entries = _of(accession, NEW_GENOMES)
    return jsonify([_told(entry, _OF_RECORD, NEW.name) for entry in entries])


@old.get(f"/{OLD.search}")
def old_search() -> Response:
    """Experiments in which every word occurs, one row each; nothing under a ``genome=``, nor without a word."""
    rows: dict[str, dict[str, str]] = {}
    asked = request.args.get("q", "").strip() and not request.args.get("genome")
    for entry in _matching(OLD.known_assemblies) if asked else ():
        row = rows.setdefault(entry["accession"], {**entry, "genome": ""})
        row["genome"] = ", ".join(sorted([*filter(None, row["genome"].split(", ")), entry["genome"]]))
    return _sent([_told(row, _OF_ROW, OLD.name) for row in rows.values()], 0)


@new.get(f"/{NEW.search}")
def new_search() -> Response:
    """Experiments in which every word occurs, one row per assembly; all of them without a word."""
    genome = request.args.get("genome", "")
    known = [entry for entry in _matching(NEW_GENOMES) if genome in ("", entry["genome"])]
    return _sent([_told(entry, _OF_ROW, NEW.name) for entry in known], request.args.get("offset", 0, type=int))


@old.get(f"/{OLD.factors}")
def old_factors() -> Response:
    """The factors of each assembly."""
    return jsonify({name: names for name, names in factor_index().items() if name in OLD.known_assemblies})


@new.get(f"/{NEW.factors}")
def new_factors() -> Response:
    """The antigens of each assembly that have tables: histone marks and accessibility, too."""
    return jsonify({name: names for name, names in factor_index(next_pipeline=True).items() if name in NEW_GENOMES})


@new.get(f"/{NEW.assemblies}")
def genomes() -> Response:
    """Assemblies and their labels."""
    return jsonify(NEW_GENOMES)


@old.get(f"/{OLD.status}")
def old_status() -> Response:
    """The word of the Diff Analysis service."""
    return Response("chipatlas", content_type="text/plain")


@new.get(f"/{NEW.status}")
def new_status() -> Response:
    """What is up."""
    features = ("peak_browser", "colo", "target_genes", "search", "enrichment_analysis", "diff_analysis")
    services = {"data_server": "ok", "wabi": "ok", "wes": "not_checked"}
    return jsonify({"services": services, "features": dict.fromkeys(features, "ok")})


@old.post(f"/{OLD.estimate}")
@new.post(f"/{NEW.estimate}")
def estimated_time() -> Response | tuple[Response, int]:
    """Minutes that a job over these experiments takes, from the number of their reads."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        body = {}
    ids, analysis = body.get("ids"), body.get("analysis")
    if not isinstance(ids, list) or analysis not in ("diffbind", "dmr"):
        return jsonify({"error": "analysis and ids are required"}), 400
    counted = [find_all(str(item)) for item in ids]
    if request.blueprint == new.name:
        counted = [found[:1] for found in counted]
    reads = sum(item.reads for found in counted for item in found)
    return jsonify({"minutes": math.ceil(expected_seconds(reads, analysis) / 60)})


@old.get("/<path:path>")
@new.get("/<path:path>")
def anything_else(path: str) -> tuple[Response, int]:
    """No such page; under ``/api/`` in JSON."""
    if path.startswith("api/"):
        return jsonify({"error": "Not found"}), 404
    return Response("<html><body><h1>Not Found</h1></body></html>", content_type="text/html"), 404


def _of(accession: str, genomes: Collection[str]) -> list[dict[str, str]]:
    """Records of an accession on some assemblies; it alone finds them, as it is written."""
    found = [item.entry for item in find_all(accession) if item.accession == accession]
    found = found or [entry for entry in table_entries() if entry["accession"] == accession]
    return [entry for entry in found if entry["genome"] in genomes]


def _matching(genomes: Collection[str]) -> Iterable[dict[str, str]]:
    """Records in which all words of the request occur; a word of several parts, such as NF-kB, as a run of them."""
    words = [" ".join(_TOKEN.findall(word.casefold())) for word in search_words(request.args.get("q", "")).split()]
    for entry in (*(item.entry for item in all_experiments()), *table_entries()):
        text = f" {' '.join(_TOKEN.findall(' '.join(entry[name] for name in _OF_ROW).casefold()))} "
        if entry["genome"] in genomes and all(f" {word} " in text for word in words):
            yield entry


def _sent(rows: list[dict[str, str]], offset: int) -> Response:
    limit = min(max(request.args.get("limit", DEFAULT_SEARCH_LIMIT, type=int), 1), SEARCH_LIMIT)
    returned = rows[offset : offset + limit]
    return jsonify({"total": len(rows), "returned": len(returned), "experiments": returned})


def _told(entry: dict[str, str], fields: Iterable[str], dialect: str) -> dict[str, str]:
    """A record in the words of a dialect; rows of the search join attributes in a way of their own."""
    number = [OLD.name, NEW.name].index(dialect)
    told = {FIELDS[name][number]: entry[name] for name in fields}
    if "read_info" not in fields:
        told["attributes"] = told["attributes"].replace("\t", "__TAB__")
    return told
