"""The sequence archives: ENA's report of runs, and NCBI's E-utilities over GEO, of simulated studies."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from .simulation.samples.archive_records import TP53_SERIES, Study, series, studies

ena, ncbi = Blueprint("ena", __name__), Blueprint("ncbi", __name__)
_NAMES = (
    "run_accession",
    "experiment_accession",
    "sample_accession",
    "secondary_sample_accession",
    "study_accession",
    "secondary_study_accession",
)
_FORM = re.compile(r"[SED]R[RXSP]\d+|PRJ(?:NA|EB|DB)\d+|SAM(?:N|EA|D)\d+")
#: GEO's records are numbered by what they are; a series has this before its own number.
_SERIES_ID = 200_000_000


@ena.get("/filereport")
def filereport() -> Response | tuple[Response, int]:
    """The runs of one accession; status 204 when there are none."""
    accession = request.args.get("accession", "")
    if request.args.get("result") != "read_run" or not _FORM.fullmatch(accession):
        return jsonify({"message": f"Invalid accession: {accession}"}), 400
    fields = request.args.get("fields", "run_accession").split(",")
    runs = [run for study in studies() for run in study.runs if accession in [run[name] for name in _NAMES]]
    if not runs:
        return Response(status=204), 204
    return jsonify([{name: run.get(name, "") for name in fields} for run in runs])


@ncbi.get("/esearch.fcgi")
def esearch() -> Response:
    """Numbers of the series in whose record the first word of the question occurs."""
    word = re.split(r"[\[\s]", request.args.get("term", ""))[0]
    exact = "[ACCN]" in request.args.get("term", "")
    found = [
        name
        for name, members in series().items()
        if word == name or (not exact and any(word in study.title for study in members))
    ]
    ids = [_number_of(name) for name in found]
    return jsonify({"header": {"type": "esearch"}, "esearchresult": {"count": str(len(ids)), "idlist": ids}})


@ncbi.get("/esummary.fcgi")
def esummary() -> Response:
    """Records of series, by their numbers."""
    asked = request.args.get("id", "").split(",")
    known = {_number_of(name): (name, members) for name, members in series().items()}
    records = {key: _record(key, *known[key]) for key in asked if key in known}
    return jsonify({"header": {"type": "esummary"}, "result": {"uids": list(records), **records}})


def _number_of(name: str) -> str:
    return str(_SERIES_ID + int(name[3:]))


def _record(number: str, name: str, members: tuple[Study, ...]) -> dict[str, Any]:
    own = members[0].accession if len(members) == 1 else ""
    relation = {"relationtype": "SRA", "targetobject": own, "targetftplink": ""}
    return {
        "uid": number,
        "accession": name,
        "entrytype": "GSE",
        "title": members[0].title,
        "summary": "SIMULATED" if name != TP53_SERIES else "SIMULATED signal of a real series",
        "samples": [{"accession": gsm, "title": "SIMULATED"} for study in members for gsm in study.gsms],
        "extrelations": [relation] if own else [],
    }
