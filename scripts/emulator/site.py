"""SITE: experiment metadata, search, the index of factors, and the run-time estimate."""

from __future__ import annotations

import math

from flask import Blueprint, Response, jsonify, request

from scripts.emulator.world.experiments import Experiment, all_experiments, find_all
from scripts.emulator.world.target_tables import factor_index

blueprint = Blueprint("site", __name__)

DEFAULT_SEARCH_LIMIT = 20
#: The site's own fit of run time (seconds) on the number of reads of all experiments, and its allowance for the queue.
_DIFFBIND_SECONDS_A_READ, _DIFFBIND_SECONDS = 1.80e-6, 119.38
_DMR_SECONDS_A_LOG_READ, _DMR_SECONDS = 117.13, -2012.5
_QUEUE_SECONDS = 600


@blueprint.get("/data/exp_metadata.json")
def experiment_metadata() -> Response:
    """What is known of one experiment, newest assembly first; an empty list when nothing is."""
    return jsonify([_entry(item) for item in find_all(request.args.get("expid", "").strip())])


@blueprint.get("/data/search")
def search() -> Response:
    """Experiments in which every word of the query occurs."""
    words = request.args.get("q", "").casefold().split()
    genome = request.args.get("genome", "")
    limit = request.args.get("limit", DEFAULT_SEARCH_LIMIT, type=int)
    found = [
        entry
        for item in all_experiments()
        if (not genome or item.genome == genome)
        and (entry := _entry(item))
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
    body = request.get_json(silent=True) or {}
    ids, analysis = body.get("ids"), body.get("analysis")
    if not isinstance(ids, list) or analysis not in ("diffbind", "dmr"):
        return jsonify({"error": "analysis and ids are required"}), 400
    reads = sum(found[0].reads for item in ids if (found := find_all(str(item))))
    if analysis == "diffbind":
        seconds = _DIFFBIND_SECONDS_A_READ * reads + _DIFFBIND_SECONDS
    else:
        seconds = _DMR_SECONDS_A_LOG_READ * math.log(max(reads, 1)) + _DMR_SECONDS
    return jsonify({"minutes": max(math.ceil((max(seconds, 0) + _QUEUE_SECONDS) / 60), 1)})


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
