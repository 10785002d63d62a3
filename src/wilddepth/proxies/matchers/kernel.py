"""Loops that numba translates, and rows of an image shared out among threads.

numba translates a kernel at its first use, which takes some seconds, and keeps it on disk. Kernels run without Python's
lock, so that plain threads run them side by side; numba's own threading is not used, for it does not survive a fork.
Inner loops run along the disparities of one pixel: those lie side by side in memory and fill vector registers.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar, cast, no_type_check

import numba
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Translated by numba, kept on disk, and run without Python's lock."""
    return cast(Function, numba.njit(nogil=True, cache=True)(function))


def finite_kernel(function: Function) -> Function:
    """The same, for numbers that are never nan: only so can minima of floats use vector instructions."""
    return cast(Function, numba.njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})(function))


@intrinsic
@no_type_check
def bits_set(_: Any, word: Any) -> Any:
    """How many bits of a word are set, as one instruction where the processor has it."""

    def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return word(word), code


def over_rows(function: Callable[..., None], height: int, threads: int, *arguments: object) -> None:
    """Run a kernel over all rows: function(begin, end, *arguments), by so many threads at once."""
    parts = max(1, min(threads, height))
    cuts = [height * part // parts for part in range(parts + 1)]
    together(*[(function, begin, end, *arguments) for begin, end in pairwise(cuts)])


def together(*calls: tuple[Any, ...]) -> list[Any]:
    """Run calls (a function and its arguments) side by side: their results."""
    return _run_on(_pool, *calls)


def share(threads: int, *calls: tuple[Any, ...]) -> list[Any]:
    """Run calls that take a number of threads at their end, side by side if there is more than one thread."""
    if threads == 1:
        return [call[0](*call[1:], 1) for call in calls]
    return _run_on(_outer_pool, *[(*call, max(1, threads // len(calls))) for call in calls])


def _run_on(pool: Callable[[int, int], ThreadPoolExecutor], *calls: tuple[Any, ...]) -> list[Any]:
    if len(calls) == 1:
        return [calls[0][0](*calls[0][1:])]
    return [done.result() for done in [pool(len(calls), os.getpid()).submit(*call) for call in calls]]


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Of this process: a forked one inherits the pool without its threads, and would wait for them for ever."""
    return ThreadPoolExecutor(threads, thread_name_prefix=f"matcher-{process}")


@cache
def _outer_pool(threads: int, process: int) -> ThreadPoolExecutor:
    """For calls that use `_pool` themselves: were they in it, they would wait for one another for ever."""
    return ThreadPoolExecutor(threads, thread_name_prefix=f"matcher-outer-{process}")
