from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import ChipAtlasError, InputError
from scripts.emulator import Atlas
from scripts.engine.counts.bigwig import BigWig
from scripts.engine.counts.counting import Coverage, count_all, naming
from scripts.engine.workers import in_processes
from tests.engine.tracks import SIZES, random_records, random_regions, slow_counts, write_bigwig

pytest.importorskip("pybigtools")
pytest.importorskip("joblib")

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def experiments(tmp_path: Path) -> list[Coverage]:
    tracks = [write_bigwig(tmp_path / f"{n}.bw", random_records(n)) for n in range(3)]
    return [Coverage(f"E{n}", str(track), 1.0, 36.0) for n, track in enumerate(tracks)]


def test_the_number_of_processes_does_not_matter(experiments: list[Coverage]) -> None:
    regions = random_regions(9)
    alone, together = (count_all(regions, experiments, workers) for workers in (1, 3))
    for number, (one, other) in enumerate(zip(alone, together, strict=True)):
        assert one.counts.tolist() == other.counts.tolist()
        assert one.counts.tolist() == slow_counts(regions, random_records(number), 1.0, 36.0)
        assert (one.missing, one.simulated, one.depth.notes) == (["chrUn_1"], False, [])


def test_an_error_names_its_experiment(experiments: list[Coverage], tmp_path: Path) -> None:
    bad = Coverage("bad", str(tmp_path / "none.bw"), 1.0, 36.0)
    with pytest.raises(InputError, match=r"^bad: Cannot read .*none.bw: No such file"):
        count_all(random_regions(1), [*experiments, bad], workers=2)


def test_unusable_requests(experiments: list[Coverage]) -> None:
    with pytest.raises(InputError, match="given twice"):
        count_all(random_regions(1), [experiments[0]] * 2)
    with pytest.raises(InputError, match="workers is 0; give 1 or more"):
        count_all(random_regions(1), experiments, workers=0)


def test_a_script_without_a_main_guard(experiments: list[Coverage], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('run')\n"
        "import pandas as pd\n"
        "from scripts.engine.counts.counting import Coverage, count_all\n"
        "regions = pd.DataFrame({'chrom': ['chr1'], 'start': [0], 'end': [90000]})\n"
        f"tracks = [Coverage(str(n), {experiments[0].source!r}, 1.0, 36.0) for n in range(3)]\n"
        "print(sorted({int(found.counts[0]) for found in count_all(regions, tracks, workers=2)}))\n"
    )
    done = subprocess.run(
        [sys.executable, script], env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("run") == 1
    assert done.stdout.splitlines()[-1].startswith("[")


def read_all(track: Coverage) -> int:
    with BigWig(track.source) as opened:
        return sum(len(opened.records(chrom).starts) for chrom in opened.sizes)


@pytest.mark.slow
def test_damage_is_an_error_that_names_the_file_whatever_it_does_to_the_reader(
    experiments: list[Coverage], tmp_path: Path
) -> None:
    whole = Path(experiments[0].source).read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for number in range(8):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 40):
            damaged[place] = rng.integers(0, 256)
        path = tmp_path / f"damaged_{number}.bw"
        path.write_bytes(damaged)
        try:
            in_processes(read_all, [Coverage("E", str(path))], 1, "Reading")
        except ChipAtlasError as error:
            refused += path.name in str(error)
    assert refused >= 4


def test_contigs_of_a_track(experiments: list[Coverage]) -> None:
    with BigWig(experiments[0].source) as opened:
        assert opened.sizes == SIZES


def lone_reads(path: Path, value: float, length: int) -> Path:
    """A track of reads that stand alone, each of this value and length."""
    starts = 1000 * np.arange(30)
    frame = pd.DataFrame({"chrom": "chr1", "start": starts, "end": starts + length, "value": value})
    return write_bigwig(path, frame)


def test_units_are_those_given_or_those_of_the_track(tmp_path: Path) -> None:
    source = str(lone_reads(tmp_path / "track.bw", 0.5, 50))
    regions = pd.DataFrame({"chrom": ["chr1", "chr1", "chr9"], "start": [0, 5000, 0], "end": [10_000, 5010, 90]})
    tracks = [
        Coverage("inferred", source),
        Coverage("from the metadata", source, scales=(0.25, 0.51)),
        Coverage("scale known", source, scale=0.25),
        Coverage("length known", source, read_length=25.0),
        Coverage("all known", source, 0.25, 25.0),
    ]
    found = count_all(regions, tracks, workers=1)
    assert [(one.depth.scale, one.depth.read_length) for one in found] == [
        (0.5, 50), (0.51, 50), (0.25, 50), (0.5, 25), (0.25, 25),
    ]  # fmt: skip
    assert [one.counts.tolist() for one in found] == [
        [int((10 * 25 / scale + 0.5) / length) + 1, int((25 / scale + 0.5) / length) + 1, 0]
        for scale, length in ((0.5, 50), (0.51, 50), (0.25, 50), (0.5, 25), (0.25, 25))
    ]
    assert all(one.missing == ["chr9"] and one.files == {} and not one.simulated for one in found)
    assert [len(one.depth.notes) for one in found] == [2, 1, 1, 1, 0]


def test_a_track_by_address_is_told(atlas: Atlas) -> None:
    url = f"{atlas.url}/data/sacCer3/eachData/bw/SRX4555013.bw"
    regions = pd.DataFrame({"chrom": ["chrI"], "start": [0], "end": [50_000], "more": ["x"]})
    [found] = count_all(regions, [Coverage("SRX4555013", url, 0.01, 50.0)])
    assert found.simulated and [*found.files] == [url] and found.counts[0] > 1


def test_the_message_of_another_error_is_left_alone() -> None:
    with pytest.raises(InputError, match="^E1: odd$"), naming("E1"):
        raise InputError("odd")
    with pytest.raises(ValueError, match="^odd$"), naming("E1"):
        raise ValueError("odd")
