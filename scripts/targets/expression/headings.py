"""Which columns of a differential-expression table are which, as the programs of the field call them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...common.errors import InputError
from ...common.text import ellipsis

#: Headings compared without case and punctuation, best first; "" is the nameless column of row names that R writes.
#: A column of symbols goes before row names or IDs, which are often probes or Ensembl genes.
COLUMN_NAMES = {
    "gene": (
        "genesymbol", "symbol", "hgncsymbol", "mgisymbol", "externalgenename", "genename", "gene", "genes", "names",
        "targetgenes", "", "unnamed0", "rownames", "rowname", "x", "1", "index", "geneid", "ensemblid", "ensembl",
        "ensemblgeneid", "id",
    ),
    "log2FC": ("log2fc", "log2foldchange", "logfc", "lfc", "avglog2fc", "logfoldchanges"),
    "padj": (
        "padj", "fdr", "adjpval", "adjpvalue", "padjust", "padjusted", "qvalue", "qval", "pvaladj", "pvalsadj",
    ),
}  # fmt: skip
#: Headings of changes on another scale -> what they hold, and the formula of the log2 fold change.
OTHER_SCALES = {
    **dict.fromkeys(
        ("foldchange", "fc", "fold", "linearfc", "linearfoldchange", "ratio", "foldchanges", "fcratio"),
        ("a linear fold change", "log2(FC); where a decrease is written as -2 for 1/2, sign(FC) * log2(|FC|)"),
    ),
    **dict.fromkeys(
        ("avglogfc", "lnfc", "lnfoldchange"),
        ("a natural logarithm (Seurat before version 4)", "ln(FC) / 0.6931"),
    ),
    **dict.fromkeys(("log10fc", "log10foldchange"), ("a logarithm to the base 10", "log10(FC) * 3.3219")),
}
#: Of a file's own words in a message.
SHOWN_CHARACTERS = 400
#: Columns that tell the comparisons of one table apart: Seurat's FindAllMarkers, scanpy's rank_genes_groups.
COMPARISONS = ("cluster", "group", "contrast", "comparison")
_SEURAT = {"avglog2fc", "pct1"}


def folded(heading: str) -> str:
    """A heading without case and punctuation; one of nothing but blanks is empty."""
    return re.sub(r"[^a-z0-9]+", "", heading.lower()) if heading.strip() else ""


def find_columns(headings: Sequence[str], place: str) -> dict[str, int]:
    """Positions of ``gene``, ``log2FC`` and ``padj``.

    Raises
    ------
    InputError
        One of them is missing, stands there twice, or holds the change on another scale.
    """
    names = [folded(heading) for heading in headings]
    found: dict[str, int] = {}
    for name, choices in COLUMN_NAMES.items():
        wanted = next((choice for choice in choices if choice in names), None)
        if wanted is None:
            continue
        if names.count(wanted) > 1:
            raise InputError(f"{place} has more than one column {wanted!r}; keep the one that is to be read as {name}.")
        found[name] = names.index(wanted)
    if "log2FC" not in found:
        _refuse_other_scale(headings, names, place)
    missing = [name for name in COLUMN_NAMES if name not in found]
    if missing:
        raw = " P-values that are not adjusted will not do." if "padj" in missing else ""
        raise InputError(
            f"No column for {', '.join(missing)} in {place}. Its columns: "
            f"{ellipsis(', '.join(map(repr, headings)), SHOWN_CHARACTERS)}.\n"
            "Name them gene, log2FC and padj, or as DESeq2, edgeR (topTags), limma (topTable), Seurat (FindMarkers) or "
            f"scanpy (rank_genes_groups_df) do.{raw}"
        )
    return found


def comparison_column(headings: Sequence[str]) -> int | None:
    """Where the name of a row's comparison stands, if it does."""
    names = [folded(heading) for heading in headings]
    return next((names.index(name) for name in COMPARISONS if name in names), None)


def is_seurats(headings: Sequence[str]) -> bool:
    """Whether Seurat's FindMarkers wrote a table."""
    return {folded(heading) for heading in headings} >= _SEURAT


def _refuse_other_scale(headings: Sequence[str], names: list[str], place: str) -> None:
    position = next((names.index(name) for name in OTHER_SCALES if name in names), None)
    if position is None:
        return
    what, formula = OTHER_SCALES[names[position]]
    raise InputError(
        f"Column {headings[position]!r} of {place} is {what}, and log2 fold changes are needed.\n"
        f"Add a column log2FC = {formula}."
    )
