from __future__ import annotations

import hashlib
import io
import os
import pickle
import stat
import time
import zipfile
from pathlib import Path

import pytest

from scripts.common.errors import BadResponseError, OutputError, ServiceUnavailableError
from scripts.common.files import writing as files


class Interrupted(BaseException):
    """Stands for Ctrl-C."""


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "result.csv"
    path.write_text("old")
    return path


def test_atomic_takes_the_place_at_the_end_and_not_before(old, listing):
    with files.atomic(old) as temporary:
        assert temporary.parent == old.parent
        assert temporary.suffix == ".csv"
        temporary.write_text("new")
        assert old.read_text() == "old"
    assert old.read_text() == "new"
    assert listing(old.parent) == ["result.csv"]


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("x"), Interrupted()], ids=lambda error: type(error).__name__
)
def test_atomic_failure_leaves_the_old_file_whole_and_no_temporary(old, listing, error):
    with pytest.raises(type(error)), files.atomic(old) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise error
    assert old.read_text() == "old"
    assert listing(old.parent) == ["result.csv"]


def test_atomic_names_the_file_that_cannot_be_written(old, listing):
    with pytest.raises(OutputError, match=r"Cannot write .*result\.csv: No space left"), files.atomic(old):
        raise OSError(28, "No space left on device")
    assert old.read_text() == "old"
    assert listing(old.parent) == ["result.csv"]


@pytest.mark.parametrize("manager", [files.atomic, files.replacing_folder])
def test_a_broken_download_is_not_called_a_full_disk(tmp_path, listing, manager):
    with pytest.raises(ServiceUnavailableError, match="broke off"), manager(tmp_path / "x"):
        raise ServiceUnavailableError("The download broke off.")
    assert listing(tmp_path) == []


@pytest.mark.parametrize("manager", [files.atomic, files.replacing_folder])
def test_a_missing_folder_is_an_output_error_that_names_it(tmp_path, manager):
    with pytest.raises(OutputError, match=r"Cannot write .*gone.x: No such file"), manager(tmp_path / "gone" / "x"):
        pass


def test_written_files_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        path = files.write_text(tmp_path / "a.txt", "x")
        with files.replacing_folder(tmp_path / "folder"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o750


def test_write_text_is_utf8_with_unix_line_ends(tmp_path):
    assert files.write_text(tmp_path / "a.txt", "µ\n✓").read_bytes() == "µ\n✓".encode()


def test_write_pickle_is_protocol_5(tmp_path):
    path = files.write_pickle(tmp_path / "a.pkl", {"x": [1]})
    assert pickle.loads(path.read_bytes()) == {"x": [1]}
    assert path.read_bytes()[:2] == b"\x80\x05"


def test_a_pickle_that_fails_halfway_leaves_the_old_one(tmp_path, listing):
    path = files.write_pickle(tmp_path / "a.pkl", "old")
    with pytest.raises((AttributeError, pickle.PicklingError, TypeError)):
        files.write_pickle(path, ["x" * 100_000, lambda: None])
    assert pickle.loads(path.read_bytes()) == "old"
    assert listing(tmp_path) == ["a.pkl"]


def test_sha256_of_more_than_a_block(tmp_path):
    content = b"abc" * 500_000
    (tmp_path / "x").write_bytes(content)
    assert files.sha256(tmp_path / "x") == hashlib.sha256(content).hexdigest()


def test_prepare_folder_makes_parents_and_leaves_nothing_in_it(tmp_path, listing):
    folder = files.prepare_folder(tmp_path / "a" / "b")
    assert listing(folder) == []
    assert files.prepare_folder(str(folder)) == folder


def test_prepare_folder_expands_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert files.prepare_folder("~/out") == tmp_path / "out"


@pytest.mark.parametrize("below", ["", "sub", "sub/sub"])
def test_prepare_folder_on_or_under_a_file_names_it(old, below):
    with pytest.raises(OutputError, match=r"(?s)Cannot write into output_dir '.*result\.csv.*Give a folder"):
        files.prepare_folder(old / below)
    assert old.read_text() == "old"


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw_results"
    folder.mkdir()
    (folder / "stale.bed").write_text("old")
    return folder


def test_replacing_folder_leaves_nothing_of_the_earlier_run(raw, listing):
    with files.replacing_folder(raw) as fresh:
        assert listing(fresh) == []
        (fresh / "new.bed").write_text("new")
        assert listing(raw) == ["stale.bed"]
    assert listing(raw) == ["new.bed"]
    assert listing(raw.parent) == ["raw_results"]


def test_replacing_folder_that_is_not_there_yet(tmp_path, listing):
    with files.replacing_folder(tmp_path / "raw") as fresh:
        (fresh / "new.bed").write_text("new")
    assert listing(tmp_path) == ["raw"]
    assert listing(tmp_path / "raw") == ["new.bed"]


def test_replacing_folder_takes_the_place_of_a_file(old, listing):
    with files.replacing_folder(old):
        pass
    assert old.is_dir()
    assert listing(old.parent) == ["result.csv"]


@pytest.mark.parametrize("error", [ValueError("x"), Interrupted()], ids=lambda error: type(error).__name__)
def test_replacing_folder_failure_leaves_the_old_folder_whole(raw, listing, error):
    with pytest.raises(type(error)), files.replacing_folder(raw) as fresh:  # noqa: PT012
        (fresh / "half.bed").write_text("half")
        raise error
    assert listing(raw) == ["stale.bed"]
    assert listing(raw.parent) == ["raw_results"]


def test_replacing_folder_puts_the_old_one_back_when_the_last_rename_fails(raw, listing, monkeypatch):
    rename = Path.rename

    def refuse_the_fresh_one(self, target):
        if Path(target) == raw and "-old-" not in str(self):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_the_fresh_one)
    with pytest.raises(OutputError, match="Cannot write .*raw_results: Permission denied"), files.replacing_folder(raw):
        pass
    assert listing(raw) == ["stale.bed"]
    assert listing(raw.parent) == ["raw_results"]


