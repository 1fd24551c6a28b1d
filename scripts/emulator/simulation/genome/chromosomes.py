"""Chromosomes of the simulated genomes: real names, sizes to the nearest thousand bases."""

from __future__ import annotations

from functools import cache

import pandas as pd

from ....chipatlas.assemblies import get_assembly

#: Sizes in kb, in the order of `Assembly.display_order` (autosomes, sex chromosomes, organelles).
_SIZES_KB = {
    "hg38": "248956 242193 198295 190214 181538 170805 159345 145138 138394 133797 135086 133275 114364 107043 101991 "
    "90338 83257 80373 58617 64444 46709 50818 156040 57227 16",
    "hg19": "249250 243199 198022 191154 180915 171115 159138 146364 141213 135534 135006 133851 115169 107349 102531 "
    "90354 81195 78077 59128 63025 48129 51304 155270 59373 16",
    "mm10": "195471 182113 160039 156508 151834 149736 145441 129401 124595 130694 122082 120129 120421 124902 104043 "
    "98207 94987 90702 61431 171031 91744 16",
    "mm9": "197195 181748 159599 155630 152537 149517 152524 131738 124076 129993 121843 121257 120284 125194 103494 "
    "98319 95272 90772 61342 166650 15902 16",
    "rn6": "282763 266435 177699 184226 173707 147991 145729 133307 122095 112626 90463 52716 114033 115493 111246 "
    "90668 90843 88201 62275 56205 159970 3310 16",
    "dm6": "23513 25286 28110 32079 1348 23542 3667 19",
    "dm3": "23011 21146 24543 27905 1351 22422 19",
    "ce11": "15072 15279 13783 17493 20924 17718 13",
    "ce10": "15072 15279 13783 17493 20924 17718 13",
    "sacCer3": "230 813 316 1531 576 270 1090 562 439 745 666 1078 924 784 1091 948 85",
    # Those of TAIR10: near enough for a simulation.
    "TAIR12": "30428 19698 23460 18585 26976 367 155",
}
#: A few contigs that no report should count as chromosomes, with sizes in kb.
_SCAFFOLDS_KB = {
    "hg38": {
        "chr1_KI270706v1_random": 175,
        "chr14_GL000009v2_random": 201,
        "chr22_KI270733v1_random": 179,
        "chrUn_GL000220v1": 161,
        "chrUn_KI270742v1": 186,
    },
    "hg19": {"chr1_gl000192_random": 547, "chrUn_gl000220": 161},
    "mm10": {"chr1_GL456210_random": 169, "chr4_JH584295_random": 20, "chrUn_GL456370": 26},
    "mm9": {"chr13_random": 400, "chrUn_random": 5900},
    "dm3": {"chr2LHet": 368, "chrU": 10049},
}


@cache
def chromosome_sizes(genome: str) -> pd.Series:
    """Size in bases of every simulated contig, indexed by its name; scaffolds last."""
    sizes = dict(
        zip(get_assembly(genome).display_order, (int(size) * 1000 for size in _SIZES_KB[genome].split()), strict=True)
    )
    sizes |= {name: size * 1000 for name, size in _SCAFFOLDS_KB.get(genome, {}).items()}
    return pd.Series(sizes, dtype="int64", name="size")


def scaffolds(genome: str) -> list[str]:
    """Names of the contigs that are no chromosomes."""
    return list(_SCAFFOLDS_KB.get(genome, {}))
