"""The result of a finished job: fetched, unpacked, and known to be this job's."""

from __future__ import annotations

from pathlib import Path

from ...chipatlas.endpoints import data_url
from ...chipatlas.transport.client import Client
from ...chipatlas.wabi.job_result import Source, retrieve
from ...chipatlas.wabi.replies import parse_log
from ...common.errors import BadResponseError, ServiceUnavailableError
from ...common.files.writing import extract_zip

MAX_ZIP_BYTES = 1024**3


def retrieve_zip_results(request_id: str, folder: Path, client: Client, *, completed: bool = False) -> dict[str, Path]:
    """Download and unpack a finished job's result.

    The service is asked first, a few times, then the mirror on the data server.

    Parameters
    ----------
    folder : Path
        An empty one.
    completed : bool
        Whether the scheduler says that the job ended well: then a missing result is not the job's fault.

    Returns
    -------
    dict
        Kind (``bed``, ``igv_bed``, ``igv_session``, ``log``, ``readme``) -> the file in `folder`.

    Raises
    ------
    ServiceUnavailableError
        The result cannot be had at present; the job is not lost.
    BadResponseError
        What came is no result of this job.
    JobFailedError
        There is no result; the server's own error lines are quoted.
    """

    def fetch(source: Source) -> dict[str, Path] | None:
        return _fetch_result(request_id, *source, folder, client)

    mirrors = [data_url("query", f"{request_id}.zip")]
    return retrieve(request_id, "zip", fetch, client, mirrors=mirrors, completed=completed)


def classify_raw_files(paths: list[Path]) -> dict[str, Path]:
    """Tell a result's files apart by their names."""
    kinds = {}
    for path in sorted(paths):
        name = path.name.lower()
        if name.endswith(".igv.bed"):
            kinds["igv_bed"] = path
        elif name.endswith(".bed"):
            kinds["bed"] = path
        elif name.endswith(".xml"):
            kinds["igv_session"] = path
        elif name.endswith(".log"):
            kinds["log"] = path
        elif name.startswith("readme"):
            kinds["readme"] = path
    return kinds


def _fetch_result(
    request_id: str, url: str, params: dict[str, str] | None, folder: Path, client: Client
) -> dict[str, Path] | None:
    """The files of a result; None when there is none at this address. What cannot be used leaves nothing behind."""
    archive = folder / "result.zip"
    try:
        if not _save_if_zip(url, params, archive, client):
            return None
        files = classify_raw_files(extract_zip(archive, folder))
        archive.unlink()
        _check_owner(request_id, files, url)
    except (ServiceUnavailableError, BadResponseError):
        for path in folder.iterdir():
            path.unlink()
        raise
    return files


def _save_if_zip(url: str, params: dict[str, str] | None, target: Path, client: Client) -> bool:
    """Save a reply that really is a zip; an XML or HTML error body is none, whatever its status."""
    with client.get(url, params=params, stream=True) as response:
        if response.status_code != 200:
            return False
        blocks = client.blocks(response, MAX_ZIP_BYTES)
        first = next(blocks, b"")
        if not first.startswith(b"PK"):
            return False
        with target.open("wb") as sink:
            sink.write(first)
            sink.writelines(blocks)
    client.note_file(
        response.url, target.stat().st_size, response.headers.get("ETag"), response.headers.get("Last-Modified")
    )
    return True


def _check_owner(request_id: str, files: dict[str, Path], url: str) -> None:
    """Refuse a result whose own log names another request."""
    named = parse_log(files["log"].read_text("utf-8", errors="replace")).request_id if "log" in files else ""
    if named not in ("", request_id):
        raise BadResponseError(
            f"The result at {url} is that of another request ({named}), not of {request_id}; it was not taken.\n"
            "Run the same call again later; if that repeats, submit anew with resume=False."
        )