def test_what_a_killed_run_half_wrote_is_swept_once_it_is_old(tmp_path, listing):
    long_ago = time.time() - files.STALE_SECONDS - 60
    swept = [".result-abcd1234.csv", ".raw-abcd_234", ".raw-old-abcd1234"]
    kept = [".result-mine.csv", ".result-abcd1234.txt", ".result-ABCD1234.csv", ".other-abcd1234.csv"]
    for name in (*swept, *kept):
        if name.startswith(".raw"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "result.bed").write_text("half")
        else:
            (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (long_ago, long_ago))
    (tmp_path / ".result-young123.csv").write_text("another run, at work")
    files.remove_outputs(tmp_path, ["result.csv"])
    with files.replacing_folder(tmp_path / "raw"):
        pass
    assert listing(tmp_path) == sorted([*kept, ".result-young123.csv", "raw"])


def test_remove_outputs_takes_named_files_only(tmp_path, listing):
    for name in ("a.csv", "b.csv", "mine.txt"):
        (tmp_path / name).touch()
    files.remove_outputs(tmp_path, ["a.csv", "b.csv", "never-made.csv"])
    assert listing(tmp_path) == ["mine.txt"]


def test_mark_simulated_on_and_off(tmp_path, listing):
    files.mark_simulated(tmp_path, False)
    assert listing(tmp_path) == []
    files.mark_simulated(tmp_path, True)
    assert (tmp_path / "SIMULATED.txt").read_text().startswith("SIMULATED")
    files.mark_simulated(tmp_path, False)
    assert listing(tmp_path) == []


