"""Links of a built site: every file and anchor is there, addresses elsewhere have a form, and nothing is loaded by one.

Of addresses elsewhere the form alone is looked at: no build asks the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a browser fetches by itself, element and attribute; links are followed by readers alone.
LOADED = {("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("iframe", "src")}
_HOST = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}", flags=re.IGNORECASE)
_DOI = re.compile(r"https://doi\.org/10\.\d{4,9}/\S+")


@dataclass
class _Page(HTMLParser):
    """Anchors and references of a page."""

    anchors: set[str] = field(default_factory=set)
    references: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            elif name in ("href", "src") and value is not None:
                self.references.append((tag, name, value))


def faults(site: Path) -> list[str]:
    """What is wrong with the links of a site, one line a fault.

    Parameters
    ----------
    site : Path
        Folder of HTML files.

    Returns
    -------
    list of str
        Page, reference, and what is wrong with it; empty for a whole site.
    """
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        for tag, name, reference in page.references:
            wrong = _fault(path, (tag, name) in LOADED, reference, pages)
            if wrong:
                found.append(f"{path.relative_to(site.resolve())}: {reference}: {wrong}")
    return found + list(_styles(site))


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page


def _fault(path: Path, loaded: bool, reference: str, pages: dict[Path, _Page]) -> str:
    """What is wrong with a reference, or nothing."""
    parts = urlsplit(reference)
    if parts.scheme in ("http", "https") or parts.netloc:
        if loaded:
            return "is loaded from elsewhere"
        if not _HOST.fullmatch(parts.hostname or ""):
            return "is no address of a host"
        return "" if parts.hostname != "doi.org" or _DOI.fullmatch(reference) else "is no DOI"
    if parts.scheme:
        return "" if parts.scheme in ("data", "mailto") else f"has the scheme {parts.scheme}"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "leads nowhere"
    anchor = unquote(parts.fragment)
    return "has no such anchor" if anchor and target in pages and anchor not in pages[target].anchors else ""


def _styles(site: Path) -> Iterator[str]:
    """Addresses elsewhere that a style sheet loads."""
    for path in sorted(site.rglob("*.css")):
        for address in re.findall(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")]+)", path.read_text("utf-8")):
            yield f"{path.relative_to(site)}: {address}: is loaded from elsewhere"
