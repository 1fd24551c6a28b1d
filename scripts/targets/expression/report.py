"""What the report says of expression beside binding: counts, tests, and the limits of the inference."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...common.reporting.markdown import bullets, cell, table
from ...common.text import plural
from .evidence import CLASSES, ExpressionEvidence


def p_text(pvalue: float) -> str:
    """A p-value with three digits; one too small for a double is a bound, not 0."""
    return "not defined" if np.isnan(pvalue) else f"{pvalue:.3g}" if pvalue > 0 else "< 1e-300"


def odds_text(test: dict[str, Any]) -> str:
    """The odds ratio of a test with three decimals, or a word where a cell of its table is 0."""
    ratio = test["odds_ratio"]
    return "not defined" if np.isnan(ratio) else "infinite" if np.isinf(ratio) else f"{ratio:.3f}"


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
