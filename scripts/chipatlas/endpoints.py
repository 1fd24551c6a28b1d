"""Where ChIP-Atlas, UCSC, the sequence archives, ENCODE's blacklists and Enrichr live. No other module names a host.

Each address is read from the environment when a call is made, so a mirror or the embedded service can stand in.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ..common.errors import InputError

#: environment variable -> public address
DEFAULTS = {
    "CHIPATLAS_WABI_URL": "https://dtn1.ddbj.nig.ac.jp/wabi/chipatlas/",
    "CHIPATLAS_DATA_URL": "https://chip-atlas.dbcls.jp/data",
    "CHIPATLAS_SITE_URL": "https://chip-atlas.org",
    "UCSC_API_URL": "https://api.genome.ucsc.edu",
    "UCSC_DOWNLOADS_URL": "https://hgdownload.soe.ucsc.edu/goldenPath",
    "ENA_API_URL": "https://www.ebi.ac.uk/ena/portal/api",
    "NCBI_EUTILS_URL": "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
    "BLACKLIST_URL": "https://raw.githubusercontent.com/Boyle-Lab/Blacklist/master/lists",
    "ENRICHR_URL": "https://maayanlab.cloud",
}


@dataclass(frozen=True)
class Patience:
    """How long a service is waited for, in seconds.

    Attributes
    ----------
    connect, read : float
        For a connection, and for the next bytes of a reply.
    unreached : float
        No further try begins that could end later than this, where there was no connection at all.
    keeps_asking : bool
        Whether whoever asks goes on when it does not answer: a job is followed for as long as it may run.
    """

    connect: float
    read: float
    unreached: float
    keeps_asking: bool = False


#: The site, UCSC, the blacklists and Enrichr are help: work goes on without them, and must not wait for them. The
#: status call of WABI can take the better part of a minute.
PATIENCE = {
    "CHIPATLAS_WABI_URL": Patience(10.0, 120.0, 30.0, keeps_asking=True),
    "CHIPATLAS_DATA_URL": Patience(10.0, 60.0, 30.0),
    "CHIPATLAS_SITE_URL": Patience(3.0, 20.0, 6.0),
    "UCSC_API_URL": Patience(3.0, 20.0, 6.0),
    "UCSC_DOWNLOADS_URL": Patience(3.0, 20.0, 6.0),
    "ENA_API_URL": Patience(10.0, 60.0, 30.0),
    "NCBI_EUTILS_URL": Patience(10.0, 60.0, 30.0),
    "BLACKLIST_URL": Patience(3.0, 20.0, 6.0),
    "ENRICHR_URL": Patience(3.0, 20.0, 6.0),
}
ANY_HOST = Patience(10.0, 60.0, 30.0)

#: For people to click on; no code of ours asks these.
UCSC_BROWSER = "https://genome.ucsc.edu/cgi-bin/hgTracks"
#: IGV Desktop listens here, on the reader's own machine.
IGV_PREFIX = "http://localhost:60151/goto?locus="

#: The specification's polling interval, in seconds.
POLL_SECONDS = 15.0
#: The status call is slow on the real server: it is never asked more often than this.
MINIMUM_PUBLIC_POLL_SECONDS = 10.0
#: UCSC asks automated clients for about one request a second.
PUBLIC_PAUSE_SECONDS = 1.0
#: Both delays on a loopback address.
LOOPBACK_SECONDS = 0.2


def _given(variable: str) -> str:
    return os.environ.get(variable, "").strip() or DEFAULTS[variable]


def _address(variable: str) -> str:
    address = _given(variable)
    if not _is_http_address(address):
        raise InputError(
            f"{variable} is {address!r}, which is no http(s) address.\n"
            f"Unset it for the public service ({DEFAULTS[variable]}) or give a full URL."
        )
    return address.rstrip("/")


def _is_http_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # unbalanced brackets, or a port that is no port
        return False


def _quoted(part: str | int) -> str:
    text = str(part)
    if text in (".", ".."):
        # Quoting cannot help: HTTP clients resolve these two, quoted or not, and the address would leave its folder.
        raise InputError(f"{text!r} is no name that ChIP-Atlas could hold. Give the name of a file, factor or job.")
    return quote(text, safe="")


def wabi_url(job_id: str = "") -> str:
    """Address of the Diff Analysis service, or of one of its jobs."""
    return f"{_address('CHIPATLAS_WABI_URL')}/{_quoted(job_id)}"


def data_url(*parts: str | int) -> str:
    """Address of a precomputed file, its path parts URL-quoted."""
    return "/".join([_address("CHIPATLAS_DATA_URL"), *(_quoted(part) for part in parts)])


def site_url(path: str) -> str:
    """Address of a page or JSON file of the ChIP-Atlas site."""
    return f"{_address('CHIPATLAS_SITE_URL')}/{path.lstrip('/')}"


def ucsc_url(path: str) -> str:
    """Address of a call to the UCSC Genome Browser's API."""
    return f"{_address('UCSC_API_URL')}/{path.lstrip('/')}"


