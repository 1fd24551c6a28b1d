"""SITE: experiment metadata, search, the index of factors, and the run-time estimate."""

from __future__ import annotations

import math

from flask import Blueprint, Response, jsonify, request

from scripts.emulator.world.experiments import Experiment, all_experiments, find_all
from scripts.emulator.world.table_experiments import table_entries
from scripts.emulator.world.target_tables import factor_index
from scripts.shared.run_time import expected_seconds

blueprint = Blueprint("site", __name__)

DEFAULT_SEARCH_LIMIT = 20


@blueprint.get("/data/exp_metadata.json")
def experiment_metadata() -> Response:
    """What is known of one experiment, newest assembly first; an empty list when nothing is.

    Its accession alone finds it; a GEO sample is found through the title, by `search`.
    """
    accession = request.args.get("expid", "")
    found = [_entry(item) for item in find_all(accession) if item.accession == accession]
    return jsonify(found or [entry for entry in table_entries() if entry["expid"] == accession])


@blueprint.get("/data/search")
def search() -> Response:
    """Experiments in which every word of the query occurs."""
    words = request.args.get("q", "").casefold().split()
    genome = request.args.get("genome", "")
    limit = request.args.get("limit", DEFAULT_SEARCH_LIMIT, type=int)
    entries = [*(_entry(item) for item in all_experiments()), *table_entries()]
    found = [
        entry
        for entry in entries
        if (not genome or entry["genome"] == genome)
        and all(word in " ".join(entry.values()).casefold() for word in words)
    ]
    returned = found[: max(limit, 0)]
    return jsonify({"total": len(found), "returned": len(returned), "experiments": returned})


@blueprint.get("/data/target_genes_analysis.json")
def target_genes_index() -> Response:
    """The factors of each genome."""
    return jsonify(factor_index())


@blueprint.post("/diff_analysis_estimated_time")
def estimated_time() -> Response | tuple[Response, int]:
    """Minutes that a job over these experiments takes, from the number of their reads."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        body = {}
    ids, analysis = body.get("ids"), body.get("analysis")
    if not isinstance(ids, list) or analysis not in ("diffbind", "dmr"):
        return jsonify({"error": "analysis and ids are required"}), 400
    reads = sum(found[0].reads for item in ids if (found := find_all(str(item))))
    return jsonify({"minutes": math.ceil(expected_seconds(reads, analysis) / 60)})


def _entry(item: Experiment) -> dict[str, str]:
    return {
        "expid": item.accession,
        "genome": item.genome,
        "agClass": item.antigen_class,
        "agSubClass": item.antigen,
        "clClass": item.cell_class,
        "clSubClass": item.cell_type,
        "title": item.title,
        "attributes": item.attributes,
        "readInfo": item.read_info,
        "clSubClassInfo": "SIMULATED",
    }
