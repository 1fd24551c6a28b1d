"""Conditional and range requests for files that are kept, and whether the reply to one can be believed.

RFC 9110, sections 8.8 (validators), 13 (conditions) and 14 (ranges).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from email.utils import parsedate_to_datetime

import requests

from .store import Part, Record

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def conditions(whole: Record | None, part: Part | None) -> dict[str, str]:
    """Headers that ask for the rest of `part`, or for a file only if it is another one than `whole`."""
    if part:
        return {"Range": f"bytes={part.offset}-", "If-Range": part.record.if_range or ""}
    validators = {"If-None-Match": whole.etag, "If-Modified-Since": whole.last_modified} if whole else {}
    return {name: value for name, value in validators.items() if value}


def goes_on(response: requests.Response, part: Part) -> bool:
    """Whether a reply is the rest of just the file that `part` is the beginning of."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status_code != 206 or found is None or "Content-Encoding" in response.headers:
        return False
    start, last, size = map(int, found.groups())
    same_size = part.record.size in (None, size)
    return start == part.offset and last == size - 1 and same_size and _same_etag(response, part.record)


def confirms(response: requests.Response, whole: Record) -> bool:
    """Whether a reply says that `whole` is still the server's file; some servers announce its size, or 0."""
    announced = response.headers.get("Content-Length", "0")
    asked = bool(conditions(whole, None))
    same_size = announced in ("0", str(whole.size))
    return response.status_code == 304 and asked and same_size and _same_etag(response, whole)


def _same_etag(response: requests.Response, record: Record) -> bool:
    sent = response.headers.get("ETag")
    return sent is None or sent.removeprefix("W/") == (record.etag or "").removeprefix("W/")


def strong_validator(headers: Mapping[str, str]) -> str | None:
    """A header that is never the same for two versions of a file: RFC 9110, sections 8.8.2.2 and 8.8.3."""
    etag, modified, date = headers.get("ETag"), headers.get("Last-Modified"), headers.get("Date")
    if etag and not etag.startswith("W/"):
        return etag
    with suppress(ValueError, TypeError):
        # Within the second of its date a file may change once more.
        if modified and date and parsedate_to_datetime(date) - parsedate_to_datetime(modified) > timedelta(seconds=1):
            return modified
    return None
