"""Genes compared with genes bound as often: strata of how many factors bind a gene, and the exact test over them.

Pure functions on whole numbers. A 2 x 2 table in every stratum (in the set or not, bound or not), the margins held; the
bound genes of the set are then a sum of independent hypergeometric counts, whose distribution is the convolution of
theirs. With one stratum it is Fisher's exact test.

The tested factor counts among those that bind a gene. Holland and Thayer show why it has to: where every gene has one
readiness to be bound and every factor one of binding, the count over all of them, the tested one included, tells all
that the genes say of that readiness, and among genes of equal count a factor's binding no longer depends on it. The
count over the others leaves a part of it in the test, the larger the fewer factors there are.

Gart JJ (1970), Biometrika 57:471-475, for the exact conditional test; Mantel N, Haenszel W (1959), J Natl Cancer Inst
22:719-748, for the odds ratio; Holland PW, Thayer DT (1988), in Wainer and Braun (eds), Test Validity, 129-145.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Strata at most: with half as many, p-values of sets of a thousand genes were no longer uniform. Half of the weight is
#: on genes, half on links: where a few are bound by nearly all factors, they are told apart from those bound by half.
STRATA = 40
#: A stratum of fewer genes is joined to its neighbour.
LEAST_GENES = 30


@dataclass(frozen=True)
class Tables:
    """The 2 x 2 tables of one factor, one a stratum; arrays (S,) of int.

    Attributes
    ----------
    size, bound : array
        Genes of the background, and those of them that the factor binds.
    drawn, hits : array
        Genes of the set, and those of them that the factor binds.
    """

    size: np.ndarray
    bound: np.ndarray
    drawn: np.ndarray
    hits: np.ndarray

    def expected(self) -> float:
        """Bound genes of the set to expect of genes bound as often."""
        return float((self.drawn * self.bound / self.size).sum())

    def odds_ratio(self) -> float:
        """Mantel and Haenszel's common odds ratio; infinite or NaN where its denominator is 0."""
        others = self.bound - self.hits
        neither = self.size - self.drawn - others
        above = (self.hits * neither / self.size).sum()
        below = ((self.drawn - self.hits) * others / self.size).sum()
        if below > 0:
            return float(above / below)
        return float("inf") if above > 0 else float("nan")


class Strata:
    """Genes of a background by how many factors bind them, and which of them are in the set.

    Parameters
    ----------
    links : array (L,) of int
        The gene of every link of any factor, 0-based.
    in_set : array (G,) of bool
    """

    def __init__(self, links: np.ndarray, in_set: np.ndarray) -> None:
        count = np.bincount(links, minlength=len(in_set))
        self.of_gene = frequency_strata(np.bincount(count))[count]
        self.number = int(self.of_gene.max(initial=0)) + 1
        self._in_set = in_set
        self._size = self._counted(self.of_gene)
        self._drawn = self._counted(self.of_gene[in_set])

    def tables(self, bound: np.ndarray) -> Tables:
        """The tables of a factor that binds the genes `bound` (0-based, each once)."""
        hits = bound[self._in_set[bound]]
        return Tables(self._size, self._counted(self.of_gene[bound]), self._drawn, self._counted(self.of_gene[hits]))

    def _counted(self, strata: np.ndarray) -> np.ndarray:
        return np.bincount(strata, minlength=self.number)


def frequency_strata(genes: np.ndarray, most: int = STRATA, least: int = LEAST_GENES) -> np.ndarray:
    """Join frequencies to strata of about equal weight.

    Parameters
    ----------
    genes : array (V,) of int
        Genes bound by 0, 1, ... V - 1 factors.
    most : int
        Strata at most.
    least : int
        A stratum of fewer genes is joined to its neighbour.

    Returns
    -------
    array (V,) of int
        The stratum of each frequency, from 0 up, in order of frequency.
    """
    links = genes * np.arange(len(genes))
    weight = genes / max(genes.sum(), 1) + links / max(links.sum(), 1)
    middle = np.cumsum(weight) - weight / 2
    raw = np.minimum(middle / max(weight.sum(), 1e-300) * most, most - 1).astype(np.int64)
    sizes = np.bincount(raw, weights=genes, minlength=most)
    joined = np.zeros(most, dtype=np.int64)
    stratum, held = 0, 0.0
    for number, size in enumerate(sizes):
        if held >= least and sizes[number:].sum() >= least:
            stratum, held = stratum + 1, 0.0
        joined[number] = stratum
        held += size
    return np.asarray(joined[raw], dtype=np.int64)


def log_factorials(most: int) -> np.ndarray:
    """``log(n!)`` of 0 to `most`."""
    from scipy.special import gammaln

    return np.asarray(gammaln(np.arange(1, most + 2, dtype=float)))


def hits_distribution(tables: Tables, log_factorial: np.ndarray) -> tuple[int, np.ndarray]:
    """The distribution of the bound genes of a set when being in it has nothing to do with being bound.

    Returns
    -------
    least : int
        The fewest there can be.
    probability : array
        Of `least`, `least` + 1, ... Sums of products of positive numbers: a small one is as exact as a large one.
    """
    least, probability = 0, np.ones(1)
    for size, bound, drawn in zip(tables.size, tables.bound, tables.drawn, strict=True):
        low, high = max(0, drawn + bound - size), min(drawn, bound)
        least += int(low)
        if high > low:
            probability = np.convolve(probability, _hypergeometric(size, bound, drawn, log_factorial))
    return least, probability


def over_representation(tables: Tables, log_factorial: np.ndarray) -> tuple[float, float]:
    """The chance of as many bound genes of the set or more, and the smallest chance that there could be."""
    least, probability = hits_distribution(tables, log_factorial)
    tail = probability[int(tables.hits.sum()) - least :].sum()
    return float(min(tail, 1.0)), float(min(probability[-1], 1.0))


def _hypergeometric(size: int, bound: int, drawn: int, log_factorial: np.ndarray) -> np.ndarray:
    hits = np.arange(max(0, drawn + bound - size), min(drawn, bound) + 1)
    log = log_factorial
    ways = log[bound] - log[hits] - log[bound - hits]
    ways += log[size - bound] - log[drawn - hits] - log[size - bound - drawn + hits]
    return np.asarray(np.exp(ways - (log[size] - log[drawn] - log[size - drawn])))
