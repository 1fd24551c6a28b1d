"""What the numbers rest on, for the report: normalisation, design, single experiments, another cut."""

from __future__ import annotations

import pandas as pd

from ...common.reporting.markdown import cell, code, table
from ...common.text import plural
from ..diff_result import DiffResult

_NORMALISED_BY = {
    "tmm": "TMM over the regions (the server's)",
    "library": "mapped reads",
    "background": "TMM over bins of 10 kb",
    "given": "library sizes that were given",
}


def normalisation_section(results: DiffResult) -> str:
    """Library sizes of each experiment, and what each normalisation answers; nothing where reads were not counted."""
    known = results.get("normalisation")
    if not known:
        return ""
    used = known["used"] if isinstance(known["used"], str) else "given"
    labels = _labels(results)
    sizes = known["sizes"]
    text = f"Used: **{_NORMALISED_BY[used]}**. "
    if "mapped_reads" not in sizes:
        return text + "Mapped reads are not known."
    share = sizes["tmm"] / sizes["mapped_reads"]
    relative = share / float((share.prod()) ** (1 / len(share))) if len(share) else share
    rows = [
        (
            name,
            f"{row['mapped_reads']:,.0f}",
            f"{row['tmm']:,.0f}",
            f"{row['background']:,.0f}",
            f"{relative[name]:.2f}",
        )
        for name, row in sizes.to_dict("index").items()
    ]
    header = ["experiment", "mapped reads", "size by TMM", "size by background", "signal per mapped read"]
    text += (
        f"Signal per mapped read, in the regions that TMM takes to be unchanged, is {2 ** known['difference']:.2f} "
        f"times as high in {labels[0]} as in {labels[1]} (p = {known['pvalue']:.1e}): "
        + ("**the groups differ systematically.**" if known["systematic"] else "no systematic difference.")
        + f"\n\n{table(header, rows, numeric=header[1:])}"
    )
    if known["answers"] is None:
        return text
    header = [
        "normalisation",
        "significant (q < 0.05)",
        f"higher in {labels[0]}",
        f"higher in {labels[1]}",
        "median log2",
    ]
    answers = [
        (
            f"{_NORMALISED_BY[row['normalisation']]}{' (used)' if row['used'] else ''}",
            *(f"{row[key]:,}" for key in ("significant", "higher_a", "higher_b")),
            f"{row['median_logfc']:+.2f}",
        )
        for row in known["answers"].to_dict("records")
    ]
    return f"{text}\n\n**The answer under each normalisation**\n\n{table(header, answers, numeric=header[1:])}"


def design_section(results: DiffResult) -> str:
    """The design, the exact test beside it, and its other contrasts; nothing without one."""
    design = results.get("design")
    if not design:
        return ""
    labels = _labels(results)
    parts = [f"Design {code(design['formula'])}, tested: {cell(design['tested'])}."]
    header = [
        "analysis",
        "regions tested",
        "significant (q < 0.05)",
        f"higher in {labels[0]}",
        f"higher in {labels[1]}",
    ]
    header.append("also significant in the first")
    keys = ("tested", "significant", "higher_a", "higher_b", "also_in_main")
    rows = [(row["analysis"], *(f"{row[key]:,}" for key in keys)) for row in design["analyses"].to_dict("records")]
    parts.append(f"**Both analyses side by side** (before filtering)\n\n{table(header, rows, numeric=header[1:])}")
    if design["contrasts"]:
        header = ["contrast", "tested", "regions", "significant", "up", "down"]
        rows = [
            (
                name,
                design["contrasts_tested"][name],
                f"{len(found):,}",
                f"{int(found['significant'].sum()):,}",
                *(f"{int((found['significant'] & sign).sum()):,}" for sign in (found["logFC"] > 0, found["logFC"] < 0)),
            )
            for name, found in design["contrasts"].items()
        ]
        parts.append(f"**Other contrasts** ({code('diff_regions_contrasts.csv')})\n\n{table(header, rows, header[2:])}")
    return "\n\n".join(parts)


def stability_section(results: DiffResult) -> str:
    """What happens when each experiment is left out; nothing where that was not tried."""
    found = results.get("stability")
    if not isinstance(found, pd.DataFrame) or found.empty:
        return ""
    header = [
        "left out",
        "group",
        "significant",
        "of the top 100, still there",
        "of the significant, still so",
        "same way",
    ]
    labels = dict(zip("AB", _labels(results), strict=True))
    rows = [
        (
            row["left_out"],
            labels[row["group"]],
            "" if pd.isna(row["significant"]) else f"{row['significant']:,.0f}",
            *(
                "" if pd.isna(row[key]) else f"{row[key]:.0%}"
                for key in ("top_kept", "significant_kept", "direction_kept")
            ),
        )
        for row in found.to_dict("records")
    ]
    kept = found["significant_kept"]
    lowest = ""
    if kept.notna().any():
        worst = found.loc[kept.idxmin()]
        lowest = f" Least without {worst['left_out']}: {worst['significant_kept']:.0%} of the significant regions stay."
    return f"The test repeated without each experiment in turn.{lowest}\n\n{table(header, rows, numeric=header[2:])}"


def contrasts_table(results: DiffResult) -> pd.DataFrame | None:
    """The other contrasts of a design in one table: ``contrast`` before the columns of each; None without any."""
    design = results.get("design")
    if not design or not design["contrasts"]:
        return None
    return pd.concat(
        [found.assign(contrast=name)[["contrast", *found.columns]] for name, found in design["contrasts"].items()],
        ignore_index=True,
    )


def cut_lines(results: DiffResult) -> list[str]:
    """What a cut that differs from the first one left out, as Markdown; for the beginning of the report."""
    cut = results["parameters"].get("recut")
    if not cut:
        return []
    what = [f"q < {cut['qvalue']:g}"]
    if cut["min_abs_logfc"]:
        what.append(f"effect of at least {cut['min_abs_logfc']:g}, cut after the test: no error rate holds for it")
    text = f"**Another cut.** {'; '.join(what)}."
    if cut["without"]:
        rate = "" if results.analysis.is_dmr else "; the false discovery rate is that of the rest"
        text += f" Left out: {cell(', '.join(cut['without']))} ({plural(cut['left_out'], 'tested region')}){rate}."
    return [text]


def _labels(results: DiffResult) -> tuple[str, str]:
    return cell(results["parameters"]["description_a"]), cell(results["parameters"]["description_b"])
