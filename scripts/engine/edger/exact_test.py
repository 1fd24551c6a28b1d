"""The exact test of two groups: how likely sums as unequal as these are, given both together.

Robinson and Smyth (2008). Of two negative binomial sums of one dispersion and mean, given their total, one is
distributed as a negative hypergeometric variable. Its tail is summed outwards from what was seen; twice that is the
p-value. Where both sums are large a beta distribution stands for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...common.compiled.arithmetic import exp_of, log_factorial_rest, log_of
from .abundance import abundances, with_prior
from .blocks import REGIONS, filled_up, run, stop_of
from .dispersions import Samples
from .quantiles import equalised

#: Reads added to each count for the fold change.
PRIOR_READS = 0.125
#: Where both groups have more reads than this, the beta distribution is taken.
BIG_COUNT = 900


def exact_test(samples: Samples, dispersion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Test group 0 against group 1.

    Parameters
    ----------
    samples : Samples
    dispersion : ndarray of shape (n_regions,)

    Returns
    -------
    logFC : ndarray of shape (n_regions,)
        log2(group 0 / group 1).
    pvalue : ndarray of shape (n_regions,)
        Two-sided, twice the smaller tail.
    """
    n, laid = samples.n_regions, filled_up(dispersion)
    added, sizes = with_prior(samples.sizes, PRIOR_READS)
    of_a, of_b = (
        np.log(abundances(samples.counts[one], laid, sizes[one], added[one])[:n]) for one in samples.members()
    )
    everywhere = abundances(samples.counts, laid, samples.sizes)
    pseudo = equalised(samples.counts, everywhere, laid, samples.sizes, np.zeros_like(samples.group))
    in_a, in_b = (pseudo[members].sum(axis=0) for members in samples.members())
    n_a, n_b = map(len, samples.members())
    return (of_a - of_b) / np.log(2), tail_pvalues(in_b, in_a, n_b, n_a, laid)[:n]


def tail_pvalues(in_b: np.ndarray, in_a: np.ndarray, n_b: int, n_a: int, dispersion: np.ndarray) -> np.ndarray:
    """Two-sided p-values of sums of pseudo-counts.

    Parameters
    ----------
    in_b, in_a : ndarray of shape (n_filled,)
        Sums over each group. One below 0, by less reads than there are, counts as the end of its range.
    n_b, n_a : int
        Experiments of each group.
    dispersion : ndarray of shape (n_filled,)
        Where it is 0, the sums are Poisson's, and given their total binomial.
    """
    rounded = np.rint([in_b, in_a])
    pvalues = run(_loop, rounded, dispersion, np.array([n_b, n_a], dtype=float), [], 0)
    big = (rounded > BIG_COUNT).all(axis=0) & (dispersion > 0)
    if big.any():
        pvalues[big] = _beta_pvalues(in_b[big], in_a[big], n_b, n_a, dispersion[big])
    return pvalues


def _beta_pvalues(in_b: np.ndarray, in_a: np.ndarray, n_b: int, n_a: int, dispersion: np.ndarray) -> np.ndarray:
    """The share of group B as a beta variable of the same mean, with half a read as correction for continuity."""
    from scipy.special import betainc

    total = in_b + in_a
    mean = total / (n_b + n_a)
    of_b, of_a = (members * mean / (1 + dispersion * mean) for members in (n_b, n_a))
    lower = betainc(of_b, of_a, (in_b + 0.5) / total)
    # The upper tail is the lower one of what is left to 1.
    upper = betainc(of_a, of_b, np.clip((in_a + 0.5) / total, 0, 1))
    return np.asarray(np.where(lower < 0.5, 2 * lower, np.where(upper < 0.5, 2 * upper, 1.0)))


#: A further term is left out at this share of the sum, where terms can only become smaller.
_NEGLIGIBLE = 1e-15
#: What stands for no dispersion: Poisson's distribution to the last digit.
_NO_DISPERSION = 1e-20


def _loop(found: Any, sums: Any, dispersion: Any, members: Any, about: Any, _: Any, first: int) -> int:
    """Region after region but those of large sums. `sums` has group B's and A's; `members` the number of each."""
    regions, n_b, n_a = about[REGIONS], members[0], members[1]
    last = stop_of(about, first)
    for i in range(first, last):
        b, a = sums[i], sums[regions + i]
        total, spread = b + a, dispersion[i] if dispersion[i] > _NO_DISPERSION else _NO_DISPERSION
        expected = n_b * (total / (n_b + n_a))
        large = b > BIG_COUNT and a > BIG_COUNT and dispersion[i] > 0.0
        if total <= 0.0 or b == expected or large:
            found[i] = 1.0
        elif b < expected:
            found[i] = _tail(b, total, n_b / spread, n_a / spread)
        else:
            found[i] = _tail(a, total, n_a / spread, n_b / spread)
    return 0


def _tail(seen: Any, total: Any, size: Any, other_size: Any) -> Any:
    """Twice the probability that a group has at most what was seen of the total; at most 1."""
    # A sum below 0 leaves one term, that of nothing in this group.
    count = seen if seen > 0.0 else 0.0
    sizes, rest = size + other_size, total - count
    log_first = _log_share(count, size, total, sizes) + _log_share(rest, other_size, total, sizes)
    log_first += _log_ways(count, size) + _log_ways(rest, other_size) - _log_ways(total, sizes)
    tail, term = 1.0, 1.0
    single_peak = size >= 1.0 and other_size >= 1.0
    while count > 0.0:
        term *= count * (rest + other_size) / ((count - 1.0 + size) * (rest + 1.0))
        tail += term
        if single_peak and term < _NEGLIGIBLE * tail:
            break
        count -= 1.0
        rest += 1.0
    log_twice = log_first + log_of(2.0 * tail)
    return exp_of(log_twice) if log_twice < 0.0 else 1.0


# The probability of a count in a group of this size, of a total over groups of these sizes, is
# ways(count, size) ways(rest, other size) / ways(total, sizes), with ways(k, r) = gamma(k + r) / (gamma(r) k!). By
# Stirling's formula the large parts of the three logarithms are `_log_share`, which lose nothing to each other.


def _log_share(count: Any, size: Any, total: Any, sizes: Any) -> Any:
    """size log((count + size) / size) + count log((count + size) / count), less its share of that of the total."""
    more = (count * sizes - size * total) / (size * (total + sizes))
    by_count = count * log_of((count + size) / count * (total / (total + sizes))) if count > 0.0 else 0.0
    return size * _log_1_more(more) + by_count


def _log_ways(count: Any, size: Any) -> Any:
    """What Stirling's formula leaves of the logarithm of ways(count, size)."""
    if count <= 0.0:
        return 0.0
    both = count + size
    return log_factorial_rest(both) - log_factorial_rest(size) - log_factorial_rest(count) - _log_1_more(count / size)


def _log_1_more(x: Any) -> Any:
    """log(1 + x) of x > -1, to all digits of a small x."""
    more = 1.0 + x
    return x if more == 1.0 else log_of(more) * (x / (more - 1.0))
