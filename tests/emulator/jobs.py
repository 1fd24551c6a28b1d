"""Submitting to the embedded service as a client does."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Sequence

import pandas as pd
import requests

from scripts.emulator import Atlas

DMSO = [f"SRX{number}" for number in range(5865959, 5865967)]
DAUNORUBICIN = [f"SRX{number}" for number in range(5865967, 5865975)]
MOLM13 = ["SRX5865975", "SRX5865976", "SRX5865977", "SRX5865982"]
K562 = ["SRX5865959", "SRX5865960", "SRX5865961", "SRX5865966"]
HG38_DMR_A = [f"SRX{number}" for number in range(6831786, 6831792)]
HG38_DMR_B = [f"SRX{number}" for number in range(6831796, 6831800)]

#: A simulated job takes a second or two; one that takes so long hangs.
PATIENCE_SECONDS = 60


def form(ids_a: Sequence[str], ids_b: Sequence[str], **changes: str) -> dict[str, str]:
    """The fields that the web form sends."""
    analysis = changes.get("antigenClass", "diffbind")
    return {
        "address": "",
        "format": "text",
        "result": "www",
        "genome": "hg38",
        "antigenClass": "diffbind",
        "cellClass": "empty",
        "threshold": "999" if analysis == "dmr" else "50",
        "typeA": "srx",
        "bedAFile": "\n".join(ids_a),
        "typeB": "srx",
        "bedBFile": "\n".join(ids_b),
        "permTime": "1",
        "title": "A title",
        "descriptionA": "first",
        "descriptionB": "second",
        **changes,
    }


def key_values(text: str) -> dict[str, str]:
    """``key: value`` lines."""
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def submit(atlas: Atlas, ids_a: Sequence[str], ids_b: Sequence[str], **changes: str) -> str:
    """Submit, and give the request id."""
    reply = requests.post(service(atlas), data=form(ids_a, ids_b, **changes), timeout=10)
    assert reply.status_code == 200, reply.text
    return key_values(reply.text)["requestId"]


def wait(atlas: Atlas, job_id: str) -> list[str]:
    """Poll to the end; the states on the way, each once."""
    states: list[str] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        states.append(key_values(get(atlas, job_id, info="status").text)["status"])
        if states[-1] == "finished":
            return list(dict.fromkeys(states))
        time.sleep(0.01)
    raise TimeoutError(f"{job_id} still {states[-1]} after {PATIENCE_SECONDS} s")


def get(atlas: Atlas, job_id: str, **parameters: str) -> requests.Response:
    """Ask for one thing of a job."""
    return requests.get(service(atlas) + job_id, params=parameters, timeout=10)


def log_of(atlas: Atlas, job_id: str) -> str:
    """The log."""
    return get(atlas, job_id, info="result", format="log").text


def files_of(archive: bytes) -> dict[str, bytes]:
    """Members of an archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def bed_of(archive: bytes) -> pd.DataFrame:
    """The result table, columns by number."""
    return pd.read_csv(io.BytesIO(files_of(archive)["wabi_result/wabi_result.bed"]), sep="\t", header=None)


def service(atlas: Atlas) -> str:
    """Root of the Diff Analysis service."""
    return atlas.environment["CHIPATLAS_WABI_URL"]
