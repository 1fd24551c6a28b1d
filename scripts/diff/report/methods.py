"""How a comparison was computed: for the reader of the report, and as a paragraph that a paper can take."""

from __future__ import annotations

from typing import Any

from ...chipatlas.wabi.replies import job_time
from ...common.reporting import citations
from ...common.reporting.markdown import bullets, cell
from ..analysis import DIFFBIND, DMR, Analysis
from ..annotate.features.assign import FEATURES, PROMOTER_DOWNSTREAM, UPSTREAM
from ..diff_result import DiffResult
from ..results.samples import own_inputs

#: What the local engine computes with.
LOCAL_TOOLS = {
    DIFFBIND.name: "this package's own implementation of edgeR's published methods and, for BAM, pysam",
    DMR.name: "this package's own implementation of metilene's published method",
}
#: Whose the data of a comparison are.
PUBLIC, OWN, MIXED = "public experiments", "own data", "own data and public experiments"
NO_REPLICATE_METHOD = (
    "The union of the experiments' MACS2 peaks (Q < 1e-5), cut at every peak edge, is counted; edgeR filters low "
    "counts and normalises by TMM. Without replicates it estimates one common dispersion from both experiments as if "
    "they were one group (deviance), and applies its exact test; the counts are counts per million."
)
_TESTS = {
    "ql": "quasi-likelihood F-test (as in edgeR 4)",
    "ql-legacy": "quasi-likelihood F-test (as in edgeR 3)",
    "lrt": "likelihood ratio test",
}
_SIZES = {
    "tmm": "TMM",
    "library": "mapped reads as library sizes",
    "background": "TMM over bins of 10 kb along the genome",
}
_REGIONS = {
    "fragments": "the union of all experiments' MACS2 peaks (Q < 1e-5), cut at every peak edge",
    "loci": "the union of all experiments' MACS2 peaks (Q < 1e-5), overlapping ones joined",
    "consensus": "loci of overlapping MACS2 peaks (Q < 1e-5) found in at least {min_experiments} experiments",
}


def without_replicates(results: DiffResult) -> bool:
    """Whether both groups are of one experiment, which changes the method."""
    return int(results["samples"]["group"].value_counts().max()) == 1


def method_section(results: DiffResult, analysis: Analysis) -> str:
    """How it was computed, in sentences."""
    parameters = results["parameters"]
    method = analysis.method
    if without_replicates(results) and not analysis.is_dmr:
        method = NO_REPLICATE_METHOD
    if results["provenance"].get("engine") == "local":
        other = _otherwise(results)
        method = (
            f"Computed on this machine, by ChIP-Atlas's method{', but for what follows it' if other else ''}, with "
            f"{LOCAL_TOOLS[analysis.name]} in place of the tools named here. {method}{other}"
        )
    scaffolds = "Regions on non-standard contigs and " if parameters["standard_contigs_only"] else "Regions "
    return (
        f"{method} The q-value is the {analysis.q_name}. {scaffolds}under {parameters['min_region_size']} bp "
        "were taken out afterwards; they stay in `diff_regions_unfiltered.csv` with the q-values of the whole test."
    )


def _otherwise(results: DiffResult) -> str:
    """What differs from the server's way, as sentences."""
    parameters = results["parameters"]
    told = []
    if parameters.get("regions", "fragments") != "fragments":
        told.append(f"Regions are {_regions(parameters)}.")
    if results.get("design"):
        told.append(f"{_tested(results)[:1].upper()}{_tested(results)[1:]}, through edgepython, a port of edgeR.")
    normalisation = parameters.get("normalisation", "tmm")
    if normalisation != "tmm":
        told.append(f"Normalised by {_sizes(normalisation)}.")
    return f" **Here:** {' '.join(told)}" if told else ""


def methods_paragraph(results: DiffResult, analysis: Analysis, features: str | None = None) -> str:
    """The methods of a paper: what was really done, with versions; numbers in brackets are those of `cited_works`.

    Parameters
    ----------
    features : str, optional
        The gene models that regions got features from, where they did.
    """
    parameters, provenance = results["parameters"], results["provenance"]
    numbers = {work: number for number, work in enumerate(cited_works(results, analysis, features), start=1)}

    def cite(*works: str) -> str:
        return f" [{', '.join(str(numbers[work]) for work in works)}]"

    n_a, n_b = (int((results["samples"]["group"] == group).sum()) for group in "AB")
    what = "methylated regions" if analysis.is_dmr else "peaks"
    local = provenance.get("engine") == "local"
    atlas = cite(citations.CHIP_ATLAS_2024, citations.CHIP_ATLAS_2022)
    where = (
        f"on a local machine with ChIP-Atlas Skills {_version(provenance, 'chip-atlas-skills')}, following the method "
        f"of ChIP-Atlas's Diff Analysis{atlas}"
        if local
        else f"by ChIP-Atlas's Diff Analysis{atlas} (request {provenance['request_id']}"
        f"{', ' + job_time(provenance['request_id']) if job_time(provenance['request_id']) else ''}), retrieved with "
        f"ChIP-Atlas Skills {_version(provenance, 'chip-atlas-skills')}"
    )
    sentences = [
        f"Differential {what} between {cell(parameters['description_a'])} (n = {n_a}) and "
        f"{cell(parameters['description_b'])} (n = {n_b}) were computed {where} on {parameters['genome']}, "
        f"{provenance['finished_at'][:10]}.",
        *(_of_methylation(cite) if analysis.is_dmr else _of_peaks(results, cite)),
        f"Regions with {results.cut.rule} were called significant.",
    ]
    scaffolds = "on non-standard contigs or " if parameters["standard_contigs_only"] else ""
    sentences.append(f"Regions {scaffolds}shorter than {parameters['min_region_size']} bp were not considered.")
    cut = parameters.get("recut") or {}
    if cut.get("without"):
        sentences.append(f"Left out before the false discovery rate was computed: {cell(', '.join(cut['without']))}.")
    if (results.get("blacklist") or {}).get("table") is not None:
        sentences.append(
            f"Regions were compared with {cell(results['blacklist']['source'])}{cite(citations.BLACKLIST)}."
        )
    if features is not None:
        sentences.append(_of_features(features, cite))
    if origin_of(provenance) != PUBLIC:
        sentences.append("Some or all experiments are unpublished; their processing has to be described here.")
    return " ".join(sentences) + "\n\n" + _accessions(results)


