"""Proxy labels of the pairs that a network adapts to: kept in a store, found again, and held out in blocks."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wilddepth.data.augment import RIGHT
from wilddepth.errors import SampleError
from wilddepth.geometry.resample import resize
from wilddepth.label import Label
from wilddepth.proxies.algorithm import Algorithm
from wilddepth.proxies.attach import pictures, stored_labels
from wilddepth.proxies.store import LabelStore, pair_digest
from wilddepth.sample import Sample

LabelPair = dict[str, Label]
Proxies = Callable[[str, Sample], LabelPair]
"""Gives the proxy labels, of both views where it can (`NAME` and `right/NAME`), of a pair by its key and images."""


class KeptLabels:
    """Labels of pairs by key, each made when it is first asked for, and read ever after."""

    def __init__(self, folder: Path, maker: Algorithm) -> None:
        """Nothing is written yet.

        Args:
            folder: holds one store for every maker with its settings, so that labels of others are never taken.
            maker: see `Algorithm`.
        """
        self.folder, self.maker = folder / f"{maker.name}-{maker.digest()[:12]}", maker

    def __call__(self, key: str, sample: Sample) -> LabelPair:
        """The labels of both views of a pair, as they are stored; those of other images, and damaged ones, made again.

        Raises:
            MissingView: when there is no right view.
            OutputError: when they cannot be written.
        """
        store = LabelStore.create(self.folder, self.maker)
        with suppress(SampleError):
            return stored_labels(store, key, sample)
        ((left, right, lowest),) = pictures(sample)
        store.write(key, self.maker(left, right, lowest), pair_digest(left, right, lowest))
        return stored_labels(store, key, sample)  # as a resumed run will read them, so that both learn the same


def together(makers: Mapping[str, Proxies]) -> Proxies:
    """The labels of several makers on one pair, those of each under a name of its own."""

    def labels(key: str, sample: Sample) -> LabelPair:
        return {
            f"{RIGHT}{name}" if found.startswith(RIGHT) else name: label
            for name, maker in makers.items()
            for found, label in maker(key, sample).items()
        }

    return labels


def held_out_blocks(
    height: int, width: int, number: int, *, block: int = 32, every: int = 8
) -> Bool[Tensor, "1 1 h w"]:
    """True on one block of left pixels in `every`: proxies there judge an adaptation and never train it.

    Which blocks they are depends on the number of the image, so that all parts of the view are judged.
    """
    rows, columns = torch.arange(height) // block, torch.arange(width) // block
    pattern = (rows.view(-1, 1) * 3 + columns.view(1, -1) * 5 + number) % every == 0
    return pattern.view(1, 1, height, width)


def at_size(mask: Bool[Tensor, "b 1 _ _"], size: tuple[int, int]) -> Bool[Tensor, "b 1 h w"]:
    """A mask at another size, each pixel from the nearest one."""
    return mask if mask.shape[-2:] == size else resize(mask.float(), *size, "nearest") > 0


def held_out_of_right(
    blocks: Bool[Tensor, "1 1 h w"], right_disparity: Float[Tensor, "1 1 h w"]
) -> Bool[Tensor, "1 1 h w"]:
    """True on the right pixels whose match lies on a held-out block of the left view: the same points in space.

    Args:
        blocks: of the left view.
        right_disparity: of the right view, px; nan where there is no label: what this says of those is without effect.
    """
    width = blocks.shape[-1]
    column = torch.arange(width, device=blocks.device) + right_disparity.nan_to_num(0.0).round()
    return blocks.gather(-1, column.clamp(0, width - 1).long())


def without_blocks(label: Label, blocks: Bool[Tensor, "1 1 h w"]) -> Label:
    """The label with no confidence on the blocks."""
    if label.disparity is None:
        raise ValueError("this label holds no disparity")
    confidence = torch.ones_like(label.disparity) if label.confidence is None else label.confidence
    return Label(
        origin=label.origin,
        disparity=label.disparity,
        confidence=torch.where(blocks, torch.zeros_like(confidence), confidence),
    )
