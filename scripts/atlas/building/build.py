"""Build the atlas: every factor's table becomes a partition of one dataset."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ...common.console import announce_simulation, headline, progress, say, verify
from ...common.errors import (
    ChipAtlasError,
    InputError,
    MissingExtraError,
    NotFoundError,
    OutputError,
    ServiceUnavailableError,
)
from ...common.files.writing import mark_simulated, output_folder
from ...common.text import plural
from ...targets.query.question import check_form
from ..extra import atlas_extra
from ..manifest import BUILT, FAILED, MANIFEST, MISSING, NO_DATA, Manifest
from .index import write_index
from .partition import Task, write_partition
from .tables import Arrival, Source, open_source
from .workers import Pool, open_pool

SPOOL = ".spool"
LOCK = ".build.lock"
#: Tables that wait beside those being read, for each worker: none ever waits for the next, and few are on disk.
_WAITING = 1
#: Factors named one by one at the end; the manifest has them all.
_MAX_NAMED = 10


def build_atlas(
    genome: str,
    out: str | os.PathLike[str],
    distance: int = 5,
    factors: Iterable[str] | None = None,
    source: str | os.PathLike[str] | None = None,
    scheduler: Any = None,
    *,
    workers: int | None = None,
    refresh: bool = False,
) -> dict[str, Any]:
    """Turn the tables of all factors into one dataset; the same call goes on where an earlier one stopped.

    Parameters
    ----------
    genome : str
        UCSC's assembly name.
    out : path
        Folder of the dataset; on a file system that all workers share.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    factors : iterable of str, optional
        All that the site lists, or that the source holds, when left out. A dataset holds the factors of all calls.
    source : path, optional
        Folder or ``.tar.gz`` of tables named ``{factor}.{distance}.tsv``; left out, they are downloaded, by this
        process alone and at the pace of `chipatlas.cache.rate`, whatever the number of workers.
    scheduler, workers
        As for `atlas.building.workers.open_pool`.
    refresh : bool
        Fetch and read every table again, those that are done included.

    Returns
    -------
    dict
        ``folder``; ``manifest``, as it stands in ``manifest.json``; and ``outcomes``, factor -> ``built``, ``missing``
        (no such file), ``no data`` (a header alone, or no gene with a peak) or ``failed``.

    Raises
    ------
    InputError
        Unusable arguments; a folder of another atlas, or one that another build works on.
    NotFoundError
        An unknown assembly; no table at all.
    OutputError
        The folder cannot be written, or a worker does not see it.
    ServiceUnavailableError
        The site, the scheduler or the network failed. What is done is kept.
    """
    place = check_form("factor", genome, distance)
    with atlas_extra():
        # Said before anything is fetched.
        import duckdb  # noqa: F401
        import pyarrow  # noqa: F401
    tables = open_source(place.genome, place.distance, factors, source)
    headline(f"Atlas of {place.genome}, ±{place.distance}kb")
    with output_folder(out) as folder, _alone(folder) as spool:
        manifest = Manifest.resume(folder, place.genome, place.distance, tables.name)
        with open_pool(scheduler, workers, remote=tables.remote) as pool:
            manifest.save()
            _refuse_alike(folder, tables.listed or [])
            try:
                touched = _work(tables, manifest, pool, spool, refresh=refresh)
            finally:
                manifest.content["simulated"] |= tables.simulated
                manifest.save()
                mark_simulated(folder, manifest.content["simulated"])
        _finish(manifest)
    _tell(manifest, touched)
    return {
        "folder": folder,
        "manifest": manifest.content,
        "outcomes": {factor: entry["outcome"] for factor, entry in manifest.factors.items()},
    }


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """Keep other builds out of the folder; give a spool folder, empty before and gone after."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(f"Another build is at work on {folder}. Wait for it, or give another folder.") from error
    spool = folder / SPOOL
    try:
        shutil.rmtree(spool, ignore_errors=True)
        spool.mkdir()
        yield spool
    except ChipAtlasError:
        # Some of ours are an OSError too.
        raise
    except OSError as error:
        raise OutputError(f"Cannot work in {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(spool, ignore_errors=True)
        # What a worker that was killed left half-written, under the names of temporary files.
        for kind in ("pairs", "by_factor"):
            for stale in (folder / kind).rglob(".*.parquet"):
                stale.unlink(missing_ok=True)
        (folder / LOCK).unlink(missing_ok=True)
        lock.release()


def _refuse_alike(folder: Path, factors: list[str]) -> None:
    """Refuse factors whose folders would be one, where the file system ignores case; fly has such names."""
    if (folder / MANIFEST.upper()).exists():
        by_case: dict[str, str] = {}
        for name in factors:
            other = by_case.setdefault(name.casefold(), name)
            if other != name:
                raise InputError(
                    f"{folder} is on a file system that ignores case: {other!r} and {name!r} would share a folder.\n"
                    "Build on another file system, or name the factors without one of the two."
                )


def _work(tables: Source, manifest: Manifest, pool: Pool, spool: Path, *, refresh: bool) -> list[str]:
    """Send every table that needs work to the workers; returns the factors worked on."""
    running: dict[Future[dict[str, Any]], Arrival] = {}
    touched: list[str] = []
    done: dict[str, bool] = {}

    def already(factor: str) -> dict[str, Any] | None:
        entry = None if refresh else manifest.done(factor)
        done[factor] = entry is not None
        return entry

    def enter(arrival: Arrival, entry: dict[str, Any]) -> None:
        manifest.put(arrival.factor, {**arrival.entry, **entry})
        manifest.save(now=False)
        touched.append(arrival.factor)
        bar.update()

    def collect() -> None:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            arrival = running.pop(future)
            enter(arrival, _outcome(future))
            if arrival.temporary and arrival.path is not None:
                arrival.path.unlink(missing_ok=True)

    total = None if tables.listed is None else len(tables.listed)
    with progress(total=total, desc="Factors", unit="factor") as bar:
        try:
            for arrival in tables.arrivals(already, spool):
                if arrival.path is None:
                    enter(arrival, {})
                    continue
                task = Task(arrival.factor, str(arrival.path), arrival.entry["url"], str(manifest.folder.resolve()))
                running[pool.executor.submit(write_partition, task)] = arrival
                while len(running) >= pool.slots() * (1 + _WAITING):
                    collect()
        finally:
            # What has arrived is finished, even when no more does; Ctrl-C a second time ends that too.
            while running:
                collect()
    skipped = sum(done.values()) - len({name for name, was in done.items() if was} & set(touched))
    if skipped:
        say(f"  {plural(skipped, 'factor')} done before: not touched")
    return touched


def _outcome(future: Future[dict[str, Any]]) -> dict[str, Any]:
    """What became of a task. An error of one table is its outcome; one that all would meet ends the build."""
    if future.cancelled():
        raise ServiceUnavailableError(
            "The Dask scheduler gave up the work: it was closed, or the connection broke.\n"
            "What is done is kept: the same call goes on from there."
        )
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, (OutputError, MissingExtraError)):
        raise error
    if isinstance(error, ImportError):
        raise MissingExtraError(
            f"A worker cannot import {error.name or error}. Install this package with its `atlas` extra there too."
        ) from error
    return {"outcome": FAILED, "detail": f"{type(error).__name__}: {error}"}


