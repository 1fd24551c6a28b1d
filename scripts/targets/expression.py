"""Does expression change where the factor binds? Differential expression joined to the ranking, tested and worded.

The universe of every count and test is the genes of the expression table with a log2 fold change and an adjusted
p-value. *Bound* means a peak in at least one experiment used, whatever thresholds or `top_n` do to the ranking later;
every other gene of the universe is *unbound*.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from scripts.shared.console import say
from scripts.shared.errors import InputError
from scripts.shared.report import bullets, cell, table
from scripts.shared.results import require_number
from scripts.shared.text import plural

#: Headings compared without case and punctuation, best first; "" is the nameless column of row names that R writes.
#: A column of symbols goes before row names or IDs, which are often probes or Ensembl genes.
COLUMN_NAMES = {
    "gene": (
        "genesymbol", "symbol", "hgncsymbol", "mgisymbol", "externalgenename", "genename", "gene", "genes",
        "targetgenes", "", "unnamed0", "rownames", "rowname", "x", "1", "index", "geneid", "id",
    ),
    "log2FC": ("log2fc", "log2foldchange", "logfc", "lfc"),
    "padj": ("padj", "fdr", "adjpval", "adjpvalue", "padjust", "padjusted", "qvalue", "qval"),
}  # fmt: skip
CLASSES = ("up", "down", "unchanged", "not tested")
#: A table of 60,000 genes is 5 MB; far beyond that it is a matrix of something else.
MAX_BYTES = 200 * 1024**2
#: Fewer bound genes than this share among the table's names: perhaps another annotation, or a part of a table.
LOW_OVERLAP = 0.5
_NO_VALUE = ("", "na", "nan", "n/a", "null", "none", "<na>", "-")
_SPREADSHEET_DATE = re.compile(r"\d{1,2}-(?:Mar|Sep|Sept|Dec|Oct|Apr)|(?:Mar|Sep|Sept|Dec|Oct|Apr)-\d{1,2}", re.I)
_ENSEMBL = re.compile(r"ENS[A-Z]*[GT]\d{11}(?:\.\d+)?")


class ExpressionEvidence(TypedDict):
    """Counts and tests of one join. A plain dict, so that pickles need no code of ours.

    source: path of the expression table, or ``a DataFrame``. columns: its headings read as gene, log2FC and padj.
    counts: ``{"bound": {class: genes}, "unbound": {class: genes}}`` over `CLASSES`; bound genes that the expression
    table lacks count as not tested. not_in_table: how many those are. n_tested: genes of the universe.
    unlisted: genes of the universe that the table of target genes does not list at all.
    tests: ``changed``, ``up`` and ``down``, each with ``table`` ([[bound yes, no], [unbound yes, no]]), ``odds_ratio``
    (ad/bc, not the conditional estimate) and ``pvalue`` (Fisher's exact test, two-sided, not adjusted for being three).
    rank: ``rho``, ``pvalue``, ``n``: Spearman's, avg_score against |log2FC| over the bound genes tested; NaN where a
    rank is not defined. notes: repairs and oddities.
    """

    source: str
    columns: dict[str, str]
    padj_threshold: float
    min_abs_log2fc: float
    counts: dict[str, dict[str, int]]
    not_in_table: int
    n_tested: int
    unlisted: int
    tests: dict[str, dict[str, Any]]
    rank: dict[str, float]
    notes: list[str]


def read_expression(source: str | os.PathLike[str] | pd.DataFrame) -> pd.DataFrame:
    """Read a differential-expression table as DESeq2, edgeR or limma write it, or with plain names.

    Parameters
    ----------
    source : path or DataFrame
        CSV, TSV, semicolon- or blank-separated text (gzip too) with a header, or a frame, whose index is read as
        row names unless it is a plain count. All tested genes, not the significant ones alone.

    Returns
    -------
    DataFrame
        ``gene`` (unique), ``log2FC`` (log2, as in the source), ``padj`` (0..1); NaN where the source has none.
        Of rows with the same gene the one with the smallest padj is kept. ``attrs`` holds ``source``, ``columns`` and
        ``notes`` (what was dropped, with counts; also printed).

    Raises
    ------
    InputError
        Not readable, a column missing or given twice, a cell that is no number, a padj outside 0..1, no genes.
    """
    if isinstance(source, pd.DataFrame):
        place, given = "a DataFrame", source
    elif isinstance(source, (str, os.PathLike)) and str(source).strip():
        place, given = str(source), _read_text(Path(source).expanduser())
    else:
        raise InputError(f"expression is {source!r}; give the path of a CSV or TSV file, or a DataFrame.")
    if given.index.nlevels == 1 and not pd.api.types.is_integer_dtype(given.index.dtype):
        given = given.rename_axis(index="").reset_index()
    found = _find_columns([str(name) for name in given.columns], place)
    named = given.iloc[:, list(found.values())].set_axis(list(found), axis=1).reset_index(drop=True)
    names = named["gene"].astype(object).where(named["gene"].notna(), "").astype(str).str.strip()
    values = {name: _numbers(named[name], names, str(given.columns[found[name]]), place) for name in ("log2FC", "padj")}
    frame = pd.DataFrame({"gene": names.astype(object), **values})
    wrong = ~frame["padj"].isna() & ~frame["padj"].between(0, 1)
    if wrong.any():
        raise InputError(
            f"{plural(int(wrong.sum()), 'value')} of {str(given.columns[found['padj']])!r} in {place} outside 0..1, "
            f"such as {frame['padj'][wrong].iloc[0]:g}.\nAdjusted p-values are needed, not their logarithms."
        )
    kept, notes = _one_row_a_gene(frame)
    if not len(kept):
        raise InputError(f"No genes in {place}. It should hold a header and one row per gene.")
    for note in notes:
        say(f"  Expression: {note}")
    headings = {name: str(given.columns[position]) for name, position in found.items()}
    if not headings["gene"] or headings["gene"].startswith("Unnamed"):
        headings["gene"] = "(row names)"
    kept.attrs = {"source": place, "columns": headings, "notes": notes}
    return kept


def expression_classes(
    log2fc: np.ndarray, padj: np.ndarray, padj_threshold: float = 0.05, min_abs_log2fc: float = 0.0
) -> np.ndarray:
    """Class of each gene: changed when padj < threshold, |log2FC| >= minimum and log2FC is not 0.

    Returns
    -------
    array of str
        ``up``, ``down``, ``unchanged``, or ``not tested`` where either number is NaN.
    """
    tested = ~(np.isnan(log2fc) | np.isnan(padj))
    changed = tested & (padj < padj_threshold) & (np.abs(log2fc) >= min_abs_log2fc)
    chosen = np.select([~tested, changed & (log2fc > 0), changed & (log2fc < 0)], [3, 0, 1], 2)
    return np.array(CLASSES, dtype=object)[chosen]


def join_expression(
    ranking: pd.DataFrame, expression: pd.DataFrame, padj_threshold: float = 0.05, min_abs_log2fc: float = 0.0
) -> tuple[pd.DataFrame, ExpressionEvidence]:
    """Join expression to the bound genes and test whether bound genes change more often than unbound ones.

    Parameters
    ----------
    ranking : DataFrame
        One row per gene of the whole table over the experiments used, **before** thresholds and `top_n`; needs
        ``gene``, ``avg_score`` and ``num_bound``. Genes with ``num_bound`` 0 may be there and count as unbound.
    expression : DataFrame
        What `read_expression` returned.
    padj_threshold : float
        A gene has changed below it; above 0, at most 1.
    min_abs_log2fc : float
        Least |log2FC| of a changed gene.

    Returns
    -------
    genes : DataFrame
        The bound genes in the order given: columns of `ranking`, then ``log2FC``, ``padj``, ``expression_class``.
    evidence : ExpressionEvidence

    Raises
    ------
    InputError
        A setting out of range, a table without what is needed, or no name in common.
    """
    threshold = require_number("padj_threshold", padj_threshold, "a share such as 0.05, at most 1", above=0, most=1)
    least = require_number("min_abs_log2fc", min_abs_log2fc, "a log2 fold change such as 1, or 0 for none", least=0)
    for name, frame, needed in (
        ("ranking", ranking, ("gene", "avg_score", "num_bound")),
        ("expression", expression, ("gene", "log2FC", "padj")),
    ):
        missing = [column for column in needed if column not in frame]
        if missing or frame["gene"].duplicated().any():
            raise InputError(
                f"{name} has {'no column ' + ', '.join(missing) if missing else 'a gene twice'}; "
                "give what the workflow and read_expression() return."
            )
    bound = ranking[ranking["num_bound"] > 0]
    in_table = bound["gene"].isin(expression["gene"])
    if len(bound) and not in_table.any():
        raise InputError(_nothing_in_common(bound["gene"], expression))
    classes = expression_classes(
        expression["log2FC"].to_numpy(float), expression["padj"].to_numpy(float), threshold, least
    )
    classed = expression[["gene", "log2FC", "padj"]].assign(expression_class=classes)
    genes = bound.merge(classed, on="gene", how="left").fillna({"expression_class": "not tested"})
    others = classed[~classed["gene"].isin(bound["gene"])]
    counts = {"bound": _count(genes["expression_class"]), "unbound": _count(others["expression_class"])}
    tested = sum(group[name] for group in counts.values() for name in CLASSES[:3])
    unlisted = (others["expression_class"] != "not tested") & ~others["gene"].isin(ranking["gene"])
    notes = list(expression.attrs.get("notes", []))
    if in_table.mean() < LOW_OVERLAP:
        notes.append(
            f"only {int(in_table.sum()):,} of {plural(len(bound), 'bound gene')} are in the expression table: "
            "is it the whole table, in the same symbols?"
        )
    if tested and not counts["bound"]["unchanged"] + counts["unbound"]["unchanged"]:
        notes.append("every tested gene counts as changed: give all tested genes, or there is nothing to compare with")
    if tested and not sum(counts["unbound"][name] for name in CLASSES[:3]):
        notes.append("every tested gene is bound: there is nothing to compare with")
    evidence: ExpressionEvidence = {
        "source": str(expression.attrs.get("source", "a DataFrame")),
        "columns": dict(expression.attrs.get("columns", {})),
        "padj_threshold": threshold,
        "min_abs_log2fc": least,
        "counts": counts,
        "not_in_table": int((~in_table).sum()),
        "n_tested": tested,
        "unlisted": int(unlisted.sum()),
        "tests": {what: fisher(counts, yes) for what, yes in _TESTS.items()},
        "rank": rank_association(genes),
        "notes": notes,
    }
    return genes, evidence


#: Question -> the classes that answer it with yes.
_TESTS = {"changed": ("up", "down"), "up": ("up",), "down": ("down",)}


def fisher(counts: dict[str, dict[str, int]], yes: tuple[str, ...]) -> dict[str, Any]:
    """Fisher's exact test (two-sided) of bound against being in one of the classes `yes`, over the tested genes."""
    from scipy.stats import fisher_exact

    no = [name for name in CLASSES[:3] if name not in yes]
    two_by_two = [[sum(counts[row][name] for name in side) for side in (yes, no)] for row in ("bound", "unbound")]
    odds_ratio, pvalue = fisher_exact(two_by_two)
    return {"table": two_by_two, "odds_ratio": float(odds_ratio), "pvalue": float(pvalue)}


def rank_association(genes: pd.DataFrame) -> dict[str, float]:
    """Spearman's rank correlation of avg_score and |log2FC| over the tested genes, p from the t approximation."""
    from scipy.stats import spearmanr

    tested = genes[genes["expression_class"] != "not tested"]
    score, change = tested["avg_score"].to_numpy(float), tested["log2FC"].abs().to_numpy(float)
    if len(tested) < 3 or len(np.unique(score)) < 2 or len(np.unique(change)) < 2:
        return {"rho": float("nan"), "pvalue": float("nan"), "n": len(tested)}
    rho, pvalue = spearmanr(score, change)
    return {"rho": float(rho), "pvalue": float(pvalue), "n": len(tested)}


def p_text(pvalue: float) -> str:
    """A p-value with three digits; one too small for a double is a bound, not 0."""
    return "not defined" if np.isnan(pvalue) else f"{pvalue:.3g}" if pvalue > 0 else "< 1e-300"


def expression_section(evidence: ExpressionEvidence, protein: str, distance: int) -> str:
    """Markdown for the report: counts, tests, association, oddities, and what must not be read into them."""
    rule = f"padj < {evidence['padj_threshold']:g}"
    if evidence["min_abs_log2fc"]:
        rule += f" and |log2FC| ≥ {evidence['min_abs_log2fc']:g}"
    counts = [
        (name.capitalize(), *(f"{group[item]:,}" for item in CLASSES), f"{sum(group.values()):,}")
        for name, group in evidence["counts"].items()
    ]
    header = ("Genes", *(name.capitalize() for name in CLASSES), "All")
    tests = [
        (f"Bound × {name}", *(f"{n:,}" for row in test["table"] for n in row), odds_text(test), p_text(test["pvalue"]))
        for name, test in evidence["tests"].items()
    ]
    test_header = ("Test", "Bound, yes", "Bound, no", "Unbound, yes", "Unbound, no", "Odds ratio", "p")
    rank = evidence["rank"]
    association = (
        f"Spearman's rho of average score and |log2FC| over {plural(int(rank['n']), 'bound and tested gene')}: "
        + (f"{rank['rho']:.3f} (p = {p_text(rank['pvalue'])})." if not np.isnan(rank["rho"]) else "not defined.")
    )
    parts = [
        f"Expression: {cell(evidence['source'])}. Changed: {rule}. The universe is the "
        f"{plural(evidence['n_tested'], 'gene')} of that table with a log2FC and a padj; bound means a peak in any "
        "experiment used, before thresholds and top_n.",
        table(header, counts, header[1:]),
        "Fisher's exact test over the universe, two-sided, not adjusted for being three:\n\n"
        + table(test_header, tests, test_header[1:]),
        association,
    ]
    if evidence["notes"]:
        parts.append("Notes on the expression table:\n\n" + bullets(cell(note) for note in evidence["notes"]))
    parts.append("Limits of the inference:\n\n" + bullets(inference_limits(evidence, protein, distance)))
    return "\n\n".join(parts)


def inference_limits(evidence: ExpressionEvidence, protein: str, distance: int) -> list[str]:
    """What binding beside a change of expression does not show; Markdown, one item a limit."""
    name = cell(protein)
    return [
        f"**Association, not causation.** A gene that {name} binds and that changes may change for another reason; the "
        "peaks and the expression may even come from different cells.",
        "**Direct or indirect cannot be told from one contrast.** Early time points after a rapid perturbation of "
        f"{name}, or loss of the change when the site is deleted, speak for direct regulation. Bound genes that do "
        "not change may be bound without effect, compensated, or responsive in other cells.",
        f"**The window is ±{distance} kb of the TSS.** Genes regulated from further away count as unbound; genes "
        "beside another gene's promoter count as bound.",
        f"**The universe decides the odds.** {plural(evidence['unlisted'], 'tested gene')} of "
        f"{evidence['n_tested']:,} stand in the universe without being listed by ChIP-Atlas for {name}: unbound, "
        "non-coding, or under another symbol. A table without the unchanged genes makes the test void.",
        "**Expressed genes are bound more often.** Open promoters attract peaks and expressed genes have the power to "
        "be called changed, so some association is expected of any factor. Genes that share a locus count one by one.",
    ]


def odds_text(test: dict[str, Any]) -> str:
    """The odds ratio of a test with three decimals, or a word where a cell of its table is 0."""
    ratio = test["odds_ratio"]
    return "not defined" if np.isnan(ratio) else "infinite" if np.isinf(ratio) else f"{ratio:.3f}"


def _count(classes: pd.Series) -> dict[str, int]:
    return {name: int((classes == name).sum()) for name in CLASSES}


def _read_text(path: Path) -> pd.DataFrame:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is too large for an expression table ({path.stat().st_size:,} bytes).")
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is no UTF-8 text. Save the table as CSV or TSV.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}. Give the path of a CSV or TSV file.") from error
    header_at = re.search(r"^(?!\s*#)[^\r\n]*\S[^\r\n]*", text, re.M)
    if header_at is None:
        raise InputError(f"{path} is empty. It should hold a header and one row per gene.")
    separator = next((mark for mark in "\t,;" if mark in header_at.group()), r"\s+")
    body = io.StringIO(text[header_at.start() :])
    try:
        # As text: pandas would turn a gene named NA or 1-2 into something else, and hide which cell is no number.
        return pd.read_csv(body, sep=separator, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} is no readable table ({error}). Save it anew as CSV or TSV.") from error


