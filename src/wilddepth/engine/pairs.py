"""The pairs that a network adapts to, as training and judgement see them: images and proxies, never ground truth."""

from collections import OrderedDict
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from wilddepth.data.augment import RIGHT, Variety, cropped, enlarged, mirrored, photometric_jitter, resized
from wilddepth.data.collate import collate
from wilddepth.engine.labels import Proxies, at_size, held_out_blocks, held_out_of_right, without_blocks
from wilddepth.errors import SampleError
from wilddepth.geometry.disparity import needed_shift, shift_columns
from wilddepth.label import Label
from wilddepth.sample import Sample
from wilddepth.sources.source import Source

BUDGET = 1 << 30
"""Bytes of samples that are kept in memory: some 50 pairs of a street scene, a few of 6 megapixels."""


def at_infinity(sample: Sample) -> Sample:
    """The sample with its right view moved so that no raw disparity is negative.

    Networks predict d >= 0. Where the right principal point lies right of the left one, a far point has a negative raw
    disparity; moving the right view left by whole columns adds them to every disparity. `Sample.doffs` of the result
    tells what is left, so that depth stays right. `Predictor` does the same and takes the shift out again. Labels grow
    by the shift; those of the right view move with it.
    """
    shift = needed_shift(sample.doffs())
    if shift == 0 or sample.right is None or sample.right_camera is None:
        return sample
    camera = replace(sample.right_camera, centre_x=sample.right_camera.centre_x - shift)
    labels = {name: shifted(label, shift, right=name.startswith(RIGHT)) for name, label in sample.labels.items()}
    return replace(sample, right=shift_columns(sample.right, shift), right_camera=camera, labels=labels)


def shifted(label: Label, shift: int, *, right: bool) -> Label:
    """A label of a pair whose right view moved left by `shift` columns; what came in is unknown."""
    disparity, confidence = disparity_of(label) + shift, label.confidence
    if not right:
        return replace(label, disparity=disparity)
    new = torch.arange(disparity.shape[-1], device=disparity.device) >= disparity.shape[-1] - shift
    disparity = shift_columns(disparity, shift).masked_fill(new, torch.nan)
    if confidence is not None:
        confidence = shift_columns(confidence, shift).masked_fill(new, 0.0)
    return replace(label, disparity=disparity, confidence=confidence)


class Pairs:
    """The pairs of a source with their proxies; those looked at last stay in memory.

    Raises:
        SampleError: for a source without pairs.
    """

    def __init__(
        self, source: Source, proxies: Proxies | None, *, budget: int = BUDGET, enlargement: float = 1.0
    ) -> None:
        """Nothing is loaded yet.

        Args:
            source: its samples are looked at; labels and truth that it may have are not.
            proxies: asked whenever a pair is loaded, so they had better be kept; None = pairs without any.
            budget: bytes of samples that may stay in memory; the newest one always does.
            enlargement: pictures and proxies are so many times as large as they come (`StereoNetwork.enlargement`); the
                proxies are made before.
        """
        if len(source) == 0:
            raise SampleError(f"{source.text} holds no pairs to adapt to; check the folder and --limit")
        self.source, self.proxies, self.budget, self.enlargement = source, proxies, budget, enlargement
        self.kept: OrderedDict[int, Sample] = OrderedDict()
        self.digests: dict[int, str] = {}
        self.sizes: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.source)

    def sample(self, index: int) -> Sample:
        """A pair with its whole proxies.

        Raises:
            SampleError: when it cannot be read, is no pair, or is not what it was before.
        """
        if index not in self.kept:
            self.kept[index] = self._loaded(index)
        self.kept.move_to_end(index)
        while len(self.kept) > 1 and sum(map(size_in_bytes, self.kept.values())) > self.budget:
            self.kept.popitem(last=False)
        return self.kept[index]

    def _loaded(self, index: int) -> Sample:
        scene = self.source[index]
        digest = scene.digest()
        if self.digests.setdefault(index, digest) != digest:
            # Half of what was learned, and the judgement before, are about other pictures.
            raise SampleError(
                f"{scene.key} of {self.source.text} was changed while it was being used; leave the folder as it is and "
                "start again with --overwrite"
            )
        sample = replace(scene.sample, labels={})
        sample.stereo()
        self.sizes[index] = sample.size
        if self.proxies is not None:
            sample = replace(sample, labels=self.proxies(scene.key, sample))
        return at_infinity(enlarged(sample, self.enlargement))

    def blocks(self, index: int) -> Bool[Tensor, "1 1 h w"]:
        """The pixels of a pair whose proxies judge: those of the same places however much the pair is enlarged, so that
        what taught a network at one size does not judge it at another. Errors as `sample`."""
        size = self.sample(index).size
        return at_size(held_out_blocks(*self.sizes[index], index), size)

    def training_sample(self, index: int) -> Sample:
        """A pair whose proxies have no confidence on the blocks kept for judging, nor on their matches on the right."""
        sample = self.sample(index)
        blocks = self.blocks(index)
        labels = {
            name: without_blocks(
                label, held_out_of_right(blocks, disparity_of(label)) if name.startswith(RIGHT) else blocks
            )
            for name, label in sample.labels.items()
        }
        return replace(sample, labels=labels)