def zipped(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


@pytest.fixture
def inside(tmp_path):
    folder = tmp_path / "outer" / "inside"
    folder.mkdir(parents=True)
    return folder


def test_zip_in_the_layout_of_chip_atlas(tmp_path, inside, listing):
    members = [("wabi_result/", b"")] + [
        (f"wabi_result/{name}", name.encode()) for name in ("wabi_result.bed", "wabi_result.log", "README.md")
    ]
    extracted = files.extract_zip(zipped(tmp_path / "a.zip", members), inside)
    assert sorted(path.name for path in extracted) == listing(inside)
    assert {path.name: path.read_text() for path in extracted} == {name: name for name in listing(inside)}
    assert listing(inside) == ["README.md", "wabi_result.bed", "wabi_result.log"]


def test_an_empty_zip_holds_nothing(tmp_path, inside):
    assert files.extract_zip(zipped(tmp_path / "a.zip", []), inside) == []


@pytest.mark.parametrize(
    "name",
    [
        "../evil.bed",
        "../../evil.bed",
        "/evil.bed",
        "/etc/evil.bed",
        "a/../../../evil.bed",
        "..\\..\\evil.bed",
        "C:\\x\\evil.bed",
        "//host/evil.bed",
    ],
)
def test_no_member_leaves_the_folder(tmp_path, inside, listing, name):
    extracted = files.extract_zip(zipped(tmp_path / "a.zip", [(name, b"x")]), inside)
    assert extracted == [inside / "evil.bed"]
    assert listing(inside) == ["evil.bed"]
    assert listing(inside.parent) == ["inside"]
    assert listing(tmp_path) == ["a.zip", "outer"]


@pytest.mark.parametrize("name", ["..", "a/..", ".", "a/."])
def test_a_member_without_a_name_is_refused(tmp_path, inside, listing, name):
    with pytest.raises(BadResponseError, match=r"a\.zip holds members that cannot stand in one folder: '\.\.?'"):
        files.extract_zip(zipped(tmp_path / "a.zip", [("good", b"x"), (name, b"x")]), inside)
    assert listing(inside) == []


def test_a_link_is_not_followed_nor_made(tmp_path, inside, listing):
    link = zipfile.ZipInfo("wabi_result.bed")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    target = tmp_path / "victim"
    target.write_text("untouched")
    archive = zipped(tmp_path / "a.zip", [(link, str(target).encode()), ("x/wabi_result.log", b"log")])
    assert files.extract_zip(archive, inside) == [inside / "wabi_result.log"]
    assert listing(inside) == ["wabi_result.log"]
    assert target.read_text() == "untouched"


@pytest.mark.parametrize("names", [("a/x.bed", "b/x.bed"), ("x.bed", "x.bed"), ("x.bed", "../x.bed")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused_rather_than_mixed(tmp_path, inside, listing, names):
    with pytest.raises(BadResponseError, match=r"cannot stand in one folder: 'x\.bed'"):
        files.extract_zip(zipped(tmp_path / "a.zip", [(name, b"x") for name in names]), inside)
    assert listing(inside) == []


def test_a_bomb_is_not_unpacked(tmp_path, inside, listing):
    archive = zipped(tmp_path / "a.zip", [("bomb", b"\0" * 5_000_000)])
    with pytest.raises(BadResponseError, match=r"a\.zip holds 1 files of 5,000,000 bytes.*not unpacked"):
        files.extract_zip(archive, inside)
    assert listing(inside) == []


def test_too_many_members(tmp_path, inside):
    archive = zipped(tmp_path / "a.zip", [(str(i), b"") for i in range(files.MAX_MEMBERS + 1)])
    with pytest.raises(BadResponseError, match="holds 101 files"):
        files.extract_zip(archive, inside)


def test_too_large(tmp_path, inside, monkeypatch):
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 10)
    with pytest.raises(BadResponseError, match="more than a result can be"):
        files.extract_zip(zipped(tmp_path / "a.zip", [("x", b"12345"), ("y", b"678901")]), inside)


def test_a_bomb_that_lies_about_its_size_stays_small(tmp_path, inside):
    content = zipped(tmp_path / "a.zip", [("bomb", b"\0" * 5_000_000)]).read_bytes()
    honest = (5_000_000).to_bytes(4, "little")
    assert content.count(honest) == 2
    (tmp_path / "a.zip").write_bytes(content.replace(honest, (50).to_bytes(4, "little")))
    with pytest.raises(BadResponseError, match="no readable zip"):
        files.extract_zip(tmp_path / "a.zip", inside)
    assert sum(path.stat().st_size for path in inside.iterdir()) <= 50


def good_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.bed", "".join(f"chr1\t{i}\t{i * i}\n" for i in range(500)))
    return stream.getvalue()


def flipped(content: bytes, start: int, stop: int) -> bytes:
    return content[:start] + bytes(byte ^ 0xFF for byte in content[start:stop]) + content[stop:]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>",
        good_zip()[:-30],
        good_zip()[: len(good_zip()) // 2],
        flipped(good_zip(), 45, 60),
        flipped(good_zip(), 600, 700),
        flipped(good_zip(), 0, 4),
    ],
    ids=["empty", "XML", "cut at the end", "cut in half", "damaged start", "damaged middle", "damaged header"],
)
def test_not_a_whole_zip(tmp_path, inside, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadResponseError, match=r"a\.zip is no readable zip archive \(.+\)"):
        files.extract_zip(tmp_path / "a.zip", inside)


def test_an_encrypted_zip(tmp_path, inside):
    content = bytearray(good_zip())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadResponseError, match="no readable zip archive .*(encrypted|password)"):
        files.extract_zip(tmp_path / "a.zip", inside)
