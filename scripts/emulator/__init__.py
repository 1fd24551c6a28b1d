"""An embedded ChIP-Atlas: ChIP-Atlas's routes over real HTTP on this machine, with simulated experiments behind them.

``with serve() as atlas:`` starts it and points the endpoint variables at it; `truth` tells what was planted
between two groups, `module_truth` which factors share which targets, `hot_truth` which loci
are hot and which targets a factor has of its own.
"""

from __future__ import annotations

from ..common.lazy import lazy_exports

__all__ = ["Atlas", "hot_truth", "module_truth", "serve", "truth"]

__getattr__ = lazy_exports(
    __name__,
    {
        "Atlas": ".server",
        "serve": ".server",
        "hot_truth": ".simulation.factors.hot_loci",
        "module_truth": ".simulation.factors.modules",
        "truth": ".simulation.truth",
    },
)
