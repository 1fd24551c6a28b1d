from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from scripts.chipatlas.transport import rules as http_rules
from scripts.chipatlas.transport.rules import (
    announced_size,
    backoff_seconds,
    may_follow,
    redirect_target,
    retry_after_seconds,
)
from scripts.chipatlas.transport.rules import site_of as site


def test_waits_double_up_to_a_limit_with_some_chance() -> None:
    for attempt, least in enumerate([1.0, 2.0, 4.0, 8.0]):
        waits = [backoff_seconds(attempt, 1.0) for _ in range(50)]
        assert least <= min(waits) and max(waits) <= least + 1
        assert len(set(waits)) > 40
    assert backoff_seconds(30, 1.0) <= http_rules.MAX_BACKOFF_SECONDS + 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 17 ", 17.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("9" * 30, None),
    ],
)
def test_retry_after_in_seconds(text: str, seconds: float | None) -> None:
    assert retry_after_seconds({"Retry-After": text}) == seconds


def test_retry_after_as_a_date() -> None:
    in_an_hour = datetime.now(timezone.utc) + timedelta(hours=1)
    assert retry_after_seconds({"Retry-After": format_datetime(in_an_hour, usegmt=True)}) == pytest.approx(3600, abs=5)
    assert retry_after_seconds({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ('{"retryAfterSeconds": 12}', 12.0),
        ('{"retryAfterSeconds": "12"}', None),
        ('{"retryAfterSeconds": true}', None),
        ('{"retryAfterSeconds": -1}', None),
        ('{"error": "busy"}', None),
        ("{", None),
        ("[1]", None),
        ("<html>", None),
    ],
)
def test_retry_after_in_the_json_of_ucsc(body: str, seconds: float | None) -> None:
    assert retry_after_seconds({}, body) == seconds
    assert retry_after_seconds({"Retry-After": "3"}, body) == 3.0


@pytest.mark.parametrize(
    ("headers", "size"),
    [
        ({"Content-Length": "12"}, 12),
        ({}, None),
        ({"Content-Length": "12", "Content-Encoding": "gzip"}, None),
        ({"Content-Length": "-1"}, None),
        ({"Content-Length": "²"}, None),
        ({"Content-Length": "9" * 5000}, None),
    ],
)
def test_announced_size(headers: dict[str, str], size: int | None) -> None:
    assert announced_size(headers) == size


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("chip-atlas.dbcls.jp", "dbcls.jp"),
        ("dtn1.ddbj.nig.ac.jp", "nig.ac.jp"),
        ("api.genome.ucsc.edu", "ucsc.edu"),
        ("www.example.co.uk", "example.co.uk"),
        ("chip-atlas.org", "chip-atlas.org"),
        ("CHIP-Atlas.org.", "chip-atlas.org"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_site_of(host: str, owner: str) -> None:
    assert site(host) == owner


@pytest.mark.parametrize(
    ("origin", "target", "allowed"),
    [
        ("https://chip-atlas.org/a", "https://www.chip-atlas.org/a", True),
        ("http://chip-atlas.org/a", "https://chip-atlas.org/a", True),
        ("https://chip-atlas.org/a", "http://chip-atlas.org/a", False),
        ("https://chip-atlas.org/a", "https://chip-atlas.dbcls.jp/data/a", True),  # one of the endpoints
        ("https://chip-atlas.org/a", "https://elsewhere.org/a", False),
        ("https://dtn1.ddbj.nig.ac.jp/a", "https://evil.ac.jp/a", False),
        ("http://127.0.0.1:1/a", "http://127.0.0.1:2/a", True),
        ("https://chip-atlas.org/a", "file:///etc/passwd", False),
        ("https://chip-atlas.org/a", "ftp://chip-atlas.org/a", False),
        ("https://chip-atlas.org/a", "http://[broken", False),
        ("https://chip-atlas.org/a", "", False),
    ],
)
def test_may_follow(origin: str, target: str, allowed: bool) -> None:
    assert may_follow(origin, target, {"chip-atlas.dbcls.jp"}) is allowed


def test_redirect_target() -> None:
    assert redirect_target("https://a.org/x/y", "../z?q=1") == "https://a.org/z?q=1"
    assert redirect_target("https://a.org/x", "http://[broken") == "http://[broken"