def _of_features(source: str, cite: Any) -> str:
    return (
        f"Regions were assigned the genomic feature at their centre from {cell(source)}"
        f"{cite(citations.REFSEQ, citations.UCSC)} (promoter: {UPSTREAM:,} bp before a TSS to {PROMOTER_DOWNSTREAM:,} "
        f"bp behind; of several the first of {', '.join(FEATURES)}), and features of the significant loci were "
        "compared with those of all tested loci by Fisher's exact test."
    )


def _of_methylation(cite: Any) -> list[str]:
    return [
        f"CpGs were segmented and tested by metilene's method{cite(citations.METILENE)} (gaps of at most 300 bp, at "
        "least 10 CpGs, mean difference of at least 0.1; two-dimensional Kolmogorov-Smirnov test), with Bonferroni "
        "correction."
    ]


def _of_peaks(results: DiffResult, cite: Any) -> list[str]:
    parameters, provenance = results["parameters"], results["provenance"]
    local = provenance.get("engine") == "local"
    tool = "an implementation of edgeR's published methods" if local else "edgeR"
    if local and results.get("design"):
        tool = f"edgepython {_version(provenance, 'edgepython')}, a port of edgeR"
    said = [
        f"Regions were {_regions(parameters)}{cite(citations.MACS)}; reads in each were counted from coverage.",
        "Low counts were filtered (filterByExpr) and counts normalised by "
        f"{_sizes(parameters.get('normalisation', 'tmm'))} in {tool}{cite(citations.EDGER)}.",
    ]
    if results.get("design"):
        said.append(f"{_tested(results)[:1].upper()}{_tested(results)[1:]}{cite(citations.EDGER_GLM)}.")
    elif without_replicates(results):
        said.append("Without replicates, one dispersion was estimated over both groups (deviance); exact test.")
    else:
        said.append("Groups were compared by the exact test with tagwise dispersions (quantile-adjusted likelihood).")
    return [*said, "P-values were adjusted by Benjamini and Hochberg's method."]


def _tested(results: DiffResult) -> str:
    design = results["design"]
    least = (
        f" against a least log2 fold change of {design['min_abs_logfc']:g} (TREAT)" if design["min_abs_logfc"] else ""
    )
    return (
        f"the design `{design['formula']}` was fitted by generalised linear models and {cell(design['tested'])} tested "
        f"by {_TESTS[design['test']]}{least}"
    )


def _regions(parameters: dict[str, Any]) -> str:
    return _REGIONS[parameters.get("regions", "fragments")].format(min_experiments=parameters.get("min_experiments", 2))


def _sizes(normalisation: Any) -> str:
    return _SIZES[normalisation] if isinstance(normalisation, str) else "given library sizes"


def _version(provenance: dict[str, Any], package: str) -> str:
    return provenance["versions"].get(package, "(version not known)")


def _accessions(results: DiffResult) -> str:
    """The experiments by group, for a data availability statement."""
    parameters, samples = results["parameters"], results["samples"]
    parts = []
    for group, label in (("A", parameters["description_a"]), ("B", parameters["description_b"])):
        parts.append(f"{cell(label)}: {', '.join(samples.loc[samples['group'] == group, 'accession'])}")
    return f"Experiments. {'; '.join(parts)}."


def cited_works(results: DiffResult, analysis: Analysis, features: str | None = None) -> list[str]:
    """The works that the method rests on, in the order of their numbers."""
    works = [citations.CHIP_ATLAS_2024, citations.CHIP_ATLAS_2022]
    if analysis.is_dmr:
        works.append(citations.METILENE)
    else:
        works += [citations.MACS, citations.EDGER]
        works += [citations.EDGER_GLM] if results.get("design") else []
    if (results.get("blacklist") or {}).get("table") is not None:
        works.append(citations.BLACKLIST)
    if features is not None:
        works += [citations.REFSEQ, citations.UCSC]
    return works


def citation_section(results: DiffResult, analysis: Analysis, features: str | None = None) -> str:
    """Whose the data are, and the works, numbered."""
    series = results["parameters"]["series"]
    studies = "the studies that the accessions above belong to, as processed by ChIP-Atlas"
    source = {
        PUBLIC: f"Data: GEO series {series}, as processed by ChIP-Atlas." if series else f"Data: cite {studies}.",
        OWN: "Data: files of your own, listed under Experiments; the computation follows ChIP-Atlas's Diff Analysis.",
        MIXED: f"Data: files of your own, listed under Experiments; besides, cite {studies}.",
    }
    works = [f"[{number}] {work}" for number, work in enumerate(cited_works(results, analysis, features), start=1)]
    return bullets([source[origin_of(results["provenance"])], *works])


def origin_of(provenance: dict[str, Any]) -> str:
    """Whose the data are."""
    own = own_inputs(provenance)
    if not own:
        return PUBLIC
    return OWN if len(own) == len(provenance["inputs"]) else MIXED
