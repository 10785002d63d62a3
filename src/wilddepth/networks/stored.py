"""Where weights lie and how they are read: safetensors only, no pickles."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from wilddepth.errors import WeightsError

PACKAGED = Path(__file__).parents[1] / "weights"
"""Holds a folder for each network that ships with the package."""
RUN_FILE = "weights.safetensors"
"""In the folder of a training run."""


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file.

    Raises:
        WeightsError: when the file is missing, cut short or of another format.
    """
    with opened(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A safetensors file, its header read and checked; errors as `load_tensors`."""
    if not path.is_file():
        raise WeightsError(f"no weights at {path}; give a packaged name, a .safetensors file or a run folder")
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is not a whole safetensors file ({error}); copy or download it again") from error
