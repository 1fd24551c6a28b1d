"""Settings of the documentation site: ``make docs``.

The sources are the repository itself: pages of `docs/` and the documents that are there already, each once. Sphinx
reads and searches without network; furo brings no font, script or style from elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.installed import as_installed  # noqa: E402

# One process knows the package under one name: that of an installation, as users import it.
(ROOT / "build").mkdir(exist_ok=True)
sys.path.insert(0, as_installed(ROOT / "build"))

from chipatlas_skills import __version__  # noqa: E402

project = "ChIP-Atlas Skills"
author = "the authors of ChIP-Atlas Skills"
release = version = __version__
language = "en"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "docs.extension",
]

# Of the whole repository these alone are pages; everything else is not even looked at.
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "docs/api/*.md",
    "references/*.md",
    "SKILL_*/SKILL.md",
    "benchmarks/README.md",
    "tests/README.md",
    "C*.md",
    "SECURITY.md",
]
exclude_patterns = [".*", "build", "dist", "scripts", "evals", "examples", "SKILL_*/references", "SKILL_*/scripts"]

# Anchors as on a forge, so that links in the documents work in both places.
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]
nitpicky = True
# Docstrings name shapes and kinds in words ("array (N,) of int"): no class is meant.
nitpick_ignore_regex = [("py:class", ".*"), ("py:exc", ".*"), ("py:obj", ".*")]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"ChIP-Atlas Skills {release}"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_copy_source = False
# The words around a find are fetched from pages, which a browser refuses where the site is opened as files.
html_show_search_summary = False
html_show_sphinx = False
html_show_copyright = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
