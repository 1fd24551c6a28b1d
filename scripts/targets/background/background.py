"""A background: every gene's rank, bound share and score with many factors, and what one factor's list is beside it.

What finds peaks at the same loci whatever the antibody (HOT, hyper-ChIPable) shows as genes that most factors have
near their top. One factor's place there says little of that factor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ...common.errors import InputError
from ...common.provenance import now_utc
from ...common.text import plural
from .kinds import Kind, kind_of, same_antigen
from .specificity import (
    LEAST_SCALE,
    centre_and_scale,
    code_percentiles,
    percentile_codes,
    rank_percentiles,
    ranks_of,
    share_in_top,
)

#: What is added to a ranking, in this order, behind its own columns.
COLUMNS = ("hot_share", "is_hot", "control_share", "specificity", "specific_rank")
#: Steps of a bound share as it is kept: at most 0.002 off.
SHARE_STEPS = 255
#: The highest score that half a float holds; scores are kept to 11 bits, 0.05 %.
_MOST_SCORE = float(np.finfo(np.float16).max)
#: Below it there is nothing to compare with.
LEAST_FACTORS = 2


@dataclass(frozen=True)
class Member:
    """One antigen's table, as a background takes it.

    Attributes
    ----------
    name : str
    genes : array (G,) of str
        With a peak in at least one experiment, each once.
    average : array (G,) of float
        Mean MACS2 score (-10 log10 Q) over its experiments, zeros included.
    bound_share : array (G,) of float
        Share of its experiments with a peak, above 0 to 1.
    experiments : int
    about : dict
        Where the table comes from: ``url``, ``sha256`` (of the table as text), ``last_modified``, ``etag``,
        ``retrieved_at``, as far as they are known.
    """

    name: str
    genes: np.ndarray
    average: np.ndarray
    bound_share: np.ndarray
    experiments: int
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Background:
    """The genes of F antigens of one assembly and window.

    Attributes
    ----------
    genome : str
    distance : int
        Half-width of the window around the TSS, in kb.
    genes : array (G,) of str
        Every gene that an antigen of the background binds, by name.
    members : tuple of dict, length F
        ``name``, ``kind`` (``factor``, ``control`` or ``mark``), ``experiments``, ``genes`` (bound ones), and what is
        known of its table; see `Member`.
    percentile : array (F, G) of uint8
        `targets.background.specificity.percentile_codes`: rank among the antigen's bound genes by average; 0 = unbound.
    bound_share : array (F, G) of uint8
        Share of the antigen's experiments with a peak, in steps of 1/255.
    score : array (F, G) of float16
        Mean MACS2 score over the antigen's experiments, to 0.05 %, at most 65,504.
    made_at : str
        ISO 8601, UTC.
    simulated : bool
    source : str
        The file it was read from, or empty.
    """

    genome: str
    distance: int
    genes: np.ndarray
    members: tuple[dict[str, Any], ...]
    percentile: np.ndarray
    bound_share: np.ndarray
    score: np.ndarray
    made_at: str
    simulated: bool
    source: str = ""

    @property
    def place(self) -> str:
        """Assembly and window for the reader: ``hg38, ±5kb``."""
        return f"{self.genome}, ±{self.distance}kb"

    @property
    def names(self) -> list[str]:
        return [str(member["name"]) for member in self.members]

    def counts(self) -> dict[Kind, int]:
        """Antigens of each kind."""
        kinds = [member["kind"] for member in self.members]
        return {"factor": kinds.count("factor"), "control": kinds.count("control"), "mark": kinds.count("mark")}

    def others(self, protein: str, kind: Kind = "factor") -> np.ndarray:
        """Positions of the antigens of a kind that are not `protein`, under whatever spelling or common name."""
        return np.flatnonzero(
            [
                member["kind"] == kind and not same_antigen(str(member["name"]), protein, self.genome)
                for member in self.members
            ]
        )

    def hot_share(self, protein: str) -> pd.Series:
        """Share of the factors other than `protein` that have each gene in the top 5 % of their bound genes.

        Returns
        -------
        Series
            0..1 by gene; a gene that is not in it is bound by none (0). NaN when there is no other factor.
        """
        return self._series("hot_share", share_in_top(self.percentile[self.others(protein)]))

    def control_share(self, protein: str) -> pd.Series:
        """The same over the controls other than `protein`; NaN where the background has none."""
        return self._series("control_share", share_in_top(self.percentile[self.others(protein, "control")]))

    def of_gene(self, gene: str) -> pd.DataFrame:
        """How one gene fares with every antigen: ``name kind percentile bound_share score``, highest percentile first.

        Raises
        ------
        InputError
            No antigen of this background binds a gene of that name.
        """
        row = int(self._index.get_indexer(pd.Index([gene], dtype=object))[0])
        if row < 0:
            raise InputError(f"No antigen of this background ({self.place}) binds {gene!r}; give an official symbol.")
        table = pd.DataFrame(
            {
                "name": self.names,
                "kind": [member["kind"] for member in self.members],
                "percentile": code_percentiles(self.percentile[:, row]),
                "bound_share": self.bound_share[:, row] / SHARE_STEPS,
                "score": self.score[:, row].astype(float),
            }
        )
        return table.sort_values(["percentile", "name"], ascending=[False, True], ignore_index=True)

    def beside(self, protein: str, ranking: pd.DataFrame, hot_threshold: float = 0.5) -> pd.DataFrame:
        """What the background says of each gene of one factor's ranking.

        Parameters
        ----------
        protein : str
            The factor; it is left out of the background, under whatever name.
        ranking : DataFrame
            ``gene``, ``avg_score`` and ``num_bound`` of **all** its genes: percentiles are among the bound ones.
        hot_threshold : float
            Least `hot_share` of a hot gene.

        Returns
        -------
        DataFrame
            Columns `COLUMNS`, rows as in `ranking`. ``specificity`` is the robust z ``(x - median) / scale`` of this
            factor's percentile x against those of the other factors, unbound ones counting 0; ``scale`` is 1.4826
            times their median absolute deviation and at least `LEAST_SCALE`. ``specific_rank`` is 1 for the highest;
            equal ones in the order of `ranking`, genes that are not bound last.

        Raises
        ------
        InputError
            There is no other factor.
        """
        rows = self.others(protein)
        if not len(rows):
            raise InputError(
                f"This background ({self.place}) holds no other factor than {protein}. Build one of more factors."
            )
        at = self._index.get_indexer(pd.Index(ranking["gene"].to_numpy(dtype=object)))
        known = at >= 0
        hot = np.where(known, share_in_top(self.percentile[rows])[at], 0.0)
        controls = self.others(protein, "control")
        control = np.where(known | (len(controls) == 0), share_in_top(self.percentile[controls])[at], 0.0)
        median, scale = centre_and_scale(self.percentile[rows])
        bound = ranking["num_bound"].to_numpy() > 0
        own = rank_percentiles(ranking["avg_score"].to_numpy(), bound)
        z = (own - np.where(known, median[at], 0.0)) / np.where(known, scale[at], LEAST_SCALE)
        columns = (hot, hot >= hot_threshold, control, z, ranks_of(np.where(bound, z, np.nan)))
        return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), index=ranking.index)

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self.genes, dtype=object)

    def _series(self, name: str, values: np.ndarray) -> pd.Series:
        return pd.Series(values, index=pd.Index(self.genes, dtype=object, name="gene"), name=name)


def assemble(members: Iterable[Member], genome: str, distance: int, *, simulated: bool) -> Background:
    """Make a background of tables, in the order of their names.

    Raises
    ------
    InputError
        An antigen twice, or fewer than `LEAST_FACTORS` factors among them.
    """
    taken = sorted(members, key=lambda member: member.name)
    names = [member.name for member in taken]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"Two tables of {', '.join(repeated)} among those given. Give each antigen once.")
    kinds = [kind_of(name) for name in names]
    if kinds.count("factor") < LEAST_FACTORS:
        raise InputError(
            f"A background takes {LEAST_FACTORS} or more factors; there {'is' if len(names) == 1 else 'are'} "
            f"{plural(kinds.count('factor'), 'factor')} among {plural(len(names), 'table')} ({', '.join(names[:5])}).\n"
            "Controls and histone marks are no factors. Give more tables."
        )
    genes = np.unique(np.concatenate([member.genes.astype(str) for member in taken])).astype(object)
    index = pd.Index(genes, dtype=object)
    shape = len(taken), len(genes)
    percentile, share = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=np.uint8)
    score = np.zeros(shape, dtype=np.float16)
    for row, member in enumerate(taken):
        at = index.get_indexer(pd.Index(member.genes.astype(object)))
        percentile[row, at] = percentile_codes(member.average, np.ones(len(at), dtype=bool))
        share[row, at] = np.maximum(np.round(member.bound_share * SHARE_STEPS), 1)
        score[row, at] = np.minimum(member.average, _MOST_SCORE)
    about = tuple(
        {"name": one.name, "kind": kind, "experiments": one.experiments, "genes": len(one.genes), **one.about}
        for one, kind in zip(taken, kinds, strict=True)
    )
    return Background(genome, distance, genes, about, percentile, share, score, now_utc(), simulated)
