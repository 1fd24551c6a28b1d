"""``ro-crate-metadata.json``: a results folder described for a repository, as RO-Crate 1.1 and Process Run Crate 0.5.

RO-Crate (https://w3id.org/ro/crate/1.1) says what a folder holds and the run profile
(https://w3id.org/ro/wfrun/process/0.5) how it was made, in JSON-LD that repositories read. Everything in it comes from
the manifest, `common.files.manifest`; nothing about a person is written, for none is known: the depositor adds authors
and a licence, which `verify` allows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from ..provenance import now_utc
from .json_text import decode

CRATE = "ro-crate-metadata.json"
RO_CRATE, RUN_PROFILE = "https://w3id.org/ro/crate/1.1", "https://w3id.org/ro/wfrun/process/0.5"
#: Terms that the context of RO-Crate 1.1 lacks.
_TERMS = {"sha256": "https://schema.org/sha256"}
_LICENCE = "#licence"
#: By the end of a file's name; others are bytes without a name.
_FORMATS = {
    ".bed": "text/x-bed",
    ".bedgraph": "text/x-bedgraph",
    ".csv": "text/csv",
    ".graphml": "application/graphml+xml",
    ".html": "text/html",
    ".json": "application/json",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".pkl": "application/x-python-pickle",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
}
#: Where files lie on the machine of the run is nobody's concern.
_PRIVATE = ("output_dir",)
_PYTHON = "https://www.python.org/"
_SOFTWARE = "chip-atlas-skills"

Entity = dict[str, Any]


def describe_crate(manifest: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """JSON-LD of a results folder.

    Parameters
    ----------
    manifest : mapping
        What `common.files.manifest.read_manifest` returns.
    files : mapping
        Name with ``/`` -> ``bytes`` and ``sha256``: those of the manifest, and the manifest itself.

    Returns
    -------
    dict
        ``@context`` and ``@graph``: the folder, its files, one action that made them, its parameters and inputs, the
        software. A SIMULATED folder says so in its name, description and keywords, and its experiments are not
        identified with the public ones whose accessions they bear.
    """
    provenance, simulated = manifest["provenance"], bool(manifest["simulated"])
    described = [_file(name, about) for name, about in sorted(files.items())]
    parameters, inputs = _parameters(manifest["parameters"]), _inputs(manifest, simulated=simulated)
    software = _software(provenance)
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"{manifest['skill']}: {_title(manifest)}",
        "instrument": {"@id": software[0]["@id"]},
        "object": _links([*inputs, *parameters]),
        "result": _links(described),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        **_times(provenance),
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": ("SIMULATED: " if simulated else "") + _title(manifest),
        "description": _description(manifest, simulated=simulated),
        "datePublished": _date(manifest),
        "license": {"@id": _LICENCE},
        "conformsTo": {"@id": RUN_PROFILE},
        "keywords": ["ChIP-Atlas", manifest["skill"], *(["SIMULATED"] if simulated else [])],
        "hasPart": _links(described),
        "mentions": {"@id": "#run"},
    }
    return {
        "@context": [f"{RO_CRATE}/context", _TERMS],
        "@graph": [*_fixed(), root, *described, action, *inputs, *parameters, *software],
    }


def read_crate(path: Path) -> dict[str, dict[str, Any]] | None:
    """Name -> ``bytes`` and ``sha256`` of every file that a crate describes; None when it is no crate.

    Whatever else a depositor adds is not looked at.
    """
    try:
        graph = decode(path.read_text("utf-8"))["@graph"]
        return {
            unquote(entity["@id"]): {"bytes": int(entity["contentSize"]), "sha256": entity["sha256"]}
            for entity in graph
            if entity["@type"] == "File"
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _fixed() -> list[Entity]:
    """What stands in every crate: the file about the folder, the profile, the licence that nobody has given yet."""
    return [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": RO_CRATE},
        },
        {"@id": RUN_PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {
            "@id": _LICENCE,
            "@type": "CreativeWork",
            "name": "No licence stated",
            "description": "Whoever deposits this folder chooses one, within the terms of ChIP-Atlas and of the "
            "experiments' authors.",
        },
    ]


def _file(name: str, about: Mapping[str, Any]) -> Entity:
    entity = {
        "@id": quote(name),
        "@type": "File",
        "name": name.rpartition("/")[2],
        "contentSize": str(about["bytes"]),
        "sha256": about["sha256"],
    }
    encoding = _FORMATS.get(Path(name).suffix.lower())
    return entity | {"encodingFormat": encoding} if encoding else entity


def _title(manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("title") or manifest["skill"])


def _description(manifest: Mapping[str, Any], *, simulated: bool) -> str:
    warning = "SIMULATED data: not biology, not for publication. " if simulated else ""
    found = [str(finding.get("issue", "")) for finding in manifest["findings"] if isinstance(finding, dict)]
    told = f" To know before believing the numbers: {'; '.join(found)}." if found else ""
    return f"{warning}{manifest['skill'].capitalize()} from ChIP-Atlas: {_title(manifest)}.{told}"


def _parameters(parameters: Mapping[str, Any]) -> list[Entity]:
    return [
        {
            "@id": f"#parameter-{name}",
            "@type": "PropertyValue",
            "name": name,
            "value": value if isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False),
        }
        for name, value in parameters.items()
        if name not in _PRIVATE and value is not None
    ]


def _inputs(manifest: Mapping[str, Any], *, simulated: bool) -> list[Entity]:
    """The experiments of both groups and what was downloaded."""
    results, provenance = manifest["results"], manifest["provenance"]
    groups = [results.get(group) for group in ("experiments_a", "experiments_b")]
    accessions = [name for group in groups if isinstance(group, list) for name in group]
    return [
        *(_experiment(str(name), simulated=simulated) for name in dict.fromkeys(accessions)),
        *(_download(url) for url in dict.fromkeys(_addresses(provenance))),
    ]


def _experiment(accession: str, *, simulated: bool) -> Entity:
    entity = {"@id": f"#{accession}", "@type": "CreativeWork", "name": accession, "identifier": accession}
    if simulated:
        return entity | {"description": "SIMULATED: not the public experiment of this accession."}
    known = accession[:3] in ("SRX", "ERX", "DRX")
    return entity | {"sameAs": {"@id": f"https://identifiers.org/insdc.sra:{accession}"}} if known else entity


def _addresses(provenance: Mapping[str, Any]) -> list[str]:
    files = provenance.get("files")
    listed = [file.get("url") for file in files if isinstance(file, Mapping)] if isinstance(files, list) else []
    return [str(url) for url in [*listed, provenance.get("url")] if url]


def _download(url: str) -> Entity:
    return {"@id": url, "@type": "CreativeWork", "name": url.rpartition("/")[2] or url, "url": url}


def _software(provenance: Mapping[str, Any]) -> list[Entity]:
    """The package, and the libraries whose versions the run recorded."""
    told = provenance.get("versions")
    versions = dict(told) if isinstance(told, Mapping) else {}
    own = versions.pop(_SOFTWARE, "")
    libraries = [
        {
            "@id": f"#{name}",
            "@type": "SoftwareApplication",
            "name": name,
            "softwareVersion": str(version),
            "url": _PYTHON if name == "python" else f"https://pypi.org/project/{name}/",
        }
        for name, version in versions.items()
    ]
    package = {
        "@id": f"#{_SOFTWARE}",
        "@type": "SoftwareApplication",
        "name": "ChIP-Atlas Skills",
        "softwareVersion": own or "unknown",
        "softwareRequirements": _links(libraries),
    }
    return [package, *libraries]


def _times(provenance: Mapping[str, Any]) -> dict[str, str]:
    told = {"startTime": provenance.get("started_at"), "endTime": provenance.get("finished_at")}
    return {name: str(time) for name, time in told.items() if time}


def _date(manifest: Mapping[str, Any]) -> str:
    """When the numbers were made, for a joint answer the newest of its comparisons' numbers."""
    provenance = manifest["provenance"]
    joined = [one for one in _values(provenance.get("comparisons")) if isinstance(one, Mapping)]
    times = [manifest["results"].get("exported_at"), provenance.get("finished_at"), provenance.get("retrieved_at")]
    times += sorted((str(one.get("finished_at") or "") for one in joined), reverse=True)
    return next((str(time) for time in times if time), now_utc())


def _values(told: object) -> list[Any]:
    return list(told.values()) if isinstance(told, Mapping) else []


def _links(entities: Iterable[Entity]) -> list[Entity]:
    return [{"@id": entity["@id"]} for entity in entities]
