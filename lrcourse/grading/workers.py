"""Runs jobs several at a time: in processes of this machine, on a Dask cluster, or one by one in this process.

A job that ends its process, by whatever it does, costs no other job its result: the others run again, and where it is
not clear which one it was, one after the other.
"""

import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import active_children, get_all_start_methods, get_context, parent_process

AHEAD = 3  # jobs that are handed out for each worker


def count():
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def finished(start, keys, job):
    """(key, result or the exception in its place) of each job, as they come to their ends.

    start: makes the context manager of (an executor, how many jobs may be under way); job(key): the function and its
    arguments, asked for only when it is handed out.
    """
    left, alone = dict.fromkeys(keys), False
    while left:
        before = len(left)
        try:
            for key, result in _round(start, list(left), job, alone):
                del left[key]
                yield key, result
        except BrokenProcessPool as error:
            if alone:
                key = next(iter(left))
                del left[key]
                yield key, error
            alone = not alone and len(left) == before  # nobody got through: which one ends the workers?


def _round(start, keys, job, alone):
    waiting, under_way = iter(keys), {}
    with start() as (executor, ahead):
        while True:
            for key in islice(waiting, (1 if alone else ahead) - len(under_way)):
                under_way[executor.submit(*job(key))] = key
            if not under_way:
                return
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for one in sorted(done, key=_is_broken):  # what was done before a worker died stays done
                if _is_broken(one):
                    raise one.exception()
                yield under_way.pop(one), one.exception() or one.result()


def _is_broken(future):
    return isinstance(future.exception(), BrokenProcessPool)


@contextmanager
def processes(number):
    """So many processes of this machine; they end with this one, however it ends.

    Where processes can be forked, all are, before the first job: they need import nothing, nor do they run the caller's
    script again.
    """
    how = get_context("fork" if "fork" in get_all_start_methods() else None)
    executor = ProcessPoolExecutor(number, how, initializer=_end_with_the_grader)
    try:
        yield executor, AHEAD * number
    except BaseException:
        for one in active_children():
            one.kill()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _end_with_the_grader():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the grader's, which ends its workers
    threading.Thread(target=lambda: (parent_process().join(), os._exit(1)), daemon=True).start()


@contextmanager
def cluster(address):
    """The workers of a Dask cluster. Raises OSError where no scheduler answers."""
    from distributed import Client

    with Client(address, timeout="10s") as client, client.get_executor() as executor:
        yield executor, AHEAD * max(1, sum(client.ncores().values()))


@contextmanager
def this_process():
    """This process, one job after the other."""
    yield _Here(), 1


class _Here(Executor):
    def submit(self, function, /, *arguments):
        future = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future
