"""Random numbers that depend on names alone, so that no call changes the numbers of another."""

from __future__ import annotations

import zlib

import numpy as np

#: The seed of the simulation that is served; tests vary it to show that its properties are no accident.
SIMULATION_SEED = 20240707


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A generator of its own for each subject, such as ``generator(seed, "peaks", "hg38", "SRX5865959")``.

    CRC-32 is stable between processes and platforms, which ``hash()`` is not.
    """
    return np.random.default_rng([seed, zlib.crc32("|".join(map(str, names)).encode())])
