"""An embedded ChIP-Atlas: ChIP-Atlas's routes over real HTTP on this machine, with simulated experiments behind them.

``with serve() as atlas:`` starts it and points the four endpoint variables at it; `truth` tells what was planted
between two groups, `module_truth` which factors share which targets.
"""

from __future__ import annotations

from scripts.shared.lazy import lazy_exports

__all__ = ["Atlas", "module_truth", "serve", "truth"]

__getattr__ = lazy_exports(
    __name__,
    {
        "Atlas": "scripts.emulator.server",
        "serve": "scripts.emulator.server",
        "module_truth": "scripts.emulator.world.modules",
        "truth": "scripts.emulator.world.truth",
    },
)
