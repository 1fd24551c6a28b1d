"""Before a job is submitted: what the experiments are, and whether they can be compared at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ...chipatlas.batches import accession_batches
from ...chipatlas.endpoints import site_url
from ...chipatlas.run_time import expected_seconds
from ...chipatlas.site.api import SITE_ERRORS, Site
from ...chipatlas.site.look_up import look_up
from ...chipatlas.site.metadata import BISULFITE, ExperimentInfo, is_control
from ...chipatlas.transport.client import Client
from ...common.console import say
from ...common.errors import InputError, NotFoundError
from ...common.text import ellipsis
from ..analysis import Analysis
from .balance import balance_of
from .titles import named_instead

#: Columns of the table that goes to the console and into the report.
COLUMNS = (
    "requested",
    "accession",
    "group",
    "antigen_class",
    "antigen",
    "cell_type",
    "title",
    "reads",
    "mapped_percent",
    "peaks",
    "title_names",
    "batch",
    "gsm",
    "attributes",
)
TITLE_WIDTH = 60
REASONS_WIDTH = 1000


@dataclass(frozen=True)
class Preflight:
    """What is known of the experiments before they are compared.

    Attributes
    ----------
    experiments : DataFrame
        `COLUMNS`, one row per requested experiment, group A first; empty when the site could not be asked.
    expected_seconds : float or None
        The site's own estimate of the run time.
    unavailable : str
        Why there is no metadata; empty when there is.
    infos : dict
        Requested accession -> all that the site says of it.
    """

    experiments: pd.DataFrame
    expected_seconds: float | None
    unavailable: str = ""
    infos: Mapping[str, ExperimentInfo] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Requested accession -> the accession the server will use (a GSM's SRX)."""
        return dict(zip(self.experiments["requested"], self.experiments["accession"], strict=True))


def check_before_submitting(
    experiments_a: Sequence[str], experiments_b: Sequence[str], genome: str, analysis: Analysis, client: Client
) -> Preflight:
    """Look every experiment up and refuse a comparison that the server would refuse or mistake.

    Raises
    ------
    NotFoundError
        An experiment is unknown, or not processed for this genome.
    InputError
        An assay does not fit the analysis, or two names mean one experiment.
    """
    site = Site(client)
    try:
        found = look_up([*experiments_a, *experiments_b], site)
        nowhere = not any(info.genome == genome for infos in found.values() for info in infos)
        known = site.assemblies() if nowhere else [genome]
    except SITE_ERRORS as error:
        return _without_metadata(f"no metadata from {site_url('')}: {str(error).splitlines()[0]}")
    if genome not in known:
        return _without_metadata(f"the site has no metadata of {genome}, only of {', '.join(known)}")
    _check_processed(found, genome)
    chosen = {name: _on_genome(name, infos, genome) for name, infos in found.items()}
    _check_assay(chosen, analysis)
    _check_distinct(chosen)
    _check_controls(chosen)
    table = _table(chosen, experiments_a, _factors(site, genome))
    _show(table)
    return Preflight(table, _expected_seconds(table, analysis, site), infos=chosen)


def _without_metadata(reason: str) -> Preflight:
    say(f"  No preflight: {reason}")
    return skipped(reason)


def skipped(reason: str) -> Preflight:
    """A preflight that was not wanted."""
    return Preflight(pd.DataFrame(columns=list(COLUMNS)), None, reason)


def run_time(reads: pd.Series, analysis: Analysis) -> float | None:
    """Seconds that a job over experiments with these numbers of reads takes; None when no number is known."""
    total = float(pd.to_numeric(reads).sum())
    return expected_seconds(total, analysis.name) if total > 0 else None


def _expected_seconds(table: pd.DataFrame, analysis: Analysis, site: Site) -> float | None:
    """Run time from the reads of all experiments; the site's own estimate where the metadata lack some of them."""
    known = run_time(table["reads"], analysis)
    if table["reads"].notna().all():
        return known
    try:
        return 60 * site.expected_minutes(table["accession"], analysis.name)
    except SITE_ERRORS:
        return known


def _check_processed(found: Mapping[str, list[ExperimentInfo]], genome: str) -> None:
    """Refuse what ChIP-Atlas has not processed, all of it in one message, each with its reason."""
    unknown = [name for name, infos in found.items() if not infos]
    elsewhere = {
        name: ", ".join(dict.fromkeys(info.genome for info in infos))
        for name, infos in found.items()
        if infos and not any(info.genome == genome for info in infos)
    }
    reasons = [f"ChIP-Atlas does not know {', '.join(unknown)}."] if unknown else []
    for others in dict.fromkeys(elsewhere.values()):
        names = [name for name, there in elsewhere.items() if there == others]
        were, it = ("were", "them") if len(names) > 1 else ("was", "it")
        reasons.append(f"{', '.join(names)} {were} not processed for {genome}; ChIP-Atlas has {it} for {others}.")
    if reasons:
        raise NotFoundError(
            f"{ellipsis(' '.join(reasons), REASONS_WIDTH)}\n"
            "Correct it, leave it out, or pass preflight=False to submit it all the same."
        )


