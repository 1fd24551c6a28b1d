"""Does expression change where the factor binds? Differential expression joined to the ranking, tested and worded.

The universe of every count and test is the genes of the expression table with a log2 fold change and an adjusted
p-value. *Bound* means a peak in at least one experiment used, whatever thresholds or `top_n` do to the ranking later;
every other gene of the universe is *unbound*.
"""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
import pandas as pd

from ...common.errors import InputError
from ...common.results import require_number
from ...common.text import plural

CLASSES = ("up", "down", "unchanged", "not tested")
#: Fewer bound genes than this share among the table's names: perhaps another annotation, or a part of a table.
LOW_OVERLAP = 0.5
#: Of so many tested genes some have an adjusted p above this, unless those that did not change were taken out.
MIN_TO_JUDGE, CUT_PADJ = 100, 0.5
#: With the version, and the mark of the second copy on Y that GENCODE gives.
ENSEMBL_ID = r"ENS[A-Z]*[GT]\d{11}(?:\.\d+)?(?:_PAR_Y)?"


class ExpressionEvidence(TypedDict):
    """Counts and tests of one join. A plain dict, so that pickles need no code of ours.

    source: path of the expression table, or ``a DataFrame``. columns: its headings read as gene, log2FC and padj.
    counts: ``{"bound": {class: genes}, "unbound": {class: genes}}`` over `CLASSES`; bound genes that the expression
    table lacks count as not tested. not_in_table: how many those are. n_tested: genes of the universe.
    unlisted: genes of the universe that the table of target genes does not list at all.
    tests: ``changed``, ``up`` and ``down``, each with ``table`` ([[bound yes, no], [unbound yes, no]]), ``odds_ratio``
    (ad/bc, not the conditional estimate) and ``pvalue`` (Fisher's exact test, two-sided, not adjusted for being three).
    rank: ``rho``, ``pvalue``, ``n``: Spearman's, avg_score against |log2FC| over the bound genes tested; NaN where a
    rank is not defined. notes: repairs and oddities. mapping: what became of names that are no symbols of the ranking,
    see `targets.expression.symbols.Mapping`; empty where none was looked up.
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
    mapping: dict[str, Any]


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
        Least absolute log2FC of a changed gene.

    Returns
    -------
    genes : DataFrame
        The bound genes in the order given: columns of `ranking`, then ``log2FC``, ``padj``, ``expression_class``;
        before them ``expression_name``, where names were mapped.
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
    given_name = [name for name in ("expression_name",) if name in expression]
    classed = expression[["gene", *given_name, "log2FC", "padj"]].assign(expression_class=classes)
    genes = bound.merge(classed, on="gene", how="left").fillna({"expression_class": "not tested"})
    others = classed[~classed["gene"].isin(bound["gene"])]
    counts = {"bound": _count(genes["expression_class"]), "unbound": _count(others["expression_class"])}
    tested = sum(group[name] for group in counts.values() for name in CLASSES[:3])
    unlisted = (others["expression_class"] != "not tested") & ~others["gene"].isin(ranking["gene"])
    notes = [*expression.attrs.get("notes", []), *_cut_off(classed)]
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
        "mapping": dict(expression.attrs.get("mapping", {})),
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


def _cut_off(classed: pd.DataFrame) -> list[str]:
    """A note where the table seems to hold the genes of small adjusted p alone."""
    padj = classed.loc[classed["expression_class"] != "not tested", "padj"]
    if len(padj) < MIN_TO_JUDGE or padj.max() > CUT_PADJ:
        return []
    return [
        f"no gene has an adjusted p above {padj.max():.2g}: the table seems to be cut there, and without the unchanged "
        "genes the tests are void; give all tested genes"
    ]


def _count(classes: pd.Series) -> dict[str, int]:
    return {name: int((classes == name).sum()) for name in CLASSES}


def _nothing_in_common(bound: pd.Series, expression: pd.DataFrame) -> str:
    names = expression["gene"]
    example = f"there {', '.join(names.head(3))}; here {', '.join(bound.head(3))}"
    if names.head(100).str.fullmatch(ENSEMBL_ID).any():
        reason = "They are Ensembl IDs: map them to symbols first"
    elif names.head(100).str.fullmatch(r"\d+").all():
        reason = "They are numbers, as Entrez IDs are: map them to symbols first"
    elif set(names.str.upper()) & set(bound.str.upper()):
        reason = "They match without case only: are they symbols of another species?"
    else:
        reason = "Give official gene symbols of this assembly's species"
    return f"No bound gene is in the expression table ({example}).\n{reason}."
