"""Where this package keeps what it can fetch or make again."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_dir

APP_NAME = "chip-atlas-skills"


def cache_folder() -> Path:
    """``CHIPATLAS_CACHE_DIR``, or the folder where this system keeps caches."""
    given = os.environ.get("CHIPATLAS_CACHE_DIR", "").strip()
    return Path(given or user_cache_dir(APP_NAME)).expanduser()
