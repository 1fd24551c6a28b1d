"""What goes wrong in what is said: replies, archives and tables that are not what they should be."""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from collections.abc import Callable, Mapping

from flask import Request, Response
from werkzeug.datastructures import ImmutableMultiDict

from ...chipatlas.site.dialects import FIELDS
from ..pace import Pace
from .effects import Effect, Route

#: The real service's ids have this form; no job of the embedded one has this.
OTHER_REQUEST = "wabi_chipatlas_2018-0101-0000-00-000-000000"
OTHER_EXPERIMENT = "SRX00000001"
#: Zeros in a zip bomb: about a thousand times what they are packed into.
BOMB_BYTES = 20_000_000
_OVERLAPS = re.compile(r"\b(\d+)/(\d+)\b")
_NO_SUCH_KEY = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
    "<Message>The specified key does not exist.</Message></Error>\n"
)


def no_such_key(code: int) -> Effect:
    """The object store's XML error, under any status."""

    def reply(request: Request, route: Route, pace: Pace) -> Response:
        return Response(_NO_SUCH_KEY, status=code, content_type="application/xml")

    return reply


def fields(change: Callable[[dict[str, str]], str]) -> Effect:
    """The true ``key: value`` reply, its fields changed and written anew."""

    def reply(request: Request, route: Route, pace: Pace) -> Response:
        true = route()
        pairs = (line.partition(": ") for line in true.get_data(as_text=True).splitlines() if ": " in line)
        text = change({key: value for key, _, value in pairs})
        return Response(text, status=true.status, content_type="text/plain; charset=utf-8")

    return reply


def tabbed(found: Mapping[str, str]) -> str:
    """Tab-separated lines, as older deployments send them."""
    return "".join(f"{key}\t{value}\n" for key, value in found.items())


def as_json(found: Mapping[str, str]) -> str:
    """A JSON object."""
    return json.dumps(dict(found))


def without_request_id(found: Mapping[str, str]) -> str:
    """Everything but the request id."""
    return lines({key: value for key, value in found.items() if key != "requestId"})


def of_other_request(found: Mapping[str, str]) -> str:
    """The state of another job."""
    return lines({**found, "request-ID": OTHER_REQUEST, "status": "finished", "system-info": "1 COMPLETED 0:0"})


def unknown(found: Mapping[str, str]) -> str:
    """``not-found``."""
    return lines({**found, "status": "not-found", "system-info": ""})


def finished_bare(found: Mapping[str, str]) -> str:
    """``finished`` without a word of the scheduler's."""
    return lines({**found, "system-info": ""})


def finished_badly(found: Mapping[str, str]) -> str:
    """``finished``, and the scheduler says that it failed."""
    return lines({**found, "status": "finished", "system-info": "1  chipatlas  FAILED  1:0"})


def lines(found: Mapping[str, str]) -> str:
    """``key: value`` lines."""
    return "".join(f"{key}: {value}\n" for key, value in found.items())


def shortened_ids(request: Request, route: Route, pace: Pace) -> Response:
    """The last experiment of group A is dropped without a word."""
    form = request.form.to_dict()
    form["bedAFile"] = "\n".join(form["bedAFile"].splitlines()[:-1])
    vars(request)["form"] = ImmutableMultiDict(form)
    return route()


def archive(change: Callable[[dict[str, bytes]], bytes]) -> Effect:
    """The true archive, its members changed and packed anew; a reply that is no archive stays as it is."""

    def reply(request: Request, route: Route, pace: Pace) -> Response:
        true = route()
        true.direct_passthrough = False
        if true.status_code != 200:
            return true
        with zipfile.ZipFile(io.BytesIO(true.get_data())) as opened:
            members = {name: opened.read(name) for name in opened.namelist()}
        return Response(change(members), content_type="application/zip")

    return reply