def _find_columns(headings: list[str], place: str) -> dict[str, int]:
    folded = ["" if not name.strip() else re.sub(r"[^a-z0-9]+", "", name.lower()) for name in headings]
    found: dict[str, int] = {}
    for name, choices in COLUMN_NAMES.items():
        wanted = next((choice for choice in choices if choice in folded), None)
        if wanted is None:
            continue
        if folded.count(wanted) > 1:
            raise InputError(f"{place} has more than one column {wanted!r}; keep the one that is to be read as {name}.")
        found[name] = folded.index(wanted)
    missing = [name for name in COLUMN_NAMES if name not in found]
    if missing:
        raw = " P-values that are not adjusted will not do." if "padj" in missing else ""
        raise InputError(
            f"No column for {', '.join(missing)} in {place}. Its columns: {', '.join(map(repr, headings))}.\n"
            f"Name them gene, log2FC and padj, or as DESeq2, edgeR (topTags) or limma (topTable) do.{raw}"
        )
    return found


def _numbers(column: pd.Series, genes: pd.Series, heading: str, place: str) -> np.ndarray:
    empty = column.isna() | column.astype(str).str.strip().str.lower().isin(_NO_VALUE)
    numbers = pd.to_numeric(column.where(~empty), errors="coerce")
    wrong = numbers.isna() & ~empty
    if wrong.any():
        raise InputError(
            f"{plural(int(wrong.sum()), 'cell')} of column {heading!r} in {place} not a number: "
            f"{column[wrong].iloc[0]!r} for gene {genes[wrong].iloc[0]!r}.\n"
            "Write numbers with a decimal point, and NA where there is none."
        )
    return numbers.to_numpy(dtype=float, na_value=np.nan)


