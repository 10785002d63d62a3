"""A method as one compiled graph where there is a compiler, and as it is where there is none."""

import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from wilddepth.prediction import Prediction
from wilddepth.sample import Sample

PACKAGE = "g++"
"""What Debian calls the package with the compiler."""

logger = logging.getLogger(__name__)


def find_compiler() -> str | None:
    """The C++ compiler that `torch.compile` calls, $CXX or g++; None where it is not in the PATH."""
    return shutil.which(os.environ.get("CXX", "g++"))


MOST_SIZES = 8
"""Sizes of images that are compiled for, which takes some 20 s each; further ones run uncompiled."""


class Compiled:
    """A function of samples that is compiled at the first call with each size of images.

    One graph for all sizes took three times as long to make, and was made anew for many of them all the same: whether a
    layer can take the fast algorithm depends on its size.

    The weights become constants of the graph: laid out for the processor once, each layer fused with the activation
    behind it. Without a compiler, after any failure of it, and beyond `MOST_SIZES`, one line is logged and the function
    goes on uncompiled.
    """

    def __init__(self, function: Callable[[Sample], Prediction], module: nn.Module) -> None:
        """
        Args:
            function: always called in inference mode.
            module: holds the weights that it uses.
        """
        self.function = function
        self.module = module
        self.weights: list[tuple[int, int]] | None = None
        self.sizes: set[tuple[int, ...]] = set()
        self.full = False
        self.graph: Callable[[Sample], Prediction] | None = None
        if find_compiler() is None:
            logger.warning("--compile needs a C++ compiler: install the package %s; going on without it", PACKAGE)
        else:
            self.graph = torch.compile(function, dynamic=False)

    def __call__(self, sample: Sample) -> Prediction:
        """What the function returns.

        Raises:
            ValueError: when the weights are not those of the first call.
        """
        if self.graph is None or self._too_many(sample):
            return self.function(sample)
        self._check_weights()
        try:
            with _constant_weights():
                return self.graph(sample)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            prediction = self.function(sample)  # raises again what was not the compiler's fault
            first_line = str(error).strip().partition("\n")[0]
            logger.warning("--compile failed and is left out: %s: %s", type(error).__name__, first_line)
            self.graph = None
            return prediction

    def _too_many(self, sample: Sample) -> bool:
        """Whether there are graphs for as many sizes as may be, and none for this one."""
        size = tuple(sample.image.shape)
        if size in self.sizes:
            return False
        if len(self.sizes) < MOST_SIZES:
            self.sizes.add(size)
            return False
        if not self.full:
            logger.warning("--compile has compiled for %d sizes of images; others run uncompiled", MOST_SIZES)
            self.full = True
        return True

    def _check_weights(self) -> None:
        present = [(id(parameter), parameter._version) for parameter in self.module.parameters()]
        if self.weights is None:
            self.weights = present
        if self.weights != present:
            raise ValueError("the weights have changed since they were compiled in; make a new Predictor for them")


@contextmanager
def _constant_weights() -> Iterator[None]:
    """Weights are constants of the graphs made inside. No option of `torch.compile`: the tracer has to know it too."""
    from torch._inductor import config  # seconds to import

    with config.patch(freezing=True):
        yield
