"""Proxy labels on a sample: both views matched, with confidence."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from wilddepth.label import Label
from wilddepth.proxies.algorithm import Algorithm, Labels
from wilddepth.proxies.fusion import Fused, ProxySettings
from wilddepth.proxies.store import LabelStore, pair_digest
from wilddepth.sample import Sample

NAME = "sgm"


def attach_proxies(sample: Sample, settings: ProxySettings | None = None) -> Sample:
    """`attach_labels` with three matchers fused; settings None = the defaults, which were chosen on rendered pairs.

    Raises:
        MissingView: when there is no right view.
    """
    return attach_labels(sample, Algorithm("trio", settings or ProxySettings()))


def attach_labels(sample: Sample, maker: Algorithm) -> Sample:
    """The sample with labels `sgm` and `right/sgm`: disparity (px; nan where none) and confidence (0..1).

    Images are matched one by one, so a batch gives what its images give alone. Where raw disparities can be negative
    (`Sample.doffs` above 0) the search begins that much lower.

    Args:
        sample: rectified pairs.
        maker: what labels them; the name of the labels does not depend on it, their origin does.

    Raises:
        MissingView: when there is no right view.
    """
    views = [maker(left, right, lowest) for left, right, lowest in pictures(sample)]
    return replace(sample, labels={**sample.labels, **label_pair(views, sample.image, maker.name)})


def pictures(sample: Sample) -> list[tuple[UInt8[np.ndarray, "h w 3"], UInt8[np.ndarray, "h w 3"], int]]:
    """Each pair of a batch as 8-bit pictures, with the first disparity to search, px.

    Raises:
        MissingView: when there is no right view.
    """
    pair = sample.stereo()
    lowest = [lowest_disparity(0, doffs) for doffs in sample.doffs().tolist()]
    return list(zip(eight_bit(pair.left), eight_bit(pair.right), lowest, strict=True))


def stored_labels(store: LabelStore, key: str, sample: Sample) -> dict[str, Label]:
    """The labels `sgm` and `right/sgm` of a pair from a folder, made from this very pair.

    Raises:
        SampleError: when there are none, they are damaged, or they belong to other images.
        MissingView: when there is no right view.
    """
    ((left, right, lowest),) = pictures(sample)
    found = store.read(key, pair_digest(left, right, lowest))
    return label_pair([found], sample.image, str(store.made_by["algorithm"]))


def label_pair(views: Sequence[Labels], like: Tensor, origin: str) -> dict[str, Label]:
    """The labels of both views of each pair of a batch as tensors, by name."""
    return {
        NAME: label([left for left, _ in views], like, origin),
        f"right/{NAME}": label([right for _, right in views], like, origin),
    }


def lowest_disparity(chosen: int, doffs: float) -> int:
    """Where the search begins, px: as chosen, or at the raw disparity of infinity (-doffs) if that is lower."""
    return min(chosen, -math.ceil(doffs))


def eight_bit(images: Float[Tensor, "b 3 h w"]) -> list[UInt8[np.ndarray, "h w 3"]]:
    """Colours 0..1 as 8-bit pictures."""
    levels = (images.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    return list(np.ascontiguousarray(levels.cpu().numpy()))


def label(views: list[Fused], like: Tensor, origin: str) -> Label:
    """One view of a batch as a label."""
    disparity, confidence = (
        torch.from_numpy(np.stack(maps))[:, None].to(like.device)
        for maps in ([view.disparity for view in views], [view.confidence for view in views])
    )
    return Label(origin=origin, disparity=disparity, confidence=confidence)
