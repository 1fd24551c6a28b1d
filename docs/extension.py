"""What the site needs of Sphinx besides: printed output and pictures of executed pages, public names, formulas.

Formulas become MathML, which browsers draw themselves: no script, no font, no network.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from docs.session import BLOCK, blocks_of, run_blocks

#: Pages whose blocks are run by a build, which shows what they print.
EXECUTED = ("docs/tutorial",)
#: How a page refers to a function.
FUNCTION = re.compile(r"\{py:func\}`([\w.]+)`")
#: Where a page takes in a section of the README, by its heading; `start` is what stands above the first one.
SECTION = re.compile(r"^<!-- README: (.+) -->$", flags=re.MULTILINE)
#: Pixels; a plot of 300 dpi has three times as many.
WIDTH = 1400


class PublicNames(SphinxDirective):
    """``.. public-names:: PACKAGE``: the documentation of each name that a package exports, in its order.

    ``:besides:`` leaves out names that another package documents.
    """

    required_arguments = 1
    option_spec: ClassVar = {"besides": str.split}

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0]
        module = importlib.import_module(package)
        lines = []
        for name in (name for name in module.__all__ if name not in self.options.get("besides", ())):
            kind = "autoclass" if isinstance(getattr(module, name), type) else "autofunction"
            lines += [f".. {kind}:: {package}.{name}", *(["   :members:"] if kind == "autoclass" else []), ""]
        return self.parse_text_to_nodes("\n".join(lines))


class FunctionsOfPage(SphinxDirective):
    """``.. functions-of-page:: PAGE``: each function that a page refers to and that no package exports."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        text = (Path(self.env.srcdir) / f"{self.arguments[0]}.md").read_text("utf-8")
        names = dict.fromkeys(FUNCTION.findall(text))
        behind = [name for name in names if not _is_public(*name.rsplit(".", 1))]
        return self.parse_text_to_nodes("\n\n".join(f".. autofunction:: {name}" for name in behind))


class Picture(SphinxDirective):
    """A block ``{picture} FILE``: a picture that the page's own blocks left, with the block's text as caption."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        folder = _folder(self.env.app, self.env.docname)
        target = folder / "pictures" / self.arguments[0].replace("/", "_")
        target.parent.mkdir(exist_ok=True)
        with Image.open(folder / "work" / self.arguments[0]) as picture:
            picture.thumbnail((WIDTH, 4 * WIDTH))
            picture.save(target, optimize=True)
        caption = " ".join(self.content)
        uri = "/" + target.relative_to(self.env.srcdir).as_posix()
        return self.parse_text_to_nodes(f"```{{figure}} {uri}\n:alt: {caption}\n\n{caption}\n```")


def _is_public(module: str, name: str) -> bool:
    return name in getattr(importlib.import_module(module), "__all__", ())


def _folder(app: Sphinx, docname: str) -> Path:
    """Where the blocks of a page run; below the repository, as Sphinx wants pictures there."""
    return Path(app.srcdir) / "build" / "docs-session" / docname.rpartition("/")[2]


def run_executed_pages(app: Sphinx) -> None:
    """Run the pages once a build, before Sphinx reads them."""
    app.printed = {  # type: ignore[attr-defined]
        name: run_blocks(blocks_of(Path(app.srcdir) / f"{name}.md"), _folder(app, name)) for name in EXECUTED
    }


def with_printed(app: Sphinx, docname: str, content: list[str]) -> None:
    """Put below each block of an executed page what it printed."""
    if docname not in EXECUTED:
        return
    printed = iter(app.printed[docname])  # type: ignore[attr-defined]

    def below(block: re.Match[str]) -> str:
        text = next(printed).strip("\n")
        return f"{block[0]}\n\n````{{code-block}} text\n:class: printed\n\n{text}\n````" if text else block[0]

    content[0] = BLOCK.sub(below, content[0])


def readme_section(readme: str, heading: str) -> str:
    """A section of the README with its heading; links as they are."""
    parts = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    found = parts[:1] if heading == "start" else [part for part in parts if part.startswith(f"## {heading}\n")]
    if len(found) != 1:
        raise ExtensionError(f"README.md has no section '{heading}'")
    return found[0]


def with_readme(app: Sphinx, _docname: str, content: list[str]) -> None:
    """Put the README's sections where pages in `docs/` ask for them."""
    readme = (Path(app.srcdir) / "README.md").read_text("utf-8")

    def section(marker: re.Match[str]) -> str:
        return re.sub(r"\]\((?!https?:|#)", "](../", readme_section(readme, marker[1])).replace("](../docs/", "](")

    content[0] = SECTION.sub(section, content[0])


def without_links_of_skill_folders(_app: Sphinx, docname: str, content: list[str]) -> None:
    """In a skill's folder `references` is a link to the folder at the top, whose pages are the site's."""
    if docname.startswith("SKILL_"):
        content[0] = content[0].replace("](references/", "](../references/")


def _visit_inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _visit_block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_directive("public-names", PublicNames)
    app.add_directive("functions-of-page", FunctionsOfPage)
    app.add_directive("picture", Picture)
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    app.connect("builder-inited", run_executed_pages)
    app.connect("source-read", with_printed)
    app.connect("source-read", with_readme)
    app.connect("source-read", without_links_of_skill_folders)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
