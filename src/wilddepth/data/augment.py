"""Changes of a sample that keep it true: images, cameras, labels and mask change together. Never ground truth."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.geometry.resample import Convention, resize
from wilddepth.label import Label
from wilddepth.sample import Sample

RIGHT = "right/"


def mirrored(sample: Sample) -> Sample:
    """The pair seen in a mirror: left' = flip(right), right' = flip(left).

    Flipping alone would turn disparities negative; with the views swapped as well, left' column x matches right'
    column x - d for the disparity d that the right view has at the mirrored place, and doffs stay the same. A label of
    the right view becomes one of the left view and the other way round, with the values unchanged.

    Source:
        Godard et al., CVPR 2017 (the training code's left-right swap).

    Raises:
        MissingView: when the sample has no right image.
        ValueError: when it has neighbours, whose right views are not known.
    """
    pair = sample.stereo()
    if sample.neighbours or sample.poses:
        raise ValueError("mirroring swaps the views, and no right views of the neighbours are known; drop them first")
    left_camera = sample.camera
    right_camera = sample.right_camera or left_camera
    return replace(
        sample,
        image=pair.right.flip(-1),
        right=pair.left.flip(-1),
        camera=right_camera and right_camera.flipped(),
        right_camera=left_camera and left_camera.flipped(),
        labels={_other_view(name): _label_changed(label, _flip) for name, label in sample.labels.items()},
        mask=None if sample.mask is None else sample.mask.flip(-1),
    )


def cropped(sample: Sample, top: int, left: int, height: int, width: int) -> Sample:
    """The window `[top:top + height, left:left + width]` of both views, all neighbours, labels and the mask.

    One window for both views leaves disparities as they are; the cameras move with it.

    Raises:
        ValueError: when the window leaves the image.
    """
    rows, columns = sample.size
    if min(top, left) < 0 or min(height, width) < 1 or top + height > rows or left + width > columns:
        raise ValueError(
            f"window rows {top}..{top + height}, columns {left}..{left + width} leaves the {rows}x{columns} image"
        )

    def window(values: Tensor) -> Tensor:
        return values[..., top : top + height, left : left + width]

    return replace(
        sample,
        image=window(sample.image),
        right=None if sample.right is None else window(sample.right),
        camera=sample.camera and sample.camera.cropped(top, left, height, width),
        right_camera=sample.right_camera and sample.right_camera.cropped(top, left, height, width),
        neighbours={offset: window(image) for offset, image in sample.neighbours.items()},
        labels={name: _label_changed(label, window) for name, label in sample.labels.items()},
        mask=None if sample.mask is None else window(sample.mask),
    )


def resized(sample: Sample, height: int, width: int) -> Sample:
    """The sample with all its pictures at another size: nearer or farther, as cameras of another focal length see it.

    Disparities grow with the width; depth stays. What is shrunk is averaged over areas, and labels and mask are taken
    from the nearest pixel, because unknown ones must not be mixed in.

    Raises:
        ValueError: for a size below one pixel.
    """
    rows, columns = sample.size
    picture: Convention = "area" if height < rows or width < columns else "half-pixel"

    def image(values: Tensor) -> Tensor:
        return resize(values, height, width, picture).clamp(0, 1)

    def nearest(values: Tensor) -> Tensor:
        return resize(values, height, width, "nearest")

    def label(known: Label) -> Label:
        found = _label_changed(known, nearest)
        return replace(found, disparity=None if found.disparity is None else found.disparity * (width / columns))

    return replace(
        sample,
        image=image(sample.image),
        right=None if sample.right is None else image(sample.right),
        camera=sample.camera and sample.camera.resized(height, width),
        right_camera=sample.right_camera and sample.right_camera.resized(height, width),
        neighbours={offset: image(neighbour) for offset, neighbour in sample.neighbours.items()},
        labels={name: label(known) for name, known in sample.labels.items()},
        mask=None if sample.mask is None else nearest(sample.mask.float()).to(sample.mask.dtype),
    )


def enlarged(sample: Sample, factor: float) -> Sample:
    """The sample with all its pictures `factor` times as large (see `resized`), sides rounded."""
    rows, columns = sample.size
    return sample if factor == 1 else resized(sample, round(rows * factor), round(columns * factor))


@dataclass(frozen=True)
class Jitter:
    """How far `photometric_jitter` goes. Ranges are drawn from evenly; images are 0..1.

    Attributes:
        probability: of each of the four changes, for each pair.
        brightness: added, drawn from -brightness..brightness.
        contrast: factor on the distance from the left image's mean colour.
        gamma: exponent.
        colour: factor on each channel.
        asymmetric: for the right view alone, always: factor and exponent drawn from 1 - a..1 + a, shift from -a..a.
            Real pairs differ a little; 0.01 is DispNet's amount.

    Source:
        brightness and contrast: DispNet's and L2A's TensorFlow training (Tonioni et al., CVPR 2019); gamma and colour:
        Godard et al., CVPR 2017, sec. 4; asymmetric: Mayer et al., CVPR 2016.
    """

    probability: float = 0.5
    brightness: float = 0.05
    contrast: tuple[float, float] = (0.8, 1.2)
    gamma: tuple[float, float] = (0.8, 1.2)
    colour: tuple[float, float] = (0.8, 1.2)
    asymmetric: float = 0.0


def photometric_jitter(sample: Sample, generator: torch.Generator, jitter: Jitter | None = None) -> Sample:
    """The sample with brightness, contrast, gamma and colour changed, each pair of the batch by its own draw.

    Left, right and neighbours of one pair are changed alike, so that matching colours still match (the contrast turns
    about the mean of the left image for all of them); `asymmetric` then changes the right view alone. The number of
    draws does not depend on their outcome, so equal generators give equal samples. Values stay in 0..1.

    Args:
        sample: the pairs.
        generator: where the randomness comes from; may live on another device than the sample.
        jitter: how far to go; None = `Jitter()`.
    """
    jitter = jitter or Jitter()
    change = _common_change(sample.image, generator, jitter)
    only_right = _right_change(sample.image, generator, jitter.asymmetric)
    return replace(
        sample,
        image=change(sample.image),
        right=None if sample.right is None else only_right(change(sample.right)),
        neighbours={offset: change(image) for offset, image in sample.neighbours.items()},
    )


Images = Float[Tensor, "b 3 h w"]


def _common_change(image: Images, generator: torch.Generator, jitter: Jitter) -> Callable[[Images], Images]:
    """One draw for each pair, as a function of any of its images."""
    batch = image.shape[0]

    def factor(low: float, high: float, unchanged: float, channels: int = 1) -> Tensor:
        drawn = _uniform((batch, channels, 1, 1), low, high, generator, image)
        chosen = _uniform((batch, 1, 1, 1), 0.0, 1.0, generator, image) < jitter.probability
        return torch.where(chosen, drawn, torch.full_like(drawn, unchanged))

    shift = factor(-jitter.brightness, jitter.brightness, 0.0)
    contrast, gamma = factor(*jitter.contrast, 1.0), factor(*jitter.gamma, 1.0)
    colour = factor(*jitter.colour, 1.0, channels=3)
    middle = image.mean(dim=(2, 3), keepdim=True) + shift

    def change(images: Images) -> Images:
        contrasted = (images + shift - middle) * contrast + middle
        return (contrasted.clamp(0, 1) ** gamma * colour).clamp(0, 1)

    return change


def _right_change(image: Images, generator: torch.Generator, amount: float) -> Callable[[Images], Images]:
    """A small change of the right view of each pair."""
    shape = (image.shape[0], 1, 1, 1)
    gain, gamma = (_uniform(shape, 1 - amount, 1 + amount, generator, image) for _ in range(2))
    shift = _uniform(shape, -amount, amount, generator, image)
    return lambda images: (images**gamma * gain + shift).clamp(0, 1)


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator, like: Tensor) -> Tensor:
    """Evenly drawn numbers on the device and of the type of `like`."""
    drawn = torch.rand(shape, generator=generator, device=generator.device)
    return (low + (high - low) * drawn).to(like)


@dataclass(frozen=True)
class Variety:
    """How crops of the same few pairs are made to differ.

    Attributes:
        zoom: between which factors a crop is enlarged; drawn evenly in its logarithm, and never so small that the crop
            would not fit into the image.
        probability: of being enlarged or shrunk at all.
        jitter: of brightness and colour.

    Source:
        ranges and probability are ours.
    """

    zoom: tuple[float, float] = (0.8, 1.6)
    probability: float = 0.75
    jitter: Jitter = Jitter(asymmetric=0.02)

    def window(self, rng: np.random.Generator, whole: tuple[int, int], crop: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of the window that becomes a crop when it is resized."""
        low, high = self.zoom
        drawn = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        chosen = drawn if rng.random() < self.probability else 1.0
        factor = max(chosen, crop[0] / whole[0], crop[1] / whole[1])
        return min(round(crop[0] / factor), whole[0]), min(round(crop[1] / factor), whole[1])


def _other_view(name: str) -> str:
    """`right/NAME` for `NAME` and the other way round."""
    return name.removeprefix(RIGHT) if name.startswith(RIGHT) else f"{RIGHT}{name}"


def _label_changed(label: Label, change: Callable[[Tensor], Tensor]) -> Label:
    """The label with all its maps changed in one way."""

    def changed(values: Tensor | None) -> Tensor | None:
        return None if values is None else change(values)

    return replace(
        label,
        disparity=changed(label.disparity),
        depth=changed(label.depth),
        confidence=changed(label.confidence),
    )


def _flip(values: Tensor) -> Tensor:
    return values.flip(-1)
