"""Whether the packages are there, in versions that fit our bounds and each other's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from ...common.requirements import ATLAS, CORE, EXCEL, GENE_SETS, MCP, OFFLINE, install
from .check import Check

#: Compares versions; it may be missing itself.
COMPARER = "packaging"
#: What the lists besides the core are for.
_PURPOSES = {
    OFFLINE: "designs and BAM files in the local engine",
    ATLAS: "the atlas of all factors",
    EXCEL: "expression tables and results in .xlsx",
    GENE_SETS: "enrichment of gene sets",
    MCP: "the server for agents",
}


def read_requirements(path: Path) -> list[str]:
    """Requirements of a pip file, without comments and without those of files it refers to."""
    lines = [line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("-")]


def package_name(requirement: str) -> str:
    """``plotnine`` of ``plotnine>=0.12.4,<0.13``."""
    cut = min([position for mark in "<>=!~[; " if (position := requirement.find(mark)) > 0], default=len(requirement))
    return requirement[:cut]


def installed_version(package: str) -> str | None:
    """Version of an installed package, None without it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def missing_packages() -> list[str]:
    """Packages of the core that are not installed."""
    return [name for name in map(package_name, read_requirements(CORE)) if installed_version(name) is None]


def dependency_checks() -> Iterator[Check]:
    """One check a package, those of the extras last, then one on conflicts among them."""
    listed = [(path, requirement) for path in (CORE, *_PURPOSES) for requirement in read_requirements(path)]
    for path, requirement in listed:
        yield package_check(requirement, installed_version(package_name(requirement)), path)
    yield conflict_check([package_name(requirement) for _, requirement in listed])


def package_check(requirement: str, version: str | None, path: Path) -> Check:
    """Judge one package.

    Parameters
    ----------
    requirement : str
        Name and bounds.
    version : str or None
        What is installed.
    path : Path
        The file that asks for it: a package of the core must be there, one of the extras may be missing.
    """
    name = package_name(requirement)
    needed = path == CORE
    bounds = requirement[len(name) :]
    data = {"package": name, "version": version, "bounds": bounds, "needed": needed}
    purpose = _PURPOSES.get(path, "")
    remedy = f"{f'For {purpose}: ' if purpose else ''}pip install {requirement!r}"
    if version is None:
        what = "not installed" if needed else f"not installed (only for {purpose})"
        return Check(name, "dependencies", "fail" if needed else "note", what, remedy, data)
    if find_spec(COMPARER) is None:
        return Check(name, "dependencies", "ok", f"{version} (bounds {bounds} not compared)", "", data)
    if not _fits(requirement, version):
        detail = f"{version} does not fit {bounds}"
        return Check(name, "dependencies", "fail" if needed else "note", detail, remedy, data)
    return Check(name, "dependencies", "ok", f"{version} ({bounds})", "", data)


def conflict_check(packages: list[str]) -> Check:
    """Whether what the packages ask of each other, and of what they need in turn, is fulfilled."""
    if find_spec(COMPARER) is None:
        return Check("conflicts", "dependencies", "note", f"not looked for: {COMPARER} is not installed")
    conflicts = sorted(set(find_conflicts(packages)))
    data = {"conflicts": conflicts}
    if conflicts:
        remedy = f"{install(CORE)}, or a fresh virtual environment"
        return Check("conflicts", "dependencies", "fail", "; ".join(conflicts), remedy, data)
    return Check("conflicts", "dependencies", "ok", "none among the installed packages", "", data)


def find_conflicts(packages: list[str]) -> Iterator[str]:
    """What installed packages, reached from some of them, need and do not have, in words."""
    from packaging.requirements import Requirement

    seen: set[str] = set()
    waiting = list(packages)
    while waiting:
        name = waiting.pop()
        if name.lower() in seen or installed_version(name) is None:
            continue
        seen.add(name.lower())
        for text in metadata.requires(name) or []:
            wanted = Requirement(text)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
                continue
            version = installed_version(wanted.name)
            if version is None:
                yield f"{name} needs {wanted.name}, which is not installed"
            elif not wanted.specifier.contains(version, prereleases=True):
                yield f"{name} needs {wanted.name}{wanted.specifier}, {version} is installed"
            waiting.append(wanted.name)


def _fits(requirement: str, version: str) -> bool:
    from packaging.requirements import Requirement

    return Requirement(requirement).specifier.contains(version, prereleases=True)
