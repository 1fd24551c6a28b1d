"""Which samples resemble which: exchanged samples, and another cut of the samples that explains more than the groups.

All from the samples' scalar products over the most variable regions, as log2 counts around each region's mean. Without
any structure, every cut of n samples explains 1 / (n - 1) of the variation; only what goes beyond counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from ...chipatlas.site.metadata import parse_attributes
from ...common.findings import Finding

#: The most variable regions: many enough to hold any factor that matters, and quick.
REGIONS = 5000
#: Of fewer samples a group, an exchange of one pair is the same as that of the other.
MIN_SAMPLES = 3
#: Another cut must explain so much more of the variation, and so many times what the groups explain beyond chance;
#: less where one exchange puts every sample with its like.
MIN_GAIN, MIN_RATIO = 0.10, 2.0
SWAP_GAIN, SWAP_RATIO = 0.05, 1.3
#: Up to so many samples every cut is tried; of more, those that the first components suggest.
_MOST_TO_TRY = 12


def check_resemblance(
    counts: pd.DataFrame, groups: Sequence[str], experiments: pd.DataFrame | None = None
) -> list[Finding]:
    """Samples that seem exchanged, or a factor that is stronger than the groups.

    Parameters
    ----------
    counts : DataFrame of shape (regions, experiments)
        Normalised counts.
    groups : sequence of "A" and "B"
        One per column of `counts`.
    experiments : DataFrame, optional
        What is known of them (`diff.inputs.preflight`), to name a factor.
    """
    in_a = np.array([group == "A" for group in groups])
    if min(in_a.sum(), (~in_a).sum()) < MIN_SAMPLES or len(counts) < len(in_a):
        return []
    products = _products(counts)
    if not np.trace(products) > 0:
        return []
    names = [str(name) for name in counts.columns]
    return _swap(products, in_a, names) or _batch(products, in_a, names, experiments)


def _products(counts: pd.DataFrame) -> np.ndarray:
    """Scalar products of the samples, shape (n, n), over the most variable regions, each around its mean."""
    logs = np.log2(counts.to_numpy(float) + 1)
    logs -= logs.mean(axis=1, keepdims=True)
    variance = (logs**2).sum(axis=1)
    if len(logs) > REGIONS:
        logs = logs[np.argpartition(variance, -REGIONS)[-REGIONS:]]
    return np.asarray(logs.T @ logs)


def _explained(products: np.ndarray, cut: np.ndarray) -> float:
    """Share of the variation between the two sides of a cut."""
    sides = (products[np.ix_(side, side)].sum() / side.sum() for side in (cut, ~cut))
    return float(sum(sides) / np.trace(products))


def _misfits(products: np.ndarray, cut: np.ndarray) -> list[int]:
    """Samples that are nearer to the other side's mean than to that of their own side without them."""
    found = []
    for sample, own in enumerate(cut):
        distances = []
        for side in (cut == own, cut != own):
            others = np.flatnonzero(side & (np.arange(len(cut)) != sample))
            inner = products[np.ix_(others, others)].mean()
            distance = products[sample, sample] - 2 * products[sample, others].mean() + inner
            # A mean of few samples is farther from everything.
            distances.append(distance / (1 + 1 / len(others)))
        if distances[1] < distances[0]:
            found.append(sample)
    return found


def _is_stronger(other: float, groups: float, n: int, gain: float, ratio: float) -> bool:
    chance = 1 / (n - 1)
    return other - groups >= gain and other - chance >= ratio * max(groups - chance, 0.0)


