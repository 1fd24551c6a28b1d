"""What the tests of the HTML reports look for in a page."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "img", "br", "hr", "input"}
#: Strings that break out of an element, an attribute, a script or Markdown, or reach for the network.
HOSTILE = [
    '<img src=x onerror="window.pwned=1">',
    "</script><script>window.pwned=1</script>",
    '"><svg onload="window.pwned=1">',
    "' onmouseover='window.pwned=1' x='",
    "![x](http://198.51.100.7/x.png) [y](javascript:window.pwned=1)",
    "<https://198.51.100.7/> `code` **bold** | pipe",
    "$$\\href{javascript:window.pwned=1}{x}$$",
    "&lt;b&gt; &amp; \u2028 \u202eright to left",
]


class Checked(HTMLParser):
    """A parsed page; every element is closed in order, identifiers are unique."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], self._open
        identifiers = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(identifiers) == len(set(identifiers)), identifiers

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._open and self._open[-1] != "style":
            self.text += data

    def found(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def headings(self) -> list[str]:
        return [str(attributes["aria-labelledby"]) for attributes in self.found("section")]

    def data(self, identifier: str) -> Any:
        """The JSON of a script element."""
        return next(json.loads(text) for attributes, text in self.scripts if attributes.get("id") == identifier)


def check_page(html: str) -> Checked:
    """Well-formed, self-contained, with a policy that lets nothing in; returns what was parsed."""
    page = Checked(html)
    policy = next(
        str(attributes["content"])
        for attributes in page.found("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy and "http" not in policy
    run = [text for attributes, text in page.scripts if attributes.get("type") != "application/json"]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in run}
    script_policy = re.search(r"script-src ([^;]*)", policy)
    assert script_policy and set(script_policy.group(1).split()) == hashes
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert str(attributes.get("src", "data:")).startswith("data:")
        if tag == "a":
            address = str(attributes["href"])
            assert address.startswith(
                ("#", "https://genome.ucsc.edu/cgi-bin/hgTracks?db=", "http://localhost:60151/goto?locus=")
            ), address
        if tag == "link":
            assert attributes["href"] == "data:,"
    tables, captions = len(page.found("table")), len(page.found("caption"))
    assert tables == captions
    check_accessible(page)
    return page


def check_accessible(page: Checked) -> None:
    """What a screen reader and a keyboard need: language, landmarks, headings in order, names for all, no repeats."""
    assert [attributes["lang"] for attributes in page.found("html")] == ["en"]
    assert [len(page.found(tag)) for tag in ("main", "header", "nav", "h1")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in itertools.pairwise(levels))
    identifiers = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for _, attributes in page.elements:
        for name in ("aria-labelledby", "aria-controls"):
            assert attributes.get(name, next(iter(identifiers))) in identifiers, attributes
    regions = [attributes["aria-label"] for _, attributes in page.elements if attributes.get("role") == "region"]
    assert len(regions) == len(set(regions)), regions
    for image in page.found("img"):
        assert " " in str(image["alt"]).strip() and not re.fullmatch(r"\S+\.(png|svg)", str(image["alt"]))
    assert {heading.get("scope") for heading in page.found("th")} <= {"col", "row", "colgroup"}
    roles = [attributes.get("role") for _, attributes in page.elements]
    assert roles.count("tab") == roles.count("tabpanel") and roles.count("tablist") == (roles.count("tab") > 0)
    assert all(tag == "button" for tag, attributes in page.elements if attributes.get("role") == "tab")
