"""The page around the content: one file that asks no network, whatever stands in the data."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .... import __version__
from ...console import SIMULATED_BANNER
from ...findings import Finding
from . import libraries
from .escape import escape, script_json, slug

_WITHOUT_SCRIPTS = (
    "Scripts are off in this browser: the plots to hover over and the tables to sort and search stay empty. "
    "The text, the short tables and the pictures are complete; the long tables are the CSV files beside this page."
)

#: Of the sections that name no tab.
FIRST_TAB = "Result"


@dataclass(frozen=True)
class Section:
    """A heading, the HTML under it, and the tab that it stands in: the page's first one when none is named."""

    heading: str
    html: str
    tab: str = ""


@dataclass(frozen=True)
class Tile:
    """A number worth seeing first."""

    value: str
    label: str
    color: str = ""


def page(
    title: str,
    subtitle: str,
    tiles: Sequence[Tile],
    sections: Iterable[Section],
    links: dict[str, str],
    *,
    simulated: bool,
) -> str:
    """A whole report.

    Parameters
    ----------
    title, subtitle : str
        Plain text.
    tiles : sequence of Tile
    sections : iterable of Section
        Those without content are left out. Where some name a tab, a bar of tabs stands over the page; without
        scripts, and on paper, all stand below one another.
    links : dict
        From `chipatlas.browser_links.link_targets`.
    simulated : bool
        Whether the SIMULATED banner stands over everything.
    """
    shown = [section for section in sections if section.html.strip()]
    names = _identifiers([section.heading for section in shown])
    scripts = [
        ("", libraries.bokeh_script()),
        (' type="module"', libraries.datatables_script()),
        (' type="module"', libraries.own("page.js")),
    ]
    full_title = f"{'SIMULATED: ' if simulated else ''}{title}"
    banner = f'<aside class="simulated">{escape(SIMULATED_BANNER.strip("* "))}</aside>' if simulated else ""
    body, entries, bar = _panels(list(zip(names, shown, strict=True)))
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(content for _, content in scripts)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">',
            f'<meta name="generator" content="ChIP-Atlas Skills {__version__}"><link rel="icon" href="data:,">',
            f"<title>{escape(full_title)}</title>",
            f"<style>{libraries.datatables_style()}</style><style>{libraries.own('page.css')}</style></head><body>",
            f'<a class="skip" href="#content">Skip to the content</a>{banner}',
            f"<header><h1>{escape(full_title)}</h1><p>{escape(subtitle)}</p></header>",
            '<div class="columns"><nav aria-label="Contents"><details open><summary>Contents</summary>',
            f'<ul>{entries}</ul></details></nav><main id="content">{_tiles(tiles)}{bar}',
            f'<noscript><p class="notice">{_WITHOUT_SCRIPTS}</p></noscript>{body}</main></div>',
            '<div class="unseen" id="announcement" role="status" aria-live="polite"></div>',
            f'<script type="application/json" id="link-targets">{script_json(links)}</script>',
            *(f"<script{kind}>{content}</script>" for kind, content in scripts),
            "</body></html>\n",
        ]
    )


def finding_cards(findings: Sequence[Finding], text: Callable[[str], str]) -> str:
    """HTML of quality findings, one card each; `text` makes HTML of plain text, as for `to_html`."""
    return "".join(
        f'<article class="finding {escape(item["severity"])}"><h3><span class="severity">{escape(item["severity"])}'
        f"</span> {text(item['issue'])}</h3><p>{text(item['details'])}</p>"
        f"<p><strong>What to do.</strong> {text(item['recommendation'])}</p></article>"
        for item in findings
    )


def without_scripts(html: str) -> str:
    """Content for readers whose browser runs no scripts."""
    return f"<noscript>{html}</noscript>"


def _tiles(tiles: Sequence[Tile]) -> str:
    items = "".join(
        f"<li{_edge(tile.color)}><strong>{escape(tile.value)}</strong><span>{escape(tile.label)}</span></li>"
        for tile in tiles
    )
    return f'<ul class="tiles" aria-label="Key figures">{items}</ul>' if items else ""


def _panels(sections: Sequence[tuple[str, Section]]) -> tuple[str, str, str]:
    """HTML of the sections in their tabs, of the contents, and of the bar of tabs; no bar for one tab."""
    tabs = list(dict.fromkeys(section.tab for _, section in sections))
    names = [f"tab-{name}" for name in _identifiers([tab or FIRST_TAB for tab in tabs])]
    body, entries, buttons = [], [], []
    for tab, name in zip(tabs, names, strict=True):
        inside = [(identifier, section) for identifier, section in sections if section.tab == tab]
        content = "".join(_section(*one) for one in inside)
        links = "".join(f'<li><a href="#{key}">{escape(section.heading)}</a></li>' for key, section in inside)
        label = escape(tab or FIRST_TAB)
        if len(tabs) == 1:
            return content, links, ""
        body.append(f'<div role="tabpanel" id="{name}" aria-labelledby="{name}-button">{content}</div>')
        entries.append(f'<li class="tab"><a href="#{name}">{label}</a><ul>{links}</ul></li>')
        buttons.append(
            f'<button type="button" role="tab" id="{name}-button" aria-controls="{name}" data-tab="{name}">'
            f"{label}</button>"
        )
    bar = f'<div class="tabs scripted" role="tablist" aria-label="Parts of this report">{"".join(buttons)}</div>'
    return "".join(body), "".join(entries), bar


def _section(name: str, section: Section) -> str:
    heading = f'<h2 id="{name}-heading">{escape(section.heading)}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-heading">{heading}{section.html}</section>'


def _edge(color: str) -> str:
    return f' style="border-top-color:{escape(color)}"' if color else ""


def _identifiers(headings: Sequence[str]) -> list[str]:
    names: list[str] = []
    for heading in headings:
        name = slug(heading)
        names.append(name if name not in names else f"{name}-{len(names)}")
    return names


def _policy(scripts: Iterable[str]) -> str:
    """A Content-Security-Policy: our own scripts, told by their hashes, and no network at all.

    A script that came in with the data would not run, even if it were not escaped.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
