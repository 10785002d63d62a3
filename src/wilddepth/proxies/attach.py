"""Proxy labels on a sample: semi-global matching of both views, with confidence."""

import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from wilddepth.label import Label
from wilddepth.proxies.fusion import Fused, ProxySettings, match_and_fuse
from wilddepth.sample import Sample

NAME = "sgm"


def attach_proxies(sample: Sample, settings: ProxySettings | None = None) -> Sample:
    """The sample with labels `sgm` and `right/sgm`: disparity (px; nan where none) and confidence (0..1).

    Images are matched one by one, so a batch gives what its images give alone. Where raw disparities can be negative
    (`Sample.doffs` above 0) the search begins that much lower.

    Args:
        sample: rectified pairs.
        settings: None = the defaults, which were chosen on rendered pairs.

    Raises:
        MissingView: when there is no right view.
    """
    pair, chosen = sample.stereo(), settings or ProxySettings()
    views = [
        match_and_fuse(left, right, replace(chosen, min_disparity=lowest_disparity(chosen.min_disparity, doffs)))
        for left, right, doffs in zip(eight_bit(pair.left), eight_bit(pair.right), sample.doffs().tolist(), strict=True)
    ]
    labels = {
        NAME: label([left for left, _ in views], sample.image),
        f"right/{NAME}": label([right for _, right in views], sample.image),
    }
    return replace(sample, labels={**sample.labels, **labels})


def lowest_disparity(chosen: int, doffs: float) -> int:
    """Where the search begins, px: as chosen, or at the raw disparity of infinity (-doffs) if that is lower."""
    return min(chosen, -math.ceil(doffs))


def eight_bit(images: Float[Tensor, "b 3 h w"]) -> list[UInt8[np.ndarray, "h w 3"]]:
    """Colours 0..1 as 8-bit pictures."""
    levels = (images.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    return list(np.ascontiguousarray(levels.cpu().numpy()))


def label(views: list[Fused], like: Tensor) -> Label:
    """One view of a batch as a label."""
    disparity, confidence = (
        torch.from_numpy(np.stack(maps))[:, None].to(like.device)
        for maps in ([view.disparity for view in views], [view.confidence for view in views])
    )
    return Label(origin=NAME, disparity=disparity, confidence=confidence)