def _on_genome(name: str, infos: list[ExperimentInfo], genome: str) -> ExperimentInfo:
    here = [info for info in infos if info.genome == genome]
    if len(here) > 1:
        members = ", ".join(info.accession for info in here)
        raise InputError(
            f"{name} is the sample of {len(here)} experiments on {genome}: {members}.\n"
            "Give the experiment that you mean in its place; all of them, if each is a replicate of its own."
        )
    return here[0]


def _check_assay(chosen: dict[str, ExperimentInfo], analysis: Analysis) -> None:
    wrong = [name for name, info in chosen.items() if info.is_bisulfite != analysis.is_dmr]
    if not wrong:
        return
    kinds = ", ".join(sorted({chosen[name].antigen_class for name in wrong}))
    other = "diffbind" if analysis.is_dmr else "dmr"
    raise InputError(
        f"analysis_type={analysis.name!r} does not fit {', '.join(wrong)} ({kinds}).\n"
        f"Use analysis_type={other!r} for these, and do not mix bisulfite with other experiments."
    )


def _check_distinct(chosen: dict[str, ExperimentInfo]) -> None:
    by_accession: dict[str, str] = {}
    for name, info in chosen.items():
        if info.accession in by_accession:
            raise InputError(
                f"{by_accession[info.accession]} and {name} are the same experiment ({info.accession}). Give it once."
            )
        by_accession[info.accession] = name


def _check_controls(chosen: dict[str, ExperimentInfo]) -> None:
    controls = [name for name, info in chosen.items() if is_control(info.antigen_class, info.antigen)]
    if controls:
        kinds = ", ".join(sorted({chosen[name].antigen for name in controls}))
        raise InputError(
            f"{', '.join(controls)}: controls ({kinds}), which show no binding to compare.\n"
            "Leave them out; pass preflight=False to compare them all the same."
        )


def _factors(site: Site, genome: str) -> list[str]:
    """The factors of an assembly, against which titles are held; none when the site does not tell."""
    try:
        return site.factors().get(genome, [])
    except SITE_ERRORS as error:
        say(f"  Titles were not held against the annotations: {str(error).splitlines()[0]}")
        return []


def _table(chosen: dict[str, ExperimentInfo], experiments_a: Sequence[str], factors: list[str]) -> pd.DataFrame:
    in_a = set(experiments_a)
    rows = [
        (
            name,
            info.accession,
            "A" if name in in_a else "B",
            info.antigen_class,
            info.antigen,
            info.cell_type,
            info.title,
            info.reads,
            info.mapped_percent,
            info.peaks,
            named_instead(info, factors),
            " ".join(info.gsms),
            "\t".join(f"{key}={value}" for key, value in info.attributes),
        )
        for name, info in chosen.items()
    ]
    told = [name for name in COLUMNS if name != "batch"]
    table = pd.DataFrame(rows, columns=told).astype({"reads": "Int64", "mapped_percent": "Float64", "peaks": "Int64"})
    return table.assign(batch=accession_batches(table["accession"]))[list(COLUMNS)]


def _show(table: pd.DataFrame) -> None:
    for group, members in table.groupby("group"):
        say(f"  Group {group}:")
        for row in members.to_dict("records"):
            alias = f" ({row['requested']})" if row["requested"] != row["accession"] else ""
            numbers = f"{shown(row['reads'], ',')} reads, {shown(row['mapped_percent'], '.1f')}% mapped"
            if row["antigen_class"] != BISULFITE:
                numbers += f", {shown(row['peaks'], ',')} peaks"
            kind = f"{row['antigen']} | {row['cell_type']}"
            say(f"    {row['accession']}{alias}  {kind} | {numbers} | {ellipsis(str(row['title']), TITLE_WIDTH)}")
    say("  Balance (A | B):")
    for row in balance_of(table).table.to_dict("records"):
        same = row["A"] if row["A"] == row["B"] else f"{row['A']} | {row['B']}"
        say(f"    {row['factor']}: {same}")


def shown(value: Any, form: str) -> str:
    """A number that may be missing."""
    return "?" if pd.isna(value) else format(value, form)
