"""How much memory something takes at its peak."""

from pathlib import Path

import torch

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
RESET_PEAK = "5"
"""What Linux takes as "forget the peak of resident memory" (proc(5), clear_refs)."""


class Meter:
    """Memory from its making on: of the whole process on a CPU, of tensors on a GPU.

    Attributes:
        start: bytes held when it was made; None where the system does not let a peak be forgotten, so that `peak` is
            that of the process since it began.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
            self.start: int | None = torch.cuda.memory_allocated(device)
        else:
            self.start = resident("VmRSS") if _forget_peak() else None

    def peak(self) -> int:
        """Most bytes held since then; 0 where the system does not say."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        return resident("VmHWM") or _peak_of_process()


def resident(entry: str) -> int:
    """Bytes of resident memory, now ("VmRSS") or at most ("VmHWM"); 0 where the system has no such entry."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return 0
    found = [line.split()[1] for line in lines if line.startswith(f"{entry}:")]
    return int(found[0]) * 1024 if found else 0


def _forget_peak() -> bool:
    try:
        RESET.write_text(RESET_PEAK)
    except OSError:
        return False
    return True


def _peak_of_process() -> int:
    """What POSIX systems without /proc say."""
    try:
        import resource
        import sys
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
