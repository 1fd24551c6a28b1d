"""The services: one question each, asked once and not repeated, since the answer sought is how they are now."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...chipatlas.endpoints import (
    blacklist_url,
    data_url,
    ena_url,
    enrichr_url,
    is_loopback,
    ncbi_url,
    site_url,
    ucsc_downloads_url,
    ucsc_url,
    wabi_url,
)
from ...chipatlas.site.dialects import NEW, OLD, Dialect
from ...common.errors import InputError
from .check import Check

if TYPE_CHECKING:
    import requests

#: (connect, read) seconds: longer than a healthy service takes, shorter than a person waits.
TIMEOUT = (10.0, 30.0)
#: From here on an answer is worth a remark.
SLOW_SECONDS = 5.0
#: The word that the Diff Analysis service answers when it is up.
HEALTHY_BODY = "chipatlas"
#: Asks for nothing but the headers of a file that has been there from the first release.
SAMPLE_TABLE = ("hg38", "target", "TP53.5.tsv")
SAMPLE_EXPERIMENT = "SRX5865959"
SAMPLE_SERIES = "GSE131484"
SAMPLE_MODELS = "hg38/database/ncbiRefSeq.txt.gz"
SAMPLE_LIBRARY = "Enrichr/geneSetLibrary?mode=text&libraryName=MSigDB_Hallmark_2020"
SAMPLE_BLACKLIST = "hg38-blacklist.v2.bed.gz"
#: A few genes of chr11.
SAMPLE_WINDOW = "genome=hg38;track=ncbiRefSeq;chrom=chr11;start=5225000;end=5229000"


@dataclass(frozen=True)
class Service:
    """A service, the question that shows whether it is well, and how its answer is read.

    Attributes
    ----------
    needed_for : str
        What does not work without it.
    address : callable
        Gives the URL to ask; `InputError` when a variable holds no address.
    healthy : callable
        Judges status and text.
    moved : callable, optional
        Gives the address to ask when the first one answers 404.
    """

    name: str
    variable: str
    needed_for: str
    address: Callable[[], str]
    healthy: Callable[[int, str], bool]
    method: str = "GET"
    moved: Callable[[], str] | None = None


def _record(dialect: Dialect) -> str:
    return f"{site_url(dialect.experiment)}?{dialect.experiment_key}={SAMPLE_EXPERIMENT}"


def _json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


SERVICES = (
    Service(
        "Diff Analysis",
        "CHIPATLAS_WABI_URL",
        "differential regions",
        wabi_url,
        lambda status, text: status == 200 and text.strip() == HEALTHY_BODY,
    ),
    Service(
        "data files",
        "CHIPATLAS_DATA_URL",
        "target genes",
        lambda: data_url(*SAMPLE_TABLE),
        lambda status, _: status == 200,
        method="HEAD",
    ),
    Service(
        "site",
        "CHIPATLAS_SITE_URL",
        "metadata of experiments and names of factors; without it both skills go on and say so",
        lambda: _record(OLD),
        lambda status, text: status == 200 and isinstance(_json_of(text), list),
        moved=lambda: _record(NEW),
    ),
    Service(
        "UCSC",
        "UCSC_API_URL",
        "gene names; statistics are complete without them",
        lambda: f"{ucsc_url('getData/track')}?{SAMPLE_WINDOW}",
        lambda status, text: status == 200 and isinstance(_json_of(text), dict) and "ncbiRefSeq" in _json_of(text),
    ),
    Service(
        "UCSC downloads",
        "UCSC_DOWNLOADS_URL",
        "gene models for annotation='features'; statistics are complete without them",
        lambda: ucsc_downloads_url(SAMPLE_MODELS),
        lambda status, _: status == 200,
        method="HEAD",
    ),
    Service(
        "ENA",
        "ENA_API_URL",
        "runs, samples and studies (SRR, SAMN, SRP); SRX and GSM need it not",
        lambda: f"{ena_url('filereport')}?accession={SAMPLE_EXPERIMENT}&result=read_run&format=json",
        lambda status, text: status == 200 and isinstance(_json_of(text), list),
    ),
    Service(
        "NCBI",
        "NCBI_EUTILS_URL",
        "series of GEO (GSE) and experiments of ENCODE; SRX and GSM need it not",
        lambda: f"{ncbi_url('esearch.fcgi')}?db=gds&term={SAMPLE_SERIES}[ACCN]&retmode=json&tool=chip-atlas-skills",
        lambda status, text: status == 200 and isinstance(_json_of(text), dict) and "esearchresult" in _json_of(text),
    ),
    Service(
        "blacklists",
        "BLACKLIST_URL",
        "ENCODE's lists of places with signal in any experiment; statistics are complete without them",
        lambda: blacklist_url(SAMPLE_BLACKLIST),
        lambda status, _: status == 200,
        method="HEAD",
    ),
    Service(
        "Enrichr",
        "ENRICHR_URL",
        "libraries of gene sets by name; GMT files of your own need it not",
        lambda: enrichr_url(SAMPLE_LIBRARY),
        lambda status, text: status == 200 and "\t" in text,
    ),
)


def unasked(service: Service) -> Check:
    """What is said of a service that cannot be asked for want of a package."""
    return Check(service.name, "services", "fail", "not asked: requests is not installed", "", {"reachable": None})


def ask(service: Service) -> Check:
    """Ask a service once."""
    import requests

    from ...chipatlas.transport.client import SIMULATED_HEADER

    try:
        url = service.address()
    except InputError as error:
        return Check(service.name, "services", "fail", str(error), "", {"reachable": None})
    data: dict[str, Any] = {"url": url, "variable": service.variable, "needed_for": service.needed_for}
    started = time.monotonic()
    try:
        reply = _request(service.method, url)
        if reply.status_code == 404 and service.moved:
            reply = _request(service.method, service.moved())
    except requests.RequestException as error:
        reason = "timed out" if isinstance(error, requests.Timeout) else type(error).__name__
        data |= {"reachable": False, "healthy": False, "seconds": _since(started), "simulated": None}
        return _failure(service, f"no answer from {url} ({reason})", data)
    healthy = service.healthy(reply.status_code, reply.text)
    simulated = reply.headers.get(SIMULATED_HEADER) == "1"
    data |= {"reachable": True, "healthy": healthy, "seconds": _since(started), "simulated": simulated}
    data["status"] = reply.status_code
    if not healthy:
        begins = " ".join(reply.text[:200].split())[:80]
        detail = f"HTTP {reply.status_code} from {url}" + (f", which begins: {begins}" if begins else "")
        return _failure(service, detail, data)
    return judge(service, data)


def _request(method: str, url: str) -> requests.Response:
    import requests

    from ...chipatlas.transport.client import USER_AGENT

    # An environment proxy cannot reach this machine's own service.
    proxies: Any = {"http": None, "https": None, "all": None} if is_loopback(url) else None
    return requests.request(method, url, timeout=TIMEOUT, proxies=proxies, headers={"User-Agent": USER_AGENT})


def judge(service: Service, data: dict[str, Any]) -> Check:
    """What to say of a service that answered well."""
    slow = data["seconds"] > SLOW_SECONDS
    words = [f"{data['seconds']:.1f} s", *(["slow"] if slow else []), *(["SIMULATED"] if data["simulated"] else [])]
    detail = f"{data['url'].split('?')[0]} ({', '.join(words)})"
    return Check(service.name, "services", "note" if slow else "ok", detail, "", data)


def _failure(service: Service, detail: str, data: dict[str, Any]) -> Check:
    remedy = (
        f"Needed for {service.needed_for}. Check network and proxy, or try later; {service.variable} can name a mirror."
    )
    return Check(service.name, "services", "fail", detail, remedy, data)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
