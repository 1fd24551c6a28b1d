"""The switchboard: faults by name, switched on for a route, once, several times or for good."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import Request, Response, current_app
from werkzeug.exceptions import HTTPException

from ...common.errors import NotFoundError
from ...common.text import near_matches
from ..pace import Pace
from ..routes import ROUTES, route_of
from . import effects as effects
from . import replies as replies

_WABI_TEXT = ("wabi-submit", "wabi-status")
_ZIPS = ("wabi-result-zip", "data-mirror")
#: A HEAD has no body to spoil.
_WITH_BODY = tuple(name for name in ROUTES if name != "data-target-head")


@dataclass(frozen=True)
class Fault:
    """One thing that can go wrong.

    Attributes
    ----------
    name, description : str
    effect : callable
        Makes the reply.
    routes : tuple of str
        Where it can be switched on.
    after : bool
        Whether the route has done its work before the reply is spoiled: a job has started, then.
    """

    name: str
    description: str
    effect: effects.Effect
    routes: tuple[str, ...] = tuple(ROUTES)
    after: bool = False


_LIST = (
    Fault("dropped", "connection reset before a byte of the reply", effects.dropped),
    Fault("reset", "connection reset in the middle of the body", effects.reset, _WITH_BODY, after=True),
    Fault("cut", "body ends half-way, under the full Content-Length", effects.cut, _WITH_BODY, after=True),
    Fault("slow", "body in ten pieces, with pauses", effects.slow, _WITH_BODY, after=True),
    Fault("trickle", "body byte by byte, never to end", effects.trickle, _WITH_BODY, after=True),
    Fault("stall", "no reply for longer than the client waits", effects.stall, after=True),
    Fault("http-400", "status 400, plain text", effects.status(400)),
    Fault("http-403", "status 403", effects.status(403)),
    Fault("http-404", "status 404", effects.status(404)),
    Fault("http-429", "status 429 without Retry-After", effects.status(429)),
    Fault("http-429-1s", "status 429, Retry-After: 1", effects.status(429, headers={"Retry-After": "1"})),
    Fault("http-429-1h", "status 429, Retry-After: 3600", effects.status(429, headers={"Retry-After": "3600"})),
    Fault("http-500", "status 500", effects.status(500)),
    Fault("http-502", "status 502", effects.status(502)),
    Fault("http-503", "status 503", effects.status(503)),
    Fault("maintenance-page", "HTML page with status 200", effects.page, _WITH_BODY),
    Fault("empty", "empty body with status 200", effects.empty, _WITH_BODY),
    Fault("ten-gigabytes", "Content-Length of 10 GB", effects.ten_gigabytes, _WITH_BODY, after=True),
    Fault("short-length", "Content-Length of half the body", effects.short_length, _WITH_BODY, after=True),
    Fault("gzip-noise", "Content-Encoding gzip, and noise", effects.packed_noise, _WITH_BODY),
    Fault("not-utf8", "bytes that are no UTF-8", effects.noise, _WITH_BODY),
    Fault("redirect-away", "redirect to another site", effects.redirect_away),
    Fault("redirect-home", "redirect to the same address", effects.redirect_home),
    Fault("other-json", "JSON of another shape", replies.other_json, _WITH_BODY),
    Fault("tabs", "fields separated by tabs", replies.fields(replies.tabbed), _WABI_TEXT, after=True),
    Fault("json-for-text", "a JSON object instead of text", replies.fields(replies.as_json), _WABI_TEXT, after=True),
    Fault(
        "no-request-id",
        "reply to a submission without requestId",
        replies.fields(replies.without_request_id),
        ("wabi-submit",),
        after=True,
    ),
    Fault("shortened-ids", "an ID dropped without a word", replies.shortened_ids, ("wabi-submit",), after=True),
    Fault("not-found", "status not-found", replies.fields(replies.unknown), ("wabi-status",)),
    Fault("other-status", "state of another job", replies.fields(replies.of_other_request), ("wabi-status",)),
    Fault("bare-finish", "finished, no word of COMPLETED", replies.fields(replies.finished_bare), ("wabi-status",)),
    Fault("failed-job", "finished, and Slurm says FAILED", replies.fields(replies.finished_badly), ("wabi-status",)),
    Fault("no-such-key", "the object store's XML error, status 404", replies.no_such_key(404), (*_ZIPS, "data-target")),
    Fault("no-such-key-200", "the same with status 200", replies.no_such_key(200), (*_ZIPS, "data-target")),
    Fault("zip-truncated", "half an archive", replies.archive(replies.truncated), _ZIPS),
    Fault("zip-without-bed", "archive without a table", replies.archive(replies.without_bed), _ZIPS),
    Fault("zip-dot-dot", "member ../../outside.txt", replies.archive(replies.with_member("../../outside.txt")), _ZIPS),
    Fault("zip-absolute", "member /outside.txt", replies.archive(replies.with_member("/outside.txt")), _ZIPS),
    Fault("zip-link", "symbolic link to a file outside", replies.archive(replies.with_link), _ZIPS),
    Fault("zip-bomb", "member of 20 MB of zeros", replies.archive(replies.bomb), _ZIPS),
    Fault("zip-of-another", "result of another request", replies.archive(replies.of_other_job), _ZIPS),
    Fault("table-columns", "table of a job without its last column", replies.without_column, ("wabi-result-other",)),
    Fault("table-of-another", "overlaps out of other numbers", replies.other_sizes, ("wabi-result-other",)),
    Fault("other-experiment", "metadata of another experiment", replies.other_metadata, ("site-metadata",)),
    Fault("other-table", "table of another factor", replies.other_table, ("data-target",)),
    Fault("header-alone", "table without a row", replies.header_alone, ("data-target",)),
    Fault("lying-etag", "false ETag; 304 under any condition", replies.lying_etag, ("data-target",)),
)
#: name -> fault: the one registry.
FAULTS = {fault.name: fault for fault in _LIST}


class Switch:
    """A fault that is switched on for one route; one of the callables in `Atlas.faults`.

    Attributes
    ----------
    route : str
    fault : Fault
    times : int or None
        How often it strikes; None is for good.
    first : int
        Requests that pass before it does.
    hits : int
        How often it has.
    """

    def __init__(self, route: str, fault: Fault, times: int | None, first: int, pace: Pace) -> None:
        self.route = route
        self.fault = fault
        self.times = times
        self.first = first
        self.hits = 0
        self._pace = pace
        self._asked = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response | None:
        """The spoiled reply, if it is this request's turn."""
        if route_of(request) != self.route:
            return None
        with self._lock:
            self._asked += 1
            if self._asked <= self.first or (self.times is not None and self.hits >= self.times):
                return None
            self.hits += 1
        return self.fault.effect(request, _answer, self._pace)


