"""A compiled loop does what the Python of it does, in every process, wherever it may write or not."""

from __future__ import annotations

import ctypes
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.common.compiled import loops
from scripts.common.compiled.arithmetic import bits_of, float_of, log_of
from scripts.common.files.cache_folder import cache_folder

ROOT = Path(__file__).resolve().parents[3]
TYPES = ("int32*", "uint16*", "int64")
#: Sums up in a process of its own; tells the sum and whether numba was needed.
CODE = """
import sys
import numpy as np
from tests.common.compiled.test_loops import TYPES, running_sum
from scripts.common.compiled.loops import compiled
sums = np.zeros(5, dtype=np.int32)
total = compiled(running_sum, TYPES)(sums, np.arange(5, dtype=np.uint16), 5)
print(total, sums.tolist(), "numba" in sys.modules)
"""


def running_sum(sums: Any, values: Any, n: Any) -> int:
    total = 0
    for i in range(n):
        total += values[i]
        sums[i] = total
    return total


def root_or_nothing(value: Any) -> float:
    return math.sqrt(value) if value > 0 else 0.0


def sum_of_roots(sums: Any, n: Any) -> int:
    """Calls, with two returns, and divides: as a piece of work that is written in several functions."""
    total = 0.0
    for i in range(n):
        sums[i] = root_or_nothing(sums[i]) / n
        total += sums[i]
    return int(total)


def doubled(value: Any) -> Any:
    return log_of(value) * 2.0


def sum_of_others(values: Any, total: Any, n: Any) -> int:
    for i in range(n):
        total[0] += doubled(values[i]) / values[n - 1]
    return 0


def in_a_process(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def compiled_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for users: each test with a cache of its own."""
    monkeypatch.delenv(loops.PLACE)


def test_the_folder_can_be_another_than_the_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(loops.PLACE, str(tmp_path / "elsewhere"))
    with pytest.raises(StopIteration):  # not in the cache
        made_and_kept()
    assert [path.suffix for path in (tmp_path / "elsewhere").iterdir()] == [".o"]


def made_and_kept() -> Path:
    """Compile here, as a first process does; gives the file."""
    loops.compiled.cache_clear()
    sums = np.zeros(3, dtype=np.int32)
    assert loops.compiled(running_sum, TYPES)(sums, np.array([60_000, 9, 1], dtype=np.uint16), 3) == 60_010
    assert sums.tolist() == [60_000, 60_009, 60_010]
    return next((cache_folder() / loops.FOLDER).glob("running_sum-*.o"))


def test_a_later_process_needs_no_compiler() -> None:
    made_and_kept()
    assert in_a_process() == "10 [0, 1, 3, 6, 10] False"


@pytest.mark.parametrize("damage", ["", "; 0 x\n", None])
def test_what_is_kept_and_damaged_is_made_anew(damage: str | None) -> None:
    path = made_and_kept()
    code = path.read_bytes()
    path.write_bytes(code[:-9] + bytes([code[-9] ^ 1]) + code[-8:] if damage is None else damage.encode())
    assert made_and_kept() == path
    assert in_a_process() == "10 [0, 1, 3, 6, 10] False"


def test_another_source_or_type_has_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    one = loops._path(running_sum, TYPES)
    assert loops._path(running_sum, ("int64*", "uint16*", "int64")) != one
    monkeypatch.setattr(loops.metadata, "version", lambda package: "99")
    assert loops._path(running_sum, TYPES) != one


def test_a_folder_that_takes_no_file_costs_the_time_alone(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    told = in_a_process(CHIPATLAS_CACHE_DIR=str(in_the_way / "cache"), HOME=str(in_the_way))
    assert told == "10 [0, 1, 3, 6, 10] True"
    assert in_the_way.read_text() == ""


def test_a_loop_that_calls_others_is_compiled_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made_and_kept().unlink()
    monkeypatch.setattr(loops, "_stands_alone", lambda text: False)
    with pytest.raises(StopIteration):  # computed, and no file is there
        made_and_kept()
    monkeypatch.undo()
    assert not loops._stands_alone("declare void @PyErr_Clear()\n")
    assert loops._stands_alone("declare i64 @llvm.smax.i64(i64, i64)\n")


def test_functions_that_a_loop_calls_become_part_of_it() -> None:
    values, total = np.array([1.0, 3.0, 0.5]), np.zeros(1)
    types = ("float64*", "float64*", "int64")
    loops.compiled(sum_of_others, types)(values, total, 3)
    assert total[0] == pytest.approx(4 * np.log(1.5), rel=1e-15)
    assert next((cache_folder() / loops.FOLDER).glob("sum_of_others-*.o")).stat().st_size
    assert loops._called(sum_of_others) == [doubled, log_of, bits_of, float_of]
    # No error where Python has one.
    values[2] = 0.0
    loops.compiled(sum_of_others, types)(values, total, 3)
    assert np.isinf(total[0]) or np.isnan(total[0])


def test_large_loops_and_math_are_kept_too() -> None:
    loops.compiled.cache_clear()
    sums = np.array([16.0, -4.0, 64.0])
    assert loops.compiled(sum_of_roots, ("float64*", "int64"))(sums, 3) == 4
    np.testing.assert_array_equal(sums, [4 / 3, 0, 8 / 3])
    assert list((cache_folder() / loops.FOLDER).glob("sum_of_roots-*.o"))


def test_another_source_of_what_a_loop_calls_has_another_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    types = ("float64*", "float64*", "int64")
    one = loops._path(sum_of_others, types)
    changed = tmp_path / "arithmetic.py"
    changed.write_text("# another")
    find = loops.inspect.getfile
    monkeypatch.setattr(
        loops.inspect, "getfile", lambda function: str(changed) if function is log_of else find(function)
    )
    assert loops._path(sum_of_others, types) != one
    assert loops._path(running_sum, TYPES) == loops._path(running_sum, TYPES)


def test_arrays_of_another_type_are_refused() -> None:
    made_and_kept()
    sums, values = np.zeros(3, dtype=np.int32), np.zeros(3, dtype=np.uint16)
    for wrong in (
        (sums.astype(np.int64), values),
        (sums, values.astype(np.int32)),
        (np.zeros(6, np.int32)[::2], values),
    ):
        with pytest.raises(ctypes.ArgumentError):
            loops.compiled(running_sum, TYPES)(*wrong, 3)


@pytest.mark.slow
def test_processes_that_compile_at_once() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CODE], env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert {process.communicate(timeout=240)[0].strip() for process in processes} == {"10 [0, 1, 3, 6, 10] True"}
    assert in_a_process() == "10 [0, 1, 3, 6, 10] False"