def _swap(products: np.ndarray, in_a: np.ndarray, names: list[str]) -> list[Finding]:
    odd = _misfits(products, in_a)
    now = _explained(products, in_a)
    ways: list[tuple[int, ...]] = [(one, two) for one in odd for two in odd if in_a[one] and not in_a[two]]
    ways += [(one,) for one in odd if (in_a == in_a[one]).sum() >= MIN_SAMPLES]
    best: tuple[float, tuple[int, ...]] | None = None
    for way in ways:
        cut = in_a.copy()
        cut[list(way)] = ~cut[list(way)]
        share = _explained(products, cut)
        repaired = _is_stronger(share, now, len(cut), SWAP_GAIN, SWAP_RATIO) and not _misfits(products, cut)
        if repaired and (best is None or share > best[0]):
            best = share, way
    if best is None:
        return []
    share, way = best
    who = " and ".join(names[one] for one in way)
    what = "exchanged between the groups" if len(way) == 2 else "in the other group"
    return [
        Finding(
            "sample_swap",
            "major",
            "Samples that resemble the other group",
            f"{who} {'resemble' if len(way) == 2 else 'resembles'} the other group more than the own one. With "
            f"{'both' if len(way) == 2 else 'it'} {what}, the groups explain {share:.0%} of the variation between "
            f"samples instead of {now:.0%}, and every sample is nearest to its own group.",
            "Labels may be wrong, or another factor may be stronger than the one that is compared: check these samples "
            "where they were submitted. Do not exchange them because the numbers ask for it.",
        )
    ]


def _batch(products: np.ndarray, in_a: np.ndarray, names: list[str], experiments: pd.DataFrame | None) -> list[Finding]:
    now = _explained(products, in_a)
    best: tuple[float, np.ndarray] | None = None
    for cut in _cuts(products):
        share = _explained(products, cut)
        better = best is None or share > best[0]
        if better and _is_stronger(share, now, len(cut), MIN_GAIN, MIN_RATIO) and not _misfits(products, cut):
            best = share, cut
    if best is None:
        return []
    share, cut = best
    side = cut if cut.sum() <= (~cut).sum() else ~cut
    members = [name for name, there in zip(names, side, strict=True) if there]
    known = _known_as(side, names, experiments)
    leans = abs(side[in_a].mean() - side[~in_a].mean()) > 1 / 3
    return [
        Finding(
            "batch",
            "major" if leans else "minor",
            "A factor stronger than the groups",
            f"{', '.join(members)} against the rest explains {share:.0%} of the variation between samples, the groups "
            f"{now:.0%}{known}; {int(side[in_a].sum())} of {int(in_a.sum())} in group A and "
            f"{int(side[~in_a].sum())} of {int((~in_a).sum())} in group B are on that side.",
            "It hides differences between the groups, and makes some where it leans to one of them. Find out what it "
            "is (batch, genotype, sex, quality); compare within it, or take it into the design.",
        )
    ]


def _cuts(products: np.ndarray) -> Iterator[np.ndarray]:
    """Cuts of the samples with two at least on either side."""
    n = len(products)
    if n <= _MOST_TO_TRY:
        for size in range(2, n // 2 + 1):
            for chosen in combinations(range(n), size):
                cut = np.zeros(n, dtype=bool)
                cut[list(chosen)] = True
                yield cut
        return
    _, vectors = np.linalg.eigh(products)
    for component in vectors[:, -3:].T:
        order = np.argsort(component)
        for size in range(2, n - 1):
            cut = np.zeros(n, dtype=bool)
            cut[order[:size]] = True
            yield cut


def _known_as(side: np.ndarray, names: list[str], experiments: pd.DataFrame | None) -> str:
    """What the metadata call the cut, if they do."""
    if experiments is None or experiments.empty or not set(names) <= set(experiments["accession"]):
        return ""
    rows = experiments.set_index("accession").loc[names]
    columns = {name: rows[name].astype(str).tolist() for name in ("batch", "cell_type", "antigen") if name in rows}
    told = [dict(parse_attributes(text)) for text in rows["attributes"]] if "attributes" in rows else []
    for key in dict.fromkeys(key for one in told for key in one):
        columns[key] = [one.get(key, "") for one in told]
    for name, values in columns.items():
        inside = {value for value, there in zip(values, side, strict=True) if there}
        outside = {value for value, there in zip(values, side, strict=True) if not there}
        if inside and outside and not inside & outside:
            what = "the study (inferred from accession numbers)" if name == "batch" else name.replace("_", " ")
            return f" (the cut is that of {what})"
    return ""
