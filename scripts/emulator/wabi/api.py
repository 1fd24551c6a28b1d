"""WABI: submitting jobs of Diff Analysis and Enrichment Analysis, asking after them, fetching their results."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from html import escape

from flask import Blueprint, Response, current_app, request

from .jobs import Job, JobStore

blueprint = Blueprint("wabi", __name__)

HEALTHY = "chipatlas"


@blueprint.route("", methods=["GET", "POST"], provide_automatic_options=False, strict_slashes=False)
@blueprint.route("/", methods=["GET", "POST"], provide_automatic_options=False)
def service() -> Response:
    """Health, and submission."""
    if request.method == "HEAD":
        return _no_head()
    if request.method == "GET":
        return _text(HEALTHY)
    try:
        job = _store().submit(request.form)
    except ValueError as error:
        return _bad_request(str(error))
    lines = {
        "requestId": job.id,
        "parameters": "null",
        "current-time": _now(),
        "start-time": "",
        "current-state": "",
    }
    return _text(_key_values(lines))


@blueprint.get("/<job_id>")
def one_job(job_id: str) -> Response:
    """``?info=status`` and ``?info=result&format=zip|log|html|tsv``."""
    if request.method == "HEAD":
        return _no_head()
    job = _store().find(job_id)
    if job is None:
        return _bad_request("null")
    info = request.args.get("info")
    if info == "status":
        return _status(job)
    if info == "result":
        return _result(job, request.args.get("format", ""))
    return _bad_request("info")


def _status(job: Job) -> Response:
    state, outcome = job.poll()
    lines = {
        "request-ID": job.id,
        "status": state,
        "current-time": _now(),
        "system-info": "" if state in ("not-found", "waiting") else _slurm(job, outcome.failed if outcome else None),
    }
    return _text(_key_values(lines))


def _slurm(job: Job, failed: bool | None) -> str:
    """Slurm's accounting of the job: one line for it, one for its batch step."""
    state, code = {None: ("RUNNING", "0:0"), False: ("COMPLETED", "0:0"), True: ("FAILED", "1:0")}[failed]
    number = job.id[-6:]
    return (
        f"{number}        chipatlas       epyc  simulated          1 {state:>10} {code:>8} \n"
        f"{number}.bat+       batch             simulated          1 {state:>10} {code:>8} "
    )


def _result(job: Job, form: str) -> Response:
    state, outcome = job.look()
    if form == "log":
        return _text("".join(f"{line}\n" for line in list(job.log))) if state != "waiting" else _none()
    if outcome is None or outcome.failed:
        return _none()
    if form == "zip":
        return Response(outcome.archive, content_type="application/zip")
    if form == "tsv":
        return Response(outcome.table, content_type="text/tab-separated-values")
    if form == "html":
        title = escape(f"SIMULATED {job.request.title}")
        page = f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{escape(job.id)}</p>\n"
        return Response(page, content_type="text/html")
    return _bad_request("format")


def _store() -> JobStore:
    store: JobStore = current_app.extensions["chipatlas"].jobs
    return store


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def _key_values(lines: dict[str, str]) -> str:
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def _text(body: str) -> Response:
    return Response(body, content_type="text/plain; charset=utf-8")


def _none() -> Response:
    return Response("There is no result.\n", status=404, content_type="text/plain; charset=utf-8")


def _no_head() -> Response:
    return Response(status=405, headers={"Allow": "GET, POST"})


def _bad_request(reason: str) -> Response:
    body = {"Message": "Error", "error-message": f"BAD_REQUEST ({reason})"}
    return Response(json.dumps(body), status=400, content_type="application/json")