class CropFeed:
    """Random crops of the pairs; every second one comes from the mirrored pair, so both views teach."""

    def __init__(
        self, pairs: Pairs, crop: tuple[int, int], seed: int, *, hold_out: bool = True, variety: Variety | None = None
    ) -> None:
        """Rows and columns of a crop must not exceed those of any pair.

        Args:
            pairs: what is cropped.
            crop: rows and columns.
            seed: of order and crops.
            hold_out: leave out the proxies that are kept for judging; without a judge there is no need to.
            variety: zoom and colours change from crop to crop; None = crops are as the pairs are.
        """
        self.pairs, self.crop, self.seed, self.hold_out, self.variety = pairs, crop, seed, hold_out, variety

    def batch(self, step: int, size: int) -> Sample:
        """The batch of a step: a function of seed and step alone."""
        return collate([self.crop_of(step * size + position) for position in range(size)])

    def crop_of(self, number: int) -> Sample:
        """Crop number `number` of the run: views and labels of the left one.

        Cameras stay behind: some pairs of a folder may have them and others not, and nothing here needs them.
        """
        epoch, place = divmod(number // 2, len(self.pairs))
        index = int(np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.pairs))[place])
        rng = np.random.default_rng([self.seed, 2, number])
        sample = self.pairs.training_sample(index) if self.hold_out else self.pairs.sample(index)
        part = self.crop if self.variety is None else self.variety.window(rng, sample.size, self.crop)
        top, left = (int(rng.integers(0, whole - own + 1)) for whole, own in zip(sample.size, part, strict=True))
        sample = Sample(image=sample.image, right=sample.right, labels=sample.labels, keys=sample.keys)
        window = cropped(mirrored(sample) if number % 2 else sample, top, left, *part)
        labels = {name: label for name, label in window.labels.items() if not name.startswith(RIGHT)}
        return self.varied(replace(window, labels=labels), rng)

    def varied(self, window: Sample, rng: np.random.Generator) -> Sample:
        """A window at the size of a crop, its colours changed."""
        if self.variety is None:
            return window
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        return photometric_jitter(resized(window, *self.crop), generator, self.variety.jitter)


def disparity_of(label: Label) -> Tensor:
    """The disparity (b 1 h w) of a label, which must hold one; `ValueError` otherwise."""
    if label.disparity is None:
        raise ValueError(f"the label from {label.origin!r} holds no disparity")
    return label.disparity


def size_in_bytes(sample: Sample) -> int:
    """Memory of the images and labels of a sample."""
    found = [sample.image, sample.right]
    found += [part for label in sample.labels.values() for part in (label.disparity, label.confidence)]
    return sum(part.numel() * part.element_size() for part in found if part is not None)
