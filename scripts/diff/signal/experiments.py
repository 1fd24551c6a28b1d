"""The coverage of the experiments that a comparison was made of, group by group."""

from __future__ import annotations

from collections.abc import Mapping

from ...common.console import say
from ...common.errors import InputError
from ...engine.files.kinds import Kind, kind_by_name
from ..diff_result import DiffResult
from ..report.browser.coverage import coverage_files


def experiments_of(
    results: DiffResult, reads: Mapping[str, float] | None = None
) -> tuple[dict[str, list[str]], dict[str, float]]:
    """What `signal_matrix` takes: names by the groups' labels, and the reads of each file of the user's own.

    Parameters
    ----------
    reads : mapping of str to float, optional
        Usable reads of files of your own, by the experiment's name or its file.

    Raises
    ------
    InputError
        Methylation, whose values stand at CpGs and not at bases; or a group none of whose experiments has a bigWig.
    """
    refuse_methylation(results)
    labels = {"A": results["parameters"]["description_a"], "B": results["parameters"]["description_b"]}
    found, without = coverage_files(results)
    readable = [one for one in found if one.public or kind_by_name(one.place) is Kind.BIGWIG]
    without = [*without, *(one.name for one in found if one not in readable)]
    if without:
        say(f"  No bigWig of {', '.join(without)}: not in the coverage")
    groups: dict[str, list[str]] = {labels[group]: [] for group in ("A", "B")}
    known = {}
    for one in readable:
        name = one.name if one.public else one.place
        groups[labels[one.group]].append(name)
        given = {**(reads or {})}
        if one.name in given or name in given:
            known[name] = given.get(one.name, given.get(name, 0))
    for label, names in groups.items():
        if not names:
            raise InputError(f"No experiment of {label} has a bigWig; give experiments= with files that have.")
    return groups, known


def refuse_methylation(results: DiffResult) -> None:
    """`InputError` for methylation, whose values stand at CpGs."""
    if results.analysis.is_dmr:
        raise InputError(
            "Coverage cannot be drawn of differential methylation: a methylation bigWig has values at CpGs alone, and\n"
            "a mean over bases would take all others for unmethylated. Open igv_session.xml of export_tracks instead."
        )
