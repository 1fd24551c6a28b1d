"""The Markdown of the summary reports as HTML: one text, two looks."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from .escape import escape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: What a report's text never needs, so that no data in it can become a link, a picture or markup.
_FORBIDDEN = ("html_block", "html_inline", "link", "image", "autolink", "reference")


def to_html(markdown: str, title: str, text: Callable[[str], str] = escape) -> str:
    """Render a section of a report.

    Parameters
    ----------
    markdown : str
        Body of the section; tables as `common.reporting.markdown.table` writes them.
    title : str
        What its tables are captioned with.
    text : callable
        Makes HTML of a stretch of plain text; it must escape.
    """
    rendered: str = _renderer().render(markdown, {"title": title, "text": text})
    return rendered


def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(_FORBIDDEN, ignoreInvalid=True)
    parser.add_render_rule("text", _text)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    for name in ("th_open", "th_close", "td_open"):
        parser.add_render_rule(name, _cell)
    return parser


def _text(_: Any, tokens: Sequence[Any], position: int, __: Any, env: MutableMapping[str, Any]) -> str:
    html: str = env["text"](tokens[position].content)
    return html


def _table_open(_: Any, __: Sequence[Any], ___: int, ____: Any, env: MutableMapping[str, Any]) -> str:
    title = escape(env["title"])
    env["tables"] = env.get("tables", 0) + 1
    number = f" {env['tables']}" if env["tables"] > 1 else ""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="Table{number}: {title}">'
        f'<table><caption><span class="unseen">{title}</span></caption>\n'
    )


def _cell(self: Any, tokens: Sequence[Any], position: int, options: Any, env: MutableMapping[str, Any]) -> str:
    """A cell in the direction of its own text; a heading says of what it is one, and is none where it is empty."""
    token = tokens[position]
    opening = token.nesting > 0
    content = tokens[position + 1 if opening else position - 1].content
    if token.tag == "th" and not content.strip():
        token.tag = "td"
    if opening and token.tag == "th":
        token.attrSet("scope", "col")
    if opening:
        token.attrSet("dir", "auto")
    html: str = self.renderToken(tokens, position, options, env)
    return html


def _table_close(*_: Any) -> str:
    return "</table></div>\n"
