"""Work shared among threads: all of it is done, once, also in a forked process."""

import multiprocessing
import threading

import numpy as np
import pytest

from wilddepth.proxies.matchers.kernel import over_rows, share, together


def mark(begin, end, done):
    done[begin:end] += 1


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("height", [1, 2, 5, 64])
def test_every_row_is_worked_on_once(height, threads):
    done = np.zeros(height, int)
    over_rows(mark, height, threads, done)
    assert (done == 1).all()


def test_calls_run_side_by_side_and_give_their_results_in_order():
    both = threading.Barrier(2, timeout=60)

    def meet(value):
        both.wait()
        return value

    assert together((meet, 1), (meet, 2)) == [1, 2]


def test_shared_calls_may_share_their_own_work():
    def inner(threads):
        return sum(together(*[(int, number) for number in range(max(threads, 2))]))

    assert share(4, (inner,), (inner,)) == [1, 1]
    assert share(1, (inner,), (inner,)) == [1, 1]


def test_an_error_in_a_thread_is_raised():
    with pytest.raises(ZeroDivisionError):
        together((divmod, 1, 0), (divmod, 1, 1))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
def test_a_forked_process_has_threads_of_its_own():
    together((int, 1), (int, 2))
    child = multiprocessing.get_context("fork").Process(target=together, args=((int, 1), (int, 2)))
    child.start()
    child.join(60)
    alive = child.is_alive()
    child.kill()
    assert not alive
    assert child.exitcode == 0
