from __future__ import annotations

import errno
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scripts.common.errors import BadResponseError, OutputError, ServiceUnavailableError
from scripts.experiments import build_catalogue
from scripts.experiments.catalogue import build
from scripts.experiments.catalogue.build import read_line
from scripts.experiments.catalogue.store import catalogue_folder, stored_catalogue
from tests.file_server import FileServer

ROOT = Path(__file__).resolve().parents[3]
LINE = "SRX1\thg38\tTFs and others\tTP53\tBlood\tK-562\tinfo\t100,97.5,6.4,19\tGSM5: a title\ttreatment=DMSO\tsex=F\n"
LIST = "/data/metadata/experimentList.tab"


@pytest.fixture
def listed(server: FileServer) -> FileServer:
    pytest.importorskip("pyarrow")
    server.files[LIST] = (LINE + LINE.replace("SRX1", "SRX2").replace("hg38", "mm10") + "nothing\n").encode()
    server.headers[LIST] = {"ETag": '"one"'}
    return server


def test_a_line():
    genome, values = read_line(LINE)
    assert genome == "hg38"
    assert values[:8] == (
        "SRX1", "GSM5", "TFs and others", "TP53", "Blood", "K-562", "GSM5: a title", "treatment=DMSO\tsex=F",
    )  # fmt: skip
    assert values[8] == "gsm5atitletreatmentdmsosexf" and values[9:] == (100, 97.5, 6.4, 19)


@pytest.mark.parametrize("line", ["", "\n", "SRX1\thg38\tx", "\thg38" + "\t" * 9, "<html>"])
def test_no_experiment(line):
    assert read_line(line) is None


def test_one_file_an_assembly(listed, capsys):
    built = build_catalogue()
    assert built.rows == {"hg38": 1, "mm10": 1} and built.unreadable == 1
    assert pq.read_table(built.file("mm10"))["accession"].to_pylist() == ["SRX2"]
    assert stored_catalogue() == built
    printed = capsys.readouterr().out
    assert "1 line passed over" in printed and "✓ Catalogue built: 2 experiments" in printed


def test_an_unchanged_list_is_not_fetched_again(listed, capsys):
    build_catalogue()
    listed.requests.clear()
    build_catalogue()
    assert [method for method, _ in listed.requests] == ["HEAD"]
    assert "✓ Catalogue up to date" in capsys.readouterr().out
    build_catalogue(refresh=True)
    assert [method for method, _ in listed.requests][-1] == "GET"


def test_a_changed_list_takes_its_place(listed):
    build_catalogue()
    listed.files[LIST] = LINE.replace("SRX1", "SRX7").encode()
    listed.headers[LIST] = {"ETag": '"two"'}
    built = build_catalogue()
    assert built.rows == {"hg38": 1} and not built.file("mm10").exists()
    assert pq.read_table(built.file("hg38"))["accession"].to_pylist() == ["SRX7"]


def test_the_list_is_not_kept_beside_it(listed, tmp_path, monkeypatch):
    monkeypatch.setenv("CHIPATLAS_CACHE_DIR", str(tmp_path))
    build_catalogue()
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".body", ".part")]


@pytest.mark.parametrize("content", [b"<html>maintenance</html>\n" * 50, b"", b"x\n" * 5000])
def test_something_else_leaves_the_catalogue_as_it_was(listed, content):
    before = build_catalogue()
    listed.files[LIST] = content
    listed.headers[LIST] = {"ETag": '"two"'}
    with pytest.raises(BadResponseError, match="is no list of experiments"):
        build_catalogue()
    assert stored_catalogue() == before


def test_a_disk_that_is_full_leaves_the_catalogue_as_it_was(listed, monkeypatch):
    before = build_catalogue()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter", full)
    with pytest.raises(OutputError, match="No space left on device.*\nFree disk space"):
        build_catalogue(refresh=True)
    assert stored_catalogue() == before
    assert [path.name for path in catalogue_folder().parent.iterdir()] == [catalogue_folder().name]


def test_a_kill_half_way_leaves_the_catalogue_as_it_was(listed, monkeypatch):
    before = build_catalogue()

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(build._Writer, "flush", killed)
    with pytest.raises(KeyboardInterrupt):
        build_catalogue(refresh=True)
    assert stored_catalogue() == before


def test_offline_the_catalogue_stays(listed, monkeypatch):
    before = build_catalogue()
    listed.status[LIST] = 503
    with pytest.raises(ServiceUnavailableError):
        build_catalogue()
    assert stored_catalogue() == before


def test_another_server_has_another_catalogue(listed, monkeypatch):
    build_catalogue()
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:9/data")
    assert stored_catalogue() is None


@pytest.mark.slow
def test_at_real_size(tmp_path, monkeypatch):
    """950,000 experiments: built in bounded time and memory, asked at once."""
    import subprocess
    import sys

    from scripts.emulator import serve

    code = (
        "import re, time\n"
        "from scripts.experiments import build_catalogue, find_experiments\n"
        "begun = time.monotonic(); built = build_catalogue(); seconds = time.monotonic() - begun\n"
        "assert sum(built.rows.values()) == 950_000\n"
        # Of this process alone: what getrusage tells begins with the memory of the process that started it.
        "peak = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024\n"
        "size = sum(path.stat().st_size for path in built.folder.iterdir()) / 1e6\n"
        "find_experiments('SIMTF0007 daunorubicin', genome='hg38', limit=50)\n"
        "begun = time.monotonic()\n"
        "assert len(find_experiments('SIMTF0007 dmso', genome='hg38', limit=50)) == 50\n"
        "print(seconds, peak, size, time.monotonic() - begun)\n"
    )
    monkeypatch.setenv("CHIPATLAS_QUIET", "1")
    with serve(listed=950_000):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seconds, peak, size, asked = map(float, done.stdout.split()[-4:])
    # More than the promised times: this machine may be busy.
    assert seconds < 240 and peak < 500 and size < 100 and asked < 2
