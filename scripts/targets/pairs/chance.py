"""How many genes several factors would share by chance, given how often each gene is bound at all. Arrays only.

Some loci attract almost any factor. Two factors that have nothing to do with each other share those, and the plain
hypergeometric expectation, for which all genes are alike, calls that a finding. Here the genes are put into strata by
how often they are bound at all, and each factor's genes are drawn anew within each stratum. How often is known from a
few dozen factors: what that leaves open is part of the draw, or hot loci would still be called a finding.
"""

from __future__ import annotations

import numpy as np

#: Genes a stratum has at least: fewer, and what a factor binds there hardly varies.
MIN_STRATUM = 25
RESAMPLES = 1000
#: After so many the mixture hardly moves.
_EM_STEPS = 400
#: Far beyond the largest logarithm with Gumbel noise: keys of different strata never mix.
_KEY_RANGE = 1000.0


def strata_of(frequency: np.ndarray, least: int = MIN_STRATUM) -> np.ndarray:
    """Put genes into strata of like frequency.

    Parameters
    ----------
    frequency : array (G,) of float
        How often each gene is bound at all, such as its hot share, 0..1; NaN counts as 0.
    least : int
        Genes a stratum has at least, where there are so many. Genes of one frequency are never parted.

    Returns
    -------
    array (G,) of int
        From 0, the rarest, on.
    """
    values, of_value = np.unique(np.nan_to_num(frequency), return_inverse=True)
    sizes = np.bincount(of_value.reshape(-1), minlength=len(values))
    stratum = np.zeros(len(values), dtype=np.int64)
    # From the most frequent down: there a step makes most difference.
    number = members = 0
    for at in range(len(values) - 1, -1, -1):
        if members >= least:
            number, members = number + 1, 0
        stratum[at] = number
        members += sizes[at]
    if number and members < least:
        stratum[stratum == number] = number - 1
        number -= 1
    return np.asarray(number - stratum[of_value.reshape(-1)])


