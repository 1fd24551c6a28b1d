"""Names of the routes: what a fault is switched on for."""

from __future__ import annotations

import re

from flask import Request

from ..chipatlas.site.dialects import NEW, OLD

#: name -> what the route answers.
ROUTES = {
    "health": "whether the Diff Analysis service is up",
    "wabi-submit": "submission of a job",
    "wabi-status": "state of a job",
    "wabi-log": "log of a job",
    "wabi-result-zip": "archive of a job's result",
    "wabi-result-other": "a result as table or page",
    "data-target": "Target Genes table",
    "data-target-head": "whether there is a Target Genes table (HEAD)",
    "data-peaks": "peaks of an experiment",
    "data-tss": "TSS library of an assembly",
    "data-mirror": "mirror of a job's archive",
    "site-metadata": "metadata of an experiment",
    "site-search": "search of the metadata",
    "site-index": "index of the factors that have tables",
    "site-assemblies": "list of the assemblies that the site knows",
    "site-status": "what is up, as the site says",
    "site-estimate": "estimate of a job's run time",
    "ucsc": "gene tracks of the UCSC Genome Browser",
    "ucsc-download": "gene models or cCREs of an assembly among UCSC's downloads",
    "ena": "runs of an accession of the sequence archives",
    "ncbi-search": "numbers of GEO's records",
    "ncbi-summary": "records of GEO",
    "blacklist": "ENCODE's blacklist of an assembly",
    "enrichr": "library of gene sets at Enrichr",
}


def _site(*paths: str) -> re.Pattern[str]:
    return re.compile("/site/(?:" + "|".join(map(re.escape, paths)) + ")")


_PATHS = {
    "data-target": re.compile(r"/data/[^/]+/target/.+\.tsv"),
    "data-peaks": re.compile(r"/data/[^/]+/eachData/bed05/.+"),
    "data-tss": re.compile(r"/data/others/lib/TSS/.+"),
    "data-mirror": re.compile(r"/data/query/.+\.zip"),
    "site-metadata": _site(OLD.experiment, NEW.experiment),
    "site-search": _site(OLD.search, NEW.search),
    "site-index": _site(OLD.factors, NEW.factors),
    "site-assemblies": _site(NEW.assemblies),
    "site-status": _site(OLD.status, NEW.status),
    "site-estimate": _site(OLD.estimate, NEW.estimate),
    "ucsc": re.compile(r"/ucsc/.+"),
    "ucsc-download": re.compile(r"/(?:goldenPath|gbdb)/.+"),
    "ena": re.compile(r"/ena/.+"),
    "ncbi-search": re.compile(r"/eutils/esearch.fcgi"),
    "ncbi-summary": re.compile(r"/eutils/esummary.fcgi"),
    "blacklist": re.compile(r"/blacklists/.+"),
    "enrichr": re.compile(r"/enrichr/.+"),
}
_SERVICE = re.compile(r"/wabi/chipatlas/?")
_JOB = re.compile(r"/wabi/chipatlas/[^/]+")
_RESULTS = {"log": "wabi-log", "zip": "wabi-result-zip"}


def route_of(request: Request) -> str:
    """The name of the route that a request is for; empty when it is for none of them."""
    if _SERVICE.fullmatch(request.path):
        return "wabi-submit" if request.method == "POST" else "health"
    if _JOB.fullmatch(request.path):
        if request.args.get("info") == "status":
            return "wabi-status"
        return _RESULTS.get(request.args.get("format", ""), "wabi-result-other")
    name = next((name for name, path in _PATHS.items() if path.fullmatch(request.path)), "")
    return "data-target-head" if (name, request.method) == ("data-target", "HEAD") else name
