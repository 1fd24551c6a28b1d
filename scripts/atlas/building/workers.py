"""Who does the work: Dask, on this machine or on the user's cluster.

Dask looks after its workers: the task of one that dies is given to another, a few times. The build sees futures of
`concurrent.futures`, whoever stands behind them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...common.console import say
from ...common.errors import InputError, ServiceUnavailableError
from ..extra import atlas_extra

LOCAL = ("synchronous", "threads", "processes")
#: More processes than this read local tables no faster: the disk is the limit.
MAX_LOCAL_WORKERS = 8
#: How long to wait for the scheduler's answer.
SCHEDULER_SECONDS = 10.0


@dataclass(frozen=True)
class Pool:
    """Somewhere to send work to. `slots` says how many tasks can run at the moment."""

    executor: Executor
    slots: Callable[[], int]


@contextmanager
def open_pool(scheduler: Any, workers: int | None, *, remote: bool) -> Iterator[Pool]:
    """Start or join the workers.

    Parameters
    ----------
    scheduler : None, str, `distributed.Client` or cluster
        None chooses: while tables are downloaded, at the pace of the downloads, one thread keeps up, and that is what
        it gets; local tables get a process a core. ``"synchronous"``, ``"threads"`` and ``"processes"`` are of this
        machine; an address such as ``"tcp://10.0.0.1:8786"`` joins a scheduler that is running.
    workers : int or None
        Number of local threads or processes.
    remote : bool
        Whether tables are downloaded.

    Raises
    ------
    InputError
        Neither of these.
    ServiceUnavailableError
        The scheduler does not answer.
    """
    if workers is not None and (not isinstance(workers, int) or isinstance(workers, bool) or workers < 1):
        raise InputError(f"workers is {workers!r}; give a number from 1 up, or None.")
    if scheduler is None:
        scheduler = "threads" if remote else "processes"
        workers = workers or (1 if remote else None)
    if isinstance(scheduler, str) and scheduler in LOCAL:
        number = workers or min(os.cpu_count() or 1, MAX_LOCAL_WORKERS)
        if scheduler == "synchronous":
            with ThreadPoolExecutor(1) as executor:
                yield Pool(executor, lambda: 1)
        else:
            with _local_client(number, processes=scheduler == "processes") as client:
                yield _pool_of(client)
    elif workers is not None:
        raise InputError(f"workers={workers} is for this machine; how many a cluster has is decided there.")
    else:
        with _joined_client(scheduler) as client:
            yield _pool_of(client)


def _pool_of(client: Any) -> Pool:
    # Asked anew every time: clusters grow and shrink.
    return Pool(client.get_executor(pure=False), lambda: max(sum(client.nthreads().values()), 1))


@contextmanager
def _local_client(number: int, *, processes: bool) -> Iterator[Any]:
    with atlas_extra():
        from distributed import Client, LocalCluster

    shape: dict[str, Any] = {"n_workers": 1, "threads_per_worker": number, "processes": False}
    if processes:
        shape = {"n_workers": number, "threads_per_worker": 1, "processes": True, "host": "127.0.0.1"}
    with (
        LocalCluster(**shape, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def _joined_client(scheduler: Any) -> Iterator[Any]:
    with atlas_extra():
        from distributed import Client

    if isinstance(scheduler, Client):
        yield scheduler
        return
    address = scheduler if isinstance(scheduler, str) else getattr(scheduler, "scheduler_address", None)
    if not isinstance(address, str) or "://" not in address:
        raise InputError(
            f"scheduler is {scheduler!r}; give an address such as 'tcp://10.0.0.1:8786', a distributed.Client, "
            f"or one of {', '.join(LOCAL)}."
        )
    try:
        client = Client(address, timeout=SCHEDULER_SECONDS)
    except ValueError as error:
        raise InputError(f"scheduler is {address!r}, which is no address ({error}).") from error
    except OSError as error:
        raise ServiceUnavailableError(
            f"No Dask scheduler answers at {address} within {SCHEDULER_SECONDS:g} s.\n"
            "Is it running, and can this machine reach it? Without scheduler= this machine does the work."
        ) from error
    with client:
        if not client.nthreads():
            say(f"  {address} has no worker yet: waiting for the first")
        yield client
