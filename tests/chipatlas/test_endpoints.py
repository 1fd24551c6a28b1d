from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.chipatlas import endpoints
from scripts.common.errors import InputError

PUBLIC = "https://dtn1.ddbj.nig.ac.jp/wabi/chipatlas/"
LOOPBACK = "http://127.0.0.1:8080/wabi/"


def sent(url: str) -> str:
    """The address as requests would send it: dots resolved, quoting normalised."""
    return requests.Request("GET", url).prepare().url


def test_defaults_are_the_public_services():
    assert endpoints.wabi_url() == "https://dtn1.ddbj.nig.ac.jp/wabi/chipatlas/"
    assert endpoints.wabi_url("wabi_chipatlas_2024-0124-1556-59-199-173766") == (
        "https://dtn1.ddbj.nig.ac.jp/wabi/chipatlas/wabi_chipatlas_2024-0124-1556-59-199-173766"
    )
    assert endpoints.data_url("hg38", "target", "TP53.5.tsv") == (
        "https://chip-atlas.dbcls.jp/data/hg38/target/TP53.5.tsv"
    )
    assert endpoints.site_url("/data/search") == "https://chip-atlas.org/data/search"
    assert endpoints.ucsc_url("getData/track") == "https://api.genome.ucsc.edu/getData/track"


CALLS = {
    "CHIPATLAS_WABI_URL": endpoints.wabi_url,
    "CHIPATLAS_DATA_URL": lambda: endpoints.data_url("x"),
    "CHIPATLAS_SITE_URL": lambda: endpoints.site_url("x"),
    "UCSC_API_URL": lambda: endpoints.ucsc_url("x"),
    "UCSC_DOWNLOADS_URL": lambda: endpoints.ucsc_downloads_url("x"),
    "ENA_API_URL": lambda: endpoints.ena_url("x"),
    "NCBI_EUTILS_URL": lambda: endpoints.ncbi_url("x"),
    "BLACKLIST_URL": lambda: endpoints.blacklist_url("x"),
    "ENRICHR_URL": lambda: endpoints.enrichr_url("x"),
}


@pytest.mark.parametrize("variable", CALLS)
@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_override_is_read_at_each_call_with_or_without_trailing_slash(monkeypatch, variable, slashes):
    before = CALLS[variable]()
    monkeypatch.setenv(variable, f" http://mirror.example:81/deep/path{slashes} ")
    tail = "" if variable == "CHIPATLAS_WABI_URL" else "x"
    assert CALLS[variable]() == f"http://mirror.example:81/deep/path/{tail}"
    monkeypatch.delenv(variable)
    assert CALLS[variable]() == before


@pytest.mark.parametrize("variable", CALLS)
def test_each_variable_moves_its_own_host_only(monkeypatch, variable):
    before = {name: call() for name, call in CALLS.items()}
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert [name for name, call in CALLS.items() if call() != before[name]] == [variable]


@pytest.mark.parametrize("variable", CALLS)
@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_override_means_the_default(monkeypatch, variable, blank):
    before = CALLS[variable]()
    monkeypatch.setenv(variable, blank)
    assert CALLS[variable]() == before


@pytest.mark.parametrize("variable", CALLS)
@pytest.mark.parametrize(
    "bad", ["chip-atlas.org", "ftp://host/x", "file:///etc/passwd", "http://", "http://[bad", "http://host:99999/x"]
)
def test_an_unusable_override_is_named_with_the_remedy(monkeypatch, variable, bad):
    monkeypatch.setenv(variable, bad)
    with pytest.raises(InputError, match=f"{variable} is {re.escape(repr(bad))}.*\n.*Unset it.*full URL"):
        CALLS[variable]()


@pytest.mark.parametrize("name", ["NKX2-1/../x", "../../etc/passwd", "a?b=c", "a#b", "a b", "a%2Fb", "a\\..\\b", "(+)"])
def test_a_name_stays_one_part_of_the_path(name):
    base = "https://chip-atlas.dbcls.jp/data/hg38/target/"
    url = sent(endpoints.data_url("hg38", "target", f"{name}.5.tsv"))
    assert url.startswith(base)
    assert "/" not in url[len(base) :]
    assert not urlsplit(url).query
    assert not urlsplit(url).fragment
    assert unquote(url[len(base) :]) == f"{name}.5.tsv"


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_job_id_leaves_the_service(job):
    try:
        url = sent(endpoints.wabi_url(job))
    except InputError:
        assert job in (".", "..")
        return
    assert url.startswith(PUBLIC)
    assert "/" not in url[len(PUBLIC) :]
    assert unquote(url[len(PUBLIC) :]) == job


@pytest.mark.parametrize("dots", [".", ".."])
def test_dots_alone_are_refused_for_quoting_cannot_hold_them(dots):
    with pytest.raises(InputError, match=re.escape(repr(dots))):
        endpoints.data_url("hg38", dots, "x")
    with pytest.raises(InputError, match=re.escape(repr(dots))):
        endpoints.wabi_url(dots)


def test_parts_may_be_numbers():
    assert endpoints.data_url("hg38", 5).endswith("/hg38/5")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_loopback(host):
    assert endpoints.is_loopback(f"http://{host}:5000/wabi/")


@pytest.mark.parametrize(
    "url",
    [*endpoints.DEFAULTS.values(), "http://127.example.org/", "http://localhost.example.org/", "http://10.0.0.1/", "x"],
)
def test_not_loopback(url):
    assert not endpoints.is_loopback(url)


def test_polling_defaults():
    assert endpoints.poll_seconds(PUBLIC) == 15
    assert endpoints.poll_seconds(LOOPBACK) == 0.2


@pytest.mark.parametrize(
    ("asked", "public", "loopback"), [("30", 30, 30), ("10", 10, 10), ("3", 10, 3), ("0", 10, 0), (" 0.01 ", 10, 0.01)]
)
def test_polling_can_be_set_but_a_public_host_is_never_asked_faster(monkeypatch, asked, public, loopback):
    monkeypatch.setenv("CHIPATLAS_POLL_SECONDS", asked)
    assert endpoints.poll_seconds(PUBLIC) == public
    assert endpoints.poll_seconds(LOOPBACK) == loopback


@pytest.mark.parametrize("asked", ["soon", "-1", "nan", "inf", "1e999", "15s", "1,5"])
@pytest.mark.parametrize("url", [PUBLIC, LOOPBACK])
def test_a_polling_time_that_is_no_time(monkeypatch, asked, url):
    monkeypatch.setenv("CHIPATLAS_POLL_SECONDS", asked)
    with pytest.raises(InputError, match=f"CHIPATLAS_POLL_SECONDS is '{re.escape(asked)}'.*seconds"):
        endpoints.poll_seconds(url)


def test_pause_between_requests():
    assert endpoints.pause_seconds("https://api.genome.ucsc.edu/x") == 1
    assert endpoints.pause_seconds(LOOPBACK) < 0.2


@pytest.mark.parametrize(
    ("downloads", "folder"),
    [
        ("", "https://hgdownload.soe.ucsc.edu/gbdb"),
        ("http://mirror.example/deep/goldenPath/", "http://mirror.example/deep/gbdb"),
        ("http://mirror.example/ucsc", "http://mirror.example/ucsc/gbdb"),
    ],
)
def test_gbdb_lies_beside_golden_path(monkeypatch, downloads, folder):
    monkeypatch.setenv("UCSC_DOWNLOADS_URL", downloads)
    url = endpoints.ucsc_gbdb_url("hg38/x.bb")
    assert url == f"{folder}/hg38/x.bb" and endpoints.service_of(url) == "UCSC_DOWNLOADS_URL"
