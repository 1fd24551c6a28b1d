from __future__ import annotations

import numpy as np

from scripts.common.digits import integers_ending_at


def test_integers_of_any_length() -> None:
    rng = np.random.default_rng(4)
    numbers = [int(rng.integers(0, 10 ** int(digits))) for digits in rng.integers(1, 17, 500)]
    text = "".join(f"{number}{mark}" for number, mark in zip(numbers, rng.choice(list("\t,x."), 500), strict=True))
    characters = np.frombuffer(text.encode(), dtype=np.uint8)
    ends = np.flatnonzero((characters < ord("0")) | (characters > ord("9")))
    assert integers_ending_at(characters, ends, 16).tolist() == numbers