def find_fault(route: str, name: str) -> Fault:
    """Look a fault up; `NotFoundError` when there is none of that name, or none on that route."""
    if route not in ROUTES:
        raise NotFoundError(f"Unknown route {route!r}. There are: {', '.join(ROUTES)}.", near_matches(route, ROUTES))
    if name not in FAULTS:
        raise NotFoundError(f"Unknown fault {name!r}. There are: {', '.join(FAULTS)}.", near_matches(name, FAULTS))
    if route not in FAULTS[name].routes:
        raise NotFoundError(f"Fault {name!r} cannot strike {route!r}; it can {', '.join(FAULTS[name].routes)}.")
    return FAULTS[name]


def describe_faults() -> str:
    """The registry as a Markdown table."""
    rows = [
        f"| `{fault.name}` | {fault.description} | {_routes_in_words(fault)} | {'yes' if fault.after else 'no'} |"
        for fault in FAULTS.values()
    ]
    return "\n".join(["| fault | what happens | routes | route does its work |", "| --- | --- | --- | --- |", *rows])


def _routes_in_words(fault: Fault) -> str:
    if set(fault.routes) == set(ROUTES):
        return "all"
    if set(fault.routes) == set(_WITH_BODY):
        return "all but HEAD"
    return ", ".join(f"`{name}`" for name in fault.routes)


def _answer() -> Response:
    try:
        return current_app.make_response(current_app.dispatch_request())
    except HTTPException as error:
        return current_app.make_response(error.get_response())
