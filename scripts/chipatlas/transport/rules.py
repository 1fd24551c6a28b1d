"""The rules of the HTTP policy that need no connection: how long to wait, how far to follow. Pure functions."""

from __future__ import annotations

import ipaddress
import json
import random
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

#: A wait between two tries never grows beyond this, in seconds.
MAX_BACKOFF_SECONDS = 60.0
#: Decimal digits of a size or a time that can be meant: an exabyte, 30 billion years.
_MOST_DIGITS = 18
#: Under a national top-level domain, a second label this short is a registry's (``ac.jp``, ``co.uk``), not an owner's.
_REGISTRY_LABEL_CHARACTERS = 3


def backoff_seconds(attempt: int, base: float) -> float:
    """Seconds to wait after try `attempt` (from 0): `base` doubled each time, and up to one `base` of chance."""
    return min(base * 2**attempt, MAX_BACKOFF_SECONDS) + random.uniform(0, base)


def retry_after_seconds(headers: Mapping[str, str], body: str = "") -> float | None:
    """Seconds a busy service asks to be left alone for; None when it does not say, or nothing that is a time.

    ``Retry-After`` in seconds or as a date (RFC 9110, section 10.2.3); UCSC says ``retryAfterSeconds`` in its JSON.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return _seconds_in_json(body)
    if _is_count(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max((moment - datetime.now(timezone.utc)).total_seconds(), 0.0)


def _seconds_in_json(body: str) -> float | None:
    if not body.lstrip().startswith("{"):
        return None
    try:
        seconds = json.loads(body).get("retryAfterSeconds")
    except (ValueError, RecursionError):
        return None
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return float(seconds) if is_number and seconds >= 0 else None


def announced_size(headers: Mapping[str, str]) -> int | None:
    """Bytes that a body will have; None when it comes packed, or the server does not say."""
    text = headers.get("Content-Length", "").strip()
    return int(text) if _is_count(text) and "Content-Encoding" not in headers else None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def redirect_target(url: str, location: str) -> str:
    """Where a reply from `url` points to; as it stands when that is no address at all."""
    try:
        return urljoin(url, location)
    except ValueError:  # unbalanced brackets
        return location


def may_follow(origin: str, target: str, hosts: Collection[str]) -> bool:
    """Whether a redirect stays at home: the same site or one of `hosts`, and never from https to http."""
    try:
        here, there = urlsplit(origin), urlsplit(target)
        host = there.hostname or ""
    except ValueError:  # unbalanced brackets
        return False
    same_security = there.scheme == here.scheme or (here.scheme, there.scheme) == ("http", "https")
    return same_security and (host in hosts or site_of(host) == site_of(here.hostname or ""))


def site_of(host: str) -> str:
    """The part of a host's name that one owner registers: ``dbcls.jp``, ``nig.ac.jp``; an IP address is its own site.

    Read from the shape of the name, without the list of public suffixes: only the hosts of one service matter here.
    """
    host = host.lower().rstrip(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        national = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= _REGISTRY_LABEL_CHARACTERS
        return ".".join(labels[-3 if national else -2 :])
    return host