def expected_at_least(bound: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Genes bound by at least 0, 1, ... F of F factors, expected when each draws its genes anew within each stratum.

    Parameters
    ----------
    bound : array (F, G) of bool
    strata : array (G,) of int
        From 0; all 0 gives the plain expectation of the hypergeometric distribution.

    Returns
    -------
    array (F + 1,) of float
        Of each stratum the number of genes times the chance that independent factors, each with its share of the
        stratum, bind at least so many times (Poisson's binomial), added up.
    """
    total = np.zeros(len(bound) + 1)
    sizes = np.bincount(strata)
    counts = np.array([np.bincount(strata, weights=row, minlength=len(sizes)) for row in bound])
    for size, shares in zip(sizes, (counts / np.maximum(sizes, 1)).T, strict=True):
        exactly = np.array([1.0])
        for share in shares:
            exactly = np.convolve(exactly, [1 - share, share])
        total += size * exactly[::-1].cumsum()[::-1]
    return total


def resample_at_least(bound: np.ndarray, strata: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers of genes bound by at least 0, 1, ... F factors in draws, each factor's genes drawn within each stratum.

    The draws are exact: only how many genes of a stratum are bound by how many factors is drawn, factor by factor, from
    the hypergeometric distribution.

    Returns
    -------
    array (resamples, F + 1) of int
    """
    sizes = np.bincount(strata)
    counts = np.array([np.bincount(strata, weights=row, minlength=len(sizes)) for row in bound]).astype(np.int64)
    depth = np.zeros((resamples, len(sizes), len(bound) + 1), dtype=np.int64)
    depth[:, :, 0] = sizes
    for number, of_stratum in enumerate(counts):
        pool = np.broadcast_to(sizes, depth.shape[:2]).copy()
        left = np.broadcast_to(of_stratum, depth.shape[:2]).copy()
        taken = np.zeros_like(depth)
        for level in range(number + 1):
            here = depth[:, :, level]
            taken[:, :, level] = rng.hypergeometric(here, pool - here, left)
            pool -= here
            left -= taken[:, :, level]
        depth -= taken
        depth[:, :, 1:] += taken[:, :, :-1]
    return depth.sum(axis=1)[:, ::-1].cumsum(axis=1)[:, ::-1]


def resample_given_heat(
    layers: np.ndarray, strata: np.ndarray, heat: np.ndarray | None, resamples: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """As `resample_at_least`, for genes that differ within a stratum too, and cell types to be kept apart.

    A factor keeps its number of genes in each stratum. Which they are is drawn with odds in proportion to each gene's
    heat, itself drawn anew each time, and the same for all factors: how often a gene is bound is known from a limited
    number of other factors, and what is not known of it makes factors agree as much as what is.

    Parameters
    ----------
    layers : array (F, G, C) of bool
        Whether each factor binds each gene in each of C cell types. A draw moves a gene's cell types together, and
        factors count together only within one.
    strata : array (G,) of int
    heat : array (S, G) of float, or None
        S draws of how probable it is that any factor binds a gene, one of which each resample takes; None: all alike.

    Returns
    -------
    drawn : array (resamples, F + 1) of int
    together : array (G,) of float
        Share of resamples in which all factors bind a gene, the mean over its stratum.
    """
    n_factors, n_genes, n_cells = layers.shape
    by_stratum = np.argsort(strata, kind="stable")
    sorted_strata = strata[by_stratum]
    place = np.arange(n_genes) - np.searchsorted(sorted_strata, sorted_strata)
    # Of each factor: the profiles of its genes, stratum by stratum, and how many places they take there.
    binds = np.array([own.any(axis=1) for own in layers])
    profiles = [own[by_stratum][bound[by_stratum]] for own, bound in zip(layers, binds, strict=True)]
    places = [
        np.bincount(strata, weights=bound, minlength=int(strata.max(initial=0)) + 1)[sorted_strata] for bound in binds
    ]
    drawn = np.zeros((resamples, n_factors + 1), dtype=np.int64)
    all_of_them = np.zeros(n_genes)
    for number in range(resamples):
        logs = np.zeros(n_genes) if heat is None else np.log(heat[number % len(heat)])
        counted = np.zeros((n_genes, n_cells), dtype=np.int64)
        for own, room in zip(profiles, places, strict=True):
            # The largest of logarithm and Gumbel noise: a draw without replacement, by odds.
            keys = logs + rng.gumbel(size=n_genes)
            order = np.argsort(strata * _KEY_RANGE - keys)
            chosen = order[place < room]
            shuffled = own if n_cells == 1 else own[_within(sorted_strata[place < room], rng)]
            counted[chosen] += shuffled
        most = counted.max(axis=1, initial=0)
        drawn[number] = at_least(most, n_factors)
        all_of_them += most == n_factors
    sizes = np.bincount(strata)
    means = np.bincount(strata, weights=all_of_them) / np.maximum(sizes, 1) / max(resamples, 1)
    return drawn, means[strata]


def _within(sorted_strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A permutation that leaves every stratum's positions to itself."""
    return np.lexsort((rng.random(len(sorted_strata)), sorted_strata))


def number_of_factors(shares: np.ndarray, most: int = 5000) -> int | None:
    """Of how many factors shares such as 3/29 are counts; None where they are counts of none."""
    values = np.unique(shares)
    for number in range(1, most + 1):
        if np.abs(values * number - np.round(values * number)).max(initial=0) < 1e-6:
            return number
    return None


def draw_heat(counts: np.ndarray, n_factors: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw how probable it is that any factor binds each gene, from how many of some factors do.

    The distribution over genes is estimated from all of them, without assuming its form: the maximum-likelihood mixture
    on a grid, by EM (Laird 1978, Journal of the American Statistical Association 73:805). A gene's heat is then drawn
    from what its own count leaves probable.

    Parameters
    ----------
    counts : array (G,) of int
        0 to `n_factors`.

    Returns
    -------
    array (draws, G) of float
    """
    from scipy.stats import binom

    grid = np.unique(np.concatenate([np.geomspace(0.05 / n_factors, 0.5, 60), np.linspace(0.02, 0.98, 49)]))
    kinds, of_kind, sizes = np.unique(counts, return_inverse=True, return_counts=True)
    likelihood = binom.pmf(kinds[:, None], n_factors, grid[None, :])
    weights = np.full(len(grid), 1 / len(grid))
    for _ in range(_EM_STEPS):
        posterior = likelihood * weights
        posterior /= posterior.sum(axis=1, keepdims=True)
        weights = sizes @ posterior / sizes.sum()
    cumulative = posterior.cumsum(axis=1)
    heat = np.empty((draws, len(counts)))
    for kind in range(len(kinds)):
        own = np.flatnonzero(of_kind.reshape(-1) == kind)
        at = np.searchsorted(cumulative[kind], rng.random((draws, len(own))) * cumulative[kind, -1])
        heat[:, own] = grid[at.clip(max=len(grid) - 1)]
    return heat


def at_least(factors_per_gene: np.ndarray, n_factors: int) -> np.ndarray:
    """How many genes have at least 0, 1, ... F factors, from the number of each."""
    counts = np.bincount(factors_per_gene, minlength=n_factors + 1)
    return np.asarray(counts[::-1].cumsum()[::-1])


def upper_tail(drawn: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Share of draws with so many genes or more, the observed one counted among them, so never 0."""
    return np.asarray((1 + (drawn >= observed).sum(axis=0)) / (1 + len(drawn)))