def ucsc_downloads_url(path: str) -> str:
    """Address of a file among the UCSC Genome Browser's downloads."""
    return f"{_address('UCSC_DOWNLOADS_URL')}/{path.lstrip('/')}"


def ucsc_gbdb_url(path: str) -> str:
    """Address of a file of the Genome Browser's own tracks.

    ``gbdb`` lies beside ``goldenPath``, where ``UCSC_DOWNLOADS_URL`` ends with that, as on UCSC's host; else inside the
    address. From UCSC's documentation; not tried on the public host.
    """
    return f"{_gbdb(_address('UCSC_DOWNLOADS_URL'))}/{path.lstrip('/')}"


def _gbdb(downloads: str) -> str:
    return f"{downloads.removesuffix('/goldenPath')}/gbdb"


def ena_url(path: str) -> str:
    """Address of a call to the European Nucleotide Archive's portal."""
    return f"{_address('ENA_API_URL')}/{path.lstrip('/')}"


def ncbi_url(path: str) -> str:
    """Address of a call to NCBI's E-utilities."""
    return f"{_address('NCBI_EUTILS_URL')}/{path.lstrip('/')}"


def blacklist_url(path: str) -> str:
    """Address of one of ENCODE's blacklists."""
    return f"{_address('BLACKLIST_URL')}/{path.lstrip('/')}"


def enrichr_url(path: str) -> str:
    """Address of a call to one of Enrichr's servers."""
    return f"{_address('ENRICHR_URL')}/{path.lstrip('/')}"


def service_of(url: str) -> str:
    """What an outage of `url` is an outage of: the variable of its service, else its host.

    A variable that holds no address concerns those alone who ask its service.
    """
    for variable in DEFAULTS:
        address = _given(variable).rstrip("/")
        if url == address or url.startswith((f"{address}/", f"{address}?")):
            return variable
    if url.startswith(f"{_gbdb(_given('UCSC_DOWNLOADS_URL').rstrip('/'))}/"):
        return "UCSC_DOWNLOADS_URL"
    return urlsplit(url).netloc


def patience(url: str) -> Patience:
    """How long the service behind `url` is waited for."""
    return PATIENCE.get(service_of(url), ANY_HOST)


def endpoint_hosts() -> frozenset[str]:
    """Names of the hosts that the addresses lead to: a redirect may go from one to another."""
    return frozenset(urlsplit(_address(variable)).hostname or "" for variable in DEFAULTS)


def ucsc_browser_prefix(genome: str) -> str:
    """Address of UCSC's genome browser, to which a quoted position or gene symbol is added."""
    return f"{UCSC_BROWSER}?db={quote(genome, safe='')}&position="


def ucsc_browser_url(genome: str, position: str) -> str:
    """Link to a position (``chr1:101-200``, 1-based) or gene symbol in UCSC's genome browser."""
    return ucsc_browser_prefix(genome) + quote(position, safe="")


def igv_url(position: str) -> str:
    """Link that sends an IGV running on the reader's machine to a position (1-based) or gene symbol."""
    return IGV_PREFIX + quote(position, safe="")


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def poll_seconds(url: str) -> float:
    """Seconds between two questions about a job, for the host of `url`."""
    if is_loopback(url):
        return _seconds_from_environment(LOOPBACK_SECONDS)
    return max(_seconds_from_environment(POLL_SECONDS), MINIMUM_PUBLIC_POLL_SECONDS)


def pause_seconds(url: str) -> float:
    """Seconds to leave between two requests of a series, for the host of `url`."""
    return LOOPBACK_SECONDS / 10 if is_loopback(url) else PUBLIC_PAUSE_SECONDS


def _seconds_from_environment(default: float) -> float:
    text = os.environ.get("CHIPATLAS_POLL_SECONDS", "").strip()
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise InputError(f"CHIPATLAS_POLL_SECONDS is {text!r}; give a number of seconds such as 15.")
    return seconds