def _one_row_a_gene(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    notes = []
    nameless = frame["gene"].str.lower().isin(_NO_VALUE)
    several = frame["gene"].str.contains("///", regex=False)
    named = frame[~nameless & ~several]
    # Not-a-number sorts last; rows of equal padj keep their order.
    kept = named.sort_values("padj", kind="stable").drop_duplicates("gene").sort_index().reset_index(drop=True)
    if nameless.any():
        notes.append(f"{plural(int(nameless.sum()), 'row')} without a gene name passed over")
    if several.any():
        notes.append(f"{plural(int(several.sum()), 'row')} naming several genes (///) passed over")
    if len(kept) < len(named):
        repeated = int(named["gene"].duplicated(keep=False).sum()) - (len(named) - len(kept))
        notes.append(
            f"{plural(len(named) - len(kept), 'further row')} of {plural(repeated, 'gene')} dropped: "
            "the smallest padj is kept"
        )
    untested = int((kept["padj"].isna() | kept["log2FC"].isna()).sum())
    if untested:
        notes.append(f"{plural(untested, 'gene')} without padj or log2FC: not tested")
    dates = int(kept["gene"].str.fullmatch(_SPREADSHEET_DATE).sum())
    if dates:
        notes.append(f"{plural(dates, 'name')} written like a date: a spreadsheet has changed gene symbols")
    return kept, notes


def _nothing_in_common(bound: pd.Series, expression: pd.DataFrame) -> str:
    names = expression["gene"]
    example = f"there {', '.join(names.head(3))}; here {', '.join(bound.head(3))}"
    if names.head(100).str.fullmatch(_ENSEMBL).any():
        reason = "They are Ensembl IDs: map them to symbols first"
    elif names.head(100).str.fullmatch(r"\d+").all():
        reason = "They are numbers, as Entrez IDs are: map them to symbols first"
    elif set(names.str.upper()) & set(bound.str.upper()):
        reason = "They match without case only: are they symbols of another species?"
    else:
        reason = "Give official gene symbols of this assembly's species"
    return f"No bound gene is in the expression table ({example}).\n{reason}."
