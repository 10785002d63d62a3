"""Batches of crops from a source whose scenes carry a label."""

import numpy as np
import torch

from wilddepth.data.augment import Jitter, cropped, photometric_jitter
from wilddepth.data.collate import collate
from wilddepth.errors import MissingView, SampleError
from wilddepth.sample import Sample
from wilddepth.sources.source import Source


class LabelledFeed:
    """Random crops, every scene once an epoch; a function of seed and step alone.

    Args:
        source: scenes with the label.
        label: its name.
        crop: rows and columns; smaller images give smaller crops, and need a batch of their own size.
        seed: of order, crops and augmentation.
        jitter: photometric augmentation; None for none.

    Raises:
        SampleError: for a source without scenes.
    """

    def __init__(
        self, source: Source, label: str, crop: tuple[int, int], *, seed: int = 0, jitter: Jitter | None = None
    ) -> None:
        if len(source) == 0:
            raise SampleError(f"{source.text} holds no pairs to learn from; check the folder")
        self.source, self.label, self.crop, self.seed, self.jitter = source, label, crop, seed, jitter

    def batch(self, step: int, size: int) -> Sample:
        """The batch of a step.

        Raises:
            SampleError: when a scene cannot be read, or crops of one batch differ in size.
            MissingView: when a scene has not the label.
        """
        return collate([self.crop_of(step * size + position) for position in range(size)])

    def crop_of(self, number: int) -> Sample:
        """Crop number `number` of the run: views and label, without the cameras, which some scenes may not have."""
        epoch, place = divmod(number, len(self.source))
        index = int(np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.source))[place])
        sample = self.source[index].sample
        if self.label not in sample.labels:
            raise MissingView(f"sample {sample.keys} has no label {self.label!r}; it has {sorted(sample.labels)}")
        rng = np.random.default_rng([self.seed, 2, number])
        sizes = [min(wanted, have) for wanted, have in zip(self.crop, sample.size, strict=True)]
        top, left = (int(rng.integers(0, have - used + 1)) for have, used in zip(sample.size, sizes, strict=True))
        label = {self.label: sample.labels[self.label]}
        plain = Sample(image=sample.image, right=sample.stereo().right, labels=label, keys=sample.keys)
        window = cropped(plain, top, left, *sizes)
        if self.jitter is None:
            return window
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        return photometric_jitter(window, generator, self.jitter)
