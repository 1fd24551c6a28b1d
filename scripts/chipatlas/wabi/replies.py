"""The service's text replies and logs, parsed. Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...common.files.json_text import decode

_KEY_LINE = re.compile(r"^([A-Za-z][A-Za-z _-]{0,40}?)\s*(?::\s?|\t)(.*)$")
_SAMPLE_LINE = re.compile(r"<samples>\s+(\S+)\s+([AB])\b")
_ERROR_LINE = re.compile(r"\[ERROR\]\s*(.*)")
_WARNING_LINE = re.compile(r"\[WARNING\]\s*(.*)")
_REQUEST_ID = re.compile(r"WABI_ID=\"(wabi_[^\"]+)\"")
_ID_TIME = re.compile(r"wabi_chipatlas_(\d{4})-(\d\d)(\d\d)-(\d\d)(\d\d)-(\d\d)-")
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")
_IGNORED = re.compile(r"\bignored\b", re.IGNORECASE)


def parse_reply(text: str) -> dict[str, str]:
    """Fields of a reply, keys in lower case without separators (``request-ID`` and ``requestId`` are one).

    ``key: value`` lines, tab-separated lines of older deployments, and JSON objects are understood. A line that begins
    no new field continues the one before it (Slurm's accounting text).
    """
    fields = _json_fields(text)
    if fields is not None:
        return fields
    fields, current = {}, None
    for line in text.splitlines():
        match = _KEY_LINE.match(line)
        if match:
            current = _fold_key(match.group(1))
            fields[current] = match.group(2).strip()
        elif current is not None and line.strip():
            fields[current] += f"\n{line.rstrip()}"
    return fields


def job_time(request_id: str) -> str:
    """When a job was submitted, as its id says it: in Japan's time, and called so; empty for an id of another form."""
    found = _ID_TIME.match(request_id)
    if found is None:
        return ""
    year, month, day, hour, minute, second = found.groups()
    return f"{year}-{month}-{day} {hour}:{minute}:{second} in Japan (UTC+9)"


def _json_fields(text: str) -> dict[str, str] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        decoded = decode(text)
    except ValueError:
        return None
    return {_fold_key(key): "" if value is None else str(value) for key, value in decoded.items()}


def _fold_key(key: str) -> str:
    return re.sub(r"[\s_-]", "", key).lower()


@dataclass(frozen=True)
class JobLog:
    """What a job's log says.

    Attributes
    ----------
    samples : list of (accession, group)
        The experiments that were used, in the order of the counts inside each group.
    ignored : list of str
        IDs the server left out.
    warnings, errors : list of str
        The server's own lines, without their tag.
    request_id : str
        The request it belongs to; empty where it does not say.
    """

    samples: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    request_id: str = ""


def parse_log(text: str) -> JobLog:
    """Read the lines of a job's log that a client must know of; unknown lines are passed over."""
    named = _REQUEST_ID.search(text)
    log = JobLog(request_id=named.group(1) if named else "")
    for line in text.splitlines():
        if match := _SAMPLE_LINE.search(line):
            log.samples.append((match.group(1), match.group(2)))
        elif match := _WARNING_LINE.search(line):
            log.warnings.append(match.group(1).strip())
            # Two searches: one pattern for both would take a time that grows with the square of the line.
            named = _QUOTED.search(match.group(1))
            if named and _IGNORED.search(match.group(1), named.end()):
                log.ignored.append(named.group(1))
        elif match := _ERROR_LINE.search(line):
            log.errors.append(match.group(1).strip())
    return log
