"""An embedded ChIP-Atlas: ChIP-Atlas's routes over real HTTP on this machine, with simulated experiments behind them.

``with serve() as atlas:`` starts it and points the four endpoint variables at it; `truth` tells what was planted.
"""

from __future__ import annotations

from scripts.shared.lazy import lazy_exports

__all__ = ["Atlas", "serve", "truth"]

__getattr__ = lazy_exports(
    __name__,
    {
        "Atlas": "scripts.emulator.server",
        "serve": "scripts.emulator.server",
        "truth": "scripts.emulator.world.truth",
    },
)
