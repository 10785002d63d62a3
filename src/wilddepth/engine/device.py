"""Where it is computed, and what that machine is called."""

from pathlib import Path

import torch

from wilddepth.engine.environment import cpu_model
from wilddepth.errors import ConfigError
from wilddepth.plain import closest

DEVICES = ("auto", "cpu", "cuda")

CPU_INFO = Path("/proc/cpuinfo")

FAST_PRODUCTS = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni", "avx_vnni", "avx512f", "avx2")
"""CPU flags that decide how fast low-precision products are. Virtual machines hide them under one model name."""


def choose_device(name: str) -> torch.device:
    """The device that "auto", "cpu" or "cuda" means here; "auto" takes CUDA where there is a GPU.

    Raises:
        ConfigError: for another name, and for "cuda" where this torch sees no GPU.
    """
    if name not in DEVICES:
        raise ConfigError(f"unknown device {name!r}; {closest(name, DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            f"--device cuda: torch {torch.__version__} sees no GPU on this machine; give --device cpu, or install a "
            "build of torch with CUDA and the driver of the GPU"
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def machine_name(device: torch.device) -> str:
    """What decides how fast `device` is: the GPU's name, or the CPU's with its flags for fast products."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return " ".join((cpu_model(), *fast_products()))


def fast_products() -> tuple[str, ...]:
    """Which of `FAST_PRODUCTS` this CPU has; none where the system does not say."""
    try:
        lines = CPU_INFO.read_text().splitlines()
    except OSError:
        return ()
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return tuple(flag for flag in FAST_PRODUCTS if flag in flags)