def _finish(manifest: Manifest) -> None:
    """Write the files over all factors, unless they are there and nothing has changed."""
    built = manifest.with_outcome(BUILT)
    if not built:
        reasons = [f"{name}: {entry['detail']}" for name, entry in list(manifest.factors.items())[:_MAX_NAMED]]
        raise NotFoundError(f"None of {plural(len(manifest.factors), 'factor')} has data.\n" + "\n".join(reasons))
    if manifest.content["complete"] and manifest.index_is_intact():
        return
    say(f"  Joining {plural(len(built), 'factor')}")
    manifest.content["index"] = write_index(manifest.folder, built)
    manifest.content["complete"] = True
    manifest.save()


def _tell(manifest: Manifest, touched: list[str]) -> None:
    content = manifest.content
    counts = content["totals"]["outcomes"]
    say(f"  {', '.join(f'{number:,} {outcome}' for outcome, number in counts.items())}")
    for outcome in (FAILED, MISSING, NO_DATA):
        entries = manifest.with_outcome(outcome)
        for name, entry in list(entries.items())[:_MAX_NAMED]:
            say(f"  {outcome}: {name} ({' '.join(entry['detail'].split())})")
        if len(entries) > _MAX_NAMED:
            say(f"  {outcome}: {len(entries) - _MAX_NAMED:,} more, in manifest.json")
    stale = [name for name in touched if "not_refreshed" in manifest.factors[name]]
    if stale:
        say(f"  {plural(len(stale), 'factor')} could not be refreshed and stays as it was: {', '.join(stale[:10])}")
    say(f"  {content['totals']['string_only']:,} gene-factor links known from STRING alone left out")
    announce_simulation(content["simulated"])
    pairs, built = content["totals"]["pairs"], counts.get(BUILT, 0)
    verify(f"✓ Atlas built: {plural(built, 'factor')}, {pairs:,} bound pairs ({manifest.folder})")
