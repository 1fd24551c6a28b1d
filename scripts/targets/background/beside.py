"""A ranking with a background beside it: which one, what it adds, how many of the first genes are hot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...common.errors import InputError
from ...common.invocation import command
from ...common.results import require_number
from ..query.question import Query, check_form
from .background import Background
from .findings import findings_about, hot_counts, hot_lines
from .store import AUTO, cached_path, check_simulated, load_background

RANKINGS = ("average", "specificity")


@dataclass(frozen=True)
class BackgroundQuery:
    """Which background is wanted, checked as far as that can be done before anything is fetched.

    Attributes
    ----------
    given : str or None
        ``auto``, a path, or None for none.
    hot_threshold : float
    rank_by : str
        ``average`` or ``specificity``.
    loaded : Background, optional
        The one at the path.
    """

    given: str | None = None
    hot_threshold: float = 0.5
    rank_by: str = "average"
    loaded: Background | None = None

    @classmethod
    def checked(
        cls, background: Any, hot_threshold: object, rank_by: object, genome: str, distance: int
    ) -> BackgroundQuery:
        """Check the three parameters of the workflow; a file that is named is read."""
        threshold = require_number("hot_threshold", hot_threshold, "a share such as 0.5, above 0 to 1", above=0, most=1)
        if rank_by not in RANKINGS:
            raise InputError(f"rank_by is {rank_by!r}; give {' or '.join(map(repr, RANKINGS))}.")
        given = None if background is None or background == "none" else background
        loaded = None if given == AUTO else load_background(genome, distance, given)
        place = check_form("factor", genome, distance)
        in_cache = given == AUTO and any(cached_path(place.genome, place.distance, flag) for flag in (False, True))
        if rank_by == "specificity" and loaded is None and not in_cache:
            raise InputError(
                f"rank_by is 'specificity', which takes a background of {place.place}, and there is none"
                f"{'' if given == AUTO else ' given'}.\n"
                f"Build one: `{command(f'background build --genome {place.genome} --distance {place.distance}')}`"
            )
        return cls(None if given is None else os.fspath(given), threshold, str(rank_by), loaded)

    def found(self, table: Query, *, simulated: bool) -> Beside | None:
        """The background beside one factor's table; None where there is none to be had.

        Raises
        ------
        InputError
            The one that was named, or that the ranking needs, does not go with the table.
        """
        background = self.loaded
        if background is not None:
            check_simulated(background, simulated)
        elif self.given == AUTO:
            background = load_background(table.genome, table.distance, AUTO, simulated=simulated)
        if background is None:
            if self.rank_by == "specificity":
                raise InputError(
                    f"rank_by is 'specificity', and no background in the cache goes with this table of {table.protein}"
                    f" ({table.place}{', SIMULATED' if simulated else ''}).\nBuild one, or rank by 'average'."
                )
            return None
        return Beside(background, table.protein, self.hot_threshold, self.rank_by)


@dataclass(frozen=True)
class Beside:
    """A background beside the ranking of one factor."""

    background: Background
    protein: str
    hot_threshold: float
    rank_by: str

    def prepare(self, ranking: pd.DataFrame) -> pd.DataFrame:
        """A whole ranking with the columns of the background behind its own, by specificity if that is asked for."""
        added = self.background.beside(self.protein, ranking, self.hot_threshold)
        full = pd.concat([ranking, added], axis=1)
        return full.sort_values("specific_rank", kind="stable") if self.rank_by == "specificity" else full

    def about(self, targets: pd.DataFrame) -> dict[str, Any]:
        """What the results say of it, in built-in types.

        Returns
        -------
        dict
            ``source``, ``made_at``, ``simulated``, ``members`` (every antigen's name, kind and table), ``left_out``
            (names that stand for the factor itself), ``factors``, ``controls`` (how many were compared with),
            ``hot_threshold``, ``rank_by``, ``counts`` (of the first `findings.TOPS` genes: how many there are, are hot,
            are in the top of the controls), ``findings``, ``lines`` (for the console).
        """
        background = self.background
        factors, controls = (background.others(self.protein, kind) for kind in ("factor", "control"))
        own = {*background.names} - {
            background.names[i] for kind in ("factor", "control", "mark") for i in background.others(self.protein, kind)
        }
        counts = hot_counts(targets, self.hot_threshold, has_controls=len(controls) > 0)
        told: dict[str, Any] = {
            "source": background.source,
            "made_at": background.made_at,
            "simulated": background.simulated,
            "members": [dict(member) for member in background.members],
            "left_out": sorted(own),
            "factors": len(factors),
            "controls": len(controls),
            "hot_threshold": self.hot_threshold,
            "rank_by": self.rank_by,
            "counts": counts,
        }
        told["findings"] = [dict(finding) for finding in findings_about(told, self.protein)]
        return {**told, "lines": hot_lines(told)}
