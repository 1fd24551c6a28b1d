"""Tables of factors whose truth is known: hot loci that most of them show, and targets of each alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.targets.background.background import Background, Member, assemble

GENES = np.array([f"G{number:04d}" for number in range(2000)], dtype=object)


def member(name: str, scores: dict[str, float], experiments: int = 4) -> Member:
    """An antigen that binds these genes with these averages, in all of its experiments."""
    return Member(
        name,
        np.array(list(scores), dtype=object),
        np.array(list(scores.values()), dtype=float),
        np.ones(len(scores)),
        experiments,
        {"url": f"file:///{name}.5.tsv"},
    )


def independent(name: str, seed: int, bound: int = 600) -> Member:
    """A factor that binds genes drawn evenly."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(GENES, bound, replace=False)
    return member(name, dict(zip(chosen, rng.gamma(1.0, 100.0, bound) + 1, strict=True)))


def background_of(*members: Member, simulated: bool = False) -> Background:
    return assemble(members, "hg38", 5, simulated=simulated)


def ranking_of(one: Member) -> pd.DataFrame:
    """The ranking of an antigen, as `run_target_genes_workflow` makes it."""
    frame = pd.DataFrame({"gene": one.genes, "avg_score": one.average, "num_bound": 1})
    return frame.sort_values("avg_score", ascending=False, kind="stable", ignore_index=True)
