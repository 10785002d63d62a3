"""Small valid files of every kind that is read, spoilt in many ways and given to their readers.

Run as a program of its own, so that a crash, a hang or too much memory is seen from outside:

    python tests/mutated.py READER COUNT SEED FOLDER

READER is one of `READERS`, or `all`. It prints a JSON object for each: how many files were read, how many refused with
which error of `wilddepth.errors`, the slowest one, the peak memory, and every other exception with its traceback. The
file at work is `FOLDER/READER/at-work*`.
"""

import faulthandler
import json
import random
import re
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from readers import READERS, Reader
from spoiling import spoilt
from wilddepth.errors import WildDepthError

SECONDS_A_FILE = 10
BYTES = 2 << 30
LONGEST_MESSAGE = 2000
"""Letters: one line for a person, whatever the file holds."""


def tried(reader: Reader, count: int, seed: int, folder: Path) -> dict[str, object]:
    """Spoil and read `count` files."""
    rng, seeds = random.Random(seed), list(reader.seeds())
    for suffix, data in seeds:  # whole files are read, or refused for what they are
        path = folder / f"at-work{suffix}"
        path.write_bytes(data)
        outcome(reader, path)
    outcomes, faults, slowest = Counter[str](), [], 0.0
    for number in range(count):
        suffix, data = seeds[number % len(seeds)]
        path = folder / f"at-work{suffix}"
        path.write_bytes(spoilt(data, rng.choice(seeds)[1], rng))
        faulthandler.dump_traceback_later(SECONDS_A_FILE, exit=True)
        begin = time.perf_counter()
        try:
            outcomes[outcome(reader, path)] += 1
        except BaseException:  # noqa: BLE001  # whatever it is, it is what is looked for
            faults.append({"number": number, "traceback": traceback.format_exc()[-2000:]})
        slowest = max(slowest, time.perf_counter() - begin)
        faulthandler.cancel_dump_traceback_later()
    peak = peak_kib() / 1024
    told = {"files": count, **outcomes, "slowest_s": round(slowest, 3), "peak_mib": round(peak)}
    return {**told, "faults": len(faults), "first_faults": faults[:3]}


def peak_kib() -> float:
    """Largest memory of this program. That of `getrusage` would begin with the memory of whoever started it."""
    status = Path("/proc/self/status")
    if status.is_file():
        return float(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def outcome(reader: Reader, path: Path) -> str:
    """`read`, or the error that a user sees; everything else is raised."""
    try:
        reader.look(path)
    except WildDepthError as error:
        message = str(error)
        if len(message) > LONGEST_MESSAGE:
            raise ValueError(f"a message of {len(message)} letters: {message[:200]}") from error
        return type(error).__name__
    return "read"


def main(name: str, count: str, seed: str, folder: str) -> None:
    # Beyond this much memory of its own the process gets MemoryError, which is no error of ours.
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    warnings.simplefilter("error")
    for each in READERS if name == "all" else [name]:
        place = Path(folder) / each
        place.mkdir()
        told = tried(READERS[each], int(count), int(seed), place)
        sys.stdout.write(json.dumps({"reader": each, **told}) + "\n")


if __name__ == "__main__":
    faulthandler.enable()
    main(*sys.argv[1:])