def packed(members: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A zip; `links` are symbolic links, name -> where they point to."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
        for name, target in (links or {}).items():
            link = zipfile.ZipInfo(name)
            link.create_system = 3
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            opened.writestr(link, target)
    return buffer.getvalue()


def truncated(members: dict[str, bytes]) -> bytes:
    """The first half, under a Content-Length that fits it."""
    whole = packed(members)
    return whole[: len(whole) // 2]


def without_bed(members: dict[str, bytes]) -> bytes:
    """No table of regions."""
    return packed({name: content for name, content in members.items() if not name.endswith(".bed")})


def with_member(name: str) -> Callable[[dict[str, bytes]], bytes]:
    """One more member, of a name that leads out of the folder."""
    return lambda members: packed({**members, name: b"must not be written here\n"})


def with_link(members: dict[str, bytes]) -> bytes:
    """A symbolic link to a file outside."""
    return packed(members, {"wabi_result/link.bed": "/etc/passwd"})


def bomb(members: dict[str, bytes]) -> bytes:
    """A member that unpacks to 20 MB of zeros."""
    return packed({**members, "wabi_result/zeros.txt": bytes(BOMB_BYTES)})


def of_other_job(members: dict[str, bytes]) -> bytes:
    """The result of another request: id and experiments of the log are others."""

    def other(name: str, content: bytes) -> bytes:
        if not name.endswith(".log"):
            return content
        text = content.decode().splitlines(keepends=True)
        marked = [f'[INFO] <parameter> WABI_ID="{OTHER_REQUEST}"\n' if "WABI_ID=" in line else line for line in text]
        return "".join(marked).encode()

    return packed({name: other(name, content) for name, content in members.items()})


def without_column(request: Request, route: Route, pace: Pace) -> Response:
    """The true table of a job, each row one cell short."""
    return _rewritten(route(), lambda line: line.rpartition("\t")[0])


def other_sizes(request: Request, route: Route, pace: Pace) -> Response:
    """A table of overlaps whose sets have one item more than were sent."""
    return _rewritten(route(), lambda line: _OVERLAPS.sub(lambda n: f"{n[1]}/{int(n[2]) + 1}", line))


def _rewritten(true: Response, change: Callable[[str], str]) -> Response:
    if true.status_code != 200:
        return true
    text = "".join(f"{change(line)}\n" for line in true.get_data(as_text=True).splitlines())
    return Response(text, content_type="text/tab-separated-values")


def other_metadata(request: Request, route: Route, pace: Pace) -> Response:
    """What the site knows of another experiment."""
    true = route()
    if true.status_code != 200:
        return true
    keys = FIELDS["accession"]
    entries = [
        {key: OTHER_EXPERIMENT if key in keys else value for key, value in entry.items()} for entry in true.get_json()
    ]
    return Response(json.dumps(entries), content_type="application/json")


def other_table(request: Request, route: Route, pace: Pace) -> Response:
    """The table of another factor."""
    true = route()
    true.direct_passthrough = False
    name, _, rest = true.get_data().partition(b"\t")
    factor, _, columns = rest.partition(b"|")
    return Response(name + b"\tNOT" + factor + b"|" + columns, content_type="text/tab-separated-values")


def header_alone(request: Request, route: Route, pace: Pace) -> Response:
    """The header of the table and no row."""
    true = route()
    true.direct_passthrough = False
    return Response(true.get_data().splitlines(keepends=True)[0], content_type="text/tab-separated-values")


def lying_etag(request: Request, route: Route, pace: Pace) -> Response:
    """Another ETag than the file's, and "not modified" to whoever asks under a condition."""
    headers = {"ETag": '"another"'}
    if "If-None-Match" in request.headers or "If-Modified-Since" in request.headers:
        return Response(status=304, headers=headers)
    true = route()
    true.headers.update(headers)
    return true


def other_json(request: Request, route: Route, pace: Pace) -> Response:
    """JSON, but of another shape than is promised."""
    return Response('["unexpected", {"error": null}]', content_type="application/json")
