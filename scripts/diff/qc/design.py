"""Is the comparison a fair one? Findings from the experiments' metadata and from how alike their counts are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ...chipatlas.site.metadata import BISULFITE
from ...common.findings import Finding
from ..inputs.balance import ANNOTATIONS, balance_of

#: Fewer mapped reads than this are few for any assay and genome ChIP-Atlas covers but the smallest.
LOW_MAPPED_READS = 1_000_000
#: MACS2 peaks at Q < 1e-5: next to none means that the enrichment failed.
LOW_PEAKS = 100
#: A sample whose median correlation with the rest of its group is this much lower than its fellows' is an outlier.
OUTLIER_DROP = 0.15
#: Up to this share of common values a factor is called unbalanced.
UNEVEN_SHARE = 0.5
#: Of fewer samples a group, nobody can say which one is odd.
OUTLIER_MIN_SAMPLES = 3
#: Regions whose logarithms are held at a time.
_ROWS = 16_384


def check_design(experiments: pd.DataFrame, label_a: str, label_b: str, *, whole: bool = True) -> list[Finding]:
    """What the metadata says against the design.

    Parameters
    ----------
    experiments : DataFrame
        As `diff.inputs.preflight` makes it; may be empty.
    whole : bool
        Whether all experiments of the comparison are in it: groups are compared with each other only then.
    """
    if experiments.empty:
        return []
    labels = {"A": label_a, "B": label_b}
    return [
        *_mixed_groups(experiments, labels),
        *(_between_groups(experiments, labels) if whole else []),
        *_weak_experiments(experiments),
        *_contradicting_titles(experiments),
        *_same_samples(experiments, labels, whole=whole),
    ]


def _mixed_groups(experiments: pd.DataFrame, labels: dict[str, str]) -> list[Finding]:
    findings = []
    for column, what, code in (
        ("antigen", "antigens", "mixed-antigens"),
        ("cell_type", "cell types", "mixed-cell-types"),
        ("batch", "studies", "mixed-studies"),
    ):
        mixed = []
        for group, members in experiments.groupby("group"):
            counts = members[column].value_counts()
            if len(counts) > 1:
                shown = ", ".join(f"{name} ({count})" for name, count in counts.items())
                mixed.append(f"{labels[str(group)]}: {shown if column != 'batch' else _batches(members)}")
        if not mixed:
            continue
        inferred = " (inferred from accession numbers)" if column == "batch" else ""
        findings.append(
            Finding(
                code,
                "minor" if column == "batch" else "major",
                f"Mixed {what} within a group",
                f"{'; '.join(mixed)}{inferred}.",
                "The members are not replicates of one condition: the test sees their average, and their differences "
                "count as noise. Split the groups or state this first.",
            )
        )
    return findings


def _between_groups(experiments: pd.DataFrame, labels: dict[str, str]) -> list[Finding]:
    a, b = (experiments[experiments["group"] == group] for group in ("A", "B"))
    findings = []
    if not set(a["antigen"]) & set(b["antigen"]):
        findings.append(
            Finding(
                "different-antigens",
                "major",
                "Different antigens between groups",
                f"{labels['A']}: {_joined(a['antigen'])}; {labels['B']}: {_joined(b['antigen'])}.",
                "The groups differ in what was precipitated; a difference is one between antigens, not conditions.",
            )
        )
    if not set(a["batch"]) & set(b["batch"]):
        findings.append(
            Finding(
                "group-study-confounded",
                "major",
                "Group and study are confounded",
                f"No study has experiments in both groups (inferred from accession numbers): {labels['A']}: "
                f"{_batches(a)}; {labels['B']}: {_batches(b)}.",
                "Laboratory, protocol and sequencing differ together with the groups and cannot be told from the "
                "condition. Look for a study that has both, or confirm with other data.",
            )
        )
    return [*findings, *_unbalanced(experiments, labels)]


def _unbalanced(experiments: pd.DataFrame, labels: dict[str, str]) -> list[Finding]:
    """Attributes in which the groups differ besides what they are compared for."""
    balance = balance_of(experiments, labels["A"], labels["B"])
    rows = balance.table.set_index("factor")

    def shown(names: Iterable[str]) -> str:
        texts = [name.replace("_", " ") for name in names]
        return "; ".join(f"{name}: {rows.loc[name, 'A']} vs {rows.loc[name, 'B']}" for name in texts)

    findings = []
    if balance.confounded:
        about = f" ({', '.join(balance.question)} is what is compared)" if balance.question else ""
        findings.append(
            Finding(
                "confounded-attributes",
                "major",
                "Groups differ in more than one thing",
                f"The groups share no value of {', '.join(balance.confounded)}{about}: {shown(balance.confounded)}.",
                "What makes the difference cannot be told. Take experiments that differ in one of these alone, or name "
                "all of them wherever the result is told.",
            )
        )
    partial = {
        name: share
        for name, share in balance.partial.items()
        if share <= UNEVEN_SHARE and name not in ANNOTATIONS and name not in balance.question
    }
    if partial:
        shares = ", ".join(f"{name} ({share:.0%} shared)" for name, share in partial.items())
        findings.append(
            Finding(
                "unbalanced-attributes",
                "minor",
                "Groups are unbalanced",
                f"{shares}: {shown(partial)}.",
                "A part of the difference may come from these. Balance the groups, or compare within one value.",
            )
        )
    return findings


def _same_samples(experiments: pd.DataFrame, labels: dict[str, str], *, whole: bool) -> list[Finding]:
    """Replicates that are one sample, sequenced twice; worst where a group holds nothing else."""
    twice, alone = [], []
    for group, members in experiments.groupby("group"):
        for gsm, rows in members[members["gsm"] != ""].groupby("gsm"):
            if len(rows) > 1:
                twice.append(f"{', '.join(rows['accession'])} ({gsm}, {labels[str(group)]})")
            if whole and len(rows) == len(members) > 1:
                alone.append(labels[str(group)])
    if not twice:
        return []
    left = f" {' and '.join(alone)}: one sample is all there is, so the comparison has no replicates." if alone else ""
    return [
        Finding(
            "same-sample-twice",
            "major" if alone else "minor",
            "One sample counted as two",
            f"{'; '.join(twice)}.{left}",
            "Two runs of one sample are no replicates: they hide the variation between samples. Keep one of each.",
        )
    ]


def _weak_experiments(experiments: pd.DataFrame) -> list[Finding]:
    mapped = experiments["reads"].astype("Float64") * experiments["mapped_percent"] / 100
    few_reads = experiments[(mapped < LOW_MAPPED_READS).fillna(False)]
    few_peaks = experiments[(experiments["peaks"] < LOW_PEAKS).fillna(False)]
    few_peaks = few_peaks[few_peaks["antigen_class"] != BISULFITE]
    findings = []
    if len(few_reads):
        millions = (mapped[few_reads.index] / 1e6).map("{:.2f} million".format)
        shown = ", ".join(few_reads["accession"] + " (" + millions + ")")
        findings.append(
            Finding(
                "few-mapped-reads",
                "minor",
                "Very few mapped reads",
                f"{shown}: under {LOW_MAPPED_READS / 1e6:g} million.",
                "Such experiments add noise; look at them, and leave them out if others remain.",
            )
        )
    if len(few_peaks):
        shown = ", ".join(few_peaks["accession"] + " (" + few_peaks["peaks"].map("{:,}".format) + ")")
        findings.append(
            Finding(
                "few-peaks",
                "minor",
                "Very few peaks",
                f"{shown}: under {LOW_PEAKS} at Q < 1e-5.",
                "The enrichment may have failed, or the factor was absent; an absent factor is a result, a failed "
                "experiment is not. Look at the tracks.",
            )
        )
    return findings


def _contradicting_titles(experiments: pd.DataFrame) -> list[Finding]:
    odd = experiments[experiments["title_names"] != ""] if "title_names" in experiments else experiments.head(0)
    if odd.empty:
        return []
    shown = "; ".join(
        f'{row["accession"]} is annotated {row["antigen"]}, its title says {row["title_names"]}: "{row["title"]}"'
        for row in odd.to_dict("records")
    )
    return [
        Finding(
            "title-contradicts-annotation",
            "minor",
            "Title contradicts the annotation",
            f"{shown}.",
            "ChIP-Atlas's annotations are curated by hand, and some are wrong. Look the sample up in GEO or SRA before "
            "you believe either, and leave it out if the title is right.",
        )
    ]


def check_outliers(counts: pd.DataFrame, groups: Sequence[str]) -> list[Finding]:
    """Samples whose counts are unlike those of their own group.

    Parameters
    ----------
    counts : DataFrame of shape (regions, experiments)
        Normalised counts.
    groups : sequence of "A" and "B"
        One per column of `counts`.
    """
    if len(counts) < 2 or counts.shape[1] < 2:
        return []
    correlation = sample_correlation(counts)
    odd = []
    for group in ("A", "B"):
        members = [name for name, member in zip(counts.columns, groups, strict=True) if member == group]
        if len(members) < OUTLIER_MIN_SAMPLES:
            continue
        within = correlation.loc[members, members].to_numpy(copy=True)
        np.fill_diagonal(within, np.nan)
        typical = pd.DataFrame(within, index=members).median(axis=1)
        odd += [(name, value) for name, value in typical.items() if value < typical.median() - OUTLIER_DROP]
    if not odd:
        return []
    return [
        Finding(
            "outlier",
            "minor",
            "Sample unlike its group",
            ", ".join(f"{name} (median correlation {value:.2f} with its group)" for name, value in odd) + ".",
            "Look at sample_correlation and sample_pca; if the experiment failed or is mislabelled, repeat without it.",
        )
    ]


def sample_correlation(counts: pd.DataFrame) -> pd.DataFrame:
    """Pearson correlation of log2(1 + count) between experiments; missing where all counts of one are equal."""
    values = counts.to_numpy(float)
    # Some rows at a time: the logarithms of all of them, and what numpy's function makes of these, would be four times
    # the counts' size. Less those of the first row: where all counts are equal, exactly 0.
    first = np.log2(values[:1] + 1)
    parts = [values[begin : begin + _ROWS] for begin in range(0, len(values), _ROWS)]
    mean = sum((np.log2(part + 1) - first).sum(axis=0) for part in parts) / max(len(values), 1)
    products = np.zeros((values.shape[1], values.shape[1]))
    for part in parts:
        centred = np.log2(part + 1) - first - mean
        products += centred.T @ centred
    deviation = np.sqrt(np.diag(products))
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix = np.clip(products / deviation / deviation[:, None], -1, 1)
    return pd.DataFrame(matrix, index=counts.columns, columns=counts.columns)


def _joined(values: pd.Series) -> str:
    return ", ".join(sorted(set(values)))


def _batches(members: pd.DataFrame) -> str:
    spans = []
    for _, batch in members.groupby("batch"):
        names = sorted(batch["accession"], key=lambda name: int(re.sub(r"\D", "", name)))
        spans.append(names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}")
    return ", ".join(spans)
